"""What rates of change and transitions are judged by: the little of the values that has to be remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from alarms.table import AlarmDef
from line.clock import NS_PER_S
from line.image import FloatArray, IntArray
from line.quality import BoolArray

SUB_WINDOWS: Final = 8
_SAMPLES: Final = SUB_WINDOWS + 1
_END: Final = 3
"""Samples at either end of the window whose median counts."""

_NS_PER_MIN: Final = 60.0 * NS_PER_S
_NEVER_NS: Final = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, eq=False)
class RateMemory:
    """Samples of the rate alarms, a row each, oldest first; arrays are never written after construction.

    ``count`` is how many of a row are of now, filled from the end. ``rate`` is per minute, NaN until all are. The rest is
    derived: ``held`` is ``count > 0`` as bytes, and the span of time within which no sample is due.
    """

    values: FloatArray
    times_ns: IntArray
    count: IntArray
    rate: FloatArray
    held: bytes
    newest_ns: int
    next_due_ns: int


@dataclass(frozen=True, eq=False)
class Memory:
    """All that is remembered of the values; ``last`` is the last usable value of each transition alarm, NaN for none.

    It starts afresh after a restart: what went on meanwhile is not known.
    """

    rates: RateMemory
    last: FloatArray


class Rates:
    """The rate alarms of a table, in the order given.

    A value is stored when an eighth of the window has passed since the row's last; nine of them fill it. The rate is the
    median of the newest three less the median of the oldest three, over the time from the second to the last but one: exact
    for a ramp, and one spike, wherever it lies, moves neither median. Bad quality, a clock set back behind the last sample
    and half a window without a scan start a row afresh.
    """

    def __init__(self, alarms: Sequence[AlarmDef]) -> None:
        """Raises ValueError for a window that is not positive."""
        if wrong := [a.id for a in alarms if not a.window_s > 0]:
            raise ValueError(f"alarm {wrong[0]} has no window to take its rate over")
        windows: IntArray = np.array([round(a.window_s * NS_PER_S) for a in alarms], dtype=np.int64)
        self._apart_ns: IntArray = np.maximum(windows // SUB_WINDOWS, 1)
        self._gap_ns: IntArray = np.maximum(windows // 2, 1)

    def initial(self) -> RateMemory:
        """Nothing stored."""
        count = len(self._apart_ns)
        return self._memory(
            np.zeros((count, _SAMPLES)), np.zeros((count, _SAMPLES), dtype=np.int64),
            np.zeros(count, dtype=np.int64), np.full(count, np.nan),
        )  # fmt: skip

    def step(self, old: RateMemory, value: FloatArray, usable: BoolArray, now_ns: int) -> RateMemory:
        """The memory after this scan: ``old`` itself when no sample is due and no row lost or got its quality."""
        if old.newest_ns <= now_ns < old.next_due_ns and usable.tobytes() == old.held:
            return old
        since_ns = now_ns - old.times_ns[:, -1]
        fresh = usable & ((old.count == 0) | (since_ns < 0) | (since_ns > self._gap_ns))
        rows = np.flatnonzero(fresh | (usable & (since_ns >= self._apart_ns)))
        values, times_ns = old.values.copy(), old.times_ns.copy()
        values[rows, :-1] = old.values[rows, 1:]
        values[rows, -1] = value[rows]
        times_ns[rows, :-1] = old.times_ns[rows, 1:]
        times_ns[rows, -1] = now_ns
        count = np.where(usable & ~fresh, old.count, 0)
        count[rows] = np.minimum(count[rows] + 1, _SAMPLES)
        rate = np.where(usable & ~fresh, old.rate, np.nan)
        full = rows[count[rows] == _SAMPLES]
        if len(full):
            rate[full] = _per_minute(values[full], times_ns[full])
        return self._memory(values, times_ns, count, rate)

    def _memory(self, values: FloatArray, times_ns: IntArray, count: IntArray, rate: FloatArray) -> RateMemory:
        held = count > 0
        last_ns = times_ns[:, -1]
        newest_ns, next_due_ns = 0, _NEVER_NS
        if held.any():
            newest_ns = int(last_ns[held].max())
            next_due_ns = int((last_ns + self._apart_ns)[held].min())
        return RateMemory(values, times_ns, count, rate, held.tobytes(), newest_ns, next_due_ns)


def _per_minute(values: FloatArray, times_ns: IntArray) -> FloatArray:
    first = np.sort(values[:, :_END], axis=1)[:, 1]
    last = np.sort(values[:, -_END:], axis=1)[:, 1]
    minutes = (times_ns[:, -2] - times_ns[:, 1]) / _NS_PER_MIN
    with np.errstate(over="ignore"):  # a rate that is no finite number is not judged
        return (last - first) / minutes


class Transitions:
    """The transition alarms of a table, in the order given."""

    def __init__(self, alarms: Sequence[AlarmDef]) -> None:
        self._from: FloatArray = np.array([_or_any(a.from_value) for a in alarms], dtype=np.float64)
        self._to: FloatArray = np.array([_or_any(a.to_value) for a in alarms], dtype=np.float64)
        self._from_any = np.isnan(self._from)
        self._to_any = np.isnan(self._to)

    def initial(self) -> FloatArray:
        """No value seen yet."""
        return np.full(len(self._from), np.nan)

    def step(self, last: FloatArray, value: FloatArray, usable: BoolArray) -> tuple[FloatArray, BoolArray]:
        """The values to remember (``last`` itself when nothing changed), and which alarms' transition happened now."""
        changed = usable & (value != last)
        if not changed.any():
            return last, changed
        left = np.where(self._from_any, ~_is(last, self._to), _is(last, self._from))
        reached = np.where(self._to_any, ~_is(value, self._from), _is(value, self._to))
        return np.where(usable, value, last), changed & ~np.isnan(last) & left & reached


def _or_any(value: float | None) -> float:
    return np.nan if value is None else value


def _is(value: FloatArray, wanted: FloatArray) -> BoolArray:
    """Equal as discrete values are; never for NaN."""
    return np.abs(value - wanted) < 0.5
