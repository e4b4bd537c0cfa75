"""Which devices share a channel, and the channels themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from line.clock import Clock
from line.devices import Device, ModbusDevice
from line.documents import Text
from plc_drivers.modbus.channel import Channel, Wire
from plc_drivers.modbus.mbap_channel import MbapChannel
from plc_drivers.modbus.port import UnitPort
from plc_drivers.modbus.rtu_channel import BROADCAST, OVER_TCP, LineTiming, RtuChannel
from plc_drivers.modbus.serial_line import SerialWire, bits_per_character
from plc_drivers.modbus.tls import TlsWire
from plc_drivers.modbus.transports import TcpWire

Endpoint = tuple[object, ...]


class ChannelPool:
    """The channels of one engine. Devices of the same endpoint share one, unless they ask for a connection of their own."""

    def __init__(self) -> None:
        self._channels: dict[Endpoint, Channel] = {}

    def port(self, config: ModbusDevice, folder: Path, clock: Clock, on_lost: Callable[[Text], None]) -> UnitPort:
        """The port of the device; relative file names start from ``folder``. Nothing is opened before its connect()."""
        if config.connection == "own":
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


def channel_conflicts(devices: Mapping[str, Device]) -> list[tuple[str, str, str]]:
    """Devices that cannot be on the channel that their configuration puts them on: device, what is wrong, what to do about it."""
    found: list[tuple[str, str, str]] = []
    first_of: dict[Endpoint, str] = {}
    for name, device in devices.items():
        if not isinstance(device, ModbusDevice):
            continue
        place = device.serial.port if device.serial else f"{device.host}:{device.tcp_port}"
        if device.transport in ("rtu", "rtu_over_tcp") and device.unit_id == BROADCAST:
            found.append((name, "unit_id 0 is the broadcast address of a serial line, which nobody answers", "Write 1 to 247"))
        first = first_of.setdefault(endpoint(device), name)
        other = devices[first]
        if first == name or not isinstance(other, ModbusDevice):
            continue
        if device.transport != other.transport:
            message = f"transport {device.transport} at {place}, where {first} has {other.transport}"
            found.append((name, message, "Write the same transport for both, or correct the port"))
        elif device.serial is not None and "own" in (device.connection, other.connection):
            message = f"the serial port {place} is shared with {first}, and a port has one connection only"
            found.append((name, message, "Remove connection: own from both"))
        elif device.connection == "own" or other.connection == "own":
            continue
        elif device.serial != other.serial:
            message = f"the settings of the serial port {place} differ from those of {first}"
            found.append((name, message, "Write the same baud_rate, parity, stop_bits and data_bits for both"))
        elif device.tls != other.tls:
            message = f"the certificates for {place} differ from those of {first}"
            found.append((name, message, "Write the same tls keys for both, or connection: own"))
    return found
