"""A shift with its calendar, its log and a hand-over, as the API tells them."""

from __future__ import annotations

from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples
from tests.hmi.samples import MIN, NOW_NS

SHIFT: str = "2026-11-22-2"
PHOTO: str = "5f" * 32
LONG: str = (
    "Камера S-401 не держит влажность: проверили форсунку, почистили, влажность поднялась до 96 %. Паропровод травит у фланца, "
    "механик вызван, до ремонта ставить в неё партии с пометкой технолога."
)


def text(ru: str, en: str) -> Obj:
    return {"ru": ru, "en": en}


def planned(name: Obj, number: int, crew: str, start_min: float, end_min: float) -> Obj:
    """A shift of the calendar that begins and ends so many minutes from now."""
    return {
        "shift": f"s{number}", "name": name, "number": number, "crew": crew, "start_ns": NOW_NS + int(start_min * MIN),
        "end_ns": NOW_NS + int(end_min * MIN),
    }  # fmt: skip


DAY: Obj = planned(text("Дневная", "Day"), 1, "a", -690, 30)
NIGHT: Obj = planned(text("Ночная", "Night"), 2, "b", 30, 750)
CREWS: list[Json] = [
    {"id": c, "name": text(f"Бригада {ru}", f"Crew {c.upper()}")} for c, ru in (("a", "А"), ("b", "Б"), ("c", "В"), ("d", "Г"))
]


def entry(n: int, ago_min: float, said: str, category: str = "equipment", **more: Json) -> Obj:
    """An entry as the view has it."""
    return {
        "id": f"L{n}", "time_ns": NOW_NS - int(ago_min * MIN), "shift": SHIFT, "user": "ivanova", "category": category,
        "text": said, "unit": "", "photo": "", "corrections": [], **more,
    }  # fmt: skip


def correction(n: int, ago_min: float, said: str, reason: str, user: str = "petrov") -> Obj:
    return {"id": f"L{n}", "time_ns": NOW_NS - int(ago_min * MIN), "user": user, "text": said, "reason": reason}


ENTRIES: list[Obj] = [
    entry(1, 210, "Приняли смену, замечаний по безопасности нет", "safety"),
    entry(2, 96, LONG, unit="S401", photo=PHOTO),
    entry(
        3, 48, "Мойка волчка 15 мин", "cleaning", unit="G101",
        corrections=[correction(4, 40, "Мойка волчка 25 мин, с разборкой решётки", "Уточнение")],
    ),
]  # fmt: skip


def log_row(e: Obj) -> Obj:
    """An entry as the route gives it."""
    fixes: list[Json] = [
        {"time_ns": c["time_ns"], "seq": 900, "entry": c["id"], "user": c["user"], "text": c["text"], "reason": c["reason"]}
        for c in e["corrections"]  # type: ignore[index, union-attr]
    ]
    return {
        "time_ns": e["time_ns"], "seq": 800, "kind": "shift", "auto": False, "unit": e["unit"], "batch": "", "user": e["user"],
        "category": e["category"], "entry": e["id"], "photo": e["photo"] or None, "text": text(str(e["text"]), str(e["text"])),
        "corrections": fixes,
    }  # fmt: skip


def auto(seq: int, ago_min: float, kind: str, ru: str, en: str, *, unit: str = "", batch: str = "", user: str = "") -> Obj:
    """A row that the journal words by itself."""
    return {
        "time_ns": NOW_NS - int(ago_min * MIN), "seq": seq, "kind": kind, "auto": True, "unit": unit, "batch": batch,
        "user": user, "category": None, "entry": None, "photo": None, "text": text(ru, en), "corrections": [],
    }  # fmt: skip


def rows() -> list[Obj]:
    """The log of the shift, ascending."""
    return [
        auto(10, 313, "shift", "Смена 1 начата. Бригада А", "Shift 1 started. Crew A", user="petrov"),
        auto(20, 300, "batch", "Партия №1186 создана: Докторская, 140 кг", "Batch №1186 created: Doktorskaya, 140 kg",
             batch="B1186", user="ivanova"),
        auto(30, 290, "lot", "Принято сырьё: Говядина, 280 кг, партия 261122-1", "Received: Beef, 280 kg, lot 261122-1",
             user="ivanova"),
        log_row(ENTRIES[0]),
        auto(40, 150, "command", "S401.SP_Temp: задано 78 (по указанию технолога)", "S401.SP_Temp set to 78 (as told)",
             unit="S401", user="sidorov"),
        auto(50, 120, "unit", "R101: режим «ручной»", "R101: manual mode", unit="R101", user="ivanova"),
        log_row(ENTRIES[1]),
        auto(60, 70, "stop", "F301: простой 12,4 мин", "F301: a stop of 12.4 min", unit="F301"),
        log_row(ENTRIES[2]),
        auto(70, 13, "batch", "Партия №1188: задержана — нет оболочки: заправить и продолжить",
             "Batch №1188: held – no casing: load it and restart", unit="F301", batch="B1188"),
        auto(80, 2, "alarm", "Тревога 1: Температура камеры: авария, верх", "Alarm 1: Chamber temperature very high",
             unit="S401"),
    ]  # fmt: skip


def log_answer(found: list[Obj] | None = None, shift: str = SHIFT) -> Obj:
    """The answer of ``GET /api/shifts/ID/log``."""
    told: list[Json] = [*(rows() if found is None else found)]
    return {"type": "reply", "reply_to": "log.rows", "status": 200, "data": {"shift": {"id": shift}, "log": told}}


MATTERS: list[Json] = [
    {"kind": kind, "id": id_, "of": "", "unit": unit, "text": text(ru, en), "now": text(now_ru, now_en)}
    for kind, id_, unit, ru, en, now_ru, now_en in (
        ("batch", "B1188", "F301", "Партия №1188 (Молочная) задержана: нет оболочки: заправить и продолжить",
         "Batch №1188 (Molochnaya) is held: no casing: load it and restart", "", ""),
        ("deviation", "B1186", "S402", "Партия №1186: нет решения по отклонению 1. Температура в батоне не достигнута",
         "Batch №1186: deviation 1 has no disposition. Core temperature not reached", "", ""),
        ("alarm", "S401.ChamberTemp.high", "S401", "Тревога 1: Температура камеры: авария, верх",
         "Alarm 1: Chamber temperature very high", "", ""),
        ("hidden_alarm", "S402.DoorClosed.discrete", "S402", "Тревога отложена (ivanova: Мойка или наладка): Дверь открыта",
         "Alarm shelved (ivanova: Washing): Door open", "", ""),
        ("manual", "R101", "R101", "R101 в ручном режиме", "R101 is in manual mode", "", ""),
        ("call", "C12", "S401", "Вызов № 12, Механик: паропровод", "Call 12, Mechanic: steam pipe", "", ""),
        ("stop", "S7", "F301", "F301: простой без причины", "F301: a stop has no reason", "12 мин", "12 min"),
        ("stop", "S9", "G101", "G101: простой без причины", "G101: a stop has no reason", "6 мин", "6 min"),
        ("request", "R4", "S401", "Заявка № 4, Ремонт: фланец паропровода травит", "Request 4, Repair: the flange leaks", "", ""),
        ("order", "O-31", "", "Заказ O-31 (Докторская) не выполнен", "Order O-31 (Doktorskaya) is not filled", "выполнено 62 %",
         "62 % done"),
        ("lot", "261122-3", "", "Партия сырья 261122-3 (Свинина), 120 кг: задержана", "Lot 261122-3 (Pork), 120 kg: on hold",
         "", ""),
    )
]  # fmt: skip
OUTGOING: Obj = {"user": "petrov", "name": "Петров П. И.", "role": "shift_lead", "time_ns": NOW_NS - 4 * MIN}


def handover(step: str, **more: Json) -> Obj:
    """What the view says of a hand-over in this step."""
    incoming = step == "handing_over"
    return {
        "notes": "S-401: фланец травит, до ремонта — только с разрешения технолога.\nОболочку на F-301 привезут к 20:30.",
        "prepared_by": "petrov", "prepared_ns": NOW_NS - 11 * MIN, "matters": MATTERS, "hash": "a1" * 32,
        "outgoing": OUTGOING if incoming else None, "incoming": None, "remark": "", "changed": {},
        "signs": {"part": "incoming" if incoming else "outgoing", "role": "shift_lead", "not_user": "petrov" if incoming else ""},
        **more,
    }  # fmt: skip


def view(step: str = "open", **more: Json) -> Obj:
    """The view ``shift`` of a line with a calendar: half an hour before the end of the day shift."""
    log: list[Json] = [*ENTRIES]
    prepared = handover(step) if step in ("preparing", "handing_over") else None
    return {
        **samples.shift_view(), "number": 1, "crew": "a", "crew_name": text("Бригада А", "Crew A"), "user": "petrov",
        "started_by": "user", "step": step, "planned": DAY, "handover": prepared, "log": log,
        "calendar": {"due": DAY, "next": NIGHT, "meant": NIGHT, "ends_by_rule_ns": NOW_NS + 90 * MIN, "crews": CREWS}, **more,
    }  # fmt: skip


def message(step: str = "open", **more: Json) -> Obj:
    """The view as the panel receives it."""
    return {"type": "view", "name": "shift", "data": view(step, **more)}
