"""Who may ask for what, and whether what is asked makes sense: roles, arguments and ranges of every command.

A command is judged here against the line's description before it is handed to the engine; what depends on the process
(permissives, states, interlocks) is judged by the engine, which knows it at the moment of the scan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeAlias, cast

from pydantic import ValidationError

from line.documents import Text
from line.jsontools import objects
from line.messages import CommandKind, Json, JsonObject
from server.command_args import (
    AlarmAckArgs,
    AlarmCommentArgs,
    AlarmRemoveArgs,
    AlarmsArgs,
    AlarmShelveArgs,
    Args,
    BatchCommandArgs,
    BatchCreateArgs,
    BatchParameterArgs,
    CallCloseArgs,
    CallCreateArgs,
    NoArgs,
    Number,
    ShiftEndArgs,
    ShiftStartArgs,
    TagWriteArgs,
    UnitCommandArgs,
    UnitModeArgs,
    is_readable,
)
from server.line_index import LineIndex, TagRow
from server.texts import WHY_NEEDED, number_en, number_ru, text


class Role(IntEnum):
    """Roles, each of which may do all that those before it may."""

    VIEWER = 0
    OPERATOR = 1
    SHIFT_LEAD = 2
    TECHNOLOGIST = 3
    ENGINEER = 4
    ADMIN = 5

    @property
    def word(self) -> str:
        """The role as API and database spell it."""
        return self.name.lower()

    @staticmethod
    def parse(word: str) -> Role | None:
        """The role spelled ``word``, or None."""
        return _ROLES_BY_WORD.get(word)

    @property
    def text(self) -> Text:
        """The role as people call it."""
        return _ROLE_TEXTS[self]


_ROLES_BY_WORD: Final = {r.name.lower(): r for r in Role}
_ROLE_TEXTS: Final = {
    Role.VIEWER: text("наблюдатель", "viewer"),
    Role.OPERATOR: text("оператор", "operator"),
    Role.SHIFT_LEAD: text("мастер смены", "shift lead"),
    Role.TECHNOLOGIST: text("технолог", "technologist"),
    Role.ENGINEER: text("инженер", "engineer"),
    Role.ADMIN: text("администратор", "administrator"),
}

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
    CommandKind.BATCH_PARAMETER: Role.OPERATOR,
    CommandKind.SHIFT_START: Role.OPERATOR,
    CommandKind.SHIFT_END: Role.OPERATOR,
}
"""The least role for each kind of command that people give (docs/ARCHITECTURE.md, "Commands"). For shelving and taking out of
service the engine may ask for more, by the alarm's priority. ``notice.result`` is the notifier's own and nobody else's."""

REASON_NEEDED: Final = frozenset({CommandKind.ALARM_SHELVE, CommandKind.ALARM_REMOVE})
"""Commands that hide an alarm from people: why is part of the record (ISA-18.2-2016, clause 14)."""


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


@dataclass(frozen=True)
class _Subject:
    target: str
    line: LineIndex
    views: Mapping[str, JsonObject]


def check_command(
    kind: CommandKind, target: str, args: JsonObject, line: LineIndex, views: Mapping[str, JsonObject], reason: str = ""
) -> Checked:
    """Judge arguments and ranges of a command; every reason against it is given, not only the first.

    ``reason`` is why the person wants it, and may be empty save for kinds of :data:`REASON_NEEDED`.
    """
    model, judge = _CHECKS[kind]
    unexplained = (WHY_NEEDED,) if kind in REASON_NEEDED and not is_readable(reason) else ()
    try:
        parsed = model.model_validate(dict(args))
    except ValidationError as error:
        wrong = dict.fromkeys(_argument_reason(e["type"], e["loc"]) for e in error.errors(include_input=False))
        return Checked({}, (*wrong, *unexplained))
    reasons = (*judge(parsed, _Subject(target, line, views)), *unexplained)
    return Checked(_numbers(parsed.model_dump()), reasons)


def _numbers(args: dict[str, object]) -> JsonObject:
    """``args`` as the engine takes them: true and false for a tag or a parameter are 1 and 0."""
    plain = dict(args)
    if isinstance(plain.get("value"), bool):
        plain["value"] = int(cast(bool, plain["value"]))
    parameters = plain.get("parameters")
    if isinstance(parameters, dict):
        plain["parameters"] = {k: int(v) if isinstance(v, bool) else v for k, v in cast(dict[str, Number], parameters).items()}
    return cast(JsonObject, plain)


def _argument_reason(kind: str, location: Sequence[int | str]) -> Text:
    name = str(location[0]) if location else "args"
    if kind == "missing":
        return text(f"Не указано: {name}", f"Missing: {name}")
    if kind == "extra_forbidden":
        return text(f"Лишний аргумент: {_short(name)}", f"Unknown argument: {_short(name)}")
    return text(f"Недопустимое значение: {name}", f"Invalid value: {name}")


def _short(name: str) -> str:
    printable = "".join(c if c.isprintable() else "?" for c in name.encode("utf-8", "replace").decode())
    return printable if len(printable) <= 80 else printable[:79] + "…"


def _unknown(what_ru: str, what_en: str, name: str) -> Text:
    return text(f"Нет {what_ru} {_short(name)}", f"There is no {what_en} {_short(name)}")


def _as_float(value: Number) -> float:
    """``value`` as a float, NaN when it cannot be one."""
    try:
        return float(value)
    except OverflowError:
        return math.nan


def _range_reason(label_ru: str, label_en: str, value: Number, lo: float, hi: float) -> Text | None:
    number = _as_float(value)
    if math.isfinite(number) and lo <= number <= hi:
        return None
    shown_ru, shown_en = (number_ru(number), number_en(number)) if math.isfinite(number) else ("не число", "no number")
    return text(
        f"{label_ru}: {shown_ru} вне пределов {number_ru(lo)}…{number_ru(hi)}",
        f"{label_en}: {shown_en} is outside {number_en(lo)}…{number_en(hi)}",
    )


def _value_reasons(tag: TagRow, label: str, value: Number, line: LineIndex) -> list[Text]:
    """Reasons against ``value`` for ``tag``: kind of number, range, member of the enumeration."""
    if tag.kind == "string":
        return [text(f"{label} — текст, число в него не записать", f"{label} is a text, no number can be written to it")]
    if isinstance(value, bool) and tag.kind != "bool":
        return [text(f"{label}: нужно число", f"{label}: a number is needed")]
    reason = _range_reason(label, label, value, tag.lo, tag.hi)
    if reason is not None:
        return [reason]
    if tag.kind in ("int", "enum", "bool") and not _as_float(value).is_integer():
        return [text(f"{label}: нужно целое число", f"{label}: a whole number is needed")]
    members = line.enums.get(tag.enum)
    if tag.kind == "enum" and members and int(value) not in members:
        return [text(f"{label}: нет значения {int(value)}", f"{label}: there is no value {int(value)}")]
    return []


def _tag_write(args: TagWriteArgs, on: _Subject) -> list[Text]:
    tag = on.line.tags.get(on.target)
    if tag is None:
        return [_unknown("тега", "tag", on.target)]
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


def _unit_command(args: UnitCommandArgs, on: _Subject) -> list[Text]:
    phases = on.line.phases.get(on.target)
    if phases is None:
        return [_unknown("узла", "unit", on.target)]
    if args.command != "start":
        if args.phase or args.parameters:
            return [text("Фаза и параметры указываются только при пуске", "Phase and parameters go with start only")]
        return []
    if not args.phase:
        return [text("Не указана фаза", "The phase is missing")]
    parameters = phases.get(args.phase)
    if parameters is None:
        return [text(f"У {on.target} нет фазы {_short(args.phase)}", f"{on.target} has no phase {_short(args.phase)}")]
    reasons: list[Text] = []
    for name, value in args.parameters.items():
        if name not in parameters:
            reasons.append(text(f"У фазы нет параметра {_short(name)}", f"The phase has no parameter {_short(name)}"))
            continue
        tag = on.line.tags.get(parameters[name])
        if tag is not None:
            reasons += _value_reasons(tag, name, value, on.line)
        elif not math.isfinite(_as_float(value)):
            reasons.append(text(f"{name}: нужно число", f"{name}: a number is needed"))
    return reasons


def _unit_mode(args: UnitModeArgs, on: _Subject) -> list[Text]:
    return [] if on.target in on.line.phases else [_unknown("узла", "unit", on.target)]


def _alarms(args: AlarmsArgs, on: _Subject) -> list[Text]:
    return [_unknown("тревоги", "alarm", a) for a in dict.fromkeys(args.alarms) if a not in on.line.alarms][:10]


def _alarm_ack(args: AlarmAckArgs, on: _Subject) -> list[Text]:
    asked = frozenset(args.alarms)
    strange = [
        text(f"as_of: тревоги {_short(a)} нет в команде", f"as_of: the command does not name the alarm {_short(a)}")
        for a in args.as_of
        if a not in asked
    ]
    return [*_alarms(args, on), *strange[:10]]


def _alarm_shelve(args: AlarmShelveArgs, on: _Subject) -> list[Text]:
    reasons = _alarms(args, on)
    minutes, most = _as_float(args.minutes), on.line.shelve_max_min
    if not 0.0 < minutes <= most:
        reasons.append(
            text(
                f"Отложить тревогу можно на срок больше нуля и не больше {number_ru(most)} мин",
                f"An alarm is shelved for more than 0 and at most {number_en(most)} min",
            )
        )
    return reasons


def _alarm_comment(args: AlarmCommentArgs, on: _Subject) -> list[Text]:
    return [] if on.target in on.line.alarms else [_unknown("тревоги", "alarm", on.target)]


def _call_create(args: CallCreateArgs, on: _Subject) -> list[Text]:
    reasons: list[Text] = []
    if on.target and on.target not in on.line.phases:
        reasons.append(_unknown("узла", "unit", on.target))
    if on.line.services is not None and args.service not in on.line.services:
        reasons.append(_unknown("службы", "service", args.service))
    return reasons


def _call(args: Args, on: _Subject) -> list[Text]:
    known = any(c.get("id") == on.target for c in objects(on.views.get("calls", {}).get("calls")))
    return [] if known else [_unknown("вызова", "call", on.target)]


def _nothing(args: Args, on: _Subject) -> list[Text]:
    return []


def _batch_create(args: BatchCreateArgs, on: _Subject) -> list[Text]:
    recipe = on.line.recipes.get(on.target)
    if recipe is None:
        return [_unknown("рецептуры", "recipe", on.target)]
    reason = _range_reason("Масса партии, кг", "Batch size, kg", args.size_kg, recipe.size_lo_kg, recipe.size_hi_kg)
    return [] if reason is None else [reason]


def _batch(on: _Subject) -> Mapping[str, Json] | None:
    return next((b for b in objects(on.views.get("batches", {}).get("batches")) if b.get("id") == on.target), None)


def _batch_command(args: BatchCommandArgs, on: _Subject) -> list[Text]:
    return [] if _batch(on) is not None else [_unknown("партии", "batch", on.target)]


def _batch_parameter(args: BatchParameterArgs, on: _Subject) -> list[Text]:
    batch = _batch(on)
    if batch is None:
        return [_unknown("партии", "batch", on.target)]
    row = next((p for p in objects(batch.get("parameters")) if p.get("id") == args.parameter), None)
    if row is None:
        return [_unknown("параметра", "parameter", args.parameter)]
    if row.get("editable") is not True:
        return [text(f"Параметр {args.parameter} сейчас не изменить", f"Parameter {args.parameter} cannot be changed now")]
    lo, hi = row.get("lo"), row.get("hi")
    low = float(lo) if isinstance(lo, int | float) else -math.inf
    high = float(hi) if isinstance(hi, int | float) else math.inf
    reason = _range_reason(args.parameter, args.parameter, args.value, low, high)
    return [] if reason is None else [reason]


_Judge: TypeAlias = Callable[[Args, _Subject], list[Text]]


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
    CommandKind.BATCH_CREATE: _check(BatchCreateArgs, _batch_create),
    CommandKind.BATCH_COMMAND: _check(BatchCommandArgs, _batch_command),
    CommandKind.BATCH_PARAMETER: _check(BatchParameterArgs, _batch_parameter),
    CommandKind.SHIFT_START: _check(ShiftStartArgs, _nothing),
    CommandKind.SHIFT_END: _check(ShiftEndArgs, _nothing),
}
