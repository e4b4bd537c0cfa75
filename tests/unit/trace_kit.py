"""A journal of lots written by hand: events as the stages make them, for the tests of genealogy, traces and recalls."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from historian.genealogy import open_genealogy
from historian.genealogy_tables import TABLES
from historian.journal import JOURNAL_VERSION, Journal
from historian.queries import JOURNAL_FILE
from line.clock import NS_PER_S
from line.messages import Event, JsonObject
from tests.builders import T0_NS


class Lots:
    """Events by the second of the script, from T0; each is committed by itself, as one scan would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL_FILE
        self.journal = Journal(self.path)
        self.at_s = 0.0
        self._open: list[Event] | None = None

    def __enter__(self) -> Lots:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.flush()
        self.journal.close()

    def together(self) -> None:
        """From now on events wait for :meth:`flush`: quicker where there are many."""
        self._open = []

    def flush(self) -> None:
        """Commit what waits."""
        if self._open:
            self.journal.append(self._open)
            self._open = []

    def add(self, kind: str, source: str, data: JsonObject, *, unit: str = "", batch: str = "", at_s: float | None = None) -> int:
        """One event, a second after the one before unless it is told when; its number."""
        self.at_s = self.at_s + 1 if at_s is None else at_s
        seq = self.journal.last_seq() + 1 + len(self._open or ())
        event = Event(seq, T0_NS + round(self.at_s * NS_PER_S), kind, source, unit, batch, data)
        if self._open is None:
            self.journal.append([event])
        else:
            self._open.append(event)
        return seq

    def lot(self, what: str, lot: str, /, *, unit: str = "", batch: str = "", at_s: float | None = None,
            from_: Any = None, **data: Any) -> int:  # fmt: skip
        named = {} if from_ is None else {"from": from_}
        return self.add("lot", lot, {"what": what, **named, **data}, unit=unit, batch=batch, at_s=at_s)

    def batch(
        self, what: str, batch: str, /, *, unit: str = "", at_s: float | None = None, from_: Any = None, **data: Any
    ) -> int:
        named = {"unit": unit} if what in ("acquire", "release") else {}
        named |= {} if from_ is None else {"from": from_}
        return self.add("batch", batch, {"what": what, "node": "", **named, **data}, unit=unit, batch=batch, at_s=at_s)

    def received(self, lot: str, kg: float, supplier: str = "farm", **data: Any) -> int:
        known = {"material": "pork", "supplier_lot": f"S-{lot}", "produced": "2026-01-01", "expires": "2026-01-08",
                 "temperature_c": 3.0, "documents": ["V-1"],
                 "place": "cold1", "gtin": None, "status": "available", "reasons": []}  # fmt: skip
        told: dict[str, Any] = {**known, "kg": kg, "supplier": supplier, **data}
        return self.lot("received", lot, **told)

    def consumed(self, lot: str, batch: str, kg: float, **data: Any) -> int:
        known = {"material": "pork", "ingredient": "pork", "substitute": False, "fefo": True, "user": "petrova", "reason": "",
                 "scale": None, "tare_kg": None, "left_kg": None}  # fmt: skip
        at_s: float | None = data.pop("at_s", None)
        unit = str(data.pop("unit", "G101"))
        return self.lot("consumed", lot, unit=unit, batch=batch, at_s=at_s, **cast(dict[str, Any], {**known, "kg": kg, **data}))

    def packed(self, sscc: str, batch: str, kg: float, packs: int = 10, **data: Any) -> int:
        known = {"product": "0460", "gtin": "04600000000015", "best_before": "2026-03-01"}
        told: dict[str, Any] = {**known, "packs": packs, "kg": kg, **data}
        return self.lot("packed", batch, unit="P701", batch=batch, sscc=sscc, **told)

    def semi(self, lot: str, kg: float, sources: list[str], batch: str = "") -> int:
        return self.lot("produced", lot, batch=batch, material="brine", kg=kg, kind="semi", from_=sources)

    def created(self, batch: str, recipe: str = "ham") -> int:
        return self.batch("created", batch, number=1, recipe=recipe, size_kg=100.0)


def simple(folder: Path) -> Path:
    """Two lots into B1, one of them also into B2; three packed units of B1, one of B2; B2's trimmings are worked into B1."""
    with Lots(folder) as lots:
        lots.received("L1", 200.0)
        lots.received("L2", 100.0, supplier="mill", material="salt")
        lots.created("B1")
        lots.created("B2")
        lots.batch("acquire", "B1", unit="G101", role="grinder")
        lots.consumed("L1", "B1", 80.0, left_kg=120.0)
        lots.consumed("L2", "B1", 10.0, left_kg=90.0, material="salt")
        lots.consumed("L1", "B2", 60.0, left_kg=60.0)
        lots.lot("rework", "B2", batch="B2", kg=10.0, into="B1")
        lots.batch("transfer", "B1", unit="G101", from_="G101", to="C201", kg=90.0)
        lots.batch("release", "B1", unit="G101", role="grinder")
        for number in range(3):
            lots.packed(f"04600000000000000{number}", "B1", 25.0)
        lots.packed("046000000000000009", "B2", 45.0)
    return folder


def tables(path: Path, *, anew: bool = False) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the genealogy; ``anew``: as they follow from the events."""
    db = open_genealogy(path, JOURNAL_VERSION, anew=anew)
    assert db is not None
    with closing(db):
        return {t: cast(list[tuple[object, ...]], db.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3").fetchall()) for t in TABLES}


def change(path: Path, *statements: str) -> None:
    """Change a journal's file behind the program's back."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
