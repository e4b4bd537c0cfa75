"""The alarm stage against everything that may come: readings, commands of all roles, time that jumps, restarts.

Beside the stage that is restarted runs one that never is: both must say the same. A model follows the events alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alarms.stage import AlarmsState, AlarmStage
from alarms.states import ACTIVE, HIDDEN, UNACKED, AlarmEvent, AlarmState, transition
from alarms.table import AlarmKind, AlarmRules
from line.messages import Command, Event
from line.roles import ROLES
from line.stage import Scan
from tests.builders import T0_NS, S, snapshot, table
from tests.unit.alarm_scripts import BAD, LISTS, UNCERTAIN, alarm, alarm_table, command

TAGS = table("T", "U", "V", "Q", "Clean", "Run")
RULES = AlarmRules(shelve_max_s=3600.0, shelve_warn_s=300.0, shelve_ccp="technologist", flood_start=4, flood_end=3)
ALARMS = alarm_table(
    [
        alarm("plain", TAGS, "T", limit=80.0, priority=3),
        alarm("trip", TAGS, "T", AlarmKind.HIGH_HIGH, limit=90.0, deadband=2.0, priority=1, latching=True, group="g"),
        alarm("again", TAGS, "U", limit=80.0, priority=2, re_alarm_s=60.0, group="g"),
        alarm("slow", TAGS, "U", limit=70.0, priority=4, on_delay_s=5.0, off_delay_s=10.0, suppress_when="Clean == 1"),
        alarm("auto", TAGS, "V", AlarmKind.LOW, limit=20.0, priority=3, auto_ack=True, when="Run == 1"),
        alarm("both", TAGS, "V", limit=80.0, priority=2, latching=True, auto_ack=True, group="g", suppress_when="Clean == 1"),
        alarm("ccp", TAGS, "Q", limit=80.0, priority=1, ccp=True, re_alarm_s=600.0, suppress_when="Run == 0"),
        alarm("quality", TAGS, "Q", AlarmKind.BAD_QUALITY, priority=4, off_delay_s=2.0),
    ],
    TAGS,
    RULES,
)
IDS = [a.id for a in ALARMS]
VALUES = {"T": 50.0, "U": 50.0, "V": 50.0, "Q": 50.0, "Clean": 0.0, "Run": 1.0}
SOME_IDS = st.lists(st.sampled_from([*IDS, *IDS, "nonsense"]), max_size=4)
REASONS = st.sampled_from(["because", "because", " "])
MINUTES = st.sampled_from([0.5, 4.0, 10.0, 59.0, 60.0, 61.0, -1.0])


class AlarmMachine(RuleBasedStateMachine):
    """Rules are what may happen between two scans; each makes one scan."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ns = T0_NS
        self.values = dict(VALUES)
        self.status: dict[str, int] = {}
        self.stage, self.straight_stage = AlarmStage(ALARMS), AlarmStage(ALARMS)
        self.state: AlarmsState = self.stage.initial()
        self.straight: AlarmsState = self.straight_stage.initial()
        self.told = dict.fromkeys(IDS, AlarmState.NORMAL)
        self.annunciated: list[int] = []
        self.shown: dict[str, Any] = {}
        self.acked: set[str] = set()
        self.seq = 0

    # ---- What may happen

    @rule(tag=st.sampled_from(["T", "U", "V", "Q"]), value=st.sampled_from([10.0, 50.0, 75.0, 85.0, 89.0, 95.0]))
    def value(self, tag: str, value: float) -> None:
        self.status.pop(tag, None)
        self.values[tag] = value
        self._scan(0.25)

    @rule(values=st.fixed_dictionaries(dict.fromkeys("TUVQ", st.sampled_from([50.0, 95.0]))))
    def upset(self, values: Mapping[str, float]) -> None:
        self.status.clear()
        self.values |= values
        self._scan(0.25)

    @rule(tag=st.sampled_from(sorted(VALUES)), status=st.sampled_from([BAD, UNCERTAIN]))
    def quality(self, tag: str, status: int) -> None:
        self.status[tag] = status
        self._scan(0.25)

    @rule(tag=st.sampled_from(["Clean", "Run"]), value=st.sampled_from([0.0, 1.0]))
    def plant(self, tag: str, value: float) -> None:
        self.status.pop(tag, None)
        self.values[tag] = value
        self._scan(0.25)

    @rule(seconds=st.sampled_from([0.0, 0.25, 3.0, 11.0, 61.0, 290.0, 601.0, 3000.0, -0.5, -30.0, -4000.0]))
    def time(self, seconds: float) -> None:
        self._scan(seconds)

    @rule(word=st.sampled_from(["ack", "ack", "reset", "unshelve"]), ids=SOME_IDS)
    def ask(self, word: str, ids: Sequence[str]) -> None:
        self._scan(0.25, self._command(word, ids))

    @precondition(lambda self: bool(self.shown.get("active")))
    @rule(data=st.data(), late=st.booleans())
    def ack_as_shown(self, data: st.DataObject, late: bool) -> None:
        """The panel acknowledges what it drew a scan ago; it may have come again since."""
        entry = data.draw(st.sampled_from(cast(list[dict[str, Any]], self.shown["active"])))
        if late:
            self.time(0.25)
            self.upset(dict.fromkeys("TUVQ", 50.0))
            self.upset(dict.fromkeys("TUVQ", 95.0))
        waits = [
            a["id"] for a in self._view()["active"] if a["time_ns"] == entry["time_ns"] and AlarmState(a["state"]) in UNACKED
        ]
        self._scan(0.25, self._command("ack", [entry["id"]], as_of={entry["id"]: entry["time_ns"]}))
        assert self.acked == {entry["id"]} & set(waits)

    @rule(ids=SOME_IDS, minutes=MINUTES, once=st.booleans(), role=st.sampled_from(ROLES), reason=REASONS)
    def shelve(self, ids: Sequence[str], minutes: float, once: bool, role: str, reason: str) -> None:
        self._scan(0.25, self._command("shelve", ids, role, reason, minutes=minutes, one_shot=once))

    @rule(
        ids=SOME_IDS, role=st.sampled_from(["operator", "engineer", "admin"]), reason=REASONS, order=st.sampled_from(["WO", ""])
    )
    def remove(self, ids: Sequence[str], role: str, reason: str, order: str) -> None:
        self._scan(0.25, self._command("remove", ids, role, reason, work_order=order))

    @rule(ids=SOME_IDS, role=st.sampled_from(["operator", "engineer", "admin"]))
    def restore(self, ids: Sequence[str], role: str) -> None:
        self._scan(0.25, self._command("restore", ids, role))

    @rule(words=st.lists(st.sampled_from(["ack", "reset", "shelve", "unshelve", "remove", "restore", "silence"]), max_size=4),
          ids=SOME_IDS)  # fmt: skip
    def many_at_once(self, words: Sequence[str], ids: Sequence[str]) -> None:
        extra = {"shelve": {"minutes": 10.0}, "remove": {"work_order": "WO"}}
        self._scan(0.25, *[self._command(w, ids, "admin", **extra.get(w, {})) for w in words])

    @rule()
    def silence(self) -> None:
        self._scan(0.25, self._command("silence", []))

    @rule(alarm_id=st.sampled_from([*IDS, "nonsense"]), text=st.sampled_from(["seen", ""]))
    def comment(self, alarm_id: str, text: str) -> None:
        self._scan(0.25, command("alarm.comment", target=alarm_id, text=text))

    @rule()
    def restart(self) -> None:
        """Nothing is left but what the journal holds; the panels see what they saw."""
        before = self._view()
        saved = json.loads(json.dumps(self.stage.save(self.state), allow_nan=False))
        self.stage = AlarmStage(ALARMS)
        self.state = self.stage.restore(saved, self.now_ns)
        assert self._view() == before

    # ---- One scan

    def _command(self, word: str, ids: Sequence[str], role: str = "operator", reason: str = "because", **args: Any) -> Command:
        self.seq += 1
        return command(f"alarm.{word}", ids, command_id=f"c{self.seq}", role=role, reason=reason, **args)

    def _scan(self, seconds: float, *commands: Command) -> None:
        self.now_ns += round(seconds * S)
        image = snapshot(TAGS, self.values, now_ns=self.now_ns, status=self.status)
        self.shown = self._view()
        before, saved = self.state, json.dumps(self.stage.save(self.state))
        scan, straight = Scan(self.now_ns, image, commands), Scan(self.now_ns, image, commands)
        self.state = self.stage.step(self.state, scan)
        self.straight = self.straight_stage.step(self.straight, straight)
        assert scan.events == straight.events
        assert self.stage.save(self.state) == self.straight_stage.save(self.straight)
        same = json.dumps(self.stage.save(self.state)) == saved
        assert same == (self.state is before) or (same and scan.events), "a new state though nothing happened, or an old one"
        self._follow(scan.events, commands)

    def _follow(self, events: Sequence[Event], commands: Sequence[Command]) -> None:
        """Every event is an edge of the table and begins where the last one of that alarm ended."""
        self.acked.clear()
        named = {i for c in commands if c.kind == "alarm.ack" for i in cast(list[str], c.args["alarms"])}
        answers: dict[str, list[str]] = {}
        for event in events:
            data = cast(dict[str, Any], event.data)
            if event.kind == "command":
                answers.setdefault(data["id"], []).extend(data.get("alarms", []))
            if event.kind != "alarm":
                continue
            before, after, word = AlarmState(data["from"]), AlarmState(data["to"]), data["event"]
            assert before is self.told[event.source]
            if word in ("warn", "comment"):
                assert before is after
                assert word == "comment" or after is AlarmState.SHELVED
                continue
            assert transition(before, AlarmEvent(word)) is after
            assert data["active"] == (after in ACTIVE) or after in HIDDEN
            if word == "ack":
                assert data["user"] in ("ivanova", "auto")
                if data["user"] == "ivanova":
                    assert event.source in named
                    self.acked.add(event.source)
            if after is AlarmState.UNACK_ACTIVE:
                self.annunciated.append(event.time_ns)
            self.told[event.source] = after
        self.annunciated = [t for t in self.annunciated if self.now_ns - 600 * S < t <= self.now_ns]
        for c in commands:
            if "alarms" in c.args and c.kind != "alarm.silence":
                assert sorted(answers[c.id]) == sorted(set(cast(list[str], c.args["alarms"])))

    def _view(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.stage.view(self.state))

    # ---- What always holds

    @invariant()
    def the_stage_stands_where_its_events_say(self) -> None:
        stands = {ALARMS[row].id: s.state for row, s in self.state.standing.items()}
        assert stands == {i: s for i, s in self.told.items() if s is not AlarmState.NORMAL}

    @invariant()
    def every_alarm_that_stands_is_in_exactly_one_list(self) -> None:
        view = self._view()
        lists: dict[str, list[str]] = {i: [name for name in LISTS for a in view[name] if a["id"] == i] for i in IDS}
        for alarm_id, state in self.told.items():
            wanted = [] if state is AlarmState.NORMAL else [state.value if state in HIDDEN else "active"]
            assert lists[alarm_id] == wanted
        for row, on in enumerate(self.state.conditions.on.tolist()):
            standing = self.state.standing.get(row)
            assert on == (standing is not None and standing.active)
            assert not on or len(lists[IDS[row]]) == 1, "an active alarm is invisible"
        self._hot_is_seen(lists)

    def _hot_is_seen(self, lists: Mapping[str, Sequence[str]]) -> None:
        """An alarm without delays, once a scan has seen its value: judged here without the evaluation."""
        if self.shown and "T" not in self.status and self.values["T"] > 80.0:
            assert lists["plain"]

    @invariant()
    def figures_agree_with_the_lists(self) -> None:
        view = self._view()
        active = cast(list[dict[str, Any]], view["active"])
        unacked = [a["priority"] for a in active if AlarmState(a["state"]) in UNACKED]
        assert view["unacked"] == len(unacked)
        assert view["counts"] == {str(p): sum(a["priority"] == p for a in active) for p in (1, 2, 3, 4)}
        assert view["sounding"] == (None if view["silenced"] or not unacked else min(unacked))
        assert unacked or not view["silenced"]
        assert active == sorted(active, key=lambda a: (a["priority"], -a["time_ns"], IDS.index(a["id"])))
        assert view["last_10_min"] == len(self.annunciated)
        assert (view["flood"] is not None) <= (view["last_10_min"] >= RULES.flood_end)
        assert (view["flood"] is None) <= (view["last_10_min"] <= RULES.flood_start)
        for a in active:
            assert bool(a["acked_by"]) == (a["state"] in ("acked_active", "latched_acked"))

    @invariant()
    def at_most_one_of_a_group_is_first(self) -> None:
        group = [a for a in self._view()["active"] if a["id"] in ("trip", "again", "both")]
        firsts = [a["id"] for a in group if a["first_out"]]
        assert len(firsts) <= 1
        assert len({a["consequence_of"] for a in group if not a["first_out"]} | set(firsts)) <= 1
        assert all(a["first_out"] != bool(a["consequence_of"]) for a in group)

    @invariant()
    def what_is_remembered_is_what_would_be_made_anew(self) -> None:
        afresh = AlarmStage(ALARMS)
        assert afresh.view(self.state) == self._view()
        assert afresh.save(self.state) == self.stage.save(self.state)


AlarmMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAlarmMachine = AlarmMachine.TestCase
