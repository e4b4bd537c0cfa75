"""The last values of one server's tags, with the times that the server gave, and what an outage makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from line.image import NO_STRINGS, FloatArray, IntArray, Readings
from line.quality import BoolArray, Status, StatusArray, is_bad
from plc_drivers.opcua.codec import DecodedValue

_LAST_USABLE: int = int(Status.UNCERTAIN_LAST_USABLE_VALUE)


class ValueMemory:
    """Arrays with one element per tag of the device, in the order of ``handles``.

    A value that arrives Bad never replaces the last usable one. What an outage or a gap made of a status is held until a poll
    has shown it, also when the value is known again by then: no interruption goes unseen.
    """

    def __init__(self, handles: Sequence[int]) -> None:
        count = len(handles)
        self.handles: IntArray = np.array(handles, dtype=np.int64)
        self._value: FloatArray = np.full(count, np.nan)
        self._status: StatusArray = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        self._source_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._server_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._alive_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._usable: BoolArray = np.zeros(count, dtype=np.bool_)
        self._held: BoolArray = np.zeros(count, dtype=np.bool_)
        self._held_status: StatusArray = np.zeros(count, dtype=np.uint32)
        self._held_ns: IntArray = np.zeros(count, dtype=np.int64)
        self._down: BoolArray = np.ones(count, dtype=np.bool_)
        self._held_status[:] = self._status
        self._strings: dict[int, str] = {}
        self._shown_strings: Mapping[int, str] = NO_STRINGS

    def put(self, position: int, decoded: DecodedValue, now_ns: int) -> None:
        """Take one value. A time that the server did not give is ``now_ns``."""
        usable = not is_bad(decoded.status)
        if usable:
            self._value[position] = decoded.value
            if decoded.text is not None:
                handle = int(self.handles[position])
                if self._strings.get(handle) != decoded.text:
                    self._strings[handle] = decoded.text
                    self._shown_strings = NO_STRINGS  # out of date
        self._status[position] = decoded.status
        self._source_ns[position] = decoded.source_ns or now_ns
        self._server_ns[position] = decoded.server_ns or now_ns
        self._alive_ns[position] = now_ns
        self._usable[position] = usable

    def confirm(self, at: IntArray, now_ns: int) -> None:
        """The source is known to be alive: its last values are accurate as of ``now_ns`` (engine's clock)."""
        self._alive_ns[at] = np.maximum(self._alive_ns[at], now_ns)

    def fail(self, at: IntArray, code: int, now_ns: int) -> None:
        """No value could be had: the last one stays, its status becomes ``code``."""
        changed = self._status[at] != code
        self._status[at] = code
        self._source_ns[at] = np.where(changed, now_ns, self._source_ns[at])

    def reject(self, at: IntArray, code: int, now_ns: int) -> None:
        """The server has no usable value for these tags: their last one does not count any more."""
        self.fail(at, code, now_ns)
        self._usable[at] = False

    def doubt(self, at: IntArray, now_ns: int) -> None:
        """Changes may be missing: what was usable is UncertainLastUsableValue until read anew, for one poll at least."""
        usable = at[self._usable[at]]
        self.fail(usable, _LAST_USABLE, now_ns)
        self._hold(usable, now_ns)

    def degrade(self, at: IntArray, now_ns: int) -> None:
        """The link is down: last usable values are Uncertain, tags without one are Bad."""
        usable = at[self._usable[at]]
        self.fail(usable, int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE), now_ns)
        self.fail(at[~self._usable[at]], int(Status.BAD_NO_COMMUNICATION), now_ns)
        self._down[at] = True
        self._hold(at, now_ns)

    def _hold(self, at: IntArray, now_ns: int) -> None:
        self._held[at] = True
        self._held_status[at] = self._status[at]
        self._held_ns[at] = now_ns

    def readings(self, *, live: bool = True) -> Readings:
        """A copy of all tags as they stand; a status that is held is shown once. While the link is not ``live``, no value that
        came since it went down is better than the outage made it."""
        status, source_ns = self._status.copy(), self._source_ns.copy()
        if live:
            self._down[:] = False
        if self._held.any() or not live:
            over = (self._held | self._down) & (status < self._held_status)  # a worse one needs no help
            status[over] = self._held_status[over]
            source_ns[over] = self._held_ns[over]
            self._held[:] = False
        return Readings(
            self.handles, self._value.copy(), status, source_ns, self._server_ns.copy(), self._texts(),
            self._alive_ns.copy(),
        )  # fmt: skip

    def _texts(self) -> Mapping[int, str]:
        """Those of the image: a copy when one has changed, so that what was handed out stays as it was."""
        if self._strings and not self._shown_strings:
            self._shown_strings = dict(self._strings)
        return self._shown_strings
