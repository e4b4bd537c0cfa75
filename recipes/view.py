"""The view ``batches`` (docs/ARCHITECTURE.md): plain JSON of what the panels show."""

from __future__ import annotations

from line.documents import Text
from line.messages import Json, JsonObject
from line.model import LineModel
from recipes.batch import OFF, Batch, editable
from recipes.commands import RecipeState
from recipes.model import Parameter, Step


def view(state: RecipeState, model: LineModel) -> JsonObject:
    """Those running or ended lately, oldest first."""
    batches = sorted((*state.active, *state.ended), key=lambda b: (b.created_ns, b.control.number))
    return {"batches": [_batch(b, model) for b in batches]}


def _batch(batch: Batch, model: LineModel) -> dict[str, Json]:
    step, master = batch.current, batch.control.master
    shown = batch.started_ns != OFF
    parameters: list[Json] = [_parameter(batch, p, model) for p in batch.control.parameters.values()]
    history: list[Json] = [
        {"unit": h.unit, "phase": h.phase, "start_ns": h.start_ns, "end_ns": _time(h.end_ns)} for h in batch.history
    ]
    return {
        "id": batch.id, "number": batch.control.number, "recipe": master.id, "recipe_name": master.name.to_json(),
        "state": batch.state.value, "size_kg": batch.control.size_kg, "unit": batch.unit,
        "unit_procedure": step.role if shown else "", "operation": step.operation if shown else "",
        "phase": step.phase if shown else "",
        "phase_state": "" if batch.phase_state is None else batch.phase_state.name.lower(),
        "step": batch.step + 1 if shown else 0, "steps": len(master.steps), "created_ns": batch.created_ns,
        "started_ns": _time(batch.started_ns), "ended_ns": _time(batch.ended_ns), "waiting": _text(batch.waiting),
        "held_reason": _text(batch.held_reason), "parameters": parameters, "history": history,
    }  # fmt: skip


def _parameter(batch: Batch, parameter: Parameter, model: LineModel) -> dict[str, Json]:
    steps = [s for s in batch.control.master.steps if s.uses(parameter.id)]
    step = steps[0] if steps else batch.current
    return {
        "id": parameter.id, "name": parameter.name.to_json(), "unit": _unit_of(batch, step, model), "phase": step.phase,
        "value": parameter.value, "lo": parameter.lo, "hi": parameter.hi, "eu": parameter.eu, "ccp": parameter.ccp,
        "editable": editable(batch, parameter),
    }  # fmt: skip


def _unit_of(batch: Batch, step: Step, model: LineModel) -> str:
    """The unit that plays the step's role: owned now, used before, or the only one of its class; else ''."""
    if step.role in batch.control.units:
        return batch.control.units[step.role]
    used = [h.unit for h in batch.history if h.phase == step.phase]
    if used:
        return used[-1]
    requirement = batch.control.master.equipment.get(step.role)
    units = [u.id for u in model.units.values() if requirement is not None and u.class_id == requirement.class_id]
    return units[0] if len(units) == 1 else ""


def _text(text: Text | None) -> Json:
    return None if text is None else text.to_json()


def _time(moment_ns: int) -> int | None:
    return None if moment_ns == OFF else moment_ns
