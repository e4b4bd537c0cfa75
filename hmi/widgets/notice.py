"""A message to the operator that lies over the page: nothing moves under the finger when it comes or goes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QLabel, QWidget

from hmi.theme import MARGIN, RAIL_WIDTH, Look

ABOVE_COMMANDS: Final = 86
"""It ends above the row of commands at the foot of a page."""


class Notice(QLabel):
    """Child of the window's root; as wide as its text needs, at most as the page. A touch takes it away."""

    def __init__(self, root: QWidget, look: Look) -> None:
        super().__init__(root)
        self.look = look
        self._root = root
        self.setProperty("role", "notice")
        self.setWordWrap(True)
        self.setVisible(False)
        root.installEventFilter(self)

    def say(self, text: str) -> None:
        """Show this; empty hides it."""
        self.setText(text)
        self.setVisible(bool(text))
        self._place()

    def _place(self) -> None:
        px = self.look.px
        root = self._root
        left = px(RAIL_WIDTH + MARGIN)
        room = root.width() - left - px(MARGIN)
        self.ensurePolished()
        wanted = self.fontMetrics().horizontalAdvance(self.text()) + px(2 * MARGIN + 12)
        width = max(1, min(room, wanted))
        height = max(px(44), self.heightForWidth(width))
        self.setGeometry(left, root.height() - px(ABOVE_COMMANDS) - height, width, height)
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.say("")
