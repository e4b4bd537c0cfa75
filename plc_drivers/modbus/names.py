"""Host names into addresses, without anybody waiting for a name server but the one who asked."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from collections.abc import Sequence

from line.documents import Text
from plc_drivers.link import LinkError

Address = tuple[socket.AddressFamily, tuple[object, ...]]


class NameLookup:
    """The addresses of one host.

    A name server that does not answer holds a look-up for many seconds, longer than an attempt to connect may take: the question
    then goes on, and the next attempt takes its answer. It has a thread of its own, so that it takes none from other names or
    from the journal, and keeps no process from ending.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._asked: asyncio.Future[Sequence[Address] | Exception] | None = None

    @property
    def pending(self) -> bool:
        """True while the name server has not answered."""
        return self._asked is not None and not self._asked.done()

    async def addresses(self) -> Sequence[Address]:
        """The addresses of the host, the best first; a numeric one at once. Raises LinkError."""
        with contextlib.suppress(ValueError):
            return [(family_of(self._host), (self._host, self._port))]
        if self._asked is None:
            self._asked = self._ask()
        found = await asyncio.shield(self._asked)
        self._asked = None
        if isinstance(found, Exception):
            raise LinkError(unknown_host(self._host, found))
        return found

    def _ask(self) -> asyncio.Future[Sequence[Address] | Exception]:
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[Sequence[Address] | Exception] = loop.create_future()

        def tell(answer: Sequence[Address] | Exception) -> None:
            if not asked.done():
                asked.set_result(answer)

        def look_up() -> None:
            answer: Sequence[Address] | Exception
            try:
                answer = [(info[0], info[4]) for info in socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)]
            except (OSError, ValueError) as error:  # a name that cannot be one is a UnicodeError, which is a ValueError
                answer = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(tell, answer)

        threading.Thread(target=look_up, name=f"look up {self._host}", daemon=True).start()
        return asked


def family_of(host: str) -> socket.AddressFamily:
    """Of a numeric address. Raises ValueError for a name."""
    return socket.AF_INET6 if ipaddress.ip_address(host).version == 6 else socket.AF_INET


def unknown_host(host: str, error: Exception) -> Text:
    """The name cannot be resolved."""
    return Text(
        ru=f"имя {host} не найдено ({error}); проверьте host или укажите адрес IP",
        en=f"the name {host} is unknown ({error}); check host, or write an IP address",
    )


def no_name_yet(host: str, ms: int) -> Text:
    """The name server takes its time."""
    return Text(
        ru=f"сервер имён не ответил за {ms} мс на запрос имени {host}; проверьте настройки сети или укажите адрес IP",
        en=f"no name server answered within {ms} ms for the name {host}; check the network settings, or write an IP address",
    )
