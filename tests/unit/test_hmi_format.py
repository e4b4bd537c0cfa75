"""Numbers, units and times as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmi.viewmodels.format import (
    decimals_for,
    duration_text,
    eu_text,
    hours_text,
    number_text,
    parse_number,
    range_text,
    shorten,
    with_eu,
)  # fmt: skip
from line.eu import EU_RU
from tests.hmi.samples import description


@pytest.mark.parametrize(
    ("value", "decimals", "ru", "en"),
    [
        (91.4, 1, "91,4", "91.4"),
        (3412.0, 0, "3\u202f412", "3\u202f412"),
        (-0.914, 2, "−0,91", "−0.91"),
        (-0.04, 1, "0,0", "0.0"),
        (0.0, 1, "0,0", "0.0"),
        (1234567.891, 2, "1\u202f234\u202f567,89", "1\u202f234\u202f567.89"),
        (None, 1, "—", "—"),
        (float("nan"), 1, "—", "—"),
        (float("inf"), 1, "—", "—"),
    ],
)
def test_numbers(value: float | None, decimals: int, ru: str, en: str) -> None:
    assert number_text(value, decimals, "ru") == ru
    assert number_text(value, decimals, "en") == en


@given(st.floats(-1e9, 1e9), st.integers(0, 3), st.sampled_from(["ru", "en"]))
def test_what_is_written_can_be_typed_again(value: float, decimals: int, language: str) -> None:
    read = parse_number(number_text(value, decimals, language))
    assert read is not None
    assert abs(read - value) <= 0.5 * 10**-decimals + 1e-6


@given(st.text(max_size=20))
def test_typing_never_raises(typed: str) -> None:
    parse_number(typed)


def test_every_unit_of_the_sausage_line_has_its_russian_form() -> None:
    units = {str(t["eu"]) for t in description()["tags"]}  # type: ignore[index,union-attr,call-overload]
    assert {u for u in units if u and eu_text(u, "ru").isascii()} <= {"%"}
    assert eu_text("kg/h", "ru") == "кг/ч"
    assert eu_text("kg/h", "en") == "kg/h"
    assert all(k.isascii() and not v.isascii() for k, v in EU_RU.items())


def test_ranges_durations_and_decimals() -> None:
    assert range_text(75, 80, 0, "ru") == "75…80"
    assert range_text(30, None, 0, "ru") == "≥\u00a030"
    assert range_text(None, 4.5, 1, "ru") == "≤\u00a04,5"
    assert range_text(None, None, 0, "ru") == "—"
    assert with_eu(None, 1, "kg", "ru") == "—"
    assert with_eu(2.5, 1, "kg", "ru") == "2,5\u00a0кг"
    assert duration_text(99) == "1:39"
    assert duration_text(3725) == "1:02:05"
    assert duration_text(-5) == "0:00"
    assert hours_text(5 * 3600 + 13 * 60 + 59) == "5:13"
    assert decimals_for(72.0, 71, None) == 0
    assert decimals_for(0.25, 1) == 2
    assert shorten("Температура в батоне") == "Темп. в батоне"
