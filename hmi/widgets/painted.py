"""Base of painted widgets: hands a painter over, and says in words what it shows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from hmi.theme import Look


class Painted(QWidget):
    """A widget with one ``paint`` method; ``spoken`` lists the texts on it, for assistive programs and tests."""

    clicked = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look

    def paint(self, p: QPainter, rect: QRectF) -> None:
        """Draw the content into ``rect``."""
        raise NotImplementedError

    def spoken(self) -> list[str]:
        """The texts that are on the widget now."""
        return []

    def changed(self) -> None:
        """The content is another one: repaint and tell assistive programs."""
        self.setAccessibleName(", ".join(self.spoken()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint(p, QRectF(self.rect()))
        p.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
