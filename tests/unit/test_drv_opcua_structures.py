"""Structures and arrays: what a server's description of a type makes of bytes."""

from __future__ import annotations

import contextlib
import struct
from dataclasses import dataclass

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import pack_uatype
from hypothesis import given
from hypothesis import strategies as st

from line.quality import Status
from plc_drivers.opcua.structures import BAD_INDEX_RANGE_NO_DATA, Form, Member, PickError, StructType, opened, pick

V = ua.VariantType
MOTOR = StructType("Motor", Form.PLAIN, [Member("Speed", V.Double), Member("Running", V.Boolean), Member("Steps", V.Int16, 1)])
STATION = StructType("Station", Form.PLAIN, [Member("Name", V.String), Member("Motor", MOTOR), Member("Spare", MOTOR, 1)])
MAYBE = StructType("Maybe", Form.OPTIONAL, [Member("A", V.Int32), Member("B", V.Int32, 0, True), Member("C", V.Int32, 0, True)])
EITHER = StructType("Either", Form.UNION, [Member("Number", V.Int32), Member("Text", V.String)])
MATRIX = StructType("Matrix", Form.PLAIN, [Member("M", V.Int16, 2), Member("After", V.Byte)])
ANY = StructType("Any", Form.PLAIN, [Member("V", V.Variant)])
STATION_ID = ua.NodeId.from_string("ns=2;i=5001")


def extension(body: bytes) -> ua.ExtensionObject:
    return ua.ExtensionObject(STATION_ID, body)  # pyright: ignore[reportArgumentType]


def motor(speed: float, running: bool, steps: list[int]) -> bytes:
    return struct.pack(f"<d?i{len(steps)}h", speed, running, len(steps), *steps)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<i", len(data)) + data


def test_a_structure_within_a_structure() -> None:
    body = text("Котёл") + motor(1450.5, True, [3, -4]) + struct.pack("<i", 1) + motor(0.0, False, [])
    value = opened(extension(body), {STATION_ID: STATION})
    assert value == {
        "Name": "Котёл",
        "Motor": {"Speed": 1450.5, "Running": True, "Steps": [3, -4]},
        "Spare": [{"Speed": 0.0, "Running": False, "Steps": []}],
    }
    assert pick(value, None, ("Motor", "Speed")) == 1450.5
    assert pick(value, None, ("Motor", "Steps", "1")) == -4
    assert pick([value], 0, ("Spare", "0", "Running")) is False


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (struct.pack("<Ii", 0, 1), {"A": 1}),
        (struct.pack("<Iii", 2, 1, 3), {"A": 1, "C": 3}),
        (struct.pack("<Iiii", 3, 1, 2, 3), {"A": 1, "B": 2, "C": 3}),
    ],
)
def test_optional_members_stand_in_the_mask(body: bytes, expected: dict[str, int]) -> None:
    assert MAYBE.decode(Buffer(body)) == expected


def test_a_union_holds_one_member_or_none() -> None:
    assert EITHER.decode(Buffer(struct.pack("<Ii", 1, 7))) == {"Number": 7}
    assert EITHER.decode(Buffer(struct.pack("<I", 2) + text("ja"))) == {"Text": "ja"}
    assert EITHER.decode(Buffer(struct.pack("<I", 0))) == {}
    with pytest.raises(ValueError, match="no member number 3"):
        EITHER.decode(Buffer(struct.pack("<I", 3)))


def test_a_matrix_is_its_dimensions_and_its_elements_in_a_row() -> None:
    body = struct.pack("<iii6hB", 2, 2, 3, *range(6), 9)
    assert MATRIX.decode(Buffer(body)) == {"M": [0, 1, 2, 3, 4, 5], "After": 9}


def test_a_variant_member_is_its_value() -> None:
    body = pack_uatype(V.Variant, ua.Variant(4.5, V.Float))
    assert pick(ANY.decode(Buffer(body)), None, ("V",)) == 4.5


@pytest.mark.parametrize(
    ("value", "index", "path", "status"),
    [
        ([1, 2], 2, (), BAD_INDEX_RANGE_NO_DATA),
        (5, 0, (), BAD_INDEX_RANGE_NO_DATA),
        ({"A": 1}, None, ("B",), Status.BAD_CONFIGURATION_ERROR),
        ({"A": 1}, None, ("A", "B"), Status.BAD_CONFIGURATION_ERROR),
        ([{"A": 1}], None, ("A",), Status.BAD_CONFIGURATION_ERROR),
    ],
)
def test_what_is_not_there_has_a_status(value: object, index: int | None, path: tuple[str, ...], status: int) -> None:
    with pytest.raises(PickError) as caught:
        pick(value, index, path)
    assert caught.value.status == status


def test_a_class_of_the_library_is_a_structure_too() -> None:
    @dataclass
    class Range:
        Low: float = 1.0

    assert pick(Range(), None, ("Low",)) == 1.0
    with pytest.raises(PickError, match="there are Low"):
        pick(Range(), None, ("High",))


def test_an_undescribed_type_is_a_decoding_error() -> None:
    for raw in (extension(b""), ua.ExtensionObject()):
        with pytest.raises(PickError) as caught:
            opened(raw, {})
        assert caught.value.status == Status.BAD_DECODING_ERROR


@given(st.binary(max_size=200), st.sampled_from([STATION, MAYBE, EITHER, MATRIX, ANY]))
def test_no_bytes_raise_anything_else(body: bytes, kind: StructType) -> None:
    """An array that claims more elements than there are bytes is refused before it is made."""
    with contextlib.suppress(PickError):
        opened(extension(body), {STATION_ID: kind})


def test_a_type_that_contains_itself_ends() -> None:
    loop = StructType("Loop")
    loop.members.append(Member("Inner", loop))
    with pytest.raises(PickError, match="nested more than"):
        opened(extension(b"x"), {STATION_ID: loop})
