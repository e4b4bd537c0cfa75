"""Alarms, calls and escalation together, scan by scan: readings and commands in, lights, notices and events out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alarms.calls import CallStage
from alarms.escalation import EscalationStage
from alarms.stage import AlarmStage
from alarms.table import compile_table
from line.messages import Command, Event, JsonObject
from line.stage import Scan, Stage
from tests.builders import T0_NS, S, snapshot
from tests.unit.esc_kit import CALL, LABELS, LATE, LINE, P1, P1_IDLE, TAGS, alarm, plan

COLD = {"S401.Temp": 70.0, "S402.Temp": 70.0, "S401.Door": 1.0, "Util.Steam": 4.0}
HOT = {**COLD, "S401.Temp": 90.0}


class Line:
    """The three stages in their order, with a plant whose outputs follow their writes."""

    def __init__(self, *, latching: bool = False, **of_alarm: Any) -> None:
        hot = replace(alarm("HOT", "S401", 1), latching=latching, **of_alarm)
        self.table = compile_table([hot], TAGS)
        policies = plan(P1, P1_IDLE, CALL, LATE)
        self.stages: list[Stage[Any]] = [
            AlarmStage(self.table),
            CallStage(policies, ("S401", "S402")),
            EscalationStage(policies, self.table, TAGS, LABELS, LINE),
        ]
        self.states = [s.initial() for s in self.stages]
        self.views: dict[str, JsonObject] = {}
        self.site = {"Site.Horn": 0.0, "Site.Red": 0.0, "Site.Amber": 0.0}
        self.at_s = 0.0
        self.ids: list[str] = []
        self._publish()

    def _publish(self) -> None:
        self.views |= {s.name: s.view(state) for s, state in zip(self.stages, self.states, strict=True)}
        json.dumps(self.views)

    def step(self, at_s: float, values: Mapping[str, float], *commands: Command) -> list[str]:
        """One scan; what the escalation says, and what is written."""
        self.at_s = at_s
        now_ns = T0_NS + round(at_s * S)
        scan = Scan(now_ns, snapshot(TAGS, {**values, **self.site}, now_ns=now_ns), views=dict(self.views))
        for i, stage in enumerate(self.stages):
            scan.commands = [c for c in commands if c.kind in stage.command_kinds]
            self.states[i] = stage.step(self.states[i], scan)
        self.ids += [e.source for e in scan.events if e.kind == "notice" and e.data["what"] == "told"]
        self.site |= {TAGS[w.handle].name: w.value for w in scan.writes}
        self._publish()
        said = [_line(e) for e in scan.events if e.kind in ("escalation", "notice")]
        refused = [str(e.data["kind"]) for e in scan.events if e.kind == "command" and e.data["status"] == "refused"]
        return said + [f"{TAGS[w.handle].name}={w.value:g}" for w in scan.writes] + [f"refused {kind}" for kind in refused]

    def run(self, until_s: float, values: Mapping[str, float]) -> list[str]:
        """Scans once a second up to then; all that came of them."""
        said: list[str] = []
        while self.at_s + 1.0 <= until_s:
            at_s = self.at_s + 1.0
            said += [f"{at_s:g} {line}" for line in self.step(at_s, values)]
        return said

    def restart(self) -> None:
        for i, stage in enumerate(self.stages):
            saved = json.loads(json.dumps(stage.save(self.states[i])))
            self.states[i] = stage.restore(saved, T0_NS + round(self.at_s * S))
        self.views = {}
        self._publish()

    def ordinal(self, said: str) -> str:
        """``said`` with N1, N2, … for the notices in their order: their ids jump with every restart."""
        return re.sub(r"\bN\d+", lambda m: f"N{self.ids.index(m[0]) + 1}", said)

    def real(self, ordinal: str) -> str:
        """The id of the notice that :meth:`ordinal` calls so; anything else unchanged."""
        return self.ids[int(ordinal[1:]) - 1] if re.fullmatch(r"N\d+", ordinal) else ordinal

    def lit(self) -> list[str]:
        return [n.split(".")[1] for n, v in self.site.items() if v]


def _line(event: Event) -> str:
    data: Mapping[str, Any] = event.data
    if event.kind == "notice":
        return f"{event.source} {data['contact']} {data['what']}"
    return " ".join(w for w in (data["on"], f"step {data['step']}" if data["what"] == "step" else data["what"], data["why"]) if w)


def command(kind: str, target: str = "", role: str = "engineer", **args: Any) -> Command:
    return Command(f"c-{kind}", kind, target, args, "ivanova", role, "p1", T0_NS, "test")


def result(notice: str, attempt: int, delivered: bool) -> Command:
    return command("notice.result", notice, attempt=attempt, delivered=delivered, error={"ru": "", "en": ""})


def test_a_smokehouse_gets_hot_and_nobody_looks() -> None:
    line = Line()
    assert line.step(0, COLD) == []
    assert line.step(1, HOT) == ["unacked started", "no_action started", "unacked step 1", "Site.Horn=1", "Site.Red=1"]
    assert line.run(301, HOT) == [
        "61 unacked step 2", "121 unacked step 3", "121 N1 lead told", "181 no_action step 1", "181 N2 lead told",
        "181 Site.Amber=1", "301 unacked step 4", "301 N3 mech told", "301 N3 mech sent", "301 N4 tech told", "301 N4 tech sent",
    ]  # fmt: skip
    assert line.step(303, HOT, result("N3", 1, True), result("N4", 1, True)) == ["N3 mech delivered", "N4 tech delivered"]
    assert line.step(310, HOT, command("alarm.ack", alarms=["HOT"])) == [
        "unacked ended acked", "N5 mech told", "N5 mech sent", "Site.Horn=0", "Site.Red=0",
    ]  # fmt: skip
    assert line.step(320, HOT, command("alarm.comment", "HOT", text="Клапан закрыт вручную")) == [
        "no_action ended action",
        "Site.Amber=0",
    ]
    assert line.step(400, COLD) == ["N5 mech failed"]  # no answer for 60 s
    assert line.lit() == []


def test_shelved_and_back() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    line.run(50, HOT)
    shelve = command("alarm.shelve", alarms=["HOT"], minutes=10)
    assert line.step(51, HOT, shelve) == ["unacked paused shelved", "no_action paused shelved", "Site.Horn=0", "Site.Red=0"]
    assert line.run(600, HOT) == []
    assert line.step(601, HOT, command("alarm.unshelve", alarms=["HOT"])) == [
        "unacked resumed", "no_action resumed", "Site.Horn=1", "Site.Red=1",
    ]  # fmt: skip
    assert line.run(620, HOT) == ["611 unacked step 2"]


def test_returned_while_it_was_shelved() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    line.step(2, HOT, command("alarm.shelve", alarms=["HOT"], minutes=10))
    assert line.step(3, COLD) == ["unacked ended returned", "no_action ended returned"]
    assert line.run(602, COLD) == []


def test_shelving_that_runs_out_goes_on_with_it() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    line.step(2, HOT, command("alarm.shelve", alarms=["HOT"], minutes=10))
    assert line.run(605, HOT) == ["602 unacked resumed", "602 no_action resumed", "602 Site.Horn=1", "602 Site.Red=1"]


def test_out_of_service_and_back_in_service() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    assert line.step(2, HOT, command("alarm.remove", alarms=["HOT"], work_order="WO-1")) == [
        "unacked ended out_of_service", "no_action ended out_of_service", "Site.Horn=0", "Site.Red=0",
    ]  # fmt: skip
    assert line.run(400, HOT) == []
    assert line.step(401, HOT, command("alarm.restore", alarms=["HOT"]))[:3] == [
        "unacked started", "no_action started", "unacked step 1",
    ]  # fmt: skip


def test_suppressed_by_design() -> None:
    line = Line(suppress_when="S401.Door < 0.5")
    line.step(0, COLD)
    line.step(1, HOT)
    assert line.step(2, {**HOT, "S401.Door": 0.0})[:2] == ["unacked ended suppressed", "no_action ended suppressed"]
    assert line.step(3, HOT)[:2] == ["unacked started", "no_action started"]


def test_a_latched_alarm_that_returned_escalates_no_more() -> None:
    line = Line(latching=True)
    line.step(0, COLD)
    line.step(1, HOT)
    assert line.step(2, COLD)[:2] == ["unacked ended returned", "no_action ended returned"]
    assert line.run(300, COLD) == []
    assert line.step(301, COLD, command("alarm.ack", alarms=["HOT"]), command("alarm.reset", alarms=["HOT"])) == []


def test_a_re_alarm_escalates_anew() -> None:
    line = Line(re_alarm_s=100.0)
    line.step(0, COLD)
    line.step(1, HOT)
    line.step(2, HOT, command("alarm.ack", alarms=["HOT"]), command("alarm.comment", "HOT", text="вижу"))
    said = line.run(105, HOT)
    assert said[:3] == ["102 unacked started", "102 no_action started", "102 unacked step 1"]


def test_silence_and_the_next_step() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    assert line.step(5, HOT, command("alarm.silence")) == ["Site.Horn=0"]
    assert line.run(70, HOT) == ["61 unacked step 2", "61 Site.Horn=1"]


def test_a_call_and_its_way() -> None:
    line = Line()
    line.step(0, COLD)
    line.step(1, HOT)
    create = command("call.create", "S401", service="repair", reason={"ru": "перегрев", "en": "overheating"})
    assert line.step(2, HOT, create) == ["unaccepted started", "no_action ended action"]
    assert line.step(3, HOT, create) == ["refused call.create"]
    assert line.step(30, HOT, command("call.accept", "call-1")) == ["unaccepted ended accepted", "not_on_site started"]
    assert line.step(300, HOT, command("alarm.ack", alarms=["HOT"]))[0] == "unacked ended acked"
    assert line.run(931, HOT) == ["930 not_on_site step 1", "930 N1 lead told"]
    assert line.step(1000, HOT, command("call.arrive", "call-1")) == ["not_on_site ended arrived"]
    assert line.step(1100, HOT, command("call.close", "call-1", note="заменён клапан")) == []


def test_a_restart_at_any_moment_changes_nothing() -> None:
    """The same shift with and without a restart before every scan says the same and lights the same."""
    script: list[tuple[float, Mapping[str, float], tuple[Command, ...]]] = [
        (0, COLD, ()), (1, HOT, ()), (61, HOT, ()), (100, HOT, (command("alarm.silence"),)), (121, HOT, ()),
        (150, HOT, (command("call.create", "S402", service="quality", reason="x"),)), (181, HOT, ()), (301, HOT, ()),
        (302, HOT, (result("N3", 1, False),)), (320, HOT, (command("alarm.shelve", alarms=["HOT"], minutes=60),)),
        (700, HOT, (command("call.accept", "call-1"),)), (800, HOT, (command("alarm.unshelve", alarms=["HOT"]),)),
        (801, HOT, (result("N3", 2, True),)), (900, HOT, (command("alarm.ack", alarms=["HOT"]),)), (1700, HOT, ()),
        (2000, COLD, (command("call.close", "call-1"),)),
    ]  # fmt: skip
    plain, restarted = Line(), Line()
    for at_s, values, commands in script:
        restarted.restart()
        said = restarted.step(at_s, values, *(replace(c, target=restarted.real(c.target)) for c in commands))
        assert plain.step(at_s, values, *commands) == [restarted.ordinal(line) for line in said], at_s
        assert plain.lit() == restarted.lit()
        assert plain.views == json.loads(restarted.ordinal(json.dumps(restarted.views)))
    assert plain.views["escalation"]["runs"] == []
