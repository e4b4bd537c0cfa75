"""Ways to reach an endpoint: TCP, TLS, serial port. What goes wrong is said so that a person can act on it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from line.documents import Text
from plc_drivers.link import LinkError
from plc_drivers.modbus.names import NameLookup, no_name_yet

KEEPALIVE_IDLE_S: Final = 5
KEEPALIVE_INTERVAL_S: Final = 2
KEEPALIVE_COUNT: Final = 3
UNACKNOWLEDGED_MS: Final = 10_000
"""A connection whose data nobody acknowledges for so long is dead (TCP_USER_TIMEOUT, Linux)."""

PEER_CLOSED: Final = Text(ru="устройство закрыло соединение", en="the device closed the connection")


@dataclass(frozen=True)
class TcpWire:
    """Modbus TCP, or RTU over TCP."""

    host: str
    port: int

    @property
    def place(self) -> str:
        return place_of(self.host, self.port)

    @cached_property
    def lookup(self) -> NameLookup:
        """Outlives an attempt to connect."""
        return NameLookup(self.host, self.port)

    async def open(self, protocol: asyncio.Protocol) -> asyncio.Transport:
        connected = await self.connected()
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, sock=connected)
        return transport

    def loss(self, error: Exception | None) -> Text:
        return loss_text(error)

    def late(self, timeout_ms: int) -> Text:
        return no_name_yet(self.host, timeout_ms) if self.lookup.pending else no_answer(self.place, timeout_ms)

    async def connected(self) -> socket.socket:
        """A TCP connection without Nagle's delay and with keep-alive. Tries every address of the host. Raises LinkError."""
        error: OSError | None = None
        for family, address in await self.lookup.addresses():
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                tune(sock)
                await asyncio.get_running_loop().sock_connect(sock, address)
            except OSError as failure:
                sock.close()
                error = error or failure
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise LinkError(refusal(self.place, error or OSError(f"{self.host} has no address")))


def place_of(host: str, port: int) -> str:
    """An endpoint as people write it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def tune(sock: socket.socket) -> None:
    """No waiting for more to send; a peer that vanished is noticed within about ten seconds."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if sys.platform == "linux":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_COUNT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


def discard(transport: asyncio.Transport) -> None:
    """What the system still holds of our requests is not sent any more once ``transport`` is closed.

    It would otherwise be delivered when the network is back: a write that happens seconds after people were told that it failed.
    """
    sock = transport.get_extra_info("socket")
    if sock is not None:  # a serial port has none
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0))


def no_answer(place: str, ms: int) -> Text:
    """Nothing was heard of the attempt to connect."""
    return Text(
        ru=f"{place} не отвечает {ms} мс; проверьте, включено ли устройство и есть ли до него сеть",
        en=f"{place} does not answer within {ms} ms; check that the device is on and the network reaches it",
    )


def refusal(place: str, error: OSError) -> Text:
    """Why no TCP connection came about."""
    if isinstance(error, ConnectionRefusedError):
        return Text(
            ru=f"{place} отказывает в соединении; проверьте порт и включён ли на устройстве сервер Modbus",
            en=f"{place} refuses the connection; check the port, and that the device's Modbus server is on",
        )
    if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
        return Text(
            ru=f"нет маршрута до {place}; проверьте адрес, кабель и настройки сети этого компьютера",
            en=f"there is no route to {place}; check the address, the cable and this computer's network settings",
        )
    if error.errno == errno.ETIMEDOUT:
        return Text(
            ru=f"{place} не отвечает; проверьте, включено ли устройство и есть ли до него сеть",
            en=f"{place} does not answer; check that the device is on and the network reaches it",
        )
    return Text(ru=f"нет соединения с {place}: {error}", en=f"no connection to {place}: {error}")


def loss_text(error: Exception | None) -> Text:
    """Why an open TCP connection is gone."""
    if error is None:
        return PEER_CLOSED
    if isinstance(error, ConnectionResetError):
        return Text(ru="устройство сбросило соединение", en="the device reset the connection")
    if isinstance(error, TimeoutError):
        return Text(ru="устройство пропало из сети", en="the device has vanished from the network")
    return Text(ru=f"соединение потеряно: {error}", en=f"the connection is lost: {error}")
