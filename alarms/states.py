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
    """What moves an alarm. A latching alarm whose condition goes is told ``latch`` instead of ``return``."""

    ALARM = "alarm"
    RETURN = "return"
    LATCH = "latch"
    ACK = "ack"
    RESET = "reset"


_S = AlarmState
_E = AlarmEvent

LETTERS: Final[Mapping[AlarmState, str]] = MappingProxyType(dict(zip(AlarmState, "ABCDEFGHI", strict=True)))
"""The standard's letter of each state."""

ALARM_TABLE: Final[dict[AlarmState, dict[AlarmEvent, AlarmState]]] = {
    _S.NORMAL: {_E.ALARM: _S.UNACK_ACTIVE},
    _S.UNACK_ACTIVE: {_E.ACK: _S.ACKED_ACTIVE, _E.RETURN: _S.RTN_UNACK, _E.LATCH: _S.LATCHED_UNACK},
    _S.ACKED_ACTIVE: {_E.RETURN: _S.NORMAL, _E.LATCH: _S.LATCHED_ACKED},
    _S.RTN_UNACK: {_E.ACK: _S.NORMAL, _E.ALARM: _S.UNACK_ACTIVE},
    _S.LATCHED_UNACK: {_E.ACK: _S.LATCHED_ACKED, _E.RESET: _S.RTN_UNACK, _E.ALARM: _S.UNACK_ACTIVE},
    _S.LATCHED_ACKED: {_E.RESET: _S.NORMAL, _E.ALARM: _S.UNACK_ACTIVE},
    # Shelved, suppressed by design and out of service are declared; no event leads into or out of them yet.
    _S.SHELVED: {},
    _S.SUPPRESSED: {},
    _S.OUT_OF_SERVICE: {},
}
"""State → event → next state. A missing key means that the event cannot happen there."""

ACTIVE: Final = frozenset({_S.UNACK_ACTIVE, _S.ACKED_ACTIVE})
"""States in which the condition is present."""

UNACKED: Final = frozenset({_S.UNACK_ACTIVE, _S.RTN_UNACK, _S.LATCHED_UNACK})
"""States that wait for an acknowledgement (and sound until then, unless silenced)."""


def transition(state: AlarmState, event: AlarmEvent) -> AlarmState:
    """The state after ``event``. Raises KeyError when the table has no such transition."""
    return ALARM_TABLE[state][event]


def return_event(latching: bool) -> AlarmEvent:
    """What an alarm is told when its condition goes."""
    return AlarmEvent.LATCH if latching else AlarmEvent.RETURN
