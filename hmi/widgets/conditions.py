"""Why not: each condition with ✓ or ✕ and the live value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted

ROW_MIN: Final = 22
ROW_MAX: Final = 30


@dataclass(frozen=True)
class ConditionLine:
    """One line: ``ok`` None means that it cannot be judged (its tag is not good)."""

    ok: bool | None
    text: str
    value: str = ""


class ConditionList(Painted):
    """Painted rows, those not met first; those met stand in two columns when there are many. Nothing scrolls."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.lines: list[ConditionLine] = []

    def show_lines(self, lines: list[ConditionLine]) -> None:
        """Show these conditions."""
        ordered = sorted(lines, key=lambda line: line.ok is True)
        if ordered != self.lines:
            self.lines = ordered
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(320), self.look.px(28) * max(1, len(self.lines)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(160), self.look.px(56))

    @staticmethod
    def mark(line: ConditionLine) -> str:
        """✓ met, ✕ not met, ? not known."""
        return "?" if line.ok is None else "✓" if line.ok else "✕"

    def rows(self, height: float) -> list[tuple[ConditionLine, ...]]:
        """Lines by rows of a widget this high: one each, those met two in a row when there is no room for one each."""
        if len(self.lines) * self.look.px(ROW_MIN) <= height:
            return [(line,) for line in self.lines]
        met = [line for line in self.lines if line.ok is True]
        pairs = [tuple(met[i : i + 2]) for i in range(0, len(met), 2)]
        return [*((line,) for line in self.lines if line.ok is not True), *pairs]

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        rows = self.rows(rect.height())
        height = max(min(look.px(ROW_MAX), rect.height() / max(1, len(rows))), look.px(17))
        room = max(1, int(rect.height() / height + 0.01))
        shown = rows if len(rows) <= room else rows[: room - 1]
        columns = max((len(row) for row in rows), default=1)
        y = rect.y()
        for row in shown:
            width = rect.width() if row[0].ok is not True else rect.width() / columns
            for i, line in enumerate(row):
                self._line(p, QRectF(rect.x() + i * width, y, width - look.px(6), height), line)
            p.setPen(draw.QPen(look.colour("edge"), 1))
            p.drawLine(QPointF(rect.x(), y + height), QPointF(rect.right(), y + height))
            y += height
        left = sum(len(row) for row in rows[len(shown) :])
        if left:
            rest = QRectF(rect.x() + look.px(24), y, rect.width(), height)
            draw.write(p, rest, f"+ {left}", look.font(13), look.colour("label"))

    def _line(self, p: QPainter, rect: QRectF, line: ConditionLine) -> None:
        look = self.look
        draw.write(p, rect, self.mark(line), look.font(15, 700), look.colour("ink"))
        text = rect.adjusted(look.px(22), 0, 0, 0)
        value = QFontMetricsF(look.font(13, 600)).horizontalAdvance(line.value) + look.px(8) if line.value else 0.0
        strong = 600 if line.ok is not True else 400
        used = draw.write_fitting(p, text.adjusted(0, 0, -value, 0), line.text, look, 13.5, strong, look.colour("ink"))
        if line.value:
            rest = text.adjusted(used + look.px(8), 0, 0, 0)
            draw.write(p, rest, line.value, look.font(13, 600), look.colour("value"))

    def spoken(self) -> list[str]:
        return [f"{self.mark(line)} {line.text} {line.value}".strip() for line in self.lines]
