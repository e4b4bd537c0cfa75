"""Words of a recall in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RECALL_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Отзыв продукции", "Product recall"),
    "asked_lot": ("По партии сырья {}", "By lot {}"), "asked_sscc": ("По грузовой единице {}", "By logistic unit {}"),
    "asked_batch": ("По партии {}", "By batch {}"), "asked_supplier": ("По поставщику {}", "By supplier {}"),
    "summary": ("Итог", "Summary"), "span": ("Поставки за время", "Received between"),
    "made_at": ("Отчёт составлен", "Report made"), "as_of": ("Журнал до записи", "Journal up to event"),
    "took": ("Время расчёта", "Time it took"), "ms": ("{} мс", "{} ms"),
    "start": ("Начало прослеживания", "Traced from"), "batches_n": ("Затронуто партий", "Batches concerned"),
    "units_n": ("Грузовых единиц под отзыв", "Packed units to withdraw"),
    "units_of": ("{}, упаковок {}, {}", "{}, packs {}, {}"),
    "of_lot": ("Отзываемого сырья в упакованном", "Of the lot in packed goods"),
    "verified": ("Проверка журнала", "Check of the journal"),
    "verified_ok": ("цепочка цела, таблицы сходятся с событиями", "the chain is whole, the tables agree with the events"),
    "verified_not": ("не проверялся", "not checked"),
    "chain_wrong": (
        "ЦЕПОЧКА ЖУРНАЛА НАРУШЕНА с записи {}. Отчёт может быть неверен.",
        "THE CHAIN OF THE JOURNAL IS BROKEN from event {}. The report may be wrong.",
    ),
    "tables_wrong": (
        "Таблицы прослеживаемости не сходились с событиями; отчёт сделан по событиям.",
        "The tables of the genealogy did not agree with the events; the report is made from the events.",
    ),
    "cut": ("НЕПОЛНЫЙ: достигнут предел числа партий.", "INCOMPLETE: the bound on the number of lots was reached."),
    "unsettled": ("Массы в кругах переработки оценены снизу.", "Masses in loops of rework are lower bounds."),
    "unweighed": (
        "Движений без массы: {}. Связи учтены, кг по ним неизвестны.",
        "Movements without a mass: {}. Their lots are included, their kg are not known.",
    ),
    "raw": ("Отзываемое сырьё: откуда пришло и что с ним стало", "Recalled raw material: where it came from, what became of it"),
    "sources": ("Шаг назад: сырьё и поставщики", "One step back: raw material and suppliers"),
    "batches": ("Партии", "Batches"),
    "packed_goods": ("Шаг вперёд: упакованная продукция", "One step forward: packed goods"),
    "places": ("Где продукция сейчас", "Where the goods are now"),
    "customers": ("Кому отгружено", "Who got it"), "customer": ("Покупатель", "Customer"),
    "document": ("Накладная", "Delivery note"), "sent_at": ("Отгружено", "Dispatched"),
    "balance": ("Баланс массы", "Mass balance"),
    "lot": ("Партия", "Lot"), "supplier": ("Поставщик", "Supplier"), "supplier_lot": ("Партия поставщика", "Supplier's lot"),
    "produced": ("Выработано", "Produced"), "expires": ("Годен до", "Use by"), "received_at": ("Принято", "Received"),
    "received_kg": ("Принято, кг", "Received, kg"), "consumed_kg": ("Расход, кг", "Consumed, kg"),
    "discarded_kg": ("Списано, кг", "Discarded, kg"), "stock_kg": ("Остаток, кг", "In stock, kg"),
    "difference_kg": ("Разница, кг", "Difference, kg"), "place": ("Место", "Place"), "status": ("Статус", "Status"),
    "recipe": ("Рецепт", "Recipe"), "span_of": ("Начата – закончена", "Begun – ended"),
    "came_kg": ("Заложено, кг", "Went in, kg"),
    "of_lot_kg": ("В том числе её, кг", "Of the lot, kg"), "packed_kg": ("Упаковано, кг", "Packed, kg"),
    "rework_kg": ("Возврат, кг", "Rework, kg"), "onward_kg": ("В другие партии, кг", "Into lots, kg"),
    "goods_kg": ("Есть сейчас, кг", "There now, kg"),
    "open_kg": ("В работе, кг", "In process, kg"), "loss_kg": ("Потери, кг", "Loss, kg"), "loss_pct": ("Потери, %", "Loss, %"),
    "product": ("Продукт", "Product"), "packed_at": ("Упаковано", "Packed"), "best_before": ("Годен до", "Best before"),
    "packs": ("Упаковок", "Packs"), "units": ("Единиц", "Units"), "kg": ("кг", "kg"), "sscc": ("SSCC", "SSCC"),
    "gtin": ("GTIN", "GTIN"), "no_place": ("не указано", "not told"),
    "balance_raw": (
        "Сырьё: принято {} {} = израсходовано {} + списано {} + в остатке {}",
        "Raw material: received {} {} = consumed {} + discarded {} + in stock {}",
    ),
    "corrected": ("(поправки {})", "(corrections {})"),
    "balance_batches": (
        "Партии: заложено {} {} = продукция {} + отгружено {} + списано {} + в работе {} + потери {} ({})",
        "Batches: went in {} {} = goods {} + dispatched {} + discarded {} + in process {} + loss {} ({})",
    ),
    "gain": ("отрицательные потери — прибавка воды и льда", "a loss below zero is water and ice that were added"),
    "balance_off": ("БАЛАНС НЕ СХОДИТСЯ на {}", "THE BALANCE IS OFF by {}"),
    "review": ("Проверка отчёта", "Review of the report"),
    "how": (
        "Масса делится пропорционально: доля исходной партии в каждой части равна массе части, делённой на массу целого"
        " (большую из вошедшей и вышедшей). Под отзыв подлежит вся грузовая единица.",
        "Masses are shared in proportion: the part of a lot in each portion is the mass of the portion by the mass of the whole"
        " (what went in or came out, whichever is more). A packed unit is withdrawn as a whole.",
    ),
}  # fmt: skip

STATUS_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "quarantine": ("карантин", "quarantine"), "available": ("доступна", "available"), "on_hold": ("ЗАДЕРЖАНА", "ON HOLD"),
    "blocked": ("ЗАБЛОКИРОВАНА", "BLOCKED"), "used_up": ("израсходована", "used up"), "discarded": ("списана", "discarded"),
    "merged": ("объединена с другой", "merged into another"), "dispatched": ("отгружена", "dispatched"),
    "free": ("без ограничений", "free"), "released": ("выпущена", "released"), "reworked": ("переработана", "reworked"),
    "destroyed": ("уничтожена", "destroyed"), "": ("–", "–"),
}  # fmt: skip
