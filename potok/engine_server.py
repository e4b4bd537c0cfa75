"""The engine's side of the local link: servers connect, prove the token of ``engine.json``, read the line and submit commands."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from line.clock import NS_PER_S, SystemClock
from line.engine import Engine
from line.files import write_private
from line.gateway import Gateway
from line.image import Snapshot
from line.messages import Event, JsonObject
from line.wire import Decoder, Events, Hello, Image, Message, Submit, Submitted, View, Welcome, WireError, encode

log = logging.getLogger(__name__)

HELLO_WITHIN_S: Final = 5.0
SEND_WITHIN_S: Final = 30.0
TELL_AGAIN_S: Final = 2.0
_BACKFILL: Final = 1000

EventsAfter = Callable[[int, int], Sequence[Event]]
"""``(seq, limit)`` → the durable events after ``seq``, oldest first; called in a thread."""


class EngineServer:
    """Listens on an ephemeral port of 127.0.0.1 and writes it with a fresh token to ``DATA/engine.json`` (mode 0600)."""

    def __init__(self, engine: Engine, gateway: Gateway, description: JsonObject, events_after: EventsAfter, data: Path) -> None:
        self._engine = engine
        self._gateway = gateway
        self._description = description
        self._events_after = events_after
        self._file = data / "engine.json"
        self._token = secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen and tell where: on a disk without room as soon as it has some, for the scan runs all the same."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        try:
            self._tell(port)
        except OSError as error:
            log.error("%s cannot be written, so no server finds this engine: %s", self._file, error)
            task = asyncio.create_task(self._tell_later(port), name="engine link file")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _tell(self, port: int) -> None:
        write_private(self._file, {"port": port, "token": self._token, "pid": os.getpid()})

    async def _tell_later(self, port: int) -> None:
        clock = SystemClock()
        while True:
            await clock.sleep_until_ns(clock.monotonic_ns() + int(TELL_AGAIN_S * NS_PER_S))
            with suppress(OSError):
                self._tell(port)
                log.warning("%s is written: servers find this engine now", self._file)
                return

    async def stop(self) -> None:
        """Close every connection."""
        self._file.unlink(missing_ok=True)
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer), name="engine link")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            decoder = Decoder()
            hello, more = await asyncio.wait_for(_first(reader, decoder), HELLO_WITHIN_S)
            if hello is None or not hmac.compare_digest(hello.token.encode(), self._token.encode()):
                return
            last_seq = self._engine.last_seq
            writer.write(encode(Welcome(self._engine.plan.model.id, self._description, last_seq)))
            sender = asyncio.create_task(self._send(writer, hello.after_seq), name="engine link sender")
            receiver = asyncio.create_task(self._receive(reader, writer, decoder, more), name="engine link receiver")
            try:
                await asyncio.wait((sender, receiver), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sender.cancel()
                receiver.cancel()
                ends = await asyncio.gather(sender, receiver, return_exceptions=True)
            _report(ends)
        except (WireError, OSError, TimeoutError):
            return  # a stranger or a broken connection: closed below; the server connects anew
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _receive(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, decoder: Decoder, messages: Sequence[Message]
    ) -> None:
        """Take the commands of one server; ``messages`` are those that came in one piece with its Hello."""
        while True:
            for message in messages:
                if not isinstance(message, Submit):
                    raise WireError("a server may only submit commands")
                self._submit(message, writer)
            data = await reader.read(65536)
            if not data:
                return
            messages = decoder.feed(data)

    def _submit(self, message: Submit, writer: asyncio.StreamWriter) -> None:
        command_id = message.command.id

        def journalled() -> None:
            if not writer.is_closing():
                writer.write(encode(Submitted(command_id, True)))

        if not self._engine.submit(message.command, journalled):
            journalled()

    async def _send(self, writer: asyncio.StreamWriter, after_seq: int) -> None:
        subscription = self._gateway.subscribe()
        try:
            sent = await self._backfill(writer, after_seq)
            while True:
                await subscription.wait()
                image, views, events = subscription.take()
                if image is not None:
                    writer.write(encode(_image(image)))
                for name, view in views.items():
                    writer.write(encode(View(name, view)))
                fresh = tuple(e for e in events if e.seq > sent)
                if fresh:
                    sent = fresh[-1].seq
                    writer.write(encode(Events(fresh)))
                await _drain(writer)
        finally:
            self._gateway.unsubscribe(subscription)

    async def _backfill(self, writer: asyncio.StreamWriter, after_seq: int) -> int:
        """Events that the server missed, from the journal; those that become durable meanwhile wait in the subscription."""
        if after_seq < 0:
            return -1
        while True:
            events = await asyncio.to_thread(self._events_after, after_seq, _BACKFILL)
            if not events:
                return after_seq
            writer.write(encode(Events(tuple(events))))
            await _drain(writer)
            after_seq = events[-1].seq


def _report(ends: Sequence[BaseException | None]) -> None:
    """A broken connection is nothing to report; anything else is a fault of ours or of the disk, and the server comes again."""
    for end in ends:
        if isinstance(end, Exception) and not isinstance(end, WireError | OSError):
            log.error("the link to a server failed", exc_info=end)


async def _drain(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(SEND_WITHIN_S):  # not wait_for, which on Python 3.11 can lose a cancellation
        await writer.drain()


async def _first(reader: asyncio.StreamReader, decoder: Decoder) -> tuple[Hello | None, Sequence[Message]]:
    """The Hello that a connection has to begin with, and what came in one piece with it."""
    while data := await reader.read(65536):
        messages = decoder.feed(data)
        if messages:
            first, *rest = messages
            return (first if isinstance(first, Hello) else None), rest
    return None, ()


def _image(image: Snapshot) -> Image:
    return Image(image.scan, image.now_ns, image.value, image.status, image.source_ns, image.server_ns, image.strings)
