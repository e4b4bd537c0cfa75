"""Figures of ISO 22400-2 from times and counts: pure, nothing kept.

Availability = APT / PBT, Effectiveness = PRI · PQ / APT, Quality ratio = GQ / PQ, OEE = A · E · Q (= PRI · GQ / PBT). A figure
whose denominator is 0 is None, shown as a dash; one above 100 % is told as it is and named in ``over_100``: then the planned
rate is wrong, or a count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from line.messages import Json, JsonObject

EXCEEDS: Final = 1.0 + 1e-9
"""Above this a ratio exceeds 100 %: a sum of many fractions that should be 1 is not quite."""


@dataclass(frozen=True)
class Times:
    """How the time of a machine divides, ns: each ns is in one of these.

    ``run``: producing; ``minor``: own stops below the threshold; ``down``: longer ones; ``external``: it waited for its
    neighbours; ``idle``: nothing was asked of it; ``planned``: planned downtime; ``unknown``: nobody knows.
    """

    run: int = 0
    minor: int = 0
    down: int = 0
    external: int = 0
    idle: int = 0
    planned: int = 0
    unknown: int = 0

    def __add__(self, other: Times) -> Times:
        return Times(
            self.run + other.run, self.minor + other.minor, self.down + other.down, self.external + other.external,
            self.idle + other.idle, self.planned + other.planned, self.unknown + other.unknown,
        )  # fmt: skip

    @property
    def total(self) -> int:
        """All of it."""
        return self.run + self.minor + self.down + self.external + self.idle + self.planned + self.unknown

    @property
    def apt(self) -> int:
        """Actual production time: a minor stop is a loss of speed (ISO 22400-2; docs/oee.md)."""
        return self.run + self.minor

    @property
    def pbt(self) -> int:
        """Planned busy time that is known: without planned downtime and without what nobody knows."""
        return self.apt + self.down + self.external + self.idle


@dataclass(frozen=True)
class Counts:
    """What was made. ``ideal_ns`` is the sum of PRI over everything made (its planned run time per item), ``unrated`` what was
    made of products that have no planned rate; ``counted`` is False for a machine without counters. ``unseen`` is what of it was
    made in time that nobody knows: that time is no production time, so what was made in it has no part in the effectiveness."""

    good: float = 0.0
    reject: float = 0.0
    ideal_ns: float = 0.0
    unrated: float = 0.0
    counted: bool = True
    unseen: float = 0.0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.good + other.good, self.reject + other.reject, self.ideal_ns + other.ideal_ns, self.unrated + other.unrated,
            self.counted and other.counted, self.unseen + other.unseen,
        )  # fmt: skip

    @property
    def produced(self) -> float:
        """PQ."""
        return self.good + self.reject


@dataclass(frozen=True)
class Failures:
    """Failure events (FE) and the time to repair them, ns."""

    count: int = 0
    repair_ns: int = 0


@dataclass(frozen=True)
class Figures:
    """The four ratios (1 is 100 %), None where they are undefined, and those that exceed 1."""

    availability: float | None
    effectiveness: float | None
    quality: float | None
    oee: float | None
    over_100: tuple[str, ...] = ()


def figures(times: Times, counts: Counts) -> Figures:
    """Availability, effectiveness, quality and OEE of a span."""
    availability = times.apt / times.pbt if times.pbt else None
    effectiveness = counts.ideal_ns / times.apt if times.apt and counts.counted and not counts.unrated else None
    quality = counts.good / counts.produced if counts.produced else None
    oee = None
    if availability is not None and effectiveness is not None and quality is not None:
        oee = availability * effectiveness * quality
    named = {"availability": availability, "effectiveness": effectiveness, "quality": quality, "oee": oee}
    return Figures(availability, effectiveness, quality, oee, tuple(n for n, v in named.items() if v is not None and v > EXCEEDS))


def mean_times_s(times: Times, failures: Failures) -> tuple[float | None, float | None]:
    """(MTTR, MTBF) in s after ISO 22400-2: ΣTTR/(FE+1) and ΣTBF/(FE+1), TBF being production time; None without failures."""
    if not failures.count:
        return None, None
    n = (failures.count + 1) * NS_PER_S
    return failures.repair_ns / n, times.apt / n


def summed(parts: Iterable[tuple[Times, Counts]]) -> tuple[Times, Counts]:
    """Times and counts of several spans as one."""
    times, counts = Times(), Counts()
    for t, c in parts:
        times, counts = times + t, counts + c
    return times, counts


def to_json(times: Times, counts: Counts, failures: Failures, minor_count: int) -> JsonObject:
    """As views and events carry it; percents with two decimals, seconds with one."""
    f = figures(times, counts)
    mttr_s, mtbf_s = mean_times_s(times, failures)
    seen = counts.produced - counts.unseen
    pri_s = counts.ideal_ns / seen / NS_PER_S if seen > 0.0 and not counts.unrated else None
    over: list[Json] = [*f.over_100]
    return {
        "availability_pct": _pct(f.availability), "effectiveness_pct": _pct(f.effectiveness), "quality_pct": _pct(f.quality),
        "oee_pct": _pct(f.oee), "over_100": over, "pbt_s": _s(times.pbt), "apt_s": _s(times.apt), "run_s": _s(times.run),
        "minor_s": _s(times.minor), "minor_stops": minor_count, "adot_s": _s(times.down), "external_s": _s(times.external),
        "idle_s": _s(times.idle), "planned_s": _s(times.planned), "unknown_s": _s(times.unknown),
        "pq": round(counts.produced, 3), "gq": round(counts.good, 3), "rejects": round(counts.reject, 3),
        "unseen": round(counts.unseen, 3),
        "pri_s": None if pri_s is None else round(pri_s, 4), "failures": failures.count, "repair_s": _s(failures.repair_ns),
        "mttr_s": None if mttr_s is None else round(mttr_s, 1), "mtbf_s": None if mtbf_s is None else round(mtbf_s, 1),
    }  # fmt: skip


def _pct(ratio: float | None) -> float | None:
    return None if ratio is None else round(100.0 * ratio, 2)


def _s(ns: int) -> float:
    return round(ns / NS_PER_S, 1)
