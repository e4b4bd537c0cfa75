"""Recipes of the library against the materials of the line: where the two packages meet."""

from __future__ import annotations

from collections.abc import Sequence

from line.documents import Document, Problem
from materials.catalogue import Catalogue
from materials.recipe_check import recipe_problems
from recipes.library_state import RecipeCheck
from recipes.model import MasterRecipe


def against_stock(catalogue: Catalogue | None) -> RecipeCheck | None:
    """The check of a line with ``materials.yaml``; None: any ingredient will do."""
    if catalogue is None:
        return None

    def check(document: Document, recipe: MasterRecipe) -> Sequence[Problem]:
        return recipe_problems(catalogue, document, recipe.id, [i.material for i in recipe.ingredients])

    return check
