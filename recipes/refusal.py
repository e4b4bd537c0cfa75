"""The answer to a command that cannot be carried out."""

from __future__ import annotations

from collections.abc import Sequence

from line.documents import Text
from line.messages import Command, CommandStatus
from recipes.work import Context


def refuse(ctx: Context, command: Command, reasons: Sequence[Text]) -> None:
    """Answer ``command`` with every reason why not."""
    ctx.scan.answer(command, CommandStatus.REFUSED, {"reasons": [r.to_json() for r in reasons]})
