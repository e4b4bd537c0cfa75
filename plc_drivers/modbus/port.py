"""The border between the Modbus driver and whatever carries its requests: one port per unit, one channel per connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from line.documents import Text
from line.quality import Status

_NOT_FROM_THE_UNIT: Final = frozenset({0, 10, 11})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request has no good answer: ``status`` is its OPC UA code, ``exception_code`` the Modbus exception (0: none came)."""

    status: Status
    text: Text
    exception_code: int = 0

    @property
    def timed_out(self) -> bool:
        """True when nothing was heard: the unit may be dead."""
        return self.status is Status.BAD_TIMEOUT

    @property
    def spoken(self) -> bool:
        """True when the unit itself has answered, if only with an exception: 10 and 11 are a gateway that speaks for it."""
        return self.exception_code not in _NOT_FROM_THE_UNIT


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request ended. ``pdu`` is the whole answer PDU, function code first, empty when there is a fault.

    Times are UTC nanoseconds; ``sent_ns`` is 0 for a request that was not sent, because the budget ran out or an earlier one
    was not answered: that says nothing about the request.
    """

    pdu: bytes = b""
    fault: Fault | None = None
    sent_ns: int = 0
    received_ns: int = 0

    @property
    def took_ns(self) -> int:
        """The round trip of an answer; 0 when the clock was set back meanwhile."""
        return max(0, self.received_ns - self.sent_ns)

    @property
    def unsent(self) -> bool:
        """True when the request never left."""
        return self.sent_ns == 0


class UnitPort(Protocol):
    """What the driver of one unit sees of its channel, which other units may share. Raises nothing but LinkError on connect."""

    @property
    def discarded(self) -> int:
        """Frames since the start that were no answer to what this unit was asked: late, foreign, or garbage."""
        ...

    async def connect(self, timeout_s: float) -> None:
        """Make sure that the channel is open; one that is open already is shared as it is. Raises LinkError."""
        ...

    async def run(self, requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
        """Send request PDUs in order, as many at a time as the channel allows, and return one answer each, in order.

        Every request waits ``timeout_s`` at most for its answer, counted from when it was sent, and none is sent after
        ``budget_s``. After the first that was not answered at all nothing more is sent. An answer's length and function code fit
        its request; what is in it is not looked at. Nothing is repeated.
        """
        ...

    def close(self) -> None:
        """This unit needs the channel no more (until the next connect); the last one closes it. May be called twice."""
        ...
