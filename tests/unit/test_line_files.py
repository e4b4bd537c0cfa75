"""The files of a line: every fault is named with file, line, key and remedy; whatever the text, nothing raises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.config import LineFile
from line.documents import Document, Problem, Text, validate
from line.tags import COLUMNS, TagKind, TagTable, parse_tags_csv
from potok.yamlfile import MAX_BYTES, parse_yaml, read_yaml
from tests.builders import tag
from tests.unit.line_kit import EXTRA_ROWS, HEADER, LINE_YAML, load, oven_csv, sausage

GOOD_ROW: str = "S.T,float,plc1,ir:0:float32,°C,-5,20,1,0.1,2,1,0.5,,Темп,Temp"


def rows(*lines: str, header: str = HEADER) -> tuple[TagTable, list[Problem]]:
    return parse_tags_csv("\n".join([header, *lines]) + "\n", "tags.csv", ["plc1"])


# The shipped line


def test_the_shipped_line_is_right() -> None:
    model = sausage()
    assert len(model.tags) == 205
    assert list(model.units) == ["R101", "G101", "C201", "F301", "S401", "S402", "H501", "P601"]
    assert [model.tags[h].name for h in model.heartbeats] == ["PLC1.SupHeartbeat", "PLC2.SupHeartbeat"]
    chop = model.units["C201"].phases["chop"]
    assert {n: model.tags[h].name for n, h in chop.parameters.items()} == {
        "knife_speed": "C201.SP_Knife", "vacuum": "C201.SP_Vacuum", "end_temp": "C201.SP_EndTemp", "time": "C201.SP_Time",
    }  # fmt: skip
    assert model.units["S401"].key_values[0].tag == "S401.ChamberTemp"


# Problems and documents


def test_a_problem_reads_as_file_line_key_message_remedy() -> None:
    assert str(Problem("line.yaml", 7, "units.S1", "it is wrong", "Mend it")) == "line.yaml:7: units.S1: it is wrong. Mend it"
    assert str(Problem("tags.csv", 0, "", "it is wrong", "Mend it")) == "tags.csv: it is wrong. Mend it"


def test_the_line_of_an_unknown_key_is_that_of_its_nearest_parent() -> None:
    document = Document("f", {}, {(): 1, ("a",): 3, ("a", "b"): 5})
    assert [document.line_of(p) for p in (("a", "b"), ("a", "x"), ("a", "b", 0, "c"), ("z",), ())] == [5, 3, 5, 1, 1]
    assert Document("f", {}).line_of(("a",)) == 1


def test_a_text_has_two_languages() -> None:
    text = Text(ru="Да", en="Yes")
    assert (text.get("ru"), text.get("en"), text.get("de")) == ("Да", "Yes", "Да")


# line.yaml


def where(yaml_text: str, needle: str) -> int:
    return next(i for i, line in enumerate(yaml_text.splitlines(), 1) if needle in line)


@pytest.mark.parametrize(
    ("old", "new", "key", "message", "remedy"),
    [
        ("scan_period_ms: 250", "scan_period_ms: 5", "scan_period_ms", "greater than or equal to 10", "Correct the value"),
        ("scan_period_ms: 250", "scan_perod_ms: 250", "scan_perod_ms", "unknown key", "Check the spelling"),
        ("scan_offset: 0.6", "scan_offset: .nan", "scan_offset", "less than 1", "Correct the value"),
        ("line: bakery", "line: My Line", "line", "should match pattern", "Correct the value"),
        ("    driver: modbus", "    driver: profibus", "devices.plc1", "'profibus'", "Correct the value"),
        (
            "    driver: modbus",
            "    driver: modbus\n    port: 99999",
            "devices.plc1.port",
            "less than or equal to 65535",
            "Correct",
        ),
        ("    driver: modbus", "    driver: modbus\n    prot: 502", "devices.plc1.prot", "unknown key", "Check the spelling"),
        (
            "    4: {ru: Блокировка ПЛК,",
            "    x: {ru: Блокировка ПЛК,",
            "enums.phase_result.x",
            "valid integer",
            "Correct the value",
        ),
        ("{number: 2,", "{number: 77,", "classes.oven.phases.bake.number", "less than or equal to 20", "Correct the value"),
        ("action: hold", "action: explode", "classes.oven.interlocks.0.action", "'hold' or 'abort'", "Correct the value"),
        ("{number: 3,", "{number: 2,", "classes.oven.phases", "two phases have the same number", "own number"),
        ("time: SP_Time}", "time: SP_Tine}", "classes.oven.phases.bake.parameters.time", "no tag 'U1.SP_Tine'", "add the tag"),
        ("time: SP_Time}", "time: Temp}", "classes.oven.phases.bake.parameters.time", "not writable", "Set writable to 1"),
        (
            'setpoint: "{u}.SP_Temp"',
            'setpoint: "{u}.SP"',
            "classes.oven.key_values.0.setpoint",
            "no tag 'U1.SP'",
            "Correct the name",
        ),
        (
            'show: "{u}.Temp", text: {ru: Не горячее 90,',
            'show: "{u}.T", text: {ru: Не горячее 90,',
            "classes.oven.permissives.1.show",
            "no tag 'U1.T'",
            "Correct the name",
        ),
        ('if: "{u}.Temp <= 90"', 'if: "{u}.Tmp <= 90"', "classes.oven.permissives.1.if", "no tag 'U1.Tmp'", "Correct the name"),
        ('if: "{u}.Temp <= 120"', 'if: "exec(1)"', "classes.oven.interlocks.1.if", "no function 'exec'", "Use abs()"),
        ('{id: hot, if: "{u}.Temp', '{id: door, if: "{u}.Temp', "classes.oven.interlocks.1.id", "stands twice", "Rename"),
        ("heartbeat: PLC1.Sup", "heartbeat: PLC1.Nope", "devices.plc1.heartbeat", "no tag 'PLC1.Nope'", "Correct the name"),
        ("heartbeat: PLC1.Sup", "heartbeat: U1.Temp", "devices.plc1.heartbeat", "not writable", "Set writable to 1"),
        ("U2: {class: oven,", "U2: {class: stove,", "units.U2.class", "no class 'stove'", "Use one of oven"),
        (
            "name: {ru: Печь 2, en: Oven 2}, device: plc1",
            "name: {ru: Печь 2, en: Oven 2}, device: plc7",
            "units.U2.device",
            "no device 'plc7'",
            "Use one of plc1",
        ),
    ],
)
def test_a_fault_of_line_yaml_is_named(old: str, new: str, key: str, message: str, remedy: str) -> None:
    assert old in LINE_YAML
    broken = LINE_YAML.replace(old, new, 1)
    model, problems = load(broken)
    assert model is None
    found = [p for p in problems if p.key == key and message in p.message]
    assert found, problems
    assert found[0].file == "line.yaml"
    needle = new.splitlines()[-1] if "\n" in new else new
    expected = {where(broken, needle)} | ({where(broken, "    phases:")} if key.endswith("phases") else set())
    expected |= {where(broken, "  plc1:")} if key == "devices.plc1" else set()
    assert found[0].line in expected
    assert remedy in found[0].remedy


def test_a_missing_key_is_named_at_its_parent() -> None:
    broken = LINE_YAML.replace(", label: U-2", "")
    _, problems = load(broken)
    assert problems == [
        Problem("line.yaml", where(broken, "U2:"), "units.U2.label", "this key is missing",
                "Add it; docs/howto/line-files.md lists the keys"),
    ]  # fmt: skip


def test_all_faults_come_in_one_run() -> None:
    broken = (
        LINE_YAML.replace("scan_period_ms: 250", "scan_period_ms: 1")
        .replace("number: 2", "number: 0")
        .replace("label: U-1, ", "")
    )
    _, problems = load(broken)
    assert {p.key for p in problems} == {"scan_period_ms", "classes.oven.phases.bake.number", "units.U1.label"}


@pytest.mark.parametrize("name", ["calc", "engine"])
def test_a_device_cannot_take_a_reserved_name(name: str) -> None:
    broken = LINE_YAML.replace("enums:", f"  {name}:\n    driver: modbus\n    name: {{ru: А, en: A}}\nenums:")
    _, problems = load(broken)
    assert [(p.key, p.line) for p in problems] == [(f"devices.{name}", where(broken, f"  {name}:"))]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("U1.PhAck,int", "U1.PhAk,int", "there is no tag 'U1.PhAck'"),
        ("U1.PhSts,int", "U1.PhSts,string", "U1.PhSts is a text"),
        ("hr:20:PhReq,,0,65535,0,,,1", "hr:20:PhReq,,0,65535,0,,,", "U1.PhReq is not writable"),
        ("U1.PhRes,int,plc1,ir:30:PhRes", "U1.PhRes,int,calc,1", "U1.PhRes belongs to the device 'calc', not 'plc1'"),
    ],
)
def test_a_handshake_that_cannot_work_is_named(old: str, new: str, message: str) -> None:
    table = oven_csv()
    assert old in table
    _, problems = load(csv_text=table.replace(old, new))
    assert (message, where(LINE_YAML, "  U1: {class")) in [(p.message, p.line) for p in problems]


def test_computed_tags_are_ordered_and_a_circle_is_named_with_its_line() -> None:
    extra = [
        *EXTRA_ROWS,
        *(f"X.{n},float,calc,{e},,,,,,,,,,т,t" for n, e in (("A", "X.B + 1"), ("B", "X.C + 1"), ("C", "U1.Temp"))),
    ]
    model, problems = load(csv_text=oven_csv(extra=extra))
    assert model is not None, problems
    order = [model.tags[h].name for h, _ in model.calc]
    assert order.index("X.C") < order.index("X.B") < order.index("X.A")
    text = oven_csv(extra=[*extra, "X.D,float,calc,X.E,,,,,,,,,,т,t", "X.E,float,calc,X.D + X.A,,,,,,,,,,т,t"])
    _, problems = load(csv_text=text)
    assert problems == [
        Problem(
            "tags.csv", where(text, "X.D,"), "X.D, X.E", "these computed tags read each other in a circle", "Break the circle"
        )
    ]


def test_a_fault_in_an_expression_or_an_unknown_enumeration_has_the_line_of_its_tag() -> None:
    text = oven_csv(extra=[*EXTRA_ROWS, "X.A,float,calc,U1.Temp ** 2,,,,,,,,,,т,t", "X.B,enum,plc1,ir:9,,,,,,,,,colour,т,t"])
    _, problems = load(csv_text=text)
    assert [(p.line, p.key, p.message) for p in problems] == [
        (where(text, "X.A,"), "X.A", "'U1.Temp ** 2' is not allowed in an expression"),
        (where(text, "X.B,"), "X.B", "there is no enumeration 'colour'"),
    ]
    assert problems[1].remedy == "Add it under enums in line.yaml"


def test_data_that_is_no_mapping_is_a_problem_not_an_exception() -> None:
    for data in (None, 5, "text", [1], {"line": {}}, {1: 2}):
        model, problems = validate(LineFile, Document("f", data))
        assert model is None
        assert problems


# tags.csv


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
    ("device", "engine", "cannot be written"),
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


# YAML


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
    ("yes: 1\n", 1, "", "must be a word or a number"),
    ("a: !!python/object:os.system {}\n", 1, "a", "no plain data"),
    ("a: !!python/name:os.system\n", 1, "a", "cannot be read"),
    ("a: 2026-02-30\n", 1, "a", "month"),
    ("a: 2026-02-20\n", 1, "a", "read as a date"),
    ("0b_: 1\n", 1, "", "cannot be read"),
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
