"""Reads a master recipe against the line: every fault with file, line, key and remedy, all in one run."""

from __future__ import annotations

import json

from line.documents import Document, Problem, Text, validate
from line.messages import NO_TEXT, JsonObject
from line.model import LineModel
from recipes.checks import Checker, parse_reference
from recipes.checks_ccp import check_ccp
from recipes.checks_flow import check_flow
from recipes.checks_formula import check_all_used, check_equipment, check_formula, check_sizes
from recipes.checks_units import check_units
from recipes.content import content_hash
from recipes.model import Ingredient, MasterRecipe, Node, Parameter, Requirement, YieldLimits
from recipes.procedure import build_nodes
from recipes.recipe_file import RecipeFile

__all__ = ["MasterRecipe", "load_recipe", "parse_reference"]


def load_recipe(document: Document, model: LineModel) -> tuple[MasterRecipe | None, list[Problem]]:
    """Check ``document`` and resolve it against ``model``; a recipe with any problem is not returned.

    What became of the version (``status``, ``approved_by``) is for the library to say: here it is a draft.
    """
    file, problems = validate(RecipeFile, document)
    if file is None:
        return None, problems
    check = Checker(document, file, model)
    check_sizes(check)
    check_formula(check)
    check_equipment(check)
    nodes = build_nodes(check)
    check_units(check, nodes)
    check_flow(check, nodes)
    check_ccp(check, nodes)
    check_all_used(check)
    if check.problems:
        return None, check.problems
    source: JsonObject = json.loads(json.dumps(document.data))
    return master_of(file, model, nodes, source), []


def master_of(file: RecipeFile, model: LineModel, nodes: tuple[Node, ...], source: JsonObject) -> MasterRecipe:
    """The recipe of a file whose names are resolved; ``source`` is its data."""
    ingredients = tuple(Ingredient(m, e.name, e.kg, e.tolerance_pct) for m, e in file.ingredients.items())
    parameters = tuple(
        Parameter(p, e.name, e.value, e.lo, e.hi, e.eu, e.ccp, e.scale == "proportional", e.role)
        for p, e in file.parameters.items()
    )
    equipment: dict[str, Requirement] = {}
    for role, entry in file.equipment.items():
        name = model.classes[entry.class_].name
        waiting = entry.waiting or Text(ru=f"ждёт: {name.ru}", en=f"waits for: {name.en}")
        equipment[role] = Requirement(role, entry.class_, waiting, entry.units)
    limits = file.yield_
    return MasterRecipe(
        file.recipe, file.version, "draft", file.author, "", file.name, file.base_batch_kg,
        file.size_lo_kg, file.size_hi_kg, ingredients, parameters, equipment, source, content_hash(source),
        nodes, file.product, file.description or NO_TEXT,
        YieldLimits(limits.expect_pct, limits.lo_pct, limits.hi_pct) if limits is not None else None,
    )  # fmt: skip
