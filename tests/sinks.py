"""Real sinks for wire tests: a victoria-metrics process that can be killed, and a server that refuses on demand."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.ports import free_port
from tests.waiting import wait_for

PROGRAMS = ("victoria-metrics", "/usr/bin/victoria-metrics", "victoria-metrics-prod")


class VictoriaMetrics:
    """A victoria-metrics process on a port and a folder of its own; it can be killed and started again on both."""

    def __init__(self, folder: Path) -> None:
        """Skips the test when the program is missing."""
        program = next((p for p in map(shutil.which, PROGRAMS) if p), None)
        if program is None:
            pytest.skip("victoria-metrics is missing: apt-get install victoria-metrics")
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, timeout_s: float = 20.0) -> None:
        """Start, and return once it answers."""
        assert self._process is None
        self._process = subprocess.Popen(
            [self._program, f"-storageDataPath={self._folder}", f"-httpListenAddr=127.0.0.1:{self.port}",
             "-dedup.minScrapeInterval=1ms", "-retentionPeriod=100y", "-memory.allowedBytes=128MB", "-loggerLevel=ERROR"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self._answers, timeout_s, "victoria-metrics")

    def kill(self) -> None:
        """SIGKILL, and wait for the end of it; nothing happens when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def export(self, match: str) -> list[dict[str, object]]:
        """``/api/v1/export``: one object per series, ``{"metric": {…}, "values": […], "timestamps": [ms, …]}``.

        What was just written is made visible first; by itself that takes up to ten seconds.
        """
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=10).close()
        query = urlencode({"match[]": match, "start": "0", "end": "4102444800"})
        with urllib.request.urlopen(f"{self.url}/api/v1/export?{query}", timeout=10) as answer:
            return [json.loads(text) for text in answer.read().decode().splitlines()]

    def points(self, match: str) -> int:
        """Number of points in all series that ``match``."""
        return sum(len(series["timestamps"]) for series in self.export(match))  # pyright: ignore[reportArgumentType]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return answer.status == 200
        except OSError:
            return False


@contextlib.contextmanager
def victoria_metrics(folder: Path) -> Iterator[VictoriaMetrics]:
    """A running victoria-metrics whose process is gone at the end."""
    server = VictoriaMetrics(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


class InfluxDb:
    """An influxd 1.x process on ports and a folder of its own, with a database ``potok``; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        """Skips the test when the program is missing."""
        program = shutil.which("influxd")
        if program is None:
            pytest.skip("influxd is missing: apt-get install influxdb")
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start, without waiting; nothing happens when it runs."""
        if self._process is not None:
            return
        settings = {
            "INFLUXDB_REPORTING_DISABLED": "true", "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}", "INFLUXDB_META_DIR": str(self._folder / "meta"),
            "INFLUXDB_DATA_DIR": str(self._folder / "data"), "INFLUXDB_DATA_WAL_DIR": str(self._folder / "wal"),
            "INFLUXDB_MONITOR_STORE_ENABLED": "false", "INFLUXDB_HTTP_LOG_ENABLED": "false", "INFLUXDB_LOGGING_LEVEL": "error",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [self._program, "run"], env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def start(self, timeout_s: float = 30.0) -> None:
        """Start, and return once it answers and has its database."""
        self.begin()
        wait_for(self._answers, timeout_s, "influxd")
        self.query("CREATE DATABASE potok", method="POST")

    def kill(self) -> None:
        """SIGKILL, and wait for the end of it; nothing happens when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def query(self, text: str, method: str = "GET") -> list[dict[str, Any]]:
        """The series of an InfluxQL query."""
        request = urllib.request.Request(
            f"{self.url}/query?{urlencode({'db': 'potok', 'epoch': 'ns', 'q': text})}", method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            result = json.loads(answer.read())["results"][0]
        assert "error" not in result, result
        return result.get("series", [])

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=1) as answer:
                return answer.status == 204
        except OSError:
            return False


@contextlib.contextmanager
def influx_db(folder: Path) -> Iterator[InfluxDb]:
    """A running influxd whose process is gone at the end."""
    server = InfluxDb(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@dataclass
class Answer:
    """What :class:`StubbornSink` says: a status, headers, and whether it keeps the caller waiting first."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0


class StubbornSink:
    """An HTTP server in a thread that takes, refuses or stalls writes as ``judge(lines)`` says, and keeps what it took."""

    def __init__(self, judge: Callable[[Sequence[str]], Answer] = lambda lines: Answer()) -> None:
        self.judge = judge
        self.taken: list[str] = []
        self.requests: list[int] = []
        self.released = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                lines = body.split("\n")
                answer = sink.judge(lines)
                sink.requests.append(len(lines))
                if answer.delay_s:
                    sink.released.wait(answer.delay_s)
                if answer.status == 204:
                    sink.taken += lines
                with contextlib.suppress(OSError):  # the client may have given up
                    self._answer(answer)

            def do_GET(self) -> None:
                self._answer(Answer(404))

            def _answer(self, answer: Answer) -> None:
                body = b"" if answer.status == 204 else json.dumps({"code": "invalid", "message": "refused by test"}).encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if body:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="stubborn-sink")
        self._thread.start()

    def close(self) -> None:
        """End the server and its thread."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextlib.contextmanager
def stubborn_sink(judge: Callable[[Sequence[str]], Answer] = lambda lines: Answer()) -> Iterator[StubbornSink]:
    """A :class:`StubbornSink` that is gone at the end."""
    sink = StubbornSink(judge)
    try:
        yield sink
    finally:
        sink.close()
