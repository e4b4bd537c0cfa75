"""All sinks of a data folder: each with a state, a thread and pauses of its own, so that none waits for another."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from historian.database import StoreVersionError
from historian.forwarder import Forwarder, ForwarderState, ForwarderStatus, Sink
from historian.influx import InfluxSink
from historian.outbox import retire_others
from historian.sink_words import OTHER_FAULT, file_fault
from historian.sinks_file import Sinks, SinkSettings
from line.clock import Clock

log = logging.getLogger(__name__)


def influx_sink(settings: SinkSettings) -> Sink:
    """The sink of ``settings``."""
    return InfluxSink(settings.target, settings.token_of)


def set_aside(folder: Path, names: Sequence[str]) -> None:
    """Set the states of all sinks but ``names`` aside; to be called before any of them is opened."""
    try:
        for name in retire_others(folder, names):
            log.warning("sink %s is no longer configured: its state is set aside, and nothing waits for it any more", name)
    except (sqlite3.Error, OSError):
        log.exception("states of sinks that are no longer configured cannot be set aside")


class SinkGroup:
    """Forwards one data folder to all of its sinks. Raises nothing for a sink that cannot be begun: its status says it."""

    def __init__(
        self, folder: Path, sinks: Sinks, line: str, clock: Clock, make: Callable[[SinkSettings], Sink] = influx_sink
    ) -> None:
        self._forwarders: list[Forwarder] = []
        self._failed: dict[str, ForwarderStatus] = {}
        for problem in sinks.problems:
            log.error("sinks: %s", problem)
        if sinks.problems:
            text = file_fault(sinks.problems[0])
            self._failed["sinks.yaml"] = ForwarderStatus(ForwarderState.DOWN, error=str(sinks.problems[0]), text=text)
        if sinks.names is not None:
            set_aside(folder, sinks.names)
        for settings in sinks.settings:
            try:
                sink = make(settings)
                self._forwarders.append(
                    Forwarder(folder, sink, line, clock, name=settings.name, backfill_per_s=settings.backfill_per_s)
                )
            except StoreVersionError as error:
                self._failed[settings.name] = ForwarderStatus(ForwarderState.DOWN, error=str(error), text=error.text)
            except (sqlite3.Error, OSError, ValueError) as error:
                log.exception("sink %s cannot be begun", settings.name)
                self._failed[settings.name] = ForwarderStatus(ForwarderState.DOWN, error=str(error), text=OTHER_FAULT)

    def start(self) -> None:
        """Begin to forward to every sink."""
        for forwarder in self._forwarders:
            forwarder.start()

    def status(self) -> list[tuple[str, ForwarderStatus]]:
        """How every sink stands, as of its last round; any thread."""
        return [*self._failed.items(), *((f.name, f.status()) for f in self._forwarders)]

    def close(self) -> None:
        """Stop all; returns once the request that takes longest has ended."""
        for forwarder in self._forwarders:
            forwarder.end()
        for forwarder in self._forwarders:
            forwarder.close()
