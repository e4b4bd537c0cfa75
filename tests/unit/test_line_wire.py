"""The engine's wire format: what goes in comes out, in whatever pieces it arrives; garbage is named, never believed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import Command, Event
from line.wire import Decoder, Events, Hello, Image, Message, Submit, Submitted, View, Welcome, WireError, encode

COMMAND = Command(
    "id-1", "tag.write", "S401.SP_Temp", {"value": 78.0, "deep": [1, "x", None]}, "anna", "operator", "panel", 5, "why"
)
MESSAGES: list[Message] = [
    Hello("token", 4),
    Submit(COMMAND),
    Welcome("sausage", {"tags": [1, 2]}, 3),
    View("alarms", {"text": {"ru": "Температура", "en": "Temperature"}}),
    Events((Event(1, 2, "alarm", "a", "S401", "B1001", {"to": "B"}), Event(2, 3, "unit", "u"))),
    Submitted("id-1", False, "journal"),
]


@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.integers(1, 50))
def test_messages_survive_any_fragmentation(messages: list[Message], piece: int) -> None:
    data = b"".join(encode(m) for m in messages)
    decoder = Decoder()
    received = [m for i in range(0, len(data), piece) for m in decoder.feed(data[i : i + piece])]
    assert received == messages


def test_an_image_keeps_every_bit_including_nan() -> None:
    value = np.array([1.5, np.nan, -np.inf])
    status = np.array([0, 0x80320000, 0x40900000], dtype=np.uint32)
    stamps = np.array([1, 2, 2**62], dtype=np.int64)
    (image,) = Decoder().feed(encode(Image(7, 8, value, status, stamps, stamps + 1, {2: "текст"})))
    assert isinstance(image, Image)
    assert (image.scan, image.now_ns, image.strings) == (7, 8, {2: "текст"})
    assert image.value.tobytes() == value.tobytes()
    assert image.status.tolist() == status.tolist()
    assert image.server_ns.tolist() == [2, 3, 2**62 + 1]
    assert not image.value.flags.writeable


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x00\x01",
        b"\xff\xff\xff\xff\x01",
        b"\x00\x00\x00\x03\x63{}",
        b"\x00\x00\x00\x03\x01{}",
        b"\x00\x00\x00\x03\x00ab",
    ],
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        Decoder().feed(data)


@given(st.binary(max_size=200))
def test_random_bytes_never_raise_anything_else(data: bytes) -> None:
    try:
        Decoder().feed(data)
    except WireError:
        return
