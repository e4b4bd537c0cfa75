"""The server process: build everything, listen, write ``DATA/server.json``, stop cleanly on SIGTERM and SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from line.clock import Clock, SystemClock
from line.files import write_private
from server.app import create_app
from server.engine_link import EngineLink
from server.ports import OFF, EnginePort, Forwarding, HistorySource, Notifying, OlderHistory, RecipeTools
from server.settings import ServerSettings
from server.users import Users
from server.workers import HISTORY_ERRORS

_log = logging.getLogger("potok.server")

GRACE_S: Final = 3
WS_MAX_BYTES: Final = 4096
PING_S: Final = 20.0


def run_server(
    settings: ServerSettings,
    history: HistorySource,
    make_forwarder: Callable[[], Forwarding] | None = None,
    *,
    make_notifier: Callable[[EnginePort], Notifying] | None = None,
    recipe_tools: RecipeTools | None = None,
    archive: OlderHistory | None = None,
    clock: Clock | None = None,
    on_first_run: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError when the address cannot be had.

    ``make_forwarder`` and ``make_notifier`` are called once, on the event loop's thread; what they make starts and stops with
    the server.
    ``on_first_run`` is told the first administrator's password, which is shown nowhere else.
    """
    asyncio.run(
        serve(
            settings, history, make_forwarder, make_notifier=make_notifier, recipe_tools=recipe_tools, archive=archive,
            clock=clock, on_first_run=on_first_run,
        )
    )  # fmt: skip


async def serve(
    settings: ServerSettings,
    history: HistorySource,
    make_forwarder: Callable[[], Forwarding] | None = None,
    *,
    make_notifier: Callable[[EnginePort], Notifying] | None = None,
    recipe_tools: RecipeTools | None = None,
    archive: OlderHistory | None = None,
    clock: Clock | None = None,
    on_first_run: Callable[[str], None] | None = None,
) -> None:
    """:func:`run_server` for a loop that runs already."""
    the_clock = clock or SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listener(settings))
        users = Users(settings.data_dir / "users.db", the_clock)
        stack.callback(users.close)
        secret = users.first_run()
        if secret is not None and on_first_run is not None:
            on_first_run(secret)
        link = EngineLink(settings.data_dir, the_clock, after_seq=await asyncio.to_thread(_newest_seq, history))
        forwarder = make_forwarder() if make_forwarder is not None else None
        status = forwarder.status if forwarder is not None else (lambda: OFF)
        app = create_app(settings, link, users, history, status, the_clock, recipe_tools, archive)
        parts = [part for part in (forwarder, make_notifier(link) if make_notifier is not None else None) if part is not None]
        async with contextlib.AsyncExitStack() as running:
            for part in parts:
                await part.start()
                running.push_async_callback(part.close)
            await PotokServer(app, settings.data_dir / "server.json").serve(sockets=[listener])


def _newest_seq(history: HistorySource) -> int:
    """0 when the journal cannot be read: the engine then sends all it has, which is slower and just as right."""
    try:
        return history.last_seq()
    except HISTORY_ERRORS:
        _log.exception("the journal cannot be read; the engine is asked for all its events")
        return 0


@contextlib.contextmanager
def _listener(settings: ServerSettings) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(128)
        listener.setblocking(False)
        yield listener


class AbortableWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's protocol, which can also drop a peer that reads nothing: ``close`` alone would wait for it for ever."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "abort": self.transport.abort}

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.transport.abort()


class PotokServer(uvicorn.Server):
    """uvicorn with our signals, and ``server.json`` for as long as it listens."""

    def __init__(self, app: FastAPI, server_file: Path) -> None:
        super().__init__(
            uvicorn.Config(
                app, ws=AbortableWebSocket, ws_max_size=WS_MAX_BYTES, ws_ping_interval=PING_S, ws_ping_timeout=PING_S,
                ws_per_message_deflate=False, http="h11", loop="asyncio", lifespan="on", log_config=None, access_log=False,
                server_header=False, proxy_headers=False, timeout_graceful_shutdown=GRACE_S,
            )
        )  # fmt: skip
        self._server_file = server_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            port = int(sockets[0].getsockname()[1])
            write_private(self._server_file, {"port": port, "pid": os.getpid()})
            _log.info("listening on port %d", port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._server_file.unlink(missing_ok=True)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """As uvicorn's, but a requested stop is a normal end (exit code 0), not a death by signal."""
        try:
            before = {s: signal.signal(s, self._on_signal) for s in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not the main thread: whoever runs us sets should_exit
            yield
            return
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.should_exit = True
