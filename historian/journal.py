"""The journal: events in a hash chain, stage states, shifts and batches, in one SQLite file (WAL, synchronous FULL).

What :meth:`Journal.append` returned from has reached the disk. Events are never changed or deleted; triggers refuse it, and
the chain shows it when somebody does it behind SQLite's back (21 CFR 11.10(e) taken as good practice).
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from historian.database import (
    clean_text,
    decode_object,
    encode_json,
    is_damage,
    open_alone,
    open_reader,
    open_writer,
    transaction,
)
from historian.genealogy import prepare, record_genealogy
from historian.records import RECORD_SCHEMA, record_alarm_kpi, record_batch, record_shift
from historian.salvage import Salvaged, finish, salvage
from line.messages import Event, EventKind, JsonObject

JOURNAL_VERSION: Final = 1
_TIME_INDEX: Final = "CREATE INDEX IF NOT EXISTS events_kind_time ON events (kind, time_ns)"
"""For searches by time (historian/alarm_journal.py); a file from before it is given it when the engine opens it."""

_LOOK_EVENTS: Final = 2000

GENESIS: Final = bytes(32)
"""What stands before the first event in the chain."""

_SCHEMA: Final = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    """CREATE TABLE events (seq INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT NOT NULL,
       unit TEXT NOT NULL, batch TEXT NOT NULL, data TEXT NOT NULL, hash BLOB NOT NULL)""",
    "CREATE INDEX events_command ON events (json_extract(data, '$.id')) WHERE kind = 'command'",
    "CREATE INDEX events_kind ON events (kind, seq)",
    _TIME_INDEX,
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END",
    "CREATE TABLE states (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, data TEXT NOT NULL) WITHOUT ROWID",
    *RECORD_SCHEMA,
    "CREATE INDEX events_batch ON events (batch, seq) WHERE batch <> ''",
    "INSERT INTO meta VALUES ('last_seq', 0)",
)

_RECORDERS: Final[Mapping[str, tuple[Callable[[sqlite3.Connection, Event], None], ...]]] = {
    EventKind.SHIFT: (record_shift,),
    EventKind.BATCH: (record_batch, record_genealogy),
    EventKind.LOT: (record_genealogy,),
    EventKind.ALARM_KPI: (record_alarm_kpi,),
}

EventRow = tuple[int, int, str, str, str, str, str]
"""seq, time_ns, kind, source, unit, batch, data (canonical JSON)."""

NO_STATES: Final[Mapping[str, JsonObject]] = {}


class JournalOrderError(ValueError):
    """Events whose numbers do not follow the journal's last one: a fault of the program, nothing was written."""


class Journal:
    """The one writer of ``journal.db``. Not safe for two threads at once."""

    def __init__(self, path: Path) -> None:
        """Open or make the file. Raises StoreVersionError for a newer schema, sqlite3.Error for what the disk does."""
        self.path = path
        self._db = open_writer(path, _SCHEMA, JOURNAL_VERSION, "FULL")
        self._db.execute(_TIME_INDEX)
        prepare(self._db)
        row = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        newest, self._last_hash = cast(tuple[int, bytes], row) if row else (0, GENESIS)
        # Numbers of events that a damaged file has lost are not used again: who has seen them would take the new ones for them.
        self._last_seq = max(newest, _numbers_given(self._db))

    def append(self, events: Sequence[Event], states: Mapping[str, JsonObject] = NO_STATES) -> None:
        """Write events and states in one transaction; on return they are on the disk.

        Events are numbered on from :meth:`last_seq`, one by one; JournalOrderError when they are not. ``shift`` and
        ``batch`` events also keep their rows in ``shifts`` and ``batches``. On any error nothing is written and the
        journal can be used on.
        """
        if not events and not states:
            return
        rows, last_hash = self._chain(events)
        last_seq = self._last_seq + len(rows)
        with transaction(self._db):
            self._db.executemany("INSERT INTO events VALUES (?,?,?,?,?,?,?,?)", rows)
            if rows:
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'last_seq'", (last_seq,))
            for event in events:
                for record in _RECORDERS.get(event.kind, ()):
                    record(self._db, event)
            self._db.executemany(
                "INSERT OR REPLACE INTO states VALUES (?,?,?)",
                [(name, last_seq, encode_json(state)) for name, state in states.items()],
            )
        self._last_seq, self._last_hash = last_seq, last_hash

    def leave_out(self, upto: int) -> None:
        """Give no event a number up to ``upto``: such events were seen elsewhere, though a damaged file has lost them."""
        if upto > self._last_seq:
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'last_seq'", (upto,))
            self._last_seq = upto

    def last_seq(self) -> int:
        """Number of the newest event, 0 for an empty journal."""
        return self._last_seq

    def load_states(self) -> dict[str, JsonObject]:
        """The newest state of every stage, by the stage's name."""
        return _states(self._db)

    def open_shift(self) -> str:
        """Id of the shift that has not ended, or an empty string."""
        return _open_shift(self._db)

    def look(self) -> None:
        """Read the newest events and all states. Raises sqlite3.DatabaseError for a damaged file."""
        for table in ("events ORDER BY seq DESC", "states", "meta"):
            self._db.execute(f"SELECT * FROM {table} LIMIT ?", (_LOOK_EVENTS,)).fetchall()

    def verify_chain(self) -> tuple[bool, int | None]:
        """See :func:`verify_chain`."""
        return verify_chain(self.path)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()

    def _chain(self, events: Sequence[Event]) -> tuple[list[tuple[int, int, str, str, str, str, str, bytes]], bytes]:
        rows: list[tuple[int, int, str, str, str, str, str, bytes]] = []
        seq, link = self._last_seq, self._last_hash
        for event in events:
            seq += 1
            if event.seq != seq:
                raise JournalOrderError(f"event {event.seq} ({event.kind} of {event.source}) where {seq} is next")
            row = event_row(event)
            link = chain_hash(link, row)
            rows.append((*row, link))
        return rows, link


@dataclass(frozen=True)
class Found:
    """What an engine that starts takes from the journal."""

    last_seq: int = 0
    states: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    shift: str = ""


def look_into(path: Path) -> Found:
    """What the journal holds, without a byte written: for a start on a disk without room. Nothing of a file that is not there.

    Raises StoreVersionError and sqlite3.Error when it cannot be read.
    """
    try:
        db = open_alone(path, JOURNAL_VERSION)
    except sqlite3.OperationalError:  # another process has it open; then what is shared is there, too
        db = open_reader(path, JOURNAL_VERSION)
    if db is None:
        return Found()
    with closing(db):
        newest = cast(tuple[int], db.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone())[0]
        return Found(max(newest, _numbers_given(db)), _states(db), _open_shift(db))


def _numbers_given(db: sqlite3.Connection) -> int:
    known = "SELECT max((SELECT value FROM meta WHERE key = 'last_seq'), coalesce((SELECT max(seq) FROM states), 0))"
    return cast(tuple[int | None], db.execute(known).fetchone())[0] or 0


def _states(db: sqlite3.Connection) -> dict[str, JsonObject]:
    rows = cast(list[tuple[str, str]], db.execute("SELECT name, data FROM states ORDER BY name").fetchall())
    return {name: decode_object(text) for name, text in rows}


def _open_shift(db: sqlite3.Connection) -> str:
    row = db.execute("SELECT id FROM shifts WHERE ended_ns IS NULL ORDER BY started_ns DESC LIMIT 1").fetchone()
    return cast(tuple[str], row)[0] if row else ""


def open_journal(path: Path, now_ns: int, damage: str = "") -> tuple[Journal, Salvaged | None]:
    """The journal, made anew from what can be read when the file is damaged (historian/salvage.py).

    Looks at the newest events and at all states, where an interrupted write would show; ``damage`` says that it is known to be
    damaged. Raises as :class:`Journal`.
    """
    finish(path)
    if not damage:
        try:
            journal = Journal(path)
            try:
                journal.look()
            except BaseException:
                journal.close()
                raise
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            damage = str(error)
        else:
            return journal, None
    result = salvage(path, lambda new: open_writer(new, _SCHEMA, JOURNAL_VERSION, "FULL"), now_ns, damage)
    return Journal(path), result


def event_row(event: Event) -> EventRow:
    """The event as the columns hold it."""
    kind, source, unit, batch = (clean_text(t) for t in (event.kind, event.source, event.unit, event.batch))
    return event.seq, event.time_ns, kind, source, unit, batch, encode_json(event.data)


def chain_hash(previous: bytes, row: EventRow) -> bytes:
    """SHA-256 over the previous hash and the canonical row: its first six columns as a JSON array, then the data."""
    return hashlib.sha256(previous + encode_json(row[:6]).encode() + row[6].encode()).digest()


def verify_chain(path: Path) -> tuple[bool, int | None]:
    """Recompute the chain from the file: (True, None), or (False, number of the first event that is wrong or missing).

    A row that was changed, inserted or removed breaks it, also at the end (the count of events is kept apart).
    """
    db = open_reader(path, JOURNAL_VERSION)
    if db is None:
        return True, None
    with closing(db):
        db.execute("BEGIN")  # one view of both tables while the writer goes on
        link, expected = GENESIS, 1
        for stored in db.execute("SELECT seq, time_ns, kind, source, unit, batch, data, hash FROM events ORDER BY seq"):
            row, found = cast(tuple[EventRow, bytes], (stored[:7], stored[7]))
            if row[0] != expected or chain_hash(link, row) != found:
                return False, expected
            link, expected = found, expected + 1
        last = cast(tuple[int], db.execute("SELECT value FROM meta WHERE key = 'last_seq'").fetchone())[0]
        return (True, None) if last == expected - 1 else (False, expected)
