"""Child processes of ``serve`` and ``demo``: started with a pipe that ends with their parent, watched, restarted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

from line.clock import NS_PER_S, Clock
from potok.exit_codes import USAGE

log = logging.getLogger(__name__)

STOP_WITHIN_S: Final = 15.0
_BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
_STEADY_NS: Final = 30 * NS_PER_S


class Child:
    """One ``potok`` subprocess. Its standard input is a pipe that closes when this process ends, however it ends."""

    def __init__(self, name: str, arguments: Sequence[str], *, on_line: Callable[[str], None] | None = None) -> None:
        self.name = name
        self._arguments = [sys.executable, "-m", "potok", *arguments]
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Process id; 0 while it does not run."""
        return self._process.pid if self._process is not None and self._process.returncode is None else 0

    async def start(self) -> None:
        """Start the process."""
        output = asyncio.subprocess.PIPE if self._on_line is not None else None
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments, stdin=asyncio.subprocess.PIPE, stdout=output, start_new_session=True
        )
        if self._on_line is not None:
            self._reader = asyncio.create_task(self._read_lines(self._process, self._on_line), name=f"{self.name} output")

    async def wait(self) -> int:
        """The exit code, once there is one."""
        assert self._process is not None
        code = await self._process.wait()
        if self._reader is not None:
            await self._reader
        return code

    async def stop(self) -> None:
        """Ask it to end, by signal and by closing its pipe; kill it when it does not."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            # On Windows terminate() kills on the spot: there the end of the pipe is the order, for whoever follows it.
            if os.name == "posix" or "--follow-stdin" not in self._arguments:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            if process.stdin is not None:
                process.stdin.close()
            try:
                await asyncio.wait_for(process.wait(), STOP_WITHIN_S)
            except TimeoutError:
                log.warning("%s did not end within %.0f s and is killed", self.name, STOP_WITHIN_S)
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if self._reader is not None:
            await self._reader

    @staticmethod
    async def _read_lines(process: asyncio.subprocess.Process, on_line: Callable[[str], None]) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            on_line(line.decode("utf-8", "replace").rstrip("\n"))


async def keep_running(child: Child, clock: Clock, stop: asyncio.Event) -> int:
    """Run ``child`` until ``stop``; restart it when it ends by itself, at growing intervals.

    Returns its exit code when that says that a restart is no use (a usage or configuration error), else 0.
    """
    failures = 0
    while not stop.is_set():
        started_ns = clock.monotonic_ns()
        await child.start()
        code = await _ended_or(child, stop)
        if stop.is_set():
            break
        if code == USAGE:
            stop.set()
            return USAGE
        failures = 0 if clock.monotonic_ns() - started_ns > _STEADY_NS else failures + 1
        pause_s = _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)]
        log.warning("%s ended with code %s and is restarted in %.1f s", child.name, code, pause_s)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause_s)
    await child.stop()
    return 0


async def _ended_or(child: Child, stop: asyncio.Event) -> int:
    ended = asyncio.create_task(child.wait())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((ended, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ended.done():
        ended.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ended
        return 0
    return ended.result()


async def read_when_there(path: Path, clock: Clock, within_s: float, stop: asyncio.Event) -> dict[str, object]:
    """The JSON of ``path`` once it exists. Raises TimeoutError; returns {} when told to stop meanwhile."""
    deadline_ns = clock.monotonic_ns() + int(within_s * NS_PER_S)
    while not stop.is_set():
        content = await asyncio.to_thread(_read_json, path)
        if content is not None:
            return content
        if clock.monotonic_ns() > deadline_ns:
            raise TimeoutError(f"{path.name} did not appear within {within_s:.0f} s")
        await clock.sleep_until_ns(clock.monotonic_ns() + NS_PER_S // 20)
    return {}


def _read_json(path: Path) -> dict[str, object] | None:
    try:
        return cast(dict[str, object], json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
