"""What a sink has taken, on disk: migration of the old state, states set aside, days not yet sent, dead letters."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from historian.database import StoreVersionError
from historian.forwarder import Forwarder, Reply, Verdict
from historian.ledger import shift_ledger
from historian.outbox import (
    DeadLetters,
    Outbox,
    Refused,
    migrate_old,
    retire_others,
    sink_records,
    state_path,
    unsent_days,
)  # fmt: skip
from historian.samples import SampleStore, day_of
from line.clock import ManualClock
from tests.builders import T0_NS, S
from tests.history_kit import PointStore, scan_block

DAY = day_of(T0_NS)
OLD_SCHEMA = """
CREATE TABLE cursors (stream TEXT PRIMARY KEY, position INTEGER NOT NULL, high INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE acks (id INTEGER PRIMARY KEY, acked_ns INTEGER NOT NULL, stream TEXT NOT NULL, before INTEGER NOT NULL);
CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE quarantine (line TEXT PRIMARY KEY, stream TEXT NOT NULL, shift TEXT NOT NULL, reason TEXT NOT NULL,
quarantined_ns INTEGER NOT NULL);
INSERT INTO totals VALUES ('forwarded', 41);
PRAGMA journal_mode=WAL;
PRAGMA user_version=1;
"""


@contextmanager
def outbox(path: Path) -> Iterator[Outbox]:
    made = Outbox(path)
    try:
        yield made
    finally:
        made.close()


def old_state(data: Path) -> None:
    """``forward.db`` as the version with one sink left it: 3 batches, the last of them not for long."""
    with closing(sqlite3.connect(data / "forward.db", isolation_level=None)) as db:
        db.executescript(OLD_SCHEMA)
        db.executemany("INSERT INTO cursors VALUES (?,?,?)", [("events", 7, 9), (DAY.isoformat(), 3, 3)])
        db.execute("INSERT INTO acks (acked_ns, stream, before) VALUES (?,?,?)", (T0_NS, DAY.isoformat(), 2))
        db.execute("INSERT INTO quarantine VALUES ('T value=1 5',?,'s-1','HTTP 400 bad',?)", (DAY.isoformat(), T0_NS))


def fill(data: Path, batches: int, day: int = 0) -> None:
    store = SampleStore(data / "samples")
    for number in range(batches):
        store.add(scan_block(["U.A", "U.B"], T0_NS + day * 86400 * S + number * S, 1.0), "s-1")
        store.commit(T0_NS)
    store.close()


def forwarded(data: Path) -> int:
    return shift_ledger(data / "samples", data / "x", "s-1", T0_NS, T0_NS + 100 * S).forwarded


def test_the_old_state_becomes_that_of_a_sink(tmp_path: Path) -> None:
    fill(tmp_path, 4)
    old_state(tmp_path)
    assert forwarded(tmp_path) == 5, "the ledger reads the old state, too: 3 batches of 2, one of them refused"
    assert unsent_days(tmp_path) == {DAY}
    assert migrate_old(tmp_path, "plant")
    assert not list(tmp_path.glob("forward.db*"))
    assert forwarded(tmp_path) == 5
    with outbox(state_path(tmp_path, "plant")) as state:
        assert list(state.sent("events")) == [(0, 7)]
        assert list(state.ever("events")) == [(0, 9)]
        assert list(state.sent(DAY.isoformat())) == [(0, 2)], "what may be lost is sent again"
        assert list(state.ever(DAY.isoformat())) == [(0, 3)]
        assert (state.forwarded(), state.dead()) == (41, 1)
    assert not migrate_old(tmp_path, "plant")


def test_a_migration_that_was_killed_goes_on(tmp_path: Path) -> None:
    """Killed while it wrote: begun anew. Killed before the old state was deleted: that is done now, nothing is read again."""
    old_state(tmp_path)
    making = state_path(tmp_path, "plant").with_name("plant.db.making")
    making.parent.mkdir()
    making.write_bytes(b"half of a file")
    assert migrate_old(tmp_path, "plant")
    with outbox(state_path(tmp_path, "plant")) as state:
        state.acknowledge("events", 7, 12, 5, [], T0_NS, T0_NS, 60 * S)
    old_state(tmp_path)
    assert migrate_old(tmp_path, "plant")
    with outbox(state_path(tmp_path, "plant")) as state:
        assert list(state.sent("events")) == [(0, 12)]
        assert state.forwarded() == 46


def test_a_state_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    path = state_path(tmp_path, "plant")
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=3")
    with pytest.raises(StoreVersionError):
        Outbox(path)
    with pytest.raises(StoreVersionError):
        unsent_days(tmp_path)


def test_what_was_acknowledged_survives_a_restart(tmp_path: Path) -> None:
    path = state_path(tmp_path, "plant")
    with outbox(path) as state:
        state.acknowledge("events", 0, 10, 10, [], T0_NS, 0, 60 * S)
        state.acknowledge("events", 90, 100, 10, [], T0_NS, 100 * S, 60 * S)
        state.acknowledge("events", 10, 20, 9, [Refused("a b=1 1", "bad", "")], T0_NS, 101 * S, 60 * S)
    with outbox(path) as state:
        assert list(state.sent("events")) == [(0, 20), (90, 100)]
        assert state.rewind()
        assert list(state.sent("events")) == [(0, 10)], "older than the window stays"
        assert list(state.ever("events")) == [(0, 20), (90, 100)]
        assert not state.rewind()
    with outbox(path) as state:
        assert list(state.sent("events")) == [(0, 10)]
        assert (state.forwarded(), state.dead()) == (29, 1)


def test_days_that_some_sink_lacks(tmp_path: Path) -> None:
    assert unsent_days(tmp_path) == set()
    fill(tmp_path, 3)
    fill(tmp_path, 2, day=1)
    assert unsent_days(tmp_path) == set(), "nothing is forwarded, so nothing waits"
    first, second = DAY, date.fromordinal(DAY.toordinal() + 1)
    with outbox(state_path(tmp_path, "a")) as a, outbox(state_path(tmp_path, "b")) as b:
        assert unsent_days(tmp_path) == {first, second}
        for state in (a, b):
            state.acknowledge(first.isoformat(), 0, 3, 6, [], T0_NS, 0, 0)
        assert unsent_days(tmp_path) == {second}
        a.acknowledge(second.isoformat(), 1, 2, 2, [], T0_NS, 0, 0)
        b.acknowledge(second.isoformat(), 0, 2, 4, [], T0_NS, 0, 0)
        assert unsent_days(tmp_path) == {second}, "a gap is not sent"
        assert forwarded(tmp_path) == 8
        a.acknowledge(second.isoformat(), 0, 1, 2, [], T0_NS, 0, 0)
        assert unsent_days(tmp_path) == set()


def test_a_sink_that_is_not_configured_holds_up_nothing_and_may_come_back(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    with outbox(state_path(tmp_path, "gone")) as state:
        state.acknowledge(DAY.isoformat(), 0, 1, 2, [], T0_NS, 0, 0)
    with outbox(state_path(tmp_path, "plant")) as state:
        state.acknowledge(DAY.isoformat(), 0, 3, 6, [], T0_NS, 0, 0)
    assert (unsent_days(tmp_path), forwarded(tmp_path)) == ({DAY}, 2)
    assert retire_others(tmp_path, ["plant"]) == ["gone"]
    assert (unsent_days(tmp_path), forwarded(tmp_path)) == (set(), 6)
    assert retire_others(tmp_path, ["plant", "gone"]) == []
    assert {r.name: r.sent[DAY.isoformat()].solid() for r in sink_records(tmp_path)} == {"gone": 1, "plant": 3}


def test_dead_letters_are_sent_again_or_given_up(tmp_path: Path) -> None:
    """The first sink refuses one value, until somebody corrects it there."""
    fill(tmp_path, 3)
    sink, clock = PointStore(), ManualClock(T0_NS)
    refuses = True
    take = sink.write

    def write(lines: str) -> Reply:
        if refuses and "tag=U.B" in lines:
            return Reply(Verdict.REFUSED, "HTTP 400 field type conflict")
        return take(lines)

    sink.write = write
    forwarder = Forwarder(tmp_path, sink, "sausage", clock, name="plant")
    letters = DeadLetters(state_path(tmp_path, "plant"))
    try:
        rest(forwarder)
        assert (forwarder.status().forwarded, forwarder.status().dead, forwarded(tmp_path)) == (3, 3, 3)
        listed = letters.list(10)
        assert [d.number for d in listed] == [3, 2, 1]
        assert {d.reason for d in listed} == {"HTTP 400 field type conflict"}
        assert letters.resend([1]) == 1
        assert letters.list(10)[-1].again
        clock.advance_ns(2 * S)
        rest(forwarder)
        again = letters.list(10)[-1]
        assert (again.number, again.again, again.tries) == (1, False, 2), "refused once more"
        refuses = False
        assert letters.drop([3]) == 1
        assert letters.resend() == 2
        assert letters.resend([3, 99]) == 0, "given up is given up"
        clock.advance_ns(2 * S)
        rest(forwarder)
        assert (letters.count(), forwarder.status().dead, forwarder.status().forwarded) == (0, 0, 5)
        assert forwarded(tmp_path) == 5, "what was given up is not forwarded"
        assert len(sink.points) == 5
    finally:
        letters.close()
        forwarder.close()


def rest(forwarder: Forwarder) -> None:
    while forwarder.step() == 0.0:
        pass


def test_there_are_no_letters_of_an_unknown_sink(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nobody"):
        DeadLetters(state_path(tmp_path, "nobody"))
