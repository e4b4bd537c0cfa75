"""Why not: each condition with ✓ or ✕ and the live value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.painted import Painted


@dataclass(frozen=True)
class ConditionLine:
    """One line: ``ok`` None means that it cannot be judged (its tag is not good)."""

    ok: bool | None
    text: str
    value: str = ""


class ConditionList(Painted):
    """Painted rows, those not met first; what does not fit is counted in the last row, nothing scrolls."""

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

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look = self.look
        height = min(look.px(30), rect.height() / max(1, len(self.lines)))
        height = max(height, look.px(18))
        room = max(1, int(rect.height() / height + 0.01))
        shown = self.lines if len(self.lines) <= room else self.lines[: room - 1]
        y = rect.y()
        for line in shown:
            row = QRectF(rect.x(), y, rect.width(), height)
            strong = 600 if line.ok is not True else 400
            draw.write(p, row, self.mark(line), look.font(15, 700), look.colour("ink"))
            text = QRectF(row.x() + look.px(24), y, row.width() - look.px(24), height)
            used = draw.write(p, text, line.text, look.font(13.5, strong), look.colour("ink"))
            if line.value:
                rest = text.adjusted(used + look.px(8), 0, 0, 0)
                draw.write(p, rest, line.value, look.font(13, 600), look.colour("value"))
            p.setPen(draw.QPen(look.colour("edge"), 1))
            p.drawLine(row.bottomLeft(), row.bottomRight())
            y += height
        if len(shown) < len(self.lines):
            rest = QRectF(rect.x() + look.px(24), y, rect.width(), height)
            draw.write(p, rest, f"+ {len(self.lines) - len(shown)}", look.font(13), look.colour("label"))

    def spoken(self) -> list[str]:
        return [f"{self.mark(line)} {line.text} {line.value}".strip() for line in self.lines]
