"""The alarm state table (ISA-18.2-2016 / IEC 62682:2022, states A to I). docs/alarms.md is generated from it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class AlarmState(StrEnum):
    """States of one alarm; the value is the word that events and views carry, :data:`LETTERS` the standard's letter."""

    NORMAL = "normal"
    UNACK_ACTIVE = "unack_active"
    ACKED_ACTIVE = "acked_active"
    RTN_UNACK = "rtn_unack"
    LATCHED_UNACK = "latched_unack"
    LATCHED_ACKED = "latched_acked"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class AlarmEvent(StrEnum):
    """What moves an alarm.

    A latching alarm whose condition goes is told ``latch`` instead of ``return``. What was shelved, suppressed or out of
    service is judged anew when that ends, and is told where it stands then: ``resume_…``.
    """

    ALARM = "alarm"
    RETURN = "return"
    LATCH = "latch"
    ACK = "ack"
    RESET = "reset"
    REALARM = "realarm"
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    REMOVE = "remove"
    RESUME_NORMAL = "resume_normal"
    RESUME_ACTIVE = "resume_active"
    RESUME_LATCHED = "resume_latched"
    RESUME_SHELVED = "resume_shelved"
    RESUME_SUPPRESSED = "resume_suppressed"


_S = AlarmState
_E = AlarmEvent

LETTERS: Final[Mapping[AlarmState, str]] = MappingProxyType(dict(zip(AlarmState, "ABCDEFGHI", strict=True)))
"""The standard's letter of each state."""

_HIDE: Final = {_E.SHELVE: _S.SHELVED, _E.SUPPRESS: _S.SUPPRESSED, _E.REMOVE: _S.OUT_OF_SERVICE}
_RESUME: Final = {
    _E.RESUME_NORMAL: _S.NORMAL, _E.RESUME_ACTIVE: _S.UNACK_ACTIVE, _E.RESUME_LATCHED: _S.LATCHED_UNACK,
}  # fmt: skip


def _underneath(state: AlarmState) -> dict[AlarmEvent, AlarmState]:
    """The condition comes and goes underneath; the state stays."""
    return {_E.ALARM: state, _E.RETURN: state, _E.LATCH: state}


ALARM_TABLE: Final[Mapping[AlarmState, Mapping[AlarmEvent, AlarmState]]] = {
    _S.NORMAL: {_E.ALARM: _S.UNACK_ACTIVE, **_HIDE},
    _S.UNACK_ACTIVE: {_E.ACK: _S.ACKED_ACTIVE, _E.RETURN: _S.RTN_UNACK, _E.LATCH: _S.LATCHED_UNACK, **_HIDE},
    _S.ACKED_ACTIVE: {_E.RETURN: _S.NORMAL, _E.LATCH: _S.LATCHED_ACKED, _E.REALARM: _S.UNACK_ACTIVE, **_HIDE},
    _S.RTN_UNACK: {_E.ACK: _S.NORMAL, _E.ALARM: _S.UNACK_ACTIVE, **_HIDE},
    _S.LATCHED_UNACK: {_E.ACK: _S.LATCHED_ACKED, _E.RESET: _S.RTN_UNACK, _E.ALARM: _S.UNACK_ACTIVE, **_HIDE},
    _S.LATCHED_ACKED: {_E.RESET: _S.NORMAL, _E.ALARM: _S.UNACK_ACTIVE, **_HIDE},
    _S.SHELVED: {
        **_underneath(_S.SHELVED), _E.SHELVE: _S.SHELVED, _E.SUPPRESS: _S.SUPPRESSED, _E.REMOVE: _S.OUT_OF_SERVICE, **_RESUME,
    },
    _S.SUPPRESSED: {
        **_underneath(_S.SUPPRESSED), _E.REMOVE: _S.OUT_OF_SERVICE, **_RESUME, _E.RESUME_SHELVED: _S.SHELVED,
    },
    _S.OUT_OF_SERVICE: {
        **_underneath(_S.OUT_OF_SERVICE), **_RESUME, _E.RESUME_SHELVED: _S.SHELVED, _E.RESUME_SUPPRESSED: _S.SUPPRESSED,
    },
}  # fmt: skip
"""State → event → next state. A missing key means that the event cannot happen there."""

ACTIVE: Final = frozenset({_S.UNACK_ACTIVE, _S.ACKED_ACTIVE})
"""States in which the condition is present and shown."""

UNACKED: Final = frozenset({_S.UNACK_ACTIVE, _S.RTN_UNACK, _S.LATCHED_UNACK})
"""States that wait for an acknowledgement (and sound until then, unless silenced)."""

HIDDEN: Final = frozenset({_S.SHELVED, _S.SUPPRESSED, _S.OUT_OF_SERVICE})
"""States that are in no alarm list but in one of their own; the condition is judged underneath."""


def transition(state: AlarmState, event: AlarmEvent) -> AlarmState:
    """The state after ``event``. Raises KeyError when the table has no such transition."""
    return ALARM_TABLE[state][event]


def return_event(latching: bool) -> AlarmEvent:
    """What an alarm is told when its condition goes."""
    return AlarmEvent.LATCH if latching else AlarmEvent.RETURN
