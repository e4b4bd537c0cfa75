"""Production orders and service requests of a shift, as the API tells them."""

from __future__ import annotations

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi.samples import MIN, NOW_NS

DOKTORSKAYA: Obj = {"ru": "Колбаса варёная «Докторская»", "en": "Cooked sausage “Doktorskaya”"}
KRAKOVSKAYA: Obj = {"ru": "Колбаса полукопчёная «Краковская»", "en": "Semi-smoked sausage “Krakovskaya”"}
VETCHINA: Obj = {"ru": "Ветчина «Столичная»", "en": "Ham “Stolichnaya”"}
ALLOWED = {
    "planned": ["batch", "cancel", "change", "close"], "running": ["batch", "change", "close"],
    "filled": ["batch", "change", "close"], "closed": [], "cancelled": [],
}  # fmt: skip


def batch(batch_id: str, size_kg: float, state: str, packed_kg: float = 0.0, packs: int = 0) -> Json:
    return {"id": batch_id, "size_kg": size_kg, "state": state, "packed_kg": packed_kg, "packs": packs}


def order(at: int, number: str, status: str, *, kg: float | None = 300.0, packs: int | None = None, **more: Json) -> Obj:
    """An order of Doktorskaya for shift 2; ``packed`` is in its own measure."""
    packed = more.pop("packed", 0.0)
    wanted = packs if kg is None else kg
    assert wanted is not None
    assert isinstance(packed, int | float)
    return {
        "id": f"order-{at}", "number": number, "recipe": "doktorskaya", "recipe_name": DOKTORSKAYA, "kg": kg, "packs": packs,
        "due_ns": NOW_NS + 170 * MIN, "shift": 2, "priority": 5, "notes": "", "status": status, "by": "petrov",
        "created_ns": NOW_NS - 900 * MIN, "ended_ns": None, "batches": [], "count": {"planned": 0, "running": 0, "done": 0},
        "packed_kg": packed if kg is not None else 0.0, "packed": packed, "remaining": max(0.0, wanted - packed),
        "done_pct": round(100.0 * packed / wanted, 1), "allowed": list[Json](ALLOWED[status]), **more,
    }  # fmt: skip


def orders_view() -> Obj:
    """Late, running, not begun, filled, for another shift, closed, cancelled."""
    return {
        "orders": [
            order(3, "З-1043", "running", kg=420.0, packed=118.4, priority=1, due_ns=NOW_NS - 82 * MIN,
                  notes="Магазин № 12 забирает в 17:00", batches=[
                      batch("B1186", 140.0, "running", 0.0), batch("B1185", 140.0, "complete", 118.4, 269)]),
            order(4, "З-1044", "running", packs=600, kg=None, packed=0, priority=2, batches=[batch("B1187", 140.0, "running")]),
            order(5, "З-1045", "planned", priority=3, recipe="vetchina", recipe_name=VETCHINA, kg=180.0),
            order(6, "З-1046", "filled", recipe="krakovskaya", recipe_name=KRAKOVSKAYA, kg=240.0, packed=246.0, priority=4,
                  batches=[batch("B1181", 120.0, "complete", 124.0, 360), batch("B1182", 120.0, "complete", 122.0, 354)]),
            order(7, "1047", "planned", shift=None, due_ns=NOW_NS + 26 * 60 * MIN, kg=1200.0),
            order(2, "З-1042", "closed", kg=130.0, packed=130.5, ended_ns=NOW_NS - 60 * MIN, due_ns=NOW_NS - 50 * MIN,
                  batches=[batch("B1180", 140.0, "complete", 130.5, 297)]),
            order(1, "З-1041", "cancelled", recipe="vetchina", recipe_name=VETCHINA, ended_ns=NOW_NS - 1500 * MIN,
                  due_ns=NOW_NS - 1400 * MIN, shift=1),
        ],
        "open": 5,
    }  # fmt: skip


NEXT: dict[str, list[Json]] = {
    "open": ["cancel", "comment", "done", "take"], "taken": ["cancel", "comment", "done"],
    "done": ["comment", "confirm", "reopen"], "confirmed": ["reopen"], "cancelled": [],
}  # fmt: skip
KINDS: dict[str, Obj] = {
    "fault": {"ru": "Неисправность", "en": "Fault"}, "cleaning": {"ru": "Уборка", "en": "Cleaning"},
    "supply": {"ru": "Снабжение", "en": "Supply"}, "quality": {"ru": "Качество", "en": "Quality"},
}  # fmt: skip


def request(number: int, kind: str, unit: str, text: str, status: str, opened_min: float, **more: Json) -> Obj:
    """A request that ivanova made."""
    return {
        "id": f"request-{number}", "number": number, "kind": kind, "kind_name": KINDS[kind], "unit": unit, "text": text,
        "priority": "normal", "status": status, "by": "ivanova", "station": "p1", "opened_ns": NOW_NS - int(opened_min * MIN),
        "taken_ns": None, "taken_by": "", "done_ns": None, "done_by": "", "ended_ns": None, "ended_by": "",
        "comments": [], "allowed": NEXT[status], **more,
    }  # fmt: skip


def said(ago_min: float, user: str, what: str, text: str) -> Json:
    return {"time_ns": NOW_NS - int(ago_min * MIN), "user": user, "what": what, "text": text}


def requests_view() -> Obj:
    """Urgent and open, taken, done and waiting to be confirmed, one of somebody else, one that is closed."""
    return {
        "requests": [
            request(24, "fault", "F301", "Течёт сальник насоса фарша, под шприцем лужа", "open", 12, priority="urgent"),
            request(21, "fault", "S401", "Дверь закрывается с третьего раза, уплотнение в нижнем углу порвано", "done", 190,
                    taken_ns=NOW_NS - 170 * MIN, taken_by="sidorov", done_ns=NOW_NS - 25 * MIN, done_by="sidorov",
                    comments=[said(170, "sidorov", "taken", "Уплотнение есть на складе, иду"),
                              said(95, "ivanova", "comment", "Камера освободится в 15:40"),
                              said(25, "sidorov", "done", "Уплотнение заменено, петля подтянута")]),
            request(22, "supply", "P601", "Плёнки осталось на час", "taken", 64, by="smirnova", taken_ns=NOW_NS - 50 * MIN,
                    taken_by="kladov"),
            request(23, "cleaning", "", "Вода на полу в проходе у куттера", "done", 40, by="smirnova", priority="low",
                    done_ns=NOW_NS - 15 * MIN, done_by="belova"),
            request(20, "quality", "H501", "Проба воды из камеры охлаждения", "confirmed", 400, taken_ns=NOW_NS - 380 * MIN,
                    taken_by="otk", done_ns=NOW_NS - 300 * MIN, done_by="otk", ended_ns=NOW_NS - 290 * MIN, ended_by="ivanova"),
        ],
        "open": 4, "to_confirm": 2,
    }  # fmt: skip


def view(name: str, data: Obj) -> Obj:
    return {"type": "view", "name": name, "data": data}


def views() -> list[Obj]:
    return [view("orders", orders_view()), view("requests", requests_view())]
