"""What was saved of the stock is read by every later program; what is in a lot is written once, in the lot."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any, Final

import pytest

from line.documents import Text
from materials.lot import Lot, LotKind, LotStatus
from materials.saving import lot_of, restore, save
from materials.state import Making, Packing, Weighing
from tests.unit.mat_kit import lot

PACKERS: Final = frozenset({"P"})
OLD: Final = """{"schema": 1, "lots": [{"id": "L1", "material": "beef", "kind": "received", "received_ns": 1700000001000000000,
"received_kg": 10.0, "left_kg": 8.25, "status": "on_hold", "supplier": "farm", "supplier_lot": "D1", "gtin": "09522101001010",
"produced": null, "expires": "2023-11-25", "place": "cold", "temperature_c": 8.0, "documents": ["vet", "note"],
"reasons": [{"ru": "тепло", "en": "warm"}], "allergens": ["meat"], "batch": "", "ended_ns": 0, "released": false},
{"id": "L0", "material": "salt", "kind": "received", "received_ns": 1, "received_kg": 1.0, "left_kg": 0.0, "status": "used_up"}],
"day": "2023-11-15", "day_from_ns": 1699995600000000000, "day_to_ns": 1700082000000000000, "number": 3, "serial": 7,
"making": [{"batch": "B1", "recipe": "sausage", "sources": ["L1"], "kg": 2.0, "allergens": ["meat"], "size_kg": 50.0, "packs": 0,
"packed_kg": 0.0, "cases": 0, "ended": "", "product": ""}],
"packing": [{"unit": "P", "batch": "B1", "packs": 8.0, "mass_kg": null, "open_packs": 8, "open_kg": 4.0, "closing": false,
"case_packs": 10, "seen_ns": 1700000049000000000, "of_before": 1}, {"unit": "GONE", "batch": "B0"}],
"weighing": [{"scale": "W", "batch": "B1", "material": "beef", "target_kg": 5.0, "user": "petrov", "since_ns": 17}]}"""
"""As the first program that kept a stock saved it, with a key that was taken out since and a lot of before documents."""


def test_what_the_first_program_saved_is_read() -> None:
    state = restore(json.loads(OLD), PACKERS)
    assert list(state.lots) == ["L1", "L0"]
    assert state.lots["L1"] == Lot(
        "L1", "beef", LotKind.RECEIVED, 1700000001000000000, 10.0, 8.25, LotStatus.ON_HOLD, "farm", "D1", "09522101001010",
        None, dt.date(2023, 11, 25), "cold", 8.0, ("vet", "note"), (Text(ru="тепло", en="warm"),), ("meat",),
    )  # fmt: skip
    assert (state.lots["L0"].documents, state.lots["L0"].released) == ((), False)
    assert (state.day, state.number, state.serial) == ("2023-11-15", 3, 7)
    assert state.making == {"B1": Making("B1", "sausage", ("L1",), 2.0, ("meat",), 50.0)}
    assert state.packing == {"P": Packing("P", "B1", 8.0, None, 8, 4.0, False, 10, 1700000049000000000)}
    assert state.weighing == {"W": Weighing("W", "B1", "beef", 5.0, "petrov", 17)}


def test_what_is_saved_is_json_and_the_same_when_it_comes_back() -> None:
    state = restore(json.loads(OLD), PACKERS)
    assert restore(json.loads(json.dumps(save(state))), PACKERS) == state


def test_every_field_of_a_lot_is_saved_and_shown() -> None:
    assert set(lot().to_json()) == {f.name for f in dataclasses.fields(Lot)}
    assert lot_of(lot(expires=None, temperature_c=2.5, reasons=(Text(ru="а", en="b"),)).to_json()) == lot(
        expires=None, temperature_c=2.5, reasons=(Text(ru="а", en="b"),)
    )


@pytest.mark.parametrize("wrong", [{"left_kg": float("nan")}, {"status": "lost"}, {"expires": "soon"}, {"reasons": ["x"]}])
def test_what_is_no_lot_is_none(wrong: dict[str, Any]) -> None:
    assert lot_of({**lot().to_json(), **wrong}) is None
