"""The list of batches: where each is in plain words, filters, products, earlier shifts; a new batch."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from hmi.pages.batch import BatchPage
from hmi.pages.batch_record import RecordPage
from hmi.pages.batches import BatchesPage
from hmi.viewmodels.badges import badges
from hmi.viewmodels.batch_page import duration, place_text
from hmi.viewmodels.batch_steps import step_name
from hmi.viewmodels.batches import batch_by_id, batches
from hmi.viewmodels.wire import Obj
from hmi.widgets.newbatch import NewBatchDialog
from line.messages import Json
from tests.hmi import samples
from tests.hmi import samples_batches as sample
from tests.hmi.conftest import MakePanel, Panel


def batches_page(panel: Panel) -> BatchesPage:
    panel.window.navigate("batches", "")
    page = panel.window.page
    assert isinstance(page, BatchesPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def dialog(panel: Panel, kind: type[QWidget]) -> QWidget:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


# ---- list ---------------------------------------------------------------------------------------------------------------


def test_the_list_tells_where_each_batch_is_why_it_stands_and_of_its_product(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batches_page(panel)
    by_key = {r.key: r.cells for r in page.table.rows}
    assert set(by_key) == {"B1185", "B1186", "B1187", "B1190", "B1191", "B1192"}
    number, state, product, where, mode, step, start = by_key["B1186"]
    assert (number.text, number.sub) == ("№1186", "Колбаса варёная «Докторская»")
    assert state.chip is not None
    assert (state.chip.text, state.chip.style) == ("Задержана", "held")
    assert product.chip is not None
    assert (product.chip.text, product.chip.style) == ("Продукт удержан", "held")
    assert (where.text, where.sub) == ("S-402 · Варка", "S-402: нет достоверных данных «Температура в батоне (ККТ)»")
    assert (mode.text, step.text, step.share) == ("Автомат", "7 / 11", 7 / 11)
    assert start.sub == "3:10", "hours and minutes since the start"
    assert by_key["B1190"][3].sub == "ждёт ответа: 2"
    assert by_key["B1187"][2].text == "—", "of a product in order nothing is said"
    assert [by_key[b][4].text for b in ("B1191", "B1192")] == ["Полуавтомат", "Ручной"]
    assert badges(page.context.store)["batches"] == 4, "held, asking, waiting for a confirmation, waiting for a start by hand"
    assert page.count.text() == "на линии 5 · завершено 1"
    assert page.table.rows[-1].key == "B1185", "what has ended stands below"
    assert by_key["B1185"][3].text.startswith("закончена в ")


def test_lists_are_filtered_by_a_touch(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batches_page(panel)
    found: dict[str, set[str]] = {}
    for key in ("line", "held", "ended"):
        page.lists.buttons[key].click()
        found[key] = {r.key for r in page.table.rows}
    assert found == {"line": {"B1186", "B1187", "B1190", "B1191", "B1192"}, "held": {"B1186"}, "ended": {"B1185"}}
    panel.feed(sample.view(sample.cooking()))
    assert page.table.spoken() == ["В этой смене партии не заканчивались."]


def test_an_empty_shift_says_what_to_do(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    panel.feed({"type": "view", "name": "batches", "data": {"batches": []}})
    assert page.table.spoken() == ["В этой смене партий нет. Создать — «Новая партия…»."]
    assert page.new.isEnabled()


def test_a_touch_opens_the_batch_and_back_returns(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batches_page(panel)
    at = [r.key for r in page.table.rows].index("B1190")
    QTest.mouseClick(page.table, Qt.MouseButton.LeftButton, pos=QPoint(60, 34 + at * 68 + 30))
    opened = panel.window.page
    assert isinstance(opened, BatchPage)
    assert opened.heading.text() == "№1190"
    opened.back.click()
    assert panel.window.page is page
    page.recipes.click()
    assert panel.window.page is panel.window.pages["recipes"]


def test_earlier_batches_are_asked_for_and_open_their_record(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(sample.view())
    page = batches_page(panel)
    page.lists.buttons["older"].click()
    assert panel.port.asked[-1] == ("/api/batches", {})
    assert page.table.spoken() == ["Читаю…"]
    old: Obj = {"id": "B1100", "number": 1100, "recipe": "doktorskaya", "size_kg": 140.0, "state": "aborted",
                "created_ns": samples.NOW_NS - 3000 * samples.MIN, "started_ns": None, "ended_ns": samples.NOW_NS}  # fmt: skip
    here: Obj = {**old, "id": "B1187"}
    panel.feed({"type": "reply", "reply_to": "batches.older", "status": 200, "data": {"batches": [here, old]}})
    assert [r.key for r in page.table.rows] == ["B1100"], "what is in the shift's list stands there"
    chip = page.table.rows[0].cells[1].chip
    assert chip is not None
    assert chip.text == "Прервана"
    assert page.table.rows[0].cells[0].sub == "Колбаса варёная «Докторская»"
    page.table.chosen.emit("B1100")
    opened = panel.window.page
    assert isinstance(opened, RecordPage)
    assert opened.desk.batch == "B1100"


def test_nothing_can_be_created_while_the_server_is_gone_or_by_a_viewer(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("viewer")
    page = batches_page(panel)
    assert not page.new.isEnabled()
    panel.log_in("operator")
    assert page.new.isEnabled()
    panel.feed({"type": "lost", "error": "x"})
    assert not page.new.isEnabled()


def test_unknown_states_and_empty_entries_do_no_harm(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    page = batches_page(panel)
    odd: list[Json] = [{"id": "B7", "state": "dreaming", "product": "gone", "mode": "odd", "nodes": [5], "active": {}}, {}, 5]
    panel.feed({"type": "view", "name": "batches", "data": {"batches": odd}})
    batch = batch_by_id(panel.store, "B7")
    assert batch is not None
    assert not batch.may("stop")
    assert duration(batch, samples.NOW_NS) == ""
    assert page.table.rows[0].cells[1].chip is not None
    page.choose("B7")
    assert isinstance(panel.window.page, BatchPage)


# ---- new batch ----------------------------------------------------------------------------------------------------------

SOURCE: Obj = {
    "recipe": "doktorskaya", "base_batch_kg": 140, "size_lo_kg": 70, "size_hi_kg": 160, "ingredients": {
        "beef": {"kg": 28.6, "tolerance_pct": 1.0, "name": {"ru": "Говядина", "en": "Beef"}},
        "curing_salt": {"kg": 1.4, "tolerance_pct": 0.5, "name": {"ru": "Посолочная смесь", "en": "Curing salt"}},
    },
}  # fmt: skip


def library(*more: Obj) -> Obj:
    approved: Obj = {"hash": "aa", "version": "1.2", "status": "approved", "author": "x", "saved_ns": 1, "signatures": []}
    name: Obj = {"ru": "Колбаса «Докторская»", "en": "Doktorskaya"}
    entry: Obj = {"id": "doktorskaya", "name": name, "versions": [approved, *more], "approved": "aa"}
    return {"type": "view", "name": "recipes", "data": {"recipes": [entry]}}


def new_batch(panel: Panel) -> NewBatchDialog:
    batches_page(panel).new.click()
    return cast(NewBatchDialog, dialog(panel, NewBatchDialog))


def source_reply(content: str = "aa", **more: Json) -> Obj:
    data: Obj = {"hash": content, "data": {**SOURCE, **more}}
    return {"type": "reply", "reply_to": "newbatch.source", "status": 200, "data": data}


def test_a_new_batch_shows_the_formula_scaled_to_its_size_and_says_what_it_does(make_panel: MakePanel) -> None:
    panel = make_panel().log_in().feed(library())
    made = new_batch(panel)
    made.recipe_buttons["doktorskaya"].click()
    assert panel.port.asked[-1] == ("/api/recipes/aa", {})
    assert not made.ok.isEnabled(), "its sizes are not known before the recipe was read"
    panel.feed(source_reply("bb"))
    assert not made.ok.isEnabled(), "the answer to another question"
    panel.feed(source_reply())
    assert made.limits.text() == "пределы 70…160\u00a0кг"
    assert made.formula[0].spoken() == ["Говядина 28,6\u00a0кг"]
    pad = made.open_pad()
    for key in "161":
        pad.press(key)
    assert not pad.ok.isEnabled()
    for _ in range(3):
        pad.backspace()
    for key in "70":
        pad.press(key)
    pad.confirm()
    assert [half.spoken() for half in made.formula] == [["Говядина 14,3\u00a0кг"], ["Посолочная смесь 0,700\u00a0кг"]]
    made.modes.pick("semi")
    assert (
        made.missing.text()
        == "Колбаса «Докторская», 70\u00a0кг: каждый шаг ждёт подтверждения оператора. Ручной режим доступен с роли «технолог»."
    )
    assert made.ok.text() == "Создать и пустить, 70\u00a0кг"
    assert not made.modes.buttons["manual"].isEnabled(), "manual mode is a technologist's"
    assert not made.version.isVisible(), "an operator runs what is approved"
    made.ok.click()
    assert panel.port.submitted[-1][1:] == ("batch.create", "doktorskaya", {"size_kg": 70.0, "start": True, "mode": "semi"})


def test_a_technologist_may_try_a_version_that_is_not_approved_but_not_in_automatic(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("technologist")
    panel.feed(library({"hash": "cc", "version": "1.3", "status": "draft", "author": "x", "saved_ns": 2, "signatures": []}))
    made = new_batch(panel)
    made.choose(made.offers[0])
    panel.feed(source_reply())
    assert made.version.isVisible()
    assert [c.key for c in made.version.choices] == ["aa", "cc"]
    made.version.chosen.emit("cc")
    panel.feed(source_reply("cc", base_batch_kg=100))
    assert made.modes.picked == "semi"
    assert not made.modes.buttons["automatic"].isEnabled()
    made.only_create.click()
    wanted = {"size_kg": 100.0, "start": False, "mode": "semi", "hash": "cc"}
    assert panel.port.submitted[-1][1:] == ("batch.create", "doktorskaya", wanted)


def test_a_line_that_tells_no_library_offers_the_recipes_it_names_and_a_login_is_asked_first(make_panel: MakePanel) -> None:
    panel = make_panel()
    described = {**samples.description(), "recipes": [{"id": "r", "name": {"ru": "Р", "en": "R"}, "version": "1",
                                                       "base_batch_kg": 140, "size_lo_kg": 70, "size_hi_kg": 160}]}  # fmt: skip
    panel.feed({"type": "line", "data": described})
    made = batches_page(panel).open_new()
    assert made.ok.text() == "Создать и пустить, 140\u00a0кг"
    made.only_create.click()
    assert panel.port.submitted == []
    panel.log_in()
    wanted = {"size_kg": 140.0, "start": False, "mode": "automatic"}
    assert panel.port.submitted[-1][1:] == ("batch.create", "r", wanted)


def test_without_a_recipe_nothing_can_be_created(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed({"type": "line", "data": {**samples.description(), "recipes": []}})
    page = batches_page(panel)
    assert not page.new.isEnabled()
    made = page.open_new()
    assert not made.ok.isEnabled()
    made.reject()


def test_place_and_phase_are_of_one_step(make_panel: MakePanel) -> None:
    """The view's unit and phase may be of two branches; a phase is never told by its id."""
    panel = make_panel().log_in()
    steps = [sample.active("a", "", "cook", ""), sample.active("b", "F301", "fill", "running")]
    panel.feed(sample.view({**sample.cooking(), "unit": "F301", "phase": "cook", "active": steps, "held_reason": None}))
    batch = next(b for b in batches(panel.window.context.store) if b.id == "B1187")
    assert place_text(panel.window.context.store, batch) == "F-301 · Набивка"
    alone = replace(batch, active=())
    assert place_text(panel.window.context.store, alone) == "F-301 · Варка"


def test_a_batch_that_only_asks_stands_at_its_question_and_not_at_the_phase_before(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    asking = sample.asking()
    question = str(cast("list[Obj]", asking["prompts"])[0]["node"])
    panel.feed(sample.view({**asking, "unit": "S402", "phase": "cook", "active": [sample.active(question, "", "", "")]}))
    store = panel.window.context.store
    batch = next(b for b in batches(store) if b.id == "B1190")
    assert place_text(store, batch) == step_name(store, batch, question) == "Набивка"
