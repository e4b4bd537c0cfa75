"""Figures with their targets beside them: a grid of cards, bars over time with a limit, bars of shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from hmi.theme import Look
from hmi.viewmodels.kpi import ABOVE_LIMIT, ABOVE_TARGET, UNKNOWN, WELL
from hmi.widgets import draw
from hmi.widgets.painted import Painted

SLOTS_MIN: Final = 36
"""So many bars have room in any case: the first ten minutes of a shift are not drawn as wide as the shift."""

_MARKS: Final = {WELL: "✓", ABOVE_TARGET: "▲", ABOVE_LIMIT: "▲▲", UNKNOWN: ""}


@dataclass(frozen=True)
class Card:
    """One figure: name, value in words, target in words, verdict of :mod:`hmi.viewmodels.kpi`."""

    name: str
    value: str
    target: str
    verdict: str


class Cards(Painted):
    """Cards in ``columns``; one beyond its target has a thick edge and a mark, never a colour of an alarm."""

    def __init__(self, look: Look, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._columns = columns
        self.cards: tuple[Card, ...] = ()

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these."""
        if tuple(cards) != self.cards:
            self.cards = tuple(cards)
            self.updateGeometry()
            self.changed()

    def sizeHint(self) -> QSize:
        rows = -(-len(self.cards) // self._columns) if self.cards else 1
        return QSize(self.look.px(900), rows * self.look.px(86))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(600), self.sizeHint().height())

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        gap = px(8)
        rows = max(1, -(-len(self.cards) // self._columns))
        width = (rect.width() - gap * (self._columns - 1)) / self._columns
        height = (rect.height() - gap * (rows - 1)) / rows
        for i, card in enumerate(self.cards):
            box = QRectF(
                rect.x() + (i % self._columns) * (width + gap), rect.y() + (i // self._columns) * (height + gap), width, height
            )
            beyond = card.verdict in (ABOVE_TARGET, ABOVE_LIMIT)
            p.setPen(QPen(look.colour("ink" if beyond else "edge"), px(2.5 if beyond else 1)))
            p.setBrush(look.colour("pane"))
            p.drawRoundedRect(box.adjusted(px(1), px(1), -px(1), -px(1)), px(4), px(4))
            inner = box.adjusted(px(12), px(6), -px(12), -px(6))
            third = inner.height() / 3.2
            name = QRectF(inner.x(), inner.y(), inner.width(), third)
            draw.write_fitting(p, name, card.name, look, 13.5, 400, look.colour("label"))
            middle = QRectF(inner.x(), inner.y() + third * 0.95, inner.width(), third * 1.3)
            used = draw.write(p, middle, card.value, look.font(25, 600), look.colour("value"))
            mark = _MARKS[card.verdict]
            ink = look.colour("ink" if beyond else "label")
            draw.write(p, middle.adjusted(used + px(10), 0, 0, 0), mark, look.font(16, 700), ink)
            foot = QRectF(inner.x(), inner.bottom() - third, inner.width(), third)
            draw.write_fitting(p, foot, card.target, look, 12.5, 600 if beyond else 400, ink)

    def spoken(self) -> list[str]:
        return [t for c in self.cards for t in (c.name, f"{c.value} {_MARKS[c.verdict]}".strip(), c.target)]


@dataclass(frozen=True)
class Bucket:
    """A count with what stands below it; empty captions are left out."""

    count: int
    caption: str


class CountBars(Painted):
    """Counts over time with a line at ``limit``; a bar above the limit is hatched and carries its number."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self.buckets: tuple[Bucket, ...] = ()
        self.limit = 10
        self.limit_text = ""
        self.empty = ""

    def show_counts(self, buckets: Sequence[Bucket], limit: int, limit_text: str, empty: str) -> None:
        """Show these counts, oldest first."""
        new = (tuple(buckets), limit, limit_text, empty)
        if new != (self.buckets, self.limit, self.limit_text, self.empty):
            self.buckets, self.limit, self.limit_text, self.empty = new
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(600), self.look.px(150))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(300), self.look.px(96))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        if not self.buckets:
            draw.write_lines(p, rect.adjusted(px(6), px(14), 0, 0), self.empty, look.font(15), look.colour("label"))
            return
        top, bottom = rect.y() + px(18), rect.bottom() - px(20)
        highest = max(self.limit * 1.3, max(b.count for b in self.buckets) * 1.08)
        slot = rect.width() / max(SLOTS_MIN, len(self.buckets))
        for i, b in enumerate(self.buckets):
            x = rect.right() - (len(self.buckets) - i) * slot
            height = (bottom - top) * b.count / highest
            if b.count:
                column = QRectF(x + slot * 0.12, bottom - height, max(1.0, slot * 0.76), height)
                over = b.count > self.limit
                p.setPen(QPen(look.colour("ink" if over else "line"), px(2) if over else 1))
                p.setBrush(look.colour("running"))
                p.drawRect(column)
                if over:
                    draw.hatch(p, column, look)
                    above = QRectF(column.center().x() - px(30), column.y() - px(18), px(60), px(17))
                    draw.write(p, above, str(b.count), look.font(12.5, 700), look.colour("ink"), draw.CENTER)
            if b.caption:
                p.setPen(QPen(look.colour("edge"), 1))
                p.drawLine(QLineF(x, bottom, x, bottom + px(4)))
                box = QRectF(x - px(40), bottom + px(3), px(80), px(17))
                box.moveLeft(min(max(box.x(), rect.x()), rect.right() - box.width()))
                draw.write(p, box, b.caption, look.font(12.5), look.colour("label"), draw.CENTER)
        p.setPen(QPen(look.colour("line"), 1))
        p.drawLine(QLineF(rect.x(), bottom, rect.right(), bottom))
        y = bottom - (bottom - top) * self.limit / highest
        p.setPen(QPen(look.colour("ink"), px(1.2), Qt.PenStyle.DashLine))
        p.drawLine(QLineF(rect.x(), y, rect.right(), y))
        text = QRectF(rect.x(), y - px(18), rect.width() - px(4), px(17))
        draw.write(p, text, self.limit_text, look.font(12.5, 600), look.colour("ink"), draw.RIGHT)

    def spoken(self) -> list[str]:
        return [str(b.count) for b in self.buckets] if self.buckets else [self.empty]


@dataclass(frozen=True)
class Share:
    """A bar of a share 0…1 with a name, a number in words, and a mark where the share should be."""

    name: str
    value: str
    share: float
    target: float | None = None
    symbol: int = 0


class ShareBars(Painted):
    """Horizontal bars, longest first as given; ``symbol`` puts an alarm priority's shape before the name."""

    def __init__(self, look: Look, name_width: float, rows_max: int = 10, parent: QWidget | None = None) -> None:
        super().__init__(look, parent)
        self._name_width = name_width
        self._rows_max = rows_max
        self.shares: tuple[Share, ...] = ()
        self.empty = ""

    def show_shares(self, shares: Sequence[Share], empty: str) -> None:
        """Show these."""
        if (tuple(shares), empty) != (self.shares, self.empty):
            self.shares, self.empty = tuple(shares), empty
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(400), self.look.px(24) * self._rows_max)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(19) * self._rows_max)

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px = self.look, self.look.px
        if not self.shares:
            draw.write_lines(p, rect.adjusted(px(6), px(14), 0, 0), self.empty, look.font(15), look.colour("label"))
            return
        height = min(px(34), rect.height() / self._rows_max)
        longest = max(1e-9, max(max(s.share, s.target or 0.0) for s in self.shares))
        width = min(px(self._name_width), rect.width() * 0.6)
        for i, s in enumerate(self.shares[: self._rows_max]):
            row = QRectF(rect.x(), rect.y() + i * height, rect.width(), height)
            left = row.x()
            if s.symbol:
                side = min(px(18), height - px(3))
                draw.symbol(p, QRectF(left, row.center().y() - side / 2, side, side), s.symbol, look)
                left += side + px(7)
            name = QRectF(left, row.y(), row.x() + width - left, height)
            draw.write_fitting(p, name, s.name, look, 13.5, 400, look.colour("ink"))
            room = QRectF(row.x() + width + px(8), row.y(), row.width() - width - px(84), height)
            bar = QRectF(room.x(), row.center().y() - height * 0.3, room.width() * s.share / longest, height * 0.6)
            p.setPen(QPen(look.colour("line"), 1))
            p.setBrush(look.colour("running"))
            if s.share > 0:
                p.drawRect(bar)
            if s.target is not None:
                x = room.x() + room.width() * s.target / longest
                mark = QLineF(x, row.center().y() - height * 0.42, x, row.center().y() + height * 0.42)
                for colour, thick in (("pane", 5), ("ink", 2)):  # the edge keeps it in sight on a bar of its own colour
                    p.setPen(QPen(look.colour(colour), px(thick), Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                    p.drawLine(mark)
            box = QRectF(room.right() + px(8), row.y(), px(70), height)
            draw.write(p, box, s.value, look.font(13.5, 600), look.colour("value"))

    def spoken(self) -> list[str]:
        return [t for s in self.shares for t in (s.name, s.value)] if self.shares else [self.empty]
