"""Making several stops one: what is chosen, what would become of it, and why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from hmi.context import PanelContext
from hmi.pages import stop_words as words
from hmi.rolenames import may
from hmi.texts import translate
from hmi.viewmodels.format import clock_text, duration_text
from hmi.viewmodels.stops import ROLE, Board, Stop, board_of, merge_fault
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label

LINES: Final = 12
"""Chosen stops that are told one by one, the newest of them."""


class MergePane(QWidget):
    """``ids`` are the chosen stops, the first one gave the unit; None while nothing is merged. ``left`` gets at the end the
    stop to look at."""

    def __init__(self, context: PanelContext, left: Callable[[str], None]) -> None:
        super().__init__()
        self.context, self._left = context, left
        self.ids: list[str] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.title = label("", "heading")
        self.facts = label("", "", wrap=True)
        self.fault = label("", "strong", wrap=True)
        for widget in (self.title, self.facts, self.fault):
            column.addWidget(widget)
        column.addStretch(1)
        row = QHBoxLayout()
        self.leave = button("", self.stop, role="command")
        self.do = button("", self.merge, role="command")
        row.addWidget(self.leave)
        row.addStretch(1)
        row.addWidget(self.do)
        column.addLayout(row)

    @property
    def active(self) -> bool:
        """Stops are being chosen."""
        return self.ids is not None

    def start(self, stop_id: str) -> None:
        """Choose the others that are one with this stop."""
        self.ids = [stop_id]

    def stop(self) -> None:
        """Leave all as it is."""
        self._end(self.ids[0] if self.ids else "")

    def _end(self, stop_id: str) -> None:
        self.ids = None
        self._left(stop_id)

    def touch(self, stop_id: str) -> None:
        """Choose a stop, or let it go."""
        if self.ids is not None:
            self.ids = [i for i in self.ids if i != stop_id] if stop_id in self.ids else [*self.ids, stop_id]

    def candidates(self, board: Board, unit: str) -> list[Stop]:
        """What may be chosen: all stops of the unit, the newest first."""
        return sorted((s for s in board.stops if s.unit == unit), key=lambda s: -s.begun_ns)

    def chosen(self, board: Board) -> list[Stop]:
        """The chosen ones, the oldest first."""
        found = [s for key in self.ids or () if (s := board.stop(key)) is not None]
        return sorted(found, key=lambda s: s.begun_ns)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.leave.setText(translate("Dialog", "Cancel"))

    def refresh(self) -> None:
        """What is chosen, and what would become of it."""
        store = self.context.store
        board = board_of(store)
        chosen = self.chosen(board)
        fault = merge_fault(board, chosen)
        self.title.setText(translate("Stops", "Several stops become one: {n} chosen").format(n=len(chosen)))
        lines = [self._one(board, s) for s in chosen[-LINES:]]
        if chosen and fault not in ("units", "kinds", "open"):
            lines.append(self._whole(chosen))
        self.facts.setText("\n".join(lines))
        self.fault.setText(words.MERGE_FAULTS[fault]() if fault else "")
        self.do.setText(translate("Stops", "Merge {n} stops").format(n=len(chosen)))
        self.do.setEnabled(store.live and may(store, ROLE) and not fault)

    def _one(self, board: Board, stop: Stop) -> str:
        reason = words.reason_words(self.context.store, stop) or translate("Stops", "no reason")
        return f"• {words.span_words(stop)} · {words.length_words(board, stop, self.context.now_ns())} · {reason}"

    def _whole(self, chosen: list[Stop]) -> str:
        said = translate("Stops", "{unit}: {begin} – {end}, stood {length}. Time that it ran in between is no part of it.")
        return said.format(
            unit=words.unit_label(self.context.store, chosen[0].unit), begin=clock_text(chosen[0].begun_ns),
            end=clock_text(max(s.ended_ns for s in chosen)), length=duration_text(sum(s.duration_s for s in chosen)),
        )  # fmt: skip

    def merge(self) -> None:
        """The chosen ones become one, under the oldest of them."""
        board = board_of(self.context.store)
        chosen = self.chosen(board)
        if not merge_fault(board, chosen):
            self.context.command("stop.merge", chosen[0].id, {"stops": [s.id for s in chosen[1:]]})
            self._end(chosen[0].id)
