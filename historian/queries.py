"""Read-only access to what the engine wrote, for the server process and reports.

Every call opens its own connection (``mode=ro``), so that calls may come from any thread and a file that does not exist yet
is simply empty.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from historian.alarm_facts import AlarmRow, StandingRow, alarm_rows, alarms_standing
from historian.alarm_journal import AlarmFilter, AlarmPage, alarm_page
from historian.database import decode_object, open_reader
from historian.journal import JOURNAL_VERSION, verify_chain
from historian.ledger import shift_ledger
from historian.record import assemble
from historian.record_facts import read_facts
from historian.samples import NS_PER_DAY, SAMPLES_VERSION, day_files, day_of
from historian.why import why
from historian.why_names import Names
from line.clock import NS_PER_S
from line.messages import Event, JsonObject
from line.quality import Status, is_bad

GAP_S: Final = 900.0
"""Silence longer than this is a gap: a tag that does not move is stored every 600 s (historian/exception.py)."""

JOURNAL_FILE: Final = "journal.db"
SAMPLES_FOLDER: Final = "samples"
FORWARD_FILE: Final = "forward.db"

SampleValue: TypeAlias = float | str | None
_Sample: TypeAlias = tuple[int, SampleValue, int]
_EVENT_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"
_BATCH_COLUMNS: Final = "id, number, recipe, size_kg, state, created_ns, started_ns, ended_ns"


@dataclass(frozen=True)
class Trend:
    """Samples of one tag, ascending by time: ``t`` ns UTC, ``v`` None where there is a gap, ``q`` OPC UA status code."""

    t: list[int]
    v: list[SampleValue]
    q: list[int]

    def to_json(self) -> JsonObject:
        """``{"t": […], "v": […], "q": […]}``."""
        return {"t": self.t, "v": self.v, "q": self.q}


class Queries:
    """Questions to one data folder."""

    def __init__(self, folder: Path) -> None:
        self._journal = folder / JOURNAL_FILE
        self._samples = folder / SAMPLES_FOLDER
        self._forward = folder / FORWARD_FILE

    def last_seq(self) -> int:
        """Number of the newest event; 0 when there is none."""
        rows = self._ask("SELECT coalesce(max(seq), 0) FROM events", ())
        return cast(tuple[int], rows[0])[0] if rows else 0

    def first_ns(self) -> int | None:
        """Time of the oldest event, ns UTC; None when there is none."""
        rows = self._ask("SELECT time_ns FROM events ORDER BY seq LIMIT 1", ())
        return cast(tuple[int], rows[0])[0] if rows else None

    def events_after(self, seq: int, limit: int, kind: str | None = None) -> list[Event]:
        """At most ``limit`` events with a greater number than ``seq``, ascending, of one ``kind`` or of all."""
        if kind is None:
            sql, args = f"SELECT {_EVENT_COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit)
        else:
            sql = f"SELECT {_EVENT_COLUMNS} FROM events WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?"
            args = (kind, seq, limit)
        return [_event(row) for row in self._ask(sql, args)]

    def command_events(self, command_id: str) -> list[Event]:
        """What became of a command: the events that carry its id, ascending."""
        sql = f"SELECT {_EVENT_COLUMNS} FROM events WHERE kind = 'command' AND json_extract(data, '$.id') = ? ORDER BY seq"
        return [_event(row) for row in self._ask(sql, (command_id,))]

    def alarm_page(self, wanted: AlarmFilter, before: int = 0, limit: int = 100) -> AlarmPage:
        """See :func:`historian.alarm_journal.alarm_page`."""
        return alarm_page(self._journal, wanted, before, limit)

    def alarm_rows(self, from_ns: int, to_ns: int) -> Sequence[AlarmRow]:
        """See :func:`historian.alarm_facts.alarm_rows`."""
        return alarm_rows(self._journal, from_ns, to_ns)

    def alarms_standing(self, at_ns: int) -> Sequence[StandingRow]:
        """See :func:`historian.alarm_facts.alarms_standing`."""
        return alarms_standing(self._journal, at_ns)

    def shifts(self) -> list[JsonObject]:
        """All shifts, newest first: ``{id, number, started_ns, ended_ns | None, state}``."""
        rows = self._ask("SELECT id, number, started_ns, ended_ns FROM shifts ORDER BY started_ns DESC, id DESC", ())
        return [_shift(cast(tuple[str, int | None, int, int | None], row)) for row in rows]

    def shift_report(self, shift_id: str) -> JsonObject | None:
        """One shift with ``crew``, ``totals`` and ``alarm_kpi`` (once it has ended), ``note`` and the sample ``ledger``; None
        when unknown."""
        rows = self._ask("SELECT id, number, started_ns, ended_ns, report FROM shifts WHERE id = ?", (shift_id,))
        if not rows:
            return None
        identity, number, started_ns, ended_ns, text = cast(tuple[str, int | None, int, int | None, str], rows[0])
        to_ns = ended_ns if ended_ns is not None else max(started_ns, self._newest_day_end_ns())
        ledger = shift_ledger(self._samples, self._forward, identity, started_ns, to_ns)
        report = {k: v for k, v in decode_object(text).items() if k != "what"}
        return {"alarm_kpi": None, **report, **_shift((identity, number, started_ns, ended_ns)), "ledger": ledger.to_json()}

    def batches(self, limit: int = 200) -> list[JsonObject]:
        """Batches, newest first: ``{id, number, recipe, size_kg, state, created_ns, started_ns | None, ended_ns | None}``."""
        sql = f"SELECT {_BATCH_COLUMNS} FROM batches ORDER BY created_ns DESC, id DESC LIMIT ?"
        return [_batch(row) for row in self._ask(sql, (limit,))]

    def batch_record(self, batch_id: str) -> JsonObject | None:
        """One batch with what it was created with (``created``) and all of its ``events``; None when unknown."""
        rows = self._ask(f"SELECT {_BATCH_COLUMNS}, record FROM batches WHERE id = ?", (batch_id,))
        if not rows:
            return None
        sql = f"SELECT {_EVENT_COLUMNS} FROM events WHERE batch = ? AND batch <> '' ORDER BY seq"
        events = [asdict(_event(row)) for row in self._ask(sql, (batch_id,))]
        created = {k: v for k, v in decode_object(str(rows[0][-1])).items() if k != "what"}
        return {**_batch(rows[0][:-1]), "created": created, "events": events}

    def batch_report(self, batch_id: str, last_seq: int | None = None) -> JsonObject | None:
        """The batch record (docs/batch-record.md) as of event ``last_seq`` (None: now); None when unknown."""
        facts = read_facts(self._journal, batch_id, last_seq)
        return None if facts is None else assemble(facts, self)

    def why(self, target: str, at_ns: int | None = None, names: Names | None = None) -> JsonObject:
        """See :func:`historian.why.why`."""
        return why(self._journal, target, at_ns, names)

    def sample_days(self) -> set[date]:
        """The days (UTC) of which there are samples."""
        return {day for day, _ in day_files(self._samples)}

    def states(self) -> dict[str, JsonObject]:
        """The newest saved state of every stage, by its name."""
        rows = cast(list[tuple[str, str]], self._ask("SELECT name, data FROM states ORDER BY name", ()))
        return {name: decode_object(text) for name, text in rows}

    def state(self, name: str) -> JsonObject | None:
        """The newest saved state of one stage; None when it was never saved."""
        rows = cast(list[tuple[str]], self._ask("SELECT data FROM states WHERE name = ?", (name,)))
        return decode_object(rows[0][0]) if rows else None

    def verify_chain(self) -> tuple[bool, int | None]:
        """(True, None), or (False, number of the first event that is wrong or missing)."""
        return verify_chain(self._journal)

    def sample_counts(self) -> dict[str, int]:
        """Samples stored per tag name, over all days."""
        counts: dict[str, int] = {}
        for _, path in day_files(self._samples):
            sql = "SELECT tags.name, count(*) FROM samples JOIN tags ON tags.id = samples.tag GROUP BY tags.id"
            for name, count in cast(list[tuple[str, int]], _ask(path, SAMPLES_VERSION, sql, ())):
                counts[name] = counts.get(name, 0) + count
        return dict(sorted(counts.items()))

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int, gap_s: float = GAP_S) -> dict[str, Trend]:
        """Samples of ``tags`` with ``from_ns <= t <= to_ns``, thinned to about ``points`` each.

        Per bucket the least and the greatest value stay, and the edges of every gap: a Bad sample and a silence longer than
        ``gap_s`` are points whose value is None. The sample before the window comes first, with its own time, so that a
        line can start at the left edge. Unknown tags have empty trends.
        """
        gap_ns = int(gap_s * NS_PER_S)
        found: dict[str, list[_Sample]] = {name: [] for name in tags}
        days = [(d, p) for d, p in day_files(self._samples) if day_of(from_ns - gap_ns) <= d <= day_of(to_ns)]
        share = max(1, to_ns - from_ns) / max(2, points)  # ns per point
        for day, path in days:
            start_ns = (day.toordinal() - 719_163) * NS_PER_DAY
            first_ns, last_ns = max(from_ns, start_ns), min(to_ns, start_ns + NS_PER_DAY - 1)
            buckets = max(1, int((last_ns - first_ns) / share / 2))
            db = open_reader(path, SAMPLES_VERSION)
            if db is None:
                continue
            with closing(db):
                for name in found:
                    leading = not found[name] or found[name][-1][0] < from_ns
                    rows = _day_samples(db, name, from_ns, gap_ns, to_ns, leading=leading)
                    if rows and rows[0][0] < from_ns:
                        found[name].clear()  # a nearer sample before the window
                    previous = found[name][-1:]
                    found[name] += _thin(_with_gaps([*previous, *rows], gap_ns)[len(previous) :], buckets, points)
        return {name: _trend(rows) for name, rows in found.items()}

    def _newest_day_end_ns(self) -> int:
        files = day_files(self._samples)
        return (files[-1][0].toordinal() - 719_163 + 1) * NS_PER_DAY if files else 0

    def _ask(self, sql: str, args: Sequence[str | int]) -> list[tuple[object, ...]]:
        return _ask(self._journal, JOURNAL_VERSION, sql, args)


def _ask(path: Path, version: int, sql: str, args: Sequence[str | int]) -> list[tuple[object, ...]]:
    db = open_reader(path, version)
    if db is None:
        return []
    with closing(db):
        return cast(list[tuple[object, ...]], db.execute(sql, args).fetchall())


def _event(row: tuple[object, ...]) -> Event:
    seq, time_ns, kind, source, unit, batch, data = cast(tuple[int, int, str, str, str, str, str], row)
    return Event(seq, time_ns, kind, source, unit, batch, decode_object(data))


def _batch(row: tuple[object, ...]) -> JsonObject:
    return cast(JsonObject, dict(zip(_BATCH_COLUMNS.split(", "), row, strict=True)))


def _shift(row: tuple[str, int | None, int, int | None]) -> JsonObject:
    identity, number, started_ns, ended_ns = row
    state = "open" if ended_ns is None else "closed"
    return {"id": identity, "number": number, "started_ns": started_ns, "ended_ns": ended_ns, "state": state}


def _day_samples(db: sqlite3.Connection, name: str, from_ns: int, gap_ns: int, to_ns: int, *, leading: bool) -> list[_Sample]:
    row = db.execute("SELECT id FROM tags WHERE name = ?", (name,)).fetchone()
    if row is None:
        return []
    tag = cast(tuple[int], row)[0]
    first_ns = from_ns
    if leading:
        before = db.execute("SELECT max(time_ns) FROM samples WHERE tag = ? AND time_ns < ?", (tag, from_ns)).fetchone()
        before_ns = cast(tuple[int | None], before)[0]
        if before_ns is not None and before_ns >= from_ns - gap_ns:
            first_ns = before_ns
    sql = "SELECT time_ns, value, status FROM samples WHERE tag = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns"
    return cast(list[_Sample], db.execute(sql, (tag, first_ns, to_ns)).fetchall())


def _with_gaps(rows: list[_Sample], gap_ns: int) -> list[_Sample]:
    """The rows with a point without value wherever nothing was stored for longer than ``gap_ns``."""
    times = np.array([r[0] for r in rows], dtype=np.int64)
    holes = np.flatnonzero(np.diff(times) > gap_ns)
    if not len(holes):
        return rows
    filled: list[_Sample] = []
    done = 0
    for hole in cast(list[int], holes.tolist()):
        filled += rows[done : hole + 1]
        filled.append((rows[hole][0] + gap_ns, None, int(Status.BAD_NO_COMMUNICATION)))
        done = hole + 1
    return filled + rows[done:]


def _thin(rows: list[_Sample], buckets: int, points: int) -> list[_Sample]:
    """At most about two points per bucket, and two more where a gap begins or ends in it."""
    if len(rows) <= max(points, 2 * buckets) or not rows:
        return rows
    times = np.array([r[0] for r in rows], dtype=np.int64)
    numbers = [r[1] if isinstance(r[1], float | int) and not is_bad(r[2]) else np.nan for r in rows]
    values: npt.NDArray[np.float64] = np.array(numbers, dtype=np.float64)
    gap = np.isnan(values)
    width = max(1, int(times[-1] - times[0]) // buckets + 1)
    bucket = (times - times[0]) // width
    edges = np.flatnonzero(np.diff(bucket)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(rows))
    keep = {0, len(rows) - 1}
    for start, end in zip(cast(list[int], starts.tolist()), cast(list[int], ends.tolist()), strict=True):
        part, holes = values[start:end], gap[start:end]
        if not holes.all():
            keep |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
        if holes.any():
            first = int(np.argmax(holes))
            after = np.flatnonzero(~holes[first:])
            keep |= {start + first, start + first + int(after[0])} if len(after) else {start + first}
    return [rows[i] for i in sorted(keep)]


def _trend(rows: Sequence[_Sample]) -> Trend:
    times = [r[0] for r in rows]
    status = [r[2] for r in rows]
    values: list[SampleValue] = [None if is_bad(r[2]) or (isinstance(r[1], float) and r[1] - r[1] != 0.0) else r[1] for r in rows]
    return Trend(times, values, status)
