"""Frames around PDUs, without a socket: MBAP (TCP, TLS) and RTU (serial, RTU over TCP).

Sources: MODBUS Messaging on TCP/IP Implementation Guide V1.0b §3.1; MODBUS over Serial Line V1.02 §2.5.1.
"""

from __future__ import annotations

import struct
from typing import Final

from pymodbus.framer.rtu import FramerRTU

from line.documents import Text
from plc_drivers.modbus.pdu import ERROR_FLAG, EXCEPTION_LENGTH, MAX_PDU, answer_length, reads

MbapFrame = tuple[int, int, bytes]
"""Transaction id, unit id, PDU."""

_MBAP: Final = struct.Struct(">HHHB")
_MBAP_LENGTH: Final = 7
_AFTER_LENGTH: Final = 6
"""Bytes of the MBAP header before those that its length field counts (unit id and PDU)."""
_MIN_LENGTH: Final = 3
_MAX_LENGTH: Final = MAX_PDU + 1

CRC_LENGTH: Final = 2
RTU_OVERHEAD: Final = 1 + CRC_LENGTH
RTU_EXCEPTION: Final = RTU_OVERHEAD + EXCEPTION_LENGTH
_MIN_RTU: Final = 4
RTU_BUFFER: Final = 4096
"""More than this without a silence is a babbling line; only the last bytes are kept."""

FAST_BAUD: Final = 19_200
FAST_SILENCE_S: Final = 0.00175
"""Above 19,200 baud the silent interval is fixed (MODBUS over Serial Line V1.02 §2.5.1.1)."""


class FramingError(Exception):
    """The byte stream makes no sense any more: nobody can say where the next frame begins. ``text`` for the panel."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


def mbap_frame(transaction: int, unit: int, pdu: bytes) -> bytes:
    """``pdu`` as it travels over TCP."""
    return _MBAP.pack(transaction, 0, len(pdu) + 1, unit) + pdu


class MbapReader:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._rest = b""

    @property
    def waiting_for(self) -> tuple[int, int, int] | None:
        """Transaction id of the frame that has begun, bytes of it that are here, bytes that its header promises."""
        if len(self._rest) < _AFTER_LENGTH:
            return None
        transaction, _, length = struct.unpack_from(">HHH", self._rest)
        return transaction, len(self._rest), _AFTER_LENGTH + length

    def feed(self, data: bytes) -> list[MbapFrame]:
        """The frames that are whole now. All headers in sight are judged before the first frame is given out: where one is
        impossible, those before it were cut out of a stream that had lost its step. Raises FramingError then."""
        if self._rest:
            data = self._rest + data
        frames: list[MbapFrame] = []
        position, end = 0, len(data)
        while end - position >= _MBAP_LENGTH:
            transaction, protocol, length, unit = _MBAP.unpack_from(data, position)
            if protocol or not _MIN_LENGTH <= length <= _MAX_LENGTH:
                raise _not_modbus(data[position:])
            after = position + _AFTER_LENGTH + length
            if after > end:
                break
            frames.append((transaction, unit, data[position + _MBAP_LENGTH : after]))
            position = after
        rest = data[position:] if position else data
        if rest and any(rest[2:5]):  # the bytes of a header that is not whole yet: protocol and high byte of the length
            raise _not_modbus(rest)
        self._rest = rest if position < end else b""
        return frames


def _not_modbus(data: bytes) -> FramingError:
    shown = data[:12].hex(" ")
    return FramingError(
        Text(
            ru=f"пришло не Modbus TCP: {shown}; проверьте, что по этому адресу и порту отвечает устройство Modbus",
            en=f"what came is not Modbus TCP: {shown}; check that a Modbus device answers at this address and port",
        )
    )


def rtu_frame(unit: int, pdu: bytes) -> bytes:
    """``pdu`` as it travels on a serial line."""
    return with_crc(bytes((unit,)) + pdu)


def with_crc(data: bytes) -> bytes:
    """``data`` with its CRC, low byte first (MODBUS over Serial Line V1.02 §2.5.1.2)."""
    return data + FramerRTU.compute_CRC(data).to_bytes(CRC_LENGTH, "big")


def crc_is_right(frame: bytes) -> bool:
    """True for a frame that ends with its own CRC."""
    return len(frame) >= _MIN_RTU and with_crc(frame[:-CRC_LENGTH]) == frame


def silence_s(baud_rate: int, bits_per_character: int) -> float:
    """The silent interval between two frames: 3.5 characters, 1.75 ms above 19,200 baud (§2.5.1.1)."""
    return FAST_SILENCE_S if baud_rate > FAST_BAUD else 3.5 * bits_per_character / baud_rate


class RtuReader:
    """Finds the one answer that is waited for in what arrives on a line; everything else is set aside.

    An RTU frame says nothing of where it begins or ends: the answer is told by unit, function, the length that its request asks
    for, and CRC. Nothing is accepted without all four.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._head = b""
        self._exception = b""
        self._length = 0
        self.spoiled = False
        """An answer of the right form has come whole, but with a wrong CRC."""
        self.heard = 0
        """Bytes that came since the request was sent."""

    def expect(self, unit: int, request: bytes) -> bool:
        """``request`` is sent to ``unit``: wait for its answer. True when something was still there that came before it."""
        left = self.reset()
        wanted = answer_length(request)
        self._head = bytes((unit, request[0], wanted - 2)) if reads(request) else bytes((unit, request[0]))
        self._exception = bytes((unit, request[0] | ERROR_FLAG))
        self._length = RTU_OVERHEAD + wanted
        return left

    def reset(self) -> bool:
        """Wait for nothing. True when there were bytes left over."""
        left = bool(self._buffer)
        self._buffer = self._head = self._exception = b""
        self._length = self.heard = 0
        self.spoiled = False
        return left

    @property
    def first(self) -> int:
        """The first byte of what is there, in a sound frame the unit id; -1 when there is nothing."""
        return self._buffer[0] if self._buffer else -1

    @property
    def sound(self) -> bool:
        """True when what is there is one whole frame with its CRC, whoever's."""
        return crc_is_right(self._buffer)

    @property
    def begun(self) -> tuple[int, int] | None:
        """Bytes that are here of an answer that began rightly, and its whole length; None where nothing of the kind came."""
        length = self._length_at(0)
        return (len(self._buffer), length) if self._buffer and length else None

    @property
    def unsettled(self) -> bool:
        """True when :meth:`silence` has something to decide."""
        return bool(self._buffer) and (self.spoiled or not self._length_at(0))

    def feed(self, data: bytes) -> bytes | None:
        """The PDU of the answer as soon as it is whole. What follows it stays for :meth:`silence`, and is never an answer."""
        self._buffer = (self._buffer + data)[-RTU_BUFFER:]
        self.heard += len(data)
        pdu = self._answer_at(0)
        if pdu is None:
            length = self._length_at(0)
            self.spoiled = self.spoiled or 0 < length <= len(self._buffer)
        return pdu

    def silence(self) -> tuple[bytes | None, bool]:
        """The line has been silent for as long as separates frames. The PDU of the answer, if it stands behind noise in what
        came, and whether anything was thrown away. An answer that began rightly and is not whole stays: adapters deliver in
        pieces."""
        if not self.unsettled:
            return None, False
        for position in range(1, len(self._buffer) - _MIN_RTU + 1):
            pdu = self._answer_at(position)
            if pdu is not None:
                self._buffer = b""
                return pdu, True
        self._buffer = b""
        return None, True

    def _length_at(self, position: int) -> int:
        """Length of the frame that begins at ``position``, 0 when it cannot be the answer."""
        here = self._buffer[position : position + 3]
        if not self._head:
            return 0
        if here[:2] == self._exception:
            return RTU_EXCEPTION
        return self._length if self._head.startswith(here[: len(self._head)]) else 0

    def _answer_at(self, position: int) -> bytes | None:
        """The PDU of the answer when it stands whole at ``position``; it is taken, and nothing is waited for any more."""
        length = self._length_at(position)
        end = position + length
        if not length or len(self._buffer) < end or not crc_is_right(self._buffer[position:end]):
            return None
        pdu = self._buffer[position + 1 : end - CRC_LENGTH]
        self._buffer = self._buffer[end:]
        self._head = self._exception = b""
        return pdu
