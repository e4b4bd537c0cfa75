"""Making drivers."""

from __future__ import annotations

from pathlib import Path

from line.clock import ManualClock
from line.devices import ModbusDevice, OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState
from line.tags import TagTable
from plc_drivers.build import DriverFactory
from tests.builders import T0_NS, tag

NAME = Text(ru="ПЛК", en="PLC")
DEVICES: dict[str, ModbusDevice | OpcUaDevice] = {
    "plc1": ModbusDevice(driver="modbus", name=NAME),
    "plc2": OpcUaDevice(driver="opcua", name=NAME, url="opc.tcp://127.0.0.1:4841", namespace="urn:x"),
}


def test_drivers_are_made_closed(tmp_path: Path) -> None:
    factory = DriverFactory(DriverContext(ManualClock(T0_NS), 250, tmp_path / "pki", tmp_path))
    tags = TagTable([tag("A", 0), tag("B", 1, device="plc2", address="s=B")])
    for device, config in DEVICES.items():
        driver = factory.make(device, config, tags)
        assert (driver.device, driver.link().state) == (device, LinkState.CLOSED)
