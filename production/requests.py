"""Service requests: something is to be done at a unit, by a service, in its time. Numbered, followed, confirmed by who asked.

:data:`REQUEST_TABLE` is the life of a request (docs/orders.md). Who needs help at once calls instead (``alarms/calls.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict

from line.clock import NS_PER_S
from line.commands import reason
from line.documents import Text
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.roles import may
from line.stage import Scan
from production.plan import RequestKind

ENDED_SHOWN: Final = 50
STANDING_MAX: Final = 200
"""Requests that may stand at a time."""

COMMENTS_MAX: Final = 100
TEXT_LENGTH: Final = 500
PRIORITIES: Final = ("urgent", "normal", "low")
OTHERS_ROLE: Final = "shift_lead"
"""The least role of who confirms or withdraws a request that somebody else made."""


class RequestStatus(StrEnum):
    """States of a request; the words stand in events and views."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


_S = RequestStatus
_K = CommandKind
REQUEST_TABLE: Final[Mapping[RequestStatus, Mapping[CommandKind, RequestStatus]]] = MappingProxyType({
    _S.OPEN: {
        _K.REQUEST_TAKE: _S.TAKEN, _K.REQUEST_COMMENT: _S.OPEN, _K.REQUEST_DONE: _S.DONE, _K.REQUEST_CANCEL: _S.CANCELLED,
    },
    _S.TAKEN: {_K.REQUEST_COMMENT: _S.TAKEN, _K.REQUEST_DONE: _S.DONE, _K.REQUEST_CANCEL: _S.CANCELLED},
    _S.DONE: {_K.REQUEST_COMMENT: _S.DONE, _K.REQUEST_CONFIRM: _S.CONFIRMED, _K.REQUEST_REOPEN: _S.OPEN},
    _S.CONFIRMED: {_K.REQUEST_REOPEN: _S.OPEN},
    _S.CANCELLED: {},
})  # fmt: skip
"""State → command → next state; a missing key is refused. What is done is closed by who asked, or goes back with a remark."""

_RU: Final = {
    _S.OPEN: "открыта", _S.TAKEN: "в работе", _S.DONE: "выполнена и ждёт подтверждения", _S.CONFIRMED: "подтверждена",
    _S.CANCELLED: "отозвана",
}  # fmt: skip
_EN: Final = {
    _S.OPEN: "open", _S.TAKEN: "taken", _S.DONE: "done and waits to be confirmed", _S.CONFIRMED: "confirmed",
    _S.CANCELLED: "cancelled",
}  # fmt: skip
_WHAT: Final[Mapping[str, str]] = {
    _K.REQUEST_TAKE: "taken", _K.REQUEST_COMMENT: "comment", _K.REQUEST_DONE: "done", _K.REQUEST_CONFIRM: "confirmed",
    _K.REQUEST_REOPEN: "reopened", _K.REQUEST_CANCEL: "cancelled",
}  # fmt: skip
ENDED: Final = frozenset({_S.CONFIRMED, _S.CANCELLED})


@dataclass(frozen=True)
class Comment:
    """What somebody said of a request, or of the step they took (``what``)."""

    time_ns: int
    user: str
    what: str
    text: str


@dataclass(frozen=True)
class Request:
    """One request. Times are UTC in ns, None while that has not happened; a reopened one forgets that it was done."""

    id: str
    number: int
    kind: str
    unit: str
    text: str
    priority: str
    status: RequestStatus
    by: str
    station: str
    opened_ns: int
    taken_ns: int | None = None
    taken_by: str = ""
    done_ns: int | None = None
    done_by: str = ""
    ended_ns: int | None = None
    ended_by: str = ""
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class RequestsState:
    """``last`` is the highest number given so far; ``requests`` in order of their numbers."""

    last: int = 0
    requests: tuple[Request, ...] = ()


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _SavedRequest(_Model):
    id: str
    number: int
    kind: str
    unit: str
    text: str
    priority: str
    status: RequestStatus
    by: str
    station: str
    opened_ns: int
    taken_ns: int | None
    taken_by: str
    done_ns: int | None
    done_by: str
    ended_ns: int | None
    ended_by: str
    comments: tuple[tuple[int, str, str, str], ...]


class _Saved(_Model):
    last: int
    requests: tuple[_SavedRequest, ...]


class RequestStage:
    """Implements ``line.stage.Stage`` for :class:`RequestsState`. ``units`` are the ids a request can be for, besides none."""

    name = "requests"
    command_kinds = frozenset({str(_K.REQUEST_CREATE), *(str(k) for k in _WHAT)})

    def __init__(self, kinds: Mapping[str, RequestKind], units: Collection[str]) -> None:
        self._kinds = kinds
        self._units = units

    def initial(self) -> RequestsState:
        return RequestsState()

    def step(self, state: RequestsState, scan: Scan) -> RequestsState:
        """The commands in their order."""
        for command in scan.commands:
            handler = self._create if command.kind == _K.REQUEST_CREATE else self._move
            state = handler(state, command, scan)
        return _forgotten(state) if scan.commands else state

    def _create(self, state: RequestsState, command: Command, scan: Scan) -> RequestsState:
        kind, text, priority = command.args.get("kind"), _text(command.args.get("text")), command.args.get("priority", "normal")
        why: list[JsonObject] = []
        if not isinstance(kind, str) or kind not in self._kinds:
            why.append(reason("Такого вида заявок нет", "There is no such kind of request"))
        if command.target and command.target not in self._units:
            why.append(reason(f"Узла {command.target[:80]} нет", f"There is no unit {command.target[:80]}"))
        if not text:
            why.append(
                reason(f"Опишите, что нужно: до {TEXT_LENGTH} знаков", f"Say what is needed in at most {TEXT_LENGTH} characters")
            )
        if priority not in PRIORITIES:
            why.append(reason("Срочность: urgent, normal или low", "The priority is urgent, normal or low"))
        if sum(r.status not in ENDED for r in state.requests) >= STANDING_MAX:
            why.append(reason(f"Незакрытых заявок уже {STANDING_MAX}", f"{STANDING_MAX} requests stand already"))
        if why:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": why})
            return state
        number = state.last + 1
        request = Request(
            f"request-{number}", number, str(kind), command.target, text or "", str(priority), _S.OPEN, command.user,
            command.station, scan.now_ns,
        )  # fmt: skip
        scan.answer(command, CommandStatus.ACCEPTED, {"request": request.id, "number": number})
        self._say(scan, request, "created", "", text or "", command)
        return RequestsState(number, (*state.requests, request))

    def _move(self, state: RequestsState, command: Command, scan: Scan) -> RequestsState:
        request = next((r for r in state.requests if r.id == command.target), None)
        why = reason(f"Заявки {command.target[:80]} нет", f"There is no request {command.target[:80]}")
        if request is not None:
            why = _against(request, command)
        if request is None or why is not None:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
            return state
        text = _text(command.args.get("text" if command.kind == _K.REQUEST_COMMENT else "note", "")) or ""
        if not text and command.kind != _K.REQUEST_COMMENT:
            text = command.reason[:TEXT_LENGTH]
        moved = _moved(request, command, scan.now_ns, text)
        scan.answer(command, CommandStatus.ACCEPTED, {"request": request.id, "number": request.number})
        self._say(scan, moved, _WHAT[command.kind], request.status.value, text, command)
        return replace(state, requests=tuple(moved if r is request else r for r in state.requests))

    def _say(self, scan: Scan, request: Request, what: str, before: str, text: str, command: Command) -> None:
        data: dict[str, Json] = {
            "what": what, "number": request.number, "kind": request.kind, "kind_name": self._name(request.kind).to_json(),
            "priority": request.priority, "request": request.text, "from": before, "to": request.status.value, "text": text,
            "by": request.by, "user": command.user, "station": command.station, "reason": command.reason,
            "open_s": round(max(0, scan.now_ns - request.opened_ns) / NS_PER_S, 3),
        }  # fmt: skip
        scan.event(EventKind.REQUEST, request.id, data, unit=request.unit)

    def _name(self, kind: str) -> Text:
        """Its name; the id when the file of today has no such kind any more."""
        known = self._kinds.get(kind)
        return known.name if known is not None else Text(ru=kind, en=kind)

    def view(self, state: RequestsState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``requests``: those that stand, most urgent first, then those that ended, newest first."""
        standing = [r for r in state.requests if r.status not in ENDED]
        standing.sort(key=lambda r: (PRIORITIES.index(r.priority), r.number))
        ended = sorted((r for r in state.requests if r.status in ENDED), key=lambda r: (-(r.ended_ns or 0), -r.number))
        rows: list[Json] = [
            {**_json(r), "kind_name": self._name(r.kind).to_json(),
             "allowed": [k.removeprefix("request.") for k in sorted(REQUEST_TABLE[r.status])],
             "comments": [{"time_ns": c.time_ns, "user": c.user, "what": c.what, "text": c.text} for c in r.comments]}
            for r in (*standing, *ended)
        ]  # fmt: skip
        to_confirm = sum(r.status is _S.DONE for r in standing)
        return {"requests": rows, "open": len(standing), "to_confirm": to_confirm}

    def save(self, state: RequestsState) -> JsonObject:
        rows: list[Json] = [
            {**_json(r), "comments": [[c.time_ns, c.user, c.what, c.text] for c in r.comments]} for r in state.requests
        ]
        return {"last": state.last, "requests": rows}

    def restore(self, saved: JsonObject, now_ns: int) -> RequestsState:
        """Every request as it stood. Raises ValueError when ``saved`` is not what :meth:`save` wrote."""
        data = _Saved.model_validate(saved)
        return RequestsState(data.last, tuple(_request(r) for r in data.requests))


_PLAIN: Final = (
    "id", "number", "kind", "unit", "text", "priority", "by", "station", "opened_ns", "taken_ns", "taken_by", "done_ns",
    "done_by", "ended_ns", "ended_by",
)  # fmt: skip


def _json(request: Request) -> dict[str, Json]:
    return {**{name: getattr(request, name) for name in _PLAIN}, "status": request.status.value}


def _request(saved: _SavedRequest) -> Request:
    comments = tuple(Comment(*c) for c in saved.comments)
    return Request(**{name: getattr(saved, name) for name in _PLAIN}, status=saved.status, comments=comments)


def _text(value: Json) -> str | None:
    """What a person wrote; None for what is no text or too long, '' for nothing."""
    return value.strip() if isinstance(value, str) and len(value) <= TEXT_LENGTH else None


def _against(request: Request, command: Command) -> JsonObject | None:
    """Why the command cannot be done; None when it can."""
    if CommandKind(command.kind) not in REQUEST_TABLE[request.status]:
        ru, en = _RU[request.status], _EN[request.status]
        return reason(f"Заявка № {request.number} {ru}", f"Request no. {request.number} is {en}")
    text = _text(command.args.get("text" if command.kind == _K.REQUEST_COMMENT else "note", ""))
    if text is None or (command.kind == _K.REQUEST_COMMENT and not text):
        return reason(f"Нужен текст до {TEXT_LENGTH} знаков", f"A text of at most {TEXT_LENGTH} characters is needed")
    if command.kind == _K.REQUEST_REOPEN and not (text or command.reason.strip()):
        return reason("Напишите, что ещё не так", "Say what is still wrong")
    if len(request.comments) >= COMMENTS_MAX and command.kind == _K.REQUEST_COMMENT:
        return reason(f"Записей уже {COMMENTS_MAX}", f"There are {COMMENTS_MAX} entries already")
    if command.kind in (_K.REQUEST_CONFIRM, _K.REQUEST_CANCEL) and command.user != request.by:
        if not may(command.role, OTHERS_ROLE):
            ru = f"Это решает тот, кто подал заявку ({request.by}), или мастер смены"
            return reason(ru, f"That is for who asked ({request.by}) or for a shift lead")
        if not (text or command.reason.strip()):
            return reason("Чужая заявка: укажите причину", "Somebody else's request: say why")
    return None


def _moved(request: Request, command: Command, now_ns: int, text: str) -> Request:
    status = REQUEST_TABLE[request.status][CommandKind(command.kind)]
    what = _WHAT[command.kind]
    comments = request.comments
    if text:
        comments = (*comments, Comment(now_ns, command.user, what, text))[-COMMENTS_MAX:]
    moved = replace(request, status=status, comments=comments)
    match command.kind:
        case _K.REQUEST_TAKE:
            return replace(moved, taken_ns=now_ns, taken_by=command.user)
        case _K.REQUEST_DONE:
            return replace(moved, done_ns=now_ns, done_by=command.user)
        case _K.REQUEST_CONFIRM | _K.REQUEST_CANCEL:
            return replace(moved, ended_ns=now_ns, ended_by=command.user)
        case _K.REQUEST_REOPEN:
            return replace(moved, taken_ns=None, taken_by="", done_ns=None, done_by="", ended_ns=None, ended_by="")
        case _:
            return moved


def _forgotten(state: RequestsState) -> RequestsState:
    """Without the oldest of more than ENDED_SHOWN that ended."""
    ended = sorted((r for r in state.requests if r.status in ENDED), key=lambda r: (r.ended_ns or 0, r.number))
    gone = {r.id for r in ended[:-ENDED_SHOWN]} if len(ended) > ENDED_SHOWN else set[str]()
    return replace(state, requests=tuple(r for r in state.requests if r.id not in gone)) if gone else state
