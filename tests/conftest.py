"""Whatever a test starts, it ends: a thread, task or process left behind fails the test that left it."""

from __future__ import annotations

import functools
import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml
from hypothesis import HealthCheck, settings

from line.clock import SystemClock, sleep_s

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_ENDING_S = 3.0

settings.register_profile("busy machine", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


def pytest_collection_finish() -> None:
    """What was imported and collected stays for the whole run: keep it out of every later collection."""
    gc.collect()
    gc.freeze()


_LONG_TEXT = 2_000


@pytest.fixture(scope="session", autouse=True)
def long_yaml_is_parsed_once() -> Iterator[None]:
    """The shipped line is loaded hundreds of times, and most of that is the parsing of the same texts. Nodes are only read."""
    compose = yaml.compose
    kept = functools.lru_cache(maxsize=64)(compose)

    def parse(text: str, Loader: type[yaml.SafeLoader]) -> yaml.Node | None:  # noqa: N803 (yaml's own name)
        return kept(text, Loader=Loader) if len(text) > _LONG_TEXT else compose(text, Loader=Loader)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "compose", parse)
        yield


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
