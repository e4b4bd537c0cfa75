"""The batches as JSON for the journal, and back. A batch is saved with its recipe, so an edited file changes no running batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from line.documents import Document, Text, validate
from line.messages import Json, JsonObject
from line.model import LineModel
from recipes import texts
from recipes.batch import Batch, PhaseRecord, close_history, control_recipe, live_phase
from recipes.commands import FIRST_NUMBER, RecipeState
from recipes.master import load_recipe
from recipes.model import MasterRecipe, Step
from recipes.states import BATCH_TABLE, ENDED, BatchState, Task


class _SavedBatch(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    number: int
    recipe: str
    size_kg: float
    values: Mapping[str, float]
    units: Mapping[str, str]
    state: BatchState
    step: Annotated[int, Field(ge=0)]
    begun: bool
    done: bool
    requests: int
    created_ns: int
    started_ns: int
    ended_ns: int
    held_reason: Text | None
    history: tuple[tuple[str, str, int, int], ...]


class _Saved(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    next_number: int = FIRST_NUMBER
    recipes: Mapping[str, Mapping[str, Any]] = {}
    active: tuple[_SavedBatch, ...] = ()
    ended: tuple[_SavedBatch, ...] = ()


def save(state: RecipeState) -> JsonObject:
    """Plain JSON; every recipe in use is saved once, by its fingerprint."""
    masters = {b.control.master.fingerprint: b.control.master.source for b in (*state.active, *state.ended)}
    return {
        "next_number": state.next_number,
        "recipes": masters,
        "active": [_save(b) for b in state.active],
        "ended": [_save(b) for b in state.ended],
    }


def _save(batch: Batch) -> dict[str, Json]:
    return {
        "id": batch.id, "number": batch.control.number, "recipe": batch.control.master.fingerprint,
        "size_kg": batch.control.size_kg, "values": {**batch.control.values()}, "units": {**batch.control.units},
        "state": batch.state.value, "step": batch.step, "begun": batch.begun, "done": batch.done,
        "requests": batch.requests, "created_ns": batch.created_ns, "started_ns": batch.started_ns, "ended_ns": batch.ended_ns,
        "held_reason": None if batch.held_reason is None else batch.held_reason.to_json(),
        "history": [[h.unit, h.phase, h.start_ns, h.end_ns] for h in batch.history],
    }  # fmt: skip


def restore(saved: JsonObject, now_ns: int, model: LineModel, recipes: Mapping[str, MasterRecipe]) -> RecipeState:
    """The state after a restart: running batches Held and waiting for a person, stopping ones go on stopping.

    A batch whose recipe or units no longer fit the line is ended as aborted. Raises ValueError when ``saved`` is not what
    :func:`save` writes.
    """
    try:
        data = _Saved.model_validate(saved)
    except ValidationError as error:
        raise ValueError(f"the saved batches cannot be read: {error.error_count()} faults") from error
    masters = _masters(data, model, recipes)
    missing = _unresolved({}, "")
    batches = [_batch(b, masters.get(b.recipe, missing), model, now_ns) for b in (*data.active, *data.ended)]
    active = tuple(b for b in batches if b.state not in ENDED or b.restored_from)
    ended = tuple(sorted((b for b in batches if b not in active), key=lambda b: (b.ended_ns, b.control.number)))
    return RecipeState(data.next_number, active, ended)


def _masters(data: _Saved, model: LineModel, recipes: Mapping[str, MasterRecipe]) -> dict[str, MasterRecipe]:
    known = {r.fingerprint: r for r in recipes.values()}
    for fingerprint, source in data.recipes.items():
        if fingerprint not in known:
            master, _ = load_recipe(Document("journal", dict(source)), model)
            known[fingerprint] = master or _unresolved(source, fingerprint)
    return known


def _batch(saved: _SavedBatch, master: MasterRecipe, model: LineModel, now_ns: int) -> Batch:
    control = control_recipe(master, saved.id, saved.number, saved.size_kg)
    parameters = {p: replace(e, value=min(max(saved.values.get(p, e.value), e.lo), e.hi)) for p, e in control.parameters.items()}
    control = replace(control, parameters=parameters, units=saved.units)
    batch = Batch(
        control, saved.created_ns, state=saved.state, step=saved.step, begun=saved.begun, done=saved.done,
        requests=saved.requests, started_ns=saved.started_ns, ended_ns=saved.ended_ns, held_reason=saved.held_reason,
        task_since_ns=now_ns, history=tuple(PhaseRecord(*h) for h in saved.history),
    )  # fmt: skip
    if saved.state in ENDED:
        return batch
    if not all(s.role in master.equipment for s in master.steps) or not set(saved.units.values()) <= set(model.units):
        return _given_up(replace(batch, restored_from=saved.state.value), now_ns)
    if saved.state is BatchState.IDLE:
        return batch
    row = BATCH_TABLE[saved.state]
    held = row.get("restore", saved.state)
    tasks = {BatchState.HELD: Task.PARK, BatchState.STOPPING: Task.STOP, BatchState.ABORTING: Task.ABORT}
    reason = texts.RESTARTED if held is BatchState.HELD else None
    batch = replace(batch, state=held, task=tasks[held], held_reason=reason, restored_from=saved.state.value)
    if not saved.begun:
        return batch
    try:
        return replace(batch, live=live_phase(model, control, batch.current))
    except KeyError:
        return _given_up(batch, now_ns)


def _given_up(batch: Batch, now_ns: int) -> Batch:
    history = close_history(batch.history, now_ns)
    control = replace(batch.control, units={})
    return replace(
        batch, state=BatchState.ABORTED, task=Task.NONE, ended_ns=now_ns, begun=False, control=control, history=history,
        held_reason=texts.LINE_CHANGED,
    )  # fmt: skip


def _unresolved(source: Mapping[str, Any], fingerprint: str) -> MasterRecipe:
    """A recipe that the line cannot run any more: enough of it to keep its batches in the records."""
    name = validate(Text, Document("journal", source.get("name")))[0] or Text(ru="?", en="?")
    step = Step("", name, "", name, "", (), (), (), first=True, last=True)
    return MasterRecipe(
        str(source.get("recipe")), str(source.get("version")), "obsolete", "", "", name, 1.0, 1.0, 1.0, (), (), {}, (step,),
        source, fingerprint,
    )  # fmt: skip
