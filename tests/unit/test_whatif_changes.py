"""The file of changes: what it does to the alarms of the shipped line, and every fault told where it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alarms.definitions import load_alarms
from alarms.table import AlarmDef, AlarmTable
from line.documents import Problem
from potok.linefolder import LineError, LoadedLine, find_folder, load_line
from potok.what_if import Tables, load_tables
from potok.yamlfile import parse_yaml
from tests.builders import table as tag_table


@pytest.fixture(scope="module")
def line() -> LoadedLine:
    return load_line(find_folder("sausage"))


def tables_of(line: LoadedLine, folder: Path, *entries: str) -> Tables:
    path = folder / "change.yaml"
    path.write_text("changes:\n" + "".join(f"  - {e}\n" for e in entries), encoding="utf-8")
    return load_tables(line, path)


def problems_of(line: LoadedLine, folder: Path, *entries: str) -> list[Problem]:
    with pytest.raises(LineError) as refused:
        tables_of(line, folder, *entries)
    return refused.value.problems


def by_id(table: AlarmTable) -> dict[str, AlarmDef]:
    """Alarms by id; the consequence of a generated one, which names the alarms that it blinds, is left out."""
    return {a.id: replace(a, consequence=a.name) if a.generated else a for a in table}


def differing(tables: Tables) -> set[str]:
    before, after = by_id(tables.before), by_id(tables.after)
    return {a for a in before.keys() | after.keys() if before.get(a) != after.get(a)}


def test_spreading_the_entries_changes_nothing(line: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(line, tmp_path, "{alarm: R101.MeatTemp.high, limit: 4.5}")
    assert by_id(tables.before) == by_id(line.alarms)
    assert tables.before.version == line.alarms.version or [a.id for a in tables.before] != [a.id for a in line.alarms]
    assert tables.before.rules == line.alarms.rules


def test_one_alarm_of_a_class_of_units_is_changed_by_itself(line: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(line, tmp_path, "{alarm: S401.ChamberTemp.high, limit: 86, on_delay_s: 40, deadband: 2}")
    assert differing(tables) == {"S401.ChamberTemp.high"}
    before, after = by_id(tables.before)["S401.ChamberTemp.high"], by_id(tables.after)["S401.ChamberTemp.high"]
    assert after == replace(before, limit=86.0, on_delay_s=40.0, deadband=2.0)
    assert (tables.changed, tables.removed) == (["S401.ChamberTemp.high"], [])


def test_a_pattern_changes_all_that_it_matches(line: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(line, tmp_path, "{alarm: 'S40?.ChamberTemp.*h', priority: 3, when: 'good({u}.CoreTemp)'}")
    assert differing(tables) == {f"S40{n}.ChamberTemp.{kind}" for n in (1, 2) for kind in ("high", "high_high")}
    assert by_id(tables.after)["S402.ChamberTemp.high"].when == "good(S402.CoreTemp)"


def test_a_removed_alarm_is_gone(line: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(line, tmp_path, "{alarm: Util.SteamPressure.low, remove: true}")
    assert differing(tables) == {"Util.SteamPressure.low"}
    assert tables.after.row("Util.SteamPressure.low") is None
    assert tables.removed == ["Util.SteamPressure.low"]


def test_two_entries_may_change_different_keys_of_one_alarm(line: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(line, tmp_path, "{alarm: 'S40*.CoreTemp.low', off_delay_s: 9}", "{alarm: S402.CoreTemp.low, limit: 69}")
    after = by_id(tables.after)
    assert (after["S402.CoreTemp.low"].limit, after["S402.CoreTemp.low"].off_delay_s) == (69.0, 9.0)
    assert (after["S401.CoreTemp.low"].limit, after["S401.CoreTemp.low"].off_delay_s) == (70.0, 9.0)


def test_the_example_of_the_documents_is_without_fault(line: LoadedLine) -> None:
    tables = load_tables(line, Path("docs/howto/what-if-example.yaml"))
    assert len(tables.changed) >= 4
    assert tables.removed == ["Util.SteamPressure.low"]


FAULTS = [
    ("{alarm: S401.ChamberTmp.high, limit: 86}", "changes.0.alarm", "no alarm 'S401.ChamberTmp.high'", "Did you mean S401.Cham"),
    ("{alarm: 'X*', limit: 86}", "changes.0.alarm", "no alarm 'X*'", "pattern"),
    ("{alarm: S401.ChamberTemp.high, limits: 86}", "changes.0.limits", "unknown key", "spelling"),
    ("{limit: 86}", "changes.0.alarm", "missing", "Add it"),
    ("{alarm: S401.ChamberTemp.high}", "changes.0", "changes nothing", "Add a key"),
    ("{alarm: S401.ChamberTemp.high, remove: true, limit: 86}", "changes.0.limit", "removed takes no limit", "Leave out"),
    ("{alarm: S401.ChamberTemp.high, remove: perhaps}", "changes.0.remove", "boolean", "Correct"),
    ("{alarm: S401.ChamberTemp.high, limit: hot}", "changes.0.limit", "S401.ChamberTemp.high: this is no number", "Write digits"),
    ("{alarm: S401.ChamberTemp.high, limit: 4000}", "changes.0.limit", "outside the range", "Correct the limit"),
    ("{alarm: S401.ChamberTemp.high, limit: 95}", "changes.0.limit", "is not above", "rise"),
    ("{alarm: S401.ChamberTemp.high, on_delay_s: 3600}", "changes.0.on_delay_s", "uses up the 600 s", "shorter"),
    ("{alarm: S401.ChamberTemp.high, deadband: 500}", "changes.0.deadband", "deadband 500", "percent"),
    ("{alarm: S401.ChamberTemp.high, deadband: -1}", "changes.0.deadband", "below zero", "0 or more"),
    ("{alarm: S401.ChamberTemp.high, priority: 7}", "changes.0.priority", "priority 7", "1 (highest) to 4"),
    ("{alarm: S401.ChamberTemp.high, when: 'S401.Nothing == 1'}", "changes.0.when", "no tag 'S401.Nothing'", "tags.csv"),
    ("{alarm: S401.FanTrip.discrete, limit: 3}", "changes.0.limit", "limit", "Remove"),
]


@pytest.mark.parametrize(("entry", "key", "message", "remedy"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_told_at_its_place(line: LoadedLine, tmp_path: Path, entry: str, key: str, message: str, remedy: str) -> None:
    (problem, *_) = problems_of(line, tmp_path, entry)
    assert (problem.file, problem.line, problem.key) == ("change.yaml", 2, key)
    assert message in problem.message
    assert remedy in problem.remedy


def test_an_alarm_that_two_entries_change_names_the_first(line: LoadedLine, tmp_path: Path) -> None:
    twice = ("{alarm: S401.ChamberTemp.high, limit: 86}", "{alarm: 'S401.*', limit: 87}")
    (problem,) = problems_of(line, tmp_path, *twice)
    assert (problem.line, problem.message) == (3, "S401.ChamberTemp.high is changed in line 2 already")
    again = ("{alarm: S401.FanTrip.discrete, remove: true}", "{alarm: S401.FanTrip.discrete, priority: 2}")
    assert "line 2" in problems_of(line, tmp_path, *again)[0].message


def test_all_faults_are_told_in_one_run(line: LoadedLine, tmp_path: Path) -> None:
    wrong = ("{alarm: S401.ChamberTemp.high, limit: 4000}", "{alarm: H501.AirTemp.high, deadband: -2}")
    assert {p.line for p in problems_of(line, tmp_path, *wrong)} == {2, 3}


@pytest.mark.parametrize("text", ["changes: []\n", "", "changes: 5\n", "[1]\n", "changes:\n  - {alarm: [1], limit: 2}\n"])
def test_a_file_without_changes_is_refused(line: LoadedLine, tmp_path: Path, text: str) -> None:
    path = tmp_path / "change.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LineError) as refused:
        load_tables(line, path)
    assert all(p.file == "change.yaml" and p.remedy for p in refused.value.problems)


def test_a_missing_file_is_a_problem_and_no_crash(line: LoadedLine, tmp_path: Path) -> None:
    with pytest.raises(LineError) as refused:
        load_tables(line, tmp_path / "none.yaml")
    assert refused.value.problems[0].message == "the file does not exist"


# Diagnostics that measurements get by themselves

SMALL = """
alarms:
  - tag: S401.Temp
    kind: high
    limit: 80
    deadband: 1
    priority: 3
    name: {ru: т, en: t}
    cause: {ru: т, en: t}
    consequence: {ru: т, en: t}
    response: {ru: т, en: t}
"""


@pytest.fixture
def small(line: LoadedLine, tmp_path: Path) -> LoadedLine:
    (tmp_path / "alarms.yaml").write_text(SMALL, encoding="utf-8")
    tags = tag_table("S401.Temp")
    document, _ = parse_yaml(SMALL, "alarms.yaml")
    assert document is not None
    alarms, problems = load_alarms(document, tags, ["S401"])
    assert problems == []
    model = replace(line.model, tags=tags)
    return replace(line, folder=tmp_path, model=model, alarms=alarms)


def test_a_generated_diagnostic_can_be_changed(small: LoadedLine, tmp_path: Path) -> None:
    (generated,) = [a for a in small.alarms if a.generated]
    tables = tables_of(small, tmp_path, f"{{alarm: {generated.id}, on_delay_s: 33, priority: 4}}")
    after = by_id(tables.after)[generated.id]
    assert (after.on_delay_s, after.priority, after.generated) == (33.0, 4, False)
    assert (after.when, after.name, after.tag) == (generated.when, generated.name, generated.tag)
    assert differing(tables) == {generated.id}


def test_what_is_so_already_is_no_change(small: LoadedLine, tmp_path: Path) -> None:
    (generated,) = [a for a in small.alarms if a.generated]
    as_it_is = f"{{alarm: {generated.id}, priority: {generated.priority}}}"
    with pytest.raises(LineError) as refused:
        tables_of(small, tmp_path, as_it_is)
    assert [(p.key, p.message) for p in refused.value.problems] == [("changes", "every alarm is as the file wants it already")]
    tables = tables_of(small, tmp_path, f"{as_it_is}\n  - {{alarm: S401.Temp.high, deadband: 3}}")
    assert (list(tables.changed), list(tables.removed)) == (["S401.Temp.high"], [])


def test_a_generated_diagnostic_can_be_removed(small: LoadedLine, tmp_path: Path) -> None:
    (generated,) = [a for a in small.alarms if a.generated]
    tables = tables_of(small, tmp_path, f"{{alarm: {generated.id}, remove: true}}")
    assert differing(tables) == {generated.id}
    assert [a.id for a in tables.after] == ["S401.Temp.high"]


def test_the_diagnostic_goes_with_the_last_alarm_of_its_tag(small: LoadedLine, tmp_path: Path) -> None:
    tables = tables_of(small, tmp_path, "{alarm: S401.Temp.high, remove: true}")
    assert len(tables.after) == 0
