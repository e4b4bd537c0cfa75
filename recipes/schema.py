"""JSON Schema of a recipe file, for editors: names, kinds and meaning of every key while a technologist types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from line.messages import Json, JsonObject
from line.schema import file_schema
from recipes.recipe_file import RecipeFile

REFERENCE: Final[JsonObject] = {
    "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^\s*\$[a-z][a-z0-9_]*(\s*[+-]\s*[0-9]+(\.[0-9]+)?)?\s*$"}]
}
"""A number or ``$parameter`` with an offset."""
_ORDER: Final = (
    "recipe", "version", "author", "unit_procedure", "operation", "phase", "parallel", "choose", "repeat", "wait", "keep",
    "prompt", "branch", "id", "tag", "name", "product", "description", "base_batch_kg", "size_lo_kg", "size_hi_kg", "kind",
    "text", "role", "signed", "class", "units", "waiting", "kg", "tolerance_pct", "raw", "nitrite_pct", "value", "lo", "hi",
    "eu", "ccp", "scale", "sum_of", "choices", "material", "when", "while", "for_s", "anew", "after_s", "on", "lo_mg_per_kg",
    "hi_mg_per_kg", "expect_pct", "lo_pct", "hi_pct", "ingredients", "nitrite", "parameters", "yield", "equipment", "acquire",
    "transfer", "to", "mass", "watch", "until", "within_s", "at_most", "do", "branches", "phases", "operations", "procedure",
)  # fmt: skip
_RANK: Final = {key: i for i, key in enumerate(_ORDER)}
_NAMED_BY_ID: Final = ("ingredients", "equipment")


def recipe_schema() -> JsonObject:
    """JSON Schema (draft 2020-12). It knows the shape of a file; sums, units and conditions are for ``potok recipe check``."""
    return cast(JsonObject, _with_references(file_schema(RecipeFile, "Potok master recipe")))


def in_order(data: JsonObject) -> JsonObject:
    """``data`` of a recipe file with its keys as people write them: header, formula, equipment, procedure, each likewise.

    Ids keep their order. The content (its hash) is the same.
    """
    return cast(JsonObject, _ordered(data, ids=False, inside=""))


def _ordered(value: Json, *, ids: bool, inside: str) -> Json:
    if isinstance(value, Mapping):
        keys = list(value) if ids else sorted(value, key=lambda k: _RANK.get(k, len(_RANK)))
        return {k: _ordered(value[k], ids=_names_things(k, inside, ids), inside=k) for k in keys}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_ordered(v, ids=False, inside="[]") for v in value]
    return value


def _names_things(key: str, inside: str, ids: bool) -> bool:
    """Whether the value of ``key`` is a mapping of ids: materials, parameters and roles, and the parameters of a phase."""
    return not ids and (key == "parameters" or (key in _NAMED_BY_ID and inside == ""))


def _with_references(value: Json) -> Json:
    """A number that may be a text as well is a reference to a parameter: say how one is written."""
    if isinstance(value, Mapping):
        if _is_reference(value):
            return {**{k: v for k, v in value.items() if k == "description"}, **REFERENCE}
        return {k: _with_references(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_with_references(v) for v in value]
    return value


def _is_reference(value: JsonObject) -> bool:
    options = value.get("anyOf")
    if not isinstance(options, Sequence) or isinstance(options, str):
        return False
    return {"type": "number"} in options and {"type": "string"} in options
