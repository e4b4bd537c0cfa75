"""The view ``materials`` and what the server says of codes and lots: two running batches and a store with its troubles."""

from __future__ import annotations

from typing import Final

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import NOW_NS, S

HOUR: Final = 3600 * S
NAMES: Final = {
    "beef_premium": ("Говядина высшего сорта", "Beef premium"), "pork_semi_fat": ("Свинина полужирная", "Pork semi-fat"),
    "egg_melange": ("Меланж яичный", "Whole egg"), "milk_powder": ("Молоко сухое", "Milk powder"),
    "curing_salt": ("Посолочная смесь, 0,6 % нитрита", "Curing salt, 0.6 % nitrite"), "sugar": ("Сахар", "Sugar"),
    "nutmeg": ("Орех мускатный молотый", "Nutmeg, ground"), "ice": ("Лёд", "Ice"),
}  # fmt: skip


def text(ru: str, en: str) -> Obj:
    return {"ru": ru, "en": en}


def lot(lot_id: str, material: str, left: float, **more: Json) -> Obj:
    ru, en = NAMES.get(material, (material, material))
    return {
        "id": lot_id, "name": text(ru, en), "material": material, "kind": "received", "received_ns": NOW_NS - 48 * HOUR,
        "received_kg": left + 100.0, "left_kg": left, "status": "available", "supplier": "zarechny", "supplier_lot": "D0001",
        "gtin": "09522101001010", "produced": "2026-09-18", "expires": "2026-10-02", "days_left": 11, "place": "chiller_1",
        "temperature_c": 2.6, "documents": ["vet_certificate", "waybill"], "reasons": [], "allergens": [], "batch": "", **more,
    }  # fmt: skip


LOTS: Final[list[Obj]] = [
    lot("260915-2", "beef_premium", 38.0, expires="2026-09-25", days_left=4),
    lot("260918-1", "beef_premium", 412.5),
    lot("260918-3", "pork_semi_fat", 620.0, supplier="stepnoy", place="chiller_2"),
    lot("260901-4", "pork_semi_fat", 84.2, expires="2026-09-19", days_left=-2, supplier="stepnoy"),
    lot("260920-1", "egg_melange", 60.0, expires="2026-09-23", days_left=2, supplier="ptitsa", place="chiller_2"),
    lot("260920-2", "egg_melange", 120.0, status="on_hold", supplier="ptitsa", place="chiller_2", temperature_c=6.1,
        reasons=[text("Температура при приёмке 6,1 °C, допустимо 0…4 °C (ККТ)", "6.1 °C on arrival, allowed: 0 to 4 °C (CCP)")]),
    lot("260910-1", "milk_powder", 75.0, expires="2027-05-01", days_left=222, supplier="molkom", place="dry_store"),
    lot("260910-2", "curing_salt", 2.0, expires="2027-08-01", days_left=314, supplier="spetsii", place="dry_store"),
    lot("260912-1", "curing_salt", 48.0, expires="2027-08-12", days_left=325, supplier="spetsii", place="dry_store"),
    lot("260919-5", "sugar", 45.0, status="quarantine", supplier="solyanka", place="dry_store", expires=None, days_left=None,
        reasons=[text("Нет документа: Декларация о соответствии ТР ТС", "Missing: TR TS declaration of conformity")]),
    lot("260905-1", "nutmeg", 6.5, expires="2027-03-05", days_left=165, supplier="spetsii", place="dry_store"),
    lot("B1184", "doktorskaya", 121.4, kind="packed", name=text("Колбаса «Докторская»", "Doktorskaya sausage"),
        place="finished", supplier="", expires="2026-10-21", days_left=30, batch="B1184"),
]  # fmt: skip


def need(material: str, target: float, weighed: float, pct: float, lot_id: str | None, **more: Json) -> Obj:
    ru, en = NAMES[material]
    by = target * pct / 100
    first = next((x for x in LOTS if x["id"] == lot_id), None)
    missing = 0.0 if weighed >= target - by - 1e-9 else round(target - weighed, 4)
    return {
        "material": material, "name": text(ru, en), "target_kg": target, "weighed_kg": weighed, "missing_kg": missing,
        "lo_kg": round(target - by, 6), "hi_kg": round(target + by, 6), "prompt": None, "traced": True, "lot": lot_id,
        "lot_left_kg": first["left_kg"] if first else None, "stock_kg": first["left_kg"] if first else None, **more,
    }  # fmt: skip


def view(*, needs: list[Obj] | None = None, lots: list[Obj] | None = None) -> Obj:
    """The view as a message."""
    first: list[Json] = [
        need("beef_premium", 35.0, 35.2, 1, "260915-2"), need("pork_semi_fat", 98.0, 0.0, 1, "260918-3"),
        need("egg_melange", 4.2, 0.0, 1, "260920-1"), need("milk_powder", 2.8, 0.0, 1, "260910-1"),
        need("curing_salt", 2.93, 0.0, 0.5, "260910-2", prompt="salt"), need("sugar", 0.28, 0.0, 1, None),
        need("nutmeg", 0.07, 0.0, 2, "260905-1"), need("ice", 28.0, 0.0, 2, None, traced=False),
    ]  # fmt: skip
    second: list[Json] = [need("curing_salt", 2.93, 2.93, 0.5, "260910-2"), need("milk_powder", 2.8, 0.0, 1, "260910-1")]
    given: list[Json] = [
        {"batch": "B1189", "recipe": "doktorskaya", "unit": "C201", "ingredients": [*needs] if needs is not None else first},
        *([] if needs is not None else [{"batch": "B1188", "recipe": "molochnaya", "unit": "F301", "ingredients": second}]),
    ]  # fmt: skip
    warnings: list[Json] = [
        {"lot": "260901-4", "what": "expired", "days_left": -2}, {"lot": "260920-1", "what": "expires_soon", "days_left": 2},
        {"lot": "260920-2", "what": "on_hold", "days_left": 11}, {"lot": "260919-5", "what": "quarantine", "days_left": None},
    ]  # fmt: skip
    data: Obj = {"day": "2026-09-21", "lots": [*(LOTS if lots is None else lots)], "more_lots": 0, "needs": given,
                 "warnings": warnings, "weighing": []}  # fmt: skip
    return {"type": "view", "name": "materials", "data": data}


def code(lot_id: str = "", **more: Json) -> Obj:
    """The answer of ``GET /api/code``."""
    return {
        "ok": True, "code": lot_id, "lot": lot_id, "candidates": [lot_id] if lot_id else [], "material": "", "product": "",
        "why": None, "doubts": [], "supplier_lot": "", "produced": None, "expires": None, "kg": None, **more,
    }  # fmt: skip


def check(check_id: str, verdict: str, ru: str, en: str) -> Obj:
    return {"id": check_id, "verdict": verdict, "text": text(ru, en)}


GOOD: Final[list[Json]] = [
    check("formula", "ok", "Есть в рецептуре: 98,0 кг", "In the formula: 98.0 kg"),
    check("status", "ok", "Партия выпущена", "Available"),
    check("expiry", "ok", "Срок годности: ещё 11 дней", "Good for 11 more days"),
    check("temperature", "ok", "При приёмке 2,6 °C (ККТ −1,5…4 °C)", "2.6 °C on arrival (CCP −1.5 to 4 °C)"),
    check("documents", "ok", "Ветеринарное свидетельство (ВСД, «Меркурий»), ТТН", "Veterinary certificate, consignment note"),
    check("fefo", "ok", "Очередь за этой партией", "This lot is the first to go"),
    check("left", "ok", "Осталось 620,0 кг", "620.0 kg left"),
]  # fmt: skip


def loading(lot_id: str, material: str, verdict: str = "ok", *other: Obj) -> Obj:
    """The answer of ``GET /api/loading``; ``other`` checks take the place of those of their ids."""
    replaced = {str(c["id"]): c for c in other}
    checks: list[Json] = [replaced.get(str(c["id"]), c) if isinstance(c, dict) else c for c in GOOD]
    return {"lot": lot_id, "material": material, "verdict": verdict, "checks": checks}


OLDER: Final = check("fefo", "reason", "Есть партия старше: 260915-2, 38,0 кг, годна до 25.09.2026",
                     "An older lot is there: 260915-2, 38.0 kg, good until 25.09.2026")  # fmt: skip
EXPIRED: Final = check("expiry", "refused", "Срок годности истёк 19.09.2026", "Expired on 19.09.2026")


def _event(seq: int, what: str, hours: float, **more: Json) -> Obj:
    return {"seq": seq, "time_ns": NOW_NS - int(hours * HOUR), "unit": "", "batch": "", "what": what, "user": "ivanova", **more}


def history(lot_id: str = "260920-2") -> Obj:
    """The answer of ``GET /api/lots/ID``."""
    told: list[Json] = [
        _event(10, "received", 20, kg=120.0, reasons=[text("Температура при приёмке 6,1 °C (ККТ)", "6.1 °C on arrival (CCP)")]),
        _event(11, "moved", 19, to="chiller_2", kg=None), _event(12, "consumed", 18, kg=4.2, batch="B1187"),
        _event(13, "adjusted", 6, kg=-0.4, reason="Пересчёт остатка"),
    ]  # fmt: skip
    return {
        "id": lot_id,
        "kind": "received",
        "material": "egg_melange",
        "sources": 0,
        "products": 1,
        "units": [],
        "history": told,
    }


def trace(direction: str = "forward") -> Obj:
    """The answer of ``GET /api/lots/ID/trace``."""
    lots: list[Json] = [
        {"id": "260920-2", "kind": "received", "material": "egg_melange", "depth": 0, "kg": 120.0, "place": "", "status": ""},
        {"id": "B1187", "kind": "semi", "material": "doktorskaya", "depth": 1, "kg": 4.2, "place": "", "status": ""},
        {"id": "packed:095212340000000013", "kind": "packed", "material": "doktorskaya", "sscc": "095212340000000013", "depth": 2,
         "kg": 0.3, "place": "finished", "status": "available"},
    ]  # fmt: skip
    return {"direction": direction, "starts": ["260920-2"], "cut": False, "lots": lots, "edges": []}
