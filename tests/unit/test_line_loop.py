"""Engine, gateway and the real-time loop on a manual clock: events numbered and kept, devices never in the way of the scan."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.clock import ManualClock
from line.engine import SAVE_EVERY_NS, Engine, NullRecorder
from line.gateway import Gateway
from line.image import Readings, Snapshot
from line.loop import ScanLoop
from line.messages import Event, JsonObject, LinkState, LinkStatus, Write, WriteResult
from line.scan import Outputs, ScanPlan
from line.units import UnitsStage
from tests.builders import T0_NS, S
from tests.unit.line_kit import PERIOD_NS, FakePlc, command, link, ovens, readings

DEFECT = RuntimeError("a defect of the driver")


class Journal:
    """A recorder that keeps what it is given; ``durable`` False holds back the word that it is on disk."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.records: list[tuple[list[int], list[str]]] = []
        self.samples: list[int] = []
        self.durable = True
        self.waiting: list[Callable[[], None]] = []

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        self.events += events
        self.records.append(([e.seq for e in events], sorted(states)))
        if on_durable is not None:
            if self.durable:
                on_durable()
            else:
                self.waiting.append(on_durable)

    def sample(self, image: Snapshot) -> None:
        self.samples.append(image.scan)


def engine(journal: Journal | None = None, next_seq: int = 1) -> Engine:
    plan = ScanPlan(ovens(), [UnitsStage(ovens())])
    return Engine(plan, plan.initial(), journal if journal is not None else NullRecorder(), next_seq=next_seq)


class Bench:
    """An engine with the ovens' PLC, scanned by hand."""

    def __init__(self, next_seq: int = 1) -> None:
        self.journal = Journal()
        self.engine = engine(self.journal, next_seq)
        self.plc = FakePlc(ovens().tags, ["U1", "U2"])
        self.now_ns = T0_NS

    def scan(self, links: Mapping[str, LinkStatus] | None = None, *, scan_ms: float = 0.0, overruns: int = 0) -> Outputs:
        self.now_ns += PERIOD_NS
        return self.engine.scan(self.now_ns, [self.plc.read(self.now_ns)], (), links or {}, scan_ms=scan_ms, overruns=overruns)


# Engine


def test_events_are_numbered_without_a_gap_over_scans_commands_and_the_engines_own() -> None:
    bench = Bench(next_seq=41)
    bench.engine.system_event("started", T0_NS, {"version": "x"})
    bench.engine.submit(command("unit.mode", "U1", mode="manual"))
    bench.scan()
    bench.engine.system_event("stopped", T0_NS, {})
    assert [e.seq for e in bench.journal.events] == list(range(41, 41 + len(bench.journal.events)))
    assert bench.engine.last_seq == bench.journal.events[-1].seq
    kinds = [(e.kind, e.data.get("what", e.data.get("status"))) for e in bench.journal.events]
    assert kinds[:2] == [("system", "started"), ("command", "received")]
    assert ("command", "confirmed") in kinds
    assert kinds[-1] == ("system", "stopped")


def test_a_command_is_journalled_with_its_author_and_applied_once_it_is_durable() -> None:
    bench = Bench()
    bench.journal.durable = False
    told: list[str] = []
    assert bench.engine.submit(command("unit.mode", "U1", mode="manual"), lambda: told.append("ok"))
    received = bench.journal.events[0].data
    assert (received["id"], received["kind"], received["target"], received["status"]) == ("c1", "unit.mode", "U1", "received")
    assert (received["user"], received["station"], received["role"]) == ("anna", "panel-1", "operator")
    bench.scan()
    assert told == []
    assert [e.data["status"] for e in bench.journal.events if e.kind == "command"] == ["received"]
    bench.journal.waiting.pop()()
    assert told == ["ok"]
    bench.scan()
    assert [e.data["status"] for e in bench.journal.events if e.kind == "command"] == ["received", "confirmed"]
    bench.scan()
    assert [e.data["status"] for e in bench.journal.events if e.kind == "command"] == ["received", "confirmed"]


def test_a_repeated_command_is_taken_once() -> None:
    bench = Bench()
    assert bench.engine.submit(command("unit.mode", "U1", mode="manual"))
    assert not bench.engine.submit(command("unit.mode", "U1", mode="auto"))
    bench.scan()
    assert not bench.engine.submit(command("unit.mode", "U1", mode="auto"))
    bench.scan()
    modes = [e.data["to"] for e in bench.journal.events if e.kind == "unit" and e.data["what"] == "mode"]
    assert modes == ["manual"]


def test_of_taken_commands_the_last_ten_thousand_are_remembered() -> None:
    taken = engine()
    assert all(taken.submit(command("unit.mode", "U1", f"c{i}", mode="auto")) for i in range(10_001))
    assert not taken.submit(command("unit.mode", "U1", "c1", mode="auto"))
    assert taken.submit(command("unit.mode", "U1", "c0", mode="auto"))


def test_states_are_recorded_with_the_events_that_changed_them() -> None:
    bench = Bench()
    bench.scan()
    bench.journal.records.clear()
    bench.engine.submit(command("unit.mode", "U1", mode="manual"))
    outputs = bench.scan()
    assert bench.journal.records[-1] == ([e.seq for e in outputs.events], ["units"])
    assert outputs.events


def test_a_change_without_an_event_is_saved_within_five_seconds() -> None:
    bench = Bench()
    bench.scan()
    bench.journal.records.clear()
    bench.plc.values["U1.Door"] = 0.0
    begun_ns = bench.now_ns
    while not bench.journal.records:
        bench.scan()
        assert bench.now_ns - begun_ns <= SAVE_EVERY_NS
    assert bench.journal.records == [([], ["units"])]
    for _ in range(30):
        bench.scan()
    assert len(bench.journal.records) == 1  # nothing changed since


def test_an_orderly_stop_saves_every_stage_and_every_image_is_offered_for_storage() -> None:
    bench = Bench()
    for _ in range(3):
        bench.scan()
    bench.engine.save_now(bench.now_ns)
    assert bench.journal.records[-1] == ([], ["units", "writes"])
    assert bench.journal.samples == [1, 2, 3]


def test_the_engine_sets_tags_about_itself() -> None:
    bench = Bench()
    links = {"plc1": link(LinkState.UP)}
    bench.scan(links, scan_ms=0.4, overruns=2)
    tags = ovens().tags

    def value(name: str) -> float | None:
        return bench.engine.state.image.number(tags.handle(name))

    assert [value(f"Engine.{n}") for n in ("ScanMs", "Overruns", "Link_plc1")] == [0.4, 2.0, 1.0]
    links["plc1"] = link(LinkState.DOWN)  # the same mapping, changed in place
    bench.scan(links)
    assert value("Engine.Link_plc1") == 0.0


# Gateway


def image_at(number: int) -> Snapshot:
    empty = ScanPlan(ovens(), []).rules.initial()
    return Snapshot(number, T0_NS, empty.value, empty.status, empty.source_ns, empty.server_ns, empty.strings)


def event(seq: int) -> Event:
    return Event(seq, T0_NS, "system", "test")


@given(st.lists(st.sampled_from(["image", "events", "take"]), max_size=30))
def test_images_and_views_are_conflated_and_no_event_is_lost(story: list[str]) -> None:
    gateway = Gateway()
    reader, other = gateway.subscribe(), gateway.subscribe()
    seen: list[int] = []
    images: list[int] = []
    published = seq = 0
    for what in [*story, "take"]:
        if what == "image":
            published += 1
            gateway.publish(image_at(published), {"alarms": {"n": published}})
        elif what == "events":
            gateway.publish_events([event(seq + 1), event(seq + 2)])
            seq += 2
        else:
            image, views, events = reader.take()
            seen += [e.seq for e in events]
            if image is not None:
                images.append(image.scan)
                assert views == {"alarms": {"n": image.scan}}
    assert seen == list(range(1, seq + 1))
    assert images == sorted(set(images))
    assert not published or images[-1] == published
    assert [e.seq for e in other.take()[2]] == seen
    assert reader.take() == (None, {}, [])


def test_a_reader_starts_with_the_latest_and_is_woken_by_news_only() -> None:
    async def story() -> None:
        gateway = Gateway()
        early = gateway.subscribe()
        waiting = asyncio.create_task(early.wait())
        await asyncio.sleep(0)
        gateway.publish_events([])
        await asyncio.sleep(0)
        assert not waiting.done()
        gateway.publish(image_at(1), {"units": {"a": 1}})
        await waiting
        gateway.publish(image_at(2), {"alarms": {"b": 2}})
        late = gateway.subscribe()
        await late.wait()
        image, views, events = late.take()
        assert image is not None
        assert (image.scan, views, events) == (2, {"units": {"a": 1}, "alarms": {"b": 2}}, [])
        gateway.unsubscribe(late)
        gateway.publish_events([event(1)])
        assert late.take() == (None, {}, [])
        assert early.take()[2] == [event(1)]

    asyncio.run(story())


# Loop


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

    async def poll(self) -> Readings:
        assert not self.busy, "two calls at once"
        self.busy = True
        self.polls += 1
        if self.fail is not None:
            raise self.fail
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
        self.loop = ScanLoop(self.engine, self.drivers, self.clock, self.outputs.append, self.lateness_ns.append)
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
    overruns = plant.number("Engine.Overruns")
    assert overruns == plant.loop.health.overruns


def test_the_ticks_keep_their_grid_after_a_late_scan() -> None:
    async def story(plant: Plant) -> None:
        await plant.periods(1)
        await plant.advance(PERIOD_NS * 6 // 10 + 40_000_000)
        await plant.advance(PERIOD_NS * 4 // 10 - 40_000_000)
        await plant.periods(3)

    assert play(story).lateness_ns[:5] == [0, 40_000_000, 0, 0, 0]


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
