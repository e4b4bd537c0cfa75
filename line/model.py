"""The resolved line: units with the handles of their tags, ready for the scan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from line.config import Condition, Interlock, KeyValue, LineFile, UnitClass, UnitEntry
from line.diagnostics import BUILT_IN_ENUMS
from line.documents import Document, KeyPath, Problem, Text
from line.expr import Expression, ExpressionError, parse_expression
from line.integrals import Integral, is_integral, parse_integral
from line.tags import CALC_DEVICE, ENGINE_DEVICE, TagKind, TagTable

HANDSHAKE_TAGS: Final = ("PhSts", "PhAct", "PhAck", "PhRes", "PhTime", "PhDone", "PhId", "PhCmd", "BatchNo", "PhReq")
_DEVICE_NAME: Final = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
LAST_COUNT: Final = 65_535
"""Heartbeats and request numbers are counts of 16 bits."""

_PLC_WRITES: Final = ("PhId", "PhCmd", "BatchNo", "PhReq")


@dataclass(frozen=True)
class PhaseModel:
    """An equipment phase; ``parameters`` maps each parameter's name to the handle of its setpoint tag."""

    id: str
    number: int
    name: Text
    parameters: Mapping[str, int]


@dataclass(frozen=True)
class ConditionModel:
    """A permissive, an interlock or a ``safe`` condition of a unit. ``action`` is '' but for an interlock; ``show`` is a tag
    handle or -1."""

    id: str
    kind: str
    expression: Expression
    text: Text
    show: int
    action: str


@dataclass(frozen=True)
class ModuleModel:
    """An equipment module of a unit; ``tags`` are the names of those it is seen by."""

    id: str
    name: Text
    tags: tuple[str, ...]


@dataclass(frozen=True)
class UnitModel:
    """A unit with the handles of its handshake tags (docs/ARCHITECTURE.md); ``measured`` maps setpoint tag to measured tag,
    ``capability`` each setpoint tag of a phase to what the unit can keep of it, in engineering units."""

    id: str
    class_id: str
    label: str
    name: Text
    device: str
    phases: Mapping[str, PhaseModel]
    key_values: tuple[KeyValue, ...]
    measured: Mapping[str, str]
    conditions: tuple[ConditionModel, ...]
    sts: int
    act: int
    ack: int
    res: int
    time: int
    done: int
    phase_id: int
    cmd: int
    batch_no: int
    req: int
    area: str = ""
    safe: tuple[ConditionModel, ...] = ()
    modules: tuple[ModuleModel, ...] = ()
    capability: Mapping[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def phase_by_number(self, number: int) -> PhaseModel | None:
        """The phase with this number in the PLC, or None."""
        return next((p for p in self.phases.values() if p.number == number), None)


@dataclass(frozen=True)
class LineModel:
    """A line as the stages know it; ``calc`` are the computed tags in the order in which they are evaluated.

    ``integrals`` are those computed tags that are sums over time.
    """

    id: str
    name: Text
    file: LineFile
    tags: TagTable
    units: Mapping[str, UnitModel]
    classes: Mapping[str, UnitClass]
    heartbeats: tuple[int, ...]
    calc: tuple[tuple[int, Expression], ...]
    integrals: tuple[Integral, ...] = ()

    @property
    def enums(self) -> Mapping[str, Mapping[int, Text]]:
        """Name → number → text: those of ``line.yaml`` and those that every line has."""
        return {**self.file.enums, **BUILT_IN_ENUMS}


def build_model(
    file: LineFile, tags: TagTable, document: Document, tags_file: str = "tags.csv"
) -> tuple[LineModel | None, list[Problem]]:
    """Resolve names to handles; every name that does not exist is a :class:`Problem` with the line it stands in."""
    model, resolver = _resolve(file, tags, document, tags_file)
    return (None, resolver.problems) if resolver.problems else (model, [])


def build_draft(file: LineFile, tags: TagTable, document: Document) -> LineModel:
    """A model of a line with problems, broken tags standing in for missing ones: to check recipes against, never to run."""
    _, resolver = _resolve(file, tags, document, "")
    return _resolve(file, tags.with_missing(resolver.missing), document, "")[0]


def _resolve(file: LineFile, tags: TagTable, document: Document, tags_file: str) -> tuple[LineModel, _Resolver]:
    resolver = _Resolver(tags, document)
    units = {u: unit for u in file.units if (unit := resolver.unit(file, u)) is not None}
    heartbeats: list[int] = []
    for name, device in file.devices.items():
        if device.heartbeat:
            path: KeyPath = ("devices", name, "heartbeat")
            heartbeats.append(resolver.holds(LAST_COUNT, resolver.written(device.heartbeat, path, name), path))
        for key, tag in (("plc_heartbeat", device.plc_heartbeat), ("supervisor_ok", device.supervisor_ok)):
            if tag:
                handle = resolver.number(tag, ("devices", name, key), name)
                resolver.often_enough(handle, device.heartbeat_timeout_s, file.scan_period_ms, ("devices", name, key))
        if device.plc_heartbeat and device.plc_heartbeat == device.heartbeat:
            remedy = "Name the tag that the PLC itself counts up: ours comes back to us also when its program stands"
            resolver.fault(("devices", name, "plc_heartbeat"), f"{device.heartbeat} is our own counter", remedy)
        if name in (CALC_DEVICE, ENGINE_DEVICE):
            resolver.fault(("devices", name), f"'{name}' cannot name a device", "Choose another name: this one has a meaning")
        if not _DEVICE_NAME.fullmatch(name):
            remedy = "Use Latin letters, digits and underscore: its name is part of the names of tags such as Link.plc1.Up"
            resolver.fault(("devices", name), f"'{name}' cannot name a device", remedy)
    for total, name in file.totals.model_dump().items():
        if name:
            resolver.tag(name, ("totals", total))
    calc = _calc(tags, tags_file, resolver.problems)
    integrals = _integrals(tags, tags_file, resolver.problems)
    for name in BUILT_IN_ENUMS:
        if name in file.enums:
            resolver.fault(
                ("enums", name), f"every line has the enumeration '{name}' already", "Remove it, or choose another name"
            )
    for tag in tags:
        if tag.enum and tag.enum not in file.enums and tag.enum not in BUILT_IN_ENUMS:
            remedy = f"Add it under enums in {document.file}"
            resolver.problems.append(Problem(tags_file, tag.line, tag.name, f"there is no enumeration '{tag.enum}'", remedy))
    return LineModel(file.line, file.name, file, tags, units, file.classes, tuple(heartbeats), calc, integrals), resolver


class _Resolver:
    def __init__(self, tags: TagTable, document: Document) -> None:
        self._tags = tags
        self._document = document
        self.problems: list[Problem] = []
        self.missing: list[str] = []

    def tag(self, name: str, path: KeyPath) -> int:
        """Handle of ``name``; -1 and a problem when there is no such tag."""
        tag = self._tags.find(name)
        if tag is None:
            self.missing.append(name)
            self.fault(path, f"there is no tag '{name}'", "Correct the name or add the tag to tags.csv")
            return -1
        return tag.handle

    def number(self, name: str, path: KeyPath, device: str) -> int:
        """As :meth:`tag`; the tag must hold a number and belong to ``device``."""
        handle = self.tag(name, path)
        if handle < 0 or self._tags[handle].broken:
            return handle
        if self._tags[handle].kind is TagKind.STRING:
            self.fault(path, f"{name} is a text", "Make it a number in tags.csv")
        if self._tags[handle].device != device:
            other = self._tags[handle].device
            self.fault(path, f"{name} belongs to the device '{other}', not '{device}'", "Correct the device here or in tags.csv")
        return handle

    def written(self, name: str, path: KeyPath, device: str) -> int:
        """As :meth:`number`; the tag must be writable."""
        handle = self.number(name, path, device)
        if handle >= 0 and not self._tags[handle].writable:
            self.fault(path, f"{name} is not writable", "Set writable to 1 in tags.csv: the supervisor writes it")
        return handle

    def holds(self, last: int, handle: int, path: KeyPath) -> int:
        """``handle``; the tag must hold every count up to ``last``: beyond its range nothing is Good, and nothing written."""
        if handle >= 0 and not self._tags[handle].broken:
            tag = self._tags[handle]
            if tag.lo > 0 or tag.hi < last:
                message = f"{tag.name} counts from 0 to {last}, but its range is {tag.lo:g} to {tag.hi:g}"
                self.fault(path, message, f"Write 0 and {last} into the columns lo and hi of tags.csv")
        return handle

    def often_enough(self, handle: int, timeout_s: float, period_ms: int, path: KeyPath) -> None:
        """The tag must be read at least twice within ``timeout_s``: else it would seem to stand while it moves."""
        if handle < 0 or self._tags[handle].broken:
            return
        every_s = self._tags[handle].poll_every * period_ms / 1000.0
        if every_s * 2 > timeout_s:
            message = f"{self._tags[handle].name} is read every {every_s:g} s only, but judged after {timeout_s:g} s"
            self.fault(path, message, "Put it into a faster poll group, or make heartbeat_timeout_s longer")

    def unit(self, file: LineFile, unit_id: str) -> UnitModel | None:
        entry = file.units[unit_id]
        path: KeyPath = ("units", unit_id)
        if entry.area and entry.area not in file.areas:
            known = ", ".join(file.areas)
            remedy = f"Use one of {known}" if known else "Add it under areas"
            self.fault((*path, "area"), f"there is no area '{entry.area}'", remedy)
        unit_class = file.classes.get(entry.class_)
        if unit_class is None:
            known = ", ".join(file.classes)
            self.fault((*path, "class"), f"there is no class '{entry.class_}'", f"Use one of {known}")
            return None
        if entry.device not in file.devices:
            self.fault((*path, "device"), f"there is no device '{entry.device}'", f"Use one of {', '.join(file.devices)}")
        class_path: KeyPath = ("classes", entry.class_)
        phases = {p: self._phase(unit_class, p, unit_id, entry.device, class_path) for p in unit_class.phases}
        numbers = [p.number for p in phases.values()]
        if len(set(numbers)) < len(numbers):
            self.fault((*class_path, "phases"), "two phases have the same number", "Give each phase its own number")
        for i, key_value in enumerate(unit_class.key_values):
            for key, name in (("tag", key_value.tag), ("setpoint", key_value.setpoint)):
                if name or key == "tag":
                    self.tag(_fill(name, unit_id), (*class_path, "key_values", i, key))
        measured = {f"{unit_id}.{s}": f"{unit_id}.{m}" for s, m in unit_class.measured.items()}
        for suffix, value in unit_class.measured.items():
            for name in (suffix, value):
                self.tag(f"{unit_id}.{name}", (*class_path, "measured", suffix))
        conditions = [
            self._condition(condition, kind, unit_id, (*class_path, f"{kind}s", i))
            for kind, group in (("permissive", unit_class.permissives), ("interlock", unit_class.interlocks))
            for i, condition in enumerate(group)
        ]
        safe = [self._condition(c, "safe", unit_id, (*class_path, "safe", i)) for i, c in enumerate(unit_class.safe)]
        self._distinct(unit_class, class_path)
        handles = {
            name: (self.written if name in _PLC_WRITES else self.number)(f"{unit_id}.{name}", path, entry.device)
            for name in HANDSHAKE_TAGS
        }
        for name in ("PhReq", "PhAck"):
            self.holds(LAST_COUNT, handles[name], path)
        return UnitModel(
            unit_id, entry.class_, entry.label, entry.name, entry.device, phases,
            tuple(_fill_key_value(k, unit_id) for k in unit_class.key_values), measured,
            tuple(c for c in conditions if c is not None),
            handles["PhSts"], handles["PhAct"], handles["PhAck"], handles["PhRes"], handles["PhTime"], handles["PhDone"],
            handles["PhId"], handles["PhCmd"], handles["BatchNo"], handles["PhReq"], entry.area,
            tuple(c for c in safe if c is not None), self._modules(unit_class, unit_id, class_path),
            self._capability(unit_class, entry, unit_id, path),
        )  # fmt: skip

    def _modules(self, unit_class: UnitClass, unit_id: str, path: KeyPath) -> tuple[ModuleModel, ...]:
        """The equipment modules of a unit; their tags are those of the unit."""
        modules: list[ModuleModel] = []
        for i, module in enumerate(unit_class.modules):
            names = tuple(_fill(name, unit_id) for name in module.tags)
            for j, name in enumerate(names):
                self.tag(name, (*path, "modules", i, "tags", j))
            modules.append(ModuleModel(module.id, module.name, names))
        return tuple(modules)

    def _capability(self, unit_class: UnitClass, entry: UnitEntry, unit_id: str, path: KeyPath) -> dict[str, tuple[float, float]]:
        """Every setpoint tag of the unit's phases → what the unit can keep of it: as stated, else the range of the tag."""
        setpoints = dict.fromkeys(suffix for phase in unit_class.phases.values() for suffix in phase.parameters.values())
        for suffix in entry.capability:
            if suffix not in setpoints:
                known = ", ".join(setpoints) or "none"
                message = f"no phase of class '{entry.class_}' has the setpoint '{suffix}'"
                self.fault((*path, "capability", suffix), message, f"Use one of {known}")
        found: dict[str, tuple[float, float]] = {}
        for suffix in setpoints:
            tag = self._tags.find(f"{unit_id}.{suffix}")
            if tag is None:
                continue
            lo, hi = found[tag.name] = entry.capability.get(suffix, (tag.lo, tag.hi))
            if not lo < hi or lo < tag.lo or hi > tag.hi:
                message = f"{lo:g}..{hi:g} is no part of the range of {tag.name}, {tag.lo:g}..{tag.hi:g}"
                self.fault((*path, "capability", suffix), message, "Write [lo, hi] inside the columns lo and hi of tags.csv")
        return found

    def _distinct(self, unit_class: UnitClass, path: KeyPath) -> None:
        groups = {"permissives": unit_class.permissives, "interlocks": unit_class.interlocks}
        for key, group in (*groups.items(), ("safe", unit_class.safe), ("modules", unit_class.modules)):
            ids = [c.id for c in group]
            for i, name in enumerate(ids):
                if name in ids[:i]:
                    self.fault((*path, key, i, "id"), f"the id '{name}' stands twice", "Rename one of the two")

    def _phase(self, unit_class: UnitClass, phase_id: str, unit_id: str, device: str, path: KeyPath) -> PhaseModel:
        phase = unit_class.phases[phase_id]
        parameters: dict[str, int] = {}
        for name, suffix in phase.parameters.items():
            where: KeyPath = (*path, "phases", phase_id, "parameters", name)
            parameters[name] = self.written(f"{unit_id}.{suffix}", where, device)
        return PhaseModel(phase_id, phase.number, phase.name, parameters)

    def _condition(self, condition: Condition, kind: str, unit_id: str, path: KeyPath) -> ConditionModel | None:
        show = self.tag(_fill(condition.show, unit_id), (*path, "show")) if condition.show else -1
        try:
            expression = parse_expression(_fill(condition.if_, unit_id), self._tags)
        except ExpressionError as error:
            self.fault((*path, "if"), error.message, error.remedy)
            return None
        action = condition.action if isinstance(condition, Interlock) else ""
        return ConditionModel(condition.id, kind, expression, condition.text, show, action)

    def fault(self, path: KeyPath, message: str, remedy: str) -> None:
        """Note a problem once, though several units share the class it stands in."""
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)


def _fill(template: str, unit_id: str) -> str:
    return template.replace("{u}", unit_id)


def _fill_key_value(key_value: KeyValue, unit_id: str) -> KeyValue:
    return key_value.model_copy(update={"tag": _fill(key_value.tag, unit_id), "setpoint": _fill(key_value.setpoint, unit_id)})


def _calc(tags: TagTable, file: str, problems: list[Problem]) -> tuple[tuple[int, Expression], ...]:
    """Computed tags so ordered that each comes after those it reads; a cycle is a problem."""
    waiting: dict[int, Expression] = {}
    for tag in tags.of_device(CALC_DEVICE):
        if is_integral(tag.address):
            continue
        try:
            waiting[tag.handle] = parse_expression(tag.address, tags)
        except ExpressionError as error:
            problems.append(Problem(file, tag.line, tag.name, error.message, error.remedy))
    ordered: list[tuple[int, Expression]] = []
    while waiting:
        ready = [h for h, e in waiting.items() if not any(r in waiting for r in e.reads)]
        if not ready:
            names = ", ".join(tags[h].name for h in waiting)
            line = tags[next(iter(waiting))].line
            problems.append(Problem(file, line, names, "these computed tags read each other in a circle", "Break the circle"))
            break
        ordered += [(h, waiting.pop(h)) for h in ready]
    return tuple(ordered)


def _integrals(tags: TagTable, file: str, problems: list[Problem]) -> tuple[Integral, ...]:
    """Computed tags that are sums over time, by handle."""
    found: list[Integral] = []
    for tag in tags.of_device(CALC_DEVICE):
        if is_integral(tag.address):
            try:
                found.append(parse_integral(tag, tags))
            except ExpressionError as error:
                problems.append(Problem(file, tag.line, tag.name, error.message, error.remedy))
    return tuple(found)
