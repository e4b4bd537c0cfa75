"""Cards for fingers: what goes on or waits, each with its buttons; page by page, nothing scrolls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.theme import Look
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.painted import Painted

HEIGHT: Final = 96
GAP: Final = 8
DEEDS_MAX: Final = 2


@dataclass(frozen=True)
class Deed:
    """A button of a card; the first one that is ``strong`` is what the card asks for."""

    key: str
    text: str
    enabled: bool = True
    strong: bool = False


@dataclass(frozen=True)
class Card:
    """``mark`` is the priority of an alarm, ``strong`` a card that waits for a person; ``share`` 0…1 draws a bar."""

    key: str
    title: str
    right: str = ""
    lines: tuple[str, ...] = ()
    share: float | None = None
    mark: int = 0
    strong: bool = False
    deeds: tuple[Deed, ...] = ()


class CardText(Painted):
    """What a card says."""

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self.card = Card("", "")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def show_card(self, card: Card) -> None:
        """Show this one."""
        if card != self.card:
            self.card = card
            self.changed()

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(240), self.look.px(HEIGHT - 12))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(120), self.look.px(60))

    def paint(self, p: QPainter, rect: QRectF) -> None:
        look, px, card = self.look, self.look.px, self.card
        head = QRectF(rect.x(), rect.y(), rect.width(), px(22))
        if card.mark:
            draw.symbol(p, QRectF(head.x(), head.y() + 1, px(20), px(20)), card.mark, look)
            head.setLeft(head.x() + px(27))
        if card.right:
            font = look.font(15, 600)
            width = min(head.width() * 0.5, draw.QFontMetricsF(font).horizontalAdvance(card.right) + 2)
            box = QRectF(head.right() - width, head.y(), width, head.height())
            draw.write(p, box, card.right, font, look.colour("value"), draw.RIGHT)
            head.setRight(box.x() - px(8))
        draw.write_fitting(p, head, card.title, look, 15, 700, look.colour("ink"))
        bottom = rect.bottom()
        if card.share is not None:
            bottom -= px(14)
            draw.progress(p, QRectF(rect.x() + 0.5, bottom + px(3), rect.width() - 1, px(9)), card.share, look)
        self._lines(p, QRectF(rect.x(), head.bottom() + px(2), rect.width(), bottom - head.bottom() - px(2)))

    def _lines(self, p: QPainter, area: QRectF) -> None:
        """As many lines as fit, the last one cut with an ellipsis; the first one is what matters most."""
        look = self.look
        font = look.font(13.5)
        metrics = draw.QFontMetricsF(font)
        height = look.px(18)
        room = max(1, int((area.height() + 2) / height))
        y = area.y()
        for i, text in enumerate(self.card.lines):
            left = room - round((y - area.y()) / height)
            if left <= 0:
                return
            others = len(self.card.lines) - i - 1
            for line in draw.broken(text, metrics, area.width(), max(1, left - others)):
                draw.write(p, QRectF(area.x(), y, area.width(), height), line, font, look.colour("ink" if i == 0 else "label"))
                y += height

    def spoken(self) -> list[str]:
        card = self.card
        return [t for t in (str(card.mark) if card.mark else "", card.title, card.right, *card.lines) if t]


class CardSlot(QFrame):
    """The place of a card; made once, filled anew."""

    def __init__(self, look: Look, act: Callable[[str, str], None]) -> None:
        super().__init__()
        self.look, self._act = look, act
        px = look.px
        self.setFixedHeight(px(HEIGHT))
        row = QHBoxLayout(self)
        row.setContentsMargins(px(10), px(6), px(8), px(6))
        row.setSpacing(px(10))
        self.text = CardText(look)
        row.addWidget(self.text, 1)
        self.buttons: list[QPushButton] = []
        for i in range(DEEDS_MAX):
            made = button("", lambda i=i: self._touched(i), role="compact")
            row.addWidget(made)
            self.buttons.append(made)

    def show_card(self, card: Card) -> None:
        """Fill it."""
        if card.strong != self.text.card.strong:
            self.update()
        self.text.show_card(card)
        for i, made in enumerate(self.buttons):
            known = i < len(card.deeds)
            made.setVisible(known)
            if known:
                deed = card.deeds[i]
                made.setText(deed.text.replace("&", "&&"))
                made.setEnabled(deed.enabled)
                role = "primary" if deed.strong else "compact"
                if made.property("role") != role:
                    made.setProperty("role", role)
                    made.style().unpolish(made)
                    made.style().polish(made)

    def _touched(self, at: int) -> None:
        card = self.text.card
        if at < len(card.deeds):
            self._act(card.key, card.deeds[at].key)

    def paintEvent(self, event: object) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        strong = self.text.card.strong
        p.setPen(QPen(self.look.colour("ink" if strong else "edge"), (2.5 if strong else 1.5) * self.look.scale))
        p.setBrush(self.look.colour("background"))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), self.look.px(6), self.look.px(6))
        p.end()


class CardPages(QWidget):
    """As many cards as fit; ``pager`` turns the pages and may stand anywhere. ``act`` gets the keys of card and button."""

    def __init__(self, look: Look, act: Callable[[str, str], None]) -> None:
        super().__init__()
        self.look, self._act = look, act
        self.cards: tuple[Card, ...] = ()
        self.page = 0
        self.slots: list[CardSlot] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(look.px(GAP))
        self.empty = label("", "label", wrap=True)
        self._column.addWidget(self.empty)
        self._column.addStretch(1)
        self.pager = QWidget()
        row = QHBoxLayout(self.pager)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(8))
        self.back = button("◂", lambda: self.turn(-1), role="compact")
        self.forward = button("▸", lambda: self.turn(1), role="compact")
        self.place = label("", "label")
        self.place.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.place.setMinimumWidth(look.px(48))
        for made in (self.back, self.place, self.forward):
            row.addWidget(made)
        for made in (self.back, self.forward):
            made.setMinimumWidth(look.px(64))

    def sizeHint(self) -> QSize:
        return QSize(self.look.px(420), self.look.px(HEIGHT * 3))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.look.px(300), self.look.px(HEIGHT))

    def room(self) -> int:
        """How many fit."""
        return max(1, int((self.height() + self.look.px(GAP)) // self.look.px(HEIGHT + GAP)))

    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-len(self.cards) // self.room()))

    def turn(self, by: int) -> None:
        """Another page; stays inside."""
        self.page = min(self.pages() - 1, max(0, self.page + by))
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show()

    def show_cards(self, cards: Sequence[Card], empty: str = "") -> None:
        """Show these; ``empty`` is said in place of none."""
        self.cards = tuple(cards)
        self.empty.setText(empty)
        self.empty.setVisible(not self.cards and bool(empty))
        self._show()

    def visible_cards(self) -> tuple[Card, ...]:
        """Those on the page that is open."""
        room = self.room()
        return self.cards[self.page * room : (self.page + 1) * room]

    def _show(self) -> None:
        self.page = min(self.page, self.pages() - 1)
        shown = self.visible_cards()
        while len(self.slots) < len(shown):
            slot = CardSlot(self.look, self._act)
            self._column.insertWidget(len(self.slots), slot)
            self.slots.append(slot)
        for i, slot in enumerate(self.slots):
            slot.setVisible(i < len(shown))
            if i < len(shown):
                slot.show_card(shown[i])
        self.place.setText(f"{self.page + 1} / {self.pages()}")
        self.back.setEnabled(self.page > 0)
        self.forward.setEnabled(self.page < self.pages() - 1)
