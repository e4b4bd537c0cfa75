"""OPC UA driver: a subscription where the server takes one, polling where not; a new session after every outage."""

from __future__ import annotations

import asyncio
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
from plc_drivers.opcua.codec import RawValue, Undecoded
from plc_drivers.opcua.memory import ValueMemory
from plc_drivers.opcua.points import PollPlan, Source, by_source, points_of
from plc_drivers.opcua.security import OpcUaSecurity
from plc_drivers.opcua.services import SESSION_LOST, OpcUaServiceError
from plc_drivers.opcua.session import NODE_UNKNOWN, NodeInfo, OpcUaSession, open_value
from plc_drivers.opcua.subscription import MonitoredNode, SessionEvents, Subscription, overflowed
from plc_drivers.opcua.writer import OpcUaWriter
from plc_drivers.writes import WriteBatch, link_is_down

log = logging.getLogger(__name__)

LOOK_UP_AGAIN_S: Final = 60.0
"""How often a node that the server did not have is looked up again."""

AT_ONCE: Final = 250
"""Values that are taken without letting the scan run in between, when thousands are looked up."""

TOLD_EVERY_NS: Final = 60 * NS_PER_S
"""Lost changes are logged no more often; the panel and the counters show each."""

LOST_AFTER_POLLS: Final = 3
"""Polls in a row that may fail as a whole before the connection is given up."""

_UNRECOVERABLE: Final = SESSION_LOST | {
    int(Status.BAD_TIMEOUT),
    int(Status.BAD_COMMUNICATION_ERROR),
    int(Status.BAD_DECODING_ERROR),
}
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
        self._tell_again_ns = clock.monotonic_ns()
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
        return self._memory.readings(live=self._link.state is LinkState.UP)

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        batch = WriteBatch(writes)
        session = self._session
        if session is not None and self._link.state is LinkState.UP:
            await self._writer.write(session, batch)
        batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
        return batch.results()

    async def _connect(self) -> None:
        self._forget()
        events = SessionEvents(self._changed, self._gap, self._lost, self._unread)
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
        self._undecoded: set[int] = set()
        self._remark_due = False
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
        sources = list(by_source(positions, self._nodes).items())
        for start in range(0, len(sources), AT_ONCE):
            await self._let_others_run()
            some = dict(sources[start : start + AT_ONCE])
            self._put_all(session, some, {source: self._nodes[at[0]].value for source, at in some.items()})
        self._absent.update(p for p in positions if self._nodes[p].missing or self._nodes[p].spoils)
        present = [p for p in positions if p not in self._absent]
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
        await self._let_others_run()
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
        vanished: list[int] = []
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
                    vanished.append(handle)
        if vanished:
            self._absent.update(self._unwatched(vanished))
            self._remark_due = True
        if self._remark_due:
            self._remark()
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
                self._remark_due = True
            if (value.raw.__class__ is Undecoded) != (position in self._undecoded):
                self._undecoded ^= {position}
                self._remark_due = True

    def _put_all(self, session: OpcUaSession, sources: Mapping[Source, Sequence[int]], values: Mapping[Source, RawValue]) -> None:
        """What a read brought."""
        now_ns = self._clock.now_ns()
        for source, value in values.items():
            self._put(session, sources[source], value, bool(source[1]), now_ns)
        if self._remark_due:
            self._remark()

    def _unwatched(self, handles: Iterable[int]) -> list[int]:
        """What these stood for. A node that the server has deleted leaves a dead item behind, also when it comes back."""
        positions = [p for handle in handles for p in self._watched.pop(handle, ())]
        self._subscribed = np.setdiff1d(self._subscribed, np.array(positions, dtype=np.int64))
        return positions

    async def _gap(self, reason: Text) -> None:
        """Messages are lost for good: nothing that is subscribed is known to be the newest until it is read again."""
        session = self._session
        if session is None:
            return
        self._link.gaps += 1
        self._tell(reason)
        self._memory.doubt(self._subscribed, self._clock.now_ns())
        sources = by_source(self._subscribed.tolist(), self._nodes)
        values = dict(zip(sources, await session.read(list(sources)), strict=True))
        spoilt = {p for source in _spoilt(values) for p in sources[source]}
        handles = [h for h, at in self._watched.items() if not spoilt.isdisjoint(at)]
        self._absent.update(self._unwatched(handles))
        self._put_all(session, sources, values)
        if handles and self._subscription is not None:
            await self._subscription.remove(handles)

    async def _unread(self, suspect: int | None) -> None:
        """A message that cannot be read: a gap. The node to blame is watched no more; it is the one that cannot be read either,
        or else the one at which reading ended, which is then polled."""
        watched = len(self._watched)
        await self._gap(texts.MESSAGE_UNREAD)
        if self._subscription is None or suspect not in self._watched or len(self._watched) < watched:
            return
        positions = self._unwatched([suspect])
        self._not_monitored(positions, int(Status.BAD_DECODING_ERROR))
        self._remark()
        await self._subscription.remove([suspect])

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
                    left -= values.keys()
                    spoilt = [p for source in _spoilt(values) for p in sources[source]]
                    if spoilt:
                        self._polled.remove(spoilt)
                        self._absent.update(spoilt)
                    self._put_all(session, sources, values)
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
            wanted = sorted(self._absent)
            if wanted:
                try:
                    await self._serve(session, wanted)
                except Exception as error:
                    if not (isinstance(error, OpcUaServiceError) and self._absent.issuperset(wanted)):
                        # found, but perhaps not watched: shown Good for ever if the session went on
                        self._lost(error.text if isinstance(error, LinkError) else texts.same(repr(error)))
                        return
            self._remark()  # also for what comes with time: a certificate of ours that ends soon

    async def _let_others_run(self) -> None:
        """The scan runs in the same loop: thousands of tags are not taken in one go."""
        await self._clock.sleep_until_ns(0)

    def _tell(self, text: Text) -> None:
        """What the panel shows beside a link that is up, until the next fault."""
        now_ns = self._clock.monotonic_ns()
        if text != self._link.last_error and now_ns >= self._tell_again_ns:
            self._tell_again_ns = now_ns + TOLD_EVERY_NS
            log.warning("%s: %s", self._device, text.en)
        self._link.last_error = text

    def _remark(self) -> None:
        self._remark_due = False
        absent = self._absent - self._undecoded
        faulty = {p for p, fault in self._faults.items() if fault}
        polled = self._polled.positions() if self._config.mode == "auto" and self._refusal == NO_TEXT else []
        remark = joined(
            texts.not_served(self._named(absent)) if absent else NO_TEXT,
            texts.undecodable(self._named(self._undecoded)) if self._undecoded else NO_TEXT,
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


def _spoilt(values: Mapping[Source, RawValue]) -> list[Source]:
    """Those that spoil every answer that holds them."""
    return [source for source, value in values.items() if value.raw is Undecoded.ANSWER]
