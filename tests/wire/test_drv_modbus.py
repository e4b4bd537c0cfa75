"""Modbus driver against real sockets: a pymodbus server, and raw servers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import cast

import pytest
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from line.clock import SystemClock
from line.devices import ModbusDevice
from line.documents import Text
from line.driver import DriverContext
from line.image import Readings
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.modbus.driver import ModbusDriver
from plc_drivers.modbus.pool import ChannelPool
from tests.builders import tag
from tests.ports import free_port
from tests.waiting import eventually

ADDRESSES = {
    "A": ("ir:0:int16", TagKind.FLOAT, 0.1),
    "B": ("ir:10:float32", TagKind.FLOAT, 1.0),
    "C": ("di:3", TagKind.BOOL, 1.0),
    "D": ("hr:0:float32", TagKind.FLOAT, 1.0),
    "E": ("hr:2:uint16", TagKind.INT, 1.0),
    "F": ("co:5", TagKind.BOOL, 1.0),
    "G": ("hr:3.4", TagKind.BOOL, 1.0),
    "H": ("hr:20:uint16", TagKind.INT, 1.0),
    "I": ("co:6", TagKind.BOOL, 1.0),
    "J": ("ir:60:uint32", TagKind.INT, 1.0),
}
TAGS = TagTable(
    tag(name, i, address=address, kind=kind, scale=scale, lo=-1e9, hi=1e9, writable=True)
    for i, (name, (address, kind, scale)) in enumerate(ADDRESSES.items())
)


class Action:
    """What the server does besides serving: clamps hr 20 to 100, refuses reads of ``hole``, counts requests."""

    def __init__(self) -> None:
        self.hole: set[int] = set()
        self.reads = 0

    async def __call__(
        self, function: int, _start: int, address: int, count: int, _now: list[int], new: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        if new is None:
            self.reads += 1
            if function == 4 and self.hole & set(range(address, address + count)):
                return ExcCodes.ILLEGAL_ADDRESS
        elif function == 16 and address <= 20 < address + count:
            registers = cast(list[int], new)
            registers[20 - address] = min(registers[20 - address], 100)
        return None


def sim_device(action: Action) -> SimDevice:
    async def act(
        function: int, start: int, address: int, count: int, now: list[int], new: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        return await action(function, start, address, count, now, new)

    bits = DataType.BITS
    registers = DataType.REGISTERS
    simdata = (
        [SimData(0, count=16, values=False, datatype=bits)],
        [SimData(0, count=16, values=True, datatype=bits)],
        [SimData(0, count=30, values=0, datatype=registers)],
        [SimData(0, values=[0x10000 - 25, *[0] * 9, 0x42C8, 0, *[0] * 48, 1, 0], datatype=registers)],
    )
    return SimDevice(1, simdata=simdata, action=act)


def config(port: int, timeout_ms: int = 300) -> ModbusDevice:
    return ModbusDevice(driver="modbus", name=Text(ru="ПЛК", en="PLC"), port=port, timeout_ms=timeout_ms, request_cost=16)


def made(device: ModbusDevice, tags: TagTable = TAGS, pool: ChannelPool | None = None, name: str = "plc1") -> ModbusDriver:
    """A driver as the engine makes it."""
    clock = SystemClock()
    channels = pool or ChannelPool()
    return ModbusDriver(
        name, device, tags, DriverContext(clock, 100, Path("pki"), Path()),
        lambda on_lost: channels.port(device, Path(), clock, on_lost),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def pymodbus_server(port: int, action: Action) -> AsyncIterator[ModbusTcpServer]:
    server = ModbusTcpServer(sim_device(action), address=("127.0.0.1", port))
    await server.serve_forever(background=True)
    try:
        yield server
    finally:
        await server.shutdown()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def raw_server(port: int, answer: Callable[[bytes], bytes]) -> AsyncIterator[None]:
    """A TCP server that answers each chunk with ``answer(chunk)``; nothing when that is empty."""
    writers: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while chunk := await reader.read(1000):
                writer.write(answer(chunk))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def opened(port: int, timeout_ms: int = 300) -> AsyncIterator[ModbusDriver]:
    driver = made(config(port, timeout_ms))
    await driver.open()
    try:
        yield driver
    finally:
        await driver.close()


async def up(driver: ModbusDriver) -> None:
    async def is_up() -> bool:
        return driver.link().state is LinkState.UP

    await eventually(is_up)


async def timed_poll(driver: ModbusDriver, limit_s: float) -> Readings:
    started = time.monotonic()
    readings = await driver.poll()
    assert time.monotonic() - started < limit_s
    return readings


def run(body: Callable[[int], Coroutine[object, object, None]]) -> None:
    """Run on a free port; nothing may be left in the event loop afterwards."""

    async def whole() -> None:
        await body(free_port())

        async def alone() -> bool:
            return asyncio.all_tasks() == {asyncio.current_task()}

        await eventually(alone)

    asyncio.run(whole())


def test_values_writes_and_readback() -> None:
    async def body(port: int) -> None:
        async with pymodbus_server(port, Action()), opened(port) as driver:
            await up(driver)
            readings = await driver.poll()
            assert readings.status.tolist() == [0] * len(TAGS)
            assert readings.values.tolist() == pytest.approx([-2.5, 100.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 65_536.0])
            wanted = {"D": 71.3, "E": 65_535.0, "F": 1.0, "I": 1.0, "G": 1.0, "H": 40.0}
            writes = [Write(TAGS.handle(n), v, "batch") for n, v in wanted.items()]
            results = await driver.write(writes)
            assert [(r.status, r.message.en) for r in results] == [(0, "")] * len(writes)
            readings = await driver.poll()
            for name, value in wanted.items():
                assert readings.values[TAGS.handle(name)] == pytest.approx(value, rel=1e-6)
            # the neighbours of a written bit are not touched
            assert (await driver.write([Write(TAGS.handle("G"), 0.0, "x")]))[0].status == 0
            [clamped] = await driver.write([Write(TAGS.handle("H"), 140.0, "x")])
            assert (clamped.status, clamped.message.en) == (
                Status.BAD_OUT_OF_RANGE,
                "the device holds 100.000 instead of 140.000",
            )
            status = driver.link()
            assert status.failures == 0
            assert status.requests > 5

    run(body)


def test_one_illegal_address_does_not_take_its_neighbours_down() -> None:
    async def body(port: int) -> None:
        action = Action()
        action.hole = {10}
        async with pymodbus_server(port, action), opened(port) as driver:
            await up(driver)
            readings = await driver.poll()
            expected = [0] * len(TAGS)
            expected[TAGS.handle("B")] = int(Status.BAD_CONFIGURATION_ERROR)
            assert readings.status.tolist() == expected
            assert "ir:10-11 (B)" in driver.link().last_error.en
            before = action.reads
            await driver.poll()
            assert action.reads - before == len(driver.blocks)

    run(body)


def test_an_unknown_unit_is_no_link() -> None:
    async def body(port: int) -> None:
        async with pymodbus_server(port, Action()):
            wrong = config(port).model_copy(update={"unit_id": 9})
            driver = made(wrong)
            await driver.open()
            try:
                await up(driver)  # the server answers, if only with an exception
                readings = await driver.poll()
                assert set(readings.status.tolist()) <= {Status.BAD_DEVICE_FAILURE, Status.BAD_NO_COMMUNICATION}
            finally:
                await driver.close()

    run(body)


def test_a_server_killed_for_longer_than_the_backoff_comes_back_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="plc_drivers.link")

    async def body(port: int) -> None:
        async with opened(port) as driver:
            async with pymodbus_server(port, Action()):
                await up(driver)
                assert (await driver.poll()).status.tolist() == [0] * len(TAGS)

            async def is_down() -> bool:
                return driver.link().state is LinkState.DOWN

            async def is_refused() -> bool:
                return "refuses the connection" in driver.link().last_error.en

            await eventually(is_down)
            lost = await timed_poll(driver, 0.05)
            assert set(lost.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE}
            assert lost.values[TAGS.handle("B")] == 100.0
            await eventually(is_refused)
            assert (await timed_poll(driver, 0.05)).server_ns.tolist() == lost.server_ns.tolist()
            async with pymodbus_server(port, Action()):
                await up(driver)
                assert (await driver.poll()).status.tolist() == [0] * len(TAGS)
                assert driver.link().reconnects == 1

    run(body)
    edges = [r.getMessage().split(":")[1].strip() for r in caplog.records if r.name == "plc_drivers.link"]
    assert edges[:4] == ["link is down", "link is up", "link is down", "link is up"]
    assert len(edges) <= 5  # the last server may go before the driver does
    assert not [r for r in caplog.records if r.name.startswith("pymodbus")]


def silent(_request: bytes) -> bytes:
    return b""


def garbage(_request: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\n\r\n"


def truncated(request: bytes) -> bytes:
    return request[:4] + bytes([0, 5, 1, request[7], 200, 1, 2])


def wrong_transaction(request: bytes) -> bytes:
    tid = (int.from_bytes(request[:2], "big") + 1) % 65_536
    return tid.to_bytes(2, "big") + request[2:4] + bytes([0, 5, 1, request[7], 2, 1, 2])


def healthy_answer(request: bytes) -> bytes:
    """Zeros for every read."""
    count = int.from_bytes(request[10:12], "big")
    data = bytes(count * 2) if request[7] in (3, 4) else bytes((count + 7) // 8)
    return request[:4] + (3 + len(data)).to_bytes(2, "big") + request[6:8] + bytes([len(data)]) + data


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (silent, "no answer within 150 ms"),
        (garbage, "not Modbus TCP"),
        (truncated, "bytes instead of"),
        (wrong_transaction, "transaction id"),
    ],
)
def test_a_server_that_does_not_speak_modbus_is_no_link(answer: Callable[[bytes], bytes], error: str) -> None:
    async def body(port: int) -> None:
        async with raw_server(port, answer), opened(port, 150) as driver:

            async def refused() -> bool:
                return error in driver.link().last_error.en

            await eventually(refused)
            assert driver.link().state is LinkState.DOWN
            readings = await timed_poll(driver, 0.05)
            assert set(readings.status.tolist()) == {Status.BAD_NO_COMMUNICATION}
            [result] = await driver.write([Write(TAGS.handle("E"), 1.0, "x")])
            assert result.status == Status.BAD_NO_COMMUNICATION

    run(body)


@pytest.mark.parametrize(("mode", "code"), [("silent", Status.BAD_TIMEOUT), ("wrong id", Status.BAD_COMMUNICATION_ERROR)])
def test_a_device_that_goes_wrong_while_the_link_is_up(mode: str, code: Status) -> None:
    """One register works at first: the quality tells a time-out from a faulty frame, and the budget is kept."""
    healthy = True

    def answer(request: bytes) -> bytes:
        if healthy:
            return healthy_answer(request)
        return b"" if mode == "silent" else wrong_transaction(request)

    async def body(port: int) -> None:
        nonlocal healthy
        async with raw_server(port, answer), opened(port, 200) as driver:
            await up(driver)
            assert (await driver.poll()).status.tolist() == [0] * len(TAGS)
            healthy = False
            readings = await timed_poll(driver, 0.3)
            assert int(code) in readings.status.tolist()
            assert not (readings.status == 0).any()
            [result] = await driver.write([Write(TAGS.handle("E"), 1.0, "x")])
            assert (result.status, "not known" in result.message.en) == (code, True)
            await timed_poll(driver, 0.3)
            assert driver.link().state is LinkState.DOWN
            healthy = True
            await up(driver)
            assert (await driver.poll()).status.tolist() == [0] * len(TAGS)

    run(body)


def test_a_connection_cut_in_the_middle_of_a_poll_is_noticed_at_once() -> None:
    cut = False

    def answer(request: bytes) -> bytes:
        if cut:
            raise ConnectionError
        return healthy_answer(request)

    async def body(port: int) -> None:
        nonlocal cut
        async with raw_server(port, answer), opened(port, 5000) as driver:
            await up(driver)
            assert (await driver.poll()).status.tolist() == [0] * len(TAGS)
            cut = True
            readings = await timed_poll(driver, 1.0)
            assert set(readings.status.tolist()) == {Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE}

    run(body)


def test_closing_at_any_moment_leaves_nothing() -> None:
    async def body(port: int) -> None:
        for pause_s in (0.0, 0.01, 0.6):
            async with opened(port):
                await asyncio.sleep(pause_s)
        async with pymodbus_server(port, Action()), opened(port) as driver:
            await up(driver)
            poll = asyncio.create_task(driver.poll())
            await asyncio.sleep(0)
            await driver.close()
            assert len((await poll).status) == len(TAGS)

    run(body)
