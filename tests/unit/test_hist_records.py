"""Rows of batches and shifts follow the events, in the same transaction."""

from __future__ import annotations

from pathlib import Path

from historian.journal import Journal
from historian.queries import Queries
from line.messages import Event
from tests.builders import T0_NS, S


def batch_event(seq: int, what: str, **data: object) -> Event:
    return Event(seq, T0_NS + seq * S, "batch", "B1001", "", "B1001", {"what": what, **data})  # pyright: ignore[reportArgumentType]


def test_a_batch_from_created_to_complete(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.append([batch_event(1, "created", number=1001, recipe="doktorskaya", size_kg=140.0, parameters={"cook_temp": 78.0})])
    queries = Queries(tmp_path)
    assert queries.batches() == [
        {"id": "B1001", "number": 1001, "recipe": "doktorskaya", "size_kg": 140.0, "state": "idle", "created_ns": T0_NS + S,
         "started_ns": None, "ended_ns": None},
    ]  # fmt: skip
    journal.append([batch_event(2, "state", **{"from": "idle", "to": "running"})])
    journal.append([batch_event(3, "state", **{"from": "running", "to": "held"})])
    journal.append([batch_event(4, "state", **{"from": "restarting", "to": "running"})])
    journal.append([batch_event(5, "state", **{"from": "running", "to": "complete"})])
    (batch,) = queries.batches()
    assert (batch["state"], batch["started_ns"], batch["ended_ns"]) == ("complete", T0_NS + 2 * S, T0_NS + 5 * S)
    record = queries.batch_record("B1001")
    assert record is not None
    created, events = record["created"], record["events"]
    assert isinstance(created, dict)
    assert created["parameters"] == {"cook_temp": 78.0}
    assert isinstance(events, list)
    assert [e["seq"] for e in events if isinstance(e, dict)] == [1, 2, 3, 4, 5]
    assert queries.batch_record("B9") is None
    journal.close()


def test_strange_batch_events_change_nothing_and_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.append(
        [batch_event(1, "state", to="running"), batch_event(2, "created", number="x", size_kg="y"), batch_event(3, "step")]
    )
    journal.append([batch_event(4, "created", number=7, recipe="other")])
    (batch,) = Queries(tmp_path).batches()
    assert (batch["number"], batch["size_kg"], batch["recipe"], batch["state"]) == (None, None, "", "idle")
    assert journal.last_seq() == 4
    journal.close()


def test_newest_batch_first_and_no_more_than_asked(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    for seq in range(1, 6):
        journal.append([Event(seq, T0_NS + seq * S, "batch", f"B{seq}", "", f"B{seq}", {"what": "created", "number": seq})])
    assert [b["id"] for b in Queries(tmp_path).batches(limit=3)] == ["B5", "B4", "B3"]
    journal.close()
