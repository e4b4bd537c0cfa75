"""Buttons for fingers and gloves: at least 48 px, the stop button held for two seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from hmi.theme import COMMAND, TOUCH, Look
from hmi.widgets.icons import icon
from line.clock import NS_PER_S, Clock

HOLD_S: Final = 2.0


def button(text: str, slot: Callable[[], None] | None = None, *, role: str = "") -> QPushButton:
    """A push button; ``role`` selects a style of the sheet: ``primary``, ``compact``, ``command``, ``key``, ``flat``."""
    made = QPushButton(text)
    if role:
        made.setProperty("role", role)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if slot is not None:
        made.clicked.connect(lambda *_: slot())
    return made


class IconButton(QPushButton):
    """A square button with a drawn icon; its name is for assistive programs."""

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.icon_name = name
        self.setFixedSize(look.px(TOUCH), look.px(TOUCH))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self.look.px(26)
        rect = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        icon(p, rect, self.icon_name, self.look.colour("ink" if self.isEnabled() else "line"))
        p.end()


class HoldButton(QWidget):
    """A button that acts only after an unbroken press of two seconds; the filling shows how far it is.

    Time comes from ``clock``; the timer only asks for repaints. Lifting, leaving or disabling it starts over.
    """

    held = Signal()

    def __init__(self, look: Look, clock: Clock, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self._clock = clock
        self._text = text
        self._since_ns: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self.check)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The caption."""
        return self._text

    def setText(self, text: str) -> None:
        """Change the caption."""
        self._text = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def share(self) -> float:
        """How much of the two seconds has passed, 0…1."""
        if self._since_ns is None:
            return 0.0
        return min(1.0, (self._clock.monotonic_ns() - self._since_ns) / (HOLD_S * NS_PER_S))

    def press(self) -> None:
        """A finger is down."""
        if self.isEnabled():
            self._since_ns = self._clock.monotonic_ns()
            self._timer.start()
            self.update()

    def release(self) -> None:
        """The finger is off, or has left the button."""
        self._since_ns = None
        self._timer.stop()
        self.update()

    def check(self) -> None:
        """Act when the time is over; once per press."""
        if self._since_ns is not None and self.share() >= 1.0:
            self.release()
            self.held.emit()
        self.update()

    def sizeHint(self) -> QSize:
        width = type(self.fontMetrics())(self.look.font(15, 600)).horizontalAdvance(self._text) + self.look.px(44)
        return QSize(max(self.look.px(130), width), self.look.px(COMMAND + 2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.press()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.rect().contains(event.position().toPoint()):
            self.release()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.check()
        self.release()

    def hideEvent(self, event: object) -> None:
        self.release()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = self.look.px(2.5)
        box = QRectF(self.rect()).adjusted(edge / 2, edge / 2, -edge / 2, -edge / 2)
        pen = p.pen()
        pen.setWidthF(edge)
        pen.setColor(self.look.colour("ink" if self.isEnabled() else "line"))
        if not self.isEnabled():
            pen.setStyle(Qt.PenStyle.DashLine)
        p.setPen(pen)
        p.setBrush(self.look.colour("pane"))
        p.drawRoundedRect(box, self.look.px(6), self.look.px(6))
        done = self.share()
        if done > 0:
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(self.look.colour("line"))
            inner = box.adjusted(edge, edge, -edge, -edge)
            p.drawRect(QRectF(inner.x(), inner.bottom() - self.look.px(8), inner.width() * done, self.look.px(8)))
        p.setPen(self.look.colour("ink" if self.isEnabled() else "line"))
        p.setFont(self.look.font(15, 600))
        p.drawText(box, Qt.AlignmentFlag.AlignCenter, self._text)
        p.end()
