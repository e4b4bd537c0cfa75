"""Production orders as the panel shows them: what is wanted, packed and missing, what is late, what batch would meet the rest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.batches import ENDED as BATCH_ENDED
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

ENDED: Final = frozenset({"closed", "cancelled"})
SHIFT_NS: Final = 12 * 3600 * NS_PER_S
"""How long a shift is taken to last that has no planned end."""
YIELD: Final = (0.5, 1.5)
"""A yield outside is no measurement to plan with."""


@dataclass(frozen=True)
class OrderBatch:
    """A batch made for an order; masses in kg."""

    id: str
    size_kg: float
    state: str
    packed_kg: float
    packs: int

    @property
    def ended(self) -> bool:
        """Nothing more comes of it."""
        return self.state.lower() in BATCH_ENDED


@dataclass(frozen=True)
class Order:
    """One order. ``wanted``, ``packed`` and ``remaining`` are in ``eu`` (kg, packs); times are UTC in ns, 0 for none."""

    id: str
    number: str
    recipe: str
    recipe_name: Obj
    eu: str
    wanted: float
    packed: float
    remaining: float
    packed_kg: float
    due_ns: int
    shift: int
    priority: int
    notes: str
    status: str
    by: str
    created_ns: int
    ended_ns: int
    batches: tuple[OrderBatch, ...]
    allowed: tuple[str, ...]

    @property
    def ended(self) -> bool:
        """Closed or cancelled."""
        return self.status in ENDED

    @property
    def wanting(self) -> bool:
        """Something of it is still to be made."""
        return self.status in ("planned", "running")

    @property
    def share(self) -> float:
        """How much of it is packed, 0…1."""
        return min(1.0, self.packed / self.wanted) if self.wanted else 0.0

    def late_s(self, now_ns: int) -> float:
        """Seconds since it was due; 0 for what is filled, ended or in time."""
        return (now_ns - self.due_ns) / NS_PER_S if self.due_ns and self.wanting and now_ns > self.due_ns else 0.0


@dataclass(frozen=True)
class Proposal:
    """What would meet the rest of an order: ``count`` batches of ``size_kg`` each.

    ``rest_kg`` is what the batches under way leave open (0: they cover it), ``yield_pct`` what batches gave before, None where
    none has been packed.
    """

    size_kg: float
    count: int
    rest_kg: float
    yield_pct: float | None


def orders(store: LineStore) -> list[Order]:
    """Those that stand, most urgent first, then those that ended, newest first."""
    return list(store.parsed("orders", _read))


def order_by_id(store: LineStore, order_id: str) -> Order | None:
    """The order of that id, when the view has it."""
    return next((o for o in store.parsed("orders", _read) if o.id == order_id), None)


def order_of(store: LineStore, batch_id: str) -> Order | None:
    """The order that a batch is made for."""
    return next((o for o in store.parsed("orders", _read) if any(b.id == batch_id for b in o.batches)), None)


def of_shift(store: LineStore, order: Order) -> bool:
    """Whether it is this shift's to make: for its number or for any, and due before its end; what is late is everybody's."""
    shift = store.view("shift")
    planned = wire.obj(shift, "planned")
    begin_ns = wire.integer(planned, "start_ns") or wire.integer(shift, "started_ns")
    if order.ended:
        return bool(begin_ns) and order.ended_ns >= min(begin_ns, wire.integer(shift, "started_ns") or begin_ns)
    if order.due_ns and order.due_ns < begin_ns:
        return True
    end_ns = wire.integer(planned, "end_ns") or begin_ns + SHIFT_NS
    return order.shift in (0, wire.integer(shift, "number")) and order.due_ns <= end_ns


def late(store: LineStore, now_ns: int) -> list[Order]:
    """Orders that are late, the latest first."""
    return sorted((o for o in orders(store) if o.late_s(now_ns)), key=lambda o: o.due_ns)


def not_begun(store: LineStore, now_ns: int) -> list[Order]:
    """Orders of this shift that nobody has begun, not late yet, most urgent first; what has no shift or date waits."""
    if wire.text(store.view("shift"), "state") != "open":
        return []
    dated = (o for o in orders(store) if o.status == "planned" and (o.due_ns or o.shift))
    return [o for o in dated if of_shift(store, o) and not o.late_s(now_ns)]


def pack_kg(store: LineStore, recipe: str) -> float | None:
    """Mass of a pack of what a recipe makes; None where the line does not tell it."""
    products = wire.objects(store.line.materials, "products") if store.line is not None else []
    return next((m for p in products if wire.text(p, "recipe") == recipe and (m := wire.number(p, "pack_kg"))), None)


def measured_yield(store: LineStore, recipe: str) -> float | None:
    """Packed kg for each kg of batch, over the batches of all known orders of a recipe that were completed; None without one."""
    done = [
        b for o in orders(store) if o.recipe == recipe for b in o.batches if b.state.lower() == "complete" and b.packed_kg > 0
    ]
    size = sum(b.size_kg for b in done)
    found = sum(b.packed_kg for b in done) / size if size else 0.0
    return found if YIELD[0] <= found <= YIELD[1] else None


def proposal(store: LineStore, order: Order, lo_kg: float, hi_kg: float) -> Proposal | None:
    """Equal batches inside the sizes of the recipe that meet what is left; None where the mass of the rest is not known."""
    each = 1.0 if order.eu == "kg" else pack_kg(store, order.recipe)
    if each is None or hi_kg <= 0:
        return None
    found = measured_yield(store, order.recipe)
    gives = found or 1.0
    coming = sum(max(0.0, b.size_kg * gives - b.packed_kg) for b in order.batches if not b.ended)
    rest_kg = max(0.0, order.remaining * each - coming)
    needed_kg = rest_kg / gives
    count = math.ceil(needed_kg / hi_kg - 1e-9)
    size_kg = min(hi_kg, max(lo_kg, math.ceil(needed_kg / max(1, count) - 1e-9)))
    return Proposal(size_kg, count, rest_kg, None if found is None else 100.0 * found)


def _read(view: Obj, before: tuple[Order, ...] | None) -> tuple[Order, ...]:
    return tuple(_order(entry) for entry in wire.objects(view, "orders"))


def _order(entry: Obj) -> Order:
    kg, packs = wire.number(entry, "kg"), wire.number(entry, "packs")
    wanted = (packs if kg is None else kg) or 0.0
    batches = tuple(
        OrderBatch(
            wire.text(b, "id"), wire.number(b, "size_kg") or 0.0, wire.text(b, "state"), wire.number(b, "packed_kg") or 0.0,
            wire.integer(b, "packs"),
        )
        for b in wire.objects(entry, "batches")
    )  # fmt: skip
    return Order(
        wire.text(entry, "id"), wire.text(entry, "number"), wire.text(entry, "recipe"), wire.obj(entry, "recipe_name"),
        "packs" if kg is None else "kg", wanted, wire.number(entry, "packed") or 0.0, wire.number(entry, "remaining") or 0.0,
        wire.number(entry, "packed_kg") or 0.0, wire.integer(entry, "due_ns"), wire.integer(entry, "shift"),
        wire.integer(entry, "priority"), wire.text(entry, "notes"), wire.text(entry, "status"), wire.text(entry, "by"),
        wire.integer(entry, "created_ns"), wire.integer(entry, "ended_ns"), batches,
        tuple(w for w in wire.items(entry, "allowed") if isinstance(w, str)),
    )  # fmt: skip
