"""One OPC UA session, from connect to close; a lost one is thrown away, never repaired.

Built from single service calls instead of ``Client.connect()``, which starts three supervisor tasks with a view of the
connection of their own (docs/QUIRKS.md, decision 0012).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UaClientState
from asyncua.ua.attribute_ids import AttributeIds

from line.clock import NS_PER_MS, NS_PER_S, Clock
from line.devices import OpcUaDevice
from line.quality import Status
from plc_drivers.link import LinkMonitor
from plc_drivers.opcua import texts
from plc_drivers.opcua.codec import STANDARD_NAMESPACE, NodeAddress, RawValue, Undecoded, built_in_type
from plc_drivers.opcua.notification import TypedValue
from plc_drivers.opcua.security import OpcUaSecurity
from plc_drivers.opcua.services import OpcUaServiceError, Services, matched
from plc_drivers.opcua.stream import vet
from plc_drivers.opcua.structures import BAD_INDEX_RANGE_NO_DATA, PickError, StructType, opened
from plc_drivers.opcua.subscription import SessionEvents, Subscription
from plc_drivers.opcua.types import TypeBook

SESSION_TIMEOUT_MS: Final = 60_000
CHANNEL_LIFETIME_MS: Final = 3_600_000
"""Asked of the server for the keys of the secure channel; they are renewed after three quarters of what it grants."""

CLOSE_TIMEOUT_S: Final = 0.5
PROBE_EVERY_NS: Final = 5 * NS_PER_S
"""How often the server's clock is read: round trip, difference of the clocks, and a session that died unsaid."""

NODE_UNKNOWN: Final = frozenset({int(Status.BAD_NODE_ID_UNKNOWN), int(Status.BAD_NODE_ID_INVALID)})
"""The server does not have the node."""

_NAMESPACE_ARRAY: Final = ua.NodeId.from_string("i=2255")
_CURRENT_TIME: Final = ua.NodeId.from_string("i=2258")
_OPERATION_LIMITS: Final = tuple(ua.NodeId.from_string(f"i={n}") for n in (11705, 11707, 11710, 11714))
"""MaxNodesPerRead, MaxNodesPerWrite, MaxNodesPerBrowse, MaxMonitoredItemsPerCall."""


@dataclass(frozen=True)
class NodeInfo:
    """A node as found: its first value and the built-in type to write it with (None: not known).

    ``range`` is the IndexRange of the element that the tag is, '' when the tag is the whole value or the server does not know
    ranges; the value is then whole as well.
    """

    node: ua.NodeId
    value: RawValue
    kind: ua.VariantType | None
    range: str = ""

    @property
    def missing(self) -> bool:
        """True when the server does not have the node."""
        return self.value.status in NODE_UNKNOWN

    @property
    def spoils(self) -> bool:
        """True when its value makes every answer unreadable that holds it."""
        return self.value.raw is Undecoded.ANSWER


class OpcUaSession:
    """A connection, its session and at most one subscription."""

    def __init__(
        self, config: OpcUaDevice, clock: Clock, link: LinkMonitor, security: OpcUaSecurity, events: SessionEvents
    ) -> None:
        library_log = logging.getLogger("asyncua")
        if library_log.level == logging.NOTSET:
            # it logs a traceback for every request that an outage ends; edges are logged by the link monitor
            library_log.setLevel(logging.CRITICAL + 1)
        self._config = config
        self._clock = clock
        self._security = security
        self._events = events
        self._client = Client(config.url, timeout=config.timeout_ms / 1000.0)
        self._client.application_uri = "urn:potok:engine"
        self._client.name = "Potok"
        self._client.session_timeout = SESSION_TIMEOUT_MS
        self._client.secure_channel_timeout = CHANNEL_LIFETIME_MS
        self._services = Services(self._client, config.timeout_ms, clock, link, events.lost)
        self._types = TypeBook(self._services)
        self._indices: dict[str, int] = {}
        self._subscription: Subscription | None = None
        self._renew_at_ns = 0
        self._watcher: asyncio.Task[None] | None = None

    @property
    def structures(self) -> Mapping[ua.NodeId, StructType]:
        """The structures that the values looked up so far consist of."""
        return self._types.structures

    @property
    def per_call(self) -> int:
        """Nodes that go into one call."""
        return self._services.per_call

    async def open(self, namespaces: set[str]) -> None:
        """Connect, log in and find the namespaces. Raises OpcUaServiceError or LinkError."""
        client, guard = self._client, self._services.guard
        await guard(self._security.secure(client))
        with self._security.explained():
            await guard(client.connect_socket())
            if client.uaclient.protocol is not None:
                vet(client.uaclient.protocol, self._services.spoiled)
            await guard(client.send_hello())
            await self._open_channel(renew=False)
            await guard(client.create_session())
            await guard(self._security.log_in(client))
        await self._find_namespaces(namespaces)
        await self._find_limits()
        self._watcher = asyncio.create_task(self._watch(), name=f"opcua watch {self._config.url}")

    async def look_up(self, addresses: Sequence[tuple[NodeAddress, int | None]]) -> list[NodeInfo]:
        """Each node with its value, its type and, for an element of an array, its range; in order. Raises OpcUaServiceError."""
        nodes = [a.node_id(self._indices[a.namespace or self._config.namespace]) for a, _ in addresses]
        distinct = list(dict.fromkeys(nodes))
        values: dict[ua.NodeId, TypedValue] = {}
        types: dict[ua.NodeId, ua.NodeId] = {}
        answers = await self._read([_read_id(n, a) for n in distinct for a in (AttributeIds.DataType, AttributeIds.Value)])
        for node, (data_type, _), value in zip(distinct, answers[::2], answers[1::2], strict=True):
            values[node] = value
            if isinstance(data_type.raw, ua.NodeId):
                types[node] = data_type.raw
        await self._types.resolve(set(types.values()))
        await self._types.learn(e for value, _ in values.values() for e in _encodings(value.raw))
        found: list[NodeInfo] = []
        for node in nodes:
            value, number = values[node]
            kind = self._types.built_in(types[node]) if node in types else None
            found.append(NodeInfo(node, value, kind or built_in_type(number)))
        return await self._with_ranges(found, [index for _, index in addresses])

    async def subscribe(self) -> Subscription:
        """A subscription without items. Raises OpcUaServiceError."""
        subscription = Subscription(self._services, self._clock, self._events)
        await subscription.create(float(self._config.publishing_ms))
        self._subscription = subscription
        return subscription

    async def read(self, nodes: Sequence[tuple[ua.NodeId, str]]) -> list[RawValue]:
        """The values of nodes and ranges, read from the device (no server cache), in order. Raises OpcUaServiceError.

        One that spoils every answer that holds it is ``Undecoded.ANSWER`` for itself only.
        """

        async def ask(some: Sequence[tuple[ua.NodeId, str]]) -> Sequence[RawValue]:
            request = _read_request([_read_id(node, AttributeIds.Value, index_range) for node, index_range in some])
            return matched(await self._services.read(request), some, "Read")

        given = await self._services.apart(nodes, ask)
        return [_spoilt(value) if isinstance(value, OpcUaServiceError) else value for value in given]

    async def write(self, writes: Sequence[tuple[ua.NodeId, str, ua.Variant]]) -> list[int]:
        """Write in the given order, in one call (:attr:`per_call` at most); status codes, in order. Raises OpcUaServiceError."""
        request = ua.WriteRequest()
        for node, index_range, variant in writes:
            item = ua.WriteValue()
            item.NodeId = node
            item.AttributeId = AttributeIds.Value
            if index_range:
                item.IndexRange = ua.NumericRange(index_range)
            item.Value = ua.DataValue(variant, StatusCode=None)
            request.Parameters.NodesToWrite.append(item)
        response = await self._services.call(request, ua.WriteResponse)
        return [int(r.value) for r in matched(response.Results, writes, "Write")]

    def accurate_ns(self) -> int:
        """The moment (engine's clock) until which the values that are subscribed are known to hold: now, while the server keeps
        its promise to speak within the keep-alive interval."""
        subscription = self._subscription
        overdue_ns = 0 if subscription is None else max(0, subscription.silent_ns() - subscription.keep_alive_ns)
        return self._clock.now_ns() - overdue_ns

    async def close(self) -> None:
        """End session, socket and every task; takes half a second at most. May be called twice."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        if self._subscription is not None:
            await self._subscription.close()
        if self._client.uaclient.state is UaClientState.CONNECTED:
            try:
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await self._client.uaclient.close_session(True)
                    await self._client.uaclient.close_secure_channel()
            except (TimeoutError, OSError, ua.UaError) as error:
                logging.getLogger(__name__).debug("%s: session not closed in good order: %r", self._config.url, error)
        self._client.uaclient.disconnect_socket()
        await self._clock.sleep_until_ns(0)  # lets the event loop finish closing the socket

    async def _open_channel(self, renew: bool) -> None:
        """Renewal is due after 75 % of the channel's lifetime (OPC 10000-4 §5.6.2)."""
        await self._services.guard(self._open_secure_channel(renew))
        self._renew_at_ns = self._clock.monotonic_ns() + int(self._client.secure_channel_timeout * NS_PER_MS * 0.75)

    async def _open_secure_channel(self, renew: bool) -> None:
        try:
            await self._client.open_secure_channel(renew)
        except AssertionError:  # a ServiceFault came instead of the answer: the library throws it away and trips over that
            refusal = OpcUaServiceError(int(Status.BAD_COMMUNICATION_ERROR), texts.CHANNEL_REFUSED)
            raise refusal from ConnectionAbortedError()

    async def _find_namespaces(self, uris: set[str]) -> None:
        answer = (await self._read([_read_id(_NAMESPACE_ARRAY, AttributeIds.Value)]))[0][0].raw
        known: list[str] = list(answer) if isinstance(answer, list) else []  # pyright: ignore[reportUnknownArgumentType]
        self._indices = {STANDARD_NAMESPACE: 0}
        for uri in sorted({u or self._config.namespace for u in uris} - {STANDARD_NAMESPACE}):
            if uri not in known:
                raise OpcUaServiceError(int(Status.BAD_CONFIGURATION_ERROR), texts.no_namespace(uri, ", ".join(known[1:])))
            self._indices[uri] = known.index(uri)

    async def _find_limits(self) -> None:
        """How many operations the server takes in one call (OPC 10000-5 §6.3.11); one that does not say has no limit."""
        limits = [a.raw for a, _ in await self._read([_read_id(n, AttributeIds.Value) for n in _OPERATION_LIMITS])]
        self._services.per_call = min([self._services.per_call, *(n for n in limits if isinstance(n, int) and n > 0)])

    async def _with_ranges(self, found: list[NodeInfo], indices: Sequence[int | None]) -> list[NodeInfo]:
        """Reads each wanted element by its IndexRange: only where that provably gave the element is the range used.

        Servers that ignore ranges answer with the whole array, and would replace it by a write of one element.
        """
        wanted = [(i, str(index)) for i, index in enumerate(indices) if index is not None and _is_array(found[i].value.raw)]
        values = await self.read([(found[i].node, text) for i, text in wanted])
        for (i, text), value in zip(wanted, values, strict=True):
            whole = found[i]
            if _honours_ranges(whole.value.raw, value):
                found[i] = NodeInfo(whole.node, value, whole.kind, text)
        return found

    async def _read(self, items: Sequence[ua.ReadValueId]) -> list[TypedValue]:
        async def ask(some: Sequence[ua.ReadValueId]) -> Sequence[TypedValue]:
            return matched(await self._services.read_typed(_read_request(list(some))), some, "Read")

        given = await self._services.apart(items, ask)
        return [(_spoilt(value), 0) if isinstance(value, OpcUaServiceError) else value for value in given]

    async def _watch(self) -> None:
        """Without it a frozen connection would go unnoticed: whatever ends it ends the session."""
        try:
            await self._watch_on()
        except Exception as error:
            self._events.lost(texts.same(repr(error)))

    async def _watch_on(self) -> None:
        """Ends with the first reason to give the session up."""
        probe_at_ns = self._clock.monotonic_ns() + PROBE_EVERY_NS
        async with self._client.uaclient.subscribe_state() as states:
            while True:
                subscription = self._subscription
                limit_ns = NS_PER_S if subscription is None else subscription.silence_limit_ns
                with contextlib.suppress(TimeoutError):
                    await states.next_change(timeout=limit_ns / NS_PER_S / 8)
                if self._client.uaclient.state is not UaClientState.CONNECTED:
                    self._events.lost(texts.CONNECTION_CLOSED)
                    return
                if subscription is not None and subscription.silent_ns() > limit_ns:
                    self._events.lost(texts.silent(subscription.silent_ns() / NS_PER_S))
                    return
                now_ns = self._clock.monotonic_ns()
                if now_ns >= self._renew_at_ns and not await self._renew():
                    return
                if now_ns >= probe_at_ns:
                    if not await self._probe():
                        return
                    probe_at_ns = self._clock.monotonic_ns() + PROBE_EVERY_NS

    async def _probe(self) -> bool:
        try:
            await self._read([_read_id(_CURRENT_TIME, AttributeIds.Value)])
        except OpcUaServiceError as error:
            self._events.lost(error.text)
            return False
        return True

    async def _renew(self) -> bool:
        try:
            await self._open_channel(renew=True)
        except OpcUaServiceError as error:
            self._events.lost(texts.renewal_failed(error.text))
            return False
        self._client.uaclient.revolve_security_token()
        return True


def open_value(value: RawValue, types: Mapping[ua.NodeId, StructType]) -> RawValue:
    """The value with its structures as mappings of their members; BadDecodingError for one that is not described."""
    try:
        return value._replace(raw=opened(value.raw, types))
    except PickError as error:
        return value._replace(raw=None, status=error.status) if value.status >> 31 == 0 else value


def _spoilt(error: OpcUaServiceError) -> RawValue:
    return RawValue(Undecoded.ANSWER, error.status, 0, 0)


def _encodings(raw: object) -> list[ua.NodeId]:
    """The encodings of the structures in a value."""
    values: list[Any] = raw if isinstance(raw, list) else [raw]
    return [v.TypeId for v in values if type(v) is ua.ExtensionObject and not v.TypeId.is_null()]


def _is_array(raw: object) -> bool:
    return isinstance(raw, list)


def _honours_ranges(whole: object, element: RawValue) -> bool:
    if element.status == BAD_INDEX_RANGE_NO_DATA:
        return True
    lengths = [len(v) if isinstance(v, list) else -1 for v in (whole, element.raw)]  # pyright: ignore[reportUnknownArgumentType]
    return lengths[0] > 1 and lengths[1] == 1


def _read_request(items: list[ua.ReadValueId]) -> ua.ReadRequest:
    """Values as the device has them now, not from a cache of the server."""
    request = ua.ReadRequest()
    request.Parameters.MaxAge = ua.Double(0.0)
    request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
    request.Parameters.NodesToRead = items
    return request


def _read_id(node: ua.NodeId, attribute: AttributeIds, index_range: str = "") -> ua.ReadValueId:
    item = ua.ReadValueId()
    item.NodeId = node
    item.AttributeId = attribute
    if index_range:
        item.IndexRange = ua.NumericRange(index_range)
    return item
