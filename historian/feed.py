"""What the forwarder sends, read from the journal and the day files in the order in which it was stored."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from historian.database import open_reader
from historian.journal import JOURNAL_VERSION
from historian.lineproto import event_line, event_series, sample_line, sample_prefix
from historian.outbox import EVENTS_STREAM
from historian.queries import JOURNAL_FILE, SAMPLES_FOLDER, Queries
from historian.samples import BATCH_ROWS_MAX, SAMPLES_VERSION, day_files
from line.clock import NS_PER_MS

LINES_MAX: Final = 5000
HOT_FILES: Final = 2
"""Newest day files that are looked into every time; older ones only when their files changed."""

_EVENTS_MAX: Final = 1000
_SLOT_LOOKBACK: Final = 2000


@dataclass(frozen=True)
class Chunk:
    """Lines to send in one request. Once they are taken the stream stands at ``position``.

    ``shifts`` gives for every line the shift whose ledger counts it; ``first_position`` the stream position of each line.
    """

    stream: str
    position: int
    lines: list[str]
    shifts: list[str]
    positions: list[int]


@dataclass
class _File:
    signature: tuple[int, ...]
    backlog: int


class Feed:
    """Reads the streams after given positions. ``position`` is asked for a stream's name."""

    def __init__(self, folder: Path, line: str) -> None:
        self._folder = folder / SAMPLES_FOLDER
        self._journal = folder / JOURNAL_FILE
        self._queries = Queries(folder)
        self._line = line
        self._prefixes: dict[str, str] = {}
        self._known: dict[str, _File] = {}

    def next_events(self, position: int) -> Chunk | None:
        """The events after ``position``, or None when there are none."""
        events = self._queries.events_after(position, _EVENTS_MAX)
        if not events:
            return None
        slots = self._slots_before(position, events[0].time_ns // NS_PER_MS)
        lines: list[str] = []
        for event in events:
            key = (event_series(event), event.time_ns // NS_PER_MS)
            lines.append(event_line(self._line, event, slots[key]))
            slots[key] += 1
        return Chunk(EVENTS_STREAM, events[-1].seq, lines, [""] * len(lines), [e.seq for e in events])

    def _slots_before(self, position: int, first_ms: int) -> Counter[tuple[tuple[str, str, str, str], int]]:
        """How many events of each series came in ``first_ms`` up to ``position``: those before a chunk.

        So the slots do not depend on where a chunk begins, and a point that is sent again is the same point.
        """
        db = open_reader(self._journal, JOURNAL_VERSION)
        if db is None:
            return Counter()
        with closing(db):
            sql = """SELECT kind, source, unit, batch FROM events
                     WHERE seq > ? AND seq <= ? AND time_ns >= ? AND time_ns < ?"""
            span = (position - _SLOT_LOOKBACK, position, first_ms * NS_PER_MS, (first_ms + 1) * NS_PER_MS)
            rows = cast(list[tuple[str, str, str, str]], db.execute(sql, span).fetchall())
        return Counter((series, first_ms) for series in rows)

    def next_samples(self, position_of: Callable[[str], int]) -> Chunk | None:
        """The samples of the oldest day file that holds any after its position, or None."""
        files = day_files(self._folder)
        hot = {path for _, path in files[-HOT_FILES:]}
        for day, path in files:
            stream = day.isoformat()
            signature = _signature(path)
            known = self._known.get(stream)
            if path not in hot and known is not None and known == _File(signature, 0):
                continue
            position = position_of(stream)
            chunk, backlog = self._read(path, stream, position)
            self._known[stream] = _File(signature, backlog)
            if chunk is not None:
                return chunk
        return None

    def taken(self, chunk: Chunk) -> None:
        """``chunk`` was acknowledged: it no longer waits."""
        if chunk.stream in self._known:
            self._known[chunk.stream].backlog -= len(chunk.lines)

    def backlog(self, event_position: int) -> int:
        """Events and samples that wait, as far as the files have been looked into."""
        return max(0, self._queries.last_seq() - event_position) + sum(f.backlog for f in self._known.values())

    def count(self, position_of: Callable[[str], int]) -> None:
        """Count what waits in every day file anew; after a start and after positions moved back."""
        self._known.clear()
        for day, path in day_files(self._folder):
            stream = day.isoformat()
            signature = _signature(path)
            self._known[stream] = _File(signature, self._waiting(path, position_of(stream)))

    def _waiting(self, path: Path, position: int) -> int:
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            return 0
        with closing(db):
            return _waiting(db, position)

    def _read(self, path: Path, stream: str, position: int) -> tuple[Chunk | None, int]:
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            return None, 0
        with closing(db):
            db.execute("BEGIN")  # one view of batches and samples
            waiting = _waiting(db, position)
            batches = cast(
                list[tuple[int, int, str]],
                db.execute(
                    "SELECT batch, stored, shift FROM batches WHERE batch > ? ORDER BY batch LIMIT ?", (position, LINES_MAX)
                ).fetchall(),
            )
            if not batches:
                return None, 0
            last, rows = position, 0
            shifts: dict[int, str] = {}
            for batch, stored, shift in batches:
                if shifts and rows + stored > max(LINES_MAX, BATCH_ROWS_MAX):
                    break
                last, rows = batch, rows + stored
                shifts[batch] = shift
            sql = """SELECT tags.name, time_ns, value, status, batch FROM samples JOIN tags ON tags.id = samples.tag
                     WHERE batch > ? AND batch <= ? ORDER BY batch, time_ns"""
            found = cast(list[tuple[str, int, float | str | None, int, int]], db.execute(sql, (position, last)).fetchall())
        lines = [sample_line(self._prefix(name), time_ns, value, status) for name, time_ns, value, status, _ in found]
        chunk = Chunk(stream, last, lines, [shifts[row[4]] for row in found], [row[4] for row in found])
        return chunk, waiting

    def _prefix(self, tag: str) -> str:
        prefix = self._prefixes.get(tag)
        if prefix is None:
            prefix = self._prefixes[tag] = sample_prefix(self._line, tag)
        return prefix


def _waiting(db: sqlite3.Connection, position: int) -> int:
    row = db.execute("SELECT coalesce(sum(stored), 0) FROM batches WHERE batch > ?", (position,)).fetchone()
    return cast(tuple[int], row)[0]


def _signature(path: Path) -> tuple[int, ...]:
    """Changes whenever the file was written: size and time of the database and its log."""
    found: list[int] = []
    for name in (path.name, f"{path.name}-wal"):
        try:
            stat = path.with_name(name).stat()
        except OSError:
            continue
        found += [stat.st_size, stat.st_mtime_ns]
    return tuple(found)
