"""Batches of the shift: where each is, what it waits for, what is known of its product; older ones; a new batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QHBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Page, Pane, page_layout
from hmi.pages.batch_words import MODES, STATES, product_chip, state_word, word
from hmi.pages.orders import pressing
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batch_page import STYLES, batch_chip, duration, place_text, reason_text
from hmi.viewmodels.batches import Batch, batch_label, batches
from hmi.viewmodels.format import clock_minutes, date_text, with_eu
from hmi.viewmodels.orders import orders
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import label
from hmi.widgets.newbatch import NewBatchDialog
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

LISTS: Final = ("all", "line", "held", "ended", "older")
OLDER_REPLY: Final = "batches.older"
TAKES: Final[Mapping[str, Callable[[Batch], bool]]] = {
    "all": lambda b: True,
    "line": lambda b: not b.ended,
    "held": lambda b: not b.ended and (b.held or b.on_hold),
    "ended": lambda b: b.ended,
}
NOTHING: Final[Mapping[str, Callable[[], str]]] = {
    "all": lambda: translate("Batches", "No batches in this shift. “New batch…” creates one."),
    "line": lambda: translate("Batches", "No batch is on the line."),
    "held": lambda: translate("Batches", "No batch is held."),
    "ended": lambda: translate("Batches", "No batch has ended in this shift."),
}


class BatchesPage(Page):
    """The list. A touch opens a batch, of an older one its record."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        self.older: list[Obj] | None = None
        context.on_reply[OLDER_REPLY] = self._take_older
        layout = page_layout(self)
        self.list_pane = Pane(context)
        self.list_pane.title.setVisible(False)
        self.lists = Tabs(context.look, LISTS)
        self.lists.chosen.connect(self._list_chosen)
        self.list_pane.head.addWidget(self.lists)
        self.list_pane.head.addStretch(1)
        self.table = RowTable(context.look, 68)
        self.table.chosen.connect(self.choose)
        self.table.touched.connect(lambda key, order: context.navigate("orders", order))
        self.pager = Pager(self.table)
        self.list_pane.head.addWidget(self.pager)
        self.list_pane.body.addWidget(self.table, 1)
        self.count = label("", "label")
        self.list_pane.body.addWidget(self.count)
        layout.addWidget(self.list_pane, 1)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        self.new = button("", role="command")
        self.new.clicked.connect(lambda *_: self.open_new())
        row.addWidget(self.new)
        row.addStretch(1)
        self.orders = button("", lambda: context.navigate("orders", ""), role="command")
        row.addWidget(self.orders)
        self.recipes = button("", lambda: context.navigate("recipes", ""), role="command")
        row.addWidget(self.recipes)
        layout.addLayout(row)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        if argument:
            self.selected = argument
            self.refresh()
            self.table.show_key(argument)

    def retranslate(self) -> None:
        texts = {
            "all": translate("Batches", "All of the shift"), "line": translate("Batches", "On the line"),
            "held": translate("Batches", "Held, on hold"), "ended": translate("Batches", "Ended"),
            "older": translate("Batches", "Earlier"),
        }  # fmt: skip
        for key, text in texts.items():
            self.lists.set_text(key, text)
        self.new.setText(translate("Batches", "New batch…"))
        self.recipes.setText(translate("Navigation", "Recipes") + " ▸")

    def refresh(self) -> None:
        store, found = self.context.store, batches(self.context.store)
        if self.lists.current == "older":
            self._show_older()
        else:
            self._show_rows(found)
        self.pager.refresh()
        behind = pressing(store, self.context.now_ns())
        caption = translate("Navigation", "Orders")
        self.orders.setText(f"{caption} · {behind} ▸" if behind else f"{caption} ▸")
        running, done = sum(not b.ended for b in found), sum(b.state.lower() == "complete" for b in found)
        self.count.setText(translate("Batches", "on the line {running} · complete {done}").format(running=running, done=done))
        role = store.user is None or store.user.may("operator")
        known = bool(store.line and store.line.recipes) or bool(wire.objects(store.view("recipes"), "recipes"))
        self.new.setEnabled(store.live and role and known and not self.context.book.unanswered("batch.create"))

    def _show_rows(self, found: list[Batch]) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        of_order = {b.id: o for o in orders(store) for b in o.batches}
        with_orders = any(b.id in of_order for b in found)
        order_column = [Column(translate("Batches", "Order"), 104)] if with_orders else []
        self.table.show_columns(
            [
                Column(translate("Batches", "Batch"), stretch=0.3), *order_column, Column(translate("Batches", "State"), 128),
                Column(translate("Batches", "Product"), 176), Column(translate("Batches", "Where"), stretch=0.48),
                Column(translate("Batches", "Mode"), 142), Column(translate("Batches", "Step"), 84),
                Column(translate("Batches", "Start"), 78, right=True),
            ]
        )  # fmt: skip
        takes = TAKES[self.lists.current]
        rows: list[Row] = []
        for b in sorted(found, key=lambda b: (b.ended, -b.created_ns)):
            if not takes(b):
                continue
            ended = translate("Batches", "ended {time}").format(time=clock_minutes(b.ended_ns))
            waiting = b.asked()
            why = reason_text(store, b)
            if waiting and not b.held:
                why = translate("Batches", "waits for an answer: {n}").format(n=waiting)
            order = of_order.get(b.id)
            order_cell = Cell(f"{order.number} ▸", touch=order.id) if order is not None else Cell()
            rows.append(
                Row(b.id, (
                    Cell(batch_label(b), store.text(b.recipe_name), bold=not b.ended), *([order_cell] if with_orders else []),
                    Cell(chip=batch_chip(b, state_word(b))),
                    Cell("—", role="label") if b.product == "free" else Cell(chip=product_chip(b)),
                    Cell(ended if b.ended else place_text(store, b), why, bold=bool(why)), Cell(word(MODES, b.mode)),
                    Cell(f"{b.step} / {b.steps}", share=b.step / b.steps if b.steps else 0.0),
                    Cell(clock_minutes(b.started_ns), duration(b, now_ns) or " "),
                ))
            )  # fmt: skip
        self.table.show_rows(rows, selected=self.selected, empty=NOTHING[self.lists.current]() if store.live else "")

    # ---- earlier shifts ---------------------------------------------------------------------------------------------

    def _list_chosen(self, key: str) -> None:
        self.table.first_page()
        if key == "older":
            self.older = None
            self.context.port.fetch("/api/batches", {}, OLDER_REPLY)
        self.refresh()

    def _take_older(self, reply: Obj) -> None:
        here = {b.id for b in batches(self.context.store)}
        answered = wire.integer(reply, "status") == 200
        entries = wire.objects(wire.obj(reply, "data"), "batches") if answered else []
        self.older = [e for e in entries if wire.text(e, "id") not in here]
        if self.isVisible() and self.lists.current == "older":
            self.refresh()

    def _show_older(self) -> None:
        store = self.context.store
        self.table.show_columns(
            [
                Column(translate("Batches", "Batch"), stretch=1.0), Column(translate("Batches", "State"), 150),
                Column(translate("Batches", "Size"), 120, right=True), Column(translate("Batches", "Created"), 150, right=True),
                Column(translate("Batches", "Ended"), 150, right=True),
            ]
        )  # fmt: skip
        reading = translate("Batches", "Reading…") if self.older is None else translate("Batches", "No earlier batches.")
        self.table.show_keys(
            [wire.text(e, "id") for e in self.older or ()], self._older_row, selected=self.selected,
            empty=reading if store.live else "",
        )  # fmt: skip

    def _older_row(self, key: str) -> Row:
        store = self.context.store
        e = next((e for e in self.older or () if wire.text(e, "id") == key), wire.EMPTY)
        state, number = wire.text(e, "state").lower(), wire.text(e, "number")
        name = store.text(e.get("recipe_name")) or self._recipe_name(wire.text(e, "recipe"))

        def moment(key: str) -> Cell:
            time_ns = wire.integer(e, key)
            return Cell(clock_minutes(time_ns), date_text(time_ns))

        return Row(key, (
            Cell(f"№{number}" if number else key, name), Cell(chip=Chip(word(STATES, state), STYLES.get(state, "unknown"))),
            Cell(with_eu(wire.number(e, "size_kg"), 0, "kg", store.language)), moment("created_ns"), moment("ended_ns"),
        ))  # fmt: skip

    def _recipe_name(self, recipe: str) -> str:
        line = self.context.store.line
        known = next((r for r in line.recipes if r.id == recipe), None) if line is not None else None
        return self.context.store.text(known.name) if known is not None else recipe

    # ---- what it does -----------------------------------------------------------------------------------------------

    def choose(self, key: str) -> None:
        """Open this batch, of an earlier one its record."""
        self.selected = key
        self.context.navigate("record" if self.lists.current == "older" else "batch", key)

    def open_new(self) -> NewBatchDialog:
        """Recipe, size, mode, create."""
        made = NewBatchDialog(self.context, self)
        made.open()
        return made
