"""What people call things that have an id."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r"([A-Z]{1,3})(\d{3}[A-Z]?)")


def batch_label(batch: str) -> str:
    """A batch's id as people write it: ``B1003`` is №1003, anything else stays."""
    return f"№{batch[1:]}" if batch.startswith("B") and batch[1:].isdecimal() else batch


def unit_label(unit: str) -> str:
    """A unit's id as its plate has it: ``S401`` is S-401, anything else stays; for where no label of line.yaml is known."""
    found = _TAG.fullmatch(unit)
    return f"{found[1]}-{found[2]}" if found is not None else unit
