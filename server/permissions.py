"""Who may ask for what, and whether what is asked makes sense: roles, arguments and ranges of every command.

A command is judged here against the line's description before it is handed to the engine; what depends on the process
(permissives, states, interlocks) is judged by the engine, which knows it at the moment of the scan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from pydantic import ValidationError

from line.documents import Text
from line.jsontools import objects
from line.messages import CommandKind, JsonObject
from server import batch_rules, lot_rules, production_rules, shift_rules
from server.command_args import (
    AlarmAckArgs,
    AlarmCommentArgs,
    AlarmRemoveArgs,
    AlarmsArgs,
    AlarmShelveArgs,
    Args,
    CallCloseArgs,
    CallCreateArgs,
    NoArgs,
    Number,
    TagWriteArgs,
    UnitCommandArgs,
    UnitModeArgs,
    holds_unseen,
    is_readable,
)
from server.judge_kit import Subject, as_float, range_reason, short, unknown
from server.line_index import LineIndex, TagRow
from server.roles import Role
from server.texts import UNSEEN, WHY_NEEDED, number_en, number_ru, text

COMMAND_ROLES: Final[Mapping[CommandKind, Role]] = {
    CommandKind.TAG_WRITE: Role.TECHNOLOGIST,
    CommandKind.UNIT_COMMAND: Role.OPERATOR,
    CommandKind.UNIT_MODE: Role.OPERATOR,
    CommandKind.ALARM_ACK: Role.OPERATOR,
    CommandKind.ALARM_RESET: Role.OPERATOR,
    CommandKind.ALARM_SILENCE: Role.OPERATOR,
    CommandKind.ALARM_SHELVE: Role.OPERATOR,
    CommandKind.ALARM_UNSHELVE: Role.OPERATOR,
    CommandKind.ALARM_REMOVE: Role.SHIFT_LEAD,
    CommandKind.ALARM_RESTORE: Role.SHIFT_LEAD,
    CommandKind.ALARM_COMMENT: Role.OPERATOR,
    CommandKind.CALL_CREATE: Role.OPERATOR,
    CommandKind.CALL_ACCEPT: Role.OPERATOR,
    CommandKind.CALL_ARRIVE: Role.OPERATOR,
    CommandKind.CALL_CLOSE: Role.OPERATOR,
    CommandKind.BATCH_CREATE: Role.OPERATOR,
    CommandKind.BATCH_COMMAND: Role.OPERATOR,
    CommandKind.BATCH_MODE: Role.OPERATOR,
    CommandKind.BATCH_STEP: Role.OPERATOR,
    CommandKind.BATCH_REPLY: Role.OPERATOR,
    CommandKind.BATCH_LOT: Role.OPERATOR,
    CommandKind.BATCH_PARAMETER: Role.OPERATOR,
    CommandKind.BATCH_COMMENT: Role.OPERATOR,
    CommandKind.BATCH_DISPOSITION: Role.OPERATOR,
    CommandKind.RECIPE_SAVE: Role.TECHNOLOGIST,
    CommandKind.RECIPE_SUBMIT: Role.TECHNOLOGIST,
    CommandKind.RECIPE_WITHDRAW: Role.TECHNOLOGIST,
    CommandKind.RECIPE_REJECT: Role.TECHNOLOGIST,
    CommandKind.RECIPE_APPROVE: Role.OPERATOR,
    CommandKind.RECIPE_OBSOLETE: Role.OPERATOR,
    **lot_rules.ROLES,
    **shift_rules.ROLES,
    **production_rules.ROLES,
}
"""The least role for each kind of command that people give (docs/ARCHITECTURE.md, "Commands"). For shelving and taking out of
service the engine may ask for more, by the alarm's priority; what the arguments of a batch's command ask for beyond says
:func:`role_for`. ``notice.result`` is the notifier's own and nobody else's, ``recipe.evidence`` the server's."""

_HIDING: Final = frozenset({CommandKind.ALARM_SHELVE, CommandKind.ALARM_REMOVE})
_OF_ROOMS: Final = batch_rules.REASON_NEEDED | lot_rules.REASON_NEEDED | production_rules.REASON_NEEDED
REASON_NEEDED: Final = _HIDING | _OF_ROOMS | shift_rules.REASON_NEEDED
"""Commands that hide an alarm from people (ISA-18.2-2016, clause 14), change a batch or a recipe: why is part of the record."""

_DECIDING: Final = frozenset({CommandKind.BATCH_DISPOSITION, CommandKind.RECIPE_APPROVE, CommandKind.RECIPE_OBSOLETE})
SIGNED: Final = _DECIDING | lot_rules.SIGNED | shift_rules.SIGNED
"""Commands that are taken with a signature only."""

MAY_BE_SIGNED: Final = SIGNED | {CommandKind.BATCH_REPLY}
"""A reply is signed where the prompt asks for it, which the engine knows for sure."""


def required_role(kind: str) -> Role | None:
    """The least role for ``kind``; None when there is no such command, which is then refused to everybody."""
    try:
        return COMMAND_ROLES[CommandKind(kind)]
    except (ValueError, KeyError):
        return None


@dataclass(frozen=True)
class Checked:
    """The judgement on a command: its arguments as the engine gets them, or the reasons why not."""

    args: JsonObject
    reasons: tuple[Text, ...] = ()

    @property
    def ok(self) -> bool:
        """True when there is no reason against it."""
        return not self.reasons


def check_command(
    kind: CommandKind, target: str, args: JsonObject, line: LineIndex, views: Mapping[str, JsonObject], reason: str = ""
) -> Checked:
    """Judge arguments and ranges of a command; every reason against it is given, not only the first.

    ``reason`` is why the person wants it, and may be empty save for kinds of :data:`REASON_NEEDED`.
    """
    model, judge = _CHECKS[kind]
    needed = kind in REASON_NEEDED or batch_rules.reason_needed(kind, args)
    unexplained = (WHY_NEEDED,) if needed and not is_readable(reason) else ()
    unexplained += (UNSEEN,) if (is_readable(reason) and holds_unseen(reason)) or holds_unseen(args) else ()
    try:
        parsed = model.model_validate(dict(args))
    except ValidationError as error:
        wrong = dict.fromkeys(_argument_reason(e["type"], e["loc"], args) for e in error.errors(include_input=False))
        return Checked({}, (*wrong, *unexplained))
    reasons = (*judge(parsed, Subject(target, line, views)), *unexplained)
    given = {name: value for name, value in parsed.model_dump().items() if value is not None}
    return Checked(_numbers(kind, given), reasons)


def role_for(kind: CommandKind, target: str, args: JsonObject, views: Mapping[str, JsonObject]) -> Role:
    """The least role for a command with these (checked) arguments."""
    return max(COMMAND_ROLES[kind], batch_rules.role_for(kind, target, args, views))


def _numbers(kind: CommandKind, args: dict[str, object]) -> JsonObject:
    """``args`` as the engine takes them: true and false for a tag or a setpoint are 1 and 0, rows without what they leave out."""
    if kind is CommandKind.TAG_WRITE and isinstance(args.get("value"), bool):
        args["value"] = int(cast(bool, args["value"]))
    if kind is CommandKind.ORDER_IMPORT:
        rows = cast(Sequence[Mapping[str, object]], args["orders"])
        args["orders"] = [{k: v for k, v in row.items() if v is not None} for row in rows]
    parameters = args.get("parameters")
    if kind is CommandKind.UNIT_COMMAND and isinstance(parameters, dict):
        args["parameters"] = {k: int(v) if isinstance(v, bool) else v for k, v in cast(dict[str, Number], parameters).items()}
    return cast(JsonObject, args)


def _argument_reason(kind: str, location: Sequence[int | str], args: Mapping[str, object]) -> Text:
    name = str(location[0]) if location else "args"
    if len(location) > 2 and isinstance(at := location[1], int):
        return _in_row(kind, at, str(location[2]), args.get(name))
    if kind == "missing":
        return text(f"Не указано: {name}", f"Missing: {name}")
    if kind == "extra_forbidden":
        return text(f"Лишний аргумент: {short(name)}", f"Unknown argument: {short(name)}")
    return text(f"Недопустимое значение: {name}", f"Invalid value: {name}")


def _in_row(kind: str, at: int, name: str, rows: object) -> Text:
    """Of a list of rows: in which line, which column, and what stands there."""
    row = cast(Sequence[object], rows)[at] if isinstance(rows, Sequence) and at < len(cast(Sequence[object], rows)) else None
    found = cast(Mapping[str, object], row) if isinstance(row, Mapping) else {}
    line = found.get("line") if isinstance(found.get("line"), int) else at + 1
    if kind in ("missing", "extra_forbidden"):
        ru, en = ("не указано", "it is missing") if kind == "missing" else ("такого поля нет", "there is no such field")
        return text(f"Строка {line}, {short(name)}: {ru}", f"Line {line}, {short(name)}: {en}")
    said = short(str(found.get(name)))
    return text(f"Строка {line}, {short(name)}: недопустимо «{said}»", f"Line {line}, {short(name)}: '{said}' is not allowed")


def _value_reasons(tag: TagRow, label: str, value: Number, line: LineIndex) -> list[Text]:
    """Reasons against ``value`` for ``tag``: kind of number, range, member of the enumeration."""
    if tag.kind == "string":
        return [text(f"{label} — текст, число в него не записать", f"{label} is a text, no number can be written to it")]
    if isinstance(value, bool) and tag.kind != "bool":
        return [text(f"{label}: нужно число", f"{label}: a number is needed")]
    reason = range_reason(label, label, value, tag.lo, tag.hi)
    if reason is not None:
        return [reason]
    if tag.kind in ("int", "enum", "bool") and not as_float(value).is_integer():
        return [text(f"{label}: нужно целое число", f"{label}: a whole number is needed")]
    members = line.enums.get(tag.enum)
    if tag.kind == "enum" and members and int(value) not in members:
        return [text(f"{label}: нет значения {int(value)}", f"{label}: there is no value {int(value)}")]
    return []


def _tag_write(args: TagWriteArgs, on: Subject) -> list[Text]:
    tag = on.line.tags.get(on.target)
    if tag is None:
        return [unknown("тега", "tag", on.target)]
    if not tag.writable:
        return [text(f"{tag.name} не для записи", f"{tag.name} cannot be written")]
    if tag.name in on.line.protected:
        return [
            text(
                f"{tag.name} пишет только сама система: дайте команду узлу",
                f"Only the system itself writes {tag.name}: command the unit instead",
            )
        ]
    return _value_reasons(tag, tag.name, args.value, on.line)


def _unit_command(args: UnitCommandArgs, on: Subject) -> list[Text]:
    phases = on.line.phases.get(on.target)
    if phases is None:
        return [unknown("узла", "unit", on.target)]
    if args.command != "start":
        if args.phase or args.parameters:
            return [text("Фаза и параметры указываются только при пуске", "Phase and parameters go with start only")]
        return []
    if not args.phase:
        return [text("Не указана фаза", "The phase is missing")]
    parameters = phases.get(args.phase)
    if parameters is None:
        return [text(f"У {on.target} нет фазы {short(args.phase)}", f"{on.target} has no phase {short(args.phase)}")]
    reasons: list[Text] = []
    for name, value in args.parameters.items():
        if name not in parameters:
            reasons.append(text(f"У фазы нет параметра {short(name)}", f"The phase has no parameter {short(name)}"))
            continue
        tag = on.line.tags.get(parameters[name])
        if tag is not None:
            reasons += _value_reasons(tag, name, value, on.line)
        elif not math.isfinite(as_float(value)):
            reasons.append(text(f"{name}: нужно число", f"{name}: a number is needed"))
    return reasons


def _unit_mode(args: UnitModeArgs, on: Subject) -> list[Text]:
    return [] if on.target in on.line.phases else [unknown("узла", "unit", on.target)]


def _alarms(args: AlarmsArgs, on: Subject) -> list[Text]:
    return [unknown("тревоги", "alarm", a) for a in dict.fromkeys(args.alarms) if a not in on.line.alarms][:10]


def _alarm_ack(args: AlarmAckArgs, on: Subject) -> list[Text]:
    asked = frozenset(args.alarms)
    strange = [
        text(f"as_of: тревоги {short(a)} нет в команде", f"as_of: the command does not name the alarm {short(a)}")
        for a in args.as_of
        if a not in asked
    ]
    return [*_alarms(args, on), *strange[:10]]


def _alarm_shelve(args: AlarmShelveArgs, on: Subject) -> list[Text]:
    reasons = _alarms(args, on)
    minutes, most = as_float(args.minutes), on.line.shelve_max_min
    if not 0.0 < minutes <= most:
        reasons.append(
            text(
                f"Отложить тревогу можно на срок больше нуля и не больше {number_ru(most)} мин",
                f"An alarm is shelved for more than 0 and at most {number_en(most)} min",
            )
        )
    return reasons


def _alarm_comment(args: AlarmCommentArgs, on: Subject) -> list[Text]:
    return [] if on.target in on.line.alarms else [unknown("тревоги", "alarm", on.target)]


def _call_create(args: CallCreateArgs, on: Subject) -> list[Text]:
    reasons: list[Text] = []
    if on.target and on.target not in on.line.phases:
        reasons.append(unknown("узла", "unit", on.target))
    if on.line.services is not None and args.service not in on.line.services:
        reasons.append(unknown("службы", "service", args.service))
    return reasons


def _call(args: Args, on: Subject) -> list[Text]:
    known = any(c.get("id") == on.target for c in objects(on.views.get("calls", {}).get("calls")))
    return [] if known else [unknown("вызова", "call", on.target)]


def _nothing(args: Args, on: Subject) -> list[Text]:
    return []


_Judge: TypeAlias = Callable[[Args, Subject], list[Text]]


def _check(model: type[Args], judge: object) -> tuple[type[Args], _Judge]:
    return model, cast(_Judge, judge)


_CHECKS: Final[Mapping[CommandKind, tuple[type[Args], _Judge]]] = {
    CommandKind.TAG_WRITE: _check(TagWriteArgs, _tag_write),
    CommandKind.UNIT_COMMAND: _check(UnitCommandArgs, _unit_command),
    CommandKind.UNIT_MODE: _check(UnitModeArgs, _unit_mode),
    CommandKind.ALARM_ACK: _check(AlarmAckArgs, _alarm_ack),
    CommandKind.ALARM_RESET: _check(AlarmsArgs, _alarms),
    CommandKind.ALARM_SILENCE: _check(NoArgs, _nothing),
    CommandKind.ALARM_SHELVE: _check(AlarmShelveArgs, _alarm_shelve),
    CommandKind.ALARM_UNSHELVE: _check(AlarmsArgs, _alarms),
    CommandKind.ALARM_REMOVE: _check(AlarmRemoveArgs, _alarms),
    CommandKind.ALARM_RESTORE: _check(AlarmsArgs, _alarms),
    CommandKind.ALARM_COMMENT: _check(AlarmCommentArgs, _alarm_comment),
    CommandKind.CALL_CREATE: _check(CallCreateArgs, _call_create),
    CommandKind.CALL_ACCEPT: _check(NoArgs, _call),
    CommandKind.CALL_ARRIVE: _check(NoArgs, _call),
    CommandKind.CALL_CLOSE: _check(CallCloseArgs, _call),
    **{kind: _check(model, judge) for kind, (model, judge) in batch_rules.CHECKS.items()},
    **{kind: _check(model, judge) for kind, (model, judge) in lot_rules.CHECKS.items()},
    **{kind: _check(model, judge) for kind, (model, judge) in production_rules.CHECKS.items()},
    **{kind: _check(model, judge) for kind, (model, judge) in shift_rules.CHECKS.items()},
}
