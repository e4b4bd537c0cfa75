"""Narrowing of JSON that came from elsewhere, and private files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.files import write_private
from line.jsontools import child, finite, objects, whole
from line.messages import Json

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(ANYTHING)
def test_nothing_makes_the_narrowing_fail(value: Json) -> None:
    assert all(isinstance(o, dict) for o in objects(value))
    assert isinstance(child(value, "key"), dict)
    number = finite(value)
    assert number is None or number - number == 0.0
    assert isinstance(whole(value), int)


def test_what_fits_comes_through() -> None:
    assert objects([{"a": 1}, 2, "x", {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert objects("text") == objects(None) == []
    assert child({"key": {"a": 1}}, "key") == {"a": 1}
    assert child({"key": [1]}, "key") == {}
    assert [finite(v) for v in (1, 2.5, -0.0)] == [1.0, 2.5, 0.0]
    assert [finite(v) for v in (True, None, "1", [1], {}, float("nan"), float("inf"), 10**400, -(10**400))] == [None] * 9
    assert (whole(7), whole("7"), whole(None)) == (7, 0, 0)


def test_a_private_file_replaces_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "engine.json"
    write_private(path, {"port": 1})
    write_private(path, {"port": 2})
    assert json.loads(path.read_text(encoding="utf-8")) == {"port": 2}
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TypeError):
        write_private(path, {"port": object()})  # pyright: ignore[reportArgumentType]
    assert [p.name for p in tmp_path.iterdir()] == ["engine.json"], "a failed write leaves the old file and nothing else"
    assert json.loads(path.read_text(encoding="utf-8")) == {"port": 2}
