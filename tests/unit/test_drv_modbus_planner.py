"""Block planner: covers exactly, keeps the limits, is the cheapest of all ways to cut, and spreads slow groups over the scans."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plc_drivers.modbus.address import BIT_TABLES, Table
from plc_drivers.modbus.planner import (
    PlanCosts,
    PlannedBlock,
    ReadBlock,
    Span,
    block_of,
    explain,
    gaps_of,
    parse_forbidden,
    plan_blocks,
    plan_groups,
    split_block,
)

SPANS = st.builds(Span, st.sampled_from(Table), st.integers(0, 600), st.sampled_from([1, 1, 1, 2, 4, 10]))
WANTED = st.lists(SPANS, max_size=60)
BARS = st.lists(st.builds(Span, st.sampled_from(Table), st.integers(0, 600), st.integers(1, 30)), max_size=4).map(tuple)
COSTS = st.builds(PlanCosts, st.integers(0, 150), st.integers(10, 125), st.integers(16, 200), BARS)


def possible(wanted: Sequence[Span], costs: PlanCosts) -> list[Span]:
    return [s for s in wanted if not costs.fault(s)]


def check_cover(blocks: Sequence[ReadBlock], wanted: Sequence[Span]) -> None:
    held = [s for b in blocks for s in b.spans]
    assert sorted(held) == sorted(set(wanted))
    for block in blocks:
        assert block.spans == tuple(sorted(block.spans))
        assert block.start == min(s.start for s in block.spans)
        assert block.end == max(s.end for s in block.spans)
        assert all(s.table is block.table for s in block.spans)


def check_limits(block: ReadBlock, costs: PlanCosts) -> None:
    assert block.count <= (costs.max_bits if block.table in BIT_TABLES else costs.max_registers)
    taken = {(block.table, a) for a in range(block.start, block.end)}
    assert not taken & {(f.table, a) for f in costs.forbidden for a in range(f.start, f.end)}


@given(WANTED, COSTS)
def test_every_item_is_in_exactly_one_block_within_the_limits(wanted: list[Span], costs: PlanCosts) -> None:
    wanted = possible(wanted, costs)
    blocks = plan_blocks(wanted, costs)
    check_cover(blocks, wanted)
    for block in blocks:
        check_limits(block, costs)
    assert blocks == plan_blocks(wanted[::-1], costs)


@given(WANTED, COSTS)
def test_never_dearer_than_contiguous_grouping_or_single_items(wanted: list[Span], costs: PlanCosts) -> None:
    wanted = possible(wanted, costs)
    cost = sum(costs.of_block(b) for b in plan_blocks(wanted, costs))
    runs = plan_blocks(wanted, PlanCosts(0, costs.max_registers, costs.max_bits, costs.forbidden))
    assert all(not gaps_of(b) for b in runs)
    assert cost <= sum(costs.of_block(b) for b in runs)
    assert cost <= sum(costs.of_block(block_of([s])) for s in set(wanted))


def partitions(items: Sequence[Span]) -> Iterator[list[list[Span]]]:
    """All ways to put the items into groups, neighbours or not."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for groups in partitions(rest):
        yield [[first], *groups]
        for i, group in enumerate(groups):
            yield [*groups[:i], [first, *group], *groups[i + 1 :]]


def legal(block: ReadBlock, costs: PlanCosts) -> bool:
    try:
        check_limits(block, costs)
    except AssertionError:
        return False
    return True


@st.composite
def small_maps(draw: st.DrawFn) -> tuple[list[Span], PlanCosts]:
    """Up to six items, nested and overlapping ones among them, in one table, and tight limits."""
    table = draw(st.sampled_from([Table.INPUT, Table.COIL]))
    item = st.builds(Span, st.just(table), st.integers(0, 40), st.sampled_from([1, 2, 4, 9]))
    bars = st.lists(st.builds(Span, st.just(table), st.integers(0, 45), st.integers(1, 3)), max_size=2).map(tuple)
    limit = draw(st.integers(9, 30))
    costs = PlanCosts(draw(st.integers(0, 12)), limit, max(16, limit), draw(bars))
    return possible(sorted(draw(st.sets(item, max_size=6))), costs), costs


@given(small_maps())
def test_the_plan_is_the_cheapest_of_all(case: tuple[list[Span], PlanCosts]) -> None:
    wanted, costs = case
    ways = [[block_of(group) for group in groups] for groups in partitions(wanted)]
    cheapest = min((sum(map(costs.of_block, w)), len(w)) for w in ways if all(legal(b, costs) for b in w))
    plan = plan_blocks(wanted, costs)
    assert (sum(map(costs.of_block, plan)), len(plan)) == cheapest


def test_a_gap_is_filled_up_to_the_cost_of_a_request() -> None:
    for request_cost, blocks in ((8, ["ir:0+12"]), (7, ["ir:0+2", "ir:10+2"])):
        assert [
            str(b) for b in plan_blocks([Span(Table.INPUT, 0, 2), Span(Table.INPUT, 10, 2)], PlanCosts(request_cost))
        ] == blocks
    # sixteen bits cost what a register costs
    for request_cost, count in ((2, 1), (1, 2)):
        assert len(plan_blocks([Span(Table.COIL, 0), Span(Table.COIL, 33)], PlanCosts(request_cost))) == count


def test_filling_each_block_to_the_limit_would_be_dearer() -> None:
    """As many requests, but nine registers of a gap that need not be read."""
    wanted = [Span(Table.INPUT, a, 1) for a in (0, 10, 11, 12)]
    assert [str(b) for b in plan_blocks(wanted, PlanCosts(20, max_registers=11))] == ["ir:0+1", "ir:10+3"]


def test_blocks_do_not_touch_what_is_forbidden() -> None:
    costs = PlanCosts(100, forbidden=(parse_forbidden("hr:4-6"), parse_forbidden("ir:2")))
    wanted = [Span(Table.HOLDING, a) for a in (0, 3, 7, 9)] + [Span(Table.INPUT, 1), Span(Table.INPUT, 3)]
    assert [str(b) for b in plan_blocks(wanted, costs)] == ["hr:0+4", "hr:7+3", "ir:1+1", "ir:3+1"]
    with pytest.raises(ValueError) as caught:
        plan_blocks([Span(Table.HOLDING, 3, 2)], costs)
    assert str(caught.value) == "hr:3-4 lies in the forbidden range hr:4-6"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("hr:200-299", Span(Table.HOLDING, 200, 100)),
        ("di:7", Span(Table.DISCRETE, 7, 1)),
        ("ir:0-65535", Span(Table.INPUT, 0, 65536)),
    ],
)
def test_forbidden_ranges_are_read(text: str, span: Span) -> None:
    assert parse_forbidden(text) == span
    assert str(span) == text


@pytest.mark.parametrize(
    "text", ["", "hr", "hr:", "hr:5-", "hr:5-4", "hr:-5", "xx:1-2", "hr:1-65536", "hr:1-2-3", "hr:1:float32", "4:1"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_forbidden(text)
    assert text in str(caught.value)


# Poll groups

GROUPS = st.dictionaries(st.sampled_from([1, 2, 3, 5, 10, 36_000]), WANTED, max_size=4)


def due(plan: Sequence[PlannedBlock], scan: int) -> list[ReadBlock]:
    return [p.block for p in plan if p.due(scan)]


@given(GROUPS, COSTS, st.randoms(use_true_random=False))
def test_every_item_of_every_group_is_read_often_enough(
    wanted: dict[int, list[Span]], costs: PlanCosts, rng: random.Random
) -> None:
    wanted = {every: possible(spans, costs) for every, spans in wanted.items()}
    plan = plan_groups(wanted, costs)
    check_cover([p.block for p in plan], [s for spans in wanted.values() for s in spans])
    every_of = {s: p.every for p in plan for s in p.block.spans}
    for every, spans in wanted.items():
        assert all(every_of[s] <= every for s in spans)
    for p in plan:
        check_limits(p.block, costs)
        assert 0 <= p.phase < p.every
        # nothing is asked for by itself that a faster block brings anyway
        assert not [f for f in plan if f.every < p.every and any(f.block.start <= s.start and s.end <= f.block.end
                    and f.block.table is s.table for s in p.block.spans)]  # fmt: skip
    shuffled = [(every, rng.sample(spans, len(spans))) for every, spans in wanted.items()]
    assert plan == plan_groups(dict(rng.sample(shuffled, len(shuffled))), costs)


def test_a_slow_item_rides_along_in_a_fast_block() -> None:
    fast, slow = [Span(Table.INPUT, 0, 2), Span(Table.INPUT, 10, 2)], [Span(Table.INPUT, 4, 2), Span(Table.INPUT, 300, 2)]
    plan = plan_groups({1: fast, 10: slow}, PlanCosts(20))
    assert [(str(p.block), p.every) for p in plan] == [("ir:0+12", 1), ("ir:300+2", 10)]
    assert slow[0] in plan[0].block.spans


@pytest.mark.parametrize(
    "slow", [[Span(Table.INPUT, 0), Span(Table.INPUT, 30)], [Span(Table.INPUT, 10, 13)]], ids=["around", "across"]
)
def test_an_item_rides_in_the_block_that_is_read_most_often(slow: list[Span]) -> None:
    """Both blocks hold 12; that of the slower group begins before that of the faster one, or nearer to 12."""
    rider = Span(Table.INPUT, 12)
    plan = plan_groups({1: [Span(Table.INPUT, 3), Span(Table.INPUT, 20)], 2: slow, 5: [rider]}, PlanCosts(50))
    assert [(p.every, rider in p.block.spans) for p in plan] == [(1, True), (2, False)]


def test_an_item_of_two_groups_belongs_to_the_faster() -> None:
    span = Span(Table.INPUT, 4, 2)
    assert plan_groups({10: [span], 2: [span]}, PlanCosts(20)) == [PlannedBlock(block_of([span]), 2, 0)]


@given(st.lists(st.integers(1, 100), min_size=1, max_size=40), st.integers(2, 12))
def test_the_scans_of_a_slow_group_have_about_the_same_load(lengths: list[int], every: int) -> None:
    costs = PlanCosts(10)
    wanted = [Span(Table.INPUT, 1000 * i, length) for i, length in enumerate(lengths)]
    plan = plan_groups({every: wanted}, costs)
    loads = [sum(map(costs.of_block, due(plan, scan))) for scan in range(every)]
    assert max(loads) - min(loads) <= max(map(costs.of_block, (p.block for p in plan)))
    assert sum(len(due(plan, scan)) for scan in range(every)) == len(plan)


def test_groups_keep_out_of_each_others_way() -> None:
    """Two groups of the same load, one block per scan: no scan gets two of them while another has none."""
    costs = PlanCosts(10)
    blocks = {2: [Span(Table.INPUT, 0)], 4: [Span(Table.INPUT, 1000 + 200 * i) for i in range(2)]}
    plan = plan_groups(blocks, costs)
    assert [len(due(plan, scan)) for scan in range(4)] == [1, 1, 1, 1]


def test_units_of_one_channel_take_turns() -> None:
    """Each has one slow block: by their unit ids they are due in different scans."""
    slow = {1: [Span(Table.HOLDING, 0)], 4: [Span(Table.INPUT, 0)]}
    plans = [p for unit in range(1, 5) for p in plan_groups(slow, PlanCosts(10), unit)]
    assert [len(due(plans, scan)) for scan in range(4)] == [5, 5, 5, 5]
    assert all(p.phase == 0 for p in plans if p.every == 1)


def test_groups_without_a_common_round_are_planned_too() -> None:
    blocks = {every: [Span(Table.INPUT, 200 * every % 60_000 + 150 * i) for i in range(3)] for every in (7, 11, 13, 17, 35_999)}
    assert math.lcm(*blocks) > 72_000
    plan = plan_groups(blocks, PlanCosts(10))
    for every in blocks:
        phases = [p.phase for p in plan if p.every == every]
        assert len(phases) == len(set(phases)) == 3


# What becomes of a block that a device refuses, and what a plan costs


@given(st.lists(SPANS, min_size=2, max_size=30))
def test_splitting_to_the_end_keeps_every_item(wanted: list[Span]) -> None:
    queue = plan_blocks(wanted, PlanCosts(40))
    single: list[ReadBlock] = []
    while queue:
        block = queue.pop()
        if len(block.spans) == 1:
            single.append(block)
        else:
            queue += split_block(block)
    check_cover(single, wanted)


def test_a_block_is_split_at_its_widest_gap() -> None:
    spans = [Span(Table.INPUT, 0, 2), Span(Table.INPUT, 3, 1), Span(Table.INPUT, 10, 2), Span(Table.INPUT, 12, 2)]
    left, right = split_block(block_of(spans))
    assert (str(left), str(right)) == ("ir:0+4", "ir:10+4")
    left, right = split_block(right)
    assert (str(left), str(right)) == ("ir:10+2", "ir:12+2")
    with pytest.raises(ValueError):
        split_block(left)


def test_the_plan_explains_its_cost() -> None:
    wanted = [Span(Table.HOLDING, 0, 2), Span(Table.HOLDING, 1, 1), Span(Table.HOLDING, 10, 1), Span(Table.DISCRETE, 5)]
    plan = plan_blocks(wanted, PlanCosts(16))
    cost = explain(plan)
    assert (cost.requests, cost.registers_read, cost.registers_wanted) == (2, 11, 3)
    assert (cost.bits_read, cost.bits_wanted) == (1, 1)
    assert [gaps_of(b) for b in plan] == [[], [Span(Table.HOLDING, 2, 8)]]
    assert sum(PlanCosts(16).of_block(b) for b in plan) == 16 + 1 / 16 + 16 + 11


@pytest.mark.parametrize("span", [Span(Table.INPUT, 0, 4), Span(Table.COIL, 0, 17), Span(Table.HOLDING, 0, 0)])
def test_what_no_block_can_hold_is_refused(span: Span) -> None:
    with pytest.raises(ValueError):
        plan_blocks([span], PlanCosts(0, max_registers=3, max_bits=16))


def test_twenty_thousand_items_are_planned() -> None:
    """Pairs of registers four apart: a block of 125 holds 21 of them. How fast: ``potok bench planner_vs_contiguous``."""
    wanted = [Span(Table.INPUT, i * 6, 2) for i in range(10_000)] + [Span(Table.HOLDING, i * 6, 2) for i in range(10_000)]
    blocks = plan_blocks(wanted, PlanCosts(16))
    assert len(blocks) == 2 * (10_000 // 21 + 1)
