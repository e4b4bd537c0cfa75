"""``potok shift``: a whole shift on a manual clock, through the same engine code as in the plant, and its report."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from historian.exception import SampleFilter
from historian.writer import JournalWriter
from line.clock import NS_PER_MS, NS_PER_S, ManualClock, SystemClock, perf_counter_ns
from line.engine import Engine, Recorder
from line.image import Readings, Snapshot
from line.messages import Command, CommandKind, Event, EventKind, Json, JsonObject, LinkStatus, Write, WriteResult
from line.scan import Outputs, saved_states
from plc_drivers.memory import MemoryDriver
from potok.build import build_plan
from potok.courier import Courier, EscalationTally
from potok.linefolder import LoadedLine
from potok.operator import Habits, Operator
from potok.recording import LineRecording
from potok.shift_batches import BatchTally
from potok.shift_crew import Crew, Order, minutes_of
from potok.sim import check_simulated
from simulators import build_sausage_line
from simulators.faults import check_fault

START_NS: Final = 1_767_247_200 * NS_PER_S
"""Where every simulated shift begins: 2026-01-01 06:00 UTC."""

_FAULT_MINUTES: Final = 5.0
_OF_BATCH: Final = ("id", "recipe", "version", "state", "product", "size_kg", "started_ns", "ended_ns")


@dataclass(frozen=True)
class PlannedFault:
    """A fault of the plant: from which minute of the shift, for how long, what."""

    minute: float
    name: str
    target: str
    value: float | None = None
    minutes: float = _FAULT_MINUTES


@dataclass(frozen=True)
class ShiftSettings:
    """What to run; the same settings give the same shift, bit for bit."""

    hours: float
    seed: int
    faults: tuple[PlannedFault, ...] = ()
    data: Path | None = None
    record: Path | None = None
    start_min: int | None = None
    """Minute of the day, by the clock of the line, at which it begins; None: at :data:`START_NS`."""
    orders: tuple[Order, ...] = ()
    """Batches to be made; without any the first recipe of the line, again and again."""


def start_of(line: LoadedLine, settings: ShiftSettings) -> int:
    """When the shift begins, UTC in ns: on the day of :data:`START_NS`, at the asked time of the line's clock."""
    if settings.start_min is None:
        return START_NS
    day = datetime.fromtimestamp(START_NS // NS_PER_S, ZoneInfo(line.time_zone))
    hour, minute = divmod(settings.start_min, 60)
    return round(day.replace(hour=hour, minute=minute, second=0).timestamp()) * NS_PER_S


def parse_fault(text: str) -> PlannedFault:
    """``MINUTE:NAME:TARGET[:VALUE[:MINUTES]]``. Raises ValueError that says what is wrong."""
    parts = text.split(":")
    if not 3 <= len(parts) <= 5:
        raise ValueError(f"'{text}': write MINUTE:NAME:TARGET[:VALUE[:MINUTES]], e.g. 95:sensor_break:S401.CoreTemp")
    try:
        value = float(parts[3]) if len(parts) > 3 and parts[3] else None
        minutes = float(parts[4]) if len(parts) > 4 else _FAULT_MINUTES
        minute = float(parts[0])
    except ValueError:
        raise ValueError(f"'{text}': minute, value and minutes are numbers") from None
    if not (0 <= minute < math.inf and 0 < minutes < math.inf and (value is None or math.isfinite(value))):
        raise ValueError(f"'{text}': the minute is at least 0, the minutes are above 0, and no number is infinite")
    return PlannedFault(minute, parts[1], parts[2], value, minutes)


class Fingerprint:
    """SHA-256 over every write, every event and the final state."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, write: Write) -> None:
        """One write, to the bit."""
        self._hash.update(struct.pack("<qd", write.handle, write.value))
        self._hash.update(write.origin.encode())

    def event(self, event: Event) -> None:
        """One event, in canonical JSON."""
        row = [event.seq, event.time_ns, event.kind, event.source, event.unit, event.batch, event.data]
        self._hash.update(json.dumps(row, sort_keys=True, ensure_ascii=False).encode())

    def finish(self, image: Snapshot, states: Mapping[str, JsonObject]) -> str:
        """The digest, with the last image and the stages' states in it."""
        for array in (image.value, image.status, image.source_ns, image.server_ns):
            self._hash.update(array.tobytes())
        self._hash.update(json.dumps(states, sort_keys=True, ensure_ascii=False).encode())
        return self._hash.hexdigest()


class ShiftRecorder:
    """Counts and fingerprints what the engine records; with a data folder it is stored as in the plant as well.

    ``recording`` is given every image and every event, for what-if.
    """

    def __init__(
        self, line: LoadedLine, fingerprint: Fingerprint, data: Path | None, recording: LineRecording | None = None
    ) -> None:
        self._recording = recording
        self._fingerprint = fingerprint
        self._filter = SampleFilter(line.model.tags, line.model.file.history.heartbeat_s)
        self.samples = 0
        self.events: dict[str, int] = {}
        self.last_ended: Event | None = None
        self.escalation = EscalationTally(ZoneInfo(line.time_zone))
        self.batches = BatchTally()
        self.writer: JournalWriter | None = None
        if data is not None:
            data.mkdir(parents=True, exist_ok=True)
            self.writer = JournalWriter(data / "journal.db", data / "samples", SystemClock())
            if self.writer.last_seq:
                self.writer.close()
                raise ValueError(f"{data} holds a journal already: name an empty folder")

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        """As :class:`line.engine.Recorder`; on a manual clock everything is durable at once."""
        for event in events:
            self._fingerprint.event(event)
            self.escalation.take(event)
            self.batches.take(event)
            self.events[event.kind] = self.events.get(event.kind, 0) + 1
            if event.kind == EventKind.SHIFT and event.data.get("what") == "ended":
                self.last_ended = event
        if self.writer is not None:
            self.writer.submit_events(events, states)
        if self._recording is not None:
            self._recording.events(events)
        if on_durable is not None:
            on_durable()

    def fault(self, now_ns: int, fault: PlannedFault, active: bool) -> None:
        """A fault of the plant begins or ends: what-if is to know that an alarm of that time was a real one."""
        if self._recording is not None:
            self._recording.fault(now_ns, fault.name, fault.target, fault.value, active=active)

    def sample(self, image: Snapshot) -> None:
        """As :class:`line.engine.Recorder`."""
        if self._recording is not None:
            self._recording.image(image)
        block = self._filter.due(image)
        if block is None:
            return
        self.samples += len(block)
        while self.writer is not None and not self.writer.submit_samples(block):
            self.writer.flush(10.0)


def run_shift(line: LoadedLine, settings: ShiftSettings, progress: Callable[[float], None] = lambda _share: None) -> JsonObject:
    """Run the shift and return its report. Raises ValueError for what cannot be simulated: line, fault, minute."""
    check_simulated(line)
    if not line.recipes:
        raise ValueError(f"the line '{line.model.id}' has no recipe to run")
    _check_orders(line, settings)
    _check_faults(settings)  # before the recorder: what is refused leaves no data folder behind
    recording = LineRecording(settings.record, line, start_of(line, settings)) if settings.record is not None else None
    try:
        return _run(line, settings, recording, progress)
    finally:
        if recording is not None:
            recording.close()


def _run(
    line: LoadedLine, settings: ShiftSettings, recording: LineRecording | None, progress: Callable[[float], None]
) -> JsonObject:
    fingerprint = Fingerprint()
    recorder = ShiftRecorder(line, fingerprint, settings.data, recording)
    try:
        shift = ShiftStepper(line, settings, recorder, fingerprint)
        shift.on_fault = recorder.fault
        began_ns = perf_counter_ns()
        shift.run(progress)
        wall_s = (perf_counter_ns() - began_ns) / NS_PER_S
        digest = fingerprint.finish(shift.engine.state.image, saved_states(shift.engine.plan, shift.engine.state))
        if recording is not None:
            recording.finish()
    finally:
        if recorder.writer is not None:
            recorder.writer.close()
    return _report(settings, shift, recorder, wall_s, digest)


def _check_faults(settings: ShiftSettings) -> None:
    for fault in settings.faults:
        check_fault(fault.name, fault.target)
        if fault.minute >= settings.hours * 60:
            raise ValueError(f"the fault '{fault.name}' at minute {fault.minute:g} comes after the end of the shift")


def _check_orders(line: LoadedLine, settings: ShiftSettings) -> None:
    for order, minute in zip(settings.orders, minutes_of(settings.orders), strict=True):
        recipe = line.recipes.get(order.recipe)
        if recipe is None:
            raise ValueError(f"the line has no recipe '{order.recipe}'; it has {', '.join(line.recipes)}")
        size_kg = recipe.base_batch_kg if order.size_kg is None else order.size_kg
        if not recipe.size_lo_kg <= size_kg <= recipe.size_hi_kg:
            raise ValueError(f"a batch of '{order.recipe}' has {recipe.size_lo_kg:g}..{recipe.size_hi_kg:g} kg, not {size_kg:g}")
        if minute >= settings.hours * 60:
            raise ValueError(f"the batch of '{order.recipe}' at minute {minute:g} comes after the end of the shift")


class Person(Protocol):
    """Somebody at the line, or outside: sees what panels see, asks as panels ask."""

    def look(self, now_ns: int, views: Mapping[str, JsonObject]) -> Sequence[Command]:
        """What they do now; called once a second."""
        ...


class ShiftStepper:
    """Plant, PLCs, drivers and engine in one thread, stepped by a manual clock.

    :meth:`step` is one period; its parts are public for benchmarks, which time the scan alone.
    """

    def __init__(
        self, line: LoadedLine, settings: ShiftSettings, recorder: Recorder | None = None, fingerprint: Fingerprint | None = None
    ) -> None:
        model = line.model
        self.line = line
        self.period_ns = model.file.scan_period_ms * NS_PER_MS
        self.scans = round(settings.hours * 3600 * NS_PER_S / self.period_ns)
        start_ns = start_of(line, settings)
        self.clock = ManualClock(start_ns)
        self.plant = build_sausage_line(seed=settings.seed, cycle_ms=model.file.scan_period_ms)
        self.drivers = {d: MemoryDriver(d, model.tags, self.plant.plcs[d], self.clock) for d in model.file.devices}
        plan = build_plan(line)
        self._fingerprint = fingerprint or Fingerprint()
        self.engine = Engine(plan, plan.initial(), recorder or ShiftRecorder(line, self._fingerprint, None))
        recipe = next(iter(line.recipes.values()))
        self.operator: Person = Operator(Habits(recipe.id, recipe.base_batch_kg), start_ns, line.materials)
        if settings.orders:
            sizes = {r.id: r.base_batch_kg for r in line.recipes.values()}
            self.operator = Crew(settings.orders, sizes, start_ns, line.materials)
        self.courier: Person = Courier()
        self._device_of = [t.device for t in model.tags]
        self.on_fault: Callable[[int, PlannedFault, bool], None] = lambda _now_ns, _fault, _active: None
        self._faults = self._planned(settings.faults)
        self._results: list[WriteResult] = []
        self._scan_number = 0
        self._per_second = max(1, NS_PER_S // self.period_ns)

    def _planned(self, faults: Sequence[PlannedFault]) -> dict[int, list[Callable[[], None]]]:
        """Scan number → what happens to the plant then."""
        planned: dict[int, list[Callable[[], None]]] = {}
        for fault in faults:
            self.plant.inject(fault.name, fault.target, fault.value)  # an unknown name or target is refused before the start
            self.plant.clear(fault.name, fault.target)
            begin = int(fault.minute * 60 * NS_PER_S / self.period_ns)
            end = int((fault.minute + fault.minutes) * 60 * NS_PER_S / self.period_ns)
            planned.setdefault(begin, []).append(partial(self._fault, fault, True))
            planned.setdefault(end, []).append(partial(self._fault, fault, False))
        return planned

    def _fault(self, fault: PlannedFault, active: bool) -> None:
        if active:
            self.plant.inject(fault.name, fault.target, fault.value)
        else:
            self.plant.clear(fault.name, fault.target)
        self.on_fault(self.clock.now_ns(), fault, active)

    def open(self) -> None:
        """Connect the drivers; before the first step."""
        for driver in self.drivers.values():
            driver.open_now()

    def run(self, progress: Callable[[float], None]) -> None:
        """The whole shift; ends with the command that ends it."""
        self.open()
        for scan in range(self.scans):
            self.step()
            if scan % 2400 == 0:
                progress(scan / self.scans)
        now_ns = self.clock.now_ns()
        end = Command("end-of-shift", CommandKind.SHIFT_END, "", {"note": ""}, "operator", "operator", "shift", now_ns)
        self.engine.submit(end)
        self.clock.advance_ns(self.period_ns)
        readings, links = self._poll()
        self.scan(readings, self._results, links)

    def step(self) -> Outputs:
        """One period: plant and PLCs, polls, scan, writes; once a second the operator."""
        readings, links, results = self.advance()
        outputs = self.scan(readings, results, links)
        self.apply(outputs)
        return outputs

    def advance(self) -> tuple[list[Readings], dict[str, LinkStatus], list[WriteResult]]:
        """Time, plant, polls: everything before the scan."""
        self.clock.advance_ns(self.period_ns)
        for happen in self._faults.get(self._scan_number, ()):
            happen()
        self.plant.step()
        readings, links = self._poll()
        return readings, links, self._results

    def scan(self, readings: Sequence[Readings], results: Sequence[WriteResult], links: Mapping[str, LinkStatus]) -> Outputs:
        """The scan itself, as the engine runs it in the plant."""
        return self.engine.scan(self.clock.now_ns(), readings, results, links)

    def apply(self, outputs: Outputs) -> None:
        """Everything after the scan: its writes reach the PLCs, and once a second operator and courier look."""
        self._results = self._write(outputs.writes)
        if self._scan_number % self._per_second == 0:
            for person in (self.operator, self.courier):
                for command in person.look(self.clock.now_ns(), self.engine.state.views):
                    self.engine.submit(command)
        self._scan_number += 1

    def _poll(self) -> tuple[list[Readings], dict[str, LinkStatus]]:
        return [d.poll_now() for d in self.drivers.values()], {n: d.link() for n, d in self.drivers.items()}

    def _write(self, writes: Sequence[Write]) -> list[WriteResult]:
        if not writes:
            return []
        by_device: dict[str, list[Write]] = {}
        for write in writes:
            self._fingerprint.write(write)
            by_device.setdefault(self._device_of[write.handle], []).append(write)
        return [r for device, some in by_device.items() for r in self.drivers[device].write_now(some)]


def _report(settings: ShiftSettings, shift: ShiftStepper, recorder: ShiftRecorder, wall_s: float, digest: str) -> JsonObject:
    sim_s = shift.scans * shift.period_ns / NS_PER_S
    totals = recorder.last_ended.data.get("totals") if recorder.last_ended is not None else None
    batches = shift.engine.state.views["batches"].get("batches")
    listed: list[Json] = []
    for batch in batches if isinstance(batches, Sequence) and not isinstance(batches, str) else ():
        if isinstance(batch, Mapping):
            shown = {k: batch.get(k) for k in _OF_BATCH}
            listed.append({**shown, **recorder.batches.of(str(batch.get("id")))})
    report: dict[str, Json] = {
        "line": shift.engine.plan.model.id,
        "hours": settings.hours,
        "seed": settings.seed,
        "started_ns": start_of(shift.line, settings),
        "scan_period_ms": shift.period_ns // NS_PER_MS,
        "scans": shift.engine.state.image.scan,
        "sim_s": sim_s,
        "wall_s": round(wall_s, 3),
        "speedup": round(sim_s / wall_s, 1) if wall_s > 0 else 0.0,
        "batches": listed,
        "alarms": recorder.events.get(EventKind.ALARM, 0),
        "events": dict(sorted(recorder.events.items())),
        "escalation": recorder.escalation.report(),
        "samples": recorder.samples,
        "totals": totals,
        "mass_balance": _mass_balance(shift),
        "hash": digest,
    }
    return report


def _mass_balance(shift: ShiftStepper) -> JsonObject:
    """Kilograms by the simulated plant's own account: what entered is what left and what is still on the line."""
    ledger = shift.plant.ledger
    return {
        "entered_kg": round(ledger.entered_kg(), 3),
        "packed_kg": round(ledger.packed_kg, 3),
        "rejected_kg": round(ledger.rejected_kg, 3),
        "losses_kg": round(ledger.cooking_loss_kg + ledger.chilling_loss_kg + ledger.residue_kg + ledger.displaced_kg, 3),
        "on_line_kg": round(shift.plant.inventory_kg(), 3),
        "difference_kg": round(ledger.entered_kg() - ledger.left_kg() - shift.plant.inventory_kg(), 6),
    }
