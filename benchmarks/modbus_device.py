"""A fast Modbus TCP device for the benchmarks, without any library: ``python -m benchmarks.modbus_device PORTS TAGS STRIDE``.

One process, one device per port on 127.0.0.1; every ``STRIDE`` registers begins a float32 (high word first), and all of them
change every 100 ms. Requests that come together (pipelined) are answered together, in order. Serves until its stdin ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import struct
import sys
from typing import Final

import numpy as np

RENEW_S: Final = 0.1
_REQUEST: Final = struct.Struct(">HHHBBHH")
_ANSWER: Final = struct.Struct(">HHHBBB")
_REFUSAL: Final = struct.Struct(">HHHBBB")
_ILLEGAL_FUNCTION: Final = 1
_ILLEGAL_ADDRESS: Final = 2


class Registers:
    """The holding registers of one device as bytes, ready to be sent."""

    def __init__(self, tags: int, stride: int) -> None:
        self._ramp = np.arange(tags, dtype=np.float64)
        self._words = np.zeros((tags, stride), dtype=">u2")
        self.count = tags * stride
        self.data = b""
        self.renew(0)

    def renew(self, count: int) -> None:
        """Every value as it stands after ``count`` changes."""
        values = ((self._ramp + count % 100_000) * 0.1).astype(">f4")
        self._words[:, :2] = values.view(">u2").reshape(-1, 2)
        self.data = self._words.tobytes()


class Connection(asyncio.Protocol):
    """One client of one device."""

    def __init__(self, registers: Registers) -> None:
        self._registers = registers
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        data = self._rest + data
        at, answers = 0, list[bytes]()
        while len(data) - at >= 8:
            end = at + 6 + int.from_bytes(data[at + 4 : at + 6], "big")
            if end > len(data):
                break
            answers.append(self._answer(data[at:end]))
            at = end
        self._rest = data[at:]
        if answers:
            self._transport.write(b"".join(answers))

    def _answer(self, frame: bytes) -> bytes:
        if len(frame) != _REQUEST.size or frame[7] not in (3, 4):
            return _REFUSAL.pack(int.from_bytes(frame[:2], "big"), 0, 3, frame[6], frame[7] | 0x80, _ILLEGAL_FUNCTION)
        transaction, _, _, unit, function, start, count = _REQUEST.unpack(frame)
        if not 1 <= count <= 125 or start + count > self._registers.count:
            return _REFUSAL.pack(transaction, 0, 3, unit, function | 0x80, _ILLEGAL_ADDRESS)
        head = _ANSWER.pack(transaction, 0, 3 + 2 * count, unit, function, 2 * count)
        return head + self._registers.data[2 * start : 2 * (start + count)]


async def serve(ports: int, tags: int, stride: int) -> None:
    """Serve until stdin ends; prints ``{"ports": […]}`` when it listens."""
    loop = asyncio.get_running_loop()
    devices = [Registers(tags, stride) for _ in range(ports)]
    servers = [await loop.create_server(lambda r=r: Connection(r), "127.0.0.1", 0) for r in devices]
    print(json.dumps({"ports": [s.sockets[0].getsockname()[1] for s in servers]}), flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: None if os.read(sys.stdin.fileno(), 1024) else ended.set())
    count = 0
    while not ended.is_set():
        count += 1
        for registers in devices:
            registers.renew(count)
        try:
            async with asyncio.timeout(RENEW_S):
                await ended.wait()
        except TimeoutError:
            continue
    loop.remove_reader(sys.stdin.fileno())
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(serve(*(int(a) for a in sys.argv[1:4])))
