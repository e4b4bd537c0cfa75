"""Lots that are divided, put together, or get a document later: nothing is lost, nothing becomes better than it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from line.messages import CommandKind, Event
from materials.lot import LotKind, LotStatus
from tests.unit.mat_kit import SIGNED, TODAY, Bench, batch_event, lot, refusals, told, use, words

K = CommandKind
DAY = dt.timedelta(days=1)


def bench(**lots: Any) -> Bench:
    """A stock of these lots, by their numbers."""
    made = Bench()
    made.step()
    made.state = replace(made.state, lots={name: lot(name, **fields) for name, fields in lots.items()})
    return made


def only(events: list[Event], what: str) -> Event:
    (found,) = told(events, what)
    return found


# ---- a part of a lot ----------------------------------------------------------------------------------------------------


def test_a_part_gets_a_number_of_its_own_and_all_that_is_known_of_the_whole() -> None:
    b = bench(L1={"supplier": "farm", "supplier_lot": "D1", "gtin": "09522101001010", "place": "cold", "temperature_c": 2.5})
    events = b.ask(K.LOT_SPLIT, "L1", kg=3.3, place="dry")
    assert only(events, "split").data == {"what": "split", "kg": 3.3, "into": "231115-1", "left_kg": 6.7, "reason": "",
                                          "user": "petrov"}  # fmt: skip
    formed = only(events, "formed")
    assert (formed.source, formed.data["kg"], formed.data["from"]) == ("231115-1", 3.3, ["L1"])
    assert formed.data["supplier_lot"] == "D1"
    part, rest = b.lots["231115-1"], b.lots["L1"]
    assert replace(part, id="L1", received_kg=10.0, left_kg=6.7, place="cold") == rest
    assert (part.left_kg, part.received_kg, part.place) == (3.3, 3.3, "dry")


def test_a_part_of_what_is_on_hold_is_on_hold() -> None:
    b = bench(L1={"status": LotStatus.ON_HOLD, "reasons": (words("too warm"),)})
    b.ask(K.LOT_SPLIT, "L1", kg=4.0, into="L2")
    assert (b.lots["L2"].status, b.lots["L2"].reasons) == (LotStatus.ON_HOLD, (words("too warm"),))


@pytest.mark.parametrize(
    ("target", "args", "why"),
    [
        ("L9", {"kg": 1.0}, "There is no lot L9"),
        ("L1", {"kg": 10.0}, "More than 0 and less than 10 kg"),
        ("L1", {"kg": 0.0}, "More than 0 and less than 10 kg"),
        ("L1", {"kg": "much"}, "More than 0"),
        ("L1", {"kg": 1.0, "into": "L1"}, "There is a lot L1 already"),
        ("L1", {"kg": 1.0, "into": "B7"}, "B7 is the number of a batch"),
        ("L1", {"kg": 1.0, "place": "moon"}, "moon"),
        ("GONE", {"kg": 1.0}, "Lot GONE is used up"),
        ("PROD", {"kg": 1.0}, "Lot PROD is product"),
    ],
)
def test_what_cannot_be_split_stays_whole(target: str, args: dict[str, Any], why: str) -> None:
    b = bench(L1={}, GONE={"status": LotStatus.USED_UP, "left_kg": 0.0}, PROD={"kind": LotKind.SEMI})
    before = b.lots
    events = b.ask(K.LOT_SPLIT, target, **args)
    assert why in refusals(events)[0]
    assert b.lots == before
    assert not told(events, "formed")


# ---- lots that become one -----------------------------------------------------------------------------------------------


def test_lots_become_one_that_is_as_bad_as_the_worst_of_them() -> None:
    b = bench(
        L1={"produced": TODAY - 3 * DAY, "expires": TODAY + 9 * DAY, "temperature_c": 1.0, "supplier": "farm", "left_kg": 0.1,
            "allergens": ("meat",), "supplier_lot": "D1", "place": "cold"},
        L2={"produced": TODAY - 4 * DAY, "expires": TODAY + 5 * DAY, "temperature_c": 3.0, "supplier": "farm", "left_kg": 0.2,
            "documents": ("note",), "status": LotStatus.QUARANTINE, "reasons": (words("no paper"),), "supplier_lot": "D2"},
        L3={"expires": TODAY + 7 * DAY, "temperature_c": 2.0, "supplier": "farm", "status": LotStatus.ON_HOLD, "left_kg": 7.7,
            "reasons": (words("smells"),), "allergens": ("soya",)},
    )  # fmt: skip
    events = b.ask(K.LOT_MERGE, "M1", "one tub", lots=["L1", "L2", "L3"])
    whole = b.lots["M1"]
    assert (whole.status, whole.expires, whole.produced) == (LotStatus.ON_HOLD, TODAY + 5 * DAY, TODAY - 4 * DAY)
    assert whole.left_kg == whole.received_kg == 8.0
    assert (whole.temperature_c, whole.documents, whole.allergens) == (3.0, ("note",), ("meat", "soya"))
    assert (whole.supplier, whole.supplier_lot, whole.place) == ("farm", "", "cold")
    assert whole.reasons == (words("no paper"), words("smells"))
    assert [(e.source, e.data["kg"], e.data["into"], e.data["left_kg"]) for e in told(events, "merged")] == [
        ("L1", 0.1, "M1", 0.0), ("L2", 0.2, "M1", 0.0), ("L3", 7.7, "M1", 0.0),
    ]  # fmt: skip
    assert only(events, "formed").data["from"] == ["L1", "L2", "L3"]
    assert all(b.lots[n].status is LotStatus.MERGED and not b.lots[n].left_kg for n in ("L1", "L2", "L3"))


def test_a_blocked_lot_blocks_the_whole_and_no_stocktake_frees_what_was_merged() -> None:
    b = bench(L1={}, L2={"status": LotStatus.BLOCKED})
    b.ask(K.LOT_MERGE, "", "one tub", lots=["L1", "L2"])
    assert b.lots["231115-1"].status is LotStatus.BLOCKED
    for kind, args in (
        (K.LOT_ADJUST, {"kg": 5.0}),
        (K.LOT_RELEASE, {"signature": SIGNED}),
        (K.LOT_HOLD, {}),
        (K.LOT_SPLIT, {"kg": 1}),
    ):
        assert refusals(b.ask(kind, "L1", "found more", "technologist", **args)), kind
    assert b.lots["L1"].status is LotStatus.MERGED
    assert b.shown()["lots"][0]["id"] == "231115-1", "what is merged is not in stock"


def test_a_signature_holds_for_the_whole_only_where_no_other_lacks_its_papers() -> None:
    b = bench(L1={"documents": (), "released": True}, L2={}, L3={"documents": ("vet",), "status": LotStatus.QUARANTINE})
    b.ask(K.LOT_MERGE, "M1", "one tub", lots=["L1", "L2"])
    assert b.lots["M1"].released
    assert b.step(uses=[use("M1")]), "it may be used"
    b.ask(K.LOT_MERGE, "M2", "one tub", lots=["M1", "L3"])
    assert not b.lots["M2"].released
    assert b.lots["M2"].status is LotStatus.QUARANTINE


def test_one_of_several_that_was_not_measured_leaves_the_whole_unmeasured() -> None:
    b = bench(L1={"temperature_c": 2.0}, L2={"temperature_c": None})
    b.ask(K.LOT_MERGE, "M1", "one tub", lots=["L1", "L2"])
    assert b.lots["M1"].temperature_c is None


@pytest.mark.parametrize(
    ("args", "reason", "why"),
    [
        ({"lots": ["L1", "L2"]}, "", "A reason is needed"),
        ({"lots": ["L1", "L1"]}, "x", "At least two different lots"),
        ({"lots": ["L1", "L9"]}, "x", "There is no lot L9"),
        ({"lots": ["L1", "SALT"]}, "x", "Lot SALT is salt, not beef"),
        ({"lots": ["L1", "PROD"]}, "x", "Lot PROD is product"),
        ({"lots": ["L1", "GONE"]}, "x", "Lot GONE is used up"),
        ({"lots": ["L1", "L2"], "place": "moon"}, "x", "moon"),
        ({"lots": "L1"}, "x", "At least two"),
    ],
)
def test_what_does_not_go_together_stays_apart(args: dict[str, Any], reason: str, why: str) -> None:
    b = bench(
        L1={}, L2={}, SALT={"material": "salt"}, PROD={"kind": LotKind.PACKED}, GONE={"status": LotStatus.USED_UP, "left_kg": 0.0}
    )
    before = b.lots
    assert any(why in said for said in refusals(b.ask(K.LOT_MERGE, "", reason, **args)))
    assert b.lots == before


def test_parts_and_wholes_survive_a_restart() -> None:
    b = bench(L1={}, L2={})
    b.ask(K.LOT_SPLIT, "L1", kg=4.0)
    b.ask(K.LOT_MERGE, "M1", "one tub", lots=["231115-1", "L2"])
    before = b.state
    b.again()
    b.step()
    assert b.state == before


# ---- documents that come later --------------------------------------------------------------------------------------------


def test_a_document_that_comes_later_is_noted_and_frees_nothing() -> None:
    b = Bench()
    b.receive("L1", documents=[])
    assert b.lots["L1"].status is LotStatus.QUARANTINE
    events = b.ask(K.LOT_DOCUMENT, "L1", document="note")
    assert only(events, "document").data == {"what": "document", "document": "note", "user": "petrov",
                                             "missing": [{"ru": "vet", "en": "vet"}]}  # fmt: skip
    assert [r.en for r in b.lots["L1"].reasons] == ["Documents are missing: vet"]
    b.ask(K.LOT_DOCUMENT, "L1", document="vet")
    assert b.lots["L1"].documents == ("note", "vet")
    assert [r.en for r in b.lots["L1"].reasons] == ["All documents are there: a technologist decides"]
    assert b.lots["L1"].status is LotStatus.QUARANTINE, "a technologist's to say"


@pytest.mark.parametrize(
    ("target", "document", "why"),
    [
        ("L9", "vet", "no lot L9"),
        ("L1", "passport", "passport"),
        ("L1", "vet", "has it already"),
        ("GONE", "vet", "is discarded"),
    ],
)
def test_a_document_of_nothing_is_refused(target: str, document: str, why: str) -> None:
    b = bench(L1={"documents": ("vet",)}, GONE={"status": LotStatus.DISCARDED, "left_kg": 0.0, "documents": ()})
    assert why in "; ".join(refusals(b.ask(K.LOT_DOCUMENT, target, document=document)))


def test_a_label_is_noted_of_a_lot_and_of_a_batch_at_work_and_of_nothing_else() -> None:
    b = bench(L1={})
    b.step(events=[batch_event("created", recipe="sausage", size_kg=50.0)])
    for target, kind in (("L1", "lot"), ("B1", "semi")):
        assert only(b.ask(K.LOT_LABEL, target, kind=kind), "label").data == {"what": "label", "kind": kind, "user": "petrov"}
    assert "no lot L9" in refusals(b.ask(K.LOT_LABEL, "L9", kind="lot"))[0]
    b.views = {"batches": {"batches": [{"id": "B7"}]}}
    assert only(b.ask(K.LOT_LABEL, "B7", kind="semi"), "label").source == "B7"


def test_a_batch_knows_that_what_it_took_of_was_merged_away() -> None:
    b = bench(L1={}, L2={})
    b.step(events=[batch_event("created", recipe="sausage", size_kg=50.0)], uses=[use("L1", 2.0)])
    events = b.ask(K.LOT_MERGE, "M1", "one tub", lots=["L1", "L2"])
    assert b.lots["M1"].left_kg == 18.0
    b.step(uses=[use("M1", 1.0)])
    assert b.state.making["B1"].sources == ("L1", "M1")
    assert {e.source for e in told(events, "merged")} == {"L1", "L2"}
