"""What people ask of alarms (docs/ARCHITECTURE.md, "Commands"): each alarm that a command names is answered, done or refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from alarms import hidden, refusals
from alarms.draft import Draft
from alarms.journal_record import by_person
from alarms.standing import Removal, Shelf, any_unacked, warn_ns
from alarms.states import ALARM_TABLE, AlarmEvent, AlarmState
from line.clock import NS_PER_S
from line.jsontools import child, finite
from line.messages import Command, CommandKind, CommandStatus, Json, JsonObject
from line.roles import may
from line.stage import Scan

COMMENT: Final = "comment"
"""Word of the event that carries a comment."""

COMMENT_MAX: Final = 500

Judge: TypeAlias = Callable[[Draft, Command, int], "JsonObject | None"]
"""Does what the command wants with the alarm of a row; returns why not when it cannot."""


def apply(draft: Draft, command: Command) -> None:
    """Carry out one command and answer it. Raises KeyError for a kind that is not :data:`KINDS`."""
    _COMMANDS[CommandKind(command.kind)](draft, command)


def _acknowledge(draft: Draft, command: Command, row: int) -> JsonObject | None:
    """Exactly the annunciation that was shown: ``as_of`` says which, where the panel gives it."""
    alarm, old = draft.table[row], draft.get(row)
    if AlarmEvent.ACK not in ALARM_TABLE[old.state]:
        return refusals.not_acked(alarm, old)
    shown = child(command.args, "as_of")
    if alarm.id in shown and shown[alarm.id] != old.time_ns:
        return refusals.came_again(alarm)
    given = replace(old, acked_by=command.user, acked_ns=draft.scan.now_ns)
    draft.move(row, AlarmEvent.ACK, by_person(command), given)
    return None


def _reset(draft: Draft, command: Command, row: int) -> JsonObject | None:
    old = draft.get(row)
    if AlarmEvent.RESET not in ALARM_TABLE[old.state]:
        return refusals.not_reset(draft.table[row], old)
    draft.move(row, AlarmEvent.RESET, by_person(command))
    return None


def _unshelve(draft: Draft, command: Command, row: int) -> JsonObject | None:
    if draft.get(row).shelf is None:
        return refusals.not_shelved(draft.table[row].id)
    hidden.end(draft, row, AlarmState.SHELVED, by_person(command))
    return None


def _restore(draft: Draft, command: Command, row: int) -> JsonObject | None:
    if draft.get(row).removal is None:
        return refusals.not_removed(draft.table[row].id)
    hidden.end(draft, row, AlarmState.OUT_OF_SERVICE, by_person(command))
    return None


def _shelve(draft: Draft, command: Command) -> None:
    rules, now_ns = draft.rules, draft.scan.now_ns
    minutes, one_shot = finite(command.args.get("minutes")), command.args.get("one_shot", False)
    why = None
    if not command.reason.strip():
        why = refusals.NO_REASON
    elif minutes is None or not 0.0 < minutes * 60.0 <= rules.shelve_max_s:
        why = refusals.minutes_outside(rules.shelve_max_s)
    elif not isinstance(one_shot, bool):
        why = refusals.NO_ONE_SHOT
    until_ns = now_ns if why is not None or minutes is None else now_ns + round(minutes * 60.0 * NS_PER_S)

    def judge(draft: Draft, command: Command, row: int) -> JsonObject | None:
        alarm, old = draft.table[row], draft.get(row)
        if AlarmEvent.SHELVE not in ALARM_TABLE[old.state]:
            return refusals.not_shelved_now(alarm, old)
        least = rules.shelve_ccp if alarm.ccp else rules.shelve_roles.get(alarm.priority, "")
        if not may(command.role, least):
            return refusals.may_not_shelve(alarm, least)
        since_ns = now_ns if old.shelf is None else old.shelf.since_ns
        left_s = rules.shelve_max_s - (now_ns - since_ns) / NS_PER_S
        if (until_ns - now_ns) / NS_PER_S > left_s:
            return refusals.too_long(alarm, left_s, rules.shelve_max_s)
        shelf = Shelf(command.user, command.reason.strip(), since_ns, until_ns, one_shot is True, False)
        if warn_ns(shelf, rules) <= now_ns:  # too short for a warning
            shelf = replace(shelf, warned=True)
        hidden.shelve(draft, row, shelf, by_person(command))
        return None

    _each(draft, command, judge, why)


def _remove(draft: Draft, command: Command) -> None:
    order = command.args.get("work_order")
    order = order.strip() if isinstance(order, str) else ""
    why = _may_not_remove(draft, command)
    if why is None and not command.reason.strip():
        why = refusals.NO_REASON
    if why is None and not order:
        why = refusals.NO_WORK_ORDER

    def judge(draft: Draft, command: Command, row: int) -> JsonObject | None:
        old = draft.get(row)
        if old.removal is not None:
            return refusals.already_removed(draft.table[row].id, old.removal.by)
        removal = Removal(command.user, command.reason.strip(), order, draft.scan.now_ns)
        hidden.remove(draft, row, removal, by_person(command))
        return None

    _each(draft, command, judge, why)


def _may_not_remove(draft: Draft, command: Command) -> JsonObject | None:
    least = draft.rules.remove_role
    return None if may(command.role, least) else refusals.may_not_remove(least)


def _comment(draft: Draft, command: Command) -> None:
    row = draft.table.row(command.target)
    words = command.args.get("text")
    words = words.strip() if isinstance(words, str) else ""
    if row is None:
        _refuse(draft.scan, command, refusals.unknown(command.target))
    elif not 0 < len(words) <= COMMENT_MAX:
        _refuse(draft.scan, command, refusals.NO_COMMENT)
    else:
        old = draft.get(row)
        draft.tell(row, COMMENT, old, old, {**by_person(command), "comment": words})
        draft.scan.answer(command, CommandStatus.ACCEPTED)


def _silence(draft: Draft, command: Command) -> None:
    """The horn stops, not the alarm; the next annunciation sounds again."""
    draft.scan.answer(command, CommandStatus.ACCEPTED)
    draft.silenced = draft.silenced or any_unacked(draft.standing)


def _refuse(scan: Scan, command: Command, why: JsonObject) -> None:
    scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})


def _each(draft: Draft, command: Command, judge: Judge, why: JsonObject | None = None) -> None:
    """Judge every alarm that is named; with ``why`` all are refused for that."""
    ids = _alarm_ids(command.args.get("alarms"))
    if not ids or why is not None:
        draft.scan.answer(command, CommandStatus.REFUSED, {"alarms": ids, "reasons": [why or refusals.NO_ALARMS]})
        return
    accepted: list[str] = []
    refused: dict[str, JsonObject] = {}
    for alarm_id in ids:
        row = draft.table.row(alarm_id)
        against = refusals.unknown(alarm_id) if row is None else judge(draft, command, row)
        if against is None:
            accepted.append(alarm_id)
        else:
            refused[alarm_id] = against
    if accepted:
        draft.scan.answer(command, CommandStatus.ACCEPTED, {"alarms": accepted})
    if refused:
        draft.scan.answer(command, CommandStatus.REFUSED, {"alarms": list(refused), "reasons": list(refused.values())})


def _named(judge: Judge) -> Callable[[Draft, Command], None]:
    return lambda draft, command: _each(draft, command, judge)


def _alarm_ids(value: Json) -> list[str]:
    """The ids of the argument ``alarms``, each once, in the order given; a single id may come bare."""
    if isinstance(value, str):
        return [value]
    if value is None or isinstance(value, bool | int | float | Mapping):
        return []
    return list(dict.fromkeys(str(v) for v in value))


_COMMANDS: Final[Mapping[CommandKind, Callable[[Draft, Command], None]]] = {
    CommandKind.ALARM_ACK: _named(_acknowledge),
    CommandKind.ALARM_RESET: _named(_reset),
    CommandKind.ALARM_SILENCE: _silence,
    CommandKind.ALARM_SHELVE: _shelve,
    CommandKind.ALARM_UNSHELVE: _named(_unshelve),
    CommandKind.ALARM_REMOVE: _remove,
    CommandKind.ALARM_RESTORE: lambda draft, command: _each(draft, command, _restore, _may_not_remove(draft, command)),
    CommandKind.ALARM_COMMENT: _comment,
}
KINDS: Final = frozenset(str(kind) for kind in _COMMANDS)
"""The kinds of command that the alarm stage answers."""
