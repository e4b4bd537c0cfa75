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

from plc_drivers.opcua.codec import RawValue, raw_of

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

    ``empty``: a keep-alive, whose number belongs to the next message.
    """

    number: int
    changes: Sequence[Change] = field(default_factory=list[Change])
    ended: int | None = None
    empty: bool = False


@dataclass(frozen=True)
class PublishAnswer:
    """One answer to a Publish request."""

    subscription: int
    notification: Notification


class _UnusualError(Exception):
    """The bytes hold more than this module reads."""


def read_publish(data: bytes) -> PublishAnswer:
    """A PublishResponse. Raises ua.UaStatusCodeError for a Bad result, other errors for bytes that are none."""
    try:
        return _Reader(data).publish()
    except (_UnusualError, struct.error, IndexError):
        response = struct_from_binary(ua.PublishResponse, Buffer(data))
        response.ResponseHeader.ServiceResult.check()
        result = response.Parameters
        return PublishAnswer(int(result.SubscriptionId), notification_of(result.NotificationMessage))


def read_values(data: bytes) -> tuple[int, list[RawValue]]:
    """A ReadResponse: the server's time of it in ns and the values. Raises as :func:`read_publish`."""
    try:
        return _Reader(data).values()
    except (_UnusualError, struct.error, IndexError):
        response = struct_from_binary(ua.ReadResponse, Buffer(data))
        response.ResponseHeader.ServiceResult.check()
        return 0, [raw_of(value) for value in response.Results]


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

    def publish(self) -> PublishAnswer:
        self._header(_PUBLISH_RESPONSE)
        subscription = self._take(_U32)
        available = self._take(_I32)
        self._at += 4 * max(0, available) + 1  # available sequence numbers, more notifications
        number, _, count = _MESSAGE.unpack_from(self._data, self._at)
        self._at += _MESSAGE.size
        changes: list[Change] = []
        for _ in range(count):
            self._expect(_DATA_CHANGE)
            length = self._take(_I32)
            end = self._at + length
            self._changes(changes)
            diagnostics = self._take(_I32)
            if diagnostics > 0 or self._at != end:
                raise _UnusualError
        return PublishAnswer(subscription, Notification(number, changes, None, count <= 0))

    def values(self) -> tuple[int, list[RawValue]]:
        stamped_ns = self._header(_READ_RESPONSE)
        count = self._take(_I32)
        values: list[RawValue] = []
        for _ in range(count):
            mask, at = self._data[self._at], self._at + 1
            encoding = self._data[at] if mask & 1 else 0
            values.append(self._value(mask, encoding, at + (mask & 1)))
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
                if length >= 0:
                    if at + length > len(data):
                        raise _UnusualError
                    raw = data[at : at + length].decode("utf-8", errors="surrogateescape")
                    at += length
            else:
                buffer = Buffer(data, at - 1)
                raw = variant_from_binary(buffer).Value
                at = buffer.cur_pos
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
        return RawValue(raw, status, source_ns, server_ns)

    def _take(self, kind: struct.Struct) -> int:
        (value,) = kind.unpack_from(self._data, self._at)
        self._at += kind.size
        return value

    def _expect(self, wanted: bytes) -> None:
        if not self._data.startswith(wanted, self._at):
            raise _UnusualError
        self._at += len(wanted)


def _ns(ticks: int) -> int:
    """UTC ns of a DateTime; 0 for one beyond 64 bits, as :func:`plc_drivers.opcua.codec.ns_of`."""
    since = ticks - TICKS_1970
    return since * 100 if -_LAST_TICKS < since < _LAST_TICKS else 0
