"""What must hold before anything of ``serve``, ``demo`` or ``panel`` is started: told once, by the process that a person sees."""

from __future__ import annotations

import argparse
import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from line.clock import SystemClock
from potok.build import build_drivers
from potok.linefolder import LoadedLine

_ANSWERS_WITHIN_S: Final = 1.0


def check_start(options: argparse.Namespace, line: LoadedLine, endpoints: Mapping[str, str]) -> None:
    """Endpoints, token file, data folder and port of a server that is about to start; writes nothing but the data folder.

    ``options.port`` is the port to be used afterwards. Raises ValueError for a wrong endpoint, OSError for what this
    machine does not allow.
    """
    build_drivers(line, SystemClock(), endpoints, options.data)
    if options.influx_token_file is not None:
        _readable(options.influx_token_file)
    options.port = check_listening(options.host, options.port)  # a free port stays the same when the server is restarted
    check_data_folder(options.data)


def check_listening(host: str, port: int) -> int:
    """The port, a free one for 0. Raises OSError that says what to do when ``host:port`` cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    except OSError as error:
        raise OSError(
            f"cannot listen on {host}:{port} ({error.strerror or error}): end the program that holds the port, or choose another "
            f"with --port (0 takes a free one) or --host"
        ) from error


def check_data_folder(data: Path) -> None:
    """Make the folder where it is missing. Raises OSError when it cannot be written or an engine works in it already."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe = data / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OSError(f"{data} cannot be the data folder ({error.strerror}): name a folder that may be written") from error
    pid = _engine_in(data)
    if pid:
        raise OSError(f"an engine works in {data} already (process {pid}): end it, or name another data folder")


def _engine_in(data: Path) -> int:
    """Process id of the engine that answers at the address in ``engine.json``, a file that a killed one leaves behind; or 0."""
    try:
        found = json.loads((data / "engine.json").read_text(encoding="utf-8"))
        socket.create_connection(("127.0.0.1", int(found["port"])), timeout=_ANSWERS_WITHIN_S).close()
        return int(found["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def check_url(url: str) -> None:
    """Raises ValueError when ``url`` cannot be the address of a server."""
    parts = urlsplit(url)
    try:
        right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        right = False
    if not right:
        raise ValueError(f"'{url}' is no address of a server; write http://HOST:PORT, as 'potok serve' prints it")


def _readable(path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise OSError(f"the token file {path} cannot be read ({error.strerror})") from error
