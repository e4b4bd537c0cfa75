"""The words of a recipe that records and explanations need, read from its content without the line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from historian.record_recipe import find_source, hash_fits, recipe_hash, recipe_words, resolve
from potok.linefolder import SHIPPED, load_line
from recipes.content import canonical, content_hash
from recipes.model import MasterRecipe, NodeKind, PhaseStep
from tests.unit.record_kit import COOK, HASH, RECIPE, both

MASTERS = list(load_line(SHIPPED / "sausage").recipes.values())


@pytest.mark.parametrize("master", MASTERS, ids=lambda m: m.id)
def test_the_hash_is_that_of_the_library(master: MasterRecipe) -> None:
    assert recipe_hash(master.source) == content_hash(master.source) == master.fingerprint


@pytest.mark.parametrize("master", MASTERS, ids=lambda m: m.id)
def test_nodes_have_the_ids_places_and_roles_that_the_loader_gives_them(master: MasterRecipe) -> None:
    words = recipe_words(master.source).nodes
    loaded = {n.id: (n.key, n.role) for n in master.nodes if n.id}
    assert {n.id: (n.key, n.role) for n in words.values()} == loaded


@pytest.mark.parametrize("master", MASTERS, ids=lambda m: m.id)
def test_phases_have_the_watches_of_the_recipe(master: MasterRecipe) -> None:
    words = recipe_words(master.source).nodes
    for node in master.nodes:
        if node.kind is NodeKind.PHASE and isinstance(node.what, PhaseStep):
            assert [(w.tag, w.at_end, w.ccp) for w in words[node.id].watches] == [
                (w.tag, w.at_end, w.ccp) for w in node.what.watches
            ]
            assert words[node.id].phase == node.what.phase


def test_a_phase_without_a_name_is_called_by_its_operation() -> None:
    assert recipe_words(RECIPE).nodes[COOK].name == both("Cooking")


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        (5, 5.0),
        ("$cook_temp", 78.0),
        ("$cook_temp-5", 73.0),
        ("$cook_temp + 1.5", 79.5),
        ("$other", None),
        ("cook", None),
        (None, None),
    ],
)
def test_references_are_resolved_with_the_values_of_the_batch(reference: Any, value: float | None) -> None:
    assert resolve(reference, {"cook_temp": 78.0}) == value


def test_a_recipe_is_found_in_the_library_as_canonical_text_and_in_older_states() -> None:
    library = {"recipes": {"versions": [{"hash": HASH, "data": canonical(RECIPE)}]}}
    older = {"batches": {"recipes": {HASH: RECIPE}}}
    assert find_source(HASH, library, []) == (json.loads(canonical(RECIPE)), True)
    assert find_source(HASH, older, []) == (RECIPE, True)
    assert find_source(HASH, {}, [{"hash": HASH, "data": RECIPE}]) == (RECIPE, True)
    assert find_source(HASH, {}, []) == (None, None)


def test_content_that_does_not_have_the_hash_is_not_taken() -> None:
    changed = {**RECIPE, "version": "9"}
    assert find_source(HASH, {"recipes": {"versions": [{"hash": HASH, "data": changed}]}}, []) == (changed, False)
    assert not hash_fits(changed, HASH)


@pytest.mark.parametrize(
    "odd", [{}, {"procedure": 5}, {"procedure": [7, {"operation": 3}]}, {"procedure": [{"phase": "x", "watch": 3}]}]
)
def test_odd_content_is_read_as_far_as_it_goes(odd: dict[str, Any]) -> None:
    words = recipe_words(odd)
    assert all(n.watches == () for n in words.nodes.values())


def test_the_folder_of_the_line_is_not_asked(tmp_path: Path) -> None:
    assert recipe_words(None).nodes == {}
    assert recipe_words(None).name == {"ru": "", "en": ""}
