"""Modbus TCP server of a simulated PLC: its register map on the wire, over pymodbus.

The PLC's memory is encoded when somebody reads and decoded when somebody writes; nothing is copied in between. pymodbus keeps
the register blocks and the protocol. A broken sensor reads NaN (float32), 0x8000 (int16) or 0xFFFF (uint16).
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from line.clock import NS_PER_MS, Clock
from simulators.plc import SimPlc
from simulators.registers import REGISTER_COUNT, parse_address
from simulators.variables import Variable, Wire

DEVICE_ID: Final = 1
_AREA_OF_FUNCTION: Final = {2: "di", 3: "hr", 4: "ir", 6: "hr", 16: "hr", 22: "hr", 23: "hr"}
_BROKEN_INT16: Final = -0x8000
_BROKEN_UINT16: Final = 0xFFFF

IndexArray = npt.NDArray[np.int64]


class RegisterArea:
    """One area (``ir``, ``hr`` or ``di``) of a register map: encodes the PLC's values, decodes what is written."""

    def __init__(self, plc: SimPlc, area: str) -> None:
        self.plc = plc
        self._placed: list[tuple[int, int, int, Variable]] = []
        for index, variable in enumerate(plc.variables):
            of_area, first, count = parse_address(variable.address)
            if of_area == area:
                self._placed.append((first, count, index, variable))
        self._scale = np.array([v.scale for v in plc.variables])
        self._by_wire = {wire: self._indices(wire) for wire in (Wire.FLOAT32, Wire.INT16, Wire.UINT16, Wire.UINT32, Wire.BIT)}
        self._generation = -1

    def _indices(self, wire: Wire) -> tuple[IndexArray, IndexArray]:
        chosen = [(first, index) for first, _, index, variable in self._placed if variable.wire is wire]
        return np.array([c[0] for c in chosen], dtype=np.int64), np.array([c[1] for c in chosen], dtype=np.int64)

    def changed(self) -> bool:
        """True once after every cycle and every write of the PLC."""
        if self._generation == self.plc.generation:
            return False
        self._generation = self.plc.generation
        return True

    def forget(self) -> None:
        """The register block is a new one: :meth:`changed` is to say so."""
        self._generation = -1

    def registers(self) -> list[int]:
        """The area's 16-bit registers, :data:`REGISTER_COUNT` of them; unused ones are 0."""
        values = np.array(self.plc.values)
        raw = np.zeros(REGISTER_COUNT, dtype=np.uint16)
        at, source = self._by_wire[Wire.FLOAT32]
        words = values[source].astype(">f4").view(">u2").reshape(-1, 2)
        raw[at], raw[at + 1] = words[:, 0], words[:, 1]
        at, source = self._by_wire[Wire.INT16]
        raw[at] = self._counts(values, source, -0x7FFF, 0x7FFF, _BROKEN_INT16).astype(np.int16).view(np.uint16)
        at, source = self._by_wire[Wire.UINT16]
        raw[at] = self._counts(values, source, 0, 0xFFFF, _BROKEN_UINT16).astype(np.uint16)
        at, source = self._by_wire[Wire.UINT32]
        wide = self._counts(values, source, 0, 0xFFFFFFFF, 0).astype(np.uint32)
        raw[at], raw[at + 1] = wide >> 16, wide & 0xFFFF
        return raw.tolist()

    def _counts(
        self, values: npt.NDArray[np.float64], source: IndexArray, lo: int, hi: int, broken: int
    ) -> npt.NDArray[np.float64]:
        counts = np.rint(values[source] / self._scale[source])
        return np.where(np.isnan(counts), broken, np.clip(counts, lo, hi))

    def bits(self) -> list[int]:
        """The area's bits packed 16 to a register, the lowest address in the lowest bit."""
        bits = np.zeros((REGISTER_COUNT + 15) // 16 * 16, dtype=np.uint16)
        at, source = self._by_wire[Wire.BIT]
        bits[at] = np.array(self.plc.values)[source] != 0.0
        return (bits.reshape(-1, 16) << np.arange(16, dtype=np.uint16)).sum(axis=1).tolist()

    def write(self, address: int, words: list[int], registers: list[int]) -> None:
        """Store what is written at ``address``; ``registers`` is the area before the write, for half-written values."""
        end = address + len(words)
        for first, count, index, variable in self._placed:
            if first < end and address < first + count:
                span = [words[r - address] if address <= r < end else registers[r] for r in range(first, first + count)]
                self.plc.store(index, _decode(variable, span))


def _decode(variable: Variable, words: list[int]) -> float:
    data = struct.pack(f">{len(words)}H", *words)
    kind = {Wire.FLOAT32: ">f", Wire.INT16: ">h", Wire.UINT16: ">H", Wire.UINT32: ">I"}[variable.wire]
    return float(struct.unpack(kind, data)[0]) * variable.scale


class _Connection(ServerRequestHandler):
    """Gives every answer the number of its own request: pymodbus takes that of the request that came last.

    It makes a difference when the client gave up waiting for a slow answer (fault ``slow_answers``) and asked for something else.
    """

    def __init__(self, server: ModbusTcpServer) -> None:
        super().__init__(server, server.trace_packet, server.trace_pdu, server.trace_connect)
        self._asked: deque[tuple[ModbusPDU, tuple[Any, ...] | None]] = deque()

    def callback_data(self, data: bytes, addr: tuple[Any, ...] | None = None) -> int:
        used = super().callback_data(data, addr)
        if self.last_pdu:
            self._asked.append((self.last_pdu, self.last_addr))
        return used

    async def handle_request(self) -> None:
        if not self._asked:
            return
        request, address = self._asked.popleft()
        try:
            response = await request.datastore_update(self.server.context, request.dev_id)
        except NoSuchIdException:
            response = ExceptionResponse(request.function_code, ExcCodes.GATEWAY_NO_RESPONSE)
        response.transaction_id, response.dev_id = request.transaction_id, request.dev_id
        self.server_send(response, address)


class _Server(ModbusTcpServer):
    def callback_new_connection(self) -> _Connection:
        return _Connection(self)


class ModbusPlcServer:
    """Serves one PLC on ``host:port``; port 0 takes a free one and keeps it over :meth:`drop` and :meth:`listen`."""

    def __init__(self, plc: SimPlc, clock: Clock, host: str, port: int) -> None:
        self.plc = plc
        self.host = host
        self.port = port
        self._clock = clock
        self._server: ModbusTcpServer | None = None
        self._areas = {area: RegisterArea(plc, area) for area in ("ir", "hr", "di")}
        self._delayed: set[asyncio.Task[None]] = set()

    @property
    def listening(self) -> bool:
        """True while connections are accepted."""
        return self._server is not None

    @property
    def waiting_requests(self) -> int:
        """Requests that wait for their delayed answer."""
        return len(self._delayed)

    async def listen(self) -> None:
        """Accept connections. Raises OSError when the port is taken."""
        zeros = [0] * REGISTER_COUNT
        bits = [SimData(0, values=[False] * REGISTER_COUNT, datatype=DataType.BITS)]
        coils = [SimData(0, values=[False] * 16, datatype=DataType.BITS)]
        holding = [SimData(0, values=list(zeros), datatype=DataType.REGISTERS)]
        inputs = [SimData(0, values=list(zeros), datatype=DataType.REGISTERS)]
        for area in self._areas.values():
            area.forget()
        device = SimDevice(DEVICE_ID, simdata=(coils, bits, holding, inputs), action=self._serve)
        server = _Server(device, address=(self.host, self.port))
        try:
            await server.serve_forever(background=True)
        except RuntimeError as error:
            await server.shutdown()
            raise OSError(f"{self.plc.name}: cannot listen on {self.host}:{self.port}") from error
        self._server = server
        transport = server.transport
        assert isinstance(transport, asyncio.Server)
        self.port = transport.sockets[0].getsockname()[1]

    async def drop(self) -> None:
        """Close every connection and accept none; requests that wait for their delayed answer are given up."""
        if self._server is None:
            return
        server, self._server = self._server, None
        await server.shutdown()
        for task in tuple(self._delayed):
            task.cancel()
        await asyncio.gather(*self._delayed, return_exceptions=True)
        self._delayed.clear()

    async def _serve(
        self, function: int, start: int, address: int, count: int, registers: list[int], words: list[int] | list[bool] | None
    ) -> ExcCodes | None:
        """pymodbus asks before every answer: bring the registers up to date, or take the written ones over."""
        del start, count
        if self.plc.answer_delay_ms > 0.0:
            await self._delay()
        name = _AREA_OF_FUNCTION.get(function)
        if name is None:
            return ExcCodes.ILLEGAL_FUNCTION
        area = self._areas[name]
        if area.changed():
            fresh = area.bits() if name == "di" else area.registers()
            registers[: len(fresh)] = fresh
        if words:
            area.write(address, [int(w) for w in words], registers)
        return None

    async def _delay(self) -> None:
        deadline_ns = self._clock.monotonic_ns() + int(self.plc.answer_delay_ms * NS_PER_MS)
        task = asyncio.ensure_future(self._clock.sleep_until_ns(deadline_ns))
        self._delayed.add(task)
        try:
            await task
        finally:
            self._delayed.discard(task)
