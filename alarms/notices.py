"""Notices: each is kept until somebody has answered for it. ``outbox`` of the view is what the notifier sends; its answers come
back as commands ``notice.result``. No answer for 60 s is a failed attempt; after the last one the notice is given up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from alarms.escalation_state import PENDING, Draft, Notice, Phase, Run
from alarms.escalation_texts import NO_ANSWER, NOT_DELIVERED
from alarms.policy import Contact, Step
from line.clock import NS_PER_S
from line.commands import reason
from line.documents import Text
from line.messages import NO_TEXT, Command, CommandStatus, EventKind, Json, JsonObject

ANSWER_WITHIN_NS: Final = 60 * NS_PER_S
KEPT: Final = 50
"""Notices that are remembered after they and their runs are over."""

_ALL_CLEAR_ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Message:
    """What a contact is told."""

    title: Text
    body: Text


def tell(draft: Draft, run: Run, number: int, step: Step, contact: Contact, message: Message) -> None:
    """Tell one contact: on the panels at once, outside with the first attempt of its message."""
    subject = run.subject
    draft.last_notice += 1
    notice = Notice(
        f"N{draft.last_notice}", run.number, subject.id, contact.id, run.policy, number, subject.unit, subject.priority,
        message.title, message.body, Phase.TOLD, draft.now_ns, draft.now_ns, attempts=step.attempts, retry_s=step.retry_s,
    )  # fmt: skip
    _say(draft, notice, contact, "told")
    if contact.outside:
        _send(draft, notice, contact)
    else:
        draft.put_notice(replace(notice, ended_ns=draft.now_ns))


def _send(draft: Draft, notice: Notice, contact: Contact | None) -> None:
    sent = replace(notice, phase=Phase.SENDING, attempt=notice.attempt + 1, mark_ns=draft.now_ns)
    _say(draft, draft.put_notice(sent), contact, "sent")


def age(draft: Draft, contacts: Mapping[str, Contact]) -> None:
    """Attempts that nobody answers have failed; the next one begins when its time has come and its run is not paused."""
    paused = {r.number for r in draft.runs.values() if r.paused}
    for notice in list(draft.notices.values()):
        waited_ns = draft.now_ns - notice.mark_ns
        if notice.phase is Phase.SENDING and waited_ns >= ANSWER_WITHIN_NS:
            _attempt_failed(draft, notice, contacts.get(notice.contact), NO_ANSWER)
        elif notice.phase is Phase.WAITING and waited_ns >= _retry_ns(notice) and notice.run_number not in paused:
            _send(draft, notice, contacts.get(notice.contact))


def due_ns(notice: Notice) -> int:
    """When :func:`age` has something to do for a pending notice."""
    return notice.mark_ns + (ANSWER_WITHIN_NS if notice.phase is Phase.SENDING else _retry_ns(notice))


def _retry_ns(notice: Notice) -> int:
    return round(notice.retry_s * NS_PER_S)


def result(draft: Draft, command: Command, contacts: Mapping[str, Contact]) -> None:
    """``notice.result``. That of an old attempt, of a notice that is over or of none is refused and changes nothing.

    An attempt that was taken for failed and arrived all the same has arrived, as long as no other has begun.
    """
    notice = draft.notices.get(command.target)
    attempt, delivered = command.args.get("attempt"), command.args.get("delivered")
    why = _why_not(notice, attempt, delivered)
    if why is not None or notice is None:
        draft.scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
        return
    draft.scan.answer(command, CommandStatus.ACCEPTED)
    contact = contacts.get(notice.contact)
    if not delivered:
        _attempt_failed(draft, notice, contact, _error(command.args.get("error")))
        return
    arrived = draft.put_notice(replace(notice, phase=Phase.DELIVERED, error=NO_TEXT, ended_ns=draft.now_ns))
    _say(draft, arrived, contact, "delivered")
    if arrived.over_title.ru:
        _all_clear(draft, arrived, contact, Message(arrived.over_title, arrived.over_body))


def _why_not(notice: Notice | None, attempt: Json, delivered: Json) -> JsonObject | None:
    if notice is None:
        return reason("Такого уведомления нет", "There is no such notice")
    if not isinstance(delivered, bool) or isinstance(attempt, bool) or not isinstance(attempt, int):
        return reason("Нужны номер попытки и её исход", "The number of the attempt and its outcome are needed")
    if attempt != notice.attempt:
        ru = f"Ответ на попытку {attempt}, а последняя — {notice.attempt}"
        return reason(ru, f"The answer is to attempt {attempt}, the last one is {notice.attempt}")
    if notice.phase is Phase.WAITING and not delivered:
        return reason("Эта попытка уже считается неудачной", "This attempt counts as failed already")
    if notice.phase not in PENDING:
        return reason("Уведомление уже завершено", "The notice is over already")
    return None


def _error(value: Json) -> Text:
    ru, en = (value.get("ru"), value.get("en")) if isinstance(value, Mapping) else (None, None)
    return Text(ru=ru, en=en) if isinstance(ru, str) and isinstance(en, str) and (ru or en) else NOT_DELIVERED


def _attempt_failed(draft: Draft, notice: Notice, contact: Contact | None, error: Text) -> None:
    if notice.recalled and error is NO_ANSWER:  # it may never have been sent: it was out of the outbox by then
        _withdraw(draft, notice, contact)
        return
    failed = replace(notice, phase=Phase.WAITING, mark_ns=draft.now_ns, error=error)
    _say(draft, failed, contact, "failed")
    if failed.recalled:
        _withdraw(draft, failed, contact)
    elif failed.attempt >= failed.attempts:
        failed = replace(failed, phase=Phase.FAILED, ended_ns=draft.now_ns)
        draft.given_up.append(failed)
        _say(draft, failed, contact, "given_up")
        draft.put_notice(failed)
    else:
        draft.put_notice(failed)


def _withdraw(draft: Draft, notice: Notice, contact: Contact | None) -> None:
    _say(draft, draft.put_notice(replace(notice, phase=Phase.WITHDRAWN, ended_ns=draft.now_ns)), contact, "withdrawn")


def run_ended(draft: Draft, run: Run, contacts: Mapping[str, Contact], over: Message) -> None:
    """Nothing of this run is sent any more; whoever was reached outside and wants it is told that it is over, once."""
    for notice in [n for n in draft.notices.values() if n.run_number == run.number and n.step]:
        contact = contacts.get(notice.contact)
        if notice.phase is Phase.WAITING:
            _withdraw(draft, notice, contact)
        elif notice.phase is Phase.SENDING:
            wanted = contact is not None and contact.all_clear
            texts = {"over_title": over.title, "over_body": over.body} if wanted else {}
            draft.put_notice(replace(notice, recalled=True, **texts))
        elif notice.phase is Phase.DELIVERED:
            _all_clear(draft, notice, contact, over)


def _all_clear(draft: Draft, notice: Notice, contact: Contact | None, over: Message) -> None:
    if contact is None or not contact.all_clear:
        return
    if any(n.run_number == notice.run_number and n.contact == contact.id and not n.step for n in draft.notices.values()):
        return
    draft.last_notice += 1
    clear = replace(
        notice, id=f"N{draft.last_notice}", step=0, title=over.title, body=over.body, phase=Phase.TOLD, told_ns=draft.now_ns,
        attempt=0, attempts=_ALL_CLEAR_ATTEMPTS, recalled=False, error=NO_TEXT, ended_ns=0, over_title=NO_TEXT, over_body=NO_TEXT,
    )  # fmt: skip
    _say(draft, clear, contact, "told")
    _send(draft, clear, contact)


def pruned(notices: Mapping[str, Notice], live: frozenset[int]) -> dict[str, Notice]:
    """Without the oldest ones, as far as neither they nor their runs are under way."""
    spare = [n.id for n in notices.values() if n.phase not in PENDING and n.run_number not in live]
    drop = frozenset(spare[: max(0, min(len(spare), len(notices) - KEPT))])
    return {i: n for i, n in notices.items() if i not in drop}


def _say(draft: Draft, notice: Notice, contact: Contact | None, what: str) -> None:
    data: dict[str, Json] = {
        "what": what, "run": notice.run, "contact": notice.contact, "contact_name": contact_name(notice, contact).to_json(),
        "policy": notice.policy, "step": notice.step, "attempt": notice.attempt, "text": notice.title.to_json(),
    }  # fmt: skip
    if what in ("failed", "given_up"):
        data["error"] = notice.error.to_json()
    draft.scan.event(EventKind.NOTICE, notice.id, data, unit=notice.unit)


def contact_name(notice: Notice, contact: Contact | None) -> Text:
    """Its name; the id when the file of today has no such contact any more."""
    return contact.name if contact is not None else Text(ru=notice.contact, en=notice.contact)
