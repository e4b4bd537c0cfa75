"""The line as a newcomer meets it: one command, both protocols, a batch, a fault, an alarm, a shift log in two places."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import cast

import pytest

from historian.queries import Queries
from historian.schema import MEASUREMENTS, PROCESS
from tests.scenarios.demo_process import ApiUser, DemoProcess, fault
from tests.sinks import VictoriaMetrics, victoria_metrics, wait_for

PROBE = "C201.BatterTemp"
ALARM = "C201.BatterTemp.bad_quality"


def stored_samples(data: Path, until_ns: int) -> int:
    """Samples in all day files up to a time."""
    total = 0
    for path in sorted((data / "samples").glob("*.db")):
        connection = sqlite3.connect(path)
        total += connection.execute("SELECT count(*) FROM samples WHERE time_ns <= ?", (until_ns,)).fetchone()[0]
        connection.close()
    return total


EVENTS = "(" + "|".join(name for name in MEASUREMENTS if name != PROCESS) + ")_n"
"""Every event is one point with the field ``n``, in the measurement of its kind."""


def sunk_points(sink: VictoriaMetrics, series: str, until_ns: int) -> int:
    """Points of the series whose name matches, up to a time; the sink keeps milliseconds."""
    stamps = [t for s in sink.export(f'{{__name__=~"{series}"}}') for t in cast(list[int], s["timestamps"])]
    return sum(t <= until_ns // 1_000_000 for t in stamps)


@pytest.mark.timeout(300)
def test_demo_from_start_to_shift_log(tmp_path: Path) -> None:
    with victoria_metrics(tmp_path / "sink") as sink:
        demo = DemoProcess(tmp_path / "data", "--no-operator", "--speed", "20", "--seed", "3", "--influx", sink.url)
        try:
            shift_id = work_a_shift(demo)
            check_sink(demo.data, shift_id, sink)
            assert demo.interrupt() == 0
        finally:
            demo.close()
        assert re.search(r"Смена [12]: итоги", demo.text()), "day or night, by the calendar"
        assert "Экрана нет" in demo.text()
        check_shift_log(demo.data, shift_id)


def check_sink(data: Path, shift_id: str, sink: VictoriaMetrics) -> None:
    """Everything up to the end of the shift arrives in the InfluxDB-compatible server, and nothing twice."""
    ended_ns = shift_end_ns(data, shift_id)
    events = len([e for e in Queries(data).events_after(0, 100_000) if e.time_ns <= ended_ns])
    assert events > 50
    # every sample has a status, a value only when it is a number
    wait_for(
        # both grow for a moment: samples reach the files up to a second after their time
        lambda: sunk_points(sink, "process_status", ended_ns) == stored_samples(data, ended_ns) > 500,
        30.0,
        "as many samples in the sink as in the files",
    )
    wait_for(lambda: sunk_points(sink, EVENTS, ended_ns) >= events, 30.0, "the events in the sink")
    assert sunk_points(sink, EVENTS, ended_ns) == events


def shift_end_ns(data: Path, shift_id: str) -> int:
    """When the shift ended."""
    report = Queries(data).shift_report(shift_id)
    assert report is not None
    return int(cast(int, report["ended_ns"]))


def work_a_shift(demo: DemoProcess) -> str:
    """What an operator does in this scenario; returns the id of the shift that was ended."""
    about = demo.about()
    with ApiUser(about["url"], about["user"], about["password"]) as user:
        links = lambda: user.get("/api/views").get("links", {})  # noqa: E731 -- none before the engine has introduced itself
        user.until(lambda: len(links()) == 2 and all(link["state"] == "up" for link in links().values()), 60, "both links")
        user.until(lambda: user.value("PLC1.SupOk")[0] == 1 and user.value("PLC2.SupOk")[0] == 1, 30, "the heartbeats")
        before = {tag: user.value(tag)[0] for tag in ("PLC1.Heartbeat", "PLC2.Heartbeat")}
        user.until(lambda: all(user.value(t)[0] != v for t, v in before.items()), 15, "values of both protocols")

        user.command("batch.create", "doktorskaya", size_kg=140.0, start=True)
        user.until(lambda: user.answers() and user.batch().get("phase") == "chop", 120, "the cutter")
        user.until(lambda: user.value("C201.PhSts")[0] == 1, 20, "chopping")
        batch_id = user.batch()["id"]

        fault(about["control"], "sensor_break", PROBE)
        user.until(lambda: user.value(PROBE)[1] == 0x808C0000, 15, "the broken sensor's quality")
        user.until(lambda: user.batch(batch_id)["state"] == "held", 30, "the batch Held")
        assert user.batch(batch_id)["held_reason"]["ru"]
        user.until(lambda: user.alarm(ALARM).get("state") == "unack_active", 40, "the alarm")
        user.command("alarm.ack", alarms=[ALARM])
        user.until(lambda: user.alarm(ALARM).get("state") == "acked_active", 10, "the acknowledgement")
        user.command("batch.command", batch_id, command="restart", ends=("refused",))

        fault(about["control"], "sensor_break", PROBE, "--clear")
        user.until(lambda: user.value(PROBE)[1] == 0, 15, "the sensor's recovery")
        user.until(lambda: user.value("C201.PhSts")[0] == 6, 15, "the phase Held")
        user.command("batch.command", batch_id, command="restart")
        user.until(lambda: user.batch(batch_id)["state"] == "running" and user.value("C201.PhSts")[0] == 1, 30, "the restart")

        shift_id = user.get("/api/views/shift")["id"]
        user.command("shift.end", note="test")
        user.until(lambda: any(s["id"] == shift_id and s["ended_ns"] for s in user.get("/api/shifts")["shifts"]), 15, "the end")
        report = user.get(f"/api/shifts/{shift_id}")
        assert report["totals"]["batches_started"] == 1
        assert report["totals"]["alarms"] >= 1
        return shift_id


def check_shift_log(data: Path, shift_id: str) -> None:
    """The journal on the disk tells the same story, and its chain of hashes holds."""
    queries = Queries(data)
    assert queries.verify_chain() == (True, None)
    events = queries.events_after(0, 100_000)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    alarm = [(e.data["from"], e.data["to"]) for e in events if e.kind == "alarm" and e.source == ALARM]
    assert ("normal", "unack_active") in alarm
    assert ("unack_active", "acked_active") in alarm
    states = [e.data["to"] for e in events if e.kind == "batch" and e.data.get("what") == "state"]
    for state in ("running", "held", "restarting"):
        assert state in states
    assert any(e.kind == "shift" and e.source == shift_id and e.data["what"] == "ended" for e in events)
    report = queries.shift_report(shift_id)
    assert report is not None
    counts = queries.sample_counts()
    assert counts["C201.BatterTemp"] > 5
    assert counts["S401.ChamberTemp"] > 1
