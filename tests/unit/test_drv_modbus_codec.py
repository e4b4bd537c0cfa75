"""Modbus codec: address syntax, vectorised decoding against known words, and round trips of every type."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.quality import Status
from line.tags import TagKind
from plc_drivers.modbus.codec import (
    REGISTER_TYPES,
    DecodePlan,
    ModbusAddress,
    Point,
    RegisterMemory,
    Table,
    WordOrder,
    decode_one,
    encode,
    parse_address,
)

ORDERS: tuple[WordOrder, ...] = ("big", "little")


def point(address: str, kind: TagKind = TagKind.FLOAT, scale: float = 1.0, offset: float = 0.0) -> Point:
    return Point(parse_address(address), kind, scale, offset)


def decode(points: list[Point], words: dict[str, list[int]], order: WordOrder = "big") -> tuple[list[float], list[int]]:
    """Decode points from ``{"ir:0": [words …]}``."""
    memory = RegisterMemory([p.address for p in points])
    for place, values in words.items():
        table, start = place.split(":")
        memory.store(Table(table), int(start), np.array(values, dtype=np.uint16))
    values, status = DecodePlan(points, memory, order).decode()
    return values.tolist(), status.tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ir:100:float32", ModbusAddress(Table.INPUT, 100, "float32")),
        ("hr:0:uint16", ModbusAddress(Table.HOLDING, 0, "uint16")),
        ("hr:65532:float64", ModbusAddress(Table.HOLDING, 65532, "float64")),
        ("co:7", ModbusAddress(Table.COIL, 7)),
        ("di:65535", ModbusAddress(Table.DISCRETE, 65535)),
        ("hr:12.15", ModbusAddress(Table.HOLDING, 12, "", 15)),
    ],
)
def test_addresses_are_read_and_print_as_they_were_written(text: str, expected: ModbusAddress) -> None:
    assert parse_address(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is no Modbus address"),
        ("ir:100", "ir|hr:<address>:<type>"),
        ("xx:1:int16", "is no Modbus address"),
        ("co:1:int16", "is no Modbus address"),
        ("ir:1:int8", "unknown register type 'int8'"),
        ("hr:1.16", "bits 0 to 15"),
        ("hr:65535:float32", "beyond register 65535"),
        ("di:65536", "beyond register 65535"),
        ("hr:-1:int16", "is no Modbus address"),
        ("hr:١:int16", "is no Modbus address"),
        (" hr:1:int16", "is no Modbus address"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, part: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_address(text)
    assert part in str(caught.value)


@given(st.text(max_size=30))
def test_no_text_crashes_the_address_parser(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert address.start + address.count <= 65_536
    assert parse_address(str(address)) == address


def test_word_order_against_the_bytes_of_the_standard_library() -> None:
    high, low = struct.unpack(">HH", struct.pack(">f", 72.5))
    points = [point("ir:0:float32")]
    assert decode(points, {"ir:0": [high, low]}, "big")[0] == [72.5]
    assert decode(points, {"ir:0": [low, high]}, "little")[0] == [72.5]
    quad = list(struct.unpack(">4H", struct.pack(">q", -5_000_000_000)))
    assert decode([point("hr:3:int64", TagKind.INT)], {"hr:3": quad}, "big")[0] == [-5e9]
    assert decode([point("hr:3:int64", TagKind.INT)], {"hr:3": quad[::-1]}, "little")[0] == [-5e9]


def test_all_tables_decode_together_in_engineering_units() -> None:
    points = [
        point("ir:2:int16", scale=0.1),
        point("hr:2:uint16", TagKind.INT),
        point("di:4", TagKind.BOOL),
        point("co:0", TagKind.BOOL),
        point("ir:3.9", TagKind.BOOL),
        point("ir:4:uint16", scale=0.5, offset=-10.0),
        point("hr:3:uint16", TagKind.BOOL),
    ]
    words = {"ir:2": [0x10000 - 25, 1 << 9, 60], "hr:2": [65_000, 4], "di:0": [0, 0, 0, 0, 1], "co:0": [1]}
    values, status = decode(points, words)
    assert values == pytest.approx([-2.5, 65_000.0, 1.0, 1.0, 1.0, 20.0, 1.0])
    assert status == [0] * 7


@pytest.mark.parametrize(
    ("address", "words", "kind", "broken"),
    [
        ("ir:0:int16", [0x8000], TagKind.FLOAT, True),
        ("ir:0:uint16", [0xFFFF], TagKind.FLOAT, True),
        ("ir:0:int16", [0x8000], TagKind.INT, False),
        ("ir:0:uint16", [0xFFFF], TagKind.INT, False),
        ("ir:0:uint16", [0xFFFF], TagKind.ENUM, False),
        ("ir:0:uint16", [0x8000], TagKind.FLOAT, False),
        ("ir:0:int16", [0xFFFF], TagKind.FLOAT, False),
        ("ir:0:float32", [0x7FC0, 0], TagKind.FLOAT, True),
        ("ir:0:float32", [0x7F80, 1], TagKind.FLOAT, True),
        ("ir:0:float32", [0xFF80, 0], TagKind.FLOAT, True),
        ("ir:0:float64", [0x7FF0, 0, 0, 1], TagKind.FLOAT, True),
    ],
)
def test_sensor_break(address: str, words: list[int], kind: TagKind, broken: bool) -> None:
    _, status = decode([point(address, kind)], {"ir:0": words})
    assert status == [int(Status.BAD_SENSOR_FAILURE) if broken else 0]


@given(
    st.sampled_from([n for n, t in REGISTER_TYPES.items() if not t.is_float]),
    st.data(),
    st.sampled_from(ORDERS),
    st.integers(0, 50),
)
def test_integers_of_the_full_range_come_back(name: str, data: st.DataObject, order: WordOrder, start: int) -> None:
    layout = REGISTER_TYPES[name]
    # float64, in which the image holds values, counts whole numbers up to 2**53
    lo, hi = max(int(layout.lo), -(2**53)), min(int(layout.hi), 2**53)
    value = data.draw(st.integers(lo, hi))
    p = point(f"hr:{start}:{name}", TagKind.INT)
    words = encode(p, float(value), order)
    assert len(words) == layout.words
    assert all(0 <= w <= 0xFFFF for w in words)
    assert decode([p], {f"hr:{start}": words}, order) == ([float(value)], [0])


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(ORDERS))
def test_float32_comes_back_exactly(value: float, order: WordOrder) -> None:
    p = point("hr:5:float32")
    assert decode([p], {"hr:5": encode(p, value, order)}, order) == ([value], [0])


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(ORDERS))
def test_float64_comes_back_exactly(value: float, order: WordOrder) -> None:
    p = point("hr:5:float64")
    assert decode([p], {"hr:5": encode(p, value, order)}, order) == ([value], [0])


@given(st.floats(-3200.0, 3200.0), st.sampled_from([0.1, 0.5, -0.2]), st.floats(-50.0, 50.0))
def test_scaled_counts_are_within_half_a_step(value: float, scale: float, offset: float) -> None:
    p = point("hr:0:int16", scale=scale, offset=offset)
    try:
        words = encode(p, value, "big")
    except ValueError:
        assert abs((value - offset) / scale) > 32_766
    else:
        assert decode_one(p, words, "big") == pytest.approx(value, abs=abs(scale) * 0.5 + 1e-9)


@given(
    st.sampled_from([*REGISTER_TYPES, ""]),
    st.sampled_from([TagKind.FLOAT, TagKind.INT, TagKind.ENUM, TagKind.BOOL]),
    st.floats(),
    st.sampled_from([1.0, 0.1, -2.0, 1e-300]),
    st.sampled_from(ORDERS),
)
def test_nothing_ever_wraps(name: str, kind: TagKind, value: float, scale: float, order: WordOrder) -> None:
    p = Point(ModbusAddress(Table.HOLDING if name else Table.COIL, 0, name), kind, scale if name else 1.0)
    try:
        words = encode(p, value, order)
    except ValueError:
        return
    back = decode_one(p, words, order)
    tolerance = abs(scale) * 0.5 + abs(value) * 2.0**-22 + abs(scale) * 2.0**-149
    assert abs(back - value) <= tolerance


@pytest.mark.parametrize(
    ("p", "value", "part"),
    [
        (point("hr:0:uint16", TagKind.INT), 65_536.0, "beyond the range of uint16"),
        (point("hr:0:uint16", TagKind.INT), -1.0, "beyond the range of uint16"),
        (point("hr:0:int16", scale=0.1), 4000.0, "raw count 40000"),
        (point("hr:0:int16", scale=0.1), -3276.8, "broken sensor"),
        (point("hr:0:uint16"), 65_535.0, "broken sensor"),
        (point("hr:0:uint16", TagKind.INT), 2.5, "not a whole number"),
        (point("hr:0:float32"), 1e39, "beyond the range of float32"),
        (point("hr:0:float32"), math.nan, "not a number"),
        (point("hr:0:float64"), math.inf, "not a number"),
        (point("co:0", TagKind.BOOL), 2.0, "neither 0 nor 1"),
        (point("hr:0:uint16", TagKind.BOOL), 0.5, "neither 0 nor 1"),
        (point("hr:0:uint64", TagKind.INT), 2.0**64, "beyond the range of uint64"),
    ],
)
def test_what_a_device_cannot_hold_is_refused(p: Point, value: float, part: str) -> None:
    with pytest.raises(ValueError) as caught:
        encode(p, value, "big")
    assert part in str(caught.value)


def test_words_outside_the_plan_are_refused() -> None:
    memory = RegisterMemory([parse_address("ir:3:float32")])
    with pytest.raises(ValueError):
        memory.store(Table.INPUT, 4, np.zeros(2, dtype=np.uint16))
