"""The fault proxy before a plain echo server: every fault, switched on and off in the middle of a connection."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from line.clock import SystemClock
from simulators.fault_proxy import NONE, FaultProxy, Impairment, Way
from tests.waiting import until

CLOCK = SystemClock()
DEADLINE_S = 10.0
MUTE_S = 0.15
"""How long a test watches that nothing comes."""


class Echo:
    """Sends back what it gets; knows how each of its connections ended."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.endings: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        assert self._server is not None
        self._server.close()

    async def stop(self) -> None:
        self.refuse()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.received += data
                writer.write(data)
                await writer.drain()
            self.endings.append("end")
        except OSError:
            self.endings.append("reset")
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class Client:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, count: int) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.readexactly(count)

    async def echo(self, data: bytes) -> bytes:
        self.send(data)
        return await self.receive(len(data))

    async def is_mute(self) -> bool:
        """Nothing comes, not even an end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MUTE_S):
                await self.reader.read(1)
                return False
        return True

    async def ending(self) -> str:
        """How the connection ends once all has been read."""
        async with asyncio.timeout(DEADLINE_S):
            try:
                while await self.reader.read(65_536):
                    pass
            except OSError:
                return "reset"
            return "end"


class Bench:
    def __init__(self, proxy: FaultProxy, echo: Echo) -> None:
        self.proxy = proxy
        self.echo = echo
        self._clients: list[Client] = []

    async def client(self) -> Client:
        return self.adopt(Client(*await asyncio.open_connection("127.0.0.1", self.proxy.port)))

    def adopt(self, client: Client) -> Client:
        """Closed with the bench."""
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            client.writer.close()
            with contextlib.suppress(OSError):
                await client.writer.wait_closed()


@contextlib.asynccontextmanager
async def bench(seed: int = 1) -> AsyncIterator[Bench]:
    echo = Echo()
    port = await echo.start()
    async with FaultProxy(port, CLOCK, seed=seed) as proxy:
        made = Bench(proxy, echo)
        try:
            yield made
        finally:
            await made.close()
            await echo.stop()


def run(body: Callable[[Bench], Awaitable[None]], seed: int = 1) -> None:
    """No task of proxy or server may be left."""

    async def main() -> None:
        async with bench(seed) as made:
            await body(made)
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()}, what="the end of all tasks")

    asyncio.run(main())


def elapsed_ms(since_ns: int) -> float:
    return (CLOCK.monotonic_ns() - since_ns) / 1e6


def test_without_a_fault_everything_passes_unchanged_and_so_does_the_end() -> None:
    async def body(b: Bench) -> None:
        client, other = await b.client(), await b.client()
        large = bytes(range(256)) * 4000
        assert await client.echo(large) == large
        assert await other.echo(b"beside it") == b"beside it"
        client.writer.write_eof()
        assert await client.ending() == "end"
        await until(lambda: b.echo.endings == ["end"] and b.proxy.open_connections == 1)
        assert b.proxy.counts.connections == 2
        assert b.proxy.counts.passed_bytes == 2 * (len(large) + 9)
        assert (b.proxy.counts.swallowed, b.proxy.counts.spoiled, b.proxy.counts.resets) == (0, 0, 0)

    run(body)


def test_a_server_that_refuses_or_resets_is_a_reset_for_the_client() -> None:
    async def body(b: Bench) -> None:
        first = await b.client()
        assert await first.echo(b"x") == b"x"
        b.echo.refuse()
        assert await (await b.client()).ending() == "reset"
        assert await first.echo(b"y") == b"y"

    run(body)


def test_latency_delays_both_ways_keeps_the_order_and_ends_at_once_when_cleared() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        b.proxy.impair(Impairment(latency_ms=40, jitter_ms=20))
        began_ns = CLOCK.monotonic_ns()
        assert await client.echo(b"1") == b"1"
        assert elapsed_ms(began_ns) >= 80
        for number in range(1, 10):
            client.send(b"%d" % number)
            await until(lambda n=number: b.proxy.counts.pieces[Way.TO_SERVER] > n)
        assert await client.receive(9) == b"123456789"
        b.proxy.impair(Impairment(latency_ms=60_000))
        client.send(b"late")
        assert await client.is_mute()
        await b.proxy.clear()
        assert await client.receive(4) == b"late"

    run(body)


def test_loss_of_one_direction_swallows_answers_only() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        b.proxy.impair(Impairment(loss=1.0), [Way.TO_CLIENT])
        client.send(b"lost")
        assert await client.is_mute()
        assert bytes(b.echo.received) == b"lost"
        assert b.proxy.counts.swallowed == 1
        await b.proxy.clear()
        assert await client.echo(b"heard") == b"heard"

    run(body)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_share_of_loss_is_the_same_for_the_same_seed(seed: int) -> None:
    async def fates() -> list[bool]:
        found: list[bool] = []
        async with bench(seed) as b:
            client = await b.client()
            b.proxy.impair(Impairment(loss=0.5), [Way.TO_SERVER])
            for number in range(24):
                before = b.proxy.counts.swallowed
                client.send(b"x")
                await until(lambda n=number: b.proxy.counts.swallowed + len(b.echo.received) == n + 1)
                found.append(b.proxy.counts.swallowed > before)
        return found

    first = asyncio.run(fates())
    assert first == asyncio.run(fates())
    assert 4 < sum(first) < 20


def test_a_cut_resets_both_sides_and_new_connections_work() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        assert await client.echo(b"x") == b"x"
        b.proxy.cut()
        assert await client.ending() == "reset"
        await until(lambda: b.echo.endings == ["reset"])
        assert b.proxy.counts.resets == 1
        assert await (await b.client()).echo(b"y") == b"y"

    run(body)


def test_cut_off_refuses_new_connections_until_cleared_on_the_same_port() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        assert await client.echo(b"x") == b"x"
        port = b.proxy.port
        b.proxy.cut_off()
        assert await client.ending() == "reset"
        with pytest.raises(ConnectionRefusedError):
            await b.client()
        await b.proxy.clear()
        assert b.proxy.port == port
        assert await (await b.client()).echo(b"y") == b"y"

    run(body)


def test_half_open_nothing_passes_and_nobody_is_told_until_it_thaws() -> None:
    async def body(b: Bench) -> None:
        client, leaving = await b.client(), await b.client()
        assert await client.echo(b"x") == b"x"
        assert await leaving.echo(b"x") == b"x"
        b.proxy.freeze()
        assert b.proxy.half_open
        client.send(b"held back")
        leaving.writer.close()
        fresh, gone = await b.client(), await b.client()
        fresh.send(b"hello")
        gone.writer.close()
        assert await client.is_mute()
        assert await fresh.is_mute()
        assert (bytes(b.echo.received), b.echo.endings) == (b"xx", [])
        await b.proxy.clear()
        assert await client.receive(9) == b"held back"
        assert await fresh.receive(5) == b"hello"
        await until(lambda: b.echo.endings == ["end"], what="the end of the client that left")
        await until(lambda: b.proxy.open_connections == 2)

    run(body)


def test_a_frozen_proxy_can_be_stopped() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        assert await client.echo(b"x") == b"x"
        b.proxy.freeze()
        client.send(b"held back")
        assert await client.is_mute()
        await b.proxy.stop()
        await b.proxy.stop()
        assert await client.ending() == "reset"

    run(body)


def test_garbage_replaces_injects_and_flips() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        sent = bytes(64)
        b.proxy.impair(Impairment(replace=1.0), [Way.TO_CLIENT])
        replaced = await client.echo(sent)
        assert replaced != sent
        b.proxy.impair(Impairment(inject=5), [Way.TO_CLIENT])
        client.send(sent)
        assert (await client.receive(69))[5:] == sent
        b.proxy.impair(Impairment(flip=0.25), [Way.TO_CLIENT])
        flipped = await client.echo(sent)
        assert 4 < sum(byte != 0 for byte in flipped) < 32
        assert bytes(b.echo.received) == sent * 3
        assert b.proxy.counts.spoiled == 3
        b.proxy.impair(NONE)
        assert await client.echo(sent) == sent

    run(body)


def test_slow_drip_passes_one_byte_after_the_other_and_the_rest_at_once_when_cleared() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        b.proxy.impair(Impairment(drip_ms=10), [Way.TO_CLIENT])
        client.send(b"drip")
        began_ns = CLOCK.monotonic_ns()
        assert await client.receive(4) == b"drip"
        assert elapsed_ms(began_ns) >= 30
        b.proxy.impair(Impairment(drip_ms=60_000), [Way.TO_CLIENT])
        client.send(b"slow")
        assert await client.receive(1) == b"s"
        assert await client.is_mute()
        await b.proxy.clear()
        assert await client.receive(3) == b"low"

    run(body)


def test_truncate_passes_the_first_bytes_of_each_answer() -> None:
    async def body(b: Bench) -> None:
        client = await b.client()
        b.proxy.impair(Impairment(truncate=3), [Way.TO_CLIENT])
        for _ in range(2):
            client.send(b"truncated")
            assert await client.receive(3) == b"tru"
            assert await client.is_mute()
        assert b.proxy.counts.spoiled == 2

    run(body)


@pytest.mark.parametrize("wrong", [{"loss": 1.5}, {"flip": -0.1}, {"latency_ms": -1.0}, {"truncate": -1}, {"inject": -1}])
def test_an_impossible_impairment_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Impairment(**wrong)  # pyright: ignore[reportArgumentType]


def test_the_command_line_says_where_it_listens_and_spoils_what_passes() -> None:
    async def body(b: Bench) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "simulators.fault_proxy", "--target", f"127.0.0.1:{b.proxy.port}", "--truncate", "2",
            "--way", "to_client", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(DEADLINE_S):
                said = (await process.stdout.readline()).decode().split()
            assert said[2] == f"127.0.0.1:{b.proxy.port}"
            client = b.adopt(Client(*await asyncio.open_connection("127.0.0.1", int(said[0].rpartition(":")[2]))))
            client.send(b"long")
            assert await client.receive(2) == b"lo"
        finally:
            process.terminate()
            await process.wait()
        assert await client.ending() in ("reset", "end")

    run(body)
