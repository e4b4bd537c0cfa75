"""How well the alarm system does, as the page of figures shows it: figures, targets, and which of them are beyond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S

PRIORITIES: Final = (1, 2, 3, 4)
BUCKET_NS: Final = 600 * NS_PER_S
WELL, ABOVE_TARGET, ABOVE_LIMIT, UNKNOWN = "well", "above_target", "above_limit", "unknown"


@dataclass(frozen=True)
class Target:
    """What a figure should be at most; ``limit`` is where a plan of action is due, None where there is none."""

    target: float | None
    limit: float | None

    def verdict(self, value: float | None) -> str:
        """:data:`WELL`, :data:`ABOVE_TARGET`, :data:`ABOVE_LIMIT`, or :data:`UNKNOWN` for a figure that has no value."""
        if value is None:
            return UNKNOWN
        if self.limit is not None and value > self.limit:
            return ABOVE_LIMIT
        if self.target is not None and value > self.target:
            return ABOVE_TARGET if self.limit is not None else ABOVE_LIMIT
        return WELL


@dataclass(frozen=True)
class Counted:
    """An alarm with how often it did something; ``pct`` is its share of all, None where that is not told."""

    id: str
    count: int
    pct: float | None


@dataclass(frozen=True)
class Figures:
    """One period. ``numbers`` holds the figures by their names in docs/kpi.md; what has no denominator is None."""

    from_ns: int
    to_ns: int
    numbers: Mapping[str, float | None]
    top: tuple[Counted, ...]
    chattering: tuple[Counted, ...]
    fleeting: tuple[Counted, ...]
    stale: tuple[tuple[str, int], ...]
    by_priority: Mapping[int, int]
    priority_pct: Mapping[int, float | None]
    ack_count: int
    ack_median_s: float | None
    ack_p90_s: float | None
    ack_max_s: float | None
    ack_by_priority: Mapping[int, float | None]
    buckets: tuple[int, ...]


NUMBERS: Final = (
    "alarms", "per_hour", "per_10_min", "peak_10_min", "over_10_pct", "hours_over_30_pct", "floods", "flood_pct", "top_10_pct",
    "standing", "shelved",
)  # fmt: skip


def parse_figures(data: Obj) -> Figures | None:
    """Figures as view and API carry them; None for none."""
    if not data:
        return None
    ack = wire.obj(data, "ack")
    by_priority, pct = wire.obj(data, "by_priority"), wire.obj(data, "by_priority_pct")
    numbers: dict[str, float | None] = {name: wire.number(data, name) for name in NUMBERS}
    chattering = tuple(Counted(wire.text(c, "id"), wire.integer(c, "episodes"), None) for c in wire.objects(data, "chattering"))
    fleeting = tuple(Counted(wire.text(c, "id"), wire.integer(c, "count"), None) for c in wire.objects(data, "fleeting"))
    stale = tuple((wire.text(s, "id"), wire.integer(s, "since_ns")) for s in wire.objects(data, "stale"))
    numbers |= {"chattering": float(len(chattering)), "fleeting": float(len(fleeting)), "stale": float(len(stale))}
    return Figures(
        wire.integer(data, "from_ns"), wire.integer(data, "to_ns"), numbers,
        tuple(Counted(wire.text(c, "id"), wire.integer(c, "count"), wire.number(c, "pct")) for c in wire.objects(data, "top")),
        chattering, fleeting, stale,
        {p: wire.integer(by_priority, str(p)) for p in PRIORITIES}, {p: wire.number(pct, str(p)) for p in PRIORITIES},
        wire.integer(ack, "count"), wire.number(ack, "median_s"), wire.number(ack, "p90_s"), wire.number(ack, "max_s"),
        {p: wire.number(wire.obj(wire.obj(ack, "by_priority"), str(p)), "median_s") for p in PRIORITIES},
        tuple(int(n) for b in wire.items(data, "buckets") if (n := wire.as_number(b)) is not None),
    )  # fmt: skip


def live_figures(store: LineStore, period: str) -> Figures | None:
    """``live``, ``shift`` or ``previous`` of the view."""
    return parse_figures(wire.obj(store.view("alarm_kpi"), period))


def targets(store: LineStore) -> Mapping[str, Target]:
    """Targets by the name of the figure."""
    told = wire.obj(store.view("alarm_kpi"), "targets")
    return {name: Target(wire.number(wire.obj(t), "target"), wire.number(wire.obj(t), "limit")) for name, t in told.items()}


def priority_targets(store: LineStore) -> Mapping[int, float]:
    """The share in percent that each priority should have."""
    told = wire.obj(wire.obj(store.view("alarm_kpi"), "targets"), "by_priority_pct")
    return {p: share for p in PRIORITIES if (share := wire.number(told, str(p))) is not None}
