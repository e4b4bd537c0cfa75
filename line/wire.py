"""Messages between engine and server over a local socket: typed, length-prefixed, sans-IO.

Frame: ``u32 length · u8 type · body`` (big endian, length counts type and body). Images travel as raw little-endian arrays
behind a JSON head; everything else is JSON checked by pydantic on arrival, so that nothing malformed gets past this room.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from line.image import FloatArray, IntArray
from line.messages import Command, Event, JsonObject
from line.quality import StatusArray

MAX_FRAME_BYTES: Final = 32_000_000
_HEAD: Final = struct.Struct(">IB")


class WireError(ValueError):
    """Bytes that are no message; the connection they came over is to be closed."""


@dataclass(frozen=True)
class Hello:
    """Server → engine, first: the token of ``engine.json`` and the last event the server knows."""

    token: str
    after_seq: int


@dataclass(frozen=True)
class Submit:
    """Server → engine: a command that was authorised and range-checked."""

    command: Command


@dataclass(frozen=True)
class Welcome:
    """Engine → server, first: the line's description (``GET /api/line``) and the newest event."""

    line: str
    description: JsonObject
    last_seq: int


@dataclass(frozen=True, eq=False)
class Image:
    """Engine → server: the latest process image; images in between may have been left out."""

    scan: int
    now_ns: int
    value: FloatArray
    status: StatusArray
    source_ns: IntArray
    server_ns: IntArray
    strings: Mapping[int, str]


@dataclass(frozen=True)
class View:
    """Engine → server: a stage's view as it now is."""

    name: str
    data: JsonObject


@dataclass(frozen=True)
class Events:
    """Engine → server: events in order of ``seq``, durable already, none left out."""

    events: tuple[Event, ...]


@dataclass(frozen=True)
class Submitted:
    """Engine → server: a command was journalled (``ok``) or could not be taken, and why."""

    id: str
    ok: bool
    message: str = ""


Message: TypeAlias = Hello | Submit | Welcome | Image | View | Events | Submitted
_JsonMessage: TypeAlias = Hello | Submit | Welcome | View | Events | Submitted

_IMAGE_TYPE: Final = 0
_TYPES: Final[dict[int, type[_JsonMessage]]] = {1: Hello, 2: Submit, 3: Welcome, 4: View, 5: Events, 6: Submitted}
_NUMBERS: Final = {t: n for n, t in _TYPES.items()}
_ADAPTERS: Final[dict[int, TypeAdapter[_JsonMessage]]] = {n: TypeAdapter(t) for n, t in _TYPES.items()}


def encode(message: Message) -> bytes:
    """One frame. Raises WireError for a message that is too large."""
    if isinstance(message, Image):
        kind, body = _IMAGE_TYPE, _encode_image(message)
    else:
        kind = _NUMBERS[type(message)]
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    if len(body) + 1 > MAX_FRAME_BYTES:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {MAX_FRAME_BYTES}")
    return _HEAD.pack(len(body) + 1, kind) + body


def _plain(value: object) -> dict[str, object]:
    """A message, command or event as JSON has it. Not ``asdict``: that copies a view of thousands of alarms leaf by leaf."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} has no place in a message")
    return {f.name: getattr(value, f.name) for f in fields(value)}


class Decoder:
    """Bytes in as they come, messages out; keeps the incomplete rest."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Messages completed by ``data``. Raises WireError for bytes that no peer of ours sends."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._buffer)
            if not 1 <= length <= MAX_FRAME_BYTES:
                raise WireError(f"a frame announces {length} bytes")
            end = 4 + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[_HEAD.size : end])
            del self._buffer[:end]
            messages.append(_decode(kind, body))
        return messages


def _decode(kind: int, body: bytes) -> Message:
    if kind == _IMAGE_TYPE:
        return _decode_image(body)
    adapter = _ADAPTERS.get(kind)
    if adapter is None:
        raise WireError(f"unknown message type {kind}")
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise WireError(f"{_TYPES[kind].__name__}: {error.errors()[0]['msg']}") from error


def _encode_image(image: Image) -> bytes:
    strings = {str(h): s for h, s in image.strings.items()}
    head = json.dumps([image.scan, image.now_ns, len(image.value), strings], ensure_ascii=False).encode()
    arrays = (
        image.value.astype("<f8", copy=False),
        image.status.astype("<u4", copy=False),
        image.source_ns.astype("<i8", copy=False),
        image.server_ns.astype("<i8", copy=False),
    )
    return struct.pack(">I", len(head)) + head + b"".join(a.tobytes() for a in arrays)


_IMAGE_HEAD: Final = TypeAdapter(tuple[int, int, int, dict[int, str]])
_DtypeT = TypeVar("_DtypeT", bound=np.generic)


def _decode_image(body: bytes) -> Image:
    try:
        (head_bytes,) = struct.unpack_from(">I", body)
        scan, now_ns, count, strings = _IMAGE_HEAD.validate_json(body[4 : 4 + head_bytes])
        at = 4 + head_bytes
        if count < 0 or len(body) != at + count * 28:
            raise WireError("an image has the wrong size")

        def array(dtype: type[_DtypeT], width: int) -> npt.NDArray[_DtypeT]:
            nonlocal at
            result = np.frombuffer(body, dtype=np.dtype(dtype).newbyteorder("<"), count=count, offset=at).astype(dtype)
            at += width * count
            result.flags.writeable = False
            return result

        value = array(np.float64, 8)
        status = array(np.uint32, 4)
        source_ns = array(np.int64, 8)
        return Image(scan, now_ns, value, status, source_ns, array(np.int64, 8), strings)
    except (struct.error, ValidationError) as error:
        raise WireError("an image cannot be read") from error
