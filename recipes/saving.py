"""The batches as JSON for the journal, and back. A batch is saved with its recipe, so an edited file changes no running batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from line.documents import Document, Text, validate
from line.messages import Json, JsonObject
from line.model import LineModel
from recipes import texts
from recipes.batch import Batch, Lot, Mode, NodeRun, PhaseRecord, Reply, close_history, control_recipe
from recipes.commands import FIRST_NUMBER, RecipeState
from recipes.disposition import Product, SavedDeviation
from recipes.leaf import Leaf
from recipes.master import load_recipe
from recipes.misfit import misfit, resolve, runs_on
from recipes.model import UNRESOLVED, KeepStep, MasterRecipe, Node, NodeKind
from recipes.states import ENDED, STATE_TABLE, ProcState, Task
from recipes.tree import ancestors

SCHEMA: Final = 2
"""Layout of a saved batch. 1, without a number, knew one phase at a time (``step``, ``begun``, ``done``)."""
_GONE: Final = ("status", "approved_by")
"""Keys of recipe files that were saved by layout 1 and are properties of the library now."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _SavedLeaf(_Model):
    node: str
    begun: bool
    done: bool
    since_ns: int
    counted_ns: int = 0
    mass_kg: float | None = None
    held_reason: Text | None = None


class _SavedReply(_Model):
    value: bool | float | str
    number: float | None
    user: str
    time_ns: int


class _SavedLot(_Model):
    material: str
    lot: str
    kg: float
    time_ns: int
    user: str


class _SavedRecord(_Model):
    unit: str
    phase: str
    start_ns: int
    end_ns: int
    node: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_list(cls, data: object) -> object:
        """A row without names, as layout 1 has it without the node."""
        names = ("unit", "phase", "start_ns", "end_ns", "node")
        return dict(zip(names, data, strict=False)) if isinstance(data, list) else data  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


class _SavedBatch(_Model):
    id: str
    number: int
    recipe: str
    size_kg: float
    values: Mapping[str, float]
    units: Mapping[str, str]
    state: ProcState
    requests: int
    created_ns: int
    started_ns: int
    ended_ns: int
    held_reason: Text | None
    history: tuple[_SavedRecord, ...]
    mode: Mode = Mode.AUTOMATIC
    leaves: tuple[_SavedLeaf, ...] = ()
    nodes: Mapping[str, tuple[ProcState, int, int, int, int]] = {}
    replies: Mapping[str, _SavedReply] = {}
    lots: tuple[_SavedLot, ...] = ()
    product: Product = Product.FREE
    deviations: tuple[SavedDeviation, ...] = ()
    schema_: int = Field(default=1, alias="schema")
    step: Annotated[int, Field(ge=0)] = 0
    begun: bool = False
    done: bool = False


class _Saved(_Model):
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
    nodes = batch.control.nodes
    return {
        "schema": SCHEMA, "id": batch.id, "number": batch.control.number, "recipe": batch.control.master.fingerprint,
        "size_kg": batch.control.size_kg, "values": {**batch.control.values()}, "units": {**batch.control.units},
        "state": batch.state.value, "mode": batch.mode.value, "requests": batch.requests, "created_ns": batch.created_ns,
        "started_ns": batch.started_ns, "ended_ns": batch.ended_ns,
        "held_reason": None if batch.held_reason is None else batch.held_reason.to_json(),
        "leaves": [
            {
                "node": nodes[leaf.node].id, "begun": leaf.begun, "done": leaf.done, "since_ns": leaf.since_ns,
                "counted_ns": leaf.counted_ns, "mass_kg": leaf.mass_kg,
                "held_reason": None if leaf.held_reason is None else leaf.held_reason.to_json(),
            }
            for leaf in batch.leaves
        ],
        "nodes": {i: [r.state.value, r.since_ns, r.count, r.started_ns, r.ended_ns] for i, r in batch.nodes.items()},
        "replies": {p: asdict(r) for p, r in batch.replies.items()},
        "lots": [asdict(x) for x in batch.lots],
        "product": batch.product.value, "deviations": [d.to_json() for d in batch.deviations],
        "history": [[h.unit, h.phase, h.start_ns, h.end_ns, h.node] for h in batch.history],
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
            if master is None:
                master, _ = load_recipe(Document("journal", {k: v for k, v in source.items() if k not in _GONE}), model)
            unchecked = master or resolve(Document("journal", {k: v for k, v in source.items() if k not in _GONE}), model)
            known[fingerprint] = replace(unchecked, fingerprint=fingerprint) if unchecked else _unresolved(source, fingerprint)
    return known


def _batch(saved: _SavedBatch, master: MasterRecipe, model: LineModel, now_ns: int) -> Batch:
    control = control_recipe(master, saved.id, saved.number, saved.size_kg)
    parameters = {p: replace(e, value=min(max(saved.values.get(p, e.value), e.lo), e.hi)) for p, e in control.parameters.items()}
    control = replace(control, parameters=parameters, units=saved.units)
    runs = {node: NodeRun(*run) for node, run in saved.nodes.items()}
    batch = Batch(
        control, saved.created_ns, state=saved.state, mode=saved.mode, nodes=runs, requests=saved.requests,
        started_ns=saved.started_ns, ended_ns=saved.ended_ns, history=tuple(PhaseRecord(**h.model_dump()) for h in saved.history),
        replies={p: Reply(**r.model_dump()) for p, r in saved.replies.items()},
        lots=tuple(Lot(**x.model_dump()) for x in saved.lots),
        product=saved.product, deviations=tuple(d.restored() for d in saved.deviations),
    )  # fmt: skip
    if saved.state in ENDED:
        return replace(batch, ended_reason=saved.held_reason)
    places = {node.id: node.index for node in control.nodes}
    leaves = saved.leaves if saved.schema_ >= SCHEMA else _one_leaf(saved, control.nodes)
    fits = len(control.nodes) > 1 and all(leaf.node in places for leaf in leaves) and set(runs) <= set(places)
    if not fits or not set(saved.units.values()) <= set(model.units) or not runs_on(control, model):
        return _misfit(batch, saved, leaves, model, now_ns)
    if saved.state is ProcState.IDLE:
        return batch
    if saved.schema_ < SCHEMA:
        batch = replace(batch, nodes=_runs_of_steps(saved, control.nodes, places[leaves[0].node]))
    return _held(batch, [(places[leaf.node], leaf) for leaf in leaves], model, now_ns)


def _misfit(batch: Batch, saved: _SavedBatch, leaves: Sequence[_SavedLeaf], model: LineModel, now_ns: int) -> Batch:
    """A batch that the line cannot run any more: Held while a unit is at work for it, else given up."""
    places = [(leaf.node, leaf.begun) for leaf in leaves]
    control = None
    if saved.schema_ >= SCHEMA and all(leaf.node in batch.nodes for leaf in leaves):
        control = misfit(batch.control, places, saved.values, batch.history, model)
    if control is None:
        return _given_up(replace(batch, restored_from=saved.state.value), now_ns)
    held = _held(replace(batch, control=control), list(enumerate(leaves, start=1)), model, now_ns)
    told = tuple(replace(leaf, held_reason=texts.MISFIT) if leaf.state is ProcState.HELD else leaf for leaf in held.leaves)
    return replace(held, leaves=told)


def _held(batch: Batch, saved: Sequence[tuple[int, _SavedLeaf]], model: LineModel, now_ns: int) -> Batch:
    """Leaves and the blocks above them as the table's ``restore`` has it."""
    leaves: list[Leaf] = []
    nodes, runs = batch.control.nodes, dict(batch.nodes)
    moved: list[tuple[int, str, str]] = []
    for index in sorted({i for at, _ in saved for i in (at, *ancestors(nodes, at)) if i}):
        run = batch.run(index)
        state = STATE_TABLE[run.state].get("restore", run.state)
        if state is not run.state:
            moved.append((index, run.state.value, state.value))
            runs[nodes[index].id] = replace(run, state=state, since_ns=now_ns)
    tasks = {ProcState.HELD: Task.PARK, ProcState.STOPPING: Task.STOP, ProcState.ABORTING: Task.ABORT}
    for index, entry in sorted(saved, key=lambda pair: pair[0]):
        node = nodes[index]
        state = runs[node.id].state
        at_work = entry.begun and node.kind is NodeKind.PHASE
        live = batch.control.live(model, index) if at_work and state in tasks else None
        leaves.append(
            Leaf(
                index, batch.control.number, node.role, state, tasks.get(state, Task.NONE), now_ns, entry.since_ns,
                begun=entry.begun, done=entry.done, live=live, counted_ns=0 if _anew(node) else entry.counted_ns,
                mass_kg=entry.mass_kg, held_reason=_reason(entry, batch.run(index).state, state),
            )
        )  # fmt: skip
    state = STATE_TABLE[batch.state].get("restore", batch.state)
    return replace(
        batch, state=state, leaves=tuple(leaves), nodes=runs, restored_from=batch.state.value, restored=tuple(moved)
    )  # fmt: skip


def _anew(node: Node) -> bool:
    """Whether a hold timer begins from nothing after an interruption, as an engine that stood is one."""
    return isinstance(node.what, KeepStep) and node.what.anew


def _reason(entry: _SavedLeaf, before: ProcState, now: ProcState) -> Text | None:
    """What was held before keeps its reason."""
    if now is not ProcState.HELD:
        return None
    return entry.held_reason if before is ProcState.HELD and entry.held_reason is not None else texts.RESTARTED


def _one_leaf(saved: _SavedBatch, nodes: Sequence[Node]) -> tuple[_SavedLeaf, ...]:
    """Layout 1: the batch was in one phase, number ``step`` of the sequence."""
    phases = [n for n in nodes if n.kind is NodeKind.PHASE]
    at = phases[min(saved.step, len(phases) - 1)] if phases else nodes[0]
    return (_SavedLeaf(node=at.id, begun=saved.begun, done=saved.done, since_ns=saved.started_ns),)


def _runs_of_steps(saved: _SavedBatch, nodes: Sequence[Node], at: int) -> dict[str, NodeRun]:
    """Layout 1: everything before the phase is complete, and the blocks above it are in the batch's state."""
    above = {at, *ancestors(nodes, at)}
    now = NodeRun(saved.state, saved.started_ns, 1, saved.started_ns)
    past = NodeRun(ProcState.COMPLETE, saved.started_ns, 1, saved.started_ns, saved.started_ns)
    return {n.id: now if n.index in above else past for n in nodes[1 : at + 1]}


def _given_up(batch: Batch, now_ns: int) -> Batch:
    history = close_history(batch.history, now_ns)
    control = replace(batch.control, units={})
    return replace(
        batch, state=ProcState.ABORTED, ended_ns=now_ns, leaves=(), control=control, history=history,
        ended_reason=texts.LINE_CHANGED,
    )  # fmt: skip


def _unresolved(source: Mapping[str, Any], fingerprint: str) -> MasterRecipe:
    """A recipe that the line cannot run any more: enough of it to keep its batches in the records."""
    name = validate(Text, Document("journal", source.get("name")))[0] or Text(ru="?", en="?")
    return MasterRecipe(
        str(source.get("recipe")), str(source.get("version")), UNRESOLVED, "", "", name, 1.0, 1.0, 1.0, (), (), {},
        source, fingerprint, (Node("", 0, NodeKind.PROCEDURE, name, -1, ()),),
    )  # fmt: skip
