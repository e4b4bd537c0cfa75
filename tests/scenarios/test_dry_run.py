"""The recipes of the shipped line pass their dry run; with a fault in it, one is refused for a reason that can be understood."""

from __future__ import annotations

from dataclasses import replace

import pytest

from line.documents import Document
from line.jsontools import child, objects
from line.messages import JsonObject
from potok.dry_run import DrySettings, dry_run, dry_run_document
from potok.dry_run_report import evidence_hash
from potok.linefolder import LoadedLine, find_folder
from potok.yamlfile import parse_yaml
from tests.scenarios.coarse import coarse_line

FILE = find_folder("sausage") / "recipes" / "doktorskaya.yaml"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> LoadedLine:
    return coarse_line(tmp_path_factory.mktemp("line"))


def doktorskaya(*changes: tuple[str, str]) -> Document:
    text = FILE.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    document, problems = parse_yaml(text, "doktorskaya.yaml")
    assert document is not None, problems
    return document


def errors(report: JsonObject) -> list[tuple[str, str, str]]:
    """Node and the words in both languages of every error."""
    found = [p for p in objects(report["problems"]) if p["severity"] == "error"]
    return [(str(p["node"]), str(child(p, "text")["ru"]), str(child(p, "text")["en"])) for p in found]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("recipe", ["doktorskaya", "krakovskaya", "vetchina"])
def test_every_shipped_recipe_passes(line: LoadedLine, recipe: str) -> None:
    report = dry_run(line, line.recipes[recipe], DrySettings())
    assert (report["ok"], errors(report)) == (True, [])
    assert all(s["ok"] for s in objects(report["setpoints"]))
    assert all(c["passed"] for c in objects(report["ccp"]))
    assert objects(report["ccp"])
    (lethality,) = objects(report["lethality"])
    assert isinstance(lethality["value"], float)
    assert isinstance(lethality["need"], float)
    assert lethality["value"] >= lethality["need"]
    paths = objects(report["paths"])
    leaves = {str(p["node"]) for p in objects(report["phases"])}
    assert leaves <= {str(p["node"]) for p in paths}
    assert all(p["safe"] and p["restarted"] for p in paths)
    assert len(evidence_hash(report)) == 64


def test_a_wrong_limit(line: LoadedLine) -> None:
    """Chopping faster than the cutter turns, inside the range of the tag: only its capability says that it cannot."""
    changes = ("value: 3000, lo: 2400, hi: 3600", "value: 4800, lo: 2400, hi: 4900")
    report = dry_run_document(line, doktorskaya(changes), DrySettings())
    ((node, ru, en),) = errors(report)
    assert node == "cutter.chopping.chop"
    assert "задание 4800 об/мин не по силам C-201, возможно 300…4500 об/мин" in ru
    assert "C-201 cannot keep the setpoint 4800 rpm" in en
    assert report["phases"] == []


def test_an_impossible_unit(line: LoadedLine) -> None:
    """Neither smokehouse of this line gets as hot as the recipe cooks."""
    units = dict(line.model.units)
    for unit in ("S401", "S402"):
        units[unit] = replace(units[unit], capability={**units[unit].capability, f"{unit}.SP_Temp": (2.0, 70.0)})
    weak = replace(line, model=replace(line.model, units=units))
    report = dry_run_document(weak, doktorskaya(), DrySettings())
    assert report["ok"] is False
    assert any(node == "smokehouse.cooking.cook" and "S-401, S-402" in ru and "2…70 °C" in ru for node, ru, _ in errors(report))


@pytest.mark.timeout(300)
def test_a_critical_limit_that_cannot_be_met(line: LoadedLine) -> None:
    """The lethality asked for is not reached in the soak that the recipe gives it."""
    text = FILE.read_text(encoding="utf-8")
    (entry,) = [row for row in text.splitlines() if row.strip().startswith("lethality:")]
    report = dry_run_document(line, doktorskaya((entry, entry.replace("value: 30, lo: 30, hi: 60", "value: 90, lo: 90, hi: 95"))),
                              DrySettings())  # fmt: skip
    ((node, ru, en),) = errors(report)
    assert node == "smokehouse.soaking.soak"
    assert ru.startswith("ККТ не выполняется")
    assert en.startswith("A CCP is not met")
    assert "90" in en


def test_a_loop_without_end(line: LoadedLine) -> None:
    """Weighing again and again until more is in the batch than ever comes."""
    document = doktorskaya(("\nprocedure:\n", "\nprocedure:\n" + _TOP_UP))
    report = dry_run_document(line, document, DrySettings())
    ((node, ru, en),) = errors(report)
    assert node == "top_up"
    assert "Цикл «Довес» не кончается" in ru
    assert "in 3 rounds" in en


_TOP_UP = """\
  - repeat: top_up
    name: {ru: Довес, en: Top up}
    until: "R101.Charged >= 450"
    at_most: 3
    do:
      - unit_procedure: reception
        id: again
        name: {ru: Довес, en: Top up}
        operations:
          - operation: topping
            name: {ru: Довес, en: Topping up}
            phases:
              - {phase: weigh, parameters: {mass: 20}}

"""
