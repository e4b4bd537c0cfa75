"""A whole line in real time with one device behind a fault proxy and a healthy one beside it, and the judge of every scan.

Both devices show tags T0 to T4. Each value says of itself which tag it is and when the server gave it: ``(ms since 1970) × 16 +
number of the tag``. A value of another tag, an old one, one out of garbage is recognised wherever it turns up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, SystemClock
from line.driver import DriverContext
from line.engine import Engine, NullRecorder
from line.loop import ScanLoop
from line.quality import is_good
from line.scan import Outputs, ScanPlan
from plc_drivers.backoff import LIMIT_S
from plc_drivers.build import DriverFactory
from simulators.fault_proxy import FaultProxy
from tests.unit.line_kit import HEADER, load
from tests.waiting import until

log = logging.getLogger(__name__)

CLOCK = SystemClock()
PERIOD_MS: Final = 100
TAGS: Final = 5
STALE_AFTER_SCANS: Final = 3
OWN_STALLS: Final = 1
"""Scans that may be a period late although the computer was not: the scheduler of a busy one is not always fair to threads."""

MARGIN_S: Final = 2.0
"""For a busy computer, on top of the back-off and the time-out."""

LINE = """\
line: faults
name: {{ru: Помехи, en: Faults}}
scan_period_ms: {period}
stale_after_scans: {stale}
devices:
  faulty: {{name: {{ru: За помехами, en: Behind the proxy}}, {faulty}}}
  healthy: {{name: {{ru: Рядом, en: Beside it}}, {healthy}}}
classes: {{}}
units: {{}}
"""


def encoded(number: int, now_ns: int) -> int:
    """What the server shows for a tag at that moment."""
    return now_ns // NS_PER_MS * 16 + number


@dataclass(frozen=True)
class Fault:
    """``strike`` brings the fault about; ``words``: one of them is in the link's error while it lasts. ``good`` says what becomes
    of the tags: lost, kept, or either (what passes by chance)."""

    name: str
    strike: Callable[[FaultProxy], Awaitable[None] | None]
    words: tuple[str, ...] = ()
    good: str = "lost"
    scans: int = 12

    def __str__(self) -> str:
        return self.name


class Sentinel(threading.Thread):
    """Notes when the whole computer stood still. A device that holds up the event loop does not hold up this thread."""

    def __init__(self) -> None:
        super().__init__(name="sentinel")
        self.gaps: list[tuple[int, int]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        before_ns = CLOCK.monotonic_ns()
        while not self._ended.wait(0.01):
            now_ns = CLOCK.monotonic_ns()
            if now_ns - before_ns > PERIOD_MS * NS_PER_MS // 2:
                self.gaps.append((before_ns, now_ns))
            before_ns = now_ns

    def end(self) -> None:
        self._ended.set()
        self.join()

    def stood_still(self, began_ns: int, ended_ns: int) -> bool:
        return any(begin < ended_ns and began_ns < end for begin, end in self.gaps)


@dataclass
class Phase:
    """What the scans of one phase have shown; counted from the change that began it."""

    began_ns: int
    scans: int = 0
    good_scans: int = 0
    good_running: int = 0
    errors: list[str] = field(default_factory=list[str])


class FaultLine:
    """The scan loop and what is known of it. ``faults`` are findings that no fault may lead to."""

    def __init__(self, faulty: str, healthy: str, address: str, folder: Path) -> None:
        rows = [
            f"{device}.T{i},int,{device},{address.format(i=i, at=4 * i)},,0,1e15,0,,,,,,T{i},T{i}"
            for device in ("faulty", "healthy")
            for i in range(TAGS)
        ]
        text = LINE.format(period=PERIOD_MS, stale=STALE_AFTER_SCANS, faulty=faulty, healthy=healthy)
        model, problems = load(text, "\n".join([HEADER, *rows]) + "\n")
        assert model is not None, problems
        self.model = model
        self.faults: list[str] = []
        self.stalls: list[tuple[int, int]] = []
        self.sentinel = Sentinel()
        self.phase = Phase(CLOCK.monotonic_ns())
        self._began_ns = CLOCK.now_ns()
        self._excused = 0
        self._healthy_seen = False
        self._newest = [0.0] * (2 * TAGS)
        plan = ScanPlan(model, [])
        self.engine = Engine(plan, plan.initial(), NullRecorder())
        factory = DriverFactory(DriverContext(CLOCK, PERIOD_MS, folder / "pki", folder))
        drivers = {name: factory.make(name, config, model.tags) for name, config in model.file.devices.items()}
        self.faulty = drivers["faulty"]
        self.loop = ScanLoop(self.engine, drivers, CLOCK, self._scanned, self._late)

    def begin(self) -> Phase:
        """The phase that has just ended; the next one begins."""
        ended, self.phase = self.phase, Phase(CLOCK.monotonic_ns())
        return ended

    async def good(self, scans: int = 3, timeout_s: float = 15.0) -> float:
        """Wait for so many scans in a row with every tag of the faulty device Good; seconds since the phase began."""
        await until(lambda: self.phase.good_running >= scans and self._healthy_seen, timeout_s, f"Good; {self.faulty.link()}")
        return (CLOCK.monotonic_ns() - self.phase.began_ns) / NS_PER_S

    def _late(self, late_ns: int) -> None:
        """A scan that is a period late stands on a computer that stood still: nobody's tags can be fresh in it and the next."""
        stalled = late_ns > PERIOD_MS * NS_PER_MS
        if stalled:
            now_ns = CLOCK.monotonic_ns()
            self.stalls.append((now_ns - late_ns, now_ns))
        self._excused = 2 if stalled else max(0, self._excused - 1)

    def _scanned(self, _outputs: Outputs) -> None:
        image, phase = self.engine.state.image, self.phase
        good = [is_good(int(s)) for s in image.status]
        for handle in range(2 * TAGS):
            if good[handle]:
                self.judge(handle, float(image.value[handle]), image.now_ns)
        healthy = all(good[TAGS : 2 * TAGS])
        if self._healthy_seen and not healthy and not self._excused:
            self.faults.append(f"the healthy device was not Good in scan {image.scan}: {image.status[TAGS : 2 * TAGS]}")
        self._healthy_seen = self._healthy_seen or healthy
        phase.scans += 1
        phase.good_scans += all(good[:TAGS])
        phase.good_running = phase.good_running + 1 if all(good[:TAGS]) else 0
        error = self.faulty.link().last_error.en
        if error and error not in phase.errors:
            phase.errors.append(error)

    def judge(self, handle: int, value: float, now_ns: int) -> None:
        """Every value that is shown Good was the server's, of this tag, and no older than the one before."""
        name = self.model.tags[handle].name
        stamp_ms, number = divmod(int(value), 16)
        if number != handle % TAGS or not self._began_ns // NS_PER_MS - 2000 <= stamp_ms <= now_ns // NS_PER_MS:
            self.faults.append(f"{name} shows {value:.0f}, which the server never had")
        elif value < self._newest[handle]:
            self.faults.append(f"{name} went back from {self._newest[handle]:.0f} to {value:.0f}")
        self._newest[handle] = max(self._newest[handle], value)


@contextlib.asynccontextmanager
async def running(line: FaultLine) -> AsyncIterator[FaultLine]:
    """The line scans; nothing of it is left afterwards."""
    stop = asyncio.Event()
    line.sentinel.start()
    task = asyncio.create_task(line.loop.run(stop))
    try:
        yield line
    finally:
        stop.set()
        await task
        line.sentinel.end()


async def endure(line: FaultLine, proxy: FaultProxy, fault: Fault, timeout_ms: int, due_scans: int = 1) -> None:
    """Good at first, the fault, its end: the whole of what is asked of a line. What was measured is logged.

    ``due_scans``: within so many scans the next sign of life was due when the fault came.
    """
    async with running(line):
        await line.good(5)
        struck = fault.strike(proxy)
        if struck is not None:
            await struck
        line.begin()
        await until(lambda: line.phase.scans >= fault.scans, timeout_s=30.0, what=f"{fault.scans} scans")
        during = line.begin()
        await proxy.clear()
        recovered_s = await line.good()
    assert not line.faults, line.faults[:10]
    own = [stall for stall in line.stalls if not line.sentinel.stood_still(*stall)]
    assert len(own) <= OWN_STALLS, f"{len(own)} of {line.loop.health.scans} scans were late, and not for the computer's sake"
    if fault.good == "lost":
        allowed = due_scans + STALE_AFTER_SCANS + 1  # and the scan that was under way
        assert during.good_scans <= allowed, f"Good in {during.good_scans} scans after the fault had begun"
    elif fault.good == "either":
        counts = proxy.counts
        assert counts.swallowed + counts.spoiled + counts.resets > 0, "the fault did not strike"
    else:
        assert during.good_scans >= during.scans - 2 * len(line.stalls)
    if fault.words:
        assert any(word in error for word in fault.words for error in during.errors), during.errors
    assert recovered_s <= LIMIT_S + timeout_ms / 1000.0 + MARGIN_S
    said = during.errors[-1] if during.errors else "no error"
    log.info(
        "%s: Good in %d of %d scans, back after %.2f s, latest scan %.1f ms, %d stalls; %s",
        fault, during.good_scans, during.scans, recovered_s, line.loop.health.late_ns_max / NS_PER_MS, len(line.stalls), said,
    )  # fmt: skip
