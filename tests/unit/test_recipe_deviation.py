"""What makes a running batch Held: values outside their band, bad quality, changed setpoints; verdicts at the end of a phase."""

from __future__ import annotations

from line.phases import PhaseState
from tests.builders import S
from tests.unit.test_recipe_plant import Plant, reasons


def test_probe_that_makes_the_plc_hold_first_is_still_a_deviation() -> None:
    plant = Plant(phase_scans=20)
    batch = plant.create()
    unit = plant.run_phase("cook", batch)
    plant.set("S401.CoreTemp", 71.0, good=False)
    plant.units[unit].force("hold")
    plant.run("held", batch)
    assert [e.data["tag"] for e in plant.batch_events("deviation")] == ["S401.CoreTemp"]
    assert "Датчик в батоне: нет достоверного значения" in reasons(plant.view(batch)["held_reason"])


def test_value_outside_its_band_is_a_deviation_and_restart_waits_for_it() -> None:
    plant = Plant(phase_scans=30)
    batch = plant.create()
    unit = plant.run_phase("chop", batch)
    plant.set("C201.BatterTemp", 12.6)
    plant.scan()
    plant.scan()
    assert plant.view(batch)["state"] == "running", "for_s is 2 s"
    plant.run("held", batch, 10)
    deviation = plant.batch_events("deviation")[0].data
    assert deviation["tag"] == "C201.BatterTemp"
    assert (deviation["value"], deviation["hi"], deviation["lo"]) == (12.6, 12.0, None)
    answer = plant.order(batch, "restart")
    assert answer["status"] == "refused"
    assert "12,6 °C, нужно не больше 12,0" in reasons(answer["reasons"])
    assert plant.units[unit].state is PhaseState.HELD
    plant.set("C201.BatterTemp", 9.0)
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_broken_core_probe_holds_the_cooking() -> None:
    plant = Plant(phase_scans=30)
    batch = plant.create()
    plant.run_phase("cook", batch)
    plant.set("S401.CoreTemp", 71.0, good=False)
    plant.scan()
    plant.scan()
    assert plant.view(batch)["state"] == "running", "2 s of grace"
    plant.run("held", batch, 10)
    assert plant.batch_events("deviation")[0].data["quality"] == "BadSensorFailure"
    answer = plant.order(batch, "restart")
    assert "нет достоверного значения" in reasons(answer["reasons"])
    plant.set("S401.CoreTemp", 72.4)
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_chamber_may_climb_before_it_is_watched() -> None:
    plant = Plant()
    batch = plant.create()
    plant.units[plant.run_phase("cook", batch)].left = 3000
    plant.set("S401.ChamberTemp", 60.0)
    for _ in range(119):
        plant.scan(step_ns=10 * S)
    assert plant.view(batch)["state"] == "running", "after_s is 1200"
    plant.run("held", batch, 50)
    assert plant.batch_events("deviation")[0].data["tag"] == "S401.ChamberTemp"


def test_cooking_that_ends_too_cold_is_not_passed() -> None:
    plant = Plant()
    batch = plant.create()
    plant.run_phase("cook", batch)
    plant.set("S401.CoreTemp", 70.0)
    plant.run("held", batch)
    assert plant.units["S401"].state is PhaseState.COMPLETE
    plant.set("S401.CoreTemp", 72.1)
    assert plant.order(batch, "restart")["status"] == "refused"
    assert plant.decide(batch, "release")["status"] == "accepted"
    plant.order(batch, "restart")
    plant.run("complete", batch)


def test_cooking_is_repeated_while_the_core_is_too_cold() -> None:
    plant = Plant()
    batch = plant.create()
    plant.run_phase("cook", batch)
    plant.set("S401.CoreTemp", 70.0)
    plant.run("held", batch)
    assert plant.decide(batch, "rework")["status"] == "accepted"
    plant.order(batch, "restart")
    plant.run_phase("cook", batch)
    plant.set("S401.CoreTemp", 72.1)
    plant.run("complete", batch)
    assert [h["phase"] for h in plant.view(batch)["history"]].count("cook") == 2  # type: ignore[union-attr,index]


def test_changed_setpoint_is_a_deviation_and_restart_puts_it_back() -> None:
    plant = Plant(phase_scans=20)
    batch = plant.create()
    plant.run_phase("dry", batch)
    plant.set("S401.SP_Temp", 62.0)
    plant.run("held", batch, 12)
    assert "Изменено задание" in reasons(plant.view(batch)["held_reason"])
    answer = plant.order(batch, "restart")
    assert answer["status"] == "accepted"
    assert plant.get("S401.SP_Temp") == 55.0
    assert plant.writes[-1].origin == answer["id"]
    plant.run("complete", batch)


def test_setpoint_that_will_not_go_back_keeps_the_batch_held() -> None:
    plant = Plant(phase_scans=20)
    batch = plant.create()
    plant.run_phase("dry", batch)
    plant.set("S401.SP_Temp", 62.0)
    plant.run("held", batch, 12)
    plant.write_works = False
    plant.order(batch, "restart")
    plant.run("held", batch, 12)
    assert "Задание не записалось" in reasons(plant.view(batch)["held_reason"])
    assert plant.units["S401"].state is PhaseState.HELD


def test_a_watch_does_not_wait_for_a_clock_that_was_set_back() -> None:
    plant = Plant()
    batch = plant.create()
    plant.units[plant.run_phase("cook", batch)].left = 3000
    plant.set("S401.ChamberTemp", 60.0)
    plant.scan(step_ns=-2 * 3600 * S)
    plant.run("held", batch, 90)
    assert plant.batch_events("deviation")[0].data["tag"] == "S401.ChamberTemp"


def test_a_hold_is_asked_for_again_after_the_clock_was_set_back() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    unit = plant.units[plant.run_phase("grind", batch)]
    unit.answer = "timeout"
    plant.order(batch, "hold")
    asked = len(plant.requests)
    plant.scan(step_ns=-2 * 3600 * S)
    for _ in range(5):
        plant.scan()
    assert len(plant.requests) > asked
    unit.answer = "accept"
    plant.run("held", batch, 10)
