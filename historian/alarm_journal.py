"""The journal of alarms as people search it: what alarms did, who was told, who was called, newest first.

A page costs a bounded amount of work however large the journal is: it looks at :data:`SCAN_MAX` events at most, and the next
page goes on from there. Events are ordered by time and, within one time, by number, so that a search by time finds an event
that was written after the clock had been set back.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Final, cast

from historian.database import decode_object, open_reader
from historian.journal import JOURNAL_VERSION, EventRow
from line.messages import Event, EventKind, Json, JsonObject

ALARM_KINDS: Final = (
    EventKind.ALARM.value, EventKind.FLOOD.value, EventKind.ESCALATION.value, EventKind.NOTICE.value, EventKind.CALL.value,
)  # fmt: skip
"""Kinds of event that belong to the journal of alarms."""

SCAN_MAX: Final = 20_000
"""Events that one page looks at."""

PAGE_MAX: Final = 1000
_TIME_MAX: Final = 2**63 - 1
_COLUMNS: Final = "seq, time_ns, kind, source, unit, batch, data"
_SEARCHED: Final = (
    "tag", "user", "station", "comment", "reason", "text", "work_order", "note", "service", "service_name", "contact_name",
    "consequence_of", "run", "number", "recipe", "policy",
)  # fmt: skip
"""Keys of an event's data that a search looks into, besides its source, unit and batch."""


@dataclass(frozen=True)
class AlarmFilter:
    """What is looked for; what is left empty matches everything.

    Every word of ``text`` must occur, in either language and any case. ``alarm`` is the id of an alarm or a call, and finds
    what was escalated and told because of it too. ``from_ns`` is the first time, ``to_ns`` the first one after, ns UTC.
    """

    text: str = ""
    unit: str = ""
    priorities: frozenset[int] = frozenset()
    alarm: str = ""
    from_ns: int = 0
    to_ns: int = _TIME_MAX
    kinds: tuple[str, ...] = ALARM_KINDS


@dataclass(frozen=True)
class AlarmPage:
    """Events, newest first. With ``more`` there may be others: ask for those before the event ``first``."""

    events: Sequence[Event]
    first: int
    more: bool


def fold(text: str) -> str:
    """``text`` as a search compares it: without regard to case, with е for ё."""
    return text.casefold().replace("ё", "е")


def alarm_page(journal: Path, wanted: AlarmFilter, before: int = 0, limit: int = 100) -> AlarmPage:
    """At most ``limit`` events that ``wanted`` matches, of those before the event number ``before`` (0: the newest).

    Raises ValueError for a kind that does not belong here.
    """
    strange = set(wanted.kinds) - set(ALARM_KINDS)
    if strange:
        raise ValueError(f"{', '.join(sorted(strange))}: no kind of the alarm journal; there are {', '.join(ALARM_KINDS)}")
    db = open_reader(journal, JOURNAL_VERSION)
    if db is None:
        return AlarmPage((), 0, False)
    limit = max(1, min(limit, PAGE_MAX))
    found: list[Event] = []
    first = looked = 0
    search = _Search(wanted)
    with closing(db):
        db.execute("BEGIN")  # one view for all kinds while the writer goes on
        for row in _newest_first(db, wanted, before):
            first, looked = row[0], looked + 1
            event = search.match(row)
            if event is not None:
                found.append(event)
            if len(found) == limit or looked == SCAN_MAX:
                return AlarmPage(found, first, True)
    return AlarmPage(found, first, False)


def _newest_first(db: Connection, wanted: AlarmFilter, before: int) -> Iterator[EventRow]:
    to_ns, to_seq = wanted.to_ns, 0
    if before:
        row = cast("tuple[int] | None", db.execute("SELECT time_ns FROM events WHERE seq = ?", (before,)).fetchone())
        if row is not None and row[0] < to_ns:
            to_ns, to_seq = row[0], before
    sql = f"""SELECT {_COLUMNS} FROM events WHERE kind = ? AND time_ns >= ? AND (time_ns, seq) < (?, ?)
              ORDER BY time_ns DESC, seq DESC"""
    by_kind = [
        cast(Iterator[EventRow], db.execute(sql, (kind, wanted.from_ns, to_ns, to_seq))) for kind in dict.fromkeys(wanted.kinds)
    ]
    return heapq.merge(*by_kind, key=lambda r: (-r[1], -r[0]))


class _Search:
    """Looks at the text of a row first: most rows need not be decoded."""

    def __init__(self, wanted: AlarmFilter) -> None:
        self._wanted = wanted
        self._words = [fold(w) for w in wanted.text.split()]
        self._raw_words = [fold(json.dumps(w, ensure_ascii=False)[1:-1]) for w in wanted.text.split()]
        self._raw_priorities = [f'"priority":{p}' for p in sorted(wanted.priorities)]

    def match(self, row: EventRow) -> Event | None:
        """The event when it matches, else None."""
        seq, time_ns, kind, source, unit, batch, text = row
        wanted = self._wanted
        if wanted.unit and unit != wanted.unit:
            return None
        if wanted.alarm and source != wanted.alarm and wanted.alarm not in text:
            return None
        if self._raw_priorities and not any(p in text for p in self._raw_priorities):
            return None
        if self._words:
            whole = fold(f"{source}\n{unit}\n{batch}\n{text}")
            if not all(w in whole for w in self._raw_words):
                return None
        data = decode_object(text)
        if wanted.alarm and wanted.alarm not in (source, data.get("run")):
            return None
        if wanted.priorities and data.get("priority") not in wanted.priorities:
            return None
        if self._words and not self._found(source, unit, batch, data):
            return None
        return Event(seq, time_ns, kind, source, unit, batch, data)

    def _found(self, source: str, unit: str, batch: str, data: JsonObject) -> bool:
        whole = fold("\n".join([source, unit, batch, *(t for key in _SEARCHED for t in _texts(data.get(key)))]))
        return all(w in whole for w in self._words)


def _texts(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [str(v) for v in value.values() if isinstance(v, str)]
    return [str(value)] if isinstance(value, int) and not isinstance(value, bool) else []
