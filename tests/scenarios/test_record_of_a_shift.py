"""A real shift with a broken sensor during cooking: its records are whole and say what happened, and why knows it too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from historian.record import canonical
from historian.record_pdf import attached_record, render_pdf
from historian.record_verify import read_record, verify_against, verify_record
from line.messages import EventKind
from potok import cli
from potok.linefolder import SHIPPED, load_line
from potok.shift import PlannedFault, ShiftSettings, run_shift
from tests.scenarios.shared import made_once

BREAK_MIN = 95.0
"""Minute of the shift at which the core probe of S401 breaks; Doktorskaya cooks there then."""


@pytest.fixture(scope="module")
def shift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "recorded-shift", work_the_shift) / "data"


def work_the_shift(base: Path) -> None:
    fault = PlannedFault(BREAK_MIN, "sensor_break", "S401.CoreTemp", None, 3.0)
    run_shift(load_line(SHIPPED / "sausage"), ShiftSettings(1.75, 1, (fault,), base / "data"), lambda _: None)


@pytest.fixture(scope="module")
def record(shift: Path) -> dict[str, Any]:
    found = Queries(shift).batch_report("B1001")
    assert found is not None
    return json.loads(canonical(found))


def test_the_record_agrees_with_its_journal(shift: Path, record: dict[str, Any]) -> None:
    findings = [*verify_record(record), *verify_against(record, shift)]
    assert [f for f in findings if f.ok is False] == []
    assert record["recipe"]["hash_ok"] is True


def test_no_event_of_the_batch_is_missing(shift: Path, record: dict[str, Any]) -> None:
    events = Queries(shift).events_after(0, 100_000)
    own = [e.seq for e in events if e.batch == "B1001" or (e.kind == EventKind.WRITE and e.source == "B1001")]
    assert own
    assert set(own) <= {row[0] for row in record["events"]}


def test_it_says_that_the_probe_broke_and_that_the_limit_is_not_judged_on_bad_data(record: dict[str, Any]) -> None:
    broken = next(d for d in record["deviations"] if d["tag"] == "S401.CoreTemp")
    assert (broken["kind"], broken["quality"], broken["value"], broken["disposition"]) == ("ccp", "BadSensorFailure", None, None)
    cooking = [c for c in record["ccp"] if c["node"].endswith(".cook")]
    assert [c["passed"] for c in cooking if c["when"] == "running"] == [False]
    assert [c["passed"] for c in cooking if c["when"] == "end"] == [None]
    assert record["batch"]["product"] == "on_hold"
    curve = next(c for c in record["curves"] if c["tag"] == "S401.CoreTemp")
    assert None in curve["v"]


def test_every_phase_that_is_done_has_what_it_reached(record: dict[str, Any]) -> None:
    done = [s for s in record["steps"] if s["status"] == "complete"]
    assert len(done) >= 6
    reached = [p for s in done for p in s["setpoints"] if p["parameter"] and p["actual"] is not None]
    assert len(reached) >= 6
    assert all(m["inside"] in (True, None) for m in record["materials"])


def test_it_prints_in_both_languages(record: dict[str, Any]) -> None:
    for language in ("ru", "en"):
        attached = attached_record(render_pdf(record, language))
        assert attached is not None
        assert read_record(attached) == record


def test_why_goes_back_to_the_line_of_the_recipe_file(shift: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["why", "B1001", "--data", str(shift), "--line", "sausage", "--language", "en"]) == 0
    said = capsys.readouterr().out
    assert "Deviation 1 of a critical control point" in said
    assert "recipes/doktorskaya.yaml:" in said
    assert cli.main(["why", "S401.SP_Temp", "--data", str(shift), "--line", "sausage", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [link["kind"] for link in found["chain"]][:3] == ["write", "request", "start"]
    assert found["chain"][0]["ref"]["file"] == "recipes/doktorskaya.yaml"
    text = (SHIPPED / "sausage" / "recipes" / "doktorskaya.yaml").read_text(encoding="utf-8").splitlines()
    assert "temp" in text[found["chain"][0]["ref"]["line"] - 1]


def test_why_of_every_setpoint_reaches_a_person_and_of_nothing_says_so(shift: Path) -> None:
    queries = Queries(shift)
    written = {str(e.data["tag"]) for e in queries.events_after(0, 100_000, EventKind.WRITE) if ".SP_" in str(e.data.get("tag"))}
    assert len(written) > 10
    for tag in sorted(written):
        found: dict[str, Any] = dict(queries.why(tag))
        assert found["chain"][-1]["kind"] == "command", tag
