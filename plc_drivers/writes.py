"""What both network drivers do with a batch of writes: keep the order, hold back what depends on a failed one."""

from __future__ import annotations

from collections.abc import Sequence

from line.documents import Text
from line.messages import NO_TEXT, Write, WriteResult
from line.quality import Status


class WriteBatch:
    """Results of one batch, one per write, in order.

    A write is held back when another write of the same origin has failed before it was sent: a phase must not start on
    setpoints that did not arrive, and a batch with an impossible value in it is not half applied.
    """

    def __init__(self, writes: Sequence[Write]) -> None:
        self.writes = writes
        self._results: dict[int, WriteResult] = {}
        self._stopped: dict[str, tuple[Status | int, Text]] = {}

    def done(self, index: int, status: int, message: Text = NO_TEXT) -> None:
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
        origin = self.writes[index].origin
        ru = f"не записано: другая запись «{origin}» не удалась: {message.ru}"
        self.done(index, int(status), Text(ru=ru, en=f"not written, because another write of '{origin}' failed: {message.en}"))
        return True

    def stopped(self, index: int) -> bool:
        """True when another write of the same origin failed, so that this one must not be sent."""
        return self.writes[index].origin in self._stopped

    def pending(self, index: int) -> bool:
        """True while the write has no result."""
        return index not in self._results

    def superseded(self, index: int) -> bool:
        """True when a later write of the batch goes to the same tag, so that a readback shows that one."""
        handle = self.writes[index].handle
        return any(w.handle == handle for w in self.writes[index + 1 :])

    def fail_rest(self, status: int, message: Text) -> None:
        """Every write without a result gets this one."""
        for index in range(len(self.writes)):
            if self.pending(index):
                self.done(index, status, message)

    def results(self) -> list[WriteResult]:
        """All results in order. Raises KeyError when one is missing: a write never vanishes."""
        return [self._results[index] for index in range(len(self.writes))]


def differs(device_value: float, wanted: float, decimals: int, eu: str) -> Text:
    """The message of a readback that does not match."""
    digits = max(decimals, 3)
    unit = f" {eu}" if eu else ""
    held, asked = f"{device_value:.{digits}f}{unit}", f"{wanted:.{digits}f}{unit}"
    return Text(ru=f"в устройстве {held} вместо {asked}", en=f"the device holds {held} instead of {asked}")


def refused(reason: str) -> Text:
    """The message of a write that the device refused; ``reason`` is the name of its status code."""
    return Text(ru=f"устройство отклонило запись: {reason}", en=f"the device refused the write: {reason}")


def link_is_down(device: str) -> Text:
    """The message of a write to a device without a link."""
    return Text(ru=f"нет связи с {device}", en=f"the link to {device} is down")
