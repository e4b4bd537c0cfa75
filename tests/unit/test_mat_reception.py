"""Reception: what stands at the gate is booked, what is wrong with it keeps it from being used."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from line.messages import CommandKind
from tests.unit.mat_kit import BAD, SIGNED, TODAY, Bench, refusals, told

DAYS = dt.timedelta(days=1)


def iso(days: int) -> str:
    return (TODAY + days * DAYS).isoformat()


FOUND: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "a good delivery": ({}, "available", []),
    "at the limit of the temperature": ({"temperature_c": 4.0}, "available", []),
    "too warm": ({"temperature_c": 4.1}, "on_hold", ["The temperature is 4.1 °C, allowed is from −1.5 to 4 °C (CCP)"]),
    "too cold": ({"temperature_c": -1.6}, "on_hold", ["The temperature is −1.6 °C"]),
    "not measured": ({"temperature_c": None}, "on_hold", ["was not measured"]),
    "from nobody we know well": ({"supplier": "novy"}, "on_hold", ["not approved: novy"]),
    "from somebody approved for other things": ({"supplier": "mine"}, "on_hold", ["mine is not approved for beef"]),
    "just long enough to live": ({"expires": iso(5)}, "available", []),
    "too old": ({"expires": iso(4)}, "on_hold", ["4 days are left, at least 5 are needed"]),
    "expired": ({"expires": iso(-1)}, "on_hold", ["expired on"]),
    "without papers": ({"documents": None}, "quarantine", ["Documents are missing: vet, note"]),
    "without one paper": ({"documents": ["note"]}, "quarantine", ["Documents are missing: vet"]),
    "wrong in every way": (
        {"temperature_c": 20.0, "supplier": "novy", "expires": iso(-1), "documents": []},
        "on_hold",
        ["not approved", "temperature", "expired", "Documents"],
    ),
    "of a material without limits": (
        {"material": "spice", "temperature_c": None, "documents": None, "expires": None, "supplier": "mine"}, "available", [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("args", "status", "reasons"), FOUND.values(), ids=FOUND.keys())
def test_what_a_delivery_becomes(args: dict[str, Any], status: str, reasons: list[str]) -> None:
    bench = Bench()
    events = bench.receive("A1", **args)
    (event,) = told(events, "received")
    lot = bench.lots["A1"]
    assert lot.status.value == event.data["status"] == status
    said = [r.en for r in lot.reasons]
    assert len(said) == len(reasons), said
    assert all(part in one for part, one in zip(reasons, said, strict=True)), said
    assert len(told(events, "hold")) == (status == "on_hold")
    assert (event.data["kg"], lot.left_kg) == (10.0, 10.0)


REFUSED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "an unknown material": ("A1", {"material": "gold"}, ["no material gold"]),
    "a material without lots": ("A1", {"material": "ice", "expires": None}, ["ice: it has no lots"]),
    "an unknown GTIN": ("A1", {"material": None, "gtin": "4600000000008"}, ["GTIN 4600000000008"]),
    "the GTIN of something else": ("A1", {"gtin": "09522105000118"}, ["is salt"]),
    "no supplier": ("A1", {"supplier": ""}, ["supplier is not named"]),
    "an unknown supplier": ("A1", {"supplier": "x"}, ["no supplier x"]),
    "an unknown place": ("A1", {"place": "moon"}, ["no place moon"]),
    "an unknown document": ("A1", {"documents": ["vet", "passport"]}, ["no document passport"]),
    "no mass": ("A1", {"kg": None}, ["Invalid value: kg"]),
    "nothing": ("A1", {"kg": 0}, ["Invalid value: kg"]),
    "no date where it expires": ("A1", {"expires": None}, ["date of production or of expiry"]),
    "produced tomorrow": ("A1", {"produced": iso(1)}, ["dates do not fit"]),
    "over before it was made": ("A1", {"produced": iso(-3), "expires": iso(-4)}, ["dates do not fit"]),
    "a day that is none": ("A1", {"expires": "2026-02-30"}, ["Invalid value: expires"]),
    "no number of a lot": ("l 1", {}, ["is no number of a lot"]),
    "the number of a batch": ("B1001", {}, ["is the number of a batch"]),
    "an absurd temperature": ("A1", {"temperature_c": 400.0}, ["Invalid value: temperature_c"]),
    "a probe that is none": ("A1", {"temperature_tag": "P.Mass"}, ["Invalid value: temperature_tag"]),
    "many things": ("l", {"material": "gold", "supplier": "x", "kg": -1}, ["no material", "no supplier", "kg", "is no number"]),
}


@pytest.mark.parametrize(("name", "args", "reasons"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_booked(name: str, args: dict[str, Any], reasons: list[str]) -> None:
    bench = Bench()
    events = bench.receive(name, **args)
    said = refusals(events)
    assert len(said) == len(reasons), said
    assert all(part in one for part, one in zip(reasons, said, strict=True)), said
    assert not bench.lots
    assert len(events) == 1


def test_a_number_is_used_once_and_one_is_made_where_nobody_gives_one() -> None:
    bench = Bench()
    bench.receive(f"{TODAY:%y%m%d}-1")
    assert "There is a lot" in refusals(bench.receive(f"{TODAY:%y%m%d}-1"))[0]
    bench.receive()
    assert list(bench.lots) == [f"{TODAY:%y%m%d}-1", f"{TODAY:%y%m%d}-2"]


def test_a_code_names_the_material_and_the_last_day_follows_from_production() -> None:
    bench = Bench()
    bench.receive("A1", material=None, gtin="9522101001010", expires=None, produced=iso(-2))
    assert bench.lots["A1"].material == "beef"
    assert bench.lots["A1"].expires == TODAY + 18 * DAYS
    assert bench.lots["A1"].place == "cold"


def test_the_temperature_of_a_probe_is_taken_when_it_is_good() -> None:
    bench = Bench(values={"R.Temp": 3.456})
    bench.receive("A1", temperature_c=None, temperature_tag="R.Temp")
    assert bench.lots["A1"].temperature_c == 3.46
    assert bench.lots["A1"].status.value == "available"
    bench.bad = {"R.Temp": BAD}
    bench.receive("A2", temperature_c=None, temperature_tag="R.Temp")
    assert bench.lots["A2"].temperature_c is None
    assert bench.lots["A2"].status.value == "on_hold"


def test_the_mass_of_a_scale_is_taken_when_it_rests() -> None:
    bench = Bench(values={"W.Net": 42.5, "W.Gross": 42.5, "W.Ok": 1.0})
    assert refusals(bench.receive("A1", kg=None, scale="W")) == ["W: the reading is not at rest yet, wait"]
    bench.values["W.Stable"] = 1.0
    bench.receive("A1", kg=None, scale="W", tare_kg=2.5)
    assert bench.lots["A1"].received_kg == 40.0
    assert refusals(bench.receive("A2", kg=None, scale="none")) == ["There is no scale none"]


def test_a_deviation_at_the_gate_is_released_by_a_signature_or_discarded() -> None:
    bench = Bench()
    bench.receive("A1", temperature_c=5.0)
    bench.receive("A2", temperature_c=5.0)
    release = CommandKind.LOT_RELEASE
    assert refusals(bench.ask(release, "A1", "trimmed")) == ["The signature of a technologist is needed"]
    operator = {**SIGNED, "role": "operator"}
    assert "not enough" in refusals(bench.ask(release, "A1", "trimmed", signature=operator))[0]
    assert refusals(bench.ask(release, "A1", signature=SIGNED)) == ["A reason is needed"]
    (event,) = told(bench.ask(release, "A1", "core 3 °C, surface only", signature=SIGNED), "released")
    assert event.data["signature"] == SIGNED
    assert event.data["user"] == "sidorova"
    assert bench.lots["A1"].status.value == "available"
    (gone,) = told(bench.ask(CommandKind.LOT_DISCARD, "A2", "spoilt"), "discarded")
    assert gone.data["kg"] == 10.0
    assert bench.lots["A2"].left_kg == 0.0


def test_nobody_releases_an_expired_lot() -> None:
    bench = Bench()
    bench.receive("A1", expires=iso(-1))
    said = refusals(bench.ask(CommandKind.LOT_RELEASE, "A1", "smells fine", signature=SIGNED))
    assert len(said) == 1
    assert "expired" in said[0]


def test_the_last_day_of_the_calendar_is_refused_and_stops_nobody() -> None:
    bench = Bench()
    assert "dates" in " ".join(refusals(bench.receive("A1", produced="9999-12-31", expires=None))).lower()
    assert "A1" not in bench.lots
    bench.receive("A2", produced="0001-01-01", expires=None)
    assert bench.lots["A2"].status.value == "on_hold"
    assert bench.shown()["lots"]


@pytest.mark.parametrize("tare_kg", ["2,5", True, float("nan"), [2.5]])
def test_a_tare_that_cannot_be_read_is_not_the_same_as_none(tare_kg: Any) -> None:
    bench = Bench(values={"W.Net": 42.5, "W.Gross": 42.5, "W.Ok": 1.0, "W.Stable": 1.0})
    assert refusals(bench.receive("A1", kg=None, scale="W", tare_kg=tare_kg)) == ["Invalid value: tare_kg"]
    assert not bench.lots


def test_a_mass_that_the_book_does_not_show_is_none() -> None:
    bench = Bench()
    assert refusals(bench.receive("A1", kg=1e-7)) == ["Invalid value: kg"]
    assert not bench.lots
