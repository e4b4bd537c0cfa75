"""Polling: asked for by mode: poll, or because the server does not let a node be monitored."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.monitored_item_service import MonitoredItemService
from asyncua.ua.status_codes import StatusCodes

from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagTable
from plc_drivers.opcua.driver import OpcUaDriver
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually
from tests.wire.opcua_kit import CONTEXT, OpcUaServer, Relay, device, opened, run, serving, state

pytestmark = pytest.mark.usefixtures("standard_nodes")

V = ua.VariantType
COUNT = 600
TAGS = TagTable(tag(f"T{i}", i, device="plc2", address=f"s=T{i}", lo=-1e9, hi=1e9) for i in range(3))


class Plant(OpcUaServer):
    count = 3

    async def fill(self) -> None:
        for i in range(self.count):
            await self.add(f"T{i}", ua.Variant(float(i), V.Double))
        self.reads: list[int] = []
        service = self.server.iserver.attribute_service
        read = service.read

        def counted(params: ua.ReadParameters) -> list[ua.DataValue]:
            self.reads.append(len(params.NodesToRead))
            return read(params)

        service.read = counted  # pyright: ignore[reportAttributeAccessIssue]


class BigPlant(Plant):
    count = COUNT


def make(port: int, tags: TagTable = TAGS, **keys: object) -> OpcUaDriver:
    return OpcUaDriver("plc2", device(port, **keys), tags, CONTEXT)


async def value_is(driver: OpcUaDriver, at: int, value: float) -> None:
    async def reached() -> bool:
        readings = await driver.poll()
        return bool(readings.values[at] == value and readings.status[at] == 0)

    await eventually(reached, what=f"Good {value}")


def test_mode_poll_reads_every_scan_without_a_subscription() -> None:
    tags = TagTable([*list(TAGS)[:2], replace(TAGS[2], poll_every=3)])

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port, tags, mode="poll")) as driver:
            await state(driver, LinkState.UP)
            assert not plant.server.iserver.subscription_service.subscriptions
            plant.reads.clear()
            for i in range(3):
                await plant.set(f"T{i}", ua.Variant(10.0 + i, V.Double))
            before = await driver.poll()
            assert before.values[:2].tolist() == [10.0, 11.0]
            for _ in range(5):
                await driver.poll()
            assert sorted(plant.reads) == [2, 2, 2, 2, 3, 3]
            after = await driver.poll()
            assert after.values.tolist() == [10.0, 11.0, 12.0]
            assert before.alive_ns is not None
            assert after.alive_ns is not None
            assert (after.alive_ns > before.alive_ns)[:2].all()
            assert (await driver.write([Write(0, 3.5, "x")]))[0].status == 0
            await value_is(driver, 0, 3.5)

    run(body)


def test_many_nodes_are_read_in_several_calls_of_250_at_most() -> None:
    tags = TagTable(tag(f"T{i}", i, device="plc2", address=f"s=T{i}", lo=-1e9, hi=1e9) for i in range(COUNT))

    async def body() -> None:
        async with (
            serving(BigPlant(free_port())) as plant,
            opened(make(plant.port, tags, mode="poll", timeout_ms=5000)) as driver,
        ):
            await state(driver, LinkState.UP)
            assert max(plant.reads) <= 250
            plant.reads.clear()
            readings = await driver.poll()
            assert plant.reads == [250, 250, 100]
            assert readings.values.tolist() == [float(i) for i in range(COUNT)]
            assert not readings.status.any()

    run(body)


def test_a_server_that_takes_fewer_nodes_in_a_call_is_asked_for_fewer() -> None:
    tags = TagTable(tag(f"T{i}", i, device="plc2", address=f"s=T{i}", lo=-1e9, hi=1e9) for i in range(50))

    async def body() -> None:
        async with serving(BigPlant(free_port())) as plant:
            limit = plant.server.get_node(ua.NodeId.from_string("i=11705"))
            await limit.write_value(ua.Variant(20, V.UInt32))
            async with opened(make(plant.port, tags, mode="poll", timeout_ms=5000)) as driver:
                await state(driver, LinkState.UP)
                plant.reads.clear()
                assert (await driver.poll()).values.tolist() == [float(i) for i in range(50)]
                assert plant.reads == [20, 20, 10]
                results = await driver.write([Write(i, 2.0 * i, "x") for i in range(50)])
                assert {r.status for r in results} == {0}

    run(body)


def test_a_call_of_writes_that_fails_says_nothing_of_those_before_it() -> None:
    tags = TagTable(tag(f"T{i}", i, device="plc2", address=f"s=T{i}", lo=-1e9, hi=1e9) for i in range(60))

    async def body() -> None:
        async with serving(BigPlant(free_port())) as plant:
            await plant.server.get_node(ua.NodeId.from_string("i=11705")).write_value(ua.Variant(20, V.UInt32))
            async with opened(make(plant.port, tags, mode="poll", timeout_ms=5000)) as driver:
                await state(driver, LinkState.UP)
                service = plant.server.iserver.attribute_service
                write, calls = service.write, list[int]()

                async def second_fails(params: Any, *args: Any, **keys: Any) -> Any:
                    calls.append(len(params.NodesToWrite))
                    if len(calls) == 2:
                        raise ServiceError(StatusCodes.BadInternalError)
                    return await write(params, *args, **keys)

                service.write = second_fails  # pyright: ignore[reportAttributeAccessIssue]
                results = await driver.write([Write(i, 100.0 + i, f"origin {i}") for i in range(60)])
                assert calls == [20, 20]
                assert [r.status for r in results] == [0] * 20 + [StatusCodes.BadInternalError] * 40
                assert "whether the value was written is not known" in results[20].message.en
                assert results[59].message.en == "not sent: the server answered BadInternalError"
                assert [await plant.held(f"T{i}") for i in (19, 20, 40)] == [119.0, 20.0, 40.0]

    run(body)


def test_a_server_that_miscounts_is_no_reading_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port, mode="poll")) as driver:
            await state(driver, LinkState.UP)
            service = plant.server.iserver.attribute_service
            read = service.read
            with monkeypatch.context() as patch:
                patch.setattr(service, "read", lambda params: read(params)[:-1])
                assert set((await driver.poll()).status.tolist()) == {Status.BAD_COMMUNICATION_ERROR}
                [result] = await driver.write([Write(0, 9.0, "x")])
                assert "could not be read back" in result.message.en
            await value_is(driver, 0, 9.0)

    run(body)


def refuse_items(monkeypatch: pytest.MonkeyPatch, code: int, *names: str) -> None:
    make_item: Callable[..., Any] = MonitoredItemService._create_data_change_monitored_item  # pyright: ignore[reportPrivateUsage]

    async def refused(self: Any, params: ua.MonitoredItemCreateRequest) -> ua.MonitoredItemCreateResult:
        if params.ItemToMonitor.NodeId.Identifier in names:
            return ua.MonitoredItemCreateResult(ua.StatusCode(ua.UInt32(code)))
        return await make_item(self, params)

    monkeypatch.setattr(MonitoredItemService, "_create_data_change_monitored_item", refused)


@pytest.mark.parametrize("code", [StatusCodes.BadAttributeIdInvalid, StatusCodes.BadMonitoringModeInvalid])
def test_auto_polls_what_cannot_be_monitored(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    refuse_items(monkeypatch, code, "T1")

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port)) as driver:
            await state(driver, LinkState.UP)
            assert driver.link().last_error.en == "polled, not subscribed: T1"
            plant.reads.clear()
            await plant.set("T0", ua.Variant(20.0, V.Double))
            await plant.set("T1", ua.Variant(21.0, V.Double))
            await value_is(driver, 0, 20.0)
            await value_is(driver, 1, 21.0)
            assert set(plant.reads) == {1}

    run(body)


def test_subscribe_says_what_cannot_be_monitored(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_items(monkeypatch, StatusCodes.BadAttributeIdInvalid, "T1")

    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port, mode="subscribe")) as driver:
            await state(driver, LinkState.UP)
            assert (await driver.poll()).status.tolist() == [0, StatusCodes.BadAttributeIdInvalid, 0]
            assert driver.link().last_error.en == "the server does not serve T1"

    run(body)


def test_a_server_without_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant:

            async def refuse(*args: object, **keys: object) -> ua.CreateSubscriptionResult:
                raise ServiceError(StatusCodes.BadServiceUnsupported)

            monkeypatch.setattr(plant.server.iserver.subscription_service, "create_subscription", refuse)
            async with opened(make(plant.port)) as driver:
                await state(driver, LinkState.UP)
                assert "no subscription, all is polled: the server answered BadServiceUnsupported" in driver.link().last_error.en
                await plant.set("T2", ua.Variant(30.0, V.Double))
                await value_is(driver, 2, 30.0)
            async with opened(make(plant.port, mode="subscribe")) as driver:
                await state(driver, LinkState.DOWN)
                assert "BadServiceUnsupported" in driver.link().last_error.en

    run(body)


def test_a_frozen_server_costs_a_poll_its_time_out_and_then_the_link() -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant:
            relay = Relay(free_port(), plant.port)
            await relay.start()
            try:
                async with opened(make(relay.port, mode="poll", timeout_ms=300)) as driver:
                    await state(driver, LinkState.UP)
                    assert not (await driver.poll()).status.any()
                    relay.thawed.clear()
                    started = time.monotonic()
                    readings = await driver.poll()
                    assert time.monotonic() - started < 1.0
                    assert set(readings.status.tolist()) == {Status.BAD_TIMEOUT}
                    assert readings.values.tolist() == [0.0, 1.0, 2.0]
                    assert driver.link().timeouts >= 1

                    async def down() -> bool:
                        await driver.poll()
                        return driver.link().state is LinkState.DOWN

                    await eventually(down)
                    assert "no answer within 300 ms" in driver.link().last_error.en
                    shown = await driver.poll()
                    assert set(shown.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE}
                    relay.thawed.set()
                    await state(driver, LinkState.UP)
                    await value_is(driver, 1, 1.0)
            finally:
                relay.thawed.set()
                await relay.stop()

    run(body)


def test_a_poll_that_is_cancelled_leaves_the_driver_whole() -> None:
    async def body() -> None:
        async with serving(Plant(free_port())) as plant, opened(make(plant.port, mode="poll")) as driver:
            await state(driver, LinkState.UP)
            task = asyncio.create_task(driver.poll())
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await plant.set("T0", ua.Variant(5.0, V.Double))
            await value_is(driver, 0, 5.0)

    run(body)
