"""Writes to a Modbus unit: in order, neighbours in one request, then read back what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.messages import NO_TEXT
from line.quality import Status
from line.tags import TagTable
from plc_drivers.link import LinkMonitor
from plc_drivers.modbus import pdu, texts
from plc_drivers.modbus.codec import EncodeError, Point, Table, decode_one, encode, step
from plc_drivers.modbus.port import Answer, Fault, UnitPort
from plc_drivers.writes import WriteBatch, differs

SEND_WITHIN_S: Final = 3.0
"""What a batch has not sent within that time, on a busy channel or to a slow device, fails unsent: people are told soon after it
that the command was not carried out, and none of it may happen later."""

_ILLEGAL_FUNCTION: Final = 1
_ACKNOWLEDGED: Final = 5
_ALL_BITS: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class WriteWays:
    """How the device wants to be written to (``write_function`` and ``readback`` of ``line.yaml``), and how often a readback
    that was not answered is repeated.

    ``single``: coils by function 5, values of one register by function 6, one request each. A value of several registers goes by
    function 16 all the same: in parts the device would hold, for a moment, a number that nobody has written. ``combined``:
    registers are written and read back by one request of function 23.
    """

    single: bool = False
    combined: bool = False
    retries: int = 0
    max_registers: int = pdu.MAX_WRITE_REGISTERS
    max_bits: int = pdu.MAX_WRITE_BITS

    def limit(self, table: Table) -> int:
        """The most words of one request: what the device answers (for the readback), and what the protocol has."""
        if table is Table.COIL:
            return min(self.max_bits, pdu.MAX_WRITE_BITS)
        return min(self.max_registers, pdu.MAX_READ_WRITE_REGISTERS if self.combined else pdu.MAX_WRITE_REGISTERS)

    def combines(self, group: _Group) -> bool:
        """True when the write itself brings the readback."""
        return self.combined and group.table is Table.HOLDING and not group.mask

    def request(self, group: _Group) -> bytes:
        """The write as a PDU."""
        if group.mask:
            return pdu.mask_write_request(group.start, _ALL_BITS & ~group.mask, group.words[0])
        if group.table is Table.COIL:
            if self.single:
                return pdu.write_coil_request(group.start, bool(group.words[0]))
            return pdu.write_coils_request(group.start, group.words)
        if self.combined:
            return pdu.read_write_request(group.start, len(group.words), group.start, group.words)
        if self.single and len(group.words) == 1:
            return pdu.write_register_request(group.start, group.words[0])
        return pdu.write_registers_request(group.start, group.words)


@dataclass(slots=True)
class _Item:
    """A write that is sent: its index in the batch, its words, and the indices that it replaces."""

    index: int
    words: list[int]
    replaces: list[int]


@dataclass(slots=True)
class _Group:
    """One write request: neighbours of one origin in ascending order, or bits (``mask``) of one register.

    ``held`` is what the device was found to hold afterwards, ``unread`` why that is not known.
    """

    table: Table
    start: int
    origin: str
    words: list[int]
    mask: int = 0
    items: list[_Item] = field(default_factory=list[_Item])
    held: list[int] = field(default_factory=list[int])
    unread: Fault | None = None

    def __str__(self) -> str:
        return f"{self.table}:{self.start}" if len(self.words) == 1 else f"{self.table}:{self.start}+{len(self.words)}"

    def add(self, item: _Item, point: Point, origin: str, ways: WriteWays) -> bool:
        """Take ``item`` too, when one request can do it without changing the order."""
        address = point.address
        if origin != self.origin or address.table is not self.table or bool(self.mask) != (address.bit is not None):
            return False
        if address.bit is not None:
            bit = 1 << address.bit
            if address.start != self.start or self.mask & bit:
                return False
            self.mask |= bit
            self.words[0] |= bit if item.words[0] else 0
        elif (
            ways.single
            or self.start + len(self.words) != address.start
            or len(self.words) + len(item.words) > ways.limit(self.table)
        ):
            return False
        else:
            self.words += item.words
        self.items.append(item)
        return True

    def indices(self) -> list[int]:
        """The writes that share the fate of this request."""
        return [i for item in self.items for i in (*item.replaces, item.index)]

    def spoils(self, point: Point) -> bool:
        """True when this request changes what an earlier write to ``point`` has put there."""
        address = point.address
        if address.table is not self.table:
            return False
        if self.mask and address.bit is not None:
            return address.start == self.start and bool(self.mask >> address.bit & 1)
        return address.start < self.start + len(self.words) and self.start < address.start + address.count


class ModbusWriter:
    """Carries out batches through a port: the only one that writes to the unit, one batch at a time, as the engine's device task
    calls it. Never repeats a write: whether one that was not answered has arrived is not known."""

    def __init__(
        self, port: UnitPort, points: Mapping[int, Point], tags: TagTable, link: LinkMonitor, ways: WriteWays, timeout_s: float,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._port = port
        self._clock = clock
        self._points = points
        self._tags = tags
        self._link = link
        self._ways = ways
        self._timeout_s = timeout_s

    async def write(self, batch: WriteBatch) -> None:
        """Give every write of ``batch`` its result.

        Every request takes one time-out at most; after the first without an answer no other write is sent.
        """
        encoded = {i: words for i in range(len(batch.writes)) if (words := self._encoded(batch, i)) is not None}
        deadline_ns = self._clock.monotonic_ns() + int(SEND_WITHIN_S * NS_PER_S)
        written: list[_Group] = []
        lost: _Group | None = None
        for group in self._groups(batch, encoded):
            request = self._ways.request(group)
            left_s = max(0, deadline_ns - self._clock.monotonic_ns()) / NS_PER_S
            [answer] = await self._port.run([request], self._timeout_s, left_s)
            fault = _write_fault(request, answer)
            if fault is None:
                self._answered(answer)
                if self._ways.combines(group):
                    group.held = [int(w) for w in pdu.words_of(request, answer.pdu)]
                written.append(group)
                continue
            if not answer.unsent:
                self._link.failed(texts.after(_writing(group), fault.text), timed_out=fault.timed_out)
            self._fail(batch, group, fault, fault.text if answer.unsent else self._why(group, fault))
            if answer.unsent or not fault.spoken:
                lost = None if answer.unsent else group
                # the device does not answer: the rest would only wait as long, each
                rest = texts.NOT_SENT if answer.unsent else texts.not_written(fault)
                self._fail_unsent(batch, encoded, written, fault.status, rest)
                break
        await self._read_back([g for g in written if not g.held])
        for position, group in enumerate(written):
            later = [*written[position + 1 :], *([lost] if lost is not None else [])]
            self._compare(batch, group, later)

    def _groups(self, batch: WriteBatch, encoded: Mapping[int, list[int]]) -> Iterator[_Group]:
        """Requests in the given order, made one by one: what an earlier one held back is left out."""
        group: _Group | None = None
        at = 0
        while at < len(batch.writes):
            item = self._item(batch, encoded, at)
            if item is None:
                at += 1
                continue
            write = batch.writes[item.index]
            point = self._points[write.handle]
            if group is None:
                group = _opened(item, point, write.origin)
            elif not group.add(item, point, write.origin, self._ways):
                yield group
                group = None
                continue  # look at it again, after what has been sent
            at = item.index + 1
        if group is not None:
            yield group

    @staticmethod
    def _item(batch: WriteBatch, encoded: Mapping[int, list[int]], at: int) -> _Item | None:
        """The write at ``at``, or the last of those to the same tag that follow it at once; None for one that is not sent.

        Only what follows at once replaces it: with another tag in between, the order may mean something to the PLC.
        """
        if at not in encoded or batch.held_back(at):
            return None
        index = at
        while index + 1 in encoded and batch.writes[index + 1].handle == batch.writes[at].handle and not batch.stopped(index + 1):
            index += 1
        return _Item(index, encoded[index], list(range(at, index)))

    def _encoded(self, batch: WriteBatch, index: int) -> list[int] | None:
        """The words of a write, None (and its result) for one that must not be sent."""
        if batch.held_back(index):
            return None
        write = batch.writes[index]
        tag = self._tags[write.handle]
        point = self._points.get(write.handle)
        if point is None:
            batch.done(index, int(Status.BAD_CONFIGURATION_ERROR), texts.NO_ADDRESS)
        elif not point.address.writable:
            batch.done(index, int(Status.BAD_NOT_SUPPORTED), texts.read_only(str(point.address)))
        elif not tag.writable:
            batch.done(index, int(Status.BAD_NOT_SUPPORTED), texts.NOT_WRITABLE)
        elif not tag.lo <= write.value <= tag.hi:
            batch.done(index, int(Status.BAD_OUT_OF_RANGE), texts.outside(write.value, tag.lo, tag.hi, tag.eu))
        else:
            try:
                return encode(point, write.value)
            except EncodeError as error:
                batch.done(index, int(Status.BAD_OUT_OF_RANGE), texts.not_encoded(tag.name, error.text))
        return None

    def _answered(self, answer: Answer) -> None:
        self._link.requests += 1
        self._link.answered_ns = answer.received_ns

    def _why(self, group: _Group, fault: Fault) -> Text:
        where = _writing(group)
        if not fault.spoken or fault.exception_code == _ACKNOWLEDGED:
            return texts.not_known(fault)
        if fault.exception_code == _ILLEGAL_FUNCTION:
            if group.mask:
                return texts.no_mask_write(where)
            if self._ways.combines(group):
                return texts.no_read_write(where)
            if not self._ways.single:
                return texts.no_multiple_write(where)
        return texts.refused_write(where, fault)

    @staticmethod
    def _fail(batch: WriteBatch, group: _Group, fault: Fault, message: Text) -> None:
        for index in group.indices():
            batch.done(index, int(fault.status), message)

    @staticmethod
    def _fail_unsent(
        batch: WriteBatch, encoded: Mapping[int, list[int]], written: Sequence[_Group], status: Status, message: Text
    ) -> None:
        kept = {index for group in written for index in group.indices()}
        for index in encoded:
            if batch.pending(index) and index not in kept:
                batch.done(index, int(status), message)

    async def _read_back(self, groups: Sequence[_Group]) -> None:
        """What the device holds now, into the groups; reads may be repeated."""
        left = list(groups)
        for _ in range(1 + self._ways.retries):
            if not left:
                return
            requests = [pdu.read_request(g.table, g.start, len(g.words)) for g in left]
            answers = await self._port.run(requests, self._timeout_s, max(SEND_WITHIN_S, self._timeout_s))
            for group, request, answer in zip(left, requests, answers, strict=True):
                fault = answer.fault or (_NOT_SENT if answer.unsent else pdu.fault_of(request, answer.pdu))
                group.unread = fault
                if fault is None:
                    self._answered(answer)
                    group.held = [int(w) for w in pdu.words_of(request, answer.pdu)]
                elif not answer.unsent:
                    self._link.failed(texts.after(_reading(group), fault.text), timed_out=fault.timed_out)
            left = [g for g in left if g.unread is not None and not g.unread.spoken]

    def _compare(self, batch: WriteBatch, group: _Group, later: Sequence[_Group]) -> None:
        """The results of one request that was carried out."""
        for item in group.items:
            status, message = self._verdict(batch, group, item, later)
            batch.done(item.index, int(status), message)
            for index in item.replaces:
                batch.done(index, int(status), message if status else texts.REPLACED)

    def _verdict(self, batch: WriteBatch, group: _Group, item: _Item, later: Sequence[_Group]) -> tuple[Status, Text]:
        write = batch.writes[item.index]
        point = self._points[write.handle]
        if group.unread is not None:
            return group.unread.status, texts.not_read_back(group.unread)
        if not self._ways.combines(group) and any(g.spoils(point) for g in later):
            return Status.GOOD, NO_TEXT  # carried out, and the readback shows a later write
        at = point.address.start - group.start
        got = group.held[at : at + point.address.count]
        value = decode_one(point, got)
        if self._same(point, item.words, got, value):
            return Status.GOOD, NO_TEXT
        tag = self._tags[write.handle]
        return Status.BAD_OUT_OF_RANGE, differs(value, write.value, tag.decimals, tag.eu)

    @staticmethod
    def _same(point: Point, sent: list[int], got: list[int], value: float) -> bool:
        """Equal words, or a value within rounding: devices that store a number otherwise round it once more."""
        if point.address.bit is not None:
            return value == float(sent[0])
        if sent == got:
            return True
        wanted = decode_one(point, sent)
        return abs(value - wanted) <= max(step(point) * 0.5, abs(wanted) * 2.0**-22)


_NOT_SENT: Final = Fault(Status.BAD_COMMUNICATION_ERROR, texts.NOT_SENT)


def _write_fault(request: bytes, answer: Answer) -> Fault | None:
    """Why a write is not known to be carried out; an answer must say what was written."""
    if answer.fault is not None:
        return answer.fault
    return _NOT_SENT if answer.unsent else pdu.fault_of(request, answer.pdu)


def _opened(item: _Item, point: Point, origin: str) -> _Group:
    address = point.address
    if address.bit is None:
        return _Group(address.table, address.start, origin, list(item.words), items=[item])
    mask = 1 << address.bit
    return _Group(address.table, address.start, origin, [mask if item.words[0] else 0], mask, [item])


def _writing(group: _Group) -> Text:
    return Text(ru=f"запись {group}", en=f"write {group}")


def _reading(group: _Group) -> Text:
    return Text(ru=f"чтение после записи {group}", en=f"readback {group}")
