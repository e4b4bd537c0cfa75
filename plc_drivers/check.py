"""Checks the addresses and options of tags before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from line.devices import Device, ModbusDevice, OpcUaDevice
from line.tags import TagDef, TagKind, TagTable
from plc_drivers.modbus.codec import REGISTER_TYPES, ModbusAddress, parse_address
from plc_drivers.opcua.codec import NodeAddress, parse_node

Finding = tuple[str, str, str]
"""Tag name, what is wrong, what to do about it."""


def check_addresses(tags: TagTable, devices: Mapping[str, Device], file: str) -> list[Finding]:
    """Every fault in the addresses of ``tags``, in their order; ``file`` is named in the remedies."""
    findings: list[Finding] = []
    for device, config in devices.items():
        own = tags.of_device(device)
        if isinstance(config, ModbusDevice):
            findings += _check_modbus(own, file)
        elif isinstance(config, OpcUaDevice):
            findings += _check_opcua(own, file)
    order = {tag.name: tag.handle for tag in tags}
    return sorted(findings, key=lambda finding: order[finding[0]])


def _check_modbus(tags: Iterable[TagDef], file: str) -> list[Finding]:
    findings: list[Finding] = []
    placed: list[tuple[ModbusAddress, TagDef]] = []
    for tag in tags:
        try:
            address = parse_address(tag.address)
        except ValueError as error:
            findings.append((tag.name, str(error), f"Correct the column address in {file}"))
            continue
        placed.append((address, tag))
        findings += _check_point(address, tag)
    return findings + _overlaps(placed)


def _check_point(address: ModbusAddress, tag: TagDef) -> list[Finding]:
    findings: list[Finding] = []
    if tag.writable and not address.writable:
        findings.append(
            (
                tag.name,
                f"the tag is writable, but {address.table} is a read-only table",
                "Use hr or co, or empty the column writable",
            )
        )
    if tag.kind is TagKind.STRING:
        findings.append((tag.name, "texts cannot be read over Modbus", "Use another kind, or an OPC UA device"))
    if not address.type and (tag.scale != 1.0 or tag.offset != 0.0):
        findings.append((tag.name, "a single bit cannot be scaled", "Empty the columns scale and offset"))
    if not address.type and tag.kind is TagKind.FLOAT:
        findings.append((tag.name, f"{address} is one bit, but the kind is float", "Use the kind bool, or name a register type"))
    layout = REGISTER_TYPES.get(address.type)
    if layout is not None and layout.is_float and tag.kind is TagKind.BOOL:
        findings.append((tag.name, f"{address} is a float, but the kind is bool", "Use co, di, a bit of a register, or uint16"))
    return findings


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


def _check_opcua(tags: Iterable[TagDef], file: str) -> list[Finding]:
    findings: list[Finding] = []
    seen: dict[NodeAddress, str] = {}
    for tag in tags:
        try:
            address = parse_node(tag.address)
        except ValueError as error:
            findings.append((tag.name, str(error), f"Correct the column address in {file}"))
            continue
        if address in seen:
            findings.append(
                (tag.name, f"the node {tag.address} belongs to {seen[address]} already", "Remove one of the two tags")
            )
        seen.setdefault(address, tag.name)
    return findings
