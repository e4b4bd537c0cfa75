"""Ports of a pool for the wire tests of the Modbus channels, and pymodbus servers for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from line.clock import SystemClock
from line.devices import ModbusDevice
from line.documents import Text
from plc_drivers.modbus.address import Table
from plc_drivers.modbus.pdu import (
    fault_of,
    read_request,
    words_of,
)
from plc_drivers.modbus.pool import ChannelPool
from plc_drivers.modbus.port import Answer, UnitPort
from tests.waiting import until

NAME = Text(ru="ПЛК", en="PLC")
CLOCK = SystemClock()


def device(**keys: object) -> ModbusDevice:
    return ModbusDevice.model_validate({"driver": "modbus", "name": NAME, **keys})


class Ports:
    """Ports of one pool and what they were told; all are closed in the end."""

    def __init__(self, folder: Path = Path()) -> None:
        self._pool = ChannelPool()
        self._folder = folder
        self.ports: list[UnitPort] = []
        self.lost: list[Text] = []

    def new(self, **keys: object) -> UnitPort:
        self.ports.append(self._pool.port(device(**keys), self._folder, CLOCK, self.lost.append))
        return self.ports[-1]

    async def open(self, **keys: object) -> UnitPort:
        port = self.new(**keys)
        await port.connect(2.0)
        return port


def run(body: Callable[[Ports], Coroutine[object, object, None]], folder: Path = Path()) -> None:
    """Close every port afterwards; nothing may be left in the event loop."""

    async def whole() -> None:
        ports = Ports(folder)
        try:
            await body(ports)
        finally:
            for port in ports.ports:
                port.close()
        await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})
        await asyncio.sleep(0)

    asyncio.run(whole())


def read(start: int, count: int = 1) -> bytes:
    return read_request(Table.HOLDING, start, count)


def values(answers: list[Answer], requests: list[bytes]) -> list[list[int]]:
    """What was read; AssertionError for a fault."""
    assert [a.fault for a in answers] == [None] * len(requests)
    assert [fault_of(r, a.pdu) for r, a in zip(requests, answers, strict=True)] == [None] * len(requests)
    return [words_of(r, a.pdu).tolist() for r, a in zip(requests, answers, strict=True)]


async def one(port: UnitPort, request: bytes, timeout_s: float = 1.0) -> Answer:
    return (await port.run([request], timeout_s, 2.0))[0]


def said(answer: Answer) -> str:
    assert answer.fault is not None
    assert answer.fault.text.ru
    return answer.fault.text.en


def sim_device(unit: int) -> SimDevice:
    bits, words = DataType.BITS, DataType.REGISTERS
    return SimDevice(
        unit,
        simdata=(
            [SimData(0, count=32, values=False, datatype=bits)],
            [SimData(0, count=16, values=True, datatype=bits)],
            [SimData(0, values=[unit * 1000 + i for i in range(200)], datatype=words)],
            [SimData(0, values=list(range(50)), datatype=words)],
        ),
    )


@contextlib.asynccontextmanager
async def served(server: ModbusTcpServer | ModbusSerialServer) -> AsyncIterator[None]:
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()
        await asyncio.sleep(0)
