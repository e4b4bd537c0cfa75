"""Answers read from their bytes: the same as the library reads, finer in time, and never anything else than that or an error."""

from __future__ import annotations

import contextlib
import math
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_from_binary, struct_to_binary
from hypothesis import given, settings
from hypothesis import strategies as st

from plc_drivers.opcua.codec import ns_of, raw_of
from plc_drivers.opcua.notification import TICKS_1970, notification_of, read_publish, read_values

V = ua.VariantType
STAMP = ua.DateTime(2026, 3, 1, tzinfo=UTC)
TIMES = st.integers(-(8 * 10**15), 7 * 10**15).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
STAMPS = st.one_of(st.none(), TIMES)
VARIANTS: st.SearchStrategy[ua.Variant] = st.one_of(
    st.booleans().map(lambda v: ua.Variant(v, V.Boolean)),
    st.integers(-128, 127).map(lambda v: ua.Variant(v, V.SByte)),
    st.integers(0, 255).map(lambda v: ua.Variant(v, V.Byte)),
    st.integers(-(2**15), 2**15 - 1).map(lambda v: ua.Variant(v, V.Int16)),
    st.integers(0, 2**16 - 1).map(lambda v: ua.Variant(v, V.UInt16)),
    st.integers(-(2**31), 2**31 - 1).map(lambda v: ua.Variant(v, V.Int32)),
    st.integers(0, 2**32 - 1).map(lambda v: ua.Variant(v, V.UInt32)),
    st.integers(-(2**63), 2**63 - 1).map(lambda v: ua.Variant(v, V.Int64)),
    st.integers(0, 2**64 - 1).map(lambda v: ua.Variant(v, V.UInt64)),
    st.floats(width=32).map(lambda v: ua.Variant(v, V.Float)),
    st.floats().map(lambda v: ua.Variant(v, V.Double)),
    st.text().map(lambda v: ua.Variant(v, V.String)),
    st.just(ua.Variant(None, V.String)),
    st.just(ua.Variant(None, V.Null)),
    st.lists(st.floats(width=32), max_size=4).map(lambda v: ua.Variant(v, V.Float, is_array=True)),
    st.text().map(lambda v: ua.Variant(ua.LocalizedText(v), V.LocalizedText)),
    TIMES.map(lambda v: ua.Variant(v, V.DateTime)),
)


@st.composite
def data_values(draw: st.DrawFn) -> ua.DataValue:
    status = draw(st.one_of(st.none(), st.sampled_from([0, 0x480, 0x40900000, 0x80310000])))
    value: Any = ua.DataValue(draw(st.one_of(st.none(), VARIANTS)), None if status is None else ua.StatusCode(ua.UInt32(status)))
    value.SourceTimestamp, value.ServerTimestamp = draw(STAMPS), draw(STAMPS)
    return value


def same(ours: Any, theirs: Any) -> bool:
    """NaN equals itself."""
    return repr(ours) == repr(theirs)


def publish_bytes(number: int, *notifications: Any, available: tuple[int, ...] = ()) -> bytes:
    response: Any = ua.PublishResponse()
    response.Parameters.SubscriptionId = 7
    response.Parameters.AvailableSequenceNumbers = list(available)
    response.Parameters.NotificationMessage.SequenceNumber = number
    response.Parameters.NotificationMessage.NotificationData = list(notifications)
    return struct_to_binary(response)


def change(*values: ua.DataValue) -> Any:
    result: Any = ua.DataChangeNotification()
    result.MonitoredItems = [ua.MonitoredItemNotification(ua.UInt32(i), v) for i, v in enumerate(values)]
    return result


@given(st.lists(data_values(), max_size=6), st.integers(1, 2**32 - 1), st.lists(st.integers(1, 9), max_size=3))
@settings(deadline=None)
def test_data_changes_as_the_library_reads_them(values: list[ua.DataValue], number: int, available: list[int]) -> None:
    data = publish_bytes(number, change(*values), available=tuple(available))
    answer = read_publish(data)
    whole = struct_from_binary(ua.PublishResponse, Buffer(data))
    expected = notification_of(whole.Parameters.NotificationMessage)
    assert (answer.subscription, answer.notification.number, answer.notification.empty) == (7, number, False)
    assert same(list(answer.notification.changes), list(expected.changes))


@given(st.lists(data_values(), max_size=6))
@settings(deadline=None)
def test_values_as_the_library_reads_them(values: list[ua.DataValue]) -> None:
    response: Any = ua.ReadResponse()
    response.Results = values
    data = struct_to_binary(response)
    stamped_ns, found = read_values(data)
    whole = struct_from_binary(ua.ReadResponse, Buffer(data))
    assert same(found, [raw_of(v) for v in whole.Results])
    assert stamped_ns > 1_700_000_000 * 10**9


def test_a_keep_alive_a_status_change_and_two_notifications() -> None:
    assert read_publish(publish_bytes(3)).notification.empty
    ended = read_publish(publish_bytes(3, ua.StatusChangeNotification(ua.StatusCode(ua.UInt32(StatusCodes.BadTimeout)))))
    assert (ended.notification.ended, ended.notification.empty) == (StatusCodes.BadTimeout, False)
    two = read_publish(publish_bytes(3, change(ua.DataValue(ua.Variant(1.0))), change(ua.DataValue(ua.Variant(2.0)))))
    assert [v.raw for _, v in two.notification.changes] == [1.0, 2.0]


def test_times_keep_their_hundred_nanoseconds() -> None:
    data = publish_bytes(1, change(ua.DataValue(ua.Variant(1.0, V.Double), None, STAMP)))
    ticks = TICKS_1970 + int(STAMP.timestamp()) * 10_000_000
    assert data.count(struct.pack("<q", ticks)) == 1
    finer = data.replace(struct.pack("<q", ticks), struct.pack("<q", ticks + 7))
    assert read_publish(finer).notification.changes[0][1].source_ns == int(STAMP.timestamp()) * 10**9 + 700


def test_picoseconds_stand_behind_their_own_time() -> None:
    """OPC 10000-6 §5.2.2.17; the library writes and reads both of them at the end."""
    plain = publish_bytes(1, change(ua.DataValue(ua.Variant(1.0, V.Double), None, STAMP, STAMP)))
    ticks = struct.pack("<q", TICKS_1970 + int(STAMP.timestamp()) * 10_000_000)
    item = bytes([0x0D]) + b"\x0b" + struct.pack("<d", 1.0) + ticks + ticks
    assert plain.count(item) == 1
    with_both = bytes([0x3D]) + b"\x0b" + struct.pack("<d", 1.0) + ticks + b"\x01\x02" + ticks + b"\x03\x04"
    body = struct.pack("<i", 4 + 4 + len(item) + 4)
    data = plain.replace(body, struct.pack("<i", 4 + 4 + len(with_both) + 4)).replace(item, with_both)
    [(_, value)] = read_publish(data).notification.changes
    assert (value.raw, value.source_ns, value.server_ns) == (1.0, ns_of(STAMP), ns_of(STAMP))


@pytest.mark.parametrize("ticks", [0, -1, 2**63 - 1])
def test_a_time_that_says_nothing_is_none(ticks: int) -> None:
    data = publish_bytes(1, change(ua.DataValue(ua.Variant(1.0, V.Double), None, STAMP)))
    known = struct.pack("<q", TICKS_1970 + int(STAMP.timestamp()) * 10_000_000)
    assert read_publish(data.replace(known, struct.pack("<q", ticks))).notification.changes[0][1].source_ns == 0


def test_a_bad_result_is_raised() -> None:
    for kind, read in ((ua.PublishResponse, read_publish), (ua.ReadResponse, read_values)):
        response: Any = kind()
        response.ResponseHeader.ServiceResult = ua.StatusCode(ua.UInt32(StatusCodes.BadSessionIdInvalid))
        with pytest.raises(ua.UaStatusCodeError) as caught:
            read(struct_to_binary(response))
        assert caught.value.code == StatusCodes.BadSessionIdInvalid


@given(st.data())
@settings(deadline=None)
def test_damaged_bytes_give_an_error_or_what_the_library_reads(draw: st.DataObject) -> None:
    """No value is made of bytes that hold none."""
    good = publish_bytes(5, change(ua.DataValue(ua.Variant(1.5, V.Double)), ua.DataValue(ua.Variant("text", V.String))))
    cut = draw.draw(st.integers(0, len(good)))
    data = bytearray(good[:cut])
    if data:
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    ours = theirs = None
    with contextlib.suppress(Exception):
        ours = read_publish(bytes(data))
    with contextlib.suppress(Exception):
        response = struct_from_binary(ua.PublishResponse, Buffer(bytes(data)))
        response.ResponseHeader.ServiceResult.check()
        theirs = notification_of(response.Parameters.NotificationMessage)
    if ours is not None and ours.notification.unread:
        assert not ours.notification.changes
        return
    if ours is not None and theirs is not None:
        ours_raw = [v.raw for _, v in ours.notification.changes]
        assert ours.notification.number == theirs.number
        assert same(ours_raw, [v.raw for _, v in theirs.changes])
    assert ours is None or all(
        not isinstance(v.raw, float) or not math.isnan(v.raw) or theirs for _, v in ours.notification.changes
    )
