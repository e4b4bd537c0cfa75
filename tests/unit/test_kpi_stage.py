"""The figures as a stage of the scan: when they are refreshed, what a shift leaves, what a restart keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.kpi_stage import AlarmKpiStage, KpiState
from alarms.table import AlarmDef, AlarmKind, AlarmTable
from historian.database import encode_json
from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Event, EventKind, JsonObject
from line.stage import Scan
from tests.builders import snapshot, table
from tests.unit.kpi_scripts import START_NS, Line, burst, events

NAMES = ["A", "B", "A1", "B2", "Old", *(f"F.{n}a3" for n in range(20))]
NO_TEXT = Text(ru="", en="")
TABLE = AlarmTable(
    AlarmDef(
        name, "T", 0, AlarmKind.HIGH, 1.0, 0.0, 0.0, 0.0, 3, False, "", "", "", NO_TEXT, NO_TEXT, NO_TEXT, NO_TEXT, 60.0
    )
    for name in NAMES
)  # fmt: skip
IMAGE = snapshot(table("T"), {"T": 0.0})


class Bench:
    """The stage with its state; ``at`` is one scan so many seconds after the start."""

    def __init__(self) -> None:
        self.stage = AlarmKpiStage(TABLE)
        self.state: KpiState = self.stage.initial()
        self.said: list[Event] = []
        self.views: dict[str, JsonObject] = {}

    def at(self, second: float, happened: Iterable[Event] = ()) -> bool:
        """True when the state changed."""
        now_ns = START_NS + int(second * NS_PER_S)
        scan = Scan(now_ns, IMAGE, events=list(happened), views=self.views)
        known = len(scan.events)
        before = self.state
        self.state = self.stage.step(before, scan)
        self.said += scan.events[known:]
        return self.state is not before

    def play(self, script: Iterable[Line]) -> None:
        for event in events(script):
            self.at((event.time_ns - START_NS) / NS_PER_S, [event])

    @property
    def view(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.stage.view(self.state))

    def restarted(self, second: float) -> None:
        saved = json.loads(encode_json(self.stage.save(self.state)))
        self.state = self.stage.restore(saved, START_NS + int(second * NS_PER_S))


def shift(what: str, second: float, name: str = "s1") -> Event:
    return Event(0, START_NS + int(second * NS_PER_S), EventKind.SHIFT, name, data={"what": what, "id": name})


def test_before_the_first_scan_there_are_targets_only() -> None:
    b = Bench()
    assert {k: v for k, v in b.view.items() if k != "targets"} == {"live": None, "shift": None, "previous": None}
    assert b.view["targets"]["per_hour"] == {"target": 6.0, "limit": 12.0}
    assert b.at(0)
    assert b.view["live"]["from_ns"] == START_NS


def test_alarms_that_stood_before_there_were_figures_are_among_them() -> None:
    b = Bench()
    day_ago = START_NS - 25 * 3600 * NS_PER_S
    rows = [("Old", "acked_active", day_ago), ("A", "unack_active", START_NS - NS_PER_S), ("B", "rtn_unack", START_NS - NS_PER_S)]
    shelved: JsonObject = {"id": "B2", "priority": 3, "active": True, "since_ns": START_NS - NS_PER_S}
    b.views["alarms"] = {
        "active": [{"id": a, "state": s, "priority": 3, "time_ns": t} for a, s, t in rows], "shelved": [shelved],
    }  # fmt: skip
    b.at(0)
    live = b.view["live"]
    assert (live["alarms"], live["standing"], live["shelved"]) == (0, 2, 1)
    assert live["stale"] == [{"id": "Old", "since_ns": day_ago}]
    b.at(9, events([(-1, "A", "alarm"), (9, "A", "ack")])[1:])
    assert b.view["live"]["ack"]["median_s"] == 10.0


def test_a_quiet_line_changes_once_a_minute() -> None:
    b = Bench()
    changes = [t for t in range(300) if b.at(float(t))]
    assert changes == [0, 60, 120, 180, 240]


def test_figures_follow_what_happens_within_five_seconds() -> None:
    b = Bench()
    b.at(0)
    assert b.at(10, events([(10, "A1", "alarm")]))
    assert b.view["live"]["alarms"] == 1
    shown = b.view
    assert b.at(11, events([(11, "B2", "alarm")]))  # counted, to be saved
    assert b.view is shown
    assert [t for t in range(12, 30) if b.at(float(t))] == [15]
    assert (b.view["live"]["alarms"], b.view["live"]["standing"]) == (2, 2)


def test_other_events_are_nothing_to_it() -> None:
    b = Bench()
    b.at(0)
    assert not b.at(1, [Event(0, START_NS, EventKind.UNIT, "C201", data={"what": "state"})])


def test_a_shift_leaves_its_figures() -> None:
    b = Bench()
    b.at(0, [shift("started", 0)])
    b.play([(60, "A1", "alarm"), (70, "A1", "ack")])
    assert b.view["shift"]["from_ns"] == START_NS
    last = events([(3600, "B2", "alarm")])
    b.at(3600, [*last, shift("ended", 3600), shift("started", 3600, "s2")])
    (said,) = b.said
    assert (said.kind, said.source, said.data["what"]) == ("alarm_kpi", "s1", "shift")
    assert (said.data["alarms"], said.data["to_ns"]) == (2, START_NS + 3600 * NS_PER_S)
    assert b.view["previous"] == {k: v for k, v in said.data.items() if k != "what"}
    assert (b.view["shift"]["alarms"], b.view["shift"]["standing"]) == (0, 2)
    assert b.view["live"]["alarms"] == 2
    b.at(4000, [shift("ended", 4000, "s2")])
    assert (b.view["shift"], b.view["previous"]["alarms"]) == (None, 0)
    assert [e.source for e in b.said] == ["s1", "s2"]


def test_an_end_without_a_beginning_says_nothing() -> None:
    b = Bench()
    b.at(0)
    b.at(10, [shift("ended", 10)])
    assert b.said == []


def test_figures_that_begin_in_the_middle_of_a_shift_say_from_when() -> None:
    b = Bench()
    b.views = {"shift": {"id": "s7", "state": "open"}}
    b.at(50)
    assert b.view["shift"]["from_ns"] == START_NS + 50 * NS_PER_S
    b.at(60, [shift("ended", 60, "s7")])
    assert [e.source for e in b.said] == ["s7"]


def test_the_day_rolls_on() -> None:
    b = Bench()
    b.at(0)
    b.play([(10, "A1", "alarm"), (20, "A1", "return")])
    b.at(86_400 - 600)
    assert (b.view["live"]["alarms"], len(b.view["live"]["buckets"])) == (1, 144)
    b.at(86_400)
    assert (b.view["live"]["alarms"], len(b.view["live"]["buckets"])) == (0, 144)
    assert b.view["live"]["from_ns"] == START_NS + 600 * NS_PER_S


def test_a_restart_keeps_counts_floods_and_what_stands() -> None:
    whole, halved = Bench(), Bench()
    for b in (whole, halved):
        b.at(0, [shift("started", 0)])
        b.play([(10, "A1", "alarm"), (20, "A1", "ack"), *burst(15, at_s=30)])
    halved.restarted(100)
    for b in (whole, halved):
        b.play([(200, "B2", "alarm"), (201, "B2", "return")])
        b.at(3600, [shift("ended", 3600)])
    assert halved.view == whole.view
    assert halved.view["previous"]["floods"] == 1


def test_a_restart_forgets_alarms_that_the_line_no_longer_has() -> None:
    b = Bench()
    b.at(0)
    b.play([(10, "A1", "alarm"), (11, "gone", "alarm")])
    b.at(100)
    assert b.view["live"]["standing"] == 2
    b.restarted(200)
    b.at(200)
    assert (b.view["live"]["standing"], b.view["live"]["alarms"]) == (1, 2)


@pytest.mark.parametrize("damage", ["now_ns", "tracks", "live"])
def test_a_state_that_cannot_be_read_is_an_error(damage: str) -> None:
    b = Bench()
    b.at(0)
    saved = {**b.stage.save(b.state), damage: "nonsense"}
    with pytest.raises(ValueError, match=damage):
        b.stage.restore(saved, START_NS)


def test_a_clock_set_far_back_begins_anew_from_there() -> None:
    b = Bench()
    b.at(100_000)
    b.at(100_001, events([(100_001, "A1", "alarm")]))
    b.at(50_000)
    live = b.view["live"]
    assert (live["from_ns"], live["alarms"], live["standing"]) == (START_NS + 50_000 * NS_PER_S, 0, 1)
    b.at(50_030, events([(50_030, "B2", "alarm")]))
    b.at(50_040)
    assert b.view["live"]["alarms"] == 1


def test_a_step_leaves_the_state_that_it_was_given() -> None:
    b = Bench()
    b.at(0, [shift("started", 0)])
    first, *others = events([(10, "A1", "alarm"), (20, "B2", "alarm"), (30, "A1", "ack"), *burst(12, at_s=40)])
    b.at(10, [first])
    before, saved = b.state, encode_json(b.stage.save(b.state))
    for event in others:
        b.at((event.time_ns - START_NS) / NS_PER_S, [event])
    b.at(4000, [shift("ended", 4000)])
    assert encode_json(b.stage.save(before)) == saved


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["A1", "B2", "F.1a3"]), st.sampled_from([0.25, 2.0, 40.0, 650.0])), max_size=30),
       st.integers(0, 30))  # fmt: skip
def test_a_restart_anywhere_makes_no_difference(steps: list[tuple[str, float]], cut: int) -> None:
    script: list[Line] = []
    standing: dict[str, str] = {}
    at_s = 1.0
    for alarm, pause_s in steps:
        at_s += pause_s
        word = {"": "alarm", "alarm": "ack", "ack": "return"}[standing.get(alarm, "")]
        standing[alarm] = "" if word == "return" else word
        script.append((at_s, alarm, word))
    told = events(script)
    straight, cut_off = Bench(), Bench()
    for b in (straight, cut_off):
        b.at(0, [shift("started", 0)])
        for n, event in enumerate(told):
            if n == cut and b is cut_off:
                b.restarted((event.time_ns - START_NS) / NS_PER_S)
            b.at((event.time_ns - START_NS) / NS_PER_S, [event])
        b.at(at_s + 700, [shift("ended", at_s + 700)])
    assert cut_off.view == straight.view
    assert [e.data for e in cut_off.said] == [e.data for e in straight.said]
