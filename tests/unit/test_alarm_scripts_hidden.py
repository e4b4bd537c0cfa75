"""Titled scripts for shelved, suppressed by design and out of service: after each line every output is checked."""

from __future__ import annotations

from typing import Any

import pytest

from alarms.states import ALARM_TABLE, HIDDEN
from alarms.table import AlarmRules
from tests.unit.test_alarm_scripts_shown import SCRIPTS as SHOWN
from tests.unit.test_alarm_scripts_shown import titled

RULES = AlarmRules(shelve_max_s=3600.0, shelve_warn_s=300.0)

SCRIPTS: dict[str, tuple[dict[str, Any], str]] = {
    "Shelved, time is up while normal": ({}, """
        t=0    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=100  | T 81      | alarm G>G                   | G | 0 | - | shelved | 0
        t=200  | T 70      | return G>G                  | G | 0 | - | shelved | 0
        t=3299 | -         | -                           | G | 0 | - | shelved | 0
        t=3300 | -         | warn G>G                    | G | 0 | - | shelved | 0
        t=3301 | -         | -                           | G | 0 | - | shelved | 0
        t=3599 | -         | -                           | G | 0 | - | shelved | 0
        t=3600 | -         | resume_normal G>A           | A | 0 | - | -       | 0
    """),
    "Shelved while active, time is up while active: it is annunciated": ({}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | shelve 10 | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=301  | -         | warn G>G                    | G | 0 | - | shelved | 1
        t=601  | -         | resume_active G>B           | B | 1 | 3 | active  | 1
        t=602  | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=603  | shelve 10 | shelve C>G by ivanova & accepted | G | 0 | - | shelved | 1
    """),
    "Shelving shorter than the warning: nobody is warned": ({}, """
        t=0    | shelve 5  | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=299  | -         | -                           | G | 0 | - | shelved | 0
        t=300  | -         | resume_normal G>A           | A | 0 | - | -       | 0
    """),
    "One shot: the next return ends it": ({}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | shelve 60 once | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=2    | T 70      | return G>G & resume_normal G>A | A | 0 | - | -    | 1
        t=3    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 2
    """),
    "One shot: time is up": ({}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | shelve 4 once | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=241  | -         | resume_active G>B           | B | 1 | 3 | active  | 2
    """),
    "One shot of a normal alarm: it must come and return": ({}, """
        t=0    | shelve 60 once | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=1    | T 81      | alarm G>G                   | G | 0 | - | shelved | 0
        t=2    | restart   | -                           | G | 0 | - | shelved | 0
        t=3    | T 70      | return G>G & resume_normal G>A | A | 0 | - | -    | 0
    """),
    "One shot and latching: its return waits for ack and reset": ({"latching": True}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | shelve 60 once | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=2    | T 70      | latch G>G & resume_latched G>E | E | 1 | 3 | active | 1
    """),
    "Unshelved: back where its condition is": ({}, """
        t=0    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=1    | unshelve  | resume_normal G>A by ivanova & accepted | A | 0 | - | - | 0
        t=2    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=3    | T 81      | alarm G>G                   | G | 0 | - | shelved | 0
        t=4    | unshelve  | resume_active G>B by ivanova & accepted | B | 1 | 3 | active | 1
        t=9999 | T 70      | return B>D                  | D | 1 | 3 | active  | 0
    """),
    "Shelved while returned and unacknowledged": ({}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | T 70      | return B>D                  | D | 1 | 3 | active  | 1
        t=2    | shelve 60 | shelve D>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=3    | unshelve  | resume_normal G>A by ivanova & accepted | A | 0 | - | - | 1
    """),
    "Shelved while latched: it waits for ack and reset again": ({"latching": True}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | T 70      | latch B>E                   | E | 1 | 3 | active  | 1
        t=2    | shelve 60 | shelve E>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=3    | silence   | accepted                    | G | 0 | - | shelved | 1
        t=4    | unshelve  | resume_latched G>E by ivanova & accepted | E | 1 | 3 | active | 1
        t=5    | ack       | ack E>F by ivanova & accepted | F | 0 | - | active | 1
        t=6    | shelve 60 | shelve F>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=7    | restart   | -                           | G | 0 | - | shelved | 1
        t=8    | T 81      | alarm G>G                   | G | 0 | - | shelved | 1
        t=9    | T 70      | latch G>G                   | G | 0 | - | shelved | 1
        t=10   | unshelve  | resume_latched G>E by ivanova & accepted | E | 1 | 3 | active | 1
    """),
    "A shelving is extended, not beyond the limit from its beginning": ({}, """
        t=0    | shelve 20 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=900  | -         | warn G>G                    | G | 0 | - | shelved | 0
        t=1000 | shelve 44 | refused at most 1 h from the first shelving: 43 minutes are left | G | 0 | - | shelved | 0
        t=1001 | shelve 30 | shelve G>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=1200 | -         | -                           | G | 0 | - | shelved | 0
        t=2501 | -         | warn G>G                    | G | 0 | - | shelved | 0
        t=2800 | -         | -                           | G | 0 | - | shelved | 0
        t=2801 | -         | resume_normal G>A           | A | 0 | - | -       | 0
    """),
    "Shelving is over while the engine is down": ({}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | shelve 60 | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=3700 | restart   | resume_active G>B           | B | 1 | 3 | active  | 1
    """),
    "Shelving goes on over a restart, its warning too": ({}, """
        t=0    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=3299 | restart   | -                           | G | 0 | - | shelved | 0
        t=3301 | restart   | warn G>G                    | G | 0 | - | shelved | 0
        t=3302 | restart   | -                           | G | 0 | - | shelved | 0
        t=3600 | restart   | resume_normal G>A           | A | 0 | - | -       | 0
    """),
    "The clock is set back behind the shelving: it is over": ({}, """
        t=500  | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=501  | shelve 60 | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=400  | -         | resume_active G>B           | B | 1 | 3 | active  | 1
    """),
    "Delays run on while it is shelved": ({"on_delay_s": 10.0, "off_delay_s": 10.0}, """
        t=0    | T 81      | -                           | A | 0 | - | -       | 0
        t=5    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=9    | unshelve  | resume_normal G>A by ivanova & accepted | A | 0 | - | - | 0
        t=10   | -         | alarm A>B                   | B | 1 | 3 | active  | 1
        t=11   | shelve 60, T 79 | shelve B>G by ivanova & accepted | G | 0 | - | shelved | 1
        t=20   | unshelve  | resume_active G>B by ivanova & accepted | B | 1 | 3 | active | 2
        t=29   | T 70      | -                           | B | 1 | 3 | active  | 2
        t=39   | -         | return B>D                  | D | 1 | 3 | active  | 2
    """),
    "Suppressed by design: it comes and goes unseen, and back where it is": ({}, """
        t=0    | S 1       | suppress A>H                | H | 0 | - | suppressed | 0
        t=1    | T 81      | alarm H>H                   | H | 0 | - | suppressed | 0
        t=2    | T 70      | return H>H                  | H | 0 | - | suppressed | 0
        t=3    | S 0       | resume_normal H>A           | A | 0 | - | -       | 0
        t=4    | S 1       | suppress A>H                | H | 0 | - | suppressed | 0
        t=5    | T 81      | alarm H>H                   | H | 0 | - | suppressed | 0
        t=6    | S 0       | resume_active H>B           | B | 1 | 3 | active  | 1
        t=7    | S 1       | suppress B>H                | H | 0 | - | suppressed | 1
        t=8    | restart   | -                           | H | 0 | - | suppressed | 1
        t=9    | S bad     | -                           | H | 0 | - | suppressed | 1
        t=10   | S 0       | resume_active H>B           | B | 1 | 3 | active  | 2
    """),
    "Suppressed in the scan in which its condition comes: nobody hears it": ({}, """
        t=0    | S 1, T 81 | suppress A>H & alarm H>H    | H | 0 | - | suppressed | 0
        t=1    | S 0, T 70 | return H>H & resume_normal H>A | A | 0 | - | -    | 0
    """),
    "Suppressed in every state": ({"latching": True}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 1
        t=2    | S 1       | suppress C>H                | H | 0 | - | suppressed | 1
        t=3    | T 70      | latch H>H                   | H | 0 | - | suppressed | 1
        t=4    | S 0       | resume_latched H>E          | E | 1 | 3 | active  | 1
        t=5    | S 1       | suppress E>H                | H | 0 | - | suppressed | 1
        t=6    | S 0       | resume_latched H>E          | E | 1 | 3 | active  | 1
        t=7    | ack       | ack E>F by ivanova & accepted | F | 0 | - | active | 1
        t=8    | S 1       | suppress F>H                | H | 0 | - | suppressed | 1
        t=9    | S 0       | resume_latched H>E          | E | 1 | 3 | active  | 1
        t=10   | reset     | reset E>D by ivanova & accepted | D | 1 | 3 | active | 1
        t=11   | S 1       | suppress D>H                | H | 0 | - | suppressed | 1
        t=12   | S 0       | resume_normal H>A           | A | 0 | - | -       | 1
    """),
    "Shelved, then suppressed: the shelving goes on underneath": ({}, """
        t=0    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=1    | S 1       | suppress G>H                | H | 0 | - | suppressed | 0
        t=2    | S 0       | resume_shelved H>G          | G | 0 | - | shelved | 0
        t=3    | S 1       | suppress G>H                | H | 0 | - | suppressed | 0
        t=3300 | -         | -                           | H | 0 | - | suppressed | 0
        t=3400 | S 0       | resume_shelved H>G          | G | 0 | - | shelved | 0
        t=3401 | -         | warn G>G                    | G | 0 | - | shelved | 0
        t=3402 | S 1       | suppress G>H                | H | 0 | - | suppressed | 0
        t=3600 | -         | -                           | H | 0 | - | suppressed | 0
        t=3601 | S 0       | resume_normal H>A           | A | 0 | - | -       | 0
    """),
    "Unshelved and one shot underneath a suppression": ({}, """
        t=0    | shelve 60, S 1 | shelve A>G by ivanova & accepted & suppress G>H | H | 0 | - | suppressed | 0
        t=1    | unshelve  | accepted                    | H | 0 | - | suppressed | 0
        t=2    | unshelve  | refused the alarm is not shelved | H | 0 | - | suppressed | 0
        t=3    | S 0       | resume_normal H>A           | A | 0 | - | -       | 0
        t=4    | shelve 60 once, S 1 | shelve A>G by ivanova & accepted & suppress G>H | H | 0 | - | suppressed | 0
        t=5    | T 81      | alarm H>H                   | H | 0 | - | suppressed | 0
        t=6    | T 70      | return H>H                  | H | 0 | - | suppressed | 0
        t=7    | S 0       | resume_normal H>A           | A | 0 | - | -       | 0
    """),
    "Out of service and restored": ({}, """
        t=0    | remove    | remove A>I by ivanova & accepted | I | 0 | - | out_of_service | 0
        t=1    | T 81      | alarm I>I                   | I | 0 | - | out_of_service | 0
        t=2    | T 70      | return I>I                  | I | 0 | - | out_of_service | 0
        t=3    | restart   | -                           | I | 0 | - | out_of_service | 0
        t=4    | restore   | resume_normal I>A by ivanova & accepted | A | 0 | - | - | 0
        t=5    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=6    | remove    | remove B>I by ivanova & accepted | I | 0 | - | out_of_service | 1
        t=7    | restore   | resume_active I>B by ivanova & accepted | B | 1 | 3 | active | 2
        t=8    | ack       | ack B>C by ivanova & accepted | C | 0 | - | active | 2
        t=9    | remove    | remove C>I by ivanova & accepted | I | 0 | - | out_of_service | 2
        t=10   | T 70, restore | resume_active I>B by ivanova & accepted & return B>D | D | 1 | 3 | active | 3
        t=11   | remove    | remove D>I by ivanova & accepted | I | 0 | - | out_of_service | 3
    """),
    "Out of service while latched, and latching underneath": ({"latching": True}, """
        t=0    | T 81      | alarm A>B                   | B | 1 | 3 | active  | 1
        t=1    | T 70      | latch B>E                   | E | 1 | 3 | active  | 1
        t=2    | remove    | remove E>I by ivanova & accepted | I | 0 | - | out_of_service | 1
        t=3    | restore   | resume_latched I>E by ivanova & accepted | E | 1 | 3 | active | 1
        t=4    | ack       | ack E>F by ivanova & accepted | F | 0 | - | active | 1
        t=5    | remove    | remove F>I by ivanova & accepted | I | 0 | - | out_of_service | 1
        t=6    | T 81      | alarm I>I                   | I | 0 | - | out_of_service | 1
        t=7    | T 70      | latch I>I                   | I | 0 | - | out_of_service | 1
        t=8    | restore   | resume_latched I>E by ivanova & accepted | E | 1 | 3 | active | 1
    """),
    "Shelved, suppressed and out of service: the strongest is shown": ({}, """
        t=0    | shelve 60 | shelve A>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=1    | remove    | remove G>I by ivanova & accepted | I | 0 | - | out_of_service | 0
        t=2    | restore   | resume_shelved I>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=3    | S 1       | suppress G>H                | H | 0 | - | suppressed | 0
        t=4    | remove    | remove H>I by ivanova & accepted | I | 0 | - | out_of_service | 0
        t=5    | restart   | -                           | I | 0 | - | out_of_service | 0
        t=6    | restore   | resume_suppressed I>H by ivanova & accepted | H | 0 | - | suppressed | 0
        t=7    | remove    | remove H>I by ivanova & accepted | I | 0 | - | out_of_service | 0
        t=8    | S 0       | -                           | I | 0 | - | out_of_service | 0
        t=9    | S 1       | -                           | I | 0 | - | out_of_service | 0
        t=10   | S 0       | -                           | I | 0 | - | out_of_service | 0
        t=11   | restore   | resume_shelved I>G by ivanova & accepted | G | 0 | - | shelved | 0
        t=12   | unshelve  | resume_normal G>A by ivanova & accepted | A | 0 | - | - | 0
    """),
}  # fmt: skip


@pytest.mark.parametrize("title", SCRIPTS)
def test(title: str) -> None:
    more, text = SCRIPTS[title]
    titled(more, RULES).run(text)


def test_every_transition_of_the_table_is_in_a_script() -> None:
    visited: set[tuple[Any, str]] = set()
    for scripts in (SHOWN, SCRIPTS):
        for more, text in scripts.values():
            script = titled(more, RULES)
            script.run(text)
            visited |= script.visited
    table = {(state, event.value) for state, row in ALARM_TABLE.items() for event in row}
    assert visited - table <= {(s, word) for s in ALARM_TABLE for word in ("comment", "warn")}
    assert table - visited == set()
    assert {s for s, _ in visited} > HIDDEN
