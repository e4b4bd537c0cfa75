"""What people may ask of batches: create, start … abort, change a parameter. Accepted or refused with reasons, never half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.heartbeat import PlcGuard
from line.jsontools import finite
from line.messages import Command, CommandStatus, EventKind, Json, Write
from line.phases import PhaseState
from recipes import texts
from recipes.batch import Batch, LiveWrite, control_recipe, editable, live_phase
from recipes.look import look
from recipes.model import MasterRecipe, Parameter
from recipes.monitor import drifted, verdicts_pass, watch_faults
from recipes.run import Context, change_state, follow, hold, with_task
from recipes.states import BATCH_COMMANDS, BATCH_TABLE, Task
from recipes.unit_views import unmet

FIRST_NUMBER: Final = 1001
LAST_NUMBER: Final = 65_535
"""``BatchNo`` has 16 bits in the PLC; numbering starts again after this."""
OPEN_BATCHES_MAX: Final = 100


@dataclass(frozen=True)
class RecipeState:
    """All batches: ``active`` in order of creation, ``ended`` in order of their end."""

    next_number: int = FIRST_NUMBER
    active: tuple[Batch, ...] = ()
    ended: tuple[Batch, ...] = ()


def refuse(ctx: Context, command: Command, reasons: list[Text]) -> None:
    """Answer ``command`` with why not."""
    ctx.scan.answer(command, CommandStatus.REFUSED, {"reasons": [r.to_json() for r in reasons]})


def create(state: RecipeState, command: Command, ctx: Context, recipes: Mapping[str, MasterRecipe]) -> RecipeState:
    """``batch.create``: a control recipe of the wanted size, started at once when ``start`` says so."""
    master = recipes.get(command.target)
    start = command.args.get("start", False)
    reasons: list[Text] = []
    size = None
    if master is None:
        reasons.append(texts.unknown_recipe(command.target))
    else:
        reasons += [] if master.status == "approved" else [texts.not_approved(master.name)]
        size = finite(command.args.get("size_kg", master.base_batch_kg))
        if size is None or not master.size_lo_kg <= size <= master.size_hi_kg:
            reasons.append(texts.wrong_size(master.size_lo_kg, master.size_hi_kg))
    if not isinstance(start, bool):
        reasons.append(texts.wrong_argument("start"))
    if len(state.active) >= OPEN_BATCHES_MAX:
        reasons.append(texts.TOO_MANY)
    if reasons or master is None or size is None:
        refuse(ctx, command, reasons)
        return state
    number = state.next_number
    batch = Batch(control_recipe(master, f"B{number:04d}", number, size), ctx.now_ns)
    data: dict[str, Json] = {
        "what": "created", "number": number, "recipe": master.id, "version": master.version, "size_kg": size,
        "fingerprint": master.fingerprint, "user": command.user, "parameters": {**batch.control.values()},
        "ingredients": {i.material: round(i.kg, 3) for i in batch.control.ingredients},
    }  # fmt: skip
    ctx.scan.answer(command, CommandStatus.ACCEPTED, {"batch": batch.id})
    ctx.scan.event(EventKind.BATCH, batch.id, data, batch=batch.id)
    if start:
        batch = _start(batch, ctx, command)
    following = number + 1 if number < LAST_NUMBER else FIRST_NUMBER
    return replace(state, next_number=following, active=(*state.active, batch))


def control(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.command``: one of :data:`BATCH_COMMANDS`, where the state table allows it."""
    word = command.args.get("command")
    if not isinstance(word, str) or word not in BATCH_COMMANDS:
        refuse(ctx, command, [texts.wrong_argument("command")])
        return batch
    if word not in BATCH_TABLE[batch.state]:
        refuse(ctx, command, [texts.wrong_state(batch.id, batch.state, word)])
        return batch
    if word == "restart":
        return _restart(batch, command, ctx)
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    match word:
        case "start":
            return _start(batch, ctx, command)
        case "hold":
            said = [Text(ru=command.reason, en=command.reason)] if command.reason else []
            return hold(batch, ctx, texts.with_cause(texts.HELD_BY_USER, said), command.user)
        case _:
            batch = change_state(batch, ctx, word, user=command.user)
            return with_task(batch, Task.STOP if word == "stop" else Task.ABORT, ctx.now_ns)


def _start(batch: Batch, ctx: Context, command: Command) -> Batch:
    batch = change_state(batch, ctx, "start", user=command.user)
    return with_task(replace(batch, started_ns=ctx.now_ns), Task.ACQUIRE, ctx.now_ns)


def _restart(batch: Batch, command: Command, ctx: Context) -> Batch:
    """Go on from Held, if nothing stands against it; how depends on what became of the phase meanwhile."""
    reasons, then = restart_plan(batch, ctx)
    if reasons:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    batch = change_state(batch, ctx, "restart", user=command.user)
    if then is Task.RESET:
        return with_task(replace(change_state(batch, ctx, "done"), held_reason=None), then, ctx.now_ns)
    if then is Task.RUN:
        return follow(batch, ctx)
    if then is Task.START:
        batch = replace(batch, begun=False)
    if then is Task.RESTART and batch.live is not None:
        for setpoint in drifted(batch.live, ctx.scan.image):
            ctx.scan.writes.append(Write(setpoint.handle, setpoint.value, command.id))
    return with_task(batch, then, ctx.now_ns)


def restart_plan(batch: Batch, ctx: Context) -> tuple[list[Text], Task]:
    """What stands against a restart, and what it would do: every reason at once."""
    live = batch.live
    if live is None or not (batch.begun or batch.asked):
        return [], Task.ACQUIRE
    if batch.asked is not None:
        return [texts.WAIT_FOR_PLC], Task.RESTART
    label = ctx.label(live.unit)
    seen = look(batch, live, ctx.scan.image)
    if seen is None:
        return [texts.link_lost(label)], Task.RESTART
    if not seen.ours:
        return [texts.other_phase(label)], Task.RESTART
    if batch.done and seen.state in _RESTART_FROM:
        return [], Task.RESET
    if seen.state is PhaseState.COMPLETE and verdicts_pass(live, ctx.scan.image):
        return [], Task.RUN
    then = _RESTART_FROM.get(seen.state)
    if then is None:
        return [texts.phase_moving(label, seen.state)], Task.RESTART
    reasons = watch_faults(live, ctx.model, ctx.scan.image)
    reasons += [texts.with_cause(Text(ru=label, en=label), [texts.not_met(t)]) for t in unmet(ctx.scan, live.unit)]
    if then is Task.RESTART:
        bad = [s for s in live.setpoints if not ctx.scan.image.good(s.handle)]
        reasons += [texts.bad_quality(ctx.model.tags[s.handle].text) for s in bad]
    return reasons, then


_RESTART_FROM: Final[Mapping[PhaseState, Task]] = {
    PhaseState.HELD: Task.RESTART,
    PhaseState.IDLE: Task.START,
    PhaseState.COMPLETE: Task.AGAIN,
    PhaseState.STOPPED: Task.AGAIN,
    PhaseState.ABORTED: Task.AGAIN,
}
"""State of the phase in the PLC → what a restart does. COMPLETE: its verdict failed, the phase is repeated."""


def set_parameter(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.parameter``: a new value inside the recipe's limits; of a running phase it goes to the PLC at once."""
    name = command.args.get("parameter")
    parameter = batch.control.parameters.get(name) if isinstance(name, str) else None
    value = finite(command.args.get("value"))
    reasons = _parameter_reasons(batch, parameter, name, value, ctx)
    if reasons or parameter is None or value is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    data: dict[str, Json] = {
        "what": "parameter", "parameter": parameter.id, "from": parameter.value, "to": value, "eu": parameter.eu,
        "user": command.user, "reason": command.reason,
    }  # fmt: skip
    ctx.scan.event(EventKind.BATCH, batch.id, data, unit=batch.unit, batch=batch.id)
    same = parameter.value == value
    changed = batch if same else replace(batch, control=batch.control.with_value(parameter.id, value))
    if batch.live is not None and not same:
        changed = replace(changed, live=live_phase(ctx.model, changed.control, changed.current))
    if not batch.begun or batch.done or changed.live is None:
        return changed
    writes = changed.writes
    for setpoint in changed.live.setpoints:
        if setpoint.parameter == parameter.id:
            ctx.scan.writes.append(Write(setpoint.handle, setpoint.value, command.id))
            writes += (
                LiveWrite(
                    command.id, command.kind, command.user, command.station, setpoint.handle, setpoint.value,
                    setpoint.tolerance, ctx.now_ns,
                ),
            )  # fmt: skip
    return changed if writes == changed.writes else replace(changed, writes=writes)


def _parameter_reasons(batch: Batch, parameter: Parameter | None, name: Json, value: float | None, ctx: Context) -> list[Text]:
    if parameter is None:
        return [texts.unknown_parameter(str(name))]
    if not editable(batch, parameter):
        return [texts.fixed_parameter(parameter.name, ccp=parameter.ccp)]
    if value is None:
        return [texts.wrong_argument("value")]
    if not parameter.lo <= value <= parameter.hi:
        lo, hi = texts.number(parameter.lo, 2), texts.number(parameter.hi, 2)
        return [texts.outside_limits(parameter.name, value, lo, hi, parameter.eu)]
    live = batch.live if batch.begun else None
    used = [s for s in live.setpoints if s.parameter == parameter.id] if live is not None else []
    if live is None or not used:
        return []
    if any(not ctx.scan.image.good(s.handle) for s in used):
        return [texts.link_lost(ctx.label(live.unit))]
    silent = PlcGuard(ctx.model).why_not(ctx.model.units[live.unit].device, ctx.scan.image)
    return [Text.model_validate(silent)] if silent is not None else []
