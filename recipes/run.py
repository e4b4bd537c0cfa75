"""One batch, one scan: every leaf one step on, holds spread to what they concern, the walk goes on from what has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from recipes import leaf_logic, leaf_phase
from recipes.batch import Batch
from recipes.leaf import Leaf
from recipes.look import steady
from recipes.states import GOALS, ProcState, Task
from recipes.walk import decide, leave
from recipes.work import Context, Work

_ROUNDS: Final = 6
"""Steps of one leaf in one scan at most: hold, find that it is Held already, park."""


def advance(batch: Batch, ctx: Context) -> Batch:
    """One scan of one batch; ``batch`` itself when nothing changed."""
    if steady(batch, ctx.scan.image, ctx.scan.now_ns):
        return batch
    work = Work(batch, ctx)
    settle(work)
    return work.close()


def settle(work: Work) -> None:
    """Let every leaf do what it can in this scan."""
    for leaf in work.leaves:
        _follow(leaf, work)
    for index in sorted(work.decisions):
        decide(index, work)
    for leaf in work.leaves:
        if leaf.state is ProcState.COMPLETE:
            leave(leaf.node, work)
    while work.holds:
        work.spread()
        for leaf in work.leaves:
            _follow(leaf, work)


def _follow(leaf: Leaf, work: Work) -> None:
    before = leaf
    if leaf.writes:
        leaf = leaf_phase.readback(leaf, work)
    for _ in range(_ROUNDS):
        after = _HANDLERS[leaf.task](leaf, work)
        if after is leaf:
            break
        leaf = after
    if leaf is not before:
        work.put(leaf)


def _nothing(leaf: Leaf, work: Work) -> Leaf:
    del work
    return leaf


_HANDLERS: Final[Mapping[Task, Callable[[Leaf, Work], Leaf]]] = {
    Task.NONE: _nothing,
    Task.OFFER: _nothing,
    Task.ACQUIRE: _nothing,
    Task.WAIT: leaf_logic.wait,
    Task.RUN: leaf_phase.run,
    Task.REST: leaf_phase.rest,
    **dict.fromkeys(GOALS, leaf_phase.pursue),
    **dict.fromkeys((Task.PAUSE, Task.RESUME), leaf_phase.move),
    **dict.fromkeys((Task.HOLD, Task.PARK, Task.RESTART), leaf_phase.keep_held),
}
