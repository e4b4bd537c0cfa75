"""OPC UA driver: a subscription where the server takes one, polling where not; a new session after every outage."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np

from line.clock import NS_PER_S
from line.devices import OpcUaDevice
from line.documents import Text
from line.driver import DriverContext
from line.image import IntArray, Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status
from line.tags import TagTable
from plc_drivers.link import LinkError, LinkKeeper, LinkMonitor, joined
from plc_drivers.opcua import texts
from plc_drivers.opcua.codec import RawValue
from plc_drivers.opcua.memory import ValueMemory
from plc_drivers.opcua.points import PollPlan, Source, by_source, points_of
from plc_drivers.opcua.security import OpcUaSecurity
from plc_drivers.opcua.services import SESSION_LOST, OpcUaServiceError
from plc_drivers.opcua.session import NODE_UNKNOWN, NodeInfo, OpcUaSession, SessionEvents, open_value
from plc_drivers.opcua.subscription import MonitoredNode, Subscription, overflowed
from plc_drivers.opcua.writer import OpcUaWriter
from plc_drivers.writes import WriteBatch, link_is_down

log = logging.getLogger(__name__)

LOOK_UP_AGAIN_S: Final = 60.0
"""How often a node that the server did not have is looked up again."""

LOST_AFTER_POLLS: Final = 3
"""Polls in a row that may fail as a whole before the connection is given up."""

_UNRECOVERABLE: Final = SESSION_LOST | {int(Status.BAD_TIMEOUT), int(Status.BAD_COMMUNICATION_ERROR)}
_NAMES: Final = 10
_PLAIN: Final = frozenset({bool, int, float, str})
"""Values that hold no structure."""


class OpcUaDriver:
    """All tags of one OPC UA server (see :class:`line.driver.Driver`).

    ``poll`` waits for the server only where tags are polled: notifications arrive by themselves, and while the subscription is
    alive (notifications or keep-alives) the last values are accurate as of now. Of several values that one message brings for a
    tag (``queue``), in the order in which the server saw them, the image takes the newest. A node that the server does not have
    is Bad for itself only and is looked up again once a minute.
    """

    def __init__(self, device: str, config: OpcUaDevice, tags: TagTable, context: DriverContext) -> None:
        self._device = device
        self._config = config
        self._clock = clock = context.clock
        self._scan_period_ms = context.scan_period_ms
        self._tags = tags.of_device(device)
        self._memory = ValueMemory([t.handle for t in self._tags])
        self._points = points_of(device, self._tags)
        unusable = np.array([p for p in range(len(self._tags)) if p not in self._points], dtype=np.int64)
        self._memory.reject(unusable, int(Status.BAD_CONFIGURATION_ERROR), clock.now_ns())
        self._served: IntArray = np.array(sorted(self._points), dtype=np.int64)
        self._nodes: dict[int, NodeInfo] = {}
        self._writer = OpcUaWriter(self._points, self._nodes, {t.handle: i for i, t in enumerate(self._tags)})
        self._security = OpcUaSecurity(config, context)
        self._session: OpcUaSession | None = None
        self._subscription: Subscription | None = None
        self._upkeep: asyncio.Task[None] | None = None
        self._forget()
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
        session = self._session
        if session is not None and self._link.state is LinkState.UP:
            due = self._polled.due()
            if due:
                await self._poll(session, due)
            self._memory.confirm(self._subscribed, session.accurate_ns())
        return self._memory.readings()

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        batch = WriteBatch(writes)
        session = self._session
        if session is not None and self._link.state is LinkState.UP:
            await self._writer.write(session, batch)
        batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
        return batch.results()

    async def _connect(self) -> None:
        self._forget()
        events = SessionEvents(self._changed, self._gap, self._lost)
        session = self._session = OpcUaSession(self._config, self._clock, self._link, self._security, events)
        await session.open({p.address.namespace for p in self._points.values()})
        if self._config.mode != "poll":
            await self._subscribe(session)
        await self._serve(session, sorted(self._points))
        self._remark()
        if self._lost_early is not None:
            raise LinkError(self._lost_early)
        self._upkeep = asyncio.create_task(self._look_up_again(session), name=f"opcua look-ups {self._device}")

    async def _subscribe(self, session: OpcUaSession) -> None:
        try:
            self._subscription = await session.subscribe()
        except OpcUaServiceError as error:
            if self._config.mode == "subscribe" or error.status in _UNRECOVERABLE:
                raise
            self._refusal = texts.all_polled(error.text)

    def _forget(self) -> None:
        """What was true of the last session."""
        self._nodes.clear()
        self._subscription = None
        self._polled = PollPlan()
        self._poll_failures = 0
        self._watched: dict[int, list[int]] = {}  # client handle → positions
        self._subscribed: IntArray = np.empty(0, dtype=np.int64)
        self._next_handle = 0
        self._absent: set[int] = set()
        self._faults: dict[int, str] = {}
        self._undamped: set[int] = set()
        self._refusal = NO_TEXT
        self._lost_early: Text | None = None

    async def _disconnect(self) -> None:
        upkeep, self._upkeep = self._upkeep, None
        if upkeep is not None:
            upkeep.cancel()
            await asyncio.gather(upkeep, return_exceptions=True)
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _degrade(self) -> None:
        self._memory.degrade(self._served, self._clock.now_ns())

    def _lost(self, reason: Text) -> None:
        """What happened until the next session is up is not known: a gap."""
        if self._link.state is LinkState.UP:
            self._link.gaps += 1
            self._keeper.lost(reason)
        elif self._lost_early is None:
            self._lost_early = reason

    async def _serve(self, session: OpcUaSession, positions: Sequence[int]) -> None:
        """Look tags up, take their first values, and subscribe or poll them; what the server does not have is left for later."""
        found = await session.look_up([(self._points[p].address, self._points[p].options.index) for p in positions])
        self._absent.difference_update(positions)
        for position, info in zip(positions, found, strict=True):
            self._nodes[position] = info
        sources = by_source(positions, self._nodes)
        self._put_all(session, sources, {source: self._nodes[at[0]].value for source, at in sources.items()})
        present = [p for p in positions if not self._nodes[p].missing]
        self._absent.update(p for p in positions if self._nodes[p].missing)
        subscription = self._subscription
        if subscription is None:
            for position in present:
                self._polled.add(position, self._tags[position].poll_every)
        else:
            await self._watch(subscription, present)

    async def _watch(self, subscription: Subscription, positions: Iterable[int]) -> None:
        handles: dict[MonitoredNode, int] = {}
        for position in positions:
            item = self._points[position].monitored(self._nodes[position], self._sampling_ms(position))
            if item not in handles:
                handles[item] = self._next_handle
                self._watched[self._next_handle] = []
                self._next_handle += 1
            self._watched[handles[item]].append(position)
        refused, undamped = await subscription.add([(handle, item) for item, handle in handles.items()])
        self._undamped.update(p for handle in undamped for p in self._watched[handle])
        for handle, status in refused.items():
            self._not_monitored(self._watched.pop(handle), status)
        self._subscribed = np.array(sorted(p for at in self._watched.values() for p in at), dtype=np.int64)

    def _not_monitored(self, positions: Iterable[int], status: int) -> None:
        """Polled, unless reading says no better."""
        for position in positions:
            readable = self._nodes[position].value.status != status and status not in NODE_UNKNOWN
            if self._config.mode == "auto" and readable:
                self._polled.add(position, self._tags[position].poll_every)
            else:
                self._absent.add(position)
                self._memory.reject(np.array([position]), status, self._clock.now_ns())

    def _sampling_ms(self, position: int) -> float:
        every = self._tags[position].poll_every
        return float(every * self._scan_period_ms if every > 1 else self._config.publishing_ms)

    def _changed(self, changes: Sequence[tuple[int, RawValue]]) -> None:
        session = self._session
        if session is None:
            return
        now_ns = self._clock.now_ns()
        overflows: set[int] = set()
        for handle, value in changes:
            at = self._watched.get(handle)
            if not at:
                continue
            self._put(session, at, value, bool(self._nodes[at[0]].range), now_ns)
            if value.status:
                if overflowed(value.status):
                    overflows.update(at)
                    self._link.gaps += 1
                if value.status in NODE_UNKNOWN:
                    self._vanished(handle)
        if overflows:
            self._tell(texts.overflow(self._named(overflows)))

    def _put(self, session: OpcUaSession, positions: Sequence[int], value: RawValue, ranged: bool, now_ns: int) -> None:
        if value.raw.__class__ not in _PLAIN:
            value = open_value(value, session.structures)
        for position in positions:
            decoded, fault = self._points[position].decode(value, ranged)
            self._memory.put(position, decoded, now_ns)
            if fault != self._faults.get(position, ""):
                self._faults[position] = fault
                self._remark()

    def _put_all(self, session: OpcUaSession, sources: Mapping[Source, Sequence[int]], values: Mapping[Source, RawValue]) -> None:
        """What a read brought."""
        now_ns = self._clock.now_ns()
        for source, value in values.items():
            self._put(session, sources[source], value, bool(source[1]), now_ns)

    def _vanished(self, handle: int) -> None:
        """The server has deleted the node: its item is dead, also when the node comes back."""
        positions = self._watched.pop(handle)
        self._absent.update(positions)
        self._subscribed = np.setdiff1d(self._subscribed, np.array(positions, dtype=np.int64))
        self._remark()

    async def _gap(self, reason: Text) -> None:
        """Messages are lost for good: nothing that is subscribed is known to be the newest until it is read again."""
        session = self._session
        if session is None:
            return
        self._link.gaps += 1
        self._tell(reason)
        self._memory.doubt(self._subscribed, self._clock.now_ns())
        sources = by_source(self._subscribed.tolist(), self._nodes)
        values = await session.read(list(sources))
        self._put_all(session, sources, dict(zip(sources, values, strict=True)))

    async def _poll(self, session: OpcUaSession, due: Sequence[int]) -> None:
        """Read what is due, one call after the other; what is not read within the time-out is BadTimeout."""
        sources = by_source(due, self._nodes)
        left: set[Source] = set(sources)
        error = OpcUaServiceError(int(Status.BAD_TIMEOUT), texts.no_answer(self._config.timeout_ms))
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000.0):
                wanted = list(sources)
                for start in range(0, len(wanted), session.per_call):
                    chunk = wanted[start : start + session.per_call]
                    values = dict(zip(chunk, await session.read(chunk), strict=True))
                    self._put_all(session, sources, values)
                    left -= values.keys()
        except TimeoutError:
            self._link.failed(error.text, timed_out=True)
        except OpcUaServiceError as failure:
            error = failure
        if not left:
            self._poll_failures = 0
            return
        at = np.array([p for source in left for p in sources[source]], dtype=np.int64)
        if self._link.state is LinkState.UP:
            self._memory.fail(at, error.status, self._clock.now_ns())
            self._poll_failures += 1
            if self._poll_failures >= LOST_AFTER_POLLS:
                self._lost(error.text)

    async def _look_up_again(self, session: OpcUaSession) -> None:
        """A session that breaks meanwhile is told by its other tasks."""
        while True:
            await self._clock.sleep_until_ns(self._clock.monotonic_ns() + int(LOOK_UP_AGAIN_S * NS_PER_S))
            if self._absent:
                with contextlib.suppress(OpcUaServiceError):
                    await self._serve(session, sorted(self._absent))
            self._remark()  # also for what comes with time: a certificate of ours that ends soon

    def _tell(self, text: Text) -> None:
        """What the panel shows beside a link that is up, until the next fault."""
        if text != self._link.last_error:
            log.warning("%s: %s", self._device, text.en)
        self._link.last_error = text

    def _remark(self) -> None:
        faulty = {p for p, fault in self._faults.items() if fault}
        polled = self._polled.positions() if self._config.mode == "auto" and self._refusal == NO_TEXT else []
        remark = joined(
            texts.not_served(self._named(self._absent)) if self._absent else NO_TEXT,
            texts.not_found_in_value(self._named(faulty)) if faulty else NO_TEXT,
            texts.polled(self._named(polled)) if polled else NO_TEXT,
            texts.no_deadband(self._named(self._undamped)) if self._undamped else NO_TEXT,
            self._refusal,
        )
        if remark != NO_TEXT and remark.en not in self._link.remark.en:
            log.warning("%s: %s", self._device, remark.en)
        self._link.remark = joined(remark, self._security.remark)

    def _named(self, positions: Iterable[int]) -> str:
        names = [self._tags[p].name for p in sorted(positions)]
        return ", ".join(names[:_NAMES]) + (" …" if len(names) > _NAMES else "")
