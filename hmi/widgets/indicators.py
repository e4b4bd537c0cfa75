"""Small painted widgets: analog indicator, sparkline, chip, alarm symbol, value field, progress bar."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmi.theme import Look
from hmi.viewmodels.analog import Analog
from hmi.viewmodels.format import shorten
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.units import Chip
from hmi.widgets import draw
from hmi.widgets.painted import Painted


def analog_spoken(a: Analog) -> list[str]:
    """The texts of an indicator."""
    mark = "" if a.good else "? "
    return [a.name, f"{mark}{a.value_text}", a.eu, *([f"▸ {a.setpoint_text}"] if a.setpoint_text else [])]


class AnalogIndicator(Painted):
    """One moving-pointer indicator; a click opens the tag's faceplate."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, name_lines: int = 1) -> None:
        super().__init__(look, parent)
        self.analog: Analog | None = None
        self._name_lines = name_lines

    def show_value(self, analog: Analog | None) -> None:
        """Show this content."""
        if analog != self.analog or (analog is not None and analog.alarm):
            self.analog = analog
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(100), self.look.px(124))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(84), self.look.px(92))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if self.analog is not None:
            draw.indicator(p, rect, self.analog, self.look, name_lines=self._name_lines)

    def spoken(self) -> list[str]:
        return analog_spoken(self.analog) if self.analog else []


@dataclass(frozen=True, eq=False)
class SparkData:
    """Values before now: ``x`` seconds ≤ 0, ``y`` in engineering units; scale and band likewise; ``alarm`` a priority or 0."""

    x: FloatArray = field(default_factory=lambda: np.zeros(0))
    y: FloatArray = field(default_factory=lambda: np.zeros(0))
    lo: float = 0.0
    hi: float = 1.0
    normal: tuple[float, float] | None = None
    alarm: int = 0
    span_s: float = 1800.0


class Sparkline(Painted):
    """The last minutes of one value with its normal band."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.data = SparkData()

    def show_data(self, data: SparkData) -> None:
        """Show these points."""
        self.data = data
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(60))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(80), self.look.px(30))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        d = self.data
        if not d.lo < d.hi:
            return
        if d.normal is not None:
            low, high = ((min(max(v, d.lo), d.hi) - d.lo) / (d.hi - d.lo) for v in d.normal)
            p.setPen(draw.NO_PEN)
            p.setBrush(self.look.colour("normal_band"))
            p.drawRect(QRectF(rect.x(), rect.bottom() - high * rect.height(), rect.width(), (high - low) * rect.height()))
        colour = self.look.priority(1) if d.alarm == 1 else self.look.colour("value")
        draw.curve(p, rect.adjusted(0, 1, -1, -1), d.x, d.y, d.lo, d.hi, d.span_s, colour)


class StateChip(Painted):
    """A state word in its box."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, size: float = 13) -> None:
        super().__init__(look, parent)
        self._size = size
        self.chip = Chip("", "plain")

    def show_chip(self, chip: Chip) -> None:
        """Show this state."""
        if chip != self.chip:
            self.chip = chip
            self.updateGeometry()
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(round(draw.chip_width(self.chip, self.look, self._size)) + 2, self.look.px(26))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if self.chip.text:
            height = self.look.px(24)
            draw.chip(p, QRectF(0, (rect.height() - height) / 2, rect.width(), height), self.chip, self.look, self._size)

    def spoken(self) -> list[str]:
        return [self.chip.text]


class AlarmSymbol(Painted):
    """Shape, colour and digit of a priority; flashes while unacknowledged. Priority 0 shows nothing."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, size: float = 20) -> None:
        super().__init__(look, parent)
        self._size = size
        self.priority = 0
        self.flashing = False

    def show_priority(self, priority: int, *, flashing: bool = False) -> None:
        """Show this priority."""
        self.priority, self.flashing = priority, flashing
        self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(self._size), self.look.px(self._size))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if not self.priority:
            return
        size = min(rect.width(), rect.height())
        square = QRectF((rect.width() - size) / 2, (rect.height() - size) / 2, size, size)
        draw.symbol(p, square, self.priority, self.look, filled=not self.flashing or self.look.blink_on)

    def spoken(self) -> list[str]:
        return [str(self.priority)] if self.priority else []


class ValueField(Painted):
    """A number with its unit. Not good: hatched, ``?`` and the last value dimmed; never 0 in place of unknown."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, size: float = 20) -> None:
        super().__init__(look, parent)
        self._size = size
        self.text = ""
        self.eu = ""
        self.good = True
        self.role = "value"

    def show_value(self, text: str, eu: str, good: bool, role: str = "value") -> None:
        """Show a value; ``role`` names its colour in the palette (``value``, ``setpoint``, ``p1``)."""
        if (text, eu, good, role) != (self.text, self.eu, self.good, self.role):
            self.text, self.eu, self.good, self.role = text, eu, good, role
            self.updateGeometry()
            self.changed()

    def shown(self) -> str:
        """The number as it stands on the screen."""
        return self.text if self.good else f"? {self.text}"

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        metrics = type(metrics)(self.look.font(self._size, 600))
        small = type(metrics)(self.look.font(self._size * 0.65))
        width = metrics.horizontalAdvance(self.shown()) + small.horizontalAdvance(self.eu) + self.look.px(14)
        return QSize(width, self.look.px(self._size * 1.35))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if not self.good:
            draw.hatch(p, QRectF(rect.x(), rect.y(), self.look.px(10), rect.height()), self.look)
            rect = rect.adjusted(self.look.px(14), 0, 0, 0)
        role = self.role if self.good else "line"
        used = draw.write(p, rect, self.shown(), self.look.font(self._size, 600), self.look.colour(role))
        rest = rect.adjusted(used + self.look.px(4), self.look.px(self._size * 0.12), 0, 0)
        draw.write(p, rest, self.eu, self.look.font(self._size * 0.65), self.look.colour("label"))

    def spoken(self) -> list[str]:
        return [self.shown(), self.eu]


class FittedText(Painted):
    """A text of at most two lines in a row of fixed height; shortened and shrunk before it is cut off."""

    def __init__(self, look: Look, parent: QWidget | None = None, *, size: float = 15) -> None:
        super().__init__(look, parent)
        self._size = size
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show this."""
        if text != self.text:
            self.text = text
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(140), self.look.px(40))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(100), self.look.px(40))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        metrics = QFontMetricsF(look.font(self._size))
        one = metrics.horizontalAdvance(self.text) <= rect.width()
        height = metrics.height() * (1 if one else 2)
        box = QRectF(rect.x(), rect.center().y() - height / 2, rect.width(), height)
        draw.write_fitting_lines(p, box, self.text, look, self._size, look.colour("ink"), short=shorten(self.text))

    def spoken(self) -> list[str]:
        return [self.text]


class ProgressBar(Painted):
    """A grey bar of a share 0…1."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.share = 0.0

    def show_share(self, share: float) -> None:
        """Show this share."""
        self.share = share
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(200), self.look.px(14))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(40), self.look.px(14))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        draw.progress(p, rect.adjusted(0.5, 0.5, -0.5, -0.5), self.share, self.look)
