"""The log of a shift: what the journal says happened, in words, and what people wrote, in one order of time.

Worded here are batches that start, are held, end; lots that come, are loaded, held; alarms of priority 1 and 2; stops; setpoints
and modes that people changed; requests, orders, calls; the hand-over; lost links and restarts.
Everything else stays in the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from historian.record_recipe import Words, text_of
from historian.record_words import STATES
from line.jsontools import child, finite, objects, whole
from line.labels import batch_label, unit_label
from line.messages import Event, EventKind, Json, JsonObject

Entry: TypeAlias = dict[str, Json]
PRIORITY_MAX: Final = 2
"""Alarms up to this priority are entries; the rest is counted."""

NO_NAMES: Final[Mapping[str, Words]] = {}
_ANNUNCIATES: Final = frozenset({"alarm", "realarm", "resume_active"})
_BATCH_STATES: Final = frozenset({"running", "held", "paused", "complete", "stopped", "aborted"})


def shift_log(rows: Iterable[Event], later: Iterable[Event] = (), names: Mapping[str, Words] = NO_NAMES) -> list[Entry]:
    """``{time_ns, seq, kind, auto, unit, batch, user, category, entry, photo, text{}, corrections}``, ascending by number.

    ``later`` are events of the shift after its end: entries and corrections. A correction stands with the entry that it is of.
    ``names`` are those of materials and recipes by id.
    """
    found: list[Entry] = []
    entries: dict[str, Entry] = {}
    for event in (*rows, *later):
        if event.kind == EventKind.SHIFT and event.data.get("what") == "correction":
            corrected = entries.get(str(event.data.get("of")))
            if corrected is not None:
                corrected["corrections"] = [*objects(corrected["corrections"]), _correction(event)]
            continue
        words = worded(event, names)
        if words is None:
            continue
        row = _row(event, words)
        if row["entry"]:
            entries[str(row["entry"])] = row
        found.append(row)
    return found


def worded(event: Event, names: Mapping[str, Words] = NO_NAMES) -> Words | None:
    """What an event says in the log; None for what is no entry."""
    if event.kind == EventKind.BATCH:
        return _batch(event, names)
    if event.kind == EventKind.LOT:
        return _lot(event, names)
    say = _SAYINGS.get(event.kind)
    return say(event) if say is not None else None


def _named(id_: Json, names: Mapping[str, Words]) -> Words:
    """A material or recipe by its name, or by its id."""
    known = names.get(str(id_))
    return known if known is not None and known["ru"] else _both(str(id_), str(id_))


def _row(event: Event, words: Words) -> Entry:
    data = event.data
    manual = event.kind == EventKind.SHIFT and data.get("what") == "entry"
    return {
        "time_ns": event.time_ns, "seq": event.seq, "kind": event.kind, "auto": not manual, "unit": event.unit,
        "batch": event.batch, "user": str(data.get("user") or ""), "category": data.get("category") if manual else None,
        "entry": data.get("entry") if manual else None, "photo": data.get("photo") if manual else None, "text": dict(words),
        "corrections": [],
    }  # fmt: skip


def _correction(event: Event) -> Entry:
    return {"time_ns": event.time_ns, "seq": event.seq, **{k: event.data.get(k) for k in ("entry", "user", "text", "reason")}}


def _both(ru: str, en: str) -> Words:
    return {"ru": ru, "en": en}


def _kg(value: Json) -> tuple[str, str]:
    number = finite(value)
    text = "–" if number is None else f"{number:.3f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") + " кг", f"{text} kg"


def _because(value: Json) -> str:
    return f" ({value})" if value else ""


def _batch(event: Event, names: Mapping[str, Words]) -> Words | None:
    data, batch = event.data, batch_label(event.batch or event.source)
    match data.get("what"):
        case "created":
            name, (ru, en) = _named(data.get("recipe"), names), _kg(data.get("size_kg"))
            return _both(f"Партия {batch} создана: {name['ru']}, {ru}", f"Batch {batch} created: {name['en']}, {en}")
        case "state" if not data.get("node") and data.get("to") in _BATCH_STATES:
            ru, en = STATES[str(data["to"])]
            why = [text_of(r) for r in objects(data.get("reasons"))]
            because = {k: "; ".join(w[k] for w in why if w[k]) for k in ("ru", "en")}
            return _both(f"Партия {batch}: {ru}" + (f" — {because['ru']}" if because["ru"] else ""),
                         f"Batch {batch}: {en}" + (f" — {because['en']}" if because["en"] else ""))  # fmt: skip
        case "deviation" if data.get("kind") == "ccp" and data.get("back") is not True:
            text = text_of(data.get("text"))
            return _both(f"Партия {batch}, отклонение в ККТ № {data.get('number')}: {text['ru']}",
                         f"Batch {batch}, CCP deviation {data.get('number')}: {text['en']}")  # fmt: skip
        case "disposition":
            ru, en = _VERDICTS.get(str(data.get("verdict")), (str(data.get("verdict")),) * 2)
            return _both(f"Партия {batch}, отклонение № {data.get('deviation')}: {ru}{_because(data.get('reason'))}",
                         f"Batch {batch}, deviation {data.get('deviation')}: {en}{_because(data.get('reason'))}")  # fmt: skip
        case "lot":
            (ru, en), name = _kg(data.get("kg")), _named(data.get("material"), names)
            return _both(f"Партия {batch}: загружено {ru}, {name['ru']}, партия сырья {data.get('lot')}",
                         f"Batch {batch}: {en} of {name['en']} loaded, lot {data.get('lot')}")  # fmt: skip
        case "parameter":
            return _both(f"Партия {batch}: {data.get('parameter')} {_number(data.get('from'))} → {_number(data.get('to'))}"
                         f"{_because(data.get('reason'))}",
                         f"Batch {batch}: {data.get('parameter')} {_number(data.get('from'), 'en')} → "
                         f"{_number(data.get('to'), 'en')}{_because(data.get('reason'))}")  # fmt: skip
        case "mode":
            ru, en = _MODES.get(str(data.get("to")), (str(data.get("to")),) * 2)
            return _both(f"Партия {batch}: режим «{ru}»", f"Batch {batch}: {en} mode")
        case _:
            return None


def _number(value: Json, language: str = "ru") -> str:
    number = finite(value)
    text = str(value) if number is None else f"{number:g}"
    return text.replace(".", ",") if language == "ru" else text


def _lot(event: Event, names: Mapping[str, Words]) -> Words | None:
    data, lot = event.data, event.source
    ru, en = _kg(data.get("kg"))
    match data.get("what"):
        case "received":
            name = _named(data.get("material"), names)
            return _both(f"Принято сырьё: {name['ru']}, {ru}, партия {lot}", f"Received: {name['en']}, {en}, lot {lot}")
        case "hold":
            why = "; ".join(text_of(r)["ru"] for r in objects(data.get("reasons")))
            why_en = "; ".join(text_of(r)["en"] for r in objects(data.get("reasons")))
            return _both(f"Партия сырья {lot} задержана: {why}", f"Lot {lot} on hold: {why_en}")
        case "released":
            because = _because(data.get("reason"))
            return _both(f"Партия сырья {lot} разрешена{because}", f"Lot {lot} released{because}")
        case "blocked" | "discarded":
            because = _because(data.get("reason"))
            said = ("забракована", "blocked") if data["what"] == "blocked" else ("утилизирована", "discarded")
            return _both(f"Партия сырья {lot} {said[0]}, {ru}{because}", f"Lot {lot} {said[1]}, {en}{because}")
        case "consumed" if data.get("substitute") is True or data.get("fefo") is False:
            because, substitute = _because(data.get("reason")), data.get("substitute") is True
            batch = batch_label(event.batch)
            return _both(f"Партия {batch}: сырьё {lot} взято {'взамен' if substitute else 'не по сроку'}{because}",
                         f"Batch {batch}: lot {lot} taken {'as a substitute' if substitute else 'out of order'}"
                         f"{because}")  # fmt: skip
        case "adjusted" | "rework":
            said = ("остаток исправлен", "stock corrected") if data["what"] == "adjusted" else ("на переработку", "to rework")
            return _both(f"Партия сырья {lot}: {said[0]}, {ru}{_because(data.get('reason'))}",
                         f"Lot {lot}: {said[1]}, {en}{_because(data.get('reason'))}")  # fmt: skip
        case "dispatched":
            to = f"{data.get('customer')}, {data.get('document')}"
            return _both(f"Отгружена партия {lot}, {ru}: {to}", f"Lot {lot} dispatched, {en}: {to}")
        case "split" | "merged":
            split = data["what"] == "split"
            ru_said = f"от неё отделена партия {data.get('into')}" if split else f"вошла в партию {data.get('into')}"
            en_said = f"lot {data.get('into')} split off" if split else f"merged into lot {data.get('into')}"
            because = _because(data.get("reason"))
            return _both(f"Партия сырья {lot}: {ru_said}, {ru}{because}", f"Lot {lot}: {en_said}, {en}{because}")
        case _:
            return None


def annunciated(event: Event) -> bool:
    """Whether an alarm asks for attention anew (docs/kpi.md)."""
    data = event.data
    return (
        event.kind == EventKind.ALARM and data.get("to") == "unack_active" and data.get("from") != "unack_active"
        and data.get("event") in _ANNUNCIATES
    )  # fmt: skip


def _alarm(event: Event) -> Words | None:
    data, text = event.data, text_of(event.data.get("text"))
    if data.get("event") in ("shelve", "remove"):
        ru, en = {"shelve": ("отложена", "shelved"), "remove": ("выведена из работы", "taken out of service")}[str(data["event"])]
        because = _because(data.get("reason"))
        return _both(f"Тревога {ru}: {text['ru'] or event.source}{because}", f"Alarm {en}: {text['en'] or event.source}{because}")
    if not annunciated(event) or not 1 <= whole(data.get("priority")) <= PRIORITY_MAX:
        return None
    priority = data.get("priority")
    return _both(f"Тревога {priority}: {text['ru'] or event.source}", f"Alarm {priority}: {text['en'] or event.source}")


def _stop(event: Event) -> Words | None:
    data, unit = event.data, unit_label(event.unit)
    minutes = f"{(finite(data.get('duration_s')) or 0.0) / 60:.1f}"
    name = text_of(data.get("name"))
    match data.get("what"):
        case "ended" if data.get("minor") is not True:
            return _both(f"{unit}: простой {minutes.replace('.', ',')} мин", f"{unit}: a stop of {minutes} min")
        case "reason":
            more = f", {data['text']}" if data.get("text") else ""
            return _both(f"{unit}: причина простоя {minutes.replace('.', ',')} мин — {name['ru']}{more}",
                         f"{unit}: reason of a stop of {minutes} min: {name['en']}{more}")  # fmt: skip
        case _:
            return None


def _unit(event: Event) -> Words | None:
    if event.data.get("what") != "mode":
        return None
    ru, en = _MODES.get(str(event.data.get("to")), (str(event.data.get("to")),) * 2)
    label = unit_label(event.source)
    return _both(f"{label}: режим «{ru}»", f"{label}: {en} mode")


def _command(event: Event) -> Words | None:
    """Values that people wrote themselves; whether the device took them says the list of setpoints."""
    data = event.data
    if data.get("kind") != "tag.write" or data.get("status") != "received":
        return None
    value = child(data, "args").get("value")
    because = _because(data.get("reason"))
    return _both(
        f"{data.get('target')}: задано {_number(value)}{because}", f"{data.get('target')} set to {_number(value, 'en')}{because}"
    )


def _request(event: Event) -> Words | None:
    data, words = event.data, _REQUESTS.get(str(event.data.get("what")))
    if words is None:
        return None
    name, number = text_of(data.get("kind_name")), data.get("number")
    said = data.get("text") if data.get("what") == "comment" else data.get("request")
    return _both(f"Заявка № {number} ({name['ru']}) {words[0]}: {said}", f"Request {number} ({name['en']}) {words[1]}: {said}")


def _order(event: Event) -> Words | None:
    data, words = event.data, _ORDERS.get(str(event.data.get("what")))
    if words is None:
        return None
    number = data.get("number")
    return _both(f"Заказ {number} ({data.get('recipe')}) {words[0]}", f"Order {number} ({data.get('recipe')}) {words[1]}")


def _call(event: Event) -> Words | None:
    data, words = event.data, _CALLS.get(str(event.data.get("what")))
    if words is None:
        return None
    name, why = text_of(data.get("service_name")), text_of(data.get("reason"))
    number = data.get("number")
    return _both(
        f"Вызов № {number} ({name['ru']}) {words[0]}: {why['ru']}", f"Call {number} ({name['en']}) {words[1]}: {why['en']}"
    )


def _shift(event: Event) -> Words | None:
    data = event.data
    match data.get("what"):
        case "started":
            crew = text_of(data.get("crew_name") or data.get("crew"))
            ru, en = (" по правилу: её никто не открыл", " by rule: nobody started it") if _by_rule(data) else ("", "")
            return _both(
                f"Смена {data.get('number')} начата{ru}. {crew['ru']}".strip(),
                f"Shift {data.get('number')} started{en}. {crew['en']}".strip(),
            )
        case "ended":
            ru, en = (
                (" по правилу: её никто не закрыл", " by rule: nobody ended it") if data.get("ended_by") == "rule" else ("", "")
            )
            return _both(f"Смена {data.get('number')} закончена{ru}", f"Shift {data.get('number')} ended{en}")
        case "prepared":
            return _both("Передача смены подготовлена", "Hand-over prepared")
        case "withdrawn":
            return _both(
                f"Передача смены отозвана{_because(data.get('reason'))}", f"Hand-over withdrawn{_because(data.get('reason'))}"
            )
        case "signed":
            name = child(data, "signature").get("name")
            ru, en = {"outgoing": ("сдал", "handed over"), "incoming": ("принял", "taken over")}.get(
                str(data.get("part")), ("", "")
            )
            return _both(f"Смену {ru}: {name}", f"Shift {en} by {name}")
        case "entry":
            return _both(str(data.get("text")), str(data.get("text")))
        case _:
            return None


def _by_rule(data: JsonObject) -> bool:
    """Whether the calendar began it; the first shift of a line is begun by no rule and by nobody."""
    return data.get("started_by") == "rule" and data.get("planned") is not None


def _link(event: Event) -> Words | None:
    to, error = event.data.get("to"), text_of(event.data.get("error"))
    if to not in ("up", "down"):
        return None
    more = {k: f" ({error[k]})" if error[k] else "" for k in ("ru", "en")}
    return _both(f"Связь с {event.source} {'есть' if to == 'up' else 'потеряна'}{more['ru']}",
                 f"Link to {event.source} {'up' if to == 'up' else 'lost'}{more['en']}")  # fmt: skip


def _system(event: Event) -> Words | None:
    said = _SYSTEM.get(str(event.data.get("what")))
    return None if said is None else _both(*said)


_VERDICTS: Final[Mapping[str, tuple[str, str]]] = {
    "release": ("продукт выпущен", "product released"), "rework": ("продукт на переработку", "product to rework"),
    "destroy": ("продукт уничтожить", "product to be destroyed"),
}  # fmt: skip
_MODES: Final[Mapping[str, tuple[str, str]]] = {
    "auto": ("автоматический", "automatic"), "automatic": ("автоматический", "automatic"), "manual": ("ручной", "manual"),
    "semi": ("полуавтоматический", "semi-automatic"),
}  # fmt: skip
_REQUESTS: Final[Mapping[str, tuple[str, str]]] = {
    "created": ("создана", "created"), "taken": ("принята в работу", "taken"), "comment": ("дополнена", "commented"),
    "done": ("выполнена", "done"), "confirmed": ("закрыта", "confirmed"), "reopened": ("открыта снова", "reopened"),
    "cancelled": ("отменена", "cancelled"),
}  # fmt: skip
_ORDERS: Final[Mapping[str, tuple[str, str]]] = {
    "created": ("создан", "created"), "started": ("начат", "started"), "filled": ("выполнен", "filled"),
    "closed": ("закрыт", "closed"), "cancelled": ("отменён", "cancelled"),
}  # fmt: skip
_CALLS: Final[Mapping[str, tuple[str, str]]] = {
    "created": ("сделан", "made"), "accepted": ("принят", "accepted"), "on_site": ("на месте", "on site"),
    "closed": ("закрыт", "closed"),
}  # fmt: skip
_SYSTEM: Final[Mapping[str, tuple[str, str]]] = {
    "started": ("Система управления запущена", "The engine started"),
    "restored": ("Система управления перезапущена", "The engine restarted"),
    "stopped": ("Система управления остановлена", "The engine stopped"),
}  # fmt: skip
_SAYINGS: Final[Mapping[str, Callable[[Event], Words | None]]] = {
    EventKind.ALARM: _alarm, EventKind.STOP: _stop, EventKind.UNIT: _unit,
    EventKind.COMMAND: _command, EventKind.REQUEST: _request, EventKind.ORDER: _order, EventKind.CALL: _call,
    EventKind.SHIFT: _shift, EventKind.LINK: _link, EventKind.SYSTEM: _system,
}  # fmt: skip
