"""What the figures of the alarm system need of the journal (docs/kpi.md), picked out by SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple, cast

from historian.database import open_reader
from historian.journal import JOURNAL_VERSION
from line.clock import NS_PER_S
from line.messages import Json

FACTS_MAX: Final = 300_000
"""Alarm events that one question brings: at 300 annunciations a day those of most of a year."""

LOOK_BACK_NS: Final = 30 * 86_400 * NS_PER_S
"""How far back is looked for what stands at the beginning of a span."""

_FIELDS: Final = ", ".join(f"json_extract(data, '$.{key}')" for key in ("event", "from", "to", "active", "priority", "user"))
_ASKED: Final = """instr(data, '"to":"unack_active"') AND NOT instr(data, '"from":"unack_active"')"""
"""An annunciation. Rows are canonical JSON and quotes inside a text are escaped, so that these cannot be parts of one."""


class AlarmRow(NamedTuple):
    """One event of an alarm; the fields are those of :func:`alarms.kpi.make_fact`."""

    time_ns: int
    alarm: str
    event: Json
    before: Json
    after: Json
    active: Json
    priority: Json
    user: Json


class StandingRow(NamedTuple):
    """An alarm at a time: its state, since when it was last annunciated and its condition came (0: unknown or not active)."""

    alarm: str
    state: str
    priority: int
    asked_ns: int
    active_ns: int


def alarm_rows(journal: Path, from_ns: int, to_ns: int) -> Sequence[AlarmRow]:
    """The alarm events of ``from_ns <= time < to_ns`` in the order of the journal, at most one more than :data:`FACTS_MAX`."""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return ()
    sql = f"""SELECT time_ns, source, {_FIELDS} FROM events WHERE kind = 'alarm' AND time_ns >= ? AND time_ns < ?
              ORDER BY seq LIMIT ?"""
    with closing(db):
        rows = cast(list[tuple[int, str, Json, Json, Json, Json, Json, Json]], db.execute(sql, (from_ns, to_ns, FACTS_MAX + 1)))
        return [AlarmRow(*row) for row in rows]


def alarms_standing(journal: Path, at_ns: int) -> Sequence[StandingRow]:
    """The alarms that were not normal just before ``at_ns``, as far as :data:`LOOK_BACK_NS` before it tells."""
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return ()
    sql = f"""SELECT last.source, json_extract(e.data, '$.to'), json_extract(e.data, '$.active'),
                     json_extract(e.data, '$.priority'), coalesce(last.asked, 0), coalesce(last.came, last.asked, 0)
              FROM (SELECT source, max(seq) AS seq, max(CASE WHEN {_ASKED} THEN time_ns END) AS asked,
                           max(CASE WHEN instr(data, '"event":"alarm"') THEN time_ns END) AS came
                    FROM events WHERE kind = 'alarm' AND time_ns >= ? AND time_ns < ? GROUP BY source) AS last
              JOIN events AS e ON e.seq = last.seq"""
    with closing(db):
        found = cast(
            list[tuple[str, str | None, int | None, int | None, int, int]],
            db.execute(sql, (at_ns - LOOK_BACK_NS, at_ns)).fetchall(),
        )
    rows: list[StandingRow] = []
    for alarm, state, active, priority, asked_ns, came_ns in found:
        stands = state in ("unack_active", "acked_active") if active is None else bool(active)
        if state not in (None, "normal"):
            rows.append(StandingRow(alarm, state, priority or 4, asked_ns, came_ns if stands else 0))
    return rows
