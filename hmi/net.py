"""Client of the server: one worker thread with its own event loop; plain messages reach the GUI by a queued signal.

It reconnects for ever, asks for the events it has not seen, and never blocks the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import platform
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

import httpx
from PySide6.QtCore import QObject, Qt, Signal
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from hmi.viewmodels import wire
from hmi.viewmodels.commands import NO_ANSWER
from hmi.viewmodels.wire import Obj

RETRY_FIRST_S: Final = 0.5
RETRY_MAX_S: Final = 5.0
REQUEST_TIMEOUT_S: Final = 8.0
DOWNLOAD_TIMEOUT_S: Final = 60.0
PING_S: Final = 3.0
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
HISTORY_TAGS_MAX: Final = 16

Emit = Callable[[Obj], None]
Job = Callable[[httpx.AsyncClient], Any]
NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""After any other failure of a request nobody knows here whether the server has it."""
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
FAILURES: Final = (OSError, TimeoutError, httpx.HTTPError, WebSocketException, ValueError)


def live_url(url: str) -> str:
    """Address of the WebSocket of a server given by its HTTP address."""
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + "/api/live", "", ""))


class NetWorker(threading.Thread):
    """The thread. ``emit`` is called in this thread with every message; it must not block."""

    def __init__(self, url: str, emit: Emit, *, station: str = "") -> None:
        super().__init__(name="potok-net", daemon=True)
        self._url = url.rstrip("/")
        self._emit = emit
        self._station = station or platform.node() or "panel"
        self._token = ""
        self._after: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._jobs: set[asyncio.Task[None]] = set()
        self._lock = threading.Lock()
        self._stopping = False
        self._early: list[Job] = []

    # ---- called from the GUI's thread -------------------------------------------------------------------------------

    def put(self, job: Job) -> None:
        """Run a coroutine function in the worker's loop; dropped once the worker is stopping."""
        with self._lock:
            if self._stopping:
                return
            if self._loop is None:
                self._early.append(job)
            else:
                self._loop.call_soon_threadsafe(self._spawn, job)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """End every task and the thread; True when it is gone. May be called twice, also before the start."""
        with self._lock:
            self._stopping = True
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._ended.set)
        if self.is_alive():
            self.join(timeout_s)
        return not self.is_alive()

    # ---- the thread -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=REQUEST_TIMEOUT_S, trust_env=False) as http:
            self._http = http
            with self._lock:
                if self._stopping:
                    return
                self._loop = asyncio.get_running_loop()
                for job in self._early:
                    self._spawn(job)
            live = asyncio.create_task(self._live(http))
            await asyncio.wait({live, stop := asyncio.create_task(self._ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
            with self._lock:
                self._loop = None
                self._stopping = True
            tasks = {live, stop, *self._jobs}
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result

    def _spawn(self, job: Job) -> None:
        task = asyncio.get_running_loop().create_task(job(self._http))
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _live(self, http: httpx.AsyncClient) -> None:
        delay_s = RETRY_FIRST_S
        while not self._ended.is_set():
            try:
                await self._describe(http)
                query = f"?after={self._after}" if self._after is not None else ""
                async with connect(
                    live_url(self._url) + query, proxy=None, open_timeout=REQUEST_TIMEOUT_S, ping_interval=PING_S,
                    ping_timeout=PING_S, close_timeout=1.0, max_size=MESSAGE_BYTES_MAX,
                ) as socket:  # fmt: skip
                    self._emit({"type": "connected"})
                    delay_s = RETRY_FIRST_S
                    async for message in socket:
                        self._take(message)
                error = "closed"
            except FAILURES as failure:
                error = f"{type(failure).__name__}: {failure}"
            self._emit({"type": "lost", "error": error})
            await self._pause(delay_s)
            delay_s = min(RETRY_MAX_S, delay_s * 2)

    async def _pause(self, delay_s: float) -> None:
        # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the wake-up.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._ended.wait()

    async def _describe(self, http: httpx.AsyncClient) -> None:
        self._emit({"type": "line", "data": await _get(http, "/api/line", {}, self._headers())})
        views = await _get(http, "/api/views", {}, self._headers())
        for name, data in views.items():
            self._emit({"type": "view", "name": name, "data": data, "fetched": True})

    def _take(self, message: str | bytes) -> None:
        try:
            data: Any = json.loads(message)
        except ValueError:
            return
        if not isinstance(data, dict):
            return
        body = cast(Obj, data)
        kind = wire.text(body, "type")
        if kind == "event":
            self._after = wire.integer(wire.obj(body, "event"), "seq")
        elif kind == "hello":
            last = wire.integer(body, "last_seq", -1)
            if last >= 0 and (self._after is None or self._after > last):  # the first greeting, or another journal
                self._after = last
        self._emit(body)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}

    # ---- jobs -------------------------------------------------------------------------------------------------------

    async def login(self, http: httpx.AsyncClient, user: str, password: str) -> None:
        """POST /api/login and tell ``session`` or ``login_failed``."""
        try:
            answer = await http.post("/api/login", json={"user": user, "password": password})
            body = _body(answer)
        except FAILURES as failure:
            self._emit({"type": "login_failed", "status": 0, "body": {}, "error": str(failure)})
            return
        token = wire.text(body, "token")
        if answer.status_code != 200 or not token:
            self._emit({"type": "login_failed", "status": answer.status_code, "body": body, "error": ""})
            return
        self._token = token
        self._emit({"type": "session", **{k: v for k, v in body.items() if k != "token"}})

    async def change_password(self, http: httpx.AsyncClient, old: str, new: str) -> None:
        """POST /api/password and tell ``password_changed`` or ``password_failed``; a session that ended is told too."""
        try:
            answer = await http.post("/api/password", json={"old": old, "new": new}, headers=self._headers())
            status, body = answer.status_code, _body(answer)
        except FAILURES as failure:
            self._emit({"type": "password_failed", "status": 0, "body": {}, "error": str(failure)})
            return
        if status == 200:
            self._emit({"type": "password_changed"})
            return
        self._emit({"type": "password_failed", "status": status, "body": body, "error": ""})
        if status == 401:
            self._token = ""
            self._emit({"type": "session"})

    async def logout(self, http: httpx.AsyncClient) -> None:
        """Forget the session here at once, then tell the server."""
        headers, self._token = self._headers(), ""
        self._emit({"type": "session"})
        try:
            await http.post("/api/logout", headers=headers)
        except FAILURES as failure:
            self._emit({"type": "notice", "error": str(failure)})

    async def submit(self, http: httpx.AsyncClient, local: int, body: Obj) -> None:
        """POST /api/commands and tell ``command_reply``; a session that ended is told too."""
        try:
            answer = await http.post("/api/commands", json={**body, "station": self._station}, headers=self._headers())
            status, reply, error = answer.status_code, _body(answer), ""
        except FAILURES as failure:
            sent = not isinstance(failure, NOT_SENT)
            status, reply, error = NO_ANSWER if sent else 0, {}, f"{type(failure).__name__}: {failure}"
        if status == 401:
            self._token = ""
            self._emit({"type": "session"})
        self._emit({"type": "command_reply", "local": local, "status": status, "body": reply, "error": error})

    async def history(self, http: httpx.AsyncClient, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> None:
        """GET /api/history in portions and tell ``history`` for each."""
        for start in range(0, len(tags), HISTORY_TAGS_MAX):
            params = {"tag": list(tags[start : start + HISTORY_TAGS_MAX]), "from_ns": from_ns, "to_ns": to_ns, "points": points}
            try:
                data = await _get(http, "/api/history", params, self._headers())
            except FAILURES as failure:
                self._emit({"type": "notice", "error": str(failure)})
                return
            self._emit({"type": "history", "data": data})

    async def fetch(self, http: httpx.AsyncClient, path: str, params: Obj, reply_to: str) -> None:
        """GET any route and tell ``reply``; status 0 when the server was not reached."""
        try:
            headers = self._headers()
            answer = await http.get(path, params=cast(Any, dict(params)), headers=headers)
            self._signed_out(answer.status_code, headers)
            self._emit({"type": "reply", "reply_to": reply_to, "status": answer.status_code, "data": _body(answer)})
        except FAILURES as failure:
            self._emit({"type": "reply", "reply_to": reply_to, "status": 0, "data": {}, "error": str(failure)})

    async def post(self, http: httpx.AsyncClient, path: str, body: Obj, reply_to: str) -> None:
        """POST any route and tell ``reply``; status 0 when the server was not reached. A session that ended is told too."""
        await self._posted(reply_to, lambda: http.post(path, json=body, headers=self._headers()))

    async def upload(self, http: httpx.AsyncClient, path: str, content: bytes, reply_to: str) -> None:
        """POST the bytes of a file; as :meth:`post`."""
        headers = {**self._headers(), "Content-Type": "application/octet-stream"}
        await self._posted(reply_to, lambda: http.post(path, content=content, headers=headers, timeout=DOWNLOAD_TIMEOUT_S))

    async def _posted(self, reply_to: str, send: Callable[[], Awaitable[httpx.Response]]) -> None:
        try:
            answer = await send()
            status, data, error = answer.status_code, _body(answer), ""
        except FAILURES as failure:
            status, data, error = 0, {}, f"{type(failure).__name__}: {failure}"
        if status == 401:
            self._token = ""
            self._emit({"type": "session"})
        self._emit({"type": "reply", "reply_to": reply_to, "status": status, "data": data, "error": error})

    def _signed_out(self, status: int, headers: dict[str, str]) -> None:
        """The session that these headers named has ended: tell it, unless somebody logged in meanwhile."""
        if status == 401 and headers and headers == self._headers():
            self._token = ""
            self._emit({"type": "session"})

    async def download(self, http: httpx.AsyncClient, path: str, params: Obj, file: Path, reply_to: str) -> None:
        """GET a route into a file, which is there whole or not at all; tell ``reply`` with ``{"bytes"}`` and the refusal."""
        part = file.with_name(file.name + ".part")
        status, size, error, disk = 0, 0, "", False
        full, headers = False, self._headers()
        refused: Obj = {}
        try:
            await asyncio.to_thread(file.parent.mkdir, parents=True, exist_ok=True)
            asked = cast(Any, dict(params))
            async with http.stream("GET", path, params=asked, headers=headers, timeout=DOWNLOAD_TIMEOUT_S) as answer:
                status = answer.status_code
                if status == 200:
                    with part.open("wb") as out:
                        async for piece in answer.aiter_bytes():
                            size += await asyncio.to_thread(out.write, piece)
                    part.replace(file)
                else:
                    await answer.aread()
                    refused = _body(answer)
        except FAILURES as failure:
            status, error = 0, f"{type(failure).__name__}: {failure}"
            disk = isinstance(failure, OSError) and not isinstance(failure, ConnectionError | TimeoutError)
            full = disk and isinstance(failure, OSError) and failure.errno in NO_ROOM
        finally:
            with contextlib.suppress(OSError):
                part.unlink()
        self._signed_out(status, headers)
        told: Obj = {**refused, "bytes": size, **({"disk": True} if disk else {}), **({"full": True} if full else {})}
        self._emit({"type": "reply", "reply_to": reply_to, "status": status, "data": told, "error": error})


async def _get(http: httpx.AsyncClient, path: str, params: dict[str, Any], headers: dict[str, str]) -> Obj:
    answer = await http.get(path, params=params, headers=headers)
    answer.raise_for_status()
    return _body(answer)


def _body(answer: httpx.Response) -> Obj:
    try:
        body: Any = answer.json()
    except ValueError:
        return {}
    if isinstance(body, list):
        return {"items": cast(Any, body)}
    return cast(Obj, body) if isinstance(body, dict) else {}


class PanelClient(QObject):
    """The net client as the GUI sees it: implements :class:`hmi.context.Port`; ``message`` arrives in the GUI's thread."""

    message = Signal(object)

    def __init__(self, url: str, parent: QObject | None = None, *, station: str = "") -> None:
        super().__init__(parent)
        self._worker = NetWorker(url, self.message.emit, station=station)

    def listen(self, slot: Callable[[Obj], None]) -> None:
        """Connect a receiver, queued into the thread that owns this object's receivers."""
        self.message.connect(slot, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start connecting; returns at once."""
        self._worker.start()

    def stop(self) -> bool:
        """End the worker; True when its thread is gone."""
        return self._worker.stop()

    def submit(self, local: int, kind: str, target: str, args: Obj, reason: str = "", sign: Obj | None = None) -> None:
        body: Obj = {"kind": kind, "target": target, "args": args, "reason": reason, **({"sign": sign} if sign else {})}
        self._worker.put(lambda http: self._worker.submit(http, local, body))

    def login(self, user: str, password: str) -> None:
        self._worker.put(lambda http: self._worker.login(http, user, password))

    def change_password(self, old: str, new: str) -> None:
        self._worker.put(lambda http: self._worker.change_password(http, old, new))

    def logout(self) -> None:
        self._worker.put(lambda http: self._worker.logout(http))

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> None:
        wanted = tuple(tags)
        self._worker.put(lambda http: self._worker.history(http, wanted, from_ns, to_ns, points))

    def fetch(self, path: str, params: Obj, reply_to: str) -> None:
        self._worker.put(lambda http: self._worker.fetch(http, path, params, reply_to))

    def post(self, path: str, body: Obj, reply_to: str) -> None:
        self._worker.put(lambda http: self._worker.post(http, path, body, reply_to))

    def upload(self, path: str, content: bytes, reply_to: str) -> None:
        self._worker.put(lambda http: self._worker.upload(http, path, content, reply_to))

    def download(self, path: str, params: Obj, file: Path, reply_to: str) -> None:
        self._worker.put(lambda http: self._worker.download(http, path, params, file, reply_to))
