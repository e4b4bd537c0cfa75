"""Whole batches against the plant of phases: the way through, holds, restarts, stops, waiting, parameters."""

from __future__ import annotations

from typing import Any

import pytest

from line.phases import PhaseState
from tests.unit.test_recipe_plant import Plant, doktorskaya, reasons


def test_a_batch_runs_through_all_phases() -> None:
    plant = Plant()
    batch = plant.create()
    assert batch == "B1001"
    plant.run("complete", batch)
    phases = [(e.unit, e.data["phase"]) for e in plant.batch_events("step") if e.data["status"] == "running"]
    assert phases == [
        ("R101", "weigh"), ("G101", "grind"), ("C201", "charge"), ("C201", "chop"), ("C201", "discharge"), ("F301", "fill"),
        ("S401", "set"), ("S401", "dry"), ("S401", "smoke"), ("S401", "cook"), ("S401", "shower"), ("H501", "chill"),
        ("P601", "pack"),
    ]  # fmt: skip
    view = plant.view(batch)
    assert view["step"] == view["steps"] == 13
    assert all(h["end_ns"] is not None for h in view["history"])  # type: ignore[index,union-attr]
    assert all(u.state is PhaseState.IDLE for u in plant.units.values()), "every unit was reset"
    assert len(plant.batch_events("complete")) == 1
    assert plant.get("S401.SP_Core") == 35.0
    cook = next(e for e in plant.batch_events("step") if e.data["status"] == "complete" and e.data["phase"] == "cook")
    assert "S401.CoreTemp" in reasons(cook.data["verdicts"]), "the CCP verdict is on record"
    assert not plant.writes, "setpoints go with the start, nothing is written besides"


def test_an_idle_line_is_left_alone() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    state = plant.state
    for _ in range(20):
        scan = plant.scan()
        assert not scan.requests
        assert not scan.writes
        assert not scan.events
    assert plant.state is state
    assert plant.view(batch)["state"] == "idle"


def test_nothing_new_means_the_same_object() -> None:
    plant = Plant(phase_scans=50)
    batch = plant.create()
    plant.run_phase("weigh", batch)
    plant.scan()
    state = plant.state
    for _ in range(10):
        plant.scan()
    assert plant.state is state


def test_size_scales_ingredients_setpoints_and_limits() -> None:
    plant = Plant(phase_scans=50)
    batch = plant.create(70.0)
    plant.run_phase("weigh", batch)
    assert plant.get("R101.SP_Mass") == pytest.approx(117.1 / 2)
    parameter = next(p for p in plant.view(batch)["parameters"] if p["id"] == "ice_mass")  # type: ignore[union-attr,index]
    assert (parameter["value"], parameter["lo"], parameter["hi"]) == (22.9 / 2, 21.0 / 2, 25.0 / 2)
    created = plant.batch_events("created")[0].data
    assert sum(i["kg"] for i in created["ingredients"].values()) == pytest.approx(70.0, abs=0.01)  # type: ignore[union-attr,index,call-overload]


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"size_kg": 20.0}, "70"), ({"size_kg": "much"}, "160"), ({"size_kg": float("nan")}, "160"), ({"size_kg": True}, "160"),
        ({"size_kg": 140, "start": "yes"}, "start"),
    ],
)  # fmt: skip
def test_create_refuses_and_says_why(args: dict[str, Any], why: str) -> None:
    plant = Plant()
    answer = plant.send("batch.create", "doktorskaya", **args)
    assert answer["status"] == "refused"
    assert why in reasons(answer["reasons"])
    assert not plant.state.active
    assert plant.send("batch.create", "salami")["status"] == "refused"


def test_hold_and_restart_by_the_operator() -> None:
    plant = Plant(phase_scans=8)
    batch = plant.create()
    unit = plant.run_phase("grind", batch)
    assert plant.order(batch, "hold")["status"] == "accepted"
    plant.run("held", batch)
    assert plant.units[unit].state is PhaseState.HELD
    assert plant.view(batch)["held_reason"] == {"ru": "Задержана оператором", "en": "Held by the operator"}
    assert plant.order(batch, "hold")["status"] == "refused"
    assert plant.order(batch, "restart")["status"] == "accepted"
    assert plant.view(batch)["state"] == "restarting"
    plant.run("running", batch)
    assert plant.units[unit].state is PhaseState.RUNNING
    assert plant.view(batch)["held_reason"] is None
    plant.run("complete", batch)
    assert [h["phase"] for h in plant.view(batch)["history"]].count("grind") == 1  # type: ignore[union-attr,index]


@pytest.mark.parametrize("word", ["stop", "abort"])
def test_stop_and_abort_end_the_phase_and_give_the_unit_back(word: str) -> None:
    plant = Plant(phase_scans=20)
    batch = plant.create()
    unit = plant.run_phase("chop", batch)
    plant.order(batch, word)
    plant.run("stopped" if word == "stop" else "aborted", batch)
    assert plant.units[unit].state is PhaseState.IDLE
    assert not plant.state.active
    assert plant.order(batch, "restart")["status"] == "refused"
    assert plant.send("batch.parameter", batch, parameter="chop_time", value=500)["status"] == "refused"


def test_stop_before_anything_was_started() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    plant.order(batch, "stop")
    assert plant.view(batch)["state"] == "stopped"
    assert not plant.requests


def test_refused_start_holds_with_the_reason_and_restart_tries_again() -> None:
    plant = Plant()
    plant.units["R101"].answer = "refuse"
    batch = plant.create()
    plant.run("held", batch)
    assert "Door closed" in reasons(plant.view(batch)["held_reason"])
    plant.units["R101"].answer = "accept"
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_lost_answer_to_a_start_still_gets_the_phase_held() -> None:
    plant = Plant(phase_scans=30)
    plant.units["R101"].answer = "deaf"
    plant.units["R101"].delay = 3
    batch = plant.create()
    plant.order(batch, "hold")
    for _ in range(8):
        plant.scan()
    plant.units["R101"].answer = "accept"
    plant.run("held", batch)
    for _ in range(10):
        plant.scan()
    assert plant.units["R101"].state is PhaseState.HELD, "a Held batch lets nothing run"


def test_timed_out_start_holds() -> None:
    plant = Plant()
    plant.units["R101"].answer = "timeout"
    batch = plant.create()
    plant.run("held", batch)
    assert "PLC did not answer" in reasons(plant.view(batch)["held_reason"])


def test_plc_that_holds_by_itself_makes_the_batch_held() -> None:
    plant = Plant(phase_scans=10)
    batch = plant.create()
    unit = plant.run_phase("fill", batch)
    plant.units[unit].force("hold")
    plant.run("held", batch)
    assert "the PLC held the phase" in reasons(plant.view(batch)["held_reason"])
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_interlock_is_named_and_restart_waits_for_it() -> None:
    plant = Plant(phase_scans=20)
    batch = plant.create()
    unit = plant.units[plant.run_phase("fill", batch)]
    unit.force("hold")
    unit.unmet = "Casing present"
    plant.run("held", batch)
    assert plant.view(batch)["held_reason"] == {
        "ru": "фазу на F-301 задержал ПЛК: не выполнено «Casing present»",
        "en": "F-301: the PLC held the phase: not fulfilled 'Casing present'",
    }
    answer = plant.order(batch, "restart")
    assert answer["status"] == "refused"
    assert "F-301: не выполнено «Casing present»" in reasons(answer["reasons"])
    unit.unmet = ""
    assert plant.order(batch, "restart")["status"] == "accepted"
    plant.run("complete", batch)


@pytest.mark.parametrize("command", ["stop", "abort"])
def test_phase_ended_at_the_unit_is_begun_anew_only_by_a_person(command: str) -> None:
    plant = Plant(phase_scans=10)
    batch = plant.create()
    unit = plant.run_phase("fill", batch)
    plant.units[unit].force(command)
    plant.run("held", batch)
    for _ in range(10):
        plant.scan()
    assert plant.view(batch)["state"] == "held"
    plant.order(batch, "restart")
    plant.run("complete", batch)
    assert [h["phase"] for h in plant.view(batch)["history"]].count("fill") == 2  # type: ignore[union-attr,index]


def test_link_lost_for_a_moment_is_nothing_for_longer_is_held() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("grind", batch)
    plant.units["G101"].linked = False
    for _ in range(4):
        plant.scan()
    plant.units["G101"].linked = True
    plant.scan()
    assert plant.view(batch)["state"] == "running"
    plant.units["G101"].linked = False
    for _ in range(8):
        plant.scan()
    assert plant.view(batch)["state"] == "held"
    assert "нет связи" in reasons(plant.view(batch)["held_reason"])
    assert "no link" in reasons(plant.order(batch, "restart")["reasons"])
    plant.units["G101"].linked = True
    for _ in range(6):
        plant.scan()
    assert plant.units["G101"].state is PhaseState.HELD, "the phase is held as soon as the link is back"
    plant.order(batch, "restart")
    plant.run("running", batch)


def test_parameter_of_a_running_phase_goes_to_the_plc_inside_the_limits_only() -> None:
    plant = Plant(phase_scans=30)
    batch = plant.create()
    plant.run_phase("dry", batch)
    answer = plant.send("batch.parameter", batch, parameter="dry_temp", value=58.0)
    assert answer["status"] == "accepted"
    assert plant.get("S401.SP_Temp") == 58.0
    assert [w.origin for w in plant.writes] == [answer["id"]]
    plant.scan()
    confirmed = [e.data["status"] for e in plant.events if e.kind == "command" and e.data["id"] == answer["id"]]
    assert confirmed == ["accepted", "confirmed"]
    change = plant.batch_events("parameter")[0].data
    assert (change["from"], change["to"], change["user"]) == (55.0, 58.0, "ivanova")
    outside = plant.send("batch.parameter", batch, parameter="dry_temp", value=70.0)
    assert "50,00…60,00 °C" in reasons(outside["reasons"])
    for name, value in (("dry_temp", float("nan")), ("dry_temp", "hot"), ("grind_feed", 1900), ("cook_core", 73.0), ("x", 1)):
        assert plant.send("batch.parameter", batch, parameter=name, value=value)["status"] == "refused", name
    assert len(plant.writes) == 1
    assert plant.send("batch.parameter", batch, parameter="cook_temp", value=79.0)["status"] == "accepted"
    assert len(plant.writes) == 1, "a later phase takes it with its start"
    for _ in range(6):
        plant.scan()
    assert plant.view(batch)["state"] == "running", "no deviation from the new value"
    plant.run_phase("cook", batch)
    assert plant.get("S401.SP_Temp") == 79.0


def test_two_batches_share_the_line_one_unit_each() -> None:
    plant = Plant(phase_scans=12)
    first, second = plant.create(), plant.create()
    assert "ждёт приёмку (R-101: партия №1001)" in reasons(plant.view(second)["waiting"])
    third = plant.create()
    for batch in (first, second, third):
        plant.run("complete", batch)
    houses = {b: [h["unit"] for h in plant.view(b)["history"] if h["phase"] == "set"] for b in (first, second, third)}  # type: ignore[union-attr,index]
    assert houses[first] == ["S401"]
    assert houses[second] == ["S402"]


def test_a_unit_in_manual_or_without_link_is_not_taken() -> None:
    plant = Plant()
    plant.units["R101"].mode = "manual"
    batch = plant.create()
    plant.scan()
    assert "не в автоматическом режиме" in reasons(plant.view(batch)["waiting"])
    plant.units["R101"].mode, plant.units["R101"].linked = "auto", False
    plant.scan()
    assert "нет связи" in reasons(plant.view(batch)["waiting"])
    assert not plant.requests
    plant.units["R101"].linked = True
    plant.run("complete", batch)


def test_hold_while_waiting_for_a_unit() -> None:
    plant = Plant()
    plant.units["R101"].mode = "manual"
    batch = plant.create()
    plant.order(batch, "hold")
    assert plant.view(batch)["state"] == "held"
    plant.units["R101"].mode = "auto"
    for _ in range(5):
        plant.scan()
    assert not plant.requests
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_reset_at_the_unit_after_completion_does_not_repeat_the_phase() -> None:
    plant = Plant()
    batch = plant.create()
    plant.run_phase("charge", batch)
    plant.units["C201"].answer = "refuse"
    plant.run("held", batch)
    assert plant.units["C201"].state is PhaseState.COMPLETE
    plant.units["C201"].answer = "accept"
    plant.units["C201"].force("reset")
    plant.order(batch, "restart")
    plant.run("complete", batch)
    assert [h["phase"] for h in plant.view(batch)["history"]].count("charge") == 1  # type: ignore[union-attr,index]


def test_ended_batches_are_kept_for_a_shift() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    plant.order(batch, "abort")
    plant.scan(step_ns=11 * 3600 * 10**9)
    assert plant.view(batch)["state"] == "aborted"
    plant.scan(step_ns=2 * 3600 * 10**9)
    assert not plant.state.ended
    assert plant.create() == "B1002", "numbers are not used again"


def test_a_recipe_that_is_not_approved_is_not_run() -> None:
    from dataclasses import replace

    plant = Plant({"doktorskaya": replace(doktorskaya(), status="draft")})
    answer = plant.send("batch.create", "doktorskaya")
    assert "не утверждён" in reasons(answer["reasons"])


def test_a_parameter_set_to_what_it_is_changes_nothing() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    assert plant.send("batch.parameter", batch, parameter="cook_temp", value=77.0)["status"] == "accepted"
    before = plant.state
    assert plant.send("batch.parameter", batch, parameter="cook_temp", value=77.0)["status"] == "accepted"
    assert plant.state is before, "identity says: nothing to publish, nothing to save"


def test_a_plc_that_stands_or_does_not_see_us_takes_no_parameter_of_the_running_phase() -> None:
    plant = Plant(phase_scans=30)
    batch = plant.create()
    plant.run_phase("dry", batch)
    for lost, words in (("SupervisorSeen", "не видит верхний уровень"), ("PlcAlive", "счётчик жизни стоит")):
        plant.set(f"Link.plc2.{lost}", 0.0)
        answer = plant.send("batch.parameter", batch, parameter="dry_temp", value=58.0)
        assert answer["status"] == "refused"
        assert words in reasons(answer["reasons"])
        assert plant.writes == []
        assert plant.send("batch.parameter", batch, parameter="cook_temp", value=79.0)["status"] == "accepted", "a later phase"
    for seen in ("SupervisorSeen", "PlcAlive"):
        plant.set(f"Link.plc2.{seen}", 1.0)
    assert plant.send("batch.parameter", batch, parameter="dry_temp", value=58.0)["status"] == "accepted"
