"""What all checks of a recipe file share: the file, the line, the problems found so far, and what a reference can amount to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from line.documents import Document, KeyPath, Problem
from line.expr import ExpressionError
from line.model import LineModel, UnitModel
from line.tags import TagDef
from recipes.conditions import checked, parse_condition
from recipes.model import Condition, Operand
from recipes.recipe_file import ParameterEntry, RecipeFile, Reference

_REFERENCE: Final = re.compile(r"^\$([a-z][a-z0-9_]*)(?:\s*([+-])\s*(\d+(?:\.\d+)?))?$", re.ASCII)
Span = tuple[float, float]


def parse_reference(value: Reference) -> Operand | None:
    """``75``, ``"$cook_temp"`` or ``"$cook_temp-5"`` as an operand; None when it is neither."""
    if not isinstance(value, str):
        return Operand("", float(value))
    match = _REFERENCE.match(value.strip())
    if match is None:
        return None
    offset = float(match[3]) if match[3] else 0.0
    return Operand(match[1], -offset if match[2] == "-" else offset)


class Checker:
    """One pass over a recipe file; collects problems and never stops at the first. ``used`` are the parameters in use."""

    def __init__(self, document: Document, file: RecipeFile, model: LineModel) -> None:
        self.document = document
        self.file = file
        self.model = model
        self.used: set[str] = set()
        self.problems: list[Problem] = []

    def fault(self, path: KeyPath, message: str, remedy: str) -> None:
        """Add a problem once."""
        problem = self.document.problem(path, message, remedy)
        if problem not in self.problems:
            self.problems.append(problem)

    def units_of(self, role: str) -> tuple[UnitModel, ...]:
        """The units that may play ``role``, in the order of the line; none for a role that does not exist."""
        entry = self.file.equipment.get(role)
        if entry is None:
            return ()
        units = [u for u in self.model.units.values() if u.class_id == entry.class_]
        return tuple(u for u in units if not entry.units or u.id in entry.units)

    def tags_of(self, path: KeyPath, template: str, role: str) -> list[tuple[UnitModel | None, TagDef]]:
        """The tag that ``template`` names for every unit of ``role``; one that does not exist is a fault."""
        found: list[tuple[UnitModel | None, TagDef]] = []
        if "{u}" in template and not role:
            self.fault(path, "{u} stands for a unit, and here is none", "Name the unit, or put it into a unit procedure")
            return found
        for unit in self.units_of(role) if role else (None,):
            name = template if unit is None else template.replace("{u}", unit.id)
            tag = self.model.tags.find(name)
            if tag is None:
                self.fault(path, f"there is no tag '{name}'", "Write e.g. {u}.CoreTemp; {u} stands for the unit")
                break  # the same is wrong for every unit of the role
            found.append((unit, tag))
        return found

    def operand(self, path: KeyPath, value: Reference) -> Operand | None:
        """A number or a parameter with an offset; None and a fault when it is neither."""
        operand = parse_reference(value)
        if operand is None:
            self.fault(path, f"'{value}' is neither a number nor a $parameter", "Write 75, $cook_temp or $cook_temp-5")
            return None
        if operand.parameter and operand.parameter not in self.file.parameters:
            known = ", ".join(self.file.parameters)
            self.fault(path, f"there is no parameter '${operand.parameter}'", f"Use one of {known}")
            return None
        self.used |= {operand.parameter} if operand.parameter else set[str]()
        return operand

    def condition(self, path: KeyPath, source: str, role: str) -> Condition | None:
        """A condition at a node of ``role`` ('' outside a unit procedure), checked with every unit it may be about."""
        try:
            condition = parse_condition(source)
        except ExpressionError as error:
            self.fault(path, error.message, error.remedy)
            return None
        faults = len(self.problems)
        for name in condition.roles:
            if name == "u" and not role:
                self.fault(path, "{u} stands for a unit, and here is none", "Write {role}, e.g. {smokehouse}.CoreTemp")
            elif name not in ("u", *self.file.equipment):
                known = ", ".join(f"{{{r}}}" for r in ("u", *self.file.equipment))
                self.fault(path, f"'{{{name}}}' is no role of equipment", f"Use one of {known}")
        for name in condition.parameters:
            if name not in self.file.parameters:
                self.fault(path, f"there is no parameter '${name}'", f"Use one of {', '.join(self.file.parameters)}")
        self.used |= set(condition.parameters)
        if len(self.problems) > faults:
            return None
        for units in self.castings(condition, role):
            try:
                checked(condition, self.model.tags, units)
            except ExpressionError as error:
                self.fault(path, error.message, error.remedy)
                return None
        return condition

    def castings(self, condition: Condition, role: str) -> list[Mapping[str, str]]:
        """Units for the roles of ``condition`` so that each unit of each role comes up once; none when a role has no unit."""
        units = {name: self.units_of(role if name == "u" else name) for name in condition.roles}
        most = max((len(u) for u in units.values()), default=1)
        if not all(units.values()):
            return []
        return [{name: u[min(i, len(u) - 1)].id for name, u in units.items()} for i in range(most)]

    def scales(self, entry: ParameterEntry) -> Span:
        """The factors of the smallest and the largest batch."""
        if entry.scale == "none":
            return 1.0, 1.0
        return self.file.size_lo_kg / self.file.base_batch_kg, self.file.size_hi_kg / self.file.base_batch_kg

    def span(self, operand: Operand) -> Span:
        """The least and the most that an operand can be: every size of batch, everything inside the parameter's limits."""
        entry = self.file.parameters.get(operand.parameter)
        if entry is None:
            return operand.offset, operand.offset
        small, large = self.scales(entry)
        lo, hi = min(entry.lo * small, entry.lo * large), max(entry.hi * small, entry.hi * large)
        return lo + operand.offset, hi + operand.offset

    def base(self, operand: Operand) -> float:
        """The operand in a batch of the base size, as the recipe is written."""
        return operand.of({p: e.value for p, e in self.file.parameters.items()})
