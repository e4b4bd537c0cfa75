"""The port that every device driver fills: one small batch-oriented protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from line.clock import Clock
from line.image import Readings
from line.messages import LinkStatus, Write, WriteResult
from line.tags import TagDef


@dataclass(frozen=True)
class DriverContext:
    """What a driver is given besides its device and tags: the clock, the scan period, where certificates of its own are kept
    (``pki``, made when needed), and the folder that relative file names of ``line.yaml`` start from."""

    clock: Clock
    scan_period_ms: int
    pki: Path
    folder: Path


class Driver(Protocol):
    """A connection to one device that serves all of its tags.

    No method raises for what a device or a network does: an outage is a reading of Bad or Uncertain quality, a failed write
    is a :class:`WriteResult` that says so. Reconnection is the driver's own business, with bounded back-off.
    """

    @property
    def device(self) -> str:
        """Name of the device in ``line.yaml``."""
        ...

    def link(self) -> LinkStatus:
        """Health of the connection at this moment; never waits."""
        ...

    async def open(self) -> None:
        """Start connecting; returns at once, whether the device answers or not."""
        ...

    async def poll(self) -> Readings:
        """Every tag of the device as it stands, those that are due (their poll group) read anew. Takes at most the driver's own
        time-out."""
        ...

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Write in the given order, read back, and answer one result per write, in order."""
        ...

    async def close(self) -> None:
        """End every task and socket of the driver; may be called twice."""
        ...


@dataclass(frozen=True)
class DriverFinding:
    """A fault that a driver finds in its device before anything starts: in ``settings`` (``key`` names the one, if any) or, when
    ``tag`` is given, in the address or options of that tag."""

    message: str
    remedy: str
    tag: str = ""
    key: str = ""


class DriverKind(Protocol):
    """What a package offers under the entry point group ``potok.drivers``: the object, or a class that is called without
    arguments (docs/howto/write-a-driver.md)."""

    def check(self, device: str, settings: Mapping[str, JsonValue], tags: Sequence[TagDef]) -> Sequence[DriverFinding]:
        """Every fault in the device's settings and in its tags. Connects to nothing."""
        ...

    def make(self, device: str, settings: Mapping[str, JsonValue], tags: Sequence[TagDef], context: DriverContext) -> Driver:
        """The driver of a device in which :meth:`check` found nothing. Raises ValueError for what only shows now."""
        ...
