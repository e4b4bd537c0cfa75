"""The channel of RTU, on a serial port or over TCP: one request at a time, silence between the frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.quality import Status
from plc_drivers.modbus.channel import CallLater, Channel, Wire
from plc_drivers.modbus.framing import RtuReader, rtu_frame, silence_s
from plc_drivers.modbus.mbap_channel import silent_fault
from plc_drivers.modbus.port import Answer, Fault
from plc_drivers.modbus.runs import Run, Sent

BROADCAST: Final = 0

CRC_FAULT: Final = Fault(
    Status.BAD_COMMUNICATION_ERROR,
    Text(
        ru="контрольная сумма (CRC) ответа неверна; проверьте линию, экран, терминаторы и чётность",
        en="the checksum (CRC) of the answer is wrong; check the line, shield, terminators and parity",
    ),
)

_BROADCAST_FAULT: Final = Fault(
    Status.BAD_CONFIGURATION_ERROR,
    Text(
        ru="unit_id 0 на последовательной линии — широковещательный адрес, на него никто не отвечает; укажите 1…247",
        en="unit_id 0 on a serial line is the broadcast address, which nobody answers; write 1 to 247",
    ),
)


@dataclass(frozen=True)
class LineTiming:
    """``silence_ns`` separates two frames; a byte takes ``character_ns`` on the line (0: somebody else minds it)."""

    silence_ns: int
    character_ns: int

    @staticmethod
    def of_serial(baud_rate: int, bits_per_character: int) -> LineTiming:
        """MODBUS over Serial Line V1.02 §2.5.1.1."""
        silence_ns = int(silence_s(baud_rate, bits_per_character) * NS_PER_S)
        return LineTiming(silence_ns, bits_per_character * NS_PER_S // baud_rate)


OVER_TCP: Final = LineTiming(5_000_000, 0)
"""Behind a TCP connection the other side keeps the silence on the line; here it only tells one burst from the next."""


class RtuChannel(Channel):
    """RTU answers carry no number. After a time-out the unit rests for as long again: what comes from it then is thrown away,
    while the others go on."""

    unheard_limit = 2  # a unit on libmodbus takes what follows a request to an absent unit for the answer to that one

    def __init__(self, wire: Wire, clock: Clock, timing: LineTiming, call_later: CallLater | None = None) -> None:
        super().__init__(wire, clock, call_later)
        self._timing = timing
        self._reader = RtuReader()
        self._sent: Sent | None = None
        self._quiet_ns = 0
        self._write: Callable[[bytes], None] = lambda _: None

    def submit(self, run: Run) -> None:
        if run.unit.number == BROADCAST:
            run.done.set_result([Answer(b"", _BROADCAST_FAULT)] * len(run.requests))
            return
        super().submit(run)

    def _begin(self) -> None:
        assert self.link is not None
        assert self.link.transport is not None
        self._reader.reset()
        self._write = self.link.transport.write
        self._quiet_ns = self._clock.monotonic_ns() + self._timing.silence_ns

    def _under_way(self) -> Sequence[Sent]:
        return () if self._sent is None else (self._sent,)

    def _forget(self) -> None:
        self._reader.reset()
        self._sent = None

    def _line_free_ns(self) -> int:
        return self._quiet_ns

    def _transmit(self, sent: Sent) -> None:
        frame = rtu_frame(sent.unit.number, sent.request)
        if self._reader.expect(sent.unit.number, sent.request):
            sent.unit.discarded += 1
        sent.deadline_ns += len(frame) * self._timing.character_ns  # counted from when the last byte has left
        self._sent = sent
        self._write(frame)

    def received(self, data: bytes) -> None:
        self._mute.clear()
        now_ns = self._clock.monotonic_ns()
        self._quiet_ns = now_ns + self._timing.silence_ns
        pdu = self._reader.feed(data)
        if pdu is not None:
            self._answered(pdu, now_ns)
            self._pump()
        if self._reader.unsettled:
            self._arm(self._quiet_ns)

    def _answered(self, pdu: bytes, now_ns: int) -> None:
        sent, self._sent = self._sent, None
        assert sent is not None
        self._done(sent, Answer(pdu, None, sent.sent_ns, self._clock.now_ns()), now_ns)

    def _line_due(self, now_ns: int) -> int:
        if not self._reader.unsettled:
            return 0
        if self._quiet_ns > now_ns:
            return self._quiet_ns
        spoiled, first, sound = self._reader.spoiled, self._reader.first, self._reader.sound
        pdu, thrown = self._reader.silence()
        if thrown:
            self._count(first, now_ns if sound else 0)
        if pdu is not None:
            self._answered(pdu, now_ns)
        elif spoiled and self._sent is not None:
            sent, self._sent = self._sent, None
            self._reader.reset()
            self._done(sent, Answer(b"", CRC_FAULT, sent.sent_ns, self._clock.now_ns()), now_ns)
        return 0

    def _count(self, unit_id: int, sound_ns: int) -> None:
        """A frame (``sound_ns``: when) or a burst (0) was thrown away. It counts for the unit that it names, else for the one
        that is asked."""
        unit = self._units.get(unit_id)
        if unit is not None and sound_ns and sound_ns < unit.rest_until_ns:
            unit.came_late(unit.gave_up_ns, sound_ns)
        if unit is None and self._sent is not None:
            unit = self._sent.unit
        if unit is not None:
            unit.discarded += 1

    def _expire(self, sent: Sent, now_ns: int) -> None:
        begun, heard = self._reader.begun, self._reader.heard
        if begun is not None:
            sent.foreign = Text(
                ru=f"ответ оборвался: {begun[0]} байт из {begun[1]}; проверьте линию или увеличьте timeout_ms",
                en=f"the answer stopped after {begun[0]} of {begun[1]} bytes; check the line, or raise timeout_ms",
            )
        elif heard:
            sent.foreign = Text(ru=f"вместо ответа пришло {heard} посторонних байт", en=f"{heard} bytes came that were no answer")
        if self._reader.reset():
            sent.unit.discarded += 1
        self._sent = None
        sent.unit.gave_up_ns = now_ns
        sent.unit.rest_until_ns = now_ns + sent.run.timeout_ns
        self._done(sent, Answer(b"", silent_fault(sent, now_ns), sent.sent_ns, self._clock.now_ns()), now_ns, silent=True)

    def _hang_up(self, fault: Fault | None = None) -> None:
        if self._sent is not None:  # its answer may still come, over the next connection
            self._sent.unit.rest_until_ns = self._clock.monotonic_ns() + self._sent.run.timeout_ns
        super()._hang_up(fault)
