"""Storage by exception: which samples of a scan are worth a row."""

from __future__ import annotations

from typing import Final

import numpy as np

from historian.samples import NS_PER_DAY, SampleBlock
from line.clock import NS_PER_MS, NS_PER_S
from line.image import NO_STRINGS, FloatArray, IntArray, Snapshot
from line.quality import BoolArray, StatusArray
from line.tags import TagKind, TagTable

HEARTBEAT_S: Final = 600.0
"""A tag that does not move is stored this often, so that silence in the history means a gap and not a constant."""

SKEW_MAX_NS: Final = NS_PER_S
"""A source time further ahead of the scan than this is a wrong clock: the scan's time is used instead."""

LATE_AFTER_NS: Final = 5 * NS_PER_S
"""A change that reaches the scan longer than this after its source time is counted late."""


class SampleFilter:
    """Decides per scan what is stored: value moved by the deadband since last stored, status changed, heartbeat, first.

    The time of a sample is the image's source time; the scan's time for a first sample, a heartbeat and a source time that
    cannot be (not after the last stored, in the future, over a day old). Times of one tag ascend in steps of at least a
    millisecond, because some sinks keep no finer time. A quiet scan costs a few microseconds.
    """

    def __init__(self, tags: TagTable, heartbeat_s: float = HEARTBEAT_S) -> None:
        count = len(tags)
        self._names = tuple(t.name for t in tags)
        self._string_handles = tuple(t.handle for t in tags if t.kind is TagKind.STRING)
        self._heartbeat_ns = int(heartbeat_s * NS_PER_S)
        # A change of exactly the deadband counts in spite of float rounding; with deadband 0 any change does.
        deadband = np.array([t.deadband for t in tags], dtype=np.float64)
        self._threshold: FloatArray = np.where(deadband > 0.0, deadband * (1.0 - 1e-6), np.nextafter(0.0, 1.0))
        self._value: FloatArray = np.full(count, np.nan)
        self._is_nan: BoolArray = np.ones(count, dtype=np.bool_)
        self._status: StatusArray = np.zeros(count, dtype=np.uint32)
        self._time_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._scan_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._forced: BoolArray = np.ones(count, dtype=np.bool_)
        self._any_forced = count > 0
        self._heartbeat_due_ns = 0
        self._strings = NO_STRINGS
        self._moved = np.empty(count)
        self._due: BoolArray = np.empty(count, dtype=np.bool_)
        self._other: BoolArray = np.empty(count, dtype=np.bool_)

    def due(self, image: Snapshot) -> SampleBlock | None:
        """The samples to store of this scan, or None. They count as stored from now on; see :meth:`reject`."""
        due, other, moved = self._due, self._other, self._moved
        np.subtract(image.value, self._value, out=moved)
        np.abs(moved, out=moved)
        np.greater_equal(moved, self._threshold, out=due)
        np.isnan(image.value, out=other)
        np.not_equal(other, self._is_nan, out=other)
        np.logical_or(due, other, out=due)
        np.not_equal(image.status, self._status, out=other)
        np.logical_or(due, other, out=due)
        if image.strings is not self._strings:
            for handle in self._string_handles:
                if image.strings.get(handle) != self._strings.get(handle):
                    due[handle] = True
        if (
            image.now_ns >= self._heartbeat_due_ns
            or self._any_forced
            or image.now_ns < self._heartbeat_due_ns - self._heartbeat_ns
        ):
            return self._take(image, due, self._at_scan_time(image.now_ns))
        if not due.any():
            self._strings = image.strings
            return None
        return self._take(image, due, None)

    def reject(self, block: SampleBlock) -> None:
        """``block`` could not be taken: its tags are due again in the next scan, with their values of then."""
        if len(block):
            self._forced[block.handles] = True
            self._any_forced = True

    def _at_scan_time(self, now_ns: int) -> BoolArray:
        beat = (now_ns - self._scan_ns >= self._heartbeat_ns) | (self._scan_ns > now_ns)
        return beat | self._forced

    def _take(self, image: Snapshot, due: BoolArray, at_scan_time: BoolArray | None) -> SampleBlock | None:
        if at_scan_time is not None:
            np.logical_or(due, at_scan_time, out=due)
        handles = np.flatnonzero(due)
        now_ns = image.now_ns
        source_ns, last_ns = image.source_ns[handles], self._time_ns[handles]
        # The first grid millisecond after the last stored sample: finer steps would fall together in a sink.
        next_ns = (last_ns // NS_PER_MS + 1) * NS_PER_MS
        usable = (source_ns >= next_ns) & (source_ns <= now_ns + SKEW_MAX_NS) & (source_ns > now_ns - NS_PER_DAY)
        if at_scan_time is not None:
            usable &= ~at_scan_time[handles]
        time_ns = np.where(usable, source_ns, np.maximum(now_ns, next_ns))
        late = usable & (now_ns - source_ns > LATE_AFTER_NS)
        values, status = image.value[handles], image.status[handles]
        self._value[handles] = values
        self._is_nan[handles] = np.isnan(values)
        self._status[handles] = status
        self._time_ns[handles] = time_ns
        self._scan_ns[handles] = now_ns
        self._strings = image.strings
        if at_scan_time is not None:
            self._forced[handles] = False
            self._any_forced = False
            self._heartbeat_due_ns = int(self._scan_ns.min(initial=now_ns)) + self._heartbeat_ns
        if not len(handles):
            return None
        chosen = {h: image.strings[h] for h in self._string_handles if due[h] and h in image.strings}
        return SampleBlock(self._names, handles, time_ns, values, status, late, chosen)
