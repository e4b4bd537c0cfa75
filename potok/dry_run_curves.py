"""Curves of a dry run: what the phases drive and what their watches see, while the batch is in the unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from line.clock import NS_PER_S
from line.messages import Json, JsonObject
from line.model import UnitModel
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_view import Leaf
from recipes.model import PhaseStep

EVERY_S: Final = 5
POINTS_MAX: Final = 400


class Curves:
    """Samples the tags of the units at work; called once a second."""

    def __init__(self, run: SimulatedBatch, begun_ns: int) -> None:
        self._run = run
        self._begun_ns = begun_ns
        self._tags: dict[str, list[int]] = {}
        self._points: dict[int, list[tuple[float, float]]] = {}
        self._steps = {n.id: n.what for n in run.recipe.nodes if isinstance(n.what, PhaseStep)}

    def look(self, at_work: Sequence[Leaf]) -> None:
        """Take a sample when it is time."""
        seconds = (self._run.now_ns - self._begun_ns) // NS_PER_S
        if seconds % EVERY_S:
            return
        image = self._run.image
        for leaf in at_work:
            for handle in self._of(leaf):
                value = image.number(handle)
                if value is not None:
                    self._points.setdefault(handle, []).append((float(seconds), value))

    def _of(self, leaf: Leaf) -> list[int]:
        """Handles of the tags that belong to a leaf: setpoints, what they drive, what is watched, integrals of the unit."""
        key = f"{leaf.node}@{leaf.unit}"
        if key not in self._tags:
            model = self._run.model
            unit, step = model.units.get(leaf.unit), self._steps.get(leaf.node)
            if unit is None or step is None or step.phase not in unit.phases:
                return []
            handles = dict.fromkeys(_names(unit, step, self._run))
            handles |= dict.fromkeys(i.name for i in model.integrals if model.tags[i.handle].unit_id == unit.id)
            self._tags[key] = [model.tags.handle(name) for name in handles if name in model.tags]
        return self._tags[key]

    def to_json(self) -> Mapping[str, JsonObject]:
        """Tag → times in seconds from the beginning of the batch, and values."""
        found: dict[str, JsonObject] = {}
        for handle in sorted(self._points):
            tag, points = self._run.model.tags[handle], _thinned(self._points[handle])
            times: list[Json] = [t for t, _ in points]
            values: list[Json] = [round(v, tag.decimals + 2) for _, v in points]
            found[tag.name] = {"t": times, "v": values}
        return found


def _names(unit: UnitModel, step: PhaseStep, run: SimulatedBatch) -> list[str]:
    names: list[str] = []
    for handle in unit.phases[step.phase].parameters.values():
        setpoint = run.model.tags[handle].name
        names += [setpoint, *([unit.measured[setpoint]] if setpoint in unit.measured else [])]
    return [*names, *(w.tag.replace("{u}", unit.id) for w in step.watches)]


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Every n-th point and the last one, :data:`POINTS_MAX` at most."""
    if len(points) <= POINTS_MAX:
        return list(points)
    stride = -(-len(points) // (POINTS_MAX - 1))
    kept = list(points[::stride])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]
