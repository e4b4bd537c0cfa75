"""Reading of registers by hand, to commission a device: what is there, and how its values are to be read. Never writes."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import ValidationError

from line.clock import NS_PER_MS, Clock
from line.devices import ModbusDevice
from line.documents import Text
from plc_drivers.modbus.address import ADDRESS_SPACE, BIT_TABLES, Coding, Table, layout_of
from plc_drivers.modbus.channel import Channel
from plc_drivers.modbus.options import Order
from plc_drivers.modbus.pdu import MAX_READ_BITS, MAX_READ_REGISTERS, fault_of, read_request, words_of
from plc_drivers.modbus.pool import new_channel
from plc_drivers.modbus.port import Answer, Fault, UnitPort

REQUESTS_MAX: Final = 64
"""Requests that one range may take to find out which of its addresses exist."""

_TRANSPORTS: Final = {"modbus": "tcp", "modbus+tls": "tls", "modbus+rtu": "rtu", "modbus+rtutcp": "rtu_over_tcp"}
_SERIAL_KEYS: Final = {"baud": "baud_rate", "parity": "parity", "stop": "stop_bits", "bits": "data_bits"}
_TLS_KEYS: Final = ("ca", "certificate", "key", "server_name")
_TARGET: Final = (
    "modbus://HOST:PORT/UNIT, modbus+tls://…, modbus+rtutcp://… or modbus+rtu:///dev/ttyUSB0?unit=1&baud=19200&parity=even"
)
_RANGE: Final = re.compile(r"(co|di|ir|hr):(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)
_NOT_THERE: Final = frozenset({2, 3})
_GATEWAY: Final = frozenset({10, 11})


@dataclass(frozen=True)
class Range:
    """Addresses ``start`` to ``start + count - 1`` of a table, counted from 0."""

    table: Table
    start: int
    count: int

    def __str__(self) -> str:
        return f"{self.table}:{self.start}" + (f"-{self.start + self.count - 1}" if self.count > 1 else "")


@dataclass(frozen=True)
class Gap:
    """Addresses that gave no value, and why."""

    where: Range
    fault: Fault


@dataclass
class Read:
    """What a range gave: words (0 or 1 for a bit) by address, the ``gaps``, and the round trip of the slowest answer."""

    where: Range
    words: dict[int, int] = field(default_factory=dict[int, int])
    gaps: list[Gap] = field(default_factory=list[Gap])
    requests: int = 0
    round_trip_ms: float = 0.0


def parse_target(text: str, timeout_ms: int = 1000) -> ModbusDevice:
    """A device from a URL. Raises ValueError whose text says what is wrong and what is allowed."""
    url = urlsplit(text)
    transport = _TRANSPORTS.get(url.scheme)
    if transport is None:
        raise ValueError(f"'{text}' is no Modbus device; write {_TARGET}")
    try:
        query = dict(parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)) if url.query else {}
        port = url.port
    except ValueError as error:
        raise ValueError(f"'{text}': {error}; write {_TARGET}") from None
    keys: dict[str, object] = {
        "driver": "modbus",
        "name": Text(ru=text, en=text),
        "transport": transport,
        "timeout_ms": timeout_ms,
    }
    path = unquote(url.path)
    unit = query.pop("unit", "")
    if transport == "rtu":
        if url.netloc or not path.strip("/"):
            raise ValueError(f"'{text}' names no serial port; write modbus+rtu:///dev/ttyUSB0?unit=1 (Windows: modbus+rtu:COM3)")
        keys["serial"] = {"port": path} | {_SERIAL_KEYS[k]: _number(v) for k, v in _taken(query, _SERIAL_KEYS).items()}
    else:
        if not url.hostname:
            raise ValueError(f"'{text}' names no host; write {_TARGET}")
        keys |= {"host": url.hostname, "port": port or 0}
        unit = path.strip("/") or unit
    if transport == "tls":
        keys["tls"] = _taken(query, _TLS_KEYS)
    if query:
        raise ValueError(f"'{text}': {', '.join(query)} is not known here; write {_TARGET}")
    if unit and not unit.isdecimal():
        raise ValueError(f"'{unit}' is no unit id; write a number from 0 to 255")
    try:
        return ModbusDevice.model_validate(keys | {"unit_id": int(unit or 1)})
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise ValueError(f"'{text}': {where} {fault['msg'].lower()}; write {_TARGET}") from None


def parse_range(text: str) -> Range:
    """``hr:100-119`` or ``co:7``. Raises ValueError that says what is wrong."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no range; write co, di, ir or hr, a colon and addresses, e.g. hr:100-119")
    first, last = int(match[2]), int(match[3] or match[2])
    if not first <= last < ADDRESS_SPACE:
        raise ValueError(f"'{text}': addresses run from 0 to {ADDRESS_SPACE - 1}, the smaller one first")
    return Range(Table(match[1]), first, last - first + 1)


def shown(words: Sequence[int], type_name: str, order: Order) -> int | float | str | None:
    """The value of as many registers as the type has; None for digits that are none (BCD). Floats may be NaN."""
    layout = layout_of(type_name)
    ordered = words[::-1] if order in ("cdab", "dcba") and layout.coding is not Coding.TEXT else words
    data = b"".join(w.to_bytes(2, "little" if order in ("badc", "dcba") else "big") for w in ordered)
    if layout.coding is Coding.TEXT:
        return data[: layout.length].split(b"\0", 1)[0].decode("utf-8", "replace")
    if layout.coding is Coding.BCD:
        return int(data.hex()) if data.hex().isdecimal() else None
    if layout.is_float:
        return float(struct.unpack(">f" if layout.words == 2 else ">d", data)[0])
    return int.from_bytes(data, "big", signed=layout.lo < 0)


def orders_of(type_name: str) -> tuple[Order, ...]:
    """The orders in which the type can lie in its registers."""
    layout = layout_of(type_name)
    return ("abcd", "badc") if layout.words == 1 or layout.coding is Coding.TEXT else ("abcd", "cdab", "badc", "dcba")


class Probe:
    """A channel to a device, for as long as somebody looks at it. Raises LinkError when it cannot be opened."""

    def __init__(self, device: ModbusDevice, folder: Path, clock: Clock) -> None:
        self._device = device
        self._clock = clock
        self._channel: Channel = new_channel(device, folder, clock)
        self._ports: dict[int, UnitPort] = {}
        self._timeout_s = device.timeout_ms / 1000.0

    async def read(self, where: Range, unit: int | None = None) -> Read:
        """The whole range; where the device refuses a block for an address in it, the block is halved until that is found."""
        port = await self._port(self._device.unit_id if unit is None else unit)
        result = Read(where)
        limit = MAX_READ_BITS if where.table in BIT_TABLES else MAX_READ_REGISTERS
        end = where.start + where.count
        waiting = [Range(where.table, at, min(limit, end - at)) for at in range(where.start, end, limit)][::-1]
        most = len(waiting) + REQUESTS_MAX
        while waiting:
            block = waiting.pop()
            fault = await self._read_block(port, block, result)
            if fault is None:
                continue
            if fault.exception_code in _NOT_THERE and block.count > 1 and result.requests + len(waiting) < most:
                half = block.count // 2
                waiting.append(Range(block.table, block.start + half, block.count - half))
                waiting.append(Range(block.table, block.start, half))
                continue
            _add_gap(result.gaps, Gap(block, fault))
            if not fault.exception_code:  # nobody there: the rest would take as long again
                waiting.reverse()
                for rest in waiting:
                    _add_gap(result.gaps, Gap(rest, fault))
                break
        return result

    async def scan(self, unit: int, where: Range) -> Fault | None:
        """Whether a unit answers at all: None, or an exception of its own, when it does; else why not. One request."""
        result = Read(where)
        return await self._read_block(await self._port(unit), where, result)

    def close(self) -> None:
        """Close the connection; may be called twice."""
        for port in self._ports.values():
            port.close()
        self._ports.clear()

    async def _port(self, unit: int) -> UnitPort:
        port = self._ports.get(unit)
        if port is None:
            port = self._ports[unit] = self._channel.port(unit, 1, lambda _: None)
        await port.connect(self._timeout_s)
        return port

    async def _read_block(self, port: UnitPort, block: Range, result: Read) -> Fault | None:
        request = read_request(block.table, block.start, block.count)
        answer: Answer
        [answer] = await port.run([request], self._timeout_s, 2 * self._timeout_s)
        result.requests += 1
        fault = answer.fault or fault_of(request, answer.pdu)
        if fault is not None:
            return fault
        result.round_trip_ms = max(result.round_trip_ms, answer.took_ns / NS_PER_MS)
        result.words |= {block.start + i: int(word) for i, word in enumerate(words_of(request, answer.pdu))}
        return None


def is_answer(fault: Fault | None) -> bool:
    """True when the unit itself has answered, also with an exception; a gateway's that it did not is none."""
    return fault is None or (fault.exception_code != 0 and fault.exception_code not in _GATEWAY)


def _add_gap(gaps: list[Gap], gap: Gap) -> None:
    """Neighbours with the same fault are one."""
    if gaps:
        last = gaps[-1]
        same = last.fault == gap.fault and last.where.start + last.where.count == gap.where.start
        if same:
            gaps[-1] = Gap(Range(last.where.table, last.where.start, last.where.count + gap.where.count), gap.fault)
            return
    gaps.append(gap)


def _taken(query: dict[str, str], keys: Sequence[str] | dict[str, str]) -> dict[str, str]:
    return {key: query.pop(key) for key in tuple(keys) if key in query}


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() else text
