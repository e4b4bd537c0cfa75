"""One batch: its procedure as a chart, what it does now and what waits for a person, parameters, materials, course, commands."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QWidget

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.batch_actions import BatchDeeds
from hmi.pages.batch_node import NodeDialog
from hmi.pages.batch_now import cards
from hmi.pages.batch_parameters import ParameterPages
from hmi.pages.batch_parts import Course, MaterialList, NowPart
from hmi.pages.batch_words import COMMANDS, MODES, STATES, product_chip, state_word, word
from hmi.rolenames import may
from hmi.texts import translate
from hmi.viewmodels.batch_page import ParameterRow, batch_chip, duration, last_refusal, parameter_rows, reason_text
from hmi.viewmodels.batch_steps import chart_nodes
from hmi.viewmodels.batches import Batch, Ingredient, batch_by_id, batch_label, batches
from hmi.viewmodels.format import clock_minutes, with_eu
from hmi.viewmodels.orders import order_of
from hmi.viewmodels.stock import stock_of
from hmi.widgets.buttons import HoldButton, button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.indicators import StateChip
from hmi.widgets.procedurechart import ChartControls, ProcedureChart
from hmi.widgets.whydialog import ask_why

PARTS: Final = ("now", "parameters", "materials", "course")


class BatchPage(Page):
    """Chart on the left, the parts on the right. Stop and Abort stand apart and are held for two seconds."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        self.deeds = BatchDeeds(context, self)
        self.node_dialog: NodeDialog | None = None
        layout = page_layout(self)
        layout.addLayout(self._build_head())
        self.facts = self._line("label")
        self.why = self._line("strong", wrap=True)
        self.refused = self._line("error", wrap=True)
        for made in (self.facts, self.why, self.refused):
            layout.addWidget(made)
        middle = QHBoxLayout()
        middle.setSpacing(px(10))
        self.chart_pane = Pane(context)
        self.chart = ProcedureChart(context.look)
        self.chart.chosen.connect(self.open_node)
        self.controls = ChartControls(self.chart)
        self.chart_pane.head.addStretch(1)
        self.chart_pane.head.addWidget(self.controls)
        self.chart_pane.body.addWidget(self.chart, 1)
        self.parts_pane = self._build_parts()
        for pane, share in ((self.chart_pane, 490), (self.parts_pane, 664)):
            pane.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
            middle.addWidget(pane, share)
        layout.addLayout(middle, 1)
        layout.addLayout(self._build_commands())

    @staticmethod
    def _line(role: str, *, wrap: bool = False) -> QWidget:
        made = label("", role, wrap=wrap)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        return made

    def _build_head(self) -> QHBoxLayout:
        look = self.context.look
        row = QHBoxLayout()
        row.setSpacing(look.px(10))
        self.back = button("", lambda: self.context.navigate("batches", ""), role="compact")
        self.heading = label("", "heading")
        self.state_chip, self.product_chip = StateChip(look), StateChip(look)
        self.mode = button("", self._open_mode, role="compact")
        self.ask_why = button("", self._open_why, role="compact")
        self.note = button("", self._open_comment, role="compact")
        self.record = button("", self._open_record, role="compact")
        for widget in (self.back, self.heading, self.state_chip, self.product_chip):
            row.addWidget(widget)
        row.addStretch(1)
        self.order = button("", self._open_order, role="compact")
        for widget in (self.order, self.mode, self.ask_why, self.note, self.record):
            row.addWidget(widget)
        return row

    def _build_parts(self) -> Pane:
        context = self.context
        pane = Pane(context)
        pane.title.setVisible(False)
        self.tabs = Tabs(context.look, PARTS)
        self.tabs.chosen.connect(lambda key: self._show_part())
        pane.head.addWidget(self.tabs)
        pane.head.addStretch(1)
        self.stack = QStackedWidget()
        self.now_part = NowPart(context, self._act, self._change)
        self.now = self.now_part.cards
        self.parameters = ParameterPages(context, self._change)
        self.materials = MaterialList(context, self._add_lot)
        self.course = Course(context)
        self.pagers: dict[str, QWidget] = {
            "now": self.now.pager, "parameters": self.parameters.pager, "materials": self.materials.pager,
            "course": self.course.pager,
        }  # fmt: skip
        self.widgets: dict[str, QWidget] = {
            "now": self.now_part, "parameters": self.parameters, "materials": self.materials, "course": self.course,
        }  # fmt: skip
        for key in PARTS:
            pane.head.addWidget(self.pagers[key])
            self.stack.addWidget(self.widgets[key])
        pane.body.addWidget(self.stack, 1)
        return pane

    def _build_commands(self) -> QHBoxLayout:
        context = self.context
        px = context.look.px
        row = QHBoxLayout()
        row.setSpacing(px(10))
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
        if argument and argument != self.selected:
            self.selected = argument
            self.tabs.choose("now")
            self.now.page = self.parameters.page = 0

    def variants(self) -> list[str]:
        found = batches(self.context.store)
        return [next((b.id for b in found if b.nodes and not b.ended), next((b.id for b in found if not b.ended), ""))]

    def picture(self, variant: str) -> str:
        return ""

    def batch(self) -> Batch | None:
        """The batch that is shown; the newest one on the line when none was chosen."""
        store = self.context.store
        chosen = batch_by_id(store, self.selected)
        if chosen is not None or self.selected:
            return chosen
        found = batches(store)
        return next((b for b in reversed(found) if not b.ended), found[-1] if found else None)

    def retranslate(self) -> None:
        self.back.setText("◂ " + translate("Navigation", "Batches"))
        self.chart_pane.title.setText(translate("Batches", "Procedure"))
        self.controls.retranslate()
        self.ask_why.setText(translate("Why", "Why?"))
        self.note.setText(translate("Batches", "Note…"))
        self.record.setText(translate("Batches", "Record") + " ▸")
        texts = {
            "now": translate("Batches", "Now"), "parameters": translate("Batches", "Parameters"),
            "materials": translate("Batches", "Materials"), "course": translate("Batches", "Course"),
        }  # fmt: skip
        for key, text in texts.items():
            self.tabs.set_text(key, text)
        for name, made in self.commands.items():
            made.setText(word(COMMANDS, name))
        self.stop.setText(translate("Batches", "Stop (hold 2 s)"))
        self.abort.setText(translate("Batches", "Abort (hold 2 s)"))
        self.parameters.retranslate()
        self.now_part.retranslate()

    def refresh(self) -> None:
        batch = self.batch()
        for widget in (self.state_chip, self.product_chip, self.mode, self.ask_why, self.note, self.record, self.parts_pane):
            widget.setVisible(batch is not None)
        if batch is None:
            self._show_none()
        else:
            self._show(batch)
        order = order_of(self.context.store, batch.id) if batch is not None else None
        self.order.setVisible(order is not None)
        if order is not None:
            self.order.setText(translate("Batches", "Order {number}").format(number=order.number).replace("&", "&&") + " ▸")
        self._refresh_commands(batch)
        self.deeds.refresh()
        if self.node_dialog is not None:
            self.node_dialog.refresh()

    def _show_none(self) -> None:
        none = translate("Batches", "This batch is not of this shift: look into its record.")
        self.heading.setText(translate("Batches", "No batch is chosen"))
        for made in (self.facts, self.why, self.refused):
            made.setVisible(False)
        self.record.setVisible(bool(self.selected))
        self.chart.show_nodes([], empty=none if self.selected and self.context.store.live else "")

    def _show(self, batch: Batch) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        self.heading.setText(batch_label(batch))
        self.state_chip.show_chip(batch_chip(batch, state_word(batch)))
        self.product_chip.show_chip(product_chip(batch))
        self.product_chip.setVisible(batch.product != "free")
        self.mode.setText(f"{word(MODES, batch.mode)}…" if not batch.ended else word(MODES, batch.mode))
        self._say(self.facts, self._facts(batch))
        why = reason_text(store, batch)
        self._say(self.why, self._why_words(batch, why))
        refusal = last_refusal(store, self.context.book, batch.id)
        self._say(self.refused, "✕ " + translate("Batches", "Refused: {why}").format(why=refusal) if refusal else "")
        empty = translate("Batches", "The engine tells no procedure of this batch.")
        self.chart.show_nodes(chart_nodes(store, batch, now_ns), empty=empty)
        self.controls.to_active.setEnabled(bool(batch.active))
        self._show_part()

    @staticmethod
    def _why_words(batch: Batch, why: str) -> str:
        """Why it stands; a reason that says by itself that the batch is held needs no such word before it."""
        if not why:
            return ""
        if not batch.held_reason:
            return translate("Batches", "Waits: {why}").format(why=why)
        held = word(STATES, "held")
        return why if why.startswith(held) else translate("Batches", "Held: {why}").format(why=why)

    @staticmethod
    def _say(line: QWidget, text: str) -> None:
        line.setProperty("text", text)
        line.setVisible(bool(text))

    def _show_part(self) -> None:
        batch = self.batch()
        if batch is None:
            return
        store, now_ns = self.context.store, self.context.now_ns()
        waiting = batch.asked()
        now = translate("Batches", "Now")
        self.tabs.set_text("now", f"{now} ({waiting})" if waiting else now)
        key = self.tabs.current
        self.stack.setCurrentWidget(self.widgets[key])
        if key == "now":
            busy = any(self.context.book.unanswered(kind, batch.id) for kind in ("batch.step", "batch.reply"))
            ended = translate("Batches", "The batch has ended.")
            nothing = ended if batch.ended else translate("Batches", "Nothing is at work. “Start” begins the batch.")
            self.now_part.show_batch(batch, cards(store, batch, now_ns, busy=busy), nothing)
        elif key == "parameters":
            self.parameters.show_rows(batch, parameter_rows(store, batch))
        elif key == "materials":
            self.materials.show_batch(batch)
        else:
            self.course.show_batch(batch)
        several = {
            "now": self.now.pages() > 1, "parameters": self.parameters.pages() > 1,
            "materials": self.materials.table.pages() > 1, "course": self.course.steps.pages() > 1,
        }  # fmt: skip
        for part, pager in self.pagers.items():
            pager.setVisible(part == key and several[part])

    def _facts(self, batch: Batch) -> str:
        store = self.context.store
        version = translate("Batches", "version {version}").format(version=batch.version) if batch.version else ""
        parts = [store.text(batch.recipe_name), version, with_eu(batch.size_kg, 0, "kg", store.language)]
        if batch.steps and not batch.ended:
            parts.append(translate("Batches", "step {step} of {steps}").format(step=batch.step, steps=batch.steps))
        if batch.started_ns:
            parts.append(translate("Batches", "start {time}").format(time=clock_minutes(batch.started_ns)))
            lasted = duration(batch, self.context.now_ns())
            wording = translate("Batches", "took {time}") if batch.ended else translate("Batches", "runs {time}")
            parts.append(wording.format(time=lasted))
        return " · ".join(p for p in parts if p)

    def _refresh_commands(self, batch: Batch | None) -> None:
        store, book = self.context.store, self.context.book
        free = store.live and may(store, "operator") and batch is not None
        busy = bool(batch and book.unanswered("batch.command", batch.id))
        for name, made in self.commands.items():
            made.setEnabled(free and batch is not None and batch.may(name) and not busy)
        for name, held in (("stop", self.stop), ("abort", self.abort)):
            held.setEnabled(free and batch is not None and batch.may(name))
        self.mode.setEnabled(free and batch is not None and not batch.ended)
        self.note.setEnabled(free)
        self.ask_why.setEnabled(store.live)

    # ---- what it does -----------------------------------------------------------------------------------------------

    def send(self, command: str) -> None:
        """Send a command for the whole batch."""
        batch = self.batch()
        if batch is not None and batch.may(command):
            self.deeds.command(batch, command)

    def open_node(self, node: str) -> None:
        """One node with its own commands."""
        batch = self.batch()
        if batch is not None and self.node_dialog is None:
            self.node_dialog = NodeDialog(self.context, batch, node, self.deeds, self)
            self.node_dialog.finished.connect(self._node_closed)
            self.node_dialog.open()

    def _node_closed(self, result: int) -> None:
        self.node_dialog = None

    def _act(self, card: str, deed: str) -> None:
        batch = self.batch()
        if batch is None:
            return
        kind, _, key = card.partition(":")
        if kind == "prompt":
            prompt = next((p for p in batch.prompts if p.id == key), None)
            if prompt is not None and deed == "step":
                self.open_node(prompt.node)
            elif prompt is not None and not (prompt.kind == "lot" and self._load(batch, prompt.material)):
                self.deeds.answer(batch, prompt)
        elif kind == "deviation":
            deviation = next((d for d in batch.deviations if str(d.number) == key), None)
            if deviation is not None:
                self.deeds.decide(batch, deviation)
        elif deed == "step":
            self.open_node(key)
        elif deed == "skip":
            self.deeds.open_skip(batch, key)
        else:
            self.deeds.step(batch, key, deed)

    def _change(self, row: ParameterRow) -> None:
        batch = self.batch()
        if batch is not None:
            self.deeds.change(batch, row)

    def _add_lot(self, ingredient: Ingredient) -> None:
        batch = self.batch()
        if batch is not None and not self._load(batch, ingredient.material):
            self.deeds.open_lot(batch, ingredient)

    def _load(self, batch: Batch, material: str) -> bool:
        """Open the loading task; False on a line that keeps no stock."""
        need = stock_of(self.context.store).need(batch.id, material)
        if need is not None:
            self.context.navigate("loading", need.key)
        return need is not None

    def _open_mode(self) -> None:
        batch = self.batch()
        if batch is not None:
            self.deeds.open_mode(batch)

    def _open_comment(self) -> None:
        batch = self.batch()
        if batch is not None:
            self.deeds.open_comment(batch)

    def _open_why(self) -> None:
        batch = self.batch()
        if batch is not None:
            ask_why(self.context, batch.id, batch_label(batch), self)

    def _open_order(self) -> None:
        batch = self.batch()
        order = order_of(self.context.store, batch.id) if batch is not None else None
        if order is not None:
            self.context.navigate("orders", order.id)

    def _open_record(self) -> None:
        batch = self.batch()
        self.context.navigate("record", batch.id if batch is not None else self.selected)
