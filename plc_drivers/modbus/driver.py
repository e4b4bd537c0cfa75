"""Modbus driver: polls blocks, isolates holes, writes in order with readback. The transport is behind ModbusConnection."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from line.clock import NS_PER_S, Clock
from line.devices import ModbusDevice
from line.documents import Text
from line.image import Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from line.tags import TagDef, TagKind, TagTable
from plc_drivers.link import LinkKeeper, LinkMonitor
from plc_drivers.modbus.codec import DecodePlan, Point, RegisterMemory, WordOrder, parse_address
from plc_drivers.modbus.connection import ModbusConnection, ModbusRequestError, PymodbusTcp
from plc_drivers.modbus.planner import ReadBlock, Span, block_of, plan_blocks, split_block
from plc_drivers.modbus.writer import ModbusWriter
from plc_drivers.tag_memory import TagMemory
from plc_drivers.writes import WriteBatch, link_is_down

log = logging.getLogger(__name__)

ConnectionFactory = Callable[[ModbusDevice, Callable[[str], None]], ModbusConnection]

SILENT_POLLS_LIMIT: Final = 2
"""Polls in a row without a single answer after which the link is given up and built anew."""

HOLE_RECHECK_S: Final = 60.0
"""An address that the device does not have is asked for again this often: a PLC program may have been loaded meanwhile."""

_HOLE_CODES: Final = frozenset({2, 3})


@dataclass
class _Poll:
    """What one poll has done so far."""

    deadline_ns: int
    fresh: list[tuple[npt.NDArray[np.int64], int]]
    answered: list[ReadBlock]
    timed_out: list[ReadBlock]
    unreached: list[ReadBlock]
    heard: bool = False


def _both(text: str) -> Text:
    return Text(ru=text, en=text)


def pymodbus_tcp(config: ModbusDevice, on_lost: Callable[[str], None]) -> ModbusConnection:
    """The default transport."""
    return PymodbusTcp(config.host, config.port, config.unit_id, on_lost)


class ModbusDriver:
    """All tags of one Modbus device (see :class:`line.driver.Driver`).

    Timestamps are driver-stamped, since Modbus has none: the server time is the middle between request and answer. A poll
    never takes longer than ``timeout_ms``; blocks that it did not reach come first in the next one, blocks that did not
    answer come last, so that one slow address cannot starve the rest.
    """

    def __init__(
        self, device: str, config: ModbusDevice, tags: TagTable, clock: Clock, connection: ConnectionFactory = pymodbus_tcp
    ) -> None:
        self._device = device
        self._clock = clock
        self._timeout_s = config.timeout_ms / 1000.0
        self._tags = tags.of_device(device)
        self._memory = TagMemory([t.handle for t in self._tags])
        self._points: dict[int, Point] = {}
        for position, tag in enumerate(self._tags):
            self._add_point(position, tag)
        order = list(self._points)
        word_order: WordOrder = "little" if config.word_order in ("little", "cdab") else "big"
        self._registers = RegisterMemory([p.address for p in self._points.values()])
        self._decoder = DecodePlan([self._points[i] for i in order], self._registers, word_order)
        self._decoded_at = np.full(len(self._tags), -1, dtype=np.int64)
        self._decoded_at[order] = np.arange(len(order))
        self._at_span: dict[Span, npt.NDArray[np.int64]] = {}
        for position, point in self._points.items():
            span = Span(point.address.table, point.address.start, point.address.count)
            known = self._at_span.get(span, np.empty(0, dtype=np.int64))
            self._at_span[span] = np.append(known, position)
        self._blocks = plan_blocks(self._at_span, config.cost_of_request)
        self._holes: dict[Span, int] = {}
        self._reported_holes: frozenset[Span] = frozenset()
        self._silent_polls = 0
        self._polling = False
        self._link = LinkMonitor(device, clock)
        self._connection = connection(config, self._lost)
        self._keeper = LinkKeeper(self._link, clock, self._connect, self._disconnect, self._degrade)
        points_by_handle = {self._tags[i].handle: p for i, p in self._points.items()}
        self._writer = ModbusWriter(self._connection, points_by_handle, tags, word_order, self._timeout_s)

    @property
    def device(self) -> str:
        return self._device

    @property
    def blocks(self) -> tuple[ReadBlock, ...]:
        """The read plan as it stands, holes cut out; for displays and tests."""
        return tuple(self._blocks)

    def link(self) -> LinkStatus:
        return self._link.status()

    async def open(self) -> None:
        self._keeper.start(f"modbus {self._device}")

    async def close(self) -> None:
        await self._keeper.stop()

    async def poll(self) -> Readings:
        if self._link.state is LinkState.UP and not self._polling:
            self._polling = True
            try:
                await self._poll_blocks()
            finally:
                self._polling = False
        return self._memory.readings()

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        batch = WriteBatch(writes)
        if self._link.state is LinkState.UP:
            await self._writer.write(batch)
            for fault in self._writer.take_faults():
                self._link.failed(fault)
        batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
        return batch.results()

    def _add_point(self, position: int, tag: TagDef) -> None:
        """A tag that the driver cannot serve says so by its status; the others are served."""
        try:
            address = parse_address(tag.address)
        except ValueError as error:
            log.error("%s: %s: %s", self._device, tag.name, error)
            self._memory.reject(np.array([position]), int(Status.BAD_CONFIGURATION_ERROR), self._clock.now_ns())
            return
        if tag.kind is TagKind.STRING:
            self._memory.reject(np.array([position]), int(Status.BAD_NOT_SUPPORTED), self._clock.now_ns())
            return
        self._points[position] = Point(address, tag.kind, tag.scale, tag.offset)

    async def _connect(self) -> None:
        """Up means that the device has answered, with a value or an exception; an open socket alone proves nothing."""
        await self._connection.connect(self._timeout_s)
        self._silent_polls = 0
        for span in self._holes:
            self._blocks.append(block_of([span]))
        self._holes.clear()
        if not self._blocks:
            return
        probe = self._blocks[0]
        sent_ns = self._clock.now_ns()
        try:
            await self._connection.read(probe.table, probe.start, probe.count, self._timeout_s)
        except ModbusRequestError as fault:
            self._link.failed(_both(str(fault)))
            if not fault.exception_code:
                self._blocks = [*self._blocks[1:], probe]  # the next attempt asks for another one
                raise
        else:
            self._link.answered(sent_ns, self._clock.now_ns())

    async def _disconnect(self) -> None:
        self._connection.close()
        await self._clock.sleep_until_ns(0)  # lets the event loop finish closing the socket

    def _lost(self, reason: str) -> None:
        self._keeper.lost(_both(reason))

    def _degrade(self) -> None:
        served = np.fromiter(self._points, dtype=np.int64, count=len(self._points))
        self._memory.degrade(self._clock.now_ns(), served)

    async def _poll_blocks(self) -> None:
        self._recheck_holes()
        now_ns = self._clock.monotonic_ns()
        poll = _Poll(now_ns + int(self._timeout_s * NS_PER_S), [], [], [], [])
        queue = list(reversed(self._blocks))
        while queue and self._link.state is LinkState.UP:
            allowance_s = (poll.deadline_ns - self._clock.monotonic_ns()) / NS_PER_S
            if allowance_s * 1000.0 < 1.0:
                break
            queue.extend(reversed(await self._read_block(queue.pop(), allowance_s, poll)))
        if self._link.state is not LinkState.UP:
            return
        poll.unreached.extend(reversed(queue))
        self._take(poll)
        self._blocks = [*poll.unreached, *poll.answered, *poll.timed_out]
        self._report_holes()
        self._judge_silence(poll)

    async def _read_block(self, block: ReadBlock, allowance_s: float, poll: _Poll) -> Sequence[ReadBlock]:
        """One request; returns the blocks to ask for instead when the device refused this one because of a hole in it."""
        sent_ns = self._clock.now_ns()
        try:
            words = await self._connection.read(block.table, block.start, block.count, allowance_s)
        except ModbusRequestError as fault:
            return self._failed_block(block, fault, allowance_s, poll)
        received_ns = self._clock.now_ns()
        self._link.answered(sent_ns, received_ns)
        self._registers.store(block.table, block.start, words)
        poll.heard = True
        poll.answered.append(block)
        poll.fresh.append((self._positions(block), sent_ns + (received_ns - sent_ns) // 2))
        return ()

    def _failed_block(self, block: ReadBlock, fault: ModbusRequestError, allowance_s: float, poll: _Poll) -> Sequence[ReadBlock]:
        if self._link.state is not LinkState.UP:
            return ()  # the loss has marked every tag already
        poll.heard = poll.heard or bool(fault.exception_code)
        if fault.exception_code in _HOLE_CODES:
            if len(block.spans) == 1:
                self._mark_hole(block.spans[0], fault)
                return ()
            self._link.requests += 1
            return split_block(block)
        self._link.failed(_both(f"{block}: {fault}"))
        if fault.status is Status.BAD_TIMEOUT and allowance_s < self._timeout_s / 2:
            poll.unreached.append(block)  # the poll's budget ran out, which says nothing about this block
            return ()
        self._memory.fail(self._positions(block), int(fault.status), self._clock.now_ns())
        (poll.answered if fault.exception_code else poll.timed_out).append(block)
        return ()

    def _take(self, poll: _Poll) -> None:
        if not poll.fresh:
            return
        at = np.concatenate([positions for positions, _ in poll.fresh])
        server_ns = np.concatenate([np.full(len(positions), ns, dtype=np.int64) for positions, ns in poll.fresh])
        values, status = self._decoder.decode()
        chosen = self._decoded_at[at]
        self._memory.update(at, values[chosen], status[chosen], server_ns)

    def _judge_silence(self, poll: _Poll) -> None:
        if poll.heard or not poll.timed_out:
            self._silent_polls = 0
            return
        self._silent_polls += 1
        for block in poll.unreached:
            self._memory.fail(self._positions(block), int(Status.BAD_TIMEOUT), self._clock.now_ns())
        if self._silent_polls >= SILENT_POLLS_LIMIT:
            self._lost(f"no answer in {self._silent_polls} polls, the last: {self._link.last_error.en}")

    def _mark_hole(self, span: Span, fault: ModbusRequestError) -> None:
        self._link.failed(_both(f"{span}: {fault}"))
        self._holes[span] = self._clock.monotonic_ns() + int(HOLE_RECHECK_S * NS_PER_S)
        self._memory.reject(self._at_span[span], int(Status.BAD_CONFIGURATION_ERROR), self._clock.now_ns())

    def _recheck_holes(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for span in [s for s, due_ns in self._holes.items() if now_ns >= due_ns]:
            del self._holes[span]
            self._blocks.append(block_of([span]))

    def _report_holes(self) -> None:
        """Say once what the device does not have; the link shows it for as long as it lasts."""
        holes = frozenset(self._holes)
        if holes == self._reported_holes:
            return
        self._reported_holes = holes
        names = [f"{s} ({', '.join(self._tags[int(i)].name for i in self._at_span[s])})" for s in sorted(holes)]
        self._link.remark = (
            Text(ru=f"устройство отвергает {', '.join(names)}", en=f"the device refuses {', '.join(names)}") if names else NO_TEXT
        )
        log.warning("%s: %s", self._device, self._link.remark.en or "the device has all addresses now")

    def _positions(self, block: ReadBlock) -> npt.NDArray[np.int64]:
        if len(block.spans) == 1:
            return self._at_span[block.spans[0]]
        return np.concatenate([self._at_span[s] for s in block.spans])
