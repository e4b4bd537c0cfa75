"""What stands on a label of a lot that came in, of a semi-finished product, of a case: words in both languages, and codes.

A lot of this plant is coded in (99), company internal: (10) is the number of whoever made the item, and stays that. A full case
is the trade item of its own GTIN (01); one that is not full is a logistic unit whose content is told by (02) and (37).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.documents import Text
from materials.allergens import ALLERGENS
from materials.catalogue import Catalogue, MaterialKind
from materials.gs1 import OWN_LOT
from materials.gs1_faults import Gs1Fault
from materials.gs1_table import IDENTIFIERS
from materials.gs1_write import date_value, element_string

Elements = tuple[tuple[str, str], ...]


class LabelKind(StrEnum):
    """What the label is stuck on."""

    LOT = "lot"
    SEMI = "semi"
    CASE = "case"


@dataclass(frozen=True)
class LotFacts:
    """What is known of a lot when its label is printed. Masses kg, temperature °C; '' and None: not known.

    ``material`` is a material of the catalogue, or for ``semi`` and ``case`` the recipe. ``made`` is the time of reception,
    production or packing in the zone of the plant. ``usable`` False prints a warning across the label. ``allergens`` are added to
    those that the catalogue says of the material.
    """

    kind: LabelKind
    id: str
    material: str
    kg: float | None = None
    made: dt.datetime | None = None
    supplier: str = ""
    supplier_lot: str = ""
    produced: dt.date | None = None
    expires: dt.date | None = None
    gtin: str = ""
    place: str = ""
    temperature_c: float | None = None
    batch: str = ""
    packs: int | None = None
    sscc: str = ""
    usable: bool = True
    allergens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A line of a label; ``small``: also on one that has little room."""

    name: Text
    value: Text
    small: bool = True


@dataclass(frozen=True)
class Label:
    """A label before it is laid out; ``linear`` and ``matrix`` are the elements of its two codes."""

    kind: LabelKind
    id: str
    title: Text
    name: Text
    facts: tuple[Fact, ...]
    allergens: tuple[Text, ...]
    warning: Text | None
    foot: Text
    linear: Elements
    matrix: Elements


_TITLES: Final = {
    LabelKind.LOT: Text(ru="Сырьё", en="Raw material"),
    LabelKind.SEMI: Text(ru="Полуфабрикат", en="Semi-finished"),
    LabelKind.CASE: Text(ru="Готовая продукция", en="Finished product"),
}
_KIND_TITLES: Final = {
    MaterialKind.ADDITIVE: Text(ru="Добавка", en="Additive"),
    MaterialKind.PACKAGING: Text(ru="Упаковка", en="Packaging"),
    MaterialKind.REWORK: Text(ru="На переработку", en="Rework"),
}
_HELD: Final = Text(ru="НЕ ИСПОЛЬЗОВАТЬ: решает технолог", en="DO NOT USE: a technologist decides")
_HELD_CASE: Final = Text(ru="НЕ ОТГРУЖАТЬ: решает технолог", en="DO NOT SHIP: a technologist decides")
_NO_FOOT: Final = Text(ru="", en="")


def label_of(facts: LotFacts, catalogue: Catalogue) -> Label:
    """The label of a lot, a semi-finished product or a case."""
    return {LabelKind.LOT: _lot, LabelKind.SEMI: _semi, LabelKind.CASE: _case}[facts.kind](facts, catalogue)


def _lot(facts: LotFacts, catalogue: Catalogue) -> Label:
    material = catalogue.materials.get(facts.material)
    supplier = catalogue.suppliers.get(facts.supplier)
    rows = [
        Fact(Text(ru="Поставщик", en="Supplier"), supplier.name if supplier is not None else _same(facts.supplier)),
        Fact(Text(ru="Партия поставщика", en="Supplier's lot"), _same(facts.supplier_lot)),
        Fact(Text(ru="Изготовлено", en="Produced"), _day(facts.produced), small=False),
        Fact(Text(ru="Годен до", en="Use by"), _day(facts.expires)),
        Fact(Text(ru="Масса нетто", en="Net mass"), _kg(facts.kg)),
        Fact(Text(ru="Принято", en="Received"), _time(facts.made)),
        Fact(Text(ru="Температура при приёмке", en="Temperature on arrival"), _celsius(facts.temperature_c), small=False),
        Fact(Text(ru="Место", en="Place"), _place(facts.place, catalogue), small=False),
    ]
    coded: list[tuple[str, str]] = []
    gtin = facts.gtin or (material.gtins[0] if material is not None and len(material.gtins) == 1 else "")
    if gtin:  # without an item, a date and a lot number belong to nothing (General Specifications 4.14.2)
        coded = _those_that_fit([
            ("01", gtin.zfill(14)), *([("17", date_value(facts.expires))] if facts.expires is not None else []),
            ("10", facts.supplier_lot),
        ])  # fmt: skip
        coded = coded if coded and coded[0][0] == "01" else []
    title = _KIND_TITLES.get(material.kind, _TITLES[LabelKind.LOT]) if material is not None else _TITLES[LabelKind.LOT]
    allergens = (*(material.allergens if material is not None else ()), *facts.allergens)
    own = (OWN_LOT, facts.id)
    return Label(
        LabelKind.LOT, facts.id, title, material.name if material is not None else _same(facts.material), _known(rows),
        allergen_names(allergens), None if facts.usable else _HELD, catalogue.company.name, (own,), (*coded, own),
    )  # fmt: skip


def _semi(facts: LotFacts, catalogue: Catalogue) -> Label:
    rows = [
        Fact(Text(ru="Партия", en="Batch"), _same(facts.batch if facts.batch != facts.id else "")),
        Fact(Text(ru="Изготовлено", en="Made"), _time(facts.made)),
        Fact(Text(ru="Использовать до", en="Use by"), _day(facts.expires)),
        Fact(Text(ru="Масса", en="Mass"), _kg(facts.kg)),
        Fact(Text(ru="Место", en="Place"), _place(facts.place, catalogue), small=False),
    ]
    own = ((OWN_LOT, facts.id),)
    return Label(
        LabelKind.SEMI, facts.id, _TITLES[LabelKind.SEMI], _product_name(facts, catalogue), _known(rows),
        allergen_names(facts.allergens), None if facts.usable else _HELD, catalogue.company.name, own, own,
    )  # fmt: skip


def _case(facts: LotFacts, catalogue: Catalogue) -> Label:
    product = catalogue.products.get(facts.material)
    made = facts.made.date() if facts.made is not None else None
    rows = [
        Fact(Text(ru="Партия", en="Batch"), _same(facts.batch)),
        Fact(Text(ru="Упаковано", en="Packed"), _time(facts.made)),
        Fact(Text(ru="Изготовлено", en="Produced"), _day(facts.produced or made), small=False),
        Fact(Text(ru="Годен до", en="Best before"), _day(facts.expires)),
        Fact(Text(ru="Упаковок", en="Packs"), _same("" if facts.packs is None else str(facts.packs))),
        Fact(Text(ru="Масса нетто", en="Net mass"), _kg(facts.kg)),
    ]
    coded: list[tuple[str, str]] = []
    dates = [("15", date_value(facts.expires))] if facts.expires is not None else []
    if product is not None:
        full = facts.packs == product.packs_per_case
        if full:
            coded = _those_that_fit([("01", product.case_gtin), *dates, ("10", facts.batch)])
        elif facts.packs and facts.sscc:
            coded = _those_that_fit([("02", product.gtin), *dates, ("37", str(facts.packs)), ("10", facts.batch)])
    unit = (("00", facts.sscc),) if facts.sscc else ()
    storage = product.storage if product is not None else _NO_FOOT
    company = catalogue.company.name
    foot = Text(ru=f"{company.ru}. {storage.ru}", en=f"{company.en}. {storage.en}") if storage.ru else company
    own = ((OWN_LOT, facts.batch or facts.id),)
    return Label(
        LabelKind.CASE, facts.sscc or facts.batch or facts.id, _TITLES[LabelKind.CASE], _product_name(facts, catalogue),
        _known(rows), allergen_names(facts.allergens), None if facts.usable else _HELD_CASE, foot, unit or own,
        (*unit, *coded) or own,
    )  # fmt: skip


def allergen_names(allergens: Iterable[str]) -> tuple[Text, ...]:
    """Each once, in the order of the regulation."""
    given = set(allergens)
    return tuple(text for name, text in ALLERGENS.items() if name in given)


def allergens_of(materials: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Those of all of ``materials``."""
    found = (catalogue.materials.get(m) for m in materials)
    return tuple(dict.fromkeys(a for m in found if m is not None for a in m.allergens))


def _those_that_fit(elements: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without what no code can hold (a supplier's number in Cyrillic): it stands on the label in letters."""
    return [e for e in elements if e[1] and e[0] in IDENTIFIERS and not isinstance(element_string([e]), Gs1Fault)]


def _product_name(facts: LotFacts, catalogue: Catalogue) -> Text:
    product, material = catalogue.products.get(facts.material), catalogue.materials.get(facts.material)
    return product.name if product is not None else material.name if material is not None else _same(facts.material)


def _known(rows: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(row for row in rows if row.value.ru)


def _same(text: str) -> Text:
    return Text(ru=text, en=text)


def _day(day: dt.date | None) -> Text:
    return _same("" if day is None else f"{day:%d.%m.%Y}")


def _time(at: dt.datetime | None) -> Text:
    return _same("" if at is None else f"{at:%d.%m.%Y %H:%M}")


def _kg(kg: float | None) -> Text:
    if kg is None:
        return _same("")
    number = f"{kg:.3f}".rstrip("0").rstrip(".")
    return Text(ru=f"{number.replace('.', ',')} кг", en=f"{number} kg")


def _celsius(celsius: float | None) -> Text:
    if celsius is None:
        return _same("")
    number = f"{celsius:.1f}".replace("-", "−")
    return Text(ru=f"{number.replace('.', ',')} °C", en=f"{number} °C")


def _place(place: str, catalogue: Catalogue) -> Text:
    found = catalogue.places.get(place)
    return found.name if found is not None else _same(place)
