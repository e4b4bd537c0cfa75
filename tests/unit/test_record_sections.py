"""The batch record: what of the journal is in it, and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from historian.queries import Queries
from historian.record import canonical, content_hash
from historian.record_curves import POINTS_MAX
from historian.record_tables import prompts
from historian.record_words import Writer
from historian.samples import day_files
from line.clock import NS_PER_S
from line.jsontools import objects
from line.quality import Status
from tests.builders import T0_NS
from tests.unit.record_kit import CHAMBER, COOK, CORE, HASH, RECIPE, SET, B, Folder, both, finish, start

SIGNED = {"user": "petrova", "name": "Петрова А. А.", "role": "technologist", "time_ns": T0_NS + 1000 * NS_PER_S}


def record(folder: Path, batch: str = B) -> dict[str, Any]:
    found = Queries(folder).batch_report(batch)
    assert found is not None
    return dict(found)


def at(seconds: float) -> int:
    return T0_NS + round(seconds * NS_PER_S)


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Any]:
    """A batch with everything that a record can hold."""
    with Folder(tmp_path) as f:
        f.alarm(-100, "alarm", "normal", "unack_active", "S401.Door", text=both("Door"))
        start(f, until_cooking=False)
        f.batch(
            10,
            "prompt",
            node="smokehouse.cooking.look",
            prompt="look",
            text=both("Is the load in?"),
            role="operator",
            signed=True,
        )
        f.batch(20, "reply", node="smokehouse.cooking.look", prompt="look", value=True, user="ivanov", signature=SIGNED)
        f.batch(30, "lot", material="pork", lot="L7", kg=30.0, target_kg=45.0, inside=True, user="ivanov", reason="")
        f.batch(31, "lot", material="pork", lot="L8", kg=15.2, target_kg=45.0, inside=True, user="ivanov", reason="")
        f.batch(32, "lot", material="salt", lot="S1", kg=5.2, target_kg=5.0, inside=False, user="petrova", reason="scale")
        f.batch(50, "acquire", node="smokehouse", unit="S401", role="smokehouse")
        f.batch(
            60,
            "step",
            node=COOK,
            unit="S401",
            status="running",
            setpoints={SET: 78.0},
            parameters={SET: "cook_temp"},
            phase="cook",
        )
        f.command(100, "c2", "batch.parameter", B, parameter="cook_temp", value=79.0, reason="cold load")
        change: dict[str, Any] = {"from": 78.0, "to": 79.0, "eu": "°C", "user": "ivanov", "reason": "cold load"}
        f.batch(100.5, "parameter", parameter="cook_temp", **change)
        f.command(150, "c3", "batch.command", B, status="refused", reasons=[both("not now")], command="restart")
        f.command(160, "c4", "unit.command", "S401", status="refused", reasons=[both("a batch owns it")], command="start")
        f.command(161, "c5", "unit.command", "H501", command="hold")
        f.alarm(200, "alarm", "normal", "unack_active")
        f.alarm(210, "ack", "unack_active", "acked_active", user="ivanov")
        f.add(215, "link", "plc1", {"from": "up", "to": "down", "error": both("timeout")})
        f.alarm(220, "return", "acked_active", "normal", active=False)
        f.batch(300, "deviation", node=COOK, unit="S401", number=1, kind="ccp", tag=CORE, value=None, lo=71.5, hi=None, eu="°C",
                quality="BadSensorFailure", text=both("Core: no good value"), on="hold", back=False)  # fmt: skip
        f.batch(300, "product", **{"from": "free", "to": "on_hold"}, deviation=1, reasons=[])
        f.batch(
            400,
            "disposition",
            node=COOK,
            deviation=1,
            verdict="release",
            user="petrova",
            reason="probe was out",
            signature=SIGNED,
        )
        f.batch(400, "product", **{"from": "on_hold", "to": "released"}, deviation=1, reasons=[])
        f.batch(500, "transfer", node=COOK, **{"from": "S401", "to": ""}, kg=43.0)
        f.batch(600, "comment", text="all well", user="ivanov")
        for second in range(60, 3600, 30):
            f.sample(second, CORE, 20 + second / 70, int(Status.BAD_SENSOR_FAILURE) if 300 <= second < 330 else 0)
            f.sample(second, CHAMBER, 78.0)
        finish(f)
    return record(tmp_path)


def test_a_record_says_what_it_is_of(whole: dict[str, Any]) -> None:
    assert (whole["schema"], whole["kind"]) == (1, "batch_record")
    batch = whole["batch"]
    assert {k: batch[k] for k in ("id", "number", "recipe", "version", "hash", "size_kg", "state", "product", "complete")} == {
        "id": B, "number": 1001, "recipe": "ham", "version": "3.1", "hash": HASH, "size_kg": 50.0, "state": "complete",
        "product": "released", "complete": True,
    }  # fmt: skip
    assert (batch["name"], batch["product_code"], batch["user"]) == (both("Ham"), "0460", "ivanov")
    assert (batch["created_ns"], batch["started_ns"], batch["ended_ns"]) == (at(0.5), at(0.5), at(3601))


def test_the_recipe_is_in_it_with_its_hash(whole: dict[str, Any]) -> None:
    recipe = whole["recipe"]
    assert (recipe["found"], recipe["hash_ok"], recipe["hash"]) == (True, True, HASH)
    assert recipe["source"] == RECIPE


def test_every_command_is_told_also_those_refused_and_none_of_other_units(whole: dict[str, Any]) -> None:
    told = [(c["id"], c["user"], c["station"], c["status"], c["reason"]) for c in whole["commands"]]
    assert told == [
        ("c1", "ivanov", "P1", "accepted", ""), ("c2", "ivanov", "P1", "accepted", "cold load"),
        ("c3", "ivanov", "P1", "refused", ""), ("c4", "ivanov", "P1", "refused", ""),
    ]  # fmt: skip
    assert whole["commands"][2]["reasons"] == [both("not now")]


def test_changes_keep_old_and_new_with_who_and_why(whole: dict[str, Any]) -> None:
    (change,) = whole["changes"]
    assert {k: change[k] for k in ("parameter", "from", "to", "eu", "user", "reason")} == {
        "parameter": "cook_temp", "from": 78.0, "to": 79.0, "eu": "°C", "user": "ivanov", "reason": "cold load",
    }  # fmt: skip


def test_lots_are_summed_and_judged_against_the_tolerance(whole: dict[str, Any]) -> None:
    pork, salt = whole["materials"]
    assert (pork["kg"], pork["target_kg"], pork["tolerance_pct"], pork["inside"]) == (45.2, 45.0, 1.0, True)
    assert [(lot["lot"], lot["kg"], lot["user"]) for lot in pork["lots"]] == [("L7", 30.0, "ivanov"), ("L8", 15.2, "ivanov")]
    assert (salt["kg"], salt["inside"], salt["lots"][0]["reason"]) == (5.2, False, "scale")


def test_setpoints_stand_beside_what_was_reached(whole: dict[str, Any]) -> None:
    (step,) = whole["steps"]
    temp = next(s for s in step["setpoints"] if s["tag"] == SET)
    assert {k: temp[k] for k in ("parameter", "value", "actual", "lo", "hi", "eu", "ccp")} == {
        "parameter": "cook_temp", "value": 78.0, "actual": 78.1, "lo": 75.0, "hi": 80.0, "eu": "°C", "ccp": False,
    }  # fmt: skip
    assert (step["node"], step["status"], step["started_ns"], step["ended_ns"]) == (COOK, "complete", at(60), at(3600))
    assert step["verdicts"][0]["passed"] is True


def test_a_critical_limit_has_its_verdict_and_its_deviation(whole: dict[str, Any]) -> None:
    (limit,) = whole["ccp"]
    assert (limit["tag"], limit["lo"], limit["value"], limit["passed"], limit["deviation"]) == (CORE, 71.5, 72.3, True, 1)


def test_the_curve_keeps_quality_and_extremes(whole: dict[str, Any]) -> None:
    core = next(c for c in whole["curves"] if c["tag"] == CORE)
    assert (core["lo"], core["hi"], core["ccp"], core["kept"], core["eu"]) == (71.5, None, True, "all", "°C")
    assert [v for v, q in zip(core["v"], core["q"], strict=True) if q == int(Status.BAD_SENSOR_FAILURE)] == [None]
    assert core["greatest"] == pytest.approx(20 + 3570 / 70)
    assert {c["tag"] for c in whole["curves"]} == {CORE, CHAMBER}


def test_alarms_of_its_units_with_who_acknowledged_and_what_stood_before(whole: dict[str, Any]) -> None:
    door, core = whole["alarms"]
    assert (door["alarm"], door["before"], door["returned_ns"], door["quality"]) == ("S401.Door", True, None, "Good")
    assert (core["raised_ns"], core["acked_ns"], core["acked_by"], core["returned_ns"]) == (at(200), at(210), "ivanov", at(220))


def test_deviation_with_its_signed_disposition(whole: dict[str, Any]) -> None:
    (deviation,) = whole["deviations"]
    assert (deviation["number"], deviation["kind"], deviation["quality"]) == (1, "ccp", "BadSensorFailure")
    assert deviation["disposition"] == {
        "time_ns": at(400), "verdict": "release", "user": "petrova", "reason": "probe was out", "signature": SIGNED,
    }  # fmt: skip


def test_signatures_say_who_when_and_what_it_meant(whole: dict[str, Any]) -> None:
    assert [(s["name"], s["meaning"]["en"]) for s in whole["signatures"]] == [
        ("Петрова А. А.", "Reply: Is the load in?"), ("Петрова А. А.", "Disposition of deviation 1: release"),
    ]  # fmt: skip


def test_prompts_comments_transfers_and_lost_links(whole: dict[str, Any]) -> None:
    assert [(p["prompt"], p["replies"][0]["value"], p["replies"][0]["user"]) for p in whole["prompts"]] == [
        ("look", True, "ivanov")
    ]
    assert [(c["user"], c["text"]) for c in whole["comments"]] == [("ivanov", "all well")]
    assert [(t["from"], t["to"], t["kg"]) for t in whole["transfers"]] == [("S401", "", 43.0)]
    assert [(e["source"], e["what"]) for e in whole["line"]] == [("plc1", "down")]


def test_replies_are_told_with_the_words_and_the_unit_of_their_questions(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f, until_cooking=False)
        casings = [both("Natural"), both("Collagen")]
        f.batch(10, "prompt", node="n.c", prompt="c", kind="choice", text=both("Casing?"), role="operator", choices=casings)
        f.batch(10, "prompt", node="n.t", prompt="t", kind="number", text=both("Water?"), role="operator", eu="°C")
        f.batch(10, "prompt", node="n.l", prompt="l", kind="lot", text=both("Salt?"), role="operator")
        for prompt, value in (("c", 1), ("t", -2.5), ("l", "L7: 1.42 kg")):
            f.batch(20, "reply", node=f"n.{prompt}", prompt=prompt, value=value, user="ivanov")
    found = record(tmp_path)
    choice, number, lot = objects(found["prompts"])
    assert (choice["choices"], "eu" in choice) == (casings, False)
    assert (number["eu"], "choices" in number, set(lot) & {"eu", "choices"}) == ("°C", False, set())
    answers = [row[2] for block in prompts(found, Writer("ru")) for row in cast(dict[str, Any], block).get("rows", [])]
    assert [a.split(" · ")[0] for a in answers] == ["Collagen (ру)", "−2,5 °C", "L7, 1,42 кг"]


def test_yield_is_packed_of_raw_against_the_recipe(whole: dict[str, Any]) -> None:
    totals = whole["totals"]
    assert (totals["charged_kg"], totals["raw_kg"], totals["packed_kg"]) == (50.4, 45.2, 43.0)
    assert (totals["yield_pct"], totals["yield_lo_pct"], totals["yield_hi_pct"]) == (95.13, 90.0, 99.0)


def test_the_same_batch_gives_the_same_bytes_and_its_own_seal(whole: dict[str, Any], tmp_path: Path) -> None:
    assert canonical(record(tmp_path)) == canonical(whole)
    assert whole["sha256"] == content_hash(whole)


def test_later_events_of_others_change_nothing(whole: dict[str, Any], tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        f.alarm(9000, "alarm", "normal", "unack_active")
        f.command(9001, "c9", "unit.command", "S401", command="hold")
    assert canonical(record(tmp_path)) == canonical(whole)


def test_packed_mass_comes_from_the_counter_of_the_unit(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(70, "step", node="packer.pack", unit="P601", status="running", phase="pack", counters={"packed_kg": 100.0})
        f.batch(90, "step", node="packer.pack", unit="P601", status="complete", phase="pack", counters={"packed_kg": 142.5})
        finish(f)
    assert record(tmp_path)["totals"]["packed_kg"] == 42.5


def test_a_running_batch_has_an_incomplete_record(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.add(100, "system", "engine", {"what": "restored"})
    found = record(tmp_path)
    assert (found["batch"]["complete"], found["batch"]["state"], found["batch"]["ended_ns"]) == (False, "running", None)
    assert (found["steps"][0]["status"], found["steps"][0]["ended_ns"]) == ("open", None)
    assert [e["what"] for e in found["line"]] == ["restored"]
    assert found["ccp"][0]["passed"] is None


def test_a_phase_done_twice_has_two_runs_with_a_verdict_each(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.batch(
            500,
            "verdict",
            node=COOK,
            unit="S401",
            tag=CORE,
            value=60.0,
            lo=71.5,
            hi=None,
            eu="°C",
            quality="Good",
            ccp=True,
            passed=False,
        )
        f.batch(900, "step", node=COOK, unit="S401", status="running", setpoints={SET: 78.0}, phase="cook")
        finish(f)
    found = record(tmp_path)
    assert [(s["run"], s["status"]) for s in found["steps"]] == [(1, "open"), (2, "complete")]
    assert [(c["run"], c["passed"]) for c in found["ccp"]] == [(1, False), (2, True)]


def test_samples_that_retention_dropped_are_said_to_be_gone(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        f.sample(100, CORE, 40.0)
        finish(f)
    for _, path in day_files(tmp_path / "samples"):
        path.unlink()
    assert {c["kept"] for c in record(tmp_path)["curves"]} == {"none"}


def test_a_long_curve_is_thinned_and_keeps_its_spikes(tmp_path: Path) -> None:
    with Folder(tmp_path) as f:
        start(f)
        for n in range(6000):
            f.sample(61 + n * 0.5, CORE, 99.0 if n == 3210 else 10.0 if n == 4321 else 50.0 + n % 7)
        finish(f)
    core = next(c for c in record(tmp_path)["curves"] if c["tag"] == CORE)
    assert (core["kept"], core["least"], core["greatest"]) == ("thinned", 10.0, 99.0)
    assert POINTS_MAX / 2 < len(core["t"]) < 2 * POINTS_MAX
    assert {10.0, 99.0} <= set(core["v"])


def test_without_its_recipe_a_record_still_holds_every_event(tmp_path: Path) -> None:
    with Folder(tmp_path, None) as f:
        start(f)
        finish(f)
    found = record(tmp_path)
    assert (found["recipe"]["found"], found["recipe"]["hash_ok"], found["recipe"]["source"]) == (False, None, None)
    assert found["steps"][0]["setpoints"][0]["value"] == 72.0
    assert found["batch"]["state"] == "complete"


def test_a_recipe_that_was_changed_is_found_out_and_not_believed(tmp_path: Path) -> None:
    with Folder(tmp_path, {**RECIPE, "version": "3.2"}, filed=HASH) as f:
        start(f)
        finish(f)
    found = record(tmp_path)
    assert (found["recipe"]["found"], found["recipe"]["hash_ok"]) == (True, False)
    assert found["ccp"] == []


def test_a_batch_that_the_journal_does_not_know_has_no_record(tmp_path: Path) -> None:
    assert Queries(tmp_path).batch_report(B) is None
    with Folder(tmp_path) as f:
        start(f)
    assert Queries(tmp_path).batch_report("B9") is None
