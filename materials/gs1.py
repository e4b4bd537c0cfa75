"""Codes of GS1 as scanners send them and people type them: element strings, their human-readable form, plain GTINs.

:func:`read_code` never raises: it gives a :class:`Gs1Code` or a :class:`~materials.gs1_faults.Gs1Fault` that says where and what
to do. Writing is in materials/gs1_write.py.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

from line.documents import Text
from materials import gs1_faults as faults
from materials.gs1_digits import GTIN_LENGTHS, gtin14, has_check_digit, is_digits
from materials.gs1_faults import Gs1Fault
from materials.gs1_table import FNC1, IDENTIFIERS, SET_82, Check, Identifier, identifier_at

LENGTH_MAX: Final = 512
"""Characters of one scan: no symbol that is read here holds more."""
OWN_LOT: Final = "99"
"""Company internal element in which the labels of this plant carry its own lot number: that of the supplier stays in (10)."""
_OF_GS1: Final = frozenset(("]C1", "]d2", "]Q3", "]e0", "]J1"))
"""Symbology identifiers of GS1-128, GS1 DataMatrix, GS1 QR Code, GS1 DataBar, GS1 DotCode (General Specifications 5.1.2)."""
_OF_GTIN: Final = frozenset(("]E0", "]E4", "]I1", "]I0"))
"""EAN-13 and UPC, EAN-8, ITF-14: their digits are the GTIN."""
_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_SEPARATORS: Final = ("\u241d", "<GS>", "{GS}", "^]", "\\x1d", "\\u001d", "\\F")
"""What scanners type that are set to show the separator instead of sending it."""
_BRACKETS: Final = re.compile(r"\((\d{2,4})\)")
_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_NEVER_TOGETHER: Final = (("01", "02"), ("01", "37"), ("02", "20"))
"""Pairs that contradict each other (General Specifications 4.14.1 "Invalid pairs of element strings")."""
_CENTURY: Final = 100
_AHEAD: Final = 51
_BEHIND: Final = -50


@dataclass(frozen=True)
class Element:
    """One element string: identifier and value. ``at`` is where the value stands in the code, from 0."""

    ai: str
    value: str
    at: int = 0

    @property
    def row(self) -> Identifier:
        """Its identifier."""
        return IDENTIFIERS[self.ai]


@dataclass(frozen=True)
class Gs1Code:
    """A code that holds: its elements in the order of the symbol, each identifier once.

    ``today`` settles the century of its dates. ``symbology`` is what the scanner said of the symbol, '' when it said nothing.
    ``doubts`` are for the person who scans: the code is right by its form, and may still not say what it should.
    """

    elements: tuple[Element, ...]
    today: dt.date
    symbology: str = ""
    doubts: tuple[Text, ...] = ()

    @cached_property
    def _values(self) -> dict[str, str]:
        return {e.ai: e.value for e in self.elements}

    def get(self, ai: str) -> str:
        """The value of ``ai``, '' when it is not there."""
        return self._values.get(ai, "")

    @property
    def gtin(self) -> str:
        """14 digits: of the item (01), or of what the logistic unit contains (02); ''."""
        return self.get("01") or self.get("02")

    @property
    def sscc(self) -> str:
        """18 digits, ''."""
        return self.get("00")

    @property
    def lot(self) -> str:
        """Lot number of whoever made it (10), ''."""
        return self.get("10")

    @property
    def own_lot(self) -> str:
        """Lot number of this plant (99), ''."""
        return self.get(OWN_LOT)

    @property
    def serial(self) -> str:
        """Serial number (21), ''."""
        return self.get("21")

    @property
    def produced(self) -> dt.date | None:
        """Production date (11), or without one that of packaging (13); for a day 00 the first of the month."""
        return self._date("11", last=False) or self._date("13", last=False)

    @property
    def produced_at(self) -> dt.datetime | None:
        """Time of production (8008), as the maker's clock showed it."""
        digits = self.get("8008")
        return made_at(digits, self.today) if digits else None

    @property
    def best_before(self) -> dt.date | None:
        """Best before (15); for a day 00 the last of the month."""
        return self._date("15", last=True)

    @property
    def expires(self) -> dt.date | None:
        """Last day: expiry (17, 7003), or without one best before (15); for a day 00 the last of the month."""
        return self._date("17", last=True) or self._date("7003", last=True) or self.best_before

    @property
    def net_kg(self) -> float | None:
        """Net mass (310n), kg."""
        number = self.measure("310")
        return None if number is None else float(number)

    @property
    def count(self) -> int | None:
        """Contained items (37), or a variable count (30)."""
        digits = self.get("37") or self.get("30")
        return int(digits) if digits else None

    def measure(self, first: str) -> Decimal | None:
        """The measure whose identifier begins with ``first`` (three digits), with its decimals; None when it is not there."""
        element = next((e for e in self.elements if e.ai[:3] == first and e.row.decimals >= 0), None)
        return None if element is None else Decimal(element.value).scaleb(-element.row.decimals)

    def _date(self, ai: str, *, last: bool) -> dt.date | None:
        digits = self.get(ai)
        return day_of(digits[:6], self.today, last=last) if digits else None


def read_code(text: str, today: dt.date) -> Gs1Code | Gs1Fault:
    """What ``text``, as a keyboard-wedge scanner or a person typed it, says; ``today`` settles the century of dates."""
    code, symbology = _bare(text)
    if not code:
        return faults.empty()
    if len(code) > LENGTH_MAX:
        return faults.too_long(code, LENGTH_MAX)
    if (letter := _CYRILLIC.search(code)) is not None:
        return faults.keyboard(code, letter.start())
    if symbology in _OF_GTIN:
        return _plain(code, today, symbology)
    if symbology and symbology not in _OF_GS1:
        return faults.not_gs1(code, symbology)
    if code.startswith("("):
        found = _typed(code)
    elif not symbology and len(code) in GTIN_LENGTHS and is_digits(code):  # no element string of use is as short
        return _plain(code, today, symbology)
    else:
        found = _scanned(code)
        if isinstance(found, Gs1Fault) and not symbology:
            found = _no_element_string(code, found)
    return found if isinstance(found, Gs1Fault) else _checked(code, found, today, symbology)


def century(yy: int, today: dt.date) -> int:
    """The year that two digits mean: at most 50 years ahead and 49 behind (General Specifications 7.12)."""
    base = today.year - today.year % _CENTURY
    difference = yy - today.year % _CENTURY
    if difference >= _AHEAD:
        return base - _CENTURY + yy
    if difference <= _BEHIND:
        return base + _CENTURY + yy
    return base + yy


def day_of(yymmdd: str, today: dt.date, *, last: bool) -> dt.date | None:
    """The day that six digits mean; for a day 00 the ``last`` or the first of its month. None for no day of the calendar."""
    if len(yymmdd) != 6 or not is_digits(yymmdd):
        return None
    year, month, day = century(int(yymmdd[:2]), today), int(yymmdd[2:4]), int(yymmdd[4:])
    if not (1 <= month <= 12 and dt.MINYEAR <= year <= dt.MAXYEAR):
        return None
    length = calendar.monthrange(year, month)[1]
    if day > length:
        return None
    return dt.date(year, month, day or (length if last else 1))


def made_at(digits: str, today: dt.date) -> dt.datetime | None:
    """The time of YYMMDDHH, with minutes and seconds if there are more; None for none of the clock."""
    day = day_of(digits[:6], today, last=False)
    rest = [int(digits[i : i + 2]) for i in range(6, len(digits), 2)]
    if day is None or len(digits) % 2 or not rest or digits[4:6] == "00":
        return None
    hour, minute, second = (*rest, 0, 0)[:3]
    if hour > 23 or minute > 59 or second > 59:
        return None
    return dt.datetime(day.year, day.month, day.day, hour, minute, second)  # noqa: DTZ001 -- the maker's clock, zone unknown


def _bare(text: str) -> tuple[str, str]:
    """The code without what a scanner puts around it, and the symbology identifier."""
    code = text.strip(" \t\r\n\x02\x03\x04\ufeff")
    match = _SYMBOLOGY.match(code)
    symbology = match[0] if match is not None else ""
    code = code[len(symbology) :]
    for shown in _SEPARATORS:
        code = code.replace(shown, FNC1)
    return code.strip(FNC1 + " "), symbology


def _plain(code: str, today: dt.date, symbology: str) -> Gs1Code | Gs1Fault:
    """A GTIN that stands alone."""
    row = IDENTIFIERS["01"]
    stray = next((i for i, c in enumerate(code) if not is_digits(c)), -1)
    if stray >= 0:
        return faults.character(code, stray, row, digits=True)
    if len(code) not in GTIN_LENGTHS:
        return (
            faults.too_short(code, 0, row, len(code)) if len(code) < max(GTIN_LENGTHS) else faults.over(code, 0, row, len(code))
        )
    if not has_check_digit(code):
        return faults.check_digit(code, len(code) - 1, faults.named(row))
    return Gs1Code((Element("01", gtin14(code)),), today, symbology)


def _no_element_string(code: str, fault: Gs1Fault) -> Gs1Fault:
    """What is most likely meant by a code that no scanner marked as one of GS1."""
    if fault.kind is faults.FaultKind.UNKNOWN_AI and fault.at == 0 and not is_digits(code[:2]):
        return faults.not_gs1(code, "")
    return fault


def _scanned(code: str) -> list[Element] | Gs1Fault:
    """Element strings one after the other (General Specifications 7.8.6)."""
    elements: list[Element] = []
    at = 0
    before: Identifier | None = None
    while at < len(code):
        if code[at] == FNC1:  # allowed after any element, also where it is not needed
            at += 1
            continue
        row = identifier_at(code, at)
        if row is None:
            return faults.unknown_ai(code, at, before)
        start = at + len(row.ai)
        end = code.find(FNC1, start)
        end = len(code) if end < 0 else end
        if row.predefined:
            end = min(end, start + row.hi)
        fault = _value_fault(code, start, end, row)
        if fault is not None:
            return fault
        elements.append(Element(row.ai, code[start:end], start))
        at, before = end, row
    return elements


def _typed(code: str) -> list[Element] | Gs1Fault:
    """The form that stands in plain letters under a symbol: identifiers in brackets (General Specifications 4.14)."""
    elements: list[Element] = []
    at = 0
    before: Identifier | None = None
    while at < len(code):
        match = _BRACKETS.match(code, at)
        row = IDENTIFIERS.get(match[1]) if match is not None else None
        if match is None or row is None:
            return faults.unknown_ai(code, at, before)
        follows = next((m for m in _BRACKETS.finditer(code, match.end()) if m[1] in IDENTIFIERS), None)
        end = len(code) if follows is None else follows.start()
        value = code[match.end() : end].strip(FNC1 + " ")
        start = code.find(value, match.end()) if value else match.end()
        if row.parts[0].digits and len(row.parts) == 1:
            value = value.replace(" ", "")  # people write digits in groups
        fault = _value_fault(code, start, start + len(value), row, value, typed=True)
        if fault is not None:
            return fault
        elements.append(Element(row.ai, value, start))
        at, before = end, row
    return elements


def _value_fault(
    code: str, start: int, end: int, row: Identifier, value: str | None = None, *, typed: bool = False
) -> Gs1Fault | None:
    """What is wrong with the form of one value."""
    value = code[start:end] if value is None else value
    stray = row.stray(value[: row.hi])
    if stray >= row.lo and row.lo < row.hi and value[stray] in SET_82 and not typed:
        return faults.no_separator(code, start, row, len(value))
    if stray >= 0:
        return faults.character(code, start + stray, row, digits=value[stray] in SET_82)
    if len(value) < row.lo:
        return faults.too_short(code, start, row, len(value))
    if len(value) > row.hi:
        return faults.over(code, start, row, len(value)) if typed else faults.no_separator(code, start, row, len(value))
    return None


def _checked(code: str, found: list[Element], today: dt.date, symbology: str) -> Gs1Code | Gs1Fault:
    """Keys, dates, and what elements say together."""
    elements: dict[str, Element] = {}
    for element in found:
        family = element.ai[:3] if element.row.decimals >= 0 else element.ai  # one mass, whatever its decimals
        same = elements.get(family)
        if same is not None and (same.ai, same.value) != (element.ai, element.value):
            return faults.twice(code, element.at, element.row)
        fault = _content_fault(code, element, today)
        if fault is not None:
            return fault
        elements.setdefault(family, element)
    for one, other in _NEVER_TOGETHER:
        if one in elements and other in elements:
            return faults.contradiction(code, elements[other].at, IDENTIFIERS[one], IDENTIFIERS[other])
    whole = Gs1Code(tuple(elements.values()), today, symbology, _doubts(code, found, today))
    for made, last in (("11", "17"), ("11", "15"), ("13", "17")):
        if made in elements and last in elements:
            begins = day_of(elements[made].value, today, last=False)
            ends = day_of(elements[last].value, today, last=True)
            if begins is not None and ends is not None and begins > ends:
                return faults.contradiction(code, elements[last].at, IDENTIFIERS[made], IDENTIFIERS[last], dates=True)
    return whole


def _content_fault(code: str, element: Element, today: dt.date) -> Gs1Fault | None:
    row, value = element.row, element.value
    if row.check is Check.KEY and not has_check_digit(value):
        return faults.check_digit(code, element.at + len(value) - 1, faults.named(row))
    if row.check in (Check.DATE, Check.DAY):
        bad = day_of(value[:6], today, last=True) is None or (row.check is Check.DAY and value[4:6] == "00")
        if bad or (element.ai == "8008" and made_at(value, today) is None):
            return faults.date(code, element.at, row, value)
    return None


def _doubts(code: str, found: list[Element], today: dt.date) -> tuple[Text, ...]:
    """A separator that is missing cannot always be seen: a lot number that ends like a date or a mass is told."""
    if FNC1 in code or not found or code.startswith("("):
        return ()
    last = found[-1]
    if last.row.predefined or last.row.parts[0].digits:
        return ()
    for at in range(1, len(last.value) - 5):
        row = identifier_at(last.value, at)
        if row is None or not row.predefined or row.ai in ("00", "20"):
            continue
        rest = last.value[at + len(row.ai) :]
        date = row.check is Check.DATE and day_of(rest, today, last=True) is not None
        if (date or (row.decimals >= 0 and row.ai[:3] == "310")) and len(rest) == row.hi and is_digits(rest):
            return (faults.ends_like(last.value, last.row, row),)
    return ()
