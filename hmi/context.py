"""What every page and dialog is handed: the store, the look, the way to the server, the way to other pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtWidgets import QDialog

from hmi.sound import SoundState
from hmi.theme import Look
from hmi.viewmodels.commands import CommandBook
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import Clock


class Port(Protocol):
    """The way to the server; nothing here waits. Answers come as messages to whoever feeds the store."""

    def submit(self, local: int, kind: str, target: str, args: Obj, reason: str = "", sign: Obj | None = None) -> None:
        """Send a command, signed with ``sign: {user, password}``; the answer is ``command_reply`` with the same ``local``."""
        ...

    def login(self, user: str, password: str) -> None:
        """Ask for a session; the answer is ``session``, or ``login_failed`` with ``reasons`` or ``error``."""
        ...

    def change_password(self, old: str, new: str) -> None:
        """Change the own password; the answer is ``password_changed``, or ``password_failed`` with ``status`` and ``body``."""
        ...

    def logout(self) -> None:
        """End the session; viewing goes on."""
        ...

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> None:
        """Ask for history; the answer is a message ``history`` that the store merges into its rings."""
        ...

    def fetch(self, path: str, params: Obj, reply_to: str) -> None:
        """GET any other route under ``/api``; the answer is ``{"type": "reply", "reply_to", "status", "data"}``."""
        ...

    def post(self, path: str, body: Obj, reply_to: str) -> None:
        """POST any other route under ``/api``; the answer is a ``reply`` as that of :meth:`fetch`."""
        ...

    def upload(self, path: str, content: bytes, reply_to: str) -> None:
        """POST the bytes of a file; the answer is a ``reply`` as that of :meth:`fetch`."""
        ...

    def download(self, path: str, params: Obj, file: Path, reply_to: str) -> None:
        """GET a route into ``file``; the answer is a ``reply`` with ``data: {"bytes", "disk"}``, or status 0 and ``error``.

        ``disk`` is true when it was the file that could not be written.
        """
        ...


class CommandSink(Protocol):
    """How pages ask for something; ``reason`` is why, where the record needs it, ``sign`` {user, password} of who signs."""

    def __call__(self, kind: str, target: str, args: Obj, reason: str = "", sign: Obj | None = None) -> None: ...


Navigate = Callable[[str, str], None]
ReplyHandler = Callable[[Obj], None]


def _no_login() -> QDialog | None:
    """Where there is no window."""
    return None


@dataclass
class PanelContext:
    """Shared by all pages of one window.

    ``command(kind, target, args, reason, sign)`` sends a command in the name of who is logged in and asks for a login first when
    nobody is. ``navigate(page, argument)`` opens a page of :data:`hmi.pages.PAGES`. ``on_reply[name]`` receives the answers of
    ``port.fetch(…, reply_to=name)``. ``sound_state()`` is whether this panel can be heard. ``log_in()`` opens the login, for what
    is no command and needs somebody all the same.
    """

    store: LineStore
    look: Look
    book: CommandBook
    port: Port
    clock: Clock
    command: CommandSink
    navigate: Navigate
    on_reply: dict[str, ReplyHandler]
    sound_state: Callable[[], SoundState] = lambda: SoundState.MUTED
    log_in: Callable[[], QDialog | None] = _no_login

    def now_ns(self) -> int:
        """The line's time, UTC."""
        return self.store.now_ns(self.clock.now_ns())
