"""The writer thread: nothing that it accepted is lost, whatever the disk does."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from historian.journal import Journal, verify_chain
from historian.ledger import shift_ledger
from historian.queries import Queries
from historian.retention import Policy
from historian.samples import SampleBlock, SampleStore, day_files
from historian.writer import JournalWriter
from line.clock import ManualClock
from line.messages import Event
from tests.builders import T0_NS, S
from tests.sinks import wait_for


def writer(folder: Path, **options: float) -> JournalWriter:
    return JournalWriter(folder / "journal.db", folder / "samples", ManualClock(T0_NS), **options)  # pyright: ignore[reportArgumentType]


def event(seq: int, kind: str = "alarm", source: str = "x", **data: str) -> Event:
    return Event(seq, T0_NS + seq, kind, source, data=data)


def block(start: int, count: int) -> SampleBlock:
    zeros = np.zeros(count, dtype=np.int64)
    times = T0_NS + (start + np.arange(count, dtype=np.int64)) * S
    return SampleBlock(["T"], zeros, times, np.arange(start, start + count, dtype=np.float64),
                       np.zeros(count, dtype=np.uint32), np.zeros(count, dtype=np.bool_), {})  # fmt: skip


def broken(monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> Callable[[], None]:
    """Make a method fail as a full disk does; call the result to mend it."""
    healthy: Callable[..., None] = getattr(owner, name)

    def fails(*args: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(owner, name, fails)
    return lambda: monkeypatch.setattr(owner, name, healthy)


def test_what_is_durable_is_said_once_and_in_order(tmp_path: Path) -> None:
    w = writer(tmp_path)
    said: list[tuple[int, int]] = []
    threads: set[str] = set()

    def durable(seq: int) -> Callable[[], None]:
        def call() -> None:
            threads.add(threading.current_thread().name)
            said.append((seq, Queries(tmp_path).last_seq()))

        return call

    for seq in range(1, 101):
        w.submit_events([event(seq)], {"stage": {"seq": seq}}, durable(seq))
    assert w.flush(10)
    assert [seq for seq, _ in said] == list(range(1, 101))
    assert all(on_disk >= seq for seq, on_disk in said), "said only once it is on the disk"
    assert threads == {"journal-writer"}
    assert (w.backlog().events, w.healthy()) == (0, True)
    assert w.close()
    assert w.close(), "twice"
    again = writer(tmp_path)
    assert (again.last_seq, again.states) == (100, {"stage": {"seq": 100}})
    again.close()


def test_events_do_not_wait_for_the_second_of_the_samples(tmp_path: Path) -> None:
    w = writer(tmp_path, sample_period_s=3600)
    done = threading.Event()
    assert w.submit_samples(block(0, 5))
    w.submit_events([event(1)], on_durable=done.set)
    assert done.wait(5)
    assert Queries(tmp_path).sample_counts() == {}
    assert w.backlog().samples == 5
    w.close()
    assert Queries(tmp_path).sample_counts() == {"T": 5}, "closing writes what is left"


def test_samples_are_committed_by_themselves(tmp_path: Path) -> None:
    w = writer(tmp_path, sample_period_s=0.05)
    assert w.submit_samples(None)
    assert w.submit_samples(block(0, 5))
    wait_for(lambda: Queries(tmp_path).sample_counts() == {"T": 5}, what="the commit")
    wait_for(lambda: w.backlog().samples == 0, what="the backlog")
    w.close()


def test_a_disk_that_fails_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    w = writer(tmp_path, sample_period_s=0.02)
    mend_journal, mend_samples = broken(monkeypatch, Journal, "append"), broken(monkeypatch, SampleStore, "_commit_day")
    for seq in range(1, 11):
        w.submit_events([event(seq)])
        w.submit_samples(block(seq, 1))
    wait_for(lambda: not w.healthy(), what="the failure")
    wait_for(lambda: "disk I/O error" in w.error(), what="its text")
    assert not w.flush(0.05)
    assert (w.backlog().events, w.backlog().samples) == (10, 10)
    mend_journal()
    mend_samples()
    wait_for(w.healthy, what="recovery")
    assert w.flush(10)
    assert w.close()
    assert [e.seq for e in Queries(tmp_path).events_after(0, 100)] == list(range(1, 11))
    assert Queries(tmp_path).sample_counts() == {"T": 10}
    assert verify_chain(tmp_path / "journal.db") == (True, None)


def test_a_commit_that_reports_a_fault_but_reached_the_disk_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy = Journal.append
    faults = [1]

    def commits_and_fails(self: Journal, *args: object) -> None:
        healthy(self, *args)  # pyright: ignore[reportArgumentType]
        if faults.pop() if faults else 0:
            raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Journal, "append", commits_and_fails)
    w = writer(tmp_path)
    w.submit_events([event(1), event(2)], {"a": {"n": 1}})
    assert w.flush(10)
    w.submit_events([event(3)])
    assert w.close()
    assert [e.seq for e in Queries(tmp_path).events_after(0, 100)] == [1, 2, 3]


def test_full_memory_refuses_samples_and_the_ledger_counts_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    w = writer(tmp_path, sample_period_s=0.02, samples_max=10)
    w.submit_events([event(1, "shift", "s-1", what="started")])
    assert w.flush(10)
    mend = broken(monkeypatch, SampleStore, "_commit_day")
    assert w.submit_samples(block(0, 8))
    assert not w.submit_samples(block(8, 5))
    assert w.backlog().refused == 5
    assert w.submit_samples(block(8, 2))
    mend()
    assert w.flush(10)
    assert w.close()
    ledger = shift_ledger(tmp_path / "samples", tmp_path / "forward.db", "s-1", T0_NS, T0_NS + 100 * S)
    assert (ledger.expected, ledger.stored) == (15, 10)


def test_samples_belong_to_the_shift_that_was_open_when_they_came(tmp_path: Path) -> None:
    w = writer(tmp_path)
    w.submit_samples(block(0, 1))
    w.submit_events([event(1, "shift", "s-1", what="started")])
    w.submit_samples(block(1, 2))
    w.submit_events([event(2, "shift", "s-1", what="ended"), event(3, "shift", "s-2", what="started")])
    w.submit_samples(block(3, 4))
    assert w.close()
    again = writer(tmp_path)
    again.submit_samples(block(7, 8))
    again.submit_events([event(4, "shift", "s-2", what="ended")])
    again.submit_samples(block(15, 16))
    assert again.close()
    counts = [shift_ledger(tmp_path / "samples", tmp_path / "x", s, T0_NS, T0_NS + 100 * S).stored for s in ("", "s-1", "s-2")]
    assert counts == [17, 2, 12]


def test_a_listener_that_fails_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise RuntimeError("event loop is closed")

    w = writer(tmp_path)
    w.submit_events([event(1)], on_durable=fails)
    w.submit_events([event(2)])
    assert w.close()
    assert "a listener failed" in caplog.text
    assert Queries(tmp_path).last_seq() == 2


def test_wrong_numbers_are_reported_and_kept(tmp_path: Path) -> None:
    w = writer(tmp_path)
    w.submit_events([event(5)])
    assert not w.flush(0.3)
    assert "where 1 is next" in w.error()
    assert w.backlog().events == 1
    assert not w.close(0.3)


def test_retention_drops_days_and_says_so(tmp_path: Path) -> None:
    with closing(SampleStore(tmp_path / "samples")) as store:
        for day in range(30):
            store.add(block(-day * 86_400, 1), "")
        store.commit(T0_NS)
    w = JournalWriter(
        tmp_path / "journal.db", tmp_path / "samples", ManualClock(T0_NS), retention=Policy(days=10, reserve_bytes=0)
    )
    assert w.flush(10)
    figures = w.figures()
    assert w.close()
    assert len(day_files(tmp_path / "samples")) == 11
    ((what, data),) = w.take_notices()
    assert (what, len(cast(list[str], data["days"])), data["unsent"]) == ("history_dropped", 19, [])
    assert w.take_notices() == []
    assert (figures.ok, figures.clock_ok, figures.held_days) == (True, True, 0)
    assert figures.disk_free_gb > 0
    assert figures.size_gb > 0
