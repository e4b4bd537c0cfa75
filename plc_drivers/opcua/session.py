"""One OPC UA session with one subscription, from connect to close; a lost one is thrown away, never repaired.

Built from asyncua's public service calls instead of ``Client.connect()``, which starts three supervisor tasks with a view of
the connection of their own (docs/QUIRKS.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UaClientState
from asyncua.ua.attribute_ids import AttributeIds

from line.clock import NS_PER_S, Clock
from line.devices import OpcUaDevice
from line.documents import Text
from line.quality import Status
from plc_drivers.link import LinkError
from plc_drivers.opcua import texts
from plc_drivers.opcua.codec import STANDARD_NAMESPACE, NodeAddress, code_name, variant_type
from plc_drivers.opcua.security import OpcUaSecurity

ITEMS_PER_CALL: Final = 250
"""More in one call makes servers refuse it or the event loop stutter (docs/QUIRKS.md)."""

KEEP_ALIVE_MS: Final = 500.0
"""Longest silence asked of a subscription without changes."""

LOST_AFTER_KEEP_ALIVES: Final = 3
"""Keep-alives that may be missing in a row before the server counts as frozen."""

SESSION_TIMEOUT_MS: Final = 60_000
SUBSCRIPTION_LIFETIME_MS: Final = 30_000.0
CLOSE_TIMEOUT_S: Final = 0.5
_NAMESPACE_ARRAY: Final = ua.NodeId.from_string("i=2255")

ResultT = TypeVar("ResultT")
ItemT = TypeVar("ItemT")


class OpcUaServiceError(LinkError):
    """A service call that failed as a whole; ``status`` is its OPC UA code."""

    def __init__(self, status: int, text: Text) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class NodeInfo:
    """A node as found at connect: its first value and the built-in type to write it with (None: not known)."""

    node: ua.NodeId
    value: ua.DataValue
    kind: ua.VariantType | None


class OpcUaSession:
    """``on_data`` is handed (position, DataValue) pairs, ``on_alive`` follows every publish answer, also an empty one.

    ``on_lost`` is called once when the connection broke or the subscription fell silent; the owner then calls :meth:`close`.
    """

    def __init__(
        self,
        config: OpcUaDevice,
        clock: Clock,
        security: OpcUaSecurity,
        on_data: Callable[[Sequence[tuple[int, ua.DataValue]]], None],
        on_alive: Callable[[], None],
        on_lost: Callable[[Text], None],
    ) -> None:
        library_log = logging.getLogger("asyncua")
        if library_log.level == logging.NOTSET:
            # it logs a traceback for every request that an outage ends; edges are logged by the link monitor
            library_log.setLevel(logging.CRITICAL + 1)
        self._config = config
        self._clock = clock
        self._security = security
        self._on_data = on_data
        self._on_alive = on_alive
        self._on_lost = on_lost
        self._client = Client(config.url, timeout=config.timeout_ms / 1000.0)
        self._client.application_uri = "urn:potok:engine"
        self._client.name = "Potok"
        self._client.session_timeout = SESSION_TIMEOUT_MS
        self._alive_ns = 0
        self._silence_limit_ns = 0
        self._renew_at_ns = 0
        self._watcher: asyncio.Task[None] | None = None

    async def open(self, addresses: Sequence[NodeAddress]) -> list[NodeInfo]:
        """Connect and look every node up; one NodeInfo per address, in order. Raises OpcUaServiceError."""
        client = self._client
        await self._call(self._security.secure(client))
        with self._security.explained():
            await self._call(client.connect_socket())
            await self._call(client.send_hello())
            await self._open_channel(renew=False)
            await self._call(client.create_session())
            await self._call(self._security.log_in(client))
        indices = await self._namespaces({a.namespace or self._config.namespace for a in addresses})
        nodes = [a.node_id(indices[a.namespace or self._config.namespace]) for a in addresses]
        return await self._look_up(nodes)

    async def subscribe(self, nodes: Mapping[int, ua.NodeId]) -> dict[int, int]:
        """Subscribe to position → node with a queue of one; the answer holds the Bad statuses by position."""
        interval = float(self._config.publishing_ms)
        keep_alives = max(1, math.ceil(KEEP_ALIVE_MS / interval))
        request = ua.CreateSubscriptionParameters()
        request.RequestedPublishingInterval = interval
        request.RequestedMaxKeepAliveCount = keep_alives
        request.RequestedLifetimeCount = max(3 * keep_alives, math.ceil(SUBSCRIPTION_LIFETIME_MS / interval))
        request.MaxNotificationsPerPublish = 0
        request.PublishingEnabled = True
        session = self._client.uaclient.session
        created = await self._call(session.create_subscription(request, self._published))
        keep_alive_ms = created.RevisedPublishingInterval * max(1, created.RevisedMaxKeepAliveCount)
        # at least a second: a publishing interval of 10 ms says nothing about the load of this computer
        limit_ms = max(1000.0, LOST_AFTER_KEEP_ALIVES * keep_alive_ms)
        self._silence_limit_ns = int(limit_ms * 1_000_000)
        self._alive_ns = self._clock.monotonic_ns()
        bad: dict[int, int] = {}
        for chunk in _chunks(list(nodes.items()), ITEMS_PER_CALL):
            params = ua.CreateMonitoredItemsParameters()
            params.SubscriptionId = created.SubscriptionId
            params.TimestampsToReturn = ua.TimestampsToReturn.Both
            params.ItemsToCreate = [_monitored(position, node, interval) for position, node in chunk]
            results = await self._call(session.create_monitored_items(params))
            bad |= {p: int(r.StatusCode.value) for (p, _), r in zip(chunk, results, strict=True) if r.StatusCode.is_bad()}
        self._watcher = asyncio.create_task(self._watch(), name=f"opcua watch {self._config.url}")
        return bad

    async def read(self, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
        """The values of the nodes, read from the device (no server cache), in order. Raises OpcUaServiceError."""
        values: list[ua.DataValue] = []
        for chunk in _chunks(nodes, ITEMS_PER_CALL):
            values += await self._read([_read_id(node, AttributeIds.Value) for node in chunk])
        return values

    async def write(self, nodes: Sequence[ua.NodeId], values: Sequence[ua.Variant]) -> list[int]:
        """One Write service call (per 250 nodes) in the given order; status codes, in order. Raises OpcUaServiceError."""
        codes: list[int] = []
        for chunk in _chunks(list(zip(nodes, values, strict=True)), ITEMS_PER_CALL):
            params = ua.WriteParameters()
            for node, variant in chunk:
                item = ua.WriteValue()
                item.NodeId = node
                item.AttributeId = AttributeIds.Value
                item.Value = ua.DataValue(variant, StatusCode=None)
                params.NodesToWrite.append(item)
            results = await self._call(self._client.uaclient.session.write(params))
            codes += [int(r.value) for r in results]
        return codes

    async def close(self) -> None:
        """End session, socket and every task; takes half a second at most. May be called twice."""
        watcher, self._watcher = self._watcher, None
        publisher = self._client.uaclient._publish_task  # the library forgets this task when the socket is lost first
        if watcher is not None:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        if self._client.uaclient.state is UaClientState.CONNECTED:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._client.uaclient.close_session(True)
                    await self._client.uaclient.close_secure_channel()
            except (TimeoutError, OSError, ua.UaError) as error:
                logging.getLogger(__name__).debug("%s: session not closed in good order: %r", self._config.url, error)
        self._client.uaclient.disconnect_socket()
        if publisher is not None:
            publisher.cancel()
            await asyncio.gather(publisher, return_exceptions=True)
        await self._clock.sleep_until_ns(0)  # lets the event loop finish closing the socket

    async def _open_channel(self, renew: bool) -> None:
        """Renewal is due after 75 % of the channel's lifetime (OPC 10000-4 §5.6.2)."""
        await self._call(self._client.open_secure_channel(renew))
        lifetime_ms = self._client.secure_channel_timeout
        self._renew_at_ns = self._clock.monotonic_ns() + int(lifetime_ms * 750_000)

    async def _namespaces(self, uris: set[str]) -> dict[str, int]:
        answer = (await self._read([_read_id(_NAMESPACE_ARRAY, AttributeIds.Value)]))[0]
        held = answer.Value.Value if answer.Value is not None else None
        known: list[str] = list(held) if isinstance(held, list) else []
        indices = {STANDARD_NAMESPACE: 0}
        for uri in sorted(uris - {STANDARD_NAMESPACE}):
            if uri not in known:
                raise OpcUaServiceError(int(Status.BAD_CONFIGURATION_ERROR), texts.no_namespace(uri, ", ".join(known[1:])))
            indices[uri] = known.index(uri)
        return indices

    async def _look_up(self, nodes: Sequence[ua.NodeId]) -> list[NodeInfo]:
        found: list[NodeInfo] = []
        for chunk in _chunks(nodes, ITEMS_PER_CALL // 2):
            ids = [_read_id(n, a) for n in chunk for a in (AttributeIds.DataType, AttributeIds.Value)]
            answers = await self._read(ids)
            for node, data_type, value in zip(chunk, answers[::2], answers[1::2], strict=True):
                found.append(NodeInfo(node, value, variant_type(data_type, value)))
        return found

    async def _read(self, items: list[ua.ReadValueId]) -> list[ua.DataValue]:
        params = ua.ReadParameters()
        params.MaxAge = 0.0
        params.TimestampsToReturn = ua.TimestampsToReturn.Both
        params.NodesToRead = items
        return await self._call(self._client.uaclient.session.read(params))

    async def _call(self, awaitable: Awaitable[ResultT]) -> ResultT:
        try:
            return await awaitable
        except ua.UaStatusCodeError as error:
            raise OpcUaServiceError(int(error.code), texts.server_answered(code_name(int(error.code)))) from error
        except LinkError:
            raise
        except TimeoutError as error:
            raise OpcUaServiceError(int(Status.BAD_TIMEOUT), texts.no_answer(self._config.timeout_ms)) from error
        except Exception as error:  # OSError, UaError, and whatever a malformed answer raises in the library's parser
            text = texts.same(str(error) or type(error).__name__)
            raise OpcUaServiceError(int(Status.BAD_COMMUNICATION_ERROR), text) from error

    def _published(self, result: ua.PublishResult) -> None:
        self._alive_ns = self._clock.monotonic_ns()
        try:
            for notification in result.NotificationMessage.NotificationData or ():
                self._take(notification)
        except Exception as error:  # the library would drop it, and with it the changes that came in the same message
            self._on_lost(texts.unreadable(repr(error)))
        else:
            self._on_alive()

    def _take(self, notification: object) -> None:
        if isinstance(notification, ua.DataChangeNotification):
            self._on_data([(int(item.ClientHandle), item.Value) for item in notification.MonitoredItems])
        elif isinstance(notification, ua.StatusChangeNotification):
            self._on_lost(texts.subscription_ended(code_name(int(notification.Status.value))))

    async def _watch(self) -> None:
        """Ends with the first reason to give the session up."""
        async with self._client.uaclient.subscribe_state() as states:
            while True:
                with contextlib.suppress(TimeoutError):
                    await states.next_change(timeout=self._silence_limit_ns / NS_PER_S / 8)
                if self._client.uaclient.state is not UaClientState.CONNECTED:
                    self._on_lost(texts.CONNECTION_CLOSED)
                    return
                now_ns = self._clock.monotonic_ns()
                if now_ns - self._alive_ns > self._silence_limit_ns:
                    self._on_lost(texts.silent((now_ns - self._alive_ns) / NS_PER_S))
                    return
                if now_ns >= self._renew_at_ns and not await self._renew():
                    return

    async def _renew(self) -> bool:
        try:
            await self._open_channel(renew=True)
        except OpcUaServiceError as error:
            self._on_lost(texts.renewal_failed(error.text))
            return False
        self._client.uaclient.revolve_security_token()
        return True


def _read_id(node: ua.NodeId, attribute: AttributeIds) -> ua.ReadValueId:
    item = ua.ReadValueId()
    item.NodeId = node
    item.AttributeId = attribute
    return item


def _monitored(position: int, node: ua.NodeId, interval_ms: float) -> ua.MonitoredItemCreateRequest:
    item = ua.MonitoredItemCreateRequest()
    item.ItemToMonitor = _read_id(node, AttributeIds.Value)
    item.MonitoringMode = ua.MonitoringMode.Reporting
    item.RequestedParameters.ClientHandle = position
    item.RequestedParameters.SamplingInterval = interval_ms
    item.RequestedParameters.QueueSize = 1
    item.RequestedParameters.DiscardOldest = True
    return item


def _chunks(items: Sequence[ItemT], size: int) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
