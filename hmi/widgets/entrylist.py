"""A painted list of texts: every row as high as its texts need, whole pages instead of a scroll bar, a touch chooses a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPen, QPixmap, QShowEvent

from hmi.theme import Look
from hmi.viewmodels.shift_log import pages_of
from hmi.widgets import draw
from hmi.widgets.painted import Painted

SIZE: Final = 14.5
SMALL: Final = 13
ROW_MIN: Final = 50
"""What a finger can touch."""
LINE_MIN: Final = 34
"""A row that opens nothing."""
PAD: Final = 7
GAP: Final = 6
INDENT: Final = 18
ARROW: Final = 30
THUMB_WIDTH: Final = 92
THUMB_HEIGHT: Final = 66


@dataclass(frozen=True)
class Said:
    """A text of a row, broken into as many lines as it needs, at most ``most`` where that is given."""

    text: str
    role: str = "ink"
    bold: bool = False
    small: bool = False
    indent: bool = False
    most: int = 0


@dataclass(frozen=True)
class Entry:
    """A row: ``left`` and ``kind`` stand before the texts, ``right`` behind them. ``photo`` names a picture, ``own`` draws a box
    around what people wrote, ``leads`` an arrow at the end of what opens something, ``mark`` a sign before the texts."""

    key: str
    said: tuple[Said, ...]
    left: str = ""
    kind: str = ""
    right: str = ""
    photo: str = ""
    own: bool = False
    leads: bool = False
    mark: str = ""


def wrapped(text: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """``text`` in lines of at most ``width``: broken at spaces, a word that is too long wherever it must be. Nothing is lost."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if metrics.horizontalAdvance(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            line = word
            while len(line) > 1 and metrics.horizontalAdvance(line) > width:
                fits = max(1, next((n for n in range(len(line), 0, -1) if metrics.horizontalAdvance(line[:n]) <= width), 1))
                lines.append(line[:fits])
                line = line[fits:]
        lines.append(line)
    return lines


class EntryList(Painted):
    """Rows one below the other on pages. ``chosen`` tells the key of a touched row, ``paged`` that the page or their number is
    another one. ``picture`` gives the picture of a name, or None while it is not there; ``columns`` are the widths of ``left``
    and ``kind``."""

    chosen = Signal(str)
    paged = Signal()

    def __init__(
        self, look: Look, columns: tuple[float, float] = (0, 0), picture: Callable[[str], QPixmap | None] | None = None
    ) -> None:
        super().__init__(look)
        self.entries: tuple[Entry, ...] = ()
        self.empty = ""
        self.page = 0
        self._seen: set[tuple[str, tuple[Said, ...]]] = set()
        self._columns, self._picture = columns, picture
        self._heights: dict[Entry, float] = {}
        self._measured_at = (0.0, 0.0)
        self._starts: list[int] = [0]

    # ---- content ----------------------------------------------------------------------------------------------------

    def show_entries(self, entries: Sequence[Entry], empty: str = "", *, anew: bool = False) -> None:
        """Show these on the page that is open; ``empty`` is said in place of none.

        ``anew``: somebody else reads it, or it is another list. It begins at its first page, and what was seen counts no more.
        """
        if tuple(entries) == self.entries and empty == self.empty and not anew:
            return
        self.entries, self.empty = tuple(entries), empty
        if anew:
            self._seen.clear()
            self.page = 0
        self._place()
        if anew:
            self.paged.emit()

    def _look(self) -> None:
        """What is on the screen now was seen."""
        if self.isVisible():
            self._seen |= {(e.key, e.said) for e in self.visible_entries()}

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def pages(self) -> int:
        """How many pages there are, at least one."""
        return len(self._starts)

    def turn(self, by: int) -> None:
        """Another page; stays inside."""
        page = min(self.pages() - 1, max(0, self.page + by))
        if page != self.page:
            self.page = page
            self._look()
            self.changed()
            self.paged.emit()

    def first_page(self) -> None:
        """Back to the first page."""
        self.turn(-self.page)

    def visible_entries(self) -> tuple[Entry, ...]:
        """The rows of the page that is open."""
        ends = [*self._starts[1:], len(self.entries)]
        return self.entries[self._starts[self.page] : ends[self.page]]

    def all_seen(self) -> bool:
        """Every row was on the screen since the list was shown anew, with the words that it has now."""
        return all((e.key, e.said) in self._seen for e in self.entries)

    # ---- measures ---------------------------------------------------------------------------------------------------

    def _boxes(self, entry: Entry) -> tuple[float, float]:
        """Left edge and width of the texts of a row."""
        px = self.look.px
        left = px(10) + px(self._columns[0]) + px(self._columns[1]) + (px(26) if entry.mark else 0)
        right = self.width() - px(10)
        if entry.leads:
            right -= px(ARROW)
        if entry.photo:
            right -= px(THUMB_WIDTH) + px(10)
        if entry.right:
            right -= QFontMetricsF(self.look.font(SIZE, 600)).horizontalAdvance(entry.right) + px(12)
        return left, max(px(80), right - left)

    def _lines(self, said: Said, width: float) -> tuple[list[str], QFontMetricsF]:
        metrics = QFontMetricsF(self.look.font(SMALL if said.small else SIZE, 600 if said.bold else 400))
        found = wrapped(said.text, metrics, width - (self.look.px(INDENT) if said.indent else 0))
        if said.most and len(found) > said.most:
            found = [
                *found[: said.most - 1],
                metrics.elidedText(" ".join(found[said.most - 1 :]), Qt.TextElideMode.ElideRight, width),
            ]
        return found, metrics

    def height_of(self, entry: Entry) -> float:
        """How high a row is in a list as wide as this one."""
        known = self._heights.get(entry)
        if known is None:
            px = self.look.px
            width = self._boxes(entry)[1]
            text = sum(len(found) * metrics.height() for found, metrics in (self._lines(s, width) for s in entry.said))
            photo = px(THUMB_HEIGHT) if entry.photo else 0
            known = self._heights[entry] = max(px(ROW_MIN if entry.leads else LINE_MIN), max(text, photo) + 2 * px(PAD))
        return known

    def _place(self) -> None:
        before = self.page, self.pages()
        if self._measured_at != (self.width(), self.look.scale):
            self._measured_at = (self.width(), self.look.scale)
            self._heights = {}
        elif len(self._heights) > 2 * len(self.entries) + 200:
            self._heights = {e: h for e in self.entries if (h := self._heights.get(e)) is not None}
        self._starts = pages_of([self.height_of(e) for e in self.entries], self.height(), self.look.px(GAP))
        self.page = min(self.page, self.pages() - 1)
        self._look()
        self.changed()
        if before != (self.page, self.pages()):
            self.paged.emit()

    def resizeEvent(self, event: object) -> None:
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(500), self.look.px(300))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(2 * ROW_MIN + GAP))

    # ---- touch and painting -----------------------------------------------------------------------------------------

    def _places(self) -> list[tuple[Entry, QRectF]]:
        found: list[tuple[Entry, QRectF]] = []
        y = 0.0
        for entry in self.visible_entries():
            height = self.height_of(entry)
            found.append((entry, QRectF(0.0, y, self.width(), height)))
            y += height + self.look.px(GAP)
        return found

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        touched = next((e for e, box in self._places() if box.contains(event.position())), None)
        if touched is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(touched.key)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        if not self.entries:
            box = rect.adjusted(px(10), px(8), -px(10), 0)
            draw.write_lines(p, box, self.empty, look.font(SIZE), look.colour("label"))
            return
        for entry, box in self._places():
            self._paint_entry(p, entry, box)

    def _paint_entry(self, p: QPainter, entry: Entry, box: QRectF) -> None:
        look, px = self.look, self.look.px
        if entry.own or entry.leads:
            p.setPen(QPen(look.colour("line" if entry.own else "edge"), (2 if entry.own else 1.5) * look.scale))
            p.setBrush(look.colour("background"))
            p.drawRoundedRect(box.adjusted(1, 1, -1, -1), px(5), px(5))
        else:
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(box.x() + px(4), box.bottom(), box.right() - px(4), box.bottom()))
        left, width = self._boxes(entry)
        metrics = QFontMetricsF(look.font(SIZE, 600))
        first = QRectF(box.x() + px(10), box.y(), px(self._columns[0]) - px(8), metrics.height())
        found = [(s, *self._lines(s, width)) for s in entry.said]
        text = sum(len(lines) * m.height() for _, lines, m in found)
        y = box.y() + max(px(PAD), (box.height() - text) / 2)
        first.moveTop(y)
        draw.write(p, first, entry.left, look.font(SIZE, 600), look.colour("ink"))
        kind = QRectF(first.x() + px(self._columns[0]), y, px(self._columns[1]) - px(8), metrics.height())
        draw.write_fitting(p, kind, entry.kind, look, SMALL, 400, look.colour("label"))
        if entry.mark:
            draw.write(p, QRectF(left - px(26), y, px(24), metrics.height()), entry.mark, look.font(16, 700), look.colour("ink"))
        if entry.right:
            behind = QRectF(
                left + width, y, box.right() - left - width - px(10) - (px(ARROW) if entry.leads else 0), metrics.height()
            )
            draw.write(p, behind, entry.right, look.font(SIZE, 600), look.colour("value"), draw.RIGHT)
        for said, lines, m in found:
            inset = px(INDENT) if said.indent else 0
            font = look.font(SMALL if said.small else SIZE, 600 if said.bold else 400)
            for line in lines:
                draw.write(p, QRectF(left + inset, y, width - inset + px(2), m.height()), line, font, look.colour(said.role))
                y += m.height()
        if entry.photo:
            self._paint_photo(p, entry, QRectF(left + width + px(8), box.y() + px(PAD), px(THUMB_WIDTH), px(THUMB_HEIGHT)))
        if entry.leads:
            arrow = QRectF(box.right() - px(ARROW), box.y(), px(ARROW - 8), box.height())
            draw.write(p, arrow, "▸", look.font(18, 700), look.colour("ink"), draw.CENTER)

    def _paint_photo(self, p: QPainter, entry: Entry, frame: QRectF) -> None:
        look = self.look
        pixmap = self._picture(entry.photo) if self._picture is not None else None
        p.setPen(QPen(look.colour("line"), 1))
        p.setBrush(look.colour("track"))
        p.drawRect(frame)
        if pixmap is None or pixmap.isNull():
            p.setFont(look.font(22, 600))
            p.setPen(look.colour("label"))
            p.drawText(frame, int(draw.CENTER.value), "▧")
            return
        size = pixmap.size().scaled(frame.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        at = QRectF(frame.center().x() - size.width() / 2, frame.center().y() - size.height() / 2, size.width(), size.height())
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        p.drawPixmap(at.toRect(), pixmap)

    def spoken(self) -> list[str]:
        texts: list[str] = []
        for e in self.visible_entries():
            texts += [t for t in (e.left, e.kind, e.mark, *(s.text for s in e.said), e.right, "▧" if e.photo else "") if t]
        return texts or ([self.empty] if self.empty else [])
