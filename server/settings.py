"""What the server is told at start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ServerSettings:
    """Settings of one server process; ``port`` 0 takes a free one (``DATA/server.json`` says which).

    ``allowed_hosts`` are names, beside IP addresses and localhost, by which panels may address this server: a page from
    elsewhere that resolves its own name to this machine (DNS rebinding) is refused.
    """

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    allowed_hosts: tuple[str, ...] = ()
    docs: bool = False
    max_body_bytes: int = 524_288
    max_live_clients: int = 64
    live_period_ms: int = 250
    max_queued_events: int = 10_000
