"""Batches of the shift as the panel shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json

ENDED: Final = frozenset({"complete", "completed", "stopped", "aborted"})
HELD: Final = frozenset({"held", "holding"})


@dataclass(frozen=True)
class BatchParameter:
    """A parameter of a control recipe with its limits; ``value`` in ``eu``. ``role`` is the least one that may change it."""

    id: str
    name: Obj
    unit: str
    phase: str
    value: float
    lo: float | None
    hi: float | None
    eu: str
    ccp: bool
    editable: bool
    role: str = "operator"


@dataclass(frozen=True)
class Stay:
    """A stretch of a batch in a unit; ``end_ns`` is None while it lasts."""

    unit: str
    phase: str
    start_ns: int
    end_ns: int | None


@dataclass(frozen=True)
class ProcedureNode:
    """A node of the procedure, in pre-order; times are 0 where they have not come, ``at_most`` too for what is no loop."""

    id: str
    kind: str
    name: Obj
    parent: str
    role: str
    unit: str
    state: str
    count: int
    started_ns: int
    ended_ns: int
    at_most: int


@dataclass(frozen=True)
class ActiveStep:
    """What a batch is doing. ``against`` are the reasons against its restart.

    Seconds are None where nothing is timed: ``for_s`` is the whole length, ``counted_s`` what a hold timer had counted at
    ``counting_ns``, since when it counts on (0: it does not count now).
    """

    node: str
    unit: str
    phase: str
    task: str
    phase_state: str
    waiting: Obj
    held_reason: Obj
    since_ns: int
    run_since_ns: int
    left_s: float | None
    counted_s: float | None
    counting_ns: int
    for_s: float | None
    allowed: Mapping[str, bool]
    against: tuple[Obj, ...]


@dataclass(frozen=True)
class Prompt:
    """A question that waits for a person. ``kind``: confirm, number, choice, text, lot."""

    id: str
    node: str
    kind: str
    text: Obj
    role: str
    signed: bool
    lo: float | None
    hi: float | None
    eu: str
    choices: tuple[Json, ...]
    material: str
    target_kg: float | None
    tolerance_pct: float | None
    since_ns: int


@dataclass(frozen=True)
class Disposition:
    """What was decided about a deviation: release, rework or destroy."""

    verdict: str
    user: str
    reason: str
    time_ns: int


@dataclass(frozen=True)
class Deviation:
    """A limit that was left, or a value that could not be trusted. ``kind``: ccp or process."""

    number: int
    node: str
    unit: str
    text: Obj
    kind: str
    since_ns: int
    value: float | None
    lo: float | None
    hi: float | None
    eu: str
    quality: str
    disposition: Disposition | None
    ended_ns: int = 0

    @property
    def stands(self) -> bool:
        """Whether it is an alarm still: not over, and a critical limit not decided upon."""
        return not self.ended_ns and (self.kind != "ccp" or self.disposition is None)

    @property
    def undecided(self) -> bool:
        """Whether the batch waits for a signed disposition of it."""
        return self.kind == "ccp" and self.disposition is None


@dataclass(frozen=True)
class Lot:
    """A weighed part of a material."""

    lot: str
    kg: float
    time_ns: int
    user: str


@dataclass(frozen=True)
class Ingredient:
    """A material of the batch with its mass in kg, tolerance in percent and what was weighed of it."""

    material: str
    name: Obj
    kg: float
    tolerance_pct: float
    lots: tuple[Lot, ...]

    @property
    def weighed_kg(self) -> float:
        """All lots together."""
        return sum(lot.kg for lot in self.lots)


@dataclass(frozen=True)
class Batch:
    """One batch, running or ended in this shift."""

    id: str
    number: str
    recipe: str
    recipe_name: Obj
    state: str
    size_kg: float
    unit: str
    unit_procedure: str
    operation: str
    phase: str
    phase_state: str
    step: int
    steps: int
    created_ns: int
    started_ns: int
    ended_ns: int
    waiting: Obj
    held_reason: Obj
    parameters: tuple[BatchParameter, ...]
    history: tuple[Stay, ...]
    mode: str = "automatic"
    product: str = "free"
    version: str = ""
    hash: str = ""
    nodes: tuple[ProcedureNode, ...] = ()
    active: tuple[ActiveStep, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    confirm: tuple[str, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    allowed: Mapping[str, bool] = field(default_factory=dict[str, bool])

    @property
    def ended(self) -> bool:
        """No longer on the line."""
        return self.state.lower() in ENDED

    @property
    def held(self) -> bool:
        """Waits for a person."""
        return self.state.lower() in HELD

    @property
    def on_hold(self) -> bool:
        """Its product waits for a disposition."""
        return self.product == "on_hold"

    def may(self, command: str) -> bool:
        """Whether the engine would take the command for the whole batch now."""
        return self.allowed.get(command, False)

    def node(self, node_id: str) -> ProcedureNode | None:
        """The node of that id or None."""
        return next((n for n in self.nodes if n.id == node_id), None)

    def asked(self) -> int:
        """How many things of it wait for a person."""
        return len(self.prompts) + len(self.undecided()) + len(self.confirm)

    def undecided(self) -> tuple[Deviation, ...]:
        """Deviations that wait for a disposition, the first one first."""
        return tuple(d for d in self.deviations if d.undecided)


def batches(store: LineStore) -> list[Batch]:
    """All batches of the view, oldest first."""
    return list(store.parsed("batches", _read))


def batch_by_id(store: LineStore, batch_id: str) -> Batch | None:
    """The batch of that id, when the view has it."""
    return next((b for b in store.parsed("batches", _read) if b.id == batch_id), None)


def _read(view: Obj, before: tuple[Batch, ...] | None) -> tuple[Batch, ...]:
    return tuple(_batch(entry) for entry in wire.objects(view, "batches"))


def batch_of_unit(store: LineStore, unit_id: str) -> Batch | None:
    """The batch that is in a unit now; the running one when several name it."""
    wanted = wire.text(wire.obj(wire.obj(store.view("units"), "units"), unit_id), "batch")
    here = [b for b in batches(store) if not b.ended and (b.id == wanted or _is_in(b, unit_id))]
    return next((b for b in here if b.id == wanted), here[0] if here else None)


def _is_in(batch: Batch, unit_id: str) -> bool:
    return batch.unit == unit_id or any(a.unit == unit_id for a in batch.active)


def recipe_short(name: str) -> str:
    """What is inside the guillemets of a product's name (Колбаса «Докторская» → Докторская), else the whole."""
    start, end = name.find("«"), name.find("»")
    return name[start + 1 : end] if 0 <= start < end - 1 else name


def name_within(name: str, most: int) -> str:
    """A product's name in at most ``most`` letters: whole, else what is inside its guillemets, else cut with an ellipsis."""
    short = name if len(name) <= most else recipe_short(name)
    return short if len(short) <= most else short[: most - 1].rstrip() + "…"


def batch_label(batch: Batch) -> str:
    """``№1187``; the number sign is the same in both languages of the plant."""
    return f"№{batch.number}" if batch.number else batch.id


def _batch(entry: Obj) -> Batch:
    return Batch(
        wire.text(entry, "id"), wire.text(entry, "number"), wire.text(entry, "recipe"), wire.obj(entry, "recipe_name"),
        wire.text(entry, "state"), wire.number(entry, "size_kg") or 0.0, wire.text(entry, "unit"),
        wire.text(entry, "unit_procedure"), wire.text(entry, "operation"), wire.text(entry, "phase"),
        wire.text(entry, "phase_state"), wire.integer(entry, "step"), wire.integer(entry, "steps"),
        wire.integer(entry, "created_ns"), wire.integer(entry, "started_ns"), wire.integer(entry, "ended_ns"),
        wire.obj(entry, "waiting"), wire.obj(entry, "held_reason"),
        tuple(_parameter(p) for p in wire.objects(entry, "parameters")), tuple(_stay(h) for h in wire.objects(entry, "history")),
        wire.text(entry, "mode", "automatic"), wire.text(entry, "product", "free"), wire.text(entry, "version"),
        wire.text(entry, "hash"), tuple(_node(n) for n in wire.objects(entry, "nodes")),
        tuple(_active(a) for a in wire.objects(entry, "active")), tuple(_prompt(p) for p in wire.objects(entry, "prompts")),
        tuple(_deviation(d) for d in wire.objects(entry, "deviations")),
        tuple(c for c in wire.items(entry, "confirm") if isinstance(c, str)),
        tuple(_ingredient(i) for i in wire.objects(entry, "ingredients")), _flags(entry, "allowed"),
    )  # fmt: skip


def _flags(entry: Obj, key: str) -> dict[str, bool]:
    return {name: value is True for name, value in wire.obj(entry, key).items()}


def _parameter(entry: Obj) -> BatchParameter:
    return BatchParameter(
        wire.text(entry, "id"), wire.obj(entry, "name"), wire.text(entry, "unit"), wire.text(entry, "phase"),
        wire.number(entry, "value") or 0.0, wire.number(entry, "lo"), wire.number(entry, "hi"), wire.text(entry, "eu"),
        wire.flag(entry, "ccp"), wire.flag(entry, "editable"), wire.text(entry, "role", "operator"),
    )  # fmt: skip


def _stay(entry: Obj) -> Stay:
    end = wire.integer(entry, "end_ns")
    return Stay(wire.text(entry, "unit"), wire.text(entry, "phase"), wire.integer(entry, "start_ns"), end or None)


def _node(entry: Obj) -> ProcedureNode:
    return ProcedureNode(
        wire.text(entry, "id"), wire.text(entry, "kind"), wire.obj(entry, "name"), wire.text(entry, "parent"),
        wire.text(entry, "role"), wire.text(entry, "unit"), wire.text(entry, "state").lower(), wire.integer(entry, "count"),
        wire.integer(entry, "started_ns"), wire.integer(entry, "ended_ns"), wire.integer(entry, "at_most"),
    )  # fmt: skip


def _active(entry: Obj) -> ActiveStep:
    return ActiveStep(
        wire.text(entry, "node"), wire.text(entry, "unit"), wire.text(entry, "phase"), wire.text(entry, "task"),
        wire.text(entry, "phase_state").lower(), wire.obj(entry, "waiting"), wire.obj(entry, "held_reason"),
        wire.integer(entry, "since_ns"), wire.integer(entry, "run_since_ns"), wire.number(entry, "left_s"),
        wire.number(entry, "counted_s"), wire.integer(entry, "counting_ns"),
        wire.number(entry, "for_s"), _flags(entry, "allowed"), tuple(wire.objects(entry, "reasons_against_restart")),
    )  # fmt: skip


def _prompt(entry: Obj) -> Prompt:
    return Prompt(
        wire.text(entry, "id"), wire.text(entry, "node"), wire.text(entry, "kind"), wire.obj(entry, "text"),
        wire.text(entry, "role", "operator"), wire.flag(entry, "signed"), wire.number(entry, "lo"), wire.number(entry, "hi"),
        wire.text(entry, "eu"), tuple(wire.items(entry, "choices")), wire.text(entry, "material"),
        wire.number(entry, "target_kg"), wire.number(entry, "tolerance_pct"), wire.integer(entry, "since_ns"),
    )  # fmt: skip


def _deviation(entry: Obj) -> Deviation:
    said = wire.obj(entry, "disposition")
    decided = Disposition(
        wire.text(said, "verdict"), wire.text(said, "user"), wire.text(said, "reason"), wire.integer(said, "time_ns")
    )
    return Deviation(
        wire.integer(entry, "number"), wire.text(entry, "node"), wire.text(entry, "unit"), wire.obj(entry, "text"),
        wire.text(entry, "kind"), wire.integer(entry, "since_ns"), wire.number(entry, "value"), wire.number(entry, "lo"),
        wire.number(entry, "hi"), wire.text(entry, "eu"), wire.text(entry, "quality"), decided if said else None,
        wire.integer(entry, "ended_ns"),
    )  # fmt: skip


def _ingredient(entry: Obj) -> Ingredient:
    lots = tuple(
        Lot(wire.text(e, "lot"), wire.number(e, "kg") or 0.0, wire.integer(e, "time_ns"), wire.text(e, "user"))
        for e in wire.objects(entry, "lots")
    )
    return Ingredient(
        wire.text(entry, "material"), wire.obj(entry, "name"), wire.number(entry, "kg") or 0.0,
        wire.number(entry, "tolerance_pct") or 0.0, lots,
    )  # fmt: skip
