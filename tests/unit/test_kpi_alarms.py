"""The figures beside the alarm manager itself: what stands, is shelved and was annunciated is the same in both."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.kpi import facts_of
from alarms.kpi_stage import AlarmKpiStage, KpiState
from alarms.states import ACTIVE
from line.messages import Event, JsonObject
from line.stage import Scan
from production.shift import ShiftStage, ShiftTotals
from tests.builders import T0_NS, S, table
from tests.unit.alarm_scripts import Script, alarm, alarm_table, command

TAGS = table("T1", "T2", "T3", "T4")
TABLE = alarm_table(
    [
        alarm("A1", TAGS, "T1", limit=10.0, deadband=1.0, priority=1),
        alarm("B2", TAGS, "T2", limit=10.0, priority=2, latching=True),
        alarm("C3", TAGS, "T3", limit=10.0, re_alarm_s=30.0, auto_ack=True),
        alarm("D4", TAGS, "T4", limit=10.0, priority=4, suppress_when="T1 > 20"),
    ],
    TAGS,
)
IDS = ["A1", "B2", "C3", "D4"]


class Both:
    """Alarm manager, totals and figures over the same scans."""

    def __init__(self) -> None:
        self.script = Script(TABLE, TAGS)
        self.kpi = AlarmKpiStage(TABLE)
        self.state: KpiState = self.kpi.initial()
        self.shift = ShiftStage(ShiftTotals(), TAGS)
        self.totals = self.shift.initial()
        self.told: list[Event] = []
        self.at_s = 0.0
        self.values = dict.fromkeys(("T1", "T2", "T3", "T4"), 0.0)

    def step(self, pause_s: float, **changes: float) -> None:
        self._scan(pause_s, changes, [])

    def order(self, kind: str, alarms: list[str], **args: Any) -> None:
        self._scan(0.25, {}, [command(kind, alarms, role="admin", reason="why", **args)])

    def _scan(self, pause_s: float, changes: dict[str, float], commands: list[Any]) -> None:
        self.at_s += pause_s
        self.values |= changes
        self.script.step(self.at_s, self.values, *commands)
        scan = self.script.scan
        self.told += scan.events
        self.totals = self.shift.step(self.totals, Scan(scan.now_ns, scan.image, events=list(scan.events)))
        self.state = self.kpi.step(self.state, Scan(scan.now_ns, scan.image, events=list(scan.events)))
        self.compare()

    def compare(self) -> None:
        view = self.script.view()
        watch = self.state.watch
        assert watch.standing() == sum(row["state"] in {s.value for s in ACTIVE} for row in view["active"])
        assert watch.shelved() == len(view["shelved"])
        assert watch.recent_count == view["last_10_min"]
        assert self.state.live is not None
        assert self.state.live.total() == self.counted() == sum(f.annunciation for f in facts_of(self.told))

    def counted(self) -> int:
        totals = cast(JsonObject, self.shift.view(self.totals)["totals"])
        return cast(int, totals["alarms"])

    def restart(self) -> None:
        self.script.restart(self.at_s)
        saved = json.loads(json.dumps(self.kpi.save(self.state)))
        self.state = self.kpi.restore(saved, T0_NS + round(self.at_s * S))


CHANGE = st.tuples(
    st.just("value"), st.sampled_from([0.25, 1.0, 20.0, 400.0]), st.sampled_from(list("1234")), st.sampled_from([0.0, 15.0, 25.0])
)
ORDER = st.tuples(
    st.just("order"),
    st.sampled_from(["alarm.ack", "alarm.reset", "alarm.shelve", "alarm.unshelve", "alarm.remove", "alarm.restore"]),
    st.lists(st.sampled_from(IDS), min_size=1, max_size=4, unique=True),
)
STEP = st.one_of(CHANGE, CHANGE, ORDER, st.just(("restart",)))


@settings(max_examples=120, deadline=None)
@given(st.lists(STEP, max_size=40))
def test_figures_say_what_the_alarm_manager_says(steps: list[tuple[Any, ...]]) -> None:
    both = Both()
    both.step(0.25)
    for what, *rest in steps:
        if what == "value":
            both.step(rest[0], **{f"T{rest[1]}": rest[2]})
        elif what == "order":
            extra: dict[str, Any] = {"minutes": 5} if rest[0] == "alarm.shelve" else {}
            extra |= {"work_order": "1042"} if rest[0] == "alarm.remove" else {}
            both.order(rest[0], rest[1], **extra)
        else:
            both.restart()


def test_alarms_that_acknowledge_themselves_have_no_time_to_acknowledge() -> None:
    both = Both()
    both.step(0.25)
    both.step(1.0, T3=15.0)
    both.step(10.0, T3=0.0)
    both.step(60.0, T1=15.0)
    both.order("alarm.ack", ["A1"])
    both.step(60.0)
    live = cast(dict[str, Any], both.kpi.view(both.state))["live"]
    assert (live["alarms"], live["ack"]["count"], live["ack"]["median_s"]) == (2, 1, 0.25)


def test_events_of_the_alarm_manager_bring_what_figures_need() -> None:
    both = Both()
    both.step(0.25)
    both.step(1.0, T1=15.0)
    (told,) = [e for e in both.told if e.kind == "alarm"]
    assert {"event", "from", "to", "active", "priority"} <= set(told.data)
