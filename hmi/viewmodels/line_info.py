"""The description of the line as ``GET /api/line`` gives it, read once into frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hmi.viewmodels import wire
from hmi.viewmodels.wire import Obj
from line.messages import Json


@dataclass(frozen=True)
class TagInfo:
    """What a panel knows of a tag; ``lo``/``hi`` are the engineering range, texts in both languages."""

    name: str
    kind: str
    eu: str
    lo: float
    hi: float
    decimals: int
    writable: bool
    enum: str
    text: Obj
    unit: str
    device: str
    address: str

    @property
    def short(self) -> str:
        """The part after the first dot."""
        return self.name.split(".", 1)[-1]

    @property
    def analog(self) -> bool:
        """A measured number worth an indicator: no setpoint, no flag, no code, none of the handshake's words."""
        return self.kind in ("float", "int") and not self.short.startswith(("SP_", "Ph")) and bool(self.eu)


@dataclass(frozen=True)
class KeyValueInfo:
    """An indicator: tag, setpoint tag (may be empty), normal band and drawn scale."""

    tag: str
    setpoint: str
    normal: tuple[float, float] | None
    scale: tuple[float, float] | None


@dataclass(frozen=True)
class PhaseInfo:
    """A phase that a unit can run; ``parameters`` maps the parameter's name to the setpoint tag's full name."""

    id: str
    number: int
    name: Obj
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class UnitInfo:
    """One unit, in process order; ``measured`` maps a setpoint tag to the tag that says how far it is reached."""

    id: str
    label: str
    unit_class: str
    name: Obj
    device: str
    phases: tuple[PhaseInfo, ...]
    key_values: tuple[KeyValueInfo, ...]
    measured: Mapping[str, str]

    def phase(self, phase_id: str) -> PhaseInfo | None:
        """The phase named ``phase_id`` or None."""
        return next((p for p in self.phases if p.id == phase_id), None)


@dataclass(frozen=True)
class AlarmInfo:
    """A configured alarm: kind (``high``, ``low``, …), priority 1…4 and limit in the tag's units."""

    id: str
    tag: str
    kind: str
    priority: int
    limit: float | None
    text: Obj


@dataclass(frozen=True)
class RecipeInfo:
    """A master recipe that can be started; sizes in kilograms."""

    id: str
    name: Obj
    version: str
    base_batch_kg: float
    size_lo_kg: float
    size_hi_kg: float


@dataclass(frozen=True)
class LineInfo:
    """The whole description."""

    line: str
    name: Obj
    period_ms: int
    tags: Mapping[str, TagInfo]
    enums: Mapping[str, Mapping[int, Obj]]
    units: tuple[UnitInfo, ...]
    recipes: tuple[RecipeInfo, ...]
    alarms: Mapping[str, AlarmInfo]
    devices: Mapping[str, Obj] = field(default_factory=dict[str, Obj])

    def unit(self, unit_id: str) -> UnitInfo | None:
        """The unit named ``unit_id`` or None."""
        return next((u for u in self.units if u.id == unit_id), None)

    def limits_of(self, tag: str) -> list[tuple[float, str, int]]:
        """Alarm limits of a tag as (limit, kind, priority)."""
        return [(a.limit, a.kind, a.priority) for a in self.alarms.values() if a.tag == tag and a.limit is not None]

    def enum_text(self, enum: str, value: float | None, language: str) -> str:
        """The word for a code of an enumeration, the number when it has none."""
        if value is None:
            return ""
        return wire.bilingual(self.enums.get(enum, {}).get(int(value)), language) or str(int(value))


def parse_line(data: Obj) -> LineInfo:
    """Read the description; entries that make no sense are left out."""
    tags = [_tag(t) for t in wire.objects(data, "tags")]
    alarms = [_alarm(a) for a in _named(data.get("alarms"))]
    return LineInfo(
        line=wire.text(data, "line"),
        name=wire.obj(data, "name"),
        period_ms=wire.integer(data, "period_ms", 250),
        tags={t.name: t for t in tags if t.name},
        enums={name: _enum(wire.obj(entries)) for name, entries in wire.obj(data, "enums").items()},
        units=tuple(_unit(u) for u in _named(data.get("units"))),
        recipes=tuple(_recipe(r) for r in _named(data.get("recipes"))),
        alarms={a.id: a for a in alarms if a.id},
        devices={wire.text(d, "id") or wire.text(d, "device"): d for d in _named(data.get("devices"))},
    )


def _named(value: Json) -> list[Obj]:
    """A list of objects with ``id``, or a mapping id → object, as a list of objects with ``id``."""
    listed = wire.objects(value)
    return listed or [{"id": key, **wire.obj(entry)} for key, entry in wire.obj(value).items()]


def _tag(entry: Obj) -> TagInfo:
    name = wire.text(entry, "name")
    lo, hi = wire.number(entry, "lo"), wire.number(entry, "hi")
    return TagInfo(
        name, wire.text(entry, "kind", "float"), wire.text(entry, "eu"), 0.0 if lo is None else lo, 100.0 if hi is None else hi,
        wire.integer(entry, "decimals"), wire.flag(entry, "writable"), wire.text(entry, "enum"),
        {"ru": wire.text(entry, "ru") or name, "en": wire.text(entry, "en") or name},
        wire.text(entry, "unit") or name.split(".", 1)[0], wire.text(entry, "device"), wire.text(entry, "address"),
    )  # fmt: skip


def _enum(entries: Obj) -> dict[int, Obj]:
    return {int(k): wire.obj(v) for k, v in entries.items() if k.isdigit()}


def _unit(entry: Obj) -> UnitInfo:
    unit_id = wire.text(entry, "id")

    def full(name: str) -> str:
        return name.replace("{u}", unit_id)

    key_values = tuple(
        KeyValueInfo(
            full(wire.text(k, "tag")), full(wire.text(k, "setpoint")), wire.pair(k.get("normal")), wire.pair(k.get("scale"))
        )
        for k in wire.objects(entry, "key_values")
    )
    measured = wire.obj(entry, "measured")
    phases = tuple(_phase(unit_id, p) for p in _named(entry.get("phases")))
    return UnitInfo(
        unit_id, wire.text(entry, "label", unit_id), wire.text(entry, "class"), wire.obj(entry, "name"),
        wire.text(entry, "device"), tuple(sorted(phases, key=lambda p: p.number)), key_values,
        {full(setpoint): full(wire.text(measured, setpoint)) for setpoint in measured},
    )  # fmt: skip


def _phase(unit_id: str, entry: Obj) -> PhaseInfo:
    parameters: dict[str, str] = {}
    for name, target in wire.obj(entry, "parameters").items():
        tag = target if isinstance(target, str) else wire.text(wire.obj(target), "tag")
        parameters[name] = tag if "." in tag else f"{unit_id}.{tag}"
    return PhaseInfo(wire.text(entry, "id"), wire.integer(entry, "number"), wire.obj(entry, "name"), parameters)


def _alarm(entry: Obj) -> AlarmInfo:
    return AlarmInfo(
        wire.text(entry, "id"), wire.text(entry, "tag"), wire.text(entry, "kind"), wire.integer(entry, "priority", 4),
        wire.number(entry, "limit"), wire.obj(entry, "text"),
    )  # fmt: skip


def _recipe(entry: Obj) -> RecipeInfo:
    base = wire.number(entry, "base_batch_kg") or 100.0
    return RecipeInfo(
        wire.text(entry, "id"), wire.obj(entry, "name"), wire.text(entry, "version"), base,
        wire.number(entry, "size_lo_kg") or base, wire.number(entry, "size_hi_kg") or base,
    )  # fmt: skip
