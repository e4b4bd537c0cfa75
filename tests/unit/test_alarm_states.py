"""The state table against ISA-18.2, and the document against the table."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from alarms.diagram import FRAME, state_diagram, with_diagram
from alarms.states import ACTIVE, ALARM_TABLE, HIDDEN, LETTERS, UNACKED, AlarmEvent, AlarmState, return_event, transition

STANDARD = {
    "A": {"alarm": "B"},
    "B": {"ack": "C", "return": "D", "latch": "E"},
    "C": {"return": "A", "latch": "F", "realarm": "B"},
    "D": {"ack": "A", "alarm": "B"},
    "E": {"ack": "F", "reset": "D", "alarm": "B"},
    "F": {"reset": "A", "alarm": "B"},
    "G": {"shelve": "G"},
    "H": {"resume_shelved": "G"},
    "I": {"resume_shelved": "G", "resume_suppressed": "H"},
}
"""What is particular to each state."""

HIDE = {"shelve": "G", "suppress": "H", "remove": "I"}
"""Out of every state in sight; of these also from a weaker reason to hide to a stronger one."""

RESUME = {"resume_normal": "A", "resume_active": "B", "resume_latched": "E"}
for letter in "ABCDEF":
    STANDARD[letter] |= HIDE
for letter in "GHI":
    STANDARD[letter] |= RESUME | dict.fromkeys(("alarm", "return", "latch"), letter)
STANDARD["G"] |= {"suppress": "H", "remove": "I"}
STANDARD["H"] |= {"remove": "I"}

DOCUMENT = Path(__file__).parents[2] / "docs" / "alarms.md"


def test_every_state_has_a_row_and_a_letter() -> None:
    assert set(ALARM_TABLE) == set(AlarmState) == set(LETTERS)
    assert "".join(LETTERS[s] for s in AlarmState) == "ABCDEFGHI"


@pytest.mark.parametrize(("state", "event"), list(product(AlarmState, AlarmEvent)))
def test_each_pair_is_a_transition_of_the_standard_or_an_error(state: AlarmState, event: AlarmEvent) -> None:
    expected = STANDARD[LETTERS[state]].get(event.value)
    if expected is None:
        with pytest.raises(KeyError):
            transition(state, event)
    else:
        assert LETTERS[transition(state, event)] == expected


def test_every_state_is_reached_and_left() -> None:
    for state in AlarmState:
        assert any(state in row.values() for other, row in ALARM_TABLE.items() if other is not state)
        assert any(target is not state for target in ALARM_TABLE[state].values())


def test_an_active_alarm_can_always_return_and_an_unacknowledged_one_always_be_acknowledged() -> None:
    for state in ACTIVE | HIDDEN:
        assert {return_event(False), return_event(True)} <= set(ALARM_TABLE[state])
    for state in UNACKED:
        assert AlarmEvent.ACK in ALARM_TABLE[state]
    for state in set(ALARM_TABLE) - ACTIVE:
        assert AlarmEvent.ALARM in ALARM_TABLE[state]


def test_the_diagram_says_all_that_the_table_says_and_nothing_else() -> None:
    drawn: dict[str, dict[str, str]] = {letter: {} for letter in LETTERS.values()}
    for source, target, events in re.findall(r"^ *(\w+) --> (\w): (.+)$", state_diagram(), flags=re.MULTILINE):
        for letter in "ABCDEF" if source == FRAME else source:
            for event in events.split(", "):
                assert event not in drawn[letter], "drawn twice"
                drawn[letter][event] = target
    assert drawn == {LETTERS[s]: {e.value: LETTERS[t] for e, t in row.items()} for s, row in ALARM_TABLE.items()}


def test_the_document_shows_the_table() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    assert state_diagram() in document
    assert with_diagram(document) == document, "run: python -m alarms.diagram docs/alarms.md"


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="state diagram"):
        with_diagram("# Alarms\n")
