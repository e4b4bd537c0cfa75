"""A lot opened: facts, history, trace, label, and what may be done with it by whom; and its reception."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from hmi.pages.lot import LotPage
from hmi.pages.material import MaterialPage
from hmi.pages.reception import ReceptionPage
from hmi.viewmodels.reception import parse_day
from hmi.viewmodels.wire import Obj
from hmi.widgets.batchdialogs import ChoiceDialog
from hmi.widgets.dialogs import NumericPad, TextDialog
from hmi.widgets.reasondialog import ReasonDialog
from hmi.widgets.signature import SignatureDialog
from tests.hmi import samples
from tests.hmi import samples_materials as sm
from tests.hmi.conftest import MakePanel, Panel
from tests.hmi.test_page_loading import answer, click, dialog, ready, reply, stock_page


def lot_page(panel: Panel, lot: str = "260920-2") -> LotPage:
    panel.window.navigate("lot", lot)
    page = panel.window.page
    assert isinstance(page, LotPage)
    reply(panel, "lot.facts", sm.history(lot))
    QApplication.processEvents()
    return page


def reception(panel: Panel, argument: str = "pork_semi_fat") -> ReceptionPage:
    panel.window.navigate("reception", argument)
    page = panel.window.page
    assert isinstance(page, ReceptionPage)
    QApplication.processEvents()
    panel.window.refresh()
    return page


# ---- one lot --------------------------------------------------------------------------------------------------------------


def test_a_touch_on_the_stock_opens_facts_reasons_and_history(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    stock_page(panel).lots.chosen.emit("260920-2")
    assert panel.port.asked[-1][0] == "/api/lots/260920-2"
    page = lot_page(panel)
    assert page.heading.text() == "Партия 260920-2 · Меланж яичный"
    assert page.why.text() == "Температура при приёмке 6,1 °C, допустимо 0…4 °C (ККТ)"
    said = page.table.spoken()
    assert said[2:4] == ["Остаток исправлен", "Пересчёт остатка"], "the newest first"
    assert "Загружена в №1187" in said


def test_a_lot_is_traced_both_ways_and_followed(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel)
    click(page.tabs.buttons["forward"])
    assert panel.port.asked[-1] == ("/api/lots/260920-2/trace", {"direction": "forward"})
    reply(panel, "lot.trace", sm.trace("back"))
    assert page.table.spoken() == ["Читаю…"], "an answer to another question"
    reply(panel, "lot.trace", sm.trace())
    assert list(page.table.keys) == ["B1187", "packed:095212340000000013"]
    page.table.chosen.emit("B1187")
    assert page.lot == "B1187"


def test_an_unknown_lot_is_said(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    panel.window.navigate("lot", "NO-SUCH")
    reply(panel, "lot.facts", {}, 404)
    page = panel.window.page
    assert isinstance(page, LotPage)
    assert page.said.text() == "✕ NO-SUCH: такой партии на складе нет."


def test_a_release_needs_a_reason_and_a_signature(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel)
    assert not page.deeds["hold"].isEnabled(), "it is on hold already"
    click(page.deeds["release"])
    why: ReasonDialog = dialog(panel, ReasonDialog)
    click(why.reasons.picker.buttons["1"])
    click(why.ok)
    sign: SignatureDialog = dialog(panel, SignatureDialog)
    sign.user.setText("smirnov")
    sign.password.setText("x")
    sign.send()
    assert panel.port.submitted[-1][1:] == ("lot.release", "260920-2", {})
    assert panel.port.reasons[-1] == "Проверено лабораторией"
    assert panel.port.signs[-1] == {"user": "smirnov", "password": "x"}


def test_an_expired_lot_is_not_released(make_panel: MakePanel) -> None:
    page = lot_page(ready(make_panel), "260901-4")
    assert not page.deeds["release"].isEnabled()


def test_hold_and_move(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "260918-1")
    click(page.deeds["hold"])
    why: ReasonDialog = dialog(panel, ReasonDialog)
    click(why.reasons.picker.buttons["0"])
    click(why.ok)
    assert panel.port.submitted[-1][1:] == ("lot.hold", "260918-1", {})
    click(page.deeds["move"])
    where: ChoiceDialog = dialog(panel, ChoiceDialog)
    assert "Холодильная камера 1" not in where.choices, "it is there"
    click(where.picker.buttons["0"])
    click(where.ok)
    assert panel.port.submitted[-1][1:] == ("lot.move", "260918-1", {"place": "chiller_2"})


def test_a_stocktake_is_for_a_shift_lead_with_a_reason(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "260918-1")
    assert not page.deeds["adjust"].isEnabled()
    assert page.said.text() == "Объединение, пересчёт и списание: с роли «мастер смены». Брак: с роли «технолог»"
    panel.log_in("shift_lead")
    click(page.deeds["adjust"])
    pad: NumericPad = dialog(panel, NumericPad)
    pad.field.setText("400")
    pad.confirm()
    why: ReasonDialog = dialog(panel, ReasonDialog)
    assert "400,00" in why.ok.text()
    click(why.reasons.picker.buttons["0"])
    click(why.ok)
    assert panel.port.submitted[-1][1:] == ("lot.adjust", "260918-1", {"kg": 400.0})


def test_the_label_is_saved(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = ready(make_panel)
    page = lot_page(panel)
    page.desk.save_label(tmp_path)
    path, params, file, to = panel.port.downloads[-1]
    assert (path, params, to) == ("/api/lots/260920-2/label.pdf", {"language": "ru"}, "lot.label")
    assert file.parent == tmp_path
    assert panel.port.submitted == [], "there is no label yet"
    reply(panel, "lot.label", {"bytes": 1000})
    assert page.said.text() == f"Сохранено, 1 КБ: {file}"
    assert panel.port.submitted[-1][1:] == ("lot.label", "260920-2", {"kind": "lot"}), "the journal knows who made it"


def test_a_label_that_was_not_made_is_not_in_the_journal(make_panel: MakePanel, tmp_path: Path) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "B1184")
    page.desk.save_label(tmp_path)
    panel.feed({"type": "reply", "reply_to": "lot.label", "status": 507, "error": "disk full", "data": {}})
    assert page.said.text() == "✕ Не сохранено: сервер ответил ошибкой 507"
    assert panel.port.submitted == []
    page.desk.save_label(tmp_path)
    reply(panel, "lot.label", {"bytes": 1000})
    assert panel.port.submitted[-1][1:] == ("lot.label", "B1184", {"kind": "semi"})


# ---- reception ------------------------------------------------------------------------------------------------------------


def test_a_code_of_what_is_not_in_stock_leads_to_its_reception_filled_in(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    stock_page(panel).scan("(01)09522101002017(10)D77")
    told = sm.code(material="pork_semi_fat", supplier_lot="D77", gtin="09522101002017", expires="2026-10-04", kg=500.0)
    reply(panel, "material.code", told)
    page = panel.window.page
    assert isinstance(page, ReceptionPage)
    reply(panel, "reception.code", told)
    assert (page.material.current, page.lot.text(), page.expires.text()) == ("pork_semi_fat", "D77", "04.10.2026")
    assert page.mass.text() == "500,00\u00a0кг"
    assert page.said.text() == "Не хватает: поставщик"
    assert not page.ok.isEnabled()


@pytest.mark.parametrize(
    ("status", "reasons", "words"),
    [
        ("available", [], "✓ Партия 260921-1 принята, её можно брать."),
        ("on_hold", [sm.text("Температура 6,1 °C", "6.1 °C")], "Партия 260921-1 принята, но задержана. Температура 6,1 °C"),
    ],
)
def test_what_is_received_says_what_became_of_it(make_panel: MakePanel, status: str, reasons: list[Obj], words: str) -> None:
    panel = ready(make_panel)
    page = reception(panel)
    page.supplier.chosen.emit("stepnoy")
    click(page.produced)
    day: TextDialog = dialog(panel, TextDialog)
    day.field.setText("19.09.26")
    day.confirm()
    click(page.by_scale)
    click(page.by_probe)
    click(page.papers[0])
    assert page.ok.text() == "Принять 98,20\u00a0кг"
    click(page.ok)
    assert panel.port.submitted[-1][1:] == ("lot.receive", "", {
        "material": "pork_semi_fat", "supplier": "stepnoy", "documents": ["vet_certificate"], "scale": "W101",
        "temperature_tag": "R101.MeatTemp", "produced": "2026-09-19",
    })  # fmt: skip
    answer(panel, "accepted")
    assert page.desk.outcome is None, "the event tells what became of it"
    data: Obj = {"what": "received", "material": "pork_semi_fat", "kg": 98.2, "status": status, "reasons": [*reasons]}
    event: Obj = {"seq": 2000, "time_ns": samples.NOW_NS, "kind": "lot", "source": "260921-1", "data": data}
    panel.feed({"type": "event", "event": event})
    assert page.said.text() == words
    click(page.open_lot)
    opened = panel.window.page
    assert isinstance(opened, LotPage)
    assert opened.lot == "260921-1"


def test_a_refused_reception_keeps_what_was_entered(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = reception(panel)
    page.desk.delivery.supplier, page.desk.delivery.produced, page.desk.delivery.kg = "stepnoy", "2026-09-19", 500.0
    panel.window.refresh()
    click(page.ok)
    answer(panel, "refused", reasons=[sm.text("Дата выработки в будущем", "Produced in the future")])
    assert page.said.text() == "✕ Дата выработки в будущем"
    assert page.desk.delivery.kg == 500.0
    assert page.ok.isEnabled()


def test_a_wrong_date_is_said_and_changes_nothing(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = reception(panel)
    click(page.expires)
    day: TextDialog = dialog(panel, TextDialog)
    day.field.setText("31.02.2026")
    day.confirm()
    assert page.said.text().startswith("✕ «31.02.2026» — не дата")
    assert page.desk.delivery.expires == ""


def test_cancel_books_nothing(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = reception(panel)
    page.desk.delivery.kg = 5.0
    click(page.cancel)
    assert isinstance(panel.window.page, MaterialPage)
    assert page.desk.delivery.kg is None
    assert panel.port.submitted == []


@pytest.mark.parametrize(
    ("typed", "day"),
    [("26.11.2026", "2026-11-26"), ("26.11.26", "2026-11-26"), ("261126", "2026-11-26"), ("31.02.2026", ""), ("x", "")],
)
def test_dates_as_people_type_them(typed: str, day: str) -> None:
    assert parse_day(typed) == day


def test_a_lot_page_shows_nothing_stale_of_another_lot(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    lot_page(panel)
    panel.window.navigate("lot", "260918-1")
    page: Any = panel.window.page
    reply(panel, "lot.facts", sm.history("260920-2"))
    assert page.told is None


# ---- parts, wholes, documents ---------------------------------------------------------------------------------------------


def happened(panel: Panel, lot: str, what: str, seq: int = 3000, **data: Any) -> None:
    event: Obj = {"seq": seq, "time_ns": samples.NOW_NS, "kind": "lot", "source": lot, "data": {"what": what, **data}}
    panel.feed({"type": "event", "event": event})


def test_a_part_is_split_off_and_named(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "260918-1")
    click(page.deeds["split"])
    pad: NumericPad = dialog(panel, NumericPad)
    pad.field.setText("413")
    pad.confirm()
    assert panel.port.submitted == [], "more than there is"
    pad.field.setText("12,5")
    pad.confirm()
    assert panel.port.submitted[-1][1:] == ("lot.split", "260918-1", {"kg": 12.5})
    asked = len(panel.port.asked)
    happened(panel, "260918-1", "split", into="260921-9", kg=12.5)
    assert page.said.text() == "Отделено: партия 260921-9. Этикетку распечатайте на её странице."
    assert panel.port.asked[asked:] == [("/api/lots/260918-1", {})], "its history is read again"


def test_lots_of_one_material_are_merged_with_a_reason_and_the_new_one_is_opened(make_panel: MakePanel) -> None:
    panel = ready(make_panel, "shift_lead")
    page = lot_page(panel, "260910-2")
    click(page.deeds["merge"])
    which: ChoiceDialog = dialog(panel, ChoiceDialog)
    assert [c.split(" · ")[0] for c in which.choices] == ["260912-1"], "the same material only"
    click(which.picker.buttons["0"])
    click(which.ok)
    why: ReasonDialog = dialog(panel, ReasonDialog)
    click(why.reasons.picker.buttons["0"])
    click(why.ok)
    assert panel.port.submitted[-1][1:] == ("lot.merge", "", {"lots": ["260910-2", "260912-1"]})
    happened(panel, "260910-2", "merged", into="260921-7", kg=2.0)
    opened = panel.window.page
    assert isinstance(opened, LotPage)
    assert opened.lot == "260921-7"


def test_a_document_that_came_later_is_one_that_is_missing(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "260918-1")
    click(page.deeds["document"])
    which: ChoiceDialog = dialog(panel, ChoiceDialog)
    assert "Товарно-транспортная накладная" not in which.choices, "that came with it"
    click(which.picker.buttons["0"])
    click(which.ok)
    assert panel.port.submitted[-1][1:] == ("lot.document", "260918-1", {"document": "declaration"})


def test_product_is_neither_split_nor_merged_and_only_a_technologist_blocks(make_panel: MakePanel) -> None:
    panel = ready(make_panel, "shift_lead")
    page = lot_page(panel, "B1184")
    assert [k for k in ("split", "merge", "document", "block") if page.deeds[k].isEnabled()] == []
    panel.log_in("technologist")
    click(page.deeds["block"])
    why: ReasonDialog = dialog(panel, ReasonDialog)
    click(why.reasons.picker.buttons["0"])
    click(why.ok)
    assert panel.port.submitted[-1][1:] == ("lot.block", "B1184", {})


def test_a_touch_on_the_history_opens_what_came_of_the_lot(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = lot_page(panel, "260918-1")
    told: Any = sm.history("260918-1")
    told["history"].append({"seq": 50, "time_ns": samples.NOW_NS, "what": "split", "into": "260921-9", "kg": 3.0, "user": "x"})
    reply(panel, "lot.facts", told)
    assert "Отделена партия 260921-9" in page.table.spoken()
    page.table.chosen.emit("10")
    assert page.lot == "260918-1", "a reception leads nowhere"
    page.table.chosen.emit("50")
    assert page.lot == "260921-9"


# ---- what becomes of a delivery -------------------------------------------------------------------------------------------


def delivered(panel: Panel, **told: Any) -> ReceptionPage:
    page = reception(panel)
    d = page.desk.delivery
    d.supplier, d.produced, d.kg, d.temperature_c = "stepnoy", "2026-09-19", 500.0, 2.0
    info = page.desk.info()
    assert info is not None
    d.documents = set(info.documents)
    for name, value in told.items():
        setattr(d, name, value)
    panel.window.refresh()
    return page


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "✓ Если принять так, партию можно брать сразу."),
        ({"temperature_c": 4.1}, "Если принять так, партия будет задержана: температура вне допустимой"),
        ({"temperature_c": None}, "Если принять так, партия будет задержана: температура не измерена"),
        ({"expires": "2026-09-20"}, "Если принять так, партия будет задержана: срок годности истёк"),
        ({"expires": "2026-09-23"}, "Если принять так, партия будет задержана: остаток срока слишком мал"),
        ({"supplier": "novy"}, "Если принять так, партия будет задержана: поставщик не одобрен"),
        ({"documents": {"waybill", "declaration"}},
         "Если принять так, партия будет в карантине: нет документов: Ветеринарное свидетельство (ВСД, «Меркурий»)"),
        ({"kg": None}, ""),
    ],
)  # fmt: skip
def test_what_becomes_of_a_delivery_is_said_before_it_is_booked(make_panel: MakePanel, told: dict[str, Any], words: str) -> None:
    assert delivered(ready(make_panel), **told).fate.text() == words


def test_doubts_of_a_code_are_told_and_our_own_label_is_no_delivery(make_panel: MakePanel) -> None:
    panel = ready(make_panel)
    page = reception(panel)
    doubt = sm.text("номер партии кончается как срок годности", "the lot number ends like an expiry date")
    told = sm.code("260918-3", lot="", material="pork_semi_fat", supplier_lot="D517", doubts=[doubt])
    reply(panel, "reception.code", told)
    assert page.notes.text().splitlines() == [
        "! номер партии кончается как срок годности", "! На складе уже есть партия с этим кодом: 260918-3",
    ]  # fmt: skip
    assert page.lot.text() == "D517"
    reply(panel, "reception.code", sm.code("260918-3", material="pork_semi_fat"))
    assert page.said.text() == "✕ 260918-3: это наша этикетка, партия уже принята."
    reply(panel, "reception.code", sm.code(product="doktorskaya", gtin="09521234001010"))
    assert "готовая продукция" in page.said.text()
    assert page.desk.delivery.gtin == "", "nothing of it is filled in"
