"""Batches of the shift as the panel shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

ENDED: Final = frozenset({"complete", "completed", "stopped", "aborted"})
HELD: Final = frozenset({"held", "holding"})


@dataclass(frozen=True)
class BatchParameter:
    """A parameter of a control recipe with its limits; ``value`` in ``eu``."""

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


@dataclass(frozen=True)
class Stay:
    """A stretch of a batch in a unit; ``end_ns`` is None while it lasts."""

    unit: str
    phase: str
    start_ns: int
    end_ns: int | None


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

    @property
    def ended(self) -> bool:
        """No longer on the line."""
        return self.state.lower() in ENDED

    @property
    def held(self) -> bool:
        """Waits for a person."""
        return self.state.lower() in HELD


def batches(store: LineStore) -> list[Batch]:
    """All batches of the view, oldest first."""
    return [_batch(entry) for entry in wire.objects(store.view("batches"), "batches")]


def batch_of_unit(store: LineStore, unit_id: str) -> Batch | None:
    """The batch that is in a unit now; the running one when several name it."""
    wanted = wire.text(wire.obj(wire.obj(store.view("units"), "units"), unit_id), "batch")
    here = [b for b in batches(store) if not b.ended and (b.id == wanted or b.unit == unit_id)]
    return next((b for b in here if b.id == wanted), here[0] if here else None)


def recipe_short(name: str) -> str:
    """What is inside the guillemets of a product's name (Колбаса «Докторская» → Докторская), else the whole."""
    start, end = name.find("«"), name.find("»")
    return name[start + 1 : end] if 0 <= start < end - 1 else name


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
    )  # fmt: skip


def _parameter(entry: Obj) -> BatchParameter:
    return BatchParameter(
        wire.text(entry, "id"), wire.obj(entry, "name"), wire.text(entry, "unit"), wire.text(entry, "phase"),
        wire.number(entry, "value") or 0.0, wire.number(entry, "lo"), wire.number(entry, "hi"), wire.text(entry, "eu"),
        wire.flag(entry, "ccp"), wire.flag(entry, "editable"),
    )  # fmt: skip


def _stay(entry: Obj) -> Stay:
    end = wire.integer(entry, "end_ns")
    return Stay(wire.text(entry, "unit"), wire.text(entry, "phase"), wire.integer(entry, "start_ns"), end or None)
