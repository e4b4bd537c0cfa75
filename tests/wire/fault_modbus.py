"""A Modbus server for the tests of faults: TCP or RTU over TCP, without any library; what does not fit closes the connection."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator

from tests.wire.fault_line import CLOCK, TAGS, encoded

UNIT = 1
REGISTERS = 4 * TAGS


def crc(data: bytes) -> bytes:
    """MODBUS over Serial Line V1.02 §6.2.2."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def answer(pdu: bytes) -> bytes | None:
    """The registers as they are now: tag i in registers 4 i to 4 i + 3, high word first. None for what is no read of them."""
    if len(pdu) != 5 or pdu[0] not in (3, 4):
        return None
    start, count = struct.unpack(">HH", pdu[1:])
    if not count or start + count > REGISTERS:
        return bytes((pdu[0] | 0x80, 2))
    now_ns = CLOCK.now_ns()
    held = b"".join(encoded(i, now_ns).to_bytes(8, "big") for i in range(TAGS))
    return bytes((pdu[0], 2 * count)) + held[2 * start : 2 * (start + count)]


class Connection(asyncio.Protocol):
    """Frames as they should be, or the end."""

    def __init__(self, rtu: bool) -> None:
        self._rtu = rtu
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._rest += data
        size = 8 if self._rtu else 12
        while len(self._rest) >= size and not self._transport.is_closing():
            frame, self._rest = self._rest[:size], self._rest[size:]
            reply = self._rtu_reply(frame) if self._rtu else self._tcp_reply(frame)
            if reply is None:
                self._transport.close()
            else:
                self._transport.write(reply)

    @staticmethod
    def _tcp_reply(frame: bytes) -> bytes | None:
        pdu = answer(frame[7:])
        if frame[2:7] != struct.pack(">HHB", 0, 6, UNIT) or pdu is None:
            return None
        return frame[:4] + struct.pack(">HB", len(pdu) + 1, UNIT) + pdu

    def _rtu_reply(self, frame: bytes) -> bytes | None:
        pdu = answer(frame[1:6])
        if frame[0] != UNIT or crc(frame[:6]) != frame[6:] or pdu is None:
            self._rest = b""  # the next frame begins after a silence
            return b""
        body = bytes((UNIT,)) + pdu
        return body + crc(body)


@contextlib.asynccontextmanager
async def serving(*, rtu: bool = False) -> AsyncIterator[int]:
    """Serve on a free port of 127.0.0.1, which is given."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(rtu), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
