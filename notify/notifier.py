"""What the server process does for escalation: sends what stands in the engine's ``outbox`` and reports what came of it.

When to try, how often and whom to tell next is the engine's to decide (stage ``escalation``). Each attempt is sent once; what
stands in the outbox when the server starts is sent again, since nobody knows how far it had come: at least once, never lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from line.clock import Clock
from line.jsontools import objects, whole
from line.messages import Command, CommandKind, Event, JsonObject
from notify.contacts import FILE, Contacts, ContactsFile, shown
from notify.delivery import WITHIN_S, Delivery, Mailroom, Notice, in_thread
from notify.reasons import NOT_TAKEN
from server.ports import EngineDownError, EnginePort

_log = logging.getLogger("potok.notify")

VIEW: Final = "escalation"
USER: Final = "notifier"
ROLE: Final = "admin"
AGAIN_S: Final = 2.0
"""A result that the engine did not take while its link stands is offered again after this time."""

Key: TypeAlias = tuple[str, int]
"""Notice id and attempt."""


@dataclass(frozen=True)
class _Result:
    delivery: Delivery
    said: bool = False


class Notifier:
    """Listens to the engine's view ``escalation`` (:class:`server.ports.EngineListener`). Belongs to one event loop."""

    def __init__(
        self, engine: EnginePort, contacts: ContactsFile, clock: Clock, within_s: float = WITHIN_S, *, told: bool = False
    ) -> None:
        """``told``: what is wrong with the file has been told already, as it stands at the start."""
        self._engine = engine
        self._clock = clock
        self._contacts = contacts
        self._mailroom = Mailroom(contacts, within_s)
        self._due: frozenset[Key] = frozenset()
        self._sending: dict[Key, asyncio.Task[None]] = {}
        self._results: dict[Key, _Result] = {}
        self._back = False
        self._known = False
        self._read = False
        self._told = told
        self._news = asyncio.Event()
        self._own: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen; returns at once. Before the link to the engine is started."""
        self._contacts.on_read = self._on_read
        self._engine.listen(self)
        self._run(self._report(), "notice results")

    async def close(self) -> None:
        """Stop; what has not been answered is sent again after the next start."""
        tasks = [*self._own, *self._sending.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._mailroom.close()

    def waiting(self) -> list[Key]:
        """Attempts whose result the engine has not taken yet."""
        return [key for key, result in self._results.items() if not result.said]

    def _run(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._own.add(task)
        task.add_done_callback(self._own.discard)

    # -- the engine

    def on_state(self, up: bool) -> None:
        """The link came up: what was answered and still stands in the outbox has been lost and is said again."""
        self._back = up
        self._news.set()

    def on_line(self, changed: bool, last_seq: int) -> None:
        """Contacts that the line tells and the file does not know, or the other way round, are logged."""
        if not changed and self._known:
            return
        self._known = True
        self._run(self._compare(), "contacts")

    def on_image(self) -> None:
        """Nothing to do."""

    def on_events(self, events: Sequence[Event]) -> None:
        """Nothing to do."""

    def on_view(self, name: str) -> None:
        """Send what is new in the outbox; forget what the engine has taken from it."""
        if name != VIEW:
            return
        notices = {(n.id, n.attempt): n for n in outbox(self._engine.views[VIEW])}
        self._due = frozenset(notices)
        if self._back:
            self._back = False
            self._results = {k: _Result(r.delivery) for k, r in self._results.items() if k in self._due or not r.said}
            self._news.set()
        self._results = {k: r for k, r in self._results.items() if k in self._due or not r.said}
        for key, notice in notices.items():
            if key not in self._sending and key not in self._results:
                self._sending[key] = asyncio.create_task(self._send(key, notice), name=f"notice {notice.id}")

    # -- sending and reporting

    async def _send(self, key: Key, notice: Notice) -> None:
        try:
            delivery = await self._deliver(key, notice)
            if delivery is not None:
                self._results[key] = _Result(delivery)
                self._news.set()
        finally:
            del self._sending[key]

    async def _deliver(self, key: Key, notice: Notice) -> Delivery | None:
        try:
            return await self._mailroom.deliver(notice, lambda: key in self._due)
        except Exception as error:  # a fault of ours costs this attempt only; its words might name an address
            _log.error("notice %s failed: %s", notice.id, type(error).__name__)
            return Delivery(False, NOT_TAKEN)

    async def _report(self) -> None:
        """Hand results to the engine for as long as it takes."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_S):
                    await self._news.wait()
            self._news.clear()
            for key, result in list(self._results.items()):
                if self._engine.up and not result.said and not await self._submit(key, result.delivery):
                    break

    async def _submit(self, key: Key, delivery: Delivery) -> bool:
        """Say one result. False when the engine cannot be asked now; what it did not take is offered again with the others."""
        notice, attempt = key
        args: JsonObject = {"attempt": attempt, "delivered": delivery.delivered, "error": delivery.error.to_json()}
        now_ns = self._clock.now_ns()
        command = Command(uuid.uuid4().hex, CommandKind.NOTICE_RESULT, notice, args, USER, ROLE, "", now_ns)
        try:
            answer = await self._engine.submit(command)
        except EngineDownError:  # it may have arrived: said twice, the engine refuses the second
            return False
        except Exception:  # a fault of ours must not end the reporting
            _log.exception("the result of notice %s cannot be handed over", notice)
            return True
        if not answer.ok:
            _log.warning("the engine did not take the result of notice %s: %s", notice, answer.message)
            return True
        self._results[key] = _Result(delivery, said=True)
        return True

    # -- the file of contacts

    def _on_read(self, contacts: Contacts) -> None:
        """In the thread that read the file. How it fits the line is told anew when it was read again."""
        again, self._read = self._read, True
        if not again and self._told:
            return
        line = self._engine.line
        outside = told_outside(line.description) if again and line is not None else None
        for remark in faults(contacts) if outside is None else remarks(contacts, outside):
            _log.warning("%s", remark)

    async def _compare(self) -> None:
        """How the file fits the line that the engine has: no warning, for ``potok serve`` has told it at its start."""
        contacts = await in_thread(self._contacts.current, "contacts")
        if self._engine.line is not None:
            for remark in unmatched(contacts, told_outside(self._engine.line.description)):
                _log.info("%s", remark)


def outbox(view: JsonObject) -> list[Notice]:
    """The attempts that are due, in the engine's view ``escalation``."""
    return [
        Notice(str(n["id"]), whole(n["attempt"]), str(n["contact"]), str(n["title"]), str(n["body"]), whole(n["priority"]))
        for n in objects(view.get("outbox"))
    ]


def told_outside(description: JsonObject) -> dict[str, bool]:
    """The contacts of a line's description (``GET /api/line``), and whether they are told outside the panels."""
    escalation = description.get("escalation")
    contacts = objects(escalation.get("contacts")) if isinstance(escalation, Mapping) else []
    return {str(c["id"]): bool(c["outside"]) for c in contacts}


def faults(contacts: Contacts) -> list[str]:
    """What is wrong with the file itself."""
    return [*(str(p) for p in contacts.problems), *contacts.remarks]


def unmatched(contacts: Contacts, outside: Mapping[str, bool]) -> list[str]:
    """Contacts of the line (``outside``) that nobody can reach, and contacts of the file that the line does not have.

    One cause once: a contact whose addresses are faulty, or all while the file cannot be read, is not told to have none.
    """
    keys = [p.key.split(".") for p in contacts.problems]
    unread = not contacts.addresses and [""] in keys
    faulty = {k[1] for k in keys if k[0] == "contacts" and len(k) > 1}
    missing = [c for c, told in outside.items() if told and not contacts.of(c) and not unread and c not in faulty]
    found = [f"{FILE}: the contact '{c}' is told outside the panels and has no address. Add contacts.{c}" for c in missing]
    known = ", ".join(outside) or "none"
    unknown = [c for c in contacts.addresses if c not in outside]
    found += [
        f"{FILE}: the line has no contact '{shown(c)}'. Correct its name (there are: {known}) or remove it" for c in unknown
    ]
    return found


def remarks(contacts: Contacts, outside: Mapping[str, bool]) -> list[str]:
    """Everything about ``contacts.yaml`` that a person should put right."""
    return faults(contacts) + unmatched(contacts, outside)
