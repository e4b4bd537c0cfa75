"""YAML as the line files use it: plain data with the line of every key, and nothing that unfolds or runs."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from line.config import LineFile
from line.documents import Problem, validate
from potok.yamlfile import MAX_BYTES, parse_yaml, read_yaml


def only(text: str) -> Problem:
    document, problems = parse_yaml(text, "f.yaml")
    assert document is None
    assert len(problems) == 1, problems
    assert problems[0].file == "f.yaml"
    assert problems[0].remedy
    return problems[0]


def test_data_and_lines_are_read() -> None:
    document, problems = parse_yaml("a: 1\nb:\n  - x: 2.5\n  - [да, null, true]\n3: text\n", "f.yaml")
    assert problems == []
    assert document is not None
    assert document.data == {"a": 1, "b": [{"x": 2.5}, ["да", None, True]], 3: "text"}
    assert [document.line_of(p) for p in (("a",), ("b",), ("b", 0, "x"), ("b", 1, 2), (3,))] == [1, 2, 3, 4, 5]


WRONG_YAML = [
    ("", 1, "", "the file is empty"),
    ("# only a comment\n", 1, "", "the file is empty"),
    ("a: 1\nb: {c: 1}\na: 2\n", 3, "a", "the key 'a' stands twice"),
    ("a:\n  b: 1\n  b: 2\n", 3, "a.b", "stands twice"),
    ("a: 1\nb: [1,\n", 3, "", "not valid YAML"),
    ("a: b: c\n", 1, "", "not valid YAML"),
    ("a: 1\n\tb: 2\n", 2, "", "not valid YAML"),
    ("a: 1\nb: \x07\n", 2, "", "special characters are not allowed"),
    ("a: 1\n---\nb: 2\n", 2, "", "another document"),
    ("a: &x [1]\nb: *x\n", 2, "b", "used again by an alias"),
    ("a: &x [*x]\n", 1, "a.0", "used again by an alias"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "c", "cannot be merged"),
    ("? [1]\n: 2\n", 1, "", "must be a word or a number"),
    ("true: 1\n", 1, "", "must be a word or a number"),
    ("a: !!python/object:os.system {}\n", 1, "a", "no plain data"),
    ("a: !!python/name:os.system\n", 1, "a", "cannot be read"),
    ("a: 2026-02-30\n", 1, "a", "month"),
    ("a: 2026-02-20\n", 1, "a", "read as a date"),
    ("0b_: 1\n", 1, "", "cannot be read"),
    ('a: "\\ud83d"\n', 1, "a", "half a character"),
    ("[" * 3000, 0, "", "nested too deeply"),
]


def test_a_fault_of_yaml_is_named() -> None:
    for text, line, key, message in WRONG_YAML:
        problem = only(text)
        assert (problem.line, problem.key) == (line, key), text
        assert message in problem.message


def test_a_few_lines_of_aliases_cannot_unfold_to_gigabytes() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60)]
    document, problems = parse_yaml("\n".join(lines), "f.yaml")
    assert document is None
    assert {p.message for p in problems} == {"this value is used again by an alias"}


def test_files_that_cannot_be_read_are_problems(tmp_path: Path) -> None:
    assert read_yaml(tmp_path / "none.yaml", "none.yaml")[1][0].message == "the file does not exist"
    assert "cannot be read" in read_yaml(tmp_path, "folder")[1][0].message
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("a: 1\nb: Линия\n".encode("cp1251"))
    (problem,) = read_yaml(latin, "latin.yaml")[1]
    assert (problem.line, problem.message, problem.remedy) == (2, "the text is not UTF-8", "Save the file as UTF-8")
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "bytes" in read_yaml(huge)[1][0].message
    marked = tmp_path / "bom.yaml"
    marked.write_bytes(b"\xef\xbb\xbfa: 1\n")
    document, problems = read_yaml(marked)
    assert problems == []
    assert document is not None
    assert document.data == {"a": 1}


@settings(max_examples=150)
@given(st.text(alphabet=st.characters() | st.sampled_from("{}[]:,&*!|>'\"#-?\n \t01_.<"), max_size=60))
def test_no_yaml_raises(text: str) -> None:
    document, problems = parse_yaml(text, "f.yaml")
    assert (document is None) == bool(problems)
    if document is not None:
        validate(LineFile, document)


def test_words_of_yaml_1_1_are_words() -> None:
    """`on` is a key of recipes and `no` an answer to a prompt; only true and false are truths, as in YAML 1.2 and editors."""
    document, problems = parse_yaml("on: hold\nanswers: [yes, no, Off, y]\nccp: true\nraw: False\n", "f.yaml")
    assert document is not None, problems
    assert document.data == {"on": "hold", "answers": ["yes", "no", "Off", "y"], "ccp": True, "raw": False}
