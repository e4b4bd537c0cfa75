"""Registers → values of all tags of a device at once; numpy does the work, nothing is done tag by tag but texts that changed.

Quality instead of numbers: NaN, infinity and the counts that mean a broken sensor are BadSensorFailure, a digit above 9 in BCD
and bytes that are no text BadDecodingError; none of them leaves a number behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from line.image import FloatArray, IntArray
from line.quality import INFO_DATA_VALUE, LIMIT_HIGH, LIMIT_LOW, BoolArray, Status, StatusArray
from line.tags import TagKind
from plc_drivers.modbus.address import Coding, ModbusAddress, Table, layout_of
from plc_drivers.modbus.point import Point

WordArray = npt.NDArray[np.uint16]
IndexArray = npt.NDArray[np.intp]

EXACT_BELOW: Final = 2.0**53
"""From here on float64, in which the image holds values, no longer counts in ones."""

AT_LOW_LIMIT: Final = int(Status.UNCERTAIN_SENSOR_NOT_ACCURATE) | INFO_DATA_VALUE | LIMIT_LOW
AT_HIGH_LIMIT: Final = int(Status.UNCERTAIN_SENSOR_NOT_ACCURATE) | INFO_DATA_VALUE | LIMIT_HIGH

_FAILURE: Final = np.uint32(Status.BAD_SENSOR_FAILURE)
_NO_TEXT: Final = np.uint32(Status.BAD_DECODING_ERROR)
_INEXACT: Final = np.uint32(Status.UNCERTAIN_SENSOR_NOT_ACCURATE)
_PARTS_KEPT: Final = 256


class Decoded(NamedTuple):
    """``values`` in engineering units (NaN where the status is Bad, and of texts) and ``status``, one element per asked point;
    ``texts`` by position of the point, those that are Good."""

    values: FloatArray
    status: StatusArray
    texts: Mapping[int, str]


class RegisterMemory:
    """The last known words of all four tables, as large as the points need; bits take one word each."""

    def __init__(self, addresses: Iterable[ModbusAddress]) -> None:
        ends = dict.fromkeys(Table, 0)
        for address in addresses:
            ends[address.table] = max(ends[address.table], address.start + address.count)
        self._size = ends
        self._base: dict[Table, int] = {}
        total = 0
        for table, size in ends.items():
            self._base[table] = total
            total += size
        self.words: WordArray = np.zeros(total, dtype="<u2")

    def index(self, address: ModbusAddress) -> int:
        """Position of the first word of ``address`` in ``words``."""
        return self._base[address.table] + address.start

    def store(self, table: Table, start: int, words: npt.ArrayLike) -> None:
        """Take the words of one answer, of any byte order of numpy. Raises ValueError when they lie outside the tables."""
        taken = np.asarray(words)
        if start < 0 or start + len(taken) > self._size[table]:
            raise ValueError(f"{table}:{start} with {len(taken)} words lies outside the plan")
        base = self._base[table] + start
        self.words[base : base + len(taken)] = taken


class DecodePlan:
    """Decodes the points of a device from its memory; where each lies, and in which order, is worked out once.

    ``decode(positions)`` does it for some of them, e.g. those of the blocks that were read; for a set of positions that was asked
    for before nothing is worked out again.
    """

    def __init__(self, points: Sequence[Point], memory: RegisterMemory) -> None:
        self._points = points
        self._memory = memory
        self._texts = _Texts(points, memory)
        self._whole = _Part(points, memory, range(len(points)), self._texts)
        self._parts: dict[bytes, _Part] = {}

    def decode(self, positions: IntArray | None = None) -> Decoded:
        """All points, or those at ``positions`` (in that order). Never raises for what the words are."""
        if positions is None:
            return self._whole.decode()
        key = positions.tobytes()
        part = self._parts.get(key)
        if part is None:
            if len(self._parts) >= _PARTS_KEPT:
                self._parts.clear()
            part = self._parts[key] = _Part(self._points, self._memory, positions.tolist(), self._texts)
        return part.decode()


@dataclass
class _Slice:
    """Points of one layout, side by side in the order of the work arrays, from ``start`` to ``stop``."""

    start: int
    stop: int
    gather: IndexArray
    dtype: str = ""
    shift: WordArray = field(default_factory=lambda: np.zeros(0, dtype=np.uint16))


class _Part:
    """Some points of a device, sorted by layout so that each is one slice; ``_back`` puts the results in the asked order."""

    def __init__(self, points: Sequence[Point], memory: RegisterMemory, chosen: Sequence[int], texts: _Texts) -> None:
        self._memory = memory
        self._text_store = texts
        by_layout: dict[tuple[str, bool], list[int]] = {}
        for place, index in enumerate(chosen):
            by_layout.setdefault(_group(points[index]), []).append(place)
        self._numbers: list[_Slice] = []
        self._bcd: list[_Slice] = []
        self._bits: list[_Slice] = []
        self._texts: list[tuple[int, int]] = []
        work: list[int] = []
        for (kind, swapped), places in sorted(by_layout.items()):
            own = [points[chosen[p]] for p in places]
            start, stop = len(work), len(work) + len(places)
            work += places
            if kind == Coding.TEXT:
                self._texts = [(start + i, chosen[p]) for i, p in enumerate(places)]
            elif not kind:
                gather = np.array([memory.index(p.address) for p in own], dtype=np.intp)
                shift = np.array([p.address.bit or 0 for p in own], dtype=np.uint16)
                self._bits.append(_Slice(start, stop, gather, shift=shift))
            elif layout_of(kind).coding is Coding.BCD:
                gather = np.array([_words_high_first(p, memory) for p in own], dtype=np.intp)
                self._bcd.append(_Slice(start, stop, gather, "S" if swapped else ""))
            else:
                # the memory is little-endian: words in ascending weight make little-endian numbers, and words in falling weight
                # whose bytes are swapped make big-endian ones
                words = [_words_high_first(p, memory) for p in own]
                gather = np.array([w if swapped else w[::-1] for w in words], dtype=np.intp)
                self._numbers.append(_Slice(start, stop, gather, f"{'>' if swapped else '<'}{layout_of(kind).dtype}"))
        self._back: IndexArray | None = np.argsort(np.array(work, dtype=np.intp), kind="stable")
        if work == sorted(work):
            self._back = None
        self._rules = _Rules([points[chosen[p]] for p in work])
        self._count = len(work)

    def decode(self) -> Decoded:
        words = self._memory.words
        raw: FloatArray = np.empty(self._count, dtype=np.float64)
        status: StatusArray = np.zeros(self._count, dtype=np.uint32)
        with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity are told by the status
            for s in self._numbers:
                raw[s.start : s.stop] = words[s.gather].view(s.dtype)[:, 0]
            for s in self._bits:
                raw[s.start : s.stop] = (words[s.gather] >> s.shift) & 1
            for s in self._bcd:
                raw[s.start : s.stop], invalid = _bcd(words[s.gather], swapped=bool(s.dtype))
                status[s.start : s.stop][invalid] = _NO_TEXT
            for at, _ in self._texts:
                raw[at] = math.nan
            values = self._rules.apply(raw, status)
        texts: dict[int, str] = {}
        for at, index in self._texts:
            text = self._text_store.read(index)
            status[at] = _NO_TEXT if text is None else 0
            if text is not None:
                texts[index] = text
        if self._back is not None:
            values, status = values[self._back], status[self._back]
        return Decoded(values, status, texts)


def _group(point: Point) -> tuple[str, bool]:
    """Points of the same group are decoded by the same operation: type name ('' for a bit), and whether bytes are swapped."""
    if point.address.is_text:
        return Coding.TEXT, False
    return point.address.type, bool(point.address.type) and point.bytes_swapped


def _words_high_first(point: Point, memory: RegisterMemory) -> list[int]:
    """Where the words of a point are, the one with the highest digits first."""
    first = memory.index(point.address)
    words = list(range(first, first + point.address.count))
    return words[::-1] if point.low_word_first else words


def _bcd(words: WordArray, *, swapped: bool) -> tuple[FloatArray, BoolArray]:
    """Numbers of four decimal digits per word, high word first, and which of them have a digit that is none."""
    if swapped:
        words = words.byteswap()
    number = np.zeros(len(words), dtype=np.float64)
    invalid: BoolArray = np.zeros(len(words), dtype=np.bool_)
    for column in words.T:
        for shift in (12, 8, 4, 0):
            digit = (column >> np.uint16(shift)) & np.uint16(15)
            invalid |= digit > 9
            number = number * 10.0 + digit
    return number, invalid


class _Rules:
    """What makes a value of a raw count, and a status of a count that is no measurement; the points in work order."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._scale: FloatArray = np.array([p.scale for p in points], dtype=np.float64)
        self._offset: FloatArray = np.array([p.offset for p in points], dtype=np.float64)
        self._scaled = bool((self._scale != 1.0).any() or (self._offset != 0.0).any())
        self._numeric: BoolArray = np.array([not p.address.is_text for p in points], dtype=np.bool_)
        self._bools = _where(p.kind is TagKind.BOOL and p.address.type for p in points)
        breaks = [(i, mark) for i, p in enumerate(points) for mark in no_value_counts(p)]
        self._break_at: IndexArray = np.array([i for i, _ in breaks], dtype=np.intp)
        self._break_raw: FloatArray = np.array([mark for _, mark in breaks], dtype=np.float64)
        self._ranged = _where(p.valid for p in points)
        ranges = [p.valid for p in points if p.valid]
        self._valid_lo: FloatArray = np.array([lo for lo, _ in ranges], dtype=np.float64)
        self._valid_hi: FloatArray = np.array([hi for _, hi in ranges], dtype=np.float64)
        self._wide = _where(_may_lose_digits(p) for p in points)
        self._clamped = _where(p.clamp for p in points)
        self._lo: FloatArray = np.array([p.lo for p in points if p.clamp], dtype=np.float64)
        self._hi: FloatArray = np.array([p.hi for p in points if p.clamp], dtype=np.float64)

    def apply(self, raw: FloatArray, status: StatusArray) -> FloatArray:
        """The values; marks ``status`` where a count is no measurement or not a whole one."""
        values: FloatArray = raw * self._scale + self._offset if self._scaled else raw.copy()
        if len(self._bools):
            switch = raw[self._bools]
            values[self._bools] = np.where(np.isfinite(switch), switch != 0.0, np.nan)
        if len(self._break_at):
            status[self._break_at[raw[self._break_at] == self._break_raw]] = _FAILURE
        if len(self._ranged):
            counts = raw[self._ranged]
            status[self._ranged[~((counts >= self._valid_lo) & (counts <= self._valid_hi))]] = _FAILURE
        finite = np.isfinite(values)
        if not finite.all():
            status[~finite & self._numeric & (status == 0)] = _FAILURE
        if len(self._wide):
            inexact = self._wide[np.abs(raw[self._wide]) >= EXACT_BELOW]
            status[inexact] = np.maximum(status[inexact], _INEXACT)
        if len(self._clamped):
            self._clamp(values, status)
        bad = status >= 0x80000000
        if bad.any():
            values[bad] = math.nan
        return values

    def _clamp(self, values: FloatArray, status: StatusArray) -> None:
        at = self._clamped
        usable = status[at] < 0x80000000
        below, above = (values[at] < self._lo) & usable, (values[at] > self._hi) & usable
        values[at[below]], status[at[below]] = self._lo[below], AT_LOW_LIMIT
        values[at[above]], status[at[above]] = self._hi[above], AT_HIGH_LIMIT


def _where(chosen: Iterable[object]) -> IndexArray:
    return np.array([i for i, c in enumerate(chosen) if c], dtype=np.intp)


def no_value_counts(point: Point) -> list[float]:
    """The raw counts that mean "no value"; as the register holds them, so that a float compares equal."""
    layout = point.address.layout
    if layout is None or layout.coding is Coding.TEXT:
        return []
    counts: list[float] = []
    if point.kind is TagKind.FLOAT and layout.sensor_break is not None:
        counts.append(float(layout.sensor_break))
    if point.nan is not None:
        counts.append(float(np.float32(point.nan)) if layout.dtype == "f4" else point.nan)
    return counts


def _may_lose_digits(point: Point) -> bool:
    """True for whole numbers of 64 bits; a FLOAT is a measurement, to which 16 digits are more than its sensor has."""
    layout = point.address.layout
    return layout is not None and layout.hi >= EXACT_BELOW and not layout.is_float and point.kind is not TagKind.FLOAT


class _Texts:
    """The texts of a device; one is decoded when its registers are not what they were."""

    def __init__(self, points: Sequence[Point], memory: RegisterMemory) -> None:
        self._memory = memory
        self._points = points
        self._last: dict[int, tuple[bytes, str | None]] = {}

    def read(self, index: int) -> str | None:
        """The text of the point at ``index``; None when its bytes are none."""
        point = self._points[index]
        first = self._memory.index(point.address)
        data = self._memory.words[first : first + point.address.count].tobytes()
        last = self._last.get(index)
        if last is None or last[0] != data:
            last = self._last[index] = (data, text_of(point, data))
        return last[1]


def text_of(point: Point, data: bytes) -> str | None:
    """The text in little-endian words: up to the first NUL, without the spaces and line ends behind it.

    None for bytes that are no text in the encoding of ``point``, or hold control characters.
    """
    layout = layout_of(point.address.type)
    if not point.bytes_swapped:
        data = np.frombuffer(data, dtype="<u2").byteswap().tobytes()
    try:
        text = data[: layout.length].partition(b"\0")[0].decode(point.encoding)
    except UnicodeDecodeError:
        return None
    text = text.rstrip()
    return None if any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text) else text


def decode_one(point: Point, words: Sequence[int]) -> float:
    """The value of one point from its own words; NaN when they are no measurement. For readback, not for scans: not clamped."""
    address = replace(point.address, start=0)
    memory = RegisterMemory([address])
    memory.store(address.table, 0, words)
    return float(DecodePlan([replace(point, address=address, clamp=False)], memory).decode().values[0])
