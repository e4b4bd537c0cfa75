"""State of a unit as the panel shows it: chip, conditions, commands that are allowed, the line at the card's foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.batches import batch_label, batch_of_unit
from hmi.viewmodels.format import duration_text, with_eu
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.phases import PhaseState

COMMANDS: Final = ("start", "hold", "restart", "stop", "abort", "reset")
_STYLE: Final[dict[str, str]] = {
    "idle": "plain", "running": "run", "complete": "plain", "pausing": "held", "paused": "held", "holding": "held",
    "held": "held", "restarting": "run", "stopping": "off", "stopped": "off", "aborting": "off", "aborted": "off",
    "execute": "run", "starting": "run", "suspended": "off", "suspending": "off", "unsuspending": "run", "completing": "run",
    "completed": "plain", "resetting": "plain", "clearing": "plain", "unholding": "run",
}  # fmt: skip
_PACKML: Final[dict[int, str]] = {
    1: "clearing", 2: "stopped", 3: "starting", 4: "idle", 5: "suspended", 6: "execute", 7: "stopping", 8: "aborting",
    9: "aborted", 10: "holding", 11: "held", 12: "unholding", 13: "suspending", 14: "unsuspending", 15: "resetting",
    16: "completing", 17: "completed",
}  # fmt: skip


@dataclass(frozen=True)
class ConditionRow:
    """A permissive or interlock: ``ok`` is None when it cannot be judged; ``value`` explains it."""

    id: str
    kind: str
    ok: bool | None
    text: Obj
    value: float | None
    eu: str
    tag: str = ""


@dataclass(frozen=True)
class UnitState:
    """A unit as the ``units`` view tells it; ``state`` is a lower-case ISA-88 word, empty when unknown."""

    id: str
    mode: str
    state: str
    phase: str
    batch: str
    batch_no: int
    pending: bool
    refused: tuple[Obj, ...]
    conditions: tuple[ConditionRow, ...]
    allowed: dict[str, bool]

    def may(self, command: str) -> bool:
        """True when the engine would take the command now."""
        return self.allowed.get(command, False)


@dataclass(frozen=True)
class Chip:
    """A state word and its style: ``run``, ``held``, ``off``, ``plain``, ``unknown`` or ``manual``."""

    text: str
    style: str


def unit_state(store: LineStore, unit_id: str) -> UnitState:
    """The unit's entry of the view; all empty when there is none."""
    entry = wire.obj(wire.obj(store.view("units"), "units"), unit_id)
    pending = entry.get("pending")
    return UnitState(
        unit_id, wire.text(entry, "mode", "auto").lower(), _state_word(entry), wire.text(entry, "phase"),
        wire.text(entry, "batch"), wire.integer(entry, "batch_no"), bool(pending), tuple(wire.objects(entry, "refused")),
        tuple(_condition(c) for c in wire.objects(entry, "conditions")),
        {name: value is True for name, value in wire.obj(entry, "allowed").items()},
    )  # fmt: skip


def _state_word(entry: Obj) -> str:
    state = entry.get("state")
    if isinstance(state, int | float) and not isinstance(state, bool):
        return PhaseState(int(state)).name.lower() if int(state) in set(PhaseState) else ""
    return state.lower() if isinstance(state, str) else ""


def _condition(entry: Obj) -> ConditionRow:
    ok = entry.get("ok")
    return ConditionRow(
        wire.text(entry, "id"), wire.text(entry, "kind"), ok if isinstance(ok, bool) else None, wire.obj(entry, "text"),
        wire.number(entry, "value"), wire.text(entry, "eu"), wire.text(entry, "tag"),
    )  # fmt: skip


def state_text(store: LineStore, word: str) -> str:
    """The line's own word for an ISA-88 state (its enumeration ``phase_state``); a dash while it is not known."""
    if word in ("", UNKNOWN):
        return NO_STATE
    number = next((int(s) for s in PhaseState if s.name.lower() == word), None)
    return store.line.enum_text("phase_state", number, store.language) if store.line and number is not None else word


def phase_text(store: LineStore, unit_id: str, phase_id: str) -> str:
    """The name of a phase of a unit; of a phase that the unit has not, the name that another unit gives it."""
    own = store.unit(unit_id)
    for unit in (own, *store.units()):
        phase = unit.phase(phase_id) if unit is not None else None
        if phase is not None:
            return store.text(phase.name)
    return phase_id


def unit_chip(store: LineStore, unit_id: str) -> Chip:
    """The state word of a unit: the phase's name while it runs, the machine's own state on a PackML unit."""
    state = unit_state(store, unit_id)
    if not store.live or state.state in ("", UNKNOWN):
        return Chip(f"? {state_text(store, state.state)}", "unknown")
    packml = store.number(f"{unit_id}.StateCurrent")
    if packml is not None and store.line is not None and int(packml) in _PACKML:
        return Chip(store.line.enum_text("packml_state", packml, store.language), _STYLE[_PACKML[int(packml)]])
    if state.state == "running" and state.phase:
        return Chip(phase_text(store, unit_id, state.phase), "run")
    return Chip(state_text(store, state.state), _STYLE.get(state.state, "plain"))


NO_STATE: Final = "—"
UNKNOWN: Final = "unknown"
"""The word of the view for a unit whose state is not Good: its PLC is lost."""


def failing(state: UnitState) -> list[ConditionRow]:
    """Conditions that are not met or cannot be judged, each text once."""
    seen: set[str] = set()
    rows: list[ConditionRow] = []
    for row in state.conditions:
        if row.ok is not True and row.id not in seen:
            seen.add(row.id)
            rows.append(row)
    return rows


def condition_value(store: LineStore, row: ConditionRow) -> str:
    """The live value that explains a condition, with its unit; ``?`` before one that is not good; empty when it has none."""
    info = store.tag(row.tag) if row.tag else None
    if info is None:
        return with_eu(row.value, 1, row.eu, store.language) if row.value is not None else ""
    value = store.value(row.tag)
    return ("" if value.good else "? ") + with_eu(value.value, info.decimals, info.eu, store.language)


def foot_text(store: LineStore, unit_id: str) -> str:
    """The line at the foot of a card: why it stands, or the batch and how long its phase runs, or what is missing."""
    state = unit_state(store, unit_id)
    if state.refused:
        return store.text(state.refused[0])
    batch = batch_of_unit(store, unit_id)
    if batch is not None and batch.held and batch.held_reason:
        return store.text(batch.held_reason)
    if batch is not None and batch.waiting:
        return store.text(batch.waiting)
    seconds = store.number(f"{unit_id}.PhTime")
    running = state.state not in ("idle", "complete", "")
    parts = [batch_label(batch)] if batch is not None else [f"№{state.batch_no}"] if state.batch_no and running else []
    if running and seconds is not None:
        parts.append(duration_text(seconds))
    if not parts:
        parts = [store.text(row.text) for row in failing(state)[:1] if row.kind == "permissive"]
        parts = [f"✕ {p}" for p in parts]
    return " · ".join(parts)
