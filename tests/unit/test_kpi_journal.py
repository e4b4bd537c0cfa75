"""Figures over a span of the journal, and the commands that print them and the journal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.kpi import Watch, facts_of
from alarms.kpi_figures import period_figures
from historian import alarm_facts
from historian.alarm_csv import BOM
from historian.journal import Journal
from historian.queries import JOURNAL_FILE, Queries
from line.clock import NS_PER_S, SystemClock
from line.messages import Event, EventKind
from potok.cli import main
from server import figures
from server.figures import TooMuchError, journal_figures
from tests.unit.kpi_scripts import START_NS, Line, burst, events

HOUR_NS = 3600 * NS_PER_S


def folder(tmp_path: Path, script: list[Line], start_ns: int = START_NS) -> Path:
    journal = Journal(tmp_path / "journal.db")
    journal.append(events(script, start_ns))
    journal.close()
    return tmp_path


def test_a_span_is_counted_as_if_somebody_had_watched_all_along(tmp_path: Path) -> None:
    script: list[Line] = [
        (0, "Old1", "alarm"), (5, "Old1", "ack"), (10, "Shelved2", "shelve"), (20, "Under3", "shelve"), (30, "Under3", "alarm"),
        (40, "Gone3", "alarm"), (45, "Gone3", "return"), (46, "Gone3", "ack"), *burst(12, at_s=90_000 - 300),
        (90_000 + 100, "Old1", "return"), (90_000 + 200, "Under3", "resume_active"), (90_000 + 260, "Under3", "ack"),
    ]  # fmt: skip
    told = events(script)
    from_ns, to_ns = START_NS + 90_000 * NS_PER_S, START_NS + 90_000 * NS_PER_S + HOUR_NS
    whole: dict[str, Any] = dict(period_figures(Watch(), facts_of(told), from_ns, to_ns))
    assert journal_figures(Queries(folder(tmp_path, script)), from_ns, to_ns) == whole
    assert [s["id"] for s in whole["stale"]] == ["Old1", "Under3"]
    assert (whole["alarms"], whole["floods"], whole["shelved"], whole["standing"]) == (1, 0, 1, 13)
    assert whole["flood_pct"] > 0
    assert whole["ack"]["by_priority"]["3"] == {"count": 1, "median_s": 60.0}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["A1", "B2", "C3"]), st.sampled_from([1.0, 30.0, 900.0, 30_000.0])), max_size=40),
       st.integers(0, 200_000))  # fmt: skip
def test_any_span_of_any_journal(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]], from_s: int) -> None:
    script: list[Line] = []
    last: dict[str, str] = {}
    at_s = 0.0
    after = {"": "alarm", "alarm": "return", "return": "alarm", "ack": "return"}
    for n, (alarm, pause_s) in enumerate(steps):
        at_s += pause_s
        word = "ack" if n % 3 == 1 and last.get(alarm) == "alarm" else after[last.get(alarm, "")]
        last[alarm] = word
        script.append((at_s, alarm, word))
    from_ns = START_NS + from_s * NS_PER_S
    to_ns = from_ns + 10 * HOUR_NS
    script = [(0.0, "First4", "alarm"), *script]
    told = [e for e in events(script) if e.time_ns < to_ns]
    data = folder(tmp_path_factory.mktemp("data"), script)
    assert journal_figures(Queries(data), from_ns, to_ns) == period_figures(Watch(), facts_of(told), from_ns, to_ns)


def test_time_before_the_journal_is_nobodys(tmp_path: Path) -> None:
    queries = Queries(tmp_path)
    none = journal_figures(queries, START_NS, START_NS + HOUR_NS)
    assert (none["alarms"], none["per_hour"]) == (0, None)
    folder(tmp_path, burst(6, at_s=1800))
    told = journal_figures(queries, START_NS - 100 * HOUR_NS, START_NS + HOUR_NS)
    assert (told["from_ns"], told["per_hour"]) == (START_NS + HOUR_NS // 2, 12.0)


def test_a_span_that_holds_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_facts, "FACTS_MAX", 10)
    monkeypatch.setattr(figures, "FACTS_MAX", 10)
    data = folder(tmp_path, burst(11))
    with pytest.raises(TooMuchError):
        journal_figures(Queries(data), START_NS, START_NS + HOUR_NS)
    assert journal_figures(Queries(data), START_NS, START_NS + 10 * NS_PER_S)["alarms"] == 10


# The command line


def recent(tmp_path: Path) -> Path:
    """A journal whose events are of the last hour."""
    script = [*burst(12, every_s=10.0), (600, "C201.Temp.high2", "alarm"), (700, "C201.Temp.high2", "ack")]
    return folder(tmp_path, script, SystemClock().now_ns() - HOUR_NS)


def test_kpi_prints_figures_with_target_limit_and_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms", "kpi", "--data", str(recent(tmp_path)), "--days", "30"]) == 0
    out = capsys.readouterr().out
    assert "13 annunciations, 1 floods from " in out
    assert "0.0417 days" in out  # no longer than the journal
    row = next(line for line in out.splitlines() if "annunciations an hour" in line)
    assert [c.strip() for c in row.strip("│┃ ").split("│")][2:] == ["6", "12", "OVER LIMIT"]
    row = next(line for line in out.splitlines() if "most in any 10 min" in line)
    assert [c.strip() for c in row.strip("│┃ ").split("│")] == ["most in any 10 min", "12", "10", "–", "over target"]
    assert "acknowledged 1 times, half within 100 s" in out
    assert "most often: C201.Temp.high2 1" in out


def test_kpi_up_to_a_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms", "kpi", "--data", str(recent(tmp_path)), "--to", "2001-01-01", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["figures"]
    assert (told["alarms"], told["per_hour"], told["from_ns"]) == (0, None, told["to_ns"])


def test_kpi_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms", "kpi", "--data", str(recent(tmp_path)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["figures"]["alarms"], told["targets"]["per_hour"]["limit"]) == (13, 12.0)


def test_journal_prints_the_newest_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = recent(tmp_path)
    assert main(["alarms", "journal", "--data", str(data), "--limit", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["14", "13", "12"]
    assert "unack_active → acked_active" in lines[0]
    assert "ivanova" in lines[0]
    assert main(["alarms", "journal", "--data", str(data), "--priority", "2", "--text", "TEMP.high"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert main(["alarms", "journal", "--data", str(data), "--to", "2001-01-01"]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "no record matches\n")


def test_journal_says_of_an_escalation_which_policy_and_who(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path, [])
    step = {"what": "step", "policy": "p1", "step": 2, "outputs": ["horn"], "tell": ["maintenance"]}
    notice = {"what": "failed", "policy": "p1", "step": 2, "contact": "maintenance", "attempt": 1,
              "error": {"ru": "отказ", "en": "connection refused"}}  # fmt: skip
    journal = Journal(data / JOURNAL_FILE)
    journal.append([Event(1, 1, EventKind.ESCALATION, "A", data=step), Event(2, 2, EventKind.NOTICE, "N1", data=notice)])
    journal.close()
    assert main(["alarms", "journal", "--data", str(data)]) == 0
    second, first = capsys.readouterr().out.splitlines()
    assert first.endswith("escalation  A  step  p1 step 2  horn, maintenance")
    assert second.endswith("notice  N1  failed  p1 step 2  maintenance  attempt 1  connection refused")


def test_figures_of_a_time_without_records_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = folder(tmp_path, burst(3))  # long ago
    assert main(["alarms", "kpi", "--data", str(data), "--days", "1"]) == 0
    assert "warning: the journal goes from " in capsys.readouterr().err
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["alarms", "kpi", "--data", str(folder(empty, []))]) == 0
    assert "the journal has no record of alarms" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["kpi", "journal"])
@pytest.mark.parametrize("time", ["1960-01-01", "2300-01-01", "9999-12-31T23:59"])
def test_times_beyond_what_a_journal_can_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, time: str
) -> None:
    assert main(["alarms", command, "--data", str(recent(tmp_path)), "--to", time]) in (0, 2)
    told = capsys.readouterr()
    assert told.out or "nothing lies between" in told.err


def test_a_span_that_ends_before_it_begins_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ["--from", "2026-03-02", "--to", "2026-03-01"]
    assert main(["alarms", "journal", "--data", str(recent(tmp_path)), *span]) == 2
    assert "--from is not before --to" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["kpi", "journal"])
def test_a_journal_that_is_no_database_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    (tmp_path / JOURNAL_FILE).write_bytes(b"no database at all" * 300)
    assert main(["alarms", command, "--data", str(tmp_path)]) == 1
    assert "a database of the data folder cannot be read (file is not a database)" in capsys.readouterr().err


@pytest.mark.parametrize("language", ["ru", "en"])
def test_journal_writes_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str) -> None:
    data = recent(tmp_path)
    target = tmp_path / "out.csv"
    assert main(["alarms", "journal", "--data", str(data), "--csv", str(target), "--language", language]) == 0
    assert "14 records written" in capsys.readouterr().err
    content = target.read_bytes().decode("utf-8")
    assert content.startswith(BOM)
    rows = list(csv.reader(io.StringIO(content[1:], newline=""), delimiter=";" if language == "ru" else ","))
    assert len(rows) == 15
    assert {len(r) for r in rows} == {len(rows[0])}
    assert main(["alarms", "journal", "--data", str(data), "--csv", "-", "--language", language]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 15


@pytest.mark.parametrize("command", ["kpi", "journal"])
def test_a_folder_without_a_journal_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main(["alarms", command, "--data", str(tmp_path)]) == 2
    assert "no data folder with a journal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["kpi", "--days", "0"], "no number of days"),
        (["journal", "--from", "yesterday"], "write 2026-03-01"),
        (["journal", "--limit", "0"], "whole number from 1 up"),
        (["journal", "--priority", "5"], "invalid choice"),
        (["journal", "--kind", "write"], "invalid choice"),
    ],
)
def test_wrong_usage_says_what_to_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["alarms", *arguments, "--data", str(tmp_path)])
    assert raised.value.code == 2
    assert said in capsys.readouterr().err
