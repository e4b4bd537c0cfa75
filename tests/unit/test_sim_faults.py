"""Every fault of the table is visible where a plant would show it, and gone when it is cleared."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import mean, stdev

import pytest

from line.phases import PhaseState
from line.quality import Status
from simulators import FAULTS, SimLine, build_sausage_line
from simulators.packml import PackmlState
from simulators.scripted import ScriptedSupervisor


def supervised(speed: float = 1.0) -> ScriptedSupervisor:
    supervisor = ScriptedSupervisor(build_sausage_line(seed=2, speed=speed))
    supervisor.step()
    return supervisor


def load_smokehouse(line: SimLine, batch: int = 5) -> None:
    line.ledger.racks.put(batch, 160.0, 12.0, 330.0)
    line.ledger.received_kg += 160.0


def cooking() -> ScriptedSupervisor:
    supervisor = supervised()
    load_smokehouse(supervisor.line)
    assert supervisor.command("S401", "start", 4, {"SP_Temp": 78.0, "SP_RH": 98.0, "SP_Core": 72.0}, 5) == 0
    supervisor.run(300.0)
    return supervisor


def status_of(supervisor: ScriptedSupervisor, tag: str) -> int:
    plc = supervisor.plc(tag)
    _, status = plc.read()
    return int(status[plc.index(tag)])


@pytest.mark.parametrize("tag", FAULTS["sensor_break"].targets)
def test_broken_sensor_reads_bad_and_heals(tag: str) -> None:
    supervisor = supervised()
    supervisor.line.inject("sensor_break", tag)
    supervisor.step()
    assert status_of(supervisor, tag) == int(Status.BAD_SENSOR_FAILURE)
    assert math.isnan(supervisor.get(tag))
    supervisor.line.clear("sensor_break", tag)
    supervisor.step()
    assert status_of(supervisor, tag) == 0
    assert math.isfinite(supervisor.get(tag))


def test_broken_sensor_holds_the_phase_that_needs_it() -> None:
    supervisor = cooking()
    supervisor.line.inject("sensor_break", "S401.CoreTemp")
    supervisor.step()
    assert supervisor.state("S401") is PhaseState.HOLDING
    supervisor.until("S401", PhaseState.HELD, 5.0)
    assert supervisor.get("S401.SteamValve") == 0.0
    assert supervisor.command("S401", "restart") == 4
    supervisor.line.clear_all()
    assert supervisor.command("S401", "restart") == 0
    supervisor.until("S401", PhaseState.RUNNING, 5.0)


def test_broken_scale_is_not_ok() -> None:
    supervisor = supervised()
    supervisor.line.inject("sensor_break", "R101.Weight")
    supervisor.step()
    assert supervisor.get("R101.ScaleOk") == 0.0
    assert supervisor.command("R101", "start", 1, {"SP_Mass": 50.0}, 1) == 4
    supervisor.line.clear_all()
    assert supervisor.get("R101.ScaleOk") == 1.0


def test_frozen_sensor_shows_one_value_good() -> None:
    supervisor = cooking()
    supervisor.line.inject("freeze", "S401.ChamberTemp", 55.0)
    values = set()
    for _ in range(20):
        supervisor.step()
        values.add(supervisor.get("S401.ChamberTemp"))
    assert values == {55.0}
    assert status_of(supervisor, "S401.ChamberTemp") == 0


def test_drifting_sensor_leaves_the_truth_at_its_rate() -> None:
    supervisor = supervised()
    true_c = supervisor.get("H501.AirTemp")
    supervisor.line.inject("drift", "H501.CoreTemp", 3.0)
    supervisor.run(120.0)
    assert supervisor.get("H501.CoreTemp") - true_c == pytest.approx(6.0, abs=1.5)


def test_noisy_sensor_scatters_about_the_truth_and_the_process_does_not_notice() -> None:
    quiet, noisy = supervised(), supervised()
    noisy.line.inject("noise", "H501.CoreTemp", 2.0)
    errors_c: list[float] = []
    for _ in range(1000):
        quiet.step()
        noisy.step()
        errors_c.append(noisy.get("H501.CoreTemp") - quiet.get("H501.CoreTemp"))
    assert abs(mean(errors_c)) < 0.3
    assert stdev(errors_c) == pytest.approx(2.0, rel=0.1)
    assert noisy.get("H501.AirTemp") == quiet.get("H501.AirTemp")
    noisy.line.clear("noise", "H501.CoreTemp")
    quiet.step()
    noisy.step()
    assert noisy.get("H501.CoreTemp") == quiet.get("H501.CoreTemp")


def test_stuck_valve_no_longer_follows() -> None:
    supervisor = cooking()
    supervisor.line.inject("stuck_valve", "S401.SteamValve", 5.0)
    supervisor.run(60.0)
    assert supervisor.get("S401.SteamValveFb") == 5.0
    assert supervisor.get("S401.SteamValve") > 30.0


@pytest.mark.parametrize(
    ("unit", "tag"),
    [
        *((u, "MotorTrip") for u in ("G101", "C201", "T251", "F301")),
        *((u, "FanTrip") for u in ("S401", "S402", "H501")),
    ],
)
def test_tripped_motor_stays_tripped_until_cleared(unit: str, tag: str) -> None:
    supervisor = supervised()
    supervisor.line.inject("motor_trip", unit)
    supervisor.run(30.0)
    assert supervisor.get(f"{unit}.{tag}") == 1.0
    assert supervisor.command(unit, "start", 1, {}, 1) == 4
    supervisor.line.clear("motor_trip", unit)
    assert supervisor.get(f"{unit}.{tag}") == 0.0


def test_open_door_holds_the_smokehouse_and_lets_the_heat_out() -> None:
    supervisor = cooking()
    hot_c = supervisor.get("S401.ChamberTemp")
    supervisor.line.inject("door_open", "S401")
    supervisor.run(60.0)
    assert supervisor.get("S401.DoorClosed") == 0.0
    assert supervisor.state("S401") is PhaseState.HELD
    assert supervisor.get("S401.ChamberTemp") < hot_c - 15.0


def test_open_door_warms_the_chiller_and_forbids_start_only() -> None:
    supervisor = supervised()
    before_c = supervisor.get("H501.AirTemp")
    supervisor.line.inject("door_open", "H501")
    supervisor.line.ledger.cooked.put(5, 100.0, 35.0, 200.0)
    supervisor.run(120.0)
    assert supervisor.get("H501.AirTemp") > before_c + 1.0
    assert supervisor.command("H501", "start", 1, {"SP_Air": 1.0, "SP_Core": 8.0}, 5) == 4
    supervisor.line.clear_all()
    assert supervisor.command("H501", "start", 1, {"SP_Air": 1.0, "SP_Core": 8.0}, 5) == 0
    supervisor.line.inject("door_open", "H501")
    supervisor.run(5.0)
    assert supervisor.state("H501") is PhaseState.RUNNING


def running_grinder() -> ScriptedSupervisor:
    supervisor = supervised()
    supervisor.phase("R101", 1, {"SP_Mass": 140.0}, 5)
    assert supervisor.command("G101", "start", 1, {"SP_Feed": 2000.0}, 5) == 0
    supervisor.run(20.0)
    assert supervisor.get("G101.MotorOn") == 1.0
    return supervisor


def running_filler() -> ScriptedSupervisor:
    supervisor = supervised()
    supervisor.line.ledger.hopper.put(5, 150.0, 10.0)
    assert supervisor.command("F301", "start", 1, {"SP_Vacuum": -0.9, "SP_Portion": 500.0, "SP_Rate": 50.0}, 5) == 0
    supervisor.run(20.0)
    return supervisor


def running_packer() -> ScriptedSupervisor:
    supervisor = supervised()
    supervisor.line.ledger.chilled.put(5, 150.0, 6.0, 320.0)
    assert supervisor.command("P601", "start", 1, {"SP_Speed": 42.0}, 5) == 0
    supervisor.run(20.0)
    return supervisor


LOCAL_INTERLOCKS: list[tuple[Callable[[], ScriptedSupervisor], str, str, str, str]] = [
    (running_grinder, "G101", "guard_open", "G101", "GuardClosed"),
    (running_grinder, "G101", "motor_trip", "G101", "MotorTrip"),
    (running_grinder, "G101", "estop", "plc1", ""),
    (running_filler, "F301", "casing_out", "F301", "CasingOk"),
    (running_packer, "P601", "film_out", "P601", "FilmOk"),
    (running_packer, "P601", "estop", "plc2", ""),
]


@pytest.mark.parametrize(("build", "unit", "fault", "target", "flag"), LOCAL_INTERLOCKS)
def test_local_interlock_holds_and_restart_waits_for_it(
    build: Callable[[], ScriptedSupervisor], unit: str, fault: str, target: str, flag: str
) -> None:
    supervisor = build()
    healthy = supervisor.get(f"{unit}.{flag}") if flag else 1.0
    supervisor.line.inject(fault, target)
    if flag:
        assert supervisor.get(f"{unit}.{flag}") != healthy
    supervisor.step()
    assert supervisor.state(unit) is PhaseState.HOLDING
    supervisor.until(unit, PhaseState.HELD, 20.0)
    for motor in ("G101.MotorOn", "F301.MotorOn"):
        assert supervisor.get(motor) == 0.0
    assert supervisor.command(unit, "restart") == 4
    supervisor.line.clear(fault, target)
    assert supervisor.command(unit, "restart") == 0
    supervisor.until(unit, PhaseState.RUNNING, 20.0)


def test_film_out_holds_the_packml_machine() -> None:
    supervisor = running_packer()
    supervisor.line.inject("film_out", "P601")
    supervisor.run(20.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.HELD
    assert supervisor.get("P601.StopReason") == 2.0


def test_steam_loss_lowers_the_pressure() -> None:
    supervisor = supervised(speed=4.0)
    assert supervisor.get("Util.SteamPressure") == pytest.approx(4.0, abs=0.2)
    supervisor.line.inject("steam_loss", "Util")
    supervisor.run(180.0)
    assert supervisor.get("Util.SteamPressure") < 1.0
    supervisor.line.clear_all()
    supervisor.run(180.0)
    assert supervisor.get("Util.SteamPressure") == pytest.approx(4.0, abs=0.2)


def test_dropped_link_refuses_writes_in_memory() -> None:
    line = build_sausage_line(seed=1)
    plc = line.plcs["plc1"]
    line.inject("link_drop", "plc1")
    assert not plc.link_up
    assert line.plcs["plc2"].link_up
    assert plc.write(plc.index("R101.SP_Mass"), 5.0) == int(Status.BAD_NO_COMMUNICATION)
    line.clear_all()
    assert plc.link_up


def test_slow_answers_set_the_delay() -> None:
    line = build_sausage_line(seed=1)
    line.inject("slow_answers", "plc2")
    assert line.plcs["plc2"].answer_delay_ms == 300.0
    line.inject("slow_answers", "plc2", 50.0)
    assert line.plcs["plc2"].answer_delay_ms == 50.0
    line.clear("slow_answers", "plc2")
    assert line.plcs["plc2"].answer_delay_ms == 0.0


def test_unknown_faults_and_targets_are_listed() -> None:
    line = build_sausage_line(seed=1)
    with pytest.raises(ValueError, match=r"gremlins.*sensor_break.*estop"):
        line.inject("gremlins", "S401")
    with pytest.raises(ValueError, match=r"cannot be aimed at 'R101'.*S401.*S402"):
        line.inject("door_open", "R101")
    with pytest.raises(ValueError, match="finite"):
        line.inject("drift", "S401.CoreTemp", math.inf)
    with pytest.raises(ValueError):
        line.clear("door_open", "nowhere")
    assert line.faults() == ()


def test_every_fault_can_be_injected_and_cleared_everywhere() -> None:
    line = build_sausage_line(seed=1)
    healthy = [list(p.statuses) for p in line.plcs.values()]
    for fault in FAULTS.values():
        for target in fault.targets:
            line.inject(fault.name, target)
            line.step()
    assert len(line.faults()) == sum(len(f.targets) for f in FAULTS.values())
    line.clear_all()
    line.step()
    assert line.faults() == ()
    assert [list(p.statuses) for p in line.plcs.values()] == healthy
    assert all(p.link_up and p.answer_delay_ms == 0.0 for p in line.plcs.values())
    plc1, plc2 = line.plcs["plc1"], line.plcs["plc2"]
    assert plc1.values[plc1.index("G101.GuardClosed")] == plc2.values[plc2.index("S401.DoorClosed")] == 1.0
