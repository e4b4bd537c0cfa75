"""Batches of the shift as bars over time: where each was, where it is, and now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.format import clock_minutes
from hmi.widgets import draw
from hmi.widgets.painted import Painted
from line.clock import NS_PER_S

NAME_WIDTH: Final = 136
ROWS_MAX: Final = 4
STEPS_S: Final = (60, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class GanttBar:
    """A stretch from ``start_ns`` to ``end_ns`` (None: it lasts); ``held`` is drawn dashed."""

    text: str
    start_ns: int
    end_ns: int | None
    held: bool = False


@dataclass(frozen=True)
class GanttRow:
    """One batch."""

    key: str
    name: str
    bars: tuple[GanttBar, ...]


class Gantt(Painted):
    """The newest rows; the time axis starts with the oldest bar shown and ends a little after now."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, rows_max: int = ROWS_MAX) -> None:
        super().__init__(look, parent)
        self._rows_max = rows_max
        self.rows: list[GanttRow] = []
        self.now_ns = 0

    def show_rows(self, rows: list[GanttRow], now_ns: int) -> None:
        """Show these batches (the last ones when there are more than fit)."""
        self.rows, self.now_ns = rows[-self._rows_max :], now_ns
        self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(520), self.look.px(34) * self._rows_max)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(300), self.look.px(100))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        axis = px(18)
        height = (rect.height() - axis) / self._rows_max
        area = QRectF(rect.x() + px(NAME_WIDTH), rect.y(), rect.width() - px(NAME_WIDTH), rect.height() - axis)
        starts = [b.start_ns for r in self.rows for b in r.bars]
        first = min([*starts, self.now_ns - 1800 * NS_PER_S])
        span = max(1.0, (self.now_ns - first) * 1.06)

        def x(time_ns: int) -> float:
            return area.x() + (time_ns - first) / span * area.width()

        self._ticks(p, area, first, span)
        for i in range(self._rows_max):
            y = area.y() + i * height
            p.setPen(look.colour("edge"))
            p.drawLine(QLineF(rect.x(), y + height, rect.right(), y + height))
            if i >= len(self.rows):
                continue
            row = self.rows[i]
            name = QRectF(rect.x(), y, px(NAME_WIDTH) - px(6), height)
            draw.write(p, name, row.name, look.font(12.5), look.colour("ink"))
            for bar in row.bars:
                left, right = x(bar.start_ns), x(bar.end_ns or self.now_ns)
                self._bar(p, QRectF(left, y + height * 0.15, max(px(3), right - left), height * 0.7), bar)
        p.setPen(QPen(look.colour("ink"), 2))
        p.drawLine(QLineF(x(self.now_ns), area.y(), x(self.now_ns), area.bottom()))

    def _bar(self, p: QPainter, rect: QRectF, bar: GanttBar) -> None:
        look = self.look
        lasting = bar.end_ns is None
        pen = QPen(look.colour("label"), 1.5 * look.scale)
        if bar.held:
            pen.setStyle(draw.Qt.PenStyle.DashLine)
        p.setPen(pen)
        p.setBrush(look.colour("pane" if bar.held else "running" if lasting else "track"))
        p.drawRoundedRect(rect, look.px(3), look.px(3))
        ink = look.colour("running_ink" if lasting and not bar.held else "ink")
        inner = rect.adjusted(look.px(6), 0, -look.px(4), 0)
        if inner.width() > QFontMetricsF(look.font(12)).horizontalAdvance(bar.text[:6]):
            draw.write(p, inner, bar.text, look.font(12), ink)

    def _ticks(self, p: QPainter, area: QRectF, first: int, span: float) -> None:
        look = self.look
        step_s = next((s for s in STEPS_S if span / NS_PER_S / s <= max(2.0, area.width() / look.px(80))), STEPS_S[-1])
        step = step_s * NS_PER_S
        tick = (first // step + 1) * step
        while tick < first + span:
            x = area.x() + (tick - first) / span * area.width()
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(x, area.y(), x, area.bottom()))
            box = QRectF(x - look.px(24), area.bottom() + 1, look.px(48), look.px(17))
            if box.right() <= area.right() + look.px(12):
                draw.write(p, box, clock_minutes(tick), look.font(11), look.colour("label"), draw.CENTER)
            tick += step

    def spoken(self) -> list[str]:
        return [t for r in self.rows for t in (r.name, *(b.text for b in r.bars))]
