"""Start a panel: a window for a person, or pictures of every page for the documents."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QEventLoop, QSize, Qt, QTimer
from PySide6.QtWidgets import QApplication

from hmi.collector import GuiCollector
from hmi.frame import PanelWindow
from hmi.net import PanelClient
from hmi.pages.base import Page
from hmi.sound import Player
from hmi.texts import Languages
from hmi.viewmodels.store import LineStore
from line.clock import NS_PER_S, Clock, SystemClock

SIZES: Final = ((1280, 800), (1920, 1080))
THEMES: Final = ("day", "night")
DATA_WITHIN_S: Final = 20.0
HISTORY_WITHIN_S: Final = 3.0
PAGE_WITHIN_S: Final = 1.5
UNANSWERED_MAX: Final = 2


def application() -> QApplication:
    """The one QApplication of the process."""
    existing = QApplication.instance()
    if existing is not None:
        return cast(QApplication, existing)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Potok")
    app.setStyle("Fusion")
    return app


def run_panel(
    url: str, *, language: str = "ru", theme: str = "day", size: tuple[int, int] | None = None, screenshots: Path | None = None,
    sizes: Sequence[tuple[int, int]] = SIZES, data_within_s: float = DATA_WITHIN_S, mute: bool = False,
) -> int:  # fmt: skip
    """Open a panel on the server at ``url`` and return the exit code.

    Without ``size`` the window fills the screen. With ``screenshots`` no window opens: every page is rendered in the given
    ``sizes``, both themes and ``language`` into that folder; the code is 1, with a message, when no data came in time.
    A panel that is ``mute`` makes no sound: for an office.
    """
    app = application()
    languages = Languages(app)
    languages.use(language)
    clock = SystemClock()
    store = LineStore(language)
    client = PanelClient(url)
    wanted = QSize(*(sizes[0] if screenshots is not None else size or _screen(app)))
    voice = None if mute or screenshots is not None else Player()
    window = PanelWindow(store, client, clock, languages, theme=theme, size=wanted, voice=voice)
    collector = GuiCollector()
    client.listen(window.receive)
    client.start()
    try:
        if screenshots is not None:
            return _pictures(window, screenshots, sizes, clock, data_within_s)
        if size is None:
            window.showFullScreen()
        else:
            window.show()
        with _ended_by_signal(app):
            return app.exec()
    finally:
        window.close_down()
        client.stop()
        if voice is not None:
            voice.close()
        window.deleteLater()
        app.processEvents()
        collector.stop()


@contextmanager
def _ended_by_signal(app: QApplication) -> Generator[None]:
    """Ctrl-C and SIGTERM close the panel; the window's timers give Python its turn to see them."""
    before = {number: signal.signal(number, lambda *_: app.quit()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _screen(app: QApplication) -> tuple[int, int]:
    available = app.primaryScreen().size()
    return available.width(), available.height()


def _pictures(window: PanelWindow, folder: Path, sizes: Sequence[tuple[int, int]], clock: Clock, data_within_s: float) -> int:
    store = window.context.store
    if not wait_until(lambda: store.ready and store.live, clock, data_within_s):
        why = "the server does not answer" if not store.live else "the server sent no complete image"
        print(f"No pictures: no data within {data_within_s:g} s, {why}.", file=sys.stderr)
        return 1
    wait_until(lambda: any(len(store.ring(k.tag)) > 60 for u in store.units() for k in u.key_values), clock, HISTORY_WITHIN_S)
    unanswered: list[str] = []

    def wait(page: Page) -> None:
        """Give a page the time to get its answers; not again and again from a server that has none."""
        if len(unanswered) < UNANSWERED_MAX and not wait_until(page.settled, clock, PAGE_WITHIN_S):
            unanswered.append(type(page).__name__)

    for file in render(window, folder, sizes, wait=wait):
        print(file)
    return 0


def render(
    window: PanelWindow, folder: Path, sizes: Sequence[tuple[int, int]], themes: Sequence[str] = THEMES,
    wait: Callable[[Page], None] | None = None,
) -> list[Path]:  # fmt: skip
    """Draw every page, and the unit page once per class of unit, in every size and theme; returns the files.

    ``wait`` is called with a page before its picture is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.show()
    store = window.context.store
    files: list[Path] = []
    for width, height in sizes:
        window.resize(width, height)
        for theme in themes:
            window.use_theme(theme)
            for key in list(window.pages):
                for variant in window.pages[key].variants():
                    window.navigate(key, variant)
                    if wait is not None:
                        wait(window.pages[key])
                    _settle(window)
                    unit = store.unit(variant)
                    part = unit.unit_class if unit is not None else window.pages[key].picture(variant)
                    name = f"{key}-{part}" if part else key
                    file = folder / f"{name}-{width}x{height}-{theme}-{store.language}.png"
                    if not window.grab().save(str(file)):
                        raise OSError(f"cannot write {file}")
                    files.append(file)
    window.hide()
    return files


def _settle(window: PanelWindow) -> None:
    window.context.look.blink_on = True
    for _ in range(3):
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        window.refresh()
    window.context.look.blink_on = True


def wait_until(condition: Callable[[], bool], clock: Clock, within_s: float) -> bool:
    """Run the event loop until ``condition`` holds; False when it does not within ``within_s``."""
    deadline_ns = clock.monotonic_ns() + int(within_s * NS_PER_S)
    loop = QEventLoop()
    timer = QTimer()
    timer.setInterval(50)

    def look() -> None:
        if condition() or clock.monotonic_ns() >= deadline_ns:
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    if not condition():
        loop.exec()
    timer.stop()
    return condition()
