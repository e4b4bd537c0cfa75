"""OPC UA addresses and values ↔ tags, without a connection (OPC 10000-6 §5.3.1.10 for the text of a NodeId)."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple
from uuid import UUID

from asyncua import ua

from line.clock import NS_PER_S
from line.documents import Text
from line.quality import Status, is_bad
from line.tags import TagDef, TagKind
from plc_drivers.opcua import texts

_ADDRESS: Final = re.compile(r"(?:nsu=(?P<uri>[^;]+);|ns=(?P<ns>\d+);)?(?P<kind>[sigb])=(?P<id>.+)", re.DOTALL)
_SYNTAX: Final = "s=<name> or i=<number> (in the device's namespace), or nsu=<namespace URI>;s=<name>"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS: Final = 2**63 - 1
_EXACT: Final = 2**53
_UNCERTAIN: Final = 0x40000000
_MICROSECOND: Final = timedelta(microseconds=1)

STANDARD_NAMESPACE: Final = "http://opcfoundation.org/UA/"

_V = ua.VariantType
INTEGER_RANGES: Final[Mapping[ua.VariantType, tuple[int, int]]] = {
    _V.SByte: (-(2**7), 2**7 - 1),
    _V.Byte: (0, 2**8 - 1),
    _V.Int16: (-(2**15), 2**15 - 1),
    _V.UInt16: (0, 2**16 - 1),
    _V.Int32: (-(2**31), 2**31 - 1),
    _V.UInt32: (0, 2**32 - 1),
    _V.Int64: (-(2**63), 2**63 - 1),
    _V.UInt64: (0, 2**64 - 1),
}


@dataclass(frozen=True)
class NodeAddress:
    """A node as the engineer wrote it: ``namespace`` is a URI ('' = the device's own), ``identifier`` like ``s=Name``."""

    namespace: str
    identifier: str

    def node_id(self, index: int) -> ua.NodeId:
        """The node's id on a server where the namespace has this index."""
        return ua.NodeId.from_string(f"ns={index};{self.identifier}")


def parse_node(text: str) -> NodeAddress:
    """Read an address of ``tags.csv``. Raises ValueError whose text says what is wrong and what is allowed.

    A namespace *index* is refused, save 0: servers may number their namespaces anew at every start.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no OPC UA address; write {_SYNTAX}")
    if match["ns"] is not None and int(match["ns"]) != 0:
        raise ValueError(f"'{text}' names a namespace by its index, which a server may change; write {_SYNTAX}")
    namespace = STANDARD_NAMESPACE if match["ns"] is not None else match["uri"] or ""
    address = NodeAddress(namespace, f"{match['kind']}={match['id']}")
    try:
        address.node_id(0)
    except (ua.UaError, ValueError) as error:
        raise ValueError(f"'{text}' is no OPC UA address ({error}); write {_SYNTAX}") from None
    return address


class Undecoded(Enum):
    """Stands for a value that cannot be decoded. ``VALUE``: where it ends is known, so the values beside it are whole;
    ``ANSWER``: no answer that holds it can be read (or the server says that it cannot make one)."""

    VALUE = "value"
    ANSWER = "answer"


class RawValue(NamedTuple):
    """A value as a server sent it: Python's own form of it, StatusCode, UTC times in ns (0: the server gave none)."""

    raw: object
    status: int
    source_ns: int
    server_ns: int


class DecodedValue(NamedTuple):
    """One value as the image wants it; a time is 0 when the server gave none."""

    value: float
    status: int
    source_ns: int
    server_ns: int = 0
    text: str | None = None


def raw_of(data: ua.DataValue) -> RawValue:
    """A DataValue as the library decoded it. A null String is an empty one (OPC 10000-6 §5.2.2.4), as servers send it."""
    status = int(data.StatusCode.value) if data.StatusCode is not None else int(Status.GOOD)
    raw = data.Value.Value if data.Value is not None else None
    if raw is None and data.Value is not None and data.Value.VariantType is ua.VariantType.String and not data.Value.is_array:
        raw = ""
    source, server = data.SourceTimestamp, data.ServerTimestamp
    return RawValue(raw, status, ns_of(source) if source is not None else 0, ns_of(server) if server is not None else 0)


def decode(data: RawValue, tag: TagDef) -> DecodedValue:
    """Value, status and times of a single value; status and times pass through unchanged.

    A DateTime is seconds since 1970 (UTC), for a string tag its text (ISO 8601). A Good value that is no number (or no text, for
    a string tag) becomes BadDecodingError, a Good NaN BadSensorFailure, a whole number that float64 cannot hold to the last digit
    UncertainSensorNotAccurate. Without a source time the server's counts.
    """
    raw, status, source_ns, server_ns = data
    source_ns = source_ns or server_ns
    if tag.kind is TagKind.STRING:
        text = _text(raw)
        if text is None or not _is_unicode(text):
            return DecodedValue(math.nan, _unusable(status, Status.BAD_DECODING_ERROR), source_ns, server_ns)
        return DecodedValue(math.nan, status, source_ns, server_ns, text)
    if isinstance(raw, datetime):
        raw = ns_of(raw) / NS_PER_S
    elif isinstance(raw, ua.StatusCode):
        raw = int(raw.value)
    if not isinstance(raw, bool | int | float):
        return DecodedValue(math.nan, _unusable(status, Status.BAD_DECODING_ERROR), source_ns, server_ns)
    if raw.__class__ is int and abs(raw) > _EXACT and tag.kind in (TagKind.INT, TagKind.ENUM) and status < _UNCERTAIN:
        status = int(Status.UNCERTAIN_SENSOR_NOT_ACCURATE)
    value = float(raw != 0) if tag.kind is TagKind.BOOL else float(raw) * tag.scale + tag.offset
    if not math.isfinite(value) or raw != raw:
        return DecodedValue(math.nan, _unusable(status, Status.BAD_SENSOR_FAILURE), source_ns, server_ns)
    return DecodedValue(value, status, source_ns, server_ns)


def _is_unicode(text: str) -> bool:
    """False for bytes that are no UTF-8, which the decoders carry along in a form that nothing can store or send."""
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _text(raw: object) -> str | None:
    if isinstance(raw, ua.LocalizedText):
        return raw.Text or ""
    if isinstance(raw, ua.QualifiedName):
        return raw.Name or ""
    if isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, UUID):
        return str(raw)
    return raw if isinstance(raw, str) else None


def code_name(status: int) -> str:
    """The name of any status code of OPC 10000-6 Annex A, e.g. ``BadUserAccessDenied``."""
    return ua.StatusCode(ua.UInt32(status)).name


def _unusable(status: int, code: Status) -> int:
    return status if is_bad(status) else int(code)


def ns_of(stamp: datetime) -> int:
    """UTC nanoseconds of an asyncua timestamp (a naive one is UTC).

    0 for one that says nothing: a server without a clock sends 1601, and a 64-bit count of nanoseconds reaches from 1678 to 2262.
    """
    aware = stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)
    nanoseconds = (aware - _EPOCH) // _MICROSECOND * 1000
    return nanoseconds if abs(nanoseconds) < _LAST_NS else 0


def built_in_type(number: int) -> ua.VariantType | None:
    """The built-in type of a value: what a node is written with whose DataType is abstract."""
    return _V(number) if 1 <= number <= 25 else None


class UnwritableError(Exception):
    """A value that cannot be sent: ``status`` is BadOutOfRange or BadNotSupported, ``text`` says why. Nothing wraps."""

    def __init__(self, status: Status, text: Text) -> None:
        super().__init__(text.en)
        self.status = status
        self.text = text


def encode(tag: TagDef, value: float, kind: ua.VariantType | None) -> ua.Variant:
    """The variant that writes ``value`` (engineering units) to a node of this type.

    Raises UnwritableError: BadOutOfRange when the node cannot hold it, BadNotSupported when it takes no number at all.
    """
    if not math.isfinite(value):
        raise _out_of_range(texts.not_a_number(value))
    if kind is _V.Boolean or tag.kind is TagKind.BOOL:
        if value not in (0.0, 1.0):
            raise _out_of_range(texts.neither_0_nor_1(value))
        raw = value
    else:
        raw = (value - tag.offset) / tag.scale
    if not math.isfinite(raw):
        raise _out_of_range(texts.beyond_range(value, kind.name if kind else "Double"))
    if kind is _V.Boolean:
        return ua.Variant(raw != 0.0, _V.Boolean)
    if kind is _V.Double:
        return ua.Variant(raw, _V.Double)
    if kind is _V.Float:
        try:
            struct.pack("<f", raw)
        except OverflowError:
            raise _out_of_range(texts.beyond_range(value, kind.name)) from None
        return ua.Variant(raw, _V.Float)
    if kind is None or kind not in INTEGER_RANGES:
        raise UnwritableError(Status.BAD_NOT_SUPPORTED, texts.not_numeric(kind.name if kind else "?"))
    return ua.Variant(_whole(tag, value, raw, kind), kind)


def _out_of_range(text: Text) -> UnwritableError:
    return UnwritableError(Status.BAD_OUT_OF_RANGE, text)


def _whole(tag: TagDef, value: float, raw: float, kind: ua.VariantType) -> int:
    count = round(raw)
    if tag.kind in (TagKind.INT, TagKind.ENUM) and abs(raw - count) > 1e-6 * max(1.0, abs(raw)):
        raise _out_of_range(texts.not_whole(value, tag.scale))
    lo, hi = INTEGER_RANGES[kind]
    if not lo <= count <= hi:
        raise _out_of_range(texts.beyond_range(value, kind.name))
    return count


def tolerance(kind: ua.VariantType | None, wanted: float, scale: float) -> float:
    """How far a readback may be from the value wanted: rounding of the node's type, in engineering units."""
    if kind is _V.Float:
        return max(abs(wanted), abs(scale)) * 2.0**-22
    if kind is _V.Double:
        return max(abs(wanted), abs(scale)) * 1e-9
    return 0.0 if kind is _V.Boolean else abs(scale) * 0.5
