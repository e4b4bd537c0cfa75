"""Recordings: the process image of every scan, to the bit, for running changed alarms over it again (``docs/howto/what-if.md``).

A recording holds value, status and source time of every tag in every scan, and as marks the events of the engine and the
faults that were injected. It is written scan by scan with bounded memory: chunks of a minute, each with its own checksum, so that
what a killed process leaves is readable to its last whole chunk. Not recorded: texts, and when a value was last *confirmed*
(``server_ns``, ``alive_ns``), which says nothing that the status does not; replayed images carry the source time there.

File: ``POTOKREC``, then chunks ``name[4] · u32 length · u32 crc32 · zlib body``, little endian: one ``HEAD``, then ``MARK``
(JSON) and ``IMGS`` in turn, at an orderly end ``DONE``. In ``IMGS`` the changes stand tag by tag, each value as exclusive or with
the one before it, columns byte plane by byte plane: measured noise then packs better by a quarter.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from line.documents import FileModel
from line.image import NO_STRINGS, IntArray, Snapshot
from line.messages import Event, JsonObject
from line.quality import Status

MAGIC: Final = b"POTOKREC"
SCHEMA: Final = 1
FAULT_MARK: Final = "fault"
"""Kind of the mark of an injected fault; ``source`` is its target, ``data`` has ``what`` (began, ended), ``name``, ``value`` and
``nuisance`` (:class:`simulators.faults.FaultDef`). All other marks are events of the engine as they were journalled."""

_SCANS_PER_CHUNK: Final = 240
_CHANGES_PER_CHUNK: Final = 1 << 17
_BODY_MAX: Final = 1 << 28
_LEVEL: Final = 4
_FRAME: Final = struct.Struct("<4sII")
_COUNTS: Final = struct.Struct("<II")

_ItemT = TypeVar("_ItemT", bound=np.generic)


class RecordingError(ValueError):
    """A file that is no recording, or one that cannot be used; the message says what to do."""


class Header(FileModel):
    """What a recording is of. ``alarms`` is the version of the alarm configuration that was in force, ``start_ns`` UTC."""

    schema_version: int
    line: str
    scan_period_ms: int
    start_ns: int
    alarms: str
    tags: tuple[str, ...]


class _SavedMark(FileModel):
    seq: int
    time_ns: int
    kind: str
    source: str
    unit: str
    batch: str
    data: Mapping[str, Any]


class _SavedMarks(FileModel):
    marks: tuple[_SavedMark, ...]


@dataclass(frozen=True, eq=False)
class _Changes:
    """What one scan changed: handles ascending, value bits as exclusive or with those before, the new status and source time."""

    handles: npt.NDArray[np.uint32]
    bits: npt.NDArray[np.uint64]
    status: npt.NDArray[np.uint32]
    age_ns: IntArray


def fresh_image(count: int) -> Snapshot:
    """The image before the first scan: every tag waits for its first value (:meth:`line.image.ImageRules.initial`)."""
    value = np.full(count, np.nan)
    status = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
    return _frozen(0, 0, value, status, np.zeros(count, dtype=np.int64))


class RecordingWriter:
    """Writes one recording into ``file``, which its caller opens and closes. Raises OSError when the disk does."""

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._file = file
        self._last = fresh_image(len(header.tags))
        self._scans: list[tuple[int, int]] = []
        self._changes: list[_Changes] = []
        self._change_count = 0
        self._marks: list[Event] = []
        file.write(MAGIC)
        self._chunk(b"HEAD", header.model_dump_json().encode())

    def image(self, image: Snapshot) -> None:
        """The next scan."""
        last = self._last
        bits, old_bits = image.value.view(np.uint64), last.value.view(np.uint64)
        changed = (bits != old_bits) | (image.status != last.status) | (image.source_ns != last.source_ns)
        handles = np.flatnonzero(changed)
        self._scans.append((image.scan, image.now_ns))
        self._changes.append(
            _Changes(
                handles.astype(np.uint32),
                bits[handles] ^ old_bits[handles],
                image.status[handles].astype(np.uint32),
                image.now_ns - image.source_ns[handles],
            )
        )
        self._change_count += len(handles)
        self._last = image
        if len(self._scans) >= _SCANS_PER_CHUNK or self._change_count >= _CHANGES_PER_CHUNK:
            self.flush()

    def mark(self, event: Event) -> None:
        """Something that happened between the image before and the one after."""
        self._marks.append(event)

    def flush(self) -> None:
        """Write out what is in memory; later scans begin a chunk of their own."""
        if self._marks:
            marks = [{"seq": e.seq, "time_ns": e.time_ns, "kind": e.kind, "source": e.source, "unit": e.unit, "batch": e.batch,
                      "data": e.data} for e in self._marks]  # fmt: skip
            self._chunk(b"MARK", json.dumps({"marks": marks}, ensure_ascii=False, separators=(",", ":")).encode())
            self._marks = []
        if self._scans:
            self._chunk(b"IMGS", _packed(self._scans, self._changes))
            self._scans, self._changes, self._change_count = [], [], 0
        self._file.flush()

    def finish(self) -> None:
        """Write what is left and that this is all; the file stays open."""
        self.flush()
        self._chunk(b"DONE", b"")
        self._file.flush()

    def _chunk(self, name: bytes, body: bytes) -> None:
        packed = zlib.compress(body, _LEVEL)
        self._file.write(_FRAME.pack(name, len(packed), zlib.crc32(packed)) + packed)


class RecordingReader:
    """Reads one recording from ``file``, which its caller opens and closes. Raises :class:`RecordingError` for any other file.

    ``marks`` grow while :meth:`images` is read: a mark is there before the image of its scan is. After the last image
    ``damage`` says why there is no more, and is empty after an orderly end.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.marks: list[Event] = []
        self.damage = ""
        if file.read(len(MAGIC)) != MAGIC:
            raise RecordingError("this is no recording; make one with potok shift LINE --record FILE")
        try:
            head = self._chunk()
        except RecordingError as error:
            raise RecordingError(f"nothing of it can be used: {error}") from None
        self.header: Final = _header(head)

    def images(self) -> Iterator[Snapshot]:
        """The image of every scan in order; ends without an error where the file is cut off or damaged."""
        last = fresh_image(len(self.header.tags))
        while True:
            try:
                name, body = self._chunk()
                if name == b"MARK":
                    self.marks += _marks(body)
                    continue
                if name == b"DONE":
                    return
                if name != b"IMGS":
                    raise RecordingError(f"it has a part named {name!r}, which this version does not know")
                chunk = _unpacked(body, last)
            except RecordingError as error:
                self.damage = str(error)
                return
            for last in chunk:
                yield last

    def _chunk(self) -> tuple[bytes, bytes]:
        frame = self._file.read(_FRAME.size)
        if len(frame) < _FRAME.size:
            raise RecordingError("the recording was not ended: the process was stopped, or the file is cut off")
        name, length, checksum = cast(tuple[bytes, int, int], _FRAME.unpack(frame))
        packed = self._file.read(length) if length <= _BODY_MAX else b""
        if len(packed) < length:
            raise RecordingError("the recording was not ended: the process was stopped, or the file is cut off")
        if zlib.crc32(packed) != checksum:
            raise RecordingError("a part of the file is damaged: its checksum is wrong")
        unpack = zlib.decompressobj()
        try:
            body = unpack.decompress(packed, _BODY_MAX)
        except zlib.error as error:
            raise RecordingError("a part of the file is damaged: it cannot be unpacked") from error
        if not unpack.eof:
            raise RecordingError("a part of the file is damaged: it has no end")
        return name, body


def _header(chunk: tuple[bytes, bytes]) -> Header:
    name, body = chunk
    try:
        raw = cast(object, json.loads(body)) if name == b"HEAD" else None
        version = cast(Mapping[str, object], raw).get("schema_version") if isinstance(raw, Mapping) else None
        if isinstance(version, int) and version > SCHEMA:
            raise RecordingError(f"the recording has format {version}, this version reads up to {SCHEMA}; use a newer one")
        return Header.model_validate(raw)
    except (ValidationError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise RecordingError("the head of the recording cannot be read; make it again") from error


def _marks(body: bytes) -> list[Event]:
    try:
        saved = _SavedMarks.model_validate_json(body)
    except ValidationError as error:
        raise RecordingError("a part of the file is damaged: its marks cannot be read") from error
    return [Event(m.seq, m.time_ns, m.kind, m.source, m.unit, m.batch, cast(JsonObject, m.data)) for m in saved.marks]


def _packed(scans: Sequence[tuple[int, int]], changes: Sequence[_Changes]) -> bytes:
    handles = np.concatenate([c.handles for c in changes])
    order = np.argsort(handles, kind="stable")
    scan = np.repeat(np.arange(len(changes), dtype=np.uint32), [len(c.handles) for c in changes])
    columns = (
        handles, scan, np.concatenate([c.bits for c in changes]), np.concatenate([c.status for c in changes]),
        np.concatenate([c.age_ns for c in changes]),
    )  # fmt: skip
    times = np.array(scans, dtype=np.int64).T
    return b"".join((
        _COUNTS.pack(len(scans), len(handles)), _planes(times[0]), _planes(times[1]), *(_planes(c[order]) for c in columns),
    ))  # fmt: skip


def _unpacked(body: bytes, before: Snapshot) -> Iterator[Snapshot]:
    """The images of one chunk, all of it checked before the first comes out."""
    if len(body) < _COUNTS.size:
        raise RecordingError("a part of the file is damaged: it is too short")
    scan_count, change_count = cast(tuple[int, int], _COUNTS.unpack_from(body))
    if len(body) != _COUNTS.size + 16 * scan_count + 28 * change_count:
        raise RecordingError("a part of the file is damaged: its length is wrong")
    parts = _Columns(body, _COUNTS.size)
    numbers, times = parts.take(np.int64, scan_count), parts.take(np.int64, scan_count)
    handles, scan = parts.take(np.uint32, change_count), parts.take(np.uint32, change_count)
    bits, status, age_ns = (
        parts.take(np.uint64, change_count), parts.take(np.uint32, change_count), parts.take(np.int64, change_count),
    )  # fmt: skip
    if change_count and (int(handles.max()) >= len(before.value) or int(scan.max()) >= scan_count):
        raise RecordingError("a part of the file is damaged: it names a tag or a scan that does not exist")
    order = np.argsort(scan, kind="stable")
    ends = np.searchsorted(scan[order], np.arange(scan_count + 1))
    changes = _Changes(handles[order], bits[order], status[order], age_ns[order])
    return _replayed(before, numbers.tolist(), times.tolist(), ends.tolist(), changes)


def _replayed(
    last: Snapshot, numbers: Sequence[int], times: Sequence[int], ends: Sequence[int], changes: _Changes
) -> Iterator[Snapshot]:
    for i, (number, now_ns) in enumerate(zip(numbers, times, strict=True)):
        begin, end = ends[i], ends[i + 1]
        if begin == end:
            last = Snapshot(number, now_ns, last.value, last.status, last.source_ns, last.source_ns, NO_STRINGS)
        else:
            handles = changes.handles[begin:end]
            value, status, source_ns = last.value.copy(), last.status.copy(), last.source_ns.copy()
            value.view(np.uint64)[handles] ^= changes.bits[begin:end]
            status[handles] = changes.status[begin:end]
            source_ns[handles] = now_ns - changes.age_ns[begin:end]
            last = _frozen(number, now_ns, value, status, source_ns)
        yield last


def _frozen(
    scan: int, now_ns: int, value: npt.NDArray[np.float64], status: npt.NDArray[np.uint32], source_ns: IntArray
) -> Snapshot:
    for array in (value, status, source_ns):
        array.flags.writeable = False
    return Snapshot(scan, now_ns, value, status, source_ns, source_ns, NO_STRINGS)


def _planes(column: npt.NDArray[Any]) -> bytes:
    """All first bytes, then all second ones: what is alike stands together."""
    little = np.ascontiguousarray(column, dtype=column.dtype.newbyteorder("<"))
    return np.ascontiguousarray(little.view(np.uint8).reshape(len(column), column.dtype.itemsize).T).tobytes()


class _Columns:
    """Takes columns of byte planes from a body one after another."""

    def __init__(self, body: bytes, position: int) -> None:
        self._body = body
        self._position = position

    def take(self, kind: type[_ItemT], count: int) -> npt.NDArray[_ItemT]:
        """The next column, of ``count`` elements."""
        size = np.dtype(kind).itemsize
        planes = np.frombuffer(self._body, np.uint8, count * size, self._position).reshape(size, count)
        self._position += count * size
        little = np.ascontiguousarray(planes.T).view(np.dtype(kind).newbyteorder("<"))
        return little.reshape(count).astype(kind)
