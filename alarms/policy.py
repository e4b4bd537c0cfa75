"""Escalation as data: who is told what, how long after an alarm or a call, and by which way (``escalation.yaml``).

Policies are tried in the order of the file: the first that matches an alarm (or a call) in a mode is the one that runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from line.documents import Text


class EscalatesOn(StrEnum):
    """What a policy waits for. The clock of a policy runs while this lasts and its alarm is not shelved.

    ``unacked``: nobody has acknowledged the alarm. ``no_action``: the alarm stands and nobody has done anything at its unit
    (a command to the unit or its batch, a call for it, or a comment on the alarm) since it was annunciated. ``unaccepted``:
    nobody has accepted the call. ``not_on_site``: the call was accepted and nobody has arrived.
    """

    UNACKED = "unacked"
    NO_ACTION = "no_action"
    UNACCEPTED = "unaccepted"
    NOT_ON_SITE = "not_on_site"


ALARM_MODES: Final = (EscalatesOn.UNACKED, EscalatesOn.NO_ACTION)
CALL_MODES: Final = (EscalatesOn.UNACCEPTED, EscalatesOn.NOT_ON_SITE)


@dataclass(frozen=True)
class Contact:
    """A person or a duty that can be told: ``name`` on the panel, ``role`` whose panels show the notice ('' for all).

    With ``outside`` the notice is also sent by mail, SMS, messenger or webhook; the addresses stand in ``contacts.yaml`` of
    the data folder and never in the line folder. ``language`` is that of the message. With ``all_clear`` whoever was reached
    outside is told when the escalation is over, so that nobody sets out for nothing.
    """

    id: str
    name: Text
    role: str = ""
    outside: bool = False
    language: str = "ru"
    all_clear: bool = False


@dataclass(frozen=True)
class Output:
    """A tag that makes itself heard or seen: horn, stack light. ``on`` and ``off`` are what is written."""

    id: str
    name: Text
    handle: int
    on: float = 1.0
    off: float = 0.0


@dataclass(frozen=True)
class Step:
    """What is done after ``after_s`` of waiting; time for which the alarm is shelved does not count.

    ``outputs`` are switched on until the run ends (a horn until it is silenced, ``silenceable``). ``sound_s``: panels repeat
    the sound every so many seconds until the run ends, 0 leaves it as it is. ``tell`` are contacts. A notice that does not
    arrive is tried ``attempts`` times, ``retry_s`` apart; when none arrives the next step is taken at once.
    """

    after_s: float
    outputs: tuple[str, ...] = ()
    sound_s: float = 0.0
    tell: tuple[str, ...] = ()
    attempts: int = 3
    retry_s: float = 30.0


@dataclass(frozen=True)
class Between:
    """A time of day, minutes after local midnight, the end not included; an end before the start goes over midnight."""

    start_min: int
    end_min: int

    def holds(self, minute: int) -> bool:
        """True when ``minute`` of the day lies in it."""
        if self.start_min <= self.end_min:
            return self.start_min <= minute < self.end_min
        return minute >= self.start_min or minute < self.end_min


@dataclass(frozen=True)
class Policy:
    """One rule. An empty set matches every priority, unit, alarm, service or shift; ``between`` None any time of day."""

    id: str
    on: EscalatesOn
    steps: tuple[Step, ...]
    priorities: frozenset[int] = frozenset()
    units: frozenset[str] = frozenset()
    alarms: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    shifts: frozenset[int] = frozenset()
    between: Between | None = None


@dataclass(frozen=True)
class Service:
    """Whom an operator can call (andon): maintenance, quality, shift lead, supply. ``reasons`` are offered to choose from."""

    id: str
    name: Text
    reasons: tuple[Text, ...] = ()


@dataclass(frozen=True)
class EscalationPlan:
    """``escalation.yaml`` resolved against the line; the default is a line that escalates nothing and has no services."""

    time_zone: str = "UTC"
    contacts: Mapping[str, Contact] = field(default_factory=dict[str, Contact])
    outputs: Mapping[str, Output] = field(default_factory=dict[str, Output])
    silenceable: frozenset[str] = frozenset()
    services: Mapping[str, Service] = field(default_factory=dict[str, Service])
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True)
class Occasion:
    """What a policy is chosen by, as it is when the waiting begins: ``minute`` of the local day; a call has priority 0 and no
    ``alarm``, an alarm no ``service``; ``shift`` is 0 while none is known."""

    minute: int
    shift: int
    unit: str
    priority: int = 0
    alarm: str = ""
    service: str = ""


def matches(policy: Policy, occasion: Occasion) -> bool:
    """True when the policy is for that; an empty set is for all."""
    pairs: tuple[tuple[frozenset[int] | frozenset[str], int | str], ...] = (
        (policy.priorities, occasion.priority),
        (policy.units, occasion.unit),
        (policy.alarms, occasion.alarm),
        (policy.services, occasion.service),
        (policy.shifts, occasion.shift),
    )
    if any(wanted and given not in wanted for wanted, given in pairs):
        return False
    return policy.between is None or policy.between.holds(occasion.minute)


def choose(policies: Iterable[Policy], on: EscalatesOn, occasion: Occasion) -> Policy | None:
    """The first policy that waits for ``on`` and matches, or None."""
    return next((p for p in policies if p.on is on and matches(p, occasion)), None)
