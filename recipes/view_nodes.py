"""The parts of the view of a batch that follow its procedure: nodes, what is active, prompts, ingredients, what is allowed."""

from __future__ import annotations

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import Json
from line.model import LineModel
from recipes.batch import Batch, Mode
from recipes.ccp import against_restart
from recipes.commands import no_pause
from recipes.leaf import OFF, Leaf
from recipes.model import LoopBlock, Node, NodeKind, PhaseStep, PromptKind, PromptStep
from recipes.replies import tolerance, weighed
from recipes.states import BATCH_COMMANDS, BATCH_TABLE, ENDED, NODE_COMMANDS, STATE_TABLE, ProcState, Task


def text(value: Text | None) -> Json:
    """A text, or null."""
    return None if value is None else value.to_json()


def time(moment_ns: int) -> int | None:
    """A moment, or null for one that was not."""
    return None if moment_ns == OFF else moment_ns


def _played(batch: Batch) -> dict[str, str]:
    """Role → the unit that played it last."""
    roles = {n.id: n.role for n in batch.control.nodes}
    return {roles.get(h.node, ""): h.unit for h in batch.history}


def nodes(batch: Batch) -> list[Json]:
    """The whole procedure below its root, in pre-order; what was not touched yet is idle."""
    units = {**_played(batch), **batch.control.units}
    return [_node(batch, n, units.get(n.role, "") if n.role else "") for n in batch.control.nodes[1:]]


def _node(batch: Batch, node: Node, unit: str) -> dict[str, Json]:
    run = batch.run(node.index)
    return {
        "id": node.id, "kind": node.kind.value, "name": node.name.to_json(), "parent": batch.control.nodes[node.parent].id,
        "role": node.role, "unit": unit, "state": run.state.value, "count": run.count,
        "started_ns": time(run.started_ns), "ended_ns": time(run.ended_ns),
        "at_most": node.what.at_most if isinstance(node.what, LoopBlock) else None,
    }  # fmt: skip


def active(batch: Batch, model: LineModel) -> list[Json]:
    """What the batch is doing, one entry for each active leaf."""
    return [_active(batch, leaf, model) for leaf in batch.leaves]


def _active(batch: Batch, leaf: Leaf, model: LineModel) -> dict[str, Json]:
    node = batch.control.nodes[leaf.node]
    timed_s = _timed_s(leaf)
    against = [*against_restart(batch)] if leaf.state is ProcState.HELD else []
    counts = node.kind is NodeKind.KEEP and leaf.begun
    return {
        "node": node.id, "unit": batch.unit_of(leaf), "phase": node.what.phase if isinstance(node.what, PhaseStep) else "",
        "task": leaf.task.value, "phase_state": "" if leaf.phase_state is None else leaf.phase_state.name.lower(),
        "waiting": text(leaf.waiting), "held_reason": text(leaf.held_reason), "since_ns": leaf.since_ns,
        "run_since_ns": time(leaf.run_since_ns), "counted_s": leaf.counted_ns / NS_PER_S if counts else None,
        "counting_ns": time(leaf.counting_ns), "for_s": leaf.for_ns / NS_PER_S if counts else timed_s,
        "left_s": max(leaf.for_ns - leaf.counted_ns, 0) / NS_PER_S if counts else None,
        "allowed": {word: _may(batch, leaf, word, model) for word in NODE_COMMANDS},
        "reasons_against_restart": [t.to_json() for t in against],
    }  # fmt: skip


def _timed_s(leaf: Leaf) -> float | None:
    """How long a timed phase runs: its parameter ``time``, in seconds."""
    if leaf.live is None:
        return None
    return next((s.value for s in leaf.live.setpoints if s.phase_parameter == "time"), None)


def _may(batch: Batch, leaf: Leaf, word: str, model: LineModel) -> bool:
    if word not in STATE_TABLE[leaf.state]:
        return False
    if word == "restart":
        return not against_restart(batch)
    return word != "pause" or not no_pause([leaf], model)


def allowed(batch: Batch, model: LineModel) -> dict[str, Json]:
    """Which commands the batch as a whole takes, as far as its own state says."""
    may: dict[str, Json] = {word: word in BATCH_TABLE[batch.state] for word in BATCH_COMMANDS}
    may["pause"] = may["pause"] is True and not no_pause(batch.leaves, model)
    may["restart"] = may["restart"] is True and not against_restart(batch)
    may["manual"] = batch.state not in ENDED and batch.mode is not Mode.MANUAL
    return may


def confirm(batch: Batch) -> list[Json]:
    """The leaves that wait for a person to let them begin."""
    waiting = [f for f in batch.leaves if f.task is Task.OFFER and f.state is ProcState.RUNNING]
    return [batch.control.nodes[f.node].id for f in waiting]


def prompts(batch: Batch) -> list[Json]:
    """The questions that wait for a reply."""
    found = [(f, s) for f in batch.leaves if isinstance(s := batch.control.nodes[f.node].what, PromptStep)]
    return [_prompt(batch, f, s) for f, s in found if f.task is Task.WAIT and f.state is ProcState.RUNNING]


def _prompt(batch: Batch, leaf: Leaf, step: PromptStep) -> dict[str, Json]:
    values = batch.control.values()
    ingredient = next((i for i in batch.control.ingredients if i.material == step.material), None)
    wanted = ingredient if step.kind is PromptKind.LOT else None
    return {
        "id": step.prompt, "node": batch.control.nodes[leaf.node].id, "kind": step.kind.value, "text": step.text.to_json(),
        "role": step.role, "signed": step.signed, "lo": None if step.lo is None else step.lo.of(values),
        "hi": None if step.hi is None else step.hi.of(values), "eu": step.eu, "choices": [c.to_json() for c in step.choices],
        "material": step.material, "target_kg": None if wanted is None else wanted.kg,
        "tolerance_pct": None if wanted is None else wanted.tolerance_pct, "since_ns": leaf.task_since_ns,
    }  # fmt: skip


def ingredients(batch: Batch) -> list[Json]:
    """Every ingredient with the lots weighed so far."""
    found: list[Json] = []
    for entry in batch.control.ingredients:
        lots: list[Json] = [
            {"lot": x.lot, "kg": x.kg, "time_ns": x.time_ns, "user": x.user} for x in batch.lots if x.material == entry.material
        ]
        lo_kg, hi_kg = tolerance(entry)
        found.append(
            {
                "material": entry.material, "name": entry.name.to_json(), "kg": entry.kg, "tolerance_pct": entry.tolerance_pct,
                "lo_kg": lo_kg, "hi_kg": hi_kg, "weighed_kg": weighed(batch, entry.material), "lots": lots,
            }
        )  # fmt: skip
    return found
