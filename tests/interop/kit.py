"""Drivers as the engine makes them, one tag per row."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from line.clock import SystemClock
from line.devices import Device
from line.driver import Driver, DriverContext
from line.image import Readings
from line.messages import LinkState, Write, WriteResult
from line.tags import TagKind, TagTable
from plc_drivers.build import DriverFactory
from tests.builders import tag
from tests.waiting import until

CLOCK = SystemClock()
WIDE = 1e300


@dataclass(frozen=True)
class Row:
    """What a row of ``tags.csv`` says, with the defaults of these tests."""

    name: str
    address: str
    kind: TagKind = TagKind.FLOAT
    device: str = "plc"
    writable: bool = False
    options: str = ""


def table(rows: Sequence[Row]) -> TagTable:
    def of(handle: int, row: Row) -> object:
        plain = tag(row.name, handle, kind=row.kind, device=row.device, address=row.address, lo=-WIDE, hi=WIDE)
        words = dict(word.split("=", 1) for word in row.options.split())
        return replace(plain, writable=row.writable, options=words)

    return TagTable(of(i, row) for i, row in enumerate(rows))  # pyright: ignore[reportArgumentType]


class Line:
    """Open drivers and their tags, by name."""

    def __init__(self, tags: TagTable, drivers: Mapping[str, Driver]) -> None:
        self.tags = tags
        self.drivers = drivers

    async def up(self) -> None:
        for driver in self.drivers.values():
            await self.state(LinkState.UP, driver.device)

    async def state(self, wanted: LinkState, device: str = "plc", timeout_s: float = 15.0) -> None:
        driver = self.drivers[device]
        try:
            await until(lambda: driver.link().state is wanted, timeout_s, f"{device} {wanted}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it says: {driver.link()}") from None

    def error(self, device: str = "plc") -> str:
        return self.drivers[device].link().last_error.en

    async def readings(self, device: str = "plc") -> Readings:
        return await self.drivers[device].poll()

    async def values(self, device: str = "plc") -> dict[str, tuple[float | str, int]]:
        """Name → (value or text, status)."""
        readings = await self.readings(device)
        return {
            self.tags[int(h)].name: (readings.strings.get(int(h), float(v)), int(s))
            for h, v, s in zip(readings.handles, readings.values, readings.status, strict=True)
        }

    async def write(self, values: Mapping[str, float], device: str = "plc", origin: str = "test") -> Sequence[WriteResult]:
        writes = [Write(self.tags.handle(name), value, origin) for name, value in values.items()]
        return await self.drivers[device].write(writes)


@contextlib.asynccontextmanager
async def opened(rows: Sequence[Row], devices: Mapping[str, Device], folder: Path = Path()) -> AsyncIterator[Line]:
    """The drivers of ``devices``, which have the tags of ``rows``; certificates of their own are kept in ``folder/pki``."""
    tags = table(rows)
    factory = DriverFactory(DriverContext(CLOCK, 100, folder / "pki", folder))
    line = Line(tags, {name: factory.make(name, config, tags) for name, config in devices.items()})
    try:
        for driver in line.drivers.values():
            await driver.open()
        yield line
    finally:
        for driver in line.drivers.values():
            await driver.close()
