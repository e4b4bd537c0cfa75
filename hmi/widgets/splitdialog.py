"""Cutting a stop into parts, each with a reason of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.texts import translate
from hmi.viewmodels.format import clock_text, duration_text
from hmi.viewmodels.stops import CUTS_MAX, PART_MIN_NS, Cuts, Stop, board_of, offered, reasons
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import PanelDialog, label
from hmi.widgets.reasontree import ReasonOfPart
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable
from hmi.widgets.stopbar import CutBar
from line.clock import NS_PER_S

STEPS_S: Final = (-300, -60, -10, 10, 60, 300)
ROW: Final = 52
ROWS: Final = 3


class SplitDialog(PanelDialog):
    """``accept`` gets the instants of the cuts (ns) and a code or '' for every part. An open stop is cut up to when it opened."""

    def __init__(
        self, context: PanelContext, stop: Stop, until_ns: int, title: str, accept: Callable[[list[int], list[str]], None],
        parent: QWidget,
    ) -> None:  # fmt: skip
        super().__init__(context.look, title, parent)
        self.context, self.stop, self._accept = context, stop, accept
        self.cuts = Cuts(stop.begun_ns, stop.ended_ns or until_ns, [stop.code])
        self.current = -1
        px = context.look.px
        self.bar = CutBar(context.look)
        self.bar.picked.connect(self.pick)
        self.bar.moved.connect(self.move_cut)
        self.body.addWidget(self.bar)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        self.steps = {s: button(_step_text(s), lambda s=s: self.step(s)) for s in STEPS_S}
        for i, made in enumerate(self.steps.values()):
            if i == len(STEPS_S) // 2:
                row.addSpacing(px(24))
            made.setMinimumWidth(px(96))
            row.addWidget(made, 1)
        self.body.addLayout(row)
        cut_row = QHBoxLayout()
        cut_row.setSpacing(px(10))
        self.more = button(translate("Stops", "One more cut"), self.add)
        self.less = button(translate("Stops", "Take this cut away"), self.remove)
        self.said = label("", "label")
        cut_row.addWidget(self.more)
        cut_row.addWidget(self.less)
        cut_row.addWidget(self.said, 1)
        self.body.addLayout(cut_row)
        self.parts = RowTable(context.look, ROW, head=0)
        self.parts.setFixedHeight(px(ROW) * ROWS + px(2))
        self.parts.chosen.connect(lambda key: self._void(self.open_reason(int(key))))
        self.parts.touched.connect(lambda key, _: self._void(self.open_reason(int(key))))
        self.body.addWidget(self.parts)
        last = QHBoxLayout()
        last.addWidget(self.cancel_button())
        last.addStretch(1)
        last.addWidget(Pager(self.parts))
        last.addSpacing(px(16))
        self.ok = button("", self.confirm, role="primary")
        self.ok.setMinimumWidth(px(240))
        last.addWidget(self.ok)
        self.body.addLayout(last)
        self.setMinimumWidth(px(860))
        self.add()

    @staticmethod
    def _void(_: object) -> None: ...

    # ---- cuts -----------------------------------------------------------------------------------------------------------

    def add(self) -> None:
        """Cut the longest part in its middle."""
        at = self.cuts.add()
        self.current = self.current if at is None else at
        self.refresh()

    def remove(self) -> None:
        """Take the cut away that is picked."""
        if 0 <= self.current < len(self.cuts.at_ns):
            self.cuts.remove(self.current)
            self.current = min(self.current, len(self.cuts.at_ns) - 1)
            self.refresh()

    def pick(self, at: int) -> None:
        """The handle that the buttons move."""
        self.current = at
        self.refresh()

    def move_cut(self, at: int, to_ns: int) -> None:
        """A handle was dragged."""
        self.cuts.move(at, to_ns)
        self.refresh()

    def step(self, seconds: int) -> None:
        """Move the cut that is picked."""
        if 0 <= self.current < len(self.cuts.at_ns):
            self.move_cut(self.current, self.cuts.at_ns[self.current] + seconds * NS_PER_S)

    # ---- parts ----------------------------------------------------------------------------------------------------------

    def open_reason(self, at: int) -> ReasonOfPart:
        """The reason of a part."""
        board, tree = board_of(self.context.store), reasons(self.context.store)
        title = translate("Stops", "Reason of part {n}: {span}").format(n=at + 1, span=self._span(at))
        made = ReasonOfPart(
            self.context, title, offered(board, tree, self.stop, part=True), self.stop.proposed, self.cuts.codes[at],
            lambda code: self.take_reason(at, code), self,
        )  # fmt: skip
        made.open()
        return made

    def take_reason(self, at: int, code: str) -> None:
        """A part has its reason."""
        self.cuts.codes[at] = code
        self.refresh()

    def _span(self, at: int) -> str:
        a, b = self.cuts.parts()[at]
        return f"{clock_text(a)} – {clock_text(b)}"

    def refresh(self) -> None:
        """Everything as it stands."""
        cut = 0 <= self.current < len(self.cuts.at_ns)
        self.bar.show_cuts(self.cuts, self.current, self.stop.spans)
        for made in self.steps.values():
            made.setEnabled(cut)
        self.less.setEnabled(cut)
        longest = max(b - a for a, b in self.cuts.parts())
        self.more.setEnabled(len(self.cuts.at_ns) < CUTS_MAX and longest >= 2 * PART_MIN_NS)
        self.said.setText(self._cut_words() if cut else "")
        self.parts.show_columns([Column("", 40), Column("", 190), Column("", 90, right=True), Column("", stretch=1.0)])
        rows = [self._row(i, b - a) for i, (a, b) in enumerate(self.cuts.parts())]
        self.parts.show_rows(rows)
        self.ok.setText(translate("Stops", "Split into {n} parts").format(n=len(rows)))
        self.ok.setEnabled(len(rows) > 1)

    def _cut_words(self) -> str:
        words = translate("Stops", "Cut {n} of {all}: {time}. Drag its handle or touch the buttons.")
        at = clock_text(self.cuts.at_ns[self.current])
        return words.format(n=self.current + 1, all=len(self.cuts.at_ns), time=at)

    def _row(self, at: int, ns: int) -> Row:
        reason = reasons(self.context.store).get(self.cuts.codes[at])
        name = self.context.store.text(reason.name) if reason is not None else translate("Stops", "Reason…")
        length = Cell(duration_text(ns / NS_PER_S), role="value", bold=True)
        return Row(str(at), (Cell(str(at + 1), bold=True), Cell(self._span(at)), length, Cell(name, touch="reason")))

    def confirm(self) -> None:
        """Hand the cuts over and close."""
        if self.cuts.at_ns:
            self.deliver(lambda: self._accept(list(self.cuts.at_ns), list(self.cuts.codes)))


def _step_text(seconds: int) -> str:
    sign = "−" if seconds < 0 else "+"
    n = abs(seconds)
    words = translate("Stops", "{sign}{n} min") if n >= 60 else translate("Stops", "{sign}{n} s")
    return words.format(sign=sign, n=n // 60 if n >= 60 else n)
