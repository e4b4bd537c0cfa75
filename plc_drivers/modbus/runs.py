"""What a channel keeps of its units and of their requests."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from line.documents import Text
from plc_drivers.modbus.port import Answer
from plc_drivers.modbus.turns import Account

UNSENT: Final = Answer()


class Run:
    """The requests of one call of :meth:`Port.run` and what became of them. ``deadline_ns`` is the end of the budget."""

    __slots__ = ("answers", "deadline_ns", "done", "following", "outstanding", "requests", "stopped", "timeout_ns", "unit")

    def __init__(
        self, unit: Unit, requests: Sequence[bytes], timeout_ns: int, deadline_ns: int, done: asyncio.Future[list[Answer]]
    ) -> None:
        self.unit = unit
        self.requests = requests
        self.timeout_ns = timeout_ns
        self.deadline_ns = deadline_ns
        self.done = done
        self.answers = [UNSENT] * len(requests)
        self.following = 0
        self.outstanding = 0
        self.stopped = False


class Unit(Account):
    """A unit id behind the channel. ``rest_until_ns``: nothing is sent to it before (after a time-out); ``gave_up_ns``: when a
    request to it last ran out of time; ``late_ns``, ``late_at_ns``: how late an answer came after that, and when."""

    __slots__ = ("discarded", "gave_up_ns", "late_at_ns", "late_ns", "number", "outstanding", "queue", "rest_until_ns")

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.queue: deque[Run] = deque()
        self.outstanding = 0
        self.rest_until_ns = 0
        self.gave_up_ns = 0
        self.late_ns = 0
        self.late_at_ns = 0
        self.discarded = 0

    def came_late(self, gave_up_ns: int, now_ns: int) -> None:
        """An answer has come to a request that was given up at ``gave_up_ns``."""
        self.late_ns, self.late_at_ns = now_ns - gave_up_ns, now_ns


class Sent:
    """A request that is under way. ``foreign`` is what came meanwhile and was no answer."""

    __slots__ = ("deadline_ns", "foreign", "position", "request", "run", "sent_ns", "since_ns", "unit")

    def __init__(self, run: Run, position: int, sent_ns: int, since_ns: int) -> None:
        self.run = run
        self.position = position
        self.unit = run.unit
        self.request = run.requests[position]
        self.sent_ns = sent_ns
        self.since_ns = since_ns
        self.deadline_ns = since_ns + run.timeout_ns
        self.foreign: Text | None = None
