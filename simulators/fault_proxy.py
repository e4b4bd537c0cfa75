"""A TCP proxy between a client and a real server that spoils what passes through it, as networks and devices do.

Faults can be changed at any moment, also in the middle of an answer, and apply to each direction by itself. What chance
decides comes from a seeded generator per connection and direction: the same bytes in the same pieces meet the same fate.

Started by itself it stands before a simulated (or a real) PLC::

    python -m simulators.fault_proxy --target 127.0.0.1:5020 --port 5021 --latency-ms 300 --jitter-ms 100
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, Clock, SystemClock

_PIECE: Final = 65_536
_QUEUE_LIMIT: Final = 256
_LINGER_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 s: closing sends RST instead of FIN."""


class Way(StrEnum):
    """A direction through the proxy: requests go to the server, answers to the client."""

    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"


BOTH_WAYS: Final = (Way.TO_SERVER, Way.TO_CLIENT)


@dataclass(frozen=True)
class Impairment:
    """What happens to the pieces of one direction; a piece is what was received at once, usually one request or answer.

    Shares are probabilities from 0 to 1. Order is kept whatever the latency, as in any TCP stream. A value that was changed
    by ``flip`` cannot be told from a true one in Modbus TCP or an unsigned OPC UA session (on a real network the checksum of
    TCP does that): it is meant for protocols that check what they carry.
    """

    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    """Up to this much is added to the latency of a piece."""
    loss: float = 0.0
    """Share of the pieces that are swallowed."""
    replace: float = 0.0
    """Share of the pieces that become as many random bytes."""
    inject: int = 0
    """Random bytes put before each piece."""
    flip: float = 0.0
    """Share of the bytes that become another byte."""
    drip_ms: float = 0.0
    """Pause after each byte; 0 passes a piece on at once."""
    truncate: int | None = None
    """Only so many first bytes of each piece pass."""

    def __post_init__(self) -> None:
        shares = (self.loss, self.replace, self.flip)
        if not all(0.0 <= share <= 1.0 for share in shares):
            raise ValueError(f"a share is not between 0 and 1: {self}")
        if min(self.latency_ms, self.jitter_ms, self.inject, self.drip_ms, self.truncate or 0) < 0:
            raise ValueError(f"less than nothing: {self}")


NONE: Final = Impairment()


@dataclass
class ProxyCounts:
    """What the proxy has done so far: for tests, to see that a fault did strike."""

    connections: int = 0
    resets: int = 0
    pieces: Counter[Way] = field(default_factory=Counter[Way])
    passed_bytes: int = 0
    swallowed: int = 0
    spoiled: int = 0


@dataclass(frozen=True)
class _Piece:
    """``data`` is empty at the end of the stream; ``reset`` tells how it ended. ``draw`` is its share of the jitter."""

    data: bytes
    arrived_ns: int
    draw: float
    reset: bool = False


class FaultProxy:
    """Listens on ``host:port`` (0 takes a free one and keeps it) and connects every client to the target.

    Use as ``async with``, or call :meth:`start` and :meth:`stop`. After ``stop`` no task and no socket is left.
    """

    def __init__(
        self,
        target_port: int,
        clock: Clock,
        *,
        target_host: str = "127.0.0.1",
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        self.host = host
        self.port = port
        self.target_host = target_host
        self.target_port = target_port
        self.clock = clock
        self.seed = seed
        self.counts = ProxyCounts()
        self._half_open = False
        self._impairments: dict[Way, Impairment] = dict.fromkeys(BOTH_WAYS, NONE)
        self._change = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], _Connection] = {}

    async def __aenter__(self) -> FaultProxy:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Accept connections (again). Raises OSError when the port is taken."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Accept no more and end every connection; may be called twice."""
        self._refuse()
        self.cut()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def open_connections(self) -> int:
        """Clients that are connected at this moment."""
        return len(self._connections)

    @property
    def half_open(self) -> bool:
        """True while nothing passes although every connection stays open."""
        return self._half_open

    def impairment(self, way: Way) -> Impairment:
        """What is done to this direction at this moment."""
        return self._impairments[way]

    def impair(self, impairment: Impairment, ways: Iterable[Way] = BOTH_WAYS) -> None:
        """From now on, also for what is under way; the other direction stays as it is."""
        for way in ways:
            self._impairments[way] = impairment
        self._changed()

    def freeze(self) -> None:
        """Half-open: nothing passes in either direction and nobody is told; new connections are accepted and stay mute.

        What was sent meanwhile is held back and arrives when the fault is cleared, as TCP repeats it after an outage.
        """
        self._half_open = True
        self._changed()

    def cut(self) -> None:
        """Reset every connection now (RST to both sides); new ones are accepted."""
        for task, connection in tuple(self._connections.items()):
            connection.reset()
            task.cancel()

    def cut_off(self) -> None:
        """As :meth:`cut`, and refuse new connections until :meth:`clear`."""
        self._refuse()
        self.cut()

    async def clear(self) -> None:
        """Remove every fault. Raises OSError when the port was taken by another while connections were refused."""
        self._impairments = dict.fromkeys(BOTH_WAYS, NONE)
        self._half_open = False
        self._changed()
        await self.start()

    async def wait_change(self, until_ns: int | None) -> None:
        """Return when a fault was changed, or when the clock says so."""
        if until_ns is None:
            await self._change.wait()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0, until_ns - self.clock.monotonic_ns()) / NS_PER_S):
                await self._change.wait()

    def _changed(self) -> None:
        before, self._change = self._change, asyncio.Event()
        before.set()

    def _refuse(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counts.connections += 1
        connection = _Connection(self, self.counts.connections, reader, writer)
        task = asyncio.create_task(connection.run(), name=f"fault proxy {self.port} connection {self.counts.connections}")
        self._connections[task] = connection
        task.add_done_callback(self._connections.pop)


class _Connection:
    """One client, and its own connection to the target."""

    def __init__(self, proxy: FaultProxy, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._reader = reader
        self._writers = [writer]
        self._number = number

    def reset(self) -> None:
        """Both sides get RST."""
        self._proxy.counts.resets += 1
        for writer in self._writers:
            sock = writer.get_extra_info("socket")
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            writer.transport.abort()

    async def run(self) -> None:
        """Serve until both directions have ended, or one broke."""
        requests = self._pipe(Way.TO_SERVER, self._reader)
        tasks = [asyncio.create_task(requests.read())]
        try:
            far = await self._connect(requests)
            if far is None:
                return
            answers = self._pipe(Way.TO_CLIENT, far[0])
            tasks.append(asyncio.create_task(answers.read()))
            both = [asyncio.create_task(requests.write(far[1])), asyncio.create_task(answers.write(self._writers[0]))]
            tasks += both
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_EXCEPTION)
            if any(task.exception() is not None for task in done):
                self.reset()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in self._writers:
                writer.close()
            await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _connect(self, requests: _Pipe) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The connection to the target; None when that refuses, or when the client has gone while all was mute."""
        while self._proxy.half_open:
            await self._proxy.wait_change(None)
        if requests.ended:
            return None
        try:
            reader, writer = await asyncio.open_connection(self._proxy.target_host, self._proxy.target_port)
        except OSError:
            self.reset()
            return None
        self._writers.append(writer)
        return reader, writer

    def _pipe(self, way: Way, reader: asyncio.StreamReader) -> _Pipe:
        return _Pipe(self._proxy, way, reader, random.Random(f"{self._proxy.seed}/{self._number}/{way}"))


class _Pipe:
    """One direction of one connection: received as fast as it comes, passed on as the faults of the moment allow."""

    def __init__(self, proxy: FaultProxy, way: Way, reader: asyncio.StreamReader, chance: random.Random) -> None:
        self._proxy = proxy
        self._way = way
        self._reader = reader
        self._chance = chance
        self._pieces: asyncio.Queue[_Piece] = asyncio.Queue(_QUEUE_LIMIT)
        self.ended = False

    async def read(self) -> None:
        while not self.ended:
            reset = False
            try:
                data = await self._reader.read(_PIECE)
            except OSError:
                data, reset = b"", True
            self.ended = not data
            self._proxy.counts.pieces[self._way] += not self.ended
            await self._pieces.put(_Piece(data, self._proxy.clock.monotonic_ns(), self._chance.random(), reset))

    async def write(self, writer: asyncio.StreamWriter) -> None:
        """Returns at the end of the stream, which is passed on. Raises OSError when either side was reset."""
        while True:
            piece = await self._pieces.get()
            await self._hold(piece)
            if piece.reset:
                raise ConnectionResetError
            if not piece.data:
                writer.write_eof()
                return
            async for data in self._portions(self._spoil(piece.data)):
                writer.write(data)
                await writer.drain()
                self._proxy.counts.passed_bytes += len(data)

    async def _hold(self, piece: _Piece) -> None:
        """Until the piece has been under way long enough by the faults of the moment."""
        while True:
            until_ns: int | None = None
            if not self._proxy.half_open:
                impairment = self._proxy.impairment(self._way)
                delay_ms = impairment.latency_ms + impairment.jitter_ms * piece.draw
                until_ns = piece.arrived_ns + int(delay_ms * NS_PER_MS)
                if until_ns <= self._proxy.clock.monotonic_ns():
                    return
            await self._proxy.wait_change(until_ns)

    def _spoil(self, data: bytes) -> bytes:
        impairment, counts = self._proxy.impairment(self._way), self._proxy.counts
        if impairment is NONE:
            return data
        if self._strikes(impairment.loss):
            counts.swallowed += 1
            return b""
        before = data
        if self._strikes(impairment.replace):
            data = self._chance.randbytes(len(data))
        if impairment.flip:
            data = bytes(b ^ self._chance.randrange(1, 256) if self._strikes(impairment.flip) else b for b in data)
        data = self._chance.randbytes(impairment.inject) + data
        if impairment.truncate is not None:
            data = data[: impairment.truncate]
        counts.spoiled += data != before
        return data

    def _strikes(self, share: float) -> bool:
        return share > 0.0 and self._chance.random() < share

    async def _portions(self, data: bytes) -> AsyncIterator[bytes]:
        """The whole piece, or byte after byte while the direction drips."""
        position = 0
        while position < len(data):
            drip_ms = self._proxy.impairment(self._way).drip_ms
            while self._proxy.half_open:
                await self._proxy.wait_change(None)
            if drip_ms <= 0.0:
                yield data[position:]
                return
            yield data[position : position + 1]
            position += 1
            await self._proxy.wait_change(self._proxy.clock.monotonic_ns() + int(drip_ms * NS_PER_MS))


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line; one option per fault."""
    parser = argparse.ArgumentParser("python -m simulators.fault_proxy", description="A TCP proxy that spoils what passes.")
    parser.add_argument("--target", required=True, metavar="HOST:PORT", help="the server behind the proxy")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this computer only)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one, which is printed)")
    parser.add_argument("--seed", type=int, default=0, help="of everything that chance decides")
    parser.add_argument("--way", choices=[*Way, "both"], default="both", help="direction that the faults apply to")
    parser.add_argument("--latency-ms", type=float, default=0.0)
    parser.add_argument("--jitter-ms", type=float, default=0.0, help="up to this much more")
    parser.add_argument("--loss", type=float, default=0.0, metavar="SHARE", help="of the pieces, 0 to 1")
    parser.add_argument("--replace", type=float, default=0.0, metavar="SHARE", help="of the pieces that become random bytes")
    parser.add_argument("--inject", type=int, default=0, metavar="BYTES", help="random bytes before each piece")
    parser.add_argument("--flip", type=float, default=0.0, metavar="SHARE", help="of the bytes that become another one")
    parser.add_argument("--drip-ms", type=float, default=0.0, help="pause after each byte")
    parser.add_argument("--truncate", type=int, default=None, metavar="BYTES", help="that pass of each piece")
    parser.add_argument("--half-open", action="store_true", help="connections stay open, nothing passes")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace, clock: Clock) -> None:
    """Run until cancelled."""
    host, _, port = str(options.target).rpartition(":")
    proxy = FaultProxy(int(port), clock, target_host=host, host=options.host, port=options.port, seed=options.seed)
    ways = BOTH_WAYS if options.way == "both" else (Way(options.way),)
    impairment = Impairment(
        options.latency_ms, options.jitter_ms, options.loss, options.replace, options.inject, options.flip,
        options.drip_ms, options.truncate,
    )  # fmt: skip
    proxy.impair(impairment, ways)
    if options.half_open:
        proxy.freeze()
    async with proxy:
        print(f"{proxy.host}:{proxy.port} -> {options.target}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parse_arguments(), SystemClock()))
