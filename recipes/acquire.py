"""Who gets which unit: first come, first served, one batch per unit, always in the same order for the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from line.documents import Text
from line.model import UnitModel
from line.phases import PhaseState
from recipes import texts
from recipes.batch import Batch, live_phase
from recipes.run import Context, change_state, with_task
from recipes.states import BatchState, Task
from recipes.unit_views import unit_view


def arbitrate(batches: Sequence[Batch], ctx: Context) -> Sequence[Batch]:
    """Give free units to the batches that wait for them; ``batches`` itself when nothing changed.

    The one that has waited longest is served first (then the lower number); nobody overtakes it for the same class.
    """
    waiting = [b for b in batches if b.task is Task.ACQUIRE]
    if not waiting:
        return batches
    owners = {unit: b.id for b in batches for unit in b.control.units.values()}
    refused: set[str] = set()
    changed: dict[str, Batch] = {}
    for batch in sorted(waiting, key=lambda b: (b.task_since_ns, b.control.number)):
        after = _serve(batch, ctx, owners, refused)
        if after is not batch:
            changed[batch.id] = after
    return [changed.get(b.id, b) for b in batches] if changed else batches


def _serve(batch: Batch, ctx: Context, owners: dict[str, str], refused: set[str]) -> Batch:
    step, units = batch.current, dict(batch.control.units)
    for role in (step.role, *step.acquire):
        if role in units:
            continue
        requirement = batch.control.master.equipment[role]
        blocks: list[Text] = []
        for unit in ctx.model.units.values():
            if unit.class_id != requirement.class_id:
                continue
            block = _block(unit, ctx, owners)
            if block is None and requirement.class_id not in refused:
                units[role] = unit.id
                owners[unit.id] = batch.id
                break
            blocks += [block] if block is not None else []
        else:
            refused.add(requirement.class_id)
            return _wait(_own(batch, units), ctx, texts.with_details(requirement.waiting, blocks))
    batch = _own(batch, units)
    live = live_phase(ctx.model, batch.control, step)
    return with_task(replace(batch, live=live, begun=False, phase_state=None), Task.START, ctx.now_ns)


def _own(batch: Batch, units: Mapping[str, str]) -> Batch:
    return batch if units == batch.control.units else replace(batch, control=replace(batch.control, units=units))


def _wait(batch: Batch, ctx: Context, text: Text) -> Batch:
    if batch.state is BatchState.RESTARTING:
        batch = replace(change_state(batch, ctx, "done"), held_reason=None)
    return batch if batch.waiting == text else replace(batch, waiting=text)


def _block(unit: UnitModel, ctx: Context, owners: Mapping[str, str]) -> Text | None:
    """Why ``unit`` cannot be taken; None when it can."""
    owner = owners.get(unit.id)
    if owner is not None:
        return texts.occupied(unit.label, owner)
    state = ctx.scan.image.number(unit.sts)
    if state is None or ctx.scan.image.number(unit.act) is None:
        return texts.link_lost(unit.label)
    if state != PhaseState.IDLE:
        return Text(ru=f"{unit.label}: занята", en=f"{unit.label}: busy")
    view = unit_view(ctx.scan, unit.id)
    if view.get("mode") != "auto":
        return Text(ru=f"{unit.label}: не в автоматическом режиме", en=f"{unit.label}: not in auto")
    if view.get("pending"):
        return Text(ru=f"{unit.label}: выполняет команду", en=f"{unit.label}: carrying out a command")
    return None
