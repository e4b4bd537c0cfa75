"""The engine's description of the line (``GET /api/line``), indexed for the checks of commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pydantic import BaseModel, ConfigDict

from line.messages import JsonObject

HANDSHAKE_SUFFIXES: Final = frozenset({"PhId", "PhCmd", "BatchNo", "PhReq"})
"""Tags of a unit that only ``line/units.py`` writes: writing them by hand would start a phase past its permissives."""

HEARTBEAT_SUFFIX: Final = "SupHeartbeat"


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class TagRow(_Row):
    """One tag of the description."""

    name: str
    kind: str
    eu: str = ""
    lo: float
    hi: float
    writable: bool = False
    enum: str = ""


class AlarmRow(_Row):
    """One alarm of the description."""

    id: str
    priority: int = 0


class _ServiceRow(_Row):
    id: str


class _EscalationRow(_Row):
    services: tuple[_ServiceRow, ...] = ()


class _RulesRow(_Row):
    shelve_max_s: float = 8 * 3600.0
    flood_start: int = 10
    flood_end: int = 5


class _UnitRow(_Row):
    id: str
    phases: Mapping[str, object] | Sequence[object] = ()


class _DescriptionRow(_Row):
    line: str
    period_ms: float = 250.0
    tags: tuple[TagRow, ...]
    enums: Mapping[str, Mapping[int, object]] = {}
    units: tuple[_UnitRow, ...] = ()
    alarms: tuple[AlarmRow, ...] = ()
    alarm_rules: _RulesRow = _RulesRow()
    escalation: _EscalationRow | None = None


@dataclass(frozen=True, eq=False)
class LineIndex:
    """The line by names. ``phases`` is unit → phase → parameter → its setpoint tag ('' when not known).

    ``shelve_max_min`` is the longest time for which an alarm is shelved; ``services`` are those that can be called, None when
    the description does not tell.
    """

    line: str
    description: JsonObject
    period_ms: float
    names: tuple[str, ...]
    tags: Mapping[str, TagRow]
    enums: Mapping[str, frozenset[int]]
    phases: Mapping[str, Mapping[str, Mapping[str, str]]]
    alarms: Mapping[str, AlarmRow]
    shelve_max_min: float
    flood_start: int
    flood_end: int
    services: frozenset[str] | None
    protected: frozenset[str]
    string_handles: frozenset[int]

    @staticmethod
    def from_description(description: JsonObject) -> LineIndex:
        """Index ``description``. Raises ValueError (pydantic's) when it is not what ARCHITECTURE.md promises."""
        row = _DescriptionRow.model_validate(description)
        tags = {t.name: t for t in row.tags}
        phases = {u.id: _phases(u.id, u.phases, tags) for u in row.units}
        protected = {f"{u}.{s}" for u in phases for s in HANDSHAKE_SUFFIXES}
        protected |= {t for t in tags if t.rsplit(".", 1)[-1] == HEARTBEAT_SUFFIX}
        return LineIndex(
            line=row.line,
            description=description,
            period_ms=row.period_ms,
            names=tuple(t.name for t in row.tags),
            tags=tags,
            enums={name: frozenset(values) for name, values in row.enums.items()},
            phases=phases,
            alarms={a.id: a for a in row.alarms},
            shelve_max_min=row.alarm_rules.shelve_max_s / 60.0,
            flood_start=row.alarm_rules.flood_start,
            flood_end=row.alarm_rules.flood_end,
            services=None if row.escalation is None else frozenset(s.id for s in row.escalation.services),
            protected=frozenset(protected),
            string_handles=frozenset(h for h, t in enumerate(row.tags) if t.kind == "string"),
        )


def _phases(unit: str, phases: object, tags: Mapping[str, TagRow]) -> dict[str, dict[str, str]]:
    """Phases as a mapping by id or as a list of objects with ``id``."""
    return {name: _parameters(unit, body.get("parameters"), tags) for name, body in _named(phases)}


def _named(rows: object) -> list[tuple[str, Mapping[str, object]]]:
    found: list[tuple[str, Mapping[str, object]]] = []
    if isinstance(rows, Mapping):
        for name, body in cast(Mapping[str, object], rows).items():
            found.append((name, cast(Mapping[str, object], body) if isinstance(body, Mapping) else {"tag": body}))
    elif isinstance(rows, Sequence) and not isinstance(rows, str):
        for body in cast(Sequence[object], rows):
            if isinstance(body, Mapping):
                keys = cast(Mapping[str, object], body)
                found.append((str(keys.get("id", keys.get("name", ""))), keys))
            else:
                found.append((str(body), {}))
    return found


def _parameters(unit: str, parameters: object, tags: Mapping[str, TagRow]) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, body in _named(parameters):
        tag = str(body.get("tag", body.get("setpoint", "")))
        result[name] = next((t for t in (tag, f"{unit}.{tag}") if t in tags), "")
    return result
