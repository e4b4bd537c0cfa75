"""The batches of a shift, each as its own record knows it at the end of the shift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from historian import record_sections as sections
from historian.record_curves import ccp
from historian.record_facts import Facts, read_facts
from historian.record_recipe import Words, find_source, recipe_words, text_of
from historian.records import FINAL_STATES
from historian.shift_report_facts import ShiftFacts
from line.clock import NS_PER_S
from line.jsontools import finite, objects
from line.messages import Event, Json, JsonObject


@dataclass(frozen=True)
class BatchRow:
    """What a report needs of a batch, as of the end of the shift. ``totals`` are those of its record."""

    id: str
    facts: Facts
    name: Words
    recipe: str
    size_kg: float | None
    states: tuple[Event, ...]
    totals: JsonObject
    steps: tuple[JsonObject, ...]
    ccp: tuple[JsonObject, ...]
    deviations: tuple[JsonObject, ...]
    changes: tuple[JsonObject, ...]
    product: str
    materials: Mapping[str, Words]

    @property
    def state(self) -> str:
        """State of the batch."""
        return str(self.states[-1].data.get("to")) if self.states else "idle"

    @property
    def ended_ns(self) -> int | None:
        """When it came to its end; None while it has not."""
        return self.states[-1].time_ns if self.states and self.state in FINAL_STATES else None

    @property
    def started_ns(self) -> int | None:
        """When it ran first."""
        return next((e.time_ns for e in self.states if e.data.get("to") == "running"), None)


def read_batches(journal: Path, facts: ShiftFacts) -> list[BatchRow]:
    """All that had any part in the shift, in the order of their creation."""
    found = [_read(read, batch) for batch in facts.batches if (read := read_facts(journal, batch, facts.end_seq)) is not None]
    return [b for b in found if b.ended_ns is None or b.ended_ns >= facts.started.time_ns]


def _read(facts: Facts, batch: str) -> BatchRow:
    made = sections.created(facts)
    wanted = str(made.get("hash") or made.get("fingerprint") or "")
    source, fits = find_source(wanted, facts.states, [e.data for e in facts.recipe_events])
    words = recipe_words(source if fits else None)
    products = sections.of(facts, "product")
    materials = sections.materials(facts, words)
    return BatchRow(
        id=batch, facts=facts, name=words.name, recipe=str(made.get("recipe", "")), size_kg=finite(made.get("size_kg")),
        states=tuple(e for e in sections.of(facts, "state") if not e.data.get("node")),
        totals=sections.totals(facts, words, materials), steps=tuple(sections.steps(facts, words)),
        ccp=tuple(ccp(facts, words)), deviations=tuple(sections.deviations(facts, words)),
        changes=tuple(sections.changes(facts, words)),
        product=str(products[-1].data.get("to")) if products else "free",
        materials={str(m["material"]): text_of(m["name"]) for m in materials},
    )  # fmt: skip


def batch_json(batch: BatchRow, facts: ShiftFacts) -> JsonObject:
    """A row of the report: state, phases that run, holds within the shift, mass and yield."""
    running = [s for s in batch.steps if s.get("status") == "open"] if batch.ended_ns is None else []
    left = _left(batch.id, facts)
    phases: list[Json] = [
        {"node": s.get("node"), "name": s.get("name"), "unit": s.get("unit"), "phase": s.get("phase"),
         "started_ns": s.get("started_ns"), "left_s": left.get(str(s.get("node")))}
        for s in running
    ]  # fmt: skip
    holds, held_s = _holds(batch.states, facts)
    return {
        "id": batch.id, "recipe": batch.recipe, "name": dict(batch.name), "size_kg": batch.size_kg, "state": batch.state,
        "product": batch.product, "started_ns": batch.started_ns, "ended_ns": batch.ended_ns, "phases": phases, "holds": holds,
        "held_s": held_s, **{k: batch.totals.get(k) for k in ("charged_kg", "raw_kg", "packed_kg", "yield_pct")},
        "deviations": len(batch.deviations),
    }  # fmt: skip


def _left(batch: str, facts: ShiftFacts) -> dict[str, Json]:
    """Node → seconds left, as the view of batches said at the end of the shift."""
    told = objects(facts.ended.data.get("in_progress")) if facts.ended is not None else []
    row = next((r for r in told if r.get("batch") == batch), {})
    return {str(a.get("node")): a.get("left_s") for a in objects(row.get("active"))}


def _holds(states: Sequence[Event], facts: ShiftFacts) -> tuple[int, float]:
    """How often the batch was held in the shift, and how long (s)."""
    count, held_ns, since_ns = 0, 0, 0
    begin, end = facts.started.time_ns, facts.end_ns
    for event in states:
        word = event.data.get("to")
        if since_ns:
            held_ns += max(0, min(event.time_ns, end) - max(since_ns, begin))
            since_ns = 0
        if word == "held":
            since_ns = event.time_ns
            count += begin <= event.time_ns <= end
    if since_ns:
        held_ns += max(0, end - max(since_ns, begin))
    return count, round(held_ns / NS_PER_S, 1)


def completed_within(batch: BatchRow, facts: ShiftFacts) -> bool:
    """Whether it was completed in the shift."""
    ended_ns = batch.ended_ns
    return batch.state == "complete" and ended_ns is not None and facts.started.time_ns <= ended_ns <= facts.end_ns
