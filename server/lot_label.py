"""From what the journal says of a lot to what its label says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Final

from historian.lot_facts import LotSaid
from line.clock import NS_PER_S
from materials.catalogue import Catalogue
from materials.label import LabelKind, LotFacts, allergens_of

_KINDS: Final[Mapping[str, LabelKind]] = {"raw": LabelKind.LOT, "packed": LabelKind.CASE}
"""Kinds of the genealogy; every other is a semi-finished product."""


def label_facts(said: LotSaid, catalogue: Catalogue, zone: tzinfo, allergens: Sequence[str] = ()) -> LotFacts:
    """``allergens`` are those of the recipe; those of what really went in are added: a substitute may bring others."""
    row = said.row
    return LotFacts(
        kind=_KINDS.get(row.kind, LabelKind.SEMI),
        id=row.id,
        material=row.material,
        kg=row.made_kg,
        made=dt.datetime.fromtimestamp(row.made_ns // NS_PER_S, zone) if row.made_ns is not None else None,
        supplier=row.supplier,
        supplier_lot=row.supplier_lot,
        produced=_date(row.produced),
        expires=_date(row.expires),
        gtin=row.gtin,
        place=row.place,
        temperature_c=said.temperature_c,
        batch=row.batch,
        packs=row.packs,
        sscc=str(row.to_json()["sscc"]),
        usable=said.free,
        allergens=(*allergens, *allergens_of(said.materials, catalogue)),
    )


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
