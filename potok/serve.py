"""``potok serve``: engine and server as processes of their own, each watched and restarted alone."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from line.clock import SystemClock
from potok.engine_process import stdin_closed, watch_stop
from potok.processes import Child, keep_running, read_when_there
from potok.server_process import show_first_secret
from server.users import Users

_LISTENS_WITHIN_S = 60.0


def run_serve(options: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    first_run(options.data)
    return asyncio.run(_serve(options))


def first_run(data: Path, on_secret: Callable[[str], None] = show_first_secret) -> None:
    """Create the first administrator of a new data folder and show its password, once."""
    users = Users(data / "users.db", SystemClock())
    try:
        secret = users.first_run()
    finally:
        users.close()
    if secret is not None:
        on_secret(secret)


def engine_arguments(options: argparse.Namespace, endpoints: Sequence[str]) -> list[str]:
    """The command line of the engine process."""
    arguments = ["--log", options.log, "engine", options.line, "--data", str(options.data), "--follow-stdin"]
    arguments += ["--realtime", getattr(options, "realtime", "off")]  # the demo has no such option: it shares the machine
    if hasattr(options, "speed"):  # the demo's: its simulators run faster than real
        arguments += ["--pace", str(options.speed)]
    for endpoint in endpoints:
        arguments += ["--endpoint", endpoint]
    return arguments


def server_arguments(options: argparse.Namespace) -> list[str]:
    """The command line of the server process."""
    arguments = [
        "--log",
        options.log,
        "server",
        "--data",
        str(options.data),
        "--follow-stdin",
        "--line-id",
        options.line_id,
        "--line",
        options.line,
    ]
    if getattr(options, "contacts_told", False):  # the demo has not looked
        arguments.append("--contacts-told")
    arguments += ["--host", options.host, "--port", str(options.port)]
    if options.influx:
        arguments += ["--influx", options.influx, "--influx-org", options.influx_org, "--influx-bucket", options.influx_bucket]
        if options.influx_token_file is not None:
            arguments += ["--influx-token-file", str(options.influx_token_file)]
    return arguments


async def _serve(options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    watch_stop(stop)
    watcher = asyncio.create_task(stdin_closed(stop)) if options.follow_stdin else None
    try:
        return await run_children(options, options.endpoint, stop, announce=True)
    finally:
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher


async def run_children(
    options: argparse.Namespace,
    endpoints: Sequence[str],
    stop: asyncio.Event,
    *,
    announce: bool,
    on_url: Callable[[str], None] = lambda _url: None,
) -> int:
    """Keep engine and server running until ``stop``; the exit code is not 0 when one of them can never run."""
    clock = SystemClock()
    server_file = options.data / "server.json"
    await asyncio.to_thread(server_file.unlink, True)
    engine = Child("engine", engine_arguments(options, endpoints))
    server = Child("server", server_arguments(options))
    engine_stop = asyncio.Event()  # the server ends first: an engine that ends before it would look like a lost link
    serving = asyncio.create_task(keep_running(server, clock, stop), name="keep server")
    running = asyncio.create_task(keep_running(engine, clock, engine_stop), name="keep engine")
    try:
        listening = await read_when_there(server_file, clock, _LISTENS_WITHIN_S, stop)
        if listening:
            url = f"http://{options.host}:{listening['port']}"
            on_url(url)
            if announce:
                print(f"listening on {url} (Ctrl-C ends)", flush=True)
        await asyncio.wait((serving, running), return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        code = await serving
        engine_stop.set()
        return max(code, await running)
    except TimeoutError as error:
        print(f"potok: the server does not start: {error}", file=sys.stderr)
        return 1
    finally:
        stop.set()
        await asyncio.gather(serving, return_exceptions=True)
        engine_stop.set()
        await asyncio.gather(running, return_exceptions=True)
