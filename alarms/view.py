"""The view ``alarms`` (docs/ARCHITECTURE.md): what panels are shown, made anew only where an alarm changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alarms.standing import AlarmsState, Standing, Window
from alarms.states import HIDDEN, UNACKED, AlarmState
from alarms.table import AlarmDef, AlarmTable
from line.messages import Json, JsonObject

ACTIVE_LIST: Final = "active"
LISTS: Final[Mapping[AlarmState, str]] = {
    state: state.value if state in HIDDEN else ACTIVE_LIST for state in AlarmState if state is not AlarmState.NORMAL
}
"""State → the one list in which an alarm of that state is shown."""

PRIORITIES: Final = ("1", "2", "3", "4")
_Key = tuple[int, int, int]


class AlarmView:
    """Makes the view. Remembers the rows it made for alarms that have not changed since: a memory, not a state."""

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._standing: Mapping[int, Standing] = {}
        self._lists = {name: _List() for name in LISTS.values()}
        self._unacked = [0, 0, 0, 0]
        self._active = [0, 0, 0, 0]
        self._of: tuple[Mapping[int, Standing], bool, Window, int | None] | None = None
        self._view: JsonObject = {}

    def of(self, state: AlarmsState) -> JsonObject:
        """Every list by priority, then newest; the same object as before when nothing that is shown has changed."""
        shown = (state.standing, state.silenced, state.window, state.flood_since_ns)
        if self._of is not None and all(a is b for a, b in zip(shown, self._of, strict=True)):
            return self._view
        self._follow(state.standing)
        lists: dict[str, Json] = {name: shown.rows() for name, shown in self._lists.items()}
        flood_since_ns = state.flood_since_ns
        sounding = next((i + 1 for i, count in enumerate(self._unacked) if count), None)
        self._of = shown
        self._view = {
            **lists,
            "counts": dict(zip(PRIORITIES, self._active, strict=True)),
            "unacked": sum(self._unacked),
            "silenced": state.silenced,
            "sounding": None if state.silenced else sounding,
            "last_10_min": state.window.total,
            "flood": None if flood_since_ns is None else {"since_ns": flood_since_ns, "count": state.window.total},
        }
        return self._view

    def _follow(self, standing: Mapping[int, Standing]) -> None:
        """Take over what differs from the last view."""
        changed, gone = differences(self._standing, standing)
        for row in (*changed, *gone):
            old = self._standing.get(row)
            if old is not None:
                self._count(row, old, -1)
                self._lists[LISTS[old.state]].drop(row)
        for row in changed:
            new = standing[row]
            self._count(row, new, 1)
            alarm = self._table[row]
            time_ns, entry = _entry(alarm, new)
            self._lists[LISTS[new.state]].add((alarm.priority, -time_ns, row), entry)
        self._standing = standing

    def _count(self, row: int, standing: Standing, step: int) -> None:
        priority = self._table[row].priority - 1
        if standing.state not in HIDDEN:
            self._active[priority] += step
        if standing.state in UNACKED:
            self._unacked[priority] += step


class _List:
    """One list of the view, kept in order."""

    def __init__(self) -> None:
        self._keys: list[_Key] = []
        self._entries: dict[int, JsonObject] = {}
        self._stale = False

    def drop(self, row: int) -> None:
        del self._entries[row]
        self._stale = True

    def add(self, key: _Key, entry: JsonObject) -> None:
        if self._stale:
            self._keys = [k for k in self._keys if k[2] in self._entries]
            self._stale = False
        self._entries[key[2]] = entry
        self._keys.append(key)

    def rows(self) -> list[JsonObject]:
        entries = self._entries
        if self._stale:
            self._keys = [k for k in self._keys if k[2] in entries]
            self._stale = False
        self._keys.sort()
        return [entries[row] for _, _, row in self._keys]


def differences(old: Mapping[int, Standing], new: Mapping[int, Standing]) -> tuple[list[int], list[int]]:
    """Rows that are new or another object in ``new``, and rows that it has no more."""
    if old is new:
        return [], []
    changed = [row for row, standing in new.items() if old.get(row) is not standing]
    return changed, [row for row in old if row not in new]


def _entry(alarm: AlarmDef, standing: Standing) -> tuple[int, JsonObject]:
    """Time to sort by, and the alarm as its list shows it."""
    if standing.state in HIDDEN:
        return _hidden(alarm, standing)
    return standing.time_ns, {
        "id": alarm.id,
        "tag": alarm.tag,
        "unit": alarm.unit,
        "priority": alarm.priority,
        "state": standing.state.value,
        "text": alarm.name.to_json(),
        "time_ns": standing.time_ns,
        "value": standing.value,
        "limit": alarm.limit,
        "eu": alarm.eu,
        "kind": alarm.kind.value,
        "acked_by": standing.acked_by,
        "acked_ns": standing.acked_ns,
        "first_out": standing.first_out,
        "consequence_of": standing.consequence_of,
    }


def _hidden(alarm: AlarmDef, standing: Standing) -> tuple[int, JsonObject]:
    entry: dict[str, Json] = {
        "id": alarm.id, "unit": alarm.unit, "priority": alarm.priority, "text": alarm.name.to_json(), "active": standing.active,
    }  # fmt: skip
    shelf, removal = standing.shelf, standing.removal
    if standing.state is AlarmState.SHELVED and shelf is not None:
        entry |= {"by": shelf.by, "reason": shelf.reason, "since_ns": shelf.since_ns, "until_ns": shelf.until_ns,
                  "one_shot": shelf.one_shot, "warned": shelf.warned}  # fmt: skip
        return shelf.since_ns, entry
    if standing.state is AlarmState.OUT_OF_SERVICE and removal is not None:
        entry |= {"by": removal.by, "reason": removal.reason, "work_order": removal.work_order, "since_ns": removal.since_ns}
        return removal.since_ns, entry
    since_ns = standing.suppressed_ns or 0
    entry["since_ns"] = since_ns
    return since_ns, entry
