"""Stops: what every state means, when one begins and ends, what waits, restarts, shifts, batches, planned pauses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from line.messages import Event
from line.phases import PhaseState
from production.plan import ProductionPlan
from production.stops import StopStage
from production.stops_record import SPANS_MAX, STOPS_MAX, Scope, account
from production.stops_states import PACKML_SEEN, PACKML_WORD, PHASE_SEEN, STOP_TABLE, Act, Open, Seen
from tests.builders import T0_NS, S
from tests.unit.prod_kit import (
    ABORTED,
    COMPLETED,
    EXECUTE,
    HELD,
    IDLE,
    PLAN,
    RESETTING,
    STOPPED,
    SUSPENDED,
    Line,
    batch_event,
    command,
    said,
    seconds,
    shift_event,
)  # fmt: skip

DOCUMENT = Path(__file__).parents[2] / "docs" / "oee.md"
OBSERVED = frozenset(Seen) - {Seen.SAME}


def test_the_tables_know_every_state() -> None:
    assert set(PACKML_SEEN) == set(PACKML_WORD) == set(range(1, 18))
    assert set(PHASE_SEEN) == {int(s) for s in PhaseState}
    assert set(STOP_TABLE) == set(Open)
    assert all(set(row) == OBSERVED for row in STOP_TABLE.values())


def test_the_diagram_is_drawn_from_the_table() -> None:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> none"]
    for before, row in STOP_TABLE.items():
        for seen, (acts, after) in row.items():
            what = f" ({', '.join(a.value for a in acts)})" if acts else ""
            lines.append(f"    {before.value} --> {after.value}: {seen.value}{what}")
    wanted = "\n".join([*lines, "```"])
    assert wanted in DOCUMENT.read_text(encoding="utf-8"), f"put this into docs/oee.md:\n{wanted}"


STATE_OF = {Seen.RUN: EXECUTE, Seen.OWN: HELD, Seen.EXTERNAL: SUSPENDED, Seen.IDLE: IDLE}
WAYS = {Open.NONE: IDLE, Open.OWN: HELD, Open.EXTERNAL: SUSPENDED}


@pytest.mark.parametrize("before", Open)
@pytest.mark.parametrize("seen", sorted(OBSERVED))
def test_every_transition_does_what_the_table_says(before: Open, seen: Seen) -> None:
    line = Line()
    line.run(20, {"P.State": WAYS[before]})
    machine = line.state.machines[0]
    assert machine.open is before
    first = machine.stop.id if machine.stop is not None else "stop-1"
    told = line.scan(0.5, bad=["P.State"]) if seen is Seen.UNKNOWN else line.scan(0.5, {"P.State": STATE_OF[seen]})
    acts, after = STOP_TABLE[before][seen]
    assert line.state.machines[0].open is after
    expected = {Act.BEGIN: f"stop-{2 if before is not Open.NONE else 1} started", Act.END: f"{first} ended"}
    assert said(told) == [expected[a] for a in acts if a in expected]


@pytest.mark.parametrize("number", sorted(PACKML_SEEN))
@pytest.mark.parametrize("batch", ["B1", ""])
def test_every_packml_state_is_what_its_row_says(number: int, batch: str) -> None:
    line = Line()
    line.scan(events=[batch_event("created", "B1", recipe="doktorskaya")])
    line.at("P", batch)
    line.scan(1, {"P.State": EXECUTE})
    line.scan(1, {"P.State": number})
    expected = PACKML_SEEN[number][0 if batch else 1]
    assert line.view()["machines"]["P"]["seen"] == (Seen.RUN if expected is Seen.SAME else expected).value


def test_held_is_a_stop_and_running_again_ends_it() -> None:
    line = Line()
    line.run(60, {"P.State": EXECUTE})
    (started,) = line.scan(0.0, {"P.State": HELD, "P.Reason": 2})
    assert (started.kind, started.source, started.unit) == ("stop", "stop-1", "P")
    assert (started.data["what"], started.data["kind"], started.data["state"]) == ("started", "own", "held")
    assert (started.data["proposed"], started.data["begun_ns"], started.data["ended_ns"]) == ("film", line.now_ns, None)
    begun_ns = line.now_ns
    line.run(400)
    (ended,) = line.scan(0.5, {"P.State": EXECUTE, "P.Reason": 0})
    data = ended.data
    assert (data["what"], data["duration_s"], data["minor"], data["loss"]) == ("ended", 400.5, False, "down")
    assert data["spans"] == [[begun_ns, line.now_ns, "", "", False]]
    assert seconds(line.times()) == {"run": 60.0, "down": 400.5}
    (row,) = line.view()["stops"]
    assert (row["unqualified"], row["duration_s"], row["proposed_name"]["en"]) == (True, 400.5, "film en")
    assert line.view()["unqualified"] == {"count": 1, "s": 400.5}


def test_a_stop_below_the_threshold_is_a_minor_one_and_asks_for_nothing() -> None:
    line = Line()
    line.run(100, {"P.State": EXECUTE})
    line.run(299.75, {"P.State": HELD})
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert (ended.data["minor"], ended.data["loss"]) == (True, "minor")
    assert line.view()["unqualified"]["count"] == 0
    times = line.times()
    assert times.minor == round(299.75 * S)
    assert times.apt == times.run + times.minor


def test_a_stop_becomes_long_while_it_lasts() -> None:
    line = Line()
    line.run(299, {"P.State": ABORTED})
    assert line.view()["unqualified"]["count"] == 0
    assert "down" not in seconds(line.times())
    line.run(2)
    assert line.view()["unqualified"]["count"] == 1
    assert "minor" not in seconds(line.times()), "all of it, not only what is above the threshold"


def test_suspended_is_apart_from_held() -> None:
    line = Line()
    line.run(60, {"P.State": EXECUTE})
    line.run(600, {"P.State": SUSPENDED})
    told = line.run(600, {"P.State": HELD})
    assert said(told) == ["stop-1 ended", "stop-2 started"]
    line.scan(0.0, {"P.State": EXECUTE})
    times = line.times()
    assert (times.external, times.down) == (600 * S, 600 * S)
    one, two = sorted(line.view()["stops"], key=lambda r: r["begun_ns"])
    assert [(r["kind"], r["loss"], r["proposed"]) for r in (one, two)] == [
        ("external", "external", "starved"),
        ("own", "down", ""),
    ]


def test_what_is_not_good_is_neither_running_nor_stopped() -> None:
    line = Line()
    line.run(60, {"P.State": EXECUTE})
    assert said(line.run(600, bad=["P.State"])) == []
    assert line.view()["machines"]["P"] | {"since_ns": 0} == {
        "seen": "unknown", "state": "unknown", "since_ns": 0, "stop": None, "batch": "", "product": "",
    }  # fmt: skip
    line.scan(0.0, bad=[])
    assert seconds(line.times())["unknown"] == 600.0
    assert seconds(line.times())["run"] == 60.0


def test_a_stop_waits_through_unknown_time_and_goes_on() -> None:
    line = Line()
    line.run(200, {"P.State": HELD})
    line.run(1000, bad=["P.State"])
    assert line.state.machines[0].stop is not None
    assert said(line.run(150, bad=[])) == []
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert ended.data["duration_s"] == 350.0
    spans = ended.data["spans"]
    assert isinstance(spans, list)
    assert len(spans) == 2
    assert line.view()["stops"][0]["interrupted"] is True


def test_a_stop_that_was_over_when_the_link_came_back_ended_when_it_was_last_seen() -> None:
    line = Line()
    line.run(200, {"P.State": HELD})
    line.run(60, bad=["P.State"])
    (ended,) = line.scan(1.0, {"P.State": EXECUTE}, bad=[])
    assert ended.data["ended_ns"] == T0_NS + 200 * S
    assert ended.data["duration_s"] == 200.0


def test_a_link_that_comes_and_goes_makes_no_stop_endless() -> None:
    line = Line()
    line.scan(1, {"P.State": HELD})
    for _ in range(SPANS_MAX + 20):
        line.scan(1, bad=["P.State"])
        line.scan(1, bad=[])
    assert len(line.state.stops) == 1
    assert max(len(s.spans) for s in line.state.stops) <= SPANS_MAX + 1


def test_an_engine_that_was_restarted_goes_on_with_the_stop() -> None:
    line = Line()
    line.run(250, {"P.State": HELD, "P.Reason": 2})
    line.restart(away_s=1000)
    assert said(line.scan(1.0)) == []
    line.run(100)
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert (ended.source, ended.data["duration_s"], ended.data["proposed"]) == ("stop-1", 350.0, "film")
    assert line.times().unknown == 1001 * S
    assert line.times().total == line.now_ns - T0_NS


def test_a_saved_state_is_restored_to_the_bit() -> None:
    line = Line()
    line.scan(events=[shift_event("started", "s1"), batch_event("created", "B1", recipe="ham")])
    line.at("P", "B1")
    line.run(100, {"P.State": EXECUTE, "P.Good": 50})
    line.run(400, {"P.State": HELD})
    line.run(100, {"P.State": EXECUTE})
    line.run(20, {"P.State": SUSPENDED})
    saved = json.loads(json.dumps(line.stage.save(line.state)))
    assert json.loads(json.dumps(line.stage.save(line.stage.restore(saved, line.now_ns)))) == saved
    with pytest.raises(ValueError, match="machines"):
        line.stage.restore({"last": 1}, line.now_ns)


def test_time_in_which_nobody_looked_is_unknown() -> None:
    line = Line()
    line.run(60, {"P.State": EXECUTE})
    line.scan(3600)
    assert seconds(line.times())["run"] == 60.0
    assert seconds(line.times())["unknown"] == 3600.0


def test_a_clock_set_back_makes_no_negative_time() -> None:
    line = Line()
    line.run(100, {"P.State": HELD})
    line.now_ns -= 3600 * S
    line.scan(0.0)
    line.run(50)
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert ended.data["duration_s"] == 150.0
    assert line.times().total == 150 * S


def test_nothing_changes_between_two_looks() -> None:
    line = Line()
    line.run(60, {"P.State": EXECUTE})
    before = line.state
    line.scan(0.25, {"P.Good": 5})
    line.scan(0.25)
    assert line.state is before
    line.scan(10)
    assert line.state is not before


def test_a_stop_goes_over_the_end_of_the_shift() -> None:
    line = Line()
    line.scan(events=[shift_event("started", "s1")])
    line.run(200, {"P.State": HELD})
    told = line.scan(1, events=[shift_event("ended", "s1"), shift_event("started", "s2")])
    assert [(e.kind, e.source, e.data["what"]) for e in told] == [("oee", "s1", "shift")]
    line.run(200)
    (ended,) = line.scan(0.0, {"P.State": EXECUTE})
    assert (ended.data["duration_s"], ended.data["loss"]) == (401.0, "down")
    assert (seconds(line.times(shift="s1")), seconds(line.times(shift="s2"))) == ({"down": 201.0}, {"down": 200.0})
    assert line.times(shift="s1").total + line.times(shift="s2").total + line.times(shift="").total == line.times().total


def test_time_belongs_to_the_batch_at_the_unit() -> None:
    line = Line()
    line.scan(events=[batch_event("created", "B1", recipe="ham"), batch_event("created", "B2", recipe="other")])
    line.at("P", "B1")
    line.run(100, {"P.State": EXECUTE})
    line.at("P", "B2")
    line.run(40)
    line.at("P", "")
    line.run(30, {"P.State": COMPLETED})
    assert seconds(line.times(batches=frozenset({"B1"}))) == {"run": 100.0}
    assert seconds(line.times(batches=frozenset({"B2"}))) == {"run": 40.0}
    (told,) = line.scan(1, events=[batch_event("state", "B1", **{"from": "running", "to": "complete"})])
    assert (told.kind, told.source, told.batch, told.data["what"], told.data["product"]) == ("oee", "B1", "B1", "batch", "ham")


def test_stopped_without_a_batch_is_idle() -> None:
    line = Line()
    assert said(line.run(400, {"P.State": STOPPED})) == []
    line.at("P", "B1")
    assert said(line.run(10)) == ["stop-1 started"]


def test_resetting_goes_on_with_what_was_before() -> None:
    line = Line()
    line.run(20, {"P.State": HELD})
    assert said(line.run(10, {"P.State": RESETTING})) == []
    assert said(line.run(10, {"P.State": EXECUTE})) == ["stop-1 ended"]
    assert said(line.run(10, {"P.State": RESETTING})) == []


def test_a_phase_that_is_starved_waits() -> None:
    line = Line()
    line.at("H", "B1")
    line.run(60, {"H.Sts": PhaseState.RUNNING})
    told = line.run(60, {"H.Starved": 1})
    assert [e.data["kind"] for e in told] == ["external"]
    told = line.run(60, {"H.Starved": 0, "H.Sts": PhaseState.HELD})
    assert [(e.data["what"], e.data["kind"], e.data["proposed"]) for e in told] == [
        ("ended", "external", ""),
        ("started", "own", "belt"),
    ]
    assert seconds(line.times("H")) == {"run": 60.0, "external": 60.0, "minor": 60.0}


def test_a_planned_pause_takes_standing_time_but_no_production() -> None:
    line = Line(pauses=[(100, 700)])
    line.run(100, {"P.State": EXECUTE})
    line.run(300, {"P.State": HELD})
    line.run(100, {"P.State": EXECUTE})
    line.run(200, {"P.State": IDLE})
    line.run(60, {"P.State": EXECUTE})
    line.scan(0.0)
    times = seconds(line.times())
    assert times["planned"] == 500.0
    assert "down" not in times
    assert line.view()["unqualified"]["count"] == 0
    assert times["run"] == 260.0


def test_a_stop_that_outlasts_the_pause_asks_for_a_reason_by_what_is_beyond_it() -> None:
    line = Line(pauses=[(0, 300)])
    line.run(500, {"P.State": HELD})
    assert line.view()["unqualified"]["count"] == 0
    line.run(200)
    assert line.view()["unqualified"]["count"] == 1
    assert line.times().planned == 300 * S


@pytest.mark.parametrize("first_out", [True, False])
def test_the_first_alarm_of_the_unit_is_named(first_out: bool) -> None:
    line = Line()
    line.run(20, {"P.State": EXECUTE})
    now = line.now_ns
    line.alarms = [
        {"id": "P.old", "unit": "P", "time_ns": now - 3600 * S, "first_out": False},
        {"id": "H.other", "unit": "H", "time_ns": now, "first_out": False},
        {"id": "P.late", "unit": "P", "time_ns": now, "first_out": first_out},
        {"id": "P.early", "unit": "P", "time_ns": now - S, "first_out": False},
    ]
    (started,) = line.scan(1, {"P.State": ABORTED})
    assert started.data["alarm"] == ("P.late" if first_out else "P.early")


def test_an_alarm_and_a_reason_that_come_later_are_taken_over_once() -> None:
    line = Line()
    (started,) = line.scan(1, {"P.State": HELD})
    assert (started.data["alarm"], started.data["proposed"]) == ("", "")
    for name in ("P.first", "P.second"):
        line.scan(1, events=[Event(0, line.now_ns, "alarm", name, "P", data={"to": "unack_active"})])
    line.scan(1, {"P.Reason": 2})
    line.scan(1, {"P.Reason": 5})
    (ended,) = line.scan(1, {"P.State": EXECUTE})
    assert (ended.data["alarm"], ended.data["proposed"]) == ("P.first", "film")


def test_many_minor_stops_are_kept_as_sums() -> None:
    line = Line()
    for _ in range(STOPS_MAX + 50):
        line.scan(5, {"P.State": HELD})
        line.scan(5, {"P.State": EXECUTE})
    assert len(line.state.stops) == STOPS_MAX
    times = line.times()
    assert times.minor == (STOPS_MAX + 50) * 5 * S
    assert times.total == line.now_ns - T0_NS - 5 * S
    assert line.view()["oee"]["units"]["P"]["minor_stops"] == STOPS_MAX + 50
    assert len(line.view()["stops"]) == 60


def test_weeks_without_a_shift_keep_the_state_small_and_every_second() -> None:
    line = Line(replace(PLAN, threshold_ns=10 * S))
    sizes: list[int] = []
    cycles = 14 * 24
    for i in range(cycles):  # a batch and two long stops an hour for two weeks
        line.at("P", f"B{i}")
        line.scan(10, events=[batch_event("created", f"B{i}", recipe="ham")])
        for word in (ABORTED, HELD):
            line.run(12, {"P.State": word})
            line.run(10, {"P.State": EXECUTE})
        line.ask("stop.reason", line.state.stops[-1].id, code="belt")
        line.at("P", "")
        line.scan(10, events=[batch_event("state", f"B{i}", to="complete")])
        line.scan(3600)
        sizes.append(len(json.dumps(line.stage.save(line.state))))
    assert max(sizes) < 150_000
    third = cycles // 3
    assert max(sizes[2 * third :]) < 1.1 * max(sizes[third : 2 * third]), "it grows no more"
    line.restart()
    assert len(line.state.stops) == STOPS_MAX
    times, view = line.times(), line.view()
    assert times.down == cycles * 2 * 12 * S
    assert times.total == line.state.looked_ns - T0_NS - 10 * S
    assert view["more"] + len(view["stops"]) == cycles * 2
    assert view["unqualified"]["count"] == STOPS_MAX - 1, "what waits for a reason leaves last"
    assert account(line.state, line.plan, Scope("P")).failures.count == cycles * 2


def test_what_is_older_than_the_last_two_shifts_is_forgotten() -> None:
    line = Line()
    for i in range(5):
        line.scan(1, events=[shift_event("started", f"s{i}")])
        line.run(400, {"P.State": HELD})
        line.scan(1, {"P.State": EXECUTE})
        line.scan(1, events=[shift_event("ended", f"s{i}")])
    assert {k.shift for k in line.state.cells} <= {"", "s3", "s4"}
    assert {s.number for s in line.state.stops} == {4, 5}
    assert line.view()["previous"]["shift"] == "s4"


def test_a_line_without_machines_refuses() -> None:
    line = Line(ProductionPlan())
    assert isinstance(line.stage, StopStage)
    told = line.scan(1, commands=[command("stop.reason", "stop-1", code="belt")])
    assert [e.data["status"] for e in told] == ["refused"]
    assert line.view()["stops"] == []
