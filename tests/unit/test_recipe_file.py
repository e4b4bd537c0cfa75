"""Recipe files: the shipped one is clean; each fault is found with its line, all in one run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from line.documents import Problem
from potok.yamlfile import parse_yaml
from recipes.master import MasterRecipe, load_recipe, parse_reference
from recipes.model import NodeKind, Operand
from tests.unit.test_recipe_plant import PLAIN, doktorskaya, sausage

SHIPPED = PLAIN.read_text(encoding="utf-8")


def load(text: str) -> tuple[MasterRecipe | None, Sequence[Problem]]:
    document, problems = parse_yaml(text, "broken.yaml")
    assert document is not None, problems
    return load_recipe(document, sausage())


def line_with(text: str, part: str) -> int:
    """1-based number of the only line that holds ``part``."""
    found = [i for i, row in enumerate(text.splitlines(), 1) if part in row]
    assert len(found) == 1, (part, found)
    return found[0]


def changed(*pairs: tuple[str, str]) -> str:
    text = SHIPPED
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def test_the_shipped_recipe_is_clean() -> None:
    master = doktorskaya()
    phases = [n for n in master.nodes if n.kind is NodeKind.PHASE]
    assert (master.id, master.status, len(phases)) == ("doktorskaya", "approved", 13)
    assert sum(i.kg for i in master.ingredients) == pytest.approx(140.0)
    assert [p.id for p in master.parameters if p.ccp] == ["cook_core"]
    assert next(p.value for p in master.parameters if p.ccp) >= 72.0
    assert [n.role for n in master.nodes if n.kind is NodeKind.UNIT_PROCEDURE] == list(master.equipment)
    assert [n.id for n in phases if n.role == "smokehouse"] == [
        "smokehouse.setting.set", "smokehouse.roasting.dry", "smokehouse.roasting.smoke", "smokehouse.cooking.cook",
        "smokehouse.showering.shower",
    ]  # fmt: skip


FAULTS: dict[str, tuple[str, str, str, str]] = {
    # name: (old, new, part of the line with the fault, part of the message)
    "unknown key": ("author: Техно", "writer: Техно", "writer:", "unknown key"),
    "status": ("author: Техно", "status: approved\nauthor: Техно", "status:", "unknown key"),
    "size": ("size_lo_kg: 70 ", "size_lo_kg: 150 ", "base_batch_kg: 140", "outside 150..160"),
    "total": ("{kg: 22.90,", "{kg: 32.90,", "ingredients:", "150.00 kg"),
    "pure nitrite": ("nitrite_pct: 0.6,", "nitrite_pct: 5.0,", "nitrite_pct: 5.0", "TR TS 029/2012"),
    "nitrite": ("hi_mg_per_kg: 75", "hi_mg_per_kg: 68", "nitrite: {lo", "70.8 mg"),
    "value": ("value: 78.0, lo: 75.0", "value: 74.0, lo: 75.0", "value: 74.0", "outside its limits 75..80"),
    "limits": ("lo: 60.0, hi: 75.0", "lo: 80.0, hi: 75.0", "lo: 80.0", "empty"),
    "tag range": ("lo: 75.0, hi: 80.0", "lo: 75.0, hi: 180.0", "hi: 180.0", "S401.SP_Temp, 0..110"),
    "scaled range": ("value: 117.1\n    lo: 115.0\n    hi: 119.0", "value: 117.1\n    lo: 115.0\n    hi: 480.0", "hi: 480.0",
                     "R101.SP_Mass"),
    "eu": ("lo: 4.0, hi: 8.0, eu: °C", "lo: 4.0, hi: 8.0, eu: K", "eu: K", "H501.SP_Core is '°C'"),
    "unknown parameter": ("{mass: $charge_mass}", "{mass: $charge}", "{mass: $charge}", "no parameter '$charge'"),
    "not a reference": ("{mass: $charge_mass}", "{mass: heavy}", "{mass: heavy}", "neither a number"),
    "offset": ("{mass: $charge_mass}", "{mass: $charge_mass+1}", "{mass: $charge_mass+1}", "no offset"),
    "unknown phase": ("- phase: grind", "- phase: mince", "- phase: mince", "no phase 'mince'"),
    "unknown phase parameter": ("{feed: $grind_feed}", "{feed: $grind_feed, power: 3}", "power: 3", "no parameter 'power'"),
    "missing phase parameter": ("speed: $knife_speed, vacuum: $bowl_vacuum, ", "speed: $knife_speed, ", "{knife_speed: $knife",
                                "'vacuum' of phase 'chop' is missing"),
    "unused parameter": ("grind_feed: {", "spare: {name: {ru: x, en: x}, value: 1, lo: 0, hi: 2, eu: kg}\n  grind_feed: {",
                         "spare:", "no phase and no watch"),
    "unknown class": ("{class: packer,", "{class: wrapper,", "{class: wrapper,", "no unit of class 'wrapper'"),
    "unknown role": ("unit_procedure: chiller", "unit_procedure: fridge", "unit_procedure: fridge", "no role of equipment"),
    "acquire backwards": ("acquire: [filler]", "acquire: [reception]", "acquire: [reception]", "later unit procedure"),
    "unknown tag": ('"{u}.PortionMass"', '"{u}.Portion"', '"{u}.Portion"', "no tag 'F301.Portion'"),
    "watch unit": ("lo: $portion-10", "lo: $fill_vacuum", "lo: $fill_vacuum", "in 'bar', F301.PortionMass in 'g'"),
    "watch band": ("lo: $cook_temp-5", "lo: $cook_temp+9", "lo: $cook_temp+9", "is empty"),
    "verdict": ("lo: $cook_core-0.5, when: end", "when: end", "(ККТ)", "needs a limit"),
    "sum": ("value: 117.1", "value: 117.9", "value: 117.9", "not the sum of its ingredients"),
    "sum of": ("sum_of: [ice]", "sum_of: [snow]", "sum_of: [snow]", "no ingredient snow"),
    "sum scale": ("eu: kg\n    scale: proportional\n    sum_of: [ice]", "eu: kg\n    scale: none #!\n    sum_of: [ice]", "#!",
                  "proportional and in kg"),
    "number": ("value: 3000, lo: 2400", "value: fast, lo: 2400", "value: fast", "valid number"),
    "bool": ("value: 3000, lo: 2400", "value: true, lo: 2400", "value: true", "valid number"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_is_found_with_its_line_and_a_remedy(name: str) -> None:
    old, new, where, message = FAULTS[name]
    text = changed((old, new))
    master, problems = load(text)
    assert master is None
    found = [p for p in problems if message in p.message]
    assert found, [str(p) for p in problems]
    assert found[0].line == line_with(text, where)
    assert found[0].file == "broken.yaml"
    assert found[0].key
    assert found[0].remedy


def test_all_faults_are_found_in_one_run() -> None:
    names = ["total", "pure nitrite", "value", "limits", "eu", "unknown phase parameter", "unknown class",
             "acquire backwards", "unknown tag", "watch band", "verdict", "sum of"]  # fmt: skip
    text = changed(*[FAULTS[n][:2] for n in names])
    _, problems = load(text)
    for name in names:
        assert any(FAULTS[name][3] in p.message for p in problems), (name, [str(p) for p in problems])
    assert len({p.line for p in problems}) >= 10
    assert len(problems) == len(set(problems)), "each fault once"


@pytest.mark.parametrize("text", ["[]", "recipe: 5", "null", "just words", "{recipe: x, parameters: [], procedure: {}}"])
def test_nonsense_is_a_problem_not_a_crash(text: str) -> None:
    master, problems = load(text)
    assert master is None
    assert problems


def test_references() -> None:
    assert parse_reference(75) == Operand("", 75.0)
    assert parse_reference("$cook_temp") == Operand("cook_temp", 0.0)
    assert parse_reference("$cook_temp-2.5") == Operand("cook_temp", -2.5)
    assert parse_reference("$cook_temp + 5") == Operand("cook_temp", 5.0)
    assert parse_reference("$Cook") is None
    assert parse_reference("cook_temp*2") is None
    assert Operand("a", -2.0).of({"a": 10.0}) == 8.0


def test_a_changed_file_has_another_fingerprint() -> None:
    master, problems = load(changed(('version: "1.0"', 'version: "1.1"')))
    assert master is not None, problems
    assert master.fingerprint != doktorskaya().fingerprint
