"""One poll of a unit: asks for the blocks that are due, repeats, splits, decodes once, and says what it heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from line.clock import NS_PER_MS, NS_PER_S, Clock
from line.documents import Text
from line.image import IntArray
from line.messages import LinkState
from line.quality import Status
from plc_drivers.link import LinkError, LinkMonitor
from plc_drivers.modbus import texts
from plc_drivers.modbus.pdu import fault_of, words_of
from plc_drivers.modbus.port import Answer, Fault, UnitPort
from plc_drivers.modbus.schedule import PollBlock, Schedule
from plc_drivers.modbus.tag_plan import DecodeGroup
from plc_drivers.tag_memory import Positions, TagMemory

SILENT_POLLS_LIMIT: Final = 2
"""Polls in a row without a single answer after which the unit is given up and probed only."""

CROWDED_POLLS_TOLD: Final = 3
"""Polls in a row in which nothing could be sent after which the link says so; it stays up, for nothing is known of the unit."""

PROBE_BUDGET_S: Final = 10.0
"""A probe may wait that long for its turn on a channel that others use; it costs them nothing while it waits."""

HOLE_CODES: Final = frozenset({2, 3})
BUSY_CODES: Final = frozenset({5, 6})
_LEAST_S: Final = 0.001


@dataclass(slots=True)
class _Round:
    """What one poll has done so far. ``waiting`` are blocks to repeat and why; ``last`` is the last fault of a silent unit."""

    sent: int = 0
    refused: int = 0
    answered: int = 0
    answered_in_ns: int = 0
    received_ns: int = 0
    heard: bool = False
    last: Fault | None = None
    fresh: list[tuple[PollBlock, int]] = field(default_factory=list[tuple[PollBlock, int]])
    silent: list[PollBlock] = field(default_factory=list[PollBlock])
    tries: dict[PollBlock, int] = field(default_factory=dict[PollBlock, int])
    waiting: dict[PollBlock, Fault] = field(default_factory=dict[PollBlock, Fault])


class Poller:
    """Polls one unit through its port. Never two polls at once: the engine's device task sees to that."""

    def __init__(
        self, port: UnitPort, schedule: Schedule, groups: Mapping[int, DecodeGroup], memory: TagMemory, link: LinkMonitor,
        clock: Clock, unit: Text, timeout_s: float, retries: int,
    ) -> None:  # fmt: skip
        self._port = port
        self._schedule = schedule
        self._groups = groups
        self._memory = memory
        self._link = link
        self._clock = clock
        self._unit = unit
        self._timeout_s = timeout_s
        self._timeout_ns = int(timeout_s * NS_PER_S)
        self._budget_ns = int(timeout_s * (1 + retries) * NS_PER_S)
        self._retries = retries
        self._silent_polls = 0
        self._crowded_polls = 0

    async def probe(self) -> None:
        """One small request; whatever the unit itself says proves that it is there. Raises LinkError when it says nothing."""
        block = self._schedule.probe()
        if block is None:
            return
        [answer] = await self._port.run([block.request], self._timeout_s, max(PROBE_BUDGET_S, self._timeout_s))
        if answer.unsent:
            raise LinkError(
                texts.channel_busy(self._unit) if answer.fault is None else texts.after(self._unit, answer.fault.text)
            )
        fault = _fault(block, answer)
        if fault is None:
            self._link.answered(answer.sent_ns, answer.received_ns)
        elif fault.spoken:
            self._link.failed(_at(block, fault))
        else:
            self._link.failed(_at(block, fault), timed_out=fault.timed_out)
            raise LinkError(texts.no_probe(self._unit, fault))

    def restart(self) -> None:
        """The unit is back: everything is asked for at once."""
        self._silent_polls = 0
        self._schedule.restart()

    async def poll(self) -> Text | None:
        """Ask for what is due. Returns why the unit is to be given up, None while it answers.

        Takes at most ``timeout_ms × (1 + retries)`` and the time-out of the request that was under way then.
        """
        now_ns = self._clock.monotonic_ns()
        due = self._schedule.due(now_ns, everything=self._silent_polls > 0)
        if not due:
            return None
        seen = _Round()
        left = await self._ask(due, now_ns + self._budget_ns, seen)
        self._account(seen)
        self._crowded_polls = 0 if seen.sent else self._crowded_polls + 1
        if self._crowded_polls == CROWDED_POLLS_TOLD:  # the values age, and people shall know why
            self._link.last_error = texts.channel_busy(self._unit)
        if self._link.state is not LinkState.UP:
            return None
        self._take(seen.fresh)
        self._schedule.reorder(left, seen.silent)
        return self._judge(seen, left)

    async def _ask(self, due: Sequence[PollBlock], deadline_ns: int, seen: _Round) -> list[PollBlock]:
        """Requests until nothing is left to ask for or the budget is spent; returns the blocks that were not reached."""
        # a unit that kept silent the last time is asked for one block first: each one would cost another time-out
        queue = list(due[:1] if self._silent_polls else due)
        held = list(due[len(queue) :])
        while queue:
            left_s = (deadline_ns - self._clock.monotonic_ns()) / NS_PER_S
            if left_s < _LEAST_S:
                break
            sent = seen.sent
            answers = await self._port.run([b.request for b in queue], self._timeout_s, left_s)
            if self._link.state is not LinkState.UP:
                return []  # lost meanwhile: every tag says so already
            queue = self._sort(queue, answers, seen)
            if seen.heard and held:
                queue, held = [*queue, *held], []
            if seen.sent == sent:
                break  # the channel is busy with other units
        for block in queue:
            if block in seen.waiting:
                self._give_up(block, seen.waiting[block], seen)
        return [*(b for b in queue if b not in seen.waiting), *held]

    def _sort(self, queue: Sequence[PollBlock], answers: Sequence[Answer], seen: _Round) -> list[PollBlock]:
        """Take the answers; returns what is still to be asked for: not reached, then parts of refused ones, then repetitions."""
        unsent: list[PollBlock] = []
        parts: list[PollBlock] = []
        again: list[PollBlock] = []
        for block, answer in zip(queue, answers, strict=True):
            if answer.unsent:
                unsent.append(block)
                continue
            seen.sent += 1
            fault = _fault(block, answer)
            if fault is None:
                seen.answered += 1
                seen.answered_in_ns += min(answer.took_ns, self._timeout_ns)  # longer only by a clock that was set ahead
                seen.received_ns = answer.received_ns
                registers = self._groups[block.every].registers
                registers.store(block.block.table, block.block.start, words_of(block.request, answer.pdu))
                seen.fresh.append((block, (answer.sent_ns + answer.received_ns) // 2))
            elif fault.exception_code in HOLE_CODES:
                seen.heard = True
                parts += self._split(block, fault, seen)
            elif self._failed(block, fault, seen):
                again.append(block)
        seen.heard = seen.heard or seen.answered > 0
        return [*unsent, *parts, *again]

    def _failed(self, block: PollBlock, fault: Fault, seen: _Round) -> bool:
        """Count a request without a good answer; True when it is to be repeated in this poll."""
        self._link.failed(_at(block, fault), timed_out=fault.timed_out)
        if fault.spoken:
            seen.heard = True
        else:
            seen.last = fault
        tries = seen.tries[block] = seen.tries.get(block, 0) + 1
        if tries <= self._retries and (fault.exception_code in BUSY_CODES or not fault.exception_code):
            seen.waiting[block] = fault
            return True
        self._give_up(block, fault, seen)
        return False

    def _give_up(self, block: PollBlock, fault: Fault, seen: _Round) -> None:
        """No more in this poll: its tags say why."""
        self._memory.fail(self._positions(block), int(fault.status), self._clock.now_ns())
        if fault.spoken:
            self._schedule.judged(block)
        else:
            self._schedule.unanswered(block, self._clock.monotonic_ns())
            seen.silent.append(block)

    def _split(self, block: PollBlock, fault: Fault, seen: _Round) -> list[PollBlock]:
        parts = self._schedule.refused(block, self._clock.monotonic_ns())
        if parts:
            seen.refused += 1
        else:
            self._link.failed(_at(block, fault))
            self._memory.reject(self._positions(block), int(Status.BAD_CONFIGURATION_ERROR), self._clock.now_ns())
        return parts

    def _take(self, fresh: Sequence[tuple[PollBlock, int]]) -> None:
        """Decode what came, once for each poll group."""
        by_group: dict[int, list[tuple[PollBlock, int]]] = {}
        for block, stamp_ns in fresh:
            by_group.setdefault(block.every, []).append((block, stamp_ns))
            self._schedule.answered(block)
        for every, blocks in by_group.items():
            group = self._groups[every]
            stamps: IntArray = np.zeros(len(group.at), dtype=np.int64)
            for block, stamp_ns in blocks:
                stamps[block.points] = stamp_ns
            if stamps.all():
                values, status, found = group.decoder.decode()
                at = group.at
            else:
                some = np.flatnonzero(stamps)
                values, status, found = group.decoder.decode(some)
                at, stamps = group.at[some], stamps[some]
            self._memory.update(at, values, status, stamps, {int(group.at[p]): text for p, text in found.items()})

    def _account(self, seen: _Round) -> None:
        link = self._link
        link.requests += seen.answered + seen.refused
        if seen.answered:
            link.answered_ns = seen.received_ns
            link.round_trip_ms = seen.answered_in_ns / seen.answered / NS_PER_MS

    def _judge(self, seen: _Round, left: Sequence[PollBlock]) -> Text | None:
        if seen.heard:
            self._silent_polls = 0
        if seen.heard or seen.last is None:
            return None
        self._silent_polls += 1
        for block in left:  # nobody can say that their values still hold
            self._memory.fail(self._positions(block), int(seen.last.status), self._clock.now_ns())
        if self._silent_polls < SILENT_POLLS_LIMIT:
            return None
        return texts.no_answer(self._unit, seen.last, self._silent_polls)

    def _positions(self, block: PollBlock) -> Positions:
        return self._groups[block.every].at[block.points]


def _fault(block: PollBlock, answer: Answer) -> Fault | None:
    """Why the answer is no good; None for values that are exactly what was asked for."""
    if answer.fault is not None:
        return answer.fault
    pdu = answer.pdu
    if len(pdu) == block.length and pdu[:2] == block.head:
        return None
    return fault_of(block.request, pdu)


def _at(block: PollBlock, fault: Fault) -> Text:
    return texts.after(texts.both(str(block)), fault.text)
