"""Engine, server and InfluxDB killed at random moments of a running shift, twenty times: every committed point arrives once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from historian.ledger import shift_ledger
from historian.outbox import unsent_days
from historian.queries import Queries
from historian.schema import MEASUREMENTS, PROCESS
from historian.sinks import SinkGroup
from historian.sinks_file import read_sinks
from line.clock import NS_PER_S, SystemClock, sleep_s
from potok.yamlfile import read_yaml
from tests.scenarios.demo_process import ApiUser
from tests.scenarios.plant import Serve, Sim, alive, plant
from tests.sinks import InfluxDb, influx_db, wait_for

SEED = 20260123
SPEED = 20.0
KILLS = {"engine": 5, "server": 5, "influx": 10}
SINKS = """
sinks:
  plant: {{url: "{url}", api: v1, bucket: potok, timeout_s: 3, backfill_points_per_s: 0}}
  dead: {{url: "http://127.0.0.1:9", timeout_s: 1}}
"""


@pytest.mark.timeout(240)
def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "line").mkdir()
    with influx_db(tmp_path / "influx") as influx:
        with plant(tmp_path / "line", SPEED, sinks=SINKS.format(url=influx.url)) as (sim, serve, user):
            data = serve.data
            start_batch(sim, user)
            told = kill_all(serve, influx)
            influx.start()
            wait_for(lambda: sink_of(serve, "plant").get("state") == "up", 40, "the sink")
            assert sink_of(serve, "dead")["state"] == "down", "and the other sink did not wait for it"
            assert serve.interrupt() == 0
        with capsys.disabled():
            print(f"\nseed {SEED}: {told}", end="")
        send_the_rest(data)
        everything_is_there(data, influx)
        the_ledger_agrees(data)


def start_batch(sim: Sim, user: ApiUser) -> None:
    """Work for the shift: a batch, and an alarm that comes and goes."""
    sim.inject("motor_trip", "H501")
    user.command("batch.create", "doktorskaya", size_kg=140.0, start=True)
    user.until(lambda: user.value("R101.PhSts")[0] == 1, 20, "weighing")


def kill_all(serve: Serve, influx: InfluxDb) -> str:
    """The kills in an order and at moments of the seed; each victim is alive and at work when it is killed."""
    dice = random.Random(SEED)
    order = [victim for victim, count in KILLS.items() for _ in range(count)]
    dice.shuffle(order)
    clock = SystemClock()
    began_ns = clock.monotonic_ns()
    moments: list[str] = []
    killed = {"engine": 0, "server": 0}
    for victim in order:
        sleep_s(dice.uniform(0.1, 1.2))
        if victim == "influx":
            influx.start()
            sleep_s(dice.uniform(0.0, 0.5))
            influx.kill()
            if dice.random() < 0.5:
                influx.begin()
        else:
            pid_of = serve.engine_pid if victim == "engine" else serve.server_pid
            wait_for(lambda pid=pid_of, last=killed[victim]: pid() not in (0, last) and alive(pid()), 40, f"the {victim}")
            sleep_s(dice.uniform(0.0, 0.8))
            killed[victim] = pid_of()
            os.kill(killed[victim], signal.SIGKILL)
        moments.append(f"{victim} {(clock.monotonic_ns() - began_ns) / NS_PER_S:.1f} s")
    assert len(moments) == 20
    return ", ".join(moments)


def sink_of(serve: Serve, name: str) -> dict[str, Any]:
    sinks: list[dict[str, Any]] = serve.health().get("forwarder", {}).get("sinks", [])
    return next((s for s in sinks if s["name"] == name), {})


def send_the_rest(data: Path) -> None:
    """The server starts once more, in this process, and sends what it had not sent yet."""
    sinks = read_sinks(data, read_yaml)
    group = SinkGroup(data, sinks, "sausage", SystemClock())
    group.start()
    try:
        wait_for(
            lambda: dict(group.status())["plant"].backlog == 0 and dict(group.status())["plant"].state == "up", 40, "the rest"
        )
        assert dict(group.status())["plant"].dead == 0
    finally:
        group.close()


def sql(path: Path, text: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return db.execute(text).fetchall()


def days(data: Path) -> list[Path]:
    return sorted((data / "samples").glob("????-??-??.db"))


def everything_is_there(data: Path, influx: InfluxDb) -> None:
    """Keys and values of the database are those of the files, each once."""
    stored = {
        (name, time_ns): (None if status >= 0x80000000 else value, status)
        for path in days(data)
        for name, time_ns, value, status in sql(
            path, "SELECT tags.name, time_ns, value, status FROM samples JOIN tags ON tags.id = samples.tag"
        )
    }
    assert len(stored) > 1000
    found = [
        ((series["tags"]["tag"], time_ns), (text if value is None else value, status))
        for series in influx.query(f'SELECT "value", "text", "status" FROM "{PROCESS}" GROUP BY "tag"')
        for time_ns, value, text, status in series["values"]
    ]
    assert len(found) == len({key for key, _ in found}) == len(stored)
    wrong = [(key, values, stored[key]) for key, values in found if key not in stored or not same(values, stored[key])]
    assert wrong == []
    assert Queries(data).verify_chain() == (True, None)
    seqs = Counter(
        seq
        for name in MEASUREMENTS
        if name != PROCESS
        for series in influx.query(f'SELECT "seq" FROM "{name}"')
        for _, seq in series["values"]
    )
    last = sql(data / "journal.db", "SELECT max(seq), count(*) FROM events")[0]
    assert last[0] == last[1] > 50
    assert seqs == Counter(range(1, last[0] + 1))


def same(found: tuple[Any, Any], stored: tuple[Any, Any]) -> bool:
    """InfluxDB answers whole numbers for whole floats."""
    if stored[0] is None or isinstance(stored[0], str) or stored[0] != stored[0]:
        return found == (stored[0] if isinstance(stored[0], str) else None, stored[1])
    return found[0] is not None and float(found[0]) == stored[0] and found[1] == stored[1]


def the_ledger_agrees(data: Path) -> None:
    """The counts of every shift, once more from the rows themselves. The dead sink has nothing, so it is left out first."""
    (data / "forward" / "dead.db").unlink()
    shifts = sql(data / "journal.db", "SELECT id, started_ns FROM shifts")
    total = 0
    for shift, started_ns in [*shifts, ("", 0)]:
        ledger = shift_ledger(data / "samples", data / "x", shift, started_ns, SystemClock().now_ns())
        query = f"SELECT count(*), sum(status >= 2147483648) FROM samples JOIN batches USING (batch) WHERE shift = '{shift}'"
        counts = [sql(path, query)[0] for path in days(data)]
        stored, bad = sum(c[0] for c in counts), sum(c[1] or 0 for c in counts)
        assert (ledger.stored, ledger.bad, ledger.forwarded) == (stored, bad, stored)
        total += stored
    assert total == sum(sql(path, "SELECT count(*) FROM samples")[0][0] for path in days(data))
    assert unsent_days(data) == set()
