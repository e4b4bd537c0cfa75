"""Children of ``serve``: started, watched, restarted at growing intervals, and given up only for wrong usage."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from line.clock import NS_PER_S, SystemClock
from potok import processes
from potok.exit_codes import USAGE
from potok.processes import Child, keep_running, read_when_there


class Script(Child):
    """A child that ends by itself with these codes, one a start, and runs on when there are no more."""

    def __init__(self, codes: Sequence[int], stop: asyncio.Event | None = None) -> None:
        super().__init__("script", [])
        self.codes = list(codes)
        self.started = 0
        self.stopped = 0
        self._stop = stop

    async def start(self) -> None:
        self.started += 1

    async def wait(self) -> int:
        if self.codes:
            return self.codes.pop(0)
        if self._stop is not None:
            self._stop.set()
        await asyncio.Event().wait()
        return 0

    async def stop(self) -> None:
        self.stopped += 1


class Time(SystemClock):
    """A clock on which every look is ``step_s`` later."""

    def __init__(self, step_s: float = 0.0) -> None:
        self._step_ns = int(step_s * NS_PER_S)
        self._now_ns = 0

    def monotonic_ns(self) -> int:
        self._now_ns += self._step_ns
        return self._now_ns


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_BACKOFF_S", (0.0001, 0.0002, 0.0003, 0.0004, 0.0005))


def pauses(caplog: pytest.LogCaptureFixture) -> list[float]:
    return [r.args[2] for r in caplog.records if isinstance(r.args, tuple) and len(r.args) == 3 and isinstance(r.args[2], float)]


@pytest.mark.usefixtures("short_pauses")
def test_a_child_that_ends_is_started_again_at_growing_intervals(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> Script:
        stop = asyncio.Event()
        child = Script([1, -9, 0, 1, 1, 1], stop)
        assert await keep_running(child, Time(), stop) == 0
        return child

    with caplog.at_level(logging.WARNING):
        child = asyncio.run(run())
    assert child.started == 7
    assert child.stopped == 1
    assert pauses(caplog) == [0.0002, 0.0003, 0.0004, 0.0005, 0.0005, 0.0005]
    assert "script ended with code -9 and is restarted" in caplog.text


@pytest.mark.usefixtures("short_pauses")
def test_a_child_that_ran_for_long_is_started_again_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        await keep_running(Script([1, 1, 1], stop), Time(step_s=31), stop)

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert pauses(caplog) == [0.0001] * 3


def test_wrong_usage_ends_it_all() -> None:
    async def run() -> None:
        stop = asyncio.Event()
        child = Script([USAGE, 0])
        assert await keep_running(child, Time(), stop) == USAGE
        assert stop.is_set()
        assert child.started == 1

    asyncio.run(run())


def test_a_stop_during_the_pause_is_heard() -> None:
    """The pause of a child that keeps failing is up to five seconds: nobody waits that long for an end."""

    async def run() -> None:
        stop = asyncio.Event()
        child = Script([1] * 100)
        keeping = asyncio.create_task(keep_running(child, Time(), stop))
        for _ in range(20):  # turns of the loop: enough to start, to end and to begin the pause
            await asyncio.sleep(0)
        assert child.started == 1
        stop.set()
        assert await asyncio.wait_for(keeping, 1.0) == 0

    asyncio.run(run())


def test_nothing_is_started_after_the_stop() -> None:
    async def run() -> None:
        stop = asyncio.Event()
        stop.set()
        child = Script([])
        assert await keep_running(child, Time(), stop) == 0
        assert child.started == 0

    asyncio.run(run())


def test_a_real_child_says_its_lines_and_its_code(tmp_path: Path) -> None:
    async def run() -> tuple[int, list[str], int]:
        lines: list[str] = []
        child = Child("check", ["check", str(tmp_path / "nowhere"), "--json"], on_line=lines.append)
        assert child.pid == 0
        await child.start()
        assert child.pid > 0
        code = await child.wait()
        await child.stop()
        return code, lines, child.pid

    code, lines, pid = asyncio.run(run())
    assert code == USAGE
    assert json.loads("\n".join(lines))["ok"] is False
    assert pid == 0


def test_a_file_is_read_once_it_is_there_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "server.json"

    async def run() -> dict[str, object]:
        stop = asyncio.Event()
        path.write_text('{"port": 80')
        reading = asyncio.create_task(read_when_there(path, SystemClock(), 5.0, stop))
        await asyncio.sleep(0)
        path.write_text('{"port": 8080}')
        return await reading

    assert asyncio.run(run()) == {"port": 8080}


def test_a_file_that_does_not_come(tmp_path: Path) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        with pytest.raises(TimeoutError, match=r"server\.json did not appear within 0 s"):
            await read_when_there(tmp_path / "server.json", SystemClock(), 0.0, stop)
        stop.set()
        assert await read_when_there(tmp_path / "server.json", SystemClock(), 60.0, stop) == {}

    asyncio.run(run())
