"""Several units behind one gateway, one connection for all: what a dead, refused or slow one costs its neighbours."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest

from line.clock import SystemClock
from line.devices import ModbusDevice
from line.documents import Text
from line.driver import Driver, DriverContext
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.build import DriverFactory
from tests.builders import tag
from tests.waiting import until
from tests.wire.modbus_gateway import Gateway, serving

NAME = Text(ru="Привод", en="Drive")
TIMEOUT_MS = 300
PER_UNIT = ("hr:0:uint16", "hr:1:uint16", "ir:0:uint16")
UNITS = (1, 2, 3)
TAGS = TagTable(
    tag(f"U{unit}.{i}", 3 * row + i, device=f"u{unit}", address=address, kind=TagKind.INT, lo=0, hi=65_535, writable=i == 0)
    for row, unit in enumerate(UNITS)
    for i, address in enumerate(PER_UNIT)
)


class Plant:
    """Drivers of all units, as the engine makes them: they share one connection."""

    def __init__(self, gateway: Gateway, in_flight: int) -> None:
        self.gateway = gateway
        factory = DriverFactory(DriverContext(SystemClock(), 20, Path("pki"), Path()))
        self.drivers: dict[int, Driver] = {
            unit: factory.make(
                f"u{unit}",
                ModbusDevice(
                    driver="modbus", name=NAME, port=gateway.port, unit_id=unit, timeout_ms=TIMEOUT_MS, in_flight=in_flight
                ),
                TAGS,
            )
            for unit in UNITS
        }

    def state(self, unit: int) -> LinkState:
        return self.drivers[unit].link().state

    async def polls(self, unit: int, enough: Callable[[], bool]) -> tuple[int, int]:
        """Poll until ``enough``; returns how many polls there were, and how many of them brought nothing new. Every value is
        Good all the time."""
        polls = stale = 0
        last_ns = 0
        while not enough():
            readings = await self.drivers[unit].poll()
            assert readings.status.tolist() == [0] * len(PER_UNIT)
            polls += 1
            stale += bool((readings.server_ns <= last_ns).any())
            last_ns = int(readings.server_ns.max())
        return polls, stale

    async def keep_polling(self, unit: int) -> None:
        while True:
            await self.drivers[unit].poll()
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def plant(in_flight: int) -> AsyncIterator[Plant]:
    async with serving(Gateway(*UNITS)) as gateway:
        made = Plant(gateway, in_flight)
        for driver in made.drivers.values():
            await driver.open()
        try:
            await until(lambda: all(made.state(u) is LinkState.UP for u in UNITS))
            for driver in made.drivers.values():
                assert (await driver.poll()).status.tolist() == [0] * len(PER_UNIT)
            assert gateway.connections == 1
            yield made
        finally:
            for driver in made.drivers.values():
                await driver.close()
            await until(lambda: gateway.connections == 0)


@contextlib.asynccontextmanager
async def in_background(work: Coroutine[object, object, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_dead_unit_costs_its_neighbours_one_time_out_per_probe_or_nothing(in_flight: int) -> None:
    async def body() -> None:
        async with plant(in_flight) as made:
            dead = made.gateway.units[2]
            dead.mode, dead.requests = "dead", 0
            async with in_background(made.keep_polling(2)):
                # two silent polls, then probes 0.5 and 1 s later
                both = await asyncio.gather(*(made.polls(u, lambda: dead.requests >= 4) for u in (1, 3)))
                assert made.state(2) is LinkState.DOWN
                lost = await made.drivers[2].poll()
                assert set(lost.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE}
                for polls, stale in both:
                    assert polls > 50
                    assert stale <= (dead.requests if in_flight == 1 else 0)
                for unit in (1, 3):
                    status = made.drivers[unit].link()
                    assert (status.state, status.timeouts, status.gaps) == (LinkState.UP, 0, 0)
                dead.mode = "ok"
                await until(lambda: made.state(2) is LinkState.UP)
            assert (await made.drivers[2].poll()).status.tolist() == [0] * len(PER_UNIT)
            assert made.drivers[2].link().reconnects == 1
            assert made.gateway.connections == 1  # nobody else's connection was touched

    asyncio.run(body())


def test_a_unit_for_which_the_gateway_speaks_is_down_alone() -> None:
    async def body() -> None:
        async with plant(1) as made:
            made.gateway.units[2].mode = "refused"
            readings = await made.drivers[2].poll()
            assert set(readings.status.tolist()) == {Status.BAD_NO_COMMUNICATION}
            await made.drivers[2].poll()
            assert made.state(2) is LinkState.DOWN
            assert "unit 2 at 127.0.0.1" in made.drivers[2].link().last_error.en
            [result] = await made.drivers[2].write([Write(TAGS.handle("U2.0"), 1.0, "x")])
            assert result.status == Status.BAD_NO_COMMUNICATION
            assert made.gateway.units[2].written == []
            for unit in (1, 3):
                assert (await made.drivers[unit].poll()).status.tolist() == [0] * len(PER_UNIT)
                assert made.state(unit) is LinkState.UP
            made.gateway.units[2].mode = "ok"
            await until(lambda: made.state(2) is LinkState.UP)
            assert (await made.drivers[2].poll()).status.tolist() == [0] * len(PER_UNIT)

    asyncio.run(body())


def test_a_slow_unit_does_not_slow_the_others_down_to_its_pace() -> None:
    async def body() -> None:
        async with plant(1) as made:
            slow = made.gateway.units[2]
            slow.mode, slow.delay_s, slow.requests = "slow", 0.1, 0
            slow_polls = 0

            async def poll_the_slow_one() -> None:
                nonlocal slow_polls
                while True:
                    assert (await made.drivers[2].poll()).status.tolist() == [0] * len(PER_UNIT)
                    slow_polls += 1

            async with in_background(poll_the_slow_one()):
                both = await asyncio.gather(*(made.polls(u, lambda: slow.requests >= 8) for u in (1, 3)))
            assert slow_polls >= 2
            for polls, _ in both:
                assert polls >= 5 * slow_polls
            assert {made.state(u) for u in UNITS} == {LinkState.UP}

    asyncio.run(body())


def test_a_write_reaches_its_unit_while_a_neighbour_is_dead() -> None:
    async def body() -> None:
        async with plant(1) as made:
            made.gateway.units[2].mode = "dead"
            async with in_background(made.keep_polling(2)):
                await until(lambda: made.gateway.units[2].requests > 1)
                [result] = await made.drivers[1].write([Write(TAGS.handle("U1.0"), 7.0, "x")])
            assert made.gateway.units[1].written == [bytes((16, 0, 0, 0, 1, 2, 0, 7))]
            # the fake's registers are counters, so that the readback differs
            assert (result.status, "instead of" in result.message.en) == (Status.BAD_OUT_OF_RANGE, True)
            assert made.gateway.units[3].written == []

    asyncio.run(body())
