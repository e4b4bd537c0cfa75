"""What people read about lots, stock and scales: why not, and what to do."""

from __future__ import annotations

import datetime as dt
from typing import Final

from line.documents import Text
from line.labels import batch_label
from materials.lot import LotStatus

_STATUS: Final = {
    LotStatus.QUARANTINE: Text(ru="в карантине", en="in quarantine"),
    LotStatus.AVAILABLE: Text(ru="доступна", en="available"),
    LotStatus.ON_HOLD: Text(ru="задержана", en="on hold"),
    LotStatus.BLOCKED: Text(ru="забракована", en="blocked"),
    LotStatus.USED_UP: Text(ru="израсходована", en="used up"),
    LotStatus.DISCARDED: Text(ru="списана", en="discarded"),
    LotStatus.MERGED: Text(ru="объединена с другой", en="merged into another"),
}
_ROLES: Final = {
    "operator": Text(ru="оператора", en="operator"),
    "shift_lead": Text(ru="начальника смены", en="shift lead"),
    "technologist": Text(ru="технолога", en="technologist"),
    "engineer": Text(ru="инженера", en="engineer"),
    "admin": Text(ru="администратора", en="administrator"),
}


def text(ru: str, en: str) -> Text:
    """Both languages."""
    return Text(ru=ru, en=en)


REASON_NEEDED: Final = text("Укажите причину", "A reason is needed")
NOT_SIGNED: Final = text("Нужна подпись технолога", "The signature of a technologist is needed")
TOO_MANY_LOTS: Final = text(
    "На складе слишком много партий: спишите то, чего уже нет", "There are too many lots in stock: discard those that are gone"
)
NO_TEMPERATURE: Final = text(
    "Температура сырья не измерена: партия задержана (ККТ)", "The temperature was not measured: the lot is on hold (CCP)"
)


def date_text(day: dt.date) -> Text:
    """A date as people of each language write it."""
    return text(f"{day:%d.%m.%Y}", day.isoformat())


def kg_ru(kg: float) -> str:
    """A mass for a Russian sentence: comma, no needless zeros, grams at the finest."""
    return kg_en(kg).replace(".", ",")


def kg_en(kg: float) -> str:
    """A mass for an English sentence, or a temperature: what is below zero has a minus, not a hyphen."""
    return (f"{round(kg, 3):g}" if abs(kg) < 1e5 else f"{kg:.0f}").replace("-", "−")


def status_text(status: LotStatus) -> Text:
    """A status in words."""
    return _STATUS[status]


_ARGUMENTS: Final = {
    "kg": "масса", "tare_kg": "тара", "temperature_c": "температура", "temperature_tag": "датчик температуры",
    "supplier_lot": "номер партии поставщика", "documents": "документы", "produced": "дата выработки", "expires": "годен до",
    "kind": "вид этикетки",
}  # fmt: skip


def wrong_argument(name: str) -> Text:
    """An argument that makes no sense."""
    return text(f"Недопустимое значение: {_ARGUMENTS.get(name, name)}", f"Invalid value: {name}")


def role_needed(role: str) -> Text:
    """Who may."""
    word = _ROLES.get(role, text(role, role))
    return text(f"Нужны права {word.ru} или выше", f"At least the role {word.en} is needed")


def unknown_lot(lot: str) -> Text:
    """There is no such lot in stock."""
    return text(
        f"Партии сырья {lot} на складе нет: проверьте номер или примите партию",
        f"There is no lot {lot} in stock: check the number or take the lot in",
    )


def lot_exists(lot: str) -> Text:
    """The number is taken."""
    return text(f"Партия {lot} уже есть: укажите другой номер", f"There is a lot {lot} already: give another number")


def lot_of_batch(lot: str) -> Text:
    """The number of a batch."""
    return text(
        f"Номер {lot} — это номер партии выпуска: укажите другой",
        f"{lot} is the number of a batch: give another number",
    )


def lot_id_wrong(lot: str) -> Text:
    """No number of a lot."""
    return text(
        f"Номер партии «{lot[:40]}» не годится: заглавные латинские буквы, цифры, «-», «.», «/», не больше 40 знаков",
        f"'{lot[:40]}' is no number of a lot: Latin capitals, digits, '-', '.', '/', 40 characters at most",
    )


def wrong_material(lot: str, has: Text, wanted: Text) -> Text:
    """The lot is of another material, which does not stand in for it."""
    return text(
        f"В партии {lot} — {has.ru}, а нужно: {wanted.ru}. Замена не предусмотрена",
        f"Lot {lot} is {has.en}, needed is {wanted.en}. It is no substitute for that",
    )


def product_lot(lot: str) -> Text:
    """A product is not an ingredient."""
    return text(
        f"Партия {lot} — готовая продукция: в фарш только через переработку",
        f"Lot {lot} is product: it goes back in as rework only",
    )


def substitute_role(has: Text, wanted: Text, role: str) -> Text:
    """A substitution, by somebody who may not."""
    word = _ROLES.get(role, text(role, role))
    return text(
        f"Замена: «{has.ru}» вместо «{wanted.ru}». Разрешает роль {word.ru} или выше",
        f"Substitution: {has.en} for {wanted.en}. The role {word.en} or above allows it",
    )


def substitute_reason(has: Text, wanted: Text) -> Text:
    """A substitution without a reason."""
    return text(
        f"Замена: «{has.ru}» вместо «{wanted.ru}». Укажите причину", f"Substitution: {has.en} for {wanted.en}. Give the reason"
    )


def expired(lot: str, day: dt.date) -> Text:
    """Its last day is over."""
    words = date_text(day)
    return text(
        f"Срок годности партии {lot} истёк {words.ru}: её нельзя использовать, спишите её",
        f"Lot {lot} expired on {words.en}: it must not be used, discard it",
    )


def not_available(lot: str, status: LotStatus, why: Text | None = None) -> Text:
    """On hold, blocked, in quarantine."""
    word = _STATUS[status]
    ru, en = (f": {why.ru}", f": {why.en}") if why is not None else ("", "")
    return text(f"Партия {lot} {word.ru}{ru}", f"Lot {lot} is {word.en}{en}")


def documents_missing(lot: str, names: list[Text]) -> Text:
    """Accompanying documents that nobody brought."""
    ru, en = ", ".join(n.ru for n in names), ", ".join(n.en for n in names)
    return text(f"Партия {lot}: нет документов: {ru}", f"Lot {lot}: documents are missing: {en}")


def older_first(lot: str, older: str, day: dt.date | None) -> Text:
    """First expired, first out."""
    when = date_text(day) if day is not None else None
    ru, en = (f" (годна до {when.ru})", f" (good until {when.en})") if when is not None else ("", "")
    return text(
        f"Сначала расходуйте партию {older}{ru}. Чтобы взять {lot}, укажите причину",
        f"Use up lot {older}{en} first. To take {lot} give a reason",
    )


def too_much(lot: str, kg: float, left_kg: float) -> Text:
    """More than the stock has."""
    return text(
        f"В партии {lot} осталось {kg_ru(left_kg)} кг, а взвешено {kg_ru(kg)} кг: проверьте номер партии или поправьте "
        "остаток инвентаризацией",
        f"{kg_en(left_kg)} kg are left of lot {lot}, but {kg_en(kg)} kg were weighed: check the number of the lot, or correct "
        "the stock by a stocktake",
    )


def not_traced(material: Text) -> Text:
    """A material that has no lots."""
    return text(f"{material.ru}: партии не ведутся", f"{material.en}: it has no lots")


# Reception


def unknown_material(material: str) -> Text:
    """No such material in the catalogue."""
    return text(f"В каталоге нет сырья {material}", f"There is no material {material} in the catalogue")


def unknown_gtin(gtin: str) -> Text:
    """No material has this GTIN."""
    return text(f"В каталоге нет товара с GTIN {gtin}", f"No material of the catalogue has the GTIN {gtin}")


def other_gtin(gtin: str, has: Text) -> Text:
    """The code on the box is of another material."""
    return text(f"GTIN {gtin} — это {has.ru}", f"The GTIN {gtin} is {has.en}")


def unknown_supplier(supplier: str) -> Text:
    """No such supplier."""
    return text(f"В каталоге нет поставщика {supplier}", f"There is no supplier {supplier} in the catalogue")


def unknown_place(place: str) -> Text:
    """No such place."""
    return text(f"Нет места хранения {place}", f"There is no place {place}")


def unknown_document(document: str) -> Text:
    """No such kind of document."""
    return text(f"Нет вида документа {document}", f"There is no document {document}")


def dates_wrong() -> Text:
    """It was produced after today or after its last day."""
    return text(
        "Даты не сходятся: изготовлено не позже сегодняшнего дня и раньше окончания срока",
        "The dates do not fit: it is produced no later than today, and before its last day",
    )


def expiry_needed(material: Text) -> Text:
    """The material expires, but nobody said when."""
    return text(
        f"{material.ru}: укажите дату изготовления или срок годности", f"{material.en}: give the date of production or of expiry"
    )


def supplier_not_approved(supplier: Text) -> Text:
    """Not on the list of approved suppliers."""
    return text(f"Поставщик не одобрен: {supplier.ru}", f"The supplier is not approved: {supplier.en}")


def supplier_not_for(supplier: Text, material: Text) -> Text:
    """Approved, but not for this material."""
    return text(
        f"Поставщик {supplier.ru} не одобрен для этого сырья: {material.ru}",
        f"The supplier {supplier.en} is not approved for {material.en}",
    )


def supplier_missing() -> Text:
    """One step back (EU 178/2002, article 18) is not known."""
    return text("Поставщик не указан", "The supplier is not named")


def papers_missing(names: list[Text]) -> Text:
    """Documents that did not come with the delivery."""
    ru, en = ", ".join(n.ru for n in names), ", ".join(n.en for n in names)
    return text(f"Нет документов: {ru}", f"Documents are missing: {en}")


def temperature_outside(temperature_c: float, lo_c: float | None, hi_c: float | None, *, ccp: bool) -> Text:
    """The product is too warm or too cold."""
    lo_ru = f"от {kg_ru(lo_c)} " if lo_c is not None else ""
    hi_ru = f"до {kg_ru(hi_c)} " if hi_c is not None else ""
    lo_en = f"from {kg_en(lo_c)} " if lo_c is not None else ""
    hi_en = f"to {kg_en(hi_c)} " if hi_c is not None else ""
    mark_ru, mark_en = (" (ККТ)", " (CCP)") if ccp else ("", "")
    return text(
        f"Температура {kg_ru(temperature_c)} °C, допускается {lo_ru}{hi_ru}°C{mark_ru}",
        f"The temperature is {kg_en(temperature_c)} °C, allowed is {lo_en}{hi_en}°C{mark_en}",
    )


def shelf_life_short(day: dt.date, left_days: int, needed_days: int) -> Text:
    """Too little of the shelf life is left."""
    words = date_text(day)
    return text(
        f"Годна до {words.ru}: осталось {left_days} дн., нужно не меньше {needed_days}",
        f"Good until {words.en}: {left_days} days are left, at least {needed_days} are needed",
    )


def already_expired(day: dt.date) -> Text:
    """It came in with its last day over."""
    words = date_text(day)
    return text(f"Срок годности истёк {words.ru}", f"It expired on {words.en}")


# Steps


def step_refused(lot: str, status: LotStatus) -> Text:
    """The table has no such arrow."""
    word = _STATUS[status]
    return text(f"Партия {lot} {word.ru}: так с ней поступить нельзя", f"Lot {lot} is {word.en}: this cannot be done with it")


def mass_in_hold(lot: str, status: LotStatus) -> Text:
    """Nothing may be left of a lot that waits for a decision: it is to be discarded instead."""
    word = _STATUS[status]
    return text(
        f"Партия {lot} {word.ru}: обнулить её нельзя, спишите её", f"Lot {lot} is {word.en}: it cannot be set to 0, discard it"
    )


def signer_may_not(role: str, least: str) -> Text:
    """The signature is of somebody who may not decide this."""
    has, need = _ROLES.get(role, text(role, role)), _ROLES.get(least, text(least, least))
    return text(
        f"Подпись с правами {has.ru} не годится: нужны права {need.ru} или выше",
        f"A signature of the role {has.en} is not enough: at least {need.en} is needed",
    )


def no_rework(material: str) -> Text:
    """Not a material that takes rework."""
    return text(f"Сырьё {material} не для переработки", f"The material {material} takes no rework")


def rework_from(lot: str) -> Text:
    """Only product goes back in."""
    return text(f"Партия {lot} не продукция: в переработку идёт продукция", f"Lot {lot} is no product: only product is reworked")


def batch_released(batch: str) -> Text:
    """A verdict on the batch decides about its lot."""
    return text(f"Решение по партии {batch_label(batch)}", f"The disposition of batch {batch_label(batch)}")


PRODUCT_ON_HOLD: Final = text("Отклонение ККТ: продукция ждёт решения", "Deviation of a CCP: the product waits for a disposition")


def batch_given_up(batch: str) -> Text:
    """A batch that ended early: what was loaded is somewhere."""
    return text(
        f"Партия {batch_label(batch)} прервана: масса по загрузке, решает технолог",
        f"Batch {batch_label(batch)} was given up: the mass is what was loaded, a technologist decides",
    )


# Scales


def no_scale(scale: str) -> Text:
    """No such scale in the catalogue."""
    return text(f"Нет весов {scale}", f"There is no scale {scale}")


def scale_bad(scale: Text) -> Text:
    """The reading is not Good."""
    return text(
        f"{scale.ru}: показание недостоверно. Проверьте связь и весы или введите массу вручную",
        f"{scale.en}: the reading cannot be trusted. Check link and scale, or type the mass in",
    )


def scale_faulty(scale: Text) -> Text:
    """The indicator says that it is not healthy."""
    return text(f"{scale.ru}: весы неисправны или перегружены", f"{scale.en}: the scale is faulty or overloaded")


def scale_overload(scale: Text) -> Text:
    """Outside the range of the tag."""
    return text(f"{scale.ru}: перегруз, снимите лишнее", f"{scale.en}: overload, take the excess off")


def scale_moves(scale: Text) -> Text:
    """Not at rest."""
    return text(f"{scale.ru}: весы не успокоились, подождите", f"{scale.en}: the reading is not at rest yet, wait")


def scale_empty(scale: Text) -> Text:
    """Nothing is on it."""
    return text(f"{scale.ru}: на весах ничего нет", f"{scale.en}: there is nothing on the scale")


def tare_wrong(scale: Text, gross_kg: float, tare_kg: float) -> Text:
    """The tare is no tare."""
    return text(
        f"{scale.ru}: тара {kg_ru(tare_kg)} кг не меньше брутто {kg_ru(gross_kg)} кг",
        f"{scale.en}: the tare of {kg_en(tare_kg)} kg is not below the gross of {kg_en(gross_kg)} kg",
    )


def scale_taken(scale: Text, batch: str) -> Text:
    """Another weighing is under way."""
    label = batch_label(batch)
    return text(f"{scale.ru}: идёт взвешивание для партии {label}", f"{scale.en}: it is in use for batch {label}")


def no_target(scale: Text) -> Text:
    """The scale shows nobody what to weigh."""
    return text(f"{scale.ru}: на терминал задание не передаётся", f"{scale.en}: its terminal takes no target")


def nothing_to_weigh(batch: str) -> Text:
    """The batch does not want this."""
    label = batch_label(batch)
    return text(f"Партия {label} этого сырья не ждёт", f"Batch {label} does not wait for this material")


NO_SCALES: Final = text("На этой линии весы не заведены: введите массу", "This line has no scales: type the mass in")
