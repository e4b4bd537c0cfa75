"""Genealogy of a real shift: from every delivery to its cases and back, reckoned anew from the raw events."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from historian.genealogy import open_genealogy
from historian.journal import JOURNAL_VERSION
from historian.queries import JOURNAL_FILE, Queries
from historian.recall import Asked, recall
from historian.trace import Direction, trace
from line.messages import Event
from tests.scenarios.traced import traced_shift
from tests.unit.trace_kit import tables


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return traced_shift(tmp_path_factory) / "data"


def told(shift: Path, what: str) -> list[Event]:
    return [e for e in Queries(shift).events_after(0, 1_000_000, "lot") if e.data["what"] == what]


def kg(event: Event) -> float:
    return float(cast(float, event.data["kg"]))


def test_every_use_is_one_edge_though_batch_and_stock_tell_it(shift: Path) -> None:
    edges = [(e[2], e[3], e[4]) for e in tables(shift / JOURNAL_FILE)["lot_edges"] if e[1] == "consumed"]
    assert sorted(edges, key=str) == sorted(((e.source, e.batch, e.data["kg"]) for e in told(shift, "consumed")), key=str)
    assert len(edges) > 10


def test_from_every_delivery_to_its_cases_and_back(shift: Path) -> None:
    went: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for event in told(shift, "consumed"):
        went[event.source][event.batch] += kg(event)
    cases: dict[str, list[Event]] = defaultdict(list)
    for event in told(shift, "packed"):
        cases[event.batch].append(event)
    came = {batch: sum(uses[batch] for uses in went.values() if batch in uses) for batch in cases}
    made = {batch: sum(map(kg, packed)) for batch, packed in cases.items()}
    assert len(cases) == 2
    db = open_genealogy(shift / JOURNAL_FILE, JOURNAL_VERSION)
    assert db is not None
    with closing(db):
        for lot, uses in went.items():
            found = trace(db, [lot], Direction.FORWARD)
            wanted = {f"(00){e.data['sscc']}": e for batch in uses for e in cases[batch]}
            assert {row.id for row in found.of_kind("packed")} == set(wanted)
            for packed, event in wanted.items():
                share = kg(event) / max(came[event.batch], made[event.batch])
                assert found.kg[packed] == pytest.approx(uses[event.batch] * share, rel=1e-6)
            one = next(iter(wanted))
            assert trace(db, [one], Direction.BACK).kg[lot] == pytest.approx(found.kg[one], rel=1e-9)


def test_a_recall_of_every_delivery_closes_and_agrees_with_the_stock(shift: Path) -> None:
    for event in told(shift, "received"):
        found = recall(shift / JOURNAL_FILE, Asked(lot=event.source), 0, verify=True)
        assert found is not None
        balance = cast(dict[str, dict[str, float]], found.report["balance"])
        assert balance["raw"]["received_kg"] == event.data["kg"]
        assert balance["raw"]["difference_kg"] in (None, pytest.approx(0.0, abs=1e-5))
        assert balance["batches"]["closes_kg"] == pytest.approx(0.0, abs=1e-5)
        assert found.report["verified"] == {"chain_ok": True, "first_wrong": None, "tables_ok": True}


def test_a_case_has_its_minutes_in_every_unit_up_to_the_packer(shift: Path) -> None:
    event = told(shift, "packed")[3]
    found = Queries(shift).lots.minutes(str(event.data["sscc"]), 100)
    assert found is not None
    (batch,) = cast(list[dict[str, Any]], found["batches"])
    units = {u["unit"]: u for u in batch["units"]}
    assert {"G101", "C201", "S401", event.unit} <= set(units)
    packer = units[event.unit]
    assert packer["to_ns"] == event.time_ns
    assert packer["from_ns"] < event.time_ns
    assert units["S401"]["to_ns"] <= packer["from_ns"]
    core = units["S401"]["curves"]["S401.CoreTemp"]
    assert max(v for v in core["v"] if v is not None) > 70.0
    assert any(c["what"] == "write" for c in units["S401"]["changes"])
