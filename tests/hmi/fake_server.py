"""A server in a thread that speaks the API: JSON over HTTP, and the live WebSocket, on one real port."""

from __future__ import annotations

import asyncio
import json
import threading
import weakref
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.http11 import Request
from websockets.server import ServerProtocol

from tests.hmi import samples

SETTLING_ROUNDS = 5
"""Turns of the loop at the end: a connection accepted in the last moment takes three to appear and be closed again."""


class FakeServer(threading.Thread):
    """Start with ``with FakeServer() as server``. ``tell`` sends a message to every panel; ``drop`` cuts the panels off."""

    def __init__(self, port: int = 0, *, answers: bool = True) -> None:
        super().__init__(name="fake-server", daemon=True)
        self.port = port
        self.answers = answers
        self.posts: list[tuple[str, dict[str, Any], str]] = []
        self.uploads: list[bytes] = []
        self.queries: list[str] = []
        self.afters: list[str] = []
        self.last_seq = 40
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._sockets: dict[asyncio.StreamWriter, ServerProtocol] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: weakref.WeakSet[asyncio.StreamWriter] = weakref.WeakSet()

    def __enter__(self) -> FakeServer:
        self.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self.join(10)
        assert not self.is_alive()
        self._loop.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def panels(self) -> int:
        return len(self._sockets)

    def tell(self, message: object) -> None:
        text = json.dumps(message)
        self._loop.call_soon_threadsafe(lambda: [self._push(w, p, text) for w, p in list(self._sockets.items())])

    def tell_raw(self, text: str) -> None:
        self._loop.call_soon_threadsafe(lambda: [self._push(w, p, text) for w, p in list(self._sockets.items())])

    def drop(self) -> None:
        self._loop.call_soon_threadsafe(lambda: [w.transport.abort() for w in list(self._sockets)])

    def run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())

    async def _main(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        # asyncio leaks a connection that was accepted but has no transport yet when the server closes.
        for listening in server.sockets:
            self._loop.remove_reader(listening.fileno())
        for _ in range(SETTLING_ROUNDS):
            await asyncio.sleep(0)
        server.close()
        for _ in range(SETTLING_ROUNDS):
            for writer in list(self._writers):
                writer.transport.abort()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.sleep(0)
        await server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            if target.startswith("/api/live"):
                await self._live(head, target, reader, writer)
                return
            headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.decode().split("\r\n")[1:])}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, answer = self._answer(method, target, body, headers.get("authorization", ""))
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
                         "Connection: close\r\n\r\n".encode() + content)  # fmt: skip
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self._sockets.pop(writer, None)
            writer.close()

    def _answer(self, method: str, target: str, body: bytes, token: str) -> tuple[int, Any]:
        path = urlsplit(target).path
        if path == "/api/attachments" and method == "POST":
            self.uploads.append(body)
            return (201, {"photo": "ab" * 32}) if token == "Bearer t0" else (401, {"error": {"ru": "Войдите", "en": "Sign in"}})
        if method == "POST":
            data = json.loads(body) if body else {}
            self.posts.append((path, data, token))
            if path == "/api/login":
                if data["password"] == "right":
                    return 200, {"token": "t0", "user": data["user"], "name": "Иванова", "role": "operator"}
                return 401, {"reasons": [{"ru": "неверный пароль", "en": "wrong password"}]}
            if path == "/api/password":
                if token != "Bearer t0":
                    return 401, {"error": {"ru": "Войдите в систему", "en": "Sign in"}}
                right = data["old"] == "right"
                return (200, {"ok": True}) if right else (403, {"error": {"ru": "Старый неверен", "en": "Old is wrong"}})
            if path == "/api/commands":
                return (202, {"id": "c1", "status": "received"}) if token == "Bearer t0" else (401, {})
            return (200, {"got": json.loads(body)}) if target == "/api/recipes/check" else (200, {})
        self.queries.append(target)
        if path == "/api/guarded":
            return 401, {"error": {"ru": "Войдите", "en": "Sign in"}}
        if path == "/api/line":
            return 200, samples.description()
        if path == "/api/views":
            return 200, samples.views()
        if path == "/api/history":
            tags = parse_qs(urlsplit(target).query)["tag"]
            held: Any = samples.history()["data"]
            return 200, {t: held[t] for t in tags if t in held}
        if path == "/api/alarm_journal.csv":
            return 200, "\ufeffseq;time\r\n1;2\r\n".encode()
        return 404, {}

    async def _live(self, head: bytes, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = ServerProtocol()
        protocol.receive_data(head)
        request = protocol.events_received()[0]
        assert isinstance(request, Request)
        protocol.send_response(protocol.accept(request))
        self.afters.append(urlsplit(target).query)
        self._flush(writer, protocol)
        self._sockets[writer] = protocol
        if self.answers:
            hello = {"type": "hello", "line": "sausage", "now_ns": samples.NOW_NS, "engine": "up", "last_seq": self.last_seq}
            for message in (hello, samples.image()):
                self._push(writer, protocol, json.dumps(message))
        while data := await reader.read(65536):
            protocol.receive_data(data)
            protocol.events_received()
            self._flush(writer, protocol)
            if protocol.close_expected():
                break

    def _push(self, writer: asyncio.StreamWriter, protocol: ServerProtocol, text: str) -> None:
        protocol.send_text(text.encode())
        self._flush(writer, protocol)

    @staticmethod
    def _flush(writer: asyncio.StreamWriter, protocol: ServerProtocol) -> None:
        for data in protocol.data_to_send():
            if data:
                writer.write(data)
