"""OPC UA addresses and values, without a server."""

from __future__ import annotations

import math
from datetime import UTC

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from line.quality import Status
from line.tags import TagDef, TagKind
from plc_drivers.opcua import codec
from plc_drivers.opcua.codec import (
    INTEGER_RANGES,
    STANDARD_NAMESPACE,
    DecodedValue,
    NodeAddress,
    RawValue,
    UnwritableError,
    built_in_type,
    encode,
    ns_of,
    parse_node,
    raw_of,
    tolerance,
)
from tests.builders import tag

V = ua.VariantType


def decode(data: ua.DataValue, t: TagDef) -> DecodedValue:
    return codec.decode(raw_of(data), t)


def float_tag(scale: float = 1.0, offset: float = 0.0) -> TagDef:
    return tag("T", scale=scale, offset=offset)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("s=S401.ChamberTemp", NodeAddress("", "s=S401.ChamberTemp")),
        ("s=a;b=c", NodeAddress("", "s=a;b=c")),
        ("i=85", NodeAddress("", "i=85")),
        ("nsu=urn:plant:plc;s=Temp", NodeAddress("urn:plant:plc", "s=Temp")),
        ("ns=0;i=2258", NodeAddress(STANDARD_NAMESPACE, "i=2258")),
    ],
)
def test_addresses(text: str, expected: NodeAddress) -> None:
    assert parse_node(text) == expected
    assert expected.node_id(3).NamespaceIndex == 3


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is no OPC UA address"),
        ("S401.Temp", "is no OPC UA address"),
        ("ns=2;s=Temp", "by its index"),
        ("nsu=;s=Temp", "is no OPC UA address"),
        ("i=twelve", "is no OPC UA address"),
        ("g=nonsense", "is no OPC UA address"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(text: str, part: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_node(text)
    assert part in str(caught.value)


def test_status_and_source_time_pass_through_unchanged() -> None:
    stamp = ua.DateTime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    data = ua.DataValue(ua.Variant(70.0, V.Float), ua.StatusCode(ua.UInt32(0x40930400)), stamp)
    decoded = decode(data, float_tag())
    assert (decoded.value, decoded.status) == (70.0, 0x40930400)
    assert decoded.source_ns == int(stamp.timestamp()) * 1_000_000_000 + 123_456_000
    assert ns_of(stamp.replace(tzinfo=None)) == decoded.source_ns


@pytest.mark.parametrize(
    ("value", "kind", "expected", "status"),
    [
        (ua.Variant(True, V.Boolean), TagKind.BOOL, 1.0, 0),
        (ua.Variant(7, V.UInt16), TagKind.INT, 7.0, 0),
        (ua.Variant(math.nan, V.Float), TagKind.FLOAT, math.nan, Status.BAD_SENSOR_FAILURE),
        (ua.Variant("text", V.String), TagKind.FLOAT, math.nan, Status.BAD_DECODING_ERROR),
        (ua.Variant([1, 2], V.Int16), TagKind.INT, math.nan, Status.BAD_DECODING_ERROR),
        (ua.Variant(None, V.Null), TagKind.FLOAT, math.nan, Status.BAD_DECODING_ERROR),
        (ua.Variant(5, V.Int16), TagKind.STRING, math.nan, Status.BAD_DECODING_ERROR),
    ],
)
def test_values_by_kind(value: ua.Variant, kind: TagKind, expected: float, status: int) -> None:
    decoded = decode(ua.DataValue(value), tag("T", kind=kind))
    assert decoded.status == status
    assert decoded.value == pytest.approx(expected, nan_ok=True)


def test_a_bad_status_is_kept_also_without_a_value() -> None:
    data = ua.DataValue(ua.Variant(None, V.Null), ua.StatusCode(ua.UInt32(0x80320000)))
    assert decode(data, float_tag()).status == Status.BAD_WAITING_FOR_INITIAL_DATA


def test_texts() -> None:
    text = decode(ua.DataValue(ua.Variant("Партия 7", V.String)), tag("T", kind=TagKind.STRING))
    assert (text.text, text.status) == ("Партия 7", 0)
    null = decode(ua.DataValue(ua.Variant(None, V.String)), tag("T", kind=TagKind.STRING))
    assert (null.text, null.status) == ("", 0)
    nothing = decode(ua.DataValue(ua.Variant(None, V.Null)), tag("T", kind=TagKind.STRING))
    assert (nothing.text, nothing.status) == (None, Status.BAD_DECODING_ERROR)
    localized = ua.DataValue(ua.Variant(ua.LocalizedText("Пуск"), V.LocalizedText))
    assert decode(localized, tag("T", kind=TagKind.STRING)).text == "Пуск"


@given(st.sampled_from(list(INTEGER_RANGES)), st.floats(), st.sampled_from([1.0, 0.1, -2.0]))
def test_integers_never_wrap(kind: ua.VariantType, value: float, scale: float) -> None:
    t = float_tag(scale)
    try:
        variant = encode(t, value, kind)
    except UnwritableError:
        return
    lo, hi = INTEGER_RANGES[kind]
    assert lo <= variant.Value <= hi
    assert variant.VariantType is kind
    assert abs(decode(ua.DataValue(variant), t).value - value) <= tolerance(kind, value, scale) + abs(value) * 1e-12


@given(
    st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([V.Float, V.Double]), st.sampled_from([1.0, 0.25, 1e-300])
)
def test_floats_come_back_within_their_rounding(value: float, kind: ua.VariantType, scale: float) -> None:
    t = float_tag(scale)
    try:
        variant = encode(t, value, kind)
    except UnwritableError:
        return
    assert math.isfinite(variant.Value)
    assert decode(ua.DataValue(variant), t).value == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    ("t", "value", "kind", "error"),
    [
        (float_tag(), math.nan, V.Double, Status.BAD_OUT_OF_RANGE),
        (float_tag(), 1e39, V.Float, Status.BAD_OUT_OF_RANGE),
        (float_tag(), 2.0, V.Boolean, Status.BAD_OUT_OF_RANGE),
        (tag("T", kind=TagKind.INT), 2.5, V.UInt16, Status.BAD_OUT_OF_RANGE),
        (tag("T", kind=TagKind.INT), -1.0, V.UInt16, Status.BAD_OUT_OF_RANGE),
        (float_tag(), 1.0, V.String, Status.BAD_NOT_SUPPORTED),
        (float_tag(), 1.0, None, Status.BAD_NOT_SUPPORTED),
    ],
)
def test_what_a_node_cannot_hold_is_refused(t: TagDef, value: float, kind: ua.VariantType | None, error: Status) -> None:
    with pytest.raises(UnwritableError) as caught:
        encode(t, value, kind)
    assert caught.value.status is error
    assert caught.value.text.ru != caught.value.text.en


def test_the_type_of_a_value() -> None:
    assert [built_in_type(n) for n in (0, 6, 11, 26, 63)] == [None, V.Int32, V.Double, None, None]


def test_what_is_no_number_is_no_switch_and_what_is_no_text_is_none() -> None:
    assert decode(ua.DataValue(ua.Variant(math.nan, V.Double)), tag("T", kind=TagKind.BOOL)).status == Status.BAD_SENSOR_FAILURE
    cp1251 = "Смена".encode("cp1251").decode(errors="surrogateescape")
    for variant in (ua.Variant(cp1251, V.String), ua.Variant(ua.LocalizedText(cp1251), V.LocalizedText)):
        decoded = decode(ua.DataValue(variant), tag("T", kind=TagKind.STRING))
        assert (decoded.status, decoded.text) == (Status.BAD_DECODING_ERROR, None)


def test_a_date_is_seconds_since_1970_and_a_text_for_a_string_tag() -> None:
    stamp = ua.DateTime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    data = RawValue(stamp, 0, 0, 0)
    assert codec.decode(data, tag("T", kind=TagKind.FLOAT)).value == stamp.timestamp()
    assert codec.decode(data, tag("T", kind=TagKind.STRING)).text == "2026-03-01T12:00:00.500000+00:00"


@pytest.mark.parametrize("year", [1601, 1677, 2263, 9999])
def test_a_time_beyond_64_bits_of_nanoseconds_is_none(year: int) -> None:
    """A server without a clock sends 1601."""
    stamp = ua.DateTime(year, 1, 1, tzinfo=UTC)
    decoded = decode(ua.DataValue(ua.Variant(1.0, V.Double), ua.StatusCode(), stamp, stamp), float_tag())
    assert (decoded.value, decoded.source_ns, decoded.server_ns) == (1.0, 0, 0)


def test_the_servers_time_stands_in_for_a_missing_source_time_and_is_kept_apart() -> None:
    source, server = ua.DateTime(2026, 3, 1, tzinfo=UTC), ua.DateTime(2026, 3, 2, tzinfo=UTC)
    both = decode(ua.DataValue(ua.Variant(1.0, V.Double), ua.StatusCode(), source, server), float_tag())
    assert (both.source_ns, both.server_ns) == (ns_of(source), ns_of(server))
    one = decode(ua.DataValue(ua.Variant(1.0, V.Double), ua.StatusCode(), None, server), float_tag())
    assert (one.source_ns, one.server_ns) == (ns_of(server), ns_of(server))


@pytest.mark.parametrize(
    ("raw", "kind", "status"),
    [
        (2**53, TagKind.INT, 0),
        (2**53 + 1, TagKind.INT, Status.UNCERTAIN_SENSOR_NOT_ACCURATE),
        (-(2**60), TagKind.INT, Status.UNCERTAIN_SENSOR_NOT_ACCURATE),
        (2**60, TagKind.FLOAT, 0),
    ],
)
def test_a_whole_number_that_is_not_held_to_the_last_digit_is_uncertain(raw: int, kind: TagKind, status: int) -> None:
    assert decode(ua.DataValue(ua.Variant(raw, V.Int64)), tag("T", kind=kind)).status == status
