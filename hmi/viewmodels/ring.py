"""Recent values of one tag for sparklines and trends: at most one point per second, fixed memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from hmi.viewmodels import wire
from line.clock import NS_PER_S
from line.messages import Json
from line.quality import Status, is_good

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CAPACITY: Final = 3600
STEP_NS: Final = NS_PER_S
HOLDS_FROM_S: Final = 10.0


def stepped(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """With a point just before each one that comes more than ten seconds after the last: what was stored by exception held.

    ``x`` in seconds, rising. A line drawn through the result does not slope over a time in which nothing changed.
    """
    late = np.flatnonzero((np.diff(x) > HOLDS_FROM_S) & np.isfinite(y[:-1]))
    if not len(late):
        return x, y
    return np.insert(x, late + 1, x[late + 1] - 1.0), np.insert(y, late + 1, y[late])


def points_of(times: Sequence[Json], values: Sequence[Json], quality: Sequence[Json]) -> tuple[IntArray, FloatArray]:
    """The points of an answer with history: times in ns, and NaN for what is no number or not good.

    An hour of every tag is more than a hundred thousand of them: one by one they would hold up the panel for a second.
    """
    count = min(len(times), len(values))
    stamps, numbers = times[:count], _floats(values[:count])
    codes = [c if isinstance(c, int) else int(Status.GOOD) for c in quality[:count]]
    if not all(is_good(c) for c in set(codes)):
        numbers[: len(codes)][[not is_good(c) for c in codes]] = np.nan
    if not _only(stamps, {int}):
        kept = [i for i, t in enumerate(stamps) if isinstance(t, int)]
        stamps, numbers = [stamps[i] for i in kept], numbers[kept]
    return np.array(stamps, dtype=np.int64), numbers


def _floats(values: Sequence[Json]) -> FloatArray:
    known = values if _only(values, {float, int, bool, type(None)}) else [wire.as_number(v) for v in values]
    numbers = np.array(known, dtype=np.float64)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _only(values: Sequence[Json], types: set[type]) -> bool:
    return set(map(type, values)) <= types


class Ring:
    """Time (UTC ns) and value pairs, oldest first; NaN marks a stretch that is not to be trusted."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._time = np.zeros(capacity, dtype=np.int64)
        self._value = np.full(capacity, np.nan)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, time_ns: int, value: float | None) -> None:
        """Append a point. Within one second of the last point the newer value replaces it; older points are ignored."""
        number = float("nan") if value is None else value
        if self._count:
            last = int(self._time[self._count - 1])
            if time_ns < last:
                return
            before = int(self._time[self._count - 2]) if self._count > 1 else 0
            if time_ns - before < STEP_NS:
                self._value[self._count - 1] = number
                self._time[self._count - 1] = time_ns
                return
        if self._count == len(self._time):
            keep = len(self._time) - len(self._time) // 8
            self._time[:keep] = self._time[-keep:]
            self._value[:keep] = self._value[-keep:]
            self._count = keep
        self._time[self._count] = time_ns
        self._value[self._count] = number
        self._count += 1

    def fill(self, times_ns: Sequence[int] | IntArray, values: Sequence[float | None] | FloatArray) -> None:
        """Put history before what is held already; points that overlap it are left out."""
        count = min(len(times_ns), len(values))
        times, numbers = np.asarray(times_ns[:count], dtype=np.int64), np.asarray(values[:count], dtype=np.float64)
        if self._count:
            older = times < self._time[0]
            times, numbers = times[older], numbers[older]
        order = np.argsort(times, kind="stable")
        times = np.concatenate([times[order], self._time[: self._count]])[-len(self._time) :]
        numbers = np.concatenate([numbers[order], self._value[: self._count]])[-len(self._time) :]
        self._count = len(times)
        self._time[: self._count] = times
        self._value[: self._count] = numbers

    def window(self, from_ns: int, to_ns: int) -> tuple[FloatArray, FloatArray]:
        """Seconds relative to ``to_ns`` (≤ 0) and values inside the window; the value that held at its start is included."""
        time = self._time[: self._count]
        start = max(0, int(np.searchsorted(time, from_ns, side="left")) - 1)
        end = int(np.searchsorted(time, to_ns, side="right"))
        relative = (time[start:end] - to_ns).astype(np.float64) / NS_PER_S
        return np.maximum(relative, (from_ns - to_ns) / NS_PER_S), self._value[start:end].copy()
