"""Reception: a delivery becomes a lot, or the reasons why not. What speaks against using it does not keep it out of the book.

The goods stand at the gate whatever the papers say: a lot that is not as it should be is taken in on hold (temperature, supplier,
shelf life) or in quarantine (documents), with all reasons, and freed by a technologist's signature only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.documents import Text
from line.jsontools import finite
from line.messages import Json
from materials import texts
from materials.catalogue import Catalogue, Material, MaterialKind
from materials.lot import BATCH_ID, LOT_ID, MASS_KG, Lot, LotKind, LotStatus, parse_date, rounded

KG_MAX: Final = 1e6
TEMPERATURE_C: Final = (-60.0, 60.0)
SUPPLIER_LOT_MAX: Final = 40


@dataclass(frozen=True)
class Delivery:
    """A delivery as it was told, checked as far as that goes without the stock. ``temperature_c`` None: not measured."""

    material: Material
    kg: float
    supplier: str
    supplier_lot: str
    gtin: str
    produced: dt.date | None
    expires: dt.date | None
    temperature_c: float | None
    documents: tuple[str, ...]
    place: str


def read_delivery(args: Mapping[str, Json], kg: float | None, catalogue: Catalogue) -> tuple[Delivery | None, list[Text]]:
    """The delivery that the arguments of ``lot.receive`` tell, or every reason why they tell none."""
    reasons: list[Text] = []
    material = _material(args, catalogue, reasons)
    supplier, place = _word(args, "supplier"), _word(args, "place")
    if not supplier:
        reasons.append(texts.supplier_missing())
    elif supplier not in catalogue.suppliers:
        reasons.append(texts.unknown_supplier(supplier))
    if place and place not in catalogue.places:
        reasons.append(texts.unknown_place(place))
    if kg is None or not MASS_KG < kg <= KG_MAX:
        reasons.append(texts.wrong_argument("kg"))
    documents = _documents(args.get("documents"), catalogue, reasons)
    temperature_c = finite(args.get("temperature_c"))
    low, high = TEMPERATURE_C
    if args.get("temperature_c") is not None and (temperature_c is None or not low <= temperature_c <= high):
        reasons.append(texts.wrong_argument("temperature_c"))
    supplier_lot = _word(args, "supplier_lot")
    if len(supplier_lot) > SUPPLIER_LOT_MAX:
        reasons.append(texts.wrong_argument("supplier_lot"))
    produced, expires = (_date(args, key, reasons) for key in ("produced", "expires"))
    if reasons or material is None or kg is None:
        return None, reasons
    if expires is None and produced is not None:
        expires = material.expiry(produced)
    gtin = _word(args, "gtin")
    place = place or material.place
    return Delivery(material, kg, supplier, supplier_lot, gtin, produced, expires, temperature_c, documents, place), []


def _word(args: Mapping[str, Json], key: str) -> str:
    value = args.get(key)
    return value.strip() if isinstance(value, str) else ""


def _material(args: Mapping[str, Json], catalogue: Catalogue, reasons: list[Text]) -> Material | None:
    gtin, name = _word(args, "gtin"), _word(args, "material")
    by_gtin = catalogue.material_of_gtin(gtin) if gtin else None
    if gtin and by_gtin is None:
        reasons.append(texts.unknown_gtin(gtin[:20]))
    found = catalogue.materials.get(name) if name else by_gtin
    if found is None:
        if name or not gtin:
            reasons.append(texts.unknown_material(name))
        return None
    if by_gtin is not None and by_gtin.id != found.id:
        reasons.append(texts.other_gtin(gtin[:20], by_gtin.name))
    if not found.traced:
        reasons.append(texts.not_traced(found.name))
    return found


def _documents(given: Json, catalogue: Catalogue, reasons: list[Text]) -> tuple[str, ...]:
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(d, str) for d in given):
        reasons.append(texts.wrong_argument("documents"))
        return ()
    named = tuple(dict.fromkeys(str(d) for d in given))
    reasons += [texts.unknown_document(d[:40]) for d in named if d not in catalogue.documents]
    return named


def _date(args: Mapping[str, Json], key: str, reasons: list[Text]) -> dt.date | None:
    value = args.get(key)
    if value is None or value == "":
        return None
    found = parse_date(value)
    if found is None:
        reasons.append(texts.wrong_argument(key))
    return found


def against(delivery: Delivery, today: dt.date) -> list[Text]:
    """Dates that cannot be: such a delivery is not booked at all."""
    material, produced, expires = delivery.material, delivery.produced, delivery.expires
    if expires is None and material.shelf_life_days is not None:
        return [texts.expiry_needed(material.name)]
    late = produced is not None and produced > today
    backwards = produced is not None and expires is not None and expires < produced
    return [texts.dates_wrong()] if late or backwards else []


def judged(delivery: Delivery, catalogue: Catalogue, today: dt.date) -> tuple[LotStatus, list[Text]]:
    """The status that the delivery gets, with all reasons why it is not available."""
    hold = [*_of_supplier(delivery, catalogue), *_of_temperature(delivery), *_of_shelf_life(delivery, today)]
    missing = [catalogue.documents[d].name for d in delivery.material.documents if d not in delivery.documents]
    papers = [texts.papers_missing(missing)] if missing else []
    status = LotStatus.ON_HOLD if hold else LotStatus.QUARANTINE if papers else LotStatus.AVAILABLE
    return status, [*hold, *papers]


def _of_supplier(delivery: Delivery, catalogue: Catalogue) -> list[Text]:
    supplier, material = catalogue.suppliers[delivery.supplier], delivery.material
    if not supplier.approved:
        return [texts.supplier_not_approved(supplier.name)]
    if material.suppliers and supplier.id not in material.suppliers:
        return [texts.supplier_not_for(supplier.name, material.name)]
    return []


def _of_temperature(delivery: Delivery) -> list[Text]:
    limits = delivery.material.reception
    if limits is None:
        return []
    if delivery.temperature_c is None:
        return [texts.NO_TEMPERATURE]
    if limits.keeps(delivery.temperature_c):
        return []
    return [texts.temperature_outside(delivery.temperature_c, limits.lo_c, limits.hi_c, ccp=limits.ccp)]


def _of_shelf_life(delivery: Delivery, today: dt.date) -> list[Text]:
    if delivery.expires is None:
        return []
    left = (delivery.expires - today).days
    if left < 0:
        return [texts.already_expired(delivery.expires)]
    needed = delivery.material.min_remaining_days
    return [texts.shelf_life_short(delivery.expires, left, needed)] if left < needed else []


def check_id(lot: str, taken: Mapping[str, object]) -> list[Text]:
    """What speaks against ``lot`` as the id of a new lot."""
    if not LOT_ID.fullmatch(lot):
        return [texts.lot_id_wrong(lot)]
    if BATCH_ID.fullmatch(lot):
        return [texts.lot_of_batch(lot)]
    return [texts.lot_exists(lot)] if lot in taken else []


def new_lot(lot: str, delivery: Delivery, catalogue: Catalogue, today: dt.date, now_ns: int) -> Lot:
    """The lot that a delivery becomes."""
    status, reasons = judged(delivery, catalogue, today)
    kg = rounded(delivery.kg)
    kind = LotKind.REWORK if delivery.material.kind is MaterialKind.REWORK else LotKind.RECEIVED
    return Lot(
        lot, delivery.material.id, kind, now_ns, kg, kg, status, delivery.supplier, delivery.supplier_lot, delivery.gtin,
        delivery.produced, delivery.expires, delivery.place, delivery.temperature_c, delivery.documents, tuple(reasons),
        delivery.material.allergens,
    )  # fmt: skip
