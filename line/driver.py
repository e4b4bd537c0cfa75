"""The port that every device driver fills: one small batch-oriented protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from line.image import Readings
from line.messages import LinkStatus, Write, WriteResult


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
        """Every tag of the device, once. Takes at most the driver's own time-out."""
        ...

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        """Write in the given order, read back, and answer one result per write, in order."""
        ...

    async def close(self) -> None:
        """End every task and socket of the driver; may be called twice."""
        ...
