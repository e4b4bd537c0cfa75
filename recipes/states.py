"""The state table of everything procedural, and what a leaf of a procedure is doing. Diagrams in docs/recipes.md come from here.

One table serves batch, unit procedure, operation and phase (ISA-88.00.01 §6.5): it is :data:`line.phases.PHASE_TABLE`, which the
PLC's phases follow too, and what only a batch needs: to be given up before it began, and to come back Held after a restart of
the engine. The levels differ only in the commands that they take from people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from line.phases import PHASE_TABLE, PhaseState


class ProcState(StrEnum):
    """States of a batch, a unit procedure, an operation, a phase and the blocks between them."""

    IDLE = "idle"
    RUNNING = "running"
    COMPLETE = "complete"
    PAUSING = "pausing"
    PAUSED = "paused"
    HOLDING = "holding"
    HELD = "held"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ABORTING = "aborting"
    ABORTED = "aborted"


_S = ProcState
_ADDED: Final[Mapping[ProcState, Mapping[str, ProcState]]] = {
    _S.IDLE: {"stop": _S.STOPPING, "abort": _S.ABORTING},
    **{s: {"restore": _S.HELD} for s in (_S.RUNNING, _S.PAUSING, _S.PAUSED, _S.HOLDING, _S.RESTARTING)},
}


def _of(state: PhaseState) -> ProcState:
    return ProcState(state.name.lower())


STATE_TABLE: Final[Mapping[ProcState, Mapping[str, ProcState]]] = {
    _of(state): {**{command: _of(target) for command, target in row.items()}, **_ADDED.get(_of(state), {})}
    for state, row in PHASE_TABLE.items()
}
"""State → command (``done``: own completion; ``restore``: engine started again) → next state. A missing key is a refusal."""

BATCH_COMMANDS: Final = ("start", "pause", "resume", "hold", "restart", "stop", "abort")
"""What people may ask of a batch."""
NODE_COMMANDS: Final = ("pause", "resume", "hold", "restart")
"""What people may ask of a unit procedure, an operation, a block or a phase of a batch."""
ENDED: Final = frozenset({_S.COMPLETE, _S.STOPPED, _S.ABORTED})
"""States that a batch never leaves; a node of a loop is reset from Complete for the next turn."""

BATCH_TABLE: Final[Mapping[ProcState, Mapping[str, ProcState]]] = {s: {} if s in ENDED else row for s, row in STATE_TABLE.items()}
"""The table as a batch has it: its ends are final."""


class Task(StrEnum):
    """What a leaf of the procedure is doing."""

    NONE = "none"
    OFFER = "offer"
    ACQUIRE = "acquire"
    START = "start"
    RUN = "run"
    WAIT = "wait"
    RESET = "reset"
    PAUSE = "pause"
    REST = "rest"
    RESUME = "resume"
    HOLD = "hold"
    PARK = "park"
    RESTART = "restart"
    REDO = "redo"
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
    Task.RESET: Goal("reset", frozenset({_P.IDLE}), Task.NONE, persistent=False),
    Task.PAUSE: Goal("pause", frozenset({_P.PAUSED, _P.COMPLETE}), Task.REST, persistent=False),
    Task.RESUME: Goal("resume", frozenset({_P.RUNNING, _P.COMPLETE}), Task.RUN, persistent=False),
    Task.HOLD: Goal("hold", _OVER | {_P.HELD}, Task.PARK, persistent=True),
    Task.PARK: Goal("hold", _OVER | {_P.HELD}, Task.PARK, persistent=True),
    Task.RESTART: Goal("restart", frozenset({_P.RUNNING, _P.COMPLETE}), Task.RUN, persistent=False),
    Task.REDO: Goal("stop", _OVER, Task.AGAIN, persistent=False),
    Task.AGAIN: Goal("reset", frozenset({_P.IDLE}), Task.START, persistent=False),
    Task.STOP: Goal("stop", _OVER, Task.CLEAR, persistent=True),
    Task.ABORT: Goal("abort", _OVER, Task.CLEAR, persistent=True),
    Task.CLEAR: Goal("reset", frozenset({_P.IDLE}), Task.NONE, persistent=True),
}
"""The tasks that ask the unit for something; OFFER awaits a person, ACQUIRE units, WAIT a condition, RUN and REST watch."""

TASKS_OF: Final[Mapping[ProcState, frozenset[Task]]] = {
    _S.IDLE: frozenset({Task.NONE}),
    _S.RUNNING: frozenset({Task.OFFER, Task.ACQUIRE, Task.START, Task.RUN, Task.WAIT, Task.RESET, Task.RESUME}),
    _S.COMPLETE: frozenset({Task.NONE}),
    _S.PAUSING: frozenset({Task.PAUSE}),
    _S.PAUSED: frozenset({Task.REST}),
    _S.HOLDING: frozenset({Task.HOLD}),
    _S.HELD: frozenset({Task.PARK}),
    _S.RESTARTING: frozenset({Task.ACQUIRE, Task.START, Task.RESTART, Task.REDO, Task.AGAIN}),
    _S.STOPPING: frozenset({Task.STOP, Task.CLEAR}),
    _S.STOPPED: frozenset({Task.NONE}),
    _S.ABORTING: frozenset({Task.ABORT, Task.CLEAR}),
    _S.ABORTED: frozenset({Task.NONE}),
}
"""Which tasks a leaf can have in which state; a test holds the engine to it."""


def gathered(states: Iterable[ProcState], now: ProcState) -> ProcState:
    """The state of a block from those of the active leaves below it, which is in ``now``.

    What runs counts before what rests, so a block is Held (or Paused) only when everything below it is.
    """
    found = set(states) - {_S.COMPLETE}
    if not found:  # a reply ended the last leaf below: what comes next begins in the next scan
        return now
    for state in (_S.ABORTING, _S.STOPPING):
        if state in found:
            return state
    for state in (_S.ABORTED, _S.STOPPED):
        if state in found:
            return state
    if _S.RUNNING in found:
        return _S.RUNNING
    if _S.RESTARTING in found:
        return _S.RESTARTING if now in (_S.HOLDING, _S.HELD, _S.RESTARTING) else _S.RUNNING
    return next(s for s in (_S.PAUSING, _S.PAUSED, _S.HOLDING, _S.HELD) if s in found)


@cache
def way(source: ProcState, target: ProcState) -> tuple[str, ...]:
    """The shortest commands of :data:`STATE_TABLE` from one state to another, no reset and no restore among them.

    Raises KeyError when there are none.
    """
    ways: dict[ProcState, tuple[str, ...]] = {source: ()}
    todo = [source]
    while todo and target not in ways:
        state = todo.pop(0)
        for command, following in STATE_TABLE[state].items():
            if command not in ("reset", "restore") and following not in ways:
                ways[following] = (*ways[state], command)
                todo.append(following)
    return ways[target]


def state_diagram() -> str:
    """The state table as a Mermaid diagram, for docs/recipes.md."""
    lines = ["stateDiagram-v2", "    [*] --> idle"]
    for state, row in STATE_TABLE.items():
        lines += [f"    {state} --> {target}: {command}" for command, target in row.items()]
        lines += [f"    {state} --> [*]"] if state in ENDED else []
    return "\n".join(lines)


def task_table() -> str:
    """The goals as a Markdown table, for docs/recipes.md."""
    lines = ["| Task | Asks for | Reached in | Then | On failure |", "|---|---|---|---|---|"]
    for task, goal in GOALS.items():
        reached = "any but idle" if len(goal.reached) > 6 else ", ".join(s.name.lower() for s in sorted(goal.reached))
        lines.append(f"| {task} | {goal.command} | {reached} | {goal.then} | {'asks again' if goal.persistent else 'Held'} |")
    return "\n".join(lines)
