"""Goods leave the plant: to whom, on which paper, how much; nothing that is on hold, blocked or expired."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from line.messages import CommandKind
from materials.gs1_digits import check_digit
from materials.lot import LotKind, LotStatus
from tests.unit.mat_kit import TODAY, Bench, lot, refusals, told

UNIT = "09521234000000001"
SSCC = UNIT + check_digit(UNIT)
TO = {"customer": "Снег", "document": "Н-17"}


def bench(**fields: Any) -> Bench:
    """Ten kilograms of the product of B1."""
    b = Bench()
    b.step()
    goods = lot("B1", **{"material": "sausage", "kind": LotKind.PACKED, "batch": "B1", **fields})
    b.state = replace(b.state, lots={goods.id: goods})
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
