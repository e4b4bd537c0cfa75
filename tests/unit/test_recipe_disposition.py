"""Product on hold and its signed disposition: the table, scripts of what people do, everything that is refused, and at random."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from line.documents import Text
from line.messages import Json
from line.phases import PhaseState
from recipes.disposition import (
    DEVIATION,
    GOES_ON,
    MOST_ENDED,
    PRODUCT_TABLE,
    Deviation,
    Disposition,
    Product,
    SavedDeviation,
    Verdict,
    awaiting,
    decided,
    next_number,
    product_after,
    product_table,
    settled,
    with_deviation,
)
from recipes.stage import KEEP_ENDED_NS
from tests.builders import T0_NS, S
from tests.unit.ccp_kit import END, PROBE, Cooking
from tests.unit.test_recipe_plant import reasons

SECOND = '{tag: "{u}.Humidity", lo: 40, ccp: true, name: {ru: Влажность, en: Humidity}}'

SCRIPTS = {
    "A released product goes on where it was": """
        probe breaks   |          | holding    | on_hold  | 1
        wait           |          | held       | on_hold  | 1
        restart        | refused  | held       | on_hold  | 1
        release 1      | accepted | held       | released |
        restart        | refused  | held       | released |
        probe heals    |          | held       | released |
        restart        | accepted | restarting | released |
        wait           |          | running    | released |
    """,
    "A product to be reworked is cooked anew": """
        probe breaks   |          | holding    | on_hold  | 1
        wait           |          | held       | on_hold  | 1
        probe heals    |          | held       | on_hold  | 1
        rework 1       | accepted | held       | reworked |
        restart        | accepted | restarting | reworked |
        wait           |          | running    | reworked |
    """,
    "A product to be destroyed leaves stop and abort": """
        probe breaks   |          | holding    | on_hold   | 1
        wait           |          | held       | on_hold   | 1
        probe heals    |          | held       | on_hold   | 1
        destroy 1      | accepted | held       | destroyed |
        restart        | refused  | held       | destroyed |
        stop           | accepted | stopping   | destroyed |
        wait           |          | stopped    | destroyed |
    """,
    "Abort needs no disposition, but the product still waits for one": """
        probe breaks   |          | holding    | on_hold   | 1
        abort          | accepted | aborting   | on_hold   | 1
        wait           |          | aborted    | on_hold   | 1
        destroy 1      | accepted | aborted    | destroyed |
    """,
    "A stopped batch can be released afterwards": """
        probe breaks   |          | holding    | on_hold   | 1
        wait           |          | held       | on_hold   | 1
        stop           | accepted | stopping   | on_hold   | 1
        wait           |          | stopped    | on_hold   | 1
        release 1      | accepted | stopped    | released  |
    """,
    "Two critical limits need two verdicts": """
        both break     |          | holding    | on_hold   | 1 2
        wait           |          | held       | on_hold   | 1 2
        both heal      |          | held       | on_hold   | 1 2
        release 2      | accepted | held       | on_hold   | 1
        restart        | refused  | held       | on_hold   | 1
        release 1      | accepted | held       | released  |
        restart        | accepted | restarting | released  |
    """,
    "What is to be destroyed needs no second verdict": """
        both break     |          | holding    | on_hold   | 1 2
        wait           |          | held       | on_hold   | 1 2
        destroy 1      | accepted | held       | destroyed |
        release 2      | refused  | held       | destroyed |
    """,
    "A verdict is given once": """
        probe breaks   |          | holding    | on_hold   | 1
        release 1      | accepted | holding    | released  |
        destroy 1      | refused  | holding    | released  |
        release 1      | refused  | held       | released  |
    """,
    "A released product that is violated again is on hold again": """
        probe breaks   |          | holding    | on_hold   | 1
        wait           |          | held       | on_hold   | 1
        release 1      | accepted | held       | released  |
        probe heals    |          | held       | released  |
        restart        | accepted | restarting | released  |
        wait           |          | running    | released  |
        probe breaks   |          | holding    | on_hold   | 2
        release 1      | refused  | holding    | on_hold   | 2
        release 2      | accepted | holding    | released  |
    """,
    "There is nothing to decide while nothing was violated": """
        release 1      | refused  | running    | free      |
        destroy 0      | refused  | running    | free      |
    """,
}


def act(plant: Cooking, action: str) -> str:
    """Do what a line of a script says; the status of the answer."""
    word, _, number = action.partition(" ")
    match action:
        case "probe breaks" | "both break":
            plant.break_probe()
            if action.startswith("both"):
                plant.set("S401.Humidity", 60.0, good=False)
            plant.scan()
        case "probe heals" | "both heal":
            plant.heal_probe()
            plant.set("S401.Humidity", 60.0)
            plant.scan()
        case "wait":
            for _ in range(12):
                plant.scan()
        case "restart" | "stop" | "abort":
            return str(plant.order(plant.batch, action)["status"])
        case _:
            assert word in set(Verdict), action
            return str(plant.sign(word, int(number))["status"])
    return ""


@pytest.mark.parametrize("title", SCRIPTS)
def test_script(title: str) -> None:
    plant = Cooking(PROBE, SECOND) if "both" in SCRIPTS[title] else Cooking(PROBE)
    for line in filter(None, (row.strip() for row in SCRIPTS[title].splitlines())):
        action, answer, state, product, waiting = (cell.strip() for cell in line.split("|"))
        told = act(plant, action)
        numbers = " ".join(str(d.number) for d in awaiting(plant.deviations))
        assert (told, plant.now.state, plant.now.product, numbers) == (answer, state, product, waiting), line
        assert plant.signals()[1] == float(bool(waiting)), line


# What is refused


def refused(**change: Json) -> str:
    """A disposition that is right but for this; what is said against it."""
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    signature: dict[str, Json] = {"user": "orlov", "name": "Орлов П. С.", "role": "technologist", "time_ns": T0_NS}
    reason = str(change.pop("reason", "проверено"))
    args: dict[str, Json] = {"verdict": "release", "deviation": 1, "signature": signature, **change}
    before = plant.now
    answer = plant.send("batch.disposition", plant.batch, "technologist", reason, **args)
    assert answer["status"] == "refused"
    assert plant.now == before, "never half"
    assert not plant.told("disposition")
    return reasons(answer["reasons"])


SIGNED_BY = {"user": "orlov", "name": "Орлов", "time_ns": T0_NS}


@pytest.mark.parametrize("role", ["viewer", "operator", "shift_lead", "nobody", ""])
def test_a_signer_below_a_technologist_is_refused(role: str) -> None:
    assert "нужны права технолога" in refused(signature={**SIGNED_BY, "role": role})


@pytest.mark.parametrize(
    "signature",
    [None, "orlov", {}, {"user": "orlov"}, {"user": "", "name": "x", "role": "admin", "time_ns": 1}, [],
     {"user": 3, "name": "x", "role": "admin", "time_ns": 1}, {"user": "a", "name": "x", "role": "admin", "time_ns": "now"}],
    ids=str,
)  # fmt: skip
def test_without_a_signature_of_the_server_nothing_is_decided(signature: Json) -> None:
    assert "подписывают паролем" in refused(signature=signature)


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_a_reason_is_compulsory(reason: str) -> None:
    assert "Укажите причину" in refused(reason=reason)


@pytest.mark.parametrize("deviation", [0, 2, -1, "1", None, 1.5, True])
def test_an_unknown_number_is_refused(deviation: Json) -> None:
    assert "нет отклонения ККТ" in refused(deviation=deviation)


@pytest.mark.parametrize("verdict", ["", "pass", None, 1, "RELEASE", ["release"]])
def test_an_unknown_verdict_is_refused(verdict: Json) -> None:
    assert "выпустить" in refused(verdict=verdict)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    said = refused(reason="", verdict="eat", deviation=7, signature=None)
    assert all(part in said for part in ("Укажите причину", "выпустить", "нет отклонения ККТ № 7", "подписывают паролем"))


def test_a_process_deviation_has_no_disposition() -> None:
    plant = Cooking(PROBE.replace("ccp: true, ", ""))
    plant.break_probe()
    plant.until("held")
    assert plant.deviations[0].number == 1
    assert "нет отклонения ККТ № 1" in reasons(plant.sign("release")["reasons"])


def test_the_verdict_is_in_the_journal_with_signature_and_reason() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    plant.sign("destroy")
    (told,) = plant.told("disposition")
    assert (told["node"], told["deviation"], told["verdict"], told["user"], told["reason"]) == (
        "smokehouse.cooking.cook", 1, "destroy", "orlov", "проверено",
    )  # fmt: skip
    assert told["signature"] == {"user": "orlov", "name": "Орлов П. С.", "role": "technologist", "time_ns": plant.now_ns - S}
    assert [(p["from"], p["to"], p["deviation"]) for p in plant.told("product")] == [
        ("free", "on_hold", 1), ("on_hold", "destroyed", 1),
    ]  # fmt: skip
    (deviation,) = plant.deviations
    assert deviation.disposition is not None
    assert (deviation.disposition.user, deviation.disposition.role) == ("orlov", "technologist")


def test_no_node_of_the_batch_restarts_while_the_product_waits() -> None:
    plant = Cooking(PROBE, beside=True)
    plant.break_probe()
    plant.until("held")
    for node in ("", "both.b1.cutter", "both.b0.smokehouse.cooking", "both.b0.smokehouse.cooking.cook"):
        answer = plant.send("batch.command", plant.batch, command="restart", node=node)
        assert answer["status"] == "refused", node
        assert "по отклонению 1" in reasons(answer["reasons"]), node


@pytest.mark.parametrize(
    ("verdict", "now"), [("release", "можно продолжить"), ("rework", "можно продолжить"), ("destroy", "прервать")]
)
def test_once_decided_the_reason_of_the_hold_says_so(verdict: str, now: str) -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.until("held")
    before = held_reason(plant)
    assert before.ru.startswith("ККТ: Датчик в батоне")
    assert "до решения технолога" in before.ru
    plant.sign(verdict)
    after = held_reason(plant)
    assert after.ru.startswith("ККТ: Датчик в батоне")
    assert "до решения" not in after.ru
    assert "решение (Орлов П. С.): " in after.ru
    assert now in after.ru
    assert "until a technologist" not in after.en
    assert "Орлов П. С. decided" in after.en


def test_the_reason_of_the_hold_waits_for_the_last_disposition() -> None:
    plant = Cooking(PROBE, SECOND)
    act(plant, "both break")
    plant.until("held")
    plant.sign("release", 1)
    assert "до решения технолога" in held_reason(plant).ru
    plant.sign("release", 2)
    assert "до решения" not in held_reason(plant).ru


def held_reason(plant: Cooking) -> Text:
    reason = plant.now.held_reason
    assert reason is not None
    return reason


def test_an_ended_batch_is_kept_until_its_product_is_decided() -> None:
    plant = Cooking(PROBE)
    plant.break_probe()
    plant.scan()
    plant.order(plant.batch, "abort")
    plant.until("aborted")
    plant.scan(step_ns=KEEP_ENDED_NS + S)
    plant.scan()
    assert plant.signals() == (0.0, 1.0)
    plant.restart_engine()
    assert plant.sign("destroy")["status"] == "accepted"
    plant.scan(step_ns=S)
    assert plant.signals() == (0.0, 0.0)
    assert not plant.state.ended, "decided and long over"


def test_the_view_shows_product_and_deviations() -> None:
    plant = Cooking(END)
    plant.set("S401.CoreTemp", 70.0)
    plant.finish()
    plant.until("held")
    plant.sign("release")
    view = json.loads(json.dumps(plant.view(plant.batch)))
    assert view["product"] == "released"
    (shown,) = view["deviations"]
    assert (shown["number"], shown["kind"], shown["unit"], shown["value"], shown["lo"], shown["hi"], shown["eu"]) == (
        1, "ccp", "S401", 70.0, 71.5, None, "°C",
    )  # fmt: skip
    assert shown["disposition"]["verdict"] == "release"
    assert shown["disposition"]["reason"] == "проверено"


# The table and its functions


def deviation(number: int, *, ccp: bool = True, ended: bool = False, given: Verdict | None = None) -> Deviation:
    disposition = None if given is None else Disposition(given, "u", "U", "technologist", "r", T0_NS)
    text = {"ru": "т", "en": "t"}
    saved = {
        "number": number, "node": "a.b", "unit": "S401", "watch": 0, "kind": "ccp" if ccp else "process", "at_end": False,
        "text": text, "tag": "S401.T", "value": 1.0, "lo": None, "hi": 2.0, "eu": "°C", "quality": "Good", "since_ns": number,
        "ended_ns": 5 if ended else None, "disposition": None if disposition is None else disposition.to_json(),
    }  # fmt: skip
    return SavedDeviation.model_validate(saved).restored()


def test_the_document_shows_the_table() -> None:
    assert product_table() in (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")


def test_every_product_knows_a_deviation_and_only_a_product_on_hold_every_verdict() -> None:
    assert set(PRODUCT_TABLE) == set(Product)
    for product, row in PRODUCT_TABLE.items():
        assert DEVIATION in row
        assert row[DEVIATION] not in GOES_ON, "a violated limit never leaves a product free to go"
        assert (set(Verdict) <= set(row)) == (product is Product.ON_HOLD)
    assert all(PRODUCT_TABLE[Product.DESTROYED][w] is Product.DESTROYED for w in PRODUCT_TABLE[Product.DESTROYED])


@pytest.mark.parametrize(("product", "word"), list(itertools.product(Product, [DEVIATION, *Verdict])))
def test_no_product_goes_on_while_another_deviation_waits(product: Product, word: str) -> None:
    if word not in PRODUCT_TABLE[product]:
        with pytest.raises(KeyError):
            product_after(product, word, others_wait=False)
        return
    assert product_after(product, word, others_wait=True) not in GOES_ON
    assert product_after(product, word, others_wait=False) is PRODUCT_TABLE[product][word]


DEVIATIONS = st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from([None, *Verdict])), max_size=60)


@given(DEVIATIONS)
def test_critical_and_standing_deviations_are_never_dropped(rows: list[tuple[bool, bool, Verdict | None]]) -> None:
    kept: tuple[Deviation, ...] = ()
    made: list[Deviation] = []
    for ccp, ended, given_verdict in rows:
        new = deviation(next_number(kept), ccp=ccp, ended=ended, given=given_verdict if ccp else None)
        made.append(new)
        kept = with_deviation(kept, new)
    assert [d.number for d in made] == list(range(1, len(made) + 1)), "numbers go on whatever was dropped"
    assert set(made) - set(kept) <= {d for d in made if not d.ccp and d.ended_ns is not None}
    assert len([d for d in kept if not d.ccp and d.ended_ns is not None]) <= MOST_ENDED + 1
    for d in kept:
        assert SavedDeviation.model_validate(json.loads(json.dumps(d.to_json()))).restored() == d


def test_settled_gives_an_end_to_what_stands_no_more() -> None:
    rows = (deviation(1), deviation(2), deviation(3, ended=True))
    assert settled(rows, lambda _: True, 9) is rows
    assert [d.ended_ns for d in settled(rows, lambda d: d.number != 2, 9)] == [None, 9, 5]


def test_destroy_decides_all_that_wait_and_touches_no_other() -> None:
    rows = (deviation(1, given=Verdict.RELEASE), deviation(2), deviation(3, ccp=False), deviation(4))
    given_now = Disposition(Verdict.DESTROY, "u", "U", "technologist", "r", T0_NS)
    after = decided(rows, 4, given_now)
    assert [d.disposition.verdict if d.disposition else None for d in after] == ["release", "destroy", None, "destroy"]


# At random


class Critical(RuleBasedStateMachine):
    """A cooking batch with two critical limits under random failures, verdicts, commands and kills of the engine."""

    @initialize()
    def begin(self) -> None:
        self.plant = Cooking(PROBE, SECOND, END)
        self.signed: set[int] = set()

    @rule(scans=st.integers(1, 8))
    def time_passes(self, scans: int) -> None:
        for _ in range(scans):
            self.plant.scan()

    @rule(probe=st.booleans())
    def breaks(self, probe: bool) -> None:
        if probe:
            self.plant.break_probe()
        else:
            self.plant.set("S401.Humidity", 60.0, good=False)
        self.plant.scan()

    @rule()
    def heals(self) -> None:
        self.plant.heal_probe()
        self.plant.set("S401.Humidity", 60.0)
        self.plant.scan()

    @rule(value=st.sampled_from([60.0, 71.0, 72.4]))
    def phase_ends(self, value: float) -> None:
        handle = self.plant.model.tags.handle("S401.CoreTemp")
        self.plant.set("S401.CoreTemp", value, good=handle not in self.plant.bad)
        self.plant.smokehouse.left = 0
        self.plant.scan()

    @rule()
    def phase_ends_as_the_probe_breaks(self) -> None:
        if self.plant.smokehouse.state is PhaseState.RUNNING:
            self.plant.smokehouse.state = PhaseState.COMPLETE
        self.plant.break_probe()
        self.plant.scan()

    @rule(word=st.sampled_from(["restart", "hold", "pause", "resume", "stop"]))
    def somebody_commands(self, word: str) -> None:
        waits = awaiting(self.plant.deviations)
        answer = self.plant.order(self.plant.batch, word)
        if word == "restart" and (waits or self.plant.now.product is Product.DESTROYED):
            assert answer["status"] == "refused"

    @precondition(lambda self: self.plant.deviations)
    @rule(verdict=st.sampled_from([*Verdict]), data=st.data(), role=st.sampled_from(["operator", "technologist"]))
    def somebody_signs(self, verdict: Verdict, data: st.DataObject, role: str) -> None:
        found = data.draw(st.sampled_from([d.number for d in self.plant.deviations]))
        waits = {d.number for d in awaiting(self.plant.deviations)}
        answer = self.plant.sign(verdict, found, role)
        assert (answer["status"] == "accepted") == (role == "technologist" and found in waits)
        if answer["status"] == "accepted":
            self.signed |= waits if verdict is Verdict.DESTROY else {found}

    @rule()
    def the_engine_is_killed(self) -> None:
        self.plant.restart_engine()

    @invariant()
    def nothing_goes_on_without_a_signature(self) -> None:
        if not hasattr(self, "plant"):
            return
        batch = self.plant.now
        for d in batch.deviations:
            assert d.awaits == (d.ccp and d.number not in self.signed)
        if awaiting(batch.deviations) or batch.product is Product.DESTROYED:
            assert batch.product in (Product.ON_HOLD, Product.DESTROYED)
            assert batch.state not in ("running", "restarting", "complete", "pausing", "paused")
        else:
            assert batch.product in GOES_ON

    @invariant()
    def no_critical_verdict_passed_on_a_bad_value(self) -> None:
        if not hasattr(self, "plant"):
            return
        for told in self.plant.told("verdict"):
            assert not (told["passed"] and told["quality"] != "Good")
            if told["passed"]:
                assert isinstance(told["value"], float)
                assert told["value"] >= 71.5
        completed = [e for e in self.plant.told("step") if e["status"] == "complete" and e["phase"] == "cook"]
        judged = [t for t in self.plant.told("verdict") if t["passed"] or t["released"]]
        assert len(completed) <= len(judged), "cooking ends with a verdict that passed or that a person released"

    @invariant()
    def a_probe_that_is_not_good_holds_in_the_scan(self) -> None:
        if not hasattr(self, "plant"):
            return
        for leaf in self.plant.now.leaves:
            if leaf.role == "smokehouse" and leaf.live is not None and leaf.live.phase == "cook" and leaf.task == "run":
                watched = {w.handle for w in leaf.live.watches}
                seen_bad = watched & self.plant.bad_in_image
                assert not seen_bad or leaf.phase_state is not PhaseState.RUNNING, (
                    "it was running in an image in which the probe was not Good"
                )


TestCritical = Critical.TestCase
