"""The list of checks before a lot is loaded: it says what the scan would say, and everything that is fine as well."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.messages import Json, JsonObject
from materials import stock, texts
from materials.loading import Loading, Verdict, loading_of
from materials.lot import GONE, Lot, LotKind, LotStatus
from materials.needs import stock_view
from materials.state import StockState
from tests.unit.mat_kit import TODAY, catalogue, lot, use, words

NEED = {"weighed_kg": 0.0, "lo_kg": 9.9, "hi_kg": 10.1, "prompt": None}


def needs(*materials: str) -> tuple[JsonObject, ...]:
    rows: list[Json] = [{"material": m, "target_kg": 10.0, "missing_kg": 10.0, **NEED} for m in materials]
    return ({"batch": "B1", "recipe": "sausage", "unit": "R", "ingredients": rows},)


def look(wanted: str, *lots: Lot, role: str = "operator", material: str = "", batch: str = "B1") -> Loading | None:
    state = StockState(lots={x.id: x for x in lots}, day=TODAY.isoformat(), needs=needs("beef", "salt"))
    return loading_of(wanted, stock_view(state, catalogue()), catalogue(), batch=batch, material=material, role=role)


def told(*lots: Lot, **asked: Any) -> dict[str, tuple[str, str]]:
    found = look("L1", *lots, **asked)
    assert found is not None
    assert all(c.text.ru != c.text.en for c in found.checks if c.id != "documents")
    return {c.id: (c.verdict.value, c.text.en) for c in found.checks}


def test_a_good_lot_shows_everything_that_is_fine() -> None:
    assert told(lot(temperature_c=2.6, place="cold")) == {
        "formula": ("ok", "In the formula: beef, 10 kg"),
        "status": ("ok", "Not on hold"),
        "expiry": ("ok", f"Good until {TODAY + dt.timedelta(days=10)}: 10 days left"),
        "temperature": ("ok", "2.6 °C at reception (CCP −1.5…4)"),
        "documents": ("ok", "vet, note"),
        "fefo": ("ok", "No other lot expires earlier"),
        "left": ("ok", "10 kg left · cold"),
    }


@pytest.mark.parametrize(
    ("fields", "check", "verdict", "words"),
    [
        ({"status": LotStatus.ON_HOLD}, "status", "refused", "on hold"),
        ({"expires": TODAY - dt.timedelta(days=1)}, "expiry", "refused", "Expired on"),
        ({"expires": TODAY}, "expiry", "ok", "today is the last day. Use it now"),
        ({"documents": ("vet",)}, "documents", "refused", "Documents are missing: note"),
        ({"documents": (), "released": True}, "documents", "ok", "a technologist allowed it"),
        ({"material": "spice"}, "formula", "refused", "Not in the formula: spice. The batch takes: beef, salt"),
        ({"material": "frozen"}, "formula", "refused", "a technologist allows it"),
        ({"kind": LotKind.PACKED}, "formula", "refused", "is product"),
    ],
)
def test_what_is_wrong_is_said_in_its_line(fields: dict[str, Any], check: str, verdict: str, words: str) -> None:
    assert told(lot(**fields))[check][0] == verdict
    assert words in told(lot(**fields))[check][1]


def test_the_same_is_not_said_twice() -> None:
    day = TODAY - dt.timedelta(days=1)
    late = lot(expires=day, status=LotStatus.ON_HOLD, reasons=(texts.already_expired(day),))
    assert told(late)["status"] == ("refused", "The lot is on hold")
    assert told(late)["expiry"][1].startswith("Expired on")
    smells = lot(expires=day, status=LotStatus.ON_HOLD, reasons=(texts.already_expired(day), words("smells")))
    assert told(smells)["status"] == ("refused", "The lot is on hold: smells")


def test_a_technologist_may_take_a_substitute_with_a_reason() -> None:
    assert told(lot(material="frozen"), role="technologist")["formula"] == (
        "reason", "Substitution: frozen beef for beef: give the reason",
    )  # fmt: skip


def test_an_older_lot_comes_first_or_a_reason() -> None:
    older = lot("L0", expires=TODAY + dt.timedelta(days=3), left_kg=4.0)
    assert told(lot(), older)["fefo"][0] == "reason"
    assert "L0, 4 kg" in told(lot(), older)["fefo"][1]
    assert "fefo" in told(older, lot())


def test_an_ingredient_that_was_named_is_the_one_that_counts() -> None:
    assert told(lot(), material="salt")["formula"] == ("refused", "This is beef, needed is salt")


@pytest.mark.parametrize("asked", [{"wanted": "L9"}, {"wanted": "L1", "batch": "B9"}])
def test_without_lot_or_batch_there_is_nothing_to_show(asked: dict[str, Any]) -> None:
    assert look(asked["wanted"], lot(), batch=asked.get("batch", "B1")) is None


LOTS = st.builds(
    lot,
    name=st.sampled_from(["L1", "L2", "L3"]),
    material=st.sampled_from(["beef", "salt", "frozen", "spice"]),
    kind=st.sampled_from(LotKind),
    status=st.sampled_from([s for s in LotStatus if s not in GONE]),
    left_kg=st.floats(0.1, 10.0),
    expires=st.none() | st.integers(-2, 5).map(lambda n: TODAY + dt.timedelta(days=n)),
    documents=st.sampled_from([(), ("vet",), ("vet", "note")]),
    released=st.booleans(),
)


@given(
    st.lists(LOTS, min_size=1, unique_by=lambda x: x.id),
    st.sampled_from(["operator", "technologist"]),
    st.sampled_from(["beef", "salt"]),
)
def test_the_list_says_what_the_scan_will_say(lots: list[Lot], role: str, material: str) -> None:
    """Refused: no reason helps. Reason: with one it may be taken, without it may not. OK: it may be taken."""
    by_id = {x.id: x for x in lots}
    for wanted in by_id:
        found = look(wanted, *lots, role=role, material=material)
        assert found is not None
        silent, reasoned = (
            stock.against(use(wanted, 0.01, material=material, role=role, reason=why), by_id, catalogue(), TODAY)
            for why in ("", "так надо")
        )
        expected = Verdict.REFUSED if reasoned else Verdict.REASON if silent else Verdict.OK
        assert found.verdict is expected, (found.to_json(), silent, reasoned)
