"""What is a real event and what a change makes of it: scripts of marks and excursions, each verdict checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.replay import Excursion, excursions
from alarms.table import AlarmDef, AlarmKind, compile_table
from alarms.whatif import Comparison, Outcome, Place, RealEvent, Why, compare, evidence, real_events
from line.documents import Text
from line.messages import Event, Json
from line.recording import FAULT_MARK
from line.tags import TagTable
from tests.builders import T0_NS, S, tag

TEXT = Text(ru="т", en="t")
END_NS = T0_NS + 100_000 * S
TAGS = TagTable([
    tag("S401.Temp", 0, device="plc2"), tag("S401.Core", 1, device="plc2"), tag("S402.Temp", 2, device="plc2"),
    tag("G101.Temp", 3, device="plc1"), tag("Util.Steam", 4, device="plc2"), tag("Link.plc1.Up", 5, device="engine"),
    tag("PLC1.Cycle", 6, device="plc1"),
])  # fmt: skip
PLACE = Place(TAGS, {"S401": "plc2", "S402": "plc2", "G101": "plc1"})


def alarm(name: str, *, on_delay_s: float = 0.0, response_time_s: float = 600.0, alarm_id: str = "") -> AlarmDef:
    handle = TAGS.handle(name)
    unit = name.split(".", 1)[0]
    return AlarmDef(
        alarm_id or f"{name}.high", name, handle, AlarmKind.HIGH, 10.0, 0.0, on_delay_s, 0.0, 2, False,
        unit if unit in PLACE.device_of else "", "", "", TEXT, TEXT, TEXT, TEXT, response_time_s,
    )  # fmt: skip


HOT = alarm("S401.Temp")


def at(seconds: float) -> int:
    return T0_NS + round(seconds * S)


def stay(begin_s: float, end_s: float, what: AlarmDef = HOT) -> Excursion:
    return Excursion(what, at(begin_s), at(end_s))


def fault(begin_s: float, end_s: float | None, name: str = "freeze", target: str = "S401.Core", *, nuisance: bool = False,
          ) -> list[Event]:  # fmt: skip
    unit = target.split(".", 1)[0]
    marks = [Event(0, at(begin_s), FAULT_MARK, target, unit, "", {"what": "began", "name": name, "nuisance": nuisance})]
    if end_s is not None:
        marks.append(Event(0, at(end_s), FAULT_MARK, target, unit, "", {"what": "ended", "name": name, "nuisance": nuisance}))
    return marks


def done(seconds: float, kind: str, target: str, status: str = "accepted") -> Event:
    data: dict[str, Json] = {"id": "c1", "kind": kind, "target": target, "status": status, "user": "ivanov"}
    return Event(0, at(seconds), "command", "ivanov", "", "", data)


def batch(seconds: float, to: str, unit: str = "S401") -> Event:
    return Event(0, at(seconds), "batch", "B7", unit, "B7", {"what": "state", "from": "running", "to": to})


def real(marks: Sequence[Event], *stays: Excursion) -> list[RealEvent]:
    return real_events(stays, evidence(marks, END_NS), PLACE)


def judged(marks: Sequence[Event], before: Sequence[Excursion], after: Sequence[Excursion]) -> Comparison:
    counts = (Counter(e.alarm.id for e in before), Counter(e.alarm.id for e in after))
    return compare(before, after, evidence(marks, END_NS), PLACE, counts)


# What makes an alarm a real event


def test_a_short_alarm_of_which_nothing_is_known_is_none() -> None:
    assert real([], stay(10, 40)) == []


def test_in_the_time_of_a_fault_at_its_unit() -> None:
    (event,) = real(fault(0, 60), stay(10, 40))
    assert (event.why, event.because) == (Why.FAULT, "fault freeze at S401.Core")
    assert event.until_ns == at(360), "a later annunciation tells of it while the fault and its aftermath last"


def test_not_in_the_time_of_a_fault_elsewhere_nor_before_or_long_after_one() -> None:
    marks = [*fault(100, 160), *fault(0, 1000, target="G101.Temp")]
    assert real(marks, stay(10, 40), stay(500, 540)) == []


def test_the_onset_counts_and_not_the_annunciation() -> None:
    slow = alarm("S401.Temp", on_delay_s=300)
    assert real(fault(0, 60), stay(310, 400, slow))
    assert not real(fault(400, 460), stay(410, 450, slow)), "it began to stand before the fault"


def test_what_begins_in_the_aftermath_of_a_fault_is_of_it() -> None:
    assert real(fault(0, 60), stay(359, 400))
    assert not real(fault(0, 60), stay(361, 400))


def test_a_fault_that_was_never_cleared_lasts_to_the_end() -> None:
    assert real(fault(0, None), stay(50_000, 50_010))


def test_an_alarm_that_chatters_through_a_fault_is_one_event() -> None:
    assert len(real(fault(0, 60), stay(10, 12), stay(14, 16), stay(18, 20))) == 1
    assert len(real(fault(0, 60), stay(10, 12), stay(14, 16, alarm("S401.Core")))) == 2


def test_a_second_fault_is_a_second_event() -> None:
    assert len(real([*fault(0, 60), *fault(1000, 1060)], stay(10, 12), stay(1010, 1012))) == 2


@pytest.mark.parametrize(("target", "reached"), [
    ("S401.Core", {"S401.Temp"}),
    ("S401", {"S401.Temp"}),
    ("plc1", {"G101.Temp", "Link.plc1.Up", "PLC1.Cycle"}),
    ("plc2", {"S401.Temp", "S402.Temp", "Util.Steam"}),
    ("Util.Steam", {"Util.Steam"}),
    ("Util", {"S401.Temp", "S402.Temp", "G101.Temp", "Util.Steam", "Link.plc1.Up", "PLC1.Cycle"}),
])  # fmt: skip
def test_what_a_fault_concerns(target: str, reached: set[str]) -> None:
    names = ("S401.Temp", "S402.Temp", "G101.Temp", "Util.Steam", "Link.plc1.Up", "PLC1.Cycle")
    assert {n for n in names if PLACE.concerns(target, alarm(n))} == reached


def test_a_nuisance_is_no_reason_and_takes_others_away_from_its_own_tag() -> None:
    noise = fault(0, 60, "noise", "S401.Temp", nuisance=True)
    command = done(15, "unit.command", "S401")
    core = alarm("S401.Core")
    assert [e.excursion.alarm.id for e in real([*noise, command], stay(10, 40), stay(10, 40, core))] == ["S401.Core.high"]
    assert real([*noise, done(115, "unit.command", "S401")], stay(110, 140)), "the noise is over"


@pytest.mark.parametrize("mark", [
    done(20, "unit.command", "S401"), done(20, "unit.mode", "S401"), done(20, "tag.write", "S401.Temp"),
    done(20, "call.create", "S401"), done(20, "alarm.comment", "S401.Temp.high"),
])  # fmt: skip
def test_a_command_of_a_person_while_it_stood(mark: Event) -> None:
    (event,) = real([mark], stay(10, 40))
    assert event.why is Why.ACTION
    assert "ivanov" in event.because
    assert real([mark], stay(21, 40)) == real([mark], stay(1, 19)) == []


def test_a_command_to_the_batch_means_the_unit_in_which_it_is() -> None:
    marks = [batch(1, "running"), done(20, "batch.command", "B7")]
    assert [e.why for e in real(marks, stay(10, 40))] == [Why.ACTION]
    moved = [batch(1, "running"), batch(5, "running", "S402"), done(20, "batch.command", "B7")]
    assert real(moved, stay(10, 40)) == []


@pytest.mark.parametrize("mark", [
    done(20, "alarm.ack", ""), done(20, "alarm.silence", ""), done(20, "unit.command", "S402"), done(20, "batch.create", "ham"),
    done(20, "unit.command", "S401", "refused"), done(20, "unit.command", "S401", "received"), batch(20, "running"),
])  # fmt: skip
def test_what_is_no_action(mark: Event) -> None:
    assert real([mark], stay(10, 40)) == []


def test_a_hold_of_its_unit_while_its_condition_stood() -> None:
    late = alarm("S401.Temp", on_delay_s=15)
    (event,) = real([batch(5, "held")], stay(20, 40, late))
    assert (event.why, event.because) == (Why.HOLD, "B7 was held")
    unit = Event(0, at(5), "unit", "S401", "S401", "", {"what": "state", "from": "holding", "to": "held"})
    assert [e.why for e in real([unit], stay(1, 40))] == [Why.HOLD]


def test_one_that_stood_as_long_as_there_was_to_respond_and_one_that_went_stale() -> None:
    assert [e.why for e in real([], stay(0, 600))] == [Why.STOOD]
    assert real([], stay(0, 599)) == []
    assert real([], stay(0, 24 * 3600 + 1)) == []


def test_a_plant_wide_alarm_has_no_unit_that_a_deed_could_mean() -> None:
    assert real([done(20, "unit.command", "")], stay(10, 40, alarm("Util.Steam"))) == []


# What the change makes of it

SCRIPTS: list[tuple[str, list[Excursion], Outcome, float | None]] = [
    ("unchanged", [stay(100, 140)], Outcome.SAME, 0.0),
    ("a longer delay", [stay(130, 140)], Outcome.LATER, 30.0),
    ("a lower limit", [stay(90, 150)], Outcome.EARLIER, -10.0),
    ("a higher limit", [], Outcome.MISSED, None),
    ("only after the fault and its aftermath", [stay(2000, 2010)], Outcome.MISSED, None),
    ("it went before this one came", [stay(10, 50)], Outcome.MISSED, None),
    ("it chattered into one long alarm shortly before", [stay(20, 150)], Outcome.EARLIER, -80.0),
    ("it stands all day", [stay(-5000, 9000)], Outcome.STOOD_ALREADY, -5100.0),
    ("the first of several", [stay(120, 125), stay(128, 140)], Outcome.LATER, 20.0),
]


@pytest.mark.parametrize(("after", "outcome", "later_s"), [s[1:] for s in SCRIPTS], ids=[s[0] for s in SCRIPTS])
def test_what_becomes_of_an_event(after: list[Excursion], outcome: Outcome, later_s: float | None) -> None:
    found = judged(fault(95, 140), [stay(100, 140)], after)
    (verdict,) = found.verdicts
    assert (verdict.outcome, verdict.later_s) == (outcome, later_s)
    assert verdict.warns == (outcome in (Outcome.MISSED, Outcome.STOOD_ALREADY))


def test_later_than_there_is_to_respond_is_too_late() -> None:
    found = judged(fault(0, 2000), [stay(100, 1500)], [stay(701, 1500)])
    assert [(v.outcome, v.too_late, v.warns) for v in found.verdicts] == [(Outcome.LATER, True, True)]
    found = judged(fault(0, 2000), [stay(100, 1500)], [stay(699, 1500)])
    assert not found.verdicts[0].warns


def test_a_delay_that_outlasts_the_alarm_of_before_is_still_of_the_same_event() -> None:
    before, after = stay(100, 140), stay(150, 160, alarm("S401.Temp", on_delay_s=50))
    found = judged([done(120, "unit.command", "S401")], [before], [after])
    assert [v.outcome for v in found.verdicts] == [Outcome.LATER]


def test_a_missed_event_names_the_alarms_that_tell_of_it_all_the_same() -> None:
    other = alarm("S401.Temp", alarm_id="S401.Temp.high_high")
    elsewhere = alarm("S402.Temp")
    found = judged(fault(95, 140), [stay(100, 140)], [stay(105, 130, other), stay(106, 120, elsewhere)])
    assert found.verdicts[0].others == [("S401.Temp.high_high", at(105))]


def test_real_events_that_are_told_only_now() -> None:
    found = judged(fault(95, 140), [], [stay(100, 140)])
    assert found.verdicts == []
    assert [e.excursion for e in found.new_events] == [stay(100, 140)]
    assert judged([], [], [stay(100, 140)]).new_events == [], "a new alarm of which nothing is known is no event"


STAYS = st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 1500)), max_size=6).map(
    lambda spans: [stay(b, b + n) for b, n in sorted(spans)]
)


@given(STAYS, STAYS, st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 600)), max_size=3))
def test_the_same_alarms_lose_nothing_and_every_event_has_one_verdict(
    before: list[Excursion], after: list[Excursion], faults: list[tuple[int, int]]
) -> None:
    marks = sorted((m for i, (b, n) in enumerate(faults) for m in fault(b, b + n, f"f{i}")), key=lambda m: m.time_ns)
    same = judged(marks, before, before)
    assert not any(v.outcome is Outcome.MISSED for v in same.verdicts)
    assert same.new_events == []
    other = judged(marks, before, after)
    assert [v.event for v in other.verdicts] == real(marks, *before)
    assert all((v.after is None) == (v.outcome is Outcome.MISSED) for v in other.verdicts)


# Excursions from events

TABLE = compile_table([HOT], TAGS)


def told(seconds: float, before: str, after: str) -> Event:
    return Event(0, at(seconds), "alarm", HOT.id, "S401", "", {"from": before, "to": after})


EXCURSIONS = [
    ("came and went", [("normal", "unack_active"), ("unack_active", "rtn_unack"), ("rtn_unack", "normal")], [(0, 1)]),
    ("acknowledged", [("normal", "unack_active"), ("unack_active", "acked_active"), ("acked_active", "normal")], [(0, 2)]),
    ("came again unacknowledged", [("normal", "unack_active"), ("unack_active", "rtn_unack"), ("rtn_unack", "unack_active")],
     [(0, 1), (2, None)]),
    ("announced again while it stands", [("normal", "unack_active"), ("unack_active", "acked_active"),
                                         ("acked_active", "unack_active"), ("unack_active", "rtn_unack")], [(0, 3)]),
    ("latched", [("normal", "unack_active"), ("unack_active", "latched_unack")], [(0, 1)]),
    ("suppressed while it stands", [("normal", "unack_active"), ("unack_active", "suppressed"), ("suppressed", "unack_active")],
     [(0, 1), (2, None)]),
    ("never came", [("normal", "suppressed"), ("suppressed", "normal")], []),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "spans"), [e[1:] for e in EXCURSIONS], ids=[e[0] for e in EXCURSIONS])
def test_excursions(steps: list[tuple[str, str]], spans: list[tuple[int, int | None]]) -> None:
    found = excursions([told(i, *step) for i, step in enumerate(steps)], TABLE, END_NS)
    assert [(e.began_ns, e.ended_ns, e.open) for e in found] == [
        (at(b), END_NS if e is None else at(e), e is None) for b, e in spans
    ]
