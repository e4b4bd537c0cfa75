"""The tables of lots follow the events, and can be made from them again."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from historian.genealogy_events import packed_id
from historian.journal import Journal
from line.messages import Event
from tests.builders import T0_NS
from tests.unit.trace_kit import Lots, change, simple, tables


def row(path: Path, lot: str) -> dict[str, Any]:
    names = ("id", "kind", "told", "material", "supplier", "supplier_lot", "produced", "expires", "gtin", "place", "status",
             "made_ns", "made_kg", "packs", "batch", "in_kg", "out_kg", "packed_kg", "adjusted_kg", "discarded_kg", "left_kg",
             "made_seq")  # fmt: skip
    (found,) = [r for r in tables(path)["lots"] if r[0] == lot]
    return dict(zip(names, found, strict=True))


def edges(path: Path) -> list[tuple[object, ...]]:
    """kind, from, to, kg of every edge."""
    return [(e[1], e[2], e[3], e[4]) for e in tables(path)["lot_edges"]]


def test_every_movement_of_mass_is_an_edge(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    assert edges(path) == [
        ("consumed", "L1", "B1", 80.0), ("consumed", "L2", "B1", 10.0), ("consumed", "L1", "B2", 60.0),
        ("rework", "B2", "B1", 10.0),
        ("transfer", "B1", "B1", 90.0), ("packed", "B1", "(00)046000000000000000", 25.0),
        ("packed", "B1", "(00)046000000000000001", 25.0), ("packed", "B1", "(00)046000000000000002", 25.0),
        ("packed", "B2", "(00)046000000000000009", 45.0),
    ]  # fmt: skip
    assert (row(path, "L1")["made_kg"], row(path, "L1")["out_kg"], row(path, "L1")["left_kg"]) == (200.0, 140.0, 60.0)
    batch = row(path, "B1")
    assert (batch["in_kg"], batch["out_kg"], batch["packed_kg"], batch["material"]) == (100.0, 0.0, 75.0, "ham")
    packed = row(path, packed_id("046000000000000000"))
    assert (packed["kind"], packed["packs"], packed["made_kg"], packed["expires"], packed["batch"]) == (
        "packed", 10, 25.0, "2026-03-01", "B1",
    )  # fmt: skip
    assert tables(path)["lot_units"] == [("B1", "G101", "grinder", T0_NS + 5_000_000_000, T0_NS + 11_000_000_000, 5, 11)]


def test_a_use_that_batch_and_stock_both_tell_is_counted_once(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("260101-7", 100.0)
        lots.batch("lot", "B1", material="pork", lot="260101-7", kg=30.0, at_s=10)
        lots.consumed("260101-7", "B1", 30.0, at_s=10)
        lots.batch("lot", "B1", material="pork", lot="260101-7", kg=30.0, at_s=10)
        lots.consumed("260101-7", "B1", 30.0, at_s=10)
        lots.batch("lot", "B1", material="pork", lot="(10)260101-7", kg=5.0, at_s=20)  # as it was scanned
        lots.consumed("260101-7", "B1", 5.0, at_s=20)
    path = tmp_path / "journal.db"
    assert edges(path) == [("consumed", "260101-7", "B1", kg) for kg in (30.0, 30.0, 5.0)]
    assert (row(path, "260101-7")["out_kg"], row(path, "B1")["in_kg"]) == (65.0, 65.0)
    assert [r[0] for r in tables(path)["lots"]] == ["260101-7", "B1"]


def test_a_line_without_a_stock_has_the_lots_that_were_typed(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.created("B1")
        lots.batch("lot", "B1", material="pork", lot="Иванов 7", kg=30.0)
        lots.batch("lot", "B1", material="pork", lot="Иванов 7", kg=10.0)
    path = tmp_path / "journal.db"
    assert edges(path) == [("consumed", "Иванов 7", "B1", 30.0), ("consumed", "Иванов 7", "B1", 10.0)]
    assert (row(path, "Иванов 7")["told"], row(path, "Иванов 7")["material"]) == (0, "pork")


def test_a_product_lot_comes_by_way_of_its_batch(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 100.0)
        lots.received("L2", 300.0)
        lots.created("B1")
        lots.consumed("L1", "B1", 50.0)
        lots.lot("produced", "B1", batch="B1", product="0460", kg=48.0, kind="packed", from_=["L1"])
        lots.semi("S1", 20.0, ["L1", "B1"], batch="B1")
        lots.semi("S2", 80.0, ["L1", "L2"])
    path = tmp_path / "journal.db"
    assert edges(path) == [
        ("consumed", "L1", "B1", 50.0), ("produced", "B1", "S1", 20.0),
        ("produced", "L1", "S2", pytest.approx(80.0 * 50 / 350)), ("produced", "L2", "S2", pytest.approx(80.0 * 300 / 350)),
    ]  # fmt: skip
    assert [e[12] for e in tables(path)["lot_edges"]] == [0, 0, 1, 1]  # shared: nobody told what each gave
    assert (row(path, "B1")["kind"], row(path, "B1")["made_kg"], row(path, "S1")["kind"]) == ("batch", 48.0, "semi")


def test_status_place_and_mass_follow_what_happened_to_a_lot(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        path = lots.path
        lots.received("L1", 100.0, status="quarantine")
        assert row(path, "L1")["status"] == "quarantine"
        lots.lot("hold", "L1", reasons=[], user="q")
        assert row(path, "L1")["status"] == "on_hold"
        lots.lot("released", "L1", user="q", reason="ok")
        lots.lot("moved", "L1", from_="cold1", to="cold2", kg=None)
        assert (row(path, "L1")["status"], row(path, "L1")["place"]) == ("available", "cold2")
        lots.lot("moved", "L1", from_="cold2", to="cold3", kg=10.0)
        assert row(path, "L1")["place"] == "cold2 + cold3"
        lots.lot("adjusted", "L1", kg_before=100.0, kg=-2.0, reason="count")
        lots.lot("discarded", "L1", kg=3.0, reason="torn", user="q")
        assert (row(path, "L1")["adjusted_kg"], row(path, "L1")["discarded_kg"]) == (-2.0, 3.0)
        lots.packed("046000000000000001", "B1", 5.0)
        lots.lot("moved", "046000000000000001", from_="pack", to="dispatch", kg=None)
        assert row(path, "(00)046000000000000001")["place"] == "dispatch"


def test_product_that_goes_back_is_one_edge_however_it_is_told(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.created("B1")
        lots.semi("R1", 5.0, ["B1"])
        lots.lot("rework", "B1", kg=5.0, into="R1", at_s=lots.at_s)
        lots.lot("rework", "B1", kg=7.0, into="R2")
        lots.lot("produced", "R2", material="trimmings", kg=7.0, kind="semi", from_=["B1"], at_s=lots.at_s)
        lots.consumed("R1", "B2", 5.0)
    path = tmp_path / "journal.db"
    assert edges(path) == [("rework", "B1", "R1", 5.0), ("rework", "B1", "R2", 7.0), ("consumed", "R1", "B2", 5.0)]
    assert (row(path, "R1")["kind"], row(path, "R2")["kind"], row(path, "B1")["out_kg"]) == ("semi", "semi", 12.0)


STRANGE: list[Any] = [None, True, -1, 3.5, "x", [], ["a", 1], {}, {"a": 1}, float("nan"), 2**70, "", "\ud800", " " * 300]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_event_of_a_lot_is_ever_lost_for_what_it_holds(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("strange")
    whats = st.sampled_from(["received", "moved", "adjusted", "consumed", "hold", "discarded", "produced", "packed", "rework",
                             "split", "merged", "formed",
                             "created", "lot", "transfer", "acquire", "release", "product", "new", 7, None])  # fmt: skip
    keys = (
        "kg",
        "material",
        "supplier",
        "from",
        "to",
        "into",
        "sscc",
        "packs",
        "lot",
        "unit",
        "left_kg",
        "kind",
        "place",
        "product",
    )
    names = st.sampled_from(["L1", "B1", "", "x" * 300, "\ud800", "046000000000000001"])
    journal = Journal(folder / "journal.db")
    for seq in range(1, data.draw(st.integers(2, 12))):
        told = {key: data.draw(st.sampled_from([*STRANGE, "L1", "B1", 5.0])) for key in keys}
        kind = data.draw(st.sampled_from(["lot", "batch"]))
        event = Event(seq, T0_NS + seq, kind, data.draw(names), "", data.draw(names), {**told, "what": data.draw(whats)})
        journal.append([event])
        assert journal.last_seq() == seq
    journal.close()
    assert tables(folder / "journal.db") == tables(folder / "journal.db", anew=True)


def busy(folder: Path, seed: int, count: int = 200) -> None:
    """Lots, batches, semi-finished lots, rework and packed units at random."""
    rng = random.Random(seed)
    with Lots(folder) as lots:
        for number in range(count):
            raw, batch = f"L{rng.randrange(12)}", f"B{rng.randrange(8)}"
            match rng.randrange(9):
                case 0:
                    lots.received(raw, rng.uniform(10, 500))
                case 1 | 2:
                    kg = round(rng.uniform(0.1, 50), 3)
                    if rng.random() < 0.5:
                        lots.batch("lot", batch, material="pork", lot=raw, kg=kg)
                        lots.consumed(raw, batch, kg, at_s=lots.at_s)
                    else:
                        lots.consumed(raw, batch, kg)
                case 3:
                    lots.semi(f"S{number}", rng.uniform(1, 20), [raw, f"L{rng.randrange(12)}"], batch=batch)
                case 4:
                    lots.lot("rework", batch, batch=batch, kg=rng.uniform(0, 5), into=f"B{rng.randrange(8)}")
                case 5:
                    lots.packed(f"{number:018}", batch, rng.uniform(1, 25))
                case 6:
                    lots.created(batch)
                case 7:
                    lots.batch(rng.choice(["acquire", "release"]), batch, unit=rng.choice(["G101", "C201"]), role="r")
                case _:
                    lots.lot("discarded", rng.choice([raw, batch]), kg=rng.uniform(0, 2), reason="r", user="u")


@pytest.mark.parametrize("seed", range(5))
def test_made_anew_from_the_events_the_tables_are_the_same(tmp_path: Path, seed: int) -> None:
    busy(tmp_path, seed)
    assert tables(tmp_path / "journal.db") == tables(tmp_path / "journal.db", anew=True)
    assert len(tables(tmp_path / "journal.db")["lot_edges"]) > 30


OLD = (
    "DROP TABLE lots",
    "DROP TABLE lot_edges",
    "DROP TABLE lot_units",
    "DROP INDEX events_lot",
    "DELETE FROM meta WHERE key LIKE 'gen%'",
)


def test_a_journal_from_before_is_read_without_the_tables_and_gets_them_from_the_engine(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    wanted = tables(path)
    change(path, *OLD)
    before = path.read_bytes()
    assert tables(path) == wanted
    assert path.read_bytes() == before  # a reader writes nothing
    Journal(path).close()
    change(path, "DELETE FROM events WHERE 0")  # the tables are in the file now
    assert tables(path) == wanted
    assert Journal(path).verify_chain() == (True, None)


def test_what_an_older_program_wrote_meanwhile_is_caught_up(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    wanted = tables(path)
    change(path, "DELETE FROM lot_edges WHERE seq > 12", "DELETE FROM lots WHERE id LIKE '(00)%'", "DELETE FROM lot_units",
           "UPDATE meta SET value = 12 WHERE key = 'genealogy_seq'")  # fmt: skip
    assert tables(path) == wanted  # the reader does not trust what is behind
    change(path, *OLD[:3], "UPDATE meta SET value = 0 WHERE key LIKE 'gen%'")
    Journal(path).close()
    assert tables(path) == wanted


def test_of_another_version_the_tables_are_made_anew(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    wanted = tables(path)
    change(path, "UPDATE meta SET value = 999 WHERE key = 'genealogy'", "UPDATE lots SET material = 'wrong'")
    Journal(path).close()
    assert tables(path) == wanted


def test_tables_that_are_gone_though_the_file_says_they_are_kept_are_made_anew(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    wanted = tables(path)
    change(path, "DROP TABLE lot_edges")
    assert tables(path) == wanted
    Journal(path).close()
    assert tables(path) == wanted


def test_an_event_that_somebody_made_unreadable_does_not_stop_the_engine(tmp_path: Path) -> None:
    simple(tmp_path)
    path = tmp_path / "journal.db"
    change(path, "DROP TRIGGER events_no_update", "UPDATE events SET data = '{broken' WHERE seq = 6",
           "UPDATE events SET data = '[1]' WHERE seq = 7", *OLD)  # fmt: skip
    journal = Journal(path)
    assert journal.verify_chain() == (False, 6)
    journal.close()
    assert ("consumed", "L1", "B2", 60.0) in edges(path)
    assert ("consumed", "L1", "B1", 80.0) not in edges(path)
