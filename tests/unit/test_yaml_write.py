"""Data written as a YAML file: reads back as the same data, and looks as people write it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from potok.yamlfile import parse_yaml, to_yaml
from recipes.content import content_hash
from tests.unit.test_recipe_plant import doktorskaya_document

TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=30) | st.sampled_from(
    ["yes", "on", "null", "~", "1", "1.5", "0x1f", "1e5", ".5", "-", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "=", "<<",
     "{u}.T", "$core-0.5", "@taste == 1", "2026-02-20", "1:30", "true", "Ёж", "„x“", "a\tb", "a\nb",
     " a", "a ", "", "...", "---", "%a", "`a"]
)  # fmt: skip
NUMBERS = st.integers(-(10**12), 10**12) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=25
)  # fmt: skip


@given(st.dictionaries(TEXTS, DATA, max_size=5), st.integers(20, 130))
def test_what_is_written_reads_back(data: dict[str, object], width: int) -> None:
    text = to_yaml(data, width=width)
    document, problems = parse_yaml(text, "f.yaml")
    assert document is not None, (problems, text)
    assert document.data == data, text
    assert text.endswith("\n")


def test_a_recipe_survives_and_stays_readable() -> None:
    data = doktorskaya_document().data
    text = to_yaml(data)
    document, problems = parse_yaml(text, "f.yaml")
    assert document is not None, problems
    assert document.data == data
    assert list(document.data) == list(data)
    assert content_hash(document.data) == content_hash(data)
    assert max(map(len, text.splitlines())) <= 130
    assert "  beef_premium: {kg: 28.6" in text
    assert "\n\nparameters:\n" in text
    assert "\nprocedure:\n  - unit_procedure: reception\n    name: {ru: Приёмка сырья, en: Reception}\n    operations:\n" in text
    assert len(text.splitlines()) < 260


@pytest.mark.parametrize("value", [math.nan, math.inf, object(), b"x", {1, 2}])
def test_what_no_file_can_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        to_yaml({"a": value})
