"""The sample ledger of a shift: how many samples there should be, how many there are, how many were sent on.

``expected``, ``stored``, ``late`` and ``bad`` are written with the samples themselves, in the same transaction; ``forwarded``
follows from how far the forwarder has come in each day file. Nothing is counted in memory, so nothing is lost with a process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import cast

from historian.database import open_reader
from historian.outbox import OUTBOX_VERSION
from historian.samples import SAMPLES_VERSION, day_files, day_of
from line.messages import JsonObject


@dataclass(frozen=True)
class Ledger:
    """Counts of samples. ``late``: reached the scan over 5 s after their source time; ``bad``: stored with Bad quality."""

    expected: int = 0
    stored: int = 0
    late: int = 0
    bad: int = 0
    forwarded: int = 0

    def to_json(self) -> JsonObject:
        """As it stands in a shift report; ``missing`` is expected and not stored."""
        return {**asdict(self), "missing": self.expected - self.stored}


def shift_ledger(samples_dir: Path, forward_path: Path, shift: str, from_ns: int, to_ns: int) -> Ledger:
    """The ledger of ``shift``, which ran from ``from_ns`` to ``to_ns``; all zero where no files exist."""
    # A change may be stored under the day before its scan, a commit may follow the end of the shift.
    first, last = day_of(from_ns).toordinal() - 1, day_of(to_ns).toordinal() + 1
    sent = sent_batches(forward_path)
    expected = stored = late = bad = forwarded = 0
    for day, path in day_files(samples_dir):
        if not first <= day.toordinal() <= last:
            continue
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            continue
        with closing(db):
            row = db.execute(
                """SELECT coalesce(sum(expected), 0), coalesce(sum(stored), 0), coalesce(sum(late), 0), coalesce(sum(bad), 0),
                   coalesce(sum(CASE WHEN batch <= ? THEN stored ELSE 0 END), 0) FROM batches WHERE shift = ?""",
                (sent.get(day, 0), shift),
            ).fetchone()
        counts = cast(tuple[int, int, int, int, int], row)
        expected, stored, late, bad = expected + counts[0], stored + counts[1], late + counts[2], bad + counts[3]
        forwarded += counts[4]
    return Ledger(expected, stored, late, bad, forwarded - _quarantined(forward_path, shift))


def sent_batches(forward_path: Path) -> Mapping[date, int]:
    """Per day the highest batch that a sink has acknowledged."""
    return {
        date.fromisoformat(stream): high
        for stream, high in _rows(forward_path, "SELECT stream, high FROM cursors WHERE stream <> 'events'")
    }


def _quarantined(forward_path: Path, shift: str) -> int:
    rows = _rows(forward_path, "SELECT 'n', count(*) FROM quarantine WHERE shift = ? AND stream <> 'events'", (shift,))
    return rows[0][1] if rows else 0


def _rows(path: Path, sql: str, args: tuple[str, ...] = ()) -> list[tuple[str, int]]:
    db: sqlite3.Connection | None = open_reader(path, OUTBOX_VERSION)
    if db is None:
        return []
    with closing(db):
        return cast(list[tuple[str, int]], db.execute(sql, args).fetchall())
