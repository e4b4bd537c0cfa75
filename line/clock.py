"""The only room with a wall clock and a sleep; everything else is handed a :class:`Clock`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from line.timerfd import TimerFd

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000


def has_passed(duration_ns: int, since_ns: int, now_ns: int) -> bool:
    """True once ``duration_ns`` has passed, and when the clock was set back behind ``since_ns``: no delay may hang on that."""
    return not 0 <= now_ns - since_ns < duration_ns


def is_time_zone(name: str) -> bool:
    """True for a name of the IANA time zone database, as Europe/Moscow."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        return False
    return True


class Clock(Protocol):
    """Time source: ``now_ns`` is UTC for stamps, ``monotonic_ns`` never steps and is for deadlines."""

    def now_ns(self) -> int:
        """UTC, nanoseconds since 1970-01-01."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds of an arbitrary epoch; never goes back."""
        ...

    async def sleep_until_ns(self, deadline_ns: int) -> None:
        """Return when ``monotonic_ns() >= deadline_ns``; at once when that is past."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ns(self) -> int:
        return time.time_ns()

    def monotonic_ns(self) -> int:
        return time.monotonic_ns()

    async def sleep_until_ns(self, deadline_ns: int) -> None:
        remaining_ns = deadline_ns - time.monotonic_ns()
        await asyncio.sleep(max(0, remaining_ns) / NS_PER_S)
        if (remaining_ns := deadline_ns - time.monotonic_ns()) > 0:  # a timer may be early by its rounding
            await asyncio.sleep(remaining_ns / NS_PER_S)


class PreciseClock(SystemClock):
    """The machine's clock with a timer of the kernel for one sleeper, which wakes to a few tens of microseconds.

    Made by :func:`precise`, for the scan. A second sleeper at the same time sleeps as on :class:`SystemClock`.
    """

    def __init__(self, timer: TimerFd) -> None:
        self._timer = timer
        self._sleeper: asyncio.Future[None] | None = None

    async def sleep_until_ns(self, deadline_ns: int) -> None:
        if self._sleeper is not None or deadline_ns <= time.monotonic_ns():
            await super().sleep_until_ns(deadline_ns)
            return
        self._sleeper = asyncio.get_running_loop().create_future()
        try:
            self._timer.arm(deadline_ns)
            await self._sleeper
        finally:
            self._sleeper = None

    def expired(self) -> None:
        """The timer's descriptor is readable."""
        if self._timer.clear() and self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)


@contextmanager
def precise(clock: Clock) -> Generator[Clock]:
    """The same clock, with a timer as exact as the machine has one: an event loop rounds its sleeps up to whole milliseconds.

    Must be entered in the event loop that sleeps. Any clock but the machine's own comes back as it is.
    """
    if type(clock) is not SystemClock:
        yield clock
        return
    try:
        timer = TimerFd()
    except OSError:  # another system, or one that does not let us: its own timers do
        yield clock
        return
    loop = asyncio.get_running_loop()
    exact = PreciseClock(timer)
    try:
        loop.add_reader(timer.fd, exact.expired)
        try:
            yield exact
        finally:
            loop.remove_reader(timer.fd)
    finally:
        timer.close()


class ManualClock:
    """A clock that moves only when told: whole shifts and tests run on it."""

    def __init__(self, start_ns: int) -> None:
        self._now_ns = start_ns
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now_ns(self) -> int:
        return self._now_ns

    def monotonic_ns(self) -> int:
        return self._now_ns

    async def sleep_until_ns(self, deadline_ns: int) -> None:
        if deadline_ns <= self._now_ns:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((deadline_ns, future))
        await future

    def advance_ns(self, step_ns: int) -> None:
        """Move time on and wake the sleepers whose deadline has come, earliest first.

        Raises ValueError for a negative step.
        """
        if step_ns < 0:
            raise ValueError(f"a manual clock cannot go back ({step_ns} ns)")
        self._now_ns += step_ns
        if not self._sleepers:
            return
        due = sorted((s for s in self._sleepers if s[0] <= self._now_ns), key=lambda s: s[0])
        self._sleepers = [s for s in self._sleepers if s[0] > self._now_ns]
        for _, future in due:
            if not future.done():
                future.set_result(None)


def perf_counter_ns() -> int:
    """For benchmarks only: the finest monotonic counter of the machine."""
    return time.perf_counter_ns()


def sleep_s(duration_s: float) -> None:
    """Block the calling thread; for worker threads outside the scan."""
    time.sleep(duration_s)
