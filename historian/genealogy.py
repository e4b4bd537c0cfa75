"""The genealogy of lots follows the events: rows of ``lots``, ``lot_edges`` and ``lot_units``, in the transaction of the events.

A batch is the lot of what it makes and bears its id; a packed unit bears ``(00)`` and its SSCC (GS1 General Specifications,
AI 00). Whatever an event holds, nothing here raises: strange values are as if they were not there, so that no event is ever lost
for them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object, open_reader, transaction
from historian.genealogy_events import follow
from historian.genealogy_tables import EVENTS_OF_LOT, GENEALOGY_VERSION, TABLES, drop_tables, make_tables
from line.messages import Event, EventKind, Json

_OF_GENEALOGY: Final = """kind = 'lot' OR (kind = 'batch' AND CASE WHEN json_valid(data) THEN json_extract(data, '$.what') END
    IN ('created', 'lot', 'transfer', 'acquire', 'release', 'product'))"""


def record_genealogy(db: sqlite3.Connection, event: Event) -> None:
    """Follow one event in the tables; ``meta`` keeps up to which one they reach."""
    follow(db, event)
    db.execute("INSERT OR REPLACE INTO meta VALUES ('genealogy_seq', ?)", (event.seq,))


def prepare(db: sqlite3.Connection) -> None:
    """Make the tables of a journal that has none, and bring those up to date that an older program did not keep."""
    version, seq = _reach(db)
    newest = _newest(db)
    if version == GENEALOGY_VERSION and seq >= newest:
        return
    with transaction(db):
        if version != GENEALOGY_VERSION:
            drop_tables(db)
            make_tables(db)
            db.execute(EVENTS_OF_LOT)
            seq = 0
        for event in _events(db, seq):
            follow(db, event)
        db.execute("INSERT OR REPLACE INTO meta VALUES ('genealogy', ?), ('genealogy_seq', ?)", (GENEALOGY_VERSION, newest))


def open_genealogy(path: Path, version: int, *, anew: bool = False) -> sqlite3.Connection | None:
    """A reading connection whose tables of the genealogy are up to date; None without a journal.

    The tables of a file that no engine of this version has opened yet are made for this connection only, from its events;
    with ``anew`` those of any file, so that nobody's changes to the tables themselves count. ``version`` is the journal's.
    The connection stands in a transaction: it sees one state of the file.
    """
    db = open_reader(path, version)
    if db is None:
        return None
    try:
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("BEGIN")
        found, seq = _reach(db)
        if anew or found != GENEALOGY_VERSION or seq < _newest(db):
            make_tables(db, "temp")
            for event in _events(db, 0):
                follow(db, event)
    except BaseException:
        db.close()
        raise
    return db


def _reach(db: sqlite3.Connection) -> tuple[int, int]:
    """Version of the tables and the event up to which they are kept; 0 for tables that are not there, whatever ``meta`` says."""
    names = ", ".join("?" * len(TABLES))
    there = f"SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name IN ({names})"
    if cast(tuple[int], db.execute(there, TABLES).fetchone())[0] < len(TABLES):
        return 0, 0
    rows = cast(list[tuple[str, Json]], db.execute("SELECT key, value FROM meta WHERE key LIKE 'genealogy%'").fetchall())
    found = {key: value for key, value in rows if isinstance(value, int)}
    return cast(int, found.get("genealogy", 0)), cast(int, found.get("genealogy_seq", 0))


def _newest(db: sqlite3.Connection) -> int:
    newest = "SELECT coalesce(max(seq), 0) FROM events WHERE kind = ?"
    sql = f"SELECT max(({newest}), ({newest}))"
    return cast(tuple[int], db.execute(sql, (EventKind.LOT, EventKind.BATCH)).fetchone())[0]


def _events(db: sqlite3.Connection, after: int) -> Iterator[Event]:
    sql = f"SELECT seq, time_ns, kind, source, unit, batch, data FROM events WHERE seq > ? AND ({_OF_GENEALOGY}) ORDER BY seq"
    for row in cast(Iterator[tuple[int, int, str, str, str, str, str]], db.execute(sql, (after,))):
        try:
            data = decode_object(row[6])
        except ValueError:
            continue  # changed behind SQLite's back: the chain shows it, and no trace of lots stands in the way of a start
        if isinstance(data, Mapping):
            yield Event(*row[:6], data)
