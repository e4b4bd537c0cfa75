"""What an alarm is to the scan: the frozen definition and the table of all alarms of a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from line.documents import Text
from line.expr import ExpressionSet, compile_expressions
from line.tags import TagTable


class AlarmKind(StrEnum):
    """How the condition is judged (docs/alarms.md, "Conditions")."""

    HIGH_HIGH = "high_high"
    HIGH = "high"
    LOW = "low"
    LOW_LOW = "low_low"
    DEVIATION = "deviation"
    DEVIATION_HIGH = "deviation_high"
    DEVIATION_LOW = "deviation_low"
    RATE = "rate"
    RATE_HIGH = "rate_high"
    RATE_LOW = "rate_low"
    DISCRETE = "discrete"
    TRANSITION = "transition"
    MISMATCH = "mismatch"
    EXPRESSION = "expression"
    BAD_QUALITY = "bad_quality"
    STALE = "stale"
    COMMUNICATION = "communication"


_K = AlarmKind
LIMIT_KINDS: Final = frozenset({_K.HIGH_HIGH, _K.HIGH, _K.LOW, _K.LOW_LOW})
"""The value against a fixed limit."""

DEVIATION_KINDS: Final = frozenset({_K.DEVIATION, _K.DEVIATION_HIGH, _K.DEVIATION_LOW})
"""Distance from the setpoint against a limit above zero: above it, below it, or either side for ``deviation``."""

RATE_KINDS: Final = frozenset({_K.RATE, _K.RATE_HIGH, _K.RATE_LOW})
"""Change per minute over ``window_s`` against a limit above zero: rising, falling, or either direction for ``rate``."""

ANALOG_KINDS: Final = LIMIT_KINDS | DEVIATION_KINDS | RATE_KINDS
"""Kinds that have a limit and a deadband."""

HIGH_KINDS: Final = frozenset({_K.HIGH_HIGH, _K.HIGH, _K.DEVIATION_HIGH, _K.RATE_HIGH})
BOTH_KINDS: Final = frozenset({_K.DEVIATION, _K.RATE})
CONDITION_KINDS: Final = frozenset({_K.MISMATCH, _K.EXPRESSION})
"""Kinds whose condition is an expression."""

STATUS_KINDS: Final = frozenset({_K.BAD_QUALITY, _K.STALE, _K.COMMUNICATION})
"""Kinds that judge the quality of the tag and not its value."""


@dataclass(frozen=True)
class AlarmDef:
    """One rationalised alarm.

    ``limit`` and ``deadband`` are in the tag's engineering units (of a rate: per minute), of a deviation and of a rate above
    zero whatever the side; for a discrete alarm ``limit`` is the value that alarms, for kinds without a limit it is None.
    ``unit`` is the id of the unit it belongs to, empty for plant-wide ones. ``when`` is the expression under which the alarm
    is meaningful, ``suppress_when`` the one under which it is suppressed by design; empty for always and never.
    ``response_time_s`` is how long the operator has.

    ``setpoint`` is the handle of the setpoint tag of a deviation, else -1. ``window_s`` is what a rate is taken over.
    ``from_value`` and ``to_value`` are those of a transition (None: any). ``condition`` is the expression of a mismatch or an
    expression alarm. ``re_alarm_s``: so long after the acknowledgement an alarm that still stands is annunciated again, 0
    never. ``auto_ack`` acknowledges it when it returns. ``generated`` marks the diagnostic of a tag that has other alarms.
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
    area: str = ""
    group: str = ""
    ccp: bool = False
    setpoint: int = -1
    window_s: float = 60.0
    from_value: float | None = None
    to_value: float | None = None
    condition: str = ""
    suppress_when: str = ""
    re_alarm_s: float = 0.0
    auto_ack: bool = False
    generated: bool = False


_SHELVE_ROLES: Final[Mapping[int, str]] = MappingProxyType({
    1: "shift_lead", 2: "shift_lead", 3: "operator", 4: "operator",
})  # fmt: skip


@dataclass(frozen=True)
class AlarmRules:
    """What holds for all alarms of a line (``rules`` of ``alarms.yaml``).

    An alarm is shelved for ``shelve_max_s`` at most (one shift) by the role that its priority asks for; ``shelve_ccp`` is the
    role for an alarm of a critical control point, empty for nobody. ``shelve_warn_s`` before the end everybody is told.
    ``remove_role`` takes out of service. A flood begins with more than ``flood_start`` annunciations in ten minutes and ends
    with fewer than ``flood_end`` (ISA-18.2-2016, 16.5.3).
    """

    shelve_max_s: float = 8 * 3600.0
    shelve_warn_s: float = 300.0
    shelve_roles: Mapping[int, str] = field(default_factory=lambda: _SHELVE_ROLES)
    shelve_ccp: str = ""
    remove_role: str = "engineer"
    flood_start: int = 10
    flood_end: int = 5


class AlarmTable(Sequence[AlarmDef]):
    """All alarms of a line; a position is a row of the evaluation.

    ``whens``, ``conditions`` and ``suppressions`` evaluate the distinct non-empty expressions of that field in order of
    appearance, or are None when no alarm has one. ``version`` names this configuration in the journal.
    """

    def __init__(
        self,
        alarms: Iterable[AlarmDef],
        whens: ExpressionSet | None = None,
        conditions: ExpressionSet | None = None,
        suppressions: ExpressionSet | None = None,
        rules: AlarmRules | None = None,
        version: str = "",
    ) -> None:
        """See :func:`compile_table`. Raises ValueError for an id that is used twice and for a missing expression set."""
        self._alarms = tuple(alarms)
        self._rows: Mapping[str, int] = {a.id: row for row, a in enumerate(self._alarms)}
        if len(self._rows) != len(self._alarms):
            raise ValueError("two alarms have the same id")
        for name, given in (("when", whens), ("condition", conditions), ("suppress_when", suppressions)):
            if given is None and sources(self._alarms, name):
                raise ValueError(f"alarms with a `{name}` need their compiled expressions")
        self.whens: Final = whens
        self.conditions: Final = conditions
        self.suppressions: Final = suppressions
        self.rules: Final = rules or AlarmRules()
        self.version: Final = version

    def __getitem__(self, index: int) -> AlarmDef:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._alarms[index]

    def __len__(self) -> int:
        return len(self._alarms)

    def row(self, alarm_id: str) -> int | None:
        """Row of the alarm, or None when there is none with this id."""
        return self._rows.get(alarm_id)


def sources(alarms: Iterable[AlarmDef], field_name: str) -> list[str]:
    """The distinct non-empty expressions in that field (``when``, ``condition``, ``suppress_when``), in order of appearance."""
    return list(dict.fromkeys(s for a in alarms if (s := str(getattr(a, field_name)))))


def compile_table(alarms: Sequence[AlarmDef], tags: TagTable, rules: AlarmRules | None = None, version: str = "") -> AlarmTable:
    """The table with its expressions compiled. Raises ExpressionError for one that is not allowed."""
    compiled = [
        compile_expressions(found, tags) if (found := sources(alarms, name)) else None
        for name in ("when", "condition", "suppress_when")
    ]
    return AlarmTable(alarms, *compiled, rules=rules, version=version)
