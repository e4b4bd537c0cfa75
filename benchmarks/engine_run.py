"""A whole engine in real time on the measuring line: scan, drivers, image, alarms; with or without the journal."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.figure import percentile
from benchmarks.intervals import interval_figures
from benchmarks.plant import PlantSize, measuring_line
from line.clock import NS_PER_MS, NS_PER_S, SystemClock, perf_counter_ns
from line.engine import Engine, NullRecorder, Recorder
from line.gateway import Gateway
from line.image import IntArray
from line.loop import ScanLoop
from line.messages import LinkState
from line.quality import good_mask
from line.scan import Outputs
from potok.build import HistoryRecorder, build_drivers, build_plan
from potok.linefolder import LoadedLine
from potok.realtime import IdleCollector, engage, release

_UP_WITHIN_S: Final = 10.0


def run_engine(
    size: Mapping[str, Any], scans: int, warm_up: int, journal: bool = False, dead: Sequence[int] = (), realtime: bool = False
) -> Mapping[str, float]:
    """Lateness, CPU and refresh intervals over ``scans`` scans, ``warm_up`` after all living devices are up.

    ``dead`` are the devices (by number) that never answer; their tags do not count. ``realtime`` asks for priority and locked
    memory; ``fifo`` and ``locked`` say what was got.
    """
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        line = measuring_line(Path(folder) / "line", PlantSize(**size))
        interval_s = sys.getswitchinterval()
        run = _Run(line, Path(folder) / "data", scans, warm_up, dead)
        try:
            return asyncio.run(run.run(journal=journal, realtime=realtime))
        finally:
            sys.setswitchinterval(interval_s)


class _Run:
    def __init__(self, line: LoadedLine, data: Path, scans: int, warm_up: int, dead: Sequence[int]) -> None:
        self._line = line
        self._data = data
        self._scans = scans
        self._warm_up = warm_up
        self._dead = {f"plc{number}" for number in dead}
        tags = line.model.tags
        self._living = np.array([t.handle for t in tags if t.device.startswith("plc") and t.device not in self._dead])
        self._late_ms: list[float] = []
        self._stamps: list[IntArray] = []
        self._began_ns = self._cpu_s = 0.0
        self._seen = 0
        self._stop = asyncio.Event()
        self._engine: Engine | None = None
        self._gateway = Gateway()
        self._requests = 0
        self._result: dict[str, float] = {}

    async def run(self, *, journal: bool, realtime: bool) -> Mapping[str, float]:
        clock = SystemClock()
        plan = build_plan(self._line)
        history = HistoryRecorder(self._line, self._data, clock) if journal else None
        recorder: Recorder = history or NullRecorder()
        try:
            self._engine = Engine(plan, plan.initial(), recorder)
            drivers = build_drivers(self._line, clock, {}, self._data)
            collector = IdleCollector()
            loop = ScanLoop(self._engine, drivers, clock, self._on_scan, self._on_lateness, collector.idle)
            collector.start()
            got = engage("auto" if realtime else "off")
            try:
                await loop.run(self._stop)
            finally:
                release(got)
                collector.stop()
        finally:
            if history is not None:
                history.writer.close()
        late = self._late_ms
        return {
            **self._result, "late_p50_ms": percentile(late, 0.5), "late_p99_ms": percentile(late, 0.99),
            "late_p999_ms": percentile(late, 0.999), "late_max_ms": max(late),
            "fifo": float(got.scheduling == "fifo"), "locked": float(got.locked), **interval_figures(self._stamps),
        }  # fmt: skip

    def _on_lateness(self, late_ns: int) -> None:
        if 0 < self._seen <= self._scans:
            self._late_ms.append(late_ns / NS_PER_MS)

    def _on_scan(self, outputs: Outputs) -> None:
        assert self._engine is not None
        state = self._engine.state
        self._gateway.publish(state.image, {n: state.views[n] for n in outputs.changed})
        if not self._seen:
            self._wait_for_good(state.image.scan)
            return
        self._stamps.append(state.image.server_ns[self._living])
        if self._seen == self._scans:
            self._finish()
        self._seen += 1

    def _wait_for_good(self, scan: int) -> None:
        assert self._engine is not None
        state = self._engine.state
        living_up = all(s.state is LinkState.UP for n, s in state.links.items() if n not in self._dead)
        good = living_up and bool(good_mask(state.image.status[self._living]).all())
        if not good:
            if scan * self._engine.plan.model.file.scan_period_ms > _UP_WITHIN_S * 1000:
                raise RuntimeError("the devices of the benchmark did not come up")
            return
        self._warm_up -= 1
        if self._warm_up <= 0:
            self._seen = 1
            self._stamps.append(state.image.server_ns[self._living])
            self._requests = self._request_count()
            self._began_ns, self._cpu_s = perf_counter_ns(), time.process_time()

    def _finish(self) -> None:
        assert self._engine is not None
        cpu_s = time.process_time() - self._cpu_s
        seconds = (perf_counter_ns() - self._began_ns) / NS_PER_S
        good = bool(good_mask(self._engine.state.image.status[self._living]).all())
        if not good:
            raise RuntimeError("tags of living devices are not Good at the end of the benchmark")
        self._result = {
            "seconds": seconds, "cpu_s": cpu_s, "requests": self._request_count() - self._requests,
            "tag_reads": len(self._living) * self._scans,
        }  # fmt: skip
        self._stop.set()

    def _request_count(self) -> int:
        assert self._engine is not None
        return sum(s.requests for s in self._engine.state.links.values())
