"""The ISA-88 phase states as PLC and supervisor number them, and the handshake's words (docs/ARCHITECTURE.md)."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class PhaseState(IntEnum):
    """States of an equipment phase (ISA-88.00.01 §6.5); the number is what ``PhSts`` carries."""

    IDLE = 0
    RUNNING = 1
    COMPLETE = 2
    PAUSING = 3
    PAUSED = 4
    HOLDING = 5
    HELD = 6
    RESTARTING = 7
    STOPPING = 8
    STOPPED = 9
    ABORTING = 10
    ABORTED = 11


PHASE_COMMANDS: Final = {"start": 1, "hold": 2, "restart": 3, "stop": 4, "abort": 5, "reset": 6, "pause": 7, "resume": 8}
"""Command word → number in ``PhCmd``."""

URGENCY: Final = {"start": 0, "restart": 0, "reset": 0, "resume": 0, "pause": 1, "hold": 2, "stop": 3, "abort": 4}
"""A command overtakes a less urgent one that the PLC has not judged yet."""


class PhaseResult(IntEnum):
    """What ``PhRes`` says once ``PhAck`` equals ``PhReq``."""

    ACCEPTED = 0
    WRONG_STATE = 1
    UNKNOWN_PHASE = 2
    PARAMETER_OUT_OF_RANGE = 3
    PLC_INTERLOCK = 4
    NO_MATERIAL = 5


_S = PhaseState
_ANYTIME: Final = {"stop": _S.STOPPING, "abort": _S.ABORTING}

PHASE_TABLE: Final[dict[PhaseState, dict[str, PhaseState]]] = {
    _S.IDLE: {"start": _S.RUNNING},
    _S.RUNNING: {"done": _S.COMPLETE, "pause": _S.PAUSING, "hold": _S.HOLDING, **_ANYTIME},
    _S.COMPLETE: {"reset": _S.IDLE},
    _S.PAUSING: {"done": _S.PAUSED, "hold": _S.HOLDING, **_ANYTIME},
    _S.PAUSED: {"resume": _S.RUNNING, "hold": _S.HOLDING, **_ANYTIME},
    _S.HOLDING: {"done": _S.HELD, **_ANYTIME},
    _S.HELD: {"restart": _S.RESTARTING, **_ANYTIME},
    _S.RESTARTING: {"done": _S.RUNNING, "hold": _S.HOLDING, **_ANYTIME},
    _S.STOPPING: {"done": _S.STOPPED, "abort": _S.ABORTING},
    _S.STOPPED: {"reset": _S.IDLE, "abort": _S.ABORTING},
    _S.ABORTING: {"done": _S.ABORTED},
    _S.ABORTED: {"reset": _S.IDLE},
}
"""State → command (or ``done``, the state's own completion) → next state. A missing key is a refusal."""

STATE_RU: Final = {
    _S.IDLE: "готова", _S.RUNNING: "работает", _S.COMPLETE: "завершена",
    _S.PAUSING: "приостанавливается", _S.PAUSED: "приостановлена", _S.HOLDING: "задерживается",
    _S.HELD: "задержана", _S.RESTARTING: "возобновляется", _S.STOPPING: "останавливается",
    _S.STOPPED: "остановлена", _S.ABORTING: "прерывается", _S.ABORTED: "прервана",
}  # fmt: skip
"""The states in plant Russian, for reasons."""
