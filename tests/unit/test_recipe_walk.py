"""Titled scripts of the walk: every kind of block and leaf, what follows what, and what a hold in the middle does."""

from __future__ import annotations

from typing import Any

import pytest

from line.documents import Text
from line.jsontools import objects
from line.phases import PhaseState
from recipes.model import Operand, PromptKind
from tests.builders import S
from tests.unit.recipe_kit import (
    Part,
    Script,
    choose,
    keep,
    operation,
    parallel,
    phase,
    prompt,
    recipe,
    repeat,
    unit_procedure,
    wait,
)
from tests.unit.test_recipe_plant import Plant, reasons

G = unit_procedure("grinder", operation("grinding", phase("grind")))
R = unit_procedure("reception", operation("weighing", phase("weigh")))

CHOICES = (Text(ru="а", en="a"), Text(ru="б", en="b"))


def data(script: Script, what: str, *keys: str) -> list[tuple[Any, ...]]:
    """These keys of the batch's events of a family."""
    return [tuple(e.data[k] for k in keys) for e in script.events(what)]


def test_a_sequence_goes_from_phase_to_phase_and_gives_each_unit_back() -> None:
    s = Script(R, G)
    s.run("""
        start | R101 start | idle>running * reception weighing weigh | weigh start
        -     | - | - | weigh run
        -     | - | - | weigh run
        -     | R101 reset | - | weigh reset
        -     | - | running>complete weigh weighing reception, idle>running grinder grinding grind | grind acquire
        -     | G101 start | - | grind start
        -     | - | - | grind run
        -     | - | - | grind run
        -     | G101 reset | - | grind reset
        -     | - | running>complete grind grinding grinder * | -
    """)  # fmt: skip
    assert data(s, "acquire", "unit", "role") == [("R101", "reception"), ("G101", "grinder")]
    assert data(s, "release", "unit", "role") == [("R101", "reception"), ("G101", "grinder")]
    asked = data(s, "request", "node", "unit", "command")
    assert asked[0] == ("reception.weighing.weigh", "R101", "start")
    assert len(asked) == 4


def test_parallel_branches_run_at_once_and_join() -> None:
    s = Script(parallel("both", R, G), unit_procedure("chiller", operation("chilling", phase("chill"))))
    s.step("start")
    assert s.leaves() == "weigh start, grind start"
    assert [r.unit for r in s.plant.requests] == ["R101", "G101"]
    s.plant.units["G101"].left = 6
    s.until("grind run")
    assert s.plant.view(s.batch)["state"] == "running"
    s.until("chill run")


def test_a_branch_held_by_itself_holds_its_parents_only_when_nothing_else_runs() -> None:
    s = Script(parallel("both", R, G), phase_scans=8)
    s.step("start")
    s.until("weigh run, grind run")
    s.run("""
        hold both.b1.reception | R101 hold | running>holding weigh weighing reception b1 | weigh hold, grind run
        - | - | - | weigh hold, grind run
        - | - | - | weigh hold, grind run
        - | - | holding>held weigh weighing reception b1 | weigh park, grind run
    """)  # fmt: skip
    assert s.plant.view(s.batch)["state"] == "running"
    s.until("weigh park")
    assert s.plant.view(s.batch)["state"] == "held", "everything below it is held"
    assert s.step("restart both.b1.reception")[0] == "R101 restart"
    s.plant.run("complete", s.batch)


def test_a_hold_of_the_batch_holds_every_branch() -> None:
    s = Script(parallel("both", R, G), phase_scans=8)
    s.step("start")
    s.until("weigh run, grind run")
    assert s.step("hold")[0] == "R101 hold, G101 hold"
    s.plant.run("held", s.batch)
    assert {s.plant.units[u].state for u in ("R101", "G101")} == {PhaseState.HELD}
    s.step("restart")
    s.plant.run("complete", s.batch)


def test_what_the_plc_does_to_one_branch_holds_the_batch() -> None:
    s = Script(parallel("both", R, G), phase_scans=12)
    s.step("start")
    s.until("weigh run, grind run")
    s.step("R101 hold")
    s.plant.run("held", s.batch)
    assert s.plant.units["G101"].state is PhaseState.HELD
    assert "the PLC held the phase" in reasons(s.plant.view(s.batch)["held_reason"])


def test_branches_that_need_the_same_unit_take_turns() -> None:
    branches = (
        unit_procedure("grinder", operation("one", phase("grind"))),
        unit_procedure("grinder2", operation("two", phase("grind"))),
    )
    master = recipe(parallel("both", *branches))
    from dataclasses import replace

    equipment = {**master.equipment, "grinder2": replace(master.equipment["grinder"], role="grinder2")}
    plant = Plant({"test": replace(master, equipment=equipment)}, phase_scans=2)
    s = Script(plant=plant)
    s.step("start")
    assert s.leaves() == "grind start, grind acquire"
    assert "занята" in str(plant.view(s.batch)["waiting"]) or "№1001" in str(plant.view(s.batch)["waiting"])
    s.plant.run("complete", s.batch)
    assert [r.unit for r in plant.requests if r.command == "start"] == ["G101", "G101"]


def test_a_choice_waits_until_its_first_condition_can_be_judged() -> None:
    s = Script(choose("way", ("G101.Current > 50", R), ("", G)))
    s.run("""
        G101.Current bad, start | - | idle>running * way | way wait
        -               | - | - | way wait
        G101.Current 10 | - | idle>running b2 grinder grinding grind | grind acquire
        -               | G101 start | - | grind start
    """)  # fmt: skip
    assert data(s, "choice", "node", "branch", "condition") == [("way", "way.b2", "")]
    s.plant.run("complete", s.batch)
    assert s.plant.find(s.batch).nodes.keys() == {
        "way",
        "way.b2",
        "way.b2.grinder",
        "way.b2.grinder.grinding",
        "way.b2.grinder.grinding.grind",
    }


def test_the_first_true_branch_is_taken_also_when_more_are_true() -> None:
    s = Script(choose("way", ("G101.Current > 50", R), ("G101.Current > 40", G)))
    s.step("G101.Current 60, start")
    s.plant.run("complete", s.batch)
    assert data(s, "choice", "branch", "condition") == [("way.b1", "G101.Current > 50")]


def test_without_an_else_a_choice_waits_until_a_condition_holds() -> None:
    s = Script(choose("way", ("G101.Current > 50", R), ("G101.Current < 10", G)))
    s.step("G101.Current 30, start")
    s.step("20 scans")
    assert s.leaves() == "way wait"
    s.step("G101.Current 5")
    s.plant.run("complete", s.batch)
    assert data(s, "choice", "branch") == [("way.b2",)]


def test_a_unit_taken_ahead_for_a_branch_that_is_passed_over_is_given_back() -> None:
    ahead = unit_procedure("reception", operation("weighing", phase("weigh", acquire=["grinder"])))
    chill = unit_procedure("chiller", operation("chilling", phase("chill")))
    s = Script(ahead, choose("way", ("G101.Current > 50", G), ("", chill)))
    s.step("G101.Current 10, start")
    assert s.plant.find(s.batch).control.units == {"reception": "R101", "grinder": "G101"}
    s.until("chill acquire")
    assert s.plant.find(s.batch).control.units == {}
    s.plant.run("complete", s.batch)


ROUNDS = unit_procedure("grinder", operation("grinding", repeat("rounds", "G101.Current > 50", 2, phase("grind"))))


def test_a_loop_repeats_until_its_condition_holds() -> None:
    s = Script(ROUNDS)
    s.step("G101.Current 10, start")
    s.until("rounds wait")
    s.until("grind run")
    s.step("G101.Current 60")
    s.plant.run("complete", s.batch)
    assert data(s, "loop", "count", "at_most") == [(1, 2), (2, 2)]
    run = s.plant.find(s.batch).nodes["grinder.grinding.rounds.grind"]
    assert (run.count, run.state) == (2, "complete")
    assert [h["phase"] for h in s.plant.view(s.batch)["history"]] == ["grind", "grind"]  # type: ignore[union-attr,index]


def test_a_loop_at_its_bound_is_held_and_goes_on_only_once_its_condition_holds() -> None:
    s = Script(ROUNDS)
    s.step("G101.Current 10, start")
    s.plant.run("held", s.batch)
    assert s.leaves() == "rounds park"
    assert "was done 2 times" in reasons(s.plant.view(s.batch)["held_reason"])
    assert s.step("restart")[1] == "refused"
    assert "2 times" in reasons(s.plant.events[-1].data["reasons"])
    s.step("G101.Current 60")
    s.step("restart")
    s.plant.run("complete", s.batch)
    assert [r.command for r in s.plant.requests].count("start") == 2


def test_a_loop_in_a_loop_counts_anew() -> None:
    inner = repeat("inner", "G101.Current > 20", 3, phase("grind"))
    s = Script(unit_procedure("grinder", operation("grinding", repeat("outer", "G101.Current > 50", 2, inner))))
    s.step("G101.Current 30, start")
    s.plant.run("held", s.batch)
    counts = [(str(e.data["node"]).rsplit(".", 1)[-1], e.data["count"]) for e in s.events("loop")]
    assert counts == [("outer", 1), ("inner", 1), ("outer", 2), ("inner", 1)]


def test_a_transition_waits_for_its_condition_in_good_quality() -> None:
    s = Script(wait("cold", "G101.MeatTemp < 5"), G)
    s.run("""
        G101.MeatTemp 3, G101.MeatTemp bad, start | - | idle>running * cold | cold wait
        3 scans         | - | - | cold wait
        G101.MeatTemp 3 | - | running>complete cold, idle>running grinder grinding grind | grind acquire
    """)  # fmt: skip
    assert data(s, "transition", "node", "condition") == [("cold", "G101.MeatTemp < 5")]


def test_a_transition_says_what_it_waits_for_and_why_it_cannot_be_judged() -> None:
    s = Script(wait("cold", "G101.MeatTemp < 5"))
    s.step("G101.MeatTemp 3, G101.MeatTemp bad, start")
    s.step("-")
    assert s.plant.view(s.batch)["waiting"] == {
        "ru": "ждёт: cold (нет достоверного значения G101.MeatTemp)", "en": "waits for: cold (G101.MeatTemp is not Good)",
    }  # fmt: skip


def test_a_transition_that_does_not_come_in_time_holds_the_batch_and_gets_its_time_again() -> None:
    s = Script(wait("cold", "G101.MeatTemp < 5", within_s=10), G)
    s.step("G101.MeatTemp 20, start")
    s.run("""
        8 scans | - | - | cold wait
        -       | - | running>holding cold *, holding>held cold * | cold park
        restart | - | held>restarting cold *, restarting>running cold * | cold wait
        5 scans | - | - | cold wait
        G101.MeatTemp 1 | - | running>complete cold, idle>running grinder grinding grind | grind acquire
    """)  # fmt: skip
    assert "Not fulfilled within 10 s" in str(s.events("state"))


def test_a_hold_timer_starts_when_the_condition_is_reached_and_counts_only_while_it_holds() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 10))
    s.step("S401.CoreTemp 70, start")
    s.step("30 scans")
    s.step("S401.CoreTemp 73")
    s.step("3 scans")
    s.step("S401.CoreTemp bad")
    s.step("30 scans")
    s.step("S401.CoreTemp 73")
    s.step("2 scans")
    s.step("S401.CoreTemp 71.9")
    s.step("30 scans")
    s.step("S401.CoreTemp 72.0")
    assert data(s, "timer", "status", "counted_s") == [
        ("started", 0.0), ("stopped", 5.0), ("started", 5.0), ("stopped", 9.0), ("started", 9.0),
    ]  # fmt: skip
    assert s.step("-")[1] == "running>complete hot *"
    assert data(s, "timer", "status", "counted_s")[-1] == ("done", 10.0)


def test_a_hold_timer_that_begins_anew_forgets_what_it_counted() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 6, anew=True))
    s.step("S401.CoreTemp 73, start")
    s.step("3 scans")
    s.step("S401.CoreTemp 70")
    s.step("S401.CoreTemp 73")
    s.step("4 scans")
    assert s.leaves() == "hot wait"
    s.step("-")
    s.plant.run("complete", s.batch, 2)
    assert data(s, "timer", "status", "counted_s") == [("started", 0.0), ("stopped", 5.0), ("started", 0.0), ("done", 6.0)]


@pytest.mark.parametrize("word", ["hold", "pause"])
def test_a_hold_timer_stands_while_its_batch_does(word: str) -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 6))
    s.step("S401.CoreTemp 73, start")
    s.step("2 scans")
    s.step(word)
    s.step("30 scans")
    s.step("restart" if word == "hold" else "resume")
    s.step("-")
    assert s.leaves() == "hot wait"
    s.step("-")
    s.plant.run("complete", s.batch, 2)
    assert data(s, "timer", "counted_s")[-1] == (6.0,)


def test_neither_a_clock_set_forward_nor_an_engine_that_stood_fills_a_hold_timer() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 600))
    s.step("S401.CoreTemp 73, start")
    s.step("20 scans")
    s.plant.scan(step_ns=3600 * S)
    s.plant.scan()
    active = s.plant.view(s.batch)["active"]
    assert active[0]["counted_s"] <= 36.0  # type: ignore[index,call-overload,operator]
    s.plant.scan(step_ns=-3600 * S)
    s.plant.scan()
    assert s.plant.view(s.batch)["active"][0]["counted_s"] <= 37.0  # type: ignore[index,call-overload,operator]
    assert s.leaves() == "hot wait"


def test_a_hold_timer_survives_a_kill_but_for_its_last_seconds() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 60))
    s.step("S401.CoreTemp 73, start")
    s.step("46 scans")
    s.step("restore")
    s.step("20 scans")
    s.step("restart")
    counted = s.plant.view(s.batch)["active"][0]["counted_s"]  # type: ignore[index,call-overload]
    assert 36.0 <= counted <= 47.0, "at most ten seconds are lost, none is invented"  # type: ignore[operator]
    s.plant.run("complete", s.batch, 30)


def test_a_hold_timer_not_done_in_time_holds() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 30, within_s=20))
    s.step("S401.CoreTemp 73, start")
    s.step("18 scans")
    assert s.plant.view(s.batch)["state"] == "running"
    s.plant.run("held", s.batch, 3)


def test_a_quiet_wait_changes_nothing() -> None:
    s = Script(keep("hot", "S401.CoreTemp >= 72", 600), prompt("go"))
    s.step("S401.CoreTemp 73, start")
    s.step("-")
    states = set()
    for _ in range(9):
        s.plant.scan()
        states.add(id(s.plant.state))
    assert len(states) <= 2, "a count is written down every ten seconds only"


def test_a_prompt_waits_for_a_reply_within_its_limits() -> None:
    s = Script(prompt("taste", PromptKind.NUMBER, lo=Operand("", 0), hi=Operand("", 10)), wait("good", "@taste > 5", 5))
    s.run("""
        start         | - | idle>running * taste | taste wait
        reply taste 12 | - | refused | taste wait
        reply colour 5 | - | refused | taste wait
        reply taste yes | - | refused | taste wait
        hold          | - | running>holding taste *, holding>held taste * | taste park
        reply taste 7 | - | refused | taste park
        restart       | - | held>restarting taste *, restarting>running taste * | taste wait
        reply taste 7 | - | running>complete taste good *, idle>running good | -
    """)
    assert data(s, "prompt", "node", "prompt", "role", "signed") == [("taste", "taste", "operator", False)]
    assert data(s, "reply", "prompt", "value", "user") == [("taste", 7.0, "ivanova")]


def test_replies_survive_a_kill() -> None:
    s = Script(prompt("taste", PromptKind.NUMBER), wait("good", "@taste > 5"))
    s.step("start")
    s.step("reply taste 7")
    s.step("restore")
    s.step("restart")
    s.plant.run("complete", s.batch, 3)


@pytest.mark.parametrize(
    ("kind", "more", "wrong", "right"),
    [
        (PromptKind.CONFIRM, {}, ["5", "no"], "yes"),
        (PromptKind.CHOICE, {"choices": CHOICES}, ["2", "-1", "yes"], "1"),
        (PromptKind.TEXT, {}, ["5", "yes", "x" * 501], "looks well"),
        (PromptKind.NUMBER, {}, ["yes", "much"], "-4.5"),
        (PromptKind.LOT, {"material": "ice"}, ["5", "L1 -2 kg"], "L1 22.9 kg"),
    ],
)  # fmt: skip
def test_every_kind_of_prompt_takes_only_its_own_kind_of_reply(
    kind: PromptKind, more: dict[str, Any], wrong: list[str], right: str
) -> None:
    s = Script(prompt("q", kind, **more))
    s.step("start")
    for words in wrong:
        assert s.step(f"reply q {words}")[1] == "refused", words
    assert s.step(f"reply q {right}")[1] == "running>complete q *"


def test_a_question_tells_its_choices_and_its_unit_to_the_record() -> None:
    s = Script(prompt("q", PromptKind.CHOICE, choices=CHOICES), prompt("t", PromptKind.NUMBER, eu="°C"))
    s.step("start")
    s.step("reply q 1")
    s.plant.scan()
    choice, number = (e.data for e in s.events("prompt"))
    assert (choice["choices"], "eu" in choice) == ([c.to_json() for c in CHOICES], False)
    assert (number["eu"], "choices" in number) == ("°C", False)


def test_a_prompt_asks_for_its_role() -> None:
    s = Script(prompt("q", role="shift_lead"))
    s.step("start")
    assert s.step("reply q yes")[1] == "refused"
    assert "мастера смены" in reasons(s.plant.events[-1].data["reasons"])
    assert s.step("reply q yes as shift_lead")[1] == "running>complete q *"


def test_a_signed_prompt_asks_for_the_signature_of_its_role() -> None:
    s = Script(prompt("q", role="technologist", signed=True))
    s.step("start")
    signature = {"user": "orlov", "name": "Орлов П. С.", "role": "shift_lead", "time_ns": 1}
    assert s.plant.send("batch.reply", s.batch, "admin", prompt="q", value=True)["status"] == "refused"
    assert s.plant.send("batch.reply", s.batch, prompt="q", value=True, signature=signature)["status"] == "refused"
    signature["role"] = "technologist"
    assert s.plant.send("batch.reply", s.batch, prompt="q", value=True, signature=signature)["status"] == "accepted"
    assert s.events("reply")[0].data["signature"] == signature


def test_lots_are_weighed_against_the_tolerance() -> None:
    s = Script(prompt("ice", PromptKind.LOT, material="ice"), prompt("more"))
    s.step("start")
    s.step("-")
    assert s.plant.send("batch.lot", s.batch, material="ice", lot="A", kg=10.0)["status"] == "accepted"
    assert s.plant.send("batch.lot", s.batch, material="ice", lot="B", kg=14.0)["status"] == "refused", "24 kg of 22.9"
    assert s.step("reply ice B 5 kg")[1] == "refused", "15 kg of 22.9 is too little to go on"
    assert s.step("reply ice B 12.9 kg")[1].startswith("running>complete ice")
    assert s.plant.send("batch.lot", s.batch, "shift_lead", "досыпано", material="ice", lot="C", kg=2.0)["status"] == "accepted"
    assert data(s, "lot", "lot", "kg", "inside") == [("A", 10.0, False), ("B", 12.9, True), ("C", 2.0, False)]
    shown = next(i for i in s.plant.view(s.batch)["ingredients"] if i["material"] == "ice")  # type: ignore[union-attr,index,call-overload]
    assert [x["lot"] for x in shown["lots"]] == ["A", "B", "C"]  # type: ignore[union-attr,index,call-overload]
    assert s.plant.send("batch.lot", s.batch, material="gold", lot="C", kg=2.0)["status"] == "refused"
    assert s.plant.send("batch.lot", s.batch, "shift_lead", "r", material="ice", lot="C", kg=1e-7)["status"] == "refused"


def test_a_line_without_a_stock_has_no_scales_to_read() -> None:
    s = Script(prompt("ice", PromptKind.LOT, material="ice"), prompt("more"))
    s.step("start")
    s.step("-")
    answer = s.plant.send("batch.lot", s.batch, material="ice", lot="A", scale="W101")
    assert [r["en"] for r in objects(answer["reasons"])] == ["This line has no scales: type the mass in"]
    answer = s.plant.send("batch.lot", s.batch, material="ice", lot="A", scale="W101", kg=2.0)
    assert [r["en"] for r in objects(answer["reasons"])] == ["Wrong argument 'scale'"]
    answer = s.plant.send("batch.lot", s.batch, material="ice", lot="A", scale="W101", tare_kg="2,5")
    assert [r["en"] for r in objects(answer["reasons"])] == ["Wrong argument 'tare_kg'"], "else the mass would be the gross"


def test_comments_go_on_record_also_after_the_end() -> None:
    s = Script(prompt("q"))
    s.step("start")
    s.step("reply q yes")
    assert s.plant.send("batch.comment", s.batch, text="wet casings")["status"] == "accepted"
    assert s.plant.send("batch.comment", s.batch, text=" ")["status"] == "refused"
    assert data(s, "comment", "text", "user") == [("wet casings", "ivanova")]


def test_a_transfer_says_how_much_went_where() -> None:
    weigh = phase("weigh", acquire=["grinder"], transfer_to=("grinder",), transfer_mass="{u}.Weight")
    s = Script(unit_procedure("reception", operation("weighing", weigh)), G)
    s.step("R101.Weight 117.1, start")
    s.until("weigh run")
    s.step("R101.Weight 0.3")
    s.plant.run("complete", s.batch)
    assert data(s, "transfer", "node", "from", "to", "kg") == [("reception.weighing.weigh", "R101", "G101", 116.8)]


def test_a_transfer_of_unknown_mass_says_so() -> None:
    weigh = phase("weigh", acquire=["grinder"], transfer_to=("grinder",), transfer_mass="{u}.Weight")
    s = Script(unit_procedure("reception", operation("weighing", weigh)), G)
    s.step("R101.Weight 117.1, start")
    s.until("weigh run")
    s.step("R101.Weight bad")
    s.plant.run("complete", s.batch)
    assert data(s, "transfer", "kg") == [(None,)]


SHAPES: dict[str, tuple[Part, ...]] = {
    "parallel": (parallel("both", R, G),),
    "choice": (choose("way", ("G101.Current > 50", R), ("", G)),),
    "loop": (ROUNDS,),
    "timer": (keep("hot", "S401.CoreTemp >= 72", 4), wait("cold", "G101.MeatTemp < 50"), G),
    "prompt": (prompt("go"), R),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scans", range(0, 22, 2))
def test_killed_anywhere_it_is_held_where_it_was_and_completes(shape: str, scans: int) -> None:
    s = Script(*SHAPES[shape], phase_scans=3)
    s.step("S401.CoreTemp 73, G101.MeatTemp 4, G101.Current 10, start")
    if shape == "prompt" and scans > 3:
        s.step("reply go yes")
    for _ in range(scans):
        s.plant.scan()
    before = {f.node for f in s.plant.find(s.batch).leaves}
    if not before:
        return
    was_held = s.plant.view(s.batch)["state"] == "held"
    s.plant.restart_engine()
    assert s.plant.view(s.batch)["state"] == "held"
    assert {f.node for f in s.plant.find(s.batch).leaves} == before, "held where it was"
    for _ in range(10):
        s.plant.scan()
    assert s.plant.view(s.batch)["state"] == "held", "a person decides"
    s.step("G101.Current 60")
    s.step("restart")
    for _ in range(40):
        if any(p["id"] == "go" for p in s.plant.view(s.batch)["prompts"]):  # type: ignore[union-attr,index,call-overload]
            s.step("reply go yes")
        s.plant.scan()
    assert s.plant.view(s.batch)["state"] == "complete"
    starts = [r.unit for r in s.plant.requests if r.command == "start"]
    wanted = {"parallel": ["G101", "R101"], "choice": ["R101", "G101"], "loop": ["G101"], "timer": ["G101"], "prompt": ["R101"]}
    assert set(starts) <= set(wanted[shape])
    assert len(starts) <= 2, f"nothing twice: {starts}"
    assert starts, "nothing skipped"
    del was_held
