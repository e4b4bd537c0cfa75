"""The format of recordings: the same bits come back, whatever was in the image, and from a file that was cut off as well."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.image import NO_STRINGS, Snapshot
from line.messages import Event
from line.recording import (
    FAULT_MARK,
    MAGIC,
    SCHEMA,
    Header,
    RecordingError,
    RecordingReader,
    RecordingWriter,
    fresh_image,
)
from tests.builders import T0_NS, S

TAGS = ("A.One", "A.Two", "B.Three", "Util.Four")
HEADER = Header(schema_version=SCHEMA, line="test", scan_period_ms=250, start_ns=T0_NS, alarms="abc", tags=TAGS)
PERIOD_NS = S // 4

Cell = tuple[int, int, int]
BITS = st.integers(0, 2**64 - 1) | st.sampled_from([0, 1 << 63, 0x7FF8000000000000, 0x7FF0000000000001, 0xFFF8000000000123])
STAMPS = st.integers(-(2**63), 2**63 - 1) | st.integers(T0_NS - 10 * S, T0_NS + 10 * S)
CELL: st.SearchStrategy[Cell] = st.tuples(BITS, st.integers(0, 2**32 - 1) | st.sampled_from([0, 0x80350000]), STAMPS)
SCAN = st.tuples(STAMPS, st.dictionaries(st.integers(0, len(TAGS) - 1), CELL))


def images(scans: Sequence[tuple[int, dict[int, Cell]]]) -> list[Snapshot]:
    """The images of scans that each change some cells of the one before."""
    made: list[Snapshot] = []
    last = fresh_image(len(TAGS))
    for number, (now_ns, cells) in enumerate(scans, 1):
        value, status, source_ns = last.value.copy(), last.status.copy(), last.source_ns.copy()
        for handle, (bits, code, stamp) in cells.items():
            value.view(np.uint64)[handle] = bits
            status[handle] = code
            source_ns[handle] = stamp
        last = Snapshot(number, now_ns, value, status, source_ns, source_ns, NO_STRINGS)
        made.append(last)
    return made


def steady(count: int) -> list[Snapshot]:
    """Scans one period apart in which one tag counts."""
    return images([(T0_NS + i * PERIOD_NS, {0: (i, 0, T0_NS + i * PERIOD_NS)}) for i in range(count)])


def recorded(scans: Sequence[Snapshot], marks: Sequence[Event] = (), *, whole: bool = True) -> bytes:
    file = io.BytesIO()
    writer = RecordingWriter(file, HEADER)
    for mark in marks:
        writer.mark(mark)
    for image in scans:
        writer.image(image)
    if whole:
        writer.finish()
    return file.getvalue()


def assert_same(back: Sequence[Snapshot], scans: Sequence[Snapshot]) -> None:
    assert [(b.scan, b.now_ns) for b in back] == [(i.scan, i.now_ns) for i in scans]
    for one, other in zip(back, scans, strict=True):
        for name in ("value", "status", "source_ns"):
            got, wanted = getattr(one, name), getattr(other, name)
            assert got.dtype == wanted.dtype
            assert got.tobytes() == wanted.tobytes(), name


@given(st.lists(SCAN, max_size=12), st.sets(st.integers(0, 11)))
def test_every_bit_comes_back_wherever_a_chunk_ends(scans: list[tuple[int, dict[int, Cell]]], flushes: set[int]) -> None:
    file = io.BytesIO()
    writer = RecordingWriter(file, HEADER)
    wanted = images(scans)
    for i, image in enumerate(wanted):
        writer.image(image)
        if i in flushes:
            writer.flush()
    writer.finish()
    file.seek(0)
    reader = RecordingReader(file)
    assert_same(list(reader.images()), wanted)
    assert reader.header == HEADER
    assert reader.damage == ""


def test_images_are_read_only_and_say_when_they_were_true() -> None:
    image = next(iter(RecordingReader(io.BytesIO(recorded(steady(3)))).images()))
    assert image.server_ns is image.source_ns
    for array in (image.value, image.status, image.source_ns):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_scan_without_changes_shares_the_arrays_of_the_one_before() -> None:
    first = steady(1)[0]
    same = replace(first, scan=2, now_ns=first.now_ns + PERIOD_NS)
    one, other = RecordingReader(io.BytesIO(recorded([first, same]))).images()
    assert other.value is one.value
    assert other.now_ns == one.now_ns + PERIOD_NS


def test_marks_come_back_in_order_before_the_image_of_their_scan() -> None:
    marks = [
        Event(0, T0_NS, FAULT_MARK, "A.One", "A", "", {"what": "began", "name": "freeze", "value": None, "nuisance": False}),
        Event(7, T0_NS, "alarm", "A.One.high", "A", "B-1", {"text": {"ru": "Выше", "en": "High"}, "limit": 4.5}),
    ]
    reader = RecordingReader(io.BytesIO(recorded(steady(2), marks)))
    assert reader.marks == []
    replay = reader.images()
    next(replay)
    assert reader.marks == marks


def test_memory_of_the_writer_is_bounded() -> None:
    file = io.BytesIO()
    writer = RecordingWriter(file, HEADER)
    sizes: list[int] = []
    for image in steady(1000):
        writer.image(image)
        sizes.append(len(file.getvalue()))
    grew = [i for i, (a, b) in enumerate(pairwise(sizes)) if b > a]
    assert grew == [238, 478, 718, 958], "a chunk every 240 scans"


def test_a_file_that_was_cut_off_is_readable_to_its_last_whole_chunk() -> None:
    scans = steady(600)
    whole = recorded(scans)
    for cut in range(len(recorded([])) - 20, len(whole), 7):
        try:
            reader = RecordingReader(io.BytesIO(whole[:cut]))
        except RecordingError:
            assert cut < len(recorded([]))
            continue
        back = list(reader.images())
        assert len(back) in (0, 240, 480, 600)
        assert_same(back, scans[: len(back)])
        assert "not ended" in reader.damage


def test_a_writer_that_was_killed_leaves_whole_chunks() -> None:
    scans = steady(500)
    reader = RecordingReader(io.BytesIO(recorded(scans, whole=False)))
    assert_same(list(reader.images()), scans[:480])
    assert "not ended" in reader.damage


def test_damage_ends_the_reading_and_is_told() -> None:
    scans = steady(600)
    whole = bytearray(recorded(scans))
    whole[-40] ^= 0x10
    reader = RecordingReader(io.BytesIO(bytes(whole)))
    back = list(reader.images())
    assert_same(back, scans[: len(back)])
    assert len(back) < 600
    assert "checksum" in reader.damage


@given(st.binary(max_size=300))
def test_no_bytes_after_the_head_make_it_fail(junk: bytes) -> None:
    head = recorded([], whole=False)
    reader = RecordingReader(io.BytesIO(head + junk))
    assert list(reader.images()) == []
    assert reader.damage


@given(st.sampled_from([b"IMGS", b"MARK"]), st.binary(max_size=200) | st.builds(
    lambda n, m, rest: struct.pack("<II", n, m) + bytes(16 * n + 28 * m) + rest, st.integers(0, 3), st.integers(0, 3),
    st.sampled_from([b"", b"x"]),
))  # fmt: skip
def test_a_chunk_with_a_good_checksum_and_bad_content_is_damage(name: bytes, body: bytes) -> None:
    packed = zlib.compress(body)
    chunk = struct.pack("<4sII", name, len(packed), zlib.crc32(packed)) + packed
    reader = RecordingReader(io.BytesIO(recorded([], whole=False) + chunk))
    for image in reader.images():
        assert len(image.value) == len(TAGS)
    assert reader.damage


def test_a_chunk_of_another_table_is_damage() -> None:
    body = struct.pack("<II", 1, 1) + bytes(16) + struct.pack("<II", 4, 0)[:4] + bytes(24)
    planes = bytearray(body)
    packed = zlib.compress(bytes(planes))
    chunk = struct.pack("<4sII", b"IMGS", len(packed), zlib.crc32(packed)) + packed
    reader = RecordingReader(io.BytesIO(recorded([], whole=False) + chunk))
    assert list(reader.images()) == []
    assert "tag or a scan that does not exist" in reader.damage


def with_head(head: object) -> io.BytesIO:
    packed = zlib.compress(json.dumps(head).encode())
    return io.BytesIO(MAGIC + struct.pack("<4sII", b"HEAD", len(packed), zlib.crc32(packed)) + packed)


@pytest.mark.parametrize(("file", "says"), [
    (io.BytesIO(b""), "no recording"),
    (io.BytesIO(b"line: sausage\n"), "no recording"),
    (io.BytesIO(MAGIC), "not ended"),
    (with_head([]), "head"),
    (with_head({"schema_version": SCHEMA}), "head"),
    (with_head({**HEADER.model_dump(), "schema_version": SCHEMA + 1}), "newer"),
])  # fmt: skip
def test_another_file_is_refused_with_what_to_do(file: io.BytesIO, says: str) -> None:
    with pytest.raises(RecordingError, match=says):
        RecordingReader(file)
