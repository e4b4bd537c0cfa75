"""Tolerant reading of JSON that came over the network: a wrong type reads as absent, never as an exception."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from line.messages import Json

Obj: TypeAlias = "Mapping[str, Json]"

EMPTY: Obj = {}


def obj(value: Json, key: str | None = None) -> Obj:
    """The object itself, or the object under ``key``; empty when it is something else."""
    inner = value if key is None else obj(value).get(key)
    return cast(Obj, inner) if isinstance(inner, Mapping) else EMPTY


def items(value: Json, key: str | None = None) -> list[Json]:
    """The list itself, or the list under ``key``; empty when it is something else."""
    inner = value if key is None else obj(value).get(key)
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return list(cast("Sequence[Json]", inner))
    return []


def objects(value: Json, key: str | None = None) -> list[Obj]:
    """Only the objects of a list."""
    return [obj(v) for v in items(value, key) if isinstance(v, Mapping)]


def text(value: Obj, key: str, default: str = "") -> str:
    """The string under ``key``; numbers are turned into digits."""
    inner = value.get(key)
    if isinstance(inner, str):
        return inner
    if isinstance(inner, int | float) and not isinstance(inner, bool):
        return str(int(inner)) if float(inner).is_integer() else str(inner)
    return default


def number(value: Obj, key: str) -> float | None:
    """The finite number under ``key`` or None."""
    return as_number(value.get(key))


def as_number(inner: Json) -> float | None:
    """A finite float, or None for everything else; a boolean counts as 0 or 1."""
    if isinstance(inner, bool):
        return 1.0 if inner else 0.0
    if isinstance(inner, int | float) and math.isfinite(inner):
        return float(inner)
    return None


def integer(value: Obj, key: str, default: int = 0) -> int:
    """The whole number under ``key``; exact for nanoseconds."""
    inner = value.get(key)
    if isinstance(inner, bool):
        return int(inner)
    if isinstance(inner, int):
        return inner
    if isinstance(inner, float) and math.isfinite(inner):
        return int(inner)
    return default


def flag(value: Obj, key: str) -> bool:
    """True only for JSON ``true``."""
    return value.get(key) is True


def pair(value: Json) -> tuple[float, float] | None:
    """Two finite numbers in ascending order, or None."""
    both = [as_number(v) for v in items(value)]
    if len(both) == 2 and both[0] is not None and both[1] is not None and both[0] < both[1]:
        return both[0], both[1]
    return None


def bilingual(value: Json, language: str) -> str:
    """A ``{ru, en}`` text in ``language``; a plain string as it is; the other language when one is missing."""
    if isinstance(value, str):
        return value
    both = obj(value)
    return text(both, language) or text(both, "ru") or text(both, "en")
