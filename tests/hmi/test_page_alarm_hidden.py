"""Shelved, suppressed and out-of-service alarms: how long, by whom and why, what happens underneath, and the way back."""

from __future__ import annotations

import pytest

from hmi.pages.alarms import AlarmsPage
from hmi.widgets.alarmdialogs import ActionDialog, RemoveDialog, ShelveDialog
from line.messages import Json
from tests.hmi import samples
from tests.hmi.alarm_samples import NOW, S, alarms_page, standing, view
from tests.hmi.conftest import MakePanel, Panel


def texts(page: AlarmsPage) -> list[list[str]]:
    return [[f"{c.text} {c.sub}".strip() for c in r.cells[1:]] for r in page.table.rows]


def test_shelved_alarms_tell_time_left_who_why_and_what_is_underneath(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "shelved")
    assert page.tabs.buttons["shelved"].text() == "Отложены 2"
    assert texts(page) == [
        ["S-402 Дверь открыта", "есть", "4:12 скоро вернётся", "Иванова", "Мойка или наладка"],
        ["G-101 Ток волчка высокий", "нет", "1:20:00 до возврата", "petrov", "Причина известна, меры приняты"],
    ]
    panel.clock.advance_ns(62 * S)
    panel.feed(samples.image(time_ns=NOW + 62 * S))
    assert texts(page)[0][2] == "3:10 скоро вернётся"
    assert "условие тревоги есть" in page.detail.lines.text()
    page.table.headed.emit("by")
    assert page.table.rows[0].key == "S402.DoorClosed.discrete", "ivanova before petrov"
    page.table.headed.emit("by")
    assert page.table.rows[0].key == "G101.Current.high"


def test_a_shelved_alarm_is_shown_again_on_wish(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "shelved")
    assert page.back.text() == "Вернуть сейчас"
    page.back.click()
    assert panel.port.submitted[-1][1:] == ("alarm.unshelve", "", {"alarms": ["S402.DoorClosed.discrete"]})
    panel.log_in("viewer")
    assert not page.back.isEnabled()
    assert page.rate.text() == "Только просмотр, нужна роль: оператор"


def test_out_of_service_names_work_order_and_reason_and_comes_back_by_role_only(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "suppressed")
    assert page.tabs.buttons["suppressed"].text() == "Подавлены, выведены 2"
    removed, suppressed = page.table.rows
    assert (removed.cells[5].text, removed.cells[5].sub) == ("выведена · ТО-2211", "Замена датчика")
    assert suppressed.cells[5].text == "подавлена логикой"
    assert suppressed.cells[2].text == "есть", "the condition is judged on underneath"
    assert not page.back.isEnabled()
    assert page.rate.text() == "Ввести в работу может: инженер"
    panel.log_in("engineer")
    page.back.click()
    assert panel.port.submitted[-1][1:] == ("alarm.restore", "", {"alarms": ["P601.FilmOk.discrete"]})
    page.choose("H501.AirTemp.high")
    assert not page.back.isEnabled(), "what logic suppresses no person brings back"
    assert page.rate.text() == "Вернётся сама, когда снимется условие подавления."


def test_hidden_lists_have_filters_and_words_for_nothing(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel, "shelved")
    page.units.chosen.emit("G101")
    assert [r.key for r in page.table.rows] == ["G101.Current.high"]
    assert page.now.wanted.unit == "", "each list has a filter of its own"
    page.priorities.chosen.emit("1")
    assert page.table.spoken() == ["По этому фильтру тревог нет"]
    panel.feed(view())
    page.units.chosen.emit("")
    page.priorities.chosen.emit("0")
    assert page.table.spoken() == ["Отложенных тревог нет"]
    assert page.detail.title.text() == ""
    panel.feed({"type": "lost", "error": "x"})
    assert page.tabs.buttons["shelved"].text() == "Отложены ?"


def test_areas_are_a_filter_where_the_line_has_some(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    line = panel.store.line
    assert line is not None
    area = next(u.area for u in line.units if u.id == "S401")
    assert area in line.areas
    assert page.areas.isVisible()
    page.areas.chosen.emit(area)
    assert {panel.store.unit(r.unit).area for r in map(page.now.alarm, (r.key for r in page.table.rows)) if r} == {area}  # type: ignore[union-attr]
    page.areas.chosen.emit(
        next(a for a in line.areas if a != area and not any(u.area == a and u.id == "F301" for u in line.units))
    )
    assert page.table.rows == ()


# ---- shelving -----------------------------------------------------------------------------------------------------------


def dialog(panel: Panel, kind: type) -> ShelveDialog | RemoveDialog | ActionDialog:
    found = [d for d in panel.window.findChildren(kind) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def test_shelving_needs_a_time_and_a_reason_and_says_what_it_will_do(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("shift_lead")
    page = alarms_page(panel)
    assert page.detail.shelve.isEnabled()
    page.detail.shelve.click()
    made = dialog(panel, ShelveDialog)
    assert isinstance(made, ShelveDialog)
    assert [b.text() for b in made.minutes.buttons.values()] == ["15 мин", "30 мин", "1 ч", "2 ч", "8 ч"]
    assert all(b.sizeHint().height() >= 48 for b in made.minutes.buttons.values())
    assert made.verdict.text() == "Осталось: выберите, на сколько, выберите причину"
    assert not made.ok.isEnabled()
    made.minutes.buttons["30"].click()
    assert made.ok.text() == "Отложить на 30 мин"
    made.once.click()
    assert made.ok.text() == "Отложить до возврата, не дольше 30 мин"
    assert not made.ok.isEnabled()
    made.confirm()
    assert panel.port.submitted == []
    made.reasons.picker.buttons["0"].click()
    assert made.verdict.text() == ""
    made.ok.click()
    assert panel.port.submitted[-1][1:] == (
        "alarm.shelve", "", {"alarms": ["S401.ChamberTemp.high"], "minutes": 30, "one_shot": True},
    )  # fmt: skip
    assert panel.port.reasons[-1] == "Идёт ремонт"


def test_a_reason_in_own_words(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("shift_lead")
    page = alarms_page(panel)
    made = page.detail.deeds.open_shelve("X", "тревога")
    made.minutes.pick("15")
    made.reasons.picker.pick("own")
    assert not made.ok.isEnabled(), "own words are still to be said"
    made.reasons._take("Регулируем горелку & заслонку, до конца замеса")
    assert made.reasons.picker.buttons["own"].text().startswith("Регулируем горелку && заслонку")
    made.confirm()
    assert panel.port.reasons[-1] == "Регулируем горелку & заслонку, до конца замеса"


def test_times_above_the_rule_are_not_offered(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("shift_lead")
    line = dict(samples.description())
    line["alarm_rules"] = {**line["alarm_rules"], "shelve_max_s": 3600.0}  # type: ignore[dict-item]
    panel.feed({"type": "line", "data": line})
    made = alarms_page(panel).detail.deeds.open_shelve("X", "тревога")
    assert list(made.minutes.buttons) == ["15", "30", "60"]


@pytest.mark.parametrize(
    ("role", "alarm", "shelve", "why"),
    [
        ("operator", "S401.ChamberTemp.high", False, "Отложить может: мастер смены · Вывести может: инженер"),
        ("shift_lead", "S401.ChamberTemp.high", True, "Вывести может: инженер"),
        ("engineer", "S401.ChamberTemp.high", True, ""),
        ("viewer", "S401.ChamberTemp.high", False, "Только просмотр, нужна роль: оператор"),
        ("operator", "S401.Humidity.low", True, "Вывести может: инженер"),
    ],
)
def test_what_a_role_may_not_is_grey_with_the_reason(
    make_panel: MakePanel, role: str, alarm: str, shelve: bool, why: str
) -> None:
    panel = make_panel().log_in(role)
    page = alarms_page(panel)
    panel.feed(view(standing(alarm)))
    assert (page.detail.shelve.isEnabled(), page.detail.why.text()) == (shelve, why)
    assert page.detail.why.isVisible() == bool(why)
    assert page.detail.remove.isEnabled() == (role == "engineer")


def test_an_alarm_of_a_critical_control_point_is_not_shelved(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("admin")
    page = alarms_page(panel)
    line = panel.store.line
    assert line is not None
    assert line.alarm_rules.shelve_ccp == ""
    ccp = next(a.id for a in line.alarms.values() if a.ccp)
    panel.feed(view(standing(ccp)))
    assert not page.detail.shelve.isEnabled()
    assert page.detail.why.text() == "Отложить нельзя: тревога ККТ"


def test_out_of_service_needs_work_order_and_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("engineer")
    page = alarms_page(panel)
    page.detail.remove.click()
    made = dialog(panel, RemoveDialog)
    assert isinstance(made, RemoveDialog)
    assert made.verdict.text() == "Осталось: укажите номер наряда, выберите причину"
    made.order.setText("  ")
    made.reasons.picker.pick("1")
    assert not made.ok.isEnabled()
    made.order.setText(" ТО-17 ")
    made.ok.click()
    assert panel.port.submitted[-1][1:] == (
        "alarm.remove", "", {"alarms": ["S401.ChamberTemp.high"], "work_order": "ТО-17"},
    )  # fmt: skip
    assert panel.port.reasons[-1] == "Датчик снят или меняется"


def test_an_action_is_told_in_a_few_words(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = alarms_page(panel)
    page.detail.comment.click()
    made = dialog(panel, ActionDialog)
    assert isinstance(made, ActionDialog)
    assert not made.ok.isEnabled()
    made.offered[1].click()
    assert made.field.text() == "Причина устранена"
    made.ok.click()
    told: Json = {"text": "Причина устранена"}
    assert panel.port.submitted[-1][1:] == ("alarm.comment", "S401.ChamberTemp.high", told)
