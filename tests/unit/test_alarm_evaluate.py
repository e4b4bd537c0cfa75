"""Vectorised evaluation: limits, delays, quality and clocks, one trap after the other (all kinds: test_alarm_kinds)."""

from __future__ import annotations

import pytest

from alarms.evaluate import Conditions, Evaluator
from alarms.table import AlarmDef, AlarmKind, AlarmTable
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.alarm_scripts import BAD, UNCERTAIN, alarm, alarm_table

TAGS = table("A", "B", "Run")
K = AlarmKind
ALARMS = [
    alarm("hh", TAGS, "A", K.HIGH_HIGH, limit=8.0, deadband=1.0),
    alarm("h", TAGS, "A", K.HIGH, limit=5.0, deadband=2.0, on_delay_s=2.0, off_delay_s=1.0),
    alarm("l", TAGS, "A", K.LOW, limit=3.0, deadband=1.0, off_delay_s=3.0),
    alarm("ll", TAGS, "A", K.LOW_LOW, limit=1.0, on_delay_s=1.0),
    alarm("d", TAGS, "B", K.DISCRETE, limit=1.0, on_delay_s=1.0, off_delay_s=2.0),
    alarm("q", TAGS, "B", K.BAD_QUALITY, on_delay_s=1.0, off_delay_s=1.0),
    alarm("lw", TAGS, "A", K.LOW, limit=4.0, deadband=1.0, on_delay_s=1.0, off_delay_s=1.0, when="Run == 1"),
    alarm("dw", TAGS, "B", K.DISCRETE, limit=0.0, when="Run > 0 and A < 6"),
]


class One:
    """One alarm on tag A, stepped by seconds."""

    def __init__(self, definition: AlarmDef) -> None:
        self.evaluator = Evaluator(alarm_table([definition], TAGS))
        self.conditions: Conditions = self.evaluator.initial()

    def on(self, at_s: float, value: float, status: int = 0, *, epoch_ns: int = T0_NS) -> bool:
        now_ns = epoch_ns + round(at_s * S)
        image = snapshot(TAGS, {"A": value}, now_ns=now_ns, status={"A": status})
        self.conditions = self.evaluator.step(self.conditions, image, now_ns).conditions
        return bool(self.conditions.on[0])


def test_high_trips_above_the_limit_and_clears_at_limit_less_deadband() -> None:
    one = One(alarm("h", TAGS, "A", limit=84.0, deadband=1.2))
    assert [one.on(i, v) for i, v in enumerate([84.0, 84.1, 83.9, 82.81, 82.8, 83.9])] == [False, True, True, True, False, False]


def test_low_trips_below_the_limit_and_clears_at_limit_plus_deadband() -> None:
    one = One(alarm("l", TAGS, "A", K.LOW, limit=2.5, deadband=0.2))
    assert [one.on(i, v) for i, v in enumerate([2.5, 2.4, 2.6, 2.7, 2.6])] == [False, True, True, False, False]


def test_a_limit_without_deadband_clears_on_the_limit_itself() -> None:
    one = One(alarm("h", TAGS, "A", limit=0.0))
    assert [one.on(i, v) for i, v in enumerate([0.0, 1.0, 0.0])] == [False, True, False]


def test_the_on_delay_wants_the_condition_without_a_break() -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0, on_delay_s=5.0))
    assert [one.on(t, v) for t, v in [(0, 11), (4.9, 11), (4.95, 10), (5, 11), (9.9, 11), (10, 11)]] == [False] * 5 + [True]


def test_the_off_delay_keeps_the_alarm() -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0, off_delay_s=5.0))
    assert [one.on(t, v) for t, v in [(0, 11), (1, 9), (5.9, 9), (6, 9)]] == [True, True, True, False]


def test_a_delay_may_begin_at_time_zero() -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0, on_delay_s=1.0))
    assert [one.on(t, 11, epoch_ns=0) for t in (0, 0.5, 1)] == [False, False, True]


@pytest.mark.parametrize("status", [BAD, UNCERTAIN])
def test_without_good_quality_the_state_stays_and_the_delay_starts_again(status: int) -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0, on_delay_s=3.0))
    assert not one.on(0, 11)
    assert not one.on(2, 11, status)
    assert not one.on(3, 11)
    assert not one.on(5.9, 11)
    assert one.on(6, 11)
    assert one.on(7, 0, status)
    assert not one.on(8, 0)


def test_a_number_that_is_none_freezes_like_bad_quality() -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0))
    assert [one.on(t, v) for t, v in [(0, 11), (1, float("nan")), (2, 9)]] == [True, True, False]


def test_a_clock_set_back_starts_the_delay_again() -> None:
    one = One(alarm("h", TAGS, "A", limit=10.0, on_delay_s=5.0))
    assert not one.on(3600, 11)
    assert not one.on(0, 11)
    assert one.on(5, 11)


def test_nothing_new_gives_the_same_object_back() -> None:
    evaluator = Evaluator(alarm_table(ALARMS, TAGS))
    quiet = {"A": 5.0, "B": 0.0, "Run": 0.0}
    conditions = evaluator.initial()
    for k in range(5):
        assert evaluator.step(conditions, snapshot(TAGS, quiet), T0_NS + k * S).conditions is conditions
    pending = evaluator.step(conditions, snapshot(TAGS, {**quiet, "A": 6.0}), T0_NS).conditions
    assert pending is not conditions
    assert evaluator.step(pending, snapshot(TAGS, {**quiet, "A": 7.0}), T0_NS + S).conditions is pending
    on = evaluator.step(pending, snapshot(TAGS, {**quiet, "A": 7.0}), T0_NS + 2 * S).conditions
    assert on is not pending
    assert evaluator.step(on, snapshot(TAGS, {**quiet, "A": 7.0}), T0_NS + 3 * S).conditions is on


def test_an_empty_table_is_evaluated() -> None:
    evaluator = Evaluator(AlarmTable([]))
    conditions = evaluator.initial()
    assert evaluator.step(conditions, snapshot(TAGS, {}), T0_NS).conditions is conditions


def test_alarms_with_a_condition_need_it_compiled() -> None:
    with pytest.raises(ValueError, match="compiled"):
        AlarmTable(ALARMS)
    with pytest.raises(ValueError, match="same id"):
        AlarmTable([ALARMS[0], ALARMS[0]])
