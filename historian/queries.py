"""Read-only access to what the engine wrote, for the server process and reports.

Every call opens its own connection (``mode=ro``), so that calls may come from any thread and a file that does not exist yet
is simply empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Final, cast

from historian.alarm_facts import AlarmRow, StandingRow, alarm_rows, alarms_standing
from historian.alarm_journal import AlarmFilter, AlarmPage, alarm_page
from historian.database import decode_object, open_reader
from historian.journal import JOURNAL_VERSION, verify_chain
from historian.ledger import newest_sample_ns, shift_ledger
from historian.lot_queries import LotQueries
from historian.record import assemble
from historian.record_facts import read_facts
from historian.samples import NS_PER_DAY, SAMPLES_VERSION, day_files
from historian.shift_log_document import shift_log_document
from historian.shift_report import shift_document
from historian.trend import Trend, read_trends, window
from historian.why import why
from historian.why_names import Names
from line.clock import NS_PER_S
from line.messages import Event, JsonObject

GAP_S: Final = 900.0
"""Silence longer than this is a gap: a tag that does not move is stored every 600 s (historian/exception.py)."""

JOURNAL_FILE: Final = "journal.db"
SAMPLES_FOLDER: Final = "samples"
FORWARD_FILE: Final = "forward.db"

_EVENT_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"
_BATCH_COLUMNS: Final = "id, number, recipe, size_kg, state, created_ns, started_ns, ended_ns"


class Queries:
    """Questions to one data folder."""

    def __init__(self, folder: Path) -> None:
        self._journal = folder / JOURNAL_FILE
        self._samples = folder / SAMPLES_FOLDER
        self._forward = folder / FORWARD_FILE

    @property
    def lots(self) -> LotQueries:
        """Questions about lots."""
        return LotQueries(self._journal, self._samples)

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

    def shift_document(self, shift_id: str, upto: int | None = None) -> JsonObject | None:
        """The report of a shift (docs/shift.md) as of now, or as the journal told of it up to an event; None when unknown."""
        return shift_document(self._journal, shift_id, self, upto)

    def shift_log(self, shift_id: str) -> JsonObject | None:
        """The log of a shift as its report has it, for a fraction of the work: ``{shift, log}``; None when unknown."""
        return shift_log_document(self._journal, shift_id)

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

    def newest_sample_ns(self, from_ns: int, to_ns: int) -> int | None:
        """Time of the newest sample between the two times; None when there is none."""
        return newest_sample_ns(self._samples, from_ns, to_ns)

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
        return read_trends(self._samples, tags, window(from_ns, to_ns, points, int(gap_s * NS_PER_S)))

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
