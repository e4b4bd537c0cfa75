"""Points per second through the forwarder, beside influxdb-client writing the same points in the same run to the same server.

The server takes requests and answers 204, so that what is measured is what stands before it: the forwarder reads its points from
day files and notes in a database what was taken, the client has them in memory.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS

from benchmarks.figure import Figure, median
from historian.forwarder import Forwarder
from historian.influx import InfluxSink, InfluxTarget
from historian.samples import SampleBlock, SampleStore
from line.clock import NS_PER_S, SystemClock, perf_counter_ns

_TAGS = 200
_SCANS = 1000
_ROUNDS = 5
_QUICK_SCANS = 50
_REQUEST = 5000
_START_NS = 1_767_247_200 * NS_PER_S
_NAMES = tuple(f"U{i:03}.Value" for i in range(_TAGS))


def forwarder_vs_client(quick: bool = False) -> Figure:
    """Points per second of the forwarder; beside it the client with points made by its own class, as its documents show."""
    scans, rounds = (_QUICK_SCANS, 1) if quick else (_SCANS, _ROUNDS)
    points = _TAGS * scans
    found: dict[str, list[float]] = {"ours": [], "points": [], "lines": []}
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder, _server() as (url, taken):
        data = Path(folder)
        _fill(data, scans)
        for number in range(rounds):
            found["ours"].append(_timed(points, taken, lambda number=number: _forward(data, url, number)))
            found["points"].append(_timed(points, taken, lambda: _client_points(url, scans)))
            found["lines"].append(_timed(points, taken, lambda: _client_lines(url, scans)))
    ours, baseline, lines = (median(found[name]) for name in ("ours", "points", "lines"))
    about = (
        f"medians of {rounds} rounds of {points} points to a server in this process that answers 204; "
        f"the client writes Point objects, {_REQUEST} a request"
    )
    extra = {"client_ready_lines_per_s": round(lines), "ratio_to_ready_lines": round(ours / lines, 2)}
    return Figure("forwarder_vs_client", round(ours), "points/s", round(baseline), round(ours / baseline, 2), about, extra)


@contextmanager
def _server() -> Generator[tuple[str, list[int]]]:
    """An HTTP server in a thread, and a list that grows by the points of every request."""
    taken: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])).count(b"\n") + 1)
            self.send_response(204)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="204")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _timed(points: int, taken: list[int], call: Callable[[], None]) -> float:
    """Points a second of ``call``. Raises RuntimeError unless the server got exactly the points."""
    taken.clear()
    began_ns = perf_counter_ns()
    call()
    took_ns = perf_counter_ns() - began_ns
    if sum(taken) != points:
        raise RuntimeError(f"the server got {sum(taken)} of {points} points")
    return points / (took_ns / NS_PER_S)


def _fill(data: Path, scans: int) -> None:
    store = SampleStore(data / "samples")
    none = np.zeros(_TAGS, dtype=np.bool_)
    for scan in range(scans):
        times = np.full(_TAGS, _START_NS + scan * NS_PER_S // 4, dtype=np.int64)
        values = np.arange(_TAGS, dtype=np.float64) + scan / 8
        store.add(SampleBlock(_NAMES, np.arange(_TAGS), times, values, none.astype(np.uint32), none, {}), "s-1")
        if scan % 4 == 3:
            store.commit(_START_NS)
    store.commit(_START_NS)
    store.close()


def _forward(data: Path, url: str, number: int) -> None:
    """All of the files to a sink that has nothing yet, as after an outage, without a bound on the rate."""
    sink = InfluxSink(InfluxTarget(url))
    forwarder = Forwarder(data, sink, "sausage", SystemClock(), name=f"round{number}", backfill_per_s=0.0)
    try:
        while forwarder.step() == 0.0:
            pass
    finally:
        forwarder.close()


def _rows(scans: int) -> Generator[tuple[str, int, float]]:
    for scan in range(scans):
        time_ns = _START_NS + scan * NS_PER_S // 4
        for tag, name in enumerate(_NAMES):
            yield name, time_ns, tag + scan / 8


def _client_points(url: str, scans: int) -> None:
    batch: list[Point] = []
    with InfluxDBClient(url=url, token="", org="potok") as client, client.write_api(write_options=SYNCHRONOUS) as api:
        for name, time_ns, value in _rows(scans):
            point = Point("process").tag("line", "sausage").tag("unit", name[:4]).tag("tag", name)
            batch.append(point.field("value", value).field("status", 0).time(time_ns))
            if len(batch) == _REQUEST:
                api.write(bucket="potok", record=batch)
                batch.clear()
        if batch:
            api.write(bucket="potok", record=batch)


def _client_lines(url: str, scans: int) -> None:
    """The client with lines that are made by hand, in one text a request: the least that it can be given."""
    batch: list[str] = []
    with InfluxDBClient(url=url, token="", org="potok") as client, client.write_api(write_options=SYNCHRONOUS) as api:
        for name, time_ns, value in _rows(scans):
            batch.append(f"process,line=sausage,unit={name[:4]},tag={name} value={value},status=0i {time_ns}")
            if len(batch) == _REQUEST:
                api.write(bucket="potok", record="\n".join(batch))
                batch.clear()
        if batch:
            api.write(bucket="potok", record="\n".join(batch))
