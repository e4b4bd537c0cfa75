"""Words for production orders: states, amounts, when they are due and how late they are, what happened to them."""

from __future__ import annotations

from typing import Final

from hmi.pages.listed import Words, moment, span_text, word
from hmi.texts import translate
from hmi.viewmodels import wire
from hmi.viewmodels.batches import batch_by_id, batch_label
from hmi.viewmodels.eventlog import LogEvent
from hmi.viewmodels.format import decimals_for, with_eu
from hmi.viewmodels.orders import Order
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

STATES: Final[Words] = {
    "planned": lambda: translate("Orders", "planned"),
    "running": lambda: translate("Orders", "running"),
    "filled": lambda: translate("Orders", "filled"),
    "closed": lambda: translate("Orders", "closed"),
    "cancelled": lambda: translate("Orders", "cancelled"),
}
STYLES: Final = {"planned": "plain", "running": "run", "filled": "plain", "closed": "plain", "cancelled": "off"}
HAPPENED: Final[Words] = {
    "created": lambda: translate("Orders", "Created: {amount}"),
    "changed": lambda: translate("Orders", "Changed: {amount}, {due}"),
    "started": lambda: translate("Orders", "Begun with batch {batch}"),
    "filled": lambda: translate("Orders", "Filled: {packed} packed"),
    "closed": lambda: translate("Orders", "Closed: {packed} packed"),
    "cancelled": lambda: translate("Orders", "Cancelled"),
}


def state_chip(order: Order) -> Chip:
    """The state as a chip."""
    return Chip(word(STATES, order.status), STYLES.get(order.status, "unknown"))


def amount_text(store: LineStore, value: float, eu: str) -> str:
    """``320 kg`` or ``640 packs``, one decimal where the mass is no whole number."""
    rounded = round(value, 1)
    return with_eu(rounded, 0 if eu == "packs" else decimals_for(rounded), eu, store.language)


def due_text(order: Order, now_ns: int) -> str:
    """When it is due; a dash without a time."""
    return moment(order.due_ns, now_ns) if order.due_ns else "—"


def due_words(order: Order, now_ns: int) -> str:
    """How late it is, or how long until it is due; empty where nothing is wanted any more."""
    if not order.due_ns or not order.wanting:
        return ""
    late_s = order.late_s(now_ns)
    if late_s:
        return "▲ " + translate("Orders", "late by {time}").format(time=span_text(late_s))
    return translate("Orders", "in {time}").format(time=span_text((order.due_ns - now_ns) / NS_PER_S))


def batch_name(store: LineStore, batch_id: str) -> str:
    """``№1187`` of a batch that the view has, else its id."""
    known = batch_by_id(store, batch_id)
    return batch_label(known) if known is not None else f"№{batch_id.removeprefix('B')}" if batch_id else ""


def happened(store: LineStore, e: LogEvent, now_ns: int) -> str:
    """An event of kind ``order`` in a line."""
    what, data = wire.text(e.data, "what"), e.data
    if what not in HAPPENED:
        return what
    due_ns = wire.integer(data, "due_ns")
    due = translate("Orders", "due {time}").format(time=moment(due_ns, now_ns)) if due_ns else translate("Orders", "no due time")
    packed = amount_text(store, wire.number(data, "packed") or 0.0, _eu(data))
    amount = amount_text(store, _wanted(data), _eu(data))
    return HAPPENED[what]().format(amount=amount, packed=packed, due=due, batch=batch_name(store, e.batch))


def said(e: LogEvent) -> str:
    """Reason and note that came with it."""
    return "; ".join(t for t in (wire.text(e.data, "reason"), wire.text(e.data, "note")) if t)


def _eu(data: Obj) -> str:
    return "packs" if wire.number(data, "kg") is None else "kg"


def _wanted(data: Obj) -> float:
    return wire.number(data, "packs" if _eu(data) == "packs" else "kg") or 0.0
