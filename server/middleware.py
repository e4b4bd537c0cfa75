"""What every connection passes first: whose name it was addressed by, how much it sends, and headers for browsers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from line.documents import Text
from server.jsonio import ApiResponse
from server.texts import BAD_HOST, TOO_LARGE

_SECURITY_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


NO_LARGER: Final[Mapping[str, int]] = {}


class Guard:
    """ASGI middleware: host and origin check, body limit, security headers.

    A browser page of a stranger can open a WebSocket to this machine, so an ``Origin`` other than our own host is refused; a
    stranger's name that resolves to this machine is refused as well. There is no CORS.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        allowed_hosts: Iterable[str],
        docs: bool,
        larger: Mapping[str, int] = NO_LARGER,
    ) -> None:
        """``larger`` has paths that take a larger body than ``max_body_bytes``."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._larger = larger
        self._allowed = {"localhost", *(h.lower() for h in allowed_hosts)}
        self._headers = {k: v for k, v in _SECURITY_HEADERS.items() if not (docs and k == "content-security-policy")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._addressed_to_us(headers):
            await self._refuse(scope, receive, send, 421, BAD_HOST)
        elif scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send, headers)

    def _addressed_to_us(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        if not self._known(_hostname(host)):
            return False
        origin = headers.get("origin")
        return origin is None or origin.partition("://")[2].lower() == host.lower()

    def _known(self, name: str) -> bool:
        if name in self._allowed:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _http(self, scope: Scope, receive: Receive, send: Send, headers: Headers) -> None:
        announced = headers.get("content-length", "0")
        most = self._larger.get(str(scope["path"]), self._max_body_bytes)
        if not announced.isdecimal() or int(announced[:20]) > most:
            await self._refuse(scope, receive, send, 413, TOO_LARGE)
            return
        read_bytes = 0

        async def limited() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > most:
                raise HTTPException(413)
            return message

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, limited, with_headers)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, why: Text) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why.en})
            return
        response = ApiResponse({"error": why.to_json()}, status, {**self._headers, "connection": "close"})
        await response(scope, receive, send)


def _hostname(host: str) -> str:
    """The name in a Host header, without port and without the brackets of an IPv6 address."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
