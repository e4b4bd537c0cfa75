"""Alarms as the panel shows them: standing and hidden ones, the worst unacknowledged, and what touches a tag or a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.line_info import AlarmInfo, AlarmRulesInfo
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from line.messages import Json

ACTIVE: Final = frozenset({"unack_active", "acked_active"})
UNACKED: Final = frozenset({"unack_active", "rtn_unack", "latched_unack"})
LATCHED: Final = frozenset({"latched_unack", "latched_acked"})
PRIORITIES: Final = (1, 2, 3, 4)
HIDDEN: Final = ("shelved", "suppressed", "out_of_service")
"""Lists of the view ``alarms`` whose alarms do not sound and are in no count of standing ones."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One standing alarm; ``text`` is ``{ru, en}``, ``value`` and ``limit`` in ``eu``, ``time_ns`` UTC of its last raise.

    ``first_out`` marks the one that came first in its group, ``consequence_of`` names that one for the others. Cause,
    consequence and response stand in the line's description: :func:`alarm_info`.
    """

    id: str
    tag: str
    unit: str
    priority: int
    state: str
    text: Obj
    time_ns: int
    value: float | None
    limit: float | None
    eu: str
    kind: str
    acked_by: str
    acked_ns: int = 0
    first_out: bool = False
    consequence_of: str = ""
    entry: Obj = field(default_factory=dict[str, Json], compare=False, repr=False)

    @property
    def active(self) -> bool:
        """The condition holds now."""
        return self.state in ACTIVE

    @property
    def unacked(self) -> bool:
        """Nobody has acknowledged it."""
        return self.state in UNACKED

    @property
    def latched(self) -> bool:
        """The condition is gone, the alarm waits for a reset."""
        return self.state in LATCHED


@dataclass(frozen=True, slots=True)
class HiddenRow:
    """An alarm that is shelved, suppressed by design or out of service (``state``); its condition is judged underneath.

    ``active`` says whether the condition is there; ``until_ns`` is 0 where no end is set. ``one_shot`` ends with the next
    return, ``warned``: the end is near and was told.
    """

    id: str
    state: str
    unit: str
    priority: int
    text: Obj
    active: bool
    by: str
    reason: str
    work_order: str
    since_ns: int
    until_ns: int
    one_shot: bool
    warned: bool


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood of alarms: since when, and how many annunciations the last ten minutes brought."""

    since_ns: int
    count: int


def alarm_rows(store: LineStore) -> list[AlarmRow]:
    """All standing alarms in the view's order: priority, then newest. Read once per view; do not change the list."""
    return store.parsed("alarms", _rows)


def hidden_rows(store: LineStore) -> list[HiddenRow]:
    """Shelved, suppressed and out of service, in this order; within each as the view lists them."""
    return store.parsed("alarms", _hidden)


def _rows(view: Obj, before: list[AlarmRow] | None) -> list[AlarmRow]:
    """Rows that are as before stay the same objects: of thousands a view changes a few."""
    known = {row.entry.get("id"): row for row in before or ()}
    found: list[AlarmRow] = []
    for entry in wire.objects(view, "active"):
        row = known.get(entry.get("id"))
        found.append(row if row is not None and row.entry == entry else _row(entry))
    return found


def _row(entry: Obj) -> AlarmRow:
    return AlarmRow(
        wire.text(entry, "id"), wire.text(entry, "tag"), wire.text(entry, "unit"), _priority(entry), wire.text(entry, "state"),
        wire.obj(entry, "text"), wire.integer(entry, "time_ns"), wire.number(entry, "value"), wire.number(entry, "limit"),
        wire.text(entry, "eu"), wire.text(entry, "kind"), wire.text(entry, "acked_by"), wire.integer(entry, "acked_ns"),
        wire.flag(entry, "first_out"), wire.text(entry, "consequence_of"), entry,
    )  # fmt: skip


def _hidden(view: Obj, before: list[HiddenRow] | None) -> list[HiddenRow]:
    return [
        HiddenRow(
            wire.text(e, "id"), state, wire.text(e, "unit"), _priority(e), wire.obj(e, "text"), wire.flag(e, "active"),
            wire.text(e, "by"), wire.text(e, "reason"), wire.text(e, "work_order"), wire.integer(e, "since_ns"),
            wire.integer(e, "until_ns"), wire.flag(e, "one_shot"), wire.flag(e, "warned"),
        )
        for state in HIDDEN
        for e in wire.objects(view, state)
    ]  # fmt: skip


def _priority(entry: Obj) -> int:
    return min(4, max(1, wire.integer(entry, "priority", 4)))


def alarm_info(store: LineStore, alarm: str) -> AlarmInfo | None:
    """How the alarm is configured; None for one that the line's description does not name."""
    return store.line.alarms.get(alarm) if store.line else None


def rules(store: LineStore) -> AlarmRulesInfo:
    """What holds for all alarms of the line."""
    return store.line.alarm_rules if store.line else AlarmRulesInfo()


def flood(store: LineStore) -> Flood | None:
    """The flood that goes on now, if any."""
    told = wire.obj(store.view("alarms"), "flood")
    return Flood(wire.integer(told, "since_ns"), wire.integer(told, "count")) if told else None


def counts(store: LineStore) -> dict[int, int]:
    """Standing alarms per priority 1…4."""
    told = wire.obj(store.view("alarms"), "counts")
    return {p: wire.integer(told, str(p)) for p in PRIORITIES}


def unacked_count(store: LineStore) -> int:
    """How many alarms nobody has acknowledged."""
    return wire.integer(store.view("alarms"), "unacked")


def silenced(store: LineStore) -> bool:
    """True while the horn is silenced."""
    return wire.flag(store.view("alarms"), "silenced")


def horn_on(store: LineStore) -> bool:
    """An escalation sounds: an interval for the panels is asked for, or an output that silencing turns off is on.

    It does so again after a silence, with its next step, and also for what is acknowledged or for a call.
    """
    view = store.view("escalation")
    outputs = wire.objects(store.line.escalation, "outputs") if store.line else []
    on = wire.obj(view, "outputs")
    horns = (wire.text(o, "id") for o in outputs if wire.flag(o, "silenceable"))
    return (wire.number(view, "sound_s") or 0.0) > 0.0 or any(wire.flag(on, horn) for horn in horns)


def worst_unacked(rows: list[AlarmRow]) -> AlarmRow | None:
    """The one for the strip: highest priority, active before returned, then the newest."""
    waiting = [r for r in rows if r.unacked]
    return min(waiting, key=lambda r: (r.priority, not r.active, -r.time_ns), default=None)


def priority_by_tag(rows: list[AlarmRow]) -> Mapping[str, int]:
    """Tag → its highest standing priority, of alarms whose condition holds."""
    result: dict[str, int] = {}
    for row in rows:
        if row.active and row.tag:
            result[row.tag] = min(row.priority, result.get(row.tag, 9))
    return result


def by_unit(rows: list[AlarmRow]) -> Mapping[str, AlarmRow]:
    """Unit → its worst standing alarm."""
    result: dict[str, AlarmRow] = {}
    for row in rows:
        known = result.get(row.unit)
        if known is None or (row.priority, not row.unacked) < (known.priority, not known.unacked):
            result[row.unit] = row
    return result
