"""What a shift report is made of, read from the journal in one view: the rows of the shift, and what stood when it ended.

Which rows belong to a shift depends on the journal alone: those from its start to its end by number, and what was told of it
later (entries of the log, figures, reasons given to stops).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object, open_reader
from historian.journal import GENESIS, JOURNAL_VERSION
from line.clock import NS_PER_S
from line.messages import Event, EventKind

LOOK_BACK_NS: Final = 30 * 86_400 * NS_PER_S
"""How far before the shift is looked for alarms that stand, modes, requests, orders and stops."""
SEQ_MAX: Final = 2**63 - 1
_NOT_READ: Final = (EventKind.WRITE, EventKind.NOTICE, EventKind.ESCALATION)
_OF_THE_SHIFT: Final = (EventKind.SHIFT, EventKind.OEE, EventKind.ALARM_KPI)
_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"


@dataclass(frozen=True)
class ShiftFacts:
    """Rows ascending. ``rows`` lie in the shift, ``later`` were told of it after its end.

    ``standing`` is the newest event of every alarm, ``modes`` the newest mode of every unit, as of the end; ``requests`` and
    ``orders`` are all of theirs up to the end, ``reasons`` what was said of stops after it, ``open_stops`` the
    newest events of those that stood when it started. ``batches`` are the ids of batches
    that had any part in it. ``end_ns`` is the time of the end, or of the newest row.
    """

    shift: str
    started: Event
    ended: Event | None
    rows: tuple[Event, ...]
    later: tuple[Event, ...]
    standing: tuple[Event, ...]
    modes: tuple[Event, ...]
    requests: tuple[Event, ...]
    orders: tuple[Event, ...]
    reasons: tuple[Event, ...]
    open_stops: tuple[Event, ...]
    batches: tuple[str, ...]
    end_seq: int
    end_ns: int
    made_seq: int
    first_hash: str
    last_hash: str

    def of(self, kind: EventKind, *whats: str) -> list[Event]:
        """Rows of one kind, of any ``what`` or of those named."""
        return [e for e in self.rows if e.kind == kind and (not whats or e.data.get("what") in whats)]


def read_shift_facts(journal: Path, shift: str, upto: int | None = None) -> ShiftFacts | None:
    """The facts of ``shift``, as they were when ``upto`` was the newest event; None when the journal does not know it.

    Raises sqlite3.Error for a file that cannot be read."""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return None
    with closing(db):
        db.execute("BEGIN")  # one view while the writer goes on
        return _Reader(db, shift, upto).facts()


class _Reader:
    def __init__(self, db: sqlite3.Connection, shift: str, upto: int | None) -> None:
        self._db = db
        self._shift = shift
        self._upto = upto if upto is not None else SEQ_MAX

    def facts(self) -> ShiftFacts | None:
        own = self._events("kind = 'shift' AND source = ? AND seq <= ?", (self._shift, self._upto))
        started = next((e for e in own if e.data.get("what") == "started"), None)
        if started is None:
            return None
        ended = next((e for e in own if e.data.get("what") == "ended"), None)
        made_seq = cast(tuple[int], self._db.execute("SELECT max(seq) FROM events WHERE seq <= ?", (self._upto,)).fetchone())[0]
        end_seq = ended.seq if ended is not None else made_seq
        marks = ",".join("?" * len(_NOT_READ))
        rows = self._events(f"seq BETWEEN ? AND ? AND kind NOT IN ({marks})", (started.seq, end_seq, *_NOT_READ))
        end_ns = ended.time_ns if ended is not None else max(e.time_ns for e in rows)
        since_ns = started.time_ns - LOOK_BACK_NS
        told = ",".join("?" * len(_OF_THE_SHIFT))
        later = self._events(
            f"seq > ? AND seq <= ? AND source = ? AND kind IN ({told})", (end_seq, made_seq, self._shift, *_OF_THE_SHIFT)
        )
        newest = "seq IN (SELECT max(seq) FROM events WHERE kind = ? AND seq <= ? AND time_ns >= ? {} GROUP BY source)"
        mode = "AND json_extract(data, '$.what') = 'mode'"
        upto = "kind = ? AND seq <= ? AND time_ns >= ?"
        batches = self._db.execute(
            "SELECT id FROM batches WHERE created_ns <= ? AND (ended_ns IS NULL OR ended_ns >= ?) ORDER BY created_ns, id",
            (end_ns, started.time_ns),
        ).fetchall()
        return ShiftFacts(
            self._shift, started, ended, tuple(rows), tuple(later),
            tuple(self._events(newest.format(""), (EventKind.ALARM, end_seq, since_ns))),
            tuple(self._events(newest.format(mode), (EventKind.UNIT, end_seq, since_ns))),
            tuple(self._events(upto, (EventKind.REQUEST, end_seq, since_ns))),
            tuple(self._events(upto, (EventKind.ORDER, end_seq, since_ns))),
            tuple(self._events("kind = ? AND seq > ? AND seq <= ?", (EventKind.STOP, end_seq, made_seq))),
            tuple(e for e in self._events(newest.format(""), (EventKind.STOP, started.seq, since_ns))
                  if e.data.get("ended_ns") is None),
            tuple(str(row[0]) for row in cast(list[tuple[str]], batches)), end_seq, end_ns, made_seq,
            self._hash(started.seq), self._hash(end_seq),
        )  # fmt: skip

    def _events(self, where: str, args: Sequence[str | int]) -> list[Event]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM events WHERE {where} ORDER BY seq", args).fetchall()
        return [Event(*row[:6], decode_object(row[6])) for row in cast(list[tuple[int, int, str, str, str, str, str]], rows)]

    def _hash(self, seq: int) -> str:
        row = self._db.execute("SELECT hash FROM events WHERE seq = ?", (seq,)).fetchone()
        return cast(tuple[bytes], row)[0].hex() if row else GENESIS.hex()
