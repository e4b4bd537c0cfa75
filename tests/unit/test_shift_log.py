"""The log of a shift: what events say in it, in both languages, and how people's entries stand with their corrections."""

from __future__ import annotations

from typing import Any

import pytest

from historian.shift_log import shift_log, worded
from line.messages import Event

NAMES = {"beef": {"ru": "Говядина", "en": "Beef"}, "dok": {"ru": "Докторская", "en": "Doktorskaya"}}


def event(kind: str, source: str = "x", /, seq: int = 1, unit: str = "", batch: str = "", **data: Any) -> Event:
    return Event(seq, seq * 10, kind, source, unit, batch, data)


ALARM = {"priority": 1, "text": {"ru": "Жарко", "en": "Hot"}, "from": "normal", "to": "unack_active"}
SAID: list[tuple[Event, str, str]] = [
    (
        event("batch", "B1", what="created", recipe="dok", size_kg=140.5),
        "Партия №1 создана: Докторская, 140,5 кг",
        "Batch №1 created: Doktorskaya, 140.5 kg",
    ),
    (
        event("batch", "B1", what="state", to="held", reasons=[{"ru": "зонд", "en": "probe"}]),
        "Партия №1: задержана — зонд",
        "Batch №1: held — probe",
    ),
    (
        event("batch", "B1", what="lot", material="beef", lot="L-7", kg=2.25),
        "Партия №1: загружено 2,25 кг, Говядина, партия сырья L-7",
        "Batch №1: 2.25 kg of Beef loaded, lot L-7",
    ),
    (
        event("batch", "B1", what="deviation", kind="ccp", number=3, text={"ru": "Ниже", "en": "Low"}),
        "Партия №1, отклонение в ККТ № 3: Ниже",
        "Batch №1, CCP deviation 3: Low",
    ),
    (
        event("batch", "B1", what="disposition", verdict="rework", deviation=3, reason="недовар"),
        "Партия №1, отклонение № 3: продукт на переработку (недовар)",
        "Batch №1, deviation 3: product to rework (недовар)",
    ),
    (
        event("batch", "B1", what="parameter", parameter="t", **{"from": 72.5, "to": 73}, reason="проба"),
        "Партия №1: t 72,5 → 73 (проба)",
        "Batch №1: t 72.5 → 73 (проба)",
    ),
    (event("batch", "B1", what="mode", to="manual"), "Партия №1: режим «ручной»", "Batch №1: manual mode"),
    (
        event("lot", "L-7", what="received", material="beef", kg=100),
        "Принято сырьё: Говядина, 100 кг, партия L-7",
        "Received: Beef, 100 kg, lot L-7",
    ),
    (
        event("lot", "L-7", what="hold", reasons=[{"ru": "тепло", "en": "warm"}]),
        "Партия сырья L-7 задержана: тепло",
        "Lot L-7 on hold: warm",
    ),
    (
        event("lot", "L-7", what="discarded", kg=3, reason="срок"),
        "Партия сырья L-7 утилизирована, 3 кг (срок)",
        "Lot L-7 discarded, 3 kg (срок)",
    ),
    (
        event("lot", "L-7", batch="B1", what="consumed", substitute=True, reason="нет"),
        "Партия №1: сырьё L-7 взято взамен (нет)",
        "Batch №1: lot L-7 taken as a substitute (нет)",
    ),
    (event("alarm", "A", event="alarm", **ALARM), "Тревога 1: Жарко", "Alarm 1: Hot"),
    (
        event("alarm", "A", event="shelve", to="shelved", text=ALARM["text"], reason="датчик"),
        "Тревога отложена: Жарко (датчик)",
        "Alarm shelved: Hot (датчик)",
    ),
    (
        event("stop", "s", unit="P601", what="ended", duration_s=390.0, minor=False),
        "P-601: простой 6,5 мин",
        "P-601: a stop of 6.5 min",
    ),
    (
        event("stop", "s", unit="P601", what="reason", duration_s=390.0, name={"ru": "Плёнка", "en": "Film"}, text="рулон"),
        "P-601: причина простоя 6,5 мин — Плёнка, рулон",
        "P-601: reason of a stop of 6.5 min: Film, рулон",
    ),
    (event("unit", "G101", what="mode", to="manual"), "G-101: режим «ручной»", "G-101: manual mode"),
    (
        event("command", "u", kind="tag.write", status="received", target="S401.SP", args={"value": 78.5}, reason="проба"),
        "S401.SP: задано 78,5 (проба)",
        "S401.SP set to 78.5 (проба)",
    ),
    (
        event("request", "r", what="created", number=4, kind_name={"ru": "Неисправность", "en": "Fault"}, request="Стук"),
        "Заявка № 4 (Неисправность) создана: Стук",
        "Request 4 (Fault) created: Стук",
    ),
    (event("order", "o", what="filled", number="З-1", recipe="dok"), "Заказ З-1 (dok) выполнен", "Order З-1 (dok) filled"),
    (
        event(
            "call",
            "c",
            what="created",
            number=2,
            service_name={"ru": "Ремонт", "en": "Repair"},
            reason={"ru": "Стук", "en": "Knock"},
        ),
        "Вызов № 2 (Ремонт) сделан: Стук",
        "Call 2 (Repair) made: Knock",
    ),
    (
        event("shift", "s", what="ended", number=2, ended_by="rule"),
        "Смена 2 закончена по правилу: её никто не закрыл",
        "Shift 2 ended by rule: nobody ended it",
    ),
    (
        event("shift", "s", what="signed", part="incoming", signature={"name": "Вера"}),
        "Смену принял: Вера",
        "Shift taken over by Вера",
    ),
    (
        event("link", "plc1", to="down", error={"ru": "кабель", "en": "cable"}),
        "Связь с plc1 потеряна (кабель)",
        "Link to plc1 lost (cable)",
    ),
    (event("system", "engine", what="restored"), "Система управления перезапущена", "The engine restarted"),
]


@pytest.mark.parametrize(("happened", "ru", "en"), SAID)
def test_what_an_event_says(happened: Event, ru: str, en: str) -> None:
    assert worded(happened, NAMES) == {"ru": ru, "en": en}


@pytest.mark.parametrize(
    "happened",
    [
        event("batch", "B1", what="state", node="cook", to="held"), event("batch", "B1", what="state", to="holding"),
        event("alarm", "A", event="alarm", **{**ALARM, "priority": 3}), event("alarm", "A", event="ack", **ALARM),
        event("lot", "L", what="consumed", substitute=False, fefo=True),
        event("stop", "s", what="ended", minor=True, duration_s=4.0),
        event("command", "u", kind="tag.write", status="confirmed", target="S401.SP"),
        event("command", "u", kind="alarm.ack", status="received"), event("unit", "G101", what="state", to="running"),
        event("link", "plc1", to="connecting"), event("write", "c", tag="x"), event("oee", "s", what="shift"),
    ],
)  # fmt: skip
def test_what_is_no_entry(happened: Event) -> None:
    assert worded(happened, NAMES) is None


def test_corrections_stand_with_their_entry_also_when_they_come_after_the_end() -> None:
    rows = [
        event(
            "shift", "s1", seq=1, what="entry", entry="L1", category="safety", text="Пролив", unit="C201", user="anna", photo=None
        ),
        event("unit", "G101", seq=2, what="mode", to="manual", user="boris"),
        event("shift", "s1", seq=3, what="correction", entry="L2", of="L1", text="Масло", reason="точнее", user="anna"),
    ]
    later = [
        event("shift", "s1", seq=9, what="correction", entry="L3", of="L1", text="Вода", reason="проверил", user="vera"),
        event("shift", "s1", seq=10, what="correction", entry="L4", of="L77", text="?", reason="?", user="vera"),
        event(
            "shift", "s1", seq=11, what="entry", entry="L5", category="other", text="Позже", unit="", user="vera", photo="a" * 64
        ),
    ]
    first, mode, last = shift_log(rows, later)
    assert (first["auto"], first["category"], first["text"]) == (False, "safety", {"ru": "Пролив", "en": "Пролив"})
    corrections: Any = first["corrections"]
    assert [(c["entry"], c["text"], c["user"]) for c in corrections] == [("L2", "Масло", "anna"), ("L3", "Вода", "vera")]
    assert (mode["auto"], mode["user"], mode["category"]) == (True, "boris", None)
    assert (last["entry"], last["photo"]) == ("L5", "a" * 64)


def test_what_people_wrote_cannot_break_the_words() -> None:
    """Events of an older or newer program, with keys missing."""
    for kind in ("batch", "lot", "alarm", "stop", "unit", "command", "request", "order", "call", "shift", "link", "system"):
        for what in (
            "created",
            "state",
            "deviation",
            "lot",
            "mode",
            "received",
            "hold",
            "ended",
            "reason",
            "signed",
            "started",
            "entry",
        ):
            words = worded(Event(1, 1, kind, "x", data={"what": what, "to": "held", "event": "alarm"}))
            assert words is None or set(words) == {"ru", "en"}
