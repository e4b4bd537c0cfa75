"""The trend page's plot (pyqtgraph): many pens, an axis per unit of measure, quality, cursor, alarm marks, pan and zoom.

Every pen is drawn on a scale of 0…1, its axis translates: one view box to pan, width-1 pens, data clipped to the view.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPen
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QVBoxLayout, QWidget

from hmi.theme import Look
from hmi.viewmodels.format import local
from hmi.viewmodels.ring import FloatArray
from hmi.widgets.trend import TimeAxis
from line.clock import NS_PER_S

DAY_PENS: Final = ("#0B2E6B", "#00564D", "#6B4A1E", "#0057B8", "#4A4A4A", "#5A6500", "#2A7190", "#574A86")
NIGHT_PENS: Final = ("#A9CBFF", "#7FD6C8", "#D8BE93", "#7DB4FF", "#DADCDD", "#BCCB80", "#74BBDA", "#B9ADE6")
PEN_STYLES: Final = (
    Qt.PenStyle.SolidLine, Qt.PenStyle.SolidLine, Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DashLine,
    Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DotLine,
)  # fmt: skip
SYMBOLS: Final = {1: "s", 2: "t1", 3: "t", 4: "d"}
AXIS_WIDTH: Final = 58
RIBBON: Final = 0.016
MARKS_MAX: Final = 60
HATCHES_MAX: Final = 60


def pen_colour(look: Look, index: int) -> QColor:
    """Colour of a pen: none of the alarm colours, told apart by the line's style too."""
    colours = DAY_PENS if look.palette.name == "day" else NIGHT_PENS
    return QColor(colours[index % len(colours)])


def line_pen(look: Look, index: int) -> QPen:
    """The pen itself: one pixel wide at every zoom (a wider one costs four times the time to draw)."""
    pen = QPen(pen_colour(look, index), 1, PEN_STYLES[index % len(PEN_STYLES)])
    pen.setCosmetic(True)
    return pen


@dataclass(frozen=True, eq=False)
class PenLine:
    """One pen: ``x`` seconds since the plot's base, ``y`` in ``scale`` (name of its axis), bad and uncertain stretches in x."""

    index: int
    scale: str
    x: FloatArray
    y: FloatArray
    hatches: tuple[tuple[float, float, bool], ...] = ()


@dataclass(frozen=True)
class ScaleRange:
    """An axis: its key, its range, the pen whose colour it takes (−1: several pens) and its title."""

    name: str
    lo: float
    hi: float
    pen: int
    title: str = ""


@dataclass(frozen=True)
class Mark:
    """An alarm raised at ``x`` seconds since the base."""

    x: float
    priority: int


class ClockAxis(TimeAxis):
    """Local time along the bottom, a label every 110 pixels at most."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        step = next((s for s in CLOCK_STEPS_S if self.span_s / s <= max(2.0, size / 110)), CLOCK_STEPS_S[-1])
        base_s = self.end_ns / NS_PER_S
        offset = local(self.end_ns).utcoffset()
        there_s = base_s + (offset.total_seconds() if offset else 0.0)
        first = np.ceil((there_s + minVal) / step) * step
        return [(float(step), [float(t - there_s) for t in np.arange(first, there_s + maxVal, step)])]


CLOCK_STEPS_S: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14_400,
    28_800,
    86_400,
    172_800,
    432_000,
    864_000,
)


class PenAxis(pg.AxisItem):
    """A vertical axis that shows ``lo``…``hi`` where the view shows 0…1."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self.lo, self.hi = 0.0, 1.0

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803
        span = self.hi - self.lo
        if span <= 0:
            return []
        ticks = super().tickValues(self.lo + minVal * span, self.lo + maxVal * span, size)[:1]
        return [(step / span, [(v - self.lo) / span for v in values]) for step, values in ticks]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        span = self.hi - self.lo
        step = spacing * span
        decimals = max(0, -int(np.floor(np.log10(step)))) if step > 0 else 0
        texts = [f"{self.lo + v * span:.{min(4, decimals)}f}" for v in values]
        return [t.replace("-", "\u2212").replace(".", ",") if self.comma else t.replace("-", "\u2212") for t in texts]

    comma = False


class PenViewBox(pg.ViewBox):
    """Horizontal pan with one finger, a tap sets the cursor."""

    def __init__(self, tapped: Callable[[float], None]) -> None:
        super().__init__(enableMenu=False)
        self.setMouseEnabled(x=True, y=False)
        self._tapped = tapped

    def mouseClickEvent(self, ev: Any) -> None:
        if ev.button() == Qt.MouseButton.LeftButton:
            ev.accept()
            self._tapped(float(self.mapSceneToView(ev.scenePos()).x()))

    def mouseDragEvent(self, ev: Any, axis: int | None = None) -> None:
        ev.accept()
        if ev.button() != Qt.MouseButton.LeftButton:
            return
        moved = self.mapToView(QPointF(ev.lastPos())) - self.mapToView(QPointF(ev.pos()))
        self.translateBy(x=float(moved.x()), y=0.0)
        self.sigRangeChangedManually.emit([True, False])


class PenPlot(QWidget):
    """``moved`` tells left and right edge (seconds since base) after a pan or zoom by hand, ``tapped`` the place of a tap."""

    moved = Signal(float, float)
    tapped = Signal(float)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._time = ClockAxis()
        self.box = PenViewBox(self.tapped.emit)
        self.plot = pg.PlotWidget(viewBox=self.box, axisItems={"bottom": self._time, "left": PenAxis("left")})
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        layout.addWidget(self.plot)
        item = self._item()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.showGrid(x=True, y=True, alpha=0.25)
        self.box.setYRange(0.0, 1.0, padding=0)
        self.box.sigRangeChangedManually.connect(self._by_hand)
        self.axes: list[PenAxis] = [item.getAxis("left")]
        self.curves: dict[int, pg.PlotDataItem] = {}
        self.hatches: list[pg.LinearRegionItem] = []
        self.marks = pg.ScatterPlotItem(pxMode=True)
        self.mark_lines = pg.PlotDataItem(connect="pairs")
        self.cursor_line = pg.InfiniteLine(angle=90, movable=False)
        self.cursor_line.setVisible(False)
        for thing in (self.mark_lines, self.marks, self.cursor_line):
            item.addItem(thing)
        self._marks: tuple[Mark, ...] = ()
        self._scales: tuple[ScaleRange, ...] = ()
        self._showing = False
        viewport = self.plot.viewport()
        viewport.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        viewport.grabGesture(Qt.GestureType.PinchGesture)
        viewport.installEventFilter(self)
        self.apply_look()

    def _item(self) -> Any:  # pyqtgraph delegates by __getattr__, which type checkers cannot follow
        return self.plot.getPlotItem()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Gesture and isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture) and pinch.scaleFactor() > 0:
                self.box.scaleBy(x=1.0 / pinch.scaleFactor(), y=1.0)
                self._by_hand()
                return True
        return super().eventFilter(watched, event)

    def _by_hand(self, *_: object) -> None:
        if not self._showing:
            (left, right), _y = self.box.viewRange()
            self.moved.emit(float(left), float(right))

    def apply_look(self) -> None:
        """Take colours and fonts from the look again."""
        self.plot.setBackground(self.look.colour("pane"))
        for axis in (self._time, *self.axes):
            axis.setPen(QPen(self.look.colour("line"), 1))
            axis.setTextPen(QPen(self.look.colour("label"), 1))
            axis.setTickFont(self.look.font(11.5))
            axis.setStyle(maxTickLevel=0)
        for index, curve in self.curves.items():
            curve.setPen(line_pen(self.look, index))
        cursor = QPen(self.look.colour("ink"), 1)
        cursor.setCosmetic(True)
        self.cursor_line.setPen(cursor)
        dashed = QPen(self.look.colour("label"), 1, Qt.PenStyle.DotLine)
        dashed.setCosmetic(True)
        self.mark_lines.setPen(dashed)
        self._draw_marks()
        self._paint_axes()

    # ---- content ----------------------------------------------------------------------------------------------------

    def show_pens(
        self, pens: Sequence[PenLine], scales: Sequence[ScaleRange], *, base_ns: int, left: float, right: float, comma: bool,
    ) -> None:  # fmt: skip
        """Draw these pens from ``left`` to ``right``, seconds since ``base_ns`` (UTC)."""
        self._showing = True
        self._time.end_ns, self._time.span_s = base_ns, right - left
        ranges = {s.name: s for s in scales}
        for index, curve in self.curves.items():
            curve.setVisible(any(p.index == index for p in pens))
        for pen in pens:
            scale = ranges[pen.scale]
            self._curve(pen.index).setData(pen.x, (pen.y - scale.lo) / (scale.hi - scale.lo))
        self._show_scales(tuple(scales), comma)
        self._show_hatches([(p.index, i, h) for i, p in enumerate(pens) for h in p.hatches])
        self.box.setXRange(left, right, padding=0)
        self._showing = False

    def _curve(self, index: int) -> pg.PlotDataItem:
        if index not in self.curves:
            curve = pg.PlotDataItem(connect="finite")
            curve.setPen(line_pen(self.look, index))
            self._item().addItem(curve)
            curve.setClipToView(True)  # after adding: the plot puts its own setting on what it takes in
            self.curves[index] = curve
        self.curves[index].setVisible(True)
        return self.curves[index]

    def _show_scales(self, scales: tuple[ScaleRange, ...], comma: bool) -> None:
        while len(self.axes) < len(scales):
            axis = PenAxis("right")
            axis.linkToView(self.box)
            self._item().layout.addItem(axis, 2, 3 + len(self.axes))
            self.axes.append(axis)
            self.apply_look()
        for i, axis in enumerate(self.axes):
            axis.setVisible(i < len(scales))
            if i < len(scales):
                axis.lo, axis.hi, axis.comma = scales[i].lo, scales[i].hi, comma
                axis.setWidth(self.look.px(AXIS_WIDTH))
                axis.picture = None
                axis.update()
        if [(s.title, s.pen) for s in scales] != [(s.title, s.pen) for s in self._scales]:
            self._scales = scales
            self._paint_axes()
        self._scales = scales

    def _paint_axes(self) -> None:
        metrics = QFontMetricsF(self.look.font(12, 600))
        for axis, scale in zip(self.axes, self._scales, strict=False):
            colour = pen_colour(self.look, scale.pen) if scale.pen >= 0 else self.look.colour("label")
            axis.setTextPen(QPen(colour, 1))
            name = metrics.elidedText(scale.title, Qt.TextElideMode.ElideRight, self.look.px(150))
            axis.setLabel(name, color=colour.name())

    def _show_hatches(self, wanted: list[tuple[int, int, tuple[float, float, bool]]]) -> None:
        wanted = wanted[-HATCHES_MAX:]
        while len(self.hatches) < len(wanted):
            region = pg.LinearRegionItem(movable=False)
            region.setZValue(-5)
            for line in region.lines:
                line.setPen(QPen(Qt.PenStyle.NoPen))
            self._item().addItem(region)
            self.hatches.append(region)
        for i, region in enumerate(self.hatches):
            region.setVisible(i < len(wanted))
            if i >= len(wanted):
                continue
            index, row, (start, end, bad) = wanted[i]
            style = Qt.BrushStyle.BDiagPattern if bad else Qt.BrushStyle.Dense6Pattern
            region.setBrush(QBrush(pen_colour(self.look, index), style))
            low = row * (RIBBON + 0.006) + 0.006
            region.setSpan(low, low + RIBBON)
            region.setRegion((start, end))

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Symbols along the upper edge where alarms of the pens were raised, a dotted line below each."""
        if tuple(marks) != self._marks:
            self._marks = tuple(marks)[-MARKS_MAX:]
            self._draw_marks()

    def _draw_marks(self) -> None:
        edge = QPen(self.look.colour("symbol_edge"), 1)
        edge.setCosmetic(True)
        spots = [
            {"pos": (m.x, 0.965), "symbol": SYMBOLS[m.priority], "size": self.look.px(14),
             "brush": self.look.priority(m.priority), "pen": edge}
            for m in self._marks
        ]  # fmt: skip
        self.marks.setData(spots)
        xs = np.repeat(np.array([m.x for m in self._marks], dtype=np.float64), 2)
        self.mark_lines.setData(xs, np.tile([0.0, 0.94], len(self._marks)))

    def show_cursor(self, x: float | None) -> None:
        """Put the cursor there, or take it away."""
        self.cursor_line.setVisible(x is not None)
        if x is not None:
            self.cursor_line.setPos(x)


def seconds_since(base_ns: int, time_ns: int) -> float:
    """Seconds from the base to a time, exact to a microsecond."""
    return (time_ns - base_ns) / NS_PER_S
