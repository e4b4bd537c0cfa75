"""Lateness in buckets: every scan counted once, the estimates between what was seen."""

from __future__ import annotations

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.clock import NS_PER_MS, NS_PER_S
from line.health import LE_MS, LoopHealth

PERIOD_NS = 100 * NS_PER_MS


def noted(late_ms: list[float]) -> LoopHealth:
    health = LoopHealth()
    for i, late in enumerate(late_ms):
        health.note_lateness(int(late * NS_PER_MS), PERIOD_NS, i * PERIOD_NS)
    return health


@given(st.lists(st.floats(0.0, 500.0, allow_nan=False), max_size=200))
def test_every_scan_stands_in_its_bucket(late_ms: list[float]) -> None:
    late_ms = [int(m * NS_PER_MS) / NS_PER_MS for m in late_ms]
    health = noted(late_ms)
    expected = [0] * (len(LE_MS) + 1)
    for late in late_ms:
        expected[bisect_left(LE_MS, late)] += 1
    assert health.counts == expected
    assert sum(health.counts) == len(late_ms)
    assert health.late == sum(late > 20.0 for late in late_ms)


@given(st.lists(st.floats(0.0, 500.0, allow_nan=False), min_size=1, max_size=200), st.floats(0.0, 1.0))
def test_an_estimate_lies_in_the_bucket_of_the_true_quantile(late_ms: list[float], share: float) -> None:
    health = noted(late_ms)
    ordered = sorted(int(m * NS_PER_MS) / NS_PER_MS for m in late_ms)
    true = next(m for i, m in enumerate(ordered) if i + 1 >= share * len(ordered))
    at = bisect_left(LE_MS, true)
    estimate = health.quantile_ms(share)
    assert (LE_MS[at - 1] if at else 0.0) <= estimate + 1e-9
    assert estimate <= (LE_MS[at] if at < len(LE_MS) else ordered[-1]) + 1e-9
    assert estimate <= ordered[-1] + 1e-9


def test_before_the_first_scan_there_is_nothing() -> None:
    health = LoopHealth()
    assert (health.quantile_ms(0.5), health.quantile_ms(0.99)) == (0.0, 0.0)
    assert health.lateness() == {"le_ms": list(LE_MS), "counts": [0] * 9, "p50_ms": 0.0, "p99_ms": 0.0}
    assert health.figures().lateness_max_ms == 0.0


def test_the_greatest_lateness_of_the_last_minute_forgets_older_ones() -> None:
    health = LoopHealth()
    for second in range(200):
        health.note_lateness((90 if second == 10 else 1) * NS_PER_MS, PERIOD_NS, second * NS_PER_S)
        worst = health.figures().lateness_max_ms
        assert worst == (90.0 if 10 <= second < 70 else 1.0)
    assert health.late_ns_max == 90 * NS_PER_MS


@pytest.mark.parametrize(("late_ms", "counted"), [(19.9, 0), (20.0, 0), (20.1, 1)])
def test_a_fifth_of_the_period_is_late(late_ms: float, counted: int) -> None:
    assert noted([late_ms]).late == counted


def test_the_figures_are_in_milliseconds() -> None:
    health = noted([1.5])
    health.scan_ns_last, health.overruns, health.backlog = 250_000, 3, 7
    figures = health.figures()
    assert (figures.scan_ms, figures.lateness_ms, figures.missed, figures.backlog) == (0.25, 1.5, 3, 7)
