"""Legend of the trend page: a touchable cell per pen with line, name, live value and the value at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted
from hmi.widgets.penplot import PEN_STYLES, pen_colour

COLUMNS: Final = 4
CELL: Final = 50


@dataclass(frozen=True)
class LegendEntry:
    """One pen; ``at_cursor`` is empty while there is no cursor."""

    tag: str
    name: str
    value: str
    at_cursor: str
    good: bool
    hidden: bool


class PenLegend(Painted):
    """``touched`` tells the tag of a cell: it hides or shows the pen."""

    touched = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.entries: tuple[LegendEntry, ...] = ()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._fit()

    def _fit(self) -> None:
        rows = max(1, -(-len(self.entries) // COLUMNS))
        self.setFixedHeight(self.look.px(CELL) * rows)

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Show these in the order of the pens."""
        if tuple(entries) != self.entries:
            rows = -(-len(self.entries) // COLUMNS)
            self.entries = tuple(entries)
            if -(-len(self.entries) // COLUMNS) != rows:
                self._fit()
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(600), self.height())

    def _boxes(self) -> list[QRectF]:
        width = self.width() / COLUMNS
        height = self.look.px(CELL)
        return [QRectF(i % COLUMNS * width, i // COLUMNS * height, width, height) for i in range(len(self.entries))]

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        for entry, box in zip(self.entries, self._boxes(), strict=True):
            if box.contains(event.position()):
                self.touched.emit(entry.tag)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        for i, (entry, box) in enumerate(zip(self.entries, self._boxes(), strict=True)):
            ink = look.colour("line") if entry.hidden else pen_colour(look, i)
            p.setPen(QPen(ink, 2 * look.scale, PEN_STYLES[i % len(PEN_STYLES)]))
            p.drawLine(QLineF(box.x() + px(2), box.center().y(), box.x() + px(26), box.center().y()))
            left = box.x() + px(34)
            upper = QRectF(left, box.y() + px(4), box.width() - px(42), px(20))
            lower = QRectF(left, box.y() + px(24), box.width() - px(42), px(22))
            draw.write_fitting(p, upper, entry.name, look, 13, 400, look.colour("line" if entry.hidden else "label"))
            role = look.colour("line") if entry.hidden or not entry.good else ink
            used = draw.write(p, lower, entry.value, look.font(15, 600), role)
            if entry.at_cursor:
                rest = lower.adjusted(used + px(10), 0, 0, 0)
                draw.write(p, rest, f"│ {entry.at_cursor}", look.font(14, 600), look.colour("ink"))

    def spoken(self) -> list[str]:
        return [t for e in self.entries for t in (e.name, e.value, e.at_cursor) if t]
