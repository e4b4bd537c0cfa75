"""What people may ask of batches: create, start … abort, modes, steps. Accepted or refused with reasons, never half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from line.documents import Text
from line.jsontools import finite
from line.messages import Command, CommandStatus, EventKind, Json, Write
from line.model import LineModel
from line.orders import ORDERS, OrderDesk
from line.phases import PhaseState
from line.roles import may
from recipes import texts
from recipes.batch import Batch, Mode, control_recipe
from recipes.bounds import bound_leaf
from recipes.ccp import against_restart, reworks
from recipes.leaf import Leaf, LivePhase, with_task
from recipes.leaf_phase import follow
from recipes.library_view import LENT, Library
from recipes.look import look
from recipes.model import LoopBlock, MasterRecipe
from recipes.monitor import drifted, verdicts_pass, watch_faults
from recipes.refusal import refuse
from recipes.signals import Standing
from recipes.states import BATCH_COMMANDS, BATCH_TABLE, NODE_COMMANDS, STATE_TABLE, ProcState, Task
from recipes.tree import inside
from recipes.unit_views import unmet
from recipes.walk import begin
from recipes.work import Context, Work

FIRST_NUMBER: Final = 1001
LAST_NUMBER: Final = 65_535
"""``BatchNo`` has 16 bits in the PLC; numbering starts again after this."""
OPEN_BATCHES_MAX: Final = 100
MANUAL_ROLE: Final = "technologist"
"""The least role for manual mode, for what is done in it, and for a version that is not approved."""


@dataclass(frozen=True)
class RecipeState:
    """All batches: ``active`` in order of creation, ``ended`` in order of their end. ``signals`` are the units' tags that were
    published last, None before that was done."""

    next_number: int = FIRST_NUMBER
    active: tuple[Batch, ...] = ()
    ended: tuple[Batch, ...] = ()
    signals: Standing | None = None


def create(state: RecipeState, command: Command, ctx: Context, recipes: Mapping[str, MasterRecipe]) -> RecipeState:
    """``batch.create``: a control recipe of the wanted size, started at once when ``start`` says so."""
    start = command.args.get("start", False)
    mode = command.args.get("mode") or Mode.AUTOMATIC.value
    master, reasons = _wanted(command, ctx, recipes)
    size = None
    if master is not None:
        size = finite(command.args.get("size_kg", master.base_batch_kg))
        if size is None or not master.size_lo_kg <= size <= master.size_hi_kg:
            reasons.append(texts.wrong_size(master.size_lo_kg, master.size_hi_kg))
    if not isinstance(start, bool):
        reasons.append(texts.wrong_argument("start"))
    if mode not in tuple(Mode):  # what was sent may be a list, which no set takes
        reasons.append(texts.wrong_argument("mode"))
    if mode == Mode.MANUAL and not may(command.role, MANUAL_ROLE):
        reasons.append(texts.role_needed(MANUAL_ROLE))
    order = command.args.get("order", "")
    reasons += _against_order(order, command.target, ctx)
    if len(state.active) >= OPEN_BATCHES_MAX:
        reasons.append(texts.TOO_MANY)
    if reasons or master is None or size is None:
        refuse(ctx, command, reasons)
        return state
    number = state.next_number
    batch = Batch(control_recipe(master, f"B{number:04d}", number, size), ctx.now_ns, mode=Mode(str(mode)))
    ingredients: dict[str, Json] = {
        i.material: {"kg": round(i.kg, 3), "tolerance_pct": i.tolerance_pct} for i in batch.control.ingredients
    }
    data: dict[str, Json] = {
        "what": "created", "node": "", "number": number, "recipe": master.id, "version": master.version,
        "hash": master.fingerprint, "mode": batch.mode.value, "size_kg": size, "user": command.user,
        "parameters": {**batch.control.values()}, "ingredients": ingredients, "scale": size / master.base_batch_kg,
    }  # fmt: skip
    if order:
        data |= {"order": order}
    ctx.scan.answer(command, CommandStatus.ACCEPTED, {"batch": batch.id})
    ctx.scan.event(EventKind.BATCH, batch.id, data, batch=batch.id)
    if start:
        work = Work(batch, ctx, command.user)
        begin(work)
        batch = work.close()
    following = number + 1 if number < LAST_NUMBER else FIRST_NUMBER
    return replace(state, next_number=following, active=(*state.active, batch))


def _against_order(order: Json, recipe: str, ctx: Context) -> list[Text]:
    """What the order says against a batch of ``recipe``; a batch that is made for none needs no order."""
    if order == "":
        return []
    if not isinstance(order, str):
        return [texts.wrong_argument("order")]
    desk = cast("OrderDesk | None", ctx.scan.lent.get(ORDERS))
    return [texts.NO_ORDERS] if desk is None else desk.against(order, recipe)


def _wanted(command: Command, ctx: Context, recipes: Mapping[str, MasterRecipe]) -> tuple[MasterRecipe | None, list[Text]]:
    """The version that is meant: the approved one, or with ``hash`` another, which a technologist may try by hand."""
    library, recipe, wanted = ctx.scan.lent.get(LENT), command.target, command.args.get("hash")
    if not isinstance(library, Library):
        master = recipes.get(recipe)
    elif wanted:
        master = library.version(str(wanted))
        master = master if master is not None and master.id == recipe else None
    else:
        master = library.approved(recipe)
        if master is None and library.knows(recipe):
            return None, [texts.no_approved(recipe)]
    if master is None:
        return None, [texts.unknown_recipe(recipe)]
    by_hand = bool(wanted) and command.args.get("mode") in (Mode.SEMI, Mode.MANUAL) and may(command.role, MANUAL_ROLE)
    return master, [] if master.status == "approved" or by_hand else [texts.not_approved(master.name)]


def control(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.command``: one of :data:`BATCH_COMMANDS`, for a ``node`` of :data:`NODE_COMMANDS`, where the table allows it."""
    word, node_id = command.args.get("command"), command.args.get("node", "")
    if not isinstance(word, str) or word not in BATCH_COMMANDS:
        refuse(ctx, command, [texts.wrong_argument("command")])
        return batch
    scope = next((n.index for n in batch.control.nodes if n.id == node_id), None) if node_id else 0
    if scope is None or (scope and word not in NODE_COMMANDS):
        refuse(ctx, command, [texts.wrong_argument("node" if scope is None else "command")])
        return batch
    work = Work(batch, ctx, command.user)
    table = STATE_TABLE if scope else BATCH_TABLE
    if word not in table[_state(work, scope)]:
        name = batch.control.nodes[scope].name if scope else None
        refuse(ctx, command, [texts.wrong_state(batch.id, _state(work, scope), word, name)])
        return batch
    leaves = [leaf for leaf in work.leaves if inside(work.nodes, leaf.node, scope) and word in STATE_TABLE[leaf.state]]
    if word == "restart":
        return _restart(work, leaves, command)
    if word == "pause" and (reasons := no_pause(leaves, work.ctx.model)):
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    _carry_out(work, leaves, word, command)
    return work.close()


def _state(work: Work, scope: int) -> ProcState:
    leaf = work.batch.leaf(scope)
    return work.state(scope) if leaf is None else leaf.state


def _carry_out(work: Work, leaves: list[Leaf], word: str, command: Command) -> None:
    """A command that nothing stands against, for the leaves that take it."""
    match word:
        case "start":
            begin(work)
        case "hold":
            said = [Text(ru=command.reason, en=command.reason)] if command.reason else []
            reason = texts.with_cause(texts.HELD_BY_USER, said)
            for leaf in leaves:
                work.put(work.held(leaf, reason))
        case "pause":
            for leaf in leaves:
                work.put(with_task(work.change(work.stop_timer(leaf), "pause"), Task.PAUSE, work.now_ns))
        case "resume":
            for leaf in leaves:
                work.put(_resumed(work, work.change(leaf, "resume")))
        case _:
            task = Task.STOP if word == "stop" else Task.ABORT
            for leaf in leaves:
                work.put(with_task(work.change(leaf, word), task, work.now_ns))
            if not work.leaves:  # it had not begun
                work.move(0, ProcState.STOPPED if word == "stop" else ProcState.ABORTED)


def no_pause(leaves: Sequence[Leaf], model: LineModel) -> list[Text]:
    """Units at work whose PLC knows no pause."""
    units = [model.units[leaf.live.unit] for leaf in leaves if leaf.live is not None and leaf.begun]
    return [texts.no_pause(u.label) for u in units if model.tags[u.cmd].hi < PAUSE_COMMAND]


PAUSE_COMMAND: Final = 7
"""A PLC whose ``PhCmd`` does not reach this number (``PHASE_COMMANDS``) cannot pause."""


def _resumed(work: Work, leaf: Leaf) -> Leaf:
    if leaf.live is not None and leaf.begun:
        return with_task(leaf, Task.RESET if leaf.done else Task.RESUME, work.now_ns)
    return with_task(leaf, _first_task(work.batch, leaf), work.now_ns)


def _first_task(batch: Batch, leaf: Leaf) -> Task:
    """What a leaf does when nothing keeps it: it takes its units, or a person is asked first unless it was taken up before."""
    return Task.ACQUIRE if batch.mode is Mode.AUTOMATIC or leaf.begun else Task.OFFER


def _restart(work: Work, leaves: list[Leaf], command: Command) -> Batch:
    """Go on from Held, if nothing stands against it; how depends on what became of each phase meanwhile."""
    plans = [(leaf, *restart_plan(work.batch, leaf, work.ctx)) for leaf in leaves]
    reasons = {t.en: t for t in (*against_restart(work.batch), *(t for _, found, _ in plans for t in found))}
    if reasons:
        refuse(work.ctx, command, list(reasons.values()))
        return work.batch
    work.ctx.scan.answer(command, CommandStatus.ACCEPTED)
    for leaf, _, then in plans:
        work.put(_restarted(work, work.change(leaf, "restart"), then, command))
    return work.close()


def _restarted(work: Work, leaf: Leaf, then: Task, command: Command) -> Leaf:
    if then is Task.RUN:
        return follow(leaf, work)
    if then in (Task.RESET, Task.OFFER):
        return with_task(replace(work.change(leaf, "done"), held_reason=None), then, work.now_ns)
    if then is Task.START:
        leaf = replace(leaf, begun=False)
    if then is Task.RESTART and leaf.live is not None:
        for setpoint in drifted(leaf.live, work.ctx.scan.image):
            work.ctx.scan.writes.append(Write(setpoint.handle, setpoint.value, command.id))
    return with_task(leaf, then, work.now_ns)


def restart_plan(batch: Batch, leaf: Leaf, ctx: Context) -> tuple[list[Text], Task]:
    """What stands against a restart of a leaf, and what it would do: every reason at once."""
    live = leaf.live
    if live is None or not (leaf.begun or leaf.asked):
        return _undecided(batch, leaf, ctx), _first_task(batch, leaf)
    if leaf.asked is not None:
        return [texts.WAIT_FOR_PLC], Task.RESTART
    label = ctx.label(live.unit)
    seen = look(leaf, live, ctx.scan.image)
    if seen is None:
        return [texts.link_lost(label)], Task.RESTART
    if not seen.ours:
        return [texts.other_phase(label)], Task.RESTART
    if leaf.done and seen.state in _RESTART_FROM:
        return [], Task.RESET
    again = reworks(batch, leaf)
    if seen.state is PhaseState.COMPLETE and not again and verdicts_pass(batch, leaf, live, ctx.scan.image):
        return [], Task.RUN
    then = Task.REDO if again and seen.state is PhaseState.HELD else _RESTART_FROM.get(seen.state)
    if then is None:
        return [texts.phase_moving(label, seen.state)], Task.RESTART
    return _against(batch, leaf, live, then, ctx), then


def _undecided(batch: Batch, leaf: Leaf, ctx: Context) -> list[Text]:
    """A loop that was done as often as it may be goes on only once its condition holds."""
    node = batch.control.nodes[leaf.node]
    if not isinstance(node.what, LoopBlock) or batch.run(leaf.node).count < node.what.at_most:
        return []
    bounds = bound_leaf(batch, leaf, ctx.model).bounds
    holds = all(b is None or b.judge(ctx.scan.image).holds for b in bounds)
    return [] if holds else [texts.loop_bound(node.name, node.what.at_most)]


def _against(batch: Batch, leaf: Leaf, live: LivePhase, then: Task, ctx: Context) -> list[Text]:
    label = ctx.label(live.unit)
    reasons = watch_faults(batch, leaf, live, ctx.model, ctx.scan.image)
    reasons += [texts.with_cause(Text(ru=label, en=label), [texts.not_met(t)]) for t in unmet(ctx.scan, live.unit)]
    if then is Task.RESTART:
        bad = [s for s in live.setpoints if not ctx.scan.image.good(s.handle)]
        reasons += [texts.bad_quality(ctx.model.tags[s.handle].text) for s in bad]
    return reasons


_RESTART_FROM: Final[Mapping[PhaseState, Task]] = {
    PhaseState.HELD: Task.RESTART,
    PhaseState.IDLE: Task.START,
    PhaseState.COMPLETE: Task.AGAIN,
    PhaseState.STOPPED: Task.AGAIN,
    PhaseState.ABORTED: Task.AGAIN,
}
"""State of the phase in the PLC → what a restart does. COMPLETE: its verdict failed, the phase is repeated."""
