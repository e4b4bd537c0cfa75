"""``tags.csv``: every fault of a row is named; the ways of spreadsheets are taken; whatever the text, nothing raises."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.documents import Problem, Text
from line.tags import COLUMNS, TagKind, TagTable, parse_tags_csv
from tests.builders import tag
from tests.unit.line_kit import HEADER

GOOD_ROW: str = "S.T,float,plc1,ir:0:float32,°C,-5,20,1,0.1,2,1,0.5,,Темп,Temp"


def rows(*lines: str, header: str = HEADER) -> tuple[TagTable, list[Problem]]:
    return parse_tags_csv("\n".join([header, *lines]) + "\n", "tags.csv", ["plc1"])


def test_a_row_becomes_a_tag() -> None:
    tags, problems = rows(GOOD_ROW)
    assert problems == []
    found = tags[0]
    assert (found.name, found.kind, found.device, found.address, found.eu) == ("S.T", TagKind.FLOAT, "plc1", "ir:0:float32", "°C")
    assert (found.lo, found.hi, found.decimals, found.scale, found.offset) == (-5.0, 20.0, 1, 0.1, 2.0)
    assert (found.writable, found.deadband, found.enum, found.text, found.line) == (True, 0.5, "", Text(ru="Темп", en="Temp"), 2)
    assert found.unit_id == "S"


def test_empty_cells_have_defaults() -> None:
    tags, problems = rows("A,int,plc1,x,,,,,,,,,,а,a", "B,bool,plc1,x,,7,3,,,,,,,б,b")
    assert problems == []
    assert [(t.lo, t.hi, t.decimals, t.scale, t.offset, t.deadband, t.writable) for t in tags] == [
        (0.0, 100.0, 0, 1.0, 0.0, 0.0, False), (0.0, 1.0, 0, 1.0, 0.0, 0.0, False),
    ]  # fmt: skip


WRONG_CELLS = [
    ("name", "", "is no tag name"),
    ("name", "S401 T", "is no tag name"),
    ("name", "Темп", "is no tag name"),
    ("name", ".T", "is no tag name"),
    ("name", "S..T", "is no tag name"),
    ("name", "S.T.", "is no tag name"),
    ("kind", "real", "unknown kind 'real'"),
    ("kind", "", "unknown kind ''"),
    ("kind", "enum", "the enumeration is not named"),
    ("device", "plc9", "unknown device 'plc9'"),
    ("address", "", "the address is empty"),
    ("ru", "", "a text is missing"),
    ("en", " ", "a text is missing"),
    ("writable", "yes", "writable is 'yes'"),
    ("device", "calc", "cannot be written"),
    ("device", "engine", "the engine makes its tags itself"),
    ("kind", "string", "cannot be written"),
    ("lo", "abc", "lo is 'abc', not a number"),
    ("hi", "nan", "hi is 'nan', not a number"),
    ("scale", "inf", "not a number"),
    ("decimals", "inf", "not a number"),
    ("decimals", "nan", "not a number"),
    ("decimals", "1.5", "decimals is '1.5'"),
    ("decimals", "-1", "decimals is '-1'"),
    ("decimals", "400", "decimals is '400'"),
    ("lo", "20", "the range 20..20 is empty"),
    ("lo", "30", "the range 30..20 is empty"),
    ("hi", "-6", "the range -5..-6 is empty"),
    ("scale", "0", "scale is 0"),
    ("deadband", "-1", "deadband is below 0"),
    ("offset", "1e999", "not a number"),
]


def test_a_wrong_cell_is_named() -> None:
    for column, cell, message in WRONG_CELLS:
        cells: list[str] = GOOD_ROW.split(",")
        cells[COLUMNS.index(column)] = cell
        tags, problems = rows("OK.A,int,plc1,x,,,,,,,,,,а,a", ",".join(cells), "OK.B,int,plc1,x,,,,,,,,,,а,a")
        assert [t.name for t in tags if not t.broken] == ["OK.A", "OK.B"]
        assert [t.handle for t in tags] == list(range(len(tags)))
        assert len(problems) == 1, (column, cell, problems)
        assert (problems[0].file, problems[0].line) == ("tags.csv", 3)
        assert message in problems[0].message
        assert problems[0].remedy


def test_a_range_is_checked_with_its_default() -> None:
    _, problems = rows("A,float,plc1,x,,150,,,,,,,,а,a")
    assert problems[0].message == "the range 150..100 is empty"


def test_every_fault_of_a_row_is_told() -> None:
    _, problems = rows("A B,real,plc9,,,x,y,,,,maybe,,,,")
    assert {p.line for p in problems} == {2}
    assert len(problems) == 8


def test_a_name_is_used_once() -> None:
    _, problems = rows(GOOD_ROW, "", GOOD_ROW)
    assert [(p.line, p.key, p.message) for p in problems] == [(4, "S.T", "the name was used in line 2 already")]


def test_a_spreadsheets_ways_are_taken() -> None:
    header = "\ufeff" + HEADER.replace(",", ";") + ";;"
    row = 'S.T;float;plc1;ir:0;°C;-5,5;20,25;1;0,1;;;0,5;;Темп;"Temp; core";;'
    tags, problems = parse_tags_csv(f"{header}\r\n# note; with cells\r\n;;;\r\n\r\n{row}\r\n", "t.csv", ["plc1"])
    assert problems == []
    assert [(t.lo, t.hi, t.scale, t.deadband, t.text.en, t.line) for t in tags] == [(-5.5, 20.25, 0.1, 0.5, "Temp; core", 5)]


def test_more_cells_than_columns_are_named() -> None:
    _, problems = rows(GOOD_ROW + ",and more")
    assert [(p.line, p.message, p.remedy) for p in problems] == [(2, "more cells than columns", "Quote texts with commas")]
    assert rows(GOOD_ROW + ",,,")[1] == []


@pytest.mark.parametrize(
    ("header", "key", "message"),
    [
        ("name,kind", ", ".join(c for c in COLUMNS if c not in ("name", "kind")), "columns are missing"),
        (HEADER + ",colour", "colour", "unknown columns"),
        (HEADER + ",name", "name", "columns stand twice"),
        ("", ", ".join(COLUMNS), "columns are missing"),
    ],
)
def test_a_wrong_header_is_named(header: str, key: str, message: str) -> None:
    tags, problems = rows(GOOD_ROW, header=header)
    assert len(tags) == 0
    assert [(p.line, p.key, p.message) for p in problems] == [(1, key, message)]


def test_an_empty_table_misses_its_columns() -> None:
    assert parse_tags_csv("", "t.csv", [])[1][0].message == "columns are missing"


def test_a_quote_that_is_never_closed_swallows_nothing_in_silence() -> None:
    broken = GOOD_ROW.replace("Temp", '"Temp')
    tags, problems = rows("A,int,plc1,x,,,,,,,,,,а,a", broken, "B,int,plc1,x,,,,,,,,,,а,a")
    assert [t.name for t in tags] == ["A"]
    assert [(p.line, p.remedy) for p in problems] == [(3, "Check the quotation marks")]


def test_a_table_knows_its_tags() -> None:
    tags, _ = rows(GOOD_ROW, "A,int,engine,,,,,,,,,,,а,a")
    assert tags.handle("A") == 1
    assert tags.find("B") is None
    assert "S.T" in tags
    assert "B" not in tags
    assert [t.name for t in tags.of_device("plc1")] == ["S.T"]
    with pytest.raises(KeyError):
        tags.handle("B")
    with pytest.raises(ValueError, match="handle 4 at position 0"):
        TagTable([tag("X", 4)])


CELLS = st.sampled_from(
    [
        "",
        "A",
        "A.B",
        "float",
        "int",
        "bool",
        "enum",
        "calc",
        "plc1",
        "engine",
        "1",
        "-1",
        "1e400",
        "nan",
        "1,5",
        '"',
        '""',
        "#",
        "\r",
        "\n",
        "\x00",
        "\ufeff",
        "é",
        "inf",
    ]
)


@settings(max_examples=200)
@given(st.text() | st.lists(st.lists(CELLS, max_size=17), max_size=5).map(lambda r: "\n".join([HEADER, *map(",".join, r)])))
def test_no_text_raises_and_every_problem_has_a_place_and_a_remedy(text: str) -> None:
    tags, problems = parse_tags_csv(text, "t.csv", ["plc1"])
    assert all(p.line >= 1 and p.message and p.remedy for p in problems)
    assert len({t.name for t in tags}) == len(tags)
    assert all(t.lo < t.hi and re.fullmatch(r"[\w.]+", t.name) for t in tags)
