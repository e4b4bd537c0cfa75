"""Writes to a Modbus device: in order, neighbours in one request, then read back what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from line.documents import Text
from line.quality import Status
from line.tags import TagTable
from plc_drivers.modbus.codec import ModbusAddress, Point, Table, WordOrder, decode_one, encode, step
from plc_drivers.modbus.connection import ModbusConnection, ModbusRequestError
from plc_drivers.writes import WriteBatch, differs, refused

MAX_WRITE_REGISTERS = 123
"""MODBUS Application Protocol V1.1b3 §6.12."""

MAX_WRITE_BITS = 1968
"""MODBUS Application Protocol V1.1b3 §6.11."""

_NO_ADDRESS = Text(ru="у тега нет адреса, по которому можно записать", en="the tag has no address that this driver can write")


def _both(text: str) -> Text:
    return Text(ru=text, en=text)


@dataclass
class _Group:
    """One write request: neighbours in ascending order that belong to one origin."""

    table: Table
    start: int
    origin: str
    words: list[int]
    indices: list[int]
    bit: int | None = None

    def joins(self, address: ModbusAddress, origin: str, count: int) -> bool:
        limit = MAX_WRITE_REGISTERS if self.table is Table.HOLDING else MAX_WRITE_BITS
        return (
            self.bit is None
            and address.bit is None
            and self.table is address.table
            and self.origin == origin
            and self.start + len(self.words) == address.start
            and len(self.words) + count <= limit
        )


class ModbusWriter:
    """Carries out batches over a connection. Never repeats a write: whether one that timed out arrived is not known."""

    def __init__(
        self, connection: ModbusConnection, points: Mapping[int, Point], tags: TagTable, word_order: WordOrder, timeout_s: float
    ) -> None:
        self._connection = connection
        self._points = points
        self._tags = tags
        self._word_order: WordOrder = word_order
        self._timeout_s = timeout_s
        self._faults: list[Text] = []

    def take_faults(self) -> list[Text]:
        """Texts of the requests that failed since the last call, for the link's counters."""
        faults, self._faults = self._faults, []
        return faults

    async def write(self, batch: WriteBatch) -> None:
        """Give every write of ``batch`` its result. Takes at most one time-out for the writes and one for the readback."""
        written: list[_Group] = []
        for group in self._groups(batch):
            if isinstance(group, int):
                continue
            if batch.held_back(group.indices[0]):
                for index in group.indices[1:]:
                    batch.held_back(index)
                continue
            fault = await self._send(group)
            if fault is None:
                written.append(group)
                continue
            for index in group.indices:
                batch.done(index, int(fault.status), self._write_text(fault))
            if not fault.exception_code:
                # the device does not answer: the rest would only wait as long, each
                kept = {i for g in written for i in g.indices}
                for index in range(len(batch.writes)):
                    if batch.pending(index) and index not in kept:
                        text = Text(
                            ru=f"не записано: устройство не ответило: {fault}",
                            en=f"not written, because the device did not answer: {fault}",
                        )
                        batch.done(index, int(fault.status), text)
                break
        await self._read_back(batch, written)

    def _groups(self, batch: WriteBatch) -> list[_Group | int]:
        """Requests in the given order; a write that cannot be encoded gets its result and stands as its index."""
        groups: list[_Group | int] = []
        for index, write in enumerate(batch.writes):
            words = self._encoded(batch, index)
            if words is None:
                groups.append(index)
                continue
            address = self._points[write.handle].address
            last = groups[-1] if groups else None
            if isinstance(last, _Group) and last.joins(address, write.origin, len(words)):
                last.words += words
                last.indices.append(index)
            else:
                groups.append(_Group(address.table, address.start, write.origin, words, [index], address.bit))
        return groups

    def _encoded(self, batch: WriteBatch, index: int) -> list[int] | None:
        if batch.held_back(index):
            return None
        write = batch.writes[index]
        point = self._points.get(write.handle)
        if point is None:
            batch.done(index, int(Status.BAD_CONFIGURATION_ERROR), _NO_ADDRESS)
            return None
        if not point.address.writable:
            batch.done(index, int(Status.BAD_NOT_SUPPORTED), _both(f"{point.address} lies in a read-only table"))
            return None
        if point.address.bit is not None:
            if write.value in (0.0, 1.0):
                return [int(write.value)]
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), _both(f"{write.value:g} is neither 0 nor 1"))
            return None
        try:
            return encode(point, write.value, self._word_order)
        except ValueError as error:
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), _both(str(error)))
            return None

    async def _send(self, group: _Group) -> ModbusRequestError | None:
        try:
            if group.bit is None:
                await self._connection.write(group.table, group.start, group.words, self._timeout_s)
            else:
                await self._connection.write_bit(group.start, group.bit, bool(group.words[0]), self._timeout_s)
        except ModbusRequestError as fault:
            self._faults.append(_both(f"write {group.table}:{group.start}: {fault}"))
            return fault
        return None

    @staticmethod
    def _write_text(fault: ModbusRequestError) -> Text:
        if fault.exception_code:
            return refused(str(fault))
        return Text(ru=f"{fault}; дошла ли запись, неизвестно", en=f"{fault}; whether the value was written is not known")

    async def _read_back(self, batch: WriteBatch, written: list[_Group]) -> None:
        silent: ModbusRequestError | None = None
        for group in written:
            if silent is not None:
                self._unverified(batch, group, silent)
                continue
            try:
                words = await self._connection.read(group.table, group.start, len(group.words), self._timeout_s)
            except ModbusRequestError as fault:
                self._faults.append(_both(f"readback {group.table}:{group.start}: {fault}"))
                self._unverified(batch, group, fault)
                silent = None if fault.exception_code else fault
            else:
                self._compare(batch, group, [int(w) for w in words])

    @staticmethod
    def _unverified(batch: WriteBatch, group: _Group, fault: ModbusRequestError) -> None:
        for index in group.indices:
            text = Text(ru=f"записано, но не прочитано обратно: {fault}", en=f"written, but it could not be read back: {fault}")
            batch.done(index, int(fault.status), text)

    def _compare(self, batch: WriteBatch, group: _Group, words: list[int]) -> None:
        for index in group.indices:
            write = batch.writes[index]
            point = self._points[write.handle]
            at = point.address.start - group.start
            sent = group.words[at : at + point.address.count]
            got = words[at : at + point.address.count]
            device_value = decode_one(point, got, self._word_order)
            if batch.superseded(index) or self._same(point, sent, got, device_value):
                batch.done(index, int(Status.GOOD))
            else:
                tag = self._tags[write.handle]
                batch.done(index, int(Status.BAD_OUT_OF_RANGE), differs(device_value, write.value, tag.decimals, tag.eu))

    def _same(self, point: Point, sent: list[int], got: list[int], device_value: float) -> bool:
        """Equal words, or a value within rounding: devices that store a number otherwise round it once more."""
        if point.address.bit is not None:
            return device_value == float(sent[0])
        if sent == got:
            return True
        wanted = decode_one(point, sent, self._word_order)
        return abs(device_value - wanted) <= max(step(point) * 0.5, abs(wanted) * 2.0**-22)
