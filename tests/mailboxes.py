"""Real places that messages go to: a mail server and a web hook in threads of this process, on ports of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from line.clock import SystemClock
from tests.ports import free_port
from tests.waiting import until

_NOW_NS = SystemClock().now_ns
USER, PASSWORD = "potok", "s3cret/Pass@word"


@dataclass(frozen=True)
class Mail:
    """A mail that was taken."""

    sender: str
    to: tuple[str, ...]
    subject: str
    body: str
    time_ns: int


HOLD_MAX_S: Final = 120.0


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.refuses:
            return self._server.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._server.holds.is_set():
            self._server.holding = True
            await until(lambda: not self._server.holds.is_set(), HOLD_MAX_S, "the end of the hold")
        message = message_from_bytes(envelope.content if isinstance(envelope.content, bytes) else b"")
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        self._server.mails.append(
            Mail(
                envelope.mail_from or "", tuple(envelope.rcpt_tos), str(make_header(decode_header(message["Subject"]))),
                body.decode(message.get_content_charset("ascii")).rstrip("\r\n").replace("\r\n", "\n"), self._server.now_ns(),
            )
        )  # fmt: skip
        return "250 OK"


class _Controller(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """An SMTP server. ``refuses`` is its answer to every recipient; while ``holds`` is set a mail is not yet taken, ``holding``
    says that one waits. With ``login`` it wants :data:`USER` and :data:`PASSWORD`."""

    def __init__(
        self, port: int = 0, *, login: bool = False, tls: ssl.SSLContext | None = None, now_ns: Callable[[], int] = _NOW_NS
    ) -> None:
        self.mails: list[Mail] = []
        self.refuses = ""
        self.holds = threading.Event()
        self.holding = False
        self.now_ns = now_ns

        def judge(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
            right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
            return AuthResult(success=right, handled=right)

        auth: dict[str, Any] = {"authenticator": judge, "auth_required": True, "auth_require_tls": False} if login else {}
        self._controller = _Controller(_Handler(self), hostname="127.0.0.1", port=port, ssl_context=tls, **auth)
        self._controller.start()
        self.port = self._controller.port

    @property
    def url(self) -> str:
        """Its address for ``contacts.yaml``, without a login."""
        return f"mailto://127.0.0.1:{self.port}?from=potok@plant.test&to=mechanic@plant.test"

    def url_of(self, user: str, password: str) -> str:
        """Its address with a login."""
        return f"mailto://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}?from=potok@plant.test&to=mechanic@plant.test"

    def close(self) -> None:
        """End it and its thread."""
        self._controller.stop()


@contextlib.contextmanager
def mail_server(port: int = 0, **options: Any) -> Iterator[MailServer]:
    """A :class:`MailServer` that is gone at the end."""
    server = MailServer(port, **options)
    try:
        yield server
    finally:
        server.close()


class SilentServer:
    """Takes every connection and never says a word: what a hanging mail server looks like."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.connections: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, name="silent server")
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address for ``contacts.yaml``."""
        return f"mailto://127.0.0.1:{self.port}?from=potok@plant.test&to=mechanic@plant.test"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.connections.append(self._listener.accept()[0])

    def close(self) -> None:
        """Hang up on everybody."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self.connections:
            connection.close()


@contextlib.contextmanager
def silent_server() -> Iterator[SilentServer]:
    """A :class:`SilentServer` that is gone at the end."""
    server = SilentServer()
    try:
        yield server
    finally:
        server.close()


class WebHook:
    """An HTTP endpoint that answers with ``status`` (and ``location``) and keeps the JSON it was sent."""

    def __init__(self, status: int = 200, port: int = 0) -> None:
        self.status = status
        self.location = ""
        self.posts: list[dict[str, Any]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                hook.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="web hook")
        self._thread.start()

    @property
    def url(self) -> str:
        """Its address for ``contacts.yaml``."""
        return f"json://127.0.0.1:{self.port}/alarm?rto=3"

    def close(self) -> None:
        """End it and its thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextlib.contextmanager
def web_hook(status: int = 200, port: int = 0) -> Iterator[WebHook]:
    """A :class:`WebHook` that is gone at the end."""
    hook = WebHook(status, port)
    try:
        yield hook
    finally:
        hook.close()


def refused_url() -> str:
    """The address of a mail server that is not there."""
    return f"mailto://127.0.0.1:{free_port()}?from=potok@plant.test&to=mechanic@plant.test"
