"""The options of a Modbus tag: the words ``key=value`` of the column ``options`` of ``tags.csv``."""

from __future__ import annotations

import codecs
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from plc_drivers.modbus.address import Coding, ModbusAddress, RegisterType

WordOrder = Literal["big", "little", "abcd", "cdab", "badc", "dcba"]
"""``word_order`` of ``line.yaml``: A is the highest byte of the value, the letters stand as the bytes travel."""

Order = Literal["abcd", "cdab", "badc", "dcba"]
ORDERS: Final[Mapping[str, Order]] = {
    "abcd": "abcd", "cdab": "cdab", "badc": "badc", "dcba": "dcba", "big": "abcd", "little": "cdab",
}  # fmt: skip
"""Every name of an order → the order. In 64-bit values the four letters stand for the same pattern: ``cdab`` is the low word
first and the high byte of each word first."""

ENCODINGS: Final[Mapping[str, str]] = {"utf-8": "utf-8", "ascii": "ascii", "latin-1": "iso8859-1", "cp1251": "cp1251"}


@dataclass(frozen=True)
class TagOptions:
    """What the options of one tag say.

    ``order`` is None where the device's goes. ``valid`` is the range of raw counts that a working sensor sends, ``nan`` the raw
    count that means that there is no value. ``clamp`` holds a value outside ``lo..hi`` at the limit.
    """

    order: Order | None = None
    encoding: str = "utf-8"
    clamp: bool = False
    valid: tuple[float, float] | None = None
    nan: float | None = None


@dataclass(frozen=True)
class OptionFault:
    """An option that cannot be used: what is wrong, and what to do about it."""

    message: str
    remedy: str


def read_options(options: Mapping[str, str], address: ModbusAddress) -> tuple[TagOptions, list[OptionFault]]:
    """The options of a tag at ``address`` and every fault in them; a faulty one is left at its default."""
    read = TagOptions()
    faults: list[OptionFault] = []
    for key, text in options.items():
        reader = _READERS.get(key)
        if reader is None:
            faults.append(OptionFault(f"unknown option '{key}'", f"Use one of {', '.join(_READERS)}, or remove it"))
            continue
        try:
            read = reader(read, text, address)
        except _UnusableError as error:
            faults.append(OptionFault(f"option {key}={text}: {error}", error.remedy))
    return read, faults


class _UnusableError(ValueError):
    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def _order(options: TagOptions, text: str, address: ModbusAddress) -> TagOptions:
    order = ORDERS.get(text)
    layout = address.layout
    if order is None:
        raise _UnusableError("there is no such order", f"Use one of {', '.join(ORDERS)}")
    if layout is None:
        raise _UnusableError("a single bit has no order", "Remove it, or name the bit as the device sends it")
    if order in ("cdab", "dcba") and (layout.words == 1 or layout.coding is Coding.TEXT):
        what = "a text keeps the order of its registers" if layout.coding is Coding.TEXT else "one register has no word order"
        raise _UnusableError(what, "Remove it; order=badc swaps the two bytes of each register")
    return replace(options, order=order)


def _encoding(options: TagOptions, text: str, address: ModbusAddress) -> TagOptions:
    if not address.is_text:
        raise _UnusableError(f"{address} is no text", "Remove it, or use the type string<bytes>")
    if text not in ENCODINGS:
        raise _UnusableError("there is no such encoding", f"Use one of {', '.join(ENCODINGS)}")
    return replace(options, encoding=codecs.lookup(ENCODINGS[text]).name)


def _clamp(options: TagOptions, text: str, address: ModbusAddress) -> TagOptions:
    _needs_number(address)
    if text not in ("0", "1"):
        raise _UnusableError("it is neither 0 nor 1", "Write clamp=1 to hold a value outside lo..hi at the limit, else remove it")
    return replace(options, clamp=text == "1")


def _valid(options: TagOptions, text: str, address: ModbusAddress) -> TagOptions:
    _needs_number(address)
    lo, hi = (_count(part) for part in (text.split("..") if text.count("..") == 1 else ("", "")))
    if lo is None or hi is None or lo >= hi:
        raise _UnusableError("it is no range of raw counts", "Write valid=LO..HI with the counts of a working sensor")
    return replace(options, valid=(lo, hi))


def _nan(options: TagOptions, text: str, address: ModbusAddress) -> TagOptions:
    layout = _needs_number(address)
    count = None if layout.is_float and text.lower().startswith("0x") else _count(text)
    if count is None or not (layout.is_float or count.is_integer()):
        remedy = "Write nan=COUNT, the raw count that means that there is no value, e.g. nan=0x7FFF, of a float type nan=-9999"
        raise _UnusableError("it is no raw count", remedy)
    if layout.lo < 0 and not layout.is_float and text.lower().startswith("0x") and layout.hi < count <= 2 * layout.hi + 1:
        count -= 2.0 ** (16 * layout.words)  # manuals write the bits: 0x8000 of an int16
    if not layout.lo <= count <= layout.hi:
        allowed = f"{layout.lo:g} to {layout.hi:g}"
        raise _UnusableError(f"{address.type} never holds that count", f"Write a count of {allowed}")
    return replace(options, nan=count)


def _needs_number(address: ModbusAddress) -> RegisterType:
    layout = address.layout
    if layout is None or layout.coding is Coding.TEXT:
        raise _UnusableError(f"{address} is no number", "Remove it, or use a register type that is a number")
    return layout


def _count(text: str) -> float | None:
    """A raw count, decimal or 0x…; None when it is none."""
    try:
        count = float(int(text, 16)) if text.lower().startswith("0x") else float(text)
    except (ValueError, OverflowError):
        return None
    return count if math.isfinite(count) else None


_READERS: Final[Mapping[str, Callable[[TagOptions, str, ModbusAddress], TagOptions]]] = {
    "order": _order, "encoding": _encoding, "clamp": _clamp, "valid": _valid, "nan": _nan,
}  # fmt: skip

OPTION_NAMES: Final = tuple(_READERS)
"""The options that there are."""
