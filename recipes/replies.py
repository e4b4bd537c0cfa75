"""``batch.reply``, ``batch.lot`` and ``batch.comment``: what people tell a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from line.documents import Text
from line.jsontools import child, finite
from line.lots import LOTS, LotDesk, LotUse
from line.messages import Command, CommandStatus, Json
from line.roles import may
from recipes import texts
from recipes.batch import Batch, Lot, Reply
from recipes.leaf import Leaf
from recipes.leaf_logic import finished
from recipes.model import Ingredient, PromptKind, PromptStep
from recipes.refusal import refuse
from recipes.states import ENDED, ProcState, Task
from recipes.walk import leave
from recipes.work import Context, Work

TEXT_MAX: Final = 500
LOT_MAX: Final = 100
LOTS_MAX: Final = 500
"""Lots of one batch; a plant weighs some dozens."""
EPSILON_KG: Final = 1e-6
"""A milligram: sums of what scales show are not exact in binary."""
LOT_MAX_KG: Final = 1e6
"""More than any scale shows: a sum of such slips of the pen would be no number any more."""
OUTSIDE_ROLE: Final = "shift_lead"
"""Who may take over a mass outside its tolerance, with a reason."""
_NO_SCALES: Final = Text(ru="На этой линии весы не заведены: введите массу", en="This line has no scales: type the mass in")


@dataclass(frozen=True)
class _Answer:
    """A reply that can be taken: as it was said, and as conditions read it; ``lot`` of a prompt for a lot."""

    value: bool | float | str
    number: float | None
    lot: _Load | None = None


@dataclass(frozen=True)
class _Load:
    """A lot that can be taken into the batch, and as the stock is told of it (None: the line keeps none)."""

    lot: Lot
    use: LotUse | None


def reply(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.reply``: the answer to a prompt that waits; signed where it asks for a signature."""
    prompt = command.args.get("prompt")
    found = [(leaf, s) for leaf in batch.leaves if isinstance(s := batch.control.nodes[leaf.node].what, PromptStep)]
    leaf, step = next(((f, s) for f, s in found if s.prompt == prompt), (None, None))
    if leaf is None or step is None:
        refuse(ctx, command, [texts.no_prompt(str(prompt))])
        return batch
    reasons = _against(batch, leaf, step, command)
    answer, wrong = _answer(batch, step, command, ctx, batch.unit_of(leaf))
    reasons += wrong
    if reasons or answer is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, command.user)
    signature = command.args.get("signature")
    data: dict[str, Json] = {"prompt": step.prompt, "text": step.text.to_json(), "value": answer.value, "user": command.user}
    data |= {"reason": command.reason} if command.reason else {}
    work.event(leaf.node, "reply", {**data, "signature": signature if isinstance(signature, Mapping) else None})
    if answer.lot is not None:
        _take_lot(work, answer.lot, leaf.node, command)
    replies = {**work.batch.replies, step.prompt: Reply(answer.value, answer.number, command.user, ctx.now_ns)}
    work.batch = replace(work.batch, replies=replies)
    work.put(finished(leaf, work))
    leave(leaf.node, work)
    return work.close()


def _against(batch: Batch, leaf: Leaf, step: PromptStep, command: Command) -> list[Text]:
    """Who may not answer, or not now."""
    found: list[Text] = []
    if leaf.task is not Task.WAIT or leaf.state is not ProcState.RUNNING:
        found.append(texts.prompt_rests(step.text))
    signer = child(command.args, "signature")
    if step.signed and not (signer.get("user") and may(str(signer.get("role")), step.role)):
        found.append(texts.role_needed(step.role) if signer.get("user") else texts.SIGNATURE_NEEDED)
    if not step.signed and not may(command.role, step.role):
        found.append(texts.role_needed(step.role))
    return found


def _answer(batch: Batch, step: PromptStep, command: Command, ctx: Context, unit: str) -> tuple[_Answer | None, list[Text]]:
    value = command.args.get("value")
    match step.kind:
        case PromptKind.CONFIRM if value is True:
            return _Answer(True, 1.0), []
        case PromptKind.NUMBER if (number := finite(value)) is not None:
            values = batch.control.values()
            lo, hi = (None if o is None else o.of(values) for o in (step.lo, step.hi))
            if (lo is not None and number < lo) or (hi is not None and number > hi):
                return None, [texts.outside_prompt(step.text, number, lo, hi, step.eu)]
            return _Answer(number, number), []
        case PromptKind.CHOICE if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(step.choices):
            return _Answer(value, float(value)), []
        case PromptKind.TEXT if isinstance(value, str) and 0 < len(value.strip()) <= TEXT_MAX:
            return _Answer(value.strip(), None), []
        case PromptKind.LOT if isinstance(value, Mapping):
            load, reasons = _Loading(batch, command, ctx, unit).load(step.material, value, whole=True)
            said = f"{load.lot.lot}: {load.lot.kg:g} kg" if load is not None else ""
            return (None if load is None else _Answer(said, None, load)), reasons
        case _:
            return None, [texts.wrong_argument("value")]


def add_lot(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.lot``: a lot of an ingredient and its weighed mass, which adds to what was weighed of it before."""
    material = command.args.get("material")
    reasons = [texts.batch_ended(batch.id, batch.state)] if batch.state in ENDED else []
    load, wrong = _Loading(batch, command, ctx, batch.unit).load(str(material), command.args, whole=False)
    reasons += wrong
    if reasons or load is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, command.user)
    _take_lot(work, load, 0, command)
    return work.close()


class _Loading:
    """Somebody who loads a batch: ``unit`` is where, '' when it has none yet. A line with a stock asks it about every lot."""

    def __init__(self, batch: Batch, command: Command, ctx: Context, unit: str) -> None:
        self._batch = batch
        self._command = command
        self._now_ns = ctx.now_ns
        self._unit = unit
        self._desk = cast("LotDesk | None", ctx.scan.lent.get(LOTS))

    def load(self, material: str, given: Mapping[str, Json], *, whole: bool) -> tuple[_Load | None, list[Text]]:
        """A lot that can be taken, or every reason why not. ``whole``: nothing more of the material will follow, so that too
        little is outside too."""
        batch, name = self._batch, given.get("lot")
        ingredient = next((i for i in batch.control.ingredients if i.material == material), None)
        reasons: list[Text] = []
        if ingredient is None:
            reasons.append(texts.wrong_argument("material"))
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LOT_MAX:
            reasons.append(texts.wrong_argument("lot"))
        if len(batch.lots) >= LOTS_MAX:
            reasons.append(texts.TOO_MANY_LOTS)
        kg, tare_kg, wrong = self._mass(given)
        reasons += wrong
        if reasons or ingredient is None or kg is None:
            return None, reasons
        reasons = self._outside(ingredient, kg, whole=whole)
        named = str(name).strip() if self._desk is None else str(name).strip().upper()  # numbers in stock are capitals
        lot = Lot(material, named, kg, self._now_ns, self._command.user)
        use = self._use(lot, str(given.get("scale") or ""), tare_kg) if self._desk is not None else None
        if self._desk is not None and use is not None:
            reasons += self._desk.against(use)
        return (None, reasons) if reasons else (_Load(lot, use), [])

    def _mass(self, given: Mapping[str, Json]) -> tuple[float | None, float | None, list[Text]]:
        """The mass as it was typed in, or as the scale shows it; with the tare that was taken off."""
        scale, typed = given.get("scale"), given.get("kg")
        if scale is None:
            kg = finite(typed)
            good = kg is not None and EPSILON_KG < kg <= LOT_MAX_KG
            return kg, None, [] if good else [texts.wrong_argument("kg")]
        if typed is not None or not isinstance(scale, str):
            return None, None, [texts.wrong_argument("scale")]
        tare_kg = finite(given.get("tare_kg"))
        if tare_kg is None and given.get("tare_kg") is not None:  # a tare that cannot be read is not the same as none
            return None, None, [texts.wrong_argument("tare_kg")]
        if self._desk is None:
            return None, None, [_NO_SCALES]
        mass, reasons = self._desk.weigh(scale, tare_kg)
        return (None, None, reasons) if mass is None else (mass.kg, mass.tare_kg, reasons)

    def _outside(self, ingredient: Ingredient, kg: float, *, whole: bool) -> list[Text]:
        """Outside the tolerance only by who may, and with a reason."""
        total = weighed(self._batch, ingredient.material) + kg
        lo, hi = tolerance(ingredient)
        if total <= hi + EPSILON_KG and not (whole and total < lo - EPSILON_KG):
            return []
        reasons = [] if may(self._command.role, OUTSIDE_ROLE) else [texts.role_needed(OUTSIDE_ROLE)]
        reasons += [] if self._command.reason.strip() else [texts.REASON_NEEDED]
        return [texts.outside_tolerance(ingredient.name, total, lo, hi), *reasons] if reasons else []

    def _use(self, lot: Lot, scale: str, tare_kg: float | None) -> LotUse:
        command = self._command
        return LotUse(
            self._batch.id, lot.material, lot.lot, lot.kg, command.user, command.role, command.reason.strip(), self._unit,
            command.id, scale, tare_kg,
        )  # fmt: skip


def weighed(batch: Batch, material: str) -> float:
    """What was weighed of a material so far, kg."""
    return sum(entry.kg for entry in batch.lots if entry.material == material)


def tolerance(ingredient: Ingredient) -> tuple[float, float]:
    """The least and the most of an ingredient in this batch, kg."""
    off = ingredient.kg * ingredient.tolerance_pct / 100
    return ingredient.kg - off, ingredient.kg + off


def _take_lot(work: Work, load: _Load, node: int, command: Command) -> None:
    lot = load.lot
    desk = cast("LotDesk | None", work.ctx.scan.lent.get(LOTS))
    if desk is not None and load.use is not None:
        desk.take(load.use)
    ingredient = next(i for i in work.batch.control.ingredients if i.material == lot.material)
    work.batch = replace(work.batch, lots=(*work.batch.lots, lot))
    total = weighed(work.batch, lot.material)
    lo, hi = tolerance(ingredient)
    inside = lo - EPSILON_KG <= total <= hi + EPSILON_KG
    data: dict[str, Json] = {
        "material": lot.material, "lot": lot.lot, "kg": lot.kg, "total_kg": round(total, 4), "target_kg": round(ingredient.kg, 4),
        "tolerance_pct": ingredient.tolerance_pct, "inside": inside, "user": command.user, "reason": command.reason,
    }  # fmt: skip
    work.event(node, "lot", data)


def comment(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.comment``: words for the record, also after the batch has ended."""
    text = command.args.get("text")
    if not isinstance(text, str) or not 0 < len(text.strip()) <= TEXT_MAX:
        refuse(ctx, command, [texts.wrong_argument("text")])
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    Work(batch, ctx, command.user).event(0, "comment", {"text": text.strip(), "user": command.user})
    return batch
