"""Modbus registers ↔ values, without a socket.

Source: MODBUS Application Protocol V1.1b3 §4.3 (data model) and §6; 32- and 64-bit values are a convention of the devices:
consecutive registers, ``big`` = the high word comes first.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from line.image import FloatArray, IntArray
from line.quality import Status, StatusArray
from line.tags import TagKind

WordOrder = Literal["big", "little"]
WordArray = npt.NDArray[np.uint16]

ADDRESS_SPACE: Final = 65_536


class Table(StrEnum):
    """The four tables of a Modbus device, by the prefix used in ``tags.csv``."""

    COIL = "co"
    DISCRETE = "di"
    INPUT = "ir"
    HOLDING = "hr"


BIT_TABLES: Final = frozenset({Table.COIL, Table.DISCRETE})
WRITABLE_TABLES: Final = frozenset({Table.COIL, Table.HOLDING})


@dataclass(frozen=True)
class RegisterType:
    """How a number lies in registers: ``words`` of 16 bits; ``dtype`` is numpy's little-endian name of it."""

    words: int
    dtype: str
    lo: float
    hi: float
    is_float: bool = False
    sensor_break: int | None = None


def _integer(bits: int, signed: bool, sensor_break: int | None = None) -> RegisterType:
    lo, hi = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return RegisterType(bits // 16, f"<{'i' if signed else 'u'}{bits // 8}", lo, hi, False, sensor_break)


REGISTER_TYPES: Final = {
    "int16": _integer(16, True, -0x8000),
    "uint16": _integer(16, False, 0xFFFF),
    "int32": _integer(32, True),
    "uint32": _integer(32, False),
    "int64": _integer(64, True),
    "uint64": _integer(64, False),
    "float32": RegisterType(2, "<f4", -float(np.finfo(np.float32).max), float(np.finfo(np.float32).max), True),
    "float64": RegisterType(4, "<f8", -float(np.finfo(np.float64).max), float(np.finfo(np.float64).max), True),
}
"""Type name in ``tags.csv`` → layout. ``sensor_break`` is the count that analog inputs send for a broken sensor; it is one
only in FLOAT tags, where the count is a scaled measurement. 64-bit integers beyond 2**53 lose their last digits in float64."""

_SYNTAX: Final = "co:<address>, di:<address>, ir|hr:<address>:<type> or ir|hr:<address>.<bit>"
_BIT_PATTERN: Final = re.compile(r"(co|di):(\d{1,5})", re.ASCII)
_REGISTER_PATTERN: Final = re.compile(r"(ir|hr):(\d{1,5})(?::([a-z]+\d+)|\.(\d{1,2}))", re.ASCII)


@dataclass(frozen=True, order=True)
class ModbusAddress:
    """Where a tag lies: 0-based ``start`` in ``table``; ``type`` is a key of REGISTER_TYPES, or '' for one bit.

    ``bit`` is the bit of a register (0 = least significant), or None.
    """

    table: Table
    start: int
    type: str = ""
    bit: int | None = None

    @property
    def count(self) -> int:
        """Registers (or bits, in the bit tables) that the tag occupies."""
        return REGISTER_TYPES[self.type].words if self.type else 1

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
        type_name, bit = register_match[3] or "", register_match[4]
        if type_name and type_name not in REGISTER_TYPES:
            raise ValueError(f"unknown register type '{type_name}' in '{text}'; use one of {', '.join(REGISTER_TYPES)}")
        if bit is not None and int(bit) > 15:
            raise ValueError(f"bit {bit} in '{text}'; a register has bits 0 to 15")
        address = ModbusAddress(Table(register_match[1]), int(register_match[2]), type_name, None if bit is None else int(bit))
    else:
        raise ValueError(f"'{text}' is no Modbus address; write {_SYNTAX}")
    if address.start + address.count > ADDRESS_SPACE:
        raise ValueError(f"'{text}' ends beyond register 65535, the last of a Modbus table")
    return address


@dataclass(frozen=True)
class Point:
    """One tag as the codec sees it; ``value = raw * scale + offset``."""

    address: ModbusAddress
    kind: TagKind = TagKind.FLOAT
    scale: float = 1.0
    offset: float = 0.0


class RegisterMemory:
    """The last known words of all four tables, as large as the points need; bits take one word each."""

    def __init__(self, addresses: Sequence[ModbusAddress]) -> None:
        self._base: dict[Table, int] = {}
        self._size: dict[Table, int] = {}
        total = 0
        for table in Table:
            size = max((a.start + a.count for a in addresses if a.table is table), default=0)
            self._base[table], self._size[table] = total, size
            total += size
        self.words: npt.NDArray[np.uint16] = np.zeros(total, dtype="<u2")

    def index(self, address: ModbusAddress) -> int:
        """Position of the first word of ``address`` in ``words``."""
        return self._base[address.table] + address.start

    def store(self, table: Table, start: int, words: npt.NDArray[np.uint16]) -> None:
        """Take the words of one answer. Raises ValueError when they lie outside the tables."""
        if start + len(words) > self._size[table]:
            raise ValueError(f"{table}:{start} with {len(words)} words lies outside the plan")
        base = self._base[table] + start
        self.words[base : base + len(words)] = words


class DecodePlan:
    """Decodes all points of a device at once; the gather indices are made once, with the word order in them."""

    def __init__(self, points: Sequence[Point], memory: RegisterMemory, word_order: WordOrder) -> None:
        self._memory = memory
        self._scale: FloatArray = np.array([p.scale for p in points], dtype=np.float64)
        self._offset: FloatArray = np.array([p.offset for p in points], dtype=np.float64)
        self._numbers: list[tuple[str, IntArray, npt.NDArray[np.intp]]] = []
        breaks: dict[str, list[int]] = {}
        for name, layout in REGISTER_TYPES.items():
            chosen = [i for i, p in enumerate(points) if p.address.type == name]
            if not chosen:
                continue
            # little-endian dtypes want the low word first
            order = range(layout.words) if word_order == "little" else range(layout.words - 1, -1, -1)
            gather = np.array([[memory.index(points[i].address) + w for w in order] for i in chosen], dtype=np.intp)
            self._numbers.append((layout.dtype, np.array(chosen, dtype=np.int64), gather))
            if layout.sensor_break is not None:
                breaks[name] = [i for i in chosen if points[i].kind is TagKind.FLOAT]
        bits = [i for i, p in enumerate(points) if not p.address.type]
        self._bits: IntArray = np.array(bits, dtype=np.int64)
        self._bit_gather = np.array([memory.index(points[i].address) for i in bits], dtype=np.intp)
        self._bit_shift = np.array([points[i].address.bit or 0 for i in bits], dtype=np.uint16)
        self._bools: IntArray = np.array([i for i, p in enumerate(points) if p.kind is TagKind.BOOL], dtype=np.int64)
        break_items = [(i, float(REGISTER_TYPES[n].sensor_break or 0)) for n, found in breaks.items() for i in found]
        self._break_at: IntArray = np.array([i for i, _ in break_items], dtype=np.int64)
        self._break_raw: FloatArray = np.array([raw for _, raw in break_items], dtype=np.float64)

    def decode(self) -> tuple[FloatArray, StatusArray]:
        """Values in engineering units and their status (Good or BadSensorFailure), one element per point.

        A float that is NaN or infinite, and the sensor-break count of an analog input, are BadSensorFailure.
        """
        raw: FloatArray = np.zeros(len(self._scale), dtype=np.float64)
        status: StatusArray = np.zeros(len(self._scale), dtype=np.uint32)
        words = self._memory.words
        raw[self._bits] = (words[self._bit_gather] >> self._bit_shift) & 1
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity are told by the status
            for dtype, positions, gather in self._numbers:
                raw[positions] = words[gather].view(dtype)[:, 0]
            values: FloatArray = raw * self._scale + self._offset
        broken = ~np.isfinite(values)
        broken[self._break_at[raw[self._break_at] == self._break_raw]] = True
        status[broken] = int(Status.BAD_SENSOR_FAILURE)
        if len(self._bools):
            values[self._bools] = raw[self._bools] != 0.0
        return values, status


def encode(point: Point, value: float, word_order: WordOrder) -> list[int]:
    """Registers (or one 0/1 for a bit) that hold ``value`` given in engineering units.

    Raises ValueError when the value cannot be represented; nothing ever wraps or saturates. Whole numbers are demanded of
    INT and ENUM tags, 0 or 1 of bits and BOOL tags; a scaled FLOAT is rounded to the nearest count.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number that a device can hold")
    address = point.address
    if not address.type or point.kind is TagKind.BOOL:
        if value not in (0.0, 1.0):
            raise ValueError(f"{value:g} is neither 0 nor 1")
        if not address.type:
            return [int(value)]
        raw = value
    else:
        raw = (value - point.offset) / point.scale
    layout = REGISTER_TYPES[address.type]
    if not math.isfinite(raw):
        raise ValueError(f"{value:g} is beyond the range of {address.type}")
    if layout.is_float:
        packed = _pack_float(layout, raw, value)
    else:
        packed = _integer_count(point, layout, raw, value).to_bytes(layout.words * 2, "little", signed=layout.lo < 0)
    low_first = list(struct.unpack(f"<{layout.words}H", packed))
    return low_first if word_order == "little" else low_first[::-1]


def _pack_float(layout: RegisterType, raw: float, value: float) -> bytes:
    try:
        return struct.pack("<f" if layout.words == 2 else "<d", raw)
    except OverflowError:
        raise ValueError(f"{value:g} is beyond the range of float32") from None


def _integer_count(point: Point, layout: RegisterType, raw: float, value: float) -> int:
    count = round(raw)
    if point.kind in (TagKind.INT, TagKind.ENUM) and abs(raw - count) > 1e-6 * max(1.0, abs(raw)):
        raise ValueError(f"{value:g} is not a whole number of {point.scale:g}")
    if not layout.lo <= count <= layout.hi:
        raise ValueError(f"{value:g} is beyond the range of {point.address.type} (raw count {count})")
    if point.kind is TagKind.FLOAT and count == layout.sensor_break:
        raise ValueError(f"{value:g} is the count that means a broken sensor in {point.address.type}")
    return count


def decode_one(point: Point, words: Sequence[int], word_order: WordOrder) -> float:
    """The value of one point from its own words; NaN when they mean a broken sensor. For readback, not for scans."""
    address = point.address
    memory = RegisterMemory([address])
    memory.store(address.table, address.start, np.array(words, dtype=np.uint16))
    values, status = DecodePlan([point], memory, word_order).decode()
    return math.nan if status[0] else float(values[0])


def step(point: Point) -> float:
    """The smallest difference, in engineering units, that the device can tell apart at all; 0 for floats (rounding only)."""
    if not point.address.type or REGISTER_TYPES[point.address.type].is_float:
        return 0.0
    return abs(point.scale)
