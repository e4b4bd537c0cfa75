"""Samples per second through the journal writer with their rollups, against rows in a plain table indexed by tag and time."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, median
from historian.rollup import DayRoller
from historian.samples import NS_PER_DAY, SampleBlock, day_files, make_day
from historian.writer import JournalWriter
from line.clock import NS_PER_S, SystemClock, perf_counter_ns

_TAGS = 200
_BLOCKS = 4000
_STEP_NS = NS_PER_S
_ROUNDS = 3
_QUICK_BLOCKS = 1100


def journal_samples_per_s(quick: bool = False) -> Figure:
    """Samples that are durable and rolled up per second; blocks of 200 tags as a scan makes them, both on the same disk."""
    blocks, rounds = (_QUICK_BLOCKS, 1) if quick else (_BLOCKS, _ROUNDS)
    ours: list[float] = []
    durable: list[float] = []
    plain: list[float] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
            stored, rolled = _writer(Path(folder), blocks)
            durable.append(stored)
            ours.append(rolled)
            plain.append(_plain(Path(folder) / f"plain{number}.db", blocks))
    value, baseline = median(ours), median(plain)
    return Figure("journal_samples_per_s", round(value), "samples/s", round(baseline), round(value / baseline, 2),
                  f"medians of {rounds} rounds of {_TAGS * blocks} samples, ours with rollups of {blocks // 900} spans of 15 min",
                  extra={"durable_per_s": round(median(durable))})  # fmt: skip


def _block(names: tuple[str, ...], number: int) -> SampleBlock:
    time_ns = 1_767_247_200 * NS_PER_S + number * _STEP_NS
    return SampleBlock(
        names,
        np.arange(_TAGS, dtype=np.int64),
        np.full(_TAGS, time_ns, dtype=np.int64),
        np.full(_TAGS, float(number)),
        np.zeros(_TAGS, dtype=np.uint32),
        np.zeros(_TAGS, dtype=np.bool_),
        {},
    )


def _writer(folder: Path, blocks: int) -> tuple[float, float]:
    """Samples per second until they are durable, and until what is complete of them is rolled up too."""
    writer = JournalWriter(folder / "journal.db", folder / "samples", SystemClock())
    names = tuple(f"U{i}.Value" for i in range(_TAGS))
    made = [_block(names, block) for block in range(blocks)]
    try:
        began_ns = perf_counter_ns()
        for block in made:
            if not writer.submit_samples(block):
                raise RuntimeError("the journal writer took too few samples")
        if not writer.flush(120.0):
            raise RuntimeError("the journal writer did not finish")
        durable_ns = perf_counter_ns()
    finally:
        writer.close()
    closed_ns = perf_counter_ns()
    for day, path in day_files(folder / "samples"):
        with closing(make_day(path)) as db:
            roller = DayRoller(db, (day.toordinal() - 719_163) * NS_PER_DAY)
            while roller.step(int(made[-1].time_ns[0])):
                pass
    rolled_ns = durable_ns + perf_counter_ns() - closed_ns
    return _TAGS * blocks / ((durable_ns - began_ns) / NS_PER_S), _TAGS * blocks / ((rolled_ns - began_ns) / NS_PER_S)


def _plain(path: Path, blocks: int) -> float:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE samples(tag INTEGER, time_ns INTEGER, value REAL, status INTEGER)")
        connection.execute("CREATE INDEX by_tag ON samples(tag, time_ns)")
        began_ns = perf_counter_ns()
        for block in range(blocks):
            time_ns = block * _STEP_NS
            rows = [(tag, time_ns, float(block), 0) for tag in range(_TAGS)]
            connection.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", rows)
            if block % 4 == 3:
                connection.commit()
        connection.commit()
        return _TAGS * blocks / ((perf_counter_ns() - began_ns) / NS_PER_S)
    finally:
        connection.close()
