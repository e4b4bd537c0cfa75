"""A disk without room: the historian stops loudly, keeps what it can, goes on by itself, and the scan never waits for it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from historian import journal as journal_module
from historian import samples as samples_module
from historian.database import open_writer
from historian.journal import verify_chain
from historian.queries import Queries
from historian.retention import Policy
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import ManualClock
from line.messages import Event, JsonObject
from tests.builders import T0_NS, S
from tests.waiting import wait_for

WRITER = """
import resource, sys
from pathlib import Path
import numpy as np
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import SystemClock, sleep_s
from line.messages import Event

folder = Path(sys.argv[1])
clock = SystemClock()
writer = JournalWriter(folder / "journal.db", folder / "samples", clock, sample_period_s=0.05)
start_ns, sent = clock.now_ns(), 0

def scan():
    global sent
    sent += 1
    writer.submit_events([Event(sent, clock.now_ns(), "alarm", "A", data={"text": "x" * 200})])
    block = SampleBlock(["T"], np.zeros(1, np.int64), np.array([start_ns + sent * 1_000_000]), np.array([float(sent)]),
                        np.zeros(1, np.uint32), np.zeros(1, np.bool_), {})
    assert writer.submit_samples(block)

def wait(condition):
    for _ in range(3000):
        if condition():
            return
        sleep_s(0.01)
    raise SystemExit("waited in vain: " + writer.error())

scan()
assert writer.flush(10)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))  # no file grows beyond this: writes fail as on a full disk
while writer.healthy():
    scan()
    sleep_s(0.0005)
for _ in range(500):
    scan()
assert not writer.figures().ok
assert writer.figures().backlog >= 500
print("failing:", writer.error(), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
wait(writer.healthy)
assert writer.close()
print("what:", [what for what, _ in writer.take_notices()])
print("sent:", sent)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
def test_files_that_cannot_grow(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", WRITER, str(tmp_path)], capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    lines = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    assert "OperationalError" in lines["failing"]
    assert lines["what"] == "['history_failing', 'history_stores_again']"
    sent = int(lines["sent"])
    assert [e.seq for e in Queries(tmp_path).events_after(0, sent + 10)] == list(range(1, sent + 1)), "no event is lost"
    assert verify_chain(tmp_path / "journal.db") == (True, None)
    assert Queries(tmp_path).sample_counts() == {"T": sent}


class FullDisk:
    """Databases that may have no more pages than they have: SQLite says SQLITE_FULL, as on a disk without room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self._open_ones: list[sqlite3.Connection] = []
        for module in (journal_module, samples_module):
            monkeypatch.setattr(module, "open_writer", self._open)

    def _open(self, path: Path, schema: Sequence[str], version: int, synchronous: str) -> sqlite3.Connection:
        db = open_writer(path, schema, version, synchronous)  # pyright: ignore[reportArgumentType]
        self._open_ones.append(db)
        if self.full:
            self._limit(db)
        return db

    def fill(self) -> None:
        self.full = True
        for db in self._open_ones:
            self._limit(db)

    def _limit(self, db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count=1")  # SQLite takes as many as there are instead


def block(first: int, count: int = 200) -> SampleBlock:
    times = T0_NS + S * np.arange(first, first + count, dtype=np.int64)
    return SampleBlock(["T"], np.zeros(count, np.int64), times, np.zeros(count), np.zeros(count, np.uint32),
                       np.zeros(count, np.bool_), {})  # fmt: skip


def test_sqlite_without_room_and_with_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FullDisk(monkeypatch)
    w = JournalWriter(tmp_path / "journal.db", tmp_path / "samples", ManualClock(T0_NS), sample_period_s=0.02)
    w.submit_samples(block(0))
    assert w.flush(10)
    disk.fill()
    seq = 0
    while w.healthy():
        seq += 1
        w.submit_events([Event(seq, T0_NS + seq, "alarm", "A", data={"text": "x" * 500})])
        w.submit_samples(block(seq * 200))
        w.flush(0.2)
    wait_for(lambda: "full" in w.error(), what="the word of SQLite")
    assert not w.figures().ok
    waiting = w.backlog()
    assert waiting.events + waiting.samples > 0
    disk.full = False
    wait_for(w.healthy, what="room")
    assert w.close()
    assert [what for what, _ in w.take_notices()] == ["history_failing", "history_stores_again"]
    assert [e.seq for e in Queries(tmp_path).events_after(0, 10_000)] == list(range(1, seq + 1))
    assert Queries(tmp_path).sample_counts() == {"T": (seq + 1) * 200}


def test_the_oldest_days_make_room_and_it_is_told_when_a_sink_had_not_got_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JournalAndDays(tmp_path) as days:
        monkeypatch.setattr("historian.writer.unsent_days", lambda data: days.all)
        w = JournalWriter(
            tmp_path / "journal.db", tmp_path / "samples", ManualClock(T0_NS), retention=Policy(400, None, 10**18)
        )  # more room than any disk has: it is as good as full
        assert w.flush(10)
        assert w.close()
    ((what, data),) = w.take_notices()
    dropped = cast(JsonObject, data)
    assert what == "history_dropped"
    assert dropped["unsent"] == dropped["days"]
    assert len(cast(list[str], dropped["days"])) == 20 - 7
    assert w.figures().days_left == 0.0


class JournalAndDays:
    """Twenty days with a sample each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.all: set[object] = set()

    def __enter__(self) -> JournalAndDays:
        store = samples_module.SampleStore(self.folder / "samples")
        for back in range(20):
            store.add(block(-back * 86_400, 1), "")
        store.commit(T0_NS)
        store.close()
        self.all = {day for day, _ in samples_module.day_files(self.folder / "samples")}
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_a_clock_set_back_an_hour_loses_nothing(tmp_path: Path) -> None:
    clock = ManualClock(T0_NS)
    w = JournalWriter(tmp_path / "journal.db", tmp_path / "samples", clock, retention=Policy(2, None, 0))
    w.submit_events([Event(1, clock.now_ns(), "alarm", "before")])
    w.submit_samples(block(0))
    assert w.flush(10)
    w.submit_events([Event(2, T0_NS - 3600 * S, "alarm", "after")])
    w.submit_samples(block(-3600))
    assert w.close()
    again = JournalWriter(tmp_path / "journal.db", tmp_path / "samples", ManualClock(T0_NS - 3600 * S))
    again.submit_samples(block(-3000))
    assert again.close()
    assert [e.seq for e in Queries(tmp_path).events_after(0, 10)] == [1, 2]
    assert verify_chain(tmp_path / "journal.db") == (True, None)
    assert Queries(tmp_path).sample_counts() == {"T": 600}
    trend = Queries(tmp_path).history(["T"], T0_NS - 4000 * S, T0_NS + 400 * S, 10_000)["T"]
    assert trend.t == sorted(trend.t)


STARTER = """
import resource, sys
from pathlib import Path
import numpy as np
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import SystemClock, sleep_s
from line.messages import Event

folder = Path(sys.argv[1])
clock = SystemClock()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file grows: nothing can be opened for writing
writer = JournalWriter(folder / "journal.db", folder / "samples", clock, sample_period_s=0.05)
assert not writer.healthy()
assert not writer.figures().ok
print("found:", writer.last_seq, writer.states.get("stage"), writer.error(), flush=True)
first = writer.last_seq + 1
for n in range(200):
    writer.submit_events([Event(first + n, clock.now_ns(), "alarm", "A")], {"stage": {"n": n}, "big": {"text": "x" * 1000}})
block = SampleBlock(["T"], np.zeros(1, np.int64), np.array([clock.now_ns()]), np.zeros(1), np.zeros(1, np.uint32),
                    np.zeros(1, np.bool_), {})
assert writer.submit_samples(block)
assert not writer.flush(0.5)
assert sum(1 for batch in writer._events if batch.states) == 1, "states do not pile up"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
for _ in range(3000):
    if writer.healthy():
        break
    sleep_s(0.01)
assert writer.close(), writer.error()
print("what:", [what for what, _ in writer.take_notices()])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_FSIZE")
@pytest.mark.parametrize("before", ["nothing", "closed", "killed"])
def test_a_start_on_a_disk_without_room(tmp_path: Path, before: str) -> None:
    if before != "nothing":
        code = WRITER.split("hard = ")[0].replace('[Event(sent, clock.now_ns(), "alarm", "A", data={"text": "x" * 200})]', (
            '[Event(sent, clock.now_ns(), "alarm", "A")], {"stage": {"n": -1}}'
        )) + ("assert writer.close()" if before == "closed" else "import os; os._exit(0)")  # fmt: skip
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=60)
    if before == "killed":
        assert (tmp_path / "journal.db-wal").stat().st_size > 0
        (tmp_path / "journal.db-shm").unlink()  # as after the power came back on another machine
    run = subprocess.run([sys.executable, "-c", STARTER, str(tmp_path)], capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stderr
    lines = dict(line.split(": ", 1) for line in run.stdout.splitlines())
    had = 0 if before == "nothing" else 1
    assert lines["found"].startswith(f"{had} {({'n': -1}) if had else None} "), "states and numbers are read all the same"
    assert lines["what"] == "['history_failing', 'history_stores_again']"
    assert [e.seq for e in Queries(tmp_path).events_after(0, 500)] == list(range(1, 201 + had)), "no event is lost"
    assert verify_chain(tmp_path / "journal.db") == (True, None)
    assert Queries(tmp_path).sample_counts() == {"T": 1 + had}
    with sqlite3.connect(tmp_path / "journal.db") as db:
        assert dict(db.execute("SELECT name, data FROM states"))["stage"] == '{"n":199}'
    db.close()
