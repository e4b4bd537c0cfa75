"""Found by looking for trouble: critical limits between the states, answers that got lost, stale words, changed lines."""

from __future__ import annotations

import json

import pytest

from line.messages import Json, JsonObject
from line.phases import PhaseState
from recipes.stage import RecipeStage
from tests.unit.ccp_kit import PROBE, Cooking
from tests.unit.recipe_kit import Script, operation, parallel, phase, prompt, repeat, unit_procedure, wait
from tests.unit.test_recipe_plant import Plant, reasons, sausage

HIGH = '{tag: "{u}.CoreTemp", hi: 76, ccp: true, name: {ru: Датчик, en: Core probe}}'
SLOW = '{tag: "{u}.CoreTemp", lo: 60, after_s: 5, ccp: true, name: {ru: Датчик, en: Core probe}}'
ALARM = '{tag: "{u}.ChamberTemp", lo: $floor, on: alarm, name: {ru: Камера, en: Chamber}}'


def scans(plant: Plant, count: int) -> None:
    for _ in range(count):
        plant.scan()


def test_a_hold_is_no_way_around_a_critical_limit() -> None:
    plant = Cooking(HIGH)
    plant.order(plant.batch, "hold")
    plant.until("held")
    plant.set("S401.CoreTemp", 90.0)
    scans(plant, 5)
    plant.set("S401.CoreTemp", 72.0)
    plant.scan()
    assert [d.value for d in plant.deviations] == [90.0], "told once"
    assert plant.now.product == "on_hold"
    assert "Core probe" in str(plant.now.held_reason)
    assert plant.restart()["status"] == "refused"
    assert plant.sign("release")["status"] == "accepted"
    assert plant.restart()["status"] == "accepted"


def test_what_has_time_to_recover_after_a_restart_is_not_judged_on_hold() -> None:
    plant = Cooking(SLOW)
    scans(plant, 8)
    plant.order(plant.batch, "hold")
    plant.until("held")
    plant.set("S401.CoreTemp", 50.0)
    scans(plant, 20)
    assert not plant.deviations
    assert plant.restart()["status"] == "accepted"


@pytest.mark.parametrize("way", ["pausing", "restarting"])
def test_a_phase_that_is_long_on_its_way_is_judged_by_its_critical_limits(way: str) -> None:
    plant = Cooking(HIGH)
    if way == "restarting":
        plant.order(plant.batch, "hold")
        plant.until("held")
    plant.order(plant.batch, "pause" if way == "pausing" else "restart")
    while plant.smokehouse.state is not PhaseState[way.upper()]:
        plant.scan()
    plant.smokehouse.left = 1000
    plant.set("S401.CoreTemp", 90.0)
    scans(plant, 5)
    assert [d.value for d in plant.deviations] == [90.0]
    assert plant.now.product == "on_hold"


def test_a_lost_link_gives_a_critical_limit_no_time() -> None:
    plant = Cooking(PROBE)
    plant.smokehouse.linked = False
    plant.scan()
    assert plant.now.state == "holding"
    assert [d.quality for d in plant.deviations] == ["BadNoCommunication"]
    scans(plant, 10)
    plant.smokehouse.linked = True
    scans(plant, 5)
    assert plant.restart()["status"] == "refused", "nobody knows what the core did meanwhile"
    assert len(plant.deviations) == 1


def test_a_lost_link_that_hides_nothing_critical_has_its_five_seconds() -> None:
    plant = Cooking(ALARM)
    plant.smokehouse.linked = False
    scans(plant, 3)
    plant.smokehouse.linked = True
    scans(plant, 3)
    assert plant.now.state == "running"


def test_a_deviation_that_stands_is_not_told_again_after_a_pause() -> None:
    plant = Cooking(ALARM)
    plant.set("S401.ChamberTemp", 50.0)
    scans(plant, 3)
    plant.order(plant.batch, "pause")
    plant.until("paused")
    scans(plant, 3)
    plant.order(plant.batch, "resume")
    plant.until("running")
    plant.smokehouse.left = 400
    scans(plant, 5)
    assert len(plant.told("deviation")) == 1
    plant.set("S401.ChamberTemp", 78.0)
    scans(plant, 8)
    assert [d["back"] for d in plant.told("deviation")] == [False, True]
    assert plant.signals()[0] == 0.0


def test_a_released_excursion_is_not_told_again_by_a_pause() -> None:
    plant = Cooking(SLOW)
    scans(plant, 8)
    plant.set("S401.CoreTemp", 50.0)
    plant.until("held")
    plant.sign("release")
    plant.restart()
    plant.until("running")
    scans(plant, 8)
    plant.order(plant.batch, "pause")
    plant.until("paused")
    scans(plant, 5)
    assert plant.now.state == "paused"
    assert len(plant.deviations) == 1


@pytest.mark.parametrize("after", range(18))
def test_a_pause_in_any_scan_leads_to_paused_and_back(after: int) -> None:
    script = Script(unit_procedure("cutter", operation("o", phase("chop"), phase("discharge"))), phase_scans=4)
    plant = script.plant
    script.batch = batch = plant.create()
    scans(plant, after)
    if plant.order(batch, "pause")["status"] == "refused":
        assert plant.find(batch).state == "complete"
        return
    scans(plant, 14)
    assert plant.find(batch).state == "paused", plant.find(batch).held_reason
    plant.order(batch, "resume")
    plant.run("complete", batch)
    assert [r.command for r in plant.requests].count("start") == 2


@pytest.mark.parametrize("after", range(1, 6))
def test_a_parameter_changed_as_its_phase_ends_gets_its_answer(after: int) -> None:
    plant = Plant(phase_scans=6)
    batch = plant.create()
    plant.run_phase("chop", batch)
    scans(plant, after)
    plant.write_works = False
    command = plant.command("batch.parameter", batch, parameter="knife_speed", value=2900.0)
    plant.scan([command])
    scans(plant, 12)
    answers = [e.data["status"] for e in plant.events if e.kind == "command" and e.data["id"] == command.id]
    assert answers == ["accepted", "timed_out"]


def test_a_loop_forgets_what_its_prompts_were_told_in_the_turn_before() -> None:
    # a transition beside the prompt must not go on by the answer of the turn before
    beside = parallel("both", prompt("ready"), wait("after", "@ready == 1"))
    script = Script(unit_procedure("smokehouse", operation("o", repeat("turns", "S401.CoreTemp > 80", 5, beside))))
    script.step("start")
    script.until("ready wait, after wait")
    script.step("reply ready yes")
    for _ in range(4):
        script.plant.scan()
    assert script.leaves() == "ready wait, after wait", "the second turn waits for an answer of its own"


def test_a_recipe_that_only_a_check_refuses_by_now_leaves_its_running_batch_as_any_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("grind", batch)
    before = plant.find(batch)
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    monkeypatch.setattr("recipes.saving.load_recipe", lambda document, model: (None, []))
    plant.stage = RecipeStage(sausage(), {})
    plant.state = plant.stage.restore(saved, plant.now_ns)
    after = plant.find(batch)
    assert after.state == "held"
    assert after.control.nodes == before.control.nodes
    assert after.control.master.equipment == before.control.master.equipment
    scans(plant, 10)
    assert plant.order(batch, "restart")["status"] == "accepted"
    plant.units["G101"].left = 1
    plant.run("complete", batch, 4000)


def gone(saved: JsonObject, key: str, old: str, new: str) -> JsonObject:
    return json.loads(json.dumps(saved).replace(f'"{key}": "{old}"', f'"{key}": "{new}"'))


@pytest.mark.parametrize("word", ["stop", "abort"])
def test_a_batch_at_work_that_the_line_cannot_run_any_more_is_held_and_can_only_be_ended(word: str) -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("grind", batch)
    saved = gone(json.loads(json.dumps(plant.stage.save(plant.state))), "phase", "chop", "gone")
    plant.stage = RecipeStage(sausage(), {})
    plant.state = plant.stage.restore(saved, plant.now_ns)
    scans(plant, 8)
    assert plant.view(batch)["state"] == "held"
    assert plant.units["G101"].state is PhaseState.HELD, "its phase is not left running with nobody to stop it"
    answer = plant.order(batch, "restart")
    assert answer["status"] == "refused"
    assert "изменились" in reasons(answer)
    plant.restart_engine()
    scans(plant, 3)
    assert plant.view(batch)["state"] == "held"
    plant.order(batch, word)
    plant.run("stopped" if word == "stop" else "aborted", batch)
    assert plant.units["G101"].state is PhaseState.IDLE


def test_once_the_line_runs_its_recipe_again_the_batch_goes_on_with_its_values() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create(100.0)
    plant.run_phase("grind", batch)
    before = plant.find(batch)
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    plant.stage = RecipeStage(sausage(), {})
    plant.state = plant.stage.restore(gone(saved, "phase", "chop", "gone"), plant.now_ns)
    scans(plant, 8)
    later = {**plant.stage.save(plant.state), "recipes": saved["recipes"]}
    plant.state = plant.stage.restore(later, plant.now_ns)
    after = plant.find(batch)
    assert (after.control.values(), after.control.units) == (before.control.values(), before.control.units)
    assert after.nodes.keys() == before.nodes.keys()
    scans(plant, 8)
    assert plant.order(batch, "restart")["status"] == "accepted"


def test_a_batch_that_did_not_change_is_not_shown_anew() -> None:
    plant = Plant(phase_scans=60)
    first = plant.create()
    plant.run_phase("grind", first)
    second = plant.create(start=False)
    before = [plant.view(b) for b in (first, second)]
    plant.send("batch.mode", second, mode="semi")
    assert plant.view(first) is before[0]
    assert plant.view(second) is not before[1]
    assert plant.view(second)["mode"] == "semi"
    fresh = RecipeStage(sausage(), {})
    assert fresh.view(plant.state) == plant.stage.view(plant.state)


@pytest.mark.parametrize("kg", [1e308, -1.0, 0.0, float("nan"), float("inf"), True, "5", None])
def test_a_mass_that_no_scale_shows_is_refused_with_and_without_a_reason(kg: Json) -> None:
    plant = Cooking(PROBE)
    for _ in range(2):
        answer = plant.send("batch.lot", plant.batch, "technologist", "взвешено", material="beef", lot="L1", kg=kg)
        assert answer["status"] == "refused"
    assert not plant.now.lots
