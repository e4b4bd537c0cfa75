"""A scanner that types like a keyboard: what is typed fast and ended by Enter is a code, wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from line.clock import NS_PER_MS, Clock

GAP_NS: Final = 120 * NS_PER_MS
"""Scanners type a character every 1…50 ms, over Bluetooth up to about 100 ms; no person goes on like that."""
LENGTH_MIN: Final = 4
ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ScanCatcher(QObject):
    """Listens while ``page`` is on the screen and no dialog lies over it; a field that is typed into keeps its keys."""

    def __init__(self, page: QWidget, clock: Clock, take: Callable[[str], None]) -> None:
        super().__init__(page)
        self._page, self._clock, self._take = page, clock, take
        self._typed = ""
        self._last_ns = 0

    def start(self) -> None:
        """The page is shown: listen."""
        app = QApplication.instance()
        if app is not None:
            app.installEventFilter(self)

    def stop(self) -> None:
        """The page is hidden: no other page pays for listening."""
        self._typed = ""
        app = QApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep what may be a code; everything else goes on to where it was meant for."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or not self._listens():
            return False
        return self.key(Qt.Key(event.key()), event.text())

    def _listens(self) -> bool:
        if not self._page.isVisible() or QApplication.activeModalWidget() is not None:
            return False
        return not isinstance(QApplication.focusWidget(), QLineEdit)

    def key(self, key: Qt.Key, text: str) -> bool:
        """One key; True when it belongs to a code. A code that stopped in the middle is forgotten."""
        now_ns = self._clock.monotonic_ns()
        fast = now_ns - self._last_ns <= GAP_NS
        if key in ENTER:
            code, self._typed = self._typed, ""
            if fast and len(code) >= LENGTH_MIN:
                self._take(code)
                return True
            return False
        if not text or (not text.isprintable() and text != "\x1d") or (key == Qt.Key.Key_Space and not self._typed):
            return False
        self._typed = (self._typed if fast else "") + text
        self._last_ns = now_ns
        return True
