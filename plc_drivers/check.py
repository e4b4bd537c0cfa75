"""Checks devices, addresses and options of tags before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from line.devices import Device, ModbusDevice, OpcUaDevice
from line.tags import CALC_DEVICE, ENGINE_DEVICE, TagDef, TagTable
from plc_drivers.modbus import check as modbus
from plc_drivers.modbus.check import DeviceFinding, Finding
from plc_drivers.opcua import check as opcua

__all__ = ["DeviceFinding", "Finding", "check_addresses", "check_devices"]


def check_devices(devices: Mapping[str, Device]) -> list[DeviceFinding]:
    """Every fault of the devices that their keys alone do not show: what does not go together, in one device or on one line."""
    return modbus.check_devices({name: config for name, config in devices.items() if isinstance(config, ModbusDevice)})


def check_addresses(tags: TagTable, devices: Mapping[str, Device], file: str) -> list[Finding]:
    """Every fault in the addresses and options of ``tags``, in their order; ``file`` is named in the remedies."""
    findings: list[Finding] = []
    for device, config in devices.items():
        own = tags.of_device(device)
        if isinstance(config, ModbusDevice):
            findings += modbus.check_tags(device, config, own, file)
        elif isinstance(config, OpcUaDevice):
            findings += opcua.check_tags(own, file)
    for device in (CALC_DEVICE, ENGINE_DEVICE):
        findings += _not_read(device, tags.of_device(device))
    order = {tag.name: tag.handle for tag in tags}
    return sorted(findings, key=lambda finding: order[finding[0]])


def _not_read(device: str, tags: Iterable[TagDef]) -> list[Finding]:
    """Tags that no driver reads have neither poll group nor options."""
    findings: list[Finding] = []
    for tag in tags:
        if tag.poll_every != 1:
            findings.append((tag.name, f"a tag of {device} is set in every scan", "Empty the column poll"))
        if tag.options:
            findings.append((tag.name, f"a tag of {device} has no options", "Empty the column options"))
    return findings
