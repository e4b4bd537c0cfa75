"""Samples of one tag for a trend: history of a window and the live values after it, without a seam and with honest gaps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from hmi.viewmodels import wire
from hmi.viewmodels.ring import FloatArray
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.quality import SEVERITY_SHIFT, Status, is_bad, is_good

IntArray = npt.NDArray[np.int64]

LIVE_MAX: Final = 20_000
SEAM_NS: Final = 5 * NS_PER_S
"""Live values that begin later than this after the end of the history do not join it: there is a hole between."""
HOLD_MAX_NS: Final = 900 * NS_PER_S
"""Every tag is stored at least every 600 s (historian/exception.py): a longer silence is a gap, not a constant value."""


@dataclass(frozen=True, eq=False)
class Window:
    """Samples ascending by time: ``t`` ns UTC, ``v`` NaN where there is nothing to be trusted, ``q`` OPC UA status."""

    t: IntArray
    v: FloatArray
    q: IntArray
    until_ns: int = 0
    """How long the last value may be taken to hold: it was watched, or the next heartbeat is not overdue."""

    def __len__(self) -> int:
        return len(self.t)


@dataclass(frozen=True)
class Stretch:
    """A time, ns UTC, in which the quality is not good; ``bad`` False is uncertain."""

    start_ns: int
    end_ns: int
    bad: bool


EMPTY_INT: Final = np.zeros(0, dtype=np.int64)
EMPTY_FLOAT: Final = np.zeros(0, dtype=np.float64)


class TagSamples:
    """History and live values of one tag."""

    def __init__(self) -> None:
        self._history = Window(EMPTY_INT, EMPTY_FLOAT, EMPTY_INT)
        self._covered: tuple[int, int] = (0, 0)
        self._t: list[int] = []
        self._v: list[float] = []
        self._q: list[int] = []
        self._watched: tuple[int, int] | None = None
        self._all: Window | None = None

    def take_history(self, entry: Obj, from_ns: int, to_ns: int) -> None:
        """The tag's part of an answer of ``GET /api/history`` for ``from_ns``…``to_ns``; replaces the history held."""
        triples: list[tuple[int, float, int]] = []
        values, quality = wire.items(entry, "v"), wire.items(entry, "q")
        for i, t in enumerate(wire.items(entry, "t")):
            if isinstance(t, bool) or not isinstance(t, int) or i >= len(values):
                continue
            told = quality[i] if i < len(quality) else 0
            code = int(told) if isinstance(told, int | float) else 0
            number = wire.as_number(values[i])
            if number is None and is_good(code):
                code = int(Status.BAD_WAITING_FOR_INITIAL_DATA)
            triples.append((t, float("nan") if number is None or is_bad(code) else number, code))
        triples.sort(key=lambda s: s[0])
        self._history = Window(
            np.array([t for t, _, _ in triples], dtype=np.int64), np.array([v for _, v, _ in triples], dtype=np.float64),
            np.array([q for _, _, q in triples], dtype=np.int64),
        )  # fmt: skip
        self._covered = (from_ns, to_ns)
        self._all = None
        last = int(self._history.t[-1]) if triples else 0
        keep = next((i for i, t in enumerate(self._t) if t > last), len(self._t))
        for part in (self._t, self._v, self._q):
            del part[:keep]

    def seed(self, seconds: FloatArray, values: FloatArray, end_ns: int) -> None:
        """Remembered values (seconds before ``end_ns``) in place of a history that has not come yet; NaN is not known."""
        if len(self._history) or not len(seconds):
            return
        t = (seconds * NS_PER_S).astype(np.int64) + end_ns
        unknown = np.where(np.isnan(values), int(Status.BAD_NO_COMMUNICATION), int(Status.GOOD)).astype(np.int64)
        self._history = Window(t, values.copy(), unknown)
        self._covered = (int(t[0]), end_ns)
        self._all = None

    @property
    def live_count(self) -> int:
        """How many live values are held; history should take their place when there are many."""
        return len(self._t)

    def watch(self, now_ns: int) -> None:
        """Live values are being looked at: what does not come anew still holds."""
        self._watched = (now_ns if self._watched is None else self._watched[0], now_ns)
        if self._all is not None and (self._t or not self.hole_after(self._ended())):
            self._all = replace(self._all, until_ns=max(self._all.until_ns, now_ns))

    def add_live(self, time_ns: int, value: float | None, status: int) -> None:
        """A live value; older than the last one is ignored, a repetition too."""
        number = float("nan") if value is None or is_bad(status) else value
        if self._t:
            if time_ns <= self._t[-1]:
                return
            self._all = None
            stands = len(self._t) > 1 and self._q[-2] == self._q[-1] == status
            if stands and _same(self._v[-2], number) and _same(self._v[-1], number):
                self._t[-1] = time_ns  # a value that stands still needs its first and its last point only
                return
        self._all = None
        self._t.append(time_ns)
        self._v.append(number)
        self._q.append(status)
        if len(self._t) > LIVE_MAX:
            for part in (self._t, self._v, self._q):
                del part[: LIVE_MAX // 8]

    def cut(self, time_ns: int) -> None:
        """From here on nothing is known: the connection is gone."""
        if not self._t or self._q[-1] != int(Status.BAD_NO_COMMUNICATION):
            self.add_live(time_ns, None, int(Status.BAD_NO_COMMUNICATION))

    def hole_after(self, time_ns: int) -> bool:
        """True when live values were not watched from soon after ``time_ns`` on."""
        return self._watched is None or self._watched[0] - time_ns > SEAM_NS

    def forget_live(self) -> None:
        """Drop live values: they were not watched all the time, the history will say what was."""
        self._t, self._v, self._q, self._watched, self._all = [], [], [], None, None

    def all(self) -> Window:
        """History, then what came live after it; a hole between them is a point without value."""
        if self._all is None:
            self._all = self._joined()
        return self._all

    def _ended(self) -> int:
        return max(int(self._history.t[-1]) if len(self._history) else 0, self._covered[1])

    def _joined(self) -> Window:
        held = self._history
        last = int(held.t[-1]) if len(held) else 0
        start = next((i for i, t in enumerate(self._t) if t > last), len(self._t))
        t, v, q = self._t[start:], self._v[start:], self._q[start:]
        ended = self._ended()
        if t and len(held) and self.hole_after(ended):
            t, v, q = [min(ended + 1, t[0] - 1), *t], [float("nan"), *v], [int(Status.BAD_NO_COMMUNICATION), *q]
        newest = t[-1] if t else last
        watched = self._watched[1] if self._watched is not None and not (self.hole_after(ended) and not t) else 0
        return Window(
            np.concatenate([held.t, np.array(t, dtype=np.int64)]), np.concatenate([held.v, np.array(v, dtype=np.float64)]),
            np.concatenate([held.q, np.array(q, dtype=np.int64)]), max(newest + HOLD_MAX_NS, watched),
        )  # fmt: skip

    def at(self, time_ns: int) -> tuple[float, int] | None:
        """Value and status that held at a time; None before the first sample and in a silence that is too long."""
        window = self.all()
        i = int(np.searchsorted(window.t, time_ns, side="right")) - 1
        if i < 0 or (i == len(window) - 1 and time_ns > window.until_ns):
            return None
        return float(window.v[i]), int(window.q[i])


def _same(one: float, other: float) -> bool:
    return one == other or (one != one and other != other)


def staircase(window: Window, base_ns: int, end_ns: int) -> tuple[FloatArray, FloatArray]:
    """Seconds since ``base_ns`` and values, each held until the next sample and the last one until ``end_ns``.

    A value stored by exception holds until the next one; slanted lines between such samples would invent values.
    """
    if not len(window):
        return EMPTY_FLOAT, EMPTY_FLOAT
    t, v = window.t, window.v
    until_ns = min(end_ns, window.until_ns)
    if int(t[-1]) < until_ns:
        t, v = np.append(t, until_ns), np.append(v, v[-1])
    seconds = (t - base_ns).astype(np.float64) / NS_PER_S
    return np.repeat(seconds, 2)[1:], np.repeat(v, 2)[:-1]


def stretches(window: Window, end_ns: int) -> list[Stretch]:
    """Where the quality is not good, neighbours joined; the last one lasts until ``end_ns``."""
    found: list[Stretch] = []
    for i in np.flatnonzero(window.q >> SEVERITY_SHIFT).tolist():
        code = int(window.q[i])
        until = int(window.t[i + 1]) if i + 1 < len(window) else max(end_ns, int(window.t[i]))
        bad = is_bad(code)
        if found and found[-1].end_ns >= int(window.t[i]) and found[-1].bad == bad:
            found[-1] = Stretch(found[-1].start_ns, until, bad)
        else:
            found.append(Stretch(int(window.t[i]), until, bad))
    return found
