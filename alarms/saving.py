"""The alarm stage's state in the journal, by alarm id, so that a restart may bring another alarm file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from alarms.evaluate import NOT_PENDING, Evaluator
from alarms.first_out import FirstOut, members
from alarms.flood import moved_on
from alarms.standing import (
    AlarmsState,
    Removal,
    Shelf,
    Span,
    Standing,
    Window,
    any_unacked,
    quiet_span,
    timer,
)  # fmt: skip
from alarms.states import ACTIVE, AlarmState
from alarms.table import AlarmTable
from alarms.view import differences
from line.messages import Json, JsonObject


class _Saved(BaseModel):
    """Keys that are not known are left out: a newer build may have written them."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SavedShelf(_Saved):
    """A shelving."""

    by: str
    reason: str
    since_ns: int
    until_ns: int
    one_shot: bool
    warned: bool


class SavedRemoval(_Saved):
    """Out of service."""

    by: str
    reason: str
    work_order: str
    since_ns: int


class SavedAlarm(_Saved):
    """One standing alarm. Keys that older builds did not write have defaults; None: ``state`` says it, or from now on."""

    state: AlarmState
    time_ns: int = 0
    value: float | None = None
    acked_by: str = ""
    acked_ns: int | None = None
    active: bool | None = None
    first_out: bool = False
    consequence_of: str = ""
    latched: bool = False
    shelf: SavedShelf | None = None
    suppressed_ns: int | None = None
    removal: SavedRemoval | None = None


class SavedAlarms(_Saved):
    """The stage's state: alarms and running delays by alarm id, the first member of a group by group."""

    alarms: Mapping[str, SavedAlarm]
    pending_since_ns: Mapping[str, int]
    silenced: bool
    annunciated_ns: Sequence[int] = ()
    annunciated: Sequence[tuple[int, int]] = ()
    first_out: Mapping[str, str] = {}
    flood_since_ns: int | None = None


class Saver:
    """Writes states. Remembers what it wrote for alarms that have not changed since: a memory, not a state."""

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._standing: Mapping[int, Standing] = {}
        self._alarms: dict[str, Json] = {}

    def save(self, state: AlarmsState) -> JsonObject:
        """The state as JSON."""
        changed, gone = differences(self._standing, state.standing)
        if changed or gone:
            alarms = dict(self._alarms)  # what was handed out is not changed any more
            for row in gone:
                del alarms[self._table[row].id]
            for row in changed:
                alarms[self._table[row].id] = _saved(state.standing[row])
            self._standing, self._alarms = state.standing, alarms
        since_ns = state.conditions.since_ns
        rows: list[int] = np.flatnonzero(since_ns != NOT_PENDING).tolist()
        return {
            "alarms": self._alarms,
            "pending_since_ns": {self._table[row].id: int(since_ns[row]) for row in rows},
            "silenced": state.silenced,
            "annunciated": [list(c) for c in state.window.counts],
            "first_out": {group: self._table[row].id for group, row in state.first_out.items()},
            "flood_since_ns": state.flood_since_ns,
        }


def _saved(s: Standing) -> dict[str, Json]:
    saved: dict[str, Json] = {
        "state": s.state.value, "time_ns": s.time_ns, "value": s.value, "acked_by": s.acked_by, "acked_ns": s.acked_ns,
        "active": s.active,
    }  # fmt: skip
    if s.first_out or s.consequence_of:
        saved |= {"first_out": s.first_out, "consequence_of": s.consequence_of}
    if s.latched:
        saved["latched"] = True
    if s.suppressed_ns is not None:
        saved["suppressed_ns"] = s.suppressed_ns
    shelf, removal = s.shelf, s.removal
    if shelf is not None:
        saved["shelf"] = {
            "by": shelf.by, "reason": shelf.reason, "since_ns": shelf.since_ns, "until_ns": shelf.until_ns,
            "one_shot": shelf.one_shot, "warned": shelf.warned,
        }  # fmt: skip
    if removal is not None:
        saved["removal"] = {
            "by": removal.by, "reason": removal.reason, "work_order": removal.work_order, "since_ns": removal.since_ns,
        }  # fmt: skip
    return saved


def left_out(saved: JsonObject, table: AlarmTable) -> dict[str, str]:
    """The alarms of ``saved`` that the table no longer has, with their states: :func:`restored` forgets them without an event.

    Raises ValueError when ``saved`` is not what :meth:`Saver.save` wrote.
    """
    alarms = SavedAlarms.model_validate(saved).alarms
    return {alarm_id: s.state.value for alarm_id, s in alarms.items() if table.row(alarm_id) is None}


def restored(saved: JsonObject, table: AlarmTable, evaluator: Evaluator, now_ns: int) -> AlarmsState:
    """The state as saved; the next scan judges the conditions anew, and what was acknowledged stays so.

    Alarms that the table no longer has are left out. What a changed definition leaves behind (a latched alarm that latches no
    more) is put right, and told, in the next scan. Raises ValueError when ``saved`` is not what :meth:`Saver.save` wrote.
    """
    data = SavedAlarms.model_validate(saved)
    on = np.zeros(len(table), dtype=np.bool_)
    suppressed = np.zeros(len(table), dtype=np.bool_)
    since_ns = np.full(len(table), NOT_PENDING, dtype=np.int64)
    firsts = {group: row for group, first in data.first_out.items() if (row := table.row(first)) is not None}
    firsts = {group: row for group, row in firsts.items() if table[row].group == group}
    standing: dict[int, Standing] = {}
    timers: dict[int, Span] = {}
    for alarm_id, s in data.alarms.items():
        row = table.row(alarm_id)
        if row is None:
            continue
        standing[row] = alarm = _restored(s, table, row, firsts, now_ns)
        on[row], suppressed[row] = alarm.active, alarm.suppressed_ns is not None
        span = timer(table[row], alarm, table.rules)
        if span is not None:
            timers[row] = span
    for alarm_id, since in data.pending_since_ns.items():
        row = table.row(alarm_id)
        if row is not None:
            since_ns[row] = since
    counts = tuple(data.annunciated) or tuple((t, 1) for t in data.annunciated_ns)
    window = moved_on(Window(counts, sum(n for _, n in counts)), now_ns)
    first_out = FirstOut(members(table), firsts)
    first_out.touched.update(firsts)
    first_out.rearm(standing)
    conditions = evaluator.restored(on, since_ns, suppressed, now_ns)
    return AlarmsState(
        conditions, standing, timers, first_out.firsts, data.silenced and any_unacked(standing), window, data.flood_since_ns,
        *quiet_span(timers),
    )  # fmt: skip


def _restored(s: SavedAlarm, table: AlarmTable, row: int, firsts: Mapping[str, int], now_ns: int) -> Standing:
    first = firsts.get(table[row].group)
    of = "" if first is None or table[first].id != s.consequence_of else s.consequence_of
    return Standing(
        s.state, s.state in ACTIVE if s.active is None else s.active, s.time_ns, s.value, s.acked_by,
        now_ns if s.acked_ns is None else s.acked_ns,
        s.first_out and first == row, of, s.latched and table[row].latching,
        None if s.shelf is None else Shelf(**s.shelf.model_dump()), s.suppressed_ns,
        None if s.removal is None else Removal(**s.removal.model_dump()),
    )  # fmt: skip
