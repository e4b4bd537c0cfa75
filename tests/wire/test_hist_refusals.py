"""The InfluxDB sink against a server that refuses, stalls or is not there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from historian.forwarder import Forwarder, ForwarderState, Verdict
from historian.influx import InfluxSink, InfluxTarget
from historian.samples import SampleBlock, SampleStore
from line.clock import NS_PER_MS, SystemClock
from tests.builders import T0_NS
from tests.sinks import Answer, free_port, stubborn_sink, wait_for

LINE = "potok,tag=T value=1.0 1700000000000000000"


def fill(data: Path, count: int) -> None:
    store = SampleStore(data / "samples")
    times = T0_NS + np.arange(count, dtype=np.int64) * NS_PER_MS
    none = np.zeros(count, dtype=np.bool_)
    zeros = np.zeros(count, dtype=np.int64)
    store.add(SampleBlock(["T"], zeros, times, np.arange(count, dtype=np.float64), zeros.astype(np.uint32), none, {}), "s-1")
    store.commit(T0_NS)
    store.close()


@contextmanager
def influx(url: str, timeout_s: float = 2.0) -> Iterator[InfluxSink]:
    sink = InfluxSink(InfluxTarget(url, timeout_s=timeout_s))
    try:
        yield sink
    finally:
        sink.close()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (204, Verdict.TAKEN), (400, Verdict.REFUSED), (413, Verdict.REFUSED), (422, Verdict.REFUSED), (401, Verdict.RETRY),
        (404, Verdict.RETRY), (429, Verdict.RETRY), (500, Verdict.RETRY), (503, Verdict.RETRY),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int, verdict: Verdict) -> None:
    with stubborn_sink(lambda lines: Answer(status)) as server, influx(server.url) as sink:
        reply = sink.write(LINE)
        assert reply.verdict is verdict
        assert (str(status) in reply.error) is (status != 204)
        assert sink.probe() == ""


def test_how_long_to_wait_is_read_from_the_answer() -> None:
    with stubborn_sink(lambda lines: Answer(429, {"Retry-After": "17"})) as server, influx(server.url) as sink:
        assert sink.write(LINE).retry_after_s == 17.0
    with stubborn_sink(lambda lines: Answer(503, {"Retry-After": "soon"})) as server, influx(server.url) as sink:
        assert sink.write(LINE).retry_after_s == 0.0


def test_a_closed_port_and_a_stall_are_outages() -> None:
    with influx(f"http://127.0.0.1:{free_port()}") as sink:
        reply = sink.write(LINE)
        assert reply.verdict is Verdict.RETRY
        assert reply.error
        assert sink.probe() is None
    with stubborn_sink(lambda lines: Answer(delay_s=10.0)) as server, influx(server.url, timeout_s=0.2) as sink:
        reply = sink.write(LINE)
        assert reply.verdict is Verdict.RETRY
        assert "imeout" in reply.error


def test_rejected_points_are_found_through_a_real_server(tmp_path: Path) -> None:
    """400 for two points, 413 for more than 1000 lines, 429 and 503 now and then: the rest arrives, once per point."""
    moods = iter([503, 0, 0, 429])

    def judge(lines: Sequence[str]) -> Answer:
        mood = next(moods, 0)
        if mood:
            return Answer(mood)
        if len(lines) > 1000:
            return Answer(413)
        return Answer(400 if any("value=77.0," in line or "value=2999.0," in line for line in lines) else 204)

    fill(tmp_path, 3000)
    with stubborn_sink(judge) as server, influx(server.url) as sink:
        forwarder = Forwarder(tmp_path, sink, "sausage", SystemClock(), period_s=0.05)
        forwarder.start()
        try:
            wait_for(lambda: forwarder.status().dead == 2 and forwarder.status().backlog == 0, 20, "the end")
            assert forwarder.status().state is ForwarderState.UP
            assert forwarder.status().forwarded == 2998
            assert len(set(server.taken)) == 2998
        finally:
            forwarder.close()


def test_closing_does_not_wait_for_a_backoff(tmp_path: Path) -> None:
    fill(tmp_path, 10)
    clock = SystemClock()
    with influx(f"http://127.0.0.1:{free_port()}") as sink:
        forwarder = Forwarder(tmp_path, sink, "sausage", clock)
        forwarder.start()
        wait_for(lambda: forwarder.status().state is ForwarderState.DOWN, what="the outage")
        started_ns = clock.monotonic_ns()
        forwarder.close()
        assert clock.monotonic_ns() - started_ns < 2e9
        assert (forwarder.status().state, forwarder.status().backlog) == (ForwarderState.OFF, 10)
