"""The desk of the stock for one scan (:class:`line.lots.LotDesk`): batches ask it, the stage settles what they took."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from line.documents import Text
from line.image import Snapshot
from line.lots import LotUse, ScaleMass
from materials import stock, texts
from materials.catalogue import Catalogue
from materials.lot import Lot, LotStatus, rounded
from materials.weighing import weigh


class StockDesk:
    """What batches of this scan see of the stock; ``uses`` are those that were accepted, in order."""

    def __init__(self, catalogue: Catalogue, lots: Mapping[str, Lot], today: dt.date, image: Snapshot) -> None:
        self.uses: list[LotUse] = []
        self._catalogue = catalogue
        self._lots = lots
        self._today = today
        self._image = image

    def against(self, use: LotUse) -> list[Text]:
        """Every reason against it; empty: the lot may be used."""
        return stock.against(use, self._lots, self._catalogue, self._today)

    def take(self, use: LotUse) -> None:
        """Note the use; later ones of this scan see what is left."""
        self.uses.append(use)
        lot = self._lots.get(use.lot)
        if lot is not None and stock.is_traced(use.material, self._catalogue):
            left_kg = rounded(max(0.0, lot.left_kg - use.kg))
            gone = left_kg <= 0.0 and lot.status is LotStatus.AVAILABLE
            taken = replace(lot, left_kg=left_kg, status=LotStatus.USED_UP if gone else lot.status)
            self._lots = {**self._lots, lot.id: taken}

    def weigh(self, scale: str, tare_kg: float | None) -> tuple[ScaleMass | None, list[Text]]:
        """The net mass on a scale now, or why there is none."""
        if not self._catalogue.scales:
            return None, [texts.NO_SCALES]
        found = self._catalogue.scales.get(scale)
        return weigh(found, self._image, tare_kg) if found is not None else (None, [texts.no_scale(scale)])
