"""The tables of the batch: complete, free of dead ends, and the same as in docs/recipes.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from line.phases import PHASE_COMMANDS, PHASE_TABLE
from recipes.states import (
    BATCH_COMMANDS,
    BATCH_TABLE,
    ENDED,
    GOALS,
    STATE_TABLE,
    TASKS_OF,
    ProcState,
    Task,
    state_diagram,
    task_table,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"


def test_every_state_has_a_row_and_tasks() -> None:
    assert set(STATE_TABLE) == set(ProcState) == set(TASKS_OF)
    assert set().union(*TASKS_OF.values()) == set(Task)


@pytest.mark.parametrize("state", list(ProcState))
def test_an_end_can_be_reached_from_every_state(state: ProcState) -> None:
    reached, todo = {state}, [state]
    while todo:
        new = set(BATCH_TABLE[todo.pop()].values()) - reached
        reached |= new
        todo += new
    assert reached & ENDED


def test_whoever_runs_can_be_held_stopped_and_aborted() -> None:
    for state in (ProcState.RUNNING, ProcState.RESTARTING):
        assert {"hold", "stop", "abort"} <= set(BATCH_TABLE[state])
    for state in set(ProcState) - ENDED - {ProcState.ABORTING}:
        assert "abort" in BATCH_TABLE[state]
    assert set().union(*BATCH_TABLE.values()) == {*BATCH_COMMANDS, "done", "restore"}


def test_a_missing_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        BATCH_TABLE[ProcState.COMPLETE]["start"]


def test_goals_agree_with_the_phase_table() -> None:
    for task, goal in GOALS.items():
        assert goal.command in PHASE_COMMANDS
        asked_from = {s for s, row in PHASE_TABLE.items() if goal.command in row}
        assert asked_from - goal.reached, f"{task}: there is a state to ask from"


@pytest.mark.parametrize("generated", [state_diagram(), task_table()])
def test_the_document_shows_the_tables(generated: str) -> None:
    assert generated in DOCUMENT.read_text(encoding="utf-8")
