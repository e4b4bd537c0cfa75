"""SIGKILL of the process that writes: everything that was called durable is there, and the chain holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from historian.queries import Queries
from historian.writer import JournalWriter
from line.clock import SystemClock
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
