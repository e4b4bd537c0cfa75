"""The stage ``batches`` of the scan: commands of people, units for those that wait, then every batch one step on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from line.clock import NS_PER_S
from line.messages import Command, CommandKind, EventKind, Json, JsonObject
from line.model import LineModel
from line.stage import RequestResult, Scan
from recipes import commands, modes, parameters, replies, saving, texts
from recipes.acquire import arbitrate
from recipes.batch import Batch
from recipes.commands import RecipeState
from recipes.dispose import dispose
from recipes.disposition import awaiting
from recipes.look import steady
from recipes.model import MasterRecipe
from recipes.refusal import refuse
from recipes.run import advance
from recipes.signals import Signals
from recipes.states import ENDED
from recipes.view import Key, Shown, view
from recipes.work import Context

KEEP_ENDED_NS: Final = 12 * 3600 * NS_PER_S
"""How long an ended batch stays in state and view: the longest shift."""
_NO_ANSWERS: Final[Mapping[str, RequestResult]] = {}

Handler = Callable[[Batch, Command, Context], Batch]
HANDLERS: Final[Mapping[str, Handler]] = {
    CommandKind.BATCH_COMMAND: commands.control,
    CommandKind.BATCH_MODE: modes.set_mode,
    CommandKind.BATCH_STEP: modes.step,
    CommandKind.BATCH_REPLY: replies.reply,
    CommandKind.BATCH_LOT: replies.add_lot,
    CommandKind.BATCH_PARAMETER: parameters.set_parameter,
    CommandKind.BATCH_COMMENT: replies.comment,
    CommandKind.BATCH_DISPOSITION: dispose,
}
"""What each command does to the batch it names; refused ones return the batch itself."""


class RecipeStage:
    """Batches as a :class:`~line.stage.Stage`; holds only what never changes, the line and the recipes, and how each batch was
    shown last (a function of the batch alone)."""

    def __init__(self, model: LineModel, recipes: Mapping[str, MasterRecipe]) -> None:
        self._model = model
        self._recipes = recipes
        self._signals = Signals(model)
        self._shown: Mapping[Key, Shown] = {}

    @property
    def name(self) -> str:
        """Key of state and view."""
        return "batches"

    @property
    def command_kinds(self) -> frozenset[str]:
        """Commands about batches."""
        return frozenset({CommandKind.BATCH_CREATE, *HANDLERS})

    def initial(self) -> RecipeState:
        """No batch yet."""
        return RecipeState()

    def step(self, state: RecipeState, scan: Scan) -> RecipeState:
        """One scan; ``state`` itself when nothing changed."""
        if scan.commands or scan.results or not _quiet(state, scan):
            answers = {r.id: r for r in scan.results} if scan.results else _NO_ANSWERS
            ctx = Context(self._model, scan, answers)
            for command in scan.commands:
                state = self._command(state, command, ctx)
            state = _advance(state, ctx)
        if state.ended and scan.now_ns - state.ended[0].ended_ns > KEEP_ENDED_NS:
            kept = tuple(b for b in state.ended if not _is_old(b, scan.now_ns))
            state = state if len(kept) == len(state.ended) else replace(state, ended=kept)
        signals = self._signals.publish(state.signals, state.active, state.ended, scan)
        return state if signals is state.signals else replace(state, signals=signals)

    def view(self, state: RecipeState) -> JsonObject:
        """What the panels are shown."""
        shown, self._shown = view(state, self._model, self._shown)
        return shown

    def save(self, state: RecipeState) -> JsonObject:
        """The state for the journal; answers under way are not saved, a restart waits for a person anyway."""
        return saving.save(state)

    def restore(self, saved: JsonObject, now_ns: int) -> RecipeState:
        """Running batches come back Held. Raises ValueError when ``saved`` is not a saved state."""
        return saving.restore(saved, now_ns, self._model, self._recipes)

    def _command(self, state: RecipeState, command: Command, ctx: Context) -> RecipeState:
        if command.kind == CommandKind.BATCH_CREATE:
            return commands.create(state, command, ctx, self._recipes)
        for i, batch in enumerate(state.active):
            if batch.id == command.target:
                after = HANDLERS[command.kind](batch, command, ctx)
                if after is batch:
                    return state
                return replace(state, active=(*state.active[:i], after, *state.active[i + 1 :]))
        ended = next((b for b in state.ended if b.id == command.target), None)
        if ended is None:
            refuse(ctx, command, [texts.unknown_batch(command.target)])
            return state
        after = HANDLERS[command.kind](ended, command, ctx)
        return state if after is ended else replace(state, ended=tuple(after if b is ended else b for b in state.ended))


def _is_old(batch: Batch, now_ns: int) -> bool:
    """A batch that ended long ago; one whose product waits for its disposition is kept until it has it."""
    return now_ns - batch.ended_ns > KEEP_ENDED_NS and not awaiting(batch.deviations)


def _quiet(state: RecipeState, scan: Scan) -> bool:
    """Whether every batch runs as it should: the scan ends here then."""
    image, now_ns = scan.image, scan.now_ns
    return all(steady(batch, image, now_ns) and not batch.restored_from for batch in state.active)


def _advance(state: RecipeState, ctx: Context) -> RecipeState:
    batches: Sequence[Batch] = arbitrate(state.active, ctx)
    after = [advance(b, ctx) if not b.restored_from else _announce(b, ctx) for b in batches]
    if all(a is b and a.state not in ENDED for a, b in zip(after, state.active, strict=True)):
        return state
    active = tuple(b for b in after if b.state not in ENDED)
    ended = tuple(b for b in after if b.state in ENDED)
    return replace(state, active=active, ended=(*state.ended, *ended))


def _announce(batch: Batch, ctx: Context) -> Batch:
    """Say once, after a restart of the engine, what became of the batch and of every node that it was in."""
    reasons: list[Json] = [batch.held_reason.to_json()] if batch.held_reason is not None else []
    moved = [(0, batch.restored_from, batch.state.value), *batch.restored]
    for index, before, now in moved:
        if before == now:
            continue
        node = batch.control.nodes[index]
        data: dict[str, Json] = {"what": "state", "node": node.id if index else "", "kind": node.kind.value, "from": before}
        data |= {"to": now, "reasons": reasons}
        unit = batch.control.units.get(node.role, "") if index else batch.unit
        ctx.scan.event(EventKind.BATCH, batch.id, data, unit=unit, batch=batch.id)
    return replace(batch, restored_from="", restored=())
