"""The alarms of the scan under way: a copy that takes what commands and conditions do, one transition of the table at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from alarms.first_out import FirstOut
from alarms.journal_record import NO_EXTRA, JournalRecords, ProductionNow, tag_value
from alarms.standing import LATCHED, NORMAL, AlarmsState, Span, Standing, timer
from alarms.states import ACTIVE, HIDDEN, AlarmEvent, AlarmState, transition
from alarms.table import AlarmDef, AlarmTable
from line.messages import Json, JsonObject
from line.stage import Scan

AUTO: Final = "auto"
"""User of an acknowledgement that nobody gave (``auto_ack``)."""

_BY_ITSELF: Final[JsonObject] = {"user": AUTO, "station": "", "reason": ""}


@dataclass(frozen=True, slots=True)
class Tools:
    """What is fixed for the life of a configuration."""

    table: AlarmTable
    records: JournalRecords
    groups: Mapping[str, tuple[int, ...]]


class Draft:
    """Takes the changes of one scan; every change of an alarm's state goes through :meth:`move` and so through the table.

    ``annunciated`` counts the transitions to Unack active.
    """

    def __init__(self, tools: Tools, state: AlarmsState, scan: Scan) -> None:
        self.table = tools.table
        self.rules = tools.table.rules
        self.scan = scan
        self.state = state
        self.standing: Mapping[int, Standing] = state.standing
        self.timers: Mapping[int, Span] = state.timers
        self.first_out = FirstOut(tools.groups, state.first_out)
        self.silenced = state.silenced
        self.annunciated = 0
        self._own: dict[int, Standing] | None = None
        self._own_timers: dict[int, Span] | None = None
        self._records = tools.records
        self._production = ProductionNow(scan.views)

    def get(self, row: int) -> Standing:
        """The alarm as it stands now."""
        return self.standing.get(row, NORMAL)

    def put(self, row: int, new: Standing) -> None:
        """Keep ``new`` in place of what stood; its timer with it."""
        if self._own is None:
            self._own = dict(self.standing)
            self.standing = self._own
        if new.state is AlarmState.NORMAL:
            self._own.pop(row, None)
        else:
            self._own[row] = new
        span = timer(self.table[row], new, self.rules)
        if span == self.timers.get(row):
            return
        if self._own_timers is None:
            self._own_timers = dict(self.timers)
            self.timers = self._own_timers
        if span is None:
            del self._own_timers[row]
        else:
            self._own_timers[row] = span

    def move(self, row: int, event: AlarmEvent, extra: Mapping[str, Json] = NO_EXTRA, given: Standing | None = None) -> None:
        """One transition of the table, told to the journal with ``extra``.

        ``given`` is the alarm as it stands with what the event brings: who acknowledged it, a shelving, the end of one. Raises
        KeyError when the table has no such transition.
        """
        old = self.get(row)
        after = transition(old.state, event)
        alarm = self.table[row]
        if after is AlarmState.UNACK_ACTIVE or event is AlarmEvent.RESUME_LATCHED:
            new = self._annunciated(row, alarm, after)
        elif after in HIDDEN:
            new = _underneath(given or old, event, after)
        elif after is AlarmState.NORMAL:
            new = NORMAL
        else:
            new = replace(given or old, state=after, active=after in ACTIVE)
        if alarm.group and (after is AlarmState.NORMAL or after in HIDDEN):
            self.first_out.touched.add(alarm.group)
        self.put(row, new)
        self.tell(row, event, old, new, extra)
        if after is AlarmState.RTN_UNACK and alarm.auto_ack:
            self.move(row, AlarmEvent.ACK, _BY_ITSELF)

    def tell(self, row: int, word: str, old: Standing, new: Standing, extra: Mapping[str, Json] = NO_EXTRA) -> None:
        """An event of the journal about this alarm."""
        production = self._production.of(self.table[row].unit)
        self.scan.events.append(self._records.event(row, word, old, new, self.scan, production, extra))

    def _annunciated(self, row: int, alarm: AlarmDef, after: AlarmState) -> Standing:
        """It comes, or is in sight again: it sounds, and nobody has acknowledged it, whatever was before."""
        active = after is AlarmState.UNACK_ACTIVE
        self.annunciated += active
        self.silenced = False
        first = self.first_out.join(alarm.group, row) if alarm.group else None
        of = "" if first is None or first == row else self.table[first].id
        now_ns, value = self.scan.now_ns, tag_value(alarm, self.scan)
        return Standing(after, active, now_ns, value, first_out=first == row, consequence_of=of)


def _underneath(given: Standing, event: AlarmEvent, after: AlarmState) -> Standing:
    """A hidden alarm after ``event``: the condition is followed, the marks of its annunciation are gone."""
    if event is AlarmEvent.ALARM:
        return replace(given, active=True, latched=False)
    if event is AlarmEvent.RETURN:
        return replace(given, active=False, latched=False)
    if event is AlarmEvent.LATCH:
        return replace(given, active=False, latched=True)
    if given.state in HIDDEN:
        return replace(given, state=after)
    return replace(
        given, state=after, latched=given.state in LATCHED, acked_by="", acked_ns=0, first_out=False, consequence_of="",
    )  # fmt: skip
