"""Requests and answers of the MODBUS Application Protocol V1.1b3 §6, without frames and without a socket.

A PDU is ``bytes``, function code first. Addresses count from 0, as they travel.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np

from line.documents import Text
from line.quality import Status
from plc_drivers.modbus.address import ADDRESS_SPACE, Table
from plc_drivers.modbus.decode import WordArray
from plc_drivers.modbus.port import Fault

READ_FUNCTIONS: Final = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}
WRITE_COIL: Final = 5
WRITE_REGISTER: Final = 6
WRITE_COILS: Final = 15
WRITE_REGISTERS: Final = 16
MASK_WRITE: Final = 22
READ_WRITE: Final = 23

ERROR_FLAG: Final = 0x80
EXCEPTION_LENGTH: Final = 2
MAX_PDU: Final = 253
"""Bytes of the longest PDU (§4.1)."""

MAX_READ_BITS: Final = 2000
MAX_READ_REGISTERS: Final = 125
MAX_WRITE_BITS: Final = 1968
MAX_WRITE_REGISTERS: Final = 123
MAX_READ_WRITE_REGISTERS: Final = 121
"""Most registers written by function 23; it reads up to 125 (§6.17)."""

_COIL_ON: Final = 0xFF00
_THREE: Final = struct.Struct(">BHH")
_FOUR: Final = struct.Struct(">BHHH")
_WITH_COUNT: Final = struct.Struct(">BHHB")
_READ_WRITE_HEAD: Final = struct.Struct(">BHHHHB")
_COUNT_AT_3: Final = struct.Struct(">xxxH")

_BIT_READS: Final = frozenset({1, 2})
_REGISTER_READS: Final = frozenset({3, 4, READ_WRITE})
_WRITES: Final = frozenset({WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS, MASK_WRITE, READ_WRITE})
_ECHO_LENGTHS: Final = {WRITE_COIL: 5, WRITE_REGISTER: 5, WRITE_COILS: 5, WRITE_REGISTERS: 5, MASK_WRITE: 7}

EXCEPTION_TEXTS: Final = {
    1: Text(ru="функция не поддерживается", en="illegal function"),
    2: Text(ru="такого адреса нет", en="illegal data address"),
    3: Text(ru="недопустимое значение", en="illegal data value"),
    4: Text(ru="отказ устройства", en="device failure"),
    5: Text(ru="принято, ещё выполняется", en="acknowledged, still busy"),
    6: Text(ru="устройство занято", en="device busy"),
    7: Text(ru="устройство отказалось выполнить", en="negative acknowledge"),
    8: Text(ru="ошибка чётности памяти", en="memory parity error"),
    10: Text(ru="нет пути через шлюз", en="gateway path unavailable"),
    11: Text(ru="устройство за шлюзом не отвечает", en="gateway target did not answer"),
}
"""MODBUS Application Protocol V1.1b3 §7 (7: the older PI-MBUS-300)."""

_UNKNOWN: Final = Text(ru="неизвестное", en="unknown")

_READ_STATUS: Final = {
    1: Status.BAD_NOT_SUPPORTED,
    2: Status.BAD_CONFIGURATION_ERROR,
    3: Status.BAD_CONFIGURATION_ERROR,
    4: Status.BAD_DEVICE_FAILURE,
    5: Status.BAD_RESOURCE_UNAVAILABLE,
    6: Status.BAD_RESOURCE_UNAVAILABLE,
    8: Status.BAD_DEVICE_FAILURE,
    10: Status.BAD_NO_COMMUNICATION,
    11: Status.BAD_NO_COMMUNICATION,
}
_WRITE_STATUS: Final = {**_READ_STATUS, 3: Status.BAD_OUT_OF_RANGE}


def read_request(table: Table, start: int, count: int) -> bytes:
    """Functions 1 to 4. Raises ValueError for a count or an end that the protocol does not have."""
    function = READ_FUNCTIONS[table]
    _check_range(start, count, MAX_READ_BITS if function in _BIT_READS else MAX_READ_REGISTERS)
    return _THREE.pack(function, start, count)


def write_coil_request(start: int, on: bool) -> bytes:
    """Function 5. Raises ValueError for an address outside 0..65535."""
    _check_range(start, 1, 1)
    return _THREE.pack(WRITE_COIL, start, _COIL_ON if on else 0)


def write_register_request(start: int, word: int) -> bytes:
    """Function 6. Raises ValueError for an address or a word outside 0..65535."""
    _check_range(start, 1, 1)
    return _THREE.pack(WRITE_REGISTER, start, _word(word))


def write_coils_request(start: int, bits: Sequence[int | bool]) -> bytes:
    """Function 15; the first bit goes to ``start``. Raises ValueError for more than 1968 bits or none."""
    _check_range(start, len(bits), MAX_WRITE_BITS)
    packed = np.packbits(np.asarray(bits, dtype=np.bool_), bitorder="little").tobytes()
    return _WITH_COUNT.pack(WRITE_COILS, start, len(bits), len(packed)) + packed


def write_registers_request(start: int, words: Sequence[int]) -> bytes:
    """Function 16. Raises ValueError for more than 123 words, none, or a word outside 0..65535."""
    _check_range(start, len(words), MAX_WRITE_REGISTERS)
    return _WITH_COUNT.pack(WRITE_REGISTERS, start, len(words), 2 * len(words)) + _packed(words)


def mask_write_request(start: int, and_mask: int, or_mask: int) -> bytes:
    """Function 22: the device sets the register to ``(now & and_mask) | (or_mask & ~and_mask)``. Raises ValueError."""
    _check_range(start, 1, 1)
    return _FOUR.pack(MASK_WRITE, start, _word(and_mask), _word(or_mask))


def read_write_request(read_start: int, read_count: int, write_start: int, words: Sequence[int]) -> bytes:
    """Function 23: writes ``words`` (up to 121) first, then reads ``read_count`` registers (up to 125). Raises ValueError."""
    _check_range(read_start, read_count, MAX_READ_REGISTERS)
    _check_range(write_start, len(words), MAX_READ_WRITE_REGISTERS)
    head = _READ_WRITE_HEAD.pack(READ_WRITE, read_start, read_count, write_start, len(words), 2 * len(words))
    return head + _packed(words)


def answer_length(request: bytes) -> int:
    """Bytes of the PDU that answers ``request`` (one that a builder above made) when all is well; an exception has two."""
    function = request[0]
    if function in _REGISTER_READS:
        return 2 + 2 * _COUNT_AT_3.unpack_from(request)[0]
    if function in _BIT_READS:
        return 2 + (_COUNT_AT_3.unpack_from(request)[0] + 7) // 8
    return _ECHO_LENGTHS[function]


def reads(request: bytes) -> bool:
    """True for the functions whose answer is a byte count and data."""
    return request[0] in _REGISTER_READS or request[0] in _BIT_READS


def fits(request: bytes, answer: bytes) -> bool:
    """True when function code, length and byte count of ``answer`` are those that ``request`` asks for, or an exception's."""
    function = request[0]
    if len(answer) == answer_length(request) and answer[0] == function:
        return function in _ECHO_LENGTHS or answer[1] == len(answer) - 2
    return is_exception(request, answer)


def is_exception(request: bytes, answer: bytes) -> bool:
    """True when ``answer`` is a well-formed exception to ``request``."""
    return len(answer) == EXCEPTION_LENGTH and answer[0] == request[0] | ERROR_FLAG and answer[1] != 0


def fault_of(request: bytes, answer: bytes) -> Fault | None:
    """Why ``answer`` is no good answer to ``request``; None when it is one. Looks at every byte that has only one right value.

    An exception has the status of the table in docs/QUIRKS.md; 3 means a bad value for a write and a bad address or length for
    a read. What does not fit in length or function is BadDecodingError, an echo of something else BadCommunicationError.
    """
    function = request[0]
    if is_exception(request, answer):
        return _exception(answer[1], function in _WRITES)
    if not fits(request, answer):
        return misfit(request, answer)
    if function in _ECHO_LENGTHS and answer != request[: len(answer)]:
        return Fault(
            Status.BAD_COMMUNICATION_ERROR,
            Text(
                ru=f"устройство подтвердило другую запись: {answer.hex(' ')} вместо {request[: len(answer)].hex(' ')}",
                en=f"the device confirmed another write: {answer.hex(' ')} instead of {request[: len(answer)].hex(' ')}",
            ),
        )
    return None


def misfit(request: bytes, answer: bytes) -> Fault:
    """The fault of an answer for which :func:`fits` is false."""
    function, wanted = request[0], answer_length(request)
    if not answer:
        ru, en = "пустой ответ", "the answer is empty"
    elif answer[0] & ~ERROR_FLAG != function:
        ru = f"ответ функции {answer[0] & ~ERROR_FLAG} на запрос функции {function}"
        en = f"an answer of function {answer[0] & ~ERROR_FLAG} to a request of function {function}"
    elif answer[0] & ERROR_FLAG:
        ru, en = "ответ с исключением не по форме", "the exception is malformed"
    elif len(answer) != wanted:
        ru = f"в ответе {len(answer)} байт вместо {wanted}"
        en = f"the answer has {len(answer)} bytes instead of {wanted}"
    else:
        ru = f"в ответе указано {answer[1]} байт данных вместо {wanted - 2}"
        en = f"the answer says {answer[1]} data bytes instead of {wanted - 2}"
    return Fault(Status.BAD_DECODING_ERROR, Text(ru=ru, en=en))


def words_of(request: bytes, answer: bytes) -> WordArray:
    """What was read: registers as a view of ``answer`` (big-endian), bits as one word each; exactly as many as were asked for.

    For answers for which :func:`fault_of` gives None, and for functions that read; raises ValueError for others.
    """
    function = request[0]
    if function not in _REGISTER_READS and function not in _BIT_READS:
        raise ValueError(f"function {function} reads nothing")
    count = _COUNT_AT_3.unpack_from(request)[0]
    if function in _REGISTER_READS:
        return np.frombuffer(answer, ">u2", count, 2)
    return np.unpackbits(np.frombuffer(answer, np.uint8, offset=2), count=count, bitorder="little").astype(np.uint16)


def _exception(code: int, write: bool) -> Fault:
    said = EXCEPTION_TEXTS.get(code, _UNKNOWN)
    text = Text(ru=f"исключение {code} ({said.ru})", en=f"exception {code} ({said.en})")
    return Fault((_WRITE_STATUS if write else _READ_STATUS).get(code, Status.BAD_DEVICE_FAILURE), text, code)


def _check_range(start: int, count: int, limit: int) -> None:
    if not 1 <= count <= limit:
        raise ValueError(f"{count} items in one request; 1 to {limit} are possible")
    if start < 0 or start + count > ADDRESS_SPACE:
        raise ValueError(f"{count} items from {start} lie outside 0..{ADDRESS_SPACE - 1}")


def _word(word: int) -> int:
    if not 0 <= word <= 0xFFFF:
        raise ValueError(f"{word} is no 16-bit word")
    return int(word)


def _packed(words: Sequence[int]) -> bytes:
    return struct.pack(f">{len(words)}H", *(_word(w) for w in words))
