"""A line's description, a history in memory, and engines that answer as the real one: for the tests of the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from argon2 import PasswordHasher

from historian.alarm_facts import AlarmRow, StandingRow
from historian.alarm_journal import AlarmFilter, AlarmPage
from historian.lot_queries import LotQueries
from historian.queries import Queries
from historian.why_names import Names
from line.messages import Command, Event, JsonObject
from line.wire import Decoder, Events, Hello, Image, Message, Submit, Submitted, View, Welcome, encode
from server.line_index import LineIndex
from server.ports import EngineDownError, EngineListener
from tests.builders import T0_NS

FAST_HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse"


def _tag(
    name: str, kind: str = "float", lo: float = 0.0, hi: float = 100.0, *, writable: bool = False, enum: str = ""
) -> dict[str, Any]:
    return {
        "name": name, "kind": kind, "eu": "", "lo": lo, "hi": hi, "decimals": 1, "writable": writable, "enum": enum,
        "ru": name, "en": name, "unit": name.split(".")[0], "device": "plc1", "address": "x",
    }  # fmt: skip


TAGS = [
    _tag("C201.BatterTemp", lo=-30, hi=60),
    _tag("C201.SP_Knife", hi=6000, writable=True),
    _tag("C201.SP_Count", "int", hi=10, writable=True),
    _tag("C201.Light", "bool", hi=1, writable=True),
    _tag("C201.Mode", "enum", hi=9, writable=True, enum="modes"),
    _tag("C201.PhReq", "int", hi=65535, writable=True),
    _tag("C201.Label", "string", writable=True),
    _tag("PLC1.SupHeartbeat", "int", hi=65535, writable=True),
]
DESCRIPTION: dict[str, Any] = {
    "line": "sausage",
    "name": {"ru": "Линия", "en": "Line"},
    "period_ms": 250,
    "devices": [],
    "tags": TAGS,
    "enums": {"modes": {"1": {"ru": "а", "en": "a"}, "2": {"ru": "б", "en": "b"}}},
    "units": [
        {"id": "C201", "label": "C-201", "phases": [
            {"id": "chop", "number": 2, "name": {}, "parameters": {"knife": "C201.SP_Knife", "count": "C201.SP_Count"}}]},
    ],
    "recipes": [{"id": "doktorskaya", "name": {}, "version": "1", "base_batch_kg": 200, "size_lo_kg": 50, "size_hi_kg": 300}],
    "alarms": [
        {"id": "C201.TempHi", "tag": "C201.BatterTemp", "priority": 1},
        {"id": "C201.TempLo", "tag": "C201.BatterTemp", "priority": 3},
    ],
    "alarm_rules": {"shelve_max_s": 14_400},
    "time_zone": "UTC",
    "escalation": {"time_zone": "UTC", "services": [{"id": "maintenance", "name": {}, "reasons": []}]},
}  # fmt: skip
APPROVED, DRAFT, BROKEN = "a" * 64, "d" * 64, "b" * 64
"""Content hashes of the versions in the view ``recipes``."""
VIEWS: dict[str, JsonObject] = {
    "shift": {"id": "20231114-1", "state": "open", "step": "preparing", "log": [],
              "handover": {"hash": "5" * 64, "changed": {"6" * 64: {"ru": "Список изменился: x", "en": "The list changed: x"}}}},
    "stops": {"stops": [{"id": "stop-1"}, {"id": "stop-2"}]},
    "orders": {"orders": [{"id": "order-1"}]},
    "requests": {"requests": [{"id": "request-1"}]},
    "batches": {"batches": [{"id": "b1", "parameters": [
        {"id": "chop.knife", "value": 3000, "lo": 2000, "hi": 4000, "editable": True, "role": "operator"},
        {"id": "chop.time", "value": 600, "lo": 480, "hi": 720, "editable": True, "role": "shift_lead"},
        {"id": "cook.core", "value": 72, "lo": 70, "hi": 75, "editable": False, "role": "operator"}],
        "nodes": [{"id": "cutter.chop"}, {"id": "smokehouse.cook"}],
        "prompts": [
            {"id": "clean", "kind": "confirm", "role": "operator", "signed": False},
            {"id": "ph", "kind": "number", "role": "shift_lead", "signed": False, "lo": 5.0, "hi": 7.0},
            {"id": "colour", "kind": "choice", "role": "operator", "signed": False, "choices": [{"ru": "да"}, {"ru": "нет"}]},
            {"id": "note", "kind": "text", "role": "operator", "signed": False},
            {"id": "salt", "kind": "lot", "role": "operator", "signed": False},
            {"id": "verdict", "kind": "confirm", "role": "technologist", "signed": True}],
        "ingredients": [{"material": "salt", "kg": 2.0}],
        "deviations": [
            {"number": 1, "disposition": None},
            {"number": 2, "disposition": {"verdict": "release"}}]}]},
    "recipes": {"recipes": [
        {"id": "doktorskaya", "approved": APPROVED, "versions": [
            {"hash": DRAFT, "version": "1.1", "status": "draft", "size_lo_kg": 50, "size_hi_kg": 400},
            {"hash": APPROVED, "version": "1.0", "status": "approved", "size_lo_kg": 50, "size_hi_kg": 300}]},
        {"id": "vetchina", "approved": None, "versions": [
            {"hash": BROKEN, "version": "1.0", "status": "draft", "size_lo_kg": None, "size_hi_kg": None}]}]},
    "alarms": {"active": []},
    "calls": {"calls": [{"id": "call-7", "state": "open"}], "open": 1},
    "engine": {"journal_ok": True},
}  # fmt: skip


def line_index() -> LineIndex:
    return LineIndex.from_description(DESCRIPTION)


def event(seq: int, kind: str = "system", data: JsonObject | None = None) -> Event:
    return Event(seq, T0_NS + seq, kind, "test", "", "", data or {"what": f"n{seq}"})


def image(scan: int = 1, values: Mapping[int, float] | None = None, label: str = "Докторская") -> Image:
    value = np.arange(len(TAGS), dtype=np.float64)
    value[6] = np.nan
    for handle, number in (values or {}).items():
        value[handle] = number
    stamps = np.full(len(TAGS), T0_NS, dtype=np.int64)
    status = np.zeros(len(TAGS), dtype=np.uint32)
    status[2] = 0x80050000
    return Image(scan, T0_NS + scan, value, status, stamps, stamps, {6: label})


@dataclass(frozen=True)
class MemoryTrend:
    rows: int

    def to_json(self) -> JsonObject:
        return {"t": list(range(self.rows)), "v": [float("nan")] * self.rows, "q": [0] * self.rows}


class MemoryHistory:
    """A journal in memory, its alarms from a real one in ``alarms``; ``fails`` makes queries raise."""

    def __init__(self, count: int = 0) -> None:
        self.events: list[Event] = [event(s) for s in range(1, count + 1)]
        self.fails = False
        self.queries = 0
        self.alarms = Queries(Path("no such folder"))
        self.states: dict[str, JsonObject] = {}

    def last_seq(self) -> int:
        return self.events[-1].seq if self.events else 0

    def events_after(self, seq: int, limit: int, kind: str | None = None) -> Sequence[Event]:
        self.queries += 1
        if self.fails:
            raise OSError("the disk is gone")
        return [e for e in list(self.events) if e.seq > seq and kind in (None, e.kind)][:limit]

    def history(self, tags: Sequence[str], from_ns: int, to_ns: int, points: int) -> Mapping[str, MemoryTrend]:
        return {t: MemoryTrend(min(points, 3)) for t in tags}

    def alarm_page(self, wanted: AlarmFilter, before: int = 0, limit: int = 100) -> AlarmPage:
        if self.fails:
            raise OSError("the disk is gone")
        return self.alarms.alarm_page(wanted, before, limit)

    def state(self, name: str) -> JsonObject | None:
        if self.fails:
            raise OSError("the disk is gone")
        return self.states.get(name)

    @property
    def lots(self) -> LotQueries:
        return self.alarms.lots

    def first_ns(self) -> int | None:
        return self.alarms.first_ns()

    def alarm_rows(self, from_ns: int, to_ns: int) -> Sequence[AlarmRow]:
        return self.alarms.alarm_rows(from_ns, to_ns)

    def alarms_standing(self, at_ns: int) -> Sequence[StandingRow]:
        return self.alarms.alarms_standing(at_ns)

    def shifts(self) -> Sequence[JsonObject]:
        return [{"id": "s1", "number": 1}]

    def shift_report(self, shift_id: str) -> JsonObject | None:
        return {"id": "s1", "ledger": {"expected": 1}} if shift_id == "s1" else None

    def shift_log(self, shift_id: str) -> JsonObject | None:
        return self.alarms.shift_log(shift_id)

    def shift_document(self, shift_id: str) -> JsonObject | None:
        return self.alarms.shift_document(shift_id)

    def batches(self, limit: int = 200) -> Sequence[JsonObject]:
        return [{"id": "B1001", "number": 1001}]

    def batch_record(self, batch_id: str) -> JsonObject | None:
        return {"id": "B1001", "events": []} if batch_id == "B1001" else None

    def batch_report(self, batch_id: str, last_seq: int | None = None) -> JsonObject | None:
        return self.alarms.batch_report(batch_id, last_seq)

    def why(self, target: str, at_ns: int | None = None, names: Names | None = None) -> JsonObject:
        return self.alarms.why(target, at_ns, names)

    def command_events(self, command_id: str) -> Sequence[Event]:
        return [e for e in list(self.events) if e.kind == "command" and e.data.get("id") == command_id]


class FakeLink:
    """An engine without a socket, for unit tests."""

    def __init__(self, *, up: bool = True) -> None:
        self.up = up
        self.line: LineIndex | None = line_index()
        self.image: Image | None = image()
        self.views: dict[str, JsonObject] = dict(VIEWS)
        self.last_seq = 0
        self.commands: list[Command] = []
        self.accepts = True
        self.lost = False
        self.listeners: list[EngineListener] = []

    def listen(self, listener: EngineListener) -> None:
        self.listeners.append(listener)

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def submit(self, command: Command) -> Submitted:
        if self.lost:
            raise EngineDownError(sent=True)
        self.commands.append(command)
        return Submitted(command.id, self.accepts, "" if self.accepts else "the journal is full")


class FakeEngine:
    """An engine behind a real socket that speaks ``line/wire.py``; journals into a :class:`MemoryHistory`."""

    def __init__(self, data_dir: Path, history: MemoryHistory) -> None:
        self.data_dir = data_dir
        self.history = history
        self.description: dict[str, Any] = DESCRIPTION
        self.hellos: list[Hello] = []
        self.commands: list[Command] = []
        self.scan = 0
        self.answers = True
        self.catches_up = True
        self.latest: Image = image()
        self._server: asyncio.Server | None = None
        self._writers: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        content = json.dumps({"port": port, "token": "engine-token", "pid": os.getpid()})
        (self.data_dir / "engine.json").write_text(content, encoding="utf-8")

    async def kill(self) -> None:
        """As SIGKILL: the sockets are gone, engine.json stays."""
        assert self._server is not None
        self._server.close()
        tasks = list(self._writers.values())
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    @property
    def connected(self) -> int:
        return len(self._writers)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = asyncio.create_task(self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        decoder = Decoder()
        try:
            while data := await reader.read(65536):
                for message in decoder.feed(data):
                    self._take(message, writer)
        except OSError:
            return
        finally:
            self._writers.pop(writer, None)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _take(self, message: Message, writer: asyncio.StreamWriter) -> None:
        if isinstance(message, Hello):
            self.hellos.append(message)
            if message.token != "engine-token":
                writer.close()
                return
            writer.write(encode(Welcome("sausage", self.description, self.history.last_seq())))
            writer.write(encode(self.latest))
            for name, view in VIEWS.items():
                writer.write(encode(View(name, view)))
            missed = self.history.events_after(message.after_seq, 10_000)
            if missed and self.catches_up:
                writer.write(encode(Events(tuple(missed))))
        elif isinstance(message, Submit):
            self.commands.append(message.command)
            if self.answers:
                command = message.command
                self.emit("command", {"id": command.id, "status": "received", "user": command.user})
                writer.write(encode(Submitted(command.id, True)))

    def emit(self, kind: str = "system", data: JsonObject | None = None, *, quietly: bool = False) -> Event:
        """Journal an event and publish it; ``quietly`` journals only, as if the server's link had lost it."""
        new = event(self.history.last_seq() + 1, kind, data)
        self.history.events.append(new)
        if not quietly:
            self.send(Events((new,)))
        return new

    def publish(self, values: Mapping[int, float] | None = None) -> None:
        self.scan += 1
        self.latest = image(self.scan, values)
        self.send(self.latest)

    def send(self, message: Message) -> None:
        for writer in list(self._writers):
            writer.write(encode(message))

    def send_raw(self, data: bytes) -> None:
        for writer in list(self._writers):
            writer.write(data)
