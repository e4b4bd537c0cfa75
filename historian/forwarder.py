"""Sends events and samples on to a sink: at least once, idempotent, in order, through any outage.

The files are the outbox; ``forward.db`` holds how far the sink has come. A sink that is away or overloaded only makes the
backlog grow. A point that the sink refuses is found by halving and put in quarantine, the rest goes on. Because a sink may lose
what it acknowledged shortly before it died, the last minute is sent again when it comes back; equal points fall together there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from historian.feed import Chunk, Feed
from historian.outbox import EVENTS_STREAM, Outbox, Refused
from historian.queries import FORWARD_FILE
from line.clock import NS_PER_S, Clock

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses while the sink is away; the last one repeats."""

PROBE_EVERY_NS: Final = 5 * NS_PER_S
"""How often the sink is asked whether it is there and which start of it this is."""


class Verdict(StrEnum):
    """What a sink says to a request."""

    TAKEN = "taken"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True)
class Reply:
    """``retry_after_s`` is how long the sink asked to be left alone (0: it did not say)."""

    verdict: Verdict
    error: str = ""
    retry_after_s: float = 0.0


class Sink(Protocol):
    """Where points go. No method raises for what the network or the sink does."""

    def write(self, lines: str) -> Reply:
        """Write lines of line protocol joined by line breaks; returns within the sink's time-out."""
        ...

    def probe(self) -> str | None:
        """What differs after every start of the sink; empty when the sink cannot say, None when it is away."""
        ...

    def close(self) -> None:
        """Close the connections; may be called twice."""
        ...


class ForwarderState(StrEnum):
    """``off``: there is no sink or the thread does not run."""

    UP = "up"
    DOWN = "down"
    OFF = "off"


@dataclass(frozen=True)
class ForwarderStatus:
    """``backlog``: points that wait; ``forwarded``: points acknowledged, each counted once; ``error``: the last, while down."""

    state: ForwarderState
    backlog: int = 0
    forwarded: int = 0
    quarantined: int = 0
    error: str = ""


class Forwarder:
    """One data folder to one sink. :meth:`start` runs it in a thread; tests call :meth:`step`."""

    def __init__(
        self, folder: Path, sink: Sink, line: str, clock: Clock, *, window_s: float = 60.0, period_s: float = 1.0
    ) -> None:
        """Raises StoreVersionError when ``forward.db`` is of a newer schema, sqlite3.Error for what the disk does."""
        self._sink = sink
        self._clock = clock
        self._window_ns = int(window_s * NS_PER_S)
        self._period_s = period_s
        self._outbox = Outbox(folder / FORWARD_FILE)
        self._feed = Feed(folder, line)
        self._state = ForwarderState.DOWN
        self._error = ""
        self._failures = 0
        self._away = False
        self._identity = ""
        self._probe_due_ns = 0
        self._answers = False
        self._again = True
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = ForwarderStatus(ForwarderState.OFF)

    def start(self) -> None:
        """Run in a thread of its own until :meth:`close`."""
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)
        self._thread.start()

    def status(self) -> ForwarderStatus:
        """How it stands, as of the last step; any thread."""
        return self._status

    def close(self, timeout_s: float = 15.0) -> None:
        """Stop after the request that is under way and close the files; may be called twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None
        self._sink.close()
        self._outbox.close()
        self._status = replace(self._status, state=ForwarderState.OFF)

    def step(self) -> float:
        """One round: at most one request's worth of events and of samples. Seconds to wait before the next."""
        if self._again or self._clock.monotonic_ns() >= self._probe_due_ns:
            self._probe()
        pause_s = self._period_s
        idle = True
        for next_chunk in (self._next_events, self._next_samples):
            chunk = next_chunk()
            if chunk is None:
                continue
            idle = False
            reply = self._send(chunk)
            if self._stop.is_set() and reply.verdict is not Verdict.TAKEN:
                break  # ended by close(), not by the sink
            if reply.verdict is not Verdict.TAKEN:
                pause_s = max(self._fail(reply.error), min(reply.retry_after_s, BACKOFF_S[-1]))
                break
            pause_s = 0.0
            if chunk.lines:
                self._up()
        if idle and self._answers:
            self._up()
        self._publish()
        return pause_s

    def _next_events(self) -> Chunk | None:
        return self._feed.next_events(self._outbox.position(EVENTS_STREAM))

    def _next_samples(self) -> Chunk | None:
        return self._feed.next_samples(self._outbox.position)

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                pause_s = self.step()
            except Exception as error:  # a fault of the disk or of a file: the thread lives on, the files keep everything
                if self._error != str(error):
                    log.exception("forwarder: cannot read or note what was sent")
                self._failures += 1
                self._state, self._error = ForwarderState.DOWN, str(error)
                pause_s = BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1]
                self._status = replace(self._status, state=self._state, error=self._error)

    def _probe(self) -> None:
        """Notice a restart of the sink that no request has seen, and an outage while there is nothing to send."""
        self._probe_due_ns = self._clock.monotonic_ns() + PROBE_EVERY_NS
        identity = self._sink.probe()
        if self._again or (identity and self._identity and identity != self._identity):
            self._rewind()  # also after a start of our own: nobody knows what the sink did meanwhile
            self._again = False
        self._identity = identity or self._identity
        self._answers = identity is not None
        if identity is None and not self._away:
            self._fail("no answer")

    def _rewind(self) -> None:
        self._outbox.rewind()
        self._feed.count(self._outbox.position)

    def _send(self, chunk: Chunk) -> Reply:
        refused: list[Refused] = []
        reply = self._write(chunk.lines, chunk.shifts, refused) if chunk.lines else Reply(Verdict.TAKEN)
        if reply.verdict is not Verdict.TAKEN:
            return reply
        high = self._outbox.high(chunk.stream)
        held_back = {r.line for r in refused}
        fresh = sum(p > high and text not in held_back for p, text in zip(chunk.positions, chunk.lines, strict=True))
        self._outbox.acknowledge(chunk.stream, chunk.position, fresh, refused, self._clock.now_ns(), self._window_ns)
        self._feed.taken(chunk)
        for item in refused:
            log.warning("forwarder: the sink refuses a point (%s): %s", item.reason, item.line[:200])
        return reply

    def _write(self, lines: Sequence[str], shifts: Sequence[str], refused: list[Refused]) -> Reply:
        """Send; on a refusal send both halves, down to the single lines that are refused."""
        if self._stop.is_set():
            return Reply(Verdict.RETRY, "stopped")
        reply = self._sink.write("\n".join(lines))
        if reply.verdict is not Verdict.REFUSED:
            return reply
        if len(lines) == 1:
            refused.append(Refused(lines[0], reply.error, shifts[0]))
            return Reply(Verdict.TAKEN)
        middle = len(lines) // 2
        first = self._write(lines[:middle], shifts[:middle], refused)
        return first if first.verdict is not Verdict.TAKEN else self._write(lines[middle:], shifts[middle:], refused)

    def _fail(self, error: str) -> float:
        """The sink is away. At the first sign of it the last window is put back, to be sent again; seconds to wait."""
        self._failures += 1
        self._state, self._error = ForwarderState.DOWN, error
        if not self._away:
            self._away = True
            log.warning("forwarder: the sink is away: %s", error)
            self._rewind()
        return BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1]

    def _up(self) -> None:
        if self._state is not ForwarderState.UP:
            log.info("forwarder: the sink is up")
        self._state, self._error, self._failures, self._away = ForwarderState.UP, "", 0, False

    def _publish(self) -> None:
        backlog = self._feed.backlog(self._outbox.position(EVENTS_STREAM))
        self._status = ForwarderStatus(self._state, backlog, self._outbox.forwarded(), self._outbox.quarantined(), self._error)
