"""Samples of a span of time and some tags as a table, in pieces: a month does not need memory.

Two tables. As stored: a row per sample, by time, with tag, value, unit and quality. At a period: a row per multiple of the
period (UTC) and two columns per tag, its value then and the quality; between two samples a tag has the earlier one, as long as
nothing was silent for longer than a gap (historian/queries.py). Where the quality is Bad there is no value, in both.

CSV is as historian/alarm_csv.py describes it, Parquet in historian/export_parquet.py.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from historian.alarm_csv import BOM, csv_text, stamp
from historian.database import UnreadableStoreError, is_damage, open_reader
from historian.rollup import NO_POINTS, Points, joined, read_points
from historian.samples import SAMPLES_VERSION, day_files, day_of
from line.clock import NS_PER_S
from line.image import IntArray
from line.messages import Json
from line.quality import Status, bad_mask, status_name

log = logging.getLogger(__name__)

Format = Literal["csv", "parquet"]
HOLD_NS: Final = 900 * NS_PER_S
"""A value is not held over a longer silence: see ``GAP_S`` in historian/queries.py."""

_PIECE_NS: Final = 6 * 3600 * NS_PER_S
_PIECE_LEAST_NS: Final = 900 * NS_PER_S
_PIECE_TAGS: Final = 8
_PIECE_ROWS: Final = 50_000
_SILENT: Final = np.uint32(Status.BAD_NO_COMMUNICATION)


@dataclass(frozen=True)
class ExportPlan:
    """``from_ns <= t < to_ns``. ``period_ns`` None: as stored. ``units``: unit of measure by tag, where it is known."""

    tags: Sequence[str]
    from_ns: int
    to_ns: int
    period_ns: int | None = None
    language: str = "ru"
    units: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Stored:
    """A piece as stored: samples by time, each with the position of its tag in the plan."""

    points: Points
    tag: IntArray

    def __len__(self) -> int:
        return len(self.tag)


@dataclass(frozen=True)
class Sampled:
    """A piece at a period: per tag of the plan a value at each of ``times``, NaN and no text where there is none."""

    times: IntArray
    columns: Sequence[Points]

    def __len__(self) -> int:
        return len(self.times)


Piece = Stored | Sampled


class Table(Protocol):
    """A table that is being written: bytes to append, in order."""

    def head(self) -> bytes:
        """What comes first."""
        ...

    def rows(self, piece: Piece) -> bytes:
        """What a piece adds; nothing when it is kept for the next."""
        ...

    def end(self) -> bytes:
        """What is left."""
        ...


def stored_tags(folder: Path, from_ns: int, to_ns: int) -> list[str]:
    """Names of all tags that have samples in the files of these days, by name."""
    names: set[str] = set()
    for day, path in day_files(folder):
        if day_of(from_ns) <= day <= day_of(max(from_ns, to_ns - 1)):
            db = open_reader(path, SAMPLES_VERSION)
            if db is not None:
                with closing(db):
                    names |= {r[0] for r in cast(list[tuple[str]], db.execute("SELECT name FROM tags").fetchall())}
    return sorted(names)


def matching(names: Sequence[str], patterns: Sequence[str]) -> list[str]:
    """The names that one of the patterns (``S401.*``) fits, in their order."""
    return [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]


def export(folder: Path, plan: ExportPlan, as_format: Format, progress: Callable[[float], None] | None = None) -> Iterator[bytes]:
    """The table piece by piece; ``folder`` holds the day files. ``progress`` is told the share that is done.

    Raises ValueError for a span that ends before it begins, StoreVersionError for files of a newer schema, sqlite3.Error and
    OSError for what the disk does. A damaged day is left out and named in the log.
    """
    if plan.to_ns <= plan.from_ns:
        raise ValueError("the span ends before it begins")
    if as_format == "parquet":
        from historian.export_parquet import ParquetTable  # a heavy library, and only here

        table: Table = ParquetTable(plan)
    else:
        table = CsvTable(plan)
    yield table.head()
    for piece, until_ns in _pieces(folder, plan):
        if len(piece):
            made = table.rows(piece)
            if made:
                yield made
        if progress is not None:
            progress((until_ns - plan.from_ns) / (plan.to_ns - plan.from_ns))
    yield table.end()


def write_export(
    folder: Path, plan: ExportPlan, as_format: Format, out: Path, progress: Callable[[float], None] | None = None
) -> int:
    """Write the table to ``out``: whole or not at all. Its size in bytes. Raises as :func:`export`."""
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("wb") as file:
            for part in export(folder, plan, as_format, progress):
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        draft.replace(out)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return size


def _pieces(folder: Path, plan: ExportPlan) -> Iterator[tuple[Piece, int]]:
    length_ns = max(_PIECE_LEAST_NS, _PIECE_NS * _PIECE_TAGS // max(_PIECE_TAGS, len(plan.tags)))
    if plan.period_ns is not None:
        length_ns = min(length_ns, max(1, _PIECE_ROWS * _PIECE_TAGS // max(_PIECE_TAGS, len(plan.tags))) * plan.period_ns)
    from_ns = plan.from_ns
    while from_ns < plan.to_ns:
        to_ns = min(plan.to_ns, (from_ns // length_ns + 1) * length_ns)
        if plan.period_ns is None:
            yield _stored(_points(folder, plan.tags, from_ns, to_ns - 1)), to_ns
        else:
            yield _sampled(folder, plan, plan.period_ns, from_ns, to_ns), to_ns
        from_ns = to_ns


def _points(folder: Path, tags: Sequence[str], from_ns: int, to_ns: int) -> list[Points]:
    """The stored samples of each tag; files are open only during the call, so that pieces may be asked for by any thread."""
    found: list[list[Points]] = [[] for _ in tags]
    for day, path in day_files(folder):
        if not day_of(from_ns) <= day <= day_of(to_ns):
            continue
        try:
            db = open_reader(path, SAMPLES_VERSION)
            if db is None:
                continue
            with closing(db):
                ids = dict(cast(list[tuple[str, int]], db.execute("SELECT name, id FROM tags").fetchall()))
                for number, name in enumerate(tags):
                    if name in ids:
                        found[number].append(read_points(db, ids[name], from_ns, to_ns))
        except UnreadableStoreError as error:
            if not is_damage(error):
                raise
            log.warning("%s is damaged and left out: %s", path, error)
    return [joined(parts) for parts in found]


def _stored(found: Sequence[Points]) -> Stored:
    tag = np.concatenate([np.full(len(p), number, dtype=np.int64) for number, p in enumerate(found)])
    points = joined(found)
    if not len(points):
        return Stored(NO_POINTS, tag)
    order = np.argsort(points.t, kind="stable")
    return Stored(points.take(order), tag[order])


def _sampled(folder: Path, plan: ExportPlan, period_ns: int, from_ns: int, to_ns: int) -> Sampled:
    first_ns = -(-from_ns // period_ns) * period_ns
    times = np.arange(first_ns, to_ns, period_ns, dtype=np.int64)
    if not len(times):
        return Sampled(times, [])
    found = _points(folder, plan.tags, first_ns - HOLD_NS, to_ns - 1)
    return Sampled(times, [_held(points, times) for points in found])


def _held(points: Points, times: IntArray) -> Points:
    """What a tag was at each of these times."""
    at = np.searchsorted(points.t, times, side="right") - 1
    if not len(points):
        return Points(times, np.full(len(times), np.nan), np.full(len(times), _SILENT))
    safe = np.maximum(at, 0)
    known = (at >= 0) & (times - points.t[safe] <= HOLD_NS)
    texts = None
    if points.texts is not None:
        texts = np.where(known, points.texts[safe], cast(npt.NDArray[np.object_], None))
    return Points(times, np.where(known, points.v[safe], np.nan), np.where(known, points.q[safe], _SILENT), texts)


def shown(points: Points) -> Sequence[float | str | None]:
    """The values as a table has them: none where the quality is Bad or there is no number."""
    usable = np.isfinite(points.v) & ~bad_mask(points.q)
    values: list[float | str | None] = [v if ok else None for v, ok in zip(points.v.tolist(), usable.tolist(), strict=True)]
    if points.texts is not None:
        for i in np.flatnonzero(~bad_mask(points.q)).tolist():
            if points.texts[i] is not None:
                values[i] = points.texts[i]
    return values


def quality_names(status: npt.NDArray[np.uint32]) -> list[str]:
    """Names of status codes."""
    known = {code: status_name(code) for code in np.unique(status).tolist()}
    return [known[code] for code in status.tolist()]


_WORDS: Final[Mapping[str, Sequence[str]]] = {
    "ru": ("Время (UTC)", "Тег", "Значение", "Единица", "Качество", "качество"),
    "en": ("Time (UTC)", "Tag", "Value", "Unit", "Quality", "quality"),
}


class CsvTable:
    """CSV in the form for the plan's language."""

    def __init__(self, plan: ExportPlan) -> None:
        self._plan = plan

    def head(self) -> bytes:
        """Byte order mark and names of the columns, those of tags with their units."""
        time, tag, value, unit, quality, of = _WORDS[self._plan.language]
        if self._plan.period_ns is None:
            row: list[Json] = [time, tag, value, unit, quality]
        else:
            row = [time]
            for name in self._plan.tags:
                row += [f"{name}, {self._plan.units[name]}" if self._plan.units.get(name) else name, f"{name}, {of}"]
        return (BOM + csv_text([row], self._plan.language)).encode()

    def rows(self, piece: Piece) -> bytes:
        """A line per sample or per time."""
        rows: list[Sequence[Json]]
        if isinstance(piece, Stored):
            names = [self._plan.tags[n] for n in cast(list[int], piece.tag.tolist())]
            of_tag = self._plan.units
            cells_of = zip(piece.points.t.tolist(), names, shown(piece.points), quality_names(piece.points.q), strict=True)
            rows = [[stamp(t), name, v, of_tag.get(name, ""), q] for t, name, v, q in cells_of]
        else:
            cells: list[Sequence[Json]] = [[stamp(t) for t in piece.times.tolist()]]
            for points in piece.columns:
                cells += [list(shown(points)), list(quality_names(points.q))]
            rows = [list(row) for row in zip(*cells, strict=True)]
        return csv_text(rows, self._plan.language).encode()

    def end(self) -> bytes:
        """Nothing."""
        return b""
