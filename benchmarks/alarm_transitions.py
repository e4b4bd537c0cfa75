"""Transitions per second that the engine sustains with 10,000 alarms: scan, journal on a disk, state and view, in real time."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from alarms.stage import AlarmStage
from alarms.table import AlarmDef, AlarmKind, AlarmTable, compile_table
from benchmarks.alarms import Plant, made_plant
from benchmarks.figure import Figure, median, percentile, short
from historian.writer import JournalWriter
from line.clock import NS_PER_MS, NS_PER_S, SystemClock, perf_counter_ns, sleep_s
from line.config import LineFile
from line.documents import Text
from line.engine import Engine
from line.image import FloatArray, Readings, Snapshot
from line.messages import Event, JsonObject
from line.model import LineModel
from line.scan import ScanPlan
from line.tags import TagDef, TagKind, TagTable
from line.wire import Events, View, encode
from potok.realtime import SWITCH_INTERVAL_S, IdleCollector

PERIOD_NS: Final = 250 * NS_PER_MS
LATE_NS: Final = PERIOD_NS // 5
"""A scan that begins later than this is late, as the engine counts it."""

_ALARMS: Final = 10_000
_MOVING: Final = 5000
_SCANS: Final = 80
_SETTLE: Final = 8
_RATE_MAX: Final = 32_000
_HIGH: Final = 90.0
_LOW: Final = 10.0
_TEXT: Final = Text(ru="Замер", en="Bench")


@dataclass(frozen=True)
class Load:
    """What a run of one rate came to."""

    rate: int
    scan_ms: Sequence[float]
    late: int
    backlog: int

    @property
    def sustained(self) -> bool:
        """No scan was late, and the journal was at most a second behind at the end."""
        return self.late == 0 and self.backlog <= self.rate


def alarm_transitions_per_s(quick: bool = False) -> Figure:
    """The highest rate, doubled from 500 a second, at which no scan is late and the journal keeps up."""
    plant = _plant()
    loads: list[Load] = []
    rate = 500
    while rate <= (500 if quick else _RATE_MAX):
        with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
            loads.append(_run(plant, Path(folder), rate, 4 if quick else _SCANS))
        if not loads[-1].sustained:
            break
        rate *= 2
    sustained = max((load.rate for load in loads if load.sustained), default=0)
    extra: dict[str, float] = {}
    for load in loads:
        extra[f"median_ms_{load.rate}"] = short(median(load.scan_ms))
        extra[f"p99_ms_{load.rate}"] = short(percentile(load.scan_ms, 0.99))
        extra[f"late_{load.rate}"] = load.late
    about = (
        f"{_ALARMS} alarms of which {_MOVING} stand, a scan every 250 ms: evaluation, events, state and view, events and view "
        f"packed for the server, the journal on the disk by its thread; of {4 if quick else _SCANS} scans none later than 50 ms"
    )
    return Figure("alarm_transitions_per_s", sustained, "transitions/s", about=about, extra=extra)


class _Journalling:
    """An engine's recorder on a real journal; what is durable is packed for the server, as the engine process does."""

    def __init__(self, writer: JournalWriter) -> None:
        self._writer = writer

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        self._writer.submit_events(events, states, on_durable)
        if events:
            encode(Events(tuple(events)))

    def sample(self, image: Snapshot) -> None:
        """Samples have their own benchmark."""


def _plant() -> Plant:
    """Half of the alarms as ``alarms_10k_ms`` has them, quiet; the other half each on a value of its own, which moves."""
    quiet = made_plant(_ALARMS - _MOVING)
    moving = [_tag(f"M{i // 100}.V{i % 100}", len(quiet.tags) + i) for i in range(_MOVING)]
    tags = TagTable([*quiet.tags, *moving])
    return Plant(tags, compile_table([*quiet.table, *(_alarm(t) for t in moving)], tags))


def _tag(name: str, handle: int) -> TagDef:
    return TagDef(handle, name, TagKind.FLOAT, "plc0", "", "", 0.0, 100.0, 1, 1.0, 0.0, False, 0.0, "", _TEXT)


def _alarm(tag: TagDef) -> AlarmDef:
    unit = tag.name.partition(".")[0]
    return AlarmDef(
        f"{tag.name}.high", tag.name, tag.handle, AlarmKind.HIGH, 80.0, 1.0, 0.0, 0.0, 1 + tag.handle % 4, False, unit, "°C", "",
        _TEXT, _TEXT, _TEXT, _TEXT, 600.0,
    )  # fmt: skip


def _run(plant: Plant, folder: Path, rate: int, scans: int) -> Load:
    """``rate`` transitions a second over so many scans, after all moving alarms have come."""
    writer = JournalWriter(folder / "journal.db", folder / "samples", SystemClock())
    collector, interval_s = IdleCollector(), sys.getswitchinterval()
    try:
        bench = _Bench(plant.tags, plant.table, plant.quiet_values(0), _Journalling(writer))
        bench.upset()
        if not writer.flush(60.0):
            raise RuntimeError("the journal did not take the alarms")
        collector.start()
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        costs, late = bench.paced(rate, scans, collector.idle)
        return Load(rate, costs, late, writer.backlog().events)
    finally:
        sys.setswitchinterval(interval_s)
        collector.stop()
        writer.close(60.0)


class _Bench:
    def __init__(self, tags: TagTable, table: AlarmTable, quiet: FloatArray, recorder: _Journalling) -> None:
        file = LineFile(line="bench", name=_TEXT, scan_period_ms=250, devices={}, classes={}, units={})
        model = LineModel("bench", _TEXT, file, tags, {}, {}, (), ())
        plan = ScanPlan(model, [AlarmStage(table)])
        self._clock = SystemClock()
        self._engine = Engine(plan, plan.initial(), recorder)
        self._values = quiet[: len(tags)].copy()
        self._handles = np.arange(len(tags), dtype=np.int64)
        self._status = np.zeros(len(tags), dtype=np.uint32)
        self._first = len(tags) - _MOVING
        self._next = 0

    def upset(self) -> None:
        """All moving alarms come in one scan."""
        self._values[self._first :] = _HIGH
        self._scan(_MOVING)

    def paced(self, rate: int, scans: int, idle: Callable[[int], None]) -> tuple[list[float], int]:
        """Milliseconds of each scan, and how many began late; a few before them are not counted."""
        clock = self._clock
        costs: list[float] = []
        late = 0
        start_ns = clock.monotonic_ns() + PERIOD_NS
        for tick in range(_SETTLE + scans):
            due_ns = start_ns + tick * PERIOD_NS
            if (wait_ns := due_ns - clock.monotonic_ns()) > 0:
                sleep_s(wait_ns / NS_PER_S)
            late += tick >= _SETTLE and clock.monotonic_ns() - due_ns > LATE_NS
            began_ns = perf_counter_ns()
            self._move(rate * PERIOD_NS // NS_PER_S)
            cost_ns = perf_counter_ns() - began_ns
            if tick >= _SETTLE:
                costs.append(cost_ns / NS_PER_MS)
            idle(due_ns + PERIOD_NS - clock.monotonic_ns())
        return costs, late

    def _move(self, count: int) -> None:
        """The next ``count`` values cross their limit, one way or the other."""
        places = self._first + (self._next + np.arange(count)) % _MOVING
        self._next = (self._next + count) % _MOVING
        self._values[places] = np.where(self._values[places] > _LOW, _LOW, _HIGH)
        self._scan(count)

    def _scan(self, wanted: int) -> None:
        now_ns = self._clock.now_ns()
        stamps = np.full(len(self._values), now_ns, dtype=np.int64)
        readings = Readings(self._handles, self._values.copy(), self._status, stamps, stamps)
        outputs = self._engine.scan(now_ns, [readings], (), {})
        told = sum(e.kind == "alarm" for e in outputs.events)
        if told != wanted:
            raise RuntimeError(f"{told} transitions instead of {wanted}")
        encode(View("alarms", self._engine.state.views["alarms"]))
