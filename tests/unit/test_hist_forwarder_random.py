"""The forwarder through any order of data, outages, kills and refusals: each point once under its key, counted once."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian import feed as feed_module
from historian.forwarder import Forwarder, Reply, Verdict
from historian.journal import Journal
from historian.ledger import shift_ledger
from historian.outbox import Outbox, unsent_days
from historian.samples import NS_PER_DAY, SampleStore
from line.clock import ManualClock
from line.messages import Event
from tests.builders import T0_NS, S
from tests.history_kit import PointStore, counted, scan_block

NAMES = ["U.A", "U.B", "U.C"]
OTHERS = ["away", "back", "kill", "kill in mid-step", "forgets", "midnight", "refuse", "accept"]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("samples"), st.integers(1, 12)),
        st.tuples(st.just("events"), st.integers(1, 12)),
        st.tuples(st.just("steps"), st.integers(1, 6)),
        st.tuples(st.sampled_from(OTHERS), st.just(0)),
    ),
    max_size=40,
)  # fmt: skip


class KilledError(Exception):
    """The process ended here."""


class Line:
    """A line, a sink and the forwarder between them, in which the things of STEPS happen."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = ManualClock(T0_NS)
        self.sink = PointStore()
        self.take = self.sink.write
        self.sink.write = self.write
        self.refuses = False
        self.store, self.journal = SampleStore(data / "samples"), Journal(data / "journal.db")
        self.forwarder = self.new()

    def new(self) -> Forwarder:
        return Forwarder(self.data, self.sink, "sausage", self.clock, backfill_per_s=20.0)

    def write(self, lines: str) -> Reply:
        if self.refuses and "tag=U.B" in lines:
            return Reply(Verdict.REFUSED, "HTTP 400")
        return self.take(lines)

    def happens(self, what: str, number: int, patch: pytest.MonkeyPatch) -> None:
        match what:
            case "samples":
                for _ in range(number):
                    self.store.add(scan_block(NAMES, self.clock.now_ns(), float(number)), "s-1")
                    self.store.commit(self.clock.now_ns())
                    self.clock.advance_ns(S // 2)
            case "events":
                first = self.journal.last_seq() + 1
                self.journal.append([Event(first + i, self.clock.now_ns(), "link", "plc1", data={"i": i}) for i in range(number)])
            case "steps":
                for _ in range(number):
                    self.clock.advance_ns(int(self.forwarder.step() * S) + S // 10)
            case "away" | "back":
                self.sink.away = what == "away"
            case "kill":
                self.forwarder.close()
                self.forwarder = self.new()
            case "kill in mid-step":
                self.killed(patch)
            case "forgets":
                self.sink.points.clear()  # what it acknowledged in the last minute: all there is in this test
                self.sink.start += "1"
            case "midnight":
                self.clock.advance_ns(NS_PER_DAY - self.clock.now_ns() % NS_PER_DAY)
            case _:
                self.refuses = what == "refuse"

    def killed(self, patch: pytest.MonkeyPatch) -> None:
        """The sink has taken a request, and the process ends before that is noted."""

        def end(*_: object) -> None:
            raise KilledError

        with patch.context() as patched:
            patched.setattr(Outbox, "acknowledge", end)
            with suppress(KilledError):
                self.forwarder.step()
        self.forwarder.close()
        self.forwarder = self.new()


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_every_point_arrives_once_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("LIVE_POINTS", 20),
            ("LINES_MAX", 10),
            ("BATCH_ROWS_MAX", 10),
            ("LIVE_EVENTS", 8),
            ("EVENTS_MAX", 4),
        ):
            patch.setattr(feed_module, name, value)
        line = Line(tmp_path_factory.mktemp("line"))
        forgot = False
        try:
            for what, number in steps:
                line.happens(what, number, patch)
                forgot = forgot or what == "forgets"
            line.sink.away = line.refuses = False
            status = line.forwarder.status()
            for _ in range(2000):
                line.clock.advance_ns(int(line.forwarder.step() * S) + S // 10)
                status = line.forwarder.status()
                if status.backlog == 0 and not status.error:
                    break
            samples, events = counted(line.data)
            assert (status.backlog, status.behind) == (0, 0)
            assert status.forwarded == samples + events - status.dead
            assert line.sink.changed == []
            if not forgot:
                assert line.sink.of("event") == events
                assert samples - status.dead <= line.sink.of("process") <= samples
            ledger = shift_ledger(line.data / "samples", line.data / "x", "s-1", T0_NS, line.clock.now_ns())
            assert (ledger.stored, ledger.forwarded) == (samples, samples - status.dead)
            assert unsent_days(line.data) == set()
        finally:
            line.forwarder.close()
            line.store.close()
            line.journal.close()
