"""Makes the driver that a device of ``line.yaml`` names."""

from __future__ import annotations

from collections.abc import Callable

from line.devices import Device, ModbusDevice, OpcUaDevice
from line.documents import Text
from line.driver import Driver, DriverContext
from line.tags import TagTable
from plc_drivers.modbus.driver import ModbusDriver
from plc_drivers.modbus.pool import ChannelPool
from plc_drivers.modbus.port import UnitPort
from plc_drivers.opcua.driver import OpcUaDriver
from plc_drivers.plugins import make_driver


class DriverFactory:
    """Makes the drivers of one engine; those of one gateway or serial line share a channel."""

    def __init__(self, context: DriverContext) -> None:
        self._context = context
        self._channels = ChannelPool()

    def make(self, device: str, config: Device, tags: TagTable) -> Driver:
        """The driver for ``device``; it connects when it is opened. Raises ValueError for a driver of another package that does
        not make one."""
        if isinstance(config, ModbusDevice):
            return self._modbus(device, config, tags)
        if isinstance(config, OpcUaDevice):
            return OpcUaDriver(device, config, tags, self._context)
        return make_driver(device, config, tags, self._context)

    def _modbus(self, device: str, config: ModbusDevice, tags: TagTable) -> ModbusDriver:
        def port_of(on_lost: Callable[[Text], None]) -> UnitPort:
            return self._channels.port(config, self._context.folder, self._context.clock, on_lost)

        return ModbusDriver(device, config, tags, self._context, port_of)
