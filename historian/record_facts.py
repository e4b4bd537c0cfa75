"""What a batch record is made of, read from the data folder: the journal's own rows, the chain at both ends, the recipe.

Which rows belong to a batch depends on the journal alone, so that the same batch gives the same record at any time: all that
carry its id, the commands to it and to its units while it had them, the alarms of those units, restarts and lost links meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object, open_reader
from historian.journal import GENESIS, JOURNAL_VERSION
from historian.records import FINAL_STATES
from line.clock import NS_PER_S
from line.messages import Event, EventKind, JsonObject

LOOK_BACK_NS: Final = 30 * 86_400 * NS_PER_S
"""How far back is looked for alarms that stood when the batch got a unit."""
_COMMAND_BEFORE: Final = 2000
"""How many events before the first of the batch the command may stand that created it; it is applied within 30 s."""
_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"
_NOT_READ: Final = (
    EventKind.WRITE,
    EventKind.SHIFT,
    EventKind.ALARM_KPI,
    EventKind.FLOOD,
    EventKind.ESCALATION,
    EventKind.NOTICE,
)
_OF_ALARMS: Final = "alarm."


@dataclass(frozen=True)
class UnitSpan:
    """A unit while the batch had it, by the numbers of events and by time; ``to_ns`` is None while it has it."""

    unit: str
    role: str
    from_seq: int
    to_seq: int
    from_ns: int
    to_ns: int | None


@dataclass(frozen=True)
class Facts:
    """The rows of a batch, ascending, and what belongs to them. ``before``, ``first``, ``last``: hashes of the chain (hex)."""

    batch: str
    rows: tuple[Event, ...]
    spans: tuple[UnitSpan, ...]
    standing: tuple[Event, ...]
    recipe_events: tuple[Event, ...]
    states: Mapping[str, JsonObject]
    first_seq: int
    last_seq: int
    before: str
    first: str
    last: str
    ended: bool

    @cached_property
    def own(self) -> tuple[Event, ...]:
        """The events of the batch itself."""
        return tuple(e for e in self.rows if e.kind == EventKind.BATCH and e.batch == self.batch)


def read_facts(journal: Path, batch: str, last_seq: int | None = None) -> Facts | None:
    """The facts of ``batch`` as of event ``last_seq`` (None: now); None when the journal does not know it.

    Raises sqlite3.Error for a file that cannot be read.
    """
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return None
    with closing(db):
        db.execute("BEGIN")  # one view while the writer goes on
        return _Reader(db, batch, last_seq).facts()


def unit_spans(batch: str, events: Sequence[Event], until_seq: int) -> tuple[UnitSpan, ...]:
    """When the batch had which unit: by ``acquire`` and ``release``; in older journals from its first to its last event there."""
    taken: dict[str, Event] = {}
    spans: list[UnitSpan] = []
    for event in events:
        what, unit = event.data.get("what"), str(event.data.get("unit") or event.unit)
        if event.kind != EventKind.BATCH or what not in ("acquire", "release") or not unit:
            continue
        if what == "acquire":
            taken.setdefault(unit, event)
        elif unit in taken:
            spans.append(_span(unit, taken.pop(unit), event.seq, event.time_ns))
    spans += [_span(unit, event, until_seq, None) for unit, event in taken.items()]
    if spans:
        return tuple(sorted(spans, key=lambda s: (s.from_seq, s.unit)))
    seen: dict[str, list[Event]] = {}
    for event in events:
        if event.unit and event.batch == batch:
            seen.setdefault(event.unit, []).append(event)
    return tuple(_span(unit, found[0], found[-1].seq, found[-1].time_ns) for unit, found in seen.items())


def _span(unit: str, first: Event, to_seq: int, to_ns: int | None) -> UnitSpan:
    return UnitSpan(unit, str(first.data.get("role", "")), first.seq, to_seq, first.time_ns, to_ns)


class _Reader:
    def __init__(self, db: sqlite3.Connection, batch: str, last_seq: int | None) -> None:
        self._db = db
        self._batch = batch
        self._newest = last_seq if last_seq is not None else self._number("SELECT coalesce(max(seq), 0) FROM events", ())

    def facts(self) -> Facts | None:
        own = self._events("batch = ? AND batch <> '' AND seq <= ?", (self._batch, self._newest))
        if not own:
            return None
        ended = any(_ends(e) for e in own)
        until = own[-1].seq if ended else self._newest
        spans = unit_spans(self._batch, own, until)
        marks = ",".join("?" * len(_NOT_READ))
        others = self._events(f"seq BETWEEN ? AND ? AND kind NOT IN ({marks})", (own[0].seq, until, *_NOT_READ))
        commands = self._commands(own[0].seq, until, others, spans)
        origins = [self._batch, *{str(e.data.get("id", "")): None for e in commands}]
        rows = {e.seq: e for e in (*own, *commands, *self._writes(own[0].seq, until, origins))}
        rows |= {e.seq: e for e in others if _context(e, spans)}
        rows |= {e.seq: e for e in _alarms(others, self._batch, spans)}
        ordered = tuple(rows[seq] for seq in sorted(rows))
        first_seq = ordered[0].seq
        states = cast(list[tuple[str, str]], self._db.execute("SELECT name, data FROM states ORDER BY name").fetchall())
        return Facts(
            self._batch, ordered, spans, self._standing(spans), self._recipe_events(own),
            {name: decode_object(text) for name, text in states}, first_seq, until, self._hash(first_seq - 1),
            self._hash(first_seq), self._hash(until), ended,
        )  # fmt: skip

    def _events(self, where: str, args: Sequence[str | int]) -> list[Event]:
        sql = f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY seq"
        rows = cast(list[tuple[int, int, str, str, str, str, str]], self._db.execute(sql, args).fetchall())
        return [Event(*row[:6], decode_object(row[6])) for row in rows]

    def _number(self, sql: str, args: Sequence[str | int]) -> int:
        return cast(tuple[int], self._db.execute(sql, args).fetchone())[0]

    def _hash(self, seq: int) -> str:
        row = self._db.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        return cast(tuple[bytes], row)[0].hex() if row else GENESIS.hex() if seq == 0 else ""

    def _commands(self, from_seq: int, until: int, others: Iterable[Event], spans: Sequence[UnitSpan]) -> list[Event]:
        """Every event of the commands to the batch, of the one that created it, and of those to its units."""
        before = self._events("kind = 'command' AND seq BETWEEN ? AND ?", (from_seq - _COMMAND_BEFORE, from_seq))
        found = {str(e.data.get("id", "")) for e in before if e.data.get("batch") == self._batch}
        found |= {str(e.data.get("id", "")) for e in others if e.kind == EventKind.COMMAND and self._concerns(e, spans)}
        events: list[Event] = []
        for command in sorted(found):
            events += self._events("kind = 'command' AND json_extract(data, '$.id') = ? AND seq <= ?", (command, until))
        return events

    def _concerns(self, event: Event, spans: Sequence[UnitSpan]) -> bool:
        target = str(event.data.get("target", ""))
        if target == self._batch or event.batch == self._batch or event.data.get("batch") == self._batch:
            return True
        if str(event.data.get("kind", "")).startswith(_OF_ALARMS):
            return False  # the event of the alarm itself says who and why
        return _in_spans(target.split(".", 1)[0], event.seq, spans)

    def _writes(self, from_seq: int, until: int, origins: Sequence[str]) -> list[Event]:
        found = self._events("kind = 'write' AND seq BETWEEN ? AND ?", (from_seq, until))
        wanted = set(origins)
        return [e for e in found if e.source in wanted]

    def _standing(self, spans: Sequence[UnitSpan]) -> tuple[Event, ...]:
        """The last event before the batch had the unit, of every alarm there that was not normal then."""
        found: dict[int, Event] = {}
        for span in spans:
            where = """seq IN (SELECT max(seq) FROM events WHERE kind = 'alarm' AND unit = ? AND seq < ? AND time_ns >= ?
                               GROUP BY source)"""
            for event in self._events(where, (span.unit, span.from_seq, span.from_ns - LOOK_BACK_NS)):
                if event.data.get("to") not in (None, "normal"):
                    found[event.seq] = event
        return tuple(found[seq] for seq in sorted(found))

    def _recipe_events(self, own: Sequence[Event]) -> tuple[Event, ...]:
        """What the library said of the version before the batch ended; the newest import with its content is enough."""
        wanted = next(
            (str(e.data.get("hash") or e.data.get("fingerprint") or "") for e in own if e.data.get("what") == "created"), ""
        )
        if not wanted:
            return ()
        where = "kind = 'recipe' AND seq <= ? AND json_extract(data, '$.hash') = ?"
        return tuple(self._events(where, (own[-1].seq, wanted)))


def _ends(event: Event) -> bool:
    data = event.data
    return (
        event.kind == EventKind.BATCH and data.get("what") == "state" and not data.get("node") and data.get("to") in FINAL_STATES
    )


def _in_spans(unit: str, seq: int, spans: Iterable[UnitSpan]) -> bool:
    return any(s.unit == unit and s.from_seq <= seq <= s.to_seq for s in spans)


def _context(event: Event, spans: Sequence[UnitSpan]) -> bool:
    """What happened to the line meanwhile: restarts, links, and the batch's units."""
    if event.kind in (EventKind.SYSTEM, EventKind.LINK):
        return event.data.get("what") != "overrun"
    return event.kind == EventKind.UNIT and _in_spans(event.unit, event.seq, spans)


def _alarms(events: Iterable[Event], batch: str, spans: Sequence[UnitSpan]) -> list[Event]:
    """Alarms of the batch's units while it had them, and what became of those afterwards until they were normal."""
    found: list[Event] = []
    followed: set[str] = set()
    for event in events:
        if event.kind != EventKind.ALARM:
            continue
        if event.batch == batch or event.source in followed or _in_spans(event.unit, event.seq, spans):
            found.append(event)
            if event.data.get("to") == "normal":
                followed.discard(event.source)
            else:
                followed.add(event.source)
    return found


def newest_of(journal: Path, batch: str) -> int:
    """Number of the newest event that carries the id of ``batch``; 0 when there is none."""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return 0
    with closing(db):
        row = db.execute("SELECT coalesce(max(seq), 0) FROM events WHERE batch = ? AND batch <> ''", (batch,)).fetchone()
        return cast(tuple[int], row)[0]
