"""``forward.db``: how far a sink has acknowledged each stream, and the points it refused.

A stream is ``events`` (position: sequence number) or a day file's date (position: batch number). Besides the position, which a
re-send moves back, ``high`` keeps how far the sink has ever come; ``acks`` remembers the recent steps for the re-send.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from historian.database import open_writer, transaction

OUTBOX_VERSION: Final = 1
EVENTS_STREAM: Final = "events"

_SCHEMA: Final = (
    "CREATE TABLE cursors (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, high INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE acks (id INTEGER PRIMARY KEY, acked_ns INTEGER NOT NULL, stream TEXT NOT NULL,
       before INTEGER NOT NULL)""",
    "CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    "INSERT INTO totals VALUES ('forwarded', 0)",
    """CREATE TABLE quarantine (line TEXT PRIMARY KEY, stream TEXT NOT NULL, shift TEXT NOT NULL, reason TEXT NOT NULL,
       quarantined_ns INTEGER NOT NULL)""",
)


@dataclass(frozen=True)
class Refused:
    """A point that the sink will not take, with the sink's words; ``shift`` is whose ledger misses it."""

    line: str
    reason: str
    shift: str


class Outbox:
    """The one writer of ``forward.db``."""

    def __init__(self, path: Path) -> None:
        self._db = open_writer(path, _SCHEMA, OUTBOX_VERSION, "NORMAL")

    def position(self, stream: str) -> int:
        """Everything up to here is acknowledged (or quarantined); 0 for a stream that never was sent."""
        row = self._db.execute("SELECT position FROM cursors WHERE stream = ?", (stream,)).fetchone()
        return cast(tuple[int], row)[0] if row else 0

    def high(self, stream: str) -> int:
        """The highest position ever; points up to here are not counted again."""
        row = self._db.execute("SELECT high FROM cursors WHERE stream = ?", (stream,)).fetchone()
        return cast(tuple[int], row)[0] if row else 0

    def acknowledge(
        self, stream: str, position: int, fresh: int, refused: Sequence[Refused], now_ns: int, window_ns: int
    ) -> None:
        """The stream was taken up to ``position``, ``fresh`` points of it for the first time. One transaction.

        Steps older than ``window_ns`` before the newest are forgotten: they will not be re-sent.
        """
        before = self.position(stream)
        with transaction(self._db):
            self._db.execute(
                """INSERT INTO cursors VALUES (?,?,?) ON CONFLICT (stream) DO UPDATE
                   SET position = excluded.position, high = max(high, excluded.position)""",
                (stream, position, position),
            )
            self._db.execute("INSERT INTO acks (acked_ns, stream, before) VALUES (?,?,?)", (now_ns, stream, before))
            self._db.execute("DELETE FROM acks WHERE acked_ns < ?", (now_ns - window_ns,))
            self._db.execute("UPDATE totals SET value = value + ? WHERE name = 'forwarded'", (fresh,))
            self._db.executemany(
                "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?,?)",
                [(r.line, stream, r.shift, r.reason, now_ns) for r in refused],
            )

    def rewind(self) -> bool:
        """Go back to before the remembered steps, so that they are sent again; False when there are none."""
        rows = self._db.execute("SELECT stream, min(before) FROM acks GROUP BY stream").fetchall()
        with transaction(self._db):
            for stream, before in cast(list[tuple[str, int]], rows):
                self._db.execute("UPDATE cursors SET position = min(position, ?) WHERE stream = ?", (before, stream))
            self._db.execute("DELETE FROM acks")
        return bool(rows)

    def forwarded(self) -> int:
        """Points acknowledged over the life of the file, each counted once."""
        return cast(tuple[int], self._db.execute("SELECT value FROM totals WHERE name = 'forwarded'").fetchone())[0]

    def quarantined(self) -> int:
        """Points in quarantine."""
        return cast(tuple[int], self._db.execute("SELECT count(*) FROM quarantine").fetchone())[0]

    def quarantine(self, limit: int = 100) -> list[tuple[str, str]]:
        """Points in quarantine with the sink's reason, newest first."""
        sql = "SELECT line, reason FROM quarantine ORDER BY quarantined_ns DESC, line LIMIT ?"
        return cast(list[tuple[str, str]], self._db.execute(sql, (limit,)).fetchall())

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._db.close()
