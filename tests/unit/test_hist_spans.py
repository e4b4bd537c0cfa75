"""Ranges of positions against plain sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from historian.spans import Spans

STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 30)), max_size=30)


@given(STEPS)
def test_ranges_are_the_sets_that_they_stand_for(steps: list[tuple[bool, int, int]]) -> None:
    spans, numbers = Spans(), set[int]()
    for add, after, upto in steps:
        change = set(range(after + 1, upto + 1))
        if add:
            spans.add(after, upto)
            numbers |= change
        else:
            spans.remove(after, upto)
            numbers -= change
        ranges = list(spans)
        assert {n for a, b in ranges for n in range(a + 1, b + 1)} == numbers
        assert all(a < b for a, b in ranges)
        assert all(before < after for (_, before), (after, _) in pairwise(ranges)), "none touch"
        assert {n for n in range(32) if n in spans} == numbers
        assert spans.last() == max(numbers, default=0)
        assert spans.solid() == next(n for n in range(32) if n + 1 not in numbers)
        missing = {n for a, b in spans.gaps() for n in range(a + 1, b + 1)}
        assert missing == set(range(1, spans.last())) - numbers
        assert list(Spans(ranges)) == ranges
        assert bool(spans) is bool(numbers)
