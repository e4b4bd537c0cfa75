"""Rollups: what a trend needs of every quarter of an hour and every minute, kept beside the samples in the day file.

A rollup is a choice of stored samples, not a calculation: of each span the first, the last, the least, the greatest, the first
without a value and the first with a value again. :func:`chosen` makes that choice for the rollups and for the trend alike, so a
trend that is drawn from rollups has the very points that it would have from all samples, as long as its buckets are whole spans.

``begun`` and ``done`` of a day file say up to which time rollups are being made and are complete. A sample that arrives below
``begun`` marks its span as stale in its own transaction; a reader takes stale spans and all that lies above ``done`` from the
samples. So no order of late samples, kills and restarts shows a rollup that lacks a sample.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from historian.database import transaction
from line.clock import NS_PER_S
from line.image import FloatArray, IntArray
from line.quality import BoolArray, StatusArray, bad_mask

MINUTE_NS: Final = 60 * NS_PER_S
SPAN_NS: Final = 15 * MINUTE_NS
"""Not longer than the shortest silence that is a gap (historian/queries.py): a gap lies between two spans, never inside one."""

DENSE: Final = 120
"""Samples of a span from which it has minutes too; below, the samples themselves are read as quickly."""

LATE_NS: Final = 60 * NS_PER_S
"""A span is rolled up when a sample this much younger than its end was stored."""

_STALE_EVERY_NS: Final = 5 * MINUTE_NS
_ROWS_OF_STEP: Final = 4000
_TAGS_OF_STEP: Final = 40
_POINT: Final = np.dtype([("t", "<i8"), ("v", "<f8"), ("q", "<u4")])

_SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS rollups (tag INTEGER NOT NULL, span_ns INTEGER NOT NULL, samples INTEGER NOT NULL,
       bad INTEGER NOT NULL, points BLOB, PRIMARY KEY (tag, span_ns)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS rollup_minutes (tag INTEGER NOT NULL, span_ns INTEGER NOT NULL, points BLOB NOT NULL,
       PRIMARY KEY (tag, span_ns)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS rollup_stale (tag INTEGER NOT NULL, span_ns INTEGER NOT NULL,
       PRIMARY KEY (tag, span_ns)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS rollup_state (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT OR IGNORE INTO rollup_state VALUES ('begun', 0), ('done', 0)",
)

TextArray = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Points:
    """Samples of one tag, ascending: ``t`` ns UTC, ``v`` with NaN for no number, ``q`` status codes, ``texts`` if any is one."""

    t: IntArray
    v: FloatArray
    q: StatusArray
    texts: TextArray | None = None

    def __len__(self) -> int:
        return len(self.t)

    def numbers(self) -> FloatArray:
        """The values that a trend may draw: NaN also where the quality is Bad."""
        return np.where(bad_mask(self.q), np.nan, self.v)

    def take(self, which: npt.NDArray[np.intp] | slice) -> Points:
        """Some of them."""
        return Points(self.t[which], self.v[which], self.q[which], None if self.texts is None else self.texts[which])


NO_POINTS: Final = Points(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint32))


def joined(parts: Sequence[Points]) -> Points:
    """Parts that follow each other as one."""
    parts = [p for p in parts if len(p)]
    if len(parts) < 2:
        return parts[0] if parts else NO_POINTS
    texts = None
    if any(p.texts is not None for p in parts):
        texts = np.concatenate([p.texts if p.texts is not None else np.full(len(p), None, dtype=np.object_) for p in parts])
    return Points(
        np.concatenate([p.t for p in parts]), np.concatenate([p.v for p in parts]), np.concatenate([p.q for p in parts]), texts
    )


def read_points(db: sqlite3.Connection, tag: int, from_ns: int, to_ns: int) -> Points:
    """The stored samples of one tag with ``from_ns <= t <= to_ns``."""
    sql = "SELECT time_ns, value, status FROM samples WHERE tag = ? AND time_ns BETWEEN ? AND ? ORDER BY time_ns"
    rows = cast(list[tuple[int, object, int]], db.execute(sql, (tag, from_ns, to_ns)).fetchall())
    if not rows:
        return NO_POINTS
    times, values, status = zip(*rows, strict=True)
    texts = None
    if str in set(map(type, values)):
        texts = np.array([v if isinstance(v, str) else None for v in values], dtype=np.object_)
        values = tuple(np.nan if isinstance(v, str) else v for v in values)
    return Points(np.array(times, np.int64), np.array(values, np.float64), np.array(status, np.uint32), texts)


def chosen(times: IntArray, numbers: FloatArray, width_ns: int, *, ends: bool) -> npt.NDArray[np.intp]:
    """Which samples stand for their buckets: least, greatest, first without a number and the first with one after it.

    Buckets of ``width_ns`` begin at multiples of it. ``ends``: the first and the last of every bucket as well. Of equal values
    the first. What is chosen from a choice with ``ends`` in narrower buckets is what is chosen from all samples.
    """
    count = len(times)
    if not count:
        return np.empty(0, np.intp)
    edge = np.flatnonzero(np.diff(times // width_ns)) + 1
    starts = np.concatenate([np.zeros(1, np.intp), edge])
    group = np.zeros(count, np.intp)
    group[edge] = 1
    group = np.cumsum(group)
    hole: BoolArray = np.isnan(numbers)
    keep: BoolArray = np.zeros(count, dtype=np.bool_)
    if ends:
        keep[starts] = True
        keep[np.append(edge, count) - 1] = True
    good = ~hole
    least = np.minimum.reduceat(np.where(hole, np.inf, numbers), starts)
    greatest = np.maximum.reduceat(np.where(hole, -np.inf, numbers), starts)
    keep[_first_of(group, good & (numbers == least[group]))] = True
    keep[_first_of(group, good & (numbers == greatest[group]))] = True
    if hole.any():
        holes = _first_of(group, hole)
        keep[holes] = True
        first_hole = np.full(len(starts), count, np.intp)
        first_hole[group[holes]] = holes
        keep[_first_of(group, good & (np.arange(count) > first_hole[group]))] = True
    return np.flatnonzero(keep)


def _first_of(group: npt.NDArray[np.intp], mask: BoolArray) -> npt.NDArray[np.intp]:
    """The first position of each group that the mask names."""
    where = np.flatnonzero(mask)
    groups = group[where]
    first = np.ones(len(where), dtype=np.bool_)
    np.not_equal(groups[1:], groups[:-1], out=first[1:])
    return where[first]


def add_rollups(db: sqlite3.Connection) -> None:
    """Make the tables in a day file that has none yet. Raises sqlite3.Error."""
    if not has_rollups(db):
        with transaction(db):
            for statement in _SCHEMA:
                db.execute(statement)


def has_rollups(db: sqlite3.Connection) -> bool:
    """Whether the file has the tables."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'rollup_state'").fetchone() is not None


def state_of(db: sqlite3.Connection, key: str) -> int:
    """``begun`` or ``done`` of a file with rollups, ns UTC; 0 before the first."""
    return cast(tuple[int], db.execute("SELECT value FROM rollup_state WHERE key = ?", (key,)).fetchone())[0]


def mark_stale(db: sqlite3.Connection, tags: Sequence[int], times: IntArray) -> None:
    """In the transaction that stores these samples: the spans of those that come below ``begun`` are to be made again."""
    begun_ns = state_of(db, "begun")
    late = np.flatnonzero(times < begun_ns)
    if len(late):
        spans = {(tags[i], int(times[i]) // SPAN_NS * SPAN_NS) for i in late.tolist()}
        db.executemany("INSERT OR IGNORE INTO rollup_stale VALUES (?,?)", sorted(spans))


class DayRoller:
    """Makes the rollups of one day file in small steps, each a transaction of its own.

    It may be dropped and made anew at any time, and two processes may do the same work: the rows are the same.
    """

    def __init__(self, db: sqlite3.Connection, day_ns: int, spans_at_once: int = 4) -> None:
        """``day_ns``: when the day begins. ``spans_at_once`` bounds a step: how long a stretch of a tag is read in one go."""
        self._db = db
        self._end_ns = day_ns + 96 * SPAN_NS
        self._reach_ns = spans_at_once * SPAN_NS
        self._from_ns = max(day_ns, state_of(db, "done"))
        self._to_ns = self._from_ns
        self._tags: list[int] = []
        self._stale_ns = 0

    def complete(self) -> bool:
        """The whole day is rolled up, and nothing came late since."""
        return state_of(self._db, "done") >= self._end_ns and not self._any_stale()

    def step(self, newest_ns: int) -> bool:
        """Do a little; False when nothing is to be done. ``newest_ns``: time of the newest sample stored in any file."""
        if not self._tags:
            limit_ns = min(self._end_ns, (newest_ns - LATE_NS) // SPAN_NS * SPAN_NS)
            if limit_ns <= self._from_ns:
                return self._mend(newest_ns)
            self._to_ns = min(limit_ns, self._from_ns + self._reach_ns)
            with transaction(self._db):  # from here on, samples below are late; then the tags are listed
                self._db.execute("UPDATE rollup_state SET value = max(value, ?) WHERE key = 'begun'", (self._to_ns,))
            self._tags = [r[0] for r in self._db.execute("SELECT id FROM tags ORDER BY id DESC").fetchall()]
        self._forward()
        return True

    def _forward(self) -> None:
        todo, rows, taken = self._tags, 0, 0
        with transaction(self._db):
            while taken < min(len(todo), _TAGS_OF_STEP) and rows < _ROWS_OF_STEP:
                taken += 1
                rows += roll_up(self._db, todo[-taken], self._from_ns, self._to_ns)
            if taken == len(todo):
                self._db.execute("UPDATE rollup_state SET value = max(value, ?) WHERE key = 'done'", (self._to_ns,))
        del todo[len(todo) - taken :]
        if not todo:
            self._from_ns = self._to_ns

    def _mend(self, newest_ns: int) -> bool:
        """Make stale spans anew: a device whose clock is behind marks the same ones with every commit, so not at once."""
        closed = newest_ns - LATE_NS >= self._end_ns
        if not closed and abs(newest_ns - self._stale_ns) < _STALE_EVERY_NS:
            return False
        rows = self._db.execute("SELECT tag, span_ns FROM rollup_stale LIMIT ?", (_TAGS_OF_STEP,)).fetchall()
        if len(rows) < _TAGS_OF_STEP:
            self._stale_ns = newest_ns
        if not rows:
            return False
        with transaction(self._db):
            for tag, span_ns in cast(list[tuple[int, int]], rows):
                roll_up(self._db, tag, span_ns, span_ns + SPAN_NS)
            self._db.executemany("DELETE FROM rollup_stale WHERE tag = ? AND span_ns = ?", rows)
        return True

    def _any_stale(self) -> bool:
        return self._db.execute("SELECT 1 FROM rollup_stale LIMIT 1").fetchone() is not None


def roll_up(db: sqlite3.Connection, tag: int, from_ns: int, to_ns: int) -> int:
    """Make the rollups of one tag's whole spans ``from_ns <= t < to_ns`` from its samples; how many samples there were."""
    points = read_points(db, tag, from_ns, to_ns - 1)
    if not len(points):
        return 0
    numbers, bad = points.numbers(), bad_mask(points.q)
    edge = np.flatnonzero(np.diff(points.t // SPAN_NS)) + 1
    bounds = [0, *cast(list[int], edge.tolist()), len(points)]
    wide, dense = _packed(points, chosen(points.t, numbers, SPAN_NS, ends=True)), None
    if max(b - a for a, b in pairwise(bounds)) >= DENSE:
        dense = _packed(points, chosen(points.t, numbers, MINUTE_NS, ends=True))
    for first, last in pairwise(bounds):
        span_ns = int(points.t[first]) // SPAN_NS * SPAN_NS
        if points.texts is not None and any(t is not None for t in points.texts[first:last].tolist()):
            db.execute("INSERT OR REPLACE INTO rollups VALUES (?,?,?,0,NULL)", (tag, span_ns, last - first))
            db.execute("DELETE FROM rollup_minutes WHERE tag = ? AND span_ns = ?", (tag, span_ns))
            continue
        row = (tag, span_ns, last - first, int(bad[first:last].sum()), _blob(wide, span_ns))
        db.execute("INSERT OR REPLACE INTO rollups VALUES (?,?,?,?,?)", row)
        if dense is not None and last - first >= DENSE:
            db.execute("INSERT OR REPLACE INTO rollup_minutes VALUES (?,?,?)", (tag, span_ns, _blob(dense, span_ns)))
    return len(points)


def _packed(points: Points, which: npt.NDArray[np.intp]) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    packed = np.empty(len(which), dtype=_POINT)
    packed["t"], packed["v"], packed["q"] = points.t[which], points.v[which], points.q[which]
    return packed


def _blob(packed: np.ndarray[tuple[int], np.dtype[np.void]], span_ns: int) -> bytes:
    first, last = np.searchsorted(packed["t"], [span_ns, span_ns + SPAN_NS]).tolist()
    return packed[first:last].tobytes()


def unpacked(blobs: Sequence[bytes]) -> Points:
    """The points of rollups that follow each other."""
    packed = np.frombuffer(b"".join(blobs), dtype=_POINT)
    return Points(packed["t"].astype(np.int64), packed["v"].astype(np.float64), packed["q"].astype(np.uint32))
