"""What the forwarder sends, read from the journal and the day files in the order in which it was stored.

A stream has an end where new positions come, and may have gaps further back: what an outage left behind. :meth:`Feed.live` reads
the end, :meth:`Feed.behind` the oldest gap.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar, cast

from historian.database import decode_object, is_damage, open_reader
from historian.journal import JOURNAL_VERSION
from historian.lineproto import Series, event_line, event_series, sample_line, sample_prefix
from historian.outbox import EVENTS_STREAM
from historian.queries import JOURNAL_FILE, SAMPLES_FOLDER, Queries
from historian.samples import BATCH_ROWS_MAX, SAMPLES_VERSION, day_files
from historian.spans import Spans
from line.clock import NS_PER_MS
from line.messages import Event

log = logging.getLogger(__name__)

LINES_MAX: Final = 5000
EVENTS_MAX: Final = 1000
LIVE_POINTS: Final = 20_000
"""More than so many points that wait at the end of a stream are an outage: the newest of them go first, the others behind."""
LIVE_EVENTS: Final = 4000
HOT_FILES: Final = 2
"""Newest day files whose end is live; older ones are, too, when something is added to them while we look."""

T = TypeVar("T")

SentOf: TypeAlias = Callable[[str], Spans]
"""A stream's name → what of it need not be sent."""


@dataclass(frozen=True)
class Chunk:
    """Lines to send in one request. Once they are taken, the positions ``after < n <= position`` of the stream are sent.

    ``shifts`` gives for every line the shift whose ledger counts it, ``positions`` its position. ``leap``: it leaves a gap.
    """

    stream: str
    after: int
    position: int
    lines: list[str]
    shifts: list[str]
    positions: list[int]
    leap: bool = False


_UNKNOWN: Final = ()


@dataclass
class _Day:
    """``live`` waits at the end of the file, ``behind`` in gaps further back; as of when the file had this ``signature``."""

    signature: tuple[int, ...]
    hot: bool
    last: int = 0
    live: int = 0
    behind: int = 0


class Feed:
    """Reads the streams of one data folder for one sink."""

    def __init__(self, folder: Path, line: str) -> None:
        self._folder = folder / SAMPLES_FOLDER
        self._journal = folder / JOURNAL_FILE
        self._queries = Queries(folder)
        self._line = line
        self._prefixes: dict[str, str] = {}
        self._days: dict[str, _Day] = {}
        self._seq = 0
        self._faults: dict[str, str] = {}
        self._told: set[str] = set()

    def fault(self) -> str:
        """What could not be read since the last :meth:`look`; empty when all could."""
        return "; ".join(f"{stream}: {words}" for stream, words in self._faults.items())

    def _of(self, stream: str, ask: Callable[[], T], none: T) -> T:
        """What ``ask`` says, or ``none`` while the stream's file is damaged: the others do not wait until it is made anew."""
        try:
            return ask()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._faults[stream] = str(error)
            if stream not in self._told:
                self._told.add(stream)
                log.warning("the file of %s is damaged; what it holds is not sent until it is made anew: %s", stream, error)
            return none

    def look(self, sent: SentOf) -> None:
        """Find out what there is to send now; to be called before :meth:`live` and :meth:`behind`."""
        self._faults = {}
        self._seq = self._of(EVENTS_STREAM, self._queries.last_seq, self._seq)
        files = day_files(self._folder)
        hot = {path for _, path in files[-HOT_FILES:]}
        known, self._days = self._days, {}
        for day, path in files:
            stream = day.isoformat()
            signature = _signature(path)
            before = known.get(stream)
            if before is not None and before.signature == signature:
                self._days[stream] = before
                continue
            # Not the newest, but added to since we look (a clock was set back over midnight, a late sample): live as well.
            grown = before is not None and (before.hot or before.signature != _UNKNOWN)
            count = partial(self._count, path, sent(stream), signature, hot=path in hot or grown)
            self._days[stream] = self._of(stream, count, _Day(_UNKNOWN, hot=False))

    def recount(self) -> None:
        """What was sent is no longer: count everything anew with the next :meth:`look`."""
        for day in self._days.values():
            day.signature = _UNKNOWN

    def live(self, sent: SentOf) -> list[Chunk]:
        """The next lines at the end of every stream; at most one chunk of each."""
        chunks = [self._of(EVENTS_STREAM, partial(self._live_events, sent(EVENTS_STREAM)), None)]
        for stream, day in self._days.items():
            if day.hot:
                chunks.append(self._of(stream, partial(self._live_samples, stream, day, sent(stream)), None))
        return [chunk for chunk in chunks if chunk is not None]

    def behind(self, sent: SentOf) -> Chunk | None:
        """The oldest lines that an outage left behind: of the journal, else of the oldest day; None when there are none."""
        for after, upto in sent(EVENTS_STREAM).gaps():
            chunk = self._of(EVENTS_STREAM, partial(self._events, after, upto), None)
            if chunk is not None:
                return chunk
        for stream, day in sorted(self._days.items()):
            spans = sent(stream)
            ranges = spans.gaps() if day.hot else [*spans.gaps(), (spans.last(), day.last)]
            for after, upto in ranges:
                chunk = self._of(stream, partial(self._samples, stream, after, upto), None)
                if chunk is not None:
                    return chunk
        return None

    def taken(self, chunk: Chunk, *, live: bool) -> None:
        """``chunk`` was acknowledged: it no longer waits."""
        day = self._days.get(chunk.stream)
        if day is None:
            return
        if chunk.leap:
            day.behind, day.live = day.behind + max(0, day.live - len(chunk.lines)), 0
            day.signature = _UNKNOWN  # to be counted anew
        elif live:
            day.live = max(0, day.live - len(chunk.lines))
        else:
            day.behind = max(0, day.behind - len(chunk.lines))

    def waiting(self, sent: SentOf) -> tuple[int, int]:
        """Points that wait at the ends of the streams, and those in gaps behind; as of the last :meth:`look`."""
        spans = sent(EVENTS_STREAM)
        live = max(0, self._seq - spans.last())
        behind = sum(upto - after for after, upto in spans.gaps())
        return live + sum(d.live for d in self._days.values()), behind + sum(d.behind for d in self._days.values())

    def _live_events(self, spans: Spans) -> Chunk | None:
        after = spans.last()
        if self._seq - after > LIVE_EVENTS:
            after = self._seq - EVENTS_MAX
        return self._events(after, self._seq)

    def _events(self, after: int, upto: int) -> Chunk | None:
        if upto <= after:
            return None
        events = self._queries.events_after(after, min(EVENTS_MAX, upto - after))
        events = [e for e in events if e.seq <= upto]
        if not events:
            return self._absent(after, upto)
        slots = self._slots_before(events)
        lines: list[str] = []
        for event in events:
            key = (event_series(event.kind, event.source, event.unit, event.data.get("what")), event.time_ns // NS_PER_MS)
            lines.append(event_line(self._line, event, slots[key]))
            slots[key] += 1
        return Chunk(EVENTS_STREAM, after, events[-1].seq, lines, [""] * len(lines), [e.seq for e in events])

    def _absent(self, after: int, upto: int) -> Chunk | None:
        """A chunk without lines when the journal has later events and none of these: a damaged file has lost them."""
        db = open_reader(self._journal, JOURNAL_VERSION)
        if db is None:
            return None
        with closing(db):
            row = db.execute("SELECT min(seq) FROM events WHERE seq > ?", (after,)).fetchone()
        following = cast(tuple[int | None], row)[0]
        return Chunk(EVENTS_STREAM, after, upto, [], [], []) if following is not None and following > upto else None

    def _slots_before(self, events: Sequence[Event]) -> Counter[tuple[Series, int]]:
        """How many events of each series and millisecond come before these in the journal, wherever a chunk begins.

        So a point that is sent again is the same point, and a clock that was set back overwrites none of its first pass.
        """
        found: Counter[tuple[Series, int]] = Counter()
        db = open_reader(self._journal, JOURNAL_VERSION)
        if db is None:
            return found
        first, last = min(e.time_ns for e in events) // NS_PER_MS, max(e.time_ns for e in events) // NS_PER_MS + 1
        sql = """SELECT source, unit, data, time_ns FROM events WHERE kind = ? AND time_ns >= ? AND time_ns < ? AND seq < ?"""
        with closing(db):
            for kind in {e.kind for e in events}:
                args = (kind, first * NS_PER_MS, last * NS_PER_MS, events[0].seq)
                for source, unit, data, time_ns in cast(list[tuple[str, str, str, int]], db.execute(sql, args).fetchall()):
                    found[event_series(kind, source, unit, decode_object(data).get("what")), time_ns // NS_PER_MS] += 1
        return found

    def _count(self, path: Path, spans: Spans, signature: tuple[int, ...], *, hot: bool) -> _Day:
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            return _Day(signature, hot)
        with closing(db):
            last = cast(tuple[int], db.execute("SELECT coalesce(max(batch), 0) FROM batches").fetchone())[0]
            tail = _stored(db, spans.last(), last)
            gaps = sum(_stored(db, after, upto) for after, upto in spans.gaps())
        return _Day(signature, hot, last, tail, gaps) if hot else _Day(signature, hot, last, 0, gaps + tail)

    def _live_samples(self, stream: str, day: _Day, spans: Spans) -> Chunk | None:
        after = spans.last()
        if day.live <= LIVE_POINTS:
            return self._samples(stream, after, day.last)
        chunk = self._samples(stream, self._newest(stream, after), day.last)
        return replace(chunk, leap=True) if chunk is not None else None

    def _newest(self, stream: str, after: int) -> int:
        """The position from which on the newest batches make one request."""
        db = open_reader(self._folder / f"{stream}.db", SAMPLES_VERSION)
        if db is None:
            return after
        points = 0
        with closing(db):
            rows = db.execute("SELECT batch, stored FROM batches WHERE batch > ? ORDER BY batch DESC LIMIT ?", (after, LINES_MAX))
            for batch, stored in cast(list[tuple[int, int]], rows.fetchall()):
                if points and points + stored > LINES_MAX:
                    return batch
                points += stored
        return after

    def _samples(self, stream: str, after: int, upto: int) -> Chunk | None:
        """Whole batches of ``after < n <= upto`` of one day, as many as make one request."""
        db = open_reader(self._folder / f"{stream}.db", SAMPLES_VERSION) if upto > after else None
        if db is None:
            return None
        with closing(db):
            db.execute("BEGIN")  # one view of batches and samples
            batches = cast(
                list[tuple[int, int, str]],
                db.execute(
                    "SELECT batch, stored, shift FROM batches WHERE batch > ? AND batch <= ? ORDER BY batch LIMIT ?",
                    (after, upto, LINES_MAX),
                ).fetchall(),
            )
            if not batches:
                return None
            last, rows = after, 0
            shifts: dict[int, str] = {}
            for batch, stored, shift in batches:
                if shifts and rows + stored > max(LINES_MAX, BATCH_ROWS_MAX):
                    break
                last, rows = batch, rows + stored
                shifts[batch] = shift
            sql = """SELECT tags.name, time_ns, value, status, batch FROM samples JOIN tags ON tags.id = samples.tag
                     WHERE batch > ? AND batch <= ? ORDER BY batch, time_ns"""
            found = cast(list[tuple[str, int, float | str | None, int, int]], db.execute(sql, (after, last)).fetchall())
        lines = [sample_line(self._prefix(name), time_ns, value, status) for name, time_ns, value, status, _ in found]
        return Chunk(stream, after, last, lines, [shifts.get(row[4], "") for row in found], [row[4] for row in found])

    def _prefix(self, tag: str) -> str:
        prefix = self._prefixes.get(tag)
        if prefix is None:
            prefix = self._prefixes[tag] = sample_prefix(self._line, tag)
        return prefix


def _stored(db: sqlite3.Connection, after: int, upto: int) -> int:
    row = db.execute("SELECT coalesce(sum(stored), 0) FROM batches WHERE batch > ? AND batch <= ?", (after, upto)).fetchone()
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
