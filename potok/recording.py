"""Recordings of ``potok shift``: process images, events and injected faults in one file (``line/recording.py``)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from line.image import Snapshot
from line.messages import Event, Json
from line.recording import FAULT_MARK, SCHEMA, Header, RecordingWriter
from potok.linefolder import LoadedLine
from simulators.faults import FAULTS

SUFFIX: Final = ".rec"
"""What recordings are called in the documents; any other name does as well."""


class LineRecording:
    """One recording of a line, written while it runs."""

    def __init__(self, path: Path, line: LoadedLine, start_ns: int) -> None:
        """Begin the file. Raises ValueError when it exists already, OSError when it cannot be written."""
        model = line.model
        try:
            self._file = path.open("xb")
        except FileExistsError:
            raise ValueError(f"{path} exists already: name another file for the recording") from None
        names = tuple(t.name for t in model.tags)
        header = Header(
            schema_version=SCHEMA, line=model.id, scan_period_ms=model.file.scan_period_ms, start_ns=start_ns,
            alarms=line.alarms.version, tags=names,
        )  # fmt: skip
        self._path = path
        self._recorded = False
        self._finished = False
        self._units = frozenset(model.units)
        self._writer = RecordingWriter(self._file, header)

    def image(self, image: Snapshot) -> None:
        """The image of the next scan."""
        self._recorded = True
        self._writer.image(image)

    def events(self, events: Sequence[Event]) -> None:
        """Events as they are journalled: marks by which a real alarm is told from an idle one."""
        for event in events:
            self._writer.mark(event)

    def fault(self, now_ns: int, name: str, target: str, value: float | None, *, active: bool) -> None:
        """A fault of the plant was injected or cleared."""
        part = target.split(".", 1)[0]
        data: dict[str, Json] = {
            "what": "began" if active else "ended", "name": name, "value": value, "nuisance": FAULTS[name].nuisance,
        }  # fmt: skip
        self._writer.mark(Event(0, now_ns, FAULT_MARK, target, part if part in self._units else "", "", data))

    def finish(self) -> None:
        """That was all; a recording that is closed without this reads as one that was cut off."""
        self._writer.finish()
        self._finished = True

    def close(self) -> None:
        """Close the file with what there is; one in which nothing was recorded is taken away again."""
        try:
            if self._recorded and not self._finished:
                self._writer.flush()
        finally:
            self._file.close()
            if not self._recorded:
                self._path.unlink()
