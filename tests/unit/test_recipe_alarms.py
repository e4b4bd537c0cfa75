"""The tags and alarms that batches bring along: for every unit, without a line in any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from alarms.definitions import AlarmTable, LineFacts, load_alarms
from line.documents import Problem
from line.recipe_tags import CCP_HOLD, DEVIATION, add_recipe_tags, recipe_tag
from line.tags import ENGINE_DEVICE, TagKind, TagTable
from potok.linefolder import LineError, LoadedLine, find_folder, load_line
from potok.yamlfile import parse_yaml
from tests.builders import tag
from tests.unit.alarm_scripts import Script
from tests.unit.test_potok_check import copy_of_the_line

LABELS = {"S401": "S-401", "H501": "H-501"}


@pytest.fixture(scope="module")
def line() -> LoadedLine:
    return load_line(find_folder("sausage"))


def test_every_unit_has_both_tags_in_both_languages(line: LoadedLine) -> None:
    made = [t for t in line.model.tags if t.name.startswith("Recipe.")]
    assert [t.name for t in made] == [recipe_tag(u, what) for u in line.model.units for what in (DEVIATION, CCP_HOLD)]
    for t in made:
        assert (t.kind, t.device, t.writable, t.lo, t.hi) == (TagKind.BOOL, ENGINE_DEVICE, False, 0.0, 1.0)
        assert any("а" <= c <= "я" for c in t.text.ru.lower())
        assert t.text.en.isascii()


def test_every_unit_has_both_alarms(line: LoadedLine) -> None:
    for unit in line.model.units.values():
        for alarm_id, what, priority, ccp in (("recipe_deviation", DEVIATION, 2, False), ("ccp_hold", CCP_HOLD, 1, True)):
            row = line.alarms.row(f"{unit.id}.{alarm_id}")
            assert row is not None
            alarm = line.alarms[row]
            assert (alarm.tag, alarm.priority, alarm.ccp) == (recipe_tag(unit.id, what), priority, ccp)
            assert (alarm.unit, alarm.area, alarm.generated) == (unit.id, unit.area, True)
            assert alarm.on_delay_s == 0.0, "an alarm of a critical control point is never delayed"
            for text in (alarm.name, alarm.cause, alarm.consequence, alarm.response):
                assert any("а" <= c <= "я" for c in text.ru.lower())
                assert text.en.isascii()
            assert alarm.name.ru.startswith(f"{unit.label}: ")
            assert alarm.response.en.startswith("1. ")


def alarms_of(text: str, tags: TagTable) -> tuple[list[str], list[Problem]]:
    document, problems = parse_yaml(text, "alarms.yaml")
    assert document is not None, problems
    alarms, problems = load_alarms(document, tags, LABELS, LABELS, LineFacts(unit_areas={"S401": "smoking"}))
    return [a.id for a in alarms], problems


def test_they_need_no_entry_in_alarms_yaml() -> None:
    tags, problems = add_recipe_tags(TagTable([tag("S401.T")]), LABELS)
    assert problems == []
    ids, problems = alarms_of("alarms: []\n", tags)
    assert problems == []
    assert ids == ["S401.recipe_deviation", "S401.ccp_hold", "H501.recipe_deviation", "H501.ccp_hold"]


def test_an_alarm_of_the_file_cannot_take_their_id() -> None:
    tags, _ = add_recipe_tags(TagTable([tag("S401.T", lo=0, hi=100)]), LABELS)
    words = ", ".join(f"{k}: {{ru: а, en: a}}" for k in ("name", "cause", "consequence", "response"))
    text = f"alarms:\n  - {{id: S401.ccp_hold, tag: S401.T, kind: high, limit: 9, signal: temperature, priority: 3, {words}}}\n"
    _, (problem,) = alarms_of(text, tags)
    assert (problem.line, problem.key) == (2, "alarms.0.id")
    assert problem.message == "'S401.ccp_hold' is the id of an alarm that its batches bring along"
    assert problem.remedy == "Give it another id"


def test_a_row_that_takes_the_name_of_such_a_tag_is_a_problem(tmp_path: Path) -> None:
    folder = copy_of_the_line(tmp_path)
    row = "Recipe.S401.CcpHold,bool,calc,S401.DoorClosed,,,,,,,,,,т,t"
    with (folder / "tags.csv").open("a", encoding="utf-8") as file:
        file.write(row + "\n")
    with pytest.raises(LineError) as caught:
        load_line(folder)
    (problem,) = caught.value.problems
    lines = (folder / "tags.csv").read_text(encoding="utf-8").splitlines()
    assert (problem.file, problem.line, problem.key) == ("tags.csv", lines.index(row) + 1, "Recipe.S401.CcpHold")
    assert (problem.message, problem.remedy) == ("the engine makes this tag itself", "Remove the row")


def test_a_ccp_that_waits_for_its_disposition_stands_until_it_is_given(line: LoadedLine) -> None:
    row = line.alarms.row("S401.ccp_hold")
    assert row is not None
    script = Script(AlarmTable([line.alarms[row]]), line.model.tags)
    name = recipe_tag("S401", CCP_HOLD)
    assert script.step(0, {name: 0.0}) == []
    assert script.step(1, {name: 1.0}) == ["S401.ccp_hold normal>unack_active"]
    assert script.step(3600, {name: 1.0}) == []
    assert script.step(3601, {name: 0.0})[0].startswith("S401.ccp_hold unack_active>")
