"""The alarm manager as a stage of the scan: conditions → ISA-18.2 states → events and the panel's view."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from alarms.evaluate import NOT_PENDING, Conditions, Evaluator
from alarms.states import ACTIVE, UNACKED, AlarmEvent, AlarmState, return_event, transition
from alarms.table import AlarmDef, AlarmTable
from line.clock import NS_PER_S
from line.commands import reason
from line.documents import FileModel
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.stage import Scan

RATE_WINDOW_NS: Final = 600 * NS_PER_S
"""Span of ``last_10_min`` (ISA-18.2 and EEMUA 191 count alarms per 10 minutes)."""

VIEW_STATES: Final[Mapping[AlarmState, str]] = MappingProxyType({
    AlarmState.UNACK_ACTIVE: "unack_active",
    AlarmState.ACKED_ACTIVE: "acked_active",
    AlarmState.RTN_UNACK: "rtn_unack",
    AlarmState.LATCHED_UNACK: "rtn_unack",
    AlarmState.LATCHED_ACKED: "rtn_unack",
})  # fmt: skip
"""What panels are told: a latched alarm has returned and waits for the operator, who acknowledges and then resets it."""


@dataclass(frozen=True)
class Standing:
    """An alarm that is not Normal; ``time_ns`` and ``value`` are of its last annunciation."""

    state: AlarmState
    time_ns: int
    value: float | None
    acked_by: str = ""


@dataclass(frozen=True, eq=False)
class AlarmsState:
    """State of the stage. ``standing`` is keyed by row; ``annunciated_ns`` are those of the last 10 minutes, oldest first."""

    conditions: Conditions
    standing: Mapping[int, Standing]
    silenced: bool = False
    annunciated_ns: tuple[int, ...] = ()


class SavedAlarm(FileModel):
    """One standing alarm in the journal."""

    state: AlarmState
    time_ns: int
    value: float | None
    acked_by: str


class SavedAlarms(FileModel):
    """The stage's state in the journal: alarms and running delays by alarm id."""

    alarms: Mapping[str, SavedAlarm]
    pending_since_ns: Mapping[str, int]
    silenced: bool
    annunciated_ns: tuple[int, ...]


class AlarmStage:
    """Implements ``line.stage.Stage`` for :class:`AlarmsState`."""

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._evaluator = Evaluator(table)

    @property
    def name(self) -> str:
        return "alarms"

    @property
    def command_kinds(self) -> frozenset[str]:
        return frozenset({CommandKind.ALARM_ACK, CommandKind.ALARM_SILENCE})

    def initial(self) -> AlarmsState:
        """Every alarm Normal."""
        return AlarmsState(self._evaluator.initial(), {})

    def step(self, state: AlarmsState, scan: Scan) -> AlarmsState:
        """Commands first, so that they touch only what had been shown; then the conditions of this scan."""
        for command in scan.commands:
            state = self._command(state, command, scan)
        step = self._evaluator.step(state.conditions, scan.image, scan.now_ns)
        if step.conditions is not state.conditions:
            state = replace(state, conditions=step.conditions)
        if len(step.activated) or len(step.cleared):
            state = self._apply(state, step.activated.tolist(), step.cleared.tolist(), scan)
        times = state.annunciated_ns
        if times and times[0] <= scan.now_ns - RATE_WINDOW_NS:
            state = replace(state, annunciated_ns=tuple(t for t in times if t > scan.now_ns - RATE_WINDOW_NS))
        return state

    def _apply(self, state: AlarmsState, activated: list[int], cleared: list[int], scan: Scan) -> AlarmsState:
        standing = dict(state.standing)
        for row in sorted(activated + cleared):
            alarm = self._table[row]
            old = standing.get(row)
            before = old.state if old else AlarmState.NORMAL
            if old is None or before not in ACTIVE:
                after = transition(before, AlarmEvent.ALARM)
                standing[row] = Standing(after, scan.now_ns, _value(alarm, scan))
            else:
                after = transition(before, return_event(alarm.latching))
                _put(standing, row, replace(old, state=after))
            _say(scan, alarm, before, after)
        silenced = state.silenced and not activated and _any_unacked(standing.values())
        times = state.annunciated_ns + (scan.now_ns,) * len(activated)
        return replace(state, standing=standing, silenced=silenced, annunciated_ns=times)

    def _command(self, state: AlarmsState, command: Command, scan: Scan) -> AlarmsState:
        if command.kind == CommandKind.ALARM_ACK:
            return self._acknowledge(state, command, scan)
        if command.kind == CommandKind.ALARM_SILENCE:
            scan.answer(command, CommandStatus.ACCEPTED)
            if state.silenced or not _any_unacked(state.standing.values()):
                return state
            return replace(state, silenced=True)
        raise KeyError(f"alarms answer no command {command.kind}")

    def _acknowledge(self, state: AlarmsState, command: Command, scan: Scan) -> AlarmsState:
        """Acknowledge exactly the alarms that are named; of those, a latched one acknowledged before is reset."""
        ids = _alarm_ids(command.args.get("alarms"))
        if not ids:
            why = reason("В команде не названы тревоги", "The command names no alarms")
            scan.answer(command, CommandStatus.REFUSED, {"alarms": [], "reasons": [why]})
            return state
        standing = dict(state.standing)
        accepted: list[str] = []
        refused: dict[str, JsonObject] = {}
        for alarm_id in ids:
            row = self._table.row(alarm_id)
            old = None if row is None else standing.get(row)
            if row is None:
                refused[alarm_id] = reason(f"{alarm_id}: такой тревоги нет", f"{alarm_id}: there is no such alarm")
            elif old is None or (old.state not in UNACKED and old.state is not AlarmState.LATCHED_ACKED):
                refused[alarm_id] = _already(self._table[row], old)
            else:
                event = AlarmEvent.RESET if old.state is AlarmState.LATCHED_ACKED else AlarmEvent.ACK
                after = transition(old.state, event)
                _put(standing, row, replace(old, state=after, acked_by=command.user))
                _say(scan, self._table[row], old.state, after, command.user)
                accepted.append(alarm_id)
        if accepted:
            scan.answer(command, CommandStatus.ACCEPTED, {"alarms": accepted})
        if refused:
            scan.answer(command, CommandStatus.REFUSED, {"alarms": list(refused), "reasons": list(refused.values())})
        if not accepted:
            return state
        return replace(state, standing=standing, silenced=state.silenced and _any_unacked(standing.values()))

    def view(self, state: AlarmsState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``alarms``: by priority, then newest."""
        rows = sorted(state.standing.items(), key=lambda i: (self._table[i[0]].priority, -i[1].time_ns, i[0]))
        counts = dict.fromkeys("1234", 0)
        for row, _ in rows:
            counts[str(self._table[row].priority)] += 1
        return {
            "active": [_shown(self._table[row], standing) for row, standing in rows],
            "counts": counts,
            "unacked": sum(s.state in UNACKED for s in state.standing.values()),
            "silenced": state.silenced,
            "last_10_min": len(state.annunciated_ns),
        }

    def save(self, state: AlarmsState) -> JsonObject:
        """JSON keyed by alarm id, so that a restart may bring another alarm file."""
        saved: dict[str, Json] = {}
        for row, s in sorted(state.standing.items()):
            alarm_id = self._table[row].id
            saved[alarm_id] = {"state": s.state.value, "time_ns": s.time_ns, "value": s.value, "acked_by": s.acked_by}
        since_ns = state.conditions.since_ns
        pending = {self._table[int(row)].id: int(since_ns[row]) for row in np.flatnonzero(since_ns != NOT_PENDING)}
        return {
            "alarms": saved,
            "pending_since_ns": pending,
            "silenced": state.silenced,
            "annunciated_ns": list(state.annunciated_ns),
        }

    def restore(self, saved: JsonObject, now_ns: int) -> AlarmsState:
        """The state as saved; the next scan judges the conditions anew, and what stood acknowledged stays so.

        Alarms that the table no longer has are left out. Raises ValueError when ``saved`` is not what :meth:`save` wrote.
        """
        data = SavedAlarms.model_validate(saved)
        on = np.zeros(len(self._table), dtype=np.bool_)
        since_ns = np.full(len(self._table), NOT_PENDING, dtype=np.int64)
        standing: dict[int, Standing] = {}
        for alarm_id, s in data.alarms.items():
            row = self._table.row(alarm_id)
            if row is not None:
                alarm_state = s.state if self._table[row].latching else _UNLATCHED.get(s.state, s.state)
                _put(standing, row, Standing(alarm_state, s.time_ns, s.value, s.acked_by))
                on[row] = alarm_state in ACTIVE
        for alarm_id, since in data.pending_since_ns.items():
            row = self._table.row(alarm_id)
            if row is not None:
                since_ns[row] = since
        times = tuple(t for t in data.annunciated_ns if now_ns - RATE_WINDOW_NS < t <= now_ns)
        silenced = data.silenced and _any_unacked(standing.values())
        return AlarmsState(self._evaluator.restored(on, since_ns, np.zeros_like(on), now_ns), standing, silenced, times)


_UNLATCHED: Final = {AlarmState.LATCHED_UNACK: AlarmState.RTN_UNACK, AlarmState.LATCHED_ACKED: AlarmState.NORMAL}


def _put(standing: dict[int, Standing], row: int, alarm: Standing) -> None:
    if alarm.state is AlarmState.NORMAL:
        standing.pop(row, None)
    else:
        standing[row] = alarm


def _any_unacked(alarms: Iterable[Standing]) -> bool:
    return any(a.state in UNACKED for a in alarms)


def _value(alarm: AlarmDef, scan: Scan) -> float | None:
    value = float(scan.image.value[alarm.handle])
    return value if math.isfinite(value) else None


def _say(scan: Scan, alarm: AlarmDef, before: AlarmState, after: AlarmState, user: str = "") -> None:
    """One transition, with value and quality as they are now."""
    data: dict[str, Json] = {
        "from": before.value,
        "to": after.value,
        "priority": alarm.priority,
        "value": _value(alarm, scan),
        "limit": alarm.limit,
        "eu": alarm.eu,
        "quality": int(scan.image.status[alarm.handle]),
        "text": alarm.name.to_json(),
    }
    if user:
        data["user"] = user
    scan.event(EventKind.ALARM, alarm.id, data, unit=alarm.unit)


def _shown(alarm: AlarmDef, standing: Standing) -> JsonObject:
    return {
        "id": alarm.id,
        "tag": alarm.tag,
        "unit": alarm.unit,
        "priority": alarm.priority,
        "state": VIEW_STATES[standing.state],
        "text": alarm.name.to_json(),
        "cause": alarm.cause.to_json(),
        "consequence": alarm.consequence.to_json(),
        "response": alarm.response.to_json(),
        "response_time_s": alarm.response_time_s,
        "time_ns": standing.time_ns,
        "value": standing.value,
        "limit": alarm.limit,
        "eu": alarm.eu,
        "kind": alarm.kind.value,
        "acked_by": standing.acked_by,
    }


def _already(alarm: AlarmDef, standing: Standing | None) -> JsonObject:
    if standing is None:
        return reason(f"{alarm.id}: тревога не активна", f"{alarm.id}: the alarm is not active")
    by = standing.acked_by
    return reason(f"{alarm.id}: уже квитирована ({by})", f"{alarm.id}: already acknowledged ({by})")


def _alarm_ids(value: Json) -> list[str]:
    """The ids of the argument ``alarms``, each once, in the order given; a single id may come bare."""
    if isinstance(value, str):
        return [value]
    if value is None or isinstance(value, bool | int | float | Mapping):
        return []
    return list(dict.fromkeys(str(v) for v in value))
