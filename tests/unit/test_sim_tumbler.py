"""The tumbler, and what smokehouses do between batches: preheating, loads that wait for the chiller."""

from __future__ import annotations

import pytest

from line.phases import PhaseState
from simulators.scripted import ScriptedSupervisor
from tests.unit.test_sim_phases import supervised


def test_a_paused_tumbler_stands() -> None:
    supervisor = tumbling()
    assert supervisor.command("T251", "pause") == 0
    supervisor.run(20.0)
    assert supervisor.state("T251") is PhaseState.PAUSED
    assert (supervisor.get("T251.DrumSpeed"), supervisor.get("T251.MotorOn")) == (0.0, 0.0)


def tumbling(meat_kg: float = 120.0) -> ScriptedSupervisor:
    supervisor = supervised(speed=4.0)
    supervisor.line.ledger.ground.put(5, meat_kg, 4.0)
    supervisor.line.ledger.received_kg += meat_kg
    supervisor.phase("T251", 1, {"SP_Brine": 30.0}, 5)
    assert supervisor.command("T251", "start", 2, {"SP_Speed": 12.0, "SP_Vacuum": 90.0, "SP_Time": 1200.0}, 5) == 0
    supervisor.run(120.0)
    return supervisor


def test_tumbler_takes_brine_up_by_turns_warms_and_is_cooled_in_its_rests() -> None:
    supervisor = tumbling()
    get = supervisor.get
    assert get("T251.BrineAdded") == pytest.approx(30.0, abs=0.6)
    assert get("T251.Mass") == pytest.approx(150.0, abs=1.0)
    supervisor.until("T251", PhaseState.COMPLETE, 1300.0)
    supervisor.command("T251", "reset")
    first_kg, warm_c = get("T251.FreeBrine"), get("T251.MeatTemp")
    assert 4.0 < first_kg < 9.0
    supervisor.phase("T251", 3, {"SP_Time": 600.0, "SP_Temp": 3.0}, 5)
    assert get("T251.MeatTemp") < warm_c
    assert get("T251.Turns") == pytest.approx(240.0, rel=0.05), "the drum stands in a rest"
    supervisor.phase("T251", 2, {"SP_Speed": 12.0, "SP_Vacuum": 90.0, "SP_Time": 1200.0}, 5)
    assert 0.1 * first_kg < get("T251.FreeBrine") < 0.35 * first_kg
    supervisor.phase("T251", 4, {}, 5)
    line = supervisor.line
    assert line.ledger.hopper.mass_kg() == pytest.approx(150.0, abs=0.6)
    assert line.ledger.entered_kg() - line.ledger.left_kg() == pytest.approx(line.inventory_kg(), abs=1e-6)


def test_a_weak_vacuum_leaves_brine_free() -> None:
    free: list[float] = []
    for vacuum in (90.0, 20.0):
        supervisor = supervised(speed=4.0)
        supervisor.line.ledger.ground.put(5, 120.0, 4.0)
        supervisor.phase("T251", 1, {"SP_Brine": 30.0}, 5)
        supervisor.phase("T251", 2, {"SP_Speed": 12.0, "SP_Vacuum": vacuum, "SP_Time": 900.0}, 5)
        free.append(supervisor.get("T251.FreeBrine"))
    assert free[1] > 1.5 * free[0]


def test_an_open_lid_holds_the_tumbler() -> None:
    supervisor = tumbling()
    supervisor.line.inject("guard_open", "T251")
    supervisor.step()
    assert supervisor.state("T251") is PhaseState.HOLDING
    supervisor.until("T251", PhaseState.HELD, 5.0)
    assert supervisor.get("T251.MotorOn") == 0.0
    assert supervisor.command("T251", "restart") == 4


def test_preheating_needs_an_empty_chamber_and_counts_no_lethality() -> None:
    supervisor = supervised(speed=4.0)
    ledger = supervisor.line.ledger
    warm = {"SP_Temp": 75.0, "SP_RH": 40.0, "SP_Time": 300.0}
    supervisor.phase("S401", 6, warm, 5)
    assert supervisor.get("S401.ChamberTemp") > 70.0
    assert supervisor.get("S401.F70") == 0.0
    ledger.racks.put(5, 160.0, 12.0, 330.0)
    assert supervisor.command("S401", "start", 4, {"SP_Temp": 78.0, "SP_RH": 98.0, "SP_Core": 72.0}, 5) == 0
    supervisor.run(10.0)
    supervisor.command("S401", "abort")
    supervisor.run(5.0)
    supervisor.command("S401", "reset")
    assert supervisor.command("S401", "start", 6, warm, 6) == 4


def test_a_finished_load_waits_in_its_chamber_for_the_chiller_or_the_next_batch() -> None:
    supervisor = supervised(speed=4.0)
    line = supervisor.line
    line.ledger.racks.put(5, 160.0, 60.0, 330.0)
    supervisor.phase("S401", 5, {"SP_Core": 35.0}, 5)
    assert line.smokehouse1.mass_kg == pytest.approx(160.0, abs=1.0)
    line.ledger.racks.put(6, 150.0, 12.0, 300.0)
    assert supervisor.command("S401", "start", 2, {"SP_Temp": 55.0, "SP_RH": 40.0, "SP_Time": 900.0}, 6) == 0
    assert line.smokehouse1.batch == 6
    assert line.ledger.cooked.mass_kg() == pytest.approx(160.0, abs=1.0)
    assert line.ledger.displaced_kg == 0.0
    assert supervisor.command("H501", "start", 1, {"SP_Air": 0.0, "SP_Core": 8.0}, 5) == 0
    assert line.chiller.batch == 5
