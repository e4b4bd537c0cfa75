"""The time zone stands in line.yaml; older files that have it are read, told of, and may not say another."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from potok.cli import main
from potok.linefolder import SHIPPED, LineError, load_line
from potok.time_zone import LineZone, line_zone, zone_of_folder
from potok.yamlfile import read_yaml

OLD = "time_zone: Europe/Moscow\n"
MISSING = (
    "line.yaml:1: time_zone: this key is missing: shifts.yaml has times of day. Add the time zone of the plant, as time_zone: "
)


def zone(folder: Path, **files: str) -> LineZone:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return line_zone(folder, read_yaml(folder / "line.yaml", "line.yaml")[0])


@pytest.mark.parametrize(
    ("files", "name", "problem", "remark"),
    [
        ({"line": "a: 1\ntime_zone: Asia/Omsk\n", "shifts": "b: 1\n"}, "Asia/Omsk", "", ""),
        (
            {"line": "a: 1\n", "shifts": OLD},
            "Europe/Moscow",
            "",
            "shifts.yaml:1: time_zone is deprecated here. Write it once, in line",
        ),
        ({"line": OLD, "escalation": "b: 1\n" + OLD}, "Europe/Moscow", "", "escalation.yaml:2: time_zone is deprecated here"),
        (
            {"line": "time_zone: Asia/Omsk\n", "shifts": OLD},
            "Asia/Omsk",
            "shifts.yaml:1: time_zone: the time zone 'Europe/Moscow' is not that of line.yaml, 'Asia/Omsk'. Write it once,",
            "",
        ),
        (
            {"line": "a: 1\n", "shifts": OLD, "escalation": "time_zone: UTC\n"},
            "Europe/Moscow",
            "escalation.yaml:1: time_zone: the time zone 'UTC' is not that of shifts.yaml, 'Europe/Moscow'",
            "shifts.yaml:1: time_zone is deprecated",
        ),
        ({"line": "a: 1\n", "shifts": "b: 1\n"}, "UTC", MISSING, ""),
        (
            {"line": "a: 1\n", "materials": "b: 1\n"},
            "UTC",
            "",
            "line.yaml: there is no time_zone: the days of lots are those of U",
        ),
        ({"line": "a: 1\n"}, "UTC", "", ""),
        ({"line": "time_zone: 7\n", "shifts": "b: 1\n"}, "UTC", "", ""),
        ({"line": "time_zone: Mars/Phobos\n"}, "UTC", "", ""),
    ],
)
def test_one_time_zone_of_a_line(tmp_path: Path, files: dict[str, str], name: str, problem: str, remark: str) -> None:
    found = zone(tmp_path, **files)
    assert found.name == name
    assert [str(p)[: len(problem)] for p in found.problems] == ([problem] if problem else [])
    assert [r[: len(remark)] for r in found.remarks] == ([remark] if remark else [])


def test_tools_that_need_the_zone_alone_are_told_of_contradictions(tmp_path: Path) -> None:
    zone(tmp_path, line=OLD)
    assert zone_of_folder(tmp_path) == "Europe/Moscow"
    zone(tmp_path, shifts="time_zone: UTC\n")
    with pytest.raises(ValueError, match="is not that of line"):
        zone_of_folder(tmp_path)


def test_shifts_escalation_and_dates_go_by_the_zone_of_the_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "line"
    shutil.copytree(SHIPPED / "sausage", folder)
    before = load_line(folder)
    assert before.shifts is not None
    assert before.time_zone == before.shifts.time_zone == before.escalation.time_zone == "Europe/Moscow"
    path = folder / "line.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Europe/Moscow", "Asia/Omsk"), encoding="utf-8")
    after = load_line(folder)
    assert after.shifts is not None
    assert after.time_zone == after.shifts.time_zone == after.escalation.time_zone == "Asia/Omsk"
    assert after.fingerprint == before.fingerprint, "dry runs count on: what is made does not hang on the zone"
    shifts = folder / "shifts.yaml"
    shifts.write_text("time_zone: Asia/Omsk\n" + shifts.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["check", str(folder)]) == 0
    assert "remark: shifts.yaml:1: time_zone is deprecated here" in capsys.readouterr().err
    path.write_text(path.read_text(encoding="utf-8").replace("Asia/Omsk", "Moscow"), encoding="utf-8")
    with pytest.raises(LineError) as error:
        load_line(folder)
    assert "there is no time zone 'Moscow'; write one as Europe/Moscow" in str(error.value.problems)
