"""A procedure as a chart for fingers: drag moves it, a touch chooses a node or folds a unit procedure, it follows what is active.

Grey is normal (ISA-101): what is done is quiet, what runs is white with a heavy edge, what is held or paused is dashed with its
word. Colour is the symbol of an alarm only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.procedure_chart import Block, Box, ChartNode, Line, done, layout, tree
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.painted import Painted

ZOOMS: Final = (0.5, 0.65, 0.8, 1.0, 1.25)
DRAG_FROM: Final = 10
"""Pixels (1280×800) that a finger moves before a touch is a drag."""
FOLD_WIDTH: Final = 48
MARGIN: Final = 8
NARROW: Final = 260
"""A box below this width has its note in a second line."""
FOCUS_AT: Final = 0.3
"""Where in the height of the view the active node is put."""
STATE_WORDS: Final[dict[str, Callable[[], str]]] = {
    "pausing": lambda: translate("Chart", "pausing"),
    "paused": lambda: translate("Chart", "paused"),
    "holding": lambda: translate("Chart", "holding"),
    "held": lambda: translate("Chart", "held"),
    "restarting": lambda: translate("Chart", "restarting"),
    "stopping": lambda: translate("Chart", "stopping"),
    "stopped": lambda: translate("Chart", "stopped"),
    "aborting": lambda: translate("Chart", "aborting"),
    "aborted": lambda: translate("Chart", "aborted"),
    "skipped": lambda: translate("Chart", "skipped"),
}
RUNS: Final = frozenset({"running", "restarting"})
DASHED: Final = frozenset({"pausing", "paused", "holding", "held"})
ENDED: Final = frozenset({"stopping", "stopped", "aborting", "aborted"})


class ProcedureChart(Painted):
    """Give it nodes with :meth:`show_nodes` (pre-order); ``chosen`` tells the id of a touched node.

    With ``fold_done`` unit procedures that are complete show their head only, until they are touched at their sign.
    """

    chosen = Signal(str)
    moved = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None, *, fold_done: bool = True) -> None:
        super().__init__(look, parent)
        self.fold_done = fold_done
        self.nodes: tuple[ChartNode, ...] = ()
        self.selected = ""
        self.following = True
        self.empty = ""
        self._zoom = ZOOMS.index(1.0)
        self._x = self._y = 0.0
        self._toggled: set[str] = set()
        self._block = Block(0.0, 0.0)
        self._pressed: QPointF | None = None
        self._at_press = (0.0, 0.0)
        self._dragging = False

    # ---- content ----------------------------------------------------------------------------------------------------

    def show_nodes(self, nodes: Sequence[ChartNode], *, selected: str = "", empty: str = "") -> None:
        """Show this procedure; ``empty`` is said in place of none."""
        if (tuple(nodes), selected, empty) == (self.nodes, self.selected, self.empty):
            return
        other = {n.id for n in nodes} != {n.id for n in self.nodes}
        was = [n.id for n in self.nodes if n.current]
        self.nodes, self.selected, self.empty = tuple(nodes), selected, empty
        if other:
            self._toggled.clear()
            self.following = True
            self._x = self._y = 0.0
        self._place()
        if self.following and (other or was != [n.id for n in nodes if n.current]):
            self.focus()
        self.changed()

    def folded(self) -> frozenset[str]:
        """Ids of the unit procedures that show their head only."""
        t = tree(self.nodes)
        by_state = {n.id for n in self.nodes if n.kind == "unit_procedure" and self.fold_done and done(t, n.id)}
        return frozenset(by_state ^ self._toggled)

    def toggle(self, node_id: str) -> None:
        """Fold or unfold a unit procedure."""
        self._toggled ^= {node_id}
        self._place()
        self.changed()

    def boxes(self) -> tuple[Box, ...]:
        """The places of all that is drawn, in lengths of the 1280×800 drawing at zoom 1."""
        return self._block.boxes

    def _place(self) -> None:
        room = max(1.0, self.width() / self._unit() - 2 * MARGIN)
        self._block = layout(tree(self.nodes, self.folded()), room)
        self._keep_inside()

    # ---- where it is looked at --------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """How large it is drawn, 1 at first."""
        return ZOOMS[self._zoom]

    def zoom_by(self, steps: int) -> None:
        """Larger or smaller; stays within :data:`ZOOMS`."""
        self._zoom = min(len(ZOOMS) - 1, max(0, self._zoom + steps))
        self._place()
        if self.following:
            self.focus()
        self.moved.emit()
        self.changed()

    def focus(self, node_id: str = "") -> None:
        """Bring a node into view, the active one without an id; from then on the chart follows what is active."""
        self.following = self.following or not node_id
        wanted = node_id or next((n.id for n in self.nodes if n.current), "")
        box = next((b for b in self._block.boxes if b.node.id == wanted and b.part != "frame"), None)
        if box is not None:
            unit = self._unit()
            self._y = (box.y + MARGIN) * unit - self.height() * FOCUS_AT
            self._x = (box.x + box.width / 2 + MARGIN) * unit - self.width() / 2
            self._keep_inside()
        self.moved.emit()
        self.update()

    def _unit(self) -> float:
        return self.look.scale * self.zoom

    def _extent(self) -> tuple[float, float]:
        unit = self._unit()
        width = max((b.x + b.width for b in self._block.boxes), default=0.0)
        return (width + 2 * MARGIN) * unit, (self._block.height + 2 * MARGIN) * unit

    def _keep_inside(self) -> None:
        width, height = self._extent()
        self._x = min(max(0.0, self._x), max(0.0, width - self.width()))
        self._y = min(max(0.0, self._y), max(0.0, height - self.height()))

    def offset(self) -> tuple[float, float]:
        """How far it is dragged, in pixels."""
        return self._x, self._y

    # ---- fingers ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
        if self.following:
            self.focus()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._at_press, self._dragging = event.position(), (self._x, self._y), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        by = event.position() - self._pressed
        if not self._dragging and max(abs(by.x()), abs(by.y())) < self.look.px(DRAG_FROM):
            return
        self._dragging, self.following = True, False
        self._x, self._y = self._at_press[0] - by.x(), self._at_press[1] - by.y()
        self._keep_inside()
        self.moved.emit()
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragging or not self.rect().contains(event.position().toPoint()):
            return
        unit = self._unit()
        x, y = (event.position().x() + self._x) / unit - MARGIN, (event.position().y() + self._y) / unit - MARGIN
        hit = next((b for b in reversed(self._block.boxes) if b.part in ("leaf", "head", "caption") and b.holds(x, y)), None)
        if hit is None:
            return
        if hit.part == "head" and x > hit.x + hit.width - FOLD_WIDTH:
            self.toggle(hit.node.id)
        else:
            self.chosen.emit(hit.node.id)

    # ---- painting ---------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(440), self.look.px(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(160))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        if not self.nodes:
            draw.write_lines(p, rect.adjusted(look.px(8), look.px(14), 0, 0), self.empty, look.font(15), look.colour("label"))
            return
        p.save()
        p.setClipRect(rect)
        p.translate(-self._x, -self._y)
        p.scale(self._unit(), self._unit())
        p.translate(MARGIN, MARGIN)
        flat = Look(look.palette)
        for box in self._block.boxes:
            if box.part == "frame":
                self._frame(p, box, flat)
        for line in self._block.lines:
            self._line(p, line)
        for box in self._block.boxes:
            area = QRectF(box.x, box.y, box.width, box.height)
            if box.part == "leaf":
                self._leaf(p, area, box.node, flat)
            elif box.part == "head":
                self._head(p, area, box, flat)
            elif box.part == "caption":
                self._caption(p, area, box.node, flat)
        p.restore()
        self._edges(p, rect)

    def _edges(self, p: QPainter, rect: QRectF) -> None:
        """A bar at the edge tells that there is more, and where one is."""
        look = self.look
        width, height = self._extent()
        p.setPen(draw.NO_PEN)
        p.setBrush(look.colour("line"))
        thick = look.px(4)
        if height > rect.height() + 1:
            long = max(look.px(24), rect.height() ** 2 / height)
            at = self._y / (height - rect.height()) * (rect.height() - long)
            p.drawRoundedRect(QRectF(rect.right() - thick, at, thick, long), thick / 2, thick / 2)
        if width > rect.width() + 1:
            long = max(look.px(24), rect.width() ** 2 / width)
            at = self._x / (width - rect.width()) * (rect.width() - long)
            p.drawRoundedRect(QRectF(at, rect.bottom() - thick, long, thick), thick / 2, thick / 2)

    def _line(self, p: QPainter, line: Line) -> None:
        p.setPen(QPen(self.look.colour("line"), 1.5))
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            if line.double:
                p.drawLine(QLineF(x1, y1 - 2, x2, y2 - 2))
                p.drawLine(QLineF(x1, y1 + 2, x2, y2 + 2))
            else:
                p.drawLine(QLineF(x1, y1, x2, y2))
        if line.arrow:
            x, y = line.points[-1]
            p.setBrush(self.look.colour("line"))
            p.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + 7, y - 4), QPointF(x + 7, y + 4)]))

    def _pen(self, node: ChartNode, flat: Look) -> QPen:
        if node.state in DASHED:
            pen = QPen(flat.colour("ink"), 2, Qt.PenStyle.DashLine)
        elif node.current or node.waits:
            pen = QPen(flat.colour("ink"), 2.5)
        else:
            pen = QPen(flat.colour("edge" if node.state in ("", "idle", "complete", "skipped") else "label"), 1.5)
        return pen

    def _frame(self, p: QPainter, box: Box, flat: Look) -> None:
        p.setPen(QPen(flat.colour("label" if box.node.state in RUNS else "edge"), 1.5))
        p.setBrush(flat.colour("background"))
        p.drawRoundedRect(QRectF(box.x, box.y, box.width, box.height), 6, 6)

    def _head(self, p: QPainter, area: QRectF, box: Box, flat: Look) -> None:
        node = box.node
        quiet = node.state in ("complete", "skipped", "idle")
        text = area.adjusted(12, 0, -FOLD_WIDTH, 0)
        note = ", ".join(t for t in (self._word(node), node.note) if t)
        if note and area.width() < NARROW:
            below = QRectF(text.x(), area.center().y() + 1, text.width(), 18)
            draw.write_fitting(p, below, note, flat, 12.5, 400, flat.colour("label"))
            text = QRectF(text.x(), area.y() + 4, text.width(), 22)
        elif note:
            width = min(text.width() * 0.55, draw.QFontMetricsF(flat.font(12.5)).horizontalAdvance(note) + 4)
            behind = QRectF(text.right() - width, text.y(), width, text.height())
            draw.write(p, behind, note, flat.font(12.5), flat.colour("label"), draw.RIGHT)
            text.setRight(behind.left() - 6)
        if node.mark:
            draw.symbol(p, QRectF(text.x() - 4, text.center().y() - 10, 20, 20), node.mark, flat)
            text.setLeft(text.x() + 22)
        done_mark = "✓ " if node.state == "complete" else ""
        ink = flat.colour("label" if quiet else "ink")
        draw.write_fitting(p, text, done_mark + node.name, flat, 14, 400 if quiet else 700, ink)
        sign = QRectF(area.right() - FOLD_WIDTH, area.y(), FOLD_WIDTH, area.height())
        draw.write(p, sign, "▸" if box.folded else "▾", flat.font(16), flat.colour("label"), draw.CENTER)

    def _caption(self, p: QPainter, area: QRectF, node: ChartNode, flat: Look) -> None:
        note = ", ".join(t for t in (self._word(node), node.note) if t)
        text = f"{node.name} · {note}" if node.name and note else node.name or note
        if node.kind != "branch":  # beside the line
            area = QRectF(area.x(), area.y(), area.width() / 2 - 6, area.height())
        flags = draw.CENTER if node.kind == "branch" else draw.LEFT
        p.setPen(draw.NO_PEN)
        if node.kind == "branch" and text:
            p.setBrush(flat.colour("background"))
            p.drawRect(area.adjusted(0, 1, 0, -1))
        weight = 600 if node.current or node.state in DASHED else 400
        draw.write(p, area, text, flat.font(12.5, weight), flat.colour("label"), flags)

    def _leaf(self, p: QPainter, area: QRectF, node: ChartNode, flat: Look) -> None:
        lit = node.state in RUNS
        fill = "running" if lit else "stopped" if node.state in ENDED else "track" if node.state == "complete" else "pane"
        ink = flat.colour("running_ink" if lit else "stopped_ink" if node.state in ENDED else "ink")
        if node.state in ("complete", "skipped"):
            ink = flat.colour("label")
        p.setPen(self._pen(node, flat))
        p.setBrush(flat.colour(fill))
        radius = 4 if node.kind == "phase" else 16 if node.kind == "prompt" else 0
        p.drawRoundedRect(area.adjusted(1, 1, -1, -1), radius, radius)
        if node.id == self.selected:
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.setPen(QPen(flat.colour("value"), 3))
            p.drawRoundedRect(area.adjusted(-2, -2, 2, 2), radius + 2, radius + 2)
        inner = area.adjusted(10, 2, -10, -2)
        inner.setLeft(inner.x() + self._sign(p, inner, node, flat, ink))
        note = ", ".join(t for t in (self._word(node), node.note) if t)
        if note and area.width() < NARROW:
            upper = QRectF(inner.x(), inner.y() + 2, inner.width(), inner.height() / 2)
            lower = QRectF(inner.x(), inner.center().y(), inner.width(), inner.height() / 2 - 2)
            weight = 600 if node.current else 400
            narrow = draw.QFontMetricsF(flat.font(13.5 * 5 / 6, weight)).horizontalAdvance(self._name(node)) > inner.width()
            if narrow:  # a name that one line does not hold takes two, a little closer
                cut = inner.y() + inner.height() * 0.66
                whole = QRectF(inner.x(), inner.y(), inner.width(), cut - inner.y())
                draw.write_fitting_lines(p, whole, self._name(node), flat, 11.5, ink)
                lower = QRectF(inner.x(), cut, inner.width(), inner.bottom() - cut)
                draw.write_fitting(p, lower, note, flat, 11.5, 400, ink)
                return
            draw.write_fitting(p, upper, self._name(node), flat, 13.5, weight, ink)
            draw.write_fitting(p, lower, note, flat, 12.5, 400, ink)
            return
        if note:
            needs = draw.QFontMetricsF(flat.font(13, 600)).horizontalAdvance(note) + 4
            width = min(inner.width() * 0.55, needs)
            behind = QRectF(inner.right() - width, inner.y(), width, inner.height())
            draw.write(p, behind, note, flat.font(13, 600 if node.current else 400), ink, draw.RIGHT)
            inner.setRight(behind.left() - 8)
        self._two_lines(p, inner, self._name(node), flat, 600 if node.current else 400, ink)

    def _two_lines(self, p: QPainter, area: QRectF, text: str, flat: Look, weight: int, ink: draw.QColor) -> None:
        font = flat.font(14, weight)
        if draw.QFontMetricsF(font).horizontalAdvance(text) <= area.width():
            draw.write(p, area, text, font, ink)
            return
        small = flat.font(12.5, weight)
        metrics = draw.QFontMetricsF(small)
        height = metrics.height() * len(draw.broken(text, metrics, area.width(), 2))
        draw.write_lines(p, QRectF(area.x(), area.center().y() - height / 2, area.width(), height + 1), text, small, ink)

    @staticmethod
    def _name(node: ChartNode) -> str:
        return f"✓ {node.name}" if node.state == "complete" else node.name

    @staticmethod
    def _word(node: ChartNode) -> str:
        return STATE_WORDS[node.state]() if node.state in STATE_WORDS else ""

    def _sign(self, p: QPainter, area: QRectF, node: ChartNode, flat: Look, ink: draw.QColor) -> float:
        """The alarm's symbol, or what kind of step it is; returns the width taken."""
        if node.mark:
            draw.symbol(p, QRectF(area.x(), area.center().y() - 10, 20, 20), node.mark, flat)
            return 26
        if node.kind == "phase" or node.kind not in ("wait", "keep", "prompt"):
            return 0
        at = QRectF(area.x(), area.center().y() - 9, 18, 18)
        p.setPen(QPen(ink, 1.5))
        p.setBrush(Qt.BrushStyle.NoBrush)
        if node.kind == "wait":
            p.drawLine(QLineF(at.center().x(), at.top(), at.center().x(), at.bottom()))
            p.setPen(QPen(ink, 3))
            p.drawLine(QLineF(at.left(), at.center().y(), at.right(), at.center().y()))
        else:
            p.drawEllipse(at)
            if node.kind == "keep":
                p.drawLine(QLineF(at.center(), QPointF(at.center().x(), at.top() + 3)))
                p.drawLine(QLineF(at.center(), QPointF(at.right() - 4, at.center().y())))
            else:
                draw.write(p, at, "?", flat.font(12.5, 700), ink, draw.CENTER)
        return 26

    def spoken(self) -> list[str]:
        shown = [b.node for b in self._block.boxes if b.part in ("leaf", "head", "caption")]
        said = [" ".join(t for t in (self._name(n), self._word(n), n.note) if t) for n in shown]
        return [t for t in said if t] or ([self.empty] if self.empty else [])


class ChartControls(QWidget):
    """To what is active, smaller, larger: targets for a chart."""

    def __init__(self, chart: ProcedureChart) -> None:
        super().__init__()
        self.chart = chart
        px = chart.look.px
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(6))
        self.to_active = button("", chart.focus, role="compact")
        self.smaller = button("−", lambda: chart.zoom_by(-1), role="compact")
        self.larger = button("+", lambda: chart.zoom_by(1), role="compact")
        for made in (self.smaller, self.larger):
            made.setMinimumWidth(px(48))
        for made in (self.to_active, self.smaller, self.larger):
            row.addWidget(made)
        chart.moved.connect(self.refresh)
        self.retranslate()
        self.refresh()

    def retranslate(self) -> None:
        """Fixed texts."""
        self.to_active.setText(translate("Chart", "To the active one"))
        self.smaller.setAccessibleName(translate("Chart", "Smaller"))
        self.larger.setAccessibleName(translate("Chart", "Larger"))

    def refresh(self) -> None:
        """Which of them do anything."""
        self.smaller.setEnabled(self.chart.zoom > ZOOMS[0])
        self.larger.setEnabled(self.chart.zoom < ZOOMS[-1])
