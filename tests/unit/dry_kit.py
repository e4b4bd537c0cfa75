"""A short recipe for dry runs: one ingredient is weighed and ground, in minutes; and the line that it runs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from line.documents import Document
from line.jsontools import objects
from line.messages import JsonObject
from potok.dry_run import DrySettings, dry_run_document
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.yamlfile import parse_yaml
from recipes.master import load_recipe
from recipes.model import MasterRecipe

HEAD = """\
recipe: mince
version: "1.0"
author: Технолог
name: {ru: Фарш, en: Mince}
base_batch_kg: 40
size_lo_kg: 20
size_hi_kg: 60
ingredients:
  beef: {kg: 40, tolerance_pct: 2, raw: true, name: {ru: Говядина, en: Beef}}
parameters:
  mass: {name: {ru: Масса сырья, en: Mass of meat}, value: 40, lo: 38, hi: 42, eu: kg, scale: proportional, sum_of: [beef]}
  feed: {name: {ru: Подача, en: Feed}, value: 2400, lo: 1600, hi: 2600, eu: kg/h}
equipment:
  reception: {class: reception}
  grinder: {class: grinder}
procedure:
"""

WEIGH = """\
  - unit_procedure: reception
    name: {ru: Приёмка, en: Reception}
    operations:
      - operation: weighing
        name: {ru: Взвешивание, en: Weighing}
        phases:
          - {phase: weigh, parameters: {mass: $mass}}
"""

GRIND = """\
  - unit_procedure: grinder
    name: {ru: Измельчение, en: Grinding}
    operations:
      - operation: grinding
        name: {ru: Измельчение, en: Grinding}
        phases:
          - {phase: grind, parameters: {feed: $feed}}
"""


@cache
def sausage() -> LoadedLine:
    """The shipped line."""
    return load_line(find_folder("sausage"))


def document(procedure: str = WEIGH + GRIND, *changes: tuple[str, str]) -> Document:
    """The recipe with this procedure; ``changes`` are texts to replace."""
    text = HEAD + procedure
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    read, problems = parse_yaml(text, "mince.yaml")
    assert read is not None, problems
    return read


def recipe(procedure: str = WEIGH + GRIND, *changes: tuple[str, str]) -> MasterRecipe:
    """As :func:`document`, resolved against the line."""
    master, problems = load_recipe(document(procedure, *changes), sausage().model)
    assert master is not None, problems
    return master


def with_capability(line: LoadedLine, **capability: tuple[float, float]) -> LoadedLine:
    """The line with other capabilities: ``G101__SP_Feed=(500, 2000)``."""
    units = dict(line.model.units)
    for name, limits in capability.items():
        unit, setpoint = name.split("__")
        units[unit] = replace(units[unit], capability={**units[unit].capability, f"{unit}.{setpoint}": limits})
    return replace(line, model=replace(line.model, units=units))


def report(
    procedure: str = WEIGH + GRIND, *changes: tuple[str, str], line: LoadedLine | None = None, **settings: Any
) -> JsonObject:
    """The dry run of the recipe."""
    return dry_run_document(line or sausage(), document(procedure, *changes), DrySettings(**settings))


def codes(report: JsonObject, severity: str = "error") -> list[str]:
    """Codes of the problems."""
    return [p["code"] for p in problems(report) if p["severity"] == severity]


def problems(report: JsonObject) -> Sequence[Mapping[str, Any]]:
    """The problems."""
    return rows(report, "problems")


def rows(report: JsonObject, key: str) -> Sequence[Mapping[str, Any]]:
    """A list of the report."""
    return objects(report[key])
