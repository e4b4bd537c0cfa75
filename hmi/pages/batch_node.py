"""One node of a batch's procedure: its state, what it waits for, why it cannot go on, and its own commands."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from hmi.context import PanelContext
from hmi.pages.batch_actions import STEP_ROLES, BatchDeeds
from hmi.pages.batch_now import time_left, waits_by_hand
from hmi.pages.batch_words import COMMANDS, STATES, deviation_words, disposition_words, word
from hmi.rolenames import may
from hmi.texts import translate
from hmi.viewmodels.batch_steps import NODE_COMMANDS, node_allowed, share_done, step_name
from hmi.viewmodels.batches import Batch, batch_by_id, batch_label
from hmi.viewmodels.format import clock_text
from hmi.widgets.buttons import button
from hmi.widgets.conditions import ConditionLine, ConditionList
from hmi.widgets.dialogs import PanelDialog, label
from hmi.widgets.indicators import ProgressBar
from hmi.widgets.whydialog import ask_why


class NodeDialog(PanelDialog):
    """Follows the batch while it is open: whoever opens it calls :meth:`refresh`."""

    def __init__(self, context: PanelContext, batch: Batch, node: str, deeds: BatchDeeds, parent: QWidget) -> None:
        title = f"{batch_label(batch)} · {step_name(context.store, batch, node)}"
        super().__init__(context.look, title, parent)
        self.context, self.batch, self.node, self._deeds = context, batch, node, deeds
        px = context.look.px
        self.state = label("", "strong", wrap=True)
        self.waits = label("", "", wrap=True)
        self.time = label("", "value")
        self.bar = ProgressBar(context.look)
        self.facts = label("", "label", wrap=True)
        self.against_title = label(translate("Batches", "Why it cannot go on yet"), "title")
        self.against = ConditionList(context.look)
        self.against.setMinimumHeight(px(96))
        for made in (self.state, self.waits, self.time, self.bar, self.facts, self.against_title, self.against):
            self.body.addWidget(made)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.commands: dict[str, QPushButton] = {}
        for name in NODE_COMMANDS:
            self.commands[name] = button(word(COMMANDS, name), lambda n=name: self._deeds.command(self.batch, n, self.node))
            row.addWidget(self.commands[name], 1)
        self.body.addLayout(row)
        self.hands = QWidget()
        hands = QHBoxLayout(self.hands)
        hands.setContentsMargins(0, 0, 0, 0)
        hands.setSpacing(px(10))
        self.confirm = button(translate("Batches", "Confirm"), lambda: self._step("confirm"))
        self.start = button(translate("Batches", "Start this step"), lambda: self._step("start"))
        self.skip = button(translate("Batches", "Skip…"), self._skip)
        for made in (self.confirm, self.start, self.skip):
            hands.addWidget(made, 1)
        self.body.addWidget(self.hands)
        last = QHBoxLayout()
        last.addWidget(button(translate("Why", "Why?"), self._why))
        last.addStretch(1)
        last.addWidget(button(translate("Dialog", "Close"), self.accept, role="primary"))
        self.body.addLayout(last)
        self.setMinimumWidth(px(660))
        self.refresh()

    def _step(self, action: str) -> None:
        self._deeds.step(self.batch, self.node, action)

    def _skip(self) -> None:
        self._deeds.open_skip(self.batch, self.node)

    def _why(self) -> None:
        ask_why(self.context, f"{self.batch.id}/{self.node}", step_name(self.context.store, self.batch, self.node), self)

    def refresh(self) -> None:
        """Take the newest state; closes when the batch is gone."""
        store = self.context.store
        batch = batch_by_id(store, self.batch.id)
        if batch is None:
            self.reject()
            return
        self.batch = batch
        node = batch.node(self.node)
        step = next((a for a in batch.active if a.node == self.node), None)
        unit = store.unit((node.unit if node is not None else "") or (step.unit if step is not None else ""))
        where = f"{unit.label} {store.text(unit.name)}" if unit is not None else ""
        state = word(STATES, node.state) if node is not None and node.state else ""
        self.state.setText(" · ".join(t for t in (state, where) if t))
        waits = (store.text(step.held_reason) or store.text(step.waiting)) if step is not None else ""
        self.waits.setText(waits[:1].upper() + waits[1:])
        self.waits.setVisible(bool(waits))
        now_ns = self.context.now_ns()
        left = time_left(store, step, now_ns) if step is not None else ""
        self.time.setText(left)
        self.time.setVisible(bool(left))
        share = share_done(store, step, now_ns) if step is not None else None
        self.bar.setVisible(share is not None)
        self.bar.show_share(share or 0.0)
        self.facts.setText("\n".join(self._facts(batch)))
        self.facts.setVisible(bool(self.facts.text()))
        against = [ConditionLine(False, store.text(r)) for r in step.against] if step is not None else []
        self.against.show_lines(against)
        self.against.setVisible(bool(against))
        self.against_title.setVisible(bool(against))
        self._refresh_commands(batch)

    def _facts(self, batch: Batch) -> list[str]:
        store, node = self.context.store, batch.node(self.node)
        said: list[str] = []
        if node is not None and node.started_ns:
            text = translate("Batches", "start {time}").format(time=clock_text(node.started_ns))
            if node.ended_ns:
                text += " · " + translate("Batches", "ended {time}").format(time=clock_text(node.ended_ns))
            said.append(text)
        if node is not None and node.kind == "loop":
            text = translate("Batches", "round {n} of at most {most}")
            said.append(text.format(n=node.count, most=node.at_most or "—"))
        for d in batch.deviations:
            if d.node == self.node:
                name = translate("Batches", "Deviation {n}: {what}").format(n=d.number, what=store.text(d.text))
                decided = disposition_words(store, d)
                said += [f"{name} · {deviation_words(store, d)}", *([decided] if decided else [])]
        return said

    def _refresh_commands(self, batch: Batch) -> None:
        store, book = self.context.store, self.context.book
        free = store.live and may(store, "operator") and not book.unanswered("batch.command", batch.id)
        may_now = node_allowed(batch, self.node)
        for name, made in self.commands.items():
            made.setEnabled(free and may_now[name])
        by_hand = waits_by_hand(batch, self.node)
        waits = self.node in batch.confirm and not by_hand
        ready = store.live and not book.unanswered("batch.step", batch.id)
        self.confirm.setVisible(waits)
        self.confirm.setEnabled(ready and may(store, STEP_ROLES["confirm"]))
        for made in (self.start, self.skip):
            made.setVisible(by_hand)
            made.setEnabled(ready and may(store, STEP_ROLES["start"]))
        self.hands.setVisible(waits or by_hand)
