"""Traces back and forward: exact sets, masses that add up, loops of rework, against a naive reference."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from historian.genealogy import open_genealogy
from historian.journal import JOURNAL_VERSION
from historian.trace import Direction, Trace, trace
from tests.unit.trace_kit import Lots, simple

FORWARD, BACK = Direction.FORWARD, Direction.BACK


def walk(folder: Path, starts: str | Sequence[str], direction: Direction, lots_max: int = 10_000, depth_max: int = 100) -> Trace:
    db = open_genealogy(folder / "journal.db", JOURNAL_VERSION)
    assert db is not None
    with closing(db):
        return trace(db, starts.split() if isinstance(starts, str) else starts, direction, lots_max=lots_max, depth_max=depth_max)


def test_forward_from_a_raw_lot_to_all_that_it_is_in(tmp_path: Path) -> None:
    simple(tmp_path)
    found = walk(tmp_path, "L1", FORWARD)
    assert set(found.lots) == {"L1", "B1", "B2", *(f"(00)04600000000000000{n}" for n in (0, 1, 2, 9))}
    # of 60 kg in B2, 10 go into B1 and 45 are packed; B1 weighs 100 kg, of which 90 are L1's, and 3 × 25 kg are packed
    assert found.kg["B2"] == pytest.approx(60.0)
    assert found.kg["B1"] == pytest.approx(90.0)
    assert found.kg["(00)046000000000000000"] == pytest.approx(22.5)
    assert found.kg["(00)046000000000000009"] == pytest.approx(45.0)
    assert (found.cut, found.unsettled, found.unweighed) == (False, False, 0)


def test_back_from_a_packed_unit_to_all_that_is_in_it(tmp_path: Path) -> None:
    simple(tmp_path)
    found = walk(tmp_path, "(00)046000000000000000", BACK)
    assert set(found.lots) == {"(00)046000000000000000", "B1", "B2", "L1", "L2"}
    assert found.kg["L1"] == pytest.approx(22.5)
    assert found.kg["L2"] == pytest.approx(2.5)
    assert found.kg["L1"] + found.kg["L2"] == pytest.approx(25.0)
    assert {row.id for row in found.of_kind("raw")} == {"L1", "L2"}


def test_a_transfer_between_units_is_no_way_to_another_lot(tmp_path: Path) -> None:
    simple(tmp_path)
    assert all(e.kind != "transfer" for e in walk(tmp_path, "B1", FORWARD).edges)


def test_what_is_lost_is_in_no_pack_and_what_was_added_makes_no_more_of_a_lot(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 100.0)
        lots.received("L2", 100.0)
        lots.consumed("L1", "B1", 100.0)
        lots.packed("1", "B1", 80.0)  # 20 kg cooking loss
        lots.consumed("L2", "B2", 100.0)
        lots.packed("2", "B2", 60.0)
        lots.packed("3", "B2", 60.0)  # ice, of which there are no lots
    assert walk(tmp_path, "L1", FORWARD).kg["(00)1"] == pytest.approx(80.0)
    forward = walk(tmp_path, "L2", FORWARD)
    assert forward.kg["(00)2"] + forward.kg["(00)3"] == pytest.approx(100.0)
    assert walk(tmp_path, "(00)2", BACK).kg["L2"] == pytest.approx(50.0)


def loop(folder: Path) -> None:
    """B1 and B2 work each other's trimmings in."""
    with Lots(folder) as lots:
        lots.received("L1", 100.0)
        lots.received("L2", 100.0)
        lots.consumed("L1", "B1", 90.0)
        lots.consumed("L2", "B2", 90.0)
        lots.lot("rework", "B1", kg=10.0, into="B2")
        lots.lot("rework", "B2", kg=10.0, into="B1")
        lots.lot("rework", "B1", kg=3.0, into="B1")  # into itself: nothing moves
        lots.packed("1", "B1", 87.0)
        lots.packed("2", "B2", 90.0)


def test_rework_that_goes_round_ends_and_its_masses_add_up(tmp_path: Path) -> None:
    loop(tmp_path)
    found = walk(tmp_path, "L1", FORWARD)
    assert set(found.lots) == {"L1", "B1", "B2", "(00)1", "(00)2"}
    assert not found.unsettled
    both = walk(tmp_path, "(00)1 (00)2", BACK)
    assert both.kg["L1"] == pytest.approx(found.kg["(00)1"] + found.kg["(00)2"])
    assert both.kg["L1"] <= 90.0 + 1e-9


def test_a_trace_from_inside_a_loop_begins_and_ends_there(tmp_path: Path) -> None:
    loop(tmp_path)
    found = walk(tmp_path, "B1", FORWARD)
    assert set(found.lots) == {"B1", "B2", "(00)1", "(00)2"}
    assert found.kg["B1"] == pytest.approx(100.0)  # what it weighs, whatever comes back to it
    assert found.kg["B2"] == pytest.approx(10.0)


def test_bounds_cut_and_say_so(tmp_path: Path) -> None:
    simple(tmp_path)
    assert walk(tmp_path, "L1", FORWARD, lots_max=3).cut
    assert len(walk(tmp_path, "L1", FORWARD, lots_max=3).lots) == 3
    shallow = walk(tmp_path, "L1", FORWARD, depth_max=1)
    assert (shallow.cut, set(shallow.lots)) == (True, {"L1", "B1", "B2"})
    assert not walk(tmp_path, "L1", FORWARD, lots_max=7).cut


def test_unknown_lots_and_an_empty_journal_give_an_empty_trace(tmp_path: Path) -> None:
    with Lots(tmp_path):
        pass
    found = walk(tmp_path, "L9", BACK)
    assert (found.starts, dict(found.lots), list(found.edges)) == ((), {}, [])


def test_a_use_without_a_mass_connects_and_carries_none(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 10.0)
        lots.lot("consumed", "L1", batch="B1", kg=None)
        lots.packed("1", "B1", 5.0)
    found = walk(tmp_path, "L1", FORWARD)
    assert set(found.lots) == {"L1", "B1", "(00)1"}
    assert (found.unweighed, found.kg["(00)1"]) == (1, 0.0)


Uses = list[tuple[int, int, float]]
"""From lot to lot, by number: lower ones are raw; any direction, so that there are loops."""


def graph(folder: Path, raw: int, uses: Uses) -> None:
    with Lots(folder) as lots:
        lots.together()
        for number in range(raw):
            lots.received(f"L{number}", 100.0)
        for src, dst, kg in uses:
            name = f"L{src}" if src < raw else f"B{src}"
            if src < raw:
                lots.consumed(name, f"B{dst}", kg)
            else:
                lots.lot("rework", name, kg=kg, into=f"B{dst}")


def reference(raw: int, uses: Uses, start: str) -> dict[str, float]:
    """Sets by closure, masses by the whole system of equations solved at once."""
    named = [(f"L{s}" if s < raw else f"B{s}", f"B{d}", kg) for s, d, kg in uses if s != d]
    reached, grown = {start}, True
    while grown:
        grown = False
        for src, dst, _ in named:
            if src in reached and dst not in reached:
                reached.add(dst)
                grown = True
    everything = {start, *(s for s, _, _ in named), *(d for _, d, _ in named)}
    base = {
        n: max(
            100.0 if n.startswith("L") else 0.0, sum(kg for s, _, kg in named if s == n),
            sum(kg for _, d, kg in named if d == n),
        )
        for n in everything
    }  # fmt: skip
    order = sorted(reached)
    a, b = np.eye(len(order)), np.zeros(len(order))
    b[order.index(start)] = base[start]
    for src, dst, kg in named:
        if src in reached and dst != start:
            a[order.index(dst), order.index(src)] -= kg / base[src]
    return dict(zip(order, np.linalg.solve(a, b).tolist(), strict=True))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_production_is_traced_as_the_reference_does(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    raw, batches = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 7))
    masses = st.floats(0.5, 60.0).map(lambda kg: round(kg, 3))
    uses = data.draw(
        st.lists(st.tuples(st.integers(0, raw + batches - 1), st.integers(raw, raw + batches - 1), masses), max_size=25)
    )
    uses = [u for u in uses if u[0] != u[1]]
    folder = tmp_path_factory.mktemp("graph")
    graph(folder, raw, uses)
    names = {f"L{n}" for n in range(raw)}
    forward = {name: walk(folder, name, FORWARD) for name in sorted(names)}
    for name, found in forward.items():
        wanted = reference(raw, uses, name)
        assert set(found.lots) == set(wanted)
        if not found.unsettled:
            assert {k: pytest.approx(v, rel=1e-6, abs=1e-6) for k, v in wanted.items()} == dict(found.kg)
        for lot in set(wanted) - {name}:
            back = walk(folder, lot, BACK)
            assert name in back.lots
            # what a batch holds of a lot: less than it weighs
            assert back.kg[name] <= back.lots[lot].base_kg + 1e-6
    ends = {f"B{d}" for _, d, _ in uses} - {f"B{s}" for s, _, _ in uses}
    for end in sorted(ends):
        back = walk(folder, end, BACK)
        assert names & set(back.lots) == {n for n in names if end in forward[n].lots}
        if not back.unsettled:
            for name in names & set(back.lots):
                assert back.kg[name] == pytest.approx(forward[name].kg[end], rel=1e-6, abs=1e-6)
