"""The view ``batches`` (docs/ARCHITECTURE.md): plain JSON of what the panels show."""

from __future__ import annotations

from collections.abc import Mapping

from line.messages import Json, JsonObject
from line.model import LineModel
from recipes import view_nodes
from recipes.batch import Batch, uses
from recipes.commands import RecipeState
from recipes.leaf import OFF
from recipes.model import Node, NodeKind, Parameter, PhaseStep
from recipes.parameters import editable
from recipes.tree import operation_of
from recipes.view_nodes import text, time

Key = tuple[str, int]
"""Of a batch: its id and when it was created, for ids come again."""
Shown = tuple[Batch, dict[str, Json]]
"""A batch and how it is shown."""


def view(state: RecipeState, model: LineModel, shown: Mapping[Key, Shown]) -> tuple[JsonObject, dict[Key, Shown]]:
    """Those running or ended lately, oldest first, and what was ``shown``: a batch that is the same object is not shown anew."""
    batches = sorted((*state.active, *state.ended), key=lambda b: (b.created_ns, b.control.number))
    now: dict[Key, Shown] = {}
    for batch in batches:
        known = shown.get(_key(batch))
        now[_key(batch)] = known if known is not None and known[0] is batch else (batch, _batch(batch, model))
    return {"batches": [now[_key(b)][1] for b in batches]}, now


def _key(batch: Batch) -> Key:
    return batch.id, batch.created_ns


def _batch(batch: Batch, model: LineModel) -> dict[str, Json]:
    master, nodes = batch.control.master, batch.control.nodes
    phases = [n for n in nodes if n.kind is NodeKind.PHASE]
    leaf = next((f for f in batch.leaves if nodes[f.node].kind is NodeKind.PHASE), None)
    now = _current(batch, phases)
    shown = batch.started_ns != OFF and now is not None
    parameters: list[Json] = [_parameter(batch, p, model) for p in batch.control.parameters.values()]
    history: list[Json] = [
        {"unit": h.unit, "phase": h.phase, "start_ns": h.start_ns, "end_ns": time(h.end_ns)} for h in batch.history
    ]
    return {
        "id": batch.id, "number": batch.control.number, "recipe": master.id, "version": master.version,
        "hash": master.fingerprint, "recipe_name": master.name.to_json(), "state": batch.state.value, "mode": batch.mode.value,
        "size_kg": batch.control.size_kg, "unit": batch.unit_of(leaf) if leaf is not None else batch.unit,
        "unit_procedure": now.role if shown and now else "",
        "operation": operation_of(nodes, now.index) if shown and now else "", "phase": _phase(now) if shown else "",
        "phase_state": "" if leaf is None or leaf.phase_state is None else leaf.phase_state.name.lower(),
        "step": phases.index(now) + 1 if shown and now else 0, "steps": len(phases), "created_ns": batch.created_ns,
        "started_ns": time(batch.started_ns), "ended_ns": time(batch.ended_ns),
        "waiting": text(next((f.waiting for f in batch.leaves if f.waiting is not None), None)),
        "held_reason": text(batch.held_reason), "parameters": parameters, "history": history,
        "nodes": view_nodes.nodes(batch), "active": view_nodes.active(batch, model), "prompts": view_nodes.prompts(batch),
        "confirm": view_nodes.confirm(batch), "ingredients": view_nodes.ingredients(batch),
        "allowed": view_nodes.allowed(batch, model), "product": batch.product.value,
        "deviations": [d.to_json() for d in batch.deviations],
    }  # fmt: skip


def _current(batch: Batch, phases: list[Node]) -> Node | None:
    """The first phase that is active, else the last one that was begun, else the first."""
    active = [p for p in phases if batch.leaf(p.index) is not None]
    begun = [p for p in phases if batch.run(p.index).count]
    return (active[:1] or begun[-1:] or phases[:1] or [None])[0]


def _phase(node: Node | None) -> str:
    return node.what.phase if node is not None and isinstance(node.what, PhaseStep) else ""


def _parameter(batch: Batch, parameter: Parameter, model: LineModel) -> dict[str, Json]:
    node = next((n for n in batch.control.nodes if uses(n, parameter.id)), None)
    return {
        "id": parameter.id, "name": parameter.name.to_json(), "unit": _unit_of(batch, node, model) if node else "",
        "phase": _phase(node), "value": parameter.value, "lo": parameter.lo, "hi": parameter.hi, "eu": parameter.eu,
        "ccp": parameter.ccp, "role": parameter.role, "editable": editable(batch, parameter),
    }  # fmt: skip


def _unit_of(batch: Batch, node: Node, model: LineModel) -> str:
    """The unit that plays the node's role: owned now, used before, or the only one of its class; else ''."""
    if node.role in batch.control.units:
        return batch.control.units[node.role]
    used = [h.unit for h in batch.history if h.phase == _phase(node)]
    if used:
        return used[-1]
    requirement = batch.control.master.equipment.get(node.role)
    units = [u.id for u in model.units.values() if requirement is not None and u.class_id == requirement.class_id]
    return units[0] if len(units) == 1 else ""
