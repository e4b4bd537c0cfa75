"""Shifts: who has the line, what is made meanwhile, how it is handed over. Late in the scan, since it counts the others' events.

What is made while no shift is open counts for the next one, so nothing that was made is lost between two crews.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, cast

from line.clock import NS_PER_S
from line.documents import Text
from line.jsontools import whole
from line.messages import Command, CommandKind, CommandStatus, EventKind, Json, JsonObject
from line.stage import Scan
from line.tags import TagTable
from production.calendar import NS_PER_MIN, Calendar, Due
from production.log import NO_LOG, Log, log_command, log_json, restore_log
from production.shift_counts import COUNTERS, Counter, Counts, Last, ShiftTotals, count_events
from production.shift_handover import NOTES_MAX, Handover, against_signing, prepared, restore_handover, signature_of, signed
from production.shift_matters import in_progress, open_matters, stock
from production.shift_states import SHIFT_TABLE, ShiftAction, ShiftStep
from production.shift_texts import NOT_NOW, OTHER_SHIFT

__all__ = ["ShiftStage", "ShiftState", "ShiftTotals"]

PERIOD_NS: Final = NS_PER_S
"""How often totals move: a state that changed with every scan would be saved with every scan."""
LOG_SHOWN: Final = 50
"""Entries of the log in the view."""
PATIENCE_NS: Final = 15 * NS_PER_MIN
"""How long after the last step of a hand-over the rule leaves people alone, so that it does not end a shift while they sign."""
PATIENCE_MAX_NS: Final = 60 * NS_PER_MIN
"""How late the rule may become by that."""
DAY_NS: Final = 24 * 60 * NS_PER_MIN
BY_USER: Final = "user"
BY_RULE: Final = "rule"
_S = ShiftStep
_A = ShiftAction


@dataclass(frozen=True)
class Outlook:
    """What the calendar says: the shift that is due and the next one. It holds from ``from_ns`` until one begins or ends."""

    due: Due | None
    coming: Due | None
    from_ns: int

    def holds(self, now_ns: int) -> bool:
        """Whether it still says the same at ``now_ns``; a clock set back makes it look again."""
        ends = [
            d for d in (self.due.end_ns if self.due else None, self.coming.start_ns if self.coming else None) if d is not None
        ]
        return self.from_ns <= now_ns and all(now_ns < end for end in ends)


@dataclass(frozen=True)
class ShiftState:
    """``id`` is empty before the first shift. ``counts`` belongs to the open shift, or to the next one while none is open.

    ``rule_ns`` is when the shift ends by rule (0: never). ``ended`` is what was told of the last one at its end: ``{totals,
    ended_by, note, handover}``; ``previous`` the summary of the one before with that.
    """

    counts: Counts
    last: Last
    id: str = ""
    number: int = 0
    ordinal: int = 0
    step: ShiftStep = ShiftStep.CLOSED
    started_ns: int = 0
    ended_ns: int = 0
    crew: str = ""
    user: str = ""
    started_by: str = BY_USER
    planned: JsonObject | None = None
    rule_ns: int = 0
    looked_ns: int = 0
    handover: Handover | None = None
    ended: JsonObject | None = None
    previous: JsonObject | None = None
    log: Log = NO_LOG
    outlook: Outlook | None = None

    @property
    def open(self) -> bool:
        """True while somebody has the line."""
        return self.step is not ShiftStep.CLOSED


class ShiftStage:
    """Opens, hands over and closes shifts and adds up their totals (docs/shift.md, ARCHITECTURE.md, view ``shift``).

    The first shift of a line opens by itself with the first Good value; after that people start and end shifts, and what they
    forget the calendar does by rule. A start while a shift is open ends the one and starts the next without signatures.
    Numbers and crews come from the calendar where there is one, else numbers go from one up unless given.
    """

    name = "shift"
    command_kinds = frozenset(
        str(kind)
        for kind in (
            CommandKind.SHIFT_START, CommandKind.SHIFT_END, CommandKind.SHIFT_PREPARE, CommandKind.SHIFT_SIGN,
            CommandKind.SHIFT_WITHDRAW, CommandKind.LOG_ENTRY, CommandKind.LOG_CORRECT,
        )
    )  # fmt: skip

    def __init__(self, config: ShiftTotals, tags: TagTable, calendar: Calendar | None = None) -> None:
        """Raises KeyError with the name of a tag that is not in ``tags``."""
        self._counter = Counter(config, tags)
        self._counters: JsonObject = {name: tag for name in COUNTERS if (tag := str(getattr(config, name)))}
        self._calendar = calendar

    def initial(self) -> ShiftState:
        return ShiftState(self._counter.nothing(), (None,) * len(COUNTERS))

    def step(self, state: ShiftState, scan: Scan) -> ShiftState:
        due = scan.now_ns - state.looked_ns >= PERIOD_NS or scan.now_ns < state.looked_ns
        if not due and not scan.events and not scan.commands:
            return state
        seen = tuple(scan.events)  # what other stages said; own events below are no part of the totals
        if due or scan.commands:
            state = self._look(state, scan)
        if not state.ordinal and self._counter.anything_good(scan.image):
            state = self._start(state, scan, "", None, None)
        if seen:
            state = replace(state, counts=count_events(state.counts, seen))
        for command in scan.commands:
            state = self._command(state, command, scan)
        if not due:
            return state
        if state.open and 0 < _rule_at_ns(state) <= scan.now_ns:
            state = self._end(state, scan, _A.RULE, "")
        forgotten = self._forgotten(state, scan.now_ns)
        return state if forgotten is None else self._start(state, scan, "", None, None, forgotten)

    def view(self, state: ShiftState) -> JsonObject:
        totals: Json = self._counter.to_json(state.counts)
        calendar = self._calendar_json(state)
        log = log_json(state.log, LOG_SHOWN)
        if not state.ordinal:
            return {"id": "", "number": 0, "state": "closed", "step": "closed", "started_ns": None, "ended_ns": None, "crew": "",
                    "crew_name": self._crew_name(""), "user": "", "started_by": None, "planned": None,
                    "totals": totals, "handover": None, "previous": None, "calendar": calendar,
                    "log": log}  # fmt: skip
        handover: Json = state.handover.shown(state.step) if state.handover is not None else None
        ended: JsonObject = {} if state.open or state.ended is None else state.ended
        return {
            **_summary(state), "crew_name": self._crew_name(state.crew), "state": "open" if state.open else "closed",
            "step": state.step.value, "totals": totals, "handover": handover, "previous": state.previous,
            "calendar": calendar, "log": log, **ended,
        }  # fmt: skip

    def save(self, state: ShiftState) -> JsonObject:
        return {
            **self._counter.save(state.counts), "id": state.id, "number": state.number, "ordinal": state.ordinal,
            "open": state.open, "step": state.step.value, "crew": state.crew, "user": state.user,
            "started_by": state.started_by, "planned": state.planned,
            "started_ns": state.started_ns, "ended_ns": state.ended_ns, "ended": state.ended, "previous": state.previous,
            "last": state.last, "handover": state.handover.to_json() if state.handover is not None else None,
            "log": {"last": state.log.last, "entries": log_json(state.log)},
        }  # fmt: skip

    def restore(self, saved: JsonObject, now_ns: int) -> ShiftState:
        """The shift goes on; time while the engine was down is nobody's, counters catch up with the first Good value.

        When it ends by rule is asked of the calendar as it is now.
        """
        open_word = _S.OPEN if saved["open"] else _S.CLOSED
        older = saved.get("ended_totals")  # of before there were hand-overs
        ended = saved.get("ended") or ({"totals": older} if older else None)
        log = saved.get("log")
        number, started_ns = int(cast(int, saved["number"])), int(cast(int, saved["started_ns"]))
        due = self._due(started_ns, number)
        return ShiftState(
            self._counter.restore(saved), tuple(cast(Sequence[float | None], saved["last"])), str(saved["id"]), number,
            int(cast(int, saved["ordinal"])), ShiftStep(str(saved.get("step", open_word))), started_ns,
            int(cast(int, saved["ended_ns"])), str(saved["crew"]), str(saved.get("user", "")),
            str(saved.get("started_by", BY_USER)),
            cast("JsonObject | None", saved.get("planned")), self._rule_ns(started_ns, due), now_ns,
            restore_handover(saved.get("handover"), str(saved["id"])), cast("JsonObject | None", ended),
            cast("JsonObject | None", saved["previous"]), restore_log(log) if isinstance(log, dict) else NO_LOG,
        )  # fmt: skip

    def _look(self, state: ShiftState, scan: Scan) -> ShiftState:
        """Counters, the calendar, and what is open while a hand-over is being prepared."""
        counts, last = self._counter.look(state.counts, state.last, scan.image, scan.now_ns - state.looked_ns)
        outlook, handover = state.outlook, state.handover
        if self._calendar is not None and (outlook is None or not outlook.holds(scan.now_ns)):
            outlook = Outlook(self._calendar.due_at(scan.now_ns), self._calendar.next_after(scan.now_ns), scan.now_ns)
        if state.step is _S.PREPARING and handover is not None:
            handover = handover.says(state.id, open_matters(scan.views))
        return replace(state, counts=counts, last=last, looked_ns=scan.now_ns, outlook=outlook, handover=handover)

    def _command(self, state: ShiftState, command: Command, scan: Scan) -> ShiftState:
        if command.kind in (CommandKind.LOG_ENTRY, CommandKind.LOG_CORRECT):
            log = log_command(state.log, command, scan, state.id)
            return state if log is state.log else replace(state, log=log)
        action = _ACTIONS.get(command.kind) or (_A.SIGN_OUTGOING if command.args.get("part") == "outgoing" else _A.SIGN_INCOMING)
        why = _refusal(state, command, action)
        if why is not None:
            scan.answer(command, CommandStatus.REFUSED, {"reasons": [why.to_json()]})
            return state
        scan.answer(command, CommandStatus.ACCEPTED)
        match action:
            case _A.START:
                return self._next(state, command, scan)
            case _A.END:
                return self._end(state, scan, action, str(command.args.get("note", "")), command.user)
            case _A.PREPARE:
                return self._prepare(state, command, scan)
            case _A.WITHDRAW:
                return self._withdraw(state, command, scan)
            case _:
                return self._sign(state, command, scan, action)

    def _next(self, state: ShiftState, command: Command, scan: Scan) -> ShiftState:
        """Ends the shift that is open, if any, and starts the one that the command means."""
        if state.open:
            state = self._end(state, scan, _A.END, str(command.args.get("note", "")), command.user)
        crew, number = cast("str | None", command.args.get("crew")), cast("int | None", command.args.get("number"))
        signature = signature_of(command)
        return self._start(state, scan, str(signature["user"]) if signature else command.user, crew, number)

    def _prepare(self, state: ShiftState, command: Command, scan: Scan) -> ShiftState:
        notes = str(command.args.get("notes", ""))
        handover = prepared(state.handover, state.id, notes, command.user, scan.now_ns, open_matters(scan.views))
        data: dict[str, Json] = {"what": "prepared", "user": command.user, "notes": notes, "hash": handover.hash}
        scan.event(EventKind.SHIFT, state.id, data)
        return replace(state, step=SHIFT_TABLE[state.step][_A.PREPARE], handover=handover)

    def _withdraw(self, state: ShiftState, command: Command, scan: Scan) -> ShiftState:
        data: dict[str, Json] = {"what": "withdrawn", "user": command.user, "from": state.step.value, "reason": command.reason}
        scan.event(EventKind.SHIFT, state.id, data)
        step = SHIFT_TABLE[state.step][_A.WITHDRAW]
        handover = None if step is _S.OPEN or state.handover is None else replace(state.handover, outgoing=None)
        return replace(state, step=step, handover=handover)

    def _sign(self, state: ShiftState, command: Command, scan: Scan, action: ShiftAction) -> ShiftState:
        signature, handover = signature_of(command), state.handover
        if signature is None or handover is None:
            raise ValueError(f"{action} without a signature or a hand-over passed its checks")
        part, remark = str(command.args["part"]), str(command.args.get("remark", ""))
        handover = signed(handover, part, signature, remark)
        data: dict[str, Json] = {"what": "signed", "part": part, "signature": signature, "user": command.user,
                                 "hash": handover.hash}  # fmt: skip
        if action is _A.SIGN_OUTGOING:
            data |= {"notes": handover.notes, "matters": list(handover.matters)}
        else:
            data |= {"remark": remark, "face_to_face": True}
        scan.event(EventKind.SHIFT, state.id, data)
        state = replace(state, handover=handover)
        if action is _A.SIGN_OUTGOING:
            return replace(state, step=SHIFT_TABLE[state.step][action])
        return self._next(state, command, scan)

    def _forgotten(self, state: ShiftState, now_ns: int) -> Due | None:
        """The shift that is due and that nobody started, ``auto_end_after_min`` after it should have begun. Not one that was
        there already and was ended before its time."""
        due = state.outlook.due if state.outlook is not None else None
        if self._calendar is None or due is None or state.open or not state.ordinal:
            return None
        if now_ns < due.start_ns + self._calendar.auto_end_after_min * NS_PER_MIN:
            return None
        had = state.planned is not None and state.planned.get("start_ns") == due.start_ns
        later = due.start_ns > state.started_ns or state.started_ns > now_ns + DAY_NS  # the clock was wrong by days
        return due if later and not had else None

    def _start(
        self, state: ShiftState, scan: Scan, user: str, crew: str | None, number: int | None, by_rule: Due | None = None
    ) -> ShiftState:
        ordinal = state.ordinal + 1
        day = datetime.fromtimestamp(scan.now_ns // NS_PER_S, UTC).strftime("%Y%m%d")
        named: JsonObject = {"crew_name": self._crew_name(state.crew)}
        previous = {**_summary(state), **named, **(state.ended or {})} if state.ordinal else None
        due = self._due(scan.now_ns, number) if by_rule is None else by_rule
        numbered = (due.shift.number if due is not None else state.number + 1) if number is None else number
        action = _A.START if by_rule is None else _A.RULE_START
        started = replace(
            state, id=f"{day}-{ordinal}", number=numbered, ordinal=ordinal, step=SHIFT_TABLE[state.step][action],
            started_ns=scan.now_ns, ended_ns=0, crew=crew if crew else due.crew if due is not None else "", user=user,
            started_by=BY_USER if user else BY_RULE,
            planned=due.to_json() if due is not None else None, rule_ns=self._rule_ns(scan.now_ns, due), handover=None,
            ended=None, previous=previous,
        )  # fmt: skip
        more: dict[str, Json] = {"crew_name": self._crew_name(started.crew), "counters": self._counters}
        scan.event(EventKind.SHIFT, started.id, {"what": "started", **_summary(started), **more})
        return started

    def _end(self, state: ShiftState, scan: Scan, action: ShiftAction, note: str, user: str = "") -> ShiftState:
        totals = self._counter.to_json(state.counts)
        handover: Json = state.handover.to_json() if state.handover is not None and state.handover.outgoing is not None else None
        told: dict[str, Json] = {
            "totals": totals, "ended_by": BY_RULE if action is _A.RULE else BY_USER, "note": note, "handover": handover,
        }  # fmt: skip
        ended = replace(
            state, step=SHIFT_TABLE[state.step][action], ended_ns=scan.now_ns, ended=told,
            counts=self._counter.nothing(), handover=None, rule_ns=0,
        )  # fmt: skip
        more: dict[str, Json] = {
            "by": user, "crew_name": self._crew_name(ended.crew), "in_progress": in_progress(scan.views),
            "stock": stock(scan.views),
        }  # fmt: skip
        scan.event(EventKind.SHIFT, ended.id, {"what": "ended", **_summary(ended), **told, **more})
        return ended

    def _due(self, time_ns: int, number: int | None) -> Due | None:
        return self._calendar.meant_at(time_ns, number) if self._calendar is not None else None

    def _rule_ns(self, started_ns: int, due: Due | None) -> int:
        """When a shift that began at ``started_ns`` ends by rule. One that the calendar does not
        know ends when the next has begun."""
        if self._calendar is None:
            return 0
        coming = None if due is not None else self._calendar.next_after(started_ns)
        end_ns = due.end_ns if due is not None else coming.start_ns if coming is not None else 0
        return end_ns + self._calendar.auto_end_after_min * NS_PER_MIN if end_ns else 0

    def _crew_name(self, crew: str) -> Json:
        name = self._calendar.crews.get(crew) if self._calendar is not None else None
        return name.to_json() if name is not None else {"ru": crew, "en": crew}

    def _calendar_json(self, state: ShiftState) -> Json:
        if self._calendar is None:
            return None
        due, coming = (state.outlook.due, state.outlook.coming) if state.outlook is not None else (None, None)
        crews: list[Json] = [{"id": c, "name": name.to_json()} for c, name in self._calendar.crews.items()]
        early_ns = self._calendar.early_start_min * NS_PER_MIN
        meant = coming if coming is not None and coming.start_ns - state.looked_ns <= early_ns else due
        return {"due": due.to_json() if due is not None else None, "next": coming.to_json() if coming is not None else None,
                "meant": meant.to_json() if meant is not None else None,
                "ends_by_rule_ns": _rule_at_ns(state) or None, "crews": crews}  # fmt: skip


_ACTIONS: Final[Mapping[str, ShiftAction]] = {
    CommandKind.SHIFT_START: _A.START, CommandKind.SHIFT_END: _A.END, CommandKind.SHIFT_PREPARE: _A.PREPARE,
    CommandKind.SHIFT_WITHDRAW: _A.WITHDRAW,
}  # fmt: skip
"""Kind of command → action; which one ``shift.sign`` is says its ``part``."""


_LENGTHS: Final[Mapping[str, int]] = {"crew": 200, "note": NOTES_MAX, "notes": NOTES_MAX, "remark": NOTES_MAX}


def _rule_at_ns(state: ShiftState) -> int:
    """When the open shift ends by rule; 0 never. People who are at a hand-over are given time to sign."""
    if not state.rule_ns or state.handover is None:
        return state.rule_ns
    stepped_ns = max(state.handover.prepared_ns, whole((state.handover.outgoing or {}).get("time_ns")))
    return max(state.rule_ns, min(stepped_ns + PATIENCE_NS, state.rule_ns + PATIENCE_MAX_NS))


def _summary(state: ShiftState) -> dict[str, Json]:
    return {"id": state.id, "number": state.number, "crew": state.crew, "started_ns": state.started_ns,
            "ended_ns": state.ended_ns or None, "user": state.user, "started_by": state.started_by,
            "planned": state.planned}  # fmt: skip


def _refusal(state: ShiftState, command: Command, action: ShiftAction) -> Text | None:
    """Why the command cannot be done, for the operator; None when it can."""
    part = command.args.get("part")
    if command.kind == CommandKind.SHIFT_SIGN and part not in ("outgoing", "incoming"):
        return Text(ru="Сторона подписи: сдал или принял", en="The part signed for is outgoing or incoming")
    if command.target not in ("", state.id):
        return OTHER_SHIFT
    if action not in SHIFT_TABLE[state.step]:
        return NOT_NOW[state.step]
    for name, most in _LENGTHS.items():
        text = command.args.get(name) or ""
        if not isinstance(text, str) or len(text) > most:
            return Text(ru=f"{name}: нужен текст не длиннее {most} знаков", en=f"{name}: a text of at most {most} characters")
    number = command.args.get("number")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 99):
        return Text(ru="Номер смены — целое число от 1 до 99", en="The shift number is a whole number from 1 to 99")
    if command.kind == CommandKind.SHIFT_SIGN and state.handover is not None:
        return against_signing(state.handover, command, str(part))
    return None
