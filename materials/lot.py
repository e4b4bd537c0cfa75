"""A lot: what lies where, of which material, and what may be done with it. Its states are a table.

Frozen; every change is a new object. Masses are kg, temperatures °C, times ns UTC, dates those of the plant's time zone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter

from line.documents import Text
from line.messages import Json

LOT_ID: Final = re.compile(r"^[0-9A-Z][0-9A-Z./-]{0,39}$")
"""Latin capitals, digits, full stop, stroke and hyphen, 40 at most: it stands in file names, URLs and bar codes (GS1 AI 10
has room for 20, so that labels carry it in AI 99)."""
BATCH_ID: Final = re.compile(r"^B[0-9]+$")
"""Numbers that batches bear, and with them the lots that they make."""
MASS_KG: Final = 1e-6
"""A milligram: sums of what scales show are not exact in binary."""
MASS_DIGITS: Final = 6
"""Decimals of a mass in kg that are kept: a stock that went up and down a thousand times still is the sum of its events."""


class LotKind(StrEnum):
    """Where a lot comes from: a delivery, a batch (packed or not), or product that goes back in."""

    RECEIVED = "received"
    SEMI = "semi"
    PACKED = "packed"
    REWORK = "rework"


class LotStatus(StrEnum):
    """What may be done with a lot. Only what is available may be used."""

    QUARANTINE = "quarantine"
    AVAILABLE = "available"
    ON_HOLD = "on_hold"
    BLOCKED = "blocked"
    USED_UP = "used_up"
    DISCARDED = "discarded"
    MERGED = "merged"


class LotStep(StrEnum):
    """What happens to a lot. ``empty``: nothing is left of it; ``fill``: a stocktake, or rework, found more; ``merge``: the whole
    of it went into another lot."""

    HOLD = "hold"
    RELEASE = "release"
    BLOCK = "block"
    DISCARD = "discard"
    EMPTY = "empty"
    FILL = "fill"
    MERGE = "merge"


_S = LotStatus
LOT_TABLE: Final[Mapping[LotStatus, Mapping[LotStep, LotStatus]]] = {
    _S.QUARANTINE: {
        LotStep.HOLD: _S.ON_HOLD,
        LotStep.RELEASE: _S.AVAILABLE,
        LotStep.BLOCK: _S.BLOCKED,
        LotStep.DISCARD: _S.DISCARDED,
        LotStep.FILL: _S.QUARANTINE,
        LotStep.MERGE: _S.MERGED,
    },
    _S.AVAILABLE: {
        LotStep.HOLD: _S.ON_HOLD,
        LotStep.BLOCK: _S.BLOCKED,
        LotStep.DISCARD: _S.DISCARDED,
        LotStep.EMPTY: _S.USED_UP,
        LotStep.FILL: _S.AVAILABLE,
        LotStep.MERGE: _S.MERGED,
    },
    _S.ON_HOLD: {
        LotStep.HOLD: _S.ON_HOLD,
        LotStep.RELEASE: _S.AVAILABLE,
        LotStep.BLOCK: _S.BLOCKED,
        LotStep.DISCARD: _S.DISCARDED,
        LotStep.FILL: _S.ON_HOLD,
        LotStep.MERGE: _S.MERGED,
    },
    _S.BLOCKED: {
        LotStep.BLOCK: _S.BLOCKED,
        LotStep.DISCARD: _S.DISCARDED,
        LotStep.FILL: _S.BLOCKED,
        LotStep.MERGE: _S.MERGED,
    },
    _S.USED_UP: {LotStep.FILL: _S.AVAILABLE},
    _S.DISCARDED: {},
    _S.MERGED: {},
}
"""Status → what happens → status. A step that is missing is refused. A blocked lot is never released: it is destroyed or goes
back; nothing that was discarded or merged comes back: a stocktake would free what was on hold."""

GONE: Final = frozenset({LotStatus.USED_UP, LotStatus.DISCARDED, LotStatus.MERGED})
"""Lots of which nothing is left."""
WORST: Final = (LotStatus.BLOCKED, LotStatus.ON_HOLD, LotStatus.QUARANTINE, LotStatus.AVAILABLE)
"""Of lots that become one, the first of these that one of them has."""


@dataclass(frozen=True)
class Lot:
    """One lot in stock. ``material`` is its material, of a product that of the recipe (``kind`` tells them apart).

    ``expires`` is the last day it may be used on, None: never. ``received_ns`` is when it came in or was produced,
    ``ended_ns`` when nothing was left (0 while there is). ``reasons`` say why it is not available. ``batch`` made it, ''
    for a delivery. ``released`` says that a person signed for it.
    """

    id: str
    material: str
    kind: LotKind
    received_ns: int
    received_kg: float
    left_kg: float
    status: LotStatus
    supplier: str = ""
    supplier_lot: str = ""
    gtin: str = ""
    produced: dt.date | None = None
    expires: dt.date | None = None
    place: str = ""
    temperature_c: float | None = None
    documents: tuple[str, ...] = ()
    reasons: tuple[Text, ...] = ()
    allergens: tuple[str, ...] = ()
    batch: str = ""
    ended_ns: int = 0
    released: bool = False

    @property
    def fefo(self) -> tuple[dt.date, dt.date, int, str]:
        """The key of first expired, first out: what expires first, then what is older."""
        return (self.expires or dt.date.max, self.produced or dt.date.max, self.received_ns, self.id)

    @property
    def usable(self) -> bool:
        """Whether its status allows a use, and something is left."""
        return self.status is LotStatus.AVAILABLE and self.left_kg > MASS_KG

    def expired(self, today: dt.date) -> bool:
        """Whether its last day is over; the last day itself counts in full."""
        return self.expires is not None and today > self.expires

    def to_json(self) -> dict[str, Json]:
        """As the view shows it and the journal keeps it: every field under its name (materials/saving.py reads it back)."""
        return _FIELDS.dump_python(self, mode="json")


_FIELDS: Final = TypeAdapter(Lot)


def after(status: LotStatus, step: LotStep) -> LotStatus:
    """Where ``step`` leads. KeyError: the table does not allow it."""
    return LOT_TABLE[status][step]


def allowed(status: LotStatus, step: LotStep) -> bool:
    """Whether the table has an arrow for it."""
    return step in LOT_TABLE[status]


def rounded(kg: float) -> float:
    """A mass as stock and events keep it; never a negative zero."""
    return round(kg, MASS_DIGITS) + 0.0


def said_date(day: dt.date | None) -> str | None:
    """An ISO date, None as it is."""
    return None if day is None else day.isoformat()


def parse_date(value: object) -> dt.date | None:
    """The date of an ISO text; None for anything else."""
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def lot_table() -> str:
    """The table as Markdown, for docs/materials.md."""
    lines = ["| Status | " + " | ".join(LotStep) + " |", "|---" * (len(LotStep) + 1) + "|"]
    for status, row in LOT_TABLE.items():
        lines.append(f"| {status.value} | " + " | ".join(row[w].value if w in row else "–" for w in LotStep) + " |")
    return "\n".join(lines)
