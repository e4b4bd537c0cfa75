"""What the server process forwards, and where to: ``DATA/sinks.yaml`` and the options of the command line."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from historian.forwarder import ForwarderState, ForwarderStatus
from historian.influx import InfluxTarget
from historian.sinks import SinkGroup, set_aside
from historian.sinks_file import Sinks, SinkSettings, no_token, read_sinks, token_from
from line.clock import SystemClock
from line.messages import JsonObject
from potok.yamlfile import read_yaml
from server.ports import ForwarderStatus as ServerStatus
from server.ports import Forwarding

log = logging.getLogger(__name__)

OPTION_NAME: Final = "influx"
"""What the sink of ``--influx`` is called."""


class ForwarderService:
    """The historian's sinks as the server runs them: their threads start and end without holding up the event loop."""

    def __init__(self, group: SinkGroup) -> None:
        self._group = group

    def status(self) -> ServerStatus:
        sinks = self._group.status()
        states = {status.state for _, status in sinks}
        state: Literal["up", "down", "off"] = (
            "down" if ForwarderState.DOWN in states else "up" if ForwarderState.UP in states else "off"
        )
        return ServerStatus(state, max((s.backlog for _, s in sinks), default=0), [sink_json(n, s) for n, s in sinks])

    async def start(self) -> None:
        self._group.start()

    async def close(self) -> None:
        await asyncio.to_thread(self._group.close)


def sink_json(name: str, status: ForwarderStatus) -> JsonObject:
    """One sink as ``GET /api/health`` shows it."""
    return {
        "name": name,
        "state": status.state.value,
        "backlog": status.backlog,
        "behind": status.behind,
        "rate_per_s": round(status.rate_per_s, 1),
        "left_s": None if status.left_s is None else round(status.left_s),
        "forwarded": status.forwarded,
        "dead": status.dead,
        "text": status.text.to_json() if status.text.en else None,
    }


def sinks_of(options: argparse.Namespace) -> Sinks:
    """The sinks of the file and of ``--influx``. Raises OSError when its token file cannot be read."""
    sinks = read_sinks(options.data, read_yaml)
    if not options.influx:
        return sinks
    if OPTION_NAME in (sinks.names or ()):
        log.warning("sinks.yaml has a sink %s of its own: --influx is not used", OPTION_NAME)
        return sinks
    target = InfluxTarget(options.influx, options.influx_org, options.influx_bucket)
    token_of = no_token
    if options.influx_token_file is not None:
        token_of = token_from(options.influx_token_file)
        token_of()
    ours = SinkSettings(OPTION_NAME, target, token_of)
    names = None if sinks.names is None else (OPTION_NAME, *sinks.names)
    return replace(sinks, settings=(ours, *sinks.settings), names=names)


def forwarder_factory(options: argparse.Namespace, sinks: Sinks) -> Callable[[], Forwarding] | None:
    """How to make the forwarder, or None when nothing is to be forwarded."""
    if not sinks.settings and not sinks.problems:
        set_aside(options.data, ())
        return None

    def make() -> Forwarding:
        return ForwarderService(SinkGroup(options.data, sinks, options.line_id, SystemClock()))

    return make
