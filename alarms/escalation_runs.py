"""Runs: one policy at work for one alarm or call. They start, pause, go on, take their steps and end, by comparing times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from alarms import notices
from alarms.escalation_state import (
    ACTION,
    NO_POLICY,
    STARTS_IN,
    WAIT_TABLE,
    Draft,
    Phase,
    Run,
    Subject,
    Wait,
)  # fmt: skip
from alarms.escalation_texts import Place, Told, body, local_minute, over_body, over_title, title
from alarms.ladder import Ladder
from alarms.notices import Message
from alarms.policy import EscalatesOn, EscalationPlan, Occasion, Policy, Step, choose
from alarms.table import AlarmDef
from line.clock import NS_PER_S
from line.jsontools import child, whole
from line.messages import EventKind, Json


class Runs:
    """What can happen to the runs of one plan; holds no state of its own. ``alarm`` finds the definition of an alarm."""

    def __init__(self, plan: EscalationPlan, alarm: Callable[[str], AlarmDef | None], place: Place) -> None:
        self._plan = plan
        self._alarm = alarm
        self._place = place
        self._ladders: Mapping[tuple[str, EscalatesOn], Ladder] = {(p.id, p.on): Ladder(p, plan) for p in plan.policies}
        self._of_mode = {on: tuple(p for p in plan.policies if p.on is on) for on in EscalatesOn}
        self._no_ladder = Ladder(Policy("", EscalatesOn.UNACKED, ()), plan)

    def ladder(self, run: Run) -> Ladder:
        """The steps of its policy; none after a restart with a file that has no such policy."""
        return self._ladders.get((run.policy, run.on), self._no_ladder)

    def moved(self, draft: Draft, modes: Sequence[EscalatesOn], before: str, subject: Subject, state: str, user: str) -> None:
        """An alarm or a call went from ``before`` to ``state``: its runs go on, pause or end, and new ones begin."""
        for on in modes:
            run = draft.runs.get((subject.id, on))
            if run is not None:
                wait = WAIT_TABLE[on][state]
                if wait is Wait.PAUSED:
                    self._pause(draft, run)
                elif wait is Wait.GOES_ON:
                    self._go_on(draft, run)
                else:
                    self.end(draft, run, wait, user)
            elif state == STARTS_IN[on] and before != state:
                self.start(draft, on, subject)

    def start(self, draft: Draft, on: EscalatesOn, subject: Subject) -> None:
        """Begin to wait, when a policy is for that now."""
        policy = self._choose(draft, on, subject) if self._of_mode[on] else None
        if policy is not None:
            draft.last_run += 1
            run = draft.put_run(Run(draft.last_run, on, policy.id, subject, draft.now_ns, draft.now_ns))
            self._say(draft, run, "started")

    def caught_up(self, draft: Draft, subject: Subject, state: str) -> None:
        """After a restart: what waits for somebody and has no run has one now, if the file has a policy for it by now.

        Not on *no action*: no run may mean that somebody has acted.
        """
        for on, starts_in in STARTS_IN.items():
            if on is not EscalatesOn.NO_ACTION and state == starts_in and (subject.id, on) not in draft.runs:
                self.start(draft, on, subject)

    def _choose(self, draft: Draft, on: EscalatesOn, subject: Subject) -> Policy | None:
        occasion = Occasion(
            minute=local_minute(draft.now_ns, self._place.zone),
            shift=whole(child(draft.scan.views, "shift").get("number")),
            unit=subject.unit,
            priority=subject.priority,
            alarm=subject.id if subject.what == "alarm" else "",
            service=subject.service,
        )
        return choose(self._of_mode[on], on, occasion)

    def restarted(self, draft: Draft, run: Run) -> None:
        """A run whose policy the file no longer has goes on with the one that fits now, or ends."""
        if (run.policy, run.on) not in self._ladders:
            policy = self._choose(draft, run.on, run.subject)
            if policy is None:
                self.end(draft, replace(run, step=0), NO_POLICY, "")
                return
            run = replace(run, policy=policy.id)
        draft.put_run(replace(run, step=min(run.step, len(self.ladder(run).steps))))

    def gone(self, draft: Draft, subject_id: str, why: str) -> None:
        """The alarm or call is no more: all of its runs end."""
        for run in [r for r in draft.runs.values() if r.subject.id == subject_id]:
            self.end(draft, run, why, "")

    def _pause(self, draft: Draft, run: Run) -> None:
        if not run.paused:
            paused = draft.put_run(replace(run, counted_ns=run.elapsed_ns(draft.now_ns), mark_ns=draft.now_ns, paused=True))
            self._say(draft, paused, "paused", "shelved")

    def _go_on(self, draft: Draft, run: Run) -> None:
        """After a pause. The alarm is annunciated anew then: what was silenced before sounds again."""
        if run.paused:
            self._say(draft, draft.put_run(replace(run, mark_ns=draft.now_ns, paused=False, muted=False)), "resumed")

    def end(self, draft: Draft, run: Run, why: str, user: str) -> None:
        """No step is taken any more; ``user`` is whoever ended it, '' for nobody."""
        del draft.runs[run.key]
        draft.changed = True
        self._say(draft, run, "ended", why, user)
        over = Message(over_title(run.subject, why), over_body(run.subject, why, user, draft.now_ns, self._place))
        notices.run_ended(draft, run, self._plan.contacts, over)

    def acted(self, draft: Draft, unit: str, user: str, alarm_id: str = "") -> None:
        """Somebody did something at ``unit``, or about one alarm. What was annunciated in this very scan was not seen by then."""
        for run in list(draft.runs.values()):
            about = run.subject.id == alarm_id if alarm_id else run.subject.unit == unit != ""
            if run.on is EscalatesOn.NO_ACTION and about and run.began_ns != draft.now_ns:
                self.end(draft, run, ACTION, user)

    def silenced(self, draft: Draft) -> None:
        """What sounds now is quiet until a further step of it sounds."""
        for run in list(draft.runs.values()):
            if not run.muted:
                draft.put_run(replace(run, muted=True))

    def take_steps(self, draft: Draft) -> None:
        """Every step whose time has come, or whose predecessor reached nobody."""
        for given_up in draft.given_up:
            self._given_up(draft, given_up.run_number, given_up.step)
        now_ns = draft.now_ns
        for run in list(draft.runs.values()):
            ladder = self.ladder(run)
            while (due_ns := ladder.due_ns(run)) is not None and (due_ns <= now_ns or run.step in run.failed):
                run = self._take(draft, run, ladder.steps[run.step])

    def _take(self, draft: Draft, run: Run, step: Step) -> Run:
        sounds = step.sound_s > 0.0 or any(o in self._plan.silenceable for o in step.outputs)
        run = draft.put_run(replace(run, step=run.step + 1, muted=run.muted and not sounds))
        self._say(draft, run, "step")
        if step.tell:
            message = self._message(draft, run)
            for contact in step.tell:
                notices.tell(draft, run, run.step, step, self._plan.contacts[contact], message)
        return run

    def _message(self, draft: Draft, run: Run) -> Message:
        alarm = self._alarm(run.subject.id) if run.subject.what == "alarm" else None
        told = {
            n.contact: Told(notices.contact_name(n, self._plan.contacts.get(n.contact)), n.told_ns)
            for n in draft.notices.values()
            if n.run_number == run.number and n.phase is not Phase.FAILED
        }
        elapsed_s = run.elapsed_ns(draft.now_ns) / NS_PER_S
        text = body(run.on, run.subject, alarm, list(told.values()), elapsed_s, self._place)
        return Message(title(run.on, run.subject), text)

    def _given_up(self, draft: Draft, number: int, step: int) -> None:
        """A step that tells people outside has failed when none of them was reached."""
        run = next((r for r in draft.runs.values() if r.number == number), None)
        outside = [n for n in draft.notices.values() if n.run_number == number and n.step == step and n.outside]
        if run is None or not step or step in run.failed or any(n.phase is not Phase.FAILED for n in outside):
            return
        run = draft.put_run(replace(run, failed=(*run.failed, step)))
        if step == len(self.ladder(run).steps):
            self._say(draft, run, "failed")

    def _say(self, draft: Draft, run: Run, what: str, why: str = "", user: str = "") -> None:
        taken = self.ladder(run).steps[: run.step]
        data: dict[str, Json] = {
            "what": what,
            "policy": run.policy,
            "on": run.on.value,
            "step": run.step,
            "after_s": taken[-1].after_s if taken else 0.0,
            "outputs": list(taken[-1].outputs) if taken else [],
            "tell": list(taken[-1].tell) if taken else [],
            "elapsed_s": round(run.elapsed_ns(draft.now_ns) / NS_PER_S, 3),
            "why": why,
            "user": user,
        }
        draft.scan.event(EventKind.ESCALATION, run.subject.id, data, unit=run.subject.unit)
