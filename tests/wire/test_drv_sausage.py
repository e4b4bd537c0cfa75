"""Both network drivers on the simulated sausage line: every tag Good and equal to what the in-memory driver reads."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np

from line.clock import SystemClock
from line.devices import ModbusDevice, OpcUaDevice
from line.documents import Text
from line.driver import Driver, DriverContext
from line.image import Readings
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagTable, parse_tags_csv
from plc_drivers.build import DriverFactory
from plc_drivers.memory import MemoryDriver
from simulators.runner import SimServers
from simulators.sausage import SimLine
from tests.waiting import eventually

NAME = Text(ru="ПЛК", en="PLC")
FILE = Path(__file__).parents[2] / "lines" / "sausage" / "tags.csv"


def same(network: Readings, memory: Readings) -> bool:
    """Equal status, and equal values up to float32 rounding; NaN equals NaN."""
    usable = memory.status < 0x80000000
    close = np.isclose(network.values, memory.values, rtol=1e-6, atol=1e-6) | ~usable
    return bool((network.status == memory.status).all() and close.all())


async def check(tags: TagTable, servers: SimServers, drivers: dict[str, Driver], shadows: dict[str, MemoryDriver]) -> None:
    for device, driver in drivers.items():

        async def equal(driver: Driver = driver, device: str = device) -> bool:
            # the plant moves on between the two readings, so that equality is a matter of catching it between two cycles
            return same(await driver.poll(), shadows[device].poll_now())

        async def up(driver: Driver = driver) -> bool:
            return driver.link().state is LinkState.UP

        await eventually(up)
        await eventually(equal)
    unit_tags = {"plc1": ("C201.SP_Knife", 2750.5), "plc2": ("S401.SP_Temp", 74.3)}
    for device, (name, value) in unit_tags.items():
        [result] = await drivers[device].write([Write(tags.handle(name), value, "x")])
        assert (result.status, result.message.en) == (0, "")
        plc = servers.line.plcs[device]
        assert abs(plc.values[plc.index(name)] - value) < 1e-3


async def check_link_drop(servers: SimServers, driver: Driver) -> None:
    """The fault as the demo injects it: Uncertain at once, and back without a restart."""
    servers.line.inject("link_drop", driver.device)

    async def down() -> bool:
        return driver.link().state is LinkState.DOWN

    async def good() -> bool:
        return driver.link().state is LinkState.UP and bool(((await driver.poll()).status == 0).all())

    await eventually(down)
    readings = await driver.poll()
    assert set(readings.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE}
    servers.line.clear("link_drop", driver.device)
    await eventually(good)


def test_the_sausage_line_over_both_protocols(tmp_path: Path) -> None:
    async def body(folder: Path) -> None:
        tags, problems = parse_tags_csv(FILE.read_text(encoding="utf-8"), "tags.csv", ["plc1", "plc2"])
        assert problems == []
        clock = SystemClock()
        servers = SimServers(SimLine(seed=1), clock, modbus_port=0, opcua_port=0, control_port=0)
        await servers.start()
        modbus = ModbusDevice(driver="modbus", name=NAME, port=servers.ports.modbus)
        opcua = OpcUaDevice(
            driver="opcua", name=NAME, url=f"opc.tcp://127.0.0.1:{servers.ports.opcua}/potok/plc2",
            namespace="urn:potok:sim:plc2", publishing_ms=50,
            security_policy="none",
        )  # fmt: skip
        factory = DriverFactory(DriverContext(clock, 250, folder / "pki", folder))
        drivers = {"plc1": factory.make("plc1", modbus, tags), "plc2": factory.make("plc2", opcua, tags)}
        shadows = {d: MemoryDriver(d, tags, servers.line.plcs[d], clock) for d in drivers}
        try:
            for device, driver in drivers.items():
                shadows[device].open_now()
                await driver.open()
            await check(tags, servers, drivers, shadows)
            for driver in drivers.values():
                await check_link_drop(servers, driver)
        finally:
            for driver in drivers.values():
                await driver.close()
            await servers.stop()

    asyncio.run(body(tmp_path))
