"""The simulator's servers, read and written by clients that are not ours: pymodbus and asyncua."""

from __future__ import annotations

import asyncio
import math
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from asyncua.client.client import Client
from pymodbus.client import AsyncModbusTcpClient

from line.clock import NS_PER_MS, SystemClock
from simulators import SimLine, build_sausage_line
from simulators.control import ControlServer, send
from simulators.modbus_server import ModbusPlcServer
from simulators.nodes import NAMESPACE_URI
from simulators.runner import SimServers
from tests.waiting import eventually

CLOCK = SystemClock()


@asynccontextmanager
async def running_modbus(line: SimLine) -> AsyncIterator[int]:
    """Only the Modbus server and the cycle; the port. Building an OPC UA server takes a second."""
    server = ModbusPlcServer(line.plcs["plc1"], CLOCK, "127.0.0.1", 0)

    async def cycle() -> None:
        while True:
            line.step()
            await CLOCK.sleep_until_ns(CLOCK.monotonic_ns() + line.cycle_ms * NS_PER_MS)

    await server.listen()
    task = asyncio.create_task(cycle())
    try:
        yield server.port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.drop()


@asynccontextmanager
async def modbus_client(port: int) -> AsyncIterator[AsyncModbusTcpClient]:
    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
    assert await client.connect()
    try:
        yield client
    finally:
        client.close()


def floats(registers: Sequence[int]) -> list[float]:
    return list(struct.unpack(f">{len(registers) // 2}f", struct.pack(f">{len(registers)}H", *registers)))


def test_modbus_client_reads_and_writes() -> None:
    async def scenario() -> None:
        line = build_sausage_line(seed=1, cycle_ms=20)
        async with running_modbus(line) as port, modbus_client(port) as client:
            first = (await client.read_input_registers(0, count=1)).registers[0]

            async def beats() -> bool:
                return (await client.read_input_registers(0, count=1)).registers[0] != first

            await eventually(beats, what="PLC1.Heartbeat counts")
            block = (await client.read_input_registers(400, count=10)).registers
            assert block[2] == 5000
            assert 60 <= block[7] <= 100
            bits = (await client.read_discrete_inputs(0, count=2)).bits
            assert bits[:2] == [False, True]
            assert (await client.read_discrete_inputs(402, count=1)).bits[0]
            setpoints = (await client.read_holding_registers(300, count=10)).registers
            assert floats(setpoints) == [3000.0, 90.0, 11.0, 28.0, 540.0]

            await client.write_register(0, 1)

            async def supervised() -> bool:
                return (await client.read_discrete_inputs(0, count=1)).bits[0]

            await eventually(supervised, what="PLC1.SupOk after the first heartbeat")
            words = [*struct.unpack(">2H", struct.pack(">f", 55.5))]
            await client.write_registers(100, words)
            await client.write_registers(140, [1, 1, 9, 7])

            async def judged() -> bool:
                return (await client.read_input_registers(162, count=2)).registers == [7, 0]

            await eventually(judged, what="PhAck 7, PhRes 0")
            states = (await client.read_input_registers(160, count=2)).registers
            assert states == [1, 1]
            await client.write_register(101, 0x4000)
            assert floats((await client.read_holding_registers(100, count=2)).registers)[0] == pytest.approx(55.5, abs=0.5)

    asyncio.run(scenario())


def test_modbus_addresses_beyond_the_map_are_refused() -> None:
    async def scenario() -> None:
        async with running_modbus(build_sausage_line(seed=1)) as port, modbus_client(port) as client:
            answer = await client.read_input_registers(599, count=2)
            assert answer.isError()
            assert answer.exception_code == 2
            assert not (await client.read_input_registers(120, count=40)).isError()
            answer = await client.read_coils(0, count=1)
            assert answer.isError()

    asyncio.run(scenario())


def test_broken_sensors_on_modbus() -> None:
    async def scenario() -> None:
        line = build_sausage_line(seed=1, cycle_ms=20)
        for tag in ("R101.Weight", "R101.MeatTemp", "F301.PortionMass"):
            line.inject("sensor_break", tag)
        async with running_modbus(line) as port, modbus_client(port) as client:

            async def broken() -> bool:
                weight = (await client.read_input_registers(100, count=3)).registers
                portion = (await client.read_input_registers(402, count=1)).registers
                return math.isnan(floats(weight[:2])[0]) and weight[2] == 0x8000 and portion == [0xFFFF]

            await eventually(broken, what="NaN, 0x8000, 0xFFFF")

    asyncio.run(scenario())


def test_links_drop_and_come_back_on_the_same_ports(simulator: SimServers) -> None:
    async def answers(port: int) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    async def scenario() -> None:
        line, ports = simulator.line, simulator.ports
        client = AsyncModbusTcpClient("127.0.0.1", port=ports.modbus, timeout=1, retries=0, reconnect_delay=0)
        assert await client.connect()
        opcua = Client(f"opc.tcp://127.0.0.1:{ports.opcua}/potok/plc2", timeout=2)
        await opcua.connect()
        for plc in ("plc1", "plc2"):
            line.inject("link_drop", plc)

        async def refused() -> bool:
            return not await answers(ports.modbus) and not await answers(ports.opcua)

        await eventually(refused, what="both servers refuse connections")

        async def cut() -> bool:
            return not client.connected

        await eventually(cut, what="the open Modbus connection is cut")
        client.close()
        with pytest.raises(ConnectionError):
            await opcua.nodes.server_state.read_value()
        await opcua.disconnect()
        line.clear_all()

        async def accepted() -> bool:
            return await answers(ports.modbus) and await answers(ports.opcua)

        await eventually(accepted, what="both servers accept again")
        assert simulator.ports == ports
        async with modbus_client(ports.modbus) as again:
            assert not (await again.read_input_registers(0, count=2)).isError()
        async with Client(f"opc.tcp://127.0.0.1:{ports.opcua}/potok/plc2") as again:
            space = await again.get_namespace_index(NAMESPACE_URI)
            assert await again.get_node(f"ns={space};s=PLC2.Heartbeat").read_value() > 0

    asyncio.run(scenario())


def test_slow_answers_delay_both_protocols(simulator: SimServers) -> None:
    async def scenario() -> None:
        line, ports = simulator.line, simulator.ports
        async with (
            modbus_client(ports.modbus) as client,
            Client(f"opc.tcp://127.0.0.1:{ports.opcua}/potok/plc2") as opcua,
        ):
            line.inject("slow_answers", "plc1", 150.0)
            line.inject("slow_answers", "plc2", 150.0)
            begun_ns = CLOCK.monotonic_ns()
            assert not (await client.read_input_registers(0, count=1)).isError()
            assert CLOCK.monotonic_ns() - begun_ns > 140_000_000
            begun_ns = CLOCK.monotonic_ns()
            await opcua.nodes.server_state.read_value()
            assert CLOCK.monotonic_ns() - begun_ns > 140_000_000
            line.clear_all()

    asyncio.run(scenario())


def test_a_late_modbus_answer_carries_the_number_of_its_own_request() -> None:
    """A client that gave up waiting asks for something else: the late answer must not pass for the answer to that."""

    async def body() -> None:
        line = build_sausage_line(seed=1)
        line.step()
        line.inject("slow_answers", "plc1", 100.0)
        async with running_modbus(line) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for number, function, start, count in ((1, 4, 100, 2), (2, 3, 100, 3), (3, 2, 100, 9)):
                writer.write(struct.pack(">HHHBBHH", number, 0, 6, 1, function, start, count))
                await writer.drain()
                await asyncio.sleep(0.01)  # a request of its own, as after a time-out
            answers: list[tuple[int, int, int]] = []
            async with asyncio.timeout(10):
                for _ in range(3):
                    head = await reader.readexactly(8)
                    number, _, length, _, function = struct.unpack(">HHHBB", head)
                    answers.append((number, function, (await reader.readexactly(length - 2))[0]))
            writer.close()
            await writer.wait_closed()
        assert answers == [(1, 4, 4), (2, 3, 6), (3, 2, 2)]

    asyncio.run(body())


def test_servers_restart_and_stop_cleanly_in_the_middle_of_a_delay() -> None:
    async def scenario() -> None:
        line = build_sausage_line(seed=1, cycle_ms=20)
        servers = SimServers(line, CLOCK, modbus_port=0, opcua_port=0, control_port=0)
        await servers.start()
        ports = servers.ports
        line.inject("slow_answers", "plc1", 60_000.0)
        client = AsyncModbusTcpClient("127.0.0.1", port=ports.modbus, timeout=1, retries=0, reconnect_delay=0)
        assert await client.connect()
        request = asyncio.ensure_future(client.read_input_registers(0, count=1))

        async def waiting() -> bool:
            return servers.waiting_requests > 0

        await eventually(waiting, what="the request waits for its answer")
        await servers.stop()
        await asyncio.gather(request, return_exceptions=True)
        client.close()
        line.clear_all()
        await servers.start()
        assert servers.ports == ports
        async with modbus_client(ports.modbus) as again:
            assert not (await again.read_input_registers(0, count=1)).isError()
        await servers.stop()
        await servers.stop()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_faults_from_another_process() -> None:
    async def scenario() -> None:
        line = build_sausage_line(seed=1, cycle_ms=20)
        control = ControlServer(line, "127.0.0.1", 0)
        await control.start()
        try:
            port = control.port

            async def ask(request: dict[str, object]) -> dict[str, object]:
                return dict(await asyncio.to_thread(send, "127.0.0.1", port, request))  # pyright: ignore[reportArgumentType]

            reply = await ask({"op": "inject", "fault": "door_open", "target": "S401"})
            assert reply["ok"] is True
            assert reply["faults"] == [{"fault": "door_open", "target": "S401", "value": None}]
            assert line.faults()[0].name == "door_open"
            reply = await ask({"op": "inject", "fault": "gremlins", "target": "S401"})
            assert reply["ok"] is False
            assert "door_open" in str(reply["error"])
            assert (await ask({"op": "list"}))["ok"] is True
            assert (await ask({"op": "clear", "fault": "door_open", "target": "S401"}))["faults"] == []
            assert (await ask({"op": "clear_all"}))["ok"] is True
            status = await ask({"op": "status"})
            assert isinstance(status["units"], dict)
            assert status["units"]["S401"] == {"state": "idle", "phase": "", "batch": 0}

            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for text in (
                b"not json\n",
                b"[1]\n",
                b"{}\n",
                b'{"op": "inject", "fault": "drift", "target": "S401.CoreTemp", "value": NaN}\n',
            ):
                writer.write(text)
                assert b'"ok": false' in await reader.readline()
            writer.write(b"x" * 70_000 + b"\n")
            assert b'"ok": false' in await reader.readline()
            writer.close()
            assert line.faults() == ()
        finally:
            await control.stop()

    asyncio.run(scenario())
