"""How well the scan keeps its time: lateness counted in buckets, late and missed scans."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S
from line.diagnostics import HistoryFigures, ScanFigures
from line.messages import JsonObject

LE_MS: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Upper edges of the buckets of lateness; one more bucket holds what is above them."""

LATE_SHARE: Final = 0.2
"""A scan that begins later than this share of the period is counted late."""

_LE_NS: Final = tuple(int(edge * NS_PER_MS) for edge in LE_MS)
_WINDOW_S: Final = 60


@dataclass
class LoopHealth:
    """Lateness of the scans since the engine started, for the panel, the diagnostic tags and ``potok bench``.

    ``overruns`` are ticks without a scan, ``late`` scans that began later than :data:`LATE_SHARE` of the period. ``backlog`` is
    what waits to be stored, and ``history`` how the historian is, told by whoever owns the loop.
    """

    scans: int = 0
    overruns: int = 0
    late: int = 0
    late_ns_last: int = 0
    late_ns_max: int = 0
    scan_ns_last: int = 0
    backlog: int = 0
    history: HistoryFigures | None = None
    counts: list[int] = field(default_factory=lambda: [0] * (len(LE_MS) + 1))
    _worst: deque[tuple[int, int]] = field(default_factory=deque[tuple[int, int]])

    def note_lateness(self, late_ns: int, period_ns: int, monotonic_ns: int) -> None:
        """A scan begins ``late_ns`` after its deadline."""
        self.late_ns_last = late_ns
        self.late_ns_max = max(self.late_ns_max, late_ns)
        self.late += late_ns > period_ns * LATE_SHARE
        self.counts[next((i for i, edge in enumerate(_LE_NS) if late_ns <= edge), len(_LE_NS))] += 1
        second = monotonic_ns // NS_PER_S
        if self._worst and self._worst[-1][0] == second:
            self._worst[-1] = (second, max(self._worst[-1][1], late_ns))
        else:
            self._worst.append((second, late_ns))
            while self._worst[0][0] <= second - _WINDOW_S:
                self._worst.popleft()

    def figures(self) -> ScanFigures:
        """What the diagnostic tags of the scan are set from."""
        last_minute_ns = max((late_ns for _, late_ns in self._worst), default=0)
        return ScanFigures(
            self.scan_ns_last / NS_PER_MS, self.late_ns_last / NS_PER_MS, last_minute_ns / NS_PER_MS, self.late, self.overruns,
            self.backlog, self.history,
        )  # fmt: skip

    def quantile_ms(self, share: float) -> float:
        """Lateness that ``share`` of the scans did not exceed, estimated from the buckets: even within each, the last one ends at
        the greatest lateness seen. 0 before the first scan."""
        wanted = share * sum(self.counts)
        edges = [*LE_MS, max(LE_MS[-1], self.late_ns_max / NS_PER_MS)]
        below, lower_ms = 0, 0.0
        for count, upper_ms in zip(self.counts, edges, strict=True):
            if count and below + count >= wanted:
                return min(lower_ms + (upper_ms - lower_ms) * (wanted - below) / count, self.late_ns_max / NS_PER_MS)
            below, lower_ms = below + count, upper_ms
        return 0.0

    def lateness(self) -> JsonObject:
        """The histogram as the ``engine`` view shows it."""
        return {
            "le_ms": list(LE_MS),
            "counts": list(self.counts),
            "p50_ms": round(self.quantile_ms(0.5), 2),
            "p99_ms": round(self.quantile_ms(0.99), 2),
        }
