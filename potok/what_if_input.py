"""What alarms are tried on: a recording, or the stored samples of a data folder as the next best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from historian.images import StoredImages
from historian.queries import JOURNAL_FILE, Queries
from line.clock import NS_PER_MS, NS_PER_S
from line.image import Snapshot
from line.messages import Event, EventKind
from line.recording import RecordingError, RecordingReader
from potok.linefolder import LoadedLine

MARK_KINDS: Final = (EventKind.COMMAND, EventKind.BATCH, EventKind.UNIT)
"""Events by which a real alarm is known (:func:`alarms.whatif.evidence`)."""

_PAGE: Final = 5000


class Input(Protocol):
    """Images in order, and what was known of their time once they have been read."""

    @property
    def tags(self) -> Sequence[str]:
        """Names of the tags by the handles of the images."""
        ...

    @property
    def period_ns(self) -> int:
        """Time from one image to the next."""
        ...

    @property
    def approximate(self) -> bool:
        """True when the images are not what was, but near it."""
        ...

    def images(self) -> Iterator[Snapshot]:
        """Every image, once."""
        ...

    def marks(self, from_ns: int, to_ns: int) -> Sequence[Event]:
        """Events and faults of this time; after the last image."""
        ...

    def damage(self) -> str:
        """Why the images ended too early, empty when they did not; after the last image."""
        ...

    def notes(self) -> list[str]:
        """What else weakens the answer; after the last image."""
        ...

    def share(self) -> float:
        """How much has been read, 0 to 1."""
        ...


class _Recording:
    """A file of ``potok shift --record``."""

    approximate = False

    def __init__(self, reader: RecordingReader, line: LoadedLine, tell: _Tell, size: int) -> None:
        if reader.header.line != line.model.id:
            raise RecordingError(f"it is of the line '{reader.header.line}', not of '{line.model.id}'")
        self._changed = reader.header.alarms != line.alarms.version
        self._reader = reader
        self._tell = tell
        self._size = max(1, size)
        self.tags: Sequence[str] = reader.header.tags
        self.period_ns = reader.header.scan_period_ms * NS_PER_MS

    def images(self) -> Iterator[Snapshot]:
        return self._reader.images()

    def marks(self, from_ns: int, to_ns: int) -> Sequence[Event]:
        return [m for m in self._reader.marks if m.time_ns <= to_ns]

    def damage(self) -> str:
        return self._reader.damage

    def notes(self) -> list[str]:
        said = "it was recorded with other alarms; 'before' is the line folder as it is now"
        return [said] if self._changed else []

    def share(self) -> float:
        return self._tell.tell() / self._size


class _Tell(Protocol):
    def tell(self) -> int: ...


class _Stored:
    """A data folder: samples once a second, at most as often as the line is scanned, and the journal."""

    approximate = True

    def __init__(self, folder: Path, scan_period_ms: int) -> None:
        self.period_ns = max(scan_period_ms * NS_PER_MS, NS_PER_S)
        self._stored = StoredImages(folder, self.period_ns)
        self._folder = folder
        self.tags = self._stored.names

    def images(self) -> Iterator[Snapshot]:
        return self._stored.images()

    def marks(self, from_ns: int, to_ns: int) -> Sequence[Event]:
        queries = Queries(self._folder)
        found = [e for kind in MARK_KINDS for e in _all_events(queries, kind) if from_ns <= e.time_ns <= to_ns]
        return sorted(found, key=lambda e: e.seq)

    def damage(self) -> str:
        return ""

    def notes(self) -> list[str]:
        said = ["values are known to the deadbands of tags.csv and once a second: chatter and short alarms may be missing"]
        if self._stored.gaps:
            said.append(f"in {self._stored.gaps} stretches nothing was stored; nothing is judged in them")
        if not (self._folder / JOURNAL_FILE).exists():
            said.append("there is no journal: real events are known by their duration only")
        return said

    def share(self) -> float:
        return self._stored.share()


def _all_events(queries: Queries, kind: str) -> Iterator[Event]:
    seq = 0
    while some := queries.events_after(seq, _PAGE, kind):
        yield from some
        seq = some[-1].seq


@contextmanager
def opened(path: Path, line: LoadedLine) -> Iterator[Input]:
    """The input at ``path``: a folder is a data folder, anything else a recording of ``line``.

    Raises RecordingError for what is neither, OSError for what cannot be read.
    """
    if path.is_dir():
        try:
            stored = _Stored(path, line.model.file.scan_period_ms)
        except FileNotFoundError:
            raise RecordingError("this folder holds no samples; name a recording, or the data folder of a line") from None
        yield stored
        return
    if not path.exists():
        raise RecordingError("there is no such file; make one with potok shift LINE --record FILE")
    with path.open("rb") as file:
        yield _Recording(RecordingReader(file), line, file, path.stat().st_size)
