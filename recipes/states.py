"""The batch as two tables: its ISA-88 states, and what it is doing with the phase of the moment. Diagrams come from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from line.phases import PhaseState


class BatchState(StrEnum):
    """States of a batch (ISA-88.00.01 §6.5 applied to the procedure)."""

    IDLE = "idle"
    RUNNING = "running"
    HOLDING = "holding"
    HELD = "held"
    RESTARTING = "restarting"
    COMPLETE = "complete"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ABORTING = "aborting"
    ABORTED = "aborted"


_B = BatchState
_ANYTIME: Final = {"stop": _B.STOPPING, "abort": _B.ABORTING}

BATCH_TABLE: Final[Mapping[BatchState, Mapping[str, BatchState]]] = {
    _B.IDLE: {"start": _B.RUNNING, **_ANYTIME},
    _B.RUNNING: {"done": _B.COMPLETE, "hold": _B.HOLDING, "restore": _B.HELD, **_ANYTIME},
    _B.HOLDING: {"done": _B.HELD, "restore": _B.HELD, **_ANYTIME},
    _B.HELD: {"restart": _B.RESTARTING, **_ANYTIME},
    _B.RESTARTING: {"done": _B.RUNNING, "hold": _B.HOLDING, "restore": _B.HELD, **_ANYTIME},
    _B.COMPLETE: {},
    _B.STOPPING: {"done": _B.STOPPED, "abort": _B.ABORTING},
    _B.STOPPED: {},
    _B.ABORTING: {"done": _B.ABORTED},
    _B.ABORTED: {},
}
"""State → command (``done``: own completion; ``restore``: engine started again) → next state. A missing key is a refusal."""

BATCH_COMMANDS: Final = ("start", "hold", "restart", "stop", "abort")
ENDED: Final = frozenset(state for state, row in BATCH_TABLE.items() if not row)
"""States that a batch never leaves."""


class Task(StrEnum):
    """What a batch is doing with the phase of its current step."""

    NONE = "none"
    ACQUIRE = "acquire"
    START = "start"
    RUN = "run"
    RESET = "reset"
    HOLD = "hold"
    PARK = "park"
    RESTART = "restart"
    AGAIN = "again"
    STOP = "stop"
    ABORT = "abort"
    CLEAR = "clear"


@dataclass(frozen=True)
class Goal:
    """A phase state to bring about: the command that does it, the states that mean it is reached, and the task after it.

    A ``persistent`` goal (towards the safe side, or giving a unit back) is asked for again until it is reached; any other is
    asked for once, and its failure makes the batch Held.
    """

    command: str
    reached: frozenset[PhaseState]
    then: Task
    persistent: bool


_P = PhaseState
_OVER: Final = frozenset({_P.COMPLETE, _P.STOPPED, _P.ABORTED, _P.IDLE})

GOALS: Final[Mapping[Task, Goal]] = {
    Task.START: Goal("start", frozenset(_P) - {_P.IDLE}, Task.RUN, persistent=False),
    Task.RESET: Goal("reset", frozenset({_P.IDLE}), Task.ACQUIRE, persistent=False),
    Task.HOLD: Goal("hold", _OVER | {_P.HELD}, Task.PARK, persistent=True),
    Task.PARK: Goal("hold", _OVER | {_P.HELD}, Task.PARK, persistent=True),
    Task.RESTART: Goal("restart", frozenset({_P.RUNNING, _P.COMPLETE}), Task.RUN, persistent=False),
    Task.AGAIN: Goal("reset", frozenset({_P.IDLE}), Task.START, persistent=False),
    Task.STOP: Goal("stop", _OVER, Task.CLEAR, persistent=True),
    Task.ABORT: Goal("abort", _OVER, Task.CLEAR, persistent=True),
    Task.CLEAR: Goal("reset", frozenset({_P.IDLE}), Task.NONE, persistent=True),
}
"""The tasks that ask the unit for something; ACQUIRE waits for units, RUN watches, NONE has no phase."""

TASKS_OF: Final[Mapping[BatchState, frozenset[Task]]] = {
    _B.IDLE: frozenset({Task.NONE}),
    _B.RUNNING: frozenset({Task.ACQUIRE, Task.START, Task.RUN, Task.RESET}),
    _B.HOLDING: frozenset({Task.HOLD}),
    _B.HELD: frozenset({Task.PARK}),
    _B.RESTARTING: frozenset({Task.ACQUIRE, Task.START, Task.RESTART, Task.AGAIN}),
    _B.COMPLETE: frozenset({Task.NONE}),
    _B.STOPPING: frozenset({Task.STOP, Task.CLEAR}),
    _B.STOPPED: frozenset({Task.NONE}),
    _B.ABORTING: frozenset({Task.ABORT, Task.CLEAR}),
    _B.ABORTED: frozenset({Task.NONE}),
}
"""Which tasks a batch can have in which state; a test holds the engine to it."""


def batch_diagram() -> str:
    """The state table as a Mermaid diagram, for docs/recipes.md."""
    lines = ["stateDiagram-v2", "    [*] --> idle"]
    for state, row in BATCH_TABLE.items():
        lines += [f"    {state} --> {target}: {command}" for command, target in row.items()]
        lines += [] if row else [f"    {state} --> [*]"]
    return "\n".join(lines)


def task_table() -> str:
    """The goals as a Markdown table, for docs/recipes.md."""
    lines = ["| Task | Asks for | Reached in | Then | On failure |", "|---|---|---|---|---|"]
    for task, goal in GOALS.items():
        reached = "any but idle" if len(goal.reached) > 6 else ", ".join(s.name.lower() for s in sorted(goal.reached))
        lines.append(f"| {task} | {goal.command} | {reached} | {goal.then} | {'asks again' if goal.persistent else 'Held'} |")
    return "\n".join(lines)
