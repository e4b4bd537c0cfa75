"""Files that lost what a sink had taken: numbers of events and batches are not used again, so nothing new is passed over."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from historian.forwarder import ForwarderState
from historian.journal import Journal
from historian.outbox import unsent_days
from historian.rollup_old import roll_old_days
from historian.samples import SampleBlock, SampleStore, day_files
from historian.writer import JournalWriter
from line.clock import ManualClock
from line.messages import Event
from tests.builders import T0_NS, S
from tests.unit.test_hist_forwarder import MemorySink, rig
from tests.unit.test_hist_salvage import overwrite, page_of
from tests.waiting import wait_for

GARBAGE = b"\x00\x01garbage" * 3000


def samples(first: int, count: int) -> SampleBlock:
    times = T0_NS + S * np.arange(first, first + count, dtype=np.int64)
    return SampleBlock(["T"], np.zeros(count, np.int64), times, np.arange(first, first + count, dtype=np.float64),
                       np.zeros(count, np.uint32), np.zeros(count, np.bool_), {})  # fmt: skip


def filled(folder: Path, batches: int = 20) -> None:
    """A journal of 50 events and a day of ``batches`` batches with a sample each."""
    with closing(Journal(folder / "journal.db")) as journal:
        journal.append([Event(n, T0_NS + n, "alarm", f"A{n}") for n in range(1, 51)], {"stage": {"x": 1}})
    with closing(SampleStore(folder / "samples")) as store:
        for n in range(batches):
            store.add(samples(n, 1), "s-1")
            store.commit(T0_NS + n)


def sent(sink: MemorySink) -> set[float]:
    return {float(line.split("value=", 1)[1].split(",")[0].split(" ")[0]) for line in sink.lines if line.startswith("process,")}


@pytest.mark.parametrize("how", ["garbage", "gone", "shorter"])
def test_what_comes_after_lost_files_reaches_a_sink_that_had_more(tmp_path: Path, how: str) -> None:
    filled(tmp_path)
    journal, day = tmp_path / "journal.db", day_files(tmp_path / "samples")[0][1]
    with rig(tmp_path) as r:
        r.run()
        assert len(r.sink.lines) == 70
    for path in (journal, day):
        if how == "garbage":
            path.write_bytes(GARBAGE)
        elif how == "gone":
            path.unlink()
    if how == "shorter":  # as after a power failure: the newest commits are gone
        with closing(sqlite3.connect(day)) as db, db:
            db.execute("DELETE FROM samples WHERE batch > 10")
            db.execute("DELETE FROM batches WHERE batch > 10")
    w = JournalWriter(journal, tmp_path / "samples", ManualClock(T0_NS))
    assert w.last_seq >= 50
    w.submit_events([Event(w.last_seq + 1, T0_NS + 100, "alarm", "after")])
    w.submit_samples(samples(1000, 5))
    assert w.close()
    with rig(tmp_path) as r:
        r.run()
        assert {1000.0, 1001.0, 1002.0, 1003.0, 1004.0} <= sent(r.sink)
        assert any(",source=after" in line or "alarm=after" in line for line in r.sink.lines)
        assert r.forwarder.status().backlog == 0


def test_a_journal_whose_numbers_are_all_lost_while_it_is_written(tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    w = JournalWriter(journal, tmp_path / "samples", ManualClock(T0_NS))
    w.submit_events([Event(n, T0_NS + n, "alarm", f"A{n}") for n in range(1, 51)])
    assert w.flush(10)
    with closing(sqlite3.connect(journal)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = journal.stat().st_size
    with journal.open("r+b") as file:
        file.write(b"\xff" * size)
    w.submit_events([Event(51, T0_NS + 51, "alarm", "next")])
    wait_for(lambda: w.backlog().events == 0, what="the new file")
    assert w.close()
    with closing(sqlite3.connect(journal)) as db:
        assert db.execute("SELECT max(seq), count(*) FROM events").fetchone()[0] == 51


def test_samples_whose_batches_were_lost_are_sent_and_stop_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    day = day_files(tmp_path / "samples")[0][1]
    overwrite(day, page_of(day, "batches", last=True))
    with closing(SampleStore(tmp_path / "samples")) as store:
        store.add(samples(1000, 1), "s-1")
        store.commit(T0_NS)
        assert store.salvaged
    with rig(tmp_path) as r:
        r.run()
        assert sent(r.sink) == {*map(float, range(20)), 1000.0}
        assert r.forwarder.status().backlog == 0


def test_events_that_were_lost_are_not_waited_for(tmp_path: Path) -> None:
    filled(tmp_path)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.leave_out(9000)
        journal.append([Event(9001, T0_NS + 9001, "alarm", "after")])
    with rig(tmp_path) as r:
        r.run()
        assert len([line for line in r.sink.lines if line.startswith("alarm,")]) == 51
        assert r.forwarder.status().backlog == 0


def test_samples_of_a_tag_whose_name_is_lost_become_no_other_tags(tmp_path: Path) -> None:
    filled(tmp_path)
    day = day_files(tmp_path / "samples")[0][1]
    with closing(sqlite3.connect(day)) as db, db:
        db.execute("DELETE FROM tags")
    new = samples(1000, 1)
    with closing(SampleStore(tmp_path / "samples")) as store:
        store.add(SampleBlock(["Other"], new.handles, new.time_ns, new.values, new.status, new.late, {}), "s-1")
        store.commit(T0_NS)
    with closing(sqlite3.connect(day)) as db:
        sql = "SELECT count(*) FROM samples JOIN tags ON tags.id = samples.tag WHERE name = 'Other'"
        assert db.execute(sql).fetchone() == (1,)


@pytest.mark.parametrize("what", ["old day", "today", "journal"])
def test_a_damaged_file_holds_up_no_other(tmp_path: Path, what: str) -> None:
    filled(tmp_path)
    with closing(SampleStore(tmp_path / "samples")) as store:
        for day in (1, 2, 3):
            store.add(samples(day * 86_400, 1), "s-1")
        store.commit(T0_NS)
    days = day_files(tmp_path / "samples")
    damaged = {"old day": days[1][1], "today": days[-1][1], "journal": tmp_path / "journal.db"}[what]
    with rig(tmp_path) as r:
        whole = damaged.read_bytes()
        damaged.write_bytes(GARBAGE)
        if what == "journal":
            r.journal.close()
            for suffix in ("-wal", "-shm"):
                damaged.with_name(damaged.name + suffix).unlink(missing_ok=True)
            damaged.write_bytes(GARBAGE)
        r.run()
        all_of = {*map(float, range(20)), 86_400.0, 172_800.0, 259_200.0}
        gone = {"old day": {86_400.0}, "today": {259_200.0}, "journal": set[float]()}[what]
        assert sent(r.sink) == all_of - gone
        assert r.forwarder.status().state is ForwarderState.DOWN, "people are told"
        assert any(line.startswith("alarm,") for line in r.sink.lines) == (what != "journal")
        assert unsent_days(tmp_path) == ({days[1][0]} if what == "old day" else {days[-1][0]} if what == "today" else set())
        damaged.write_bytes(whole)  # as when it was made anew
        r.run()
        assert sent(r.sink) == all_of
        assert r.forwarder.status().state is ForwarderState.UP


@pytest.mark.parametrize("back", [1, 3])
def test_a_day_that_the_engine_writes_is_not_made_anew_by_the_server(tmp_path: Path, back: int) -> None:
    with closing(SampleStore(tmp_path / "samples")) as earlier:
        for day in range(5):
            earlier.add(samples(day * 86_400, 2000), "s-1")
        earlier.commit(T0_NS)
    day, path = day_files(tmp_path / "samples")[-1 - back]
    with closing(SampleStore(tmp_path / "samples")) as engine:
        engine.add(samples((4 - back) * 86_400 + 3000, 1), "s-1")  # late, or by a clock that was set back
        engine.commit(T0_NS)
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        overwrite(path, page_of(path, "samples", last=True))
        roll_old_days(tmp_path / "samples", threading.Event(), share=1.0)
        assert not list((tmp_path / "samples").glob("*.damaged-*")), "the engine would write on into the file that is set aside"
        engine.add(samples((4 - back) * 86_400 + 4000, 1), "s-1")
        engine.commit(T0_NS)
    with closing(sqlite3.connect(path)) as db:
        wanted = T0_NS + S * ((4 - back) * 86_400 + 4000)
        assert db.execute("SELECT count(*) FROM samples WHERE time_ns = ?", (wanted,)).fetchone() == (1,)
    if back > 1:  # nobody has it open any more
        roll_old_days(tmp_path / "samples", threading.Event(), share=1.0)
        assert list((tmp_path / "samples").glob(f"{day}.damaged-*"))
