"""Ids as people write them."""

from __future__ import annotations

import pytest

from line.labels import batch_label, unit_label


@pytest.mark.parametrize(
    ("batch", "said"), [("B1003", "№1003"), ("B", "B"), ("260920-2", "260920-2"), ("Beef", "Beef"), ("", "")]
)
def test_a_batch_has_its_number_and_a_lot_its_id(batch: str, said: str) -> None:
    assert batch_label(batch) == said


@pytest.mark.parametrize(
    ("unit", "said"),
    [("S401", "S-401"), ("P601A", "P-601A"), ("B1001", "B1001"), ("mixer", "mixer"), ("S-401", "S-401"), ("", "")],
)
def test_a_unit_has_the_hyphen_of_its_plate_and_a_batch_none(unit: str, said: str) -> None:
    assert unit_label(unit) == said
