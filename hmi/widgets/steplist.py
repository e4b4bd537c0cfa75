"""Painted lines with a mark before and a time behind: steps of an escalation, notices, facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted

LINE: Final = 18
PAD: Final = 5
MARK: Final = 22


@dataclass(frozen=True)
class StepEntry:
    """``mark`` is a sign (✓ ✕ … or nothing), ``right`` stands at the end, ``title`` makes it a heading."""

    text: str
    right: str = ""
    mark: str = ""
    title: bool = False
    strong: bool = False


class StepList(Painted):
    """Entries from the top; text is broken into as many lines as it needs. What does not fit is told as a number."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.entries: tuple[StepEntry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_entries(self, entries: list[StepEntry]) -> None:
        """Show these."""
        if tuple(entries) != self.entries:
            self.entries = tuple(entries)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(300), self.look.px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(160), self.look.px(80))

    def _text_box(self, entry: StepEntry, width: float) -> tuple[float, float]:
        """Left edge and width of an entry's text."""
        left = self.look.px(MARK) if entry.mark else 0
        room = width - left
        if entry.right and not entry.title:
            needs = QFontMetricsF(self.look.font(13.5, 600)).horizontalAdvance(entry.right) + self.look.px(10)
            room -= min(needs, width * 0.62)
        return left, room

    def heights(self, width: float) -> list[float]:
        """The height of each entry in a list this wide."""
        found: list[float] = []
        for entry in self.entries:
            metrics = QFontMetricsF(self._font(entry))
            left, room = self._text_box(entry, width)
            lines = len(draw.broken(entry.text, metrics, room, 6))
            if entry.right and not entry.title:
                behind = QFontMetricsF(self.look.font(13.5, 600))
                lines = max(lines, len(draw.broken(entry.right, behind, width - left - room, 6)))
            found.append(lines * self.look.px(LINE) + self.look.px(PAD))
        return found

    def _font(self, entry: StepEntry) -> QFont:
        return self.look.font(13.5, 600 if entry.title or entry.strong else 400)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        y = rect.y()
        heights = self.heights(rect.width())
        for i, (entry, height) in enumerate(zip(self.entries, heights, strict=True)):
            rest = len(self.entries) - i
            last = rest > 1 and y + height + px(LINE) > rect.bottom() and y + sum(heights[i:]) > rect.bottom()
            if last or y + height > rect.bottom() + 1:
                draw.write(p, QRectF(rect.x(), y, rect.width(), px(LINE)), f"+ {rest}", look.font(13), look.colour("label"))
                return
            left, room = self._text_box(entry, rect.width())
            ink = look.colour("label" if entry.title or (not entry.strong and entry.right) else "ink")
            if entry.mark:
                draw.write(p, QRectF(rect.x(), y, px(MARK), px(LINE)), entry.mark, look.font(14, 700), look.colour("ink"))
            self._lines(p, QRectF(rect.x() + left, y, room, height), entry.text, self._font(entry), ink)
            if entry.right and not entry.title:
                behind = QRectF(rect.x() + left + room + px(10), y, rect.width() - left - room - px(10), height)
                self._lines(p, behind, entry.right, look.font(13.5, 600), look.colour("value"), draw.RIGHT)
            y += height
            if not entry.title:
                p.setPen(QPen(look.colour("edge"), 1))
                p.drawLine(QLineF(rect.x(), y - px(2), rect.right(), y - px(2)))

    def _lines(self, p: QPainter, box: QRectF, text: str, font: QFont, ink: QColor, flags: Qt.AlignmentFlag = draw.LEFT) -> None:
        height = self.look.px(LINE)
        for i, line in enumerate(draw.broken(text, QFontMetricsF(font), box.width(), 6)):
            draw.write(p, QRectF(box.x(), box.y() + i * height, box.width(), height), line, font, ink, flags)

    def spoken(self) -> list[str]:
        return [" ".join(t for t in (e.mark, e.text, e.right) if t) for e in self.entries]
