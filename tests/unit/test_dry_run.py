"""Dry runs of a short recipe: what a run shows, what it refuses, and that two runs are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from line.expr import parse_expression
from line.messages import JsonObject
from potok import dry_run_follow
from potok.dry_run import DrySettings, dry_run
from potok.dry_run_line import SimulatedBatch
from potok.dry_run_report import evidence_hash
from potok.linefolder import LoadedLine
from tests.unit.dry_kit import GRIND, HEAD, WEIGH, codes, problems, recipe, report, rows, sausage

ONE = '{phase: weigh, parameters: {mass: $mass}}'  # fmt: skip
LOT = '- {prompt: lot, kind: lot, material: beef, text: {ru: Партия говядины, en: Lot of beef}}\n          '  # fmt: skip


def watched(entry: str) -> tuple[str, str]:
    """The weighing phase with a watch."""
    return (ONE, ONE.replace("}}", f"}}, watch: [{entry}]}}"))


def named(problem: Mapping[str, Any]) -> tuple[str, str]:
    return problem["code"], problem["node"]


def test_a_sound_recipe_passes_with_every_phase_interrupted_twice() -> None:
    told: list[JsonObject] = []
    passed = dry_run(sausage(), recipe(), DrySettings(), told.append)
    assert (passed["ok"], passed["problems"]) == (True, [])
    assert [p["node"] for p in rows(passed, "phases")] == ["reception.weighing.weigh", "grinder.grinding.grind"]
    weigh, grind = rows(passed, "phases")
    assert 0.0 <= weigh["start_s"] < weigh["end_s"] <= grind["start_s"] < grind["end_s"] == passed["duration_s"]
    assert passed["charged_kg"] == pytest.approx(40.0, abs=0.5)
    paths = [(p["node"], p["moment"], p["command"], p["reached"], p["safe"], p["restarted"]) for p in rows(passed, "paths")]
    assert paths == [
        (node, moment, command, reached, True, True)
        for node in ("reception.weighing.weigh", "grinder.grinding.grind")
        for moment in ("start", "middle")
        for command, reached in (("hold", "held"), ("abort", "aborted"))
    ]
    assert {u["unit"]: u["busy"][0][2] for u in rows(passed, "units")} == {"R101": "reception", "G101": "grinder"}
    curves = passed["curves"]
    assert isinstance(curves, Mapping)
    assert {"R101.Charged", "R101.SP_Mass", "G101.FeedRate"} <= set(curves)
    assert [t["progress"] for t in told] == sorted(t["progress"] for t in told)  # type: ignore[type-var]


def test_the_same_inputs_give_the_same_report_to_the_bit_in_processes_of_their_own(tmp_path: Path) -> None:
    file = tmp_path / "mince.yaml"
    file.write_text(HEAD + WEIGH + GRIND, encoding="utf-8")
    command = [sys.executable, "-m", "potok", "recipe", "dry-run", str(file), "--line", "sausage", "--json", "--progress"]
    outputs: list[str] = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=True)
        outputs.append(run.stdout)
        assert [json.loads(line)["node"] for line in run.stderr.splitlines()]
    assert outputs[0] == outputs[1]
    assert json.loads(outputs[0])["ok"] is True


def test_the_evidence_is_bound_to_everything_but_the_curves() -> None:
    passed = report()
    assert evidence_hash({**passed, "curves": {}}) == evidence_hash(passed)
    assert evidence_hash({**passed, "size_kg": 41.0}) != evidence_hash(passed)
    assert evidence_hash(report(seed=2)) != evidence_hash(passed)
    assert passed["line_hash"] == sausage().fingerprint


def test_a_copy_goes_its_own_way_and_the_run_does_not_notice() -> None:
    run = SimulatedBatch(sausage(), recipe(), 40.0, 1)
    other = SimulatedBatch(sausage(), recipe(), 40.0, 1)
    for one in (run, other):
        one.create()
        one.run(20.0)
    copy = run.branch()
    copy.command_batch("abort")
    copy.run(20.0)
    assert copy.batch()["state"] == "aborted"
    for one in (run, other):
        one.run(20.0)
    assert run.batch()["state"] == "running"
    assert run.image.value.tobytes() == other.image.value.tobytes()
    assert [e.data for e in run.log.events] == [e.data for e in other.log.events]


def test_a_loop_that_reaches_its_bound_is_refused() -> None:
    loop = WEIGH.replace(
        "      - operation: weighing\n", "      - repeat: top_up\n        name: {ru: Довес, en: Top up}\n"
        '        until: "{u}.Charged >= 900"\n        at_most: 3\n        do:\n      - operation: weighing\n',
    )  # fmt: skip
    head, body = loop.split("      - operation: weighing\n")
    body = "          - operation: weighing\n" + "".join(f"    {line}\n" for line in body.splitlines())
    refused = report(head + body + GRIND)
    assert refused["ok"] is False
    (problem,) = [p for p in problems(refused) if p["severity"] == "error"]
    assert named(problem) == ("loop_without_end", "reception.top_up")
    assert "за 3 повторений" in problem["text"]["ru"]
    assert "{u}.Charged >= 900" in problem["text"]["en"]


def test_a_critical_limit_that_the_process_does_not_meet_is_refused() -> None:
    watch = '{tag: "{u}.MeatTemp", hi: 0.5, when: end, ccp: true, name: {ru: Температура сырья, en: Meat temperature}}'
    refused = report(WEIGH + GRIND, watched(watch))
    assert codes(refused) == ["ccp_not_met"]
    assert named(problems(refused)[0]) == ("ccp_not_met", "reception.weighing.weigh")
    (ccp,) = rows(refused, "ccp")
    assert (ccp["passed"], ccp["hi"]) == (False, 0.5)
    assert refused["ok"] is False


def test_a_watch_that_the_process_violates_is_refused_and_one_that_only_alarms_is_a_warning() -> None:
    watch = '{tag: "{u}.MeatTemp", hi: 0.5, for_s: 2, name: {ru: Температура сырья, en: Meat temperature}}'
    refused = report(WEIGH + GRIND, watched(watch))
    assert codes(refused) == ["deviation"]
    warned = report(WEIGH + GRIND, watched(watch.replace("for_s: 2", "for_s: 2, on: alarm")))
    assert (warned["ok"], codes(warned), "deviation" in codes(warned, "warning")) == (True, [], True)


def test_a_wait_that_nothing_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_follow, "STALL_S", 300.0)
    wait = '- {wait: heavy, name: {ru: Ждать веса, en: Wait for the weight}, until: "{u}.Weight >= 400"}\n          '
    refused = report(WEIGH.replace(f"- {ONE}", f"{wait}- {ONE}") + GRIND)
    assert [named(p) for p in problems(refused)] == [("without_end", "reception.weighing.heavy")]
    assert "«Ждать веса»" in problems(refused)[0]["text"]["ru"]


def test_a_phase_that_never_reaches_its_setpoint_is_refused_with_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_follow, "STALL_S", 600.0)
    run = SimulatedBatch(sausage(), recipe(), 40.0, 1)
    run.plant.inject("freeze", "R101.Weight", 12.0)
    follower = dry_run_follow.Follower(run, shared := shared_of(run), keep=False)
    assert follower.start()
    follower.follow()
    (finding,) = shared.findings
    assert finding.code == "without_end"
    assert "Charged" in finding.text.en
    assert "40 kg" in finding.text.en


def shared_of(run: SimulatedBatch) -> dry_run_follow.Shared:
    from potok.dry_run_paths import SafeStates

    shared = dry_run_follow.Shared(SafeStates(run.model), 1e6, lambda _told: None)
    shared.tried |= {(n.id, moment) for n in run.recipe.nodes for moment in ("start", "middle")}
    return shared


def test_a_percentage_that_wanders_about_where_it_stood_is_no_headway() -> None:
    """A chamber at 70 °C brings no core to 72 °C; the controller's noise must not pass for progress until the time limit."""
    leaf = SimpleNamespace(node="cook", task="run", pct=90.0)
    seen: Any = SimpleNamespace(_leaves=[leaf], rounds={}, _mark=(), _most=(), _done_pct=lambda one: one.pct)
    heard: list[bool] = []
    for leaf.pct in (90.0, 90.9, 91.0, 90.4, 91.2, 89.0, 91.9, 92.0):
        heard.append(dry_run_follow.Follower._gets_on(seen))
    assert heard == [True, False, True, False, False, False, False, True]
    leaf.task = "reset"
    assert dry_run_follow.Follower._gets_on(seen)


def test_a_batch_that_has_not_ended_in_time_is_refused() -> None:
    assert codes(report(max_hours=0.02)) == ["time_limit"]


def with_safe(unit: str, source: str) -> LoadedLine:
    """The line on which another condition must hold in the safe state of ``unit``."""
    line = sausage()
    units = dict(line.model.units)
    condition = units[unit].safe[0]
    safe = (replace(condition, expression=parse_expression(source, line.model.tags)),)
    units[unit] = replace(units[unit], safe=safe)
    return replace(line, model=replace(line.model, units=units))


def test_a_state_that_is_not_safe_is_refused_for_hold_and_for_abort() -> None:
    refused = report(line=with_safe("G101", "G101.MotorOn"))
    assert refused["ok"] is False
    assert {named(p) for p in problems(refused)} == {
        ("unsafe_hold", "grinder.grinding.grind"),
        ("unsafe_abort", "grinder.grinding.grind"),
    }
    unsafe = [p for p in rows(refused, "paths") if not p["safe"]]
    assert {(p["node"], p["command"]) for p in unsafe} == {("grinder.grinding.grind", c) for c in ("hold", "abort")}
    assert all(p["unmet"] for p in unsafe)


def test_a_hold_from_which_no_restart_leads_back_is_refused() -> None:
    watch = '{tag: "{u}.MotorSpeed", lo: 100, for_s: 20, name: {ru: Обороты, en: Speed}}'
    one = "{phase: grind, parameters: {feed: $feed}}"
    refused = report(WEIGH + GRIND, (one, one.replace("}}", f"}}, watch: [{watch}]}}")))
    assert set(codes(refused)) == {"no_restart"}
    assert {p["restarted"] for p in rows(refused, "paths") if p["command"] == "hold" and "grind" in p["node"]} == {False}


def test_prompts_are_answered_and_interrupted_too() -> None:
    passed = report(WEIGH.replace(f"- {ONE}", f"{LOT}- {ONE}") + GRIND)
    assert (passed["ok"], problems(passed)) == (True, [])
    kinds = [(p["node"].rsplit(".", 1)[1], p["kind"]) for p in rows(passed, "phases")]
    assert kinds == [("lot", "prompt"), ("weigh", "phase"), ("grind", "phase")]
    assert {p["command"] for p in rows(passed, "paths") if p["node"].endswith(".lot")} == {"hold", "abort"}


CHOICE = """\
  - prompt: kind
    kind: choice
    text: {ru: Какой помол, en: Which cut}
    choices: [{ru: мелкий, en: fine}, {ru: крупный, en: coarse}, {ru: никакой, en: none}]
  - choose: cut
    name: {ru: Помол, en: Cut}
    branches:
      - branch: fine
        name: {ru: Мелкий, en: Fine}
        when: "@kind == 0"
        do:
          - {wait: soon, name: {ru: Скоро, en: Soon}, until: "R101.Weight <= 5"}
      - branch: coarse
        name: {ru: Крупный, en: Coarse}
        when: "@kind == 1"
        do:
          - {wait: later, name: {ru: Позже, en: Later}, until: "R101.Weight <= 5"}
      - branch: heavy
        name: {ru: Тяжёлый, en: Heavy}
        when: "R101.Weight > 100"
        do:
          - {wait: light, name: {ru: Легче, en: Lighter}, until: "R101.Weight <= 5"}
      - branch: never
        name: {ru: Никогда, en: Never}
        when: "G101.Ground > 1500"
        do:
          - {wait: last, name: {ru: Последний, en: Last}, until: "R101.Weight <= 5"}
      - branch: other
        name: {ru: Другое, en: Other}
        do:
          - {wait: none, name: {ru: Ничего, en: Nothing}, until: "R101.Weight <= 5"}
"""


def test_branches_are_reached_by_replies_and_sensors_and_what_is_not_is_named() -> None:
    passed = report(WEIGH + CHOICE + GRIND)
    (branches,) = rows(passed, "branches")
    assert branches["node"] == "cut"
    assert branches["taken"][0] == "fine"
    assert set(branches["taken"]) == {"fine", "coarse", "heavy", "other"}
    assert branches["never"] == ["never"]
    assert codes(passed, "warning") == ["branch_not_reached"]
    assert "«Никогда»" in problems(passed)[0]["text"]["ru"]
    assert passed["ok"] is True
    interrupted = {p["node"] for p in rows(passed, "paths")}
    assert {"cut.fine.soon", "cut.other.none"} <= interrupted


def test_what_goes_wrong_in_a_branch_that_the_run_did_not_take_refuses_the_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run_follow, "STALL_S", 300.0)
    refused = report(
        WEIGH + CHOICE.replace('en: Nothing}, until: "R101.Weight <= 5"', 'en: Nothing}, until: "R101.Weight >= 400"') + GRIND
    )
    assert refused["ok"] is False
    assert [named(p) for p in problems(refused) if p["severity"] == "error"] == [("without_end", "cut.other.none")]


def test_a_size_that_the_recipe_does_not_allow_is_wrong_usage() -> None:
    with pytest.raises(ValueError, match="20 to 60 kg"):
        report(size_kg=100.0)


def test_a_line_without_simulators_is_wrong_usage() -> None:
    other = replace(sausage(), model=replace(sausage().model, id="bakery"))
    with pytest.raises(ValueError, match="no simulators"):
        report(line=other)


def test_another_size_scales_masses_and_limits() -> None:
    passed = report(size_kg=20.0)
    assert passed["charged_kg"] == pytest.approx(20.0, abs=0.5)
    (beef,) = rows(passed, "materials")
    assert (beef["material"], beef["kg"]) == ("beef", 20.0)
