"""How late scans run in real time, against a bare asyncio loop with the same absolute deadlines."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from benchmarks.figure import Figure, percentile, short
from line.clock import NS_PER_MS, SystemClock
from line.engine import Engine, NullRecorder
from line.loop import ScanLoop
from plc_drivers.memory import MemoryDriver
from potok.build import build_plan
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.realtime import SWITCH_INTERVAL_S, IdleCollector
from simulators import build_sausage_line

_PERIOD_MS = 50
_SCANS = 100
_ROUNDS = 3
_QUICK_SCANS = 10


def lateness_p99_ms(quick: bool = False) -> Figure:
    """99th percentile of scan start minus deadline at a 50 ms period, the line's scan being run each time."""
    rounds, scans = (1, _QUICK_SCANS) if quick else (_ROUNDS, _SCANS)
    line = load_line(find_folder("sausage"))
    model = replace(line.model, file=line.model.file.model_copy(update={"scan_period_ms": _PERIOD_MS}))
    line = replace(line, model=model)
    late: list[float] = []
    bare: list[float] = []
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        for _ in range(rounds):
            late += asyncio.run(_scans(line, scans))
            bare += asyncio.run(_bare(scans))
    finally:
        sys.setswitchinterval(interval_s)
    value, baseline = percentile(late, 0.99), percentile(bare, 0.99)
    about = f"max {max(late):.2f} ms of {len(late)} scans at {_PERIOD_MS} ms, normal priority; baseline: an empty asyncio loop"
    return Figure("lateness_p99_ms", short(value), "ms", short(baseline), short(baseline / value), about)


async def _scans(line: LoadedLine, scans: int) -> list[float]:
    clock = SystemClock()
    plant = build_sausage_line(seed=1, cycle_ms=_PERIOD_MS)
    plant.step()
    drivers = {d: MemoryDriver(d, line.model.tags, plant.plcs[d], clock) for d in line.model.file.devices}
    plan = build_plan(line)
    late: list[float] = []
    stop = asyncio.Event()

    def note(late_ns: int) -> None:
        late.append(late_ns / NS_PER_MS)
        if len(late) >= scans:
            stop.set()

    collector = IdleCollector()
    engine = Engine(plan, plan.initial(), NullRecorder())
    loop = ScanLoop(engine, drivers, clock, lambda _outputs: None, note, collector.idle)
    collector.start()
    try:
        await loop.run(stop)
    finally:
        collector.stop()
    return late


async def _bare(scans: int) -> list[float]:
    clock = SystemClock()
    late: list[float] = []
    start_ns = clock.monotonic_ns()
    for tick in range(scans):
        due_ns = start_ns + tick * _PERIOD_MS * NS_PER_MS
        await clock.sleep_until_ns(due_ns)
        late.append((clock.monotonic_ns() - due_ns) / NS_PER_MS)
    return late
