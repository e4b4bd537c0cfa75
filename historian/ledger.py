"""The sample ledger of a shift: how many samples there should be, how many there are, how many were sent on.

``expected``, ``stored``, ``late`` and ``bad`` are written with the samples themselves, in the same transaction; ``forwarded``
follows from what every sink has acknowledged of each day file. Nothing is counted in memory, so nothing is lost with a process.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from historian.database import open_reader
from historian.outbox import dead_by_shift, forwarded_by_all, sink_records
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


def newest_sample_ns(samples_dir: Path, from_ns: int, to_ns: int) -> int | None:
    """Time of the newest sample with ``from_ns < time < to_ns``; None when there is none."""
    newest: int | None = None
    for day, path in reversed(day_files(samples_dir)):
        if not day_of(from_ns) <= day <= day_of(to_ns):
            continue
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            continue
        with closing(db):
            # a tag at a time: each is one look into the index, where the newest of all would be a look at every sample
            sql = "SELECT max((SELECT max(time_ns) FROM samples WHERE tag = tags.id AND time_ns > ? AND time_ns < ?)) FROM tags"
            newest = cast(tuple[int | None], db.execute(sql, (from_ns, to_ns)).fetchone())[0]
        if newest is not None:
            return newest
    return newest


def shift_ledger(samples_dir: Path, forward_path: Path, shift: str, from_ns: int, to_ns: int) -> Ledger:
    """The ledger of ``shift``, which ran from ``from_ns`` to ``to_ns``; all zero where no files exist.

    ``forward_path`` is any path in the data folder: the states of the sinks lie in ``forward`` beside it (historian/outbox.py).
    """
    # A change may be stored under the day before its scan, a commit may follow the end of the shift.
    first, last = day_of(from_ns).toordinal() - 1, day_of(to_ns).toordinal() + 1
    sinks = sink_records(forward_path.parent)
    expected = stored = late = bad = forwarded = 0
    for day, path in day_files(samples_dir):
        if not first <= day.toordinal() <= last:
            continue
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            continue
        with closing(db):
            sql = "SELECT batch, expected, stored, late, bad FROM batches WHERE shift = ?"
            rows = cast(list[tuple[int, int, int, int, int]], db.execute(sql, (shift,)).fetchall())
        for _, *counts in rows:
            expected, stored, late, bad = expected + counts[0], stored + counts[1], late + counts[2], bad + counts[3]
        forwarded += forwarded_by_all(sinks, day, [(row[0], row[2]) for row in rows])
    return Ledger(expected, stored, late, bad, max(0, forwarded - dead_by_shift(sinks)[shift]))
