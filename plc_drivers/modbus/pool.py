"""Which devices share a channel, and the channels themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from line.clock import Clock
from line.devices import ModbusDevice
from line.documents import Text
from plc_drivers.modbus.channel import Channel, Wire
from plc_drivers.modbus.mbap_channel import MbapChannel
from plc_drivers.modbus.port import UnitPort
from plc_drivers.modbus.rtu_channel import OVER_TCP, LineTiming, RtuChannel
from plc_drivers.modbus.serial_line import SerialWire, bits_per_character
from plc_drivers.modbus.tls import TlsWire
from plc_drivers.modbus.transports import TcpWire

Endpoint = tuple[object, ...]


class ChannelPool:
    """The channels of one engine. Devices of the same endpoint share one, unless they ask for a connection of their own; a serial
    port is always shared, since it can be opened only once. What cannot share is found by ``check_devices`` before the start."""

    def __init__(self) -> None:
        self._channels: dict[Endpoint, Channel] = {}

    def port(self, config: ModbusDevice, folder: Path, clock: Clock, on_lost: Callable[[Text], None]) -> UnitPort:
        """The port of the device; relative file names start from ``folder``. Nothing is opened before its connect()."""
        if config.connection == "own" and config.serial is None:
            return new_channel(config, folder, clock).port(config.unit_id, config.in_flight, on_lost)
        key = endpoint(config)
        if key not in self._channels:
            self._channels[key] = new_channel(config, folder, clock)
        return self._channels[key].port(config.unit_id, config.in_flight, on_lost)


def endpoint(config: ModbusDevice) -> Endpoint:
    """What devices that share a channel have in common: the serial port, or host and TCP port."""
    if config.serial is not None:
        return (config.serial.port,)
    return config.host.lower(), config.tcp_port


def new_channel(config: ModbusDevice, folder: Path, clock: Clock) -> Channel:
    """A channel to the endpoint of ``config``."""
    if config.serial is not None:
        timing = LineTiming.of_serial(config.serial.baud_rate, bits_per_character(config.serial))
        return RtuChannel(SerialWire(config.serial), clock, timing)
    wire: Wire = TcpWire(config.host, config.tcp_port)
    if config.transport == "rtu_over_tcp":
        return RtuChannel(wire, clock, OVER_TCP)
    if config.tls is not None:
        wire = TlsWire(config.host, config.tcp_port, config.tls, folder, clock)
    return MbapChannel(wire, clock)
