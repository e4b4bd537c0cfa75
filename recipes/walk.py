"""The walk over the procedure: which leaves a batch is in, what follows when one ends, and when the whole has ended."""

from __future__ import annotations

from dataclasses import replace

from line.clock import NS_PER_S
from line.messages import Json
from recipes.batch import Mode
from recipes.leaf import Leaf, with_task
from recipes.model import LEAVES, NodeKind
from recipes.states import ProcState, Task
from recipes.work import Work


def enter(index: int, work: Work) -> None:
    """Begin node ``index``: a leaf becomes active, a block begins with its first child, a parallel one with all."""
    node = work.nodes[index]
    if node.kind in LEAVES:
        leaf = Leaf(index, work.batch.control.number, node.role, since_ns=work.now_ns)
        task = Task.ACQUIRE if work.batch.mode is Mode.AUTOMATIC else Task.OFFER
        leaf = with_task(work.change(leaf, "start"), task, work.now_ns)
        work.leaves = tuple(sorted((*work.leaves, leaf), key=lambda entry: entry.node))
        return
    work.move(index, ProcState.RUNNING)
    for child in node.children if node.kind is NodeKind.PARALLEL else node.children[:1]:
        enter(child, work)


def leave(index: int, work: Work) -> None:
    """Node ``index`` came to its end: on to what follows it, or up."""
    node = work.nodes[index]
    work.leaves = tuple(leaf for leaf in work.leaves if leaf.node != index)
    if work.state(index) is not ProcState.COMPLETE:
        work.move(index, ProcState.COMPLETE)
    if node.kind is NodeKind.UNIT_PROCEDURE:
        work.release(node.role, index)
    if node.parent < 0:
        _complete(work)
        return
    parent = work.nodes[node.parent]
    if parent.kind is NodeKind.PARALLEL:
        if all(work.state(child) is ProcState.COMPLETE for child in parent.children):
            leave(parent.index, work)
        return
    following = parent.children.index(index) + 1
    if following < len(parent.children):
        enter(parent.children[following], work)
    else:
        leave(parent.index, work)


def _complete(work: Work) -> None:
    duration_s = (work.now_ns - work.batch.started_ns) / NS_PER_S
    data: dict[str, Json] = {"size_kg": work.batch.control.size_kg, "duration_s": round(duration_s, 1)}
    work.event(0, "complete", data)


def begin(work: Work) -> None:
    """Start the batch."""
    work.batch = replace(work.batch, started_ns=work.now_ns)
    enter(0, work)
