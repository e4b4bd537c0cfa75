"""Counters of PLCs: new starts from zero, and readings that were off for a moment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.counters import began_anew, gained


@pytest.mark.parametrize(
    ("before", "now", "gain", "anew"),
    [
        (10.0, 12.0, 2.0, False),
        (5000.0, 4997.0, -3.0, False),
        (5000.0, 2500.0, -2500.0, False),
        (5000.0, 3.0, 3.0, True),
        (5000.0, 0.0, 0.0, True),
        (1.0, 0.0, 0.0, True),
        (0.0, 0.0, 0.0, False),
        (5.0, -1.0, 0.0, True),
    ],
)
def test_what_a_counter_went_up(before: float, now: float, gain: float, anew: bool) -> None:
    assert (gained(before, now), began_anew(before, now)) == (gain, anew)


@given(st.integers(0, 10**9), st.lists(st.integers(-3, 50), max_size=30))
def test_a_wobble_adds_nothing_in_the_end(start: int, steps: list[int]) -> None:
    """However readings sway, as long as none falls by half: the gains add up to what the counter shows more."""
    start += 1000
    shown, total = start, 0.0
    for step in steps:
        total += gained(shown, shown + step)
        shown += step
    assert total == shown - start
