"""Block planner: covers exactly, keeps the limits, and needs the fewest requests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plc_drivers.modbus.codec import BIT_TABLES, Table
from plc_drivers.modbus.planner import ReadBlock, Span, block_of, explain, plan_blocks, split_block

SPANS = st.builds(Span, st.sampled_from(Table), st.integers(0, 600), st.sampled_from([1, 1, 1, 2, 4]))
WANTED = st.lists(SPANS, max_size=60)


def check_cover(blocks: list[ReadBlock], wanted: list[Span]) -> None:
    held = [s for b in blocks for s in b.spans]
    assert sorted(held) == sorted(set(wanted))
    for block in blocks:
        assert block.start == min(s.start for s in block.spans)
        assert block.start + block.count == max(s.end for s in block.spans)
        assert all(s.table is block.table for s in block.spans)


@given(WANTED, st.integers(0, 40), st.integers(4, 125), st.integers(4, 200))
def test_every_item_is_in_exactly_one_block_within_the_limits(
    wanted: list[Span], max_gap: int, max_registers: int, max_bits: int
) -> None:
    blocks = plan_blocks(wanted, max_gap, max_registers, max_bits)
    check_cover(blocks, wanted)
    for block in blocks:
        in_bits = block.table in BIT_TABLES
        assert block.count <= (max_bits if in_bits else max_registers)
        end = block.start
        for span in block.spans:
            assert span.start - end <= max_gap * (16 if in_bits else 1)
            end = max(end, span.end)


@given(WANTED, st.integers(0, 40))
def test_never_more_requests_than_contiguous_grouping(wanted: list[Span], max_gap: int) -> None:
    assert len(plan_blocks(wanted, max_gap, 20, 20)) <= len(plan_blocks(wanted, 0, 20, 20))


def fewest(spans: list[Span], max_gap: int, limit: int) -> int:
    """The least number of blocks by dynamic programming over all ways to cut the sorted items."""
    best = [0] + [len(spans)] * len(spans)
    for upto in range(1, len(spans) + 1):
        for start in range(upto):
            run = spans[start:upto]
            end, legal = run[0].end, True
            for span in run[1:]:
                legal = legal and span.start - end <= max_gap
                end = max(end, span.end)
            if legal and end - run[0].start <= limit:
                best[upto] = min(best[upto], best[start] + 1)
    return best[-1]


@given(
    st.lists(st.builds(Span, st.just(Table.INPUT), st.integers(0, 40), st.sampled_from([1, 2, 4])), max_size=9),
    st.integers(0, 6),
    st.integers(4, 16),
)
def test_the_plan_has_the_fewest_requests_possible(wanted: list[Span], max_gap: int, limit: int) -> None:
    assert len(plan_blocks(wanted, max_gap, limit)) == fewest(sorted(set(wanted)), max_gap, limit)


@given(st.lists(SPANS, min_size=2, max_size=30))
def test_splitting_to_the_end_keeps_every_item(wanted: list[Span]) -> None:
    queue = plan_blocks(wanted, 40)
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
    cost = explain(plan_blocks(wanted, 16))
    assert (cost.requests, cost.registers_read, cost.registers_wanted) == (2, 11, 3)
    assert (cost.bits_read, cost.bits_wanted) == (1, 1)


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(ValueError):
        plan_blocks([Span(Table.INPUT, 0, 4)], 0, max_registers=3)
    with pytest.raises(ValueError):
        plan_blocks([], -1)


def test_ten_thousand_items_are_planned_at_once() -> None:
    wanted = [Span(Table.INPUT, i * 6, 2) for i in range(10_000)]
    blocks = plan_blocks(wanted, 16)
    assert len(blocks) == 10_000 // 21 + 1
