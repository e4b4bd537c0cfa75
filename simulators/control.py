"""Fault control from another process: one JSON object a line over TCP, and a client for the command line.

Requests: ``{"op": "inject", "fault": …, "target": …, "value": …}``, ``clear`` (same keys), ``clear_all``, ``list`` (what can be
injected), ``status`` (what is going on). Answers: ``{"ok": true, …}`` or ``{"ok": false, "error": …}``.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from typing import Final

from line.messages import Json, JsonObject
from simulators.faults import FAULTS
from simulators.sausage import SimLine

LINE_LIMIT: Final = 65_536


class ControlServer:
    """Answers control requests for ``line`` on ``host:port``; port 0 takes a free one."""

    def __init__(self, line: SimLine, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._line = line
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Accept connections. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._connected, self.host, self.port, limit=LINE_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection and stop listening."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = tuple(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()  # last: from Python 3.12 on it waits for the connections

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            while True:
                try:
                    text = await reader.readline()
                except ValueError:
                    await _reply(writer, {"ok": False, "error": f"a request is one line of at most {LINE_LIMIT} bytes"})
                    return
                if not text:
                    return
                await _reply(writer, answer(self._line, text))
        except (ConnectionError, asyncio.CancelledError):
            return  # the client or the simulator is going; nothing is left to answer
        finally:
            self._connections.discard(task)
            writer.close()


async def _reply(writer: asyncio.StreamWriter, reply: JsonObject) -> None:
    writer.write(json.dumps(reply).encode() + b"\n")
    await writer.drain()


def answer(line: SimLine, text: bytes) -> JsonObject:
    """Carry out one request; whatever it holds, the answer is an object with ``ok``."""
    try:
        request = json.loads(text)
    except (ValueError, RecursionError) as error:
        return {"ok": False, "error": f"not JSON: {error}"}
    if not isinstance(request, dict):
        return {"ok": False, "error": "a request is an object with the key 'op'"}
    try:
        return {"ok": True, **_carry_out(line, request)}
    except ValueError as error:
        return {"ok": False, "error": str(error)}


def _carry_out(line: SimLine, request: Mapping[str, object]) -> JsonObject:
    op = request.get("op")
    if op == "inject":
        value = request.get("value")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise ValueError(f"'value' must be a number (given: {value!r})")
        try:
            number = None if value is None else float(value)
        except OverflowError as error:
            raise ValueError("'value' is too large") from error
        line.inject(_text(request, "fault"), _text(request, "target"), number)
    elif op == "clear":
        line.clear(_text(request, "fault"), _text(request, "target"))
    elif op == "clear_all":
        line.clear_all()
    elif op == "list":
        return {
            "faults": [
                {"fault": f.name, "targets": list(f.targets), "effect": f.effect, "value": f.value} for f in FAULTS.values()
            ]
        }
    elif op != "status":
        raise ValueError(f"unknown op {op!r}; there are inject, clear, clear_all, list, status")
    return status(line)


def _text(request: Mapping[str, object], key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str):
        raise ValueError(f"'{key}' must be a text (given: {value!r})")
    return value


def status(line: SimLine) -> JsonObject:
    """Active faults, and in short what PLCs and units are doing."""
    faults: list[Json] = [{"fault": f.name, "target": f.target, "value": f.value} for f in line.faults()]
    plcs: dict[str, Json] = {n: {"link_up": p.link_up, "supervised": p.supervised} for n, p in line.plcs.items()}
    units: dict[str, Json] = {
        unit: {"state": p.state.name.lower(), "phase": p.PHASES[p.phase].name if p.phase else "", "batch": p.batch}
        for unit, p in line.programs.items()
    }
    return {"faults": faults, "plcs": plcs, "units": units, "plant_s": line.plant_s, "speed": line.speed}


def send(host: str, port: int, request: JsonObject, timeout_s: float = 5.0) -> dict[str, Json]:
    """Send one request and return the answer. Raises OSError when nobody answers, ValueError when the answer is not JSON."""
    with socket.create_connection((host, port), timeout=timeout_s) as connection:
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as stream:
            text = stream.readline()
    if not text:
        raise ConnectionError(f"{host}:{port} closed the connection without an answer")
    reply = json.loads(text)
    if not isinstance(reply, dict):
        raise ValueError(f"{host}:{port} answered no object")
    return reply
