"""A unit on the line overview: name, state, two indicators, and what it is doing or waiting for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.analog import Analog
from hmi.viewmodels.units import Chip
from hmi.widgets import draw
from hmi.widgets.indicators import analog_spoken
from hmi.widgets.painted import Painted

FOOT_HEIGHT: Final = 48
"""Three lines: why a unit stands is never cut off."""


@dataclass(frozen=True)
class CardData:
    """Content of a card; ``alarm`` is the unit's worst standing priority (0: none), ``unacked`` lets it flash."""

    name: str
    label: str
    chip: Chip
    analogs: tuple[Analog, ...]
    foot: str
    alarm: int = 0
    unacked: bool = False


class UnitCard(Painted):
    """The whole card is one touch target that opens the unit."""

    def __init__(self, look: Look, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.unit = unit
        self.data: CardData | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_card(self, data: CardData) -> None:
        """Show this content."""
        if data != self.data or data.unacked:
            self.data = data
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(138), self.look.px(352))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(120), self.look.px(270))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        if self.data is None:
            return
        d, look = self.data, self.look
        px = look.px
        alarmed = bool(d.alarm)
        p.setPen(QPen(look.priority(1) if d.alarm == 1 else look.colour("edge"), px(3) if d.alarm == 1 else 1))
        p.setBrush(look.colour("pane"))
        inset = px(1.5) if d.alarm == 1 else 0.5
        p.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), px(6), px(6))
        left, right = rect.x() + px(9), rect.right() - px(8)
        name = QRectF(left, rect.y() + px(7), right - left, px(22))
        if alarmed:
            size = px(19)
            draw.symbol(
                p, QRectF(right - size, name.y() + px(1), size, size), d.alarm, look, filled=not d.unacked or look.blink_on
            )
            name.setRight(right - size - px(4))
        used = draw.write_fitting(p, name, d.name, look, 14.5, 700, look.colour("ink"))
        width = min(draw.chip_width(d.chip, look), right - left)
        row = QRectF(left, rect.y() + px(30), right - left, px(22))
        narrow = right - left - width < px(40)
        draw.chip(p, QRectF(left if narrow else right - width, row.y(), width, row.height()), d.chip, look)
        label = d.label.replace("-", "\u2011")
        if not narrow:
            draw.write(p, row.adjusted(0, 0, -width, 0), label, look.font(12), look.colour("label"))
        elif used + px(44) < name.width():
            draw.write(p, name, label, look.font(12), look.colour("label"), draw.RIGHT)
        foot_height = px(FOOT_HEIGHT)
        body = QRectF(left, row.bottom() + px(6), right - left, rect.bottom() - foot_height - row.bottom() - px(8))
        each = body.height() / max(2, len(d.analogs))
        for i, a in enumerate(d.analogs):
            draw.indicator(p, QRectF(left, body.y() + i * each, body.width(), each - px(6)), a, look, unacked=d.unacked)
        foot = QRectF(left, rect.bottom() - foot_height - px(5), right - left, foot_height)
        draw.write_fitting_lines(p, foot, d.foot, look, 12.5, look.colour("label"), bottom=True)

    def spoken(self) -> list[str]:
        if self.data is None:
            return []
        d = self.data
        return [d.name, d.label, d.chip.text, *(t for a in d.analogs for t in analog_spoken(a)), d.foot]
