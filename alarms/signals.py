"""What is judged of every alarm in a scan: a number to hold against its limits, or a truth; and whether it can be judged."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from alarms.expressions import RowExpressions
from alarms.memory import Memory, Rates, Transitions
from alarms.table import BOTH_KINDS, CONDITION_KINDS, DEVIATION_KINDS, HIGH_KINDS, RATE_KINDS, AlarmKind, AlarmTable
from line.image import FloatArray, IntArray, Snapshot
from line.quality import BoolArray, Status, StatusArray, good_mask

Rows = npt.NDArray[np.intp]
_CODE: Final = np.uint32(0xFFFF0000)
"""The bits of a status without those that only inform (OPC 10000-4 §7.39)."""
_STALE: Final = np.uint32(Status.UNCERTAIN_LAST_USABLE_VALUE)
_UNCERTAIN_LOST: Final = np.uint32(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)
_BAD_LOST: Final = np.uint32(Status.BAD_NO_COMMUNICATION)
_LINK: Final = re.compile(r"Link\..+\.Up")
"""The tag by which a communication alarm watches a whole link (line/diagnostics.py)."""


@dataclass(frozen=True, eq=False)
class Signals:
    """One scan's; an element per alarm. ``number`` is to be held against the limits, ``true`` alarms without any; neither
    counts where not ``usable``. ``memory`` is what to remember, the object that was given when nothing changed."""

    number: FloatArray
    true: BoolArray
    usable: BoolArray
    memory: Memory


class SignalReader:
    """The table's rows by kind, as constant arrays. :meth:`read` is a pure function of its arguments."""

    def __init__(self, table: AlarmTable) -> None:
        """Raises ValueError for a deviation without a setpoint and a rate without a window."""
        kinds = [a.kind for a in table]
        if wrong := [a.id for a in table if a.kind in DEVIATION_KINDS and a.setpoint < 0]:
            raise ValueError(f"alarm {wrong[0]} has no setpoint")
        self._handles: IntArray = np.array([a.handle for a in table], dtype=np.int64)
        self._deviation = _rows(kinds, DEVIATION_KINDS)
        self._setpoints: IntArray = np.array([table[row].setpoint for row in self._deviation.tolist()], dtype=np.int64)
        self._rate = _rows(kinds, RATE_KINDS)
        self._rates = Rates([table[row] for row in self._rate.tolist()])
        self._transition = _rows(kinds, {AlarmKind.TRANSITION})
        self._transitions = Transitions([table[row] for row in self._transition.tolist()])
        self._condition = _rows(kinds, CONDITION_KINDS)
        self._conditions = RowExpressions(table, "condition", table.conditions)
        self._quality: BoolArray = np.array([k is AlarmKind.BAD_QUALITY for k in kinds], dtype=np.bool_)
        self._stale = _rows(kinds, {AlarmKind.STALE})
        self._communication = _rows(kinds, {AlarmKind.COMMUNICATION})
        self._link: BoolArray = np.array(
            [_LINK.fullmatch(table[row].tag) is not None for row in self._communication.tolist()], dtype=np.bool_
        )
        self._deviation_side = _Side(kinds, self._deviation)
        self._rate_side = _Side(kinds, self._rate)

    def initial(self) -> Memory:
        """Nothing remembered."""
        return Memory(self._rates.initial(), self._transitions.initial())

    def read(self, memory: Memory, image: Snapshot, now_ns: int) -> Signals:
        """What ``image`` says of every row (docs/alarms.md, "Conditions")."""
        number = image.value.take(self._handles)
        status = image.status.take(self._handles)
        good = good_mask(status)
        usable = good & np.isfinite(number)
        true = self._quality & ~good
        if len(self._rate) or len(self._transition):
            memory = self._remember(memory, number, usable, true, now_ns)
        if len(self._deviation):
            self._deviate(image, number, usable)
        usable |= self._quality
        if len(self._condition):
            self._conditions.evaluate(image)
            true[self._condition] = self._conditions.true[self._condition]
            usable[self._condition] = self._conditions.known[self._condition]
        if len(self._stale):
            true[self._stale] = status[self._stale] & _CODE == _STALE
            usable[self._stale] = True
        if len(self._communication):
            true[self._communication] = self._lost(status, number, good)
            usable[self._communication] = True
        return Signals(number, true, usable, memory)

    def _remember(self, old: Memory, number: FloatArray, usable: BoolArray, true: BoolArray, now_ns: int) -> Memory:
        """Puts rates in the place of their values, and marks the transitions of this scan."""
        rates, last = old.rates, old.last
        if len(self._rate):
            rates = self._rates.step(rates, number[self._rate], usable[self._rate], now_ns)
            number[self._rate] = self._rate_side.of(rates.rate)
            usable[self._rate] &= np.isfinite(rates.rate)
        if len(self._transition):
            rows = self._transition
            last, true[rows] = self._transitions.step(last, number[rows], usable[rows])
        return old if rates is old.rates and last is old.last else Memory(rates, last)

    def _deviate(self, image: Snapshot, number: FloatArray, usable: BoolArray) -> None:
        """Puts the distance from the setpoint in the place of the value."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is no finite number is not judged
            distance = number[self._deviation] - image.value.take(self._setpoints)
        number[self._deviation] = self._deviation_side.of(distance)
        usable[self._deviation] &= good_mask(image.status.take(self._setpoints)) & np.isfinite(distance)

    def _lost(self, status: StatusArray, number: FloatArray, good: BoolArray) -> BoolArray:
        """Which communication rows have no link: their tag says so, or it is the tag of a link that is down."""
        rows = self._communication
        code = status[rows] & _CODE
        return (code == _UNCERTAIN_LOST) | (code == _BAD_LOST) | (self._link & good[rows] & (number[rows] == 0.0))


class _Side:
    """Turns a signed number so that it alarms upwards: as it is, reversed for the low kinds, its size where both sides count."""

    def __init__(self, kinds: list[AlarmKind], rows: Rows) -> None:
        self._both: BoolArray = np.array([kinds[row] in BOTH_KINDS for row in rows.tolist()], dtype=np.bool_)
        upwards = HIGH_KINDS | BOTH_KINDS
        self._sign: FloatArray = np.array([1.0 if kinds[row] in upwards else -1.0 for row in rows.tolist()], dtype=np.float64)

    def of(self, number: FloatArray) -> FloatArray:
        return np.where(self._both, np.abs(number), number * self._sign)


def _rows(kinds: list[AlarmKind], wanted: Collection[AlarmKind]) -> Rows:
    return np.array([row for row, kind in enumerate(kinds) if kind in wanted], dtype=np.intp)
