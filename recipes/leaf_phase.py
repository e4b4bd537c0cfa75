"""A phase leaf, one scan: follow the phase in the PLC, ask for what the task wants, hold on whatever is not right."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.documents import Text
from line.messages import CommandStatus, EventKind, Json
from line.phases import PHASE_TABLE, URGENCY, PhaseState
from line.stage import PhaseRequest
from recipes import texts
from recipes.ccp import excused
from recipes.leaf import CALM, OFF, Asked, Leaf, LivePhase, Timers, with_task
from recipes.leaf_told import mass, step_event, transfer_event
from recipes.look import Seen, look
from recipes.monitor import deviations, drifted, guard, monitor, verdict
from recipes.states import GOALS, Goal, ProcState, Task
from recipes.unit_views import INTERLOCKS, unmet
from recipes.work import Work

LOST_NS: Final = 5 * NS_PER_S
"""A phase state that is not Good for longer counts as a lost link."""
ODD_NS: Final = 2 * NS_PER_S
"""How long state, phase and batch number of a unit may disagree: they arrive one after the other."""
CONFIRM_NS: Final = 5 * NS_PER_S
"""From the PLC's acceptance of a command to the first sign of it in the phase state."""
ANSWER_NS: Final = 30 * NS_PER_S
"""A request without any answer is given up; the units' own time-out is far shorter."""
READY_NS: Final = 5 * NS_PER_S
"""How long a task waits for the state from which it can ask."""
SETTLE_NS: Final = 5 * NS_PER_S
"""For the recipe's setpoints to be seen in the PLC before a restart."""
RETRY_NS: Final = 2 * NS_PER_S
"""Pause between two requests of a persistent goal."""

_MOVING: Final = frozenset(
    {PhaseState.PAUSING, PhaseState.HOLDING, PhaseState.RESTARTING, PhaseState.STOPPING, PhaseState.ABORTING}
)
_FINAL: Final = frozenset({PhaseState.COMPLETE, PhaseState.STOPPED, PhaseState.ABORTED})


def readback(leaf: Leaf, work: Work, *, last: bool = False) -> Leaf:
    """Confirm live parameter writes once the image shows them; give them up after a while, or when this is the ``last`` look."""
    still = leaf.writes
    for write in leaf.writes:
        shown = work.ctx.scan.image.number(write.handle)
        confirmed = shown is not None and abs(shown - write.value) <= write.tolerance
        if confirmed or last or has_passed(SETTLE_NS, write.since_ns, work.now_ns):
            status = CommandStatus.CONFIRMED if confirmed else CommandStatus.TIMED_OUT
            data: dict[str, Json] = {"id": write.command_id, "kind": write.kind, "target": work.batch.id, "status": status.value}
            data |= {"user": write.user, "station": write.station}
            work.ctx.scan.event(EventKind.COMMAND, write.user, data, batch=work.batch.id)
            still = tuple(w for w in still if w is not write)
    return leaf if still == leaf.writes else replace(leaf, writes=still)


def _settle(leaf: Leaf, work: Work) -> tuple[Leaf, Text | None]:
    """Take note of the answer to the request under way; the text says why it failed."""
    asked = leaf.asked
    if asked is None:
        return leaf, None
    label = work.ctx.label(leaf.live.unit if leaf.live else work.unit(leaf))
    result = work.ctx.answers.get(asked.id)
    seen = look(leaf, leaf.live, work.ctx.scan.image) if leaf.live else None
    if result is not None and result.status is not CommandStatus.ACCEPTED:
        refused = result.status is CommandStatus.REFUSED
        idle = seen is not None and seen.state is PhaseState.IDLE  # else it was superseded after the phase had begun
        begun = leaf.begun and not (refused and idle and asked.command == "start")
        causes = [texts.text_of(r) for r in result.reasons] or ([] if refused else [texts.NO_ANSWER])
        failure = texts.with_cause(texts.not_done(label, asked.command), causes)
        return replace(leaf, asked=None, begun=begun, rest_since_ns=work.now_ns), failure
    if result is not None:
        asked = replace(asked, accepted=True, since_ns=work.now_ns)
        leaf = replace(leaf, asked=asked)
    if asked.accepted and seen is not None and seen.state is not asked.from_state:
        return replace(leaf, asked=None), None
    if has_passed(CONFIRM_NS if asked.accepted else ANSWER_NS, asked.since_ns, work.now_ns):
        failure = texts.not_confirmed(label, asked.from_state) if asked.accepted else texts.not_done(label, asked.command)
        return replace(leaf, asked=None, rest_since_ns=OFF), failure
    return leaf, None


def _ask(leaf: Leaf, work: Work, live: LivePhase, command: str, state: PhaseState) -> Leaf:
    batch = work.batch
    count = batch.requests + 1
    request_id = f"{batch.id}/{count}"
    values = {s.phase_parameter: s.value for s in live.setpoints} if command == "start" else {}
    work.ctx.scan.requests.append(
        PhaseRequest(request_id, live.unit, command, batch.id, live.phase, values, batch.control.number)
    )
    cause = texts.cause(leaf.task, leaf.held_reason, work.nodes[leaf.node].name)
    setpoints: dict[str, Json] = {work.ctx.model.tags[s.handle].name: s.value for s in live.setpoints} if values else {}
    data: dict[str, Json] = {"request": request_id, "unit": live.unit, "command": command, "phase": live.phase}
    work.event(leaf.node, "request", {**data, "setpoints": setpoints, "cause": cause.to_json()})
    work.batch = replace(batch, requests=count)
    asked = Asked(request_id, command, state, work.now_ns)
    begun = leaf.begun or command == "start"
    return replace(leaf, asked=asked, attempts=leaf.attempts + 1, begun=begun, rest_since_ns=work.now_ns)


def pursue(leaf: Leaf, work: Work) -> Leaf:
    """Bring about the goal of the task: ask once (or again and again, when persistent) and wait for the phase to get there."""
    goal, live = GOALS[leaf.task], leaf.live
    leaf, failure = _settle(leaf, work)
    if live is None or (not leaf.begun and leaf.asked is None and leaf.task not in (Task.START, Task.AGAIN) and not failure):
        return _reached(leaf, work)
    if failure is not None and not goal.persistent and not _ended_before_pause(leaf, live, work):
        return work.hold(leaf, failure)
    if failure is not None and leaf.waiting != failure:
        leaf = replace(leaf, waiting=failure)
    seen = look(leaf, live, work.ctx.scan.image)
    if seen is None:
        return _lost(leaf, work)
    leaf = _track(leaf, seen)
    if leaf.asked is not None:
        urgent = URGENCY[goal.command] > URGENCY[leaf.asked.command]
        if urgent and seen.ours and goal.command in PHASE_TABLE[seen.state]:
            return _ask(leaf, work, live, goal.command, seen.state)
        return leaf
    if not seen.ours:
        return _odd(leaf, work, persistent=goal.persistent)
    if leaf.task is Task.PAUSE and leaf.done and seen.state is PhaseState.IDLE:  # the reset was under way when the pause came
        return _reached(leaf, work)
    if seen.state in goal.reached and (leaf.task is not Task.START or leaf.attempts):
        return _reached(leaf, work)
    if goal.command not in PHASE_TABLE[seen.state]:
        return _cannot_ask(leaf, work, goal, seen.state)
    if leaf.attempts and not goal.persistent:
        return work.hold(leaf, texts.not_confirmed(work.ctx.label(live.unit), seen.state))
    if leaf.rest_since_ns != OFF and not has_passed(RETRY_NS, leaf.rest_since_ns, work.now_ns):
        return leaf
    if leaf.task is Task.RESTART and (stuck := drifted(live, work.ctx.scan.image)):
        if not has_passed(SETTLE_NS, leaf.task_since_ns, work.now_ns):
            return leaf
        return work.hold(leaf, texts.setpoint_stuck(work.ctx.model.tags[stuck[0].handle].text))
    return _ask(leaf, work, live, goal.command, seen.state)


def _ended_before_pause(leaf: Leaf, live: LivePhase, work: Work) -> bool:
    """The phase came to its end before the PLC judged the pause: no failure, it is judged after the resume."""
    seen = look(leaf, live, work.ctx.scan.image)
    return leaf.task is Task.PAUSE and seen is not None and seen.ours and seen.state is PhaseState.COMPLETE


def _cannot_ask(leaf: Leaf, work: Work, goal: Goal, state: PhaseState) -> Leaf:
    """The phase is in a state in which the command is no use: wait while it moves, else give up or begin again."""
    if leaf.task is Task.CLEAR and "stop" in PHASE_TABLE[state]:
        return with_task(leaf, Task.ABORT if leaf.state is ProcState.ABORTING else Task.STOP, work.now_ns)
    if goal.persistent or state in _MOVING or not has_passed(READY_NS, leaf.task_since_ns, work.now_ns):
        return leaf
    label = work.label(leaf)
    if leaf.task in (Task.PAUSE, Task.RESUME) and state is PhaseState.HELD:
        return work.hold(leaf, texts.plc_held(label))
    ended = leaf.begun and state in _FINAL | {PhaseState.IDLE}
    return work.hold(leaf, texts.plc_ended(label, state) if ended else texts.not_idle(label, state))


def _track(leaf: Leaf, seen: Seen) -> Leaf:
    """Remember the phase state for the panels; the link is there."""
    if leaf.timers.lost != OFF:
        timers = replace(leaf.timers, lost=OFF)
        leaf = replace(leaf, timers=CALM if timers == CALM else timers)
    if seen.ours and leaf.timers.odd != OFF:
        timers = replace(leaf.timers, odd=OFF)
        leaf = replace(leaf, timers=CALM if timers == CALM else timers)
    return leaf if leaf.phase_state is seen.state else replace(leaf, phase_state=seen.state)


def _unseen(leaf: Leaf, live: LivePhase, work: Work) -> Leaf:
    """The state of a phase at work is not known: what is critical in it has no five seconds."""
    leaf = monitor(leaf, live, work, critical=True)
    return leaf if leaf.state is ProcState.HOLDING else _lost(leaf, work)


def move(leaf: Leaf, work: Work) -> Leaf:
    """On the way into a pause or out of one, critical limits are judged as before."""
    live = leaf.live
    if live is not None and leaf.begun and not leaf.done and not _over(leaf, live, work):
        leaf = monitor(leaf, live, work, critical=True)
    return leaf if leaf.state is ProcState.HOLDING else pursue(leaf, work)


def keep_held(leaf: Leaf, work: Work) -> Leaf:
    """On the way to a hold, in it, and out of it: a hold is no way around a critical limit."""
    live = leaf.live
    if live is not None and leaf.begun and not leaf.done and not _over(leaf, live, work):
        leaf, violated = guard(leaf, live, work)
        if violated:
            held = work.hold(leaf, texts.join(violated))
            before = [leaf.held_reason] if held is leaf and leaf.held_reason is not None else []
            leaf = replace(held, held_reason=texts.join([*before, *violated]))
    return pursue(leaf, work)


def _over(leaf: Leaf, live: LivePhase, work: Work) -> bool:
    """Whether the PLC shows that the phase is at its end, or that another has the unit: its limits say nothing then."""
    seen = look(leaf, live, work.ctx.scan.image)
    return seen is not None and (not seen.ours or seen.state in _FINAL or seen.state is PhaseState.IDLE)


def _lost(leaf: Leaf, work: Work) -> Leaf:
    """The phase state is not Good: wait a while, then hold what runs, wait on with what must be ended."""
    if leaf.task is Task.PARK:
        return leaf if leaf.phase_state is None else replace(leaf, phase_state=None)
    if leaf.timers.lost == OFF:
        return replace(leaf, timers=replace(leaf.timers, lost=work.now_ns))
    if not has_passed(LOST_NS, leaf.timers.lost, work.now_ns):
        return leaf
    text = texts.link_lost(work.label(leaf))
    if leaf.task is Task.HOLD:
        return _reached(leaf, work)  # the PLC holds by itself when it no longer hears the supervisor
    if leaf.task in (Task.STOP, Task.ABORT, Task.CLEAR):
        return leaf if leaf.waiting == text else replace(leaf, waiting=text)
    return work.hold(leaf, text)


def _odd(leaf: Leaf, work: Work, *, persistent: bool) -> Leaf:
    """The unit shows another phase or batch: wait until its tags agree, then take it as not ours."""
    if leaf.timers.odd == OFF:
        return replace(leaf, timers=replace(leaf.timers, odd=work.now_ns))
    if not has_passed(ODD_NS, leaf.timers.odd, work.now_ns):
        return leaf
    return _reached(leaf, work) if persistent else work.hold(leaf, texts.other_phase(work.label(leaf)))


def _reached(leaf: Leaf, work: Work) -> Leaf:
    """What follows when the goal of the task is reached."""
    match leaf.task:
        case Task.PARK:
            return leaf if leaf.waiting is None else replace(leaf, waiting=None)
        case Task.START | Task.RESTART | Task.RESUME:
            if leaf.task is Task.START:
                work.close_record(leaf)  # begun anew: a record of its own
            return follow(leaf, work)
        case Task.RESET:
            work.close_record(leaf)
            return _to_none(work.change(leaf, "done"), work)
        case Task.PAUSE:
            return with_task(work.change(leaf, "done"), Task.REST, work.now_ns)
        case Task.HOLD:
            leaf = _explain(leaf, work)
            return with_task(work.change(leaf, "done", leaf.held_reason), Task.PARK, work.now_ns)
        case Task.REDO:
            return with_task(leaf, Task.AGAIN, work.now_ns)
        case Task.AGAIN:
            return with_task(replace(leaf, begun=False), Task.START, work.now_ns)
        case Task.STOP | Task.ABORT if leaf.begun and leaf.live is not None:
            return with_task(leaf, Task.CLEAR, work.now_ns)
        case _:
            work.close_record(leaf)
            return _to_none(work.change(leaf, "done"), work)


def _to_none(leaf: Leaf, work: Work) -> Leaf:
    leaf = readback(leaf, work, last=True)
    return replace(with_task(leaf, Task.NONE, work.now_ns), live=None, begun=False, asked=None, timers=CALM, writes=())


def _explain(leaf: Leaf, work: Work) -> Leaf:
    """A hold by the PLC alone gets its interlocks as the cause; the view of the units shows them one scan later."""
    held = texts.plc_held(work.label(leaf))
    if leaf.held_reason != held:
        return leaf
    causes = [texts.not_met(t) for t in unmet(work.ctx.scan, work.unit(leaf), INTERLOCKS)]
    return replace(leaf, held_reason=texts.with_cause(held, causes))


def follow(leaf: Leaf, work: Work) -> Leaf:
    """Turn to RUN: the phase is at work (or over) in the PLC. Opens its record in the history when none is open."""
    if leaf.mass_kg is None:
        leaf = replace(leaf, mass_kg=mass(leaf, work))
    if leaf.live is not None and work.record(leaf, leaf.live.phase):
        step_event(leaf, work, "running")
    if leaf.state is ProcState.RESTARTING:
        leaf = work.change(leaf, "done")
    before = leaf.timers.told if leaf.task is Task.RESUME else ()
    leaf = with_task(replace(leaf, run_since_ns=work.now_ns, held_reason=None), Task.RUN, work.now_ns)
    told = {*excused(work.batch, leaf), *before}
    return replace(leaf, timers=Timers(told=tuple(sorted(told))) if told else CALM)


def run(leaf: Leaf, work: Work) -> Leaf:
    """Follow the running phase; whatever the PLC does by itself makes the batch Held, save a pause."""
    live = leaf.live
    assert live is not None, "a leaf in RUN has a live phase"
    leaf, _ = _settle(leaf, work)
    seen = look(leaf, live, work.ctx.scan.image)
    if seen is None:
        return _unseen(leaf, live, work)
    leaf = _track(leaf, seen)
    if not seen.ours:
        return _odd(leaf, work, persistent=False)
    match seen.state:
        case PhaseState.RUNNING:
            return monitor(leaf, live, work)
        case PhaseState.COMPLETE:
            return _complete(leaf, work, live)
        case PhaseState.HOLDING | PhaseState.HELD:
            causes = deviations(leaf, live, work)
            return work.hold(leaf, texts.with_cause(texts.plc_held(work.ctx.label(live.unit)), causes))
        case PhaseState.PAUSING | PhaseState.PAUSED:
            return with_task(work.change(leaf, "pause"), Task.PAUSE, work.now_ns)
        case PhaseState.RESTARTING:
            return leaf
        case _:
            return work.hold(leaf, texts.plc_ended(work.ctx.label(live.unit), seen.state))


def rest(leaf: Leaf, work: Work) -> Leaf:
    """Paused: the phase is to stay so; whatever else the PLC does makes the batch Held."""
    live = leaf.live
    leaf, _ = _settle(leaf, work)
    if live is None or not leaf.begun:
        return leaf
    seen = look(leaf, live, work.ctx.scan.image)
    if seen is None:
        return _lost(leaf, work) if leaf.done else _unseen(leaf, live, work)
    leaf = _track(leaf, seen)
    if not seen.ours:
        return _odd(leaf, work, persistent=False)
    label = work.ctx.label(live.unit)
    match seen.state:
        case PhaseState.PAUSED:
            return monitor(leaf, live, work, critical=True)
        case PhaseState.COMPLETE:
            return leaf
        case PhaseState.IDLE if leaf.done:
            return leaf
        case PhaseState.HOLDING | PhaseState.HELD | PhaseState.RESTARTING:
            return work.hold(leaf, texts.plc_held(label))
        case PhaseState.RUNNING | PhaseState.PAUSING:
            return work.hold(leaf, texts.plc_resumed(label))
        case _:
            return work.hold(leaf, texts.plc_ended(label, seen.state))


def _complete(leaf: Leaf, work: Work, live: LivePhase) -> Leaf:
    """The phase is Complete: judge it, then ask for its reset."""
    leaf, records = verdict(leaf, live, work)
    if records is None:
        return leaf
    step_event(leaf, work, "complete", records)
    transfer_event(leaf, work)
    work.close_record(leaf)
    return with_task(replace(leaf, done=True), Task.RESET, work.now_ns)
