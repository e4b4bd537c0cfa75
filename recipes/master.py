"""Reads a master recipe against the line: every fault with file, line, key and remedy, all in one run."""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Final

from line.clock import NS_PER_S
from line.documents import Document, KeyPath, Problem, Text, validate
from line.messages import JsonObject
from line.model import LineModel, UnitModel
from recipes.model import Ingredient, MasterRecipe, Operand, Parameter, Requirement, Step, Watch
from recipes.recipe_file import (
    OperationEntry,
    ParameterEntry,
    PhaseEntry,
    RecipeFile,
    Reference,
    UnitProcedureEntry,
    WatchEntry,
)

__all__ = ["MasterRecipe", "load_recipe"]

_REFERENCE: Final = re.compile(r"^\$([a-z][a-z0-9_]*)(?:\s*([+-])\s*(\d+(?:\.\d+)?))?$")
NITRITE_IN_SALT_MAX_PCT: Final = 0.9
"""Nitrite goes into a product only as curing salt of at most this share of NaNO2 (TR TS 029/2012)."""
TOTAL_TOLERANCE: Final = 0.001
"""Share by which the ingredients may miss the base batch: the rounding of a formula."""


def load_recipe(document: Document, model: LineModel) -> tuple[MasterRecipe | None, list[Problem]]:
    """Check ``document`` and resolve it against ``model``; a recipe with any problem is not returned."""
    file, problems = validate(RecipeFile, document)
    if file is None:
        return None, problems
    check = _Check(document, file, model)
    check.header()
    check.formula()
    check.equipment()
    steps = check.procedure()
    if check.problems:
        return None, check.problems
    source: JsonObject = json.loads(json.dumps(document.data))
    fingerprint = hashlib.sha256(json.dumps(source, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    return _master(file, model, steps, source, fingerprint), []


def parse_reference(value: Reference) -> Operand | None:
    """``75``, ``"$cook_temp"`` or ``"$cook_temp-5"`` as an operand; None when it is neither."""
    if not isinstance(value, str):
        return Operand("", float(value))
    match = _REFERENCE.match(value.strip())
    if match is None:
        return None
    offset = float(match[3]) if match[3] else 0.0
    return Operand(match[1], -offset if match[2] == "-" else offset)


def _master(file: RecipeFile, model: LineModel, steps: tuple[Step, ...], source: JsonObject, fingerprint: str) -> MasterRecipe:
    ingredients = tuple(Ingredient(m, e.name, e.kg, e.tolerance_pct) for m, e in file.ingredients.items())
    parameters = tuple(
        Parameter(p, e.name, e.value, e.lo, e.hi, e.eu, e.ccp, e.scale == "proportional") for p, e in file.parameters.items()
    )
    equipment: dict[str, Requirement] = {}
    for role, entry in file.equipment.items():
        name = model.classes[entry.class_].name
        waiting = entry.waiting or Text(ru=f"ждёт: {name.ru}", en=f"waits for: {name.en}")
        equipment[role] = Requirement(role, entry.class_, waiting)
    return MasterRecipe(
        file.recipe, file.version, file.status, file.author, file.approved_by, file.name, file.base_batch_kg,
        file.size_lo_kg, file.size_hi_kg, ingredients, parameters, equipment, steps, source, fingerprint,
    )  # fmt: skip


class _Check:
    """One pass over a recipe file; collects problems and never stops at the first."""

    def __init__(self, document: Document, file: RecipeFile, model: LineModel) -> None:
        self._document = document
        self._file = file
        self._model = model
        self._used: set[str] = set()
        self.problems: list[Problem] = []

    def fault(self, path: KeyPath, message: str, remedy: str) -> None:
        """Add a problem once."""
        problem = self._document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def header(self) -> None:
        """Approval and the range of sizes."""
        file = self._file
        if file.status == "approved" and not file.approved_by.strip():
            self.fault(("approved_by",), "an approved recipe names who approved it", "Write the name, or set status to draft")
        if not file.size_lo_kg <= file.base_batch_kg <= file.size_hi_kg:
            sizes = f"{file.size_lo_kg:g}..{file.size_hi_kg:g} kg"
            self.fault(("base_batch_kg",), f"{file.base_batch_kg:g} kg is outside {sizes}", "size_lo_kg <= base <= size_hi_kg")

    def formula(self) -> None:
        """Ingredients against the base batch, nitrite, and each parameter against its own limits."""
        file = self._file
        total = sum(i.kg for i in file.ingredients.values())
        if abs(total - file.base_batch_kg) > TOTAL_TOLERANCE * file.base_batch_kg:
            message = f"the ingredients add up to {total:.2f} kg, the base batch is {file.base_batch_kg:g} kg"
            self.fault(("ingredients",), message, "Correct the masses or base_batch_kg")
        self._nitrite()
        for name, entry in file.parameters.items():
            path: KeyPath = ("parameters", name)
            if entry.lo > entry.hi:
                self.fault((*path, "lo"), f"the limits {entry.lo:g}..{entry.hi:g} are empty", "lo must not be above hi")
            elif not entry.lo <= entry.value <= entry.hi:
                message = f"{entry.value:g} is outside its limits {entry.lo:g}..{entry.hi:g}"
                self.fault((*path, "value"), message, "Correct the value or, with approval, the limits")
            self._sum_of(path, entry)

    def _nitrite(self) -> None:
        file = self._file
        raw_kg = sum(i.kg for i in file.ingredients.values() if i.raw)
        nitrite_kg = sum(i.kg * i.nitrite_pct / 100 for i in file.ingredients.values())
        for material, entry in file.ingredients.items():
            if entry.nitrite_pct > NITRITE_IN_SALT_MAX_PCT:
                message = f"{entry.nitrite_pct:g} % NaNO2; curing salt may hold {NITRITE_IN_SALT_MAX_PCT:g} % (TR TS 029/2012)"
                self.fault(("ingredients", material, "nitrite_pct"), message, "Dose nitrite as curing salt only")
        if nitrite_kg > 0 and file.nitrite is None:
            self.fault(("nitrite",), "the formula holds nitrite and no limits for it", "Add nitrite: {lo_mg_per_kg, ...}")
        if file.nitrite is None:
            return
        limits = file.nitrite
        share = 1e6 * nitrite_kg / raw_kg if raw_kg > 0 else math.nan
        if not limits.lo_mg_per_kg <= share <= limits.hi_mg_per_kg:
            message = f"{share:.1f} mg of NaNO2 per kg of raw material, allowed {limits.lo_mg_per_kg:g}..{limits.hi_mg_per_kg:g}"
            self.fault(("nitrite",), message, "Correct the curing salt or mark the raw materials with raw: true")

    def _sum_of(self, path: KeyPath, entry: ParameterEntry) -> None:
        unknown = [m for m in entry.sum_of if m not in self._file.ingredients]
        if unknown:
            known = ", ".join(self._file.ingredients)
            self.fault((*path, "sum_of"), f"there is no ingredient {', '.join(unknown)}", f"Use {known}")
        elif entry.sum_of:
            total = sum(self._file.ingredients[m].kg for m in entry.sum_of)
            if abs(total - entry.value) > TOTAL_TOLERANCE * total:
                message = f"{entry.value:g} is not the sum of its ingredients, {total:.2f} kg"
                self.fault((*path, "value"), message, "Correct the value or the ingredients")
            if entry.scale != "proportional" or entry.eu != "kg":
                self.fault((*path, "scale"), "a dosed mass is proportional and in kg", "Write eu: kg, scale: proportional")

    def equipment(self) -> None:
        """Every role names a class that the line has units of."""
        classes = {u.class_id for u in self._model.units.values()}
        for role, entry in self._file.equipment.items():
            if entry.class_ not in classes:
                message = f"the line has no unit of class '{entry.class_}'"
                self.fault(("equipment", role, "class"), message, f"Use one of {', '.join(sorted(classes))}")

    def procedure(self) -> tuple[Step, ...]:
        """The steps; also finds what is declared and never used."""
        steps: list[Step] = []
        units = {i: e for i, e in enumerate(self._file.procedure) if isinstance(e, UnitProcedureEntry)}
        for i, unit_procedure in units.items():
            path: KeyPath = ("procedure", i)
            role = unit_procedure.unit_procedure
            if role not in self._file.equipment:
                message = f"'{role}' is no role of equipment"
                self.fault((*path, "unit_procedure"), message, f"Use one of {', '.join(self._file.equipment)}")
            operations = {j: o for j, o in enumerate(unit_procedure.operations) if isinstance(o, OperationEntry)}
            phases = [(j, o, k, p) for j, o in operations.items() for k, p in enumerate(o.phases) if isinstance(p, PhaseEntry)]
            later = [u.unit_procedure for n, u in units.items() if n > i]
            for at, (j, operation, k, phase) in enumerate(phases):
                where: KeyPath = (*path, "operations", j, "phases", k)
                parameters, watches = self._phase(where, role, phase, later)
                steps.append(
                    Step(
                        role, unit_procedure.name, operation.operation, operation.name, phase.phase, parameters,
                        phase.acquire, watches, at == 0, at == len(phases) - 1,
                    )
                )  # fmt: skip
        for name in self._file.parameters:
            if name not in self._used:
                self.fault(("parameters", name), "no phase and no watch uses this parameter", f"Use ${name} or remove it")
        return tuple(steps)

    def _phase(
        self, path: KeyPath, role: str, entry: PhaseEntry, later: list[str]
    ) -> tuple[tuple[tuple[str, Operand], ...], tuple[Watch, ...]]:
        for other in entry.acquire:
            if other not in later:
                message = f"'{other}' is no role of a later unit procedure"
                self.fault((*path, "acquire"), message, "A phase can only reserve the units that the product goes to")
        required = self._file.equipment.get(role)
        units = [u for u in self._model.units.values() if required is not None and u.class_id == required.class_]
        if units and entry.phase not in units[0].phases:
            message = f"a {units[0].class_id} has no phase '{entry.phase}'"
            self.fault((*path, "phase"), message, f"Use one of {', '.join(units[0].phases)}")
            units = []
        parameters = self._parameters((*path, "parameters"), entry, units)
        watches = tuple(self._watch((*path, "watch", i), w, units) for i, w in enumerate(entry.watch))
        return parameters, watches

    def _parameters(self, path: KeyPath, entry: PhaseEntry, units: list[UnitModel]) -> tuple[tuple[str, Operand], ...]:
        found: list[tuple[str, Operand]] = []
        for name, value in entry.parameters.items():
            operand = self._operand((*path, name), value)
            if operand is not None and operand.parameter and operand.offset:
                self.fault((*path, name), "a phase parameter takes no offset", "Give it a parameter of its own")
            if units and name not in units[0].phases[entry.phase].parameters:
                known = ", ".join(units[0].phases[entry.phase].parameters) or "none"
                self.fault((*path, name), f"the phase '{entry.phase}' has no parameter '{name}'", f"It has: {known}")
            elif operand is not None:
                found.append((name, operand))
                for unit in units:
                    self._fits((*path, name), operand, unit.phases[entry.phase].parameters[name])
        for name in units[0].phases[entry.phase].parameters if units else ():
            if name not in entry.parameters:
                self.fault(path, f"the parameter '{name}' of phase '{entry.phase}' is missing", f"Add {name}: $parameter")
        return tuple(found)

    def _fits(self, path: KeyPath, operand: Operand, handle: int) -> None:
        """The limits (of every size of batch) must lie within the setpoint tag's range, and the units must agree."""
        tag = self._model.tags[handle]
        entry = self._file.parameters.get(operand.parameter)
        if entry is None:
            lo, hi = operand.offset, operand.offset
        else:
            small, large = self._scales(entry)
            lo, hi = min(entry.lo * small, entry.lo * large), max(entry.hi * small, entry.hi * large)
            path = ("parameters", operand.parameter, "lo" if lo < tag.lo else "hi")
            if entry.eu != tag.eu:
                message = f"the unit is '{entry.eu}', that of {tag.name} is '{tag.eu}'"
                self.fault(("parameters", operand.parameter, "eu"), message, f"Write eu: {tag.eu} and convert the numbers")
        if lo < tag.lo or hi > tag.hi:
            message = f"{lo:g}..{hi:g} leaves the range of {tag.name}, {tag.lo:g}..{tag.hi:g} {tag.eu}"
            self.fault(path, message, "Narrow the limits (sizes of batch count) or widen the tag's range")

    def _scales(self, entry: ParameterEntry) -> tuple[float, float]:
        if entry.scale == "none":
            return 1.0, 1.0
        return self._file.size_lo_kg / self._file.base_batch_kg, self._file.size_hi_kg / self._file.base_batch_kg

    def _watch(self, path: KeyPath, entry: WatchEntry, units: list[UnitModel]) -> Watch:
        tags = [(unit, self._model.tags.find(entry.tag.replace("{u}", unit.id))) for unit in units]
        for unit, tag in tags:
            if tag is None:
                name = entry.tag.replace("{u}", unit.id)
                self.fault((*path, "tag"), f"there is no tag '{name}'", "Write e.g. {u}.CoreTemp; {u} stands for the unit")
        limits: list[Operand | None] = []
        for key, value in (("lo", entry.lo), ("hi", entry.hi)):
            operand = None if value is None else self._operand((*path, key), value)
            limits.append(operand)
            parameter = self._file.parameters.get(operand.parameter) if operand else None
            for _, tag in tags:
                if parameter is not None and tag is not None and parameter.eu != tag.eu:
                    message = f"${operand.parameter if operand else ''} is in '{parameter.eu}', {tag.name} in '{tag.eu}'"
                    self.fault((*path, key), message, "Compare with a parameter of the same unit")
        lo, hi = limits
        if lo is not None and hi is not None and self._base(lo) > self._base(hi):
            self.fault((*path, "lo"), f"the band {self._base(lo):g}..{self._base(hi):g} is empty", "lo must not be above hi")
        at_end = entry.when == "end"
        if at_end and entry.lo is None and entry.hi is None:
            self.fault(path, "a verdict at the end needs a limit", "Add lo or hi")
        return Watch(entry.tag, entry.name, lo, hi, round(entry.after_s * NS_PER_S), round(entry.for_s * NS_PER_S), at_end)

    def _base(self, operand: Operand) -> float:
        return operand.of({p: e.value for p, e in self._file.parameters.items()})

    def _operand(self, path: KeyPath, value: Reference) -> Operand | None:
        operand = parse_reference(value)
        if operand is None:
            self.fault(path, f"'{value}' is neither a number nor a $parameter", "Write 75, $cook_temp or $cook_temp-5")
            return None
        if operand.parameter and operand.parameter not in self._file.parameters:
            known = ", ".join(self._file.parameters)
            self.fault(path, f"there is no parameter '${operand.parameter}'", f"Use one of {known}")
            return None
        self._used |= {operand.parameter} if operand.parameter else set[str]()
        return operand
