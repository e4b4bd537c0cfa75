"""The view ``escalation``: runs with their steps in words, notices, what the notifier is to send, and how it sounds."""

from __future__ import annotations

from collections.abc import Sequence

from alarms.escalation_state import PENDING, EscalationState, Notice, Phase, Run
from alarms.escalation_texts import duration
from alarms.notices import contact_name
from alarms.policy import EscalationPlan, Step
from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Json, JsonObject

NOTICES_SHOWN = 50


def sound_s(run: Run, steps: Sequence[Step]) -> float:
    """The interval at which the sound is repeated for this run, 0 for none."""
    asked = [s.sound_s for s in steps[: run.step] if s.sound_s > 0.0]
    return asked[-1] if asked and not run.paused and not run.muted else 0.0


def run_row(run: Run, steps: Sequence[Step], plan: EscalationPlan, now_ns: int, next_ns: int | None) -> JsonObject:
    """One run as panels show it."""
    rows: list[Json] = []
    for at, step in enumerate(steps):
        state = "failed" if at + 1 in run.failed else "taken" if at < run.step else "waiting"
        rows.append({"after_s": step.after_s, "text": step_text(step, plan).to_json(), "state": state})
    subject = run.subject
    return {
        "id": subject.id, "what": subject.what, "on": run.on.value, "policy": run.policy, "unit": subject.unit,
        "priority": subject.priority, "text": subject.text.to_json(), "since_ns": subject.since_ns,
        "elapsed_s": round(run.elapsed_ns(now_ns) / NS_PER_S, 3), "paused": run.paused, "step": run.step, "steps": rows,
        "next_ns": next_ns,
    }  # fmt: skip


def step_text(step: Step, plan: EscalationPlan) -> Text:
    """A step in words: ``Сирена, красный свет; звук каждые 10 с; сообщить: мастер смены``."""
    return Text(ru=_step_words(step, plan, "ru"), en=_step_words(step, plan, "en"))


def _step_words(step: Step, plan: EscalationPlan, language: str) -> str:
    ru = language == "ru"
    parts: list[str] = []
    if step.outputs:
        parts.append(", ".join(plan.outputs[o].name.get(language) for o in step.outputs))
    if step.sound_s > 0.0:
        parts.append(f"{'звук каждые' if ru else 'sound every'} {duration(step.sound_s, language)}")
    if step.tell:
        names = ", ".join(plan.contacts[c].name.get(language) for c in step.tell)
        parts.append(f"{'сообщить' if ru else 'tell'}: {names}")
    return "; ".join(parts)


def notice_rows(state: EscalationState, plan: EscalationPlan) -> list[Json]:
    """The newest notices, newest first."""
    return [_notice_row(n, plan) for n in list(state.notices.values())[-NOTICES_SHOWN:][::-1]]


def _notice_row(notice: Notice, plan: EscalationPlan) -> JsonObject:
    contact = plan.contacts.get(notice.contact)
    return {
        "id": notice.id, "run": notice.run, "contact": notice.contact,
        "contact_name": contact_name(notice, contact).to_json(), "role": contact.role if contact is not None else "",
        "outside": notice.outside, "state": "pending" if notice.phase in PENDING else notice.phase.value,
        "attempts": notice.attempt, "error": notice.error.to_json(), "told_ns": notice.told_ns,
        "ended_ns": notice.ended_ns or None, "text": notice.title.to_json(),
    }  # fmt: skip


def outbox(state: EscalationState, plan: EscalationPlan) -> list[Json]:
    """The attempts that wait for an answer, oldest first, in the language of their contacts."""
    rows: list[Json] = []
    for notice in state.notices.values():
        if notice.phase is Phase.SENDING and not notice.recalled:
            contact = plan.contacts.get(notice.contact)
            language = contact.language if contact is not None else "ru"
            rows.append({
                "id": notice.id, "attempt": notice.attempt, "contact": notice.contact, "language": language,
                "priority": notice.priority, "title": notice.title.get(language), "body": notice.body.get(language),
            })  # fmt: skip
    return rows
