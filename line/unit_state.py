"""What the supervisor knows of a unit, how it is shown and how it is saved; ``line/units.py`` moves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from line.documents import Text
from line.messages import Command, Json, JsonObject
from line.model import UnitModel
from line.phases import PHASE_COMMANDS, PHASE_TABLE, PhaseState
from line.stage import PhaseRequest
from line.tags import TagTable

STATES: Final = frozenset(int(s) for s in PhaseState)
NO_STATE: Final = -1


@dataclass(frozen=True)
class Pending:
    """A request written to the PLC that the PLC has not judged yet."""

    request: PhaseRequest
    number: int
    deadline_ns: int
    command: Command | None


@dataclass(frozen=True)
class UnitState:
    """One unit as the supervisor knows it.

    ``sts`` and ``act`` are -1 while their quality is not Good; ``number`` is that of the last request written, 0 before it.
    """

    mode: str = "auto"
    owner: str = ""
    sts: int = NO_STATE
    act: int = NO_STATE
    batch_no: int = 0
    pending: Pending | None = None
    refused: tuple[JsonObject, ...] = ()
    conditions: tuple[bool | None, ...] = ()
    unknown_since_ns: int = 0
    tripped: frozenset[str] = field(default_factory=frozenset[str])
    tripped_at_ns: int = 0
    number: int = 0


UnitsState = tuple[UnitState, ...]


def unit_view(model: UnitModel, unit: UnitState, tags: TagTable) -> JsonObject:
    """The unit as panels see it (docs/ARCHITECTURE.md, view ``units``)."""
    phase = model.phase_by_number(unit.act)
    permitted = len(unit.conditions) == len(model.conditions) and all(unit.conditions)
    table = PHASE_TABLE[PhaseState(unit.sts)] if unit.sts in STATES else {}
    allowed = {c: c in table and (c not in ("start", "restart", "resume") or permitted) for c in PHASE_COMMANDS}
    conditions: list[Json] = [
        {"id": c.id, "kind": c.kind, "ok": ok, "text": c.text.to_json(), "tag": tags[c.show].name if c.show >= 0 else ""}
        for c, ok in zip(model.conditions, unit.conditions or (None,) * len(model.conditions), strict=True)
    ]
    return {
        "mode": unit.mode,
        "state": state_name(unit.sts),
        "phase": phase.id if phase is not None else "",
        "batch": unit.owner,
        "batch_no": unit.batch_no,
        "pending": unit.pending.request.command if unit.pending is not None else "",
        "refused": list(unit.refused),
        "conditions": conditions,
        "allowed": allowed,
    }


def restored_unit(saved: Json) -> UnitState:
    """A unit after a restart; what the PLC does is read from the PLC again."""
    if not isinstance(saved, Mapping):
        return UnitState()
    mode, owner, batch_no = saved.get("mode"), saved.get("owner"), saved.get("batch_no")
    return UnitState(
        mode="manual" if mode == "manual" else "auto",
        owner=owner if isinstance(owner, str) else "",
        batch_no=batch_no if isinstance(batch_no, int) else 0,
    )


def not_fulfilled(text: Text, ok: bool | None) -> Text:
    """Why a condition stands against a command: its words say what must be true, so they need a "not" before them."""
    if ok is None:
        return Text(ru=f"нет достоверных данных: «{text.ru}»", en=f"no good data for: {text.en}")
    return Text(ru=f"не выполнено: «{text.ru}»", en=f"not fulfilled: {text.en}")


def state_name(sts: int) -> str:
    """The state as events and views spell it; ``unknown`` while its quality is not Good."""
    return PhaseState(sts).name.lower() if sts in STATES else "unknown"
