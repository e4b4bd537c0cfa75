"""The conditions of a leaf, bound to the units, values and replies of its batch."""

from __future__ import annotations

from dataclasses import replace

from line.clock import NS_PER_S
from line.model import LineModel
from recipes.batch import Batch
from recipes.conditions import Bound, bind
from recipes.leaf import Leaf
from recipes.model import ChoiceBlock, Condition, KeepStep, LoopBlock, Node, WaitStep


def bound_leaf(batch: Batch, leaf: Leaf, model: LineModel) -> Leaf:
    """``leaf`` with its conditions for the units, values and replies of this moment; itself when they are what they were."""
    node = batch.control.nodes[leaf.node]
    conditions = _conditions(node)
    if not conditions:
        return leaf
    values, replies = batch.control.values(), batch.numbers()

    def bound(condition: Condition | None) -> Bound | None:
        if condition is None:
            return None
        return bind(condition, model.tags, batch.unit_of(leaf), batch.control.units, values, replies)

    bounds = tuple(bound(c) for c in conditions)
    within_ns = node.what.within_ns if isinstance(node.what, WaitStep | KeepStep) else 0
    for_ns = round(node.what.for_s.of(values) * NS_PER_S) if isinstance(node.what, KeepStep) else 0
    same = len(bounds) == len(leaf.bounds) and all(a is b for a, b in zip(bounds, leaf.bounds, strict=True))
    if same and within_ns == leaf.within_ns and for_ns == leaf.for_ns:
        return leaf
    return replace(leaf, bounds=bounds, within_ns=within_ns, for_ns=for_ns, judged=())


def _conditions(node: Node) -> tuple[Condition | None, ...]:
    """One condition, of a choice one for each branch (None is "else"); none of a phase or a prompt."""
    match node.what:
        case WaitStep(until=until) | LoopBlock(until=until):
            return (until,)
        case KeepStep(condition=condition):
            return (condition,)
        case ChoiceBlock(when=when):
            return when
        case _:
            return ()
