"""``materials.yaml`` as a technologist writes it, before anything is looked up in the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from line.documents import FileModel, Text
from materials.catalogue import MaterialKind, PlaceKind


def _code(value: object) -> object:
    """YAML reads digits without quotes as a number and drops zeros in front."""
    if isinstance(value, int | float):
        raise ValueError(f"the code {value} stands without quotes, so that zeros in front of it are lost: write it in quotes")
    return value


Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=20)]
Code = Annotated[str, BeforeValidator(_code)]
Celsius = Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False, strict=True)]
Kilograms = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]
Days = Annotated[int, Field(ge=0, le=3660, strict=True)]


class _Entry(FileModel):
    """Base of all: the texts under the keys are shown by editors (``materials/catalogue_schema.py``)."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class CompanyEntry(_Entry):
    """Who makes and packs."""

    name: Text
    """As labels print it."""
    prefix: Code = ""
    """GS1 Company Prefix (4 to 12 digits, in quotes): SSCCs of cases begin with it. Without it no SSCC is made."""
    extension: int = Field(default=0, ge=0, le=9, strict=True)
    """Extension digit of the SSCCs of this line: two lines of one company never share it."""
    gln: Code = ""
    """Global Location Number of the plant, 13 digits, in quotes."""


class PlaceEntry(_Entry):
    """Where lots lie."""

    name: Text
    """What the panel calls it."""
    kind: PlaceKind
    """chilled, frozen, dry, or line: the floor of the line itself."""
    lo_c: Celsius | None = None
    """Not colder than this, °C."""
    hi_c: Celsius | None = None
    """Not warmer than this, °C."""


class SupplierEntry(_Entry):
    """Who delivers."""

    name: Text
    """As labels and the panel show it."""
    approved: bool = Field(strict=True)
    """false: what they deliver is put on hold at reception."""
    gln: Code = ""
    """Global Location Number, 13 digits, in quotes."""


class ReceptionEntry(_Entry):
    """What the product is measured at on arrival; the limits themselves are allowed."""

    lo_c: Celsius | None = None
    """Not colder than this, °C."""
    hi_c: Celsius | None = None
    """Not warmer than this, °C."""
    ccp: bool = Field(default=False, strict=True)
    """A critical limit (HACCP): a lot outside is on hold until quality decides with a signature."""


class MaterialEntry(_Entry):
    """An ingredient of recipes, packaging or rework."""

    name: Text
    """What the panel and labels call it."""
    kind: MaterialKind
    """raw, additive, packaging or rework."""
    place: str
    """Where lots of it go unless somebody says another place."""
    gtins: tuple[Code, ...] = ()
    """GTINs (8, 12, 13 or 14 digits, in quotes) of the trade items that it is bought in."""
    reception: ReceptionEntry | None = None
    """Temperature on arrival; left out: none is asked for."""
    shelf_life_days: Annotated[int, Field(ge=1, le=3660, strict=True)] | None = None
    """Days from production to the last day; left out: it does not expire."""
    min_remaining_days: Days = 0
    """Days that must be left on arrival."""
    allergens: tuple[str, ...] = ()
    """Of the list of TR TS 022/2011 (docs/howto/materials.md)."""
    documents: tuple[str, ...] = ()
    """What must come with every delivery: ids of documents."""
    suppliers: tuple[str, ...] = ()
    """Who may deliver it; left out: every approved supplier."""
    substitutes: tuple[str, ...] = ()
    """Materials that may be taken in its place, with the role and a reason."""
    traced: bool = Field(default=True, strict=True)
    """false: it has no lots (tap water, ice made here)."""


class ProductEntry(_Entry):
    """What the packer makes of a recipe."""

    name: Text
    """As labels print it."""
    gtin: Code
    """GTIN of a pack, in quotes."""
    case_gtin: Code
    """GTIN-14 of a case: another than that of the pack, in quotes."""
    pack_kg: Kilograms
    """Nominal net mass of a pack, kg."""
    packs_per_case: int = Field(ge=1, le=9999, strict=True)
    """Packs in a full case."""
    shelf_life_days: int = Field(ge=1, le=3660, strict=True)
    """Days from production to best before."""
    storage: Text
    """How it is kept, as labels print it."""


class PackingEntry(_Entry):
    """A unit that packs; what it packs is said by the recipe of its batch."""

    packs: str
    """Tag: its counter of good packs."""
    mass: str
    """Tag: mass of the good packs, kg."""


class ScaleEntry(_Entry):
    """A scale that people weigh at. Every tag in kg, those of ``stable`` and ``ok`` yes or no."""

    name: Text
    """What the panel calls it."""
    net: str
    """Tag: net mass."""
    unit: str = ""
    """The unit that it belongs to; left out: it stands by itself."""
    gross: str = ""
    """Tag: gross mass."""
    tare: str = ""
    """Tag: tare."""
    stable: str = ""
    """Tag: the reading is at rest."""
    target: str = ""
    """Writable tag: mass to weigh, shown at the scale."""
    ok: str = ""
    """Tag: the scale is healthy."""
    division_kg: Kilograms = 0.1
    """Scale division d, kg: readings are shown and booked to it."""


class MaterialsFile(_Entry):
    """The whole of ``materials.yaml``."""

    keys_in = "docs/howto/materials.md"
    company: CompanyEntry
    """The plant, with the number that its SSCCs begin with."""
    places: Mapping[Identifier, PlaceEntry] = Field(min_length=1)
    """Places by id."""
    documents: Mapping[Identifier, Text] = {}
    """Accompanying documents by id, with their names."""
    suppliers: Mapping[Identifier, SupplierEntry] = Field(min_length=1)
    """Suppliers by id."""
    materials: Mapping[Identifier, MaterialEntry] = Field(min_length=1)
    """Materials by id: the names that recipes give their ingredients."""
    products: Mapping[Identifier, ProductEntry] = {}
    """Products by the recipe that makes them."""
    packing: Mapping[str, PackingEntry] = {}
    """Packing units by their id in line.yaml."""
    scales: Mapping[Label, ScaleEntry] = {}
    """Scales by id."""
