"""The forwarder against a sink in memory: order, outages, refusals, re-sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian.forwarder import Forwarder, ForwarderState, Reply, Verdict
from historian.journal import Journal
from historian.ledger import shift_ledger
from historian.queries import Queries
from historian.samples import NS_PER_DAY, SampleBlock, SampleStore
from line.clock import NS_PER_MS, ManualClock
from line.messages import Event
from tests.builders import T0_NS, S
from tests.sinks import wait_for

TAKEN = Reply(Verdict.TAKEN)
AWAY = Reply(Verdict.RETRY, "away")
REFUSED = Reply(Verdict.REFUSED, "HTTP 400 bad point")


class MemorySink:
    """Keeps points as a time series database does: the last one of a series and time."""

    def __init__(self) -> None:
        self.judge: Callable[[list[str]], Reply] = lambda lines: TAKEN
        self.lines: list[str] = []
        self.requests: list[int] = []
        self.start = "1"

    def write(self, lines: str) -> Reply:
        split = lines.split("\n")
        reply = self.judge(split)
        self.requests.append(len(split))
        if reply.verdict is Verdict.TAKEN:
            self.lines += split
        return reply

    def probe(self) -> str | None:
        return None if self.judge([]) is AWAY else self.start

    def close(self) -> None:
        """Nothing to close."""

    def points(self) -> set[tuple[str, int]]:
        return {key(line) for line in self.lines}


def key(line: str) -> tuple[str, int]:
    """Series and time in ms, as VictoriaMetrics keeps it."""
    return line.split(" ", 1)[0], int(line.rsplit(" ", 1)[1]) // NS_PER_MS


def block(start: int, count: int, tag: str = "S401.Temp", start_ns: int = T0_NS) -> SampleBlock:
    zeros = np.zeros(count, dtype=np.int64)
    times = start_ns + (start + np.arange(count, dtype=np.int64)) * 10 * NS_PER_MS
    return SampleBlock([tag], zeros, times, np.arange(start, start + count, dtype=np.float64),
                       np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.bool_), {})  # fmt: skip


class Rig:
    """A data folder with its writers, and a forwarder to a sink in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(T0_NS)
        self.sink = MemorySink()
        self.store = SampleStore(folder / "samples")
        self.journal = Journal(folder / "journal.db")
        self.forwarder = self.new_forwarder()

    def new_forwarder(self) -> Forwarder:
        return Forwarder(self.folder, self.sink, "sausage", self.clock)

    def samples(self, *blocks: SampleBlock) -> None:
        for one in blocks:
            self.store.add(one, "s-1")
            self.store.commit(self.clock.now_ns())

    def events(self, count: int, time_ns: int = T0_NS) -> None:
        first = self.journal.last_seq() + 1
        self.journal.append([Event(first + i, time_ns, "write", "B-1", data={"i": i}) for i in range(count)])

    def run(self, steps_max: int = 200) -> None:
        """Steps until there is nothing more to do."""
        for _ in range(steps_max):
            if self.forwarder.step() > 0.0:
                return
        raise AssertionError("the forwarder does not come to rest")

    def forwarded(self) -> int:
        return shift_ledger(self.folder / "samples", self.folder / "forward.db", "s-1", T0_NS, T0_NS + S).forwarded

    def close(self) -> None:
        self.forwarder.close()
        self.store.close()
        self.journal.close()


@contextmanager
def rig(folder: Path) -> Iterator[Rig]:
    with closing(Rig(folder)) as made:
        yield made


def test_everything_is_sent_once_and_in_order(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        assert r.forwarder.status().state is ForwarderState.OFF
        r.run()
        assert (r.forwarder.status().state, r.sink.lines) == (ForwarderState.UP, [])
        r.samples(block(0, 7000), block(7000, 10))
        r.events(3)
        r.run()
        times = [int(line.rsplit(" ", 1)[1]) for line in r.sink.lines if line.startswith("process,")]
        assert times == sorted(times)
        assert len(times) == len(set(times)) == 7010
        assert max(r.sink.requests) <= 5000
        assert sum(line.startswith("event,") for line in r.sink.lines) == 3
        status = r.forwarder.status()
        assert (status.backlog, status.forwarded, status.dead) == (0, 7013, 0)
        assert r.forwarded() == 7010
        sent = len(r.sink.lines)
        r.run()
        assert len(r.sink.lines) == sent


def test_late_samples_for_an_older_day_are_found(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        days = [block(0, 5, start_ns=T0_NS + n * NS_PER_DAY) for n in range(4)]
        r.samples(*days)
        r.run()
        r.samples(block(100, 5), block(100, 5, start_ns=T0_NS + 3 * NS_PER_DAY))
        r.run()
        assert len(r.sink.points()) == len(r.sink.lines) == 30


def test_an_outage_only_makes_the_backlog_grow(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        r.sink.judge = lambda lines: AWAY
        r.samples(block(0, 50))
        r.events(2)
        pauses = [r.forwarder.step() for _ in range(8)]
        assert pauses == sorted(pauses)
        assert pauses[-1] == 30.0
        status = r.forwarder.status()
        assert (status.state, status.backlog, status.forwarded, status.error) == (ForwarderState.DOWN, 52, 0, "no answer")
        r.sink.judge = lambda lines: TAKEN
        r.run()
        status = r.forwarder.status()
        assert (status.state, status.backlog, status.forwarded, status.error) == (ForwarderState.UP, 0, 52, "")


def test_a_sink_that_asks_for_a_pause_gets_it(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        r.sink.judge = lambda lines: Reply(Verdict.RETRY, "HTTP 429", 7.0) if lines else TAKEN
        r.samples(block(0, 1))
        assert r.forwarder.step() == 7.0
        r.sink.judge = lambda lines: Reply(Verdict.RETRY, "HTTP 429", 1e9) if lines else TAKEN
        assert r.forwarder.step() == 30.0, "bounded"


def send_slowly(r: Rig, count: int, step_ns: int) -> None:
    for i in range(count):
        r.samples(block(i, 1))
        r.clock.advance_ns(step_ns)
        r.run()


@pytest.mark.parametrize("how", ["outage", "silent restart", "own restart"])
def test_the_last_minute_is_sent_again_after_the_sink_was_away(tmp_path: Path, how: str) -> None:
    with rig(tmp_path) as r:
        send_slowly(r, 100, S)
        assert len(r.sink.lines) == 100
        r.sink.lines.clear()  # the sink lost everything; the forwarder promises the last minute
        if how == "outage":
            r.sink.judge = lambda lines: AWAY
            r.samples(block(100, 1))
            r.forwarder.step()
            r.clock.advance_ns(3600 * S)
            r.sink.judge = lambda lines: TAKEN
        elif how == "silent restart":
            r.sink.start = "2"
            r.clock.advance_ns(3600 * S)
        else:
            r.forwarder.close()
            r.clock.advance_ns(3600 * S)
            r.forwarder = r.new_forwarder()
        r.run()
        again = sorted(float(line.split("value=")[1].split(",")[0]) for line in r.sink.lines)
        newest = 100.0 if how == "outage" else 99.0
        assert again == [float(n) for n in range(39, int(newest) + 1)]
        status = r.forwarder.status()
        assert (status.backlog, status.forwarded) == (0, int(newest) + 1), "each point is counted once"
        assert r.forwarded() == newest + 1


@settings(max_examples=10, deadline=None)
@given(bad=st.sets(st.integers(0, 299), max_size=12))
def test_refused_points_are_dead_and_all_others_sent(tmp_path_factory: pytest.TempPathFactory, bad: set[int]) -> None:
    with rig(tmp_path_factory.mktemp("hist")) as r:
        poison = {f"value={n}.0," for n in bad}
        r.sink.judge = lambda lines: REFUSED if any(p in line for p in poison for line in lines) else TAKEN
        r.samples(block(0, 150), block(150, 150))
        r.run()
        assert len(r.sink.points()) == 300 - len(bad)
        status = r.forwarder.status()
        assert (status.forwarded, status.dead, status.backlog) == (300 - len(bad), len(bad), 0)
        assert r.forwarded() == 300 - len(bad)


def test_an_outage_in_the_middle_of_a_search_for_a_bad_point_loses_nothing(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        calls = iter([REFUSED, TAKEN, AWAY])
        r.sink.judge = lambda lines: next(calls, AWAY) if lines else TAKEN
        r.samples(block(0, 100))
        r.forwarder.step()
        assert (r.forwarder.status().state, r.forwarder.status().dead) == (ForwarderState.DOWN, 0)
        r.sink.judge = lambda lines: REFUSED if any("value=70.0," in line for line in lines) else TAKEN
        r.run()
        assert len(r.sink.points()) == 99
        assert (r.forwarder.status().dead, r.forwarder.status().forwarded) == (1, 99)


def test_events_of_one_series_never_share_a_time_even_when_sent_again(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        r.events(1500)  # one series, one time: more than one request
        r.run()
        first = list(r.sink.lines)
        assert len(r.sink.points()) == 1500
        r.events(3)
        r.sink.start = "2"
        r.clock.advance_ns(6 * S)
        r.run()
        assert len(r.sink.points()) == 1503
        assert set(first) <= set(r.sink.lines[1500:]), "a point that is sent again is the same point"


def test_a_batch_without_rows_does_not_stop_the_stream(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        r.store.miss(5, "s-1", T0_NS)
        r.store.commit(T0_NS)
        r.samples(block(0, 3), block(0, 3))
        r.run()
        assert len(r.sink.lines) == 3
        assert r.forwarder.status().backlog == 0


def test_the_journal_may_come_later_than_the_forwarder(tmp_path: Path) -> None:
    forwarder = Forwarder(tmp_path, MemorySink(), "sausage", ManualClock(T0_NS))
    assert forwarder.step() > 0.0
    assert Queries(tmp_path).last_seq() == 0
    forwarder.close()
    forwarder.close()


def test_a_sink_that_answers_but_takes_nothing_is_down_and_not_pestered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with rig(tmp_path) as r:
        r.sink.judge = lambda lines: Reply(Verdict.RETRY, "HTTP 401") if lines else TAKEN
        r.samples(block(0, 5))
        pauses: list[float] = []
        for _ in range(10):
            pauses.append(r.forwarder.step())
            r.clock.advance_ns(10 * S)
            assert r.forwarder.status().state is ForwarderState.DOWN
        assert pauses[-1] == 30.0, "a probe that is answered does not shorten the pauses"
        assert caplog.text.count("the sink is away") == 1


def test_an_outage_with_nothing_to_send_is_noticed(tmp_path: Path) -> None:
    with rig(tmp_path) as r:
        r.run()
        assert r.forwarder.status().state is ForwarderState.UP
        r.sink.judge = lambda lines: AWAY
        r.clock.advance_ns(6 * S)
        r.forwarder.step()
        assert r.forwarder.status().state is ForwarderState.DOWN
        r.sink.judge = lambda lines: TAKEN
        r.clock.advance_ns(6 * S)
        r.forwarder.step()
        assert r.forwarder.status().state is ForwarderState.UP


def test_a_fault_of_a_file_does_not_end_the_thread(tmp_path: Path) -> None:
    sink = MemorySink()
    forwarder = Forwarder(tmp_path, sink, "sausage", ManualClock(T0_NS), period_s=0.01)
    (tmp_path / "journal.db").write_bytes(b"this is no database" * 100)
    forwarder.start()
    try:
        wait_for(lambda: forwarder.status().state is ForwarderState.DOWN and bool(forwarder.status().error), what="notice")
        (tmp_path / "journal.db").unlink()
        wait_for(lambda: forwarder.status().state is ForwarderState.UP, what="recovery")
    finally:
        forwarder.close()
