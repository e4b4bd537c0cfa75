"""The view ``escalation``: runs with their steps in words, notices, what the notifier is to send, and how it sounds."""

from __future__ import annotations

from typing import Final

from alarms.escalation_state import PENDING, EscalationState, Notice, Phase, Run
from alarms.ladder import Ladder
from alarms.notices import contact_name
from alarms.policy import EscalationPlan
from line.clock import NS_PER_S
from line.messages import Json, JsonObject

NOTICES_SHOWN: Final = 50
RUNS_SHOWN: Final = 200
"""The most urgent runs; a flood may have thousands, which nobody reads and which would be sent whole at every change."""


def run_row(run: Run, ladder: Ladder, now_ns: int) -> JsonObject:
    """One run as panels show it."""
    rows: list[Json] = []
    for at, (step, text) in enumerate(zip(ladder.steps, ladder.texts, strict=True)):
        state = "failed" if at + 1 in run.failed else "taken" if at < run.step else "waiting"
        rows.append({"after_s": step.after_s, "text": text, "state": state})
    subject = run.subject
    return {
        "id": subject.id, "what": subject.what, "on": run.on.value, "policy": run.policy, "unit": subject.unit,
        "priority": subject.priority, "text": subject.text.to_json(), "since_ns": subject.since_ns,
        "elapsed_s": round(run.elapsed_ns(now_ns) / NS_PER_S, 3), "paused": run.paused, "step": run.step, "steps": rows,
        "next_ns": ladder.due_ns(run),
    }  # fmt: skip


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
