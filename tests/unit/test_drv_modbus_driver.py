"""Modbus driver against a unit in memory on a manual clock: quality, budget, poll groups, holes, order of writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path

import pytest

from line.clock import ManualClock
from line.devices import ModbusDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.modbus.codec import Table
from plc_drivers.modbus.driver import ModbusDriver
from tests.builders import T0_NS, tag
from tests.modbus_unit import MS, FakePort, S

TIMEOUT_MS = 500
PERIOD_MS = 100
CONFIG = ModbusDevice(driver="modbus", name=Text(ru="ПЛК", en="PLC"), timeout_ms=TIMEOUT_MS, request_cost=4)
CABLE = Text(ru="кабель", en="cable")


def context(clock: ManualClock) -> DriverContext:
    return DriverContext(clock, PERIOD_MS, Path("pki"), Path())


class Rig:
    """A driver, its unit and its clock; ``every`` are poll groups by address."""

    def __init__(
        self, *addresses: str, kind: TagKind = TagKind.INT, config: ModbusDevice = CONFIG, every: dict[str, int] | None = None
    ) -> None:
        self.clock = ManualClock(T0_NS)
        kinds = [_kind(a, kind) for a in addresses]
        tags = [tag(a, i, address=a, kind=kinds[i], lo=-1e9, hi=1e9, writable=True) for i, a in enumerate(addresses)]
        self.tags = TagTable(replace(t, poll_every=(every or {}).get(t.address, 1)) for t in tags)
        self.made: list[FakePort] = []
        self.driver = ModbusDriver("plc1", config, self.tags, context(self.clock), self._make)

    def _make(self, on_lost: Callable[[Text], None]) -> FakePort:
        self.made.append(FakePort(self.clock, on_lost))
        return self.made[-1]

    @property
    def device(self) -> FakePort:
        return self.made[-1]

    async def up(self) -> None:
        await self.driver.open()
        await self.settle()
        assert self.driver.link().state is LinkState.UP
        self.device.requests.clear()

    async def settle(self, seconds: float = 0.0) -> None:
        for _ in range(round(seconds * 10) + 1):
            for _ in range(10):
                await asyncio.sleep(0)
            if seconds:
                self.clock.advance_ns(S // 10)

    async def codes(self) -> list[int]:
        return (await self.driver.poll()).status.tolist()

    async def write(self, *writes: tuple[str, float], origin: str = "b1") -> list[tuple[int, str]]:
        results = await self.driver.write([Write(self.tags.handle(n), v, origin) for n, v in writes])
        return [(r.status, r.message.en) for r in results]


def _kind(address: str, kind: TagKind) -> TagKind:
    if address[:2] in ("co", "di") or "." in address:
        return TagKind.BOOL
    return TagKind.STRING if ":string" in address else kind


def scenario(body: Callable[[], Coroutine[object, object, None]]) -> None:
    async def whole() -> None:
        await body()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())


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
        await rig.driver.poll()
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


def test_setpoints_go_out_in_order_in_as_few_requests_as_possible() -> None:
    async def body() -> None:
        names = ("hr:10:float32", "hr:12:float32", "hr:40:uint16", "hr:41:uint16", "hr:42:uint16", "co:3", "co:4", "hr:50.2")
        rig = Rig(*names)
        await rig.up()
        results = await rig.write(*((n, 1.0) for n in names))
        assert results == [(0, "")] * len(names)
        assert [r for r in rig.device.requests if not r.startswith("read")] == [
            "write hr:10=[16256, 0, 16256, 0]",
            "write hr:40=[1, 1, 1]",
            "write co:3=[1, 1]",
            "mask hr:50 and fffb or 0004",
        ]
        await rig.driver.close()

    scenario(body)


def test_a_request_number_is_not_written_when_its_setpoint_failed() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16", "hr:60:uint16")
        await rig.up()
        rig.device.read_only = {10}
        writes = [Write(0, 1.0, "batch"), Write(1, 2.0, "batch"), Write(2, 3.0, "heartbeat")]
        results = await rig.driver.write(writes)
        assert [r.status for r in results] == [Status.BAD_OUT_OF_RANGE, Status.BAD_OUT_OF_RANGE, 0]
        assert "exception 3" in results[0].message.en
        assert results[1].message.en.startswith("not written")
        assert rig.device.words[Table.HOLDING][[10, 40, 60]].tolist() == [0, 0, 3]
        await rig.driver.close()

    scenario(body)


def test_an_impossible_value_stops_the_whole_batch_before_anything_is_sent() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:11:uint16", "ir:0:uint16")
        await rig.up()
        results = await rig.write(("hr:10:uint16", 1.0), ("hr:11:uint16", 65_536.0))
        assert [s for s, _ in results] == [Status.BAD_OUT_OF_RANGE] * 2
        assert rig.device.requests == []
        [(status, message)] = await rig.write(("ir:0:uint16", 1.0))
        assert (status, "read-only" in message) == (Status.BAD_NOT_SUPPORTED, True)
        await rig.driver.close()

    scenario(body)


def test_a_clamped_value_is_told() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:11:uint16")
        await rig.up()
        rig.device.clamp = {11: 50}
        results = await rig.write(("hr:10:uint16", 60.0), ("hr:11:uint16", 60.0))
        assert results[0] == (0, "")
        assert results[1] == (Status.BAD_OUT_OF_RANGE, "the device holds 50.000 instead of 60.000")
        await rig.driver.close()

    scenario(body)


def test_a_write_without_answer_is_not_repeated_and_ends_the_batch() -> None:
    async def body() -> None:
        rig = Rig("hr:10:uint16", "hr:40:uint16", "hr:60:uint16")
        await rig.up()
        rig.device.silent = {(Table.HOLDING, 40)}
        results = await rig.driver.write([Write(0, 1.0, "a"), Write(1, 2.0, "b"), Write(2, 3.0, "c")])
        assert [r.status for r in results] == [0, Status.BAD_TIMEOUT, Status.BAD_TIMEOUT]
        assert "not known" in results[1].message.en
        assert results[2].message.en.startswith("not written")
        assert sum(r.startswith("write hr:40") for r in rig.device.requests) == 1
        rig.device.on_lost(CABLE)
        [lost] = await rig.driver.write([Write(0, 1.0, "a")])
        assert lost.status == Status.BAD_NO_COMMUNICATION
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
