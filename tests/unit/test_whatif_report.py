"""Recordings run over and summed up: figures, totals, what is refused, and the operator who acknowledges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from alarms.kpi import fact_of
from alarms.replay import Replay, is_annunciation
from line.clock import NS_PER_S
from line.recording import RecordingError, RecordingReader
from potok.cli import main
from potok.linefolder import LineError, LoadedLine, find_folder, load_line
from potok.operator import Habits, Operator
from potok.recording import LineRecording
from potok.shift import START_NS, ShiftSettings, parse_fault, run_shift
from potok.what_if import Result, Tables, load_tables, what_if
from potok.what_if_report import print_report, report

STEAM = "Util.SteamPressure.low_low"


@pytest.fixture(scope="module")
def line() -> LoadedLine:
    return load_line(find_folder("sausage"))


@pytest.fixture(scope="module")
def recordings(line: LoadedLine, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A shift with steam loss, one with the emergency stop pressed."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = [folder / "steam.rec", folder / "stop.rec"]
    for path, fault in zip(paths, ("1:steam_loss:Util::3", "1:estop:plc1::1"), strict=True):
        run_shift(line, ShiftSettings(0.12, 1, (parse_fault(fault),), record=path))
    return paths


@pytest.fixture(scope="module")
def tables(line: LoadedLine, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    path = tmp_path_factory.mktemp("change") / "change.yaml"
    path.write_text(f"changes:\n  - {{alarm: {STEAM}, remove: true}}\n", encoding="utf-8")
    return load_tables(line, path)


@pytest.fixture(scope="module")
def results(line: LoadedLine, tables: Tables, recordings: list[Path]) -> list[Result]:
    return [what_if(line, tables, path) for path in recordings]


def test_totals_are_the_sum_of_the_recordings(tables: Tables, results: list[Result]) -> None:
    found = cast(dict[str, Any], json.loads(json.dumps(report("sausage", tables, results))))
    parts, total = found["recordings"], found["total"]
    assert [p["name"] for p in parts] == ["steam.rec", "stop.rec"]
    assert total["hours"] == pytest.approx(sum((p["to_ns"] - p["from_ns"]) / 3.6e12 for p in parts))
    for side in ("before", "after"):
        assert total[side]["alarms"] == sum(p[side]["alarms"] for p in parts)
        assert total[side]["peak_10_min"] == max(p[side]["peak_10_min"] for p in parts)
        assert total[side]["per_hour"] == pytest.approx(total[side]["alarms"] / total["hours"], abs=0.001)
    assert (total["before"]["alarms"] - total["after"]["alarms"], total["gone"], total["new"]) == (1, [STEAM], [])
    assert total["counts"] == [{"id": STEAM, "before": 1, "after": 0}]
    assert sum(total["events"].values()) == sum(len(p["events"]) for p in parts)
    assert found["removed"] == [STEAM]


def test_the_missed_event_is_told_in_the_recording_that_has_it(tables: Tables, results: list[Result]) -> None:
    found = cast(dict[str, Any], report("sausage", tables, results))
    assert found["warning"] == f"1 of {sum(len(p['events']) for p in found['recordings'])} real events would be missed"
    missed = [[e["alarm"] for e in p["events"] if e["outcome"] == "missed"] for p in found["recordings"]]
    assert missed == [[STEAM], []]
    (event,) = [e for e in found["recordings"][0]["events"] if e["outcome"] == "missed"]
    assert event["because"] == "fault steam_loss at Util"
    assert [o["alarm"] for o in event["others"]] == ["Util.SteamPressure.low"]


def test_people_are_told_the_warning_first_and_the_sum_last(
    tables: Tables, results: list[Result], capsys: pytest.CaptureFixture[str]
) -> None:
    print_report("sausage", tables, results)
    told = capsys.readouterr().out
    assert told.startswith("WARNING: 1 of ")
    assert told.index("steam.rec") < told.index("stop.rec") < told.index("All 2 recordings")
    assert f"MISSED        P2 {STEAM}" in told


def test_without_a_difference_nothing_is_missed_and_nothing_warned_of(
    line: LoadedLine, recordings: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    same = Tables(line.alarms, line.alarms, [], [])
    found = [what_if(line, same, path) for path in recordings]
    for result in found:
        assert result.before == result.after
        assert {str(v.outcome) for v in result.comparison.verdicts} <= {"same"}
        assert result.notes == []
    assert report("sausage", same, found)["warning"] == ""
    print_report("sausage", same, found)
    assert "No alarm is announced more or less often." in capsys.readouterr().out


def test_the_operator_acknowledges_after_three_quarters_of_a_minute(line: LoadedLine, recordings: list[Path]) -> None:
    replay = Replay(line.alarms, Operator(Habits("", 0.0), 0).look)
    with recordings[0].open("rb") as file:
        for image in RecordingReader(file).images():
            replay.step(image)
    came = next(e for e in replay.events if e.source == STEAM and is_annunciation(e))
    acknowledged = next(e for e in replay.events if e.source == STEAM and e.data.get("user"))
    assert (acknowledged.time_ns - came.time_ns) / NS_PER_S == pytest.approx(45.5, abs=1.0)


def test_what_counts_as_announced_is_what_the_figures_count(line: LoadedLine, recordings: list[Path]) -> None:
    replay = Replay(line.alarms, Operator(Habits("", 0.0), 0).look)
    with recordings[1].open("rb") as file:
        for image in RecordingReader(file).images():
            replay.step(image)
    alarms = [e for e in replay.events if e.kind == "alarm"]
    assert [is_annunciation(e) for e in alarms] == [fact_of(e.time_ns, e.source, e.data).annunciation for e in alarms]
    assert any(is_annunciation(e) for e in alarms)


def test_a_recording_of_another_line_is_refused(line: LoadedLine, tables: Tables, recordings: list[Path]) -> None:
    other = replace(line, model=replace(line.model, id="cheese"))
    with pytest.raises(RecordingError, match=r"steam\.rec: it is of the line 'sausage', not of 'cheese'"):
        what_if(other, tables, recordings[0])


def test_a_recording_with_other_alarms_says_so(line: LoadedLine, tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "short.rec"
    run_shift(line, ShiftSettings(0.005, 1, (), record=path))
    assert what_if(line, tables, path).notes == []
    table = tables.after  # of another version
    (note,) = what_if(replace(line, alarms=table), tables, path).notes
    assert "other alarms" in note


@pytest.fixture
def unfinished(line: LoadedLine, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "empty.rec"
    recording = LineRecording(path, line, START_NS)
    yield path
    recording.close()


def test_a_recording_without_images_is_refused(line: LoadedLine, tables: Tables, unfinished: Path) -> None:
    with pytest.raises(RecordingError, match=r"empty\.rec: "):
        what_if(line, tables, unfinished)


def test_a_folder_without_samples_is_refused(line: LoadedLine, tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="holds no samples; name a recording, or the data folder of a line"):
        what_if(line, tables, tmp_path)


def test_a_recording_that_is_not_there_or_stands_twice_is_refused(
    line: LoadedLine, tables: Tables, recordings: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RecordingError, match=r"none\.rec: there is no such file; make one with potok shift LINE --record"):
        what_if(line, tables, tmp_path / "none.rec")
    cut = tmp_path / "cut.rec"
    cut.write_bytes(recordings[0].read_bytes()[:100])
    with pytest.raises(RecordingError, match=r"cut\.rec: nothing of it can be used: the recording was not ended"):
        what_if(line, tables, cut)
    change = tmp_path / "change.yaml"
    change.write_text(f"changes:\n  - {{alarm: {STEAM}, remove: true}}\n", encoding="utf-8")
    path = str(recordings[0])
    assert main(["alarms", "what-if", "sausage", "--change", str(change), "--over", path, path]) == 2
    assert "steam.rec stands twice after --over; leave one out" in capsys.readouterr().err


def test_the_line_itself_must_be_without_fault(line: LoadedLine, tmp_path: Path) -> None:
    (tmp_path / "alarms.yaml").write_text("alarms:\n  - {tag: No.Such, kind: high}\n", encoding="utf-8")
    change = tmp_path / "change.yaml"
    change.write_text("changes:\n  - {alarm: A, limit: 1}\n", encoding="utf-8")
    with pytest.raises(LineError) as refused:
        load_tables(replace(line, folder=tmp_path), change)
    assert {p.file for p in refused.value.problems} == {"alarms.yaml"}
