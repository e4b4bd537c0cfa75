"""How numbers, units and times are written for people: decimal comma and translated units in Russian."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from line.clock import NS_PER_S
from line.eu import eu_text as eu_text

THIN_SPACE: Final = "\u202f"
"""Narrow no-break space between thousands, in both languages (ISO 80000-1 §7.3.1)."""
MINUS: Final = "\u2212"
NO_VALUE: Final = "—"

_zone: ZoneInfo | None = None

SHORT: Final = (
    ("Температура", "Темп."), ("температура", "темп."), ("Temperature", "Temp."), ("temperature", "temp."),
    ("Температуры", "Темп."), ("температуры", "темп."), ("Отклонение", "Откл."), ("Рассогласование", "Рассогл."),
    ("Относительная", "Отн."), ("deviation", "dev."),

    ("Задание", "Зад."), ("задание", "зад."), ("положение", "полож."), ("setpoint", "SP"),
)  # fmt: skip
"""Words that plants abbreviate, for places where the whole does not fit."""


def shorten(text: str) -> str:
    """The text with the usual abbreviations."""
    for whole, short in SHORT:
        text = text.replace(whole, short)
    return text


def text_within(text: str, most: int) -> str:
    """What a person wrote in at most ``most`` letters, cut with an ellipsis."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def number_text(value: float | None, decimals: int, language: str) -> str:
    """``value`` with fixed decimals, thin spaces in thousands, true minus; a dash for None or NaN."""
    if value is None or not math.isfinite(value):
        return NO_VALUE
    digits = f"{abs(value):,.{max(0, decimals)}f}".replace(",", THIN_SPACE)
    if language == "ru":
        digits = digits.replace(".", ",")
    negative = value < 0 and any(c in "123456789" for c in digits)
    return MINUS + digits if negative else digits


def with_eu(value: float | None, decimals: int, eu: str, language: str) -> str:
    """Number and unit with a no-break space between; the dash stands alone."""
    shown = number_text(value, decimals, language)
    return shown if shown == NO_VALUE or not eu else f"{shown}\u00a0{eu_text(eu, language)}"


MINUTES_FROM_S: Final = 120
"""From here on a time given in seconds is written as whole minutes or as ``H:MM:SS``."""
MINUTES_BELOW_S: Final = 3 * 3600


def value_text(value: float | None, decimals: int, eu: str, language: str) -> str:
    """As :func:`with_eu`, but a long time in seconds as ``30 min`` or, when it is no whole minute, ``0:12:34``."""
    if eu != "s" or value is None or not math.isfinite(value) or value < MINUTES_FROM_S:
        return with_eu(value, decimals, eu, language)
    if value % 60 == 0 and value < MINUTES_BELOW_S:
        return with_eu(value / 60, 0, "min", language)
    return elapsed_text(value)


def elapsed_text(seconds: float) -> str:
    """``H:MM:SS``, with the hours also while they are 0."""
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def in_minutes(eu: str, hi: float | None) -> bool:
    """True for a time in seconds that people set in minutes."""
    return eu == "s" and hi is not None and hi >= MINUTES_FROM_S


def limits_text(lo: float | None, hi: float | None, decimals: int, eu: str, language: str) -> str:
    """As :func:`range_text` without a unit, but times that people set in minutes as ``0…60 min``."""
    if not in_minutes(eu, hi):
        return range_text(lo, hi, decimals, language)
    least, most = (None if end is None else end / 60 for end in (lo, hi))
    return f"{range_text(least, most, decimals_for(least, most), language)}\u00a0{eu_text('min', language)}"


def parse_minutes(typed: str) -> float | None:
    """Seconds of a time as an operator types it: ``45`` and ``1,5`` are minutes, ``1:30`` is M:SS, ``1:15:00`` H:MM:SS."""
    parts = typed.strip().split(":")
    if len(parts) == 1:
        minutes = parse_number(typed)
        return None if minutes is None else minutes * 60
    if len(parts) > 3 or not all(p.isdecimal() and p.isascii() for p in parts):
        return None
    numbers = [int(p) for p in parts]
    if any(n >= 60 for n in numbers[1:]):
        return None
    return float(sum(n * 60**i for i, n in enumerate(reversed(numbers))))


def range_text(lo: float | None, hi: float | None, decimals: int, language: str) -> str:
    """Limits as ``75…80``, ``≥ 30`` or ``≤ 4``; a dash when there are none."""
    if lo is not None and hi is not None:
        return f"{number_text(lo, decimals, language)}…{number_text(hi, decimals, language)}"
    if lo is not None:
        return f"≥\u00a0{number_text(lo, decimals, language)}"
    if hi is not None:
        return f"≤\u00a0{number_text(hi, decimals, language)}"
    return NO_VALUE


def decimals_for(*values: float | None) -> int:
    """The fewest decimals (0…3) that show all of ``values`` exactly enough for a setpoint."""
    for count in range(3):
        if all(v is None or abs(v - round(v, count)) < 1e-9 for v in values):
            return count
    return 3


def parse_number(typed: str) -> float | None:
    """A number as an operator types it, comma or point; None when it is none."""
    cleaned = typed.strip().replace(",", ".").replace(MINUS, "-").replace(THIN_SPACE, "")
    try:
        value = float(cleaned)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def midnight_ns() -> int:
    """A midnight of the plant's clock: what is that many seconds after it is labelled with the time since the start."""
    there = local(978_350_400 * NS_PER_S)  # 1 January 2001 at noon UTC
    return round(there.replace(hour=0, minute=0, second=0).timestamp()) * NS_PER_S


def clock_text(time_ns: int) -> str:
    """Local time of day ``HH:MM:SS``; a dash for 0."""
    return local(time_ns).strftime("%H:%M:%S") if time_ns > 0 else NO_VALUE


def clock_minutes(time_ns: int) -> str:
    """Local time of day ``HH:MM``; a dash for 0."""
    return local(time_ns).strftime("%H:%M") if time_ns > 0 else NO_VALUE


def date_text(time_ns: int) -> str:
    """Local date ``DD.MM.YYYY``, the plant's order in both languages."""
    return local(time_ns).strftime("%d.%m.%Y") if time_ns > 0 else NO_VALUE


def file_stamp(time_ns: int) -> str:
    """Local date and time for the name of a file: ``2026-11-22-193005``."""
    return local(time_ns).strftime("%Y-%m-%d-%H%M%S")


def local(time_ns: int) -> datetime:
    """A time of the line as the plant's clocks show it."""
    return datetime.fromtimestamp(time_ns // NS_PER_S, tz=UTC).astimezone(_zone)


def instant_ns(here: datetime) -> int:
    """UTC in ns of a date and time as the plant's clocks show it; the earlier one of an hour that comes twice."""
    there = here.replace(tzinfo=_zone) if _zone is not None else here.astimezone()
    return round(there.timestamp()) * NS_PER_S


def use_zone(name: str) -> None:
    """Show times of this zone from now on: a panel looks at one line, and its plant's clock is what every page, report and mail
    shows, wherever the panel stands. The machine's own zone while ``name`` is empty or unknown here."""
    global _zone
    try:
        _zone = ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        _zone = None


def duration_text(seconds: float) -> str:
    """``M:SS`` below an hour, ``H:MM:SS`` from there on."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def hours_text(seconds: float) -> str:
    """``H:MM``: the length of a shift or of what remains."""
    minutes = max(0, int(seconds)) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"
