"""Critical limits and policies of watches: what is held and when, what never passes, what the tags and the journal say."""

from __future__ import annotations

import pytest

from line.phases import PhaseState
from tests.builders import S
from tests.unit.ccp_kit import CHAMBER, END, PROBE, Cooking
from tests.unit.test_recipe_plant import reasons

PROCESS_PROBE = PROBE.replace("ccp: true, ", "")
PROCESS_END = '{tag: "{u}.Humidity", lo: 40, when: end, on: ON, name: {ru: Влажность в конце, en: Humidity at the end}}'
LIMIT = '{tag: "{u}.CoreTemp", hi: 80, for_s: 3, ccp: true, name: {ru: Ядро, en: Core}}'


# A critical limit holds in the scan


def test_a_broken_probe_at_a_ccp_holds_the_batch_in_the_very_scan() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    scan = plant.scan()
    assert plant.now.state == "holding"
    assert [(r.unit, r.command) for r in scan.requests] == [("S401", "hold")], "the PLC is asked in the same scan"
    what = [e.data["what"] for e in scan.events if e.kind == "batch"]
    assert what[:2] == ["deviation", "product"]
    assert {"state", "request"} <= set(what)
    assert plant.now.product == "on_hold"
    (deviation,) = plant.deviations
    assert (deviation.number, deviation.kind, deviation.quality, deviation.value) == (1, "ccp", "BadSensorFailure", None)
    assert (deviation.node, deviation.unit) == ("smokehouse.cooking.cook", "S401")
    plant.until("held")
    assert "ККТ: Датчик в батоне: нет достоверного значения" in reasons(plant.view(plant.batch)["held_reason"])


def test_the_same_probe_without_a_ccp_has_two_seconds() -> None:
    plant = Cooking(PROCESS_PROBE)
    plant.break_probe()
    plant.scan()
    plant.scan()
    assert plant.now.state == "running"
    plant.scan()
    assert plant.now.state == "holding"
    assert plant.now.product == "free"
    assert plant.deviations[0].kind == "process"


def test_a_critical_limit_gives_its_value_the_time_of_the_recipe_and_its_quality_none() -> None:
    plant = Cooking(LIMIT)
    plant.set("S401.CoreTemp", 81.0)
    for _ in range(3):
        plant.scan()
    assert plant.now.state == "running", "for_s is 3 s"
    plant.scan()
    assert plant.now.state == "holding"
    assert plant.told("deviation")[0]["value"] == 81.0


def test_a_probe_that_is_good_again_in_the_next_scan_was_broken_all_the_same() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.scan()
    plant.heal_probe()
    plant.until("held")
    assert plant.now.product == "on_hold"
    assert "подписать решение" in reasons(plant.restart()["reasons"])


def test_a_pause_is_no_way_around_a_critical_limit() -> None:
    plant = Cooking(PROBE, CHAMBER, on="hold")
    assert plant.order(plant.batch, "pause")["status"] == "accepted"
    plant.until("paused")
    plant.set("S401.ChamberTemp", 50.0)
    plant.set("S401.SP_Temp", 70.0)
    for _ in range(10):
        plant.scan()
    assert plant.now.state == "paused", "what is no critical limit waits for the phase to go on"
    plant.break_probe()
    plant.scan()
    assert plant.now.state == "holding"
    assert plant.now.product == "on_hold"
    plant.until("held")
    assert plant.smokehouse.state is PhaseState.HELD


def test_the_plc_that_holds_first_changes_nothing_about_the_product() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.smokehouse.force("hold")
    plant.until("held")
    assert plant.now.product == "on_hold"
    assert [d.kind for d in plant.deviations] == ["ccp"]


# The end verdict


def test_a_critical_verdict_never_waits_for_quality_and_never_passes_without() -> None:
    plant = Cooking(END)
    plant.break_probe()
    plant.finish()
    assert plant.smokehouse.state is PhaseState.COMPLETE
    plant.until("held")
    assert plant.now.product == "on_hold"
    assert [(v["passed"], v["value"], v["quality"]) for v in plant.told("verdict")] == [(False, None, "BadSensorFailure")]
    assert not [e for e in plant.told("step") if e["status"] == "complete"]


def test_a_critical_verdict_that_fails_waits_for_a_person() -> None:
    plant = Cooking(END)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    held = reasons(plant.view(plant.batch)["held_reason"])
    assert "Ядро в конце 70,0 °C, нужно не меньше 71,5" in held
    assert "повторит фазу" not in held
    plant.set("S401.CoreTemp", 74.0)
    assert plant.restart()["status"] == "refused", "a value that is fine by now does not decide"


def test_a_critical_verdict_that_passes_is_in_the_record() -> None:
    plant = Cooking(END)
    plant.finish()
    assert [(v["passed"], v["ccp"], v["value"], v["released"]) for v in plant.told("verdict")] == [(True, True, 72.4, None)]
    assert plant.now.product == "free"
    plant.again("shower")


def test_released_the_verdict_is_decided_not_passed_and_the_batch_goes_on() -> None:
    plant = Cooking(END)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    assert plant.sign("release")["status"] == "accepted"
    assert plant.now.state == "held", "a person restarts"
    assert plant.restart()["status"] == "accepted"
    plant.again("shower")
    last = plant.told("verdict")[-1]
    assert (last["passed"], last["released"], last["value"]) == (False, 1, 70.0)
    assert plant.now.product == "released"


def test_released_with_a_probe_that_is_still_broken_the_verdict_is_decided_by_the_signer() -> None:
    plant = Cooking(END)
    plant.break_probe()
    plant.finish()
    plant.until("held")
    plant.sign("release")
    assert plant.restart()["status"] == "accepted"
    plant.again("shower")
    assert [v["passed"] for v in plant.told("verdict")] == [False, False]


def test_reworked_the_phase_is_repeated_even_if_the_value_is_fine_by_now() -> None:
    plant = Cooking(END)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    plant.sign("rework")
    plant.heal_probe(74.0)
    assert plant.restart()["status"] == "accepted"
    plant.again("cook")
    assert [r.command for r in plant.requests[-2:]] == ["reset", "start"]
    assert plant.now.product == "reworked"
    plant.finish()
    plant.again("shower")


def test_a_release_does_not_count_for_the_next_turn_of_the_phase() -> None:
    both = END.replace("Ядро в конце", "Ядро опять").replace("at the end", "again").replace("$core-0.5", "$core-1")
    plant = Cooking(END, both)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    assert [d.number for d in plant.deviations] == [1, 2]
    plant.sign("release", 1)
    plant.sign("rework", 2)
    plant.restart()
    plant.again("cook")
    plant.finish()
    plant.until("held")
    assert [d.number for d in plant.deviations if d.awaits] == [3, 4], "both are judged anew"


def test_a_phase_held_at_a_ccp_is_stopped_and_begun_anew_by_rework() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    assert plant.smokehouse.state is PhaseState.HELD
    plant.sign("rework")
    assert "нет достоверного значения" in reasons(plant.restart()["reasons"]), "not before the probe is Good"
    plant.heal_probe()
    assert plant.restart()["status"] == "accepted"
    plant.again("cook")
    assert [r.command for r in plant.requests if r.unit == "S401"] == ["start", "hold", "stop", "reset", "start"]
    assert [h.phase for h in plant.now.history] == ["cook", "cook"]


def test_a_phase_held_at_a_ccp_goes_on_where_it_was_when_released() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    plant.sign("release")
    plant.heal_probe()
    assert plant.restart()["status"] == "accepted"
    plant.again("cook")
    assert [r.command for r in plant.requests if r.unit == "S401"] == ["start", "hold", "restart"]


def test_a_released_excursion_goes_on_until_it_was_back_but_its_quality_is_watched() -> None:
    plant = Cooking(LIMIT)
    plant.set("S401.CoreTemp", 81.0)
    plant.until("held")
    plant.sign("release")
    assert plant.restart()["status"] == "accepted", "the signer accepts the value as it is"
    plant.again("cook")
    for _ in range(20):
        plant.scan()
    assert plant.now.state == "running"
    plant.break_probe()
    plant.scan()
    assert plant.now.state == "holding"
    assert [d.number for d in plant.deviations if d.awaits] == [2]


def test_a_released_excursion_that_was_back_is_a_new_one_the_next_time() -> None:
    plant = Cooking(LIMIT)
    plant.set("S401.CoreTemp", 81.0)
    plant.until("held")
    plant.sign("release")
    plant.restart()
    plant.again("cook")
    plant.set("S401.CoreTemp", 72.0)
    for _ in range(8):
        plant.scan()
    assert plant.told("deviation")[-1]["back"] is True
    plant.set("S401.CoreTemp", 81.0)
    plant.until("held")
    assert [d.number for d in plant.deviations if d.awaits] == [2]


# Policies


def test_alarm_tells_once_and_again_when_it_is_back_and_holds_nothing() -> None:
    plant = Cooking(CHAMBER, on="alarm")
    plant.set("S401.ChamberTemp", 50.0)
    for _ in range(60):
        plant.scan()
    assert plant.now.state == "running"
    (told,) = plant.told("deviation")
    assert (told["number"], told["kind"], told["on"], told["back"], told["value"], told["lo"]) == (
        1, "process", "alarm", False, 50.0, 60.0,
    )  # fmt: skip
    assert plant.signals() == (1.0, 0.0)
    plant.set("S401.ChamberTemp", 78.0)
    plant.scan()
    assert len(plant.told("deviation")) == 1, "not before it has been back for 5 s"
    for _ in range(6):
        plant.scan()
    back = plant.told("deviation")[1]
    assert (back["number"], back["back"], back["value"]) == (1, True, 78.0)
    assert plant.signals() == (0.0, 0.0)
    (deviation,) = plant.deviations
    assert deviation.ended_ns is not None
    plant.set("S401.ChamberTemp", 50.0)
    for _ in range(6):
        plant.scan()
    assert [t["number"] for t in plant.told("deviation")] == [1, 1, 2], "a new excursion has a number of its own"


def test_what_only_alarms_does_not_stand_against_a_restart() -> None:
    plant = Cooking(CHAMBER, on="alarm")
    plant.order(plant.batch, "hold")
    plant.until("held")
    plant.set("S401.ChamberTemp", 50.0)
    assert plant.restart()["status"] == "accepted"
    plant.again("cook")


def test_noise_at_the_limit_is_one_deviation() -> None:
    plant = Cooking(CHAMBER.replace("for_s: 2, ", ""), on="alarm")
    for k in range(100):
        plant.set("S401.ChamberTemp", 60.0 + (-0.1 if k % 3 else 0.1))
        plant.scan()
    assert len(plant.told("deviation")) == 1


def test_alarm_without_quality_is_told_after_two_seconds() -> None:
    plant = Cooking(CHAMBER, on="alarm")
    plant.set("S401.ChamberTemp", 78.0, good=False)
    for _ in range(5):
        plant.scan()
    (told,) = plant.told("deviation")
    assert (told["value"], told["quality"]) == (None, "BadSensorFailure")
    assert plant.now.state == "running"


def test_hold_holds_everything_the_batch_does() -> None:
    plant = Cooking(CHAMBER, on="hold", beside=True)
    plant.set("S401.ChamberTemp", 50.0)
    plant.until("held")
    assert {u: plant.units[u].state for u in ("S401", "C201")} == {"S401": PhaseState.HELD, "C201": PhaseState.HELD}


def test_hold_operation_leaves_the_rest_of_the_batch_alone() -> None:
    plant = Cooking(CHAMBER, on="hold_operation", beside=True)
    plant.set("S401.ChamberTemp", 50.0)
    for _ in range(8):
        plant.scan()
    assert plant.now.state == "running"
    assert {u: plant.units[u].state for u in ("S401", "C201")} == {"S401": PhaseState.HELD, "C201": PhaseState.RUNNING}
    assert plant.signals() == (1.0, 0.0)
    plant.set("S401.ChamberTemp", 78.0)
    answer = plant.send("batch.command", plant.batch, command="restart", node="both.b0.smokehouse.cooking")
    assert answer["status"] == "accepted", answer
    plant.again("cook")
    plant.scan()
    assert plant.signals() == (0.0, 0.0), "over with the restart"


def test_a_ccp_holds_everything() -> None:
    plant = Cooking(PROBE, beside=True)
    plant.break_probe()
    plant.until("held")
    assert plant.units["C201"].state is PhaseState.HELD


def test_the_strictest_of_several_violated_watches_decides_and_all_are_told() -> None:
    plant = Cooking(CHAMBER, PROBE, on="alarm")
    plant.set("S401.ChamberTemp", 50.0)
    plant.scan()
    plant.scan()
    plant.break_probe()
    plant.scan()
    assert [(d.number, d.kind) for d in plant.deviations] == [(1, "process"), (2, "ccp")]
    assert plant.now.state == "holding"


@pytest.mark.parametrize(("on", "state"), [("alarm", "running"), ("hold", "held"), ("hold_operation", "held")])
def test_a_verdict_that_is_no_ccp_holds_by_its_policy(on: str, state: str) -> None:
    plant = Cooking(PROCESS_END, on=on)
    plant.set("S401.Humidity", 30.0)
    plant.finish()
    for _ in range(6):
        plant.scan()
    assert plant.now.state == state
    assert plant.told("verdict")[0]["passed"] is False
    if on == "alarm":
        plant.again("shower")
    else:
        assert "«Продолжить» повторит фазу" in reasons(plant.view(plant.batch)["held_reason"])
        plant.set("S401.Humidity", 60.0)
        plant.restart()
        plant.again("shower")


def test_a_process_verdict_waits_two_seconds_for_quality() -> None:
    plant = Cooking(PROCESS_END, on="hold")
    plant.set("S401.Humidity", 60.0, good=False)
    plant.finish()
    assert plant.now.state == "running"
    plant.set("S401.Humidity", 60.0)
    plant.again("shower")
    assert [v["passed"] for v in plant.told("verdict")] == [True]


# Tags


def test_the_tags_say_what_stands_and_what_waits() -> None:
    plant = Cooking(PROBE)
    assert plant.signals() == (0.0, 0.0)
    plant.break_probe()
    plant.scan()
    assert plant.signals() == (0.0, 1.0), "one cause, one alarm"
    plant.until("held")
    plant.sign("release")
    assert plant.signals() == (0.0, 0.0)


def test_a_process_deviation_stands_until_its_phase_is_at_work_again() -> None:
    plant = Cooking(PROCESS_PROBE)
    plant.break_probe()
    plant.until("held")
    assert plant.signals() == (1.0, 0.0)
    plant.heal_probe()
    plant.scan()
    assert plant.signals() == (1.0, 0.0)
    plant.restart()
    plant.again("cook")
    plant.scan()
    assert plant.signals() == (0.0, 0.0)


def test_published_when_it_changes_and_after_a_restart_of_the_engine() -> None:
    plant = Cooking(PROBE)
    tags = 2 * len(plant.model.units)
    assert plant.scan().published == []
    plant.break_probe()
    assert [sum(v for _, v, _ in plant.scan().published) for _ in range(3)] == [1.0, 0, 0]
    plant.restart_engine()
    published = plant.scan().published
    assert (len(published), sum(v for _, v, _ in published)) == (tags, 1.0)


def test_other_units_are_not_touched() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.scan()
    names = [t.name for t in plant.model.tags if t.name.startswith("Recipe.") and plant.get(t.name) == 1.0]
    assert names == ["Recipe.S401.CcpHold"]


# Recovery


def test_a_product_on_hold_is_on_hold_after_a_restart_of_the_engine() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    before = plant.now
    plant.restart_engine()
    assert (plant.now.product, plant.now.deviations) == (before.product, before.deviations)
    plant.heal_probe()
    plant.scan()
    assert "подписать решение" in reasons(plant.restart()["reasons"])
    plant.sign("release")
    plant.restart_engine()
    plant.scan()
    assert plant.now.product == "released"
    assert plant.restart()["status"] == "accepted"
    plant.again("cook")


@pytest.mark.parametrize("after", range(6))
def test_killed_at_any_scan_after_a_broken_probe_nothing_is_forgotten(after: int) -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    for _ in range(1 + after):
        plant.scan()
    plant.restart_engine()
    for _ in range(10):
        plant.scan()
    assert plant.now.state == "held"
    assert plant.now.product == "on_hold"
    assert [d.number for d in plant.deviations] == [1]
    assert plant.signals() == (0.0, 1.0)


def test_a_rework_decided_before_the_engine_was_killed_is_still_done() -> None:
    plant = Cooking(END)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    plant.sign("rework")
    plant.restart_engine()
    plant.heal_probe(74.0)
    plant.scan()
    plant.restart()
    plant.again("cook")


def test_a_clock_that_is_set_back_delays_no_critical_limit() -> None:
    plant = Cooking(LIMIT)
    plant.set("S401.CoreTemp", 81.0)
    plant.scan()
    plant.scan(step_ns=-3600 * S)
    assert plant.now.state == "holding"
