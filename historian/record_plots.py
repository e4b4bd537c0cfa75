"""Curves of a record as places on a unit square, so that the document only draws: nothing is judged or computed there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from historian.record_sections import Entry
from historian.record_words import Writer
from line.clock import NS_PER_S
from line.jsontools import finite
from line.messages import Json, JsonObject
from line.quality import is_good


def plot(curve: JsonObject, writer: Writer, name: str) -> Entry:
    """Lines, limits, ticks and stretches without Good data of one curve, x and y from 0 to 1."""
    times, values, codes = _list(curve.get("t")), _list(curve.get("v")), _list(curve.get("q"))
    from_ns, to_ns = _int(curve.get("from_ns")), _int(curve.get("to_ns"))
    width_ns = max(1, to_ns - from_ns)
    limits = {k: number for k in ("lo", "hi") if (number := finite(curve.get(k))) is not None}
    numbers = [n for v in values if (n := finite(v)) is not None]
    bottom, top, step = _scale([*numbers, *limits.values()])

    def x(time_ns: Json) -> float:
        return round(min(1.0, max(0.0, (_int(time_ns) - from_ns) / width_ns)), 5)

    def y(value: float) -> float:
        return round((value - bottom) / (top - bottom), 5)

    lines: list[Json] = []
    bad: list[tuple[float, float]] = []
    stretch: list[Json] = []
    for i, (time_ns, value, code) in enumerate(zip(times, values, codes, strict=False)):
        number = finite(value)
        if number is None or not is_good(_int(code)):
            end = times[i + 1] if i + 1 < len(times) else to_ns
            if x(end) > x(time_ns):
                bad.append((x(time_ns), x(end)))
        if number is None:
            if stretch:
                stretch.append([x(time_ns), cast(list[Json], stretch[-1])[1]])
            lines += [stretch] if len(stretch) > 1 else []
            stretch = []
        else:
            stretch += _step(stretch, x(time_ns), y(number))
    if stretch and to_ns > _int(times[-1]):
        stretch.append([1.0, cast(list[Json], stretch[-1])[1]])
    lines += [stretch] if len(stretch) > 1 else []
    kept = str(curve.get("kept"))
    notes = {"part": "part", "none": "no_samples", "thinned": "thinned"}
    return {
        "name": name, "lines": lines, "bad": _joined(bad), "bad_word": writer.word("not_good"),
        "limits": [[y(v), f"{writer.word(f'limit_{k}')} {writer.number(v, curve.get('eu'))}"] for k, v in limits.items()],
        "x_ticks": [[x(t), writer.clock(t)] for t in _times(from_ns, to_ns)],
        "y_ticks": [[y(bottom + i * step), writer.number(bottom + i * step)] for i in range(round((top - bottom) / step) + 1)],
        "note": writer.word(notes[kept]) if kept in notes else "", "ccp": curve.get("ccp") is True,
    }  # fmt: skip


def _step(stretch: Sequence[Json], x: float, y: float) -> list[Json]:
    """The place ``x, y`` of a line; a value stored by exception holds until the next one, so that a corner stands before it."""
    held = cast(list[Json], stretch[-1])[1] if stretch else y
    return [[x, y]] if held == y else [[x, held], [x, y]]


def _scale(numbers: Sequence[float]) -> tuple[float, float, float]:
    """Round bounds around all numbers, and the distance of the ticks."""
    low, high = (min(numbers), max(numbers)) if any(numbers) else (0.0, 1.0)
    width = max(high - low, abs(high) * 1e-3, 1e-6)
    rough = width / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
    bottom, top = math.floor(low / step) * step, math.ceil(high / step) * step
    return (bottom, top, step) if top > bottom else (bottom, bottom + step, step)


def _times(from_ns: int, to_ns: int) -> list[int]:
    minutes = max(1.0, (to_ns - from_ns) / NS_PER_S / 60)
    every = next((m for m in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440) if minutes / m <= 10), 2880) * 60 * NS_PER_S
    first = -(-from_ns // every) * every
    return [first + i * every for i in range(int((to_ns - first) // every) + 1)] if first <= to_ns else []


def _joined(stretches: Sequence[tuple[float, float]]) -> list[Json]:
    """Neighbouring stretches as one."""
    joined: list[list[float]] = []
    for begin, end in stretches:
        if joined and begin <= joined[-1][1] + 1e-4:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    return [list[Json](pair) for pair in joined]


def _list(value: Json) -> list[Json]:
    return list(value) if isinstance(value, list | tuple) else []


def _int(value: Json) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
