"""A Modbus channel on a manual clock: a wire without a network, timers without an event loop, devices made of rules."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from typing import Any, cast

from line.clock import ManualClock
from line.documents import Text
from plc_drivers.modbus.address import Table
from plc_drivers.modbus.channel import Channel, Link, Port
from plc_drivers.modbus.framing import rtu_frame
from plc_drivers.modbus.mbap_channel import MbapChannel
from plc_drivers.modbus.pdu import read_request
from plc_drivers.modbus.port import Answer
from plc_drivers.modbus.rtu_channel import LineTiming, RtuChannel

MS = 1_000_000
T0_NS = 1_700_000_000_000_000_000
GONE = Text(ru="нет", en="gone")


class FakeTimer:
    """What ``call_later`` returns."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def fire(self) -> None:
        if self._callback is not None:
            self._callback()


class FakeTransport:
    """Hands what is written to the device."""

    def __init__(self, written: Callable[[bytes], None]) -> None:
        self.write = written
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def get_extra_info(self, name: str) -> None:
        """No socket."""


class FakeWire:
    """Opens at once, unless ``fault`` is set or ``gate`` is awaited first."""

    place = "bench:502"

    def __init__(self, written: Callable[[bytes], None]) -> None:
        self._written = written
        self.links: list[Link] = []
        self.transports: list[FakeTransport] = []
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.links.append(cast(Link, protocol))
        self.transports.append(FakeTransport(self._written))
        return cast(asyncio.Transport, self.transports[-1])

    def loss(self, error: Exception | None) -> Text:
        return GONE if error is None else Text(ru=str(error), en=str(error))

    def late(self, timeout_ms: int) -> Text:
        return Text(ru=f"{self.place}: {timeout_ms} мс", en=f"{self.place}: {timeout_ms} ms")


class Bench:
    """Time, wire and channel. ``device`` is called with every frame that the channel sends."""

    def __init__(self, *, rtu: LineTiming | None = None) -> None:
        self.clock = ManualClock(T0_NS)
        self.device: Callable[[bytes], None] = lambda _: None
        self.written: list[tuple[int, bytes]] = []
        self.wire = FakeWire(self._sent)
        self._events: list[tuple[int, int, FakeTimer]] = []
        self._count = 0
        self.channel: Channel = (
            MbapChannel(self.wire, self.clock, self.call_later)
            if rtu is None
            else RtuChannel(self.wire, self.clock, rtu, self.call_later)
        )

    @property
    def ms(self) -> float:
        """Time since the start."""
        return (self.clock.monotonic_ns() - T0_NS) / MS

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        timer = FakeTimer(callback)
        self._count += 1
        heapq.heappush(self._events, (self.clock.monotonic_ns() + round(delay_s * 1e9), self._count, timer))
        return cast(asyncio.TimerHandle, timer)

    def answer(self, data: bytes, after_ms: float = 0.0) -> None:
        """The device sends ``data`` on the connection that is open now."""
        link = self.wire.links[-1]
        self.call_later(after_ms / 1e3, lambda: link.data_received(data))

    def _sent(self, data: bytes) -> None:
        while data:
            length = 6 + int.from_bytes(data[4:6], "big") if isinstance(self.channel, MbapChannel) else len(data)
            frame, data = data[:length], data[length:]
            self.written.append((self.clock.monotonic_ns(), frame))
            self.device(frame)

    async def settle(self) -> None:
        """Let every task run as far as it can without time."""
        for _ in range(6):
            await asyncio.sleep(0)

    async def until(self, done: Callable[[], bool], limit_ms: float = 1e6) -> None:
        """Go from event to event until ``done``."""
        await self.settle()
        while not done():
            assert self._events, "nothing will ever happen again"
            at_ns, _, timer = heapq.heappop(self._events)
            assert (at_ns - T0_NS) / MS <= limit_ms, "it takes too long"
            self.clock.advance_ns(max(0, at_ns - self.clock.monotonic_ns()))
            timer.fire()
            await self.settle()

    async def advance(self, to_ms: float) -> None:
        """Go on to ``to_ms`` after the start."""
        reached = False

        def reach() -> None:
            nonlocal reached
            reached = True

        self.call_later(max(0.0, to_ms - self.ms) / 1e3, reach)
        await self.until(lambda: reached)

    async def all_of(self, *runs: Coroutine[Any, Any, Any]) -> list[Any]:
        """The results of ``runs``, which go on side by side."""
        tasks = [asyncio.create_task(r) for r in runs]
        await self.until(lambda: all(t.done() for t in tasks))
        return [t.result() for t in tasks]


def read(start: int, count: int = 1) -> bytes:
    return read_request(Table.HOLDING, start, count)


def good(request: bytes, value: int | None = None) -> bytes:
    """The answer of a device whose registers hold their own addresses."""
    start, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    words = [start + i if value is None else value for i in range(count)]
    return bytes((request[0], 2 * count)) + b"".join(w.to_bytes(2, "big") for w in words)


def value_of(answer: Answer) -> int:
    assert answer.fault is None, answer.fault
    return int.from_bytes(answer.pdu[2:4], "big")


def said(answer: Answer) -> str:
    assert answer.fault is not None
    assert answer.fault.text.ru
    return answer.fault.text.en


def echo(bench: Bench, delay_ms: float = 1.0) -> Callable[[bytes], None]:
    """A Modbus TCP device that answers everything rightly."""
    return lambda f: bench.answer(f[:4] + (3 + len(good(f[7:])) - 2).to_bytes(2, "big") + f[6:7] + good(f[7:]), delay_ms)


def on_bench(body: Callable[[Bench], Coroutine[object, object, None]], rtu: LineTiming | None = None) -> None:
    async def whole() -> None:
        await body(Bench(rtu=rtu))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


class Lost(list[Text]):
    """Collects what ``on_lost`` was told."""

    def __call__(self, reason: Text) -> None:
        self.append(reason)


async def connected(bench: Bench, unit: int = 1, in_flight: int = 1, lost: Lost | None = None) -> Port:
    port = bench.channel.port(unit, in_flight, Lost() if lost is None else lost)
    await bench.all_of(port.connect(1.0))
    return port


def number_of(frame: bytes) -> int:
    return int.from_bytes(frame[:2], "big")


def rtu_echo(bench: Bench, delay_ms: float = 5.0) -> Callable[[bytes], None]:
    return lambda f: bench.answer(rtu_frame(f[0], good(f[1:-2])), delay_ms)
