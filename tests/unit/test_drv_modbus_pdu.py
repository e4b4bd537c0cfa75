"""Request and answer PDUs: the examples of MODBUS Application Protocol V1.1b3 §6, §7; round trips; answers of pure chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from line.quality import Status
from plc_drivers.modbus import pdu
from plc_drivers.modbus.address import Table

STARTS = st.integers(0, 65_535)
WORDS = st.integers(0, 65_535)

READS = [
    (pdu.read_request(Table.COIL, 0x13, 19), "01 00 13 00 13", "01 03 cd 6b 05",
     [1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1]),
    (pdu.read_request(Table.DISCRETE, 0xC4, 22), "02 00 c4 00 16", "02 03 ac db 35",
     [0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1]),
    (pdu.read_request(Table.HOLDING, 0x6B, 3), "03 00 6b 00 03", "03 06 02 2b 00 00 00 64", [0x22B, 0, 0x64]),
    (pdu.read_request(Table.INPUT, 8, 1), "04 00 08 00 01", "04 02 00 0a", [10]),
    (pdu.read_write_request(3, 6, 0x0E, [0xFF, 0xFF, 0xFF]), "17 00 03 00 06 00 0e 00 03 06 00 ff 00 ff 00 ff",
     "17 0c 00 fe 0a cd 00 01 00 03 00 0d 00 ff", [0xFE, 0xACD, 1, 3, 0xD, 0xFF]),
]  # fmt: skip

WRITES = [
    (pdu.write_coil_request(0xAC, True), "05 00 ac ff 00", "05 00 ac ff 00"),
    (pdu.write_register_request(1, 3), "06 00 01 00 03", "06 00 01 00 03"),
    (pdu.write_coils_request(0x13, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0]), "0f 00 13 00 0a 02 cd 01", "0f 00 13 00 0a"),
    (pdu.write_registers_request(1, [0x0A, 0x102]), "10 00 01 00 02 04 00 0a 01 02", "10 00 01 00 02"),
    (pdu.mask_write_request(4, 0xF2, 0x25), "16 00 04 00 f2 00 25", "16 00 04 00 f2 00 25"),
]

ALL = [r[0] for r in READS] + [w[0] for w in WRITES]


@pytest.mark.parametrize(("request_pdu", "sent", "answer", "words"), READS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_read_is_that_of_the_specification(request_pdu: bytes, sent: str, answer: str, words: list[int]) -> None:
    got = bytes.fromhex(answer)
    assert request_pdu.hex(" ") == sent
    assert pdu.answer_length(request_pdu) == len(got)
    assert pdu.fault_of(request_pdu, got) is None
    assert pdu.words_of(request_pdu, got).tolist() == words


@pytest.mark.parametrize(("request_pdu", "sent", "answer"), WRITES, ids=lambda v: v if isinstance(v, str) else "")
def test_a_write_is_that_of_the_specification(request_pdu: bytes, sent: str, answer: str) -> None:
    got = bytes.fromhex(answer)
    assert request_pdu.hex(" ") == sent
    assert pdu.answer_length(request_pdu) == len(got)
    assert pdu.fault_of(request_pdu, got) is None
    with pytest.raises(ValueError, match="reads nothing"):
        pdu.words_of(request_pdu, got)


def test_a_coil_is_switched_off_by_zero() -> None:
    assert pdu.write_coil_request(0xAC, False).hex(" ") == "05 00 ac 00 00"


def test_words_are_a_view_of_the_answer() -> None:
    answer = bytes.fromhex("03 06 02 2b 00 00 00 64")
    words = pdu.words_of(READS[2][0], answer)
    assert words.dtype == np.dtype(">u2")
    assert np.shares_memory(words, np.frombuffer(answer, np.uint8))


@pytest.mark.parametrize(
    ("code", "read", "write"),
    [
        (1, Status.BAD_NOT_SUPPORTED, Status.BAD_NOT_SUPPORTED),
        (2, Status.BAD_CONFIGURATION_ERROR, Status.BAD_CONFIGURATION_ERROR),
        (3, Status.BAD_CONFIGURATION_ERROR, Status.BAD_OUT_OF_RANGE),
        (4, Status.BAD_DEVICE_FAILURE, Status.BAD_DEVICE_FAILURE),
        (5, Status.BAD_RESOURCE_UNAVAILABLE, Status.BAD_RESOURCE_UNAVAILABLE),
        (6, Status.BAD_RESOURCE_UNAVAILABLE, Status.BAD_RESOURCE_UNAVAILABLE),
        (7, Status.BAD_DEVICE_FAILURE, Status.BAD_DEVICE_FAILURE),
        (8, Status.BAD_DEVICE_FAILURE, Status.BAD_DEVICE_FAILURE),
        (10, Status.BAD_NO_COMMUNICATION, Status.BAD_NO_COMMUNICATION),
        (11, Status.BAD_NO_COMMUNICATION, Status.BAD_NO_COMMUNICATION),
        (99, Status.BAD_DEVICE_FAILURE, Status.BAD_DEVICE_FAILURE),
    ],
)
def test_an_exception_has_its_status(code: int, read: Status, write: Status) -> None:
    for request, status in ((READS[0][0], read), (WRITES[3][0], write), (READS[4][0], write)):
        fault = pdu.fault_of(request, bytes((request[0] | 0x80, code)))
        assert fault is not None
        assert (fault.status, fault.exception_code, fault.timed_out) == (status, code, False)
        assert str(code) in fault.text.en
        assert str(code) in fault.text.ru


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "empty"),
        ("03", "1 bytes instead of 8"),
        ("03 06 02 2b 00 00 00", "7 bytes instead of 8"),
        ("03 06 02 2b 00 00 00 64 00", "9 bytes instead of 8"),
        ("03 04 02 2b 00 00 00 64", "4 data bytes instead of 6"),
        ("04 06 02 2b 00 00 00 64", "function 4 to a request of function 3"),
        ("84 02", "function 4 to a request of function 3"),
        ("83", "exception is malformed"),
        ("83 00", "exception is malformed"),
        ("83 02 00", "exception is malformed"),
    ],
)
def test_an_answer_that_does_not_fit_is_named(answer: str, said: str) -> None:
    fault = pdu.fault_of(READS[2][0], bytes.fromhex(answer))
    assert fault is not None
    assert fault.status is Status.BAD_DECODING_ERROR
    assert said in fault.text.en


@pytest.mark.parametrize(("request_pdu", "_sent", "answer"), WRITES, ids=lambda v: v if isinstance(v, str) else "")
def test_the_echo_of_another_write_confirms_nothing(request_pdu: bytes, _sent: str, answer: str) -> None:
    good = bytes.fromhex(answer)
    for position in range(1, len(good)):
        other = bytearray(good)
        other[position] ^= 1
        fault = pdu.fault_of(request_pdu, bytes(other))
        assert fault is not None
        assert fault.status is Status.BAD_COMMUNICATION_ERROR


@pytest.mark.parametrize(
    "build",
    [
        lambda: pdu.read_request(Table.HOLDING, 0, 0),
        lambda: pdu.read_request(Table.HOLDING, 0, 126),
        lambda: pdu.read_request(Table.COIL, 0, 2001),
        lambda: pdu.read_request(Table.HOLDING, 65_535, 2),
        lambda: pdu.read_request(Table.HOLDING, -1, 1),
        lambda: pdu.write_coil_request(65_536, True),
        lambda: pdu.write_register_request(0, 65_536),
        lambda: pdu.write_register_request(0, -1),
        lambda: pdu.write_coils_request(0, []),
        lambda: pdu.write_coils_request(0, [1] * 1969),
        lambda: pdu.write_registers_request(0, [0] * 124),
        lambda: pdu.write_registers_request(0, [70_000]),
        lambda: pdu.mask_write_request(0, 65_536, 0),
        lambda: pdu.read_write_request(0, 126, 0, [0]),
        lambda: pdu.read_write_request(0, 1, 0, [0] * 122),
        lambda: pdu.read_write_request(0, 1, 65_535, [0, 0]),
    ],
)
def test_what_the_protocol_does_not_have_is_refused(build: object) -> None:
    with pytest.raises(ValueError):
        build()  # pyright: ignore[reportCallIssue]


@given(STARTS, st.lists(WORDS, min_size=1, max_size=125), st.sampled_from([Table.HOLDING, Table.INPUT]))
def test_registers_come_back_as_they_were(start: int, words: list[int], table: Table) -> None:
    start = min(start, 65_536 - len(words))
    request = pdu.read_request(table, start, len(words))
    answer = bytes((request[0], 2 * len(words))) + np.array(words, ">u2").tobytes()
    assert pdu.fault_of(request, answer) is None
    assert pdu.words_of(request, answer).tolist() == words


@given(STARTS, st.lists(st.booleans(), min_size=1, max_size=2000), st.sampled_from([Table.COIL, Table.DISCRETE]), st.booleans())
def test_bits_come_back_as_they_were_whatever_pads_the_last_byte(start: int, bits: list[bool], table: Table, pad: bool) -> None:
    start = min(start, 65_536 - len(bits))
    request = pdu.read_request(table, start, len(bits))
    padded = bits + [pad] * (-len(bits) % 8)
    answer = bytes((request[0], len(padded) // 8)) + np.packbits(padded, bitorder="little").tobytes()
    assert pdu.fault_of(request, answer) is None
    assert pdu.words_of(request, answer).tolist() == [int(b) for b in bits]
    assert pdu.words_of(request, answer).dtype == np.uint16


@given(STARTS, st.lists(st.booleans(), min_size=1, max_size=1968))
def test_written_bits_travel_as_read_ones_do(start: int, bits: list[bool]) -> None:
    request = pdu.write_coils_request(min(start, 65_536 - len(bits)), bits)
    answer = bytes((1, request[5])) + request[6:]
    assert len(request) <= pdu.MAX_PDU
    assert pdu.words_of(pdu.read_request(Table.COIL, 0, len(bits)), answer).tolist() == [int(b) for b in bits]


@given(STARTS, st.lists(WORDS, min_size=1, max_size=121), st.integers(1, 125))
def test_written_words_travel_as_read_ones_do(start: int, words: list[int], count: int) -> None:
    start = min(start, 65_536 - len(words))
    plain = pdu.write_registers_request(start, words)
    combined = pdu.read_write_request(0, count, start, words)
    assert plain[6:] == combined[10:] == np.array(words, ">u2").tobytes()
    assert len(combined) <= pdu.MAX_PDU
    assert pdu.answer_length(combined) == 2 + 2 * count


@given(st.sampled_from(ALL), st.binary(max_size=260))
@example(ALL[0], b"")
def test_an_answer_of_pure_chance_is_a_fault_or_fits(request: bytes, answer: bytes) -> None:
    fault = pdu.fault_of(request, answer)
    if fault is None:
        assert answer[0] == request[0]
        assert len(answer) == pdu.answer_length(request)
        assert pdu.fits(request, answer)
        if pdu.reads(request):
            assert answer[1] == len(answer) - 2
            assert len(pdu.words_of(request, answer)) == int.from_bytes(request[3:5], "big")
        else:
            assert answer == request[: len(answer)]
    else:
        assert fault.text.ru
        assert fault.text.en
        assert bool(fault.exception_code) == pdu.is_exception(request, answer)


@given(st.sampled_from(ALL), st.data())
def test_one_wrong_byte_in_the_head_of_a_good_answer_is_never_overlooked(request: bytes, data: st.DataObject) -> None:
    length = pdu.answer_length(request)
    good = bytes((request[0], length - 2)) + bytes(length - 2) if pdu.reads(request) else request[:length]
    position = data.draw(st.integers(0, 1 if pdu.reads(request) else length - 1))
    bad = bytearray(good)
    bad[position] ^= data.draw(st.integers(1, 255))
    assert pdu.fault_of(request, good) is None
    assert pdu.fault_of(request, bytes(bad)) is not None
