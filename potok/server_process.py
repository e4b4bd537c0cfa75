"""The server process: API, users, history queries, the forwarder to InfluxDB and the notifier of people outside."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from historian.forwarder import Forwarder
from historian.influx import InfluxSink, InfluxTarget
from historian.queries import SAMPLES_FOLDER, Queries
from historian.rollup_old import OldDays
from line.clock import SystemClock
from notify.contacts import FILE as CONTACTS
from notify.contacts import ContactsFile
from notify.notifier import Notifier
from potok.engine_process import stdin_closed
from potok.exit_codes import OK
from potok.recipe_service import RecipeService
from potok.yamlfile import read_yaml
from server.main import serve
from server.ports import EnginePort, ForwarderStatus, Forwarding, Notifying
from server.settings import ServerSettings


class ForwarderService:
    """The historian's forwarder as the server runs it: its thread starts and ends without holding up the event loop."""

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    def status(self) -> ForwarderStatus:
        status = self._forwarder.status()
        return ForwarderStatus(status.state.value, status.backlog)

    async def start(self) -> None:
        self._forwarder.start()

    async def close(self) -> None:
        await asyncio.to_thread(self._forwarder.close)


def run_server_process(options: argparse.Namespace) -> int:
    """Serve until told to stop; prints the first administrator's password when there was none yet."""
    asyncio.run(_run(options))
    return OK


async def _run(options: argparse.Namespace) -> None:
    settings = ServerSettings(options.data, options.host, options.port)
    serving = asyncio.create_task(
        serve(
            settings, Queries(options.data), forwarder_factory(options),
            make_notifier=lambda link: notifier(link, options.data, told=options.contacts_told), on_first_run=show_first_secret,
            recipe_tools=RecipeService(options.line) if options.line else None,
        ),
        name="server",
    )  # fmt: skip
    watcher = asyncio.create_task(_stop_with_parent()) if options.follow_stdin else None
    old_days = OldDays(options.data / SAMPLES_FOLDER)
    old_days.start()
    try:
        await serving
    finally:
        await asyncio.to_thread(old_days.stop)
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher


def notifier(engine: EnginePort, data: Path, *, told: bool = False) -> Notifying:
    """Who sends the notices of the stage ``escalation``, to the addresses of ``DATA/contacts.yaml``.

    ``told``: whoever started this process has told what is wrong with that file.
    """
    return Notifier(engine, ContactsFile(data / CONTACTS, read_yaml), SystemClock(), told=told)


async def _stop_with_parent() -> None:
    """The end of the parent's pipe is taken as SIGTERM, for which the server has an orderly way out."""
    await stdin_closed(asyncio.Event())
    signal.raise_signal(signal.SIGTERM)


def show_first_secret(secret: str) -> None:
    """The one time that the first administrator's password is shown."""
    print(f"first start: user admin, password {secret} (shown this once; it has to be changed at the first login)", flush=True)


def forwarder_factory(options: argparse.Namespace) -> Callable[[], Forwarding] | None:
    """How to make the forwarder, or None when no InfluxDB was named. Raises OSError for a token file that cannot be read."""
    if not options.influx:
        return None
    token = _token(options.influx_token_file)
    target = InfluxTarget(options.influx, options.influx_org, options.influx_bucket, token)

    def make() -> Forwarding:
        return ForwarderService(Forwarder(options.data, InfluxSink(target), options.line_id, SystemClock()))

    return make


def _token(path: Path | None) -> str:
    return path.read_text(encoding="utf-8").strip() if path is not None else ""
