"""Who has been told of an alarm, when, whether it arrived, and what comes next."""

from __future__ import annotations

from typing import Final

from hmi.pages.alarm_words import NOTICE_STATES, WAITS_FOR, said
from hmi.texts import translate
from hmi.viewmodels.alarm_escalation import EscalationRun, NoticeLine, notices_of, runs_of
from hmi.viewmodels.format import clock_text, duration_text
from hmi.viewmodels.store import LineStore
from hmi.widgets.steplist import StepEntry

MARKS: Final = {"taken": "✓", "failed": "✕", "waiting": "·"}
NOTICE_MARKS: Final = {"told": "✓", "delivered": "✓", "failed": "✕", "pending": "…"}


def next_words(runs: list[EscalationRun], now_ns: int) -> str:
    """The escalation in one line; of several the one whose next step comes first."""
    if not runs:
        return ""
    waiting = [(left, r) for r in runs if (left := r.next_in_s(now_ns)) is not None]
    if not waiting:
        run = runs[0]
        text = translate("Alarms", "Escalation waits") if run.paused else translate("Alarms", "Escalation: all {n} steps taken")
        return text.format(n=len(run.steps))
    left, run = min(waiting, key=lambda pair: pair[0])
    text = translate("Alarms", "Escalation: {n} of {all} steps taken, next in {time}")
    if not run.taken:
        text = translate("Alarms", "Escalation: first step in {time}")
    return text.format(n=run.taken, all=len(run.steps), time=duration_text(left))


def told_entries(store: LineStore, alarm: str, now_ns: int) -> list[StepEntry]:
    """Steps of every run, then every notice, newest first."""
    entries: list[StepEntry] = []
    for run in runs_of(store, alarm):
        entries.append(StepEntry(said(WAITS_FOR, run.on), title=True))
        entries += _steps(store, run, now_ns)
    notices = notices_of(store, alarm)
    if notices:
        entries.append(StepEntry(translate("Alarms", "Who was told"), title=True))
        entries += [_notice(store, n) for n in notices]
    return entries


def _steps(store: LineStore, run: EscalationRun, now_ns: int) -> list[StepEntry]:
    entries: list[StepEntry] = []
    left = run.next_in_s(now_ns)
    upcoming = next((i for i, s in enumerate(run.steps) if s.state == "waiting"), -1)
    for i, step in enumerate(run.steps):
        when = duration_text(step.after_s)
        if i == upcoming and run.paused:
            when = translate("Alarms", "paused")
        elif i == upcoming and left is not None:
            when = translate("Alarms", "in {time}").format(time=duration_text(left))
        entries.append(StepEntry(store.text(step.text), when, MARKS.get(step.state, "·"), strong=i == upcoming))
    return entries


def _notice(store: LineStore, notice: NoticeLine) -> StepEntry:
    words = said(NOTICE_STATES, notice.state)
    if notice.attempts > 1 and notice.state != "delivered":
        words += " · " + translate("Alarms", "attempt {n}").format(n=notice.attempts)
    why = store.text(notice.error) if notice.state in ("failed", "pending") else ""
    text = " · ".join(t for t in (f"{store.text(notice.contact)}: {words}", why) if t)
    return StepEntry(
        text, clock_text(notice.ended_ns or notice.told_ns), NOTICE_MARKS.get(notice.state, "·"), strong=notice.state == "failed"
    )
