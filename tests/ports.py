"""Ports for servers that a test stops and starts again, or whose port must be known before they run."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Iterator
from typing import Final

LOW: Final = 20_000
SHARE: Final = 1_500
"""Ports of one test process. All lie below 32768, where the kernel begins to take ports for outgoing connections: a client that
knocks at a stopped server's port could otherwise be given that very port, and talk to itself."""


def _own() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 8
    return itertools.cycle(range(LOW + worker * SHARE, LOW + (worker + 1) * SHARE))


_PORTS: Final = _own()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no other test is given for long."""
    for port in itertools.islice(_PORTS, SHARE):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"every port from {LOW} on is taken")
