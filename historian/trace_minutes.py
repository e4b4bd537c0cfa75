"""From a lot to its minutes: in which unit it was from when to when, and what happened there just then.

A batch has its units by ``acquire`` and ``release``. A packed unit or a product lot has those of the batch that it came from, and
of the packing unit only the time since the packed unit before it. A received lot has none: it lay in a store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

from historian.database import open_reader
from historian.genealogy import open_genealogy
from historian.journal import JOURNAL_VERSION
from historian.record_events import alarms, commands
from historian.record_facts import Facts, UnitSpan, read_facts
from historian.samples import SAMPLES_VERSION, day_files, day_of
from historian.trace import LotRow, lot_rows, named_lots
from line.messages import EventKind, Json, JsonObject

BATCHES_MAX: Final = 20
ENTRIES_MAX: Final = 500
"""Alarms of one unit at most, and changes; the record of the batch has all."""
TAGS_MAX: Final = 60

Curves = Callable[[Sequence[str], int, int], Mapping[str, JsonObject]]
"""Tags, from and to (ns UTC) → what each showed then."""


@dataclass(frozen=True)
class _Packed:
    """When a packed unit was packed where; ``from_ns`` is when the one before it was full."""

    unit: str
    from_ns: int | None
    to_ns: int


def minutes(journal: Path, samples: Path, lot: str, curves: Curves | None = None) -> JsonObject | None:
    """Units, times, alarms and changes of a lot; with ``curves`` also what the tags of each unit showed. None when unknown.

    ``batches`` may be several for a lot that was made of several; more than :data:`BATCHES_MAX` are ``cut``.
    """
    db = open_genealogy(journal, JOURNAL_VERSION)
    if db is None:
        return None
    with closing(db):
        rows = named_lots(db, lot)
        if not rows:
            return None
        row = next(iter(rows.values()))
        batches = _batches(db, row)
        packed = _packed(db, row)
    found: list[Json] = []
    for batch in batches[:BATCHES_MAX]:
        facts = read_facts(journal, batch)
        if facts is not None:
            found.append({"batch": batch, "units": [_unit(s, facts, samples, curves) for s in _spans(facts, packed)],
                          "changes": _of_batch(facts)})  # fmt: skip
    return {"lot": row.to_json(), "batches": found, "cut": len(batches) > BATCHES_MAX}


def _batches(db: sqlite3.Connection, row: LotRow) -> list[str]:
    """The batches that it was made by or packed from; not those whose trimmings went in."""
    found: dict[str, None] = {}
    seen, front = {row.id}, [row]
    while front:
        here = front.pop()
        if here.kind == "batch":
            found[here.id] = None
            continue
        sql = "SELECT DISTINCT src FROM lot_edges WHERE dst = ? AND kind IN ('packed', 'produced') ORDER BY src"
        sources = [src for (src,) in cast(list[tuple[str]], db.execute(sql, (here.id,)).fetchall()) if src not in seen]
        seen |= set(sources)
        front += lot_rows(db, sources).values()
    return list(found)


def _packed(db: sqlite3.Connection, row: LotRow) -> _Packed | None:
    sql = "SELECT src, unit, time_ns, seq FROM lot_edges WHERE dst = ? AND kind = 'packed' ORDER BY seq DESC LIMIT 1"
    edge = cast(tuple[str, str, int, int] | None, db.execute(sql, (row.id,)).fetchone())
    if edge is None:
        return None
    src, unit, time_ns, seq = edge
    sql = "SELECT max(time_ns) FROM lot_edges WHERE src = ? AND kind = 'packed' AND unit = ? AND seq < ?"
    before = cast(tuple[int | None], db.execute(sql, (src, unit, seq)).fetchone())[0]
    return _Packed(unit, before, time_ns)


def _spans(facts: Facts, packed: _Packed | None) -> list[UnitSpan]:
    """The stays of a batch in its units; of the packing unit only what is of the packed unit."""
    stays = [s for s in facts.spans if packed is not None and s.unit == packed.unit]
    if packed is None or not stays:
        return list(facts.spans)
    cut: list[UnitSpan] = []
    for stay in stays:
        from_ns = max(stay.from_ns, packed.from_ns or stay.from_ns)
        to_ns = packed.to_ns if stay.to_ns is None else min(stay.to_ns, packed.to_ns)
        if from_ns <= to_ns:
            cut.append(replace(stay, from_ns=from_ns, to_ns=to_ns))
    others = [s for s in facts.spans if s.unit != packed.unit]
    return sorted([*others, *(cut or stays[-1:])], key=lambda s: s.from_ns)  # one that was closed late: the whole last stay


def _unit(span: UnitSpan, facts: Facts, samples: Path, curves: Curves | None) -> JsonObject:
    from_ns, to_ns = span.from_ns, span.to_ns
    end_ns = to_ns if to_ns is not None else facts.rows[-1].time_ns
    raised = [
        a for a in alarms(facts)
        if a["unit"] == span.unit and cast(int, a["raised_ns"]) <= end_ns and _until(a["returned_ns"]) >= from_ns
    ]  # fmt: skip
    changes = _changes(facts, span.unit, from_ns, end_ns)
    tags = unit_tags(samples, span.unit, from_ns, end_ns)[:TAGS_MAX]
    return {
        "unit": span.unit, "role": span.role, "from_ns": from_ns, "to_ns": to_ns, "tags": tags,
        "alarms": cast(Json, raised[:ENTRIES_MAX]), "changes": changes[:ENTRIES_MAX],
        "cut": len(raised) > ENTRIES_MAX or len(changes) > ENTRIES_MAX,
        **({"curves": cast(Json, curves(tags, from_ns, end_ns))} if curves is not None else {}),
    }  # fmt: skip


def _until(returned_ns: Json) -> int:
    return returned_ns if isinstance(returned_ns, int) else 2**63 - 1


def _changes(facts: Facts, unit: str, from_ns: int, to_ns: int) -> list[Json]:
    """Commands to the unit or its tags, setpoints written to it, parameters changed for it."""
    found: list[tuple[int, Json]] = []
    for entry in commands(facts):
        time_ns = cast(int, entry["time_ns"])
        if str(entry["target"]).split(".", 1)[0] == unit and from_ns <= time_ns <= to_ns:
            kept = ("time_ns", "seq", "kind", "target", "args", "user", "role", "station", "reason", "status")
            found.append((time_ns, {"what": "command", **{k: entry[k] for k in kept}}))
    for event in facts.rows:
        if not from_ns <= event.time_ns <= to_ns:
            continue
        data = event.data
        if event.kind == EventKind.WRITE and str(data.get("tag", "")).split(".", 1)[0] == unit:
            said = {"origin": event.source, **{k: data.get(k) for k in ("tag", "value", "status")}}
            found.append((event.time_ns, {"what": "write", "time_ns": event.time_ns, "seq": event.seq, **said}))
        elif event.kind == EventKind.UNIT and event.unit == unit and data.get("what") == "mode":
            said = {k: data.get(k) for k in ("from", "to", "user")}
            found.append((event.time_ns, {"what": "mode", "time_ns": event.time_ns, "seq": event.seq, **said}))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _of_batch(facts: Facts) -> list[Json]:
    """Parameters that people changed in the batch, and the modes that they set."""
    found: list[Json] = []
    for event in facts.own:
        if event.data.get("what") in ("parameter", "mode"):
            said = {k: event.data.get(k) for k in ("what", "parameter", "from", "to", "eu", "user", "reason")}
            found.append({"time_ns": event.time_ns, "seq": event.seq, **said})
    return found[:ENTRIES_MAX]


def unit_tags(samples: Path, unit: str, from_ns: int, to_ns: int) -> list[str]:
    """Names of the unit's tags that have samples on the days of a span, sorted."""
    found: set[str] = set()
    for day, path in day_files(samples):
        if not day_of(from_ns) <= day <= day_of(to_ns):
            continue
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            continue
        with closing(db):
            sql = "SELECT name FROM tags WHERE name >= ? AND name < ?"
            rows = cast(list[tuple[str]], db.execute(sql, (f"{unit}.", f"{unit}/")).fetchall())  # "/" follows "."
        found |= {name for (name,) in rows}
    return sorted(found)
