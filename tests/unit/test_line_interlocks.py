"""Permissives and interlocks of units: what holds or aborts a running phase, at once, late or not at all."""

from __future__ import annotations

from itertools import pairwise

import pytest

from line.phases import PhaseState
from line.quality import Status
from tests.builders import S
from tests.unit.line_kit import Rig, ask, ovens, running, start


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.scan()
    return rig


def test_a_false_interlock_holds_in_the_same_scan(rig: Rig) -> None:
    running(rig)
    rig.plc.values["U1.Door"] = 0.0
    rig.scan()
    assert rig.plc.state("U1") is PhaseState.HOLDING
    assert rig.plc.written == [("U1.PhId", 2.0), ("U1.PhCmd", 2.0), ("U1.BatchNo", 1001.0), ("U1.PhReq", 2.0)]
    (event,) = rig.told("unit", what="interlock")
    assert event["action"] == "hold"
    assert [r["en"] for r in event["reasons"]] == ["not fulfilled: Door closed"]


def test_abort_wins_over_hold(rig: Rig) -> None:
    running(rig)
    rig.plc.values |= {"U1.Door": 0.0, "U1.Temp": 130.0}
    rig.scan()
    assert rig.plc.state("U1") is PhaseState.ABORTING
    assert [r["en"] for r in rig.told("unit", what="interlock")[0]["reasons"]] == [
        "not fulfilled: Door closed",
        "not fulfilled: At most 120",
    ]


def test_the_interlock_has_the_last_word_over_a_batch_in_the_same_scan(rig: Rig) -> None:
    running(rig)
    rig.plc.values["U1.PhSts"] = float(PhaseState.RESTARTING)
    rig.plc.values["U1.Door"] = 0.0
    rig.scan(ask=[ask("hold", identity="mine")])
    assert [v for n, v in rig.plc.written if n == "U1.PhCmd"] == [2.0]
    assert rig.plc.state("U1") is PhaseState.HOLDING


def test_an_unknown_interlock_is_granted_two_seconds(rig: Rig) -> None:
    running(rig)
    rig.plc.status["U1.Door"] = int(Status.BAD_SENSOR_FAILURE)
    rig.scan()
    unknown_ns = rig.now_ns
    while rig.now_ns - unknown_ns < 2 * S - 250_000_000:
        rig.scan()
        assert rig.plc.written == []
    rig.scan()
    assert rig.now_ns - unknown_ns == 2 * S
    assert rig.plc.state("U1") is PhaseState.HOLDING


def test_a_short_gap_of_an_interlock_does_nothing(rig: Rig) -> None:
    running(rig)
    for _ in range(3):
        rig.plc.status["U1.Door"] = int(Status.BAD_SENSOR_FAILURE)
        for _ in range(7):
            rig.scan()
        rig.plc.status.clear()
        rig.scan()
    assert rig.plc.written == []
    assert rig.view()["state"] == "running"


def test_the_interlock_asks_again_every_five_seconds_while_the_phase_runs(rig: Rig) -> None:
    running(rig)
    rig.plc.answers = False
    rig.plc.values["U1.Door"] = 0.0
    asked_ns: list[int] = []
    for _ in range(45):
        if any(w.handle == ovens().units["U1"].req for w in rig.scan().writes):
            asked_ns.append(rig.now_ns)
    assert [b - a for a, b in pairwise(asked_ns)] == [5 * S, 5 * S]
    assert len(rig.told("unit", what="interlock")) == 3
    assert [v for n, v in rig.plc.written if n == "U1.PhReq"] == [2.0, 3.0, 4.0]


def test_a_clock_that_is_set_back_leaves_no_request_and_no_interlock_hanging(rig: Rig) -> None:
    rig.plc.answers = False
    rig.scan(ask=[start()])
    rig.scan(after_ns=-3600 * S)
    assert rig.view()["pending"] == ""
    rig.plc.answers = True
    running(rig)
    rig.plc.status["U1.Door"] = int(Status.BAD_SENSOR_FAILURE)
    rig.scan()
    assert rig.plc.written == []
    rig.scan(after_ns=-3600 * S)
    assert rig.plc.state("U1") is PhaseState.HOLDING


def test_a_false_interlock_of_an_idle_unit_writes_nothing(rig: Rig) -> None:
    rig.plc.values |= {"U1.Door": 0.0, "U1.Temp": 200.0}
    rig.scan()
    rig.scan()
    assert rig.plc.written == []
    assert rig.told("unit", what="interlock") == []


def test_a_false_permissive_does_not_stop_what_runs(rig: Rig) -> None:
    running(rig)
    rig.plc.values["U1.Temp"] = 100.0
    rig.scan()
    rig.scan()
    assert rig.plc.written == []
    assert rig.view()["allowed"]["start"] is False


def test_a_restart_needs_its_conditions(rig: Rig) -> None:
    running(rig)
    rig.plc.values["U1.PhSts"] = float(PhaseState.HELD)
    rig.plc.values["U1.Door"] = 0.0
    rig.scan(ask=[ask("restart")])
    rig.scan()
    assert [r["en"] for r in rig.batch.answers[0].reasons] == ["not fulfilled: Door closed"]
    rig.plc.values["U1.Door"] = 1.0
    rig.scan(ask=[ask("restart", identity="again")])
    rig.scan()
    assert rig.view()["state"] == "restarting"
