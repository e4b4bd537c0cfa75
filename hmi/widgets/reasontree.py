"""Reasons of stops as big buttons: what is at hand first, then branches, and under a branch its leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.theme import Look
from hmi.viewmodels.stops import Reason, below, reasons
from hmi.widgets import draw
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, discard, label

COLUMNS: Final = 3
HEIGHT: Final = 58
WIDTH: Final = 172
"""Of the text on a button, in pixels of the 1280×800 drawing."""


class ReasonTree(QWidget):
    """``chosen`` gets the code of a leaf: after one touch of what is at hand, after two through a branch."""

    def __init__(self, context: PanelContext, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self.context, self._chosen = context, chosen
        self.branch = ""
        self.offers: tuple[Reason, ...] = ()
        self.proposed = self.current = ""
        self.free = True
        self.hand: dict[str, QPushButton] = {}
        self.buttons: dict[str, QPushButton] = {}
        self._shown: object = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(context.look.px(5))
        self.hand_title, self.tree_title = label("", "title"), label("", "title")
        self.hand_board, self.tree_board = QWidget(), QWidget()
        for widget in (self.hand_title, self.hand_board, self.tree_title, self.tree_board):
            column.addWidget(widget)
        self._column = column

    def show_reasons(self, offers: Sequence[Reason], proposed: str, current: str, *, free: bool) -> None:
        """``proposed`` is the machine's, ``current`` what was given; not ``free``: only to be looked at."""
        self.offers, self.proposed, self.current, self.free = tuple(offers), proposed, current, free
        self.refresh()

    def open_branch(self, code: str) -> None:
        """The leaves of a branch, the branches for ''."""
        self.branch = code
        self.refresh()

    def refresh(self) -> None:
        """Build it anew where something is other than before."""
        tree, language = reasons(self.context.store), self.context.store.language
        if self.branch and self.branch not in tree:
            self.branch = ""
        state = (tuple(tree), self.branch, self.offers, self.proposed, self.current, self.free, language, self.context.look.scale)
        if state == self._shown:
            return
        self._shown = state
        hand = [(r, self._hand_text(r)) for r in self.offers]
        self.hand_title.setText(translate("Stops", "At hand"))
        self.hand_title.setVisible(bool(hand))
        self.hand_board, self.hand = self._board(self.hand_board, hand, back=False)
        self.hand_board.setVisible(bool(hand))
        branch = tree.get(self.branch)
        self.tree_title.setText(self.context.store.text(branch.name) if branch is not None else translate("Stops", "All reasons"))
        shown = [(r, self.context.store.text(r.name) + ("" if r.leaf else "\u00a0▸")) for r in below(tree, self.branch)]
        self.tree_board, self.buttons = self._board(self.tree_board, shown, back=bool(self.branch))

    def _hand_text(self, reason: Reason) -> str:
        name = self.context.store.text(reason.name)
        return translate("Stops", "proposed: {name}").format(name=name) if reason.code == self.proposed else name

    def _board(self, old: QWidget, rows: Sequence[tuple[Reason, str]], *, back: bool) -> tuple[QWidget, dict[str, QPushButton]]:
        look = self.context.look
        board, made = QWidget(), dict[str, QPushButton]()
        grid = QGridLayout(board)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(look.px(6))
        cells = [*(["back"] if back else []), *rows]
        for i, cell in enumerate(cells):
            if isinstance(cell, str):
                one = big_button(look, "◂ " + translate("Stops", "All groups"), lambda: self.open_branch(""))
                made[""] = one
            else:
                reason, text = cell
                one = big_button(look, text, lambda r=reason: self._touched(r))
                one.setEnabled(self.free)
                one.setCheckable(True)
                one.setChecked(reason.code == self.current)
                made[reason.code] = one
            grid.addWidget(one, i // COLUMNS, i % COLUMNS)
        for i in range(COLUMNS):
            grid.setColumnStretch(i, 1)
        self._column.replaceWidget(old, board)
        discard(old)
        return board, made

    def _touched(self, reason: Reason) -> None:
        if reason.leaf:
            self._shown = None  # a touched button stays down only once the line says so
            self._chosen(reason.code)
            self.refresh()
        else:
            self.open_branch(reason.code)


def big_button(look: Look, text: str, slot: Callable[[], None]) -> QPushButton:
    """A button of up to three lines."""
    metrics = draw.QFontMetricsF(look.font(14, 600))
    lines = draw.broken(text, metrics, look.px(WIDTH), 3)
    made = button("\n".join(lines).replace("&", "&&"), slot)
    made.setStyleSheet(f"min-height: {look.px(HEIGHT)}px; font-size: {look.px(14)}px; padding: 0 {look.px(6)}px;")
    made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return made


class ReasonOfPart(PanelDialog):
    """The tree in a dialog, for one part of a stop that is cut; the touch of a leaf closes it."""

    def __init__(
        self, context: PanelContext, title: str, offers: Sequence[Reason], proposed: str, current: str,
        accept: Callable[[str], None], parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(context.look, title, parent)
        self._accept = accept
        self.tree = ReasonTree(context, self.choose)
        self.tree.show_reasons(offers, proposed, current, free=True)
        self.body.addWidget(self.tree)
        self.body.addWidget(self.cancel_button())
        self.setMinimumWidth(context.look.px(680))

    def choose(self, code: str) -> None:
        """Hand it over and close."""
        self.accept()
        self._accept(code)
