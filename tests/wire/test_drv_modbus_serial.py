"""RTU on pseudo terminals and over TCP: pymodbus servers, and devices that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from serial import Serial

from line.devices import SerialPort
from line.quality import Status
from plc_drivers.link import LinkError
from plc_drivers.modbus.address import Table
from plc_drivers.modbus.pdu import (
    fault_of,
    read_request,
    write_registers_request,
)
from plc_drivers.modbus.port import UnitPort
from tests.ports import free_port
from tests.waiting import until
from tests.wire.modbus_peers import Device, listening, null_modem, rtu_answer, serial_line
from tests.wire.modbus_ports import Ports, one, read, run, said, served, sim_device, values


def serial(name: str, **keys: object) -> dict[str, object]:
    return {"transport": "rtu", "serial": SerialPort(port=name, parity="none"), **keys}


async def reads_all_of_it(port: UnitPort) -> None:
    """What a server of :func:`sim_device` holds, by several functions."""
    requests = [read(i, 100) for i in range(5)]
    assert values(await port.run(requests, 1.0, 5.0), requests) == [list(range(1000 + i, 1100 + i)) for i in range(5)]
    bits, write = read_request(Table.DISCRETE, 3, 9), write_registers_request(10, [1, 2, 3])
    assert values([await one(port, bits)], [bits]) == [[1] * 9]
    assert fault_of(write, (await one(port, write)).pdu) is None
    assert values([await one(port, read(9, 5))], [read(9, 5)]) == [[1009, 1, 2, 3, 1013]]
    assert (await one(port, read(199, 2))).pdu == b"\x83\x02"
    assert port.discarded == 0


def test_rtu_against_a_serial_server_not_written_here() -> None:
    async def body(ports: Ports) -> None:
        with null_modem() as (ours, theirs):
            server = ModbusSerialServer([sim_device(1)], port=theirs, baudrate=19_200, parity="N")
            async with served(server):
                await reads_all_of_it(await ports.open(**serial(ours)))

    run(body)


def test_rtu_over_tcp_against_a_server_not_written_here() -> None:
    async def body(ports: Ports) -> None:
        port = free_port()
        async with served(ModbusTcpServer([sim_device(1)], framer=FramerType.RTU, address=("127.0.0.1", port))):
            await reads_all_of_it(await ports.open(transport="rtu_over_tcp", port=port))

    run(body)


def test_rtu_on_a_serial_line_with_two_units() -> None:
    async def body(ports: Ports) -> None:
        async with serial_line(lambda f: [(1, rtu_answer(f))]) as (name, requests):
            units = [await ports.open(**serial(name, unit_id=unit, connection="own")) for unit in (1, 2)]  # there is one only
            asked = [read(i, 20) for i in range(10)]
            for answers in await asyncio.gather(*(u.run(asked, 1.0, 5.0) for u in units)):
                assert values(answers, asked) == [list(range(i, i + 20)) for i in range(10)]
            assert len(requests) == 20
            refused = await one(units[0], read(1000))
            assert refused.pdu == b"\x83\x02"

    run(body)


def test_a_silent_unit_on_a_serial_line_rests_and_its_late_answer_is_dropped() -> None:
    async def body(ports: Ports) -> None:
        async with serial_line(lambda f: [(150 if f[0] == 1 else 1, rtu_answer(f))]) as (name, requests):
            late, quick = [await ports.open(**serial(name, unit_id=unit)) for unit in (1, 2)]
            asked = [read(i) for i in range(30)]
            slow, good = await asyncio.gather(late.run([read(77)], 0.1, 5.0), quick.run(asked, 0.1, 5.0))
            assert slow[0].fault is not None
            assert slow[0].fault.timed_out
            assert values(good, asked) == [[i] for i in range(30)]
            await one(late, read(78), 0.1)
            assert late.discarded >= 1
            assert quick.discarded == 0
            assert [f[0] for f in requests].count(1) == 2

    run(body)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda f: f[:-1] + bytes((f[-1] ^ 1,)), "the checksum (CRC) of the answer is wrong"),
        (lambda f: f[:4], "the answer stopped after 4 of 7 bytes"),
        (lambda f: b"\x55\xaa" * 10, "20 bytes came that were no answer"),
    ],
    ids=["checksum", "short", "garbage"],
)
def test_what_is_wrong_on_a_serial_line_is_named_and_survived(spoil: Callable[[bytes], bytes], text: str) -> None:
    async def body(ports: Ports) -> None:
        spoiled = True

        def answering(frame: bytes) -> list[tuple[float, bytes]]:
            return [(1, spoil(rtu_answer(frame)) if spoiled else rtu_answer(frame))]

        async with serial_line(answering) as (name, _):
            unit = await ports.open(**serial(name))
            answer = await one(unit, read(1), 0.1)
            assert answer.fault is not None
            assert answer.fault.status is Status.BAD_COMMUNICATION_ERROR
            assert text in said(answer)
            assert unit.discarded == 1
            spoiled = False
            assert values([await one(unit, read(2))], [read(2)]) == [[2]]

    run(body)


def test_noise_before_the_answer_is_skipped() -> None:
    async def body(ports: Ports) -> None:
        async with serial_line(lambda f: [(1, b"\0" + rtu_answer(f))]) as (name, _):
            unit = await ports.open(**serial(name))
            assert values(await unit.run([read(1), read(2)], 1.0, 5.0), [read(1), read(2)]) == [[1], [2]]
            assert unit.discarded == 2

    run(body)


def test_a_serial_port_that_vanishes_is_told_at_once() -> None:
    async def body(ports: Ports) -> None:
        async with serial_line(lambda _: []) as (name, requests):
            unit = await ports.open(**serial(name))
            waiting = asyncio.create_task(one(unit, read(1), 30.0))
            await until(lambda: len(requests) == 1)
        async with asyncio.timeout(2.0):
            assert "is gone" in said(await waiting)
        assert f"the port {name} is gone" in ports.lost[0].en

    run(body)


def test_why_a_serial_port_does_not_open_is_said(tmp_path: Path) -> None:
    async def body(ports: Ports) -> None:
        with pytest.raises(LinkError, match="there is no port /dev/ttyNone; plug in the adapter and check the name"):
            await ports.open(**serial("/dev/ttyNone"))
        (tmp_path / "file").write_text("")
        with pytest.raises(LinkError, match=r"the port \S*file cannot be opened"):
            await ports.open(**serial(str(tmp_path / "file")))
        async with serial_line(lambda _: []) as (name, _):
            with Serial(name, exclusive=True), pytest.raises(LinkError, match="in use by another program"):
                await ports.open(**serial(name))

    run(body)


def test_rtu_over_tcp_in_pieces_with_noise_and_another_unit() -> None:
    def answering(frame: bytes) -> list[tuple[float, bytes]]:
        answer = rtu_answer(frame)
        return [(1, answer[:3]), (4, answer[3:])] if frame[0] == 1 else [(1, b"\xff" + answer)]

    async def body(ports: Ports) -> None:
        async with listening(Device(answering, rtu=True)) as peer:
            units = [await ports.open(transport="rtu_over_tcp", port=peer.port, unit_id=unit) for unit in (1, 2)]
            asked = [read(i, 3) for i in range(8)]
            for answers in await asyncio.gather(*(u.run(asked, 1.0, 5.0) for u in units)):
                assert values(answers, asked) == [[i, i + 1, i + 2] for i in range(8)]
            assert peer.connections == 1
            assert [u.discarded for u in units] == [0, 8]

    run(body)
