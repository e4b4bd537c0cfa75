"""One batch, one scan: follow the phase in the PLC, ask for what the task wants, hold on whatever is not right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from line.clock import NS_PER_S, has_passed
from line.documents import Text
from line.messages import CommandStatus, EventKind, Json
from line.model import LineModel
from line.phases import PHASE_TABLE, URGENCY, PhaseState
from line.stage import PhaseRequest, RequestResult, Scan
from recipes import texts
from recipes.batch import CALM, OFF, Asked, Batch, LivePhase, PhaseRecord, Timers, close_history
from recipes.look import Seen, look, steady
from recipes.monitor import deviations, drifted, monitor, verdict
from recipes.states import BATCH_TABLE, ENDED, GOALS, BatchState, Goal, Task
from recipes.unit_views import INTERLOCKS, unmet

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


@dataclass(frozen=True)
class Context:
    """What every step of a batch needs of the scan; ``answers`` are the results of phase requests by request id."""

    model: LineModel
    scan: Scan
    answers: Mapping[str, RequestResult]

    @property
    def now_ns(self) -> int:
        """UTC of the scan."""
        return self.scan.now_ns

    def label(self, unit: str) -> str:
        """What people call the unit."""
        return self.model.units[unit].label if unit in self.model.units else unit


def advance(batch: Batch, ctx: Context) -> Batch:
    """One scan of one batch; ``batch`` itself when nothing changed."""
    if steady(batch, ctx.scan.image, ctx.scan.now_ns):
        return batch
    if batch.writes:
        batch = _readback(batch, ctx)
    for _ in range(6):
        after = _HANDLERS[batch.task](batch, ctx)
        if after is batch:
            break
        batch = after
    return batch


def change_state(batch: Batch, ctx: Context, command: str, reason: Text | None = None, user: str = "") -> Batch:
    """Go where :data:`BATCH_TABLE` leads, with an event; an ended batch gives its units back. KeyError: no such move."""
    target = BATCH_TABLE[batch.state][command]
    data: dict[str, Json] = {"what": "state", "from": batch.state.value, "to": target.value}
    data["reasons"] = [reason.to_json()] if reason is not None else []
    data |= {"user": user} if user else {}
    ctx.scan.event(EventKind.BATCH, batch.id, data, unit=batch.unit, batch=batch.id)
    if target not in ENDED:
        return replace(batch, state=target)
    control = replace(batch.control, units={})
    return replace(
        batch, state=target, control=control, task=Task.NONE, ended_ns=ctx.now_ns, live=None, begun=False, done=False, asked=None,
        timers=CALM, writes=(), waiting=None, held_reason=None, phase_state=None, attempts=0,
        history=close_history(batch.history, ctx.now_ns),
    )  # fmt: skip


def with_task(batch: Batch, task: Task, now_ns: int) -> Batch:
    """Turn to ``task``. A request under way stays under way: its answer is awaited before the next is sent."""
    timers = Timers(lost=batch.timers.lost) if batch.timers.lost != OFF else CALM
    return replace(batch, task=task, task_since_ns=now_ns, attempts=0, rest_since_ns=OFF, timers=timers, waiting=None)


def hold(batch: Batch, ctx: Context, reason: Text, user: str = "") -> Batch:
    """Begin to hold: the batch is Held once its phase is (or has nothing to hold)."""
    batch = change_state(batch, ctx, "hold", reason, user)
    return with_task(replace(batch, held_reason=reason), Task.HOLD, ctx.now_ns)


def _readback(batch: Batch, ctx: Context) -> Batch:
    """Confirm live parameter writes once the image shows them; give them up after a while."""
    still = batch.writes
    for write in batch.writes:
        shown = ctx.scan.image.number(write.handle)
        confirmed = shown is not None and abs(shown - write.value) <= write.tolerance
        if confirmed or has_passed(SETTLE_NS, write.since_ns, ctx.now_ns):
            status = CommandStatus.CONFIRMED if confirmed else CommandStatus.TIMED_OUT
            data: dict[str, Json] = {"id": write.command_id, "kind": write.kind, "target": batch.id, "status": status.value}
            data |= {"user": write.user, "station": write.station}
            ctx.scan.event(EventKind.COMMAND, write.user, data, batch=batch.id)
            still = tuple(w for w in still if w is not write)
    return batch if still == batch.writes else replace(batch, writes=still)


def _settle(batch: Batch, ctx: Context) -> tuple[Batch, Text | None]:
    """Take note of the answer to the request under way; the text says why it failed."""
    asked = batch.asked
    if asked is None:
        return batch, None
    label = ctx.label(batch.live.unit if batch.live else batch.unit)
    result = ctx.answers.get(asked.id)
    seen = look(batch, batch.live, ctx.scan.image) if batch.live else None
    if result is not None and result.status is not CommandStatus.ACCEPTED:
        refused = result.status is CommandStatus.REFUSED
        idle = seen is not None and seen.state is PhaseState.IDLE  # else it was superseded after the phase had begun
        begun = batch.begun and not (refused and idle and asked.command == "start")
        causes = [texts.text_of(r) for r in result.reasons] or ([] if refused else [texts.NO_ANSWER])
        failure = texts.with_cause(texts.not_done(label, asked.command), causes)
        return replace(batch, asked=None, begun=begun, rest_since_ns=ctx.now_ns), failure
    if result is not None:
        asked = replace(asked, accepted=True, since_ns=ctx.now_ns)
        batch = replace(batch, asked=asked)
    if asked.accepted and seen is not None and seen.state is not asked.from_state:
        return replace(batch, asked=None), None
    if has_passed(CONFIRM_NS if asked.accepted else ANSWER_NS, asked.since_ns, ctx.now_ns):
        failure = texts.not_confirmed(label, asked.from_state) if asked.accepted else texts.not_done(label, asked.command)
        return replace(batch, asked=None, rest_since_ns=OFF), failure
    return batch, None


def _ask(batch: Batch, ctx: Context, live: LivePhase, command: str, state: PhaseState) -> Batch:
    count = batch.requests + 1
    request_id = f"{batch.id}/{count}"
    values = {s.phase_parameter: s.value for s in live.setpoints} if command == "start" else {}
    ctx.scan.requests.append(
        PhaseRequest(request_id, live.unit, command, batch.id, batch.current.phase, values, batch.control.number)
    )
    asked = Asked(request_id, command, state, ctx.now_ns)
    begun = batch.begun or command == "start"
    return replace(batch, asked=asked, attempts=batch.attempts + 1, requests=count, begun=begun, rest_since_ns=ctx.now_ns)


def _pursue(batch: Batch, ctx: Context) -> Batch:
    """Bring about the goal of the task: ask once (or again and again, when persistent) and wait for the phase to get there."""
    goal, live = GOALS[batch.task], batch.live
    batch, failure = _settle(batch, ctx)
    if live is None or (not batch.begun and batch.asked is None and batch.task not in (Task.START, Task.AGAIN) and not failure):
        return _reached(batch, ctx)
    if failure is not None and not goal.persistent:
        return hold(batch, ctx, failure)
    if failure is not None and batch.waiting != failure:
        batch = replace(batch, waiting=failure)
    seen = look(batch, live, ctx.scan.image)
    if seen is None:
        return _lost(batch, ctx)
    batch = _track(batch, seen)
    if batch.asked is not None:
        urgent = URGENCY[goal.command] > URGENCY[batch.asked.command]
        if urgent and seen.ours and goal.command in PHASE_TABLE[seen.state]:
            return _ask(batch, ctx, live, goal.command, seen.state)
        return batch
    if not seen.ours:
        return _odd(batch, ctx, persistent=goal.persistent)
    if seen.state in goal.reached and (batch.task is not Task.START or batch.attempts):
        return _reached(batch, ctx)
    if goal.command not in PHASE_TABLE[seen.state]:
        return _cannot_ask(batch, ctx, goal, seen.state)
    if batch.attempts and not goal.persistent:
        return hold(batch, ctx, texts.not_confirmed(ctx.label(live.unit), seen.state))
    if batch.rest_since_ns != OFF and not has_passed(RETRY_NS, batch.rest_since_ns, ctx.now_ns):
        return batch
    if batch.task is Task.RESTART and (stuck := drifted(live, ctx.scan.image)):
        if not has_passed(SETTLE_NS, batch.task_since_ns, ctx.now_ns):
            return batch
        return hold(batch, ctx, texts.setpoint_stuck(ctx.model.tags[stuck[0].handle].text))
    return _ask(batch, ctx, live, goal.command, seen.state)


def _cannot_ask(batch: Batch, ctx: Context, goal: Goal, state: PhaseState) -> Batch:
    """The phase is in a state in which the command is no use: wait while it moves, else give up or begin again."""
    if batch.task is Task.CLEAR and "stop" in PHASE_TABLE[state]:
        return with_task(batch, Task.ABORT if batch.state is BatchState.ABORTING else Task.STOP, ctx.now_ns)
    if goal.persistent or state in _MOVING or not has_passed(READY_NS, batch.task_since_ns, ctx.now_ns):
        return batch
    label = ctx.label(batch.unit)
    ended = batch.begun and state in _FINAL | {PhaseState.IDLE}
    return hold(batch, ctx, texts.plc_ended(label, state) if ended else texts.not_idle(label, state))


def _track(batch: Batch, seen: Seen) -> Batch:
    """Remember the phase state for the panels; the link is there."""
    if batch.timers.lost != OFF:
        timers = replace(batch.timers, lost=OFF)
        batch = replace(batch, timers=CALM if timers == CALM else timers)
    if seen.ours and batch.timers.odd != OFF:
        timers = replace(batch.timers, odd=OFF)
        batch = replace(batch, timers=CALM if timers == CALM else timers)
    return batch if batch.phase_state is seen.state else replace(batch, phase_state=seen.state)


def _lost(batch: Batch, ctx: Context) -> Batch:
    """The phase state is not Good: wait a while, then hold what runs, wait on with what must be ended."""
    if batch.task is Task.PARK:
        return batch if batch.phase_state is None else replace(batch, phase_state=None)
    if batch.timers.lost == OFF:
        return replace(batch, timers=replace(batch.timers, lost=ctx.now_ns))
    if not has_passed(LOST_NS, batch.timers.lost, ctx.now_ns):
        return batch
    text = texts.link_lost(ctx.label(batch.unit))
    if batch.task is Task.HOLD:
        return _reached(batch, ctx)  # the PLC holds by itself when it no longer hears the supervisor
    if batch.task in (Task.STOP, Task.ABORT, Task.CLEAR):
        return batch if batch.waiting == text else replace(batch, waiting=text)
    return hold(batch, ctx, text)


def _odd(batch: Batch, ctx: Context, *, persistent: bool) -> Batch:
    """The unit shows another phase or batch: wait until its tags agree, then take it as not ours."""
    if batch.timers.odd == OFF:
        return replace(batch, timers=replace(batch.timers, odd=ctx.now_ns))
    if not has_passed(ODD_NS, batch.timers.odd, ctx.now_ns):
        return batch
    return _reached(batch, ctx) if persistent else hold(batch, ctx, texts.other_phase(ctx.label(batch.unit)))


def _reached(batch: Batch, ctx: Context) -> Batch:
    """What follows when the goal of the task is reached."""
    match batch.task:
        case Task.PARK:
            return batch if batch.waiting is None else replace(batch, waiting=None)
        case Task.START | Task.RESTART:
            return _enter_run(batch, ctx)
        case Task.RESET:
            return _next_step(batch, ctx)
        case Task.HOLD:
            batch = _explain(batch, ctx)
            return with_task(change_state(batch, ctx, "done", batch.held_reason), Task.PARK, ctx.now_ns)
        case Task.AGAIN:
            return with_task(replace(batch, begun=False), Task.START, ctx.now_ns)
        case Task.STOP | Task.ABORT if batch.begun:
            return with_task(batch, Task.CLEAR, ctx.now_ns)
        case _:
            return change_state(batch, ctx, "done")


def _explain(batch: Batch, ctx: Context) -> Batch:
    """A hold by the PLC alone gets its interlocks as the cause; the view of the units shows them one scan later."""
    held = texts.plc_held(ctx.label(batch.unit))
    if batch.held_reason != held:
        return batch
    causes = [texts.not_met(t) for t in unmet(ctx.scan, batch.unit, INTERLOCKS)]
    return replace(batch, held_reason=texts.with_cause(held, causes))


def _enter_run(batch: Batch, ctx: Context) -> Batch:
    if batch.task is Task.START:
        batch = replace(batch, history=close_history(batch.history, ctx.now_ns))  # begun anew: a record of its own
    return follow(batch, ctx)


def follow(batch: Batch, ctx: Context) -> Batch:
    """Turn to RUN: the phase is at work (or over) in the PLC. Opens its record in the history when none is open."""
    step, history = batch.current, batch.history
    if not history or history[-1].end_ns != OFF or (history[-1].unit, history[-1].phase) != (batch.unit, step.phase):
        record = PhaseRecord(batch.unit, step.phase, ctx.now_ns)
        batch = replace(batch, history=(*close_history(history, ctx.now_ns), record))
        step_event(batch, ctx, "running")
    if batch.state is BatchState.RESTARTING:
        batch = change_state(batch, ctx, "done")
    batch = with_task(replace(batch, run_since_ns=ctx.now_ns, held_reason=None), Task.RUN, ctx.now_ns)
    return replace(batch, timers=CALM)


def _next_step(batch: Batch, ctx: Context) -> Batch:
    step = batch.current
    units = {r: u for r, u in batch.control.units.items() if not (step.last and r == step.role)}
    history = close_history(batch.history, ctx.now_ns)
    done = replace(batch, history=history, begun=False, done=False, live=None, asked=None, phase_state=None)
    if batch.step + 1 < len(batch.control.master.steps):
        done = replace(done, step=batch.step + 1, control=replace(batch.control, units=units))
        return with_task(done, Task.ACQUIRE, ctx.now_ns)
    duration_s = (ctx.now_ns - batch.started_ns) / NS_PER_S
    data: dict[str, Json] = {"what": "complete", "size_kg": batch.control.size_kg, "duration_s": round(duration_s, 1)}
    done = change_state(done, ctx, "done")
    ctx.scan.event(EventKind.BATCH, batch.id, data, batch=batch.id)
    return done


def step_event(batch: Batch, ctx: Context, status: str, verdicts: list[Json] | None = None) -> None:
    """Say where the procedure is: ``status`` is running or complete."""
    step, live = batch.current, batch.live
    data: dict[str, Json] = {"what": "step", "status": status, "step": batch.step + 1, "steps": len(batch.control.master.steps)}
    data |= {"role": step.role, "operation": step.operation, "phase": step.phase}
    data["setpoints"] = {ctx.model.tags[s.handle].name: s.value for s in live.setpoints} if live else {}
    data |= {"verdicts": verdicts} if verdicts else {}
    ctx.scan.event(EventKind.BATCH, batch.id, data, unit=batch.unit, batch=batch.id)


def _run(batch: Batch, ctx: Context) -> Batch:
    """Follow the running phase; whatever the PLC does by itself makes the batch Held."""
    live = batch.live
    assert live is not None, "a batch in RUN has a live phase"
    batch, _ = _settle(batch, ctx)
    seen = look(batch, live, ctx.scan.image)
    if seen is None:
        return _lost(batch, ctx)
    batch = _track(batch, seen)
    if not seen.ours:
        return _odd(batch, ctx, persistent=False)
    match seen.state:
        case PhaseState.RUNNING:
            timers, reason = monitor(batch, live, ctx.model, ctx.scan)
            batch = batch if timers is batch.timers else replace(batch, timers=timers)
            return batch if reason is None else hold(batch, ctx, reason)
        case PhaseState.COMPLETE:
            return _complete(batch, ctx, live)
        case PhaseState.HOLDING | PhaseState.HELD:
            causes = deviations(batch, live, ctx.model, ctx.scan)
            return hold(batch, ctx, texts.with_cause(texts.plc_held(ctx.label(live.unit)), causes))
        case PhaseState.PAUSING | PhaseState.PAUSED | PhaseState.RESTARTING:
            return batch
        case _:
            return hold(batch, ctx, texts.plc_ended(ctx.label(live.unit), seen.state))


def _complete(batch: Batch, ctx: Context, live: LivePhase) -> Batch:
    """The phase is Complete: judge it, then ask for its reset."""
    timers, reason, records = verdict(batch, live, ctx.model, ctx.scan)
    if timers is not batch.timers:
        batch = replace(batch, timers=timers)
    if reason is not None:
        return hold(batch, ctx, texts.verdict_again(reason))
    if timers is not CALM and timers.drift != OFF:
        return batch
    step_event(batch, ctx, "complete", records)
    return with_task(replace(batch, done=True, history=close_history(batch.history, ctx.now_ns)), Task.RESET, ctx.now_ns)


def _nothing(batch: Batch, ctx: Context) -> Batch:
    del ctx
    return batch


_HANDLERS: Final[Mapping[Task, Callable[[Batch, Context], Batch]]] = {
    Task.NONE: _nothing,
    Task.ACQUIRE: _nothing,
    Task.RUN: _run,
    **dict.fromkeys(GOALS, _pursue),
}
