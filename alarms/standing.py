"""What the alarm stage keeps from scan to scan: the alarms that are not simply Normal, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from alarms.evaluate import Conditions
from alarms.states import HIDDEN, UNACKED, AlarmState
from alarms.table import AlarmDef, AlarmRules
from line.clock import NS_PER_S


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelving: by whom and why, from its beginning (extensions keep it) until when.

    ``one_shot`` ends with the next return of the condition as well. ``warned`` once everybody was told that it ends soon.
    """

    by: str
    reason: str
    since_ns: int
    until_ns: int
    one_shot: bool
    warned: bool


@dataclass(frozen=True, slots=True)
class Removal:
    """Out of service: by whom, why and under which work order."""

    by: str
    reason: str
    work_order: str
    since_ns: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One alarm that is not simply Normal.

    ``active`` is the condition after its delays, also while it is hidden. ``time_ns`` and ``value`` are of its last
    annunciation, ``acked_by`` and ``acked_ns`` of the acknowledgement since then. ``first_out`` and ``consequence_of`` (the id of
    the alarm that came first) are of its group. ``latched`` is kept for a hidden alarm: it waits for a reset underneath.

    ``shelf``, ``suppressed_ns`` (since when, None: not) and ``removal`` are independent of each other; ``state`` shows the
    strongest of them: out of service before suppressed before shelved.
    """

    state: AlarmState
    active: bool = False
    time_ns: int = 0
    value: float | None = None
    acked_by: str = ""
    acked_ns: int = 0
    first_out: bool = False
    consequence_of: str = ""
    latched: bool = False
    shelf: Shelf | None = None
    suppressed_ns: int | None = None
    removal: Removal | None = None


LATCHED: Final = frozenset({AlarmState.LATCHED_UNACK, AlarmState.LATCHED_ACKED})
"""States that wait for a reset."""

NORMAL: Final = Standing(AlarmState.NORMAL)
"""What every alarm is that does not stand."""


@dataclass(frozen=True, slots=True)
class Window:
    """Annunciations of the last ten minutes: when and how many, oldest first, and their sum."""

    counts: tuple[tuple[int, int], ...] = ()
    total: int = 0


Span = tuple[int, int]
"""Since when a delay runs and when it is due, both in nanoseconds UTC."""

_DUE: Final[Span] = (0, 0)
_NEVER: Final[Span] = (0, 2**63)


@dataclass(frozen=True, eq=False)
class AlarmsState:
    """State of the stage. ``standing`` and ``timers`` are keyed by row, ``first_out`` (row of the first member) by group.

    ``flood_since_ns`` is None while no flood is under way. ``newest_since_ns`` and ``next_due_ns`` span the time within which no
    timer is due.
    """

    conditions: Conditions
    standing: Mapping[int, Standing]
    timers: Mapping[int, Span]
    first_out: Mapping[str, int]
    silenced: bool = False
    window: Window = Window()
    flood_since_ns: int | None = None
    newest_since_ns: int = 0
    next_due_ns: int = 0


def hidden(standing: Standing) -> bool:
    """True for shelved, suppressed and out of service."""
    return standing.state in HIDDEN


def any_unacked(standing: Mapping[int, Standing]) -> bool:
    """True while an alarm waits for its acknowledgement."""
    return any(s.state in UNACKED for s in standing.values())


def owed(alarm: AlarmDef, standing: Standing) -> bool:
    """True for what an alarm file that was changed has left behind: it is put right in the first scan after a restart."""
    state = standing.state
    if state in LATCHED:
        return not alarm.latching
    if state is AlarmState.SHELVED:
        return standing.shelf is None
    if state is AlarmState.SUPPRESSED:
        return standing.suppressed_ns is None
    return state is AlarmState.OUT_OF_SERVICE and standing.removal is None


def timer(alarm: AlarmDef, standing: Standing, rules: AlarmRules) -> Span | None:
    """What this alarm waits for: the end of its shelving or the warning before it, or its re-alarm. What is owed is due."""
    if owed(alarm, standing):
        return _DUE
    shelf = standing.shelf
    if shelf is not None:
        if standing.state is AlarmState.SHELVED and not shelf.warned:
            return shelf.since_ns, warn_ns(shelf, rules)
        return shelf.since_ns, shelf.until_ns
    if standing.state is AlarmState.ACKED_ACTIVE and alarm.re_alarm_s > 0.0:
        return standing.acked_ns, standing.acked_ns + round(alarm.re_alarm_s * NS_PER_S)
    return None


def quiet_span(timers: Mapping[int, Span]) -> Span:
    """The time within which none of the timers is due."""
    if not timers:
        return _NEVER
    return max(since for since, _ in timers.values()), min(due for _, due in timers.values())


def warn_ns(shelf: Shelf, rules: AlarmRules) -> int:
    """When it is told that a shelving ends soon."""
    return shelf.until_ns - round(rules.shelve_warn_s * NS_PER_S)
