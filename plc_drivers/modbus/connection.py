"""One Modbus connection: the border behind which the library lives, and its pymodbus implementation.

Another transport (RTU, TLS, a client that pipelines) is another class with the methods of :class:`ModbusConnection`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import numpy as np
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.pdu import ModbusPDU

from line.quality import Status
from plc_drivers.modbus.codec import Table, WordArray

EXCEPTION_TEXTS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, still busy",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target did not answer",
}
"""MODBUS Application Protocol V1.1b3 §7."""

_READ_STATUS: Final = {
    1: Status.BAD_NOT_SUPPORTED,
    2: Status.BAD_CONFIGURATION_ERROR,
    3: Status.BAD_CONFIGURATION_ERROR,
    4: Status.BAD_DEVICE_FAILURE,
    5: Status.BAD_RESOURCE_UNAVAILABLE,
    6: Status.BAD_RESOURCE_UNAVAILABLE,
    8: Status.BAD_DEVICE_FAILURE,
    10: Status.BAD_NO_COMMUNICATION,
    11: Status.BAD_NO_COMMUNICATION,
}
_WRITE_STATUS: Final = {**_READ_STATUS, 3: Status.BAD_OUT_OF_RANGE}

_READ_FUNCTIONS: Final = frozenset({1, 2, 3, 4})
_ECHO_LENGTHS: Final = {5: 5, 6: 5, 15: 5, 16: 5, 22: 7}
"""Function code → length of its answer, function code included (MODBUS Application Protocol V1.1b3 §6)."""

_MBAP_LENGTH: Final = 7
_NEVER: Final = 1_000_000_000


class ModbusRequestError(Exception):
    """A request that failed: ``status`` is its OPC UA code, ``exception_code`` the Modbus exception (0: none came)."""

    def __init__(self, status: Status, message: str, exception_code: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.exception_code = exception_code


class ModbusConnection(Protocol):
    """One connection to one device. Whatever waits takes its own time-out and raises ModbusRequestError only."""

    async def connect(self, timeout_s: float) -> None:
        """Open a fresh connection, giving up a former one."""
        ...

    async def read(self, table: Table, start: int, count: int, timeout_s: float) -> WordArray:
        """``count`` registers, or bits as one word each."""
        ...

    async def write(self, table: Table, start: int, words: Sequence[int], timeout_s: float) -> None:
        """Holding registers by function 16; coils by function 5 (one) or 15. Never repeated."""
        ...

    async def write_bit(self, start: int, bit: int, on: bool, timeout_s: float) -> None:
        """One bit of a holding register by function 22 (mask write): its neighbours are not touched."""
        ...

    def close(self) -> None:
        """Free the socket; may be called twice."""
        ...


_FUNCTIONS: Final = {Table.COIL: 1, Table.DISCRETE: 2, Table.HOLDING: 3, Table.INPUT: 4}


class PymodbusTcp:
    """Modbus TCP by pymodbus, with the library's retries and reconnection switched off.

    ``on_lost`` is called once with a reason when the peer closes or when the byte stream cannot be trusted any more.
    """

    def __init__(self, host: str, port: int, unit_id: int, on_lost: Callable[[str], None]) -> None:
        self._host = host
        self._port = port
        self._unit_id = unit_id
        self._on_lost = on_lost
        self._client: AsyncModbusTcpClient | None = None
        self._waiting: set[asyncio.Timeout] = set()
        self._broken = ""
        self._oddity = ""
        library_log = logging.getLogger("pymodbus")
        if library_log.level == logging.NOTSET:
            # each of its errors dumps the last frames; edges are logged by the link monitor
            library_log.setLevel(logging.CRITICAL + 1)

    async def connect(self, timeout_s: float) -> None:
        self.close()
        client = AsyncModbusTcpClient(
            self._host, port=self._port, timeout=timeout_s, retries=0, reconnect_delay=0,
            trace_packet=self._vet, trace_connect=self._connection_changed,
        )  # fmt: skip
        client.set_max_no_responses(_NEVER)
        self._client, self._broken = client, ""
        if not await client.connect():
            self.close()
            raise ModbusRequestError(Status.BAD_NO_COMMUNICATION, f"no connection to {self._host}:{self._port}")

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def read(self, table: Table, start: int, count: int, timeout_s: float) -> WordArray:
        client = self._live()
        functions: dict[Table, Callable[[], Awaitable[ModbusPDU]]] = {
            Table.COIL: lambda: client.read_coils(start, count=count, device_id=self._unit_id),
            Table.DISCRETE: lambda: client.read_discrete_inputs(start, count=count, device_id=self._unit_id),
            Table.INPUT: lambda: client.read_input_registers(start, count=count, device_id=self._unit_id),
            Table.HOLDING: lambda: client.read_holding_registers(start, count=count, device_id=self._unit_id),
        }
        answer = await self._request(functions[table], timeout_s, _READ_STATUS)
        bits = table in (Table.COIL, Table.DISCRETE)
        words = answer.bits if bits else answer.registers
        if answer.function_code != _FUNCTIONS[table] or len(words) != (-(-count // 8) * 8 if bits else count):
            # the answer to another request under this one's number, as servers send that lose count of what they were asked
            raise ModbusRequestError(Status.BAD_DECODING_ERROR, f"{table}:{start} answered {len(words)} of {count} values")
        return np.array(words[:count], dtype=np.uint16)

    async def write(self, table: Table, start: int, words: Sequence[int], timeout_s: float) -> None:
        client = self._live()
        unit = self._unit_id

        def send() -> Awaitable[ModbusPDU]:
            if table is Table.HOLDING:
                return client.write_registers(start, list(words), device_id=unit)
            if len(words) == 1:
                return client.write_coil(start, bool(words[0]), device_id=unit)
            return client.write_coils(start, [bool(w) for w in words], device_id=unit)

        await self._request(send, timeout_s, _WRITE_STATUS)

    async def write_bit(self, start: int, bit: int, on: bool, timeout_s: float) -> None:
        client = self._live()
        mask = 1 << bit

        def send() -> Awaitable[ModbusPDU]:
            return client.mask_write_register(
                address=start, and_mask=0xFFFF & ~mask, or_mask=mask if on else 0, device_id=self._unit_id
            )

        await self._request(send, timeout_s, _WRITE_STATUS)

    def _live(self) -> AsyncModbusTcpClient:
        if self._client is None or self._broken or not self._client.connected:
            raise ModbusRequestError(Status.BAD_COMMUNICATION_ERROR, self._broken or "the connection is closed")
        return self._client

    async def _request(self, send: Callable[[], Awaitable[ModbusPDU]], timeout_s: float, codes: dict[int, Status]) -> ModbusPDU:
        self._oddity = ""
        try:
            async with asyncio.timeout(timeout_s) as scope:
                self._waiting.add(scope)
                try:
                    answer = await send()
                finally:
                    self._waiting.discard(scope)
        except TimeoutError:
            if self._broken or self._oddity:
                raise ModbusRequestError(Status.BAD_COMMUNICATION_ERROR, self._broken or self._oddity) from None
            raise ModbusRequestError(Status.BAD_TIMEOUT, f"no answer within {timeout_s * 1000:.0f} ms") from None
        except Exception as error:  # ModbusException, and whatever a malformed answer raises in the library's parser
            raise self._library_fault(error) from error
        if answer.isError():
            code = answer.exception_code
            text = f"exception {code} ({EXCEPTION_TEXTS.get(code, 'unknown')})"
            raise ModbusRequestError(codes.get(code, Status.BAD_DEVICE_FAILURE), text, code)
        return answer

    def _library_fault(self, error: Exception) -> ModbusRequestError:
        if self._client is not None and self._client.connected and "No response" in str(error):
            return ModbusRequestError(Status.BAD_TIMEOUT, "no answer in time")
        return ModbusRequestError(Status.BAD_COMMUNICATION_ERROR, self._broken or str(error) or type(error).__name__)

    def _connection_changed(self, connected: bool) -> None:
        if not connected:
            self._break("the device closed the connection")

    def _break(self, reason: str) -> None:
        """End the waiting requests now: the library itself would let them run into their time-out."""
        if self._broken:
            return
        self._broken = reason
        now = asyncio.get_running_loop().time()
        for scope in tuple(self._waiting):
            scope.reschedule(now)
        self._on_lost(reason)

    def _vet(self, sending: bool, data: bytes) -> bytes:
        """Look at the bytes before the library does; garbage raises inside its parser, where nobody can catch it."""
        if sending or self._client is None:
            return data
        position = 0
        while len(data) - position >= _MBAP_LENGTH + 1:
            transaction = int.from_bytes(data[position : position + 2], "big")
            protocol = int.from_bytes(data[position + 2 : position + 4], "big")
            length = int.from_bytes(data[position + 4 : position + 6], "big")
            if protocol or not 2 <= length <= 254:
                self._break("what came is not Modbus TCP")
                return b""
            end = position + 6 + length
            if end > len(data):
                break
            expected = self._client.ctx.request_transaction_id
            if transaction != expected:
                self._oddity = f"the answer carries transaction id {transaction} instead of {expected}"
            elif data[position + 6] != self._unit_id and self._unit_id:
                self._oddity = f"unit {data[position + 6]} answered instead of {self._unit_id}"
            elif not well_formed(data[position + _MBAP_LENGTH : end]):
                self._break("the answer is malformed")
                return b""
            position = end
        return data


def well_formed(pdu: bytes) -> bool:
    """True when the length of an answer PDU (function code first) agrees with its function code and byte count."""
    function = pdu[0]
    if function & 0x80:
        return len(pdu) == 2
    if function in _READ_FUNCTIONS:
        return len(pdu) >= 3 and pdu[1] == len(pdu) - 2
    return len(pdu) == _ECHO_LENGTHS.get(function, -1)
