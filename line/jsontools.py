"""JSON that came from elsewhere, narrowed to what the reader expects; what does not fit is as if it were not there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from line.messages import Json, JsonObject


def finite(value: Json) -> float | None:
    """A number as a float; None for what is no number, a boolean, infinite or too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def whole(value: Json) -> int:
    """A whole number, 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def child(value: Json, key: str) -> JsonObject:
    """The object under ``key`` of an object; empty when there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def objects(value: Json) -> list[JsonObject]:
    """The objects of a list."""
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, Sequence) and not isinstance(value, str) else []
