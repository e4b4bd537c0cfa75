"""What the journal says of one lot for its label: its row in the genealogy, what its own events add, what went into it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from historian.database import decode_object
from historian.genealogy import open_genealogy
from historian.journal import JOURNAL_VERSION
from historian.trace import Direction, LotRow, lot_rows, named_lots, trace
from line.jsontools import finite
from line.messages import EventKind, JsonObject

NOT_FREE: Final = frozenset({"quarantine", "on_hold", "blocked", "discarded", "destroyed"})
"""Statuses of a lot, and dispositions of a batch, under which its product goes nowhere."""
_SETS: Final = {"hold": "on_hold", "released": "available", "blocked": "blocked", "discarded": "discarded"}


@dataclass(frozen=True)
class LotSaid:
    """``materials`` went into it, whatever the number of steps. ``free`` is False while quality has to decide."""

    row: LotRow
    temperature_c: float | None
    materials: tuple[str, ...]
    free: bool


def lot_said(journal: Path, lot: str) -> LotSaid | None:
    """Facts about ``lot``, which may be an SSCC with or without its (00); None when the journal knows no such lot."""
    db = open_genealogy(journal, JOURNAL_VERSION)
    if db is None:
        return None
    with closing(db):
        row = next((r for r in named_lots(db, lot).values() if r.told), None)
        if row is None:
            return None
        inside = trace(db, (row.id,), Direction.BACK).of_kind("raw")
        own = list(_events(db, row.id))
        made_by = list(_events(db, row.batch)) if row.batch not in ("", row.id) else []
        of_batch = lot_rows(db, (row.batch,)).get(row.batch)
    received = [t for d in own if d.get("what") in ("received", "formed") and (t := finite(d.get("temperature_c"))) is not None]
    free = _status(own) not in NOT_FREE and _status(made_by) not in NOT_FREE and row.status not in NOT_FREE
    free = free and (of_batch is None or of_batch.status not in NOT_FREE)
    materials = tuple(dict.fromkeys(r.material for r in inside if r.material and r.id != row.id))
    return LotSaid(row, received[-1] if received else None, materials, free)


def _status(events: list[JsonObject]) -> str:
    status = ""
    for data in events:
        what, said = data.get("what"), data.get("status")
        if what in ("received", "produced", "formed") and isinstance(said, str):
            status = said
        elif isinstance(what, str):
            status = _SETS.get(what, status)
    return status


def _events(db: sqlite3.Connection, lot: str) -> Iterator[JsonObject]:
    sql = "SELECT data FROM events WHERE kind = ? AND source = ? ORDER BY seq"
    for (data,) in cast(list[tuple[str]], db.execute(sql, (EventKind.LOT, lot)).fetchall()):
        yield decode_object(data)
