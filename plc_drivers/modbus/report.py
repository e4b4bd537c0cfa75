"""What the read plan of a device comes to, for ``potok check --plan``: requests, costs, and the time on a serial line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from line.devices import ModbusDevice, SerialPort
from line.tags import TagDef
from plc_drivers.modbus.address import BIT_TABLES, parse_address
from plc_drivers.modbus.check import channel_of, costs_without_faults
from plc_drivers.modbus.framing import silence_s
from plc_drivers.modbus.planner import PlanCosts, PlannedBlock, ReadBlock, Span, block_of, explain, plan_blocks, plan_groups
from plc_drivers.modbus.serial_line import bits_per_character

REQUEST_BYTES: Final = 8
ANSWER_BYTES: Final = 5
"""Of an RTU read request, and of its answer besides the data (MODBUS over Serial Line V1.02 §2.5.1, Application Protocol §6)."""

_LONGEST_ROUND: Final = 72_000


@dataclass(frozen=True)
class Load:
    """Something per scan: on average, and in the scan that has most of it."""

    average: float
    worst: float

    @property
    def even(self) -> bool:
        """True when every scan has the same."""
        return math.isclose(self.average, self.worst)


@dataclass(frozen=True)
class Alternative:
    """Another way to read the same tags: requests when all are read once, and the average cost of a scan in registers."""

    requests: int
    cost_per_scan: float


@dataclass(frozen=True)
class DevicePlan:
    """The plan of one device. ``registers_read`` and the like are of all blocks read once; ``tags`` names those of each span."""

    channel: str
    costs: PlanCosts
    blocks: Sequence[PlannedBlock]
    tags: Mapping[Span, Sequence[str]]
    requests: Load
    registers: Load
    cost: Load
    registers_read: int
    registers_wanted: int
    bits_read: int
    bits_wanted: int
    contiguous_only: Alternative
    one_per_tag: Alternative

    def tags_of(self, block: ReadBlock) -> list[str]:
        """The tags that a block brings, by address."""
        return [name for span in block.spans for name in self.tags[span]]


@dataclass(frozen=True)
class LineTime:
    """How long the requests of one scan keep a serial line busy, in milliseconds; the devices' own time comes on top."""

    port: str
    serial: SerialPort
    busy_ms: Load


def plan_of_device(config: ModbusDevice, tags: Iterable[TagDef]) -> DevicePlan:
    """The plan as the driver makes it. Raises ValueError for tags that :func:`check_addresses` finds fault with."""
    costs = costs_without_faults(config)
    names: dict[Span, list[str]] = {}
    wanted: dict[int, list[Span]] = {}
    each: dict[Span, int] = {}
    for tag in tags:
        address = parse_address(tag.address)
        span = Span(address.table, address.start, address.count)
        names.setdefault(span, []).append(tag.name)
        wanted.setdefault(tag.poll_every, []).append(span)
        each[span] = min(tag.poll_every, each.get(span, tag.poll_every))
    blocks = plan_groups(wanted, costs, config.unit_id - 1)
    whole = explain(p.block for p in blocks)
    runs = PlanCosts(0, costs.max_registers, costs.max_bits, costs.forbidden)
    contiguous = [
        PlannedBlock(block, every) for every in wanted for block in plan_blocks((s for s in each if each[s] == every), runs)
    ]
    single = [PlannedBlock(block_of([span]), every) for span, every in each.items() for _ in names[span]]
    return DevicePlan(
        channel_of(config), costs, blocks, names,
        load_of(blocks, lambda _block: 1.0),
        load_of(blocks, lambda block: costs.of_block(block) - costs.request_cost),
        load_of(blocks, costs.of_block),
        whole.registers_read, whole.registers_wanted, whole.bits_read, whole.bits_wanted,
        _alternative(contiguous, costs), _alternative(single, costs),
    )  # fmt: skip


def _alternative(blocks: Sequence[PlannedBlock], costs: PlanCosts) -> Alternative:
    return Alternative(len(blocks), math.fsum(costs.of_block(p.block) / p.every for p in blocks))


def load_of(blocks: Sequence[PlannedBlock], weight: Callable[[ReadBlock], float]) -> Load:
    """What the blocks that are due in a scan weigh. The worst is looked for in the first 72,000 scans."""
    average = math.fsum(weight(p.block) / p.every for p in blocks)
    scans = np.zeros(min(_LONGEST_ROUND, math.lcm(*(p.every for p in blocks))))
    for p in blocks:
        scans[p.phase :: p.every] += weight(p.block)
    return Load(average, float(scans.max()))


def channel_loads(plans: Mapping[str, DevicePlan]) -> dict[str, Load]:
    """Requests per scan of each channel that several devices share."""
    shared: dict[str, list[DevicePlan]] = {}
    for plan in plans.values():
        shared.setdefault(plan.channel, []).append(plan)
    return {
        channel: load_of([p for plan in own for p in plan.blocks], lambda _block: 1.0)
        for channel, own in shared.items()
        if len(own) > 1
    }


def line_times(devices: Mapping[str, ModbusDevice], plans: Mapping[str, DevicePlan]) -> list[LineTime]:
    """For each serial line, how long all of its devices keep it busy."""
    times: list[LineTime] = []
    for port in dict.fromkeys(d.serial.port for d in devices.values() if d.serial is not None):
        own = [(d.serial, plans[n].blocks) for n, d in devices.items() if d.serial is not None and d.serial.port == port]
        serial = own[0][0]
        blocks = [p for _, planned in own for p in planned]
        times.append(LineTime(port, serial, load_of(blocks, lambda block, serial=serial: request_ms(serial, block))))
    return times


def request_ms(serial: SerialPort, block: ReadBlock) -> float:
    """How long a read request, its answer and the silence after each keep the line busy, in milliseconds."""
    data = math.ceil(block.count / 8) if block.table in BIT_TABLES else 2 * block.count
    bits = bits_per_character(serial)
    char_s = bits / serial.baud_rate
    return ((REQUEST_BYTES + ANSWER_BYTES + data) * char_s + 2 * silence_s(serial.baud_rate, bits)) * 1000.0
