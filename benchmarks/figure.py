"""What a benchmark answers, and how its samples become one number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One measured number; ``baseline`` is the other program's, measured in the same run, or None.

    ``ratio`` is how many times better Potok is: above 1 means better, whichever direction is better for the unit. ``extra`` are
    further numbers of the same run, their unit in the name. ``missing`` says why a number is None that should be there: the
    other program is not on this machine.
    """

    name: str
    value: float | None
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    about: str = ""
    extra: Mapping[str, float] = field(default_factory=dict[str, float])
    missing: str = ""


def percentile(samples: Sequence[float], share: float) -> float:
    """The sample below which ``share`` (0…1) of all lie (nearest rank). Raises ValueError for no samples."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def median(samples: Sequence[float]) -> float:
    """The middle sample (nearest rank)."""
    return percentile(samples, 0.5)


def short(value: float, digits: int = 3) -> float:
    """``value`` with that many significant digits: a benchmark has no more."""
    return float(f"{value:.{digits}g}")
