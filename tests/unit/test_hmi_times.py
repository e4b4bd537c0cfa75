"""Times that people set in minutes: how they are written, and what an operator may type."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmi.viewmodels.format import elapsed_text, in_minutes, limits_text, parse_minutes, value_text
from hmi.viewmodels.ring import stepped


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, "0\u00a0с", "0\u00a0s"), (90, "90\u00a0с", "90\u00a0s"), (120, "2\u00a0мин", "2\u00a0min"),
        (1800, "30\u00a0мин", "30\u00a0min"), (750, "0:12:30", "0:12:30"), (36000, "10:00:00", "10:00:00"),
        (float("nan"), "—", "—"),
    ],
)  # fmt: skip
def test_a_time_is_written_as_minutes_or_with_all_its_parts(seconds: float, ru: str, en: str) -> None:
    assert value_text(seconds, 0, "s", "ru") == ru
    assert value_text(seconds, 0, "s", "en") == en


def test_other_units_are_written_as_before() -> None:
    assert value_text(1800, 1, "kg", "en") == "1\u202f800.0\u00a0kg"
    assert limits_text(0, 110, 0, "°C", "ru") == "0…110"
    assert not in_minutes("min", 600)
    assert not in_minutes("s", 60)
    assert not in_minutes("s", None)


def test_limits_of_a_time_are_minutes() -> None:
    assert limits_text(0, 36000, 0, "s", "ru") == "0…600\u00a0мин"
    assert limits_text(90, 600, 0, "s", "en") == "1.5…10.0\u00a0min"
    assert limits_text(None, 600, 0, "s", "ru") == "≤\u00a010\u00a0мин"
    assert limits_text(0, 60, 0, "s", "ru") == "0…60"


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("45", 2700), ("1,5", 90), ("1.5", 90), ("12:30", 750), ("0:45", 45), ("1:15:00", 4500), ("90:00", 5400),
        ("", None), ("x", None), ("1:60", None), ("1:2:3:4", None), ("1:", None), (":30", None), ("1:-5", None), ("1:3,5", None),
        ("1:²", None),
    ],
)  # fmt: skip
def test_what_an_operator_types(typed: str, seconds: float | None) -> None:
    assert parse_minutes(typed) == seconds


@given(st.integers(120, 99 * 3600))
def test_what_is_shown_can_be_typed_again(seconds: int) -> None:
    assert parse_minutes(elapsed_text(seconds)) == seconds


@given(st.text(max_size=12))
def test_nothing_typed_crashes(typed: str) -> None:
    seconds = parse_minutes(typed)
    assert seconds is None or np.isfinite(seconds)


def test_what_was_stored_by_exception_holds_until_the_next_point() -> None:
    x, y = np.array([-600.0, -300.0, -299.0, -5.0]), np.array([1.0, 2.0, np.nan, 3.0])
    xs, ys = stepped(x, y)
    assert xs.tolist() == [-600.0, -301.0, -300.0, -299.0, -5.0]
    np.testing.assert_array_equal(ys, [1.0, 1.0, 2.0, np.nan, 3.0])
    assert stepped(np.zeros(0), np.zeros(0))[0].size == 0
    assert np.all(np.diff(xs) > 0)
