"""A real uvicorn and a real engine socket: commands, the death of the engine, broken links, the start and end of the process."""

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
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection as BlockingConnection
from websockets.sync.client import connect as connect_blocking

from line.clock import SystemClock
from line.quality import Status
from server.engine_link import EngineLink
from server.main import _listener  # pyright: ignore[reportPrivateUsage]
from server.permissions import Role
from server.settings import ServerSettings
from tests.waiting import until, wait_for
from tests.wire.srv_fakes import DESCRIPTION, TAGS, VIEWS, FakeEngine, MemoryHistory, event
from tests.wire.srv_plant import DEADLINE_S, Plant, is_event, read_until, run, seqs

UNCERTAIN = int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)


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
            assert [m["type"] for m in messages] == ["hello", "image", *["view"] * len(VIEWS), "forwarder"]
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


def test_a_server_without_memory_asks_the_engine_for_all(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        assert p.engine.hellos[0].after_seq == 0
        await p.engine.kill()
        await p.engine.start()
        await until(lambda: len(p.engine.hellos) == 2)
        assert p.engine.hellos[1].after_seq == 5

    run(tmp_path, body, after_seq=0)


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
            wait_for(lambda: (tmp_path / "server.json").exists() or process.poll() is not None, 2 * DEADLINE_S, "server.json")
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
