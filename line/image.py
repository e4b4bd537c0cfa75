"""Process image: struct of arrays, one immutable snapshot per scan, quality honest at every moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from line.quality import Status, StatusArray, bad_mask, good_mask, is_good
from line.tags import CALC_DEVICE, ENGINE_DEVICE, TagKind, TagTable

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_SENSOR_FAILURE: Final = np.uint32(Status.BAD_SENSOR_FAILURE)
_RANGE_EXCEEDED: Final = np.uint32(Status.UNCERTAIN_ENGINEERING_UNITS_EXCEEDED)
_LAST_USABLE_VALUE: Final = np.uint32(Status.UNCERTAIN_LAST_USABLE_VALUE)
NO_STRINGS: Final[Mapping[int, str]] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Readings:
    """What one poll of a device brought; all arrays have one element per entry of ``handles``.

    ``status`` holds OPC UA status codes. ``source_ns`` is when the value or status last changed, as near to the origin as
    is known; ``server_ns`` is when the server knew the value to be accurate. Both UTC, by the device's clock where it has one.
    ``alive_ns`` is when the driver last knew the value to be accurate, by the engine's own clock: the image ages by it, so that a
    device whose clock is wrong ages like any other. None: ``server_ns`` is by the engine's clock. ``strings`` holds the
    texts of string tags by handle (their number in ``values`` is NaN).
    """

    handles: IntArray
    values: FloatArray
    status: StatusArray
    source_ns: IntArray
    server_ns: IntArray
    strings: Mapping[int, str] = field(default_factory=dict[int, str])
    alive_ns: IntArray | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The image of one scan; the arrays are read-only and indexed by tag handle. ``alive_ns`` is what it ages by, as in
    :class:`Readings`."""

    scan: int
    now_ns: int
    value: FloatArray
    status: StatusArray
    source_ns: IntArray
    server_ns: IntArray
    strings: Mapping[int, str]
    alive_ns: IntArray | None = None

    def good(self, handle: int) -> bool:
        """True when the tag's quality is Good."""
        return is_good(int(self.status[handle]))

    def number(self, handle: int) -> float | None:
        """The value when its quality is Good, else None: what control may use."""
        return float(self.value[handle]) if self.good(handle) else None


class ImageRules:
    """What the tag table says about every element of the image, as arrays: range, and after what time it is stale.

    ``stale_after_ns`` is the limit of a tag that is read every scan; one of a slower poll group gets as many times more.
    """

    def __init__(self, tags: TagTable, stale_after_ns: int) -> None:
        self.count = len(tags)
        self.stale_after_ns: IntArray = np.array([stale_after_ns * t.poll_every for t in tags], dtype=np.int64)
        self.lo: FloatArray = np.array([t.lo for t in tags], dtype=np.float64)
        self.hi: FloatArray = np.array([t.hi for t in tags], dtype=np.float64)
        self.numeric = np.array([t.kind is not TagKind.STRING for t in tags], dtype=np.bool_)
        self.ages = np.array([t.device not in (CALC_DEVICE, ENGINE_DEVICE) for t in tags], dtype=np.bool_)

    def initial(self) -> Snapshot:
        """The image before anything was read: every tag waits for its first value."""
        value = np.full(self.count, np.nan)
        waiting = np.full(self.count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        stamps = np.zeros(self.count, dtype=np.int64)
        for array in (value, waiting, stamps):
            array.flags.writeable = False
        return Snapshot(0, 0, value, waiting, stamps, stamps, NO_STRINGS, stamps)


class ImageDraft:
    """The image of the scan under way: a copy of the last snapshot that takes this scan's inputs and is then frozen."""

    def __init__(self, rules: ImageRules, previous: Snapshot) -> None:
        self._rules = rules
        self._value = previous.value.copy()
        self._status = previous.status.copy()
        self._source_ns = previous.source_ns.copy()
        self._server_ns = previous.server_ns.copy()
        self._alive_ns = (previous.server_ns if previous.alive_ns is None else previous.alive_ns).copy()
        self._strings = previous.strings

    def latch(self, readings: Readings) -> None:
        """Take a poll's result. A Bad reading keeps the last value; its status says that it is not to be trusted.

        A value outside the engineering range is Uncertain, one that is no number is Bad, whatever the device said of it.
        """
        rules = self._rules
        handles = readings.handles
        status = readings.status
        values = readings.values
        inside = (values >= rules.lo[handles]) & (values <= rules.hi[handles])  # False for NaN
        if not inside.all() or bad_mask(status).any():
            number = rules.numeric[handles]
            missing = ~np.isfinite(values) & number & ~bad_mask(status)
            status = np.where(missing, _SENSOR_FAILURE, status)
            exceeded = ~inside & number & good_mask(status)
            status = np.where(exceeded, _RANGE_EXCEEDED, status)
            values = np.where(bad_mask(status), self._value[handles], values)
        self._value[handles] = values
        self._status[handles] = status
        self._source_ns[handles] = readings.source_ns
        self._server_ns[handles] = readings.server_ns
        self._alive_ns[handles] = readings.server_ns if readings.alive_ns is None else readings.alive_ns
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
        self._alive_ns[handle] = now_ns

    def age(self, now_ns: int) -> None:
        """Mark what was not refreshed within the stale time: last usable value, Uncertain (never Good).

        A stamp that far ahead is as old as it looks: the clock was set back, and how long ago that was read is not known.
        """
        rules = self._rules
        stale = (np.abs(now_ns - self._alive_ns) > rules.stale_after_ns) & rules.ages
        if stale.any():
            stale &= good_mask(self._status)
            self._status[stale] = _LAST_USABLE_VALUE

    def peek(self, scan: int, now_ns: int) -> Snapshot:
        """The image as it stands, sharing the draft's arrays: for computed tags, which read it before it is frozen."""
        return Snapshot(
            scan, now_ns, self._value, self._status, self._source_ns, self._server_ns, self._strings, self._alive_ns
        )  # fmt: skip

    def freeze(self, scan: int, now_ns: int) -> Snapshot:
        """The finished image; the draft must not be used afterwards."""
        for array in (self._value, self._status, self._source_ns, self._server_ns, self._alive_ns):
            array.flags.writeable = False
        return self.peek(scan, now_ns)
