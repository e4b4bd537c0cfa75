"""The exact timer of the scan: never early, one descriptor that is given back, and the loop's own timers where there is none."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from line import clock as clock_room
from line.clock import ManualClock, PreciseClock, SystemClock, precise
from line.timerfd import TimerFd

MS = 1_000_000
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="timerfd is a Linux call")


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@linux
def test_a_sleeper_wakes_at_its_deadline_and_not_before() -> None:
    async def main() -> None:
        with precise(SystemClock()) as clock:
            assert isinstance(clock, PreciseClock)
            for ahead_ns in (MS // 10, 3 * MS, 0, -5 * MS, 2 * MS + 1):
                deadline_ns = time.monotonic_ns() + ahead_ns
                await clock.sleep_until_ns(deadline_ns)
                assert time.monotonic_ns() >= deadline_ns

    asyncio.run(main())


@linux
def test_the_descriptor_is_given_back_also_after_an_exception() -> None:
    async def main() -> None:
        before = descriptors()
        with precise(SystemClock()):
            assert descriptors() == before + 1
        with pytest.raises(RuntimeError), precise(SystemClock()):
            raise RuntimeError
        assert descriptors() == before

    asyncio.run(main())


@linux
def test_two_sleepers_at_once_both_wake() -> None:
    async def main() -> None:
        with precise(SystemClock()) as clock:
            deadline_ns = time.monotonic_ns() + 5 * MS
            await asyncio.gather(clock.sleep_until_ns(deadline_ns), clock.sleep_until_ns(deadline_ns - MS))
            assert time.monotonic_ns() >= deadline_ns

    asyncio.run(main())


@linux
def test_a_cancelled_sleeper_leaves_the_timer_to_the_next() -> None:
    async def main() -> None:
        with precise(SystemClock()) as clock:
            sleeper = asyncio.create_task(clock.sleep_until_ns(time.monotonic_ns() + 3600 * 1000 * MS))
            await asyncio.sleep(0)
            sleeper.cancel()
            await asyncio.gather(sleeper, return_exceptions=True)
            deadline_ns = time.monotonic_ns() + MS
            async with asyncio.timeout(10):
                await clock.sleep_until_ns(deadline_ns)
            assert time.monotonic_ns() >= deadline_ns

    asyncio.run(main())


@linux
def test_a_timer_closes_once() -> None:
    timer = TimerFd()
    assert not timer.clear()
    timer.arm(1)
    assert timer.clear()
    assert not timer.clear()
    timer.close()
    timer.close()
    with pytest.raises(OSError, match="timerfd_settime"):
        timer.arm(1)


def test_without_such_a_timer_the_clock_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> TimerFd:
        raise OSError("not here")

    monkeypatch.setattr(clock_room, "TimerFd", none)
    system, manual = SystemClock(), ManualClock(0)

    async def main() -> None:
        with precise(system) as clock:
            assert clock is system
        with precise(manual) as clock:
            assert clock is manual

    asyncio.run(main())


def test_a_timer_is_refused_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(OSError, match="Linux"):
        TimerFd()
