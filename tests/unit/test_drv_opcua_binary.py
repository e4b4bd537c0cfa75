"""Where a value ends: as the library writes it, and never beyond what there is."""

from __future__ import annotations

import struct
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary, variant_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from plc_drivers.opcua.binary import end_of_variant
from plc_drivers.opcua.codec import Undecoded
from plc_drivers.opcua.notification import read_publish, read_values
from tests.unit.test_drv_opcua_notification import VARIANTS, change, publish_bytes

V = ua.VariantType
ODD = [
    ua.Variant(uuid.UUID(int=5), V.Guid),
    ua.Variant(b"abc", V.ByteString),
    ua.Variant(None, V.ByteString),
    ua.Variant(ua.NodeId.from_string("i=5"), V.NodeId),
    ua.Variant(ua.NodeId.from_string("ns=300;i=70000"), V.NodeId),
    ua.Variant(ua.NodeId.from_string("ns=2;s=name"), V.NodeId),
    ua.Variant(ua.NodeId.from_string("ns=2;g=00000000-0000-0000-0000-000000000007"), V.NodeId),
    ua.Variant(ua.NodeId.from_string("ns=2;b=6f7061717565"), V.NodeId),
    ua.Variant(ua.StatusCode(ua.UInt32(0x80310000)), V.StatusCode),
    ua.Variant(ua.QualifiedName("name", 2), V.QualifiedName),
    ua.Variant(ua.LocalizedText("text", "ru"), V.LocalizedText),
    ua.Variant(ua.EUInformation("uri", 5), V.ExtensionObject),
    ua.Variant([ua.Range(1.0, 2.0), ua.Range(3.0, 4.0)], V.ExtensionObject),
    ua.Variant([ua.Variant(1, V.Int16), ua.Variant("text", V.String)], V.Variant),
    ua.Variant([datetime(2026, 3, 1, tzinfo=UTC)], V.DateTime),
    ua.Variant([[1, 2], [3, 4]], V.Int32),
    ua.Variant([], V.Double, is_array=True),
    ua.Variant(ua.DataValue(ua.Variant(1.0), ua.StatusCode(), datetime(2026, 3, 1, tzinfo=UTC)), V.DataValue),  # pyright: ignore[reportArgumentType]
]


@pytest.mark.parametrize("variant", ODD, ids=str)
def test_every_type_ends_where_the_library_ends_it(variant: ua.Variant) -> None:
    data = variant_to_binary(variant)
    assert end_of_variant(b"xyz" + data + b"more than that", 3) == 3 + len(data)


@given(VARIANTS)
@settings(deadline=None)
def test_the_usual_types_end_where_the_library_ends_them(variant: ua.Variant) -> None:
    data = variant_to_binary(variant)
    assert end_of_variant(data, 0) == len(data)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_garbage_ends_within_its_bytes_or_is_refused(data: bytes) -> None:
    try:
        assert 0 < end_of_variant(data, 0) <= len(data)
    except (ValueError, IndexError, struct.error):
        return


@pytest.mark.parametrize(
    "data",
    [
        "80 ffffff7f",  # an array of nulls: elements without bytes
        "98 10000000",  # an array of variants that are not there
        "3f 00",  # a type that does not exist
        "16 0000 01 ffffffff",  # a structure that does not say how long it is
        "18" * 200,  # variants within variants
        "c6 01000000 01000000 ffffff7f",  # dimensions that are not there
    ],
)
def test_what_claims_too_much_is_refused(data: str) -> None:
    with pytest.raises((ValueError, IndexError, struct.error)):
        end_of_variant(bytes.fromhex(data), 0)


def bodiless(data: bytes) -> bytes:
    """A Range without a body in the place of the Double 1.5."""
    return data.replace(b"\x0b" + struct.pack("<d", 1.5), bytes.fromhex("16 02 0000 76030000 00"))


def test_a_value_that_cannot_be_decoded_leaves_those_beside_it_alone() -> None:
    values = [ua.DataValue(ua.Variant(v, V.Double)) for v in (1.0, 1.5, 2.0)]
    changes = read_publish(bodiless(publish_bytes(1, change(*values)))).notification.changes
    assert [(h, v.raw, v.status) for h, v in changes] == [(0, 1.0, 0), (1, Undecoded.VALUE, 0x80070000), (2, 2.0, 0)]
    response: Any = ua.ReadResponse()
    response.Results = values
    assert [v.raw for v in read_values(bodiless(struct_to_binary(response)))[1]] == [1.0, Undecoded.VALUE, 2.0]


def test_a_value_without_an_end_spoils_the_message_and_is_named() -> None:
    values = [ua.DataValue(ua.Variant(v, V.Double)) for v in (1.0, 1.5, 2.0)]
    data = publish_bytes(9, change(*values))
    kind = b"\x0b" + struct.pack("<d", 1.5)
    message = read_publish(data.replace(kind, b"\x3f" + kind[1:])).notification
    assert (message.number, list(message.changes), message.unread, message.suspect) == (9, [], True, 1)


@pytest.mark.parametrize("other", [0x01, 0x0A, 0x05])
def test_a_type_of_another_length_is_never_a_value(other: int) -> None:
    """The bytes after it do not come out even: nothing of such a message counts."""
    response: Any = ua.ReadResponse()
    response.Results = [ua.DataValue(ua.Variant(1.5, V.Double))]
    kind = b"\x0b" + struct.pack("<d", 1.5)
    with pytest.raises((ValueError, IndexError, struct.error)):
        read_values(struct_to_binary(response).replace(kind, bytes([other]) + kind[1:]))
