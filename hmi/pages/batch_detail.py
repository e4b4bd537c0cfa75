"""The pane of one batch: facts, why it stands, its procedure and its parameters."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.batch_parameters import ParameterPages
from hmi.texts import translate
from hmi.viewmodels.batch_page import (
    ParameterRow,
    batch_chip,
    duration,
    last_refusal,
    parameter_rows,
    place_text,
    reason_text,
    step_lines,
)
from hmi.viewmodels.batches import Batch, batch_label
from hmi.viewmodels.format import clock_minutes, value_text, with_eu
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import NumericPad, Question, label
from hmi.widgets.indicators import ProgressBar, StateChip
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable


class BatchDetail(Pane):
    """Built once; :meth:`show_batch` with None empties it."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.context = context
        px = context.look.px
        self.batch: Batch | None = None
        head = QHBoxLayout()
        head.setSpacing(px(10))
        self.heading = label("", "heading")
        self.chip = StateChip(context.look)
        self.to_unit = button("", self._open_unit, role="compact")
        head.addWidget(self.heading)
        head.addWidget(self.chip)
        head.addStretch(1)
        head.addWidget(self.to_unit)
        self.body.addLayout(head)
        self.facts = label("", "label", wrap=True)
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.facts)
        self.bar = ProgressBar(context.look)
        self.body.addWidget(self.bar)
        self.why = label("", "strong", wrap=True)
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.why)
        self.refused = label("", "error", wrap=True)
        self.refused.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.refused)
        bottom = QHBoxLayout()
        self.tabs = Tabs(context.look, ("parameters", "procedure"))
        self.tabs.chosen.connect(self._tab)
        bottom.addWidget(self.tabs)
        bottom.addStretch(1)
        self.stack = QStackedWidget()
        self.parameters = ParameterPages(context, self.change)
        self.steps = RowTable(context.look, 44)
        self.steps_pager = Pager(self.steps)
        bottom.addWidget(self.steps_pager)
        bottom.addWidget(self.parameters.pager)
        self.stack.addWidget(self.parameters)
        self.stack.addWidget(self.steps)
        self.body.addLayout(bottom)
        self.body.addWidget(self.stack, 1)
        self._tab("parameters")

    def _tab(self, key: str) -> None:
        self.stack.setCurrentWidget(self.parameters if key == "parameters" else self.steps)
        self._show_pagers()

    def _show_pagers(self) -> None:
        parameters = self.tabs.current == "parameters"
        self.parameters.pager.setVisible(parameters and self.parameters.pages() > 1)
        self.steps_pager.setVisible(not parameters and self.steps.pages() > 1)

    def _open_unit(self) -> None:
        if self.batch is not None and self.batch.unit:
            self.context.navigate("unit", self.batch.unit)

    def retranslate(self) -> None:
        """Fixed texts."""
        self.tabs.set_text("parameters", translate("Batches", "Parameters"))
        self.tabs.set_text("procedure", translate("Batches", "Procedure"))
        self.to_unit.setText(translate("Batches", "Unit") + " ▸")
        self.parameters.retranslate()

    def show_batch(self, batch: Batch | None, state: str) -> None:
        """Show this batch; ``state`` is its state in words."""
        if batch is None or self.batch is None or batch.id != self.batch.id:
            self.parameters.page = 0
        self.batch = batch
        store = self.context.store
        self.title.setText(store.text(batch.recipe_name) if batch else translate("Batches", "No batch is chosen"))
        for widget in (self.heading, self.chip, self.facts, self.bar, self.tabs, self.stack, self.to_unit):
            widget.setVisible(batch is not None)
        if batch is None:
            for widget in (self.why, self.refused, self.parameters.pager, self.steps_pager):
                widget.setVisible(False)
            return
        self.heading.setText(batch_label(batch))
        self.chip.show_chip(batch_chip(batch, state))
        self.to_unit.setVisible(bool(batch.unit) and not batch.ended)
        self.facts.setText(self._facts(batch))
        self.bar.show_share(batch.step / batch.steps if batch.steps else 0.0)
        why = reason_text(store, batch)
        wording = translate("Batches", "Held: {why}") if batch.held_reason else translate("Batches", "Waits: {why}")
        self.why.setText(wording.format(why=why) if why else "")
        self.why.setVisible(bool(why))
        refusal = last_refusal(store, self.context.book, batch.id)
        self.refused.setText("✕ " + translate("Batches", "Refused: {why}").format(why=refusal) if refusal else "")
        self.refused.setVisible(bool(refusal))
        self.parameters.show_rows(batch, parameter_rows(store, batch))
        self._show_steps(batch)
        self._show_pagers()

    def _facts(self, batch: Batch) -> str:
        store = self.context.store
        parts = [with_eu(batch.size_kg, 0, "kg", store.language)]
        if batch.steps and not batch.ended:
            parts.append(translate("Batches", "step {step} of {steps}").format(step=batch.step, steps=batch.steps))
            parts.append(place_text(store, batch))
        if batch.started_ns:
            parts.append(translate("Batches", "start {time}").format(time=clock_minutes(batch.started_ns)))
            lasted = duration(batch, self.context.now_ns())
            wording = translate("Batches", "took {time}") if batch.ended else translate("Batches", "runs {time}")
            parts.append(wording.format(time=lasted))
        return " · ".join(p for p in parts if p)

    def _show_steps(self, batch: Batch) -> None:
        self.steps.show_columns(
            [
                Column("№", 36), Column(translate("Batches", "Phase"), stretch=1.0), Column(translate("Batches", "Start"), 66),
                Column(translate("Batches", "Lasted"), 80, right=True),
            ]
        )  # fmt: skip
        lines = step_lines(self.context.store, batch, self.context.now_ns())
        rows = [
            Row(str(s.number), (Cell(str(s.number), role="label"), Cell(s.text, bold=s.current), Cell(s.start), Cell(s.lasted)))
            for s in reversed(lines)
        ]
        self.steps.show_rows(rows, empty=translate("Batches", "Not started yet"))

    def change(self, row: ParameterRow) -> None:
        """Numeric pad, then a question that names old and new value."""
        batch, store, p = self.batch, self.context.store, row.parameter
        if batch is None:
            return

        def send(value: float) -> None:
            self.context.command("batch.parameter", batch.id, {"parameter": p.id, "value": value})

        def ask(value: float) -> None:
            shown = value_text(value, row.decimals, p.eu, store.language)
            text = translate("Batches", "{batch}, {name}: {old} → {new}").format(
                batch=batch_label(batch), name=row.name, old=row.value, new=shown
            )
            action = translate("Batches", "Set {value}").format(value=shown)
            Question(self.context.look, translate("Batches", "Change parameter"), text, action, lambda: send(value), self).open()

        NumericPad(
            self.context.look, store.language, row.name, value=p.value, lo=p.lo, hi=p.hi, decimals=max(1, row.decimals), eu=p.eu,
            accept=ask, parent=self,
        ).open()  # fmt: skip
