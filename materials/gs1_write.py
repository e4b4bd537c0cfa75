"""Making codes of GS1: element strings for GS1-128 and GS1 DataMatrix, their text in plain letters, SSCCs.

Values come from people and papers, so that a value that no code can hold is a :class:`~materials.gs1_faults.Gs1Fault`, not an
exception. What is written is what :func:`materials.gs1.read_code` reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from materials import gs1_faults as faults
from materials.gs1 import day_of, made_at
from materials.gs1_digits import check_digit, has_check_digit, is_digits
from materials.gs1_faults import Gs1Fault
from materials.gs1_table import FNC1, IDENTIFIERS, SET_82, Check

__all__ = ["bracketed", "check_digit", "date_value", "element_string", "human_text", "net_kg_element", "sscc"]

_SSCC_BODY = 17
_MEASURE_DIGITS = 6


def element_string(elements: Sequence[tuple[str, str]]) -> str | Gs1Fault:
    """``elements`` (identifier, value) as a symbol holds them: FNC1 after each of variable length but the last.

    The order is kept; those of predefined length first make the shortest symbol. The leading FNC1 is for whoever draws it.
    Raises KeyError for an identifier that the table does not have.
    """
    fault = _fault(elements)
    if fault is not None:
        return fault
    parts = [f"{ai}{value}{'' if IDENTIFIERS[ai].predefined else FNC1}" for ai, value in elements]
    return "".join(parts).removesuffix(FNC1)


def human_text(elements: Sequence[tuple[str, str]]) -> str:
    """As it is printed under a symbol: ``(01)09521234543213(10)ABC`` (General Specifications 4.14)."""
    return "".join(f"({ai}){value}" for ai, value in elements)


def bracketed(elements: Sequence[tuple[str, str]]) -> str:
    """With square brackets, which no value can hold: for a library that draws the symbol and sets FNC1 itself."""
    return "".join(f"[{ai}]{value}" for ai, value in elements)


def sscc(prefix: str, extension: int, serial: int) -> str:
    """SSCC of 18 digits: extension digit, company prefix, serial, check digit (General Specifications 2.2.1).

    Raises ValueError when ``prefix`` is not 4 to 12 digits, ``extension`` not 0 to 9, or ``serial`` too long for what is left.
    """
    if not (is_digits(prefix) and 4 <= len(prefix) <= 12):
        raise ValueError(f"{prefix!r} is no GS1 Company Prefix of 4 to 12 digits")
    if not 0 <= extension <= 9:
        raise ValueError(f"the extension digit is {extension}, not 0 to 9")
    room = _SSCC_BODY - 1 - len(prefix)
    if not 0 <= serial < 10**room:
        raise ValueError(f"the serial {serial} does not fit in {room} digits behind the prefix {prefix}")
    body = f"{extension}{prefix}{serial:0{room}d}"
    return body + check_digit(body)


def date_value(day: dt.date) -> str:
    """YYMMDD."""
    return day.strftime("%y%m%d")


def net_kg_element(kg: float) -> tuple[str, str] | None:
    """The element (310n) for a net mass, with as many decimals as fit, at most 3; None for one that no element holds."""
    for decimals in (3, 2, 1, 0):
        number = Decimal(str(kg)).scaleb(decimals).quantize(Decimal(1), ROUND_HALF_EVEN) if 0 <= kg < 10**9 else Decimal(-1)
        if 0 <= number < 10**_MEASURE_DIGITS:
            return f"310{decimals}", f"{int(number):0{_MEASURE_DIGITS}d}"
    return None


def _fault(elements: Sequence[tuple[str, str]]) -> Gs1Fault | None:
    """What would make the code unreadable. A date is judged with itself as today: its century is not the question here."""
    code = ""
    for ai, value in elements:
        row = IDENTIFIERS[ai]
        at = len(code) + len(ai)
        code += f"{ai}{value}{'' if row.predefined else FNC1}"
        stray = row.stray(value[: row.hi])
        if stray >= 0:
            return faults.character(code, at + stray, row, digits=value[stray] in SET_82)
        if len(value) < row.lo:
            return faults.too_short(code, at, row, len(value))
        if len(value) > row.hi:
            return faults.over(code, at, row, len(value))
        if row.check is Check.KEY and not has_check_digit(value):
            return faults.check_digit(code, at + len(value) - 1, faults.named(row))
        if row.check in (Check.DATE, Check.DAY):
            today = dt.date(2000 + int(value[:2]), 1, 1)
            day = day_of(value[:6], today, last=True)
            no_day = row.check is Check.DAY and value[4:6] == "00"
            if day is None or no_day or (ai == "8008" and made_at(value, today) is None):
                return faults.date(code, at, row, value)
    if not elements:
        return faults.empty()
    return None
