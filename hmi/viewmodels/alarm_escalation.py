"""What an alarm's escalation has done: steps taken and to come, who was told, when, and whether it arrived."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S


@dataclass(frozen=True)
class StepLine:
    """A step: ``after_s`` of waiting, what it does in words {ru, en}, ``state`` waiting, taken or failed."""

    after_s: float
    text: Obj
    state: str


@dataclass(frozen=True)
class EscalationRun:
    """One policy that runs for an alarm; ``on`` is what it waits for, ``next_ns`` 0 when no step is to come."""

    on: str
    policy: str
    since_ns: int
    elapsed_s: float
    paused: bool
    taken: int
    steps: tuple[StepLine, ...]
    next_ns: int

    def next_in_s(self, now_ns: int) -> float | None:
        """Seconds until the next step; None while it is paused or there is none."""
        return max(0.0, (self.next_ns - now_ns) / NS_PER_S) if self.next_ns and not self.paused else None


@dataclass(frozen=True)
class NoticeLine:
    """One notice: who, ``state`` told, pending, delivered or failed, and why it failed."""

    contact: Obj
    outside: bool
    state: str
    attempts: int
    error: Obj
    told_ns: int
    ended_ns: int


def runs_of(store: LineStore, alarm: str) -> list[EscalationRun]:
    """The policies that run for this alarm now."""
    runs = store.parsed("escalation", _runs).get(alarm, [])
    return [_run(r) for r in runs]


def _runs(view: Obj, before: dict[str, list[Obj]] | None) -> dict[str, list[Obj]]:
    found: dict[str, list[Obj]] = {}
    for entry in wire.objects(view, "runs"):
        found.setdefault(wire.text(entry, "id"), []).append(entry)
    return found


def _run(entry: Obj) -> EscalationRun:
    steps = tuple(
        StepLine(wire.number(s, "after_s") or 0.0, wire.obj(s, "text"), wire.text(s, "state"))
        for s in wire.objects(entry, "steps")
    )
    return EscalationRun(
        wire.text(entry, "on"), wire.text(entry, "policy"), wire.integer(entry, "since_ns"),
        wire.number(entry, "elapsed_s") or 0.0, wire.flag(entry, "paused"), wire.integer(entry, "step"), steps,
        wire.integer(entry, "next_ns"),
    )  # fmt: skip


def notices_of(store: LineStore, alarm: str) -> list[NoticeLine]:
    """Who was told of this alarm, newest first."""
    found = [
        NoticeLine(
            wire.obj(n, "contact_name"), wire.flag(n, "outside"), wire.text(n, "state"), wire.integer(n, "attempts"),
            wire.obj(n, "error"), wire.integer(n, "told_ns"), wire.integer(n, "ended_ns"),
        )
        for n in wire.objects(store.view("escalation"), "notices")
        if wire.text(n, "run") == alarm
    ]  # fmt: skip
    return sorted(found, key=lambda n: -n.told_ns)
