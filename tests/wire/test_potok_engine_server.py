"""The engine's side of the local link, over a real socket: who gets in, what they are told, and that nothing is told twice."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest

from line.clock import SystemClock
from line.engine import Engine
from line.files import write_private
from line.gateway import Gateway
from line.image import Snapshot
from line.messages import Command, Event, JsonObject
from line.wire import Decoder, Events, Hello, Image, Message, Submit, Submitted, View, Welcome, encode
from potok.build import build_plan
from potok.describe import describe
from potok.engine_server import EngineServer
from potok.linefolder import LoadedLine, find_folder, load_line
from tests.waiting import until


@cache
def sausage() -> LoadedLine:
    return load_line(find_folder("sausage"))


class Journal:
    """A recorder that keeps events in memory and says when they are durable: at once, or when told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.at_once = True
        self.waiting: list[Callable[[], None]] = []
        self.asked = asyncio.Event()

    def record(
        self, events: Sequence[Event], states: dict[str, JsonObject] | object, on_durable: Callable[[], None] | None = None
    ) -> None:
        self.events += events
        if on_durable is not None:
            on_durable() if self.at_once else self.waiting.append(on_durable)
            self.asked.set()

    def sample(self, image: Snapshot) -> None:
        return

    def after(self, seq: int, limit: int) -> list[Event]:
        return [e for e in tuple(self.events) if e.seq > seq][:limit]


@dataclass
class Rig:
    """An engine with its server, and what is needed to speak to it."""

    data: Path
    journal: Journal
    gateway: Gateway
    engine: Engine
    server: EngineServer
    clients: list[Client] = field(default_factory=list["Client"])

    async def connect(self, after_seq: int, token: str = "") -> Client:
        """A client that has said Hello; with the right token unless another is given."""
        where = json.loads((self.data / "engine.json").read_text(encoding="utf-8"))
        reader, writer = await asyncio.open_connection("127.0.0.1", where["port"])
        client = Client(reader, writer)
        self.clients.append(client)
        client.send(Hello(token or where["token"], after_seq))
        return client

    def happen(self, count: int) -> None:
        """Events become durable: in the journal first, then told."""
        first = len(self.journal.events) + 1
        events = [Event(first + i, first + i, "system", "test", data={"n": first + i}) for i in range(count)]
        self.journal.events += events
        self.gateway.publish_events(events)


class Client:
    """One connection to the engine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = Decoder()
        self._ready: list[Message] = []

    def send(self, message: Message) -> None:
        self._writer.write(encode(message))

    def send_bytes(self, data: bytes) -> None:
        self._writer.write(data)

    async def next(self) -> Message | None:
        """The next message; None at the end of the connection."""
        async with asyncio.timeout(10):
            while not self._ready:
                data = await self._reader.read(65536)
                if not data:
                    return None
                self._ready += self._decoder.feed(data)
        return self._ready.pop(0)

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """The first message of this sort; AssertionError when the connection ends before it."""
        while (message := await self.next()) is not None:
            if wanted(message):
                return message
        raise AssertionError("the connection ended")

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return


@asynccontextmanager
async def rig(data: Path) -> AsyncIterator[Rig]:
    plan = build_plan(sausage())
    journal, gateway = Journal(), Gateway()
    engine = Engine(plan, plan.initial(), journal)
    server = EngineServer(engine, gateway, describe(sausage()), lambda seq, limit: journal.after(seq, min(limit, 7)), data)
    await server.start()
    made = Rig(data, journal, gateway, engine, server)
    try:
        yield made
    finally:
        for client in made.clients:
            await client.close()
        await server.stop()
        assert not (data / "engine.json").exists()


def run(data: Path, body: Callable[[Rig], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rig(data) as made:
            await body(made)

    asyncio.run(main())


def command(command_id: str) -> Command:
    return Command(command_id, "alarm.silence", "", {}, "anna", "operator", "test", 1)


def test_the_file_tells_where_to_nobody_else(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        file = made.data / "engine.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        content = json.loads(file.read_text(encoding="utf-8"))
        assert content["pid"] == os.getpid()
        assert len(content["token"]) >= 32
        assert list(made.data.iterdir()) == [file]

    run(tmp_path, body)


def test_the_right_token_is_welcomed_with_line_image_and_views(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        made.gateway.publish(made.engine.state.image, {"alarms": {"active": []}})
        client = await made.connect(0)
        welcome = await client.next()
        assert isinstance(welcome, Welcome)
        assert welcome.line == "sausage"
        tags = len(made.engine.plan.model.tags)
        assert len(welcome.description["tags"]) == tags  # pyright: ignore[reportArgumentType]
        image = await client.until(lambda m: isinstance(m, Image))
        assert isinstance(image, Image)
        assert len(image.value) == tags
        view = await client.until(lambda m: isinstance(m, View))
        assert view == View("alarms", {"active": []})

    run(tmp_path, body)


def test_strangers_are_told_nothing(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        made.happen(3)
        for token in ("wrong", "x" * 43, "ключ", " "):
            assert await (await made.connect(0, token)).next() is None
        where = json.loads((made.data / "engine.json").read_text(encoding="utf-8"))
        for opening in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\xff" * 64, encode(Submit(command("c"))), encode(Hello("", 0))):
            reader, writer = await asyncio.open_connection("127.0.0.1", where["port"])
            stranger = Client(reader, writer)
            stranger.send_bytes(opening)
            assert await stranger.next() is None
            await stranger.close()
        assert not [e for e in made.journal.events if e.kind == "command"]
        assert isinstance(await (await made.connect(0)).next(), Welcome), "the others did no harm"

    run(tmp_path, body)


def test_events_are_told_once_each_and_in_order_while_they_flow(tmp_path: Path) -> None:
    """Three readers come while events are being written: what each missed comes from the journal, the rest as it happens."""

    async def collect(client: Client, last: int) -> list[int]:
        seqs: list[int] = []
        while not seqs or seqs[-1] < last:
            message = await client.until(lambda m: isinstance(m, Events))
            assert isinstance(message, Events)
            seqs += [e.seq for e in message.events]
        return seqs

    async def body(made: Rig) -> None:
        made.happen(40)
        readers = [asyncio.create_task(collect(await made.connect(after), 400)) for after in (0, 17, 40)]
        while len(made.journal.events) < 400:
            made.happen(min(3, 400 - len(made.journal.events)))
            await asyncio.sleep(0)
            if len(made.journal.events) % 30 == 1:
                await SystemClock().sleep_until_ns(SystemClock().monotonic_ns() + 2_000_000)
        for after, reader in zip((0, 17, 40), readers, strict=True):
            assert await reader == list(range(after + 1, 401))

    run(tmp_path, body)


def test_a_reader_that_wants_no_past_gets_the_present(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        made.happen(5)
        client = await made.connect(-1)
        made.gateway.publish(made.engine.state.image, {})
        await client.until(lambda m: isinstance(m, Image))  # now it is subscribed
        made.happen(1)
        message = await client.until(lambda m: isinstance(m, Events))
        assert isinstance(message, Events)
        assert [e.seq for e in message.events] == [6]

    run(tmp_path, body)


def test_a_command_is_answered_when_it_is_durable_and_taken_once(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        made.journal.at_once = False
        client = await made.connect(0)
        client.send(Submit(command("c1")))
        async with asyncio.timeout(10):
            await made.journal.asked.wait()
        assert [e.data["id"] for e in made.journal.events] == ["c1"]
        assert not client._ready  # pyright: ignore[reportPrivateUsage]
        made.journal.waiting.pop()()
        assert await client.until(lambda m: isinstance(m, Submitted)) == Submitted("c1", True)

        client.send(Submit(command("c1")))  # as a server does whose connection broke before the answer
        assert await client.until(lambda m: isinstance(m, Submitted)) == Submitted("c1", True)
        other = await made.connect(0)
        other.send(Submit(command("c1")))
        assert await other.until(lambda m: isinstance(m, Submitted)) == Submitted("c1", True)
        assert len([e for e in made.journal.events if e.kind == "command"]) == 1
        assert not made.journal.waiting

    run(tmp_path, body)


def test_whoever_sends_what_a_server_does_not_send_is_closed(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        for nonsense in (encode(Hello("again", 0)), b"\0\0\0\0\0", encode(View("alarms", {}))):
            client = await made.connect(0)
            await client.until(lambda m: isinstance(m, Welcome))
            client.send_bytes(nonsense)
            while await client.next() is not None:
                pass

    run(tmp_path, body)


def test_a_stop_closes_who_is_connected(tmp_path: Path) -> None:
    async def body(made: Rig) -> None:
        clients = [await made.connect(0) for _ in range(3)]
        for client in clients:
            await client.until(lambda m: isinstance(m, Welcome))
        await made.server.stop()
        for client in clients:
            while await client.next() is not None:
                pass

    run(tmp_path, body)


def test_a_disk_without_room_delays_the_file_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = [True]

    def write(path: Path, content: JsonObject) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_private(path, content)

    monkeypatch.setattr("potok.engine_server.write_private", write)
    monkeypatch.setattr("potok.engine_server.TELL_AGAIN_S", 0.02)

    async def body(made: Rig) -> None:
        file = made.data / "engine.json"
        assert not file.exists()
        full[0] = False
        await until(file.exists, what="engine.json")

    run(tmp_path, body)
