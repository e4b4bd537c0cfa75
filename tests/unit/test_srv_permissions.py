"""Commands: every kind has a role, arguments and ranges are checked, and reasons exist in both languages."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import CommandKind
from line.roles import ROLES
from server.batch_rules import reason_needed, signing_role
from server.line_index import LineIndex
from server.permissions import COMMAND_ROLES, REASON_NEEDED, SIGNED, Checked, Role, check_command, required_role, role_for
from server.texts import UNSEEN, WHY_NEEDED
from tests.wire.srv_fakes import APPROVED, BROKEN, DESCRIPTION, DRAFT, VIEWS, line_index

LINE = line_index()
K = CommandKind


def check(kind: CommandKind, target: str, **args: Any) -> Checked:
    return check_command(kind, target, args, LINE, VIEWS)


def needs_reason(kind: CommandKind, args: dict[str, Any]) -> bool:
    return kind in REASON_NEEDED or reason_needed(kind, args)


def test_every_kind_that_people_give_has_a_role_and_nothing_else_is_a_kind() -> None:
    assert set(COMMAND_ROLES) == set(CommandKind) - {K.NOTICE_RESULT, K.RECIPE_EVIDENCE}
    others = {k: r for k, r in COMMAND_ROLES.items() if r is not Role.OPERATOR}
    assert others == {
        K.TAG_WRITE: Role.TECHNOLOGIST,
        K.ALARM_REMOVE: Role.SHIFT_LEAD,
        K.ALARM_RESTORE: Role.SHIFT_LEAD,
        **dict.fromkeys((K.RECIPE_SAVE, K.RECIPE_SUBMIT, K.RECIPE_WITHDRAW, K.RECIPE_REJECT), Role.TECHNOLOGIST),
        K.LOT_BLOCK: Role.TECHNOLOGIST,
        **dict.fromkeys((K.LOT_ADJUST, K.LOT_DISCARD, K.LOT_REWORK, K.LOT_MERGE), Role.SHIFT_LEAD),
        **dict.fromkeys((K.ORDER_CREATE, K.ORDER_CHANGE, K.ORDER_CANCEL, K.ORDER_CLOSE, K.ORDER_IMPORT), Role.SHIFT_LEAD),
    }
    assert required_role("tag.write") is Role.TECHNOLOGIST
    assert required_role("engine.kill") is None


def test_nobody_may_say_that_a_notice_arrived() -> None:
    assert required_role("notice.result") is None


def test_nobody_may_bring_the_evidence_of_a_dry_run() -> None:
    assert required_role("recipe.evidence") is None


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
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 350, "mode": "semi", "hash": DRAFT}),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "mode": "automatic", "hash": APPROVED}),
    (K.BATCH_COMMAND, "b1", {"command": "hold"}),
    (K.BATCH_COMMAND, "b1", {"command": "restart", "node": "smokehouse.cook"}),
    (K.BATCH_PARAMETER, "b1", {"parameter": "chop.knife", "value": 3500}),
    (K.BATCH_MODE, "b1", {"mode": "manual"}),
    (K.BATCH_STEP, "b1", {"node": "cutter.chop", "action": "skip"}),
    (K.BATCH_REPLY, "b1", {"prompt": "clean", "value": True}),
    (K.BATCH_REPLY, "b1", {"prompt": "ph", "value": 5.8}),
    (K.BATCH_REPLY, "b1", {"prompt": "colour", "value": 1}),
    (K.BATCH_REPLY, "b1", {"prompt": "note", "value": "без замечаний"}),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": {"lot": "С-204", "kg": 2.01}}),
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "С-204", "kg": 2}),
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "260101-2", "scale": "W101", "tare_kg": 0.35}),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": {"lot": "260101-2", "scale": "W101", "tare_kg": 0.5}}),
    (
        K.LOT_RECEIVE,
        "",
        {
            "material": "salt",
            "kg": 25,
            "supplier": "solyanka",
            "supplier_lot": "С-7",
            "produced": "2026-01-02",
            "expires": "2027-01-02",
            "temperature_c": 8.5,
            "documents": ["declaration"],
            "place": "dry_store",
        },
    ),
    (K.LOT_RECEIVE, "260101-9", {"gtin": "4600000000008", "scale": "R101", "supplier": "a", "temperature_tag": "R101.MeatTemp"}),
    (K.LOT_HOLD, "260101-9", {}),
    (K.LOT_BLOCK, "260101-9", {}),
    (K.LOT_RELEASE, "260101-9", {}),
    (K.LOT_MOVE, "260101-9", {"place": "chiller_2"}),
    (K.LOT_ADJUST, "260101-9", {"kg": 0}),
    (K.LOT_DISCARD, "260101-9", {}),
    (K.LOT_LABEL, "260101-9", {"kind": "lot"}),
    (K.LOT_REWORK, "B1001", {"material": "batter_rework", "kg": 2.5, "into": "260101-12"}),
    (K.LOT_SPLIT, "260101-9", {"kg": 2.5}),
    (K.LOT_SPLIT, "260101-9", {"kg": 2.5, "into": "260101-9A", "place": "chiller_2"}),
    (K.LOT_MERGE, "", {"lots": ["260101-9", "260101-10"]}),
    (K.LOT_DOCUMENT, "260101-9", {"document": "vet_certificate"}),
    (K.LOT_WEIGH, "W101", {"batch": "b1", "material": "salt"}),
    (K.LOT_WEIGH, "W101", {}),
    (K.LOT_DISPATCH, "B1001", {"customer": "Снег", "document": "Н-1", "kg": 5.5, "sscc": ["095212340000000019"]}),
    (K.BATCH_COMMENT, "b1", {"text": "Фарш плотный"}),
    (K.BATCH_DISPOSITION, "b1", {"verdict": "rework", "deviation": 1}),
    (K.RECIPE_SAVE, "doktorskaya", {"data": {"recipe": "doktorskaya", "x": [1, None, {"y": 2.5}]}, "text": "", "base": ""}),
    (K.RECIPE_SUBMIT, "doktorskaya", {"hash": DRAFT}),
    (K.RECIPE_WITHDRAW, "doktorskaya", {"hash": DRAFT}),
    (K.RECIPE_REJECT, "doktorskaya", {"hash": DRAFT}),
    (K.RECIPE_APPROVE, "doktorskaya", {"hash": DRAFT, "evidence": "e" * 64, "difference": "f" * 64}),
    (K.RECIPE_OBSOLETE, "doktorskaya", {"hash": APPROVED}),
    (K.SHIFT_START, "", {"crew": "Бригада 2", "number": 1}),
    (K.SHIFT_START, "", {}),
    (K.SHIFT_END, "", {"note": "без замечаний"}),
    (K.SHIFT_PREPARE, "", {"notes": "C201 стучит"}),
    (K.SHIFT_SIGN, "", {"part": "outgoing", "hash": "5" * 64}),
    (K.SHIFT_WITHDRAW, "", {}),
    (K.LOG_ENTRY, "", {"category": "safety", "text": "Пролив", "unit": "C201", "photo": "a" * 64}),
    (K.LOG_CORRECT, "L1", {"text": "Пролив у P601"}),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "order": "order-1"}),
    (K.STOP_REASON, "stop-1", {"code": "film", "text": "Новый рулон"}),
    (K.STOP_SPLIT, "stop-1", {"at_ns": [1_790_000_000_000_000_000], "codes": ["film", ""]}),
    (K.STOP_MERGE, "stop-1", {"stops": ["stop-2"]}),
    (K.ORDER_CREATE, "", {"recipe": "doktorskaya", "kg": 600, "number": "З-17", "priority": 2, "notes": "к пятнице"}),
    (K.ORDER_CREATE, "", {"recipe": "doktorskaya", "packs": 1200, "due_ns": 1_790_000_000_000_000_000, "shift": 2}),
    (K.ORDER_CHANGE, "order-1", {"kg": 700.5}),
    (K.ORDER_CANCEL, "order-1", {"note": "заказчик отказался"}),
    (K.ORDER_CLOSE, "order-1", {}),
    (K.ORDER_IMPORT, "", {"orders": [{"line": 2, "number": "З-9", "recipe": "doktorskaya", "kg": 600, "priority": 2}]}),
    (K.REQUEST_CREATE, "C201", {"kind": "fault", "text": "Стук в ножевом валу", "priority": "urgent"}),
    (K.REQUEST_CREATE, "", {"kind": "supply", "text": "Нет перчаток"}),
    (K.REQUEST_TAKE, "request-1", {}),
    (K.REQUEST_COMMENT, "request-1", {"text": "Жду подшипник"}),
    (K.REQUEST_DONE, "request-1", {"note": "Подтянул"}),
    (K.REQUEST_CONFIRM, "request-1", {}),
    (K.REQUEST_REOPEN, "request-1", {"note": "Снова стучит"}),
    (K.REQUEST_CANCEL, "request-1", {}),
]


@pytest.mark.parametrize(("kind", "target", "args"), GOOD)
def test_good_commands_pass(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS, "замена датчика" if needs_reason(kind, args) else "")
    assert checked.reasons == ()
    assert args.items() <= dict(checked.args).items()


def test_every_kind_is_among_the_good_ones() -> None:
    assert {k for k, _, _ in GOOD} == set(COMMAND_ROLES)


BAD: list[tuple[CommandKind, str, dict[str, Any], str]] = [
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "a"}, "either the mass or a scale"),
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "a", "kg": 1, "scale": "W101"}, "either the mass or a scale"),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": {"lot": "a", "kg": 1, "scale": "W101"}}, "Invalid value: value"),
    (K.LOT_RECEIVE, "", {"kg": 1, "supplier": "a"}, "material or a GTIN"),
    (K.LOT_RECEIVE, "", {"material": "salt", "supplier": "a"}, "either the mass or a scale"),
    (K.LOT_RECEIVE, "", {"material": "salt", "kg": -1, "supplier": "a"}, "Invalid value: kg"),
    (K.LOT_RECEIVE, "", {"material": "salt", "kg": 1}, "Missing: supplier"),
    (K.LOT_RECEIVE, "", {"gtin": "46000000", "kg": 1, "supplier": "a", "expires": "02.01.2027"}, "Invalid value: expires"),
    (
        K.LOT_RECEIVE,
        "",
        {"material": "a", "kg": 1, "supplier": "a", "temperature_c": 2, "temperature_tag": "R101.MeatTemp"},
        "either the temperature or a probe",
    ),
    (K.LOT_ADJUST, "a", {}, "Missing: kg"),
    (K.LOT_REWORK, "a", {"material": "b", "kg": math.nan}, "Invalid value: kg"),
    (K.LOT_SPLIT, "a", {"into": "b"}, "Missing: kg"),
    (K.LOT_MERGE, "", {"lots": ["a"]}, "Invalid value: lots"),
    (K.LOT_DOCUMENT, "a", {}, "Missing: document"),
    (K.LOT_WEIGH, "W101", {"batch": "b1"}, "batch and material together"),
    (K.LOT_HOLD, "a", {"until": 1}, "Unknown argument"),
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
    (K.BATCH_CREATE, "vetchina", {"size_kg": 100}, "no approved version"),
    (K.BATCH_CREATE, "vetchina", {"size_kg": 100, "hash": BROKEN, "mode": "semi"}, "cannot run that version"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "hash": DRAFT}, "Only approved versions"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "hash": BROKEN, "mode": "semi"}, "no version"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "hash": "1.0"}, "Invalid value: hash"),
    (K.BATCH_CREATE, "doktorskaya", {"size_kg": 200, "mode": "turbo"}, "Invalid value: mode"),
    (K.BATCH_COMMAND, "b1", {"command": "stop", "node": "cutter.chop"}, "for the whole batch"),
    (K.BATCH_COMMAND, "b1", {"command": "hold", "node": "nope"}, "no step nope"),
    (K.BATCH_COMMAND, "b9", {"command": "hold", "node": "nope"}, "no batch"),
    (K.BATCH_COMMAND, "b1", {"command": "reset"}, "Invalid value: command"),
    (K.BATCH_MODE, "b9", {"mode": "semi"}, "no batch"),
    (K.BATCH_MODE, "b1", {"mode": "manual"}, "Say why"),
    (K.BATCH_STEP, "b1", {"node": "nope", "action": "confirm"}, "no step"),
    (K.BATCH_STEP, "b1", {"node": "cutter.chop", "action": "skip"}, "Say why"),
    (K.BATCH_REPLY, "b1", {"prompt": "nope", "value": True}, "no prompt nope"),
    (K.BATCH_REPLY, "b9", {"prompt": "clean", "value": True}, "no batch"),
    (K.BATCH_REPLY, "b1", {"prompt": "clean", "value": False}, "confirmation"),
    (K.BATCH_REPLY, "b1", {"prompt": "clean", "value": 1}, "confirmation"),
    (K.BATCH_REPLY, "b1", {"prompt": "ph", "value": 7.5}, "outside 5…7"),
    (K.BATCH_REPLY, "b1", {"prompt": "ph", "value": True}, "number is needed"),
    (K.BATCH_REPLY, "b1", {"prompt": "colour", "value": 2}, "one of the answers"),
    (K.BATCH_REPLY, "b1", {"prompt": "colour", "value": True}, "one of the answers"),
    (K.BATCH_REPLY, "b1", {"prompt": "note", "value": "  "}, "text is needed"),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": "С-204"}, "Lot and mass"),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": {"lot": "С-204", "kg": -1}}, "Invalid value: value"),
    (K.BATCH_REPLY, "b1", {"prompt": "clean", "value": True, "signature": {"user": "x"}}, "Unknown argument: signature"),
    (K.BATCH_LOT, "b1", {"material": "gold", "lot": "1", "kg": 1}, "no material gold"),
    (K.BATCH_LOT, "b9", {"material": "salt", "lot": "1", "kg": 1}, "no batch"),
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "\u200b", "kg": 1}, "Invalid value: lot"),
    (K.BATCH_LOT, "b1", {"material": "salt", "lot": "\u202e7", "kg": 1}, "invisible control"),
    (K.BATCH_REPLY, "b1", {"prompt": "salt", "value": {"lot": "\u2067", "kg": 1}}, "invisible control"),
    (K.BATCH_COMMENT, "b1", {"text": "ok \u200f"}, "invisible control"),
    (K.BATCH_COMMENT, "b1", {"text": "ok \x1b[2J"}, "invisible control"),
    (K.RECIPE_SAVE, "doktorskaya", {"data": {"a": [{"\u202d": 1}]}}, "invisible control"),
    (K.RECIPE_SAVE, "doktorskaya", {"data": {}, "text": "# \u2066"}, "invisible control"),
    (K.BATCH_COMMENT, "b9", {"text": "?"}, "no batch"),
    (K.BATCH_DISPOSITION, "b1", {"verdict": "eat", "deviation": 1}, "Invalid value: verdict"),
    (K.BATCH_DISPOSITION, "b1", {"verdict": "release", "deviation": 3}, "no deviation 3"),
    (K.BATCH_DISPOSITION, "b1", {"verdict": "release", "deviation": 2}, "disposition already"),
    (K.BATCH_DISPOSITION, "b9", {"verdict": "release", "deviation": 1}, "no batch"),
    (K.RECIPE_SAVE, "doktorskaya", {"data": "x"}, "Invalid value: data"),
    (K.RECIPE_SAVE, "doktorskaya", {"data": {}, "base": "old"}, "Invalid value: base"),
    (K.RECIPE_SUBMIT, "doktorskaya", {"hash": BROKEN}, "no version"),
    (K.RECIPE_APPROVE, "doktorskaya", {"hash": DRAFT}, "Missing: evidence"),
    (K.RECIPE_APPROVE, "doktorskaya", {"hash": DRAFT, "evidence": "", "difference": "f" * 64}, "Invalid value: evidence"),
    (K.RECIPE_OBSOLETE, "salami", {"hash": APPROVED}, "no version"),
    (K.SHIFT_START, "", {"crew": "2", "number": 0}, "Invalid value"),
    (K.SHIFT_END, "", {"note": "\ud800"}, "Invalid value"),
    (K.SHIFT_SIGN, "", {"part": "incoming", "face_to_face": True, "hash": "5" * 64}, "has not signed"),
    (K.SHIFT_SIGN, "", {"part": "incoming", "hash": "5" * 64}, "face to face"),
    (K.SHIFT_SIGN, "", {"part": "both", "hash": "5" * 64}, "Invalid value"),
    (K.SHIFT_SIGN, "", {"part": "outgoing"}, "Missing: hash"),
    (K.SHIFT_SIGN, "", {"part": "outgoing", "hash": "6" * 64}, "The list changed: x"),
    (K.SHIFT_SIGN, "", {"part": "outgoing", "hash": "7" * 64}, "read it again"),
    (K.LOG_ENTRY, "", {"category": "gossip", "text": "x"}, "Invalid value"),
    (K.LOG_ENTRY, "", {"category": "safety", "text": "x", "unit": "C999"}, "There is no unit"),
    (K.LOG_ENTRY, "", {"category": "safety", "text": " "}, "Invalid value"),
    (K.LOG_ENTRY, "", {"category": "safety", "text": "x", "photo": "../etc"}, "Invalid value"),
    (K.STOP_REASON, "stop-9", {"code": "film"}, "no stop stop-9"),
    (K.STOP_REASON, "stop-1", {"code": "film", "text": "\u202e"}, "invisible control"),
    (K.STOP_SPLIT, "stop-1", {"at_ns": []}, "Invalid value: at_ns"),
    (K.STOP_MERGE, "stop-1", {"stops": ["stop-9"]}, "no stop stop-9"),
    (K.ORDER_CREATE, "", {"recipe": "salami", "kg": 1}, "no recipe salami"),
    (K.ORDER_CREATE, "", {"recipe": "doktorskaya"}, "either kilograms or packs"),
    (K.ORDER_CREATE, "", {"recipe": "doktorskaya", "kg": 1, "packs": 1}, "either kilograms or packs"),
    (K.ORDER_CREATE, "", {"recipe": "doktorskaya", "kg": -5}, "Invalid value: kg"),
    (K.ORDER_CREATE, "order-7", {"recipe": "doktorskaya", "kg": 5}, "no target"),
    (K.ORDER_CHANGE, "order-9", {"kg": 5}, "no order order-9"),
    (K.ORDER_CHANGE, "order-1", {}, "Nothing to change"),
    (K.ORDER_CHANGE, "order-1", {"kg": 5, "packs": 5}, "either kilograms or packs"),
    (K.ORDER_CANCEL, "order-1", {}, "Say why"),
    (K.ORDER_CLOSE, "order-9", {}, "no order order-9"),
    (K.ORDER_IMPORT, "", {"orders": [{"number": "1", "recipe": "salami", "kg": 1}]}, "Line 1, recipe: there is no recipe salami"),
    (K.ORDER_IMPORT, "", {"orders": [{"number": "1", "recipe": "doktorskaya", "line": 7}]}, "Line 7, kg and packs: say either"),
    (K.ORDER_IMPORT, "", {"orders": [{"number": "1", "recipe": "doktorskaya", "kg": 1}] * 2}, "Line 2, number: the order 1"),
    (K.ORDER_IMPORT, "", {"orders": [{"number": "1", "recipe": "doktorskaya", "kg": -5, "line": 3}]}, "Line 3, kg: '-5' is not"),
    (K.ORDER_IMPORT, "", {"orders": [{"recipe": "doktorskaya", "kg": 5, "line": 3}]}, "Line 3, number: it is missing"),
    (K.ORDER_IMPORT, "", {"orders": []}, "Invalid value: orders"),
    (K.REQUEST_CREATE, "X1", {"kind": "fault", "text": "a"}, "no unit X1"),
    (K.REQUEST_CREATE, "C201", {"kind": "fault", "text": " "}, "Invalid value: text"),
    (K.REQUEST_CREATE, "C201", {"kind": "fault", "text": "a", "priority": "x"}, "Invalid value: priority"),
    (K.REQUEST_TAKE, "request-9", {}, "no request request-9"),
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


def test_a_reason_that_turns_what_stands_beside_it_is_refused() -> None:
    assert check_command(K.BATCH_COMMAND, "b1", {"command": "hold"}, LINE, VIEWS, "\u202eпроба").reasons == (UNSEEN,)
    assert check_command(K.BATCH_COMMAND, "b1", {"command": "hold"}, LINE, VIEWS, "проба –\n\tשלום").ok


def test_nothing_is_taken_out_of_service_without_a_reason() -> None:
    args = {"alarms": ["C201.TempHi"], "work_order": "1042"}
    assert check_command(K.ALARM_REMOVE, "", args, LINE, VIEWS).reasons == (WHY_NEEDED,)
    assert check_command(K.ALARM_REMOVE, "", args, LINE, VIEWS, "датчик снят").ok


def test_arguments_ask_for_more_than_the_kind() -> None:
    asked = [
        (K.BATCH_MODE, {"mode": "semi"}, Role.OPERATOR),
        (K.BATCH_MODE, {"mode": "manual"}, Role.TECHNOLOGIST),
        (K.BATCH_STEP, {"node": "cutter.chop", "action": "confirm"}, Role.OPERATOR),
        (K.BATCH_STEP, {"node": "cutter.chop", "action": "start"}, Role.TECHNOLOGIST),
        (K.BATCH_STEP, {"node": "cutter.chop", "action": "skip"}, Role.TECHNOLOGIST),
        (K.BATCH_PARAMETER, {"parameter": "chop.knife", "value": 1}, Role.OPERATOR),
        (K.BATCH_PARAMETER, {"parameter": "chop.time", "value": 1}, Role.SHIFT_LEAD),
        (K.BATCH_REPLY, {"prompt": "ph", "value": 6}, Role.SHIFT_LEAD),
        (K.BATCH_REPLY, {"prompt": "verdict", "value": True}, Role.OPERATOR),
        (K.ALARM_SILENCE, {}, Role.OPERATOR),
    ]
    for kind, args, role in asked:
        assert role_for(kind, "b1", args, VIEWS) is role, (kind, args)
    assert role_for(K.BATCH_CREATE, "doktorskaya", {"size_kg": 1, "hash": APPROVED}, VIEWS) is Role.OPERATOR
    assert role_for(K.BATCH_CREATE, "doktorskaya", {"size_kg": 1, "hash": DRAFT, "mode": "semi"}, VIEWS) is Role.TECHNOLOGIST
    assert signing_role(K.BATCH_REPLY, "b1", {"prompt": "verdict"}, VIEWS) is Role.TECHNOLOGIST
    assert signing_role(K.BATCH_REPLY, "b1", {"prompt": "clean"}, VIEWS) is Role.OPERATOR
    assert all(signing_role(k, "b1", {}, VIEWS) is Role.TECHNOLOGIST for k in SIGNED)


def test_a_reply_keeps_its_kind() -> None:
    assert check(K.BATCH_REPLY, "b1", prompt="clean", value=True).args["value"] is True
    assert check(K.BATCH_REPLY, "b1", prompt="salt", value={"lot": " С-204 ", "kg": 2}).args["value"] == {"lot": "С-204", "kg": 2}
    assert "hash" not in check(K.BATCH_CREATE, "doktorskaya", size_kg=200).args
    assert "node" not in check(K.BATCH_COMMAND, "b1", command="hold").args


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
    "service", "reason", "x", "node", "action", "prompt", "data", "hash", "verdict", "deviation", "base", "lot", "kg", "material",
])  # fmt: skip


@given(st.sampled_from(list(COMMAND_ROLES)), st.text(max_size=20), st.dictionaries(ARGUMENT_NAMES, JSON, max_size=4))
def test_no_arguments_make_the_check_fail(kind: CommandKind, target: str, args: dict[str, Any]) -> None:
    checked = check_command(kind, target, args, LINE, VIEWS)
    assert checked.ok or all(r.ru and r.en for r in checked.reasons)
