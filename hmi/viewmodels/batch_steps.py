"""The procedure of a batch as the panel draws it: nodes of the chart, time left, masses against their tolerance."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.viewmodels.batches import ActiveStep, Batch, ProcedureNode
from hmi.viewmodels.format import decimals_for, duration_text
from hmi.viewmodels.procedure_chart import ChartNode
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.units import phase_text
from line.clock import NS_PER_S
from line.phases import PHASE_TABLE, PhaseState

NODE_COMMANDS = ("pause", "resume", "hold", "restart")


def chart_nodes(store: LineStore, batch: Batch, now_ns: int) -> list[ChartNode]:
    """All nodes of the batch for :class:`hmi.widgets.procedurechart.ProcedureChart`."""
    active = {a.node: a for a in batch.active}
    asked = {p.node for p in batch.prompts} | set(batch.confirm)
    marks = {d.node: 2 for d in batch.deviations if d.stands and not batch.ended}
    marks |= {d.node: 1 for d in batch.undecided()}
    found: list[ChartNode] = []
    for n in batch.nodes:
        step = active.get(n.id)
        found.append(
            ChartNode(
                n.id, n.kind, store.text(n.name), n.parent, shown_state(n), _note(store, n, step, now_ns),
                marks.get(n.id, 0), step is not None, n.id in asked,
            )
        )  # fmt: skip
    return found


def shown_state(node: ProcedureNode) -> str:
    """The state, or ``skipped`` for a leaf that is behind the batch and was never begun."""
    return "skipped" if node.state == "complete" and not node.started_ns and node.ended_ns else node.state


def _note(store: LineStore, node: ProcedureNode, step: ActiveStep | None, now_ns: int) -> str:
    if node.kind == "unit_procedure":
        unit = store.unit(node.unit)
        return unit.label if unit is not None else node.unit
    if node.kind == "loop":
        return f"{node.count} / {node.at_most}" if node.at_most else str(node.count)
    if step is None:
        return ""
    left = left_s(store, step, now_ns)
    return f"−{duration_text(left)}" if left is not None else run_text(step, now_ns)


def run_text(step: ActiveStep, now_ns: int) -> str:
    """How long it runs, or stands, already."""
    since = step.run_since_ns or step.since_ns
    return duration_text((now_ns - since) / NS_PER_S) if since else ""


def done_s(store: LineStore, step: ActiveStep, now_ns: int) -> float | None:
    """Seconds of a timed step that are over: what a hold timer has counted, else what the PLC says that the phase ran."""
    if not step.for_s:
        return None
    if step.counted_s is not None:
        more = (now_ns - step.counting_ns) / NS_PER_S if step.counting_ns and store.live else 0.0
        return min(step.for_s, step.counted_s + max(0.0, more))
    ran = store.number(f"{step.unit}.PhTime") if step.phase else None
    if ran is None and step.run_since_ns:
        ran = (now_ns - step.run_since_ns) / NS_PER_S
    return min(step.for_s, max(0.0, ran)) if ran is not None else None


def left_s(store: LineStore, step: ActiveStep, now_ns: int) -> float | None:
    """Seconds still to go; None where nothing is timed."""
    past = done_s(store, step, now_ns)
    return step.for_s - past if step.for_s and past is not None else step.left_s


def share_done(store: LineStore, step: ActiveStep, now_ns: int) -> float | None:
    """How much of a timed step is over, 0…1; None where its whole length is not known."""
    past = done_s(store, step, now_ns)
    return past / step.for_s if step.for_s and past is not None else None


def step_name(store: LineStore, batch: Batch, node_id: str) -> str:
    """What a person calls a node; the name of its phase when the procedure is not told."""
    node = batch.node(node_id)
    if node is not None:
        return store.text(node.name)
    step = next((a for a in batch.active if a.node == node_id), None)
    return phase_text(store, step.unit, step.phase) if step is not None else node_id


def node_allowed(batch: Batch, node_id: str) -> dict[str, bool]:
    """Commands that a node takes: what the engine tells of a step at work, else what its state allows (ISA-88)."""
    step = next((a for a in batch.active if a.node == node_id), None)
    if step is not None:
        return {c: step.allowed.get(c, False) for c in NODE_COMMANDS}
    node = batch.node(node_id)
    state = next((s for s in PhaseState if node is not None and s.name.lower() == node.state), None)
    below = node is not None and node.kind in ("unit_procedure", "operation") and not batch.ended
    return {c: below and state is not None and c in PHASE_TABLE.get(state, {}) for c in NODE_COMMANDS}


@dataclass(frozen=True)
class Weighing:
    """A mass against its target: ``kg`` so far, ``lo`` … ``hi`` what is allowed; ``verdict``: under, inside, over."""

    kg: float
    target: float
    lo: float
    hi: float

    @property
    def verdict(self) -> str:
        """Whether it lies inside, or on which side it is out."""
        slack = 1e-9 * max(1.0, self.target)
        return "under" if self.kg < self.lo - slack else "over" if self.kg > self.hi + slack else "inside"

    @property
    def decimals(self) -> int:
        """As many as the tolerance needs: grams where it is finer than 50 g."""
        return 3 if self.hi - self.lo < 0.1 else max(1, decimals_for(round(self.target, 2)))


def weighing(kg: float, target_kg: float, tolerance_pct: float) -> Weighing:
    """``kg`` against ``target_kg`` ± ``tolerance_pct`` percent."""
    by = abs(target_kg) * tolerance_pct / 100.0
    return Weighing(kg, target_kg, target_kg - by, target_kg + by)
