"""A real uvicorn, a real engine socket, real WebSockets: commands, the engine's death, and the live feed without gap."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection as BlockingConnection
from websockets.sync.client import connect as connect_blocking

from line.clock import SystemClock, sleep_s
from line.quality import Status
from line.wire import Events
from server.app import create_app
from server.engine_link import EngineLink
from server.main import PotokServer, _listener  # pyright: ignore[reportPrivateUsage]
from server.permissions import Role
from server.ports import OFF, ForwarderStatus
from server.settings import ServerSettings
from server.users import Users
from tests.wire.srv_fakes import DESCRIPTION, FAST_HASHER, PASSWORD, TAGS, FakeEngine, MemoryHistory, event

DEADLINE_S = 10.0
UNCERTAIN = int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE)


async def until(condition: Callable[[], bool], what: str = "") -> None:
    """Wait for a condition, at most :data:`DEADLINE_S`."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():
            clock = SystemClock()
            await clock.sleep_until_ns(clock.monotonic_ns() + 5_000_000)


async def read(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_S):
        return json.loads(await socket.recv())


async def read_until(socket: ClientConnection, matches: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Messages up to and including the first that matches."""
    messages: list[dict[str, Any]] = []
    while not messages or not matches(messages[-1]):
        messages.append(await read(socket))
    return messages


def seqs(messages: list[dict[str, Any]]) -> list[int]:
    return [m["event"]["seq"] for m in messages if m["type"] == "event"]


def is_event(seq: int) -> Callable[[dict[str, Any]], bool]:
    return lambda m: m["type"] == "event" and m["event"]["seq"] == seq


@dataclass
class Plant:
    engine: FakeEngine
    history: MemoryHistory
    link: EngineLink
    users: Users
    port: int
    data: Path
    http: httpx.AsyncClient
    forwarder: list[ForwarderStatus]

    @property
    def live_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/api/live"

    async def sign_in(self, role: Role) -> dict[str, str]:
        self.users.add(role.word, role.word, role, PASSWORD)
        answer = await self.http.post("/api/login", json={"user": role.word, "password": PASSWORD})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    async def silence(self, headers: dict[str, str]) -> httpx.Response:
        return await self.http.post("/api/commands", json={"kind": "alarm.silence", "args": {}}, headers=headers)


@asynccontextmanager
async def plant(tmp_path: Path, count: int = 5, after_seq: int | None = None, **settings: Any) -> AsyncGenerator[Plant]:
    clock = SystemClock()
    history = MemoryHistory(count)
    engine = FakeEngine(tmp_path, history)
    await engine.start()
    users = Users(tmp_path / "users.db", clock, FAST_HASHER)
    link = EngineLink(tmp_path, clock, after_seq=count if after_seq is None else after_seq)
    forwarder = [OFF]
    config = ServerSettings(tmp_path, **settings)
    app = create_app(config, link, users, history, lambda: forwarder[0], clock)
    server = PotokServer(app, tmp_path / "server.json")
    with _listener(config) as listener:
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            await until((tmp_path / "server.json").exists)
            port = json.loads((tmp_path / "server.json").read_text())["port"]
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=DEADLINE_S) as http:
                await until(lambda: link.up and link.image is not None)
                yield Plant(engine, history, link, users, port, tmp_path, http, forwarder)
        finally:
            server.should_exit = True
            await running
            await engine.kill()
            users.close()


def run(tmp_path: Path, body: Callable[[Plant], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with plant(tmp_path, **options) as p:
            await body(p)

    asyncio.run(main())


def test_server_json_is_private_and_goes_with_the_server(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        file = p.data / "server.json"
        assert json.loads(file.read_text()) == {"port": p.port, "pid": os.getpid()}
        if os.name == "posix":
            assert stat.S_IMODE(file.stat().st_mode) == 0o600

    run(tmp_path, body)
    assert not (tmp_path / "server.json").exists()


def test_a_command_goes_round(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        headers = await p.sign_in(Role.OPERATOR)
        async with connect(p.live_url) as live:
            answer = await p.silence(headers)
            assert answer.status_code == 202
            command_id = answer.json()["id"]
            [command] = p.engine.commands
            assert (command.id, command.user, command.kind) == (command_id, "operator", "alarm.silence")
            p.engine.emit("command", {"id": command_id, "status": "accepted"})
            messages = await read_until(live, is_event(7))
            assert seqs(messages) == [6, 7]
            known = (await p.http.get(f"/api/commands/{command_id}")).json()
            assert (known["status"], [e["seq"] for e in known["events"]]) == ("accepted", [6, 7])

    run(tmp_path, body)


def test_anonymous_may_watch_live_and_command_nothing(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            messages = await read_until(live, lambda m: m["type"] == "forwarder")
            assert [m["type"] for m in messages] == ["hello", "image", "view", "view", "view", "forwarder"]
            hello, image = messages[:2]
            assert (hello["line"], hello["engine"]) == ("sausage", "up")
            assert image["full"] is True
            assert list(image["tags"]) == [t["name"] for t in TAGS]
            assert image["tags"]["C201.Label"][0] == "Докторская"
            await live.send('{"type": "command", "kind": "alarm.silence"}')
            p.engine.emit()
            await read_until(live, is_event(6))
        assert (await p.silence({})).status_code == 401
        assert p.engine.commands == []

    run(tmp_path, body)


def test_images_are_differences_and_conflated(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            for n in range(1, 41):
                p.engine.publish({0: float(n)})
            messages = await read_until(live, lambda m: m["type"] == "image" and m["tags"]["C201.BatterTemp"][0] == 40.0)
            images = [m for m in messages if m["type"] == "image"]
            assert all(not m["full"] and list(m["tags"]) == ["C201.BatterTemp"] for m in images)
            assert len(images) <= 3  # forty images within milliseconds: at most a few of them are sent, the last one always

    run(tmp_path, body)


def test_the_engine_dies_and_comes_back(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        headers = await p.sign_in(Role.OPERATOR)
        async with connect(f"{p.live_url}?after=5") as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            p.engine.emit()
            await read_until(live, is_event(6))
            await p.engine.kill()
            down = await read_until(live, lambda m: m["type"] == "image")
            assert {"type": "engine", "state": "down"} in down
            assert {cell[1] for cell in down[-1]["tags"].values()} == {UNCERTAIN}
            image = (await p.http.get("/api/image")).json()
            assert image["engine"] == "down"
            assert {cell[1] for cell in image["tags"].values()} == {UNCERTAIN, 0x80050000}
            refused = await p.silence(headers)
            assert (refused.status_code, set(refused.json()["error"])) == (503, {"ru", "en"})
            for _ in range(3):
                p.history.events.append(event(p.history.last_seq() + 1))  # journalled while the server could not hear it
            await p.engine.start()
            back = await read_until(live, is_event(9))
            assert {"type": "engine", "state": "up"} in back
            assert seqs(back) == [7, 8, 9]
            good = back if any(m["type"] == "image" for m in back) else await read_until(live, lambda m: m["type"] == "image")
            assert {c[1] for m in good if m["type"] == "image" for c in m["tags"].values()} == {0}
        assert p.engine.hellos[-1].after_seq == 6
        assert p.engine.commands == []
        assert (await p.silence(headers)).status_code == 202

    run(tmp_path, body)


def test_a_command_in_flight_when_the_engine_dies_is_answered(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        headers = await p.sign_in(Role.OPERATOR)
        p.engine.answers = False
        asked = asyncio.create_task(p.silence(headers))
        await until(lambda: len(p.engine.commands) == 1)
        await p.engine.kill()
        answer = await asked
        assert answer.status_code == 503
        assert answer.headers["x-command-id"] == p.engine.commands[0].id
        await p.engine.start()

    run(tmp_path, body)


@pytest.mark.parametrize("after", [0, 1200, 2500])
def test_backfill_then_live_without_gap_or_duplicate(tmp_path: Path, after: int) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after={after}") as live:
            emitted = asyncio.create_task(emit_many(p, 300))
            messages = await read_until(live, is_event(2800))
            await emitted
            assert seqs(messages) == list(range(after + 1, 2801))

    run(tmp_path, body, count=2500)


async def emit_many(p: Plant, count: int) -> None:
    for _ in range(count):
        p.engine.emit()
        await asyncio.sleep(0)


def test_a_gap_in_the_feed_is_filled_from_the_journal(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=5") as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            for quietly in (False, True, True, False, True, False):
                p.engine.emit(quietly=quietly)
            p.engine.send(Events((event(3),)))  # old news
            messages = await read_until(live, is_event(11))
            assert seqs(messages) == [6, 7, 8, 9, 10, 11]

    run(tmp_path, body)


def test_a_client_from_another_journal_hears_what_comes(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=900") as live:
            hello = await read(live)
            assert hello["last_seq"] == 5
            p.engine.emit()
            assert seqs(await read_until(live, is_event(6))) == [6]

    run(tmp_path, body)


def test_a_server_without_memory_asks_the_engine_for_all(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        assert p.engine.hellos[0].after_seq == 0
        await p.engine.kill()
        await p.engine.start()
        await until(lambda: len(p.engine.hellos) == 2)
        assert p.engine.hellos[1].after_seq == 5

    run(tmp_path, body, after_seq=0)


def test_a_client_ahead_of_a_server_that_catches_up_gets_nothing_twice(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        await p.engine.kill()
        p.engine.catches_up = False
        p.history.events += [event(s) for s in (6, 7, 8)]
        async with connect(f"{p.live_url}?after=8") as while_down:
            await read_until(while_down, lambda m: m["type"] == "forwarder")
            await p.engine.start()
            await until(lambda: p.link.up)
            async with connect(f"{p.live_url}?after=8") as while_behind:
                await read_until(while_behind, lambda m: m["type"] == "forwarder")
                p.engine.send(Events((event(6), event(7), event(8))))
                p.engine.emit()
                for live in (while_down, while_behind):
                    assert seqs(await read_until(live, is_event(9))) == [9]

    run(tmp_path, body)


def test_another_journal_starts_the_clients_anew(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=5") as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            await p.engine.kill()
            del p.history.events[2:]
            await p.engine.start()
            await until(lambda: p.link.up)
            p.engine.emit()
            assert seqs(await read_until(live, is_event(3))) == [3]

    run(tmp_path, body)


def test_a_broken_journal_closes_the_client_so_that_it_resumes(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        p.history.fails = True
        async with connect(f"{p.live_url}?after=2") as live:
            with pytest.raises(ConnectionClosed) as closed:
                await read_until(live, lambda m: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
        p.history.fails = False
        async with connect(f"{p.live_url}?after=2") as live:
            assert seqs(await read_until(live, is_event(5))) == [3, 4, 5]

    run(tmp_path, body)


async def clients(p: Plant, count: int) -> None:
    """Wait until the server has that many live clients."""
    clock = SystemClock()
    async with asyncio.timeout(DEADLINE_S):
        while (await p.http.get("/api/health")).json()["live_clients"] != count:
            await clock.sleep_until_ns(clock.monotonic_ns() + 10_000_000)


def slow_socket(p: Plant, after: int) -> socket.socket:
    """A WebSocket client that reads nothing after the handshake."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", p.port))
    request = (
        f"GET /api/live?after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    client.sendall(request.encode())
    return client


def test_a_slow_client_is_dropped_and_resumes_while_others_go_on(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        with slow_socket(p, 5):
            async with connect(f"{p.live_url}?after=5", max_queue=None) as live:
                await clients(p, 2)
                reader = asyncio.create_task(read_until(live, is_event(4005)))
                big = {"what": "x" * 5000}
                for n in range(4000):
                    p.engine.emit("system", big)
                    if n % 20 == 0:
                        await until(lambda: p.link.last_seq >= p.history.last_seq() - 20)
                assert seqs(await reader) == list(range(6, 4006))
                await clients(p, 1)
        async with connect(f"{p.live_url}?after=4000") as live:
            assert seqs(await read_until(live, is_event(4005))) == [4001, 4002, 4003, 4004, 4005]

    run(tmp_path, body, max_queued_events=500)


def test_too_many_clients_are_sent_away(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as first:
            await read(first)
            async with connect(p.live_url) as second:
                with pytest.raises(ConnectionClosed) as closed:
                    await read(second)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1013
            p.engine.emit()
            await read_until(first, is_event(6))

    run(tmp_path, body, max_live_clients=1)


def test_strangers_pages_cannot_open_the_live_feed(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            with pytest.raises(InvalidStatus):
                async with connect(p.live_url, additional_headers=headers):
                    pass
        with pytest.raises(InvalidStatus):
            async with connect(f"{p.live_url}?after=-4"):
                pass

    run(tmp_path, body)


def test_the_forwarders_state_is_told(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            first = (await read_until(live, lambda m: m["type"] == "forwarder"))[-1]
            p.forwarder[0] = ForwarderStatus("down", 12)
            second = (await read_until(live, lambda m: m["type"] == "forwarder"))[-1]
            assert (first["state"], second) == ("off", {"type": "forwarder", "state": "down", "backlog": 12})

    run(tmp_path, body)


def test_a_changed_line_makes_the_panels_come_again(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            await p.engine.kill()
            p.engine.description = {**DESCRIPTION, "name": {"ru": "Другая", "en": "Other"}}
            await p.engine.start()
            with pytest.raises(ConnectionClosed) as closed:
                await read_until(live, lambda m: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert (await p.http.get("/api/line")).json()["name"]["en"] == "Other"

    run(tmp_path, body)


GARBAGE = [b"\x00\x00\x00\x05\x63abcd", struct.pack(">IB", 3, 1) + b"{}", b"\xff" * 64, struct.pack(">IB", 9, 0) + b"\0" * 8]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_garbage_from_the_engine_breaks_the_link_once_and_it_comes_back(tmp_path: Path, garbage: bytes) -> None:
    async def body(p: Plant) -> None:
        p.engine.send_raw(garbage)
        await until(lambda: len(p.engine.hellos) == 2 and p.link.up)
        p.engine.emit()
        await until(lambda: p.link.last_seq == 6)

    run(tmp_path, body)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"port": "x", "token": 1}', '{"port": 1, "token": "t"}', '{"port": 99999999, "token": "t"}']
)
def test_a_broken_engine_file_is_waited_out(tmp_path: Path, caplog: pytest.LogCaptureFixture, content: str) -> None:
    async def main() -> None:
        (tmp_path / "engine.json").write_text(content)
        link = EngineLink(tmp_path, SystemClock())
        await link.start()
        await until(lambda: bool(caplog.records))  # it has read the file and said so
        assert not link.up
        engine = FakeEngine(tmp_path, MemoryHistory(3))
        await engine.start()
        await until(lambda: link.up and link.last_seq == 3)
        await link.stop()
        assert not link.up
        await engine.kill()

    asyncio.run(main())


def test_a_silent_engine_counts_as_down(tmp_path: Path) -> None:
    async def main() -> None:
        engine = FakeEngine(tmp_path, MemoryHistory())
        engine.description = {**DESCRIPTION, "period_ms": 10}
        await engine.start()
        link = EngineLink(tmp_path, SystemClock(), silence_s=0.2)
        await link.start()
        await until(lambda: link.up)
        await until(lambda: not link.up)
        await until(lambda: link.up)
        assert len(engine.hellos) >= 2
        await link.stop()
        await engine.kill()

    asyncio.run(main())


def read_to_the_end(live: BlockingConnection) -> None:
    while live.recv(DEADLINE_S):
        pass


PROGRAM = """
import sys
from pathlib import Path
from server.main import run_server
from server.settings import ServerSettings
from tests.wire.srv_fakes import MemoryHistory
run_server(ServerSettings(Path(sys.argv[1])), MemoryHistory(3), on_first_run=lambda secret: print(secret, flush=True))
"""


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_starts_shows_the_secret_once_and_stops_cleanly(tmp_path: Path, number: int) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            clock = SystemClock()
            deadline_ns = clock.monotonic_ns() + int(2 * DEADLINE_S * 1e9)
            while not (tmp_path / "server.json").exists() and process.poll() is None and clock.monotonic_ns() < deadline_ns:
                sleep_s(0.02)
            port = json.loads((tmp_path / "server.json").read_text())["port"]
            assert process.stdout is not None
            secret = process.stdout.readline().strip()
            answer = httpx.post(f"http://127.0.0.1:{port}/api/login", json={"user": "admin", "password": secret})
            assert answer.json()["must_change_password"] is True
            assert httpx.get(f"http://127.0.0.1:{port}/api/health").json()["engine"] == "down"
            with connect_blocking(f"ws://127.0.0.1:{port}/api/live") as live:
                assert json.loads(live.recv(DEADLINE_S))["type"] == "hello"
                process.send_signal(number)
                with pytest.raises(ConnectionClosed) as closed:
                    read_to_the_end(live)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            output, errors = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
    assert (process.returncode, output, errors) == (0, "", "")
    assert not (tmp_path / "server.json").exists()


@pytest.mark.skipif(os.name != "posix", reason="POSIX signals")
def test_a_taken_port_is_an_error_that_says_so(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = ServerSettings(tmp_path, port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"), _listener(settings):
            pass
