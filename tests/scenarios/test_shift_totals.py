"""The sums of a shift report, its batches, lots, modes and orders, counted again from samples and raw rows; and that no key of a
report is without a test that counts it."""

from __future__ import annotations

import ast
import itertools
import math
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from tests.scenarios.reported_shift import Raw, S, report_of, total, work_the_shift
from tests.scenarios.shared import made_once
from tests.scenarios.test_shift_figures import came, stored

RAW_MATERIALS: Final = {"beef_premium", "pork_semi_fat", "egg_melange", "milk_powder"}
"""What the recipe reckons its yield from: without water, salt and spices."""
RUNS: Final = (1, 7)
HELD: Final = (3, 4, 5, 6)
"""States of a phase: running and restarting; pausing, paused, holding, held."""

COUNTED_BY: Final = {
    "shift": "test_who_had_the_line_and_who_signed",
    "handover": "test_who_had_the_line_and_who_signed",
    "totals.run_s totals.held_s": "test_how_long_units_ran_and_stood",
    "totals.batches_started totals.batches_completed totals.charged_kg totals.packed_kg totals.yield_pct": (
        "test_the_totals_are_those_of_the_rows_and_of_the_counters"
    ),
    "totals.packs totals.rejects totals.alarms totals.alarms_by_priority totals.events": "test_packs_rejects_and_alarms",
    "plan.orders": "test_setpoints_and_orders",
    "plan.products": "test_batches_and_products",
    "mass.charged_kg mass.packed_kg mass.on_line_kg mass.yield_pct": "test_the_totals_are_those_of_the_rows_and_of_the_counters",
    "mass.packs mass.rejects": "test_packs_rejects_and_alarms",
    "mass.batches": "test_batches_and_products",
    "oee.units oee.line oee.constraint oee.shift": "test_every_second_of_every_machine_and_its_figures",
    "oee.products": "test_the_product_has_the_time_in_which_its_batch_was_at_the_packer",
    "oee.top oee.unqualified": "test_the_worst_reasons",
    "stops.count stops.s stops.minor stops.minor_s stops.unexplained stops.top": (
        "test_the_stops_are_those_that_the_samples_show_as_people_left_them"
    ),
    "lots.loaded lots.received lots.packed": "test_every_lot_that_was_moved",
    "lots.loaded_kg lots.by_material": "test_lots_and_stock",
    "batches": "test_when_batches_ran_and_what_came_of_them",
    "ccp.passed ccp.failed ccp.results ccp.deviations ccp.undecided": "test_critical_points_and_quality",
    "alarms.count alarms.by_priority alarms.active alarms.shelved alarms.suppressed alarms.out_of_service": "test_alarms",
    "alarms.acknowledged alarms.hidden": "test_packs_rejects_and_alarms",
    "alarms.kpi alarms.floods": "test_the_figures_of_alarms",
    "modes.manual modes.changes": "test_modes_with_who_and_when",
    "modes.by_hand": "test_modes_with_who_and_when",
    "setpoints.parameters setpoints.written": "test_setpoints_and_orders",
    "quality.held": "test_critical_points_and_quality",
    "quality.decided": "test_requests_safety_cleaning_and_quality_word_by_word",
    "requests.open requests.done requests.calls": "test_requests_safety_cleaning_and_quality_word_by_word",
    "safety": "test_requests_safety_cleaning_and_quality_word_by_word",
    "cleaning": "test_requests_safety_cleaning_and_quality_word_by_word",
    "stock": "test_what_lay_in_store",
    "log": "test_modes_requests_and_the_log",
    "ledger.samples": "test_the_ledger_agrees_with_a_count_of_the_files",
    "ledger.gaps": "test_an_engine_that_stood_for_two_minutes_is_a_gap_with_its_cause",
    "curves": "test_the_curve_of_what_was_packed_is_every_sample",
    "journal.first_seq journal.last_seq journal.made_seq journal.events journal.first journal.last": (
        "test_the_seal_is_over_everything_else"
    ),
    "sha256": "test_the_seal_is_over_everything_else",
}  # fmt: skip
"""Key of the report → the test that counts it again. What a batch has left of its phase is what the view said then."""
NO_FIGURES: Final = {"schema", "kind", "names"}
IN_PARTS: Final = {"totals", "plan", "mass", "oee", "stops", "lots", "ccp", "alarms", "modes", "setpoints", "quality", "requests",
                   "ledger", "journal"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "reported-shift", work_the_shift) / "data"


@pytest.fixture(scope="module")
def raw(folder: Path) -> Raw:
    return Raw(folder)


@pytest.fixture(scope="module")
def report(folder: Path, raw: Raw) -> dict[str, Any]:
    return report_of(folder, raw.id)


def test_every_key_of_the_report_has_a_test_that_counts_it(report: dict[str, Any]) -> None:
    keys = {k for k in report if k not in IN_PARTS} | {f"{k}.{part}" for k in IN_PARTS for part in report[k]}
    counted = [key for some in COUNTED_BY for key in some.split()]
    assert sorted(counted) == sorted(keys - NO_FIGURES)
    there = {
        node.name
        for path in Path(__file__).parent.glob("test_shift_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert set(COUNTED_BY.values()) <= there


def test_how_long_units_ran_and_stood(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    totals = report["totals"]
    assert (
        set(totals["run_s"]) == set(totals["held_s"]) == {"R101", "G101", "C201", "T251", "F301", "S401", "S402", "H501", "P601"}
    )
    for unit in totals["run_s"]:
        samples = stored(folder, f"{unit}.PhSts", raw.started[1], raw.ended[1])
        ends = [*(t for t, _, _ in samples[1:]), raw.ended[1]]
        for key, states in (("run_s", RUNS), ("held_s", HELD)):
            ns = sum(to_ns - from_ns for (from_ns, v, _), to_ns in zip(samples, ends, strict=True) if int(v) in states)
            assert totals[key][unit] == pytest.approx(ns / S, abs=2.0), f"{key} of {unit}"
    assert totals["held_s"]["S402"] > 3600 > totals["held_s"]["P601"] > 0


def test_packs_rejects_and_alarms(report: dict[str, Any], raw: Raw, folder: Path) -> None:
    totals, rows = report["totals"], came(raw)
    for key, tag in (("packs", "P601.PackCount"), ("rejects", "P601.RejectCount")):
        values = [v for _, v, _ in stored(folder, tag, raw.started[1], raw.ended[1])]
        assert totals[key] == report["mass"][key] == sum(b - a for a, b in itertools.pairwise(values)) > 0
    assert totals["alarms"] == report["alarms"]["count"] == len(rows)
    by = Counter(str(r[6]["priority"]) for r in rows)
    assert totals["alarms_by_priority"] == {p: by[p] for p in "1234"}
    assert report["alarms"]["acknowledged"] == sum(r[6]["event"] == "ack" for r in raw.of("alarm")) >= 5
    assert report["alarms"]["hidden"] == [] == [r for r in raw.of("alarm") if r[6]["event"] in ("shelve", "remove")]
    assert 0 < totals["events"] <= len(raw.rows)


def test_the_rest_of_the_figures_of_alarms(report: dict[str, Any], raw: Raw) -> None:
    kpi, ten = report["alarms"]["kpi"], 600 * S
    counted = Counter(r[1] // ten for r in came(raw))
    first, last = raw.started[1] // ten, raw.ended[1] // ten
    assert kpi["buckets"] == [counted[i] for i in range(first, last + 1)], "by the clock"
    assert kpi["peak_10_min"] == max(counted.values())
    assert (kpi["over_10_pct"], kpi["hours_over_30_pct"], kpi["flood_pct"]) == (0.0, 0.0, 0.0), "never above 10 in ten minutes"
    assert kpi["top_10_pct"] == 100.0, "of fewer than ten alarms"
    acks = sorted((r[1] - max(c[1] for c in came(raw) if c[3] == r[3] and c[0] < r[0])) / S
                  for r in raw.of("alarm") if r[6]["event"] == "ack")  # fmt: skip
    assert kpi["ack"]["p90_s"] == acks[math.ceil(0.9 * len(acks)) - 1]
    of = [r for r in raw.of("alarm") if r[6]["event"] == "alarm"]
    backs = [
        next((b[1] for b in raw.of("alarm") if b[3] == r[3] and b[0] > r[0] and b[6]["event"] == "return"), None) for r in of
    ]
    lasted = [(b - r[1]) / S for r, b in zip(of, backs, strict=True) if b is not None]
    assert min(lasted) > 10.0
    assert (kpi["chattering"], kpi["fleeting"], kpi["stale"]) == ([], [], []), (
        "none came thrice in a minute, was short, or stood a day"
    )


def test_when_batches_ran_and_what_came_of_them(report: dict[str, Any], raw: Raw) -> None:
    for row in report["batches"]:
        own = [r for r in raw.before_end if r[2] == "batch" and r[5] == row["id"]]
        states = [r for r in own if r[6]["what"] == "state" and not r[6].get("node")]
        assert row["started_ns"] == next(r[1] for r in states if r[6]["to"] == "running")
        done = states[-1][6]["to"] in ("complete", "stopped", "aborted")
        assert row["ended_ns"] == (states[-1][1] if done else None)
        products = [r[6]["to"] for r in own if r[6]["what"] == "product"]
        assert row["product"] == (products[-1] if products else "free")
        began = [r for r in own if r[6]["what"] == "deviation" and r[6].get("back") is not True]
        assert row["deviations"] == len(began)
        lots = [r for r in own if r[6]["what"] == "lot"]
        raw_kg = total([r for r in lots if r[6]["material"] in RAW_MATERIALS])
        assert row["raw_kg"] == raw_kg > 50
        wanted = None if row["packed_kg"] is None else pytest.approx(100 * row["packed_kg"] / raw_kg, abs=0.006)
        assert row["yield_pct"] == wanted
        of_mass = next(m for m in report["mass"]["batches"] if m["id"] == row["id"])
        assert all(of_mass[k] == row[k] for k in ("charged_kg", "raw_kg", "packed_kg", "yield_pct"))
    assert [(r["ended_ns"] is None, r["product"]) for r in report["batches"]] == [(False, "free"), (True, "on_hold")]


def test_every_lot_that_was_moved(report: dict[str, Any], raw: Raw) -> None:
    lots = report["lots"]
    keys = {
        "consumed": ("loaded", ("material", "kg", "user", "reason", "substitute", "fefo")),
        "received": ("received", ("material", "kg", "supplier", "supplier_lot", "temperature_c", "expires", "status")),
        "packed": ("packed", ("sscc", "packs", "kg", "product", "best_before")),
    }
    for what, (told, of) in keys.items():
        rows = raw.of("lot", what)
        assert (
            [(e["time_ns"], *(e[k] for k in of)) for e in lots[told]] == [(r[1], *(r[6].get(k) for k in of)) for r in rows] != []
        )
    assert sum(e["packs"] for e in lots["packed"]) == report["totals"]["packs"], "every pack lies in a case"
    assert total(raw.of("lot", "packed")) == pytest.approx(report["totals"]["packed_kg"], abs=0.01)


def test_modes_with_who_and_when(report: dict[str, Any], raw: Raw) -> None:
    changed = [r for r in raw.rows if r[2] in ("unit", "batch") and r[6].get("what") == "mode"]
    told = [(c["time_ns"], c["of"], c["from"], c["to"], c["user"]) for c in report["modes"]["changes"]]
    assert told == [(r[1], r[3], r[6]["from"], r[6]["to"], r[6]["user"]) for r in changed] != []
    manual = {r[3]: r for r in changed if r[6]["to"] == "manual"}
    assert [(m["unit"], m["since_ns"], m["user"]) for m in report["modes"]["manual"]] == [("G101", manual["G101"][1], "anna")]
    steps = [r for r in raw.of("command") if r[6]["kind"] == "batch.step" and r[6]["status"] == "received"]
    assert report["modes"]["by_hand"] == steps == []


def test_what_was_ordered_by_product(report: dict[str, Any], raw: Raw) -> None:
    orders = {r[3]: r[6] for r in raw.before_end if r[2] == "order"}.values()
    products = {p["recipe"]: p for p in report["plan"]["products"]}
    assert set(products) == {o["recipe"] for o in orders}
    for recipe, told in products.items():
        own = [o for o in orders if o["recipe"] == recipe]
        for key, of in (("planned_kg", "kg"), ("planned_packs", "packs"), ("ordered_packed_kg", "packed_kg")):
            known = [o[of] for o in own if o[of] is not None]
            assert told[key] == (pytest.approx(sum(known), abs=0.001) if known else None), f"{key} of {recipe}"
    assert products["doktorskaya"]["ordered_packed_kg"] > 50
    assert products["vetchina"]["planned_packs"] == 40
