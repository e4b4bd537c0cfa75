"""Processes killed in mid-batch: the engine, the server, and ``serve`` itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from historian.queries import Queries
from tests.scenarios.demo_process import ApiUser
from tests.scenarios.plant import Serve, Sim, alive, plant, restart
from tests.sinks import wait_for

ALARM = "H501.FanTrip.discrete"
SPEED = 8.0


@pytest.mark.timeout(240)
def test_whoever_is_killed_the_batch_and_the_journal_survive(tmp_path: Path) -> None:
    with plant(tmp_path, SPEED) as (sim, serve, user):
        batch_id = start_batch(sim, user)
        kill_engine(serve, user, batch_id)
        kill_server(serve, user)
        kill_serve(sim, serve, user)


def start_batch(sim: Sim, user: ApiUser) -> str:
    """A batch in its first phase, and an acknowledged alarm that has nothing to do with it."""
    sim.inject("motor_trip", "H501")
    user.until(lambda: user.alarm(ALARM).get("state") == "unack_active", 20, "the alarm")
    user.command("alarm.ack", alarms=[ALARM])
    user.until(lambda: user.alarm(ALARM).get("state") == "acked_active", 10, "the acknowledgement")
    user.command("batch.create", "doktorskaya", size_kg=140.0, start=True)
    user.until(lambda: user.value("R101.PhSts")[0] == 1, 20, "weighing")
    return str(user.batch()["id"])


def all_events(user: ApiUser) -> list[dict[str, Any]]:
    """Everything the API shows."""
    return user.get("/api/events?after=0&limit=5000")["events"]


def kill_engine(serve: Serve, user: ApiUser, batch_id: str) -> None:
    """The engine dies in mid-phase and comes back; the server is the same process all along."""
    shown = all_events(user)
    server_pid, engine_pid = serve.server_pid(), serve.engine_pid()
    os.kill(engine_pid, signal.SIGKILL)
    wait_for(lambda: serve.health().get("engine") == "down", 5, "the server's word that the engine is down")
    refused = user.get("/api/image")["tags"]
    assert not [name for name, (_, status, _) in refused.items() if status == 0], "a value is Good while nobody reads it"
    wait_for(lambda: serve.health().get("engine") == "up", 30, "the engine's return")
    assert serve.server_pid() == server_pid
    assert alive(server_pid)
    assert serve.engine_pid() not in (0, engine_pid)

    user.until(lambda: user.batch(batch_id).get("state") == "held", 10, "the batch Held")
    assert user.batch(batch_id)["held_reason"] == {
        "ru": "Система управления перезапущена: проверьте продукт и продолжите или остановите партию",
        "en": "The engine restarted: check the product, then restart or stop the batch",
    }
    assert user.alarm(ALARM)["state"] == "acked_active"
    assert user.get("/api/views/engine")["restored"] is True

    after = all_events(user)
    assert after[: len(shown)] == shown, "an event that was shown before the kill has changed or is gone"
    assert [e["seq"] for e in after] == list(range(1, len(after) + 1))
    assert Queries(serve.data).verify_chain() == (True, None)
    assert any(e["kind"] == "system" and e["data"]["what"] == "restored" for e in after[len(shown) :])

    user.until(lambda: user.value("PLC1.SupOk")[:2] == [1, 0] and user.value("R101.PhSts")[0] in (2, 6), 20, "a safe state")
    restart(user, batch_id)
    user.until(lambda: user.answers(batch_id) and user.value("G101.PhSts")[0] == 1, 30, "grinding")
    assert user.alarm(ALARM)["state"] == "acked_active"


def kill_server(serve: Serve, user: ApiUser) -> None:
    """The server dies and comes back alone; the engine goes on scanning, and nobody has to sign in again."""
    server_pid, engine_pid = serve.server_pid(), serve.engine_pid()
    before, overruns = user.get("/api/image"), user.get("/api/views/engine")["overruns"]
    shown = all_events(user)
    os.kill(server_pid, signal.SIGKILL)
    wait_for(
        lambda: serve.server_pid() not in (0, server_pid) and serve.health().get("engine") == "up", 30, "the server's return"
    )
    assert serve.engine_pid() == engine_pid
    user.until(lambda: user.get("/api/image")["scan"] > before["scan"], 10, "an image")
    after = user.get("/api/image")
    missed = user.get("/api/views/engine")["overruns"] - overruns
    assert missed == 0
    # the scans that were made are the scans that were due, to within the one in progress
    assert abs((after["time_ns"] - before["time_ns"]) / 250e6 - (after["scan"] - before["scan"])) <= 1.0
    assert all_events(user)[: len(shown)] == shown


def kill_serve(sim: Sim, serve: Serve, user: ApiUser) -> None:
    """With ``serve`` killed, both children end by themselves, and the PLCs hold their phases for want of a supervisor."""
    user.until(lambda: user.value("G101.PhSts")[0] == 1, 30, "grinding")
    pids = (serve.engine_pid(), serve.server_pid())
    assert all(alive(p) for p in pids)
    serve.popen.kill()
    serve.popen.wait(10)
    wait_for(lambda: not any(alive(p) for p in pids), 15, "the end of engine and server")
    assert not (serve.data / "engine.json").exists()
    assert not (serve.data / "server.json").exists()
    status = sim.ask("status")
    assert status["plcs"]["plc1"]["supervised"], "the PLC gave up too early"
    assert status["units"]["G101"]["state"] == "running"
    wait_for(lambda: not sim.ask("status")["plcs"]["plc1"]["supervised"], 12, "the watchdog of PLC 1")
    wait_for(lambda: not sim.ask("status")["plcs"]["plc2"]["supervised"], 5, "the watchdog of PLC 2")
    wait_for(lambda: sim.ask("status")["units"]["G101"]["state"] == "held", 5, "the phase Held by the PLC itself")
    queries = Queries(serve.data)
    assert queries.verify_chain() == (True, None)
    events = queries.events_after(0, 100_000)
    assert [e.seq for e in events] == list(range(1, len(events) + 1))
    assert events[-1].data.get("what") == "stopped"
