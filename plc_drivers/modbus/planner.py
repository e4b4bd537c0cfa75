"""Block planner: which registers to ask for together, so that a scan costs few requests. Pure and sorted: O(n log n).

Reading a few unused registers is cheaper than a second request, so gaps up to ``max_gap`` are filled. A run is closed only
when the next item is too far away or would not fit; since every part of a legal block is a legal block, this greedy choice
needs the fewest requests possible (never more than grouping contiguous items only).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plc_drivers.modbus.codec import BIT_TABLES, Table

MAX_REGISTERS: Final = 125
"""MODBUS Application Protocol V1.1b3 §6.3."""

MAX_BITS: Final = 2000
"""MODBUS Application Protocol V1.1b3 §6.1."""

BITS_PER_REGISTER: Final = 16


@dataclass(frozen=True, order=True)
class Span:
    """A wanted item that must arrive in one answer: ``count`` registers (bits in the bit tables) from ``start``."""

    table: Table
    start: int
    count: int = 1

    @property
    def end(self) -> int:
        """First address after the item."""
        return self.start + self.count

    def __str__(self) -> str:
        return f"{self.table}:{self.start}" if self.count == 1 else f"{self.table}:{self.start}-{self.end - 1}"


@dataclass(frozen=True)
class ReadBlock:
    """One request: ``count`` registers or bits from ``start``; ``spans`` are the wanted items in it, ascending."""

    table: Table
    start: int
    count: int
    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return f"{self.table}:{self.start}+{self.count}"


@dataclass(frozen=True)
class PlanCost:
    """What a plan costs: requests, registers and bits read, and how many of them are wanted."""

    requests: int
    registers_read: int
    registers_wanted: int
    bits_read: int
    bits_wanted: int


def plan_blocks(
    wanted: Iterable[Span], max_gap: int, max_registers: int = MAX_REGISTERS, max_bits: int = MAX_BITS
) -> list[ReadBlock]:
    """The fewest blocks that cover every wanted span whole. ``max_gap`` is in registers; in the bit tables as many bytes.

    Raises ValueError for a span that no block can hold, or a negative gap.
    """
    if max_gap < 0:
        raise ValueError(f"max_gap is {max_gap}")
    blocks: list[ReadBlock] = []
    run: list[Span] = []
    end = 0
    for span in sorted(set(wanted)):
        in_bits = span.table in BIT_TABLES
        limit = max_bits if in_bits else max_registers
        gap_limit = max_gap * BITS_PER_REGISTER if in_bits else max_gap
        if not 1 <= span.count <= limit:
            raise ValueError(f"{span} does not fit a block of {limit}")
        joins = run and run[0].table is span.table and span.start - end <= gap_limit and span.end - run[0].start <= limit
        if joins:
            run.append(span)
            end = max(end, span.end)
        else:
            if run:
                blocks.append(block_of(run))
            run, end = [span], span.end
    if run:
        blocks.append(block_of(run))
    return blocks


def block_of(spans: Sequence[Span]) -> ReadBlock:
    """The smallest block around ``spans`` (ascending, of one table)."""
    start = spans[0].start
    return ReadBlock(spans[0].table, start, max(s.end for s in spans) - start, tuple(spans))


def split_block(block: ReadBlock) -> tuple[ReadBlock, ReadBlock]:
    """Two blocks instead of one that the device refused: apart at the widest gap, in the middle when there is none.

    Raises ValueError for a block of a single span.
    """
    spans = block.spans
    if len(spans) < 2:
        raise ValueError(f"{block} holds one item only")
    end = spans[0].end
    widest, at = 0, 0
    for position, span in enumerate(spans[1:], start=1):
        if span.start - end > widest:
            widest, at = span.start - end, position
        end = max(end, span.end)
    at = at or len(spans) // 2
    return block_of(spans[:at]), block_of(spans[at:])


def explain(plan: Iterable[ReadBlock]) -> PlanCost:
    """What the plan costs per scan."""
    requests = 0
    read = {True: 0, False: 0}
    wanted = {True: 0, False: 0}
    for block in plan:
        in_bits = block.table in BIT_TABLES
        requests += 1
        read[in_bits] += block.count
        end = block.start
        for span in block.spans:
            wanted[in_bits] += max(0, span.end - max(span.start, end))
            end = max(end, span.end)
    return PlanCost(requests, read[False], wanted[False], read[True], wanted[True])
