"""Commands from the panel: login first, two-second stop, limits of the numeric pad, answers told to the operator."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.frame import IDLE_LOGOUT_NS
from hmi.pages.unit import UnitPage
from hmi.theme import Look
from hmi.viewmodels.wire import Obj
from hmi.widgets.buttons import HoldButton
from hmi.widgets.dialogs import Keyboard, LoginDialog, NumericPad
from hmi.widgets.faceplate import Faceplate
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.startdialog import StartDialog
from line.clock import ManualClock
from tests.hmi import samples
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000


def unit_page(panel: Panel, unit: str) -> UnitPage:
    panel.window.navigate("unit", unit)
    page = panel.window.page
    assert isinstance(page, UnitPage)
    return page


def dialog(panel: Panel, kind: type[QWidget]) -> QWidget:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def test_hold_button_needs_two_unbroken_seconds(app: QApplication) -> None:
    clock = ManualClock(0)
    made = HoldButton(Look(), clock, "Stop")
    acted: list[int] = []
    made.held.connect(lambda: acted.append(1))
    made.press()
    clock.advance_ns(int(1.9 * S))
    made.check()
    assert acted == []
    made.release()
    made.press()
    clock.advance_ns(int(1.9 * S))
    made.check()
    assert acted == [], "the two presses do not add up"
    clock.advance_ns(int(0.1 * S))
    made.check()
    made.check()
    assert acted == [1], "once per press"
    made.setEnabled(False)
    made.press()
    clock.advance_ns(5 * S)
    made.check()
    assert acted == [1]
    made.release()
    made.deleteLater()


def test_leaving_the_hold_button_starts_over(app: QApplication) -> None:
    clock = ManualClock(0)
    made = HoldButton(Look(), clock, "Stop")
    acted: list[int] = []
    made.held.connect(lambda: acted.append(1))
    made.show()
    QTest.mousePress(made, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    QTest.mouseMove(made, QPoint(10, 400))
    QApplication.processEvents()
    clock.advance_ns(3 * S)
    QTest.mouseRelease(made, Qt.MouseButton.LeftButton, pos=QPoint(10, 400))
    assert acted == []
    made.close()
    made.deleteLater()


def test_stop_is_sent_after_two_seconds_only(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    stop = unit_page(panel, "S401").stop
    stop.press()
    panel.clock.advance_ns(1 * S)
    stop.check()
    assert panel.port.submitted == []
    panel.clock.advance_ns(1 * S)
    stop.check()
    assert [(k, t, a) for _, k, t, a in panel.port.submitted] == [("unit.command", "S401", {"command": "stop"})]


def test_a_command_without_login_asks_for_one_and_goes_on_after_it(make_panel: MakePanel) -> None:
    panel = make_panel()
    QTest.mouseClick(panel.window.strip.ack, Qt.MouseButton.LeftButton)
    assert panel.port.submitted == []
    login = cast(LoginDialog, dialog(panel, LoginDialog))
    login.user.setText("ivanova")
    login.password.setText("wrong")
    login.send()
    assert panel.port.logins == [("ivanova", "wrong")]
    panel.feed({"type": "login_failed", "status": 401, "body": {}, "error": ""})
    assert login.verdict.text() == "✕ Неизвестный пользователь или неверный пароль"
    assert login.password.text() == ""
    panel.log_in()
    seen: Obj = {"S401.ChamberTemp.high": samples.NOW_NS - 100 * samples.S}
    assert [(k, a) for _, k, _, a in panel.port.submitted] == [("alarm.ack", {"alarms": list(seen), "as_of": seen})]


def test_a_cancelled_login_forgets_the_command(make_panel: MakePanel) -> None:
    panel = make_panel()
    QTest.mouseClick(panel.window.strip.ack, Qt.MouseButton.LeftButton)
    cast(LoginDialog, dialog(panel, LoginDialog)).reject()
    panel.log_in()
    assert panel.port.submitted == []


def test_keyboard_types_both_alphabets(make_panel: MakePanel) -> None:
    panel = make_panel()
    login = panel.window.open_login()
    keyboard = login.findChildren(Keyboard)[0]
    keyboard.shift()
    keyboard.type("I")
    keyboard.switch()
    keyboard.type("я")
    assert login.user.text() == "Iя"
    login.reject()


def test_a_refusal_is_told_in_words(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    unit_page(panel, "S401").send("hold")
    local = panel.port.submitted[0][0]
    reasons = [{"ru": "узел занят партией", "en": "the unit belongs to a batch"}]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": "c1", "status": "received"}, "error": ""})
    event = {"seq": 9, "time_ns": 1, "kind": "command", "source": "ivanova", "unit": "", "batch": "",
             "data": {"id": "c1", "kind": "unit.command", "target": "S401", "status": "refused", "reasons": reasons}}  # fmt: skip
    panel.feed({"type": "event", "event": event})
    panel.window.tick()
    assert panel.window.notice.isVisible()
    assert panel.window.notice.text() == "Отказ: узел занят партией"
    panel.clock.advance_ns(9 * S)
    panel.window.tick()
    assert not panel.window.notice.isVisible()


def test_an_unanswered_command_is_not_confirmed_and_its_button_waits(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S401")
    page.send("hold")
    panel.window.refresh()
    assert not page.commands["hold"].isEnabled(), "pending"
    panel.clock.advance_ns(11 * S)
    panel.window.tick()
    assert "Не подтверждено" in panel.window.notice.text()


def pad(**changes: object) -> tuple[NumericPad, list[float]]:
    taken: list[float] = []
    made = NumericPad(Look(), "ru", "Температура", value=78.0, lo=75.0, hi=80.0, decimals=1, eu="°C", accept=taken.append)
    return made, taken


def test_numeric_pad_refuses_outside_the_limits_and_says_so(app: QApplication) -> None:
    made, taken = pad()
    for key in "84":
        made.press(key)
    assert made.verdict.text() == "✕ Outside the limits 75,0…80,0 °C"
    assert not made.ok.isEnabled()
    made.confirm()
    assert taken == []
    made.backspace()
    made.backspace()
    for key in ("7", "9", ",", "5"):
        made.press(key)
    assert made.verdict.text() == ""
    made.confirm()
    assert taken == [79.5]
    made.deleteLater()


def test_numeric_pad_confirm_is_far_from_backspace(app: QApplication) -> None:
    made, _ = pad()
    made.show()
    QApplication.processEvents()
    back = next(b for b in made.findChildren(type(made.ok)) if b.text() == "⌫")
    gap = made.ok.mapTo(made, QPoint(0, 0)).y() - (back.mapTo(made, QPoint(0, 0)).y() + back.height())
    assert gap > 100
    made.field.setText("77,99")
    assert "знак" in made.verdict.text() or "decimals" in made.verdict.text()
    made.field.setText("x")
    assert made.value() is None
    made.close()
    made.deleteLater()


def test_changing_a_recipe_parameter_sends_it_for_the_batch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S401")
    QApplication.processEvents()
    QTest.mouseClick(page.parameters.buttons[0], Qt.MouseButton.LeftButton)
    opened = cast(NumericPad, dialog(panel, NumericPad))
    opened.field.setText("79")
    opened.confirm()
    assert panel.port.submitted == [], "not without a reason"
    why = cast(ReasonDialog, dialog(panel, ReasonDialog))
    why.confirm()
    assert panel.port.submitted == []
    why.reasons.picker.buttons["2"].click()
    why.confirm()
    assert [(k, t, a) for _, k, t, a in panel.port.submitted] == [
        ("batch.parameter", "B1187", {"parameter": "cook_temp", "value": 79.0})
    ]
    assert panel.port.reasons == ["Указание технолога"]


def test_manual_start_sends_phase_and_parameters(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "R101")
    assert page.commands["start"].isEnabled()
    page.open_start()
    opened = cast(StartDialog, dialog(panel, StartDialog))
    assert opened.ok.text() == "Пуск: Взвешивание"
    opened.values["mass"] = 140.0
    opened.confirm()
    _, kind, target, args = panel.port.submitted[0]
    assert (kind, target) == ("unit.command", "R101")
    assert args == {"command": "start", "phase": "weigh", "parameters": {"mass": 140.0}}


def test_faceplate_tells_everything_of_a_tag(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = unit_page(panel, "S401")
    info = panel.store.tag("S401.ChamberTemp")
    assert info is not None
    page.open_faceplate(info)
    opened = cast(Faceplate, dialog(panel, Faceplate))
    facts = dict(opened.facts())
    assert facts["Значение"] == "91,4\u00a0°C"
    assert facts["Задание"] == "78,0\u00a0°C"
    assert facts["Качество"] == "Достоверно"
    assert facts["Тег"].startswith("S401.ChamberTemp · plc2")
    opened.accept()
    assert page.faceplate is None


def test_an_idle_panel_logs_out_and_keeps_showing(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.clock.advance_ns(IDLE_LOGOUT_NS + S)
    panel.window.tick()
    assert panel.port.logouts == 1
    panel.feed({"type": "session"})
    assert panel.store.user is None
    assert panel.window.strip.user_name.text() == "Войти ▸"
