"""Figures of ISO 22400-2: identities, what has no denominator, what exceeds 100 %, counters that are reset."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.oee import Counts, Failures, Times, figures, mean_times_s, summed, to_json
from production.plan import NO_TAG, Machine, ProductionPlan
from tests.builders import S
from tests.unit.prod_kit import BAD, EXECUTE, HELD, PACKER, PLAN, TAGS, Line, batch_event, shift_event

NS = st.integers(0, 10**14)
TIMES = st.builds(Times, NS, NS, NS, NS, NS, NS, NS)
COUNTS = st.builds(Counts, st.integers(0, 10**6), st.integers(0, 10**5), st.floats(0, 1e14))


@given(TIMES, COUNTS)
def test_oee_is_what_the_standard_says(times: Times, counts: Counts) -> None:
    ratios = figures(times, counts)
    parts = (ratios.availability, ratios.effectiveness, ratios.quality)
    if None in parts:
        assert ratios.oee is None
        return
    a, e, q = (p for p in parts if p is not None)
    assert ratios.oee == pytest.approx(a * e * q)
    pri_ns = counts.ideal_ns / counts.produced
    assert ratios.oee == pytest.approx(pri_ns * counts.good / times.pbt)
    assert a <= 1.0
    assert q <= 1.0
    assert ("effectiveness" in ratios.over_100) == (e > 1.0)


@given(st.lists(st.tuples(TIMES, COUNTS), max_size=5))
def test_sums_are_of_all_parts(parts: list[tuple[Times, Counts]]) -> None:
    times, counts = summed(parts)
    assert times.total == sum(t.total for t, _ in parts)
    assert times.pbt == sum(t.pbt for t, _ in parts)
    assert counts.produced == sum(c.produced for _, c in parts)


def test_by_the_example_of_a_shift() -> None:
    """480 min planned, 60 down, 20 minor; 0.5 min an item planned, 700 made, 20 of them rejects."""
    minute = 60 * S
    times = Times(run=400 * minute, minor=20 * minute, down=60 * minute, planned=30 * minute)
    counts = Counts(680, 20, 700 * 0.5 * minute)
    told = to_json(times, counts, Failures(2, 50 * minute), 7)
    assert told == {
        "availability_pct": 87.5, "effectiveness_pct": 83.33, "quality_pct": 97.14, "oee_pct": 70.83, "over_100": [],
        "pbt_s": 28800.0, "apt_s": 25200.0, "run_s": 24000.0, "minor_s": 1200.0, "minor_stops": 7, "adot_s": 3600.0,
        "external_s": 0.0, "idle_s": 0.0, "planned_s": 1800.0, "unknown_s": 0.0, "pq": 700, "gq": 680, "rejects": 20, "unseen": 0,
        "pri_s": 30.0, "failures": 2, "repair_s": 3000.0, "mttr_s": 1000.0, "mtbf_s": 8400.0,
    }  # fmt: skip


def test_no_denominator_no_figure() -> None:
    nothing = to_json(Times(), Counts(), Failures(), 0)
    assert [nothing[f"{n}_pct"] for n in ("availability", "effectiveness", "quality", "oee")] == [None] * 4
    assert (nothing["pri_s"], nothing["mttr_s"], nothing["mtbf_s"]) == (None, None, None)
    only_down = figures(Times(down=S), Counts())
    assert (only_down.availability, only_down.effectiveness, only_down.quality, only_down.oee) == (0.0, None, None, None)
    only_unknown = figures(Times(unknown=S, planned=S), Counts())
    assert only_unknown.availability is None
    assert figures(Times(run=S), Counts(1, 0, S, unrated=1)).effectiveness is None
    assert figures(Times(run=S), Counts(counted=False)).effectiveness is None
    assert mean_times_s(Times(run=S), Failures()) == (None, None)


def test_more_than_all_is_told_and_named() -> None:
    ratios = figures(Times(run=60 * S), Counts(100, 0, 120.0 * S))
    assert (ratios.effectiveness, ratios.oee) == (2.0, 2.0)
    assert ratios.over_100 == ("effectiveness", "oee")


def running() -> Line:
    line = Line()
    line.scan(0.0, events=[shift_event("started", "s1"), batch_event("created", "B1", recipe="ham")])
    line.scan(0.0, {"P.State": EXECUTE})
    return line


def test_counters_go_up_through_resets_and_bad_quality() -> None:
    line = running()
    line.run(100, {"P.Good": 1000, "P.Reject": 10})
    line.run(50, {"P.Good": 1050, "P.Reject": 12})
    line.scan(1, {"P.Good": 0, "P.Reject": 0})
    line.run(50, {"P.Good": 30, "P.Reject": 1})
    line.status = {"P.Good": BAD}
    line.run(50, {"P.Good": 90})
    line.status = {}
    line.run(20)
    told = line.view()["oee"]["line"]
    assert (told["gq"], told["rejects"], told["pq"]) == (1000 + 50 + 90, 10 + 2 + 1, 1153), "bad readings count once Good again"


def test_planned_rates_are_those_of_the_product() -> None:
    line = running()
    line.at("P", "B1")
    line.scan(0.0)
    line.run(120, {"P.Good": 50})
    line.at("P", "")
    line.scan(0.0)
    line.run(100, {"P.Good": 150})
    line.scan(0.0)
    oee = line.view()["oee"]
    (product,) = oee["products"]
    assert (product["product"], product["pri_s"], product["pq"]) == ("ham", 2.0, 50)
    assert product["effectiveness_pct"] == pytest.approx(100 * 50 * 2.0 / 120, abs=0.01)
    assert oee["line"]["pri_s"] == pytest.approx((50 * 2.0 + 100 * 1.0) / 150, abs=1e-4)


def test_the_report_of_a_shift_is_summed_from_its_stops() -> None:
    line = running()
    line.run(1000, {"P.Good": 0})
    line.run(1000, {"P.Good": 900, "P.Reject": 20})
    line.run(400, {"P.State": HELD})
    line.run(200, {"P.State": EXECUTE})
    line.run(100, {"P.State": HELD})
    line.ask("stop.reason", "stop-1", code="belt")
    (event,) = [e for e in line.scan(0.0, events=[shift_event("ended", "s1")]) if e.kind == "oee"]
    told = event.data["line"]
    assert isinstance(told, dict)
    assert (told["run_s"], told["minor_s"], told["adot_s"], told["minor_stops"]) == (2200.0, 100.0, 400.0, 1)
    assert told["availability_pct"] == pytest.approx(100 * 2300 / 2700, abs=0.01)
    assert told["effectiveness_pct"] == pytest.approx(100 * 920 / 2300, abs=0.01)
    assert (told["failures"], told["mttr_s"], told["mtbf_s"]) == (1, 200.0, 1150.0)
    assert event.data["top"] == [
        {"unit": "P", "code": "belt", "name": {"ru": "belt ru", "en": "belt en"}, "count": 1, "s": 400.0}
    ]
    assert event.data["unqualified"] == {"count": 0, "s": 0.0}


def test_what_was_made_while_nobody_looked_is_no_part_of_the_effectiveness() -> None:
    line = running()
    line.run(10)
    line.run(600, {"P.Good": 0})
    line.run(10, {"P.Good": 600})
    line.restart(away_s=3600)
    line.scan(0.0, {"P.Good": 4200})
    line.run(400, {"P.Good": 4200})
    told = line.view()["oee"]["line"]
    assert (told["gq"], told["unseen"], told["unknown_s"], told["apt_s"]) == (4200, 3600, 3600.0, 1020.0)
    assert told["effectiveness_pct"] == pytest.approx(100 * 600 / 1020, abs=0.01), "not 4200 made in 1020 s"
    assert (told["over_100"], told["pri_s"]) == ([], 1.0)


def test_exactly_all_is_not_more_than_all() -> None:
    ideal_ns = sum([1 / 3 * 1e9] * 3) + 1e-4
    assert figures(Times(run=S), Counts(3, 0, ideal_ns)).over_100 == ()


def test_a_state_saved_before_unseen_was_counted_is_read() -> None:
    line = running()
    line.run(20, {"P.Good": 7})
    saved: dict[str, Any] = json.loads(json.dumps(line.stage.save(line.state)))
    saved["cells"] = [row[:13] for row in saved["cells"]]
    assert line.stage.restore(saved, line.now_ns).cells == line.state.cells


def test_a_total_that_moves_before_what_is_good_counts_nothing_twice() -> None:
    packer = replace(PACKER, reject=NO_TAG, total=TAGS.handle("P.Reject"))
    line = Line(replace(PLAN, machines=(packer, *PLAN.machines[1:])))
    line.scan(0.0, events=[shift_event("started", "s1")])
    line.run(10, {"P.State": EXECUTE})
    for good, total in ((0, 10), (10, 10), (10, 25), (20, 25), (24, 25)):
        line.run(10, {"P.Good": good, "P.Reject": total})
    told = line.view()["oee"]["line"]
    assert (told["pq"], told["gq"], told["rejects"]) == (25, 24, 1)


def test_a_plan_at_the_pace_of_simulators_makes_more_in_the_same_time() -> None:
    machine = Machine("P", "packml", 0, rate=0.5, rates={"a": 0.7})
    plan = ProductionPlan((machine, Machine("F", "phase", 1)), "P", threshold_ns=300 * S)
    fast = plan.at_pace(20.0)
    assert fast.machines[0].rate_of("b") == 10.0
    assert fast.machines[0].rate_of("a") == pytest.approx(14.0)
    assert fast.machines[1].rate_of("a") is None
    assert fast.threshold_ns == 15 * S
    assert plan.at_pace(1.0) is plan
