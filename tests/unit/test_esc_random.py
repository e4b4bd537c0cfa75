"""Any order of alarms, acknowledgements, shelving, returns, results, restarts and clocks: the escalation keeps its promises.

A plain model beside it knows for every alarm how long it has waited without a pause; everything that comes out is checked
against that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from alarms.escalation_state import PENDING, STARTS_IN, WAIT_TABLE, Phase, Wait
from alarms.policy import ALARM_MODES, EscalatesOn
from alarms.states import ALARM_TABLE, AlarmEvent, AlarmState
from line.messages import Event, JsonObject
from tests.builders import T0_NS, S
from tests.unit.esc_kit import P1, P1_IDLE, Script, accepted, result, row, told

ALARM_IDS: Final = ("A1", "B1")
POLICIES: Final = {EscalatesOn.UNACKED: P1, EscalatesOn.NO_ACTION: P1_IDLE}
UNITS: Final = {"A1": "S401", "B1": "S402"}
SCAN_S: Final = 5.0
HIDDEN: Final = {"shelved": "shelved", "suppressed": "suppressed", "out_of_service": "out_of_service"}


class Escalation(RuleBasedStateMachine):
    """``waited_s`` is the model's clock of each run: seconds in which it was active and not paused."""

    moved = Bundle("moved")

    def __init__(self) -> None:
        super().__init__()
        self.script = Script(P1, P1_IDLE)
        self.states: dict[str, AlarmState] = dict.fromkeys(ALARM_IDS, AlarmState.NORMAL)
        self.at_s = 0.0
        self.waited_s: dict[tuple[str, EscalatesOn], float] = {}
        self.paused: set[tuple[str, EscalatesOn]] = set()
        self.sent: set[tuple[str, int]] = set()
        self.known: set[str] = set()
        self.over: set[str] = set()

    # The world

    def _views(self) -> None:
        lists: dict[str, list[JsonObject]] = {"active": [], "shelved": [], "suppressed": [], "out_of_service": []}
        for alarm_id, state in self.states.items():
            if state is not AlarmState.NORMAL:
                lists[HIDDEN.get(state, "active")].append(row(alarm_id, state))
        self.script.views["alarms"] = cast(JsonObject, lists)

    def _scan(self, *inputs: Any) -> None:
        """One scan, its outputs judged; the views are those of the scan before, as in the engine."""
        self.script.step(self.at_s, *inputs)
        for event in self.script.scan.events:
            data = cast(Mapping[str, Any], event.data)
            if event.kind == "notice":
                self._judge_notice(event, data)
            elif event.kind == "escalation" and data["what"] == "step":
                self._judge_step(event, data)
        self._views()

    def _judge_notice(self, event: Event, data: Mapping[str, Any]) -> None:
        notice, what = event.source, data["what"]
        assert notice not in self.over, "something was said of a notice that was over"
        if what == "told":
            assert notice not in self.known, "a notice was told twice"
            self.known.add(notice)
        elif what == "sent":
            assert (notice, data["attempt"]) not in self.sent, "an attempt was sent twice"
            self.sent.add((notice, data["attempt"]))
        elif what in ("delivered", "given_up", "withdrawn"):
            self.over.add(notice)

    def _judge_step(self, event: Event, data: Mapping[str, Any]) -> None:
        on = EscalatesOn(data["on"])
        key = (event.source, on)
        assert key in self.waited_s, "a step was taken after its run had ended"
        assert key not in self.paused, "a step was taken of a run that is paused"
        early = any(s["state"] == "failed" for r in self._rows(key) for s in r["steps"][: data["step"]])
        assert early or round(self.waited_s[key], 6) >= data["after_s"], "a step was taken too soon"  # a sum of floats

    def _rows(self, key: tuple[str, EscalatesOn]) -> list[Mapping[str, Any]]:
        return [r for r in self.script.view()["runs"] if (r["id"], r["on"]) == key]

    def _pass(self, seconds: float) -> None:
        self.at_s += seconds
        for key in self.waited_s:
            if key not in self.paused:
                self.waited_s[key] += seconds

    # What can happen

    @initialize()
    def start(self) -> None:
        self._views()
        self._scan()

    @rule(seconds=st.sampled_from([0.25, 1.0, 29.0, 61.0, 200.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        """In scans that are at most 5 s apart."""
        while seconds > 0.0:
            self._pass(min(SCAN_S, seconds))
            seconds -= SCAN_S
            self._scan()

    @rule(alarm_id=st.sampled_from(ALARM_IDS), data=st.data())
    def alarm_moves(self, alarm_id: str, data: st.DataObject) -> None:
        """Along any arrow of the table of alarm states."""
        before = self.states[alarm_id]
        event = data.draw(st.sampled_from(sorted(ALARM_TABLE[before])))
        after = ALARM_TABLE[before][event]
        self._pass(0.25)
        self.states[alarm_id] = after
        self._model(alarm_id, before, after, active=event not in (AlarmEvent.RETURN, AlarmEvent.LATCH))
        self._scan(told(alarm_id, before, after, active=event not in (AlarmEvent.RETURN, AlarmEvent.LATCH)))

    def _model(self, alarm_id: str, before: AlarmState, after: AlarmState, *, active: bool) -> None:
        for on in ALARM_MODES:
            key = (alarm_id, on)
            wait = WAIT_TABLE[on][after]
            if key in self.waited_s:
                if wait is Wait.PAUSED and active:
                    self.paused.add(key)
                elif wait is Wait.GOES_ON:
                    self.paused.discard(key)
                elif wait is not Wait.PAUSED or before == after:
                    self._ended(key)
            elif after == STARTS_IN[on] and before != after:
                self.waited_s[key] = 0.0

    def _ended(self, key: tuple[str, EscalatesOn]) -> None:
        del self.waited_s[key]
        self.paused.discard(key)

    @rule(alarm_id=st.sampled_from(ALARM_IDS), comment=st.booleans())
    def somebody_acts(self, alarm_id: str, comment: bool) -> None:
        self._pass(0.25)
        key = (alarm_id, EscalatesOn.NO_ACTION)
        if key in self.waited_s:
            self._ended(key)
        self._scan(accepted("alarm.comment", alarm_id) if comment else accepted("unit.command", UNITS[alarm_id]))

    @rule()
    def silence(self) -> None:
        self._pass(0.25)
        self._scan(accepted("alarm.silence", ""))
        assert self.script.view()["sound_s"] == 0 or self.script.scan.events[-1].kind != "command"

    @precondition(lambda self: self.script.view()["outbox"])
    @rule(data=st.data(), delivered=st.booleans(), late=st.integers(-1, 1))
    def answer(self, data: st.DataObject, delivered: bool, late: int) -> None:
        """The notifier answers, sometimes for another attempt."""
        message = data.draw(st.sampled_from(self.script.view()["outbox"]))
        before = self.script.state
        self._pass(0.25)
        self._scan(result(message["id"], message["attempt"] + late, delivered))
        phase = self.script.state.notices.get(message["id"])
        if late == 0 and delivered:
            assert phase is None or phase.phase is Phase.DELIVERED
        if late:
            assert before.notices[message["id"]].attempt == message["attempt"]

    @rule(data=st.data(), attempt=st.integers(0, 4), delivered=st.booleans())
    def answer_to_anything(self, data: st.DataObject, attempt: int, delivered: bool) -> None:
        self._pass(0.25)
        notice = data.draw(st.sampled_from(["N0", *sorted(self.known)]))
        self._scan(result(notice, attempt, delivered))

    @rule(down_s=st.sampled_from([0.0, 3.0, 400.0]))
    def restart(self, down_s: float) -> None:
        self._pass(down_s)
        pending = {i for i, n in self.script.state.notices.items() if n.phase in PENDING}
        runs = set(self.script.state.runs)
        self.script.restart(self.at_s)
        assert {i for i, n in self.script.state.notices.items() if n.phase in PENDING} == pending, "a restart lost a notice"
        self._scan()
        assert set(self.script.state.runs) == runs, "a restart lost a run or made one"

    @rule(back_s=st.sampled_from([1.01, 100.01, 100_000.01]))
    def clock_is_set_back(self, back_s: float) -> None:
        """What was waited since the last look may be lost: the model lets go of as much.

        Never onto the nanosecond of an earlier scan: what happens in one scan is told by its time.
        """
        lost_s = self.at_s - (self.script.state.looked_ns - T0_NS) / S
        self.at_s -= back_s
        if self.script.state.due_ns is not None and T0_NS + self.at_s * S < self.script.state.looked_ns:
            for key in self.waited_s:
                if key not in self.paused:
                    self.waited_s[key] -= lost_s
        else:
            for key in self.waited_s:
                if key not in self.paused:
                    self.waited_s[key] -= back_s
        self._scan()

    # What always holds

    @invariant()
    def runs_are_those_that_wait(self) -> None:
        assert set(self.script.state.runs) == set(self.waited_s)
        for key, run in self.script.state.runs.items():
            assert run.paused is (key in self.paused)

    @invariant()
    def outputs_are_on_for_runs_only(self) -> None:
        live = [r for r in self.script.state.runs.values() if not r.paused and r.step]
        lit = set(self.script.lit())
        unacked = [r for r in live if r.on is EscalatesOn.UNACKED]
        assert ("Red" in lit) is bool(unacked)
        assert ("Horn" in lit) is any(not r.muted for r in unacked)
        assert ("Amber" in lit) is any(r.on is EscalatesOn.NO_ACTION for r in live)

    @invariant()
    def steps_are_taken_in_time(self) -> None:
        for key, run in self.script.state.runs.items():
            steps = POLICIES[key[1]].steps
            if key not in self.paused and run.step < len(steps):
                assert self.waited_s[key] <= steps[run.step].after_s + SCAN_S, "a step is overdue"

    @invariant()
    def the_outbox_holds_what_was_sent_and_is_not_over(self) -> None:
        for message in self.script.view()["outbox"]:
            assert (message["id"], message["attempt"]) in self.sent
            assert message["id"] not in self.over
            assert message["title"]
            assert message["body"]

    @invariant()
    def nobody_waits_for_ever(self) -> None:
        """While anything is pending there is a time at which it is looked at again."""
        pending = [n for n in self.script.state.notices.values() if n.phase is Phase.SENDING]
        if pending:
            assert self.script.state.due_ns is not None


TestEscalation = Escalation.TestCase
TestEscalation.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
