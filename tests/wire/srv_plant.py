"""A whole server for wire tests: a real uvicorn and a real engine socket, with the history in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection

from line.clock import SystemClock
from server.app import create_app
from server.engine_link import EngineLink
from server.main import PotokServer, _listener  # pyright: ignore[reportPrivateUsage]
from server.permissions import Role
from server.ports import OFF, ForwarderStatus
from server.settings import ServerSettings
from server.users import Users
from tests.waiting import until
from tests.wire.srv_fakes import FAST_HASHER, PASSWORD, FakeEngine, MemoryHistory

DEADLINE_S = 10.0


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


async def clients(p: Plant, count: int) -> None:
    """Wait until the server has that many live clients."""
    clock = SystemClock()
    async with asyncio.timeout(DEADLINE_S):
        while (await p.http.get("/api/health")).json()["live_clients"] != count:
            await clock.sleep_until_ns(clock.monotonic_ns() + 10_000_000)
