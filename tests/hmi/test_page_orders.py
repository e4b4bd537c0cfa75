"""Production orders: what is left of each and what is late, batches begun from them, what a shift lead does with them."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from hmi.frame import labels_of
from hmi.pages.batch import BatchPage
from hmi.pages.batches import BatchesPage
from hmi.pages.orders import OrdersPage
from hmi.pages.overview import OverviewPage, needs
from hmi.viewmodels.format import use_zone
from hmi.viewmodels.order_form import clock_of, draft_of
from hmi.viewmodels.orders import orders
from hmi.viewmodels.store import LineStore
from hmi.viewmodels.wire import Obj
from hmi.widgets.clockpad import ClockPad
from hmi.widgets.dialogs import NumericPad, Question, TextDialog
from hmi.widgets.newbatch import NewBatchDialog
from hmi.widgets.orderdialog import OrderDialog
from hmi.widgets.readdialog import ReadDialog
from hmi.widgets.reasondialog import ReasonDialog
from line.clock import NS_PER_S
from line.messages import Json
from tests.hmi import samples
from tests.hmi import samples_orders as sample
from tests.hmi.conftest import MakePanel, Panel

W = TypeVar("W", bound=QWidget)
NBSP = "\u00a0"


def orders_panel(make_panel: MakePanel, role: str = "shift_lead") -> Panel:
    panel = make_panel()
    panel.feed(*sample.views())
    return panel.log_in(role) if role else panel


def orders_page(panel: Panel, argument: str = "") -> OrdersPage:
    panel.window.navigate("orders", argument)
    page = panel.window.page
    assert isinstance(page, OrdersPage)
    QApplication.processEvents()
    page.refresh()
    return page


def dialog(panel: Panel, kind: type[W]) -> W:
    found = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    assert len(found) == 1, f"{len(found)} open dialogs of {kind.__name__}"
    return found[0]


def sent(panel: Panel) -> tuple[str, str, Obj]:
    return panel.port.submitted[-1][1:]


def answer(panel: Panel, status: str, **more: Json) -> None:
    """The line's answer to what was sent last."""
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": f"c{local}"}, "error": ""})
    data: Obj = {"id": f"c{local}", "status": status, **more}
    panel.feed({"type": "event", "event": {"seq": local, "time_ns": 1, "kind": "command", "source": "x", "data": data}})


# ---- list and detail ----------------------------------------------------------------------------------------------------


def test_the_list_says_what_is_left_of_each_order_and_which_is_late(make_panel: MakePanel) -> None:
    page = orders_page(orders_panel(make_panel))
    by_key = {r.key: r.cells for r in page.table.rows}
    assert list(by_key) == ["order-3", "order-4", "order-5", "order-6", "order-2"], "the shift's, as the line sorts them"
    number, state, packed, rest, due, priority = by_key["order-3"]
    assert (number.text, number.sub) == (f"№{NBSP}З-1043", "Колбаса варёная «Докторская»")
    assert state.chip is not None
    assert (state.chip.text, state.chip.style) == ("в работе", "run")
    assert (packed.text, packed.share) == (f"118 из 420{NBSP}кг", 118.4 / 420)
    assert (rest.text, priority.text) == (f"301,6{NBSP}кг", "1")
    assert (due.sub, due.bold) == ("▲ опоздание 1:22", True)
    assert by_key["order-4"][2].text == f"0 из 600{NBSP}уп"
    assert by_key["order-5"][4].sub == "через 2:50"
    assert by_key["order-6"][4].sub == "", "what is filled is not late"
    assert page.count.text() == "не выполнено 4 · опаздывают 1"


def test_filters_show_all_open_ones_and_what_has_ended(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel)
    page.lists.buttons["open"].click()
    assert [r.key for r in page.table.rows] == ["order-3", "order-4", "order-5", "order-6", "order-7"]
    page.lists.buttons["ended"].click()
    assert [r.key for r in page.table.rows] == ["order-2", "order-1"]
    assert page.detail.title.text() == "Заказ З-1042"
    panel.feed(sample.view("orders", {"orders": [], "open": 0}))
    assert page.table.spoken() == ["Закрытых заказов пока нет."]
    assert not page.detail.start.isVisible()
    page.open_at("order-7")
    panel.feed(*sample.views())
    assert orders_page(panel, "order-7").lists.current == "open", "it opens the list that has it"


def test_a_touch_shows_the_order_with_its_batches_and_leads_to_them(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel)
    QTest.mouseClick(page.table, Qt.MouseButton.LeftButton, pos=QPoint(60, 34 + 3 * 64 + 30))
    assert page.detail.title.text() == "Заказ З-1046"
    page.choose("order-3")
    assert page.detail.amount.text() == f"упаковано 118,4{NBSP}кг из 420{NBSP}кг, осталось 301,6{NBSP}кг"
    facts = {n.text(): v.text() for n, v in page.detail.facts.rows if n.text()}
    assert facts["Примечание"] == "Магазин № 12 забирает в 17:00"
    assert facts["Смена"] == "2 · приоритет 1"
    rows = page.detail.table.rows
    assert [(r.key, r.cells[0].text, r.cells[2].text) for r in rows] == [
        ("B1185", "№1185 ▸", f"118,4{NBSP}кг"), ("B1186", "№1186 ▸", f"0{NBSP}кг"),
    ]  # fmt: skip
    QTest.mouseClick(page.detail.table, Qt.MouseButton.LeftButton, pos=QPoint(60, 34 + 50 + 20))
    opened = panel.window.page
    assert isinstance(opened, BatchPage)
    assert opened.heading.text() == "№1186"
    assert opened.order.isVisible()
    assert opened.order.text() == "Заказ З-1043 ▸"
    opened.order.click()
    assert panel.window.page is page
    assert page.selected == "order-3"


def test_the_history_is_read_back_to_the_beginning_and_told_in_words(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel, "order-3")
    page.detail.tabs.buttons["history"].click()
    assert panel.port.fetched[-1] == ("/api/events", "orders.course")
    assert page.detail.table.spoken() == ["Читаю…"]
    reply: Obj = {"type": "reply", "reply_to": "orders.course", "status": 200}
    panel.feed({**reply, "data": {"events": [], "last": 900}})
    terms: Obj = {"number": "З-1043", "kg": 420, "packs": None, "due_ns": samples.NOW_NS, "user": "petrov"}
    told: list[Obj] = [
        {**terms, "what": "created", "kg": 300}, {**terms, "what": "changed", "reason": "Добавил магазин № 12"},
        {**terms, "what": "started", "user": ""}, {**terms, "what": "filled", "packed": 420.2, "user": ""},
        {**terms, "what": "closed", "packed": 420.2, "note": "сдан"},
    ]  # fmt: skip
    events: list[Json] = [
        {"seq": 10 + i, "time_ns": samples.NOW_NS - (9 - i) * samples.MIN, "kind": "order", "source": "order-3",
         "batch": "B1185" if data["what"] == "started" else "", "data": data}
        for i, data in enumerate(told)
    ]  # fmt: skip
    other: Obj = {
        "seq": 40,
        "time_ns": samples.NOW_NS,
        "kind": "order",
        "source": "order-4",
        "data": {**terms, "what": "created"},
    }
    panel.feed({**reply, "data": {"events": [*events, other], "last": 900}})
    assert [(r.cells[1].text.split(", ")[0], r.cells[1].sub) for r in page.detail.table.rows] == [
        (f"Закрыт: упаковано 420,2{NBSP}кг", "petrov · сдан"), (f"Выполнен: упаковано 420,2{NBSP}кг", ""),
        ("Начат партией №1185", ""), (f"Изменён: 420{NBSP}кг", "petrov · Добавил магазин № 12"),
        (f"Создан: 300{NBSP}кг", "petrov"),
    ]  # fmt: skip
    before = len(panel.port.fetched)
    page.refresh()
    assert len(panel.port.fetched) == before, "its first event is there: nothing older is asked for"


# ---- a batch for an order -----------------------------------------------------------------------------------------------


def test_a_batch_is_begun_from_an_order_filled_in_and_names_it(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel, "operator")
    page = orders_page(panel, "order-3")
    page.detail.start.click()
    made = dialog(panel, NewBatchDialog)
    assert list(made.recipe_buttons) == ["doktorskaya"], "the order's recipe and no other"
    # 301.6 kg are missing, 140 kg × 0.889 are on the line: 177.3 kg at that yield are 200 kg in two batches
    assert made.for_order.text() == f"Заказ З-1043: осталось 301,6{NBSP}кг. Предлагается: 2 × 100{NBSP}кг при выходе 89{NBSP}%."
    assert made.size_kg == 100.0
    made.take_size(150.0)
    made.ok.click()
    assert sent(panel) == (
        "batch.create", "doktorskaya", {"size_kg": 150.0, "start": True, "mode": "automatic", "order": "order-3"},
    )  # fmt: skip


def test_sizes_of_another_version_keep_the_proposal_inside_and_what_was_typed(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    approved: Obj = {"hash": "aa", "version": "9", "status": "approved", "author": "x", "saved_ns": 1, "signatures": []}
    entry: Obj = {"id": "doktorskaya", "name": sample.DOKTORSKAYA, "versions": [approved], "approved": "aa"}
    panel.feed({"type": "view", "name": "recipes", "data": {"recipes": [entry]}})
    page = orders_page(panel, "order-3")
    made = page.detail.open_batch()
    assert made is not None
    assert not made.ok.isEnabled(), "its sizes are not known before the recipe was read"
    data: Obj = {"hash": "aa", "data": {"recipe": "doktorskaya", "base_batch_kg": 80, "size_lo_kg": 50, "size_hi_kg": 90}}
    reply: Obj = {"type": "reply", "reply_to": "newbatch.source", "status": 200, "data": data}
    panel.feed(reply)
    assert made.size_kg == 67.0, "three of at most 90 kg"
    made.take_size(88.0)
    panel.feed(reply)
    assert made.size_kg == 88.0
    made.reject()


@pytest.mark.parametrize(
    ("role", "order", "why"),
    [
        ("viewer", "order-3", "Партия, изменение, закрытие: с роли «оператор»"),
        ("operator", "order-3", "Изменение, закрытие: с роли «мастер смены»\nОтмена: начатый заказ закрывают"),
        ("shift_lead", "order-5", ""),
        ("shift_lead", "order-2", "Заказ закрыт"),
    ],
)
def test_what_cannot_be_done_is_dashed_and_says_why(make_panel: MakePanel, role: str, order: str, why: str) -> None:
    panel = orders_panel(make_panel, role)
    page = orders_page(panel, order)
    if role == "viewer":
        assert not page.detail.start.isEnabled()
        assert "с роли «оператор»" in page.detail.why.text()
        assert "с роли «мастер смены»" in page.detail.why.text()
        assert not page.new.isEnabled()
        return
    assert page.detail.why.text() == why
    assert page.detail.start.isEnabled() == (order != "order-2")
    assert page.detail.deeds["change"].isEnabled() == (role == "shift_lead" and order == "order-5")
    assert page.new.isEnabled() == (role == "shift_lead")
    assert page.barred.text() == ("" if role == "shift_lead" else "Новый заказ — с роли «мастер смены»")


def test_without_an_approved_recipe_or_the_line_no_batch_is_begun(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    entry: Obj = {"id": "vetchina", "name": sample.VETCHINA, "versions": [], "approved": None}
    panel.feed({"type": "view", "name": "recipes", "data": {"recipes": [entry]}})
    page = orders_page(panel, "order-5")
    assert not page.detail.start.isEnabled()
    assert page.detail.why.text() == "Партия: у рецептуры нет утверждённой версии"
    panel.feed({"type": "lost"})
    page.refresh()
    assert page.detail.why.text() == "Нет связи"
    assert not any(made.isEnabled() for made in page.detail.deeds.values())


def test_the_list_of_batches_names_the_order_and_leads_to_it(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    panel.window.navigate("batches", "")
    page = panel.window.page
    assert isinstance(page, BatchesPage)
    page.refresh()
    assert page.orders.text() == "Заказы · 2 ▸", "one is late, one of the shift is not begun"
    cells = {r.key: r.cells[1] for r in page.table.rows}
    assert (cells["B1186"].text, cells["B1186"].touch) == ("З-1043 ▸", "order-3")
    assert cells["B1188"].touch == ""
    page.table.touched.emit("B1187", "order-4")
    opened = panel.window.page
    assert isinstance(opened, OrdersPage)
    assert opened.selected == "order-4"
    opened.back.click()
    assert panel.window.page is page
    page.orders.click()
    assert panel.window.page is opened
    panel.feed(sample.view("orders", {"orders": [], "open": 0}))
    panel.window.navigate("batches", "")
    assert "Заказ" not in [c.title for c in page.table.columns], "without orders there is no column for them"


def test_what_is_late_or_not_begun_needs_somebody_now(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    found = [n for n in needs(panel.store, samples.NOW_NS) if n.page == "orders"]
    assert [n.argument for n in found] == ["order-3", "order-5"]
    assert found[0].text.startswith("Заказ З-1043 опаздывает, срок был ")
    assert found[1].text.startswith("Заказ З-1045 не начат, срок ")
    view = sample.orders_view()["orders"]
    assert isinstance(view, list)
    more = sample.order(8, "8", "planned", recipe="vetchina")
    panel.feed(sample.view("orders", {"orders": [*view, more], "open": 6}))
    assert "Не начаты заказы смены: 2" in [n.text for n in needs(panel.store, samples.NOW_NS)]
    panel.window.navigate("overview", "")
    page = panel.window.page
    assert isinstance(page, OverviewPage)
    caption = next(b for b in page.need_buttons if "З-1043" in b.text().replace("\n", " "))
    caption.click()
    assert isinstance(panel.window.page, OrdersPage)


# ---- what a shift lead does ---------------------------------------------------------------------------------------------


def type_number(pad: NumericPad, digits: str) -> None:
    for key in digits:
        pad.press(key)
    pad.confirm()


def filled_form(panel: Panel) -> OrderDialog:
    orders_page(panel).new.click()
    made = dialog(panel, OrderDialog)
    assert not made.ok.isEnabled()
    assert made.verdict.text() == "Не указано: продукт, количество"
    made.recipe.chosen.emit("vetchina")
    made.amount.click()
    type_number(dialog(panel, NumericPad), "250,5")
    return made


def test_an_order_is_written_down_with_pads_and_the_button_says_what_it_does(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    made = filled_form(panel)
    assert made.ok.text() == f"Создать заказ, 250,5{NBSP}кг"
    made.number.click()
    text = dialog(panel, TextDialog)
    text.field.setText("З-2001")
    text.confirm()
    made.day.chosen.emit(made.day.choices[1].key)
    made.clock.click()
    pad = dialog(panel, ClockPad)
    for key in "2560":
        pad.press(key)
    assert not pad.ok.isEnabled(), "no such time of a day"
    pad.field.clear()
    for key in "1630":
        pad.press(key)
    assert pad.verdict.text() == "= 16:30"
    pad.ok.click()
    assert made.clock.text() == "16:30"
    made.priority.chosen.emit("2")
    made.shift.chosen.emit("1")
    made.ok.click()
    kind, target, args = sent(panel)
    assert (kind, target) == ("order.create", "")
    due_ns = args["due_ns"]
    assert isinstance(due_ns, int)
    assert due_ns % (60 * samples.S) == 0
    assert {k: v for k, v in args.items() if k != "due_ns"} == {
        "recipe": "vetchina", "kg": 250.5, "number": "З-2001", "shift": 1, "priority": 2,
    }  # fmt: skip
    assert made.isVisible(), "it waits for the answer"
    answer(panel, "accepted")
    assert not made.isVisible()


def test_another_measure_forgets_the_number_and_packs_are_whole(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    made = filled_form(panel)
    made.measure.buttons["packs"].click()
    assert not made.ok.isEnabled()
    pad = made.open_amount()
    type_number(pad, "600")
    assert made.amount.text() == f"600{NBSP}уп"
    made.confirm()
    assert sent(panel)[2]["packs"] == 600
    assert "kg" not in sent(panel)[2]


def test_what_was_written_survives_a_refusal_and_a_lost_server(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    made = filled_form(panel)
    panel.feed({"type": "lost"})
    made.ok.click()
    assert panel.port.submitted == []
    assert made.isVisible()
    panel.feed(*samples.messages()[1:4], *sample.views())
    made.ok.click()
    assert not made.ok.isEnabled(), "one touch, one order"
    made.confirm()
    assert len(panel.port.submitted) == 1
    answer(panel, "refused", reasons=[{"ru": "Заказ с номером 5 уже есть", "en": "x"}])
    assert made.verdict.text() == "✕ Заказ с номером 5 уже есть"
    assert made.ok.isEnabled()
    assert made.draft.amount == 250.5
    made.reject()


def test_a_change_sends_only_what_differs(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel, "order-3")
    page.detail.deeds["change"].click()
    made = dialog(panel, OrderDialog)
    assert not made.recipe.isEnabled()
    assert not made.ok.isEnabled()
    assert made.verdict.text() == "Пока ничего не изменено."
    assert "" not in [c.key for c in made.day.choices], "a due time is not taken away by the line"
    made.open_amount()
    type_number(dialog(panel, NumericPad), "500")
    made.write_notes()
    text = dialog(panel, TextDialog)
    text.field.setText("")
    text.confirm()
    made.ok.click()
    assert sent(panel) == ("order.change", "order-3", {"kg": 500.0, "notes": ""})


def test_closing_says_what_is_missing_and_cancelling_asks_why(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel, "order-3")
    page.detail.deeds["close"].click()
    question = dialog(panel, Question)
    texts = " ".join(labels_of(question))
    assert f"Ещё не упаковано 301,6{NBSP}кг" in texts
    assert "Партии на линии продолжаются." in texts
    question.confirm()
    assert sent(panel) == ("order.close", "order-3", {})
    page.choose("order-5")
    page.detail.deeds["cancel"].click()
    why = dialog(panel, ReasonDialog)
    assert not why.ok.isEnabled()
    why.reasons.picker.buttons["1"].click()
    why.ok.click()
    assert sent(panel) == ("order.cancel", "order-5", {})
    assert panel.port.reasons[-1] == "Нет сырья"
    assert not page.detail.deeds["cancel"].isEnabled(), "an answer is to come"


def test_while_nobody_is_logged_in_the_login_is_asked_first(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel, "")
    made = filled_form(panel)
    made.ok.click()
    assert panel.port.submitted == []
    panel.log_in("shift_lead")
    assert sent(panel)[0] == "order.create"


def test_buttons_are_large_enough_and_nothing_leaves_the_window_in_english(make_panel: MakePanel) -> None:
    panel = make_panel("en", (1280, 800))
    panel.feed(*sample.views()).log_in("shift_lead")
    page = orders_page(panel, "order-3")
    made = page.open_new()
    QApplication.processEvents()
    for b in (*page.findChildren(QPushButton), *made.findChildren(QPushButton)):
        if b.isVisible():
            assert b.height() >= 44, b.text()
    assert page.width() <= panel.window.width()
    assert "late by 1:22" in " ".join(page.table.spoken())
    made.reject()


def test_an_order_due_in_the_second_of_an_hour_that_comes_twice_is_not_moved_by_its_notes() -> None:
    use_zone("Europe/Berlin")
    try:
        again = 1_792_891_800 * NS_PER_S  # 2026-10-25 02:30 in Berlin for the second time
        store = LineStore()
        due = sample.order(1, "1", "planned", due_ns=again + 7 * NS_PER_S)
        store.apply(sample.view("orders", {"orders": [due]}), mono_ns=0, now_ns=samples.NOW_NS)
        (order,) = orders(store)
        draft = draft_of(order)
        assert (draft.day, clock_of(draft.minute)) == ("2026-10-25", "02:30")
        assert draft.args() == {}, "seconds and the hour that comes twice are no change"
        draft.notes = "Позвонить"
        assert draft.args() == {"notes": "Позвонить"}
        draft.minute += 60
        assert draft.args() == {"due_ns": again + 3600 * NS_PER_S, "notes": "Позвонить"}
    finally:
        use_zone("")


def test_three_hundred_orders_with_long_texts_of_people_are_turned_through(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    rows: list[Json] = [
        sample.order(i, f"З-{i:04d}-<b>&{'Ш' * 30}", "planned", notes="<h1>Привет</h1> " + "длинное слово " * 35)
        for i in range(300)
    ]
    panel.feed(sample.view("orders", {"orders": rows, "open": 300}))
    page = orders_page(panel, "order-299")
    assert page.detail.title.text() == f"Заказ З-0299-<b>&{'Ш' * 30}"
    assert page.detail.title.textFormat() is Qt.TextFormat.PlainText
    assert any("<h1>" in text for text in labels_of(page)), "a text, no markup"
    assert page.table.isVisible()
    assert page.detail.start.isVisible()
    inside = page.detail.rect()
    for made in (page.detail.start, *page.detail.deeds.values()):
        assert inside.contains(made.geometry()), "no note pushes the buttons out"
    notes = page.detail.facts.rows[3][1]
    assert notes.text().endswith("…")
    assert notes.height() >= notes.heightForWidth(notes.width()), "no line is cut in two"
    page.detail.whole.click()
    assert "длинное слово " * 35 in dialog(panel, ReadDialog).text.text()


def test_of_an_order_that_ended_the_page_says_how_and_notes_are_cut_from_their_beginning(make_panel: MakePanel) -> None:
    panel = orders_panel(make_panel)
    page = orders_page(panel, "order-1")
    assert "Отменён" in [name.text() for name, _ in page.detail.facts.rows]
    page = orders_page(panel, "order-2")
    assert "Закрыт" in [name.text() for name, _ in page.detail.facts.rows]
    assert not page.detail.whole.isVisible()
    made = page.open_new()
    made.draft.notes = "Для магазина «Магнит»: забирают в 17:00, позвонить за час до отгрузки, въезд со двора"
    made._show()
    assert made.notes.text().startswith("Для магазина «Магнит»: забирают")
    pad = made.open_clock()
    assert any(text.startswith("Указано: ") for text in labels_of(pad)), "what is entered, not what time it is"


def test_a_line_without_orders_says_so(make_panel: MakePanel) -> None:
    panel = make_panel().log_in("shift_lead")
    page = orders_page(panel)
    assert not page.table.rows
    assert not page.detail.start.isVisible()
    assert page.open_new() is not None
