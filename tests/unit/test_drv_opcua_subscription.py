"""The publish loop against a scripted server: whatever gets lost on the way, values come in order, once, or a gap is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes
from hypothesis import given, settings
from hypothesis import strategies as st

from line.clock import SystemClock
from line.documents import Text
from plc_drivers.opcua import sequence
from plc_drivers.opcua.codec import RawValue
from plc_drivers.opcua.notification import Notification, PublishAnswer, notification_of
from plc_drivers.opcua.options import Deadband
from plc_drivers.opcua.services import OpcUaServiceError
from plc_drivers.opcua.subscription import MonitoredNode, SessionEvents, Subscription, overflowed
from tests.waiting import until

NODE = ua.NodeId.from_string("ns=2;s=Temp")


def error(code: int) -> OpcUaServiceError:
    return OpcUaServiceError(code, Text(ru="нет", en="no"))


def message(number: int, values: Sequence[float] = ()) -> ua.NotificationMessage:
    result = ua.NotificationMessage()
    result.SequenceNumber = number  # pyright: ignore[reportAttributeAccessIssue]
    if values:
        change = ua.DataChangeNotification()
        change.MonitoredItems = [ua.MonitoredItemNotification(0, ua.DataValue(ua.Variant(v))) for v in values]  # pyright: ignore[reportArgumentType]
        result.NotificationData = [change]  # pyright: ignore[reportAttributeAccessIssue]
    return result


class Server:
    """Stands in for Services: answers Publish from a script, Republish from ``kept``; then keeps silent."""

    def __init__(
        self,
        script: Sequence[ua.NotificationMessage | Notification | OpcUaServiceError],
        kept: Sequence[ua.NotificationMessage] = (),
    ) -> None:
        self.script = list(script)
        self.kept = {int(m.SequenceNumber): m for m in kept}
        self.acks: list[int] = []
        self.asked: list[int] = []
        self.items: list[Any] = []
        self.refuse: dict[int, int] = {}
        self.outstanding = 0
        self.most_outstanding = 0

    def chunks(self, items: Sequence[Any], each: int = 1) -> list[Sequence[Any]]:
        return [items] if items else []

    async def call(self, request: Any, answer: type[Any]) -> Any:
        if isinstance(request, ua.CreateSubscriptionRequest):
            response = ua.CreateSubscriptionResponse()
            response.Parameters = ua.CreateSubscriptionResult(5, 100.0, 10, 1)  # pyright: ignore[reportArgumentType]
            return response
        if isinstance(request, ua.CreateMonitoredItemsRequest):
            created = ua.CreateMonitoredItemsResponse()
            for item in request.Parameters.ItemsToCreate:
                self.items.append(item)
                code = self.refuse.get(int(item.RequestedParameters.ClientHandle), 0)
                if code != StatusCodes.BadNodeIdUnknown and not isinstance(item.RequestedParameters.Filter, ua.DataChangeFilter):
                    code = 0
                created.Results.append(ua.MonitoredItemCreateResult(ua.StatusCode(ua.UInt32(code))))
            return created
        number = int(request.Parameters.RetransmitSequenceNumber)
        self.asked.append(number)
        if number not in self.kept:
            raise error(StatusCodes.BadMessageNotAvailable)
        response = ua.RepublishResponse()
        response.NotificationMessage = self.kept[number]
        return response

    async def publish(self, request: Any) -> PublishAnswer:
        self.acks += [int(a.SequenceNumber) for a in request.Parameters.SubscriptionAcknowledgements]
        self.outstanding += 1
        self.most_outstanding = max(self.most_outstanding, self.outstanding)
        try:
            await asyncio.sleep(0)
            if not self.script:
                await asyncio.Event().wait()
            item = self.script.pop(0)
        finally:
            self.outstanding -= 1
        if isinstance(item, OpcUaServiceError):
            raise item
        return PublishAnswer(5, item if isinstance(item, Notification) else notification_of(item))


class Heard:
    """What the subscription told."""

    def __init__(self, server: Server) -> None:
        self.values: list[float] = []
        self.gaps: list[str] = []
        self.lost: list[str] = []
        self.unread: list[int | None] = []
        events = SessionEvents(self.take, self.gap, self.end, self.blame)
        self.subscription = Subscription(server, SystemClock(), events)  # pyright: ignore[reportArgumentType]

    def take(self, changes: Sequence[tuple[int, RawValue]]) -> None:
        self.values += [float(str(v.raw)) for _, v in changes]

    async def gap(self, text: Text) -> None:
        self.gaps.append(text.en)

    async def blame(self, suspect: int | None) -> None:
        self.unread.append(suspect)

    def end(self, text: Text) -> None:
        self.lost.append(text.en)


def play(server: Server, *, expect_lost: bool = False) -> Heard:
    async def body() -> Heard:
        heard = Heard(server)
        await heard.subscription.create(100.0)
        await until(lambda: not server.script and (server.outstanding >= 1 or bool(heard.lost)))
        if expect_lost:
            await until(lambda: bool(heard.lost))
        else:
            for _ in range(20):
                await asyncio.sleep(0)
        await heard.subscription.close()
        return heard

    return asyncio.run(body())


def test_values_in_order_each_message_acknowledged_once() -> None:
    server = Server([message(1, [1.0]), message(2, [2.0, 2.5]), message(3), message(3, [3.0])])
    heard = play(server)
    assert (heard.values, heard.gaps, heard.lost) == ([1.0, 2.0, 2.5, 3.0], [], [])
    assert server.acks == [1, 2, 3]
    assert server.most_outstanding == 2


def test_a_missing_message_is_asked_for_and_takes_its_place() -> None:
    server = Server([message(1, [1.0]), message(4, [4.0])], kept=[message(2, [2.0]), message(3, [3.0])])
    heard = play(server)
    assert (heard.values, heard.gaps) == ([1.0, 2.0, 3.0, 4.0], [])
    assert server.asked == [2, 3]
    assert sorted(server.acks) == [1, 2, 3, 4]


def test_a_keep_alive_shows_that_the_last_message_is_missing() -> None:
    server = Server([message(1, [1.0]), message(3)], kept=[message(2, [2.0])])
    assert play(server).values == [1.0, 2.0]


def test_a_keep_alive_that_names_the_last_message_is_no_gap() -> None:
    server = Server([message(1, [1.0]), message(1), message(2, [2.0])])
    heard = play(server)
    assert (heard.values, heard.gaps, server.asked) == ([1.0, 2.0], [], [])


def test_what_the_server_has_no_more_is_a_gap() -> None:
    server = Server([message(1, [1.0]), message(4, [4.0])], kept=[message(3, [3.0])])
    heard = play(server)
    assert heard.values == [1.0, 3.0, 4.0]
    assert heard.gaps == ["messages of the server are lost: 1; the values were read anew"]


def test_a_message_that_comes_twice_counts_once() -> None:
    server = Server([message(1, [1.0]), message(1, [1.0]), message(2, [2.0])])
    heard = play(server)
    assert (heard.values, heard.subscription.duplicates) == ([1.0, 2.0], 1)


def test_a_leap_is_a_gap_at_once() -> None:
    server = Server([message(1, [1.0]), message(100_000, [2.0]), message(100_001, [3.0])])
    heard = play(server)
    assert (heard.values, len(heard.gaps), server.asked) == ([1.0, 2.0, 3.0], 1, [])


def test_a_message_that_cannot_be_read_is_told_and_acknowledged() -> None:
    server = Server([message(1, [1.0]), Notification(2, unread=True, suspect=7), message(3, [3.0])])
    heard = play(server)
    assert (heard.values, heard.unread, heard.lost, server.asked) == ([1.0, 3.0], [7], [], [])
    assert server.acks == [1, 2, 3]


def test_messages_that_never_can_be_read_end_the_session() -> None:
    heard = play(Server([Notification(n, unread=True) for n in range(1, 7)]), expect_lost=True)
    assert heard.unread == [None] * 5
    assert heard.lost == ["6 messages of the server in a row cannot be read"]


def test_too_many_publish_requests_means_fewer() -> None:
    server = Server([error(StatusCodes.BadTooManyPublishRequests), message(1, [1.0]), message(2, [2.0])])
    heard = play(server)
    assert (heard.values, heard.lost) == ([1.0, 2.0], [])


def test_an_expired_publish_request_is_sent_again() -> None:
    heard = play(Server([error(StatusCodes.BadTimeout), message(1, [1.0])]))
    assert (heard.values, heard.lost) == ([1.0], [])


@pytest.mark.parametrize("code", [StatusCodes.BadNoSubscription, StatusCodes.BadSessionIdInvalid, StatusCodes.BadSessionClosed])
def test_the_end_of_the_session_is_told_once(code: int) -> None:
    heard = play(Server([message(1, [1.0]), error(code)]), expect_lost=True)
    assert (heard.values, heard.lost) == ([1.0], ["no"])


def test_a_status_change_ends_the_subscription() -> None:
    ended = message(1)
    ended.NotificationData = [ua.StatusChangeNotification(ua.StatusCode(ua.UInt32(StatusCodes.BadTimeout)))]  # pyright: ignore[reportAttributeAccessIssue]
    assert play(Server([ended]), expect_lost=True).lost == ["the server ended the subscription: BadTimeout"]


@given(st.lists(st.sampled_from(["arrives", "late", "gone", "twice"]), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_no_value_twice_none_silently_missing(fates: list[str]) -> None:
    """late: lost on the way, the server still has it; gone: it has it no more."""
    script: list[ua.NotificationMessage | OpcUaServiceError] = []
    kept: list[ua.NotificationMessage] = []
    for number, fate in enumerate(fates, 1):
        sent = message(number, [float(number)])
        script += {"arrives": [sent], "twice": [sent, sent]}.get(fate, [])
        kept += [sent] if fate == "late" else []
    script.append(message(len(fates) + 1))  # a keep-alive names the next
    heard = play(Server(script, kept))
    assert heard.values == [float(n) for n, fate in enumerate(fates, 1) if fate != "gone"]
    assert bool(heard.gaps) == ("gone" in fates)
    assert heard.lost == []


def test_sequence_numbers_wrap_to_one() -> None:
    last = sequence.LAST
    assert sequence.following(last) == 1
    assert (sequence.ahead(1, last), sequence.ahead(last, 1), sequence.ahead(2, last)) == (1, -1, 2)
    assert sequence.between(last - 1, 4) == [last - 1, last, 1, 2]


@given(st.integers(1, sequence.LAST), st.integers(0, 1000))
def test_ahead_counts_the_numbers_between(start: int, count: int) -> None:
    numbers = sequence.between(start, count + 1)
    assert sequence.ahead(numbers[-1], start) == count
    assert sequence.ahead(start, numbers[-1]) == -count
    assert all(1 <= n <= sequence.LAST for n in numbers)


def test_a_refused_deadband_is_left_out() -> None:
    server = Server([])
    server.refuse = {0: StatusCodes.BadMonitoredItemFilterUnsupported, 1: StatusCodes.BadNodeIdUnknown}
    percent = MonitoredNode(NODE, "", 100.0, 3, Deadband(2.0, percent=True))

    async def body() -> tuple[dict[int, int], list[int]]:
        heard = Heard(server)
        await heard.subscription.create(100.0)
        try:
            return await heard.subscription.add([(0, percent), (1, MonitoredNode(NODE, "2", 0.0))])
        finally:
            await heard.subscription.close()

    bad, undamped = asyncio.run(body())
    assert (bad, undamped) == ({1: StatusCodes.BadNodeIdUnknown}, [0])
    first = server.items[0].RequestedParameters
    assert (first.Filter.DeadbandType, first.Filter.DeadbandValue, first.QueueSize) == (ua.DeadbandType.Percent, 2.0, 3)
    assert server.items[1].ItemToMonitor.IndexRange == "2"
    assert not isinstance(server.items[2].RequestedParameters.Filter, ua.DataChangeFilter)


def test_the_overflow_bit_counts_only_with_its_info_type() -> None:
    assert overflowed(0x480)
    assert overflowed(0x40900480)
    assert not overflowed(0x80)
    assert not overflowed(0x400)
