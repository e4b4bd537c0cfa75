"""The arguments of commands about shifts and their log, as the API takes them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from server.command_args import Args, ContentHash, is_readable

Crew: TypeAlias = Annotated[str, StringConstraints(max_length=200)]
Number: TypeAlias = Annotated[int, Field(ge=1, le=99)]
Notes: TypeAlias = Annotated[str, StringConstraints(max_length=4000)]


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("nothing in it can be read")
    return text


EntryText: TypeAlias = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), AfterValidator(_readable)]


class ShiftStartArgs(Args):
    """``shift.start``; what is left out is said by the calendar, or counted on from the last shift."""

    crew: Crew = ""
    number: Number | None = None


class ShiftEndArgs(Args):
    """``shift.end``"""

    note: Notes = ""


class ShiftPrepareArgs(Args):
    """``shift.prepare``: what who leaves writes down for who comes."""

    notes: Notes = ""


class ShiftSignArgs(Args):
    """``shift.sign``; ``hash`` is that of the hand-over that was read; ``face_to_face``, ``crew``, ``number`` and
    ``remark`` go with the incoming part."""

    part: Literal["outgoing", "incoming"]
    hash: ContentHash
    face_to_face: bool = False
    crew: Crew = ""
    number: Number | None = None
    remark: Notes = ""


class LogEntryArgs(Args):
    """``log.entry``; ``photo`` is the hash of an attachment that was uploaded before."""

    category: Literal["safety", "quality", "equipment", "cleaning", "staff", "other"]
    text: EntryText
    unit: Annotated[str, StringConstraints(max_length=64)] = ""
    photo: ContentHash | None = None


class LogCorrectArgs(Args):
    """``log.correct``"""

    text: EntryText
