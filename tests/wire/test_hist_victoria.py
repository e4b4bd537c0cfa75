"""The forwarder against a real victoria-metrics that is killed in mid-stream: at the end the counts are equal."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from historian.forwarder import Forwarder, ForwarderState
from historian.influx import InfluxSink, InfluxTarget
from historian.journal import Journal
from historian.samples import SampleBlock, SampleStore
from line.clock import NS_PER_MS, SystemClock
from line.messages import Event
from tests.sinks import VictoriaMetrics, victoria_metrics, wait_for

NAMES = [f"S401.T{n}" for n in range(50)]


def blocks(start_ns: int, count: int) -> list[SampleBlock]:
    """``count`` scans of 50 tags, 10 ms apart."""
    width = len(NAMES)
    return [
        SampleBlock(
            NAMES, np.arange(width), np.full(width, start_ns + scan * 10 * NS_PER_MS, dtype=np.int64),
            np.arange(width, dtype=np.float64) + scan, np.zeros(width, dtype=np.uint32), np.zeros(width, dtype=np.bool_), {},
        )
        for scan in range(count)
    ]  # fmt: skip


def export_count(server: VictoriaMetrics) -> tuple[int, int]:
    return server.points('{__name__="process_value",line="sausage"}'), server.points('{__name__="event_n"}')


def test_counts_are_equal_after_the_sink_was_killed_in_mid_stream(tmp_path: Path) -> None:
    start_ns = SystemClock().now_ns() - 3_600_000_000_000
    data = tmp_path / "data"
    store, journal = SampleStore(data / "samples"), Journal(data / "journal.db")
    with victoria_metrics(tmp_path / "vm") as server:
        sink = InfluxSink(InfluxTarget(server.url, timeout_s=2.0))
        forwarder = Forwarder(data, sink, "sausage", SystemClock(), period_s=0.05)
        forwarder.start()
        try:
            scans = 0
            for part in range(6):
                for block in blocks(start_ns + scans * 10 * NS_PER_MS, 200):
                    store.add(block, "s-1")
                store.commit(start_ns)
                scans += 200
                # Events of one series in one millisecond, a text that needs escaping.
                journal.append([Event(journal.last_seq() + 1 + i, start_ns + part * NS_PER_MS, "write", "Партия 1, \\ \"=",
                                      data={"text": 'a "b"\nc', "i": i}) for i in range(20)])  # fmt: skip
                if part == 2:
                    wait_for(lambda: forwarder.status().forwarded >= 20_000, what="the first part")
                    server.kill()
                    wait_for(lambda: forwarder.status().state is ForwarderState.DOWN, what="notice of the outage")
                if part == 4:
                    server.start()
            wait_for(lambda: forwarder.status().backlog == 0 and forwarder.status().state is ForwarderState.UP, 20, "all sent")
            wait_for(lambda: export_count(server) == (scans * len(NAMES), 120), 10, f"equal counts, not {export_count(server)}")
            status = forwarder.status()
            assert (status.forwarded, status.dead) == (scans * len(NAMES) + 120, 0)
            values = {float(v) for s in server.export('process_value{tag="S401.T7"}') for v in s["values"]}  # pyright: ignore
            assert values == {7.0 + scan for scan in range(200)}
        finally:
            forwarder.close()
            store.close()
            journal.close()


def test_a_restart_that_no_request_saw_is_noticed(tmp_path: Path) -> None:
    """Killed and back within a pause: what victoria-metrics held in memory only is sent again."""
    start_ns = SystemClock().now_ns() - 3_600_000_000_000
    data = tmp_path / "data"
    store = SampleStore(data / "samples")
    with victoria_metrics(tmp_path / "vm") as server:
        sink = InfluxSink(InfluxTarget(server.url, timeout_s=2.0))
        forwarder = Forwarder(data, sink, "sausage", SystemClock())
        try:
            for block in blocks(start_ns, 20):
                store.add(block, "s-1")
            store.commit(start_ns)
            assert forwarder.step() == 0.0
            first = sink.probe()
            assert first
            # The start is told in whole seconds: only a process that lived for less than one goes unnoticed.
            wait_for(lambda: SystemClock().now_ns() > (int(first) + 1) * 1_000_000_000, what="the next second")
            server.kill()
            assert sink.probe() is None
            server.start()
            assert sink.probe() not in (None, "", first)
            forwarder._probe_due_ns = 0  # pyright: ignore[reportPrivateUsage]
            while forwarder.step() == 0.0:
                pass
            wait_for(lambda: export_count(server)[0] == 1000, what="equal counts")
            assert forwarder.status().forwarded == 1000
        finally:
            forwarder.close()
            store.close()
