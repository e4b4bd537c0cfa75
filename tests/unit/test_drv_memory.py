"""In-memory driver: the same quality, times and write rules as over a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np

from line.clock import ManualClock
from line.driver import Driver
from line.image import FloatArray, IntArray
from line.messages import LinkState, Write
from line.quality import Status, StatusArray
from line.tags import TagTable
from plc_drivers.memory import MemoryDriver
from tests.builders import T0_NS, S, tag

NAN = float("nan")


class FakeDevice:
    """Variables by name; ``clamp`` limits what they take."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.values: FloatArray = np.zeros(len(names))
        self.status: StatusArray = np.zeros(len(names), dtype=np.uint32)
        self.link_up = True
        self.limit = 100.0
        self.refused: set[int] = set()

    def bind(self, addresses: Sequence[str]) -> IntArray:
        return np.array([self.names.index(a) if a in self.names else -1 for a in addresses], dtype=np.int64)

    def read(self) -> tuple[FloatArray, StatusArray]:
        return self.values, self.status

    def write(self, index: int, value: float) -> int:
        if index in self.refused:
            return int(Status.BAD_OUT_OF_SERVICE)
        self.values[index] = min(value, self.limit)
        return 0


def rig() -> tuple[MemoryDriver, FakeDevice, ManualClock]:
    clock = ManualClock(T0_NS)
    device = FakeDevice(["c", "b", "a"])
    tags = TagTable(tag(n.upper(), i, address=n) for i, n in enumerate("abcx"))
    driver = MemoryDriver("plc1", tags, device, clock)
    driver.open_now()
    return driver, device, clock


def test_it_is_a_driver() -> None:
    driver: Driver = rig()[0]
    assert driver.device == "plc1"


def test_values_follow_their_addresses_and_source_times_their_changes() -> None:
    driver, device, clock = rig()
    device.values[:] = [3.0, NAN, 1.0]
    device.status[1] = int(Status.BAD_SENSOR_FAILURE)
    first = driver.poll_now()
    assert first.status.tolist() == [0, Status.BAD_SENSOR_FAILURE, 0, Status.BAD_NODE_ID_UNKNOWN]
    assert first.values[[0, 2]].tolist() == [1.0, 3.0]
    clock.advance_ns(S)
    device.values[0] = 4.0
    second = driver.poll_now()
    assert (second.source_ns - T0_NS).tolist() == [0, 0, S, 0]
    assert (second.server_ns == T0_NS + S).all()
    assert first.values[2] == 3.0


def test_an_interrupted_link_keeps_the_last_values_as_uncertain() -> None:
    driver, device, clock = rig()
    device.values[:] = 5.0
    device.status[0] = int(Status.BAD_SENSOR_FAILURE)
    driver.poll_now()
    device.link_up = False
    clock.advance_ns(S)
    for _ in range(2):
        lost = driver.poll_now()
        assert lost.status.tolist() == [
            Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE,
            Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE,
            Status.BAD_NO_COMMUNICATION,
            Status.BAD_NO_COMMUNICATION,
        ]
        assert (lost.server_ns == T0_NS).all()
    assert driver.link().state is LinkState.DOWN
    assert driver.write_now([Write(0, 1.0, "x")])[0].status == Status.BAD_NO_COMMUNICATION
    device.link_up = True
    assert driver.poll_now().status[0] == 0
    status = driver.link()
    assert (status.state, status.reconnects, status.gaps, status.answered_ns) == (LinkState.UP, 1, 1, T0_NS + S)


def test_writes_are_read_back() -> None:
    driver, device, _ = rig()
    results = driver.write_now([Write(0, 50.0, "x"), Write(1, 150.0, "y"), Write(2, 7.0, "y"), Write(3, 1.0, "z")])
    assert [r.status for r in results] == [0, Status.BAD_OUT_OF_RANGE, Status.BAD_OUT_OF_RANGE, Status.BAD_NODE_ID_UNKNOWN]
    assert results[1].message.en == "the device holds 100.000 instead of 150.000"
    assert results[2].message.en.startswith("not written")
    assert device.values.tolist() == [0.0, 100.0, 50.0]
    device.refused = {2}
    [refused] = driver.write_now([Write(0, 1.0, "x")])
    assert (refused.status, refused.message.en) == (Status.BAD_OUT_OF_SERVICE, "the device refused the write: BadOutOfService")


def test_the_asynchronous_side_is_the_same() -> None:
    async def body() -> None:
        driver, device, _ = rig()
        device.values[2] = 9.0
        await driver.open()
        assert (await driver.poll()).values[0] == 9.0
        assert (await driver.write([Write(0, 8.0, "x")]))[0].status == 0
        await driver.close()
        await driver.close()
        assert driver.link().state is LinkState.CLOSED

    asyncio.run(body())
