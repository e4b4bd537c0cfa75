"""A Modbus unit in memory behind a port, on a manual clock: what the driver's tests ask and disturb."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from line.clock import ManualClock
from line.devices import ModbusDevice
from line.documents import Text
from line.driver import DriverContext
from line.messages import LinkState, Write
from line.quality import Status
from line.tags import TagKind, TagTable
from plc_drivers.link import LinkError
from plc_drivers.modbus.codec import Table
from plc_drivers.modbus.driver import ModbusDriver
from plc_drivers.modbus.pdu import fault_of
from plc_drivers.modbus.port import Answer, Fault
from tests.builders import T0_NS, tag

MS = 1_000_000
S = 1_000_000_000
TABLES = {1: Table.COIL, 2: Table.DISCRETE, 3: Table.HOLDING, 4: Table.INPUT}


class FakePort:
    """200 words per table. ``holes`` answer exception 2, ``silent`` addresses let the time-out pass, ``garbled`` ones come as a
    frame with a fault, ``refused_functions`` answer exception 1."""

    def __init__(self, clock: ManualClock, on_lost: Callable[[Text], None]) -> None:
        self.clock = clock
        self.on_lost = on_lost
        self.discarded = 0
        self.words = {table: np.zeros(200, dtype=np.uint16) for table in Table}
        self.holes: set[tuple[Table, int]] = set()
        self.silent: set[tuple[Table, int]] = set()
        self.garbled: dict[tuple[Table, int], int] = {}
        self.read_only: set[int] = set()
        self.refused_functions: set[int] = set()
        self.exception = 0
        self.lost_answers: set[tuple[Table, int]] = set()
        self.clamp: dict[int, int] = {}
        self.reachable = True
        self.busy = False
        self.answer_ns = 2 * MS
        self.requests: list[str] = []
        self.functions: list[int] = []
        self.connects = 0
        self.runs = 0

    async def connect(self, timeout_s: float) -> None:
        self.connects += 1
        if not self.reachable:
            raise LinkError(Text(ru="нет соединения", en="no connection"))

    def close(self) -> None:
        self.requests.append("close")

    async def run(self, requests: Sequence[bytes], timeout_s: float, budget_s: float) -> list[Answer]:
        self.runs += 1
        await asyncio.sleep(0)
        deadline_ns = self.clock.now_ns() + int(budget_s * S)
        answers: list[Answer] = []
        for request in requests:
            if self.busy or self.clock.now_ns() >= deadline_ns or (answers and _silence(answers[-1])):
                answers.append(Answer())
                continue
            answers.append(self._answer(request, timeout_s))
        return answers

    def _answer(self, request: bytes, timeout_s: float) -> Answer:
        sent_ns = self.clock.now_ns()
        table, start, count, what = _parsed(request)
        self.requests.append(what)
        self.functions.append(request[0])
        touched = {(table, a) for a in range(start, start + count)}
        if touched & self.silent or self.answer_ns > timeout_s * S:
            self.clock.advance_ns(int(timeout_s * S))
            text = f"no answer within {timeout_s * 1000:.0f} ms"
            return Answer(fault=Fault(Status.BAD_TIMEOUT, Text(ru=text, en=text)), sent_ns=sent_ns)
        self.clock.advance_ns(self.answer_ns)
        now_ns = self.clock.now_ns()
        spoilt = next((t for t in touched if self.garbled.get(t, 0) > 0), None)
        if spoilt is not None:
            self.garbled[spoilt] -= 1
            fault = Fault(Status.BAD_COMMUNICATION_ERROR, Text(ru="не та сумма", en="wrong CRC"))
            return Answer(fault=fault, sent_ns=sent_ns, received_ns=now_ns)
        pdu = self._served(request, table, start, count, touched)
        if touched & self.lost_answers and request[0] > 4:  # carried out, but nobody hears of it
            self.lost_answers.clear()
            return Answer(fault=Fault(Status.BAD_TIMEOUT, Text(ru="нет ответа", en="no answer")), sent_ns=sent_ns)
        fault = fault_of(request, pdu)
        return Answer(b"" if fault else pdu, fault, sent_ns, now_ns)

    def _served(self, request: bytes, table: Table, start: int, count: int, touched: set[tuple[Table, int]]) -> bytes:
        function = request[0]
        words = self.words[table]
        if self.exception or function in self.refused_functions:
            return bytes((function | 0x80, self.exception or 1))
        if touched & self.holes:
            return bytes((function | 0x80, 2))
        if function in (5, 6, 15, 16, 22, 23) and self.read_only & set(range(start, start + count)):
            return bytes((function | 0x80, 3))
        if function in (1, 2):
            packed = np.packbits(words[start : start + count].astype(bool), bitorder="little").tobytes()
            return bytes((function, len(packed))) + packed
        if function == 5:
            words[start] = request[3] == 0xFF
        elif function == 6:
            self._put(start, struct.unpack(">H", request[3:5]))
        elif function == 15:
            bits = np.unpackbits(np.frombuffer(request[6:], np.uint8), bitorder="little")[:count]
            words[start : start + count] = bits
        elif function == 16:
            self._put(start, struct.unpack(f">{count}H", request[6:]))
        elif function == 22:
            and_mask, or_mask = struct.unpack(">HH", request[3:])
            words[start] = (int(words[start]) & and_mask) | (or_mask & ~and_mask & 0xFFFF)
        elif function == 23:
            self._put(start, struct.unpack(f">{count}H", request[10:]))
        if function in (3, 4, 23):
            return bytes((function, 2 * count)) + words[start : start + count].astype(">u2").tobytes()
        return request[:5] if function in (15, 16) else request

    def _put(self, start: int, values: Sequence[int]) -> None:
        for offset, word in enumerate(values):
            self.words[Table.HOLDING][start + offset] = min(word, self.clamp.get(start + offset, 0xFFFF))


def _silence(answer: Answer) -> bool:
    return answer.unsent or (answer.fault is not None and answer.fault.timed_out)


def _parsed(request: bytes) -> tuple[Table, int, int, str]:
    """Table, start, count, and the request in words."""
    function, start, second = struct.unpack(">BHH", request[:5])
    if function in TABLES:
        table = TABLES[function]
        return table, start, second, f"read {table}:{start}+{second}"
    if function == 5:
        return Table.COIL, start, 1, f"write co:{start}=[{int(second == 0xFF00)}]"
    if function == 6:
        return Table.HOLDING, start, 1, f"write hr:{start}=[{second}]"
    if function == 15:
        bits = np.unpackbits(np.frombuffer(request[6:], np.uint8), bitorder="little")[:second]
        return Table.COIL, start, second, f"write co:{start}={bits.tolist()}"
    if function == 16:
        return Table.HOLDING, start, second, f"write hr:{start}={list(struct.unpack(f'>{second}H', request[6:]))}"
    if function == 22:
        or_mask = struct.unpack(">H", request[5:])[0]
        return Table.HOLDING, start, 1, f"mask hr:{start} and {second:04x} or {or_mask:04x}"
    written, count = struct.unpack(">HH", request[5:9])
    return Table.HOLDING, written, count, f"write+read hr:{written}={list(struct.unpack(f'>{count}H', request[10:]))}"


TIMEOUT_MS = 500
PERIOD_MS = 100
CONFIG = ModbusDevice(driver="modbus", name=Text(ru="ПЛК", en="PLC"), timeout_ms=TIMEOUT_MS, request_cost=4)
CABLE = Text(ru="кабель", en="cable")


def context(clock: ManualClock) -> DriverContext:
    return DriverContext(clock, PERIOD_MS, Path("pki"), Path())


class Rig:
    """A driver, its unit and its clock; ``every`` are poll groups by address."""

    def __init__(
        self, *addresses: str, kind: TagKind = TagKind.INT, config: ModbusDevice = CONFIG, every: dict[str, int] | None = None,
        writable: bool = True, clock: ManualClock | None = None,
    ) -> None:  # fmt: skip
        self.clock = clock or ManualClock(T0_NS)
        kinds = [kind_of(a, kind) for a in addresses]
        tags = [tag(a, i, address=a, kind=kinds[i], lo=-1e9, hi=1e9, writable=writable) for i, a in enumerate(addresses)]
        self.tags = TagTable(replace(t, poll_every=(every or {}).get(t.address, 1)) for t in tags)
        self.made: list[FakePort] = []
        self.driver = ModbusDriver("plc1", config, self.tags, context(self.clock), self._make)

    def _make(self, on_lost: Callable[[Text], None]) -> FakePort:
        self.made.append(FakePort(self.clock, on_lost))
        return self.made[-1]

    @property
    def device(self) -> FakePort:
        return self.made[-1]

    async def up(self) -> None:
        await self.driver.open()
        await self.settle()
        assert self.driver.link().state is LinkState.UP
        self.device.requests.clear()

    async def settle(self, seconds: float = 0.0) -> None:
        for _ in range(round(seconds * 10) + 1):
            for _ in range(10):
                await asyncio.sleep(0)
            if seconds:
                self.clock.advance_ns(S // 10)

    async def codes(self) -> list[int]:
        return (await self.driver.poll()).status.tolist()

    async def write(self, *writes: tuple[str, float], origin: str = "b1") -> list[tuple[int, str]]:
        results = await self.driver.write([Write(self.tags.handle(n), v, origin) for n, v in writes])
        return [(r.status, r.message.en) for r in results]


def kind_of(address: str, kind: TagKind = TagKind.INT) -> TagKind:
    """The kind that goes with the address; ``kind`` for whole numbers."""
    if address[:2] in ("co", "di") or "." in address:
        return TagKind.BOOL
    if ":float" in address:
        return TagKind.FLOAT
    return TagKind.STRING if ":string" in address else kind


def scenario(body: Callable[[], Coroutine[object, object, None]]) -> None:
    async def whole() -> None:
        await body()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
