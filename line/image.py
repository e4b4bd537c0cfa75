"""Process image: struct of arrays, one immutable snapshot per scan, quality honest at every moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from line.quality import Status, StatusArray, is_good
from line.tags import TagTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

NO_STRINGS: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Readings:
    """What one poll of a device brought; all arrays have one element per entry of ``handles``.

    ``status`` holds OPC UA status codes. ``source_ns`` is when the value or status last changed, as near to the origin as
    is known; ``server_ns`` is when the value was last known to be accurate. Both UTC. ``strings`` holds the texts of
    string tags by handle (their number in ``values`` is NaN).
    """

    handles: IntArray
    values: FloatArray
    status: StatusArray
    source_ns: IntArray
    server_ns: IntArray
    strings: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The image of one scan; the arrays are read-only and indexed by tag handle."""

    scan: int
    now_ns: int
    value: FloatArray
    status: StatusArray
    source_ns: IntArray
    server_ns: IntArray
    strings: Mapping[int, str]

    def good(self, handle: int) -> bool:
        """True when the tag's quality is Good."""
        return is_good(int(self.status[handle]))

    def number(self, handle: int) -> float | None:
        """The value when its quality is Good, else None: what control may use."""
        return float(self.value[handle]) if self.good(handle) else None


class ProcessImage:
    """The mutable image that the scan owns; nobody outside the scan sees it, only its snapshots."""

    def __init__(self, tags: TagTable, stale_after_ns: int) -> None:
        count = len(tags)
        self._tags = tags
        self._stale_after_ns = stale_after_ns
        self._value: FloatArray = np.full(count, np.nan)
        self._status: StatusArray = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        self._source_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._server_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._strings: dict[int, str] = {}
        self._lo: FloatArray = np.array([t.lo for t in tags], dtype=np.float64)
        self._hi: FloatArray = np.array([t.hi for t in tags], dtype=np.float64)
        self._ages = np.array([bool(t.address) and t.device not in ("calc", "engine") for t in tags], dtype=np.bool_)

    def latch(self, readings: Readings) -> None:
        """Take a poll's result. A Bad reading keeps the last value; its status says that it is not to be trusted."""
        handles = readings.handles
        status = readings.status
        values = readings.values
        bad = status >= 0x80000000
        if bad.any():
            values = np.where(bad, self._value[handles], values)
        outside = (values < self._lo[handles]) | (values > self._hi[handles])
        exceeded = outside & (status < 0x40000000)
        if exceeded.any():
            status = np.where(exceeded, np.uint32(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED), status)
        self._value[handles] = values
        self._status[handles] = status
        self._source_ns[handles] = readings.source_ns
        self._server_ns[handles] = readings.server_ns
        if readings.strings:
            self._strings = {**self._strings, **readings.strings}

    def set(self, handle: int, value: float, status: int, now_ns: int) -> None:
        """Set one computed or engine tag; the source time moves only when value or status changed."""
        old = float(self._value[handle])
        same_value = old == value or (old != old and value != value)  # NaN differs from itself
        if not same_value or self._status[handle] != status:
            self._source_ns[handle] = now_ns
        self._value[handle] = value
        self._status[handle] = status
        self._server_ns[handle] = now_ns

    def age(self, now_ns: int) -> None:
        """Mark what was not refreshed within the stale time: last usable value, Uncertain (never Good)."""
        stale = self._ages & (self._status < 0x40000000) & (now_ns - self._server_ns > self._stale_after_ns)
        if stale.any():
            self._status[stale] = np.uint32(Status.UNCERTAIN_LAST_USABLE)

    def freeze(self, scan: int, now_ns: int) -> Snapshot:
        """An immutable copy of the image as it stands."""
        arrays = (self._value.copy(), self._status.copy(), self._source_ns.copy(), self._server_ns.copy())
        for array in arrays:
            array.flags.writeable = False
        return Snapshot(scan, now_ns, *arrays, self._strings)
