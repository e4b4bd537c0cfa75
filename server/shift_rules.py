"""Commands about shifts and their log held against the views; the engine judges again with what it knows at the scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from line.documents import Text
from line.jsontools import child
from line.messages import CommandKind
from server.command_args import Args, NoArgs
from server.judge_kit import Subject, unknown
from server.roles import Role
from server.shift_args import LogCorrectArgs, LogEntryArgs, ShiftEndArgs, ShiftPrepareArgs, ShiftSignArgs, ShiftStartArgs
from server.texts import text

ROLES: Final[Mapping[CommandKind, Role]] = {
    CommandKind.SHIFT_START: Role.OPERATOR,
    CommandKind.SHIFT_END: Role.OPERATOR,
    CommandKind.SHIFT_PREPARE: Role.OPERATOR,
    CommandKind.SHIFT_SIGN: Role.OPERATOR,
    CommandKind.SHIFT_WITHDRAW: Role.OPERATOR,
    CommandKind.LOG_ENTRY: Role.OPERATOR,
    CommandKind.LOG_CORRECT: Role.OPERATOR,
}
"""The least role; who signs a hand-over is a shift lead, and somebody else's entry is corrected by one."""

REASON_NEEDED: Final = frozenset({CommandKind.SHIFT_WITHDRAW, CommandKind.LOG_CORRECT})
SIGNED: Final = frozenset({CommandKind.SHIFT_SIGN})
SIGNING_ROLE: Final = Role.SHIFT_LEAD

READ_ANEW: Final = text(
    "Передача смены изменилась после того, как её прочитали: прочитайте её ещё раз",
    "The hand-over changed after it was read: read it again",
)

_STEPS: Final[Mapping[str, str]] = {"outgoing": "preparing", "incoming": "handing_over"}


def _nothing(args: Args, on: Subject) -> list[Text]:
    return []


def _sign(args: ShiftSignArgs, on: Subject) -> list[Text]:
    """Before a password is asked for: a signature that the engine would refuse is not taken."""
    reasons: list[Text] = []
    shift = on.views.get("shift", {})
    handover = child(shift, "handover")
    if shift.get("step") != _STEPS[args.part]:
        ru, en = {
            "outgoing": ("Передача смены не подготовлена", "The hand-over is not prepared"),
            "incoming": ("Сдающий ещё не подписал передачу смены", "Who leaves has not signed the hand-over yet"),
        }[args.part]
        reasons.append(text(ru, en))
    elif args.hash != handover.get("hash"):
        changed = child(child(handover, "changed"), args.hash)
        known = text(str(changed.get("ru", "")), str(changed.get("en", ""))) if changed else None
        reasons.append(known or READ_ANEW)
    if args.part == "incoming" and not args.face_to_face:
        ru = "Подтвердите, что открытые вопросы обсуждены лично со сдающим смену"
        reasons.append(text(ru, "Confirm that the open matters were talked over face to face"))
    return reasons


def _entry(args: LogEntryArgs, on: Subject) -> list[Text]:
    return [] if not args.unit or args.unit in on.line.phases else [unknown("узла", "unit", args.unit)]


Rule = Callable[[Any, Subject], list[Text]]

CHECKS: Final[Mapping[CommandKind, tuple[type[Args], Rule]]] = {
    CommandKind.SHIFT_START: (ShiftStartArgs, _nothing),
    CommandKind.SHIFT_END: (ShiftEndArgs, _nothing),
    CommandKind.SHIFT_PREPARE: (ShiftPrepareArgs, _nothing),
    CommandKind.SHIFT_SIGN: (ShiftSignArgs, _sign),
    CommandKind.SHIFT_WITHDRAW: (NoArgs, _nothing),
    CommandKind.LOG_ENTRY: (LogEntryArgs, _entry),
    CommandKind.LOG_CORRECT: (LogCorrectArgs, _nothing),
}
