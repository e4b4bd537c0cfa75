"""Frames of Modbus TCP and RTU, cut in every way, spoiled in every way."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plc_drivers.modbus.address import Table
from plc_drivers.modbus.framing import (
    FramingError,
    MbapReader,
    RtuReader,
    crc_is_right,
    mbap_frame,
    rtu_frame,
    silence_s,
    with_crc,
)
from plc_drivers.modbus.pdu import read_request, write_register_request

PDUS = st.binary(min_size=2, max_size=253)
FRAMES = st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 255), PDUS), max_size=6)
READ = read_request(Table.HOLDING, 0, 2)
ANSWER = bytes.fromhex("03 04 12 34 56 78")


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(p % (len(data) + 1) for p in places)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


def test_a_frame_is_that_of_the_implementation_guide() -> None:
    assert mbap_frame(0x1501, 0xFF, bytes.fromhex("03 00 04 00 01")).hex(" ") == "15 01 00 00 00 06 ff 03 00 04 00 01"


@given(FRAMES, st.lists(st.integers(0, 5000), max_size=30))
def test_frames_come_out_whole_however_the_stream_is_cut(frames: list[tuple[int, int, bytes]], places: list[int]) -> None:
    stream = b"".join(mbap_frame(*f) for f in frames)
    reader = MbapReader()
    out = [frame for piece in cut(stream, places) for frame in reader.feed(piece)]
    assert out == frames
    assert reader.waiting_for is None


@given(FRAMES, st.binary(min_size=8, max_size=40), st.lists(st.integers(0, 5000), max_size=10))
def test_garbage_is_a_framing_error_or_looks_like_frames(
    frames: list[tuple[int, int, bytes]], garbage: bytes, places: list[int]
) -> None:
    reader = MbapReader()
    out: list[tuple[int, int, bytes]] = []
    broken: FramingError | None = None
    try:
        for piece in cut(b"".join(mbap_frame(*f) for f in frames) + garbage, places):
            out += reader.feed(piece)
    except FramingError as error:
        broken = error
    if broken is None:
        assert out[: len(frames)] == frames
        assert garbage[2:5] == b"\0\0\0"
    else:
        assert "не Modbus TCP" in broken.text.ru
        assert "not Modbus TCP" in broken.text.en


@pytest.mark.parametrize(
    "header",
    [
        "00 01 00 01 00 06 01 03",
        "00 01 00 00 00 02 01 03",
        "00 01 00 00 00 00 01 03",
        "00 01 00 00 00 ff 01 03",
        "00 01 00 00 01",
    ],
)
def test_an_impossible_header_breaks_the_stream(header: str) -> None:
    with pytest.raises(FramingError):
        MbapReader().feed(bytes.fromhex(header))


def test_frames_before_an_impossible_header_are_not_given_out() -> None:
    """A device that leaves bytes out lets the next answer fill the gap: only the misfit that follows betrays it."""
    short = mbap_frame(1, 1, bytes((3, 20)) + bytes(20))[:-6]
    whole = mbap_frame(2, 1, bytes.fromhex("03 04 41 42 43 44"))
    with pytest.raises(FramingError):
        MbapReader().feed(short + whole)


def test_a_frame_that_has_begun_is_known_by_its_number() -> None:
    reader = MbapReader()
    assert reader.feed(mbap_frame(7, 1, ANSWER)[:9]) == []
    assert reader.waiting_for == (7, 9, 13)


def test_the_checksum_is_that_of_the_serial_line_specification() -> None:
    """MODBUS over Serial Line V1.02 appendix B: the frame 02 07 has the CRC 0x1241, low byte first."""
    assert with_crc(bytes.fromhex("02 07")).hex(" ") == "02 07 41 12"
    assert rtu_frame(1, READ) == with_crc(b"\1" + READ)


@given(st.binary(min_size=2, max_size=255), st.data())
def test_a_changed_bit_is_always_found(data: bytes, draw: st.DataObject) -> None:
    frame = bytearray(with_crc(data))
    assert crc_is_right(bytes(frame))
    bit = draw.draw(st.integers(0, 8 * len(frame) - 1))
    frame[bit // 8] ^= 1 << bit % 8
    assert not crc_is_right(bytes(frame))


@pytest.mark.parametrize(("baud", "expected"), [(1200, 3.5 * 11 / 1200), (19_200, 3.5 * 11 / 19_200), (38_400, 0.00175)])
def test_the_silence_is_that_of_the_specification(baud: int, expected: float) -> None:
    assert silence_s(baud, 11) == pytest.approx(expected)


def waiting(request: bytes = READ, unit: int = 1) -> RtuReader:
    reader = RtuReader()
    reader.expect(unit, request)
    return reader


@given(st.lists(st.integers(0, 100), max_size=9))
def test_an_answer_in_pieces_is_found_as_soon_as_it_is_whole(places: list[int]) -> None:
    reader = waiting()
    *first, last = cut(rtu_frame(1, ANSWER), places)
    for piece in first:
        assert reader.feed(piece) is None
        assert reader.silence() == (None, False)
    assert reader.feed(last) == ANSWER


def test_an_exception_is_an_answer() -> None:
    assert waiting().feed(rtu_frame(1, b"\x83\x02")) == b"\x83\x02"


def test_an_echo_is_an_answer() -> None:
    request = write_register_request(1, 3)
    assert waiting(request).feed(rtu_frame(1, request)) == request


@pytest.mark.parametrize(
    "frame",
    [
        rtu_frame(2, ANSWER),
        rtu_frame(1, b"\4" + ANSWER[1:]),
        rtu_frame(1, bytes.fromhex("03 02 12 34")),
        rtu_frame(1, bytes.fromhex("03 06 12 34 56 78 9a bc")),
        rtu_frame(2, b"\x83\x02"),
        rtu_frame(1, b"\x84\x02"),
    ],
    ids=["unit", "function", "shorter", "longer", "exception of another", "exception to another"],
)
def test_the_answer_to_something_else_is_thrown_away_and_the_right_one_still_taken(frame: bytes) -> None:
    reader = waiting()
    assert reader.feed(frame) is None
    assert reader.unsettled
    assert reader.silence() == (None, True)
    assert reader.feed(rtu_frame(1, ANSWER)) == ANSWER


@given(st.binary(min_size=1, max_size=20))
def test_noise_before_the_answer_does_not_hide_it(noise: bytes) -> None:
    reader = waiting()
    pdu = reader.feed(noise + rtu_frame(1, ANSWER))
    if pdu is None:
        pdu, thrown = reader.silence()
        assert thrown
    if not noise.startswith((b"\1", b"\1\3", b"\1\x83")):
        assert pdu == ANSWER
    assert pdu in (None, ANSWER)


def test_a_wrong_checksum_is_told_from_silence() -> None:
    frame = bytearray(rtu_frame(1, ANSWER))
    frame[4] ^= 0x10
    reader = waiting()
    assert reader.feed(bytes(frame)) is None
    assert reader.spoiled
    assert reader.silence() == (None, True)


@given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
def test_chance_is_never_an_answer(pieces: list[bytes], silences: bool) -> None:
    reader = waiting()
    seen = b""
    for piece in pieces:
        seen += piece
        pdu = reader.feed(piece)
        if pdu is None and silences:
            pdu, _ = reader.silence()
        if pdu is not None:
            assert rtu_frame(1, pdu) in seen
            assert len(pdu) == 6 or pdu[0] == 0x83


def test_a_babbling_line_is_not_kept_in_memory() -> None:
    reader = waiting()
    for _ in range(100):
        reader.feed(bytes(1000))
    assert reader.heard == 100_000
    assert reader.silence() == (None, True)
    assert reader.feed(rtu_frame(1, ANSWER)) == ANSWER


def test_what_comes_unasked_is_never_an_answer() -> None:
    reader = RtuReader()
    assert reader.feed(rtu_frame(1, ANSWER)) is None
    assert reader.expect(1, READ)
    assert reader.begun is None
