"""Modbus registers ↔ values, without a socket: what the driver needs of address, options, decoding and encoding."""

from __future__ import annotations

import math
import struct

from line.documents import Text
from line.tags import TagKind
from plc_drivers.modbus.address import (
    BIT_TABLES,
    REGISTER_TYPES,
    WRITABLE_TABLES,
    Coding,
    ModbusAddress,
    RegisterType,
    Table,
    parse_address,
)
from plc_drivers.modbus.decode import Decoded, DecodePlan, RegisterMemory, WordArray, decode_one, no_value_counts
from plc_drivers.modbus.options import ORDERS, Order, WordOrder
from plc_drivers.modbus.point import Point, point_of

__all__ = [
    "BIT_TABLES",
    "ORDERS",
    "REGISTER_TYPES",
    "WRITABLE_TABLES",
    "DecodePlan",
    "Decoded",
    "EncodeError",
    "ModbusAddress",
    "Order",
    "Point",
    "RegisterMemory",
    "Table",
    "WordArray",
    "WordOrder",
    "decode_one",
    "encode",
    "encode_text",
    "parse_address",
    "point_of",
    "step",
]


class EncodeError(ValueError):
    """Why a value cannot be written; ``text`` holds both languages, ``str()`` is English."""

    def __init__(self, ru: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(ru=ru, en=en)


def encode(point: Point, value: float) -> list[int]:
    """Registers (or one 0/1 for a bit) that hold ``value`` given in engineering units.

    Raises EncodeError when the value cannot be represented; nothing ever wraps or saturates. Whole numbers are demanded of
    INT and ENUM tags, 0 or 1 of bits and BOOL tags; a scaled FLOAT is rounded to the nearest count.
    """
    if not math.isfinite(value):
        raise EncodeError(f"{value} – не число", f"{value} is not a number that a device can hold")
    layout = point.address.layout
    if layout is None or point.kind is TagKind.BOOL:
        if value not in (0.0, 1.0):
            raise EncodeError(f"{value:g} – ни 0, ни 1", f"{value:g} is neither 0 nor 1")
        if layout is None:
            return [int(value)]
        raw = value
    else:
        raw = (value - point.offset) / point.scale
    if layout.coding is Coding.TEXT:
        raise EncodeError(f"в {point.address} текст, а не число", f"{point.address} holds a text, not the number {value:g}")
    if not math.isfinite(raw):
        raise _beyond(point, value)
    return _in_order(point, _packed(point, layout, raw, value))


def encode_text(point: Point, text: str) -> list[int]:
    """Registers that hold ``text``, filled up with NUL.

    Raises EncodeError for a text that is too long, has control characters or characters that the encoding does not know, or
    would not come back as it is (spaces at its end).
    """
    layout = point.address.layout
    if layout is None or layout.coding is not Coding.TEXT:
        raise EncodeError(f"в {point.address} не текст", f"{point.address} holds no text")
    try:
        data = text.encode(point.encoding)
    except UnicodeEncodeError as error:
        unknown = text[error.start]
        raise EncodeError(
            f"символа {unknown!r} нет в кодировке {point.encoding}", f"{unknown!r} does not exist in {point.encoding}"
        ) from None
    if len(data) > layout.length:
        raise EncodeError(
            f"текст занимает {len(data)} байт, в {point.address} помещается {layout.length}",
            f"the text takes {len(data)} bytes, {point.address} holds {layout.length}",
        )
    if text != text.rstrip() or any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise EncodeError(
            "управляющие символы и пробелы в конце записать нельзя", "control characters and spaces at the end cannot be written"
        )
    return _in_order(point, data.ljust(layout.words * 2, b"\0"))


def step(point: Point) -> float:
    """The smallest difference, in engineering units, that the device can tell apart at all; 0 for floats (rounding only)."""
    layout = point.address.layout
    return 0.0 if layout is None or layout.is_float else abs(point.scale)


def _in_order(point: Point, data: bytes) -> list[int]:
    """Words of ``data``, which has the highest byte first, in the order in which the device wants them."""
    words = list(struct.unpack(f"{'<' if point.bytes_swapped else '>'}{len(data) // 2}H", data))
    return words[::-1] if point.low_word_first else words


def _packed(point: Point, layout: RegisterType, raw: float, value: float) -> bytes:
    """The value, highest byte first."""
    if layout.is_float:
        packed = _float(point, layout, raw, value)
        _refuse_marks(point, struct.unpack(">f" if layout.words == 2 else ">d", packed)[0], value)
        return packed
    count = _integer_count(point, layout, raw, value)
    _refuse_marks(point, count, value)
    if layout.coding is Coding.BCD:
        return bytes.fromhex(f"{count:0{layout.words * 4}d}")
    return count.to_bytes(layout.words * 2, "big", signed=layout.lo < 0)


def _refuse_marks(point: Point, raw: float, value: float) -> None:
    """A value that would read back as a broken sensor is not written."""
    if raw in no_value_counts(point):
        raise EncodeError(
            f"{value:g} – код обрыва датчика в {point.address}",
            f"{value:g} is the count that means a broken sensor in {point.address}",
        )
    if point.valid is not None and not point.valid[0] <= raw <= point.valid[1]:
        valid = f"valid={point.valid[0]:g}..{point.valid[1]:g}"
        raise EncodeError(f"{value:g} – это код {raw:g}, вне {valid}", f"{value:g} is the raw count {raw:g}, outside {valid}")


def _float(point: Point, layout: RegisterType, raw: float, value: float) -> bytes:
    try:
        return struct.pack(">f" if layout.words == 2 else ">d", raw)
    except OverflowError:
        raise _beyond(point, value) from None


def _integer_count(point: Point, layout: RegisterType, raw: float, value: float) -> int:
    count = round(raw)
    if point.kind in (TagKind.INT, TagKind.ENUM) and abs(raw - count) > 1e-6 * max(1.0, abs(raw)):
        raise EncodeError(f"{value:g} не кратно {point.scale:g}", f"{value:g} is not a whole number of {point.scale:g}")
    if not layout.lo <= count <= layout.hi:
        raise _beyond(point, value, count)
    return count


def _beyond(point: Point, value: float, count: int | None = None) -> EncodeError:
    ru, en = ("", "") if count is None else (f" (код {count})", f" (raw count {count})")
    name = point.address.type
    return EncodeError(f"{value:g} за пределами {name}{ru}", f"{value:g} is beyond the range of {name}{en}")
