"""One batch while its scan lasts: what its leaves may look at and change. The batch stays frozen, ``close`` makes the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from line.clock import NS_PER_S
from line.documents import Text
from line.messages import EventKind, Json
from line.model import LineModel
from line.stage import RequestResult, Scan
from recipes.batch import Batch, NodeRun, PhaseRecord, close_history
from recipes.bounds import bound_leaf
from recipes.disposition import Deviation, settled
from recipes.leaf import OFF, Leaf, folded, with_task
from recipes.model import KeepStep, Node
from recipes.states import ENDED, STATE_TABLE, ProcState, Task, gathered, way
from recipes.tree import ancestors, inside


@dataclass(frozen=True)
class Context:
    """What every step of a batch needs of the scan; ``answers`` are the results of phase requests by request id."""

    model: LineModel
    scan: Scan
    answers: Mapping[str, RequestResult]

    @property
    def now_ns(self) -> int:
        """UTC of the scan."""
        return self.scan.now_ns

    def label(self, unit: str) -> str:
        """What people call the unit."""
        return self.model.units[unit].label if unit in self.model.units else unit


class Work:
    """A batch under work. Leaves are handed in and out as values; everything else of the batch is changed in :attr:`batch`."""

    def __init__(self, batch: Batch, ctx: Context, user: str = "") -> None:
        self.batch = batch
        self.ctx = ctx
        self.user = user
        self.leaves: tuple[Leaf, ...] = batch.leaves
        self.holds: list[tuple[int, Text]] = []
        self.decisions: set[int] = set()
        self._before = batch

    @property
    def now_ns(self) -> int:
        """UTC of the scan."""
        return self.ctx.scan.now_ns

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The procedure."""
        return self.batch.control.nodes

    def unit(self, leaf: Leaf) -> str:
        """The unit of a leaf, '' while none is owned."""
        return self.batch.control.units.get(leaf.role, "")

    def label(self, leaf: Leaf) -> str:
        """What people call the leaf's unit."""
        return self.ctx.label(self.unit(leaf))

    def event(self, node: int, what: str, data: Mapping[str, Json]) -> None:
        """An event of the batch about ``node`` (0: the batch itself)."""
        of = self.nodes[node]
        unit = self.batch.control.units.get(of.role, "") if node else self.batch.unit
        body: dict[str, Json] = {"what": what, "node": of.id if node else "", **data}
        self.ctx.scan.event(EventKind.BATCH, self.batch.id, body, unit=unit, batch=self.batch.id)

    def put(self, leaf: Leaf) -> Leaf:
        """Replace the active leaf of the same node."""
        self.leaves = tuple(leaf if old.node == leaf.node else old for old in self.leaves)
        return leaf

    def change(self, leaf: Leaf, command: str, reason: Text | None = None) -> Leaf:
        """Go where :data:`STATE_TABLE` leads, with an event. KeyError: no such move."""
        target = STATE_TABLE[leaf.state][command]
        self._moved(leaf.node, leaf.state, target, reason)
        return replace(leaf, state=target)

    def move(self, node: int, target: ProcState, reason: Text | None = None) -> None:
        """Take a block (0: the batch) to a state, step by step as the table has it, with an event for each."""
        state = self.state(node)
        for command in way(state, target):
            following = STATE_TABLE[state][command]
            self._moved(node, state, following, reason if following not in (ProcState.RUNNING, ProcState.RESTARTING) else None)
            state = following

    def state(self, node: int) -> ProcState:
        """The state of a node that is no active leaf."""
        return self.batch.run(node).state if node else self.batch.state

    def _moved(self, node: int, source: ProcState, target: ProcState, reason: Text | None) -> None:
        data: dict[str, Json] = {"kind": self.nodes[node].kind.value, "from": source.value, "to": target.value}
        data["reasons"] = [reason.to_json()] if reason is not None else []
        data |= {"user": self.user} if self.user else {}
        self.event(node, "state", data)
        if not node:
            self.batch = replace(self.batch, state=target)
            return
        self.note(node, target)

    def note(self, node: int, state: ProcState) -> None:
        """Write down the state of a node."""
        run, now_ns = self.batch.run(node), self.now_ns
        begins = run.state is ProcState.IDLE and state is ProcState.RUNNING
        run = NodeRun(
            state, now_ns, run.count + begins, now_ns if begins else run.started_ns,
            now_ns if state in ENDED else OFF if begins else run.ended_ns,
        )  # fmt: skip
        self.batch = replace(self.batch, nodes={**self.batch.nodes, self.nodes[node].id: run})

    def never_begun(self, node: int) -> None:
        """Write down that a node was left out: it ended without a start."""
        run = replace(self.batch.run(node), started_ns=OFF)
        self.batch = replace(self.batch, nodes={**self.batch.nodes, self.nodes[node].id: run})

    def hold(self, leaf: Leaf, reason: Text, scope: int = 0) -> Leaf:
        """Begin to hold ``leaf``, and everything else in ``scope`` (0: the whole batch) in this same scan."""
        self.holds.append((scope, reason))
        return self.held(leaf, reason)

    def held(self, leaf: Leaf, reason: Text) -> Leaf:
        """Begin to hold one leaf; itself where the table has no hold."""
        if "hold" not in STATE_TABLE[leaf.state]:
            return leaf
        leaf = self.change(self.stop_timer(leaf), "hold", reason)
        return with_task(replace(leaf, held_reason=reason), Task.HOLD, self.now_ns)

    def stop_timer(self, leaf: Leaf) -> Leaf:
        """A hold timer that counts stops: its condition was lost, or it is held or paused."""
        if leaf.counting_ns == OFF:
            return leaf
        leaf = folded(leaf, self.now_ns)
        self.timer_event(leaf, "stopped")
        step = self.nodes[leaf.node].what
        anew = isinstance(step, KeepStep) and step.anew
        return replace(leaf, counting_ns=OFF, counted_ns=0 if anew else leaf.counted_ns)

    def timer_event(self, leaf: Leaf, status: str) -> None:
        """Say that a hold timer was started or stopped, or has counted enough."""
        counted: dict[str, Json] = {"status": status, "counted_s": round(leaf.counted_ns / NS_PER_S, 1)}
        self.event(leaf.node, "timer", {**counted, "for_s": round(leaf.for_ns / NS_PER_S, 1)})

    def spread(self) -> None:
        """Hold what stands in the scope of the holds of this scan."""
        for scope, reason in self.holds:
            for leaf in self.leaves:
                if inside(self.nodes, leaf.node, scope):
                    self.put(self.held(leaf, reason))
        self.holds.clear()

    def record(self, leaf: Leaf, phase: str) -> bool:
        """Open the phase's record in the history unless it is open; whether it was opened."""
        unit, node = self.unit(leaf), self.nodes[leaf.node].id
        if any(h.end_ns == OFF and h.node == node for h in self.batch.history):
            return False
        record = PhaseRecord(unit, phase, self.now_ns, node=node)
        self.batch = replace(self.batch, history=(*self.batch.history, record))
        return True

    def close_record(self, leaf: Leaf) -> None:
        """End the phase's record in the history."""
        history = close_history(self.batch.history, self.now_ns, self.nodes[leaf.node].id)
        if history is not self.batch.history:
            self.batch = replace(self.batch, history=history)

    def own(self, role: str, unit: str, node: int) -> None:
        """Note that the batch owns ``unit`` as ``role`` from now on."""
        control = self.batch.control
        self.batch = replace(self.batch, control=replace(control, units={**control.units, role: unit}))
        self.event(node, "acquire", {"unit": unit, "role": role})

    def release(self, role: str, node: int) -> None:
        """Give the unit of ``role`` back, if the batch has one."""
        control = self.batch.control
        if role in control.units:
            self.event(node, "release", {"unit": control.units[role], "role": role})
            units = {r: u for r, u in control.units.items() if r != role}
            self.batch = replace(self.batch, control=replace(control, units=units))

    def close(self) -> Batch:
        """The batch after this scan (itself when nothing changed): blocks follow their leaves, an end gives all units back."""
        before = self._before
        if self.batch.control is not before.control or self.batch.replies is not before.replies:
            waiting = (f for f in self.leaves if f.task is Task.WAIT)
            for leaf in waiting:
                self.put(bound_leaf(self.batch, leaf, self.ctx.model))
        same = len(self.leaves) == len(self.batch.leaves)
        if not same or any(a is not b for a, b in zip(self.leaves, self.batch.leaves, strict=True)):
            self.batch = replace(self.batch, leaves=self.leaves)
        if self.batch is not self._before:
            self._gather()
        if self.batch.state in ENDED and self._before.state not in ENDED:
            self._end()
        deviations = settled(self.batch.deviations, self._stands, self.now_ns)
        if deviations is not self.batch.deviations:
            self.batch = replace(self.batch, deviations=deviations)
        return self.batch

    def _stands(self, deviation: Deviation) -> bool:
        """Whether a deviation is still there: its phase is not at work again, or the watch has not been right since."""
        leaf = next((f for f in self.leaves if self.nodes[f.node].id == deviation.node), None)
        return leaf is not None and (leaf.task is not Task.RUN or deviation.watch in leaf.timers.told)

    def _gather(self) -> None:
        """Every block above an active leaf follows what is below it, deepest first."""
        if self.batch.state in ENDED:
            return
        blocks: dict[int, list[Leaf]] = {}
        for leaf in self.leaves:
            for block in ancestors(self.nodes, leaf.node):
                blocks.setdefault(block, []).append(leaf)
        for block in sorted(blocks, reverse=True):
            now = self.state(block)
            target = gathered((leaf.state for leaf in blocks[block]), now)
            if target is not now:
                reason = next((leaf.held_reason for leaf in blocks[block] if leaf.held_reason is not None), None)
                self.move(block, target, reason)

    def _end(self) -> None:
        for role in tuple(self.batch.control.units):
            self.release(role, 0)
        history = close_history(self.batch.history, self.now_ns)
        self.leaves = ()
        self.batch = replace(self.batch, leaves=(), ended_ns=self.now_ns, history=history)
