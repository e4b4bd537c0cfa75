"""Goods leave the plant: to whom, on which paper, how much; nothing that is on hold, blocked or expired."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from line.messages import CommandKind
from materials.gs1_digits import check_digit
from materials.lot import LotKind, LotStatus
from materials.state import Unit
from tests.unit.mat_kit import DAY_NS, TODAY, Bench, batch_event, lot, refusals, told

SSCC, OTHER, STRANGE, UNKNOWN = (u + check_digit(u) for u in (f"0952123400000000{n}" for n in (1, 2, 3, 4)))
TO = {"customer": "Снег", "document": "Н-17"}


def bench(**fields: Any) -> Bench:
    """Ten kilograms of the product of B1."""
    b = Bench()
    b.step()
    goods = lot("B1", **{"material": "sausage", "kind": LotKind.PACKED, "batch": "B1", **fields})
    units = {u.sscc: u for u in (Unit(SSCC, "B1", 4.0), Unit(OTHER, "B1", 3.5), Unit(STRANGE, "B2", 4.0))}
    b.state = replace(b.state, lots={goods.id: goods}, units=units)
    return b


def test_goods_leave_in_part_and_then_whole() -> None:
    b = bench()
    (event,) = told(b.ask(CommandKind.LOT_DISPATCH, "B1", **TO, kg=4.0, sscc=[SSCC]), "dispatched")
    assert dict(event.data) == {"what": "dispatched", **TO, "kg": 4.0, "left_kg": 6.0, "sscc": [SSCC], "user": "petrov"}
    assert (b.lots["B1"].left_kg, b.lots["B1"].status) == (6.0, LotStatus.AVAILABLE)
    b.again()
    events = b.ask(CommandKind.LOT_DISPATCH, "B1", **TO)
    assert (told(events, "dispatched")[0].data["kg"], len(told(events, "used_up"))) == (6.0, 1)
    assert b.lots["B1"].status is LotStatus.USED_UP
    assert sum(e.data["kg"] for e in told(b.journal, "dispatched")) == 10.0
    assert refusals(b.ask(CommandKind.LOT_DISPATCH, "B1", **TO)) == ["Lot B1 is used up"]


@pytest.mark.parametrize(
    ("fields", "args", "why"),
    [
        ({"status": LotStatus.ON_HOLD}, {}, "Lot B1 is on hold"),
        ({"status": LotStatus.BLOCKED}, {}, "Lot B1 is blocked"),
        ({"status": LotStatus.QUARANTINE}, {}, "Lot B1 is in quarantine"),
        ({"expires": TODAY - dt.timedelta(days=1)}, {}, "expired on"),
        ({"kind": LotKind.RECEIVED}, {}, "is no product"),
        ({}, {"kg": 10.5}, "10 kg are left of lot B1: so much cannot be dispatched"),
        ({}, {"kg": 0}, "Invalid value: kg"),
        ({}, {"kg": "x"}, "Invalid value: kg"),
        ({}, {"customer": " "}, "to whom"),
        ({}, {"document": 7}, "delivery note"),
        ({}, {"sscc": [SSCC[:-1] + str((int(SSCC[-1]) + 1) % 10)]}, "check digit"),
        ({}, {"sscc": [SSCC, SSCC]}, "named twice"),
        ({}, {"sscc": [7]}, "Invalid value: sscc"),
        ({}, {"sscc": [SSCC, UNKNOWN]}, f"SSCC {UNKNOWN} is not in stock"),
        ({}, {"sscc": [STRANGE]}, f"SSCC {STRANGE} is of lot B2"),
    ],
)
def test_what_does_not_leave(fields: dict[str, Any], args: dict[str, Any], why: str) -> None:
    b = bench(**fields)
    before = b.state
    found = refusals(b.ask(CommandKind.LOT_DISPATCH, "B1", **{**TO, **args}))
    assert any(why in r for r in found), found
    assert b.state.lots == before.lots
    assert told(b.journal, "dispatched") == []


def test_a_release_lets_it_go() -> None:
    b = bench(status=LotStatus.ON_HOLD)
    signature = {"user": "q", "name": "Q", "role": "technologist", "time_ns": 1}
    b.ask(CommandKind.LOT_RELEASE, "B1", "проверено", signature=signature)
    assert told(b.ask(CommandKind.LOT_DISPATCH, "B1", **TO), "dispatched")
    assert refusals(b.ask(CommandKind.LOT_DISPATCH, "B9", **TO)) != []


def test_packed_units_leave_by_their_codes_once() -> None:
    b = bench()
    (event,) = told(b.ask(CommandKind.LOT_DISPATCH, "B1", **TO, sscc=[SSCC, OTHER]), "dispatched")
    assert (event.data["kg"], event.data["sscc"], b.lots["B1"].left_kg) == (7.5, [SSCC, OTHER], 2.5)
    b.again()
    assert refusals(b.ask(CommandKind.LOT_DISPATCH, "B1", **TO, sscc=[OTHER])) == [f"SSCC {OTHER} was dispatched already"]
    assert b.lots["B1"].left_kg == 2.5


def test_a_packed_unit_is_a_target_of_its_own() -> None:
    b = bench()
    (event,) = told(b.ask(CommandKind.LOT_DISPATCH, SSCC, **TO, sscc=[OTHER]), "dispatched")
    assert (event.source, event.data["kg"], event.data["sscc"]) == ("B1", 7.5, [SSCC, OTHER])
    assert refusals(b.ask(CommandKind.LOT_DISPATCH, SSCC, **TO)) == [f"SSCC {SSCC} was dispatched already"]
    assert refusals(b.ask(CommandKind.LOT_DISPATCH, UNKNOWN, **TO))[0].startswith(f"SSCC {UNKNOWN} is not in stock")


def test_the_case_that_the_packer_closed_is_known_until_its_lot_is_gone() -> None:
    b = Bench()
    b.values |= {"P.Packs": 100.0, "P.Mass": 50.0}
    b.step(events=[batch_event("created", recipe="sausage", size_kg=10.0)])
    b.step(events=[batch_event("acquire", unit="P")])
    b.values |= {"P.Packs": 125.0, "P.Mass": 62.5}
    packed = told(b.step(), "packed")
    b.step(events=[batch_event("release", unit="P")])
    packed += told(b.journal, "packed")[len(packed) :]
    b.step(events=[batch_event("complete", size_kg=12.5)])
    b.again()
    codes = [e.data["sscc"] for e in packed]
    assert [u.kg for u in b.state.units.values()] == [e.data["kg"] for e in packed]
    (event,) = told(b.ask(CommandKind.LOT_DISPATCH, codes[0], **TO, sscc=codes[1:]), "dispatched")
    assert (event.data["kg"], b.lots["B1"].status) == (12.5, LotStatus.USED_UP)
    b.now_ns += 2 * DAY_NS
    b.step()
    assert (b.state.units, b.lots) == ({}, {})
