"""What the tags of a device come to: points, read blocks, and one decoder per poll group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from line.devices import ModbusDevice
from line.quality import Status
from line.tags import TagDef
from plc_drivers.modbus.codec import DecodePlan, Point, RegisterMemory, point_of
from plc_drivers.modbus.planner import PlanCosts, PlannedBlock, Span, parse_forbidden, plan_groups
from plc_drivers.tag_memory import Positions


@dataclass(frozen=True, slots=True)
class DecodeGroup:
    """The points of one poll group, in the order of the plan; ``at`` are the positions of their tags in the device's tags.

    Each group has registers of its own: blocks of one group never overlap, so that no value is put together from two answers.
    """

    registers: RegisterMemory
    decoder: DecodePlan
    at: Positions


@dataclass(frozen=True, slots=True)
class Unserved:
    """A tag that the driver cannot serve, and why (English, for the log; ``potok check`` says the same beforehand)."""

    position: int
    status: Status
    reason: str


@dataclass(frozen=True)
class TagPlan:
    """``points`` by position of the tag; ``groups`` by poll group (scans), ``places`` as :class:`Schedule` wants them."""

    points: Mapping[int, Point]
    unserved: Sequence[Unserved]
    planned: Sequence[PlannedBlock]
    groups: Mapping[int, DecodeGroup]
    places: Mapping[int, Mapping[Span, slice]]
    at_span: Mapping[Span, Positions]


def costs_of(config: ModbusDevice) -> PlanCosts:
    """What the planner goes by for this device. Raises ValueError for a forbidden range that is none."""
    forbidden = tuple(parse_forbidden(text) for text in config.forbidden)
    return PlanCosts(config.cost_of_request, config.max_registers, config.max_bits, forbidden)


def plan_of(tags: Sequence[TagDef], config: ModbusDevice) -> TagPlan:
    """The plan of a device; a tag that cannot be served is left out and named. Raises ValueError as :func:`costs_of`."""
    costs = costs_of(config)
    points: dict[int, Point] = {}
    unserved: list[Unserved] = []
    wanted: dict[int, list[Span]] = {}
    at_span: dict[Span, list[int]] = {}
    for position, tag in enumerate(tags):
        try:
            point = point_of(tag, config.word_order)
        except ValueError as error:
            unserved.append(Unserved(position, Status.BAD_CONFIGURATION_ERROR, str(error)))
            continue
        span = Span(point.address.table, point.address.start, point.address.count)
        if fault := costs.fault(span):
            unserved.append(Unserved(position, Status.BAD_CONFIGURATION_ERROR, fault))
            continue
        points[position] = point
        wanted.setdefault(tag.poll_every, []).append(span)
        at_span.setdefault(span, []).append(position)
    planned = plan_groups(wanted, costs, config.unit_id - 1)
    places, order = _places(planned, at_span)
    groups = {every: _group(positions, points) for every, positions in order.items()}
    return TagPlan(points, unserved, planned, groups, places, {s: np.array(p, dtype=np.int64) for s, p in at_span.items()})


def _places(
    planned: Sequence[PlannedBlock], at_span: Mapping[Span, Sequence[int]]
) -> tuple[dict[int, dict[Span, slice]], dict[int, list[int]]]:
    """Where the points of each span lie in their group, and the tags of each group in that order.

    A span stands in one block only: tags of two groups at the same place are read with the faster one.
    """
    places: dict[int, dict[Span, slice]] = {}
    order: dict[int, list[int]] = {}
    for block in planned:
        own, positions = places.setdefault(block.every, {}), order.setdefault(block.every, [])
        for span in block.block.spans:
            own[span] = slice(len(positions), len(positions) + len(at_span[span]))
            positions += at_span[span]
    return places, order


def _group(positions: Sequence[int], points: Mapping[int, Point]) -> DecodeGroup:
    own = [points[p] for p in positions]
    registers = RegisterMemory([p.address for p in own])
    return DecodeGroup(registers, DecodePlan(own, registers), np.array(positions, dtype=np.int64))
