"""What a recipe asks of the catalogue: that what it takes is a material, and that what it makes is a product where it is packed.

For recipes that only the library has; those of the line folder are judged with ``materials.yaml`` (materials/catalogue_load.py).
"""

from __future__ import annotations

from collections.abc import Collection

from line.documents import Document, Problem
from materials.catalogue import Catalogue


def recipe_problems(catalogue: Catalogue, document: Document, recipe: str, ingredients: Collection[str]) -> list[Problem]:
    """What stands against the recipe in ``document``, at the places in it."""
    found = [
        document.problem(
            ("ingredients", name), f"'{name}' is no material of materials.yaml",
            "Take one of its materials, or have it added there",
        )
        for name in ingredients if name not in catalogue.materials
    ]  # fmt: skip
    if catalogue.packing and recipe not in catalogue.products:
        found.append(
            document.problem(
                ("recipe",), f"materials.yaml has no product '{recipe}', so that nobody knows what is packed of it",
                "Have the product added there",
            )
        )  # fmt: skip
    return found
