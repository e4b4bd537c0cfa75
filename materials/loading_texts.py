"""What the list of checks says before a lot is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from line.documents import Text
from materials.catalogue import Catalogue, Reception
from materials.lot import Lot
from materials.texts import date_text, kg_en, kg_ru, status_text, text

AVAILABLE: Final = text("Не задержана", "Not on hold")
FIRST: Final = text("Раньше срок ни у одной другой партии", "No other lot expires earlier")


def not_in_formula(has: Text, wanted: Sequence[Text]) -> Text:
    """The batch needs nothing like it."""
    ru, en = ", ".join(t.ru for t in wanted), ", ".join(t.en for t in wanted)
    return text(f"Нет в рецептуре: {has.ru}. В партию идут: {ru}", f"Not in the formula: {has.en}. The batch takes: {en}")


def in_formula(name: Text, kg: float) -> Text:
    """It is an ingredient."""
    return text(f"Есть в рецептуре: {name.ru}, {kg_ru(kg)} кг", f"In the formula: {name.en}, {kg_en(kg)} kg")


def product(lot: str) -> Text:
    """Product does not go in as an ingredient."""
    return text(f"Партия {lot} — готовая продукция: только через переработку", f"Lot {lot} is product: as rework only")


def other(has: Text, wanted: Text) -> Text:
    """The wrong material."""
    return text(f"Это {has.ru}, а нужно: {wanted.ru}", f"This is {has.en}, needed is {wanted.en}")


def substitute(has: Text, wanted: Text, *, allowed: bool) -> Text:
    """It may stand in."""
    ru, en = ("укажите причину", "give the reason") if allowed else ("разрешает технолог", "a technologist allows it")
    return text(f"Замена: «{has.ru}» вместо «{wanted.ru}» — {ru}", f"Substitution: {has.en} for {wanted.en}: {en}")


def not_available(lot: Lot, told: Sequence[Text]) -> Text:
    """On hold, in quarantine, blocked, used up; and why, unless another line (``told``) says so."""
    word, why = status_text(lot.status), next((r for r in lot.reasons if r.ru not in {t.ru for t in told}), None)
    return text(f"Партия {word.ru}{f': {why.ru}' if why else ''}", f"The lot is {word.en}{f': {why.en}' if why else ''}")


def expiry(lot: Lot, left: int, *, soon: bool) -> Text:
    """Its last day, and how far that is."""
    assert lot.expires is not None
    day = date_text(lot.expires)
    if left < 0:
        return text(f"Срок годности истёк {day.ru}", f"Expired on {day.en}")
    ru = "сегодня последний день" if left == 0 else f"осталось {left} дн."
    en = "today is the last day" if left == 0 else f"{left} days left"
    return text(
        f"Годна до {day.ru}: {ru}{'. Используйте сразу' if soon else ''}",
        f"Good until {day.en}: {en}{'. Use it now' if soon else ''}",
    )


def temperature(temperature_c: float, limits: Reception) -> Text:
    """What was measured when it came."""
    mark_ru, mark_en = ("ККТ ", "CCP ") if limits.ccp else ("", "")
    if limits.hi_c is not None and limits.lo_c is None:
        ru, en = f" ({mark_ru}≤ {kg_ru(limits.hi_c)})", f" ({mark_en}≤ {kg_en(limits.hi_c)})"
    elif limits.hi_c is not None and limits.lo_c is not None:
        ru = f" ({mark_ru}{kg_ru(limits.lo_c)}…{kg_ru(limits.hi_c)})"
        en = f" ({mark_en}{kg_en(limits.lo_c)}…{kg_en(limits.hi_c)})"
    else:
        ru = en = ""
    return text(f"При приёмке {kg_ru(temperature_c)} °C{ru}", f"{kg_en(temperature_c)} °C at reception{en}")


def documents_missing(names: Sequence[Text], released: bool) -> Text:
    """Papers that did not come."""
    ru, en = ", ".join(n.ru for n in names), ", ".join(n.en for n in names)
    if released:
        return text(f"Без документов, разрешил технолог: {ru}", f"Without documents, a technologist allowed it: {en}")
    return text(f"Нет документов: {ru}", f"Documents are missing: {en}")


def documents(names: Sequence[Text]) -> Text:
    """Papers that came with it."""
    return text(", ".join(n.ru for n in names), ", ".join(n.en for n in names))


def older(lot: Lot) -> Text:
    """FEFO."""
    day = date_text(lot.expires) if lot.expires is not None else None
    ru, en = (f", годна до {day.ru}", f", good until {day.en}") if day is not None else ("", "")
    return text(
        f"Есть партия старше: {lot.id}, {kg_ru(lot.left_kg)} кг{ru}. Сначала она или причина",
        f"There is an older lot: {lot.id}, {kg_en(lot.left_kg)} kg{en}. That one first, or a reason",
    )


def left(lot: Lot, catalogue: Catalogue) -> Text:
    """What is left of it, and where."""
    place = catalogue.places.get(lot.place)
    ru, en = (f" · {place.name.ru}", f" · {place.name.en}") if place is not None else ("", "")
    return text(f"Остаток {kg_ru(lot.left_kg)} кг{ru}", f"{kg_en(lot.left_kg)} kg left{en}")
