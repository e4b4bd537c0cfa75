"""Save and restore: batches come back Held, wait for a person, and go on; no edit of a file reaches them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from line.phases import PhaseState
from recipes.commands import RecipeState
from recipes.stage import RecipeStage
from recipes.states import ProcState
from tests.unit.test_recipe_plant import Plant, doktorskaya, sausage


def restart(plant: Plant) -> None:
    """Through JSON text, as the journal keeps it."""
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    plant.state = plant.stage.restore(saved, plant.now_ns)
    plant.results = []


@pytest.mark.parametrize("scans", [*range(1, 40, 2), 50, 60, 75, 90])
def test_killed_anywhere_it_comes_back_held_and_completes(scans: int) -> None:
    plant = Plant(phase_scans=6)
    batch = plant.create()
    for _ in range(scans):
        plant.scan()
    restart(plant)
    assert plant.view(batch)["state"] == "held"
    for _ in range(12):
        plant.scan()
    assert plant.view(batch)["state"] == "held", "a person decides"
    held = plant.view(batch)["held_reason"]
    assert "перезапущена" in str(held)
    assert not any(u.state in (PhaseState.RUNNING, PhaseState.RESTARTING) for u in plant.units.values()), "the phase is held"
    assert [e.data["to"] for e in plant.batch_events("state")][-1] == "held"
    assert plant.order(batch, "restart")["status"] == "accepted"
    plant.run("complete", batch)
    phases = [h["phase"] for h in plant.view(batch)["history"]]  # type: ignore[union-attr,index]
    assert len(set(phases)) == 13


def test_nothing_is_asked_before_the_image_is_good() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    unit = plant.run_phase("grind", batch)
    restart(plant)
    plant.units[unit].linked = False
    for _ in range(20):
        scan = plant.scan()
        assert not scan.requests
        assert not scan.writes
    plant.units[unit].linked = True
    scan = plant.scan()
    assert [(r.unit, r.command) for r in scan.requests] == [(unit, "hold")]


def test_another_batch_in_the_unit_is_left_alone() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("grind", batch)
    restart(plant)
    plant.set("G101.BatchNo", 0.0)
    for _ in range(10):
        assert not plant.scan().requests
    answer = plant.order(batch, "restart")
    assert answer["status"] == "refused"
    plant.order(batch, "stop")
    plant.run("stopped", batch)
    assert plant.units["G101"].state is PhaseState.RUNNING


def test_an_idle_batch_stays_idle_and_numbers_go_on() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    restart(plant)
    assert plant.view(batch)["state"] == "idle"
    assert plant.create() == "B1002"
    plant.order(batch, "start")
    plant.run("complete", batch)


def test_stopping_goes_on_after_a_restart() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("chop", batch)
    plant.order(batch, "stop")
    restart(plant)
    plant.run("stopped", batch)
    assert plant.units["C201"].state is PhaseState.IDLE


def test_values_units_and_history_survive() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create(100.0)
    plant.run_phase("weigh", batch)
    plant.send("batch.parameter", batch, parameter="cook_temp", value=79.0)
    before = plant.state.active[0]
    restart(plant)
    after = plant.state.active[0]
    assert after.control == before.control
    assert after.history == before.history
    assert after.state is ProcState.HELD


def test_an_edited_recipe_does_not_reach_a_batch_under_way() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("weigh", batch)
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    edited = replace(doktorskaya(), fingerprint="other", version="2.0")
    plant.stage = RecipeStage(sausage(), {"doktorskaya": edited})
    plant.state = plant.stage.restore(saved, plant.now_ns)
    assert plant.state.active[0].control.master.version == "1.0"
    for _ in range(8):
        plant.scan()
    plant.order(batch, "restart")
    plant.run("running", batch)


def test_a_recipe_that_fits_the_line_no_more_leaves_the_batch_held_to_be_ended_and_keeps_its_record() -> None:
    plant = Plant(phase_scans=60)
    batch = plant.create()
    plant.run_phase("weigh", batch)
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    source = next(iter(saved["recipes"].values()))
    source["procedure"][0]["operations"][0]["phases"][0]["phase"] = "gone"
    plant.stage = RecipeStage(sausage(), {})
    plant.state = plant.stage.restore(saved, plant.now_ns)
    plant.scan()
    view = plant.view(batch)
    assert view["state"] == "held"
    assert view["history"]
    assert "Рецепт или линия" in str(view["held_reason"])
    assert plant.order(batch, "restart")["status"] == "refused"
    plant.order(batch, "stop")
    plant.run("stopped", batch)
    assert plant.view(batch)["history"]


def test_a_batch_between_two_phases_that_fits_the_line_no_more_is_given_up() -> None:
    plant = Plant(phase_scans=60)
    plant.units["G101"].mode = "manual"
    batch = plant.create()
    plant.scan()
    saved = json.loads(json.dumps(plant.stage.save(plant.state)))
    source = next(iter(saved["recipes"].values()))
    source["procedure"][0]["operations"][0]["phases"][0]["phase"] = "gone"
    plant.stage = RecipeStage(sausage(), {})
    plant.state = plant.stage.restore(saved, plant.now_ns)
    plant.scan()
    assert plant.view(batch)["state"] == "aborted"
    assert "рецепт или линия" in str(plant.view(batch)["held_reason"])


def test_ended_batches_are_still_shown() -> None:
    plant = Plant()
    batch = plant.create(start=False)
    plant.order(batch, "abort")
    restart(plant)
    assert plant.view(batch)["state"] == "aborted"


@pytest.mark.parametrize("saved", [{"active": 5}, {"next_number": "x"}, {"active": [{"id": "B1"}]}])
def test_damaged_state_is_said(saved: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="saved batches"):
        RecipeStage(sausage(), {}).restore(json.loads(json.dumps(saved)), 0)


def test_the_empty_state_restores_to_itself() -> None:
    stage = RecipeStage(sausage(), {})
    assert stage.restore(stage.save(stage.initial()), 0) == RecipeState()
    assert stage.restore({}, 0) == RecipeState()
