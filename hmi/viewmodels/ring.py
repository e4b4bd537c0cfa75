"""Recent values of one tag for sparklines and trends: at most one point per second, fixed memory."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from line.clock import NS_PER_S

FloatArray = npt.NDArray[np.float64]

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

    def fill(self, times_ns: list[int], values: list[float | None]) -> None:
        """Put history before what is held already; points that overlap it are left out."""
        first = int(self._time[0]) if self._count else None
        older = [(t, v) for t, v in zip(times_ns, values, strict=False) if first is None or t < first]
        held = [(int(t), float(v)) for t, v in zip(self._time[: self._count], self._value[: self._count], strict=True)]
        merged = [(t, float("nan") if v is None else v) for t, v in sorted(older, key=lambda p: p[0])] + held
        merged = merged[-len(self._time) :]
        self._count = len(merged)
        self._time[: self._count] = [t for t, _ in merged]
        self._value[: self._count] = [v for _, v in merged]

    def window(self, from_ns: int, to_ns: int) -> tuple[FloatArray, FloatArray]:
        """Seconds relative to ``to_ns`` (≤ 0) and values inside the window; the value that held at its start is included."""
        time = self._time[: self._count]
        start = max(0, int(np.searchsorted(time, from_ns, side="left")) - 1)
        end = int(np.searchsorted(time, to_ns, side="right"))
        relative = (time[start:end] - to_ns).astype(np.float64) / NS_PER_S
        return np.maximum(relative, (from_ns - to_ns) / NS_PER_S), self._value[start:end].copy()
