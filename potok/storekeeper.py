"""The storekeeper of simulated shifts: takes in what running batches lack, and loads the remainder of a lot before a new one.

By rules that are written down, so that equal shifts are equal: a delivery is five batches' worth from the first approved
supplier, as cold as it should be, with all documents. Sees what panels see and asks as a panel asks, like every simulated person.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Final

from line.clock import NS_PER_S
from line.jsontools import finite, objects
from line.messages import CommandKind, Json, JsonObject
from materials.catalogue import Catalogue, Material

ASK_AGAIN_NS: Final = 10 * NS_PER_S
BATCHES_A_DELIVERY: Final = 5
_CRUMB_KG: Final = 1e-6
_AGE_DAYS: Final = 2
_MARGIN_C: Final = 1.5

Wish = tuple[CommandKind, str, JsonObject]


class Storekeeper:
    """Called once a second with the views; gives kind, target and arguments of what is to be done."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self._asked: dict[tuple[str, str], int] = {}
        self._deliveries = 0

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> Iterator[Wish]:
        """Deliveries and partial loads that are due now."""
        stock = views.get("materials", {})
        day = stock.get("day")
        if self._catalogue is None or not isinstance(day, str) or not day:
            return
        for need in objects(stock.get("needs")):
            for row in objects(need.get("ingredients")):
                if row.get("traced") is not True or not row.get("prompt"):
                    continue
                wish = self._wish(str(need.get("batch")), row, dt.date.fromisoformat(day), self._catalogue)
                if wish is not None and self._due(wish, row, now_ns):
                    yield wish

    def _due(self, wish: Wish, row: JsonObject, now_ns: int) -> bool:
        key = wish[0].value, f"{wish[1]} {row.get('material')}"
        if now_ns - self._asked.get(key, -ASK_AGAIN_NS) < ASK_AGAIN_NS:
            return False
        self._asked[key] = now_ns
        return True

    def _wish(self, batch: str, row: JsonObject, today: dt.date, catalogue: Catalogue) -> Wish | None:
        missing_kg, there_kg = finite(row.get("missing_kg")) or 0.0, finite(row.get("stock_kg")) or 0.0
        material = catalogue.materials.get(str(row.get("material")))
        if missing_kg <= _CRUMB_KG or material is None:
            return None
        if there_kg < missing_kg - _CRUMB_KG:
            return CommandKind.LOT_RECEIVE, "", self.delivery(material, missing_kg * BATCHES_A_DELIVERY, today, catalogue)
        lot, left_kg = row.get("lot"), finite(row.get("lot_left_kg")) or 0.0
        if isinstance(lot, str) and left_kg < missing_kg - _CRUMB_KG:
            return CommandKind.BATCH_LOT, batch, {"material": material.id, "lot": lot, "kg": left_kg}
        return None

    def delivery(self, material: Material, kg: float, today: dt.date, catalogue: Catalogue) -> JsonObject:
        """The arguments of a ``lot.receive`` that nothing speaks against."""
        self._deliveries += 1
        approved = [s for s in material.suppliers or catalogue.suppliers if catalogue.suppliers[s].approved]
        produced = today - dt.timedelta(days=_AGE_DAYS)
        args: dict[str, Json] = {
            "material": material.id, "kg": float(math.ceil(kg)), "supplier": approved[0],
            "supplier_lot": f"D{self._deliveries:04d}", "produced": produced.isoformat(), "documents": list(material.documents),
        }  # fmt: skip
        if material.shelf_life_days is not None:
            args["expires"] = (produced + dt.timedelta(days=material.shelf_life_days)).isoformat()
        if material.reception is not None:
            lo, hi = material.reception.lo_c, material.reception.hi_c
            args["temperature_c"] = hi - _MARGIN_C if hi is not None else lo + _MARGIN_C if lo is not None else 0.0
        return args
