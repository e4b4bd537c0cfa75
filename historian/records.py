"""Rows that sum up what events told: one per shift, one per batch. Written in the transaction of the events themselves."""

from __future__ import annotations

import sqlite3
from typing import Final

from historian.database import clean_text, encode_json
from line.messages import Event, Json

RECORD_SCHEMA: Final = (
    """CREATE TABLE shifts (id TEXT PRIMARY KEY, number INTEGER, started_ns INTEGER NOT NULL, ended_ns INTEGER,
       report TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE batches (id TEXT PRIMARY KEY, number INTEGER, recipe TEXT NOT NULL, size_kg REAL, state TEXT NOT NULL,
       created_ns INTEGER NOT NULL, started_ns INTEGER, ended_ns INTEGER, record TEXT NOT NULL) WITHOUT ROWID""",
)

FINAL_STATES: Final = frozenset({"complete", "stopped", "aborted"})
"""Batch states that no batch leaves again (``recipes.states``, as its events spell them)."""


def record_shift(db: sqlite3.Connection, event: Event) -> None:
    """Open or close the shift's row as a ``shift`` event says."""
    data = event.data
    if data.get("what") == "started":
        db.execute(
            "INSERT OR REPLACE INTO shifts VALUES (?,?,?,NULL,?)",
            (clean_text(event.source), _int(data.get("number")), event.time_ns, encode_json(data)),
        )
    elif data.get("what") == "ended":
        started_ns = _int(data.get("started_ns"))
        db.execute(
            """INSERT INTO shifts VALUES (?,?,?,?,?) ON CONFLICT (id) DO UPDATE
               SET number = excluded.number, ended_ns = excluded.ended_ns, report = excluded.report""",
            (
                clean_text(event.source),
                _int(data.get("number")),
                event.time_ns if started_ns is None else started_ns,
                event.time_ns,
                encode_json(data),
            ),
        )


def record_alarm_kpi(db: sqlite3.Connection, event: Event) -> None:
    """Keep the figures of a shift in its row as an ``alarm_kpi`` event tells them; they come after the shift's end."""
    figures = {k: v for k, v in event.data.items() if k != "what"}
    db.execute(
        "UPDATE shifts SET report = json_set(report, '$.alarm_kpi', json(?)) WHERE id = ?",
        (encode_json(figures), clean_text(event.source)),
    )


def record_batch(db: sqlite3.Connection, event: Event) -> None:
    """Make the batch's row, or follow its state, as a ``batch`` event says; ``record`` keeps what it was created with."""
    data = event.data
    batch = clean_text(event.batch or event.source)
    if data.get("what") == "created":
        size_kg = data.get("size_kg")
        db.execute(
            "INSERT OR IGNORE INTO batches VALUES (?,?,?,?,'idle',?,NULL,NULL,?)",
            (
                batch,
                _int(data.get("number")),
                clean_text(str(data.get("recipe", ""))),
                size_kg if isinstance(size_kg, int | float) else None,
                event.time_ns,
                encode_json(data),
            ),
        )
    elif data.get("what") == "state" and not data.get("node"):
        state = clean_text(str(data.get("to", "")))
        started_ns = event.time_ns if state == "running" else None
        ended_ns = event.time_ns if state in FINAL_STATES else None
        db.execute(
            "UPDATE batches SET state = ?, started_ns = coalesce(started_ns, ?), ended_ns = coalesce(ended_ns, ?) WHERE id = ?",
            (state, started_ns, ended_ns, batch),
        )


def _int(value: Json) -> int | None:
    return value if isinstance(value, int) else None
