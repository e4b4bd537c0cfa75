"""Production orders: what this shift has to make, how far each is, a batch for one, what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from PySide6.QtWidgets import QHBoxLayout

from hmi.context import PanelContext
from hmi.pages.base import Page, page_layout
from hmi.pages.listed import ListPane, beside
from hmi.pages.order_detail import OrderDetail
from hmi.pages.order_words import amount_text, due_text, due_words, state_chip
from hmi.rolenames import may, role_name
from hmi.texts import translate
from hmi.viewmodels.batches import name_within
from hmi.viewmodels.format import number_text
from hmi.viewmodels.orders import ENDED, Order, late, not_begun, of_shift, order_by_id, orders
from hmi.viewmodels.store import LineStore
from hmi.widgets.buttons import button
from hmi.widgets.dialogs import label
from hmi.widgets.orderdialog import OrderDialog
from hmi.widgets.rowtable import Cell, Column, Row

LISTS: Final = ("shift", "open", "ended")
TAKES: Final[Mapping[str, Callable[[LineStore, Order], bool]]] = {
    "shift": of_shift,
    "open": lambda store, o: not o.ended,
    "ended": lambda store, o: o.ended,
}
NOTHING: Final[Mapping[str, Callable[[], str]]] = {
    "shift": lambda: translate("Orders", "This shift has no orders."),
    "open": lambda: translate("Orders", "No order is open."),
    "ended": lambda: translate("Orders", "No order has ended yet."),
}
LEAD: Final = "shift_lead"
NAME_MAX: Final = 34


def pressing(store: LineStore, now_ns: int) -> int:
    """How many orders are late, or of this shift and not begun."""
    return len(late(store, now_ns)) + len(not_begun(store, now_ns))


class OrdersPage(Page):
    """The list on the left, one order on the right. Argument: the id of an order."""

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        px = context.look.px
        self.selected = ""
        layout = page_layout(self)
        head = QHBoxLayout()
        head.setSpacing(px(10))
        self.back = button("", lambda: context.navigate("batches", ""), role="compact")
        self.heading = label("", "heading")
        self.barred = label("", "label")
        self.new = button("", role="compact")
        self.new.clicked.connect(lambda *_: self.open_new())
        for widget in (self.back, self.heading):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self.barred)
        head.addWidget(self.new)
        layout.addLayout(head)
        self.list = ListPane(context, LISTS)
        self.lists, self.table, self.pager = self.list.lists, self.list.table, self.list.pager
        self.lists.chosen.connect(self._list_chosen)
        self.table.chosen.connect(self.choose)
        self.count = label("", "label")
        self.list.body.addWidget(self.count)
        self.detail = OrderDetail(context)
        layout.addLayout(beside(context, ((self.list, 724), (self.detail, 440))), 1)

    # ---- page -------------------------------------------------------------------------------------------------------

    def open_at(self, argument: str) -> None:
        order = order_by_id(self.context.store, argument) if argument else None
        if argument:
            self.selected = argument
        if order is not None and not TAKES[self.lists.current](self.context.store, order):
            self.lists.choose("ended" if order.status in ENDED else "open")
        self.refresh()
        if argument:
            self.table.show_key(argument)

    def take_over(self, before: Page) -> None:
        if isinstance(before, OrdersPage):
            self.selected = before.selected
            self.lists.choose(before.lists.current)
            self.detail.tabs.choose(before.detail.tabs.current)

    def settled(self) -> bool:
        return self.detail.settled()

    def retranslate(self) -> None:
        self.back.setText("◂ " + translate("Navigation", "Batches"))
        self.heading.setText(translate("Orders", "Production orders"))
        self.new.setText(translate("Orders", "New order…"))
        texts = {
            "shift": translate("Orders", "This shift"), "open": translate("Orders", "All open"),
            "ended": translate("Orders", "Ended"),
        }  # fmt: skip
        for key, text in texts.items():
            self.lists.set_text(key, text)
        self.detail.retranslate()

    def shown(self) -> list[Order]:
        """The orders of the list that is open, in the order of the line: by priority, then by what is due first."""
        takes, store = TAKES[self.lists.current], self.context.store
        return [o for o in orders(store) if takes(store, o)]

    def refresh(self) -> None:
        store, now_ns = self.context.store, self.context.now_ns()
        found = self.shown()
        if self.selected not in {o.id for o in found}:
            self.selected = found[0].id if found else ""
        self.table.show_columns(
            [
                Column(translate("Orders", "Order"), stretch=1.0), Column(translate("Orders", "State"), 118),
                Column(translate("Orders", "Packed"), 150), Column(translate("Orders", "Remaining"), 88, right=True),
                Column(translate("Orders", "Due"), 122), Column(translate("Orders", "Pr."), 42, right=True),
            ]
        )  # fmt: skip
        nothing = NOTHING[self.lists.current]() if store.live else ""
        self.table.show_rows([self._row(o, now_ns) for o in found], selected=self.selected, empty=nothing)
        self.pager.refresh()
        every = orders(store)
        wanting, behind = sum(o.wanting for o in every), len(late(store, now_ns))
        self.count.setText(translate("Orders", "to be made {n} · late {late}").format(n=wanting, late=behind))
        lead = may(store, LEAD)
        self.new.setEnabled(store.live and lead)
        self.barred.setText("" if lead else translate("Orders", "New: from {role} on").format(role=role_name(LEAD)))
        self.detail.show_order(order_by_id(store, self.selected))

    def _row(self, order: Order, now_ns: int) -> Row:
        store = self.context.store
        name = name_within(store.text(order.recipe_name), NAME_MAX)
        part, whole = number_text(order.packed, 0, store.language), amount_text(store, order.wanted, order.eu)
        packed = translate("Orders", "{part} of {whole}").format(part=part, whole=whole)
        due = due_words(order, now_ns)
        rest = amount_text(store, order.remaining, order.eu) if not order.ended else "—"
        return Row(order.id, (
            Cell(f"№\u00a0{order.number}", name, bold=order.wanting), Cell(chip=state_chip(order)),
            Cell(packed, share=order.share), Cell(rest, role="value", bold=order.wanting),
            Cell(due_text(order, now_ns), due, bold=due.startswith("▲")), Cell(str(order.priority), role="label"),
        ))  # fmt: skip

    # ---- what it does -----------------------------------------------------------------------------------------------

    def _list_chosen(self, key: str) -> None:
        self.table.first_page()
        self.refresh()

    def choose(self, key: str) -> None:
        """Show this order on the right."""
        self.selected = key
        self.refresh()

    def open_new(self) -> OrderDialog:
        """Write an order down."""
        made = OrderDialog(self.context, parent=self.window())
        made.open()
        return made
