"""The stock while a scan lasts: lots change here, every change with its event; ``close`` makes the next state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from line.documents import Text
from line.lots import LotUse
from line.messages import Command, CommandStatus, EventKind, Json
from line.stage import Scan
from materials import stock
from materials.catalogue import Catalogue
from materials.lot import GONE, MASS_KG, Lot, LotStatus, LotStep, after, rounded
from materials.state import Making, Packing, StockState, Unit, Weighing

LOTS_MAX: Final = 5000
"""Lots in the live state; a plant has hundreds."""
SCALE_TOLERANCE: Final = "scale_tolerance"
"""``reason`` of the adjustment that covers what a scale weighed beyond the book."""


class StockWork:
    """The stock under work in one scan."""

    def __init__(self, state: StockState, catalogue: Catalogue, scan: Scan) -> None:
        self.before = state
        self.catalogue = catalogue
        self.scan = scan
        self.lots: dict[str, Lot] = dict(state.lots)
        self.making: dict[str, Making] = dict(state.making)
        self.packing: dict[str, Packing] = dict(state.packing)
        self.weighing: dict[str, Weighing] = dict(state.weighing)
        self.units: dict[str, Unit] = dict(state.units)
        self.number = state.number
        self.serial = state.serial
        self.today = dt.date.fromisoformat(state.day)

    @property
    def now_ns(self) -> int:
        """UTC of the scan."""
        return self.scan.now_ns

    def close(self) -> StockState:
        """The state after it; the same object when nothing changed."""
        state = replace(
            self.before,
            lots=self.lots,
            making=self.making,
            packing=self.packing,
            weighing=self.weighing,
            units=self.units,
            number=self.number,
            serial=self.serial,
        )
        return self.before if state == self.before else state

    def refuse(self, command: Command, reasons: Sequence[Text]) -> None:
        """Answer ``command`` with every reason why not."""
        self.scan.answer(command, CommandStatus.REFUSED, {"reasons": [r.to_json() for r in reasons]})

    def event(self, lot: str, what: str, data: Mapping[str, Json], *, unit: str = "", batch: str = "") -> None:
        """Something that happened to a lot (docs/materials.md, Events)."""
        self.scan.event(EventKind.LOT, lot, {"what": what, **data}, unit=unit, batch=batch)

    def next_id(self) -> str:
        """``<yymmdd>-<number>``: the next of the day that no lot bears."""
        while True:
            self.number += 1
            found = f"{self.today:%y%m%d}-{self.number}"
            if found not in self.lots and found not in self.making:
                return found

    # Lots

    def put(self, lot: Lot) -> Lot:
        """Replace or add a lot."""
        self.lots[lot.id] = lot
        return lot

    def move(self, lot: Lot, step: LotStep, reasons: tuple[Text, ...] = ()) -> Lot:
        """Take a lot where the table leads. KeyError: no such arrow. What is over bears its time."""
        status = after(lot.status, step)
        return self.put(replace(lot, status=status, reasons=reasons, ended_ns=self.now_ns if status in GONE else 0))

    def mass(self, lot: Lot, left_kg: float) -> Lot:
        """Set what is left of a lot; one that is available and empty is used up, with its event."""
        lot = self.put(replace(lot, left_kg=rounded(left_kg)))
        if lot.left_kg <= MASS_KG and lot.status is LotStatus.AVAILABLE:
            lot = self.put(replace(self.move(lot, LotStep.EMPTY), left_kg=0.0))
            self.event(lot.id, "used_up", {})
        return lot

    def adjust(self, lot: Lot, kg: float, reason: str, user: str) -> Lot:
        """Set the book to ``kg``: more of a lot, or less."""
        change = rounded(kg - lot.left_kg)
        data: dict[str, Json] = {"kg_before": lot.left_kg, "kg_after": rounded(kg), "kg": change, "reason": reason, "user": user}
        self.event(lot.id, "adjusted", data)
        if change > 0.0:
            lot = self.move(lot, LotStep.FILL, lot.reasons)
        return self.mass(lot, kg)

    def consume(self, use: LotUse) -> None:
        """A batch took of a lot: the stock goes down by exactly that, what the scales gave beyond the book is put right first."""
        if not stock.is_traced(use.material, self.catalogue) or use.lot not in self.lots:
            return
        lot = self.lots[use.lot]
        kg = rounded(use.kg)
        fefo = stock.older_than(lot, self.lots.values(), self.today) is None
        if kg > lot.left_kg:
            lot = self.adjust(lot, kg, SCALE_TOLERANCE, use.user)
        data: dict[str, Json] = {
            "material": lot.material, "ingredient": use.material, "kg": kg, "left_kg": rounded(lot.left_kg - kg),
            "substitute": lot.material != use.material, "fefo": fefo, "user": use.user, "reason": use.reason,
            "scale": use.scale or None, "tare_kg": use.tare_kg, "typed": not use.scale,
        }  # fmt: skip
        self.event(lot.id, "consumed", data, unit=use.unit, batch=use.batch)
        self.mass(lot, lot.left_kg - kg)
        making = self.making.get(use.batch) or Making(use.batch)
        sources = making.sources if lot.id in making.sources else (*making.sources, lot.id)
        allergens = tuple(dict.fromkeys((*making.allergens, *lot.allergens)))
        self.making[use.batch] = replace(making, sources=sources, kg=rounded(making.kg + kg), allergens=allergens)
