"""The counts of a period in cells of ten minutes: a day that rolls on, a shift, a span of the journal (docs/kpi.md)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from line.clock import NS_PER_S

CELL_NS: Final = 600 * NS_PER_S
"""Ten minutes: the window that the standards count in."""

HOUR_CELLS: Final = 6
DAY_CELLS: Final = 144
BUSY_WINDOW: Final = 10
"""More annunciations than this in ten minutes are more than one operator can take."""

BUSY_HOUR: Final = 30
PRIORITIES: Final = 4


@dataclass(slots=True)
class Cell:
    """What is counted of ten minutes. ``stale`` holds alarms that ended to stand in it after more than a day, with the
    time since when; ``acks`` per priority how often each time to acknowledge came, in s to three digits."""

    start_ns: int
    counts: dict[str, int] = field(default_factory=dict[str, int])
    priorities: list[int] = field(default_factory=lambda: [0] * PRIORITIES)
    chattering: dict[str, int] = field(default_factory=dict[str, int])
    fleeting: dict[str, int] = field(default_factory=dict[str, int])
    stale: dict[str, int] = field(default_factory=dict[str, int])
    acks: list[dict[float, int]] = field(default_factory=lambda: [{} for _ in range(PRIORITIES)])
    peak: int = 0
    floods: int = 0
    flood_ns: int = 0

    @property
    def total(self) -> int:
        """Annunciations."""
        return sum(self.priorities)

    def copy(self) -> Cell:
        """A cell of its own with the same content."""
        return Cell(
            self.start_ns, dict(self.counts), list(self.priorities), dict(self.chattering), dict(self.fleeting),
            dict(self.stale), [dict(a) for a in self.acks], self.peak, self.floods, self.flood_ns,
        )  # fmt: skip

    def add(self, other: Cell) -> None:
        """Add what another cell counted."""
        for mine, more in ((self.counts, other.counts), (self.chattering, other.chattering), (self.fleeting, other.fleeting)):
            for alarm, n in more.items():
                mine[alarm] = mine.get(alarm, 0) + n
        for mine, more in zip(self.acks, other.acks, strict=True):
            for seconds, n in more.items():
                mine[seconds] = mine.get(seconds, 0) + n
        self.stale |= other.stale
        self.priorities = [a + b for a, b in zip(self.priorities, other.priorities, strict=True)]
        self.peak = max(self.peak, other.peak)
        self.floods += other.floods
        self.flood_ns += other.flood_ns


class Tally(Protocol):
    """The count of one period."""

    from_ns: int
    open: Cell

    def advance(self, now_ns: int) -> None:
        """Close the cells that are over."""
        ...

    def unfleeting(self, alarm: str, count: int) -> None:
        """Take back what turned out to be the beginning of chattering."""
        ...

    def sum(self) -> Cell:
        """All that was counted."""
        ...

    def total(self) -> int:
        """Annunciations counted so far."""
        ...

    def busy_shares(self) -> tuple[float | None, float | None]:
        """Percent of whole ten minutes over :data:`BUSY_WINDOW`, and of whole hours over :data:`BUSY_HOUR`."""
        ...

    def buckets(self) -> list[int]:
        """Annunciations per cell, oldest first, the open one last; at most a day."""
        ...


@dataclass(slots=True)
class PeriodTally:
    """A period with a beginning, a shift or a span of the journal: cells and hours are counted from ``from_ns``."""

    from_ns: int
    open: Cell
    base: Cell
    closed: list[int] = field(default_factory=list[int])
    windows: int = 0
    busy_windows: int = 0
    hours: int = 0
    busy_hours: int = 0
    hour: list[int] = field(default_factory=list[int])
    counted: int = 0

    @staticmethod
    def begin(from_ns: int) -> PeriodTally:
        """Nothing counted yet."""
        return PeriodTally(from_ns, Cell(from_ns), Cell(from_ns))

    def copy(self) -> PeriodTally:
        """A tally of its own with the same content; what is closed is summed up and only read until a cell closes."""
        return replace(self, open=self.open.copy(), closed=list(self.closed), hour=list(self.hour))

    def advance(self, now_ns: int) -> None:
        if now_ns - self.open.start_ns >= CELL_NS:
            self._close()
            self._skip((now_ns - self.open.start_ns) // CELL_NS)

    def _skip(self, cells: int) -> None:
        """Close this many cells in which nothing was counted: years of them, where a clock was corrected."""
        if cells <= 0:
            return
        self.closed = [*self.closed, *[0] * min(cells, DAY_CELLS)][-(DAY_CELLS - 1) :]
        self.windows += cells
        in_hour = len(self.hour) + cells
        if in_hour >= HOUR_CELLS:
            self.hours += in_hour // HOUR_CELLS
            self.busy_hours += sum(self.hour) > BUSY_HOUR
            self.hour = []
        self.hour += [0] * (in_hour % HOUR_CELLS - len(self.hour))
        self.open = Cell(self.open.start_ns + cells * CELL_NS)

    def _close(self) -> None:
        cell = self.open
        self.base = self.base.copy()
        self.base.add(cell)
        self.counted += cell.total
        self.closed = [*self.closed, cell.total][-(DAY_CELLS - 1) :]
        self.windows += 1
        self.busy_windows += cell.total > BUSY_WINDOW
        self.hour.append(cell.total)
        if len(self.hour) == HOUR_CELLS:
            self.hours += 1
            self.busy_hours += sum(self.hour) > BUSY_HOUR
            self.hour = []
        self.open = Cell(cell.start_ns + CELL_NS)

    def unfleeting(self, alarm: str, count: int) -> None:
        left = _less(self.open.fleeting, alarm, count)
        if left:
            self.base = self.base.copy()
            _less(self.base.fleeting, alarm, left)

    def sum(self) -> Cell:
        both = self.base.copy()
        both.add(self.open)
        return both

    def total(self) -> int:
        return self.counted + self.open.total

    def busy_shares(self) -> tuple[float | None, float | None]:
        return _percent(self.busy_windows, self.windows), _percent(self.busy_hours, self.hours)

    def buckets(self) -> list[int]:
        return [*self.closed, self.open.total]


@dataclass(slots=True)
class DayTally:
    """The last 24 hours, cell by cell of the clock: the oldest ten minutes drop out when new ones begin."""

    from_ns: int
    open: Cell
    cells: tuple[Cell, ...] = ()

    @staticmethod
    def begin(now_ns: int) -> DayTally:
        """Nothing counted yet."""
        return DayTally(now_ns, Cell(now_ns - now_ns % CELL_NS))

    def copy(self) -> DayTally:
        """A tally of its own with the same content; closed cells are only read."""
        return replace(self, open=self.open.copy())

    def advance(self, now_ns: int) -> None:
        while now_ns - self.open.start_ns >= CELL_NS:
            if now_ns - self.open.start_ns >= DAY_CELLS * CELL_NS:  # a day without a look: none of it is left
                self.cells, self.open = (), Cell(now_ns - now_ns % CELL_NS - (DAY_CELLS - 1) * CELL_NS)
                self.from_ns = self.open.start_ns
            self.cells = (*self.cells, self.open)[-(DAY_CELLS - 1) :]
            self.open = Cell(self.open.start_ns + CELL_NS)
            self.from_ns = max(self.from_ns, self.cells[0].start_ns)

    def unfleeting(self, alarm: str, count: int) -> None:
        left = _less(self.open.fleeting, alarm, count)
        if left and self.cells:
            last = self.cells[-1].copy()
            _less(last.fleeting, alarm, left)
            self.cells = (*self.cells[:-1], last)

    def sum(self) -> Cell:
        both = self.open.copy()
        for cell in self.cells:
            both.add(cell)
        return both

    def total(self) -> int:
        return self.open.total + sum(c.total for c in self.cells)

    def busy_shares(self) -> tuple[float | None, float | None]:
        whole = [c for c in self.cells if c.start_ns >= self.from_ns]
        hours: dict[int, list[int]] = {}
        for cell in whole:
            hours.setdefault(cell.start_ns // (HOUR_CELLS * CELL_NS), []).append(cell.total)
        full = [sum(h) for h in hours.values() if len(h) == HOUR_CELLS]
        busy = sum(c.total > BUSY_WINDOW for c in whole)
        return _percent(busy, len(whole)), _percent(sum(n > BUSY_HOUR for n in full), len(full))

    def buckets(self) -> list[int]:
        return [*(c.total for c in self.cells), self.open.total]


def _less(counts: dict[str, int], alarm: str, count: int) -> int:
    """Take ``count`` away; what could not be taken comes back."""
    have = counts.pop(alarm, 0)
    if have > count:
        counts[alarm] = have - count
    return max(0, count - have)


def _percent(part: float, whole: float) -> float | None:
    return round(100.0 * part / whole, 3) if whole > 0 else None
