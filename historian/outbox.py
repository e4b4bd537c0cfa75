"""``forward/NAME.db``: how far one sink has acknowledged each stream, and the points that it refused.

A stream is ``events`` (position: sequence number) or a day file's date (position: batch number). Because live points go before
those that an outage left behind, what is acknowledged is a set of ranges, not one position: ``sent`` says what need not be sent,
a re-send takes out of it; ``ever`` says what was acknowledged at any time and only grows, so that nothing is counted twice.
"""

from __future__ import annotations

import logging
import sqlite3
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, cast

from historian.database import StoreVersionError, is_damage, open_reader, open_writer, transaction
from historian.samples import SAMPLES_VERSION, day_files
from historian.spans import Spans

log = logging.getLogger(__name__)

OUTBOX_VERSION: Final = 2
EVENTS_STREAM: Final = "events"
FOLDER: Final = "forward"
OLD_FILE: Final = "forward.db"
"""The state of the one sink of earlier versions (schema 1)."""
RETIRED: Final = ".off"
"""What is put behind the name of a state whose sink is no longer configured."""

_SCHEMA: Final = (
    """CREATE TABLE spans (what TEXT NOT NULL, stream TEXT NOT NULL, after INTEGER NOT NULL, upto INTEGER NOT NULL,
       PRIMARY KEY (what, stream, after)) WITHOUT ROWID""",
    """CREATE TABLE acks (id INTEGER PRIMARY KEY, acked_ns INTEGER NOT NULL, stream TEXT NOT NULL,
       after INTEGER NOT NULL, upto INTEGER NOT NULL)""",
    "CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO totals VALUES ('forwarded', 0)",
    """CREATE TABLE dead (id INTEGER PRIMARY KEY, line TEXT NOT NULL UNIQUE, stream TEXT NOT NULL, shift TEXT NOT NULL,
       reason TEXT NOT NULL, dead_ns INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 1,
       state TEXT NOT NULL DEFAULT 'dead' CHECK (state IN ('dead', 'again', 'dropped')))""",
    "CREATE INDEX dead_again ON dead (id) WHERE state = 'again'",
)


@dataclass(frozen=True)
class Refused:
    """A point that the sink will not take, with the sink's words; ``shift`` is whose ledger misses it."""

    line: str
    reason: str
    shift: str


@dataclass(frozen=True)
class DeadLetter:
    """A refused point as it lies in the dead-letter table. ``again``: it waits to be sent once more."""

    number: int
    line: str
    stream: str
    reason: str
    dead_ns: int
    tries: int
    again: bool


class Outbox:
    """The one writer of a sink's state, save that :class:`DeadLetters` of another process may mark refused points.

    Raises StoreVersionError for a state of a newer schema, sqlite3.Error for what the disk does.
    """

    def __init__(self, path: Path) -> None:
        self._db = open_writer(path, _SCHEMA, OUTBOX_VERSION, "NORMAL")
        self._sent: dict[str, Spans] = {}
        self._ever: dict[str, Spans] = {}
        rows = self._db.execute("SELECT what, stream, after, upto FROM spans").fetchall()
        for what, stream, after, upto in cast(list[tuple[str, str, int, int]], rows):
            (self._sent if what == "sent" else self._ever).setdefault(stream, Spans()).add(after, upto)
        self._forwarded = cast(tuple[int], self._db.execute("SELECT value FROM totals WHERE name = 'forwarded'").fetchone())[0]

    def sent(self, stream: str) -> Spans:
        """What need not be sent; not to be changed by the caller."""
        return self._sent.get(stream) or Spans()

    def ever(self, stream: str) -> Spans:
        """What was acknowledged or refused at any time and is not counted again; not to be changed by the caller."""
        return self._ever.get(stream) or Spans()

    def acknowledge(
        self,
        stream: str,
        after: int,
        upto: int,
        fresh: int,
        refused: Sequence[Refused],
        now_ns: int,
        mono_ns: int,
        window_ns: int,
        resent: Collection[str] = (),
    ) -> None:
        """The positions ``after < n <= upto`` were taken, ``fresh`` points of them for the first time. One transaction.

        ``resent`` are lines of before among them: one that was refused then is a dead letter no more, one that is refused only
        now is not forwarded any more.

        Steps older than ``window_ns`` before ``mono_ns`` are forgotten: they will not be re-sent. (Their age is measured on the
        monotonic clock, so that a clock that is set forward does not shorten the window; it may differ after a restart, which
        re-sends all that is remembered.)
        """
        with transaction(self._db):
            for what, spans in (("sent", self._sent), ("ever", self._ever)):
                grown = Spans(spans.get(stream) or ())
                grown.add(after, upto)
                self._save(what, stream, spans.get(stream), grown)
            self._db.execute("INSERT INTO acks (acked_ns, stream, after, upto) VALUES (?,?,?,?)", (mono_ns, stream, after, upto))
            self._db.execute("DELETE FROM acks WHERE acked_ns < ?", (mono_ns - window_ns,))
            for point in refused:
                fresh -= self._refuse(point, stream, now_ns) and point.line in resent
            if resent and self._db.execute("SELECT 1 FROM dead LIMIT 1").fetchone():
                held_back = {point.line for point in refused}
                taken = [(line,) for line in resent if line not in held_back]
                fresh += self._db.executemany("DELETE FROM dead WHERE line = ?", taken).rowcount if taken else 0
            if fresh:
                self._db.execute("UPDATE totals SET value = value + ? WHERE name = 'forwarded'", (fresh,))
        self._sent.setdefault(stream, Spans()).add(after, upto)
        self._ever.setdefault(stream, Spans()).add(after, upto)
        self._forwarded += fresh

    def _refuse(self, point: Refused, stream: str, now_ns: int) -> bool:
        """Note a refused point; True when it is a new one."""
        sql = "UPDATE dead SET reason = ?, tries = tries + 1 WHERE line = ?"
        if self._db.execute(sql, (point.reason, point.line)).rowcount:
            return False
        sql = "INSERT INTO dead (line, stream, shift, reason, dead_ns) VALUES (?,?,?,?,?)"
        self._db.execute(sql, (point.line, stream, point.shift, point.reason, now_ns))
        return True

    def rewind(self) -> bool:
        """Take the remembered steps out of what was sent, so that they are sent again; False when there are none."""
        rows = cast(list[tuple[str, int, int]], self._db.execute("SELECT stream, after, upto FROM acks").fetchall())
        if not rows:
            return False
        left = {stream: Spans(self._sent.get(stream) or ()) for stream, _, _ in rows}
        for stream, after, upto in rows:
            left[stream].remove(after, upto)
        with transaction(self._db):
            for stream, spans in left.items():
                self._save("sent", stream, self._sent.get(stream), spans)
            self._db.execute("DELETE FROM acks")
        self._sent |= left
        return True

    def _save(self, what: str, stream: str, old: Spans | None, new: Spans) -> None:
        before, after = set(old or ()), set(new)
        self._db.executemany(
            "DELETE FROM spans WHERE what = ? AND stream = ? AND after = ?", [(what, stream, a) for a, _ in before - after]
        )
        self._db.executemany("INSERT INTO spans VALUES (?,?,?,?)", [(what, stream, a, b) for a, b in after - before])

    def to_resend(self, limit: int) -> list[Refused]:
        """Refused points that somebody asked to have sent again, oldest first."""
        sql = "SELECT line, reason, shift FROM dead WHERE state = 'again' ORDER BY id LIMIT ?"
        return [Refused(*row) for row in cast(list[tuple[str, str, str]], self._db.execute(sql, (limit,)).fetchall())]

    def resent(self, taken: Sequence[str], refused: Sequence[Refused]) -> None:
        """Points of :meth:`to_resend` that were taken now, and those that were refused again."""
        with transaction(self._db):
            self._db.executemany("DELETE FROM dead WHERE line = ?", [(line,) for line in taken])
            self._db.executemany(
                "UPDATE dead SET state = 'dead', reason = ?, tries = tries + 1 WHERE line = ?",
                [(r.reason, r.line) for r in refused],
            )
            self._db.execute("UPDATE totals SET value = value + ? WHERE name = 'forwarded'", (len(taken),))
        self._forwarded += len(taken)

    def forwarded(self) -> int:
        """Points acknowledged over the life of the file, each counted once."""
        return self._forwarded

    def dead(self) -> int:
        """Points that the sink refused and nobody has dropped."""
        return cast(tuple[int], self._db.execute("SELECT count(*) FROM dead WHERE state <> 'dropped'").fetchone())[0]

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()


class DeadLetters:
    """The refused points of a sink, for the command line: also while the server runs, which sees what is marked here."""

    def __init__(self, path: Path) -> None:
        """Raises FileNotFoundError when there is no such state, and as :class:`Outbox`."""
        if not path.exists():
            raise FileNotFoundError(f"no sink has left a state {path}")
        self._db = open_writer(path, _SCHEMA, OUTBOX_VERSION, "NORMAL")

    def count(self) -> int:
        """Points that the sink refused and nobody has dropped."""
        return cast(tuple[int], self._db.execute("SELECT count(*) FROM dead WHERE state <> 'dropped'").fetchone())[0]

    def list(self, limit: int) -> list[DeadLetter]:
        """Newest first."""
        sql = """SELECT id, line, stream, reason, dead_ns, tries, state = 'again' FROM dead WHERE state <> 'dropped'
                 ORDER BY id DESC LIMIT ?"""
        rows = cast(list[tuple[int, str, str, str, int, int, int]], self._db.execute(sql, (limit,)).fetchall())
        return [DeadLetter(*row[:6], again=bool(row[6])) for row in rows]

    def resend(self, numbers: Sequence[int] = ()) -> int:
        """Have these sent again, or all; how many were marked."""
        return self._mark("again", numbers)

    def drop(self, numbers: Sequence[int] = ()) -> int:
        """Give these up, or all. They stay in the table, for the ledger: they were never forwarded. How many were marked."""
        return self._mark("dropped", numbers)

    def _mark(self, state: str, numbers: Sequence[int]) -> int:
        with transaction(self._db):
            if not numbers:
                return self._db.execute("UPDATE dead SET state = ? WHERE state <> 'dropped'", (state,)).rowcount
            sql = "UPDATE dead SET state = ? WHERE id = ? AND state <> 'dropped'"
            return sum(self._db.execute(sql, (state, number)).rowcount for number in numbers)

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()


@dataclass(frozen=True)
class SinkRecord:
    """What a sink has acknowledged, as others read it. ``dead_lines``: refused points of samples with their shift."""

    name: str
    sent: dict[str, Spans]
    ever: dict[str, Spans]
    dead_lines: dict[str, str]


def state_path(data: Path, name: str) -> Path:
    """Where the state of the sink ``name`` lies."""
    return data / FOLDER / f"{name}.db"


def sink_records(data: Path) -> list[SinkRecord]:
    """The states of all sinks that are in use, by name; of an older version's one sink while no newer server has run."""
    found = [_record(path) for path in sorted((data / FOLDER).glob("*.db"))]
    if not found:
        found = [_old_record(data / OLD_FILE)]
    return [record for record in found if record is not None]


def last_taken(data: Path, stream: str) -> int:
    """The greatest position of ``stream`` that any sink has taken, also one that is set aside; 0 where nobody knows.

    Whoever numbers positions must not use those up to it again: the sink takes them for sent. Raises nothing.
    """
    folder = data / FOLDER
    last = 0
    for path in [*sorted(folder.glob("*.db")), *sorted(folder.glob(f"*.db{RETIRED}")), data / OLD_FILE]:
        try:
            record = _old_record(path) if path.name == OLD_FILE else _record(path)
        except (sqlite3.Error, StoreVersionError, OSError) as error:
            log.warning("%s does not say what was sent: %s", path, error)
            continue
        if record is not None:
            last = max(last, *(spans[stream].last() if stream in spans else 0 for spans in (record.sent, record.ever)))
    return last


def unsent_days(data: Path) -> set[date]:
    """The days (UTC) with samples that some sink in use has not acknowledged: retention asks before it deletes.

    Empty where nothing is forwarded. Raises StoreVersionError and sqlite3.Error as any reading does: then nobody knows.
    """
    records = sink_records(data)
    if not records:
        return set()
    return {day for day, path in day_files(data / "samples") if not all(_whole(path, day, record) for record in records)}


def _whole(path: Path, day: date, record: SinkRecord) -> bool:
    try:
        db = open_reader(path, SAMPLES_VERSION)
        if db is None:
            return True
        with closing(db):
            last = cast(tuple[int], db.execute("SELECT coalesce(max(batch), 0) FROM batches").fetchone())[0]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return False  # this day waits until it is made anew, the others do not
    sent = record.sent.get(day.isoformat())
    return last == 0 or (sent is not None and sent.solid() >= last)


def _record(path: Path) -> SinkRecord | None:
    db = open_reader(path, OUTBOX_VERSION)
    if db is None:
        return None
    with closing(db):
        db.execute("BEGIN")
        spans = cast(list[tuple[str, str, int, int]], db.execute("SELECT what, stream, after, upto FROM spans").fetchall())
        dead = cast(
            list[tuple[str, str]], db.execute("SELECT line, shift FROM dead WHERE stream <> ?", (EVENTS_STREAM,)).fetchall()
        )
    sent: dict[str, Spans] = {}
    ever: dict[str, Spans] = {}
    for what, stream, after, upto in spans:
        (sent if what == "sent" else ever).setdefault(stream, Spans()).add(after, upto)
    return SinkRecord(path.stem, sent, ever, dict(dead))


def _old_record(path: Path) -> SinkRecord | None:
    db = open_reader(path, OUTBOX_VERSION)
    if db is None:
        return None
    with closing(db):
        cursors = cast(list[tuple[str, int, int]], db.execute("SELECT stream, position, high FROM cursors").fetchall())
        dead = cast(
            list[tuple[str, str]], db.execute("SELECT line, shift FROM quarantine WHERE stream <> ?", (EVENTS_STREAM,)).fetchall()
        )
    sent = {stream: Spans([(0, position)]) for stream, position, _ in cursors}
    return SinkRecord("", sent, {stream: Spans([(0, high)]) for stream, _, high in cursors}, dict(dead))


def retire_others(data: Path, names: Sequence[str]) -> list[str]:
    """Set aside the states of sinks that are no longer configured, take back those of ``names``; who was set aside.

    To be called by the server before it opens them. A sink that is set aside holds up neither retention nor the ledger.
    """
    folder = data / FOLDER
    retired: list[str] = []
    for path in sorted(folder.glob("*.db")):
        if path.stem not in names:
            _settle(path)
            path.replace(path.with_name(path.name + RETIRED))
            retired.append(path.stem)
    for name in names:
        path = state_path(data, name)
        off = path.with_name(path.name + RETIRED)
        if off.exists() and not path.exists():
            off.replace(path)
    return retired


def migrate_old(data: Path, name: str) -> bool:
    """Make the state of an older version's one sink that of ``name``; False when there is none.

    What is left behind by an end in the middle is a file beside, which the next call writes anew; nothing is counted twice.
    """
    old, new = data / OLD_FILE, state_path(data, name)
    if not old.exists():
        return False
    if not new.exists():
        making = new.with_name(new.name + ".making")
        _unlink(making)
        db = open_writer(making, _SCHEMA, OUTBOX_VERSION, "NORMAL")
        try:
            _copy_old(old, db)
        finally:
            db.close()
        _settle(making)
        making.replace(new)
    _unlink(old)
    return True


def _copy_old(old: Path, db: sqlite3.Connection) -> None:
    source = open_reader(old, OUTBOX_VERSION)
    if source is None:
        return
    with closing(source), transaction(db):
        before = cast(list[tuple[str, int]], source.execute("SELECT stream, min(before) FROM acks GROUP BY stream").fetchall())
        again = dict(before)  # what may have to be sent again is sent again: the server starts anew anyhow
        for stream, position, high in cast(
            list[tuple[str, int, int]], source.execute("SELECT stream, position, high FROM cursors").fetchall()
        ):
            sent = min(position, again.get(stream, position))
            db.executemany(
                "INSERT INTO spans VALUES (?,?,0,?)", [(w, stream, n) for w, n in (("sent", sent), ("ever", high)) if n > 0]
            )
        db.execute("UPDATE totals SET value = ?", source.execute("SELECT value FROM totals WHERE name = 'forwarded'").fetchone())
        rows = source.execute(
            "SELECT line, stream, shift, reason, quarantined_ns FROM quarantine ORDER BY quarantined_ns"
        ).fetchall()
        db.executemany("INSERT INTO dead (line, stream, shift, reason, dead_ns) VALUES (?,?,?,?,?)", rows)


def _settle(path: Path) -> None:
    """Bring what lies in the log of a database into the file itself, so that it can be renamed."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode=DELETE")
    finally:
        db.close()


def _unlink(path: Path) -> None:
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def forwarded_by_all(records: Sequence[SinkRecord], day: date, batches: Sequence[tuple[int, int]]) -> int:
    """Samples of these ``(batch, stored)`` that every sink has acknowledged at some time; 0 where nothing is forwarded."""
    spans = [record.ever.get(day.isoformat()) for record in records]
    if not spans or not all(spans):
        return 0
    return sum(stored for batch, stored in batches if all(one is not None and batch in one for one in spans))


def dead_by_shift(records: Sequence[SinkRecord]) -> Counter[str]:
    """Samples per shift that some sink has refused."""
    lines: dict[str, str] = {}
    for record in records:
        lines |= record.dead_lines
    return Counter(lines.values())
