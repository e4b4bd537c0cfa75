"""Escalation as a stage of the scan: alarms and calls that nobody attends to → horn, lights, sound, notices, further people.

It hears of alarms, calls and commands by their events, in the scan in which they happen. It decides and keeps record; messages
to the outside are sent by the notifier of the server process, which answers with ``notice.result`` (docs/escalation.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from alarms import notices, outputs
from alarms.calls import CallState
from alarms.escalation_runs import Runs
from alarms.escalation_saving import EscalationSaver, left_on, load
from alarms.escalation_state import CALL_STATES, PENDING, Draft, EscalationState, Phase, Subject, Wait, rebased
from alarms.escalation_texts import Place, call_text
from alarms.escalation_view import RUNS_SHOWN, notice_rows, outbox, run_row
from alarms.policy import ALARM_MODES, CALL_MODES, EscalationPlan, Output
from alarms.states import AlarmState
from alarms.table import AlarmDef, AlarmTable
from line.clock import NS_PER_S
from line.documents import Text
from line.jsontools import child, finite, objects, whole
from line.messages import NO_TEXT, CommandKind, CommandStatus, Event, EventKind, Json, JsonObject
from line.quality import is_good
from line.stage import Scan
from line.tags import TagTable

LOOK_NS: Final = 5 * NS_PER_S
"""How often the state moves while something is due: what a clock that is set back can cost at most."""

CALL_RANK: Final = 2
"""Where calls, which have no priority, stand among alarms."""

SPARE_IDS: Final = 100
"""Ids of notices that a restart leaves out: one that was shown to the notifier and not yet in the journal when the engine died
must not come back as the id of another message, which the notifier would take for sent."""

NOTHING: Final[JsonObject] = {}
_HEARD: Final = frozenset({EventKind.ALARM, EventKind.CALL, EventKind.COMMAND})
_HIDDEN_LISTS: Final = {
    "shelved": AlarmState.SHELVED, "suppressed": AlarmState.SUPPRESSED, "out_of_service": AlarmState.OUT_OF_SERVICE,
}  # fmt: skip
_AT_UNIT: Final = frozenset({CommandKind.UNIT_COMMAND, CommandKind.UNIT_MODE})


class EscalationStage:
    """Implements ``line.stage.Stage`` for :class:`EscalationState`.

    ``labels`` are the units as messages name them, by id; ``line`` is the name of the line. Raises ValueError for a time zone
    that does not exist.
    """

    name = "escalation"
    command_kinds = frozenset({str(CommandKind.NOTICE_RESULT)})

    def __init__(
        self, plan: EscalationPlan, alarms: AlarmTable, tags: TagTable, labels: Mapping[str, Text], line: Text = NO_TEXT
    ) -> None:
        self._plan = plan
        self._alarms = alarms
        self._tags = tags
        self._outputs = tuple(plan.outputs.values())
        place = Place(line, labels, [t.decimals for t in tags], ZoneInfo(plan.time_zone))
        self._runs = Runs(plan, self._alarm, place)
        self._saver = EscalationSaver(self._outputs, tags)

    def _alarm(self, alarm_id: str) -> AlarmDef | None:
        row = self._alarms.row(alarm_id)
        return None if row is None else self._alarms[row]

    def initial(self) -> EscalationState:
        return EscalationState()

    def step(self, state: EscalationState, scan: Scan) -> EscalationState:
        """What was heard first, so that no step is taken for what has just ended; then what is due; then the outputs."""
        if self._is_quiet(state, scan):
            return state
        draft = Draft.of(state, scan)
        events = tuple(scan.events)
        if not state.settled:
            self._settle(draft, {e.source for e in events if e.data.get("from") != e.data.get("to")})
        for command in scan.commands:
            notices.result(draft, command, self._plan.contacts)
        for event in events:
            self._hear(draft, event)
        notices.age(draft, self._plan.contacts)
        self._runs.take_steps(draft)
        lamps = outputs.drive((*self._outputs, *state.left_on), state.lamps, self._wanted(draft), scan)
        left = tuple(o for o in state.left_on if lamps.get(o.id, outputs.DARK).tries)
        lamps = {i: lamp for i, lamp in lamps.items() if i in self._plan.outputs or lamp.tries}
        looked = state.due_ns is not None and scan.now_ns - state.looked_ns >= LOOK_NS
        if not draft.changed and lamps == state.lamps and not looked:
            return state
        return self._next(draft, lamps, left)

    def _is_quiet(self, state: EscalationState, scan: Scan) -> bool:
        if not state.settled or scan.commands or any(e.kind in _HEARD for e in scan.events):
            return False
        if state.due_ns is not None and not state.looked_ns <= scan.now_ns < state.due_ns:
            return False
        return not outputs.contradicted((*self._outputs, *state.left_on), state.lamps, scan)

    def _next(self, draft: Draft, lamps: Mapping[str, outputs.Lamp], left: tuple[Output, ...]) -> EscalationState:
        live = frozenset(r.number for r in draft.runs.values())
        kept = notices.pruned(draft.notices, live)
        paused = {r.number for r in draft.runs.values() if r.paused}
        due = [at for r in draft.runs.values() if (at := self._runs.ladder(r).due_ns(r)) is not None]
        for notice in kept.values():
            if notice.phase is Phase.SENDING or (notice.phase in PENDING and notice.run_number not in paused):
                due.append(notices.due_ns(notice))
        due_at_ns = min([*due, draft.now_ns + LOOK_NS]) if due else None
        return EscalationState(
            draft.standing,
            draft.runs,
            kept,
            lamps,
            draft.last_run,
            draft.last_notice,
            draft.now_ns,
            due_at_ns,
            settled=True,
            left_on=left,
        )

    def _wanted(self, draft: Draft) -> frozenset[str]:
        """The outputs that are to be on."""
        return frozenset[str]().union(*{self._runs.ladder(r).wanted(r) for r in draft.runs.values()})

    # What is heard

    def _hear(self, draft: Draft, event: Event) -> None:
        if event.kind == EventKind.ALARM:
            self._heard_alarm(draft, event)
        elif event.kind == EventKind.CALL:
            self._heard_call(draft, event)
        elif event.kind == EventKind.COMMAND:
            self._heard_command(draft, event)

    def _heard_alarm(self, draft: Draft, event: Event) -> None:
        """A transition; or, underneath a state in no list, the condition that went: nothing is left to escalate then."""
        data = event.data
        before, state = str(data["from"]), str(data["to"])
        if before == state:
            if state in _HIDDEN_LISTS.values() and data.get("active") is False:
                self._runs.gone(draft, event.source, Wait.RETURNED)
            return
        value = finite(data.get("value"))
        subject = Subject(
            event.source, "alarm", event.unit, whole(data.get("priority")), _text(data.get("text")), event.time_ns, value,
            is_good(whole(data.get("quality"))),
        )  # fmt: skip
        draft.stands(event.source, state)
        self._runs.moved(draft, ALARM_MODES, before, subject, state, _word(data.get("user")))

    def _heard_call(self, draft: Draft, event: Event) -> None:
        data = event.data
        state, user = str(data["to"]), _word(data.get("user"))
        caller: JsonObject = {"by": user, "station": data.get("station")} if data["what"] == "created" else {}
        row = caller or _row_of(objects(child(draft.scan.views, "calls").get("calls")), event.source)
        opened_ns = event.time_ns - round((finite(data.get("accept_s")) or 0.0) * NS_PER_S)
        subject = _call(event.source, {**data, **caller}, event.unit, opened_ns, row)
        draft.stands(event.source, state)
        self._runs.moved(draft, CALL_MODES, str(data["from"]), subject, state, user)
        if data["what"] in ("created", "on_site") and event.unit:
            self._runs.acted(draft, event.unit, user)

    def _heard_command(self, draft: Draft, event: Event) -> None:
        """A command that was carried out is an action at its unit (``unit.mode`` is confirmed at once)."""
        data = event.data
        kind, target, status, user = data.get("kind"), str(data.get("target")), data.get("status"), _word(data.get("user"))
        if status != CommandStatus.ACCEPTED and not (kind == CommandKind.UNIT_MODE and status == CommandStatus.CONFIRMED):
            return
        if kind == CommandKind.ALARM_SILENCE:
            self._runs.silenced(draft)
        elif kind == CommandKind.ALARM_COMMENT:
            self._runs.acted(draft, "", user, target)
        elif kind in _AT_UNIT:
            self._runs.acted(draft, target, user)
        elif kind == CommandKind.TAG_WRITE:
            tag = self._tags.find(target)
            self._runs.acted(draft, tag.unit_id if tag is not None else "", user)
        elif kind in (CommandKind.BATCH_COMMAND, CommandKind.BATCH_PARAMETER):
            for unit in _units_of_batch(draft.scan, target):
                self._runs.acted(draft, unit, user)

    # After a start

    def _settle(self, draft: Draft, told: set[str]) -> None:
        """The first scan: compare what stood when the state was saved with what stands; the files may be others by now.

        ``told`` are sources of events of this scan, which carry their change themselves.
        """
        for run in list(draft.runs.values()):
            self._runs.restarted(draft, run)
        shown = self._shown(draft.scan)
        kinds = {what for what in ("alarms", "calls") if what in draft.scan.views}
        for subject_id, state in list(draft.standing.items()):
            is_call = state in CALL_STATES
            if subject_id not in shown and subject_id not in told and ("calls" if is_call else "alarms") in kinds:
                gone = CallState.CLOSED if is_call else AlarmState.NORMAL
                draft.stands(subject_id, gone)
                self._runs.gone(draft, subject_id, Wait.CLOSED if is_call else Wait.RETURNED)
        for subject_id, (subject, state) in shown.items():
            before = draft.standing.get(subject_id, "")
            if subject_id in told:
                continue
            if before != state:
                draft.stands(subject_id, state)
                self._runs.moved(draft, CALL_MODES if subject.what == "call" else ALARM_MODES, before, subject, state, "")
            else:
                self._runs.caught_up(draft, subject, state)

    def _shown(self, scan: Scan) -> dict[str, tuple[Subject, str]]:
        """What stands by the views of the other stages."""
        shown: dict[str, tuple[Subject, str]] = {}
        alarms = scan.views.get("alarms", {})
        for row in objects(alarms.get("active")):
            shown[str(row["id"])] = (_alarm_of_row(row), str(row["state"]))
        for name, state in _HIDDEN_LISTS.items():
            shown |= {str(row["id"]): (_alarm_of_row(row), state.value) for row in objects(alarms.get(name))}
        for row in objects(scan.views.get("calls", {}).get("calls")):
            if row["state"] != CallState.CLOSED:
                subject = _call(str(row["id"]), row, str(row["unit"]), whole(row["opened_ns"]), row)
                shown[subject.id] = (subject, str(row["state"]))
        return shown

    # The border

    def view(self, state: EscalationState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``escalation``: the most urgent run first, notices newest first."""
        runs = sorted(state.runs.values(), key=lambda r: (r.subject.priority or CALL_RANK, r.began_ns, r.number))
        rows: list[Json] = [run_row(r, self._runs.ladder(r), state.looked_ns) for r in runs[:RUNS_SHOWN]]
        sounds = [s for r in runs if (s := self._runs.ladder(r).sounds_s(r)) > 0.0]
        return {
            "runs": rows,
            "more_runs": max(0, len(runs) - RUNS_SHOWN),
            "notices": notice_rows(state, self._plan),
            "outbox": outbox(state, self._plan),
            "sound_s": min(sounds, default=0.0),
            "outputs": {o.id: state.lamps.get(o.id, outputs.DARK).on for o in self._outputs},
        }

    def save(self, state: EscalationState) -> JsonObject:
        return self._saver.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> EscalationState:
        """Runs wait on, and the time in between counts; an attempt under way has its 60 s anew, for its answer may be on the way.

        Raises ValueError when ``saved`` is not what :meth:`save` wrote.
        """
        state = rebased(load(saved), now_ns)
        fresh = {i: replace(n, mark_ns=now_ns) if n.phase is Phase.SENDING else n for i, n in state.notices.items()}
        left = left_on(saved, self._outputs, self._tags)
        lamps = {i: lamp for i, lamp in state.lamps.items() if i in self._plan.outputs} | {o.id: lamp for o, lamp in left.items()}
        last_notice = (state.last_notice // SPARE_IDS + 1) * SPARE_IDS
        return replace(state, notices=fresh, lamps=lamps, last_notice=last_notice, left_on=tuple(left))


def _call(call_id: str, data: JsonObject, unit: str, opened_ns: int, row: JsonObject) -> Subject:
    """A call from its event or its row; ``row`` says who called from where."""
    number, service_name = whole(data.get("number")), _text(data.get("service_name"))
    return Subject(
        call_id, "call", unit, 0, call_text(number, service_name), opened_ns, number=number, service=_word(data.get("service")),
        service_name=service_name, reason=_text(data.get("reason")), by=_word(row.get("by")), station=_word(row.get("station")),
    )  # fmt: skip


def _alarm_of_row(row: JsonObject) -> Subject:
    since = row.get("time_ns", row.get("since_ns"))
    return Subject(
        str(row["id"]), "alarm", str(row["unit"]), whole(row.get("priority")), _text(row.get("text")), whole(since),
        finite(row.get("value")),
    )  # fmt: skip


def _row_of(rows: Sequence[JsonObject], wanted: str) -> JsonObject:
    return next((r for r in rows if r.get("id") == wanted), NOTHING)


def _units_of_batch(scan: Scan, batch: str) -> list[str]:
    """The units that the batch occupies, by its view."""
    row = _row_of(objects(child(scan.views, "batches").get("batches")), batch)
    busy = [h.get("unit") for h in objects(row.get("history")) if h.get("end_ns") is None]
    return list(dict.fromkeys(u for u in (row.get("unit"), *busy) if isinstance(u, str) and u))


def _text(value: Json) -> Text:
    ru, en = (value.get("ru"), value.get("en")) if isinstance(value, Mapping) else ("", "")
    return Text(ru=_word(ru), en=_word(en))


def _word(value: Json) -> str:
    return value if isinstance(value, str) else ""
