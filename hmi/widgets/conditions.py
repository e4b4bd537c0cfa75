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

ROW_MIN: Final = 20
ROW_MAX: Final = 30


@dataclass(frozen=True)
class ConditionLine:
    """One line: ``ok`` None means that it cannot be judged (its tag is not good)."""

    ok: bool | None
    text: str
    value: str = ""


def _length(line: ConditionLine) -> int:
    """A measure of the width that does not change with the live value."""
    return len(line.text) + (8 if line.value else 0)


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
        """Lines by rows of a widget this high: one each, those met two in a row when there is no room for one each.

        Then the longer half stands left, so that both columns are as narrow as they can be.
        """
        if len(self.lines) * self.look.px(ROW_MIN) <= height:
            return [(line,) for line in self.lines]
        met = sorted((line for line in self.lines if line.ok is True), key=_length, reverse=True)
        half = (len(met) + 1) // 2
        pairs = [tuple(met[i::half]) for i in range(half)]
        return [*((line,) for line in self.lines if line.ok is not True), *pairs]

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        rows = self.rows(rect.height())
        height = max(min(look.px(ROW_MAX), rect.height() / max(1, len(rows))), look.px(17))
        room = max(1, int(rect.height() / height + 0.01))
        shown = rows if len(rows) <= room else rows[: room - 1]
        split = self._split(rows, rect.width())
        y = rect.y()
        for row in shown:
            for i, line in enumerate(row):
                left = rect.x() + (split if i else 0.0)
                right = rect.x() + split - look.px(8) if len(row) > 1 and not i else rect.right()
                self._line(p, QRectF(left, y, right - left, height), line)
            p.setPen(draw.QPen(look.colour("edge"), 1))
            p.drawLine(QPointF(rect.x(), y + height), QPointF(rect.right(), y + height))
            y += height
        left_out = sum(len(row) for row in rows[len(shown) :])
        if left_out:
            rest = QRectF(rect.x() + look.px(24), y, rect.width(), height)
            draw.write(p, rest, f"+ {left_out}", look.font(13), look.colour("label"))

    def _split(self, rows: list[tuple[ConditionLine, ...]], width: float) -> float:
        """Where the second column begins: what is left over or missing is shared by both."""
        pairs = [row for row in rows if len(row) > 1]
        if not pairs:
            return width
        first, second = (max(self._needs(row[i]) for row in pairs) for i in (0, 1))
        return first + (width - first - second) / 2

    def _needs(self, line: ConditionLine) -> float:
        value = self._value_width(line)
        return QFontMetricsF(self.look.font(13.5)).horizontalAdvance(line.text) + value + self.look.px(32)

    def _value_width(self, line: ConditionLine) -> float:
        return QFontMetricsF(self.look.font(13, 600)).horizontalAdvance(line.value) + self.look.px(8) if line.value else 0.0

    def _line(self, p: QPainter, rect: QRectF, line: ConditionLine) -> None:
        look = self.look
        draw.write(p, rect, self.mark(line), look.font(15, 700), look.colour("ink"))
        text = rect.adjusted(look.px(22), 0, 0, 0)
        value = self._value_width(line)
        strong = 600 if line.ok is not True else 400
        used = draw.write_fitting(p, text.adjusted(0, 0, -value, 0), line.text, look, 13.5, strong, look.colour("ink"))
        if line.value:
            rest = text.adjusted(used + look.px(8), 0, 0, 0)
            draw.write(p, rest, line.value, look.font(13, 600), look.colour("value"))

    def spoken(self) -> list[str]:
        return [f"{self.mark(line)} {line.text} {line.value}".strip() for line in self.lines]
