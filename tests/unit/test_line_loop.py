"""The real-time loop on a manual clock: the scan on its grid, devices never in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast

import pytest

from line.clock import ManualClock
from line.image import Readings
from line.loop import ScanLoop
from line.messages import LinkState, LinkStatus, Write, WriteResult
from line.scan import Outputs
from plc_drivers.guard import GuardedDriver
from tests.builders import T0_NS, S
from tests.unit.line_kit import PERIOD_NS, FakePlc, Journal, command, engine, link, ovens, readings

DEFECT = RuntimeError("a defect of the driver")


class FakeDriver:
    """A driver of the ovens' PLC whose every call can be made to hang, be late or be defective."""

    def __init__(self, device: str, clock: ManualClock) -> None:
        self.device = device
        self.clock = clock
        self.plc = FakePlc(ovens().tags, ["U1", "U2"])
        self.state = LinkState.UP
        self.polls = 0
        self.opened = 0
        self.closed = 0
        self.hang = False
        self.hang_open = False
        self.answer: asyncio.Event | None = None
        self.fail: BaseException | None = None
        self.fail_ending: BaseException | None = None
        self.fail_open: BaseException | None = None
        self.busy = False
        self.writes: list[tuple[str, float]] = []

    def link(self) -> LinkStatus:
        return link(self.state, self.device)

    async def open(self) -> None:
        self.opened += 1
        if self.fail_open is not None:
            raise self.fail_open
        if self.hang_open:
            await asyncio.get_running_loop().create_future()

    async def poll(self) -> Readings:
        assert not self.busy, "two calls at once"
        self.busy = True
        self.polls += 1
        if self.fail is not None:
            raise self.fail
        if self.answer is not None:
            await self.answer.wait()
        if self.hang:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                if self.fail_ending is not None:
                    raise self.fail_ending from None
                raise
        self.busy = False
        if self.device == "plc1":
            return self.plc.read(self.clock.now_ns())
        return readings(ovens().tags, {}, self.clock.now_ns())

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        assert not self.busy, "two calls at once"
        self.writes += [(ovens().tags[w.handle].name, w.value) for w in writes]
        await asyncio.sleep(0)
        return self.plc.write(writes)

    async def close(self) -> None:
        self.closed += 1


class Plant:
    """The loop on a manual clock with two drivers."""

    def __init__(self) -> None:
        self.clock = ManualClock(T0_NS)
        self.journal = Journal()
        self.engine = engine(self.journal)
        self.drivers = {name: FakeDriver(name, self.clock) for name in ("plc1", "plc2")}
        self.outputs: list[Outputs] = []
        self.lateness_ns: list[int] = []
        self.idle_ns: list[int] = []
        self.loop = ScanLoop(
            self.engine, self.drivers, self.clock, self.outputs.append, self.lateness_ns.append, self.idle_ns.append
        )
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def settle(self) -> None:
        for _ in range(12):
            await asyncio.sleep(0)

    async def begin(self) -> None:
        self.task = asyncio.create_task(self.loop.run(self.stop))
        await self.settle()

    async def advance(self, step_ns: int) -> None:
        self.clock.advance_ns(step_ns)
        await self.settle()

    async def periods(self, count: int) -> None:
        """Whole periods, in the steps at which the loop has deadlines: the scan, and the next release of polls."""
        for _ in range(count):
            await self.advance(PERIOD_NS * 6 // 10)
            await self.advance(PERIOD_NS * 4 // 10)

    async def end(self) -> None:
        self.stop.set()
        assert self.task is not None
        while not self.task.done():
            await self.advance(PERIOD_NS)
        await self.task

    def number(self, name: str) -> float | None:
        return self.engine.state.image.number(ovens().tags.handle(name))


def play(story: Callable[[Plant], Awaitable[None]]) -> Plant:
    """Run a story in a loop of its own; no task may be left when it is over."""

    async def main() -> Plant:
        plant = Plant()
        await plant.begin()
        await story(plant)
        if plant.task is not None and not plant.task.done():
            await plant.end()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, others
        assert [d.closed for d in plant.drivers.values()] == [1, 1]
        return plant

    return asyncio.run(main())


def test_the_scan_runs_at_its_offset_on_what_has_arrived() -> None:
    async def story(plant: Plant) -> None:
        assert [d.polls for d in plant.drivers.values()] == [1, 1]
        await plant.advance(PERIOD_NS * 6 // 10 - 1)
        assert plant.outputs == []
        await plant.advance(1)
        assert len(plant.outputs) == 1
        assert plant.number("U1.Temp") == 20.0
        await plant.advance(PERIOD_NS * 4 // 10)
        assert [d.polls for d in plant.drivers.values()] == [2, 2]
        await plant.periods(3)

    plant = play(story)
    assert plant.loop.health.scans >= 4
    assert plant.loop.health.overruns == 0
    assert set(plant.lateness_ns[:4]) == {0}


def test_a_device_that_never_answers_delays_nothing_and_its_tags_age() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(2)
        plant.drivers["plc1"].hang = True
        await plant.periods(8)
        assert plant.loop.health.scans == 10
        assert plant.number("U1.Temp") is None
        assert plant.drivers["plc2"].polls == 11
        assert plant.drivers["plc1"].polls == 4  # the fourth never came back
        plant.drivers["plc1"].state = LinkState.DOWN
        await plant.periods(1)

    plant = play(story)
    assert plant.lateness_ns[:10] == [0] * 10
    edges = [(e.source, e.data["to"]) for e in plant.journal.events if e.kind == "link"]
    assert edges == [("plc1", "up"), ("plc2", "up"), ("plc1", "down")]


def test_writes_reach_the_device_in_their_order_and_come_back_as_results() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(1)
        plant.engine.submit(command("unit.mode", "U1", "m", mode="manual"))
        await plant.periods(1)
        plant.engine.submit(
            command("unit.command", "U1", "s", command="start", phase="bake", parameters={"time": 60, "temp": 72})
        )
        await plant.periods(3)
        assert plant.number("U1.PhSts") == 1.0

    plant = play(story)
    names = [n for n, _ in plant.drivers["plc1"].writes if n != "PLC1.Sup"]
    assert names == ["U1.SP_Temp", "U1.SP_Time", "U1.PhId", "U1.PhCmd", "U1.BatchNo", "U1.PhReq"]
    assert plant.drivers["plc2"].writes == []
    statuses = [e.data["status"] for e in plant.journal.events if e.kind == "command" and e.data["id"] == "s"]
    assert statuses == ["received", "accepted", "confirmed"]
    assert [e.data["status"] for e in plant.journal.events if e.kind == "write"] == ["Good"] * 6


@pytest.mark.parametrize(("waited_s", "sent"), [(2.5, True), (3.0, False), (20.0, False)])
def test_a_write_that_waited_for_its_device_is_not_sent_after_it_was_given_up(waited_s: float, sent: bool) -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(1)
        plc = plant.drivers["plc1"]
        plc.answer = asyncio.Event()  # the next poll takes long
        await plant.advance(PERIOD_NS * 6 // 10)
        await plant.advance(PERIOD_NS * 4 // 10)
        plant.engine.submit(command("tag.write", "PLC1.Shots", "c", value=5))
        await plant.advance(PERIOD_NS * 6 // 10)
        await plant.advance(round(waited_s * S))
        plc.answer.set()
        await plant.periods(2)

    plant = play(story)
    assert (("PLC1.Shots", 5.0) in plant.drivers["plc1"].writes) is sent
    [told] = [e.data for e in plant.journal.events if e.kind == "write" and e.source == "c"]
    assert (told["status"] == "Good") is sent
    if not sent:
        assert told["status"] == "BadTimeout"
        assert str(cast(Mapping[str, object], told["message"])["en"]).startswith("not sent: the device was busy")


def test_a_driver_that_does_not_come_back_from_opening_holds_up_no_other() -> None:
    async def main() -> None:
        plant = Plant()
        plant.drivers["plc1"].hang_open = True
        await plant.begin()
        await plant.periods(4)
        assert (plant.drivers["plc1"].polls, plant.drivers["plc2"].polls) == (0, 5)
        assert plant.loop.health.scans == 4
        await plant.end()

    asyncio.run(main())


def test_missed_periods_are_counted_told_once_and_not_run_after() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(2)
        scans = plant.loop.health.scans
        await plant.advance(PERIOD_NS * 10 + PERIOD_NS * 6 // 10)
        assert plant.loop.health.overruns in (9, 10)
        assert plant.loop.health.scans - scans <= 2
        await plant.advance(PERIOD_NS * 4 // 10)
        await plant.periods(2)

    plant = play(story)
    told = [e.data for e in plant.journal.events if e.kind == "system"]
    assert [d["what"] for d in told] == ["overrun"]
    assert told[0]["missed"] == plant.loop.health.overruns
    assert plant.loop.health.late_ns_max >= 9 * PERIOD_NS
    missed = plant.number("Engine.Missed")
    assert missed == plant.loop.health.overruns


def test_a_line_that_is_too_slow_does_not_fill_its_journal() -> None:
    async def story(plant: Plant) -> None:
        for _ in range(300):  # 150 s: every scan takes a tick too long
            await plant.advance(PERIOD_NS * 2)

    plant = play(story)
    told = [e.data["missed"] for e in plant.journal.events if e.kind == "system"]
    assert plant.loop.health.overruns > 100
    assert len(told) == 4  # at once, after one and after two minutes, and the rest at the end
    assert sum(cast(list[int], told)) == plant.loop.health.overruns


def test_lateness_is_counted_and_shown_by_the_diagnostic_tags() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(1)
        await plant.advance(PERIOD_NS * 6 // 10 + 60_000_000)
        await plant.advance(PERIOD_NS * 4 // 10 - 60_000_000)
        assert plant.number("Engine.LatenessMs") == 60.0
        await plant.periods(5)
        assert (plant.number("Engine.LatenessMs"), plant.number("Engine.LatenessMaxMs")) == (0.0, 60.0)
        assert plant.number("Engine.Late") == 1.0
        assert plant.loop.health.late == 1
        assert plant.loop.health.counts[0] == plant.loop.health.scans - 1
        assert plant.loop.health.counts[-2] == 1  # 50 to 100 ms

    play(story)


def test_after_every_scan_the_time_until_the_next_tick_is_told() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(2)
        await plant.advance(PERIOD_NS * 6 // 10 + 40_000_000)
        await plant.advance(PERIOD_NS * 4 // 10 - 40_000_000)

    plant = play(story)
    rest_ns = PERIOD_NS * 4 // 10
    assert plant.idle_ns[:3] == [rest_ns, rest_ns, rest_ns - 40_000_000]


def test_the_ticks_keep_their_grid_after_a_late_scan() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(1)
        await plant.advance(PERIOD_NS * 6 // 10 + 40_000_000)
        await plant.advance(PERIOD_NS * 4 // 10 - 40_000_000)
        await plant.periods(3)

    assert play(story).lateness_ns[:5] == [0, 40_000_000, 0, 0, 0]


def test_behind_its_guard_a_defect_of_a_driver_costs_its_device_only(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        plant = Plant()
        guarded = {n: GuardedDriver(d, n, ovens().tags.of_device(n), plant.clock) for n, d in plant.drivers.items()}
        plant.loop = ScanLoop(plant.engine, guarded, plant.clock, plant.outputs.append)
        await plant.begin()
        await plant.periods(2)
        assert plant.number("U1.Temp") == 20.0
        plant.drivers["plc1"].fail = DEFECT
        await plant.periods(8)
        assert plant.loop.health.scans == 10
        assert plant.number("U1.Temp") is None
        assert plant.drivers["plc2"].polls == 11
        assert plant.number("Link.plc1.Up") == 0.0
        await plant.end()
        edges = [(e.source, e.data["to"]) for e in plant.journal.events if e.kind == "link"]
        assert edges == [("plc1", "up"), ("plc2", "up"), ("plc1", "down")]

    asyncio.run(main())
    assert [r.getMessage() for r in caplog.records] == ["plc1: a defect of its driver in poll"]


def test_a_defect_of_a_driver_ends_the_loop_and_every_device_is_closed() -> None:
    async def story(plant: Plant) -> None:
        plant.drivers["plc1"].fail = DEFECT
        await plant.periods(2)
        assert plant.task is not None
        assert plant.task.done()
        assert plant.task.exception() is DEFECT

    play(story)


def test_two_defects_at_once_are_both_taken_note_of() -> None:
    async def story(plant: Plant) -> None:
        for driver in plant.drivers.values():
            driver.fail = DEFECT
        await plant.periods(2)
        assert plant.task is not None
        assert plant.task.exception() is DEFECT

    play(story)


def test_a_defect_while_the_loop_ends_is_not_lost() -> None:
    async def story(plant: Plant) -> None:
        plant.drivers["plc1"].hang = True
        plant.drivers["plc1"].fail_ending = DEFECT
        await plant.periods(1)
        with pytest.raises(RuntimeError) as raised:
            await plant.end()
        assert raised.value is DEFECT

    play(story)


def test_a_driver_that_cannot_open_leaves_no_task_behind() -> None:
    async def main() -> None:
        plant = Plant()
        plant.drivers["plc2"].fail_open = DEFECT
        await plant.begin()
        await plant.periods(1)
        assert plant.task is not None
        assert plant.task.exception() is DEFECT
        assert [d.closed for d in plant.drivers.values()] == [1, 1]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_a_cancelled_loop_closes_its_devices() -> None:
    async def story(plant: Plant) -> None:
        plant.drivers["plc1"].hang = True
        await plant.periods(2)
        assert plant.task is not None
        plant.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await plant.task

    play(story)


def test_the_loop_of_a_second_is_four_scans() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(4)
        assert plant.clock.now_ns() == T0_NS + S
        assert plant.loop.health.scans == 4

    play(story)
