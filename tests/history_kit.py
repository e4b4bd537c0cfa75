"""Samples and events as the engine writes them, for tests of what reads the files, and what a database would hold of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from historian.forwarder import Reply, Verdict
from historian.samples import SampleBlock
from line.clock import NS_PER_MS

TAKEN = Reply(Verdict.TAKEN)
AWAY = Reply(Verdict.RETRY, "away")


def scan_block(names: Sequence[str], time_ns: int, value: float, count: int = 1, step_ns: int = 10 * NS_PER_MS) -> SampleBlock:
    """``count`` scans of all ``names``, ``step_ns`` apart."""
    width = len(names)
    times = time_ns + np.repeat(np.arange(count, dtype=np.int64) * step_ns, width)
    total = width * count
    return SampleBlock(
        names, np.tile(np.arange(width), count), times, np.full(total, value), np.zeros(total, dtype=np.uint32),
        np.zeros(total, dtype=np.bool_), {},
    )  # fmt: skip


class PointStore:
    """A sink that keeps points under their key (series, time), as a time series database does; ``twice`` counts repeats."""

    def __init__(self) -> None:
        self.away = False
        self.points: dict[str, str] = {}
        self.twice = 0
        self.changed: list[str] = []
        self.start = "1"

    def write(self, lines: str) -> Reply:
        if self.away:
            return AWAY
        for line in lines.split("\n"):
            key, fields = split_line(line)
            before = self.points.get(key)
            if before is not None:
                self.twice += 1
                if before != fields:
                    self.changed.append(line)
            self.points[key] = fields
        return TAKEN

    def probe(self) -> str | None:
        return None if self.away else self.start

    def close(self) -> None:
        """Nothing to close."""

    def of(self, measurement: str) -> int:
        """How many points one measurement has."""
        return sum(key.startswith((f"{measurement},", f"{measurement} ")) for key in self.points)


def split_line(line: str) -> tuple[str, str]:
    """Key (series and time) and fields of a line of line protocol."""
    head, rest = line.split(" ", 1)
    while head.endswith("\\"):
        more, rest = rest.split(" ", 1)
        head = f"{head} {more}"
    fields, time = rest.rsplit(" ", 1)
    return f"{head} {time}", fields


def counted(data: Path) -> tuple[int, int]:
    """Samples and events in the files, counted by SQL alone."""
    samples = 0
    for path in sorted((data / "samples").glob("????-??-??.db")):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            samples += db.execute("SELECT count(*) FROM samples").fetchone()[0]
    with closing(sqlite3.connect(f"file:{data / 'journal.db'}?mode=ro", uri=True)) as db:
        return samples, db.execute("SELECT count(*) FROM events").fetchone()[0]
