"""From what was counted to the figures that people read, with what they should be (docs/kpi.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import nsmallest
from typing import Final

from alarms.kpi import Fact, Watch
from alarms.kpi_tally import CELL_NS, Cell, PeriodTally, Tally
from line.clock import NS_PER_S
from line.messages import Json, JsonObject

TOP: Final = 10
LISTED_MAX: Final = 100
"""Alarms in one list of the figures; the worst come first."""

TARGETS: Final[JsonObject] = {
    "per_hour": {"target": 6.0, "limit": 12.0},
    "per_10_min": {"target": 1.0, "limit": 2.0},
    "peak_10_min": {"target": 10.0, "limit": None},
    "over_10_pct": {"target": 1.0, "limit": None},
    "hours_over_30_pct": {"target": 1.0, "limit": None},
    "flood_pct": {"target": 1.0, "limit": None},
    "top_10_pct": {"target": 5.0, "limit": None},
    "chattering": {"target": 0.0, "limit": None},
    "fleeting": {"target": 0.0, "limit": None},
    "stale": {"target": 4.0, "limit": None},
    "standing": {"target": 9.0, "limit": None},
    "shelved": {"target": 29.0, "limit": None},
    "by_priority_pct": {"1": 1.0, "2": 5.0, "3": 15.0, "4": 80.0},
}
"""What each figure should be at most; ``limit`` is what is no longer acceptable, None where the sources name only a target.
Of ``chattering``, ``fleeting`` and ``stale`` the number of alarms counts. ``by_priority_pct`` are shares to come near to.
Sources: ISA-18.2-2016 clause 16 and EEMUA 191 (standing, shelved)."""


def figures(tally: Tally, watch: Watch) -> JsonObject:
    """FIGURES of docs/kpi.md for the period up to ``watch.now_ns``. What has no denominator is None."""
    cell = tally.sum()
    elapsed_ns = max(0, watch.now_ns - tally.from_ns)
    alarms = cell.total
    rated_ns = elapsed_ns if elapsed_ns >= CELL_NS else 0  # one alarm in the first second is no 3600 an hour
    over_10_pct, hours_over_30_pct = tally.busy_shares()
    top = _listed(cell.counts, TOP)
    stale = {**cell.stale, **watch.stale()}
    return {
        "from_ns": tally.from_ns,
        "to_ns": watch.now_ns,
        "alarms": alarms,
        "per_hour": _per(alarms, rated_ns, 3600 * NS_PER_S),
        "per_10_min": _per(alarms, rated_ns, CELL_NS),
        "peak_10_min": cell.peak,
        "over_10_pct": over_10_pct,
        "hours_over_30_pct": hours_over_30_pct,
        "floods": cell.floods,
        "flood_pct": _per(cell.flood_ns, elapsed_ns, 100),
        "top": [{"id": a, "count": n, "pct": _per(n, alarms, 100)} for a, n in top],
        "top_10_pct": _per(sum(n for _, n in top), alarms, 100),
        "chattering": [{"id": a, "episodes": n} for a, n in _listed(cell.chattering)],
        "fleeting": [{"id": a, "count": n} for a, n in _listed(cell.fleeting)],
        "stale": [{"id": a, "since_ns": t} for a, t in sorted(stale.items(), key=lambda i: (i[1], i[0]))[:LISTED_MAX]],
        "standing": watch.standing(),
        "shelved": watch.shelved(),
        "by_priority": {str(p + 1): n for p, n in enumerate(cell.priorities)},
        "by_priority_pct": {str(p + 1): _per(n, alarms, 100) for p, n in enumerate(cell.priorities)},
        "ack": _acks(cell),
        "buckets": tally.buckets(),
    }


def period_figures(watch: Watch, facts: Iterable[Fact], from_ns: int, to_ns: int) -> JsonObject:
    """FIGURES of a span of the journal. ``watch`` is as of some time before; of ``facts`` those before ``from_ns`` lead in.

    ``facts`` are in the order of the journal and end before ``to_ns``.
    """
    tally: PeriodTally | None = None
    for fact in facts:
        if tally is None and fact.time_ns >= from_ns:
            watch.advance(from_ns, ())
            tally = PeriodTally.begin(from_ns)
        watch.fold((fact,), () if tally is None else (tally,))
    if tally is None:
        watch.advance(from_ns, ())
        tally = PeriodTally.begin(from_ns)
    watch.advance(to_ns, (tally,))
    return figures(tally, watch)


def beyond(name: str, value: float | None) -> str:
    """``"limit"`` or ``"target"`` where a figure is beyond it, else an empty string."""
    aims = TARGETS.get(name)
    if value is None or not isinstance(aims, Mapping):
        return ""
    for what in ("limit", "target"):
        aim = aims.get(what)
        if isinstance(aim, int | float) and value > aim:
            return what
    return ""


def _listed(counts: Mapping[str, int], most: int = LISTED_MAX) -> list[tuple[str, int]]:
    return nsmallest(most, counts.items(), key=lambda i: (-i[1], i[0]))


def _per(part: float, whole: float, scale: float) -> float | None:
    return round(part * scale / whole, 3) if whole > 0 else None


def _acks(cell: Cell) -> JsonObject:
    together: dict[float, int] = {}
    for acks in cell.acks:
        for seconds, n in acks.items():
            together[seconds] = together.get(seconds, 0) + n
    by_priority: dict[str, Json] = {
        str(p + 1): {"count": sum(acks.values()), "median_s": _median(acks)} for p, acks in enumerate(cell.acks)
    }
    return {
        "count": sum(together.values()),
        "median_s": _median(together),
        "p90_s": _quantile(together, 0.9),
        "max_s": max(together, default=None),
        "by_priority": by_priority,
    }


def _median(counts: Mapping[float, int]) -> float | None:
    total = sum(counts.values())
    if not total:
        return None
    return (_ranked(counts, (total + 1) // 2) + _ranked(counts, total // 2 + 1)) / 2.0


def _quantile(counts: Mapping[float, int], share: float) -> float | None:
    """The least value that at least ``share`` of all do not exceed (nearest rank)."""
    total = sum(counts.values())
    return _ranked(counts, max(1, -int(-share * total // 1))) if total else None


def _ranked(counts: Mapping[float, int], rank: int) -> float:
    """The value at this place (from 1) of all in their order. Raises IndexError when there are fewer."""
    for value, n in sorted(counts.items()):
        rank -= n
        if rank <= 0:
            return value
    raise IndexError(rank)


def rows(data: JsonObject) -> Sequence[tuple[str, float | None]]:
    """The figures that have a target, by their names, of lists the number of entries."""
    found: list[tuple[str, float | None]] = []
    for name in TARGETS:
        value = data.get(name)
        if isinstance(value, Sequence) and not isinstance(value, str):
            found.append((name, float(len(value))))
        elif not isinstance(value, Mapping):
            found.append((name, float(value) if isinstance(value, int | float) else None))
    return found
