"""The leaves without a phase, one scan: transitions, hold timers, prompts, and the decisions of choices and loops.

Their conditions are bound to units, values and replies (``recipes/bounds.py``) and judged on the image in every scan by
``recipes/look.py``; what stands here is called only when a judgement or a timer moved.
"""

from __future__ import annotations

from dataclasses import replace

from line.clock import NS_PER_S, has_passed
from line.messages import Json
from recipes import texts
from recipes.bounds import bound_leaf
from recipes.leaf import FOLD_NS, OFF, Leaf, folded, with_task
from recipes.model import ChoiceBlock, KeepStep, LoopBlock, PromptStep, WaitStep
from recipes.states import ProcState, Task
from recipes.work import Work


def take_up(leaf: Leaf, work: Work) -> Leaf:
    """Begin to wait, or go on waiting after a restart or a pause."""
    if leaf.state is ProcState.RESTARTING:
        leaf = work.change(leaf, "done")
    step = work.nodes[leaf.node].what
    if isinstance(step, PromptStep) and not leaf.begun:
        data: dict[str, Json] = {"prompt": step.prompt, "kind": step.kind.value, "text": step.text.to_json()}
        choices: list[Json] = [c.to_json() for c in step.choices]
        data |= {"role": step.role, "signed": step.signed} | ({"choices": choices} if choices else {})
        work.event(leaf.node, "prompt", data | ({"eu": step.eu} if step.eu else {}))
    leaf = with_task(replace(leaf, begun=True, held_reason=None, judged=()), Task.WAIT, work.now_ns)
    return bound_leaf(work.batch, leaf, work.ctx.model)


def wait(leaf: Leaf, work: Work) -> Leaf:
    """Look whether the condition holds and whether the timer has counted enough; a prompt waits for its reply."""
    node = work.nodes[leaf.node]
    judged = tuple(None if b is None else b.judge(work.ctx.scan.image) for b in leaf.bounds)
    holds = tuple(True if j is None else j.holds for j in judged)
    why = next((j.why for j in judged if j is not None and j.holds is None), None)
    if holds != leaf.judged or leaf.waiting is None:
        waiting = node.what.text if isinstance(node.what, PromptStep) else texts.waits_for(node.name, why)
        leaf = replace(leaf, judged=holds, waiting=waiting)
    match node.what:
        case KeepStep():
            leaf = _keep(leaf, work, holds == (True,))
        case WaitStep() if holds == (True,):
            work.event(leaf.node, "transition", {"condition": node.what.until.source, "text": node.name.to_json()})
            leaf = finished(leaf, work)
        case ChoiceBlock() | LoopBlock():
            work.decisions.add(leaf.node)
        case _:
            pass
    if leaf.state is ProcState.RUNNING and leaf.within_ns and has_passed(leaf.within_ns, leaf.task_since_ns, work.now_ns):
        leaf = work.hold(leaf, texts.not_within(node.name, leaf.within_ns // NS_PER_S, why))
    return leaf


def finished(leaf: Leaf, work: Work) -> Leaf:
    """The leaf came to its end."""
    return with_task(work.change(leaf, "done"), Task.NONE, work.now_ns)


def _keep(leaf: Leaf, work: Work, holds: bool) -> Leaf:
    if not holds:
        return work.stop_timer(leaf)
    if leaf.counting_ns == OFF:
        work.timer_event(leaf, "started")
        leaf = replace(leaf, counting_ns=work.now_ns)
    elif has_passed(min(FOLD_NS, leaf.for_ns - leaf.counted_ns), leaf.counting_ns, work.now_ns):
        leaf = folded(leaf, work.now_ns)
    if leaf.counted_ns >= leaf.for_ns:
        work.timer_event(leaf, "done")
        return finished(replace(leaf, counting_ns=OFF), work)
    return leaf
