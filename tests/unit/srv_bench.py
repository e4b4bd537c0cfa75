"""The REST API over a fake engine, called in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from line.clock import ManualClock
from server.app import create_app
from server.permissions import Role
from server.ports import ForwarderStatus, RecipeTools
from server.settings import ServerSettings
from server.users import Users
from tests.builders import T0_NS
from tests.wire.srv_fakes import FAST_HASHER, PASSWORD, FakeLink, MemoryHistory


@dataclass
class Bench:
    app: FastAPI
    link: FakeLink
    users: Users
    history: MemoryHistory
    clock: ManualClock
    http: httpx.AsyncClient

    def sign_in(self, role: Role) -> dict[str, str]:
        """Headers of a user of ``role``, made when there is none."""
        if role.word not in {u.user for u in self.users.list()}:
            self.users.add(role.word, role.word, role, PASSWORD)
        return {"Authorization": f"Bearer {self.users.login(role.word, PASSWORD).token}"}

    async def command(
        self,
        headers: dict[str, str] | None,
        kind: str,
        /,
        target: str = "",
        why: str = "",
        sign: dict[str, str] | None = None,
        **args: Any,
    ) -> httpx.Response:
        body = {"kind": kind, "target": target, "args": args, "reason": why, **({} if sign is None else {"sign": sign})}
        return await self.http.post("/api/commands", json=body, headers=headers)


@asynccontextmanager
async def bench(tmp_path: Path, tools: RecipeTools | None = None, **settings: Any) -> AsyncGenerator[Bench]:
    clock = ManualClock(T0_NS)
    users = Users(tmp_path / "users.db", clock, FAST_HASHER)
    link, history = FakeLink(), MemoryHistory(5)
    forwarder = ForwarderStatus("up", 7)
    app = create_app(ServerSettings(tmp_path, **settings), link, users, history, lambda: forwarder, clock, tools)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        yield Bench(app, link, users, history, clock, http)
    users.close()


def run(tmp_path: Path, body: Callable[[Bench], Awaitable[None]], **settings: Any) -> None:
    async def main() -> None:
        async with bench(tmp_path, **settings) as b:
            await body(b)

    asyncio.run(main())
