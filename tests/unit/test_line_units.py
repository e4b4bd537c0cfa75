"""Units against a PLC that plays the handshake of docs/ARCHITECTURE.md: who may ask for what, in what order it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from line.messages import CommandStatus
from line.phases import PHASE_COMMANDS, PhaseState
from line.quality import Status
from line.stage import PhaseRequest
from line.units import UnitsStage, UnitState
from tests.builders import S
from tests.unit.line_kit import Rig, ask, command, ovens, running, start


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.scan()
    return rig


def test_a_start_writes_parameters_first_and_the_request_number_last(rig: Rig) -> None:
    rig.scan(ask=[start(temp=72.0, time=600.0)])
    assert rig.plc.written == [
        ("U1.SP_Temp", 72.0), ("U1.SP_Time", 600.0), ("U1.PhId", 2.0), ("U1.PhCmd", 1.0), ("U1.BatchNo", 1001.0),
        ("U1.PhReq", 1.0),
    ]  # fmt: skip
    assert rig.view()["pending"] == "start"


def test_an_accepted_start_makes_the_batch_the_owner(rig: Rig) -> None:
    rig.scan(ask=[start(temp=72.0)])
    rig.scan()
    rig.scan()
    assert [(a.id, a.unit, a.status) for a in rig.batch.answers] == [("r1", "U1", CommandStatus.ACCEPTED)]
    view = rig.view()
    assert (view["state"], view["phase"], view["batch"], view["batch_no"], view["pending"]) == (
        "running",
        "bake",
        "B1001",
        1001,
        "",
    )
    assert rig.told("unit", what="state", to="running")[0]["from"] == "idle"


def test_a_start_is_refused_with_every_reason_at_once_and_nothing_is_written(rig: Rig) -> None:
    rig.plc.values |= {"U1.Door": 0.0, "U1.Temp": 95.0}
    rig.scan(ask=[start(temp=72.0)])
    rig.scan()
    (answer,) = rig.batch.answers
    assert answer.status is CommandStatus.REFUSED
    assert [r["en"] for r in answer.reasons] == [
        "not fulfilled: Door closed",
        "not fulfilled: At most 90",
    ]  # the interlock of the same words is told once
    assert [r["ru"] for r in answer.reasons] == ["не выполнено: «Дверь закрыта»", "не выполнено: «Не горячее 90»"]
    assert rig.plc.written == []
    assert [r["en"] for r in rig.view()["refused"]] == ["not fulfilled: Door closed", "not fulfilled: At most 90"]


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (start(phase="fry"), "No such unit, phase or command"),
        (start(speed=3.0), "No such unit, phase or command"),
        (start(unit="X9"), "No such unit, phase or command"),
        (ask("explode"), "No such unit, phase or command"),
        (start(temp=200.5), "U1.SP_Temp: outside 0…200"),
        (start(temp=float("nan")), "U1.SP_Temp: outside 0…200"),
        (start(temp=float("inf")), "U1.SP_Temp: outside 0…200"),
        (ask("hold"), "Wrong state: Idle"),
        (ask("reset"), "Wrong state: Idle"),
    ],
)
def test_what_makes_no_sense_is_refused(rig: Rig, request_: PhaseRequest, reason: str) -> None:
    text = reason.replace("U1.SP_Temp", "Setpoint")
    rig.scan(ask=[request_])
    rig.scan()
    assert [(a.status, [r["en"] for r in a.reasons]) for a in rig.batch.answers] == [(CommandStatus.REFUSED, [text])]
    assert rig.plc.written == []


def test_an_unknown_permissive_refuses(rig: Rig) -> None:
    rig.plc.status["U1.Temp"] = int(Status.BAD_SENSOR_FAILURE)
    rig.scan(ask=[start()])
    rig.scan()
    assert [r["en"] for r in rig.batch.answers[0].reasons] == ["no good data for: At most 90", "no good data for: At most 120"]


def test_the_plcs_verdict_is_told_in_the_words_of_the_line(rig: Rig) -> None:
    rig.plc.verdict = 4
    rig.scan(ask=[start()])
    rig.plc.verdict = 77
    rig.scan(ask=[start(unit="U2", identity="r2")])
    rig.scan()
    rig.scan()
    assert [(a.id, a.reasons[0]["en"]) for a in rig.batch.answers] == [("r1", "PLC: PLC interlock"), ("r2", "PLC: code 77")]
    assert rig.view()["refused"] == [{"ru": "ПЛК: Блокировка ПЛК", "en": "PLC: PLC interlock"}]
    assert rig.view()["batch"] == ""


def test_a_plc_that_does_not_answer_times_the_request_out_after_five_seconds(rig: Rig) -> None:
    rig.plc.answers = False
    rig.scan(ask=[start()])
    asked_ns = rig.now_ns
    while rig.now_ns - asked_ns < 5 * S - 250_000_000:
        rig.scan()
        assert rig.view()["pending"] == "start"
    rig.scan()
    rig.scan()
    (answer,) = rig.batch.answers
    assert answer.status is CommandStatus.TIMED_OUT
    assert answer.reasons[0]["en"] == "The PLC did not answer within 5 s"
    assert rig.view()["pending"] == ""


def test_the_number_of_a_timed_out_request_is_not_used_again(rig: Rig) -> None:
    """The PLC may have seen it: a second request of the same number would never be looked at."""
    rig.plc.answers = False
    rig.scan(ask=[start()])
    for _ in range(21):
        rig.scan()
    rig.plc.answers = True
    rig.scan(ask=[start(identity="r9")])
    assert [v for n, v in rig.plc.written if n == "U1.PhReq"] == [1.0, 2.0]
    rig.scan()
    assert rig.view()["state"] == "running"


def test_a_unit_that_waits_for_the_plc_is_busy(rig: Rig) -> None:
    rig.plc.answers = False
    rig.scan(ask=[start()])
    rig.scan(ask=[start(identity="r2")])
    rig.scan()
    assert [(a.id, a.reasons[0]["en"]) for a in rig.batch.answers] == [("r2", "The unit is still busy with the previous command")]
    assert rig.view()["pending"] == "start"


def test_a_more_urgent_command_supersedes_with_a_number_of_its_own(rig: Rig) -> None:
    running(rig)
    rig.plc.answers = False
    rig.scan(ask=[ask("hold", identity="h")])
    rig.plc.answers = True
    rig.scan(ask=[ask("abort", identity="a")])
    assert [v for n, v in rig.plc.written if n in ("U1.PhReq", "U1.PhCmd")] == [2.0, 2.0, 5.0, 3.0]
    rig.scan()
    rig.scan()
    assert [(a.id, a.status) for a in rig.batch.answers] == [("h", CommandStatus.REFUSED), ("a", CommandStatus.ACCEPTED)]
    assert rig.batch.answers[0].reasons[0]["en"] == "Superseded by a more urgent command"
    assert rig.view()["state"] == "aborting"


@pytest.mark.parametrize(("first", "second"), [("abort", "hold"), ("abort", "stop"), ("stop", "hold"), ("hold", "hold")])
def test_a_less_urgent_command_never_supersedes(rig: Rig, first: str, second: str) -> None:
    running(rig)
    rig.plc.answers = False
    rig.scan(ask=[ask(first, identity="first")])
    rig.scan(ask=[ask(second, identity="second")])
    rig.scan()
    assert [(a.id, a.status) for a in rig.batch.answers] == [("second", CommandStatus.REFUSED)]
    assert rig.view()["pending"] == first


@pytest.mark.parametrize(("last", "following"), [(65534.0, 65535.0), (65535.0, 1.0), (0.0, 1.0)])
def test_request_numbers_go_round_without_zero(last: float, following: float) -> None:
    rig = Rig()
    rig.plc.values |= {"U1.PhAck": last, "U1.PhReq": last}
    rig.scan()
    rig.scan(ask=[start()])
    assert rig.plc.written[-1] == ("U1.PhReq", following)
    rig.scan()
    assert rig.view()["state"] == "running"


def test_after_a_restart_the_number_still_on_its_way_is_not_used_again() -> None:
    rig = Rig()
    rig.plc.values |= {"U1.PhAck": 7.0, "U1.PhReq": 8.0}
    rig.scan()
    rig.scan(ask=[start()])
    assert rig.plc.written[-1] == ("U1.PhReq", 9.0)


def test_a_number_that_another_supervisor_used_meanwhile_is_skipped(rig: Rig) -> None:
    running(rig)
    rig.plc.values |= {"U1.PhAck": 3.0, "U1.PhReq": 2.0}
    rig.scan()
    rig.scan(ask=[ask("hold")])
    assert rig.plc.written[-1] == ("U1.PhReq", 4.0)


def test_without_the_plcs_acknowledgement_tag_nothing_is_asked(rig: Rig) -> None:
    rig.plc.status["U1.PhAck"] = int(Status.BAD_NO_COMMUNICATION)
    rig.scan(ask=[start()])
    rig.scan()
    assert rig.batch.answers[0].reasons[0]["en"] == "No link to the unit's PLC"
    assert rig.plc.written == []


def test_a_lost_link_shows_as_unknown_and_refuses(rig: Rig) -> None:
    running(rig)
    rig.plc.status = dict.fromkeys(rig.plc.values, int(Status.BAD_NO_COMMUNICATION))
    rig.scan()
    assert rig.view()["state"] == "unknown"
    assert rig.view()["batch"] == "B1001"
    assert not any(rig.view()["allowed"].values())
    rig.scan(ask=[ask("hold")])
    rig.scan()
    assert rig.batch.answers[0].reasons[0]["en"] == "No link to the unit's PLC"
    assert rig.plc.written == []


def test_a_person_starts_in_manual_only_and_a_batch_in_auto_only(rig: Rig) -> None:
    rig.scan(command("unit.command", "U1", "c1", command="start", phase="bake", parameters={"temp": 60}))
    assert rig.statuses("c1") == ["refused"]
    assert rig.reasons("c1") == ["The unit is in automatic mode: batches start it"]
    rig.scan(command("unit.mode", "U1", "c2", mode="manual"))
    assert rig.statuses("c2") == ["confirmed"]
    rig.scan(ask=[start()])
    rig.scan()
    assert rig.batch.answers[0].reasons[0]["en"] == "The unit is in manual mode: batches do not start it"
    assert rig.plc.written == []
    rig.scan(command("unit.command", "U1", "c3", command="start", phase="bake", parameters={"temp": 60}))
    rig.scan()
    rig.scan()
    assert rig.statuses("c3") == ["accepted", "confirmed"]
    assert rig.plc.written[0] == ("U1.SP_Temp", 60.0)
    assert (rig.view()["batch"], rig.view()["mode"], rig.view()["state"]) == ("", "manual", "running")


def test_a_change_of_mode_is_bumpless(rig: Rig) -> None:
    outputs = rig.scan(command("unit.mode", "U1", mode="manual"))
    assert outputs.writes == []
    assert rig.told("unit", what="mode") == [{"what": "mode", "from": "auto", "to": "manual", "user": "anna"}]
    rig.scan(command("unit.mode", "U1", "c2", mode="manual"))
    assert len(rig.told("unit", what="mode")) == 1
    rig.scan(command("unit.mode", "U1", "c3", mode="turbo"))
    assert rig.statuses("c3") == ["refused"]


def test_a_unit_of_a_batch_takes_hold_stop_and_abort_from_a_person_and_nothing_else(rig: Rig) -> None:
    running(rig)
    for word in ("start", "restart", "reset"):
        rig.scan(command("unit.command", "U1", word, command=word, phase="bake"))
        assert rig.reasons(word) == ["A batch owns the unit: command the batch"]
    rig.scan(command("unit.mode", "U1", "mode", mode="manual"))
    assert rig.statuses("mode") == ["refused"]
    rig.scan(command("unit.command", "U1", "hold", command="hold"))
    rig.scan()
    assert rig.statuses("hold") == ["accepted", "confirmed"]
    assert rig.plc.state("U1") is PhaseState.HOLDING
    assert rig.view()["batch"] == "B1001"


def test_a_reset_gives_the_unit_back(rig: Rig) -> None:
    running(rig)
    rig.plc.done("U1")
    rig.scan()
    rig.scan(ask=[ask("reset")])
    rig.scan()
    assert (rig.view()["state"], rig.view()["batch"], rig.view()["batch_no"]) == ("idle", "", 0)


def test_a_reset_at_the_machine_gives_the_unit_back_too(rig: Rig) -> None:
    running(rig)
    rig.plc.values["U1.PhSts"] = float(PhaseState.IDLE)
    rig.scan()
    assert rig.view()["batch"] == ""
    rig.scan(command("unit.mode", "U1", mode="manual"))
    assert rig.statuses() == ["confirmed"]


@pytest.mark.parametrize(
    "args",
    [
        {"command": 3},
        {"command": "start", "phase": 5},
        {"command": "start", "phase": "bake", "parameters": [1]},
        {"command": "start", "phase": "bake", "parameters": {"temp": "72"}},
        {"command": "start", "phase": "bake", "parameters": {"temp": True}},
        {"command": "start", "phase": "bake", "parameters": {"temp": 10**400}},
        {},
    ],
)
def test_a_malformed_command_is_refused_whole(rig: Rig, args: dict[str, object]) -> None:
    rig.scan(command("unit.mode", "U1", "m", mode="manual"))
    outputs = rig.scan(command("unit.command", "U1", "c1", **args))
    assert rig.statuses("c1") == ["refused"]
    assert outputs.writes == []


def test_commands_for_a_unit_that_does_not_exist_are_refused(rig: Rig) -> None:
    rig.scan(command("unit.command", "Z1", "a", command="start"), command("unit.mode", "Z1", "b", mode="auto"))
    assert rig.reasons("a") == rig.reasons("b") == ["No such unit, phase or command"]


def test_the_view_has_the_shape_of_the_architecture(rig: Rig) -> None:
    view = rig.view("U2")
    keys = {"mode", "state", "phase", "batch", "batch_no", "pending", "refused", "conditions", "allowed"}
    assert keys <= set(view)
    assert {command for command, free in view["allowed"].items() if free} == {"start"}
    assert set(view["allowed"]) == set(PHASE_COMMANDS)
    assert [(c["id"], c["kind"], c["ok"]) for c in view["conditions"]] == [
        ("door", "permissive", True), ("cold", "permissive", True), ("door", "interlock", True), ("hot", "interlock", True),
    ]  # fmt: skip
    assert view["conditions"][1]["text"] == {"ru": "Не горячее 90", "en": "At most 90"}
    assert view["conditions"][1]["tag"] == "U2.Temp"


def test_an_unchanged_scan_returns_the_same_state(rig: Rig) -> None:
    before = rig.state.stages[2]
    assert rig.scan().changed == []
    assert rig.state.stages[2] is before


def test_mode_and_owner_survive_a_restart(rig: Rig) -> None:
    running(rig)
    rig.scan(command("unit.mode", "U2", mode="manual"))
    stage = UnitsStage(ovens())
    before = rig.state.stages[2]
    assert isinstance(before, tuple)
    saved = stage.save(before)
    restored = stage.restore(saved, rig.now_ns)
    assert [(u.mode, u.owner, u.batch_no) for u in restored] == [("auto", "B1001", 1001), ("manual", "", 0)]
    assert restored == tuple(UnitState(mode=u.mode, owner=u.owner, batch_no=u.batch_no) for u in restored)


def test_garbage_in_the_journal_restores_a_fresh_unit() -> None:
    stage = UnitsStage(ovens())
    assert stage.restore({"U1": 5, "U2": {"mode": 3, "owner": [], "batch_no": "x"}}, 0) == stage.initial()
    assert replace(stage.initial()[0], mode="manual") != stage.initial()[0]


def test_a_paused_phase_is_not_resumed_against_an_interlock(rig: Rig) -> None:
    running(rig)
    rig.scan(ask=[ask("pause", identity="p1")])
    rig.scan()
    rig.plc.done("U1")
    rig.scan()
    assert rig.plc.state("U1") is PhaseState.PAUSED
    rig.plc.values["U1.Door"] = 0.0
    rig.scan(ask=[ask("resume", identity="p2")])
    rig.scan()
    assert [(a.id, a.status, [r["en"] for r in a.reasons]) for a in rig.batch.answers][-1:] == [
        ("p2", CommandStatus.REFUSED, ["not fulfilled: Door closed"])
    ]
    assert rig.plc.state("U1") is PhaseState.PAUSED
    assert not rig.view()["allowed"]["resume"]
    rig.plc.values["U1.Door"] = 1.0
    rig.scan(ask=[ask("resume", identity="p3")])
    rig.scan()
    assert rig.plc.state("U1") is PhaseState.RUNNING
