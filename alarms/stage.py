"""The alarm manager as a stage of the scan (ISA-18.2-2016): commands, conditions and delays → states → journal and view."""

from __future__ import annotations

from alarms import commands, hidden
from alarms.draft import Draft, Tools
from alarms.evaluate import Evaluator, Step
from alarms.first_out import members
from alarms.flood import judged, moved_on
from alarms.journal_record import JournalRecords
from alarms.saving import Saver, restored
from alarms.standing import LATCHED, AlarmsState, Window, any_unacked, quiet_span
from alarms.states import AlarmEvent, AlarmState, return_event
from alarms.table import AlarmTable
from alarms.view import AlarmView
from line.clock import NS_PER_S, has_passed
from line.messages import JsonObject
from line.stage import Scan


class AlarmStage:
    """Implements ``line.stage.Stage`` for :class:`AlarmsState`."""

    name = "alarms"
    command_kinds = commands.KINDS

    def __init__(self, table: AlarmTable) -> None:
        self._table = table
        self._evaluator = Evaluator(table)
        self._tools = Tools(table, JournalRecords(table), members(table))
        self._view = AlarmView(table)
        self._saver = Saver(table)

    def initial(self) -> AlarmsState:
        """Every alarm Normal."""
        return AlarmsState(self._evaluator.initial(), {}, {}, {}, False, Window(), None, *quiet_span({}))

    def step(self, state: AlarmsState, scan: Scan) -> AlarmsState:
        """Commands first, so that they touch only what had been shown; then the conditions of this scan, row by row."""
        draft = Draft(self._tools, state, scan)
        for command in scan.commands:
            commands.apply(draft, command)
        draft.first_out.rearm(draft.standing)
        step = self._evaluator.step(state.conditions, scan.image, scan.now_ns)
        self._judge(draft, step)
        draft.first_out.rearm(draft.standing)
        return self._result(draft, step)

    def _judge(self, draft: Draft, step: Step) -> None:
        """What suppression, conditions and timers do in this scan; a row at a time, so that first-outs go by row."""
        now_ns, state = draft.scan.now_ns, draft.state
        due = set[int]()
        if not state.newest_since_ns <= now_ns < state.next_due_ns:
            due = {row for row, (since_ns, due_ns) in state.timers.items() if not since_ns <= now_ns < due_ns}
        suppressed, released = set[int](step.suppressed.tolist()), set[int](step.released.tolist())
        activated, cleared = set[int](step.activated.tolist()), set[int](step.cleared.tolist())
        for row in sorted(suppressed | released | activated | cleared | due):
            if row in suppressed:
                hidden.suppress(draft, row)
            if row in activated:
                draft.move(row, AlarmEvent.ALARM)
            elif row in cleared:
                draft.move(row, return_event(self._table[row].latching))
                hidden.returned(draft, row)
            if row in due:
                self._on_time(draft, row)
            if row in released:
                hidden.end(draft, row, AlarmState.SUPPRESSED)

    def _on_time(self, draft: Draft, row: int) -> None:
        """Shelvings and re-alarms that are due, and what a changed alarm file left behind."""
        hidden.put_right(draft, row)
        hidden.on_time(draft, row)
        alarm, now = self._table[row], draft.get(row)
        if now.state in LATCHED and not alarm.latching:
            draft.move(row, AlarmEvent.RESET)
            return
        wait_ns = round(alarm.re_alarm_s * NS_PER_S)
        if now.state is AlarmState.ACKED_ACTIVE and wait_ns and has_passed(wait_ns, now.acked_ns, draft.scan.now_ns):
            draft.move(row, AlarmEvent.REALARM)

    def _result(self, draft: Draft, step: Step) -> AlarmsState:
        """The next state; the old one itself when nothing changed."""
        old, scan = draft.state, draft.scan
        window = moved_on(old.window, scan.now_ns, draft.annunciated)
        flood = judged(old.flood_since_ns, window, draft.rules, scan)
        silenced = draft.silenced
        if silenced and draft.standing is not old.standing:
            silenced = any_unacked(draft.standing)
        standing, timers, first_out = draft.standing, draft.timers, draft.first_out.firsts
        new = (step.conditions, standing, timers, first_out, silenced, window, flood)
        before = (old.conditions, old.standing, old.timers, old.first_out, old.silenced, old.window, old.flood_since_ns)
        if all(a is b for a, b in zip(new, before, strict=True)):
            return old
        span = (old.newest_since_ns, old.next_due_ns) if timers is old.timers else quiet_span(timers)
        return AlarmsState(*new, *span)

    def view(self, state: AlarmsState) -> JsonObject:
        """docs/ARCHITECTURE.md, view ``alarms``."""
        return self._view.of(state)

    def save(self, state: AlarmsState) -> JsonObject:
        """The state for the journal."""
        return self._saver.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> AlarmsState:
        """See :func:`alarms.saving.restored`."""
        return restored(saved, self._table, self._evaluator, now_ns)
