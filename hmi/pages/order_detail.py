"""One order: what is wanted of it, its batches, its history, and what can be done with it, each with the reason why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from hmi.context import PanelContext
from hmi.pages.base import Pane
from hmi.pages.batch_words import STATES as BATCH_STATES
from hmi.pages.listed import word
from hmi.pages.loading_steps import FactGrid
from hmi.pages.order_words import STATES, amount_text, batch_name, due_text, due_words, happened, said, state_chip
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.alarm_page import user_name
from hmi.viewmodels.batch_page import STYLES
from hmi.viewmodels.batches import batch_by_id
from hmi.viewmodels.course import Course
from hmi.viewmodels.format import clock_minutes, date_text, text_within
from hmi.viewmodels.new_batch import offers
from hmi.viewmodels.orders import Order
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import button
from hmi.widgets.choice import Tabs
from hmi.widgets.dialogs import Question, label
from hmi.widgets.indicators import ProgressBar, StateChip
from hmi.widgets.newbatch import NewBatchDialog
from hmi.widgets.orderdialog import OrderDialog
from hmi.widgets.readdialog import ReadDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.rowtable import Cell, Column, Pager, Row, RowTable

NOTES_MAX: Final = 80
"""Letters of the notes beside the other facts; a button shows the whole."""
PARTS: Final = ("batches", "history")
COURSE_REPLY: Final = "orders.course"
ROLES: Final = {"batch": "operator", "change": "shift_lead", "close": "shift_lead", "cancel": "shift_lead"}
"""What the server asks for (docs/ARCHITECTURE.md, Commands)."""
CANCEL_REASONS: Final[tuple[Callable[[], str], ...]] = (
    lambda: translate("Orders", "Withdrawn by the office"),
    lambda: translate("Orders", "No raw material"),
    lambda: translate("Orders", "Written down by mistake"),
)


def against(store: LineStore, order: Order, deed: str) -> str:
    """Why it cannot be done now, in words; empty when it can. While nobody is logged in the login is asked first."""
    if deed not in order.allowed:
        if order.ended:
            return translate("Orders", "the order has ended")
        begun = translate("Orders", "one that was begun is closed instead")
        return {"cancel": begun, "batch": translate("Orders", "it has as many batches as an order may have")}.get(deed, "")
    if not store.live:
        return translate("Orders", "no connection")
    if not may(store, ROLES[deed]):
        return translate("Orders", "from {role} on").format(role=role_name(ROLES[deed]))
    if deed == "batch" and order.recipe not in {o.recipe for o in offers(store)}:
        return translate("Orders", "its recipe has no approved version")
    return ""


class OrderDetail(Pane):
    """Built once; :meth:`show_order` with None empties it."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.context = context
        self.order: Order | None = None
        self.course = Course("order")
        context.on_reply[COURSE_REPLY] = self._take_course
        px = context.look.px
        self.chip = StateChip(context.look)
        self.head.addStretch(1)
        self.head.addWidget(self.chip)
        self.product = label("", "heading", wrap=True)
        self.bar = ProgressBar(context.look)
        self.amount = label("", "value", wrap=True)
        self.facts = FactGrid(context)
        for widget in (self.product, self.amount):
            widget.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.whole = button("", role="compact")
        self.whole.clicked.connect(lambda *_: self.read_notes())
        for widget in (self.product, self.bar, self.amount, self.facts, self.whole):
            self.body.addWidget(widget)
        self.tabs = Tabs(context.look, PARTS)
        self.tabs.chosen.connect(self._part)
        self.table = RowTable(context.look, 50)
        self.table.chosen.connect(self._open_batch)
        self.pager = Pager(self.table)
        tabs = QHBoxLayout()
        tabs.addWidget(self.tabs)
        tabs.addStretch(1)
        tabs.addWidget(self.pager)
        self.body.addLayout(tabs)
        self.body.addWidget(self.table, 1)
        self.why = label("", "label", wrap=True)
        self.why.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addWidget(self.why)
        self.start = button("", role="primary")
        self.start.clicked.connect(lambda *_: self.open_batch())
        self.body.addWidget(self.start)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        self.deeds: dict[str, QPushButton] = {}
        for key, slot in (("change", self.open_change), ("close", self.open_close), ("cancel", self.open_cancel)):
            self.deeds[key] = button("", role="compact")
            self.deeds[key].clicked.connect(lambda *_, s=slot: s())
            row.addWidget(self.deeds[key], 1)
        self.body.addLayout(row)

    # ---- showing ----------------------------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Fixed texts."""
        self.start.setText(translate("Orders", "Start a batch for this order…"))
        texts = {
            "change": translate("Orders", "Change…"), "close": translate("Orders", "Close…"),
            "cancel": translate("Orders", "Cancel…"),
        }  # fmt: skip
        self.whole.setText(translate("Orders", "Whole notes…"))
        for key, text in texts.items():
            self.deeds[key].setText(text)
        self.tabs.set_text("history", translate("Orders", "History"))

    def settled(self) -> bool:
        """False while the history that is shown is read."""
        return self.tabs.current != "history" or self.order is None or self.course.whole(self.order.id)

    def show_order(self, order: Order | None) -> None:
        """Show this order."""
        self.order = order
        for widget in (self.chip, self.product, self.bar, self.amount, self.facts, self.tabs, self.table, self.pager, self.why,
                       self.start, *self.deeds.values()):  # fmt: skip
            widget.setVisible(order is not None)
        self.title.setText(translate("Orders", "Order {number}").format(number=order.number) if order is not None else "")
        self.whole.setVisible(order is not None and len(order.notes) > NOTES_MAX)
        if order is None:
            return
        store, now_ns = self.context.store, self.context.now_ns()
        self.chip.show_chip(state_chip(order))
        self.product.setText(store.text(order.recipe_name))
        self.bar.show_share(order.share)
        texts = (amount_text(store, v, order.eu) for v in (order.packed, order.wanted, order.remaining))
        self.amount.setText(translate("Orders", "packed {0} of {1}, remaining {2}").format(*texts))
        due = " · ".join(t for t in (due_text(order, now_ns), due_words(order, now_ns)) if t)
        priority = translate("Orders", "priority {n}").format(n=order.priority)
        shift = str(order.shift) if order.shift else translate("Orders", "any")
        facts = [
            (translate("Orders", "Due"), due),
            (translate("Orders", "Shift"), f"{shift} · {priority}"),
            (translate("Orders", "Written down"), f"{user_name(store, order.by)}, {self._moment(order.created_ns)}"),
            (word(STATES, order.status).capitalize(), self._moment(order.ended_ns) if order.ended_ns else ""),
            (translate("Orders", "Notes"), text_within(order.notes, NOTES_MAX)),
        ]  # fmt: skip
        self.facts.show_facts([(name, value) for name, value in facts if value])
        self._show_part(order, now_ns)
        self._show_deeds(order)

    @staticmethod
    def _moment(time_ns: int) -> str:
        return f"{date_text(time_ns)[:5]} {clock_minutes(time_ns)}"

    def _show_part(self, order: Order, now_ns: int) -> None:
        store = self.context.store
        self.tabs.set_text("batches", translate("Orders", "Batches · {n}").format(n=len(order.batches)))
        if self.tabs.current == "batches":
            self.table.show_columns(
                [
                    Column(translate("Orders", "Batch"), stretch=1.0), Column(translate("Orders", "State"), 136),
                    Column(translate("Orders", "Packed"), 118, right=True),
                ]
            )  # fmt: skip
            empty = translate("Orders", "No batch has been made for it.")
            self.table.show_rows([self._batch_row(order, at) for at in reversed(range(len(order.batches)))], empty=empty)
        else:
            self._ask_course()
            self.table.show_columns([Column(translate("Orders", "Time"), 92), Column(translate("Orders", "What"), stretch=1.0)])
            events = reversed(self.course.of(order.id))
            rows = [
                Row(str(e.seq), (
                    Cell(clock_minutes(e.time_ns), date_text(e.time_ns)[:5]),
                    Cell(happened(store, e, now_ns),
                         " · ".join(t for t in (user_name(store, wire.text(e.data, "user")), said(e)) if t)),
                ))
                for e in events
            ]  # fmt: skip
            self.table.show_rows(rows, empty=translate("Orders", "Reading…") if store.live else "")
        self.pager.refresh()

    def _batch_row(self, order: Order, at: int) -> Row:
        store, batch = self.context.store, order.batches[at]
        known = batch_by_id(store, batch.id)
        state = (known.state if known is not None else batch.state).lower()
        packed = amount_text(store, batch.packs if order.eu == "packs" else batch.packed_kg, order.eu)
        size = translate("Orders", "of {size}").format(size=amount_text(store, batch.size_kg, "kg"))
        chip = Chip(word(BATCH_STATES, state), STYLES.get(state, "unknown"))
        return Row(
            batch.id, (Cell(f"{batch_name(store, batch.id)} ▸", size, bold=True), Cell(chip=chip), Cell(packed, role="value"))
        )

    def _show_deeds(self, order: Order) -> None:
        store, book = self.context.store, self.context.book
        reasons = {deed: against(store, order, deed) for deed in ROLES}
        busy = bool(book.unanswered(target=order.id))
        self.start.setEnabled(not reasons["batch"] and not book.unanswered("batch.create"))
        for key, made in self.deeds.items():
            made.setEnabled(not reasons[key] and not busy)
        names = {
            "batch": translate("Orders", "A batch"), "change": translate("Orders", "Changes"),
            "close": translate("Orders", "Closing"), "cancel": translate("Orders", "Cancellation"),
        }  # fmt: skip
        by_reason: dict[str, list[str]] = {}
        for deed, why in reasons.items():
            if why:
                by_reason.setdefault(why, []).append(names[deed])
        told: list[str] = []
        for why, of in by_reason.items():
            listed = ", ".join(of).capitalize()
            told.append(why[:1].upper() + why[1:] if len(of) == len(ROLES) else f"{listed}: {why}")
        self.why.setText("\n".join(told))
        self.why.setVisible(bool(told))

    # ---- history ----------------------------------------------------------------------------------------------------

    def _part(self, _: str) -> None:
        self.table.first_page()
        self.show_order(self.order)

    def _ask_course(self) -> None:
        context = self.context
        params = self.course.request(context.store, self.order.id if self.order else "", context.clock.monotonic_ns())
        if params is not None:
            context.port.fetch("/api/events", params, COURSE_REPLY)

    def _take_course(self, reply: Obj) -> None:
        self.course.take(reply)
        if self.isVisible():
            self.show_order(self.order)

    # ---- what it does -----------------------------------------------------------------------------------------------

    def read_notes(self) -> ReadDialog | None:
        """All that is written there."""
        if self.order is None:
            return None
        made = ReadDialog(self.context.look, self.title.text(), self.order.notes, self.window())
        made.open()
        return made

    def _open_batch(self, key: str) -> None:
        """A touch on a batch opens it."""
        if self.tabs.current == "batches":
            self.context.navigate("batch", key)

    def open_batch(self) -> NewBatchDialog | None:
        """A new batch, filled in from the order."""
        if self.order is None:
            return None
        made = NewBatchDialog(self.context, self.window(), order=self.order)
        made.open()
        return made

    def open_change(self) -> OrderDialog | None:
        """Another amount, time, shift, priority, notes."""
        if self.order is None:
            return None
        made = OrderDialog(self.context, self.order, self.window())
        made.open()
        return made

    def open_close(self) -> Question | None:
        """It is done with, whatever is still missing."""
        order = self.order
        if order is None:
            return None
        store = self.context.store
        title = translate("Orders", "Close order {number}").format(number=order.number)
        rest = amount_text(store, order.remaining, order.eu)
        text = translate("Orders", "All of it is packed.")
        if order.remaining > 0:
            text = translate("Orders", "{rest} are missing still. No more batches can be made for it then.").format(rest=rest)
        if any(not b.ended for b in order.batches):
            text += " " + translate("Orders", "Its batches on the line go on.")
        made = Question(
            self.context.look, title, text, title, lambda: self.context.command("order.close", order.id, {}), self.window()
        )
        made.open()
        return made

    def open_cancel(self) -> ReasonDialog | None:
        """Nothing was made for it, and nothing will be."""
        order = self.order
        if order is None:
            return None
        title = translate("Orders", "Cancel order {number}").format(number=order.number)
        text = f"{self.context.store.text(order.recipe_name)}, {amount_text(self.context.store, order.wanted, order.eu)}"
        made = ReasonDialog(
            self.context.look, self.context.store.language, title, text, title, [reason() for reason in CANCEL_REASONS],
            lambda why: self.context.command("order.cancel", order.id, {}, why), self.window(),
        )  # fmt: skip
        made.open()
        return made
