"""Where a value lies in a Modbus device and how it is laid out there: tables, register types, addresses of ``tags.csv``.

Source: MODBUS Application Protocol V1.1b3 §4.3 (data model), §4.4 (addresses). How a value spreads over several registers, BCD
and texts are conventions of the devices; the specification only says that a register travels high byte first (§4.2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

ADDRESS_SPACE: Final = 65_536
MAX_TEXT_BYTES: Final = 250
"""As many registers as one request can read (125, MODBUS Application Protocol V1.1b3 §6.3), two characters each."""


class Table(StrEnum):
    """The four tables of a Modbus device, by the prefix used in ``tags.csv``."""

    COIL = "co"
    DISCRETE = "di"
    INPUT = "ir"
    HOLDING = "hr"


BIT_TABLES: Final = frozenset({Table.COIL, Table.DISCRETE})
WRITABLE_TABLES: Final = frozenset({Table.COIL, Table.HOLDING})


class Coding(StrEnum):
    """What the bits of a register type mean."""

    INTEGER = "integer"
    FLOAT = "float"
    BCD = "bcd"
    TEXT = "text"


@dataclass(frozen=True)
class RegisterType:
    """How a value lies in ``words`` registers of 16 bits.

    ``dtype`` is numpy's name of the number without its byte order. ``lo``/``hi`` are the raw values that it can hold.
    ``sensor_break`` is the count that analog inputs send for a broken sensor; it is one only in FLOAT tags, where the count is
    a scaled measurement. ``length`` is the bytes of a text.
    """

    words: int
    coding: Coding
    dtype: str = ""
    lo: float = 0.0
    hi: float = 0.0
    sensor_break: int | None = None
    length: int = 0

    @property
    def is_float(self) -> bool:
        """True for the types of IEEE 754."""
        return self.coding is Coding.FLOAT


def _integer(bits: int, signed: bool, sensor_break: int | None = None) -> RegisterType:
    lo, hi = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return RegisterType(bits // 16, Coding.INTEGER, f"{'i' if signed else 'u'}{bits // 8}", lo, hi, sensor_break)


def _real(bits: int, largest: float) -> RegisterType:
    return RegisterType(bits // 16, Coding.FLOAT, f"f{bits // 8}", -largest, largest)


REGISTER_TYPES: Final = {
    "int16": _integer(16, True, -0x8000),
    "uint16": _integer(16, False, 0xFFFF),
    "int32": _integer(32, True),
    "uint32": _integer(32, False),
    "int64": _integer(64, True),
    "uint64": _integer(64, False),
    "float32": _real(32, float(np.finfo(np.float32).max)),
    "float64": _real(64, float(np.finfo(np.float64).max)),
    "bcd16": RegisterType(1, Coding.BCD, hi=9_999),
    "bcd32": RegisterType(2, Coding.BCD, hi=99_999_999),
}
"""Type name in ``tags.csv`` → layout; texts are ``stringN`` besides (:func:`layout_of`)."""

_TEXT: Final = "string"
_SYNTAX: Final = "co:<address>, di:<address>, ir|hr:<address>:<type> or ir|hr:<address>.<bit>"
_BIT_PATTERN: Final = re.compile(r"(co|di):(\d{1,5})", re.ASCII)
_REGISTER_PATTERN: Final = re.compile(r"(ir|hr):(\d{1,5})(?::([a-z]+\d{1,4}|string:\d{1,4})|\.(\d{1,2}))", re.ASCII)


@cache
def layout_of(type_name: str) -> RegisterType:
    """The layout of a type of ``tags.csv``, ``stringN`` included. Raises ValueError whose text names the types there are."""
    known = REGISTER_TYPES.get(type_name)
    if known is not None:
        return known
    length = type_name.removeprefix(_TEXT)
    if not type_name.startswith(_TEXT) or not length.isdecimal():
        raise ValueError(f"unknown register type '{type_name}'; use one of {', '.join(REGISTER_TYPES)}, {_TEXT}<bytes>")
    if not 1 <= int(length) <= MAX_TEXT_BYTES:
        raise ValueError(f"a text of {length} bytes; a request can read 1 to {MAX_TEXT_BYTES}")
    return RegisterType((int(length) + 1) // 2, Coding.TEXT, length=int(length))


@dataclass(frozen=True, order=True)
class ModbusAddress:
    """Where a tag lies: 0-based ``start`` in ``table``; ``type`` is a name for :func:`layout_of`, or '' for one bit.

    ``bit`` is the bit of a register (0 = least significant), or None.
    """

    table: Table
    start: int
    type: str = ""
    bit: int | None = None

    @property
    def layout(self) -> RegisterType | None:
        """How the value lies in its registers; None for one bit."""
        return layout_of(self.type) if self.type else None

    @property
    def is_text(self) -> bool:
        """True for ``stringN``."""
        return self.type.startswith(_TEXT)

    @property
    def count(self) -> int:
        """Registers (or bits, in the bit tables) that the tag occupies."""
        return layout_of(self.type).words if self.type else 1

    @property
    def writable(self) -> bool:
        """True for coils and holding registers."""
        return self.table in WRITABLE_TABLES

    def __str__(self) -> str:
        tail = f":{self.type}" if self.type else "" if self.bit is None else f".{self.bit}"
        return f"{self.table}:{self.start}{tail}"


def parse_address(text: str) -> ModbusAddress:
    """Read an address of ``tags.csv``. Raises ValueError whose text says what is wrong and what is allowed."""
    bit_match = _BIT_PATTERN.fullmatch(text)
    register_match = _REGISTER_PATTERN.fullmatch(text)
    if bit_match:
        address = ModbusAddress(Table(bit_match[1]), int(bit_match[2]))
    elif register_match:
        table, start, word, bit = register_match.groups()
        if bit is not None and int(bit) > 15:
            raise ValueError(f"bit {bit} in '{text}'; a register has bits 0 to 15")
        type_name = "" if word is None else word.replace(":", "")
        if type_name and layout_of(type_name).coding is Coding.TEXT:
            type_name = f"{_TEXT}{layout_of(type_name).length}"
        address = ModbusAddress(Table(table), int(start), type_name, None if bit is None else int(bit))
    else:
        raise ValueError(f"'{text}' is no Modbus address; write {_SYNTAX}")
    if address.start + address.count > ADDRESS_SPACE:
        raise ValueError(f"'{text}' ends beyond register 65535, the last of a Modbus table")
    return address
