"""The arguments of commands about stops, production orders and service requests, as the API takes them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from server.command_args import Args, Readable, Word, is_readable

Instant: TypeAlias = Annotated[int, Field(gt=0, lt=2**63)]
Note: TypeAlias = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
Code: TypeAlias = Annotated[str, StringConstraints(max_length=64)]


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("nothing in it can be read")
    return text


class StopReasonArgs(Args):
    """``stop.reason``: a code of the tree of reasons, and what a person adds to it."""

    code: Word
    text: Note = ""


class StopSplitArgs(Args):
    """``stop.split``: the instants (ns UTC) at which it is cut, and a code for each part, '' for one nobody knows yet."""

    at_ns: Annotated[list[Instant], Field(min_length=1, max_length=10)]
    codes: Annotated[list[Code], Field(max_length=11, default_factory=list[Code])]


class StopMergeArgs(Args):
    """``stop.merge``: the stops of the same unit that are one with the target."""

    stops: Annotated[list[Word], Field(min_length=1, max_length=50)]


OrderNumber: TypeAlias = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True), AfterValidator(_readable)]


class OrderCreateArgs(Args):
    """``order.create``: what is to be made, in kg or in packs; ``due_ns`` is UTC. Without a number one is given."""

    number: OrderNumber | None = None
    recipe: Word
    kg: Annotated[int | float, Field(gt=0, le=1_000_000)] | None = None
    packs: Annotated[int, Field(gt=0, le=10_000_000)] | None = None
    due_ns: Instant | None = None
    shift: Annotated[int, Field(ge=1, le=99)] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] = 5
    notes: Note = ""


class OrderRow(Args):
    """One order of ``order.import``; ``line`` is that of the file, for reasons."""

    line: Annotated[int, Field(ge=1)] | None = None
    number: OrderNumber
    recipe: Word
    kg: Annotated[int | float, Field(gt=0, le=1_000_000)] | None = None
    packs: Annotated[int, Field(gt=0, le=10_000_000)] | None = None
    due_ns: Instant | None = None
    shift: Annotated[int, Field(ge=1, le=99)] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] | None = None
    notes: Note | None = None


class OrderImportArgs(Args):
    """``order.import``: all of them or none."""

    orders: Annotated[list[OrderRow], Field(min_length=1, max_length=300)]


class OrderChangeArgs(Args):
    """``order.change``: what is left out stays as it is."""

    kg: Annotated[int | float, Field(gt=0, le=1_000_000)] | None = None
    packs: Annotated[int, Field(gt=0, le=10_000_000)] | None = None
    due_ns: Instant | None = None
    shift: Annotated[int, Field(ge=1, le=99)] | None = None
    priority: Annotated[int, Field(ge=1, le=9)] | None = None
    notes: Note | None = None


class RequestCreateArgs(Args):
    """``request.create``: ``kind`` is one of the line's services for requests (fault, cleaning, supply, quality …)."""

    kind: Word
    text: Readable
    priority: Literal["urgent", "normal", "low"] = "normal"


class RequestTextArgs(Args):
    """``request.comment``"""

    text: Readable


class RequestNoteArgs(Args):
    """``request.take``, ``request.done``, ``request.confirm``, ``request.reopen``, ``request.cancel``"""

    note: Note = ""
