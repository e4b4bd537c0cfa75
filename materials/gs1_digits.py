"""Keys of GS1 by their digits: check digit, length, the 14-digit form (GS1 General Specifications, 7.9 and 3.3)."""

from __future__ import annotations

from typing import Final

GTIN_LENGTHS: Final = (8, 12, 13, 14)
SSCC_LENGTH: Final = 18
GLN_LENGTH: Final = 13
_ASCII_DIGITS: Final = frozenset("0123456789")


def is_digits(text: str) -> bool:
    """Whether ``text`` is decimal digits only, at least one (those of other scripts do not count)."""
    return bool(text) and _ASCII_DIGITS.issuperset(text)


def check_digit(digits: str) -> str:
    """The digit that belongs behind ``digits``: weights 3, 1, 3… from the right (GS1 General Specifications 7.9.1).

    Raises ValueError when ``digits`` is not decimal digits only.
    """
    if not is_digits(digits):
        raise ValueError(f"{digits!r} is not decimal digits only")
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    return str(-total % 10)


def has_check_digit(key: str) -> bool:
    """Whether the last digit of ``key`` is the check digit of the others."""
    return len(key) > 1 and is_digits(key) and check_digit(key[:-1]) == key[-1]


def is_gtin(text: str) -> bool:
    """A GTIN-8, -12, -13 or -14 with its check digit right."""
    return len(text) in GTIN_LENGTHS and has_check_digit(text)


def gtin14(gtin: str) -> str:
    """``gtin`` of any length as it stands in AI (01): 14 digits, zeros in front (GS1 General Specifications 3.3.2)."""
    return gtin.zfill(14)
