"""Units: permissives, interlocks, modes and the phase handshake with the PLC (docs/ARCHITECTURE.md).

Batches and people ask through :class:`PhaseRequest`; this stage alone writes the handshake, and says why it refuses. A request
that the PLC has not judged within :data:`ACK_WITHIN_NS` is timed out. An interlock that turns false while a phase runs makes
the unit hold or abort at once; one whose inputs are not Good does so after :data:`UNKNOWN_GRACE_NS`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from line.clock import NS_PER_S, has_passed
from line.commands import reason
from line.expr import ExpressionSet
from line.heartbeat import PlcGuard
from line.image import Snapshot
from line.jsontools import finite
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject, Write
from line.model import LineModel, UnitModel
from line.phases import PHASE_COMMANDS, PHASE_TABLE, STATE_RU, URGENCY, PhaseResult, PhaseState
from line.quality import good_mask
from line.stage import PhaseRequest, RequestResult, Scan
from line.unit_state import (
    NO_STATE,
    STATES,
    Pending,
    UnitsState,
    UnitState,
    not_fulfilled,
    restored_unit,
    state_name,
    unit_view,
)  # fmt: skip

ACK_WITHIN_NS: Final = 5 * NS_PER_S
UNKNOWN_GRACE_NS: Final = 2 * NS_PER_S
INTERLOCK_ORIGIN: Final = "interlock"
_RUNNING: Final = (int(PhaseState.RUNNING), int(PhaseState.RESTARTING))

_SAFE: Final = ("hold", "stop", "abort")

_BUSY: Final = reason("Узел ещё выполняет прежнюю команду", "The unit is still busy with the previous command")
_NO_LINK: Final = reason("Нет связи с ПЛК узла", "No link to the unit's PLC")
_NOT_MANUAL: Final = reason("Узел в автомате: пуск только из партии", "The unit is in automatic mode: batches start it")
_MANUAL: Final = reason("Узел в ручном режиме: партия его не запускает", "The unit is in manual mode: batches do not start it")
_OWNED: Final = reason("Узлом управляет партия: команду дайте партии", "A batch owns the unit: command the batch")
_UNKNOWN: Final = reason("Нет такого узла, фазы или команды", "No such unit, phase or command")
_NO_NUMBER: Final = reason("Значение параметра не число", "A parameter is no number")
_TIMED_OUT: Final = reason("ПЛК не ответил за 5 с", "The PLC did not answer within 5 s")


class UnitsStage:
    """The stage between whoever wants a phase and the PLC that runs it."""

    name = "units"
    command_kinds = frozenset({str(CommandKind.UNIT_COMMAND), str(CommandKind.UNIT_MODE)})

    def __init__(self, model: LineModel) -> None:
        self._units = tuple(model.units.values())
        self._index = {u.id: i for i, u in enumerate(self._units)}
        self._tags = model.tags
        self._guard = PlcGuard(model)
        self._results = model.file.enums.get("phase_result", {})
        self._expressions = ExpressionSet([c.expression for u in self._units for c in u.conditions])
        self._watched = np.array([h for u in self._units for h in (u.sts, u.act)], dtype=np.int64)

    def initial(self) -> UnitsState:
        return tuple(UnitState() for _ in self._units)

    def step(self, state: UnitsState, scan: Scan) -> UnitsState:
        """Observe, then requests of people and batches, then interlocks, which have the last word."""
        units = self._observe(state, scan)
        for command in scan.commands:
            units = self._command(units, command, scan)
        for request in scan.requests:
            units = self._request(units, request, None, scan)
        units = self._interlocks(units, scan)
        return state if all(a is b for a, b in zip(units, state, strict=True)) else tuple(units)

    def _observe(self, state: UnitsState, scan: Scan) -> list[UnitState]:
        values = self._expressions.evaluate(scan.image)
        numbers: list[float] = scan.image.value[self._watched].tolist()
        good: list[bool] = good_mask(scan.image.status[self._watched]).tolist()
        units: list[UnitState] = []
        at = 0
        for index, (model, unit) in enumerate(zip(self._units, state, strict=True)):
            count = len(model.conditions)
            conditions = tuple([None if v is None else v != 0.0 for v in values[at : at + count]])
            at += count
            sts = int(numbers[2 * index]) if good[2 * index] else NO_STATE
            act = int(numbers[2 * index + 1]) if good[2 * index + 1] else NO_STATE
            if sts != unit.sts or act != unit.act:
                unit = self._state_changed(model, unit, sts, act, scan)
            if conditions != unit.conditions:
                unit = replace(unit, conditions=conditions)
            if unit.pending is not None:
                unit = self._judge(model, unit, unit.pending, scan)
            units.append(unit)
        return units

    def _state_changed(self, model: UnitModel, unit: UnitState, sts: int, act: int, scan: Scan) -> UnitState:
        phase = model.phase_by_number(act)
        data: dict[str, Json] = {"what": "state", "from": state_name(unit.sts), "to": state_name(sts)}
        data["phase"] = phase.id if phase is not None else ""
        if sts != unit.sts:
            scan.event(EventKind.UNIT, model.id, data, unit=model.id, batch=unit.owner)
        refused = () if sts != unit.sts and sts in _RUNNING else unit.refused
        unit = replace(unit, sts=sts, act=act, refused=refused)
        if sts == PhaseState.IDLE and unit.pending is None:  # no phase, no owner: also when it was reset at the machine
            unit = replace(unit, owner="", batch_no=0)
        return unit

    def _judge(self, model: UnitModel, unit: UnitState, pending: Pending, scan: Scan) -> UnitState:
        """Compare the PLC's acknowledgement with the pending request."""
        ack, res = scan.image.number(model.ack), scan.image.number(model.res)
        if ack is not None and res is not None and int(ack) == pending.number:
            if int(res) == PhaseResult.ACCEPTED:
                return self._accepted(model, unit, pending, scan)
            text = self._results.get(int(res))
            why = (
                reason(f"ПЛК: {text.ru}", f"PLC: {text.en}") if text else reason(f"ПЛК: код {int(res)}", f"PLC: code {int(res)}")
            )
            return self._ended(model, unit, pending, CommandStatus.REFUSED, (why,), scan)
        if has_passed(ACK_WITHIN_NS, pending.deadline_ns - ACK_WITHIN_NS, scan.now_ns):
            return self._ended(model, unit, pending, CommandStatus.TIMED_OUT, (_TIMED_OUT,), scan)
        return unit

    def _accepted(self, model: UnitModel, unit: UnitState, pending: Pending, scan: Scan) -> UnitState:
        request = pending.request
        scan.outcomes.append(RequestResult(request.id, model.id, CommandStatus.ACCEPTED))
        if pending.command is not None:
            scan.answer(pending.command, CommandStatus.CONFIRMED)
        if request.command == "start":
            owner = request.origin if pending.command is None else ""
            return replace(unit, pending=None, refused=(), owner=owner, batch_no=request.batch_no)
        if request.command == "reset":
            return replace(unit, pending=None, refused=(), owner="", batch_no=0)
        return replace(unit, pending=None, refused=())

    def _ended(self, model: UnitModel, unit: UnitState, pending: Pending, status: CommandStatus,
               reasons: tuple[JsonObject, ...], scan: Scan) -> UnitState:  # fmt: skip
        self._report(model, pending.request, pending.command, status, reasons, scan)
        return replace(unit, pending=None, refused=reasons)

    def _report(self, model: UnitModel, request: PhaseRequest, command: Command | None, status: CommandStatus,
                reasons: Sequence[JsonObject], scan: Scan) -> None:  # fmt: skip
        scan.outcomes.append(RequestResult(request.id, model.id, status, tuple(reasons)))
        data: dict[str, Json] = {"what": "refused", "command": request.command, "phase": request.phase, "reasons": list(reasons)}
        scan.event(EventKind.UNIT, model.id, data, unit=model.id, batch=request.origin if command is None else "")
        if command is not None:
            scan.answer(command, status, {"reasons": list(reasons)})

    def _command(self, units: list[UnitState], command: Command, scan: Scan) -> list[UnitState]:
        index = self._index.get(command.target)
        if index is None:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [_UNKNOWN]})
            return units
        if command.kind == CommandKind.UNIT_MODE:
            return self._mode(units, index, command, scan)
        word = command.args.get("command")
        parameters = command.args.get("parameters", {})
        phase = command.args.get("phase", "")
        if not isinstance(word, str) or not isinstance(phase, str) or not isinstance(parameters, Mapping):
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [_UNKNOWN]})
            return units
        unit = units[index]
        why = _NOT_MANUAL if word == "start" and unit.mode != "manual" else None
        if unit.owner and word in ("start", "restart", "reset"):
            why = _OWNED
        if why is not None:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [why]})
            return _with(units, index, replace(unit, refused=(why,)))
        numbers = {n: number for n, v in parameters.items() if (number := finite(v)) is not None}
        if len(numbers) < len(parameters):
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [_NO_NUMBER]})
            return _with(units, index, replace(unit, refused=(_NO_NUMBER,)))
        request = PhaseRequest(command.id, command.target, word, command.id, phase, numbers)
        return self._request(units, request, command, scan)

    def _mode(self, units: list[UnitState], index: int, command: Command, scan: Scan) -> list[UnitState]:
        mode = command.args.get("mode")
        unit = units[index]
        if mode not in ("auto", "manual"):
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [_UNKNOWN]})
            return units
        if unit.owner and mode == "manual":
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [_OWNED]})
            return units
        scan.answer(command, CommandStatus.CONFIRMED)
        if mode == unit.mode:
            return units
        data: dict[str, Json] = {"what": "mode", "from": unit.mode, "to": str(mode), "user": command.user}
        scan.event(EventKind.UNIT, command.target, data, unit=command.target)
        return _with(units, index, replace(unit, mode=str(mode)))

    def _request(self, units: list[UnitState], request: PhaseRequest, command: Command | None, scan: Scan) -> list[UnitState]:
        index = self._index.get(request.unit)
        if index is None:
            scan.outcomes.append(RequestResult(request.id, request.unit, CommandStatus.REFUSED, (_UNKNOWN,)))
            return units
        model, unit = self._units[index], units[index]
        reasons = self._why_not(model, unit, request, command, scan)
        if reasons:
            self._report(model, request, command, CommandStatus.REFUSED, reasons, scan)
            return _with(units, index, replace(unit, refused=tuple(reasons)))
        if unit.pending is not None:
            superseded = (reason("Отменена более срочной командой", "Superseded by a more urgent command"),)
            unit = self._ended(model, unit, unit.pending, CommandStatus.REFUSED, superseded, scan)
        if command is not None:
            scan.answer(command, CommandStatus.ACCEPTED)
        return _with(units, index, self._write(model, unit, request, command, scan))

    def _why_not(self, model: UnitModel, unit: UnitState, request: PhaseRequest, command: Command | None,
                 scan: Scan) -> list[JsonObject]:  # fmt: skip
        """Every reason against the request, empty when there is none."""
        if request.command not in PHASE_COMMANDS:
            return [_UNKNOWN]
        silent = self._guard.why_not(model.device, scan.image, safe=request.command in _SAFE)
        if silent is not None:
            return [silent]
        if unit.sts not in STATES or not scan.image.good(model.ack):
            return [_NO_LINK]
        if unit.pending is not None and URGENCY[request.command] <= URGENCY[unit.pending.request.command]:
            return [_BUSY]
        if request.command == "start" and command is None and unit.mode == "manual":
            return [_MANUAL]
        state = PhaseState(unit.sts)
        if request.command not in PHASE_TABLE[state]:
            return [reason(f"Не в том состоянии: {STATE_RU[state]}", f"Wrong state: {state.name.capitalize()}")]
        reasons: list[JsonObject] = []
        if request.command == "start":
            reasons += self._bad_start(model, request)
        if request.command in ("start", "restart", "resume"):
            pairs = zip(model.conditions, unit.conditions, strict=True)
            reasons += [not_fulfilled(c.text, ok).to_json() for c, ok in pairs if ok is not True]
        return _distinct(reasons)

    def _bad_start(self, model: UnitModel, request: PhaseRequest) -> list[JsonObject]:
        phase = model.phases.get(request.phase)
        if phase is None or set(request.parameters) - set(phase.parameters):
            return [_UNKNOWN]
        reasons: list[JsonObject] = []
        for name, value in request.parameters.items():
            tag = self._tags[phase.parameters[name]]
            if not tag.lo <= value <= tag.hi:
                limits = f"{tag.lo:g}…{tag.hi:g}"
                reasons.append(reason(f"{tag.text.ru}: вне пределов {limits}", f"{tag.text.en}: outside {limits}"))
        return reasons

    def _write(self, model: UnitModel, unit: UnitState, request: PhaseRequest, command: Command | None, scan: Scan) -> UnitState:
        """Parameters, phase, command, batch number, and the request number last."""
        number = _next_number(model, unit, scan.image)
        act = max(unit.act, 0)
        if request.command == "start":
            phase = model.phases[request.phase]
            act = phase.number
            handles = sorted((phase.parameters[n], v) for n, v in request.parameters.items())
            scan.writes += [Write(h, v, request.origin) for h, v in handles]
        batch_no = request.batch_no if request.command == "start" else unit.batch_no
        for handle, value in (
            (model.phase_id, act),
            (model.cmd, PHASE_COMMANDS[request.command]),
            (model.batch_no, batch_no),
            (model.req, number),
        ):
            scan.writes.append(Write(handle, float(value), request.origin))
        return replace(unit, pending=Pending(request, number, scan.now_ns + ACK_WITHIN_NS, command), number=number)

    def _interlocks(self, units: list[UnitState], scan: Scan) -> list[UnitState]:
        for index, model in enumerate(self._units):
            unit = units[index]
            if unit.sts not in _RUNNING:
                if unit.unknown_since_ns or unit.tripped:
                    units = _with(units, index, replace(unit, unknown_since_ns=0, tripped=frozenset(), tripped_at_ns=0))
                continue
            if all(unit.conditions) and not unit.unknown_since_ns and not unit.tripped:
                continue
            units = self._trip(units, index, model, scan)
        return units

    def _trip(self, units: list[UnitState], index: int, model: UnitModel, scan: Scan) -> list[UnitState]:
        unit = units[index]
        pairs = [(c, ok) for c, ok in zip(model.conditions, unit.conditions, strict=True) if c.kind == "interlock"]
        unknown = any(ok is None for _, ok in pairs)
        since = (unit.unknown_since_ns or scan.now_ns) if unknown else 0
        overdue = bool(since) and has_passed(UNKNOWN_GRACE_NS, since, scan.now_ns)
        stands = [(c, ok) for c, ok in pairs if ok is False or (ok is None and overdue)]
        tripped = [c for c, _ in stands]
        names = frozenset(c.id for c in tripped)
        new = [c for c in tripped if c.id not in unit.tripped]
        stands_still = self._guard.stands(model.device, scan.image)  # then it is told once and tried again when the PLC counts
        again = bool(tripped) and not stands_still and has_passed(ACK_WITHIN_NS, unit.tripped_at_ns, scan.now_ns)
        at_ns = scan.now_ns if new or again else unit.tripped_at_ns
        if since != unit.unknown_since_ns or names != unit.tripped or at_ns != unit.tripped_at_ns:
            units = _with(units, index, replace(unit, unknown_since_ns=since, tripped=names, tripped_at_ns=at_ns))
        if not (new or again):
            return units
        action = "abort" if any(c.action == "abort" for c in tripped) else "hold"
        data: dict[str, Json] = {
            "what": "interlock",
            "action": action,
            "reasons": [not_fulfilled(c.text, ok).to_json() for c, ok in stands],
        }
        scan.event(EventKind.UNIT, model.id, data, unit=model.id, batch=unit.owner)
        request = PhaseRequest(f"{INTERLOCK_ORIGIN}-{model.id}-{scan.image.scan}", model.id, action, INTERLOCK_ORIGIN)
        return self._request(units, request, None, scan)

    def view(self, state: UnitsState) -> JsonObject:
        return {"units": {m.id: unit_view(m, u, self._tags) for m, u in zip(self._units, state, strict=True)}}

    def save(self, state: UnitsState) -> JsonObject:
        """Modes and owners; what the PLC does is read from the PLC again."""
        return {m.id: {"mode": u.mode, "owner": u.owner, "batch_no": u.batch_no} for m, u in zip(self._units, state, strict=True)}

    def restore(self, saved: JsonObject, now_ns: int) -> UnitsState:
        return tuple(restored_unit(saved.get(m.id)) for m in self._units)


def _next_number(model: UnitModel, unit: UnitState, image: Snapshot) -> int:
    """A number that the PLC has not seen last: not the one it judged, nor one that was written and may still be on its way."""
    seen = [unit.number, *(int(n) for h in (model.req, model.ack) if (n := image.number(h)) is not None)]
    number = next((n for n in seen if n > 0), 0) % 65535 + 1
    while number in seen:
        number = number % 65535 + 1
    return number


def _with(units: list[UnitState], index: int, unit: UnitState) -> list[UnitState]:
    units[index] = unit
    return units


def _distinct(reasons: Sequence[JsonObject]) -> list[JsonObject]:
    """A permissive and an interlock of the same words are one reason to a person."""
    kept: list[JsonObject] = []
    for why in reasons:
        if why not in kept:
            kept.append(why)
    return kept
