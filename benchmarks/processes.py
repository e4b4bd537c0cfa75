"""Processes of a benchmark: the device on one side, a client on the other, so that the CPU of each is known by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
CLIENT: Final = "libmodbus_client"
DEVICE: Final = "libmodbus_device"
DEVICE_NICENESS: Final = -10

Answer = Mapping[str, Any]


class MissingProgramError(Exception):
    """The other program is not on this machine; the text says what is missing."""


class Process:
    """A child that answers one JSON line per JSON line; it ends when its stdin does."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent, env={**os.environ}
        )

    def prefer(self) -> None:
        """Give the child priority over what else runs, where that is permitted: a device has a processor of its own."""
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, DEVICE_NICENESS)

    def told(self) -> Answer:
        """The next line of the child. Raises RuntimeError when it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark ended with code {self._process.wait()}")
        return json.loads(line)

    def ask(self, **request: object) -> Answer:
        """Send a request and wait for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self.told()

    def end(self) -> None:
        """Close the pipes and wait; a child that stays is killed."""
        with self._process:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                self._process.wait(10.0)
            except subprocess.TimeoutExpired:
                self._process.kill()


@contextmanager
def process(*arguments: str) -> Iterator[Process]:
    """A child for the time of a block."""
    child = Process(arguments)
    try:
        yield child
    finally:
        child.end()


@contextmanager
def worker(module: str, *arguments: str) -> Iterator[Process]:
    """A module of this package as a child."""
    with process(sys.executable, "-m", f"benchmarks.{module}", *arguments) as child:
        yield child


@contextmanager
def modbus_device(folder: Path, ports: int, tags: int, stride: int, *, native: bool) -> Iterator[tuple[list[int], str]]:
    """A Modbus device per port in a process of its own: ports, and the name of the server.

    With ``native`` it is the one on libmodbus where that is there, else our own. The device has priority, whoever asks it.
    """
    numbers = (str(ports), str(tags), str(stride))
    with ExitStack() as stack:
        try:
            if not native:
                raise MissingProgramError
            child, name = stack.enter_context(process(str(native_program(folder, DEVICE)), *numbers)), "libmodbus"
        except MissingProgramError:
            child, name = stack.enter_context(worker("modbus_device", *numbers)), "asyncio"
        child.prefer()
        yield list(child.told()["ports"]), name


def native_program(folder: Path, name: str) -> Path:
    """``name``.c of this package, compiled into ``folder`` unless it is there. Raises MissingProgramError when it cannot be."""
    program = folder / name
    if not program.exists():
        flags = _libmodbus_flags()
        done = subprocess.run(
            ["gcc", "-O2", "-o", str(program), str(HERE / f"{name}.c"), *flags], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise MissingProgramError(f"{name}.c could not be compiled: {done.stderr.strip().splitlines()[-1]}")
    return program


def native_run(program: Path, *arguments: str) -> Answer:
    """Run a program that prints one JSON line and ends. Raises RuntimeError when it fails."""
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


@cache
def _libmodbus_flags() -> tuple[str, ...]:
    """What gcc needs for libmodbus. Raises MissingProgramError."""
    if shutil.which("gcc") is None:
        raise MissingProgramError("there is no gcc")
    if shutil.which("pkg-config") is None:
        raise MissingProgramError("there is no pkg-config")
    found = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise MissingProgramError("libmodbus is not installed (Debian: libmodbus-dev)")
    return tuple(found.stdout.split())


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder for compiled programs, lines and data of one benchmark."""
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as name:
        yield Path(name)
