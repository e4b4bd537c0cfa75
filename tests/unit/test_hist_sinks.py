"""Sinks: their file, their threads, and what people are told when one of them has a fault."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest

from historian.forwarder import SET_BACK_SHOWN_NS, Forwarder, ForwarderState, Reply, Verdict
from historian.influx import InfluxTarget
from historian.journal import Journal
from historian.outbox import state_path
from historian.samples import SampleStore
from historian.sink_words import SET_BACK, why_of_status
from historian.sinks import SinkGroup
from historian.sinks_file import SinkEntry, Sinks, SinkSettings, read_sinks, unreadable_tokens
from line.clock import ManualClock, SystemClock
from line.messages import Event
from potok.cli import main
from potok.yamlfile import read_yaml
from tests.builders import T0_NS, S
from tests.history_kit import AWAY, PointStore, scan_block
from tests.waiting import wait_for

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "sinks.yaml"
DOCUMENT = EXAMPLE.parents[1] / "INFLUXDB.md"


def read(data: Path, text: str) -> Sinks:
    (data / "sinks.yaml").write_text(text, encoding="utf-8")
    return read_sinks(data, read_yaml)


def test_the_example_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_sinks(tmp_path, read_yaml) == Sinks()
    (tmp_path / "plant.token").write_text("secret-1\n", encoding="utf-8")
    monkeypatch.setenv("POTOK_OFFICE_TOKEN", "user:secret-2")
    found = read(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    assert (found.names, found.problems) == (("plant", "office"), ())
    plant, office = found.settings
    assert (plant.target.api, plant.query, plant.backfill_per_s, plant.token_of()) == ("v2", "flux", 20_000.0, "secret-1")
    assert (office.target.api, office.query, office.backfill_per_s, office.token_of()) == ("v1", "none", 5000.0, "user:secret-2")
    assert "secret" not in repr(found)
    (tmp_path / "plant.token").write_text("secret-3", encoding="utf-8")
    assert plant.token_of() == "secret-3"
    assert unreadable_tokens(found.settings) == []
    (tmp_path / "plant.token").unlink()
    monkeypatch.delenv("POTOK_OFFICE_TOKEN")
    told = unreadable_tokens(found.settings)
    assert [t.split(":")[0] for t in told] == ["sink plant", "sink office"]


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("sinks:\n  a: {url: 'ftp://x'}\n", 2, "sinks.a.url", "is no address"),
        ("sinks:\n  a: {url: 'http://u:p@x:1'}\n", 2, "sinks.a.url", "holds a password"),
        ("sinks:\n  a: {url: 'http://x', token: abc}\n", 2, "sinks.a.token", "unknown key"),
        ("sinks:\n  a: {bucket: b}\n", 2, "sinks.a", "missing"),
        ("sinks:\n  a: {url: 'http://x', token_file: t, token_env: T}\n", 2, "sinks.a", "not by both"),
        ("sinks:\n  A b: {url: 'http://x'}\n", 2, "sinks.A b", "is no name"),
        ("sinks:\n  a: {url: 'http://x', query: sql}\n", 2, "sinks.a.query", ""),
        ("sinks: [1]\n", 1, "", "holds no sinks"),
        ("other: 1\n", 1, "", "holds no sinks"),
    ],
)
def test_a_fault_is_told_and_leaves_the_other_sinks_alone(tmp_path: Path, text: str, line: int, key: str, words: str) -> None:
    found = read(tmp_path, text)
    assert found.settings == ()
    problem = found.problems[0]
    assert (problem.file, problem.line) == ("sinks.yaml", line)
    assert problem.key.startswith(key)
    assert words in problem.message
    assert "abc" not in str(problem)
    if text.startswith("sinks:\n"):
        both = read(tmp_path, text + "  good: {url: 'http://y'}\n")
        assert [s.name for s in both.settings] == ["good"]
        assert both.names is not None
        assert len(both.names) == 2, "the state of a sink with a fault is not set aside"


def test_every_key_is_documented() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [key for key in SinkEntry.model_fields if f"`{key}`" not in text] == []


def fill(data: Path, batches: int) -> None:
    with closing(SampleStore(data / "samples")) as store:
        for number in range(batches):
            store.add(scan_block(["U.A"], T0_NS + number * S, 1.0), "s-1")
            store.commit(T0_NS)


def settings(*names: str) -> Sinks:
    return Sinks(tuple(SinkSettings(name, InfluxTarget("http://x")) for name in names), names)


class Stuck(PointStore):
    """A sink whose requests do not come back until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, lines: str) -> Reply:
        self.go.wait(30)
        return AWAY


def test_a_dead_sink_delays_no_other(tmp_path: Path) -> None:
    """One is stuck in a request, one is away, one has a state of a newer version: the fourth gets everything."""
    fill(tmp_path, 5)
    state_path(tmp_path, "newer").parent.mkdir()
    state_path(tmp_path, "newer").write_bytes(b"this is no database" * 100)
    sinks = {"stuck": Stuck(), "away": PointStore(), "newer": PointStore(), "good": PointStore()}
    sinks["away"].away = True
    group = SinkGroup(tmp_path, settings(*sinks), "sausage", SystemClock(), lambda s: sinks[s.name])
    group.start()
    try:
        wait_for(lambda: len(sinks["good"].points) == 5, what="the good sink")
        wait_for(lambda: dict(group.status())["away"].backlog == 5, what="the backlog")
        status = dict(group.status())
        assert (status["away"].state, status["newer"].state) == (ForwarderState.DOWN, ForwarderState.DOWN)
        assert status["newer"].text.ru
        assert status["away"].text.ru.startswith("Нет связи")
        assert {n for n, s in status.items() if s.forwarded} == {"good"}
    finally:
        stuck = sinks["stuck"]
        assert isinstance(stuck, Stuck)
        stuck.go.set()
        group.close()


def test_a_fault_of_the_file_is_shown(tmp_path: Path) -> None:
    group = SinkGroup(tmp_path, read(tmp_path, "sinks:\n  a: {url: 'ftp://x'}\n"), "sausage", SystemClock())
    name, status = group.status()[0]
    assert (name, status.state) == ("sinks.yaml", ForwarderState.DOWN)
    assert "sinks.yaml:2 sinks.a.url" in status.text.ru
    assert "sinks.yaml:2 sinks.a.url" in status.text.en


def test_a_refused_token_is_told_and_keeps_everything(tmp_path: Path) -> None:
    fill(tmp_path, 5)
    sink, clock = PointStore(), ManualClock(T0_NS)
    take = sink.write
    sink.write = lambda lines: Reply(Verdict.RETRY, "HTTP 401 unauthorized", text=why_of_status(401))
    forwarder = Forwarder(tmp_path, sink, "sausage", clock)
    for _ in range(5):
        forwarder.step()
        clock.advance_ns(30 * S)
    status = forwarder.status()
    assert (status.state, status.backlog, status.dead) == (ForwarderState.DOWN, 5, 0)
    assert "токен" in status.text.ru
    assert "token" in status.text.en
    sink.write = take
    while forwarder.step() == 0.0:
        pass
    assert (len(sink.points), forwarder.status().text.ru) == (5, "")
    forwarder.close()


class WallClock(ManualClock):
    """A manual clock whose UTC can be set apart from its monotonic time."""

    def __init__(self, start_ns: int) -> None:
        super().__init__(start_ns)
        self.set_by_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.set_by_ns


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_loses_nothing(tmp_path: Path, hours: int) -> None:
    """Samples and events of the same times as before, the minute that is sent again, and a word about it."""
    sink, clock = PointStore(), WallClock(T0_NS)
    forwarder = Forwarder(tmp_path, sink, "sausage", clock)
    with closing(SampleStore(tmp_path / "samples")) as store, closing(Journal(tmp_path / "journal.db")) as journal:

        def second(value: float) -> None:
            now_ns = clock.now_ns()
            store.add(scan_block(["U.A"], now_ns + int(value), value), "s-1")  # of one tag times never repeat
            store.commit(now_ns)
            seq = journal.last_seq() + 1
            journal.append([Event(seq, now_ns, "alarm", "A", "U", data={"event": "alarm", "seq": seq})])
            clock.advance_ns(S)
            while forwarder.step() == 0.0:
                pass

        for value in range(100):
            second(float(value))
        clock.set_by_ns = hours * 3600 * S
        if hours < 0:
            clock.advance_ns(3500 * S)  # so that the hour comes once more, to the second
        for value in range(100, 200):
            second(float(value))
        assert (len(sink.points), sink.of("alarm"), sink.changed) == (400, 200, [])
        assert sum("slot=1" in key for key in sink.points) == (100 if hours < 0 else 0)
        assert (forwarder.status().text == SET_BACK) is (hours < 0)
        sink.points.clear()
        sink.start = "2"
        clock.advance_ns(5 * S)
        while forwarder.step() == 0.0:
            pass
        assert 100 <= len(sink.points) <= 130, "the last minute of both streams is sent again"
        clock.advance_ns(SET_BACK_SHOWN_NS)
        forwarder.step()
        assert forwarder.status().text.ru == ""
    forwarder.close()


def test_new_points_go_before_those_of_an_outage_and_at_a_bounded_rate(tmp_path: Path) -> None:
    sink, clock = PointStore(), ManualClock(T0_NS)
    forwarder = Forwarder(tmp_path, sink, "sausage", clock, backfill_per_s=1000.0)
    names = [f"U.T{n}" for n in range(100)]
    with closing(SampleStore(tmp_path / "samples")) as store:
        for number in range(300):
            store.add(scan_block(names, T0_NS + number * S, 1.0), "s-1")
            store.commit(T0_NS)
        forwarder.step()
        newest = {key for key in sink.points if key.endswith(f" {T0_NS + 299 * S}")}
        assert len(newest) == 100, "the newest goes with the first request"
        assert not [key for key in sink.points if key.endswith(f" {T0_NS + 200 * S}")]
        status = forwarder.status()
        assert status.behind > 10_000
        for number in range(300, 310):
            store.add(scan_block(names, T0_NS + number * S, 1.0), "s-1")
            store.commit(T0_NS)
            before = len(sink.points)
            while forwarder.step() == 0.0:
                pass
            assert f"process,line=sausage,unit=U,tag=U.T7 {T0_NS + number * S}" in sink.points
            assert len(sink.points) - before <= 5100, "more than one request of what is behind"
            clock.advance_ns(S)
        for _ in range(60):
            while forwarder.step() == 0.0:
                pass
            clock.advance_ns(S)
        assert (len(sink.points), forwarder.status().backlog) == (31_000, 0)
        assert sink.twice == 0
    forwarder.close()


def test_potok_sink_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path, 3)
    sink = PointStore()
    sink.write = lambda lines: Reply(Verdict.REFUSED, "HTTP 400 no such field")
    read(tmp_path, "sinks:\n  plant: {url: 'http://x:1'}\n")
    forwarder = Forwarder(tmp_path, sink, "sausage", ManualClock(T0_NS), name="plant")
    while forwarder.step() == 0.0:
        pass
    forwarder.close()
    data = ["--data", str(tmp_path)]
    assert main(["sink", "list", *data]) == 0
    assert "plant  http://x:1  events sent up to 0, 3 refused" in capsys.readouterr().out
    assert main(["sink", "dead", *data, "--sink", "plant", "--limit", "2"]) == 0
    told = capsys.readouterr().out
    assert "HTTP 400 no such field" in told
    assert "3 refused, 2 shown" in told
    assert main(["sink", "resend", *data, "--sink", "plant"]) == 2
    assert "--all" in capsys.readouterr().err
    assert main(["sink", "resend", *data, "--sink", "plant", "1"]) == 0
    assert "1 point will be sent again" in capsys.readouterr().out
    assert main(["sink", "drop", *data, "--sink", "plant", "--all"]) == 0
    assert "3 points given up" in capsys.readouterr().out
    assert main(["sink", "dead", *data, "--sink", "other"]) == 1
    assert "other" in capsys.readouterr().err
    assert main(["sink", "dead", *data, "--sink", "plant", "--json"]) == 0
    assert '"count": 0' in capsys.readouterr().out


def test_the_file_is_checked_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told() -> tuple[int, str, str]:
        code = main(["sink", "check", "--data", str(tmp_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    code, out, _ = told()
    assert (code, "there is no sinks.yaml" in out) == (0, True)
    file = tmp_path / "sinks.yaml"
    file.write_text(
        "sinks:\n  plant:\n    url: http://influx:8086\n    org: o\n    bucket: b\n    token_file: t\n", encoding="utf-8"
    )
    code, out, err = told()
    assert (code, out) == (0, f"{file}: 1 sink: no problems\n")
    assert err.startswith("remark: sink plant: its token cannot be read")
    file.write_text(file.read_text(encoding="utf-8").replace("bucket", "bukket"), encoding="utf-8")
    code, out, err = told()
    assert (code, out) == (1, "")
    assert "sinks.yaml:5: sinks.plant.bukket: unknown key. Check the spelling or remove it" in err
    assert main(["sink", "check", "--data", str(tmp_path / "none")]) == 2
