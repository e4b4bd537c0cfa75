"""Application identifiers of GS1 as a table: what each means, its form, and whether FNC1 must follow it.

Forms are written as in the GS1 General Specifications, section 3.2 "GS1 Application Identifiers in numerical order": ``N14``
fourteen digits, ``N..8`` one to eight digits, ``X..20`` one to twenty characters of set 82 (7.11), parts joined with ``+``, a
part in brackets may be left out. A row for a further identifier is all that a further identifier takes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.documents import Text

FNC1: Final = "\x1d"
"""How scanners send the Function 1 symbol as a separator: ASCII 29, GS (GS1 General Specifications 7.8.3)."""
SET_82: Final = frozenset("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
"""GS1 AI encodable character set 82 (General Specifications 7.11)."""
_DIGITS: Final = frozenset("0123456789")


class Check(StrEnum):
    """What is checked of a value besides its form."""

    NONE = "none"
    KEY = "key"
    """Its last digit is the check digit."""
    DATE = "date"
    """It begins with YYMMDD, the day may be 00."""
    DAY = "day"
    """It begins with YYMMDD and the day is never 00."""


@dataclass(frozen=True)
class Part:
    """``lo``..``hi`` characters: digits, or of set 82."""

    digits: bool
    lo: int
    hi: int

    @property
    def charset(self) -> frozenset[str]:
        """The characters that may stand in it."""
        return _DIGITS if self.digits else SET_82


@dataclass(frozen=True)
class Identifier:
    """An application identifier. ``predefined``: its length is known by its first two digits, so that no FNC1 follows it.

    ``decimals`` is the number of decimals that its fourth digit says, -1 where it says none.
    """

    ai: str
    title: Text
    parts: tuple[Part, ...]
    check: Check
    predefined: bool
    decimals: int = -1

    @property
    def lo(self) -> int:
        """Characters at least."""
        return sum(p.lo for p in self.parts)

    @property
    def hi(self) -> int:
        """Characters at most."""
        return sum(p.hi for p in self.parts)

    def stray(self, value: str) -> int:
        """Where the first character stands that has no place in ``value``, -1 for none. Lengths are not judged."""
        at = 0
        for part in self.parts:
            for i in range(at, min(at + part.hi, len(value))):
                if value[i] not in part.charset:
                    return i
            at += part.hi
        return -1


PREDEFINED: Final = frozenset(
    ("00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "31", "32", "33", "34", "35", "36",
     "41")
)  # fmt: skip
"""First two digits of identifiers whose element strings have a length laid down (General Specifications 7.8.5)."""

_ROWS: Final = (
    ("00", "N18", Check.KEY, "номер грузовой единицы (SSCC)", "logistic unit (SSCC)"),
    ("01", "N14", Check.KEY, "номер товара (GTIN)", "trade item (GTIN)"),
    ("02", "N14", Check.KEY, "номер вложенного товара (GTIN)", "contained trade item (GTIN)"),
    ("10", "X..20", Check.NONE, "номер партии", "batch or lot number"),
    ("11", "N6", Check.DATE, "дата изготовления", "production date"),
    ("12", "N6", Check.DATE, "срок оплаты", "due date for payment"),
    ("13", "N6", Check.DATE, "дата упаковки", "packaging date"),
    ("15", "N6", Check.DATE, "годен до (лучше до)", "best before"),
    ("16", "N6", Check.DATE, "продать до", "sell by"),
    ("17", "N6", Check.DATE, "срок годности", "expiry date"),
    ("20", "N2", Check.NONE, "вариант товара", "internal variant"),
    ("21", "X..20", Check.NONE, "серийный номер", "serial number"),
    ("22", "X..20", Check.NONE, "вариант потребительского товара", "consumer product variant"),
    ("30", "N..8", Check.NONE, "количество", "variable count of items"),
    ("37", "N..8", Check.NONE, "количество вложенного товара", "count of contained items"),
    ("240", "X..30", Check.NONE, "дополнительный номер товара", "additional item identification"),
    ("241", "X..30", Check.NONE, "номер изделия у заказчика", "customer part number"),
    ("250", "X..30", Check.NONE, "вторичный серийный номер", "secondary serial number"),
    ("251", "X..30", Check.NONE, "ссылка на источник", "reference to source entity"),
    ("400", "X..30", Check.NONE, "номер заказа покупателя", "customer's purchase order"),
    ("401", "X..30", Check.NONE, "номер отправки (GINC)", "consignment (GINC)"),
    ("402", "N17", Check.KEY, "номер поставки (GSIN)", "shipment (GSIN)"),
    ("403", "X..30", Check.NONE, "код маршрута", "routing code"),
    ("410", "N13", Check.KEY, "доставить в (GLN)", "ship to (GLN)"),
    ("411", "N13", Check.KEY, "счёт для (GLN)", "bill to (GLN)"),
    ("412", "N13", Check.KEY, "куплено у (GLN)", "purchased from (GLN)"),
    ("413", "N13", Check.KEY, "переслать в (GLN)", "ship for (GLN)"),
    ("414", "N13", Check.KEY, "место (GLN)", "physical location (GLN)"),
    ("415", "N13", Check.KEY, "кому платить (GLN)", "invoicing party (GLN)"),
    ("416", "N13", Check.KEY, "место производства (GLN)", "production location (GLN)"),
    ("417", "N13", Check.KEY, "сторона (GLN)", "party (GLN)"),
    ("420", "X..20", Check.NONE, "почтовый индекс", "ship-to postal code"),
    ("421", "N3+X..9", Check.NONE, "страна и почтовый индекс", "country and postal code"),
    ("422", "N3", Check.NONE, "страна происхождения", "country of origin"),
    ("423", "N3+[N..12]", Check.NONE, "страна первичной обработки", "country of initial processing"),
    ("424", "N3", Check.NONE, "страна переработки", "country of processing"),
    ("425", "N3+[N..12]", Check.NONE, "страна разделки", "country of disassembly"),
    ("426", "N3", Check.NONE, "страна всех стадий", "country of the full chain"),
    ("7001", "N13", Check.NONE, "номер НАТО", "NATO stock number"),
    ("7002", "X..30", Check.NONE, "отруб по ЕЭК ООН", "UN/ECE meat cut"),
    ("7003", "N10", Check.DAY, "срок годности с часом", "expiry date and time"),
    ("7005", "X..12", Check.NONE, "район вылова", "catch area"),
    ("7006", "N6", Check.DAY, "дата первой заморозки", "first freeze date"),
    ("7007", "N6+[N6]", Check.DAY, "дата заготовки", "harvest date"),
    ("8005", "N6", Check.NONE, "цена за единицу", "price per unit"),
    ("8008", "N8+[N..4]", Check.DAY, "время изготовления", "date and time of production"),
    ("8020", "X..25", Check.NONE, "номер платёжного документа", "payment slip reference"),
    ("90", "X..30", Check.NONE, "по договорённости сторон", "agreed between partners"),
    *((str(n), "X..90", Check.NONE, "внутренние сведения", "company internal") for n in range(91, 100)),
)
_MEASURES: Final = (
    ("310", "масса нетто, кг", "net weight, kg"),
    ("311", "длина, м", "length, m"),
    ("312", "ширина, м", "width, m"),
    ("313", "высота, м", "height, m"),
    ("314", "площадь, м²", "area, m²"),
    ("315", "объём нетто, л", "net volume, l"),
    ("316", "объём нетто, м³", "net volume, m³"),
    ("320", "масса нетто, фунты", "net weight, lb"),
    ("330", "масса брутто, кг", "gross weight, kg"),
    ("340", "масса брутто, фунты", "gross weight, lb"),
    ("356", "масса нетто, тройские унции", "net weight, troy oz"),
)
"""Six digits; the fourth digit of the identifier is the number of decimals (General Specifications 3.6)."""

_PART: Final = re.compile(r"(\[?)([NX])(\.\.)?(\d{1,2})\]?")


def _parts(form: str) -> tuple[Part, ...]:
    parts: list[Part] = []
    for word in form.split("+"):
        match = _PART.fullmatch(word)
        if match is None:
            raise ValueError(f"{form!r} is no form of an element string")
        hi = int(match[4])
        lo = 0 if match[1] else 1 if match[3] else hi
        parts.append(Part(match[2] == "N", lo, hi))
    return tuple(parts)


def _table() -> dict[str, Identifier]:
    rows = [Identifier(ai, Text(ru=ru, en=en), _parts(form), check, ai[:2] in PREDEFINED) for ai, form, check, ru, en in _ROWS]
    rows += [
        Identifier(f"{ai}{n}", Text(ru=ru, en=en), _parts("N6"), Check.NONE, ai[:2] in PREDEFINED, n)
        for ai, ru, en in _MEASURES
        for n in range(6)
    ]
    return {row.ai: row for row in rows}


IDENTIFIERS: Final = _table()
"""By their digits; no identifier begins with another, so that the first that fits is the one."""


def identifier_at(text: str, at: int) -> Identifier | None:
    """The identifier that stands in ``text`` from ``at`` on, None for none that is known."""
    return next((row for n in (2, 3, 4) if (row := IDENTIFIERS.get(text[at : at + n])) is not None), None)
