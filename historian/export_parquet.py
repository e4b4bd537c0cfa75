"""Parquet: the one file that knows pyarrow (docs/decisions/0032)."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
import pyarrow as pa  # pyright: ignore[reportMissingTypeStubs]
import pyarrow.parquet as pq  # pyright: ignore[reportMissingTypeStubs]

from historian.export import ExportPlan, Piece, Stored, quality_names
from historian.rollup import Points, TextArray
from line.quality import BoolArray, bad_mask

_GROUP_ROWS: Final = 100_000
_TIME: Final = pa.timestamp("ns", tz="UTC")
_WORDS: Final = pa.dictionary(pa.int32(), pa.string())


class _Sink:
    """Where the library writes to: bytes are kept until they are taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


class ParquetTable:
    """Row groups of about a hundred thousand rows, compressed with zstd.

    As stored: ``time, tag, value, text, unit, quality, status``. At a period: ``time``, then per tag its value (its text where it
    is a text) and ``TAG.quality``; the unit stands in the field's metadata. The plan stands in the metadata of the file.
    """

    def __init__(self, plan: ExportPlan) -> None:
        self._plan = plan
        self._sink = _Sink()
        self._waiting: list[Any] = []
        self._rows = 0
        about = {"from_ns": plan.from_ns, "to_ns": plan.to_ns, "period_ns": plan.period_ns, "units": dict(plan.units)}
        self._schema = pa.schema(self._fields(), metadata={"potok": json.dumps(about, ensure_ascii=False)})
        self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")

    def head(self) -> bytes:
        """What the library wrote so far."""
        return self._sink.take()

    def rows(self, piece: Piece) -> bytes:
        """Row groups that are full."""
        columns = self._stored(piece) if isinstance(piece, Stored) else self._at_period(piece.times, piece.columns)
        self._waiting.append(pa.Table.from_arrays(columns, schema=self._schema))
        self._rows += len(piece)
        if self._rows >= _GROUP_ROWS:
            self._write()
        return self._sink.take()

    def end(self) -> bytes:
        """The last row group and the foot."""
        self._write()
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=_GROUP_ROWS)
        self._waiting, self._rows = [], 0

    def _fields(self) -> list[Any]:
        if self._plan.period_ns is None:
            names = (("time", _TIME), ("tag", _WORDS), ("value", pa.float64()), ("text", pa.string()), ("unit", _WORDS))
            return [pa.field(n, t) for n, t in (*names, ("quality", _WORDS), ("status", pa.uint32()))]
        fields = [pa.field("time", _TIME)]
        for name in self._plan.tags:
            unit = {"unit": self._plan.units.get(name, "")}
            fields += [pa.field(name, pa.float64(), metadata=unit), pa.field(f"{name}.text", pa.string())]
            fields.append(pa.field(f"{name}.quality", _WORDS))
        return fields

    def _stored(self, piece: Stored) -> list[Any]:
        points = piece.points
        tags = list(self._plan.tags)
        units = [self._plan.units.get(name, "") for name in tags]
        known = sorted(set(units))
        of_tag = np.array([known.index(u) for u in units], dtype=np.int32)
        return [
            pa.array(points.t, type=pa.int64()).cast(_TIME),
            pa.DictionaryArray.from_arrays(piece.tag.astype(np.int32), pa.array(tags, type=pa.string())),
            _numbers(points),
            _texts(points.texts, bad_mask(points.q)),
            pa.DictionaryArray.from_arrays(of_tag[piece.tag], pa.array(known, type=pa.string())),
            _qualities(points),
            pa.array(points.q, type=pa.uint32()),
        ]

    def _at_period(self, times: Any, columns: Any) -> list[Any]:
        made = [pa.array(times, type=pa.int64()).cast(_TIME)]
        for points in columns:
            made += [_numbers(points), _texts(points.texts, bad_mask(points.q)), _qualities(points)]
        return made


def _numbers(points: Points) -> Any:
    return pa.array(points.v, type=pa.float64(), mask=~np.isfinite(points.v) | bad_mask(points.q))


def _texts(texts: TextArray | None, bad: BoolArray) -> Any:
    if texts is None:
        return pa.nulls(len(bad), pa.string())
    return pa.array(texts.tolist(), type=pa.string(), mask=bad)


def _qualities(points: Points) -> Any:
    codes, place = np.unique(points.q, return_inverse=True)
    return pa.DictionaryArray.from_arrays(place.astype(np.int32), pa.array(quality_names(codes), type=pa.string()))
