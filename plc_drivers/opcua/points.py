"""The tags of one server as the driver works with them: where each is found, and how its value is taken out of a node's."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from asyncua import ua

from line.quality import is_bad
from line.tags import TagDef
from plc_drivers.opcua.codec import DecodedValue, NodeAddress, RawValue, decode, parse_node
from plc_drivers.opcua.options import TagOptions, parse_options
from plc_drivers.opcua.session import NodeInfo
from plc_drivers.opcua.structures import PickError, pick
from plc_drivers.opcua.subscription import MonitoredNode

log = logging.getLogger(__name__)

Source = tuple[ua.NodeId, str]
"""A node and the range of it that is read ('': the whole value)."""


@dataclass(frozen=True)
class Point:
    """A tag with its address and options."""

    tag: TagDef
    address: NodeAddress
    options: TagOptions

    def decode(self, data: RawValue, ranged: bool) -> tuple[DecodedValue, str]:
        """The tag's value out of a node's value (whose structures are opened), and why it has none ('' when it has).

        ``ranged``: the value is the one element that the server was asked for.
        """
        options = self.options
        if options.index is not None or options.path:
            if is_bad(data.status):
                return decode(data._replace(raw=None), self.tag), ""
            try:
                data = data._replace(raw=pick(data.raw, 0 if ranged else options.index, options.path))
            except PickError as error:
                return DecodedValue(math.nan, error.status, data.source_ns or data.server_ns, data.server_ns), str(error)
        return decode(data, self.tag), ""

    def monitored(self, info: NodeInfo, default_sampling_ms: float) -> MonitoredNode:
        """What the server is asked to watch for this tag."""
        options = self.options
        sampling_ms = default_sampling_ms if options.sampling_ms is None else options.sampling_ms
        return MonitoredNode(info.node, info.range, sampling_ms, options.queue, options.deadband)


def points_of(device: str, tags: Sequence[TagDef]) -> dict[int, Point]:
    """The usable tags by position; faults are logged (``potok check`` has named them before the start)."""
    points: dict[int, Point] = {}
    for position, tag in enumerate(tags):
        options, faults = parse_options(tag.options)
        try:
            if faults:
                raise ValueError("; ".join(faults))
            points[position] = Point(tag, parse_node(tag.address), options)
        except ValueError as error:
            log.error("%s: %s: %s", device, tag.name, error)
    return points


def by_source(positions: Iterable[int], nodes: Mapping[int, NodeInfo]) -> dict[Source, list[int]]:
    """The positions that one read of a node and range serves."""
    sources: dict[Source, list[int]] = {}
    for position in positions:
        info = nodes[position]
        sources.setdefault((info.node, info.range), []).append(position)
    return sources


class PollPlan:
    """Which of the polled tags are due in a scan: each group every so many scans, groups of one period staggered."""

    def __init__(self) -> None:
        self._groups: dict[int, list[int]] = {}
        self._scan = 0

    def add(self, position: int, every: int) -> None:
        """Poll this position every so many scans."""
        self._groups.setdefault(every, []).append(position)

    def remove(self, positions: Iterable[int]) -> None:
        """Poll these no more."""
        gone = set(positions)
        self._groups = {every: [p for p in group if p not in gone] for every, group in self._groups.items()}

    def positions(self) -> list[int]:
        """All polled positions."""
        return sorted(p for group in self._groups.values() for p in group)

    def due(self) -> list[int]:
        """What is due in the next scan."""
        self._scan += 1
        due = [
            position
            for rank, (every, group) in enumerate(sorted(self._groups.items()))
            if (self._scan + rank) % every == 0
            for position in group
        ]
        return sorted(due)
