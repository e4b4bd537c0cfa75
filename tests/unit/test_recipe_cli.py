"""potok recipe: check, show, diff, export, import from the command line: exit codes, stdout for programs, stderr for people."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from potok.cli import main
from potok.yamlfile import parse_yaml
from recipes.content import content_hash
from tests.unit.test_recipe_plant import LINE

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """A copy of the shipped line."""
    return Path(shutil.copytree(LINE, tmp_path / "sausage"))


def spoil(line: Path, name: str, old: str, new: str) -> Path:
    path = line / "recipes" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_check_of_a_line_lists_its_recipes(line: Path, capsys: Captured) -> None:
    assert main(["recipe", "check", str(line)]) == 0
    told = capsys.readouterr()
    assert [row.split(":")[0] for row in told.out.splitlines()] == [
        f"recipes/{p.name}" for p in sorted((line / "recipes").glob("*.yaml")) if p.name != "approvals.yaml"
    ]
    assert told.err == ""


def test_check_of_a_line_may_name_it_as_an_option(line: Path, capsys: Captured) -> None:
    assert main(["recipe", "check", str(line)]) == 0
    all_of_it = capsys.readouterr().out
    assert main(["recipe", "check", "--line", str(line)]) == 0
    assert capsys.readouterr().out == all_of_it
    assert main(["recipe", "check"]) == 2
    assert "name the recipe to check, or a line" in capsys.readouterr().err
    assert main(["recipe", "check", "--line", str(line / "none")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_check_tells_every_fault_of_every_file(line: Path, capsys: Captured) -> None:
    spoil(line, "doktorskaya", "base_batch_kg: 140", "base_batch_kg: 14")
    spoil(line, "vetchina", "at_most: 8", "at_most: 0")
    assert main(["recipe", "check", str(line)]) == 1
    told = capsys.readouterr()
    assert "recipes/doktorskaya.yaml:" in told.err
    assert "recipes/vetchina.yaml:" in told.err
    assert "krakovskaya" in told.out
    assert main(["recipe", "check", str(line), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    bad = {r["recipe"]: r["problems"] for r in answer["recipes"] if not r["ok"]}
    assert set(bad) == {"doktorskaya", "vetchina"}
    assert all(p["line"] > 0 and p["key"] and p["remedy"] for problems in bad.values() for p in problems)


def test_a_file_is_checked_against_the_line_it_lies_in_or_that_is_named(
    line: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = line / "recipes" / "doktorskaya.yaml"
    assert main(["recipe", "check", str(inside)]) == 0
    outside = tmp_path / "my.yaml"
    outside.write_text(inside.read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["recipe", "check", str(outside)]) == 2
    assert "name the line with --line" in capsys.readouterr().err
    assert main(["recipe", "check", str(outside), "--line", str(line)]) == 0
    assert main(["recipe", "check", "doktorskaya", "--line", str(line)]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(inside.read_text(encoding="utf-8")))
    assert main(["recipe", "check", "-", "--line", str(line)]) == 0
    capsys.readouterr()
    assert main(["recipe", "check", "sausage_2", "--line", str(line)]) == 2
    assert "it has doktorskaya," in capsys.readouterr().err


def test_a_faulty_line_is_told_as_that(line: Path, capsys: Captured) -> None:
    (line / "line.yaml").write_text("line: [", encoding="utf-8")
    assert main(["recipe", "check", str(line)]) == 2
    assert "line.yaml:" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "just words", "recipe: 5", "a: b: c"])
def test_what_is_no_recipe_is_a_problem(line: Path, text: str, capsys: Captured) -> None:
    path = line / "recipes" / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    for action in (["check"], ["show"], ["export", "--format", "batchml"], ["export"]):
        assert main(["recipe", action[0], str(path), *action[1:]]) in (0, 1, 2)
    assert main(["recipe", "check", str(path)]) in (1, 2)
    assert main(["recipe", "diff", str(path), str(path)]) in (0, 2)
    assert capsys.readouterr().err


def test_show_scales_the_formula(capsys: Captured) -> None:
    assert main(["recipe", "show", "vetchina", "--line", "sausage", "--language", "ru"]) == 0
    told = capsys.readouterr().out
    assert "procedure" in told
    assert "again until {u}.FreeBrine <= $free_brine, at most 8 times" in told
    assert main(["recipe", "show", "doktorskaya", "--line", "sausage", "--size", "70", "--json"]) == 0
    half = json.loads(capsys.readouterr().out)
    assert main(["recipe", "show", "doktorskaya", "--line", "sausage", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    for one, other in zip(half["ingredients"], whole["ingredients"], strict=True):
        assert one["kg"] == pytest.approx(other["kg"] / 2)
    assert sum(i["kg"] for i in half["ingredients"]) == pytest.approx(70.0)
    values = {p["id"]: p["value"] for p in half["parameters"]}
    base = {p["id"]: p["value"] for p in whole["parameters"]}
    assert values["charge_mass"] == pytest.approx(base["charge_mass"] / 2)
    assert values["cook_temp"] == base["cook_temp"]
    assert main(["recipe", "show", "doktorskaya", "--line", "sausage", "--size", "700"]) == 2
    assert "in batches of 70 to 160 kg, not of 700" in capsys.readouterr().err


def test_diff_in_words_and_as_json(line: Path, tmp_path: Path, capsys: Captured) -> None:
    old = tmp_path / "old.yaml"
    shutil.copy(line / "recipes" / "vetchina.yaml", old)
    new = spoil(line, "vetchina", "at_most: 8", "at_most: 9")
    assert main(["recipe", "diff", str(old), str(new)]) == 0
    assert capsys.readouterr().out == (
        "procedure.tumbler.absorbing.at_most: loop Massage until the brine is absorbed, at most: 8 → 9\n"
    )
    assert main(["recipe", "diff", str(old), str(new), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(c["kind"], c["from"], c["to"]) for c in told["changes"]] == [("changed", "8", "9")]
    assert len({told["from"], told["to"], told["hash"]}) == 3
    assert main(["recipe", "diff", str(old), str(old)]) == 0
    assert capsys.readouterr() == ("", "no differences\n")


def test_exports_are_read_back(line: Path, tmp_path: Path, capsys: Captured) -> None:
    source = ["vetchina", "--line", str(line)]
    assert main(["recipe", "export", *source]) == 0
    written = capsys.readouterr().out
    document, problems = parse_yaml(written, "x.yaml")
    assert document is not None, problems
    assert main(["recipe", "export", *source, "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert content_hash(data) == content_hash(document.data)
    xml = tmp_path / "ham.xml"
    assert main(["recipe", "export", *source, "--format", "batchml", "--out", str(xml)]) == 0
    assert "only Potok reads this of it: procedure.reception" in capsys.readouterr().err
    back = tmp_path / "back.yaml"
    assert main(["recipe", "import", str(xml), "--out", str(back)]) == 0
    assert main(["recipe", "check", str(back), "--line", str(line)]) == 0
    capsys.readouterr()
    assert main(["recipe", "diff", str(line / "recipes" / "vetchina.yaml"), str(back)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["recipe", "import", str(xml), "--out", str(back)]) == 2
    assert "overwrite it with --force" in capsys.readouterr().err
    assert main(["recipe", "import", str(xml), "--out", str(back), "--force"]) == 0


def test_the_schema_needs_no_recipe(capsys: Captured) -> None:
    assert main(["recipe", "export", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Potok master recipe"
    assert main(["recipe", "export"]) == 2


def test_an_import_of_nothing_fails(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<a/>", encoding="utf-8")
    assert main(["recipe", "import", str(path)]) == 1
    assert "there is no master recipe in it" in capsys.readouterr().err
    assert main(["recipe", "import", str(tmp_path / "none.xml")]) == 1


def test_recipes_of_a_line_that_would_wait_for_each_other(line: Path, capsys: Captured) -> None:
    """Krakovskaya takes a unit the other way round: each recipe alone is right."""
    text = (line / "recipes" / "doktorskaya.yaml").read_text(encoding="utf-8")
    assert "class: grinder" in text
    one = """\
recipe: NAME
version: "1"
author: A
name: {ru: х, en: x}
base_batch_kg: 100
size_lo_kg: 100
size_hi_kg: 100
ingredients: {beef: {kg: 100, tolerance_pct: 1, name: {ru: х, en: x}}}
parameters: {}
equipment:
  first: {class: FIRST}
  second: {class: SECOND}
procedure:
  - unit_procedure: first
    name: {ru: х, en: x}
    operations: [{operation: o, name: {ru: х, en: x}, phases: [{phase: A, parameters: {PA}, acquire: [second]}]}]
  - unit_procedure: second
    name: {ru: х, en: x}
    operations: [{operation: o, name: {ru: х, en: x}, phases: [{phase: B, parameters: {PB}}]}]
"""
    units = {"CHILLER": ("chiller", "chill", "air: 0, core: 6"), "PACKER": ("packer", "pack", "speed: 40")}
    for path in (line / "recipes").glob("*.yaml"):
        path.unlink()
    for name, (a, b) in {"there": ("CHILLER", "PACKER"), "back": ("PACKER", "CHILLER")}.items():
        first, second = units[a], units[b]
        written = one.replace("NAME", name).replace("FIRST", first[0]).replace("SECOND", second[0])
        written = written.replace("phase: A", f"phase: {first[1]}").replace("phase: B", f"phase: {second[1]}")
        written = written.replace("{PA}", f"{{{first[2]}}}").replace("{PB}", f"{{{second[2]}}}")
        (line / "recipes" / f"{name}.yaml").write_text(written, encoding="utf-8")
        assert main(["recipe", "check", name, "--line", str(line)]) == 0
    capsys.readouterr()
    assert main(["recipe", "check", str(line)]) == 1
    told = capsys.readouterr().err
    assert "a batch of there that holds first waits for second here, and one of back may wait the other way round" in told
    assert "a batch of back that holds first waits for second here, and one of there may wait the other way round" in told
    assert main(["check", str(line)]) == 2
    assert "may wait the other way round" in capsys.readouterr().err
