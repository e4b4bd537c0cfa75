"""Waiting for a condition, with a deadline: never a sleep of a guessed length."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from line.clock import SystemClock, sleep_s

PAUSE_S = 0.01


def wait_for(condition: Callable[[], bool], timeout_s: float = 10.0, what: str = "the condition") -> None:
    """Return as soon as ``condition`` holds; AssertionError after ``timeout_s``."""
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + int(timeout_s * 1e9)
    while not condition():
        assert clock.monotonic_ns() < deadline_ns, f"{what} did not come true within {timeout_s} s"
        sleep_s(PAUSE_S)


async def eventually(condition: Callable[[], Awaitable[bool]], timeout_s: float = 15.0, what: str = "the condition") -> None:
    """As :func:`wait_for`, for a condition that has to be awaited itself."""
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + int(timeout_s * 1e9)
    while not await condition():
        assert clock.monotonic_ns() < deadline_ns, f"{what} did not come true within {timeout_s} s"
        await asyncio.sleep(PAUSE_S)


async def until(condition: Callable[[], bool], timeout_s: float = 10.0, what: str = "the condition") -> None:
    """As :func:`wait_for`, in an event loop."""

    async def holds() -> bool:
        return condition()

    await eventually(holds, timeout_s, what)
