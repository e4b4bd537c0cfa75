"""Modbus TCP over real sockets: a pymodbus server, and devices that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable

import pytest
from pymodbus.server import ModbusTcpServer

from line.quality import Status
from plc_drivers.link import LinkError
from plc_drivers.modbus.address import Table
from plc_drivers.modbus.framing import mbap_frame
from plc_drivers.modbus.pdu import (
    fault_of,
    mask_write_request,
    read_request,
    read_write_request,
    words_of,
    write_coil_request,
    write_coils_request,
    write_register_request,
    write_registers_request,
)
from tests.ports import free_port
from tests.waiting import until
from tests.wire.modbus_peers import HANG_UP, Device, listening, mbap_answer, rtu_answer
from tests.wire.modbus_ports import Ports, one, read, run, said, served, sim_device, values


def test_every_function_against_a_server_not_written_here() -> None:
    async def body(ports: Ports) -> None:
        port = free_port()
        async with served(ModbusTcpServer([sim_device(1)], address=("127.0.0.1", port))):
            unit = await ports.open(port=port)
            requests = [
                read_request(Table.HOLDING, 0, 125),
                read_request(Table.INPUT, 10, 3),
                read_request(Table.DISCRETE, 0, 13),
                write_coil_request(3, True),
                write_coils_request(4, [0, 1, 1]),
                read_request(Table.COIL, 0, 8),
                write_register_request(5, 77),
                write_registers_request(6, [1, 65_535]),
                mask_write_request(7, 0xFF00, 0x0012),
                read_write_request(5, 4, 8, [4711]),
                read_request(Table.HOLDING, 199, 2),
            ]
            answers = await unit.run(requests, 1.0, 5.0)
            assert [a.fault for a in answers] == [None] * len(requests)
            faults = [fault_of(r, a.pdu) for r, a in zip(requests, answers, strict=True)]
            assert faults[:-1] == [None] * (len(requests) - 1)
            assert faults[-1] is not None
            assert faults[-1].exception_code == 2
            words = [words_of(requests[i], answers[i].pdu).tolist() for i in (0, 1, 2, 5, 9)]
            assert words == [list(range(1000, 1125)), [10, 11, 12], [1] * 13, [0, 0, 0, 1, 0, 1, 1, 0], [77, 1, 0xFF12, 4711]]

    run(body)


def test_two_units_behind_one_address_share_one_connection() -> None:
    async def body(ports: Ports) -> None:
        port = free_port()
        async with served(ModbusTcpServer([sim_device(1), sim_device(2)], address=("127.0.0.1", port))):
            first, second, stranger = ports.new(port=port), ports.new(port=port, unit_id=2), ports.new(port=port, unit_id=9)
            await asyncio.gather(first.connect(2.0), second.connect(2.0), stranger.connect(2.0))
            requests = [read(i) for i in range(30)]
            a, b, c = await asyncio.gather(
                first.run(requests, 1.0, 5.0), second.run(requests, 1.0, 5.0), stranger.run(requests[:1], 1.0, 5.0)
            )
            assert values(a, requests) == [[1000 + i] for i in range(30)]
            assert values(b, requests) == [[2000 + i] for i in range(30)]
            fault = fault_of(requests[0], c[0].pdu)
            assert fault is not None
            assert fault.exception_code
            first.close()
            assert values([await one(second, read(5))], [read(5)]) == [[2005]]

    run(body)


@pytest.mark.parametrize(("own", "connections"), [(False, 1), (True, 2)])
def test_devices_share_a_connection_unless_they_ask_for_their_own(own: bool, connections: int) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [(0, mbap_answer(f))])) as peer:
            for unit in (1, 2):
                port = await ports.open(port=peer.port, unit_id=unit, connection="own" if own else "shared")
                assert values([await one(port, read(7))], [read(7)]) == [[7]]
            assert peer.connections == connections

    run(body)


def test_pipelined_requests_are_answered_in_any_order() -> None:
    waiting: list[bytes] = []

    def answering(frame: bytes) -> list[tuple[float, bytes]]:
        waiting.append(frame)
        if len(waiting) < 4:
            return []
        out = b"".join(mbap_answer(f) for f in reversed(waiting))
        waiting.clear()
        return [(0, out[:50]), (5, out[50:])]

    async def body(ports: Ports) -> None:
        async with listening(Device(answering)) as peer:
            port = await ports.open(port=peer.port, in_flight=4)
            requests = [read(i, 10) for i in range(40)]
            assert values(await port.run(requests, 1.0, 5.0), requests) == [list(range(i, i + 10)) for i in range(40)]

    run(body)


def test_a_late_answer_is_dropped_counted_and_its_lateness_told() -> None:
    async def body(ports: Ports) -> None:
        delays = iter([160.0, 160.0, 0.0])
        async with listening(Device(lambda f: [(next(delays), mbap_answer(f))])) as peer:
            port = await ports.open(port=peer.port)
            first, second = await one(port, read(1), 0.1), await one(port, read(2), 0.1)
            assert said(first) == "no answer within 100 ms"
            assert "too late, raise timeout_ms" in said(second)
            assert values([await one(port, read(3), 0.1)], [read(3)]) == [[3]]
            await until(lambda: port.discarded == 2)
            assert ports.lost == []

    run(body)


@pytest.mark.parametrize(
    ("answering", "status", "text"),
    [
        (lambda f: [(0, mbap_frame(9999, 1, b"\3\2\0\1"))], Status.BAD_COMMUNICATION_ERROR, "transaction id 9999 instead of 1"),
        (lambda f: [(0, f[:2] + b"\0\0\0\5\7\3\2\0\1")], Status.BAD_COMMUNICATION_ERROR, "unit 7 answered instead of 1"),
        (lambda f: [(0, mbap_answer(f, b"\4\2\0\1"))], Status.BAD_DECODING_ERROR, "function 4 to a request of function 3"),
        (lambda f: [(0, mbap_answer(f, b"\3\4\0\1\0\2"))], Status.BAD_DECODING_ERROR, "6 bytes instead of 4"),
        (lambda f: [(0, mbap_answer(f)[:-1])], Status.BAD_COMMUNICATION_ERROR, "stopped after 10 of 11 bytes"),
        (lambda f: [(0, b"SSH-2.0-OpenSSH_9.2\r\n")], Status.BAD_COMMUNICATION_ERROR, "not Modbus TCP"),
        (lambda f: [(0, HANG_UP)], Status.BAD_COMMUNICATION_ERROR, "the device closed the connection"),
        (lambda f: [], Status.BAD_TIMEOUT, "no answer within 150 ms"),
    ],
    ids=["number", "unit", "function", "length", "short", "garbage", "closed", "silent"],
)
def test_what_a_device_does_wrong_is_named_and_survived(
    answering: Callable[[bytes], list[tuple[float, bytes]]], status: Status, text: str
) -> None:
    async def body(ports: Ports) -> None:
        peer = Device(answering)
        async with listening(peer):
            port = await ports.open(port=peer.port)
            answer = await one(port, read(1), 0.15)
            assert answer.fault is not None
            assert answer.fault.status is status
            assert text in said(answer)
            peer.answering = lambda f: [(0, mbap_answer(f))]
            await port.connect(2.0)
            assert values([await one(port, read(4))], [read(4)]) == [[4]]

    run(body)


def test_an_answer_that_drips_is_put_together() -> None:
    def answering(frame: bytes) -> list[tuple[float, bytes]]:
        return [(1 + 2 * i, bytes((byte,))) for i, byte in enumerate(mbap_answer(frame))]

    async def body(ports: Ports) -> None:
        async with listening(Device(answering)) as peer:
            port = await ports.open(port=peer.port)
            requests = [read(3, 4), read(5)]
            assert values(await port.run(requests, 1.0, 5.0), requests) == [[3, 4, 5, 6], [5]]
            assert port.discarded == 0

    run(body)


def test_a_reset_connection_is_told_at_once_to_every_unit() -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda _: [])) as peer:
            first, second = await ports.open(port=peer.port), await ports.open(port=peer.port, unit_id=2)
            waiting = asyncio.gather(one(first, read(1), 30.0), one(second, read(1), 30.0))
            await until(lambda: len(peer.requests) == 1)
            peer.writers[0].get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.writers[0].transport.abort()
            async with asyncio.timeout(2.0):
                a, b = await waiting
            assert said(a) == said(b)
            assert "the device" in said(a)
            assert b.unsent
            assert len(ports.lost) == 2

    run(body)


def test_a_dead_unit_behind_a_gateway_leaves_the_others_their_share() -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [] if f[6] == 1 else [(2, mbap_answer(f))])) as peer:
            dead, *others = [await ports.open(port=peer.port, unit_id=unit) for unit in (1, 2, 3)]
            ended = False

            async def keep_asking() -> int:
                silent = 0
                while not ended:
                    silent += sum(a.fault is not None for a in await dead.run([read(1)], 0.1, 0.3))
                return silent

            asking = asyncio.create_task(keep_asking())
            requests = [read(i) for i in range(50)]
            results = await asyncio.gather(*(p.run(requests, 1.0, 10.0) for p in others))
            ended = True
            assert await asking >= 1
            for answers in results:
                assert values(answers, requests) == [[i] for i in range(50)]

    run(body)


def test_why_there_is_no_connection_is_said() -> None:
    async def body(ports: Ports) -> None:
        port = free_port()
        with pytest.raises(LinkError, match=f"127.0.0.1:{port} refuses the connection; check the port") as refused:
            await ports.open(port=port)
        assert "отказывает" in refused.value.text.ru
        with pytest.raises(LinkError, match=r"the name plc\.invalid is unknown .*; check host"):
            await ports.open(host="plc.invalid", port=port)
        with pytest.raises(LinkError, match=r"no route to 255\.255|no connection to 255\.255"):
            await ports.open(host="255.255.255.255", port=port)

    run(body)


def test_a_server_that_never_accepts_is_given_up_in_time() -> None:
    async def body(ports: Ports) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            with contextlib.ExitStack() as stack:
                for _ in range(4):  # fill the queue of the listener, so that the next one gets no answer
                    filler = stack.enter_context(socket.socket())
                    filler.setblocking(False)
                    filler.connect_ex(("127.0.0.1", port))
                unit = ports.new(port=port)
                with pytest.raises(LinkError, match="does not answer within 200 ms; check that the device is on"):
                    await unit.connect(0.2)

    run(body)


@pytest.mark.parametrize("transport", ["tcp", "rtu_over_tcp"])
@pytest.mark.parametrize("answered", [True, False])
def test_what_was_not_answered_cannot_arrive_after_the_connection_was_given_up(transport: str, answered: bool) -> None:
    """With a reset the system forgets what it would otherwise go on sending when the network is back."""

    async def body(ports: Ports) -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            unit = await ports.open(transport=transport, port=listener.getsockname()[1])
            peer, _ = await loop.sock_accept(listener)
            with peer:
                asked = asyncio.create_task(one(unit, read(4), 5.0 if answered else 0.05))
                frame = await loop.sock_recv(peer, 100)
                if answered:
                    await loop.sock_sendall(peer, (rtu_answer if transport == "rtu_over_tcp" else mbap_answer)(frame))
                assert ((await asked).fault is None) is answered
                unit.close()
                if answered:
                    assert await loop.sock_recv(peer, 100) == b""
                else:
                    with pytest.raises(ConnectionResetError):
                        await loop.sock_recv(peer, 100)

    run(body)
