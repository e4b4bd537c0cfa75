"""One notice to all addresses of its contact at once, each send in a thread of its own, limited in time and in number.

A thread that hangs in a server which never answers cannot be ended. It is left behind and counts against its address until it
ends by itself: an address that hangs holds a few threads, and nobody else's messages.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from line.documents import Text
from line.messages import NO_TEXT
from notify.contacts import Address, Contacts, ContactsFile
from notify.reasons import NOT_READ, no_address, no_answer, still_hanging, together
from notify.sending import Letter, Outcome, send

_log = logging.getLogger("potok.notify")

WITHIN_S: Final = 40.0
"""What an attempt has: less than the 60 s after which the engine counts it as failed by itself."""

PER_ADDRESS: Final = 4
URGENT: Final = 2
"""Alarms of this priority and above are marked as such where a service has marks."""

T = TypeVar("T")


@dataclass(frozen=True)
class Notice:
    """An entry of ``outbox`` in the engine's view ``escalation``: an attempt that is due."""

    id: str
    attempt: int
    contact: str
    title: str
    body: str
    priority: int = URGENT


@dataclass(frozen=True)
class Delivery:
    """What came of an attempt: taken by one address at least, or why by none."""

    delivered: bool
    error: Text = NO_TEXT


class Mailroom:
    """Delivers notices to the addresses of ``contacts``. All methods belong to one event loop."""

    def __init__(self, contacts: ContactsFile, within_s: float = WITHIN_S) -> None:
        self._contacts = contacts
        self._within_s = within_s
        self._places: dict[str, asyncio.Semaphore] = {}
        self._reading: asyncio.Future[Contacts] | None = None
        self._tries: set[asyncio.Task[Outcome | None]] = set()

    async def deliver(self, notice: Notice, wanted: Callable[[], bool] = lambda: True) -> Delivery | None:
        """Try all addresses of the contact; returns as soon as one took it, after ``within_s`` at most. Never raises.

        None when it had to wait for its turn and is no longer ``wanted`` then: nothing was sent.
        """
        try:
            async with asyncio.timeout(self._within_s):
                contacts = await self._current()
        except TimeoutError:
            return Delivery(False, NOT_READ)
        addresses = contacts.of(notice.contact)
        if not addresses:
            return Delivery(False, no_address(notice.contact))
        letter = Letter(notice.title, notice.body, urgent=notice.priority <= URGENT)
        pending = {asyncio.create_task(self._try(notice.contact, a, letter, wanted), name="notice") for a in addresses}
        for task in pending:
            self._tries.add(task)
            task.add_done_callback(self._tries.discard)
        failed: list[tuple[str, Text]] = []
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            outcomes = [outcome for task in done if (outcome := task.result()) is not None]
            if any(o.delivered for o in outcomes):
                return Delivery(True)
            failed += [(o.kind, o.reason) for o in outcomes]
        return Delivery(False, together(sorted(failed, key=lambda f: f[0]))) if failed else None

    async def _current(self) -> Contacts:
        """The contacts, by one thread for all who ask meanwhile: on a disk that hangs only that one hangs."""
        if self._reading is None or self._reading.done():
            self._reading = in_thread(self._contacts.current, "contacts")
        return await asyncio.shield(self._reading)

    async def _try(self, contact: str, address: Address, letter: Letter, wanted: Callable[[], bool]) -> Outcome | None:
        places = self._places.setdefault(address.url, asyncio.Semaphore(PER_ADDRESS))
        outcome = Outcome(False, address.kind, still_hanging(self._within_s))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._within_s):
                await places.acquire()
                if not wanted():
                    places.release()
                    return None
                outcome = Outcome(False, address.kind, no_answer(self._within_s))
                outcome = await asyncio.shield(in_thread(lambda: send(address, letter), "notice", places.release))
        if not outcome.delivered:
            _log.warning("%s was not told by %s: %s", contact, address, outcome.reason.en)
        return outcome

    async def close(self) -> None:
        """Wait for nothing: what is being sent ends by itself or with the process."""
        tries = list(self._tries)
        for task in tries:
            task.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


def in_thread(call: Callable[[], T], name: str, on_end: Callable[[], None] = lambda: None) -> asyncio.Future[T]:
    """The result of ``call`` from a thread of its own, which no end of the program waits for; then ``on_end`` in the loop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def finish(give: Callable[[], None]) -> None:
        on_end()
        if not future.done():
            give()

    def run() -> None:
        try:
            result = call()
        except Exception as error:
            give = lambda why=error: future.set_exception(why)  # noqa: E731
        else:
            give = lambda: future.set_result(result)  # noqa: E731
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(finish, give)

    threading.Thread(target=run, name=name, daemon=True).start()
    return future
