"""JSON Schema of a recipe file, for editors: names, kinds and meaning of every key while a technologist types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from line.messages import Json, JsonObject
from recipes.recipe_file import RecipeFile

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
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
    described = cast(JsonObject, _tidy(RecipeFile.model_json_schema(by_alias=True)))
    return {"$schema": DIALECT, **described, "title": "Potok master recipe"}


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


def _tidy(value: Json) -> Json:
    """Without titles that only repeat the key and without "or null": a key that may be left out is just not required."""
    if isinstance(value, Mapping):
        if _is_reference(value):
            return {**{k: v for k, v in value.items() if k in ("description",)}, **REFERENCE}
        options = value.get("anyOf")
        if isinstance(options, Sequence) and not isinstance(options, str) and {"type": "null"} in options:
            left = [o for o in options if o != {"type": "null"}]
            rest = {k: v for k, v in value.items() if k not in ("anyOf", "default", "title")}
            only = left[0] if len(left) == 1 else {"anyOf": left}
            return _tidy({**cast(JsonObject, only), **rest})
        return {
            k: {name: _tidy(one) for name, one in v.items()}
            if k in ("properties", "$defs") and isinstance(v, Mapping)
            else _tidy(v)
            for k, v in value.items()
            if k != "title" or not isinstance(v, str)
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_tidy(v) for v in value]
    return value


def _is_reference(value: JsonObject) -> bool:
    options = value.get("anyOf")
    if not isinstance(options, Sequence):
        return False
    kinds = [o for o in options if o != {"type": "null"}]
    return {"type": "number"} in kinds and {"type": "string"} in kinds
