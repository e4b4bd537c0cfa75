"""A value that cannot be decoded is Bad for itself only, wherever it comes: look-up, poll, readback, notification."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import AsyncIterator, Callable

import pytest
from asyncua import ua

from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagTable
from plc_drivers.opcua import driver as driver_module
from plc_drivers.opcua.driver import OpcUaDriver
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually
from tests.wire.opcua_kit import CONTEXT, OpcUaServer, Relay, device, opened, run, serving, state

pytestmark = pytest.mark.usefixtures("standard_nodes")

V = ua.VariantType
COUNT, CULPRIT = 20, 13
TAGS = TagTable(tag(f"T{i}", i, device="plc2", address=f"s=T{i}", lo=-1e9, hi=1e9) for i in range(COUNT))
POISON = 12345.678


def bodiless(data: bytes) -> bytes:
    """The one value becomes a structure that cannot be decoded, of the same length."""
    return data.replace(b"\x0b" + struct.pack("<d", POISON), bytes.fromhex("16 02 0000 76030000 00"))


def poisoned(data: bytes) -> bytes:
    """The one value gets a type that does not exist, so that nobody can tell where it ends."""
    value = struct.pack("<d", POISON)
    return data.replace(b"\x0b" + value, b"\x3f" + value)


class Plant(OpcUaServer):
    async def fill(self) -> None:
        for i in range(COUNT):
            await self.add(f"T{i}", ua.Variant(float(i), V.Double))


@contextlib.asynccontextmanager
async def relayed(
    culprit: float = CULPRIT, change: Callable[[bytes], bytes] = poisoned, **keys: object
) -> AsyncIterator[tuple[Plant, OpcUaDriver]]:
    """A plant and a driver, and the relay between that makes one value unreadable."""
    async with serving(Plant(free_port())) as plant:
        relay = Relay(free_port(), plant.port)
        relay.rewrite = change
        await relay.start()
        try:
            await plant.set(f"T{CULPRIT}", ua.Variant(float(culprit), V.Double))
            async with opened(OpcUaDriver("plc2", device(relay.port, timeout_ms=2000, **keys), TAGS, CONTEXT)) as driver:
                await state(driver, LinkState.UP)
                yield plant, driver
        finally:
            await relay.stop()


async def shows(driver: OpcUaDriver, at: int, value: float) -> None:
    async def reached() -> bool:
        readings = await driver.poll()
        return bool(readings.values[at] == value and readings.status[at] == 0)

    await eventually(reached, what=f"Good {value} of T{at}")


async def only_the_culprit_is_bad(driver: OpcUaDriver) -> None:
    async def reached() -> bool:
        return bool((await driver.poll()).status[CULPRIT] == Status.BAD_DECODING_ERROR)

    await eventually(reached, what="BadDecodingError")
    status = (await driver.poll()).status.tolist()
    assert [i for i, code in enumerate(status) if code] == [CULPRIT]
    assert f"the value cannot be decoded: T{CULPRIT}" in driver.link().last_error.en


@pytest.mark.parametrize("mode", ["auto", "poll", "subscribe"])
def test_at_the_look_up(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(driver_module, "LOOK_UP_AGAIN_S", 0.2)

    async def body() -> None:
        async with relayed(culprit=POISON, mode=mode) as (plant, driver):
            await only_the_culprit_is_bad(driver)
            await plant.set("T3", ua.Variant(30.0, V.Double))
            await shows(driver, 3, 30.0)
            await plant.set(f"T{CULPRIT}", ua.Variant(1.5, V.Double))
            await shows(driver, CULPRIT, 1.5)  # looked up again
            await plant.set(f"T{CULPRIT}", ua.Variant(2.5, V.Double))
            await shows(driver, CULPRIT, 2.5)
            assert "cannot be decoded" not in driver.link().last_error.en
            assert driver.link().reconnects == 0

    run(body)


@pytest.mark.parametrize("mode", ["poll", "auto"])
def test_while_the_link_is_up(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(driver_module, "LOOK_UP_AGAIN_S", 0.2)

    async def body() -> None:
        async with relayed(mode=mode) as (plant, driver):
            await shows(driver, CULPRIT, float(CULPRIT))
            await plant.set(f"T{CULPRIT}", ua.Variant(POISON, V.Double))
            await only_the_culprit_is_bad(driver)
            for i in (CULPRIT - 1, CULPRIT + 1):
                await plant.set(f"T{i}", ua.Variant(100.0 + i, V.Double))
                await shows(driver, i, 100.0 + i)
            assert driver.link().gaps == (mode == "auto")  # what else the message brought cannot be told
            await plant.set(f"T{CULPRIT}", ua.Variant(2.5, V.Double))
            await shows(driver, CULPRIT, 2.5)
            assert (driver.link().state, driver.link().reconnects) == (LinkState.UP, 0)

    run(body)


def test_at_the_readback() -> None:
    async def body() -> None:
        async with relayed(mode="poll") as (plant, driver):
            results = await driver.write([Write(1, 7.0, "a"), Write(CULPRIT, POISON, "b"), Write(2, 8.0, "c")])
            assert [r.status for r in results] == [0, Status.BAD_DECODING_ERROR, 0]
            assert "written, but the readback is BadDecodingError" in results[1].message.en
            assert await plant.held(f"T{CULPRIT}") == POISON

    run(body)


def test_a_value_that_ends_where_it_says_costs_no_gap() -> None:
    """A structure of the standard (Range) without a body: known to the library, which raises."""

    async def body() -> None:
        async with relayed(change=bodiless) as (plant, driver):
            await plant.set(f"T{CULPRIT}", ua.Variant(POISON, V.Double))
            await plant.set("T14", ua.Variant(140.0, V.Double))
            await shows(driver, 14, 140.0)
            await only_the_culprit_is_bad(driver)
            await plant.set(f"T{CULPRIT}", ua.Variant(2.5, V.Double))
            await shows(driver, CULPRIT, 2.5)
            link = driver.link()
            assert (link.gaps, link.reconnects, link.last_error.en) == (0, 0, "")

    run(body)
