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
    """One unit, in process order; ``measured`` maps a setpoint tag to the tag that says how far it is reached; ``area`` is an
    id of ``LineInfo.areas`` or empty.
    """

    id: str
    label: str
    unit_class: str
    name: Obj
    device: str
    phases: tuple[PhaseInfo, ...]
    key_values: tuple[KeyValueInfo, ...]
    measured: Mapping[str, str]
    area: str = ""

    def phase(self, phase_id: str) -> PhaseInfo | None:
        """The phase named ``phase_id`` or None."""
        return next((p for p in self.phases if p.id == phase_id), None)


@dataclass(frozen=True)
class AlarmInfo:
    """A configured alarm, everything about it that does not change while the line runs; views carry only its id.

    ``limit`` and ``deadband`` are in the tag's units (of a rate: per minute), ``window_s`` is what a rate is taken over,
    ``setpoint`` the tag a deviation is measured from. ``when``, ``suppress_when`` and ``condition`` are expressions.
    ``generated`` marks the diagnostic of a measurement that has other alarms. An ``area`` is an id of ``LineInfo.areas``.
    """

    id: str
    tag: str = ""
    unit: str = ""
    area: str = ""
    kind: str = ""
    priority: int = 4
    limit: float | None = None
    deadband: float = 0.0
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    latching: bool = False
    re_alarm_s: float = 0.0
    auto_ack: bool = False
    ccp: bool = False
    group: str = ""
    setpoint: str = ""
    window_s: float = 60.0
    when: str = ""
    suppress_when: str = ""
    condition: str = ""
    generated: bool = False
    text: Obj = field(default_factory=dict[str, Json])
    cause: Obj = field(default_factory=dict[str, Json])
    consequence: Obj = field(default_factory=dict[str, Json])
    response: Obj = field(default_factory=dict[str, Json])
    response_time_s: float = 0.0

    @property
    def against_value(self) -> bool:
        """Whether ``limit`` is a value of the tag itself: a line in its trend. That of a deviation or a rate is none."""
        return self.limit is not None and not self.kind.startswith(("deviation", "rate"))


@dataclass(frozen=True)
class AlarmRulesInfo:
    """What holds for all alarms: seconds, role names (empty: nobody) by priority, annunciations in ten minutes."""

    shelve_max_s: float = 8 * 3600.0
    shelve_warn_s: float = 300.0
    shelve_roles: Mapping[int, str] = field(default_factory=dict[int, str])
    shelve_ccp: str = ""
    remove_role: str = "engineer"
    flood_start: int = 10
    flood_end: int = 5
    version: str = ""

    def shelve_role(self, alarm: AlarmInfo) -> str:
        """Role that may shelve ``alarm``; empty: nobody."""
        return self.shelve_ccp if alarm.ccp else self.shelve_roles.get(alarm.priority, "")


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
    time_zone: str
    period_ms: int
    tags: Mapping[str, TagInfo]
    enums: Mapping[str, Mapping[int, Obj]]
    units: tuple[UnitInfo, ...]
    recipes: tuple[RecipeInfo, ...]
    alarms: Mapping[str, AlarmInfo]
    devices: Mapping[str, Obj] = field(default_factory=dict[str, Obj])
    areas: Mapping[str, Obj] = field(default_factory=dict[str, Obj])
    alarm_rules: AlarmRulesInfo = AlarmRulesInfo()
    escalation: Obj = field(default_factory=dict[str, Json])
    materials: Obj = field(default_factory=dict[str, Json])
    production: Obj = field(default_factory=dict[str, Json])

    def unit(self, unit_id: str) -> UnitInfo | None:
        """The unit named ``unit_id`` or None."""
        return next((u for u in self.units if u.id == unit_id), None)

    def limits_of(self, tag: str) -> list[tuple[float, str, int]]:
        """Alarm limits of a tag as (limit, kind, priority): values of the tag itself, to be drawn in its trend."""
        found = (a for a in self.alarms.values() if a.tag == tag and a.against_value)
        return [(a.limit, a.kind, a.priority) for a in found if a.limit is not None]

    def area_name(self, area: str, language: str) -> str:
        """The name of an area, its id when it has none."""
        return wire.bilingual(self.areas.get(area, {}), language) or area

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
        time_zone=wire.text(data, "time_zone"),
        period_ms=wire.integer(data, "period_ms", 250),
        tags={t.name: t for t in tags if t.name},
        enums={name: _enum(wire.obj(entries)) for name, entries in wire.obj(data, "enums").items()},
        units=tuple(_unit(u) for u in _named(data.get("units"))),
        recipes=tuple(_recipe(r) for r in _named(data.get("recipes"))),
        alarms={a.id: a for a in alarms if a.id},
        devices={wire.text(d, "id") or wire.text(d, "device"): d for d in _named(data.get("devices"))},
        areas={wire.text(a, "id"): wire.obj(a, "name") for a in wire.objects(data, "areas")},
        alarm_rules=_rules(wire.obj(data, "alarm_rules")),
        escalation=wire.obj(data, "escalation"),
        materials=wire.obj(data, "materials"),
        production=wire.obj(data, "production"),
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
        {full(setpoint): full(wire.text(measured, setpoint)) for setpoint in measured}, wire.text(entry, "area"),
    )  # fmt: skip


def _phase(unit_id: str, entry: Obj) -> PhaseInfo:
    parameters: dict[str, str] = {}
    for name, target in wire.obj(entry, "parameters").items():
        tag = target if isinstance(target, str) else wire.text(wire.obj(target), "tag")
        parameters[name] = tag if "." in tag else f"{unit_id}.{tag}"
    return PhaseInfo(wire.text(entry, "id"), wire.integer(entry, "number"), wire.obj(entry, "name"), parameters)


def _alarm(entry: Obj) -> AlarmInfo:
    def number(key: str) -> float:
        return wire.number(entry, key) or 0.0

    return AlarmInfo(
        id=wire.text(entry, "id"), tag=wire.text(entry, "tag"), unit=wire.text(entry, "unit"), area=wire.text(entry, "area"),
        kind=wire.text(entry, "kind"), priority=wire.integer(entry, "priority", 4), limit=wire.number(entry, "limit"),
        deadband=number("deadband"), on_delay_s=number("on_delay_s"), off_delay_s=number("off_delay_s"),
        latching=wire.flag(entry, "latching"), re_alarm_s=number("re_alarm_s"), auto_ack=wire.flag(entry, "auto_ack"),
        ccp=wire.flag(entry, "ccp"), group=wire.text(entry, "group"), setpoint=wire.text(entry, "setpoint"),
        window_s=number("window_s"), when=wire.text(entry, "when"), suppress_when=wire.text(entry, "suppress_when"),
        condition=wire.text(entry, "condition"), generated=wire.flag(entry, "generated"), text=wire.obj(entry, "text"),
        cause=wire.obj(entry, "cause"), consequence=wire.obj(entry, "consequence"), response=wire.obj(entry, "response"),
        response_time_s=number("response_time_s"),
    )  # fmt: skip


def _rules(entry: Obj) -> AlarmRulesInfo:
    """What an older engine does not say takes the default."""
    default = AlarmRulesInfo()

    def number(key: str, fallback: float) -> float:
        given = wire.number(entry, key)
        return fallback if given is None else given

    roles = wire.obj(entry, "shelve_roles")
    return AlarmRulesInfo(
        number("shelve_max_s", default.shelve_max_s), number("shelve_warn_s", default.shelve_warn_s),
        {int(p): wire.text(roles, p) for p in roles if p.isdigit()}, wire.text(entry, "shelve_ccp"),
        wire.text(entry, "remove_role", default.remove_role), wire.integer(entry, "flood_start", default.flood_start),
        wire.integer(entry, "flood_end", default.flood_end), wire.text(entry, "version"),
    )  # fmt: skip


def _recipe(entry: Obj) -> RecipeInfo:
    base = wire.number(entry, "base_batch_kg") or 100.0
    return RecipeInfo(
        wire.text(entry, "id"), wire.obj(entry, "name"), wire.text(entry, "version"), base,
        wire.number(entry, "size_lo_kg") or base, wire.number(entry, "size_hi_kg") or base,
    )  # fmt: skip
