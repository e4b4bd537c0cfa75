"""A small client of the server's API for the demo and for scripts: log in, look, command."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Final, cast

import httpx

from line.jsontools import child, objects
from line.messages import Json, JsonObject

_TIMEOUT_S: Final = 5.0


class ApiError(Exception):
    """The server refused or did not answer; ``status`` is the HTTP status, 0 for no answer."""

    def __init__(self, status: int, message: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.reasons = reasons


class ApiClient:
    """One user's session. Close it with :meth:`close`."""

    def __init__(self, url: str, station: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, trust_env=False)
        self._station = station

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def login(self, user: str, password: str) -> JsonObject:
        """Start a session; what the server says of the user. Raises ApiError."""
        answer = await self._send("POST", "/api/login", {"user": user, "password": password, "station": self._station})
        self._client.headers["Authorization"] = f"Bearer {answer['token']}"
        return answer

    async def get(self, path: str) -> JsonObject:
        """A JSON answer. Raises ApiError."""
        return await self._send("GET", path, None)

    async def upload(self, path: str, content: bytes, media_type: str) -> JsonObject:
        """Send the bytes of a file. Raises ApiError with the server's reasons."""
        return await self._sent(path, self._client.post(path, content=content, headers={"content-type": media_type}))

    async def command(self, kind: str, target: str, args: JsonObject, reason: str = "", sign: JsonObject | None = None) -> str:
        """Submit a command, signed with ``sign: {user, password}``; its id. Raises ApiError with the server's reasons."""
        body: dict[str, Json] = {"kind": kind, "target": target, "args": args, "reason": reason, "station": self._station}
        body |= {} if sign is None else {"sign": sign}
        return str((await self._send("POST", "/api/commands", body))["id"])

    async def _send(self, method: str, path: str, body: JsonObject | None) -> JsonObject:
        return await self._sent(path, self._client.request(method, path, json=body))

    async def _sent(self, path: str, request: Awaitable[httpx.Response]) -> JsonObject:
        try:
            response = await request
            answer = cast(Json, response.json()) if response.content else {}
        except (httpx.HTTPError, ValueError) as error:
            raise ApiError(0, f"{path}: {str(error) or type(error).__name__}") from error
        if response.is_error or not isinstance(answer, Mapping):
            raise ApiError(response.status_code, f"{path}: {response.status_code} {_said(answer)}", _reasons(answer))
        return answer


def _reasons(answer: Json) -> tuple[str, ...]:
    return tuple(str(r.get("en")) for r in objects(answer.get("reasons"))) if isinstance(answer, Mapping) else ()


def _said(answer: Json) -> str:
    """The reasons one by one, else the error, else what came."""
    if not isinstance(answer, Mapping):
        return str(answer)
    return "; ".join(_reasons(answer)) or str(child(answer, "error").get("en") or dict(answer))
