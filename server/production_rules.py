"""Commands about stops, orders and requests held against the views; the engine judges again with what it knows at the scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from line.documents import Text
from line.jsontools import objects
from line.messages import CommandKind
from server.command_args import Args
from server.judge_kit import Subject, short, unknown
from server.production_args import (
    OrderChangeArgs,
    OrderCreateArgs,
    OrderImportArgs,
    RequestCreateArgs,
    RequestNoteArgs,
    RequestTextArgs,
    StopMergeArgs,
    StopReasonArgs,
    StopSplitArgs,
)
from server.roles import Role
from server.texts import text

ROLES: Final[Mapping[CommandKind, Role]] = {
    CommandKind.STOP_REASON: Role.OPERATOR,
    CommandKind.STOP_SPLIT: Role.OPERATOR,
    CommandKind.STOP_MERGE: Role.OPERATOR,
    CommandKind.ORDER_CREATE: Role.SHIFT_LEAD,
    CommandKind.ORDER_CHANGE: Role.SHIFT_LEAD,
    CommandKind.ORDER_CANCEL: Role.SHIFT_LEAD,
    CommandKind.ORDER_CLOSE: Role.SHIFT_LEAD,
    CommandKind.ORDER_IMPORT: Role.SHIFT_LEAD,
    CommandKind.REQUEST_CREATE: Role.OPERATOR,
    CommandKind.REQUEST_TAKE: Role.OPERATOR,
    CommandKind.REQUEST_COMMENT: Role.OPERATOR,
    CommandKind.REQUEST_DONE: Role.OPERATOR,
    CommandKind.REQUEST_CONFIRM: Role.OPERATOR,
    CommandKind.REQUEST_REOPEN: Role.OPERATOR,
    CommandKind.REQUEST_CANCEL: Role.OPERATOR,
}
"""The least role; closing somebody else's request asks for a shift lead, which the engine judges."""

REASON_NEEDED: Final = frozenset({CommandKind.ORDER_CANCEL})
"""Why an order is given up is part of the record."""


def _row(on: Subject, view: str, rows: str, target: str) -> bool:
    return any(r.get("id") == target for r in objects(on.views.get(view, {}).get(rows)))


def _stop(args: Args, on: Subject) -> list[Text]:
    return [] if _row(on, "stops", "stops", on.target) else [unknown("простоя", "stop", on.target)]


def _merge(args: StopMergeArgs, on: Subject) -> list[Text]:
    missing = [unknown("простоя", "stop", s) for s in dict.fromkeys(args.stops) if not _row(on, "stops", "stops", s)]
    return [*_stop(args, on), *missing[:10]]


def _order_create(args: OrderCreateArgs, on: Subject) -> list[Text]:
    reasons: list[Text] = []
    if on.target:
        reasons.append(text("Новый заказ создаётся без обозначения", "A new order is given no target"))
    if not _row(on, "recipes", "recipes", args.recipe):
        reasons.append(unknown("рецептуры", "recipe", args.recipe))
    if (args.kg is None) == (args.packs is None):
        reasons.append(text("Укажите либо килограммы, либо упаковки", "Say either kilograms or packs"))
    return reasons


def _order_import(args: OrderImportArgs, on: Subject) -> list[Text]:
    recipes = {str(r.get("id")) for r in objects(on.views.get("recipes", {}).get("recipes"))}
    seen: set[str] = set()
    reasons: list[Text] = []
    for i, row in enumerate(args.orders, 1):
        line = row.line or i
        if row.recipe not in recipes:
            listed = ", ".join(sorted(recipes))
            ru = f"Строка {line}, recipe: рецептуры {short(row.recipe)} нет, есть {listed}"
            reasons.append(text(ru, f"Line {line}, recipe: there is no recipe {short(row.recipe)}, there are {listed}"))
        if (row.kg is None) == (row.packs is None):
            ru = f"Строка {line}, kg и packs: укажите либо килограммы, либо упаковки"
            reasons.append(text(ru, f"Line {line}, kg and packs: say either kilograms or packs"))
        if row.number in seen:
            ru = f"Строка {line}, number: заказ {short(row.number)} уже есть выше"
            reasons.append(text(ru, f"Line {line}, number: the order {short(row.number)} stands above already"))
        seen.add(row.number)
    return reasons


def _order(args: Args, on: Subject) -> list[Text]:
    return [] if _row(on, "orders", "orders", on.target) else [unknown("заказа", "order", on.target)]


def _order_change(args: OrderChangeArgs, on: Subject) -> list[Text]:
    reasons = _order(args, on)
    if not args.model_fields_set:
        reasons.append(text("Не указано, что изменить", "Nothing to change was given"))
    if args.kg is not None and args.packs is not None:
        reasons.append(text("Укажите либо килограммы, либо упаковки", "Say either kilograms or packs"))
    return reasons


def _request_create(args: RequestCreateArgs, on: Subject) -> list[Text]:
    return [] if not on.target or on.target in on.line.phases else [unknown("узла", "unit", on.target)]


def _request(args: Args, on: Subject) -> list[Text]:
    return [] if _row(on, "requests", "requests", on.target) else [unknown("заявки", "request", on.target)]


Rule = Callable[[Any, Subject], list[Text]]

CHECKS: Final[Mapping[CommandKind, tuple[type[Args], Rule]]] = {
    CommandKind.STOP_REASON: (StopReasonArgs, _stop),
    CommandKind.STOP_SPLIT: (StopSplitArgs, _stop),
    CommandKind.STOP_MERGE: (StopMergeArgs, _merge),
    CommandKind.ORDER_CREATE: (OrderCreateArgs, _order_create),
    CommandKind.ORDER_CHANGE: (OrderChangeArgs, _order_change),
    CommandKind.ORDER_CANCEL: (RequestNoteArgs, _order),
    CommandKind.ORDER_CLOSE: (RequestNoteArgs, _order),
    CommandKind.ORDER_IMPORT: (OrderImportArgs, _order_import),
    CommandKind.REQUEST_CREATE: (RequestCreateArgs, _request_create),
    CommandKind.REQUEST_TAKE: (RequestNoteArgs, _request),
    CommandKind.REQUEST_COMMENT: (RequestTextArgs, _request),
    CommandKind.REQUEST_DONE: (RequestNoteArgs, _request),
    CommandKind.REQUEST_CONFIRM: (RequestNoteArgs, _request),
    CommandKind.REQUEST_REOPEN: (RequestNoteArgs, _request),
    CommandKind.REQUEST_CANCEL: (RequestNoteArgs, _request),
}
