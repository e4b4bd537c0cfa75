"""Vectorised evaluation of alarm conditions: deadband, delays, ``when`` and suppression by design of all alarms at once.

Every alarm is one row. Its number (``alarms/signals.py``) alarms while it lies between ``lo`` and ``hi``; the bounds of a row
that is on are wider by the deadband, so hysteresis costs nothing. Objects are made for changes only (cost: docs/alarms.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from alarms.expressions import RowExpressions
from alarms.memory import Memory
from alarms.signals import Rows, SignalReader
from alarms.table import ANALOG_KINDS, HIGH_KINDS, LIMIT_KINDS, AlarmDef, AlarmKind, AlarmTable
from line.clock import NS_PER_S
from line.image import FloatArray, IntArray, Snapshot
from line.quality import BoolArray

NOT_PENDING: Final = -1
"""In ``since_ns``: no delay runs. Zero is a time like any other."""

_NEVER_NS: Final = np.iinfo(np.int64).max
_NO_ROWS: Final[Rows] = np.zeros(0, dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Conditions:
    """Debounced conditions, one element per alarm; arrays are never written after construction.

    ``on`` is the condition after its delays. ``since_ns`` is when a change of it began to stand, or :data:`NOT_PENDING`.
    ``suppressed`` is what ``suppress_when`` last said. ``memory`` is what rates and transitions remember of the values. The
    rest is derived: ``lo``/``hi`` the bounds in force, ``pending`` the mask of ``since_ns`` as bytes, and the span of time
    within which nothing is due.
    """

    on: BoolArray
    since_ns: IntArray
    suppressed: BoolArray
    memory: Memory
    lo: FloatArray
    hi: FloatArray
    pending: bytes
    newest_since_ns: int
    next_due_ns: int


@dataclass(frozen=True, eq=False)
class Step:
    """Outcome of one evaluation: the new conditions and the rows that came on, went off, became suppressed and are so no
    longer, each ascending."""

    conditions: Conditions
    activated: Rows
    cleared: Rows
    suppressed: Rows
    released: Rows


class Evaluator:
    """The alarm table as constant arrays. :meth:`step` is a pure function of its arguments."""

    def __init__(self, table: AlarmTable) -> None:
        """Raises ValueError for an alarm that lacks what its kind is judged by."""
        bounds = np.array([_bounds(a) for a in table], dtype=np.float64).reshape(len(table), 4)
        self._lo_off, self._hi_off, self._lo_on, self._hi_on = (np.ascontiguousarray(c) for c in bounds.T)
        self._on_delay_ns = _nanoseconds([0.0 if a.kind is AlarmKind.TRANSITION else a.on_delay_s for a in table])
        self._off_delay_ns = _nanoseconds([a.off_delay_s for a in table])
        self._signals = SignalReader(table)
        self._whens = RowExpressions(table, "when", table.whens)
        self._suppressions = RowExpressions(table, "suppress_when", table.suppressions)

    def initial(self) -> Conditions:
        """Nothing on, nothing pending, nothing suppressed."""
        off = np.zeros(len(self._on_delay_ns), dtype=np.bool_)
        return self._conditions(off, np.full(len(off), NOT_PENDING, dtype=np.int64), off, self._signals.initial())

    def restored(self, on: BoolArray, since_ns: IntArray, suppressed: BoolArray, now_ns: int) -> Conditions:
        """Conditions as saved. A delay said to begin in the future (the clock was set back) does not run.

        What rates and transitions remembered starts afresh. A row marked ``suppressed`` whose alarm has no ``suppress_when``
        any more is released by the next step.
        """
        past = np.where(since_ns > now_ns, NOT_PENDING, since_ns)
        return self._conditions(on, past, suppressed, self._signals.initial())

    def step(self, old: Conditions, image: Snapshot, now_ns: int) -> Step:
        """Judge every row against ``image``; ``step.conditions is old`` when nothing changed.

        A row that cannot be judged (docs/alarms.md, "Quality") keeps its state, and its running delay is cancelled.
        """
        signals = self._signals.read(old.memory, image, now_ns)
        present = ((signals.number > old.lo) & (signals.number < old.hi)) | signals.true
        usable = signals.usable
        if self._whens.among(present | old.on):
            self._whens.evaluate(image)
            absent = self._whens.has & self._whens.known & ~self._whens.true
            present &= ~absent
            usable = (usable | absent) & self._whens.known
        change = usable & (present != old.on)
        suppressed = self._suppress(old.suppressed, image)
        if old.newest_since_ns <= now_ns < old.next_due_ns and change.tobytes() == old.pending:
            if signals.memory is old.memory and suppressed is old.suppressed:
                return Step(old, _NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS)
            return _step(old, replace(old, suppressed=suppressed, memory=signals.memory))
        running = np.where(old.since_ns == NOT_PENDING, now_ns, np.minimum(old.since_ns, now_ns))
        delay_ns = np.where(old.on, self._off_delay_ns, self._on_delay_ns)
        due = change & (now_ns - running >= delay_ns)
        since_ns = np.where(change & ~due, running, NOT_PENDING)
        return _step(old, self._conditions(old.on ^ due, since_ns, suppressed, signals.memory))

    def _suppress(self, old: BoolArray, image: Snapshot) -> BoolArray:
        """What ``suppress_when`` says, as before where it is unknown; ``old`` itself when nothing changed."""
        if not len(self._suppressions.rows) and not old.any():
            return old
        self._suppressions.evaluate(image)
        new = np.where(self._suppressions.known, self._suppressions.true, old)
        return old if new.tobytes() == old.tobytes() else new

    def _conditions(self, on: BoolArray, since_ns: IntArray, suppressed: BoolArray, memory: Memory) -> Conditions:
        """Conditions with their derived parts. All arrays have one element per alarm."""
        pending: BoolArray = since_ns != NOT_PENDING
        delay_ns = np.where(on, self._off_delay_ns, self._on_delay_ns)
        some = bool(pending.any())
        return Conditions(
            on, since_ns, suppressed, memory,
            np.where(on, self._lo_on, self._lo_off), np.where(on, self._hi_on, self._hi_off), pending.tobytes(),
            int(since_ns.max()) if some else NOT_PENDING,
            int((since_ns + delay_ns)[pending].min()) if some else int(_NEVER_NS),
        )  # fmt: skip


def _step(old: Conditions, new: Conditions) -> Step:
    """The step from ``old`` to ``new``, with the rows that differ."""
    on, off = np.flatnonzero(new.on & ~old.on), np.flatnonzero(old.on & ~new.on)
    if new.suppressed is old.suppressed:
        return Step(new, on, off, _NO_ROWS, _NO_ROWS)
    hidden, shown = new.suppressed & ~old.suppressed, old.suppressed & ~new.suppressed
    return Step(new, on, off, np.flatnonzero(hidden), np.flatnonzero(shown))


def _bounds(alarm: AlarmDef) -> tuple[float, float, float, float]:
    """Open interval (lo, hi) in which the number alarms: for a row that is off, then for one that is on."""
    limit, deadband = alarm.limit, alarm.deadband
    if alarm.kind not in ANALOG_KINDS and alarm.kind is not AlarmKind.DISCRETE:
        return np.inf, np.inf, np.inf, np.inf
    if limit is None:
        raise ValueError(f"alarm {alarm.id} has no limit")
    if alarm.kind is AlarmKind.DISCRETE:
        return limit - 0.5, limit + 0.5, limit - 0.5, limit + 0.5
    if alarm.kind in LIMIT_KINDS and alarm.kind not in HIGH_KINDS:
        return -np.inf, limit, -np.inf, limit + deadband
    return limit, np.inf, limit - deadband, np.inf


def _nanoseconds(seconds: Sequence[float]) -> IntArray:
    return np.array([round(s * NS_PER_S) for s in seconds], dtype=np.int64)
