"""The navigation rail: 92 px wide, targets of 72 px, language and theme at its end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hmi.pages.base import PageEntry
from hmi.theme import RAIL_TARGET, RAIL_WIDTH, Look
from hmi.widgets import draw
from hmi.widgets.icons import icon
from hmi.widgets.painted import Painted


class RailButton(Painted):
    """One target of the rail: icon, caption, a badge in the corner, a mark while its page is shown."""

    def __init__(self, look: Look, icon_name: str, height: float) -> None:
        super().__init__(look)
        self.icon_name = icon_name
        self.caption = ""
        self.badge = 0
        self.lit = False
        self.setFixedHeight(look.px(height))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_state(self, caption: str, badge: int, lit: bool) -> None:
        """Show this state."""
        if (caption, badge, lit) != (self.caption, self.badge, self.lit):
            self.caption, self.badge, self.lit = caption, badge, lit
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(RAIL_WIDTH), self.height())

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        if self.lit:
            p.fillRect(rect, look.colour("background"))
            p.fillRect(QRectF(0, 0, px(4), rect.height()), look.colour("value"))
        p.setPen(look.colour("edge"))
        p.drawLine(rect.bottomLeft(), rect.bottomRight())
        ink = look.colour("ink")
        if self.icon_name and self.caption:
            size = px(24)
            icon(p, QRectF(rect.center().x() - size / 2, rect.y() + px(13), size, size), self.icon_name, ink)
            text = QRectF(px(4), rect.y() + px(41), rect.width() - px(8), px(20))
            draw.write(p, text, self.caption, look.font(13, 600 if self.lit else 400), ink, draw.CENTER)
        elif self.icon_name:
            size = px(24)
            icon(p, QRectF(rect.center().x() - size / 2, rect.center().y() - size / 2, size, size), self.icon_name, ink)
        else:
            draw.write(p, rect.adjusted(px(4), 0, -px(4), 0), self.caption, look.font(13, 600), ink, draw.CENTER)
        if self.badge:
            self._badge(p, rect)

    def _badge(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        text = str(self.badge) if self.badge < 100 else "99+"
        width = max(px(19), QFontMetricsF(look.font(12, 600)).horizontalAdvance(text) + px(11))
        box = QRectF(rect.right() - px(13) - width, px(8), width, px(18))
        p.setPen(draw.NO_PEN)
        p.setBrush(look.colour("ink"))
        p.drawRoundedRect(box, px(9), px(9))
        draw.write(p, box, text, look.font(12, 600), look.colour("background"), draw.CENTER)

    def spoken(self) -> list[str]:
        return [self.caption] if self.caption else []


class Rail(QWidget):
    """All pages that have a button, then language and theme."""

    chosen = Signal(str)
    language_switched = Signal()
    theme_switched = Signal()

    def __init__(self, look: Look, entries: list[PageEntry]) -> None:
        super().__init__()
        self.look = look
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(look.px(RAIL_WIDTH))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        self.buttons: dict[str, RailButton] = {}
        self._entries = [e for e in entries if not e.hidden]
        for entry in self._entries:
            made = RailButton(look, entry.icon, RAIL_TARGET)
            made.clicked.connect(lambda key=entry.key: self.chosen.emit(key))
            column.addWidget(made)
            self.buttons[entry.key] = made
        column.addStretch(1)
        self.theme = RailButton(look, "night", 56)
        self.theme.clicked.connect(self.theme_switched.emit)
        self.language = RailButton(look, "", 52)
        self.language.clicked.connect(self.language_switched.emit)
        column.addWidget(self.theme)
        column.addWidget(self.language)

    def refresh(self, lit: str, badges: dict[str, int]) -> None:
        """Captions in the language in force, badges, and which page is shown."""
        for entry in self._entries:
            self.buttons[entry.key].show_state(entry.title(), badges.get(entry.key, 0), entry.key == lit)
        self.language.show_state("RU · EN", 0, False)
        self.theme.icon_name = "night" if self.look.palette.name == "day" else "day"
        self.theme.update()
