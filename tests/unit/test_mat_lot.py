"""A lot's states are a table, and its dates and numbers are what people wrote."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from materials.gs1_digits import has_check_digit
from materials.lot import GONE, LOT_ID, LOT_TABLE, WORST, LotStatus, LotStep, after, allowed, lot_table, parse_date, rounded
from materials.sscc import sscc
from tests.unit.mat_kit import TODAY, catalogue, lot

DOCS = Path(__file__).resolve().parents[2] / "docs" / "materials.md"


def test_the_document_shows_the_table() -> None:
    assert lot_table() in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("status", list(LotStatus))
@pytest.mark.parametrize("step", list(LotStep))
def test_every_arrow_leads_somewhere_and_a_missing_one_raises(status: LotStatus, step: LotStep) -> None:
    if step in LOT_TABLE[status]:
        assert after(status, step) in LOT_TABLE
        assert allowed(status, step)
        return
    assert not allowed(status, step)
    with pytest.raises(KeyError):
        after(status, step)


def test_what_is_blocked_or_gone_is_never_made_available_by_a_person() -> None:
    reached, front = {LotStatus.BLOCKED}, [LotStatus.BLOCKED]
    while front:
        new = set(LOT_TABLE[front.pop()].values()) - reached
        reached |= new
        front += new
    assert LotStatus.AVAILABLE not in reached
    assert {s for s in LotStatus if LotStep.RELEASE in LOT_TABLE[s]} == {LotStatus.QUARANTINE, LotStatus.ON_HOLD}
    assert {LotStatus.USED_UP, LotStatus.DISCARDED, LotStatus.MERGED} == GONE
    assert {*WORST, *GONE} == set(LotStatus)


def test_the_last_day_counts_in_full() -> None:
    assert not lot(expires=TODAY).expired(TODAY)
    assert lot(expires=TODAY).expired(TODAY + dt.timedelta(days=1))
    assert not lot(expires=None).expired(TODAY)


def test_fefo_goes_by_last_day_then_production_then_arrival_and_what_never_expires_comes_last() -> None:
    day = dt.timedelta(days=1)
    soon, late = lot("z", expires=TODAY), lot("a", expires=TODAY + day)
    older, newer = lot("y", expires=TODAY + day, produced=TODAY - day), lot("x", expires=TODAY + day, produced=TODAY)
    never = lot("b", expires=None)
    assert sorted([never, late, newer, older, soon], key=lambda x: x.fefo) == [soon, older, newer, late, never]


@pytest.mark.parametrize(
    ("value", "day"), [("2026-02-28", dt.date(2026, 2, 28)), ("2026-02-30", None), ("28.02.26", None), (3, None)]
)
def test_a_date_is_iso_or_none(value: object, day: dt.date | None) -> None:
    assert parse_date(value) == day


@pytest.mark.parametrize("name", ["260101-1", "B1001", "A/7.2", "9" * 40])
def test_numbers_of_lots(name: str) -> None:
    assert LOT_ID.fullmatch(name)


@pytest.mark.parametrize("name", ["", "a-1", "-1", "L 1", "Л1", "9" * 41, "L1\n"])
def test_what_is_no_number_of_a_lot(name: str) -> None:
    assert not LOT_ID.fullmatch(name)


@given(st.integers(1, 999_999_999))
def test_an_sscc_has_its_check_digit_and_its_serial(serial: int) -> None:
    code = sscc(catalogue().company, serial)
    assert code is not None
    assert len(code) == 18
    assert has_check_digit(code)
    assert code[:8] == "09521234"
    assert int(code[8:17]) == serial


def test_a_serial_that_does_not_fit_is_not_used_from_the_start_again() -> None:
    company = catalogue().company
    assert (sscc(company, 10**9 - 1) or "")[:17] == "09521234999999999"
    assert sscc(company, 10**9) is None


def test_masses_are_kept_to_the_milligram_and_never_below_zero_by_a_sign() -> None:
    assert rounded(0.1 + 0.2) == 0.3
    assert str(rounded(-1e-9)) == "0.0"
