"""An analog indicator's content: everything a painter needs, decided without a window."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels.format import eu_text, number_text
from hmi.viewmodels.line_info import KeyValueInfo, TagInfo
from hmi.viewmodels.store import LineStore


@dataclass(frozen=True)
class Analog:
    """One moving-pointer indicator. ``value`` is the last known one; it is drawn as live only when ``good``."""

    tag: str
    name: str
    eu: str
    value: float | None
    good: bool
    lo: float
    hi: float
    normal: tuple[float, float] | None
    limits: tuple[float, ...]
    setpoint: float | None
    value_text: str
    setpoint_text: str
    alarm: int

    def position(self, number: float) -> float:
        """Place of ``number`` on the scale, 0 at the bottom, 1 at the top, clipped."""
        return min(1.0, max(0.0, (number - self.lo) / (self.hi - self.lo)))


def analog(store: LineStore, key: KeyValueInfo, alarm_of_tag: dict[str, int]) -> Analog | None:
    """The indicator of a key value; None when the line has no such tag."""
    info = store.tag(key.tag)
    if info is None:
        return None
    value = store.value(key.tag)
    setpoint = store.number(key.setpoint) if key.setpoint else None
    lo, hi = key.scale or (info.lo, info.hi)
    if not lo < hi:
        lo, hi = 0.0, 100.0
    limits = tuple(limit for limit, _, _ in (store.line.limits_of(key.tag) if store.line else []) if lo <= limit <= hi)
    return Analog(
        key.tag, store.text(info.text), eu_text(info.eu, store.language), value.value, value.good, lo, hi, key.normal, limits,
        setpoint, number_text(value.value, info.decimals, store.language),
        number_text(setpoint, info.decimals, store.language) if setpoint is not None else "", alarm_of_tag.get(key.tag, 0),
    )  # fmt: skip


def indicator_of(store: LineStore, info: TagInfo) -> KeyValueInfo:
    """How to draw a tag that is no key value of the overview: its own range, no band; a key value keeps its own."""
    unit = store.unit(info.unit)
    for key in unit.key_values if unit else ():
        if key.tag == info.name:
            return key
    return KeyValueInfo(info.name, "", None, None)
