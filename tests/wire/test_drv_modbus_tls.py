"""Modbus/TCP Security over real sockets, with certificates made for the test."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl

import pytest
from pymodbus.server import ModbusTlsServer

from line.devices import TlsFiles
from plc_drivers.link import LinkError
from tests.ports import free_port
from tests.waiting import until
from tests.wire.modbus_peers import HANG_UP, Authority, Device, listening, mbap_answer
from tests.wire.modbus_ports import Ports, one, read, run, said, served, sim_device, values


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


@pytest.mark.parametrize("name", [".x", "a..b", "a" * 70])
def test_a_name_that_no_certificate_can_have_is_told_and_leaves_no_socket_open(pki: Authority, name: str) -> None:
    async def body(ports: Ports) -> None:
        async with listening(Device(lambda f: [(0, mbap_answer(f))]), pki.server_context("plc")) as peer:
            with pytest.raises(LinkError, match=r"cannot be a name in a certificate; correct tls\.server_name or host"):
                await ports.open(**tls(peer.port, server_name=name))

    run(body, pki.folder)


def test_a_pipe_in_place_of_a_certificate_holds_up_nobody(pki: Authority) -> None:
    pipe = pki.folder / "pipe.pem"
    os.mkfifo(pipe)

    async def body(ports: Ports) -> None:
        with pytest.raises(LinkError, match=r"pipe.pem cannot be read \(not a file\)"):
            await ports.open(**tls(free_port(), ca="pipe.pem"))

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
