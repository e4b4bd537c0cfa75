"""SIGKILL of the process that writes: everything that was called durable is there, and the chain holds."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from historian.database import open_reader
from historian.queries import Queries
from historian.rollup import state_of
from historian.samples import SAMPLES_VERSION, day_files
from historian.trend import read_trends, window
from historian.writer import JournalWriter
from line.clock import NS_PER_S, SystemClock
from line.messages import Event

WRITER = """
import sys
from pathlib import Path
import numpy as np
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import SystemClock, sleep_s
from line.messages import Event

folder = Path(sys.argv[1])
clock = SystemClock()
writer = JournalWriter(folder / "journal.db", folder / "samples", clock, sample_period_s=0.05)
names = [f"U.T{n}" for n in range(20)]
print("open", writer.last_seq, flush=True)
seq = writer.last_seq
start_ns = clock.now_ns()

def say(text):
    def call():
        sys.stdout.write(text)
        sys.stdout.flush()
    return call

scan = 0
while True:
    scan += 1
    seq += 1
    block = SampleBlock(names, np.arange(20), np.full(20, start_ns + scan * 1_000_000), np.full(20, float(scan)),
                        np.zeros(20, dtype=np.uint32), np.zeros(20, dtype=np.bool_), {})
    writer.submit_samples(block)
    event = Event(seq, clock.now_ns(), "alarm", "A", data={"scan": scan})
    writer.submit_events([event], {"stage": {"seq": seq}}, say(f"seq {seq}\\n"))
    if scan % 50 == 0 and writer.flush(10):
        print("samples", scan, flush=True)
    sleep_s(0.0005)
"""

ROLLING = """
import sys
from pathlib import Path
import numpy as np
from historian.samples import SampleBlock
from historian.writer import JournalWriter
from line.clock import SystemClock, sleep_s

folder, first = Path(sys.argv[1]), int(sys.argv[2])
writer = JournalWriter(folder / "journal.db", folder / "samples", SystemClock(), sample_period_s=0.01)
names = [f"U.T{n}" for n in range(30)]
scan = first
while True:  # a quarter of an hour goes by in 90 scans; some samples come hours late
    scan += 1
    times = np.full(30, 1_700_000_000_000_000_000 + scan * 10_000_000_000)
    times[scan % 30] -= 7_200_000_000_000 + 1_000_000
    writer.submit_samples(SampleBlock(names, np.arange(30), times, np.sin(np.arange(30) + scan), np.zeros(30, dtype=np.uint32),
                                      np.zeros(30, dtype=np.bool_), {}))
    if scan % 20 == 0 and writer.flush(10):
        print(scan, flush=True)
    sleep_s(0.0002)
"""


@pytest.mark.parametrize("kills", [4])
def test_killed_in_the_middle_of_rollups_no_trend_lacks_a_sample(tmp_path: Path, kills: int) -> None:
    scan = 0
    for _ in range(kills):
        arguments = [sys.executable, "-c", ROLLING, str(tmp_path), str(scan)]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        began = scan
        for text in process.stdout:
            scan = int(text)
            if scan >= began + 1100:
                process.kill()
                break
        process.stdout.close()
        process.wait(10)
        scan += 200  # what was in memory is gone
        from_ns, to_ns = 1_699_990_000 * NS_PER_S, (1_700_000_000 + scan * 10) * NS_PER_S
        names = [f"U.T{n}" for n in range(30)]
        served = Queries(tmp_path).history(names, from_ns, to_ns, 12)
        raw = read_trends(tmp_path / "samples", names, window(from_ns, to_ns, 12, 900 * NS_PER_S, rollups=False))
        assert served == raw
    done: list[int] = []
    for _, path in day_files(tmp_path / "samples"):
        db = open_reader(path, SAMPLES_VERSION)
        assert db is not None
        with closing(db):
            done.append(state_of(db, "done"))
    assert max(done) > 1_700_000_000 * NS_PER_S, "there were rollups"


@pytest.mark.parametrize("kills", [3])
def test_kill_in_mid_write(tmp_path: Path, kills: int) -> None:
    samples_before, last_seq = 0, 0
    for round_number in range(kills):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        acknowledged, scans = 0, 0
        for line_number, text in enumerate(process.stdout):
            word, number = text.split()
            if word == "open":
                assert int(number) >= last_seq
            elif word == "seq":
                acknowledged = int(number)
            else:
                scans = int(number)
            if scans >= 100 and line_number % 37 == 11 + round_number:
                process.kill()
                break
        # What was still in the pipe had been acknowledged as well.
        rest = process.stdout.read().splitlines()
        process.stdout.close()
        process.wait(10)
        whole = [t.split() for t in rest if len(t.split()) == 2]
        acknowledged = max([acknowledged, *(int(n) for w, n in whole[:-1] if w == "seq")])
        queries = Queries(tmp_path)
        assert queries.last_seq() >= acknowledged > last_seq
        assert queries.verify_chain() == (True, None)
        assert queries.states() == {"stage": {"seq": queries.last_seq()}}, "events and states are one transaction"
        counts = queries.sample_counts()
        assert len(set(counts.values())) == 1, "a commit is whole or not at all"
        assert counts["U.T0"] - samples_before >= scans
        samples_before, last_seq = counts["U.T0"], queries.last_seq()
    with_next = JournalWriter(tmp_path / "journal.db", tmp_path / "samples", SystemClock())
    with_next.submit_events([Event(with_next.last_seq + 1, 1, "system", "engine", data={"what": "restored"})])
    assert with_next.close()
    assert Queries(tmp_path).verify_chain() == (True, None)
