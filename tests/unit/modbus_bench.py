"""A Modbus channel on a manual clock: a wire without a network, timers without an event loop, devices made of rules."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from typing import Any, cast

from line.clock import ManualClock
from line.documents import Text
from plc_drivers.modbus.channel import Channel, Link
from plc_drivers.modbus.mbap_channel import MbapChannel
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
