"""The course of a shift as one table; the diagram in docs/shift.md is drawn from it.

A hand-over goes in the three steps of the HSE's guidance on shift handover: who leaves prepares, both talk face to face, who
comes confirms. Only the confirmation of who comes ends the one shift and starts the next with both signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class ShiftStep(StrEnum):
    """Where a shift stands; the line is in somebody's hands in all steps but ``closed``."""

    CLOSED = "closed"
    OPEN = "open"
    PREPARING = "preparing"
    HANDING_OVER = "handing_over"


class ShiftAction(StrEnum):
    """What is done to it. ``rule`` and ``rule_start`` are the calendar's own: nobody ended the shift, or started the next."""

    START = "start"
    PREPARE = "prepare"
    SIGN_OUTGOING = "sign_outgoing"
    SIGN_INCOMING = "sign_incoming"
    WITHDRAW = "withdraw"
    END = "end"
    RULE = "rule"
    RULE_START = "rule_start"


_S = ShiftStep
_A = ShiftAction

SHIFT_TABLE: Final[Mapping[ShiftStep, Mapping[ShiftAction, ShiftStep]]] = {
    _S.CLOSED: {_A.START: _S.OPEN, _A.RULE_START: _S.OPEN},
    _S.OPEN: {_A.START: _S.OPEN, _A.PREPARE: _S.PREPARING, _A.END: _S.CLOSED, _A.RULE: _S.CLOSED},
    _S.PREPARING: {
        _A.PREPARE: _S.PREPARING, _A.SIGN_OUTGOING: _S.HANDING_OVER, _A.WITHDRAW: _S.OPEN, _A.END: _S.CLOSED, _A.RULE: _S.CLOSED,
    },
    _S.HANDING_OVER: {_A.SIGN_INCOMING: _S.OPEN, _A.WITHDRAW: _S.PREPARING, _A.END: _S.CLOSED, _A.RULE: _S.CLOSED},
}  # fmt: skip
"""Step → action → next step. A missing key is a refusal, with the reason. ``start`` while open ends the shift unsigned."""


def shift_diagram() -> str:
    """The table as a Mermaid diagram, for docs/shift.md."""
    lines = ["stateDiagram-v2", "    [*] --> closed"]
    for step, row in SHIFT_TABLE.items():
        lines += [f"    {step} --> {target}: {action}" for action, target in row.items()]
    return "\n".join(lines)
