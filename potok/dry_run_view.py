"""What a dry run reads of the view ``batches`` (docs/ARCHITECTURE.md): the nodes at work, and whether anything stands still."""

from __future__ import annotations

from dataclasses import dataclass

from line.documents import Text
from line.jsontools import finite, objects
from line.messages import Json, JsonObject
from recipes.model import MasterRecipe
from recipes.texts import text_of

GOING_DOWN = frozenset({"holding", "held"})


@dataclass(frozen=True)
class Leaf:
    """A phase, wait, hold timer or prompt that is at work. ``task`` is what the engine does with it, ``running`` that its phase
    runs in the PLC (or that it has none)."""

    node: str
    unit: str
    task: str
    running: bool
    waiting: Text | None
    counted_s: float | None
    for_s: float | None


def leaves(batch: JsonObject, recipe: MasterRecipe) -> tuple[Leaf, ...]:
    """The leaves at work, in the order of the procedure."""
    if "active" in batch:
        return tuple(_leaf(entry) for entry in objects(batch.get("active")))
    return _only_leaf(batch, recipe)


def _leaf(entry: JsonObject) -> Leaf:
    unit, task = str(entry.get("unit") or ""), str(entry.get("task") or "")
    phase = bool(entry.get("phase"))
    running = entry.get("phase_state") == "running" and task == "run" if phase else True
    return Leaf(
        str(entry.get("node")), unit, task, running, text(entry.get("waiting")), finite(entry.get("counted_s")),
        finite(entry.get("for_s")),
    )  # fmt: skip


def _only_leaf(batch: JsonObject, recipe: MasterRecipe) -> tuple[Leaf, ...]:
    if batch.get("state") not in ("running", "holding", "held", "restarting") or not batch.get("phase"):
        return ()
    node = ".".join(str(batch.get(key)) for key in ("unit_procedure", "operation", "phase"))
    waiting = text(batch.get("waiting"))
    running = batch.get("phase_state") == "running" and batch.get("state") == "running"
    task = "acquire" if waiting is not None else "run"
    return (Leaf(node, str(batch.get("unit") or ""), task, running, waiting, None, None),)


def is_held(batch: JsonObject) -> bool:
    """Whether the batch or a part of it is held, or on the way there."""
    return batch.get("state") in GOING_DOWN or any(n.get("state") in GOING_DOWN for n in objects(batch.get("nodes")))


def held_reason(batch: JsonObject) -> Text:
    """Why it is held, as the panel says it."""
    found = text(batch.get("held_reason"))
    return found if found is not None else Text(ru="причина не названа", en="no reason was given")


def text(value: Json) -> Text | None:
    """A text in both languages, or None."""
    return text_of(value) if isinstance(value, dict) and value else None
