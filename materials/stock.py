"""What speaks against using a lot for an ingredient now, and which lot to take: pure functions over the stock.

Every reason is given at once. First expired, first out (FEFO) compares the last day, then the day of production.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final

from line.documents import Text
from line.lots import LotUse
from line.roles import may
from materials import texts
from materials.catalogue import Catalogue
from materials.lot import GONE, MASS_KG, Lot, LotKind, LotStatus, rounded

SUBSTITUTE_ROLE: Final = "technologist"
"""Who may take another material, and only one that the catalogue names as a substitute."""
INPUTS: Final = frozenset({LotKind.RECEIVED, LotKind.REWORK})
"""Lots that go into batches."""
TOLERANCE_KG: Final = 0.02
TOLERANCE_SHARE: Final = 0.005
"""How much more than the book says may come out of a lot: two divisions of a scale, and half a percent of what came in."""


def over_kg(lot: Lot) -> float:
    """How much more than :attr:`Lot.left_kg` may be weighed out of it: what the scales of its uses may be wrong by, kg."""
    return TOLERANCE_KG + TOLERANCE_SHARE * lot.received_kg


def name_of(material: str, catalogue: Catalogue) -> Text:
    """What people call a material or a product; its id where the catalogue does not know it."""
    found = catalogue.materials.get(material) or catalogue.products.get(material)
    return found.name if found is not None else Text(ru=material, en=material)


def is_traced(material: str, catalogue: Catalogue) -> bool:
    """Whether the material has lots: not tap water and the ice made of it."""
    found = catalogue.materials.get(material)
    return found is None or found.traced


def against(use: LotUse, lots: Mapping[str, Lot], catalogue: Catalogue, today: dt.date) -> list[Text]:
    """Every reason against ``use``; empty: the lot may be used. ``today`` is the date in the plant's time zone."""
    lot = lots.get(use.lot)
    if not is_traced(use.material, catalogue):  # whatever was typed in, but for a lot that the book would go on having
        return [] if lot is None else _wrong_material(use, lot, catalogue)
    if lot is None:
        return [texts.unknown_lot(use.lot)]
    reasons = _wrong_material(use, lot, catalogue)
    if lot.expired(today) and lot.expires is not None:
        reasons.append(texts.expired(lot.id, lot.expires))
    if lot.status is not LotStatus.AVAILABLE:
        reasons.append(texts.not_available(lot.id, lot.status, lot.reasons[0] if lot.reasons else None))
    missing = missing_documents(lot, catalogue)
    if missing and not lot.released:
        reasons.append(texts.documents_missing(lot.id, missing))
    if not use.reason.strip() and (older := older_than(lot, lots.values(), today)) is not None:
        reasons.append(texts.older_first(lot.id, older.id, older.expires))
    if use.kg > lot.left_kg + over_kg(lot) and lot.status not in GONE:
        reasons.append(texts.too_much(lot.id, use.kg, lot.left_kg))
    return reasons


def _wrong_material(use: LotUse, lot: Lot, catalogue: Catalogue) -> list[Text]:
    if lot.kind not in INPUTS:
        return [texts.product_lot(lot.id)]
    if lot.material == use.material:
        return []
    has, wanted = name_of(lot.material, catalogue), name_of(use.material, catalogue)
    if not catalogue.serves(lot.material, use.material):
        return [texts.wrong_material(lot.id, has, wanted)]
    reasons = [] if may(use.role, SUBSTITUTE_ROLE) else [texts.substitute_role(has, wanted, SUBSTITUTE_ROLE)]
    return reasons if use.reason.strip() else [*reasons, texts.substitute_reason(has, wanted)]


def missing_documents(lot: Lot, catalogue: Catalogue) -> list[Text]:
    """Names of the documents that its material needs and that did not come with it."""
    material = catalogue.materials.get(lot.material)
    if material is None or lot.kind is not LotKind.RECEIVED:
        return []
    return [catalogue.documents[d].name for d in material.documents if d not in lot.documents and d in catalogue.documents]


def older_than(lot: Lot, lots: Iterable[Lot], today: dt.date) -> Lot | None:
    """The lot of the same material that is to be used up before ``lot``; None when it is this one's turn.

    A remainder that the scales may be wrong by is no reason to send anybody back to the store.
    """
    mine = lot.fefo[:2]
    turn = [
        x for x in lots
        if x.material == lot.material and x.kind in INPUTS and x.usable and x.fefo[:2] < mine and not x.expired(today)
        and x.left_kg > over_kg(x)
    ]  # fmt: skip
    return min(turn, key=lambda x: x.fefo, default=None)


def usable(material: str, lots: Iterable[Lot], today: dt.date) -> list[Lot]:
    """The lots of a material that may be used today, the one whose turn it is first."""
    found = [x for x in lots if x.material == material and x.kind in INPUTS and x.usable and not x.expired(today)]
    return sorted(found, key=lambda x: x.fefo)


def proposed(material: str, lots: Iterable[Lot], today: dt.date) -> Lot | None:
    """The lot to take next, by FEFO; None: there is none. A remainder within the tolerance of the scales is passed over."""
    found = usable(material, lots, today)
    return next((x for x in found if x.left_kg > over_kg(x)), found[0] if found else None)


def total_kg(material: str, lots: Iterable[Lot], today: dt.date) -> float:
    """What is there of a material that may be used today, kg."""
    return rounded(sum(x.left_kg for x in usable(material, lots, today)))


def days_left(lot: Lot, today: dt.date) -> int | None:
    """Days until its last one: 0 on that day, below 0 afterwards; None: it does not expire."""
    return None if lot.expires is None else (lot.expires - today).days


def in_order(lots: Iterable[Lot], catalogue: Catalogue) -> list[Lot]:
    """Lots as the view shows them: material by material in the order of the catalogue, then products, each by FEFO."""
    place = {m: i for i, m in enumerate((*catalogue.materials, *catalogue.products))}
    return sorted(lots, key=lambda x: (place.get(x.material, len(place)), x.material, x.fefo))


def fits(kg: float, lot: Lot) -> bool:
    """Whether the stock of ``lot`` covers ``kg`` to the milligram."""
    return kg <= lot.left_kg + MASS_KG
