"""The live feed over real WebSockets: images as differences, every event once and in order, slow clients, strangers."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from line.wire import Events
from server.ports import ForwarderStatus
from tests.waiting import until
from tests.wire.srv_fakes import DESCRIPTION, event
from tests.wire.srv_plant import Plant, clients, is_event, read, read_until, run, seqs


def test_images_are_differences_and_conflated(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            for n in range(1, 41):
                p.engine.publish({0: float(n)})
            messages = await read_until(live, lambda m: m["type"] == "image" and m["tags"]["C201.BatterTemp"][0] == 40.0)
            images = [m for m in messages if m["type"] == "image"]
            assert all(not m["full"] and list(m["tags"]) == ["C201.BatterTemp"] for m in images)
            assert len(images) <= 3  # forty images within milliseconds: at most a few of them are sent, the last one always

    run(tmp_path, body)


@pytest.mark.parametrize("after", [0, 1200, 2500])
def test_backfill_then_live_without_gap_or_duplicate(tmp_path: Path, after: int) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after={after}") as live:
            emitted = asyncio.create_task(emit_many(p, 300))
            messages = await read_until(live, is_event(2800))
            await emitted
            assert seqs(messages) == list(range(after + 1, 2801))

    run(tmp_path, body, count=2500)


async def emit_many(p: Plant, count: int) -> None:
    for _ in range(count):
        p.engine.emit()
        await asyncio.sleep(0)


def test_a_gap_in_the_feed_is_filled_from_the_journal(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=5") as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            for quietly in (False, True, True, False, True, False):
                p.engine.emit(quietly=quietly)
            p.engine.send(Events((event(3),)))  # old news
            messages = await read_until(live, is_event(11))
            assert seqs(messages) == [6, 7, 8, 9, 10, 11]

    run(tmp_path, body)


def test_a_client_from_another_journal_hears_what_comes(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=900") as live:
            hello = await read(live)
            assert hello["last_seq"] == 5
            p.engine.emit()
            assert seqs(await read_until(live, is_event(6))) == [6]

    run(tmp_path, body)


def test_a_client_ahead_of_a_server_that_catches_up_gets_nothing_twice(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        await p.engine.kill()
        p.engine.catches_up = False
        p.history.events += [event(s) for s in (6, 7, 8)]
        async with connect(f"{p.live_url}?after=8") as while_down:
            await read_until(while_down, lambda m: m["type"] == "forwarder")
            await p.engine.start()
            await until(lambda: p.link.up)
            async with connect(f"{p.live_url}?after=8") as while_behind:
                await read_until(while_behind, lambda m: m["type"] == "forwarder")
                p.engine.send(Events((event(6), event(7), event(8))))
                p.engine.emit()
                for live in (while_down, while_behind):
                    assert seqs(await read_until(live, is_event(9))) == [9]

    run(tmp_path, body)


def test_another_journal_starts_the_clients_anew(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(f"{p.live_url}?after=5") as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            await p.engine.kill()
            del p.history.events[2:]
            await p.engine.start()
            await until(lambda: p.link.up)
            p.engine.emit()
            assert seqs(await read_until(live, is_event(3))) == [3]

    run(tmp_path, body)


def test_a_broken_journal_closes_the_client_so_that_it_resumes(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        p.history.fails = True
        async with connect(f"{p.live_url}?after=2") as live:
            with pytest.raises(ConnectionClosed) as closed:
                await read_until(live, lambda m: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011
        p.history.fails = False
        async with connect(f"{p.live_url}?after=2") as live:
            assert seqs(await read_until(live, is_event(5))) == [3, 4, 5]

    run(tmp_path, body)


def slow_socket(p: Plant, after: int) -> socket.socket:
    """A WebSocket client that reads nothing after the handshake."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", p.port))
    request = (
        f"GET /api/live?after={after} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    client.sendall(request.encode())
    return client


def test_a_slow_client_is_dropped_and_resumes_while_others_go_on(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        with slow_socket(p, 5):
            async with connect(f"{p.live_url}?after=5", max_queue=None) as live:
                await clients(p, 2)
                reader = asyncio.create_task(read_until(live, is_event(4005)))
                big = {"what": "x" * 5000}
                for n in range(4000):
                    p.engine.emit("system", big)
                    if n % 20 == 0:
                        await until(lambda: p.link.last_seq >= p.history.last_seq() - 20)
                assert seqs(await reader) == list(range(6, 4006))
                await clients(p, 1)
        async with connect(f"{p.live_url}?after=4000") as live:
            assert seqs(await read_until(live, is_event(4005))) == [4001, 4002, 4003, 4004, 4005]

    run(tmp_path, body, max_queued_events=500)


def test_too_many_clients_are_sent_away(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as first:
            await read(first)
            async with connect(p.live_url) as second:
                with pytest.raises(ConnectionClosed) as closed:
                    await read(second)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1013
            p.engine.emit()
            await read_until(first, is_event(6))

    run(tmp_path, body, max_live_clients=1)


def test_strangers_pages_cannot_open_the_live_feed(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            with pytest.raises(InvalidStatus):
                async with connect(p.live_url, additional_headers=headers):
                    pass
        with pytest.raises(InvalidStatus):
            async with connect(f"{p.live_url}?after=-4"):
                pass

    run(tmp_path, body)


def test_the_forwarders_state_is_told(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            first = (await read_until(live, lambda m: m["type"] == "forwarder"))[-1]
            p.forwarder[0] = ForwarderStatus("down", 12)
            second = (await read_until(live, lambda m: m["type"] == "forwarder"))[-1]
            assert (first["state"], second) == ("off", {"type": "forwarder", "state": "down", "backlog": 12})

    run(tmp_path, body)


def test_a_changed_line_makes_the_panels_come_again(tmp_path: Path) -> None:
    async def body(p: Plant) -> None:
        async with connect(p.live_url) as live:
            await read_until(live, lambda m: m["type"] == "forwarder")
            await p.engine.kill()
            p.engine.description = {**DESCRIPTION, "name": {"ru": "Другая", "en": "Other"}}
            await p.engine.start()
            with pytest.raises(ConnectionClosed) as closed:
                await read_until(live, lambda m: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
        assert (await p.http.get("/api/line")).json()["name"]["en"] == "Other"

    run(tmp_path, body)
