"""Running batches whose recipe is not what this line and this version would load: what happens to them after a restart.

A recipe that only a check refuses by now is resolved without the checks, and its batches are Held like any other. One that
cannot be resolved leaves Held batches whose units can be stopped and aborted, and nothing else: a phase at work is never left
without an owner.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from line.documents import Document, KeyPath, Text, validate
from line.messages import JsonObject
from line.model import LineModel
from recipes.batch import ControlRecipe, PhaseRecord
from recipes.checks import Checker
from recipes.leaf import OFF, live_phase
from recipes.master import master_of
from recipes.model import UNRESOLVED, MasterRecipe, Node, NodeKind, Parameter, PhaseStep, PromptStep
from recipes.procedure import build_nodes
from recipes.recipe_file import RecipeFile

_MAKES: Final = frozenset({NodeKind.PHASE, NodeKind.CHOICE, NodeKind.LOOP, NodeKind.WAIT, NodeKind.KEEP, NodeKind.PROMPT})
"""Kinds of nodes that are nothing without their content."""


def resolve(document: Document, model: LineModel) -> MasterRecipe | None:
    """The recipe without what the checks think of it; None when anything in it cannot be resolved against the line."""
    file, _ = validate(RecipeFile, document)
    if file is None or any(entry.class_ not in model.classes for entry in file.equipment.values()):
        return None
    nodes = build_nodes(Checker(document, file, model))
    if any(n.what is None for n in nodes if n.kind in _MAKES) or not all(_whole(n, document) for n in nodes):
        return None
    source: JsonObject = json.loads(json.dumps(document.data))
    return master_of(file, model, nodes, source)


def _whole(node: Node, document: Document) -> bool:
    """Whether nothing of a phase or a prompt was left out: a limit that names what is gone would be no limit at all."""
    data = _at(document.data, node.key)
    if isinstance(node.what, PromptStep):
        return _limits(data, node.what)
    if not isinstance(node.what, PhaseStep):
        return True
    watches: list[Mapping[str, Any]] = list(data.get("watch") or ())
    whole = len(data.get("parameters") or {}) == len(node.what.parameters) and len(watches) == len(node.what.watches)
    return whole and all(_limits(entry, watch) for entry, watch in zip(watches, node.what.watches, strict=True))


def _limits(data: Mapping[str, Any], of: Any) -> bool:
    return all((data.get(key) is None) == (getattr(of, key) is None) for key in ("lo", "hi"))


def _at(data: Any, key: KeyPath) -> Any:
    for part in key:
        data = data[part]
    return data


def runs_on(control: ControlRecipe, model: LineModel) -> bool:
    """Whether every phase exists in every unit that may play its role, with all its setpoints, within the ranges of the tags."""
    values = control.values()
    for node in control.nodes:
        if not isinstance(node.what, PhaseStep):
            continue
        if not {node.role, *node.what.acquire} <= set(control.master.equipment):
            return False
        wanted = control.master.equipment[node.role]
        units = [u for u in model.units.values() if u.class_id == wanted.class_id and (not wanted.units or u.id in wanted.units)]
        for unit in units:
            try:
                live = live_phase(model, unit.id, node, values)
            except KeyError:
                return False
            if {s.phase_parameter for s in live.setpoints} != set(unit.phases[live.phase].parameters):
                return False
            if not all(model.tags[s.handle].lo <= s.value <= model.tags[s.handle].hi for s in live.setpoints):
                return False
        if not units:
            return False
    return True


def misfit(
    control: ControlRecipe, places: Sequence[tuple[str, bool]], values: Mapping[str, float], history: Sequence[PhaseRecord],
    model: LineModel,
) -> ControlRecipe | None:  # fmt: skip
    """A control recipe of nothing but the active leaves (id, begun) of a batch and its ``values``, enough to stop its units.

    None when no unit of this line is at work for it: there is nothing to be stopped.
    """
    master = replace(control.master, status=UNRESOLVED, equipment={}, parameters=(), ingredients=())
    kept = {p: Parameter(p, _named(p), v, v, v, "", ccp=True, proportional=False) for p, v in values.items()}
    root = Node("", 0, NodeKind.PROCEDURE, master.name, -1, tuple(range(1, len(places) + 1)))
    roles = {unit: role for role, unit in control.units.items()}
    at_work = {h.node: h for h in history if h.end_ns == OFF}
    nodes = [root]
    for index, (node_id, begun) in enumerate(places, start=1):
        record = at_work.get(node_id) if begun else None
        unit = model.units.get(record.unit) if record is not None else None
        phase = unit.phases.get(record.phase) if unit is not None and record is not None else None
        if unit is None or phase is None:
            nodes.append(Node(node_id, index, NodeKind.WAIT, _named(node_id), 0, ()))
            continue
        step = PhaseStep(phase.id, (), (), ())
        nodes.append(Node(node_id, index, NodeKind.PHASE, phase.name, 0, (), roles.get(unit.id, unit.id), step))
    found = {n.role for n in nodes if n.kind is NodeKind.PHASE}
    if not found:
        return None
    units = {u: u for u in model.units if u in found} | {r: u for r, u in control.units.items() if u in model.units}
    return replace(control, master=master, nodes=tuple(nodes), units=units, parameters=kept, ingredients=())


def _named(node_id: str) -> Text:
    return Text(ru=node_id, en=node_id)
