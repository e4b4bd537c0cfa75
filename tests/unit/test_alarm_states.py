"""The state table against ISA-18.2, and the document against the table."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from alarms.diagram import state_diagram, with_diagram
from alarms.states import ACTIVE, ALARM_TABLE, LETTERS, UNACKED, AlarmEvent, AlarmState, return_event, transition

STANDARD = {
    ("A", "alarm"): "B",
    ("B", "ack"): "C",
    ("B", "return"): "D",
    ("B", "latch"): "E",
    ("C", "return"): "A",
    ("C", "latch"): "F",
    ("D", "ack"): "A",
    ("D", "alarm"): "B",
    ("E", "ack"): "F",
    ("E", "reset"): "D",
    ("E", "alarm"): "B",
    ("F", "reset"): "A",
    ("F", "alarm"): "B",
}
DOCUMENT = Path(__file__).parents[2] / "docs" / "alarms.md"


def test_every_state_has_a_row_and_a_letter() -> None:
    assert set(ALARM_TABLE) == set(AlarmState) == set(LETTERS)
    assert "".join(LETTERS[s] for s in AlarmState) == "ABCDEFGHI"


@pytest.mark.parametrize(("state", "event"), list(product(AlarmState, AlarmEvent)))
def test_each_pair_is_a_transition_of_the_standard_or_an_error(state: AlarmState, event: AlarmEvent) -> None:
    expected = STANDARD.get((LETTERS[state], event.value))
    if expected is None:
        with pytest.raises(KeyError):
            transition(state, event)
    else:
        assert LETTERS[transition(state, event)] == expected


def test_every_working_state_is_reached_and_left() -> None:
    working = [s for s in AlarmState if LETTERS[s] in "ABCDEF"]
    targets = {t for row in ALARM_TABLE.values() for t in row.values()}
    assert targets == set(working)
    assert all(ALARM_TABLE[s] for s in working)


def test_an_active_alarm_can_always_return_and_an_unacknowledged_one_always_be_acknowledged() -> None:
    for state in ACTIVE:
        assert {return_event(False), return_event(True)} <= set(ALARM_TABLE[state])
    for state in UNACKED:
        assert AlarmEvent.ACK in ALARM_TABLE[state]
    for state in set(ALARM_TABLE) - ACTIVE - {AlarmState.SHELVED, AlarmState.SUPPRESSED, AlarmState.OUT_OF_SERVICE}:
        assert AlarmEvent.ALARM in ALARM_TABLE[state]


def test_the_document_shows_the_table() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert state_diagram() in document
    assert with_diagram(document) == document, "run: python -m alarms.diagram docs/alarms.md"


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="state diagram"):
        with_diagram("# Alarms\n")
