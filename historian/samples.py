"""Samples by exception in one SQLite file per UTC day (WAL, synchronous NORMAL).

The primary key is (tag, time), which makes an hour of one tag one short range. Each row also carries the number of the
``batch`` in which it arrived: batches of one file ascend and appear whole, so a forwarder that remembers one number per file
reads every row exactly once, whatever the order of the sample times.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, cast

import numpy as np

from historian.database import clean_text, is_damage, open_writer, transaction
from historian.rollup import DayRoller, add_rollups, mark_stale
from historian.salvage import Salvaged, finish, salvage
from line.clock import NS_PER_S
from line.image import FloatArray, IntArray
from line.quality import StatusArray, bad_mask

SAMPLES_VERSION: Final = 1
BATCH_ROWS_MAX: Final = 5000
"""Rows of one batch at most: what a forwarder sends in one request."""

LEFT_OUT: Final = 10_000
"""Numbers that are left out after some were lost: more than a sink takes at once, so that none under way means a new batch."""

NS_PER_DAY: Final = 86_400 * NS_PER_S
_EPOCH: Final = date(1970, 1, 1)

_SCHEMA: Final = (
    "CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    """CREATE TABLE samples (tag INTEGER NOT NULL, time_ns INTEGER NOT NULL, value, status INTEGER NOT NULL,
       batch INTEGER NOT NULL, PRIMARY KEY (tag, time_ns)) WITHOUT ROWID""",
    "CREATE INDEX samples_batch ON samples (batch)",
    """CREATE TABLE batches (batch INTEGER PRIMARY KEY, written_ns INTEGER NOT NULL, shift TEXT NOT NULL,
       expected INTEGER NOT NULL, stored INTEGER NOT NULL, late INTEGER NOT NULL, bad INTEGER NOT NULL)""",
)
_LAST_BATCH: Final = """SELECT max(coalesce((SELECT max(batch) FROM batches), 0),
    coalesce((SELECT max(batch) FROM samples), 0))"""  # a file that was damaged may have lost rows of either


@dataclass(frozen=True, eq=False)
class SampleBlock:
    """Samples of one scan. ``names`` are all tag names by handle; the arrays have one element per sample.

    ``late`` flags samples whose source time lay well before the scan that brought them. ``strings`` holds the texts of
    string tags by handle.
    """

    names: Sequence[str]
    handles: IntArray
    time_ns: IntArray
    values: FloatArray
    status: StatusArray
    late: np.ndarray[tuple[int], np.dtype[np.bool_]]
    strings: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.handles)

    def part(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> SampleBlock:
        """The samples that the mask chooses."""
        return SampleBlock(
            self.names, self.handles[chosen], self.time_ns[chosen], self.values[chosen], self.status[chosen],
            self.late[chosen], self.strings,
        )  # fmt: skip


def day_of(time_ns: int) -> date:
    """The UTC day that ``time_ns`` falls on."""
    return _EPOCH + timedelta(days=time_ns // NS_PER_DAY)


def day_path(directory: Path, day: date) -> Path:
    """The file of one day."""
    return directory / f"{day.isoformat()}.db"


def day_files(directory: Path) -> list[tuple[date, Path]]:
    """The day files that exist, oldest first; other files are passed over."""
    found: list[tuple[date, Path]] = []
    for path in directory.glob("????-??-??.db"):
        try:
            found.append((datetime.strptime(path.stem, "%Y-%m-%d").replace(tzinfo=UTC).date(), path))
        except ValueError:
            continue
    return sorted(found)


@dataclass
class _Pending:
    blocks: list[tuple[str, SampleBlock]]
    missed: dict[str, int]


class SampleStore:
    """The one writer of the day files: samples are added in memory and go to the disk with :meth:`commit`."""

    def __init__(self, directory: Path, taken: Callable[[date], int] = lambda _day: 0) -> None:
        """``taken``: the greatest batch of a day that any sink has; those numbers are not used again where the file lost them."""
        with suppress(OSError):  # a full disk: writing will say so, and makes it
            directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._taken = taken
        self._open: dict[date, sqlite3.Connection] = {}
        self._ids: dict[date, dict[str, int]] = {}
        self._pending: dict[date, _Pending] = {}
        self._rollers: dict[date, DayRoller] = {}
        self._newest_ns = self._now_ns = 0
        self._looked: set[date] = set()
        self.salvaged: list[Salvaged] = []
        """Files that were damaged and made anew; whoever tells of them empties the list."""
        self._rows = 0

    def add(self, block: SampleBlock, shift: str) -> None:
        """Keep a block for the next commit; ``shift`` is whose ledger counts it."""
        if not len(block):
            return
        days = block.time_ns // NS_PER_DAY
        first = int(days[0])
        parts = [block] if (days == first).all() else [block.part(days == d) for d in sorted({int(d) for d in days})]
        for part in parts:
            day = day_of(int(part.time_ns[0]))
            self._pending.setdefault(day, _Pending([], {})).blocks.append((shift, part))
            self._newest_ns = max(self._newest_ns, int(part.time_ns.max()))
        self._rows += len(block)

    def miss(self, count: int, shift: str, now_ns: int) -> None:
        """Samples that should have been stored and were not: the ledger's ``expected`` counts them."""
        missed = self._pending.setdefault(day_of(now_ns), _Pending([], {})).missed
        missed[shift] = missed.get(shift, 0) + count

    def pending(self) -> int:
        """Samples added and not yet committed."""
        return self._rows

    def commit(self, now_ns: int) -> None:
        """Write what was added, one transaction per day. What was not written when an error is raised stays for the next.

        A damaged day file is made anew from what can be read of it; :attr:`salvaged` tells.
        """
        self._now_ns = now_ns
        for day in sorted(self._pending):
            pending = self._pending[day]
            try:
                self._commit_day(day, pending, now_ns)
            except sqlite3.Error as error:
                self._close_day(day)  # a fresh connection next time: this one may be broken
                self._mend(day, error)
                self._commit_day(day, pending, now_ns)
            del self._pending[day]
            self._rows -= sum(len(block) for _, block in pending.blocks)
        for day in [d for d in self._open if d < max(self._open) and d not in self._rollers]:
            self._close_day(day)

    def roll(self, go_on: Callable[[], bool]) -> bool:
        """Make rollups of the open days (historian/rollup.py), a little at a time while ``go_on()``; True when there is more.

        A day that is over is closed when it has all of them.
        """
        for day, roller in sorted(self._rollers.items()):
            try:
                while go_on():
                    if not roller.step(self._newest_ns):
                        break
                else:
                    return True
                if day < max(self._open) and roller.complete():
                    self._close_day(day)
            except sqlite3.Error as error:
                self._close_day(day)
                self._mend(day, error)
        return False

    def _mend(self, day: date, error: sqlite3.Error) -> None:
        """Salvage a damaged file; any other error is raised again."""
        if not is_damage(error):
            raise error
        self.salvaged.append(salvage_day(day_path(self._directory, day), self._now_ns, str(error)))

    def drop(self, days: Iterable[date]) -> list[date]:
        """Delete these days; those that are gone. One that is in use, or to which something is to be written, stays."""
        dropped: list[date] = []
        for day in days:
            if day in self._pending:
                continue
            self._close_day(day)
            path = day_path(self._directory, day)
            try:
                for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
                    path.with_name(name).unlink(missing_ok=True)
            except PermissionError:  # Windows: a reader has it open
                continue
            dropped.append(day)
        return dropped

    def close(self) -> None:
        """Close the files; what was not committed stays unwritten."""
        for day in list(self._open):
            self._close_day(day)

    def _commit_day(self, day: date, pending: _Pending, now_ns: int) -> None:
        db = self._open.get(day)
        if db is None:
            path = day_path(self._directory, day)
            finish(path)
            db = self._open[day] = make_day(path)
            if day not in self._looked:  # after a start: an interrupted write shows now, not when somebody asks for it
                db.execute("SELECT sum(status) FROM samples NOT INDEXED").fetchone()
                self._looked.add(day)
            taken = self._taken(day)
            if taken > cast(tuple[int], db.execute(_LAST_BATCH).fetchone())[0]:  # made anew, or a power failure cut off its end
                _leave_out(db, taken, now_ns)
            add_rollups(db)
            self._rollers[day] = DayRoller(db, (day - _EPOCH).days * NS_PER_DAY)
            rows = cast(list[tuple[str, int]], db.execute("SELECT name, id FROM tags").fetchall())
            self._ids[day] = dict(rows)
        ids = dict(self._ids[day])
        missed = dict(pending.missed)
        with transaction(db):
            batch = cast(tuple[int], db.execute(_LAST_BATCH).fetchone())[0]
            for shift, block in _grouped(pending.blocks):
                batch += 1
                stored = _insert(db, block, ids, batch)
                bad = int(bad_mask(np.concatenate([b.status for b in block])).sum())
                late = sum(int(b.late.sum()) for b in block)
                expected = sum(len(b) for b in block) + missed.pop(shift, 0)
                db.execute("INSERT INTO batches VALUES (?,?,?,?,?,?,?)", (batch, now_ns, shift, expected, stored, late, bad))
            for shift, count in missed.items():
                batch += 1
                db.execute("INSERT INTO batches VALUES (?,?,?,?,0,0,0)", (batch, now_ns, shift, count))
        self._ids[day] = ids

    def _close_day(self, day: date) -> None:
        db = self._open.pop(day, None)
        self._ids.pop(day, None)
        self._rollers.pop(day, None)
        if db is not None:
            db.close()


def _grouped(blocks: Sequence[tuple[str, SampleBlock]]) -> list[tuple[str, list[SampleBlock]]]:
    """Runs of blocks of one shift with at most BATCH_ROWS_MAX rows each, in order."""
    groups: list[tuple[str, list[SampleBlock]]] = []
    rows = 0
    for shift, whole in blocks:
        for start in range(0, len(whole), BATCH_ROWS_MAX):
            block = whole
            if len(whole) > BATCH_ROWS_MAX:
                position = np.arange(len(whole))
                block = whole.part((position >= start) & (position < start + BATCH_ROWS_MAX))
            if not groups or groups[-1][0] != shift or rows + len(block) > BATCH_ROWS_MAX:
                groups.append((shift, []))
                rows = 0
            groups[-1][1].append(block)
            rows += len(block)
    return groups


def _insert(db: sqlite3.Connection, blocks: Sequence[SampleBlock], ids: dict[str, int], batch: int) -> int:
    """Insert the rows of one batch; the number stored. A row whose tag and time are there already changes nothing."""
    rows: list[tuple[int, int, float | str | None, int, int]] = []
    for block in blocks:
        values = cast(list[float | str | None], block.values.tolist())
        handles = cast(list[int], block.handles.tolist())
        if block.strings:
            values = [block.strings.get(h, v) for h, v in zip(handles, values, strict=True)]
            values = [clean_text(v) if isinstance(v, str) else v for v in values]
        tag_ids = [ids.get(block.names[h]) or _new_id(db, block.names[h], ids) for h in handles]
        times, codes = cast(list[int], block.time_ns.tolist()), cast(list[int], block.status.tolist())
        rows += zip(tag_ids, times, values, codes, [batch] * len(handles), strict=True)
    before = db.total_changes
    db.executemany("INSERT OR IGNORE INTO samples VALUES (?,?,?,?,?)", rows)
    stored = db.total_changes - before
    mark_stale(db, [row[0] for row in rows], np.concatenate([block.time_ns for block in blocks]))
    return stored


def make_day(path: Path) -> sqlite3.Connection:
    """The writing connection of a day file, which is made when there is none. Raises as :func:`open_writer`."""
    return open_writer(path, _SCHEMA, SAMPLES_VERSION, "NORMAL")


def salvage_day(path: Path, now_ns: int, cause: str) -> Salvaged:
    """As :func:`historian.salvage.salvage`. Samples whose batch was lost get one again, of no shift, so that they are sent."""

    def complete(db: sqlite3.Connection) -> None:
        sql = """INSERT INTO batches SELECT batch, ?, '', count(*), count(*), 0, 0 FROM samples
                 WHERE batch NOT IN (SELECT batch FROM batches) GROUP BY batch"""
        db.execute(sql, (now_ns,))
        _leave_out(db, cast(tuple[int], db.execute(_LAST_BATCH).fetchone())[0], now_ns)

    return salvage(path, make_day, now_ns, cause, complete)


def _leave_out(db: sqlite3.Connection, upto: int, now_ns: int) -> None:
    """Go on well above ``upto``: an empty batch holds the place."""
    db.execute("INSERT INTO batches VALUES (?,?,'',0,0,0,0)", (upto + LEFT_OUT, now_ns))


def _new_id(db: sqlite3.Connection, name: str, ids: dict[str, int]) -> int:
    # Above all samples as well: those of a tag whose name a damaged file has lost are not to be taken for another's.
    above = "SELECT max(coalesce((SELECT max(id) FROM tags), 0), coalesce((SELECT max(tag) FROM samples), 0)) + 1"
    ids[name] = int(db.execute(f"INSERT INTO tags (id, name) VALUES (({above}), ?)", (name,)).lastrowid or 0)
    return ids[name]
