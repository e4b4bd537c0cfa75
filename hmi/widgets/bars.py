"""Horizontal bars: a value inside its limits, a mass against its tolerance."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmi.theme import Look
from hmi.viewmodels.batch_steps import Weighing
from hmi.viewmodels.format import number_text
from hmi.widgets import draw
from hmi.widgets.painted import Painted

AIR = 0.25
"""Room beyond the limits on each side, as a share of what lies between them."""


@dataclass(frozen=True)
class Span:
    """Limits, the setpoint and what is measured. ``good`` False: the measured value is not to be trusted."""

    lo: float | None
    hi: float | None
    setpoint: float
    now: float | None = None
    good: bool = True
    now_text: str = ""

    def scale(self) -> tuple[float, float]:
        """Ends of the drawn scale: the limits with air, or around the setpoint where there are none."""
        known = [v for v in (self.lo, self.hi, self.setpoint) if v is not None]
        lo, hi = min(known), max(known)
        air = (hi - lo) * AIR or abs(hi) * 0.1 or 1.0
        return lo - air, hi + air


class LimitBar(Painted):
    """Track, band of the limits of the setpoint, its caret below, pointer of the measured value above with its number.

    Whether a measured value is a deviation says the recipe's watch, not this bar.
    """

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.span: Span | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(look.px(150), look.px(48))

    def show_span(self, span: Span | None) -> None:
        """Show this; None shows nothing."""
        if span != self.span:
            self.span = span
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if self.span is None:
            return
        look, px, span = self.look, self.look.px, self.span
        lo, hi = span.scale()
        track = QRectF(rect.x() + px(4), rect.y() + px(25), rect.width() - px(8), px(9))

        def x(value: float) -> float:
            return track.x() + min(1.0, max(0.0, (value - lo) / (hi - lo))) * track.width()

        p.setPen(draw.NO_PEN)
        p.setBrush(look.colour("track"))
        p.drawRect(track)
        left = x(span.lo) if span.lo is not None else track.x()
        right = x(span.hi) if span.hi is not None else track.right()
        p.setBrush(look.colour("normal_band"))
        p.drawRect(QRectF(left, track.y(), max(2.0, right - left), track.height()))
        if span.now is not None and not span.good:
            draw.hatch(p, track, look)
        p.setPen(QPen(look.colour("ink"), 1.5 * look.scale))
        for edge in (span.lo, span.hi):
            if edge is not None:
                p.drawLine(QLineF(x(edge), track.y() - px(2), x(edge), track.bottom() + px(2)))
        p.setPen(draw.NO_PEN)
        p.setBrush(look.colour("setpoint"))
        self._caret(p, x(span.setpoint), track.bottom() + px(1), px(5), px(8))
        if span.now_text:
            box = QRectF(rect.x(), rect.y(), rect.width(), px(17))
            ink = look.colour("value" if span.good else "line")
            draw.write(p, box, span.now_text, look.font(13, 600), ink, draw.CENTER)
        if span.now is not None and span.good:
            p.setPen(draw.NO_PEN)
            p.setBrush(look.colour("ink"))
            self._caret(p, x(span.now), track.y() - px(1), px(5), -px(7))
            p.setPen(QPen(look.colour("ink"), 2 * look.scale))
            p.drawLine(QLineF(x(span.now), track.y(), x(span.now), track.bottom()))

    @staticmethod
    def _caret(p: QPainter, x: float, tip: float, half: float, height: float) -> None:
        p.drawPolygon(QPolygonF([QPointF(x, tip), QPointF(x - half, tip + height), QPointF(x + half, tip + height)]))

    def spoken(self) -> list[str]:
        return [self.span.now_text] if self.span is not None and self.span.now_text else []


class ToleranceBar(Painted):
    """How much is weighed of what is wanted; the tolerance is the pale band, its ends stand below."""

    def __init__(self, look: Look, language: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.language = language
        self.weighing: Weighing | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(look.px(58))

    def show_weighing(self, weighing: Weighing) -> None:
        """Show this mass."""
        if weighing != self.weighing:
            self.weighing = weighing
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(420), self.look.px(58))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        w, look, px = self.weighing, self.look, self.look.px
        if w is None:
            return
        full = max(w.hi * 1.12, w.kg * 1.02, 1e-9)
        track = QRectF(rect.x() + 1, rect.y() + px(14), rect.width() - 2, px(22))

        def x(kg: float) -> float:
            return track.x() + min(1.0, max(0.0, kg / full)) * track.width()

        p.setPen(QPen(look.colour("line"), 1))
        p.setBrush(look.colour("track"))
        p.drawRect(track)
        p.setPen(draw.NO_PEN)
        p.setBrush(look.colour("normal_band"))
        p.drawRect(QRectF(x(w.lo), track.y() + 1, max(3.0, x(w.hi) - x(w.lo)), track.height() - 2))
        p.setBrush(look.colour("label"))
        p.drawRect(QRectF(track.x() + 1, track.y() + px(5), max(0.0, x(w.kg) - track.x() - 1), track.height() - px(10)))
        p.setBrush(look.colour("setpoint"))
        at = x(w.target)
        p.drawPolygon(
            QPolygonF([QPointF(at, track.y()), QPointF(at - px(6), rect.y() + px(3)), QPointF(at + px(6), rect.y() + px(3))])
        )
        font, ink = look.font(12.5), look.colour("label")
        least, most = self._ends()
        below = QRectF(rect.x(), track.bottom() + px(2), x(w.lo) - rect.x() + px(16), px(18))
        draw.write(p, below, least, font, ink, draw.RIGHT)
        above = QRectF(max(x(w.hi) - px(8), below.right() + px(6)), below.y(), rect.right() - x(w.hi) + px(8), px(18))
        draw.write(p, above, most, font, ink)

    def _ends(self) -> tuple[str, str]:
        w = self.weighing
        if w is None:
            return "", ""
        return number_text(w.lo, w.decimals, self.language), number_text(w.hi, w.decimals, self.language)

    def spoken(self) -> list[str]:
        return list(self._ends())
