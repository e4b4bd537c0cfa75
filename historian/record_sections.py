"""The sections of a batch record, each from the facts and the words of the recipe: plain JSON, in the journal's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from historian.record_facts import Facts
from historian.record_recipe import RecipeWords, text_of
from line.clock import NS_PER_S
from line.jsontools import child, finite, objects
from line.messages import Event, Json, JsonObject

Entry = dict[str, Json]

_FLOW: Final = ("transition", "timer", "choice", "loop", "mode", "product")
_PHASE_ENDS: Final = ("complete", "skipped")


@dataclass(frozen=True)
class Run:
    """One execution of a phase: its events, and the parameters of the batch when it began."""

    node: str
    number: int
    first: Event
    last: Event | None
    from_seq: int
    to_seq: int
    from_ns: int
    to_ns: int
    values: Mapping[str, Json]

    @property
    def unit(self) -> str:
        """The unit it ran in."""
        return self.first.unit


def created(facts: Facts) -> JsonObject:
    """What the batch was created with; empty when that event is not in the journal."""
    return next((e.data for e in facts.own if e.data.get("what") == "created"), {})


def of(facts: Facts, what: str) -> list[Event]:
    """The batch's own events of one kind."""
    return [e for e in facts.own if e.data.get("what") == what]


def node_of(data: JsonObject, words: RecipeWords) -> str:
    """Id of the node that an event is about; older events name role, operation and phase instead."""
    node = data.get("node")
    if isinstance(node, str):
        return node
    if not data.get("phase"):
        return ""
    return words.phase_node(str(data.get("role", "")), str(data.get("operation", "")), str(data.get("phase", "")))


def runs(facts: Facts, words: RecipeWords) -> list[Run]:
    """Every execution of a phase, in the order of their beginnings."""
    opened: dict[str, tuple[Event, dict[str, Json]]] = {}
    count: dict[str, int] = {}
    found: list[Run] = []
    values: dict[str, Json] = dict(child(created(facts), "parameters"))

    def close(node: str, last: Event | None, seq: int, time_ns: int) -> None:
        first, at = opened.pop(node)
        count[node] = count.get(node, 0) + 1
        found.append(Run(node, count[node], first, last, first.seq, seq, first.time_ns, time_ns, at))

    for event in facts.own:
        data = event.data
        if data.get("what") == "parameter":
            values[str(data.get("parameter"))] = data.get("to")
        if data.get("what") != "step":
            continue
        node = node_of(data, words)
        if data.get("status") == "running":
            if node in opened:
                close(node, None, event.seq - 1, event.time_ns)
            opened[node] = (event, dict(values))
        elif data.get("status") in _PHASE_ENDS:
            opened.setdefault(node, (event, dict(values)))
            close(node, event, event.seq, event.time_ns)
    for node in list(opened):
        close(node, None, facts.last_seq, facts.rows[-1].time_ns)
    return sorted(found, key=lambda r: r.from_seq)


def states(facts: Facts, words: RecipeWords) -> list[Entry]:
    """Every change of state of the batch and of its nodes."""
    found: list[Entry] = []
    for event in of(facts, "state"):
        data = event.data
        node = str(data.get("node") or "")
        known = words.nodes[node].level if node in words.nodes else ""
        level = "batch" if not node else str(data.get("kind") or known)
        found.append({
            "time_ns": event.time_ns, "seq": event.seq, "node": node, "name": words.node_name(node), "level": level,
            "from": data.get("from"), "to": data.get("to"), "reasons": objects(data.get("reasons")), "user": data.get("user", ""),
        })  # fmt: skip
    return found


def steps(facts: Facts, words: RecipeWords) -> list[Entry]:
    """The phases as they were done: setpoints, what was reached, verdicts."""
    found: list[Entry] = []
    for run in runs(facts, words):
        data = {**run.first.data, **(run.last.data if run.last is not None else {})}
        status = str(run.last.data.get("status")) if run.last is not None else "open"
        node = words.nodes.get(run.node)
        found.append({
            "node": run.node, "name": words.node_name(run.node), "unit": run.unit, "role": data.get("role", ""),
            "operation": data.get("operation") or (node.operation if node else ""), "phase": data.get("phase", ""),
            "run": run.number, "status": status, "started_ns": run.from_ns,
            "ended_ns": run.to_ns if run.last is not None else None,
            "duration_s": data.get("duration_s") or round((run.to_ns - run.from_ns) / NS_PER_S, 1),
            "setpoints": _setpoints(run, data, facts, words), "verdicts": _step_verdicts(run, facts, words),
        })  # fmt: skip
    return found


def units_of_measure(facts: Facts) -> dict[str, str]:
    """Tag → engineering unit, as the events of phases, verdicts, deviations and alarms say it."""
    found: dict[str, str] = {}
    for event in facts.rows:
        data = event.data
        found |= {tag: str(eu) for tag, eu in child(data, "eu").items()}
        if isinstance(data.get("tag"), str) and isinstance(data.get("eu"), str) and data.get("eu"):
            found.setdefault(str(data["tag"]), str(data["eu"]))
    return found


def _setpoints(run: Run, data: JsonObject, facts: Facts, words: RecipeWords) -> list[Json]:
    values, actuals, measured = child(data, "setpoints"), dict(child(data, "actuals")), child(data, "measured")
    names = _parameters_of(run, data, words)
    found: list[Json] = []
    for tag, value in values.items():
        parameter = names.get(tag, "")
        entry = words.parameter(parameter)
        lo, hi = limits(entry, facts, words)
        found.append({
            "tag": tag, "parameter": parameter, "name": text_of(entry.get("name")), "value": value,
            "actual": actuals.pop(str(measured.get(tag, tag)), None),
            "lo": lo, "hi": hi, "eu": str(entry.get("eu") or child(data, "eu").get(tag) or ""), "ccp": entry.get("ccp") is True,
        })  # fmt: skip
    found += [
        {"tag": tag, "parameter": "", "name": text_of(None), "value": None, "actual": actual, "lo": None, "hi": None,
         "eu": "", "ccp": False}
        for tag, actual in actuals.items()
    ]  # fmt: skip
    return found


def _parameters_of(run: Run, data: JsonObject, words: RecipeWords) -> dict[str, str]:
    """Setpoint tag → parameter of the recipe: as the event says it, else where one value fits one parameter only."""
    said = {t: p for t, p in child(data, "parameters").items() if isinstance(p, str)}
    node = words.nodes.get(run.node)
    references = [v for v in node.parameters.values() if isinstance(v, str)] if node is not None else []
    asked = {r[1:].strip() for r in references if r.startswith("$")}
    free = {p: finite(run.values.get(p)) for p in asked if p not in said.values()}
    for tag, value in child(data, "setpoints").items():
        fitting = [p for p, v in sorted(free.items()) if v is not None and v == finite(value)]
        if tag not in said and len(fitting) == 1:
            said[tag] = fitting[0]
    return said


def limits(parameter: JsonObject, facts: Facts, words: RecipeWords) -> tuple[float | None, float | None]:
    """The limits of a parameter in this batch: those of the recipe, scaled where they scale with the size."""
    lo, hi = finite(parameter.get("lo")), finite(parameter.get("hi"))
    base, size = finite((words.source or {}).get("base_batch_kg")), finite(created(facts).get("size_kg"))
    if parameter.get("scale") != "proportional" or not base or size is None:
        return lo, hi
    return (None if lo is None else lo * size / base), (None if hi is None else hi * size / base)


def verdicts_of(run: Run, facts: Facts, words: RecipeWords) -> list[tuple[Event, JsonObject]]:
    """The verdicts on one execution: events of their own, or in older journals part of its completion."""
    found: list[tuple[Event, JsonObject]] = [
        (e, e.data)
        for e in of(facts, "verdict")
        if node_of(e.data, words) == run.node and run.from_seq <= e.seq <= run.to_seq + 1
    ]
    if not found and run.last is not None:
        found = [(run.last, {**v, "passed": True}) for v in objects(run.last.data.get("verdicts"))]
    return found


def _step_verdicts(run: Run, facts: Facts, words: RecipeWords) -> list[Json]:
    node, found = words.nodes.get(run.node), list[Json]()
    for _, data in verdicts_of(run, facts, words):
        watch = None if node is None else next(
            (w for w in node.watches if w.at_end and w.tag.replace("{u}", run.unit) == data.get("tag")), None
        )  # fmt: skip
        found.append({
            **{k: data.get(k) for k in ("tag", "value", "lo", "hi", "eu", "quality", "passed")},
            "name": watch.name if watch else text_of(None), "ccp": data.get("ccp", watch.ccp if watch else False),
        })  # fmt: skip
    return found


def changes(facts: Facts, words: RecipeWords) -> list[Entry]:
    """Every parameter that was changed in the batch, with old and new value."""
    return [
        {
            "time_ns": e.time_ns, "seq": e.seq, "parameter": e.data.get("parameter"),
            "name": text_of(words.parameter(str(e.data.get("parameter"))).get("name")),
            **{k: e.data.get(k, "") for k in ("from", "to", "eu", "user", "reason")},
        }
        for e in of(facts, "parameter")
    ]  # fmt: skip


def materials(facts: Facts, words: RecipeWords) -> list[Entry]:
    """Each ingredient with what was wanted, its lots and what they weighed together."""
    lots: dict[str, list[Event]] = {}
    for event in of(facts, "lot"):
        lots.setdefault(str(event.data.get("material")), []).append(event)
    asked = child(created(facts), "ingredients")
    found: list[Entry] = []
    for material in dict.fromkeys([*asked, *lots]):
        wanted, entry, weighed = asked.get(material), words.ingredient(material), lots.get(material, [])
        target = finite(wanted.get("kg")) if isinstance(wanted, Mapping) else finite(wanted)
        tolerance = finite(wanted.get("tolerance_pct")) if isinstance(wanted, Mapping) else None
        tolerance = finite(entry.get("tolerance_pct")) if tolerance is None else tolerance
        kg = round(sum(finite(e.data.get("kg")) or 0.0 for e in weighed), 4) if weighed else None
        judged = None not in (kg, target, tolerance)
        inside = abs((kg or 0.0) - (target or 0.0)) <= (target or 0.0) * (tolerance or 0.0) / 100 + 1e-9 if judged else None
        found.append({
            "material": material, "name": text_of(entry.get("name")), "target_kg": target, "tolerance_pct": tolerance, "kg": kg,
            "inside": inside, "lots": [
                {"time_ns": e.time_ns, "seq": e.seq, **{k: e.data.get(k) for k in ("lot", "kg", "inside")},
                 "user": e.data.get("user", ""), "reason": e.data.get("reason", "")}
                for e in weighed
            ],
        })  # fmt: skip
    return found


def deviations(facts: Facts, words: RecipeWords) -> list[Entry]:
    """Every deviation with the decision on it, if there was one."""
    decided: dict[Json, Event] = {}
    back = {e.data.get("number"): e.time_ns for e in of(facts, "deviation") if e.data.get("back") is True}
    for event in of(facts, "disposition"):
        number = event.data.get("deviation")
        if isinstance(number, int):
            decided[number] = event
    found: list[Entry] = []
    for event in of(facts, "deviation"):
        data, number = event.data, event.data.get("number")
        if data.get("back") is True:
            continue
        decision = decided.get(number) if isinstance(number, int) else None
        disposition: Json = None
        if decision is not None:
            disposition = {
                "time_ns": decision.time_ns,
                **{k: decision.data.get(k) for k in ("verdict", "user", "reason", "signature")},
            }
        found.append({
            "time_ns": event.time_ns, "seq": event.seq, "number": number,
            "node": node_of(data, words) or _node_at(event, facts, words),
            "unit": event.unit, "kind": data.get("kind", "process"),
            **{k: data.get(k) for k in ("tag", "value", "lo", "hi", "eu", "quality", "on")}, "text": text_of(data.get("text")),
            "back_ns": back.get(number) if number is not None else None, "disposition": disposition,
        })  # fmt: skip
    return found


def _node_at(event: Event, facts: Facts, words: RecipeWords) -> str:
    """The phase that was at work in the unit of an event that does not name its node."""
    found = [r for r in runs(facts, words) if r.unit == event.unit and r.from_seq <= event.seq <= r.to_seq]
    return found[-1].node if found else ""


def prompts(facts: Facts) -> list[Entry]:
    """Every question to a person, with the replies."""
    found: list[Entry] = []
    for event in facts.own:
        data = event.data
        if data.get("what") == "prompt":
            found.append({
                "time_ns": event.time_ns, "node": data.get("node", ""), "prompt": data.get("prompt"),
                "text": text_of(data.get("text")), "role": data.get("role", ""), "signed": data.get("signed") is True,
                **{k: data[k] for k in ("choices", "eu") if k in data}, "replies": list[Json](),
            })  # fmt: skip
        elif data.get("what") == "reply":
            reply = {"time_ns": event.time_ns, **{k: data.get(k) for k in ("value", "user", "signature")}}
            asked = next(
                (p for p in reversed(found) if (p["node"], p["prompt"]) == (data.get("node", ""), data.get("prompt"))), None
            )
            if asked is not None:
                asked["replies"] = [*objects(asked["replies"]), reply]
    return found


def flow(facts: Facts, words: RecipeWords) -> list[Entry]:
    """How the procedure went besides its phases: transitions, hold timers, choices, loops, changes of mode and of the product."""
    found: list[Entry] = []
    for event in facts.own:
        data, what = event.data, str(event.data.get("what"))
        if what in _FLOW:
            node = str(data.get("node") or "")
            rest = {k: v for k, v in data.items() if k not in ("what", "node")}
            found.append(
                {
                    "time_ns": event.time_ns,
                    "seq": event.seq,
                    "what": what,
                    "node": node,
                    "name": words.node_name(node),
                    "data": rest,
                }
            )
    return found


def _counted(facts: Facts, words: RecipeWords) -> list[float]:
    """What each phase packed, by the counter of its unit: its end less its beginning, while it was not set back."""
    found: list[float] = []
    for run in runs(facts, words):
        ends = [finite(child(e.data, "counters").get("packed_kg")) for e in (run.first, run.last) if e is not None]
        if len(ends) == 2 and ends[0] is not None and ends[1] is not None and ends[1] >= ends[0]:
            found.append(ends[1] - ends[0])
    return found


def totals(facts: Facts, words: RecipeWords, charged: Sequence[JsonObject]) -> Entry:
    """The batch's account of material: what was weighed in, what went out, and the yield against the recipe's limits."""
    weighed = [(m, finite(m.get("kg"))) for m in charged]
    raw = [kg for m, kg in weighed if kg is not None and words.ingredient(str(m.get("material"))).get("raw") is True]
    moved = [(e.data, finite(e.data.get("kg"))) for e in of(facts, "transfer")]
    packed = [kg for d, kg in moved if kg is not None and not d.get("to")] + _counted(facts, words)
    raw_kg = round(sum(raw), 3) if raw else None
    packed_kg = round(sum(packed), 3) if packed else None
    wanted = child(words.source, "yield")
    charged_kg = [kg for _, kg in weighed if kg is not None]
    return {
        "size_kg": finite(created(facts).get("size_kg")),
        "charged_kg": round(sum(charged_kg), 3) if charged_kg else None, "raw_kg": raw_kg, "packed_kg": packed_kg,
        "yield_pct": round(100 * packed_kg / raw_kg, 2) if packed_kg is not None and raw_kg else None,
        "yield_expect_pct": finite(wanted.get("expect_pct")), "yield_lo_pct": finite(wanted.get("lo_pct")),
        "yield_hi_pct": finite(wanted.get("hi_pct")),
        "transferred_kg": round(sum(kg for d, kg in moved if kg is not None and d.get("to")), 3) if moved else None,
    }  # fmt: skip
