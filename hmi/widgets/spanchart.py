"""Which unit was busy with what, over the time of a dry run: a row per unit, a bar per phase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted

NAME_WIDTH: Final = 59
"""As wide as the axis of a plot below, so that both have the same time above each other."""
ROW: Final = 26
ROW_LEAST: Final = 19
AXIS: Final = 18
STEPS_S: Final = (60, 300, 600, 1800, 3600, 7200, 14_400, 28_800)


@dataclass(frozen=True)
class Span:
    """A bar: seconds since the start; ``row`` is the row's name, ``text`` is written inside when it fits."""

    row: str
    text: str
    start_s: float
    end_s: float


def hours_minutes(seconds: float) -> str:
    """``2:05`` since the start."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


class SpanChart(Painted):
    """Rows in the order in which they first appear."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.spans: tuple[Span, ...] = ()
        self.length_s = 0.0

    def show_spans(self, spans: Sequence[Span], length_s: float) -> None:
        """Draw these; the axis ends at ``length_s``."""
        self.spans, self.length_s = tuple(spans), length_s
        rows = max(1, len(self.names()))
        self.setMinimumHeight(self.look.px(ROW_LEAST * rows + AXIS))
        self.setMaximumHeight(self.look.px(ROW * rows + AXIS))
        self.changed()

    def names(self) -> list[str]:
        """The rows."""
        return list(dict.fromkeys(s.row for s in self.spans))

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(500), self.maximumHeight())

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        names = self.names()
        if not names or self.length_s <= 0:
            return
        area = QRectF(rect.x() + px(NAME_WIDTH), rect.y(), rect.width() - px(NAME_WIDTH) - px(8), rect.height() - px(AXIS))
        height = area.height() / len(names)
        self._ticks(p, area)
        for i, name in enumerate(names):
            y = area.y() + i * height
            p.setPen(look.colour("edge"))
            p.drawLine(QLineF(rect.x(), y + height, rect.right(), y + height))
            draw.write(p, QRectF(rect.x(), y, px(NAME_WIDTH) - px(6), height), name, look.font(13, 600), look.colour("ink"))
        for span in self.spans:
            y = area.y() + names.index(span.row) * height
            left = area.x() + span.start_s / self.length_s * area.width()
            width = max(px(3), (span.end_s - span.start_s) / self.length_s * area.width())
            box = QRectF(left, y + height * 0.14, width, height * 0.72)
            p.setPen(QPen(look.colour("label"), 1.2 * look.scale))
            p.setBrush(look.colour("track"))
            p.drawRoundedRect(box, px(3), px(3))
            inner = box.adjusted(px(5), 0, -px(3), 0)
            if inner.width() >= QFontMetricsF(look.font(12)).horizontalAdvance(span.text):
                draw.write(p, inner, span.text, look.font(12), look.colour("ink"))

    def _ticks(self, p: QPainter, area: QRectF) -> None:
        look = self.look
        step_s = next((s for s in STEPS_S if self.length_s / s <= max(2.0, area.width() / look.px(80))), STEPS_S[-1])
        for k in range(int(self.length_s // step_s) + 1):
            x = area.x() + k * step_s / self.length_s * area.width()
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(x, area.y(), x, area.bottom()))
            box = QRectF(x - look.px(30), area.bottom() + 1, look.px(60), look.px(AXIS - 1))
            draw.write(p, box, hours_minutes(k * step_s), look.font(11.5), look.colour("label"), draw.CENTER)

    def spoken(self) -> list[str]:
        return [*self.names(), *(s.text for s in self.spans)]
