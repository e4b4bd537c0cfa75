"""What is open at the end of a shift: the list that who leaves hands over, read from the views of the line.

It names what the next shift has to know of (HSE guidance on shift handover): batches in progress, holds, alarms, hidden alarms,
manual modes, calls, stops, requests, orders, lots; each with a text. The views say the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from line.jsontools import child, objects, whole
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
    """``[{kind, id, unit, text{ru,en}}]``, kind is batch, deviation, prompt, alarm, hidden_alarm, manual or call."""
    found = [row for source in _SOURCES for row in source(views)]
    if len(found) > MATTERS_MAX:
        more = len(found) - MATTERS_MAX + 1
        found = [*found[: MATTERS_MAX - 1], _row("more", "", "", f"и ещё {more}", f"and {more} more")]
    return list(found)


def _row(kind: str, id_: Json, unit: Json, ru: str, en: str) -> JsonObject:
    return {"kind": kind, "id": str(id_ or ""), "unit": str(unit or ""), "text": {"ru": ru, "en": en}}


def _said(value: Json, language: str) -> str:
    return str(value.get(language) or "") if isinstance(value, Mapping) else str(value or "")


def _batches(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for batch in objects(views.get("batches", {}).get("batches")):
        id_, unit, state = batch.get("id"), batch.get("unit"), str(batch.get("state"))
        if state not in _ENDED:
            why = batch.get("held_reason") or batch.get("waiting")
            ru, en = (f": {_said(why, k)}" if _said(why, k) else "" for k in ("ru", "en"))
            name_ru, name_en = (_said(batch.get("recipe_name"), k) for k in ("ru", "en"))
            phase = f", {batch.get('phase')}" if batch.get("phase") else ""
            yield _row("batch", id_, unit, f"Партия {id_} ({name_ru}) {_STATE_RU.get(state, state)}{phase}{ru}",
                       f"Batch {id_} ({name_en}) is {state}{phase}{en}")  # fmt: skip
        for prompt in objects(batch.get("prompts")):
            text = prompt.get("text")
            yield _row("prompt", id_, unit, f"Партия {id_} ждёт ответа: {_said(text, 'ru')}",
                       f"Batch {id_} waits for a reply: {_said(text, 'en')}")  # fmt: skip
        for deviation in objects(batch.get("deviations")):
            if deviation.get("kind") == "ccp" and deviation.get("disposition") is None:
                number, text = deviation.get("number"), deviation.get("text")
                yield _row("deviation", id_, deviation.get("unit"),
                           f"Партия {id_}: нет решения по отклонению {number}. {_said(text, 'ru')}",
                           f"Batch {id_}: deviation {number} has no disposition. {_said(text, 'en')}")  # fmt: skip


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
            yield _row("manual", unit, unit, f"{unit} в ручном режиме", f"{unit} is in manual mode")


def _calls(views: Mapping[str, JsonObject]) -> Iterator[JsonObject]:
    for call in objects(views.get("calls", {}).get("calls")):
        if call.get("state") != "closed":
            name, why = call.get("service_name"), call.get("reason")
            number = whole(call.get("number"))
            yield _row("call", call.get("id"), call.get("unit"), f"Вызов № {number}, {_said(name, 'ru')}: {_said(why, 'ru')}",
                       f"Call {number}, {_said(name, 'en')}: {_said(why, 'en')}")  # fmt: skip


_SOURCES: Final = (_batches, _alarms, _units, _calls)
