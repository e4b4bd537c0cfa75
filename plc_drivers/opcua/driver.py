"""OPC UA driver: one subscription per server, quality and source times carried through, a new session after every outage."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from asyncua import ua

from line.devices import OpcUaDevice
from line.driver import DriverContext
from line.image import IntArray, Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status, is_bad
from line.tags import TagTable
from plc_drivers.link import LinkKeeper, LinkMonitor, joined
from plc_drivers.opcua import codec, texts
from plc_drivers.opcua.codec import NodeAddress, parse_node
from plc_drivers.opcua.security import OpcUaSecurity
from plc_drivers.opcua.session import NodeInfo, OpcUaServiceError, OpcUaSession
from plc_drivers.tag_memory import TagMemory
from plc_drivers.writes import WriteBatch, differs, link_is_down, refused

log = logging.getLogger(__name__)


class OpcUaDriver:
    """All tags of one OPC UA server (see :class:`line.driver.Driver`).

    ``poll`` does no I/O: notifications arrive by themselves, and while the subscription is alive (notifications or
    keep-alives) the last values are accurate as of now. A node that the server does not have is Bad for itself only; it is
    looked up again at the next connection.
    """

    def __init__(self, device: str, config: OpcUaDevice, tags: TagTable, context: DriverContext) -> None:
        self._device = device
        self._config = config
        self._clock = clock = context.clock
        self._tags = tags.of_device(device)
        self._memory = TagMemory([t.handle for t in self._tags])
        self._position = {t.handle: i for i, t in enumerate(self._tags)}
        self._addresses: dict[int, NodeAddress] = {}
        for position, tag in enumerate(self._tags):
            try:
                self._addresses[position] = parse_node(tag.address)
            except ValueError as error:
                log.error("%s: %s: %s", device, tag.name, error)
                self._memory.reject(np.array([position]), int(Status.BAD_CONFIGURATION_ERROR), clock.now_ns())
        self._nodes: dict[int, NodeInfo] = {}
        self._subscribed: IntArray = np.empty(0, dtype=np.int64)
        self._security = OpcUaSecurity(config, context)
        self._session: OpcUaSession | None = None
        self._link = LinkMonitor(device, clock)
        self._keeper = LinkKeeper(self._link, clock, self._connect, self._disconnect, self._degrade)

    @property
    def device(self) -> str:
        return self._device

    def link(self) -> LinkStatus:
        return self._link.status()

    async def open(self) -> None:
        self._keeper.start(f"opcua {self._device}")

    async def close(self) -> None:
        await self._keeper.stop()

    async def poll(self) -> Readings:
        if self._link.state is LinkState.UP:
            self._memory.confirm(self._subscribed, self._clock.now_ns())
        return self._memory.readings()

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        batch = WriteBatch(writes)
        session = self._session
        if session is not None and self._link.state is LinkState.UP:
            chosen = self._encoded(batch)
            if chosen:
                await self._write(session, batch, chosen)
        batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
        return batch.results()

    async def _connect(self) -> None:
        session = OpcUaSession(self._config, self._clock, self._security, self._notified, self._alive, self._keeper.lost)
        self._session = session
        positions = list(self._addresses)
        started_ns = self._clock.now_ns()
        found = await session.open([self._addresses[p] for p in positions])
        self._link.answered(started_ns, self._clock.now_ns())
        self._nodes = dict(zip(positions, found, strict=True))
        self._notified([(position, info.value) for position, info in self._nodes.items()])
        bad = await session.subscribe({p: i.node for p, i in self._nodes.items() if not _missing(i)})
        now_ns = self._clock.now_ns()
        for position, status in bad.items():
            self._memory.reject(np.array([position]), status, now_ns)
        missing = [p for p, info in self._nodes.items() if _missing(info)]
        self._report_missing(sorted({*bad, *missing}))
        self._subscribed = np.array([p for p in positions if p not in bad and p not in missing], dtype=np.int64)
        self._memory.confirm(self._subscribed, now_ns)

    async def _disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _degrade(self) -> None:
        served = np.fromiter(self._addresses, dtype=np.int64, count=len(self._addresses))
        self._memory.degrade(self._clock.now_ns(), served)

    def _notified(self, changes: Sequence[tuple[int, ua.DataValue]]) -> None:
        for position, data in changes:
            decoded = codec.decode(data, self._tags[position])
            source_ns = decoded.source_ns or self._clock.now_ns()
            self._memory.put(position, decoded.value, decoded.status, source_ns, decoded.text)

    def _alive(self) -> None:
        self._link.requests += 1

    def _report_missing(self, positions: Sequence[int]) -> None:
        names = ", ".join(self._tags[p].name for p in positions[:10]) + (" …" if len(positions) > 10 else "")
        remark = texts.not_served(names) if positions else NO_TEXT
        if remark != NO_TEXT and remark.en not in self._link.remark.en:
            log.warning("%s: %s (%d nodes)", self._device, remark.en, len(positions))
        self._link.remark = joined(remark, self._security.remark)

    def _encoded(self, batch: WriteBatch) -> list[tuple[int, NodeInfo, ua.Variant]]:
        """What can be sent, in order; a write that cannot gets its result."""
        chosen: list[tuple[int, NodeInfo, ua.Variant]] = []
        for index, write in enumerate(batch.writes):
            if batch.held_back(index):
                continue
            position = self._position.get(write.handle, -1)
            info = self._nodes.get(position)
            if info is None or _missing(info):
                batch.done(index, int(Status.BAD_NODE_ID_UNKNOWN), texts.NO_SUCH_NODE)
                continue
            try:
                chosen.append((index, info, codec.encode(self._tags[position], write.value, info.kind)))
            except codec.UnwritableError as error:
                batch.done(index, int(error.status), error.text)
        return [c for c in chosen if not batch.held_back(c[0])]

    async def _write(self, session: OpcUaSession, batch: WriteBatch, chosen: Sequence[tuple[int, NodeInfo, ua.Variant]]) -> None:
        sent_ns = self._clock.now_ns()
        try:
            codes = await session.write([i.node for _, i, _ in chosen], [v for _, _, v in chosen])
        except OpcUaServiceError as error:
            self._link.failed(texts.write_failed(error.text), timed_out=error.status == Status.BAD_TIMEOUT)
            for index, _, _ in chosen:
                batch.done(index, error.status, texts.write_unknown(error.text))
            return
        self._link.answered(sent_ns, self._clock.now_ns())
        taken: list[tuple[int, NodeInfo]] = []
        for (index, info, _), code in zip(chosen, codes, strict=True):
            if is_bad(code):
                batch.done(index, code, refused(codec.code_name(code)))
            else:
                taken.append((index, info))
        if taken:
            await self._read_back(session, batch, taken)

    async def _read_back(self, session: OpcUaSession, batch: WriteBatch, taken: Sequence[tuple[int, NodeInfo]]) -> None:
        try:
            values = await session.read([info.node for _, info in taken])
        except OpcUaServiceError as error:
            self._link.failed(texts.readback_failed(error.text), timed_out=error.status == Status.BAD_TIMEOUT)
            for index, _ in taken:
                batch.done(index, error.status, texts.written_not_read(error.text))
            return
        for (index, info), data in zip(taken, values, strict=True):
            self._compare(batch, index, info, data)

    def _compare(self, batch: WriteBatch, index: int, info: NodeInfo, data: ua.DataValue) -> None:
        write = batch.writes[index]
        tag = self._tags[self._position[write.handle]]
        held = codec.decode(data, tag)
        if is_bad(held.status):
            batch.done(index, held.status, texts.readback_bad(codec.code_name(held.status)))
        elif batch.superseded(index) or abs(held.value - write.value) <= codec.tolerance(info.kind, write.value, tag.scale):
            batch.done(index, int(Status.GOOD))
        else:
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), differs(held.value, write.value, tag.decimals, tag.eu))


def _missing(info: NodeInfo) -> bool:
    status = info.value.StatusCode
    return status is not None and int(status.value) in (Status.BAD_NODE_ID_UNKNOWN, 0x80330000)
