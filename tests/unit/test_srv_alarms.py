"""The routes of the alarm journal and of the figures, over a real journal."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from alarms.kpi_figures import TARGETS
from historian import alarm_facts
from historian.alarm_csv import BOM
from historian.journal import Journal
from historian.queries import Queries
from line.clock import NS_PER_S
from line.messages import Event, EventKind
from server import figures
from server.line_index import LineIndex
from tests.builders import T0_NS
from tests.unit.kpi_scripts import burst, events
from tests.unit.srv_bench import Bench, run
from tests.wire.srv_fakes import DESCRIPTION

STARTED_NS = T0_NS - 7200 * NS_PER_S
"""Two hours before the bench's clock."""

SCRIPT = [
    *burst(12, every_s=10.0), (600.0, "C201.Temp.high2", "alarm"), (700.0, "C201.Temp.high2", "ack"),
    (800.0, "C201.Temp.high2", "return"),
]  # fmt: skip


def fill(b: Bench, tmp_path: Path, told: Sequence[Event] = ()) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.append(told or events(SCRIPT, STARTED_NS))
    journal.close()
    b.history.alarms = Queries(tmp_path)


def test_the_journal_newest_first_page_by_page(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        first = (await b.http.get("/api/alarm_journal?limit=10")).json()
        assert [r["seq"] for r in first["rows"]] == list(range(15, 5, -1))
        assert (first["first"], first["more"]) == (6, True)
        assert set(first["rows"][0]) == {"seq", "time_ns", "kind", "source", "unit", "batch", "data"}
        rest = (await b.http.get("/api/alarm_journal", params={"before": 6})).json()
        assert ([r["seq"] for r in rest["rows"]], rest["more"]) == ([5, 4, 3, 2, 1], False)

    run(tmp_path, body)


@pytest.mark.parametrize(
    ("params", "seqs"),
    [
        ({"text": "TEMP.high"}, [15, 14, 13]),
        ({"priority": 2}, [15, 14, 13]),
        ({"priority": [1, 2], "kind": ["alarm", "call"]}, [15, 14, 13]),
        ({"kind": "call"}, []),
        ({"alarm": "F.3a3"}, [4]),
        ({"unit": "C201"}, []),
        ({"from_ns": STARTED_NS + 650 * NS_PER_S, "to_ns": STARTED_NS + 800 * NS_PER_S}, [14]),
    ],
    ids=str,
)
def test_a_search_finds(tmp_path: Path, params: dict[str, Any], seqs: list[int]) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        answer = await b.http.get("/api/alarm_journal", params=params)
        assert [r["seq"] for r in answer.json()["rows"]] == seqs

    run(tmp_path, body)


@pytest.mark.parametrize("path", ["/api/alarm_journal", "/api/alarm_journal.csv"])
@pytest.mark.parametrize(
    "params",
    [{"kind": "write"}, {"priority": 5}, {"priority": "high"}, {"from_ns": 5, "to_ns": 5}, {"text": "x" * 201}, {"to_ns": 2**63}],
    ids=str,
)
def test_what_makes_no_sense_is_refused_in_both_languages(tmp_path: Path, path: str, params: dict[str, Any]) -> None:
    async def body(b: Bench) -> None:
        answer = await b.http.get(path, params=params)
        assert answer.status_code == 422
        assert all(answer.json()["error"].values())

    run(tmp_path, body)


@pytest.mark.parametrize(("language", "delimiter"), [("ru", ";"), ("en", ",")])
def test_csv_of_all_that_matches(tmp_path: Path, language: str, delimiter: str) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        answer = await b.http.get("/api/alarm_journal.csv", params={"language": language, "priority": 3})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="alarm-journal.csv"'
        content = answer.content.decode("utf-8")
        assert content.startswith(BOM)
        rows = list(csv.reader(io.StringIO(content[1:], newline=""), delimiter=delimiter))
        assert rows[0][0] == {"ru": "Запись", "en": "Record"}[language]
        assert [r[0] for r in rows[1:]] == [str(n) for n in range(12, 0, -1)]

    run(tmp_path, body)


@pytest.mark.parametrize("path", ["/api/alarm_journal", "/api/alarm_journal.csv"])
def test_a_journal_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path: Path, path: str) -> None:
    async def body(b: Bench) -> None:
        b.history.fails = True
        assert (await b.http.get(path)).status_code == 503

    run(tmp_path, body)


def test_figures_of_the_last_day_and_of_a_span(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        day = (await b.http.get("/api/alarm_kpi")).json()
        assert set(day) >= set(TARGETS)
        assert (day["from_ns"], day["to_ns"]) == (STARTED_NS, T0_NS)  # the journal is younger than a day
        assert (day["alarms"], day["floods"], day["peak_10_min"], day["standing"]) == (13, 1, 12, 12)
        span = {"from_ns": STARTED_NS + 300 * NS_PER_S, "to_ns": STARTED_NS + 1500 * NS_PER_S}
        told = (await b.http.get("/api/alarm_kpi", params=span)).json()
        assert (told["alarms"], told["floods"], told["ack"]["median_s"]) == (1, 0, 100.0)
        assert told["flood_pct"] > 0  # it had begun before

    run(tmp_path, body)


def test_figures_use_the_floods_of_the_line(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        rules = {"alarm_rules": {"flood_start": 12, "flood_end": 3}}
        b.link.line = LineIndex.from_description({**DESCRIPTION, **rules})
        assert (await b.http.get("/api/alarm_kpi")).json()["floods"] == 0
        b.link.line = None
        assert (await b.http.get("/api/alarm_kpi")).json()["floods"] == 1

    run(tmp_path, body)


def test_a_span_ends_now_at_the_latest(tmp_path: Path) -> None:
    """Time that is to come has no alarms and would make every figure look better; nor does its length cost anything."""

    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        now = (await b.http.get("/api/alarm_kpi", params={"from_ns": 0})).json()
        assert (await b.http.get("/api/alarm_kpi", params={"from_ns": 0, "to_ns": 2**63 - 1})).json() == now
        assert now["to_ns"] == T0_NS

    run(tmp_path, body)


def test_a_span_without_sense_or_with_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path)
        assert (await b.http.get("/api/alarm_kpi", params={"from_ns": 7, "to_ns": 7})).status_code == 422
        monkeypatch.setattr(alarm_facts, "FACTS_MAX", 5)
        monkeypatch.setattr(figures, "FACTS_MAX", 5)
        answer = await b.http.get("/api/alarm_kpi")
        assert answer.status_code == 422
        assert "shorter" in answer.json()["error"]["en"]

    run(tmp_path, body)


def test_other_events_are_no_part_of_it(tmp_path: Path) -> None:
    async def body(b: Bench) -> None:
        fill(b, tmp_path, [Event(1, T0_NS, EventKind.UNIT, "C201", data={"what": "state"})])
        assert (await b.http.get("/api/alarm_journal")).json() == {"rows": [], "first": 0, "more": False}

    run(tmp_path, body)
