"""A phase of a recipe against its units: parameters against setpoint tags, watches against what they watch."""

from __future__ import annotations

from line.clock import NS_PER_S
from line.documents import KeyPath
from line.model import UnitModel
from line.tags import TagDef
from recipes.checks import Checker
from recipes.model import OnDeviation, Operand, PhaseStep, Watch
from recipes.recipe_file import PhaseEntry, WatchEntry


def resolve_phase(check: Checker, path: KeyPath, role: str, entry: PhaseEntry) -> PhaseStep:
    """The phase as the engine runs it; what is wrong with it is left out and told."""
    units = check.units_of(role)
    if units and entry.phase not in units[0].phases:
        message = f"a {units[0].class_id} has no phase '{entry.phase}'"
        check.fault((*path, "phase"), message, f"Use one of {', '.join(units[0].phases)}")
        units = ()
    parameters = _parameters(check, (*path, "parameters"), entry, units)
    watches = tuple(_watch(check, (*path, "watch", i), role, w) for i, w in enumerate(entry.watch))
    for i, watch in enumerate(watches):
        _check_setpoints(check, (*path, "watch", i), watch, parameters, units, entry.phase)
    transfer = entry.transfer
    to = transfer.to if transfer is not None else ()
    if transfer is not None and transfer.mass:
        for _, tag in check.tags_of((*path, "transfer", "mass"), transfer.mass, role)[:1]:
            if tag.eu != "kg":
                check.fault((*path, "transfer", "mass"), f"{tag.name} is in '{tag.eu}', a mass is in kg", "Name a tag in kg")
    return PhaseStep(
        entry.phase, parameters, tuple(dict.fromkeys((*entry.acquire, *to))), watches, to,
        transfer.mass if transfer is not None else "",
    )  # fmt: skip


def _parameters(
    check: Checker, path: KeyPath, entry: PhaseEntry, units: tuple[UnitModel, ...]
) -> tuple[tuple[str, Operand], ...]:
    found: list[tuple[str, Operand]] = []
    for name, value in entry.parameters.items():
        operand = check.operand((*path, name), value)
        if operand is not None and operand.parameter and operand.offset:
            check.fault((*path, name), "a phase parameter takes no offset", "Give it a parameter of its own")
        if units and name not in units[0].phases[entry.phase].parameters:
            known = ", ".join(units[0].phases[entry.phase].parameters) or "none"
            check.fault((*path, name), f"the phase '{entry.phase}' has no parameter '{name}'", f"It has: {known}")
        elif operand is not None:
            found.append((name, operand))
            for unit in units:
                _check_fits(check, (*path, name), operand, check.model.tags[unit.phases[entry.phase].parameters[name]])
    for name in units[0].phases[entry.phase].parameters if units else ():
        if name not in entry.parameters:
            check.fault(path, f"the parameter '{name}' of phase '{entry.phase}' is missing", f"Add {name}: $parameter")
    return tuple(found)


def _check_fits(check: Checker, path: KeyPath, operand: Operand, tag: TagDef) -> None:
    """The limits (of every size of batch) must lie within the setpoint tag's range, and the units must agree."""
    entry = check.file.parameters.get(operand.parameter)
    lo, hi = check.span(operand)
    if entry is not None:
        path = ("parameters", operand.parameter, "lo" if lo < tag.lo else "hi")
        if entry.eu != tag.eu:
            message = f"the unit is '{entry.eu}', that of {tag.name} is '{tag.eu}'"
            check.fault(("parameters", operand.parameter, "eu"), message, f"Write eu: {tag.eu} and convert the numbers")
    if lo < tag.lo or hi > tag.hi:
        message = f"{lo:g}..{hi:g} leaves the range of {tag.name}, {tag.lo:g}..{tag.hi:g} {tag.eu}"
        check.fault(path, message, "Narrow the limits (sizes of batch count) or widen the tag's range")


def _watch(check: Checker, path: KeyPath, role: str, entry: WatchEntry) -> Watch:
    tags = [tag for _, tag in check.tags_of((*path, "tag"), entry.tag, role)] if check.units_of(role) else []
    limits: list[Operand | None] = []
    for key, value in (("lo", entry.lo), ("hi", entry.hi)):
        operand = None if value is None else check.operand((*path, key), value)
        limits.append(operand)
        parameter = check.file.parameters.get(operand.parameter) if operand else None
        for tag in tags:
            if operand is not None and parameter is not None and parameter.eu != tag.eu:
                message = f"${operand.parameter} is in '{parameter.eu}', {tag.name} in '{tag.eu}'"
                check.fault((*path, key), message, "Compare with a parameter of the same unit")
    lo, hi = limits
    _check_band(check, path, lo, hi, tags)
    at_end = entry.when == "end"
    if at_end and entry.lo is None and entry.hi is None:
        check.fault(path, "a verdict at the end needs a limit", "Add lo or hi")
    critical = entry.ccp or any(o is not None and _is_critical(check, o) for o in limits)
    if critical and entry.on != "hold":
        message = "a critical limit (CCP) always holds the batch"
        check.fault((*path, "on"), message, "Write on: hold or leave it out; without ccp it is no critical limit")
    return Watch(
        entry.tag, entry.name, lo, hi, round(entry.after_s * NS_PER_S), round(entry.for_s * NS_PER_S), at_end,
        OnDeviation(entry.on), critical,
    )  # fmt: skip


def _is_critical(check: Checker, operand: Operand) -> bool:
    entry = check.file.parameters.get(operand.parameter)
    return entry is not None and entry.ccp


def _check_band(check: Checker, path: KeyPath, lo: Operand | None, hi: Operand | None, tags: list[TagDef]) -> None:
    """The band must not be empty, and a Good value must be able to lie in it."""
    if lo is not None and hi is not None and check.base(lo) > check.base(hi):
        check.fault((*path, "lo"), f"the band {check.base(lo):g}..{check.base(hi):g} is empty", "lo must not be above hi")
        return
    for tag in tags[:1]:
        if lo is not None and check.span(lo)[1] > tag.hi:
            message = f"{tag.name} never reaches {check.span(lo)[1]:g}: its range is {tag.lo:g}..{tag.hi:g} {tag.eu}"
            check.fault((*path, "lo"), message, "Lower the limit: beyond its range a value is not Good")
        if hi is not None and check.span(hi)[0] < tag.lo:
            message = f"{tag.name} is never below {check.span(hi)[0]:g}: its range is {tag.lo:g}..{tag.hi:g} {tag.eu}"
            check.fault((*path, "hi"), message, "Raise the limit: beyond its range a value is not Good")


def _check_setpoints(
    check: Checker, path: KeyPath, watch: Watch, parameters: tuple[tuple[str, Operand], ...], units: tuple[UnitModel, ...],
    phase: str,
) -> None:  # fmt: skip
    """A watch on what a setpoint of the same phase drives must let the setpoint itself pass, also where people may set it."""
    for unit in units[:1]:
        for name, operand in parameters:
            setpoint = check.model.tags[unit.phases[phase].parameters[name]].name
            if unit.measured.get(setpoint) != watch.tag.replace("{u}", unit.id):
                continue
            for key, limit, sign in (("lo", watch.lo, 1.0), ("hi", watch.hi, -1.0)):
                if limit is not None and _beyond(check, operand, limit, sign):
                    told = f"${operand.parameter} may be" if operand.parameter else f"{name} is"
                    side = "below" if sign > 0 else "above"
                    message = (
                        f"the setpoint itself violates this limit: {told} {_worst(check, operand, sign):g}, "
                        f"{side} {_shown(check, limit)}"
                    )
                    check.fault((*path, key), message, "Widen the limit of the watch, or narrow the limits of the parameter")


def _beyond(check: Checker, operand: Operand, limit: Operand, sign: float) -> bool:
    if operand.parameter and operand.parameter == limit.parameter:
        return sign * limit.offset > sign * operand.offset
    return sign * _worst(check, operand, sign) < sign * check.base(limit)


def _worst(check: Checker, operand: Operand, sign: float) -> float:
    """The value of the setpoint furthest beyond a lower (``sign`` 1) or upper (-1) limit."""
    return check.span(operand)[0 if sign > 0 else 1]


def _shown(check: Checker, limit: Operand) -> str:
    if not limit.parameter:
        return f"{limit.offset:g}"
    offset = f"{limit.offset:+g}" if limit.offset else ""
    return f"${limit.parameter}{offset} = {check.base(limit):g}"
