"""Entries of every kind of alarm, the rules, the generated diagnostics: what is read, and what breaks each rule."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.alarm_checks import priority_remarks
from alarms.definitions import LineFacts, load_alarms, version_of
from alarms.entries import AlarmEntry, DiagnosticsEntry, RulesEntry
from alarms.entry_alarm import mismatch_condition
from alarms.evaluate import Evaluator
from alarms.table import AlarmKind, AlarmRules, AlarmTable
from line.documents import Document, Problem
from line.expr import compile_expressions
from line.tags import CALC_DEVICE, TagTable
from potok.yamlfile import parse_yaml
from tests.builders import T0_NS, S, snapshot, tag
from tests.unit.alarm_files import FACTS, TAGS, TEXTS, UNITS, load, one, the_one, written

DEVIATION = "tag: S401.Temp\nkind: deviation\npriority: 3\nsetpoint: S401.SP\n"
RATE = "tag: S401.Temp\nkind: rate\npriority: 3\nlimit: 5\n"
CHANGE = "tag: S401.Fan\nkind: transition\npriority: 3\n"
DRIVE = "command: S401.Run\nfeedback: S401.Door\nkind: mismatch\npriority: 3\n"
STATES = "command: S401.Fan\nfeedback: S401.Door\nkind: mismatch\npriority: 3\n"
SAID = "kind: expression\npriority: 3\n"
LOST = "kind: communication\npriority: 3\n"
HIGH = "tag: S401.Temp\nkind: high\nlimit: 84\npriority: 3\n"
URGENT = "tag: S401.Temp\nkind: high\nlimit: 84\npriority: 1\n"


def test_a_deviation() -> None:
    a = the_one('tag: "{u}.Temp"\nkind: deviation_low\npriority: 3\nsetpoint: "{u}.SP"\nlimit: 8\nunits: [S401]')
    assert (a.id, a.handle, a.setpoint, a.limit, a.deadband) == ("S401.Temp.deviation_low", 0, TAGS.handle("S401.SP"), 8.0, 0.0)
    assert (the_one(DEVIATION + "limit: 8\nsignal: temperature").deadband, a.on_delay_s) == (pytest.approx(1.2), 0.0)


def test_a_rate_has_its_window_for_a_delay() -> None:
    a = the_one(RATE + "signal: temperature\nwindow_s: 120")
    assert (a.limit, a.window_s, a.deadband, a.on_delay_s, a.off_delay_s) == (5.0, 120.0, pytest.approx(0.5), 0.0, 60.0)
    assert (the_one(RATE).window_s, the_one(RATE + "deadband: 0\non_delay_s: 4").on_delay_s) == (60.0, 4.0)


def test_a_transition() -> None:
    a = the_one(CHANGE + "from: 1\nto: 9", FACTS)
    assert (a.from_value, a.to_value, a.limit, a.on_delay_s, a.off_delay_s) == (1.0, 9.0, None, 0.0, 15.0)
    assert the_one(CHANGE + "to: 0").from_value is None


def test_a_mismatch_is_watched_by_its_feedback() -> None:
    a = the_one(DRIVE.replace("S401.Run", '"{u}.Run"').replace("S401.Door", '"{u}.Door"') + "units: [S401]")
    assert (a.id, a.tag, a.condition, a.limit) == ("S401.Door.mismatch", "S401.Door", "S401.Run != S401.Door", None)
    assert (a.on_delay_s, a.off_delay_s) == (5.0, 15.0)
    a = the_one(STATES + "allowed: {1: [1], 2: [0, 1], 9: [0]}", FACTS)
    assert a.condition == (
        "(S401.Fan == 1 and S401.Door != 1) or (S401.Fan == 2 and S401.Door != 0 and S401.Door != 1)"
        " or (S401.Fan == 9 and S401.Door != 0)"
    )


@pytest.mark.parametrize("allowed", [None, {0: (0,), 1: (1,)}, {1: (1, 2), 2: (0,)}, {5: (5,)}, {1: ()}])
def test_the_condition_of_a_mismatch_is_what_is_not_allowed(allowed: dict[int, tuple[int, ...]] | None) -> None:
    condition = compile_expressions([mismatch_condition("S401.PhSts", "S401.Fan", allowed)], TAGS)
    for command, feedback in itertools.product(range(6), range(6)):
        value = condition.evaluate(snapshot(TAGS, {"S401.PhSts": command, "S401.Fan": feedback}))
        right = command == feedback if allowed is None else feedback in allowed.get(command, range(6))
        assert value == [0.0 if right else 1.0], (command, feedback)


def test_an_expression_shows_the_tag_that_it_names_first() -> None:
    a = the_one(SAID + 'expression: "{u}.Level > 5 and {u}.Temp > 80"\nunits: [S401]')
    assert (a.id, a.condition) == ("S401.Level.expression", "S401.Level > 5 and S401.Temp > 80")
    assert the_one(SAID + "expression: S401.Level > 5\ntag: S401.Temp").tag == "S401.Temp"


def test_a_communication_alarm_watches_a_link_or_a_tag() -> None:
    a = the_one(LOST + "device: plc2")
    assert (a.id, a.tag, a.on_delay_s, a.off_delay_s) == ("Link.plc2.Up.communication", "Link.plc2.Up", 5.0, 15.0)
    assert the_one(LOST + "tag: S401.Temp").tag == "S401.Temp"


def test_every_key_of_handling_is_taken_over() -> None:
    alarms, problems = load(
        f'- {HIGH.replace(chr(10), chr(10) + "  ")}units: [S401]\n  area: energy\n  group: "chain {{u}}"\n  latching: true\n'
        f'  re_alarm_s: 600\n  suppress_when: "{{u}}.Door == 1"\n  {TEXTS}'
        f"- tag: S401.Level\n  kind: low\n  limit: 5\n  priority: 4\n  group: chain S401\n  auto_ack: true\n  {TEXTS}"
        f"- tag: S401.SP\n  kind: low\n  limit: 5\n  priority: 2\n  ccp: true\n  {TEXTS}",
        FACTS,
    )
    assert problems == []
    first, second, third = written(alarms)
    assert (first.area, first.group, first.latching, first.re_alarm_s) == ("energy", "chain S401", True, 600.0)
    assert (first.suppress_when, first.auto_ack, first.ccp) == ("S401.Door == 1", False, False)
    assert (second.area, second.group, second.auto_ack, third.ccp) == ("smoke", "chain S401", True, True)
    assert alarms.suppressions is not None
    assert len(alarms.suppressions) == 1


BROKEN = [
    # the keys of a kind
    ("tag: S401.Temp\nkind: deviation\nlimit: 8\npriority: 3", 2, "needs a setpoint", "Add setpoint"),
    (HIGH + "setpoint: S401.SP", 6, "kind high takes no setpoint", "Remove setpoint"),
    (HIGH + "window_s: 60", 6, "kind high takes no window_s", "Remove window_s"),
    (HIGH + "from: 1", 6, "kind high takes no from", "Remove from"),
    (HIGH + "expression: S401.Temp > 84", 6, "kind high takes no expression", "Remove expression"),
    (DRIVE + "tag: S401.Door", 6, "kind mismatch takes no tag", "Remove tag"),
    (DRIVE + "deadband: 1", 6, "kind mismatch takes no deadband", "Remove deadband"),
    ("command: S401.Run\nkind: mismatch\npriority: 3", 2, "needs a feedback", "Add feedback"),
    ("feedback: S401.Run\nkind: mismatch\npriority: 3", 2, "needs a command", "Add command"),
    (SAID.strip(), 2, "needs an expression", "Add expression"),
    (LOST.strip(), 2, "needs a device", "line.yaml"),
    (LOST + "device: plc1\ntag: S401.Temp\narea: energy", 2, "not both", "Remove one"),
    (LOST + "device: plc9", 4, "there is no device 'plc9'", "plc1, plc2"),
    # deviation
    (DEVIATION.replace("S401.SP", "S401.Temp") + "limit: 8", 5, "S401.Temp is its own setpoint", "to follow"),
    (DEVIATION.replace("S401.SP", "S401.Batch") + "limit: 8", 5, "S401.Batch is a text", "a number"),
    (DEVIATION.replace("S401.SP", "S401.Door") + "limit: 8", 5, "S401.Door is of kind bool", "a number"),
    (DEVIATION.replace("S401.SP", "S401.Level") + "limit: 8", 5, "S401.Temp is in °C, S401.Level in %", "same engineering unit"),
    (DEVIATION.replace("S401.SP", "S401.SB") + "limit: 8", 5, "there is no tag 'S401.SB'", "S401.SP"),
    (DEVIATION + "limit: -8", 6, "the limit of kind deviation is -8, not above zero", "direction"),
    (DEVIATION + "limit: 130", 6, "never 130 away from S401.SP, 120 °C at most", "ranges"),
    (DEVIATION.replace("deviation", "deviation_low") + "limit: 110", 6, "never 110 away from S401.SP, 110 °C", "ranges"),
    (DEVIATION + "limit: 8\ndeadband: 8", 7, "the deadband 8 is not smaller than the limit 8", "smaller"),
    ("tag: S401.Fan\nkind: deviation\nlimit: 1\npriority: 3\nsetpoint: S401.SP", 3, "S401.Fan is of kind enum", "measurements"),
    # rate
    (RATE.replace("5", "0"), 5, "the limit of kind rate is 0, not above zero", "direction"),
    (RATE + "window_s: 0", 6, "window_s is not positive", "seconds"),
    (RATE + "window_s: 1.9", 6, "read 8 times in 2 s, but window_s is 1.9", "noise"),
    (RATE + "window_s: 1800", 6, "window_s 1800 uses up the 1800 s", "shorter"),
    (RATE.replace("5", "121"), 5, "never changes by 121 °C per minute, 120 at most", "per minute"),
    (RATE + "deadband: 5", 6, "the deadband 5 is not smaller than the limit 5", "smaller"),
    (RATE.replace("S401.Temp", "S401.Door"), 3, "S401.Door is of kind bool", "measurements"),
    # transition
    (CHANGE, 2, "needs from or to", "Add to"),
    (CHANGE + "from: 2\nto: 2", 6, "from and to are both 2", "different"),
    (CHANGE + "to: 2\non_delay_s: 5", 6, "a transition lasts one scan", "discrete"),
    (CHANGE + "to: 2\nre_alarm_s: 600", 6, "nothing to remind of", "discrete"),
    (CHANGE + "to: 12", 5, "value 12 is outside the range of S401.Fan, 0..11", "tags.csv"),
    (CHANGE + "to: 3", 5, "the enumeration state of S401.Fan has no 3", "0, 1, 2, 9"),
    (CHANGE + "from: 0.5", 5, "0.5 is no whole number", "whole number"),
    ("tag: S401.Temp\nkind: transition\npriority: 3\nto: 2", 3, "S401.Temp is a measurement", "rate"),
    # discrete
    ("tag: S401.Fan\nkind: discrete\npriority: 3\nvalue: 5", 5, "the enumeration state of S401.Fan has no 5", "0, 1, 2, 9"),
    # mismatch
    (DRIVE.replace("S401.Run", "S401.Temp"), 2, "S401.Temp is a measurement", "deviation"),
    (DRIVE.replace("S401.Door", "S401.Batch"), 3, "S401.Batch is a text", "deviation"),
    (DRIVE.replace("S401.Run", "S401.Door"), 3, "S401.Door is its own feedback", "really is"),
    (DRIVE.replace("S401.Run", "S401.Ran"), 2, "there is no tag 'S401.Ran'", "S401.Run"),
    (STATES + "allowed: {}", 6, "allowed is empty", "Remove it"),
    (STATES + "allowed: {1: []}", 6, "no feedback is allowed for command 1", "Write the values"),
    (STATES + "allowed:\n  1: [1]\n  5: [0]", 8, "the enumeration state of S401.Fan has no 5", "0, 1, 2, 9"),
    (STATES + "allowed: {1: [2]}", 6, "value 2 is outside the range of S401.Door, 0..1", "tags.csv"),
    (STATES + "allowed: {1: one}", 6, "a list is needed here (given: 'one')", "Write [a, b]"),
    # expressions
    (SAID + "expression: 1 > 0", 4, "'1 > 0' reads no tag", "Name a tag"),
    (SAID + "expression: S401.Temp >", 4, "is no expression", "operators"),
    (SAID + "expression: S401.Tmp > 3", 4, "there is no tag 'S401.Tmp'", "tags.csv"),
    (SAID + "expression: S401.Temp > 3\ntag: S401.Tmp", 5, "there is no tag 'S401.Tmp'", "S401.Temp"),
    (HIGH + "when: true == 1", 6, "reads no tag", "remove the key"),
    (HIGH + "suppress_when: 0 == 1", 6, "reads no tag", "remove the key"),
    (HIGH + 'suppress_when: "{u}.Door"', 6, "{u} stands for nothing here", "units"),
    # handling
    (HIGH + "ccp: true\nsuppress_when: S401.Door == 1", 7, "logic may not hide the alarm of a critical control point", "when"),
    (HIGH + "ccp: true\nauto_ack: true", 7, "of a critical control point is acknowledged by a person", "Remove auto_ack"),
    (URGENT + "auto_ack: true", 6, "of priority 1 is acknowledged by a person", "Remove auto_ack"),
    (HIGH + "latching: true\nauto_ack: true", 7, "a latching alarm waits for a person", "Remove latching or auto_ack"),
    (HIGH + "re_alarm_s: 59", 6, "re_alarm_s 59 repeats the alarm faster than anyone can act", "60 or more"),
    (HIGH + "re_alarm_s: -1", 6, "re_alarm_s -1", "0 for never"),
    (HIGH + "group: chain", 6, "the group 'chain' has one member only", "another alarm"),
    # time to respond
    (URGENT + "on_delay_s: 61", 6, "an alarm of priority 1 comes 61 s late, 180 s are there", "60 or less"),
    (HIGH + "ccp: true\non_delay_s: 601", 7, "an alarm of a critical control point comes 601 s late", "600 or less"),
    (RATE + "ccp: true\nwindow_s: 601", 7, "of a critical control point comes 601 s late", "600 or less"),
    (HIGH + "off_delay_s: 604801", 6, "off_delay_s is 604801, longer than a week", "seconds"),
    (HIGH + "re_alarm_s: 1.0e+300", 6, "re_alarm_s is 1e+300, longer than a week", "seconds"),
    # areas
    (HIGH + "area: smoak", 6, "there is no area 'smoak'", "energy, smoke"),
    ("tag: Util.Steam\nkind: high\nlimit: 8\npriority: 3", 2, "the alarm belongs to no area", "to this entry, one of energy"),
    ("tag: S402.Temp\nkind: high\nlimit: 84\npriority: 3", 2, "the alarm belongs to no area", "to S402 in line.yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message", "remedy"), BROKEN)
def test_each_rule_is_told_with_its_line_and_a_remedy(text: str, line: int, message: str, remedy: str) -> None:
    alarms, problems = one(text, FACTS)
    assert len(alarms) == 0
    assert len(problems) == 1, problems
    assert (problems[0].file, problems[0].line) == ("alarms.yaml", line)
    assert message in problems[0].message
    assert remedy in problems[0].remedy


RIGHT = (
    HIGH,
    DEVIATION + "limit: 8",
    RATE,
    CHANGE + "to: 2",
    DRIVE,
    STATES,
    SAID + "expression: S401.Temp > 8",
    LOST + "tag: S401.SP",
)


@pytest.mark.parametrize("text", RIGHT)
def test_what_the_broken_entries_are_made_from_is_right(text: str) -> None:
    assert one(text, FACTS)[1] == []


def test_a_line_without_areas_takes_none() -> None:
    facts = LineFacts(areas=())
    assert one(HIGH, facts)[1] == []
    assert [p.message for p in one(HIGH + "area: smoke", facts)[1]] == ["there is no area 'smoke'"]
    assert one(HIGH + "area: smoke")[1] == [], "line.yaml cannot be read: its own fault is told, and no other"


def with_rules(text: str, alarms: str = "alarms: []") -> tuple[AlarmTable, list[Problem]]:
    """Load a file that begins with these lines."""
    document, problems = parse_yaml(f"{text}\n{alarms}\n", "alarms.yaml")
    assert document is not None, problems
    return load_alarms(document, TAGS, UNITS, facts=FACTS)


def test_rules() -> None:
    assert with_rules("rules: {}")[0].rules == AlarmRules(shelve_roles=dict(AlarmRules().shelve_roles))
    table, problems = with_rules(
        "rules: {shelve_max_min: 60, shelve_warn_min: 2, shelve_roles: {1: '', 4: technologist}, shelve_ccp: technologist,"
        " remove_role: admin, flood_start: 20, flood_end: 8}"
    )
    assert problems == []
    roles = {1: "", 2: "shift_lead", 3: "operator", 4: "technologist"}
    assert table.rules == AlarmRules(3600.0, 120.0, roles, "technologist", "admin", 20, 8)


RULES = [
    ("shelve_max_min: 481", "rules.shelve_max_min", "one shift at most", "480"),
    ("shelve_max_min: 0", "rules.shelve_max_min", "one shift at most", "480"),
    ("shelve_warn_min: 480", "rules.shelve_warn_min", "480 minutes at most", "fewer"),
    ("shelve_warn_min: -1", "rules.shelve_warn_min", "shelve_warn_min is -1", "fewer"),
    ("shelve_roles: {5: operator}", "rules.shelve_roles.5", "no priority 5", "1 (highest) to 4"),
    ("shelve_roles: {1: foreman}", "rules.shelve_roles.1", "'foreman' is no role", "shift_lead"),
    ("shelve_ccp: viewer", "rules.shelve_ccp", "'viewer' is no role that gives commands", "nobody"),
    ("remove_role: boss", "rules.remove_role", "'boss' is no role", "engineer"),
    ("flood_start: 0", "rules.flood_start", "flood_start is 0", "1 or more"),
    ("flood_end: 11", "rules.flood_end", "a flood starts with more than 10", "1 to 10"),
    ("flood_end: 0", "rules.flood_end", "flood_end is 0", "1 to 10"),
    ("flood_end: few", "rules.flood_end", "valid integer", "Correct"),
    ("shelve: 1", "rules.shelve", "unknown key", "spelling"),
]
DIAGNOSTICS = [
    ("priority: 5", "diagnostics.priority", "no priority 5", "1 (highest) to 4"),
    ("on_delay_s: -1", "diagnostics.on_delay_s", "below zero", "0 or more"),
    ("off_delay_s: -1", "diagnostics.off_delay_s", "below zero", "0 or more"),
    ("off_delay_s: 1.0e+300", "diagnostics.off_delay_s", "longer than a week", "seconds"),
    ("on_delay_s: 1800", "diagnostics.on_delay_s", "uses up the 1800 s", "shorter"),
    ("bad_quality: maybe", "diagnostics.bad_quality", "valid boolean", "Correct"),
]


@pytest.mark.parametrize(("text", "key", "message", "remedy"), [*RULES, *DIAGNOSTICS])
@pytest.mark.parametrize("readable", [True, False], ids=["the rest is right", "the rest is not"])
def test_rules_out_of_sense(text: str, key: str, message: str, remedy: str, readable: bool) -> None:
    alarms = "alarms: []" if readable else "alarms:\n- {tag: S401.Temp, kind: hot}"
    _, problems = with_rules(f"{key.split('.')[0]}:\n  {text}", alarms)
    told = [p for p in problems if p.line == 2]
    assert [p.key for p in told] == [key]
    assert message in told[0].message
    assert remedy in told[0].remedy
    assert len(problems) > 1 or readable


def generated(text: str, head: str = "", facts: LineFacts | None = None) -> dict[str, str]:
    """Id → ``when`` of the diagnostics that come with these entries."""
    document, problems = parse_yaml(f"{head}\nalarms:\n" + text, "alarms.yaml")
    assert document is not None, problems
    alarms, problems = load_alarms(document, TAGS, UNITS, facts=facts or LineFacts())
    assert problems == []
    assert all(a.kind is AlarmKind.BAD_QUALITY for a in alarms if a.generated)
    return {a.id: a.when for a in alarms if a.generated}


def entry(text: str) -> str:
    """These lines as an entry of a file."""
    return "- " + text.strip().replace("\n", "\n  ") + "\n  " + TEXTS


UP1, UP2 = "Link.plc1.Up == 1", "Link.plc2.Up == 1"


def test_every_tag_that_an_alarm_is_judged_by_gets_a_diagnostic() -> None:
    assert generated(entry(HIGH) + entry("tag: S401.Temp\nkind: low\nlimit: 5\npriority: 4")) == {"S401.Temp.bad_quality": UP1}
    assert generated(entry(DEVIATION + "limit: 8")) == {"S401.Temp.bad_quality": UP1, "S401.SP.bad_quality": UP1}
    assert set(generated(entry(RATE) + entry(CHANGE + "to: 2"))) == {"S401.Temp.bad_quality", "S401.Fan.bad_quality"}
    assert set(generated(entry(DRIVE))) == {"S401.Run.bad_quality", "S401.Door.bad_quality"}
    assert set(generated(entry(SAID + "expression: S401.Temp > 8 and good(S401.SP)"))) == {"S401.Temp.bad_quality"}
    assert generated(entry("tag: Util.Water\nkind: high\nlimit: 8\npriority: 3")) == {"Util.Water.bad_quality": UP2}


def test_none_where_there_is_one_and_where_it_is_declined() -> None:
    own = entry('tag: S401.Temp\nkind: bad_quality\npriority: 2\nid: "probe"')
    assert generated(entry(HIGH) + own) == {}
    assert generated(entry(HIGH + "bad_quality: false")) == {}
    assert generated(entry(HIGH) + entry("tag: S401.Temp\nkind: low\nlimit: 5\npriority: 4\nbad_quality: false")) == {}
    assert generated(entry(DEVIATION + "limit: 8\nbad_quality: false")) == {}
    assert generated(entry(HIGH), "diagnostics: {bad_quality: false}") == {}


def test_none_for_the_engine_and_for_alarms_of_quality() -> None:
    assert generated(entry("tag: Engine.ScanMs\nkind: high\nlimit: 8\npriority: 4")) == {}
    assert generated(entry(LOST + "device: plc1") + entry("tag: S401.Temp\nkind: stale\npriority: 3")) == {}


def test_a_computed_tag_needs_all_links_and_those_inputs_that_speak_for_themselves() -> None:
    far = entry("tag: S401.Far\nkind: high\nlimit: 8\npriority: 3")
    assert generated(far) == {"S401.Far.bad_quality": f"{UP1} and {UP2}"}
    found = generated(entry(HIGH) + far)
    assert found["S401.Far.bad_quality"] == f"{UP1} and {UP2} and good(S401.Temp)"
    own = entry("tag: Util.Water\nkind: bad_quality\npriority: 3")
    assert generated(far + own)["S401.Far.bad_quality"] == f"{UP1} and {UP2} and good(Util.Water)"


def test_without_the_tags_of_links_a_diagnostic_has_no_condition() -> None:
    tags = TagTable([tag("A.T", 0, lo=0, hi=10), tag("A.C", 1, lo=0, hi=10, device=CALC_DEVICE, address="A.T + A.T")])
    document, _ = parse_yaml("alarms:\n" + entry("tag: A.C\nkind: high\nlimit: 8\npriority: 3"), "alarms.yaml")
    assert document is not None
    alarms, problems = load_alarms(document, tags, ())
    assert problems == []
    assert [(a.id, a.when, a.unit) for a in alarms if a.generated] == [("A.C.bad_quality", "", "")]


def test_what_a_diagnostic_says() -> None:
    alarms, problems = load(entry(HIGH + "unit: S402") + entry("tag: S401.Diff\nkind: high\nlimit: 8\npriority: 3"), FACTS)
    assert [p.message for p in problems] == ["the alarm belongs to no area"]
    document, _ = parse_yaml(
        "diagnostics: {priority: 4, on_delay_s: 7, off_delay_s: 9}\nalarms:\n"
        + entry(HIGH + "area: energy") + entry(DRIVE) + entry("tag: S401.Diff\nkind: high\nlimit: 8\npriority: 3"),
        "alarms.yaml",
    )  # fmt: skip
    assert document is not None
    alarms, problems = load_alarms(document, TAGS, UNITS, {"S401": "Камера 1"}, FACTS)
    assert problems == []
    found = {a.tag: a for a in alarms if a.generated}
    temp = found["S401.Temp"]
    assert (temp.priority, temp.on_delay_s, temp.off_delay_s, temp.response_time_s) == (4, 7.0, 9.0, 1800.0)
    assert (temp.unit, temp.area, temp.latching, temp.ccp, temp.group) == ("S401", "energy", False, False, "")
    assert temp.name.ru == "Камера 1: сигнал недостоверен (S401.Temp)"
    assert "0…120 °C" in temp.cause.ru
    assert temp.consequence.ru == "Не сработают тревоги: н"
    assert "S401.Temp, S401.SP" in found["S401.Diff"].cause.en
    for a in found.values():
        for text in (a.name, a.cause, a.consequence, a.response):
            assert text.ru.strip()
            assert text.en.strip()
        assert re.fullmatch(r"(\d\. .+\n?){3}", a.response.ru), a.response.ru


def test_the_scale_in_a_diagnostic_is_written_as_people_of_each_language_write_it() -> None:
    alarms, problems = one("tag: Util.Steam\nkind: low\nlimit: 3\npriority: 3")
    assert problems == []
    (cause,) = [a.cause for a in alarms if a.generated]
    assert cause.ru.endswith("значение вне шкалы 0…10 бар")
    assert cause.en.endswith("value outside its scale 0…10 bar")


def test_an_id_that_a_diagnostic_takes_is_told() -> None:
    _, problems = one(HIGH + "id: S401.Temp.bad_quality")
    assert [(p.line, p.key) for p in problems] == [(6, "alarms.0.id")]
    assert "is the id of the alarm on the bad quality of S401.Temp" in problems[0].message


def test_the_version_names_definitions_and_rules_and_nothing_else() -> None:
    first, problems = one(HIGH)
    assert problems == []
    assert re.fullmatch("[0-9a-f]{12}", first.version)
    assert one("# a remark\n" + HIGH)[0].version == first.version
    others = [one(HIGH + more)[0] for more in ("deadband: 1", "re_alarm_s: 60", "bad_quality: false", "ccp: true")]
    others.append(one(HIGH.replace("84", "85"))[0])
    others.append(load("- " + HIGH.strip().replace("\n", "\n  ") + "\n  " + TEXTS.replace("ru: д", "ru: дд"))[0])
    versions = [t.version for t in others] + [version_of(list(first), AlarmRules(flood_start=11), TAGS)]
    assert len({first.version, *versions}) == 8

    moved = TagTable(
        [*(tag(f"X{i}", i) for i in range(3)), *(tag(t.name, t.handle + 3, lo=t.lo, hi=t.hi, eu=t.eu) for t in TAGS)]
    )
    document, _ = parse_yaml("alarms:\n" + entry(DEVIATION + "limit: 8\nbad_quality: false"), "alarms.yaml")
    assert document is not None
    assert load_alarms(document, moved, UNITS)[0].version == load_alarms(document, TAGS, UNITS)[0].version


def test_too_many_urgent_alarms_are_a_remark() -> None:
    def of(*priorities: int) -> list[str]:
        entries = (f"tag: S401.Temp\nkind: high\nlimit: {i + 1}\npriority: {p}\nid: a{i}" for i, p in enumerate(priorities))
        alarms, problems = load("".join(entry(e + "\nbad_quality: false") for e in entries))
        assert problems == []
        return priority_remarks(alarms)

    assert of(1, 2, 2, 2, *([3] * 16)) == []
    assert of(*([1] * 19)) == [], "too few to judge"
    (said,) = of(*([1] * 4), *([4] * 16))
    assert "20% of the alarms have priority 1, about 5% is usual" in said
    (said,) = of(*([2] * 10), *([4] * 10))
    assert "50% of the alarms have priority 2" in said


NAMES = st.sampled_from([t.name for t in TAGS] + ["{u}.Temp", "{u}", "", "Nonsense", "S401.", "{x}"])
SOURCES = st.sampled_from(
    ["", "S401.Door == 1", "{u}.PhSts > 2", "good(S401.Batch)", "1", "S401.Temp >", "S401.Temp / S401.SP > 1", "x" * 600]
)  # fmt: skip
NUMBERS = st.one_of(st.integers(-3, 12), st.floats(), st.sampled_from([84, 600, 1e300, 10**400, -(10**20), "8", None, True]))
TEXT = st.sampled_from([{"ru": "н", "en": "n"}, {"ru": "{label}", "en": "{u}"}, {"ru": "", "en": "n"}, "n", None])
ALLOWED = st.one_of(
    st.dictionaries(st.integers(-1, 12), st.lists(st.integers(0, 9), max_size=3), max_size=3),
    st.sampled_from([{10**400: [1]}, {1: [10**400]}, {1: 1}, []]),
)
GOOD = {key: {"ru": "н", "en": "n"} for key in ("name", "cause", "consequence", "response")}
DURATIONS = ("window_s", "on_delay_s", "off_delay_s", "re_alarm_s", "response_time_s")
ENTRIES = st.fixed_dictionaries(
    {"kind": st.sampled_from([*AlarmKind, "hot"])},
    optional={
        **dict.fromkeys(("tag", "setpoint", "command", "feedback"), NAMES),
        **dict.fromkeys(("when", "suppress_when", "expression"), SOURCES),
        **dict.fromkeys(("limit", "value", "from", "to", "deadband", *DURATIONS), NUMBERS),
        **dict.fromkeys(("ccp", "latching", "auto_ack", "bad_quality"), st.booleans()),
        "allowed": ALLOWED,
        "device": st.sampled_from(["plc1", "plc9", "{u}"]),
        "id": st.sampled_from(["a", "{u}", "{tag}"]),
        "priority": st.one_of(st.integers(0, 5), st.just(10**400)),
        "signal": st.sampled_from(["flow", "digital", "tide"]),
        "units": st.sampled_from([[], ["S401"], ["S401", "S402"], ["S9"], "S401"]),
        "group": st.sampled_from(["", "g", "{u}"]),
        "area": st.sampled_from(["", "smoke", "{u}"]),
    },
)


def plain(text: str) -> dict[str, Any]:
    """The keys of these lines."""
    document, _ = parse_yaml(text, "")
    assert document is not None
    return document.data


NEARLY_RIGHT = st.builds(
    lambda entry, key, value: GOOD | entry | ({key: value} if key else {}),
    st.sampled_from([plain(t) for t in RIGHT]),
    st.sampled_from(["", "", "", "", "", "limit", "deadband", "value", "to", *DURATIONS]),
    NUMBERS,
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.lists(NEARLY_RIGHT, min_size=1, max_size=2),
        st.lists(st.one_of(NEARLY_RIGHT, ENTRIES.map(lambda e: GOOD | e), st.just("nonsense")), max_size=3),
    ),
    st.sampled_from([{}, {}, {}, {"shelve_max_min": 10**400}, {"flood_end": 1e300}, {"shelve_warn_min": 7}]),
    st.booleans(),
)
def test_whatever_stands_in_the_file_is_told_or_can_be_run(entries: list[Any], rules: dict[str, Any], known: bool) -> None:
    named = [{"id": str(i)} | e if isinstance(e, dict) else e for i, e in enumerate(entries)]
    document = Document("alarms.yaml", {"alarms": named, **({"rules": rules} if rules else {})})
    alarms, problems = load_alarms(document, TAGS, UNITS, facts=FACTS if known else LineFacts())
    if problems:
        assert all(p.message and p.remedy for p in problems)
        assert len(alarms) == 0
        return
    evaluator = Evaluator(alarms)
    values = {t.name: 1.0 for t in TAGS}
    conditions = evaluator.initial()
    for second in range(3):
        now_ns = T0_NS + second * S
        conditions = evaluator.step(conditions, snapshot(TAGS, values, now_ns=now_ns), now_ns).conditions
    assert len(conditions.on) == len(alarms)


@pytest.mark.parametrize("model", [AlarmEntry, RulesEntry, DiagnosticsEntry], ids=lambda m: m.__name__)
def test_every_key_is_explained(model: type[AlarmEntry] | type[RulesEntry] | type[DiagnosticsEntry]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text(encoding="utf-8")
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [k for k in keys if not re.search(rf"`{k}`|\b{k}:", text)] == []
