"""Lost and slow links in mid-batch: what is marked and when, who is held, and that everything comes back by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from line.clock import SystemClock, sleep_s
from tests.scenarios.demo_process import ApiUser
from tests.scenarios.plant import Sim, alive, plant, restart

SPEED = 100.0
PERIOD_NS = 250_000_000
HELD_AFTER_S = 5.0


@pytest.mark.timeout(240)
def test_outages_of_both_plcs(tmp_path: Path) -> None:
    with plant(tmp_path, SPEED) as (sim, serve, user):
        slow_answers_delay_no_scan(sim, user)
        user.command("batch.create", "doktorskaya", size_kg=140.0, start=True)
        batch_id = str(user.batch()["id"])
        user.until(lambda: user.answers(batch_id) and user.batch(batch_id).get("phase") == "chop", 60, "the cutter")
        user.until(lambda: user.value("C201.PhSts")[0] == 1, 20, "chopping")
        pids = (sim.pid, serve.engine_pid(), serve.server_pid())
        link_drop(sim, user, batch_id, "plc1", "plc2")
        go_on(user, batch_id, "C201")
        user.until(lambda: user.value("S401.PhSts")[0] == 1, 40, "the smokehouse")
        link_drop(sim, user, batch_id, "plc2", "plc1")
        go_on(user, batch_id, "S401")
        user.until(lambda: user.alarm("Link.plc1.Up.discrete").get("state") == "rtn_unack", 15, "the alarm's return")
        assert pids == (sim.pid, serve.engine_pid(), serve.server_pid()), "something was started anew"
        assert serve.interrupt() == 0
        assert sim.interrupt() == 0
        assert not alive(pids[1])
        assert not alive(pids[2])
        assert "Traceback" not in serve.text() + sim.text()


def slow_answers_delay_no_scan(sim: Sim, user: ApiUser) -> None:
    """A PLC that answers late makes its own values old and nothing else: the scans go on at their times."""
    sim.inject("slow_answers", "plc1", 40.0)  # for each of nine requests: a poll takes longer than a scan
    sim.inject("slow_answers", "plc2", 400.0)
    user.until(lambda: user.get("/api/views/links")["plc1"]["round_trip_ms"] > 30, 15, "slow answers")
    overruns, before = user.get("/api/views/engine")["overruns"], user.get("/api/image")
    user.until(lambda: user.get("/api/image")["scan"] >= before["scan"] + 8, 10, "eight scans")
    after = user.get("/api/image")
    assert user.get("/api/views/engine")["overruns"] == overruns
    assert abs((after["time_ns"] - before["time_ns"]) / PERIOD_NS - (after["scan"] - before["scan"])) <= 1.0
    for device in ("plc1", "plc2"):
        sim.clear("slow_answers", device)
    user.until(lambda: all(good(user.get("/api/image"), tags_of(user, d)) for d in ("plc1", "plc2")), 15, "all values Good")


def tags_of(user: ApiUser, device: str) -> list[str]:
    """The tags that are read from a device."""
    return [t["name"] for t in user.get("/api/line")["tags"] if t["device"] == device]


def good(image: dict[str, Any], names: list[str]) -> bool:
    """True when every one of these is Good."""
    return all(image["tags"][n][1] == 0 for n in names)


def link_drop(sim: Sim, user: ApiUser, batch_id: str, device: str, other: str) -> None:
    """The link of ``device`` breaks for as long as it takes to see the batch Held, and comes back."""
    lost, kept = tags_of(user, device), tags_of(user, other)
    assert good(user.get("/api/image"), [*lost, *kept])
    last = user.get("/api/events?after=0&limit=1")["last"]
    sim.inject("link_drop", device)
    marked = watch(user, batch_id, lost, kept)
    down = next(
        e
        for e in user.get(f"/api/events?after={last}&limit=500&kind=link")["events"]
        if e["source"] == device and e["data"]["to"] != "up"
    )
    assert marked - down["time_ns"] <= 3 * PERIOD_NS
    held = next(
        e
        for e in user.get(f"/api/events?after={last}&limit=500&kind=batch")["events"]
        if e["data"].get("to") in ("holding", "held")
    )
    assert HELD_AFTER_S - 1.0 <= (held["time_ns"] - down["time_ns"]) / 1e9 <= HELD_AFTER_S + 2.0
    assert "нет связи" in user.batch(batch_id)["held_reason"]["ru"]
    assert "no link" in user.batch(batch_id)["held_reason"]["en"]
    alarm = f"Link.{device}.Up.discrete"
    user.until(lambda: user.alarm(alarm).get("state") == "unack_active", 10, "the alarm of the link")
    assert user.alarm(alarm)["priority"] == 1
    sim.clear("link_drop", device)
    user.until(lambda: good(user.get("/api/image"), lost), 20, "the values' recovery")
    assert good(user.get("/api/image"), kept)


def watch(user: ApiUser, batch_id: str, lost: list[str], kept: list[str]) -> int:
    """Look at every image until the batch is held; the time of the first one in which nothing of ``lost`` was Good."""
    marked = 0
    clock = SystemClock()
    deadline_ns = clock.monotonic_ns() + 20_000_000_000
    while clock.monotonic_ns() < deadline_ns:
        image = user.get("/api/image")
        assert good(image, kept), "the other PLC's values suffer too"
        if not marked and not any(image["tags"][n][1] == 0 for n in lost):
            marked = image["time_ns"]
        if marked and user.batch(batch_id)["state"] == "held":
            return marked
        sleep_s(0.05)
    raise AssertionError(f"marked at {marked}, batch {user.batch(batch_id)}")


def go_on(user: ApiUser, batch_id: str, unit: str) -> None:
    """A person restarts the batch; nothing else is needed."""
    supervised = "PLC1.SupOk" if unit == "C201" else "PLC2.SupOk"
    user.until(lambda: user.value(supervised)[:2] == [1, 0], 15, "the heartbeat")
    user.until(lambda: user.value(f"{unit}.PhSts")[0] in (1, 2, 6), 10, "the phase at rest")
    restart(user, batch_id)
