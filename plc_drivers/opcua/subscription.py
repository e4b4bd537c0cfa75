"""One subscription: monitored items, and the publish loop that lets no notification message go missing unnoticed.

Publish requests are answered in the order in which they were sent, so answers are taken in that order, whichever arrives first.
A number that is missing in the sequence is asked for by Republish; what the server has no more is a gap, and is told
(OPC 10000-4 §5.14.1, §7.26).
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from line.clock import NS_PER_MS, Clock
from line.documents import Text
from line.quality import Status
from plc_drivers.opcua import sequence, texts
from plc_drivers.opcua.codec import RawValue, code_name
from plc_drivers.opcua.notification import Notification, PublishAnswer, notification_of
from plc_drivers.opcua.options import Deadband
from plc_drivers.opcua.services import SESSION_LOST, OpcUaServiceError, Services, matched

KEEP_ALIVE_MS: Final = 100.0
"""Longest silence asked of a subscription without changes: a value is known to hold, or the image ages, within three scans."""

LIFETIME_MS: Final = 30_000.0
LOST_AFTER_KEEP_ALIVES: Final = 3
"""Keep-alives that may be missing in a row before the server counts as frozen."""

LEAST_SILENCE_MS: Final = 1000.0
"""Never lost sooner than this: a publishing interval of 10 ms says nothing about the load of this computer."""

OUTSTANDING: Final = 2
"""Publish requests kept at the server, so that one is there while another's answer is on its way."""

MOST_REPUBLISHED: Final = 100
MOST_UNREAD: Final = 5
"""Messages in a row that cannot be read; those under way when the item to blame is taken off are among them."""

_C = StatusCodes
_WITHOUT_FILTER: Final = frozenset(
    {
        _C.BadMonitoredItemFilterInvalid, _C.BadMonitoredItemFilterUnsupported, _C.BadFilterNotAllowed,
        _C.BadDeadbandFilterInvalid, _C.BadStructureMissing,
    }
)  # fmt: skip
_OVERFLOW: Final = 0x480
"""InfoType DataValue and the Overflow bit (OPC 10000-4 §7.39.1)."""


@dataclass(frozen=True)
class MonitoredNode:
    """What the server is asked to watch; tags with equal ones share it. ``range`` is an IndexRange or ''."""

    node: ua.NodeId
    range: str
    sampling_ms: float
    queue: int = 1
    deadband: Deadband | None = None


@dataclass(frozen=True)
class SessionEvents:
    """What the owner is told: ``values`` by client handle in the order of their sending, ``gap`` when messages are lost for good
    (awaited before the next is taken), ``lost`` once or more when the session is of no use; the owner then closes it.
    ``unread`` as ``gap``, for a message that cannot be read, with the client handle that is to blame, if any shows."""

    values: Callable[[Sequence[tuple[int, RawValue]]], None]
    gap: Callable[[Text], Awaitable[None]]
    lost: Callable[[Text], None]
    unread: Callable[[int | None], Awaitable[None]]


class Subscription:
    """``events`` are told what arrives and what does not (see :class:`SessionEvents`)."""

    def __init__(self, services: Services, clock: Clock, events: SessionEvents) -> None:
        self._services = services
        self._clock = clock
        self._events = events
        self._items: dict[int, int] = {}  # client handle → the server's id of the item
        self._unread = 0
        self._id = 0
        self._expected = sequence.FIRST
        self._acks: list[int] = []
        self._outstanding = OUTSTANDING
        self._task: asyncio.Task[None] | None = None
        self._heard_ns = 0
        self.duplicates = 0
        self.keep_alive_ns = 0
        self.silence_limit_ns = 0

    async def create(self, interval_ms: float) -> None:
        """CreateSubscription, and begin to publish. Raises OpcUaServiceError."""
        keep_alives = max(1, math.ceil(KEEP_ALIVE_MS / interval_ms))
        request = ua.CreateSubscriptionRequest()
        parameters = request.Parameters
        parameters.RequestedPublishingInterval = interval_ms
        parameters.RequestedMaxKeepAliveCount = ua.Counter(keep_alives)
        parameters.RequestedLifetimeCount = ua.Counter(max(3 * keep_alives, math.ceil(LIFETIME_MS / interval_ms)))
        parameters.MaxNotificationsPerPublish = ua.Counter(0)
        parameters.PublishingEnabled = True
        created = (await self._services.call(request, ua.CreateSubscriptionResponse)).Parameters
        self._id = int(created.SubscriptionId)
        keep_alive_ms = created.RevisedPublishingInterval * max(1, created.RevisedMaxKeepAliveCount)
        self.keep_alive_ns = int(keep_alive_ms * NS_PER_MS)
        self.silence_limit_ns = int(max(LEAST_SILENCE_MS, LOST_AFTER_KEEP_ALIVES * keep_alive_ms) * NS_PER_MS)
        self._heard_ns = self._clock.monotonic_ns()
        self._task = asyncio.create_task(self._run(), name=f"opcua publish {self._id}")

    def silent_ns(self) -> int:
        """How long nothing was heard."""
        return self._clock.monotonic_ns() - self._heard_ns

    async def add(self, items: Sequence[tuple[int, MonitoredNode]]) -> tuple[dict[int, int], list[int]]:
        """Watch these nodes by client handle: Bad statuses by handle, and the handles that are watched without their deadband.

        Raises OpcUaServiceError.
        """
        codes = await self._create(items, deadbands=True)
        again = [(h, item) for h, item in items if item.deadband is not None and codes.get(h) in _WITHOUT_FILTER]
        if again:
            for handle, _ in again:
                del codes[handle]
            codes |= await self._create(again, deadbands=False)
        return codes, [handle for handle, _ in again if handle not in codes]

    async def remove(self, handles: Sequence[int]) -> None:
        """Watch these no more. Raises OpcUaServiceError."""
        for chunk in self._services.chunks([self._items.pop(h) for h in handles if h in self._items]):
            request = ua.DeleteMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(self._id)
            request.Parameters.MonitoredItemIds = [ua.IntegerId(item) for item in chunk]
            await self._services.call(request, ua.DeleteMonitoredItemsResponse)

    async def close(self) -> None:
        """End the publish loop; the server's side ends with the session."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _create(self, items: Sequence[tuple[int, MonitoredNode]], deadbands: bool) -> dict[int, int]:
        bad: dict[int, int] = {}
        for chunk in self._services.chunks(items):
            request = ua.CreateMonitoredItemsRequest()
            request.Parameters.SubscriptionId = ua.IntegerId(self._id)
            request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
            request.Parameters.ItemsToCreate = [_request(handle, item, deadbands) for handle, item in chunk]
            response = await self._services.call(request, ua.CreateMonitoredItemsResponse)
            results = matched(response.Results, chunk, "CreateMonitoredItems")
            for (handle, _), result in zip(chunk, results, strict=True):
                if result.StatusCode.is_bad():
                    bad[handle] = int(result.StatusCode.value)
                else:
                    self._items[handle] = int(result.MonitoredItemId)
        return bad

    async def _run(self) -> None:
        waiting: deque[asyncio.Task[PublishAnswer]] = deque()
        try:
            while True:
                while len(waiting) < self._outstanding:
                    waiting.append(asyncio.create_task(self._publish(), name=f"opcua publish {self._id}"))
                answer = await self._answer(waiting[0])
                waiting.popleft()
                if answer is not None:
                    self._heard_ns = self._clock.monotonic_ns()
                    await self._take(answer)
        except OpcUaServiceError as error:
            self._events.lost(error.text)
        except Exception as error:  # values were in that message: the next session reads every one anew
            self._events.lost(texts.unreadable(repr(error)))
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _answer(self, task: asyncio.Task[PublishAnswer]) -> PublishAnswer | None:
        """None for an answer that only says to ask again. Raises OpcUaServiceError."""
        try:
            return await task
        except OpcUaServiceError as error:
            if error.status == _C.BadTooManyPublishRequests and self._outstanding > 1:
                self._outstanding -= 1
                return None
            if error.status == _C.BadTimeout:
                return None
            raise

    async def _publish(self) -> PublishAnswer:
        request = ua.PublishRequest()
        acks, self._acks = self._acks, []
        request.Parameters.SubscriptionAcknowledgements = [
            ua.SubscriptionAcknowledgement(ua.IntegerId(self._id), ua.Counter(number)) for number in acks
        ]
        return await self._services.publish(request)

    async def _take(self, answer: PublishAnswer) -> None:
        if answer.subscription != self._id:
            raise OpcUaServiceError(_C.BadNoSubscription, texts.server_answered(code_name(_C.BadNoSubscription)))
        message = answer.notification
        distance = sequence.ahead(message.number, self._expected)
        if message.empty:  # a keep-alive names the next message, and some servers the last one
            if distance > 0:
                await self._recover(message.number, distance)
            return
        if distance < 0:
            self.duplicates += 1
            self._acks.append(message.number)
            return
        if distance > 0:
            await self._recover(message.number, distance)
        self._expected = sequence.following(message.number)
        await self._deliver(message)

    async def _recover(self, number: int, count: int) -> None:
        """Ask for the messages before ``number``; tell of those that the server has no more."""
        first = self._expected
        lost = count
        if count <= MOST_REPUBLISHED:
            lost = 0
            for missing in sequence.between(first, count):
                message = await self._republish(missing)
                if message is None:
                    lost += 1
                else:
                    await self._deliver(message)
        self._expected = number
        if lost:
            await self._events.gap(texts.messages_lost(lost))

    async def _republish(self, number: int) -> Notification | None:
        request = ua.RepublishRequest()
        request.Parameters.SubscriptionId = ua.IntegerId(self._id)
        request.Parameters.RetransmitSequenceNumber = ua.Counter(number)
        try:
            message = notification_of((await self._services.call(request, ua.RepublishResponse)).NotificationMessage)
        except OpcUaServiceError as error:
            if error.status in SESSION_LOST or error.status in (Status.BAD_TIMEOUT, Status.BAD_COMMUNICATION_ERROR):
                raise
            return None
        return message if message.number == number and not message.empty else None

    async def _deliver(self, message: Notification) -> None:
        self._acks.append(message.number)
        self._unread = self._unread + 1 if message.unread else 0
        if self._unread > MOST_UNREAD:
            raise OpcUaServiceError(int(Status.BAD_DECODING_ERROR), texts.messages_unread(self._unread))
        if message.unread:
            await self._events.unread(message.suspect)
        if message.changes:
            self._events.values(message.changes)
        if message.ended is not None:
            raise OpcUaServiceError(message.ended, texts.subscription_ended(code_name(message.ended)))


def overflowed(status: int) -> bool:
    """True when the server's queue of the item ran over before this value: older changes are gone."""
    return status & 0xC80 == _OVERFLOW


def _request(handle: int, item: MonitoredNode, deadbands: bool) -> ua.MonitoredItemCreateRequest:
    request = ua.MonitoredItemCreateRequest()
    request.ItemToMonitor.NodeId = item.node
    request.ItemToMonitor.AttributeId = AttributeIds.Value
    if item.range:
        request.ItemToMonitor.IndexRange = ua.NumericRange(item.range)
    request.MonitoringMode = ua.MonitoringMode.Reporting
    parameters = request.RequestedParameters
    parameters.ClientHandle = ua.IntegerId(handle)
    parameters.SamplingInterval = item.sampling_ms
    parameters.QueueSize = ua.Counter(item.queue)
    parameters.DiscardOldest = True
    if deadbands and item.deadband is not None:
        wanted = ua.DataChangeFilter()
        wanted.Trigger = ua.DataChangeTrigger.StatusValue
        kind = ua.DeadbandType.Percent if item.deadband.percent else ua.DeadbandType.Absolute
        wanted.DeadbandType = ua.UInt32(kind)
        wanted.DeadbandValue = ua.Double(item.deadband.value)
        parameters.Filter = wanted
    return request
