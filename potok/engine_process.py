"""The engine process: drivers, scan and journal writer, and the local link that servers read it by. Nothing else lives here."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from alarms.saving import left_out
from historian.database import UnreadableStoreError
from historian.queries import Queries
from line.clock import NS_PER_MS, NS_PER_S, SystemClock, has_passed
from line.devices import Device
from line.driver import Driver
from line.engine import Engine
from line.gateway import Gateway
from line.health import LoopHealth
from line.loop import ScanLoop
from line.messages import Json, JsonObject, LinkStatus
from line.scan import Outputs, ScanState
from potok.build import HistoryRecorder, build_drivers, build_plan, check_pace, moved_devices
from potok.describe import describe, link_view
from potok.engine_server import EngineServer
from potok.exit_codes import FAILED, OK
from potok.linefolder import LoadedLine
from potok.log_thread import logging_aside
from potok.realtime import IdleCollector, Mode, Realtime, engage

log = logging.getLogger(__name__)

_HEALTH_EVERY_NS: Final = NS_PER_S
_LOOK_BACK: Final = 2000
"""Events before a restart in which a command without an answer is looked for."""


@dataclass(frozen=True)
class EngineSettings:
    """How an engine is run; ``endpoints`` replaces addresses of devices, for simulators on other ports. ``realtime``: whether
    priority and locked memory are asked for."""

    data: Path
    endpoints: Mapping[str, str]
    follow_stdin: bool = False
    realtime: Mode = "off"
    pace: float = 1.0
    """How many times faster than real the plant runs: not 1 for simulators only."""


def run_engine(line: LoadedLine, settings: EngineSettings) -> int:
    """Run until SIGTERM, SIGINT or, with ``follow_stdin``, until whoever started this process is gone.

    Raises ValueError for a wrong endpoint, before anything runs, and StoreVersionError for files of a newer program.
    """
    check_pace(line, settings.endpoints, settings.pace)
    drivers = build_drivers(line, SystemClock(), settings.endpoints, settings.data)
    settings.data.mkdir(parents=True, exist_ok=True)
    with logging_aside():
        try:
            asyncio.run(_run(line, settings, drivers))
        except ValueError:  # a defect, not the wrong usage that it would be taken for: whoever watches starts the engine again
            log.exception("the engine failed")
            return FAILED
    return OK


async def _run(line: LoadedLine, settings: EngineSettings, drivers: Mapping[str, Driver]) -> None:
    clock = SystemClock()
    plan = build_plan(line, settings.pace)
    recorder = HistoryRecorder(line, settings.data, clock)
    try:
        saved = recorder.writer.states
        state = plan.restored(saved, clock.now_ns()) if saved else plan.initial()
        engine = Engine(plan, state, recorder, next_seq=recorder.writer.last_seq + 1)
        gateway = Gateway()
        recorder.on_durable_events = gateway.publish_events
        queries = Queries(settings.data)
        last_seq = recorder.writer.last_seq
        try:
            unanswered = queries.events_after(max(0, last_seq - _LOOK_BACK), _LOOK_BACK, "command")
        except UnreadableStoreError:  # a disk without room, which the historian tells loudly: no reason not to scan
            log.exception("commands of before the start cannot be read; those without an answer stay without one")
            unanswered = []
        engine.answer_unanswered(unanswered, clock.now_ns())
        gone = left_out(saved["alarms"], line.alarms) if "alarms" in saved else {}
        engine.system_event(
            "restored" if saved else "started",
            clock.now_ns(),
            {
                "last_seq": last_seq,
                **({"alarms_left_out": gone} if gone else {}),
                **({"pace": settings.pace} if settings.pace != 1.0 else {}),
            },
        )
        collector = IdleCollector()
        publisher = _Publisher(
            line, moved_devices(line, settings.endpoints), engine, gateway, recorder, clock, restored=bool(saved)
        )
        loop = ScanLoop(engine, drivers, clock, publisher.publish, on_idle=collector.idle)
        publisher.loop = loop
        server = EngineServer(engine, gateway, describe(line), lambda seq, limit: queries.events_after(seq, limit), settings.data)
        await server.start()
        collector.start()  # a full collection over the loaded configuration would cost a scan (docs/decisions/0015)
        publisher.realtime = engage(settings.realtime)  # after the writer's thread was started, which stays as it is
        try:
            await _until_stopped(loop, settings.follow_stdin)
        finally:
            collector.stop()
            await server.stop()
            engine.system_event("stopped", clock.now_ns(), {})
            engine.save_now(clock.now_ns())
    finally:
        recorder.writer.close()


async def _until_stopped(scan_loop: ScanLoop, follow_stdin: bool) -> None:
    stop = asyncio.Event()
    watch_stop(stop)
    watcher = asyncio.create_task(stdin_closed(stop)) if follow_stdin else None
    try:
        await scan_loop.run(stop)
    finally:
        if watcher is not None:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher


def watch_stop(stop: asyncio.Event) -> None:
    """Set ``stop`` at SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows has no signal handlers in its event loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


async def stdin_closed(stop: asyncio.Event) -> None:
    """A pipe from the process that watches this one: its end is the order to stop, even when that process was killed."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def read() -> None:
        with suppress(OSError):
            while os.read(sys.stdin.fileno(), 1024):
                pass
        with suppress(RuntimeError):  # the loop has ended before the pipe
            loop.call_soon_threadsafe(ended.set)

    # A thread: on Windows the event loop cannot wait for a pipe that another process has made.
    threading.Thread(target=read, name="stdin", daemon=True).start()
    await ended.wait()
    stop.set()


class _Publisher:
    """After each scan: image and changed views to the gateway; links and the engine's own health once a second."""

    def __init__(self, line: LoadedLine, devices: Mapping[str, Device], engine: Engine, gateway: Gateway,
                 recorder: HistoryRecorder, clock: SystemClock, *, restored: bool) -> None:  # fmt: skip
        self.loop: ScanLoop | None = None
        self.realtime: Realtime | None = None
        self._devices = devices
        self._period_ms = line.model.file.scan_period_ms
        self._engine = engine
        self._gateway = gateway
        self._recorder = recorder
        self._restored = restored
        self._clock = clock
        self._started_ns = clock.now_ns()
        self._health_ns = 0
        self._links: Mapping[str, LinkStatus] = {}
        self._first = True

    def publish(self, outputs: Outputs) -> None:
        state: ScanState = self._engine.state
        names = list(state.views) if self._first else outputs.changed
        self._first = False
        told = self._gateway.views  # a stage may have counted something that its view does not show yet
        views: dict[str, JsonObject] = {n: state.views[n] for n in names if state.views[n] is not told.get(n)}
        edge = any(self._links.get(n) is None or self._links[n].state != s.state for n, s in state.links.items())
        if edge or has_passed(_HEALTH_EVERY_NS, self._health_ns, state.image.now_ns):
            self._health_ns = state.image.now_ns
            self._links = state.links
            views["links"] = {name: link_view(link, self._devices[name]) for name, link in state.links.items()}
            views["engine"] = self._health()
        self._gateway.publish(state.image, views)

    def _health(self) -> JsonObject:
        health = self.loop.health if self.loop is not None else LoopHealth()
        backlog = self._recorder.writer.backlog()
        health.backlog = backlog.events + backlog.samples
        health.history = self._recorder.writer.figures()
        for what, data in self._recorder.writer.take_notices():
            self._engine.system_event(what, self._clock.now_ns(), data)
        view: dict[str, Json] = {
            "scan_period_ms": self._period_ms,
            "scans": health.scans,
            "overruns": health.overruns,
            "late": health.late,
            "late_ms_max": round(health.late_ns_max / NS_PER_MS, 3),
            "lateness": health.lateness(),
            "scan_ms": round(health.scan_ns_last / NS_PER_MS, 3),
            "realtime": self.realtime.to_json() if self.realtime is not None else None,
            "started_ns": self._started_ns,
            "restored": self._restored,
            "journal_ok": self._recorder.writer.healthy(),
            "journal_error": self._recorder.writer.error(),
            "journal_backlog": health.backlog,
        }
        return view
