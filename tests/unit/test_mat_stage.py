"""The stage of the stock: titled scripts of what people and batches do, what batches make, restarts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from line.lots import LOTS, LotDesk
from line.messages import CommandKind, Json, JsonObject
from line.stage import Lender, Scan
from materials.gs1_digits import has_check_digit
from materials.lot import LotKind
from materials.needs import VIEW_LOTS_MAX
from tests.builders import S
from tests.unit.mat_kit import BAD, DAY_NS, SIGNED, Bench, batch_event, lot, refusals, told, use

K = CommandKind

SCRIPTS = {
    "A lot is used up in two loads": """
        use L1 4     |          | available 6  | consumed
        use L1 6     |          | used_up 0    | consumed used_up
        use L1 1     | not in   | used_up 0    |
    """,
    "A scale gives a little more than the book: the book is put right first": """
        use L1 10.05 |          | used_up 0    | adjusted consumed used_up
        adjust L1 2  | ok       | available 2  | adjusted
        use L1 2     |          | used_up 0    | consumed used_up
    """,
    "A hold keeps a lot from being used until a technologist signs": """
        hold L1      | ok       | on_hold 10   | hold
        use L1 1     | not in   | on_hold 10   |
        release L1   | ok       | available 10 | released
        use L1 1     |          | available 9  | consumed
    """,
    "What is blocked is only discarded": """
        block L1     | ok       | blocked 10   | blocked
        release L1   | refused  | blocked 10   |
        hold L1      | refused  | blocked 10   |
        discard L1   | ok       | discarded 0  | discarded
        adjust L1 5  | refused  | discarded 0  |
    """,
    "A held lot is not counted down to nothing": """
        hold L1      | ok       | on_hold 10   | hold
        adjust L1 0  | refused  | on_hold 10   |
        adjust L1 9  | ok       | on_hold 9    | adjusted
        adjust L1 12 | ok       | on_hold 12   | adjusted
    """,
    "A stocktake finds nothing, then some after all": """
        adjust L1 0  | ok       | used_up 0    | adjusted used_up
        hold L1      | refused  | used_up 0    |
        adjust L1 3  | ok       | available 3  | adjusted
    """,
    "A lot moves and gets a label": """
        move L1 dry  | ok       | available 10 | moved
        label L1     | ok       | available 10 | label
        move L1 moon | refused  | available 10 |
    """,
    "Nobody knows the lot": """
        hold L9      | refused  | available 10 |
        adjust L9 1  | refused  | available 10 |
        discard L9   | refused  | available 10 |
    """,
}


@pytest.mark.parametrize("title", SCRIPTS)
def test_script(title: str) -> None:
    bench = Bench()
    bench.receive("L1")
    for row in filter(None, (line.strip() for line in SCRIPTS[title].splitlines())):
        did, answer, stands, what = (cell.strip() for cell in row.split("|"))
        verb, name, *rest = did.split()
        if verb == "use":
            asked = use(name, float(rest[0]))
            scan = Scan(bench.now_ns, bench.image())
            against = bench.stage.lend(bench.state, scan).against(asked)
            assert bool(against) == (answer == "not in"), (row, against)
            events = [] if against else bench.step(uses=[asked])
        else:
            args: dict[str, Json] = {
                "move": {"place": (rest or [""])[0]},
                "label": {"kind": "lot"},
                "release": {"signature": SIGNED},
            }.get(verb, {})
            args = {"kg": float(rest[0])} if verb == "adjust" else args
            events = bench.ask(CommandKind(f"lot.{verb}"), name, "because", **args)
            assert ("refused" if refusals(events) else "ok") == answer, (row, refusals(events))
        found = bench.lots["L1"]
        assert f"{found.status.value} {found.left_kg:g}" == stands, row
        assert [e.data["what"] for e in events if e.kind == "lot"] == what.split(), row
        if not [e for e in events if e.kind == "lot"]:
            before = bench.state
            bench.step()
            assert bench.state is before, row


def test_the_stage_lends_a_desk_and_does_nothing_in_a_quiet_scan() -> None:
    bench = Bench()
    assert isinstance(bench.stage, Lender)
    assert bench.stage.name == LOTS
    bench.receive("L1")
    before = bench.state
    assert bench.step() == []
    assert bench.state is before
    desk: LotDesk = bench.stage.lend(bench.state, Scan(bench.now_ns, bench.image()))
    assert desk.against(use()) == []


def test_two_uses_in_one_scan_see_each_other() -> None:
    bench = Bench()
    bench.receive("L1")
    desk = bench.stage.lend(bench.state, Scan(bench.now_ns, bench.image()))
    desk.take(use(kg=6.0))
    assert "4 kg are left" in desk.against(use(kg=6.0))[0].en
    desk.take(use(kg=4.0))
    assert "is used up" in desk.against(use(kg=1.0))[0].en


def test_what_a_use_says() -> None:
    bench = Bench()
    bench.receive("L1")
    bench.receive("L2", expires=(bench.today() + dt.timedelta(days=12)).isoformat())
    bench.receive("F1", material="frozen", temperature_c=-20.0, expires=(bench.today() + dt.timedelta(days=40)).isoformat())
    asked = use("F1", 2.5, role="technologist", reason="no time to wait", unit="R101", scale="W", tare_kg=0.5)
    first, second = told(bench.step(uses=[asked, use("L2", 1.0, reason="L1 stands behind")]), "consumed")
    assert (first.source, first.batch, first.unit) == ("F1", "B1", "R101")
    assert first.data == {
        "what": "consumed", "material": "frozen", "ingredient": "beef", "kg": 2.5, "left_kg": 7.5, "substitute": True,
        "fefo": True, "user": "petrov", "reason": "no time to wait", "scale": "W", "tare_kg": 0.5, "typed": False,
    }  # fmt: skip
    assert (second.data["substitute"], second.data["fefo"], second.data["typed"]) == (False, False, True)


def test_ice_goes_into_a_batch_without_a_lot() -> None:
    bench = Bench()
    assert bench.step(uses=[use("tap", 20.0, material="ice")]) == []


# What batches make


def make(bench: Bench, packs: int, kg: float) -> None:
    """The counters go on."""
    bench.values["P.Packs"] = bench.values.get("P.Packs", 0.0) + packs
    bench.values["P.Mass"] = bench.values.get("P.Mass", 0.0) + kg


def start(bench: Bench) -> None:
    bench.receive("L1")
    bench.step(events=[batch_event("created", recipe="sausage", size_kg=100.0)])
    bench.step(uses=[use(kg=5.0)])


def test_cases_are_numbered_and_the_last_one_is_closed_when_the_batch_leaves() -> None:
    bench = Bench(values={"P.Packs": 1000.0, "P.Mass": 500.0})
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P", role="packer")])
    make(bench, 9, 4.5)
    assert bench.step() == []
    make(bench, 14, 7.0)
    first, second = told(bench.step(), "packed")
    assert [e.data["packs"] for e in (first, second)] == [10, 10]
    assert first.data["kg"] == second.data["kg"] == 5.0
    assert (first.source, first.batch, first.unit) == ("B1", "B1", "P")
    assert first.data["best_before"] == (bench.today() + dt.timedelta(days=30)).isoformat()
    codes = [str(e.data["sscc"]) for e in (first, second)]
    assert all(has_check_digit(c) for c in codes)
    assert int(codes[1][8:17]) == int(codes[0][8:17]) + 1
    events = bench.step(events=[batch_event("release", unit="P"), batch_event("complete", size_kg=100.0, product="free")])
    (last,), (made,) = told(events, "packed"), told(events, "produced")
    assert (last.data["packs"], last.data["kg"]) == (3, 1.5)
    assert made.data["kg"] == 11.5
    assert made.data["from"] == ["L1"]
    assert (made.data["kind"], made.data["packs"], made.data["cases"]) == ("packed", 23, 3)
    found = bench.lots["B1"]
    assert (found.status.value, found.left_kg, found.allergens) == ("available", 11.5, ("meat",))
    assert not bench.state.making
    assert not bench.state.packing


def test_packs_before_and_after_the_batch_are_not_its_own() -> None:
    bench = Bench(values={"P.Packs": 5.0, "P.Mass": 2.5})
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 2, 1.0)
    bench.step(events=[batch_event("release", unit="P")])
    make(bench, 50, 25.0)
    (made,) = told(bench.step(events=[batch_event("complete", size_kg=100.0, product="free")]), "produced")
    assert (made.data["packs"], made.data["kg"]) == (2, 1.0)


def test_what_was_packed_up_to_the_change_of_batches_is_of_the_one_before() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("created", "B2", recipe="sausage", size_kg=100.0)])
    bench.step(events=[batch_event("acquire", unit="P")])
    bench.step()
    bench.values |= {"P.Packs": 4.0, "P.Mass": 2.0}
    bench.step(events=[batch_event("release", unit="P"), batch_event("acquire", "B2", unit="P")])
    assert [(e.batch, e.data["packs"], e.data["kg"]) for e in told(bench.journal, "packed")] == [("B1", 4, 2.0)]
    make(bench, 10, 5.0)
    bench.step()
    assert [(e.batch, e.data["packs"], e.data["kg"]) for e in told(bench.journal, "packed")][1:] == [("B2", 10, 5.0)]


def test_counters_that_are_not_good_are_waited_for() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 3, 1.5)
    bench.bad = {"P.Packs": BAD}
    ended = [batch_event("release", unit="P"), batch_event("complete", size_kg=100.0, product="free")]
    assert bench.step(events=ended) == []
    assert bench.step() == []
    bench.bad = {}
    events = bench.step()
    assert [e.data["packs"] for e in told(events, "packed")] == [3]
    assert told(events, "produced")[0].data["kg"] == 1.5


def test_a_counter_that_began_anew_counts_from_nothing() -> None:
    bench = Bench(values={"P.Packs": 100.0, "P.Mass": 50.0})
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 12, 6.0)
    bench.step()
    bench.values |= {"P.Packs": 4.0, "P.Mass": 2.0}
    bench.step()
    events = bench.step(events=[batch_event("release", unit="P"), batch_event("complete", size_kg=9.0, product="free")])
    assert told(events, "produced")[0].data["packs"] == 16


@pytest.mark.parametrize(("packs", "mass"), [(100_100.0, 50_050.0), (97.0, 48.5)])
def test_a_counter_that_no_machine_can_have_is_told_and_not_counted(packs: float, mass: float) -> None:
    bench = Bench(values={"P.Packs": 100.0, "P.Mass": 50.0})
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    bench.step()
    bench.values |= {"P.Packs": packs, "P.Mass": mass}
    (event,) = told(bench.step(), "implausible")
    assert (event.batch, event.data["packs_before"], event.data["packs"]) == ("B1", 100.0, packs)
    assert told(bench.step(), "implausible") == [], "once"
    make(bench, 10, 5.0)
    bench.step()
    assert [(e.data["packs"], e.data["kg"]) for e in told(bench.journal, "packed")] == [(10, 5.0)]


def test_an_hour_without_a_look_counts_what_was_packed_in_it() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    bench.step()
    bench.now_ns += 3600 * S
    bench.values |= {"P.Packs": 2500.0, "P.Mass": 1250.0}
    assert len(told(bench.step(), "packed")) == 250


@pytest.mark.parametrize("first", ["P.Packs", "P.Mass"])
def test_counters_that_begin_anew_one_after_the_other_count_no_mass_twice(first: str) -> None:
    bench = Bench(values={"P.Packs": 1000.0, "P.Mass": 500.0})
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 10, 5.0)
    bench.step()
    anew = {"P.Packs": 0.0, "P.Mass": 0.0}
    bench.values[first] = 0.0
    bench.step()
    bench.values |= anew
    bench.step()
    make(bench, 10, 5.0)
    bench.step()
    events = bench.step(events=[batch_event("release", unit="P"), batch_event("complete", size_kg=9.0, product="free")])
    (made,) = told(events, "produced")
    assert (made.data["packs"], made.data["kg"]) == (20, 10.0)


def test_a_killed_engine_goes_on_counting_and_no_serial_comes_twice() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 13, 6.5)
    bench.step()
    bench.again()
    make(bench, 9, 4.5)
    bench.step()
    bench.again()
    bench.step(events=[batch_event("release", unit="P"), batch_event("complete", size_kg=9.0, product="free")])
    cases = told(bench.journal, "packed")
    assert [e.data["packs"] for e in cases] == [10, 10, 2]
    assert len({e.data["sscc"] for e in cases}) == 3
    assert told(bench.journal, "produced")[0].data["kg"] == 11.0


def test_a_batch_that_is_not_packed_makes_its_size() -> None:
    bench = Bench()
    start(bench)
    (made,) = told(bench.step(events=[batch_event("complete", size_kg=100.0, product="free")]), "produced")
    assert (made.data["kind"], made.data["kg"], made.data["counted"]) == ("semi", 100.0, False)


def test_a_batch_that_is_given_up_leaves_what_went_in_on_hold() -> None:
    bench = Bench()
    start(bench)
    (made,) = told(bench.step(events=[batch_event("state", to="aborted")]), "produced")
    assert (made.data["kind"], made.data["kg"], made.data["status"]) == ("semi", 5.0, "on_hold")
    bench.step(events=[batch_event("created", "B2", recipe="sausage", size_kg=1.0)])
    assert bench.step(events=[batch_event("state", "B2", to="aborted")]) == []
    assert list(bench.lots) == ["L1", "B1"]


@pytest.mark.parametrize(("verdict", "status"), [("released", "available"), ("reworked", "available"), ("destroyed", "blocked")])
def test_the_disposition_of_the_batch_decides_about_its_lot(verdict: str, status: str) -> None:
    bench = Bench()
    start(bench)
    waits: JsonObject = {"id": "B1", "state": "complete", "product": "on_hold"}
    bench.views = {"batches": {"batches": [waits]}}
    bench.step(events=[batch_event("complete", size_kg=100.0, product="on_hold")])
    assert bench.lots["B1"].status.value == "on_hold"
    said = refusals(bench.ask(K.LOT_RELEASE, "B1", "looks fine", signature=SIGNED))
    assert "disposition" in said[0]
    bench.step(events=[batch_event("product", to=verdict)])
    assert bench.lots["B1"].status.value == status


@pytest.mark.parametrize("given_up", [True, False])
def test_the_disposition_frees_nothing_that_was_held_for_something_else(given_up: bool) -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("product", to="on_hold")])
    ended = batch_event("state", to="aborted") if given_up else batch_event("complete", size_kg=100.0, product="on_hold")
    bench.step(events=[ended])
    if not given_up:
        bench.ask(K.LOT_HOLD, "B1", "metal was found")
    events = bench.step(events=[batch_event("product", to="released")])
    assert (told(events, "released"), len(told(events, "hold"))) == ([], 1)
    lot = bench.lots["B1"]
    assert (lot.status.value, len(lot.reasons), lot.released) == ("on_hold", 1, False)
    assert refusals(bench.ask(K.LOT_RELEASE, "B1", "the metal was ours, all of it is there", signature=SIGNED)) == []
    assert bench.lots["B1"].status.value == "available"


def test_a_disposition_about_what_is_gone_leaves_nothing_behind() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("state", to="aborted")])
    bench.ask(K.LOT_DISCARD, "B1", "spoilt", "shift_lead")
    bench.now_ns += 2 * DAY_NS
    bench.step()
    assert "B1" not in bench.lots
    bench.step(events=[batch_event("product", to="released")])
    assert not bench.state.making


def test_product_becomes_rework_with_the_allergens_of_both() -> None:
    bench = Bench()
    start(bench)
    bench.step(events=[batch_event("complete", size_kg=100.0, product="free")])
    assert refusals(bench.ask(K.LOT_REWORK, "L1", "why", material="rework", kg=1.0)) == [
        "Lot L1 is no product: only product is reworked"
    ]
    assert len(refusals(bench.ask(K.LOT_REWORK, "B1", material="salt", kg=200.0))) == 3
    rework, made = (e for e in bench.ask(K.LOT_REWORK, "B1", "torn casings", material="rework", kg=4.0) if e.kind == "lot")
    new = str(rework.data["into"])
    assert (made.source, made.data["from"], made.data["kg"]) == (new, ["B1"], 4.0)
    assert bench.lots["B1"].left_kg == 96.0
    assert set(bench.lots[new].allergens) == {"soya", "meat"}
    bench.ask(K.LOT_REWORK, "B1", "more", material="rework", kg=1.5, into=new)
    assert bench.lots[new].left_kg == 5.5
    assert "product" in bench.stage.lend(bench.state, Scan(bench.now_ns, bench.image())).against(use("B1"))[0].en


# Needs, the terminal, the view


def wants(weighed_kg: float = 0.0) -> dict[str, JsonObject]:
    rows = [
        {"material": m, "name": {"ru": m, "en": m}, "kg": kg, "lo_kg": kg * 0.99, "hi_kg": kg * 1.01, "weighed_kg": w}
        for m, kg, w in (("beef", 20.0, weighed_kg), ("ice", 5.0, 0.0))
    ]
    prompts = [{"id": "lot_beef", "kind": "lot", "material": "beef"}]
    running = {"id": "B1", "recipe": "sausage", "unit": "R101", "state": "running", "prompts": prompts, "ingredients": rows}
    return {"batches": {"batches": [running, {**running, "id": "B0", "state": "complete"}]}}


def test_rework_lives_no_longer_than_the_product_it_was_made_of() -> None:
    bench = Bench()
    bench.step()
    last = bench.today()
    product: dict[str, Any] = {"kind": LotKind.PACKED, "material": "sausage", "documents": ()}
    stock = [lot("B1", **product, expires=last + dt.timedelta(days=9)), lot("B2", **product, expires=last)]
    bench.state = replace(bench.state, lots={x.id: x for x in stock})
    (first,) = told(bench.ask(K.LOT_REWORK, "B1", "broken", kg=2.0, material="rework"), "produced")
    assert first.data["expires"] == (last + dt.timedelta(days=1)).isoformat()
    (more,) = told(bench.ask(K.LOT_REWORK, "B2", "broken", kg=2.0, material="rework", into=first.source), "produced")
    assert more.data["expires"] == last.isoformat()
    assert bench.lots[first.source].expires == last


def test_the_view_shows_what_is_lacking_and_whose_turn_it_is() -> None:
    bench = Bench(views=wants(4.0))
    bench.receive("L2", expires=(bench.today() + dt.timedelta(days=30)).isoformat())
    bench.receive("L1")
    view = bench.shown()
    assert [x["id"] for x in view["lots"]] == ["L1", "L2"]
    (need,) = view["needs"]
    beef, ice = need["ingredients"]
    assert (beef["missing_kg"], beef["prompt"], beef["lot"], beef["lot_left_kg"], beef["stock_kg"]) == (
        16.0,
        "lot_beef",
        "L1",
        10.0,
        20.0,
    )
    assert (ice["traced"], ice["lot"], ice["stock_kg"]) == (False, None, None)
    bench.views = wants(19.9)
    bench.step()
    assert bench.shown()["needs"][0]["ingredients"][0]["missing_kg"] == 0.0


def test_the_view_warns_and_stays_small() -> None:
    bench = Bench()
    bench.receive("L1", expires=(bench.today() + dt.timedelta(days=6)).isoformat())
    bench.receive("L2", temperature_c=9.0)
    bench.now_ns += 4 * DAY_NS
    bench.step()
    warnings = bench.shown()["warnings"]
    assert warnings == [{"lot": "L1", "what": "expires_soon", "days_left": 2}, {"lot": "L2", "what": "on_hold", "days_left": 6}]
    bench.now_ns += 3 * DAY_NS
    bench.step()
    assert bench.shown()["warnings"][0] == {"lot": "L1", "what": "expired", "days_left": -1}
    many = {f"M{i}": lot(f"M{i}") for i in range(VIEW_LOTS_MAX + 7)}
    bench.state = type(bench.state)(**{**vars(bench.state), "lots": many})
    view = bench.shown()
    assert len(view["lots"]) == VIEW_LOTS_MAX
    assert view["more_lots"] == 7


def test_the_terminal_of_a_scale_shows_what_is_lacking_until_it_is_loaded() -> None:
    bench = Bench(views=wants(4.0))
    bench.receive("L1")
    assert "does not wait" in refusals(bench.ask(K.LOT_WEIGH, "W", batch="B1", material="salt"))[0]
    assert "takes no target" in refusals(bench.ask(K.LOT_WEIGH, "bare", batch="B1", material="beef"))[0]
    assert refusals(bench.ask(K.LOT_WEIGH, "X", batch="B1", material="beef")) == ["There is no scale X"]
    bench.ask(K.LOT_WEIGH, "W", batch="B1", material="beef")
    target = bench.stage._catalogue.scales["W"].target  # pyright: ignore[reportPrivateUsage]
    assert bench.scan is not None
    assert [(w.handle, w.value) for w in bench.scan.writes] == [(target, 16.0)]
    bench.ask(K.LOT_WEIGH, "W", batch="B1", material="beef", lot="L1")
    assert [w.value for w in bench.scan.writes] == [10.0], "there is no more of it"
    bench.again()
    assert [w["batch"] for w in bench.shown()["weighing"]] == ["B1"]
    bench.step(uses=[use(kg=8.0, scale="W")])
    assert [(w.handle, w.value) for w in bench.scan.writes] == [(target, 0.0)]
    assert not bench.state.weighing
    bench.ask(K.LOT_WEIGH, "W", batch="B1", material="beef")
    bench.views = {"batches": {"batches": []}}
    bench.step()
    assert [(w.handle, w.value) for w in bench.scan.writes] == [(target, 0.0)]
    assert not bench.state.weighing


def test_long_gone_lots_leave_at_midnight() -> None:
    bench = Bench()
    bench.receive("L1")
    bench.receive("L2")
    bench.step(uses=[use("L1", 10.0)])
    start_day = bench.state.day
    bench.now_ns += DAY_NS
    bench.step()
    assert bench.state.day > start_day
    assert list(bench.lots) == ["L2"]


def test_a_clock_that_was_set_back_makes_no_number_twice() -> None:
    bench = Bench()
    bench.receive()
    bench.now_ns -= DAY_NS
    bench.receive()
    bench.now_ns += DAY_NS
    bench.receive()
    names = [e.source for e in told(bench.journal, "received")]
    assert len(set(names)) == len(names) == 3


def test_the_state_comes_back_as_it_was() -> None:
    bench = Bench(views=wants(4.0))
    start(bench)
    bench.receive("Q1", documents=[])
    bench.step(events=[batch_event("acquire", unit="P")])
    make(bench, 13, 6.5)
    bench.step()
    before = bench.state
    bench.again()
    bench.step()
    assert bench.state == before


@pytest.mark.parametrize(
    "saved", [{"schema": 2}, {"lots": []}, {"schema": 1, "lots": [{"id": "a"}]}, {"schema": 1, "serial": "x"}]
)
def test_what_is_no_saved_stock_is_not_read(saved: JsonObject) -> None:
    with pytest.raises(ValueError, match=r"schema|validation error"):
        Bench().stage.restore(saved, S)
