"""``alarms.yaml``: what is read, and every fault with its line and its remedy, all in one run."""

from __future__ import annotations

import pytest

from alarms.definitions import LineFacts, load_alarms
from alarms.entries import AlarmFile
from line.documents import Text, validate
from potok.yamlfile import parse_yaml
from tests.unit.alarm_files import TAGS, TEXTS, UNITS, load, one, written


def test_an_entry_for_several_units() -> None:
    alarms, problems = load("""
        - units: [S401, S402]
          tag: "{u}.Temp"
          kind: high
          limit: 84
          signal: temperature
          on_delay_s: 20
          priority: 2
          when: "{u}.PhSts == 1"
          name: {ru: "{label}: жарко", en: "{label}: hot"}
          cause: {ru: п, en: c}
          consequence: {ru: с, en: q}
          response: {ru: "{u}", en: r}
        """)
    assert problems == []
    assert [a.id for a in written(alarms)] == ["S401.Temp.high", "S402.Temp.high"]
    second = alarms[1]
    assert (second.tag, second.handle, second.unit, second.eu, second.priority) == ("S402.Temp", 1, "S402", "°C", 2)
    assert (second.limit, second.deadband, second.on_delay_s, second.off_delay_s) == (84.0, pytest.approx(1.2), 20.0, 60.0)
    assert second.when == "S402.PhSts == 1"
    assert second.name == Text(ru="S-402: жарко", en="S-402: hot")
    assert second.response.ru == "S402"
    assert second.response_time_s == 600.0
    assert alarms.row("S402.Temp.high") == 1
    assert alarms.row("nonsense") is None
    assert alarms.whens is not None
    assert [e.source for e in alarms.whens.expressions] == ["S401.PhSts == 1", "S402.PhSts == 1", "Link.plc1.Up == 1"]


def test_labels_of_the_line_file() -> None:
    entry = '- {units: [S401], tag: "{u}.Door", kind: discrete, priority: 3, name: {ru: "{label}", en: "{label}"}, '
    texts = "cause: {ru: п, en: c}, consequence: {ru: с, en: q}, response: {ru: д, en: r}}"
    document, _ = parse_yaml(f"alarms:\n{entry}{texts}\n", "alarms.yaml")
    assert document is not None
    alarms, problems = load_alarms(document, TAGS, UNITS, {"S401": "Камера 1"})
    assert problems == []
    assert alarms[0].name.ru == "Камера 1"


@pytest.mark.parametrize(
    ("signal", "expected"),
    [("temperature", (0.1, 60, 60)), ("pressure", (0.2, 15, 15)), ("flow", (0.5, 15, 15)), ("level", (0.5, 60, 60))],
)
def test_defaults_by_signal(signal: str, expected: tuple[float, float, float]) -> None:
    alarms, problems = one(f"tag: Util.Steam\nkind: low\nlimit: 3\nsignal: {signal}\npriority: 3")
    assert problems == []
    assert (alarms[0].deadband, alarms[0].on_delay_s, alarms[0].off_delay_s) == pytest.approx(expected)


def test_explicit_values_override_even_with_zero() -> None:
    alarms, problems = one(
        "tag: Util.Steam\nkind: low\nlimit: 3\nsignal: pressure\ndeadband: 0\non_delay_s: 0\noff_delay_s: 1\npriority: 3"
    )
    assert problems == []
    assert (alarms[0].deadband, alarms[0].on_delay_s, alarms[0].off_delay_s, alarms[0].unit) == (0, 0, 1, "")


def test_discrete_and_bad_quality_have_digital_delays() -> None:
    alarms, problems = load(
        f"- tag: S401.Door\n  kind: discrete\n  value: 0\n  priority: 3\n  {TEXTS}"
        f"- tag: S401.Batch\n  kind: bad_quality\n  priority: 4\n  {TEXTS}"
    )
    assert problems == []
    found = written(alarms)
    assert [(a.limit, a.deadband, a.on_delay_s, a.off_delay_s) for a in found] == [(0.0, 0.0, 0.0, 15.0), (None, 0.0, 0.0, 15.0)]
    assert [a.unit for a in found] == ["S401", "S401"]


HIGH = "tag: S401.Temp\nkind: high\npriority: 3\n"
DOOR = "tag: S401.Door\nkind: discrete\npriority: 3\n"
BROKEN = [
    ("tag: S401.Tmp\nkind: high\npriority: 3\nlimit: 84", 2, "there is no tag 'S401.Tmp'", "Did you mean S401.Temp?"),
    ("kind: high\ntag: Zzz\npriority: 3\nlimit: 84", 3, "there is no tag 'Zzz'", "tags.csv"),
    (HIGH + "limit: 130", 5, "limit 130 is outside the range of S401.Temp, 0..120 °C", "tags.csv"),
    (HIGH + "limit: 120", 5, "limit 120 is the end of the range of S401.Temp: what is above it is not Good", "inside the range"),
    (HIGH.replace("high", "low") + "limit: 0", 5, "what is below it is not Good", "inside the range"),
    (HIGH + "limit: 84,5", 5, "this is no number (given: '84,5')", "decimal point"),
    (HIGH + "limit: true", 5, "a number is needed here (given: true)", "Correct the value"),
    (HIGH.replace("3", "true") + "limit: 84", 4, "a number is needed here (given: true)", "Correct the value"),
    (HIGH + "limit: 84\non_delay_s: 1e9", 6, "longer than a week", "Write seconds"),
    ("tag: '{u}.Temp'\nkind: high\npriority: 3\nlimit: 84\nunits: [S401, S403]", 6, "there is no unit 'S403'", "S401, S402"),
    (HIGH + "limit: .nan", 5, "finite", "Correct the value"),
    (HIGH + "limit: hot", 5, "this is no number (given: 'hot')", "decimal point"),
    (HIGH, 2, "needs a limit", "Add limit"),
    (HIGH + "limit: 84\nvalue: 1", 6, "takes no value", "Remove value"),
    (HIGH + "limit: 84\non_delay_s: -5", 6, "on_delay_s is -5, below zero", "0 or more"),
    (HIGH + "limit: 84\noff_delay_s: -1", 6, "off_delay_s is -1, below zero", "0 or more"),
    (HIGH + "limit: 84\ndeadband: -1", 6, "deadband is -1, below zero", "0 or more"),
    (HIGH + "limit: 84\ndeadband: 121", 6, "larger than the span of S401.Temp, 120 °C", "percent"),
    (HIGH + "limit: 84\ndeadband: 90", 6, "clears at -6, which S401.Temp never reaches", "smaller"),
    (HIGH + "limit: 84\non_delay_s: 1800", 6, "uses up the 1800 s", "shorter"),
    (HIGH + "limit: 84\nresponse_time_s: 0", 6, "not positive", "seconds"),
    (HIGH + "limit: 84\nsignal: humidity", 6, "temperature", "Correct the value"),
    (HIGH + "limit: 84\nlimits: 85", 6, "unknown key", "spelling"),
    (HIGH + "limit: 84\nunit: S403", 6, "there is no unit 'S403'", "S401, S402"),
    (HIGH + 'limit: 84\nunits: [S401, S403]\nid: "{u}.x"', 6, "there is no unit 'S403'", "S401, S402"),
    (HIGH + "limit: 84\nunits: [S401, S402]", 2, "several units get the id 'S401.Temp.high'", "{u}"),
    (
        "tag: '{u}.Temp'\nkind: high\npriority: 3\nlimit: 84\nunits: [S401, S402, S401]",
        6,
        "the unit 'S401' stands twice",
        "Remove",
    ),
    (HIGH + 'limit: 84\nid: "{u}"', 6, "{u} stands for nothing here", "units"),
    (HIGH + 'limit: 84\nid: "{number}"', 6, "{number} stands for nothing here", "{label}"),
    (HIGH + 'limit: 84\nid: " "', 6, "the id is empty", "short id"),
    (HIGH + "limit: 84\nwhen: S401.PhSts = 1", 6, "no expression", "operators"),
    (HIGH + "limit: 84\nwhen: S401.Nonsense == 1", 6, "there is no tag 'S401.Nonsense'", "tags.csv"),
    ("tag: S401.Temp\nkind: high\nlimit: 84", 2, "the priority is missing", "priority: 1"),
    ("tag: S401.Temp\nkind: high\nlimit: 84\npriority: 5", 5, "there is no priority 5", "1 (highest) to 4"),
    ("tag: S401.Temp\nkind: hot\nlimit: 84\npriority: 3", 3, "high_high", "Correct the value"),
    ("kind: high\nlimit: 84\npriority: 3", 2, "an alarm of kind high needs a tag", "Add tag"),
    ("tag: S401.Temp\nlimit: 84\npriority: 3", 2, "this key is missing", "Add it"),
    ("tag: S401.Temp\nkind: discrete\npriority: 3", 3, "S401.Temp is a measurement", "high or low"),
    ("tag: S401.Door\nkind: high\nlimit: 0.5\npriority: 3", 3, "S401.Door is a bool", "discrete"),
    ("tag: S401.Batch\nkind: high\nlimit: 1\npriority: 3", 2, "S401.Batch is a text", "bad_quality"),
    (DOOR + "limit: 0", 5, "takes no limit", "Remove limit"),
    (DOOR + "value: 2", 5, "value 2 is outside the range of S401.Door, 0..1", "tags.csv"),
    ("tag: S401.Temp\nkind: bad_quality\npriority: 3\nvalue: 1", 5, "takes no value", "Remove value"),
    ("tag: S401.Temp\nkind: bad_quality\npriority: 3\nlimit: 1", 5, "takes no limit", "Remove limit"),
]


@pytest.mark.parametrize(("text", "line", "message", "remedy"), BROKEN)
def test_a_broken_entry_is_reported_with_its_line_and_a_remedy(text: str, line: int, message: str, remedy: str) -> None:
    alarms, problems = one(text)
    assert len(alarms) == 0
    assert len(problems) == 1, problems
    assert problems[0].file == "alarms.yaml"
    assert problems[0].line == line
    assert message in problems[0].message
    assert remedy in problems[0].remedy


def test_a_unit_that_does_not_exist_is_told_once_also_where_alarms_need_an_area() -> None:
    _, problems = one(HIGH + "limit: 84\nunit: S403", LineFacts(areas=("heat",), unit_areas={"S401": "heat", "S402": "heat"}))
    assert [p.message for p in problems] == ["there is no unit 'S403'"]


def test_what_has_the_wrong_shape_is_told_without_words_of_the_program() -> None:
    _, problems = load(
        "- {tag: S401.Temp, kind: high, limit: 84, priority: 3, name: hot, cause: 1, consequence: [], response: x}"
    )
    assert {p.message.partition(" (")[0] for p in problems} == {"a text in both languages is needed here"}
    assert {p.remedy for p in problems} == {"Write {ru: ..., en: ...}"}
    document, _ = parse_yaml("alarms: {a: 1}\nrules:\n", "alarms.yaml")
    assert document is not None
    told = {p.key: (p.message, p.remedy[:5]) for p in validate(AlarmFile, document)[1]}
    assert told["alarms"] == ("a list is needed here (given: {'a': 1})", "Write")
    assert told["rules"] == ("keys with values are needed here (given: None)", "Write")


def test_a_missing_key_names_the_document_of_its_file() -> None:
    document, _ = parse_yaml("rules: {}", "alarms.yaml")
    assert document is not None
    assert [p.remedy for p in validate(AlarmFile, document)[1]] == ["Add it; docs/alarms.md lists the keys"]


def test_missing_and_empty_texts() -> None:
    _, problems = load("""
        - tag: S401.Door
          kind: discrete
          priority: 3
          name: {ru: н}
          cause: {ru: " ", en: c}
          consequence: {ru: "{u}", en: q}
        """)
    assert [(p.line, p.key, p.message) for p in problems] == [
        (3, "alarms.0", "the text response is missing"),
        (6, "alarms.0.name.en", "this key is missing"),
        (7, "alarms.0.cause.ru", "the text cause.ru is empty"),
        (8, "alarms.0.consequence.ru", "{u} stands for nothing here"),
    ]


def test_an_id_used_twice_names_the_first_place() -> None:
    _, problems = load(f"- tag: S401.Door\n  kind: discrete\n  priority: 3\n  {TEXTS}" * 2)
    assert [str(p) for p in problems] == [
        "alarms.yaml:9: alarms.1.id: the id 'S401.Door.discrete' is used in line 2 already. Give it another id"
    ]


@pytest.mark.parametrize(
    ("kinds", "limits", "line"),
    [(("low", "high"), (80, 70), 10), (("high_high", "high"), (84, 90), 2), (("low", "low_low"), (3, 3), 2)],
)
def test_limits_of_one_tag_out_of_order(kinds: tuple[str, str], limits: tuple[int, int], line: int) -> None:
    entries = [
        f"- tag: S401.Temp\n  kind: {kind}\n  limit: {limit}\n  priority: 3\n  {TEXTS}"
        for kind, limit in zip(kinds, limits, strict=True)
    ]
    _, problems = load("".join(entries))
    assert len(problems) == 1
    assert "is not above" in problems[0].message
    assert problems[0].key.endswith("limit")
    assert problems[0].line == line + 2


def test_limits_under_different_conditions_may_cross() -> None:
    entries = [
        f"- tag: S401.Temp\n  kind: {kind}\n  limit: {limit}\n  priority: 3\n  when: S401.PhSts == {state}\n  {TEXTS}"
        for kind, limit, state in (("low", 70, 1), ("high", 40, 0))
    ]
    _, problems = load("".join(entries))
    assert problems == []


def test_all_faults_are_found_in_one_run() -> None:
    _, problems = load(f"""
- tag: S401.Temp
  kind: high
  limit: 130
  on_delay_s: -1
  colour: red
  priority: 9
  {TEXTS}
- nonsense
- tag: S401.Tmp
  kind: hot
  {TEXTS}
- tag: Nonsense.Tag
  kind: low
  limit: [1]
  priority: one
  {TEXTS}""")
    assert [(p.line, p.key) for p in problems] == [
        (5, "alarms.0.limit"), (6, "alarms.0.on_delay_s"), (7, "alarms.0.colour"), (8, "alarms.0.priority"), (14, "alarms.1"),
        (16, "alarms.2.kind"), (22, "alarms.3.tag"), (24, "alarms.3.limit"), (25, "alarms.3.priority"),
    ]  # fmt: skip
    assert all(p.remedy for p in problems)


@pytest.mark.parametrize("text", ["alarms: 7", "alarms: {}", "alerts: []", "[]", "7"])
def test_a_file_of_another_shape_is_reported(text: str) -> None:
    document, _ = parse_yaml(text, "alarms.yaml")
    assert document is not None
    alarms, problems = load_alarms(document, TAGS, UNITS)
    assert len(alarms) == 0
    assert problems


def test_no_alarms_are_no_fault() -> None:
    document, _ = parse_yaml("alarms: []", "alarms.yaml")
    assert document is not None
    assert load_alarms(document, TAGS, UNITS)[1] == []
