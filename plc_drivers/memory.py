"""In-memory driver: whole shifts on a manual clock, through the same engine code as a real line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from line.clock import Clock
from line.documents import Text
from line.image import FloatArray, IntArray, Readings
from line.messages import NO_TEXT, LinkState, LinkStatus, Write, WriteResult
from line.quality import Status, StatusArray, bad_mask, status_name
from line.tags import TagTable
from plc_drivers.writes import WriteBatch, differs, link_is_down, refused

_INTERRUPTED = Text(ru="связь прервана", en="the link is interrupted")
_NO_VARIABLE = Text(ru="в устройстве нет такой переменной", en="the device has no such variable")


class MemoryDevice(Protocol):
    """A simulated device in the same process; values are in engineering units, addresses are those of ``tags.csv``."""

    @property
    def link_up(self) -> bool:
        """False while the connection to the device is interrupted."""
        ...

    def bind(self, addresses: Sequence[str]) -> IntArray:
        """The index of each address in the arrays of :meth:`read`; -1 for an address that the device does not have.

        A device may raise KeyError instead, which the constructor of the driver passes on.
        """
        ...

    def read(self) -> tuple[FloatArray, StatusArray]:
        """All variables of the device: values and status codes. The caller copies and never changes them."""
        ...

    def write(self, index: int, value: float) -> int:
        """Write one variable; the answer is a status code, Good when it was taken."""
        ...


class MemoryDriver:
    """All tags of one :class:`MemoryDevice`; :meth:`poll_now` and :meth:`write_now` never wait."""

    def __init__(self, device: str, tags: TagTable, target: MemoryDevice, clock: Clock) -> None:
        own = tags.of_device(device)
        self._device = device
        self._tags = tags
        self._target = target
        self._clock = clock
        self._handles: IntArray = np.array([t.handle for t in own], dtype=np.int64)
        bound = np.asarray(target.bind([t.address for t in own]), dtype=np.int64)
        self._unknown = np.flatnonzero(bound < 0)
        self._index = np.where(bound < 0, 0, bound)
        self._index_of = {t.handle: int(i) for t, i in zip(own, bound, strict=True)}
        self._value: FloatArray = np.full(len(own), np.nan)
        self._status: StatusArray = np.full(len(own), int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        self._source_ns: IntArray = np.zeros(len(own), dtype=np.int64)
        self._server_ns: IntArray = np.zeros(len(own), dtype=np.int64)
        self._state = LinkState.CLOSED
        self._since_ns = clock.now_ns()
        self._polls = 0
        self._answered_ns = 0
        self._losses = 0

    @property
    def device(self) -> str:
        return self._device

    def link(self) -> LinkStatus:
        if self._state is not LinkState.CLOSED:
            self._follow_link(self._target.link_up)
        error = _INTERRUPTED if self._state is LinkState.DOWN else NO_TEXT
        return LinkStatus(
            self._device, self._state, self._since_ns, error, 0.0, self._polls, self._losses,
            self._losses - (self._state is LinkState.DOWN), gaps=self._losses, answered_ns=self._answered_ns,
        )  # fmt: skip

    async def open(self) -> None:
        self.open_now()

    async def poll(self) -> Readings:
        return self.poll_now()

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        return self.write_now(writes)

    async def close(self) -> None:
        self._enter(LinkState.CLOSED)

    def open_now(self) -> None:
        """What ``open`` does, without an event loop."""
        self._enter(LinkState.UP if self._target.link_up else LinkState.DOWN)

    def poll_now(self) -> Readings:
        """Every tag of the device, once; the same rules for quality and times as over a network."""
        up = self._target.link_up
        if self._state is not LinkState.CLOSED:
            self._follow_link(up)
        now_ns = self._clock.now_ns()
        if self._state is not LinkState.UP:
            return self._interrupted(now_ns)
        self._polls += 1
        self._answered_ns = now_ns
        all_values, all_status = self._target.read()
        values, status = all_values[self._index], all_status[self._index]
        if self._unknown.size:
            values[self._unknown] = np.nan
            status[self._unknown] = int(Status.BAD_NODE_ID_UNKNOWN)
        # compared bit by bit, so that NaN equals itself
        changed = (values.view(np.int64) != self._value.view(np.int64)) | (status != self._status)
        self._source_ns = np.where(changed, now_ns, self._source_ns)
        self._server_ns = np.full(len(values), now_ns, dtype=np.int64)
        self._value, self._status = values, status
        return Readings(self._handles, values, status, self._source_ns, self._server_ns)

    def write_now(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Write in order, read back at once, one result per write."""
        batch = WriteBatch(writes)
        if self._state is LinkState.CLOSED or not self._target.link_up:
            batch.fail_rest(int(Status.BAD_NO_COMMUNICATION), link_is_down(self._device))
            return batch.results()
        for index, write in enumerate(writes):
            if not batch.held_back(index):
                self._write_one(batch, index, self._index_of.get(write.handle, -1))
        return batch.results()

    def _write_one(self, batch: WriteBatch, index: int, variable: int) -> None:
        write = batch.writes[index]
        if variable < 0:
            batch.done(index, int(Status.BAD_NODE_ID_UNKNOWN), _NO_VARIABLE)
            return
        status = self._target.write(variable, write.value)
        if status != Status.GOOD:
            batch.done(index, status, refused(status_name(status)))
            return
        held = float(self._target.read()[0][variable])
        tag = self._tags[write.handle]
        count_step = abs(tag.scale) if tag.scale != 1.0 else 0.0  # a scaled tag is kept as a whole number of steps
        if abs(held - write.value) <= max(0.5 * count_step, 1e-6 * max(1.0, abs(write.value))):
            batch.done(index, int(Status.GOOD))
        else:
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), differs(held, write.value, tag.decimals, tag.eu))

    def _interrupted(self, now_ns: int) -> Readings:
        usable = ~bad_mask(self._status) & ~np.isnan(self._value)
        down = np.where(
            usable, np.uint32(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE), np.uint32(Status.BAD_NO_COMMUNICATION)
        ).astype(np.uint32)
        self._source_ns = np.where(down != self._status, now_ns, self._source_ns)
        self._status = down
        return Readings(self._handles, self._value, down, self._source_ns, self._server_ns)

    def _follow_link(self, up: bool) -> None:
        if up != (self._state is LinkState.UP):
            self._losses += not up
            self._enter(LinkState.UP if up else LinkState.DOWN)

    def _enter(self, state: LinkState) -> None:
        if state is not self._state:
            self._state = state
            self._since_ns = self._clock.now_ns()
