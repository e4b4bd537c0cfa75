"""Where all parts meet: from a loaded line to a plan of stages, drivers and a recorder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from alarms.calls import CallStage
from alarms.escalation import EscalationStage
from alarms.kpi_stage import AlarmKpiStage
from alarms.stage import AlarmStage
from historian.exception import SampleFilter
from historian.retention import GB, Policy
from historian.writer import JournalWriter
from line.clock import NS_PER_MS, Clock
from line.devices import Device, ModbusDevice, OpcUaDevice
from line.documents import Text
from line.driver import Driver, DriverContext
from line.image import Snapshot
from line.integrals import IntegralStage
from line.messages import Event, JsonObject
from line.scan import ScanPlan
from line.units import UnitsStage
from materials.stage import LotStage
from plc_drivers.build import DriverFactory
from plc_drivers.guard import GuardedDriver
from potok.build_production import production_stages
from potok.linefolder import LoadedLine
from potok.recipe_stock import against_stock
from production.shift import ShiftStage, ShiftTotals
from recipes.library import LibraryStage
from recipes.stage import RecipeStage


def build_plan(line: LoadedLine, pace: float = 1.0) -> ScanPlan:
    """The stages in the order of the scan: integrals, alarms before recipes, units after them, then escalation and figures."""
    model = line.model
    totals = model.file.totals
    phase_states = {u.id: model.tags[u.sts].name for u in model.units.values()}
    shift_totals = ShiftTotals(totals.charged_kg, totals.packed_kg, totals.packs, totals.rejects, phase_states)
    labels = {u.id: Text(ru=f"{u.label} {u.name.ru}", en=f"{u.label} {u.name.en}") for u in model.units.values()}
    gap_ns = model.file.scan_period_ms * NS_PER_MS * model.file.stale_after_scans
    materials = () if line.materials is None else (LotStage(line.materials, model.tags, ZoneInfo(line.time_zone)),)
    stages = (
        IntegralStage(model.integrals, gap_ns),
        AlarmStage(line.alarms),
        LibraryStage(model, line.folder_recipes, line.fingerprint, against_stock(line.materials)),
        RecipeStage(model, line.recipes),
        UnitsStage(model),
        *materials,
        CallStage(line.escalation, tuple(model.units)),
        EscalationStage(line.escalation, line.alarms, model.tags, labels, model.name),
        ShiftStage(shift_totals, model.tags, line.shifts),
        *production_stages(line, pace),
        AlarmKpiStage(line.alarms),
    )
    return ScanPlan(model, stages, pace)


def build_drivers(line: LoadedLine, clock: Clock, endpoints: Mapping[str, str], data: Path) -> dict[str, Driver]:
    """A driver per device of ``line.yaml``; certificates are kept under ``data``.

    ``endpoints`` replaces the address of some (``plc1`` → ``127.0.0.1:5020``).

    Raises ValueError for an endpoint of an unknown device or of a wrong form.
    """
    factory = DriverFactory(DriverContext(clock, line.model.file.scan_period_ms, data / "pki", line.folder))
    tags = line.model.tags
    drivers = {name: factory.make(name, config, tags) for name, config in moved_devices(line, endpoints).items()}
    return {name: GuardedDriver(driver, name, tags.of_device(name), clock) for name, driver in drivers.items()}


def moved_devices(line: LoadedLine, endpoints: Mapping[str, str]) -> dict[str, Device]:
    """The devices of ``line.yaml``, those of ``endpoints`` at another address. Raises ValueError as :func:`build_drivers`."""
    devices = line.model.file.devices
    unknown = set(endpoints) - set(devices)
    if unknown:
        raise ValueError(f"no device {', '.join(sorted(unknown))} in line.yaml; there are {', '.join(devices)}")
    return {name: _moved(config, endpoints[name]) if name in endpoints else config for name, config in devices.items()}


def check_pace(line: LoadedLine, endpoints: Mapping[str, str], pace: float) -> None:
    """A plant that runs faster than real is one of simulators: ValueError while any device is not moved to this computer.

    What is summed over time (lethality) counts ``pace`` seconds for one: of a real plant that would be a lie.
    """
    real = [n for n in line.model.file.devices if not endpoints.get(n, "").removeprefix("opc.tcp://").startswith("127.0.0.1:")]
    if pace != 1.0 and real:
        raise ValueError(f"--pace is for simulators: name the endpoint 127.0.0.1:PORT of {', '.join(real)}")


def _moved(config: Device, endpoint: str) -> Device:
    if isinstance(config, ModbusDevice):
        if config.serial is not None:
            raise ValueError(
                f"a device on the serial port {config.serial.port} has no address to replace; change it in line.yaml"
            )
        host, _, port = endpoint.rpartition(":")
        if not host or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"'{endpoint}' is no endpoint of a Modbus device; write HOST:PORT")
        return config.model_copy(update={"host": host.removeprefix("[").removesuffix("]"), "port": int(port)})
    if not isinstance(config, OpcUaDevice):
        raise ValueError(f"the address of a {config.driver} device cannot be replaced; change it in line.yaml")
    if not endpoint.startswith("opc.tcp://"):
        raise ValueError(f"'{endpoint}' is no endpoint of an OPC UA device; write opc.tcp://HOST:PORT/…")
    return config.model_copy(update={"url": endpoint})


class HistoryRecorder:
    """Hands the engine's history to the writer thread and brings its word that it is durable back into the loop.

    ``on_durable_events`` sees every event once it is on the disk, in order: what panels are told has been stored before.
    """

    def __init__(self, line: LoadedLine, data: Path, clock: Clock) -> None:
        history = line.model.file.history
        limit = None if history.max_gb is None else int(history.max_gb * GB)
        policy = Policy(history.retention_days, limit, int(history.reserve_gb * GB))
        self.writer = JournalWriter(data / "journal.db", data / "samples", clock, retention=policy)
        self.on_durable_events: Callable[[Sequence[Event]], None] = lambda _events: None
        self._filter = SampleFilter(line.model.tags, history.heartbeat_s)
        self._loop = asyncio.get_running_loop()

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        """Queue for one commit; never waits (:class:`line.engine.Recorder`)."""

        def durable() -> None:
            self.on_durable_events(events)
            if on_durable is not None:
                on_durable()

        def from_writer() -> None:
            self._loop.call_soon_threadsafe(durable)

        self.writer.submit_events(events, states, from_writer if events or on_durable else None)

    def sample(self, image: Snapshot) -> None:
        """Queue what of this image is to be stored."""
        block = self._filter.due(image)
        if block is not None and not self.writer.submit_samples(block):
            self._filter.reject(block)
