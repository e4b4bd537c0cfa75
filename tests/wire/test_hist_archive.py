"""Trends of days that retention has deleted: a server that speaks the Flux API, and the server's history route over it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from historian.influx import InfluxTarget
from historian.influx_read import UNCERTAIN, ArchiveError, FluxArchive
from historian.queries import Queries
from historian.samples import NS_PER_DAY, SampleStore, day_of, day_path
from historian.sinks_file import read_sinks
from line.clock import NS_PER_S, SystemClock
from potok.archive_service import ArchiveService, archive_of
from potok.yamlfile import read_yaml
from server.app import create_app
from server.ports import OFF
from server.settings import ServerSettings
from server.users import Users
from tests.builders import T0_NS
from tests.history_kit import scan_block
from tests.wire.srv_fakes import FAST_HASHER, FakeLink

DAY_NS = T0_NS // NS_PER_DAY * NS_PER_DAY
HEAD = "#datatype,string,long,dateTime:RFC3339,{type},string\r\n#group,false,false,false,false,true\r\n#default,{result},,,,\r\n"


def csv(result: str, kind: str, rows: list[tuple[str, float, str]]) -> str:
    """A table of annotated CSV, as ``/api/v2/query`` answers."""
    body = "".join(f",,0,{time},{value},{tag}\r\n" for time, value, tag in rows)
    return HEAD.format(type=kind, result=result) + ",result,table,_time,_value,tag\r\n" + body + "\r\n"


ANSWER = (
    csv("low", "double", [("2023-11-13T00:00:00.5Z", 1.0, "C201.SP_Knife"), ("2023-11-13T01:00:00Z", 3.0, "C201.SP_Knife")])
    + csv("high", "double", [("2023-11-13T00:00:01.25Z", 9.0, "C201.SP_Knife"), ("2023-11-13T01:00:00Z", 3.0, "C201.SP_Knife")])
    + csv("status", "long", [("2023-11-13T00:00:02Z", 0x80000000, "C201.SP_Knife"), ("2023-11-13T01:00:00Z", 0, "C201.SP_Knife")])
)


class FluxServer:
    """Answers ``/api/v2/query`` with ``answer``, or with ``status`` and words of its own; may keep the caller waiting."""

    def __init__(self) -> None:
        self.status = 200
        self.answer = ANSWER
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []
        self.go = threading.Event()
        self.go.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append((body["query"], self.headers["Authorization"], parse_qs(urlsplit(self.path).query)))
                server.go.wait(30)
                text = server.answer if server.status == 200 else json.dumps({"code": "x", "message": "could not find bucket"})
                self.send_response(server.status)
                self.send_header("Content-Type", "text/csv")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="flux")
        self._thread.start()

    def close(self) -> None:
        self.go.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


@pytest.fixture
def flux() -> Iterator[FluxServer]:
    server = FluxServer()
    try:
        yield server
    finally:
        server.close()


def archive(server: FluxServer, timeout_s: float = 5.0) -> FluxArchive:
    return FluxArchive("plant", InfluxTarget(server.url, "org-1", 'buck"et', "token-1", timeout_s), "sausage")


def test_flux_is_asked_for_minimum_maximum_and_worst_status(flux: FluxServer) -> None:
    with contextlib.closing(archive(flux)) as reader:
        found = reader.history(["C201.SP_Knife", "U.B"], DAY_NS - NS_PER_DAY, DAY_NS, 48)
    assert found["U.B"].t == []
    trend = found["C201.SP_Knife"]
    start_ns = DAY_NS - NS_PER_DAY
    gap_ns = start_ns + 3600 * NS_PER_S - 1
    assert trend.t == [start_ns + 500_000_000, start_ns + 1_250_000_000, gap_ns, start_ns + 3600 * NS_PER_S]
    assert trend.v == [1.0, 9.0, None, 3.0], "a bucket with Bad samples ends in a gap"
    assert trend.q == [UNCERTAIN, UNCERTAIN, 0x80000000, 0]
    ((query, token, args),) = flux.asked
    assert (token, args["org"]) == ("Token token-1", ["org-1"])
    assert 'from(bucket: "buck\\"et")' in query
    assert f"range(start: time(v: {start_ns}), stop: time(v: {DAY_NS}))" in query
    assert 'r._measurement == "process" and r.line == "sausage" and (r.tag == "C201.SP_Knife" or r.tag == "U.B")' in query
    assert query.count("window(every: 3600000ms)") == 3


@pytest.mark.parametrize("what", ["refused", "garbage", "gone", "slow"])
def test_a_server_that_does_not_answer_is_an_archive_error(flux: FluxServer, what: str) -> None:
    reader = archive(flux, 0.3)
    flux.status = 404 if what == "refused" else 200
    flux.answer = ",result,table\r\n,,x,1" if what == "garbage" else ANSWER
    if what == "slow":
        flux.go.clear()
    if what == "gone":
        flux.close()
    with contextlib.closing(reader):
        if what == "garbage":
            with contextlib.suppress(ArchiveError):
                assert reader.history(["C201.SP_Knife"], 0, DAY_NS, 10)["C201.SP_Knife"].t == []
            return
        with pytest.raises(ArchiveError, match="could not find bucket" if what == "refused" else "Error"):
            reader.history(["C201.SP_Knife"], 0, DAY_NS, 10)


@asynccontextmanager
async def api(data: Path, service: ArchiveService) -> AsyncGenerator[httpx.AsyncClient]:
    users = Users(data / "users.db", SystemClock(), FAST_HASHER)
    app = create_app(ServerSettings(data), FakeLink(), users, Queries(data), lambda: OFF, SystemClock(), archive=service)
    try:
        async with app.router.lifespan_context(app), httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://127.0.0.1"
        ) as client:  # fmt: skip
            yield client
    finally:
        await service.close()
        users.close()


def fill(data: Path) -> None:
    """Two days of local files, of which retention has deleted the first."""
    with contextlib.closing(SampleStore(data / "samples")) as store:
        for time_ns in (DAY_NS - NS_PER_DAY, DAY_NS + NS_PER_S, DAY_NS + 2 * NS_PER_S):
            store.add(scan_block(["C201.SP_Knife"], time_ns, 5.0), "s-1")
        store.commit(T0_NS)
    day_path(data / "samples", day_of(DAY_NS - NS_PER_DAY)).unlink()


def test_the_history_route_asks_the_archive_for_what_is_gone_and_only_for_that(tmp_path: Path, flux: FluxServer) -> None:
    fill(tmp_path)

    async def ask(client: httpx.AsyncClient, from_ns: int) -> dict[str, Any]:
        answer = await client.get(
            "/api/history", params={"tag": "C201.SP_Knife", "from_ns": from_ns, "to_ns": DAY_NS + NS_PER_DAY}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["C201.SP_Knife"]

    async def body() -> None:
        async with api(tmp_path, ArchiveService(tmp_path, archive(flux), within_s=1.0)) as client:
            local = await ask(client, DAY_NS)
            assert set(local) == {"t", "v", "q"}
            assert flux.asked == []
            both = await ask(client, DAY_NS - NS_PER_DAY)
            assert both["source"] == {"archive": "plant", "until_ns": DAY_NS, "error": None}
            assert both["t"] == sorted(both["t"])
            assert both["v"][:2] == [1.0, 9.0]
            assert both["v"][-len(local["v"]) :] == local["v"]
            assert f"stop: time(v: {DAY_NS})" in flux.asked[0][0]
            flux.status = 401
            failed = await ask(client, DAY_NS - NS_PER_DAY)
            assert failed["v"] == local["v"], "the local part comes alone"
            assert "401" in failed["source"]["error"]
            flux.status = 200
            flux.go.clear()
            slow, quick = await asyncio.gather(ask(client, DAY_NS - NS_PER_DAY), ask(client, DAY_NS))
            assert slow["source"]["error"] == "no answer within 1 s"
            assert (slow["v"], quick["v"]) == (local["v"], local["v"])
            flux.go.set()

    asyncio.run(body())


def test_the_first_sink_that_may_be_asked_is(tmp_path: Path) -> None:
    text = "sinks:\n  a: {url: 'http://127.0.0.1:1'}\n  b: {url: 'http://127.0.0.1:2', query: influxql}\n"
    (tmp_path / "sinks.yaml").write_text(text, encoding="utf-8")

    async def body() -> None:
        service = archive_of(tmp_path, read_sinks(tmp_path, read_yaml), "sausage")
        assert service is not None
        older = await service.before_files(["C201.SP_Knife"], 0, DAY_NS, 10)
        assert older is not None
        assert (older.source["archive"], older.trends) == ("b", {})
        await service.close()

    asyncio.run(body())
    (tmp_path / "sinks.yaml").unlink()
    assert archive_of(tmp_path, read_sinks(tmp_path, read_yaml), "sausage") is None
