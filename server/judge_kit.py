"""What the judges of commands share: the subject, and reasons about numbers and unknown names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from line.documents import Text
from line.messages import JsonObject
from server.command_args import Number
from server.line_index import LineIndex
from server.texts import number_en, number_ru, text


@dataclass(frozen=True)
class Subject:
    """What a command is about and what the server knows of it."""

    target: str
    line: LineIndex
    views: Mapping[str, JsonObject]


def short(name: str) -> str:
    """A name as a reason may repeat it: printable and not too long."""
    printable = "".join(c if c.isprintable() else "?" for c in name.encode("utf-8", "replace").decode())
    return printable if len(printable) <= 80 else printable[:79] + "…"


def unknown(what_ru: str, what_en: str, name: str) -> Text:
    """There is no such thing; ``what_ru`` stands in the genitive."""
    return text(f"Нет {what_ru} {short(name)}", f"There is no {what_en} {short(name)}")


def as_float(value: Number) -> float:
    """``value`` as a float, NaN when it cannot be one."""
    try:
        return float(value)
    except OverflowError:
        return math.nan


def range_reason(label_ru: str, label_en: str, value: Number, lo: float, hi: float) -> Text | None:
    """Why ``value`` is no number of ``lo``..``hi``; None when it is."""
    number = as_float(value)
    if math.isfinite(number) and lo <= number <= hi:
        return None
    shown_ru, shown_en = (number_ru(number), number_en(number)) if math.isfinite(number) else ("не число", "no number")
    return text(
        f"{label_ru}: {shown_ru} вне пределов {number_ru(lo)}…{number_ru(hi)}",
        f"{label_en}: {shown_en} is outside {number_en(lo)}…{number_en(hi)}",
    )
