"""Commands: every kind has a role, arguments and ranges are checked, and reasons exist in both languages."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import CommandKind
from line.roles import ROLES
from server.line_index import LineIndex
from server.permissions import COMMAND_ROLES, REASON_NEEDED, Checked, Role, check_command, required_role
from server.texts import WHY_NEEDED
from tests.wire.srv_fakes import DESCRIPTION, VIEWS, line_index

LINE = line_index()
K = CommandKind


def check(kind: CommandKind, target: str, **args: Any) -> Checked:
    return check_command(kind, target, args, LINE, VIEWS)


def test_every_kind_that_people_give_has_a_role_and_nothing_else_is_a_kind() -> None:
    assert set(COMMAND_ROLES) == set(CommandKind) - {K.NOTICE_RESULT}
    others = {k: r for k, r in COMMAND_ROLES.items() if r is not Role.OPERATOR}
    assert others == {
        K.TAG_WRITE: Role.TECHNOLOGIST,
        K.ALARM_REMOVE: Role.SHIFT_LEAD,
        K.ALARM_RESTORE: Role.SHIFT_LEAD,
    }
    assert required_role("tag.write") is Role.TECHNOLOGIST
    assert required_role("engine.kill") is None


def test_nobody_may_say_that_a_notice_arrived() -> None:
    assert required_role("notice.result") is None


def test_roles_are_those_of_the_line_in_their_order() -> None:
    assert tuple(r.word for r in sorted(Role)) == ROLES
    assert [Role.parse(w) for w in ROLES] == sorted(Role)
    assert Role.parse("root") is None


GOOD: list[tuple[CommandKind, str, dict[str, Any]]] = [
    (K.TAG_WRITE, "C201.SP_Knife", {"value": 3000.5}),
    (K.TAG_WRITE, "C201.SP_Count", {"value": 3.0}),
    (K.TAG_WRITE, "C201.Mode", {"value": 2}),
    (K.UNIT_COMMAND, "C201", {"command": "start", "phase": "chop", "parameters": {"knife": 3000}}),
    (K.UNIT_COMMAND, "C201", {"command": "hold"}),
    (K.UNIT_COMMAND, "C201", {"command": "reset", "phase": "", "parameters": {}}),
    (K.UNIT_MODE, "C201", {"mode": "manual"}),
    (K.ALARM_ACK, "", {"alarms": ["C201.TempHi", "C201.TempLo"]}),
    (K.ALARM_ACK, "", {"alarms": ["C201.TempHi"], "as_of": {"C201.TempHi": 1_790_000_000_000_000_000}}),
    (K.ALARM_RESET, "", {"alarms": ["C201.TempHi"]}),
    (K.ALARM_SILENCE, "", {}),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 240}),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 0.5, "one_shot": True}),
    (K.ALARM_UNSHELVE, "", {"alarms": ["C201.TempHi"]}),
    (K.ALARM_REMOVE, "", {"alarms": ["C201.TempLo"], "work_order": "НЗ-1042"}),
    (K.ALARM_RESTORE, "", {"alarms": ["C201.TempLo"]}),
    (K.ALARM_COMMENT, "C201.TempHi", {"text": "Подтянул ремень, смотрю дальше"}),
    (K.CALL_CREATE, "C201", {"service": "maintenance", "reason": {"ru": "Стук в ножевом валу", "en": "Knife shaft knocks"}}),
    (K.CALL_CREATE, "", {"service": "maintenance", "reason": "Нет воздуха"}),
    (K.CALL_ACCEPT, "call-7", {}),
    (K.CALL_ARRIVE, "call-7", {}),
    (K.CALL_CLOSE, "call-7", {"note": "Заменён ремень"}),
    (K.CALL_CLOSE, "call-7", {}),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "start": True}),
    (K.BATCH_COMMAND, "b1", {"command": "hold"}),
    (K.BATCH_PARAMETER, "b1", {"parameter": "chop.knife", "value": 3500}),
    (K.SHIFT_START, "", {"crew": "Бригада 2", "number": 1}),
    (K.SHIFT_END, "", {"note": "без замечаний"}),
]


@pytest.mark.parametrize(("kind", "target", "args"), GOOD)
def test_good_commands_pass(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS, "замена датчика" if kind in REASON_NEEDED else "")
    assert checked.reasons == ()
    assert args.items() <= dict(checked.args).items()


def test_every_kind_is_among_the_good_ones() -> None:
    assert {k for k, _, _ in GOOD} == set(COMMAND_ROLES)


BAD: list[tuple[CommandKind, str, dict[str, Any], str]] = [
    (K.TAG_WRITE, "C201.Nothing", {"value": 1}, "no tag"),
    (K.TAG_WRITE, "C201.BatterTemp", {"value": 1}, "cannot be written"),
    (K.TAG_WRITE, "C201.PhReq", {"value": 1}, "Only the system"),
    (K.TAG_WRITE, "PLC1.SupHeartbeat", {"value": 1}, "Only the system"),
    (K.TAG_WRITE, "C201.Label", {"value": 1}, "text"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": 6000.1}, "outside 0…6000"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": -1}, "outside"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": 10**400}, "outside"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": math.nan}, "Invalid value"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": math.inf}, "Invalid value"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": "3000"}, "Invalid value"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": None}, "Invalid value"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": True}, "number is needed"),
    (K.TAG_WRITE, "C201.SP_Knife", {}, "Missing: value"),
    (K.TAG_WRITE, "C201.SP_Knife", {"value": 1, "force": True}, "Unknown argument"),
    (K.TAG_WRITE, "C201.SP_Count", {"value": 2.5}, "whole number"),
    (K.TAG_WRITE, "C201.Mode", {"value": 3}, "no value 3"),
    (K.TAG_WRITE, "C201.Light", {"value": 0.5}, "whole number"),
    (K.UNIT_COMMAND, "X1", {"command": "hold"}, "no unit"),
    (K.UNIT_COMMAND, "C201", {"command": "explode"}, "Invalid value: command"),
    (K.UNIT_COMMAND, "C201", {"command": "start"}, "phase is missing"),
    (K.UNIT_COMMAND, "C201", {"command": "start", "phase": "fly"}, "no phase"),
    (K.UNIT_COMMAND, "C201", {"command": "hold", "phase": "chop"}, "start only"),
    (K.UNIT_COMMAND, "C201", {"command": "start", "phase": "chop", "parameters": {"wings": 2}}, "no parameter"),
    (K.UNIT_COMMAND, "C201", {"command": "start", "phase": "chop", "parameters": {"knife": 9000}}, "outside"),
    (K.UNIT_COMMAND, "C201", {"command": "start", "phase": "chop", "parameters": {"count": 1.5}}, "whole number"),
    (K.UNIT_MODE, "C201", {"mode": "turbo"}, "Invalid value"),
    (K.UNIT_MODE, "X1", {"mode": "auto"}, "no unit"),
    (K.ALARM_ACK, "", {"alarms": []}, "Invalid value"),
    (K.ALARM_ACK, "", {"alarms": ["nope"]}, "no alarm"),
    (K.ALARM_ACK, "", {"alarms": "C201.TempHi"}, "Invalid value"),
    (K.ALARM_ACK, "", {"alarms": ["C201.TempHi"], "as_of": {"C201.TempLo": 5}}, "does not name the alarm C201.TempLo"),
    (K.ALARM_ACK, "", {"alarms": ["C201.TempHi"], "as_of": {"C201.TempHi": "now"}}, "Invalid value: as_of"),
    (K.ALARM_ACK, "", {"alarms": ["C201.TempHi"], "as_of": {"C201.TempHi": -1}}, "Invalid value: as_of"),
    (K.ALARM_RESET, "", {"alarms": ["nope"]}, "no alarm"),
    (K.ALARM_RESET, "", {}, "Missing: alarms"),
    (K.ALARM_SILENCE, "", {"for": 5}, "Unknown argument"),
    (K.ALARM_SHELVE, "", {"alarms": ["nope"], "minutes": 5}, "no alarm nope"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 0}, "at most 240 min"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": -5}, "at most 240 min"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 240.5}, "at most 240 min"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 10**400}, "at most 240 min"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": math.nan}, "Invalid value: minutes"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": True}, "Invalid value: minutes"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"]}, "Missing: minutes"),
    (K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], "minutes": 5, "one_shot": 1}, "Invalid value: one_shot"),
    (K.ALARM_UNSHELVE, "", {"alarms": ["nope"]}, "no alarm"),
    (K.ALARM_REMOVE, "", {"alarms": ["C201.TempHi"]}, "Missing: work_order"),
    (K.ALARM_REMOVE, "", {"alarms": ["C201.TempHi"], "work_order": "  "}, "Invalid value: work_order"),
    (K.ALARM_REMOVE, "", {"alarms": ["C201.TempHi"], "work_order": "9" * 101}, "Invalid value: work_order"),
    (K.ALARM_RESTORE, "", {"alarms": []}, "Invalid value: alarms"),
    (K.ALARM_COMMENT, "nope", {"text": "?"}, "no alarm nope"),
    (K.ALARM_COMMENT, "C201.TempHi", {"text": " \n "}, "Invalid value: text"),
    (K.ALARM_COMMENT, "C201.TempHi", {"text": "x" * 501}, "Invalid value: text"),
    (K.CALL_CREATE, "X1", {"service": "maintenance", "reason": "?"}, "no unit X1"),
    (K.CALL_CREATE, "C201", {"service": "astrology", "reason": "?"}, "no service astrology"),
    (K.CALL_CREATE, "C201", {"service": "maintenance"}, "Missing: reason"),
    (K.CALL_CREATE, "C201", {"service": "maintenance", "reason": ""}, "Invalid value: reason"),
    (K.CALL_CREATE, "C201", {"service": "maintenance", "reason": {"ru": "Стук"}}, "Invalid value: reason"),
    (K.CALL_CREATE, "C201", {"service": "maintenance", "reason": "x" * 201}, "Invalid value: reason"),
    (K.CALL_CREATE, "C201", {"service": "maintenance", "reason": "\u200b"}, "Invalid value: reason"),
    (K.ALARM_COMMENT, "C201.TempHi", {"text": "\u200b\u200d"}, "Invalid value: text"),
    (K.ALARM_REMOVE, "", {"alarms": ["C201.TempHi"], "work_order": "\0"}, "Invalid value: work_order"),
    (K.CALL_ACCEPT, "call-8", {}, "no call call-8"),
    (K.CALL_ARRIVE, "", {}, "no call"),
    (K.CALL_CLOSE, "call-7", {"note": "x" * 501}, "Invalid value: note"),
    (K.CALL_CLOSE, "call-8", {"note": ""}, "no call"),
    (K.BATCH_CREATE, "salami", {"size_kg": 200}, "no recipe"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 301}, "outside 50…300"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": True}, "Invalid value"),
    (K.BATCH_COMMAND, "b9", {"command": "hold"}, "no batch"),
    (K.BATCH_PARAMETER, "b1", {"parameter": "cook.core", "value": 72}, "cannot be changed"),
    (K.BATCH_PARAMETER, "b1", {"parameter": "chop.knife", "value": 4001}, "outside 2000…4000"),
    (K.BATCH_PARAMETER, "b1", {"parameter": "nope", "value": 1}, "no parameter"),
    (K.BATCH_PARAMETER, "b9", {"parameter": "nope", "value": 1}, "no batch"),
    (K.SHIFT_START, "", {"crew": "2", "number": 0}, "Invalid value"),
    (K.SHIFT_END, "", {"note": "\ud800"}, "Invalid value"),
]


@pytest.mark.parametrize(("kind", "target", "args", "why"), BAD)
def test_bad_commands_are_refused_with_the_reason(kind: CommandKind, target: str, args: dict[str, Any], why: str) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS)
    assert not checked.ok
    assert any(why in r.en for r in checked.reasons), [r.en for r in checked.reasons]
    assert all(r.ru and r.ru != r.en for r in checked.reasons)


@pytest.mark.parametrize("args", [{"minutes": 30}, {"minutes": -30}, {}], ids=str)
@pytest.mark.parametrize("reason", ["", " \t", "\u200b", "\0", "\u00a0\u2060"])
def test_nothing_is_shelved_without_a_reason(args: dict[str, Any], reason: str) -> None:
    checked = check_command(K.ALARM_SHELVE, "", {"alarms": ["C201.TempHi"], **args}, LINE, VIEWS, reason)
    assert WHY_NEEDED in checked.reasons
    assert len(checked.reasons) == (1 if args == {"minutes": 30} else 2)


def test_nothing_is_taken_out_of_service_without_a_reason() -> None:
    args = {"alarms": ["C201.TempHi"], "work_order": "1042"}
    assert check_command(K.ALARM_REMOVE, "", args, LINE, VIEWS).reasons == (WHY_NEEDED,)
    assert check_command(K.ALARM_REMOVE, "", args, LINE, VIEWS, "датчик снят").ok


def test_texts_reach_the_engine_without_blanks_around() -> None:
    assert check(K.ALARM_COMMENT, "C201.TempHi", text="  ремень\n").args == {"text": "ремень"}


def test_a_line_that_tells_no_services_leaves_them_to_the_engine() -> None:
    plain = LineIndex.from_description({k: v for k, v in DESCRIPTION.items() if k not in ("escalation", "alarm_rules")})
    args = {"service": "anything", "reason": "?"}
    assert check_command(K.CALL_CREATE, "C201", args, plain, VIEWS).ok
    assert not check_command(K.CALL_CREATE, "C201", args, LINE, VIEWS).ok
    shelved = {"alarms": ["C201.TempHi"], "minutes": 480}
    assert check_command(K.ALARM_SHELVE, "", shelved, plain, VIEWS, "?").ok


def test_every_reason_is_given_at_once() -> None:
    checked = check(K.UNIT_COMMAND, "C201", command="start", phase="chop", parameters={"knife": 9000, "wings": 1, "count": 99})
    assert len(checked.reasons) == 3


def test_switches_reach_the_engine_as_numbers() -> None:
    args = check(K.TAG_WRITE, "C201.Light", value=True).args
    assert args == {"value": 1}
    assert type(args["value"]) is int


def test_russian_reasons_use_the_decimal_comma() -> None:
    assert "6000,5" in check(K.TAG_WRITE, "C201.SP_Knife", value=6000.5).reasons[0].ru


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ARGUMENT_NAMES = st.sampled_from([
    "value", "command", "phase", "parameters", "mode", "alarms", "size_kg", "note", "as_of", "minutes", "work_order", "text",
    "service", "reason", "x",
])  # fmt: skip


@given(st.sampled_from(list(COMMAND_ROLES)), st.text(max_size=20), st.dictionaries(ARGUMENT_NAMES, JSON, max_size=4))
def test_no_arguments_make_the_check_fail(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS)
    assert checked.ok or all(r.ru and r.en for r in checked.reasons)
