"""The panel's reading of ``GET /api/line``: every static field of an alarm arrives, and rubbish reads as absent."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from typing import Any, cast

import pytest

from alarms.table import AlarmDef
from hmi.viewmodels.line_info import AlarmInfo, AlarmRulesInfo, LineInfo, parse_line
from hmi.viewmodels.wire import Obj
from line.documents import Text
from potok.describe import describe
from potok.linefolder import LoadedLine, find_folder, load_line


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


@cache
def described() -> LineInfo:
    """What a panel knows after the description has travelled as JSON."""
    return parse_line(cast(Obj, json.loads(json.dumps(describe(sausage())))))


def expected(alarm: AlarmDef, field: str) -> object:
    if field == "text":
        return alarm.name.to_json()
    if field == "setpoint":
        return sausage().model.tags[alarm.setpoint].name if alarm.setpoint >= 0 else ""
    value = getattr(alarm, field)
    return value.to_json() if isinstance(value, Text) else value


@pytest.mark.parametrize("field", [f.name for f in fields(AlarmInfo)])
def test_each_field_of_every_alarm_arrives(field: str) -> None:
    line = described()
    assert list(line.alarms) == [a.id for a in sausage().alarms]
    for alarm in sausage().alarms:
        assert getattr(line.alarms[alarm.id], field) == expected(alarm, field), alarm.id


def test_the_sausage_line_uses_every_field() -> None:
    """Else the test above would compare defaults."""
    plain = AlarmInfo("")
    unused = [
        f.name
        for f in fields(AlarmInfo)
        if all(getattr(a, f.name) == getattr(plain, f.name) for a in described().alarms.values())
    ]
    assert unused == []


def test_the_rules_arrive_and_say_who_may_shelve() -> None:
    line, rules = described(), sausage().alarms.rules
    told = line.alarm_rules
    assert told.version == sausage().alarms.version
    assert (told.shelve_max_s, told.shelve_warn_s, told.flood_start, told.flood_end) == (28_800.0, 300.0, 10, 5)
    assert dict(told.shelve_roles) == dict(rules.shelve_roles)
    assert told.remove_role == "engineer"
    assert told.shelve_role(line.alarms["S401.CoreTemp.low"]) == "", "critical control point"
    assert told.shelve_role(line.alarms["S401.ChamberTemp.high_high"]) == "shift_lead"
    assert told.shelve_role(line.alarms["S401.Humidity.low"]) == "operator"


def test_areas_have_names() -> None:
    line = described()
    unit = line.unit("S401")
    assert unit is not None
    assert unit.area == "heat"
    assert line.area_name("heat", "ru") == "Термическое отделение"
    assert line.area_name("cellar", "ru") == "cellar"
    assert line.area_name("", "en") == ""


def test_only_limits_of_the_value_itself_are_drawn_in_its_trend() -> None:
    found = described().limits_of("S401.ChamberTemp")
    assert sorted(found) == [(84.0, "high", 2), (90.0, "high_high", 1)], "no deviation of 8 °C among them"
    assert [k for _, k, _ in described().limits_of("S401.CoreTemp")] == ["low"]


@pytest.mark.parametrize(
    "broken",
    [
        {"alarms": [{"id": "a", "limit": "84", "priority": None, "text": 7, "ccp": "yes", "group": [], "window_s": {}}]},
        {"alarms": [{"id": "a"}, {"tag": "x"}, 7], "alarm_rules": [], "areas": {"x": 1}},
        {"alarms": [{"id": "a"}], "alarm_rules": {"shelve_max_s": None, "shelve_roles": {"one": "operator"}}, "areas": 7},
    ],
)
def test_rubbish_reads_as_absent(broken: dict[str, Any]) -> None:
    line = parse_line(broken)
    alarm = line.alarms["a"]
    assert (alarm.limit, alarm.priority, alarm.ccp, alarm.group, alarm.text) == (None, 4, False, "", {})
    assert line.alarm_rules == AlarmRulesInfo(shelve_roles={})
