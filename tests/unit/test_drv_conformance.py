"""The in-memory driver is held to the contract of every driver, and a driver that breaks a promise is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from line.clock import SystemClock
from line.documents import Text
from line.image import Readings
from line.messages import LinkStatus, Write, WriteResult
from line.quality import Status
from line.tags import TagTable
from plc_drivers.memory import MemoryDriver
from tests.builders import tag
from tests.driver_conformance import Subject, check_driver
from tests.unit.test_drv_memory import FakeDevice

TAGS = TagTable([tag("A", 0, address="a"), tag("B", 1, address="b", writable=True), tag("Other", 2, device="plc2", address="a")])


def subject(kind: type[MemoryDriver] = MemoryDriver) -> Subject:
    device = FakeDevice(["a", "b"])

    async def cut() -> None:
        device.link_up = False

    async def restore() -> None:
        device.link_up = True

    driver = kind("plc1", TAGS, device, SystemClock())
    return Subject(driver, TAGS.of_device("plc1"), cut, restore, writable=(1, 10.0, 20.0), foreign=2)


def test_the_memory_driver_keeps_the_contract() -> None:
    asyncio.run(check_driver(subject()))


class ShowsOldAsGood(MemoryDriver):
    async def poll(self) -> Readings:
        readings = await super().poll()
        return replace(readings, status=readings.status * 0)


class LosesTags(MemoryDriver):
    async def poll(self) -> Readings:
        readings = await super().poll()
        return replace(readings, handles=readings.handles[:1])


class LosesAnswers(MemoryDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        return list(await super().write(writes))[:1]


class SaysDone(MemoryDriver):
    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        return [WriteResult(w.handle, w.value, w.origin, int(Status.GOOD)) for w in writes]


class Raises(MemoryDriver):
    async def poll(self) -> Readings:
        readings = await super().poll()
        if not self.link().round_trip_ms and self._target.link_up is False:
            raise ConnectionError("gone")
        return readings


class LeavesATask(MemoryDriver):
    async def open(self) -> None:
        self.left = asyncio.create_task(asyncio.sleep(3600))
        await super().open()


class SaysNothing(MemoryDriver):
    def link(self) -> LinkStatus:
        return replace(super().link(), last_error=Text(ru="", en=""))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (ShowsOldAsGood, "a Good value is no number"),
        (LosesTags, "a poll brings every tag"),
        (LosesAnswers, "before it was opened"),
        (SaysDone, "a write is said to be done"),
        (SaysNothing, "does not say why"),
    ],
)
def test_a_broken_promise_is_named(kind: type[MemoryDriver], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        asyncio.run(check_driver(subject(kind)))


def test_an_exception_is_not_swallowed() -> None:
    with pytest.raises(ConnectionError, match="gone"):
        asyncio.run(check_driver(subject(Raises)))


def test_a_task_that_is_left_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.driver_conformance.WITHIN_S", 0.2)
    with pytest.raises(AssertionError, match="the end of the driver's tasks"):
        asyncio.run(check_driver(subject(LeavesATask)))
