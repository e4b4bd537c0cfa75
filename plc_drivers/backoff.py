"""Bounded exponential back-off, jitter-free: one panel talks to one PLC, and the same outage gives the same sequence."""

from __future__ import annotations

from typing import Final

FIRST_S: Final = 0.5
LIMIT_S: Final = 5.0


def backoff_s(attempt: int) -> float:
    """Seconds to wait before the next attempt when ``attempt`` of them have failed in a row: 0.5, 1, 2, 4, 5, 5 …

    Raises ValueError for a negative count.
    """
    if attempt < 0:
        raise ValueError(f"{attempt} attempts")
    return min(LIMIT_S, FIRST_S * 2.0 ** min(attempt, 16))
