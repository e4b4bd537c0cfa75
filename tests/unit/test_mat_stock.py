"""May this lot be used now? Every reason against it at once, in both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from line.lots import LotUse
from materials import stock
from materials.lot import Lot, LotKind, LotStatus
from tests.unit.mat_kit import TODAY, catalogue, lot, use, words

DAYS = dt.timedelta(days=1)
CATALOGUE = catalogue()


def against(asked: LotUse, *lots: Lot) -> list[str]:
    return [t.en for t in stock.against(asked, {x.id: x for x in lots}, CATALOGUE, TODAY)]


CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "a good lot": ({}, {}, []),
    "on its last day": ({"expires": TODAY}, {}, []),
    "a day after it": ({"expires": TODAY - DAYS}, {}, ["expired on"]),
    "expired, whoever asks and why": ({"expires": TODAY - DAYS}, {"role": "admin", "reason": "urgent"}, ["expired on"]),
    "on hold": ({"status": LotStatus.ON_HOLD, "reasons": (words("too warm"),)}, {}, ["on hold: too warm"]),
    "in quarantine": ({"status": LotStatus.QUARANTINE}, {}, ["in quarantine"]),
    "blocked": ({"status": LotStatus.BLOCKED}, {"role": "technologist", "reason": "r"}, ["is blocked"]),
    "discarded": ({"status": LotStatus.DISCARDED, "left_kg": 0.0}, {}, ["is discarded"]),
    "used up": ({"status": LotStatus.USED_UP, "left_kg": 0.0}, {}, ["is used up"]),
    "without a document": ({"documents": ("vet",)}, {}, ["documents are missing: note"]),
    "without documents, but released": ({"documents": (), "released": True}, {}, []),
    "all that is left": ({}, {"kg": 10.0}, []),
    "a little more, as scales go": ({}, {"kg": 10.07}, []),
    "more than the scales are wrong by": ({}, {"kg": 10.08}, ["10 kg are left of lot L1, but 10.08 kg were weighed"]),
    "another material": ({"material": "salt", "documents": ()}, {}, ["It is no substitute"]),
    "a substitute by an operator": ({"material": "frozen"}, {}, ["technologist", "Give the reason"]),
    "a substitute without a reason": ({"material": "frozen"}, {"role": "technologist"}, ["Give the reason"]),
    "a substitute as it should be": ({"material": "frozen"}, {"role": "technologist", "reason": "no fresh beef"}, []),
    "the original for its substitute": ({}, {"material": "frozen", "role": "technologist", "reason": "r"}, ["no substitute"]),
    "product": ({"kind": LotKind.PACKED}, {}, ["rework only"]),
    "rework for its own ingredient": ({"material": "rework", "kind": LotKind.REWORK}, {"material": "rework"}, []),
    "everything at once": (
        {"expires": TODAY - DAYS, "status": LotStatus.ON_HOLD, "documents": (), "material": "frozen"},
        {"kg": 99.0},
        ["technologist", "Give the reason", "expired", "on hold", "kg were weighed"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "asked", "reasons"), CASES.values(), ids=CASES.keys())
def test_a_use_and_what_speaks_against_it(fields: dict[str, Any], asked: dict[str, Any], reasons: list[str]) -> None:
    found = against(use(**asked), lot(**fields))
    assert len(found) == len(reasons), found
    assert all(part in said for part, said in zip(reasons, found, strict=True)), found


def test_every_reason_is_said_in_russian_too() -> None:
    bad = lot(expires=TODAY - DAYS, status=LotStatus.ON_HOLD, documents=("vet",), left_kg=0.5)
    said = [t.ru for t in stock.against(use(kg=3.0), {"L1": bad}, CATALOGUE, TODAY)]
    assert [s.split(" ")[0] for s in said] == ["Срок", "Партия", "Партия", "В"]
    assert "осталось 0,5 кг" in said[-1]


def test_an_unknown_lot_and_a_material_without_lots() -> None:
    assert against(use("L9")) == ["There is no lot L9 in stock: check the number or take the lot in"]
    assert against(use("from the tap", material="ice")) == []


def test_first_expired_first_out() -> None:
    first, second = lot("L1", expires=TODAY + DAYS), lot("L2", expires=TODAY + 2 * DAYS)
    assert against(use("L1"), first, second) == []
    assert "Use up lot L1" in against(use("L2"), first, second)[0]
    assert against(use("L2", reason="L1 stands behind"), first, second) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"left_kg": 0.05},
        {"expires": TODAY - DAYS},
        {"status": LotStatus.ON_HOLD},
        {"material": "frozen"},
        {"kind": LotKind.SEMI},
    ],
    ids=["a remainder", "expired", "held", "of another material", "product"],
)
def test_what_cannot_be_used_is_nobody_s_turn(fields: dict[str, Any]) -> None:
    other = lot("L0", **{"expires": TODAY, **fields})
    assert against(use("L1"), lot(), other) == []
    assert stock.proposed("beef", [other, lot()], TODAY) == lot()


def test_the_lot_that_is_proposed_is_never_refused_for_its_turn() -> None:
    lots = [lot(f"L{i}", expires=TODAY + i * DAYS, left_kg=kg) for i, kg in enumerate((0.01, 0.0, 3.0, 9.0))]
    chosen = stock.proposed("beef", lots, TODAY)
    assert chosen is not None
    assert chosen.id == "L2"
    assert against(use(chosen.id), *lots) == []


def test_what_is_there_of_a_material() -> None:
    lots = [lot("L1", left_kg=2.5), lot("L2", left_kg=1.25), lot("L3", status=LotStatus.ON_HOLD), lot("L4", material="salt")]
    assert stock.total_kg("beef", lots, TODAY) == 3.75


def test_what_has_no_lots_is_not_taken_of_a_lot_in_stock() -> None:
    """The journal would have beef in the batch that the book still has on the shelf."""
    assert against(use("tap", material="ice"), lot()) == []
    (why,) = against(use("L1", material="ice"), lot())
    assert "beef" in why
