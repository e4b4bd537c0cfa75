"""Production orders: what is to be made, which batches were made for it, how much of it is packed (docs/orders.md).

A batch created with an ``order`` belongs to it; ``ORDER_TABLE`` of :mod:`production.orders_record` is the life of an order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

from line.clock import NS_PER_S
from line.commands import reason
from line.counters import gained
from line.documents import Text
from line.image import Snapshot
from line.jsontools import child, finite
from line.messages import Command, CommandKind, CommandStatus, Event, EventKind, Json, JsonObject
from line.orders import ORDERS
from line.stage import Scan
from line.tags import TagTable
from production import orders_record
from production.orders_record import BATCH_ENDED, MEASURED, ORDER_TABLE, STATUS_RU, Order, OrderBatch, OrdersState, OrderStatus
from production.orders_terms import STANDING_MAX, answer, plan_of, standing, terms_of

PERIOD_NS: Final = 10 * NS_PER_S
"""How often packed goods move while nothing else happens."""

ENDED_SHOWN: Final = 50
"""Orders that are closed or cancelled and are still kept, the last ones."""

GONE_KEPT: Final = 1000
"""Numbers of older ones, so that an import does not make them again."""

BATCHES_MAX: Final = 200
"""Batches of one order."""


@dataclass(frozen=True)
class PackedGoods:
    """Where packed goods are counted: tags of the line's totals ('' none), and the unit that packs."""

    kg: str = ""
    packs: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Desk:
    """Implements :class:`line.orders.OrderDesk` for one scan."""

    orders: tuple[Order, ...]

    def against(self, order: str, recipe: str) -> list[Text]:
        """Unknown, ended, of another recipe, or with as many batches as an order may have."""
        found = next((o for o in self.orders if o.id == order), None)
        if found is None:
            return [Text(ru=f"Заказа {order[:80]} нет", en=f"There is no order {order[:80]}")]
        reasons: list[Text] = []
        if "batch" not in ORDER_TABLE[found.status]:
            ru, en = f"Заказ {found.number} {STATUS_RU[found.status]}", f"Order {found.number} is {found.status.value}"
            reasons.append(Text(ru=ru, en=en))
        if found.recipe != recipe:
            ru, en = f"Заказ {found.number} — на {found.recipe}", f"Order {found.number} is for {found.recipe}"
            reasons.append(Text(ru=ru, en=en))
        if len(found.batches) >= BATCHES_MAX:
            ru, en = (
                f"У заказа {found.number} уже {BATCHES_MAX} партий",
                f"Order {found.number} has {BATCHES_MAX} batches already",
            )
            reasons.append(Text(ru=ru, en=en))
        return reasons


class OrderStage:
    """Implements ``line.stage.Stage`` for :class:`OrdersState`; lends a :class:`Desk` to the batches."""

    name = ORDERS
    command_kinds = frozenset({
        str(CommandKind.ORDER_CREATE), str(CommandKind.ORDER_CHANGE), str(CommandKind.ORDER_CANCEL), str(CommandKind.ORDER_CLOSE),
        str(CommandKind.ORDER_IMPORT),
    })  # fmt: skip

    def __init__(self, goods: PackedGoods, tags: TagTable, recipes: Mapping[str, Text]) -> None:
        """``recipes`` are names for the view. Raises KeyError with the name of a tag that is not in ``tags``."""
        self._handles = tuple(tags.handle(t) if t else None for t in (goods.kg, goods.packs))
        self._unit = goods.unit
        self._recipes = recipes

    def initial(self) -> OrdersState:
        return OrdersState()

    def lend(self, state: OrdersState, scan: Scan) -> Desk:
        """The orders as they stand."""
        return Desk(state.orders)

    def step(self, state: OrdersState, scan: Scan) -> OrdersState:
        """What was packed, what became of batches, then the commands."""
        if not state.orders and not scan.commands:
            return state
        batch = child(scan.views.get("units", {}).get("units"), self._unit).get("batch") if self._unit else ""
        batch = batch if isinstance(batch, str) else ""
        heard = [e for e in scan.events if e.kind == EventKind.BATCH] if scan.events else []
        due = batch != state.batch or not 0 <= scan.now_ns - state.looked_ns < PERIOD_NS
        if not (due or heard or scan.commands):
            return state
        if due or any(e.data.get("to") in BATCH_ENDED for e in heard):
            state = self._packed(state, batch, scan)
        for event in heard:
            state = self._heard(state, event, scan)
        for command in scan.commands:
            match command.kind:
                case CommandKind.ORDER_CREATE:
                    state = self._create(state, command, scan)
                case CommandKind.ORDER_IMPORT:
                    state = self._import(state, command, scan)
                case _:
                    state = self._move(state, command, scan)
        return _forgotten(state) if scan.commands else state

    def _packed(self, state: OrdersState, batch: str, scan: Scan) -> OrdersState:
        """What the counters went up belongs to the batch that was at the packer until now."""
        kg, packs = (self._up(i, state, scan.image) for i in (0, 1))
        counters = (kg[0], packs[0])
        owner = state.batch or batch  # counters move a moment after the unit was taken, and before it is given back
        orders = state.orders
        if owner and (kg[1] or packs[1]):
            orders = tuple(_with_packed(o, owner, kg[1], packs[1]) for o in orders)
        if orders == state.orders and counters == state.counters and batch == state.batch:
            return replace(state, looked_ns=scan.now_ns)
        state = replace(state, orders=orders, counters=counters, batch=batch, looked_ns=scan.now_ns)
        for order in orders:
            state = self._weighed(state, order, scan)
        return state

    def _up(self, i: int, state: OrdersState, image: Snapshot) -> tuple[float | None, float]:
        handle, before = self._handles[i], state.counters[i]
        now = image.number(handle) if handle is not None else None
        if now is None or now != now:
            return before, 0.0
        return now, 0.0 if before is None else gained(before, now)

    def _weighed(self, state: OrdersState, order: Order, scan: Scan) -> OrdersState:
        """Filled once as much is packed as was ordered."""
        word = "short" if order.remaining > 0.0 else "filled"
        after = ORDER_TABLE[order.status].get(word)
        if after is None or not order.batches:
            return state
        moved = replace(order, status=after)
        self._say(scan, moved, "filled" if word == "filled" else "changed", order.status)
        return _with(state, moved)

    def _heard(self, state: OrdersState, event: Event, scan: Scan) -> OrdersState:
        what, batch = event.data.get("what"), event.source
        if what == "created":
            order = next((o for o in state.orders if o.id == event.data.get("order")), None)
            if order is None or (after := ORDER_TABLE[order.status].get("batch")) is None:
                return state
            made = OrderBatch(batch, finite(event.data.get("size_kg")) or 0.0)
            moved = replace(order, status=after, batches=(*order.batches, made))
            if order.status is not after:
                self._say(scan, moved, "started", order.status, batch=batch)
            return _with(state, moved)
        to = event.data.get("to")
        if what != "state" or event.data.get("node") or not isinstance(to, str):
            return state
        for order in state.orders:
            if any(b.id == batch and b.state != to for b in order.batches):
                batches = tuple(replace(b, state=to) if b.id == batch else b for b in order.batches)
                return _with(state, replace(order, batches=batches))
        return state

    def _create(self, state: OrdersState, command: Command, scan: Scan) -> OrdersState:
        terms, why = terms_of(command.args)
        recipe = command.args.get("recipe")
        stand = standing(state)
        number = command.args.get("number") or _free_number(state.last + 1, {o.number for o in stand})
        if not isinstance(recipe, str) or not recipe:
            why.append(reason("Не указана рецептура", "The recipe is missing"))
        if (terms.get("kg") is None) == (terms.get("packs") is None):
            why.append(reason("Укажите либо килограммы, либо упаковки", "Say either kilograms or packs"))
        if not isinstance(number, str) or not number.strip() or len(number) > 40:
            why.append(reason("Номер заказа: до 40 знаков", "The number of an order has at most 40 characters"))
        if any(o.number == str(number).strip() for o in stand):
            why.append(reason(f"Заказ с номером {number} уже есть", f"There is an order {number} already"))
        if len(stand) >= STANDING_MAX:
            why.append(reason(f"Открытых заказов уже {STANDING_MAX}", f"{STANDING_MAX} orders are open already"))
        if why:
            return _refused(state, command, scan, why)
        order = _made(state, str(number).strip(), str(recipe), terms, command, scan)
        scan.answer(command, CommandStatus.ACCEPTED, {"order": order.id, "number": order.number})
        self._say(scan, order, "created", None, command)
        return replace(state, last=state.last + 1, orders=(*state.orders, order))

    def _import(self, state: OrdersState, command: Command, scan: Scan) -> OrdersState:
        """All rows or none."""
        plan, why = plan_of(state, command.args)
        if why:
            return _refused(state, command, scan, why)
        scan.answer(command, CommandStatus.ACCEPTED, answer(plan))
        for number, recipe, terms in plan.made:
            order = _made(state, number, recipe, terms, command, scan)
            self._say(scan, order, "created", None, command)
            state = replace(state, last=state.last + 1, orders=(*state.orders, order))
        for order, terms in plan.changed:
            state = self._changed(state, order, terms, command, scan)
        return state

    def _changed(self, state: OrdersState, order: Order, terms: Mapping[str, Any], command: Command, scan: Scan) -> OrdersState:
        measure = {"kg": None, "packs": None} if "kg" in terms or "packs" in terms else {}
        moved = replace(order, status=ORDER_TABLE[order.status][CommandKind.ORDER_CHANGE], **{**measure, **terms})
        self._say(scan, moved, "changed", order.status, command)
        return self._weighed(_with(state, moved), moved, scan)

    def _move(self, state: OrdersState, command: Command, scan: Scan) -> OrdersState:
        order = next((o for o in state.orders if o.id == command.target), None)
        if order is None:
            said = reason(f"Заказа {command.target[:80]} нет", f"There is no order {command.target[:80]}")
            return _refused(state, command, scan, [said])
        after = ORDER_TABLE[order.status].get(command.kind)
        if after is None:
            said = reason(f"Заказ {order.number} {STATUS_RU[order.status]}", f"Order {order.number} is {order.status.value}")
            return _refused(state, command, scan, [said])
        if command.kind == CommandKind.ORDER_CHANGE:
            terms, why = terms_of(command.args)
            if not terms or (terms.get("kg") is not None and terms.get("packs") is not None):
                why.append(
                    reason("Укажите, что изменить: килограммы либо упаковки, срок …", "Say what to change: kilograms or packs …")
                )
            if why:
                return _refused(state, command, scan, why)
            scan.answer(command, CommandStatus.ACCEPTED, {"order": order.id})
            return self._changed(state, order, terms, command, scan)
        moved = replace(order, status=after, ended_ns=scan.now_ns)
        scan.answer(command, CommandStatus.ACCEPTED, {"order": order.id})
        self._say(scan, moved, _WHAT[command.kind], order.status, command)
        return self._weighed(_with(state, moved), moved, scan)

    def _say(
        self, scan: Scan, order: Order, what: str, before: OrderStatus | None, command: Command | None = None, batch: str = ""
    ) -> None:
        note = command.args.get("note", "") if command is not None else ""
        data: dict[str, Json] = {
            "what": what, "number": order.number, "recipe": order.recipe, "kg": order.kg, "packs": order.packs,
            "due_ns": order.due_ns, "shift": order.shift, "priority": order.priority, "notes": order.notes,
            "from": "" if before is None else before.value, "to": order.status.value, "packed_kg": round(order.packed_kg, 3),
            "packed": round(order.packed, 3), "remaining": round(order.remaining, 3), "batches": [b.id for b in order.batches],
            "user": command.user if command is not None else "", "station": command.station if command is not None else "",
            "reason": command.reason if command is not None else "", "note": note if isinstance(note, str) else "",
        }  # fmt: skip
        scan.event(EventKind.ORDER, order.id, data, batch=batch)

    def view(self, state: OrdersState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``orders``: those that stand, most urgent first, then those that ended, newest first."""
        stand = standing(state)
        stand.sort(key=lambda o: (o.priority, o.due_ns is None, o.due_ns or 0, o.created_ns))
        ended = sorted((o for o in state.orders if not ORDER_TABLE[o.status]), key=lambda o: -(o.ended_ns or 0))
        return {"orders": [self._row(o) for o in (*stand, *ended)], "open": len(stand)}

    def _row(self, order: Order) -> JsonObject:
        name = self._recipes.get(order.recipe, Text(ru=order.recipe, en=order.recipe))
        words = ["planned" if b.state == "idle" else "done" if b.state in BATCH_ENDED else "running" for b in order.batches]
        counts: dict[str, Json] = {word: words.count(word) for word in ("planned", "running", "done")}
        batches: list[Json] = [
            {"id": b.id, "size_kg": b.size_kg, "state": b.state, "packed_kg": round(b.packed_kg, 3), "packs": round(b.packs)}
            for b in order.batches
        ]
        return {
            "id": order.id, "number": order.number, "recipe": order.recipe, "recipe_name": name.to_json(), "kg": order.kg,
            "packs": order.packs, "due_ns": order.due_ns, "shift": order.shift, "priority": order.priority, "notes": order.notes,
            "status": order.status.value, "by": order.by, "created_ns": order.created_ns, "ended_ns": order.ended_ns,
            "allowed": _allowed(order), "batches": batches, "count": counts, "packed_kg": round(order.packed_kg, 3),
            "packed": round(order.packed, 3), "remaining": round(order.remaining, 3),
            "done_pct": round(100.0 * order.packed / order.wanted, 1) if order.wanted else None,
        }  # fmt: skip

    def save(self, state: OrdersState) -> JsonObject:
        return orders_record.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> OrdersState:
        """Every order as it stood. Raises ValueError when ``saved`` is not what :meth:`save` wrote."""
        return orders_record.restore(saved)


_WHAT: Final[Mapping[str, str]] = {
    CommandKind.ORDER_CANCEL: "cancelled", CommandKind.ORDER_CLOSE: "closed",
}  # fmt: skip


def _made(state: OrdersState, number: str, recipe: str, terms: Mapping[str, Any], command: Command, scan: Scan) -> Order:
    return Order(
        f"order-{state.last + 1}", number, recipe, terms.get("kg"), terms.get("packs"), terms.get("due_ns"), terms.get("shift"),
        terms.get("priority", 5), terms.get("notes", ""), OrderStatus.PLANNED, command.user, scan.now_ns,
    )  # fmt: skip


def _free_number(first: int, taken: Collection[str]) -> str:
    """The next number that no order has that stands: people give numbers of their own."""
    return next(n for i in count(first) if (n := str(i)) not in taken)


def _allowed(order: Order) -> list[Json]:
    """What people may ask for: ``batch``, ``cancel``, ``change``, ``close``."""
    words = {word.removeprefix("order.") for word in ORDER_TABLE[order.status]} - MEASURED
    return [*sorted(words - {"batch"} if len(order.batches) >= BATCHES_MAX else words)]


def _with(state: OrdersState, order: Order) -> OrdersState:
    return replace(state, orders=tuple(order if o.id == order.id else o for o in state.orders))


def _with_packed(order: Order, batch: str, kg: float, packs: float) -> Order:
    if not any(b.id == batch for b in order.batches):
        return order
    batches = (replace(b, packed_kg=b.packed_kg + kg, packs=b.packs + packs) if b.id == batch else b for b in order.batches)
    return replace(order, batches=tuple(batches))


def _refused(state: OrdersState, command: Command, scan: Scan, why: Sequence[JsonObject]) -> OrdersState:
    scan.answer(command, CommandStatus.REFUSED, {"reasons": list(why)})
    return state


def _forgotten(state: OrdersState) -> OrdersState:
    """Without the oldest of more than ENDED_SHOWN orders that ended; of those the numbers are kept, for imports."""
    ended = sorted((o for o in state.orders if not ORDER_TABLE[o.status]), key=lambda o: o.ended_ns or 0)
    gone = {o.id: o.number for o in ended[:-ENDED_SHOWN]}
    if not gone:
        return state
    numbers = (*state.gone, *gone.values())[-GONE_KEPT:]
    return replace(state, orders=tuple(o for o in state.orders if o.id not in gone), gone=numbers)
