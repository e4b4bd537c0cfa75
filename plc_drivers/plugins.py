"""Drivers that other packages bring, by the entry point group ``potok.drivers``. What such a package does wrong is told in its
name; it never takes the check of a line down with it."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Final, cast

from line.devices import Device, OtherDevice
from line.driver import Driver, DriverContext, DriverFinding, DriverKind
from line.tags import TagDef, TagTable

log = logging.getLogger(__name__)

GROUP: Final = "potok.drivers"
BUILT_IN: Final = ("modbus", "opcua")
"""Names that no other package can take: ``line.yaml`` means these drivers by them."""

_DRIVER_METHODS: Final = ("link", "open", "poll", "write", "close")


class PluginError(ValueError):
    """Why a driver of another package cannot be used, and what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


def installed() -> dict[str, list[EntryPoint]]:
    """The names that packages offer; more than one entry is a clash of two packages."""
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in BUILT_IN:
            log.warning("%s offers a driver '%s': that name is Potok's own, so it is not used", _package(entry), entry.name)
        elif entry not in found.setdefault(entry.name, []):
            found[entry.name].append(entry)
    return found


def driver_names() -> list[str]:
    """Every name that ``driver:`` of ``line.yaml`` may have on this machine."""
    return [*BUILT_IN, *sorted(installed())]


def load_kind(name: str) -> DriverKind:
    """The driver of this name. Raises :class:`PluginError`."""
    entries = installed().get(name, [])
    if not entries:
        known = ", ".join(driver_names())
        raise PluginError(f"there is no driver '{name}'", f"Use one of {known}, or install the package that brings it")
    if len(entries) > 1:
        packages = " and ".join(sorted(_package(e) for e in entries))
        raise PluginError(f"the driver '{name}' is offered by {packages}", "Uninstall one of them")
    (entry,) = entries
    try:
        offered: object = entry.load()
        if inspect.isclass(offered):
            offered = cast(type[object], offered)()
    except Exception as error:  # whatever a package does while it is imported
        raise PluginError(
            f"the driver '{name}' of {_package(entry)} cannot be loaded: {_said(error)}", "Repair or update that package"
        ) from error
    if not all(callable(getattr(offered, method, None)) for method in ("check", "make")):
        raise PluginError(
            f"'{entry.value}' of {_package(entry)} is no driver: it lacks check and make", "Repair or update that package"
        )
    return cast(DriverKind, offered)


def check_plugins(devices: Mapping[str, Device], tags: TagTable) -> list[tuple[str, DriverFinding]]:
    """Every fault that the drivers of other packages find, with the name of the device."""
    others = {name: config for name, config in devices.items() if isinstance(config, OtherDevice)}
    return [(name, finding) for name, config in others.items() for finding in _check_one(name, config, tags.of_device(name))]


def _check_one(device: str, config: OtherDevice, tags: Sequence[TagDef]) -> Sequence[DriverFinding]:
    try:
        kind = load_kind(config.driver)
    except PluginError as error:
        return [DriverFinding(str(error), error.remedy, key="driver")]
    broken = f"the driver '{config.driver}' cannot check the device"
    try:
        findings: object = kind.check(device, config.settings, tags)
    except Exception as error:  # a defect of another package is a finding, not the end of the check
        return [DriverFinding(f"{broken}: {_said(error)}", "Repair or update its package", key="driver")]
    listed = list(cast(Sequence[object], findings)) if isinstance(findings, Sequence) else [findings]
    if not all(isinstance(f, DriverFinding) for f in listed):
        return [DriverFinding(f"{broken}: it answered {str(findings)[:80]!r}", "Repair or update its package", key="driver")]
    return cast(list[DriverFinding], listed)


def make_driver(device: str, config: OtherDevice, tags: TagTable, context: DriverContext) -> Driver:
    """The driver of one device. Raises ValueError that names the driver when its package does not make one."""
    kind = load_kind(config.driver)
    try:
        driver: object = kind.make(device, config.settings, tags.of_device(device), context)
    except Exception as error:  # whatever a package does: the engine tells it as one line and does not start
        raise ValueError(f"the driver '{config.driver}' of {device} cannot be made: {_said(error)}") from error
    missing = [m for m in _DRIVER_METHODS if not callable(getattr(driver, m, None))]
    if missing or getattr(driver, "device", None) != device:
        lacks = ", ".join(missing) or "the name of its device"
        raise ValueError(f"what the driver '{config.driver}' made for {device} is no driver: it lacks {lacks}")
    return cast(Driver, driver)


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
