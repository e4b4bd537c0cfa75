"""What an OPC UA server holds: its variables below a node and what a tag table wants to know of them (OPC 10000-3, 10000-4 §5.9).

Read only. Nodes of the standard's namespace are passed by, save the properties that describe a variable.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from asyncua import ua
from asyncua.client.client import Client
from asyncua.client.ua_client import UaClientState
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from line.devices import OpcUaDevice
from line.driver import DriverContext
from plc_drivers.link import LinkError
from plc_drivers.opcua import texts
from plc_drivers.opcua.codec import STANDARD_NAMESPACE, parse_node
from plc_drivers.opcua.security import OpcUaSecurity

NODES_PER_CALL: Final = 250
MAX_DEPTH: Final = 64
MAX_NODES: Final = 200_000

_OBJECTS: Final = ua.NodeId.from_string("i=85")
_NAMESPACE_ARRAY: Final = ua.NodeId.from_string("i=2255")
_HIERARCHICAL: Final = ua.NodeId.from_string("i=33")
_HAS_SUBTYPE: Final = ua.NodeId.from_string("i=45")
_HAS_PROPERTY: Final = ua.NodeId.from_string("i=46")
_ENUMERATION: Final = 29
_STRUCTURE: Final = 22
_ABSTRACT: Final = frozenset({24, 26, 27, 28})
_OBJECT_OR_VARIABLE: Final = 3
_TOO_MUCH: Final = frozenset({
    StatusCodes.BadTooManyOperations, StatusCodes.BadResponseTooLarge, StatusCodes.BadRequestTooLarge,
    StatusCodes.BadEncodingLimitsExceeded, StatusCodes.BadTcpMessageTooLarge,
})  # fmt: skip
"""A call that asked for more than the server does at once; it is halved."""

_ATTRIBUTES: Final = (
    AttributeIds.DataType, AttributeIds.ValueRank, AttributeIds.ArrayDimensions, AttributeIds.AccessLevel,
    AttributeIds.UserAccessLevel, AttributeIds.Description, AttributeIds.Value,
)  # fmt: skip
_CURRENT_READ, _CURRENT_WRITE = 1, 2

ItemT = TypeVar("ItemT")
Progress = Callable[[int], None]


@dataclass
class FoundVariable:
    """A variable as the server describes it.

    ``kind`` is ``bool int enum float string struct`` or '' for what is none of them; ``type_name`` the built-in type, or the
    name of the enumeration. ``length`` is the number of elements of a one-dimensional array, 0 of an empty one, -1 for a single
    value, -2 for more dimensions. ``lo`` and ``hi`` are NaN where the server gives no EURange.
    """

    path: tuple[str, ...]
    namespace: str
    identifier: str
    title: str
    kind: str = ""
    type_name: str = ""
    length: int = -1
    readable: bool = True
    writable: bool = False
    description: str = ""
    eu: str = ""
    lo: float = math.nan
    hi: float = math.nan
    enum: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass
class _Visit:
    node: ua.NodeId
    path: tuple[str, ...]
    variable: FoundVariable | None


async def browse(
    config: OpcUaDevice, context: DriverContext, under: str = "", progress: Progress = lambda _: None
) -> list[FoundVariable]:
    """Every variable below ``under`` (an address as in tags.csv; '' for Objects), in the order of the address space.

    Raises LinkError when the server cannot be reached, does not let us in, or has no such node; ValueError for a wrong address.
    """
    start = parse_node(under) if under else None
    async with _connected(config, context) as client:
        session = client.uaclient.session
        try:
            walk = _Walk(session, await _namespaces(session), progress)
            node = _OBJECTS if start is None else start.node_id(walk.index(start.namespace or config.namespace))
            await walk.run(node)
            await walk.describe()
        except ua.UaStatusCodeError as error:
            raise LinkError(texts.server_answered(ua.StatusCode(ua.UInt32(error.code)).name)) from error
        except (TimeoutError, OSError, ua.UaError) as error:
            raise LinkError(texts.same(str(error) or type(error).__name__)) from error
        return walk.found


@contextlib.asynccontextmanager
async def _connected(config: OpcUaDevice, context: DriverContext) -> AsyncIterator[Client]:
    """A session without the tasks that the library's own connect() starts."""
    security = OpcUaSecurity(config, context)
    client = Client(config.url, timeout=config.timeout_ms / 1000.0)
    client.application_uri, client.name = "urn:potok:browse", "Potok browse"
    try:
        await security.secure(client)
        try:
            with security.explained():
                await client.connect_socket()
                await client.send_hello()
                await client.open_secure_channel()
                await client.create_session()
                await security.log_in(client)
        except (TimeoutError, OSError, ua.UaError) as error:
            raise LinkError(texts.same(str(error) or type(error).__name__)) from error
        yield client
    finally:
        if client.uaclient.state is UaClientState.CONNECTED:
            with contextlib.suppress(TimeoutError, OSError, ua.UaError):
                await client.uaclient.close_session(True)
                await client.uaclient.close_secure_channel()
        client.uaclient.disconnect_socket()
        await context.clock.sleep_until_ns(0)  # lets the event loop finish closing the socket


async def _namespaces(session: Any) -> list[str]:
    [answer] = await _read(session, [(_NAMESPACE_ARRAY, AttributeIds.Value)])
    return [str(uri) for uri in _value(answer) or [STANDARD_NAMESPACE]]


class _Walk:
    """Breadth first, each node once, so that a space that runs in circles ends."""

    def __init__(self, session: Any, namespaces: Sequence[str], progress: Progress) -> None:
        self._session = session
        self._namespaces = namespaces
        self._progress = progress
        self._nodes: list[ua.NodeId] = []
        self._properties: dict[int, dict[str, ua.NodeId]] = {}
        self._types: dict[ua.NodeId, tuple[str, str]] = {}
        self.found: list[FoundVariable] = []

    def index(self, uri: str) -> int:
        """Index of a namespace. Raises LinkError when the server has none such."""
        if uri not in self._namespaces:
            raise LinkError(texts.no_namespace(uri, ", ".join(self._namespaces[1:])))
        return self._namespaces.index(uri)

    async def run(self, start: ua.NodeId) -> None:
        seen = {start}
        level = [_Visit(start, (), None)]
        [itself] = await _read(self._session, [(start, AttributeIds.NodeClass)])
        if itself.StatusCode is not None and itself.StatusCode.is_bad():
            raise ua.UaStatusCodeError(int(itself.StatusCode.value))
        for _ in range(MAX_DEPTH):
            following: list[_Visit] = []
            for chunk in _chunks(level):
                for visit, references in zip(chunk, await self._references([v.node for v in chunk]), strict=True):
                    for reference in references:
                        child = self._enter(visit, reference, seen)
                        if child is not None:
                            following.append(child)
                self._progress(len(self.found))
            level = following
            if not level or len(seen) > MAX_NODES:
                return

    def _enter(self, parent: _Visit, reference: Any, seen: set[ua.NodeId]) -> _Visit | None:
        """The child to go on with; a property that describes its variable is kept with that."""
        target = reference.NodeId
        if getattr(target, "ServerIndex", 0):
            return None
        node = ua.NodeId(target.Identifier, target.NamespaceIndex, target.NodeIdType)
        name = str(reference.BrowseName.Name or "")
        is_variable = reference.NodeClass == ua.NodeClass.Variable
        if reference.ReferenceTypeId == _HAS_PROPERTY and reference.BrowseName.NamespaceIndex == 0:
            if parent.variable is not None:
                self._properties.setdefault(id(parent.variable), {})[name] = node
            return None
        if node.NamespaceIndex == 0 or node in seen:
            return None
        seen.add(node)
        path = (*parent.path, name)
        variable = None
        if is_variable and node.NamespaceIndex < len(self._namespaces):
            identifier = node.to_string().rpartition(f"ns={node.NamespaceIndex};")[2]
            title = str(getattr(reference.DisplayName, "Text", "") or name)
            variable = FoundVariable(path, self._namespaces[node.NamespaceIndex], identifier, title)
            self.found.append(variable)
            self._nodes.append(node)
        return _Visit(node, path, variable)

    async def _references(self, nodes: Sequence[ua.NodeId]) -> list[list[Any]]:
        """What stands below each node, all parts of an answer that comes in parts."""
        results = await self._browse(nodes)
        gathered = [list(r.References or ()) for r in results]
        for position, result in enumerate(results):
            if len(nodes) > 1 and int(result.StatusCode.value) == StatusCodes.BadNoContinuationPoints:
                [gathered[position]] = await self._references([nodes[position]])
                continue
            point = result.ContinuationPoint
            while point:
                params = ua.BrowseNextParameters()
                params.ReleaseContinuationPoints = False
                params.ContinuationPoints = [point]
                [more] = await self._session.browse_next(params)
                more.StatusCode.check()
                gathered[position] += more.References or ()
                point = more.ContinuationPoint
        return gathered

    async def _browse(self, nodes: Sequence[ua.NodeId], reference: ua.NodeId = _HIERARCHICAL, inverse: bool = False) -> list[Any]:
        async def ask(some: Sequence[ua.NodeId]) -> list[Any]:
            params = ua.BrowseParameters()
            params.RequestedMaxReferencesPerNode = ua.UInt32(0)
            params.NodesToBrowse = [_description(node, reference, inverse) for node in some]
            return await self._session.browse(params)

        return await _halved(ask, nodes)

    async def describe(self) -> None:
        """Fill in type, access, range and unit of what was found."""
        per_call = NODES_PER_CALL // len(_ATTRIBUTES)
        types: list[ua.NodeId | None] = []
        for chunk in _chunks(list(zip(self.found, self._nodes, strict=True)), per_call):
            answers = await _read(self._session, [(node, a) for _, node in chunk for a in _ATTRIBUTES])
            for number, (variable, _) in enumerate(chunk):
                held = answers[number * len(_ATTRIBUTES) : (number + 1) * len(_ATTRIBUTES)]
                types.append(_attributes(variable, held))
        for variable, data_type in zip(self.found, types, strict=True):
            variable.kind, variable.type_name = await self._kind(data_type)
        await self._read_properties(types)

    async def _read_properties(self, types: Sequence[ua.NodeId | None]) -> None:
        wanted = [
            (variable, name, node)
            for variable in self.found
            for name, node in self._properties.get(id(variable), {}).items()
            if name in ("EURange", "EngineeringUnits", "EnumStrings", "EnumValues")
        ]
        for chunk in _chunks(wanted):
            answers = await _read(self._session, [(node, AttributeIds.Value) for _, _, node in chunk])
            for (variable, name, _), answer in zip(chunk, answers, strict=True):
                _take_property(variable, name, _value(answer))
        texts_of: dict[ua.NodeId, Mapping[int, str]] = {}
        for variable, data_type in zip(self.found, types, strict=True):
            if variable.kind == "enum" and not variable.enum and data_type is not None:
                if data_type not in texts_of:
                    texts_of[data_type] = await self._enum_texts(data_type)
                variable.enum = texts_of[data_type]

    async def _enum_texts(self, data_type: ua.NodeId) -> Mapping[int, str]:
        """Texts of an enumeration: its definition, or a property of its data type."""
        [answer] = await _read(self._session, [(data_type, AttributeIds.DataTypeDefinition)])
        definition = _value(answer)
        if isinstance(definition, ua.EnumDefinition):
            return {int(f.Value): str(getattr(f.DisplayName, "Text", "") or f.Name or "") for f in definition.Fields or ()}
        holder = FoundVariable((), "", "", "")
        [result] = await self._browse([data_type], _HAS_PROPERTY)
        for reference in result.References or ():
            if str(reference.BrowseName.Name) in ("EnumStrings", "EnumValues"):
                node = ua.NodeId(reference.NodeId.Identifier, reference.NodeId.NamespaceIndex, reference.NodeId.NodeIdType)
                [answer] = await _read(self._session, [(node, AttributeIds.Value)])
                _take_property(holder, str(reference.BrowseName.Name), _value(answer))
        return holder.enum

    async def _kind(self, data_type: ua.NodeId | None) -> tuple[str, str]:
        """Kind and name of a data type: its own, or that of the nearest type above that is known."""
        if data_type is None:
            return "", "unknown"
        if data_type not in self._types:
            self._types[data_type] = await self._look_up(data_type)
        return self._types[data_type]

    async def _look_up(self, data_type: ua.NodeId) -> tuple[str, str]:
        at, [named] = data_type, await _read(self._session, [(data_type, AttributeIds.BrowseName)])
        name = str(getattr(_value(named), "Name", "") or data_type.to_string())
        for _ in range(MAX_DEPTH):
            if at.NamespaceIndex == 0 and isinstance(at.Identifier, int):
                if at.Identifier == _ENUMERATION:
                    return "enum", name
                if at.Identifier == _STRUCTURE:
                    return "struct", name
                if at.Identifier in _KINDS:
                    built_in = ua.VariantType(at.Identifier).name if at.Identifier <= 25 else name
                    return _KINDS[at.Identifier], built_in
            [result] = await self._browse([at], _HAS_SUBTYPE, inverse=True)
            if not result.References:
                break
            above = result.References[0].NodeId
            at = ua.NodeId(above.Identifier, above.NamespaceIndex, above.NodeIdType)
        return "", name


_KINDS: Final = {
    1: "bool", 2: "int", 3: "int", 4: "int", 5: "int", 6: "int", 7: "int", 8: "int", 9: "int", 10: "float", 11: "float",
    12: "string", 13: "string", 14: "string", 19: "int", 20: "string", 21: "string", 26: "float", 27: "int", 28: "int",
}  # fmt: skip
"""Numbers of data types in namespace 0 (OPC 10000-6 §5.1.2; 26 to 28 are Number, Integer, UInteger) → kind of a tag."""


def _description(node: ua.NodeId, reference: ua.NodeId, inverse: bool) -> ua.BrowseDescription:
    item = ua.BrowseDescription()
    item.NodeId = node
    item.BrowseDirection = ua.BrowseDirection.Inverse if inverse else ua.BrowseDirection.Forward
    item.ReferenceTypeId = reference
    item.IncludeSubtypes = True
    item.NodeClassMask = ua.UInt32(0 if inverse else _OBJECT_OR_VARIABLE)
    item.ResultMask = ua.UInt32(63)
    return item


async def _read(session: Any, items: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
    async def ask(some: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
        params = ua.ReadParameters()
        params.TimestampsToReturn = ua.TimestampsToReturn.Neither
        for node, attribute in some:
            item = ua.ReadValueId()
            item.NodeId, item.AttributeId = node, attribute
            params.NodesToRead.append(item)
        return await session.read(params)

    return await _halved(ask, items)


async def _halved(ask: Callable[[Sequence[ItemT]], Awaitable[list[Any]]], items: Sequence[ItemT]) -> list[Any]:
    """One call, or as many as the server's limits make of it; the answers in order."""
    try:
        return await ask(items)
    except ua.UaStatusCodeError as error:
        if error.code not in _TOO_MUCH or len(items) < 2:
            raise
    half = len(items) // 2
    return [*await _halved(ask, items[:half]), *await _halved(ask, items[half:])]


def _value(answer: ua.DataValue) -> Any:
    good = answer.StatusCode is None or not answer.StatusCode.is_bad()
    return answer.Value.Value if good and answer.Value is not None else None


def _attributes(variable: FoundVariable, answers: Sequence[ua.DataValue]) -> ua.NodeId | None:
    """Take over what was read of one variable; its data type."""
    data_type, rank, dimensions, access, user_access, description, value = (_value(a) for a in answers)
    allowed = int(access if access is not None else _CURRENT_READ) & int(user_access if user_access is not None else 0xFF)
    variable.readable, variable.writable = bool(allowed & _CURRENT_READ), bool(allowed & _CURRENT_WRITE)
    variable.description = str(getattr(description, "Text", "") or "").strip()
    rank = int(rank) if rank is not None else -1
    if isinstance(value, list):
        variable.length = -2 if value and isinstance(value[0], list) else len(value)
    elif rank >= 1:
        sizes = [int(d) for d in dimensions or ()]
        variable.length = -2 if rank > 1 else sizes[0] if len(sizes) == 1 else 0
    if not isinstance(data_type, ua.NodeId):
        return None
    held = answers[-1].Value
    if data_type.NamespaceIndex == 0 and data_type.Identifier in _ABSTRACT and held is not None and value is not None:
        return ua.NodeId.from_string(f"i={held.VariantType.value}")  # an abstract type: the value tells
    return data_type


def _take_property(variable: FoundVariable, name: str, value: Any) -> None:
    if name == "EURange" and isinstance(value, ua.Range):
        variable.lo, variable.hi = float(value.Low), float(value.High)
    elif name == "EngineeringUnits" and isinstance(value, ua.EUInformation):
        variable.eu = str(getattr(value.DisplayName, "Text", "") or "").strip()
    elif name == "EnumStrings" and isinstance(value, list):
        variable.enum = {number: str(getattr(text, "Text", text) or "") for number, text in enumerate(value)}
    elif name == "EnumValues" and isinstance(value, list):
        known = [v for v in value if isinstance(v, ua.EnumValueType)]
        variable.enum = {int(v.Value): str(getattr(v.DisplayName, "Text", "") or "") for v in known}


def _chunks(items: Sequence[ItemT], size: int = NODES_PER_CALL) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
