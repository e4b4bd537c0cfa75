"""The JSON Schema for editors: what the line ships is valid, what the file model refuses is not."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from line.documents import Document, validate
from potok.yamlfile import parse_yaml, read_yaml
from recipes.content import content_hash
from recipes.recipe_file import RecipeFile
from recipes.schema import in_order, recipe_schema
from tests.unit.test_recipe_plant import LINE, doktorskaya_document

VALIDATOR = Draft202012Validator(recipe_schema())
SHIPPED = sorted(p for p in (LINE / "recipes").glob("*.yaml") if p.name != "approvals.yaml")


def data_of(name: str) -> dict[str, Any]:
    document, problems = read_yaml(LINE / "recipes" / name)
    assert document is not None, problems
    return document.data


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(recipe_schema())
    assert json.loads(json.dumps(recipe_schema())) == recipe_schema()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.name)
def test_shipped_recipes_are_valid(path: Any) -> None:
    assert [e.message for e in VALIDATOR.iter_errors(data_of(path.name))] == []


def edited(**changes: Any) -> dict[str, Any]:
    """Doktorskaya with values at ``a__b__0`` replaced; None removes the key."""
    data = copy.deepcopy(doktorskaya_document().data)
    for path, value in changes.items():
        *parents, last = [int(k) if k.isdigit() else k for k in path.split("__")]
        at: Any = data
        for key in parents:
            at = at[key]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return data


TEXT = {"ru": "а", "en": "a"}
WRONG: list[dict[str, Any]] = [
    {"version": None},
    {"base_batch_kg": "heavy"},
    {"base_batch_kg": 0},
    {"name": "Doktorskaya"},
    {"recipe": "Doktorskaya"},
    {"extra": 1},
    {"parameters__cook_temp__lo": "low"},
    {"parameters__cook_temp__role": "boss"},
    {"ingredients__salt__tolerance_pct": 0},
    {"ingredients__salt__tolerance_pct": True},
    {"ingredients__salt__nitrite_pct": "0.1"},
    {"procedure__0__operations__0__phases__0__watch": {}},
    {"procedure__0__operations__0__phases__0__parameters": {"mass": "heavy"}},
    {"procedure__0": {"prompt": "x"}},
    {"procedure__0": {"repeat": "x", "name": TEXT, "until": "true", "do": [{"prompt": "p", "text": TEXT}]}},
    {"procedure__0": {"parallel": "x", "name": TEXT, "branches": []}},
    {"procedure": []},
]
RIGHT: list[dict[str, Any]] = [
    {"product": "4010"},
    {"procedure__0__operations__0__phases__0__parameters": {"mass": "$charge_mass"}},
    {"procedure__0__operations__0__phases__0__parameters": {"mass": "$charge_mass - 0.5"}},
    {"procedure__0": {"prompt": "p", "text": TEXT, "kind": "number", "lo": 1, "hi": "$portion+5", "eu": "g"}},
    {"procedure__0": {"keep": "k", "name": TEXT, "while": "{cutter}.BatterTemp < 12", "for_s": "$chop_time", "anew": True}},
]


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_what_the_file_model_refuses_is_invalid(changes: dict[str, Any]) -> None:
    data = edited(**changes)
    assert list(VALIDATOR.iter_errors(data))
    reference = changes == {"procedure__0__operations__0__phases__0__parameters": {"mass": "heavy"}}
    assert (validate(RecipeFile, Document("x", data))[0] is None) is not reference  # a reference is checked with the line


@pytest.mark.parametrize("changes", RIGHT, ids=str)
def test_what_the_file_model_takes_is_valid(changes: dict[str, Any]) -> None:
    data = edited(**changes)
    assert validate(RecipeFile, Document("x", data))[1] == []
    assert [e.message for e in VALIDATOR.iter_errors(data)] == []


def properties(schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, definition in {**schema["$defs"], "RecipeFile": schema}.items():
        for key, value in definition.get("properties", {}).items():
            yield f"{name}.{key}", value


def test_every_key_says_what_it_means() -> None:
    silent = [name for name, value in properties(recipe_schema()) if not value.get("description")]
    assert silent == ["Text.ru", "Text.en"]


def test_keys_in_the_order_people_write_them() -> None:
    data = doktorskaya_document().data
    shuffled = json.loads(json.dumps(data, sort_keys=True))
    ordered = in_order(shuffled)
    assert list(ordered) == list(data)
    assert content_hash(ordered) == content_hash(data)
    assert list(in_order(data)["ingredients"]) == list(data["ingredients"])  # pyright: ignore[reportArgumentType]
    phase = in_order(
        {"procedure": [{"name": TEXT, "operations": [{"phases": [{"watch": [], "phase": "cook"}], "operation": "o"}]}]}
    )
    assert json.dumps(phase).index('"phase"') < json.dumps(phase).index('"watch"')


HOWTO = LINE.parents[1] / "docs" / "howto" / "recipes.md"


def test_the_guide_explains_every_key() -> None:
    text = HOWTO.read_text(encoding="utf-8")
    keys = {name.split(".", 1)[1] for name, _ in properties(recipe_schema())} | {"ru", "en"}
    assert [k for k in sorted(keys) if not re.search(rf"`{k}`|\b{k}:", text)] == []


def test_the_example_of_the_guide_is_a_recipe_file() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", HOWTO.read_text(encoding="utf-8"), flags=re.DOTALL)
    document, problems = parse_yaml("".join(blocks), "guide.yaml")
    assert document is not None, problems
    assert validate(RecipeFile, document)[1] == []
    assert [e.message for e in VALIDATOR.iter_errors(document.data)] == []
