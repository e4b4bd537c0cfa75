"""A label of a size: which codes it has room for, and the finished words for the page (historian/label_pdf.py sets it)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from line.documents import Text
from line.messages import Json, JsonObject
from materials.gs1_faults import Gs1Fault
from materials.label import Elements, Label, LabelKind
from materials.symbols import Symbol, SymbolKind, draw

_ALLERGENS: Final = Text(ru="Аллергены", en="Allergens")
_NO_ALLERGENS: Final = Text(ru="Аллергены: нет", en="Allergens: none")


class LabelSize(StrEnum):
    """Width and height, mm."""

    LARGE = "100x150"
    SMALL = "100x60"

    @property
    def width_mm(self) -> int:
        """Across."""
        return int(self.value.split("x")[0])

    @property
    def height_mm(self) -> int:
        """Down."""
        return int(self.value.split("x")[1])


MARGIN_MM: Final = 4.0
MODULE_WANTED_MM: Final = 0.495
"""X-dimension of GS1-128 in logistics at least (GS1 General Specifications 5.12, symbol specification table 5)."""
MODULE_LEAST_MM: Final = 0.25
"""Below it a label printer of 203 dpi has not two dots for a module: then the label has the matrix code alone."""
MATRIX_MODULE_MM: Final = {LabelSize.LARGE: 0.9, LabelSize.SMALL: 0.7}
MATRIX_MOST_MM: Final = {LabelSize.LARGE: 32.0, LabelSize.SMALL: 22.0}
LINEAR_HEIGHT_MM: Final = {LabelKind.LOT: 16.0, LabelKind.SEMI: 16.0, LabelKind.CASE: 31.75}
"""31.75 mm is that of an SSCC in logistics; the other labels stay inside the plant."""
LINEAR_HEIGHT_SMALL_MM: Final = 9.0


class LabelFaultError(ValueError):
    """The label cannot have its code: ``why`` says what is wrong with its data."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def layout(label: Label, size: LabelSize, language: str) -> JsonObject:
    """The page as data. Raises LabelFaultError when the number of the lot itself fits no code."""
    matrix = _drawn(SymbolKind.GS1_DATAMATRIX, label.matrix)
    linear = _drawn(SymbolKind.GS1_128, label.linear)
    return {
        "language": language,
        "width": size.width_mm,
        "height": size.height_mm,
        "margin": MARGIN_MM,
        "small": size is LabelSize.SMALL,
        "title": label.title.get(language),
        "name": label.name.get(language),
        "id": label.id,
        "facts": [[f.name.get(language), f.value.get(language)] for f in label.facts if f.small or size is LabelSize.LARGE],
        "allergens": _allergens(label, language),
        "has_allergens": bool(label.allergens),
        "warning": label.warning.get(language) if label.warning is not None else "",
        "foot": label.foot.get(language) if size is LabelSize.LARGE else "",
        "linear": _linear(linear, size, label.kind),
        "matrix": _matrix(matrix, size),
    }


def _drawn(kind: SymbolKind, elements: Elements) -> Symbol | None:
    symbol = draw(kind, elements)
    if isinstance(symbol, Gs1Fault):
        raise LabelFaultError(symbol.why)
    return symbol


def _allergens(label: Label, language: str) -> str:
    if not label.allergens:
        return _NO_ALLERGENS.get(language)
    return f"{_ALLERGENS.get(language)}: {', '.join(a.get(language) for a in label.allergens)}"


def _linear(symbol: Symbol | None, size: LabelSize, kind: LabelKind) -> Json:
    """As wide modules as there is room for, at most 0.495 mm; None when they would be too narrow to print."""
    room_mm = size.width_mm - 2 * MARGIN_MM
    if symbol is None or symbol.columns * MODULE_LEAST_MM > room_mm:
        return None
    width_mm = symbol.columns * min(MODULE_WANTED_MM, room_mm / symbol.columns)
    height_mm = LINEAR_HEIGHT_MM[kind] if size is LabelSize.LARGE else LINEAR_HEIGHT_SMALL_MM
    return {"svg": symbol.svg, "width": width_mm, "height": height_mm, "text": symbol.text}


def _matrix(symbol: Symbol | None, size: LabelSize) -> Json:
    if symbol is None:
        return None
    side_mm = min(symbol.columns * MATRIX_MODULE_MM[size], MATRIX_MOST_MM[size])
    return {"svg": symbol.svg, "side": side_mm, "text": symbol.text}
