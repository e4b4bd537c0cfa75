"""Commands: every kind has a role, arguments and ranges are checked, and reasons exist in both languages."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import CommandKind
from server.permissions import COMMAND_ROLES, Checked, Role, check_command, required_role
from tests.wire.srv_fakes import VIEWS, line_index

LINE = line_index()
K = CommandKind


def check(kind: CommandKind, target: str, **args: Any) -> Checked:
    return check_command(kind, target, args, LINE, VIEWS)


def test_every_kind_has_a_role_and_nothing_else_is_a_kind() -> None:
    assert set(COMMAND_ROLES) == set(CommandKind)
    assert [k for k, r in COMMAND_ROLES.items() if r is not Role.OPERATOR] == [K.TAG_WRITE]
    assert required_role("tag.write") is Role.TECHNOLOGIST
    assert required_role("engine.kill") is None


def test_roles_are_ordered() -> None:
    words = ["viewer", "operator", "shift_lead", "technologist", "engineer", "admin"]
    assert [Role.parse(w) for w in words] == sorted(Role)
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
    (K.ALARM_SILENCE, "", {}),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "start": True}),
    (K.BATCH_COMMAND, "b1", {"command": "hold"}),
    (K.BATCH_PARAMETER, "b1", {"parameter": "chop.knife", "value": 3500}),
    (K.SHIFT_START, "", {"crew": "Бригада 2", "number": 1}),
    (K.SHIFT_END, "", {"note": "без замечаний"}),
]


@pytest.mark.parametrize(("kind", "target", "args"), GOOD)
def test_good_commands_pass(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS)
    assert checked.reasons == ()
    assert args.items() <= dict(checked.args).items()


def test_every_kind_is_among_the_good_ones() -> None:
    assert {k for k, _, _ in GOOD} == set(CommandKind)


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
    (K.ALARM_SILENCE, "", {"for": 5}, "Unknown argument"),
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
ARGUMENT_NAMES = st.sampled_from(["value", "command", "phase", "parameters", "mode", "alarms", "size_kg", "note", "x"])


@given(st.sampled_from(list(CommandKind)), st.text(max_size=20), st.dictionaries(ARGUMENT_NAMES, JSON, max_size=4))
def test_no_arguments_make_the_check_fail(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS)
    assert checked.ok or all(r.ru and r.en for r in checked.reasons)
