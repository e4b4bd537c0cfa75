"""The files of a line: every fault is named with file, line, key and remedy; whatever the text, nothing raises."""

from __future__ import annotations

import pytest

from line.config import LineFile
from line.documents import Document, Problem, Text, validate
from line.tags import TagTable, parse_tags_csv
from tests.unit.line_kit import EXTRA_ROWS, HEADER, LINE_YAML, SAUSAGE, load, oven_csv, sausage

GOOD_ROW: str = "S.T,float,plc1,ir:0:float32,°C,-5,20,1,0.1,2,1,0.5,,Темп,Temp"


def rows(*lines: str, header: str = HEADER) -> tuple[TagTable, list[Problem]]:
    return parse_tags_csv("\n".join([header, *lines]) + "\n", "tags.csv", ["plc1"])


# The shipped line


def test_the_shipped_line_is_right() -> None:
    model = sausage()
    written = sum(1 for t in model.tags if t.device != "engine")
    rows = (SAUSAGE / "tags.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert written == len([r for r in rows if r[:1] not in ("", "#")])
    assert list(model.units) == ["R101", "G101", "C201", "T251", "F301", "S401", "S402", "H501", "P601"]
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
