"""Raw material into a batch by touches: code, check, weighing, confirmation; and everything that may go wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from hmi.pages.batch import BatchPage
from hmi.pages.loading import LoadingPage
from hmi.pages.material import MaterialPage
from hmi.viewmodels.badges import badges
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import ChoiceDialog
from hmi.widgets.dialogs import LoginDialog, NumericPad, TextDialog
from hmi.widgets.reasondialog import ReasonDialog
from line.quality import Status
from tests.hmi import samples, samples_batches
from tests.hmi import samples_materials as sm
from tests.hmi.conftest import MakePanel, Panel

REST: dict[str, float] = {"W101.Net": 98.2, "W101.Gross": 110.2, "W101.Tare": 12.0, "W101.Stable": 1, "W101.Ok": 1}


def ready(make_panel: MakePanel, role: str = "operator", *, language: str = "ru", **weights: float) -> Panel:
    panel = make_panel(language)
    weigh(panel, None, **weights)
    panel.feed(sm.view())
    return panel.log_in(role) if role else panel


def weigh(panel: Panel, bad: dict[str, int] | None = None, **weights: float) -> None:
    told = {f"W101.{k}": v for k, v in weights.items()}
    panel.feed(samples.image({**samples.VALUES, **REST, **told}, bad=bad))


def reply(panel: Panel, to: str, data: Obj, status: int = 200) -> None:
    panel.feed({"type": "reply", "reply_to": to, "status": status, "data": data})


def stock_page(panel: Panel) -> MaterialPage:
    panel.window.navigate("material", "")
    page = panel.window.page
    assert isinstance(page, MaterialPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


def task(panel: Panel, key: str = "B1189/pork_semi_fat") -> LoadingPage:
    panel.window.navigate("loading", key)
    page = panel.window.page
    assert isinstance(page, LoadingPage)
    QApplication.processEvents()
    return page


def checked(panel: Panel, lot: str = "260918-3", key: str = "B1189/pork_semi_fat", *answer: Any) -> LoadingPage:
    page = task(panel, key)
    page.desk.choose(lot)
    reply(panel, "loading.check", sm.loading(lot, key.partition("/")[2], *answer))
    return page


def click(made: QPushButton) -> None:
    assert made.isVisible()
    assert made.isEnabled(), made.text()
    QTest.mouseClick(made, Qt.MouseButton.LeftButton)


def dialog(panel: Panel, kind: type[QWidget]) -> Any:
    (found,) = [w for w in panel.window.findChildren(kind) if w.isVisible()]
    return found


def loads(panel: Panel) -> list[tuple[str, str, Obj]]:
    """What was sent to batches."""
    return [(k, t, a) for _, k, t, a in panel.port.submitted if k.startswith("batch.")]


def answer(panel: Panel, status: str, **more: Any) -> None:
    """The server takes the newest command, the engine answers it."""
    local = panel.port.submitted[-1][0]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": f"c{local}"}})
    data = {"id": f"c{local}", "status": status, **more}
    panel.feed({"type": "event", "event": {"seq": 900 + local, "time_ns": samples.NOW_NS, "kind": "command", "data": data}})


def typed(panel: Panel, code: str, *, gap_ns: int = 5_000_000) -> None:
    """A scanner types a code and ends it with Enter."""
    for letter in code:
        panel.clock.advance_ns(gap_ns)
        QTest.keyClicks(panel.window, letter)
    panel.clock.advance_ns(gap_ns)
    QTest.keyClick(panel.window, Qt.Key.Key_Return)


# ---- the list -------------------------------------------------------------------------------------------------------------


def test_the_list_names_what_is_missing_first_what_a_batch_waits_for(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = stock_page(panel)
    assert page.needs.keys[0] == "B1189/curing_salt", "the batch waits for it"
    assert "B1189/beef_premium" not in page.needs.keys, "nothing is missing of it"
    said = page.needs.spoken()
    assert said[:4] == ["№1189", "ждёт сырьё", "Посолочная смесь, 0,6 % нитрита", "2,930"]
    assert "на складе нет" in said
    assert badges(page.context.store)["material"] == 1


def test_warnings_are_counted_and_filter_the_stock(make_panel: MakePanel) -> None:
    page = stock_page(ready(make_panel))
    captions = [b.text() for b in page.tabs.buttons.values()]
    assert captions == ["Все 12", "Истекло 1", "Скоро срок 1", "Задержано 1", "Карантин 1"]
    click(page.tabs.buttons["expired"])
    assert list(page.lots.keys) == ["260901-4"]
    assert "просрочено" in page.lots.spoken()
    assert "▲ просрочено" in page.lots.spoken()


def test_a_line_without_a_stock_says_so(make_panel: MakePanel) -> None:
    page = stock_page(make_panel())
    assert page.needs.spoken() == ["На этой линии склад не ведётся: партии сырья вводят на странице партии."]
    assert not page.receive.isEnabled()


# ---- from the list to confirmed -------------------------------------------------------------------------------------------


def test_scanned_on_the_list_weighed_and_confirmed_is_one_touch(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    stock_page(panel)
    typed(panel, "260918-3")
    assert panel.port.asked[-1] == ("/api/code", {"text": "260918-3"})
    reply(panel, "material.code", sm.code("260918-3", material="pork_semi_fat"))
    page = panel.window.page
    assert isinstance(page, LoadingPage)
    assert panel.port.asked[-1] == (
        "/api/loading", {"batch": "B1189", "lot": "260918-3", "material": "pork_semi_fat", "role": "operator"},
    )  # fmt: skip
    reply(panel, "loading.check", sm.loading("260918-3", "pork_semi_fat"))
    assert panel.port.submitted[-1][1:] == (
        "lot.weigh", "W101", {"batch": "B1189", "material": "pork_semi_fat", "lot": "260918-3"},
    )  # fmt: skip
    assert page.tiles.spoken() == ["1 Код: 260918-3 ✓", "2 Проверка ✓", "3 Взвешивание ✓", "4 Подтверждение"]
    assert page.ok.text() == "Подтвердить 98,20\u00a0кг"
    click(page.ok)
    assert loads(panel) == [("batch.lot", "B1189", {"material": "pork_semi_fat", "lot": "260918-3", "scale": "W101"})]
    assert not page.ok.isEnabled()
    assert page.missing.text() == "Отправлено, жду ответа…"
    answer(panel, "accepted")
    assert page.done_step.say.text() == "✓ Загружено 98,20\u00a0кг из партии 260918-3"


def test_without_a_scanner_it_takes_three_touches(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    stock = stock_page(panel)
    stock.needs.chosen.emit("B1189/pork_semi_fat")
    page = panel.window.page
    assert isinstance(page, LoadingPage)
    click(page.code_step.take)
    reply(panel, "loading.check", sm.loading("260918-3", "pork_semi_fat"))
    click(page.ok)
    assert len(loads(panel)) == 1


def test_after_a_load_the_next_material_is_one_touch_away(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    click(page.ok)
    answer(panel, "accepted")
    click(page.done_step.next)
    assert (page.task.batch, page.task.material) == ("B1189", "curing_salt")
    assert not page.task.lot


def test_a_batch_that_waits_for_the_material_is_answered(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260912-1", "B1189/curing_salt")
    weigh(panel, Net=2.93, Gross=14.93)
    click(page.ok)
    value: Obj = {"lot": "260912-1", "scale": "W101"}
    assert loads(panel) == [("batch.reply", "B1189", {"prompt": "salt", "value": value})]


def test_a_lot_that_ends_is_loaded_as_a_part_without_a_further_touch(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260910-2", "B1189/curing_salt")
    weigh(panel, Net=2.0, Gross=14.0)
    assert page.task.partial
    assert "загрузите остаток" in page.weigh_step.note.text()
    click(page.ok)
    assert loads(panel) == [("batch.lot", "B1189", {"material": "curing_salt", "lot": "260910-2", "scale": "W101"})]


def test_what_has_no_lots_is_weighed_at_once(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel, "B1189/ice")
    weigh(panel, Net=28.0, Gross=40.0)
    assert not [a for a in panel.port.asked if a[0] == "/api/loading"]
    click(page.ok)
    assert loads(panel)[0][2]["lot"] == "ICE"


# ---- code and check -------------------------------------------------------------------------------------------------------


def test_a_bad_code_is_explained_and_changes_nothing(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel)
    typed(panel, "0109521234543210")
    assert page.code_step.say.text() == "Ищу код…"
    why = sm.text("Не сходится контрольная цифра (01): отсканируйте ещё раз", "Check digit of (01) is wrong: scan again")
    reply(panel, "loading.code", sm.code(ok=False, code="0109521234543210", why=why))
    assert page.code_step.problem.text() == "✕ 0109521234543210: Не сходится контрольная цифра (01): отсканируйте ещё раз"
    assert page.tiles.current == 0
    assert not page.ok.isEnabled()


def test_a_code_of_several_lots_asks_which_one(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel, "B1189/curing_salt")
    page.desk.scan("(01)09522106000162(10)D7")
    reply(panel, "loading.code", sm.code(candidates=["260910-2", "260912-1"], material="curing_salt"))
    shown = [b for b in page.code_step.choices if b.isVisible()]
    assert [b.text().split(" · ")[0] for b in shown] == ["260910-2", "260912-1"]
    click(shown[1])
    assert page.task.lot == "260912-1"


def test_typing_a_code_asks_as_scanning_does(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel)
    click(page.code_step.typed)
    made: TextDialog = dialog(panel, TextDialog)
    made.field.setText("260918-3")
    made.confirm()
    assert panel.port.asked[-1] == ("/api/code", {"text": "260918-3"})


def test_slow_keys_are_no_code(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    task(panel)
    typed(panel, "260918-3", gap_ns=400_000_000)
    assert [a for a in panel.port.asked if a[0] == "/api/code"] == []


def test_a_scanner_is_heard_only_where_its_code_means_something(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    task(panel)
    panel.window.navigate("trends", "")
    typed(panel, "260918-3")
    assert [a for a in panel.port.asked if a[0] == "/api/code"] == []


def test_a_refused_lot_says_why_what_to_do_and_goes_no_further(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260901-4", "B1189/pork_semi_fat", "refused", sm.EXPIRED)
    assert page.check_step.say.text() == "Эту партию брать нельзя"
    assert page.check_step.why.text() == "Срок годности истёк 19.09.2026"
    assert page.check_step.remedy.text() == "Возьмите другую партию. Эту отставьте и сообщите мастеру смены."
    assert "✕ Срок годности истёк 19.09.2026" in page.checks.spoken()
    assert not page.check_step.reason.isVisible()
    assert not page.ok.isEnabled()
    page.confirm()
    assert panel.port.submitted == []
    click(page.check_step.first)
    assert page.task.lot == "260918-3"


def test_a_younger_lot_asks_for_a_reason_that_goes_with_it(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260918-3", "B1189/pork_semi_fat", "reason", sm.OLDER)
    assert not page.ok.isEnabled()
    click(page.check_step.reason)
    made: ReasonDialog = dialog(panel, ReasonDialog)
    click(made.reasons.picker.buttons["0"])
    click(made.ok)
    assert page.tiles.current == 3
    click(page.ok)
    assert len(loads(panel)) == 1
    assert panel.port.reasons[-1] == "До старой партии не добраться"


def test_an_unknown_lot_leads_back_to_the_code(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel)
    page.desk.choose("NO-SUCH")
    reply(panel, "loading.check", {}, 404)
    assert page.code_step.problem.text() == "✕ NO-SUCH: такой партии на складе нет."


def test_another_user_is_another_verdict(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    before = len(panel.port.asked)
    panel.log_in("technologist")
    page.refresh()
    assert panel.port.asked[before][1]["role"] == "technologist"


# ---- weighing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "bad", "told"),
    [
        ({"Stable": 0}, None, "весы ещё не успокоились"), ({"Ok": 0}, None, "весы неисправны"),
        ({"Net": 0.0}, None, "на весах ничего нет"), ({"Net": 96.4}, None, "вне допуска: ещё 1,6\u00a0кг"),
        ({}, {"W101.Net": int(Status.BAD_SENSOR_FAILURE)}, "нет достоверных данных с весов"),
    ],
)  # fmt: skip
def test_while_it_cannot_be_confirmed_it_says_what_is_missing(
    make_panel: MakePanel, weights: dict[str, float], bad: dict[str, int] | None, told: str
) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    assert page.ok.isEnabled()
    weigh(panel, bad, **weights)
    assert not page.ok.isEnabled()
    assert page.missing.text() == told
    page.confirm()
    assert loads(panel) == []


def test_a_part_may_be_loaded_when_that_is_meant(make_panel: MakePanel) -> None:
    panel = ready(make_panel, Net=40.0)
    page = checked(panel)
    assert not page.ok.isEnabled()
    click(page.weigh_step.part)
    assert page.ok.text() == "Подтвердить 40,00\u00a0кг"
    click(page.ok)
    assert loads(panel)[0][0] == "batch.lot"


def test_the_vessel_on_the_scale_is_taken_off(make_panel: MakePanel) -> None:
    panel = ready(make_panel, Net=3.0, Gross=15.0)
    page = checked(panel)
    click(page.weigh_step.tare)
    assert page.task.tare_kg == 15.0
    weigh(panel, Net=101.2, Gross=113.2)
    assert page.weigh_step.face.spoken()[0] == "98,20"
    assert "тара 15,00\u00a0кг" in page.weigh_step.title.text()
    click(page.ok)
    assert loads(panel)[0][2]["tare_kg"] == 15.0


def test_a_mass_may_be_typed_in(make_panel: MakePanel) -> None:
    panel = ready(make_panel, Ok=0)
    page = checked(panel)
    click(page.weigh_step.typed)
    pad: NumericPad = dialog(panel, NumericPad)
    pad.field.setText("97,5")
    pad.confirm()
    assert "введено вручную" in page.weigh_step.face.spoken()
    click(page.ok)
    assert loads(panel) == [("batch.lot", "B1189", {"material": "pork_semi_fat", "lot": "260918-3", "kg": 97.5})]


@pytest.mark.parametrize("role", ["operator", "shift_lead"])
def test_too_much_is_taken_by_a_shift_lead_with_a_reason(make_panel: MakePanel, role: str) -> None:
    panel = ready(make_panel, role, Net=104.0)
    page = checked(panel)
    assert page.missing.text() == "лишнее: причину указывает мастер смены"
    click(page.ok)
    made: ReasonDialog = dialog(panel, ReasonDialog)
    click(made.reasons.picker.buttons["2"])
    assert made.ok.isEnabled() == (role == "shift_lead")
    made.confirm()
    assert len(loads(panel)) == (role == "shift_lead")


def test_a_refusal_is_shown_and_everything_stays(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    click(page.ok)
    answer(panel, "refused", reasons=[sm.text("Партия 260918-3 задержана", "Lot 260918-3 is on hold")])
    assert page.missing.text() == "✕ Партия 260918-3 задержана"
    assert page.task.lot == "260918-3"
    assert page.ok.isEnabled()


def test_a_lost_server_is_said_and_nothing_that_was_entered_is_lost(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    page.task.typed_kg = 97.5
    panel.feed({"type": "lost", "error": "x"})
    assert not page.ok.isEnabled()
    assert page.missing.text() == "Нет связи. Введённое сохраняется."
    panel.feed({"type": "connected"}, *samples.messages()[2:4])
    weigh(panel)
    assert page.task.typed_kg == 97.5
    click(page.ok)
    assert loads(panel)[0][2]["kg"] == 97.5


def test_another_size_of_the_window_keeps_the_task(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    checked(panel).task.typed_kg = 97.5
    panel.window.resize(1920, 1080)
    QApplication.processEvents()
    page = panel.window.page
    assert isinstance(page, LoadingPage)
    assert (page.task.lot, page.task.typed_kg) == ("260918-3", 97.5)


def test_cancel_clears_the_terminal_and_leads_back(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    click(page.cancel)
    assert panel.port.submitted[-1][1:] == ("lot.weigh", "W101", {})
    assert isinstance(panel.window.page, MaterialPage)
    assert not page.task.lot


def test_nobody_logged_in_is_asked_at_the_confirmation(make_panel: MakePanel) -> None:
    panel = ready(make_panel, "")
    page = checked(panel)
    assert panel.port.submitted == [], "the terminal is not worth a login"
    click(page.ok)
    dialog(panel, LoginDialog)
    panel.log_in()
    assert len(loads(panel)) == 1
    answer_of_load = next(i for i, s in enumerate(panel.port.submitted) if s[1] == "batch.lot")
    local = panel.port.submitted[answer_of_load][0]
    panel.feed({"type": "command_reply", "local": local, "status": 202, "body": {"id": "c9"}})
    done: Obj = {"id": "c9", "status": "accepted"}
    panel.feed({"type": "event", "event": {"seq": 990, "time_ns": samples.NOW_NS, "kind": "command", "data": done}})
    assert page.task.done_kg == pytest.approx(98.2)


# ---- ways in --------------------------------------------------------------------------------------------------------------


def test_a_code_that_several_batches_want_asks_for_which_one(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = stock_page(panel)
    page.scan("260910-1")
    reply(panel, "material.code", sm.code("260910-1", material="milk_powder"))
    made: ChoiceDialog = dialog(panel, ChoiceDialog)
    assert [c.split(" · ")[0] for c in made.choices] == ["№1189", "№1188"]
    click(made.picker.buttons["1"])
    click(made.ok)
    loading = panel.window.page
    assert isinstance(loading, LoadingPage)
    assert (loading.task.batch, loading.task.lot) == ("B1188", "260910-1")


def test_the_page_of_a_batch_leads_to_the_task_where_there_is_a_stock(make_panel: MakePanel) -> None:
    panel = make_panel().log_in()
    panel.feed(samples_batches.view(), sm.view(needs=[sm.need("curing_salt", 1.35, 0.0, 0.5, "260910-2")]))
    data: Any = sm.view(needs=[sm.need("curing_salt", 1.35, 0.0, 0.5, "260910-2")])["data"]
    data["needs"][0]["batch"] = "B1187"
    panel.feed({"type": "view", "name": "materials", "data": data})
    panel.window.navigate("batch", "B1187")
    page = panel.window.page
    assert isinstance(page, BatchPage)
    page.tabs.choose("materials")
    panel.window.refresh()
    page.materials.table.touched.emit("curing_salt", "add")
    loading = panel.window.page
    assert isinstance(loading, LoadingPage)
    assert loading.task.material == "curing_salt"


# ---- what the code may be, what the lot has ---------------------------------------------------------------------------------


def test_a_doubt_about_a_code_is_told_where_no_lot_was_found(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel)
    page.desk.scan("010952210200201610D517261205")
    doubt = sm.text("номер партии кончается как срок годности", "the lot number ends like an expiry date")
    reply(panel, "loading.code", sm.code(code="x", material="pork_semi_fat", doubts=[doubt]))
    assert page.code_step.doubt.text() == "! номер партии кончается как срок годности"
    page.desk.scan("260918-3")
    reply(panel, "loading.code", sm.code("260918-3"))
    page.desk.another()
    assert not page.code_step.doubt.isVisible(), "that was another code"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"product": "doktorskaya"}, "готовая продукция"), ({"sscc": "095212340000000013"}, "короб с продукцией"),
        ({"lot": "", "material": "pork_semi_fat"}, "Сначала примите её"),
    ],
)  # fmt: skip
def test_a_code_of_what_is_no_raw_material_says_what_it_is(make_panel: MakePanel, told: Obj, words: str) -> None:
    panel = ready(make_panel)
    page = task(panel)
    page.desk.scan("0095")
    reply(panel, "loading.code", sm.code(**{"code": "0095", **told}))
    assert words in page.code_step.problem.text()


def test_a_number_that_nobody_bears_is_named_once(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = task(panel)
    page.desk.scan("260918-9")
    why = sm.text("Партии сырья 260918-9 на складе нет", "There is no lot 260918-9")
    reply(panel, "loading.code", sm.code(ok=False, code="260918-9", why=why))
    assert page.code_step.problem.text() == "✕ Партии сырья 260918-9 на складе нет"


def test_of_several_things_against_a_lot_one_remedy_is_said(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    held = sm.check("status", "refused", "Партия задержана", "On hold")
    page = checked(panel, "260901-4", "B1189/pork_semi_fat", "refused", sm.EXPIRED, held)
    assert page.check_step.remedy.text() == "Возьмите другую партию. Эту отставьте и сообщите мастеру смены."


def test_more_on_the_scale_than_the_lot_has_is_said_before_it_is_refused(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260910-2", "B1189/curing_salt")
    weigh(panel, Net=2.93, Gross=14.93)
    assert page.missing.text() == "в партии всего 2,00\u00a0кг"
    weigh(panel, Net=2.0, Gross=14.0)
    assert page.missing.text() == ""


def test_a_refusal_of_one_mass_is_not_shown_for_another(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel)
    click(page.ok)
    answer(panel, "refused", reasons=[sm.text("В партии осталось 40 кг", "40 kg are left")])
    assert page.missing.text() == "✕ В партии осталось 40 кг"
    weigh(panel, Net=98.0, Gross=110.0)
    assert page.missing.text() == ""


def test_after_a_part_the_rest_of_the_same_material_comes_next(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = checked(panel, "260910-2", "B1189/pork_semi_fat")
    weigh(panel, Net=50.0, Gross=62.0)
    page.desk.task.partial = True
    panel.window.refresh()
    click(page.ok)
    answer(panel, "accepted")
    assert page.done_step.left.text().startswith("Дальше: Свинина полужирная")
    assert page.checks.spoken() == [], "what was checked before is history"
