"""The report of a shift: one JSON object, made from the data folder alone, that can be checked afterwards (docs/shift.md).

What is in it follows the list of the HSE for a shift hand-over and ISO 22400-2 for the figures of machines. A figure that the
journal does not know is null, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from historian.record import SEAL, content_hash
from historian.record_curves import Samples
from historian.record_recipe import Words, text_of
from historian.shift_log import shift_log
from historian.shift_report_batches import BatchRow, batch_json, read_batches
from historian.shift_report_curves import curves
from historian.shift_report_facts import ShiftFacts, read_shift_facts
from historian.shift_report_line import alarms_of, gaps, modes, oee, setpoints, stops
from historian.shift_report_work import lots, mass, plan, quality, requests
from line.clock import NS_PER_S
from line.jsontools import child, objects
from line.messages import Json, JsonObject

SCHEMA: Final = 1
KIND: Final = "shift_report"


class History(Samples, Protocol):
    """Where samples and their ledger come from (``historian.queries.Queries``)."""

    def shift_report(self, shift_id: str) -> JsonObject | None:
        """The row of a shift with its sample ledger."""
        ...

    def newest_sample_ns(self, from_ns: int, to_ns: int) -> int | None:
        """Time of the newest sample between the two times; None when there is none."""
        ...


def shift_document(journal: Path, shift: str, history: History, upto: int | None = None) -> JsonObject | None:
    """The report of ``shift`` as of now, or of the event ``upto``; None when the journal does not know it.

    Raises sqlite3.Error for a damaged file."""
    facts = read_shift_facts(journal, shift, upto)
    if facts is None:
        return None
    return assemble(facts, read_batches(journal, facts), history)


def assemble(facts: ShiftFacts, batches: Sequence[BatchRow], history: History) -> JsonObject:
    """The report from its facts, the records of its batches and the samples of its curves."""
    ended = facts.ended.data if facts.ended is not None else {}
    totals = child(ended, "totals") or None
    row = history.shift_report(facts.shift) or {}
    names = _names(batches, ended)
    figures = oee(facts)
    log = shift_log(facts.rows, facts.later, names)
    report: dict[str, Json] = {
        "schema": SCHEMA,
        "kind": KIND,
        "shift": shift_row(facts),
        "handover": ended.get("handover"),
        "totals": totals,
        "plan": plan(facts, batches),
        "mass": mass(totals, batches),
        "oee": figures,
        "stops": stops(facts, figures),
        "lots": lots(facts),
        "batches": [batch_json(b, facts) for b in batches],
        "ccp": _ccp(batches, facts),
        "alarms": alarms_of(facts),
        "modes": modes(facts),
        "setpoints": setpoints(facts),
        "quality": quality(facts, batches),
        "requests": requests(facts),
        "safety": [e for e in log if e["category"] == "safety"],
        "cleaning": [e for e in log if e["category"] == "cleaning"],
        "stock": ended.get("stock"),
        "names": {k: dict(v) for k, v in sorted(names.items())},
        "log": list(log),
        "ledger": {"samples": row.get("ledger"), "gaps": gaps(facts, history.newest_sample_ns)},
        "curves": curves(facts, history),
        "journal": {
            "first_seq": facts.started.seq, "last_seq": facts.end_seq, "made_seq": facts.made_seq, "events": len(facts.rows),
            "first": facts.first_hash, "last": facts.last_hash,
        },
    }  # fmt: skip
    return {**report, SEAL: content_hash(report)}


def shift_row(facts: ShiftFacts) -> JsonObject:
    """What is told of the shift itself."""
    ended: Mapping[str, Json] = facts.ended.data if facts.ended is not None else {}
    data = {**facts.started.data, **ended}
    ended_ns = facts.ended.time_ns if facts.ended is not None else None
    return {
        "id": facts.shift, "number": data.get("number"), "crew": data.get("crew", ""), "crew_name": data.get("crew_name"),
        "user": data.get("user", ""), "started_by": data.get("started_by"),
        "planned": data.get("planned"), "started_ns": facts.started.time_ns, "ended_ns": ended_ns,
        "duration_s": round((facts.end_ns - facts.started.time_ns) / NS_PER_S, 1), "ended_by": ended.get("ended_by"),
        "by": ended.get("by"), "note": ended.get("note", ""), "as_of_ns": facts.end_ns, "complete": facts.ended is not None,
    }  # fmt: skip


def _named(ended: Mapping[str, Json]) -> dict[str, Words]:
    return {str(row.get("material")): text_of(row.get("name")) for row in objects(ended.get("stock"))}


def names_of_stock(facts: ShiftFacts) -> dict[str, Words]:
    """Names of the materials that lay in store when the shift ended."""
    return _named(facts.ended.data if facts.ended is not None else {})


def _names(batches: Sequence[BatchRow], ended: Mapping[str, Json]) -> dict[str, Words]:
    """Names of materials and recipes, as the recipes of the batches and the stock have them."""
    names = _named(ended)
    for batch in batches:
        names |= batch.materials
        names[batch.recipe] = batch.name
    return names


def _ccp(batches: Sequence[BatchRow], facts: ShiftFacts) -> JsonObject:
    """Judgements on critical limits that fell in the shift, and every critical deviation with its disposition."""
    judged = [
        {"batch": b.id, **c} for b in batches for c in b.ccp if _within(c.get("time_ns"), facts) and c.get("passed") is not None
    ]
    open_ = [{"batch": b.id, **d} for b in batches for d in b.deviations if d.get("kind") == "ccp"]
    shown = [d for d in open_ if _within(d.get("time_ns"), facts) or d.get("disposition") is None or _decided_within(d, facts)]
    return {
        "passed": sum(c["passed"] is True for c in judged), "failed": sum(c["passed"] is False for c in judged),
        "results": judged, "deviations": shown, "undecided": sum(d.get("disposition") is None for d in shown),
    }  # fmt: skip


def _within(time_ns: Json, facts: ShiftFacts) -> bool:
    return isinstance(time_ns, int) and facts.started.time_ns <= time_ns <= facts.end_ns


def _decided_within(deviation: JsonObject, facts: ShiftFacts) -> bool:
    return _within(child(deviation, "disposition").get("time_ns"), facts)


def newest_shift(rows: Sequence[JsonObject]) -> str:
    """Of the shifts, newest first, the last that has ended; while none has, the one that is open; '' when there is none."""
    ended = [r for r in rows if r.get("ended_ns") is not None]
    return str((ended or list(rows) or [{"id": ""}])[0]["id"])
