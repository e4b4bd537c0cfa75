"""Single values replaced in a YAML text: nothing else moves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from potok.yamlfile import parse_yaml, replace_scalars

TEXT = """# head
version: "1.0"   # of the file
parameters:
  cook_core: {name: {ru: Варка, en: Cooking}, value: 72.0, lo: 72.0, ccp: true}  # critical
steps:
  - phase: cook
    hi: 5
"""


def test_one_value_changes_and_nothing_else() -> None:
    after = replace_scalars(TEXT, {("parameters", "cook_core", "value"): 73.5})
    assert after == TEXT.replace("value: 72.0", "value: 73.5")


def test_several_at_once_also_in_lists_and_of_every_kind() -> None:
    changes: dict[tuple[str | int, ...], float | str | bool] = {
        ("version",): "1.1", ("steps", 0, "hi"): 6.25, ("parameters", "cook_core", "ccp"): False,
        ("parameters", "cook_core", "name", "ru"): "Варка: до 72 °C # нет",
    }  # fmt: skip
    document, problems = parse_yaml(replace_scalars(TEXT, changes), "text")
    assert document is not None
    assert not problems
    core = document.data["parameters"]["cook_core"]
    assert (document.data["version"], document.data["steps"][0]["hi"], core["ccp"]) == ("1.1", 6.25, False)
    assert (core["name"]["ru"], core["value"]) == ("Варка: до 72 °C # нет", 72.0)


@pytest.mark.parametrize("path", [("parameters",), ("steps", 3, "hi"), ("nothing",), ("steps", "hi"), ("version", "x")])
def test_what_is_no_single_value_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(ValueError, match="is no single value of the file"):
        replace_scalars(TEXT, {path: 1.0})


def test_no_infinite_number_and_no_broken_text() -> None:
    with pytest.raises(ValueError, match="no single value"):
        replace_scalars(TEXT, {("version",): float("inf")})
    with pytest.raises(ValueError, match="not valid YAML"):
        replace_scalars("a: [", {("a",): 1.0})


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.booleans()))
def test_whatever_is_written_is_read_back(value: float | str | bool) -> None:
    document, problems = parse_yaml(replace_scalars(TEXT, {("parameters", "cook_core", "value"): value}), "text")
    assert document is not None, problems
    read = document.data["parameters"]["cook_core"].pop("value")
    assert read == value
    assert type(read) is type(value)
    before, _ = parse_yaml(TEXT, "text")
    assert before is not None
    before.data["parameters"]["cook_core"].pop("value")
    assert document.data == before.data
