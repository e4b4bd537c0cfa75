"""The catalogue as panels know it (the part ``materials`` of ``GET /api/line``), and a catalogue made of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from line.documents import Text
from line.messages import Json, JsonObject
from line.tags import TagTable
from materials.allergens import ALLERGENS
from materials.catalogue import Catalogue, Company, Material, Paper, Place, Product, Scale, Supplier
from materials.label import allergens_of

T = TypeVar("T")
_COMPANY = TypeAdapter(Company)
_PLACES = TypeAdapter(list[Place])
_SUPPLIERS = TypeAdapter(list[Supplier])
_PAPERS = TypeAdapter(list[Paper])
_MATERIALS = TypeAdapter(list[Material])
_PRODUCTS = TypeAdapter(list[Product])


def described(catalogue: Catalogue, tags: TagTable, recipes: Mapping[str, Sequence[str]]) -> JsonObject:
    """Everything that a page of reception, stock or labels shows; tags by name, '' where there is none.

    ``recipes`` are their ingredients: the allergens of a product are those of what it is made of.
    """
    products: list[Json] = [
        {**p, "allergens": list(allergens_of(recipes.get(str(p["recipe"]), ()), catalogue))}
        for p in _PRODUCTS.dump_python(list(catalogue.products.values()), mode="json")
    ]
    packing: list[Json] = [
        {"unit": p.unit, "packs": tags[p.packs].name, "mass": tags[p.mass].name} for p in catalogue.packing.values()
    ]
    allergens: list[Json] = [{"id": a, "name": name.to_json()} for a, name in ALLERGENS.items()]
    return {
        "company": _COMPANY.dump_python(catalogue.company, mode="json"),
        "places": _PLACES.dump_python(list(catalogue.places.values()), mode="json"),
        "suppliers": _SUPPLIERS.dump_python(list(catalogue.suppliers.values()), mode="json"),
        "documents": _PAPERS.dump_python(list(catalogue.documents.values()), mode="json"),
        "materials": _MATERIALS.dump_python(list(catalogue.materials.values()), mode="json"),
        "products": products,
        "packing": packing,
        "scales": [_scale(s, tags) for s in catalogue.scales.values()],
        "allergens": allergens,
    }


def catalogue_of(description: JsonObject) -> Catalogue | None:
    """The catalogue of a description, without packing units and scales; None for one that is not of this version."""
    products = description.get("products")
    rows = [{k: v for k, v in p.items() if k != "allergens"} for p in _objects(products)]
    try:
        return Catalogue(
            _COMPANY.validate_python(description.get("company")),
            {p.id: p for p in _PLACES.validate_python(description.get("places"))},
            {s.id: s for s in _SUPPLIERS.validate_python(description.get("suppliers"))},
            {d.id: d for d in _PAPERS.validate_python(description.get("documents"))},
            {m.id: m for m in _MATERIALS.validate_python(description.get("materials"))},
            {p.recipe: p for p in _PRODUCTS.validate_python(rows)},
        )
    except ValidationError:
        return None


def product_allergens(description: JsonObject, recipe: str) -> tuple[str, ...]:
    """Those of what the recipe of a product takes."""
    for product in _objects(description.get("products")):
        given = product.get("allergens")
        if product.get("recipe") == recipe and isinstance(given, Sequence) and not isinstance(given, str):
            return tuple(str(a) for a in given)
    return ()


def _objects(value: Json) -> list[JsonObject]:
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return [e for e in entries if isinstance(e, Mapping)]


def _scale(scale: Scale, tags: TagTable) -> Json:
    named: dict[str, Json] = {
        key: tags[handle].name if handle >= 0 else ""
        for key in ("net", "gross", "tare", "stable", "target", "ok")
        if isinstance(handle := getattr(scale, key), int)
    }
    name: Text = scale.name
    return {"id": scale.id, "name": name.to_json(), "unit": scale.unit, "division_kg": scale.division_kg, **named}
