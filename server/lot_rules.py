"""Commands about lots as the server judges them. The stock is the engine's: what it holds at the scan is judged there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from line.documents import Text
from line.messages import CommandKind
from server.command_args import Args, NoArgs
from server.judge_kit import Subject
from server.lot_args import (
    LotAdjustArgs,
    LotDispatchArgs,
    LotDocumentArgs,
    LotLabelArgs,
    LotMergeArgs,
    LotMoveArgs,
    LotReceiveArgs,
    LotReworkArgs,
    LotSplitArgs,
    LotWeighArgs,
)
from server.roles import Role
from server.texts import text

ROLES: Final[Mapping[CommandKind, Role]] = {
    CommandKind.LOT_RECEIVE: Role.OPERATOR,
    CommandKind.LOT_HOLD: Role.OPERATOR,
    CommandKind.LOT_BLOCK: Role.TECHNOLOGIST,
    CommandKind.LOT_RELEASE: Role.OPERATOR,
    CommandKind.LOT_MOVE: Role.OPERATOR,
    CommandKind.LOT_ADJUST: Role.SHIFT_LEAD,
    CommandKind.LOT_DISCARD: Role.SHIFT_LEAD,
    CommandKind.LOT_LABEL: Role.OPERATOR,
    CommandKind.LOT_SPLIT: Role.OPERATOR,
    CommandKind.LOT_MERGE: Role.SHIFT_LEAD,
    CommandKind.LOT_DOCUMENT: Role.OPERATOR,
    CommandKind.LOT_REWORK: Role.SHIFT_LEAD,
    CommandKind.LOT_DISPATCH: Role.OPERATOR,
    CommandKind.LOT_WEIGH: Role.OPERATOR,
}
"""The least role of who gives the command; a release is signed by a technologist."""

REASON_NEEDED: Final = frozenset(
    {
        CommandKind.LOT_HOLD, CommandKind.LOT_BLOCK, CommandKind.LOT_RELEASE, CommandKind.LOT_ADJUST, CommandKind.LOT_DISCARD,
        CommandKind.LOT_REWORK, CommandKind.LOT_MERGE,
    }
)  # fmt: skip
SIGNED: Final = frozenset({CommandKind.LOT_RELEASE})

Rule = Callable[[Any, Subject], list[Text]]


def mass_reasons(kg: float | None, scale: str | None) -> list[Text]:
    """A mass is typed in or comes from a scale: one of the two."""
    return [] if (kg is None) != (scale is None) else [text("Укажите массу или весы", "Give either the mass or a scale")]


def _nothing(args: Args, on: Subject) -> list[Text]:
    return []


def _receive(args: LotReceiveArgs, on: Subject) -> list[Text]:
    reasons = mass_reasons(args.kg, args.scale)
    if args.material is None and args.gtin is None:
        reasons.append(text("Укажите сырьё или GTIN", "Give the material or a GTIN"))
    if args.temperature_c is not None and args.temperature_tag is not None:
        reasons.append(text("Укажите температуру или датчик", "Give either the temperature or a probe"))
    return reasons


def _weigh(args: LotWeighArgs, on: Subject) -> list[Text]:
    if (args.batch is None) == (args.material is None):
        return []
    return [text("Укажите партию и сырьё вместе", "Give batch and material together")]


CHECKS: Final[Mapping[CommandKind, tuple[type[Args], Rule]]] = {
    CommandKind.LOT_RECEIVE: (LotReceiveArgs, _receive),
    CommandKind.LOT_HOLD: (NoArgs, _nothing),
    CommandKind.LOT_BLOCK: (NoArgs, _nothing),
    CommandKind.LOT_RELEASE: (NoArgs, _nothing),
    CommandKind.LOT_MOVE: (LotMoveArgs, _nothing),
    CommandKind.LOT_ADJUST: (LotAdjustArgs, _nothing),
    CommandKind.LOT_DISCARD: (NoArgs, _nothing),
    CommandKind.LOT_LABEL: (LotLabelArgs, _nothing),
    CommandKind.LOT_SPLIT: (LotSplitArgs, _nothing),
    CommandKind.LOT_MERGE: (LotMergeArgs, _nothing),
    CommandKind.LOT_DOCUMENT: (LotDocumentArgs, _nothing),
    CommandKind.LOT_REWORK: (LotReworkArgs, _nothing),
    CommandKind.LOT_DISPATCH: (LotDispatchArgs, _nothing),
    CommandKind.LOT_WEIGH: (LotWeighArgs, _weigh),
}
