"""The arguments of commands about lots, as the API takes them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from server.command_args import Args, Readable, Word, is_readable


def _readable(text: str) -> str:
    if not is_readable(text):
        raise ValueError("nothing in it can be read")
    return text


Mass = Annotated[int | float, Field(ge=0, le=1_000_000)]
Tare = Annotated[int | float, Field(ge=0, le=100_000)]
IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Gtin = Annotated[str, StringConstraints(pattern=r"^(\d{8}|\d{12,14})$")]
SupplierLot = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True), AfterValidator(_readable)]


class LotReceiveArgs(Args):
    """``lot.receive``: material by id or GTIN, mass typed in or from a scale, temperature typed in or from a probe."""

    supplier: Word
    material: Word | None = None
    gtin: Gtin | None = None
    kg: Mass | None = None
    scale: Word | None = None
    tare_kg: Tare | None = None
    supplier_lot: SupplierLot | None = None
    produced: IsoDate | None = None
    expires: IsoDate | None = None
    temperature_c: Annotated[int | float, Field(ge=-60, le=60)] | None = None
    temperature_tag: Word | None = None
    documents: Annotated[list[Word], Field(max_length=20)] | None = None
    place: Word | None = None


class LotMoveArgs(Args):
    """``lot.move``"""

    place: Word


class LotAdjustArgs(Args):
    """``lot.adjust``: what was counted."""

    kg: Mass


class LotLabelArgs(Args):
    """``lot.label``: which label was printed."""

    kind: Readable


class LotSplitArgs(Args):
    """``lot.split``: ``into`` is the number of the part, none: the next of the day."""

    kg: Mass
    into: Word | None = None
    place: Word | None = None


class LotMergeArgs(Args):
    """``lot.merge``: the lots that become one; its number is the target."""

    lots: Annotated[list[Word], Field(min_length=2, max_length=20)]
    place: Word | None = None


class LotDocumentArgs(Args):
    """``lot.document``: a paper that came later."""

    document: Word


class LotReworkArgs(Args):
    """``lot.rework``"""

    material: Word
    kg: Mass
    into: Word | None = None


class LotDispatchArgs(Args):
    """``lot.dispatch``: without ``kg`` all that is left; ``sscc`` are the packed units."""

    customer: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_readable)]
    document: Annotated[str, StringConstraints(max_length=60, strip_whitespace=True), AfterValidator(_readable)]
    kg: Annotated[int | float, Field(gt=0, le=1_000_000)] | None = None
    sscc: Annotated[list[Annotated[str, StringConstraints(pattern=r"^\d{18}$")]], Field(max_length=200)] | None = None


class LotWeighArgs(Args):
    """``lot.weigh``: without ``batch`` the terminal is cleared."""

    batch: Word | None = None
    material: Word | None = None
    lot: Word | None = None
