"""Who goes next on a channel that several units share: start-time fair queuing (Goyal, Vin, Cheng 1996).

Each unit pays the channel time that its requests take, known only when they have ended. The unit that has paid the least goes
next; one that was idle starts level with those that are being served: it has saved up nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar


class Account:
    """What one unit has used; times in nanoseconds of the channel's own virtual time."""

    __slots__ = ("finish_ns", "turn")

    def __init__(self) -> None:
        self.finish_ns = 0
        self.turn = 0


A = TypeVar("A", bound=Account)


class Turns:
    """The virtual time of one channel. It stands while everybody who waits has used more than those who are served, and goes with
    the clock while the channel is idle: what one unit used too much is forgiven by as much time in which nobody wanted it."""

    __slots__ = ("_busy", "_idle_since_ns", "_now_ns", "_turn")

    def __init__(self) -> None:
        self._now_ns = 0
        self._turn = 0
        self._busy = 0
        self._idle_since_ns = 0

    def next_of(self, waiting: Iterable[A]) -> A | None:
        """The one of ``waiting`` that has used the least; among equals the one whose last turn is longest ago."""
        best: A | None = None
        least = (0, 0)
        for account in waiting:
            key = (max(account.finish_ns, self._now_ns), account.turn)
            if best is None or key < least:
                best, least = account, key
        return best

    def begin(self, account: Account, clock_ns: int) -> None:
        """``account`` gets a turn at ``clock_ns`` (monotonic)."""
        if not self._busy:
            self._now_ns += clock_ns - self._idle_since_ns
        if account.finish_ns < self._now_ns:
            account.finish_ns = self._now_ns
        else:
            self._now_ns = account.finish_ns
        self._turn += 1
        account.turn = self._turn
        self._busy += 1

    def end(self, account: Account, used_ns: int, clock_ns: int) -> None:
        """A turn of ``account`` has ended at ``clock_ns`` and has taken ``used_ns`` of the channel."""
        account.finish_ns += used_ns
        self._busy -= 1
        self._idle_since_ns = clock_ns
