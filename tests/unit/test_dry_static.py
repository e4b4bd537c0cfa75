"""What a dry run refuses before anything runs."""

from __future__ import annotations

import pytest

from line.documents import Problem, Text
from line.image import ImageRules, Snapshot
from line.messages import JsonObject
from potok import dry_run_findings as findings
from potok.dry_run_static import can_hold, setpoints, static_findings
from recipes.conditions import parse_condition
from recipes.model import MasterRecipe
from tests.unit.dry_kit import GRIND, WEIGH, codes, problems, recipe, report, sausage, with_capability


def image() -> Snapshot:
    return ImageRules(sausage().model.tags, 1_000_000_000).initial()


def found(master: MasterRecipe, **capability: tuple[float, float]) -> list[str]:
    line = with_capability(sausage(), **capability)
    return [f.code for f in static_findings(master, line.model, 40.0, image())]


def indented(text: str, by: int = 8) -> str:
    return "".join(" " * by + line + "\n" for line in text.splitlines())


def parallel(*branches: str) -> str:
    """Unit procedures side by side."""
    text = "  - parallel: together\n    name: {ru: Вместе, en: Together}\n    branches:\n"
    for i, branch in enumerate(branches):
        text += f"      - branch: b{i}\n        name: {{ru: Ветвь {i}, en: Branch {i}}}\n        do:\n" + indented(branch)
    return text


def test_a_sound_recipe_has_no_finding_and_every_setpoint_in_the_report() -> None:
    assert found(recipe()) == []
    rows = [r.to_json() for r in setpoints(recipe(), sausage().model, 20.0)]
    assert [(r["node"], r["unit"], r["tag"], r["value"], r["lo"], r["hi"], r["cap_lo"], r["cap_hi"], r["ok"]) for r in rows] == [
        ("reception.weighing.weigh", "R101", "R101.SP_Mass", 20.0, 19.0, 21.0, 5, 480, True),
        ("grinder.grinding.grind", "G101", "G101.SP_Feed", 2400.0, 1600.0, 2600.0, 500, 2800, True),
    ]


def test_a_setpoint_that_the_unit_cannot_keep_is_refused_without_a_run() -> None:
    assert found(recipe(), G101__SP_Feed=(500, 2000)) == ["setpoint_beyond_capability"]
    refused = report(line=with_capability(sausage(), G101__SP_Feed=(500.0, 2000.0)))
    assert (refused["ok"], refused["phases"], refused["duration_s"]) == (False, [], 0.0)
    (problem,) = problems(refused)
    assert problem["node"] == "grinder.grinding.grind"
    assert problem["text"]["ru"] == "«Подача»: задание 2400 кг/ч не по силам G-101, возможно 500…2000 кг/ч"
    assert problem["text"]["en"] == "Feed: G-101 cannot keep the setpoint 2400 kg/h, only 500 to 2000 kg/h"
    assert "500…2000" in problem["remedy"]["ru"]


def test_a_mass_that_fits_at_the_base_size_only_is_refused_with_the_size_at_which_it_does_not() -> None:
    capability = {"R101__SP_Mass": (5.0, 50.0)}
    assert found(recipe(), **capability) == ["setpoint_beyond_capability"]
    line = with_capability(sausage(), **capability)
    (problem,) = static_findings(recipe(), line.model, 40.0, image())
    assert "партия 60 кг" in problem.text.ru
    assert "batch of 60 kg" in problem.text.en


def test_limits_wider_than_the_unit_are_a_warning_and_no_refusal() -> None:
    line = with_capability(sausage(), G101__SP_Feed=(500, 2500))
    (finding,) = static_findings(recipe(), line.model, 40.0, image())
    assert (finding.code, finding.severity) == ("limits_beyond_capability", "warning")


SMOKE = """\
  - unit_procedure: smokehouse
    name: {ru: Термокамера, en: Smokehouse}
    operations:
      - operation: preheating
        name: {ru: Разогрев, en: Preheating}
        phases:
          - {phase: preheat, parameters: {temp: 80, rh: 40, time: 60}}
"""
CHAMBER = ("  grinder: {class: grinder}\n", "  grinder: {class: grinder}\n  smokehouse: {class: smokehouse}\n")


def test_one_of_two_units_that_cannot_keep_a_setpoint_is_named_with_the_one_that_can() -> None:
    master = recipe(WEIGH + GRIND + SMOKE, CHAMBER)
    line = with_capability(sausage(), S401__SP_Temp=(5, 70))
    (finding,) = static_findings(master, line.model, 40.0, image())
    assert finding.code == "unit_too_weak"
    assert "S-401" in finding.text.en
    assert "units: [S402]" in finding.remedy.en
    narrowed = recipe(WEIGH + GRIND + SMOKE, CHAMBER, ("{class: smokehouse}", "{class: smokehouse, units: [S402]}"))
    assert static_findings(narrowed, line.model, 40.0, image()) == []


def test_two_branches_that_need_one_unit_are_refused() -> None:
    other = SMOKE.replace("unit_procedure: smokehouse", "unit_procedure: second")
    two = (CHAMBER[0], CHAMBER[1] + "  second: {class: smokehouse}\n")
    assert found(recipe(WEIGH + GRIND + parallel(SMOKE, other), two)) == []
    one = (
        CHAMBER[0],
        CHAMBER[1].replace("smokehouse}", "smokehouse, units: [S401]}") + "  second: {class: smokehouse, units: [S401]}\n",
    )
    refused = report(WEIGH + GRIND + parallel(SMOKE, other), one)
    assert refused["ok"] is False
    assert any("S401" in p["text"]["en"] or "S-401" in p["text"]["en"] for p in problems(refused))
    third = other.replace("second", "third")
    three = (two[0], two[1] + "  third: {class: smokehouse}\n")
    assert report(WEIGH + GRIND + parallel(SMOKE, other, third), three)["ok"] is False


def test_faults_of_the_file_are_in_the_report_with_line_and_key() -> None:
    refused = report(WEIGH + GRIND, ("feed: {name", "fead: {name"))
    assert refused["ok"] is False
    assert set(codes(refused)) == {"file"}
    assert any("mince.yaml" in p["text"]["ru"] and "mince.yaml" in p["text"]["en"] for p in problems(refused))
    assert refused["recipe"] == "mince"


@pytest.mark.parametrize("phase", ["weigh", "grind"])
def test_a_missing_class_of_unit_is_refused(phase: str) -> None:
    role = {"weigh": "reception", "grind": "grinder"}[phase]
    refused = report(WEIGH + GRIND, (f"{{class: {role}}}", "{class: extruder}"))
    assert refused["ok"] is False
    assert any("extruder" in p["text"]["en"] for p in problems(refused))


def test_conditions_of_parameters_alone_are_solved() -> None:
    master, model = recipe(), sausage().model
    assert can_hold(master, model, parse_condition("$feed > 2500"), image()) is True
    assert can_hold(master, model, parse_condition("$feed > 2700"), image()) is False
    assert can_hold(master, model, parse_condition("G101.FeedRate > 2700"), image()) is None


def every_finding() -> list[findings.Finding]:
    text, tag = Text(ru="т", en="t"), sausage().model.tags[0]
    value = findings.with_eu(1.5, tag)
    return [
        findings.of_file(Problem("a.yaml", 3, "b.c", "wrong", "Correct it")),
        findings.outside_own_limits("n", text, value, text),
        findings.beyond_capability("n", text, value, ["A"], text, text),
        findings.unit_too_weak("n", "role", text, value, ["A"], ["B"]),
        findings.limits_beyond_capability("n", text, text, ["A"], text),
        findings.no_unit("role", "class"),
        findings.unit_twice("n", [text, text], ["A"]),
        findings.ccp_unreachable("n", text, value, value),
        findings.prompt_without_answer("n", text, text),
        findings.loop_never_left("n", text, "x > 1", 3),
        findings.loop_without_end("n", text, "x > 1", 3),
        findings.phase_without_end("n", text, text, text),
        findings.unit_never_free("n", text),
        findings.time_limit(findings.minutes(7200)),
        findings.ccp_failed("n", text),
        findings.deviation("n", text, held=True),
        findings.held("n", text),
        findings.refused("n", text),
        findings.alarm("n", "S-401", text, 2),
        findings.yield_outside(value, text),
        findings.unsafe("n", "hold", "held", [text], text),
        findings.no_restart("n", text),
        findings.never_taken("n", text, text, text),
    ]


@pytest.mark.parametrize("finding", every_finding(), ids=lambda f: f.code)
def test_every_finding_says_what_and_what_to_do_in_both_languages(finding: findings.Finding) -> None:
    told: JsonObject = finding.to_json()
    assert set(told) == {"code", "severity", "node", "text", "remedy"}
    for words in (finding.text, finding.remedy):
        assert words.ru
        assert words.en
        assert any("а" <= c <= "я" for c in words.ru.lower())


def test_numbers_are_written_as_people_write_them() -> None:
    assert findings.number(-1.50).ru == "−1,5"
    assert findings.number(-1.50).en == "-1.5"
    assert findings.number(2400.0).en == "2400"
    assert findings.minutes(90).ru == "2 мин"
    assert findings.minutes(9000).en == "2.5 h"
