"""The arguments of every command that people give, as the API takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal, TypeAlias, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Number: TypeAlias = bool | int | float


def is_readable(text: str) -> bool:
    """True when a person sees anything of it: zero-width and control characters are no reason and no comment."""
    return any(c.isprintable() and not c.isspace() for c in text)


_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls, which a console obeys, and what turns the direction of writing (UAX #9): a mass beside it is read backwards."""


def holds_unseen(value: object) -> bool:
    """Whether any text in ``value`` holds characters that nobody sees and that change how it, or its neighbour, is shown."""
    left = [value]
    while left:
        match left.pop():
            case str(words):
                if _UNSEEN.search(words):
                    return True
            case Mapping() as pairs:
                left += [*cast(Mapping[object, object], pairs).keys(), *cast(Mapping[object, object], pairs).values()]
            case Sequence() as items:
                left += cast(Sequence[object], items)
            case _:
                pass
    return False


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("nothing in it can be read")
    return text


class Args(BaseModel):
    """Base of the arguments of commands: unknown keys are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class TagWriteArgs(Args):
    """``tag.write``"""

    value: Number


class UnitCommandArgs(Args):
    """``unit.command``; phase and parameters go with ``start`` only."""

    command: Literal["start", "hold", "restart", "stop", "abort", "reset"]
    phase: Annotated[str, StringConstraints(max_length=64)] = ""
    parameters: Annotated[dict[Annotated[str, StringConstraints(max_length=64)], Number], Field(max_length=64)] = {}


class UnitModeArgs(Args):
    """``unit.mode``"""

    mode: Literal["auto", "manual"]


class AlarmsArgs(Args):
    """``alarm.reset``, ``alarm.unshelve``, ``alarm.restore``: the alarms it is about."""

    alarms: Annotated[list[Annotated[str, StringConstraints(max_length=128)]], Field(min_length=1, max_length=1000)]


class AlarmAckArgs(AlarmsArgs):
    """``alarm.ack``; ``as_of`` tells for an alarm which annunciation the person saw (its ``time_ns`` in the view, ns UTC)."""

    as_of: Annotated[dict[str, Annotated[int, Field(ge=0, lt=2**63)]], Field(max_length=1000)] = {}


class AlarmShelveArgs(AlarmsArgs):
    """``alarm.shelve``"""

    minutes: int | float
    one_shot: bool = False


class AlarmRemoveArgs(AlarmsArgs):
    """``alarm.remove``"""

    work_order: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_readable)]


class AlarmCommentArgs(Args):
    """``alarm.comment``"""

    text: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True), AfterValidator(_readable)]


CallReason: TypeAlias = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_readable)]


class CallReasonText(Args):
    """A reason in both languages, as the line's services offer them."""

    ru: CallReason
    en: CallReason


class CallCreateArgs(Args):
    """``call.create``"""

    service: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    reason: CallReason | CallReasonText


class CallCloseArgs(Args):
    """``call.close``"""

    note: Annotated[str, StringConstraints(max_length=500)] = ""


class NoArgs(Args):
    """``alarm.silence``, ``call.accept``, ``call.arrive``"""


Word: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=128)]
ContentHash: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Readable: TypeAlias = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True), AfterValidator(_readable)]
CONTENT_MAX: Final = 150_000
"""Characters of a recipe file."""


class BatchCreateArgs(Args):
    """``batch.create``; without ``hash`` the approved version is meant. ``order``: id of the production order it is made for."""

    size_kg: int | float
    start: bool = False
    mode: Literal["automatic", "semi", "manual"] = "automatic"
    hash: ContentHash | None = None
    order: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None


class BatchCommandArgs(Args):
    """``batch.command``; without ``node`` the whole batch is meant."""

    command: Literal["start", "pause", "resume", "hold", "restart", "stop", "abort"]
    node: Annotated[str, StringConstraints(max_length=128)] | None = None


class BatchModeArgs(Args):
    """``batch.mode``"""

    mode: Literal["automatic", "semi", "manual"]


class BatchStepArgs(Args):
    """``batch.step``"""

    node: Word
    action: Literal["confirm", "start", "skip"]


class LotReply(Args):
    """The reply to a prompt for a lot; ``kg`` as weighed."""

    lot: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_readable)]
    kg: Annotated[int | float, Field(ge=0, le=100_000)]


class ScaleReply(Args):
    """The reply to a prompt for a lot; the engine reads the mass from ``scale`` itself."""

    lot: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_readable)]
    scale: Word
    tare_kg: Annotated[int | float, Field(ge=0, le=100_000)] | None = None


class BatchReplyArgs(Args):
    """``batch.reply``; which kind of value is asked for says the prompt."""

    prompt: Word
    value: bool | int | float | Annotated[str, StringConstraints(max_length=500)] | LotReply | ScaleReply


class BatchLotArgs(Args):
    """``batch.lot``: the mass typed in, or ``scale`` for the engine to read it from."""

    material: Word
    lot: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_readable)]
    kg: Annotated[int | float, Field(ge=0, le=100_000)] | None = None
    scale: Word | None = None
    tare_kg: Annotated[int | float, Field(ge=0, le=100_000)] | None = None


class BatchParameterArgs(Args):
    """``batch.parameter``"""

    parameter: Word
    value: int | float


class BatchCommentArgs(Args):
    """``batch.comment``"""

    text: Readable


class BatchDispositionArgs(Args):
    """``batch.disposition``"""

    verdict: Literal["release", "rework", "destroy"]
    deviation: Annotated[int, Field(ge=1, lt=2**31)]


class RecipeSaveArgs(Args):
    """``recipe.save``: the content as data, and the file it was read from."""

    data: dict[str, object]
    text: Annotated[str, StringConstraints(max_length=CONTENT_MAX)] = ""
    base: Literal[""] | ContentHash = ""


class RecipeHashArgs(Args):
    """``recipe.submit``, ``recipe.withdraw``, ``recipe.reject``, ``recipe.obsolete``"""

    hash: ContentHash


class RecipeApproveArgs(RecipeHashArgs):
    """``recipe.approve``: what was looked at."""

    evidence: ContentHash
    difference: ContentHash
