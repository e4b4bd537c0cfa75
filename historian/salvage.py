"""What can still be read of a damaged file goes into a new one; the damaged one is kept beside it under another name.

SQLite reads every page that is whole. A table is read from both ends; what lies between two damaged places is found by halving
the range of keys between them. Nothing is repaired or made up: an event that cannot be read is missing, and the chain of the
journal shows where.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from historian.database import is_damage, transaction
from line.clock import NS_PER_S
from line.messages import JsonObject

log = logging.getLogger(__name__)

_LEAF: Final = 4
_LEAF_NS: Final = 10 * NS_PER_S
"""Ranges of keys, and of times, that are not halved any more."""

_REACH: Final = 1 << 20
_ROWS: Final = 50_000

_DAY_NS: Final = 86_400 * NS_PER_S
_TRIES_MAX: Final = 20_000
_ROLLUPS: Final = "rollup"
_SUFFIXES: Final = ("", "-wal", "-shm")

Row = tuple[object, ...]


@dataclass(frozen=True)
class Salvaged:
    """``rows``: what was read, by table; ``lost``: tables of which something, or perhaps something, could not be read."""

    file: str
    kept_as: str
    rows: dict[str, int]
    lost: Sequence[str]
    cause: str

    def to_json(self) -> JsonObject:
        """As a system event tells it."""
        return {"file": self.file, "kept_as": self.kept_as, "rows": dict(self.rows), "lost": list(self.lost), "error": self.cause}


def finish(path: Path) -> None:
    """A salvage that was interrupted between its two last steps is completed; to be called before ``path`` is opened."""
    ready = _ready(path)
    if not path.exists() and ready.exists():
        ready.replace(path)


def salvage(
    path: Path,
    make: Callable[[Path], sqlite3.Connection],
    now_ns: int,
    cause: str,
    complete: Callable[[sqlite3.Connection], None] | None = None,
) -> Salvaged:
    """Replace a damaged file; ``make`` makes an empty one of the same kind. Its connections must be closed.

    ``complete`` is given the new file before it takes the place of the old one, when something was lost.

    Raises sqlite3.Error and OSError where the disk has no room for the new file: the damaged one is then still in its place.
    """
    draft, ready = path.with_name(f"{path.stem}.draft"), _ready(path)
    for old in (draft, ready):
        for suffix in _SUFFIXES:
            old.with_name(old.name + suffix).unlink(missing_ok=True)
    lost: list[str] = []
    with closing(make(draft)) as new:
        rows = _copy(path, new, lost)
        if lost and complete is not None:
            complete(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file again
    draft.replace(ready)
    kept = path.with_name(f"{path.stem}.damaged-{now_ns // NS_PER_S}.db")
    for suffix in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(kept.with_name(kept.name + suffix))
    ready.replace(path)
    result = Salvaged(path.name, kept.name, rows, lost, cause)
    log.error("%s was damaged (%s); kept as %s, read from it: %s", path, cause, kept.name, rows)
    return result


def _ready(path: Path) -> Path:
    return path.with_name(f"{path.stem}.salvaged")


def _copy(path: Path, new: sqlite3.Connection, lost: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as old:
            old.execute("PRAGMA writable_schema=ON")  # else SQLite refuses all of a file that is shorter than it says
            schema = cast(
                list[tuple[str, str, str]],
                old.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid").fetchall(),
            )
            with transaction(new):
                for name in [n for kind, n, _ in schema if kind == "table" and not n.startswith((_ROLLUPS, "sqlite_"))]:
                    counts[name] = _copy_table(old, new, name, {n: s for _, n, s in schema}[name], lost)
                known = {r[0] for r in new.execute("SELECT name FROM sqlite_master").fetchall()}
                for _, name, sql in schema:
                    if name not in known and not name.startswith(_ROLLUPS):
                        new.execute(sql)
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        lost.append("all" if not counts else "some")
    return counts


def _copy_table(old: sqlite3.Connection, new: sqlite3.Connection, name: str, sql: str, lost: list[str]) -> int:
    if new.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is None:
        new.execute(sql)
    info = cast(list[tuple[int, str, str, int, object, int]], new.execute(f"PRAGMA table_info({name})").fetchall())
    columns = [row[1] for row in info]
    keys = [row[1] for row in sorted(info, key=lambda r: r[5]) if row[5]]
    rowid = "WITHOUT ROWID" not in sql.upper()
    whole = [True]
    put = f"INSERT OR REPLACE INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    before = new.total_changes
    if name == "samples":
        readers = _samples(old, columns, whole)
    else:
        readers = _rows(old, _Range(name, columns, "rowid" if rowid else keys[0], "", *((_LEAF, _REACH) if rowid else ())), whole)
    for rows in readers:
        new.executemany(put.replace("REPLACE", "IGNORE") if name in ("events", "samples") else put, rows)
    if name == "tags" and not whole[0]:  # the index of the names holds them as well
        with suppress(sqlite3.DatabaseError):
            found = old.execute("SELECT id, name FROM tags INDEXED BY sqlite_autoindex_tags_1 ORDER BY name").fetchall()
            new.executemany("INSERT OR IGNORE INTO tags (id, name) VALUES (?,?)", found)
    if not whole[0]:
        lost.append(name)
    return new.total_changes - before


def _samples(old: sqlite3.Connection, columns: Sequence[str], whole: list[bool]) -> Iterator[list[Row]]:
    """Tag by tag, so that a range of keys is a range of times."""
    try:
        last = cast(tuple[int | None], old.execute("SELECT max(id) FROM tags").fetchone())[0] or 0
    except sqlite3.DatabaseError:
        last = 10_000
        whole[0] = False
    for tag in range(1, last + 1):
        yield from _rows(old, _Range("samples", columns, "time_ns", f"tag = {tag} AND ", _LEAF_NS, _DAY_NS), whole)


@dataclass(frozen=True)
class _Range:
    """A table and its key; ``leaf`` 0 for keys that are no numbers, ``reach`` how far beyond the last one read keys may go."""

    table: str
    columns: Sequence[str]
    key: str
    where: str = ""
    leaf: int = 0
    reach: int = 0

    def sql(self, ascending: bool) -> str:
        order = "" if ascending else " DESC"
        return (
            f"SELECT {self.key}, {', '.join(self.columns)} FROM {self.table} WHERE {self.where}{self.key} > ? "
            f"AND {self.key} < ? ORDER BY {self.key}{order} LIMIT {_ROWS}"
        )


def _rows(old: sqlite3.Connection, wanted: _Range, whole: list[bool]) -> Iterator[list[Row]]:
    low, high = (-(1 << 62), 1 << 62) if wanted.leaf else ("", "\U0010ffff")
    up, down = wanted.sql(ascending=True), wanted.sql(ascending=False)
    while True:
        rows, ok = _pull(old, up, (low, high))
        yield [r[1:] for r in rows]
        low = cast(int, rows[-1][0]) if rows else low
        if not ok:
            break
        if len(rows) < _ROWS:
            return
    whole[0] = False
    while True:
        rows, ok = _pull(old, down, (low, high))
        yield [r[1:] for r in rows]
        high = cast(int, rows[-1][0]) if rows else high
        if not ok:
            break
        if len(rows) < _ROWS:
            return
    if wanted.leaf:
        yield from _islands(old, wanted, cast(int, low), cast(int, high))


def _islands(old: sqlite3.Connection, wanted: _Range, low: int, high: int) -> Iterator[list[Row]]:
    """What can be read between two damaged places."""
    low = max(low, high - wanted.reach) if low == -(1 << 62) else low
    ranges, tries = deque([(low, min(high, low + wanted.reach))]), 0
    while ranges and tries < _TRIES_MAX:
        low, high = ranges.popleft()
        if high - low <= wanted.leaf:
            continue
        middle = (low + high) // 2
        for a, b in ((low, middle), (middle - 1, high)):
            tries += 1
            rows, ok = _pull(old, wanted.sql(ascending=True), (a, b))
            yield [r[1:] for r in rows]
            if not ok:
                back, _ = _pull(old, wanted.sql(ascending=False), (a, b))
                yield [r[1:] for r in back]
                ranges.append((cast(int, rows[-1][0]) if rows else a, cast(int, back[-1][0]) if back else b))


def _pull(db: sqlite3.Connection, sql: str, args: Sequence[int | str]) -> tuple[list[Row], bool]:
    """The rows up to the first that cannot be read, and whether those are all."""
    rows: list[Row] = []
    try:
        rows.extend(db.execute(sql, args))
    except sqlite3.DatabaseError:
        return rows, False
    return rows, True
