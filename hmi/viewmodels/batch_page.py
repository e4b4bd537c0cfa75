"""What the batch page shows: steps with their times, parameters with limits and the value that is measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import Batch, BatchParameter
from hmi.viewmodels.commands import CommandBook
from hmi.viewmodels.format import (
    clock_minutes,
    decimals_for,
    duration_text,
    eu_text,
    hours_text,
    in_minutes,
    limits_text,
    value_text,
)
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import Chip, phase_text
from line.clock import NS_PER_S

STYLES: Final[Mapping[str, str]] = {
    "idle": "plain", "running": "run", "pausing": "held", "paused": "held", "holding": "held", "held": "held",
    "restarting": "run", "complete": "plain", "stopping": "off", "stopped": "off", "aborting": "off", "aborted": "off",
}  # fmt: skip


KINDS: Final = (
    "batch.command", "batch.parameter", "batch.mode", "batch.step", "batch.reply", "batch.lot", "batch.comment",
    "batch.disposition",
)  # fmt: skip
"""Kinds of commands whose target is a batch."""


def batch_chip(batch: Batch, word: str) -> Chip:
    """The state in its box."""
    return Chip(word, STYLES.get(batch.state.lower(), "unknown"))


def place_text(store: LineStore, batch: Batch) -> str:
    """Unit and phase of one step at work, those in a unit first; the phase alone while it waits for a unit.

    While no phase is at work, the step that is: a question, a transition, a hold timer.
    """
    at_work = [a for a in batch.active if a.phase]
    if batch.active and not at_work:
        first = batch.active[0]
        unit = store.unit(first.unit)
        name = step_name(store, batch, first.node)
        return f"{unit.label} · {name}" if unit is not None else name
    step = next((a for a in at_work if a.unit), at_work[0] if at_work else None)
    unit_id, phase_id = (step.unit, step.phase) if step is not None else (batch.unit, batch.phase)
    unit, phase = store.unit(unit_id), phase_text(store, unit_id, phase_id)
    if unit is None:
        return phase
    return f"{unit.label} {store.text(unit.name)}" if not phase or phase == store.text(unit.name) else f"{unit.label} · {phase}"


def reason_text(store: LineStore, batch: Batch) -> str:
    """Why it is held or what it waits for, in plain words; empty when it goes on."""
    return store.text(batch.held_reason) or store.text(batch.waiting)


def duration(batch: Batch, now_ns: int) -> str:
    """How long it ran, or runs: minutes and seconds below an hour, hours and minutes from there on."""
    if not batch.started_ns:
        return ""
    seconds = ((batch.ended_ns or now_ns) - batch.started_ns) / NS_PER_S
    return duration_text(seconds) if seconds < 3600 else hours_text(seconds)


@dataclass(frozen=True)
class StepLine:
    """A stretch of the procedure: phase in a unit, when, how long; ``current`` lasts."""

    number: int
    text: str
    start: str
    lasted: str
    current: bool


def step_lines(store: LineStore, batch: Batch, now_ns: int) -> list[StepLine]:
    """The phases that the batch went through, oldest first."""
    lines: list[StepLine] = []
    for i, stay in enumerate(batch.history, start=1):
        unit = store.unit(stay.unit)
        phase = phase_text(store, stay.unit, stay.phase)
        where = f"{unit.label} {store.text(unit.name)}" if unit is not None else stay.unit
        text = phase if unit is not None and phase == store.text(unit.name) else f"{phase} · {where}"
        seconds = ((stay.end_ns or now_ns) - stay.start_ns) / NS_PER_S
        lines.append(StepLine(i, text, clock_minutes(stay.start_ns), duration_text(seconds), stay.end_ns is None))
    return lines


@dataclass(frozen=True)
class Measured:
    """The value that says how far a setpoint is reached; ``value`` is the last one known, live only when ``good``."""

    value: float | None
    good: bool
    text: str


@dataclass(frozen=True)
class ParameterRow:
    """A parameter as the page shows it; ``now`` while its phase is at work and something measures it."""

    parameter: BatchParameter
    name: str
    where: str
    value: str
    limits: str
    decimals: int
    now: Measured | None = None


def parameter_rows(store: LineStore, batch: Batch) -> list[ParameterRow]:
    """All parameters, those of the current phase first."""
    at_work = {(a.unit, a.phase) for a in batch.active} or {(batch.unit, batch.phase)}
    ordered = sorted(batch.parameters, key=lambda p: (p.unit, p.phase) not in at_work)
    rows: list[ParameterRow] = []
    for p in ordered:
        decimals = decimals_for(p.value, p.lo, p.hi)
        unit = store.unit(p.unit)
        phase = phase_text(store, p.unit, p.phase)
        where = f"{unit.label} · {phase}" if unit is not None else phase
        limits = limits_text(p.lo, p.hi, decimals, p.eu, store.language)
        if not in_minutes(p.eu, p.hi):
            limits = f"{limits}\u00a0{eu_text(p.eu, store.language)}".strip()
        value = value_text(p.value, decimals, p.eu, store.language)
        now = measured(store, p) if (p.unit, p.phase) in at_work else None
        rows.append(ParameterRow(p, store.text(p.name), where, value, limits, decimals, now))
    return rows


def measured(store: LineStore, parameter: BatchParameter) -> Measured | None:
    """What the line measures of a parameter's setpoint (``measured`` of ``line.yaml``); None where nothing does."""
    unit = store.unit(parameter.unit)
    phase = unit.phase(parameter.phase) if unit is not None else None
    if unit is None or phase is None:
        return None
    named = [n for n in phase.parameters if parameter.id == n or parameter.id.endswith(f"_{n}")]
    tag = unit.measured.get(phase.parameters[max(named, key=len)], "") if named else ""
    info = store.tag(tag)
    if info is None:
        return None
    value = store.value(tag)
    shown = value_text(value.value, info.decimals, info.eu, store.language)
    return Measured(value.value, value.good, shown if value.good else f"? {shown}")


def last_refusal(store: LineStore, book: CommandBook, batch_id: str) -> str:
    """Why the newest command for this batch was refused, in words; empty when it was not."""
    newest = [c for kind in KINDS if (c := book.last(kind, batch_id)) is not None]
    if not newest:
        return ""
    last = max(newest, key=lambda c: c.local)
    if last.state != "refused":
        return ""
    return "; ".join(t for r in last.reasons if (t := store.text(r))) or last.error
