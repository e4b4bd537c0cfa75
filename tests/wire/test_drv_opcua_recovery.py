"""Nothing is lost unnoticed: missing messages, overflows, lost subscriptions and sessions, nodes that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.internal_subscription import InternalSubscription
from asyncua.server.uaprocessor import UaProcessor
from asyncua.ua.status_codes import StatusCodes

from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from plc_drivers.opcua.session import OpcUaSession
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually, until
from tests.wire.opcua_kit import CONTEXT, OpcUaServer, Relay, device, opened, run, serving, state

pytestmark = pytest.mark.usefixtures("standard_nodes")

V = ua.VariantType
LEVEL, MISSING = 0, 1
TAGS = TagTable(
    [
        tag("Level", LEVEL, device="plc2", address="s=Level", lo=-1e9, hi=1e9),
        tag("Missing", MISSING, device="plc2", address="s=Missing", lo=-1e9, hi=1e9),
    ]
)


class Plant(OpcUaServer):
    async def fill(self) -> None:
        await self.add("Level", ua.Variant(1.0, V.Double))

    async def level(self, value: float) -> None:
        await self.set("Level", ua.Variant(value, V.Double))


def make(port: int, tags: TagTable = TAGS, **keys: object) -> OpcUaDriver:
    return OpcUaDriver("plc2", device(port, **keys), tags, CONTEXT)


async def level_is(driver: OpcUaDriver, value: float, at: int = LEVEL) -> None:
    async def reached() -> bool:
        readings = await driver.poll()
        return bool(readings.values[at] == value and readings.status[at] == 0)

    await eventually(reached, what=f"Good {value}")


class Thief:
    """Takes the next message with data out of the server's hands; ``keeps_copy``: the server can still republish it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, keeps_copy: bool) -> None:
        self.armed = False
        take: Callable[[Any], ua.PublishResult] = InternalSubscription._pop_publish_result  # pyright: ignore[reportPrivateUsage]

        def pop(sub: Any) -> ua.PublishResult:
            result = take(sub)
            if self.armed and result.NotificationMessage.NotificationData:
                self.armed = False
                if not keeps_copy:
                    del sub._not_acknowledged_results[int(result.NotificationMessage.SequenceNumber)]
                return take(sub)  # a keep-alive
            return result

        monkeypatch.setattr(InternalSubscription, "_pop_publish_result", pop)


def test_a_message_lost_on_the_way_is_republished(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        thief = Thief(monkeypatch, keeps_copy=True)
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            await level_is(driver, 1.0)
            thief.armed = True
            await plant.level(2.0)
            await level_is(driver, 2.0)
            assert not thief.armed
            assert (driver.link().gaps, driver.link().reconnects) == (0, 0)

    run(body)


def test_a_message_lost_for_good_is_marked_counted_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        thief = Thief(monkeypatch, keeps_copy=False)
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            await level_is(driver, 1.0)
            thief.armed = True
            await plant.level(2.0)
            await until(lambda: driver.link().gaps == 1)
            assert (await driver.poll()).status[LEVEL] == Status.UNCERTAIN_LAST_USABLE_VALUE
            await level_is(driver, 2.0)
            link = driver.link()
            assert (link.gaps, link.reconnects, link.state) == (1, 0, LinkState.UP)
            assert "messages of the server are lost: 1" in link.last_error.en
            await plant.level(3.0)
            await level_is(driver, 3.0)

    run(body)


def test_an_overflow_passes_and_is_counted() -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            stamp = ua.DateTime.now(UTC)
            await plant.set("Level", ua.DataValue(ua.Variant(5.0, V.Double), ua.StatusCode(ua.UInt32(0x480)), stamp))  # pyright: ignore[reportArgumentType]
            await until(lambda: driver.link().gaps == 1)
            readings = await driver.poll()
            assert (readings.values[LEVEL], readings.status[LEVEL]) == (5.0, 0x480)
            assert "a queue of the server ran over" in driver.link().last_error.en
            assert "Level" in driver.link().last_error.en

    run(body)


def test_the_servers_times_come_through_and_missing_ones_are_ours() -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            source, server = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)
            data = ua.DataValue(ua.Variant(2.0, V.Double), ua.StatusCode(), source, server)  # pyright: ignore[reportArgumentType]
            await plant.set("Level", data)
            await level_is(driver, 2.0)
            readings = await driver.poll()
            assert readings.source_ns[LEVEL] == int(source.timestamp()) * 1_000_000_000
            assert readings.server_ns[LEVEL] == int(server.timestamp()) * 1_000_000_000
            before_ns = CONTEXT.clock.now_ns()
            assert readings.alive_ns is not None
            assert before_ns - readings.alive_ns[LEVEL] < 5_000_000_000
            await plant.set("Level", ua.DataValue(ua.Variant(3.0, V.Double)))
            await level_is(driver, 3.0)
            readings = await driver.poll()
            assert readings.source_ns[LEVEL] >= before_ns
            assert readings.server_ns[LEVEL] >= before_ns

    run(body)


def test_the_difference_of_the_clocks_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    send: Callable[..., Any] = UaProcessor.send_response

    def ahead(self: Any, handle: Any, header: Any, response: Any, *rest: Any) -> Any:
        response.ResponseHeader.Timestamp = datetime.now(UTC) + timedelta(seconds=90)
        return send(self, handle, header, response, *rest)

    monkeypatch.setattr(UaProcessor, "send_response", ahead)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            assert abs(driver.link().skew_ms - 90_000.0) < 2_000.0

    run(body)


def test_a_subscription_that_the_server_drops_is_made_anew() -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            service = plant.server.iserver.subscription_service
            await service.delete_subscriptions(list(service.subscriptions))
            await state(driver, LinkState.DOWN)
            await plant.level(4.0)
            await state(driver, LinkState.UP)
            shown = await driver.poll()
            assert shown.status[LEVEL] == Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
            await level_is(driver, 4.0)
            assert (driver.link().gaps, driver.link().reconnects) == (1, 1)
            await plant.level(5.0)
            await level_is(driver, 5.0)

    run(body)


@pytest.mark.parametrize("code", [StatusCodes.BadSessionIdInvalid, StatusCodes.BadSessionClosed])
def test_a_session_that_the_server_does_not_know_is_made_anew(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            read = plant.server.iserver.attribute_service.read

            def refuse(params: ua.ReadParameters) -> list[ua.DataValue]:
                raise ServiceError(code)

            with monkeypatch.context() as patch:
                patch.setattr(plant.server.iserver.attribute_service, "read", refuse)
                [result] = await driver.write([Write(LEVEL, 2.0, "x")])
                assert result.status == code
                assert driver.link().state is LinkState.DOWN
                assert "Session" in driver.link().last_error.en
            assert plant.server.iserver.attribute_service.read == read
            await state(driver, LinkState.UP)
            await level_is(driver, 2.0)

    run(body)


def test_an_outage_between_two_polls_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant:
            relay = Relay(free_port(), plant.port)
            await relay.start()
            try:
                async with opened(make(relay.port)) as driver:
                    await state(driver, LinkState.UP)
                    await level_is(driver, 1.0)
                    await relay.stop()
                    await state(driver, LinkState.DOWN)
                    await relay.start()
                    await state(driver, LinkState.UP)
                    shown, after = await driver.poll(), await driver.poll()
                    assert shown.status[LEVEL] == Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE
                    assert (after.values[LEVEL], after.status[LEVEL]) == (1.0, 0)
                    assert driver.link().gaps == 1
            finally:
                await relay.stop()

    run(body)


def test_while_a_server_is_silent_its_values_are_not_confirmed() -> None:
    """The image marks them within its stale time, long before the link counts as lost."""

    async def body() -> None:
        async with serving(Plant(free_port())) as plant:
            relay = Relay(free_port(), plant.port)
            await relay.start()
            try:
                async with opened(make(relay.port)) as driver:
                    await state(driver, LinkState.UP)
                    await level_is(driver, 1.0)
                    relay.thawed.clear()

                    async def overdue() -> bool:
                        readings = await driver.poll()
                        assert readings.alive_ns is not None
                        return bool(CONTEXT.clock.now_ns() - readings.alive_ns[LEVEL] > 300_000_000)

                    await eventually(overdue)
                    assert driver.link().state is LinkState.UP
                    await state(driver, LinkState.DOWN)
                    relay.thawed.set()
                    await state(driver, LinkState.UP)
                    await level_is(driver, 1.0)
            finally:
                relay.thawed.set()
                await relay.stop()

    run(body)


def test_a_node_that_appears_later_is_found_without_a_reconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.driver.LOOK_UP_AGAIN_S", 0.1)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            assert (await driver.poll()).status.tolist() == [0, Status.BAD_NODE_ID_UNKNOWN]
            assert driver.link().last_error.en == "the server does not serve Missing"
            await plant.add("Missing", ua.Variant(8.0, V.Double))
            await level_is(driver, 8.0, MISSING)
            await plant.set("Missing", ua.Variant(9.0, V.Double))
            await level_is(driver, 9.0, MISSING)
            assert driver.link().reconnects == 0
            await until(lambda: not driver.link().last_error.en)
            assert (await driver.write([Write(MISSING, 3.0, "x")]))[0].status == 0

    run(body)


def test_a_node_that_the_server_deletes_is_bad_and_looked_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.driver.LOOK_UP_AGAIN_S", 0.3)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            gone = ua.DataValue(ua.Variant(None, V.Null), ua.StatusCode(ua.UInt32(StatusCodes.BadNodeIdUnknown)))
            await plant.set("Level", gone)

            async def bad() -> bool:
                return (await driver.poll()).status[LEVEL] == StatusCodes.BadNodeIdUnknown

            await eventually(bad)
            assert "Level" in driver.link().last_error.en
            await plant.level(6.0)
            await level_is(driver, 6.0)
            await plant.level(7.0)
            await level_is(driver, 7.0)
            assert driver.link().reconnects == 0

    run(body)


def test_what_breaks_while_connecting_is_not_overlooked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The subscription ends before the link counts as up: the next attempt follows, nothing hangs."""

    async def body() -> None:
        async with serving(Plant(free_port())) as plant:
            service = plant.server.iserver.subscription_service
            create = service.create_monitored_items
            attempts: list[int] = []

            async def broken_once(params: Any) -> Any:
                attempts.append(1)
                if len(attempts) == 1:
                    sub = service.subscriptions[params.SubscriptionId]
                    await sub.enqueue_statuschange(ua.StatusCode(ua.UInt32(StatusCodes.BadTimeout)))
                    await sub.publish_results()
                    await asyncio.sleep(0.2)
                return await create(params)

            monkeypatch.setattr(service, "create_monitored_items", broken_once)
            async with opened(make(plant.port)) as driver:
                await state(driver, LinkState.DOWN)
                assert "ended the subscription" in driver.link().last_error.en
                await state(driver, LinkState.UP)
                await level_is(driver, 1.0)

    run(body)


def test_the_secure_channel_is_renewed_in_time_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.session.CHANNEL_LIFETIME_MS", 600)
    opened_channels: list[object] = []
    open_channel: Callable[..., Any] = UaProcessor.open_secure_channel

    def counted(self: Any, *args: Any) -> Any:
        opened_channels.append(self)
        return open_channel(self, *args)

    monkeypatch.setattr(UaProcessor, "open_secure_channel", counted)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            await until(lambda: len(opened_channels) >= 4)
            assert len(set(opened_channels)) == 1
            await plant.level(2.0)
            await level_is(driver, 2.0)
            assert (driver.link().reconnects, driver.link().gaps) == (0, 0)

    run(body)


def test_a_channel_that_cannot_be_renewed_is_a_lost_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.session.CHANNEL_LIFETIME_MS", 600)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            with monkeypatch.context() as patch:

                def ignore(self: Any, *args: Any) -> None:
                    """No answer."""

                patch.setattr(UaProcessor, "open_secure_channel", ignore)
                await state(driver, LinkState.DOWN)
                assert "the secure channel could not be renewed" in driver.link().last_error.en
            await state(driver, LinkState.UP)
            await level_is(driver, 1.0)

    run(body)


def test_a_session_that_died_unsaid_is_found_by_the_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's clock is asked for every few seconds."""
    monkeypatch.setattr("plc_drivers.opcua.session.PROBE_EVERY_NS", 300_000_000)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)

            def refuse(params: ua.ReadParameters) -> list[ua.DataValue]:
                raise ServiceError(StatusCodes.BadSessionIdInvalid)

            with monkeypatch.context() as patch:
                patch.setattr(plant.server.iserver.attribute_service, "read", refuse)
                await state(driver, LinkState.DOWN)
            await state(driver, LinkState.UP)
            await level_is(driver, 1.0)

    run(body)


def test_a_defect_of_the_watcher_ends_the_session_not_the_watching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plc_drivers.opcua.session.PROBE_EVERY_NS", 300_000_000)

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)

            async def broken(session: OpcUaSession) -> bool:
                raise RuntimeError("a defect")

            with monkeypatch.context() as patch:
                patch.setattr(OpcUaSession, "_probe", broken)
                await state(driver, LinkState.DOWN)
                assert "a defect" in driver.link().last_error.en
            await state(driver, LinkState.UP)

    run(body)
