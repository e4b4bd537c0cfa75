"""Host names: a name server that does not answer holds up nobody but the device that asked."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from plc_drivers.link import LinkError
from plc_drivers.modbus.names import NameLookup
from plc_drivers.modbus.transports import TcpWire
from tests.waiting import until

FOUND = [(socket.AF_INET, ("192.0.2.7", 502))]


class NameServer:
    """Stands in for the system's resolver; answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = threading.Event()
        self.fault: Exception | None = None

    def getaddrinfo(self, host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        assert self.answer.wait(10)
        if self.fault is not None:
            raise self.fault
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    server = NameServer()
    monkeypatch.setattr("plc_drivers.modbus.names.socket.getaddrinfo", server.getaddrinfo)
    yield server
    server.answer.set()
    for thread in threading.enumerate():
        if thread.name.startswith("look up"):
            thread.join(10)


def test_a_numeric_address_asks_nobody(server: NameServer) -> None:
    assert asyncio.run(_addresses(NameLookup("127.0.0.1", 1502))) == [(socket.AF_INET, ("127.0.0.1", 1502))]
    assert asyncio.run(_addresses(NameLookup("::1", 1502))) == [(socket.AF_INET6, ("::1", 1502))]
    assert server.asked == []


def test_the_question_outlives_the_attempt_and_the_next_one_takes_its_answer(server: NameServer) -> None:
    async def body() -> None:
        lookup = NameLookup("plc", 502)
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await lookup.addresses()
        assert lookup.pending
        server.answer.set()
        await until(lambda: not lookup.pending)
        assert await lookup.addresses() == FOUND
        assert server.asked == ["plc"]
        assert await lookup.addresses() == FOUND
        assert server.asked == ["plc", "plc"]  # a new connection asks anew

    asyncio.run(body())


def test_names_do_not_wait_for_one_another_nor_for_other_work_in_threads(server: NameServer) -> None:
    async def body() -> None:
        waiting = [asyncio.create_task(_addresses(NameLookup(f"plc{i}", 502))) for i in range(40)]
        await until(lambda: len(server.asked) == 40)
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(lambda: "journal") == "journal"
        server.answer.set()
        assert await asyncio.gather(*waiting) == [FOUND] * 40

    asyncio.run(body())


@pytest.mark.parametrize("fault", [socket.gaierror(-2, "Name or service not known"), UnicodeError("label too long")])
def test_a_name_that_is_none_is_told_and_asked_for_again(server: NameServer, fault: Exception) -> None:
    async def body() -> None:
        server.fault = fault
        server.answer.set()
        lookup = NameLookup("plc", 502)
        with pytest.raises(LinkError, match=r"the name plc is unknown .*; check host, or write an IP address"):
            await lookup.addresses()
        server.fault = None
        assert await lookup.addresses() == FOUND

    asyncio.run(body())


def test_a_process_that_ends_does_not_wait_for_a_name(server: NameServer) -> None:
    async def body() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await NameLookup("plc", 502).addresses()

    asyncio.run(body())
    assert server.asked == ["plc"]
    assert not server.answer.is_set()


def test_a_slow_name_is_told_apart_from_a_silent_device(server: NameServer) -> None:
    async def body() -> None:
        wire = TcpWire("plc", 502)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await wire.open(asyncio.Protocol())
        assert wire.late(500).en.startswith("no name server answered within 500 ms for the name plc")
        server.answer.set()
        await until(lambda: not wire.lookup.pending)
        assert wire.late(500).en.startswith("plc:502 does not answer within 500 ms")

    asyncio.run(body())


async def _addresses(lookup: NameLookup) -> object:
    return await lookup.addresses()
