"""Header, formula and equipment of a recipe: sums, limits, nitrite, yield, classes of unit."""

from __future__ import annotations

import math
from typing import Final

from line.documents import KeyPath
from recipes.checks import Checker
from recipes.recipe_file import EquipmentEntry, ParameterEntry

NITRITE_IN_SALT_MAX_PCT: Final = 0.9
"""Nitrite goes into a product only as curing salt of at most this share of NaNO2 (TR TS 029/2012)."""
TOTAL_TOLERANCE: Final = 0.001
"""Share by which the ingredients may miss the base batch: the rounding of a formula."""


def check_sizes(check: Checker) -> None:
    """The base batch lies within the sizes that may be made."""
    file = check.file
    if not file.size_lo_kg <= file.base_batch_kg <= file.size_hi_kg:
        sizes = f"{file.size_lo_kg:g}..{file.size_hi_kg:g} kg"
        check.fault(("base_batch_kg",), f"{file.base_batch_kg:g} kg is outside {sizes}", "size_lo_kg <= base <= size_hi_kg")


def check_formula(check: Checker) -> None:
    """Ingredients against the base batch, nitrite, and each parameter against its own limits."""
    file = check.file
    total = sum(i.kg for i in file.ingredients.values())
    if abs(total - file.base_batch_kg) > TOTAL_TOLERANCE * file.base_batch_kg:
        message = f"the ingredients add up to {total:.2f} kg, the base batch is {file.base_batch_kg:g} kg"
        check.fault(("ingredients",), message, "Correct the masses or base_batch_kg")
    _check_nitrite(check)
    _check_yield(check, total)
    for name, entry in file.parameters.items():
        path: KeyPath = ("parameters", name)
        if entry.lo > entry.hi:
            check.fault((*path, "lo"), f"the limits {entry.lo:g}..{entry.hi:g} are empty", "lo must not be above hi")
        elif not entry.lo <= entry.value <= entry.hi:
            message = f"{entry.value:g} is outside its limits {entry.lo:g}..{entry.hi:g}"
            check.fault((*path, "value"), message, "Correct the value or, with approval, the limits")
        _check_sum_of(check, path, entry)


def _check_nitrite(check: Checker) -> None:
    file = check.file
    raw_kg = sum(i.kg for i in file.ingredients.values() if i.raw)
    nitrite_kg = sum(i.kg * i.nitrite_pct / 100 for i in file.ingredients.values())
    for material, entry in file.ingredients.items():
        if entry.nitrite_pct > NITRITE_IN_SALT_MAX_PCT:
            message = f"{entry.nitrite_pct:g} % NaNO2; curing salt may hold {NITRITE_IN_SALT_MAX_PCT:g} % (TR TS 029/2012)"
            check.fault(("ingredients", material, "nitrite_pct"), message, "Dose nitrite as curing salt only")
    if nitrite_kg > 0 and file.nitrite is None:
        check.fault(("nitrite",), "the formula holds nitrite and no limits for it", "Add nitrite: {lo_mg_per_kg, ...}")
    if file.nitrite is None:
        return
    limits = file.nitrite
    share = 1e6 * nitrite_kg / raw_kg if raw_kg > 0 else math.nan
    if not limits.lo_mg_per_kg <= share <= limits.hi_mg_per_kg:
        message = f"{share:.1f} mg of NaNO2 per kg of raw material, allowed {limits.lo_mg_per_kg:g}..{limits.hi_mg_per_kg:g}"
        check.fault(("nitrite",), message, "Correct the curing salt or mark the raw materials with raw: true")


def _check_yield(check: Checker, total_kg: float) -> None:
    limits = check.file.yield_
    if limits is None:
        return
    if not limits.lo_pct <= limits.expect_pct <= limits.hi_pct:
        message = f"{limits.expect_pct:g} % is outside its limits {limits.lo_pct:g}..{limits.hi_pct:g} %"
        check.fault(("yield", "expect_pct"), message, "lo_pct <= expect_pct <= hi_pct")
    raw_kg = sum(i.kg for i in check.file.ingredients.values() if i.raw)
    if raw_kg <= 0:
        check.fault(("yield",), "a yield is a share of the raw material, and none is marked", "Mark raw materials with raw: true")
    elif limits.expect_pct > 100 * total_kg / raw_kg:
        most = 100 * total_kg / raw_kg
        message = f"{limits.expect_pct:g} % of the raw material is more than all that goes in ({most:.1f} %)"
        check.fault(("yield", "expect_pct"), message, "Correct the yield: losses make it less than the sum of the ingredients")


def _check_sum_of(check: Checker, path: KeyPath, entry: ParameterEntry) -> None:
    ingredients = check.file.ingredients
    unknown = [m for m in entry.sum_of if m not in ingredients]
    if unknown:
        check.fault((*path, "sum_of"), f"there is no ingredient {', '.join(unknown)}", f"Use {', '.join(ingredients)}")
    elif entry.sum_of:
        total = sum(ingredients[m].kg for m in entry.sum_of)
        if abs(total - entry.value) > TOTAL_TOLERANCE * total:
            message = f"{entry.value:g} is not the sum of its ingredients, {total:.2f} kg"
            check.fault((*path, "value"), message, "Correct the value or the ingredients")
        if entry.scale != "proportional" or entry.eu != "kg":
            check.fault((*path, "scale"), "a dosed mass is proportional and in kg", "Write eu: kg, scale: proportional")


def check_equipment(check: Checker) -> None:
    """Every role names a class that the line has units of, and units of that class."""
    classes = {u.class_id for u in check.model.units.values()}
    for role, entry in check.file.equipment.items():
        path: KeyPath = ("equipment", role)
        if role == "u":
            check.fault(path, "no role can be called 'u': {u} stands for the unit at hand", "Choose another name")
        if entry.class_ not in classes:
            message = f"the line has no unit of class '{entry.class_}'"
            check.fault((*path, "class"), message, f"Use one of {', '.join(sorted(classes))}")
        else:
            _check_units(check, path, entry)


def _check_units(check: Checker, path: KeyPath, entry: EquipmentEntry) -> None:
    fitting = [u.id for u in check.model.units.values() if u.class_id == entry.class_]
    for i, name in enumerate(entry.units):
        unit = check.model.units.get(name)
        if unit is None:
            check.fault((*path, "units", i), f"the line has no unit '{name}'", f"Use one of {', '.join(fitting)}")
        elif unit.class_id != entry.class_:
            message = f"{name} is a {unit.class_id}, not a {entry.class_}"
            check.fault((*path, "units", i), message, f"Use one of {', '.join(fitting)}")


def check_all_used(check: Checker) -> None:
    """What is declared and never used: a parameter without effect looks like one that has it."""
    for name in check.file.parameters:
        if name not in check.used:
            check.fault(("parameters", name), "no phase and no watch uses this parameter", f"Use ${name} or remove it")
