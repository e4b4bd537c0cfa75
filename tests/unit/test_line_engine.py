"""Engine and gateway: events numbered and kept, commands taken once, what readers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from line.diagnostics import NO_FIGURES, ScanFigures
from line.engine import SAVE_EVERY_NS
from line.gateway import Gateway
from line.image import Snapshot
from line.messages import Event, LinkState, LinkStatus
from line.scan import Outputs, ScanPlan
from tests.builders import T0_NS
from tests.unit.line_kit import PERIOD_NS, FakePlc, Journal, command, engine, link, ovens


class Bench:
    """An engine with the ovens' PLC, scanned by hand."""

    def __init__(self, next_seq: int = 1) -> None:
        self.journal = Journal()
        self.engine = engine(self.journal, next_seq)
        self.plc = FakePlc(ovens().tags, ["U1", "U2"])
        self.now_ns = T0_NS

    def scan(self, links: Mapping[str, LinkStatus] | None = None, figures: ScanFigures = NO_FIGURES) -> Outputs:
        self.now_ns += PERIOD_NS
        return self.engine.scan(self.now_ns, [self.plc.read(self.now_ns)], (), links or {}, figures)


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


def test_a_command_that_a_killed_engine_left_unanswered_is_answered_after_the_restart() -> None:
    before = Bench()
    before.engine.submit(command("tag.write", "U1.SP_Temp", "done", value=70))
    before.scan()
    before.engine.submit(command("tag.write", "U1.SP_Temp", "lost", value=71))
    after = Bench(next_seq=before.engine.last_seq + 1)
    after.engine.answer_unanswered(before.journal.events, T0_NS)
    (answer,) = after.journal.events
    assert (answer.seq, answer.source) == (before.engine.last_seq + 1, "anna")
    told = {k: answer.data[k] for k in ("id", "kind", "target", "status", "user", "station")}
    assert told == {
        "id": "lost", "kind": "tag.write", "target": "U1.SP_Temp", "status": "timed_out", "user": "anna", "station": "panel-1",
    }  # fmt: skip
    after.engine.answer_unanswered([*before.journal.events, answer], T0_NS)
    assert after.journal.events == [answer], "once is enough"


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
    bench.scan(links, ScanFigures(scan_ms=0.4, missed=2))
    tags = ovens().tags

    def value(name: str) -> float | None:
        return bench.engine.state.image.number(tags.handle(name))

    assert [value(n) for n in ("Engine.ScanMs", "Engine.Missed", "Link.plc1.Up", "Link.plc1.State")] == [0.4, 2.0, 1.0, 2.0]
    links["plc1"] = link(LinkState.DOWN)  # the same mapping, changed in place
    bench.scan(links)
    assert value("Link.plc1.Up") == 0.0


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
