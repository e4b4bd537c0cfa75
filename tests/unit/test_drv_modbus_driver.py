"""Modbus driver against a unit in memory on a manual clock: times, quality, outages, holes."""

from __future__ import annotations

import asyncio

import pytest

from line.clock import ManualClock
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.modbus.codec import Table
from plc_drivers.modbus.driver import ModbusDriver
from tests.builders import T0_NS, tag
from tests.modbus_unit import CABLE, CONFIG, MS, TIMEOUT_MS, FakePort, Rig, S, context, scenario


def test_times_are_the_middle_of_the_answer_and_the_source_moves_only_with_a_change() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:1:uint16", "hr:0:uint16")
        await rig.up()
        start_ns = rig.clock.now_ns()
        first = await rig.driver.poll()
        assert first.server_ns.tolist() == [start_ns + 3 * MS, start_ns + 3 * MS, start_ns + 1 * MS]  # hr is read first
        assert first.source_ns.tolist() == first.server_ns.tolist()
        rig.device.words[Table.INPUT][1] = 7
        rig.clock.advance_ns(S)
        second = await rig.driver.poll()
        assert second.values.tolist() == [0.0, 7.0, 0.0]
        assert (second.server_ns - first.server_ns > S).all()
        assert (second.source_ns != first.source_ns).tolist() == [False, True, False]
        await rig.driver.close()

    scenario(body)


def test_before_during_and_after_an_outage() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:1:uint16")
        assert await rig.codes() == [Status.BAD_WAITING_FOR_INITIAL_DATA] * 2
        rig.device.reachable = False
        await rig.driver.open()
        await rig.settle()
        assert await rig.codes() == [Status.BAD_NO_COMMUNICATION] * 2
        rig.device.reachable = True
        rig.device.words[Table.INPUT][0] = 5
        await rig.settle(1.0)
        good = await rig.driver.poll()
        assert good.status.tolist() == [0, 0]
        rig.clock.advance_ns(S)
        rig.device.on_lost(CABLE)
        lost = await rig.driver.poll()
        assert lost.status.tolist() == [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE] * 2
        assert lost.values.tolist() == [5.0, 0.0]
        assert lost.server_ns.tolist() == good.server_ns.tolist()
        assert (lost.source_ns == rig.clock.now_ns()).all()
        assert rig.driver.link().last_error == CABLE
        await rig.settle(1.0)
        assert await rig.codes() == [0, 0]
        assert rig.driver.link().reconnects == 1
        await rig.driver.close()
        assert rig.driver.link().state is LinkState.CLOSED

    scenario(body)


def test_a_broken_sensor_does_not_become_usable_by_an_outage() -> None:
    async def body() -> None:
        rig = Rig("ir:0:int16", "ir:1:int16", kind=TagKind.FLOAT)
        await rig.up()
        await rig.driver.poll()
        rig.device.words[Table.INPUT][0] = 0x8000
        readings = await rig.driver.poll()
        assert readings.status.tolist() == [Status.BAD_SENSOR_FAILURE, 0]
        assert readings.values.tolist() == [0.0, 0.0]
        rig.device.on_lost(CABLE)
        assert await rig.codes() == [Status.BAD_NO_COMMUNICATION, Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE]
        await rig.driver.close()

    scenario(body)


def test_a_hole_is_isolated_in_the_same_poll_and_named() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:1:uint16", "ir:2:uint16", "ir:5:float32", "ir:9:uint16")
        await rig.up()
        assert [str(b) for b in rig.driver.blocks] == ["ir:0+10"]
        rig.device.holes = {(Table.INPUT, 1), (Table.INPUT, 8)}  # one wanted, one in a filled gap
        assert await rig.codes() == [0, Status.BAD_CONFIGURATION_ERROR, 0, 0, 0]
        assert "ir:1 (ir:1:uint16)" in rig.driver.link().last_error.en
        rig.device.requests.clear()
        assert await rig.codes() == [0, Status.BAD_CONFIGURATION_ERROR, 0, 0, 0]
        read = [r for r in rig.device.requests if "ir:1" in r]
        assert read == []
        rig.device.holes.clear()
        rig.clock.advance_ns(61 * S)
        assert await rig.codes() == [0] * 5
        assert rig.driver.link().last_error.en.endswith("illegal data address)")
        assert "refuses" not in rig.driver.link().last_error.en
        await rig.driver.close()

    scenario(body)


def test_a_poll_keeps_its_budget_and_one_silent_block_does_not_starve_the_rest() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16", "ir:100:uint16")
        await rig.up()
        assert await rig.codes() == [0, 0, 0]
        rig.device.silent = {(Table.INPUT, 50)}
        before, readings = 0, await rig.driver.poll()
        for _ in range(4):
            before = rig.clock.now_ns()
            readings = await rig.driver.poll()
            assert rig.clock.now_ns() - before <= 2 * TIMEOUT_MS * MS
        assert readings.status.tolist() == [0, Status.BAD_TIMEOUT, 0]
        assert (readings.server_ns[[0, 2]] > before).all()
        assert rig.driver.link().state is LinkState.UP
        rig.device.silent.clear()
        rig.device.requests.clear()
        assert await rig.codes() == [0, Status.BAD_TIMEOUT, 0]  # it is asked for at the pace of the back-off by now
        assert sorted(rig.device.requests) == ["read ir:0+1", "read ir:100+1"]
        rig.clock.advance_ns(5 * S)
        assert await rig.codes() == [0, 0, 0]
        await rig.driver.close()

    scenario(body)


def test_a_device_that_falls_silent_is_given_up_after_two_polls() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16")
        await rig.up()
        await rig.driver.poll()
        rig.device.answer_ns = 10 * S
        assert await rig.codes() == [Status.BAD_TIMEOUT] * 2
        assert await rig.codes() == [Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE] * 2
        assert rig.driver.link().state is LinkState.DOWN
        before = rig.clock.now_ns()
        await rig.driver.poll()
        assert rig.clock.now_ns() == before
        # an open socket without an answer is no connection
        await rig.settle(3.0)
        assert rig.device.connects > 1
        assert rig.driver.link().state is LinkState.DOWN
        rig.device.answer_ns = MS
        await rig.settle(6.0)
        assert await rig.codes() == [0, 0]
        await rig.driver.close()

    scenario(body)


def test_a_wrong_address_and_a_text_are_bad_for_themselves_only(caplog: pytest.LogCaptureFixture) -> None:
    async def body() -> None:
        clock = ManualClock(T0_NS)
        tags = TagTable(
            [
                tag("A", 0, address="ir:0:uint16"),
                tag("B", 1, address="nonsense"),
                tag("C", 2, address="ir:1:uint16", kind=TagKind.STRING),
            ]
        )
        driver = ModbusDriver("plc1", CONFIG, tags, context(clock), lambda on_lost: FakePort(clock, on_lost))
        await driver.open()
        for _ in range(10):
            await asyncio.sleep(0)
        assert (await driver.poll()).status.tolist() == [0, Status.BAD_CONFIGURATION_ERROR, Status.BAD_CONFIGURATION_ERROR]
        [result] = await driver.write([Write(1, 1.0, "x")])
        assert result.status == Status.BAD_CONFIGURATION_ERROR
        await driver.close()

    scenario(body)
    assert "B: 'nonsense' is no Modbus address" in caplog.text


def test_a_second_poll_at_the_same_time_does_not_wait() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16")
        await rig.up()
        both = await asyncio.gather(rig.driver.poll(), rig.driver.poll())
        assert len(both) == 2
        assert rig.device.requests == ["read ir:0+1"]
        await rig.driver.close()

    scenario(body)


def test_a_block_that_never_answers_does_not_keep_the_link_down() -> None:
    async def body() -> None:
        rig = Rig("ir:0:uint16", "ir:50:uint16")
        rig.device.silent = {(Table.INPUT, 0)}
        await rig.driver.open()
        await rig.settle(2.0)
        assert rig.driver.link().state is LinkState.UP
        await rig.driver.poll()
        assert await rig.codes() == [Status.BAD_TIMEOUT, 0]
        await rig.driver.close()

    scenario(body)


def test_a_device_without_tags_is_no_trouble() -> None:
    async def body() -> None:
        rig = Rig()
        await rig.up()
        assert await rig.codes() == []
        assert await rig.driver.write([]) == []
        await rig.driver.close()

    scenario(body)
