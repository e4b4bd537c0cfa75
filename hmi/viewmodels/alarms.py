"""Alarms as the panel shows them: rows, the worst unacknowledged, and what touches a tag or a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hmi.viewmodels import wire
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj

ACTIVE: Final = frozenset({"unack_active", "acked_active"})
UNACKED: Final = frozenset({"unack_active", "rtn_unack"})
PRIORITIES: Final = (1, 2, 3, 4)


@dataclass(frozen=True)
class AlarmRow:
    """One standing alarm; texts are ``{ru, en}``, ``value`` and ``limit`` in ``eu``, ``time_ns`` UTC of its last raise."""

    id: str
    tag: str
    unit: str
    priority: int
    state: str
    text: Obj
    cause: Obj
    consequence: Obj
    response: Obj
    time_ns: int
    value: float | None
    limit: float | None
    eu: str
    kind: str
    acked_by: str

    @property
    def active(self) -> bool:
        """The condition holds now."""
        return self.state in ACTIVE

    @property
    def unacked(self) -> bool:
        """Nobody has acknowledged it."""
        return self.state in UNACKED


def alarm_rows(store: LineStore) -> list[AlarmRow]:
    """All standing alarms in the view's order: priority, then newest."""
    return [_row(entry) for entry in wire.objects(store.view("alarms"), "active")]


def _row(entry: Obj) -> AlarmRow:
    return AlarmRow(
        wire.text(entry, "id"), wire.text(entry, "tag"), wire.text(entry, "unit"),
        min(4, max(1, wire.integer(entry, "priority", 4))), wire.text(entry, "state"), wire.obj(entry, "text"),
        wire.obj(entry, "cause"), wire.obj(entry, "consequence"), wire.obj(entry, "response"), wire.integer(entry, "time_ns"),
        wire.number(entry, "value"), wire.number(entry, "limit"), wire.text(entry, "eu"), wire.text(entry, "kind"),
        wire.text(entry, "acked_by"),
    )  # fmt: skip


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
