"""Modbus driver: one unit behind a port. Polls by plan, gives up a dead unit and probes it, writes with readback."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np

from line.devices import ModbusDevice
from line.documents import Text
from line.driver import DriverContext
from line.image import Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from line.tags import TagTable
from plc_drivers.link import LinkKeeper, LinkMonitor
from plc_drivers.modbus import texts
from plc_drivers.modbus.planner import ReadBlock, Span
from plc_drivers.modbus.poll import Poller
from plc_drivers.modbus.port import UnitPort
from plc_drivers.modbus.schedule import Schedule
from plc_drivers.modbus.tag_plan import plan_of
from plc_drivers.modbus.writer import ModbusWriter, WriteWays
from plc_drivers.tag_memory import TagMemory
from plc_drivers.writes import WriteBatch, link_is_down

log = logging.getLogger(__name__)

PortFactory = Callable[[Callable[[Text], None]], UnitPort]
"""Makes the port of a unit; it is handed what the port calls, with a reason, when the channel is lost."""


class ModbusDriver:
    """All tags of one Modbus unit (see :class:`line.driver.Driver`).

    Timestamps are driver-stamped, since Modbus has none: the server time is the middle between request and answer. Nothing but
    :class:`ModbusWriter` writes to the unit, and nothing but the engine's device task calls it, one call at a time.

    The link is up when the unit answers; its channel alone proves nothing. ``round_trip_ms`` is the mean over the answered
    requests of the last poll; ``gaps`` counts the outages, each of which may have hidden changes.
    """

    def __init__(self, device: str, config: ModbusDevice, tags: TagTable, context: DriverContext, port_of: PortFactory) -> None:
        self._device = device
        self._clock = context.clock
        self._timeout_s = config.timeout_ms / 1000.0
        self._tags = tags.of_device(device)
        self._memory = TagMemory([t.handle for t in self._tags])
        plan = plan_of(self._tags, config)
        for tag in plan.unserved:
            log.error("%s: %s: %s", device, self._tags[tag.position].name, tag.reason)
            self._memory.reject(np.array([tag.position]), int(tag.status), self._clock.now_ns())
        self._served = np.fromiter(plan.points, dtype=np.int64, count=len(plan.points))
        self._at_span = plan.at_span
        self._schedule = Schedule(plan.planned, plan.places, context.scan_period_ms * 1_000_000)
        self._reported_holes: frozenset[Span] = frozenset()
        self._polling = False
        self._link = LinkMonitor(device, self._clock)
        self._port = port_of(self._lost)
        self._poller = Poller(
            self._port, self._schedule, plan.groups, self._memory, self._link, self._clock, texts.unit_of(config),
            self._timeout_s, config.retries,
        )  # fmt: skip
        self._keeper = LinkKeeper(self._link, self._clock, self._connect, self._disconnect, self._degrade)
        points = {self._tags[p].handle: point for p, point in plan.points.items()}
        ways = WriteWays(
            single=config.write_function == "single", combined=config.readback == "combined", retries=config.retries,
            max_registers=config.max_registers, max_bits=config.max_bits,
        )  # fmt: skip
        self._writer = ModbusWriter(self._port, points, tags, self._link, ways, self._timeout_s, self._clock)

    @property
    def device(self) -> str:
        return self._device

    @property
    def blocks(self) -> tuple[ReadBlock, ...]:
        """The read plan as it stands, holes cut out; for displays and tests."""
        return self._schedule.blocks

    def link(self) -> LinkStatus:
        self._link.discarded = self._port.discarded
        return self._link.status()

    async def open(self) -> None:
        self._keeper.start(f"modbus {self._device}")

    async def close(self) -> None:
        await self._keeper.stop()

    async def poll(self) -> Readings:
        self._schedule.begin(self._clock.monotonic_ns())
        if self._link.state is LinkState.UP and not self._polling:
            self._polling = True
            try:
                silence = await self._poller.poll()
            finally:
                self._polling = False
            if silence is not None:
                self._lost(silence)
            self._report_holes()
        return self._memory.readings()

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        batch = WriteBatch(writes)
        if self._link.state is LinkState.UP:
            await self._writer.write(batch)
        batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
        return batch.results()

    async def _connect(self) -> None:
        await self._port.connect(self._timeout_s)
        await self._poller.probe()
        self._poller.restart()

    async def _disconnect(self) -> None:
        self._port.close()
        await self._clock.sleep_until_ns(0)  # lets the event loop finish closing the socket

    def _lost(self, reason: Text) -> None:
        if self._link.state is LinkState.UP:
            self._link.gaps += 1
        self._keeper.lost(reason)

    def _degrade(self) -> None:
        self._memory.degrade(self._clock.now_ns(), self._served)

    def _report_holes(self) -> None:
        """Say once what the device does not have; the link shows it for as long as it lasts."""
        holes = self._schedule.holes
        if holes == self._reported_holes:
            return
        self._reported_holes = holes
        names = [f"{s} ({', '.join(self._tags[int(i)].name for i in self._at_span[s])})" for s in sorted(holes)]
        self._link.remark = texts.refuses(names) if names else NO_TEXT
        log.warning("%s: %s", self._device, self._link.remark.en or "the device has all addresses now")
