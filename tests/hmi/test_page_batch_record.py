"""The record of a batch on the panel: summary, verdicts with their curve, materials, course; saved as PDF and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
from PySide6.QtWidgets import QApplication

from hmi.pages.batch import BatchPage
from hmi.pages.batch_record import RecordPage
from hmi.pages.batch_record_words import moment_words
from hmi.pages.batches import BatchesPage
from hmi.viewmodels.batch_record import Moment, curve_of, moments
from hmi.viewmodels.wire import Obj
from line.messages import Json
from tests.hmi import samples, samples_record
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel, Panel


def record_page(panel: Panel, batch: str = "B1186") -> RecordPage:
    panel.window.navigate("record", batch)
    page = panel.window.page
    assert isinstance(page, RecordPage)
    QApplication.processEvents()
    return page


def test_the_record_is_asked_for_once_and_again_when_wanted(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    asked = ("/api/batches/B1186/record", {})
    assert panel.port.asked[-1] == asked
    assert page.said.text() == "Читаю…"
    assert not page.pane.isVisible()
    for _ in range(4):
        panel.window.refresh()
    assert panel.port.asked.count(asked) == 1
    panel.feed(samples_record.reply())
    assert page.pane.isVisible()
    assert not page.said.isVisible()
    page.again.click()
    assert panel.port.asked.count(asked) == 2
    assert page.pane.isVisible(), "what is shown stays until the answer is there"


def test_the_summary_has_recipe_hash_totals_and_every_step(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    panel.feed(samples_record.reply())
    assert (page.heading.text(), page.state.chip.text, page.product.chip.text) == ("Протокол №1186", "Завершена", "Переработка")
    facts = page.facts.spoken()
    assert "Рецепт, версия doktorskaya, 1.2" in facts
    assert "Хеш рецепта 3f9a1c55e0d2 · содержание проверено" in facts
    assert "Выход 112,2\u00a0% (105,0…113,0)" in facts
    assert "Длительность 2:57:00" in facts
    names = [r.cells[0].text for r in page.steps.rows]
    assert names == ["Взвешивание", "Куттерование", "Варка", "Варка (2)", "Душ · пропущен"]
    panel.feed(samples_record.reply(recipe={"hash_ok": False}))
    assert "Хеш рецепта 3f9a1c55e0d2 · содержание НЕ совпадает с хешем" in page.facts.spoken()


def test_a_verdict_stands_with_its_limit_and_curve_and_bad_data_is_a_gap(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    panel.feed(samples_record.reply())
    page.tabs.choose("ccp")
    passed, open_one = page.ccp.rows
    assert (passed.cells[0].sub, passed.cells[1].text) == ("≥\u00a071,5\u00a0°C · S-402", "72,4\u00a0°C")
    assert (passed.cells[2].text, passed.cells[2].sub) == ("✓ выдержано", "отклонение 1")
    assert open_one.cells[2].text == "вывода ещё нет"
    assert page.trend.isVisible()
    assert page.trend_title.text() == "Температура в батоне (ККТ), °C"
    curve = curve_of(samples_record.record(), "smokehouse.cook", "S402.CoreTemp")
    assert curve is not None
    assert np.isnan(curve.y).sum() == 12, "six values that could not be trusted, each held to the next"
    page.ccp.chosen.emit("1")
    assert not page.trend.isVisible()
    assert page.trend_title.text() == "Кривая не сохранилась."


def test_a_failed_verdict_is_told_apart_without_colour(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    (first, _) = cast("list[Obj]", samples_record.record()["ccp"])
    panel.feed(samples_record.reply(ccp=[{**first, "value": None, "quality": "BadSensorFailure", "passed": False}]))
    page.tabs.choose("ccp")
    (row,) = page.ccp.rows
    assert (row.cells[1].text, row.cells[2].text, row.cells[2].bold) == ("? —", "✕ не выдержано", True)


def test_materials_stand_with_lots_and_their_verdict(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    panel.feed(samples_record.reply())
    page.tabs.choose("materials")
    beef, pork, ice = page.materials.rows
    assert [c.text for c in beef.cells] == ["Говядина", "28,6", "28,7", "✓ в допуске"]
    assert pork.cells[0].sub == "СВ-03 83,0"
    assert (pork.cells[3].text, pork.cells[3].bold) == ("▲ вне допуска", True)
    assert [c.text for c in ice.cells][2:] == ["—", "не взвешено"]
    assert ice.cells[0].sub == "", "without lots its name stands on the line of its masses"


def test_the_course_tells_who_did_what_and_why_in_the_order_of_time(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    panel.feed(samples_record.reply())
    page.tabs.choose("course")
    told = [(r.cells[1].text, r.cells[1].sub.strip(), r.cells[2].text) for r in page.course.rows]
    assert told == [
        ("Партия создана", "", "ivanova, оператор"),
        ("Партия: идёт", "", "ivanova"),
        ("Запрос: Соль внесена?", "", ""),
        ("Ответ: подтверждено", "Соль внесена?", "подпись: Смирнов П. В."),
        ("Говядина: партия сырья ГВ-07", "28,70\u00a0кг", "ivanova"),
        ("Свинина: партия сырья СВ-03", "83,00\u00a0кг · вне допуска · остаток лота", "petrov"),
        ("Передача C-201 → F-301", "139,2\u00a0кг", ""),
        ("Температура варки: 78\u00a0°C → 79\u00a0°C", "указание технолога", "ivanova"),
        ("Партия: задержана", "нет достоверных данных", ""),
        ("Тревога 2: Датчик неисправен", told[9][1], "ivanova"),
        (
            "Отклонение в ККТ: Температура в батоне (ККТ)",
            "? — · ≥\u00a071,5\u00a0°C · значение недостоверно: отказ датчика",
            "",
        ),
        ("Команда: Продолжить", "отказ · по отклонению 1 нет решения", "ivanova, оператор"),
        ("Заметка", "Датчик заменили", "ivanova"),
        ("Решение по отклонению 1: Переработать", "датчик заменён", "подпись: Смирнов П. В."),
    ]
    assert told[9][1].startswith("S-402 · квитирована ")
    times = [m.time_ns for m in moments(samples_record.record())]
    assert times == sorted(times)


def test_it_is_saved_as_pdf_and_json_and_says_where(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    assert not page.pdf.isEnabled(), "there is nothing yet"
    panel.feed(samples_record.reply())
    page.save("pdf", tmp_path)
    path, params, file, reply_to = panel.port.downloads[-1]
    assert (path, params, reply_to) == ("/api/batches/B1186/record.pdf", {"language": "ru"}, "batch.record.saved")
    assert file.parent == tmp_path
    assert file.name.startswith("batch-B1186-")
    assert file.suffix == ".pdf"
    assert not page.pdf.isEnabled(), "one at a time"
    panel.feed({"type": "reply", "reply_to": "batch.record.saved", "status": 200, "data": {"bytes": 20480}, "error": ""})
    assert page.said.text() == f"Сохранено, 20 КБ: {file}"
    page.save("json", tmp_path)
    assert panel.port.downloads[-1][:2] == ("/api/batches/B1186/record", {})
    panel.feed({"type": "reply", "reply_to": "batch.record.saved", "status": 0, "data": {"disk": True}, "error": "OSError: x"})
    assert page.said.text() == f"✕ Не сохранено: не удаётся записать в папку {tmp_path}"


def test_a_record_is_not_saved_while_the_server_is_gone_and_read_again_when_it_is_back(
    make_panel: MakePanel, tmp_path: Path
) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    panel.feed({"type": "reply", "reply_to": "batch.record", "status": 0, "data": {}, "error": "ConnectError: x"})
    assert page.said.text() == "✕ Протокола нет: нет связи с сервером. Нажмите ещё раз, когда она вернётся"
    asked = panel.port.asked.count(("/api/batches/B1186/record", {}))
    panel.feed({"type": "lost", "error": "x"})
    panel.window.refresh()
    panel.feed({"type": "connected"}, *samples.messages(), sample.view())
    panel.window.refresh()
    assert panel.port.asked.count(("/api/batches/B1186/record", {})) == asked + 1
    panel.feed(samples_record.reply())
    page.save("pdf", tmp_path)
    panel.feed({"type": "reply", "reply_to": "batch.record.saved", "status": 0, "data": {}, "error": "ReadError: "})
    assert page.said.text() == "✕ Не сохранено: нет связи с сервером. Нажмите ещё раз, когда она вернётся"
    assert page.pane.isVisible(), "what is shown stays"
    assert page.pdf.isEnabled()


def test_what_the_server_refuses_is_said_and_a_running_batch_says_that_it_is_not_over(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    error: Obj = {"error": {"ru": "Такой партии нет", "en": "No such batch"}}
    panel.feed({"type": "reply", "reply_to": "batch.record", "status": 404, "data": error})
    assert page.said.text() == "✕ Протокола нет: Такой партии нет"
    assert page.settled()
    running: Json = {**cast(Obj, samples_record.record()["batch"]), "complete": False, "state": "held"}
    panel.feed(samples_record.reply(batch=running))
    assert page.said.text() == "Партия не закончена: протокол до текущего момента."
    other: Json = {**cast(Obj, samples_record.record()["batch"]), "id": "B7", "number": 7}
    panel.feed(samples_record.reply(batch=other))
    assert page.heading.text() == "Протокол №1186", "the answer to another question is not shown"


def test_back_leads_to_the_batch_or_to_the_list(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    record_page(panel).back.click()
    assert isinstance(panel.window.page, BatchPage)
    record_page(panel, "B3").back.click()
    assert isinstance(panel.window.page, BatchesPage)


def test_an_empty_record_and_odd_entries_do_no_harm(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    odd: list[Json] = [{}, 5, {"t": ["x"], "v": 7}]
    panel.feed({"type": "reply", "reply_to": "batch.record", "status": 200, "data": {}})
    lists = dict.fromkeys(("states", "commands", "changes", "materials", "ccp", "curves", "alarms", "prompts", "deviations"), odd)
    panel.feed(samples_record.reply(**lists, totals=None, journal=None, recipe=5))
    for key in page.tabs.buttons:
        page.tabs.choose(key)
        panel.window.refresh()
    assert page.isVisible()
    assert samples.NOW_NS


def test_a_command_whose_outcome_stands_there_is_told_once_a_refused_one_always(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    base: Obj = {"time_ns": samples.NOW_NS, "kind": "batch.comment", "args": {"text": "x"}, "user": "ivanova", "role": "operator"}
    lists = ("states", "changes", "materials", "alarms", "prompts", "deviations", "transfers", "comments")
    empty: dict[str, Json] = {key: [] for key in lists}
    panel.feed(samples_record.reply(**empty, commands=[{**base, "status": "accepted"}, {**base, "status": "refused"}]))
    page.tabs.choose("course")
    assert [(r.cells[1].text, r.cells[1].sub) for r in page.course.rows] == [("Заметка: x", "отказ")]


def test_a_step_by_hand_is_told_with_its_name(make_panel: MakePanel) -> None:
    panel = make_panel().feed(sample.view())
    page = record_page(panel)
    lists = ("states", "changes", "materials", "alarms", "prompts", "deviations", "transfers", "comments")
    empty: dict[str, Json] = {key: [] for key in lists}
    done: Obj = {"time_ns": samples.NOW_NS, "kind": "batch.step", "target": "B1191", "user": "ivanova", "role": "operator",
                 "status": "accepted", "args": {"node": "grinder.grinding.grind", "action": "confirm"}}  # fmt: skip
    gone: Obj = {**done, "target": "B7", "args": {"node": "x.y", "action": "skip"}, "reason": "Проба"}
    panel.feed(samples_record.reply(**empty, commands=[done, gone]))
    page.tabs.choose("course")
    told = [(r.cells[1].text, r.cells[1].sub.strip()) for r in page.course.rows]
    assert told == [("Шаг подтверждён: Измельчение", ""), ("Шаг пропущен", "Проба")]


def test_an_answer_is_told_in_the_words_of_its_question(make_panel: MakePanel) -> None:
    store = make_panel().window.context.store
    casings: list[Json] = [{"ru": "Натуральная", "en": "Natural"}, {"ru": "Белковая", "en": "Collagen"}]
    chosen: Obj = {"value": 1, "choices": casings, "text": {"ru": "Оболочка", "en": "Casing"}}
    assert moment_words(store, Moment(1, "reply", chosen))[0] == "Ответ: Белковая"
    assert moment_words(store, Moment(1, "reply", {**chosen, "value": 7}))[0] == "Ответ: 7", "no such place: as it is"
    assert moment_words(store, Moment(1, "reply", {"value": 5.85, "eu": "°C"}))[0] == "Ответ: 5,85\u00a0°C"


def test_the_next_question_stands_behind_the_answer_of_the_same_moment() -> None:
    first: Obj = {"time_ns": 1, "prompt": "a", "replies": [{"time_ns": 2, "value": True}]}
    told = moments({"prompts": [first, {"time_ns": 2, "prompt": "b", "replies": []}]})
    assert [(m.time_ns, m.what) for m in told] == [(1, "prompts"), (2, "reply"), (2, "prompts")]


def test_a_lot_that_answered_a_prompt_is_told_in_the_panels_language(make_panel: MakePanel) -> None:
    store = make_panel().window.context.store
    reply: Obj = {"value": "ГВ-26: 28.6 kg", "text": {"ru": "Говядина", "en": "Beef"}}
    assert moment_words(store, Moment(1, "reply", reply))[0] == "Ответ: ГВ-26, 28,60\u00a0кг"
    typed: Obj = {**reply, "kind": "text"}
    assert moment_words(store, Moment(1, "reply", typed))[0] == "Ответ: ГВ-26: 28.6 kg"
