"""Every kind of alarm by its definition in docs/alarms.md, as scripts: each line is a scan, its outcome checked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alarms.evaluate import NOT_PENDING, Conditions, Evaluator
from alarms.table import AlarmDef, AlarmKind
from line.quality import Status
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.alarm_scripts import BAD, UNCERTAIN, alarm, alarm_table

K = AlarmKind
TAGS = table("PV", "SP", "Cmd", "Fb", "Mode", "Link.plc1.Up", "Link.plc1.State")
NAN = float("nan")
INF = float("inf")
LOST = int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)
NO_LINK = int(Status.BAD_NO_COMMUNICATION)


def of(kind: AlarmKind, tag: str = "PV", limit: float | None = None, **more: object) -> AlarmDef:
    """One alarm, its id its kind; deviations are from SP."""
    definition = replace(alarm(str(kind), TAGS, tag, kind, limit=limit), setpoint=TAGS.handle("SP"))
    return replace(definition, **more)  # pyright: ignore[reportArgumentType]


class Script:
    """One alarm under evaluation; a scan answers what it did: ``+`` came, ``-`` went, ``S`` suppressed, ``R`` released."""

    def __init__(self, definition: AlarmDef) -> None:
        self.table = alarm_table([definition], TAGS)
        self.evaluator = Evaluator(self.table)
        self.conditions: Conditions = self.evaluator.initial()

    def scan(self, at_s: float, status: int | Mapping[str, int] = 0, /, **values: float) -> str:
        """One scan; ``status`` is that of PV, or of the tags it names."""
        codes = {"PV": status} if isinstance(status, int) else dict(status)
        now_ns = T0_NS + round(at_s * S)
        image = snapshot(TAGS, values, now_ns=now_ns, status={k: v for k, v in codes.items() if v})
        step = self.evaluator.step(self.conditions, image, now_ns)
        self.conditions = step.conditions
        rows = (step.activated, step.cleared, step.suppressed, step.released)
        return "".join(sign for sign, changed in zip("+-SR", rows, strict=True) if len(changed))

    def restart(self, at_s: float) -> None:
        old = self.conditions
        self.conditions = self.evaluator.restored(old.on, old.since_ns, old.suppressed, T0_NS + round(at_s * S))

    @property
    def on(self) -> bool:
        return bool(self.conditions.on[0])


# Deviation from a setpoint


def test_deviation_high_is_above_the_setpoint_and_clears_a_deadband_nearer() -> None:
    s = Script(of(K.DEVIATION_HIGH, limit=5.0, deadband=1.0))
    assert s.scan(0, PV=75, SP=70) == ""
    assert s.scan(1, PV=75.5, SP=70) == "+"
    assert s.scan(2, PV=74.5, SP=70) == ""
    assert s.scan(3, PV=74, SP=70) == "-"
    assert s.scan(4, PV=60, SP=70) == ""


def test_deviation_low_is_below_the_setpoint() -> None:
    s = Script(of(K.DEVIATION_LOW, limit=5.0, deadband=1.0))
    assert s.scan(0, PV=65, SP=70) == ""
    assert s.scan(1, PV=64, SP=70) == "+"
    assert s.scan(2, PV=65.5, SP=70) == ""
    assert s.scan(3, PV=66, SP=70) == "-"
    assert s.scan(4, PV=80, SP=70) == ""


def test_deviation_is_on_either_side_and_stays_while_it_swings_over() -> None:
    s = Script(of(K.DEVIATION, limit=5.0, deadband=1.0))
    assert s.scan(0, PV=76, SP=70) == "+"
    assert s.scan(1, PV=64, SP=70) == ""
    assert s.scan(2, PV=66, SP=70) == "-"
    assert s.scan(3, PV=64, SP=70) == "+"


def test_a_setpoint_that_is_moved_makes_a_deviation() -> None:
    s = Script(of(K.DEVIATION, limit=5.0))
    assert s.scan(0, PV=70, SP=70) == ""
    assert s.scan(1, PV=70, SP=80) == "+"
    assert s.scan(2, PV=70, SP=72) == "-"


@pytest.mark.parametrize("status", [{"PV": BAD}, {"SP": BAD}, {"PV": UNCERTAIN}, {"SP": UNCERTAIN}])
def test_a_deviation_wants_both_good(status: dict[str, int]) -> None:
    s = Script(of(K.DEVIATION, limit=5.0, on_delay_s=2.0))
    assert s.scan(0, PV=80, SP=70) == ""
    assert s.scan(1, status, PV=80, SP=70) == ""
    assert s.scan(2, PV=80, SP=70) == ""
    assert s.scan(4, PV=80, SP=70) == "+"
    assert s.scan(5, status, PV=70, SP=70) == ""
    assert s.scan(6, PV=70, SP=70) == "-"


@pytest.mark.parametrize(("value", "setpoint"), [(INF, 0), (INF, INF), (0, -INF), (NAN, 0), (0, NAN), (1.7e308, -1.7e308)])
def test_a_distance_that_is_no_finite_number_is_not_judged(value: float, setpoint: float) -> None:
    s = Script(of(K.DEVIATION, limit=5.0))
    assert s.scan(0, PV=value, SP=setpoint) == ""
    assert s.scan(1, PV=9, SP=0) == "+"
    assert s.scan(2, PV=value, SP=setpoint) == ""
    assert s.on


# Rate of change


def ramp(s: Script, from_s: float, to_s: float, per_min: float, start: float = 20.0, period_s: float = 0.5) -> list[float]:
    """Runs a ramp, PV being ``start`` at ``from_s``; the times at which something happened."""
    count = round((to_s - from_s) / period_s)
    times = [from_s + i * period_s for i in range(count)]
    return [t for t in times if s.scan(t, PV=start + per_min * (t - from_s) / 60.0)]


@pytest.mark.parametrize(
    ("kind", "per_min", "trips"),
    [
        (K.RATE_HIGH, 3.1, True), (K.RATE_HIGH, 2.9, False), (K.RATE_HIGH, -9.0, False),
        (K.RATE_LOW, -3.1, True), (K.RATE_LOW, -2.9, False), (K.RATE_LOW, 9.0, False),
        (K.RATE, 3.1, True), (K.RATE, -3.1, True), (K.RATE, 2.9, False),
    ],
)  # fmt: skip
def test_a_ramp_is_measured_as_what_it_is_once_the_window_is_filled(kind: AlarmKind, per_min: float, trips: bool) -> None:
    s = Script(of(kind, limit=3.0, window_s=8.0))
    assert ramp(s, 0, 20, per_min) == ([8.0] if trips else [])
    assert s.conditions.memory.rates.rate[0] == pytest.approx(per_min)


def test_a_rate_clears_a_deadband_below_its_limit() -> None:
    s = Script(of(K.RATE_HIGH, limit=3.0, deadband=1.0, window_s=8.0))
    assert ramp(s, 0, 10, 4.0) == [8.0]
    assert ramp(s, 10, 40, 2.5, 20.0 + 4.0 / 6) == []
    (cleared,) = ramp(s, 40, 60, 1.5, 20.0 + 4.0 / 6 + 1.25)
    assert 40 < cleared <= 48


@pytest.mark.parametrize("spike_at", [8.0 + i / 2 for i in range(20)])
@pytest.mark.parametrize("height", [1000.0, -1000.0])
def test_one_spike_never_makes_a_rate(spike_at: float, height: float) -> None:
    s = Script(of(K.RATE, limit=1.0, window_s=8.0))
    for i in range(80):
        assert s.scan(i / 2, PV=20.0 + (height if i / 2 == spike_at else 0.0)) == ""


def test_a_spike_that_lasts_a_quarter_of_the_window_does() -> None:
    s = Script(of(K.RATE, limit=1.0, window_s=8.0))
    assert [t for i in range(80) if s.scan(t := i / 2, PV=60.0 if 15 <= i / 2 < 17 else 20.0) == "+"]


@given(st.lists(st.floats(-1, 1), min_size=40, max_size=40))
@example([1.0, 1.0, 1.0, -1.0, -1.0, -1.0] * 7)
def test_noise_makes_at_most_its_size_over_three_quarters_of_the_window(noise: list[float]) -> None:
    s = Script(of(K.RATE, limit=2.0 / (0.75 * 8.0 / 60.0) * 1.000001, window_s=8.0))
    assert not "".join(s.scan(i / 2, PV=20.0 + n) for i, n in enumerate(noise))


def test_the_rate_stands_between_samples_and_the_scan_changes_nothing() -> None:
    s = Script(of(K.RATE, limit=3.0, window_s=8.0))
    ramp(s, 0, 10, 1.0, period_s=0.25)
    kept = s.conditions
    for at_s in (10.0, 10.25, 10.5, 10.75):
        s.scan(at_s, PV=500.0)
        assert (s.conditions is kept) == (at_s > 10.0)
        kept = s.conditions
    s.scan(11.0, PV=500.0)
    assert s.conditions is not kept


@pytest.mark.parametrize("status", [BAD, UNCERTAIN, LOST])
def test_after_a_loss_of_quality_the_window_is_filled_anew(status: int) -> None:
    s = Script(of(K.RATE_HIGH, limit=3.0, window_s=8.0))
    assert ramp(s, 0, 7, 6.0) == []
    s.scan(7, status, PV=20.7)
    assert ramp(s, 7.5, 30, 6.0) == [15.5]


def test_an_active_rate_alarm_stays_while_it_cannot_be_judged() -> None:
    s = Script(of(K.RATE_HIGH, limit=3.0, window_s=8.0))
    assert ramp(s, 0, 9, 6.0) == [8.0]
    assert s.scan(9, BAD, PV=20.9) == ""
    assert ramp(s, 9.5, 17, 0.0) == []
    assert ramp(s, 17, 20, 0.0) == [17.5]
    assert not s.on


@pytest.mark.parametrize("jump_s", [-3600.0, -1.5, 4.5, 86_400.0])
def test_a_jump_of_the_clock_makes_no_rate(jump_s: float) -> None:
    s = Script(of(K.RATE, limit=3.0, window_s=8.0))
    assert ramp(s, 0, 10, 2.0) == []
    assert ramp(s, 10 + jump_s, 17.5 + jump_s, 2.0, 20.0 + 2.0 / 6) == []
    assert np.isnan(s.conditions.memory.rates.rate[0])
    assert ramp(s, 17.5 + jump_s, 40 + jump_s, 2.0, 20.0 + 17.5 / 30) == []
    assert s.conditions.memory.rates.rate[0] == pytest.approx(2.0)


def test_late_scans_do_not_bend_the_rate() -> None:
    s = Script(of(K.RATE, limit=3.01, window_s=8.0))
    for at_s in (0, 1.4, 2.4, 3.9, 5.0, 6.7, 7.7, 9.5, 10.6, 13.0, 14.9):
        assert s.scan(at_s, PV=20.0 + 3.0 * at_s / 60.0) == ""
    assert s.conditions.memory.rates.rate[0] == pytest.approx(3.0)


def test_a_rate_begins_afresh_after_a_restart() -> None:
    s = Script(of(K.RATE_HIGH, limit=3.0, window_s=8.0))
    assert ramp(s, 0, 7.5, 6.0) == []
    s.restart(7.5)
    assert ramp(s, 7.5, 30, 6.0) == [15.5]


def test_a_rate_that_is_no_finite_number_is_not_judged() -> None:
    s = Script(of(K.RATE, limit=3.0, window_s=8.0))
    assert not "".join(s.scan(i, PV=1.7e308 if i < 6 else -1.7e308) for i in range(9))
    assert s.conditions.memory.rates.rate[0] == -INF


# Transition


def test_a_transition_is_on_for_the_scan_in_which_it_happens() -> None:
    s = Script(of(K.TRANSITION, "Mode", from_value=2.0, to_value=3.0))
    assert [s.scan(i, Mode=m) for i, m in enumerate([2, 3, 3, 2, 1, 3, 2, 3])] == ["", "+", "-", "", "", "", "", "+"]


def test_the_off_delay_keeps_a_transition_and_an_on_delay_does_not_hide_it() -> None:
    s = Script(of(K.TRANSITION, "Mode", to_value=3.0, on_delay_s=5.0, off_delay_s=10.0))
    assert [s.scan(*step, Mode=m) for *step, m in [(0, 2), (1, 3), (2, 3), (11, 2), (12, 2)]] == ["", "+", "", "", "-"]
    assert [s.scan(*step, Mode=m) for *step, m in [(20, 3), (25, 2), (29, 3), (30, 3), (39, 3), (40, 3)]] == ["+"] + [""] * 4 + [
        "-"
    ]


@pytest.mark.parametrize(
    ("from_value", "to_value", "wanted"),
    [
        (1.0, 2.0, {(1, 2)}), (None, 2.0, {(1, 2), (3, 2)}), (1.0, None, {(1, 2), (1, 3)}), (3.0, 3.0, set()),
        (None, None, {(1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)}),
    ],
)  # fmt: skip
def test_a_side_that_is_not_given_is_any_other_value(
    from_value: float | None, to_value: float | None, wanted: set[tuple[int, int]]
) -> None:
    came: set[tuple[int, int]] = set()
    for before, after in itertools.product((1, 2, 3), repeat=2):
        s = Script(of(K.TRANSITION, "Mode", from_value=from_value, to_value=to_value))
        assert s.scan(0, Mode=before) == ""
        if s.scan(1, Mode=after) == "+":
            came.add((before, after))
    assert came == wanted


def test_a_transition_is_seen_across_a_stretch_without_good_quality() -> None:
    s = Script(of(K.TRANSITION, "Mode", from_value=2.0, to_value=3.0))
    assert s.scan(0, Mode=2) == ""
    assert s.scan(1, {"Mode": BAD}, Mode=7) == ""
    assert s.scan(2, {"Mode": UNCERTAIN}, Mode=3) == ""
    assert s.scan(3, Mode=3) == "+"
    assert s.scan(4, {"Mode": BAD}, Mode=3) == ""
    assert s.scan(5, Mode=3) == "-"


def test_the_first_good_value_is_only_remembered_also_after_a_restart() -> None:
    s = Script(of(K.TRANSITION, "Mode", to_value=3.0))
    assert s.scan(0, {"Mode": BAD}, Mode=1) == ""
    assert s.scan(1, Mode=3) == ""
    assert s.scan(2, Mode=1) == ""
    s.restart(3)
    assert s.scan(3, Mode=3) == ""
    assert s.scan(4, Mode=1) == ""
    assert s.scan(5, Mode=3) == "+"


def test_a_transition_under_when_counts_only_while_that_is_true() -> None:
    s = Script(of(K.TRANSITION, "Mode", to_value=3.0, when="Cmd == 1"))
    assert s.scan(0, Mode=1, Cmd=0) == ""
    assert s.scan(1, Mode=3, Cmd=0) == ""
    assert s.scan(2, Mode=3, Cmd=1) == ""
    assert s.scan(3, Mode=1, Cmd=1) == ""
    assert s.scan(4, {"Cmd": BAD}, Mode=3, Cmd=1) == ""
    assert s.scan(5, Mode=1, Cmd=1) == ""
    assert s.scan(6, Mode=3, Cmd=1) == "+"


def test_a_standing_value_changes_nothing() -> None:
    s = Script(of(K.TRANSITION, "Mode", to_value=3.0))
    s.scan(0, Mode=3)
    kept = s.conditions
    s.scan(1, Mode=3)
    assert s.conditions is kept


# Expressions


@pytest.mark.parametrize("kind", [K.MISMATCH, K.EXPRESSION])
def test_a_command_without_feedback_alarms_after_its_delay(kind: AlarmKind) -> None:
    s = Script(of(kind, "Cmd", condition="Cmd == 1 and Fb == 0", on_delay_s=3.0))
    assert s.scan(0, Cmd=1, Fb=0) == ""
    assert s.scan(2.9, Cmd=1, Fb=0) == ""
    assert s.scan(3, Cmd=1, Fb=0) == "+"
    assert s.scan(4, Cmd=1, Fb=1) == "-"


def test_an_expression_that_is_not_known_freezes_the_alarm() -> None:
    s = Script(of(K.EXPRESSION, "PV", condition="Cmd > Fb", on_delay_s=1.0))
    assert s.scan(0, Cmd=1, Fb=0) == ""
    assert s.scan(0.5, {"Fb": BAD}, Cmd=1, Fb=0) == ""
    assert s.scan(1, Cmd=1, Fb=0) == ""
    assert s.scan(2, Cmd=1, Fb=0) == "+"
    assert s.scan(3, {"Fb": UNCERTAIN}, Cmd=0, Fb=0) == ""
    assert s.scan(4, {"PV": BAD}, Cmd=0, Fb=0, PV=0) == "-"


def test_any_value_but_zero_is_true() -> None:
    s = Script(of(K.EXPRESSION, condition="Cmd - Fb"))
    assert [s.scan(i, Cmd=c, Fb=2) for i, c in enumerate([2, -3, 2, 2.5])] == ["", "+", "-", "+"]


# Quality


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (0, ""), (int(Status.GOOD_CLAMPED), ""), (UNCERTAIN, "BS"), (UNCERTAIN | 0x400, "BS"), (LOST, "BC"), (LOST | 0x500, "BC"),
        (NO_LINK, "BC"), (BAD, "B"), (int(Status.BAD_TIMEOUT), "B"), (int(Status.BAD_WAITING_FOR_INITIAL_DATA), "B"),
        (int(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED), "B"),
    ],
)  # fmt: skip
def test_each_status_is_told_by_the_kinds_it_belongs_to(status: int, kinds: str) -> None:
    for letter, kind in (("B", K.BAD_QUALITY), ("S", K.STALE), ("C", K.COMMUNICATION)):
        s = Script(of(kind))
        assert s.scan(0, status, PV=0) == ("+" if letter in kinds else "")
        assert s.scan(1, PV=NAN) == ("-" if letter in kinds else "")


def test_a_communication_alarm_on_a_link_is_on_while_it_is_down() -> None:
    s = Script(of(K.COMMUNICATION, "Link.plc1.Up", off_delay_s=2.0))
    up, down = {"Link.plc1.Up": 1.0}, {"Link.plc1.Up": 0.0}
    assert s.scan(0, **up) == ""
    assert s.scan(1, **down) == "+"
    assert s.scan(2, **up) == ""
    assert s.scan(4, **up) == "-"
    assert s.scan(5, {"Link.plc1.Up": BAD}, **down) == ""


def test_zero_on_another_tag_is_no_lost_link() -> None:
    for tag in ("PV", "Link.plc1.State"):
        assert Script(of(K.COMMUNICATION, tag)).scan(0, **{tag: 0.0}) == ""


# Suppression by design


def test_suppression_comes_and_goes_with_its_expression_and_the_condition_is_judged_underneath() -> None:
    s = Script(of(K.HIGH, limit=80.0, suppress_when="Mode == 5"))
    assert s.scan(0, PV=70, Mode=0) == ""
    assert s.scan(1, PV=70, Mode=5) == "S"
    assert s.scan(2, PV=90, Mode=5) == "+"
    assert s.scan(3, PV=70, Mode=0) == "-R"
    assert s.scan(4, PV=90, Mode=5) == "+S"


def test_suppression_stays_while_its_expression_is_not_known() -> None:
    s = Script(of(K.HIGH, limit=80.0, suppress_when="Mode == 5"))
    assert s.scan(0, {"Mode": BAD}, PV=70, Mode=5) == ""
    assert s.scan(1, PV=70, Mode=5) == "S"
    assert s.scan(2, {"Mode": UNCERTAIN}, PV=70, Mode=0) == ""
    s.restart(3)
    assert s.scan(3, {"Mode": UNCERTAIN}, PV=70, Mode=0) == ""
    assert bool(s.conditions.suppressed[0])
    assert s.scan(4, PV=70, Mode=0) == "R"


def test_a_suppression_whose_expression_was_taken_out_is_released() -> None:
    s = Script(of(K.HIGH, limit=80.0))
    count = len(s.table)
    on, pending = np.zeros(count, dtype=np.bool_), np.full(count, NOT_PENDING, dtype=np.int64)
    s.conditions = s.evaluator.restored(on, pending, np.ones(count, dtype=np.bool_), T0_NS)
    assert s.scan(0, PV=70) == "R"
    assert s.scan(1, PV=70) == ""


def test_a_suppression_that_does_not_change_gives_the_same_conditions_back() -> None:
    s = Script(of(K.HIGH, limit=80.0, suppress_when="Mode == 5"))
    s.scan(0, PV=70, Mode=5)
    kept = s.conditions
    s.scan(1, PV=71, Mode=5)
    assert s.conditions is kept


# Restart and faults


def test_a_restart_keeps_what_is_on_and_its_running_delay_but_none_from_the_future() -> None:
    s = Script(of(K.HIGH, limit=80.0, on_delay_s=10.0))
    assert s.scan(0, PV=90) == ""
    s.restart(5)
    assert s.scan(9.9, PV=90) == ""
    assert s.scan(10, PV=90) == "+"
    s.restart(11)
    assert s.on
    assert s.scan(12, PV=70) == "-"
    assert s.scan(100, PV=90) == ""
    s.restart(50)
    assert s.scan(51, PV=90) == ""
    assert s.scan(61, PV=90) == "+"


def test_a_definition_that_cannot_be_judged_is_refused() -> None:
    for wrong, what in (
        (of(K.DEVIATION, limit=5.0, setpoint=-1), "no setpoint"),
        (of(K.DEVIATION), "no limit"),
        (of(K.RATE, limit=5.0, window_s=0.0), "no window"),
        (of(K.DISCRETE), "no limit"),
    ):
        with pytest.raises(ValueError, match=what):
            Evaluator(alarm_table([wrong], TAGS))
