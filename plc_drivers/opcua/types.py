"""What the data types of a server come down to: the built-in type to write, the members of a structure. Kept for one session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.ua_binary import struct_from_binary

from plc_drivers.opcua.services import DIVISIBLE, OpcUaServiceError, Services, matched
from plc_drivers.opcua.structures import MAX_DEPTH, Form, Member, StructType

_V = ua.VariantType
_ENUMERATION: Final = 29
_ABSTRACT: Final = frozenset({24, 26, 27, 28})
"""BaseDataType, Number, Integer, UInteger: the type of the value decides."""
_STRUCTURE: Final = 22
_HAS_ENCODING: Final = ua.NodeId.from_string("i=38")
_HAS_SUBTYPE: Final = ua.NodeId.from_string("i=45")


class TypeBook:
    """The types of one server as far as they were asked for. ``structures`` maps an encoding's NodeId to the structure."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._built_in: dict[ua.NodeId, ua.VariantType | None] = {}
        self._by_type: dict[ua.NodeId, StructType] = {}
        self.structures: dict[ua.NodeId, StructType] = {}

    def built_in(self, data_type: ua.NodeId) -> ua.VariantType | None:
        """What :meth:`resolve` found; None for an abstract or an unknown type."""
        return _standard(data_type) or self._built_in.get(data_type)

    async def resolve(self, data_types: Iterable[ua.NodeId]) -> None:
        """Follow HasSubtype upwards until a built-in type (OPC 10000-3 §5.8). Raises OpcUaServiceError."""
        start = {t for t in data_types if t not in self._built_in and _standard(t) is None and not _is_abstract(t)}
        above = {t: t for t in start}
        for _ in range(MAX_DEPTH):
            parents = await self._parents(sorted(set(above.values()), key=str), _HAS_SUBTYPE)
            for origin, at in tuple(above.items()):
                parent = parents.get(at)
                if parent is None or _is_abstract(parent):
                    self._built_in[origin] = None
                    del above[origin]
                elif (found := self.built_in(parent)) is not None:
                    self._built_in[origin] = found
                    del above[origin]
                else:
                    above[origin] = parent
            if not above:
                return
        self._built_in |= dict.fromkeys(above)  # no end: a server whose types go round in a circle

    async def learn(self, encodings: Iterable[ua.NodeId]) -> None:
        """Ask what the structures with these encodings consist of; those that the server does not describe stay unknown."""
        new = [e for e in dict.fromkeys(encodings) if e not in self.structures]
        types = await self._parents(new, _HAS_ENCODING)
        for encoding, data_type in types.items():
            known = await self._structure(data_type)
            if known is not None:
                self.structures[encoding] = known

    async def _structure(self, data_type: ua.NodeId) -> StructType | None:
        known = self._by_type.get(data_type)
        if known is not None:
            return known
        definition = await self._definition(data_type)
        if not isinstance(definition, ua.StructureDefinition):
            return self._known_to_the_library(data_type)
        made = StructType(str(data_type), Form(int(definition.StructureType)))
        self._by_type[data_type] = made
        fields = definition.Fields or []
        await self.resolve(f.DataType for f in fields)
        for field in fields:
            kind = await self._kind(field.DataType)
            if kind is None:
                del self._by_type[data_type]
                return None
            rank = max(0, int(field.ValueRank))
            made.members.append(Member(str(field.Name), kind, rank, bool(field.IsOptional)))
        return made

    def _known_to_the_library(self, data_type: ua.NodeId) -> StructType | None:
        """A structure of the standard itself, which many servers do not describe: the library has a class for it."""
        by_type: Mapping[ua.NodeId, Any] = ua.extension_objects_by_datatype
        found = by_type.get(data_type) if data_type.NamespaceIndex == 0 else None
        return None if found is None else _LibraryStruct(found)

    async def _kind(self, data_type: ua.NodeId) -> ua.VariantType | StructType | None:
        if _is_abstract(data_type):
            return _V.Variant
        kind = self.built_in(data_type)
        if kind is not _V.ExtensionObject or _is(data_type, _STRUCTURE):
            return kind
        return await self._structure(data_type)

    async def _parents(self, nodes: Iterable[ua.NodeId], reference: ua.NodeId) -> dict[ua.NodeId, ua.NodeId]:
        """The node at the other end of an inverse reference, for those that have one."""
        wanted = list(nodes)

        async def ask(some: Sequence[ua.NodeId]) -> Sequence[ua.BrowseResult]:
            request = ua.BrowseRequest()
            request.Parameters.RequestedMaxReferencesPerNode = ua.UInt32(0)
            request.Parameters.NodesToBrowse = [_inverse(node, reference) for node in some]
            return matched((await self._services.call(request, ua.BrowseResponse)).Results, some, "Browse")

        found: dict[ua.NodeId, ua.NodeId] = {}
        for node, result in zip(wanted, await self._services.apart(wanted, ask), strict=True):
            if not isinstance(result, OpcUaServiceError) and result.References:
                target: Any = result.References[0].NodeId
                found[node] = ua.NodeId(target.Identifier, target.NamespaceIndex, target.NodeIdType)
        return found

    async def _definition(self, data_type: ua.NodeId) -> object:
        """What the server tells of a type; None for nothing, or nothing that can be read."""
        item = ua.ReadValueId()
        item.NodeId, item.AttributeId = data_type, AttributeIds.DataTypeDefinition
        request = ua.ReadRequest()
        request.Parameters.NodesToRead = [item]
        try:
            [(answer, _)] = await self._services.read_typed(request)
        except OpcUaServiceError as error:
            if error.status in DIVISIBLE:
                return None
            raise
        return answer.raw


class _LibraryStruct(StructType):
    """A structure that the library decodes."""

    def __init__(self, cls: Any) -> None:
        super().__init__(str(cls.__name__))
        self._cls = cls

    def decode(self, data: Any, depth: int = 0) -> dict[str, object]:
        decoded: Any = struct_from_binary(self._cls, data)
        return {name: getattr(decoded, name) for name in decoded.__dataclass_fields__}


def _inverse(node: ua.NodeId, reference: ua.NodeId) -> ua.BrowseDescription:
    item = ua.BrowseDescription()
    item.NodeId = node
    item.BrowseDirection = ua.BrowseDirection.Inverse
    item.ReferenceTypeId = reference
    item.IncludeSubtypes = True
    item.NodeClassMask = ua.UInt32(0)
    item.ResultMask = ua.UInt32(0)
    return item


def _is(node: ua.NodeId, number: int) -> bool:
    return node.NamespaceIndex == 0 and node.Identifier == number


def _is_abstract(node: ua.NodeId) -> bool:
    return node.NamespaceIndex == 0 and node.Identifier in _ABSTRACT


def _standard(node: ua.NodeId) -> ua.VariantType | None:
    """Built-in types have the numbers 1 to 23 and 25 in namespace 0, an enumeration travels as Int32 (OPC 10000-6 §5.1.2)."""
    number = node.Identifier
    if node.NamespaceIndex != 0 or not isinstance(number, int):
        return None
    if number == _ENUMERATION:
        return _V.Int32
    return _V(number) if 1 <= number <= 25 and number not in _ABSTRACT else None
