"""The page of one batch: what it does and waits for, commands, prompts, dispositions, lots, parameters, course."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from hmi.pages.batch import BatchPage
from hmi.pages.batch_node import NodeDialog
from hmi.theme import TOUCH
from hmi.viewmodels.batch_page import parameter_rows, step_lines
from hmi.viewmodels.batch_steps import chart_nodes
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import ChoiceDialog, DispositionDialog, ModeDialog
from hmi.widgets.buttons import HOLD_S
from hmi.widgets.dialogs import NumericPad, PanelDialog, Question, TextDialog
from hmi.widgets.lotdialog import LotDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.signature import SignatureDialog
from hmi.widgets.whydialog import WhyDialog
from line.messages import Json
from tests.hmi import samples
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel, Panel

S = 1_000_000_000
Dialog = TypeVar("Dialog", bound=PanelDialog)


def batch_page(panel: Panel, batch: str) -> BatchPage:
    panel.window.navigate("batch", batch)
    page = panel.window.page
    assert isinstance(page, BatchPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def dialog(panel: Panel, kind: type[Dialog]) -> Dialog:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible() and not w.sending]  # what is under way asks nothing
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def said(widget: QWidget) -> list[str]:
    return [found.text() for found in widget.findChildren(QLabel) if found.isVisible()]


def with_asked(panel: Panel, prompt: Obj) -> BatchPage:
    """№1190 with one prompt only, this one over the sample's first."""
    asking = sample.asking()
    first = cast("list[Obj]", asking["prompts"])[0]
    panel.feed(sample.view({**asking, "prompts": [{**first, **prompt}]}))
    return batch_page(panel, "B1190")


def press(pad: NumericPad, keys: Iterable[str]) -> None:
    for key in keys:
        pad.press(key)
    pad.confirm()


# ---- what it does -------------------------------------------------------------------------------------------------------


def test_the_head_names_batch_product_mode_and_why_it_stands(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    assert (page.heading.text(), page.state_chip.chip.text, page.product_chip.chip.text) == (
        "№1186",
        "Задержана",
        "Продукт удержан",
    )
    assert page.mode.text() == "Автомат…"
    facts = str(page.facts.property("text"))
    assert facts.startswith("Колбаса варёная «Докторская» · версия 1.2 · 140\u00a0кг · шаг 7 из 11 · пуск ")
    assert facts.endswith(" · идёт 3:10")
    assert page.why.property("text") == "Задержана: S-402: нет достоверных данных «Температура в батоне (ККТ)»"
    page = batch_page(panel, "B1187")
    assert not page.why.isVisible()
    assert not page.product_chip.isVisible(), "of a product in order nothing is said"


def test_a_hold_timer_tells_what_was_counted_and_counts_on_between_views(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    (card,) = page.now.visible_cards()
    assert (card.title, card.right) == ("Выдержка: в батоне не ниже 72 °C", "выдержано 3:00 из 10:00")
    assert card.lines[0] == "Считает выдержку: в батоне не ниже 72 °C"
    assert card.share == pytest.approx(0.3)
    panel.clock.advance_ns(2 * S)
    panel.window.refresh()
    assert page.now.visible_cards()[0].right == "выдержано 3:02 из 10:00"
    stands = cast("list[Obj]", sample.cooking()["active"])[0]
    panel.feed(sample.view({**sample.cooking(), "active": [{**stands, "counting_ns": None}]}))
    assert page.now.visible_cards()[0].right == "выдержано 2:00 из 10:00", "out of its condition it does not count"


def test_a_timed_phase_tells_what_is_left_by_the_plcs_own_time(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1190")
    fill = next(c for c in page.now.visible_cards() if c.key.startswith("step:both.fill"))
    assert fill.right == "осталось 5:12", "1124 s less the 812 s of F301.PhTime"


def test_parallel_steps_stand_side_by_side_with_what_each_waits_for(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1190")
    titles = [c.title for c in page.now.visible_cards()]
    assert titles == ["Взвесьте и внесите рассол", "Введите pH фарша", "Набивка", "Прогрев"]
    warm = page.now.visible_cards()[3]
    assert warm.lines == ("На паузе: Иванова А. С.", "S-402 Термокамера 2 · Приостановлена · стоит 41:00")
    assert page.tabs.buttons["now"].text() == "Сейчас (2)"


def test_a_step_that_asks_is_one_card_with_its_question_and_its_step(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    first = cast("list[Obj]", sample.asking()["prompts"])[0]
    node = str(first["node"])
    asking = {**sample.asking(), "prompts": [first], "active": [sample.active(node, "F301", "", "")]}
    panel.feed(sample.view(asking))
    page = batch_page(panel, "B1190")
    (card,) = page.now.visible_cards()
    assert card.key == f"prompt:{first['id']}"
    assert [d.key for d in card.deeds] == ["answer", "step"]
    page.now.slots[0].buttons[1].click()
    assert dialog(panel, NodeDialog).node == node


def test_a_version_that_was_never_approved_is_not_offered_automatic_mode(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view({**sample.cooking(), "mode": "semi", "hash": "ab" * 32}))
    version: Obj = {"hash": "ab" * 32, "version": "9", "status": "draft", "signatures": []}
    for signatures, offered in (([], False), ([{"user": "petrova", "meaning": "approve"}], True)):
        recipe: Obj = {
            "id": "doktorskaya",
            "versions": [{**version, "signatures": cast("list[Json]", signatures)}],
            "approved": None,
        }
        panel.feed({"type": "view", "name": "recipes", "data": {"recipes": [recipe]}})
        page = batch_page(panel, "B1187")
        batch = page.batch()
        assert batch is not None
        opened = page.deeds.open_mode(batch)
        assert opened.buttons["automatic"].isEnabled() is offered
        assert any("не утверждали" in t for t in said(opened)) is not offered
        opened.reject()


def test_more_cards_than_fit_turn_pages(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    first = cast("list[Obj]", sample.asking()["prompts"])[0]
    many: list[Json] = [{**first, "id": f"q{i}"} for i in range(9)]
    panel.feed(sample.view({**sample.asking(), "prompts": many}))
    page = batch_page(panel, "B1190")
    assert page.now.pager.isVisible()
    seen = [c.key for c in page.now.visible_cards()]
    while page.now.forward.isEnabled():
        page.now.forward.click()
        seen += [c.key for c in page.now.visible_cards()]
    assert seen[:9] == [f"prompt:q{i}" for i in range(9)]
    assert len(seen) == len(set(seen)) == 11


def test_a_batch_of_another_shift_and_none_at_all_leave_the_page_empty(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1")
    assert page.heading.text() == "Партия не выбрана"
    assert page.chart.spoken() == ["Этой партии нет в смене: смотрите её протокол."]
    assert not any(b.isEnabled() for b in (*page.commands.values(), page.stop, page.abort))
    page.record.click()
    assert panel.window.page is panel.window.pages["record"]


# ---- commands of the batch ----------------------------------------------------------------------------------------------


def test_only_what_the_engine_allows_is_offered_and_sent_once(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    assert [n for n, b in page.commands.items() if b.isEnabled()] == ["pause", "hold"]
    page.commands["hold"].click()
    assert panel.port.submitted[-1][1:] == ("batch.command", "B1187", {"command": "hold"})
    assert not page.commands["hold"].isEnabled(), "not twice while the answer is awaited"
    page = batch_page(panel, "B1186")
    assert [n for n, b in page.commands.items() if b.isEnabled()] == []
    assert page.stop.isEnabled()
    panel.feed(sample.view({**sample.deviated(), "allowed": sample.allowed("restart", "stop", "abort")}))
    page.commands["restart"].click()
    assert panel.port.submitted[-1][1:] == ("batch.command", "B1186", {"command": "restart"})


def test_stop_and_abort_stand_apart_and_are_held_for_two_seconds(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    others = max(b.x() + b.width() for b in page.commands.values())
    assert page.abort.x() - others > 100
    for made, command in ((page.stop, "stop"), (page.abort, "abort")):
        made.press()
        panel.clock.advance_ns(int((HOLD_S - 0.1) * S))
        made.check()
        assert not panel.port.submitted or panel.port.submitted[-1][3] != {"command": command}
        panel.clock.advance_ns(int(0.1 * S))
        made.check()
        assert panel.port.submitted[-1][1:] == ("batch.command", "B1187", {"command": command})


def test_nothing_is_sent_while_the_server_is_gone_or_for_a_viewer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer").feed(sample.view())
    page = batch_page(panel, "B1187")
    made = (*page.commands.values(), page.stop, page.abort, page.mode, page.note)
    assert not any(b.isEnabled() for b in made)
    panel.log_in("operator")
    assert page.mode.isEnabled()
    panel.feed({"type": "lost", "error": "x"})
    assert not any(b.isEnabled() for b in made)
    page = batch_page(panel, "B1190")
    assert not any(d.enabled for c in page.now.visible_cards() if c.key.startswith("prompt") for d in c.deeds if d.key != "step")


def test_a_refusal_stands_beside_the_batch_in_words(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    page.commands["pause"].click()
    body: Obj = {"reasons": [{"ru": "S-401: фаза не умеет паузу", "en": "S-401: no pause"}]}
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 422, "body": body, "error": ""})
    panel.window.tick()
    assert page.refused.property("text") == "✕ Отказ: S-401: фаза не умеет паузу"
    assert page.refused.isVisible()
    batch_page(panel, "B1190")
    assert not page.refused.isVisible()


def test_the_mode_says_what_it_means_and_manual_is_a_technologists_with_a_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    page.mode.click()
    opened = dialog(panel, ModeDialog)
    assert "Каждый шаг ждёт подтверждения оператора. Порядок шагов — по рецепту." in said(opened)
    assert "может технолог или выше" in said(opened)
    assert [key for key, b in opened.buttons.items() if b.isEnabled()] == ["semi"]
    opened.buttons["semi"].click()
    assert panel.port.submitted[-1][1:] == ("batch.mode", "B1187", {"mode": "semi"})
    panel.log_in("technologist")
    page.mode.click()
    dialog(panel, ModeDialog).buttons["manual"].click()
    assert len(panel.port.submitted) == 1
    why = dialog(panel, ReasonDialog)
    why.reasons.picker.buttons["0"].click()
    why.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.mode", "B1187", {"mode": "manual"})
    assert panel.port.reasons[-1] == "Неисправно оборудование"


# ---- steps --------------------------------------------------------------------------------------------------------------


def test_a_step_of_a_semi_automatic_batch_is_confirmed(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1191")
    (card,) = page.now.visible_cards()
    assert (card.title, card.strong) == ("Измельчение", True)
    assert card.lines[0] == "Ждёт подтверждения"
    page.now.slots[0].buttons[0].click()
    args: Obj = {"node": "grinder.grinding.grind", "action": "confirm"}
    assert panel.port.submitted[-1][1:] == ("batch.step", "B1191", args)
    assert not page.now.visible_cards()[0].deeds[0].enabled, "not twice while the answer is awaited"


def test_steps_of_a_manual_batch_are_started_and_skipped_by_a_technologist(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1192")
    (card,) = page.now.visible_cards()
    assert [(d.text, d.enabled) for d in card.deeds] == [("Пуск", False), ("Пропустить…", False)]
    assert card.lines[0] == "Ждёт технолога: пустить или пропустить"
    panel.log_in("technologist")
    start, skip = page.now.slots[0].buttons
    node = "reception.weighing.weigh"
    start.click()
    assert panel.port.submitted[-1][1:] == ("batch.step", "B1192", {"node": node, "action": "start"})
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 422, "body": {}, "error": "x"})
    panel.window.refresh()
    skip.click()
    why = dialog(panel, ReasonDialog)
    assert "№1192: шаг «Взвешивание» не выполняется." in said(why)
    assert not why.ok.isEnabled()
    why.reasons.picker.buttons["1"].click()
    why.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.step", "B1192", {"node": node, "action": "skip"})
    assert panel.port.reasons[-1] == "Шаг выполнен вручную"


def test_a_node_has_its_own_commands_and_follows_the_batch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1190")
    page.chart.chosen.emit("both.heat.smokehouse_warm.warm")
    opened = dialog(panel, NodeDialog)
    assert [n for n, b in opened.commands.items() if b.isEnabled()] == ["resume", "hold"]
    opened.commands["resume"].click()
    args: Obj = {"command": "resume", "node": "both.heat.smokehouse_warm.warm"}
    assert panel.port.submitted[-1][1:] == ("batch.command", "B1190", args)
    assert not opened.commands["hold"].isEnabled()
    panel.feed(sample.view(sample.deviated()))
    assert page.node_dialog is None, "it closes with its batch"


def test_a_unit_procedure_takes_what_its_state_allows(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1190")
    page.open_node("both.fill.filler")
    opened = dialog(panel, NodeDialog)
    assert [n for n, b in opened.commands.items() if b.isEnabled()] == ["pause", "hold"]
    opened.reject()
    page.open_node("tumbler")
    assert [n for n, b in dialog(panel, NodeDialog).commands.items() if b.isEnabled()] == []


def test_a_node_tells_every_reason_against_its_restart(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    page.open_node("smokehouse.cooking.cook")
    opened = dialog(panel, NodeDialog)
    assert opened.against.spoken() == ["✕ по отклонению №1 (ККТ) нет решения", "✕ Датчик в батоне исправен"]
    assert "Отклонение 1: Температура в батоне (ККТ)" in opened.facts.text()
    assert not opened.commands["restart"].isEnabled()


def test_why_is_asked_of_the_server_and_shown_as_a_chain(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    page.ask_why.click()
    assert panel.port.asked[-1] == ("/api/why", {"target": "B1186"})
    opened = dialog(panel, WhyDialog)
    chain: list[Json] = [
        {"time_ns": samples.NOW_NS, "kind": "deviation", "text": {"ru": "Датчик недостоверен", "en": "x"},
         "ref": {"file": "doktorskaya.yaml", "line": 151}},
        {"time_ns": 0, "kind": "command", "text": {"ru": "Партию пустила Иванова", "en": "x"}, "ref": {}},
    ]  # fmt: skip
    data: Obj = {"target": "B1186", "answer": {"ru": "Партия задержана", "en": "x"}, "chain": chain}
    panel.feed({"type": "reply", "reply_to": "why", "status": 200, "data": data})
    assert opened.answer.text() == "Партия задержана"
    assert opened.chain.spoken()[0].startswith("▸ Датчик недостоверен · doktorskaya.yaml:151 ")
    assert opened.chain.spoken()[1] == "◂ Партию пустила Иванова"
    panel.feed({"type": "reply", "reply_to": "why", "status": 404, "data": {"error": {"ru": "нет такой партии", "en": "x"}}})
    assert opened.answer.text() == "✕ нет такой партии"
    opened.accept()
    assert "why" not in panel.window.context.on_reply


# ---- prompts ------------------------------------------------------------------------------------------------------------


def answer(page: BatchPage) -> None:
    page.now.slots[0].buttons[0].click()


def test_a_prompt_is_confirmed_after_a_question(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {"kind": "confirm", "text": {"ru": "Оболочка проверена?", "en": "Casing?"}, "id": "casing"})
    answer(page)
    assert panel.port.submitted == []
    opened = dialog(panel, Question)
    assert "Оболочка проверена?" in said(opened)
    opened.confirm()
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "casing", "value": True})


def test_a_number_is_entered_within_its_limits(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {"kind": "number", "id": "ph", "lo": 5.6, "hi": 6.4, "eu": ""})
    answer(page)
    pad = dialog(panel, NumericPad)
    press(pad, "7")
    assert panel.port.submitted == []
    pad.field.clear()
    press(pad, "5,85")
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "ph", "value": 5.85})


def test_an_answer_is_chosen_and_the_button_repeats_it(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    choices: list[Json] = [{"ru": "Есть", "en": "Yes"}, {"ru": "Нет, ещё цикл", "en": "No"}]
    page = with_asked(panel, {"kind": "choice", "id": "protein", "choices": choices})
    answer(page)
    opened = dialog(panel, ChoiceDialog)
    assert not opened.ok.isEnabled()
    opened.picker.buttons["1"].click()
    assert opened.ok.text() == "Ответить: Нет, ещё цикл"
    opened.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "protein", "value": 1})


def test_a_text_is_typed_and_nothing_is_no_answer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {"kind": "text", "id": "note"})
    answer(page)
    opened = dialog(panel, TextDialog)
    for nothing in ("", "  "):
        opened.field.setText(nothing)
        opened.confirm()
        assert (opened.isVisible(), opened.ok.isEnabled()) == (True, False)
    assert panel.port.submitted == []
    opened.field.setText("цвет ровный")
    opened.confirm()
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "note", "value": "цвет ровный"})


def test_a_prompt_of_another_role_is_dashed_and_says_whose_it_is(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {"role": "technologist"})
    card = page.now.visible_cards()[0]
    assert not card.deeds[0].enabled
    assert any(line.startswith("отвечает: технолог или выше") for line in card.lines)
    panel.log_in("technologist")
    assert page.now.visible_cards()[0].deeds[0].enabled


def test_a_signed_prompt_asks_for_the_password_of_who_signs_and_waits_for_the_server(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(
        panel, {"kind": "number", "id": "ph", "lo": 5.6, "hi": 6.4, "eu": "", "role": "technologist", "signed": True}
    )
    answer(page)
    press(dialog(panel, NumericPad), "6")
    opened = dialog(panel, SignatureDialog)
    assert panel.port.submitted == []
    assert "№1190: Взвесьте и внесите рассол — 6" in said(opened)
    assert opened.user.text() == "", "an operator cannot sign it"
    opened.user.setText("smirnov")
    assert not opened.ok.isEnabled()
    opened.password.setText("wrong")
    opened.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "ph", "value": 6.0})
    assert panel.port.signs[-1] == {"user": "smirnov", "password": "wrong"}
    assert not opened.ok.isEnabled(), "once, until the server has answered"
    body: Obj = {"reasons": [{"ru": "неверный пароль", "en": "wrong password"}]}
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 403, "body": body, "error": ""})
    assert opened.isVisible()
    assert opened.verdict.text() == "✕ неверный пароль"
    assert opened.password.text() == ""
    opened.password.setText("right")
    opened.ok.click()
    panel.feed({"type": "command_reply", "local": panel.port.submitted[-1][0], "status": 202, "body": {"id": "c9"}, "error": ""})
    done: Obj = {"id": "c9", "status": "accepted"}
    panel.feed({"type": "event", "event": {"seq": 9001, "time_ns": 1, "kind": "command", "source": "x", "data": done}})
    assert not opened.isVisible()


def test_a_lot_is_weighed_against_its_tolerance_while_it_is_entered(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {})
    answer(page)
    opened = dialog(panel, LotDialog)
    assert opened.said.text() == "Нужно 20,0\u00a0кг ± 0,4 · не хватает 20,0\u00a0кг"
    press(opened.open_pad(), "20,3")
    assert opened.said.text() == "Нужно 20,0\u00a0кг ± 0,4 · ✓ в допуске"
    assert opened.missing.text() == "Осталось указать: номер партии сырья"
    opened.lot.setText("РС-2611-2")
    assert opened.ok.text() == "Записать 20,3\u00a0кг"
    opened.ok.click()
    value: Obj = {"lot": "РС-2611-2", "kg": 20.3}
    assert panel.port.submitted[-1][1:] == ("batch.reply", "B1190", {"prompt": "brine_lot", "value": value})
    assert panel.port.reasons[-1] == ""


def test_a_mass_outside_the_tolerance_is_a_shift_leads_with_a_reason(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = with_asked(panel, {})

    def weigh() -> ReasonDialog:
        answer(page)
        opened = dialog(panel, LotDialog)
        opened.take_kg(19.0)
        opened.lot.setText("A1")
        opened.ok.click()
        return dialog(panel, ReasonDialog)

    why = weigh()
    why.reasons.picker.buttons["1"].click()
    assert not why.ok.isEnabled()
    assert why.missing.text() == "может мастер смены или выше"
    why.reject()
    panel.log_in("shift_lead")
    why = weigh()
    why.reasons.picker.buttons["1"].click()
    why.ok.click()
    assert panel.port.submitted[-1][3] == {"prompt": "brine_lot", "value": {"lot": "A1", "kg": 19.0}}
    assert panel.port.reasons[-1] == "Сырьё закончилось"


def test_a_mass_is_taken_from_the_scale_of_the_unit_only_while_it_is_good(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    active = [sample.active("reception.weighing.weigh", "R101", "weigh", "running")]
    panel.feed(sample.view({**sample.cooking(), "active": active}))
    panel.feed(samples.image({**samples.VALUES, "R101.Weight": 1.35}))
    page = batch_page(panel, "B1187")
    page.tabs.choose("materials")
    page.materials.table.touched.emit("curing_salt", "add")
    opened = dialog(panel, LotDialog)
    assert opened.from_scale.isEnabled()
    opened.from_scale.click()
    assert opened.kg == 1.35
    panel.feed(samples.image({**samples.VALUES, "R101.Weight": 1.35}, bad={"R101.Weight": 0x80000000}))
    assert not opened.from_scale.isEnabled(), "the open dialog follows the scale"
    panel.feed(samples.image({**samples.VALUES, "R101.Weight": 2.5}))
    assert "2,5" in opened.from_scale.text()
    opened.reject()
    panel.window.refresh()


# ---- products on hold ---------------------------------------------------------------------------------------------------


def test_a_disposition_needs_verdict_reason_and_a_signature(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist").feed(sample.view())
    page = batch_page(panel, "B1186")
    card = page.now.visible_cards()[0]
    assert (card.title, card.mark) == ("Продукт на удержании: Температура в батоне (ККТ)", 1)
    assert "недостоверно: отказ датчика" in card.lines[0]
    answer(page)
    opened = dialog(panel, DispositionDialog)
    assert opened.missing.text() == "Осталось указать: что делать с продуктом, причина"
    opened.verdicts.buttons["rework"].click()
    assert opened.means.text() == "После продолжения шаг повторится. За продуктом останется отметка о переработке."
    assert not opened.ok.isEnabled()
    opened.reasons.picker.buttons["1"].click()
    opened.ok.click()
    assert panel.port.submitted == [], "not before the signature"
    sign = dialog(panel, SignatureDialog)
    assert sign.user.text() == "ivanova"
    assert "Причина: Датчик был неисправен, заменён и проверен" in said(sign)
    sign.password.setText("p")
    sign.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.disposition", "B1186", {"verdict": "rework", "deviation": 1})
    assert panel.port.reasons[-1] == "Датчик был неисправен, заменён и проверен"
    assert panel.port.signs[-1] == {"user": "ivanova", "password": "p"}


def test_at_an_operators_panel_a_technologist_signs_the_disposition(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    assert "отказ датчика" in page.now.visible_cards()[0].lines[0]
    answer(page)
    opened = dialog(panel, DispositionDialog)
    opened.verdicts.buttons["release"].click()
    opened.reasons.picker.buttons["0"].click()
    opened.ok.click()
    sign = dialog(panel, SignatureDialog)
    assert sign.user.text() == "", "who stands here may not sign it"
    sign.user.setText("petrova")
    sign.password.setText("p")
    sign.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.disposition", "B1186", {"verdict": "release", "deviation": 1})
    assert panel.port.signs[-1] == {"user": "petrova", "password": "p"}


def test_a_deviation_is_decided_once_and_by_no_viewer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer").feed(sample.view())
    page = batch_page(panel, "B1186")
    assert not page.now.visible_cards()[0].deeds[0].enabled
    first, second = cast("list[Obj]", sample.deviated()["deviations"])
    decided: Obj = {"verdict": "release", "user": "smirnov", "reason": "замер вручную", "time_ns": samples.NOW_NS}
    panel.feed(
        sample.view({**sample.deviated(), "product": "released", "deviations": [{**first, "disposition": decided}, second]})
    )
    (card,) = page.now.visible_cards()
    assert card.key == "step:smokehouse.cooking.cook"
    assert card.mark == 2, "the other deviation stands"
    over: Obj = {**second, "ended_ns": samples.NOW_NS}
    panel.feed(sample.view({**sample.deviated(), "deviations": [{**first, "disposition": decided}, over]}))
    (card,) = page.now.visible_cards()
    assert card.mark == 0, "what was decided upon is no alarm any more"
    assert "Отклонение 1" in card.lines[-1], "but it is told, until the value is back"
    batch = page.batch()
    assert batch is not None
    assert not any(n.mark for n in chart_nodes(panel.store, batch, samples.NOW_NS))
    page.open_node("smokehouse.cooking.cook")
    assert "Выпустить: smirnov" in dialog(panel, NodeDialog).facts.text()


def test_what_a_signature_dialog_says_is_not_said_again_over_the_page(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist").feed(sample.view())
    page = batch_page(panel, "B1186")
    answer(page)
    opened = dialog(panel, DispositionDialog)
    opened.verdicts.buttons["rework"].click()
    opened.reasons.picker.buttons["1"].click()
    opened.ok.click()
    sign = dialog(panel, SignatureDialog)
    sign.password.setText("wrong")
    sign.ok.click()
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": 403, "body": {"reason": "Неверный пароль"}, "error": ""})
    panel.window.tick()
    assert "Неверный пароль" in sign.verdict.text()
    assert panel.window.notice.text() == ""


def test_a_batch_held_by_hand_says_so_once(make_panel: MakePanel) -> None:
    held: Obj = {"ru": "Задержана оператором", "en": "Held by the operator"}
    panel = make_panel().log_in().feed(sample.view(sample.batch(1, "held", held_reason=held)))
    page = batch_page(panel, "B1")
    assert page.why.property("text") == "Задержана оператором"


# ---- parameters, materials, course, notes -------------------------------------------------------------------------------


def test_parameters_stand_with_limits_and_what_is_measured(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    page.tabs.choose("parameters")
    batch = page.batch()
    assert batch is not None
    rows = parameter_rows(panel.store, batch)
    assert [r.parameter.id for r in rows][:3] == ["cook_temp", "cook_rh", "cook_core"], "those of the step at work first"
    assert (rows[0].value, rows[0].limits, rows[0].where) == ("78\u00a0°C", "75…80\u00a0°C", "S-402 · Варка")
    slots = page.parameters.slots
    assert slots[0].bar.spoken() == ["60,2\u00a0°C"]
    assert slots[4].bar.spoken() == [], "its phase is not at work: nothing is claimed"
    assert [s.change.isVisible() for s in slots[:4]] == [True, True, False, False]
    assert [s.change.isEnabled() for s in slots[:2]] == [True, False], "the second is a technologist's"
    assert [slots[2].note.text(), slots[3].note.text()] == ["ККТ", "пройден"]
    panel.feed(samples.image(bad={"S402.ChamberTemp": 0x80000000}))
    assert slots[0].bar.spoken() == ["? 60,2\u00a0°C"]
    panel.log_in("technologist")
    assert slots[1].change.isEnabled()


def test_a_parameter_is_changed_by_the_pad_and_with_a_reason_that_names_both_values(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    page.tabs.choose("parameters")
    page.parameters.slots[0].change.click()
    pad = dialog(panel, NumericPad)
    press(pad, "81")
    assert panel.port.submitted == [], "above the recipe's limit"
    pad.field.clear()
    press(pad, "79")
    why = dialog(panel, ReasonDialog)
    assert "№1186, Температура варки: 78\u00a0°C → 79\u00a0°C." in said(why)
    assert not why.ok.isEnabled()
    why.reasons.own = "колбаса суховата"
    why.reasons.picker.pick("own")
    for typed in [w for w in panel.window.findChildren(TextDialog) if w.isVisible()]:
        typed.confirm()
    why.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.parameter", "B1186", {"parameter": "cook_temp", "value": 79.0})
    assert panel.port.reasons[-1] == "колбаса суховата"


def test_parameters_turn_pages(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    one = sample.PARAMETERS[0]
    panel.feed(sample.view({**sample.cooking(), "parameters": [{**one, "id": f"p{i}"} for i in range(27)]}, sample.asking()))
    page = batch_page(panel, "B1187")
    page.tabs.choose("parameters")
    pages = page.parameters
    assert pages.pager.isVisible()
    seen = [r.parameter.id for r in pages.visible_rows()]
    while pages.forward.isEnabled():
        pages.forward.click()
        seen += [r.parameter.id for r in pages.visible_rows()]
    assert seen == [f"p{i}" for i in range(27)], "every one once"
    batch_page(panel, "B1190")
    batch_page(panel, "B1187")
    assert pages.page == 0


def touch(panel: Panel, widget: QWidget) -> None:
    """A finger on the middle of what is seen there, which must be this widget, and big enough."""
    middle = widget.mapTo(panel.window, widget.rect().center())
    assert panel.window.rect().contains(middle)
    assert panel.window.childAt(middle) is widget, "something lies over it"
    assert min(widget.width(), widget.height()) >= TOUCH
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)
    panel.window.refresh()
    QApplication.processEvents()


@pytest.mark.parametrize("part", ["parameters", "now"])
def test_the_pager_of_the_parameters_can_be_touched_and_every_parameter_is_drawn(make_panel: MakePanel, part: str) -> None:
    panel = make_panel(size=(1280, 800)).log_in()
    batch = sample.deviated()
    known = next(p for p in cast("list[Obj]", batch["parameters"]) if p["id"] == "cook_temp")
    many: list[Json] = [{**known, "id": f"p{i}", "name": {"ru": f"Параметр {i}", "en": f"Parameter {i}"}} for i in range(20)]
    panel.feed(sample.view({**batch, "parameters": many}, sample.asking()))
    page = batch_page(panel, "B1186")
    page.tabs.choose(part)
    panel.window.refresh()
    QApplication.processEvents()
    pages = page.parameters if part == "parameters" else page.now_part.parameters
    assert pages.pages() > 1
    assert not pages.back.isEnabled()

    def drawn() -> list[str]:
        return [s.name.head for s in pages.slots if not s.name.visibleRegion().isEmpty()]

    seen = drawn()
    while pages.forward.isEnabled():
        touch(panel, pages.forward)
        seen += drawn()
    assert seen == [f"Параметр {i}" for i in range(20)], "every one once, in its order"
    assert pages.place.text() == f"{pages.pages()} / {pages.pages()}"
    while pages.back.isEnabled():
        touch(panel, pages.back)
    assert drawn()[0] == "Параметр 0"


def test_materials_stand_with_lots_and_tolerance_and_take_another_lot(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    page.tabs.choose("materials")
    by_key = {r.key: r.cells for r in page.materials.table.rows}
    beef, pork, salt = by_key["beef_premium"], by_key["pork_semi_fat"], by_key["curing_salt"]
    assert (beef[0].sub, beef[1].text, beef[1].sub, beef[2].text) == ("ГВ-2611-07 28,7", "28,6", "± 0,3", "✓ 28,7")
    assert (pork[2].text, pork[2].sub) == ("▲ 83,3", "больше допуска")
    assert (salt[1].text, salt[1].sub, salt[2].text) == ("1,350", "± 0,007", "—")
    page.materials.table.touched.emit("ice", "add")
    opened = dialog(panel, LotDialog)
    opened.take_kg(10.0)
    opened.lot.setText("Л-1")
    opened.ok.click()
    args: Obj = {"material": "ice", "lot": "Л-1", "kg": 10.0}
    assert panel.port.submitted[-1][1:] == ("batch.lot", "B1187", args), "more may follow: less than wanted is no deviation"


def test_the_course_shows_units_over_time_and_phases_newest_first(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    page.tabs.choose("course")
    assert [r.key for r in page.course.gantt.rows] == ["R101", "G101", "C201", "F301", "S401"]
    assert [b.text for b in page.course.gantt.rows[-1].bars] == ["Осадка", "Подсушка", "Копчение", "Варка"]
    rows = page.course.steps.rows
    assert rows[0].cells[1].text == "Варка · S-401 Термокамера 1"
    assert rows[0].cells[1].bold
    assert rows[0].cells[3].text == "41:00"
    batch = page.batch()
    assert batch is not None
    lines = step_lines(panel.store, batch, samples.NOW_NS)
    assert [line.current for line in lines] == [False] * 7 + [True]


def test_a_note_goes_into_the_record(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1187")
    page.note.click()
    opened = dialog(panel, TextDialog)
    opened.field.setText("  оболочка заменена ")
    opened.confirm()
    assert panel.port.submitted[-1][1:] == ("batch.comment", "B1187", {"text": "оболочка заменена"})


def test_parameters_of_the_step_at_work_stand_below_its_cards_while_there_is_room(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view(sample.deviated()))
    page = batch_page(panel, "B1186")
    assert len(page.now.visible_cards()) == 2
    assert page.now_part.parameters.isVisible()
    assert [r.parameter.id for r in page.now_part.parameters.visible_rows()] == ["cook_temp", "cook_rh", "cook_core"]
    prompt = cast("list[Obj]", sample.asking()["prompts"])[0]
    many: list[Json] = [{**prompt, "id": f"q{i}"} for i in range(3)]
    panel.feed(sample.view({**sample.deviated(), "prompts": many}))
    assert not page.now_part.parameters.isVisible(), "what waits for a person comes first"
    panel.feed(sample.view(sample.deviated()))
    assert page.now_part.parameters.isVisible()


def test_a_deviation_that_asks_for_nothing_stands_at_its_step_until_it_is_over(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batch_page(panel, "B1186")
    card = page.now.visible_cards()[1]
    assert card.mark == 2
    assert card.lines[0].startswith("Отклонение 2: Температура камеры · 70,1\u00a0°C · пределы 73…83\u00a0°C · S-402 · ")
    first, second = cast("list[Obj]", sample.deviated()["deviations"])
    panel.feed(sample.view({**sample.deviated(), "deviations": [first, {**second, "ended_ns": samples.NOW_NS}]}))
    card = page.now.visible_cards()[1]
    assert card.mark == 0
    assert card.lines[0].startswith("S-402: нет достоверных данных")
