"""Titled scripts of the modes: automatic, semi-automatic, manual, and that a change of the mode moves nothing."""

from __future__ import annotations

import pytest

from line.jsontools import objects
from line.phases import PhaseState
from recipes.model import OnDeviation, Operand, Watch
from tests.unit.recipe_kit import Script, keep, operation, parallel, phase, prompt, text, unit_procedure, wait
from tests.unit.test_recipe_plant import reasons

R = unit_procedure("reception", operation("weighing", phase("weigh")))
G = unit_procedure("grinder", operation("grinding", phase("grind")))
CRITICAL = Watch("{u}.CoreTemp", text("core"), Operand("", 0.0), None, 0, 0, True, OnDeviation.HOLD, ccp=True)


def why(s: Script) -> str:
    """The reasons of the last refusal."""
    return reasons(next(e.data["reasons"] for e in reversed(s.plant.events) if e.data.get("status") == "refused"))


def test_semi_automatic_asks_before_every_leaf_and_lets_a_phase_at_work_go_on() -> None:
    s = Script(R, G, mode="semi")
    s.run("""
        start         | - | idle>running * reception weighing weigh | weigh offer
        5 scans       | - | - | weigh offer
        confirm grind | - | refused | weigh offer
        confirm weigh | R101 start | - | weigh start
        confirm weigh | - | refused | weigh run
        -             | - | - | weigh run
        -             | R101 reset | - | weigh reset
        -             | - | running>complete weigh weighing reception, idle>running grinder grinding grind | grind offer
        5 scans       | - | - | grind offer
        confirm grind | G101 start | - | grind start
    """)
    assert s.plant.view(s.batch)["confirm"] == []


def test_what_waits_for_a_confirmation_is_shown_and_owns_nothing() -> None:
    s = Script(parallel("both", R, G), mode="semi")
    s.step("start")
    assert s.plant.view(s.batch)["confirm"] == ["both.b1.reception.weighing.weigh", "both.b2.grinder.grinding.grind"]
    assert not s.plant.find(s.batch).control.units
    s.step("confirm grind")
    assert s.plant.view(s.batch)["confirm"] == ["both.b1.reception.weighing.weigh"]


def test_manual_begins_nothing_by_itself_and_skips_with_a_reason() -> None:
    s = Script(R, G, mode="automatic")
    s.run("""
        mode manual as technologist because trial | - | - | -
        start                                 | - | idle>running * reception weighing weigh | weigh offer
        3 scans                               | - | - | weigh offer
        confirm weigh                         | - | refused | weigh offer
        begin weigh                           | - | refused | weigh offer
        begin weigh as technologist           | R101 start | - | weigh start
        skip weigh as technologist because no | - | refused | weigh run
        -                                     | - | - | weigh run
        -                                     | R101 reset | - | weigh reset
        - | - | running>complete weigh weighing reception, idle>running grinder grinding grind | grind offer
        skip grind as technologist            | - | refused | grind offer
        skip grind because no                 | - | refused | grind offer
        skip grind as technologist because no | - | running>complete grind grinding grinder * | -
    """)  # fmt: skip
    skipped = [e.data for e in s.events("step") if e.data["status"] == "skipped"]
    assert [(d["phase"], d["user"], d["reason"]) for d in skipped] == [("grind", "ivanova", "no")]
    assert [r.unit for r in s.plant.requests] == ["R101", "R101"]
    nodes = {str(n["id"]).rpartition(".")[2]: n for n in objects(s.plant.view(s.batch)["nodes"])}
    assert nodes["weigh"]["started_ns"] is not None
    assert nodes["grind"]["started_ns"] is None, "it was offered, never begun"
    assert nodes["grind"]["ended_ns"] is not None


def test_a_critical_limit_is_never_skipped() -> None:
    s = Script(unit_procedure("smokehouse", operation("cooking", phase("cook", watches=[CRITICAL]))))
    s.step("mode manual as technologist because trial")
    s.step("start")
    assert s.step("skip cook as admin because hurry")[1] == "refused"
    assert "critical limit" in why(s)


def test_skipping_leaves_of_every_kind() -> None:
    s = Script(prompt("ready"), wait("cold", "G101.MeatTemp < -100"), keep("hot", "S401.CoreTemp > 500", 600), R)
    s.step("mode manual as technologist because trial")
    s.step("start")
    for name in ("ready", "cold", "hot", "weigh"):
        assert "refused" not in s.step(f"skip {name} as technologist because trial")[1]
    assert s.plant.view(s.batch)["state"] == "complete"
    assert not s.plant.requests


def test_only_technologists_take_a_batch_to_manual_and_only_with_a_reason() -> None:
    s = Script(R)
    s.step("start")
    assert s.step("mode manual because I want")[1] == "refused"
    assert "technologist" in why(s)
    assert s.step("mode manual as technologist")[1] == "refused"
    assert "reason" in why(s)
    assert s.step("mode quick")[1] == "refused"
    assert s.plant.view(s.batch)["mode"] == "automatic"
    assert s.plant.send("batch.create", "test", mode="manual")["status"] == "refused"
    assert s.plant.send("batch.create", "test", "technologist", mode="manual")["status"] == "accepted"


@pytest.mark.parametrize("mode", ["semi", "manual", "automatic"])
@pytest.mark.parametrize("scans", range(10))
def test_a_change_of_the_mode_moves_nothing(mode: str, scans: int) -> None:
    """Whatever the batch does at that moment: the line with the change says what the same line says without it."""
    s, twin = Script(R, G, phase_scans=3), Script(R, G, phase_scans=3)
    for script in (s, twin):
        script.step("start")
        for _ in range(scans):
            script.plant.scan()
    had_begun = not s.leaves().endswith("acquire")
    said = s.step(f"mode {mode} as technologist because trial")
    expected = twin.step("-")
    if mode == "automatic" or (had_begun and not expected[2].endswith("acquire")):
        assert said == expected
    else:
        assert (said[0], said[2].split()[-1]) == ("-", "offer"), "what had not begun waits for a person, nothing was asked"


def test_a_leaf_that_was_offered_waits_for_its_person_in_automatic_too() -> None:
    s = Script(R, G, mode="semi")
    s.run("""
        start          | - | idle>running * reception weighing weigh | weigh offer
        mode automatic | - | - | weigh offer
        5 scans        | - | - | weigh offer
        confirm weigh  | R101 start | - | weigh start
        -              | - | - | weigh run
        -              | - | - | weigh run
        -              | R101 reset | - | weigh reset
        -              | - | running>complete weigh weighing reception, idle>running grinder grinding grind | grind acquire
        -              | G101 start | - | grind start
    """)


def test_a_phase_waiting_for_its_unit_does_not_begin_after_the_change_to_manual() -> None:
    s = Script(R)
    s.plant.units["R101"].mode = "manual"
    s.run("""
        start   | - | idle>running * reception weighing weigh | weigh acquire
        mode manual as technologist because trial | - | - | weigh offer
    """)
    s.plant.units["R101"].mode = "auto"
    s.step("5 scans")
    assert not s.plant.requests
    assert s.step("begin weigh as technologist")[0] == "R101 start"


def test_limits_and_holds_stand_in_every_mode() -> None:
    s = Script(unit_procedure("cutter", operation("chopping", phase("chop"))), phase_scans=20)
    s.step("mode manual as technologist because trial")
    s.step("start")
    s.step("begin chop as technologist")
    s.step("2 scans")
    s.plant.set("C201.SP_Knife", 1.0)
    s.plant.run("held", s.batch, 20)
    assert s.plant.units["C201"].state is PhaseState.HELD
    assert "Setpoint changed" in reasons(s.plant.view(s.batch)["held_reason"])


def test_after_a_hold_an_offered_leaf_is_offered_again() -> None:
    s = Script(R, mode="semi")
    s.run("""
        start         | - | idle>running * reception weighing weigh | weigh offer
        hold          | - | running>holding weigh weighing reception *, holding>held weigh weighing reception * | weigh park
        confirm weigh | - | refused | weigh park
        restart | - | held>restarting weigh weighing reception *, restarting>running weigh weighing reception * | weigh offer
        restore       | - | running>held * reception weighing weigh | weigh park
        restart | - | held>restarting weigh weighing reception *, restarting>running weigh weighing reception * | weigh offer
        confirm weigh | R101 start | - | weigh start
    """)  # fmt: skip


@pytest.mark.parametrize(
    "args",
    [
        {"node": "", "action": "confirm"}, {"node": "reception", "action": "confirm"}, {"action": "confirm"},
        {"node": "reception.weighing.weigh", "action": "jump"}, {"node": 5, "action": "confirm"}, {"node": [], "action": {}},
    ],
)  # fmt: skip
def test_nonsense_is_refused(args: dict[str, str]) -> None:
    s = Script(R, mode="semi")
    s.step("start")
    assert s.plant.send("batch.step", s.batch, **args)["status"] == "refused"


def test_nothing_is_done_to_a_batch_that_has_ended() -> None:
    s = Script(R)
    s.step("abort")
    assert s.step("mode semi")[1] == "refused"
    assert s.step("confirm weigh")[1] == "refused"
    assert s.step("reply go yes")[1] == "refused"
    assert s.plant.send("batch.lot", s.batch, material="ice", lot="A", kg=1.0)["status"] == "refused"
