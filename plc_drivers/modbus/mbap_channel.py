"""The channel of Modbus TCP and Modbus/TCP Security: answers are matched by transaction id and unit id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from line.clock import NS_PER_MS, NS_PER_S, Clock
from line.documents import Text
from line.quality import Status
from plc_drivers.modbus.channel import CallLater, Channel, Wire
from plc_drivers.modbus.framing import FramingError, MbapReader, mbap_frame
from plc_drivers.modbus.pdu import fits, misfit
from plc_drivers.modbus.port import Answer, Fault
from plc_drivers.modbus.runs import Sent, Unit

IDS: Final = 0x1_0000
LATE_LIMIT: Final = 256
"""So many unanswered transaction ids are remembered, and not used again while they are."""

LATE_REMARK_NS: Final = 30 * NS_PER_S
"""For so long a time-out is said to follow an answer that came too late."""

DIRECT_UNITS: Final = frozenset({0, 255})
"""Both mean the device itself (Messaging on TCP/IP V1.0b §4.4.1.2), and devices echo one for the other."""


class MbapChannel(Channel):
    """Up to ``in_flight`` requests under way, one per unit where several units share the channel."""

    def __init__(self, wire: Wire, clock: Clock, call_later: CallLater | None = None) -> None:
        super().__init__(wire, clock, call_later)
        self._reader = MbapReader()
        self._waiting: dict[int, Sent] = {}
        self._late: dict[int, tuple[Unit, int]] = {}
        self._id = 0
        self._out: list[bytes] = []
        self._write: Callable[[bytes], None] = lambda _: None

    def _begin(self) -> None:
        assert self.link is not None
        assert self.link.transport is not None
        self._reader = MbapReader()
        self._late.clear()
        self._out.clear()
        self._write = self.link.transport.write

    def _under_way(self) -> Sequence[Sent]:
        return tuple(self._waiting.values())

    def _forget(self) -> None:
        self._waiting.clear()

    def _transmit(self, sent: Sent) -> None:
        number = (self._id + 1) % IDS
        while number in self._late or number in self._waiting:
            number = (number + 1) % IDS
        self._id = number
        self._waiting[number] = sent
        self._out.append(mbap_frame(number, sent.unit.number, sent.request))

    def _flush(self) -> None:
        out = self._out
        if out:
            self._out = []
            self._write(out[0] if len(out) == 1 else b"".join(out))

    def received(self, data: bytes) -> None:
        self._mute.clear()
        try:
            frames = self._reader.feed(data)
        except FramingError as error:
            for sent in self._waiting.values():
                sent.unit.discarded += 1
            self.lose(error.text)
            return
        now_ns, stamp_ns = self._clock.monotonic_ns(), self._clock.now_ns()
        for number, unit_id, pdu in frames:
            sent = self._waiting.pop(number, None)
            if sent is None:
                self._stray(number, unit_id, now_ns)
            elif unit_id != sent.unit.number and not (unit_id in DIRECT_UNITS and sent.unit.number in DIRECT_UNITS):
                sent.unit.discarded += 1
                self._done(sent, Answer(b"", _foreign_unit(unit_id, sent), sent.sent_ns, stamp_ns), now_ns)
            elif fits(sent.request, pdu):
                self._done(sent, Answer(pdu, None, sent.sent_ns, stamp_ns), now_ns)
            else:
                sent.unit.discarded += 1
                self._done(sent, Answer(b"", misfit(sent.request, pdu), sent.sent_ns, stamp_ns), now_ns)
        self._pump()

    def _stray(self, number: int, unit_id: int, now_ns: int) -> None:
        """A frame that nobody waits for: the answer to a request that was given up, or one with a number of its own."""
        late = self._late.pop(number, None)
        if late is not None:
            unit, gave_up_ns = late
            unit.discarded += 1
            unit.came_late(gave_up_ns, now_ns)
            return
        waiting = self._waiting.items()
        meant = [(n, s) for n, s in waiting if s.unit.number == unit_id] or list(waiting)
        for expected, sent in meant:
            sent.unit.discarded += 1
            sent.foreign = Text(
                ru=f"в ответе номер транзакции {number} вместо {expected}",
                en=f"the answer carries transaction id {number} instead of {expected}",
            )

    def _expire(self, sent: Sent, now_ns: int) -> None:
        number = next(n for n, s in self._waiting.items() if s is sent)
        begun = self._reader.waiting_for
        if begun is not None and begun[0] == number:
            # where the next frame would begin nobody can say: bytes of another answer would be taken for the rest of this one
            self.lose(
                Text(
                    ru=f"ответ оборвался: {begun[1]} байт из {begun[2]}",
                    en=f"the answer stopped after {begun[1]} of {begun[2]} bytes",
                )
            )
            return
        del self._waiting[number]
        self._late[number] = sent.unit, now_ns
        if len(self._late) > LATE_LIMIT:
            del self._late[next(iter(self._late))]
        if self._shared:  # its neighbours have the channel for as long as it has held it for nothing
            sent.unit.rest_until_ns = now_ns + sent.run.timeout_ns
        self._done(sent, Answer(b"", silent_fault(sent, now_ns), sent.sent_ns, self._clock.now_ns()), now_ns, silent=True)


def silent_fault(sent: Sent, now_ns: int) -> Fault:
    """The fault of a request whose time is over: BadTimeout, or BadCommunicationError when something came that was no answer."""
    if sent.foreign is not None:
        return Fault(Status.BAD_COMMUNICATION_ERROR, sent.foreign)
    unit, ms = sent.unit, round(sent.run.timeout_ns / NS_PER_MS)
    text = Text(ru=f"нет ответа за {ms} мс", en=f"no answer within {ms} ms")
    if unit.late_at_ns and now_ns - unit.late_at_ns < LATE_REMARK_NS:
        late = round(unit.late_ns / NS_PER_MS)
        text = Text(
            ru=f"{text.ru}; ответ на предыдущий запрос пришёл на {late} мс позже срока, увеличьте timeout_ms",
            en=f"{text.en}; the answer to an earlier request came {late} ms too late, raise timeout_ms",
        )
    return Fault(Status.BAD_TIMEOUT, text)


def _foreign_unit(unit_id: int, sent: Sent) -> Fault:
    wanted = sent.unit.number
    return Fault(
        Status.BAD_COMMUNICATION_ERROR,
        Text(
            ru=f"ответило устройство {unit_id} вместо {wanted}; проверьте unit_id",
            en=f"unit {unit_id} answered instead of {wanted}; check unit_id",
        ),
    )
