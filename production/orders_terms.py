"""What commands say of orders: the terms of one, and the rows of an import, which are all taken or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from line.commands import reason
from line.jsontools import finite, objects, whole
from line.messages import CommandKind, JsonObject
from production.orders_record import ORDER_TABLE, STATUS_RU, Order, OrdersState

STANDING_MAX: Final = 300
"""Orders that may stand at a time, and rows of an import."""
NOTES_LENGTH: Final = 500
NUMBER_LENGTH: Final = 40
REASONS_MAX: Final = 20
"""Faults of an import that are told; more are counted."""


@dataclass(frozen=True)
class Plan:
    """What an import does: terms of new orders by number, changes of standing ones; the rest is as it was."""

    made: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    changed: tuple[tuple[Order, Mapping[str, Any]], ...] = ()
    same: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


def terms_of(args: JsonObject) -> tuple[dict[str, Any], list[JsonObject]]:
    """What the command says of quantity, time and urgency, and what is wrong with it."""
    terms: dict[str, Any] = {}
    why: list[JsonObject] = []
    if (raw := args.get("kg")) is not None:
        terms["kg"] = kg = finite(raw)
        if kg is None or not 0.0 < kg <= 1_000_000.0:
            why.append(
                reason("Масса заказа: больше 0 и до 1 000 000 кг", "The mass of an order is above 0 and at most 1 000 000 kg")
            )
    wholes = (
        ("packs", 10_000_000, "Число упаковок"),
        ("due_ns", 2**63 - 1, "Срок"),
        ("shift", 99, "Смена"),
        ("priority", 9, "Срочность"),
    )
    for name, most, ru in wholes:
        if (raw := args.get(name)) is None:
            continue
        terms[name] = raw
        if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= most:
            why.append(reason(f"{ru}: целое число от 1 до {most}", f"{name}: a whole number from 1 to {most}"))
    if (raw := args.get("notes")) is not None:
        terms["notes"] = raw
        if not isinstance(raw, str) or len(raw) > NOTES_LENGTH:
            why.append(reason(f"Примечание: до {NOTES_LENGTH} знаков", f"Notes have at most {NOTES_LENGTH} characters"))
    return terms, why


def standing(state: OrdersState) -> list[Order]:
    """The orders that have not ended."""
    return [o for o in state.orders if ORDER_TABLE[o.status]]


def plan_of(state: OrdersState, args: JsonObject) -> tuple[Plan, list[JsonObject]]:
    """What ``order.import`` would do and everything against it. An order is known by its number: one that stands and says the
    same is left alone, one that says otherwise is changed, one that ended is not made again."""
    rows = objects(args.get("orders"))
    if not rows or len(rows) > STANDING_MAX:
        return Plan(), [reason(f"Заказов в загрузке: от 1 до {STANDING_MAX}", f"An import has 1 to {STANDING_MAX} orders")]
    known = {o.number: o for o in (*state.orders, *standing(state))}
    seen: set[str] = set()
    made: list[tuple[str, str, Mapping[str, Any]]] = []
    changed: list[tuple[Order, Mapping[str, Any]]] = []
    same: list[str] = []
    ended: list[str] = []
    why: list[JsonObject] = []
    for row in rows:
        number, recipe = str(row.get("number") or "").strip(), str(row.get("recipe") or "")
        terms, against = terms_of(row)
        order = known.get(number)
        against += _against(number, recipe, terms, order, number in seen)
        seen.add(number)
        why += [_in_row(row, r) for r in against]
        if order is None and number not in state.gone:
            made.append((number, recipe, terms))
        elif order is None or not ORDER_TABLE[order.status]:
            ended.append(number)
        elif _differs(order, terms):
            changed.append((order, terms))
        else:
            same.append(number)
    if len(standing(state)) + len(made) > STANDING_MAX:
        count = len(standing(state)) + len(made)
        ru, en = (
            f"Открытых заказов стало бы {count}, можно {STANDING_MAX}",
            f"{count} orders would be open, {STANDING_MAX} may be",
        )
        why.append(reason(ru, en))
    if len(why) > REASONS_MAX:
        more = len(why) - REASONS_MAX + 1
        why = [*why[: REASONS_MAX - 1], reason(f"и ещё {more}", f"and {more} more")]
    return Plan(tuple(made), tuple(changed), tuple(same), tuple(ended)), why


def _against(number: str, recipe: str, terms: Mapping[str, Any], order: Order | None, twice: bool) -> list[JsonObject]:
    found: list[JsonObject] = []
    if not number or len(number) > NUMBER_LENGTH:
        found.append(reason(f"номер заказа: от 1 до {NUMBER_LENGTH} знаков", f"the number has 1 to {NUMBER_LENGTH} characters"))
    if twice:
        found.append(reason(f"заказ {number} уже был выше", f"the order {number} stands above already"))
    if not recipe:
        found.append(reason("не указана рецептура", "the recipe is missing"))
    if (terms.get("kg") is None) == (terms.get("packs") is None):
        found.append(reason("укажите либо килограммы, либо упаковки", "say either kilograms or packs"))
    if order is None or not ORDER_TABLE[order.status]:
        return found
    if recipe and order.recipe != recipe:
        ru = f"заказ {number} уже есть и на {order.recipe}: отмените его или дайте новый номер"
        found.append(reason(ru, f"the order {number} is there and is for {order.recipe}: cancel it or give a new number"))
    if _differs(order, terms) and CommandKind.ORDER_CHANGE not in ORDER_TABLE[order.status]:
        found.append(reason(f"заказ {number} {STATUS_RU[order.status]}", f"the order {number} is {order.status.value}"))
    return found


def _in_row(row: JsonObject, why: JsonObject) -> JsonObject:
    line = whole(row.get("line"))
    return {"ru": f"Строка {line}: {why['ru']}", "en": f"Line {line}: {why['en']}"} if line else why


def _differs(order: Order, terms: Mapping[str, Any]) -> bool:
    """Whether the row says something else than the order does; what it leaves out stays as it is."""
    return any(getattr(order, name) != value for name, value in terms.items())


def answer(plan: Plan) -> dict[str, Any]:
    """What the command is answered with: numbers of orders."""
    numbers: Mapping[str, Sequence[str]] = {
        "created": [number for number, _, _ in plan.made], "changed": [o.number for o, _ in plan.changed],
        "unchanged": plan.same, "ended": plan.ended,
    }  # fmt: skip
    return {word: list(found) for word, found in numbers.items()}
