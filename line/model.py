"""The resolved line: units with the handles of their tags, ready for the scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from line.config import Condition, Interlock, KeyValue, LineFile, UnitClass
from line.documents import Document, KeyPath, Problem, Text
from line.expr import Expression, ExpressionError, parse_expression
from line.tags import CALC_DEVICE, TagTable

HANDSHAKE_TAGS: Final = ("PhSts", "PhAct", "PhAck", "PhRes", "PhTime", "PhDone", "PhId", "PhCmd", "BatchNo", "PhReq")
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
    """A permissive or an interlock of a unit. ``action`` is '' for a permissive; ``show`` is a tag handle or -1."""

    id: str
    kind: str
    expression: Expression
    text: Text
    show: int
    action: str


@dataclass(frozen=True)
class UnitModel:
    """A unit with the handles of its handshake tags (docs/ARCHITECTURE.md)."""

    id: str
    class_id: str
    label: str
    name: Text
    device: str
    phases: Mapping[str, PhaseModel]
    key_values: tuple[KeyValue, ...]
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

    def phase_by_number(self, number: int) -> PhaseModel | None:
        """The phase with this number in the PLC, or None."""
        return next((p for p in self.phases.values() if p.number == number), None)


@dataclass(frozen=True)
class LineModel:
    """A line as the stages know it; ``calc`` are the computed tags in the order in which they are evaluated."""

    id: str
    name: Text
    file: LineFile
    tags: TagTable
    units: Mapping[str, UnitModel]
    classes: Mapping[str, UnitClass]
    heartbeats: tuple[int, ...]
    calc: tuple[tuple[int, Expression], ...]


def build_model(
    file: LineFile, tags: TagTable, document: Document, tags_file: str = "tags.csv"
) -> tuple[LineModel | None, list[Problem]]:
    """Resolve names to handles; every name that does not exist is a :class:`Problem` with the line it stands in."""
    resolver = _Resolver(tags, document)
    units = {u: unit for u in file.units if (unit := resolver.unit(file, u)) is not None}
    heartbeats: list[int] = []
    for name, device in file.devices.items():
        if device.heartbeat:
            handle = resolver.tag(device.heartbeat, ("devices", name, "heartbeat"))
            heartbeats.append(handle)
    for total, name in file.totals.model_dump().items():
        if name:
            resolver.tag(name, ("totals", total))
    calc = _calc(tags, tags_file, resolver.problems)
    for tag in tags:
        if tag.enum and tag.enum not in file.enums:
            remedy = f"Add it under enums in {document.file}"
            resolver.problems.append(Problem(tags_file, 0, tag.name, f"there is no enumeration '{tag.enum}'", remedy))
    if resolver.problems:
        return None, resolver.problems
    return LineModel(file.line, file.name, file, tags, units, file.classes, tuple(heartbeats), calc), []


class _Resolver:
    def __init__(self, tags: TagTable, document: Document) -> None:
        self._tags = tags
        self._document = document
        self.problems: list[Problem] = []

    def tag(self, name: str, path: KeyPath) -> int:
        """Handle of ``name``; -1 and a problem when there is no such tag."""
        tag = self._tags.find(name)
        if tag is None:
            self._fault(path, f"there is no tag '{name}'", "Correct the name or add the tag to tags.csv")
            return -1
        return tag.handle

    def unit(self, file: LineFile, unit_id: str) -> UnitModel | None:
        entry = file.units[unit_id]
        path: KeyPath = ("units", unit_id)
        unit_class = file.classes.get(entry.class_)
        if unit_class is None:
            known = ", ".join(file.classes)
            self._fault((*path, "class"), f"there is no class '{entry.class_}'", f"Use one of {known}")
            return None
        if entry.device not in file.devices:
            self._fault((*path, "device"), f"there is no device '{entry.device}'", f"Use one of {', '.join(file.devices)}")
        class_path: KeyPath = ("classes", entry.class_)
        phases = {p: self._phase(unit_class, p, unit_id, class_path) for p in unit_class.phases}
        numbers = [p.number for p in phases.values()]
        if len(set(numbers)) < len(numbers):
            self._fault((*class_path, "phases"), "two phases have the same number", "Give each phase its own number")
        for i, key_value in enumerate(unit_class.key_values):
            for name in filter(None, (key_value.tag, key_value.setpoint)):
                self.tag(_fill(name, unit_id), (*class_path, "key_values", i, "tag"))
        conditions = [
            self._condition(condition, kind, unit_id, (*class_path, f"{kind}s", i))
            for kind, group in (("permissive", unit_class.permissives), ("interlock", unit_class.interlocks))
            for i, condition in enumerate(group)
        ]
        handles = {name: self._handshake(unit_id, name, path) for name in HANDSHAKE_TAGS}
        return UnitModel(
            unit_id, entry.class_, entry.label, entry.name, entry.device, phases,
            tuple(_fill_key_value(k, unit_id) for k in unit_class.key_values), tuple(c for c in conditions if c is not None),
            handles["PhSts"], handles["PhAct"], handles["PhAck"], handles["PhRes"], handles["PhTime"], handles["PhDone"],
            handles["PhId"], handles["PhCmd"], handles["BatchNo"], handles["PhReq"],
        )  # fmt: skip

    def _handshake(self, unit_id: str, name: str, path: KeyPath) -> int:
        handle = self.tag(f"{unit_id}.{name}", path)
        if handle >= 0 and name in _PLC_WRITES and not self._tags[handle].writable:
            self._fault(path, f"{unit_id}.{name} is not writable", "Set writable to 1 in tags.csv: the handshake writes it")
        return handle

    def _phase(self, unit_class: UnitClass, phase_id: str, unit_id: str, path: KeyPath) -> PhaseModel:
        phase = unit_class.phases[phase_id]
        parameters: dict[str, int] = {}
        for name, suffix in phase.parameters.items():
            where: KeyPath = (*path, "phases", phase_id, "parameters", name)
            handle = self.tag(f"{unit_id}.{suffix}", where)
            parameters[name] = handle
            if handle >= 0 and not self._tags[handle].writable:
                self._fault(where, f"{unit_id}.{suffix} is not writable", "Set writable to 1 in tags.csv")
        return PhaseModel(phase_id, phase.number, phase.name, parameters)

    def _condition(self, condition: Condition, kind: str, unit_id: str, path: KeyPath) -> ConditionModel | None:
        show = self.tag(_fill(condition.show, unit_id), (*path, "show")) if condition.show else -1
        try:
            expression = parse_expression(_fill(condition.if_, unit_id), self._tags)
        except ExpressionError as error:
            self._fault((*path, "if"), error.message, error.remedy)
            return None
        action = condition.action if isinstance(condition, Interlock) else ""
        return ConditionModel(condition.id, kind, expression, condition.text, show, action)

    def _fault(self, path: KeyPath, message: str, remedy: str) -> None:
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
        try:
            waiting[tag.handle] = parse_expression(tag.address, tags)
        except ExpressionError as error:
            problems.append(Problem(file, 0, tag.name, error.message, error.remedy))
    ordered: list[tuple[int, Expression]] = []
    while waiting:
        ready = [h for h, e in waiting.items() if not any(r in waiting for r in e.reads)]
        if not ready:
            names = ", ".join(tags[h].name for h in waiting)
            problems.append(Problem(file, 0, names, "these computed tags read each other in a circle", "Break the circle"))
            break
        ordered += [(h, waiting.pop(h)) for h in ready]
    return tuple(ordered)
