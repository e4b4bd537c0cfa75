"""Run and held time of every unit as bars over the length of the shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.format import hours_text
from hmi.viewmodels.shift import UnitTime
from hmi.widgets import draw
from hmi.widgets.painted import Painted

ROW_MAX: Final = 46
NAME: Final = 152
TIMES: Final = 84


class RunBars(Painted):
    """White is run, hatched is held, the grey track is the rest of the shift; both times stand beside the bar."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.times: tuple[UnitTime, ...] = ()

    def show_times(self, times: Sequence[UnitTime]) -> None:
        """Show these units."""
        if tuple(times) != self.times:
            self.times = tuple(times)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(440), self.look.px(34) * max(1, len(self.times)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(320), self.look.px(24) * max(1, len(self.times)))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        height = min(px(ROW_MAX), rect.height() / max(1, len(self.times)))
        for i, t in enumerate(self.times):
            row = QRectF(rect.x(), rect.y() + i * height, rect.width(), height)
            draw.write_fitting(p, QRectF(row.x(), row.y(), px(NAME), height), t.name, look, 13.5, 400, look.colour("ink"))
            bar_height = min(px(18), height - px(8))
            bar = QRectF(
                row.x() + px(NAME + 6), row.center().y() - bar_height / 2, row.width() - px(NAME + TIMES + 16), bar_height
            )
            self._bar(p, bar, t)
            text = QRectF(bar.right() + px(10), row.y(), px(TIMES), height)
            used = draw.write(p, text, hours_text(t.run_s), look.font(14, 600), look.colour("value"))
            if t.held_s >= 1:
                rest = text.adjusted(used + px(6), 0, 0, 0)
                draw.write(p, rest, f"/ {hours_text(t.held_s)}", look.font(13), look.colour("label"))

    def _bar(self, p: QPainter, bar: QRectF, t: UnitTime) -> None:
        look = self.look
        p.setPen(QPen(look.colour("edge"), 1))
        p.setBrush(look.colour("track"))
        p.drawRect(bar)
        whole = max(t.shift_s, t.run_s + t.held_s, 1.0)
        run = QRectF(bar.x(), bar.y(), bar.width() * t.run_s / whole, bar.height())
        p.setPen(QPen(look.colour("line"), 1))
        p.setBrush(look.colour("running"))
        if t.run_s > 0:
            p.drawRect(run)
        if t.held_s > 0:
            held = QRectF(run.right(), bar.y(), max(2.0, bar.width() * t.held_s / whole), bar.height())
            p.setBrush(look.colour("pane"))
            p.drawRect(held)
            draw.hatch(p, held, look)

    def spoken(self) -> list[str]:
        return [text for t in self.times for text in (t.name, hours_text(t.run_s), hours_text(t.held_s))]
