"""The engine's writer: a thread of its own, so that the scan never waits for a disk.

Events are committed as soon as the thread is free (those that queued up meanwhile go together); samples once a second. When
the disk fails, everything is kept and tried again; nothing that was accepted is dropped.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from historian.database import is_damage, is_full
from historian.journal import NO_STATES, Found, Journal, look_into, open_journal
from historian.outbox import EVENTS_STREAM, last_taken, unsent_days
from historian.retention import Policy, Retention
from historian.samples import LEFT_OUT, SampleBlock, SampleStore
from line.clock import NS_PER_S, Clock, SystemClock
from line.diagnostics import HistoryFigures
from line.messages import Event, EventKind, Json, JsonObject

log = logging.getLogger(__name__)

SAMPLES_MAX: Final = 1_000_000
"""Samples kept in memory at most (about 40 MB); when the disk is away for longer, further ones are refused and counted."""

LOOK_EVERY_NS: Final = 60 * NS_PER_S
"""How often the disk is asked for its room."""

ROLL_S: Final = 0.03
"""Seconds of a round in which samples were written that may go into rollups (historian/rollup.py)."""

RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts on a disk that fails; the last one repeats."""


@dataclass(frozen=True)
class Backlog:
    """What is accepted and not yet on the disk; ``refused`` is the samples not taken since the start."""

    events: int
    samples: int
    refused: int


@dataclass(frozen=True)
class _EventBatch:
    events: Sequence[Event]
    states: Mapping[str, JsonObject]
    on_durable: Callable[[], None] | None


class JournalWriter:
    """Writes journal and samples in the background. All methods are cheap and safe from any thread."""

    def __init__(
        self,
        journal_path: Path,
        samples_dir: Path,
        clock: Clock,
        *,
        sample_period_s: float = 1.0,
        samples_max: int = SAMPLES_MAX,
        retention: Policy | None = None,
    ) -> None:
        """Open the files and start the thread. ``retention`` None: nothing is ever deleted.

        A disk without room is no reason not to start: what the journal holds is read, and writing is tried again.

        Raises StoreVersionError for files of a newer schema, sqlite3.Error and OSError where the journal can be neither written
        nor read.
        """
        self._clock = clock
        self._timer = SystemClock()  # pauses are real even where the line's clock is manual
        self._sample_period_ns = int(sample_period_s * NS_PER_S)
        self._samples_max = samples_max
        self._wake = threading.Condition()
        self._notices: list[tuple[str, JsonObject]] = []
        self._journal_path = journal_path
        self._damage = ""
        self._store = SampleStore(samples_dir, lambda day: last_taken(journal_path.parent, day.isoformat()))
        self._retention: Retention | None = None
        self._looked_ns: int | None = None
        self._figures = HistoryFigures()
        self._error = ""
        if retention is not None:  # before the files are opened: that alone may need room
            self._retention = Retention(samples_dir, retention, partial(unsent_days, journal_path.parent))
            self._retain(clock.now_ns())
        self._failing_ns: int | None = None
        self._journal: Journal | None = None
        found = self._begin()
        self.last_seq = self._numbered = found.last_seq
        """Number of the newest event when the files were opened."""
        self.states: Mapping[str, JsonObject] = found.states
        """The stage states when the files were opened."""
        self._shift = found.shift
        self._events: list[_EventBatch] = []
        self._blocks: list[tuple[str, SampleBlock]] = []
        self._missed: dict[str, int] = {}
        self._samples = 0
        self._refused = 0
        self._flushes = 0
        self._flushed = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit_events(
        self,
        events: Sequence[Event],
        states: Mapping[str, JsonObject] = NO_STATES,
        on_durable: Callable[[], None] | None = None,
    ) -> None:
        """Queue events and stage states for one commit.

        ``on_durable`` is called in the writer's thread once they are on the disk.
        """
        if not events and not states and on_durable is None:
            return
        with self._wake:
            if self._error and self._events:  # a disk that is away for days: each state waits once, the newest
                last = self._events[-1]
                states = {**last.states, **states}
                self._events[-1] = replace(last, states=NO_STATES)
            self._events.append(_EventBatch(tuple(events), dict(states), on_durable))
            for event in events:
                if event.kind == EventKind.SHIFT:
                    self._shift = event.source if event.data.get("what") == "started" else ""
            self._wake.notify_all()

    def submit_samples(self, block: SampleBlock | None) -> bool:
        """Queue samples for the next commit. False when the memory for them is full: give the block to the filter's ``reject``.

        A refused block is counted in the ledger as expected and not stored.
        """
        if block is None or not len(block):
            return True
        with self._wake:
            if self._samples + len(block) > self._samples_max:
                self._refused += len(block)
                self._missed[self._shift] = self._missed.get(self._shift, 0) + len(block)
                return False
            self._blocks.append((self._shift, block))
            self._samples += len(block)
        return True

    def take_notices(self) -> list[tuple[str, JsonObject]]:
        """What happened to the history since the last call, for the journal: ``what`` of a system event and its data."""
        with self._wake:
            notices, self._notices = self._notices, []
        return notices

    def figures(self) -> HistoryFigures:
        """For the diagnostic tags."""
        waiting = self.backlog()
        return replace(self._figures, ok=self.healthy(), backlog=waiting.events + waiting.samples, refused=waiting.refused)

    def healthy(self) -> bool:
        """False while the disk fails or the thread is gone."""
        return not self._error and self._thread.is_alive()

    def error(self) -> str:
        """The last failure while it lasts, else an empty string."""
        return self._error

    def backlog(self) -> Backlog:
        """What waits for the disk."""
        with self._wake:
            return Backlog(sum(len(b.events) for b in self._events), self._samples, self._refused)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that was submitted so far is on the disk; False when that took too long."""
        with self._wake:
            self._flushes += 1
            wanted = self._flushes
            self._wake.notify_all()
            return self._wake.wait_for(lambda: self._flushed >= wanted or not self._thread.is_alive(), timeout_s) and (
                self._flushed >= wanted
            )

    def close(self, timeout_s: float = 10.0) -> bool:
        """Write what is left, stop the thread, close the files; False when something stayed unwritten. May be called twice."""
        complete = self.flush(timeout_s) if self._thread.is_alive() else True
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._thread.join(timeout_s)
        return complete and not self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        samples_due_ns = self._timer.monotonic_ns() + self._sample_period_ns
        while True:
            with self._wake:
                wait_s = max(0.0, (samples_due_ns - self._timer.monotonic_ns()) / NS_PER_S)
                if failures:  # neither new events nor a flush shorten the pause on a failing disk
                    self._wake.wait_for(lambda: self._closing, RETRY_S[min(failures, len(RETRY_S)) - 1])
                else:
                    self._wake.wait_for(lambda: self._events or self._closing or self._flushes > self._flushed, wait_s)
                wanted, closing = self._flushes, self._closing
            now_ns = self._timer.monotonic_ns()
            with_samples = now_ns >= samples_due_ns or wanted > self._flushed or closing
            if with_samples:
                samples_due_ns = now_ns + self._sample_period_ns
            failures = 0 if self._write(with_samples) else failures + 1
            if not failures:
                with self._wake:
                    self._flushed = wanted
                    self._wake.notify_all()
            if closing:
                break
        if self._journal is not None:
            self._journal.close()
        self._store.close()

    def _write(self, with_samples: bool) -> bool:
        """One round; False when the disk failed (everything is kept)."""
        errors: list[str] = []
        for step in (self._write_events, self._write_samples) if with_samples else (self._write_events,):
            try:
                step()
            except Exception as error:  # whatever it is, the thread lives on, keeps everything and tries again
                errors.append(f"{type(error).__name__}: {error}")
                if not self._error:
                    log.exception("journal writer: nothing is lost, but nothing is stored either")
        text = "; ".join(errors)
        if self._error and not text and with_samples:
            log.warning("journal writer: stores again")
            since_ns, self._failing_ns = self._failing_ns or 0, None
            self._notice("history_stores_again", {"failed_s": round((self._timer.monotonic_ns() - since_ns) / NS_PER_S)})
        if text and not self._error:
            self._failing_ns = self._timer.monotonic_ns()
            self._notice("history_failing", {"error": text})
        if text or with_samples:  # a round of events alone says nothing about the samples
            self._error = text
        return not text

    def _write_events(self) -> None:
        with self._wake:
            batches = list(self._events)
        if not batches and self._journal is not None:
            return
        try:
            done = 0
            if self._journal is None:
                self._journal = self._open_journal()
                done = self._journal.last_seq()  # a commit may have reached the disk although it reported a fault
                self._journal.leave_out(self._numbered)  # what a damaged file has lost up to here
            states = {name: state for batch in batches for name, state in batch.states.items()}
            self._journal.append([e for batch in batches for e in batch.events if not done or e.seq > done], states)
            self._numbered = self._journal.last_seq()
        except sqlite3.Error as error:
            self._damage = str(error) if is_damage(error) else ""
            if self._journal is not None:
                self._journal.close()
                self._journal = None  # opened anew next time; what was committed is read back from the file
            raise
        with self._wake:
            del self._events[: len(batches)]
        for batch in batches:
            if batch.on_durable is not None:
                _call(batch.on_durable)

    def _write_samples(self) -> None:
        now_ns = self._clock.now_ns()
        with self._wake:
            blocks, self._blocks = self._blocks, []
            missed, self._missed = self._missed, {}
        for shift, block in blocks:
            self._store.add(block, shift)
        for shift, count in missed.items():
            self._store.miss(count, shift, now_ns)
        self._retain(now_ns)
        try:
            self._store.commit(now_ns)
        finally:
            self._tell_salvaged()
            with self._wake:
                self._samples = self._store.pending() + sum(len(block) for _, block in self._blocks)
        until_ns = self._timer.monotonic_ns() + int(ROLL_S * NS_PER_S)
        self._store.roll(lambda: self._timer.monotonic_ns() < until_ns)

    def _begin(self) -> Found:
        """Open the journal, or only look into it where the disk has no room."""
        folder = self._journal_path.parent
        sent = last_taken(folder, EVENTS_STREAM)
        try:
            journal = self._journal = self._open_journal()
            if sent > journal.last_seq():  # a sink would take new events of these numbers for those it has
                journal.leave_out(sent + LEFT_OUT)
            return Found(journal.last_seq(), journal.load_states(), journal.open_shift())
        except (sqlite3.Error, OSError) as error:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
            if not is_full(error, folder):
                raise
            found = look_into(self._journal_path)
            log.exception("%s cannot be written: the line runs, nothing is stored until the disk has room", self._journal_path)
            self._error = f"{type(error).__name__}: {error}"
            self._failing_ns = self._timer.monotonic_ns()
            self._notice("history_failing", {"error": self._error})
        return found if found.last_seq >= sent else replace(found, last_seq=sent + LEFT_OUT)

    def _open_journal(self) -> Journal:
        journal, salvaged = open_journal(self._journal_path, self._clock.now_ns(), self._damage)
        self._damage = ""
        if salvaged is not None:
            self._notice("history_damaged", salvaged.to_json())
        return journal

    def _tell_salvaged(self) -> None:
        for salvaged in self._store.salvaged:
            self._notice("history_damaged", salvaged.to_json())
        self._store.salvaged.clear()

    def _notice(self, what: str, data: JsonObject) -> None:
        with self._wake:
            self._notices.append((what, data))

    def _retain(self, now_ns: int) -> None:
        """Before samples are written, so that a full disk has room for them: look at the disk and delete what may go."""
        monotonic_ns = self._timer.monotonic_ns()
        due = self._looked_ns is None or monotonic_ns - self._looked_ns >= LOOK_EVERY_NS
        if self._retention is None or not (due or self._error):
            return
        self._looked_ns = monotonic_ns
        try:
            looked = self._retention.look(now_ns, monotonic_ns)
        except OSError as error:  # the disk does not even answer this: storing will say so
            log.warning("journal writer: the disk was not asked for its room: %s", error)
            return
        if self._figures.clock_ok and not looked.figures.clock_ok:
            self._notice("clock_doubted", {"now_ns": now_ns})
        self._figures = looked.figures
        gone = self._store.drop(looked.verdict.drop)
        if gone:
            unsent = [day.isoformat() for day in gone if day in looked.verdict.unsent]
            self._notice("history_dropped", {"days": [day.isoformat() for day in gone], "unsent": list[Json](unsent)})
            if unsent:
                log.error("the disk is full: deleted samples that were not yet sent on, of %s", ", ".join(unsent))


def _call(on_durable: Callable[[], None]) -> None:
    try:
        on_durable()
    except Exception:
        log.exception("journal writer: a listener failed; the events are on the disk")
