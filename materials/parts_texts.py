"""What people read about lots that are divided or put together, and about documents that came later."""

from __future__ import annotations

from typing import Final

from line.documents import Text
from materials.texts import kg_en, kg_ru, text

TOO_FEW: Final = text("Объединяют не меньше двух разных партий", "At least two different lots are put together")
PAPERS_COMPLETE: Final = text("Документы в сборе: решает технолог", "All documents are there: a technologist decides")


def portion_wrong(lot: str, left_kg: float) -> Text:
    """Nothing, or all of it, was to be split off."""
    return text(
        f"От партии {lot} можно отделить больше 0 и меньше {kg_ru(left_kg)} кг: целую партию перемещают",
        f"More than 0 and less than {kg_en(left_kg)} kg can be split off lot {lot}: a whole one is moved",
    )


def product_stays(lot: str) -> Text:
    """Product bears the number of its batch."""
    return text(
        f"Партия {lot} — продукция: её не делят и не объединяют, номер остаётся за выпуском",
        f"Lot {lot} is product: it is neither divided nor put together, its number is that of its batch",
    )


def other_material(lot: str, has: Text, wanted: Text) -> Text:
    """Only the same goes together."""
    return text(
        f"Партия {lot} — {has.ru}, а не {wanted.ru}: объединяют только одинаковое сырьё",
        f"Lot {lot} is {has.en}, not {wanted.en}: only the same material goes together",
    )


def document_there(lot: str, name: Text) -> Text:
    """It came before."""
    return text(f"У партии {lot} уже есть: {name.ru}", f"Lot {lot} has it already: {name.en}")
