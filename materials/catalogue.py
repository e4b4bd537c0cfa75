"""What a line knows of its materials before any lot arrives: the checked content of ``materials.yaml``.

Ids of materials are the names that recipes give their ingredients; ids of products are those of recipes. Tags are handles of
the line's tag table, :data:`NO_TAG` where the file names none.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from line.documents import Text
from materials.gs1_digits import gtin14

NO_TAG: Final = -1


class PlaceKind(StrEnum):
    """How a place keeps what lies there; ``line`` is the floor of the line itself."""

    CHILLED = "chilled"
    FROZEN = "frozen"
    DRY = "dry"
    LINE = "line"


class MaterialKind(StrEnum):
    """What a material is to a product; rework is good product or batter that goes back in."""

    RAW = "raw"
    ADDITIVE = "additive"
    PACKAGING = "packaging"
    REWORK = "rework"


@dataclass(frozen=True)
class Company:
    """Who packs: ``prefix`` is the GS1 Company Prefix of SSCCs, ``extension`` their first digit; '' where there is none."""

    name: Text
    prefix: str = ""
    extension: int = 0
    gln: str = ""


@dataclass(frozen=True)
class Place:
    """Where lots lie. ``lo_c``..``hi_c``: what it shall be kept at, °C, None: no limit."""

    id: str
    name: Text
    kind: PlaceKind
    lo_c: float | None = None
    hi_c: float | None = None


@dataclass(frozen=True)
class Supplier:
    """Who delivers; a lot of one that is not approved is put on hold at reception."""

    id: str
    name: Text
    approved: bool
    gln: str = ""


@dataclass(frozen=True)
class Paper:
    """A document that comes with a delivery."""

    id: str
    name: Text


@dataclass(frozen=True)
class Reception:
    """What the product is measured at on arrival, °C; ``ccp`` marks a critical limit (HACCP). None: no limit."""

    lo_c: float | None = None
    hi_c: float | None = None
    ccp: bool = False

    def keeps(self, temperature_c: float) -> bool:
        """Whether ``temperature_c`` is within the limits; the limits themselves are. NaN is not."""
        above = self.lo_c is None or temperature_c >= self.lo_c
        below = self.hi_c is None or temperature_c <= self.hi_c
        return above and below and not math.isnan(temperature_c)


@dataclass(frozen=True)
class Material:
    """An ingredient or other input.

    ``gtins`` are 14 digits each. ``reception`` None: no temperature is asked for. ``shelf_life_days`` counts from production,
    None: it does not expire. ``min_remaining_days`` is what must be left of it at reception. ``suppliers`` empty: any.
    ``traced`` False: taken without a lot number and not stocked (tap water, ice made here).
    ``substitutes`` may be taken in its place, in this order.
    """

    id: str
    name: Text
    kind: MaterialKind
    place: str
    gtins: tuple[str, ...] = ()
    reception: Reception | None = None
    shelf_life_days: int | None = None
    min_remaining_days: int = 0
    allergens: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    substitutes: tuple[str, ...] = ()
    traced: bool = True

    def expiry(self, produced: dt.date) -> dt.date | None:
        """Last day of a lot produced on ``produced``; None: it does not expire by the file.

        At most the last day of the calendar: somebody may have typed that one as the day of production.
        """
        if self.shelf_life_days is None:
            return None
        return produced + dt.timedelta(days=min(self.shelf_life_days, (dt.date.max - produced).days))


@dataclass(frozen=True)
class Product:
    """What a recipe becomes in the packer. ``gtin`` of a pack and ``case_gtin`` of a case are 14 digits."""

    recipe: str
    name: Text
    gtin: str
    case_gtin: str
    pack_kg: float
    packs_per_case: int
    shelf_life_days: int
    storage: Text

    def best_before(self, produced: dt.date) -> dt.date:
        """Last day of what was made on ``produced``."""
        return produced + dt.timedelta(days=self.shelf_life_days)


@dataclass(frozen=True)
class Packing:
    """A unit that packs: handles of its counter of good packs and of their mass, kg. The recipe of its batch is the product."""

    unit: str
    packs: int
    mass: int


@dataclass(frozen=True)
class Scale:
    """A scale that people weigh at, by the handles of its tags (kg; ``stable`` bool); :data:`NO_TAG` where it has none.

    ``unit`` is the unit that it belongs to, '' for one that stands by itself. ``net`` is always there.
    """

    id: str
    name: Text
    net: int
    unit: str = ""
    gross: int = NO_TAG
    tare: int = NO_TAG
    stable: int = NO_TAG
    target: int = NO_TAG
    ok: int = NO_TAG
    division_kg: float = 0.1


@dataclass(frozen=True)
class Catalogue:
    """``materials.yaml`` without faults. Mappings are by id and keep the order of the file; packing is by unit."""

    company: Company
    places: Mapping[str, Place] = field(default_factory=dict[str, Place])
    suppliers: Mapping[str, Supplier] = field(default_factory=dict[str, Supplier])
    documents: Mapping[str, Paper] = field(default_factory=dict[str, Paper])
    materials: Mapping[str, Material] = field(default_factory=dict[str, Material])
    products: Mapping[str, Product] = field(default_factory=dict[str, Product])
    packing: Mapping[str, Packing] = field(default_factory=dict[str, Packing])
    scales: Mapping[str, Scale] = field(default_factory=dict[str, Scale])

    @cached_property
    def _by_gtin(self) -> dict[str, Material]:
        return {gtin: m for m in self.materials.values() for gtin in m.gtins}

    @cached_property
    def _products_by_gtin(self) -> dict[str, Product]:
        return {gtin: p for p in self.products.values() for gtin in (p.gtin, p.case_gtin)}

    def material_of_gtin(self, gtin: str) -> Material | None:
        """The material with this GTIN, given with 8, 12, 13 or 14 digits."""
        return self._by_gtin.get(gtin14(gtin))

    def product_of_gtin(self, gtin: str) -> Product | None:
        """The product whose pack or case has this GTIN."""
        return self._products_by_gtin.get(gtin14(gtin))

    def supplier_of_gln(self, gln: str) -> Supplier | None:
        """The supplier with this Global Location Number."""
        return next((s for s in self.suppliers.values() if gln and s.gln == gln), None)

    def scales_of(self, unit: str) -> tuple[Scale, ...]:
        """The scales of ``unit``, in the order of the file."""
        return tuple(s for s in self.scales.values() if s.unit == unit)

    def serves(self, material: str, ingredient: str) -> bool:
        """Whether ``material`` is ``ingredient`` itself or stands among its substitutes."""
        wanted = self.materials.get(ingredient)
        return material == ingredient or (wanted is not None and material in wanted.substitutes)
