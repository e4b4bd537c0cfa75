"""Panels in tests: no screen, a port that only notes what is asked, and nothing Qt-like left behind."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSize, QThread, QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from hmi.app import application
from hmi.frame import PanelWindow
from hmi.texts import Languages
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import ManualClock
from tests.hmi import samples


class NotingPort:
    """Notes every call; answers nothing."""

    def __init__(self) -> None:
        self.submitted: list[tuple[int, str, str, Obj]] = []
        self.logins: list[tuple[str, str]] = []
        self.passwords: list[tuple[str, str]] = []
        self.logouts = 0
        self.histories: list[list[str]] = []
        self.fetched: list[tuple[str, str]] = []
        self.asked: list[tuple[str, Obj]] = []
        self.downloads: list[tuple[str, Obj, Path, str]] = []
        self.reasons: list[str] = []
        self.signs: list[Obj | None] = []
        self.posted: list[tuple[str, Obj, str]] = []
        self.uploads: list[tuple[str, bytes, str]] = []

    def submit(self, local: int, kind: str, target: str, args: Obj, reason: str = "", sign: Obj | None = None) -> None:
        self.submitted.append((local, kind, target, args))
        self.reasons.append(reason)
        self.signs.append(sign)

    def login(self, user: str, password: str) -> None:
        self.logins.append((user, password))

    def change_password(self, old: str, new: str) -> None:
        self.passwords.append((old, new))

    def logout(self) -> None:
        self.logouts += 1

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> None:
        self.histories.append(list(tags))

    def fetch(self, path: str, params: Obj, reply_to: str) -> None:
        self.fetched.append((path, reply_to))
        self.asked.append((path, params))

    def post(self, path: str, body: Obj, reply_to: str) -> None:
        self.posted.append((path, body, reply_to))

    def upload(self, path: str, content: bytes, reply_to: str) -> None:
        self.uploads.append((path, content, reply_to))

    def download(self, path: str, params: Obj, file: Path, reply_to: str) -> None:
        self.downloads.append((path, params, file, reply_to))


class Panel:
    """A panel window with its clock and port."""

    def __init__(self, app: QApplication, language: str, size: tuple[int, int]) -> None:
        self.clock = ManualClock(samples.NOW_NS)
        self.port = NotingPort()
        self.languages = Languages(app)
        self.languages.use(language)
        self.store = LineStore(language)
        self.window = PanelWindow(self.store, self.port, self.clock, self.languages, size=QSize(*size))

    def feed(self, *messages: Obj) -> Panel:
        for message in messages:
            self.window.receive(message)
        self.window.refresh()
        return self

    def log_in(self, role: str = "operator") -> Panel:
        return self.feed({"type": "session", "user": "ivanova", "name": "Иванова А. С.", "role": role})


MakePanel = Callable[..., Panel]


@pytest.fixture(scope="session", autouse=True)
def frozen_imports() -> Iterator[None]:
    """What the imports made is no garbage: the collector need not look at it after every test."""
    samples.description()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session")
def app() -> QApplication:
    return application()


@pytest.fixture
def make_panel(app: QApplication) -> Iterator[MakePanel]:
    """Makes panels that are shown (offscreen) and taken down after the test; ``filled=False`` leaves one without data."""
    made: list[Panel] = []

    def make(language: str = "ru", size: tuple[int, int] = (1280, 800), *, filled: bool = True) -> Panel:
        panel = Panel(app, language, size)
        made.append(panel)
        if filled:
            panel.feed(*samples.messages())
        panel.window.show()
        QApplication.processEvents()
        return panel

    yield make
    for panel in made:
        panel.window.close_down()
        panel.languages.use("en")
        panel.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _running() -> list[str]:
    found: list[str] = []
    for thing in gc.get_objects():
        kind = type(thing)
        if issubclass(kind, QTimer) and isValid(thing) and thing.isActive():
            found.append(f"QTimer of {type(thing.parent()).__name__}")
        elif issubclass(kind, QThread) and isValid(thing) and thing.isRunning():
            found.append(f"QThread {thing.objectName()}")
    return found


@pytest.fixture(autouse=True)
def nothing_of_qt_left() -> Iterator[None]:
    """A timer or thread of Qt that still runs after a test fails it (Python threads are watched in tests/conftest.py)."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture(autouse=True)
def collect_in_this_thread() -> Iterator[None]:
    """As in a panel (hmi/collector.py): no Qt object of a cycle dies in a helper thread."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def qt_clean(collect_in_this_thread: None, nothing_of_qt_left: None) -> Iterator[None]:
    """Compare what runs before and after; set up before ``make_panel``, so torn down after it."""
    before = _running()
    yield
    gc.collect()
    assert _running() == before
