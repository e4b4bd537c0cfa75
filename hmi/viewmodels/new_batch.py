"""What a new batch can be made of: recipes with the versions that may run, and the formula scaled to its size."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels import wire
from hmi.viewmodels.line_info import RecipeInfo
from hmi.viewmodels.recipes import APPROVED, OBSOLETE, recipes
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj


@dataclass(frozen=True)
class Offer:
    """One version of a recipe; ``hash`` is empty where the line tells no library. Sizes are 0 until they are known."""

    recipe: str
    name: Obj
    version: str
    hash: str
    approved: bool
    base_kg: float = 0.0
    lo_kg: float = 0.0
    hi_kg: float = 0.0

    @property
    def sized(self) -> bool:
        """Whether its sizes are known."""
        return self.hi_kg > 0


@dataclass(frozen=True)
class Portion:
    """A material with its mass in kg for the size that was chosen."""

    name: Obj
    kg: float
    tolerance_pct: float


def offers(store: LineStore) -> list[Offer]:
    """What everybody may start: the approved version of each recipe."""
    known = {r.id: r for r in store.line.recipes} if store.line is not None else {}
    library = recipes(store)
    if not library:
        return [_listed(r) for r in known.values()]
    found: list[Offer] = []
    for recipe in library:
        version = recipe.version(recipe.approved)
        if version is not None:
            listed = known.get(recipe.id)
            same = listed is not None and listed.version == version.version
            sizes = (
                (listed.base_batch_kg, listed.size_lo_kg, listed.size_hi_kg) if listed is not None and same else (0.0, 0.0, 0.0)
            )
            found.append(Offer(recipe.id, recipe.name, version.version, version.hash, True, *sizes))
    return found


def _listed(r: RecipeInfo) -> Offer:
    return Offer(r.id, r.name, r.version, "", True, r.base_batch_kg, r.size_lo_kg, r.size_hi_kg)


def versions(store: LineStore, recipe_id: str) -> list[Offer]:
    """All versions of a recipe that are not out of use: a technologist may try one that is not approved."""
    recipe = next((r for r in recipes(store) if r.id == recipe_id), None)
    if recipe is None:
        return []
    return [
        Offer(recipe.id, recipe.name, v.version, v.hash, v.status == APPROVED and v.hash == recipe.approved)
        for v in recipe.versions
        if v.status != OBSOLETE
    ]


def with_source(offer: Offer, source: Obj) -> Offer:
    """The same with the sizes that its source tells."""
    base = wire.number(source, "base_batch_kg") or offer.base_kg
    lo, hi = wire.number(source, "size_lo_kg") or base, wire.number(source, "size_hi_kg") or base
    return Offer(offer.recipe, offer.name, offer.version, offer.hash, offer.approved, base, lo, hi)


def formula(source: Obj, size_kg: float) -> list[Portion]:
    """Materials of a source scaled to a batch of ``size_kg``."""
    base = wire.number(source, "base_batch_kg")
    if not base:
        return []
    found: list[Portion] = []
    for material, entry in wire.obj(source, "ingredients").items():
        one = wire.obj(entry)
        kg = wire.number(one, "kg")
        if kg is not None:
            name = wire.obj(one, "name") or {"ru": material, "en": material}
            found.append(Portion(name, kg * size_kg / base, wire.number(one, "tolerance_pct") or 0.0))
    return found
