"""OPC UA server of a simulated PLC over asyncua: a folder per unit, one variable node per PLC variable.

Anonymous access without security, for the simulator only. Values are pushed when they changed, with the time of the change as
source timestamp. Clients may write the writable nodes; the others refuse.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from asyncua import ua
from asyncua.server.address_space import NodeData
from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uatypes import DataValue, NodeId, QualifiedName, StatusCode, Variant, VariantType

from line.clock import NS_PER_MS, NS_PER_S, Clock
from simulators.nodes import NAMESPACE_URI
from simulators.plc import GOOD, SimPlc
from simulators.variables import Wire

ENDPOINT_PATH: Final = "/potok/plc2"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_TYPES: Final = {
    Wire.DOUBLE: VariantType.Double,
    Wire.BOOLEAN: VariantType.Boolean,
    Wire.UA_UINT16: VariantType.UInt16,
    Wire.UA_UINT32: VariantType.UInt32,
    Wire.UA_INT32: VariantType.Int32,
}
_CASTS: Final[dict[Wire, Callable[[float], float | int | bool]]] = {Wire.DOUBLE: float, Wire.BOOLEAN: bool}

Delay = Callable[[], Awaitable[None]]


def _node_id(identifier: str | int, space: int = 0) -> NodeId:
    return NodeId(identifier, space)  # pyright: ignore[reportArgumentType]  (asyncua declares integer types of its own)


def _stamped(variant: Variant, status: int, stamp: datetime) -> DataValue:
    return DataValue(variant, StatusCode(status), stamp, stamp)  # pyright: ignore[reportArgumentType]


_CURRENT_TIME: Final = _node_id(ObjectIds.Server_ServerStatus_CurrentTime)


class _SlowProtocol(OPCUAProtocol):
    """A connection whose every request waits for ``delay`` first."""

    delay: Delay | None = None

    async def _process_one_msg(self, header: object, buf: object) -> bool:
        if self.delay is not None:
            await self.delay()
        return await super()._process_one_msg(header, buf)  # pyright: ignore[reportArgumentType]


class _SlowBinaryServer(BinaryServer):
    delay: Delay | None = None

    def _make_protocol(self) -> OPCUAProtocol:
        protocol = _SlowProtocol(self.iserver, self._policies, self.clients, self.closing_tasks, self.limits)
        protocol.delay = self.delay
        return protocol


class _PlcServer(Server):
    """asyncua's server with a listener of our own, so that connections can be dropped and slowed without losing the nodes."""

    async def open_listener(self, host: str, port: int, delay: Delay) -> int:
        """Listen on ``host:port`` and return the port. The first time, start the server behind it as well."""
        listener = _SlowBinaryServer(self.iserver, host, port, self.limits)
        listener.delay = delay
        await listener.start()
        first = self.bserver is None
        self.bserver = listener
        if first:
            self.set_endpoint(f"opc.tcp://{host}:{listener.port}{ENDPOINT_PATH}")
            await self._setup_server_nodes()
            await self.iserver.start()
        listener.set_policies(self._policies)
        return listener.port

    async def close_listener(self, clock: Clock) -> None:
        """Break every connection and stop listening."""
        listener = self.bserver
        if listener is None:
            return
        for transport in tuple(self.iserver.asyncio_transports):
            transport.abort()
        while listener.clients:
            await clock.sleep_until_ns(0)
        await listener.stop()


class OpcUaPlcServer:
    """Serves one PLC on ``host:port``; port 0 takes a free one and keeps it over :meth:`drop` and :meth:`listen`."""

    def __init__(self, plc: SimPlc, clock: Clock, host: str, port: int) -> None:
        self.plc = plc
        self.host = host
        self.port = port
        self.listening = False
        self._clock = clock
        self._server: _PlcServer | None = None
        self._nodes: list[NodeId] = []
        self._index: dict[NodeId, int] = {}
        self._types = [_TYPES[v.wire] for v in plc.variables]
        self._casts = [_CASTS.get(v.wire, int) for v in plc.variables]
        self._pushed_values: list[float] = []
        self._pushed_statuses: list[int] = []
        self._outgoing: DataValue | None = None
        self._clock_written_ns = 0
        self._delayed: set[asyncio.Task[None]] = set()

    @property
    def waiting_requests(self) -> int:
        """Requests that wait for their delayed answer."""
        return len(self._delayed)

    async def listen(self) -> None:
        """Accept connections; builds the server when there is none. Raises OSError when the port is taken."""
        server = self._server
        if server is None:
            server = await self._build()
        self.port = await server.open_listener(self.host, self.port, self._delay)
        self._server = server
        self.listening = True

    async def drop(self) -> None:
        """Close every connection and accept none; the nodes stay."""
        if self._server is None or not self.listening:
            return
        self.listening = False
        for task in tuple(self._delayed):
            task.cancel()
        await self._server.close_listener(self._clock)
        await asyncio.gather(*self._delayed, return_exceptions=True)
        self._delayed.clear()

    async def close(self) -> None:
        """Stop for good: connections, listener and nodes."""
        await self.drop()
        if self._server is not None:
            server, self._server = self._server, None
            await server.iserver.stop()

    async def push(self) -> None:
        """Bring the nodes up to date with the PLC's memory, those that changed since the last push."""
        server = self._server
        if server is None:
            return
        now_ns = self._clock.now_ns()
        values, statuses = self.plc.values, self.plc.statuses
        last_values, last_statuses = self._pushed_values, self._pushed_statuses
        stamp = EPOCH + timedelta(microseconds=now_ns // 1000)
        for index, value in enumerate(values):
            status = statuses[index]
            if status == last_statuses[index] and (value == last_values[index] or value != value):
                continue
            last_values[index], last_statuses[index] = value, status
            self._outgoing = self._data_value(index, value, status, stamp)
            await server.write_attribute_value(self._nodes[index], self._outgoing)
        self._outgoing = None
        if now_ns - self._clock_written_ns >= NS_PER_S:
            self._clock_written_ns = now_ns
            await server.write_attribute_value(_CURRENT_TIME, _stamped(Variant(stamp, VariantType.DateTime), GOOD, stamp))

    def _data_value(self, index: int, value: float, status: int, stamp: datetime) -> DataValue:
        if status != GOOD:
            return _stamped(Variant(None, VariantType.Null), status, stamp)
        return _stamped(Variant(self._casts[index](value), self._types[index]), GOOD, stamp)

    async def _build(self) -> _PlcServer:
        server = _PlcServer()
        server.set_server_name(f"Potok simulator {self.plc.name}")
        server.disable_clock()
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        # The standard nodes are some hundred thousand objects: collecting garbage meanwhile doubles the time.
        collecting = gc.isenabled()
        gc.disable()
        try:
            await server.init()
        finally:
            if collecting:
                gc.enable()
        await server.set_application_uri(NAMESPACE_URI)
        space = await server.register_namespace(NAMESPACE_URI)
        folders = {}
        stamp = EPOCH + timedelta(microseconds=self._clock.now_ns() // 1000)
        self._nodes, self._index = [], {}
        for index, variable in enumerate(self.plc.variables):
            unit, _, tag = variable.name.partition(".")
            if unit not in folders:
                folders[unit] = await server.nodes.objects.add_folder(_node_id(unit, space), QualifiedName(unit, space))
            node_id = _node_id(variable.address.removeprefix("s="), space)
            initial = self._casts[index](variable.initial)
            node = await folders[unit].add_variable(node_id, QualifiedName(tag, space), initial, self._types[index])
            if variable.writable:
                await node.set_writable()
                server.set_attribute_value_setter(node_id, self._written)
            self._nodes.append(node_id)
            self._index[node_id] = index
            present = self._data_value(index, self.plc.values[index], self.plc.statuses[index], stamp)
            self._outgoing = present
            await server.write_attribute_value(node_id, present)
        self._outgoing = None
        self._pushed_values, self._pushed_statuses = list(self.plc.values), list(self.plc.statuses)
        return server

    def _written(self, node: NodeData, attribute: AttributeIds, value: DataValue) -> None:
        """A write arrives at a writable node: from a client, or our own push of what the program changed."""
        if value is not self._outgoing:
            number = value.Value.Value if value.Value is not None else None
            if not isinstance(number, bool | int | float):
                return
            index = self._index[node.nodeid]
            if self.plc.store(index, float(number)) != GOOD:
                return
            self._pushed_values[index] = self.plc.values[index]
            stamp = EPOCH + timedelta(microseconds=self._clock.now_ns() // 1000)
            value = self._data_value(index, self.plc.values[index], GOOD, stamp)
        node.attributes[attribute].value = value

    async def _delay(self) -> None:
        delay_ms = self.plc.answer_delay_ms
        if delay_ms <= 0.0:
            return
        task = asyncio.ensure_future(self._clock.sleep_until_ns(self._clock.monotonic_ns() + int(delay_ms * NS_PER_MS)))
        self._delayed.add(task)
        try:
            await task
        finally:
            self._delayed.discard(task)
