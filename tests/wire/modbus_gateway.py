"""A Modbus TCP gateway with several units behind it, each of which can be dead, slow or spoken for; without any library."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_HEAD = struct.Struct(">HHHB")


@dataclass
class GatewayUnit:
    """``mode``: ok, dead (nothing comes), refused (the gateway answers exception 11), slow (``delay_s``, one after the other).

    Every read counts up by one, and every register holds that count. ``written`` are the PDUs of writes.
    """

    mode: str = "ok"
    delay_s: float = 0.0
    requests: int = 0
    count: int = 0
    written: list[bytes] = field(default_factory=list[bytes])

    def answer(self, pdu: bytes) -> bytes:
        function = pdu[0]
        if self.mode == "refused":
            return bytes((function | 0x80, 11))
        if function in (5, 6, 15, 16, 22):
            self.written.append(pdu)
            return pdu[:5] if function in (15, 16) else pdu
        self.count += 1
        wanted = struct.unpack(">H", pdu[3:5])[0]
        data = struct.pack(">H", self.count & 0xFFFF) * wanted if function in (3, 4) else b"\xff" * ((wanted + 7) // 8)
        return bytes((function, len(data))) + data


class Gateway:
    """The units by their ids; requests for others are not answered."""

    def __init__(self, *unit_ids: int) -> None:
        self.units = {unit: GatewayUnit() for unit in unit_ids}
        self.port = 0
        self.connections = 0


class _Connection(asyncio.Protocol):
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._gateway.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.connections -= 1
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= 7 and len(self._rest) >= (end := 6 + int.from_bytes(self._rest[4:6], "big")):
            frame, self._rest = self._rest[:end], self._rest[end:]
            self._serve(int.from_bytes(frame[:2], "big"), frame[6], frame[7:])

    def _serve(self, transaction: int, unit_id: int, pdu: bytes) -> None:
        unit = self._gateway.units.get(unit_id)
        if unit is None:
            return
        unit.requests += 1
        if unit.mode == "slow":
            asyncio.get_running_loop().call_later(unit.delay_s, self._send, transaction, unit_id, unit.answer(pdu))
        elif unit.mode != "dead":
            self._send(transaction, unit_id, unit.answer(pdu))

    def _send(self, transaction: int, unit_id: int, pdu: bytes) -> None:
        if self._transport is not None:
            self._transport.write(_HEAD.pack(transaction, 0, len(pdu) + 1, unit_id) + pdu)


@contextlib.asynccontextmanager
async def serving(gateway: Gateway) -> AsyncIterator[Gateway]:
    """Serve on a free port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(gateway), "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
        await server.wait_closed()
