"""Who gets which unit: first come, first served, one batch per unit, always in the same order for the same inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from line.documents import Text
from line.model import UnitModel
from line.phases import PhaseState
from recipes import texts
from recipes.batch import Batch
from recipes.leaf import Leaf, with_task
from recipes.leaf_logic import take_up
from recipes.model import NodeKind, PhaseStep
from recipes.states import ProcState, Task
from recipes.unit_views import unit_view
from recipes.work import Context, Work


def arbitrate(batches: Sequence[Batch], ctx: Context) -> Sequence[Batch]:
    """Give free units to the leaves that wait for them; ``batches`` itself when nothing changed.

    The one that has waited longest is served first (then the lower number); nobody overtakes it for the units it waits for.
    """
    waiting = [(leaf, i) for i, b in enumerate(batches) for leaf in b.leaves if leaf.task is Task.ACQUIRE]
    if not waiting:
        return batches
    owners = {unit: b.id for b in batches for unit in b.control.units.values()}
    refused: set[str] = set()
    works: dict[int, Work] = {}
    for leaf, i in sorted(waiting, key=lambda w: (w[0].task_since_ns, batches[w[1]].control.number, w[0].node)):
        work = works.setdefault(i, Work(batches[i], ctx))
        after = _serve(leaf, work, owners, refused)
        if after is not leaf:
            work.put(after)
    closed = {i: work.close() for i, work in works.items()}
    if all(batch is batches[i] for i, batch in closed.items()):
        return batches
    return [closed.get(i, b) for i, b in enumerate(batches)]


def _serve(leaf: Leaf, work: Work, owners: dict[str, str], refused: set[str]) -> Leaf:
    ctx, batch = work.ctx, work.batch
    step = work.nodes[leaf.node].what
    more = step.acquire if isinstance(step, PhaseStep) else ()
    for role in (leaf.role, *more):
        if not role or role in work.batch.control.units:
            continue
        requirement = batch.control.master.equipment[role]
        blocks: list[Text] = []
        candidates: list[str] = []
        for unit in ctx.model.units.values():
            if unit.class_id != requirement.class_id or (requirement.units and unit.id not in requirement.units):
                continue
            candidates.append(unit.id)
            block = _block(unit, ctx, owners)
            if block is None and unit.id not in refused:
                work.own(role, unit.id, leaf.node)
                owners[unit.id] = batch.id
                break
            blocks += [block] if block is not None else []
        else:
            refused.update(candidates)
            return _wait(leaf, work, texts.with_details(requirement.waiting, blocks))
    if work.nodes[leaf.node].kind is not NodeKind.PHASE:
        return take_up(leaf, work)
    live = work.batch.control.live(ctx.model, leaf.node)
    return with_task(replace(leaf, live=live, begun=False, phase_state=None), Task.START, ctx.now_ns)


def _wait(leaf: Leaf, work: Work, text: Text) -> Leaf:
    if leaf.state is ProcState.RESTARTING:
        leaf = replace(work.change(leaf, "done"), held_reason=None)
    return leaf if leaf.waiting == text else replace(leaf, waiting=text)


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
