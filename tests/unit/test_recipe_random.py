"""Any interleaving of people, PLCs, links and restarts: the plant checks the invariants, and in the end every batch ends."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recipes.states import BATCH_COMMANDS
from tests.unit.test_recipe_plant import LIVE_VALUES, Plant

UNITS = ["R101", "G101", "C201", "F301", "S401"]
unit = st.sampled_from(UNITS)
batch = st.integers(0, 2)

action = st.one_of(
    st.tuples(st.just("scan"), st.integers(1, 12)),
    st.tuples(st.just("order"), batch, st.sampled_from(BATCH_COMMANDS)),
    st.tuples(st.just("parameter"), batch, st.sampled_from(["charge_mass", "grind_feed", "ice_mass", "portion", "cook_core"]),
              st.floats(-50, 4000)),
    st.tuples(st.just("plc"), unit, st.sampled_from(["hold", "restart", "stop", "abort", "reset", "done"])),
    st.tuples(st.just("answer"), unit, st.sampled_from(["accept", "refuse", "timeout", "deaf"])),
    st.tuples(st.just("delay"), unit, st.integers(0, 4)),
    st.tuples(st.just("link"), unit, st.booleans()),
    st.tuples(st.just("mode"), unit, st.sampled_from(["auto", "manual"])),
    st.tuples(st.just("value"), st.sampled_from(["C201.BatterTemp", "R101.SP_Mass", "G101.SP_Feed"]), st.floats(0, 60),
              st.booleans()),
    st.tuples(st.just("restore")),
)  # fmt: skip


def act(plant: Plant, batches: list[str], step: tuple[object, ...]) -> None:
    match step:
        case ("scan", int(count)):
            for _ in range(count):
                plant.scan()
        case ("order", int(i), str(word)):
            plant.order(batches[i], word)
        case ("parameter", int(i), str(name), float(value)):
            plant.send("batch.parameter", batches[i], parameter=name, value=value)
        case ("plc", str(u), str(word)):
            plant.units[u].force(word)
        case ("answer", str(u), str(how)):
            plant.units[u].answer = how
        case ("delay", str(u), int(count)):
            plant.units[u].delay = count
        case ("link", str(u), bool(up)):
            plant.units[u].linked = up
        case ("mode", str(u), str(mode)):
            plant.units[u].mode = mode
        case ("value", str(name), float(value), bool(good)):
            plant.set(name, value, good=good)
        case ("restore",):
            plant.restart_engine()
        case _:
            raise AssertionError(step)


def repair(plant: Plant) -> None:
    """All is well again."""
    for u in plant.units.values():
        u.answer, u.delay, u.linked, u.mode = "accept", 0, True, "auto"
    for name, value in LIVE_VALUES.items():
        plant.set(name, value)
    for name in ("R101.SP_Mass", "G101.SP_Feed"):
        plant.set(name, plant.get(name))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(action, min_size=3, max_size=30), st.sampled_from(["stop", "abort", "restart"]))
def test_whatever_happens_the_invariants_hold_and_every_batch_ends(steps: list[tuple[object, ...]], ending: str) -> None:
    plant = Plant(phase_scans=3)
    batches = [plant.create(140.0), plant.create(100.0), plant.create(70.0, start=False)]
    for step in steps:
        act(plant, batches, step)
    repair(plant)
    for round_ in range(200):
        if not plant.state.active:
            break
        for name in [b.id for b in plant.state.active]:
            word = ending if round_ < 150 else "abort"
            view = plant.view(name)
            if word != "restart" or view["state"] == "held":
                plant.order(name, word)
            elif view["state"] == "idle":
                plant.order(name, "start")
        for _ in range(8):
            plant.scan()
    assert not plant.state.active, [(b.id, b.state, b.leaves) for b in plant.state.active]
    ends = {str(plant.view(b)["state"]) for b in batches}
    assert ends <= {"complete", "stopped", "aborted"}
    for u in plant.units.values():
        u.left = 0
    for _ in range(40):
        plant.scan()
    scan = plant.scan()
    assert not scan.requests
    assert not scan.writes


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(70, 160)), min_size=2, max_size=3))
def test_same_inputs_same_outputs(sizes: list[tuple[int, int]]) -> None:
    plants = [Plant(phase_scans=2), Plant(phase_scans=2)]
    for plant in plants:
        for scans, size in sizes:
            plant.create(float(size))
            for _ in range(scans):
                plant.scan()
        for _ in range(60):
            plant.scan()
    first, second = plants
    assert first.events == second.events
    assert first.requests == second.requests
    assert first.stage.save(first.state) == second.stage.save(second.state)
