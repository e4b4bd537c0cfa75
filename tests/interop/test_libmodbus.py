"""The Modbus driver against libmodbus: types, byte orders, functions, unit ids, RTU on a serial line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from line.devices import ModbusDevice, SerialPort
from line.documents import Text
from line.messages import LinkState
from line.quality import Status
from line.tags import TagKind
from tests.interop.kit import Line, Row, opened
from tests.interop.programs import Program
from tests.waiting import eventually

ORDERS = ("abcd", "cdab", "badc", "dcba")
NUMBERS = {
    0: ("int16", -12345.0), 1: ("uint16", 54321.0), 2: ("int32", -1234567890.0), 4: ("uint32", 3456789012.0),
    6: ("int64", -1234567890123456.0), 10: ("uint64", 9007199254740991.0), 14: ("float32", 123.45600128173828),
    16: ("float64", -98765.4321), 20: ("bcd16", 4321.0), 21: ("bcd32", 12345678.0),
}  # fmt: skip
"""Offset in a group → type and the value that modbus_server.c put there."""

WORDS_OF_ONE = ("int16", "uint16", "bcd16")
BITS = 0xA5C3
WRITTEN = {
    "int16": -2.0, "uint16": 65535.0, "int32": -70_000.0, "uint32": 4_000_000_000.0, "int64": -9007199254740991.0,
    "uint64": 9007199254740991.0, "float32": 71.25, "float64": 0.1, "bcd16": 9075.0, "bcd32": 10203040.0,
}  # fmt: skip
FUNCTIONS = {5: 905, 6: 906, 15: 915, 16: 916, 22: 922, 23: 923}


@pytest.fixture
def server(modbus_server: Path) -> Iterator[Program]:
    program = Program(str(modbus_server), "tcp")
    yield program
    program.end()


@pytest.fixture
def serial_server(modbus_server: Path) -> Iterator[Program]:
    program = Program(str(modbus_server), "rtu")
    yield program
    program.end()


def device(**keys: Any) -> ModbusDevice:
    return ModbusDevice.model_validate({"driver": "modbus", "name": Text(ru="ПЛК", en="PLC"), "timeout_ms": 1000} | keys)


def over_tcp(server: Program, **more: Any) -> ModbusDevice:
    return device(port=server.info["port"], **more)


def over_serial(server: Program, parity: Literal["none", "even"] = "none", **more: Any) -> ModbusDevice:
    """A pseudo terminal has no parity."""
    return device(transport="rtu", serial=SerialPort(port=server.info["device"], parity=parity), **more)


def golden_rows(order: str) -> list[Row]:
    """Every type in both register tables, in the group of ``order``; the device itself has that order."""
    base = 100 * ORDERS.index(order)
    swapped = "order=badc" if order in ("badc", "dcba") else ""
    rows: list[Row] = []
    for table in ("hr", "ir"):
        for offset, (name, _) in NUMBERS.items():
            options = swapped if name in WORDS_OF_ONE else ""
            kind = TagKind.FLOAT if "float" in name else TagKind.INT
            rows.append(Row(f"{table}.{name}", f"{table}:{base + offset}:{name}", kind, options=options))
        rows.append(Row(f"{table}.text", f"{table}:{base + 24}:string16", TagKind.STRING, options=swapped))
    if not swapped:
        rows += [Row(f"bit{bit}", f"hr:{base + 32}.{bit}", TagKind.BOOL) for bit in range(16)]
    return rows


def golden_values(order: str) -> dict[str, tuple[float | str, int]]:
    values: dict[str, tuple[float | str, int]] = {}
    for table in ("hr", "ir"):
        values |= {f"{table}.{name}": (value, 0) for name, value in NUMBERS.values()}
        values[f"{table}.text"] = ("Doktorskaya 7", 0)
    if order in ("abcd", "cdab"):
        values |= {f"bit{bit}": (float(BITS >> bit & 1), 0) for bit in range(16)}
    return values


def play(rows: list[Row], devices: dict[str, ModbusDevice], body: Callable[[Line], Awaitable[None]]) -> None:
    async def main() -> None:
        async with opened(rows, devices) as line:
            await line.up()
            await body(line)

    asyncio.run(main())


@pytest.mark.parametrize("order", ORDERS)
def test_every_type_in_every_byte_order(server: Program, order: str) -> None:
    async def body(line: Line) -> None:
        assert await line.values() == golden_values(order)
        assert line.drivers["plc"].link().failures == 0

    play(golden_rows(order), {"plc": over_tcp(server, word_order=order)}, body)


def test_bits_and_what_is_no_measurement(server: Program) -> None:
    rows = [Row(f"{t}{n}", f"{t}:{n}", TagKind.BOOL) for t in ("co", "di") for n in (0, 1, 2, 3, 63, 64, 99)]
    rows += [Row("nan", "hr:400:float32"), Row("broken", "hr:402:int16"), Row("number", "hr:402:uint16", TagKind.INT)]
    rows += [Row("none", "hr:2000:uint16", TagKind.INT)]

    async def body(line: Line) -> None:
        values = await line.values()
        for name, (value, status) in values.items():
            if name[:2] in ("co", "di"):
                assert (value, status) == (float(int(name[2:]) % 3 == 0), 0), name
        assert values["number"] == (32768.0, 0)
        assert [values[n][1] for n in ("nan", "broken")] == [Status.BAD_SENSOR_FAILURE] * 2
        assert values["none"][1] == Status.BAD_CONFIGURATION_ERROR
        assert "hr:2000 (none)" in line.error()

    play(rows, {"plc": over_tcp(server)}, body)


def written_rows() -> list[Row]:
    """Holding registers to write, and the input registers to which the server copies them."""
    rows: list[Row] = []
    for number, name in enumerate(WRITTEN):
        kind = TagKind.FLOAT if "float" in name else TagKind.INT
        rows.append(Row(name, f"hr:{500 + 4 * number}:{name}", kind, writable=True))
        rows.append(Row(f"{name}.seen", f"ir:{500 + 4 * number}:{name}", kind))
    for n in range(100, 104):
        rows += [Row(f"coil{n}", f"co:{n}", TagKind.BOOL, writable=True), Row(f"coil{n}.seen", f"di:{n}", TagKind.BOOL)]
    for bit in (0, 9):
        rows.append(Row(f"bit{bit}", f"hr:560.{bit}", TagKind.BOOL, writable=True))
        rows.append(Row(f"bit{bit}.seen", f"ir:560.{bit}", TagKind.BOOL))
    return rows + [Row(f"function{f}", f"ir:{at}:uint16", TagKind.INT) for f, at in FUNCTIONS.items()]


async def write_and_see(line: Line) -> set[int]:
    """Write every type; the functions that the server was asked to carry out."""
    wanted = WRITTEN | {"coil100": 1.0, "coil101": 0.0, "coil102": 1.0}
    results = [*await line.write(wanted), *await line.write({"bit9": 1.0}), *await line.write({"coil103": 1.0})]
    assert [(r.status, r.message.en) for r in results] == [(0, "")] * len(results)
    values = await line.values()
    for name, value in {**wanted, "bit0": 0.0, "bit9": 1.0, "coil103": 1.0}.items():
        assert values[name] == values[f"{name}.seen"] == (pytest.approx(value, rel=1e-7), 0), name
    [clear] = await line.write({"bit9": 0.0})
    assert clear.status == 0
    return {f for f in FUNCTIONS if (await line.values())[f"function{f}"] > (0.0, 0)}


@pytest.mark.parametrize("order", ORDERS)
def test_writes_arrive_and_are_read_back(server: Program, order: str) -> None:
    async def body(line: Line) -> None:
        assert await write_and_see(line) == {15, 16, 22}

    play(written_rows(), {"plc": over_tcp(server, word_order=order)}, body)


def test_writes_one_register_at_a_time_and_readback_in_the_same_request(server: Program) -> None:
    async def single(line: Line) -> None:
        [result] = await line.write({"uint16": 77.0})
        assert (result.status, (await line.values())["uint16.seen"]) == (0, (77.0, 0))
        [result] = await line.write({"coil101": 1.0})
        values = await line.values()
        assert (result.status, values["coil101.seen"]) == (0, (1.0, 0))
        assert [values[f"function{f}"] for f in (5, 6, 15, 16)] == [(1.0, 0), (1.0, 0), (0.0, 0), (0.0, 0)]

    async def combined(line: Line) -> None:
        [result] = await line.write({"float64": -7.5})
        assert (result.status, (await line.values())["float64.seen"]) == (0, (-7.5, 0))
        assert (await line.values())["function23"] == (1.0, 0)

    play(written_rows(), {"plc": over_tcp(server, write_function="single")}, single)
    play(written_rows(), {"plc": over_tcp(server, readback="combined")}, combined)


def test_units_of_one_gateway_share_a_connection_and_an_absent_one_is_bad_alone(server: Program) -> None:
    rows = [Row(f"u{u}.{n}", f"hr:{n}:uint16", TagKind.INT, device=f"u{u}") for u in (1, 2, 3) for n in (1, 301, 999)]
    devices = {f"u{u}": over_tcp(server, unit_id=u) for u in (1, 2, 3)}

    async def main() -> None:
        async with opened(rows, devices) as line:
            await line.state(LinkState.UP, "u1")
            await line.state(LinkState.UP, "u2")
            for _ in range(5):
                first, second = await line.values("u1"), await line.values("u2")
                assert first["u1.1"] == (54321.0, 0)
                assert second == {f"u2.{n}": (2000.0 + n, 0) for n in (1, 301, 999)}
            third = await line.values("u3")
            assert {status for _, status in third.values()} == {int(Status.BAD_NO_COMMUNICATION)}
            assert "exception 11" in line.error("u3")

    asyncio.run(main())


def test_several_requests_under_way_at_once(server: Program) -> None:
    rows = [Row(f"hr{n}", f"hr:{n}:uint16", TagKind.INT) for n in range(0, 1000, 7)]

    async def body(line: Line) -> None:
        for _ in range(20):
            values = await line.values()
            assert {status for _, status in values.values()} == {0}
            assert (values["hr301"], values["hr994"]) == ((2301.0, 0), (2994.0, 0))

    play(rows, {"plc": over_tcp(server, unit_id=2, in_flight=4, max_registers=20)}, body)


def test_a_server_that_is_killed_and_started_again(modbus_server: Path) -> None:
    first = Program(str(modbus_server), "tcp")

    async def main() -> None:
        async with opened(golden_rows("abcd"), {"plc": over_tcp(first)}) as line:
            await line.up()
            assert await line.values() == golden_values("abcd")
            first.kill()
            await line.state(LinkState.DOWN)
            lost = await line.values()
            assert {s for _, s in lost.values()} == {int(Status.UNCERTAIN_NO_COMMUNICATION_LAST_USABLE_VALUE)}
            assert {n: v for n, (v, _) in lost.items()} == {n: v for n, (v, _) in golden_values("abcd").items()}
            second = Program(str(modbus_server), "tcp", str(first.info["port"]))
            try:
                await line.up()
                assert await line.values() == golden_values("abcd")
            finally:
                second.end()

    try:
        asyncio.run(main())
    finally:
        first.kill()


def test_rtu_on_a_serial_line(serial_server: Program) -> None:
    async def read(line: Line) -> None:
        assert await line.values() == golden_values("dcba")

    async def write(line: Line) -> None:
        assert await write_and_see(line) == {15, 16, 22}

    play(golden_rows("dcba"), {"plc": over_serial(serial_server, word_order="dcba")}, read)
    play(written_rows(), {"plc": over_serial(serial_server)}, write)


def test_rtu_units_of_one_line_and_one_that_is_not_there(serial_server: Program) -> None:
    """libmodbus takes what follows a request to another unit for that unit's answer: each probe costs its neighbour one, too."""
    rows = [Row(f"u{u}", "hr:1:uint16", TagKind.INT, device=f"u{u}") for u in (1, 9)]
    devices = {f"u{u}": over_serial(serial_server, unit_id=u, timeout_ms=200) for u in (1, 9)}

    async def main() -> None:
        async with opened(rows, devices) as line:
            await line.state(LinkState.UP, "u1")
            await line.state(LinkState.DOWN, "u9")
            seen: list[tuple[float | str, int]] = []

            async def good_three_times() -> bool:
                seen.append((await line.values("u1"))["u1"])
                return seen[-3:] == [(54321.0, 0)] * 3

            await eventually(good_three_times)
            assert {s for _, s in seen} <= {0, Status.BAD_TIMEOUT}
            assert (await line.values("u9"))["u9"][1] == Status.BAD_NO_COMMUNICATION
            assert (line.drivers["u1"].link().state, line.drivers["u1"].link().reconnects) == (LinkState.UP, 0)

    asyncio.run(main())


def test_a_port_that_does_not_take_its_settings_says_so(serial_server: Program) -> None:
    async def main() -> None:
        async with opened([Row("a", "hr:1:uint16", TagKind.INT)], {"plc": over_serial(serial_server, "even")}) as line:
            await line.state(LinkState.DOWN)
            assert "does not take these settings; check baud_rate, parity" in line.error()

    asyncio.run(main())
