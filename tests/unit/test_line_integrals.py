"""Lethality and pasteurisation units: against published tables, and honest about everything that was not measured."""

from __future__ import annotations

import json
import math
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.expr import ExpressionError
from line.integrals import Integral, IntegralStage, IntegralState, is_integral, parse_integral, reads
from line.phases import PhaseState
from line.quality import Status
from line.scan import ScanPlan
from line.stage import Scan
from line.tags import CALC_DEVICE, TagKind, TagTable
from potok.build import check_pace
from potok.linefolder import find_folder, load_line
from potok.serve import engine_arguments
from simulators import build_sausage_line
from simulators.scripted import DOKTORSKAYA, ScriptedSupervisor
from tests.builders import T0_NS, S, snapshot, tag
from tests.unit.line_kit import EXTRA_ROWS, PERIOD_NS, Rig, load, oven_csv, sausage

MIN = 60 * S
GAP_NS = 30 * S
GOOD = int(Status.GOOD)
STANDS = int(Status.UNCERTAIN_LAST_USABLE_VALUE)
BROKEN = int(Status.BAD_SENSOR_FAILURE)
F70 = "lethality(T, 70, 10, 55, No)"


def tags(address: str = F70, eu: str = "min") -> TagTable:
    return TagTable(
        [
            tag("T", 0, eu="°C", lo=-10, hi=200),
            tag("No", 1, lo=0, hi=65_535),
            tag("F", 2, device=CALC_DEVICE, address=address, eu=eu, lo=0),
            tag("K", 3, eu="K", lo=0, hi=500),
            tag("Name", 4, kind=TagKind.STRING),
        ]
    )


def integral(address: str = F70, eu: str = "min") -> Integral:
    table = tags(address, eu)
    return parse_integral(table[2], table)


class Line:
    """The stage with one integral; every scan is an image of its own."""

    def __init__(self, address: str = F70, eu: str = "min") -> None:
        self.tags = tags(address, eu)
        self.stage = IntegralStage([parse_integral(self.tags[2], self.tags)], GAP_NS)
        self.state: IntegralState = self.stage.initial()
        self.now_ns = T0_NS
        self.published: list[tuple[int, float, int]] = []

    def scan(
        self, temperature: float, after_ns: int = S, number: float = 1001, bad: Sequence[str] = (), code: int = BROKEN
    ) -> IntegralState:
        self.now_ns += after_ns
        status = dict.fromkeys(bad, code)
        image = snapshot(self.tags, {"T": temperature, "No": number}, now_ns=self.now_ns, status=status)
        scan = Scan(self.now_ns, image)
        before, self.state = self.state, self.stage.step(self.state, scan)
        self.published = scan.published
        assert self.state is before or self.state != before, "the same object when nothing changed"
        return self.state

    def keep(self, temperature: float, minutes: float, step_ns: int = S) -> float:
        """Hold a temperature for so long from now; the sum then."""
        self.scan(temperature, step_ns)
        for _ in range(round(minutes * MIN / step_ns)):
            self.scan(temperature, step_ns)
        return self.total

    @property
    def total(self) -> float:
        return self.state.sums[0]

    @property
    def shown(self) -> tuple[float, int]:
        """Value and status that were published."""
        ((handle, value, status),) = self.published
        assert handle == 2
        return value, status


# Published tables


def test_ten_minutes_at_72_degrees_are_f70_of_15_8() -> None:
    assert Line().keep(72.0, 10) == pytest.approx(15.8, abs=0.05)


def test_the_reference_temperature_counts_minute_for_minute() -> None:
    assert Line().keep(70.0, 30) == pytest.approx(30.0)


FSIS_1999_APPENDIX_A = {
    54.4: 112, 55.0: 89, 55.6: 71, 56.1: 56, 56.7: 45, 57.2: 36, 57.8: 28, 58.4: 23, 58.9: 18, 59.5: 15, 60.0: 12, 60.6: 9,
    61.1: 8, 61.7: 6, 62.2: 5, 62.8: 4,
}  # fmt: skip
"""°C → minutes for 6.5 log reductions of Salmonella in cooked beef, in whole minutes; z 5.7 K fits it."""


@pytest.mark.parametrize(("temperature", "minutes"), FSIS_1999_APPENDIX_A.items())
def test_every_row_of_the_salmonella_table_is_worth_twelve_minutes_at_60(temperature: float, minutes: float) -> None:
    total = Line("lethality(T, 60, 5.7, 50, No)").keep(temperature, minutes)
    rounding = 1.0 / minutes
    assert total == pytest.approx(12.0, rel=0.05 + rounding)


def test_seventy_degrees_are_immediate_for_salmonella() -> None:
    seconds = 60.0 * 12.0 / Line("lethality(T, 60, 5.7, 50, No)").keep(70.0, 1.0)
    assert seconds < 15.0


LISTERIA_6_LOG = {60.0: 45.0, 65.0: 10.0, 70.0: 2.0, 75.0: 0.5, 80.0: 0.1}
"""°C → minutes, z 7.5 K, rounded up: each is at least two minutes at 70 °C."""


@pytest.mark.parametrize(("temperature", "minutes"), LISTERIA_6_LOG.items())
def test_every_row_of_the_listeria_table_is_at_least_two_minutes_at_70(temperature: float, minutes: float) -> None:
    total = Line("lethality(T, 70, 7.5, 55, No)").keep(temperature, minutes)
    assert 2.0 - 1e-9 <= total <= 2.4


LETHAL_RATES_121 = {
    101.1: 0.010, 106.1: 0.032, 111.1: 0.100, 113.1: 0.158, 115.1: 0.251, 116.1: 0.316, 118.1: 0.501, 119.1: 0.631,
    120.1: 0.794, 121.1: 1.000, 122.1: 1.259, 124.1: 1.995, 126.1: 3.162, 131.1: 10.000,
}  # fmt: skip
"""°C → minutes at 121.1 °C that a minute there is worth, z 10 K: the lethal rates of canned food."""


@pytest.mark.parametrize(("temperature", "rate"), LETHAL_RATES_121.items())
def test_the_lethal_rates_of_canned_food(temperature: float, rate: float) -> None:
    assert Line("lethality(T, 121.1, 10, 90, No)").keep(temperature, 1) == pytest.approx(rate, abs=0.0006)


def test_the_botulinum_cook_is_f0_of_2_52_minutes() -> None:
    assert Line("lethality(T, 121.1, 10, 90, No)").keep(121.1, 12 * 0.21, step_ns=S // 5) == pytest.approx(2.52)


PU_PER_MINUTE = {56.0: 0.266, 58.0: 0.515, 60.0: 1.0, 61.0: 1.393, 62.0: 1.940, 64.0: 3.765, 66.0: 7.306, 68.0: 14.18, 70.0: 27.5}


@pytest.mark.parametrize(("temperature", "units"), PU_PER_MINUTE.items())
def test_pasteurisation_units(temperature: float, units: float) -> None:
    assert Line("pasteurisation(T, No)", "PU").keep(temperature, 1) == pytest.approx(units, rel=2e-3)


def test_pasteurisation_units_count_above_50_degrees_only() -> None:
    assert Line("pasteurisation(T, No)", "PU").keep(50.0, 10) == 0.0
    assert Line("pasteurisation(T, No)", "PU").keep(50.01, 10) == pytest.approx(10 * 1.393**-9.99)


def test_a_heating_curve_is_summed_step_by_step() -> None:
    """45 to 75 °C in 30 min, z 10, from 55: the closed form of the integral of an exponential."""
    line = Line()
    for second in range(30 * 60 + 1):
        line.scan(45.0 + 30.0 * second / 1800.0)
    exact = (10.0**0.5 - 10.0**-1.5) * 10.0 / math.log(10.0)  # minutes: 1 K per minute
    assert line.total == pytest.approx(exact, rel=3e-3)
    assert line.total < exact, "the lower end of every interval counts"


def test_the_period_of_the_scan_does_not_matter() -> None:
    sums = [Line().keep(71.3, 10, step_ns=step) for step in (S // 10, S // 4, S, 10 * S)]
    assert sums == pytest.approx([sums[0]] * 4)


def test_below_the_start_nothing_is_counted() -> None:
    line = Line()
    assert line.keep(54.99, 60) == 0.0
    assert line.shown == (0.0, GOOD)


# What was not measured


def test_a_broken_sensor_keeps_the_value_is_uncertain_and_the_gap_is_never_added() -> None:
    line = Line()
    before = line.keep(70.0, 5)
    for _ in range(600):
        line.scan(70.0, bad=["T"])
        assert line.shown == (before, STANDS)
    line.scan(70.0)
    assert line.shown == (before, GOOD), "the first Good value ends no interval that was measured"
    line.scan(70.0)
    assert line.total == pytest.approx(before + 1 / 60)


@pytest.mark.parametrize("code", [Status.UNCERTAIN_SENSOR_NOT_ACCURATE, Status.UNCERTAIN_LAST_USABLE_VALUE, Status.BAD_TIMEOUT])
def test_uncertain_is_not_good(code: Status) -> None:
    line = Line()
    before = line.keep(70.0, 1)
    line.scan(70.0, bad=["T"], code=code)
    assert line.shown == (before, STANDS)


def test_a_single_bad_scan_loses_both_of_its_intervals() -> None:
    line = Line()
    line.keep(70.0, 1)
    line.scan(70.0, bad=["T"])
    line.scan(70.0)
    line.scan(70.0)
    assert line.total == pytest.approx(1.0 + 1 / 60)


@pytest.mark.parametrize("after_ns", [-3600 * S, GAP_NS + 1, 3600 * S, 0])
def test_a_jump_of_the_clock_adds_nothing(after_ns: int) -> None:
    line = Line()
    before = line.keep(70.0, 1)
    line.scan(70.0, after_ns)
    assert line.total == before
    line.scan(70.0)
    assert line.total == pytest.approx(before + 1 / 60), "and it goes on by the new clock"


def test_a_restart_of_the_engine_adds_nothing_and_loses_nothing_saved() -> None:
    line = Line()
    before = line.keep(70.0, 1)
    saved = json.loads(json.dumps(line.stage.save(line.state)))
    line.state = line.stage.restore(saved, line.now_ns)
    line.scan(70.0, S)
    assert line.shown == (before, GOOD)
    line.scan(70.0, S)
    assert line.total == pytest.approx(before + 1 / 60)


def test_after_a_restart_the_value_is_shown_as_the_last_usable_until_the_sensor_is_good() -> None:
    line = Line()
    before = line.keep(70.0, 1)
    line.state = line.stage.restore(line.stage.save(line.state), line.now_ns)
    line.scan(70.0, bad=["T", "No"], code=int(Status.BAD_WAITING_FOR_INITIAL_DATA))
    assert line.shown == (before, STANDS)


def test_a_value_outside_the_range_of_its_tag_is_not_measured() -> None:
    line = Line()
    before = line.keep(70.0, 1)
    line.scan(250.0)
    assert line.shown == (before, STANDS)


# Starting from zero


def test_another_batch_starts_from_zero() -> None:
    line = Line()
    line.keep(70.0, 3)
    line.scan(70.0, number=1002)
    assert line.shown == (0.0, GOOD)
    line.scan(70.0, number=1002)
    assert line.total == pytest.approx(1 / 60)


def test_a_batch_number_that_is_not_good_counts_nothing_and_starts_nothing() -> None:
    line = Line()
    before = line.keep(70.0, 3)
    line.scan(70.0, number=0, bad=["No"])
    assert line.shown == (before, STANDS)
    line.scan(70.0)
    line.scan(70.0)
    assert line.total == pytest.approx(before + 1 / 60)


def test_a_batch_that_changed_while_the_number_was_bad_starts_from_zero() -> None:
    line = Line()
    line.keep(70.0, 3)
    line.scan(70.0, number=1002, bad=["No"])
    line.scan(70.0, number=1002)
    assert line.total == 0.0


def test_a_batch_that_changed_while_the_engine_was_off_starts_from_zero() -> None:
    line = Line()
    line.keep(70.0, 3)
    line.state = line.stage.restore(line.stage.save(line.state), line.now_ns)
    line.scan(70.0, number=1002)
    assert line.total == 0.0


def test_nothing_is_claimed_before_the_batch_is_known() -> None:
    line = Line()
    line.scan(70.0, bad=["No"])
    assert line.published == [], "the tag waits for its first value"
    assert line.stage.save(line.state) == {}


# The stage


def test_a_scan_in_which_nothing_counts_changes_nothing() -> None:
    line = Line()
    line.scan(20.0)
    first = line.state
    for _ in range(10):
        assert line.scan(20.0) is first
    line.scan(70.0)
    assert line.total == 0.0, "the time below is not added"


def test_without_integrals_it_does_nothing() -> None:
    stage = IntegralStage([], GAP_NS)
    state = stage.initial()
    scan = Scan(T0_NS, snapshot(tags(), {}))
    assert stage.step(state, scan) is state
    assert scan.published == []


def test_a_changed_definition_starts_from_zero() -> None:
    line = Line()
    line.keep(70.0, 3)
    saved = line.stage.save(line.state)
    other = IntegralStage([integral("lethality(T, 60, 10, 55, No)")], GAP_NS).restore(saved, line.now_ns)
    assert (other.sums, other.starts) == ((0.0,), (1001.0,))


@pytest.mark.parametrize("saved", [{"F": 3}, {"F": [F70, "x", 1]}, {"F": [F70, 1.0]}])
def test_a_saved_state_that_cannot_be_read_is_an_error(saved: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no saved integral"):
        Line().stage.restore(saved, T0_NS)  # pyright: ignore[reportArgumentType]


SCANS = st.lists(
    st.tuples(
        st.sampled_from([20.0, 55.0, 60.0, 70.0, 74.5, 90.0]),
        st.sampled_from([(), ("T",), ("No",), ("T", "No")]),
        st.sampled_from([1.0, 2.0]),
        st.sampled_from([S // 4, S, GAP_NS, GAP_NS + 1, -5 * S]),
        st.booleans(),
    ),
    max_size=40,
)


@given(SCANS)
def test_it_is_the_sum_over_measured_intervals_whatever_happens(
    scans: list[tuple[float, tuple[str, ...], float, int, bool]],
) -> None:
    """Against a model that looks at the whole past; ``killed`` restores the engine before that scan."""
    line = Line()
    expected, batch = 0.0, None
    last: float | None = None
    for temperature, bad, number, after_ns, killed in scans:
        if killed:
            line.state = line.stage.restore(json.loads(json.dumps(line.stage.save(line.state))), line.now_ns)
            last = None
        line.scan(temperature, after_ns, number, bad)
        if "No" not in bad and number != batch:
            expected, batch, last = 0.0, number, None
        rate = 10.0 ** ((temperature - 70.0) / 10.0) if not bad and temperature >= 55.0 else None
        if rate is not None and last is not None and 0 < after_ns <= GAP_NS:
            expected += min(rate, last) * after_ns / MIN
        last = rate
        assert line.total == pytest.approx(expected)
        if batch is not None:
            assert line.shown == (line.total, STANDS if bad else GOOD)


def test_the_same_scans_give_the_same_bits() -> None:
    assert Line().keep(71.234, 3, step_ns=S // 4) == Line().keep(71.234, 3, step_ns=S // 4)


# In the scan of a line


ROW = 'U1.F,float,calc,"lethality(U1.Temp, 70, 10, 55, U1.BatchNo)",min,0,10000,2,,,,,,Летальность,Lethality'


def test_the_image_has_it_one_scan_later_and_expressions_read_it() -> None:
    rows = [*EXTRA_ROWS, ROW, "U1.Enough,float,calc,U1.F >= 0.01,,0,1,0,,,,,,Хватит,Enough"]
    model, problems = load(csv_text=oven_csv(extra=rows))
    assert model is not None, problems
    stage = IntegralStage(model.integrals, 3 * PERIOD_NS)
    rig = Rig([stage], model)
    assert isinstance(rig.plan, ScanPlan)
    handle, enough = model.tags.handle("U1.F"), model.tags.handle("U1.Enough")
    rig.plc.values |= {"U1.Temp": 70.0, "U1.BatchNo": 7.0}
    rig.scan()
    assert rig.state.image.status[handle] == Status.BAD_WAITING_FOR_INITIAL_DATA
    seen: list[float | None] = []
    for _ in range(6):
        rig.scan()
        seen.append(rig.state.image.number(handle))
    assert seen == pytest.approx([k * 0.25 / 60 for k in range(6)])
    assert rig.state.image.number(enough) == 1.0
    rig.plc.status["U1.Temp"] = BROKEN
    rig.scan()
    rig.scan()
    assert rig.state.image.status[handle] == STANDS
    assert rig.state.image.status[enough] == STANDS


def test_the_sausage_line_has_both_smokehouses() -> None:
    model = sausage()
    assert [(i.name, model.tags[i.source].name, model.tags[i.reset].name) for i in model.integrals] == [
        (f"{u}.F", f"{u}.CoreTemp", f"{u}.BatchNo") for u in ("S401", "S402")
    ]


def test_it_agrees_with_the_lethality_that_the_plc_counts() -> None:
    """A batch through the simulated smokehouse; the PLC sums by the end of each cycle, we by the lower of both ends."""
    model = sausage()
    supervisor = ScriptedSupervisor(build_sausage_line(seed=7, cycle_ms=250, speed=4.0))
    stage = IntegralStage(model.integrals, 3 * S)
    state = stage.initial()
    names = ("S401.CoreTemp", "S401.BatchNo")
    plc_says: list[float] = []
    ours: list[float] = []

    def watch() -> None:
        nonlocal state
        supervisor.step()
        now_ns = T0_NS + round(supervisor.line.plant_s * S)
        state = stage.step(state, Scan(now_ns, snapshot(model.tags, {n: supervisor.get(n) for n in names}, now_ns=now_ns)))
        plc_says.append(supervisor.get("S401.F70"))
        ours.append(state.sums[0])

    for unit, phase, parameters in DOKTORSKAYA:
        if unit in ("H501", "P601"):
            break
        if unit != "S401":
            supervisor.phase(unit, phase, parameters, 17)
            continue
        assert supervisor.command(unit, "start", phase, parameters, 17) == 0
        while supervisor.state(unit) is not PhaseState.COMPLETE:
            watch()
        supervisor.command(unit, "reset")
    assert plc_says[-1] > 10.0
    assert ours[-1] == pytest.approx(plc_says[-1], rel=0.02)
    assert ours[-1] <= plc_says[-1]


# Faults in the files

FAULTS = {
    "lethality(T, 70, 10, 55)": "lethality takes 5 values, 4 given",
    "pasteurisation(T)": "pasteurisation takes 2 values, 1 given",
    "lethality(T, 70, 10, 55, No=No)": "lethality takes 5 values, 4 given",
    "lethality(X, 70, 10, 55, No)": "there is no tag 'X'",
    "lethality(T + 1, 70, 10, 55, No)": "there is no tag 'T + 1'",
    "lethality(T, T, 10, 55, No)": "'T' is no number",
    "lethality(T, true, 10, 55, No)": "'true' is no number",
    "lethality(T, 70, 0, 55, No)": "z is 0 K",
    "lethality(T, 70, -10, 55, No)": "z is -10 K",
    "lethality(T, 70, 1e9, 55, No)": "'1000000000.0' is no number",
    "lethality(T, 70, 0.1, 55, No)": "at 200 °C, the end of the range of T, it would count more than 10^30 per minute",
    "lethality(T, 70, 10, 55, Name)": "'Name' is a text",
    "lethality(K, 70, 10, 55, No)": "K is in K",
    "lethality(T, 70, 10, 55, F)": "the integral reads itself",
    "lethality(F, 70, 10, 55, No)": "the integral reads itself",
    "lethality(T, 70, 10, 55, T)": "T would start it from zero at every change",
    "2 * lethality(T, 70, 10, 55, No)": "an integral over time is the whole address of a tag",
    "lethality(T, 70, 10, 55, No) > 30": "an integral over time is the whole address of a tag",
    "lethality(T, 70,": "'lethality(T, 70,' is no integral",
    "lethality(T, 70, 10, 55, __import__('os'))": "there is no tag '__import__('os')'",
    "pasteurisation(T, No)": "the unit is min",
}


@pytest.mark.parametrize(("address", "message"), FAULTS.items())
def test_every_fault_is_named_with_a_remedy(address: str, message: str) -> None:
    assert is_integral(address)
    table = tags(address)
    with pytest.raises(ExpressionError) as caught:
        parse_integral(table[2], table)
    assert caught.value.message == message
    assert caught.value.remedy
    assert reads(table[2], table) == ()


def test_the_tag_must_be_a_float_in_its_unit() -> None:
    table = tags(F70, "°C")
    with pytest.raises(ExpressionError, match="the unit is °C"):
        parse_integral(table[2], table)
    whole = TagTable(replace(t, kind=TagKind.INT, eu="min") if t.name == "F" else t for t in table)
    with pytest.raises(ExpressionError, match="is a float, not int"):
        parse_integral(whole[2], whole)


def test_a_fault_stands_in_its_line_of_tags_csv() -> None:
    text = oven_csv(extra=[*EXTRA_ROWS, ROW.replace("U1.BatchNo", "U1.Batch")])
    model, problems = load(csv_text=text)
    assert model is None
    (problem,) = problems
    assert (problem.file, problem.line, problem.key) == ("tags.csv", len(text.splitlines()), "U1.F")
    assert problem.message == "there is no tag 'U1.Batch'"


def test_an_expression_is_no_integral() -> None:
    assert not is_integral("U1.Temp - U1.SP_Temp")
    assert not is_integral("lethality")
    assert reads(tags()[2], tags()) == (0, 1)


# Simulators that run faster than real


def test_a_plant_that_runs_faster_counts_its_own_time() -> None:
    model, problems = load(csv_text=oven_csv(extra=[*EXTRA_ROWS, ROW]))
    assert model is not None, problems
    rig = Rig([IntegralStage(model.integrals, 3 * PERIOD_NS)], model)
    rig.plan.pace = 20.0
    rig.plc.values |= {"U1.Temp": 70.0, "U1.BatchNo": 7.0}
    for _ in range(6):
        rig.scan()
    assert rig.state.image.number(model.tags.handle("U1.F")) == pytest.approx(20 * 4 * 0.25 / 60)


SIMULATED = {"plc1": "127.0.0.1:5020", "plc2": "opc.tcp://127.0.0.1:4841/plc"}


@pytest.mark.parametrize("endpoints", [
    {}, {"plc1": "127.0.0.1:5020"}, SIMULATED | {"plc1": "192.168.1.5:502"}, SIMULATED | {"plc2": "opc.tcp://plc.plant:4840"},
    SIMULATED | {"plc1": "127.0.0.1.plant:502"},
])  # fmt: skip
def test_no_real_plant_counts_faster_than_real(endpoints: dict[str, str]) -> None:
    line = load_line(find_folder("sausage"))
    with pytest.raises(ValueError, match="--pace is for simulators"):
        check_pace(line, endpoints, 20.0)
    check_pace(line, endpoints, 1.0)
    check_pace(line, SIMULATED, 20.0)


def test_the_demo_tells_the_engine_how_fast_its_simulators_run_and_serve_never_does() -> None:
    common = {"log": "warning", "line": "sausage", "data": Path("data")}
    demo = engine_arguments(Namespace(**common, speed=20.0), [])
    assert demo[demo.index("--pace") + 1] == "20.0"
    assert "--pace" not in engine_arguments(Namespace(**common, realtime="auto"), [])
