"""What people say of stops: reasons, splits, merges; what is refused; and that no history of them loses a nanosecond."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.phases import PhaseState
from production.oee import figures
from production.stops_record import Scope, account
from tests.builders import T0_NS, S
from tests.unit.prod_kit import (
    EXECUTE,
    HELD,
    IDLE,
    PLAN,
    STOPPED,
    SUSPENDED,
    Line,
    batch_event,
    seconds,
    shift_event,
)  # fmt: skip


def stood(*lengths_s: float, state: int = HELD) -> Line:
    """The packer stood so long each time, a minute apart; it runs now."""
    line = Line()
    line.scan(0.0, events=[shift_event("started", "s1")])
    for length_s in lengths_s:
        line.run(60, {"P.State": EXECUTE})
        line.run(length_s, {"P.State": state})
    line.run(60, {"P.State": EXECUTE})
    return line


def why(answer: dict[str, Any]) -> str:
    assert answer["status"] == "refused"
    reasons = answer["reasons"]
    assert all(r["ru"] and r["en"] and r["ru"] != r["en"] for r in reasons)
    return " | ".join(r["en"] for r in reasons)


def test_a_reason_is_given_and_changed() -> None:
    line = stood(400)
    assert line.ask("stop.reason", "stop-1", code="film", text=" Новый рулон ")["status"] == "accepted"
    (event,) = [e for e in line.told if e.kind == "stop"]
    assert {**event.data} | {"begun_ns": 0, "ended_ns": 0, "spans": []} == {
        "what": "reason", "minor": False, "kind": "own", "state": "held", "begun_ns": 0, "ended_ns": 0, "duration_s": 400.0,
        "proposed": "", "alarm": "", "code": "film", "loss": "down", "spans": [], "from_code": "",
        "name": {"ru": "film ru", "en": "film en"},
        "category": "changeover", "text": "Новый рулон", "user": "anna", "station": "p1",
    }  # fmt: skip
    assert line.view()["unqualified"] == {"count": 0, "s": 0.0}
    assert line.ask("stop.reason", "stop-1", code="belt")["status"] == "accepted"
    (event,) = [e for e in line.told if e.kind == "stop"]
    assert (event.data["from_code"], event.data["code"]) == ("film", "belt")
    (row,) = line.view()["stops"]
    assert (row["code"], row["text"], row["by"], row["unqualified"]) == ("belt", "", "anna", False)


def test_the_reason_decides_the_loss() -> None:
    line = stood(400)
    for code, loss in (("break", "planned"), ("starved", "external"), ("belt", "down")):
        line.ask("stop.reason", "stop-1", code=code)
        assert seconds(line.times())[loss] == 400.0
    assert line.times().total == line.now_ns - T0_NS


def test_a_stop_that_lasts_can_be_explained_already() -> None:
    line = Line()
    line.run(400, {"P.State": HELD})
    line.ask("stop.reason", "stop-1", code="belt")
    assert line.view()["unqualified"]["count"] == 0
    (ended,) = line.scan(1, {"P.State": EXECUTE})
    assert (ended.data["code"], ended.data["duration_s"]) == ("belt", 401.0)


@pytest.mark.parametrize(
    ("target", "args", "said_en"),
    [
        ("stop-9", {"code": "belt"}, "no stop stop-9"),
        ("stop-1", {}, "reason of the stop is missing"),
        ("stop-1", {"code": 7}, "reason of the stop is missing"),
        ("stop-1", {"code": "gremlins"}, "no reason 'gremlins'"),
        ("stop-1", {"code": "down"}, "is a group"),
        ("stop-1", {"code": "belt", "text": "x" * 501}, "at most 500"),
        ("stop-1", {"code": "belt", "text": 5}, "at most 500"),
    ],
)
def test_no_reason(target: str, args: dict[str, Any], said_en: str) -> None:
    line = stood(400)
    before = line.state
    assert said_en in why(line.ask("stop.reason", target, **args))
    assert line.state.stops == before.stops


def test_a_stop_is_split_and_keeps_its_sum() -> None:
    line = stood(1000)
    begun_ns = line.state.stops[0].begun_ns
    answer = line.ask("stop.split", "stop-1", at_ns=[begun_ns + 100 * S, begun_ns + 400 * S], codes=["film", "break"])
    assert answer["stops"] == ["stop-1", "stop-2", "stop-3"]
    (event,) = [e for e in line.told if e.kind == "stop"]
    into: Any = event.data["into"]
    assert [(p["stop"], p["duration_s"], p["code"], p["loss"]) for p in into] == [
        ("stop-1", 100.0, "film", "down"),
        ("stop-2", 300.0, "break", "planned"),
        ("stop-3", 600.0, "", "down"),
    ]
    assert [s.of for s in line.state.stops] == [0, 1, 1]
    assert seconds(line.times())["down"] == 700.0, "the first part is short, and no minor stop all the same"
    assert line.view()["unqualified"] == {"count": 1, "s": 600.0}
    line.run(10, {"P.State": HELD})
    assert line.state.machines[0].stop is not None
    assert line.state.machines[0].stop.id == "stop-4"


def test_a_stop_that_lasts_is_split_and_its_last_part_goes_on() -> None:
    line = Line()
    line.run(400, {"P.State": HELD})
    assert line.ask("stop.split", "stop-1", at_ns=[T0_NS + 100 * S], codes=["film"])["status"] == "accepted"
    assert line.state.machines[0].stop is not None
    assert line.state.machines[0].stop.id == "stop-2"
    line.run(100)
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert (ended.source, ended.data["duration_s"]) == ("stop-2", 400.0)
    assert [s.id for s in line.state.stops] == ["stop-1", "stop-2"]


@pytest.mark.parametrize(
    ("args", "said_en"),
    [
        ({}, "instants"),
        ({"at_ns": []}, "instants"),
        ({"at_ns": 5}, "instants"),
        ({"at_ns": ["x"]}, "instants"),
        ({"at_ns": [True]}, "instants"),
        ({"at_ns": [200, 100]}, "instants"),
        ({"at_ns": [100, 100]}, "instants"),
        ({"at_ns": list(range(1, 12))}, "instants"),
        ({"at_ns": [0]}, "outside the stop"),
        ({"at_ns": [400]}, "outside the stop"),
        ({"at_ns": [-5]}, "outside the stop"),
        ({"at_ns": [100, 500]}, "outside the stop"),
        ({"at_ns": [100], "codes": ["film", "belt", "break"]}, "more reasons than parts"),
        ({"at_ns": [100], "codes": "film"}, "more reasons than parts"),
        ({"at_ns": [100], "codes": ["gremlins"]}, "no reason 'gremlins'"),
        ({"at_ns": [100], "codes": ["", "down"]}, "is a group"),
    ],
)
def test_no_split(args: dict[str, Any], said_en: str) -> None:
    line = stood(400)
    before = line.state
    begun_ns = before.stops[0].begun_ns
    if isinstance(args.get("at_ns"), list):
        moved = [begun_ns + t * S if isinstance(t, int) and not isinstance(t, bool) else t for t in args["at_ns"]]
        args = {**args, "at_ns": moved}
    assert said_en in why(line.ask("stop.split", "stop-1", **args))
    assert (line.state.stops, line.state.last) == (before.stops, before.last)


def test_several_stops_are_one() -> None:
    line = stood(100, 150, 200)
    assert line.view()["oee"]["units"]["P"]["minor_stops"] == 3
    line.ask("stop.reason", "stop-2", code="belt")
    answer = line.ask("stop.merge", "stop-3", stops=["stop-1", "stop-2"])
    assert answer["stop"] == "stop-1"
    (event,) = [e for e in line.told if e.kind == "stop"]
    assert (event.source, event.data["what"], event.data["of"]) == ("stop-1", "merged", ["stop-3", "stop-1", "stop-2"])
    assert (event.data["duration_s"], event.data["code"], event.data["loss"]) == (450.0, "belt", "down")
    (row,) = line.view()["stops"]
    assert (row["id"], row["duration_s"], row["interrupted"]) == ("stop-1", 450.0, True)
    assert seconds(line.times()) == {"run": 240.0, "down": 450.0}, "the minutes between them stay running time"


def merge_cases() -> list[tuple[dict[str, Any], str]]:
    return [
        ({}, "Name the stops"),
        ({"stops": []}, "Name the stops"),
        ({"stops": "stop-2"}, "Name the stops"),
        ({"stops": [7]}, "Name the stops"),
        ({"stops": ["stop-2"] * 51}, "Name the stops"),
        ({"stops": ["stop-7", "stop-8"]}, "no stop stop-7 | There is no stop stop-8"),
        ({"stops": ["stop-1"]}, "nothing to merge"),
        ({"stops": ["stop-3"]}, "of one kind"),
        ({"stops": ["stop-4"]}, "of one unit"),
        ({"stops": ["stop-5"]}, "still lasts"),
        ({"stops": ["stop-2"]}, "different reasons"),
    ]


@pytest.mark.parametrize(("args", "said_en"), merge_cases())
def test_no_merge(args: dict[str, Any], said_en: str) -> None:
    line = stood(400, 400)
    line.run(400, {"P.State": SUSPENDED})
    line.at("H", "B1")
    line.run(400, {"P.State": EXECUTE, "H.Sts": PhaseState.HELD})
    line.run(400, {"H.Sts": PhaseState.RUNNING, "P.State": HELD})
    line.ask("stop.reason", "stop-1", code="belt")
    line.ask("stop.reason", "stop-2", code="film")
    before = line.state
    assert said_en in why(line.ask("stop.merge", "stop-1", **args))
    assert line.state.stops == before.stops


def test_the_shift_before_is_revised_when_a_stop_of_it_is_explained() -> None:
    line = stood(400)
    line.scan(1, events=[shift_event("ended", "s1"), shift_event("started", "s2")])
    previous = line.view()["previous"]
    assert previous["units"]["P"]["adot_s"] == 400.0
    line.ask("stop.reason", "stop-1", code="break")
    (event,) = [e for e in line.told if e.kind == "oee"]
    assert (event.source, event.data["what"]) == ("s1", "revised")
    revised = line.view()["previous"]["units"]["P"]
    assert (revised["adot_s"], revised["planned_s"]) == (0.0, 400.0)
    assert revised["availability_pct"] == 100.0
    line.run(400, {"P.State": HELD})
    line.ask("stop.reason", "stop-2", code="belt")
    assert [e for e in line.told if e.kind == "oee"] == [], "a stop of the running shift revises none"


STATES = (EXECUTE, EXECUTE, HELD, STOPPED, SUSPENDED, IDLE)
LOOKS = (
    st.tuples(st.just("scan"), st.floats(0.25, 14.0), st.sampled_from(STATES), st.booleans()),
    st.tuples(st.just("scan"), st.floats(0.25, 9.0), st.sampled_from(STATES), st.just(False)),
    st.tuples(st.just("long"), st.integers(300, 400), st.sampled_from(STATES), st.just(False)),
    st.tuples(st.just("batch"), st.sampled_from(["", "B1", "B2"])),
    st.tuples(st.just("count"), st.integers(0, 40), st.integers(0, 3)),
)
EDITS = (
    st.tuples(st.just("split"), st.integers(0, 5), st.floats(0.0, 1.0)),
    st.tuples(st.just("merge"), st.lists(st.integers(0, 5), min_size=2, max_size=4)),
)
STEPS = st.one_of(
    *LOOKS,
    *EDITS,
    st.tuples(st.just("shift")),
    st.tuples(st.just("restart"), st.integers(0, 600)),
    st.tuples(st.just("reason"), st.integers(0, 5), st.sampled_from(["film", "belt", "break", "starved"])),
)


def pick(line: Line, i: int) -> str:
    stops = line.state.stops
    return stops[i % len(stops)].id if stops else "stop-0"


def do(line: Line, step: tuple[Any, ...]) -> None:
    match step:
        case ("scan", after_s, state, bad):
            line.scan(after_s, {"P.State": state}, bad=["P.State"] if bad else [])
        case ("long", after_s, state, _):
            line.run(after_s, {"P.State": state})
        case ("batch", batch):
            line.at("P", batch)
        case ("count", good, reject):
            line.values["P.Good"] += good
            line.values["P.Reject"] += reject
        case ("shift",):
            line.scan(0.0, events=[shift_event("ended", "s1"), shift_event("started", "s2")])
        case ("restart", away_s):
            line.restart(away_s)
        case ("reason", i, code):
            line.ask("stop.reason", pick(line, i), code=code)
        case ("split", i, share):
            stop = next((s for s in line.state.stops if s.id == pick(line, i)), None)
            at_ns = 1 if stop is None else stop.begun_ns + round(share * ((stop.ended_ns or 0) - stop.begun_ns))
            line.ask("stop.split", pick(line, i), at_ns=[at_ns])
        case ("merge", which):
            line.ask("stop.merge", pick(line, which[0]), stops=[pick(line, i) for i in which[1:]])
        case _:
            raise AssertionError(step)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_no_history_loses_a_nanosecond(steps: list[tuple[Any, ...]]) -> None:
    """Running, stopped, idle, planned and unknown time is all the time there was, over shifts and batches and as a whole."""
    line = Line(pauses=[(50, 120)])
    line.scan(0.0, events=[shift_event("started", "s1"), *(batch_event("created", b, recipe="ham") for b in ("B1", "B2"))])
    for step in steps:
        do(line, step)
    line.scan(10)
    for unit in ("P", "H"):
        whole = line.times(unit)
        assert whole.total == line.now_ns - T0_NS
        by_batch = [line.times(unit, batches=frozenset({b})) for b in ("", "B1", "B2")]
        assert sum(t.total for t in by_batch) == whole.total
        by_shift = [line.times(unit, shift=s) for s in ("", "s1", "s2")]
        assert sum(t.total for t in by_shift) == whole.total
    ids = [s.id for s in line.state.stops]
    assert len(ids) == len(set(ids))
    found = account(line.state, PLAN, Scope("P"))
    ratios = figures(found.times, found.counts)
    if ratios.oee is not None and ratios.quality is not None:
        pri_ns = found.counts.ideal_ns / found.counts.produced
        assert ratios.oee == pytest.approx(pri_ns * found.counts.good / found.times.pbt)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(*LOOKS), max_size=25), st.data())
def test_splits_and_merges_keep_the_sum_of_stops(steps: list[tuple[Any, ...]], data: st.DataObject) -> None:
    line = Line()
    line.scan(0.0)
    for step in steps:
        do(line, step)
    line.scan(10, {"P.State": EXECUTE}, bad=[])

    def stopped() -> int:
        return sum(s.ns for s in line.state.stops)

    before, times = stopped(), line.times()
    for step in data.draw(st.lists(st.one_of(*EDITS), max_size=10)):
        do(line, step)
    assert stopped() == before
    after = line.times()
    assert (after.run, after.idle, after.unknown, after.total) == (times.run, times.idle, times.unknown, times.total)


def test_the_view_says_of_which_shift_a_stop_is_and_when_it_stood() -> None:
    line = stood(400, 200)
    rows = {r["id"]: r for r in line.view()["stops"]}
    assert rows["stop-1"]["shifts"] == ["s1"]
    assert rows["stop-1"]["spans"] == [], "nothing lies between its beginning and its end"
    assert line.ask("stop.merge", "stop-1", stops=["stop-2"])["status"] == "accepted"
    view = line.view()
    (row,) = view["stops"]
    first, second = row["spans"]
    assert (first[1] - first[0], second[1] - second[0]) == (400 * S, 200 * S)
    assert (first[0], second[1]) == (row["begun_ns"], row["ended_ns"])
    assert second[0] - first[1] == 60 * S, "the packer ran in between"
    assert view["as_of_ns"] == line.state.looked_ns
    assert view["more"] == 0
