"""Block planner: which registers to ask for together, so that a scan costs least. Pure; O(n log n).

The cost of a block is one request plus the registers in it: a few unused registers are cheaper than a second request. The plan
of a device is the cheapest there is in this model (docs/decisions/0011-block-planner.md): items inside another item come along
with it; of the others, in order of their start, a block is always a run, and the best way to read the first j of them is the best
way to read the first i plus one block of the rest. The i that the limits allow move upwards with j, so their minimum is kept in a
monotone queue.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from plc_drivers.modbus.address import ADDRESS_SPACE, BIT_TABLES, Table

MAX_REGISTERS: Final = 125
"""MODBUS Application Protocol V1.1b3 §6.3."""

MAX_BITS: Final = 2000
"""MODBUS Application Protocol V1.1b3 §6.1."""

BITS_PER_REGISTER: Final = 16
_LONGEST_ROUND: Final = 72_000
"""Ticks over which the groups are balanced against one another; a group that does not fit is balanced by itself."""

_FORBIDDEN: Final = re.compile(r"(co|di|ir|hr):(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, order=True)
class Span:
    """``count`` registers (bits in the bit tables) from ``start``. A wanted one must arrive whole in one answer."""

    table: Table
    start: int
    count: int = 1

    @property
    def end(self) -> int:
        """First address after the item."""
        return self.start + self.count

    def meets(self, other: Span) -> bool:
        """True when the two share an address."""
        return self.table is other.table and self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{self.table}:{self.start}" if self.count == 1 else f"{self.table}:{self.start}-{self.end - 1}"


@dataclass(frozen=True)
class PlanCosts:
    """What the planner goes by: ``request_cost`` is the registers that cost as much as one more request; a block has at most
    ``max_registers`` or ``max_bits``, and nothing in ``forbidden`` is ever asked for."""

    request_cost: int
    max_registers: int = MAX_REGISTERS
    max_bits: int = MAX_BITS
    forbidden: tuple[Span, ...] = ()

    def limit(self, table: Table) -> int:
        """The largest block of ``table``."""
        return self.max_bits if table in BIT_TABLES else self.max_registers

    def fault(self, span: Span) -> str:
        """Why no block can hold ``span``; empty when one can."""
        if not 1 <= span.count <= self.limit(span.table):
            return f"{span} takes {span.count} registers, a request may read {self.limit(span.table)}"
        barred = next((f for f in self.forbidden if f.meets(span)), None)
        return "" if barred is None else f"{span} lies in the forbidden range {barred}"

    def of_block(self, block: ReadBlock) -> float:
        """What reading ``block`` costs, in registers."""
        return self.request_cost + block.count / (BITS_PER_REGISTER if block.table in BIT_TABLES else 1)


@dataclass(frozen=True)
class ReadBlock:
    """One request: ``count`` registers or bits from ``start``; ``spans`` are the wanted items in it, ascending."""

    table: Table
    start: int
    count: int
    spans: tuple[Span, ...]

    @property
    def end(self) -> int:
        """First address after the block."""
        return self.start + self.count

    def __str__(self) -> str:
        return f"{self.table}:{self.start}+{self.count}"


@dataclass(frozen=True)
class PlannedBlock:
    """A block that is read in every scan whose number leaves ``phase`` when divided by ``every``."""

    block: ReadBlock
    every: int = 1
    phase: int = 0

    def due(self, scan: int) -> bool:
        """True when the block is read in this scan."""
        return scan % self.every == self.phase


@dataclass(frozen=True)
class PlanCost:
    """What a plan costs: requests, registers and bits read, and how many of them are wanted."""

    requests: int
    registers_read: int
    registers_wanted: int
    bits_read: int
    bits_wanted: int


def parse_forbidden(text: str) -> Span:
    """Read a range such as ``hr:200-299`` (both included). Raises ValueError whose text says what is wrong."""
    match = _FORBIDDEN.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no range of addresses; write e.g. hr:200-299")
    first, last = int(match[2]), int(match[3] or match[2])
    if not first <= last < ADDRESS_SPACE:
        raise ValueError(f"'{text}' is no range within 0 to 65535")
    return Span(Table(match[1]), first, last - first + 1)


def plan_blocks(wanted: Iterable[Span], costs: PlanCosts) -> list[ReadBlock]:
    """The cheapest blocks that cover every wanted span whole, by table and address; of equally cheap plans one with the fewest
    requests. Raises ValueError for a span that no block can hold."""
    spans = sorted(set(wanted), key=lambda s: (s.table, s.start, -s.count))
    for span in spans:
        if fault := costs.fault(span):
            raise ValueError(fault)
    blocks: list[ReadBlock] = []
    for table in Table:
        own = [s for s in spans if s.table is table]
        if own:
            blocks += _plan_table(own, costs)
    return sorted(blocks, key=lambda b: (b.table, b.start))


def _plan_table(spans: Sequence[Span], costs: PlanCosts) -> list[ReadBlock]:
    """``spans`` of one table by start, at the same start the longest first."""
    outer: list[Span] = []
    within: list[list[Span]] = []
    for span in spans:
        if not outer or span.end > outer[-1].end:
            outer.append(span)
            within.append([])
        within[-1].append(span)
    cuts = [*_cheapest_cuts(outer, costs), len(outer)]
    return [block_of([s for held in within[a:b] for s in held]) for a, b in pairwise(cuts)]


def _cheapest_cuts(outer: Sequence[Span], costs: PlanCosts) -> list[int]:
    """Where the blocks of the cheapest plan begin; starts and ends of ``outer`` both ascend.

    Costs are in registers, in the bit tables in bits, so that they are whole numbers; beside each stands its number of requests.
    """
    table = outer[0].table
    limit = costs.limit(table)
    request = costs.request_cost * (BITS_PER_REGISTER if table in BIT_TABLES else 1)
    bars = sorted(f.start for f in costs.forbidden if f.table is table)
    zones = [bisect_left(bars, span.start) for span in outer]
    best: list[tuple[int, int]] = [(0, 0)]
    came_from = [0]
    queue: deque[tuple[tuple[int, int], int]] = deque()  # (cost before the block minus where it starts, requests), first item
    for upto, span in enumerate(outer):
        before, requests = best[upto]
        entry = (before - span.start, requests)
        while queue and queue[-1][0] > entry:
            queue.pop()
        queue.append((entry, upto))
        while span.end - outer[queue[0][1]].start > limit or zones[queue[0][1]] != zones[upto]:
            queue.popleft()
        (base, requests), first = queue[0]
        best.append((base + span.end + request, requests + 1))
        came_from.append(first)
    cuts: list[int] = []
    at = len(outer)
    while at:
        at = came_from[at]
        cuts.append(at)
    return cuts[::-1]


def plan_groups(wanted: Mapping[int, Iterable[Span]], costs: PlanCosts, turn: int = 0) -> list[PlannedBlock]:
    """The blocks of a device whose items are read every so many scans, the keys of ``wanted`` (1 = every scan).

    The faster groups are planned first; an item of a slower one that lies in their blocks rides along and is read as often as
    they are. The blocks of a slower group are spread over its scans so that each costs about the same. In the first scans a
    driver asks for blocks that are not due yet, too, or its slow tags wait for their first value. ``turn`` moves the whole plan
    by so many scans: units of one channel that are given different ones (by their unit ids) do not all have their slow blocks
    in the same scan. The same input gives the same plan. Raises ValueError as :func:`plan_blocks`.
    """
    planned: list[PlannedBlock] = []
    seen: set[Span] = set()
    for every in sorted(wanted):
        spans = set(wanted[every]) - seen
        seen |= spans
        planned, left = _ride_along(planned, spans, costs)
        planned += [PlannedBlock(block, every) for block in plan_blocks(left, costs)]
    return [replace(p, phase=(p.phase + turn) % p.every) for p in _staggered(planned, costs)]


def _ride_along(planned: list[PlannedBlock], spans: Iterable[Span], costs: PlanCosts) -> tuple[list[PlannedBlock], list[Span]]:
    """``planned`` with those of ``spans`` in it that its blocks cover, and the others."""
    order = sorted(range(len(planned)), key=lambda i: (planned[i].block.table, planned[i].block.start))
    riders: dict[int, list[Span]] = {}
    left: list[Span] = []
    for span in sorted(spans):
        host = _host(planned, order, span, costs.limit(span.table))
        if host is None:
            left.append(span)
        else:
            riders.setdefault(host, []).append(span)
    full = [
        replace(p, block=replace(p.block, spans=tuple(sorted((*p.block.spans, *riders[i]))))) if i in riders else p
        for i, p in enumerate(planned)
    ]
    return full, left


def _host(planned: Sequence[PlannedBlock], order: Sequence[int], span: Span, limit: int) -> int | None:
    """The block around ``span`` that is read most often. Blocks of different groups may overlap: one that begins earlier may
    reach farther, though none farther than ``limit``."""
    found: int | None = None
    key = (span.table, span.start)
    at = bisect_right(order, key, key=lambda i: (planned[i].block.table, planned[i].block.start))
    while at:
        at -= 1
        block = planned[order[at]].block
        if block.table is not span.table or span.start - block.start > limit:
            break
        if block.end >= span.end and (found is None or planned[order[at]].every < planned[found].every):
            found = order[at]
    return found


def _staggered(planned: Sequence[PlannedBlock], costs: PlanCosts) -> list[PlannedBlock]:
    """Phases for the blocks: the dearest first, each to the scan that has least to do so far."""
    round_length = 1
    for every in sorted({p.every for p in planned}):
        if math.lcm(round_length, every) <= _LONGEST_ROUND:
            round_length = math.lcm(round_length, every)
    load = np.zeros(round_length)
    loads: dict[int, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    phases = [0] * len(planned)
    for index in sorted(range(len(planned)), key=lambda i: (planned[i].every, -costs.of_block(planned[i].block), i)):
        every = planned[index].every
        own = load if round_length % every == 0 else loads.setdefault(every, np.zeros(every))
        scans = own.reshape(-1, every)
        phases[index] = int(scans.max(axis=0).argmin())
        scans[:, phases[index]] += costs.of_block(planned[index].block)
    return [replace(p, phase=phase) for p, phase in zip(planned, phases, strict=True)]


def block_of(spans: Sequence[Span]) -> ReadBlock:
    """The smallest block around ``spans`` (of one table)."""
    start = min(s.start for s in spans)
    return ReadBlock(spans[0].table, start, max(s.end for s in spans) - start, tuple(sorted(spans)))


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
    """What reading all blocks of the plan once costs."""
    requests = 0
    read = {True: 0, False: 0}
    wanted = {True: 0, False: 0}
    for block in plan:
        in_bits = block.table in BIT_TABLES
        requests += 1
        read[in_bits] += block.count
        wanted[in_bits] += block.count - sum(g.count for g in gaps_of(block))
    return PlanCost(requests, read[False], wanted[False], read[True], wanted[True])


def gaps_of(block: ReadBlock) -> list[Span]:
    """What is read along with ``block`` although nobody wants it."""
    gaps: list[Span] = []
    end = block.start
    for span in block.spans:
        if span.start > end:
            gaps.append(Span(block.table, end, span.start - end))
        end = max(end, span.end)
    return gaps
