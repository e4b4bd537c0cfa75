"""What is open at the end of a shift: the list that who leaves hands over, read from the views of the line.

It names what the next shift has to know of (HSE guidance on shift handover): batches in progress, holds, alarms, hidden alarms,
manual modes, calls, stops, requests, orders, lots; each with a text. The views say the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from line.jsontools import child, finite, objects, whole
from line.labels import batch_label, unit_label
from line.messages import Json, JsonObject

MATTERS_MAX: Final = 200
"""Longer lists are cut; the last row says so."""

_ENDED: Final = frozenset({"complete", "stopped", "aborted"})
_STATE_RU: Final[Mapping[str, str]] = {
    "idle": "не начата", "running": "идёт", "pausing": "приостанавливается", "paused": "приостановлена",
    "holding": "задерживается", "held": "задержана", "restarting": "возобновляется", "stopping": "останавливается",
    "aborting": "прерывается",
}  # fmt: skip
_HIDDEN: Final[Mapping[str, tuple[str, str]]] = {
    "shelved": ("отложена", "shelved"), "suppressed": ("подавлена", "suppressed"),
    "out_of_service": ("выведена из работы", "out of service"),
}  # fmt: skip


def open_matters(views: Mapping[str, JsonObject]) -> list[Json]:
    """``[{kind, id, of, unit, text{ru,en}, now{ru,en}}]``, kind is batch, deviation, prompt, alarm, hidden_alarm, manual, call,
    stop, request, order, lot, or more.

    ``id`` is what a page can be opened for: the batch of a prompt or deviation, whose own id or number is ``of``; a unit, alarm,
    call, stop, request, order or lot. ``now`` is what runs on while somebody reads and is no part of what is signed."""
    found = [row for source in _SOURCES for row in source(views)]
    if len(found) > MATTERS_MAX:
        more = len(found) - MATTERS_MAX + 1
        found = [*found[: MATTERS_MAX - 1], _row("more", "", "", f"и ещё {more}", f"and {more} more")]
    return list(found)


def _row(kind: str, id_: Json, unit: Json, ru: str, en: str, *, of: Json = "", now: tuple[str, str] = ("", "")) -> JsonObject:
    return {"kind": kind, "id": str(id_ or ""), "of": str(of or ""), "unit": str(unit or ""), "text": {"ru": ru, "en": en},
            "now": {"ru": now[0], "en": now[1]}}  # fmt: skip


def _said(value: Json, language: str) -> str:
    return str(value.get(language) or "") if isinstance(value, Mapping) else str(value or "")


def _batches(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for batch in objects(views.get("batches", {}).get("batches")):
        id_, unit, state = batch.get("id"), batch.get("unit"), str(batch.get("state"))
        label = batch_label(str(id_ or ""))
        if state not in _ENDED:
            why = batch.get("held_reason") or batch.get("waiting")
            ru, en = (f": {_said(why, k)}" if _said(why, k) else "" for k in ("ru", "en"))
            name_ru, name_en = (_said(batch.get("recipe_name"), k) for k in ("ru", "en"))
            at_ru, at_en = (f", {at}" if (at := _where(batch, k)) else "" for k in ("ru", "en"))
            yield _row("batch", id_, unit, f"Партия {label} ({name_ru}) {_STATE_RU.get(state, state)}{at_ru}{ru}",
                       f"Batch {label} ({name_en}) is {state}{at_en}{en}")  # fmt: skip
        for prompt in objects(batch.get("prompts")):
            text = prompt.get("text")
            yield _row("prompt", id_, unit, f"Партия {label} ждёт ответа: {_said(text, 'ru')}",
                       f"Batch {label} waits for a reply: {_said(text, 'en')}", of=prompt.get("id"))  # fmt: skip
        for deviation in objects(batch.get("deviations")):
            if deviation.get("kind") == "ccp" and deviation.get("disposition") is None:
                number, text = deviation.get("number"), deviation.get("text")
                yield _row("deviation", id_, deviation.get("unit"),
                           f"Партия {label}: нет решения по отклонению {number}. {_said(text, 'ru')}",
                           f"Batch {label}: deviation {number} has no disposition. {_said(text, 'en')}", of=number)  # fmt: skip


def _where(batch: Mapping[str, Json], language: str) -> str:
    """Where a batch is: the names of the phases that are active, as its recipe has them; ids are nobody's words."""
    names = {n.get("id"): n.get("name") for n in objects(batch.get("nodes"))}
    found = [_said(names.get(a.get("node")), language) for a in objects(batch.get("active")) if a.get("phase")]
    return ", ".join(dict.fromkeys(name for name in found if name))


def _kg(kg: float) -> tuple[str, str]:
    """Kilograms in both languages, as a scale shows them."""
    said = f"{kg:.1f}".removesuffix(".0")
    return said.replace(".", ","), said


def _alarms(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    view = views.get("alarms", {})
    for alarm in objects(view.get("active")):
        text, priority = alarm.get("text"), alarm.get("priority")
        yield _row("alarm", alarm.get("id"), alarm.get("unit"), f"Тревога {priority}: {_said(text, 'ru')}",
                   f"Alarm {priority}: {_said(text, 'en')}")  # fmt: skip
    for key, (ru, en) in _HIDDEN.items():
        for alarm in objects(view.get(key)):
            text, why = alarm.get("text"), str(alarm.get("reason") or "")
            by = f" ({alarm.get('by')}{': ' + why if why else ''})" if alarm.get("by") else ""
            yield _row("hidden_alarm", alarm.get("id"), alarm.get("unit"), f"Тревога {ru}{by}: {_said(text, 'ru')}",
                       f"Alarm {en}{by}: {_said(text, 'en')}")  # fmt: skip


def _units(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for unit, state in child(views.get("units"), "units").items():
        if isinstance(state, Mapping) and state.get("mode") == "manual":
            yield _row("manual", unit, unit, f"{unit_label(unit)} в ручном режиме", f"{unit_label(unit)} is in manual mode")


def _calls(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for call in objects(views.get("calls", {}).get("calls")):
        if call.get("state") != "closed":
            name, why = call.get("service_name"), call.get("reason")
            number = whole(call.get("number"))
            yield _row("call", call.get("id"), call.get("unit"), f"Вызов № {number}, {_said(name, 'ru')}: {_said(why, 'ru')}",
                       f"Call {number}, {_said(name, 'en')}: {_said(why, 'en')}")  # fmt: skip


def _stops(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for stop in objects(views.get("stops", {}).get("stops")):
        if stop.get("unqualified") is True:
            minutes = (finite(stop.get("duration_s")) or 0.0) / 60
            unit, label = stop.get("unit"), unit_label(str(stop.get("unit")))
            yield _row("stop", stop.get("id"), unit, f"{label}: простой без причины", f"{label}: a stop has no reason",
                       now=(f"{minutes:.0f} мин", f"{minutes:.0f} min"))  # fmt: skip


def _orders(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for order in objects(views.get("orders", {}).get("orders")):
        if order.get("status") in ("planned", "running"):
            number, name, done = order.get("number"), order.get("recipe_name"), finite(order.get("done_pct")) or 0.0
            yield _row("order", order.get("id"), "", f"Заказ {number} ({_said(name, 'ru')}) не выполнен",
                       f"Order {number} ({_said(name, 'en')}) is not filled",
                       now=(f"выполнено {done:.0f} %", f"{done:.0f} % done"))  # fmt: skip


def _requests(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for request in objects(views.get("requests", {}).get("requests")):
        if request.get("status") not in ("confirmed", "cancelled"):
            number, name, text = whole(request.get("number")), request.get("kind_name"), request.get("text")
            yield _row("request", request.get("id"), request.get("unit"), f"Заявка № {number}, {_said(name, 'ru')}: {text}",
                       f"Request {number}, {_said(name, 'en')}: {text}")  # fmt: skip


def _lots(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for lot in objects(views.get("materials", {}).get("lots")):
        if lot.get("status") in _HELD_LOTS:
            id_, name, (ru, en) = lot.get("id"), lot.get("name"), _kg(finite(lot.get("left_kg")) or 0.0)
            status = _HELD_LOTS[str(lot.get("status"))]
            yield _row("lot", id_, "", f"Партия сырья {id_} ({_said(name, 'ru')}), {ru} кг: {status[0]}",
                       f"Lot {id_} ({_said(name, 'en')}), {en} kg: {status[1]}")  # fmt: skip


_HELD_LOTS: Final[Mapping[str, tuple[str, str]]] = {
    "on_hold": ("задержана", "on hold"), "quarantine": ("на карантине", "in quarantine"), "blocked": ("забракована", "blocked"),
}  # fmt: skip
_SOURCES: Final = (_batches, _alarms, _units, _calls, _stops, _requests, _orders, _lots)


def in_progress(views: Mapping[str, JsonObject]) -> list[Json]:
    """Batches that are not done and where they are: ``{batch, state, active: [{node, unit, phase, phase_state, left_s}]}``."""
    found: list[Json] = []
    for batch in objects(views.get("batches", {}).get("batches")):
        if batch.get("state") in _ENDED:
            continue
        active: list[Json] = [
            {k: a.get(k) for k in ("node", "unit", "phase", "phase_state", "left_s")} for a in objects(batch.get("active"))
        ]
        found.append({"batch": batch.get("id"), "state": batch.get("state"), "active": active})
    return found


def stock(views: Mapping[str, JsonObject]) -> list[Json] | None:
    """What lies in store by material: ``[{material, name{}, lots, kg, held_kg}]``; None for a line that keeps no stock, or more
    lots than its view shows."""
    view = views.get("materials")
    if view is None or whole(view.get("more_lots")):
        return None
    rows: dict[str, dict[str, Json]] = {}
    for lot in objects(view.get("lots")):
        material, kg = str(lot.get("material")), finite(lot.get("left_kg")) or 0.0
        row = rows.setdefault(material, {"material": material, "name": lot.get("name"), "lots": 0, "kg": 0.0, "held_kg": 0.0})
        row["lots"] = whole(row["lots"]) + 1
        row["kg"] = round((finite(row["kg"]) or 0.0) + kg, 3)
        if lot.get("status") in _HELD_LOTS:
            row["held_kg"] = round((finite(row["held_kg"]) or 0.0) + kg, 3)
    return [rows[m] for m in sorted(rows)]
