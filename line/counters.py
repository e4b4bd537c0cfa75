"""Counters of PLCs: what one went up between two readings."""

from __future__ import annotations

from typing import Final

ANEW_SHARE: Final = 0.5
"""A counter that shows less than this of what it showed before has begun anew from zero; one that fell less was put right, or
was read while it moved."""


def began_anew(before: float, now: float) -> bool:
    """Whether the counter fell so far that it started from zero in between."""
    return now < before * ANEW_SHARE


def gained(before: float, now: float) -> float:
    """What was counted between two Good readings. After a new start all that it shows; a small fall counts back, so that a
    reading that was off for a moment adds nothing in the end."""
    return max(0.0, now) if began_anew(before, now) else now - before
