"""Requests and cost of a read plan, beside grouping what is contiguous and reading tag by tag; and how long planning takes."""

from __future__ import annotations

import gc
from collections.abc import Sequence

import numpy as np

from benchmarks.figure import Figure, median
from line.clock import NS_PER_MS, perf_counter_ns
from line.devices import ModbusDevice
from plc_drivers.modbus.address import Table
from plc_drivers.modbus.planner import PlanCosts, ReadBlock, Span, block_of, plan_blocks
from plc_drivers.modbus.report import plan_of_device
from potok.linefolder import find_folder, load_line

_SEED = 7
_ITEMS = 500
_COSTS = PlanCosts(100)
"""Of a device on Ethernet, as ``line.yaml`` has it when nothing is written."""


def planner_vs_contiguous(quick: bool = False) -> Figure:
    """Requests of one poll of the shipped line's Modbus device, contiguous-only grouping beside it; random maps as extras."""
    line = load_line(find_folder("sausage"))
    config = line.model.file.devices["plc1"]
    assert isinstance(config, ModbusDevice)
    plan = plan_of_device(config, line.model.tags.of_device("plc1"))
    value, baseline = len(plan.blocks), plan.contiguous_only.requests
    extra = {
        "line_one_per_tag_requests": float(plan.one_per_tag.requests),
        "line_cost_vs_contiguous": round(plan.contiguous_only.cost_per_scan / plan.cost.average, 2),
    }
    maps = 2 if quick else 20
    rng = np.random.default_rng(_SEED)
    for name, spread in (("dense", 2_000), ("middling", 10_000), ("sparse", 60_000)):
        extra |= _compared(name, [_scattered(rng, _ITEMS, spread) for _ in range(maps)])
    extra |= _compared("clustered", [_clustered(rng, _ITEMS) for _ in range(maps)])
    for count in (2_000, 20_000):
        extra[f"plan_ms_{count}"] = round(_planning_ms(_scattered(rng, count, 65_000), 1 if quick else 9), 1)
    tags = sum(map(len, plan.tags.values()))
    about = f"plc1, {tags} tags; {maps} random maps of {_ITEMS} items each, where a request costs 100 registers"
    return Figure("planner_vs_contiguous", value, "requests", baseline, round(baseline / value, 2), about, extra)


def _compared(name: str, maps: Sequence[Sequence[Span]]) -> dict[str, float]:
    """Means over the maps: requests of each way, and how many times dearer the others are than the plan."""
    plans = [plan_blocks(wanted, _COSTS) for wanted in maps]
    runs = [plan_blocks(wanted, PlanCosts(0)) for wanted in maps]
    filled = [_fill_to_the_limit(wanted) for wanted in maps]
    single = [[block_of([span]) for span in set(wanted)] for wanted in maps]
    cost = _cost(plans)
    return {
        f"{name}_requests": round(sum(map(len, plans)) / len(maps), 1),
        f"{name}_contiguous_requests": round(sum(map(len, runs)) / len(maps), 1),
        f"{name}_one_per_tag_requests": round(sum(map(len, single)) / len(maps), 1),
        f"{name}_cost_vs_contiguous": round(_cost(runs) / cost, 2),
        f"{name}_cost_vs_one_per_tag": round(_cost(single) / cost, 2),
        f"{name}_cost_vs_filling": round(_cost(filled) / cost, 4),
    }


def _cost(plans: Sequence[Sequence[ReadBlock]]) -> float:
    return sum(_COSTS.of_block(block) for plan in plans for block in plan)


def _fill_to_the_limit(wanted: Sequence[Span]) -> list[ReadBlock]:
    """What is usual: go on until the gap is too wide or the block is full."""
    blocks: list[ReadBlock] = []
    run: list[Span] = []
    end = 0
    for span in sorted(set(wanted)):
        fits = run and span.start - end <= _COSTS.request_cost and max(end, span.end) - run[0].start <= _COSTS.max_registers
        if run and not fits:
            blocks.append(block_of(run))
            run, end = [], 0
        run.append(span)
        end = max(end, span.end)
    return [*blocks, block_of(run)]


def _scattered(rng: np.random.Generator, count: int, spread: int) -> list[Span]:
    starts, words = rng.integers(0, spread, count), rng.choice([1, 2, 4], count)
    return [Span(Table.INPUT, int(start), int(size)) for start, size in zip(starts, words, strict=True)]


def _clustered(rng: np.random.Generator, count: int) -> list[Span]:
    """Ten items side by side at each of ``count / 10`` places, as the data of a machine often lie."""
    return [
        Span(Table.INPUT, int(place) + 2 * i, 2)
        for place in rng.choice(3_000, count // 10, replace=False) * 20
        for i in range(10)
    ]


def _planning_ms(wanted: Sequence[Span], rounds: int) -> float:
    samples: list[float] = []
    for _ in range(rounds):
        gc.collect()
        began_ns = perf_counter_ns()
        plan_blocks(wanted, _COSTS)
        samples.append((perf_counter_ns() - began_ns) / NS_PER_MS)
    return median(samples)
