"""Cost of recordings of the shipped line: written scan by scan, and run over again with two tables of alarms."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.figure import Figure, short
from line.clock import NS_PER_S, perf_counter_ns
from line.image import Snapshot
from line.recording import RecordingReader
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.recording import LineRecording
from potok.shift import START_NS, Fingerprint, ShiftRecorder, ShiftSettings, ShiftStepper
from potok.what_if import Tables, what_if

_HOURS = 2.0
_QUICK_HOURS = 0.03
_SHIFT_HOURS = 8.0


class _Timed(LineRecording):
    """Adds up the time that its images take."""

    spent_ns = 0

    def image(self, image: Snapshot) -> None:
        began_ns = perf_counter_ns()
        super().image(image)
        self.spent_ns += perf_counter_ns() - began_ns


def what_if_8h_s(quick: bool = False) -> Figure:
    """Seconds for two tables over a recorded shift of eight hours, measured on two of them."""
    hours = _QUICK_HOURS if quick else _HOURS
    line = load_line(find_folder("sausage"))
    with tempfile.TemporaryDirectory(prefix="potok-bench-") as folder:
        path = Path(folder) / "shift.rec"
        scans, write_ns = _recorded(line, path, hours)
        size = path.stat().st_size
        began_ns = perf_counter_ns()
        with path.open("rb") as file:
            read = sum(1 for _ in RecordingReader(file).images())
        read_ns = perf_counter_ns() - began_ns
        began_ns = perf_counter_ns()
        what_if(line, Tables(line.alarms, line.alarms, (), ()), path)
        both_ns = perf_counter_ns() - began_ns
    share = _SHIFT_HOURS / hours
    extra = {
        "record_us_per_scan": short(write_ns / scans / 1000.0), "read_us_per_scan": short(read_ns / read / 1000.0),
        "file_mb_8h": short(size * share / 1e6),
    }  # fmt: skip
    about = f"{len(line.alarms)} alarms twice over {scans} images of {len(line.model.tags)} tags, reading them included"
    return Figure("what_if_8h_s", short(both_ns * share / NS_PER_S), "s", about=about, extra=extra)


def _recorded(line: LoadedLine, path: Path, hours: float) -> tuple[int, int]:
    """Scans that were recorded, and the nanoseconds that this took."""
    recording = _Timed(path, line, START_NS)
    try:
        recorder = ShiftRecorder(line, Fingerprint(), None, recording)
        stepper = ShiftStepper(line, ShiftSettings(hours, 1), recorder)
        stepper.run(lambda _share: None)
        recording.finish()
    finally:
        recording.close()
    return stepper.scans + 1, recording.spent_ns
