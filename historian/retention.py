"""Retention: which days of samples go, when, and how long the disk will last. Whole days only; events are kept.

A day goes by age, by the size of all days together, or because the disk is nearly full. What a sink has not been sent goes only
in the last case. The clock alone deletes nothing: a day must also have ``days`` newer ones, and while the clock is in doubt
nothing goes at all, so that a clock that jumps ahead a year does not empty the folder.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, cast

from historian.database import StoreVersionError, open_reader
from historian.samples import SAMPLES_VERSION, day_files, day_of
from line.clock import NS_PER_S
from line.diagnostics import HistoryFigures

GB: Final = 1_000_000_000
KEEP_DAYS: Final = 7
"""So many of the newest days are never given up for room: a disk that something else fills is not made free with them."""

DOUBT_NS: Final = 24 * 3600 * NS_PER_S
"""How long nothing is deleted after the clock did something odd; measured by a timer, not by that clock."""

_JUMP_NS: Final = 3600 * NS_PER_S
_AWAY_NS: Final = 3 * 24 * 3600 * NS_PER_S
_RATE_DAYS: Final = 7
DAYS_LEFT_MAX: Final = 3650.0


@dataclass(frozen=True)
class Policy:
    """``history`` of line.yaml: days to keep, bytes of all days at most (None: no limit), bytes of the disk to leave free."""

    days: int = 400
    max_bytes: int | None = None
    reserve_bytes: int = GB


@dataclass(frozen=True)
class DaySize:
    """A day of samples and what it takes on the disk."""

    day: date
    size: int


@dataclass(frozen=True)
class Verdict:
    """``drop``: days to delete, oldest first; ``unsent``: those of them that a sink has not got; ``held``: days that would have
    gone if a sink had them."""

    drop: tuple[date, ...] = ()
    unsent: tuple[date, ...] = ()
    held: int = 0


def judge(days: Sequence[DaySize], policy: Policy, free: int, today: date, unsent: Callable[[], Set[date]]) -> Verdict:
    """What goes of ``days`` (oldest first). ``unsent`` is asked only when something would go."""
    spare = [d for d in days if d.day < today][: max(0, len(days) - min(KEEP_DAYS, policy.days))]
    old = {d.day for d in days[: max(0, len(days) - policy.days)] if d.day < today - timedelta(days=policy.days)}
    total = sum(d.size for d in days)
    over = total - policy.max_bytes if policy.max_bytes is not None else 0
    short = policy.reserve_bytes - free
    if not spare or not (old or over > 0 or short > 0):
        return Verdict()
    waiting = unsent()
    drop: list[date] = []
    freed = held = 0
    for one in spare:
        if one.day in old or freed < over or freed < short:
            if one.day in waiting:
                held += 1
            else:
                drop.append(one.day)
                freed += one.size
    given_up: list[date] = []
    for one in spare:  # better these than the samples that are still to come
        if freed < short and one.day in waiting:
            given_up.append(one.day)
            freed += one.size
    return Verdict(tuple(sorted([*drop, *given_up])), tuple(given_up), held - len(given_up))


def days_left(days: Sequence[DaySize], policy: Policy, free: int) -> float:
    """Days until the disk is full but for the reserve, at the rate of the last days; as many as retention lets it be full."""
    past = days[:-1][-_RATE_DAYS:] or days
    rate = sum(d.size for d in past) / max(1, len(past))
    room = free - policy.reserve_bytes
    if rate <= 0:
        return DAYS_LEFT_MAX
    most = rate * policy.days if policy.max_bytes is None else min(rate * policy.days, policy.max_bytes)
    to_come = most - sum(d.size for d in days)
    return DAYS_LEFT_MAX if to_come <= room else max(0.0, min(DAYS_LEFT_MAX, room / rate))


class ClockWatch:
    """Whether the clock may be trusted with deleting: not for a day after it jumped, or after history that ends days away."""

    def __init__(self, newest_ns: int | None) -> None:
        """``newest_ns``: when samples were last written before this start; None when there are none."""
        self._newest_ns = newest_ns
        self._seen: tuple[int, int] | None = None
        self._doubt_until_ns: int | None = None

    def trusted(self, now_ns: int, monotonic_ns: int) -> bool:
        """Look at the clock; False while it is in doubt."""
        if self._seen is None:
            odd = self._newest_ns is not None and abs(now_ns - self._newest_ns) > _AWAY_NS
        else:
            odd = abs((now_ns - self._seen[0]) - (monotonic_ns - self._seen[1])) > _JUMP_NS
        self._seen = now_ns, monotonic_ns
        if odd:
            self._doubt_until_ns = monotonic_ns + DOUBT_NS
        return self._doubt_until_ns is None or monotonic_ns >= self._doubt_until_ns


@dataclass(frozen=True)
class Looked:
    """What a look at the disk found: the verdict, and figures for the diagnostic tags."""

    verdict: Verdict
    figures: HistoryFigures


class Retention:
    """Looks at the disk for the writer's thread; deletes nothing itself."""

    def __init__(
        self,
        folder: Path,
        policy: Policy,
        unsent: Callable[[], Set[date]],
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """``folder`` holds the day files. ``unsent``: days that some sink has not got; what it raises counts as all of them."""
        self._folder = folder
        self._policy = policy
        self._unsent = unsent
        self._free = free
        self._clock = ClockWatch(_last_written_ns(folder))

    def look(self, now_ns: int, monotonic_ns: int) -> Looked:
        """What goes now, and how much room there is. Raises OSError where the disk cannot be asked."""
        days = [DaySize(day, size_of(path)) for day, path in day_files(self._folder)]
        free = self._free(self._folder)
        trusted = self._clock.trusted(now_ns, monotonic_ns)
        verdict = Verdict()
        if trusted:
            verdict = judge(days, self._policy, free, day_of(now_ns), lambda: self._waiting(days))
        figures = replace(
            HistoryFigures(),
            disk_free_gb=free / GB,
            size_gb=sum(d.size for d in days) / GB,
            days_left=days_left(days, self._policy, free),
            held_days=verdict.held,
            clock_ok=trusted,
        )
        return Looked(verdict, figures)

    def _waiting(self, days: Sequence[DaySize]) -> Set[date]:
        try:
            return self._unsent()
        except (sqlite3.Error, StoreVersionError, OSError):
            return {d.day for d in days}  # nobody knows what was sent


def size_of(path: Path) -> int:
    """Bytes of a day file with its log; 0 for one that is gone."""
    total = 0
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        try:
            total += path.with_name(name).stat().st_size
        except OSError:
            continue
    return total


def _last_written_ns(folder: Path) -> int | None:
    files = day_files(folder)
    for _, path in reversed(files[-3:]):
        try:
            db = open_reader(path, SAMPLES_VERSION)
            if db is None:
                continue
            try:
                row = db.execute("SELECT written_ns FROM batches ORDER BY batch DESC LIMIT 1").fetchone()
            finally:
                db.close()
        except (sqlite3.Error, StoreVersionError):
            continue
        if row is not None:
            return cast(tuple[int], row)[0]
    return None
