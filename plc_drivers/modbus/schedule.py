"""Which blocks a poll asks for, and in which order: poll groups, fairness, holes. Knows no socket and no clock.

Times are monotonic nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from line.clock import NS_PER_S
from plc_drivers.backoff import backoff_s
from plc_drivers.modbus.pdu import answer_length, read_request
from plc_drivers.modbus.planner import PlannedBlock, ReadBlock, Span, block_of, split_block

HOLE_RECHECK_S: Final = 60.0
"""An address that the device does not have is asked for again this often: a PLC program may have been loaded meanwhile."""

PATIENCE: Final = 2
"""Polls in a row in which a block may stay unanswered before it is asked for at the pace of the back-off only."""

NO_TURN: Final = -2
"""No turn has this number: the first one of a block with a phase is -1."""


@dataclass(slots=True, eq=False)
class PollBlock:
    """One read request with all that can be known of it beforehand.

    ``every`` and ``phase`` are its turn (:class:`PlannedBlock`), in scans. ``points`` are its tags' places among all points of
    the same ``every``. ``home`` is the planned block that it was cut out of (None: it is a planned one itself). ``turn`` is the
    last turn in which it was dealt with, ``silent`` counts polls without an answer.
    """

    block: ReadBlock
    every: int
    phase: int
    points: slice
    request: bytes
    head: bytes
    length: int
    home: PollBlock | None = None
    turn: int = NO_TURN
    silent: int = 0
    wait_until_ns: int = 0

    def __str__(self) -> str:
        return str(self.block)


class Schedule:
    """The blocks of one device as they stand, in the order in which they are asked for.

    A poll group has its turn every ``every`` scans on a grid of the scan period, which a late poll does not shift. What a poll
    did not reach comes first in the next one, what was not answered comes last, and after :data:`PATIENCE` polls at the pace of
    the back-off only: one silent address must not cost the others their time. What the device refuses is cut down to the single
    item (a hole), which is asked for again every :data:`HOLE_RECHECK_S`; when it answers, its planned block is whole again.

    ``places``: for each poll group, where the points of a span lie among the points of the group, ascending with the plan.
    """

    def __init__(self, planned: Iterable[PlannedBlock], places: Mapping[int, Mapping[Span, slice]], period_ns: int) -> None:
        self._places = places
        self._period_ns = period_ns
        self._begun_ns = -1
        self._tick = 0
        self._probes = 0
        self._holes: dict[Span, tuple[PollBlock, int]] = {}
        self._split: dict[int, tuple[PollBlock, int]] = {}
        self._planned = [self._poll_block(p.block, p.every, p.phase) for p in planned]
        self._blocks = list(self._planned)

    @property
    def blocks(self) -> tuple[ReadBlock, ...]:
        """The blocks as they stand, holes cut out."""
        return tuple(b.block for b in self._blocks)

    @property
    def holes(self) -> frozenset[Span]:
        """What the device does not have."""
        return frozenset(self._holes)

    def restart(self) -> None:
        """The device is back, perhaps with another program: the whole plan is due at once."""
        self._holes.clear()
        self._split.clear()
        self._blocks = list(self._planned)
        for block in self._blocks:
            block.turn, block.silent, block.wait_until_ns = NO_TURN, 0, 0

    def begin(self, now_ns: int) -> None:
        """The grid begins with the first poll that was asked for, up or not: all units of an engine then have the same."""
        if self._begun_ns < 0:
            self._begun_ns = now_ns

    def probe(self) -> PollBlock | None:
        """A small request that shows whether the device answers; another one each time, so that no silent address hides it."""
        if not self._planned:
            return None
        home = self._planned[self._probes % len(self._planned)]
        self._probes += 1
        return self._poll_block(block_of(home.block.spans[:1]), home.every, home.phase)

    def due(self, now_ns: int, *, everything: bool = False) -> list[PollBlock]:
        """The blocks whose turn it is; ``everything``: whatever the groups say."""
        self.begin(now_ns)
        # to the nearest tick: polls are released on ticks, and run a little late
        tick = self._tick = (now_ns - self._begun_ns + self._period_ns // 2) // self._period_ns
        if self._split:
            self._recheck(now_ns)
        return [
            b
            for b in self._blocks
            if b.wait_until_ns <= now_ns and (b.every == 1 or everything or (tick - b.phase) // b.every != b.turn)
        ]

    def answered(self, block: PollBlock) -> None:
        """Values came: its turn is over, and what was a hole is none any more."""
        self.judged(block)
        if self._holes and block.block.spans[0] in self._holes:
            self._heal(self._holes[block.block.spans[0]][0])

    def judged(self, block: PollBlock) -> None:
        """The device has said something about ``block``: its turn is over."""
        block.turn = (self._tick - block.phase) // block.every
        block.silent = 0

    def unanswered(self, block: PollBlock, now_ns: int) -> None:
        """Nothing was heard: it stays due, but not at the cost of the others."""
        block.silent += 1
        if block.silent >= PATIENCE:
            block.wait_until_ns = now_ns + int(backoff_s(block.silent - PATIENCE) * NS_PER_S)

    def refused(self, block: PollBlock, now_ns: int) -> list[PollBlock]:
        """The device lacks an address in ``block``: what to ask for instead; nothing when it has come down to one item."""
        home = block.home or block
        first, *others = block.block.spans
        parts: list[PollBlock] = []
        recheck_ns = now_ns + int(HOLE_RECHECK_S * NS_PER_S)
        self._split[id(home)] = (home, recheck_ns)
        if others:
            parts = [self._poll_block(part, home.every, home.phase, home) for part in split_block(block.block)]
        else:
            self._holes[first] = (home, recheck_ns)
        if block in self._blocks:
            position = self._blocks.index(block)
            self._blocks[position : position + 1] = parts
        return parts

    def reorder(self, first: Sequence[PollBlock], last: Sequence[PollBlock]) -> None:
        """For the next poll: ``first`` in front, ``last`` at the end; blocks that are no more are passed over."""
        if not first and not last:
            return
        moved = {*map(id, first), *map(id, last)}
        present = {id(b) for b in self._blocks}
        rest = [b for b in self._blocks if id(b) not in moved]
        self._blocks = [*(b for b in first if id(b) in present), *rest, *(b for b in last if id(b) in present)]

    def _poll_block(self, block: ReadBlock, every: int, phase: int, home: PollBlock | None = None) -> PollBlock:
        request = read_request(block.table, block.start, block.count)
        length = answer_length(request)
        places = self._places[every]
        points = slice(places[block.spans[0]].start, places[block.spans[-1]].stop)
        return PollBlock(block, every, phase, points, request, bytes((request[0], length - 2)), length, home)

    def _recheck(self, now_ns: int) -> None:
        """What was refused is asked for again: a split block as a whole, one with holes by one hole at a time, so that a device
        that refused everything for a while is not flooded later."""
        asked: set[int] = {id(b.home) for b in self._blocks if b.home is not None and b.block.spans[0] in self._holes}
        with_holes = {id(home) for home, _ in self._holes.values()}
        for span, (home, due_ns) in self._holes.items():
            if now_ns >= due_ns and id(home) not in asked:
                asked.add(id(home))
                self._blocks.append(self._poll_block(block_of([span]), home.every, home.phase, home))
        for home, due_ns in [s for key, s in self._split.items() if key not in with_holes]:
            if now_ns >= due_ns:
                self._heal(home)

    def _heal(self, home: PollBlock) -> None:
        """The planned block is asked for whole again."""
        self._split.pop(id(home), None)
        self._holes = {span: hole for span, hole in self._holes.items() if hole[0] is not home}
        home.turn, home.silent, home.wait_until_ns = NO_TURN, 0, 0
        self._blocks = [home, *(b for b in self._blocks if b.home is not home and b is not home)]
