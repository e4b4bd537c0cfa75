"""What a Publish answer says, read from its bytes (OPC 10000-6 §5.2).

The usual answer, data changes of single values, is read here: the library takes several times as long for it and cuts times to
microseconds. Whatever else an answer holds is left to the library's decoder.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary, variant_from_binary

from line.quality import Status, is_bad
from plc_drivers.opcua.binary import end_of_diagnostics, end_of_variant
from plc_drivers.opcua.codec import RawValue, Undecoded, raw_of

Change = tuple[int, RawValue]
"""Client handle and value."""

TICKS_1970: Final = 116_444_736_000_000_000
"""100 ns between 1601 and 1970."""

_LAST_TICKS: Final = (2**63 - 1) // 100
_PUBLISH_RESPONSE: Final = bytes.fromhex("01003d03")  # four-byte NodeId i=829
_READ_RESPONSE: Final = bytes.fromhex("01007a02")  # i=634
_DATA_CHANGE: Final = bytes.fromhex("01002b0301")  # i=811, body as bytes
_NOTHING: Final = frozenset({b"\x00\x00\x00\x00\x00\x00\x00\x00", b"\x00\xff\xff\xff\xff\x00\x00\x00"})
"""No diagnostics, an empty or null string table, no additional header."""

_HEADER: Final = struct.Struct("<4sqII8s")
_U32: Final = struct.Struct("<I")
_I32: Final = struct.Struct("<i")
_I64: Final = struct.Struct("<q")
_MESSAGE: Final = struct.Struct("<Iqi")
_ITEM: Final = struct.Struct("<IBB")
_SINGLE: Final = {
    number: struct.Struct("<" + code) for number, code in enumerate("?bBhHiIqQfd", 1)
}  # fmt: skip
"""Boolean to Double, by the number of the built-in type."""

_STRING: Final = 12


@dataclass(frozen=True)
class Notification:
    """A notification message: its sequence number, changes in order, and the status that ended the subscription, if one did.

    ``empty``: a keep-alive, whose number belongs to the next message. ``unread``: its changes cannot be told from each other and
    are lost; ``suspect`` is the client handle at which reading ended.
    """

    number: int
    changes: Sequence[Change] = field(default_factory=list[Change])
    ended: int | None = None
    empty: bool = False
    unread: bool = False
    suspect: int | None = None


@dataclass(frozen=True)
class PublishAnswer:
    """One answer to a Publish request."""

    subscription: int
    notification: Notification


TypedValue = tuple[RawValue, int]
"""A value and the number of its built-in type."""


class _UnusualError(Exception):
    """The bytes hold more than this module reads."""


_DAMAGED: Final = (struct.error, IndexError, ValueError)
"""What reading raises where the bytes end too early or do not hold what they should."""


def read_publish(data: bytes) -> PublishAnswer:
    """A PublishResponse. Raises ua.UaStatusCodeError for a Bad result, other errors for bytes that are none."""
    reader = _Reader(data)
    try:
        return reader.publish()
    except _DAMAGED as error:
        return reader.unread(error)
    except _UnusualError:
        pass
    try:
        response = struct_from_binary(ua.PublishResponse, Buffer(data))
        response.ResponseHeader.ServiceResult.check()
        result = response.Parameters
        return PublishAnswer(int(result.SubscriptionId), notification_of(result.NotificationMessage))
    except ua.UaStatusCodeError:
        raise
    except Exception as error:  # the library's decoders raise what they like
        return reader.unread(error)


def read_values(data: bytes) -> tuple[int, list[RawValue]]:
    """A ReadResponse: the server's time of it in ns and the values. Raises as :func:`read_publish`."""
    stamped_ns, values = read_typed_values(data)
    return stamped_ns, [value for value, _ in values]


def read_typed_values(data: bytes) -> tuple[int, list[TypedValue]]:
    """As :func:`read_values`, with the number of each value's built-in type (0: no value)."""
    reader = _Reader(data)
    try:
        stamped_ns, values = reader.values()
        return stamped_ns, list(zip(values, reader.types, strict=True))
    except _UnusualError:
        response = struct_from_binary(ua.ReadResponse, Buffer(data))
        response.ResponseHeader.ServiceResult.check()
        return 0, [(raw_of(value), _type_of(value)) for value in response.Results]


def _type_of(value: ua.DataValue) -> int:
    held = value.Value.VariantType if value.Value is not None else None
    return int(held.value) if isinstance(held, ua.VariantType) else 0


def notification_of(message: ua.NotificationMessage) -> Notification:
    """A message that the library has decoded."""
    changes: list[Change] = []
    ended: int | None = None
    notifications: Sequence[Any] = message.NotificationData or ()
    for notification in notifications:
        if isinstance(notification, ua.DataChangeNotification):
            changes += [(int(item.ClientHandle), raw_of(item.Value)) for item in notification.MonitoredItems]
        elif isinstance(notification, ua.StatusChangeNotification):
            ended = int(notification.Status.value)
    return Notification(int(message.SequenceNumber), changes, ended, not notifications)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._subscription = 0
        self._number: int | None = None
        self._handle: int | None = None
        self.types: list[int] = []

    def publish(self) -> PublishAnswer:
        self._header(_PUBLISH_RESPONSE)
        self._subscription = self._take(_U32)
        available = self._take(_I32)
        self._at += 4 * max(0, available) + 1  # available sequence numbers, more notifications
        number, _, count = _MESSAGE.unpack_from(self._data, self._at)
        self._number = number
        self._at += _MESSAGE.size
        changes: list[Change] = []
        for _ in range(count):
            self._expect(_DATA_CHANGE)
            length = self._take(_I32)
            end = self._at + length
            self._changes(changes)
            diagnostics = self._take(_I32)
            if diagnostics > 0:
                raise _UnusualError
            if self._at != end:
                raise ValueError("changes that do not fill their notification")
        results = self._take(_I32)
        self._at += 4 * max(0, results)  # of acknowledgements
        self._tail()
        return PublishAnswer(self._subscription, Notification(number, changes, None, count <= 0))

    def unread(self, error: Exception) -> PublishAnswer:
        """What is left of an answer whose changes cannot be read. Raises ``error`` where not even its number can be."""
        if self._number is None:
            raise error
        return PublishAnswer(self._subscription, Notification(self._number, unread=True, suspect=self._handle))

    def _tail(self) -> None:
        """Diagnostics end an answer. Raises ValueError for what was read wrongly."""
        if end_of_diagnostics(self._data, self._at) != len(self._data):
            raise ValueError("values that do not fill their message")

    def values(self) -> tuple[int, list[RawValue]]:
        stamped_ns = self._header(_READ_RESPONSE)
        count = self._take(_I32)
        values: list[RawValue] = []
        for _ in range(count):
            mask, at = self._data[self._at], self._at + 1
            encoding = self._data[at] if mask & 1 else 0
            values.append(self._value(mask, encoding, at + (mask & 1)))
            self.types.append(encoding & 0x3F)
        self._tail()
        return stamped_ns, values

    def _header(self, kind: bytes) -> int:
        """The server's time in ns. Only a Good result is read here."""
        given, ticks, _, result, rest = _HEADER.unpack_from(self._data)
        if given != kind or result != 0 or rest not in _NOTHING:
            raise _UnusualError
        self._at = _HEADER.size
        return _ns(ticks)

    def _changes(self, changes: list[Change]) -> None:
        data, item = self._data, _ITEM.unpack_from
        for _ in range(self._take(_I32)):
            handle, mask, encoding = item(data, self._at)
            self._handle = handle
            if not mask & 1:
                changes.append((handle, self._value(mask, 0, self._at + 5)))
            else:
                changes.append((handle, self._value(mask, encoding, self._at + 6)))

    def _value(self, mask: int, encoding: int, at: int) -> RawValue:
        """A DataValue (§5.2.2.17) whose Variant's encoding byte is read already; ``at`` stands behind it."""
        data = self._data
        raw: object = None
        if mask & 0x01:
            single = _SINGLE.get(encoding)
            if single is not None:
                raw = single.unpack_from(data, at)[0]
                at += single.size
            elif encoding == _STRING:
                (length,) = _I32.unpack_from(data, at)
                at += 4
                raw = ""  # also what a null one is
                if length > 0:
                    if at + length > len(data):
                        raise ValueError("a text that goes beyond its message")
                    raw = data[at : at + length].decode("utf-8", errors="surrogateescape")
                    at += length
            else:
                end = end_of_variant(data, at - 1)
                raw = _decoded(data[at - 1 : end])
                at = end
        status = source_ns = server_ns = 0
        if mask & 0x02:
            (status,) = _U32.unpack_from(data, at)
            at += 4
        if mask & 0x04:
            source_ns = _ns(_I64.unpack_from(data, at)[0])
            at += 8
        if mask & 0x10:
            at += 2
        if mask & 0x08:
            server_ns = _ns(_I64.unpack_from(data, at)[0])
            at += 8
        if mask & 0x20:
            at += 2
        self._at = at
        if raw is Undecoded.VALUE and not is_bad(status):
            status = int(Status.BAD_DECODING_ERROR)
        return RawValue(raw, status, source_ns, server_ns)

    def _take(self, kind: struct.Struct) -> int:
        (value,) = kind.unpack_from(self._data, self._at)
        self._at += kind.size
        return value

    def _expect(self, wanted: bytes) -> None:
        if not self._data.startswith(wanted, self._at):
            raise _UnusualError
        self._at += len(wanted)


def _decoded(variant: bytes) -> object:
    """The library's reading of a Variant that fills these bytes."""
    buffer = Buffer(variant)
    try:
        value = variant_from_binary(buffer).Value
    except Exception:  # the library's decoders raise what they like
        return Undecoded.VALUE
    return value if len(buffer) == 0 else Undecoded.VALUE


def _ns(ticks: int) -> int:
    """UTC ns of a DateTime; 0 for one beyond 64 bits, as :func:`plc_drivers.opcua.codec.ns_of`."""
    since = ticks - TICKS_1970
    return since * 100 if -_LAST_TICKS < since < _LAST_TICKS else 0
