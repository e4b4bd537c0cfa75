"""What a shift report says of the line: machines and their stops, alarms, modes, setpoints, and where samples are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from historian.record_recipe import Words, text_of
from historian.shift_log import annunciated
from historian.shift_report_facts import ShiftFacts
from line.clock import NS_PER_S
from line.jsontools import child, finite, objects, whole
from line.messages import Event, EventKind, Json, JsonObject

TOP_STOPS: Final = 10
RATE_NS: Final = 600 * NS_PER_S
"""The rate of alarms is counted per ten minutes (ISA-18.2-2016, 16.5)."""
_HIDDEN: Final[Mapping[str, tuple[str, str]]] = {
    "shelved": ("shelve", "shelved"), "suppressed": ("suppress", "suppressed"), "out_of_service": ("remove", "out_of_service"),
}  # fmt: skip


def oee(facts: ShiftFacts) -> Json:
    """The figures of the stage of stops, the revised ones where reasons were given later; None where no machine is watched."""
    told = [e for e in (*facts.rows, *facts.later) if e.kind == EventKind.OEE and e.source == facts.shift]
    return {k: v for k, v in told[-1].data.items() if k != "what"} if told else None


def stops(facts: ShiftFacts, figures: Json) -> JsonObject:
    """Long stops by what they took of this shift, the small ones counted, and how many nobody explained.

    ``figures`` are those of :func:`oee`: they know the names of reasons, and which stops wait for one.
    """
    reasons = {str(r.get("code")): text_of(r.get("name")) for r in _top(figures)}
    newest = {e.source: e for told in facts.open_stops for e in (told, *_parts(told)) if e.data.get("ended_ns") is None}
    named: dict[str, Event] = {}
    for event in (*facts.of(EventKind.STOP), *facts.reasons):
        known = newest.get(event.source)
        if known is not None or event.seq <= facts.end_seq:
            newest[event.source] = event
        if event.data.get("what") == "reason":
            named[event.source] = event
        for other in _absorbed(event):
            newest.pop(other, None)
            if other in named and event.source not in named:
                named[event.source] = named[other]  # the reason of the whole was given to this part
        for part in _parts(event):
            newest[part.source] = part
            if part.data.get("code") and part.data.get("code") != event.data.get("code"):
                named[part.source] = _given(part, event, reasons)
    rows: list[JsonObject] = []
    minor, minor_s = 0, 0.0
    for stop, event in newest.items():
        seconds = _seconds_in(event.data, facts)
        if seconds is None:
            continue
        if event.data.get("minor") is True:
            minor, minor_s = minor + 1, minor_s + seconds
            continue
        said, code = named.get(stop), str(event.data.get("code") or event.data.get("proposed") or "")
        rows.append({
            "id": stop, "unit": event.unit, "batch": event.batch, "begun_ns": event.data.get("begun_ns"),
            "ended_ns": event.data.get("ended_ns"), "s": round(seconds, 1), "kind": event.data.get("kind"),
            "code": code, "name": text_of(said.data.get("name")) if said is not None else reasons.get(code),
            "text": said.data.get("text") if said is not None else "", "user": said.data.get("user") if said is not None else "",
        })  # fmt: skip
    rows.sort(key=lambda r: (-(finite(r["s"]) or 0.0), str(r["id"])))
    top: list[Json] = list(rows[:TOP_STOPS])
    waiting = child(child({"of": figures}, "of"), "unqualified").get("count")
    return {
        "count": len(rows), "s": round(sum(finite(r["s"]) or 0.0 for r in rows), 1), "minor": minor, "minor_s": round(minor_s, 1),
        "unexplained": waiting if isinstance(waiting, int) else sum(not r["code"] for r in rows), "top": top,
    }  # fmt: skip


def _given(part: Event, split: Event, reasons: Mapping[str, Words]) -> Event:
    """The reason that a part of a stop was given with the split, as if it had been given by itself."""
    name = reasons.get(str(part.data.get("code")))
    return replace(part, data={"name": name, "text": "", "user": split.data.get("user", "")})


def _absorbed(event: Event) -> list[str]:
    """The stops that are none of their own any more since they were merged into this one."""
    of = event.data.get("of")
    return [s for s in of if isinstance(s, str) and s != event.source] if isinstance(of, list) else []


def _top(figures: Json) -> list[JsonObject]:
    return objects(figures.get("top")) if isinstance(figures, Mapping) else []


def _parts(event: Event) -> list[Event]:
    """What a stop was split into, each as an event of its own."""
    return [replace(event, source=str(part.get("stop")), data=part) for part in objects(event.data.get("into"))]


def _seconds_in(data: JsonObject, facts: ShiftFacts) -> float | None:
    """Known seconds of a stop that lie in this shift, without planned pauses as in the figures of OEE; of one that has not ended
    with the time up to the end of the shift. None for one that ended and has no part in it."""
    told = data.get("spans")
    spans = [s for s in told if isinstance(s, list) and len(s) > 4] if isinstance(told, list) else []
    own = [s for s in spans if s[2] == facts.shift]
    left_ns = 0
    if data.get("ended_ns") is None:
        known_ns = max((whole(s[1]) for s in spans), default=whole(data.get("begun_ns")))
        left_ns = max(0, facts.end_ns - max(known_ns, facts.started.time_ns))
    elif spans and not own:
        return None
    return (left_ns + sum(whole(s[1]) - whole(s[0]) for s in own if s[4] is not True)) / NS_PER_S


def alarms_of(facts: ShiftFacts) -> JsonObject:
    """How many came, by priority; what stood and what was hidden at the end; the figures of the shift (docs/kpi.md)."""
    came = [e for e in facts.of(EventKind.ALARM) if annunciated(e)]
    kpi = next(
        (e for e in reversed((*facts.rows, *facts.later)) if e.kind == EventKind.ALARM_KPI and e.source == facts.shift), None
    )
    lists: dict[str, list[Json]] = {"active": [], "shelved": [], "suppressed": [], "out_of_service": []}
    for event in facts.standing:
        to = str(event.data.get("to"))
        if to != "normal":
            lists[to if to in _HIDDEN else "active"].append(_standing(event, facts))
    hidden_by: list[Json] = [
        {"time_ns": e.time_ns, "alarm": e.source, "event": e.data.get("event"), "text": text_of(e.data.get("text")),
         **{k: e.data.get(k) for k in ("user", "reason", "work_order", "until_ns")}}
        for e in facts.of(EventKind.ALARM) if e.data.get("event") in ("shelve", "remove", "unshelve", "restore")
    ]  # fmt: skip
    return {
        "count": len(came),
        "by_priority": {str(p): sum(e.data.get("priority") == p for e in came) for p in (1, 2, 3, 4)},
        "acknowledged": sum(e.data.get("event") == "ack" for e in facts.of(EventKind.ALARM)),
        "floods": sum(e.data.get("what") == "started" for e in facts.of(EventKind.FLOOD)),
        **lists, "hidden": hidden_by,
        "kpi": {k: v for k, v in kpi.data.items() if k != "what"} if kpi is not None else None,
    }  # fmt: skip


def _standing(event: Event, facts: ShiftFacts) -> JsonObject:
    data = event.data
    to = str(data.get("to"))
    word = _HIDDEN[to][0] if to in _HIDDEN else "alarm"
    same = [e for e in facts.of(EventKind.ALARM) if e.source == event.source and e.data.get("event") == word]
    by = same[-1] if same else event
    return {
        "alarm": event.source, "unit": event.unit, "priority": data.get("priority"), "state": to, "active": data.get("active"),
        "text": text_of(data.get("text")), "since_ns": by.time_ns,
        **{k: by.data.get(k) or "" for k in ("user", "reason", "work_order")}, "until_ns": by.data.get("until_ns"),
    }  # fmt: skip


def modes(facts: ShiftFacts) -> JsonObject:
    """Units in manual mode at the end, every change of mode, steps that were skipped or begun by hand. The line knows no forces:
    a value that is written stands among the setpoints."""
    manual: list[Json] = [
        {"unit": e.source, "since_ns": e.time_ns, "user": e.data.get("user", "")}
        for e in facts.modes
        if e.data.get("to") == "manual"
    ]
    changes: list[Json] = [
        {"time_ns": e.time_ns, "of": e.source, **{k: e.data.get(k, "") for k in ("from", "to", "user")}}
        for e in facts.rows if e.kind in (EventKind.UNIT, EventKind.BATCH) and e.data.get("what") == "mode"
    ]  # fmt: skip
    by_hand: list[Json] = [
        {"time_ns": c["time_ns"], "batch": c["target"], "user": c["user"], "reason": c["reason"], "status": c["status"],
         **{k: child(c, "args").get(k) for k in ("node", "action")}}
        for c in commands(facts) if c["kind"] == "batch.step" and child(c, "args").get("action") in ("skip", "start")
    ]  # fmt: skip
    return {"manual": manual, "changes": changes, "by_hand": by_hand}


def setpoints(facts: ShiftFacts) -> JsonObject:
    """What people changed: parameters of batches with old and new value, and values that they wrote."""
    parameters: list[Json] = [
        {
            "time_ns": e.time_ns,
            "batch": e.batch,
            **{k: e.data.get(k, "") for k in ("parameter", "from", "to", "eu", "user", "reason")},
        }
        for e in facts.of(EventKind.BATCH, "parameter")
    ]
    written: list[Json] = [
        {"time_ns": c["time_ns"], "tag": c["target"], "value": child(c, "args").get("value"), "user": c["user"],
         "reason": c["reason"], "status": c["status"]}
        for c in commands(facts) if c["kind"] == "tag.write"
    ]  # fmt: skip
    return {"parameters": parameters, "written": written}


def commands(facts: ShiftFacts) -> list[dict[str, Json]]:
    """Commands given in the shift, with what became of them in it."""
    found: dict[str, dict[str, Json]] = {}
    for event in facts.of(EventKind.COMMAND):
        data, id_ = event.data, str(event.data.get("id"))
        if data.get("status") == "received":
            found[id_] = {
                "time_ns": event.time_ns,
                "args": {},
                **{k: data.get(k, "") for k in ("kind", "target", "user", "reason", "args")},
            }
        if id_ in found:
            found[id_]["status"] = data.get("status")
    return list(found.values())


def gaps(facts: ShiftFacts, newest_sample_ns: Callable[[int, int], int | None]) -> list[Json]:
    """Stretches without samples and why: a link that was lost, the engine that stood, scans that were missed.

    The engine has stood since its last event, or its last sample where that is later: ``newest_sample_ns`` gives the newest
    between two times.
    """
    found: list[dict[str, Json]] = []
    lost: dict[str, Event] = {}
    before_ns = facts.started.time_ns
    for event in facts.rows:
        what, to = event.data.get("what"), event.data.get("to")
        if event.kind == EventKind.LINK and to == "down":
            lost.setdefault(event.source, event)
        elif event.kind == EventKind.LINK and to == "up" and event.source in lost:
            found.append(_lost(lost.pop(event.source), event.time_ns))
        elif event.kind == EventKind.SYSTEM and what in ("restored", "started") and event.time_ns > before_ns:
            from_ns = newest_sample_ns(before_ns, event.time_ns) or before_ns
            found.append({"cause": "engine", "device": "", "from_ns": from_ns, "to_ns": event.time_ns,
                          "s": round((event.time_ns - from_ns) / NS_PER_S, 1), "missed": None, "text": _ENGINE})  # fmt: skip
        elif event.kind == EventKind.SYSTEM and what == "overrun":
            found.append({"cause": "overrun", "device": "", "from_ns": event.time_ns, "to_ns": event.time_ns, "s": None,
                          "missed": event.data.get("missed"), "text": _OVERRUN})  # fmt: skip
        before_ns = event.time_ns
    found += [_lost(event, None) for event in lost.values()]
    found.sort(key=_from_ns)
    return list(found)


def _from_ns(gap: JsonObject) -> int:
    return whole(gap["from_ns"])


_ENGINE: Final = {"ru": "Система управления не работала", "en": "The engine did not run"}
_OVERRUN: Final = {"ru": "Пропущены циклы", "en": "Scans were missed"}


def _lost(event: Event, to_ns: int | None) -> dict[str, Json]:
    error = text_of(event.data.get("error"))
    text = {"ru": f"Нет связи с {event.source}" + (f": {error['ru']}" if error["ru"] else ""),
            "en": f"No link to {event.source}" + (f": {error['en']}" if error["en"] else "")}  # fmt: skip
    seconds = None if to_ns is None else round((to_ns - event.time_ns) / NS_PER_S, 1)
    return {"cause": "link", "device": event.source, "from_ns": event.time_ns, "to_ns": to_ns, "s": seconds, "missed": None,
            "text": text}  # fmt: skip


def verdict_tags(facts: ShiftFacts) -> dict[str, dict[str, Json]]:
    """Tags that batches were judged by in the shift: tag → unit, eu, limits of the newest judgement."""
    found: dict[str, dict[str, Json]] = {}
    for event in facts.of(EventKind.BATCH, "verdict", "deviation"):
        tag = event.data.get("tag")
        if isinstance(tag, str):
            found[tag] = {"unit": event.unit, **{k: event.data.get(k) for k in ("eu", "lo", "hi")}}
    return found
