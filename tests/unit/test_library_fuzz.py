"""Drafts may be broken in any way: saving one never ends the scan, and what is no recipe is never submitted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes import library_state
from recipes.content import storable
from tests.unit.library_kit import Desk, K, source

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in it."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [p for key in keys for p in [(*path, key), *places(value[key], (*path, key))]]


PLACES = [p for p in places(source("9.0")) if p[0] not in ("recipe", "version")]


def put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put it there, where the way still exists."""
    for key in path[:-1]:
        if not stands(data, key):
            return
        data = data[key]
    if stands(data, path[-1]) or (isinstance(data, dict) and isinstance(path[-1], str)):
        data[path[-1]] = value


def stands(data: Any, key: Any) -> bool:
    """Whether ``key`` is there; an earlier damage may have put a list where the way has names."""
    return key in data if isinstance(data, dict) else isinstance(data, list) and isinstance(key, int) and key < len(data)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_any_draft_is_kept_or_refused_and_judged(damage: list[tuple[tuple[Any, ...], Any]]) -> None:
    desk, data = Desk(), source("9.0")
    for path, value in damage:
        put(data, path, value)
    saved = desk.send(K.RECIPE_SAVE, {"data": data, "text": "", "base": ""})
    assert saved == ("accepted" if storable(data) else "refused")
    view: Any = desk.stage.view(desk.state)
    json.dumps(view)
    for version in desk.state.versions.values():
        assert all(p.message and p.remedy for p in desk.stage.problems(version))
        assert not any("the checks failed" in p.message for p in desk.stage.problems(version))
        desk.evidence(version.hash)
        submitted = desk.send(K.RECIPE_SUBMIT, {"hash": version.hash})
        assert submitted == ("refused" if desk.stage.problems(version) else "accepted")
    desk.restart()
    assert desk.stage.view(desk.state)["recipes"] == json.loads(json.dumps(desk.stage.view(desk.state)))["recipes"]


def test_a_defect_of_the_checks_is_a_problem_of_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise RecursionError("too deep")

    monkeypatch.setattr(library_state, "load_recipe", fails)
    desk = Desk()
    hash_ = desk.save(source("9.0"))
    desk.evidence(hash_)
    assert desk.send(K.RECIPE_SUBMIT, {"hash": hash_}) == "refused"
    [problem] = desk.stage.problems(desk.version(hash_))
    assert problem.message == "the checks failed (RecursionError: too deep)"
