"""A whole shift on a manual clock, as CI runs it: the same bits again, a fault in the cook, a data folder like the plant's."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from tests.scenarios.coarse import SHIPPED, coarse_folder
from tests.scenarios.plant import POTOK, run_potok

HOURS = 3.0
PRODUCTS = ("--recipe", "krakovskaya", "--recipe", "vetchina:120@5", "--recipe", "doktorskaya@10", "--recipe", "doktorskaya")
REQUIRED = {"scans", "sim_s", "wall_s", "speedup", "batches", "alarms", "hash"}
VARIES = {"wall_s", "speedup"}
FAULT = "63:sensor_break:S401.CoreTemp::2"
FAULT_HOURS = 4.85  # one batch from reception to the last pack takes 4.65 h, and was held for some minutes


class Shift:
    """``potok shift … --json`` as a process of its own."""

    def __init__(self, line: Path, *arguments: str, hash_seed: str = "0") -> None:
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [*POTOK, "shift", str(line), "--json", *arguments]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def report(self) -> dict[str, Any]:
        out, err = self.popen.communicate(timeout=200)
        assert self.popen.returncode == 0, err
        assert err == ""
        return json.loads(out)


@contextmanager
def ended(*shifts: Shift) -> Iterator[None]:
    """Ends what is still running, and closes the pipes, whether somebody read them or not."""
    try:
        yield
    finally:
        for shift in shifts:
            with shift.popen:
                shift.popen.kill()


@pytest.mark.timeout(300)
def test_the_same_seed_gives_the_same_shift(tmp_path: Path) -> None:
    line = coarse_folder(tmp_path)
    pair = [Shift(line, "--hours", str(HOURS), *PRODUCTS, "--seed", "1", hash_seed=h) for h in ("1", "4711")]
    with ended(*pair):  # at once: both cores are busy with them
        first, again = (s.report() for s in pair)
    assert set(first) >= REQUIRED
    assert {k: v for k, v in first.items() if k not in VARIES} == {k: v for k, v in again.items() if k not in VARIES}
    assert first["scans"] == HOURS * 3600 + 1  # and the one in which the shift ends
    assert first["sim_s"] == HOURS * 3600
    assert first["speedup"] == pytest.approx(first["sim_s"] / first["wall_s"], rel=0.01)
    assert len(first["batches"]) == 4
    assert first["alarms"] == 0, "an alarm stands in normal production"
    assert len(first["hash"]) == 64


def test_another_seed_gives_another_shift() -> None:
    pair = [Shift(SHIPPED, "--hours", "0.2", "--seed", seed) for seed in ("1", "2")]
    one, other = (s.report() for s in pair)
    assert one["hash"] != other["hash"]
    assert one["scans"] == other["scans"]


@pytest.mark.timeout(300)
def test_a_broken_probe_holds_the_batch_and_no_more(tmp_path: Path) -> None:
    data = tmp_path / "data"
    arguments = ("--hours", str(FAULT_HOURS), "--seed", "1", "--fault", FAULT, "--data", str(data))
    shift = Shift(coarse_folder(tmp_path), *arguments)
    with ended(shift):
        report = shift.report()
    assert report["alarms"] > 0
    batch = report["batches"][0]
    assert batch["state"] == "complete"
    queries = Queries(data)
    told = [e.data for e in queries.events_after(0, 100_000, "batch") if e.batch == batch["id"]]
    states = [d["to"] for d in told if d["what"] == "state" and d["node"] == ""]
    assert states == ["running", "holding", "held", "restarting", "running", "complete"]
    alarms = [(e.source, e.data["to"]) for e in queries.events_after(0, 100_000, "alarm")]
    for alarm in ("S401.CoreTemp.bad_quality", "S401.recipe_deviation"):
        assert [to for source, to in alarms if source == alarm] == ["unack_active", "acked_active", "normal"]
    assert len(alarms) == 6, "the sensor and what it did to the batch, and no more"
    held_s = report["totals"]["held_s"]["S401"]
    assert 100 <= held_s <= 200  # the operator looks after a held batch once it has been held for two minutes
    check_journal(report, data)
    check_masses(report, data)


def check_journal(report: dict[str, Any], data: Path) -> None:
    """What the report counts is what the disk holds."""
    queries = Queries(data)
    assert queries.verify_chain() == (True, None)
    events = queries.events_after(0, 100_000)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert sum(report["events"].values()) == len(events)
    assert sum(queries.sample_counts().values()) == report["samples"] > 50_000
    shift = queries.shifts()[0]
    assert shift["state"] == "closed"
    full = queries.shift_report(str(shift["id"]))
    assert full is not None
    assert full["totals"] == report["totals"]


def last_value(data: Path, tag: str) -> float:
    """The newest stored value of a tag."""
    newest = sorted((data / "samples").glob("*.db"))[-1]
    connection = sqlite3.connect(newest)
    sql = "SELECT value FROM samples JOIN tags ON tags.id = samples.tag WHERE tags.name = ? ORDER BY time_ns DESC LIMIT 1"
    row = connection.execute(sql, (tag,)).fetchone()
    connection.close()
    return float(row[0])


def check_masses(report: dict[str, Any], data: Path) -> None:
    """What was charged is packed, on the line, or a loss of the size that cooking has."""
    totals = report["totals"]
    charged, packed = totals["charged_kg"], totals["packed_kg"]
    # every batch weighs its raw materials in, to the tolerance of its ingredients
    assert charged == pytest.approx(4 * 117.1, rel=0.01)
    # one batch has been packed: with its ice it came in with 140 kg, and lost to heat treatment and rejects what it may
    assert packed == pytest.approx(last_value(data, "P601.PackedMass"), abs=1.0)
    assert 0.85 * 140.0 <= packed <= 0.97 * 140.0
    assert totals["batches_started"] == 4
    assert totals["batches_completed"] == 1
    balance = report["mass_balance"]
    assert abs(balance["difference_kg"]) < 1e-3, "what entered is what left and what is still on the line"
    assert balance["packed_kg"] == pytest.approx(packed, abs=1.0)
    assert balance["on_line_kg"] > 0.0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("63:sensor_brake:S401.CoreTemp", "unknown fault 'sensor_brake'; there are sensor_break"),
        ("63:sensor_break:S401.Core", "cannot be aimed at 'S401.Core'"),
        ("soon:sensor_break:S401.CoreTemp", "minute, value and minutes are numbers"),
        ("sensor_break:S401.CoreTemp", "write MINUTE:NAME:TARGET"),
        ("-1:sensor_break:S401.CoreTemp", "the minute is at least 0"),
        ("nan:sensor_break:S401.CoreTemp", "the minute is at least 0"),
        ("600:sensor_break:S401.CoreTemp", "after the end of the shift"),
        ("1:sensor_break:S401.CoreTemp::0", "the minutes are above 0"),
    ],
)
def test_a_wrong_fault_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str, message: str
) -> None:
    from potok.cli import main

    assert main(["shift", "sausage", "--hours", "1", "--data", str(tmp_path / "data"), f"--fault={fault}", "--json"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert message in told.err
    assert not (tmp_path / "data").exists()


def test_a_folder_with_a_journal_is_not_written_over(tmp_path: Path) -> None:
    arguments = ("shift", "sausage", "--hours", "0.02", "--data", str(tmp_path / "data"), "--json")
    assert run_potok(*arguments).returncode == 0
    before = (tmp_path / "data" / "journal.db").read_bytes()
    again = run_potok(*arguments)
    assert again.returncode == 2
    assert "holds a journal already: name an empty folder" in again.stderr
    assert (tmp_path / "data" / "journal.db").read_bytes() == before
