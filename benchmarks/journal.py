"""Samples per second through the journal writer, against rows appended to a plain SQLite table with an index by tag and time."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, median
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import NS_PER_S, SystemClock, perf_counter_ns

_TAGS = 200
_BLOCKS = 500
_ROUNDS = 3
_QUICK_BLOCKS = 20


def journal_samples_per_s(quick: bool = False) -> Figure:
    """Samples that are durable per second; blocks of 200 tags as a scan makes them, both on the same disk."""
    blocks, rounds = (_QUICK_BLOCKS, 1) if quick else (_BLOCKS, _ROUNDS)
    ours: list[float] = []
    plain: list[float] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
            ours.append(_writer(Path(folder), blocks))
            plain.append(_plain(Path(folder) / f"plain{number}.db", blocks))
    value, baseline = median(ours), median(plain)
    return Figure("journal_samples_per_s", round(value), "samples/s", round(baseline), round(value / baseline, 2),
                  f"medians of {rounds} rounds of {_TAGS * blocks} samples")  # fmt: skip


def _block(names: tuple[str, ...], number: int) -> SampleBlock:
    time_ns = 1_767_247_200 * NS_PER_S + number * NS_PER_S // 4
    return SampleBlock(
        names,
        np.arange(_TAGS, dtype=np.int64),
        np.full(_TAGS, time_ns, dtype=np.int64),
        np.full(_TAGS, float(number)),
        np.zeros(_TAGS, dtype=np.uint32),
        np.zeros(_TAGS, dtype=np.bool_),
        {},
    )


def _writer(folder: Path, blocks: int) -> float:
    writer = JournalWriter(folder / "journal.db", folder / "samples", SystemClock())
    names = tuple(f"U{i}.Value" for i in range(_TAGS))
    try:
        began_ns = perf_counter_ns()
        for block in range(blocks):
            writer.submit_samples(_block(names, block))
        if not writer.flush(120.0):
            raise RuntimeError("the journal writer did not finish")
        return _TAGS * blocks / ((perf_counter_ns() - began_ns) / NS_PER_S)
    finally:
        writer.close()


def _plain(path: Path, blocks: int) -> float:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE samples(tag INTEGER, time_ns INTEGER, value REAL, status INTEGER)")
        connection.execute("CREATE INDEX by_tag ON samples(tag, time_ns)")
        began_ns = perf_counter_ns()
        for block in range(blocks):
            time_ns = block * NS_PER_S // 4
            rows = [(tag, time_ns, float(block), 0) for tag in range(_TAGS)]
            connection.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", rows)
            if block % 4 == 3:
                connection.commit()
        connection.commit()
        return _TAGS * blocks / ((perf_counter_ns() - began_ns) / NS_PER_S)
    finally:
        connection.close()
