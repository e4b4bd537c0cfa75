"""Looks at the bytes of an OPC UA connection before the library does (OPC 10000-6 §7.1.2).

The library takes any eight bytes for the head of a message and waits for the rest of it, as long as garbage says that it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncua.client.ua_client import UASocketProtocol

from line.documents import Text
from plc_drivers.opcua import texts

HEAD_BYTES: Final = 8
LARGEST_BYTES: Final = 16 * 2**20
"""Of one chunk. Servers are asked for 64 KiB; some send more."""

_TYPES: Final = frozenset({b"ACK", b"ERR", b"OPN", b"CLO", b"MSG"})
_CHUNKS: Final = frozenset(b"FCA")
_SHOWN_BYTES: Final = 12


class StreamCheck:
    """Follows the chunks through the stream, whatever the pieces in which it comes."""

    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes | None:
        """None while it is OPC UA, else the first bytes of what is not. Nothing after that can be trusted."""
        position = 0
        while position < len(data):
            if self._left:
                taken = min(self._left, len(data) - position)
                self._left -= taken
                position += taken
                continue
            part = data[position : position + HEAD_BYTES - len(self._head)]
            self._head += part
            position += len(part)
            if not self._may_be_head():
                return (self._head + data[position:])[:_SHOWN_BYTES]
            if len(self._head) == HEAD_BYTES:
                self._left = int.from_bytes(self._head[4:], "little") - HEAD_BYTES
                self._head = b""
        return None

    def _may_be_head(self) -> bool:
        head = self._head
        if len(head) >= 4 and (head[:3] not in _TYPES or head[3] not in _CHUNKS):
            return False
        return len(head) < HEAD_BYTES or HEAD_BYTES <= int.from_bytes(head[4:], "little") <= LARGEST_BYTES


def vet(protocol: UASocketProtocol, on_garbage: Callable[[Text], None]) -> None:
    """From now on every byte that ``protocol`` receives is looked at; garbage is told, and ends the connection."""
    receive = protocol.data_received
    check = StreamCheck()

    def received(data: bytes) -> None:
        garbage = check.feed(data)
        if garbage is None:
            receive(data)
            return
        protocol.data_received = _deaf
        on_garbage(texts.not_opcua(garbage.hex(" ")))
        protocol.disconnect_socket()

    protocol.data_received = received


def _deaf(data: bytes) -> None:
    del data
