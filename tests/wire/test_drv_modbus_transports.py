"""Modbus channels over real sockets and serial lines: pymodbus servers, and devices that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import pytest
from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer, ModbusTlsServer
from pymodbus.simulator import DataType, SimData, SimDevice
from serial import Serial

from line.clock import SystemClock
from line.devices import ModbusDevice, SerialPort, TlsFiles
from line.documents import Text
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
from plc_drivers.modbus.pool import ChannelPool
from plc_drivers.modbus.port import Answer, UnitPort
from plc_drivers.modbus.serial_line import port_fault
from tests.waiting import until
from tests.wire.modbus_peers import HANG_UP, Authority, Device, listening, mbap_answer, null_modem, rtu_answer, serial_line

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.asynccontextmanager
async def served(server: ModbusTcpServer | ModbusSerialServer) -> AsyncIterator[None]:
    await server.serve_forever(background=True)
    try:
        yield
    finally:
        await server.shutdown()
        await asyncio.sleep(0)


# Modbus TCP -------------------------------------------------------------------------------------------------------------------


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
            assert "too late; raise timeout_ms" in said(second)
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


# TLS --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority and its certificates; ``stranger`` is of another one."""
    folder = tmp_path_factory.mktemp("pki")
    authority = Authority.create(folder, "plant-ca")
    for name in ("plc", "potok", "elsewhere"):
        authority.issue(name)
    authority.issue("expired", -10, -5)
    authority.issue("locked", password=b"secret")
    Authority.create(folder, "other-ca").issue("stranger")
    (folder / "empty.pem").write_text("nothing\n")
    return authority


def tls(port: int, **files: str) -> dict[str, object]:
    given = {"ca": "plant-ca.pem", "certificate": "potok.pem", "key": "potok.key", **files}
    return {"transport": "tls", "port": port, "tls": TlsFiles(**given)}


def test_modbus_security_with_certificates_on_both_sides(pki: Authority) -> None:
    async def body(ports: Ports) -> None:
        port = free_port()
        server = ModbusTlsServer([sim_device(1)], address=("127.0.0.1", port), sslctx=pki.server_context("plc"))
        async with served(server):
            unit = await ports.open(**tls(port))
            requests = [read(i, 100) for i in range(20)]
            assert values(await unit.run(requests, 1.0, 5.0), requests)[19] == list(range(1019, 1119))

    run(body, pki.folder)


def test_a_certificate_may_carry_a_name_of_its_own(pki: Authority) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [(0, mbap_answer(f))]), pki.server_context("elsewhere")) as peer:
            with pytest.raises(LinkError, match=r"is not made out to 127\.0\.0\.1; write the name .* tls\.server_name"):
                await ports.open(**tls(peer.port))
            unit = await ports.open(**tls(peer.port, server_name="elsewhere"), connection="own")
            assert values([await one(unit, read(4))], [read(4)]) == [[4]]

    run(body, pki.folder)


@pytest.mark.parametrize(
    ("server", "files", "text"),
    [
        ("expired", {}, "has expired or is not valid yet; renew it there"),
        ("plc", {"ca": "other-ca.pem"}, r"is not trusted: its issuer is not in \S*other-ca.pem; add that certificate"),
        ("plc", {"ca": "missing.pem"}, r"\S*missing.pem cannot be read \(No such file"),
        ("plc", {"ca": "empty.pem"}, r"\S*empty.pem holds no certificate in PEM format"),
        ("plc", {"certificate": "empty.pem"}, r"\S*empty.pem holds no certificate in PEM format"),
        ("plc", {"key": "empty.pem"}, r"\S*empty.pem holds no private key in PEM format"),
        ("plc", {"key": "plc.key"}, r"the key \S*plc.key does not belong to the certificate \S*potok.pem"),
        ("plc", {"certificate": "expired.pem", "key": "expired.key"}, r"our certificate \S*expired.pem is valid from .* renew"),
        ("plc", {"certificate": "locked.pem", "key": "locked.key"}, r"the key \S*locked.key is encrypted"),
    ],
)
def test_which_file_is_at_fault_is_said(pki: Authority, server: str, files: dict[str, str], text: str) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [(0, mbap_answer(f))]), pki.server_context(server)) as peer:
            with pytest.raises(LinkError, match=text) as failure:
                await ports.open(**tls(peer.port, **files))
            assert failure.value.text.ru != failure.value.text.en

    run(body, pki.folder)


def refuse_one(listener: socket.socket, context: ssl.SSLContext) -> str:
    """Take one connection, find fault with its certificate and say so, as devices do. Returns what the handshake said."""
    connection, _ = listener.accept()
    with connection:
        try:
            with context.wrap_socket(connection, server_side=True):
                return "accepted"
        except ssl.SSLError as error:
            return str(error.reason)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_device_that_refuses_our_certificate_names_it(pki: Authority, version: ssl.TLSVersion) -> None:
    async def body(ports: Ports) -> None:
        context = pki.server_context("plc")
        context.maximum_version = version
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            refusing = asyncio.create_task(asyncio.to_thread(refuse_one, listener, context))
            try:
                await ports.open(**tls(listener.getsockname()[1], certificate="stranger.pem", key="stranger.key"))
            except LinkError as error:
                reason = str(error)
            else:  # with TLS 1.3 the server judges after we are through
                await until(lambda: bool(ports.lost))
                reason = ports.lost[0].en
            assert await refusing == "CERTIFICATE_VERIFY_FAILED"
            assert "refuses our certificate" in reason
            assert "stranger.pem" in reason

    run(body, pki.folder)


def test_a_device_that_hangs_up_without_a_word_leaves_a_hint(pki: Authority) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda _: [(0, HANG_UP)]), pki.server_context("plc")) as peer:
            answer = await one(await ports.open(**tls(peer.port)), read(1))
            assert "closed the connection; if at once after it was made, check that the device accepts" in said(answer)

    run(body, pki.folder)


def test_there_is_no_way_back_to_a_connection_without_tls(pki: Authority) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [(0, mbap_answer(f))])) as peer:
            with pytest.raises(LinkError) as failure:
                await ports.new(**tls(peer.port)).connect(0.3)
            assert "TLS" in str(failure.value) or "does not answer" in str(failure.value)

    run(body, pki.folder)


# RTU --------------------------------------------------------------------------------------------------------------------------


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


def test_a_port_without_permission_names_the_group() -> None:
    text = port_fault("/dev/ttyUSB0", PermissionError(errno.EACCES, "Permission denied"))
    assert "dialout" in text.ru
    assert text.en.startswith("no permission for the port /dev/ttyUSB0; add the service's user to the group dialout")


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
