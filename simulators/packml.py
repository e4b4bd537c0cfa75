"""PackML state model, ISA-TR88.00.02-2022: states by number, the table of transitions, and a machine that follows it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class PackmlState(IntEnum):
    """States; the number is what ``StateCurrent`` carries."""

    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETED = 17


PACKML_COMMANDS: Final = {
    1: "reset",
    2: "start",
    3: "stop",
    4: "hold",
    5: "unhold",
    6: "suspend",
    7: "unsuspend",
    8: "abort",
    9: "clear",
    10: "complete",
}
"""Number in ``CntrlCmd`` → command word."""

_S = PackmlState
_STOP: Final = {"stop": _S.STOPPING, "abort": _S.ABORTING}

PACKML_TABLE: Final[dict[PackmlState, dict[str, PackmlState]]] = {
    _S.STOPPED: {"reset": _S.RESETTING, "abort": _S.ABORTING},
    _S.RESETTING: {"done": _S.IDLE, **_STOP},
    _S.IDLE: {"start": _S.STARTING, **_STOP},
    _S.STARTING: {"done": _S.EXECUTE, **_STOP},
    _S.EXECUTE: {"complete": _S.COMPLETING, "hold": _S.HOLDING, "suspend": _S.SUSPENDING, **_STOP},
    _S.COMPLETING: {"done": _S.COMPLETED, **_STOP},
    _S.COMPLETED: {"reset": _S.RESETTING, **_STOP},
    _S.HOLDING: {"done": _S.HELD, **_STOP},
    _S.HELD: {"unhold": _S.UNHOLDING, "complete": _S.COMPLETING, **_STOP},
    _S.UNHOLDING: {"done": _S.EXECUTE, **_STOP},
    _S.SUSPENDING: {"done": _S.SUSPENDED, **_STOP},
    _S.SUSPENDED: {"unsuspend": _S.UNSUSPENDING, "hold": _S.HOLDING, "complete": _S.COMPLETING, **_STOP},
    _S.UNSUSPENDING: {"done": _S.EXECUTE, **_STOP},
    _S.STOPPING: {"done": _S.STOPPED, "abort": _S.ABORTING},
    _S.ABORTING: {"done": _S.ABORTED},
    _S.ABORTED: {"clear": _S.CLEARING},
    _S.CLEARING: {"done": _S.STOPPED, "abort": _S.ABORTING},
}
"""State → command (or ``done``, the state's own completion) → next state. A missing key is a refusal."""

ACTING_S: Final = {
    _S.CLEARING: 2.0,
    _S.STARTING: 3.0,
    _S.STOPPING: 3.0,
    _S.ABORTING: 1.0,
    _S.HOLDING: 2.0,
    _S.UNHOLDING: 2.0,
    _S.SUSPENDING: 1.5,
    _S.UNSUSPENDING: 1.5,
    _S.RESETTING: 3.0,
    _S.COMPLETING: 4.0,
}
"""Plant seconds that the machine needs in an acting state."""


class PackmlMachine:
    """Follows :data:`PACKML_TABLE`; acting states end by themselves after :data:`ACTING_S`."""

    __slots__ = ("_left_s", "state")

    def __init__(self, state: PackmlState = PackmlState.STOPPED) -> None:
        self.state = state
        self._left_s = ACTING_S.get(state, 0.0)

    def allows(self, word: str) -> bool:
        """True when the state knows the command."""
        return word in PACKML_TABLE[self.state]

    def command(self, word: str) -> bool:
        """Carry out a command; False, and nothing happens, when the state does not know it."""
        state = PACKML_TABLE[self.state].get(word)
        if state is None:
            return False
        self.state = state
        self._left_s = ACTING_S.get(state, 0.0)
        return True

    def advance(self, dt_s: float) -> None:
        """Let time pass."""
        if self.state in ACTING_S:
            self._left_s -= dt_s
            if self._left_s <= 0.0:
                self.command("done")
