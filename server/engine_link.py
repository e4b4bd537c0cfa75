"""The server's end of the engine's local socket: latest image and views, every event, and commands with their answer.

The link connects for ever. When it breaks, the engine counts as down at once: no value stays Good, and no command is taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from line.clock import NS_PER_S, Clock
from line.messages import Command, JsonObject
from line.quality import Status, bad_mask
from line.wire import Decoder, Events, Hello, Image, Message, Submit, Submitted, View, Welcome, WireError, encode
from server.line_index import LineIndex
from server.ports import EngineDownError, EngineListener

_log = logging.getLogger("potok.server.link")

RETRY_FIRST_S: Final = 0.2
RETRY_LAST_S: Final = 2.0
SILENCE_S: Final = 10.0
SUBMIT_TIMEOUT_S: Final = 5.0
CONNECT_TIMEOUT_S: Final = 5.0
_READ_BYTES: Final = 1 << 18


class EngineFile(BaseModel):
    """``DATA/engine.json``: where the engine listens and the token that proves the right to speak to it."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    port: Annotated[int, Field(ge=1, le=65535)]
    token: str
    pid: int = 0


class _LinkBrokenError(Exception):
    """The connection is of no more use; the text says why."""


class EngineLink:
    """See :class:`server.ports.EnginePort`. All methods belong to one event loop."""

    def __init__(self, data_dir: Path, clock: Clock, *, after_seq: int = 0, silence_s: float = SILENCE_S) -> None:
        self._file = data_dir / "engine.json"
        self._clock = clock
        self._silence_s = silence_s
        self._received_seq = after_seq
        self._announced_seq = after_seq
        self._listeners: list[EngineListener] = []
        self._line: LineIndex | None = None
        self._image: Image | None = None
        self._views: dict[str, JsonObject] = {}
        self._up = False
        self._why_down = ""
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[str, asyncio.Future[Submitted]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        return self._up

    @property
    def line(self) -> LineIndex | None:
        return self._line

    @property
    def image(self) -> Image | None:
        return self._image

    @property
    def views(self) -> Mapping[str, JsonObject]:
        return self._views

    @property
    def last_seq(self) -> int:
        return max(self._received_seq, self._announced_seq)

    def listen(self, listener: EngineListener) -> None:
        self._listeners.append(listener)

    async def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="engine link")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def submit(self, command: Command) -> Submitted:
        writer = self._writer
        if not self._up or writer is None:
            raise EngineDownError(sent=False)
        future: asyncio.Future[Submitted] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = future
        try:
            writer.write(encode(Submit(command)))
            async with asyncio.timeout(SUBMIT_TIMEOUT_S):
                await writer.drain()
                return await future
        except (TimeoutError, OSError) as error:
            raise EngineDownError(sent=True) from error
        finally:
            self._waiting.pop(command.id, None)
            if not future.cancel() and not future.cancelled():
                future.exception()  # seen: the link broke while the command was still being written

    # -- connection

    async def _run(self) -> None:
        retry_s = RETRY_FIRST_S
        while True:
            was_up = False
            try:
                await self._session()
            except (OSError, ValueError, TimeoutError, _LinkBrokenError) as error:
                was_up = self._up
                self._say_down(error)
            except Exception:  # a fault of ours must not end the link: it is logged, and the engine is asked anew
                was_up = self._up
                _log.exception("engine link failed")
            finally:
                self._down()
            retry_s = RETRY_FIRST_S if was_up else min(RETRY_LAST_S, retry_s * 2)
            await self._clock.sleep_until_ns(self._clock.monotonic_ns() + int(retry_s * NS_PER_S))

    def _say_down(self, error: Exception) -> None:
        """Log the edge: once when the link is lost, and once more only for another reason."""
        why = f"{type(error).__name__}: {error}"
        if why != self._why_down:
            self._why_down = why
            not_started = isinstance(error, FileNotFoundError)
            _log.log(logging.INFO if not_started else logging.WARNING, "engine link down: %s", why)

    async def _session(self) -> None:
        """One connection, until it breaks; always ends with an exception."""
        where = _read_engine_file(self._file)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection("127.0.0.1", where.port, limit=_READ_BYTES)
        self._writer = writer
        try:
            writer.write(encode(Hello(where.token, self._received_seq)))
            decoder = Decoder()
            while True:
                async with asyncio.timeout(self._silence_limit_s()):
                    data = await reader.read(_READ_BYTES)
                if not data:
                    raise _LinkBrokenError("the engine closed the connection")
                for message in decoder.feed(data):
                    self._take(message)
        finally:
            self._writer = None
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _silence_limit_s(self) -> float:
        """The engine speaks at every scan; silent for longer it is stopped, whatever its socket says."""
        period_s = self._line.period_ms / 1000.0 if self._line is not None else 0.0
        return max(self._silence_s, 5.0 * period_s)

    def _down(self) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(EngineDownError(sent=True))
        self._waiting.clear()
        if not self._up:
            return
        self._up = False
        if self._image is not None:
            self._image = _without_good(self._image)
        for listener in self._listeners:
            listener.on_state(False)
            listener.on_image()

    # -- messages

    def _take(self, message: Message) -> None:
        if isinstance(message, Welcome):
            self._welcome(message)
        elif not self._up:
            raise WireError(f"{type(message).__name__} came before Welcome")
        elif isinstance(message, Image):
            self._take_image(message)
        elif isinstance(message, View):
            self._views[message.name] = message.data
            for listener in self._listeners:
                listener.on_view(message.name)
        elif isinstance(message, Events):
            self._take_events(message)
        elif isinstance(message, Submitted):
            future = self._waiting.get(message.id)
            if future is not None and not future.done():
                future.set_result(message)
        else:
            raise WireError(f"the engine sent {type(message).__name__}")

    def _welcome(self, message: Welcome) -> None:
        line = LineIndex.from_description(message.description)
        changed = self._line is not None and (self._line.names != line.names or self._line.description != line.description)
        if changed:
            self._image = None
            self._views = {}
        self._line = line
        self._announced_seq = message.last_seq
        if message.last_seq < self._received_seq:
            _log.warning("the engine's journal ends at %d, not at %d: it is another one", message.last_seq, self._received_seq)
            self._received_seq = message.last_seq
        self._up = True
        self._why_down = ""
        _log.info("engine link up: line %s", message.line)
        for listener in self._listeners:
            listener.on_line(changed, message.last_seq)
            listener.on_state(True)

    def _take_image(self, image: Image) -> None:
        if self._line is None or len(image.value) != len(self._line.names):
            raise WireError(f"an image of {len(image.value)} tags does not fit the line's description")
        self._image = image
        for listener in self._listeners:
            listener.on_image()

    def _take_events(self, message: Events) -> None:
        fresh = tuple(e for e in message.events if e.seq > self._received_seq)
        if any(b.seq <= a.seq for a, b in pairwise(fresh)):
            raise WireError("events out of order")
        if fresh:
            self._received_seq = fresh[-1].seq
            for listener in self._listeners:
                listener.on_events(fresh)


def _read_engine_file(path: Path) -> EngineFile:
    """Raises FileNotFoundError when no engine ever ran here, _LinkBrokenError for a file that says nothing useful."""
    try:
        return EngineFile.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise _LinkBrokenError(f"{path.name} cannot be read") from error


def _without_good(image: Image) -> Image:
    """The image with every value that was not Bad marked as the last usable one (OPC 10000-8)."""
    lost = np.uint32(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)
    status = np.where(bad_mask(image.status), image.status, lost)
    status.flags.writeable = False
    return dataclasses.replace(image, status=status)
