"""Shifts: opening, handover, totals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.messages import Command, Event, JsonObject
from line.phases import PhaseState
from line.quality import Status
from line.stage import Scan
from production.shift import ShiftStage, ShiftState, ShiftTotals
from tests.builders import T0_NS, S, snapshot, table

TAGS = table("R.Charged", "P.Mass", "P.Count", "P.Rejects", "R.Sts", "P.Sts")
STAGE = ShiftStage(ShiftTotals("R.Charged", "P.Mass", "P.Count", "P.Rejects", {"R": "R.Sts", "P": "P.Sts"}), TAGS)
ZERO = dict.fromkeys(["R.Charged", "P.Mass", "P.Count", "P.Rejects", "R.Sts", "P.Sts"], 0.0)


class Line:
    """The stage with a clock: every ``scan`` is one second later."""

    def __init__(self, state: ShiftState | None = None, now_ns: int = T0_NS) -> None:
        self.state = STAGE.initial() if state is None else state
        self.now_ns = now_ns
        self.values = dict(ZERO)

    def scan(
        self,
        values: Mapping[str, float] | None = None,
        *,
        status: Mapping[str, int] | None = None,
        commands: Sequence[Command] = (),
        events: Sequence[Event] = (),
        after_ns: int = S,
    ) -> list[Event]:
        """One scan; the events that this stage added."""
        self.now_ns += after_ns
        self.values |= values or {}
        image = snapshot(TAGS, self.values, now_ns=self.now_ns, status=status)
        scan = Scan(self.now_ns, image, commands=commands, events=list(events))
        self.state = STAGE.step(self.state, scan)
        return scan.events[len(events) :]

    def totals(self) -> dict[str, object]:
        return cast(dict[str, object], STAGE.view(self.state)["totals"])


def command(kind: str, **args: object) -> Command:
    return Command("c1", kind, "", args, "anna", "operator", "panel", T0_NS)  # pyright: ignore[reportArgumentType]


def said(events: Sequence[Event]) -> list[tuple[str, object]]:
    return [(e.kind, e.data.get("what") or e.data.get("status")) for e in events]


def test_the_first_good_value_opens_the_first_shift() -> None:
    line = Line()
    bad = dict.fromkeys(ZERO, int(Status.BAD_NO_COMMUNICATION))
    assert line.scan(status=bad) == []
    assert STAGE.view(line.state)["state"] == "closed"
    events = line.scan()
    assert said(events) == [("shift", "started")]
    view = STAGE.view(line.state)
    assert (view["state"], view["number"], view["crew"], view["id"]) == ("open", 1, "", "20231114-1")
    assert events[0].source == view["id"]
    assert line.scan() == [], "once"


def test_counters_add_up_through_resets_and_bad_quality() -> None:
    line = Line()
    line.scan({"R.Charged": 50.0, "P.Count": 1000.0})
    assert line.totals()["charged_kg"] == 0.0, "what was there before the shift is no part of it"
    line.scan({"R.Charged": 80.0, "P.Count": 1004.0, "P.Rejects": 1.0, "P.Mass": 2.0})
    line.scan({"R.Charged": 5.0}, status={"R.Charged": int(Status.BAD_TIMEOUT)})
    assert line.totals()["charged_kg"] == 30.0, "a bad value counts for nothing"
    line.scan({"R.Charged": 10.0})
    totals = line.totals()
    assert (totals["charged_kg"], totals["packs"], totals["rejects"], totals["packed_kg"]) == (40.0, 4, 1, 2.0)


def test_the_yield_is_of_completed_batches() -> None:
    """What is still on the line is no loss: a shift in full swing must not look like a bad one."""
    line = Line()
    line.scan()
    line.scan({"R.Charged": 80.0, "P.Mass": 30.0})
    assert line.totals()["yield_pct"] is None, "nothing is complete yet"
    complete = Event(0, 0, "batch", "B1", "", "B1", {"what": "complete", "size_kg": 40.0})
    line.scan(events=[complete])
    assert line.totals()["yield_pct"] == 75.0
    line.scan({"P.Mass": 45.0})
    assert line.totals()["yield_pct"] == 75.0, "the next batch is being packed"


def test_running_and_held_time_by_unit() -> None:
    line = Line()
    line.scan()
    for _ in range(10):
        line.scan({"R.Sts": PhaseState.RUNNING, "P.Sts": PhaseState.HELD})
    line.scan({"R.Sts": PhaseState.RUNNING}, status={"R.Sts": int(Status.BAD_TIMEOUT)})
    line.scan({"R.Sts": PhaseState.COMPLETE, "P.Sts": PhaseState.IDLE})
    line.scan({"R.Sts": PhaseState.RUNNING}, after_ns=3600 * S)
    totals = line.totals()
    assert totals["run_s"] == {"R": 10, "P": 0}, "neither bad quality nor an hour in which nobody looked"
    assert totals["held_s"] == {"R": 0, "P": 11}


def test_alarms_and_batches_are_counted_from_the_events_of_the_scan() -> None:
    line = Line()
    line.scan()

    def event(kind: str, **data: object) -> Event:
        return Event(0, line.now_ns, kind, "x", data=data)  # pyright: ignore[reportArgumentType]

    line.scan(
        after_ns=1,
        events=[
            event("alarm", **{"event": "alarm", "from": "normal", "to": "unack_active", "priority": 1}),
            event("alarm", **{"event": "resume_active", "from": "shelved", "to": "unack_active", "priority": 3}),
            event("alarm", **{"event": "realarm", "from": "acked_active", "to": "unack_active", "priority": 3}),
            event("alarm", **{"event": "comment", "from": "unack_active", "to": "unack_active", "priority": 1}),
            event("alarm", **{"event": "alarm", "from": "shelved", "to": "shelved", "priority": 1}),
            event("alarm", **{"event": "ack", "from": "unack_active", "to": "acked_active", "priority": 1}),
            event("batch", what="state", **{"from": "idle", "to": "running"}),
            event("batch", what="state", **{"from": "restarting", "to": "running"}),
            event("batch", what="complete"),
        ],
    )
    totals = line.totals()
    assert (totals["alarms"], totals["alarms_by_priority"]) == (3, {"1": 1, "2": 0, "3": 2, "4": 0})
    assert (totals["batches_started"], totals["batches_completed"], totals["events"]) == (1, 1, 9)


def test_a_quiet_scan_changes_nothing() -> None:
    line = Line()
    line.scan()
    before = line.state
    assert line.scan({"R.Charged": 1.0}, after_ns=S // 4) == []
    assert line.state is before, "identity says: nothing to publish, nothing to save"
    line.scan(after_ns=S)
    assert line.state is not before


def test_start_during_a_shift_is_a_handover() -> None:
    line = Line()
    line.scan()
    line.scan({"P.Count": 7.0})
    events = line.scan({"P.Count": 9.0}, commands=[command("shift.start", crew="Бригада 2", number=2)])
    assert said(events) == [("command", "accepted"), ("shift", "ended"), ("shift", "started")]
    assert events[1].data["totals"]["packs"] == 9  # pyright: ignore[reportIndexIssue, reportCallIssue, reportArgumentType, reportOptionalSubscript]
    view = STAGE.view(line.state)
    assert (view["number"], view["crew"], line.totals()["packs"]) == (2, "Бригада 2", 0)
    assert view["previous"]["totals"]["packs"] == 9  # pyright: ignore[reportIndexIssue, reportCallIssue, reportArgumentType, reportOptionalSubscript]
    assert len({e.source for e in events[1:]}) == 2


def test_an_ended_shift_stays_closed_and_the_next_one_takes_what_was_made_between() -> None:
    line = Line()
    line.scan({"P.Count": 100.0})
    line.scan({"P.Count": 110.0})
    events = line.scan(commands=[command("shift.end", note="Сдал")])
    assert said(events) == [("command", "accepted"), ("shift", "ended")]
    assert events[1].data["note"] == "Сдал"
    assert events[1].data["started_ns"] == T0_NS + S
    line.scan({"P.Count": 115.0})
    view = STAGE.view(line.state)
    assert (view["state"], line.totals()["packs"], view["ended_ns"]) == ("closed", 10, T0_NS + 3 * S)
    assert said(line.scan(commands=[command("shift.end")])) == [("command", "refused")]
    line.scan(commands=[command("shift.start")])
    assert (STAGE.view(line.state)["number"], line.totals()["packs"]) == (2, 5)


@pytest.mark.parametrize(
    "args", [{"number": 0}, {"number": "2"}, {"number": True}, {"number": 1.5}, {"crew": 5}, {"crew": "x" * 3000}]
)
def test_bad_arguments_are_refused_with_a_reason_in_both_languages(args: dict[str, object]) -> None:
    line = Line()
    line.scan()
    before = STAGE.view(line.state)
    (event,) = line.scan(commands=[command("shift.start", **args)], after_ns=1)
    assert event.data["status"] == "refused"
    (reason,) = cast(list[dict[str, str]], event.data["reasons"])
    assert set(reason) == {"ru", "en"}
    assert STAGE.view(line.state) == before


def test_a_restart_goes_on_with_the_same_shift() -> None:
    line = Line()
    line.scan({"R.Charged": 10.0, "R.Sts": 1})
    line.scan({"R.Charged": 30.0})
    saved: JsonObject = json.loads(json.dumps(STAGE.save(line.state)))
    after = Line(STAGE.restore(saved, line.now_ns + 900 * S), line.now_ns + 900 * S)
    assert STAGE.view(after.state) == STAGE.view(line.state)
    bad = dict.fromkeys(ZERO, int(Status.BAD_WAITING_FOR_INITIAL_DATA))
    assert after.scan(status=bad) == []
    assert after.scan({"R.Charged": 45.0, "R.Sts": 1}) == []
    totals = after.totals()
    assert totals["charged_kg"] == 35.0, "the counter ran on while the engine was away"
    assert totals["run_s"] == {"R": 2, "P": 0}, "the time did not"


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["add", "reset", "end", "start", "restore"])), max_size=40))
def test_nothing_that_was_made_is_lost_or_counted_twice(steps: list[tuple[float, str]]) -> None:
    line = Line()
    ended: list[float] = []
    line.scan()
    made = 0.0
    for amount, what in steps:
        if what == "add":
            line.scan({"P.Mass": line.values["P.Mass"] + amount})
            made += amount
        elif what == "reset":
            line.scan({"P.Mass": 0.0})
        elif what == "restore":
            line.state = STAGE.restore(json.loads(json.dumps(STAGE.save(line.state))), line.now_ns)
        else:
            events = line.scan(commands=[command(f"shift.{what}")])
            ended += [e.data["totals"]["packed_kg"] for e in events if e.data.get("what") == "ended"]  # pyright: ignore
    total = sum(ended) + line.state.counts.totals[1]
    assert total == pytest.approx(made, abs=0.01)
