"""Figures of the alarm system: each definition of docs/kpi.md as a script, and a plain reckoning on random ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms.draft import AUTO
from alarms.kpi import Watch, fact_of, facts_of
from alarms.kpi_figures import TARGETS, beyond, period_figures, rows
from alarms.kpi_figures import figures as figures_of
from alarms.kpi_tally import CELL_NS, DAY_CELLS, DayTally, PeriodTally
from alarms.states import ALARM_TABLE, AlarmState
from line.clock import NS_PER_S
from tests.unit.kpi_scripts import START_NS, Line, burst, data_of, events, facts, figures

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


def test_nothing_happened_is_told_as_such() -> None:
    told = figures([])
    assert (told["alarms"], told["per_hour"], told["per_10_min"], told["peak_10_min"]) == (0, 0.0, 0.0, 0)
    assert (told["over_10_pct"], told["hours_over_30_pct"], told["floods"], told["flood_pct"]) == (0.0, 0.0, 0, 0.0)
    assert told["top"] == told["chattering"] == told["fleeting"] == told["stale"] == []
    assert told["top_10_pct"] is None
    assert told["by_priority"] == {"1": 0, "2": 0, "3": 0, "4": 0}
    assert set(told["by_priority_pct"].values()) == {None}
    assert told["ack"]["count"] == 0
    assert told["ack"]["median_s"] is told["ack"]["p90_s"] is told["ack"]["max_s"] is None
    assert told["buckets"] == [0] * 7


def test_no_rate_without_ten_minutes_and_no_share_without_a_whole_window() -> None:
    script: list[Line] = [(1.0, "A", "alarm")]
    short = figures(script, hours=599 / 3600)
    assert (short["alarms"], short["per_hour"], short["per_10_min"], short["over_10_pct"]) == (1, None, None, None)
    assert short["hours_over_30_pct"] is None
    ten = figures(script, hours=1 / 6)
    assert (ten["per_hour"], ten["per_10_min"], ten["over_10_pct"], ten["hours_over_30_pct"]) == (6.0, 1.0, 0.0, None)


def test_what_is_an_annunciation() -> None:
    script: list[Line] = [
        (10, "A", "alarm"), (20, "A", "return"), (30, "A", "alarm"), (40, "A", "ack"), (50, "A", "realarm"),
        (60, "A", "shelve"), (70, "A", "return"), (80, "A", "alarm"), (90, "A", "resume_active"), (100, "A", "ack"),
        (110, "A", "return"), (120, "B", "suppress"), (130, "B", "alarm"), (140, "B", "resume_latched"),
    ]  # fmt: skip
    assert figures(script)["top"] == [{"id": "A", "count": 4, "pct": 100.0}]  # not the ones underneath, not of B


def test_rates_and_peak() -> None:
    told = figures([(n * 300.0, f"A{n % 3 + 1}", "alarm") for n in range(3)] + [(HOUR_S - 1, "Z4", "alarm")], hours=2.0)
    assert (told["alarms"], told["per_hour"], told["per_10_min"]) == (4, 2.0, pytest.approx(1 / 3, abs=0.001))
    assert told["peak_10_min"] == 2  # those 600 s apart are no longer within ten minutes
    assert told["buckets"] == [2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]


def test_the_peak_slides() -> None:
    told = figures([*burst(6, at_s=540), *burst(6, at_s=600, name="G")])
    assert told["buckets"][:2] == [6, 6]
    assert told["peak_10_min"] == 12
    assert told["over_10_pct"] == 0.0  # shares count whole windows one after another


def test_what_came_before_the_period_is_not_in_its_peak() -> None:
    told = figures([*burst(9, at_s=590), (601, "Z", "alarm")], from_s=600)
    assert (told["alarms"], told["peak_10_min"]) == (1, 1)


def test_busy_windows_and_hours() -> None:
    script = [*burst(11), *burst(20, at_s=1300, name="G"), *burst(30, at_s=HOUR_S, every_s=10.0, name="H")]
    told = figures(script, hours=3.0)
    assert told["over_10_pct"] == pytest.approx(3 / 18 * 100, abs=0.001)
    assert told["hours_over_30_pct"] == pytest.approx(1 / 3 * 100, abs=0.001)  # 31 in the first; 30 are not over 30


def test_a_flood_begins_with_the_eleventh_and_ends_below_five() -> None:
    told = figures(burst(11, every_s=10.0))
    assert told["floods"] == 1
    # from 100 s, the 11th, until the 5th newest of the 11 at 60 s is ten minutes old
    assert told["flood_pct"] == pytest.approx((660 - 100) / HOUR_S * 100, abs=0.001)


def test_ten_alarms_are_no_flood() -> None:
    told = figures(burst(10))
    assert (told["floods"], told["flood_pct"], told["peak_10_min"]) == (0, 0.0, 10)


def test_a_flood_goes_on_while_alarms_keep_coming() -> None:
    told = figures([*burst(11), *burst(10, at_s=60, every_s=60.0, name="G")])
    assert told["floods"] == 1
    assert told["flood_pct"] == pytest.approx((360 + 600 - 10) / HOUR_S * 100, abs=0.001)  # the 5th newest came at 360 s


def test_a_flood_over_the_beginning_counts_its_time_and_not_itself() -> None:
    told = figures(burst(20, at_s=500), hours=1.0, from_s=600)
    assert told["floods"] == 0
    assert told["flood_pct"] == pytest.approx((515 + 600 - 600) / HOUR_S * 100, abs=0.001)


def test_top_ten() -> None:
    script: list[Line] = []
    for rank in range(12):
        for n in range(12 - rank):
            script += [(n * 200.0 + rank, f"T{rank:02}a3", "alarm"), (n * 200.0 + rank + 100, f"T{rank:02}a3", "return")]
    told = figures(sorted(script))
    assert [t["count"] for t in told["top"]] == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]
    assert told["top"][0] == {"id": "T00a3", "count": 12, "pct": pytest.approx(12 / 78 * 100, abs=0.001)}
    assert told["top_10_pct"] == pytest.approx(75 / 78 * 100, abs=0.001)


def cycles(alarm: str, times: list[float], width_s: float = 8.0) -> list[Line]:
    return [(t + d, alarm, e) for t in times for d, e in ((0.0, "alarm"), (width_s, "return"))]


@pytest.mark.parametrize(
    ("times", "episodes"),
    [
        ([0, 20], 0),
        ([0, 30, 60], 1),  # three within a minute
        ([0, 30, 61], 0),
        ([0, 20, 40, 60, 80, 100, 120], 1),  # goes on and is one episode
        ([0, 20, 40, 101, 121, 141], 2),  # more than a minute of quiet between
        ([0, 20, 40, 100, 120, 140], 1),
    ],
)
def test_chattering(times: list[float], episodes: int) -> None:
    told = figures(cycles("A", times))
    assert told["chattering"] == ([{"id": "A", "episodes": episodes}] if episodes else [])
    assert told["fleeting"] == []


def test_an_alarm_that_is_annunciated_anew_does_not_chatter() -> None:
    script: list[Line] = [(0, "A", "alarm")]
    for n in range(4):
        script += [(1 + n * 10, "A", "ack"), (2 + n * 10, "A", "realarm")]
    assert figures(script)["chattering"] == []


def test_fleeting_returns_within_five_seconds_and_nobody_acknowledged_it() -> None:
    script: list[Line] = [
        (0, "A", "alarm"), (5, "A", "return"), (100, "B", "alarm"), (105.1, "B", "return"),
        (200, "C", "alarm"), (201, "C", "ack"), (202, "C", "return"), (300, "L", "alarm"), (301, "L", "latch"),
        (400, "S", "suppress"), (401, "S", "alarm"), (402, "S", "return"),
    ]  # fmt: skip
    assert figures(script)["fleeting"] == [{"id": "A", "count": 1}, {"id": "L", "count": 1}]


def test_what_repeats_at_once_is_chattering_and_not_fleeting() -> None:
    script = [*cycles("A", [580, 595, 610, 625], 2.0), *cycles("A", [900], 2.0)]
    told = figures(script)
    assert told["chattering"] == [{"id": "A", "episodes": 1}]
    assert told["fleeting"] == [{"id": "A", "count": 1}]  # the one by itself; those over the edge of a cell taken back


def test_stale_stands_for_more_than_a_day() -> None:
    script: list[Line] = [
        (0, "Old", "alarm"), (10, "Old", "ack"), (DAY_S - 1, "Old", "realarm"), (60, "Gone", "alarm"),
        (DAY_S + 600, "Gone", "return"), (100, "Young", "alarm"), (DAY_S + 99, "Young", "return"), (0, "Hid", "alarm"),
        (50, "Hid", "shelve"),
    ]  # fmt: skip
    told = figures(sorted(script, key=lambda line: line[0]), hours=25.0)
    assert [s["id"] for s in told["stale"]] == ["Old", "Gone"]
    assert told["stale"][0]["since_ns"] == START_NS
    assert (told["standing"], told["shelved"]) == (1, 1)


def test_a_stale_alarm_that_ended_before_is_not_told() -> None:
    script: list[Line] = [(0, "A", "alarm"), (DAY_S + 10, "A", "return")]
    assert figures(script, hours=1.0, from_s=DAY_S + 20)["stale"] == []
    assert [s["id"] for s in figures(script, hours=1.0, from_s=DAY_S)["stale"]] == ["A"]


def test_priorities() -> None:
    told = figures([(0, "A1", "alarm"), (1, "B2", "alarm"), (2, "C4", "alarm"), (3, "D4", "alarm")])
    assert told["by_priority"] == {"1": 1, "2": 1, "3": 0, "4": 2}
    assert told["by_priority_pct"] == {"1": 25.0, "2": 25.0, "3": 0.0, "4": 50.0}


def test_time_to_acknowledge_is_from_the_last_annunciation() -> None:
    script: list[Line] = [
        (0, "A1", "alarm"), (10, "A1", "ack"), (100, "A1", "realarm"), (130, "A1", "ack"),  # 10 and 30 s
        (200, "B2", "alarm"), (205, "B2", "return"), (300, "B2", "ack"),  # 100 s: it had returned
        (400, "C2", "alarm"), (410, "C2", "latch"), (1634.5, "C2", "ack"),  # 1234.5 s, told to three digits
    ]  # fmt: skip
    ack = figures(script)["ack"]
    assert (ack["count"], ack["median_s"], ack["p90_s"], ack["max_s"]) == (4, 65.0, 1230.0, 1230.0)
    assert ack["by_priority"]["1"] == {"count": 2, "median_s": 20.0}
    assert ack["by_priority"]["2"] == {"count": 2, "median_s": 665.0}
    assert ack["by_priority"]["3"] == {"count": 0, "median_s": None}


def test_what_acknowledges_itself_is_nobodys_time() -> None:
    told = events([(0, "A1", "alarm"), (10, "A1", "return"), (10, "A1", "ack")])
    data = {**told[2].data, "user": AUTO}
    told[2] = type(told[2])(3, told[2].time_ns, "alarm", "A1", data=data)
    whole: dict[str, Any] = dict(period_figures(Watch(), facts_of(told), START_NS, START_NS + 3600 * NS_PER_S))
    assert whole["ack"]["count"] == 0


def test_ninety_of_a_hundred() -> None:
    script: list[Line] = []
    for n in range(1, 101):
        script += [(n * 1000.0, f"A{n}a3", "alarm"), (n * 1000.0 + n, f"A{n}a3", "ack")]
    ack = figures(script, hours=40.0)["ack"]
    assert (ack["median_s"], ack["p90_s"], ack["max_s"]) == (50.5, 90.0, 100.0)


def test_journals_from_before_the_words_are_read() -> None:
    old = [
        {"from": "normal", "to": "unack_active", "priority": 2},
        {"from": "unack_active", "to": "acked_active", "priority": 2, "user": "ivanova"},
        {"from": "acked_active", "to": "normal", "priority": 2},
    ]
    told = [fact_of(START_NS + n * 20 * NS_PER_S, "A", d) for n, d in enumerate(old)]
    whole: dict[str, Any] = dict(period_figures(Watch(), told, START_NS, START_NS + CELL_NS))
    assert (whole["alarms"], whole["standing"], whole["ack"]["count"], whole["ack"]["median_s"]) == (1, 0, 1, 20.0)


def test_targets_are_those_of_figures() -> None:
    told = figures([])
    assert set(TARGETS) <= set(told)
    assert {n for n, _ in rows(told)} == set(TARGETS) - {"by_priority_pct"}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [("per_hour", 6.0, ""), ("per_hour", 6.1, "target"), ("per_hour", 12.1, "limit"), ("per_hour", None, ""),
     ("chattering", 1.0, "target"), ("alarms", 10_000.0, "")],
)  # fmt: skip
def test_beyond(name: str, value: float | None, what: str) -> None:
    assert beyond(name, value) == what


# Against a plain reckoning

WORDS = ["alarm", "return", "ack", "latch", "reset", "realarm", "shelve", "suppress", "resume_normal", "resume_active"]


@st.composite
def scripts(draw: st.DrawFn) -> list[Line]:
    """Alarms that go through the table at random, in bursts and with long pauses."""
    states: dict[str, AlarmState] = {}
    script: list[Line] = []
    at_s = 0.0
    for _ in range(draw(st.integers(0, 120))):
        at_s += draw(st.sampled_from([0.0, 0.25, 1.0, 3.0, 20.0, 55.0, 240.0, 700.0, 5000.0]))
        alarm = draw(st.sampled_from(["A1", "B2", "C3", "D4", *(f"E{n}a3" for n in range(20))]))
        state = states.get(alarm, AlarmState.NORMAL)
        word = draw(st.sampled_from([w for w in WORDS if w in ALARM_TABLE[state]]))
        states[alarm] = ALARM_TABLE[state][next(e for e in ALARM_TABLE[state] if e == word)]
        script.append((at_s, alarm, word))
    return script


def reckoned(script: list[Line], hours: float) -> dict[str, Any]:
    """Counts, peak, busy windows and floods the slow way."""
    asked = [
        at_s
        for at_s, _, d in data_of(script)
        if d["to"] == "unack_active" and d["from"] != d["to"] and d["event"] in ("alarm", "realarm", "resume_active")
    ]
    end_s = hours * HOUR_S

    def within(at_s: float) -> int:
        return sum(at_s - 600 < t <= at_s for t in asked)

    edges = sorted({*asked, *(t + 600 for t in asked), end_s})
    flood_s, floods, flooding, last_s = 0.0, 0, False, 0.0
    for edge_s in (e for e in edges if e <= end_s):
        flood_s += (edge_s - last_s) * flooding
        last_s = edge_s
        n = within(edge_s)
        if not flooding and n > 10:
            flooding, floods = True, floods + 1
        elif flooding and n < 5:
            flooding = False
    windows = [sum(w * 600 <= t < w * 600 + 600 for t in asked) for w in range(int(end_s // 600))]
    hour = [sum(windows[h : h + 6]) for h in range(0, len(windows) - 5, 6)]
    return {
        "alarms": len(asked),
        "peak_10_min": max((within(t) for t in asked), default=0),
        "floods": floods,
        "flood_pct": round(flood_s / end_s * 100, 3),
        "over_10_pct": round(100 * sum(n > 10 for n in windows) / len(windows), 3),
        "hours_over_30_pct": round(100 * sum(n > 30 for n in hour) / len(hour), 3),
    }


@settings(max_examples=200)
@given(scripts())
def test_counts_agree_with_a_plain_reckoning(script: list[Line]) -> None:
    hours = (int(script[-1][0] // HOUR_S) + 1 if script else 1) + 1.0
    told, plain = figures(script, hours), reckoned(script, hours)
    assert {k: told[k] for k in plain} == pytest.approx(plain, abs=0.002)
    assert sum(told["by_priority"].values()) == told["alarms"]
    if hours <= 23:
        assert sum(told["buckets"]) == told["alarms"]


@settings(max_examples=100)
@given(scripts(), st.integers(1, 7))
def test_a_day_that_rolls_agrees_with_its_last_day_counted_anew(script: list[Line], step: int) -> None:
    watch, day = Watch(START_NS), DayTally.begin(START_NS)
    told = facts(script)
    for n in range(0, len(told), step):
        watch, day = watch.copy(), day.copy()
        watch.fold(told[n : n + step], (day,))
    end_ns = watch.now_ns + 1
    watch.advance(end_ns, (day,))
    rolled: dict[str, Any] = dict(figures_of(day, watch))
    anew: dict[str, Any] = dict(period_figures(Watch(START_NS), told, rolled["from_ns"], end_ns))
    for name in (
        "alarms",
        "per_hour",
        "by_priority",
        "top",
        "floods",
        "flood_pct",
        "over_10_pct",
        "stale",
        "standing",
        "buckets",
    ):
        assert rolled[name] == anew[name], name
    assert rolled["peak_10_min"] >= anew["peak_10_min"]


@given(scripts())
def test_copies_leave_what_they_were_taken_from(script: list[Line]) -> None:
    told = facts(script)
    half = len(told) // 2
    watch, period, day = Watch(START_NS), PeriodTally.begin(START_NS), DayTally.begin(START_NS)
    watch.fold(told[:half], (period, day))
    before = [figures_of(t, watch) for t in (period, day)]
    more = watch.copy()
    more.fold(told[half:], (period.copy(), day.copy()))
    more.forget()
    assert [figures_of(t, watch) for t in (period, day)] == before


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=6), st.integers(0, 400))
def test_ten_minutes_without_alarms_may_be_closed_at_once(busy: list[tuple[int, int]], rest: int) -> None:
    """A leap over many cells counts as a walk through each of them."""
    walked, leapt = PeriodTally.begin(START_NS), PeriodTally.begin(START_NS)
    at_ns = START_NS
    for cells, alarms in [*busy, (rest, 0)]:
        for _ in range(cells):
            at_ns += CELL_NS
            walked.advance(at_ns)
        leapt.advance(at_ns)
        assert leapt == walked
        for tally in (walked, leapt):
            tally.open.priorities[0] += alarms


def test_a_clock_that_was_fifty_years_slow_costs_no_scan() -> None:
    closed = 0

    class Counting(PeriodTally):
        def _close(self) -> None:
            nonlocal closed
            closed += 1
            super()._close()

    begun = PeriodTally.begin(0)
    tally = Counting(begun.from_ns, begun.open, begun.base)
    tally.advance(50 * 365 * DAY_CELLS * CELL_NS)
    assert (closed, tally.windows) == (1, 50 * 365 * DAY_CELLS)
    assert len(tally.buckets()) == DAY_CELLS


def test_a_clock_set_back_moves_nothing_back() -> None:
    watch, period = Watch(START_NS), PeriodTally.begin(START_NS)
    watch.fold(facts([(1000, "A", "alarm")]), (period,))
    watch.fold(facts([(10, "B", "alarm")]), (period,))
    assert watch.now_ns == START_NS + 1000 * NS_PER_S
    assert figures_of(period, watch)["alarms"] == 2
