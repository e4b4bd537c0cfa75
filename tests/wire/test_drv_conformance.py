"""The network drivers are held to the contract of every driver, against real servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from line.clock import SystemClock
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.tags import TagKind, TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from simulators.fault_proxy import FaultProxy
from tests.builders import tag
from tests.driver_conformance import Subject, check_driver
from tests.ports import free_port
from tests.wire import test_drv_modbus as modbus
from tests.wire import test_drv_opcua as opcua
from tests.wire.opcua_kit import client_tasks


def test_the_modbus_driver_keeps_the_contract() -> None:
    async def main() -> None:
        port = free_port()
        tags = TagTable([*modbus.TAGS, tag("Other", len(modbus.TAGS), device="plc9", address="hr:0:uint16", writable=True)])
        running = [modbus.pymodbus_server(port, modbus.Action())]
        await running[0].__aenter__()

        async def cut() -> None:
            await running.pop().__aexit__(None, None, None)

        async def restore() -> None:
            running.append(modbus.pymodbus_server(port, modbus.Action()))
            await running[0].__aenter__()

        driver = modbus.made(modbus.config(port), tags)
        writable = (tags.handle("E"), 11.0, 12.0)
        try:
            await check_driver(
                Subject(driver, tags.of_device("plc1"), cut, restore, writable, tags.handle("Other"), client_tasks)
            )
        finally:
            for server in running:
                await server.__aexit__(None, None, None)

    asyncio.run(main())


@pytest.mark.usefixtures("standard_nodes")
def test_the_opcua_driver_keeps_the_contract() -> None:
    names = ("Temp", "Number", "Setpoint", "Running", "Product")
    tags = TagTable(
        [
            *(
                tag(n, i, device="plc2", kind=opcua.NODES[n][0], address=f"s={n}", lo=-1e9, hi=1e9, writable=n == "Setpoint")
                for i, n in enumerate(names)
            ),
            tag("Other", len(names), device="plc9", kind=TagKind.FLOAT, address="s=Temp", writable=True),
        ]
    )

    async def main() -> None:
        plc = opcua.Plc(free_port())
        await plc.start()
        proxy = FaultProxy(int(plc.url.split(":")[2].split("/")[0]), SystemClock())
        await proxy.start()

        async def cut() -> None:
            proxy.cut_off()

        config = OpcUaDevice(
            driver="opcua", name=Text(ru="ПЛК", en="PLC"), url=f"opc.tcp://127.0.0.1:{proxy.port}/potok",
            namespace=opcua.NAMESPACE, timeout_ms=500, publishing_ms=50, security_policy="none",
        )  # fmt: skip
        driver = OpcUaDriver("plc2", config, tags, DriverContext(SystemClock(), 100, Path("pki"), Path()))
        try:
            await check_driver(
                Subject(driver, tags.of_device("plc2"), cut, proxy.clear, (2, 11.0, 12.5), len(names), client_tasks)
            )
        finally:
            await proxy.stop()
            await plc.stop()

    asyncio.run(main())
