"""``batch.mode`` and ``batch.step``: who lets the procedure go on (ISA-88.00.01 §6.3.2), and what a person does with one leaf.

A change of the mode moves nothing: a phase at work goes on, what has not begun begins no sooner than before. A leaf that was
offered to a person waits for that person in every mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from line.documents import Text
from line.messages import Command, CommandStatus
from line.roles import may
from recipes import texts
from recipes.batch import Batch, Mode
from recipes.commands import MANUAL_ROLE
from recipes.leaf import Leaf, with_task
from recipes.leaf_logic import finished
from recipes.library_view import LENT, Library
from recipes.model import Node, PhaseStep
from recipes.refusal import refuse
from recipes.states import ENDED, ProcState, Task
from recipes.tree import operation_of
from recipes.walk import leave
from recipes.work import Context, Work


def set_mode(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.mode``: automatic, semi or manual; manual for a technologist with a reason."""
    wanted = command.args.get("mode")
    reasons: list[Text] = []
    if wanted not in tuple(Mode):  # what was sent may be a list, which no set takes
        reasons.append(texts.wrong_argument("mode"))
    if batch.state in ENDED:
        reasons.append(texts.batch_ended(batch.id, batch.state))
    if wanted == Mode.MANUAL:
        reasons += _for_technologists(command)
    if wanted == Mode.AUTOMATIC and batch.mode is not Mode.AUTOMATIC:
        reasons += _never_approved(batch, ctx)
    if reasons:
        refuse(ctx, command, reasons)
        return batch
    mode = Mode(str(wanted))
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    if mode is batch.mode:
        return batch
    work = Work(replace(batch, mode=mode), ctx, command.user)
    work.event(0, "mode", {"from": batch.mode.value, "to": mode.value, "user": command.user, "reason": command.reason})
    if mode is not Mode.AUTOMATIC:
        for leaf in work.leaves:
            if leaf.task is Task.ACQUIRE and leaf.state is ProcState.RUNNING and not leaf.begun:
                work.put(with_task(leaf, Task.OFFER, work.now_ns))
    return work.close()


def step(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.step``: confirm a leaf that is offered, or in manual mode start or skip it."""
    node_id, action = command.args.get("node"), command.args.get("action")
    node = next((n for n in batch.control.nodes if n.id and n.id == node_id), None)
    act = _ACTIONS.get(str(action))
    if node is None or act is None:
        refuse(ctx, command, [texts.wrong_argument("node" if node is None else "action")])
        return batch
    leaf = batch.leaf(node.index)
    reasons = [] if action == "confirm" else _for_technologists(command, reason=action == "skip")
    if leaf is None or leaf.task is not Task.OFFER or leaf.state is not ProcState.RUNNING:
        reasons.append(texts.not_offered(node.name))
    if (action == "confirm") == (batch.mode is Mode.MANUAL):
        reasons.append(texts.MANUAL_ONLY if action != "confirm" else texts.NOT_IN_MANUAL)
    if action == "skip" and _critical(node):
        reasons.append(texts.skips_ccp(node.name))
    if reasons or leaf is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, command.user)
    if work.put(act(leaf, work, command)).state is ProcState.COMPLETE:
        work.never_begun(leaf.node)
        leave(leaf.node, work)
    return work.close()


def _begin(leaf: Leaf, work: Work, command: Command) -> Leaf:
    del command
    return with_task(leaf, Task.ACQUIRE, work.now_ns)


def _skip(leaf: Leaf, work: Work, command: Command) -> Leaf:
    node = work.nodes[leaf.node]
    phase = node.what.phase if isinstance(node.what, PhaseStep) else ""
    said = {"user": command.user, "reason": command.reason}
    operation = operation_of(work.nodes, leaf.node)
    work.event(leaf.node, "step", {"status": "skipped", "role": leaf.role, "operation": operation, "phase": phase, **said})
    return finished(leaf, work)


_ACTIONS: Final[Mapping[str, Callable[[Leaf, Work, Command], Leaf]]] = {"confirm": _begin, "start": _begin, "skip": _skip}


def _critical(node: Node) -> bool:
    """Whether a critical limit is judged in the phase: no batch passes it unjudged."""
    return isinstance(node.what, PhaseStep) and any(w.ccp for w in node.what.watches)


def _never_approved(batch: Batch, ctx: Context) -> list[Text]:
    """A version that nobody approved is tried by hand to the end; one that was replaced meanwhile was approved."""
    library, master = ctx.scan.lent.get(LENT), batch.control.master
    approved = not isinstance(library, Library) or library.was_approved(master.fingerprint)
    return [] if approved else [texts.not_approved(master.name)]


def _for_technologists(command: Command, *, reason: bool = True) -> list[Text]:
    found = [] if may(command.role, MANUAL_ROLE) else [texts.role_needed(MANUAL_ROLE)]
    return found + ([texts.REASON_NEEDED] if reason and not command.reason.strip() else [])
