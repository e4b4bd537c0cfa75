"""Recalls: what is concerned, where it is, balances that close, sheets that sort, checks that find what somebody changed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any, cast

import pytest

from historian.recall import Asked, Recall, recall
from historian.recall_csv import COLUMNS, recall_csv
from historian.recall_document import recall_document
from historian.record_pdf import attached_record, is_pdf
from historian.report_pdf import render_report, report_pages
from line.clock import NS_PER_S
from line.messages import JsonObject
from tests.builders import T0_NS
from tests.unit.test_trace_genealogy import busy
from tests.unit.trace_kit import Lots, change, simple


def recalled(folder: Path, *, verify: bool = False, lots_max: int = 10_000, **asked: Any) -> Recall:
    found = recall(folder / "journal.db", Asked(**asked), T0_NS, verify=verify, lots_max=lots_max)
    assert found is not None
    return found


def section(report: JsonObject, key: str) -> dict[str, dict[str, Any]]:
    return {str(e["id"]): dict(e) for e in cast(list[dict[str, Any]], report[key])}


def balance(report: JsonObject, key: str) -> dict[str, float]:
    return cast(dict[str, dict[str, float]], report["balance"])[key]


def test_a_lot_concerns_its_batches_and_all_that_was_packed_of_them(tmp_path: Path) -> None:
    simple(tmp_path)
    report = recalled(tmp_path, lot="L1").report
    assert set(section(report, "batches")) == {"B1", "B2"}
    assert {u["sscc"] for u in section(report, "packed").values()} == {f"04600000000000000{n}" for n in (0, 1, 2, 9)}
    raw = section(report, "raw")["L1"]
    assert (raw["supplier"], raw["supplier_lot"], raw["consumed_kg"], raw["stock_kg"], raw["difference_kg"]) == (
        "farm", "S-L1", 140.0, 60.0, 0.0,
    )  # fmt: skip
    assert report["sources"] == []
    assert balance(report, "raw")["received_kg"] == 200.0
    assert balance(report, "of_lot") == {"kg": 200.0, "packed_kg": pytest.approx(112.5)}


@pytest.mark.parametrize("asked", [{"sscc": "046000000000000001"}, {"lot": "046000000000000001"}, {"batch": "B1"}])
def test_a_packed_unit_concerns_its_batch_and_one_step_back_are_its_lots(tmp_path: Path, asked: dict[str, str]) -> None:
    simple(tmp_path)
    report = recalled(tmp_path, **cast(dict[str, Any], asked)).report
    assert report["starts"] == ["B1"]
    assert len(section(report, "packed")) == 3
    sources = section(report, "sources")
    assert {k: v["of_lot_kg"] for k, v in sources.items()} == {"L1": pytest.approx(90.0), "L2": pytest.approx(10.0)}
    assert sources["L2"]["supplier"] == "mill"


def test_a_supplier_concerns_what_came_in_a_span(tmp_path: Path) -> None:
    simple(tmp_path)
    assert recalled(tmp_path, supplier="mill").report["starts"] == ["L2"]
    assert recalled(tmp_path, supplier="farm", from_ns=T0_NS, to_ns=T0_NS + 1_000_000_000).report["starts"] == ["L1"]
    assert recall(tmp_path / "journal.db", Asked(supplier="farm", from_ns=T0_NS + 10**10), T0_NS) is None


def test_a_number_that_is_ours_and_a_suppliers_concerns_both(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("231123-1", 10.0)
        lots.received("L2", 20.0, supplier="mill", supplier_lot="231123-1")
        lots.created("B1")
        lots.consumed("L2", "B1", 20.0)
        lots.packed("046000000000000001", "B1", 20.0)
    report = recalled(tmp_path, lot="231123-1").report
    assert report["starts"] == ["231123-1", "L2"]
    assert len(section(report, "packed")) == 1


@pytest.mark.parametrize(
    "asked", [{"supplier": "farm"}, {"supplier": "mill", "from_ns": T0_NS + 500 * NS_PER_S}, {"lot": "F-1"}, {"lot": "M-1"}]
)
def test_a_number_that_was_given_twice_is_found_by_both_deliveries(tmp_path: Path, asked: dict[str, Any]) -> None:
    """The stock forgets a lot that was used up; a year later the same number is typed again."""
    with Lots(tmp_path) as lots:
        lots.received("L1", 10.0, supplier_lot="F-1")
        lots.created("B1")
        lots.consumed("L1", "B1", 10.0)
        lots.packed("046000000000000001", "B1", 10.0)
        lots.at_s = 1000.0
        lots.received("L1", 5.0, supplier="mill", supplier_lot="M-1")
    report = recalled(tmp_path, **asked).report
    assert report["starts"] == ["L1"]
    assert len(section(report, "packed")) == 1


def test_a_lot_of_which_a_stocktake_found_more_is_not_shown_as_used_up(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 10.0)
        lots.created("B1")
        lots.consumed("L1", "B1", 10.0, left_kg=0.0)
        lots.lot("used_up", "L1")
        lots.lot("adjusted", "L1", kg_before=0.0, kg_after=2.5, kg=2.5, reason="stocktake", user="ivanov")
    row = section(recalled(tmp_path, lot="L1").report, "raw")["L1"]
    assert (row["status"], row["stock_kg"], row["difference_kg"]) == ("available", 2.5, 0.0)


@pytest.mark.parametrize(
    "asked",
    [
        {"lot": "l1"}, {"lot": " s-l1 "}, {"batch": "b1"}, {"sscc": "00046000000000000001"},
        {"sscc": "(00) 0 4600000 0000000001"}, {"lot": "00046000000000000001"}, {"lot": "партия 7"},
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_read_from_a_label(tmp_path: Path, asked: dict[str, Any]) -> None:
    simple(tmp_path)
    with Lots(tmp_path) as lots:
        lots.received("L7", 1.0, supplier_lot="Партия 7")
    assert recalled(tmp_path, **asked).report["starts"] in (["L1"], ["B1"], ["L7"])


@pytest.mark.parametrize("asked", [{}, {"lot": "L1", "batch": "B1"}, {"lot": "L1", "from_ns": 5}])
def test_a_recall_is_of_one_thing(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"name one of|belongs to a supplier"):
        Asked(**asked)


def line_of_a_day(folder: Path) -> None:
    """As the stages tell it: a batch that has ended and is in stock, with rework and waste of it, and one at work."""
    with Lots(folder) as lots:
        lots.received("L1", 200.0)
        lots.lot("adjusted", "L1", kg_before=200.0, kg=1.5, reason="count", user="p")
        for batch in ("B1", "B2"):
            lots.created(batch)
        lots.batch("state", "B1", from_="idle", to="running")
        lots.consumed("L1", "B1", 100.0, left_kg=101.5)
        for number in range(8):
            lots.packed(f"04600000000000000{number}", "B1", 11.25)
        lots.batch("state", "B1", from_="running", to="complete")
        made: dict[str, Any] = {"product": "ham", "kg": 90.0, "kind": "packed", "expires": "2026-03-01", "status": "available"}
        lots.lot("produced", "B1", batch="B1", from_=["L1"], **made)
        lots.lot("moved", "B1", from_="", to="store", kg=None)
        lots.lot("rework", "B1", kg=10.0, into="R1")
        lots.lot("produced", "R1", material="trimmings", kg=10.0, kind="semi", from_=["B1"], at_s=lots.at_s)
        lots.consumed("R1", "B2", 6.0)
        lots.consumed("L1", "B2", 50.0, left_kg=51.5)
        lots.lot("discarded", "B1", kg=80.0, reason="recall", user="q")


def test_the_balance_closes_over_goods_waste_rework_loss_and_what_is_at_work(tmp_path: Path) -> None:
    line_of_a_day(tmp_path)
    report = recalled(tmp_path, lot="L1").report
    assert balance(report, "raw") == {
        "received_kg": 200.0, "adjusted_kg": 1.5, "consumed_kg": 150.0, "discarded_kg": 0.0, "stock_kg": 51.5,
        "difference_kg": 0.0,
    }  # fmt: skip
    assert balance(report, "batches") == {
        "came_kg": 150.0, "adjusted_kg": 0.0, "goods_kg": 4.0, "packed_kg": 90.0, "discarded_kg": 80.0, "open_kg": 56.0,
        "dispatched_kg": 0.0, "loss_kg": 10.0, "loss_pct": pytest.approx(6.67), "closes_kg": 0.0,
    }  # fmt: skip
    batches = section(report, "batches")
    assert (batches["B1"]["loss_kg"], batches["B1"]["loss_pct"], batches["B1"]["ended"], batches["B1"]["state"]) == (
        10.0, 10.0, True, "complete",
    )  # fmt: skip
    assert (batches["B2"]["loss_kg"], batches["B2"]["open_kg"], batches["R1"]["goods_kg"]) == (None, 56.0, 4.0)
    assert report["places"] == [{"place": "store", "status": "discarded", "units": 8, "packs": 80, "kg": 90.0}]


def test_a_recall_names_who_got_what(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 200.0)
        lots.created("B1")
        lots.consumed("L1", "B1", 100.0, left_kg=100.0)
        for number in range(8):
            lots.packed(f"04600000000000000{number}", "B1", 11.25)
        lots.batch("state", "B1", from_="running", to="complete")
        lots.lot("produced", "B1", batch="B1", from_=["L1"], product="ham", kg=90.0, kind="packed", status="available")
        sent = ["046000000000000000", "046000000000000003"]
        lots.lot("dispatched", "B1", customer="Снег", document="Н-1", kg=22.5, left_kg=67.5, sscc=sent, user="p")
        lots.lot("dispatched", "B1", customer="Лёд", document="Н-2", kg=45.0, left_kg=22.5, sscc=[], user="p")
        lots.lot("dispatched", "B1", customer=7, document=None, kg="x", sscc="y")
    found = recalled(tmp_path, lot="L1")
    customers = [
        (c["customer"], c["document"], c["lot"], c["kg"], c["of_lot_kg"], c["sscc"])
        for c in cast(list[dict[str, Any]], found.report["customers"])
    ]
    assert customers == [("Снег", "Н-1", "B1", 22.5, 22.5, sent), ("Лёд", "Н-2", "B1", 45.0, 45.0, [])]
    whole = balance(found.report, "batches")
    assert (whole["goods_kg"], whole["dispatched_kg"], whole["loss_kg"], whole["closes_kg"]) == (22.5, 67.5, 10.0, 0.0)
    where = {p["place"]: (p["status"], p["units"]) for p in cast(list[dict[str, Any]], found.report["places"])}
    assert where == {"Снег": ("dispatched", 2), "": ("available", 6)}
    shipped = [line for line in recall_csv(found, "en").splitlines() if line.startswith("shipping")]
    assert [line.split(",")[8] for line in shipped] == ["Снег", "Лёд"]
    words = json.dumps(recall_document(found.report, "ru", "UTC"), ensure_ascii=False)
    assert "Кому отгружено" in words
    assert "отгружено 67,5 кг" in words
    assert recalled(tmp_path, sscc=sent[0]).report["customers"] == found.report["customers"], "others of the batch went there too"


def parted(folder: Path) -> Path:
    """L1 into L1A and what is left; L1A with L2 into M1, of which B1 takes 25 kg."""
    with Lots(folder) as lots:
        lots.received("L1", 100.0)
        lots.received("L2", 30.0, supplier="other")
        lots.created("B1")
        known: dict[str, Any] = {"material": "pork", "supplier": "farm", "supplier_lot": "", "status": "available"}
        lots.lot("split", "L1", kg=40.0, into="L1A", left_kg=60.0, user="petrova", reason="")
        lots.lot("formed", "L1A", kg=40.0, from_=["L1"], **known)
        lots.lot("merged", "L1A", kg=40.0, into="M1", left_kg=0.0, user="petrova", reason="one tub")
        lots.lot("merged", "L2", kg=30.0, into="M1", left_kg=0.0, user="petrova", reason="one tub")
        lots.lot("formed", "M1", kg=70.0, from_=["L1A", "L2"], **known)
        lots.consumed("M1", "B1", 25.0, left_kg=45.0)
    return folder


def test_a_lot_is_followed_through_its_parts_and_what_they_were_put_together_with(tmp_path: Path) -> None:
    found = recalled(parted(tmp_path), lot="L1", verify=True)
    report: Any = found.report
    assert [(r["id"], r["of_lot_kg"], r["stock_kg"], r["difference_kg"]) for r in report["raw"]] == [
        ("L1", 100.0, 60.0, 0.0), ("L1A", 40.0, 0.0, 0.0), ("M1", 40.0, 45.0, 0.0),
    ]  # fmt: skip
    assert report["batches"][0]["of_lot_kg"] == pytest.approx(25.0 * 40 / 70)
    raw = report["balance"]["raw"]
    assert raw["received_kg"] == 130.0, "of L2 what is in M1 is concerned as well"
    assert raw["received_kg"] == raw["consumed_kg"] + raw["stock_kg"]
    assert (raw["consumed_kg"], raw["stock_kg"]) == (25.0, 105.0)
    assert report["verified"]["tables_ok"]
    sheet = recall_csv(found, "en")
    assert [line.count("receiving") for line in sheet.splitlines()].count(1) == 1, "parts are nobody's delivery"
    assert "splitting" in sheet
    assert "merging" in sheet


def test_one_step_back_of_what_was_put_together_are_the_deliveries(tmp_path: Path) -> None:
    report: Any = recalled(parted(tmp_path), batch="B1").report
    assert {r["id"]: round(r["of_lot_kg"], 3) for r in report["sources"]} == {
        "L1": 14.286,
        "L2": 10.714,
        "L1A": 14.286,
        "M1": 25.0,
    }


def test_a_stock_that_told_something_else_than_the_movements_shows_it(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 100.0)
        lots.consumed("L1", "B1", 30.0, left_kg=68.0)
        lots.lot("discarded", "L1", kg=5.0, reason="r", user="u")
    report = recalled(tmp_path, lot="L1").report
    assert section(report, "raw")["L1"]["difference_kg"] == pytest.approx(-2.0)
    assert balance(report, "raw")["difference_kg"] == pytest.approx(-2.0)


@pytest.mark.parametrize("seed", range(6))
def test_any_production_closes(tmp_path: Path, seed: int) -> None:
    busy(tmp_path, seed)
    asked = 0
    for lot in (f"L{n}" for n in range(12)):
        found = recall(tmp_path / "journal.db", Asked(lot=lot), T0_NS)
        if found is None:
            continue
        asked += 1
        assert abs(balance(found.report, "batches")["closes_kg"]) < 1e-5
        raw = balance(found.report, "raw")
        assert raw["received_kg"] + raw["adjusted_kg"] == pytest.approx(
            raw["consumed_kg"] + raw["discarded_kg"] + raw["stock_kg"], abs=1e-5
        )
        if not found.forward.unsettled:
            assert balance(found.report, "of_lot")["packed_kg"] <= balance(found.report, "of_lot")["kg"] + 1e-6
    assert asked > 3


def test_a_cut_is_told(tmp_path: Path) -> None:
    simple(tmp_path)
    assert recalled(tmp_path, lot="L1", lots_max=3).report["cut"] is True


# Is it to be believed


def test_a_journal_that_nobody_changed_is_verified(tmp_path: Path) -> None:
    simple(tmp_path)
    assert recalled(tmp_path, lot="L1").report["verified"] is None
    assert recalled(tmp_path, lot="L1", verify=True).report["verified"] == {
        "chain_ok": True, "first_wrong": None, "tables_ok": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    ["DELETE FROM lot_edges WHERE dst LIKE '(00)%0'", "UPDATE lots SET supplier = 'other' WHERE id = 'L1'",
     "UPDATE lot_edges SET kg = 1 WHERE kind = 'rework'", "DROP TABLE lot_edges"],
)  # fmt: skip
def test_tables_that_somebody_changed_are_found_and_not_used(tmp_path: Path, changed: str) -> None:
    simple(tmp_path)
    honest = recalled(tmp_path, lot="L1").report
    change(tmp_path / "journal.db", changed)
    found = recalled(tmp_path, lot="L1", verify=True).report
    rebuilt_by_reader = changed.startswith("DROP")
    assert found["verified"] == {"chain_ok": True, "first_wrong": None, "tables_ok": rebuilt_by_reader}
    assert {k: v for k, v in found.items() if k not in ("verified", "took_ms")} == {
        k: v for k, v in honest.items() if k not in ("verified", "took_ms")
    }


def test_an_event_that_somebody_changed_is_found(tmp_path: Path) -> None:
    simple(tmp_path)
    change(tmp_path / "journal.db", "DROP TRIGGER events_no_update",
           "UPDATE events SET data = replace(data, '\"kg\":80.0', '\"kg\":8.0') WHERE seq = 6")  # fmt: skip
    found = recalled(tmp_path, lot="L1", verify=True).report
    assert found["verified"] == {"chain_ok": False, "first_wrong": 6, "tables_ok": False}
    words = str(recall_document(found, "en"))
    assert "THE CHAIN OF THE JOURNAL IS BROKEN from event 6" in words


# Sheets and pages


def rows(found: Recall, language: str) -> list[list[str]]:
    text = recall_csv(found, language).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text), delimiter="," if language == "en" else ";"))


def test_the_sheet_has_every_movement_by_time_and_a_spreadsheet_keeps_its_numbers(tmp_path: Path) -> None:
    simple(tmp_path)
    found = recalled(tmp_path, batch="B1")
    head, *lines = rows(found, "en")
    assert head == [en for _, en in COLUMNS]
    at = {name: place for place, name in enumerate(head)}
    assert [line[at["Event"]] for line in lines] == [
        "receiving", "receiving", "transformation: input", "transformation: input", "transformation: input", "rework", "packing",
        "packing", "packing",
    ]  # fmt: skip
    assert [int(line[at["Journal record"]]) for line in lines] == [1, 2, 6, 7, 8, 9, 12, 13, 14]
    packing = lines[-1]
    assert packing[at["SSCC"]] == "(00)046000000000000002"
    assert packing[at["GTIN"]] == "(01)04600000000015"
    assert (packing[at["Quantity"]], packing[at["Previous source"]], packing[at["Unit"]]) == ("25", "B1", "P701")
    assert lines[0][at["Previous source"]] == "farm"
    times = [line[at["Time (UTC)"]] for line in lines]
    assert times == sorted(times)
    assert {len(line) for line in lines} == {len(head)}


def test_one_step_back_the_sheet_has_what_went_into_the_recalled_batch(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 100.0)
        lots.created("B1")
        lots.created("B2")
        lots.consumed("L1", "B1", 30.0)
        lots.consumed("L1", "B1", 20.0)
        lots.consumed("L1", "B2", 50.0)
    head, *lines = rows(recalled(tmp_path, batch="B1"), "en")
    found = [(line[0], float(line[head.index("Of the recalled lot, kg")])) for line in lines]
    assert found == [("receiving", 50.0), ("transformation: input", 30.0), ("transformation: input", 20.0)]


def test_the_russian_sheet_has_decimal_commas_and_no_text_is_a_formula(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 10.5, supplier="=HYPERLINK(1)")
        lots.consumed("L1", "B1", 1.25)
    head, first, second = rows(recalled(tmp_path, lot="L1"), "ru")
    assert head[0] == "Событие"
    assert (first[4], second[4]) == ("10,5", "1,25")
    assert first[7] == "'=HYPERLINK(1)"


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_pages_hold_the_report_and_are_the_same_bytes_again(tmp_path: Path, language: str) -> None:
    line_of_a_day(tmp_path)
    report = recalled(tmp_path, lot="L1").report
    document = recall_document(report, language, "Europe/Minsk")
    pdf = render_report(document, report, "recall.json", T0_NS)
    assert is_pdf(pdf)
    assert pdf == render_report(document, report, "recall.json", T0_NS)
    attached = attached_record(pdf)
    assert attached is not None
    assert b'"kind":"recall"' in attached
    assert len(report_pages(document, 30)) >= 1


def test_every_word_of_the_pages_is_there_in_both_languages(tmp_path: Path) -> None:
    line_of_a_day(tmp_path)
    report = recalled(tmp_path, lot="L1", lots_max=4).report
    for asked in ({"lot": "L1"}, {"sscc": "1"}, {"batch": "B1"}, {"supplier": "farm", "from_ns": 0, "to_ns": None}):
        for language in ("ru", "en"):
            document = recall_document({**report, "asked": asked, "unsettled": True, "unweighed": 2}, language)
            kinds = [b["kind"] for b in cast(list[dict[str, Any]], document["blocks"])]
            assert kinds.count("warning") >= 3
            assert kinds[-1] == "sign"


def test_no_text_of_people_becomes_markup(tmp_path: Path) -> None:
    with Lots(tmp_path) as lots:
        lots.received("L1", 10.0, supplier="#panic() \u202e]", material="*bold* $x$ " + "y" * 80)
    report = recalled(tmp_path, lot="L1").report
    assert is_pdf(render_report(recall_document(report, "ru"), report, "recall.json", T0_NS))
