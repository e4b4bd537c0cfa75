"""Trend of some values over time (pyqtgraph): width-1 pens, local time, repainted at most five times a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmi.theme import Look
from hmi.viewmodels.format import decimals_for, local, number_text, shorten
from hmi.viewmodels.ring import FloatArray
from hmi.widgets import draw
from hmi.widgets.painted import Painted
from line.clock import NS_PER_S

ROLES: Final = ("value", "setpoint", "ink", "label", "manual", "line")
STYLES: Final = (
    Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine, Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
)  # fmt: skip


DAYS_FROM_S: Final = 86_400.0


@dataclass(frozen=True, eq=False)
class Series:
    """One line: ``x`` seconds relative to the right edge (≤ 0), ``y`` in engineering units, NaN for gaps."""

    name: str
    x: FloatArray
    y: FloatArray
    value_text: str = ""


def time_label(end_ns: int, seconds: float, span_s: float) -> str:
    """Local time of a tick, with seconds when the window is short; over days a midnight is its date."""
    moment = local(end_ns + round(seconds * NS_PER_S))
    if span_s > DAYS_FROM_S:
        return moment.strftime("%d.%m" if (moment.hour, moment.minute) == (0, 0) else "%H:%M")
    return moment.strftime("%H:%M:%S" if span_s <= 600 else "%H:%M")


class TimeAxis(pg.AxisItem):
    """Bottom axis in local time; the plot's x is seconds relative to ``end_ns``."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.end_ns = 0
        self.span_s = 1800.0

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        steps = (10, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)
        step = next((s for s in steps if self.span_s / s <= max(2.0, size / 110)), steps[-1])
        end_s = self.end_ns / 1e9
        first = np.ceil((end_s + minVal) / step) * step
        return [(float(step), [float(t - end_s) for t in np.arange(first, end_s + maxVal, step)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [time_label(self.end_ns, v, self.span_s) for v in values]


class Legend(Painted):
    """Names and present values of the lines, each with a piece of its line."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.entries: list[tuple[str, str]] = []
        self.setFixedHeight(look.px(22))

    def show_entries(self, entries: list[tuple[str, str]]) -> None:
        """Show (name, value) pairs in the order of the lines."""
        if entries != self.entries:
            self.entries = entries
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        x = rect.x()
        long = sum(self._width(name, value) for name, value in self.entries) > rect.width()
        for i, (whole, value) in enumerate(self.entries):
            name = shorten(whole) if long else whole
            p.setPen(QPen(look.colour(ROLES[i % len(ROLES)]), 2, STYLES[i % len(STYLES)]))
            p.drawLine(round(x), round(rect.center().y()), round(x + look.px(22)), round(rect.center().y()))
            x += look.px(28)
            x += draw.write(p, QRectF(x, 0, rect.right() - x, rect.height()), name, look.font(12.5), look.colour("label"))
            x += look.px(6)
            role = look.colour(ROLES[i % len(ROLES)])
            width = QFontMetricsF(look.font(13, 600)).horizontalAdvance(value) + 1
            draw.write(p, QRectF(x, 0, min(width, max(0.0, rect.right() - x)), rect.height()), value, look.font(13, 600), role)
            x += width + look.px(18)

    def _width(self, name: str, value: str) -> float:
        look = self.look
        texts = QFontMetricsF(look.font(12.5)).horizontalAdvance(name), QFontMetricsF(look.font(13, 600)).horizontalAdvance(value)
        return sum(texts) + look.px(28 + 6 + 18) + 1

    def spoken(self) -> list[str]:
        return [t for pair in self.entries for t in pair]


class TrendView(QWidget):
    """Up to six lines with legend and, for one value, its normal band. No mouse: touch pages offer buttons for the range."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, legend: bool = True) -> None:
        super().__init__(parent)
        self.look = look
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.legend = Legend(look)
        self.legend.setVisible(legend)
        layout.addWidget(self.legend)
        self._axis = TimeAxis()
        self._values = ValueAxis()
        self.plot = pg.PlotWidget(axisItems={"bottom": self._axis, "left": self._values})
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        layout.addWidget(self.plot, 1)
        item = self._item()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.setMouseEnabled(x=False, y=False)
        item.showGrid(x=False, y=True, alpha=0.35)
        self._curves: list[pg.PlotDataItem] = []
        self._band = pg.LinearRegionItem(orientation="horizontal", movable=False)
        self._band.setZValue(-10)
        self._band.setVisible(False)
        item.addItem(self._band)
        self._limits: list[pg.InfiniteLine] = []
        self.apply_look()

    def _item(self) -> Any:  # pyqtgraph delegates by __getattr__, which type checkers cannot follow
        return self.plot.getPlotItem()

    def apply_look(self) -> None:
        """Take colours and fonts from the look again."""
        self.plot.setBackground(self.look.colour("pane"))
        for side in ("left", "bottom"):
            axis = self._item().getAxis(side)
            axis.setPen(QPen(self.look.colour("line"), 1))
            axis.setTextPen(QPen(self.look.colour("label"), 1))
            axis.setTickFont(self.look.font(11.5))
            axis.setStyle(maxTickLevel=0)
        self._item().getAxis("left").setWidth(self.look.px(44))
        for i, curve in enumerate(self._curves):
            curve.setPen(self._pen(i))
        self._band.setBrush(QBrush(self.look.colour("normal_band")))
        for line in self._band.lines:
            line.setPen(QPen(Qt.PenStyle.NoPen))

    def _pen(self, index: int) -> QPen:
        pen = QPen(self.look.colour(ROLES[index % len(ROLES)]), 1, STYLES[index % len(STYLES)])
        pen.setCosmetic(True)
        return pen

    def show_series(
        self, series: list[Series], *, end_ns: int, span_s: float, normal: tuple[float, float] | None = None,
        y_range: tuple[float, float] | None = None, limits: tuple[float, ...] = (), language: str = "ru",
    ) -> None:  # fmt: skip
        """Draw these lines over the ``span_s`` seconds that end at ``end_ns`` (UTC)."""
        item = self._item()
        self._axis.end_ns, self._axis.span_s = end_ns, span_s
        self._values.language = language
        while len(self._curves) < len(series):
            curve = pg.PlotDataItem(connect="finite", stepMode=None)
            curve.setPen(self._pen(len(self._curves)))
            curve.setDownsampling(auto=False, ds=1, method="peak")
            item.addItem(curve)
            self._curves.append(curve)
        for i, curve in enumerate(self._curves):
            if i < len(series):
                curve.setData(*held(series[i].x, series[i].y))
            curve.setVisible(i < len(series))
        self._show_limits(limits)
        item.setXRange(-span_s, 0.0, padding=0)
        lo, hi = y_range or fit([s.y for s in series], least_span(normal))
        item.setYRange(lo, hi, padding=0)
        if normal is not None:
            self._band.setRegion((max(lo, normal[0]), min(hi, normal[1])))
        self._band.setVisible(normal is not None and normal[0] < hi and normal[1] > lo)
        self.legend.show_entries([(s.name, s.value_text) for s in series])

    def _show_limits(self, limits: tuple[float, ...]) -> None:
        while len(self._limits) < len(limits):
            line = pg.InfiniteLine(angle=0, movable=False)
            self._item().addItem(line)
            self._limits.append(line)
        for i, line in enumerate(self._limits):
            line.setVisible(i < len(limits))
            if i < len(limits):
                pen = QPen(self.look.colour("ink"), 1, Qt.PenStyle.DashLine)
                pen.setCosmetic(True)
                line.setPen(pen)
                line.setPos(limits[i])


def least_span(normal: tuple[float, float] | None) -> float:
    """A third of the normal band: so noise stays small; 1 without a band."""
    return (normal[1] - normal[0]) / 3 if normal is not None else 1.0


class ValueAxis(pg.AxisItem):
    """Left axis with the panel's way of writing numbers."""

    def __init__(self) -> None:
        super().__init__("left")
        self.language = "en"

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        decimals = decimals_for(*(v * scale for v in values))
        return [number_text(v * scale, decimals, self.language) for v in values]


def held(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The last value drawn on to the right edge: a value stored by exception holds until the next one."""
    if len(x) == 0 or x[-1] >= 0 or not np.isfinite(y[-1]):
        return x, y
    return np.append(x, 0.0), np.append(y, y[-1])


def fit(values: list[FloatArray], least: float = 0.0) -> tuple[float, float]:
    """A range that holds every finite value with 8 % of air and spans at least ``least``; 0…1 when there is none."""
    finite = [y[np.isfinite(y)] for y in values]
    ends = [float(v) for y in finite if len(y) for v in (y.min(), y.max())]
    if not ends:
        return 0.0, 1.0
    lo, hi = min(ends), max(ends)
    air = max((hi - lo) * 0.08, (least - (hi - lo)) / 2, abs(hi) * 0.01)
    return lo - air, hi + air
