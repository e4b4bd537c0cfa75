"""What every driver must keep of the contract in ``line/driver.py``: run it against a driver and a device that you control.

:func:`check_driver` goes through the life of a driver: closed, opened, polled, written to, cut off, connected again, closed. It
raises AssertionError that says which promise was broken. docs/howto/write-a-driver.md shows how to use it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np

from line.clock import SystemClock
from line.driver import Driver
from line.image import Readings
from line.messages import LinkState, LinkStatus, Write
from line.quality import bad_mask, good_mask, is_good
from line.tags import TagDef, TagKind
from tests.waiting import eventually, until

WITHIN_S = 20.0
HOUR_NS = 3600 * 10**9
_COUNTERS = ("requests", "failures", "timeouts", "discarded", "reconnects", "gaps", "answered_ns")


@dataclass(frozen=True)
class Subject:
    """A driver, the tags of its device (all of which the device can serve), and the hands of the test on the device.

    ``cut`` makes the device unreachable, ``restore`` reachable again. ``writable`` is a tag and two values that it takes, None
    for a driver that only reads; ``foreign`` is the handle of a tag that is not the device's. ``left`` names tasks that
    the driver has left behind; None: every task that was not there before, for a device without tasks in this event loop.
    """

    driver: Driver
    tags: Sequence[TagDef]
    cut: Callable[[], Awaitable[None]]
    restore: Callable[[], Awaitable[None]]
    writable: tuple[int, float, float] | None = None
    foreign: int = 0
    left: Callable[[], Sequence[str]] | None = None


async def check_driver(subject: Subject) -> None:
    """Every promise in turn. Raises AssertionError with the one that was broken."""
    tasks = asyncio.all_tasks()
    driver = subject.driver
    await _is_closed(subject, "before it was opened")
    try:
        await asyncio.wait_for(driver.open(), WITHIN_S)
        first = await _good(subject)
        _keeps_its_arrays(first, await driver.poll())
        before = driver.link()
        if subject.writable is not None:
            await _writes(subject, *subject.writable)
        last = await _good(subject)
        await subject.cut()
        await _is_down(subject, last)
        await subject.restore()
        await _good(subject)
        _counts(before, driver.link())
    finally:
        await asyncio.wait_for(driver.close(), WITHIN_S)
        await asyncio.wait_for(driver.close(), WITHIN_S)
    await _is_closed(subject, "after it was closed")
    left = subject.left or (lambda: [t.get_name() for t in asyncio.all_tasks() - tasks])
    await until(lambda: not left(), WITHIN_S, "the end of the driver's tasks")


async def _is_closed(subject: Subject, when: str) -> None:
    driver = subject.driver
    assert driver.link().state is LinkState.CLOSED, f"{when} the link is {driver.link().state}"
    readings = await driver.poll()
    _whole(subject, readings)
    assert not good_mask(readings.status).any(), f"{when} a reading is Good"
    await _refuses(subject, when)


async def _refuses(subject: Subject, when: str) -> None:
    if subject.writable is None:
        return
    handle, one, other = subject.writable
    writes = [Write(handle, one, "a"), Write(handle, other, "b")]
    results = await subject.driver.write(writes)
    assert [(r.handle, r.value, r.origin) for r in results] == [(w.handle, w.value, w.origin) for w in writes], when
    assert not any(is_good(r.status) for r in results), f"{when} a write is said to be done"
    assert all(r.message.ru and r.message.en for r in results), f"{when} a failed write does not say why in both languages"


async def _good(subject: Subject) -> Readings:
    """Polls until the link is up and every tag Good; every reading on the way must be sound."""
    last: list[Readings] = []

    async def reached() -> bool:
        readings = await subject.driver.poll()
        _whole(subject, readings)
        last.append(readings)
        link = subject.driver.link()
        assert link.device == subject.driver.device
        return link.state is LinkState.UP and bool(good_mask(readings.status).all())

    await eventually(reached, WITHIN_S, "a good reading of every tag")
    return last[-1]


def _whole(subject: Subject, readings: Readings) -> None:
    """All tags, each once, arrays of one length and of the right kind, times that can be."""
    count = len(readings.handles)
    assert sorted(readings.handles.tolist()) == sorted(t.handle for t in subject.tags), (
        "a poll brings every tag of the device once"
    )
    for name in ("values", "status", "source_ns", "server_ns"):
        assert len(getattr(readings, name)) == count, f"{name} has another length than handles"
    assert readings.status.dtype == np.uint32
    assert readings.values.dtype == np.float64
    texts = {t.handle for t in subject.tags if t.kind is TagKind.STRING}
    assert set(readings.strings) <= texts, "a text for a tag that is none"
    good = good_mask(readings.status)
    numeric = np.array([h not in texts for h in readings.handles.tolist()], dtype=np.bool_)
    assert np.isfinite(readings.values[good & numeric]).all(), "a Good value is no number"
    now_ns = SystemClock().now_ns()
    alive_ns = readings.server_ns if readings.alive_ns is None else readings.alive_ns
    assert (np.abs(alive_ns[good] - now_ns) < HOUR_NS).all(), "a Good value says nothing of when it was known to be accurate"
    assert (readings.source_ns[good] <= now_ns + HOUR_NS).all(), "a source time lies in the future"


def _keeps_its_arrays(first: Readings, second: Readings) -> None:
    for name in ("values", "status", "source_ns", "server_ns"):
        one, two = getattr(first, name), getattr(second, name)
        assert not np.shares_memory(one, two), f"{name} of an earlier poll changes with a later one"


async def _writes(subject: Subject, handle: int, one: float, other: float) -> None:
    driver = subject.driver
    assert list(await driver.write([])) == []
    writes = [Write(handle, one, "a"), Write(subject.foreign, 1.0, "b"), Write(handle, other, "c")]
    results = await driver.write(writes)
    assert [(r.handle, r.value, r.origin) for r in results] == [(w.handle, w.value, w.origin) for w in writes], (
        "one result a write"
    )
    assert is_good(results[2].status), f"a write in order was not done: {results[2].message.en}"
    assert not is_good(results[1].status), "a write to a tag of another device is said to be done"
    at = [t.handle for t in subject.tags].index(handle)

    async def arrived() -> bool:
        readings = await driver.poll()
        place = readings.handles.tolist().index(subject.tags[at].handle)
        return is_good(int(readings.status[place])) and bool(np.isclose(readings.values[place], other))

    await eventually(arrived, WITHIN_S, "the written value")


async def _is_down(subject: Subject, last: Readings) -> None:
    """Cut off: no poll raises, soon nothing is Good, the last values stay, no write is said to be done."""
    driver = subject.driver

    async def noticed() -> bool:
        readings = await driver.poll()
        _whole(subject, readings)
        return driver.link().state is not LinkState.UP and not good_mask(readings.status).any()

    await eventually(noticed, WITHIN_S, "the loss")
    link = driver.link()
    assert link.state in (LinkState.DOWN, LinkState.CONNECTING)
    if link.state is LinkState.DOWN:
        assert link.last_error.ru, "a link that is down does not say why"
        assert link.last_error.en, "a link that is down does not say why"
    readings = await driver.poll()
    kept = dict(zip(last.handles.tolist(), last.values.tolist(), strict=True))
    for handle, value in zip(readings.handles.tolist(), readings.values.tolist(), strict=True):
        assert value == kept[handle] or (value != value and kept[handle] != kept[handle]), "the last usable value was not kept"
    assert not bad_mask(readings.status).any(), "a tag with a usable value is Bad instead of Uncertain"
    await _refuses(subject, "cut off")


def _counts(before: LinkStatus, after: LinkStatus) -> None:
    for name in _COUNTERS:
        assert getattr(after, name) >= getattr(before, name), f"{name} went back"
    assert after.timeouts <= after.failures <= after.requests, "more failures than requests"
    assert after.reconnects > before.reconnects, "the connection that was built anew is not counted"
    assert after.answered_ns > 0, "it was heard of, but does not say when"
