"""What ``potok check`` says about Modbus devices and their tags before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from line.devices import ModbusDevice
from line.tags import TagDef, TagKind
from plc_drivers.modbus.address import ModbusAddress, parse_address
from plc_drivers.modbus.options import read_options
from plc_drivers.modbus.planner import PlanCosts, Span, parse_forbidden

Finding = tuple[str, str, str]
"""Tag name, what is wrong, what to do about it."""

DeviceFinding = tuple[str, str, str, str]
"""Device, its key in ``line.yaml``, what is wrong, what to do about it."""

LAST_SERIAL_UNIT: Final = 247
"""MODBUS over Serial Line V1.02 §2.2: 0 is broadcast, 248 to 255 are reserved."""

_SERIAL: Final = ("rtu", "rtu_over_tcp")


def costs_without_faults(config: ModbusDevice) -> PlanCosts:
    """What the planner goes by; forbidden ranges that are none are left out (they are faults of the device)."""
    forbidden: list[Span] = []
    for text in config.forbidden:
        try:
            forbidden.append(parse_forbidden(text))
        except ValueError:
            continue
    return PlanCosts(config.cost_of_request, config.max_registers, config.max_bits, tuple(forbidden))


def check_tags(device: str, config: ModbusDevice, tags: Iterable[TagDef], file: str) -> list[Finding]:
    """Every fault in the addresses and options of the tags of one device; ``file`` is named in the remedies."""
    findings: list[Finding] = []
    placed: list[tuple[ModbusAddress, TagDef]] = []
    costs = costs_without_faults(config)
    for tag in tags:
        try:
            address = parse_address(tag.address)
        except ValueError as error:
            findings.append((tag.name, str(error), f"Correct the column address in {file}"))
            continue
        placed.append((address, tag))
        findings += [(tag.name, message, remedy) for message, remedy in _point_faults(address, tag)]
        findings += [(tag.name, f.message, f.remedy) for f in read_options(tag.options, address)[1]]
        if fault := costs.fault(Span(address.table, address.start, address.count)):
            keys = "max_bits" if address.type == "" and address.bit is None else "max_registers"
            findings.append((tag.name, fault, f"Correct the address, or the keys forbidden and {keys} of {device} in line.yaml"))
    return findings + _overlaps(placed)


def _point_faults(address: ModbusAddress, tag: TagDef) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    layout = address.layout
    if tag.writable and not address.writable:
        message = f"the tag is writable, but {address.table} is a read-only table"
        faults.append((message, "Use hr or co, or empty the column writable"))
    if tag.kind is TagKind.STRING and not address.is_text:
        faults.append((f"the kind is string, but {address} is no text", "Use the type string<bytes>, e.g. hr:100:string20"))
    elif address.is_text and tag.kind is not TagKind.STRING:
        faults.append((f"{address} is a text, but the kind is {tag.kind}", "Use the kind string, or a type that is a number"))
    if (layout is None or address.is_text) and (tag.scale != 1.0 or tag.offset != 0.0):
        what = "a text" if address.is_text else "a single bit"
        faults.append((f"{what} cannot be scaled", "Empty the columns scale and offset"))
    if layout is None and tag.kind is TagKind.FLOAT:
        faults.append((f"{address} is one bit, but the kind is float", "Use the kind bool, or name a register type"))
    if layout is not None and layout.is_float and tag.kind is TagKind.BOOL:
        faults.append((f"{address} is a float, but the kind is bool", "Use co, di, a bit of a register, or uint16"))
    return faults


def _overlaps(placed: Iterable[tuple[ModbusAddress, TagDef]]) -> list[Finding]:
    """Registers read as two different things. Two tags on the same whole value, or bits of one register, are in order."""
    findings: list[Finding] = []
    widest: tuple[ModbusAddress, TagDef] | None = None  # the item so far that reaches farthest
    for address, tag in sorted((p for p in placed if p[0].type), key=lambda p: (p[0].table, p[0].start, p[1].handle)):
        if widest is not None and widest[0].table is address.table:
            held, holder = widest
            same_place = (held.start, held.type) == (address.start, address.type)
            if address.start < held.start + held.count and not same_place:
                message = f"{address} overlaps {held} of {holder.name}"
                findings.append((tag.name, message, "Correct one of the two addresses or types"))
            if address.start + address.count < held.start + held.count:
                continue
        widest = (address, tag)
    return findings


def check_devices(devices: Mapping[str, ModbusDevice]) -> list[DeviceFinding]:
    """Faults of the devices themselves, and of those that share a connection or a serial line."""
    findings: list[DeviceFinding] = []
    channels: dict[str, list[tuple[str, ModbusDevice]]] = {}
    for name, config in devices.items():
        findings += _own_faults(name, config)
        others = channels.setdefault(channel_of(config), [])
        findings += _beside(name, config, others)
        others.append((name, config))
    return findings


def channel_of(config: ModbusDevice) -> str:
    """What the requests of a device travel over, as people know it: the serial port, or host and port."""
    return config.serial.port if config.serial is not None else f"{config.host.lower()}:{config.tcp_port}"


def _own_faults(name: str, config: ModbusDevice) -> list[DeviceFinding]:
    findings: list[DeviceFinding] = []
    for text in config.forbidden:
        try:
            parse_forbidden(text)
        except ValueError as error:
            findings.append((name, "forbidden", str(error), "Name tables and addresses from 0, e.g. hr:200-299"))
    if config.transport in _SERIAL and config.unit_id == 0:
        message = "unit 0 is the broadcast address: nobody answers, so nothing can be read"
        findings.append((name, "unit_id", message, f"Write the address of the device, 1 to {LAST_SERIAL_UNIT}"))
    elif config.transport in _SERIAL and config.unit_id > LAST_SERIAL_UNIT:
        message = f"unit {config.unit_id} is reserved on a serial line"
        findings.append((name, "unit_id", message, f"Write the address of the device, 1 to {LAST_SERIAL_UNIT}"))
    return findings


def _beside(name: str, config: ModbusDevice, others: Sequence[tuple[str, ModbusDevice]]) -> list[DeviceFinding]:
    """What does not fit the devices that were named before and use the same channel."""
    channel = channel_of(config)
    for other, before in others:
        if before.transport != config.transport:
            message = f"{channel} is {before.transport} for {other}, but {config.transport} here"
            return [(name, "transport", message, "Give both the same transport, or another address")]
        if before.unit_id == config.unit_id:
            message = f"unit {config.unit_id} of {channel} is {other} already: two writers to one device"
            return [(name, "unit_id", message, "Correct unit_id or the address, or give the tags to one of the two")]
    on_a_line = config.serial is not None  # which is one, whatever the key connection says
    shared = next(((o, b) for o, b in others if on_a_line or b.connection == config.connection == "shared"), None)
    if shared is None:
        return []
    other, before = shared
    if before.serial != config.serial:
        message = f"{channel} has other serial settings than {other}, which uses the same line"
        return [(name, "serial", message, "Give all devices of a serial line the same settings")]
    if before.in_flight != config.in_flight:
        message = f"in_flight is {config.in_flight}, but {before.in_flight} for {other} on the same connection"
        return [(name, "in_flight", message, "Give both the same number, or one of them connection: own")]
    if before.tls != config.tls:
        message = f"{channel} has other certificates than {other}, which uses the same connection"
        return [(name, "tls", message, "Give both the same certificates, or one of them connection: own")]
    return []
