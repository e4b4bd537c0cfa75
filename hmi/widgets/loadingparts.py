"""Painted parts of the loading task: the line of steps, the list of checks, the large mass, the formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from hmi.theme import Look
from hmi.viewmodels.units import Chip
from hmi.widgets import draw
from hmi.widgets.painted import Painted

MARKS: Final = {"ok": "✓", "reason": "!", "refused": "✕"}
CHECK_SIZES: Final = ((14.0, 13), (13.0, 11), (12.0, 9), (12.0, 6), (11.0, 4))
"""Size of the letters, and room of a line besides them: the first with which all of the list is seen."""
CHECK_LINES: Final = 3


class StepTiles(Painted):
    """Steps on a line: what is done has ✓, the current one is white. A touch on a done step is told by ``clicked`` and ``at``."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.titles: tuple[str, ...] = ()
        self.current = 0
        self.setFixedHeight(look.px(38))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_steps(self, titles: Sequence[str], current: int) -> None:
        """Show these; steps before ``current`` are done."""
        if (tuple(titles), current) != (self.titles, self.current):
            self.titles, self.current = tuple(titles), current
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        gap = px(8)
        width = (rect.width() - gap * max(0, len(self.titles) - 1)) / max(1, len(self.titles))
        for i, text in enumerate(self.spoken()):
            box = QRectF(rect.x() + i * (width + gap), rect.y(), width, rect.height()).adjusted(1, 1, -1, -1)
            now = i == self.current
            p.setPen(QPen(look.colour("ink" if now else "edge"), 1.5 * look.scale))
            p.setBrush(look.colour("running" if now else "track" if i < self.current else "pane"))
            p.drawRoundedRect(box, px(5), px(5))
            ink = look.colour("running_ink" if now else "ink" if i < self.current else "label")
            draw.write_fitting(p, box.adjusted(px(12), 0, -px(6), 0), text, look, 15, 600 if now else 400, ink)

    def spoken(self) -> list[str]:
        return [f"{i + 1} {t}{' ✓' if i < self.current else ''}" for i, t in enumerate(self.titles)]


class CheckRows(Painted):
    """✓ ! ✕ and what was found, one line each, separated by lines; long texts take more than one line."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.lines: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show these: verdict and text."""
        if tuple(lines) != self.lines:
            self.lines = tuple(lines)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(360), self.look.px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(200), self.look.px(120))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        left = px(28)
        fitting = (s for s in CHECK_SIZES if self._height(rect.width() - left, *s) <= rect.height())
        size, room = next(fitting, CHECK_SIZES[-1])
        y = rect.y()
        for verdict, text in self.lines:
            bad = verdict != "ok"
            font = look.font(size, 600 if bad else 400)
            metrics = QFontMetricsF(font)
            rows = draw.broken(text, metrics, rect.width() - left, CHECK_LINES)
            high = metrics.height() * len(rows) + px(room)
            ink = look.colour("ink")
            draw.write(
                p, QRectF(rect.x(), y, left, metrics.height() + px(room)), MARKS.get(verdict, "?"), look.font(15, 700), ink
            )
            for i, row in enumerate(rows):
                box = QRectF(rect.x() + left, y + px(room) / 2 + i * metrics.height(), rect.width() - left, metrics.height())
                draw.write(p, box, row, font, ink)
            y += high
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(rect.x(), y - 0.5, rect.right(), y - 0.5))

    def _height(self, width: float, size: float, room: int) -> float:
        total = 0.0
        for verdict, text in self.lines:
            metrics = QFontMetricsF(self.look.font(size, 600 if verdict != "ok" else 400))
            total += metrics.height() * len(draw.broken(text, metrics, width, CHECK_LINES)) + self.look.px(room)
        return total

    def spoken(self) -> list[str]:
        return [f"{MARKS.get(v, '?')} {t}" for v, t in self.lines]


class MassFace(Painted):
    """The mass in large digits, what it is beside it, and whether the scale is at rest."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.number, self.words, self.state = "", "", Chip("", "plain")
        self.good = True
        self.setFixedHeight(look.px(96))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_mass(self, number: str, words: str, state: Chip, *, good: bool) -> None:
        """Show this; what is not ``good`` is dimmed with a question mark."""
        if (number, words, state, good) != (self.number, self.words, self.state, self.good):
            self.number, self.words, self.state, self.good = number, words, state, good
            self.changed()

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        text = self.number if self.good else f"? {self.number}"
        font = look.font(84, 700)
        width = QFontMetricsF(font).horizontalAdvance(text)
        draw.write(p, QRectF(rect.x(), rect.y(), width + px(6), rect.height()), text, font,
                   look.colour("value" if self.good else "line"))  # fmt: skip
        x = rect.x() + width + px(20)
        words = QRectF(x, rect.y() + px(34), rect.right() - x, px(40))
        taken = QFontMetricsF(look.font(28)).horizontalAdvance(self.words)
        draw.write_fitting(p, words, self.words, look, 28, 400, look.colour("label"))
        if self.state.text:
            chip = draw.chip_width(self.state, look, 13)
            at = min(x + taken + px(18), rect.right() - chip)
            draw.chip(p, QRectF(at, rect.y() + px(44), chip, px(26)), self.state, look, 13)

    def spoken(self) -> list[str]:
        return [t for t in (self.number if self.good else f"? {self.number}", self.words, self.state.text) if t]


@dataclass(frozen=True)
class FormulaCell:
    """An ingredient: what is wanted, what was weighed ('' nothing yet), ``done``: inside the tolerance, ``current``: at work."""

    name: str
    wanted: str
    weighed: str
    done: bool = False
    current: bool = False


class FormulaGrid(Painted):
    """The formula of a batch in columns that fill from above; more than fits is told by its number."""

    COLUMNS: Final = 2
    COLUMNS_MAX: Final = 4
    ROW: Final = 27
    ROW_LEAST: Final = 22
    """Narrower rows, where that makes fewer columns: long names are read then."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.cells: tuple[FormulaCell, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_cells(self, cells: Sequence[FormulaCell]) -> None:
        """Show these."""
        if tuple(cells) != self.cells:
            self.cells = tuple(cells)
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(700), self.look.px(3 * self.ROW))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(300), self.look.px(3 * self.ROW))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        most = max(1, int(rect.height() // px(self.ROW_LEAST)))
        columns = max(self.COLUMNS, min(self.COLUMNS_MAX, -(-len(self.cells) // most)))
        rows = min(most, max(int(rect.height() // px(self.ROW)), -(-len(self.cells) // columns)))
        high = min(px(self.ROW), rect.height() / rows)
        width = (rect.width() - px(16) * (columns - 1)) / columns
        for i, cell in enumerate(self.cells[: rows * columns]):
            column, row = divmod(i, rows)
            box = QRectF(rect.x() + column * (width + px(16)), rect.y() + row * high, width, high)
            if cell.current:
                p.fillRect(box, look.colour("track"))
            number = px(66 if columns < self.COLUMNS_MAX else 54)
            name = QRectF(box.x() + px(4), box.y(), width - 2 * number - px(10), box.height())
            weight = 600 if cell.current else 400
            draw.write_fitting(p, name, cell.name, look, 13.5, weight, look.colour("ink"))
            wanted = QRectF(box.right() - 2 * number, box.y(), number - px(6), box.height())
            draw.write(p, wanted, cell.wanted, look.font(13.5, 600), look.colour("setpoint"), draw.RIGHT)
            shown = f"{cell.weighed} ✓" if cell.done else cell.weighed or "—"
            weighed = QRectF(box.right() - number, box.y(), number - px(2), box.height())
            draw.write(p, weighed, shown, look.font(13.5, 600), look.colour("value"), draw.RIGHT)
            p.setPen(QPen(look.colour("edge"), 1))
            p.drawLine(QLineF(box.x(), box.bottom() - 0.5, box.right(), box.bottom() - 0.5))

    def spoken(self) -> list[str]:
        return [f"{c.name} {c.wanted} {c.weighed or '—'}{' ✓' if c.done else ''}" for c in self.cells]
