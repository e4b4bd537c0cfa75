"""Sends events and samples on to one sink: at least once, idempotent, new ones before old ones, through any outage.

The files are the outbox; ``forward/NAME.db`` holds what the sink has taken. A sink that is away or overloaded only makes the
backlog grow; once it is back, every round sends what is new and then what was left behind, oldest first and at a bounded rate.
A point that the sink refuses is found by halving and becomes a dead letter, the rest goes on. Because a sink may lose what it
acknowledged shortly before it died, the last minute is sent again when it comes back; equal points fall together there.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from historian.feed import Chunk, Feed
from historian.outbox import Outbox, Refused, migrate_old, state_path
from historian.sink_words import OTHER_FAULT, SET_BACK, why_of_network
from line.clock import NS_PER_S, Clock
from line.documents import Text
from line.messages import NO_TEXT

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Pauses while the sink is away; the last one repeats."""

PROBE_EVERY_NS: Final = 5 * NS_PER_S
"""How often the sink is asked whether it is there and which start of it this is."""

BACKFILL_POINTS_PER_S: Final = 20_000.0
"""How fast what an outage left behind is sent, where nothing else is said."""

NO_ANSWER: Final = "no answer"

RESEND_EVERY_NS: Final = NS_PER_S
RESEND_MAX: Final = 500
RATE_OVER_NS: Final = 10 * NS_PER_S
SET_BACK_NS: Final = 5 * NS_PER_S
SET_BACK_SHOWN_NS: Final = 3600 * NS_PER_S


class Verdict(StrEnum):
    """What a sink says to a request."""

    TAKEN = "taken"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True)
class Reply:
    """``retry_after_s`` is how long the sink asked to be left alone (0: it did not say); ``text`` says what is wrong."""

    verdict: Verdict
    error: str = ""
    retry_after_s: float = 0.0
    text: Text = NO_TEXT


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
    """How one sink stands.

    ``backlog``: points that wait, ``behind`` of them left behind by an outage; ``rate_per_s``: points taken a second over ten
    seconds; ``left_s``: when what is behind will have been sent, None while nobody can tell; ``forwarded``: points acknowledged,
    each counted once; ``dead``: refused points; ``error``: the sink's words while it is down, ``text``: the same for people, and
    what else they should know.
    """

    state: ForwarderState
    backlog: int = 0
    forwarded: int = 0
    dead: int = 0
    error: str = ""
    text: Text = NO_TEXT
    behind: int = 0
    rate_per_s: float = 0.0
    left_s: float | None = None


class Forwarder:
    """One data folder to one sink. :meth:`start` runs it in a thread; tests call :meth:`step`."""

    def __init__(
        self, folder: Path, sink: Sink, line: str, clock: Clock, *, name: str = "influx", window_s: float = 60.0,
        period_s: float = 1.0, backfill_per_s: float = BACKFILL_POINTS_PER_S,
    ) -> None:  # fmt: skip
        """``backfill_per_s``: points a second of what an outage left behind, 0: as fast as the sink takes them.

        Raises StoreVersionError when the state is of a newer schema, sqlite3.Error for what the disk does.
        """
        self.name = name
        self._sink = sink
        self._clock = clock
        self._window_ns = int(window_s * NS_PER_S)
        self._period_s = period_s
        self._backfill_per_s = backfill_per_s
        migrate_old(folder, name)
        self._outbox = Outbox(state_path(folder, name))
        self._feed = Feed(folder, line)
        self._state = ForwarderState.DOWN
        self._error = ""
        self._text = NO_TEXT
        self._failures = 0
        self._away = False
        self._identity = ""
        self._probe_due_ns = 0
        self._resend_due_ns = 0
        self._answers = False
        self._again = True
        self._budget = backfill_per_s
        self._budget_ns = clock.monotonic_ns()
        self._taken: deque[tuple[int, int, int]] = deque()
        self._dead = self._outbox.dead()
        self._drift_ns = clock.now_ns() - clock.monotonic_ns()
        self._set_back_ns: int | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._status = ForwarderStatus(ForwarderState.OFF)

    def start(self) -> None:
        """Run in a thread of its own until :meth:`close`."""
        self._thread = threading.Thread(target=self._run, name=f"forwarder {self.name}", daemon=True)
        self._thread.start()

    def status(self) -> ForwarderStatus:
        """How it stands, as of the last step; any thread."""
        return self._status

    def end(self) -> None:
        """Begin to stop, without waiting."""
        self._stop.set()

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
        """One round: a request of new events, one of new samples, one of what is behind. Seconds to wait before the next."""
        self._watch_clock()
        if self._away or self._again or self._clock.monotonic_ns() >= self._probe_due_ns:
            self._probe()
        self._feed.look(self._outbox.sent)
        pause_s = self._round() if self._answers else self._fail(self._error or NO_ANSWER, self._text)
        self._publish()
        return pause_s

    def _round(self) -> float:
        sent_any = False
        for chunk in self._feed.live(self._outbox.sent):
            reply = self._send(chunk, live=True)
            if reply.verdict is not Verdict.TAKEN:
                return self._not_taken(reply)
            sent_any = True
        wait_s = self._backfill_wait_s()
        chunk = self._feed.behind(self._outbox.sent) if wait_s <= 0.0 else None
        if chunk is not None:
            reply = self._send(chunk, live=False)
            if reply.verdict is not Verdict.TAKEN:
                return self._not_taken(reply)
            self._budget -= len(chunk.lines)
            sent_any = True
        if self._answers and self._clock.monotonic_ns() >= self._resend_due_ns:
            self._resend_due_ns = self._clock.monotonic_ns() + RESEND_EVERY_NS
            reply = self._resend()
            if reply.verdict is not Verdict.TAKEN:
                return self._not_taken(reply)
        if sent_any:
            return 0.0
        if self._answers:
            self._up()
        return min(self._period_s, wait_s) if wait_s > 0.0 and self._feed.waiting(self._outbox.sent)[1] else self._period_s

    def _backfill_wait_s(self) -> float:
        """How long until what is behind may be sent: new points never wait for it, and the sink has room for its other users."""
        if self._backfill_per_s <= 0.0:
            return 0.0
        now_ns = self._clock.monotonic_ns()
        gained = (now_ns - self._budget_ns) / NS_PER_S * self._backfill_per_s
        self._budget, self._budget_ns = min(self._backfill_per_s, self._budget + gained), now_ns
        return max(0.0, (1.0 - self._budget) / self._backfill_per_s)

    def _not_taken(self, reply: Reply) -> float:
        if self._stop.is_set():
            return 0.0  # ended by close(), not by the sink
        return max(self._fail(reply.error, reply.text), min(reply.retry_after_s, BACKOFF_S[-1]))

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            try:
                pause_s = self.step()
            except Exception as error:  # a fault of the disk or of a file: the thread lives on, the files keep everything
                if self._error != str(error):
                    log.exception("forwarder %s: cannot read or note what was sent", self.name)
                self._failures += 1
                self._state, self._error, self._text = ForwarderState.DOWN, str(error), OTHER_FAULT
                pause_s = BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1]
                self._status = replace(self._status, state=self._state, error=self._error, text=self._text)

    def _watch_clock(self) -> None:
        """A clock that is set back loses nothing, since nothing here is ordered by it; people are told."""
        now_ns, mono_ns = self._clock.now_ns(), self._clock.monotonic_ns()
        drift_ns = now_ns - mono_ns
        if self._drift_ns - drift_ns > SET_BACK_NS:
            log.warning("forwarder %s: the clock was set back by %.0f s", self.name, (self._drift_ns - drift_ns) / NS_PER_S)
            self._set_back_ns = mono_ns
        self._drift_ns = drift_ns
        if self._set_back_ns is not None and mono_ns - self._set_back_ns > SET_BACK_SHOWN_NS:
            self._set_back_ns = None

    def _probe(self) -> None:
        """Notice a restart of the sink that no request has seen, and an outage while there is nothing to send."""
        self._probe_due_ns = self._clock.monotonic_ns() + PROBE_EVERY_NS
        identity = self._sink.probe()
        if self._again or (identity and self._identity and identity != self._identity):
            self._rewind()  # also after a start of our own: nobody knows what the sink did meanwhile
            self._again = False
        self._identity = identity or self._identity
        self._answers = identity is not None
        if identity is None and not self._error:
            self._error, self._text = NO_ANSWER, why_of_network(timed_out=False)

    def _rewind(self) -> None:
        if self._outbox.rewind():
            self._feed.recount()

    def _send(self, chunk: Chunk, *, live: bool) -> Reply:
        refused: list[Refused] = []
        reply = self._write(chunk.lines, chunk.shifts, refused) if chunk.lines else Reply(Verdict.TAKEN)
        if reply.verdict is not Verdict.TAKEN:
            return reply
        ever = self._outbox.ever(chunk.stream)
        held_back = {r.line for r in refused}
        resent: set[str] = set()
        if ever.last() > chunk.after:
            resent = {text for p, text in zip(chunk.positions, chunk.lines, strict=True) if p in ever}
        fresh = len(chunk.lines) - len(resent) - len(held_back - resent)
        now_ns, mono_ns = self._clock.now_ns(), self._clock.monotonic_ns()
        self._outbox.acknowledge(
            chunk.stream, chunk.after, chunk.position, fresh, refused, now_ns, mono_ns, self._window_ns, resent
        )
        self._feed.taken(chunk, live=live)
        self._taken.append((mono_ns, len(chunk.lines), 0 if live else len(chunk.lines)))
        if refused or resent:
            self._dead = self._outbox.dead()
        for item in refused:
            log.warning("forwarder %s: the sink refuses a point (%s): %s", self.name, item.reason, item.line[:200])
        if chunk.lines:
            self._up()
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

    def _resend(self) -> Reply:
        """Refused points that somebody asked to have sent again ('potok sink resend')."""
        wanted = self._outbox.to_resend(RESEND_MAX)
        self._dead = self._outbox.dead()
        if not wanted:
            return Reply(Verdict.TAKEN)
        refused: list[Refused] = []
        reply = self._write([r.line for r in wanted], [r.shift for r in wanted], refused)
        if reply.verdict is Verdict.TAKEN:
            again = {r.line for r in refused}
            self._outbox.resent([r.line for r in wanted if r.line not in again], refused)
            self._dead = self._outbox.dead()
        return reply

    def _fail(self, error: str, text: Text) -> float:
        """The sink is away. At the first sign of it the last window is put back, to be sent again; seconds to wait."""
        self._failures += 1
        changed = error != self._error
        self._state, self._error, self._text = ForwarderState.DOWN, error, text
        if not self._away:
            self._away = True
            log.warning("forwarder %s: the sink is away: %s", self.name, error)
            self._rewind()
        elif changed:
            log.warning("forwarder %s: still away: %s", self.name, error)
        return BACKOFF_S[min(self._failures, len(BACKOFF_S)) - 1]

    def _up(self) -> None:
        if self._state is not ForwarderState.UP:
            log.info("forwarder %s: the sink is up", self.name)
        self._state, self._error, self._text, self._failures, self._away = ForwarderState.UP, "", NO_TEXT, 0, False

    def _publish(self) -> None:
        mono_ns = self._clock.monotonic_ns()
        while self._taken and mono_ns - self._taken[0][0] > RATE_OVER_NS:
            self._taken.popleft()
        seconds = max(1.0, (mono_ns - self._taken[0][0]) / NS_PER_S) if self._taken else 1.0
        rate, behind_rate = (sum(t[i] for t in self._taken) / seconds for i in (1, 2))
        live, behind = self._feed.waiting(self._outbox.sent)
        left_s = 0.0 if not behind else behind / behind_rate if behind_rate > 0.0 and self._state is ForwarderState.UP else None
        text = self._text if self._text.en or self._set_back_ns is None else SET_BACK
        state, error = self._state, self._error
        if not error and (error := self._feed.fault()):  # the rest is sent, but people are to know
            state, text = ForwarderState.DOWN, OTHER_FAULT
        self._status = ForwarderStatus(
            state, live + behind, self._outbox.forwarded(), self._dead, error, text, behind, rate, left_s
        )
