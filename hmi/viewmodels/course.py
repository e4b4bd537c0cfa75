"""What happened to one thing (an order, a service request): its events of one kind, read back until the one that made it."""

from __future__ import annotations

from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import KEPT, EventLog, LogEvent
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

MADE: Final = "created"


class Course:
    """The events of a kind, for one source at a time. Asks for older ones only while that source's first one is missing."""

    def __init__(self, kind: str) -> None:
        self._log = EventLog(kind, wanted=KEPT)
        self._was_live = False

    def of(self, source: str) -> list[LogEvent]:
        """What is known of it, oldest first."""
        return [e for e in self._log.events() if e.source == source]

    def whole(self, source: str) -> bool:
        """True when nothing is missing: the event that made it is there, or the journal has nothing older."""
        return self._log.complete or any(wire.text(e.data, "what") == MADE for e in self.of(source))

    def request(self, store: LineStore, source: str, mono_ns: int) -> Obj | None:
        """Take what came by itself; parameters of the next ``GET /api/events``, None while nothing is to be asked."""
        if store.live and not self._was_live:
            self._log.restart()
        self._was_live = store.live
        self._log.live(store)
        if not source or not store.live or self.whole(source):
            return None
        return self._log.request(mono_ns)

    def take(self, reply: Obj) -> None:
        """The answer."""
        self._log.take(reply)
