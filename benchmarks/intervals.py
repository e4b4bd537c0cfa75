"""How long each tag waited for its next value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from line.clock import NS_PER_MS
from line.image import IntArray


def interval_figures(stamps: Sequence[IntArray]) -> Mapping[str, float]:
    """From when each tag was read (ns), scan after scan: milliseconds between refreshes, over all tags.

    A scan that brought nothing new for a tag makes its next interval longer, and counts in ``unrefreshed_share``.
    """
    table = np.array(stamps, dtype=np.int64)
    if table.shape[0] < 2 or not table.shape[1]:
        return {}
    steps = np.diff(table, axis=0)
    moved = steps > 0
    last_moves = [np.flatnonzero(moved[:, tag]) for tag in range(table.shape[1])] if not moved.all() else []
    if last_moves:
        gaps = [np.diff(table[np.append(0, rows + 1), tag]) for tag, rows in enumerate(last_moves)]
        intervals = np.concatenate(gaps)
    else:
        intervals = steps.ravel()
    if not len(intervals):
        return {"unrefreshed_share": 1.0}
    p50, p99 = np.percentile(intervals, (50, 99), method="inverted_cdf") / NS_PER_MS
    return {
        "interval_p50_ms": float(p50), "interval_p99_ms": float(p99), "interval_max_ms": float(intervals.max()) / NS_PER_MS,
        "unrefreshed_share": 1.0 - float(moved.mean()),
    }  # fmt: skip
