"""A chattering alarm is tuned on a recorded shift: the chatter goes and the real event stays; a limit too high loses it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.plant import Process, run_potok
from tests.scenarios.shared import made_once

HIGH = "F301.BatterTemp.high"
TUNED = """    limit: 14.0
    deadband: 0.5
    on_delay_s: 30
    off_delay_s: 30
"""
UNTUNED = """    limit: 14.0
    deadband: 0
    on_delay_s: 0
    off_delay_s: 0
"""
HOURS = 1.15
NOISE = "16:noise:F301.BatterTemp:2:4"
STUCK = "63.5:freeze:F301.BatterTemp:15:2"


class Tuning:
    """A line folder whose batter alarm has neither deadband nor delays, and a recording of it."""

    def __init__(self, recorded: Path, own: Path) -> None:
        self.line = recorded / "line"
        self.recording = recorded / "shift.rec"
        self.data = recorded / "data"
        self.live: dict[str, Any] = json.loads((recorded / "report.json").read_text(encoding="utf-8"))
        self._folder = own

    @staticmethod
    def record(folder: Path) -> None:
        shutil.copytree("lines/sausage", folder / "line")
        alarms = folder / "line" / "alarms.yaml"
        text = alarms.read_text(encoding="utf-8")
        assert text.count(TUNED) == 1
        alarms.write_text(text.replace(TUNED, UNTUNED), encoding="utf-8")
        recorded = run_potok(
            "shift", str(folder / "line"), "--hours", str(HOURS), "--json", "--record", str(folder / "shift.rec"),
            "--data", str(folder / "data"), "--fault", NOISE, "--fault", STUCK, timeout_s=110.0,
        )  # fmt: skip
        assert recorded.returncode == 0, recorded.stderr
        (folder / "report.json").write_text(recorded.stdout, encoding="utf-8")

    def arguments(self, text: str, over: Path | None = None) -> list[str]:
        change = self._folder / "change.yaml"
        change.write_text(text, encoding="utf-8")
        return ["alarms", "what-if", str(self.line), "--change", str(change), "--over", str(over or self.recording)]

    def what_if(self, text: str, over: Path | None = None) -> dict[str, Any]:
        ran = run_potok(*self.arguments(text, over), "--json", timeout_s=110.0)
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr == ""
        return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def tuning(tmp_path_factory: pytest.TempPathFactory) -> Tuning:
    return Tuning(made_once(tmp_path_factory, "tuned-shift", Tuning.record), tmp_path_factory.mktemp("what_if"))


def change_of(alarm: str, **keys: float) -> str:
    return f"  - {{alarm: {alarm}, {', '.join(f'{k}: {v}' for k, v in keys.items())}}}\n"


def episodes(figures: dict[str, Any]) -> dict[str, int]:
    return {c["id"]: c["episodes"] for c in figures["chattering"]}


@pytest.mark.timeout(240)
def test_a_deadband_and_delays_take_the_chatter_and_keep_the_real_event(tuning: Tuning) -> None:
    found = tuning.what_if("changes:\n" + change_of(HIGH, deadband=0.5, on_delay_s=20, off_delay_s=30))
    (one,) = found["recordings"]
    assert one["complete"]
    assert one["scans"] == round(HOURS * 3600 * 4) + 1
    assert HIGH in episodes(one["before"])
    assert HIGH not in episodes(one["after"])
    assert one["after"]["alarms"] < one["before"]["alarms"] / 5
    assert sum(c["count"] for c in one["after"]["fleeting"]) == 0
    assert one["after"]["peak_10_min"] < one["before"]["peak_10_min"]
    counts = {c["id"]: (c["before"], c["after"]) for c in one["counts"]}
    assert list(counts) == [HIGH], "no other alarm is touched"
    (event,) = [e for e in one["events"] if e["alarm"] == HIGH]
    assert (event["why"], event["because"]) == ("fault", "fault freeze at F301.BatterTemp")
    assert event["outcome"] == "later"
    assert event["later_s"] == 20.0
    assert found["warning"] == ""
    assert found["total"]["events"]["missed"] == 0
    assert tuning.live["events"]["alarm"] > 50, "live it chattered as well"


@pytest.mark.timeout(240)
def test_a_limit_far_too_high_misses_the_real_event_and_says_so(tuning: Tuning) -> None:
    change = "changes:\n" + change_of(HIGH, limit=50)
    found = tuning.what_if(change)
    (event,) = [e for e in found["recordings"][0]["events"] if e["alarm"] == HIGH]
    assert (event["outcome"], event["after_ns"], event["later_s"]) == ("missed", None, None)
    assert found["warning"].startswith("1 of ")
    assert found["total"]["gone"] == [HIGH]
    told = run_potok(*tuning.arguments(change), timeout_s=110.0)
    assert told.returncode == 0
    lines = told.stdout.splitlines()
    assert lines[0].startswith("WARNING: 1 of ")
    (missed,) = [line for line in lines if "MISSED" in line]
    assert HIGH in missed
    assert "fault freeze at F301.BatterTemp" in missed


@pytest.mark.timeout(240)
def test_a_data_folder_does_for_a_recording_and_is_called_approximate(tuning: Tuning) -> None:
    found = tuning.what_if("changes:\n" + change_of(HIGH, limit=50), tuning.data)
    (one,) = found["recordings"]
    assert one["approximate"]
    assert "deadbands" in one["notes"][0]
    assert (one["to_ns"] - one["from_ns"]) / 3.6e12 == pytest.approx(HOURS, abs=0.01)
    missed = {e["alarm"]: e["because"] for e in one["events"] if e["outcome"] == "missed"}
    assert missed == {HIGH: "B1002 was held"}, "the journal knows no faults, but what came of them"
    assert found["warning"].startswith("1 of ")


@pytest.mark.timeout(240)
def test_a_recording_that_was_cut_off_is_used_as_far_as_it_goes(tuning: Tuning, tmp_path: Path) -> None:
    cut = tmp_path / "cut.rec"
    cut.write_bytes(tuning.recording.read_bytes()[:-100_000])
    found = tuning.what_if("changes:\n" + change_of(HIGH, on_delay_s=10), cut)
    (one,) = found["recordings"]
    assert not one["complete"]
    assert one["scans"] > 0
    assert one["scans"] % 240 == 0
    assert "not ended" in one["notes"][0]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("end", ["killed", "interrupted"])
def test_a_shift_that_does_not_end_leaves_a_recording_of_use(tuning: Tuning, tmp_path: Path, end: str) -> None:
    path = tmp_path / "half.rec"
    shift = Process(tmp_path / "shift.out", "shift", str(tuning.line), "--hours", "8", "--json", "--record", str(path))
    try:
        shift.until(lambda: path.exists() and path.stat().st_size > 150_000, 60, "some minutes of the shift")
        if end == "killed":
            shift.popen.kill()
            shift.popen.wait(10)
        else:
            assert shift.interrupt() == 1
    finally:
        shift.close()
    (one,) = tuning.what_if("changes:\n" + change_of(HIGH, on_delay_s=10), path)["recordings"]
    assert not one["complete"]
    assert "not ended" in one["notes"][0]
    assert one["scans"] >= 240
    assert one["scans"] % 240 == 0 or end == "interrupted", "whole chunks"


def test_a_faulty_change_is_told_with_its_line_and_what_to_do(tuning: Tuning) -> None:
    told = run_potok(*tuning.arguments("changes:\n" + change_of("F301.BaterTemp.high", limit=13)))
    assert told.returncode == 2
    assert "change.yaml:2" in told.stderr
    assert "Did you mean F301.BatterTemp.high?" in told.stderr
    assert told.stdout == ""


def test_a_file_that_is_no_recording_is_refused(tuning: Tuning) -> None:
    change = "changes:\n" + change_of(HIGH, on_delay_s=10)
    told = run_potok(*tuning.arguments(change, tuning.line / "line.yaml"))
    assert told.returncode == 2
    assert "line.yaml: this is no recording" in told.stderr
    missing = run_potok(*tuning.arguments(change, tuning.line / "none.rec"))
    assert missing.returncode == 2
    assert "none.rec: there is no such file; make one with potok shift LINE --record FILE" in missing.stderr
