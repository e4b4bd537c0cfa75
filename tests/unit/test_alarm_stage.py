"""The alarm stage as titled scripts: after each line every output is checked."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from alarms.saving import left_out
from alarms.table import AlarmKind
from line.stage import Stage
from tests.builders import T0_NS, S, table
from tests.unit.alarm_scripts import BAD, UNCERTAIN, Script, alarm, alarm_table, command

K = AlarmKind
TAGS = table("S401.Temp", "S401.Core", "C201.Door", "Run", "Clean")
OK = {"S401.Temp": 70.0, "S401.Core": 60.0, "C201.Door": 1.0, "Run": 1.0, "Clean": 0.0}
HOT = {**OK, "S401.Temp": 85.0}
VERY_HOT = {**OK, "S401.Temp": 91.0}
OPEN = {**OK, "C201.Door": 0.0}
ALARMS = [
    alarm("hi", TAGS, "S401.Temp", limit=84.0, deadband=1.0, priority=2, unit="S401", area="smoking"),
    alarm("hihi", TAGS, "S401.Temp", K.HIGH_HIGH, limit=90.0, deadband=1.0, priority=1, unit="S401"),
    alarm("core", TAGS, "S401.Core", K.BAD_QUALITY, on_delay_s=2.0, priority=2, unit="S401"),
    alarm("door", TAGS, "C201.Door", K.DISCRETE, limit=0.0, priority=3, latching=True, unit="C201"),
    alarm("cold", TAGS, "S401.Temp", K.LOW, limit=50.0, priority=3, unit="S401", when="Run == 1"),
    alarm("level", TAGS, "C201.Door", K.DISCRETE, limit=5.0, priority=4, unit="C201", suppress_when="Clean == 1"),
]


def script() -> Script:
    return Script(alarm_table(ALARMS, TAGS), TAGS)


def test_is_a_stage() -> None:
    s = script()
    stage: Stage[Any] = s.stage
    assert stage.name == "alarms"
    words = ("ack", "reset", "silence", "shelve", "unshelve", "remove", "restore", "comment")
    assert stage.command_kinds == {f"alarm.{word}" for word in words}


def test_nothing_happens() -> None:
    s = script()
    before = s.state
    assert s.step(0, OK) == []
    assert s.step(1, OK) == []
    assert s.state is before
    counts = {"1": 0, "2": 0, "3": 0, "4": 0}
    assert s.view() == {
        "active": [], "shelved": [], "suppressed": [], "out_of_service": [], "counts": counts, "unacked": 0, "silenced": False,
        "sounding": None, "last_10_min": 0, "flood": None,
    }  # fmt: skip


def test_active_ack_normal() -> None:
    s = script()
    assert s.step(0, HOT) == ["hi normal>unack_active"]
    assert s.states() == {"hi": "unack_active"}
    assert s.view()["unacked"] == 1
    assert s.step(1, HOT, command("alarm.ack", ["hi"])) == ["hi unack_active>acked_active", "accepted hi"]
    assert s.states() == {"hi": "acked_active"}
    assert s.view()["unacked"] == 0
    assert s.step(2, OK) == ["hi acked_active>normal"]
    assert s.states() == {}
    assert s.view()["last_10_min"] == 1


def test_active_normal_ack() -> None:
    s = script()
    assert s.step(0, HOT) == ["hi normal>unack_active"]
    assert s.step(1, OK) == ["hi unack_active>rtn_unack"]
    assert s.states() == {"hi": "rtn_unack"}
    assert s.view()["unacked"] == 1
    assert s.step(2, OK, command("alarm.ack", ["hi"])) == ["hi rtn_unack>normal", "accepted hi"]
    assert s.states() == {}


def test_active_normal_active_again() -> None:
    s = script()
    s.step(0, HOT)
    s.step(1, OK)
    assert s.step(2, HOT) == ["hi rtn_unack>unack_active"]
    assert s.view()["active"][0]["time_ns"] == T0_NS + 2 * S
    assert s.view()["last_10_min"] == 2


def test_latching_active_normal_ack_reset() -> None:
    s = script()
    assert s.step(0, OPEN) == ["door normal>unack_active"]
    assert s.step(1, OK) == ["door unack_active>latched_unack"]
    assert s.states() == {"door": "latched_unack"}
    assert s.step(2, OK, command("alarm.ack", ["door"])) == ["door latched_unack>latched_acked", "accepted door"]
    assert s.states() == {"door": "latched_acked"}
    assert s.view()["unacked"] == 0
    assert s.view()["active"][0]["acked_by"] == "ivanova"
    assert s.view()["active"][0]["acked_ns"] == T0_NS + 2 * S
    assert s.step(3, OK, command("alarm.ack", ["door"])) == ["refused door"]
    assert s.step(4, OK, command("alarm.reset", ["door"])) == ["door latched_acked>normal", "accepted door"]
    assert s.states() == {}


def test_latching_active_ack_normal_active_again() -> None:
    s = script()
    s.step(0, OPEN)
    assert s.step(1, OPEN, command("alarm.ack", ["door"])) == ["door unack_active>acked_active", "accepted door"]
    assert s.step(2, OK) == ["door acked_active>latched_acked"]
    assert s.step(3, OPEN) == ["door latched_acked>unack_active"]
    assert s.view()["active"][0]["acked_by"] == ""


def test_an_event_says_everything_the_journal_needs() -> None:
    s = script()
    s.views = {
        "units": {"units": {"S401": {"batch": "B-17", "phase": "cook"}, "C201": {"batch": "", "phase": ""}}},
        "batches": {"batches": [{"id": "B-16", "recipe": "frankfurter"}, {"id": "B-17", "recipe": "doctor"}]},
    }
    s.step(0, HOT)
    event = s.scan.events[0]
    text = {"ru": "hi ru", "en": "hi en"}
    assert (event.kind, event.source, event.unit, event.batch, event.time_ns) == ("alarm", "hi", "S401", "B-17", T0_NS)
    assert event.data == {
        "event": "alarm", "from": "normal", "to": "unack_active", "active": True, "priority": 2, "tag": "S401.Temp",
        "kind": "high", "area": "smoking", "text": text, "value": 85.0, "limit": 84.0, "eu": "°C", "quality": 0,
        "source_ns": T0_NS, "deadband": 1.0, "on_delay_s": 0.0, "off_delay_s": 0.0, "config": "v1",
        "first_out": False, "consequence_of": "",
        "recipe": "doctor", "phase": "cook",
    }  # fmt: skip
    s.step(1, {**HOT, "S401.Temp": 86.0}, command("alarm.ack", ["hi"], user="petrov", reason=" seen "))
    acknowledged = s.scan.events[0].data
    said = {k: acknowledged[k] for k in ("event", "value", "user", "station", "reason")}
    assert said == {"event": "ack", "value": 86.0, "user": "petrov", "station": "p1", "reason": "seen"}
    assert s.view()["active"][0]["value"] == 85.0
    s.step(2, {**HOT, "C201.Door": 0.0})
    door = s.scan.events[0]
    assert (door.unit, door.batch, door.data["recipe"], door.data["phase"]) == ("C201", "", "", "")
    json.dumps(event.data, allow_nan=False)


def test_a_person_may_say_what_only_some_commands_need() -> None:
    s = script()
    s.step(0, HOT)
    shelved = command("alarm.shelve", ["hi"], role="shift_lead", reason="probe is cleaned", minutes=30, one_shot=True)
    s.step(1, HOT, shelved)
    data = s.scan.events[0].data
    until_ns = T0_NS + 1 * S + 30 * 60 * S
    wanted = {"event": "shelve", "until_ns": until_ns, "one_shot": True, "user": "ivanova", "station": "p1",
              "reason": "probe is cleaned", "active": True}  # fmt: skip
    assert {k: data[k] for k in wanted} == wanted
    s.step(2, HOT, command("alarm.remove", ["hi"], role="engineer", reason="probe is broken", work_order=" WO-12 "))
    data = s.scan.events[0].data
    assert (data["event"], data["work_order"], data["reason"]) == ("remove", "WO-12", "probe is broken")
    s.step(3, HOT, command("alarm.comment", target="hi", text=" spare part is ordered "))
    data = s.scan.events[0].data
    assert (data["event"], data["from"], data["to"]) == ("comment", "out_of_service", "out_of_service")
    assert (data["comment"], data["user"], data["station"]) == ("spare part is ordered", "ivanova", "p1")


def test_the_view_shows_everything_the_panel_needs() -> None:
    s = script()
    s.step(0, HOT)
    text = {"ru": "hi ru", "en": "hi en"}
    assert s.view()["active"] == [{
        "id": "hi", "tag": "S401.Temp", "unit": "S401", "priority": 2, "state": "unack_active", "text": text, "time_ns": T0_NS,
        "value": 85.0, "limit": 84.0, "eu": "°C", "kind": "high", "acked_by": "", "acked_ns": 0, "first_out": False,
        "consequence_of": "",
    }]  # fmt: skip


def test_each_list_of_hidden_alarms_says_who_why_and_how_long() -> None:
    s = script()
    values = {**HOT, "C201.Door": 0.0, "Clean": 1.0}
    s.step(0, values)
    s.step(1, values, command("alarm.shelve", ["door"], reason="hinge", minutes=60))
    s.step(2, values, command("alarm.remove", ["hi"], role="engineer", reason="probe", work_order="WO-1"))
    row = {"unit": "C201", "priority": 3, "text": {"ru": "door ru", "en": "door en"}, "active": True}
    assert s.view()["shelved"] == [{
        "id": "door", **row, "by": "ivanova", "reason": "hinge", "since_ns": T0_NS + S, "until_ns": T0_NS + 3601 * S,
        "one_shot": False, "warned": False,
    }]  # fmt: skip
    assert s.view()["suppressed"] == [{
        "id": "level", "unit": "C201", "priority": 4, "text": {"ru": "level ru", "en": "level en"}, "active": False,
        "since_ns": T0_NS,
    }]  # fmt: skip
    assert s.view()["out_of_service"] == [{
        "id": "hi", "unit": "S401", "priority": 2, "text": {"ru": "hi ru", "en": "hi en"}, "active": True, "by": "ivanova",
        "reason": "probe", "work_order": "WO-1", "since_ns": T0_NS + 2 * S,
    }]  # fmt: skip
    assert s.view()["active"] == []
    assert s.view()["counts"] == {"1": 0, "2": 0, "3": 0, "4": 0}


def test_the_view_is_the_same_object_while_nothing_that_is_shown_changes() -> None:
    s = script()
    s.step(0, HOT)
    before = s.view()
    s.step(1, HOT, status={"S401.Core": BAD})  # a delay begins
    assert s.view() is before
    s.step(3, HOT, status={"S401.Core": BAD})
    assert s.view() is not before


def test_the_view_is_sorted_by_priority_then_newest() -> None:
    s = script()
    s.step(0, OPEN)
    s.step(1, {**HOT, "C201.Door": 0.0})
    s.step(2, {**HOT, "C201.Door": 0.0}, status={"S401.Core": BAD})
    s.step(4, {**VERY_HOT, "C201.Door": 0.0}, status={"S401.Core": BAD})
    assert list(s.states()) == ["hihi", "core", "hi", "door"]
    assert s.view()["counts"] == {"1": 1, "2": 2, "3": 1, "4": 0}
    assert s.view()["unacked"] == 4


def test_ack_touches_only_what_is_named() -> None:
    s = script()
    s.step(0, VERY_HOT)
    assert s.step(1, VERY_HOT, command("alarm.ack", ["hi"])) == ["hi unack_active>acked_active", "accepted hi"]
    assert s.states() == {"hihi": "unack_active", "hi": "acked_active"}


def test_ack_of_several_answers_each() -> None:
    s = script()
    s.step(0, HOT)
    s.step(1, HOT, command("alarm.ack", ["hi"]))
    s.step(2, VERY_HOT)
    lines = s.step(3, VERY_HOT, command("alarm.ack", ["hi", "hihi", "nonsense", "door", "hihi"], user="petrov"))
    assert lines == ["hihi unack_active>acked_active", "accepted hihi", "refused hi nonsense door"]
    reasons = cast(list[dict[str, str]], s.scan.events[-1].data["reasons"])
    assert [r["en"] for r in reasons] == [
        "hi: already acknowledged (ivanova)",
        "nonsense: there is no such alarm",
        "door: the alarm is not active",
    ]
    assert all(r["ru"] for r in reasons)
    assert [e.data["id"] for e in s.scan.events if e.kind == "command"] == ["c1", "c1"]
    assert s.states() == {"hihi": "acked_active", "hi": "acked_active"}


@pytest.mark.parametrize("args", [{}, {"alarms": []}, {"alarms": None}, {"alarms": 7}, {"alarms": {"hi": 1}}])
def test_ack_that_names_nothing_is_refused(args: dict[str, Any]) -> None:
    s = script()
    s.step(0, HOT)
    before = s.state
    bare = command("alarm.ack")
    object.__setattr__(bare, "args", args)
    assert s.step(1, HOT, bare) == ["refused"]
    assert s.state is before


def test_ack_never_touches_an_alarm_of_the_same_scan() -> None:
    s = script()
    assert s.step(0, HOT, command("alarm.ack", ["hi"])) == ["refused hi", "hi normal>unack_active"]
    assert s.states() == {"hi": "unack_active"}


def test_silence_and_a_new_alarm_sounds_again() -> None:
    s = script()
    s.step(0, HOT)
    assert s.step(1, HOT, command("alarm.silence")) == ["accepted"]
    assert s.view()["silenced"] is True
    assert s.states() == {"hi": "unack_active"}
    assert s.step(2, HOT) == []
    assert s.view()["silenced"] is True
    assert s.step(3, VERY_HOT) == ["hihi normal>unack_active"]
    assert s.view()["silenced"] is False


def test_silence_ends_with_the_last_unacknowledged_alarm() -> None:
    s = script()
    s.step(0, HOT)
    s.step(1, HOT, command("alarm.silence"))
    s.step(2, HOT, command("alarm.ack", ["hi"]))
    assert s.view()["silenced"] is False


def test_silence_with_nothing_sounding_changes_nothing() -> None:
    s = script()
    before = s.state
    assert s.step(0, OK, command("alarm.silence")) == ["accepted"]
    assert s.state is before


def test_bad_quality_freezes_the_limit_and_has_its_own_alarm() -> None:
    s = script()
    s.step(0, HOT)
    assert s.step(1, OK, status={"S401.Temp": UNCERTAIN, "S401.Core": BAD}) == []
    assert s.states() == {"hi": "unack_active"}
    assert s.step(3, OK, status={"S401.Temp": UNCERTAIN, "S401.Core": BAD}) == ["core normal>unack_active"]
    assert s.scan.events[0].data["quality"] == BAD
    assert s.scan.events[0].data["limit"] is None
    assert s.step(4, OK) == ["hi unack_active>rtn_unack", "core unack_active>rtn_unack"]


def test_a_value_that_never_came_is_null_in_the_journal() -> None:
    s = script()
    values = {k: v for k, v in OK.items() if k != "S401.Core"}
    s.step(0, values)
    assert s.step(2, values) == ["core normal>unack_active"]
    assert s.scan.events[0].data["value"] is None
    json.dumps(s.view(), allow_nan=False)


def test_a_false_condition_returns_the_alarm_and_an_unknown_one_leaves_it() -> None:
    cold = {**OK, "S401.Temp": 20.0}
    s = script()
    assert s.step(0, {**cold, "Run": 0.0}) == []
    assert s.step(1, cold, status={"Run": BAD}) == [], "it cannot come while nobody knows whether it means anything"
    assert s.step(2, cold) == ["cold normal>unack_active"]
    s.step(3, cold, command("alarm.ack", ["cold"]), status={"Run": BAD})
    assert s.states() == {"cold": "acked_active"}
    assert s.step(4, OK, status={"Run": BAD}) == [], "nor does it vanish with the link"
    assert s.step(5, {**cold, "Run": 0.0}) == ["cold acked_active>normal"]


def test_last_10_minutes_run_out_by_themselves() -> None:
    s = script()
    s.step(0, HOT)
    s.step(300, VERY_HOT)
    assert s.view()["last_10_min"] == 2
    s.step(599, VERY_HOT)
    assert s.view()["last_10_min"] == 2
    before = s.state
    s.step(600, VERY_HOT)
    assert s.state is not before
    assert s.view()["last_10_min"] == 1


# ---- Restart


def test_restart_keeps_the_ack_and_does_not_sound_again() -> None:
    s = script()
    s.step(0, VERY_HOT)
    s.step(1, VERY_HOT, command("alarm.ack", ["hihi"]))
    s.restart(2)
    assert s.states() == {"hihi": "acked_active", "hi": "unack_active"}
    assert s.step(3, {}) == []  # nothing read yet
    assert s.step(4, VERY_HOT) == []
    assert s.view()["active"][0]["acked_by"] == "ivanova"
    assert s.step(5, OK) == ["hi unack_active>rtn_unack", "hihi acked_active>normal"]


def test_restart_waits_for_a_condition_that_is_not_known_yet() -> None:
    cold = {**OK, "S401.Temp": 20.0}
    unknown = {k: v for k, v in cold.items() if k != "Run"}
    s = script()
    s.step(0, cold)
    s.step(1, cold, command("alarm.ack", ["cold"]))
    s.restart(2)
    assert s.step(3, {}) == []
    assert s.step(4, unknown) == []
    s.restart(5)
    assert s.step(6, unknown) == []
    assert s.step(7, cold) == []
    assert s.states() == {"cold": "acked_active"}
    assert s.step(8, {**cold, "Run": 0.0}) == ["cold acked_active>normal"]


def test_restart_with_another_alarm_file() -> None:
    s = script()
    s.step(0, {**HOT, "C201.Door": 0.0})
    s.step(1, HOT)
    s.step(2, HOT, command("alarm.ack", ["door"]))
    saved = s.stage.save(s.state)
    other = [alarm("door", TAGS, "C201.Door", K.DISCRETE, limit=0.0), alarm("new", TAGS, "S401.Core", limit=100.0)]
    t = Script(alarm_table(other, TAGS), TAGS)
    t.state = t.stage.restore(saved, T0_NS + 3 * S)
    assert t.states() == {"door": "latched_acked"}  # hi is gone
    assert t.step(4, OK) == ["door latched_acked>normal"], "it no longer latches: what it waited for is told as a reset"
    assert t.step(5, {**OK, "C201.Door": 0.0}) == ["door normal>unack_active"]


def test_restart_drops_a_delay_of_the_future() -> None:
    s = script()
    s.step(100, OK, status={"S401.Core": BAD})
    assert s.stage.save(s.state)["pending_since_ns"] == {"core": T0_NS + 100 * S}
    s.restart(0)
    assert s.stage.save(s.state)["pending_since_ns"] == {}


def test_what_was_not_saved_by_the_stage_is_refused() -> None:
    s = script()
    with pytest.raises(ValueError):
        s.stage.restore({"alarms": {"hi": {"state": "excited"}}}, T0_NS)
    with pytest.raises(ValueError):
        s.stage.restore({}, T0_NS)


def test_a_state_of_an_older_build_is_taken_over() -> None:
    s = script()
    old = {
        "alarms": {
            "hi": {"state": "acked_active", "time_ns": T0_NS - S, "value": 85.0, "acked_by": "ivanova"},
            "door": {"state": "latched_unack", "time_ns": T0_NS - S, "value": 0.0, "acked_by": ""},
        },
        "pending_since_ns": {"core": T0_NS - S}, "silenced": True, "annunciated_ns": [T0_NS - 700 * S, T0_NS - S, T0_NS - S],
    }  # fmt: skip
    s.state = s.stage.restore(old, T0_NS)
    assert s.states() == {"hi": "acked_active", "door": "latched_unack"}
    assert (s.view()["silenced"], s.view()["last_10_min"], s.view()["sounding"]) == (True, 2, None)
    assert s.step(1, HOT, status={"S401.Core": BAD}) == ["core normal>unack_active"]
    assert s.step(2, OK) == ["hi acked_active>normal", "core unack_active>rtn_unack"]


# ---- Restart with another alarm file


def taken_over(s: Script, at_s: float, **changes: dict[str, Any]) -> Script:
    """The state of ``s`` in a stage whose alarms have these fields changed."""
    other = [replace(a, **changes.get(a.id, {})) for a in ALARMS]
    t = Script(alarm_table(other, TAGS), TAGS)
    t.state = t.stage.restore(json.loads(json.dumps(s.stage.save(s.state))), T0_NS + round(at_s * S))
    return t


def shelving(*ids: str) -> Any:
    return command("alarm.shelve", list(ids), role="admin", reason="because", minutes=60)


def test_a_suppression_that_no_longer_exists_ends_with_the_first_scan() -> None:
    s = script()
    washed = {**OK, "C201.Door": 5.0, "Clean": 1.0}
    assert s.step(0, washed) == ["level normal>suppressed", "level suppressed>suppressed"]
    t = taken_over(s, 1, level={"suppress_when": ""})
    assert t.lists() == {"level": "suppressed"}
    assert t.step(2, washed) == ["level suppressed>unack_active"]


def test_what_latched_while_it_was_hidden_is_normal_when_it_latches_no_more() -> None:
    s = script()
    s.step(0, OPEN)
    s.step(1, OPEN, shelving("door"))
    assert s.step(2, OK) == ["door shelved>shelved"]
    t = taken_over(s, 3, door={"latching": False})
    assert t.step(4, OK, command("alarm.unshelve", ["door"])) == ["door shelved>normal", "accepted door"]
    t = taken_over(s, 3)
    assert t.step(4, OK, command("alarm.unshelve", ["door"])) == ["door shelved>latched_unack", "accepted door"]


def test_what_latched_and_latches_no_more_still_waits_for_its_acknowledgement() -> None:
    s = script()
    s.step(0, OPEN)
    s.step(1, OK)
    t = taken_over(s, 2, door={"latching": False})
    assert t.step(3, OK) == ["door latched_unack>rtn_unack"]
    assert t.scan.events[0].data["event"] == "reset"
    assert t.step(4, OK, command("alarm.ack", ["door"])) == ["door rtn_unack>normal", "accepted door"]


def test_a_re_alarm_that_is_new_counts_from_the_acknowledgement() -> None:
    s = script()
    s.step(0, HOT)
    s.step(10, HOT, command("alarm.ack", ["hi"]))
    t = taken_over(s, 20, hi={"re_alarm_s": 60.0})
    assert t.step(69, HOT) == []
    assert t.step(70, HOT) == ["hi acked_active>unack_active"]


def test_an_acknowledgement_of_an_older_build_counts_from_the_restart() -> None:
    s = script()
    s.step(0, HOT)
    s.step(10, HOT, command("alarm.ack", ["hi"]))
    saved = json.loads(json.dumps(s.stage.save(s.state)))
    del saved["alarms"]["hi"]["acked_ns"]
    t = Script(alarm_table([replace(a, re_alarm_s=60.0) for a in ALARMS], TAGS), TAGS)
    t.state = t.stage.restore(saved, T0_NS + 100 * S)
    assert t.step(159, HOT) == []
    assert t.step(160, HOT) == ["hi acked_active>unack_active"]


def test_what_stood_and_is_in_the_file_no_more_is_named() -> None:
    s = script()
    s.step(0, HOT)
    s.step(10, HOT, command("alarm.ack", ["hi"]))
    saved = json.loads(json.dumps(s.stage.save(s.state)))
    assert left_out(saved, s.table) == {}
    assert left_out(saved, alarm_table([a for a in ALARMS if a.id != "hi"], TAGS)) == {"hi": "acked_active"}


@pytest.mark.parametrize("state", ["shelved", "suppressed", "out_of_service"])
@pytest.mark.parametrize(("active", "back"), [(True, "unack_active"), (False, "normal")])
def test_a_state_that_hides_an_alarm_without_a_reason_hides_nothing(state: str, active: bool, back: str) -> None:
    s = script()
    alarms = {"hi": {"state": state, "active": active}}
    s.state = s.stage.restore({"alarms": alarms, "pending_since_ns": {}, "silenced": False}, T0_NS)
    assert s.step(1, HOT if active else OK) == [f"hi {state}>{back}"]


def test_hidden_alarms_that_left_the_file_are_left_out() -> None:
    s = script()
    s.step(0, HOT, shelving("hi", "door"))
    saved = s.stage.save(s.state)
    t = Script(alarm_table([a for a in ALARMS if a.id == "door"], TAGS), TAGS)
    t.state = t.stage.restore(saved, T0_NS + S)
    assert t.lists() == {"door": "shelved"}
    assert t.step(3700, OK) == ["door shelved>normal"]


def test_silence_is_over_when_what_was_silenced_left_the_file() -> None:
    s = script()
    s.step(0, HOT)
    s.step(1, HOT, command("alarm.silence"))
    t = Script(alarm_table([a for a in ALARMS if a.id == "door"], TAGS), TAGS)
    t.state = t.stage.restore(s.stage.save(s.state), T0_NS + 2 * S)
    assert t.view()["silenced"] is False
