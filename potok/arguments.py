"""Values of command-line arguments: read, or refused with a message that says what to write."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

SPEED_MAX: Final = 200.0
"""The simulators compute a faster plant in more steps per cycle; beyond this they cannot keep their cycle."""

HOURS_MAX: Final = 24.0 * 31
DAYS_MAX: Final = 3660.0
KILOGRAMS_MAX: Final = 1e6


def tcp_port(text: str) -> int:
    """A TCP port; 0 stands for a free one. Raises argparse.ArgumentTypeError that says what is wrong."""
    number = _whole(text)
    if number is None or number > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is no port; write a number from 0 (a free port) to 65535")
    return number


def seed(text: str) -> int:
    """A seed of random numbers. Raises argparse.ArgumentTypeError that says what is wrong."""
    number = _whole(text)
    if number is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no seed; write a whole number from 0 up")
    return number


def count(text: str) -> int:
    """How many of something. Raises argparse.ArgumentTypeError that says what is wrong."""
    number = _whole(text)
    if not number:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of rows; write a whole number from 1 up")
    return number


def speed(text: str) -> float:
    """How many times faster than real. Raises argparse.ArgumentTypeError that says what is wrong."""
    return _above_zero("speed", SPEED_MAX)(text)


def hours(text: str) -> float:
    """Length of a shift. Raises argparse.ArgumentTypeError that says what is wrong."""
    return _above_zero("number of hours", HOURS_MAX)(text)


def days(text: str) -> float:
    """Length of a span of the journal. Raises argparse.ArgumentTypeError that says what is wrong."""
    return _above_zero("number of days", DAYS_MAX)(text)


def kilograms(text: str) -> float:
    """The size of a batch. Raises argparse.ArgumentTypeError that says what is wrong."""
    return _above_zero("size of a batch", KILOGRAMS_MAX)(text)


def moment_ns(text: str) -> int:
    """A date or a date and time, ``2026-03-01`` or ``2026-03-01T06:00``, as ns UTC. Raises argparse.ArgumentTypeError.

    What is beyond the times that a journal can hold (before 1970, after 2262) is their end.
    """
    try:
        moment = datetime.fromisoformat(text)
        time_ns = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000
        return max(0, min(time_ns, 2**63 - 1))
    except (ValueError, OverflowError):
        why = f"'{text}' is no time; write 2026-03-01 or 2026-03-01T06:00 (UTC), or with a zone 2026-03-01T06:00+03:00"
        raise argparse.ArgumentTypeError(why) from None


def time_of_day(text: str) -> int:
    """``HH:MM`` as minutes after midnight. Raises argparse.ArgumentTypeError that says what is wrong."""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text, re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no time of day; write HH:MM from 00:00 to 23:59")
    return int(match[1]) * 60 + int(match[2])


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 20 else None


def _above_zero(what: str, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0.0 < value <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no {what}; write a number above 0, at most {most:g}")
        return value

    return read
