"""Sequence numbers of notification messages (OPC 10000-4 §7.26): they begin at 1 and go on to 1 after 2³²−1."""

from __future__ import annotations

from typing import Final

LAST: Final = 2**32 - 1
FIRST: Final = 1


def following(number: int) -> int:
    """The number after ``number``."""
    return FIRST if number >= LAST else number + 1


def ahead(number: int, expected: int) -> int:
    """How many messages lie between the one expected and ``number``; negative when it was sent before."""
    distance = (number - expected) % LAST
    return distance if distance <= LAST // 2 else distance - LAST


def between(expected: int, count: int) -> list[int]:
    """``count`` numbers from ``expected`` on."""
    return [(expected - FIRST + i) % LAST + FIRST for i in range(count)]
