"""``batch.disposition``: what a person decides, and signs, of the product of a violated critical limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from line.documents import Text
from line.messages import Command, CommandStatus, Json
from line.roles import may
from recipes import ccp_texts
from recipes.batch import Batch
from recipes.ccp import move_product
from recipes.disposition import PRODUCT_TABLE, Disposition, Verdict, awaiting, decided
from recipes.leaf import Leaf
from recipes.refusal import refuse
from recipes.work import Context, Work

SIGNER_ROLE: Final = "technologist"
"""Who may decide about the product of a violated critical limit."""


def dispose(batch: Batch, command: Command, ctx: Context) -> Batch:
    """``batch.disposition``: a signed verdict on one deviation of a critical limit, also when the batch has ended meanwhile."""
    number, word = command.args.get("deviation"), command.args.get("verdict")
    signer = _signer(command)
    reasons = _reasons(batch, number, word, command, signer)
    if reasons or signer is None or not isinstance(number, int):
        refuse(ctx, command, reasons)
        return batch
    given = replace(signer, verdict=Verdict(str(word)))
    ctx.scan.answer(command, CommandStatus.ACCEPTED)
    work = Work(batch, ctx, given.user)
    deviation = next(d for d in batch.deviations if d.number == number)
    places = {n.id: n.index for n in batch.control.nodes}
    signature = command.args.get("signature")
    data: dict[str, Json] = {"deviation": number, "verdict": given.verdict.value, "user": given.user, "reason": given.reason}
    work.event(places.get(deviation.node, 0), "disposition", {**data, "signature": signature})
    work.batch = replace(batch, deviations=decided(batch.deviations, number, given))
    move_product(work, given.verdict, number, ccp_texts.said(given.verdict, number))
    if not awaiting(work.batch.deviations):
        work.leaves = tuple(_now_decided(leaf, given) for leaf in work.leaves)
    return work.close()


def _now_decided(leaf: Leaf, given: Disposition) -> Leaf:
    """A held leaf no longer says that somebody has to decide."""
    if leaf.held_reason is None:
        return leaf
    told = ccp_texts.now_decided(leaf.held_reason, given.verdict, given.name)
    return leaf if told == leaf.held_reason else replace(leaf, held_reason=told)


def _reasons(batch: Batch, number: Json, word: Json, command: Command, signer: Disposition | None) -> list[Text]:
    found: list[Text] = []
    whole = isinstance(number, int) and not isinstance(number, bool)
    deviation = next((d for d in batch.deviations if d.ccp and d.number == number), None) if whole else None
    if deviation is None:
        found.append(ccp_texts.no_such_deviation(number))
    elif deviation.disposition is not None:
        found.append(ccp_texts.decided_already(deviation.number, deviation.disposition.verdict))
    if not isinstance(word, str) or word not in set(Verdict):
        found.append(ccp_texts.NO_SUCH_VERDICT)
    elif deviation is not None and deviation.disposition is None and word not in PRODUCT_TABLE[batch.product]:
        found.append(ccp_texts.DESTROYED)
    if not command.reason.strip():
        found.append(ccp_texts.NO_REASON)
    if signer is None:
        found.append(ccp_texts.NOT_SIGNED)
    elif not may(signer.role, SIGNER_ROLE):
        found.append(ccp_texts.signer_may_not(signer.role, SIGNER_ROLE))
    return found


def _signer(command: Command) -> Disposition | None:
    """The signature that the server put there after checking the password, with a verdict still to be filled in; or None."""
    given = command.args.get("signature")
    match given:
        case {"user": str(user), "name": str(name), "role": str(role), "time_ns": int(time_ns)} if user.strip():
            return Disposition(Verdict.RELEASE, user, name, role, command.reason, time_ns)
        case _:
            return None
