"""Modbus devices on real sockets and serial lines, well behaved or not, and the certificates for them."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import ssl
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plc_drivers.modbus.framing import crc_is_right, rtu_frame

Answering = Callable[[bytes], list[tuple[float, bytes]]]
"""What a device does with a request frame: bytes to send, each after so many milliseconds."""

HANG_UP = b""
"""Sent by a device: it closes the connection."""


@dataclass
class Device:
    """A raw server: hands each request frame to ``answering`` and sends what that says. ``rtu``: requests are RTU frames."""

    answering: Answering
    rtu: bool = False
    requests: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0
    port: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        loop = asyncio.get_running_loop()
        rest = b""
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while chunk := await reader.read(4096):
                frames, rest = split_requests(rest + chunk, rtu=self.rtu)
                for frame in frames:
                    self.requests.append(frame)
                    for after_ms, data in self.answering(frame):
                        if after_ms:
                            loop.call_later(after_ms / 1e3, self._send, writer, data)
                        else:
                            self._send(writer, data)
        writer.close()

    @staticmethod
    def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
        if data == HANG_UP:
            writer.close()
        elif not writer.is_closing():
            writer.write(data)


def split_requests(data: bytes, *, rtu: bool) -> tuple[list[bytes], bytes]:
    """Whole request frames, and what is left; RTU requests are eight bytes long here (reads and single writes)."""
    frames: list[bytes] = []
    while len(data) >= 8:
        length = 8 if rtu else 6 + int.from_bytes(data[4:6], "big")
        if len(data) < length:
            break
        frames.append(data[:length])
        data = data[length:]
    return frames, data


def registers(request: bytes) -> bytes:
    """The answer PDU of a device whose registers hold their own addresses; exception 2 from address 1000 on."""
    start, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    if start >= 1000:
        return bytes((request[0] | 0x80, 2))
    return bytes((request[0], 2 * count)) + b"".join((start + i).to_bytes(2, "big") for i in range(count))


def mbap_answer(frame: bytes, pdu: bytes | None = None) -> bytes:
    """The right answer to a Modbus TCP frame, or ``pdu`` under its number."""
    pdu = registers(frame[7:]) if pdu is None else pdu
    return frame[:4] + (len(pdu) + 1).to_bytes(2, "big") + frame[6:7] + pdu


def rtu_answer(frame: bytes) -> bytes:
    """The right answer to an RTU frame."""
    assert crc_is_right(frame)
    return rtu_frame(frame[0], registers(frame[1:-2]))


@contextlib.asynccontextmanager
async def listening(device: Device, context: ssl.SSLContext | None = None) -> AsyncIterator[Device]:
    """``device`` on a free port of 127.0.0.1."""
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0, ssl=context)
    device.port = server.sockets[0].getsockname()[1]
    try:
        yield device
    finally:
        server.close()
        for writer in device.writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def serial_line(answering: Answering) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A pseudo terminal with a device at the far end: the name of our end, and the requests that came."""
    far, near = os.openpty()
    tty.setraw(far)
    tty.setraw(near)
    loop = asyncio.get_running_loop()
    requests: list[bytes] = []
    rest = b""

    def send(data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(far, data)

    def readable() -> None:
        nonlocal rest
        try:
            rest += os.read(far, 4096)
        except OSError:  # nobody has the near end open
            return
        frames, rest = split_requests(rest, rtu=True)
        for frame in frames:
            requests.append(frame)
            for after_ms, data in answering(frame):
                loop.call_later(after_ms / 1e3, send, data)

    loop.add_reader(far, readable)
    try:
        yield os.ttyname(near), requests
    finally:
        loop.remove_reader(far)
        os.close(far)
        os.close(near)


@contextlib.contextmanager
def null_modem() -> Iterator[tuple[str, str]]:
    """Two serial ports, joined: what goes into one comes out of the other. Within an event loop."""
    ends = [os.openpty() for _ in range(2)]
    loop = asyncio.get_running_loop()

    def pass_on(source: int, target: int) -> None:
        with contextlib.suppress(OSError):  # nobody has the other end open
            os.write(target, os.read(source, 4096))

    for (far, near), (other, _) in zip(ends, reversed(ends), strict=True):
        tty.setraw(near)
        loop.add_reader(far, pass_on, far, other)
    try:
        yield os.ttyname(ends[0][1]), os.ttyname(ends[1][1])
    finally:
        for far, near in ends:
            loop.remove_reader(far)
            os.close(far)
            os.close(near)


@dataclass(frozen=True)
class Authority:
    """Makes certificates in a folder: ``NAME.pem`` and ``NAME.key``."""

    folder: Path
    name: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @staticmethod
    def create(folder: Path, name: str) -> Authority:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _builder(name, name, key, timedelta(days=-1), timedelta(days=1), ca=True).sign(key, hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return Authority(folder, name, key, certificate)

    def issue(self, name: str, first_day: int = -1, last_day: int = 1, password: bytes = b"") -> None:
        """A certificate for 127.0.0.1 and ``name``, valid from ``first_day`` to ``last_day`` from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, self.name, key, timedelta(days=first_day), timedelta(days=last_day), ca=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        (self.folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        (self.folder / f"{name}.key").write_bytes(pem)

    def server_context(self, name: str) -> ssl.SSLContext:
        """A server that shows certificate ``name`` and demands one of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        context.load_verify_locations(self.folder / f"{self.name}.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def _builder(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, first: timedelta, last: timedelta, *, ca: bool
) -> x509.CertificateBuilder:
    today = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + first)
        .not_valid_after(today + last)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names[:1] if name.startswith("elsewhere") else names), critical=False)
    )
