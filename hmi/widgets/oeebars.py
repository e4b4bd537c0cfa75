"""Figures of a machine drawn in greys: ratios as bars, its time as one stacked bar with what each part means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.oee import TIMES
from hmi.widgets import draw
from hmi.widgets.painted import Painted

RATIO_ROW: Final = 44
LEGEND_ROW: Final = 23


@dataclass(frozen=True)
class Ratio:
    """One of the four: ``share`` 1 is 100 %, None has no denominator; ``from_what`` says what it was worked out of."""

    name: str
    value: str
    share: float | None
    from_what: str
    over: bool = False
    strong: bool = False


class RatioBars(Painted):
    """Bars to 100 %; what exceeds it fills the bar, has a thick edge and ▲."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.ratios: tuple[Ratio, ...] = ()

    def show_ratios(self, ratios: Sequence[Ratio]) -> None:
        """Show these."""
        if tuple(ratios) != self.ratios:
            self.ratios = tuple(ratios)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(560), self.look.px(RATIO_ROW) * 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(360), self.look.px(RATIO_ROW - 6) * 4)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        height = min(px(RATIO_ROW + 8), rect.height() / max(1, len(self.ratios)))
        for i, r in enumerate(self.ratios):
            row = QRectF(rect.x(), rect.y() + i * height, rect.width(), height)
            name = QRectF(row.x(), row.y(), px(138), height)
            draw.write_fitting(p, name, r.name, look, 15, 700 if r.strong else 400, look.colour("ink"))
            value = QRectF(name.right() + px(4), row.y(), px(132), height)
            draw.write(p, value, r.value, look.font(22 if r.strong else 20, 600), look.colour("value"), draw.RIGHT)
            left = value.right() + px(14)
            bar = QRectF(left, row.y() + px(5), row.right() - left - px(3), px(14))
            p.setPen(QPen(look.colour("ink" if r.over else "line"), px(2.5) if r.over else 1))
            p.setBrush(look.colour("track"))
            p.drawRect(bar)
            if r.share:
                p.setPen(QPen(look.colour("ink" if r.over else "line"), px(2.5) if r.over else 1))
                p.setBrush(look.colour("running"))
                p.drawRect(QRectF(bar.x(), bar.y(), bar.width() * min(1.0, r.share), bar.height()))
            below = QRectF(left, bar.bottom() + px(2), bar.width(), row.bottom() - bar.bottom() - px(2))
            draw.write_fitting(p, below, r.from_what, look, 12.5, 400, look.colour("label"))

    def spoken(self) -> list[str]:
        return [t for r in self.ratios for t in (r.name, r.value, r.from_what) if t]


@dataclass(frozen=True)
class Part:
    """A part of the time: ``kind`` of :data:`hmi.viewmodels.oee.TIMES`, in words, with seconds and how long that is."""

    kind: str
    name: str
    seconds: float
    value: str


class TimeBar(Painted):
    """All the time there was as one bar, and below it what each part is; parts of no time are named with a dash."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.parts: tuple[Part, ...] = ()

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show these."""
        if tuple(parts) != self.parts:
            self.parts = tuple(parts)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(340), self.look.px(36 + LEGEND_ROW * len(TIMES)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(36 + LEGEND_ROW * len(TIMES)))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        total = sum(part.seconds for part in self.parts)
        bar = QRectF(rect.x() + 1, rect.y() + 1, rect.width() - 2, px(26))
        p.setPen(QPen(look.colour("line"), 1))
        p.setBrush(look.colour("pane"))
        p.drawRect(bar)
        x = bar.x()
        for part in self.parts:
            if part.seconds > 0 and total > 0:
                width = bar.width() * part.seconds / total
                self._swatch(p, QRectF(x, bar.y(), width, bar.height()), part.kind)
                x += width
        for i, part in enumerate(self.parts):
            left, top = rect.x(), bar.bottom() + px(7) + i * px(LEGEND_ROW)
            self._swatch(p, QRectF(left + 1, top + px(4), px(22), px(14)), part.kind)
            value = QRectF(rect.right() - px(90), top, px(86), px(LEGEND_ROW))
            name = QRectF(left + px(31), top, value.x() - left - px(35), px(LEGEND_ROW))
            ink = look.colour("ink" if part.seconds > 0 else "label")
            draw.write_fitting(p, name, part.name, look, 13.5, 400, ink)
            draw.write(
                p, value, part.value, look.font(13.5, 600), look.colour("value" if part.seconds > 0 else "label"), draw.RIGHT
            )

    def _swatch(self, p: QPainter, box: QRectF, kind: str) -> None:
        look = self.look
        fills = {"run": "running", "minor": "running", "down": "stopped", "external": "pane", "idle": "track", "planned": "pane"}
        p.fillRect(box, look.colour(fills.get(kind, "background")))
        if kind == "minor":
            p.save()
            p.setClipRect(box)
            p.setPen(QPen(look.colour("stopped"), look.px(2)))
            at = box.x()
            while at < box.right():
                p.drawLine(QLineF(at, box.y(), at, box.bottom()))
                at += look.px(5)
            p.restore()
        elif kind == "external":
            draw.hatch(p, box, look)
        elif kind == "planned":
            p.setPen(QPen(look.colour("line"), look.px(2)))
            p.drawLine(QLineF(box.x(), box.center().y(), box.right(), box.center().y()))
        p.setBrush(draw.Qt.BrushStyle.NoBrush)
        pen = QPen(look.colour("ink" if kind == "unknown" else "line"), 1)
        if kind == "unknown":
            pen.setStyle(draw.Qt.PenStyle.DashLine)
        p.setPen(pen)
        p.drawRect(box)
        if kind == "unknown" and box.width() > look.px(10):
            draw.write(p, box, "?", look.font(12, 700), look.colour("ink"), draw.CENTER)

    def spoken(self) -> list[str]:
        return [t for part in self.parts for t in (part.name, part.value)]
