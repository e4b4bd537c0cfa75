"""Sections of a batch record about people and the line: commands, alarms, signatures, restarts and lost links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from historian.record_facts import Facts
from historian.record_recipe import text_of
from historian.record_sections import Entry, of
from line.jsontools import child, objects
from line.messages import Event, EventKind, Json, JsonObject
from line.quality import status_name

_VERDICTS: Final[Mapping[str, JsonObject]] = {
    "release": {"ru": "выпустить", "en": "release"},
    "rework": {"ru": "на переработку", "en": "rework"},
    "destroy": {"ru": "уничтожить", "en": "destroy"},
}
_RECIPE_SIGNED: Final[Mapping[str, JsonObject]] = {
    "approved": {"ru": "Утверждение рецепта", "en": "Approval of the recipe"},
    "approve": {"ru": "Утверждение рецепта", "en": "Approval of the recipe"},
    "imported": {"ru": "Утверждение рецепта (из папки линии)", "en": "Approval of the recipe (from the line folder)"},
    "obsolete": {"ru": "Вывод рецепта из действия", "en": "Withdrawal of the recipe"},
}  # fmt: skip
_SYSTEM: Final[Mapping[str, JsonObject]] = {
    "started": {"ru": "Система управления запущена", "en": "The engine started"},
    "restored": {"ru": "Система управления перезапущена", "en": "The engine restarted"},
    "stopped": {"ru": "Система управления остановлена", "en": "The engine stopped"},
}  # fmt: skip
_LINK_RU: Final = {"up": "есть", "down": "потеряна", "connecting": "устанавливается", "closed": "закрыта"}


def commands(facts: Facts) -> list[Entry]:
    """Every command with what became of it."""
    found: dict[str, Entry] = {}
    for event in facts.rows:
        if event.kind != EventKind.COMMAND:
            continue
        data = event.data
        entry = found.setdefault(str(data.get("id", "")), {
            "time_ns": event.time_ns, "seq": event.seq, "id": data.get("id"), "kind": data.get("kind"),
            "target": data.get("target"), "args": {}, "user": data.get("user"), "role": "", "station": data.get("station"),
            "reason": "", "status": "",
            "answered_ns": None, "reasons": [], "signature": None,
        })  # fmt: skip
        entry["status"] = data.get("status")
        if data.get("status") == "received":
            args = child(data, "args")
            signature = args.get("signature")
            entry["args"] = {k: v for k, v in args.items() if k != "signature"}
            entry["signature"] = signature if isinstance(signature, Mapping) else None
            entry["role"], entry["reason"] = data.get("role", ""), data.get("reason", "")
        else:
            entry["answered_ns"] = event.time_ns
            entry["reasons"] = objects(data.get("reasons")) or entry["reasons"]
    return list(found.values())


def alarms(facts: Facts) -> list[Entry]:
    """Each time an alarm of the batch's units came: raised, acknowledged, returned."""
    open_: dict[str, Entry] = {}
    found: list[Entry] = []
    for event in (*facts.standing, *facts.rows):
        if event.kind != EventKind.ALARM:
            continue
        data, entry, active = event.data, open_.get(event.source), event.data.get("active") is not False
        if entry is None or (active and entry["returned_ns"] is not None and data.get("event") == "alarm"):
            if not active and event not in facts.standing:
                continue
            entry = _alarm(event, before=event in facts.standing)
            open_[event.source] = entry
            found.append(entry)
        if data.get("event") == "ack" and entry["acked_ns"] is None:
            entry["acked_ns"], entry["acked_by"] = event.time_ns, data.get("user", "")
        if not active and entry["returned_ns"] is None:
            entry["returned_ns"] = event.time_ns
        if data.get("to") == "normal":
            open_.pop(event.source, None)
    return found


def _alarm(event: Event, *, before: bool) -> Entry:
    data = event.data
    return {
        "alarm": event.source, "unit": event.unit,
        **{k: data.get(k) for k in ("priority", "tag", "kind", "value", "limit", "eu")},
        "quality": _quality(data.get("quality")),
        "text": text_of(data.get("text")), "raised_ns": event.time_ns, "acked_ns": None, "acked_by": "", "returned_ns": None,
        "before": before,
    }  # fmt: skip


def _quality(code: Json) -> str:
    return status_name(code) if isinstance(code, int) and not isinstance(code, bool) else ""


def signatures(facts: Facts, history: Sequence[JsonObject]) -> list[Entry]:
    """All that was signed: approvals of the recipe, replies, dispositions, other commands."""
    found: list[Entry] = []
    for entry in history:
        signature = entry.get("signature")
        meaning = _RECIPE_SIGNED.get(str(entry.get("what")))
        if isinstance(signature, Mapping) and meaning is not None:
            found.append(_signature(signature, meaning, str(entry.get("what"))))
    for event in facts.own:
        signature = event.data.get("signature")
        if not isinstance(signature, Mapping):
            continue
        if event.data.get("what") == "disposition":
            verdict = _VERDICTS.get(str(event.data.get("verdict")), text_of(event.data.get("verdict")))
            number = event.data.get("deviation")
            meaning = {
                "ru": f"Решение по отклонению №{number}: {verdict.get('ru')}",
                "en": f"Disposition of deviation {number}: {verdict.get('en')}"
            }  # fmt: skip
            found.append(_signature(signature, meaning, f"deviation {number}"))
        elif event.data.get("what") == "reply":
            asked = text_of(
                next((e.data.get("text") for e in of(facts, "prompt") if e.data.get("prompt") == event.data.get("prompt")), None)
            )
            meaning = {"ru": f"Ответ: {asked['ru']}", "en": f"Reply: {asked['en']}"}
            found.append(_signature(signature, meaning, str(event.data.get("node", ""))))
    known = {(s["user"], s["time_ns"]) for s in found}
    for command in commands(facts):
        signature = command["signature"]
        if isinstance(signature, Mapping) and (signature.get("user"), signature.get("time_ns")) not in known:
            found.append(_signature(signature, text_of(command["kind"]), str(command["id"])))
    return found


def _signature(signature: JsonObject, meaning: JsonObject, on: str) -> Entry:
    return {**{k: signature.get(k) for k in ("time_ns", "user", "name", "role")}, "meaning": meaning, "on": on}


def line_events(facts: Facts) -> list[Entry]:
    """Restarts of the engine and lost links while the batch was on the line."""
    found: list[Entry] = []
    for event in facts.rows:
        data = event.data
        if event.kind == EventKind.SYSTEM:
            what = str(data.get("what"))
            text = _SYSTEM.get(what, text_of(what))
        elif event.kind == EventKind.LINK:
            what, error = str(data.get("to")), text_of(data.get("error"))
            text = {"ru": f"Связь с {event.source}: {_LINK_RU.get(what, what)}", "en": f"Link to {event.source}: {what}"}
            if error["ru"] or error["en"]:
                text = {"ru": f"{text['ru']} ({error['ru']})", "en": f"{text['en']} ({error['en']})"}
        else:
            continue
        found.append(
            {"time_ns": event.time_ns, "seq": event.seq, "kind": event.kind, "source": event.source, "what": what, "text": text}
        )
    return found
