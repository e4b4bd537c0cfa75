"""Andon: a person calls maintenance, quality, the shift lead or supply. The call has a number, a state and response times.

:data:`CALL_TABLE` is the life of a call. Calls escalate like alarms (``alarms/escalation.py``), which hears of them by event.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from alarms.policy import EscalationPlan
from line.clock import NS_PER_S, has_passed
from line.commands import reason
from line.documents import FileModel, Text
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.stage import Scan

CLOSED_SHOWN_NS: Final = 12 * 3600 * NS_PER_S
SHOWN: Final = 50
STANDING_MAX: Final = 200
"""Calls that may stand at a time: nobody reads more, and a client gone wild must not fill state and view."""

REASON_LENGTH: Final = 200
NOTE_LENGTH: Final = 500


class CallState(StrEnum):
    """States of a call; the words stand in events and views."""

    OPEN = "open"
    ACCEPTED = "accepted"
    ON_SITE = "on_site"
    CLOSED = "closed"


_S = CallState
CALL_TABLE: Final[Mapping[CallState, Mapping[str, CallState]]] = MappingProxyType({
    _S.OPEN: {CommandKind.CALL_ACCEPT: _S.ACCEPTED, CommandKind.CALL_ARRIVE: _S.ON_SITE, CommandKind.CALL_CLOSE: _S.CLOSED},
    _S.ACCEPTED: {CommandKind.CALL_ARRIVE: _S.ON_SITE, CommandKind.CALL_CLOSE: _S.CLOSED},
    _S.ON_SITE: {CommandKind.CALL_CLOSE: _S.CLOSED},
    _S.CLOSED: {},
})  # fmt: skip
"""State → command → next state: whoever comes need not have accepted, and a call may be closed from everywhere (called by
mistake, helped by telephone). A missing key is refused."""

_STATE_RU: Final = {_S.OPEN: "открыт", _S.ACCEPTED: "принят", _S.ON_SITE: "на месте", _S.CLOSED: "закрыт"}
_STATE_EN: Final = {_S.OPEN: "open", _S.ACCEPTED: "accepted", _S.ON_SITE: "attended on site", _S.CLOSED: "closed"}


@dataclass(frozen=True)
class Call:
    """One call. Times are UTC in ns, None while that has not happened; ``by`` called, from ``station``."""

    id: str
    number: int
    service: str
    unit: str
    reason: Text
    state: CallState
    by: str
    station: str
    opened_ns: int
    accepted_ns: int | None = None
    accepted_by: str = ""
    on_site_ns: int | None = None
    on_site_by: str = ""
    closed_ns: int | None = None
    closed_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class CallsState:
    """``last`` is the highest number given so far. ``calls`` are oldest first: all that stand, and those closed of late."""

    last: int = 0
    calls: tuple[Call, ...] = ()


class SavedCall(FileModel):
    """A call in the journal."""

    id: str
    number: int
    service: str
    unit: str
    reason: Text
    state: CallState
    by: str
    station: str
    opened_ns: int
    accepted_ns: int | None
    accepted_by: str
    on_site_ns: int | None
    on_site_by: str
    closed_ns: int | None
    closed_by: str
    note: str


class SavedCalls(FileModel):
    """The stage's state in the journal."""

    last: int
    calls: tuple[SavedCall, ...]


class CallStage:
    """Implements ``line.stage.Stage`` for :class:`CallsState`. ``units`` are the ids a call can be for, besides none."""

    name = "calls"
    command_kinds = frozenset({
        str(CommandKind.CALL_CREATE), str(CommandKind.CALL_ACCEPT), str(CommandKind.CALL_ARRIVE), str(CommandKind.CALL_CLOSE),
    })  # fmt: skip

    def __init__(self, plan: EscalationPlan, units: Collection[str]) -> None:
        self._services = plan.services
        self._units = units

    def initial(self) -> CallsState:
        return CallsState()

    def step(self, state: CallsState, scan: Scan) -> CallsState:
        """The commands in their order; then calls that were closed long ago are forgotten."""
        for command in scan.commands:
            state = (
                self._create(state, command, scan)
                if command.kind == CommandKind.CALL_CREATE
                else self._move(state, command, scan)
            )
        if state.calls and (scan.commands or _is_old(_oldest_closed_ns(state), scan.now_ns)):
            return _forgotten(state, scan.now_ns)
        return state

    def _create(self, state: CallsState, command: Command, scan: Scan) -> CallsState:
        service = command.args.get("service")
        why = _reason_of(command.args.get("reason"))
        unit = command.target
        if not isinstance(service, str) or service not in self._services:
            return _refused(state, command, scan, reason("Такой службы нет", "There is no such service"))
        if unit and unit not in self._units:
            return _refused(state, command, scan, reason(f"Узла {unit} нет", f"There is no unit {unit}"))
        if why is None:
            text = reason("Назовите причину вызова, до 200 знаков", "Say why you call, in at most 200 characters")
            return _refused(state, command, scan, text)
        same = next(
            (c for c in state.calls if c.state is not _S.CLOSED and (c.service, c.unit, c.reason) == (service, unit, why)), None
        )
        if same is not None:
            text = reason(
                f"Вызов № {same.number} с этой причиной уже стоит", f"Call no. {same.number} for this reason stands already"
            )
            return _refused(state, command, scan, text)
        if sum(c.state is not _S.CLOSED for c in state.calls) >= STANDING_MAX:
            text = reason(
                f"Незакрытых вызовов уже {STANDING_MAX}: сначала закройте те, что выполнены",
                f"{STANDING_MAX} calls stand already: close those that are done first",
            )
            return _refused(state, command, scan, text)
        number = state.last + 1
        call = Call(f"call-{number}", number, service, unit, why, _S.OPEN, command.user, command.station, scan.now_ns)
        scan.answer(command, CommandStatus.ACCEPTED, {"call": call.id, "number": number})
        self._say(scan, call, "created", "", command)
        return CallsState(number, (*state.calls, call))

    def _move(self, state: CallsState, command: Command, scan: Scan) -> CallsState:
        call = next((c for c in state.calls if c.id == command.target), None)
        if call is None:
            return _refused(state, command, scan, reason("Такого вызова нет", "There is no such call"))
        after = CALL_TABLE[call.state].get(CommandKind(command.kind))
        if after is None:
            return _refused(state, command, scan, _not_in_state(call))
        note = command.args.get("note", "")
        if not isinstance(note, str) or len(note) > NOTE_LENGTH:
            text = reason(f"Примечание: текст до {NOTE_LENGTH} знаков", f"The note is a text of at most {NOTE_LENGTH} characters")
            return _refused(state, command, scan, text)
        moved = _moved(call, after, command.user, scan.now_ns, note.strip())
        scan.answer(command, CommandStatus.ACCEPTED, {"call": call.id, "number": call.number})
        self._say(scan, moved, after.value, call.state.value, command)
        return replace(state, calls=tuple(moved if c is call else c for c in state.calls))

    def _say(self, scan: Scan, call: Call, what: str, before: str, command: Command) -> None:
        data: dict[str, Json] = {
            "what": what, "number": call.number, "service": call.service, "service_name": self._name(call.service).to_json(),
            "reason": call.reason.to_json(), "from": before, "to": call.state.value, "station": command.station,
            "user": command.user, "accept_s": _after_s(call, call.accepted_ns), "arrive_s": _after_s(call, call.on_site_ns),
            "close_s": _after_s(call, call.closed_ns), "note": call.note,
        }  # fmt: skip
        scan.event(EventKind.CALL, call.id, data, unit=call.unit)

    def _name(self, service: str) -> Text:
        """Its name; the id when the file of today has no such service any more."""
        known = self._services.get(service)
        return known.name if known is not None else Text(ru=service, en=service)

    def view(self, state: CallsState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``calls``: those that stand, newest first, then those closed of late."""
        newest = sorted(state.calls, key=lambda c: -c.number)
        standing = [c for c in newest if c.state is not _S.CLOSED]
        closed = sorted((c for c in newest if c.state is _S.CLOSED), key=lambda c: -(c.closed_ns or 0))
        rows: list[Json] = [
            {**_json(c), "service_name": self._name(c.service).to_json()}
            for c in (*standing, *closed[: max(0, SHOWN - len(standing))])
        ]
        return {"calls": rows, "open": len(standing)}

    def save(self, state: CallsState) -> JsonObject:
        return {"last": state.last, "calls": [_json(c) for c in state.calls]}

    def restore(self, saved: JsonObject, now_ns: int) -> CallsState:
        """Every call as it stood. Raises ValueError when ``saved`` is not what :meth:`save` wrote."""
        data = SavedCalls.model_validate(saved)
        return CallsState(data.last, tuple(Call(**{f: getattr(c, f) for f in SavedCall.model_fields}) for c in data.calls))


def _json(call: Call) -> dict[str, Json]:
    return {**asdict(call), "reason": call.reason.to_json(), "state": call.state.value}


def _refused(state: CallsState, command: Command, scan: Scan, why: JsonObject) -> CallsState:
    scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
    return state


def _not_in_state(call: Call) -> JsonObject:
    by = call.closed_by or call.on_site_by or call.accepted_by
    ru, en = _STATE_RU[call.state], _STATE_EN[call.state]
    return reason(f"Вызов № {call.number} уже {ru} ({by})", f"Call no. {call.number} is {en} already ({by})")


def _moved(call: Call, state: CallState, user: str, now_ns: int, note: str) -> Call:
    if state is _S.ACCEPTED:
        return replace(call, state=state, accepted_ns=now_ns, accepted_by=user)
    if state is _S.ON_SITE:
        return replace(call, state=state, on_site_ns=now_ns, on_site_by=user)
    return replace(call, state=state, closed_ns=now_ns, closed_by=user, note=note)


def _after_s(call: Call, at_ns: int | None) -> float | None:
    """Seconds since the call was opened; 0 when the clock was set back in between."""
    return None if at_ns is None else round(max(0, at_ns - call.opened_ns) / NS_PER_S, 3)


def _reason_of(value: Json) -> Text | None:
    """``{ru, en}`` of the list that was offered, or what a person typed; None for nothing and for too much."""
    if isinstance(value, str):
        value = {"ru": value, "en": value}
    if not isinstance(value, Mapping):
        return None
    ru, en = value.get("ru"), value.get("en")
    if not isinstance(ru, str) or not isinstance(en, str) or not ru.strip() or not en.strip():
        return None
    return Text(ru=ru.strip(), en=en.strip()) if max(len(ru), len(en)) <= REASON_LENGTH else None


def _oldest_closed_ns(state: CallsState) -> int | None:
    return min((c.closed_ns for c in state.calls if c.closed_ns is not None), default=None)


def _is_old(closed_ns: int | None, now_ns: int) -> bool:
    """A clock set back makes nothing old: a call too many does no harm, one too few does."""
    return closed_ns is not None and now_ns >= closed_ns and has_passed(CLOSED_SHOWN_NS, closed_ns, now_ns)


def _forgotten(state: CallsState, now_ns: int) -> CallsState:
    """Without what was closed more than 12 hours ago, and without the oldest of more than 50 closed ones."""
    closed = sorted((c.closed_ns or 0 for c in state.calls if c.state is _S.CLOSED), reverse=True)
    least_ns = closed[SHOWN] if len(closed) > SHOWN else -1
    kept = tuple(c for c in state.calls if c.closed_ns is None or (c.closed_ns > least_ns and not _is_old(c.closed_ns, now_ns)))
    return state if len(kept) == len(state.calls) else replace(state, calls=kept)
