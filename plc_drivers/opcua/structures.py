"""Structured values: members of a structure and elements of an array, decoded by what the server says of its types.

A type is read from its DataTypeDefinition (OPC 10000-3 §5.8.3) and kept for one session: servers number their namespaces anew,
and the library's own registry of types is shared by all connections of a process.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import unpack_uatype

from line.quality import Status
from plc_drivers.opcua.binary import end_of_value

MAX_ELEMENTS: Final = 1_000_000
MAX_DEPTH: Final = 20
BAD_INDEX_RANGE_NO_DATA: Final = int(Status.BAD_INDEX_RANGE_NO_DATA)
_MASK_BITS: Final = 32
_WITH_COUNTS: Final = frozenset({ua.VariantType.Variant, ua.VariantType.DataValue, ua.VariantType.DiagnosticInfo})


class Form(IntEnum):
    """StructureType (OPC 10000-3 §8.49)."""

    PLAIN = 0
    OPTIONAL = 1
    UNION = 2
    SUBTYPED = 3
    SUBTYPED_UNION = 4


@dataclass(frozen=True)
class Member:
    """A member: ``kind`` is its built-in type, or the type of an inner structure; ``rank`` 0 for a single value."""

    name: str
    kind: ua.VariantType | StructType
    rank: int = 0
    optional: bool = False


@dataclass(eq=False)
class StructType:
    """A structure; ``members`` are filled in after it is made, because a type may contain itself."""

    name: str
    form: Form = Form.PLAIN
    members: list[Member] = dataclasses.field(default_factory=list[Member])

    def decode(self, data: Buffer, depth: int = 0) -> dict[str, object]:
        """The members of one value, by name. Raises ValueError or the library's errors for what is not such a value."""
        if depth > MAX_DEPTH:
            raise ValueError(f"{self.name} is nested more than {MAX_DEPTH} deep")
        if self.form in (Form.UNION, Form.SUBTYPED_UNION):
            return self._union(data, depth)
        mask = int(unpack_uatype(ua.VariantType.UInt32, data)) if self.form is Form.OPTIONAL else 0
        values: dict[str, object] = {}
        bit = 0
        for member in self.members:
            if self.form is Form.OPTIONAL and member.optional:
                bit += 1
                if bit > _MASK_BITS or not mask & 1 << (bit - 1):
                    continue
            values[member.name] = self._member(member, data, depth)
        return values

    def _union(self, data: Buffer, depth: int) -> dict[str, object]:
        chosen = int(unpack_uatype(ua.VariantType.UInt32, data))
        if chosen == 0:
            return {}
        if chosen > len(self.members):
            raise ValueError(f"{self.name} has no member number {chosen}")
        member = self.members[chosen - 1]
        return {member.name: self._member(member, data, depth)}

    def _member(self, member: Member, data: Buffer, depth: int) -> object:
        kind = member.kind
        if self.form in (Form.SUBTYPED, Form.SUBTYPED_UNION) and member.optional:  # here it means: a subtype may stand in
            kind = ua.VariantType.ExtensionObject if isinstance(kind, StructType) else ua.VariantType.Variant
        if member.rank == 0:
            return _single(kind, data, depth)
        if member.rank > 1:
            dimensions = _array(ua.VariantType.Int32, data, depth)
            count = math.prod(int(str(d)) for d in dimensions)
        else:
            count = int(unpack_uatype(ua.VariantType.Int32, data))
        return [_single(kind, data, depth) for _ in range(_counted(count, data))]


def _single(kind: ua.VariantType | StructType, data: Buffer, depth: int) -> object:
    if isinstance(kind, StructType):
        return kind.decode(data, depth + 1)
    if kind in _WITH_COUNTS:  # the library makes as many elements as garbage claims
        end_of_value(data.copy().read(len(data)), kind.value)
    value: object = unpack_uatype(kind, data)
    return value.Value if isinstance(value, ua.Variant) else value


def _array(kind: ua.VariantType, data: Buffer, depth: int) -> list[object]:
    count = _counted(int(unpack_uatype(ua.VariantType.Int32, data)), data)
    return [_single(kind, data, depth) for _ in range(count)]


def _counted(count: int, data: Buffer) -> int:
    if count > MAX_ELEMENTS or count > len(data):
        raise ValueError(f"an array of {count} elements in {len(data)} bytes")
    return max(0, count)


class PickError(Exception):
    """The value has no such element or member; ``status`` is its OPC UA code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def opened(raw: object, types: Mapping[ua.NodeId, StructType]) -> object:
    """The value with every structure of it as a mapping of its members. Raises PickError for a type that is not known."""
    if isinstance(raw, list):
        return [opened(element, types) for element in raw]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(raw, ua.ExtensionObject) or type(raw) is not ua.ExtensionObject:
        return raw
    if not isinstance(raw.Body, bytes):
        raise PickError(int(Status.BAD_DECODING_ERROR), "a structure without a body")
    known = types.get(raw.TypeId)
    if known is None:
        raise PickError(int(Status.BAD_DECODING_ERROR), f"the server does not describe the type {raw.TypeId}")
    try:
        members = known.decode(Buffer(raw.Body))
        return {name: opened(value, types) for name, value in members.items()}
    except PickError:
        raise
    except Exception as error:  # the library's decoders raise what they like
        raise PickError(int(Status.BAD_DECODING_ERROR), f"{known.name}: {error}") from error


def pick(value: object, index: int | None, path: Sequence[str]) -> object:
    """The element and the member that a tag asks for. Raises PickError: BadIndexRangeNoData, BadConfigurationError."""
    if index is not None:
        value = _element(value, index)
    for part in path:
        numbered = part.isdecimal() and isinstance(value, list)
        value = _element(value, int(part)) if numbered else _field(value, part)
    return value


def _element(value: object, index: int) -> object:
    if not isinstance(value, list):
        raise PickError(BAD_INDEX_RANGE_NO_DATA, "the node holds no array")
    elements: list[object] = value
    if index >= len(elements):
        raise PickError(BAD_INDEX_RANGE_NO_DATA, f"the array has {len(elements)} elements, {index} is not among them")
    return elements[index]


def _field(value: object, name: str) -> object:
    if isinstance(value, dict):
        members: dict[str, object] = value
        if name in members:
            return members[name]
        raise PickError(
            int(Status.BAD_CONFIGURATION_ERROR), f"there is no member {name}; there are {', '.join(members) or 'none'}"
        )
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        known: Any = value
        names = [f.name for f in dataclasses.fields(known)]
        if name in names:
            return getattr(known, name)
        raise PickError(int(Status.BAD_CONFIGURATION_ERROR), f"there is no member {name}; there are {', '.join(names)}")
    raise PickError(int(Status.BAD_CONFIGURATION_ERROR), "the node holds no structure")
