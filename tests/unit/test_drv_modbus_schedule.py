"""What a poll asks for, without a port: turns on the grid, fairness, holes; whatever the device says, no item gets lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from plc_drivers.modbus.codec import Table
from plc_drivers.modbus.planner import PlanCosts, Span, plan_groups
from plc_drivers.modbus.schedule import HOLE_RECHECK_S, PollBlock, Schedule
from tests.modbus_unit import MS, S

PERIOD_NS = 100 * MS
COSTS = PlanCosts(request_cost=4)


def schedule_of(wanted: dict[int, list[Span]]) -> Schedule:
    planned = plan_groups(wanted, COSTS)
    places: dict[int, dict[Span, slice]] = {}
    for block in planned:
        own = places.setdefault(block.every, {})
        for span in block.block.spans:
            own[span] = slice(len(own), len(own) + 1)
    return Schedule(planned, places, PERIOD_NS)


def holding(*starts: int) -> list[Span]:
    return [Span(Table.HOLDING, start) for start in starts]


def names(blocks: list[PollBlock]) -> list[str]:
    return [str(b) for b in blocks]


def test_everything_is_due_at_first_and_each_group_at_its_turns() -> None:
    schedule = schedule_of({1: holding(0), 4: holding(100, 200), 10: holding(300)})
    turns: dict[str, list[int]] = {}
    for tick in range(41):
        for block in schedule.due(tick * PERIOD_NS + (tick % 3) * 15 * MS):
            turns.setdefault(str(block), []).append(tick)
            schedule.answered(block)
    assert turns["hr:0+1"] == list(range(41))
    for name, every in (("hr:100+1", 4), ("hr:200+1", 4), ("hr:300+1", 10)):
        assert turns[name][0] == 0
        assert set(np.diff(turns[name][1:])) == {every}
    assert turns["hr:100+1"][1:] != turns["hr:200+1"][1:]  # not in the same scan


def test_a_turn_that_was_not_reached_is_made_up_for_and_the_grid_stays() -> None:
    schedule = schedule_of({5: holding(0)})
    [block] = schedule.due(0)
    schedule.answered(block)
    assert schedule.due(4 * PERIOD_NS) == []
    assert names(schedule.due(5 * PERIOD_NS)) == ["hr:0+1"]  # not reached
    [block] = schedule.due(8 * PERIOD_NS)
    schedule.answered(block)
    assert schedule.due(9 * PERIOD_NS) == []
    assert names(schedule.due(10 * PERIOD_NS)) == ["hr:0+1"]


def test_polls_that_are_a_little_late_or_less_late_than_the_first_are_on_the_same_grid() -> None:
    schedule = schedule_of({4: holding(0)})
    turns: list[int] = []
    for tick in range(40):
        for block in schedule.due(tick * PERIOD_NS + (20 if tick in (0, 4, 9, 13, 20) else 0) * MS):
            turns.append(tick)
            schedule.answered(block)
    assert turns == list(range(0, 40, 4))


def test_unreached_blocks_come_first_and_silent_ones_last() -> None:
    schedule = schedule_of({1: holding(0, 100, 200, 300)})
    a, b, c, d = schedule.due(0)
    schedule.unanswered(b, 0)
    schedule.reorder([d], [b])
    assert names(schedule.due(PERIOD_NS)) == names([d, a, c, b])
    schedule.unanswered(b, PERIOD_NS)
    assert names(schedule.due(2 * PERIOD_NS)) == names([d, a, c])
    assert b in schedule.due(PERIOD_NS + S)
    schedule.answered(b)
    assert b in schedule.due(PERIOD_NS + S + PERIOD_NS)


def test_probes_are_small_and_ask_for_another_item_each_time() -> None:
    schedule = schedule_of({1: holding(0, 1, 2, 100)})
    asked = [str(schedule.probe()) for _ in range(3)]
    assert asked == ["hr:0+1", "hr:100+1", "hr:0+1"]
    assert schedule_of({}).probe() is None


WANTED = st.dictionaries(
    st.sampled_from([1, 3, 10]),
    st.lists(st.builds(Span, st.sampled_from([Table.HOLDING, Table.COIL]), st.integers(0, 60), st.integers(1, 4)), max_size=12),
    max_size=3,
)
ANSWERS = st.lists(st.sampled_from(["good", "good", "refused", "silent", "other", "unreached"]), max_size=80)


@settings(max_examples=300, deadline=None)
@given(WANTED, ANSWERS, st.lists(st.integers(1, 700), max_size=20))
def test_every_item_is_in_one_block_or_a_hole_whatever_the_device_says(
    wanted: dict[int, list[Span]], answers: list[str], steps: list[int]
) -> None:
    schedule = schedule_of(wanted)
    items = {span for spans in wanted.values() for span in spans}
    now_ns = 0
    for step in steps:
        now_ns += step * PERIOD_NS
        first: list[PollBlock] = []
        last: list[PollBlock] = []
        queue = schedule.due(now_ns)
        while queue:
            block = queue.pop(0)
            what = answers.pop() if answers else "good"
            if what == "good":
                schedule.answered(block)
            elif what == "refused":
                queue += schedule.refused(block, now_ns)
            elif what == "silent":
                schedule.unanswered(block, now_ns)
                last.append(block)
            elif what == "other":
                schedule.judged(block)
            else:
                first.append(block)
        schedule.reorder(first, last)
        in_blocks = [s for b in schedule.blocks for s in b.spans]
        assert len(in_blocks) == len(set(in_blocks))
        assert set(in_blocks) | schedule.holes == items
    # a device that answers again is read whole again, in a minute or two for each hole
    for _ in range(3 + 2 * len(items)):
        now_ns += int(HOLE_RECHECK_S * S) + PERIOD_NS
        for block in schedule.due(now_ns):
            schedule.answered(block)
    assert schedule.holes == frozenset()
    assert {s for b in schedule.blocks for s in b.spans} == items
    assert len(schedule.blocks) == len(plan_groups(wanted, COSTS))
