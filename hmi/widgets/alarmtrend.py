"""The small trend beside an alarm: the moment of the alarm as a dotted line, times without a good value hatched."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets.trend import TrendView


class AlarmTrend(TrendView):
    """A trend without legend; :meth:`show_around` follows :meth:`show_series`."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent, legend=False)
        self.moment = pg.InfiniteLine(angle=90, movable=False)
        self._item().addItem(self.moment)
        self.gaps: list[pg.LinearRegionItem] = []

    def show_around(self, moment_s: float, gaps: list[tuple[float, float]]) -> None:
        """Mark the alarm and the stretches of bad quality, in seconds relative to the right edge (≤ 0)."""
        pen = QPen(self.look.colour("ink"), 1, Qt.PenStyle.DotLine)
        pen.setCosmetic(True)
        self.moment.setPen(pen)
        self.moment.setPos(moment_s)
        while len(self.gaps) < len(gaps):
            region = pg.LinearRegionItem(movable=False)
            region.setZValue(-5)
            for line in region.lines:
                line.setPen(QPen(Qt.PenStyle.NoPen))
            self._item().addItem(region)
            self.gaps.append(region)
        for i, region in enumerate(self.gaps):
            region.setVisible(i < len(gaps))
            if i < len(gaps):
                region.setBrush(QBrush(self.look.colour("line"), Qt.BrushStyle.BDiagPattern))
                region.setRegion(gaps[i])
