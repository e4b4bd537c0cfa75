"""Phase logic of the simulated PLCs: the table, the handshake, the watchdog, PackML."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.phases import PHASE_COMMANDS, PHASE_TABLE, PhaseState
from line.quality import Status
from simulators import build_sausage_line
from simulators.packml import PACKML_COMMANDS, PACKML_TABLE, PackmlMachine, PackmlState
from simulators.plc import BAD_NOT_WRITABLE
from simulators.scripted import DOKTORSKAYA, ScriptedSupervisor

UNITS: tuple[str, ...] = ("R101", "G101", "C201", "T251", "F301", "S401", "S402", "H501", "P601")


def supervised(seed: int = 1, cycle_ms: int = 250, speed: float = 1.0) -> ScriptedSupervisor:
    supervisor = ScriptedSupervisor(build_sausage_line(seed=seed, cycle_ms=cycle_ms, speed=speed))
    supervisor.step()
    return supervisor


def weighing(seed: int = 1) -> ScriptedSupervisor:
    supervisor = supervised(seed)
    assert supervisor.command("R101", "start", 1, {"SP_Mass": 140.0}, 5) == 0
    return supervisor


COMMANDS = st.tuples(
    st.sampled_from(UNITS),
    st.integers(0, 9),
    st.integers(0, 6),
    st.sampled_from([0, 5, 6]),
    st.integers(0, 12),
    st.sampled_from(["", "", "door_open", "motor_trip", "film_out", "estop", "clear"]),
)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(COMMANDS, max_size=25))
def test_random_commands_never_leave_the_tables(script: list[tuple[str, int, int, int, int, str]]) -> None:
    supervisor = supervised(cycle_ms=250, speed=4.0)
    line = supervisor.line
    requests: dict[str, int] = dict.fromkeys(UNITS, 0)
    reachable = {s: {s, *PHASE_TABLE[s].values()} for s in PHASE_TABLE}
    machine_reachable = {s: {s, *PACKML_TABLE[s].values()} for s in PACKML_TABLE}
    for unit, command, phase, batch, cycles, fault in script:
        if fault == "clear":
            line.clear_all()
        elif fault:
            line.inject(fault, {"door_open": "S401", "motor_trip": "G101", "film_out": "P601", "estop": "plc1"}[fault])
        requests[unit] += 1
        for word, value in (("PhId", phase), ("PhCmd", command), ("BatchNo", batch), ("PhReq", requests[unit])):
            assert supervisor.put(f"{unit}.{word}", value) == 0
        for _ in range(cycles + 1):
            before = {u: supervisor.state(u) for u in UNITS}
            machine_before = PackmlState(int(supervisor.get("P601.StateCurrent")))
            supervisor.step()
            for u in UNITS:
                after = supervisor.state(u)
                # One cycle holds at most one judged command and one transition of the unit's own.
                assert any(after in reachable[middle] for middle in reachable[before[u]]), (u, before[u], after)
            machine_after = PackmlState(int(supervisor.get("P601.StateCurrent")))
            steps = {s for m in machine_reachable[machine_before] for n in machine_reachable[m] for s in machine_reachable[n]}
            assert machine_after in steps
        assert supervisor.get(f"{unit}.PhAck") == requests[unit]
    ledger = line.ledger
    assert ledger.entered_kg() - ledger.left_kg() == pytest.approx(line.inventory_kg(), abs=1e-6)


def test_each_request_is_judged_exactly_once() -> None:
    supervisor = weighing()
    assert supervisor.state("R101") is PhaseState.RUNNING
    supervisor.put("R101.PhCmd", PHASE_COMMANDS["hold"])
    supervisor.run(2.0)
    assert supervisor.state("R101") is PhaseState.RUNNING, "a command without a new request number does nothing"
    supervisor.put("R101.PhReq", 0)
    supervisor.run(2.0)
    assert supervisor.state("R101") is PhaseState.RUNNING, "0 is no request number"
    supervisor.put("R101.PhReq", 900)
    supervisor.step()
    assert supervisor.state("R101") is PhaseState.HOLDING
    supervisor.until("R101", PhaseState.HELD, 5.0)
    supervisor.put("R101.PhCmd", PHASE_COMMANDS["restart"])
    supervisor.run(3.0)
    assert supervisor.state("R101") is PhaseState.HELD
    assert supervisor.get("R101.PhAck") == 900


def test_refusals_carry_their_number() -> None:
    supervisor = supervised()
    assert supervisor.command("R101", "hold") == 1
    assert supervisor.command("R101", "start", 7) == 2
    assert supervisor.command("R101", "start", 1, {"SP_Mass": 501.0}) == 3
    assert supervisor.command("R101", "start", 1, {"SP_Mass": math.nan}) == 3
    assert supervisor.command("G101", "start", 1, {"SP_Feed": 2000.0}, 5) == 5
    for unit, phase in (
        ("C201", 1),
        ("C201", 2),
        ("C201", 3),
        ("T251", 1),
        ("T251", 2),
        ("F301", 1),
        ("S401", 1),
        ("S402", 5),
        ("H501", 1),
        ("P601", 1),
    ):
        assert supervisor.command(unit, "start", phase, {}, 5) == 5, unit
    supervisor.line.inject("guard_open", "G101")
    assert supervisor.command("G101", "start", 1, {"SP_Feed": 2000.0}, 5) == 4
    assert all(supervisor.state(u) is PhaseState.IDLE for u in UNITS)


def test_unknown_command_word_is_a_wrong_state() -> None:
    supervisor = supervised()
    for number in (0, 9, 65535):
        supervisor.put("R101.PhCmd", number)
        supervisor.put("R101.PhReq", 100 + number % 1000)
        supervisor.step()
        assert supervisor.get("R101.PhRes") == 1


def test_parameters_are_taken_over_live_but_only_inside_their_limits() -> None:
    supervisor = weighing()
    program = supervisor.line.programs["R101"]
    supervisor.put("R101.SP_Mass", 60.0)
    supervisor.step()
    assert program.sp["SP_Mass"] == 60.0
    supervisor.put("R101.SP_Mass", 9000.0)
    supervisor.step()
    assert program.sp["SP_Mass"] == 60.0
    supervisor.until("R101", PhaseState.COMPLETE, 120.0)
    assert supervisor.get("R101.Charged") == pytest.approx(60.0, abs=1.0)


def test_hold_is_safe_keeps_what_was_done_and_restart_goes_on() -> None:
    supervisor = weighing()
    supervisor.run(20.0)
    before = supervisor.get("R101.Weight")
    assert supervisor.command("R101", "hold") == 0
    supervisor.run(10.0)
    assert supervisor.state("R101") is PhaseState.HELD
    held = supervisor.get("R101.Weight")
    assert held == pytest.approx(before, abs=4.0)
    supervisor.run(30.0)
    assert supervisor.get("R101.Weight") == pytest.approx(held, abs=0.5)
    assert supervisor.command("R101", "restart") == 0
    supervisor.until("R101", PhaseState.COMPLETE, 120.0)
    assert supervisor.get("R101.Charged") == pytest.approx(140.0, abs=1.0)
    assert supervisor.get("R101.PhDone") == 100.0


def test_pause_keeps_what_was_done_and_resume_goes_on_at_once() -> None:
    supervisor = weighing()
    supervisor.run(20.0)
    assert supervisor.command("R101", "resume") == 1
    assert supervisor.command("R101", "pause") == 0
    supervisor.until("R101", PhaseState.PAUSED, 5.0)
    assert supervisor.command("R101", "pause") == 1
    before_s, before_kg = supervisor.get("R101.PhTime"), supervisor.get("R101.Weight")
    supervisor.run(30.0)
    assert supervisor.get("R101.PhTime") == before_s
    assert supervisor.get("R101.Weight") == pytest.approx(before_kg, abs=0.5)
    assert supervisor.command("R101", "resume") == 0
    assert supervisor.state("R101") is PhaseState.RUNNING
    supervisor.until("R101", PhaseState.COMPLETE, 120.0)
    assert supervisor.get("R101.Charged") == pytest.approx(140.0, abs=1.0)


def test_a_paused_phase_is_held_by_its_interlock_and_not_resumed_against_it() -> None:
    supervisor = supervised()
    supervisor.line.ledger.racks.put(5, 160.0, 12.0, 330.0)
    assert supervisor.command("S401", "start", 2, {"SP_Temp": 55.0, "SP_RH": 40.0, "SP_Time": 1200.0}, 5) == 0
    supervisor.run(900.0)
    assert supervisor.command("S401", "pause") == 0
    supervisor.until("S401", PhaseState.PAUSED, 5.0)
    warm_c = supervisor.get("S401.ChamberTemp")
    supervisor.run(600.0)
    assert supervisor.get("S401.ChamberTemp") == pytest.approx(max(warm_c, 54.0), abs=4.0), "a paused chamber keeps its climate"
    supervisor.line.inject("door_open", "S401")
    supervisor.step()
    assert supervisor.state("S401") is PhaseState.HOLDING
    assert supervisor.get("S401.PhTime") <= 905.0
    supervisor.until("S401", PhaseState.HELD, 5.0)
    assert supervisor.get("S401.SteamValve") == 0.0


def test_a_paused_packer_holds_its_machine() -> None:
    supervisor = packing()
    assert supervisor.command("P601", "pause") == 0
    supervisor.until("P601", PhaseState.PAUSED, 20.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.HELD
    assert supervisor.command("P601", "resume") == 0
    supervisor.run(15.0)
    assert supervisor.state("P601") is PhaseState.RUNNING
    assert supervisor.get("P601.StateCurrent") in (PackmlState.EXECUTE, PackmlState.SUSPENDED, PackmlState.SUSPENDING)


@pytest.mark.parametrize(("word", "end"), [("stop", PhaseState.STOPPED), ("abort", PhaseState.ABORTED)])
def test_stop_and_abort_end_and_reset_returns_to_idle(word: str, end: PhaseState) -> None:
    supervisor = weighing()
    assert supervisor.command("R101", word) == 0
    supervisor.until("R101", end, 5.0)
    assert supervisor.command("R101", "restart") == 1
    assert supervisor.command("R101", "reset") == 0
    assert supervisor.state("R101") is PhaseState.IDLE
    assert supervisor.get("R101.PhAct") == 0


def test_watchdog_holds_after_ten_seconds_of_control_time_and_life_returns() -> None:
    supervisor = weighing()
    line = supervisor.line
    for _ in range(39):
        line.step()
    assert supervisor.get("PLC1.SupOk") == 1.0
    assert supervisor.state("R101") is PhaseState.RUNNING
    for _ in range(8):
        line.step()
    assert supervisor.get("PLC1.SupOk") == 0.0
    assert supervisor.get("PLC2.SupOk") == 0.0
    assert supervisor.state("R101") in (PhaseState.HOLDING, PhaseState.HELD)
    for _ in range(12):
        line.step()
    assert supervisor.state("R101") is PhaseState.HELD
    supervisor.run(2.0)
    assert supervisor.get("PLC1.SupOk") == 1.0
    assert supervisor.state("R101") is PhaseState.HELD, "the PLC waits for Restart"
    assert supervisor.command("R101", "restart") == 0
    supervisor.until("R101", PhaseState.COMPLETE, 200.0)


def test_watchdog_counts_control_time_not_plant_time() -> None:
    supervisor = supervised(speed=20.0)
    for _ in range(39):
        supervisor.line.step()
    assert supervisor.get("PLC1.SupOk") == 1.0


def test_start_is_refused_until_a_supervisor_was_seen() -> None:
    line = build_sausage_line(seed=1)
    plc = line.plcs["plc1"]
    for tag, value in (("PhId", 1.0), ("PhCmd", 1.0), ("BatchNo", 1.0), ("PhReq", 1.0)):
        assert plc.write(plc.index(f"R101.{tag}"), value) == 0
    line.step()
    assert plc.values[plc.index("R101.PhRes")] == 4.0
    assert plc.values[plc.index("PLC1.SupOk")] == 0.0
    plc.write(plc.index("PLC1.SupHeartbeat"), 1.0)
    line.step()
    assert plc.values[plc.index("PLC1.SupOk")] == 1.0


def test_memory_interface_answers_writes_with_opc_ua_codes() -> None:
    plc = build_sausage_line(seed=1).plcs["plc1"]
    index = int(plc.bind(["hr:143:uint16"])[0])
    assert plc.write(index, 65535.0) == int(Status.GOOD)
    assert plc.write(index, 65536.0) == int(Status.BAD_OUT_OF_RANGE)
    assert plc.write(index, math.nan) == int(Status.BAD_OUT_OF_RANGE)
    assert plc.write(int(plc.bind(["ir:100:float32"])[0]), 1.0) == BAD_NOT_WRITABLE
    with pytest.raises(KeyError, match="ir:9999:float32"):
        plc.bind(["ir:100:float32", "ir:9999:float32"])


def test_packml_machine_follows_its_table() -> None:
    machine = PackmlMachine()
    for word, state in (("reset", PackmlState.RESETTING), ("done", PackmlState.IDLE), ("start", PackmlState.STARTING)):
        assert machine.command(word)
        assert machine.state is state
    assert not machine.command("reset")
    machine.advance(60.0)
    assert machine.state is PackmlState.EXECUTE
    assert set(PACKML_TABLE) == set(PackmlState)
    assert {w for row in PACKML_TABLE.values() for w in row} == {*PACKML_COMMANDS.values(), "done"}
    for state in (PackmlState.STOPPED, PackmlState.STOPPING, PackmlState.CLEARING, PackmlState.ABORTING, PackmlState.ABORTED):
        assert "stop" not in PACKML_TABLE[state]
    for state in PackmlState:
        assert ("abort" in PACKML_TABLE[state]) is (state not in (PackmlState.ABORTING, PackmlState.ABORTED))


def packing(pieces: float = 400.0) -> ScriptedSupervisor:
    supervisor = supervised()
    line = supervisor.line
    line.ledger.chilled.put(5, pieces * 0.47, 6.0, pieces)
    line.ledger.received_kg += pieces * 0.47
    assert supervisor.command("P601", "start", 1, {"SP_Speed": 42.0}, 5) == 0
    supervisor.run(15.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.EXECUTE
    return supervisor


def test_pack_drives_the_packml_machine() -> None:
    supervisor = packing()
    assert supervisor.state("P601") is PhaseState.RUNNING
    assert supervisor.command("P601", "hold") == 0
    supervisor.until("P601", PhaseState.HELD, 20.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.HELD
    assert supervisor.command("P601", "restart") == 0
    supervisor.until("P601", PhaseState.RUNNING, 20.0)
    assert supervisor.get("P601.StateCurrent") in (PackmlState.EXECUTE, PackmlState.SUSPENDED, PackmlState.SUSPENDING)
    assert supervisor.command("P601", "abort") == 0
    supervisor.until("P601", PhaseState.ABORTED, 20.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.ABORTED
    assert supervisor.command("P601", "reset") == 0
    supervisor.run(10.0)
    assert supervisor.get("P601.StateCurrent") == PackmlState.IDLE
    assert supervisor.command("P601", "start", 1, {"SP_Speed": 42.0}, 5) == 0
    supervisor.until("P601", PhaseState.COMPLETE, 1500.0)
    assert supervisor.get("P601.PackCount") + supervisor.get("P601.RejectCount") == pytest.approx(400.0)


def test_starved_packer_is_suspended_and_its_phase_stays_running() -> None:
    supervisor = packing()
    supervisor.line.packer._gap_s = 90.0
    seen: set[PackmlState] = set()
    for _ in range(800):
        supervisor.step()
        seen.add(PackmlState(int(supervisor.get("P601.StateCurrent"))))
        assert supervisor.state("P601") is PhaseState.RUNNING
    wanted = {PackmlState.SUSPENDING, PackmlState.SUSPENDED, PackmlState.UNSUSPENDING, PackmlState.EXECUTE}
    assert wanted <= seen


def test_packml_commands_work_directly_when_no_phase_runs() -> None:
    supervisor = supervised()
    for number, state in ((1, PackmlState.IDLE), (2, PackmlState.COMPLETED), (8, PackmlState.ABORTED), (9, PackmlState.STOPPED)):
        supervisor.put("P601.CntrlCmd", number)
        supervisor.put("P601.CmdChangeRequest", 1.0)
        supervisor.run(12.0)
        assert supervisor.get("P601.CmdChangeRequest") == 0.0
        assert supervisor.get("P601.StateCurrent") == state


def test_every_phase_of_the_script_is_known_to_its_unit() -> None:
    line = build_sausage_line(seed=1)
    for unit, phase, parameters in DOKTORSKAYA:
        assert set(parameters) == set(line.programs[unit].PHASES[phase].parameters)
