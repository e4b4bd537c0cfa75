"""What the server asks about lots: a lot with its history, a trace, its minutes, a recall. Read-only, bounded, any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object
from historian.genealogy import open_genealogy
from historian.genealogy_events import PACKED
from historian.journal import JOURNAL_VERSION
from historian.lot_facts import LotSaid, lot_said
from historian.recall import Asked, Recall, find_lots, recall
from historian.trace import LOTS_MAX, Direction, Trace, lots_after, named_lots, trace
from historian.trace_minutes import Curves, minutes
from historian.trend import read_trends, window
from line.clock import NS_PER_S
from line.messages import Json, JsonObject

HISTORY_MAX: Final = 500
_GAP_NS: Final = 900 * NS_PER_S


class LotQueries:
    """Questions about the lots of one data folder."""

    def __init__(self, journal: Path, samples: Path) -> None:
        self._journal = journal
        self._samples = samples

    def page(self, after: str = "", limit: int = HISTORY_MAX) -> JsonObject:
        """Lots by id after one of them, without their packed units; ``more`` are how many follow."""
        db = open_genealogy(self._journal, JOURNAL_VERSION)
        if db is None:
            return {"lots": [], "more": 0}
        with closing(db):
            rows, more = lots_after(db, after, limit)
        shown: list[Json] = [row.to_json() for row in rows]
        return {"lots": shown, "more": more}

    def lot(self, lot: str) -> JsonObject | None:
        """A lot, by its number or SSCC, with its events (the newest :data:`HISTORY_MAX`, oldest first), what went into it and
        what became of it, as numbers of lots, and its units. None when unknown."""
        db = open_genealogy(self._journal, JOURNAL_VERSION)
        if db is None:
            return None
        with closing(db):
            rows = named_lots(db, lot)
            if not rows:
                return None
            row = next(iter(rows.values()))
            sql = """SELECT seq, time_ns, unit, batch, data FROM events WHERE kind = 'lot' AND source = ?
                     ORDER BY seq DESC LIMIT ?"""
            named = (row.id.removeprefix(PACKED), HISTORY_MAX)
            told = cast(list[tuple[int, int, str, str, str]], db.execute(sql, named).fetchall())
            sql = "SELECT unit, role, from_ns, to_ns FROM lot_units WHERE lot = ? ORDER BY from_seq LIMIT ?"
            units = cast(list[tuple[str, str, int, int | None]], db.execute(sql, (row.id, HISTORY_MAX)).fetchall())
            counts = "SELECT count(DISTINCT src) FROM lot_edges WHERE dst = ? AND kind <> 'transfer'"
            sources = cast(tuple[int], db.execute(counts, (row.id,)).fetchone())[0]
            counts = "SELECT count(DISTINCT dst) FROM lot_edges WHERE src = ? AND kind <> 'transfer'"
            products = cast(tuple[int], db.execute(counts, (row.id,)).fetchone())[0]
        history: list[Json] = [
            {"seq": seq, "time_ns": time_ns, "unit": unit, "batch": batch, **decode_object(data)}
            for seq, time_ns, unit, batch, data in reversed(told)
        ]
        spans: list[Json] = [{"unit": u, "role": r, "from_ns": f, "to_ns": t} for u, r, f, t in units]
        return {**row.to_json(), "sources": sources, "products": products, "units": spans, "history": history}

    def label(self, lot: str) -> LotSaid | None:
        """What its label needs; None when unknown."""
        return lot_said(self._journal, lot)

    def trace(self, lot: str, direction: str, lots_max: int = LOTS_MAX) -> JsonObject | None:
        """As :meth:`walk`, as JSON."""
        found = self.walk(lot, direction, lots_max)
        return None if found is None else found.to_json()

    def walk(self, lot: str, direction: str, lots_max: int = LOTS_MAX) -> Trace | None:
        """See :func:`historian.trace.trace`; None when the lot is unknown. Raises ValueError for another direction."""
        way = Direction(direction)
        db = open_genealogy(self._journal, JOURNAL_VERSION)
        if db is None:
            return None
        with closing(db):
            starts = list(named_lots(db, lot) or find_lots(db, Asked(lot=lot)))
            return trace(db, starts, way, lots_max=lots_max) if starts else None

    def minutes(self, lot: str, points: int = 0) -> JsonObject | None:
        """See :func:`historian.trace_minutes.minutes`; with ``points`` also curves of about so many points each."""
        return minutes(self._journal, self._samples, lot, self._curves_of(points) if points else None)

    def _curves_of(self, points: int) -> Curves:
        def read(tags: Sequence[str], from_ns: int, to_ns: int) -> Mapping[str, JsonObject]:
            found = read_trends(self._samples, tags, window(from_ns, to_ns, points, _GAP_NS))
            return {tag: trend.to_json() for tag, trend in found.items()}

        return read

    def recall(self, asked: Asked, now_ns: int, lots_max: int = LOTS_MAX) -> Recall | None:
        """See :func:`historian.recall.recall`."""
        return recall(self._journal, asked, now_ns, lots_max=lots_max)
