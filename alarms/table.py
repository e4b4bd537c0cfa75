"""What an alarm is to the scan: the frozen definition and the table of all alarms of a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.documents import Text
from line.expr import ExpressionSet


class AlarmKind(StrEnum):
    """How the condition is judged."""

    HIGH_HIGH = "high_high"
    HIGH = "high"
    LOW = "low"
    LOW_LOW = "low_low"
    DISCRETE = "discrete"
    BAD_QUALITY = "bad_quality"


LIMIT_KINDS: Final = frozenset({AlarmKind.HIGH_HIGH, AlarmKind.HIGH, AlarmKind.LOW, AlarmKind.LOW_LOW})
HIGH_KINDS: Final = frozenset({AlarmKind.HIGH_HIGH, AlarmKind.HIGH})


@dataclass(frozen=True)
class AlarmDef:
    """One rationalised alarm.

    ``limit`` and ``deadband`` are in the tag's engineering units; for a discrete alarm ``limit`` is the value that alarms, for
    bad quality it is None. ``unit`` is the id of the unit it belongs to, empty for plant-wide ones. ``when`` is the
    expression under which the alarm is meaningful, empty for always. ``response_time_s`` is how long the operator has.
    """

    id: str
    tag: str
    handle: int
    kind: AlarmKind
    limit: float | None
    deadband: float
    on_delay_s: float
    off_delay_s: float
    priority: int
    latching: bool
    unit: str
    eu: str
    when: str
    name: Text
    cause: Text
    consequence: Text
    response: Text
    response_time_s: float


class AlarmTable(Sequence[AlarmDef]):
    """All alarms of a line; a position is a row of the evaluation. ``whens`` evaluates the distinct ``when`` in order."""

    def __init__(self, alarms: Iterable[AlarmDef], whens: ExpressionSet | None = None) -> None:
        """``whens`` holds the distinct non-empty ``when`` of ``alarms`` in order of appearance (:func:`when_sources`)."""
        self._alarms = tuple(alarms)
        self._rows: Mapping[str, int] = {a.id: row for row, a in enumerate(self._alarms)}
        if len(self._rows) != len(self._alarms):
            raise ValueError("two alarms have the same id")
        if whens is None and when_sources(self._alarms):
            raise ValueError("alarms with a `when` need their compiled expressions")
        self.whens: Final = whens

    def __getitem__(self, index: int) -> AlarmDef:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._alarms[index]

    def __len__(self) -> int:
        return len(self._alarms)

    def row(self, alarm_id: str) -> int | None:
        """Row of the alarm, or None when there is none with this id."""
        return self._rows.get(alarm_id)


def when_sources(alarms: Iterable[AlarmDef]) -> list[str]:
    """The distinct non-empty ``when`` expressions, in order of appearance."""
    return list(dict.fromkeys(a.when for a in alarms if a.when))
