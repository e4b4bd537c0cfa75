"""What both network drivers do with a batch of writes: keep the order, hold back what depends on a failed one."""

from __future__ import annotations

from collections.abc import Sequence

from line.messages import Write, WriteResult
from line.quality import Status


class WriteBatch:
    """Results of one batch, one per write, in order.

    A write is held back when another write of the same origin has failed before it was sent: a phase must not start on
    setpoints that did not arrive, and a batch with an impossible value in it is not half applied.
    """

    def __init__(self, writes: Sequence[Write]) -> None:
        self.writes = writes
        self._results: dict[int, WriteResult] = {}
        self._stopped: dict[str, tuple[Status | int, str]] = {}

    def done(self, index: int, status: int, message: str = "") -> None:
        """The result of the write at ``index``; anything but Good holds back what its origin has not sent yet."""
        write = self.writes[index]
        self._results[index] = WriteResult(write.handle, write.value, write.origin, int(status), message)
        if status != Status.GOOD and write.origin not in self._stopped:
            self._stopped[write.origin] = (status, message)

    def held_back(self, index: int) -> bool:
        """True when another write of the same origin failed; the result is then set, too."""
        stopped = self._stopped.get(self.writes[index].origin)
        if stopped is None:
            return False
        status, message = stopped
        self.done(index, int(status), f"not written, because another write of '{self.writes[index].origin}' failed: {message}")
        return True

    def pending(self, index: int) -> bool:
        """True while the write has no result."""
        return index not in self._results

    def superseded(self, index: int) -> bool:
        """True when a later write of the batch goes to the same tag, so that a readback shows that one."""
        handle = self.writes[index].handle
        return any(w.handle == handle for w in self.writes[index + 1 :])

    def fail_rest(self, status: int, message: str) -> None:
        """Every write without a result gets this one."""
        for index in range(len(self.writes)):
            if self.pending(index):
                self.done(index, status, message)

    def results(self) -> list[WriteResult]:
        """All results in order. Raises KeyError when one is missing: a write never vanishes."""
        return [self._results[index] for index in range(len(self.writes))]


def differs(device_value: float, wanted: float, decimals: int, eu: str) -> str:
    """The message of a readback that does not match."""
    digits = max(decimals, 3)
    unit = f" {eu}" if eu else ""
    return f"the device holds {device_value:.{digits}f}{unit} instead of {wanted:.{digits}f}{unit}"


def refused(reason: str) -> str:
    """The message of a write that the device refused; ``reason`` is the name of its status code."""
    return f"the device refused the write: {reason}"
