"""Vectorised evaluation of alarm conditions: deadband, delays, quality and ``when`` of all alarms at once.

Every alarm is one row. A limit or discrete row is true while ``lo < value < hi``; the bounds of a row that is on are wider
by the deadband, so hysteresis costs nothing. Objects are made for transitions only (cost: docs/alarms.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from alarms.table import HIGH_KINDS, LIMIT_KINDS, AlarmDef, AlarmKind, AlarmTable, sources
from line.clock import NS_PER_S
from line.image import FloatArray, IntArray, Snapshot
from line.quality import BoolArray, good_mask

NOT_PENDING: Final = -1
"""In ``since_ns``: no delay runs. Zero is a time like any other."""

_NEVER_NS: Final = np.iinfo(np.int64).max
_NO_ROWS: Final[npt.NDArray[np.intp]] = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Conditions:
    """Debounced conditions, one element per alarm; arrays are never written after construction.

    ``on`` is the condition after its delays. ``since_ns`` is when a change of it began to stand, or :data:`NOT_PENDING`.
    The rest is derived: ``lo``/``hi`` the bounds in force, ``pending`` the mask of ``since_ns`` as bytes, and the span of
    time within which nothing is due.
    """

    on: BoolArray
    since_ns: IntArray
    lo: FloatArray
    hi: FloatArray
    pending: bytes
    newest_since_ns: int
    next_due_ns: int


@dataclass(frozen=True, eq=False)
class Step:
    """Outcome of one evaluation: the new conditions and the rows that came on and went off, ascending."""

    conditions: Conditions
    activated: npt.NDArray[np.intp]
    cleared: npt.NDArray[np.intp]


class Evaluator:
    """The alarm table as constant arrays. :meth:`step` is a pure function of its arguments."""

    def __init__(self, table: AlarmTable) -> None:
        kinds = [a.kind for a in table]
        bounds = np.array([_bounds(a) for a in table], dtype=np.float64).reshape(len(table), 4)
        self._lo_off, self._hi_off, self._lo_on, self._hi_on = (np.ascontiguousarray(c) for c in bounds.T)
        self._handles: IntArray = np.array([a.handle for a in table], dtype=np.int64)
        self._on_delay_ns = _nanoseconds([a.on_delay_s for a in table])
        self._off_delay_ns = _nanoseconds([a.off_delay_s for a in table])
        self._quality_row: BoolArray = np.array([k is AlarmKind.BAD_QUALITY for k in kinds], dtype=np.bool_)
        self._whens = _Whens(table)

    def conditions(self, on: BoolArray, since_ns: IntArray) -> Conditions:
        """Conditions with their derived parts. All arrays have one element per alarm."""
        pending: BoolArray = since_ns != NOT_PENDING
        delay_ns = np.where(on, self._off_delay_ns, self._on_delay_ns)
        some = bool(pending.any())
        return Conditions(
            on, since_ns,
            np.where(on, self._lo_on, self._lo_off), np.where(on, self._hi_on, self._hi_off), pending.tobytes(),
            int(since_ns.max()) if some else NOT_PENDING,
            int((since_ns + delay_ns)[pending].min()) if some else int(_NEVER_NS),
        )  # fmt: skip

    def initial(self) -> Conditions:
        """Nothing on, nothing pending."""
        count = len(self._handles)
        off = np.zeros(count, dtype=np.bool_)
        return self.conditions(off, np.full(count, NOT_PENDING, dtype=np.int64))

    def restored(self, on: BoolArray, since_ns: IntArray, now_ns: int) -> Conditions:
        """Conditions as saved. A delay said to begin in the future (the clock was set back) does not run."""
        past = np.where(since_ns > now_ns, NOT_PENDING, since_ns)
        return self.conditions(on, past)

    def step(self, old: Conditions, image: Snapshot, now_ns: int) -> Step:
        """Judge every row against ``image``; ``step.conditions is old`` when nothing changed.

        Limits and discrete values need Good quality and a finite number; else the row keeps its state and its running delay
        is cancelled. ``bad_quality`` rows are true whenever quality is not Good.
        """
        value = image.value.take(self._handles)
        good = good_mask(image.status.take(self._handles))
        usable = (good & np.isfinite(value)) | self._quality_row
        present = ((value > old.lo) & (value < old.hi)) | (self._quality_row & ~good)
        if self._whens.matters(present | old.on):
            present, usable = self._whens.apply(present, usable, image)
        change = usable & (present != old.on)
        quiet = old.newest_since_ns <= now_ns < old.next_due_ns and change.tobytes() == old.pending
        if quiet:
            return Step(old, _NO_ROWS, _NO_ROWS)
        running = np.where(old.since_ns == NOT_PENDING, now_ns, np.minimum(old.since_ns, now_ns))
        delay_ns = np.where(old.on, self._off_delay_ns, self._on_delay_ns)
        due = change & (now_ns - running >= delay_ns)
        since_ns = np.where(change & ~due, running, NOT_PENDING)
        new = self.conditions(old.on ^ due, since_ns)
        return Step(new, np.flatnonzero(due & new.on), np.flatnonzero(due & old.on))


class _Whens:
    """The ``when`` expressions of a table. Their values are remembered for unchanged inputs; a memory, not a state."""

    def __init__(self, table: AlarmTable) -> None:
        whens = sources(table, "when")
        self._set = table.whens
        self._rows = np.array([row for row, a in enumerate(table) if a.when], dtype=np.intp)
        self._index = np.array([whens.index(table[row].when) for row in self._rows], dtype=np.intp)
        self.has_when: BoolArray = np.array([bool(a.when) for a in table], dtype=np.bool_)
        reads = {h for e in self._set.expressions for h in e.reads} if self._set else set[int]()
        self._reads: IntArray = np.array(sorted(reads), dtype=np.int64)
        self._inputs = b""
        self._values: FloatArray = np.zeros(0)

    def matters(self, relevant: BoolArray) -> bool:
        """True when a row that is true or on has a ``when``: else its value changes nothing."""
        return self._set is not None and bool((relevant & self.has_when).any())

    def apply(self, present: BoolArray, usable: BoolArray, image: Snapshot) -> tuple[BoolArray, BoolArray]:
        """``present`` and ``usable`` where a false ``when`` means absent, and an unknown one that nothing can be judged."""
        value = self._evaluate(image)[self._index]
        known = np.ones_like(present)
        absent = np.zeros_like(present)
        known[self._rows] = ~np.isnan(value)
        absent[self._rows] = value == 0.0
        return present & ~absent, (usable | absent) & known

    def _evaluate(self, image: Snapshot) -> FloatArray:
        """Value of each distinct expression, NaN where it is unknown."""
        assert self._set is not None
        inputs = image.value.take(self._reads).tobytes() + image.status.take(self._reads).tobytes()
        if inputs != self._inputs or not len(self._values):
            self._values = np.array([np.nan if v is None else v for v in self._set.evaluate(image)], dtype=np.float64)
            self._inputs = inputs
        return self._values


def _bounds(alarm: AlarmDef) -> tuple[float, float, float, float]:
    """Open interval (lo, hi) in which the condition is true: for a row that is off, then for one that is on."""
    limit, deadband = alarm.limit, alarm.deadband
    if alarm.kind is AlarmKind.BAD_QUALITY:
        return np.inf, np.inf, np.inf, np.inf
    if limit is None:
        raise ValueError(f"alarm {alarm.id} has no limit")
    if alarm.kind not in LIMIT_KINDS:
        return limit - 0.5, limit + 0.5, limit - 0.5, limit + 0.5
    if alarm.kind in HIGH_KINDS:
        return limit, np.inf, limit - deadband, np.inf
    return -np.inf, limit, -np.inf, limit + deadband


def _nanoseconds(seconds: Sequence[float]) -> IntArray:
    return np.array([round(s * NS_PER_S) for s in seconds], dtype=np.int64)
