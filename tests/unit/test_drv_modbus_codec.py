"""Modbus codec: golden words for every type and order, what is no measurement, round trips, and no words that crash it.

The golden words do not come from our encoder. IEEE 754: 3.14 is 0x4048F5C3, 1.0 0x3F800000, pi as binary64 0x400921FB54442D18;
0x43663334 is the voltage in the example of the Eastron SDM630 protocol document. Registers travel high byte first: MODBUS
Application Protocol V1.1b3 §4.2 (0x1234 as 12 34), §6.3 (0x022B is 555), §6.4 (0x000A is 10). Low word first: Carlo Gavazzi EM24
(230.2 V as INT32 of tenths: 0x08FE 0x0000). BCD with the low word first: Koyo DirectLOGIC. Text: the SunSpec mark "SunS" is
0x5375 0x6E53.
"""

from __future__ import annotations

import math
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.quality import Status, is_bad, is_good, status_name
from line.tags import TagKind
from plc_drivers.modbus import decode as decode_module
from plc_drivers.modbus.codec import (
    REGISTER_TYPES,
    DecodePlan,
    EncodeError,
    ModbusAddress,
    Order,
    Point,
    RegisterMemory,
    Table,
    decode_one,
    encode,
    encode_text,
    parse_address,
    step,
)

ORDERS: tuple[Order, ...] = ("abcd", "cdab", "badc", "dcba")
FLOAT, INT, BOOL, ENUM, STRING = TagKind.FLOAT, TagKind.INT, TagKind.BOOL, TagKind.ENUM, TagKind.STRING


def point(address: str, kind: TagKind = FLOAT, scale: float = 1.0, offset: float = 0.0, order: Order = "abcd") -> Point:
    return Point(parse_address(address), kind, scale, offset, order)


def decode(points: list[Point], words: dict[str, list[int]]) -> tuple[list[float], list[int]]:
    """Decode points from ``{"ir:0": [words …]}``."""
    decoded = plan_over(points, words).decode()
    return decoded.values.tolist(), decoded.status.tolist()


def plan_over(points: list[Point], words: dict[str, list[int]]) -> DecodePlan:
    memory = RegisterMemory([p.address for p in points])
    for place, values in words.items():
        table, start = place.split(":")
        memory.store(Table(table), int(start), np.array(values, dtype=np.uint16))
    return DecodePlan(points, memory)


# Addresses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ir:100:float32", ModbusAddress(Table.INPUT, 100, "float32")),
        ("hr:0:uint16", ModbusAddress(Table.HOLDING, 0, "uint16")),
        ("hr:65532:float64", ModbusAddress(Table.HOLDING, 65532, "float64")),
        ("hr:65534:bcd32", ModbusAddress(Table.HOLDING, 65534, "bcd32")),
        ("ir:7:string20", ModbusAddress(Table.INPUT, 7, "string20")),
        ("co:7", ModbusAddress(Table.COIL, 7)),
        ("di:65535", ModbusAddress(Table.DISCRETE, 65535)),
        ("hr:12.15", ModbusAddress(Table.HOLDING, 12, "", 15)),
    ],
)
def test_addresses_are_read_and_print_as_they_were_written(text: str, expected: ModbusAddress) -> None:
    assert parse_address(text) == expected
    assert str(expected) == text


def test_the_length_of_a_text_is_in_bytes_two_to_a_register() -> None:
    assert parse_address("hr:100:string:9") == parse_address("hr:100:string09") == ModbusAddress(Table.HOLDING, 100, "string9")
    assert [parse_address(f"hr:0:string{n}").count for n in (1, 2, 9, 250)] == [1, 1, 5, 125]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is no Modbus address"),
        ("ir:100", "ir|hr:<address>:<type>"),
        ("xx:1:int16", "is no Modbus address"),
        ("co:1:int16", "is no Modbus address"),
        ("ir:1:int8", "unknown register type 'int8'"),
        ("ir:1:bcd64", "string<bytes>"),
        ("ir:1:string0", "1 to 250"),
        ("ir:1:string251", "1 to 250"),
        ("ir:1:string", "is no Modbus address"),
        ("hr:65531:string10", ""),
        ("hr:65532:string10", "beyond register 65535"),
        ("hr:1.16", "bits 0 to 15"),
        ("hr:65535:float32", "beyond register 65535"),
        ("di:65536", "beyond register 65535"),
        ("hr:-1:int16", "is no Modbus address"),
        ("hr:١:int16", "is no Modbus address"),
        (" hr:1:int16", "is no Modbus address"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, part: str) -> None:
    if not part:
        parse_address(text)
        return
    with pytest.raises(ValueError) as caught:
        parse_address(text)
    assert part in str(caught.value)


@given(st.one_of(st.text(max_size=30), st.from_regex(r"(hr|ir|co|di):\d{1,5}[:.][a-z]{0,6}:?\d{0,4}", fullmatch=True)))
def test_no_text_crashes_the_address_parser(text: str) -> None:
    try:
        address = parse_address(text)
    except ValueError:
        return
    assert address.start + address.count <= 65_536
    assert parse_address(str(address)) == address


# Golden words

SPREAD: dict[tuple[str, float], dict[Order, list[int]]] = {
    ("int32", 305_419_896): {
        "abcd": [0x1234, 0x5678], "cdab": [0x5678, 0x1234], "badc": [0x3412, 0x7856], "dcba": [0x7856, 0x3412],
    },
    ("int32", -2): {"abcd": [0xFFFF, 0xFFFE], "cdab": [0xFFFE, 0xFFFF], "badc": [0xFFFF, 0xFEFF], "dcba": [0xFEFF, 0xFFFF]},
    ("int32", 2302): {"abcd": [0, 0x08FE], "cdab": [0x08FE, 0], "badc": [0, 0xFE08], "dcba": [0xFE08, 0]},
    ("uint32", 4_000_000_000): {
        "abcd": [0xEE6B, 0x2800], "cdab": [0x2800, 0xEE6B], "badc": [0x6BEE, 0x0028], "dcba": [0x0028, 0x6BEE],
    },
    ("float32", 1.0): {"abcd": [0x3F80, 0], "cdab": [0, 0x3F80], "badc": [0x803F, 0], "dcba": [0, 0x803F]},
    ("float32", 3.140000104904175): {
        "abcd": [0x4048, 0xF5C3], "cdab": [0xF5C3, 0x4048], "badc": [0x4840, 0xC3F5], "dcba": [0xC3F5, 0x4840],
    },
    ("int64", 10_000_000_000): {
        "abcd": [0, 2, 0x540B, 0xE400], "cdab": [0xE400, 0x540B, 2, 0],
        "badc": [0, 0x0200, 0x0B54, 0x00E4], "dcba": [0x00E4, 0x0B54, 0x0200, 0],
    },
    ("int64", -2): {
        "abcd": [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], "cdab": [0xFFFE, 0xFFFF, 0xFFFF, 0xFFFF],
        "badc": [0xFFFF, 0xFFFF, 0xFFFF, 0xFEFF], "dcba": [0xFEFF, 0xFFFF, 0xFFFF, 0xFFFF],
    },
    ("uint64", 0x0011_2233_4455_6677): {
        "abcd": [0x0011, 0x2233, 0x4455, 0x6677], "cdab": [0x6677, 0x4455, 0x2233, 0x0011],
        "badc": [0x1100, 0x3322, 0x5544, 0x7766], "dcba": [0x7766, 0x5544, 0x3322, 0x1100],
    },
    ("float64", math.pi): {
        "abcd": [0x4009, 0x21FB, 0x5444, 0x2D18], "cdab": [0x2D18, 0x5444, 0x21FB, 0x4009],
        "badc": [0x0940, 0xFB21, 0x4454, 0x182D], "dcba": [0x182D, 0x4454, 0xFB21, 0x0940],
    },
    ("bcd32", 12_345_678): {
        "abcd": [0x1234, 0x5678], "cdab": [0x5678, 0x1234], "badc": [0x3412, 0x7856], "dcba": [0x7856, 0x3412],
    },
}  # fmt: skip
SINGLE: dict[tuple[str, float], dict[Order, list[int]]] = {
    ("int16", -2): {"abcd": [0xFFFE], "badc": [0xFEFF]},
    ("uint16", 555): {"abcd": [0x022B], "badc": [0x2B02]},
    ("uint16", 10): {"abcd": [0x000A], "badc": [0x0A00]},
    ("bcd16", 1234): {"abcd": [0x1234], "badc": [0x3412]},
    ("bcd16", 9999): {"abcd": [0x9999], "badc": [0x9999]},
}
GOLDEN = [(name, value, order, words) for (name, value), by in {**SPREAD, **SINGLE}.items() for order, words in by.items()]


def test_the_golden_words_cover_every_type_and_order() -> None:
    assert {(n, o) for n, _, o, _ in GOLDEN} == {
        (n, o) for n, t in REGISTER_TYPES.items() for o in (ORDERS if t.words > 1 else ("abcd", "badc"))
    }


@pytest.mark.parametrize(("name", "value", "order", "words"), GOLDEN)
def test_golden_words(name: str, value: float, order: Order, words: list[int]) -> None:
    p = point(f"hr:3:{name}", FLOAT if REGISTER_TYPES[name].is_float else INT, order=order)
    assert decode([p], {"hr:3": words}) == ([value], [0])
    assert encode(p, value) == words
    assert decode_one(p, words) == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ([0x4366, 0x3334], 230.20001220703125),  # Eastron SDM630, phase 1 voltage
        ([0x42C8, 0x0000], 100.0),
        ([0xC248, 0x0000], -50.0),
        ([0x0000, 0x0000], 0.0),
        ([0x7F7F, 0xFFFF], 3.4028234663852886e38),  # the largest binary32
        ([0x0000, 0x0001], 2.0**-149),  # the smallest
    ],
)
def test_float32_by_the_table_of_ieee_754(words: list[int], value: float) -> None:
    assert decode([point("ir:0:float32")], {"ir:0": words}) == ([value], [0])


def test_all_tables_and_orders_decode_together_in_engineering_units() -> None:
    points = [
        point("ir:2:int16", scale=0.1),
        point("hr:2:uint16", INT),
        point("di:4", BOOL),
        point("co:0", BOOL),
        point("ir:3.9", BOOL),
        point("ir:4:uint16", scale=0.5, offset=-10.0),
        point("hr:3:uint16", BOOL),
        point("ir:10:float32", order="dcba"),
        point("ir:12:float32"),
        point("ir:14:bcd16", scale=0.01, order="badc"),
        point("ir:15:string4", STRING),
    ]
    words = {
        "ir:2": [0x10000 - 25, 1 << 9, 60], "hr:2": [65_000, 4], "di:0": [0, 0, 0, 0, 1], "co:0": [1],
        "ir:10": [0xC3F5, 0x4840, 0x4048, 0xF5C3, 0x3412, 0x5375, 0x6E53],
    }  # fmt: skip
    decoded = plan_over(points, words).decode()
    assert decoded.values[:10].tolist() == pytest.approx([-2.5, 65_000.0, 1.0, 1.0, 1.0, 20.0, 1.0, 3.14, 3.14, 12.34])
    assert math.isnan(decoded.values[10])
    assert decoded.texts == {10: "SunS"}
    assert decoded.status.tolist() == [0] * 11


# What is no measurement

FAILURE, NO_DATA = int(Status.BAD_SENSOR_FAILURE), int(Status.BAD_DECODING_ERROR)
INEXACT = int(Status.UNCERTAIN_SENSOR_NOT_ACCURATE)


@pytest.mark.parametrize(
    ("address", "words", "kind", "status"),
    [
        ("ir:0:int16", [0x8000], FLOAT, FAILURE),
        ("ir:0:uint16", [0xFFFF], FLOAT, FAILURE),
        ("ir:0:int16", [0x8000], INT, 0),
        ("ir:0:uint16", [0xFFFF], INT, 0),
        ("ir:0:uint16", [0xFFFF], ENUM, 0),
        ("ir:0:uint16", [0x8000], FLOAT, 0),
        ("ir:0:int16", [0xFFFF], FLOAT, 0),
        ("ir:0:float32", [0x7FC0, 0], FLOAT, FAILURE),
        ("ir:0:float32", [0x7F80, 1], FLOAT, FAILURE),
        ("ir:0:float32", [0x7F80, 0], FLOAT, FAILURE),
        ("ir:0:float32", [0xFF80, 0], FLOAT, FAILURE),
        ("ir:0:float64", [0x7FF0, 0, 0, 1], FLOAT, FAILURE),
        ("ir:0:bcd16", [0x123A], FLOAT, NO_DATA),
        ("ir:0:bcd16", [0xF123], INT, NO_DATA),
        ("ir:0:bcd32", [0x0000, 0x00A0], INT, NO_DATA),
        ("ir:0:bcd32", [0xFFFF, 0x0000], FLOAT, NO_DATA),
        ("ir:0:int64", [0x0020, 0, 0, 0], INT, INEXACT),
        ("ir:0:int64", [0xFFE0, 0, 0, 0], INT, INEXACT),
        ("ir:0:int64", [0x001F, 0xFFFF, 0xFFFF, 0xFFFF], INT, 0),
        ("ir:0:uint64", [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], ENUM, INEXACT),
        ("ir:0:uint64", [0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF], FLOAT, 0),  # sixteen digits are more than a meter has
        ("ir:0:float64", [0x4340, 0, 0, 0], INT, 0),
    ],
)
def test_what_is_no_measurement(address: str, words: list[int], kind: TagKind, status: int) -> None:
    [value], [found] = decode([point(address, kind)], {"ir:0": words})
    assert found == status
    assert math.isnan(value) is is_bad(status)


def test_a_scale_that_makes_a_number_infinite_is_no_measurement() -> None:
    assert decode([point("ir:0:float32", scale=1e300)], {"ir:0": [0x7F7F, 0xFFFF]})[1] == [FAILURE]


@pytest.mark.parametrize(
    ("count", "status"),
    [
        (-4864, FAILURE),  # 1.185 mA
        (-692, FAILURE),
        (-691, 0),  # 3.6 mA, where NAMUR NE43 begins to mean a fault
        (0, 0),  # 4 mA
        (27_648, 0),  # 20 mA
        (29_376, 0),  # 21 mA
        (29_377, FAILURE),
        (32_767, FAILURE),  # overflow or a broken wire
    ],
)
def test_currents_of_namur_ne43_as_counts_of_an_s7_analogue_input(count: int, status: int) -> None:
    p = Point(parse_address("ir:0:int16"), FLOAT, 100 / 27_648, valid=(-691.0, 29_376.0))
    assert decode([p], {"ir:0": [count & 0xFFFF]})[1] == [status]


@pytest.mark.parametrize(
    ("address", "nan", "words", "kind"),
    [
        ("ir:0:int16", -32_768.0, [0x8000], INT),  # SunSpec: not implemented, of each type
        ("ir:0:uint16", 65_535.0, [0xFFFF], ENUM),
        ("ir:0:int32", -(2.0**31), [0x8000, 0], INT),
        ("ir:0:uint32", 2.0**32 - 1, [0xFFFF, 0xFFFF], INT),
        ("ir:0:float32", -9999.9, [0xC61C, 0x3F9A], FLOAT),
        ("ir:0:bcd16", 9999.0, [0x9999], FLOAT),
    ],
)
def test_the_count_that_means_no_value(address: str, nan: float, words: list[int], kind: TagKind) -> None:
    marked = Point(parse_address(address), kind, nan=nan)
    assert decode([marked], {"ir:0": words})[1] == [FAILURE]
    assert decode([Point(parse_address(address), kind)], {"ir:0": words})[1] == [0]
    with pytest.raises(ValueError):
        encode(marked, nan)


def test_a_value_beyond_its_range_is_held_at_the_limit_on_request() -> None:
    p = Point(parse_address("ir:0:int16"), FLOAT, 0.1, lo=0.0, hi=100.0, clamp=True)
    low, high = INEXACT | 0x400 | 0x100, INEXACT | 0x400 | 0x200
    assert decode([p], {"ir:0": [0xFFFF]}) == ([0.0], [low])
    assert decode([p], {"ir:0": [1001]}) == ([100.0], [high])
    assert decode([p], {"ir:0": [1000]}) == ([100.0], [0])
    assert decode([p], {"ir:0": [0]}) == ([0.0], [0])
    assert decode([p], {"ir:0": [0x8000]})[1] == [FAILURE]
    assert status_name(high) == "UncertainSensorNotAccurate (LimitHigh)"
    assert status_name(low) == "UncertainSensorNotAccurate (LimitLow)"
    assert not is_good(high)
    assert not is_bad(high)
    assert decode_one(p, [1001]) == pytest.approx(100.1)  # a readback shows what the device holds


# Texts


@pytest.mark.parametrize(
    ("address", "encoding", "words", "text"),
    [
        ("ir:0:string4", "ascii", [0x5375, 0x6E53], "SunS"),
        ("ir:0:string3", "ascii", [0x5375, 0x6E53], "Sun"),
        ("ir:0:string8", "ascii", [0x4C6F, 0x7400, 0x5858, 0x5858], "Lot"),  # what is behind the NUL is left over
        ("ir:0:string8", "ascii", [0x4C6F, 0x7420, 0x2020, 0x2020], "Lot"),
        ("ir:0:string8", "ascii", [0x204C, 0x6F74, 0x0D0A, 0x0000], " Lot"),
        ("ir:0:string4", "ascii", [0, 0], ""),
        ("ir:0:string4", "utf-8", [0xD09B, 0xD0BE], "Ло"),
        ("ir:0:string4", "cp1251", [0xCBEE, 0xF200], "Лот"),
        ("ir:0:string2", "iso8859-1", [0xB043], "°C"),
        ("ir:0:string2", "ascii", [0xB043], None),
        ("ir:0:string2", "utf-8", [0xB043], None),
        ("ir:0:string2", "cp1251", [0x9841], None),
        ("ir:0:string2", "iso8859-1", [0x8541], None),
        ("ir:0:string2", "ascii", [0x4107], None),
        ("ir:0:string3", "utf-8", [0xD09B, 0xD0BE], None),
        ("ir:0:string2", "utf-8", [0xFFFF], None),
    ],
)
def test_texts(address: str, encoding: str, words: list[int], text: str | None) -> None:
    p = Point(parse_address(address), STRING, encoding=encoding)
    decoded = plan_over([p], {"ir:0": words}).decode()
    assert decoded.status.tolist() == [NO_DATA if text is None else 0]
    assert decoded.texts == ({} if text is None else {0: text})
    swapped = [(w & 0xFF) << 8 | w >> 8 for w in words]
    decoded = plan_over([Point(p.address, STRING, order="badc", encoding=encoding)], {"ir:0": swapped}).decode()
    assert decoded.texts == ({} if text is None else {0: text})


def test_a_text_is_decoded_when_its_registers_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bytes] = []
    text_of = decode_module.text_of

    def counted(p: Point, data: bytes) -> str | None:
        calls.append(data)
        return text_of(p, data)

    monkeypatch.setattr(decode_module, "text_of", counted)
    points = [point("hr:0:string4", STRING), point("hr:2:uint16", INT)]
    memory = RegisterMemory([p.address for p in points])
    plan = DecodePlan(points, memory)
    for words in ([0x4141, 0x4141, 1], [0x4141, 0x4141, 2], [0x4141, 0x4142, 2]):
        memory.store(Table.HOLDING, 0, words)
        for _ in range(3):
            assert plan.decode().texts[0].startswith("AAA")
            assert plan.decode(np.array([0])).texts[0].startswith("AAA")
    assert len(calls) == 2


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12),
    st.sampled_from(["abcd", "badc"]),
)
def test_texts_come_back_or_are_refused(text: str, order: Order) -> None:
    p = Point(parse_address("hr:0:string21"), STRING, order=order)
    try:
        words = encode_text(p, text)
    except ValueError:
        assert len(text.encode()) > 21 or text != text.rstrip()
        return
    assert len(words) == 11
    assert plan_over([p], {"hr:0": words}).decode().texts == {0: text}


@pytest.mark.parametrize("text", ["five!", "a\0b", "\x07", "ж", "x "])
def test_texts_that_a_device_cannot_hold_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        encode_text(Point(parse_address("hr:0:string4"), STRING, encoding="ascii"), text)
    with pytest.raises(ValueError):
        encode_text(point("hr:0:uint16"), "A")


# Round trips, and any words at all

NUMBERS = st.sampled_from(list(REGISTER_TYPES))
BYTE_ORDER = {"abcd": ">", "badc": ">", "cdab": "<", "dcba": "<"}


@given(
    st.sampled_from([n for n, t in REGISTER_TYPES.items() if not t.is_float]),
    st.data(),
    st.sampled_from(ORDERS),
    st.integers(0, 50),
)
def test_integers_of_the_full_range_come_back(name: str, data: st.DataObject, order: Order, start: int) -> None:
    layout = REGISTER_TYPES[name]
    # float64, in which the image holds values, counts whole numbers up to 2**53
    lo, hi = max(int(layout.lo), 1 - 2**53), min(int(layout.hi), 2**53 - 1)
    value = data.draw(st.integers(lo, hi))
    p = point(f"hr:{start}:{name}", INT, order=order)
    words = encode(p, float(value))
    assert len(words) == layout.words
    assert all(0 <= w <= 0xFFFF for w in words)
    assert decode([p], {f"hr:{start}": words}) == ([float(value)], [0])


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(ORDERS))
def test_float32_comes_back_exactly(value: float, order: Order) -> None:
    p = point("hr:5:float32", order=order)
    assert decode([p], {"hr:5": encode(p, value)}) == ([value], [0])


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(ORDERS))
def test_float64_comes_back_exactly(value: float, order: Order) -> None:
    p = point("hr:5:float64", order=order)
    assert decode([p], {"hr:5": encode(p, value)}) == ([value], [0])


@given(st.floats(-3200.0, 3200.0), st.sampled_from([0.1, 0.5, -0.2]), st.floats(-50.0, 50.0))
def test_scaled_counts_are_within_half_a_step(value: float, scale: float, offset: float) -> None:
    p = point("hr:0:int16", scale=scale, offset=offset)
    assert step(p) == abs(scale)
    try:
        words = encode(p, value)
    except ValueError:
        assert abs((value - offset) / scale) > 32_766
    else:
        assert decode_one(p, words) == pytest.approx(value, abs=abs(scale) * 0.5 + 1e-9)


@given(
    st.sampled_from([*REGISTER_TYPES, ""]),
    st.sampled_from([FLOAT, INT, ENUM, BOOL]),
    st.floats(),
    st.sampled_from([1.0, 0.1, -2.0, 1e-300]),
    st.sampled_from(ORDERS),
)
def test_nothing_ever_wraps(name: str, kind: TagKind, value: float, scale: float, order: Order) -> None:
    p = Point(ModbusAddress(Table.HOLDING if name else Table.COIL, 0, name), kind, scale if name else 1.0, order=order)
    try:
        words = encode(p, value)
    except ValueError:
        return
    back = decode_one(p, words)
    tolerance = abs(scale) * 0.5 + abs(value) * 2.0**-22 + abs(scale) * 2.0**-149
    assert abs(back - value) <= tolerance


POINTS = st.builds(
    Point,
    st.builds(
        ModbusAddress,
        st.sampled_from([Table.INPUT, Table.HOLDING]),
        st.integers(0, 8),
        st.one_of(NUMBERS, st.sampled_from(["string1", "string6", "string7"])),
    ),
    st.sampled_from([FLOAT, INT, ENUM, BOOL]),
    st.sampled_from([1.0, 0.1, -3.0, 1e300]),
    st.sampled_from([0.0, -20.0]),
    st.sampled_from(ORDERS),
    st.just(-100.0),
    st.just(100.0),
    st.booleans(),
    st.sampled_from([None, (0.0, 4000.0)]),
    st.sampled_from([None, 0.0, -1.0]),
    st.sampled_from(["utf-8", "ascii", "iso8859-1", "cp1251"]),
)
WORDS = st.lists(
    st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0, 0x7F80, 0x7FC0, 0xFFFF, 0x8000, 0x2041])), min_size=12, max_size=12
)
CODES = {0, FAILURE, NO_DATA, INEXACT, INEXACT | 0x500, INEXACT | 0x600}


@given(st.lists(POINTS, max_size=12), WORDS, WORDS, st.data())
def test_any_words_give_a_number_or_a_quality(points: list[Point], ir: list[int], hr: list[int], data: st.DataObject) -> None:
    memory = RegisterMemory([ModbusAddress(t, 11, "uint16") for t in (Table.INPUT, Table.HOLDING)])
    memory.store(Table.INPUT, 0, np.array(ir, dtype=">u2"))  # as it arrives
    memory.store(Table.HOLDING, 0, hr)
    plan = DecodePlan(points, memory)
    values, status, texts = plan.decode()
    assert set(status.tolist()) <= CODES
    for i, p in enumerate(points):
        usable = not is_bad(int(status[i]))
        assert math.isfinite(values[i]) is (usable and not p.address.is_text)
        assert (i in texts) is (usable and p.address.is_text)
        if p.clamp and usable and not p.address.is_text:
            assert p.lo <= values[i] <= p.hi
    positions = data.draw(st.lists(st.integers(0, len(points) - 1), max_size=8)) if points else []
    for _ in range(2):  # worked out, and remembered
        some = plan.decode(np.array(positions, dtype=np.int64))
        assert np.array_equal(some.values, values[positions], equal_nan=True)
        assert some.status.tolist() == status[positions].tolist()
        assert some.texts == {i: texts[i] for i in positions if i in texts}


@given(st.sampled_from([n for n in REGISTER_TYPES if "bcd" not in n]), WORDS, st.sampled_from(ORDERS))
def test_every_order_against_the_standard_library(name: str, words: list[int], order: Order) -> None:
    layout = REGISTER_TYPES[name]
    used = words[: layout.words]
    # to A B C D: the bytes as they travel, words turned round, then the bytes of each word
    in_weight = used[::-1] if order in ("cdab", "dcba") else used
    raw = b"".join(w.to_bytes(2, "little" if order in ("badc", "dcba") else "big") for w in in_weight)
    code = {"i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q", "f4": "f", "f8": "d"}[layout.dtype]
    [expected] = struct.unpack(">" + code, raw)
    [value], [status] = decode([point(f"hr:0:{name}", FLOAT if layout.is_float else INT, order=order)], {"hr:0": used})
    if math.isfinite(expected):
        assert value == float(expected)
        assert status in (0, INEXACT)
    else:
        assert status == FAILURE


@pytest.mark.parametrize(
    ("p", "value", "part"),
    [
        (point("hr:0:uint16", INT), 65_536.0, "beyond the range of uint16"),
        (point("hr:0:uint16", INT), -1.0, "beyond the range of uint16"),
        (point("hr:0:int16", scale=0.1), 4000.0, "raw count 40000"),
        (point("hr:0:int16", scale=0.1), -3276.8, "broken sensor"),
        (point("hr:0:uint16"), 65_535.0, "broken sensor"),
        (point("hr:0:uint16", INT), 2.5, "not a whole number"),
        (point("hr:0:bcd16", INT), 10_000.0, "beyond the range of bcd16"),
        (point("hr:0:bcd32", INT), -1.0, "beyond the range of bcd32"),
        (point("hr:0:float32"), 1e39, "beyond the range of float32"),
        (point("hr:0:float32"), math.nan, "not a number"),
        (point("hr:0:float64"), math.inf, "not a number"),
        (point("hr:0:float64", scale=1e-300), 1e300, "beyond the range of float64"),
        (point("co:0", BOOL), 2.0, "neither 0 nor 1"),
        (point("hr:0:uint16", BOOL), 0.5, "neither 0 nor 1"),
        (point("hr:0:uint64", INT), 2.0**64, "beyond the range of uint64"),
        (point("hr:0:string4", STRING), 1.0, "holds a text"),
        (Point(parse_address("hr:0:uint16"), INT, valid=(10.0, 20.0)), 21.0, "outside valid=10..20"),
    ],
)
def test_what_a_device_cannot_hold_is_refused(p: Point, value: float, part: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(p, value)
    assert part in str(caught.value)
    assert caught.value.text.en == str(caught.value)
    assert re.search("[а-я]", caught.value.text.ru)


@pytest.mark.parametrize(("start", "count"), [(4, 2), (-1, 1), (0, 6), (5, 1)])
def test_words_outside_the_plan_are_refused(start: int, count: int) -> None:
    memory = RegisterMemory([parse_address("ir:3:float32"), parse_address("hr:100:uint16")])
    with pytest.raises(ValueError):
        memory.store(Table.INPUT, start, np.zeros(count, dtype=np.uint16))
    assert not memory.words.any()
