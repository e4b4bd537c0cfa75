"""Calls for help: three touches from any page, who comes, and whom the line has told meanwhile."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QPushButton

from hmi.pages.calls import CallsPage, CallsView
from hmi.toldbar import ToldBar
from hmi.viewmodels.badges import badges
from hmi.viewmodels.wire import Obj
from hmi.widgets.calldialog import CallDialog
from tests.hmi import samples_calls
from tests.hmi.conftest import MakePanel, Panel


def view(name: str, data: Obj) -> Obj:
    return {"type": "view", "name": name, "data": data}


def calls_panel(make_panel: MakePanel, role: str = "operator") -> Panel:
    panel = make_panel()
    panel.feed(view("calls", samples_calls.calls_view()), view("escalation", samples_calls.escalation_view()))
    return panel.log_in(role) if role else panel


def calls_page(panel: Panel, argument: str = "") -> CallsView:
    panel.window.navigate("calls", argument)
    page = panel.window.page
    assert isinstance(page, CallsPage)
    view = page.view
    assert isinstance(view, CallsView)
    QApplication.processEvents()
    return view


def dialog(panel: Panel) -> CallDialog:
    found = panel.window.findChildren(CallDialog)
    assert found
    return found[-1]


def test_three_touches_call_maintenance_to_the_unit_whose_page_is_open(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.window.navigate("unit", "S401")
    panel.window.strip.call.click()
    made = dialog(panel)
    assert made.units.text() == "S-401 Термокамера 1 ▾"
    assert not made.ok.isEnabled()
    made.service_buttons["maintenance"].click()
    assert not made.ok.isEnabled(), "a call without a reason tells the fitter nothing"
    reason = made.reason_buttons[0]
    reason.click()
    assert made.ok.text().startswith("Вызвать: ")
    assert made.ok.text().endswith("→ S-401")
    made.ok.click()
    (_, kind, target, args), *_ = panel.port.submitted
    assert (kind, target, args["service"]) == ("call.create", "S401", "maintenance")
    assert args["reason"] == dict(made_reason(panel, "maintenance"))


def made_reason(panel: Panel, service: str) -> Obj:
    from hmi.viewmodels.calls import services

    return next(s for s in services(panel.store) if s.id == service).reasons[0]


def test_another_service_offers_other_reasons_and_forgets_the_chosen_one(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.window.strip.open_call()
    made = dialog(panel)
    made.service_buttons["maintenance"].click()
    made.reason_buttons[0].click()
    before = [b.text() for b in made.reason_buttons]
    made.service_buttons["quality"].click()
    assert [b.text() for b in made.reason_buttons] != before
    assert not made.ok.isEnabled()
    assert made.units.text() == "вся линия ▾"


def test_own_words_are_a_reason_too(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.window.strip.open_call()
    made = dialog(panel)
    made.service_buttons["supply"].click()
    made._written("Кончилась плёнка & этикетка")
    made.ok.click()
    args = panel.port.submitted[0][3]
    assert args["reason"] == {"ru": "Кончилась плёнка & этикетка", "en": "Кончилась плёнка & этикетка"}


def test_open_calls_are_counted_and_each_says_who_where_why_and_how_long(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel)
    page = calls_page(panel)
    assert badges(panel.store)["calls"] == 2
    assert badges(panel.store)["calls"] == page.waiting()
    spoken = page.table.spoken()
    assert "КИПиА и ремонт → S-401" in spoken
    assert "Датчик показывает неверно" in spoken
    assert {"ждёт", "на месте", "закрыт"} <= set(spoken)
    assert "2:30" in spoken
    assert "открыто: 2" in page.summary.text()


def test_a_call_goes_on_from_accepted_to_on_site_to_closed(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel)
    page = calls_page(panel)
    assert page.go_on.text() == "Принять: иду"
    page.go_on.click()
    assert panel.port.submitted[-1][1:3] == ("call.accept", "call-14")
    assert not page.go_on.isEnabled(), "a second touch asks for nothing twice"
    page.choose("call-13")
    assert page.go_on.text() == "Закрыть…"
    assert not page.close_call.isVisible()
    page.choose("call-12")
    assert not page.go_on.isVisible()
    assert "Заменён сальник редуктора" in page.note.text()
    assert page.times[1][2].text() == "+2:00 · petrov"


def test_who_accepted_can_say_at_once_that_they_are_there(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel)
    page = calls_page(panel, "call-14")
    page.go_on.click()
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": "c1"}, "error": ""})
    data: Obj = {"id": "c1", "kind": "call.accept", "target": "call-14", "status": "accepted"}
    panel.feed({"type": "event", "event": {"seq": 1, "time_ns": 1, "kind": "command", "source": "ivanova", "data": data}})
    assert page.go_on.isEnabled()


def test_the_dialog_grows_upwards_and_keeps_its_button_in_the_window(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel)
    panel.window.strip.open_call()
    made = dialog(panel)
    for key in made.service_buttons:
        made.service_buttons[key].click()
        QApplication.processEvents()
        bottom = panel.window.mapFromGlobal(made.mapToGlobal(made.rect().bottomLeft())).y()
        assert bottom < panel.window.height()
    made.reject()


def test_the_page_says_whom_the_line_has_told_and_when_it_goes_on(make_panel: MakePanel) -> None:
    page = calls_page(calls_panel(make_panel), "call-14")
    assert "Мастер смены: на панели" in page.told.text()
    assert "через 2:30 – дальше, если никто не придёт" in page.told.text()
    page.choose("call-13")
    assert page.told.text() == "пока никому, кроме панелей"


def test_without_the_line_nobody_can_be_called(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel)
    page = calls_page(panel)
    panel.feed({"type": "lost"})
    assert not page.new.isEnabled()
    assert not page.go_on.isEnabled()
    assert not panel.window.strip.call.isEnabled()


# ---- the bar that says who is meant -------------------------------------------------------------------------------------


def bar(panel: Panel) -> ToldBar:
    return panel.window.told


def test_a_notice_stands_over_every_page_for_the_role_it_is_for_and_for_nobody_else(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel, "")
    assert bar(panel).isVisible()
    assert "Мастер смены: S-401: вызов КИПиА и ремонта не принят 2 мин" in bar(panel).text.text()
    panel.log_in("operator")
    assert not bar(panel).isVisible()
    panel.log_in("shift_lead")
    assert bar(panel).isVisible()


def test_understood_puts_it_aside_here_and_asks_the_line_for_nothing(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel, "shift_lead")
    bar(panel).put_aside.click()
    assert not bar(panel).isVisible()
    assert panel.port.submitted == []
    panel.feed(view("escalation", samples_calls.escalation_view()))
    assert not bar(panel).isVisible()


def test_show_opens_what_it_is_about(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel, "shift_lead")
    bar(panel).open_it.click()
    page = panel.window.page
    assert isinstance(page, CallsPage)
    assert isinstance(page.view, CallsView)
    assert page.view.selected == "call-14"


def test_the_bar_goes_when_the_escalation_ends(make_panel: MakePanel) -> None:
    panel = calls_panel(make_panel, "shift_lead")
    panel.feed(view("escalation", {**samples_calls.escalation_view(), "runs": []}))
    assert not bar(panel).isVisible()


def test_buttons_of_a_call_are_large_enough_for_a_glove(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.window.strip.open_call()
    made = dialog(panel)
    made.service_buttons["maintenance"].click()
    QApplication.processEvents()
    for b in made.findChildren(QPushButton):
        if b.isVisible():
            assert b.height() >= 44, b.text()
