"""The walk over the procedure: which leaves a batch is in, what follows when one ends, and when the whole has ended."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from line.clock import NS_PER_S
from line.messages import Json
from recipes import texts
from recipes.batch import Mode, NodeRun
from recipes.leaf import Leaf, with_task
from recipes.leaf_logic import take_up
from recipes.model import LEAVES, ChoiceBlock, LoopBlock, Node, NodeKind, PromptStep
from recipes.states import ENDED, ProcState, Task
from recipes.tree import ancestors, subtree
from recipes.work import Work


def begin(work: Work) -> None:
    """Start the batch."""
    work.batch = replace(work.batch, started_ns=work.now_ns)
    enter(0, work)


def enter(index: int, work: Work) -> None:
    """Begin node ``index``: a leaf becomes active, a block begins with its first child, a parallel one with all, a choice waits
    for its first true branch."""
    node = work.nodes[index]
    if node.kind in LEAVES or node.kind is NodeKind.CHOICE:
        asks = work.batch.mode is not Mode.AUTOMATIC and node.kind is not NodeKind.CHOICE
        leaf = work.change(_new(node, work), "start")
        _add(with_task(leaf, Task.OFFER if asks else Task.ACQUIRE, work.now_ns), work)
        return
    work.move(index, ProcState.RUNNING)
    if isinstance(node.what, LoopBlock):
        work.event(index, "loop", {"count": work.batch.run(index).count, "at_most": node.what.at_most})
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
    following = parent.children.index(index) + 1
    if parent.kind is NodeKind.PARALLEL:
        if all(work.state(child) is ProcState.COMPLETE for child in parent.children):
            leave(parent.index, work)
    elif parent.kind is NodeKind.CHOICE:
        leave(parent.index, work)
    elif following < len(parent.children):
        enter(parent.children[following], work)
    elif parent.kind is NodeKind.LOOP:
        work.move(parent.index, ProcState.RUNNING)
        _add(take_up(replace(_new(parent, work), state=ProcState.RUNNING), work), work)
    else:
        leave(parent.index, work)


def decide(index: int, work: Work) -> None:
    """Take the first true branch of a choice, or end or repeat a loop, as far as its conditions can be judged."""
    node = work.nodes[index]
    leaf = next((f for f in work.leaves if f.node == index), None)
    if leaf is None or leaf.task is not Task.WAIT:
        return
    if isinstance(node.what, ChoiceBlock):
        first = next((i for i, holds in enumerate(leaf.judged) if holds is not False), None)
        if first is not None and leaf.judged[first]:
            _take(node, first, node.what, work)
    elif isinstance(node.what, LoopBlock) and leaf.judged == (True,):
        leave(index, work)
    elif isinstance(node.what, LoopBlock) and leaf.judged == (False,):
        if work.batch.run(index).count < node.what.at_most:
            _repeat(node, node.what, work)
        else:
            work.put(work.hold(leaf, texts.loop_bound(node.name, node.what.at_most)))


def _take(node: Node, branch: int, what: ChoiceBlock, work: Work) -> None:
    child, when = work.nodes[node.children[branch]], what.when[branch]
    work.event(node.index, "choice", {"branch": child.id, "condition": "" if when is None else when.source})
    work.leaves = tuple(leaf for leaf in work.leaves if leaf.node != node.index)
    enter(child.index, work)
    for role in tuple(work.batch.control.units):
        if not _needed(role, work):
            work.release(role, node.index)


def _repeat(node: Node, what: LoopBlock, work: Work) -> None:
    """Everything in the loop is idle again; loops inside it count anew, and what its prompts were told is forgotten."""
    runs, replies = dict(work.batch.nodes), dict(work.batch.replies)
    for index in subtree(work.nodes, node.index)[1:]:
        below = work.nodes[index]
        if isinstance(below.what, PromptStep):
            replies.pop(below.what.prompt, None)
        if below.id in runs:
            runs[below.id] = replace(
                runs[below.id], state=ProcState.IDLE, since_ns=work.now_ns,
                count=0 if below.kind is NodeKind.LOOP else runs[below.id].count,
            )  # fmt: skip
    run = runs[node.id]
    runs[node.id] = NodeRun(ProcState.RUNNING, run.since_ns, run.count + 1, run.started_ns, run.ended_ns)
    work.batch = replace(work.batch, nodes=runs)
    if len(replies) < len(work.batch.replies):
        work.batch = replace(work.batch, replies=replies)
    work.leaves = tuple(leaf for leaf in work.leaves if leaf.node != node.index)
    work.event(node.index, "loop", {"count": run.count + 1, "at_most": what.at_most})
    enter(node.children[0], work)


def _needed(role: str, work: Work) -> bool:
    """Whether a unit taken ahead is still to be used: its unit procedure lies in no branch that was passed over."""
    return any(
        n.kind is NodeKind.UNIT_PROCEDURE and n.role == role and _to_come(n.index, work) for n in work.nodes
    )  # fmt: skip


def _to_come(index: int, work: Work) -> bool:
    """Whether a node runs, or may still: no choice above it went another way, unless a loop brings the choice again."""
    if work.state(index) not in ENDED and not _passed_over(index, work):
        return True
    loops = [a for a in ancestors(work.nodes, index) if work.nodes[a].kind is NodeKind.LOOP]
    return any(work.state(loop) not in ENDED and not _passed_over(loop, work) for loop in loops)


def _passed_over(index: int, work: Work) -> bool:
    above = (index, *ancestors(work.nodes, index))
    for branch, block in pairwise(above):
        decided = work.nodes[block].kind is NodeKind.CHOICE and work.state(block) is not ProcState.IDLE
        open_ = any(leaf.node == block for leaf in work.leaves)
        if decided and not open_ and work.state(branch) is ProcState.IDLE:
            return True
    return False


def _new(node: Node, work: Work) -> Leaf:
    return Leaf(node.index, work.batch.control.number, node.role, since_ns=work.now_ns)


def _add(leaf: Leaf, work: Work) -> None:
    work.leaves = tuple(sorted((*work.leaves, leaf), key=lambda entry: entry.node))


def _complete(work: Work) -> None:
    duration_s = (work.now_ns - work.batch.started_ns) / NS_PER_S
    data: dict[str, Json] = {"size_kg": work.batch.control.size_kg, "duration_s": round(duration_s, 1)}
    work.event(0, "complete", {**data, "product": work.batch.product.value})
