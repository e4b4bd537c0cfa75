"""The server process: API, users, history queries, the forwarder to InfluxDB and the notifier of people outside."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
from pathlib import Path

from historian.queries import SAMPLES_FOLDER, Queries
from historian.rollup_old import OldDays
from line.clock import SystemClock
from notify.contacts import FILE as CONTACTS
from notify.contacts import ContactsFile
from notify.notifier import Notifier
from potok.archive_service import archive_of
from potok.engine_process import stdin_closed
from potok.exit_codes import OK
from potok.forwarding import forwarder_factory, sinks_of
from potok.recipe_service import RecipeService
from potok.yamlfile import read_yaml
from server.main import serve
from server.ports import EnginePort, Notifying
from server.settings import ServerSettings


def run_server_process(options: argparse.Namespace) -> int:
    """Serve until told to stop; prints the first administrator's password when there was none yet."""
    asyncio.run(_run(options))
    return OK


async def _run(options: argparse.Namespace) -> None:
    settings = ServerSettings(options.data, options.host, options.port)
    sinks = sinks_of(options)
    archive = archive_of(options.data, sinks, options.line_id)
    serving = asyncio.create_task(
        serve(
            settings, Queries(options.data), forwarder_factory(options, sinks), archive=archive,
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
        if archive is not None:
            await archive.close()
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
