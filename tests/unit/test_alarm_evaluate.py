"""Vectorised evaluation: equal to one alarm at a time in plain Python, and its traps one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.evaluate import Conditions, Evaluator
from alarms.table import AlarmDef, AlarmKind, AlarmTable
from line.image import Snapshot
from line.quality import Status
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


@dataclass
class Plain:
    """One alarm judged in plain Python: the meaning that the arrays must keep."""

    alarm: AlarmDef
    on: bool = False
    since_ns: int | None = None

    def step(self, image: Snapshot, when: float | None, now_ns: int) -> str:
        present = self._present(image, when)
        if present is None or present == self.on:
            self.since_ns = None
            return ""
        self.since_ns = now_ns if self.since_ns is None else min(self.since_ns, now_ns)
        delay_s = self.alarm.off_delay_s if self.on else self.alarm.on_delay_s
        if now_ns - self.since_ns < delay_s * S:
            return ""
        self.on, self.since_ns = present, None
        return "on" if present else "off"

    def _present(self, image: Snapshot, when: float | None) -> bool | None:
        """The condition, or None when it cannot be judged."""
        if self.alarm.when and when is None:
            return None
        if self.alarm.when and not when:
            return False
        good = image.good(self.alarm.handle)
        if self.alarm.kind is K.BAD_QUALITY:
            return not good
        value = float(image.value[self.alarm.handle])
        if not good or not np.isfinite(value):
            return None
        limit = self.alarm.limit
        assert limit is not None
        deadband = self.alarm.deadband if self.on else 0.0
        if self.alarm.kind is K.DISCRETE:
            return abs(value - limit) < 0.5
        return value > limit - deadband if self.alarm.kind in (K.HIGH, K.HIGH_HIGH) else value < limit + deadband


STATUSES = st.sampled_from([0, 0, 0, 0, int(Status.GOOD_CLAMPED), BAD, UNCERTAIN])
VALUES = st.one_of(st.integers(0, 9).map(float), st.floats(0, 10), st.just(float("nan")))
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, -1.0]), VALUES, st.integers(0, 1), st.integers(0, 1),
        st.tuples(STATUSES, STATUSES, STATUSES),
    ),
    max_size=40,
)  # fmt: skip


@given(STEPS)
def test_the_arrays_judge_as_one_alarm_at_a_time_would(steps: list[tuple[float, float, int, int, tuple[int, int, int]]]) -> None:
    alarms = alarm_table(ALARMS, TAGS)
    assert alarms.whens is not None
    index = {e.source: i for i, e in enumerate(alarms.whens.expressions)}
    evaluator = Evaluator(alarms)
    conditions = evaluator.initial()
    plain = [Plain(a) for a in alarms]
    now_ns = T0_NS
    for wait_s, a, b, run, (qa, qb, qr) in steps:
        now_ns += round(wait_s * S)
        status = {"A": qa, "B": qb, "Run": qr}
        image = snapshot(TAGS, {"A": a, "B": b, "Run": run}, now_ns=now_ns, status=status)
        whens = alarms.whens.evaluate(image)
        said = [p.step(image, whens[index[p.alarm.when]] if p.alarm.when else None, now_ns) for p in plain]
        step = evaluator.step(conditions, image, now_ns)
        assert step.activated.tolist() == [row for row, s in enumerate(said) if s == "on"]
        assert step.cleared.tolist() == [row for row, s in enumerate(said) if s == "off"]
        conditions = step.conditions
        assert conditions.on.tolist() == [p.on for p in plain]
        assert conditions.since_ns.tolist() == [-1 if p.since_ns is None else p.since_ns for p in plain]


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
