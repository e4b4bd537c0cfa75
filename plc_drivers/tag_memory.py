"""The last readings of one device's tags: what is kept, what a change is, and what an outage makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from line.image import NO_STRINGS, FloatArray, IntArray, Readings
from line.quality import BoolArray, Status, StatusArray, bad_mask

Positions = npt.NDArray[np.int64]


class TagMemory:
    """Arrays with one element per tag of the device, in the order of ``handles``.

    A value that arrives Bad never replaces the last usable one; the status says that it is not to be trusted.
    """

    def __init__(self, handles: Sequence[int]) -> None:
        count = len(handles)
        self.handles: IntArray = np.array(handles, dtype=np.int64)
        self._value: FloatArray = np.full(count, np.nan)
        self._status: StatusArray = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        self._source_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._server_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._usable: BoolArray = np.zeros(count, dtype=np.bool_)
        self._strings: dict[int, str] = {}

    def update(
        self, at: Positions, values: FloatArray, status: StatusArray, server_ns: IntArray, texts: Mapping[int, str] = NO_STRINGS
    ) -> None:
        """Take what a device without timestamps answered: the source time moves only when value or status changed.

        ``texts`` holds those of ``at`` that are texts, by position.
        """
        usable = ~bad_mask(status)
        values = np.where(usable, values, self._value[at])
        # compared bit by bit, so that NaN equals itself
        changed = (values.view(np.int64) != self._value[at].view(np.int64)) | (status != self._status[at])
        self._value[at] = values
        self._status[at] = status
        self._source_ns[at] = np.where(changed, server_ns, self._source_ns[at])
        self._server_ns[at] = server_ns
        self._usable[at] = usable
        new = {p: text for p, text in texts.items() if self._strings.get(int(self.handles[p])) != text}
        if new:
            self._strings = {**self._strings, **{int(self.handles[p]): text for p, text in new.items()}}
            moved = np.fromiter(new, dtype=np.int64, count=len(new))
            self._source_ns[moved] = self._server_ns[moved]

    def fail(self, at: Positions, code: int, now_ns: int) -> None:
        """A request failed: the values stay, the status becomes ``code``, the server time stands still."""
        changed = self._status[at] != code
        self._status[at] = code
        self._source_ns[at] = np.where(changed, now_ns, self._source_ns[at])

    def reject(self, at: Positions, code: int, now_ns: int) -> None:
        """The device has no usable value for these tags (no such address): their last one does not count any more."""
        self.fail(at, code, now_ns)
        self._usable[at] = False

    def degrade(self, now_ns: int, at: Positions | None = None) -> None:
        """The link is down: last usable values are Uncertain, tags without one are Bad. ``at`` limits it to some tags."""
        where = np.arange(len(self.handles)) if at is None else at
        usable = where[self._usable[where]]
        self.fail(usable, int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE), now_ns)
        self.fail(where[~self._usable[where]], int(Status.BAD_NO_COMMUNICATION), now_ns)

    def readings(self) -> Readings:
        """A copy of all tags as they stand."""
        return Readings(
            self.handles, self._value.copy(), self._status.copy(), self._source_ns.copy(), self._server_ns.copy(),
            self._strings or NO_STRINGS,
        )  # fmt: skip
