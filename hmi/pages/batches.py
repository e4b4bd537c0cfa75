"""Batches of the shift: where each is and what it waits for, its procedure and parameters, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.batch_detail import BatchDetail
from hmi.texts import translate
from hmi.viewmodels.batch_page import allowed, batch_chip, duration, place_text, reason_text
from hmi.viewmodels.batches import Batch, batch_label, batches
from hmi.viewmodels.format import clock_minutes
from hmi.widgets.buttons import HoldButton, button
from hmi.widgets.dialogs import label
from hmi.widgets.newbatch import NewBatchDialog
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

STATES: Final[dict[str, Callable[[], str]]] = {
    "idle": lambda: translate("Batches", "Created"),
    "running": lambda: translate("Batches", "Running"),
    "holding": lambda: translate("Batches", "Holding"),
    "held": lambda: translate("Batches", "Held"),
    "restarting": lambda: translate("Batches", "Restarting"),
    "complete": lambda: translate("Batches", "Complete"),
    "stopping": lambda: translate("Batches", "Stopping"),
    "stopped": lambda: translate("Batches", "Stopped"),
    "aborting": lambda: translate("Batches", "Aborting"),
    "aborted": lambda: translate("Batches", "Aborted"),
}
COMMANDS: Final[dict[str, Callable[[], str]]] = {
    "start": lambda: translate("Batches", "Start"),
    "hold": lambda: translate("Batches", "Hold"),
    "restart": lambda: translate("Batches", "Restart"),
}


def state_word(batch: Batch) -> str:
    """The state of a batch in words; an unknown one as it is."""
    return STATES[batch.state.lower()]() if batch.state.lower() in STATES else batch.state


class BatchesPage(Page):
    """List on the left, the chosen batch on the right. Stop and Abort stand apart and are held for two seconds."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        layout = page_layout(self)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.list_pane = Pane(context)
        self.table = RowTable(context.look, 68)
        self.table.chosen.connect(self.choose)
        self.list_pane.body.addWidget(self.table, 1)
        foot = QHBoxLayout()
        self.count = label("", "label")
        self.pager = Pager(self.table)
        foot.addWidget(self.count)
        foot.addStretch(1)
        foot.addWidget(self.pager)
        self.list_pane.body.addLayout(foot)
        self.detail = BatchDetail(context)
        for pane, share in ((self.list_pane, 634), (self.detail, 520)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_commands())

    def _build_commands(self) -> QHBoxLayout:
        context = self.context
        px = context.look.px
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.new = button("", role="command")
        self.new.clicked.connect(lambda *_: self.open_new())
        row.addWidget(self.new)
        row.addSpacing(px(28))
        self.commands: dict[str, QPushButton] = {}
        for name in COMMANDS:
            self.commands[name] = button("", lambda n=name: self.send(n), role="command")
            row.addWidget(self.commands[name])
        row.addStretch(1)
        self.abort = HoldButton(context.look, context.clock)
        self.abort.held.connect(lambda: self.send("abort"))
        row.addWidget(self.abort)
        row.addSpacing(px(14))
        self.stop = HoldButton(context.look, context.clock)
        self.stop.held.connect(lambda: self.send("stop"))
        row.addWidget(self.stop)
        return row

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument:
            self.selected = argument
            self.refresh()
            self.table.show_key(argument)

    def badge(self) -> int:
        return sum(b.held for b in batches(self.context.store))

    def variants(self) -> list[str]:
        found = batches(self.context.store)
        return [next((b.id for b in found if b.held), next((b.id for b in found if not b.ended), ""))]

    def picture(self, variant: str) -> str:
        return ""

    def retranslate(self) -> None:
        self.list_pane.title.setText(translate("Batches", "Batches of the shift"))
        self.new.setText(translate("Batches", "New batch…"))
        for name, made in self.commands.items():
            made.setText(COMMANDS[name]())
        self.stop.setText(translate("Batches", "Stop (hold 2 s)"))
        self.abort.setText(translate("Batches", "Abort (hold 2 s)"))
        self.detail.retranslate()

    def refresh(self) -> None:
        store = self.context.store
        found = batches(store)
        if self.selected not in {b.id for b in found}:
            self.selected = next((b.id for b in reversed(found) if not b.ended), found[-1].id if found else "")
        self._refresh_rows(found)
        batch = self.batch()
        self.detail.show_batch(batch, state_word(batch) if batch else "")
        self._refresh_commands(batch)

    def batch(self) -> Batch | None:
        """The batch that is chosen."""
        return next((b for b in batches(self.context.store) if b.id == self.selected), None)

    def choose(self, key: str) -> None:
        """Show this batch on the right."""
        self.selected = key
        self.refresh()

    def _refresh_rows(self, found: list[Batch]) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        self.table.show_columns(
            [
                Column(translate("Batches", "Batch"), stretch=0.36), Column(translate("Batches", "State"), 118),
                Column(translate("Batches", "Where"), stretch=0.44), Column(translate("Batches", "Step"), 74),
                Column(translate("Batches", "Start"), 72, right=True),
            ]
        )  # fmt: skip
        rows: list[Row] = []
        for b in sorted(found, key=lambda b: (b.ended, -b.created_ns)):
            ended = translate("Batches", "ended {time}").format(time=clock_minutes(b.ended_ns))
            where = ended if b.ended else place_text(store, b)
            share = b.step / b.steps if b.steps else 0.0
            rows.append(
                Row(b.id, (
                    Cell(batch_label(b), store.text(b.recipe_name), bold=not b.ended), Cell(chip=batch_chip(b, state_word(b))),
                    Cell(where, reason_text(store, b), bold=bool(reason_text(store, b))),
                    Cell(f"{b.step} / {b.steps}", share=share),
                    Cell(clock_minutes(b.started_ns), duration(b, now_ns) or " "),
                ))
            )  # fmt: skip
        nothing = translate("Batches", "No batches in this shift. “New batch…” creates one.")
        self.table.show_rows(rows, selected=self.selected, empty=nothing if store.live else "")
        running = sum(not b.ended for b in found)
        done = sum(b.state.lower() == "complete" for b in found)
        self.count.setText(translate("Batches", "on the line {running} · complete {done}").format(running=running, done=done))
        self.pager.refresh()

    def _refresh_commands(self, batch: Batch | None) -> None:
        store, book = self.context.store, self.context.book
        role = store.user is None or store.user.may("operator")
        free = store.live and role
        busy = bool(batch and book.pending("batch.command", batch.id))
        for name, made in self.commands.items():
            made.setEnabled(free and batch is not None and allowed(batch, name) and not busy)
        self.stop.setEnabled(free and batch is not None and allowed(batch, "stop"))
        self.abort.setEnabled(free and batch is not None and allowed(batch, "abort"))
        self.new.setEnabled(free and bool(store.line and store.line.recipes) and not book.pending("batch.create"))

    # ---- what it does -----------------------------------------------------------------------------------------------

    def send(self, command: str) -> None:
        """Send a command for the chosen batch."""
        batch = self.batch()
        if batch is not None and allowed(batch, command):
            self.context.command("batch.command", batch.id, {"command": command})

    def open_new(self) -> NewBatchDialog:
        """Recipe, size, create."""
        made = NewBatchDialog(self.context, self)
        made.open()
        return made
