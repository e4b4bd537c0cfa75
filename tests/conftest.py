"""Whatever a test starts, it ends: a thread, task or process left behind fails the test that left it."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from line.clock import SystemClock, sleep_s

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_ENDING_S = 3.0


def pytest_collection_finish() -> None:
    """What was imported and collected stays for the whole run: keep it out of every later collection."""
    gc.collect()
    gc.freeze()


def _threads() -> set[threading.Thread]:
    return {t for t in threading.enumerate() if t.is_alive() and not t.name.startswith("asyncio_")}


def _processes() -> set[int]:
    """Living descendants. Where the kernel lists a process's children, the common case of none costs next to nothing."""
    lists = list(Path("/proc/self/task").glob("*/children")) if sys.platform == "linux" else []
    if lists and not any(_text(p) for p in lists):
        return set()
    return {p.pid for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE}


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # a thread that has just ended
        return ""


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compare threads and child processes before and after; what is ending gets a moment, what stays is a failure."""
    threads, processes = _threads(), _processes()
    yield
    if "unit" not in request.path.parts:
        gc.collect()  # brings out what was never awaited or closed; pure tests have nothing to bring out
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + int(_ENDING_S * 1e9)
    while (_threads() - threads or _processes() - processes) and clock.monotonic_ns() < deadline_ns:
        sleep_s(0.01)
    left = [t.name for t in _threads() - threads]
    assert not left, f"threads left behind: {left}"
    assert not _processes() - processes, f"processes left behind: {_processes() - processes}"
