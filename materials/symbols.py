"""Bar codes drawn as SVG: GS1-128 and GS1 DataMatrix (ISO/IEC 15417, ISO/IEC 16022), by zxing-cpp (docs/decisions/0027)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

import zxingcpp

from materials.gs1_faults import Gs1Fault
from materials.gs1_write import bracketed, element_string, human_text

LINEAR_CHARACTERS_MAX: Final = 48
"""Of one GS1-128 symbol (General Specifications 5.4.4.6), separators counted."""


class SymbolKind(StrEnum):
    """What can be drawn."""

    GS1_128 = "gs1-128"
    GS1_DATAMATRIX = "gs1-datamatrix"


_FORMATS: Final[Mapping[SymbolKind, zxingcpp.BarcodeFormat]] = {
    SymbolKind.GS1_128: zxingcpp.BarcodeFormat.Code128,
    SymbolKind.GS1_DATAMATRIX: zxingcpp.BarcodeFormat.DataMatrix,
}
_create: Final = cast(Callable[..., zxingcpp.Barcode], zxingcpp.create_barcode)  # pyright: ignore[reportUnknownMemberType]


@dataclass(frozen=True)
class Symbol:
    """A drawn symbol. ``columns`` and ``rows`` are modules, the quiet zones of the symbology included.

    Of a linear symbol ``rows`` means nothing: it is drawn as high as there is room. ``text`` is what stands under it.
    """

    kind: SymbolKind
    svg: str
    text: str
    columns: int
    rows: int


def draw(kind: SymbolKind, elements: Sequence[tuple[str, str]]) -> Symbol | Gs1Fault | None:
    """The symbol of ``elements``; a fault when no code holds them, None when this kind of symbol is too small for them."""
    text = element_string(elements)
    if isinstance(text, Gs1Fault):
        return text
    if kind is SymbolKind.GS1_128 and len(text) > LINEAR_CHARACTERS_MAX:
        return None
    square = {"force_square": True} if kind is SymbolKind.GS1_DATAMATRIX else {}
    try:
        code = _create(bracketed(elements), _FORMATS[kind], gs1=True, **square)
    except ValueError:  # it holds more than the largest symbol
        return None
    picture = cast(Any, code.to_image(scale=1, add_quiet_zones=True))
    rows, columns = cast(tuple[int, int], tuple(picture.shape)[:2])
    return Symbol(kind, code.to_svg(add_quiet_zones=True), human_text(elements), columns, rows)
