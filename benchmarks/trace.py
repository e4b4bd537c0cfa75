"""Tracing a year of production: back from packed units to deliveries, forward from deliveries to packed units."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Figure, median, percentile, short
from historian.journal import Journal
from historian.queries import JOURNAL_FILE, Queries
from historian.recall import Asked, recall
from line.clock import NS_PER_S, perf_counter_ns
from line.messages import Event, EventKind, Json

_DAYS, _BATCHES, _LOTS, _CASES = 250, 12, 12, 60
_START_NS = 1_767_247_200 * NS_PER_S
_DAY_NS = 86_400 * NS_PER_S
_DELIVERIES = 6
"""Deliveries a day, each used for three days; salt comes every 25 days and is in 300 batches."""


def trace_year_ms(quick: bool = False) -> Figure:
    """Milliseconds of a trace over a year, both ways, p95; with masses, from the data folder, each on a connection of its own."""
    days = 6 if quick else _DAYS
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as name:
        folder = Path(name)
        began_ns = perf_counter_ns()
        events = _write(folder, days)
        wrote_s = (perf_counter_ns() - began_ns) / NS_PER_S
        queries = Queries(folder)
        step = max(1, days // 40)
        cases = [f"{day * _BATCHES * _CASES + 17 * step:018}" for day in range(0, days, step)]
        back, _ = _timed(queries, cases, "back")
        forward, found = _timed(queries, [f"{day:03}-{day % _DELIVERIES}" for day in range(0, days, step)], "forward")
        salt, salted = _timed(queries, [f"SALT-{day // 25}" for day in range(0, days, 25)], "forward")
        recalls: list[float] = []
        for day in range(0, days, max(1, days // 10)):
            began_ns = perf_counter_ns()
            if recall(folder / JOURNAL_FILE, Asked(lot=f"{day:03}-0"), _START_NS) is None:
                raise RuntimeError("a delivery is not in the journal")
            recalls.append((perf_counter_ns() - began_ns) / 1e6)
        size_mb = (folder / JOURNAL_FILE).stat().st_size / 1e6
    about = (
        f"{days} days of {_BATCHES} batches with {_LOTS} lots and {_CASES} packed units each, trimmings of each batch in the next"
        f" of its day; {len(cases)} traces back and {len(cases) + len(salt)} forward, the widest through {max(salted)} lots; p95"
    )
    extra = {
        "back_p95_ms": short(percentile(back, 0.95)), "forward_p50_ms": short(median(forward)),
        "forward_p95_ms": short(percentile(forward, 0.95)), "forward_lots_p50": median(found),
        "salt_max_ms": short(max(salt)), "recall_p95_ms": short(percentile(recalls, 0.95)),
        "journal_mb": short(size_mb), "events_per_s": short(events / wrote_s),
    }  # fmt: skip
    return Figure("trace_year_ms", short(percentile([*back, *forward, *salt], 0.95)), "ms", about=about, extra=extra)


def _timed(queries: Queries, lots: Sequence[str], direction: str) -> tuple[list[float], list[float]]:
    """Milliseconds of each trace, and how many lots it found."""
    took: list[float] = []
    sizes: list[float] = []
    for lot in lots:
        began_ns = perf_counter_ns()
        found = queries.lots.walk(lot, direction)
        took.append((perf_counter_ns() - began_ns) / 1e6)
        if found is None or len(found.lots) < 2:
            raise RuntimeError(f"the trace {direction} of {lot} found nothing")
        sizes.append(float(len(found.lots)))
    return took, sizes


def _write(folder: Path, days: int) -> int:
    """The journal, a day at a time; how many events it has."""
    journal = Journal(folder / JOURNAL_FILE)
    for day in range(days):
        journal.append([
            Event(journal.last_seq() + 1 + number, _START_NS + day * _DAY_NS + number * 20 * NS_PER_S, *event)
            for number, event in enumerate(_day(day))
        ])  # fmt: skip
    count = journal.last_seq()
    journal.close()
    return count


_Told = tuple[str, str, str, str, dict[str, Json]]
"""kind, source, unit, batch, data."""


def _day(day: int) -> Iterator[_Told]:
    if day % 25 == 0:
        yield _received(f"SALT-{day // 25}", "salt", "mill", 5000.0)
    for number in range(_DELIVERIES):
        yield _received(f"{day:03}-{number}", "pork", f"farm{number}", 2000.0)
    for number in range(_BATCHES):
        batch = f"B{1000 + day * _BATCHES + number}"
        yield EventKind.BATCH, batch, "", batch, {"what": "created", "number": 1, "recipe": "doktorskaya", "size_kg": 140.0}
        for part in range(_LOTS - 1):
            lot = f"{max(0, day - (number + part) % 3):03}-{(number + part * 5) % _DELIVERIES}"
            yield _consumed(lot, batch, "pork", 12.0)
        yield _consumed(f"SALT-{day // 25}", batch, "salt", 3.0)
        if number:
            before = f"B{999 + day * _BATCHES + number}"
            yield EventKind.LOT, before, "", before, {"what": "rework", "kg": 2.0, "into": batch}
        first = (day * _BATCHES + number) * _CASES
        for case in range(_CASES):
            told: dict[str, Json] = {"sscc": f"{first + case:018}", "packs": 4, "kg": 2.2, "product": "doktorskaya",
                                     "gtin": "04600000000015", "best_before": "2026-03-01"}  # fmt: skip
            yield EventKind.LOT, batch, "P701", batch, {"what": "packed", **told}


def _received(lot: str, material: str, supplier: str, kg: float) -> _Told:
    data: dict[str, Json] = {
        "what": "received", "material": material, "supplier": supplier, "supplier_lot": f"S-{lot}", "kg": kg, "place": "cold1",
        "produced": "2026-01-01", "expires": "2026-01-08", "gtin": None, "status": "available", "documents": [], "reasons": [],
        "temperature_c": 2.5,
    }  # fmt: skip
    return EventKind.LOT, lot, "", "", data


def _consumed(lot: str, batch: str, material: str, kg: float) -> _Told:
    data: dict[str, Json] = {"what": "consumed", "material": material, "ingredient": material, "kg": kg, "left_kg": None,
                             "substitute": False, "fefo": True, "user": "petrova", "reason": "", "scale": "W101",
                             "tare_kg": 1.2}  # fmt: skip
    return EventKind.LOT, lot, "G101", batch, data
