"""What one touch sent, followed as one thing: a dialog stays with what was entered until the line has taken all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hmi.viewmodels.commands import CommandBook, Pending

TAKEN: Final = frozenset({"accepted", "confirmed", "done"})
NOT_TAKEN: Final = frozenset({"refused", "failed", "timed_out", "withdrawn"})


def _nothing(pending: Pending) -> None:
    """For who does not care how far it is."""


class Delivery:
    """The commands that a deed sends. ``taken()`` is called once all of them are, ``not_taken(first)`` when one was not.

    ``under_way(pending)`` hears of every step before: that it has gone out after a login, that the server has it.

    A command that a dialog within the deed follows already is left to it. Neither is called after :meth:`drop`.
    """

    def __init__(
        self, book: CommandBook, taken: Callable[[], None], not_taken: Callable[[Pending], None],
        under_way: Callable[[Pending], None] = _nothing,
    ) -> None:  # fmt: skip
        self._book, self._taken, self._not_taken, self._under_way = book, taken, not_taken, under_way
        self._sent: dict[int, Pending] = {}

    @property
    def open(self) -> bool:
        """True while an answer is to come."""
        return bool(self._sent)

    def send(self, deed: Callable[[], None]) -> bool:
        """Do ``deed``; False when there is nothing to follow."""
        before = self._book.newest
        deed()
        self._sent = {p.local: p for p in self._book.since(before)}
        for local in self._sent:
            self._book.watch(local, self._moved)
        return self.open

    def drop(self) -> None:
        """Follow no more: what is still on its way is told of as of any command."""
        for local in self._sent:
            self._book.unwatch(local)
        self._sent = {}

    def _moved(self, pending: Pending) -> None:
        self._sent[pending.local] = pending
        if any(p.state not in TAKEN and p.state not in NOT_TAKEN for p in self._sent.values()):
            self._under_way(pending)
            return
        failed = next((p for p in self._sent.values() if p.state in NOT_TAKEN), None)
        self.drop()
        if failed is None:
            self._taken()
        else:
            self._not_taken(failed)
