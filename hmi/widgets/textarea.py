"""Several lines of text, typed on the keyboard of the screen or a real one."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from hmi.theme import Look


class TextArea(QPlainTextEdit):
    """Speaks as a line edit does, so that the keyboard of the screen types into it. At most ``most`` characters."""

    def __init__(self, look: Look, most: int, lines: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self.setTabChangesFocus(True)
        self.setStyleSheet(f'font-family: "{look.family}"; font-size: {look.px(18)}px; padding: {look.px(4)}px;')
        self.setFixedHeight(look.px(24) * lines + look.px(26))
        self.textChanged.connect(self._cut)

    def _cut(self) -> None:
        if len(self.text()) > self._most:
            self.setPlainText(self.text()[: self._most])
            self.moveCursor(QTextCursor.MoveOperation.End)

    def text(self) -> str:
        """What stands in it."""
        return self.toPlainText()

    def setText(self, text: str) -> None:
        """Put this in its place, the cursor behind it."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def insert(self, arg__1: str, /) -> None:
        """Type."""
        self.insertPlainText(arg__1)
        self.ensureCursorVisible()

    def backspace(self) -> None:
        """Take the character before the cursor away."""
        self.textCursor().deletePreviousChar()
