"""A policy's steps with all that is asked of them in every scan, worked out once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from alarms.escalation_state import Run
from alarms.escalation_texts import duration
from alarms.policy import EscalationPlan, Policy, Step
from line.clock import NS_PER_S
from line.messages import JsonObject


class Ladder:
    """The steps of one policy. ``after_ns`` is the waiting after which each is taken; outputs and sounds are indexed by the
    number of steps taken; ``texts`` are the steps in words, as panels show them.

    A run that was saved with another file may have taken more steps than there are: until the first scan has put that right it
    is shown with all of them taken.
    """

    def __init__(self, policy: Policy, plan: EscalationPlan) -> None:
        steps = policy.steps
        self.steps: Final = steps
        self.after_ns: Final = tuple(round(s.after_s * NS_PER_S) for s in steps)
        outputs = [frozenset(o for s in steps[:taken] for o in s.outputs) for taken in range(len(steps) + 1)]
        self.outputs: Final = tuple(outputs)
        self.outputs_muted: Final = tuple(o - plan.silenceable for o in outputs)
        self.sound_s: Final = tuple(_sounds(steps))
        self.texts: Final[tuple[JsonObject, ...]] = tuple(
            {"ru": _words(s, plan, "ru"), "en": _words(s, plan, "en")} for s in steps
        )

    def wanted(self, run: Run) -> frozenset[str]:
        """The outputs that are to be on for the run."""
        if run.paused:
            return frozenset()
        return (self.outputs_muted if run.muted else self.outputs)[self._taken(run)]

    def sounds_s(self, run: Run) -> float:
        """The interval at which panels repeat the sound for the run, 0 for none."""
        return 0.0 if run.paused or run.muted else self.sound_s[self._taken(run)]

    def _taken(self, run: Run) -> int:
        return min(run.step, len(self.steps))

    def due_ns(self, run: Run) -> int | None:
        """When the next step is to be taken, as far as is known now; None while it is paused or has no further step."""
        if run.paused or run.step >= len(self.after_ns):
            return None
        return run.mark_ns + self.after_ns[run.step] - run.counted_ns


def _sounds(steps: tuple[Step, ...]) -> Iterator[float]:
    last = 0.0
    yield last
    for step in steps:
        last = step.sound_s or last
        yield last


def _words(step: Step, plan: EscalationPlan, language: str) -> str:
    """``Сирена, красный свет; звук каждые 10 с; сообщить: мастер смены``."""
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
