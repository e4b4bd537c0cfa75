"""Makes the driver that a device of ``line.yaml`` names."""

from __future__ import annotations

from line.devices import Device, ModbusDevice, OpcUaDevice
from line.driver import Driver, DriverContext
from line.tags import TagTable
from plc_drivers.modbus.driver import ModbusDriver
from plc_drivers.opcua.driver import OpcUaDriver


class DriverFactory:
    """Makes the drivers of one engine; those of one gateway or serial line share a channel."""

    def __init__(self, context: DriverContext) -> None:
        self._context = context

    def make(self, device: str, config: Device, tags: TagTable) -> Driver:
        """The driver for ``device``; it connects when it is opened."""
        if isinstance(config, ModbusDevice):
            return ModbusDriver(device, config, tags, self._context.clock)
        if isinstance(config, OpcUaDevice):
            return OpcUaDriver(device, config, tags, self._context)
        raise ValueError(f"there is no driver '{config.driver}'")
