"""Titled scripts for the states in sight, A to F: after each line every output is checked (``alarm_scripts``)."""

from __future__ import annotations

from typing import Any

import pytest

from alarms.states import ALARM_TABLE, HIDDEN, AlarmEvent
from alarms.table import AlarmRules
from tests.builders import table
from tests.unit.alarm_scripts import Titled, alarm, alarm_table

TAGS = table("T", "S")

SCRIPTS: dict[str, tuple[dict[str, Any], str]] = {
    "Active, Ack, Normal": ({}, """
        t=0 | T 80        | -                           | A | 0 | - | -      | 0
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | T 95        | -                           | B | 1 | 3 | active | 1
        t=3 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=4 | T 79        | -                           | C | 0 | - | active | 1
        t=5 | T 78        | return C>A                  | A | 0 | - | -      | 1
    """),
    "Active, Normal, Ack": ({}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | T 70        | return B>D                  | D | 1 | 3 | active | 1
        t=3 | ack         | ack D>A by ivanova & accepted | A | 0 | - | -      | 1
    """),
    "Active, Normal, Active again": ({}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | T 70        | return B>D                  | D | 1 | 3 | active | 1
        t=3 | T 81        | alarm D>B                   | B | 1 | 3 | active | 2
        t=4 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 2
    """),
    "Latching: Active, Normal, Ack, Reset": ({"latching": True}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | T 70        | latch B>E                   | E | 1 | 3 | active | 1
        t=3 | ack         | ack E>F by ivanova & accepted | F | 0 | - | active | 1
        t=4 | ack         | refused already acknowledged (ivanova) | F | 0 | - | active | 1
        t=5 | reset       | reset F>A by ivanova & accepted | A | 0 | - | -      | 1
    """),
    "Latching: Active, Ack, Normal, Reset": ({"latching": True}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=3 | T 70        | latch C>F                   | F | 0 | - | active | 1
        t=4 | reset       | reset F>A by ivanova & accepted | A | 0 | - | -      | 1
    """),
    "Latching: Active, Normal, Reset, Ack": ({"latching": True}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | reset       | refused its condition still stands; reset it once that is gone | B | 1 | 3 | active | 1
        t=3 | T 70        | latch B>E                   | E | 1 | 3 | active | 1
        t=4 | reset       | reset E>D by ivanova & accepted | D | 1 | 3 | active | 1
        t=5 | reset       | refused already reset; acknowledge it | D | 1 | 3 | active | 1
        t=6 | ack         | ack D>A by ivanova & accepted | A | 0 | - | -      | 1
    """),
    "Latching: Active again while it waits for ack or reset": ({"latching": True}, """
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | T 70        | latch B>E                   | E | 1 | 3 | active | 1
        t=3 | T 81        | alarm E>B                   | B | 1 | 3 | active | 2
        t=4 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 2
        t=5 | T 70        | latch C>F                   | F | 0 | - | active | 2
        t=6 | T 81        | alarm F>B                   | B | 1 | 3 | active | 3
    """),
    "Re-alarm: so long after the ack, once each time": ({"re_alarm_s": 60.0}, """
        t=0   | T 81      | alarm A>B                   | B | 1 | 3 | active | 1
        t=90  | -         | -                           | B | 1 | 3 | active | 1
        t=100 | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=159 | -         | -                           | C | 0 | - | active | 1
        t=160 | -         | realarm C>B                 | B | 1 | 3 | active | 2
        t=400 | -         | -                           | B | 1 | 3 | active | 2
        t=401 | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 2
        t=461 | T 70      | return C>A                  | A | 0 | - | -      | 2
        t=999 | -         | -                           | A | 0 | - | -      | 0
    """),
    "Re-alarm: the clock is set back behind the ack": ({"re_alarm_s": 60.0}, """
        t=500 | T 81      | alarm A>B                   | B | 1 | 3 | active | 1
        t=501 | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=400 | -         | realarm C>B                 | B | 1 | 3 | active | 1
    """),
    "Re-alarm: goes on over a restart": ({"re_alarm_s": 60.0}, """
        t=0   | T 81      | alarm A>B                   | B | 1 | 3 | active | 1
        t=10  | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=40  | restart   | -                           | C | 0 | - | active | 1
        t=70  | -         | realarm C>B                 | B | 1 | 3 | active | 2
    """),
    "Acknowledged by itself when it returns": ({"auto_ack": True}, """
        t=0 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=1 | T 70        | return B>D & ack D>A by auto | A | 0 | - | -      | 1
    """),
    "Acknowledged by itself and latching: the person resets, the rest goes by itself": ({"auto_ack": True, "latching": True}, """
        t=0 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=1 | T 70        | latch B>E                   | E | 1 | 3 | active | 1
        t=2 | reset       | reset E>D by ivanova & ack D>A by auto & accepted | A | 0 | - | -      | 1
    """),
    "Silence is no ack, and the next annunciation sounds": ({}, """
        t=0 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=1 | silence     | accepted                    | B | 1 | - | active | 1
        t=2 | T 70        | return B>D                  | D | 1 | - | active | 1
        t=3 | T 81        | alarm D>B                   | B | 1 | 3 | active | 2
        t=4 | silence     | accepted                    | B | 1 | - | active | 2
        t=5 | restart     | -                           | B | 1 | - | active | 2
        t=6 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 2
    """),
    "Ack comes before what comes in the same scan": ({}, """
        t=0 | T 81, ack   | refused the alarm is not active & alarm A>B | B | 1 | 3 | active | 1
        t=1 | T 70, ack   | ack B>C by ivanova & accepted & return C>A | A | 0 | - | -      | 1
    """),
    "Ack of what the panel showed, not of what came again since": ({}, """
        t=10 | T 81       | alarm A>B                   | B | 1 | 3 | active | 1
        t=11 | T 70       | return B>D                  | D | 1 | 3 | active | 1
        t=12 | T 81       | alarm D>B                   | B | 1 | 3 | active | 2
        t=13 | ack as of 10 | refused came again since; look at it and acknowledge once more | B | 1 | 3 | active | 2
        t=14 | ack as of 12 | ack B>C by ivanova & accepted | C | 0 | - | active | 2
    """),
    "Ack as of its annunciation holds after it returned": ({}, """
        t=10 | T 81       | alarm A>B                   | B | 1 | 3 | active | 1
        t=11 | T 70       | return B>D                  | D | 1 | 3 | active | 1
        t=12 | ack as of 10 | ack D>A by ivanova & accepted | A | 0 | - | -      | 1
    """),
    "A comment stays beside the state": ({}, """
        t=0 | comment pump is out | comment A>A by ivanova & accepted | A | 0 | - | -      | 0
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | comment seen it | comment B>B by ivanova & accepted | B | 1 | 3 | active | 1
        t=3 | comment     | refused A comment has 1 to 500 characters | B | 1 | 3 | active | 1
    """),
    "Quality: the alarm stays as it is, and may be acknowledged": ({}, """
        t=0 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=1 | T bad       | -                           | B | 1 | 3 | active | 1
        t=2 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=3 | T 70        | return C>A                  | A | 0 | - | -      | 1
    """),
    "Delays: short excursions and short returns are none": ({"on_delay_s": 5.0, "off_delay_s": 5.0}, """
        t=0  | T 81       | -                           | A | 0 | - | -      | 0
        t=4  | T 70       | -                           | A | 0 | - | -      | 0
        t=5  | T 81       | -                           | A | 0 | - | -      | 0
        t=9  | restart    | -                           | A | 0 | - | -      | 0
        t=10 | -          | alarm A>B                   | B | 1 | 3 | active | 1
        t=11 | T 70       | -                           | B | 1 | 3 | active | 1
        t=12 | T 81       | -                           | B | 1 | 3 | active | 1
        t=20 | T 70       | -                           | B | 1 | 3 | active | 1
        t=25 | -          | return B>D                  | D | 1 | 3 | active | 1
    """),
    "Restart in every state in sight": ({"latching": True}, """
        t=0 | restart     | -                           | A | 0 | - | -      | 0
        t=1 | T 81        | alarm A>B                   | B | 1 | 3 | active | 1
        t=2 | restart     | -                           | B | 1 | 3 | active | 1
        t=3 | T 70        | latch B>E                   | E | 1 | 3 | active | 1
        t=4 | restart     | -                           | E | 1 | 3 | active | 1
        t=5 | reset       | reset E>D by ivanova & accepted | D | 1 | 3 | active | 1
        t=6 | restart     | -                           | D | 1 | 3 | active | 1
        t=7 | T 81        | alarm D>B                   | B | 1 | 3 | active | 2
        t=8 | ack         | ack B>C by ivanova & accepted | C | 0 | - | active | 2
        t=9 | restart     | -                           | C | 0 | - | active | 2
        t=10 | T 70       | latch C>F                   | F | 0 | - | active | 2
        t=11 | restart    | -                           | F | 0 | - | active | 2
        t=12 | reset      | reset F>A by ivanova & accepted | A | 0 | - | -      | 2
    """),
}  # fmt: skip


def titled(more: dict[str, Any], rules: AlarmRules | None = None) -> Titled:
    """One alarm ``a`` on T above 80 with a deadband of 2, priority 3, suppressed by design while S is 1."""
    fields: dict[str, Any] = {"limit": 80.0, "deadband": 2.0, "suppress_when": "S == 1", **more}
    return Titled(alarm_table([alarm("a", TAGS, "T", **fields)], TAGS, rules), TAGS, {"T": 70.0, "S": 0.0})


@pytest.mark.parametrize("title", SCRIPTS)
def test(title: str) -> None:
    more, text = SCRIPTS[title]
    titled(more).run(text)


def test_every_transition_between_states_in_sight_is_in_a_script() -> None:
    visited: set[tuple[Any, str]] = set()
    for more, text in SCRIPTS.values():
        script = titled(more)
        script.run(text)
        visited |= script.visited
    wanted = {(s, e) for s, row in ALARM_TABLE.items() if s not in HIDDEN for e, t in row.items() if t not in HIDDEN}
    assert wanted <= visited
    assert visited - wanted <= {(s, "comment") for s in ALARM_TABLE}
    assert {e for _, e in visited} <= {*AlarmEvent, "comment"}
