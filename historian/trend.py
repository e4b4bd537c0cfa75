"""Trends from day files: from rollups where they are complete and as wide as is asked for, else from the samples."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias, cast

import numpy as np

from historian.database import UnreadableStoreError, is_damage, open_reader
from historian.rollup import (
    MINUTE_NS,
    SPAN_NS,
    Points,
    chosen,
    has_rollups,
    joined,
    read_points,
    state_of,
    unpacked,
)
from historian.samples import NS_PER_DAY, SAMPLES_VERSION, day_files, day_of
from line.messages import JsonObject
from line.quality import Status, bad_mask

log = logging.getLogger(__name__)

SampleValue: TypeAlias = float | str | None
_LEVELS: Final = (SPAN_NS, MINUTE_NS)
_SLACK: Final = 1.25
"""A bucket may become this much wider than asked for, so that it is made of whole rollups."""


@dataclass(frozen=True)
class Trend:
    """Samples of one tag, ascending by time: ``t`` ns UTC, ``v`` None where there is a gap, ``q`` OPC UA status code.

    ``whole``: these are all that were stored, none was left out.
    """

    t: list[int]
    v: list[SampleValue]
    q: list[int]
    whole: bool = True

    def to_json(self) -> JsonObject:
        """``{"t": […], "v": […], "q": […]}``."""
        return {"t": self.t, "v": self.v, "q": self.q}


@dataclass(frozen=True)
class Window:
    """What is asked for. ``level_ns`` is how wide the rollups are that serve it, 0 for none; ``width_ns`` how wide a bucket."""

    from_ns: int
    to_ns: int
    points: int
    gap_ns: int
    width_ns: int
    level_ns: int

    @property
    def limit(self) -> int:
        """So many samples are shown as they are."""
        return max(self.points, 2 * max(1, (self.to_ns - self.from_ns) // self.width_ns))


def window(from_ns: int, to_ns: int, points: int, gap_ns: int, *, rollups: bool = True) -> Window:
    """Two points for every bucket, and buckets of whole rollups when they can be. ``rollups`` False: the same buckets, from all
    samples."""
    width_ns = max(1, 2 * max(1, to_ns - from_ns) // max(2, points))
    level_ns = next((level for level in _LEVELS if level <= width_ns * _SLACK and level <= gap_ns), 0)
    if level_ns:
        width_ns = max(1, round(width_ns / level_ns)) * level_ns
    return Window(from_ns, to_ns, points, gap_ns, width_ns, level_ns if rollups else 0)


@dataclass
class _Found:
    parts: list[Points] = field(default_factory=list[Points])
    last: Points | None = None
    """The newest point so far, for silences that reach into the next file."""
    samples: int = 0
    """All stored ones, also those that rollups stand for."""


def read_trends(folder: Path, tags: Sequence[str], wanted: Window) -> dict[str, Trend]:
    """See :meth:`historian.queries.Queries.history`."""
    found = {name: _Found() for name in tags}
    for day, path in day_files(folder):
        if not day_of(wanted.from_ns - wanted.gap_ns) <= day <= day_of(wanted.to_ns):
            continue
        try:
            db = open_reader(path, SAMPLES_VERSION)
            if db is None:
                continue
            with closing(db):
                db.execute("BEGIN")  # one view of samples and rollups while the writer goes on
                for name, so_far in found.items():
                    _read_day(db, name, so_far, wanted, (day.toordinal() - 719_163) * NS_PER_DAY)
        except UnreadableStoreError as error:
            if not is_damage(error):
                raise
            log.warning("%s is damaged and is shown as a gap: %s", path, error)
    return {name: _trend(_thinned(so_far, wanted), so_far.samples <= wanted.limit) for name, so_far in found.items()}


def _read_day(db: sqlite3.Connection, name: str, found: _Found, wanted: Window, day_ns: int) -> None:
    row = db.execute("SELECT id FROM tags WHERE name = ?", (name,)).fetchone()
    if row is None:
        return
    tag = cast(tuple[int], row)[0]
    first_ns = wanted.from_ns
    if found.last is None or int(found.last.t[-1]) < wanted.from_ns:
        before = db.execute("SELECT max(time_ns) FROM samples WHERE tag = ? AND time_ns < ?", (tag, wanted.from_ns)).fetchone()
        before_ns = cast(tuple[int | None], before)[0]
        if before_ns is not None and before_ns >= wanted.from_ns - wanted.gap_ns:
            first_ns = before_ns
            found.parts.clear()  # a nearer sample before the window
            found.last, found.samples = None, 0
    count, points = _day_points(db, tag, max(first_ns, day_ns), min(wanted.to_ns, day_ns + NS_PER_DAY - 1), found, wanted)
    if not len(points):
        return
    with_gaps = _with_gaps(points if found.last is None else joined([found.last, points]), wanted.gap_ns)
    if found.last is not None:
        with_gaps = with_gaps.take(slice(1, None))
    found.last = points.take(slice(-1, None))
    found.samples += count + len(with_gaps) - len(points)
    if found.samples > wanted.limit and len(with_gaps) > wanted.limit:  # a long stretch is not held in memory whole
        with_gaps = with_gaps.take(chosen(with_gaps.t, with_gaps.numbers(), wanted.width_ns, ends=True))
    found.parts.append(with_gaps)


def _day_points(db: sqlite3.Connection, tag: int, from_ns: int, to_ns: int, found: _Found, wanted: Window) -> tuple[int, Points]:
    """How many samples a day has in the window, and they themselves or the rollups that stand for them."""
    first_ns = -(-from_ns // SPAN_NS) * SPAN_NS
    last_ns = (to_ns + 1) // SPAN_NS * SPAN_NS
    rolled = wanted.level_ns and first_ns < last_ns and has_rollups(db)
    last_ns = min(last_ns, state_of(db, "done")) if rolled else first_ns
    if first_ns < last_ns:
        sql = "SELECT span_ns, samples, points FROM rollups WHERE tag = ? AND span_ns >= ? AND span_ns < ?"
        spans = cast(list[tuple[int, int, bytes | None]], db.execute(sql, (tag, first_ns, last_ns)).fetchall())
        if found.samples + sum(samples for _, samples, _ in spans) > wanted.limit:
            return _rolled(db, tag, (from_ns, first_ns, last_ns, to_ns), spans, wanted.level_ns)
    points = read_points(db, tag, from_ns, to_ns)  # no rollups, or so few samples that they may be shown as they are
    return len(points), points


def _rolled(
    db: sqlite3.Connection,
    tag: int,
    edges: tuple[int, int, int, int],
    spans: Sequence[tuple[int, int, bytes | None]],
    level_ns: int,
) -> tuple[int, Points]:
    """Rollups between the two inner edges, samples outside them and wherever a span has no rollup that may be used."""
    from_ns, first_ns, last_ns, to_ns = edges
    span = (tag, first_ns, last_ns)
    usable: dict[int, bytes | None] = {span_ns: points for span_ns, _, points in spans}
    if level_ns == MINUTE_NS:
        sql = "SELECT span_ns, points FROM rollup_minutes WHERE tag = ? AND span_ns >= ? AND span_ns < ?"
        minutes = dict(cast(list[tuple[int, bytes]], db.execute(sql, span).fetchall()))
        usable = {span_ns: minutes.get(span_ns) for span_ns in usable}
    sql = "SELECT span_ns FROM rollup_stale WHERE tag = ? AND span_ns >= ? AND span_ns < ?"
    usable |= {r[0]: None for r in cast(list[tuple[int]], db.execute(sql, span).fetchall())}
    samples_of = {span_ns: samples for span_ns, samples, _ in spans}
    parts: list[Points] = []
    blobs: list[bytes] = []
    count = 0
    raw: tuple[int, int] | None = (from_ns, first_ns)  # to be read from the samples, with all spans in it
    for span_ns, blob in sorted(usable.items()):
        if blob is not None:
            if raw is not None:
                parts.append(read_points(db, tag, raw[0], raw[1] - 1))
                count += len(parts[-1])
                raw = None
            blobs.append(blob)
            count += samples_of[span_ns]
            continue
        if blobs:
            parts.append(unpacked(blobs))
            blobs.clear()
        raw = (span_ns if raw is None else raw[0], span_ns + SPAN_NS)
    if blobs:
        parts.append(unpacked(blobs))
    parts.append(read_points(db, tag, last_ns if raw is None else raw[0], to_ns))
    return count + len(parts[-1]), joined(parts)


def _with_gaps(points: Points, gap_ns: int) -> Points:
    """With a point without value wherever nothing was stored for longer than ``gap_ns``."""
    holes = np.flatnonzero(np.diff(points.t) > gap_ns)
    if not len(holes):
        return points
    return Points(
        np.insert(points.t, holes + 1, points.t[holes] + gap_ns),
        np.insert(points.v, holes + 1, np.nan),
        np.insert(points.q, holes + 1, np.uint32(Status.BAD_NO_COMMUNICATION)),
        None if points.texts is None else np.insert(points.texts, holes + 1, cast(Any, None)),
    )


def _thinned(found: _Found, wanted: Window) -> Points:
    """At most four points per bucket: least, greatest, where a gap begins and where it ends; the first and the last of all."""
    points = joined(found.parts)
    if found.samples <= wanted.limit or not len(points):
        return points
    which = chosen(points.t, points.numbers(), wanted.width_ns, ends=False)
    return points.take(np.union1d(which, [0, len(points) - 1]))


def _trend(points: Points, whole: bool) -> Trend:
    shown = np.isfinite(points.v) & ~bad_mask(points.q)
    values: list[SampleValue] = [v if ok else None for v, ok in zip(points.v.tolist(), shown.tolist(), strict=True)]
    if points.texts is not None:
        good = ~bad_mask(points.q)
        for i in np.flatnonzero(good).tolist():
            if points.texts[i] is not None:
                values[i] = points.texts[i]
    return Trend(points.t.tolist(), values, points.q.tolist(), whole)
