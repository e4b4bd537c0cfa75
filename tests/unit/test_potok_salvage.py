"""One run finds the faults of all files, whatever else is wrong: a fault must not hide those behind it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from line.documents import Problem
from potok.linefolder import SHIPPED, LineError, load_line

SAUSAGE = SHIPPED / "sausage"


def problems_of(folder: Path, *edits: tuple[str, str, str]) -> list[Problem]:
    """Problems of the shipped line after replacing texts: (file, old, new), the first occurrence of each."""
    shutil.copytree(SAUSAGE, folder)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(LineError) as error:
        load_line(folder)
    return error.value.problems


BROKEN_TAG = ("tags.csv", "R101.MeatTemp,float,", "R101.MeatTemp,flt,")
BROKEN_ADDRESS = ("tags.csv", "ir:103:float32", "ir:103:float33")
BROKEN_TOTAL = ("line.yaml", "charged_kg: R101.Charged", "charged_kg: R101.Chrged")
BROKEN_PHASE = ("recipes/doktorskaya.yaml", "phase: weigh", "phase: weight")
BROKEN_ALARM = ("alarms.yaml", "limit: 12.0", "limit: 1200.0")
BEHIND = [BROKEN_TAG, BROKEN_ADDRESS, BROKEN_TOTAL, BROKEN_PHASE, BROKEN_ALARM]
FIRST_PHASE = "procedure.0.operations.0.branches.0.do.0.phases.0.phase"
KEYS_BEHIND = {"R101.MeatTemp", "R101.Charged", "totals.charged_kg", FIRST_PHASE, "alarms.34.limit"}


@pytest.mark.parametrize(
    ("first", "key"),
    [
        (("line.yaml", "port: 5020", "port: 99999"), "devices.plc1.port"),
        (("line.yaml", "driver: opcua", "driver: opcua\n    speed: 1"), "devices.plc2.speed"),
        (("line.yaml", "scan_period_ms: 250", "scan_period_ms: fast"), "scan_period_ms"),
        (("line.yaml", "line: sausage", "line: 17"), "line"),
        (("line.yaml", "label: R-101", "lable: R-101"), "units.R101.label"),
        (("line.yaml", "normal: [20, 60]", "normal: [20, sixty]"), "classes.grinder.key_values.0.normal.1"),
        (("line.yaml", "action: hold", "action: stop"), "classes.reception.interlocks.0.action"),
        (("line.yaml", "if: PLC1.SupOk", "if: PLC9.SupOk"), "classes.reception.permissives.0.if"),
    ],
)
def test_a_fault_in_line_yaml_hides_nothing(tmp_path: Path, first: tuple[str, str, str], key: str) -> None:
    keys = [p.key for p in problems_of(tmp_path / "line", first, *BEHIND)]
    assert key in keys
    assert set(keys) >= KEYS_BEHIND


def test_a_fault_makes_no_other_up(tmp_path: Path) -> None:
    """A wrong port and a wrong row are two problems, though half the line refers to that device and that tag."""
    problems = problems_of(tmp_path / "line", ("line.yaml", "port: 5020", "port: 99999"), BROKEN_TAG)
    assert [(p.file, p.key) for p in problems] == [("line.yaml", "devices.plc1.port"), ("tags.csv", "R101.MeatTemp")]


def test_a_tag_that_is_missing_is_told_where_it_is_used(tmp_path: Path) -> None:
    problems = problems_of(tmp_path / "line", ("tags.csv", "S401.CoreTemp,", "S401.CoreTmp,"), BROKEN_PHASE)
    recipes = {f"recipes/{name}.yaml" for name in ("doktorskaya", "krakovskaya", "vetchina")}
    assert {p.file for p in problems} == {"line.yaml", "tags.csv", "alarms.yaml", *recipes}
    assert all("S401.CoreTemp" in p.message or p.file.startswith("recipes") for p in problems)


def test_without_a_class_recipes_are_checked_by_themselves(tmp_path: Path) -> None:
    """A class that is no mapping takes its units with it; the recipe is not blamed for that, but for its own faults."""
    text = (SAUSAGE / "line.yaml").read_text(encoding="utf-8")
    start, end = text.index("  reception:\n"), text.index("  grinder:\n")
    wrong_key = ("recipes/doktorskaya.yaml", "version:", "verzion:")
    problems = problems_of(tmp_path / "line", ("line.yaml", text[start:end], "  reception: none\n"), wrong_key)
    assert {p.key for p in problems if p.file.startswith("recipes")} == {"version", "verzion"}
    assert {p.key for p in problems if p.file == "line.yaml"} == {"classes.reception"}
