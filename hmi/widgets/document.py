"""A section of a report on the screen: tables whose cells break their lines, pairs, warnings, plots. Dragged by a finger."""

from __future__ import annotations

from html import escape
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen, QPolygonF, QResizeEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QScroller, QTextBrowser, QWidget

from hmi.theme import Look
from hmi.viewmodels import wire
from hmi.viewmodels.document import CellText, Section, cell_of, point_of
from hmi.viewmodels.wire import Obj
from hmi.widgets import draw

PLOT_HEIGHT: Final = 190
LEFT: Final = 58
FOOT: Final = 22
WIDE_TABLE: Final = 8
"""From so many columns on a table is set in smaller letters."""


class DocumentView(QTextBrowser):
    """Shows one :class:`Section`. Looks and width may change at any time: the section is set again."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._section: Section | None = None
        self._width = 0
        self.setObjectName("document")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(look.px(4))
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)

    def show_section(self, section: Section | None) -> None:
        """Show it from its top; nothing happens when it is the one that is shown."""
        if section != self._section:
            self._section = section
            self._set()
            self.verticalScrollBar().setValue(0)

    def apply_look(self) -> None:
        """The palette has changed."""
        self._set()

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)  # also when the scroll bar comes or goes, which setting itself brings about
        if self.width() != self._width:
            self._set()

    def page(self, by: int) -> None:
        """Nearly a whole height up (−1) or down (1)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + by * round(bar.pageStep() * 0.9))

    # ---- setting ----------------------------------------------------------------------------------------------------

    def _set(self) -> None:
        self._width = self.width()
        at = self.verticalScrollBar().value()
        self.document().setDefaultStyleSheet(self._sheet())
        blocks = self._section.blocks if self._section is not None else ()
        self._plots(blocks)
        self.setHtml("".join(self._block(i, b) for i, b in enumerate(blocks)))
        self.verticalScrollBar().setValue(at)

    def _sheet(self) -> str:
        p, px = self.look.palette, self.look.px
        return (
            f'body {{ font-family: "{self.look.family}"; font-size: {px(14)}px; color: {p.ink}; }}'
            f"td, th {{ padding: {px(4)}px {px(7)}px; }} th {{ color: {p.label}; font-weight: 600; }}"
            f".label {{ color: {p.label}; }} .strong {{ font-weight: 700; }} .bad {{ font-weight: 700; }}"
            f".mono {{ font-family: monospace; }} .heading {{ font-size: {px(16)}px; font-weight: 700; }}"
            f".line {{ background-color: {p.edge}; }}"
        )

    def _block(self, index: int, block: Obj) -> str:
        match wire.text(block, "kind"):
            case "heading":
                return f'<p class="heading">{escape(wire.text(block, "text"))}</p>'
            case "text" | "listing":
                return f"<p>{_lines(wire.text(block, 'text'))}</p>"
            case "warning":
                return f'<p class="strong">▲ {_lines(wire.text(block, "text"))}</p>'
            case "pairs":
                return self._pairs(block)
            case "table":
                return self._table(block)
            case "plot":
                return self._plot(index, block)
            case _:
                return ""

    def _pairs(self, block: Obj) -> str:
        rows: list[str] = []
        for pair in wire.items(block, "pairs"):
            name, value = (*wire.items(pair), "", "")[:2]
            rows.append(
                f'<tr><td width="34%" class="label">{escape(cell_of(name).text)}</td><td>{_marked(cell_of(value))}</td></tr>'
            )
        return f'<table width="100%" cellspacing="0">{"".join(rows)}</table><p></p>'

    def _table(self, block: Obj) -> str:
        columns = [str(c) for c in wire.items(block, "columns")]
        right = [r is True for r in wire.items(block, "right")]
        small = f' style="font-size: {self.look.px(12.5)}px"' if len(columns) >= WIDE_TABLE else ""
        side = ['align="right"' if i < len(right) and right[i] else 'align="left"' for i in range(len(columns))]
        head = "".join(f"<th {side[i]}{small}>{escape(c)}</th>" for i, c in enumerate(columns))
        line = f'<tr><td colspan="{len(columns)}" class="line" height="1" style="padding: 0; font-size: 1px"></td></tr>'
        rows = [f"<tr>{head}</tr>"]
        for row in wire.items(block, "rows"):
            cells = [cell_of(c) for c in wire.items(row)]
            texts = "".join(
                f'<td valign="top" {side[min(i, len(side) - 1)]}{small}>{_marked(c)}</td>' for i, c in enumerate(cells)
            )
            rows.append(f"{line}<tr>{texts}</tr>")
        return f'<table width="100%" cellspacing="0">{"".join(rows)}</table><p></p>'

    def _plot(self, index: int, block: Obj) -> str:
        width = self._plot_width()
        note = f'<span class="label"> {escape(wire.text(block, "note"))}</span>' if wire.text(block, "note") else ""
        image = f'<img src="plot:{index}" width="{width}" height="{self.look.px(PLOT_HEIGHT)}">'
        return f'<p><span class="strong">{escape(wire.text(block, "name"))}</span>{note}<br>{image}</p>'

    # ---- plots ------------------------------------------------------------------------------------------------------

    def _plot_width(self) -> int:
        bar = self.verticalScrollBar().sizeHint().width()
        return max(self.look.px(300), self.width() - bar - self.look.px(16))

    def _plots(self, blocks: tuple[Obj, ...]) -> None:
        ratio = self.devicePixelRatioF()
        for i, block in enumerate(blocks):
            if wire.text(block, "kind") == "plot":
                size = self._plot_width(), self.look.px(PLOT_HEIGHT)
                image = QImage(round(size[0] * ratio), round(size[1] * ratio), QImage.Format.Format_ARGB32_Premultiplied)
                image.setDevicePixelRatio(ratio)
                image.fill(self.look.colour("pane"))
                painter = QPainter(image)
                paint_plot(painter, QRectF(0, 0, size[0], size[1]), block, self.look)
                painter.end()
                self.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(f"plot:{i}"), image)


def paint_plot(p: QPainter, whole: QRectF, block: Obj, look: Look) -> None:
    """Curves that the server has laid on a unit square, with ticks, limits (dashed) and stretches without Good data (hatched)."""
    px = look.px
    area = QRectF(px(LEFT), px(6), whole.width() - px(LEFT) - px(8), whole.height() - px(6) - px(FOOT))

    def at(x: float, y: float) -> QPointF:
        return QPointF(area.x() + x * area.width(), area.bottom() - y * area.height())

    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    for begin, end in (s for b in wire.items(block, "bad") if (s := point_of(b)) is not None):
        p.fillRect(QRectF(at(begin, 1), at(end, 0)), look.colour("track"))
        p.fillRect(QRectF(at(begin, 1), at(end, 0)), Qt.BrushStyle.BDiagPattern)
    small = look.font(12)
    for y, text in _ticks(block, "y_ticks"):
        p.setPen(QPen(look.colour("edge"), 1))
        p.drawLine(at(0, y), at(1, y))
        draw.write(p, QRectF(0, at(0, y).y() - px(8), px(LEFT) - px(6), px(16)), text, small, look.colour("label"), draw.RIGHT)
    for x, text in _ticks(block, "x_ticks"):
        p.setPen(QPen(look.colour("edge"), 1))
        p.drawLine(at(x, 0), at(x, 1))
        wide = QFontMetricsF(small).horizontalAdvance(text) + 2
        left = min(at(x, 0).x() - wide / 2, whole.right() - wide)
        draw.write(p, QRectF(left, area.bottom() + px(3), wide, px(FOOT) - px(4)), text, small, look.colour("label"), draw.CENTER)
    p.setPen(QPen(look.colour("line"), 1))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(area)
    for y, text in _ticks(block, "limits"):
        p.setPen(QPen(look.colour("ink"), 1, Qt.PenStyle.DashLine))
        p.drawLine(at(0, y), at(1, y))
        above = at(0, y).y() + (px(1) if y > 0.9 else -px(17))
        draw.write(p, QRectF(area.x() + px(6), above, area.width(), px(16)), text, small, look.colour("ink"))
    p.setPen(QPen(look.colour("value"), 1.4))
    for line in wire.items(block, "lines"):
        points = [at(*xy) for point in wire.items(line) if (xy := point_of(point)) is not None]
        p.drawPolyline(QPolygonF(points))


def _ticks(block: Obj, key: str) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    for tick in wire.items(block, key):
        place, text = (*wire.items(tick), None, None)[:2]
        number = wire.as_number(place)
        if number is not None and isinstance(text, str):
            found.append((number, text))
    return found


def _marked(cell: CellText) -> str:
    text = _lines(cell.text)
    if cell.mono:
        text = f'<span class="mono">{text}</span>'
    return f'<span class="strong">{"▲ " if cell.bad else ""}{text}</span>' if cell.bad or cell.strong else text


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
