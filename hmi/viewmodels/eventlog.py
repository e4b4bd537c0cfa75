"""Events of some kinds, oldest first: pages fetched backwards from the journal, live ones appended, none twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

BLOCK: Final = 20_000
"""Sequence numbers looked through with one request; the kinds wanted are a small part of them."""
PAGE: Final = 5000
"""The server's limit of events in one answer."""
KEPT: Final = 5000
NEWEST: Final = 2**62
ANSWER_WITHIN_NS: Final = 10_000_000_000


@dataclass(frozen=True)
class LogEvent:
    """An event of the journal; ``data`` as docs/ARCHITECTURE.md lists it."""

    seq: int
    time_ns: int
    kind: str
    source: str
    unit: str
    batch: str
    data: Obj


def log_event(entry: Obj) -> LogEvent:
    """Read one event."""
    return LogEvent(
        wire.integer(entry, "seq"), wire.integer(entry, "time_ns"), wire.text(entry, "kind"), wire.text(entry, "source"),
        wire.text(entry, "unit"), wire.text(entry, "batch"), wire.obj(entry, "data"),
    )  # fmt: skip


class EventLog:
    """The newest events of one kind. :meth:`request` says what to fetch next, :meth:`take` takes the answer.

    First the number of the newest event is asked for, then blocks of :data:`BLOCK` numbers, newest block first, until
    ``wanted`` events are there or the journal's start is reached. One request is on its way at a time.
    """

    def __init__(self, kind: str, *, wanted: int = 200, oldest_ns: int = 0) -> None:
        self.kind = kind
        self.wanted = wanted
        self.oldest_ns = oldest_ns
        self._events: dict[int, LogEvent] = {}
        self._sorted: list[LogEvent] | None = []
        self._last = -1
        self._after = 0
        self._upto = 0
        self._asked_ns: int | None = None
        self._outdated = False
        self._live_seen = 0
        self._gap_to = 0
        self._resume = NEWEST

    @property
    def complete(self) -> bool:
        """True when nothing older is wanted or to be had."""
        if self._last < 0:
            return False
        events = self.events()
        reached = bool(self.oldest_ns and events and events[0].time_ns < self.oldest_ns)
        joined = not self._gap_to or self._upto <= self._gap_to
        return self._upto <= 0 or (joined and (len(events) >= self.wanted or reached))

    def restart(self) -> None:
        """Ask again from the newest down to what is held: after a lost connection, or unwatched, something may be missing."""
        if self._last >= 0:
            self._resume = self._upto
        self._gap_to = max(self._events, default=0)
        self._last = -1
        self._outdated = self._asked_ns is not None  # its answer is still to come, and belongs to the question before

    def want_more(self, count: int) -> None:
        """Older events are wanted too: ``count`` more than are held."""
        self.wanted = min(KEPT, len(self._events) + count)

    def request(self, mono_ns: int) -> Obj | None:
        """Parameters of the next ``GET /api/events``; None while an answer is awaited or nothing is wanted."""
        if self._asked_ns is not None and mono_ns - self._asked_ns < ANSWER_WITHIN_NS:
            return None
        if self.complete:
            return None
        self._asked_ns, self._outdated = mono_ns, False
        if self._last < 0:
            return {"after": NEWEST, "limit": 1, "kind": self.kind}
        return {"after": self._after, "limit": PAGE, "kind": self.kind}

    def take(self, reply: Obj) -> None:
        """The message ``reply`` of the net client; a failed one is asked for again after a while."""
        if self._outdated:
            self._outdated, self._asked_ns = False, None
            return
        if wire.integer(reply, "status") != 200 or self._asked_ns is None:
            return
        self._asked_ns = None
        data = wire.obj(reply, "data")
        if self._last < 0:
            last = wire.integer(data, "last")
            if last < max(self._events, default=0):
                self._events.clear()  # another journal
                self._gap_to, self._resume = 0, NEWEST
            self._last = self._upto = last
            self._after = max(0, last - BLOCK)
            self._sorted = None
            return
        found = [log_event(e) for e in wire.objects(data, "events")]
        for event in found:
            self._add(event)
        if len(found) >= PAGE and found[-1].seq < self._upto:
            self._after = found[-1].seq  # a dense block: go on inside it
        else:
            self._upto = max(0, self._upto - BLOCK)
            if self._gap_to and self._upto <= self._gap_to:
                self._upto = min(self._upto, self._resume)  # what lies below was looked through before
            self._after = max(0, self._upto - BLOCK)

    def live(self, store: LineStore) -> None:
        """Take what the live feed brought since the last call."""
        newest = self._live_seen
        for entry in reversed(store.events):
            seq = wire.integer(entry, "seq")
            if seq <= self._live_seen:
                break
            newest = max(newest, seq)
            if wire.text(entry, "kind") == self.kind:
                self._add(log_event(entry))
        self._live_seen = newest

    def _add(self, event: LogEvent) -> None:
        if event.kind == self.kind and event.seq not in self._events:
            self._events[event.seq] = event
            self._sorted = None

    def events(self) -> list[LogEvent]:
        """What is known, ascending by number."""
        if self._sorted is None:
            keep = sorted(self._events)[-KEPT:]
            if len(keep) < len(self._events):
                self._events = {seq: self._events[seq] for seq in keep}
            self._sorted = [self._events[seq] for seq in keep]
        return self._sorted
