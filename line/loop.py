"""The scan in real time: absolute deadlines, one task per device, overruns counted.

At the start of tick k the polls are released; at ``scan_offset`` of the period the scan runs on what has arrived. A slow or dead
device never delays it: its task is simply not back yet, and the image ages.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, Clock, precise
from line.documents import Text
from line.driver import Driver
from line.engine import Engine
from line.health import LoopHealth
from line.image import Readings
from line.messages import LinkStatus, Write, WriteResult
from line.quality import Status
from line.scan import Outputs

WRITE_WAITS_NS: Final = 3 * NS_PER_S
"""A write for which its device had no time so long is not sent any more: 5 s after a command people are told that it was not
carried out, and it must not happen after that."""

TELL_OVERRUNS_NS: Final = 60 * NS_PER_S
"""A line that is too slow for its period misses ticks without end: the journal hears of it at once, and then once a minute."""

_WAITED: Final = Text(
    ru="не отправлено: устройство больше 3 с занято опросом, оно отвечает слишком медленно",
    en="not sent: the device was busy with a poll for over 3 s, it answers too slowly",
)


class DeviceTask:
    """One driver's task: writes as soon as they are there, a poll when one is released, never two calls at once."""

    def __init__(self, driver: Driver, clock: Clock) -> None:
        self.driver = driver
        self.readings: deque[Readings] = deque()
        self.results: deque[WriteResult] = deque()
        self._clock = clock
        self._writes: deque[tuple[int, Write]] = deque()
        self._poll_due = False
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Open the driver and begin serving; a driver that takes its time to open holds up no other."""
        self._task = asyncio.create_task(self._run(), name=f"device {self.driver.device}")

    async def stop(self) -> None:
        """End the task and close the driver; what ended the task before is :meth:`failure`'s to tell, not raised here."""
        try:
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait([self._task])
        finally:
            await self.driver.close()

    def release_poll(self) -> None:
        """A poll is due; one that is still running counts for this tick too."""
        self._poll_due = True
        self._wake.set()

    def queue(self, writes: Sequence[Write]) -> None:
        """Writes in the order in which they must reach the device."""
        now_ns = self._clock.monotonic_ns()
        self._writes.extend((now_ns, write) for write in writes)
        self._wake.set()

    def failure(self) -> BaseException | None:
        """What ended the task, if anything did: a defect of a driver, never swallowed."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            return self._task.exception()
        return None

    async def _run(self) -> None:
        await self.driver.open()
        while True:
            await self._wake.wait()
            self._wake.clear()
            if batch := self._due():
                self.results.extend(await self.driver.write(batch))
            if self._poll_due:
                self._poll_due = False
                self.readings.append(await self.driver.poll())

    def _due(self) -> list[Write]:
        """What is to be written now; what has waited for too long gets its result instead."""
        if not self._writes:
            return []
        since_ns = self._clock.monotonic_ns() - WRITE_WAITS_NS
        due: list[Write] = []
        while self._writes:
            queued_ns, write = self._writes.popleft()
            if queued_ns > since_ns:
                due.append(write)
            else:
                self.results.append(WriteResult(write.handle, write.value, write.origin, int(Status.BAD_TIMEOUT), _WAITED))
        return due


class ScanLoop:
    """Runs an engine at its period until told to stop.

    ``on_idle`` is called after every scan, with the nanoseconds until the next tick: for what should not cost a scan its time.
    """

    def __init__(self, engine: Engine, drivers: Mapping[str, Driver], clock: Clock,
                 on_scan: Callable[[Outputs], None], on_lateness: Callable[[int], None] | None = None,
                 on_idle: Callable[[int], None] | None = None) -> None:  # fmt: skip
        file = engine.plan.model.file
        self.health = LoopHealth()
        self._engine = engine
        self._clock = clock
        self._devices = {name: DeviceTask(driver, clock) for name, driver in drivers.items()}
        self._device_of = [t.device for t in engine.plan.model.tags]
        self._period_ns = file.scan_period_ms * NS_PER_MS
        self._offset_ns = int(self._period_ns * file.scan_offset)
        self._on_scan = on_scan
        self._on_lateness = on_lateness
        self._on_idle = on_idle
        self._links: dict[str, LinkStatus] = {}
        self._untold = 0
        self._told_ns: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Scan until ``stop`` is set; the devices are closed on the way out. Raises what a driver's task raised."""
        try:
            for device in self._devices.values():
                device.start()
            with precise(self._clock) as clock:
                await self._ticks(clock, stop)
        finally:
            stopped = await asyncio.gather(*(d.stop() for d in self._devices.values()), return_exceptions=True)
            defects = [*(d.failure() for d in self._devices.values()), *stopped]
        for defect in defects:
            if defect is not None:
                raise defect

    async def _ticks(self, clock: Clock, stop: asyncio.Event) -> None:
        start_ns = clock.monotonic_ns()
        tick = 0
        while not stop.is_set():
            tick_ns = start_ns + tick * self._period_ns
            await clock.sleep_until_ns(tick_ns)
            for device in self._devices.values():
                device.release_poll()
            due_ns = tick_ns + self._offset_ns
            await clock.sleep_until_ns(due_ns)
            began_ns = clock.monotonic_ns()
            self._note_lateness(began_ns - due_ns, began_ns)
            self._scan()
            ended_ns = clock.monotonic_ns()
            self.health.scan_ns_last = ended_ns - began_ns
            tick += 1
            behind = (ended_ns - start_ns) // self._period_ns - tick
            if behind > 0:  # whole ticks were missed: count them and go on with the next one that is still ahead
                self.health.overruns += behind
                self._untold += behind
                tick += behind
            if self._untold and (self._told_ns is None or ended_ns - self._told_ns >= TELL_OVERRUNS_NS):
                self._tell_overruns(ended_ns)
            if self._on_idle is not None:
                self._on_idle(start_ns + tick * self._period_ns - ended_ns)
        if self._untold:
            self._tell_overruns(clock.monotonic_ns())

    def _tell_overruns(self, monotonic_ns: int) -> None:
        self._engine.system_event("overrun", self._clock.now_ns(), {"missed": self._untold})
        self._untold, self._told_ns = 0, monotonic_ns

    def _scan(self) -> None:
        readings: list[Readings] = []
        results: list[WriteResult] = []
        for device in self._devices.values():
            failure = device.failure()
            if failure is not None:
                raise failure
            while device.readings:
                readings.append(device.readings.popleft())
            while device.results:
                results.append(device.results.popleft())
        links = {name: device.driver.link() for name, device in self._devices.items()}
        if any(self._links.get(n) != s for n, s in links.items()):
            self._links = links
        outputs = self._engine.scan(
            self._clock.now_ns(), readings, results, self._links,
            self.health.figures(),
        )  # fmt: skip
        self.health.scans += 1
        by_device: dict[str, list[Write]] = {}
        for write in outputs.writes:
            by_device.setdefault(self._device_of[write.handle], []).append(write)
        for name, writes in by_device.items():
            self._devices[name].queue(writes)
        self._on_scan(outputs)

    def _note_lateness(self, late_ns: int, monotonic_ns: int) -> None:
        self.health.note_lateness(late_ns, self._period_ns, monotonic_ns)
        if self._on_lateness is not None:
            self._on_lateness(late_ns)
