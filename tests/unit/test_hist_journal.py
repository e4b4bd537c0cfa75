"""The journal: what was appended is there, in a chain that shows every change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from historian.database import StoreVersionError, decode_object, encode_json
from historian.journal import Journal, JournalOrderError, verify_chain
from historian.queries import Queries
from line.messages import Event
from tests.builders import T0_NS, S


def event(seq: int, kind: str = "alarm", source: str = "A1", **data: object) -> Event:
    return Event(seq, T0_NS + seq * S, kind, source, "S401", "B-1", data)  # pyright: ignore[reportArgumentType]


def tamper(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("DROP TRIGGER IF EXISTS events_no_update")
        db.execute("DROP TRIGGER IF EXISTS events_no_delete")
        db.execute(sql)


def test_events_and_states_survive_a_reopening(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal:
        journal.append([event(1, to="unack_active"), event(2)], {"alarms": {"n": 1}})
        journal.append([event(3)], {"alarms": {"n": 2}, "batches": {"b": [1, 2.5, None, "Доктор"]}})
        journal.append([], {"shift": {"open": True}})
    with closing(Journal(path)) as journal:
        assert journal.last_seq() == 3
        assert journal.load_states() == {
            "alarms": {"n": 2}, "batches": {"b": [1, 2.5, None, "Доктор"]}, "shift": {"open": True},
        }  # fmt: skip
        journal.append([event(4)])
        assert journal.verify_chain() == (True, None)
    read = Queries(tmp_path).events_after(0, 10)
    assert [e.seq for e in read] == [1, 2, 3, 4]
    assert read[0] == event(1, to="unack_active")


@pytest.mark.parametrize("numbers", [[2], [1, 3], [1, 1], [0]])
def test_wrong_numbers_are_refused_and_nothing_is_written(tmp_path: Path, numbers: list[int]) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        with pytest.raises(JournalOrderError):
            journal.append([event(n) for n in numbers], {"alarms": {}})
        assert journal.last_seq() == 0
        assert journal.load_states() == {}
        journal.append([event(1)])
        assert journal.verify_chain() == (True, None)


@pytest.mark.parametrize(
    ("sql", "bad_seq"),
    [
        ("UPDATE events SET data = '{\"value\":1}' WHERE seq = 3", 3),
        ("UPDATE events SET time_ns = time_ns + 1 WHERE seq = 1", 1),
        ("UPDATE events SET hash = zeroblob(32) WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 2", 2),
        ("DELETE FROM events WHERE seq = 5", 5),
        ("DELETE FROM events WHERE seq = 1", 1),
    ],
)
def test_the_chain_shows_where_somebody_touched_it(tmp_path: Path, sql: str, bad_seq: int) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal:
        journal.append([event(n, value=n) for n in range(1, 6)])
    assert verify_chain(path) == (True, None)
    tamper(path, sql)
    assert verify_chain(path) == (False, bad_seq)


def test_the_file_itself_refuses_changes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal:
        journal.append([event(1)])
    with closing(sqlite3.connect(path)) as db:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute("DELETE FROM events")
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            db.execute("UPDATE events SET source = 'x'")


def test_a_file_from_a_newer_program_is_refused_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    tamper(path, "PRAGMA user_version = 99")
    with pytest.raises(StoreVersionError) as refused:
        Journal(path)
    assert "99" in refused.value.text.ru
    assert "journal.db" in refused.value.text.en
    with pytest.raises(StoreVersionError):
        Queries(tmp_path).events_after(0, 1)


def test_data_that_is_no_json_is_kept_as_well_as_can_be(tmp_path: Path) -> None:
    odd = {
        "nan": float("nan"),
        "inf": float("inf"),
        "number": np.float64(1.5),
        "count": np.int64(3),
        "surrogate": "\ud800",
        "set": {1},
    }
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.append([event(1, source="bad \udfff name", **odd)])
        assert journal.verify_chain() == (True, None)
    (read,) = Queries(tmp_path).events_after(0, 10)
    assert read.data == {"nan": None, "inf": None, "number": 1.5, "count": 3, "surrogate": "?", "set": "{1}"}
    assert read.source == "bad ? name"


def test_shift_events_keep_the_table_of_shifts(tmp_path: Path) -> None:
    queries = Queries(tmp_path)
    assert queries.shifts() == []
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.append([event(1, "shift", "s-1", what="started", number=1, crew="А")])
        assert journal.open_shift() == "s-1"
        assert [s["state"] for s in queries.shifts()] == ["open"]
        journal.append(
            [
                event(2, "shift", "s-1", what="ended", number=1, crew="А", started_ns=T0_NS + S, totals={"packs": 7}, note="ok"),
                event(3, "shift", "s-2", what="started", number=2, crew="Б"),
            ]
        )
        assert journal.open_shift() == "s-2"
    assert [(s["id"], s["number"], s["state"]) for s in queries.shifts()] == [("s-2", 2, "open"), ("s-1", 1, "closed")]
    report = queries.shift_report("s-1")
    assert report is not None
    assert report["totals"] == {"packs": 7}
    assert report["note"] == "ok"
    assert (report["started_ns"], report["ended_ns"]) == (T0_NS + S, T0_NS + 2 * S)
    assert report["ledger"] == {"expected": 0, "stored": 0, "late": 0, "bad": 0, "forwarded": 0, "missing": 0}
    assert queries.shift_report("nobody") is None


def test_queries_select_by_kind_and_by_command(tmp_path: Path) -> None:
    queries = Queries(tmp_path)
    assert queries.events_after(0, 10) == []
    assert queries.last_seq() == 0
    assert queries.command_events("c1") == []
    assert queries.verify_chain() == (True, None)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        journal.append([event(1, "command", "anna", id="c1", status="received"), event(2), event(3, "command", "anna", id="c2"),
                        event(4, "command", "anna", id="c1", status="accepted"), event(5)])  # fmt: skip
        assert [e.seq for e in queries.events_after(1, 2)] == [2, 3]
        assert [e.seq for e in queries.events_after(1, 10, "command")] == [3, 4]
        assert [e.data["status"] for e in queries.command_events("c1")] == ["received", "accepted"]
        assert queries.last_seq() == 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_json_is_canonical_and_reads_back(data: dict[str, object]) -> None:
    text = encode_json(data)  # pyright: ignore[reportArgumentType]
    assert encode_json(dict(reversed(data.items()))) == text  # pyright: ignore[reportArgumentType]
    assert encode_json(decode_object(text)) == text
    assert "\n" not in text
