"""Production orders as records: their states as a table, what is ordered and packed, and how they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from line.messages import CommandKind, Json, JsonObject


class OrderStatus(StrEnum):
    """States of an order; the words stand in events and views."""

    PLANNED = "planned"
    RUNNING = "running"
    FILLED = "filled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_S = OrderStatus
ORDER_TABLE: Final[Mapping[OrderStatus, Mapping[str, OrderStatus]]] = MappingProxyType({
    _S.PLANNED: {
        "batch": _S.RUNNING, CommandKind.ORDER_CHANGE: _S.PLANNED, CommandKind.ORDER_CANCEL: _S.CANCELLED,
        CommandKind.ORDER_CLOSE: _S.CLOSED,
    },
    _S.RUNNING: {
        "batch": _S.RUNNING, "filled": _S.FILLED, CommandKind.ORDER_CHANGE: _S.RUNNING, CommandKind.ORDER_CLOSE: _S.CLOSED,
    },
    _S.FILLED: {
        "batch": _S.FILLED, "short": _S.RUNNING, CommandKind.ORDER_CHANGE: _S.FILLED, CommandKind.ORDER_CLOSE: _S.CLOSED,
    },
    _S.CLOSED: {},
    _S.CANCELLED: {},
})  # fmt: skip
"""State → command, or what happens (``batch``: one is created for it; ``filled``: as much is packed as was ordered; ``short``:
the order was raised above that) → next state. What was begun is not cancelled but closed. A missing key is refused."""

MEASURED: Final = frozenset({"filled", "short"})
"""What the counters do; everything else of the table is asked for by people."""

STATUS_RU: Final = {
    _S.PLANNED: "запланирован",
    _S.RUNNING: "в работе",
    _S.FILLED: "выполнен",
    _S.CLOSED: "закрыт",
    _S.CANCELLED: "отменён",
}
BATCH_ENDED: Final = frozenset({"complete", "stopped", "aborted"})


@dataclass(frozen=True)
class OrderBatch:
    """A batch made for an order: its state as the batch says it, and what of it is packed."""

    id: str
    size_kg: float
    state: str = "idle"
    packed_kg: float = 0.0
    packs: float = 0.0


@dataclass(frozen=True)
class Order:
    """What is to be made: ``kg`` or ``packs`` of ``recipe``. Times are UTC in ns; ``shift`` is a number, None for any."""

    id: str
    number: str
    recipe: str
    kg: float | None
    packs: int | None
    due_ns: int | None
    shift: int | None
    priority: int
    notes: str
    status: OrderStatus
    by: str
    created_ns: int
    ended_ns: int | None = None
    batches: tuple[OrderBatch, ...] = ()

    @property
    def packed_kg(self) -> float:
        """Of all its batches."""
        return sum(b.packed_kg for b in self.batches)

    @property
    def packed(self) -> float:
        """What is packed, in the measure of the order."""
        return self.packed_kg if self.packs is None else sum(b.packs for b in self.batches)

    @property
    def wanted(self) -> float:
        """What is ordered, kg or packs."""
        return float(self.packs) if self.packs is not None else self.kg or 0.0

    @property
    def remaining(self) -> float:
        """What is still to be packed, in its measure; 0 when there is more than enough."""
        return max(0.0, self.wanted - self.packed)


@dataclass(frozen=True)
class OrdersState:
    """``last`` is the highest number given. ``orders`` are in order of creation; ``counters`` the last Good (kg, packs); ``gone``
    are numbers of ended orders that are kept no more."""

    last: int = 0
    orders: tuple[Order, ...] = ()
    counters: tuple[float | None, float | None] = (None, None)
    batch: str = ""
    looked_ns: int = 0
    gone: tuple[str, ...] = ()


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _SavedBatch(_Model):
    id: str
    size_kg: float
    state: str
    packed_kg: float
    packs: float


class _SavedOrder(_Model):
    id: str
    number: str
    recipe: str
    kg: float | None
    packs: int | None
    due_ns: int | None
    shift: int | None
    priority: int
    notes: str
    status: OrderStatus
    by: str
    created_ns: int
    ended_ns: int | None
    batches: tuple[_SavedBatch, ...]


class _Saved(_Model):
    last: int
    orders: tuple[_SavedOrder, ...]
    counters: tuple[float | None, float | None]
    batch: str
    looked_ns: int
    gone: tuple[str, ...] = ()


def save(state: OrdersState) -> JsonObject:
    """Plain JSON."""
    orders: list[Json] = [
        {**_plain(o), "status": o.status.value, "batches": [dict(b.__dict__) for b in o.batches]} for o in state.orders
    ]
    return {"last": state.last, "orders": orders, "counters": list(state.counters), "batch": state.batch,
            "looked_ns": state.looked_ns, "gone": list(state.gone)}  # fmt: skip


def restore(saved: JsonObject) -> OrdersState:
    """Every order as it stood. Raises ValueError when ``saved`` is not what :func:`save` wrote."""
    data = _Saved.model_validate(saved)
    return OrdersState(data.last, tuple(_order(o) for o in data.orders), data.counters, data.batch, data.looked_ns, data.gone)


_PLAIN: Final = (
    "id", "number", "recipe", "kg", "packs", "due_ns", "shift", "priority", "notes", "by", "created_ns", "ended_ns",
)  # fmt: skip


def _plain(order: Order) -> dict[str, Json]:
    return {name: getattr(order, name) for name in _PLAIN}


def _order(saved: _SavedOrder) -> Order:
    values: dict[str, Any] = {name: getattr(saved, name) for name in _PLAIN}
    batches = tuple(OrderBatch(b.id, b.size_kg, b.state, b.packed_kg, b.packs) for b in saved.batches)
    return Order(**values, status=saved.status, batches=batches)
