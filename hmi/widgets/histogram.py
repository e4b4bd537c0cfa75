"""How many things fell into which class, as columns on a logarithmic scale: one late scan among a million is still seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted

FOOT: Final = 24
HEAD: Final = 20


@dataclass(frozen=True)
class Bin:
    """A column: what its class is called, how many fell into it, and the count as it is written."""

    label: str
    count: int
    text: str


class Histogram(Painted):
    """Columns with their counts above; ``empty`` is said when there is nothing to count."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.bins: tuple[Bin, ...] = ()
        self.empty = ""

    def show_bins(self, bins: Sequence[Bin], empty: str) -> None:
        """Show these columns."""
        if (tuple(bins), empty) != (self.bins, self.empty):
            self.bins, self.empty = tuple(bins), empty
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(420), self.look.px(160))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(260), self.look.px(110))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        if not any(b.count for b in self.bins):
            draw.write_lines(p, rect.adjusted(px(6), px(14), 0, 0), self.empty, look.font(15), look.colour("label"))
            return
        top, bottom = rect.y() + px(HEAD), rect.bottom() - px(FOOT)
        width = rect.width() / len(self.bins)
        tallest = math.log10(1 + max(b.count for b in self.bins))
        for i, b in enumerate(self.bins):
            slot = QRectF(rect.x() + i * width, rect.y(), width, rect.height())
            height = (bottom - top) * math.log10(1 + b.count) / tallest
            column = QRectF(slot.x() + width * 0.14, bottom - height, width * 0.72, height)
            if b.count:
                p.setPen(QPen(look.colour("line"), 1))
                p.setBrush(look.colour("running"))
                p.drawRect(column)
            above = QRectF(slot.x(), column.y() - px(HEAD), width, px(HEAD))
            ink = look.colour("value" if b.count else "label")
            draw.write(p, above, b.text, look.font(12.5, 600 if b.count else 400), ink, draw.CENTER)
            below = QRectF(slot.x(), bottom, width, px(FOOT))
            draw.write(p, below, b.label, look.font(12.5), look.colour("label"), draw.CENTER)
        p.setPen(QPen(look.colour("line"), 1))
        p.drawLine(QLineF(rect.x(), bottom, rect.right(), bottom))

    def spoken(self) -> list[str]:
        return [f"{b.label}: {b.text}" for b in self.bins] if any(b.count for b in self.bins) else [self.empty]
