"""Sets of whole numbers as ascending ranges: which positions of a stream a sink has acknowledged.

A range is ``(after, upto)``: the numbers ``after < n <= upto``. Ranges of a set neither touch nor overlap.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Spans:
    """A set of whole numbers above 0; all methods take the time of the ranges that are concerned, not of the numbers."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._after: list[int] = []
        self._upto: list[int] = []
        for after, upto in ranges:
            self.add(after, upto)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(list(zip(self._after, self._upto, strict=True)))

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._after, number) - 1
        return place >= 0 and number <= self._upto[place]

    def __bool__(self) -> bool:
        return bool(self._after)

    def add(self, after: int, upto: int) -> None:
        """Put ``after < n <= upto`` in; nothing happens when there is no such number."""
        if upto <= after:
            return
        first = bisect_left(self._upto, after)
        last = bisect_right(self._after, upto)
        if first < last:
            after, upto = min(after, self._after[first]), max(upto, self._upto[last - 1])
        self._after[first:last] = [after]
        self._upto[first:last] = [upto]

    def remove(self, after: int, upto: int) -> None:
        """Take ``after < n <= upto`` out."""
        if upto <= after:
            return
        first = bisect_right(self._upto, after)
        last = bisect_left(self._after, upto)
        if first >= last:
            return
        ends = [(self._after[first], after), (upto, self._upto[last - 1])]
        left = [(a, b) for a, b in ends if b > a]
        self._after[first:last] = [a for a, _ in left]
        self._upto[first:last] = [b for _, b in left]

    def solid(self) -> int:
        """Every number from 1 to this one is in; 0 when 1 is not."""
        return self._upto[0] if self._after and self._after[0] <= 0 else 0

    def last(self) -> int:
        """The greatest number; 0 when the set is empty."""
        return self._upto[-1] if self._upto else 0

    def gaps(self) -> list[tuple[int, int]]:
        """The ranges below :meth:`last` that are not in, ascending."""
        befores = [0, *self._upto[:-1]][: len(self._after)]
        return [(before, after) for before, after in zip(befores, self._after, strict=True) if after > before]
