"""The alarm journal as the server tells it (``GET /api/alarm_journal``): newest first, older ones page by page without an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.eventlog import LogEvent, log_event
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.clock import NS_PER_S
from line.messages import Json

PAGE: Final = 200
KEPT: Final = 20_000
"""Rows held while the first page is shown; who turns back further gets them again from the server."""
ANSWER_WITHIN_NS: Final = 10 * NS_PER_S
AGAIN_AFTER_NS: Final = NS_PER_S
"""The newest rows are asked for again at most so often, and only when the live feed told of an event of the journal."""
KINDS: Final = ("alarm", "escalation", "notice", "call")
"""What the journal can be narrowed to; floods are told among the alarms."""
IN_JOURNAL: Final = frozenset({*KINDS, "flood"})


@dataclass(frozen=True)
class JournalQuery:
    """What is looked for; empty and 0 look for everything. ``kind`` is one of :data:`KINDS`, ``alarm`` an id."""

    text: str = ""
    unit: str = ""
    priority: int = 0
    kind: str = ""
    alarm: str = ""

    def params(self) -> dict[str, Json]:
        """Parameters of the request, only those that narrow it."""
        kinds = ["alarm", "flood"] if self.kind == "alarm" else [self.kind] if self.kind else []
        told: dict[str, Json] = {
            "text": self.text, "unit": self.unit, "priority": self.priority, "kind": kinds, "alarm": self.alarm,
        }  # fmt: skip
        return {key: value for key, value in told.items() if value}


class JournalLog:
    """Rows of one query. :meth:`request` says what to fetch next, :meth:`take` takes the answer; one is on its way at a time."""

    def __init__(self) -> None:
        self.query = JournalQuery()
        self.error = False
        self._rows: list[LogEvent] = []
        self._known: dict[str, LogEvent] = {}
        self._before = 0
        self._more = True
        self._wanted = PAGE
        self._head_wanted = True
        self._head_mono_ns: int | None = None
        self._asked: tuple[int, bool] | None = None
        self._outdated = False
        self._live_seen = 0

    @property
    def complete(self) -> bool:
        """True when nothing is awaited: all that is wanted is there."""
        return not self._head_wanted and (not self._more or len(self._rows) >= self._wanted)

    @property
    def whole(self) -> bool:
        """True when the start of the journal is reached."""
        return not self._more and not self._head_wanted

    def look_for(self, query: JournalQuery) -> None:
        """Another question: begin anew."""
        if query != self.query:
            self.query = query
            self._forget()

    def restart(self) -> None:
        """Something may be missing at the newest end: after a lost connection, or unwatched."""
        self._head_wanted = True
        self._head_mono_ns = None
        self._outdated = self._asked is not None

    def _forget(self) -> None:
        self._rows, self._known = [], {}
        self._before, self._more, self._wanted = 0, True, PAGE
        self.restart()

    def want_more(self) -> None:
        """Another page of older rows is wanted."""
        self._wanted = len(self._rows) + PAGE

    def trim(self) -> None:
        """Let go of the oldest rows above :data:`KEPT`; call it only while the newest are shown."""
        if len(self._rows) > KEPT:
            self._rows = self._rows[:KEPT]
            self._known = {str(r.seq): r for r in self._rows}
            self._before, self._more, self._wanted = self._rows[-1].seq, True, KEPT

    # ---- the server -------------------------------------------------------------------------------------------------

    def request(self, mono_ns: int) -> Obj | None:
        """Parameters of the next ``GET /api/alarm_journal``; None while an answer is awaited or nothing is wanted."""
        if self._asked is not None:
            if mono_ns - self._asked[0] < ANSWER_WITHIN_NS:
                return None
            self._head_wanted = self._head_wanted or self._asked[1]
        rested = self._head_mono_ns is None or mono_ns - self._head_mono_ns >= AGAIN_AFTER_NS
        if self._head_wanted and rested:
            self._head_wanted, self._head_mono_ns = False, mono_ns
            self._asked, self._outdated = (mono_ns, True), False
            return {**self.query.params(), "limit": PAGE}
        if self._before == 0 or not self._more or len(self._rows) >= self._wanted:
            return None
        self._asked, self._outdated = (mono_ns, False), False
        return {**self.query.params(), "limit": PAGE, "before": self._before}

    def take(self, reply: Obj) -> None:
        """The message ``reply`` of the net client; a failed one is asked for again after a while."""
        asked = self._asked
        if asked is None or self._outdated:
            self._asked, self._outdated = None, False
            return
        self.error = wire.integer(reply, "status") != 200
        if self.error:
            self._head_wanted = self._head_wanted or asked[1]
            return
        self._asked = None
        data = wire.obj(reply, "data")
        found = sorted((log_event(e) for e in wire.objects(data, "rows")), key=lambda e: -e.seq)
        first = wire.integer(data, "first") or (found[-1].seq if found else 0)
        more = wire.flag(data, "more")
        if asked[1]:
            self._take_newest(found, first, more)
        else:
            self._add(found)
            self._before, self._more = first or self._before, more and bool(first)

    def _take_newest(self, found: list[LogEvent], first: int, more: bool) -> None:
        newest = self._rows[0].seq if self._rows else 0
        same = bool(found) and found[0].seq >= newest  # else it is another journal
        joined = bool(self._rows) and same and (not more or first <= newest)
        if not joined:
            self._rows, self._known = [], {}
            self._before, self._more = first, more and bool(first)
        self._add(found)

    def _add(self, found: list[LogEvent]) -> None:
        new = [e for e in found if str(e.seq) not in self._known]
        if new:
            self._known |= {str(e.seq): e for e in new}
            ahead = not self._rows or new[-1].seq > self._rows[0].seq
            self._rows = [*new, *self._rows] if ahead else sorted([*self._rows, *new], key=lambda e: -e.seq)

    def live(self, store: LineStore) -> None:
        """Notice in the live feed that the journal has grown."""
        newest = self._live_seen
        for entry in reversed(store.events):
            seq = wire.integer(entry, "seq")
            if seq <= self._live_seen:
                break
            newest = max(newest, seq)
            self._head_wanted = self._head_wanted or wire.text(entry, "kind") in IN_JOURNAL
        self._live_seen = newest

    def rows(self) -> list[LogEvent]:
        """What is known, newest first; a list of its own whenever it has changed. Do not change it."""
        return self._rows

    def row(self, key: str) -> LogEvent | None:
        """The row with that number."""
        return self._known.get(key)
