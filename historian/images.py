"""Process images put together again from stored samples: about what they were, within the deadbands of ``tags.csv``.

For trying alarms on a plant's own history (docs/howto/what-if.md) where no recording was made. A value between two samples is
the earlier one; its time is that of the sample. Where nothing was stored for so long that the engine cannot have run, one
image says that nothing is known, so that no delay and no alarm runs on over the gap.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, cast

import numpy as np

from historian.database import open_reader
from historian.queries import GAP_S, SAMPLES_FOLDER
from historian.samples import SAMPLES_VERSION, day_files
from line.clock import NS_PER_S
from line.image import NO_STRINGS, FloatArray, IntArray, Snapshot
from line.quality import Status, StatusArray

_GAP_NS: Final = round(GAP_S * NS_PER_S)
_ROWS: Final = 10_000
_Row = tuple[int, int, object, int]
_SQL: Final = (
    "SELECT s.time_ns, s.tag, s.value, s.status FROM samples s ORDER BY s.time_ns"  # sorted by SQLite, in a file where need be
)


class StoredImages:
    """The images of a data folder, ``step_ns`` apart. ``gaps`` counts the times in which nothing was stored, once they are read.

    ``names`` are all tags that were ever stored, in the order of the images' handles.
    """

    def __init__(self, folder: Path, step_ns: int) -> None:
        """Raises FileNotFoundError for a folder without samples, StoreVersionError for files of a newer version."""
        self._step_ns = step_ns
        self._days = [path for _, path in day_files(folder / SAMPLES_FOLDER)]
        self._day = 0
        self.gaps = 0
        names: dict[str, None] = {}
        for path in self._days:
            names.update(dict.fromkeys(_tags(path).values()))
        self.names: Final[Sequence[str]] = tuple(names)
        if not names:
            raise FileNotFoundError(f"{folder} holds no samples")

    def images(self) -> Iterator[Snapshot]:
        """Image by image from the first sample to the last."""
        count = len(self.names)
        value, source_ns = np.full(count, np.nan), np.zeros(count, dtype=np.int64)
        status = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
        now_ns = last_ns = scan = 0
        for time_ns, handle, number, code in self._rows():
            if not now_ns:
                now_ns = time_ns
            if time_ns - last_ns > _GAP_NS and last_ns:
                self.gaps += 1
                scan += 2
                yield _image(scan - 1, now_ns, value, status, source_ns)
                unknown = np.full(count, int(Status.BAD_WAITING_FOR_INITIAL_DATA), dtype=np.uint32)
                yield _image(scan, now_ns + self._step_ns, value, unknown, source_ns)
                status[:] = unknown
                now_ns = time_ns
            while now_ns < time_ns:
                scan += 1
                yield _image(scan, now_ns, value, status, source_ns)
                now_ns += self._step_ns
            if isinstance(number, int | float):
                value[handle] = number
            status[handle], source_ns[handle] = code, time_ns
            last_ns = time_ns
        yield _image(scan + 1, now_ns, value, status, source_ns)

    def share(self) -> float:
        """How much has been read, 0 to 1, in days."""
        return self._day / max(1, len(self._days))

    def _rows(self) -> Iterator[_Row]:
        """All samples by time, each with the handle of its tag; days come one after another."""
        handles = {name: handle for handle, name in enumerate(self.names)}
        newest_ns = 0
        for day, path in enumerate(self._days):
            self._day = day
            db = open_reader(path, SAMPLES_VERSION)
            if db is None:
                continue
            with closing(db):
                of_tag = {tag: handles[name] for tag, name in _names(db).items() if name in handles}
                rows = db.execute(_SQL)
                while some := cast(list[_Row], rows.fetchmany(_ROWS)):
                    for time_ns, tag, value, status in some:
                        newest_ns = max(newest_ns, time_ns)
                        if tag in of_tag:
                            yield newest_ns, of_tag[tag], value, status


def _image(scan: int, now_ns: int, value: FloatArray, status: StatusArray, source_ns: IntArray) -> Snapshot:
    parts = value.copy(), status.copy(), source_ns.copy()
    for array in parts:
        array.flags.writeable = False
    return Snapshot(scan, now_ns, parts[0], parts[1], parts[2], parts[2], NO_STRINGS)


def _tags(path: Path) -> dict[int, str]:
    db = open_reader(path, SAMPLES_VERSION)
    if db is None:
        return {}
    with closing(db):
        return _names(db)


def _names(db: sqlite3.Connection) -> dict[int, str]:
    return dict(cast(list[tuple[int, str]], db.execute("SELECT id, name FROM tags ORDER BY id").fetchall()))
