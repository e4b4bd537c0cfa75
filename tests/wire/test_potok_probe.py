"""``potok probe`` against real servers: the simulated PLC 1, a device with holes, RTU over TCP, and nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from line.tags import TagKind
from plc_drivers.modbus.address import REGISTER_TYPES, ModbusAddress, Table
from plc_drivers.modbus.decode import decode_one
from plc_drivers.modbus.options import Order
from plc_drivers.modbus.point import Point
from plc_drivers.modbus.probe import orders_of, parse_target, shown
from potok.cli import main
from simulators.runner import SimServers
from tests.ports import free_port
from tests.wire.modbus_peers import Authority, Device, listening, mbap_answer, rtu_answer, serial_line

REGISTERS = DataType.REGISTERS
WORDS = [0x42F6, 0xE979, 0, 1, 2, 0xFFFF, 0x8000, 0x1234, 0x4D6F, 0x746F]


@contextlib.asynccontextmanager
async def device(framer: FramerType = FramerType.SOCKET) -> AsyncIterator[str]:
    """Holding registers 0-9 and 20-29, with nothing between; units 3 and 5."""
    devices = [
        SimDevice(unit, simdata=[SimData(0, values=WORDS, datatype=REGISTERS), SimData(20, values=WORDS, datatype=REGISTERS)])
        for unit in (3, 5)
    ]
    port = free_port()
    server = ModbusTcpServer(devices, address=("127.0.0.1", port), framer=framer)
    await server.serve_forever(background=True)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.shutdown()


def run(body: Callable[[], Coroutine[object, object, None]]) -> None:
    asyncio.run(body())


async def probed(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["probe", *arguments])


def test_the_simulated_plc_shows_a_setpoint_in_the_right_order(simulator: SimServers, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"modbus://127.0.0.1:{simulator.ports.modbus}/1"
    assert main(["probe", url, "hr:100-103", "di:0-11", "--type", "float32"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("hr:100-103: 4 of 4 read, 1 request, slowest answer ")
    assert " ".join(lines[1].split()) == "address hex uint16 int16 float32 abcd float32 cdab float32 badc float32 dcba"
    assert lines[2].split()[:5] == ["100", "430C", "17164", "17164", "140"]
    assert lines[5].split()[4:] == ["-"] * 4
    assert lines[6].startswith("di:0-11: 12 of 12 read")
    assert lines[7].split() == ["address", *"0123456789"]


def test_addresses_that_do_not_exist_are_found_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> None:
        async with device() as place:
            assert await probed(f"modbus://{place}/3", "hr:0-29", "--json", "--type", "int32", "--order", "cdab") == 1

    run(body)
    [answer] = json.loads(capsys.readouterr().out)["ranges"]
    assert [v["uint16"] for v in answer["values"]] == WORDS + WORDS
    assert [v["address"] for v in answer["values"]] == [*range(10), *range(20, 30)]
    assert answer["values"][5] == {"address": 5, "hex": "FFFF", "uint16": 65535, "int16": -1, "int32 cdab": -0x7FFF_0001}
    assert answer["values"][9]["int32 cdab"] is None
    assert answer["gaps"] == [{"range": "hr:10-19", "exception": 2, "message": "exception 2 (illegal data address)"}]
    assert answer["requests"] < 30


@contextlib.asynccontextmanager
async def gateway() -> AsyncIterator[tuple[str, list[int]]]:
    """Unit 3 answers, unit 4 with an exception of its own; for unit 5 the gateway says that nobody did, the others are mute."""
    asked: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readexactly(7)
                pdu = await reader.readexactly(int.from_bytes(head[4:6], "big") - 1)
                asked.append(head[6])
                answers = {3: bytes([pdu[0], 2, 0, 7]), 4: bytes([pdu[0] | 0x80, 4]), 5: bytes([pdu[0] | 0x80, 11])}
                if answer := answers.get(head[6]):
                    writer.write(head[:4] + (len(answer) + 1).to_bytes(2, "big") + head[6:] + answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


def test_units_that_answer_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> None:
        async with gateway() as (place, asked):
            assert await probed(f"modbus://{place}", "hr:0", "--units", "1-6", "--timeout", "100") == 0
            assert asked == [1, 2, 3, 4, 5, 6]
            assert await probed(f"modbus://{place}", "--units", "5", "--timeout", "100", "--json") == 1

    run(body)
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[:-1] == ["unit 3 answers", "unit 4 answers: exception 4 (device failure)"]
    assert json.loads(lines[-1])["units"] == []
    assert "2 of 6 unit ids answered a read of hr:0" in told.err


def test_rtu_over_tcp(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> None:
        async with device(FramerType.RTU) as place:
            types = ["--type", "float32", "--order", "abcd", "--type", "string4"]
            assert await probed(f"modbus+rtutcp://{place}/5", "hr:0-1", "hr:8-9", *types) == 0

    run(body)
    out = capsys.readouterr().out
    assert "123.456" in out
    assert '"Moto"' in out


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_a_serial_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> None:
        async with serial_line(lambda frame: [(1.0, rtu_answer(frame))] if frame[0] == 4 else []) as (port, requests):
            assert await probed(f"modbus+rtu:{port}?unit=4&baud=19200&parity=none", "hr:10-11", "ir:1000") == 1
            assert await probed(f"modbus+rtu:{port}?baud=19200&parity=none", "--units", "3-4", "--timeout", "100") == 0
            assert [r[0] for r in requests] == [4, 4, 3, 4]

    run(body)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["10", "000A", "10", "10"]
    assert lines[-2:] == ["ir:1000: exception 2 (illegal data address)", "unit 4 answers"]


def test_tls_with_certificates_of_both_sides(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant, stranger = Authority.create(tmp_path, "plant"), Authority.create(tmp_path, "stranger")
    plant.issue("device")
    plant.issue("potok")
    files = f"certificate={tmp_path / 'potok.pem'}&key={tmp_path / 'potok.key'}"

    async def body() -> None:
        async with listening(Device(lambda frame: [(0.0, mbap_answer(frame))]), plant.server_context("device")) as device:
            url = f"modbus+tls://127.0.0.1:{device.port}/1?{files}&ca={tmp_path}"
            assert await probed(f"{url}/{plant.name}.pem", "hr:7") == 0
            assert await probed(f"{url}/{stranger.name}.pem", "hr:7") == 1

    run(body)
    told = capsys.readouterr()
    assert told.out.splitlines()[2].split() == ["7", "0007", "7", "7"]
    assert "certificate" in told.err


def test_a_watch_outlives_the_device_and_ends_in_good_order() -> None:
    async def body() -> None:
        async with device() as place:
            command = [
                sys.executable,
                "-m",
                "potok",
                "probe",
                f"modbus://{place}/3",
                "hr:0",
                "--watch",
                "--every",
                "0.05",
                "--json",
            ]
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
            assert process.stdout is not None
            lines = [json.loads(await process.stdout.readline()) for _ in range(3)]
            assert [line["ranges"][0]["values"][0]["uint16"] for line in lines] == [WORDS[0]] * 3
        while True:  # the device is gone now
            line: dict[str, Any] = json.loads(await process.stdout.readline())
            if "error" in line:
                break
        process.send_signal(signal.SIGINT)
        while await process.stdout.readline():
            pass
        assert await process.wait() == 0

    run(body)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://h", "hr:1"], "is no Modbus device; write modbus://HOST:PORT/UNIT"),
        (["modbus://", "hr:1"], "names no host"),
        (["modbus://h:99999/1", "hr:1"], "Port out of range"),
        (["modbus://h/999", "hr:1"], "unit_id"),
        (["modbus://h/one", "hr:1"], "is no unit id"),
        (["modbus://h/1?baud=9600", "hr:1"], "baud is not known here"),
        (["modbus+tls://h/1?ca=a.pem", "hr:1"], "tls.certificate field required"),
        (["modbus+rtu://host/1", "hr:1"], "names no serial port"),
        (["modbus+rtu:///dev/ttyUSB0?parity=maybe", "hr:1"], "serial.parity"),
        (["modbus://h", "hr:10-5"], "the smaller one first"),
        (["modbus://h", "hr:65536"], "addresses run from 0 to 65535"),
        (["modbus://h", "40001"], "is no range"),
        (["modbus://h"], "name what to read"),
        (["modbus://h", "--units", "5-300"], "are no unit ids"),
        (["modbus://h", "hr:1", "--type", "float99"], "unknown register type 'float99'"),
        (["modbus://h", "hr:1", "--type", "int16", "--order", "cdab"], "int16 has no order cdab"),
        (["modbus://h", "hr:1", "--every", "0"], "--every 0"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", f"modbus://127.0.0.1:{free_port()}/1", "hr:1"]) == 1
    assert "refuses the connection" in capsys.readouterr().err


def test_a_dead_unit_is_asked_once_for_a_long_range(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> None:
        async with gateway() as (place, asked):
            assert await probed(f"modbus://{place}/9", "hr:0-999", "--timeout", "100") == 1
            assert asked == [9]

    run(body)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("hr:0-999: 0 of 1000 read, 1 request, ")
    assert lines[1:] == ["hr:0-999: no answer within 100 ms"]


def test_targets_become_devices() -> None:
    tls = parse_target("modbus+tls://plc.plant/7?ca=ca.pem&certificate=c.pem&key=k.pem&server_name=plc")
    assert (tls.transport, tls.host, tls.tcp_port, tls.unit_id) == ("tls", "plc.plant", 802, 7)
    assert tls.tls is not None
    assert (tls.tls.ca, tls.tls.server_name) == ("ca.pem", "plc")
    rtu = parse_target("modbus+rtu:///dev/ttyUSB0?baud=9600&parity=none&stop=2&unit=4")
    assert rtu.serial is not None
    assert (rtu.serial.port, rtu.serial.baud_rate, rtu.serial.parity, rtu.serial.stop_bits) == ("/dev/ttyUSB0", 9600, "none", 2)
    assert rtu.unit_id == 4
    windows = parse_target("modbus+rtu:COM3?baud=19200&parity=even")
    assert windows.serial is not None
    assert windows.serial.port == "COM3"
    assert parse_target("modbus://[::1]:5020/2").host == "::1"
    assert parse_target("modbus://h").unit_id == 1


@given(words=st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4), name=st.sampled_from(sorted(REGISTER_TYPES)))
def test_values_are_those_that_the_driver_would_show(words: list[int], name: str) -> None:
    layout = REGISTER_TYPES[name]
    own = words[: layout.words]
    orders: tuple[Order, ...] = orders_of(name)
    for order in orders:
        value = shown(own, name, order)
        driver = decode_one(Point(ModbusAddress(Table.HOLDING, 0, name), TagKind.INT, order=order), own)
        if value is None or value != value or abs(float(value)) == float("inf"):
            assert driver != driver
        else:
            assert float(value) == driver


def test_the_first_value_of_the_specification_of_ieee_754() -> None:
    assert shown([0x42F6, 0xE979], "float32", "abcd") == struct.unpack(">f", bytes.fromhex("42f6e979"))[0]
    assert shown([0xE979, 0x42F6], "float32", "cdab") == struct.unpack(">f", bytes.fromhex("42f6e979"))[0]
    assert shown([0xFFFF, 0xFFFF, 0xFFFF, 0xFFFE], "uint64", "abcd") == 2**64 - 2
    assert shown([0x1A00], "bcd16", "abcd") is None
