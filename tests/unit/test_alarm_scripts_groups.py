"""Titled scripts for several alarms: first-out groups, floods, the sound of the highest priority, one ack for one alarm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alarms.table import AlarmDef, AlarmRules
from tests.builders import T0_NS, S, table
from tests.unit.alarm_scripts import Titled, alarm, alarm_table, command

TAGS = table("T", "U", "V", "S")
VALUES = {"T": 70.0, "U": 70.0, "V": 70.0, "S": 0.0}


def three(group: str = "", latching: bool = False, rules: AlarmRules | None = None, **more: Any) -> Titled:
    """Alarms ``a``, ``b`` and ``c`` on T, U and V above 80 with priorities 3, 2 and 1; S suppresses ``c``."""
    rows = [("a", "T", 3, ""), ("b", "U", 2, ""), ("c", "V", 1, "S == 1")]
    alarms = [
        alarm(i, TAGS, tag, limit=80.0, priority=p, group=group, latching=latching, suppress_when=suppress, **more)
        for i, tag, p, suppress in rows
    ]
    return Titled(alarm_table(alarms, TAGS, rules), TAGS, VALUES)


def marks(script: Titled) -> dict[str, str]:
    """``first`` or the id of the first one, of every active row that has a mark; the events must say the same."""
    shown = {a["id"]: "first" if a["first_out"] else a["consequence_of"] for a in script.view()["active"]}
    for event in script.scan.events:
        if event.kind == "alarm" and event.source in shown and event.data["to"] != "normal":
            said = "first" if event.data["first_out"] else event.data["consequence_of"]
            assert said == shown[event.source]
    return {i: mark for i, mark in shown.items() if mark}


def told(script: Titled) -> list[tuple[bool, str]]:
    """The marks in the alarm events of the last scan."""
    return [(e.data["first_out"], e.data["consequence_of"]) for e in script.scan.events if e.kind == "alarm"]  # pyright: ignore[reportReturnType]


def test_the_first_of_a_group_is_marked_and_frozen_until_all_are_normal() -> None:
    s = three("trip")
    s.run("t=1 | U 81 | b alarm A>B | a:A b:B c:A | 1 | 2 | b:active | 1")
    assert marks(s) == {"b": "first"}
    s.run("t=2 | T 81 | alarm A>B | a:B b:B c:A | 2 | 2 | a:active b:active | 2")
    assert marks(s) == {"a": "b", "b": "first"}
    s.run("t=3 | U 70, ack b | b ack B>C by ivanova & accepted & b return C>A | a:B b:A c:A | 1 | 3 | a:active | 2")
    assert marks(s) == {"a": "b"}, "it stays what it was while the group stands"
    assert told(s) == [(True, ""), (True, "")], "it returns as the first that it was"
    s.run("t=4 | V 81 | c alarm A>B | a:B b:A c:B | 2 | 1 | a:active c:active | 3")
    assert marks(s) == {"a": "b", "c": "b"}
    s.run("t=5 | U 81 | b alarm A>B | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 4")
    assert marks(s) == {"a": "b", "b": "first", "c": "b"}
    s.run("""
        t=6 | T 70, U 70, V 70 | return B>D & b return B>D & c return B>D | a:D b:D c:D | 3 | 1 | a:active b:active c:active | 4
        t=7 | ack a b | ack D>A by ivanova & b ack D>A by ivanova & accepted | a:A b:A c:D | 1 | 1 | c:active | 4
        t=8 | T 81 | alarm A>B | a:B b:A c:D | 2 | 1 | a:active c:active | 5
    """)
    assert marks(s) == {"a": "b", "c": "b"}, "c still waits for its acknowledgement"
    s.run("""
        t=9  | T 70, ack a c | ack B>C by ivanova & c ack D>A by ivanova & accepted & return C>A | a:A b:A c:A | 0 | - | - | 5
        t=10 | V 81 | c alarm A>B | a:A b:A c:B | 1 | 1 | c:active | 6
    """)
    assert marks(s) == {"c": "first"}


def test_of_one_scan_the_first_row_is_first() -> None:
    s = three("trip")
    s.run("t=1 | U 81, T 81 | alarm A>B & b alarm A>B | a:B b:B c:A | 2 | 2 | a:active b:active | 2")
    assert marks(s) == {"a": "first", "b": "a"}


def test_what_comes_in_the_scan_in_which_the_last_one_goes_is_still_its_consequence() -> None:
    for goes, comes, tags in (("a", "b", ("T", "U")), ("b", "a", ("U", "T"))):
        s = three("trip", auto_ack=True)
        s.step(1, {**VALUES, tags[0]: 81.0})
        s.step(2, {**VALUES, tags[1]: 81.0})
        assert marks(s) == {comes: goes}
        s.step(3, VALUES)
        s.step(4, {**VALUES, tags[1]: 81.0})
        assert marks(s) == {comes: "first"}


def test_an_acknowledgement_that_frees_the_group_does_so_before_the_next_alarm() -> None:
    s = three("trip")
    s.run("""
        t=1 | T 81 | alarm A>B | a:B b:A c:A | 1 | 3 | a:active | 1
        t=2 | T 70 | return B>D | a:D b:A c:A | 1 | 3 | a:active | 1
        t=3 | ack a, U 81 | ack D>A by ivanova & accepted & b alarm A>B | a:A b:B c:A | 1 | 2 | b:active | 2
    """)
    assert marks(s) == {"b": "first"}


def test_a_latched_member_holds_the_group_until_its_reset() -> None:
    s = three("trip", latching=True)
    s.run("""
        t=1 | T 81 | alarm A>B | a:B b:A c:A | 1 | 3 | a:active | 1
        t=2 | T 70, ack a | ack B>C by ivanova & accepted & latch C>F | a:F b:A c:A | 0 | - | a:active | 1
        t=3 | U 81 | b alarm A>B | a:F b:B c:A | 1 | 2 | a:active b:active | 2
    """)
    assert marks(s) == {"a": "first", "b": "a"}


def test_hidden_members_take_no_part() -> None:
    s = three("trip")
    s.run("""
        t=1 | V 81, S 1 | c suppress A>H & c alarm H>H | a:A b:A c:H | 0 | - | c:suppressed | 0
        t=2 | T 81 | alarm A>B | a:B b:A c:H | 1 | 3 | a:active c:suppressed | 1
    """)
    assert marks(s) == {"a": "first"}
    s.run("t=3 | U 81 | b alarm A>B | a:B b:B c:H | 2 | 2 | a:active b:active c:suppressed | 2")
    s.run("t=4 | shelve 60 a b by shift_lead | shelve B>G by ivanova & b shelve B>G by ivanova & accepted | a:G b:G c:H "
          "| 0 | - | a:shelved b:shelved c:suppressed | 2")  # fmt: skip
    assert told(s) == [(True, ""), (False, "a")], "the marks that they leave behind"
    s.step(4.5, {**s.values, "T": 70.0})
    assert told(s) == [(False, "")], "what is hidden has no part in the group"
    s.step(4.75, s.values)
    s.run("t=5 | S 0 | c resume_active H>B | a:G b:G c:B | 1 | 1 | a:shelved b:shelved c:active | 3")
    assert marks(s) == {"c": "first"}, "all others are hidden: the group was free"
    s.run("t=6 | unshelve a | resume_active G>B by ivanova & accepted | a:B b:G c:B | 2 | 1 | a:active b:shelved c:active | 4")
    assert marks(s) == {"a": "c", "c": "first"}


def test_marks_survive_a_restart_and_a_change_of_the_groups() -> None:
    s = three("trip")
    s.step(1, {**VALUES, "U": 81.0})
    s.step(2, {**VALUES, "U": 81.0, "T": 81.0})
    s.restart(3)
    assert marks(s) == {"a": "b", "b": "first"}
    s.step(4, {**VALUES, "U": 81.0, "T": 81.0, "V": 81.0})
    assert marks(s) == {"a": "b", "b": "first", "c": "b"}

    def regrouped(a: AlarmDef) -> AlarmDef:
        return replace(a, group="other" if a.id == "b" else "trip")

    t = Titled(alarm_table([regrouped(a) for a in s.table], TAGS), TAGS, VALUES)
    t.state = t.stage.restore(s.stage.save(s.state), T0_NS + 5 * S)
    assert marks(t) == {}
    t.step(6, {**VALUES, "U": 81.0})
    t.step(7, {**VALUES, "U": 81.0, "T": 81.0})
    assert marks(t) == {"a": "first"}


def test_a_group_whose_last_standing_member_left_the_file_is_free() -> None:
    s = three("trip")
    s.step(1, {**VALUES, "T": 81.0})
    s.step(2, {**VALUES, "U": 81.0})
    s.step(3, {**VALUES, "U": 81.0}, command("alarm.ack", ["a"]))
    assert marks(s) == {"b": "a"}
    t = Titled(alarm_table([a for a in s.table if a.id != "b"], TAGS), TAGS, VALUES)
    t.state = t.stage.restore(s.stage.save(s.state), T0_NS + 4 * S)
    t.step(5, {**VALUES, "V": 81.0})
    assert marks(t) == {"c": "first"}


def test_a_re_alarm_keeps_its_mark() -> None:
    s = three("trip", re_alarm_s=60.0)
    hot = {**VALUES, "T": 81.0, "U": 81.0}
    s.step(1, hot)
    s.step(2, hot, command("alarm.ack", ["a", "b"]))
    assert s.step(62, hot) == ["a acked_active>unack_active", "b acked_active>unack_active"]
    assert marks(s) == {"a": "first", "b": "a"}


def test_groups_do_not_know_of_each_other_and_no_group_has_no_marks() -> None:
    s = three()
    s.step(1, {**VALUES, "U": 81.0})
    s.step(2, {**VALUES, "U": 81.0, "T": 81.0})
    assert marks(s) == {}


def test_acknowledging_one_never_acknowledges_another() -> None:
    s = three()
    s.run("""
        t=1 | T 81, U 81, V 81 | alarm A>B & b alarm A>B & c alarm A>B | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 3
        t=2 | ack c | c ack B>C by ivanova & accepted | a:B b:B c:C | 2 | 2 | a:active b:active c:active | 3
        t=3 | ack a | ack B>C by ivanova & accepted | a:C b:B c:C | 1 | 2 | a:active b:active c:active | 3
        t=4 | ack b | b ack B>C by ivanova & accepted | a:C b:C c:C | 0 | - | a:active b:active c:active | 3
    """)


def test_silence_holds_until_the_next_annunciation_of_any_alarm() -> None:
    s = three()
    s.run("""
        t=1 | T 81    | alarm A>B   | a:B b:A c:A | 1 | 3 | a:active | 1
        t=2 | silence | accepted    | a:B b:A c:A | 1 | - | a:active | 1
        t=3 | V 81, S 1 | c suppress A>H & c alarm H>H | a:B b:A c:H | 1 | - | a:active c:suppressed | 1
        t=4 | S 0     | c resume_active H>B | a:B b:A c:B | 2 | 1 | a:active c:active | 2
        t=5 | silence, ack c | accepted & c ack B>C by ivanova & accepted | a:B b:A c:C | 1 | - | a:active c:active | 2
        t=6 | shelve 60 a | shelve B>G by ivanova & accepted | a:G b:A c:C | 0 | - | a:shelved c:active | 2
        t=7 | unshelve a  | resume_active G>B by ivanova & accepted | a:B b:A c:C | 1 | 3 | a:active c:active | 3
    """)


# ---- Floods

FLOOD = AlarmRules(flood_start=3, flood_end=2)


def test_a_flood_begins_above_its_start_and_ends_below_its_end() -> None:
    s = three(rules=FLOOD)
    s.run("""
        t=0   | T 81 | alarm A>B   | a:B b:A c:A | 1 | 3 | a:active | 1
        t=100 | T 70 | return B>D  | a:D b:A c:A | 1 | 3 | a:active | 1
        t=200 | T 81, U 81 | alarm D>B & b alarm A>B | a:B b:B c:A | 2 | 2 | a:active b:active | 3
    """)
    assert s.view()["flood"] is None
    s.run("t=250 | V 81 | c alarm A>B & flood started 4 | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 4")
    assert s.view()["flood"] == {"since_ns": T0_NS + 250 * S, "count": 4}
    s.run("t=600 | T 70 | return B>D | a:D b:B c:B | 3 | 1 | a:active b:active c:active | 3")
    assert s.view()["flood"] == {"since_ns": T0_NS + 250 * S, "count": 3}, "it stands until fewer than its end"
    s.run("t=700 | T 81, restart | alarm D>B | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 4")
    assert s.view()["flood"] == {"since_ns": T0_NS + 250 * S, "count": 4}
    s.run("""
        t=800 | - | - | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 2
        t=850 | - | flood ended 1 | a:B b:B c:B | 3 | 1 | a:active b:active c:active | 1
    """)
    assert s.view()["flood"] is None


def test_a_flood_that_ended_while_the_engine_was_down_ends_with_the_first_scan() -> None:
    s = three(rules=FLOOD)
    s.step(0, {**VALUES, "T": 81.0})
    s.step(1, VALUES)
    s.step(2, {"T": 81.0, "U": 81.0, "V": 81.0, "S": 0.0})
    assert s.view()["flood"] == {"since_ns": T0_NS + 2 * S, "count": 4}
    s.restart(5000)
    assert s.step(5000, {"T": 81.0, "U": 81.0, "V": 81.0, "S": 0.0}) == ["flood ended 0"]
    assert s.view()["last_10_min"] == 0


def test_what_nobody_heard_makes_no_flood() -> None:
    s = three(rules=FLOOD)
    s.step(0, VALUES, command("alarm.shelve", ["a", "b", "c"], role="admin", reason="because", minutes=60))
    for k in range(1, 20):
        s.step(k, {**VALUES, **dict.fromkeys("TUV", 81.0 if k % 2 else 70.0)})
    assert (s.view()["last_10_min"], s.view()["flood"]) == (0, None)


def test_the_clock_is_set_back_what_lies_ahead_is_not_counted() -> None:
    s = three(rules=FLOOD)
    s.step(5000, {**VALUES, "T": 81.0})
    s.step(5001, VALUES)
    assert s.view()["last_10_min"] == 1
    s.step(50, VALUES)
    assert s.view()["last_10_min"] == 0
    assert s.step(100, {**VALUES, "T": 81.0, "U": 81.0}) == ["a rtn_unack>unack_active", "b normal>unack_active"]
    assert s.view()["last_10_min"] == 2
    s.step(699, VALUES)
    assert s.view()["last_10_min"] == 2
    s.step(700, VALUES)
    assert s.view()["last_10_min"] == 0


@pytest.mark.parametrize("rules", [AlarmRules()])
def test_the_standard_counts_more_than_ten_and_fewer_than_five(rules: AlarmRules) -> None:
    s = three(rules=rules)
    told: list[str] = []
    for k in range(11):
        told += s.step(2 * k, {**VALUES, "T": 81.0})
        told += s.step(2 * k + 1, VALUES)
        assert ("flood started 11" in told) == (k == 10)
    for k in range(600, 621):
        told += s.step(k, VALUES)
        assert ("flood ended 4" in told) == (k >= 612)
