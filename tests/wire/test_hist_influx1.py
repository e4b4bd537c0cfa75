"""The sink and the reader against a real InfluxDB 1.x: every point as it was stored, through kills; trends read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from historian.forwarder import Forwarder, ForwarderState, Verdict
from historian.influx import InfluxSink, InfluxTarget
from historian.influx_read import UNCERTAIN, ArchiveError, InfluxqlArchive
from historian.journal import Journal
from historian.samples import SampleBlock, SampleStore
from line.clock import NS_PER_MS, NS_PER_S, SystemClock
from line.messages import Event
from tests.builders import T0_NS
from tests.history_kit import scan_block
from tests.sinks import InfluxDb, influx_db, wait_for

NAMES = [f"S401.T{n}" for n in range(20)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDb]:
    with influx_db(tmp_path_factory.mktemp("influx")) as running:
        yield running


def target(server: InfluxDb, bucket: str = "potok") -> InfluxTarget:
    return InfluxTarget(server.url, bucket=bucket, api="v1", timeout_s=5.0)


def rows(server: InfluxDb, query: str) -> list[dict[str, Any]]:
    """Columns by name, tags among them."""
    return [
        {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
        for series in server.query(query)
        for row in series["values"]
    ]


def test_every_point_is_there_once_after_kills(tmp_path: Path) -> None:
    with influx_db(tmp_path / "influx") as server:
        kill_in_mid_stream(tmp_path / "data", server)


def kill_in_mid_stream(tmp_path: Path, server: InfluxDb) -> None:
    store, journal = SampleStore(tmp_path / "samples"), Journal(tmp_path / "journal.db")
    sink = InfluxSink(target(server))
    forwarder = Forwarder(tmp_path, sink, "killed", SystemClock(), period_s=0.05)
    forwarder.start()
    try:
        for part in range(6):
            store.add(scan_block(NAMES, T0_NS + part * NS_PER_S, float(part), 90), "s-1")
            store.commit(T0_NS)
            text = 'a "b"\nc, \\ ='
            journal.append(
                [Event(part * 20 + 1 + i, T0_NS, "write", "Партия 1, \\ =", data={"text": text, "i": i}) for i in range(20)]
            )
            if part in (1, 3):
                wait_for(lambda at=part: forwarder.status().forwarded >= at * 1000, what="points")
                server.kill()
                wait_for(lambda: forwarder.status().state is ForwarderState.DOWN, 15, "notice of the outage")
                server.start()
        wait_for(lambda: forwarder.status().backlog == 0 and forwarder.status().state is ForwarderState.UP, 30, "all sent")
        assert (forwarder.status().forwarded, forwarder.status().dead) == (6 * 90 * 20 + 120, 0)
        found = rows(server, 'SELECT value, status FROM process WHERE "line" = \'killed\' GROUP BY "tag"')
        wanted = {(n, T0_NS + p * NS_PER_S + s * 10 * NS_PER_MS, p) for n in NAMES for p in range(6) for s in range(90)}
        assert {(r["tag"], r["time"], r["value"]) for r in found} == wanted
        assert len(found) == len(wanted)
        events = rows(server, "SELECT seq, n, id, data FROM event WHERE line = 'killed' GROUP BY kind, slot")
        assert sorted(e["seq"] for e in events) == list(range(1, 121))
        assert {e["id"] for e in events} == {"Партия 1, \\ ="}
    finally:
        forwarder.close()
        store.close()
        journal.close()


def test_a_missing_database_is_told_and_keeps_everything(tmp_path: Path, server: InfluxDb) -> None:
    store = SampleStore(tmp_path / "samples")
    store.add(scan_block(NAMES, T0_NS, 1.0, 5), "s-1")
    store.commit(T0_NS)
    store.close()
    forwarder = Forwarder(tmp_path, InfluxSink(target(server, "later")), "later", SystemClock(), period_s=0.05)
    forwarder.start()
    try:
        wait_for(lambda: "404" in forwarder.status().error, what="the refusal")
        status = forwarder.status()
        assert (status.state, status.backlog, status.dead) == (ForwarderState.DOWN, 100, 0)
        assert "bucket" in status.text.ru
        assert "create it" in status.text.en
        server.query("CREATE DATABASE later", method="POST")
        wait_for(lambda: forwarder.status().backlog == 0, 15, "all sent")
        assert forwarder.status().forwarded == 100
    finally:
        forwarder.close()


def test_a_field_of_another_type_is_refused_with_the_words_of_the_server(server: InfluxDb) -> None:
    sink = InfluxSink(target(server))
    try:
        assert sink.write("typed value=1.0 1700000000000000000").verdict is Verdict.TAKEN
        reply = sink.write('typed value="text" 1700000000000000001')
        assert reply.verdict is Verdict.REFUSED
        assert "field type conflict" in reply.error
    finally:
        sink.close()


def test_trends_are_read_back(tmp_path: Path, server: InfluxDb) -> None:
    """A minute of a saw tooth, ten seconds of it Bad, in buckets of two seconds."""
    count = 600
    times = T0_NS + np.arange(count, dtype=np.int64) * 100 * NS_PER_MS
    values = np.arange(count, dtype=np.float64) % 20.0
    status = np.zeros(count, dtype=np.uint32)
    status[200:300] = 0x80000000
    zeros = np.zeros(count, dtype=np.int64)
    store = SampleStore(tmp_path / "samples")
    store.add(SampleBlock(["S401.Saw"], zeros, times, values, status, zeros.astype(np.bool_), {}), "s-1")
    store.commit(T0_NS)
    store.close()
    forwarder = Forwarder(tmp_path, InfluxSink(target(server)), "saw", SystemClock())
    while forwarder.step() == 0.0:
        pass
    assert forwarder.status().forwarded == count
    forwarder.close()
    archive = InfluxqlArchive("plant", target(server), "saw")
    try:
        found = archive.history(["S401.Saw", "S401.Other"], T0_NS, T0_NS + 60 * NS_PER_S, 60)
        assert found["S401.Other"].t == []
        trend = found["S401.Saw"]
        assert trend.t == sorted(trend.t)
        assert len(trend.t) <= 66
        for time_ns, value, quality in zip(trend.t, trend.v, trend.q, strict=True):
            second = (time_ns - T0_NS) / NS_PER_S
            if 20.0 <= second < 30.0:
                assert value is None
                assert quality >= 0x80000000
            else:
                assert value in (0.0, 19.0)
                assert quality in (0, UNCERTAIN)
        with pytest.raises(ArchiveError, match="database not found"):
            InfluxqlArchive("plant", target(server, "nowhere"), "saw").history(["T"], 0, 10**9, 10)
    finally:
        archive.close()
