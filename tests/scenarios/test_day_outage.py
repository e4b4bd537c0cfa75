"""The sink is away for 24 hours of a running line, on the manual clock: nothing is lost, and new points go first afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from historian.forwarder import Forwarder, ForwarderState
from historian.journal import Journal
from historian.ledger import shift_ledger
from historian.outbox import unsent_days
from historian.samples import SampleStore
from line.clock import NS_PER_S, ManualClock, perf_counter_ns
from line.messages import Event
from tests.builders import T0_NS
from tests.history_kit import PointStore, counted, scan_block

NAMES = [f"S401.T{n:02}" for n in range(60)]
MINUTE_NS = 60 * NS_PER_S
REQUEST_S = 0.05
"""What a request is taken to last on the manual clock."""
PER_S = 10_000.0


class Line:
    """A line that stores 60 tags every 10 s, and a few events a minute."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = ManualClock(T0_NS)
        self.store, self.journal = SampleStore(data / "samples"), Journal(data / "journal.db")
        self.seq = 0

    def run(self, start_ns: int, scans: int) -> None:
        """So many scans 10 s apart, then their commit; two events with the first of them."""
        self.store.add(scan_block(NAMES, start_ns, float(self.seq), scans, 10 * NS_PER_S), "s-1")
        self.store.commit(self.clock.now_ns())
        events = [Event(self.seq + i, start_ns, "write", f"C-{self.seq}", data={"tag": "T", "value": i}) for i in (1, 2)]
        self.seq += len(events)
        self.journal.append(events)

    def close(self) -> None:
        self.store.close()
        self.journal.close()


def test_a_day_without_the_sink(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line, sink = Line(tmp_path), PointStore()
    forwarder = Forwarder(tmp_path, sink, "sausage", line.clock, backfill_per_s=PER_S)
    try:
        for _ in range(5):
            minute(line, forwarder)
        assert forwarder.status().backlog == 0
        sink.away = True
        for _ in range(24 * 60):
            minute(line, forwarder)
        missing = forwarder.status().backlog
        assert forwarder.status().state is ForwarderState.DOWN
        a_minute = 6 * len(NAMES) + 2
        assert missing == (24 * 60 + 2) * a_minute, "the day, and what was acknowledged in the minute before it"
        assert len(unsent_days(tmp_path)) == 2
        sink.away = False
        told = come_back(line, forwarder, sink)
        with capsys.disabled():
            print(f"\n24 h without the sink: {missing} points behind; {told}", end="")
        samples, events = counted(tmp_path)
        assert sum(1 for key in sink.points if key.startswith("process,")) == samples
        assert sink.of("event") == events == line.seq
        assert sink.changed == [], "a point that was sent again was another one"
        status = forwarder.status()
        assert (status.forwarded, status.dead, status.behind) == (samples + events, 0, 0)
        ledger = shift_ledger(tmp_path / "samples", tmp_path / "x", "s-1", T0_NS, line.clock.now_ns())
        assert (ledger.expected, ledger.stored, ledger.forwarded) == (samples, samples, samples)
        assert unsent_days(tmp_path) == set()
    finally:
        forwarder.close()
        line.close()


def minute(line: Line, forwarder: Forwarder) -> None:
    """A minute of the line; then the forwarder works, or waits for the sink."""
    line.run(line.clock.now_ns(), 6)
    line.clock.advance_ns(MINUTE_NS)
    while forwarder.step() == 0.0:
        pass


def come_back(line: Line, forwarder: Forwarder, sink: PointStore) -> str:
    """Until nothing is behind: new points every second, each of them in the sink before the next ones are made."""
    began_ns, began, sent = line.clock.now_ns(), perf_counter_ns(), len(sink.points)
    due_ns = began_ns
    left: list[float] = []
    while forwarder.status().behind or forwarder.status().state is not ForwarderState.UP or not left:
        if line.clock.now_ns() >= due_ns:
            if left:
                assert f"process,line=sausage,unit=S401,tag=S401.T00 {due_ns - NS_PER_S}" in sink.points, "live points wait"
            line.run(due_ns, 1)
            due_ns += NS_PER_S
        pause_s = forwarder.step()
        line.clock.advance_ns(int(max(REQUEST_S, min(pause_s, 1.0)) * NS_PER_S))
        status = forwarder.status()
        if status.left_s is not None and status.behind:
            left.append(status.left_s)
    seconds, points = (line.clock.now_ns() - began_ns) / NS_PER_S, len(sink.points) - sent
    first = 3 * 5000 + 2 * PER_S  # the newest of both days and of the journal at once, and what a budget may be overdrawn by
    assert points / seconds <= PER_S + 62 + first / seconds, "faster than was allowed"
    assert points / seconds >= 0.8 * PER_S, "slower than was allowed"
    middle = left[len(left) // 2]
    assert 0.5 <= middle / (seconds / 2) <= 2.0, "the time that is left is told wrongly"
    real_s = (perf_counter_ns() - began) / NS_PER_S
    return f"sent in {seconds:.0f} s, {points / seconds:.0f} points/s of {PER_S:.0f} allowed ({points / real_s:.0f} in real time)"
