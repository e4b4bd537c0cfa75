"""``batch.reply``, ``batch.lot`` and ``batch.comment``: what people tell a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from line.documents import Text
from line.jsontools import child, finite
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


@dataclass(frozen=True)
class _Answer:
    """A reply that can be taken: as it was said, and as conditions read it; ``lot`` of a prompt for a lot."""

    value: bool | float | str
    number: float | None
    lot: Lot | None = None


def reply(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.reply``: the answer to a prompt that waits; signed where it asks for a signature."""
    prompt = command.args.get("prompt")
    found = [(leaf, s) for leaf in batch.leaves if isinstance(s := batch.control.nodes[leaf.node].what, PromptStep)]
    leaf, step = next(((f, s) for f, s in found if s.prompt == prompt), (None, None))
    if leaf is None or step is None:
        refuse(ctx, command, [texts.no_prompt(str(prompt))])
        return batch
    reasons = _against(batch, leaf, step, command)
    answer, wrong = _answer(batch, step, command, ctx.now_ns)
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


def _answer(batch: Batch, step: PromptStep, command: Command, now_ns: int) -> tuple[_Answer | None, list[Text]]:
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
            lot, reasons = _lot(batch, step.material, value, command, now_ns, whole=True)
            said = f"{lot.lot}: {lot.kg:g} kg" if lot is not None else ""
            return (None if lot is None else _Answer(said, None, lot)), reasons
        case _:
            return None, [texts.wrong_argument("value")]


def add_lot(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.lot``: a lot of an ingredient and its weighed mass, which adds to what was weighed of it before."""
    material = command.args.get("material")
    reasons = [texts.batch_ended(batch.id, batch.state)] if batch.state in ENDED else []
    lot, wrong = _lot(batch, str(material), command.args, command, ctx.now_ns, whole=False)
    reasons += wrong
    if reasons or lot is None:
        refuse(ctx, command, reasons)
        return batch
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, command.user)
    _take_lot(work, lot, 0, command)
    return work.close()


def _lot(
    batch: Batch, material: str, given: Mapping[str, Json], command: Command, now_ns: int, *, whole: bool
) -> tuple[Lot | None, list[Text]]:
    """A lot that can be taken, or why not. ``whole``: nothing more of the material will follow, so too little is outside too."""
    ingredient = next((i for i in batch.control.ingredients if i.material == material), None)
    name, kg = given.get("lot"), finite(given.get("kg"))
    reasons: list[Text] = []
    if ingredient is None:
        reasons.append(texts.wrong_argument("material"))
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LOT_MAX:
        reasons.append(texts.wrong_argument("lot"))
    if kg is None or not 0 < kg <= LOT_MAX_KG:
        reasons.append(texts.wrong_argument("kg"))
    if len(batch.lots) >= LOTS_MAX:
        reasons.append(texts.TOO_MANY_LOTS)
    if reasons or ingredient is None or kg is None:
        return None, reasons
    total = weighed(batch, material) + kg
    lo, hi = tolerance(ingredient)
    if total > hi + EPSILON_KG or (whole and total < lo - EPSILON_KG):
        reasons += [] if may(command.role, OUTSIDE_ROLE) else [texts.role_needed(OUTSIDE_ROLE)]
        reasons += [] if command.reason.strip() else [texts.REASON_NEEDED]
        reasons = [texts.outside_tolerance(ingredient.name, total, lo, hi), *reasons] if reasons else []
    return (None, reasons) if reasons else (Lot(material, str(name).strip(), kg, now_ns, command.user), [])


def weighed(batch: Batch, material: str) -> float:
    """What was weighed of a material so far, kg."""
    return sum(entry.kg for entry in batch.lots if entry.material == material)


def tolerance(ingredient: Ingredient) -> tuple[float, float]:
    """The least and the most of an ingredient in this batch, kg."""
    off = ingredient.kg * ingredient.tolerance_pct / 100
    return ingredient.kg - off, ingredient.kg + off


def _take_lot(work: Work, lot: Lot, node: int, command: Command) -> None:
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
