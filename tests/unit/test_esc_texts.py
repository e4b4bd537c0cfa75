"""What people are told, word for word; and the view that panels and the notifier read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alarms.escalation_state import Subject
from alarms.escalation_texts import Place, body, duration, local_minute, local_time, number_text
from alarms.policy import EscalatesOn, Policy, Step
from alarms.table import AlarmDef, AlarmKind, compile_table
from line.documents import Text
from tests.builders import T0_NS, S
from tests.unit.esc_kit import CALL, LABELS, LATE, LINE, P1, P1_IDLE, TAGS, Script, acked, alarm, call, comes, result, stage, told

MOSCOW = ZoneInfo("Europe/Moscow")
PLACE = Place(LINE, LABELS, [t.decimals for t in TAGS], MOSCOW)
NB = "\u00a0"


def message(s: Script, contact: str) -> dict[str, Any]:
    return next(m for m in s.view()["outbox"] if m["contact"] == contact)


def test_a_message_about_an_alarm() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    s.step(120)
    s.step(300)
    mech = message(s, "mech")
    assert {k: mech[k] for k in ("id", "attempt", "language", "priority")} == {
        "id": "N2",
        "attempt": 1,
        "language": "ru",
        "priority": 1,
    }
    assert mech["title"] == "Тревога P1 не квитирована: name A1 ru"
    assert mech["body"].splitlines() == [
        "name A1 ru",
        "Где: S-401 Термокамера 1, Линия колбас",
        f"Значение: 86,2{NB}°C, предел 84{NB}°C",
        "Стоит с: 15.11.2023 01:13:20",
        f"Не квитирована 5{NB}мин",
        "Сообщали: lead ru (01:15)",
        "Что делать:",
        "response A1 ru",
    ]
    tech = message(s, "tech")
    assert (tech["language"], tech["title"]) == ("en", "Alarm P1 not acknowledged: name A1 en")
    assert tech["body"].splitlines() == [
        "name A1 en",
        "Where: S-401 Smokehouse 1, Sausage line",
        f"Value: 86.2{NB}°C, limit 84{NB}°C",
        "Since: 15.11.2023 01:13:20",
        f"Not acknowledged for 5{NB}min",
        "Told before: lead en (01:15)",
        "What to do:",
        "response A1 en",
    ]


def test_an_alarm_that_nobody_does_anything_about() -> None:
    s = Script(P1_IDLE)
    s.step(0, comes("A1"))
    s.step(5, acked("A1"))
    s.step(180)
    s.step(600)
    mech = message(s, "mech")
    assert mech["title"] == "Тревога P1, ничего не сделано: name A1 ru"
    assert f"Никаких действий 10{NB}мин" in mech["body"]


def test_a_message_about_a_call() -> None:
    s = Script(CALL, LATE)
    s.step(0, call("created", "", number=12))
    s.step(120)
    s.step(300)
    mech = message(s, "mech")
    assert (mech["title"], mech["priority"]) == ("Вызов № 12: repair ru — никто не принял", 0)
    assert mech["body"].splitlines() == [
        "Где: S-401 Термокамера 1, Линия колбас",
        "Почему: leak ru",
        "Кто вызвал: anna, p1",
        "Вызвали: 15.11.2023 01:13:20",
        f"Ждёт 5{NB}мин",
        "Сообщали: lead ru (01:15)",
    ]


def test_an_accepted_call_is_told_with_its_caller_and_since_it_was_made() -> None:
    late = Policy("late", EscalatesOn.NOT_ON_SITE, (Step(60.0, tell=("mech",)),))
    s = Script(late)
    row = {"id": "call-1", "by": "anna", "station": "p7", "state": "open"}
    s.step(0, call("created", "", unit=""))
    s.views["calls"] = {"calls": [row]}
    s.step(30, call("accepted", "open", unit="", user="petr", accept_s=30.0))
    s.step(90)
    mech = message(s, "mech")
    assert mech["title"] == "Вызов № 1: repair ru — принят, никто не пришёл"
    told_lines = mech["body"].splitlines()
    assert told_lines[0] == "Где: Линия колбас"
    assert "Кто вызвал: anna, p7" in told_lines
    assert "Вызвали: 15.11.2023 01:13:20" in told_lines
    assert f"После приёма прошло 60{NB}с" in told_lines


def test_the_all_clear_says_why_and_by_whom() -> None:
    last = "Больше сообщений об этом не будет."
    for event, title, lines_told in (
        (acked("A1", "ivanova"), "Тревога квитирована", ["тревога квитирована (ivanova)", "Сама тревога ещё стоит.", last]),
        (told("A1", "unack_active", "rtn_unack"), "Тревога ушла", ["тревога ушла", last]),
        (told("A1", "unack_active", "suppressed"), "Тревога подавлена по условию", ["тревога подавлена по условию", last]),
    ):
        s = Script(P1)
        s.step(0, comes("A1"))
        s.step(300)
        s.step(301, result("N1", 1, True), result("N2", 1, True), result("N3", 1, True))
        s.step(310, event)
        (clear,) = s.view()["outbox"]
        assert (clear["contact"], clear["title"]) == ("mech", f"{title}: name A1 ru")
        assert clear["body"].splitlines() == [f"15.11.2023 01:18:30 {lines_told[0]}", *lines_told[1:]]


def subject(value: float | None = 86.25, *, good: bool = True, unit: str = "S401") -> Subject:
    return Subject("A1", "alarm", unit, 1, Text(ru="горячо", en="hot"), T0_NS, value, good)


def lines(definition: AlarmDef, language: str, about: Subject | None = None) -> list[str]:
    told_body = body(EscalatesOn.UNACKED, about or subject(), definition, (), 65.0, PLACE)
    return told_body.get(language).splitlines()


@pytest.mark.parametrize(
    ("kind", "limit", "ru", "en"),
    [
        (AlarmKind.HIGH, 84.0, f"Значение: 86,2{NB}°C, предел 84{NB}°C", f"Value: 86.2{NB}°C, limit 84{NB}°C"),
        (AlarmKind.LOW, -0.75, f"Значение: 86,2{NB}°C, предел −0,75{NB}°C", f"Value: 86.2{NB}°C, limit −0.75{NB}°C"),
        (AlarmKind.DEVIATION, 5.0, f"Значение: 86,2{NB}°C, допустимое отклонение 5{NB}°C",
         f"Value: 86.2{NB}°C, allowed deviation 5{NB}°C"),
        (AlarmKind.RATE_HIGH, 1.5, f"Значение: 86,2{NB}°C, предел скорости 1,5{NB}°C/мин",
         f"Value: 86.2{NB}°C, limit of the rate 1.5{NB}°C/min"),
    ],
)  # fmt: skip
def test_value_and_limit(kind: AlarmKind, limit: float, ru: str, en: str) -> None:
    definition = replace(alarm("A1", "S401", 1, kind), limit=limit)
    assert lines(definition, "ru")[2] == ru
    assert lines(definition, "en")[2] == en


def test_a_value_that_cannot_be_trusted_is_never_told_as_good() -> None:
    definition = alarm("A1", "S401", 1)
    assert lines(definition, "ru", subject(good=False))[2] == f"Значение: 86,2{NB}°C (недостоверно), предел 84{NB}°C"
    assert lines(definition, "en", subject(None))[2] == f"Value: no data, limit 84{NB}°C"


def test_kinds_without_a_limit_tell_no_value() -> None:
    for kind in (AlarmKind.DISCRETE, AlarmKind.BAD_QUALITY, AlarmKind.EXPRESSION, AlarmKind.COMMUNICATION):
        assert not any("Значение" in line for line in lines(alarm("A1", "S401", 1, kind), "ru"))


def test_an_alarm_of_no_unit_is_of_the_line() -> None:
    assert lines(alarm("A1", "", 1), "en", subject(unit=""))[1] == "Where: Sausage line"


def test_units_of_measure_are_translated() -> None:
    definition = replace(alarm("A1", "S401", 1, AlarmKind.LOW), eu="bar", limit=2.5)
    assert lines(definition, "ru")[2] == f"Значение: 86,2{NB}бар, предел 2,5{NB}бар"


@pytest.mark.parametrize(
    ("seconds", "ru", "en"),
    [
        (0, f"0{NB}с", f"0{NB}s"),
        (119.4, f"119{NB}с", f"119{NB}s"),
        (120, f"2{NB}мин", f"2{NB}min"),
        (3599, f"59{NB}мин", f"59{NB}min"),
        (3600, f"1{NB}ч", f"1{NB}h"),
        (4200, f"1{NB}ч 10{NB}мин", f"1{NB}h 10{NB}min"),
    ],
)
def test_durations(seconds: float, ru: str, en: str) -> None:
    assert (duration(seconds, "ru"), duration(seconds, "en")) == (ru, en)


def test_numbers() -> None:
    assert number_text(-0.04, 1, "ru") == "0,0"
    assert number_text(-2.5, 1, "ru") == "−2,5"
    assert number_text(1234.5, 0, "en") == "1234"


def test_time_is_that_of_the_plant() -> None:
    assert local_time(T0_NS, MOSCOW) == "15.11.2023 01:13:20"
    assert local_minute(T0_NS, MOSCOW) == 73
    assert local_minute(T0_NS, ZoneInfo("UTC")) == 22 * 60 + 13
    assert local_minute(1_711_846_800 * S, ZoneInfo("Europe/Berlin")) == 180  # the night of the change to summer time


def test_the_view_of_a_run() -> None:
    s = Script(P1)
    s.step(0, comes("A1"))
    (run,) = s.view()["runs"]
    steps = run.pop("steps")
    assert run == {
        "id": "A1", "what": "alarm", "on": "unacked", "policy": "p1", "unit": "S401", "priority": 1,
        "text": {"ru": "name A1 ru", "en": "name A1 en"}, "since_ns": T0_NS, "elapsed_s": 0, "paused": False, "step": 1,
        "next_ns": T0_NS + 60 * S,
    }  # fmt: skip
    assert [x["state"] for x in steps] == ["taken", "waiting", "waiting", "waiting", "waiting"]
    assert steps[0] == {
        "after_s": 0,
        "text": {"ru": f"horn ru, red ru; звук каждые 10{NB}с", "en": f"horn en, red en; sound every 10{NB}s"},
        "state": "taken",
    }
    assert steps[3]["text"] == {"ru": "сообщить: mech ru, tech ru", "en": "tell: mech en, tech en"}
    assert s.view()["outputs"] == {"horn": True, "red": True, "amber": False}


def test_the_most_urgent_run_stands_first() -> None:
    s = Script(P1, CALL, replace(P1, id="p2", priorities=frozenset({2, 4})))
    s.step(0, comes("A4"), call("created", ""), comes("A2"))
    s.step(1, comes("B1"))
    assert [r["id"] for r in s.view()["runs"]] == ["B1", "call-1", "A2", "A4"]


def test_a_flood_of_runs_is_cut_to_the_most_urgent_in_the_view_only() -> None:
    definitions = [alarm(f"X{i:03}", "S401", 2 if i < 200 else 1) for i in range(250)]
    s = Script(used=stage(Policy("p", EscalatesOn.UNACKED, (Step(5.0, ("amber",)),)), table=compile_table(definitions, TAGS)))
    s.step(0, *(replace(comes("A1"), source=a.id, data={**comes("A1").data, "priority": a.priority}) for a in definitions))
    view = s.view()
    assert [r["id"] for r in view["runs"][:51]] == [*(f"X{i:03}" for i in range(200, 250)), "X000"]
    assert (len(view["runs"]), view["more_runs"]) == (200, 50)
    assert len([line for line in s.step(5) if line.endswith("step 1")]) == 250


def test_notices_newest_first_and_fifty_of_them() -> None:
    many = Policy("many", EscalatesOn.UNACKED, (Step(0.0, tell=("lead",)),))
    s = Script(many)
    s.step(0)
    for k in range(60):
        s.step(2 * k, comes("A1"))
        s.step(2 * k + 1, told("A1", "unack_active", "rtn_unack"))
        s.step(2 * k + 1.5, told("A1", "rtn_unack", "normal"))
    ids = [n["id"] for n in s.view()["notices"]]
    assert ids == [f"N{n}" for n in range(60, 10, -1)]
    assert len(s.state.notices) == 50
    (newest, *_) = s.view()["notices"]
    assert newest == {
        "id": "N60", "run": "A1", "contact": "lead", "contact_name": {"ru": "lead ru", "en": "lead en"}, "role": "shift_lead",
        "outside": False, "state": "told", "attempts": 0, "error": {"ru": "", "en": ""}, "told_ns": T0_NS + 118 * S,
        "ended_ns": T0_NS + 118 * S,
        "text": {"ru": "Тревога P1 не квитирована: name A1 ru", "en": "Alarm P1 not acknowledged: name A1 en"},
    }  # fmt: skip


def test_a_message_that_is_pending_is_never_pruned() -> None:
    mixed = Policy("mixed", EscalatesOn.UNACKED, (Step(0.0, tell=("mech",), attempts=20, retry_s=1000.0),), frozenset({1}))
    many = Policy("many", EscalatesOn.UNACKED, (Step(0.0, tell=("lead",)),))
    s = Script(mixed, many)
    s.step(0, comes("A1"))
    for k in range(60):
        s.step(2 * k + 1, comes("A2"))
        s.step(2 * k + 2, told("A2", "unack_active", "rtn_unack"))
    assert s.state.notices["N1"].contact == "mech"
