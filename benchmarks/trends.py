"""Milliseconds until a trend of one tag among 500 is there, against the query that one would write in SQL over the same files."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, median, percentile, short
from historian.queries import GAP_S, Queries
from historian.rollup_old import roll_old_days
from historian.samples import NS_PER_DAY, day_files, day_of, day_path, make_day
from historian.trend import read_trends, window
from line.clock import NS_PER_MS, NS_PER_S, perf_counter_ns

_TAGS = 500
_POINTS = 1000
_ROUNDS = 31
_START_NS = 20_000 * NS_PER_DAY
_TAG = 250


def trend_8h_ms(quick: bool = False) -> Figure:
    """A shift of a tag that changes every second, while the 499 others change every five."""
    return _trend("trend_8h_ms", 8 * 3600, 1, 5, quick)


def trend_30d_ms(quick: bool = False) -> Figure:
    """A month of a tag that changes every second, while the 499 others stand: a heartbeat every ten minutes."""
    return _trend("trend_30d_ms", 30 * 86_400, 1, 600, quick)


def _trend(name: str, seconds: int, step_s: int, other_s: int, quick: bool) -> Figure:
    tags, seconds, rounds = (20, min(seconds, 2 * 86_400), 3) if quick else (_TAGS, seconds, _ROUNDS)
    wanted = f"U{min(_TAG, tags - 1)}.Value"
    from_ns, to_ns = _START_NS, _START_NS + seconds * NS_PER_S - 1
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        data = Path(folder)
        rows = _fill(data / "samples", tags, seconds, step_s, other_s, wanted)
        # A day after: the others are over, and have all their rollups.
        make_day(day_path(data / "samples", day_of(to_ns + NS_PER_DAY))).close()
        roll_old_days(data / "samples", threading.Event(), share=1.0)
        queries = Queries(data)
        ours = [_timed(lambda: queries.history([wanted], from_ns, to_ns, _POINTS)) for _ in range(rounds)]
        points = len(queries.history([wanted], from_ns, to_ns, _POINTS)[wanted].t)
        raw = window(from_ns, to_ns, _POINTS, int(GAP_S * NS_PER_S), rollups=False)
        all_samples = [_timed(lambda: read_trends(data / "samples", [wanted], raw)) for _ in range(min(3, rounds))]
        plain = [_timed(lambda: _plain(data / "samples", wanted, from_ns, to_ns)) for _ in range(min(5, rounds))]
    value, baseline = median(ours), median(plain)
    about = f"median of {rounds} of {points} points from {rows} samples; beside it: min and max by GROUP BY in SQLite"
    return Figure(
        name, short(value), "ms", short(baseline), round(baseline / value, 1), about,
        {"first_ms": short(ours[0]), "p95_ms": short(percentile(ours, 0.95)), "from_all_samples_ms": short(median(all_samples))},
    )  # fmt: skip


def _timed(call: Callable[[], object]) -> float:
    began_ns = perf_counter_ns()
    call()
    return (perf_counter_ns() - began_ns) / NS_PER_MS


def _fill(folder: Path, tags: int, seconds: int, step_s: int, other_s: int, wanted: str) -> int:
    """Day files as the engine leaves them, filled in the order of their key; how many samples the wanted tag has."""
    chance = np.random.default_rng(1)
    rows = 0
    for first_s in range(0, seconds, 86_400):
        day_s = min(86_400, seconds - first_s)
        with closing(make_day(day_path(folder, day_of(_START_NS + first_s * NS_PER_S)))) as db:
            db.execute("BEGIN")
            for tag in range(1, tags + 1):
                name = f"U{tag - 1}.Value"
                times = np.arange(0, day_s, step_s if name == wanted else other_s, dtype=np.int64) * NS_PER_S
                times += _START_NS + first_s * NS_PER_S
                values = 70.0 + np.cumsum(chance.normal(0.0, 0.1, len(times)))
                db.execute("INSERT INTO tags VALUES (?,?)", (tag, name))
                batches = 1 + times // (5 * NS_PER_S) - times[0] // (5 * NS_PER_S)
                some = zip([tag] * len(times), times.tolist(), values.tolist(), [0] * len(times), batches.tolist(), strict=True)
                db.executemany("INSERT INTO samples VALUES (?,?,?,?,?)", some)
                rows += len(times) if name == wanted else 0
            db.execute("COMMIT")
    return rows


def _plain(folder: Path, name: str, from_ns: int, to_ns: int) -> int:
    width_ns = (to_ns - from_ns) // (_POINTS // 2)
    found = 0
    for _, path in day_files(folder):
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
            sql = """SELECT time_ns / ?, min(value), max(value), count(*) FROM samples
                     WHERE tag = (SELECT id FROM tags WHERE name = ?) AND time_ns BETWEEN ? AND ? GROUP BY 1"""
            found += len(db.execute(sql, (width_ns, name, from_ns, to_ns)).fetchall())
    return found
