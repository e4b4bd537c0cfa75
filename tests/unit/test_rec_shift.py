"""A recorded shift: the alarms over its images do what they did live, to the scan, and recording changes nothing of the shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alarms.replay import Replay
from alarms.stage import AlarmStage
from line.image import Snapshot
from line.messages import Command, Event, EventKind, JsonObject
from line.recording import FAULT_MARK, RecordingReader
from line.stage import Scan
from potok.linefolder import LoadedLine, find_folder, load_line
from potok.recording import LineRecording
from potok.shift import START_NS, Fingerprint, ShiftRecorder, ShiftSettings, ShiftStepper, parse_fault, run_shift
from potok.what_if import mapped

FAULTS = (
    "2:guard_open:G101::1", "5:sensor_break:C201.BatterTemp::2", "8:noise:C201.BatterTemp:3:1", "9:steam_loss:Util::2",
    "12:link_drop:plc2::1", "14:estop:plc1::1",
)  # fmt: skip
SETTINGS = ShiftSettings(0.3, 3, tuple(parse_fault(f) for f in FAULTS))


class Watched(ShiftRecorder):
    """Keeps every image and event besides."""

    def __init__(self, line: LoadedLine, recording: LineRecording) -> None:
        super().__init__(line, Fingerprint(), None, recording)
        self.images: list[Snapshot] = []
        self.told: list[Event] = []

    def record(
        self, events: Sequence[Event], states: Mapping[str, JsonObject], on_durable: Callable[[], None] | None = None
    ) -> None:
        super().record(events, states, on_durable)
        self.told += events

    def sample(self, image: Snapshot) -> None:
        super().sample(image)
        self.images.append(image)


@dataclass
class Live:
    """A shift as it ran, and the recording of it."""

    line: LoadedLine
    path: Path
    recorder: Watched


@pytest.fixture(scope="module")
def line() -> LoadedLine:
    return load_line(find_folder("sausage"))


@pytest.fixture(scope="module")
def live(line: LoadedLine, tmp_path_factory: pytest.TempPathFactory) -> Live:
    path = tmp_path_factory.mktemp("rec") / "shift.rec"
    recording = LineRecording(path, line, START_NS)
    recorder = Watched(line, recording)
    stepper = ShiftStepper(line, SETTINGS, recorder)
    stepper.on_fault = recorder.fault
    stepper.run(lambda _share: None)
    recording.finish()
    recording.close()
    return Live(line, path, recorder)


def essence(event: Event) -> tuple[Any, ...]:
    """An alarm event without what other stages know of the batch."""
    return event.time_ns, event.source, event.unit, {k: v for k, v in event.data.items() if k not in ("recipe", "phase")}


def alarm_events(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    return [essence(e) for e in events if e.kind == EventKind.ALARM]


def recorded_commands(marks: Sequence[Event], kinds: frozenset[str]) -> list[Command]:
    """The commands of these kinds as they were received."""
    return [
        Command(str(m.data["id"]), str(m.data["kind"]), str(m.data["target"]), args, m.source, str(m.data["role"]),
                str(m.data["station"]), m.time_ns, str(m.data["reason"]))
        for m in marks
        if m.kind == EventKind.COMMAND and m.data.get("status") == "received" and m.data["kind"] in kinds
        and isinstance(args := m.data["args"], Mapping)
    ]  # fmt: skip


def test_every_image_of_the_shift_comes_back(live: Live) -> None:
    count = 0
    with live.path.open("rb") as file:
        reader = RecordingReader(file)
        for image, was in zip(reader.images(), live.recorder.images, strict=True):
            assert (image.scan, image.now_ns) == (was.scan, was.now_ns)
            for one, other in ((image.value, was.value), (image.status, was.status), (image.source_ns, was.source_ns)):
                assert one.tobytes() == other.tobytes()
            count += 1
    assert count == 0.3 * 3600 * 4 + 1
    assert reader.damage == ""
    assert reader.header.alarms == live.line.alarms.version
    assert reader.header.tags == tuple(t.name for t in live.line.model.tags)


def test_the_marks_are_all_events_and_the_faults(live: Live) -> None:
    with live.path.open("rb") as file:
        reader = RecordingReader(file)
        assert sum(1 for _ in reader.images()) > 0
    assert [m for m in reader.marks if m.kind != FAULT_MARK] == live.recorder.told
    faults = [
        (m.data["what"], m.data["name"], m.source, m.unit, m.data["nuisance"]) for m in reader.marks if m.kind == FAULT_MARK
    ]
    assert faults[:4] == [
        ("began", "guard_open", "G101", "G101", False), ("ended", "guard_open", "G101", "G101", False),
        ("began", "sensor_break", "C201.BatterTemp", "C201", False), ("ended", "sensor_break", "C201.BatterTemp", "C201", False),
    ]  # fmt: skip
    assert ("began", "noise", "C201.BatterTemp", "C201", True) in faults
    assert ("began", "steam_loss", "Util", "", False) in faults
    assert len(faults) == 2 * len(FAULTS)
    begun = next(m for m in reader.marks if m.kind == FAULT_MARK)
    assert begun.time_ns == pytest.approx(START_NS + 120e9, abs=0.25e9)


def test_the_alarms_over_the_recording_do_what_they_did_live(live: Live) -> None:
    stage = AlarmStage(live.line.alarms)
    state = stage.initial()
    told: list[Event] = []
    with live.path.open("rb") as file:
        reader = RecordingReader(file)
        given = 0
        for image in reader.images():
            commands = [c for c in recorded_commands(reader.marks, stage.command_kinds) if c.time_ns < image.now_ns]
            scan = Scan(image.now_ns, image, commands[given:])
            given = len(commands)
            state = stage.step(state, scan)
            told += scan.events
    was = alarm_events(live.recorder.told)
    assert alarm_events(told) == was
    assert {e[1] for e in was} >= {"C201.BatterTemp.bad_quality", "Util.SteamPressure.low_low", "Link.plc2.Up.discrete",
                                   "PLC1.EStopOk.discrete"}  # fmt: skip
    assert given > 0, "nobody acknowledged anything"


def test_a_replay_of_another_order_of_tags_is_the_same(live: Live, line: LoadedLine) -> None:
    names = [t.name for t in line.model.tags]
    order = np.random.default_rng(1).permutation(len(names))
    shuffled = [names[i] for i in order]

    def turned() -> Any:
        for image in live.recorder.images:
            yield replace(image, value=image.value[order], status=image.status[order], source_ns=image.source_ns[order])

    straight, back = (Replay(line.alarms, lambda _now, _views: ()) for _ in range(2))
    for image, again in zip(live.recorder.images, mapped(turned(), shuffled, names), strict=True):
        straight.step(image)
        back.step(again)
    assert [essence(e) for e in back.events] == [essence(e) for e in straight.events]
    assert len(straight.events) > 5


def test_a_tag_that_was_not_recorded_was_never_read(live: Live, line: LoadedLine) -> None:
    names = [t.name for t in line.model.tags]
    image = next(mapped(iter(live.recorder.images), names, [*names, "New.Tag"]))
    assert np.isnan(image.value[-1])
    assert image.status[-1] == 0x80320000
    assert image.value[:-1].tobytes() == live.recorder.images[0].value.tobytes()


def test_recording_changes_nothing_of_the_shift(line: LoadedLine, tmp_path: Path) -> None:
    plain = run_shift(line, replace(SETTINGS, hours=0.25))
    recorded = run_shift(line, replace(SETTINGS, hours=0.25, record=tmp_path / "one.rec"))
    assert recorded["hash"] == plain["hash"]
    assert recorded["events"] == plain["events"]


def test_a_file_that_exists_is_kept(line: LoadedLine, tmp_path: Path) -> None:
    path = tmp_path / "kept.rec"
    path.write_bytes(b"precious")
    with pytest.raises(ValueError, match="exists already"):
        run_shift(line, replace(SETTINGS, record=path))
    assert path.read_bytes() == b"precious"


def test_a_shift_that_is_refused_leaves_no_recording(line: LoadedLine, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_shift(line, ShiftSettings(0.01, 1, (), data))
    with pytest.raises(ValueError, match="holds a journal already"):
        run_shift(line, ShiftSettings(0.01, 1, (), data, tmp_path / "one.rec"))
    assert not (tmp_path / "one.rec").exists()
