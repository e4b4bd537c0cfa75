"""The journal of alarms: what a search finds, in pages of bounded work, and as CSV."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from historian import alarm_journal
from historian.alarm_csv import BOM, COLUMNS, csv_header, csv_lines
from historian.alarm_journal import ALARM_KINDS, AlarmFilter, alarm_page
from historian.journal import Journal
from historian.queries import Queries
from line.messages import Event, EventKind, Json
from tests.builders import T0_NS, S

PLAIN: dict[str, Json] = {
    "event": "alarm", "from": "normal", "to": "unack_active", "active": True, "priority": 2, "tag": "C201.BatterTemp",
    "kind": "high", "area": "cutting", "text": {"ru": "C-201: фарш перегрет", "en": "C-201: batter too warm"}, "value": 12.5,
    "limit": 12.0, "eu": "°C", "quality": 0, "source_ns": T0_NS - 250_000_000, "deadband": 0.3, "on_delay_s": 5.0,
    "off_delay_s": 5.0, "config": "a1b2", "first_out": True, "consequence_of": "", "recipe": "doktorskaya", "phase": "chop",
}  # fmt: skip


def event(
    seq: int, kind: str = "alarm", source: str = "C201.Temp.high", unit: str = "C201", at_s: float = 0.0, **data: Json
) -> Event:
    plain = PLAIN if kind == "alarm" else {}
    return Event(seq, T0_NS + int(at_s * S), kind, source, unit, "B7" if unit else "", {**plain, **data})


def journal(tmp_path: Path, events: Sequence[Event]) -> Path:
    path = tmp_path / "journal.db"
    j = Journal(path)
    j.append(events)
    j.close()
    return path


def found(path: Path, **wanted: Any) -> list[int]:
    return [e.seq for e in alarm_page(path, AlarmFilter(**wanted)).events]


MIXED = [
    event(1, at_s=1),
    event(2, "command", "ivanova", "", at_s=2),
    event(3, at_s=3, event="ack", user="Иванова", station="пост 2", to="acked_active"),
    event(4, "escalation", at_s=4, what="step", policy="p1", step=1),
    event(5, "notice", "n1", "", at_s=5, what="told", run="C201.Temp.high", contact="lead",
          contact_name={"ru": "Мастер смены", "en": "Shift lead"}),
    event(6, "call", "call-1", "P601", at_s=6, what="created", number=17, service="maintenance",
          service_name={"ru": "Ремонтная служба", "en": "Maintenance"}, reason={"ru": "Заклинило плёнку", "en": "Film is stuck"}),
    event(7, "flood", "alarms", "", at_s=7, what="started", count=11),
    event(8, source="P601.Seal.low", unit="P601", at_s=8, priority=1, tag="P601.SealTemp",
          text={"ru": "P-601: сварка холодная", "en": "P-601: seal too cold"}),
    event(9, "unit", "C201", at_s=9, what="state"),
    event(10, source="P601.Seal.low", unit="P601", at_s=10, priority=1, tag="P601.SealTemp",
          text={"ru": "P-601: сварка холодная", "en": "P-601: seal too cold"}, event="comment",
          comment='Ждём "запчасть" до 14:00'),
]  # fmt: skip


def test_newest_first_and_only_what_belongs_to_alarms(tmp_path: Path) -> None:
    path = journal(tmp_path, MIXED)
    page = alarm_page(path, AlarmFilter())
    assert [e.seq for e in page.events] == [10, 8, 7, 6, 5, 4, 3, 1]
    assert (page.first, page.more) == (1, False)
    assert page.events[-1] == MIXED[0]
    assert {e.kind for e in page.events} == set(ALARM_KINDS)


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        ({"unit": "P601"}, [10, 8, 6]),
        ({"priorities": frozenset({1})}, [10, 8]),
        ({"priorities": frozenset({1, 2})}, [10, 8, 3, 1]),
        ({"alarm": "C201.Temp.high"}, [5, 4, 3, 1]),
        ({"alarm": "call-1"}, [6]),
        ({"alarm": "C201.Temp"}, []),
        ({"from_ns": T0_NS + 4 * S, "to_ns": T0_NS + 7 * S}, [6, 5, 4]),
        ({"kinds": ("alarm",)}, [10, 8, 3, 1]),
        ({"kinds": ("notice", "flood")}, [7, 5]),
        ({"text": "ФАРШ"}, [3, 1]),
        ({"text": "фарш перегрет"}, [3, 1]),
        ({"text": "перегрет c-201"}, [3, 1]),
        ({"text": "Batter TOO"}, [3, 1]),
        ({"text": "сealtemp"}, []),  # a Cyrillic letter in a Latin word
        ({"text": "sealtemp"}, [10, 8]),
        ({"text": "p601.seal"}, [10, 8]),
        ({"text": "p601"}, [10, 8, 6]),
        ({"text": "иванова"}, [3]),
        ({"text": "мастер"}, [5]),
        ({"text": "пленку"}, [6]),  # е for ё
        ({"text": '"ЗАПЧАСТЬ"'}, [10]),  # quotes, which JSON escapes
        ({"text": "17"}, [6]),
        ({"text": "unack_active"}, []),  # a word of the journal, no text that anybody reads
        ({"text": "фарш", "unit": "P601"}, []),
    ],
    ids=str,
)
def test_what_a_search_finds(tmp_path: Path, wanted: dict[str, Any], seqs: list[int]) -> None:
    assert found(journal(tmp_path, MIXED), **wanted) == seqs


def test_a_kind_that_does_not_belong_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="write: no kind of the alarm journal"):
        alarm_page(journal(tmp_path, MIXED), AlarmFilter(kinds=("alarm", "write")))


def test_no_journal_has_no_rows(tmp_path: Path) -> None:
    page = alarm_page(tmp_path / "none.db", AlarmFilter())
    assert (page.events, page.first, page.more) == ((), 0, False)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ALARM_KINDS), st.integers(0, 20)), min_size=1, max_size=40), st.integers(1, 7))
def test_pages_together_are_all_rows_once_also_when_clocks_went_back(
    tmp_path_factory: pytest.TempPathFactory, told: list[tuple[str, int]], limit: int
) -> None:
    events = [event(n, kind, at_s=at_s) for n, (kind, at_s) in enumerate(told, 1)]
    path = journal(tmp_path_factory.mktemp("journal"), events)
    seen: list[Event] = []
    before, more = 0, True
    while more:
        page = alarm_page(path, AlarmFilter(), before, limit)
        assert len(page.events) <= limit
        seen += page.events
        before, more = page.first, page.more
    assert [e.seq for e in seen] == [e.seq for e in sorted(events, key=lambda e: (-e.time_ns, -e.seq))]


def test_a_page_looks_at_so_many_events_and_the_next_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_journal, "SCAN_MAX", 10)
    path = journal(tmp_path, [event(n, at_s=n, user="Петров" if n == 3 else "") for n in range(1, 36)])
    firsts: list[int] = []
    before, more, rows = 0, True, 0
    while more:
        page = alarm_page(path, AlarmFilter(text="петров"), before)
        rows += len(page.events)
        before, more = page.first, page.more
        firsts.append(page.first)
    assert (firsts, rows) == ([26, 16, 6, 1], 1)


def test_searches_by_time_use_their_index(tmp_path: Path) -> None:
    db = sqlite3.connect(journal(tmp_path, MIXED))
    sql = """EXPLAIN QUERY PLAN SELECT data FROM events WHERE kind = 'alarm' AND time_ns >= 1 AND (time_ns, seq) < (9, 9)
             ORDER BY time_ns DESC, seq DESC"""
    plan = " ".join(str(r[3]) for r in db.execute(sql))
    db.close()
    assert "events_kind_time" in plan
    assert "TEMP B-TREE" not in plan


def test_a_journal_from_before_is_given_the_index(tmp_path: Path) -> None:
    path = journal(tmp_path, MIXED)
    db = sqlite3.connect(path)
    db.execute("DROP INDEX events_kind_time")
    assert found(path, unit="P601") == [10, 8, 6]  # slower, and as right
    db.close()
    Journal(path).close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'events_kind_time'").fetchone() == (1,)
    db.close()


def test_the_figures_of_a_shift_stand_in_its_report(tmp_path: Path) -> None:
    shift = {"number": 1, "crew": "2", "started_ns": T0_NS, "ended_ns": None}
    journal(tmp_path, [
        Event(1, T0_NS, EventKind.SHIFT, "s1", data={"what": "started", **shift}),
        Event(2, T0_NS + S, EventKind.SHIFT, "s1", data={"what": "ended", **shift, "totals": {"alarms": 3}, "note": ""}),
        Event(3, T0_NS + S, EventKind.ALARM_KPI, "s1", data={"what": "shift", "alarms": 3, "per_hour": None}),
        Event(4, T0_NS + S, EventKind.SHIFT, "s2", data={"what": "started", **shift}),
    ])  # fmt: skip
    queries = Queries(tmp_path)
    report = queries.shift_report("s1")
    assert report is not None
    assert report["alarm_kpi"] == {"alarms": 3, "per_hour": None}
    assert report["totals"] == {"alarms": 3}
    running = queries.shift_report("s2")
    assert running is not None
    assert running["alarm_kpi"] is None


# CSV


def table(events: Sequence[Event], language: str) -> list[dict[str, str]]:
    text = csv_header(language) + csv_lines(events, language)
    assert text.startswith(BOM)
    return list(csv.DictReader(io.StringIO(text[1:], newline=""), delimiter="," if language == "en" else ";"))


def test_every_field_of_the_record_is_a_column() -> None:
    (row,) = table([event(1, event="shelve", user="ivanova", station="P1", reason="датчик", until_ns=T0_NS + 1800 * S)], "en")
    assert row["Time (UTC)"] == "2023-11-14 22:13:20.000"
    assert row["Source time (UTC)"] == "2023-11-14 22:13:19.750"
    assert row["Shelved until (UTC)"] == "2023-11-14 22:43:20.000"
    wanted = {
        "Record": "1", "Kind": "alarm", "Event": "shelve", "Id": "C201.Temp.high", "Tag": "C201.BatterTemp",
        "Description": "C-201: batter too warm", "Area": "cutting", "Unit": "C201", "Alarm type": "high", "Priority": "2",
        "Limit": "12", "Value": "12.5", "Unit of measure": "°C", "Quality": "Good", "From state": "normal",
        "To state": "unack_active", "Condition holds": "1", "User": "ivanova", "Station": "P1", "Reason": "датчик",
        "Shelved for, min": "30", "Deadband": "0.3", "On-delay, s": "5", "Off-delay, s": "5", "Configuration": "a1b2",
        "First out": "1", "Consequence of": "", "Batch": "B7", "Recipe": "doktorskaya", "Phase": "chop",
    }  # fmt: skip
    assert {k: row[k] for k in wanted} == wanted


def test_russian_spreadsheets_get_their_separators() -> None:
    text = csv_header("ru") + csv_lines([event(1)], "ru")
    assert text.count("\n") == text.count("\r\n") == 2
    assert text.splitlines()[0].startswith(f"{BOM}Запись;Время (UTC);")
    (row,) = table([event(1)], "ru")
    assert (row["Описание"], row["Значение"], row["Гистерезис"]) == ("C-201: фарш перегрет", "12,5", "0,3")


def test_calls_and_notices_have_their_columns() -> None:
    call, notice = table([MIXED[5], MIXED[4]], "ru")
    assert (call["Номер вызова"], call["Описание"], call["Причина"]) == ("17", "Ремонтная служба", "Заклинило плёнку")
    assert (notice["Кому"], notice["По тревоге или вызову"]) == ("Мастер смены", "C201.Temp.high")


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1", "\u202e+1", "＝1"]
)
@pytest.mark.parametrize("language", ["ru", "en"])
def test_no_text_is_taken_for_a_formula(text: str, language: str) -> None:
    told = event(1, source=text, unit=text, comment=text, user=text, value=-18.5, text={"ru": text, "en": text})
    (row,) = table([told], language)
    cells = [v for v in row.values() if v.strip("'") and v[-1] == text[-1] and len(v) >= len(text)]
    assert len(cells) >= 5
    assert row["Comment" if language == "en" else "Комментарий"] == f"'{text}"
    assert not any(v.startswith(("=", "+", "@", "\t", "\r")) for v in row.values())
    assert row["Value" if language == "en" else "Значение"] == ("-18.5" if language == "en" else "-18,5")


@given(st.text(), st.sampled_from(["ru", "en"]))
def test_any_text_survives_quoting(text: str, language: str) -> None:
    (row,) = table([event(1, comment=text)], language)
    assert row["Comment" if language == "en" else "Комментарий"].removeprefix("'") == text.replace("\0", "").removeprefix("'")


def test_headers_are_told_apart() -> None:
    for names in ([c.ru for c in COLUMNS], [c.en for c in COLUMNS]):
        assert len(set(names)) == len(names)
